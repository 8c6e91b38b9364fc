//! Framing: any split of any bytes into reads gives the same lines.

use memchr::memrchr;

/// Bytes held at most.
const HELD: usize = 256 * 1024;
/// Bytes asked for at once: few enough to be still in the processor's cache when they are parsed.
const READ: usize = 64 * 1024;
/// Longest line that is handed on whole; longer ones go in pieces.
const WHOLE: usize = 192 * 1024;

/// What a read produced.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Whole lines, each with its line end.
    Lines(&'a [u8]),
    /// The head of a line that is too long to be held. The parser sees this and nothing of the
    /// rest.
    Head(&'a [u8]),
    /// More of that line.
    More(&'a [u8]),
    /// The last piece of that line, with its line end.
    Tail(&'a [u8]),
    /// A line that ended without a line end: the file was rotated away, or the stream closed.
    Unended(&'a [u8]),
}

impl<'a> Piece<'a> {
    /// The bytes as they were read.
    #[must_use]
    pub const fn bytes(self) -> &'a [u8] {
        match self {
            Self::Lines(bytes)
            | Self::Head(bytes)
            | Self::More(bytes)
            | Self::Tail(bytes)
            | Self::Unended(bytes) => bytes,
        }
    }
}

/// One source's buffer: whole lines go out, a partial line waits for its end.
#[derive(Debug)]
pub(super) struct Blocks {
    buffer: Vec<u8>,
    /// How much of the buffer is a line without its end.
    pending: usize,
    /// Whether the head of the current line is already out.
    inside: bool,
}

impl Default for Blocks {
    fn default() -> Self {
        Self::new()
    }
}

impl Blocks {
    /// An empty buffer; it takes its room when it is first read to, for many files wait unread.
    pub(super) fn new() -> Self {
        Self { buffer: Vec::new(), pending: 0, inside: false }
    }

    /// Where the next bytes are to be read to; never empty.
    pub(super) fn space(&mut self) -> &mut [u8] {
        if self.buffer.is_empty() {
            self.buffer = vec![0; HELD];
        }
        let end = (self.pending + READ).min(HELD);
        &mut self.buffer[self.pending..end]
    }

    /// Takes `read` bytes that were written to [`Self::space`] and hands on what is complete.
    pub(super) fn take(&mut self, read: usize, mut on: impl FnMut(Piece<'_>)) {
        let filled = (self.pending + read).min(self.buffer.len());
        let mut from = 0;
        if self.inside {
            // Only the new bytes can hold the long line's end, and nothing of it is pending.
            match memchr::memchr(b'\n', &self.buffer[..filled]) {
                Some(end) => {
                    on(Piece::Tail(&self.buffer[..=end]));
                    self.inside = false;
                    from = end + 1;
                }
                None => {
                    if filled > 0 {
                        on(Piece::More(&self.buffer[..filled]));
                    }
                    self.pending = 0;
                    return;
                }
            }
        }
        if let Some(end) = memrchr(b'\n', &self.buffer[from..filled]) {
            on(Piece::Lines(&self.buffer[from..=from + end]));
            from += end + 1;
        }
        self.pending = filled - from;
        if self.pending > WHOLE {
            on(Piece::Head(&self.buffer[from..filled]));
            self.inside = true;
            self.pending = 0;
        } else if from > 0 {
            self.buffer.copy_within(from..filled, 0);
        }
    }

    /// Takes bytes that were not written to [`Self::space`] and hands on what is complete.
    pub(super) fn push(&mut self, mut bytes: &[u8], mut on: impl FnMut(Piece<'_>)) {
        while !bytes.is_empty() {
            let space = self.space();
            let (now, later) = bytes.split_at(bytes.len().min(space.len()));
            space[..now.len()].copy_from_slice(now);
            self.take(now.len(), &mut on);
            bytes = later;
        }
    }

    /// No more bytes will come: hands on what waits for its line end.
    pub(super) fn end(&mut self, mut on: impl FnMut(Piece<'_>)) {
        if self.pending > 0 || self.inside {
            on(Piece::Unended(&self.buffer[..self.pending]));
        }
        self.pending = 0;
        self.inside = false;
    }

    /// Whether a line waits for its end.
    pub(super) fn has_half(&self) -> bool {
        self.pending > 0 || self.inside
    }

    /// How many bytes wait for their line end.
    pub(super) fn half(&self) -> u64 {
        self.pending as u64
    }

    /// Forgets what waits for its line end; returns how many bytes that was.
    pub(super) fn forget(&mut self) -> usize {
        self.inside = false;
        std::mem::take(&mut self.pending)
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Blocks, Piece, READ, WHOLE};

    /// All bytes that come out, and the lines as the parser sees them.
    fn run(bytes: &[u8], cuts: &[usize]) -> (Vec<u8>, Vec<Vec<u8>>) {
        let mut blocks = Blocks::new();
        let (mut raw, mut lines) = (Vec::new(), Vec::new());
        let mut on = |piece: Piece<'_>| {
            raw.extend_from_slice(piece.bytes());
            match piece {
                Piece::Lines(block) => {
                    lines.extend(block.split_inclusive(|b| *b == b'\n').map(<[u8]>::to_vec))
                }
                Piece::Head(head) => lines.push(head[..1_000].to_vec()),
                Piece::Unended(line) if !line.is_empty() => lines.push(line.to_vec()),
                _ => {}
            }
        };
        let mut at = 0;
        let mut cut = cuts.iter().cycle();
        while at < bytes.len() {
            let want = cut.next().copied().unwrap_or(READ).max(1);
            let space = blocks.space();
            let take = want.min(space.len()).min(bytes.len() - at);
            space[..take].copy_from_slice(&bytes[at..at + take]);
            at += take;
            blocks.take(take, &mut on);
        }
        blocks.end(&mut on);
        (raw, lines)
    }

    proptest! {
        #[test]
        fn any_split_gives_the_same_lines(
            bytes in prop::collection::vec(prop_oneof![Just(b'\n'), any::<u8>()], 0..4_000),
            cuts in prop::collection::vec(1usize..300, 1..20),
        ) {
            let (raw, lines) = run(&bytes, &cuts);
            prop_assert_eq!(&raw, &bytes);
            prop_assert_eq!(lines, run(&bytes, &[READ]).1);
        }
    }

    #[test]
    fn a_line_of_ten_megabytes_passes_in_pieces_and_the_next_one_is_whole() {
        let mut bytes = b"first\n".to_vec();
        bytes.extend(std::iter::repeat_n(b'x', 10_000_000));
        bytes.extend(b"\nlast\n");
        for cuts in [&[READ][..], &[1_000, 77_777][..]] {
            let (raw, lines) = run(&bytes, cuts);
            assert_eq!(raw, bytes);
            assert_eq!(lines.len(), 3);
            assert_eq!((lines[0].as_slice(), lines[2].as_slice()), (&b"first\n"[..], &b"last\n"[..]));
        }
    }

    #[test]
    fn a_line_just_under_the_limit_stays_whole() {
        let mut bytes = vec![b'x'; WHOLE];
        bytes.push(b'\n');
        let (_, lines) = run(&bytes, &[10_000]);
        assert_eq!(lines, [bytes]);
    }
}
