//! Locks that never wait for long, and files that are what they seem.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io;
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, SystemTime};

use super::trouble::{RecordError, at};

/// Between two tries for a lock.
const PAUSE: Duration = Duration::from_millis(5);
/// Tries, two seconds in all: a console that was stopped in the middle must not stop this one.
const TRIES: u32 = 400;

/// Which file it is, whatever it is called: device, number, and when it was made, since numbers of removed
/// files are given again.
pub(super) type Identity = (u64, u64, Option<SystemTime>);

pub(super) fn identity(metadata: &fs::Metadata) -> Identity {
    (metadata.dev(), metadata.ino(), metadata.created().ok())
}

/// Takes the lock; it is given back with [`File::unlock`], when the file is closed, and when the program ends.
pub(super) fn lock(file: &File, path: &Path) -> Result<(), RecordError> {
    for _ in 0..TRIES {
        match file.try_lock() {
            Ok(()) => return Ok(()),
            Err(TryLockError::WouldBlock) => sleep(PAUSE),
            Err(TryLockError::Error(reason)) => return Err(RecordError::disk(path, reason)),
        }
    }
    Err(RecordError::Busy { path: path.to_owned() })
}

/// How to open.
#[derive(Copy, Clone, PartialEq, Eq)]
pub(super) enum Way {
    /// To read.
    Read,
    /// To read and append.
    Append,
    /// To read and append; made where it is missing.
    Make,
}

/// Opens a plain file, never through a link; `None` where there is nothing.
pub(super) fn open(path: &Path, way: Way) -> Result<Option<File>, RecordError> {
    // Another console may put a new file in its place between the look and the opening.
    for _ in 0..4 {
        let seen = match fs::symlink_metadata(path) {
            Ok(seen) if !seen.is_file() => return Err(RecordError::NotPlain { path: path.to_owned() }),
            Ok(seen) => Some(identity(&seen)),
            Err(reason) if reason.kind() == io::ErrorKind::NotFound && way != Way::Make => return Ok(None),
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => None,
            Err(reason) => return Err(RecordError::disk(path, reason)),
        };
        let mut options = OpenOptions::new();
        // What is made is made new, which follows no link.
        options.read(true).append(way != Way::Read).create_new(seen.is_none()).mode(0o600);
        match options.open(path) {
            Ok(file) if seen.is_none() => return Ok(Some(file)),
            Ok(file) => {
                let opened = file.metadata().map_err(at(path))?;
                if seen == Some(identity(&opened)) {
                    return Ok(Some(file));
                }
            }
            Err(reason)
                if matches!(reason.kind(), io::ErrorKind::NotFound | io::ErrorKind::AlreadyExists) => {}
            Err(reason) => return Err(RecordError::disk(path, reason)),
        }
    }
    match way {
        Way::Make => Err(RecordError::Busy { path: path.to_owned() }),
        Way::Read | Way::Append => Ok(None),
    }
}

/// Which file stands at `path` now, if a plain one does.
pub(super) fn standing(path: &Path) -> Option<(Identity, u64)> {
    fs::symlink_metadata(path).ok().filter(fs::Metadata::is_file).map(|file| (identity(&file), file.len()))
}
