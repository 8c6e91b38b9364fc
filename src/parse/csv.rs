//! Fields between commas, as RFC 4180 has them: quoted where they hold a comma, a quote doubled
//! inside quotes, a line end allowed there too.
//!
//! Fields are borrowed from the record; only where a wanted one has doubled quotes is it written
//! out into a buffer that is used again. A record that goes on over several lines is joined, within
//! bounds, because text inside quotes is a stranger's: read as a line of its own it could be
//! anything that the stranger wanted.

use memchr::memchr;

/// Why a record is none.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// It ends inside quotes: the next line belongs to it.
    Open,
    /// Something other than a comma follows a closing quote.
    Broken,
}

/// Tells each field of a record: its place, its text without the quotes around it, and whether
/// quotes inside it are doubled. Answers how many there are.
pub(super) fn split<'a>(record: &'a [u8], mut on: impl FnMut(usize, &'a [u8], bool)) -> Result<usize, Fault> {
    let (mut at, mut index) = (0, 0);
    loop {
        let rest = &record[at..];
        let end = if rest.first() == Some(&b'"') {
            let (close, doubled) = closing(rest)?;
            on(index, &rest[1..close], doubled);
            match rest.get(close + 1) {
                None => None,
                Some(b',') => Some(close + 1),
                Some(_) => return Err(Fault::Broken),
            }
        } else {
            let end = comma(rest);
            on(index, &rest[..end.unwrap_or(rest.len())], false);
            end
        };
        index += 1;
        match end {
            Some(end) => at += end + 1,
            None => return Ok(index),
        }
    }
}

/// Where the next comma is. Most fields are of a few bytes, which eight at a time in place are looked
/// through faster than a search is called.
#[inline]
fn comma(text: &[u8]) -> Option<usize> {
    const ONES: u64 = u64::from_le_bytes([1; 8]);
    const HIGH: u64 = ONES << 7;
    const COMMAS: u64 = u64::from_le_bytes([b','; 8]);
    let (chunks, rest) = text.as_chunks::<8>();
    for (index, chunk) in chunks.iter().enumerate() {
        // A byte that is a comma becomes 0, and the lowest 0 borrows into its highest bit.
        let bytes = u64::from_le_bytes(*chunk) ^ COMMAS;
        let found = bytes.wrapping_sub(ONES) & !bytes & HIGH;
        if found != 0 {
            return Some(index * 8 + found.trailing_zeros() as usize / 8);
        }
    }
    rest.iter().position(|byte| *byte == b',').map(|at| chunks.len() * 8 + at)
}

/// Where the quoted field at the beginning of `rest` closes, and whether it holds doubled quotes.
fn closing(rest: &[u8]) -> Result<(usize, bool), Fault> {
    let (mut from, mut doubled) = (1, false);
    loop {
        let close = from + memchr(b'"', rest.get(from..).unwrap_or_default()).ok_or(Fault::Open)?;
        if rest.get(close + 1) != Some(&b'"') {
            return Ok((close, doubled));
        }
        (from, doubled) = (close + 2, true);
    }
}

/// Fields of a record by their place among those that are wanted.
#[derive(Copy, Clone, Debug)]
pub(super) struct Fields<'a, const N: usize> {
    texts: [&'a [u8]; N],
    /// One bit for each that has doubled quotes.
    doubled: u32,
}

impl<'a, const N: usize> Fields<'a, N> {
    /// Splits a record; `slots` says for each column which wanted one it is, or [`OTHER`]. Answers
    /// them and how many fields there are in all.
    #[inline]
    pub(super) fn of(record: &'a [u8], slots: &[u8]) -> Result<(Self, usize), Fault> {
        const { assert!(N <= 32) };
        let mut fields = Self { texts: [b""; N], doubled: 0 };
        let count = split(record, |index, text, doubled| {
            let slot = slots.get(index).copied().unwrap_or(OTHER);
            if let Some(place) = fields.texts.get_mut(usize::from(slot)) {
                *place = text;
                fields.doubled |= u32::from(doubled) << slot;
            }
        })?;
        Ok((fields, count))
    }

    /// The texts, with doubled quotes undone in `scratch`.
    #[inline]
    pub(super) fn texts<'s>(self, scratch: &'s mut Vec<u8>) -> [&'s [u8]; N]
    where
        'a: 's,
    {
        if self.doubled == 0 { self.texts } else { self.undone(scratch) }
    }

    #[cold]
    fn undone<'s>(self, scratch: &'s mut Vec<u8>) -> [&'s [u8]; N]
    where
        'a: 's,
    {
        scratch.clear();
        let mut spans = [(0, 0); N];
        for (index, text) in self.texts.iter().enumerate() {
            if self.doubled >> index & 1 == 1 {
                let start = scratch.len();
                let mut rest = *text;
                while let Some(quote) = memchr(b'"', rest) {
                    scratch.extend_from_slice(&rest[..=quote]);
                    rest = rest.get(quote + 2..).unwrap_or_default();
                }
                scratch.extend_from_slice(rest);
                spans[index] = (start, scratch.len());
            }
        }
        let scratch: &'s [u8] = scratch;
        let mut texts = self.texts;
        for (index, text) in texts.iter_mut().enumerate() {
            if self.doubled >> index & 1 == 1 {
                *text = &scratch[spans[index].0..spans[index].1];
            }
        }
        texts
    }
}

/// A column that is not wanted.
pub(super) const OTHER: u8 = u8::MAX;

/// A record that goes on over several lines: bounded by [`Open::LINES`] and [`Open::BYTES`].
#[derive(Debug, Default)]
pub(super) struct Open {
    text: Vec<u8>,
    lines: usize,
}

impl Open {
    /// The most lines that one record is joined from.
    pub(super) const LINES: usize = 32;
    /// The most bytes.
    pub(super) const BYTES: usize = 32 * 1024;

    /// Whether a record waits for its next line.
    pub(super) fn waits(&self) -> bool {
        self.lines > 0
    }

    /// Takes another line of the record; answers whether it still fits.
    pub(super) fn add(&mut self, line: &[u8]) -> bool {
        if self.lines == Self::LINES || self.text.len() + line.len() >= Self::BYTES {
            return false;
        }
        if self.lines > 0 {
            self.text.push(b'\n');
        }
        self.lines += 1;
        self.text.extend_from_slice(line);
        true
    }

    /// Takes the record out, to be given back by [`Self::keep`] or [`Self::put_back`].
    pub(super) fn take(&mut self) -> Vec<u8> {
        self.lines = 0;
        std::mem::take(&mut self.text)
    }

    /// How many lines it has by now.
    pub(super) fn lines(&self) -> usize {
        self.lines
    }

    /// Gives a record back that goes on, with as many lines as it had.
    pub(super) fn keep(&mut self, text: Vec<u8>, lines: usize) {
        (self.text, self.lines) = (text, lines);
    }

    /// Keeps the record's memory for the next one.
    pub(super) fn put_back(&mut self, mut text: Vec<u8>) {
        text.clear();
        self.text = text;
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Fault, Fields, OTHER, Open, comma, split};

    fn fields(record: &str) -> Result<Vec<String>, Fault> {
        let mut fields = Vec::new();
        let slots = [0];
        let count = split(record.as_bytes(), |index, _, _| {
            assert_eq!(index, fields.len());
            fields.push(String::new());
        })?;
        assert_eq!(count, fields.len());
        for (index, field) in fields.iter_mut().enumerate() {
            let slots: Vec<u8> = std::iter::repeat_n(OTHER, index).chain(slots).collect();
            let (only, _) = Fields::<1>::of(record.as_bytes(), &slots)?;
            *field = String::from_utf8_lossy(only.texts(&mut Vec::new())[0]).into_owned();
        }
        Ok(fields)
    }

    #[test]
    fn a_comma_inside_quotes_parts_nothing() {
        assert_eq!(fields("a,\"b,c\",d").as_deref(), Ok(&["a".into(), "b,c".into(), "d".into()][..]));
        assert_eq!(fields("\"a\"").as_deref(), Ok(&["a".into()][..]));
        assert_eq!(fields("\"a\",").as_deref(), Ok(&["a".into(), String::new()][..]));
        assert_eq!(fields("").as_deref(), Ok(&[String::new()][..]));
        assert_eq!(fields(",").as_deref(), Ok(&[String::new(), String::new()][..]));
    }

    #[test]
    fn doubled_quotes_are_single_ones_and_a_quote_in_the_middle_is_itself() {
        assert_eq!(
            fields(r#""say ""hi"", all","""",b"c"#).as_deref(),
            Ok(&["say \"hi\", all".into(), "\"".into(), "b\"c".into()][..])
        );
    }

    #[test]
    fn several_undone_fields_share_one_buffer() {
        let mut scratch = b"old".to_vec();
        let record = br#""a""b",plain,"c""d""""#;
        let (fields, count) = Fields::<3>::of(record, &[2, 1, 0]).unwrap_or_else(|_| unreachable!());
        assert_eq!(count, 3);
        assert_eq!(fields.texts(&mut scratch), [&b"c\"d\""[..], b"plain", b"a\"b"]);
    }

    #[test]
    fn a_record_that_does_not_end_says_so() {
        assert_eq!(fields("a,\"b"), Err(Fault::Open));
        assert_eq!(fields("a,\"b\"\""), Err(Fault::Open));
        assert_eq!(fields("a,\"b\"c,d"), Err(Fault::Broken));
    }

    #[test]
    fn a_record_that_never_ends_is_given_up() {
        let mut open = Open::default();
        assert_eq!((0..100).take_while(|_| open.add(b"x")).count(), Open::LINES);
        assert_eq!(open.take(), [&b"x"[..]; Open::LINES].join(&b'\n'));
        assert!(!open.waits());
        assert!(!open.add(&vec![b'x'; Open::BYTES]));
    }

    proptest! {
        #[test]
        fn what_was_written_is_read(texts in proptest::collection::vec("[a-c,\"\n ]{0,8}", 1..8)) {
            let written: Vec<String> =
                texts.iter().map(|text| format!("\"{}\"", text.replace('"', "\"\""))).collect();
            prop_assert_eq!(fields(&written.join(",")), Ok(texts));
        }

        #[test]
        fn the_first_comma_is_found(text in proptest::collection::vec(prop_oneof![
            Just(b','), Just(b',' + 1), Just(b',' - 1), Just(b',' | 0x80), any::<u8>()
        ], 0..40)) {
            prop_assert_eq!(comma(&text), text.iter().position(|byte| *byte == b','));
        }

        #[test]
        fn no_bytes_panic(record: Vec<u8>, likely in "[a,\"]{0,20}") {
            let _ = Fields::<2>::of(&record, &[1, OTHER, 0]).map(|(fields, _)| fields.texts(&mut Vec::new()).len());
            let _ = fields(&likely);
        }
    }
}
