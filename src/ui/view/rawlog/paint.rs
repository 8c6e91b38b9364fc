//! What stands out in a line: the queue id, the other host, codes and status, the words looked for.

use std::ops::Range;

use ratatui::text::Span;

use crate::engine::{LogLine, LogSays};
use crate::model::Outcome;
use crate::ui::theme::Role;
use crate::ui::view::canvas::Canvas;

/// Bytes at the beginning of a line in which its stamp and its id are.
const HEAD: usize = 160;

/// A role for every byte of a line. `beside`: it is only there around others.
pub(super) fn of(line: &LogLine, words: &[&str], beside: bool) -> Vec<Role> {
    let text = line.text.as_str();
    let mut roles = vec![if beside { Role::Dim } else { Role::Text }; text.len()];
    let mut paint = |range: Range<usize>, role: Role| {
        if let Some(part) = roles.get_mut(range) {
            part.fill(role);
        }
    };
    paint(0..stamp(text), Role::Dim);
    if !beside {
        let outcome = match &line.says {
            LogSays::Attempt(attempt) => match attempt.outcome {
                Outcome::Delivered => Role::Good,
                Outcome::Deferred => Role::Warn,
                Outcome::Rejected => Role::Bad,
            },
            _ => Role::Text,
        };
        for (key, role) in
            [("relay=", Role::Title), ("status=", outcome), ("dsn=", outcome), ("stat=", outcome)]
        {
            if let Some(value) = value(text, key) {
                paint(value, role);
            }
        }
        for (range, class) in codes(text) {
            let role = match class {
                b'2' => Role::Good,
                b'4' => Role::Warn,
                _ => Role::Bad,
            };
            paint(range, role);
        }
        if let Some(id) = known_id(line) {
            paint(id, Role::Accent);
        }
    }
    for word in words {
        for range in places(text, word) {
            paint(range, Role::Evidence);
        }
    }
    roles
}

/// A part of the text in its roles.
pub(super) fn spans<'t>(
    canvas: &Canvas<'_>,
    text: &'t str,
    range: Range<usize>,
    roles: &[Role],
) -> Vec<Span<'t>> {
    let mut spans = Vec::new();
    let mut from = range.start;
    for (at, _) in text.get(range.clone()).unwrap_or_default().char_indices() {
        let at = range.start + at;
        if roles.get(at) != roles.get(from) {
            spans.push(canvas.span(role(roles, from), &text[from..at]));
            from = at;
        }
    }
    spans.push(canvas.span(role(roles, from), text.get(from..range.end).unwrap_or_default()));
    spans
}

fn role(roles: &[Role], at: usize) -> Role {
    roles.get(at).copied().unwrap_or(Role::Text)
}

/// Where the stamp ends: `Nov 20 14:31:58`, `2026-11-20T14:31:58+00:00`, `2026-11-20 14:31:58`.
fn stamp(text: &str) -> usize {
    let bytes = text.as_bytes();
    let is_clock = |part: &[u8]| part.len() >= 8 && part[2] == b':' && part[5] == b':';
    if bytes.len() > 15 && bytes[0].is_ascii_alphabetic() && is_clock(&bytes[7..15]) {
        return 15;
    }
    let end = |from: usize| bytes[from..].iter().position(|byte| *byte == b' ').map_or(0, |end| from + end);
    if !bytes.first().is_some_and(u8::is_ascii_digit) || bytes.len() < 10 {
        return 0;
    }
    let first = end(0).min(HEAD);
    let rest = bytes.get(first + 1..).unwrap_or_default();
    if first == 10 && is_clock(rest) { end(11).max(first) } else { first }
}

/// Where the clock of a line stands, and where its message begins: behind the stamp, the program and the
/// queue id. Nothing and 0 where it has no stamp.
pub(super) fn head(line: &LogLine) -> (Range<usize>, usize) {
    let text = line.text.as_str();
    let end = stamp(text);
    let head = text.get(..text.len().min(HEAD)).unwrap_or(text);
    let Some(clock) = head.get(..end).and_then(|stamp| stamp.find(':')).filter(|at| *at >= 2) else {
        return (0..0, 0);
    };
    let program = || head.find("]: ").map_or(end, |at| at + 2);
    let from = known_id(line).map(|id| id.end).filter(|from| *from < HEAD).unwrap_or_else(program).max(end);
    let rest = text.get(from..).unwrap_or_default();
    (clock - 2..(clock + 6).min(end), text.len() - rest.trim_start_matches([':', ' ']).len())
}

/// The same of a line that has little room: behind its clock a refusal goes on with what was replied, and any
/// other line with its message, or, where it `is_narrow` no more, with what wrote it.
pub(super) fn brief(line: &LogLine, is_narrow: bool) -> (Range<usize>, usize) {
    let (clock, message) = head(line);
    let from = match reply(line) {
        Some(reply) => reply,
        None if clock.is_empty() || is_narrow => message,
        None => writer(&line.text).min(message),
    };
    (clock, from)
}

/// Where the program stands that wrote a line of syslog: behind stamp and host.
fn writer(text: &str) -> usize {
    let from = (stamp(text) + 1).min(text.len());
    let rest = text.get(from..text.len().min(HEAD)).unwrap_or_default();
    let program = rest.find(' ').map(|at| at + 1).filter(|_| rest.contains("]: "));
    from + program.unwrap_or(0)
}

/// Where a refusal tells what was replied, from its code on; `None` of any other line.
pub(super) fn reply(line: &LogLine) -> Option<usize> {
    let LogSays::Attempt(attempt) = &line.says else { return None };
    if attempt.outcome == Outcome::Delivered {
        return None;
    }
    let (text, (_, message)) = (line.text.as_str(), head(line));
    let code = attempt.code.map(|code| code.to_string());
    let is_it = |range: &Range<usize>| range.start >= message && text.get(range.clone()) == code.as_deref();
    let said = code.as_ref().and_then(|_| codes(text).map(|(range, _)| range).find(is_it));
    Some(said.map_or_else(|| outcome(line), |code| code.start))
}

/// Where a line tells what was said, else what became of it, else where its message begins.
pub(super) fn outcome(line: &LogLine) -> usize {
    let text = line.text.as_str();
    let said = text.find(" said: ").map(|at| at + 1);
    let status =
        || ["status=", "stat="].into_iter().find_map(|key| Some(value(text, key)?.start - key.len()));
    said.or_else(status).unwrap_or_else(|| head(line).1)
}

/// Where the value of a key stands: up to a comma or a blank.
fn value(text: &str, key: &str) -> Option<Range<usize>> {
    let at = text
        .match_indices(key)
        .map(|(at, _)| at)
        .find(|at| at.checked_sub(1).is_none_or(|before| matches!(text.as_bytes()[before], b' ' | b',')))?;
    let from = at + key.len();
    let len = text[from..].find([',', ' ']).unwrap_or(text.len() - from);
    Some(from..from + len)
}

/// Where codes stand, with their class: `550`, `550-5.7.1`, `4.7.0`.
fn codes(text: &str) -> impl Iterator<Item = (Range<usize>, u8)> {
    let bytes = text.as_bytes();
    let is_word =
        |at: Option<&u8>| at.is_some_and(|byte| byte.is_ascii_alphanumeric() || b"._-=:@/".contains(byte));
    let starts = memchr::memchr3_iter(b'2', b'4', b'5', bytes);
    starts.filter_map(move |at| {
        let before = at.checked_sub(1).map(|before| &bytes[before]);
        // `550-5.7.1`: the second part begins behind a hyphen.
        let behind = before == Some(&b'-') && at >= 4 && bytes[at - 4..at - 1].iter().all(u8::is_ascii_digit);
        if is_word(before) && !behind {
            return None;
        }
        let len = bytes[at..].iter().take_while(|byte| byte.is_ascii_digit() || **byte == b'.').count();
        let code = text[at..at + len].trim_end_matches('.');
        let next = bytes.get(at + code.len());
        let dots = code.matches('.').count();
        let is_basic = code.len() == 3 && dots == 0 && matches!(next, Some(b' ' | b'-'));
        let is_enhanced = dots == 2 && code.len() <= 9 && code.as_bytes()[1] == b'.' && !is_word(next);
        (is_basic || is_enhanced).then_some((at..at + code.len(), bytes[at]))
    })
}

fn known_id(line: &LogLine) -> Option<Range<usize>> {
    let text = line.text.as_str();
    if let LogSays::Attempt(attempt) = &line.says
        && !attempt.queue_id.is_empty()
        && let Some(at) = text.find(attempt.queue_id.as_str())
    {
        return Some(at..at + attempt.queue_id.len());
    }
    let id = queue_id(text)?;
    let at = id.as_ptr() as usize - text.as_ptr() as usize;
    Some(at..at + id.len())
}

/// The queue id that a line of syslog begins its message with: `qmgr[7]: 4XzK112Bqz9rT: removed`.
pub(in crate::ui::view) fn queue_id(text: &str) -> Option<&str> {
    let head = text.get(..text.len().min(HEAD)).unwrap_or(text);
    let at = head.find("]: ")? + 3;
    let (id, _) = text[at..].split_once(": ")?;
    let is_id = (6..=32).contains(&id.len())
        && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
        && id.bytes().any(|byte| byte.is_ascii_digit());
    is_id.then_some(id)
}

/// Where a word stands, which is in lower case, in any case of ASCII.
fn places(text: &str, word: &str) -> impl Iterator<Item = Range<usize>> {
    let (bytes, word) = (text.as_bytes(), word.as_bytes());
    let last = bytes.len().checked_sub(word.len()).filter(|_| !word.is_empty());
    (0..last.map_or(0, |last| last + 1))
        .filter(move |at| bytes[*at..*at + word.len()].eq_ignore_ascii_case(word))
        .map(move |at| at..at + word.len())
}

#[cfg(test)]
mod tests {
    use super::{codes, places, queue_id, stamp, value};

    const LINE: &str = "Nov 20 14:31:58 mta1 postfix/smtp[935]: 4XzK112Bqz9rT: to=<r@x.example>, relay=mx.x.example[192.0.2.5]:25, delay=421, dsn=5.7.1, status=bounced (host mx said: 550-5.7.1 [192.0.2.7] low 550 5.7.1 IP (in reply))";

    #[test]
    fn what_stands_out_is_found_where_it_stands() {
        let found: Vec<&str> = codes(LINE).map(|(range, _)| &LINE[range]).collect();
        assert_eq!(found, ["550", "5.7.1", "550", "5.7.1"]);
        assert_eq!(value(LINE, "relay=").map(|range| &LINE[range]), Some("mx.x.example[192.0.2.5]:25"));
        assert_eq!(value(LINE, "status=").map(|range| &LINE[range]), Some("bounced"));
        assert_eq!(queue_id(LINE), Some("4XzK112Bqz9rT"));
        assert_eq!(queue_id("Nov 20 14:31:58 mta1 postfix/smtpd[9]: connect from x: y"), None);
        assert_eq!(places("Spam by SPAMHAUS", "spam").count(), 2);
    }

    #[test]
    fn stamps_of_all_kinds_end_where_they_end() {
        assert_eq!(stamp(LINE), 15);
        assert_eq!(stamp("2026-11-20T14:31:58+00:00 mta1 x"), 25);
        assert_eq!(stamp("2026-11-20 14:31:58 1tEx4m-0001aB-2C => a@x"), 19);
        assert_eq!([stamp("{\"type\":1}"), stamp(""), stamp("no stamp")], [0, 0, 0]);
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".{0,80}", word in ".{0,4}") {
            stamp(&text);
            queue_id(&text);
            codes(&text).for_each(|(range, _)| { let _ = &text[range]; });
            let _ = value(&text, "status=");
            places(&text, &word).for_each(drop);
        }
    }
}
