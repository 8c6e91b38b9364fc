//! Hostile bytes made visible.
//!
//! Whatever a remote server, a log or a file name contains reaches the screen, a report or the
//! clipboard only as a [`Clean`]. Control characters become `\e`, `\t`, `\x07`; invalid bytes
//! `\xff`; characters that reorder, hide or join text become `‹U+202E›`; a flood of combining
//! marks is cut.

use std::fmt;
use std::ops::{Deref, Range};
use std::sync::Arc;

use serde::{Serialize, Serializer};

/// Combining marks kept on one character; more are dropped and marked with `…`.
const MARKS: usize = 4;

/// Text that may reach a terminal, a file or a clipboard: no control character, no bidirectional
/// override, nothing invisible. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clean(Arc<str>);

impl Clean {
    /// Neutralises `bytes`.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) => Self(Arc::from(text)),
            _ => {
                let mut out = String::with_capacity(bytes.len() + 16);
                neutralise(bytes, &mut out);
                Self(Arc::from(out))
            }
        }
    }

    /// Neutralises at most `limit` bytes; what was cut is marked with `…`.
    #[must_use]
    pub fn head(bytes: &[u8], limit: usize) -> Self {
        if bytes.len() <= limit {
            return Self::new(bytes);
        }
        // A cut inside a UTF-8 character would show as an invalid byte that was never there.
        let mut end = limit;
        while end > 0 && bytes[end] & 0xC0 == 0x80 && limit - end < 4 {
            end -= 1;
        }
        let mut out = String::with_capacity(end + 16);
        neutralise(&bytes[..end], &mut out);
        out.push('…');
        Self(Arc::from(out))
    }

    /// Neutralises at most `limit` bytes and leads `spans` of `bytes` to where their text stands now;
    /// a span that begins or ends inside a character takes in all of it. Spans are in order and do not
    /// overlap; what is cut off has none.
    #[must_use]
    pub fn marked(bytes: &[u8], limit: usize, spans: &[Range<usize>]) -> (Self, Vec<Range<usize>>) {
        let inside = |at: usize| at > 0 && bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
        let floor = |mut at: usize| {
            while inside(at) {
                at -= 1;
            }
            at
        };
        let ceiling = |mut at: usize| {
            while inside(at) {
                at += 1;
            }
            at
        };
        let end = if bytes.len() > limit { floor(limit) } else { bytes.len() };
        let (mut out, mut marks, mut at) = (String::with_capacity(end + 16), Vec::new(), 0);
        for span in spans {
            let (from, to) = (floor(span.start.max(at)).max(at), ceiling(span.end).min(end));
            if from >= to {
                continue;
            }
            neutralise(&bytes[at..from], &mut out);
            let start = out.len();
            neutralise(&bytes[from..to], &mut out);
            marks.push(start..out.len());
            at = to;
        }
        neutralise(&bytes[at..end], &mut out);
        if end < bytes.len() {
            out.push('…');
        }
        (Self(Arc::from(out)), marks)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Default for Clean {
    fn default() -> Self {
        Self(Arc::from(""))
    }
}

impl From<&str> for Clean {
    fn from(text: &str) -> Self {
        Self::new(text.as_bytes())
    }
}

impl Deref for Clean {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl Serialize for Clean {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}

fn neutralise(bytes: &[u8], out: &mut String) {
    let mut marks = 0;
    for chunk in bytes.utf8_chunks() {
        for character in chunk.valid().chars() {
            if is_mark(character) {
                marks += 1;
                match marks {
                    ..=MARKS => out.push(character),
                    n if n == MARKS + 1 => out.push('…'),
                    _ => {}
                }
                continue;
            }
            marks = 0;
            visible(character, out);
        }
        for byte in chunk.invalid() {
            escape_byte(*byte, out);
        }
    }
}

fn visible(character: char, out: &mut String) {
    match character {
        ' '..='~' => out.push(character),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        '\u{1b}' => out.push_str("\\e"),
        '\0'..='\u{1f}' | '\u{7f}' => escape_byte(character as u8, out),
        _ if is_hidden(character) => out.push_str(&format!("‹U+{:04X}›", u32::from(character))),
        _ => out.push(character),
    }
}

fn escape_byte(byte: u8, out: &mut String) {
    out.push_str(&format!("\\x{byte:02x}"));
}

/// Characters that draw nothing, reorder their neighbours, break the line or select another
/// drawing of their neighbour.
fn is_hidden(character: char) -> bool {
    matches!(u32::from(character),
        0x80..=0x9f            // C1: CSI, OSC and DCS in one byte
        | 0xad                 // soft hyphen
        | 0x34f                // combining grapheme joiner
        | 0x61c                // Arabic letter mark
        | 0x115f | 0x1160 | 0x3164 | 0xffa0 // Hangul fillers
        | 0x17b4 | 0x17b5
        | 0x180b..=0x180f      // Mongolian variation selectors and vowel separator
        | 0x200b..=0x200f      // zero width, directional marks
        | 0x2028..=0x202e      // line and paragraph separator, bidi embeddings and overrides
        | 0x2060..=0x206f      // word joiner, invisible operators, isolates
        | 0xfe00..=0xfe0f      // variation selectors
        | 0xfeff               // byte order mark
        | 0xfff0..=0xfffb      // interlinear annotation and unassigned specials
        | 0xfffe | 0xffff
        | 0x1bca0..=0x1bca3
        | 0x1d173..=0x1d17a
        | 0xe000..=0xf8ff      // private use: no two terminals agree
        | 0xe0000..=0x10ffff   // tags, more variation selectors, private planes
    )
}

/// Combining marks of the blocks that floods are made of.
fn is_mark(character: char) -> bool {
    let mark = unicode_width::UnicodeWidthChar::width(character) == Some(0);
    mark && !is_hidden(character) && !character.is_control()
}

#[cfg(test)]
mod tests {
    use super::Clean;

    fn clean(bytes: &[u8]) -> String {
        Clean::new(bytes).to_string()
    }

    #[test]
    fn plain_text_and_plain_unicode_pass() {
        assert_eq!(clean(b"550 5.1.1 no such user"), "550 5.1.1 no such user");
        assert_eq!(clean("Postfach überfüllt 邮箱".as_bytes()), "Postfach überfüllt 邮箱");
    }

    #[test]
    fn escape_sequences_become_visible() {
        assert_eq!(clean(b"\x1b[2Jx\x1b]52;c;AAAA\x07"), "\\e[2Jx\\e]52;c;AAAA\\x07");
        assert_eq!(clean("\u{9b}2J".as_bytes()), "‹U+009B›2J");
        assert_eq!(clean(b"\x9b2J"), "\\x9b2J");
        assert_eq!(clean(b"a\0b\x7f"), "a\\x00b\\x7f");
    }

    #[test]
    fn reordering_and_invisible_characters_become_visible() {
        assert_eq!(clean("a\u{202e}b".as_bytes()), "a‹U+202E›b");
        assert_eq!(clean("a\u{200b}\u{2066}b".as_bytes()), "a‹U+200B›‹U+2066›b");
        assert_eq!(clean("\u{e0041}\u{fe0f}".as_bytes()), "‹U+E0041›‹U+FE0F›");
    }

    #[test]
    fn a_flood_of_combining_marks_is_cut() {
        let flood = format!("e{}x", "\u{301}".repeat(20_000));
        assert_eq!(clean(flood.as_bytes()), format!("e{}…x", "\u{301}".repeat(4)));
    }

    #[test]
    fn a_head_never_ends_inside_a_character() {
        assert_eq!(Clean::head("aé".as_bytes(), 2).as_str(), "a…");
        assert_eq!(Clean::head(b"abc", 3).as_str(), "abc");
        assert_eq!(Clean::head(b"abcd", 3).as_str(), "abc…");
        assert_eq!(Clean::head(&[0x80; 9], 6).as_str().matches("\\x80").count(), 2);
    }

    #[test]
    fn spans_lead_to_the_text_that_they_meant() {
        let marked = |bytes: &[u8], limit, spans: &[std::ops::Range<usize>]| {
            let (text, marks) = Clean::marked(bytes, limit, spans);
            marks.iter().map(|mark| text[mark.clone()].to_owned()).collect::<Vec<_>>()
        };
        assert_eq!(marked(b"\x1b[1m full \x07 box", 99, &[5..9, 12..15]), ["full", "box"]);
        let text = "550 邮箱不存在 nein".as_bytes();
        assert_eq!(marked(text, 99, &[4..7, 11..12]), ["邮", "不"], "all of a character");
        assert_eq!(marked(b"abcdef", 4, &[1..3, 3..6, 5..6]), ["bc", "d"], "what is cut off has none");
        assert_eq!(Clean::marked(b"abcdef", 4, &[]).0.as_str(), "abcd…");
        assert_eq!(marked(b"abc", 99, &[2..2, 9..12]), [] as [&str; 0]);
    }

    proptest::proptest! {
        #[test]
        fn marks_never_leave_the_text(bytes: Vec<u8>, from in 0usize..40, long in 0usize..40, limit in 0usize..60) {
            let (text, marks) = Clean::marked(&bytes, limit, &[from..from + long, from + long..from + 2 * long]);
            for mark in marks {
                proptest::prop_assert!(text.get(mark).is_some());
            }
            proptest::prop_assert!(!text.chars().any(|c| c.is_control() || super::is_hidden(c)));
        }

        #[test]
        fn nothing_that_moves_a_cursor_survives(bytes: Vec<u8>) {
            let text = Clean::new(&bytes);
            proptest::prop_assert!(!text.chars().any(|c| c.is_control() || super::is_hidden(c)));
        }
    }
}
