//! What standard input said last: a ring of lines, since it cannot be read again.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

/// Bytes kept.
const KEPT: usize = 8 * 1024 * 1024;

/// The newest lines of a stream. Cheap to clone: all clones are one ring.
#[derive(Clone, Debug, Default)]
pub(crate) struct Recent(Arc<Mutex<Ring>>);

#[derive(Debug, Default)]
struct Ring {
    bytes: VecDeque<u8>,
    /// Lines that are gone.
    gone: u64,
    /// Bytes that are gone.
    passed: u64,
}

impl Recent {
    /// Keeps what was read; the oldest goes.
    pub(crate) fn keep(&self, bytes: &[u8]) {
        let mut ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let over = (ring.bytes.len() + bytes.len()).saturating_sub(KEPT);
        if over > 0 {
            let over = over.min(ring.bytes.len());
            // Whole lines go, so that what is left begins with one.
            let rest = ring.bytes.range(over..).position(|byte| *byte == b'\n').map_or(0, |end| end + 1);
            let lines = ring.bytes.drain(..over + rest).filter(|byte| *byte == b'\n').count();
            ring.gone += lines as u64;
            ring.passed += (over + rest) as u64;
        }
        ring.bytes.extend(bytes);
    }

    /// Where what is kept begins and ends in the stream, in bytes.
    pub(crate) fn span(&self) -> (u64, u64) {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        (ring.passed, ring.passed + ring.bytes.len() as u64)
    }

    /// Reads into `into` from the stream's byte `at` on; how many bytes were read, 0 where that byte is
    /// gone or was not said yet.
    pub(crate) fn read_at(&self, into: &mut [u8], at: u64) -> usize {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(from) = at.checked_sub(ring.passed).and_then(|from| usize::try_from(from).ok()) else {
            return 0;
        };
        if from >= ring.bytes.len() {
            return 0;
        }
        let end = ring.bytes.len().min(from.saturating_add(into.len()));
        for (to, byte) in into.iter_mut().zip(ring.bytes.range(from..end)) {
            *to = *byte;
        }
        end - from
    }

    /// What is kept, and how many lines were before it.
    pub(crate) fn copy(&self) -> (Vec<u8>, u64) {
        let ring = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (first, second) = ring.bytes.as_slices();
        ([first, second].concat(), ring.gone)
    }
}

#[cfg(test)]
mod tests {
    use super::{KEPT, Recent};

    #[test]
    fn it_never_holds_more_than_its_room_and_begins_with_a_whole_line() {
        let recent = Recent::default();
        let lines = 3 * KEPT / 100;
        for number in 0..lines {
            recent.keep(format!("{number:099}\n").as_bytes());
        }
        let (bytes, gone) = recent.copy();
        assert!(bytes.len() <= KEPT && bytes.len() > KEPT - 200, "{}", bytes.len());
        assert!(bytes.starts_with(format!("{gone:099}\n").as_bytes()), "numbers go on where the ring begins");
        assert!(bytes.ends_with(format!("{:099}\n", lines - 1).as_bytes()));
    }

    #[test]
    fn a_line_longer_than_the_ring_leaves_nothing_behind_but_itself() {
        let recent = Recent::default();
        recent.keep(b"one\n");
        recent.keep(&vec![b'x'; 1_000]);
        recent.keep(&vec![b'y'; KEPT]);
        let (bytes, gone) = recent.copy();
        assert_eq!((bytes.len(), gone), (KEPT, 1));
    }
}
