//! The bytes of a file or stream before they are unpacked: buffered, counted, and with the system's
//! own errors kept apart from damage.

use std::io::{self, BufRead, Read};

/// Bytes read at once.
const READ: usize = 64 * 1024;
/// Bytes with which a stream is recognised at the earliest.
const FIRST: usize = 8;

/// The file itself, buffered, with the offset of what was taken out of the buffer.
#[derive(Debug)]
pub(super) struct Raw<R> {
    from: R,
    buffer: Vec<u8>,
    at: usize,
    offset: u64,
    ended: bool,
    /// The system's own error, which a decoder must not take for damage.
    failed: Option<(io::ErrorKind, Option<i32>)>,
}

impl<R: Read> Raw<R> {
    /// Reads from `from`; nothing is read yet.
    pub(super) fn new(from: R) -> Self {
        Self { from, buffer: Vec::new(), at: 0, offset: 0, ended: false, failed: None }
    }

    /// Reads what is needed to tell what it is, and no more: a pipe may go on for ever.
    pub(super) fn begin(&mut self) -> io::Result<()> {
        self.more(FIRST)
    }

    /// Has at least `bytes` in the buffer, if there are so many.
    pub(super) fn more(&mut self, bytes: usize) -> io::Result<()> {
        while self.rest().len() < bytes && !self.ended {
            self.buffer.drain(..self.at);
            self.at = 0;
            let there = self.buffer.len();
            self.buffer.resize(there + READ, 0);
            let read = self.from.read(&mut self.buffer[there..]);
            self.buffer.truncate(there + read.as_ref().map_or(0, |read| *read));
            match read {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = Some((error.kind(), error.raw_os_error()));
                    return Err(error);
                }
            }
        }
        Ok(())
    }
}

impl<R> Raw<R> {
    /// Offset of the next byte that is not yet taken.
    pub(super) fn offset(&self) -> u64 {
        self.offset
    }

    /// What is in the buffer.
    pub(super) fn rest(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    /// The system's own error, if there was one.
    pub(super) fn failed(&self) -> Option<io::Error> {
        let (kind, code) = self.failed?;
        Some(code.map_or_else(|| io::Error::from(kind), io::Error::from_raw_os_error))
    }
}

impl<R: Read> Read for Raw<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let rest = self.rest();
        let read = if rest.is_empty() {
            // Plain text goes straight to where it is wanted.
            self.from.read(into)?
        } else {
            let now = rest.len().min(into.len());
            into[..now].copy_from_slice(&rest[..now]);
            self.at += now;
            now
        };
        self.offset += read as u64;
        Ok(read)
    }
}

impl<R: Read> BufRead for Raw<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.more(1)?;
        Ok(self.rest())
    }

    fn consume(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.buffer.len());
        self.offset += bytes as u64;
    }
}
