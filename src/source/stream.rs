//! A stream that is read to its end: stdin, or a file that will not grow.

use std::io::{self, Read};

use super::archive::Unpack;
use super::block::{Blocks, Piece};

/// Reads a stream piece by piece, whatever it is packed in.
#[derive(Debug)]
pub struct Stream<R> {
    from: Unpack<R>,
    blocks: Blocks,
    notes: Vec<String>,
}

impl<R: Read> Stream<R> {
    /// Reads `from`.
    pub fn new(from: Unpack<R>) -> Self {
        Self { from, blocks: Blocks::new(), notes: Vec::new() }
    }

    /// Reads once and hands on what is complete; answers how many bytes it read, `None` at the
    /// end.
    ///
    /// # Errors
    /// What the system says.
    pub fn read(&mut self, mut on: impl FnMut(Piece<'_>)) -> io::Result<Option<usize>> {
        match self.from.read(self.blocks.space()) {
            Ok(0) if self.from.is_cut() => {
                // Half a line reads as something that nobody wrote.
                let half = self.blocks.forget();
                if half > 0 {
                    self.notes
                        .push(format!("the last line is cut off: its first {half} bytes were left out"));
                }
                Ok(None)
            }
            Ok(0) => {
                self.blocks.end(on);
                Ok(None)
            }
            Ok(read) => {
                self.blocks.take(read, &mut on);
                Ok(Some(read))
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(Some(0)),
            Err(error) => Err(error),
        }
    }

    /// How many bytes of the file were taken, packed as they are.
    #[must_use]
    pub fn raw_bytes(&self) -> u64 {
        self.from.raw_bytes()
    }

    /// What was wrong so far, in words for the operator; each is told once.
    pub fn take_notes(&mut self) -> Vec<String> {
        let mut notes = self.from.take_notes();
        notes.append(&mut self.notes);
        notes
    }
}
