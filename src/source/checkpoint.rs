//! What is kept between two runs: how far each log was read, so that the next run goes on there.
//!
//! A folder holds one file, whole at any time: it is written under another name, synced, and given its
//! name. A lock beside it keeps a second process out. It says how it was left: in order, or in the middle, when
//! what was handed on after it was written is handed on once more.
//!
//! A place in a log is no name and no inode, which both go to other files: it is what was read before
//! it (`place`).

mod place;
#[cfg(test)]
mod tests;

use std::fs::{self, DirBuilder, File, TryLockError};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use hashbrown::HashSet;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::Value;
use tempfile::NamedTempFile;

pub use place::Place;
pub(super) use place::{Spot, hash, name};

/// The form of what is kept; what is newer is not touched.
const VERSION: u32 = 1;
/// Bytes of a checkpoint at most: more is none of ours.
const SIZE: u64 = 16 << 20;
/// How a file is called until it is whole.
const NEW: &str = ".new-";
/// Names in a folder that are looked at.
const NAMES: usize = 20_000;

/// A folder's checkpoint, held for this process alone.
#[derive(Debug)]
pub struct Checkpoint {
    path: PathBuf,
    kept: Kept,
    /// What is on the disk; nothing is written twice.
    written: Vec<u8>,
    /// What is written next, on the disk under another name.
    prepared: Option<(Kept, Vec<u8>, NamedTempFile)>,
    _lock: File,
}

/// What is kept.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct Kept {
    version: u32,
    /// Whether everything that was handed on is in here.
    is_whole: bool,
    places: Vec<Place>,
    /// What else belongs to these places, counts for one.
    #[serde(default, skip_serializing_if = "Value::is_null")]
    with: Value,
}

/// Why there is no checkpoint.
#[derive(Debug, thiserror::Error)]
pub enum CheckpointError {
    /// The folder cannot be made, or nothing in it read or written.
    #[error("{path}: {reason}; give --state a folder that can be written to")]
    Disk {
        /// What was to be opened or written.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// Another process has it.
    #[error("{0}: another process keeps its place here; each needs a folder of its own")]
    Busy(PathBuf),
    /// It is not what was written here.
    #[error(
        "{path}: damaged ({reason}), so that it is not known how far was read; \
         remove it to begin anew, then lines that were read come once more"
    )]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// It would be longer than what is read here.
    #[error(
        "{0}: so many logs have no room in it; name fewer together, and give the others a folder of their own"
    )]
    Full(PathBuf),
    /// Another version wrote it.
    #[error("{path}: written by a newer fivefifty (form {version}); use that one, or another folder")]
    Newer {
        /// The file.
        path: PathBuf,
        /// Its form.
        version: u64,
    },
}

impl Checkpoint {
    /// Opens the checkpoint `called` so in `folder`, which is made if need be, and locks it until it is
    /// dropped or the process ends, however that is.
    ///
    /// # Errors
    /// Where it can be neither read nor begun; nothing is changed then.
    pub fn open(folder: &Path, called: &str) -> Result<Self, CheckpointError> {
        let at = |path: &Path| {
            let path = path.to_owned();
            move |reason| CheckpointError::Disk { path, reason }
        };
        DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(at(folder))?;
        let lock_path = folder.join(format!("{called}.lock"));
        let mut options = File::options();
        let lock =
            options.write(true).create(true).truncate(false).open(&lock_path).map_err(at(&lock_path))?;
        match lock.try_lock() {
            Ok(()) => {}
            Err(TryLockError::WouldBlock) => return Err(CheckpointError::Busy(folder.to_owned())),
            Err(TryLockError::Error(reason)) => return Err(at(&lock_path)(reason)),
        }
        clear(folder);
        let path = folder.join(format!("{called}.json"));
        let written = match fs::metadata(&path) {
            Ok(metadata) if !metadata.is_file() || metadata.len() > SIZE => {
                return Err(CheckpointError::Damaged { path, reason: "it is none of ours".to_owned() });
            }
            Ok(_) => Some(fs::read(&path).map_err(at(&path))?),
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => None,
            Err(reason) => return Err(at(&path)(reason)),
        };
        let kept = match &written {
            Some(bytes) => read(bytes, &path)?,
            None => Kept { is_whole: true, ..Kept::default() },
        };
        let mut checkpoint = Self { path, kept, written: Vec::new(), prepared: None, _lock: lock };
        // Whether it can be written to is said now, not after the first lines.
        checkpoint.write(Kept { version: VERSION, ..checkpoint.kept.clone() })?;
        checkpoint.commit()?;
        Ok(checkpoint)
    }

    /// How far `log` was read; `None` for one that was not.
    #[must_use]
    pub fn place(&self, log: &Path) -> Option<&Place> {
        let name = name(log);
        self.kept.places.iter().find(|place| place.log == name)
    }

    /// How far all logs were read.
    #[must_use]
    pub fn places(&self) -> &[Place] {
        &self.kept.places
    }

    /// Whether the last run ended in order. Else what it handed on last may come once more.
    #[must_use]
    pub fn is_whole(&self) -> bool {
        self.kept.is_whole
    }

    /// What else was kept with the places; `None` where nothing was.
    ///
    /// # Errors
    /// When it is not what was kept there: then it is not known what was.
    pub fn with<T: DeserializeOwned>(&self) -> Result<Option<T>, CheckpointError> {
        Option::deserialize(&self.kept.with).map_err(damaged(&self.path))
    }

    /// Makes ready to keep how far logs were read now; of others, what is known of them, but for those that were
    /// named together with one of these and are not there any more; and what else belongs to it, `None` for what
    /// was kept before. `is_whole`: nothing is handed on any more. To be called before what was read is handed on,
    /// so that [`Self::commit`] can follow that at once: what is handed on by a process that is killed in between
    /// comes once more.
    ///
    /// # Errors
    /// What the system says; what was kept before still is.
    pub fn prepare<T: Serialize>(
        &mut self,
        places: Vec<Place>,
        with: Option<&T>,
        is_whole: bool,
    ) -> Result<(), CheckpointError> {
        let with = match with {
            Some(with) => serde_json::to_value(with).map_err(|error| self.disk(error.into()))?,
            None => self.kept.with.clone(),
        };
        let logs: HashSet<&str> = places.iter().map(|place| place.log.as_str()).collect();
        let named: HashSet<&str> = places.iter().filter_map(|place| place.of.as_deref()).collect();
        let is_another = |old: &&Place| {
            !logs.contains(old.log.as_str()) && old.of.as_deref().is_none_or(|of| !named.contains(of))
        };
        let others: Vec<Place> = self.kept.places.iter().filter(is_another).cloned().collect();
        let mut places: Vec<Place> = others.into_iter().chain(places.iter().cloned()).collect();
        places.sort_by(|one, other| one.log.cmp(&other.log));
        self.write(Kept { version: VERSION, is_whole, places, with })
    }

    /// Whether something was made ready to be kept.
    #[must_use]
    pub fn is_prepared(&self) -> bool {
        self.prepared.is_some()
    }

    /// Keeps what was made ready; nothing where nothing changed.
    ///
    /// # Errors
    /// What the system says; what was kept before still is.
    pub fn commit(&mut self) -> Result<(), CheckpointError> {
        let Some((kept, bytes, new)) = self.prepared.take() else { return Ok(()) };
        new.persist(&self.path).map_err(|failed| self.disk(failed.error))?;
        if kept.is_whole {
            // Until then, the name alone may be lost with the power: then the one before is there.
            let folder = File::open(super::disk::folder(&self.path));
            folder.and_then(|folder| folder.sync_all()).map_err(|reason| self.disk(reason))?;
        }
        (self.kept, self.written) = (kept, bytes);
        Ok(())
    }

    fn write(&mut self, kept: Kept) -> Result<(), CheckpointError> {
        self.prepared = None;
        let disk = |reason| self.disk(reason);
        let mut bytes = serde_json::to_vec(&kept).map_err(|error| disk(error.into()))?;
        bytes.push(b'\n');
        if bytes.len() as u64 > SIZE {
            return Err(CheckpointError::Full(self.path.clone()));
        }
        if self.written == bytes {
            return Ok(());
        }
        let folder = super::disk::folder(&self.path);
        let mut new = tempfile::Builder::new().prefix(NEW).tempfile_in(folder).map_err(disk)?;
        new.write_all(&bytes).and_then(|()| new.as_file().sync_all()).map_err(disk)?;
        self.prepared = Some((kept, bytes, new));
        Ok(())
    }

    fn disk(&self, reason: io::Error) -> CheckpointError {
        CheckpointError::Disk { path: self.path.clone(), reason }
    }
}

/// What is said of keeping a place: why it cannot be kept, once, and that it can be again.
#[derive(Debug, Default)]
pub struct Keeping {
    failed: Option<CheckpointError>,
}

impl Keeping {
    /// Hears how it went, and what comes of it where it failed. What is to be said.
    pub fn hear(&mut self, went: Result<(), CheckpointError>, comes_of_it: &str) -> Option<String> {
        match went {
            Ok(()) => self.failed.take().map(|_| "what --state keeps is written again".to_owned()),
            Err(error) => {
                let words = format!("{error}. {comes_of_it}");
                self.failed.replace(error).is_none().then_some(words)
            }
        }
    }

    /// Nothing more is kept.
    ///
    /// # Errors
    /// Why the last place was not.
    pub fn end(self) -> Result<(), CheckpointError> {
        self.failed.map_or(Ok(()), Err)
    }
}

fn damaged(path: &Path) -> impl Fn(serde_json::Error) -> CheckpointError {
    |error| CheckpointError::Damaged { path: path.to_owned(), reason: error.to_string() }
}

/// Removes what runs that were killed left half made. Only while the lock is held.
fn clear(folder: &Path) {
    let entries = fs::read_dir(folder).into_iter().flatten().take(NAMES).flatten();
    for entry in entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(NEW.as_bytes())) {
        let _stays_if_it_must = fs::remove_file(entry.path());
    }
}

fn read(bytes: &[u8], path: &Path) -> Result<Kept, CheckpointError> {
    let value: Value = serde_json::from_slice(bytes).map_err(damaged(path))?;
    match value.get("version").and_then(Value::as_u64) {
        Some(version) if version > u64::from(VERSION) => {
            Err(CheckpointError::Newer { path: path.to_owned(), version })
        }
        _ => serde_json::from_value(value).map_err(damaged(path)),
    }
}
