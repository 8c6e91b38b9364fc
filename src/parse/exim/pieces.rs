//! What Exim gives to syslog in pieces: `[1/3] text`, `[2/3] text`, `[3/3] text`.
//!
//! A long line is cut after 870 bytes, one with line ends at those, where the piece is marked with
//! a backslash (`[5\18]`). The pieces of several processes stand between each other, so the number
//! of the process belongs to the join.
//!
//! Memory: at most [`OPEN`] lines of [`LENGTH`] bytes are waited for; the oldest goes.

use std::collections::VecDeque;

use super::Message;

/// Lines that are waited for.
const OPEN: usize = 64;
/// Longest line that is put together. Exim's own buffer for one has 8 KiB.
const LENGTH: usize = 16 * 1024;

/// Lines whose last piece has not come yet, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Pieces {
    open: VecDeque<Open>,
}

#[derive(Debug)]
struct Open {
    host: Vec<u8>,
    pid: Vec<u8>,
    /// The last piece that came, and how many there are.
    seen: usize,
    of: usize,
    text: Vec<u8>,
}

/// What became of a piece.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Joined {
    /// More is to come. `lost`: another line was given up for it.
    Waiting { lost: bool },
    /// The whole line.
    Whole(Vec<u8>),
    /// What stands before it never came, or is too long.
    Stray,
}

impl Pieces {
    /// Takes what `message` carried: this piece.
    pub(super) fn add(&mut self, message: &Message<'_>, piece: &Piece<'_>) -> Joined {
        let place = self.open.iter().position(|open| open.host == message.host && open.pid == message.pid);
        // A process writes one line after the other: what it began before is not continued.
        let before = place.and_then(|place| self.open.remove(place));
        let mut line = match before {
            _ if piece.number == 1 => Open {
                host: message.host.to_vec(),
                pid: message.pid.to_vec(),
                seen: 0,
                of: piece.of,
                text: Vec::new(),
            },
            Some(open) if open.seen + 1 == piece.number && open.of == piece.of => open,
            _ => return Joined::Stray,
        };
        if line.text.len() + piece.text.len() > LENGTH {
            return Joined::Stray;
        }
        line.text.extend_from_slice(piece.text);
        if piece.ends {
            line.text.push(b'\n');
        }
        line.seen = piece.number;
        if line.seen == line.of {
            return Joined::Whole(line.text);
        }
        let lost = self.open.len() >= OPEN;
        if lost {
            self.open.pop_front();
        }
        self.open.push_back(line);
        Joined::Waiting { lost }
    }
}

/// One piece.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece<'a> {
    /// From 1.
    number: usize,
    /// How many there are.
    of: usize,
    /// Whether a line end stood behind it.
    ends: bool,
    text: &'a [u8],
}

impl<'a> Piece<'a> {
    /// Reads `[2/3] text`.
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        let (number, rest) = number(text.strip_prefix(b"[")?)?;
        let (ends, rest) = match rest.split_first()? {
            (b'/', rest) => (false, rest),
            (b'\\', rest) => (true, rest),
            _ => return None,
        };
        let (of, rest) = self::number(rest)?;
        let text = rest.strip_prefix(b"] ")?;
        (1..=of).contains(&number).then_some(Self { number, of, ends, text })
    }
}

/// Up to three digits, and what follows.
fn number(text: &[u8]) -> Option<(usize, &[u8])> {
    let digits = text.iter().take(4).take_while(|byte| byte.is_ascii_digit()).count();
    let number = text[..digits].iter().fold(0, |number, byte| number * 10 + usize::from(byte - b'0'));
    (1..=3).contains(&digits).then(|| (number, &text[digits..]))
}

#[cfg(test)]
mod tests {
    use super::{Joined, OPEN, Piece, Pieces};
    use crate::model::Moment;
    use crate::parse::Message;

    fn add(pieces: &mut Pieces, pid: &str, text: &str) -> Option<Joined> {
        let message = Message {
            at: Moment::from_seconds(0),
            host: b"mx",
            tag: b"exim",
            pid: pid.as_bytes(),
            text: text.as_bytes(),
        };
        Piece::read(message.text).map(|piece| pieces.add(&message, &piece))
    }

    fn whole(text: &str) -> Option<Joined> {
        Some(Joined::Whole(text.into()))
    }

    const WAITING: Option<Joined> = Some(Joined::Waiting { lost: false });

    #[test]
    fn pieces_of_two_processes_are_kept_apart() {
        let mut pieces = Pieces::default();
        assert_eq!(add(&mut pieces, "7", "[1/3] one "), WAITING);
        assert_eq!(add(&mut pieces, "8", "[1/2] other "), WAITING);
        assert_eq!(add(&mut pieces, "7", "[2/3] two "), WAITING);
        assert_eq!(add(&mut pieces, "8", "[2/2] process"), whole("other process"));
        assert_eq!(add(&mut pieces, "7", "[3/3] three"), whole("one two three"));
    }

    #[test]
    fn a_line_end_comes_back_where_it_stood() {
        let mut pieces = Pieces::default();
        assert_eq!(add(&mut pieces, "7", "[1\\3] one"), WAITING);
        assert_eq!(add(&mut pieces, "7", "[2/3] tw"), WAITING);
        assert_eq!(add(&mut pieces, "7", "[3/3] o"), whole("one\ntwo"));
    }

    #[test]
    fn a_piece_without_its_beginning_is_stray() {
        let mut pieces = Pieces::default();
        assert_eq!(add(&mut pieces, "7", "[2/3] two"), Some(Joined::Stray));
        assert_eq!(add(&mut pieces, "7", "[1/3] one"), WAITING);
        assert_eq!(add(&mut pieces, "7", "[3/3] three"), Some(Joined::Stray));
        assert_eq!(add(&mut pieces, "7", "[2/3] two"), Some(Joined::Stray), "the line was given up");
    }

    #[test]
    fn the_oldest_gives_way_and_that_is_told() {
        let mut pieces = Pieces::default();
        for pid in 0..OPEN {
            assert_eq!(add(&mut pieces, &pid.to_string(), "[1/2] a"), WAITING);
        }
        assert_eq!(add(&mut pieces, "x", "[1/2] a"), Some(Joined::Waiting { lost: true }));
        assert_eq!(add(&mut pieces, "0", "[2/2] b"), Some(Joined::Stray));
        assert_eq!(add(&mut pieces, "x", "[2/2] b"), whole("ab"));
    }

    #[test]
    fn a_line_without_bounds_is_given_up() {
        let mut pieces = Pieces::default();
        let text = "x".repeat(9_000);
        assert_eq!(add(&mut pieces, "7", &format!("[1/3] {text}")), WAITING);
        assert_eq!(add(&mut pieces, "7", &format!("[2/3] {text}")), Some(Joined::Stray));
    }

    #[test]
    fn other_brackets_are_no_pieces() {
        for text in [
            "[1234] 1abcde-000001-AB ** x",
            "[0/3] x",
            "[4/3] x",
            "[1/3]x",
            "[1/3",
            "[/]",
            "[1111/2222] x",
            "",
        ] {
            assert_eq!(Piece::read(text.as_bytes()), None, "{text}");
        }
    }
}
