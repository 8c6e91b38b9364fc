//! Breaking text into lines by cells, with the deciding words marked across the breaks.

use std::borrow::Cow;
use std::ops::Range;

use ratatui::style::Style;
use ratatui::text::Span;
use unicode_width::UnicodeWidthChar;

use crate::text::{fit, width};

/// The byte ranges of the lines of `text` in `cells` cells: broken at spaces, words longer than a
/// line inside. At most `limit` lines; whether something was left over is the second value.
pub(super) fn wrap(text: &str, cells: usize, limit: usize) -> (Vec<Range<usize>>, bool) {
    let mut lines = Vec::new();
    let (mut start, mut used, mut space) = (0, 0, None);
    if cells == 0 {
        return (lines, !text.is_empty());
    }
    for (at, character) in text.char_indices() {
        let wide = character.width().unwrap_or(0);
        if used + wide > cells {
            if lines.len() + 1 >= limit {
                lines.push(start..at);
                return (lines, true);
            }
            // A character that is wider than the line still has to go somewhere.
            let (end, next) = match space {
                Some(space) if character != ' ' => (space, space + 1),
                _ => (at, at + usize::from(character == ' ')),
            };
            lines.push(start..end);
            start = next;
            used = if next <= at { width(&text[next..at]) } else { 0 };
            space = None;
            if next > at {
                continue;
            }
        }
        if character == ' ' && at > start {
            space = Some(at);
        }
        used += wide;
    }
    if start < text.len() || lines.is_empty() {
        lines.push(start..text.len());
    }
    (lines, false)
}

/// The same, with what was left over at the end of the last line: whoever draws it cuts and marks it.
pub(super) fn cut(text: &str, cells: usize, limit: usize) -> Vec<Range<usize>> {
    let (mut lines, is_cut) = wrap(text, cells, limit);
    if let Some(last) = lines.last_mut().filter(|_| is_cut) {
        last.end = text.len();
    }
    lines
}

/// The same of text in several roles, in lines that keep them.
pub(super) fn broken(parts: &[Span<'_>], cells: usize) -> Vec<Vec<Span<'static>>> {
    let text: String = parts.iter().map(|part| part.content.as_ref()).collect();
    let line = |range: Range<usize>| {
        let mut begin = 0;
        let mut line = Vec::new();
        for part in parts {
            let (from, to) = (range.start.max(begin), range.end.min(begin + part.content.len()));
            if from < to {
                line.push(Span::styled(text[from..to].to_owned(), part.style));
            }
            begin += part.content.len();
        }
        line
    };
    wrap(&text, cells, usize::MAX).0.into_iter().map(line).collect()
}

/// The beginning of `text` in `cells` cells, cut between words: half a word says little, and a number
/// without its word something else.
pub(super) fn at_word(text: &str, cells: usize) -> String {
    if width(text) <= cells {
        return text.to_owned();
    }
    let mut head = "";
    for (at, _) in text.match_indices(' ') {
        let whole = text[..at].trim_end_matches([',', ';', '(', ':', '–', '·', ' ']);
        let last = whole.rsplit(' ').next().unwrap_or_default();
        let says_little =
            last.chars().count() < 3 || last.bytes().all(|byte| b"0123456789,.".contains(&byte));
        if width(whole) < cells && (!says_little || whole.len() == last.len()) {
            head = whole;
        }
    }
    if head.is_empty() { fit(text, cells) } else { format!("{head}…") }
}

/// Where the pieces of `evidence` stand in `text`, in order: it has ` … ` between what did not stand
/// together. What is not found is left out.
pub(super) fn marks(text: &str, evidence: &str) -> Vec<Range<usize>> {
    let mut from = 0;
    let mut found = Vec::new();
    for piece in evidence.split(" … ") {
        let piece = piece.trim_end_matches('…');
        if let Some(mark) = text.get(from..).and_then(|rest| find(rest, piece)) {
            found.push(from + mark.start..from + mark.end);
            from += mark.end;
        }
    }
    found
}

/// Where `words` stand in `text`, in whatever case, also where a multi-line reply repeats its
/// codes between them; nowhere when they are empty.
fn find(text: &str, words: &str) -> Option<Range<usize>> {
    if words.is_empty() {
        return None;
    }
    if let Some(at) = text.find(words) {
        return Some(at..at + words.len());
    }
    let (text, words) = (text.to_ascii_lowercase(), words.to_ascii_lowercase());
    if let Some(at) = text.find(&words) {
        return Some(at..at + words.len());
    }
    across_codes(&text, &words)
}

/// The same for words with a repeated code somewhere between them.
fn across_codes(text: &str, words: &str) -> Option<Range<usize>> {
    let words: Vec<&str> = words.split_whitespace().collect();
    let (first, last) = (words.first()?, words.last()?);
    let start = |part: &str| part.as_ptr() as usize - text.as_ptr() as usize;
    let parts: Vec<&str> = text.split_whitespace().filter(|part| !is_code(part)).collect();
    let run = parts.windows(words.len()).find(|run| {
        run.iter().zip(&words).enumerate().all(|(at, (part, word))| match at {
            0 => part.ends_with(word),
            at if at + 1 == words.len() => part.starts_with(word),
            _ => part == word,
        })
    })?;
    let from = start(run.first()?) + run.first()?.len() - first.len();
    Some(from..start(run.last()?) + last.len())
}

/// `550`, `550-5.7.1`, `5.7.1`: what is repeated at the start of each line of a reply.
fn is_code(part: &str) -> bool {
    part.starts_with(['2', '4', '5'])
        && part.len() >= 3
        && part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'-' || byte == b'.')
}

/// `text` for `cells` cells: where the deciding words would be cut off, the code stays, and what
/// lies between it and them is left out.
pub(super) fn focused<'t>(text: &'t str, words: &str, cells: usize) -> Cow<'t, str> {
    let marked = marks(text, words);
    let (Some(first), Some(last)) = (marked.first(), marked.last()) else { return Cow::Borrowed(text) };
    // All of them where there is room, else the first.
    let last = if width(&text[first.start..last.end]) < cells / 2 { last.end } else { first.end };
    let found = first.start..last;
    let head_end = text.match_indices(' ').map(|(at, _)| at).take_while(|at| *at <= 12).last().unwrap_or(0);
    if width(&text[..found.end]) <= cells || found.start <= head_end + 4 {
        return Cow::Borrowed(text);
    }
    // Words before the deciding ones come back as far as there is room for them.
    let room = cells.saturating_sub(head_end + 3);
    let from = text[head_end..found.start]
        .match_indices(' ')
        .map(|(at, _)| head_end + at + 1)
        .find(|at| width(&text[*at..]) <= room || width(&text[*at..found.end]) <= room * 2 / 3)
        .unwrap_or(found.start);
    Cow::Owned(format!("{} …{}", &text[..head_end], &text[from..]))
}

/// The part `line` of `text`, with what is `marked` in `mark` and the rest in `plain`.
pub(super) fn spans<'t>(
    text: &'t str,
    line: &Range<usize>,
    marked: &[Range<usize>],
    plain: Style,
    mark: Style,
) -> Vec<Span<'t>> {
    let mut parts = Vec::new();
    let mut at = line.start;
    for marked in marked {
        let from = marked.start.clamp(at, line.end);
        let to = marked.end.clamp(from, line.end);
        parts.extend([(at..from, plain), (from..to, mark)]);
        at = to;
    }
    parts.push((at..line.end, plain));
    parts
        .into_iter()
        .filter(|(range, _)| !range.is_empty())
        .map(|(range, style)| Span::styled(&text[range], style))
        .collect()
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Modifier, Style};

    use ratatui::text::Span;

    use super::{at_word, broken, cut, find, focused, marks, spans, wrap};
    use crate::text::width;

    fn lines(text: &str, cells: usize) -> Vec<&str> {
        wrap(text, cells, 99).0.into_iter().map(|range| &text[range]).collect()
    }

    #[test]
    fn what_is_cut_ends_with_a_word_and_never_with_half_a_count() {
        let cases = [
            ("several: 22 signatures, first 40.1%", 14, "several…"),
            ("several: 22 signatures, first 40.1%", 24, "several: 22 signatures…"),
            ("5xx: a retry gets the same answer", 12, "5xx…"),
            ("IP reputation (100.0%)", 15, "IP reputation…"),
            ("Gmail 100.0%", 12, "Gmail 100.0%"),
            ("Gmail 100.0%", 11, "Gmail…"),
            ("reputation", 4, "rep…"),
        ];
        for (text, cells, told) in cases {
            assert_eq!(at_word(text, cells), told);
        }
    }

    #[test]
    fn text_of_several_roles_is_broken_and_keeps_them() {
        let bold = Style::new().add_modifier(Modifier::BOLD);
        let parts = [Span::styled("one two", bold), Span::raw(" three four")];
        let lines = broken(&parts, 9);
        let told = |line: &Vec<Span<'_>>| {
            line.iter().map(|span| (span.content.to_string(), span.style == bold)).collect::<Vec<_>>()
        };
        assert_eq!(told(&lines[0]), [("one two".to_owned(), true)]);
        assert_eq!(told(&lines[1]), [("three".to_owned(), false)]);
        assert_eq!(told(&lines[2]), [("four".to_owned(), false)]);
    }

    #[test]
    fn breaks_at_spaces_and_inside_words_that_are_too_long() {
        assert_eq!(lines("very low reputation", 9), ["very low", "reputatio", "n"]);
        assert_eq!(lines("ab cd", 5), ["ab cd"]);
        assert_eq!(lines("ab cd ef", 5), ["ab cd", "ef"]);
        assert_eq!(lines("", 5), [""]);
        assert_eq!(lines("邮箱不存在", 5), ["邮箱", "不存", "在"]);
    }

    #[test]
    fn says_when_something_was_left_over() {
        assert!(wrap("a b c d", 1, 2).1);
        assert!(!wrap("a b", 1, 2).1);
        assert_eq!((cut("a b c d", 1, 2), cut("a b", 1, 2)), (vec![0..1, 2..7], vec![0..1, 2..3]));
    }

    #[test]
    fn finds_the_deciding_words_in_whatever_case() {
        assert_eq!(find("the Very Low one", "very low"), Some(4..12));
        assert_eq!(find("abc", ""), None);
        assert_eq!(find("abc", "x"), None);
        let reply = "550-5.7.1 is likely 550-5.7.1 Unsolicited mail. 550 5.7.1 To";
        let found = find(reply, "likely unsolicited mail");
        assert_eq!(found.map(|range| &reply[range]), Some("likely 550-5.7.1 Unsolicited mail"));
        assert_eq!(find(reply, "mail unsolicited"), None);
    }

    #[test]
    fn every_piece_of_the_evidence_is_marked_across_the_breaks() {
        let text = "550 邮箱 is full; see \\e[1m the quota of it";
        let marked = marks(text, "Full … quota");
        assert_eq!(marked.iter().map(|mark| &text[mark.clone()]).collect::<Vec<_>>(), ["full", "quota"]);
        assert_eq!(marks(text, "quota … full … nowhere").len(), 1, "in order");
        assert!(marks(text, "").is_empty());
        let (plain, mark) = (Style::new(), Style::new().add_modifier(Modifier::BOLD));
        let bold = |line| {
            let parts = spans(text, &line, &marked, plain, mark);
            let bold = parts.iter().filter(|part| part.style == mark).map(|part| part.content.to_string());
            let whole: String = parts.iter().map(|part| part.content.as_ref()).collect();
            assert_eq!(whole, &text[line], "nothing is lost");
            bold.collect::<Vec<_>>()
        };
        assert_eq!(bold(0..text.len()), ["full", "quota"]);
        let middle = marked[0].start + 2;
        assert_eq!(
            (bold(0..middle), bold(middle..text.len())),
            (vec!["fu".into()], vec!["ll".into(), "quota".into()])
        );
    }

    #[test]
    fn the_code_and_the_deciding_words_stay_in_sight() {
        let text = "550-5.7.1 [192.0.2.7] Our system has detected the very low reputation of the sending IP.";
        let shown = focused(text, "very low reputation", 60);
        assert_eq!(shown, "550-5.7.1 …detected the very low reputation of the sending IP.");
        assert_eq!(focused(text, "very low reputation", 200), text, "there is room for all");
        assert_eq!(focused(text, "nowhere", 10), text);
    }

    proptest::proptest! {
        #[test]
        fn no_line_is_wider_than_it_may_be_and_no_letter_is_lost(text in "[a-c é邮]{0,60}", cells in 2usize..12) {
            let lines = lines(&text, cells);
            for line in &lines {
                proptest::prop_assert!(width(line) <= cells, "{line:?}");
            }
            let kept: String = lines.concat().replace(' ', "");
            proptest::prop_assert_eq!(kept, text.replace(' ', ""));
        }
    }
}
