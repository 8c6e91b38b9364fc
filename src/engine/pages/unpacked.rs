//! Packed files of a chain, unpacked to be read at places: into files of the temporary folder that have no
//! name, so that they are gone with whoever reads them, and nothing of them is in memory.

use std::collections::VecDeque;
use std::fs::{self, File};
use std::io::{self, Read as _};
use std::path::Path;

use crate::source::{Unpack, why_not};

/// Unpacked files that are there at once: two, so that going to and fro over a border costs nothing.
const HELD: usize = 2;
/// Bytes that one may have.
const MOST: u64 = 1 << 30;

/// Files that are unpacked, the one used last behind.
#[derive(Debug, Default)]
pub(super) struct Unpacked(VecDeque<Held>);

#[derive(Debug)]
struct Held {
    /// Which file: its device and inode.
    of: (u64, u64),
    /// Its bytes when it was unpacked: one that grows is unpacked again.
    packed: u64,
    file: File,
}

impl Unpacked {
    /// The file at `path`, unpacked; at once where it was before.
    ///
    /// # Errors
    /// What the system says, and where it is broken or too long.
    pub(super) fn open(&mut self, path: &Path, of: (u64, u64)) -> io::Result<File> {
        if let Some(at) = self.0.iter().position(|held| held.of == of) {
            self.0.swap(at, self.0.len() - 1);
        } else {
            // First of all room is made.
            self.0.drain(..(self.0.len() + 1).saturating_sub(HELD));
            let packed = fs::metadata(path)?.len();
            self.0.push_back(Held { of, packed, file: unpacked(path)? });
        }
        match self.0.back() {
            Some(held) => held.file.try_clone(),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }

    /// Lets go of what has grown since it was unpacked.
    pub(super) fn renew(&mut self, path: &Path, of: (u64, u64)) {
        let bytes = fs::metadata(path).map_or(0, |file| file.len());
        self.0.retain(|held| held.of != of || held.packed == bytes);
    }
}

fn unpacked(path: &Path) -> io::Result<File> {
    let mut from = Unpack::open(path)?.take(MOST);
    let mut into = tempfile::tempfile()?;
    let bytes = io::copy(&mut from, &mut into)?;
    if bytes == 0 {
        let why = from.into_inner().take_notes().into_iter().next();
        return Err(io::Error::other(why.unwrap_or_else(|| "nothing is in it".to_owned())));
    }
    if bytes == MOST && from.into_inner().read(&mut [0])? > 0 {
        return Err(io::Error::other("it is longer than 1 GiB: unpack it, and open that"));
    }
    Ok(into)
}

/// Why a packed file cannot be looked into.
pub(super) fn why(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::StorageFull => "there is no room to unpack it in the temporary folder".to_owned(),
        _ => why_not(error),
    }
}
