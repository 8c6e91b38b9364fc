//! UTF-16, made UTF-8: what PowerShell writes when a log is exported with `>`.
//!
//! It comes before lines are looked for, because a line end is two bytes there, and each of them is
//! also half of another character.

/// Decodes UTF-16 from bytes that come in any pieces.
#[derive(Debug)]
pub(super) struct Utf16 {
    big: bool,
    /// The byte of half a unit.
    odd: Option<u8>,
    /// The first half of a surrogate pair.
    high: Option<u16>,
    begun: bool,
}

/// The two byte order marks of UTF-16: little endian, big endian.
pub(super) const MARKS: [[u8; 2]; 2] = [[0xFF, 0xFE], [0xFE, 0xFF]];

impl Utf16 {
    /// A decoder for what begins with this mark.
    pub(super) fn new(mark: [u8; 2]) -> Self {
        Self { big: mark == MARKS[1], odd: None, high: None, begun: false }
    }

    /// Appends what `bytes` say to `out`. The mark is left out; half a pair becomes U+FFFD.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        let mut bytes = bytes.iter().copied();
        if let Some(odd) = self.odd.take() {
            match bytes.next() {
                Some(byte) => self.unit([odd, byte], out),
                None => {
                    self.odd = Some(odd);
                    return;
                }
            }
        }
        while let Some(first) = bytes.next() {
            match bytes.next() {
                Some(second) => self.unit([first, second], out),
                None => self.odd = Some(first),
            }
        }
    }

    /// Nothing more will come: half a character becomes U+FFFD.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) {
        let half = self.odd.take().is_some();
        if self.high.take().is_some() || half {
            put(char::REPLACEMENT_CHARACTER, out);
        }
    }

    fn unit(&mut self, bytes: [u8; 2], out: &mut Vec<u8>) {
        let unit = if self.big { u16::from_be_bytes(bytes) } else { u16::from_le_bytes(bytes) };
        if !std::mem::replace(&mut self.begun, true) && unit == 0xFEFF {
            return;
        }
        if let Some(high) = self.high.take() {
            if let Some(Ok(pair)) = char::decode_utf16([high, unit]).next() {
                return put(pair, out);
            }
            put(char::REPLACEMENT_CHARACTER, out);
        }
        match unit {
            0xD800..=0xDBFF => self.high = Some(unit),
            _ => put(char::from_u32(u32::from(unit)).unwrap_or(char::REPLACEMENT_CHARACTER), out),
        }
    }
}

fn put(character: char, out: &mut Vec<u8>) {
    out.extend_from_slice(character.encode_utf8(&mut [0; 4]).as_bytes());
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{MARKS, Utf16};

    fn encode(text: &str, mark: [u8; 2]) -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units
            .flat_map(|unit| if mark == MARKS[1] { unit.to_be_bytes() } else { unit.to_le_bytes() })
            .collect()
    }

    fn decode(bytes: &[u8], mark: [u8; 2], cuts: &[usize]) -> Vec<u8> {
        let (mut utf16, mut out, mut rest) = (Utf16::new(mark), Vec::new(), bytes);
        for cut in cuts.iter().cycle() {
            let (now, later) = rest.split_at((*cut).min(rest.len()));
            utf16.push(now, &mut out);
            rest = later;
            if rest.is_empty() {
                break;
            }
        }
        utf16.end(&mut out);
        out
    }

    proptest! {
        #[test]
        fn text_comes_back_wherever_it_is_cut(text in ".*", cuts in prop::collection::vec(1usize..9, 1..9)) {
            for mark in MARKS {
                let got = decode(&encode(&text, mark), mark, &cuts);
                let want = text.strip_prefix('\u{feff}').unwrap_or(&text);
                prop_assert!(got == text.as_bytes() || got == want.as_bytes());
            }
        }

        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            let text = decode(&bytes, MARKS[0], &[3]);
            prop_assert!(String::from_utf8(text).is_ok());
        }
    }

    #[test]
    fn half_a_pair_and_half_a_unit_are_shown_as_such() {
        assert_eq!(decode(&[0x3D, 0xD8, b'a', 0], MARKS[0], &[9]), "\u{fffd}a".as_bytes());
        assert_eq!(decode(&[b'a', 0, b'b'], MARKS[0], &[9]), "a\u{fffd}".as_bytes());
    }
}
