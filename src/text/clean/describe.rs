//! What is dangerous, and how it is described.

use std::fmt::Write as _;

use unicode_width::UnicodeWidthChar;

/// Combining marks kept on one character; more are dropped and counted.
const MARKS: usize = 4;

/// Whose text it is that is described.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Whose {
    /// A stranger's: what reads as a description of ours is described itself.
    Stranger,
    /// Ours: descriptions stay.
    Ours,
}

/// Whether a byte stands for itself, whatever is around it.
pub(super) fn is_plain(byte: u8) -> bool {
    (0x20..0x7f).contains(&byte) && byte != b'\\'
}

/// A description under way.
#[derive(Debug)]
pub(super) struct Described<'a> {
    bytes: &'a [u8],
    whose: Whose,
    /// Up to where `bytes` are described.
    at: usize,
    /// Combining marks since the last other character; `None` where there is nothing that they could
    /// stand on.
    marks: Option<usize>,
    out: String,
}

impl<'a> Described<'a> {
    /// A description of `bytes` that is to begin.
    pub(super) fn new(bytes: &'a [u8], whose: Whose) -> Self {
        Self { bytes, whose, at: 0, marks: None, out: String::with_capacity(bytes.len() + 16) }
    }

    /// All of `bytes`, described.
    pub(super) fn all(bytes: &'a [u8], whose: Whose) -> String {
        let mut described = Self::new(bytes, whose);
        described.up_to(bytes.len());
        described.text()
    }

    /// Describes the bytes up to `end`; how long the description is then.
    pub(super) fn up_to(&mut self, end: usize) -> usize {
        for chunk in self.bytes[self.at..end].utf8_chunks() {
            for character in chunk.valid().chars() {
                self.at += character.len_utf8();
                self.add(character);
            }
            for byte in chunk.invalid() {
                self.at += 1;
                self.end_marks();
                self.byte(*byte);
            }
        }
        self.end_marks();
        self.out.len()
    }

    /// The description.
    pub(super) fn text(self) -> String {
        self.out
    }

    /// Describes a character; `at` is behind it.
    fn add(&mut self, character: char) {
        if is_mark(character) {
            match &mut self.marks {
                None => self.point(character),
                Some(marks) => {
                    *marks += 1;
                    if *marks <= MARKS {
                        self.out.push(character);
                    }
                }
            }
            return;
        }
        self.end_marks();
        self.marks = Some(0);
        match character {
            '\\' if self.could_be_ours() => self.out.push_str("\\\\"),
            ' '..='~' => self.out.push(character),
            '\n' => self.out.push_str("\\n"),
            '\r' => self.out.push_str("\\r"),
            '\t' => self.out.push_str("\\t"),
            '\u{1b}' => self.out.push_str("\\e"),
            '\0'..='\u{1f}' | '\u{7f}' => self.byte(character as u8),
            '‹' if self.could_be_ours_in_quotes() => self.point(character),
            _ if is_hidden(character) => self.point(character),
            _ => self.out.push(character),
        }
    }

    /// Says how many marks were dropped.
    fn end_marks(&mut self) {
        let Some(marks) = &mut self.marks else { return };
        if *marks > MARKS {
            let _ = write!(self.out, "‹+{} marks›", *marks - MARKS);
        }
        *marks = (*marks).min(MARKS);
    }

    /// Whether a backslash, read with what its description is followed by, would describe something.
    fn could_be_ours(&self) -> bool {
        self.whose == Whose::Stranger
            && self.bytes.get(self.at).is_some_and(|next| {
                matches!(next, b'e' | b'n' | b'r' | b't' | b'x' | b'\\') || !(0x20..0x7f).contains(next)
            })
    }

    /// Whether `‹`, read with what follows it, would describe something, or stand for somebody.
    fn could_be_ours_in_quotes(&self) -> bool {
        let next = self.bytes.get(self.at);
        self.whose == Whose::Stranger && next.is_some_and(|next| matches!(next, b'U' | b'u' | b'+'))
    }

    fn byte(&mut self, byte: u8) {
        self.marks = Some(0);
        let _ = write!(self.out, "\\x{byte:02x}");
    }

    fn point(&mut self, character: char) {
        let _ = write!(self.out, "‹U+{:04X}›", u32::from(character));
    }
}

/// Characters that draw nothing, reorder their neighbours, break the line, select another drawing of
/// their neighbour, or are drawn wider than terminals agree on.
pub(super) fn is_hidden(character: char) -> bool {
    let point = u32::from(character);
    matches!(point,
        0x80..=0x9f            // C1: CSI, OSC and DCS in one character
        | 0xad                 // soft hyphen
        | 0x34f                // combining grapheme joiner
        | 0x600..=0x605 | 0x6dd | 0x70f | 0x890 | 0x891 | 0x8e2 | 0x110bd | 0x110cd // around what follows
        | 0x61c                // Arabic letter mark
        | 0x115f | 0x1160 | 0x3164 | 0xffa0 // Hangul fillers
        | 0x1680               // Ogham space mark
        | 0x17b4 | 0x17b5
        | 0x180b..=0x180f      // Mongolian variation selectors and vowel separator
        | 0x2000..=0x200a      // spaces of every width
        | 0x200b..=0x200f      // zero width, directional marks
        | 0x2028..=0x202f      // line and paragraph separator, bidi embeddings and overrides
        | 0x205f
        | 0x2060..=0x206f      // word joiner, invisible operators, isolates
        | 0x2800               // Braille without a dot
        | 0x2e3a | 0x2e3b | 0xfdfa | 0xfdfb | 0xfdfd // as wide as several cells
        | 0xfdd0..=0xfdef      // no characters
        | 0xfe00..=0xfe0f      // variation selectors
        | 0xfeff               // byte order mark
        | 0xfff0..=0xfffb      // interlinear annotation and unassigned specials
        | 0x13430..=0x1345f    // joiners of hieroglyphs
        | 0x1bca0..=0x1bca3
        | 0x1d173..=0x1d17a
        | 0x1f1e6..=0x1f1ff    // two of them are a flag
        | 0x1f3fb..=0x1f3ff    // another drawing of the emoji before
        | 0xe000..=0xf8ff      // private use: no two terminals agree
        | 0xe0000..=0x10ffff   // tags, more variation selectors, private planes
    ) || point & 0xfffe == 0xfffe // no characters
}

/// Combining marks of the blocks that floods are made of.
pub(super) fn is_mark(character: char) -> bool {
    let mark = UnicodeWidthChar::width(character) == Some(0);
    mark && !is_hidden(character) && !character.is_control()
}
