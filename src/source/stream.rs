//! A stream that is read to its end: stdin, or a file that will not grow.

use std::io::{self, Read};

use super::block::{Blocks, Piece};

/// Reads a stream piece by piece.
#[derive(Debug)]
pub struct Stream<R> {
    from: R,
    blocks: Blocks,
}

impl<R: Read> Stream<R> {
    /// Reads `from`.
    pub fn new(from: R) -> Self {
        Self { from, blocks: Blocks::new() }
    }

    /// Reads once and hands on what is complete; answers how many bytes it read, `None` at the
    /// end.
    ///
    /// # Errors
    /// What the system says.
    pub fn read(&mut self, mut on: impl FnMut(Piece<'_>)) -> io::Result<Option<usize>> {
        match self.from.read(self.blocks.space()) {
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
}
