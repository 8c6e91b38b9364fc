//! A reply as logged → one line: prefixes of its lines folded, wrapping stripped; and the innermost
//! reply inside it, where one server quotes another.

use std::ops::Range;

use crate::model::{Enhanced, basic_code};

/// Bytes of a reply that are read. RFC 5321 allows 512 a line; servers send a dozen lines at most.
const READ: usize = 16 * 1024;

/// Folds `550-5.7.1 a 550-5.7.1 b 550 5.7.1 c` (also with real or written-out line ends) into
/// `550 5.7.1 a b c`; strips `smtp;`, quotes and `(in reply to …)`; blanks become one space.
///
/// At most 16 KiB are read; linear in what is read.
pub(super) fn fold(reply: &[u8], out: &mut Vec<u8>) {
    out.clear();
    let text = strip(&reply[..reply.len().min(READ)]);
    let mut prefix = Prefix::at_start(text);
    // qmail logs a reply with underscores for blanks.
    let underscored = memchr::memchr(b' ', text).is_none() && memchr::memchr_iter(b'_', text).count() > 2;
    let mut at = 0;
    let mut fresh = true;
    while at < text.len() {
        if let Some(blank) = blank(text, at, underscored) {
            if !matches!(out.last(), None | Some(b' ')) {
                out.push(b' ');
            }
            at += blank;
            fresh = true;
            continue;
        }
        if fresh {
            fresh = false;
            // A quoted reply may have lines of its own.
            if at > 0
                && matches!(text[at], b'4' | b'5')
                && quotes(out)
                && (introduces(out) || prefix.code.is_empty() || !text[at..].starts_with(prefix.code))
            {
                let quoted = Prefix::at_start(&text[at..]);
                if let Some(length) = quoted.length(&text[at..]) {
                    prefix = quoted;
                    prefix.write(out);
                    at += length;
                    fresh = true;
                    continue;
                }
            }
            if let Some(length) = prefix.length(&text[at..]) {
                if at == 0 {
                    prefix.write(out);
                }
                at += length;
                fresh = true;
                continue;
            }
        }
        // The rest of the word, and the words behind it that neither begin a line nor a quoted reply.
        let start = at;
        at += 1;
        loop {
            at += text[at..].iter().take_while(|byte| is_plain(**byte)).count();
            match text.get(at..at + 2) {
                Some([b' ', next]) if is_plain(*next) && !prefix.may_begin(*next) => at += 2,
                _ => break,
            }
        }
        out.extend_from_slice(&text[start..at]);
    }
    while out.last() == Some(&b' ') {
        out.pop();
    }
}

/// Whether a byte stands for nothing but itself.
fn is_plain(byte: u8) -> bool {
    static PLAIN: [bool; 256] = {
        let mut plain = [false; 256];
        let mut byte = b' ' as usize + 1;
        while byte < 256 {
            plain[byte] = !matches!(byte as u8, b'\\' | b'_' | 0x7f);
            byte += 1;
        }
        plain
    };
    PLAIN[usize::from(byte)]
}

/// Bytes at the end that may be Postfix's `(in reply to end of DATA command)`.
const IN_REPLY_TO: usize = 80;

/// What DSNs, transcripts and JSON write before a reply.
const WRAPPERS: [&[u8]; 8] = [
    b"smtp;",
    b"Diagnostic-Code:",
    b"\"diagnosticCode\":",
    b"x-unix;",
    b"X-Postfix;",
    b"Last-Error:",
    b"Remote-MTA-Response:",
    b"<<<",
];

/// Takes off what mail programs put around a reply.
fn strip(mut text: &[u8]) -> &[u8] {
    loop {
        let before = text.len();
        text = text.trim_ascii();
        for wrapper in WRAPPERS {
            if text.get(..wrapper.len()).is_some_and(|head| head.eq_ignore_ascii_case(wrapper)) {
                text = &text[wrapper.len()..];
            }
        }
        for quote in [b'"', b'\''] {
            if text.len() > 1 && text.first() == Some(&quote) && text.last() == Some(&quote) {
                text = &text[1..text.len() - 1];
            }
        }
        if text.ends_with(b" command)") {
            let from = text.len().saturating_sub(IN_REPLY_TO);
            if let Some(start) = memchr::memmem::rfind(&text[from..], b"(in reply to ") {
                text = &text[..from + start];
            }
        }
        if text.len() == before {
            return text;
        }
    }
}

/// How many bytes at `at` stand for a blank: white space, a control byte, a written-out line end.
fn blank(text: &[u8], at: usize, underscored: bool) -> Option<usize> {
    match text[at] {
        b' ' | 0..=0x1f | 0x7f => Some(1),
        b'_' if underscored => Some(1),
        b'\\' => {
            let end = match text.get(at + 1..)? {
                [b'r', b'\\', b'n', ..] => 4,
                [b'n' | b'r', ..] => 2,
                _ => return None,
            };
            // `DOMAIN\name` is no line end: one is followed by the next line's code, or by nothing.
            let rest = text.get(at + end..)?.trim_ascii_start();
            (rest.is_empty() || rest.starts_with(b"\\") || basic_code(rest).is_some()).then_some(end)
        }
        _ => None,
    }
}

/// What every line of a multi-line reply begins with.
struct Prefix<'a> {
    code: &'a [u8],
    enhanced: &'a [u8],
}

impl<'a> Prefix<'a> {
    fn at_start(text: &'a [u8]) -> Self {
        let Some((_, rest)) = basic_code(text) else { return Self { code: b"", enhanced: b"" } };
        let rest = rest.trim_ascii_start();
        let end = Enhanced::at_start(rest).map_or(0, |(_, end)| end);
        Self { code: &text[..3], enhanced: &rest[..end] }
    }

    fn write(&self, out: &mut Vec<u8>) {
        out.extend_from_slice(self.code);
        out.push(b' ');
        if !self.enhanced.is_empty() {
            out.extend_from_slice(self.enhanced);
            out.push(b' ');
        }
    }

    /// Whether a word that begins with `byte` may be such a prefix, or a quoted reply's.
    fn may_begin(&self, byte: u8) -> bool {
        matches!(byte, b'4' | b'5') || self.code.first() == Some(&byte)
    }

    /// The length of the prefix at the start of `line`, with the blank after it.
    fn length(&self, line: &[u8]) -> Option<usize> {
        if self.code.is_empty() || self.code.first() != line.first() || !line.starts_with(self.code) {
            return None;
        }
        let mut length = match line.get(3) {
            None => 3,
            Some(b' ' | b'-' | b'\t') => 4,
            Some(_) => return None,
        };
        while line.get(length) == Some(&b' ') {
            length += 1;
        }
        if !self.enhanced.is_empty() && line[length..].starts_with(self.enhanced) {
            let after = length + self.enhanced.len();
            if !line.get(after).is_some_and(|byte| byte.is_ascii_digit() || *byte == b'.') {
                length = after;
            }
        }
        Some(length)
    }
}

/// Basic codes that servers send (RFC 5321 section 4.2.3, RFC 4954, RFC 7504, and 571 of old).
const CODES: [u16; 24] = [
    421, 450, 451, 452, 454, 455, 500, 501, 502, 503, 504, 521, 530, 534, 535, 538, 550, 551, 552, 553, 554,
    555, 556, 571,
];

/// Whether three digits are a basic code that servers send.
pub(super) fn is_code(digits: &[u8]) -> bool {
    basic_code(digits).is_some_and(|(code, _)| CODES.contains(&code))
}

/// Where the innermost reply stands in a folded one: after `host X said:`, `->`, `returned '`,
/// `smtp;`, or any colon, with a code of its own. The whole where nobody is quoted. What a server
/// was told when it asked for the *sender* is not said of the recipient and stays outside.
pub(super) fn innermost(folded: &[u8]) -> Range<usize> {
    let mut inner = 0;
    let last_letter = folded.iter().rposition(u8::is_ascii_alphabetic).unwrap_or(0);
    for at in memchr::memchr2_iter(b'4', b'5', &folded[..folded.len().saturating_sub(4)]) {
        if at == 0 || !quotes(&folded[..at]) {
            continue;
        }
        if let Some((code, _)) = basic_code(&folded[at..])
            && CODES.contains(&code)
            && last_letter > at
        {
            if asks_for_sender(&folded[inner..at]) {
                return inner..at;
            }
            inner = at;
        }
    }
    inner..folded.len()
}

/// Whether the sender's own server was asked: `Sender address rejected: undeliverable address: host
/// X said:`.
fn asks_for_sender(before: &[u8]) -> bool {
    const ASKS: [&[u8]; 6] = [
        b"sender address rejected",
        b"sender verif",
        b"sender callout",
        b"sender callback",
        b"callback verif",
        b"verification failed for",
    ];
    let holds = |words: &[u8]| before.windows(words.len()).any(|part| part.eq_ignore_ascii_case(words));
    ASKS.iter().any(|words| holds(words))
}

/// Whether `before` ends in something that introduces a quoted reply.
fn quotes(before: &[u8]) -> bool {
    match before.last() {
        Some(b'\'' | b'"' | b';') => true,
        Some(b' ') => {
            let before = before.trim_ascii_end();
            [&b":"[..], b"->", b"said", b"=>"].iter().any(|mark| before.ends_with(mark))
        }
        _ => false,
    }
}

/// Whether `before` leaves no doubt that a reply is quoted: after a mere colon the next line of the
/// same reply may begin.
fn introduces(before: &[u8]) -> bool {
    let before = before.trim_ascii_end();
    [&b"said:"[..], b"->", b"=>", b";", b"'", b"\""].iter().any(|mark| before.ends_with(mark))
}

#[cfg(test)]
mod tests {
    use super::{fold, innermost};

    fn folded(reply: &str) -> String {
        let mut out = Vec::new();
        fold(reply.as_bytes(), &mut out);
        String::from_utf8_lossy(&out).into_owned()
    }

    fn inner(reply: &str) -> String {
        let folded = folded(reply);
        let range = innermost(folded.as_bytes());
        folded[range].to_owned()
    }

    #[test]
    fn prefixes_of_lines_are_folded_however_the_lines_were_joined() {
        let one = "550 5.7.1 a b c";
        assert_eq!(folded("550-5.7.1 a 550-5.7.1 b 550 5.7.1 c"), one);
        assert_eq!(folded("550-5.7.1 a\r\n550-5.7.1 b\r\n550 5.7.1 c\r\n"), one);
        assert_eq!(folded("550-5.7.1 a\\n550-5.7.1 b\\n550 5.7.1 c"), one);
        assert_eq!(folded("550-a 550 b"), "550 a b");
        assert_eq!(folded("550-5.7.1 a 550 b"), "550 5.7.1 a b");
    }

    #[test]
    fn lines_of_a_quoted_reply_are_folded() {
        assert_eq!(
            folded("host x.example[192.0.2.1] said: 550-5.7.1 a 550-5.7.1 b 550 5.7.1 c"),
            "host x.example[192.0.2.1] said: 550 5.7.1 a b c"
        );
        assert_eq!(folded("after RCPT TO: host x: 550-a 550 b"), "after RCPT TO: host x: 550 a b");
        assert_eq!(folded("550 5.1.1 x said: 554-a 554 b"), "550 5.1.1 x said: 554 a b");
        assert_eq!(folded("550 5.1.1 x said: 550 5.7.1 a"), "550 5.1.1 x said: 550 5.7.1 a");
        assert_eq!(folded("550-check failed: 550 no"), "550 check failed: no");
    }

    #[test]
    fn wrapping_is_stripped() {
        assert_eq!(folded("smtp;550 5.1.1 no"), "550 5.1.1 no");
        assert_eq!(folded("\"550 5.1.1 no\""), "550 5.1.1 no");
        assert_eq!(folded("Diagnostic-Code: X-Postfix; host x said: 550 no"), "host x said: 550 no");
        assert_eq!(folded("<<< 550 5.1.1 no"), "550 5.1.1 no");
        assert_eq!(folded("\"diagnosticCode\":\"smtp; 550 5.1.1 no\""), "550 5.1.1 no");
        assert_eq!(folded("550 5.1.1 no (in reply to RCPT TO command)"), "550 5.1.1 no");
        let far = format!("550 no (in reply to {} command)", "x".repeat(super::IN_REPLY_TO));
        assert_eq!(folded(&far), far, "no command is so long");
        assert_eq!(folded("550_5.1.1_no_such_user"), "550 5.1.1 no such user");
    }

    #[test]
    fn a_domain_and_a_name_are_no_line_end() {
        assert_eq!(folded("550 no CORP\\nancy here"), "550 no CORP\\nancy here");
    }

    #[test]
    fn a_longer_code_is_not_taken_for_the_prefix() {
        assert_eq!(folded("550 5.7.1 x 550 5.7.15 y"), "550 5.7.1 x 5.7.15 y");
    }

    #[test]
    fn the_innermost_reply_is_found() {
        assert_eq!(
            inner(
                "550 5.1.1 <a@b.c>: Recipient address rejected: undeliverable address: host b.c[192.0.2.1] \
                 said: 554 5.7.1 no"
            ),
            "554 5.7.1 no"
        );
        assert_eq!(
            inner("550 5.7.350 Remote server returned message detected as spam -> 554 5.7.1 x"),
            "554 5.7.1 x"
        );
        assert_eq!(
            inner("550 5.4.316 expired - Server returned '450 4.4.316 refused"),
            "450 4.4.316 refused"
        );
        assert_eq!(
            inner(
                "550 5.1.1 <n@a.b>: Sender address rejected: undeliverable address: host a.b[192.0.2.7] said: \
                 550 5.1.1 <n@a.b>: Recipient address rejected: User unknown"
            ),
            "550 5.1.1 <n@a.b>: Sender address rejected: undeliverable address: host a.b[192.0.2.7] said: "
        );
        assert_eq!(inner("550 size: 512 bytes"), "550 size: 512 bytes");
        assert_eq!(inner("550 x said: 554 no; 550 12"), "554 no; 550 12", "a code alone says nothing");
        assert_eq!(inner("550 no"), "550 no");
    }
}
