//! Where reading stopped, told by what was read.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::source::archive::Unpack;
use crate::source::disk::Stat;
use crate::source::follow::Prints;
use crate::source::listing::Listing;

/// How much older than what was read a packed file's time may be, in seconds: it keeps that of what it was
/// made of.
const MARGIN: i64 = 5;

/// How far a log was read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Place {
    /// Its path, absolute.
    pub(in crate::source) log: String,
    /// The file that was read last, or last to its end.
    pub(in crate::source) at: Spot,
    /// Older ones that could still be written to.
    #[serde(default)]
    pub(in crate::source) older: Vec<Spot>,
    /// The pattern or folder that it is named by, where it is one of many.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub(in crate::source) of: Option<String>,
}

impl Place {
    /// Whether it is of a log that a pattern or folder names.
    #[must_use]
    pub fn is_of(&self, listing: &Listing) -> bool {
        self.of.as_deref() == Some(&name(listing.path()))
    }

    /// The last `bytes` before it are handed on once more: they belong to what is not complete.
    pub fn step_back(&mut self, bytes: u64) {
        self.at.half += bytes;
    }
}

/// A place in one file.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::source) struct Spot {
    device: u64,
    inode: u64,
    /// Nanoseconds since 1970, where the file system knows it.
    born: Option<i64>,
    /// As it was on the disk, and when it was last written.
    pub(in crate::source) size: u64,
    pub(in crate::source) changed: (i64, i64),
    /// Bytes of its text that were read.
    pub(in crate::source) offset: u64,
    /// As many of them as were not handed on: half a line.
    half: u64,
    /// Hashes of the first bytes and of those before the offset, as many as are compared.
    head: u64,
    tail: u64,
    /// Line starts before the offset, and hashes of what is before them: what is cut off is told by these.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub(in crate::source) marks: Vec<(u64, u64)>,
}

impl Spot {
    /// Behind `offset` bytes of a file's text, of which `prints` were taken and the last `half` not
    /// handed on.
    pub(in crate::source) fn new(stat: &Stat, offset: u64, half: u64, prints: &Prints) -> Self {
        let (head, tail) = prints.hashes();
        Self {
            device: stat.identity.0,
            inode: stat.identity.1,
            born: stat.born.and_then(|born| i64::try_from(born).ok()),
            size: stat.size,
            changed: stat.changed,
            offset,
            half,
            head,
            tail,
            marks: prints.few_marks(),
        }
    }

    /// What is to be handed on next.
    pub(in crate::source) fn next(&self) -> u64 {
        self.offset - self.half.min(self.offset)
    }

    /// Whether that is the same file by device, inode and birth, which says nothing of its bytes.
    pub(in crate::source) fn is_of(&self, stat: &Stat) -> bool {
        let born = stat.born.and_then(|born| i64::try_from(born).ok());
        (self.device, self.inode, self.born) == (stat.identity.0, stat.identity.1, born)
    }

    /// Whether these bytes were read of a file.
    pub(in crate::source) fn is_after(&self, prints: &Prints) -> bool {
        prints.hashes() == (self.head, self.tail)
    }

    /// Whether a text that begins so may be the one of which this was read. `head`: [`Prints::HEAD`] bytes of it,
    /// or all.
    pub(in crate::source) fn may_be_in(&self, head: &[u8]) -> bool {
        let length = usize::try_from(self.offset).unwrap_or(usize::MAX).min(Prints::HEAD);
        head.get(..length).is_some_and(|head| hash(head) == self.head)
    }

    /// Whether what is packed and has this time may have been made of it: packing keeps the time.
    pub(in crate::source) fn may_be_packed_at(&self, changed: (i64, i64)) -> bool {
        changed.0 + MARGIN >= self.changed.0
    }

    /// Where a file begins as this one did, but what was read last is cut off: up to where it is as it was, others
    /// may have been written since. What was kept without marks is believed to end with what was read.
    pub(in crate::source) fn cut_off_in(&self, file: &File, size: u64) -> Option<u64> {
        if size == 0 || !Prints::begin_in(file, self.offset, self.head) {
            return None;
        }
        let is_unmarked = self.marks.is_empty() && size < self.offset;
        let last = Prints::last_of(&self.marks, file, size.min(self.offset));
        last.or_else(|| is_unmarked.then_some(size))
    }

    /// Whether a file's text, unpacked, holds what was read.
    ///
    /// # Errors
    /// What the system says.
    pub(in crate::source) fn is_in_packed(&self, file: File) -> io::Result<bool> {
        let mut from = Unpack::new(file, None)?.take(self.offset);
        let (mut prints, mut buffer, mut read) = (Prints::default(), vec![0; 64 * 1024], 0);
        loop {
            match from.read(&mut buffer) {
                Ok(0) => return Ok(read == self.offset && self.is_after(&prints)),
                Ok(bytes) => {
                    prints.took(&buffer[..bytes]);
                    read += bytes as u64;
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
    }
}

/// A log by its whole path, whatever the folder that it is named from.
pub(in crate::source) fn name(log: &Path) -> String {
    let path = std::path::absolute(log).unwrap_or_else(|_| log.to_owned());
    match path.to_str() {
        Some(path) => path.to_owned(),
        // What is no text is told apart by its bytes.
        None => format!("{}#{:016x}", path.display(), hash(path.as_os_str().as_encoded_bytes())),
    }
}

/// FNV-1a, the same on every host and in every version.
pub(in crate::source) fn hash(bytes: &[u8]) -> u64 {
    bytes.iter().fold(0xCBF2_9CE4_8422_2325, |hash, byte| {
        (hash ^ u64::from(*byte)).wrapping_mul(0x0000_0100_0000_01B3)
    })
}
