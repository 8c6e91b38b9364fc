//! What a file holds besides lines: taken out, and told.
//!
//! A crash or a rotation by copying leaves runs of NUL bytes before the next line, and that line is
//! whole. A line that is too long to be held is read by its head. A file that is no text is read as
//! if it were, and said to be none.

use super::block::Piece;

/// Bytes at the beginning that tell whether this is text.
const HEAD: usize = 1024;
/// Of so many of them, one may be a control character.
const CONTROLS: usize = 16;
/// Times that a kind of damage is told where it is met; further ones are told as a sum.
const TOLD: u64 = 3;

/// Passes pieces on without what is in no line.
#[derive(Debug, Default)]
pub(super) struct Sieve {
    /// Bytes that came, counted where reading began.
    offset: u64,
    /// It is no text: NULs are nothing to tell there.
    binary: bool,
    /// Inside a line that began with nothing but NULs and was too long to be held.
    void: bool,
    /// NULs that follow each other: where they begin and how many there are.
    nuls: Option<(u64, u64)>,
    /// The long line that is passing: where it begins.
    long: Option<u64>,
    nul_kind: Kind,
    long_kind: Kind,
    out: Vec<u8>,
    notes: Vec<String>,
}

/// How often something was met, and how much of it was told only as a sum.
#[derive(Debug, Default)]
struct Kind {
    times: u64,
    untold: u64,
}

impl Kind {
    /// Whether this one, of so many bytes, is told where it is met.
    fn is_told(&mut self, bytes: u64) -> bool {
        self.times += 1;
        if self.times > TOLD {
            self.untold += bytes;
        }
        self.times <= TOLD
    }
}

impl Sieve {
    /// Counts offsets from here on.
    pub(super) fn begin_at(&mut self, offset: u64) {
        self.offset = offset;
    }

    /// Counts bytes that another one passes on.
    pub(super) fn pass_by(&mut self, bytes: &[u8]) {
        self.offset += bytes.len() as u64;
    }

    /// Passes a piece on.
    pub(super) fn pass(&mut self, piece: Piece<'_>, mut on: impl FnMut(Piece<'_>)) {
        let bytes = piece.bytes();
        if self.offset == 0 {
            self.look_at_the_beginning(bytes);
        }
        let begin = self.offset;
        self.offset += bytes.len() as u64;
        match piece {
            Piece::Head(_) => self.long = Some(begin),
            Piece::Tail(_) | Piece::Unended(_) => self.end_of_a_long_line(),
            Piece::Lines(_) | Piece::More(_) => {}
        }
        let Some(first) = memchr::memchr(0, bytes) else {
            self.end_of_nuls();
            if self.void {
                self.void = matches!(piece, Piece::Head(_));
                return match piece {
                    // The line begins here.
                    Piece::More(bytes) => on(Piece::Head(bytes)),
                    Piece::Tail(bytes) => on(Piece::Lines(bytes)),
                    other => on(other),
                };
            }
            return on(piece);
        };
        let mut out = std::mem::take(&mut self.out);
        out.clear();
        out.extend(bytes.iter().filter(|byte| **byte != 0));
        let count = (bytes.len() - out.len()) as u64;
        let (_, before) = self.nuls.get_or_insert((begin + first as u64, 0));
        *before += count;
        match piece {
            Piece::Lines(_) => on(Piece::Lines(&out)),
            Piece::Head(_) => {
                self.void = out.is_empty();
                if !self.void {
                    on(Piece::Head(&out));
                }
            }
            Piece::More(_) if self.void => {
                self.void = out.is_empty();
                if !self.void {
                    on(Piece::Head(&out));
                }
            }
            Piece::More(_) => on(Piece::More(&out)),
            Piece::Tail(_) if std::mem::take(&mut self.void) => on(Piece::Lines(&out)),
            Piece::Tail(_) => on(Piece::Tail(&out)),
            Piece::Unended(_) => {
                self.void = false;
                on(Piece::Unended(&out));
            }
        }
        self.out = out;
    }

    /// What was wrong, since the last call; `ended`: nothing more will come.
    pub(super) fn take_notes(&mut self, ended: bool) -> Vec<String> {
        if ended {
            self.end_of_nuls();
            if self.nul_kind.untold > 0 {
                self.notes.push(format!(
                    "{} more NUL bytes at {} places were left out",
                    self.nul_kind.untold,
                    self.nul_kind.times - TOLD
                ));
            }
            if self.long_kind.untold > 0 {
                self.notes.push(format!(
                    "{} more lines were too long to be read whole, {} bytes together",
                    self.long_kind.times - TOLD,
                    self.long_kind.untold
                ));
            }
            (self.nul_kind, self.long_kind) = (Kind::default(), Kind::default());
        }
        std::mem::take(&mut self.notes)
    }

    fn look_at_the_beginning(&mut self, bytes: &[u8]) {
        let head = &bytes[..bytes.len().min(HEAD)];
        let is_control = |byte: &u8| matches!(*byte, 1..=8 | 14..=26 | 28..=31 | 127);
        let controls = head.iter().filter(|byte| is_control(byte)).count();
        if let Some(first) = head.iter().position(is_control)
            && controls * CONTROLS > head.len()
        {
            self.binary = true;
            self.notes.push(format!(
                "does not look like text: byte 0x{:02x} at byte {first}, and {controls} such in the first {}",
                head[first],
                head.len()
            ));
        }
    }

    fn end_of_nuls(&mut self) {
        if let Some((begin, count)) = self.nuls.take()
            && !self.binary
            && self.nul_kind.is_told(count)
        {
            self.notes
                .push(format!("{count} NUL bytes from byte {begin} on were left out; no line was lost"));
        }
    }

    fn end_of_a_long_line(&mut self) {
        if let Some(begin) = self.long.take() {
            let length = self.offset - begin;
            // A run of NULs with a line behind is told as that.
            if !self.void && self.long_kind.is_told(length) {
                self.notes
                    .push(format!("a line of {length} bytes at byte {begin}: only its beginning was read"));
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::Sieve;
    use crate::source::block::{Blocks, Piece};

    /// What comes out, as lines, and the notes.
    fn run(bytes: &[u8], cut: usize) -> (Vec<Vec<u8>>, Vec<String>) {
        let (mut blocks, mut sieve, mut lines, mut notes) =
            (Blocks::new(), Sieve::default(), Vec::new(), Vec::new());
        let mut on = |piece: Piece<'_>| {
            sieve.pass(piece, |piece| match piece {
                Piece::Lines(block) => {
                    lines.extend(block.split_inclusive(|byte| *byte == b'\n').map(<[u8]>::to_vec));
                }
                Piece::Head(line) | Piece::Unended(line) => lines.push(line[..line.len().min(100)].to_vec()),
                Piece::More(_) | Piece::Tail(_) => {}
            });
            notes.extend(sieve.take_notes(false));
        };
        for piece in bytes.chunks(cut) {
            blocks.push(piece, &mut on);
        }
        blocks.end(&mut on);
        notes.extend(sieve.take_notes(true));
        (lines, notes)
    }

    #[test]
    fn a_line_behind_nuls_is_read_however_many_there_are() {
        for count in [1, 4_096, 300_000, 1_000_000] {
            let bytes = [b"first\n", &vec![0; count][..], b"second\nthird\n"].concat();
            let (lines, notes) = run(&bytes, 60_000);
            assert_eq!(lines, [&b"first\n"[..], b"second\n", b"third\n"], "{count}");
            assert_eq!(notes, [format!("{count} NUL bytes from byte 6 on were left out; no line was lost")]);
        }
    }

    #[test]
    fn nuls_at_the_very_end_are_told() {
        let (lines, notes) = run(&[&b"first\n"[..], &[0; 500]].concat(), 60_000);
        assert_eq!(lines[0], b"first\n");
        assert!(notes[0].contains("500 NUL bytes from byte 6 on"), "{notes:?}");
    }

    #[test]
    fn a_line_of_ten_megabytes_is_told_with_its_place_and_length() {
        let bytes = [b"first\n", &vec![b'x'; 10_000_000][..], b"\nlast\n"].concat();
        let (lines, notes) = run(&bytes, 60_000);
        assert_eq!((lines.len(), lines[2].as_slice()), (3, &b"last\n"[..]));
        assert_eq!(notes, ["a line of 10000001 bytes at byte 6: only its beginning was read"]);
    }

    #[test]
    fn what_is_no_text_is_said_to_be_none() {
        let binary: Vec<u8> = (0..2_000u32).map(|n| (n * 7 % 256) as u8).collect();
        assert!(run(&binary, 5_000).1[0].contains("does not look like text"));
        assert!(run("Grüße \x1b[1m\tx\r\n".as_bytes(), 100).1.is_empty());
    }

    #[test]
    fn damage_everywhere_makes_few_notes() {
        let bytes: Vec<u8> = (0..10_000).flat_map(|_| [&b"a\0b\n"[..], b"clean\n"].concat()).collect();
        let (lines, notes) = run(&bytes, 4);
        assert_eq!(lines.len(), 20_000);
        assert!(notes.len() == 4 && notes[3].contains("more NUL bytes"), "{notes:?}");
    }

    proptest! {
        #[test]
        fn nothing_but_nuls_is_taken_out(
            bytes in prop::collection::vec(prop_oneof![Just(0u8), Just(b'\n'), any::<u8>()], 0..2_000),
            cut in 1usize..500,
        ) {
            let want: Vec<u8> = bytes.iter().copied().filter(|byte| *byte != 0).collect();
            prop_assert_eq!(run(&bytes, cut).0.concat(), want);
        }
    }
}
