//! What was read of a file, by which it is known again, also where its last bytes were cut off.

use std::io;

use crate::source::checkpoint::hash;
use crate::source::disk::Handle;

/// Bytes at the beginning that are compared: more than a table's header, which many files share.
pub(super) const HEAD: usize = 1024;
/// Bytes before the offset that are compared.
const TAIL: usize = 256;
/// Bytes between two marks at least, where many are read at once.
const GRID: usize = 4096;
/// Bytes before a mark that are compared.
const MARK: usize = 64;
/// Marks at most: the last ones stand close, the older ones ever wider.
const MARKS: usize = 256;

/// What was read of a file, at its beginning and last: by these bytes it is known again.
#[derive(Clone, Debug, Default)]
pub(in crate::source) struct Prints {
    pub(super) head: Vec<u8>,
    tail: Vec<u8>,
    /// Up to where was read.
    at: u64,
    /// Line starts up to which was read, and hashes of the bytes before them.
    pub(super) marks: Vec<(u64, u64)>,
}

impl Prints {
    /// Bytes of the beginning that are compared.
    pub(in crate::source) const HEAD: usize = HEAD;

    /// The file is read from its beginning, where `read` bytes were read; those that it was seen to
    /// begin with were read, too. How many that are.
    pub(in crate::source) fn begin(&mut self, into: &mut [u8], read: usize) -> usize {
        let head = std::mem::take(self).head;
        if head.len() <= read {
            return read;
        }
        into[..head.len()].copy_from_slice(&head);
        head.len()
    }

    /// These bytes were read next.
    pub(in crate::source) fn took(&mut self, bytes: &[u8]) {
        let missing = HEAD - self.head.len();
        self.head.extend_from_slice(&bytes[..bytes.len().min(missing)]);
        self.mark(bytes);
        self.at += bytes.len() as u64;
        let new = &bytes[bytes.len().saturating_sub(TAIL)..];
        let old = (self.tail.len() + new.len()).saturating_sub(TAIL);
        self.tail.drain(..old);
        self.tail.extend_from_slice(new);
    }

    /// Remembers line starts in what was read next.
    fn mark(&mut self, bytes: &[u8]) {
        let mut from = 0;
        while from < bytes.len() {
            let until = (from + GRID).min(bytes.len());
            let Some(end) = memchr::memrchr(b'\n', &bytes[from..until]) else {
                from = until;
                continue;
            };
            from += end + 1;
            let missing = MARK.saturating_sub(from).min(self.tail.len());
            let before = [&self.tail[self.tail.len() - missing..], &bytes[from.saturating_sub(MARK)..from]];
            let print = if missing > 0 { hash(&before.concat()) } else { hash(before[1]) };
            if self.marks.len() >= MARKS {
                let mut place = 0;
                self.marks.retain(|_| {
                    place += 1;
                    place > MARKS / 2 || place % 2 == 0
                });
            }
            self.marks.push((self.at + from as u64, print));
        }
    }

    /// Some of the marks, to be kept: the last ones, and ever fewer of those before.
    pub(in crate::source) fn few_marks(&self) -> Vec<(u64, u64)> {
        let back = (0..8).chain((4..8).flat_map(|power| [1 << power, 3 << (power - 1)]));
        let mut places: Vec<usize> = back.filter_map(|back| self.marks.len().checked_sub(back + 1)).collect();
        places.extend((!self.marks.is_empty()).then_some(0));
        places.sort_unstable();
        places.dedup();
        places.into_iter().map(|place| self.marks[place]).collect()
    }

    /// The last of these marks up to `size` that `file` still has.
    pub(in crate::source) fn last_of(marks: &[(u64, u64)], file: &impl Handle, size: u64) -> Option<u64> {
        Self { marks: marks.to_vec(), ..Self::default() }.unchanged(file, size)
    }

    /// The last line start up to `size` up to which `file` holds what was read, though not all of it.
    pub(super) fn unchanged(&self, file: &impl Handle, size: u64) -> Option<u64> {
        let is_there = |(at, print): &&(u64, u64)| {
            let length = (*at).min(MARK as u64);
            *at <= size
                && hash(&bytes_at(file, usize::try_from(length).unwrap_or(MARK), at - length)) == *print
        };
        self.marks.iter().rev().find(is_there).map(|(at, _)| *at)
    }

    /// The same up to an earlier place, if `file` still holds that.
    pub(super) fn back_to(&self, file: &impl Handle, at: u64) -> Option<Self> {
        let before = Self::of(file, at);
        let marks: Vec<_> = self.marks.iter().copied().filter(|mark| mark.0 <= at).collect();
        let length = self.head.len().min(before.head.len());
        let is_marked = marks.last().is_none_or(|(mark, print)| {
            *mark < at || hash(&before.tail[before.tail.len().saturating_sub(MARK)..]) == *print
        });
        (is_marked && before.at == at && before.head[..length] == self.head[..length])
            .then_some(Self { marks, ..before })
    }

    /// Whether `file` holds what was read, up to `offset`.
    pub(in crate::source) fn are_in(&self, file: &impl Handle, offset: u64) -> bool {
        let tail = offset.checked_sub(self.tail.len() as u64);
        file.has(&self.head, 0) && tail.is_some_and(|at| file.has(&self.tail, at))
    }

    /// How the file began: so many bytes that are compared, and their hash.
    pub(super) fn beginning(&self) -> Option<(usize, u64)> {
        (!self.head.is_empty()).then(|| (self.head.len(), hash(&self.head)))
    }

    /// Hashes of both.
    pub(in crate::source) fn hashes(&self) -> (u64, u64) {
        (hash(&self.head), hash(&self.tail))
    }

    /// Whether `file` begins as one did whose first bytes have this hash, of which `offset` were read.
    pub(in crate::source) fn begin_in(file: &impl Handle, offset: u64, head: u64) -> bool {
        let length = usize::try_from(offset).unwrap_or(HEAD).min(HEAD);
        let bytes = bytes_at(file, length, 0);
        bytes.len() == length && hash(&bytes) == head
    }

    /// What `file` begins with, of which nothing was read.
    pub(super) fn beginning_of(file: &impl Handle) -> Self {
        Self { head: bytes_at(file, HEAD, 0), ..Self::default() }
    }

    /// As they are in `file`, up to `offset`.
    pub(in crate::source) fn of(file: &impl Handle, offset: u64) -> Self {
        let read = usize::try_from(offset).unwrap_or(usize::MAX);
        let tail = read.min(TAIL);
        let (head, tail) = (bytes_at(file, read.min(HEAD), 0), bytes_at(file, tail, offset - tail as u64));
        let marks = tail.ends_with(b"\n").then(|| (offset, hash(&tail[tail.len().saturating_sub(MARK)..])));
        Self { head, tail, at: offset, marks: marks.into_iter().collect() }
    }
}

/// So many bytes as they are at a place, or as many as there are.
pub(super) fn bytes_at(file: &impl Handle, length: usize, at: u64) -> Vec<u8> {
    let mut bytes = vec![0; length];
    let mut filled = 0;
    while filled < length {
        match file.read_at(&mut bytes[filled..], at + filled as u64) {
            Ok(read @ 1..) => filled += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            _ => break,
        }
    }
    bytes.truncate(filled);
    bytes
}
