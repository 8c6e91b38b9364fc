//! The operator's state folder: finding, making and clearing away records.

use std::fs::{self, DirBuilder, File};
use std::io::{self, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, UNIX_EPOCH};

use super::incident::Record;
use super::key::{APART, Key, onset_of};
use super::lines;
use super::lock::{Way, identity, lock, open, standing};
use super::trouble::{RecordError, at};
use crate::model::Moment;

/// Records kept, those last written to.
const RECORDS: usize = 500;
/// A record that was not written to for this long is removed.
const AGE: Duration = Duration::from_secs(180 * 24 * 3600);
/// Names looked at; a folder with more holds what is not ours.
const NAMES: usize = 20_000;
/// How a file is called until it is whole.
const NEW: &str = ".new-";
/// Names that one incident may have where broken files have taken the first.
const ALIKE: u32 = 9;

/// A folder for records.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Folder {
    path: PathBuf,
}

impl Folder {
    /// The folder at `path`; it is made when something is first kept.
    #[must_use]
    pub fn at(path: PathBuf) -> Self {
        Self { path }
    }

    /// The operator's folder by the XDG base directory specification; `None` where neither
    /// `XDG_STATE_HOME` nor `HOME` is an absolute path. `var` reads the environment.
    #[must_use]
    pub fn of_operator(var: impl Fn(&str) -> Option<PathBuf>) -> Option<Self> {
        let absolute = |name: &str| var(name).filter(|path| path.is_absolute());
        let state =
            absolute("XDG_STATE_HOME").or_else(|| absolute("HOME").map(|home| home.join(".local/state")))?;
        Some(Self::at(state.join("fivefifty")))
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The record of an incident: the one of the same scope and kind whose onset is nearest, if within
    /// 30 minutes; else a new one, whose file the first entry makes. Never fails: [`Record::trouble`] says why
    /// nothing can be read or kept.
    #[must_use]
    pub fn open(&self, key: &Key) -> Record {
        Record::of(self.clone(), key.bounded())
    }

    /// What there are records of, at most 500, the latest onset first.
    #[must_use]
    pub fn kept(&self) -> Vec<Key> {
        let mut names = self.names().unwrap_or_default();
        names.sort_by(|(a, _), (b, _)| b.cmp(a));
        let mut keys: Vec<Key> = names.iter().filter_map(|(_, path)| key_of(path)).take(RECORDS).collect();
        keys.sort_by(|a, b| b.onset.cmp(&a.onset).then_with(|| a.cmp(b)));
        keys
    }

    /// The file of `key`'s incident, if there is one.
    pub(super) fn find(&self, key: &Key) -> Result<Option<PathBuf>, RecordError> {
        // A name tells the second, a key the millisecond.
        let near = |onset: Moment| onset.millis().abs_diff(key.onset.millis()) <= APART as u64 + 1000;
        let mut found = Vec::new();
        for (_, path) in self.names()?.into_iter().filter(|(onset, _)| near(*onset)) {
            if let Some(other) = key_of(&path)
                && other.akin(key)
                && other.apart(key) <= key.reach(&other)
            {
                found.push((other.category != key.category, other.apart(key), path));
            }
        }
        Ok(found.into_iter().min().map(|(.., path)| path))
    }

    /// The file of `key`'s incident, made if there is none. `now` is wall time.
    pub(super) fn find_or_make(&self, key: &Key, now: Moment) -> Result<PathBuf, RecordError> {
        let _held = self.hold()?;
        if let Some(path) = self.find(key)? {
            return Ok(path);
        }
        let header = key.header().map_err(|reason| RecordError::disk(&self.path, reason.into()))?;
        for n in 1..=ALIKE {
            let path = self.path.join(key.file_name(n));
            if fs::symlink_metadata(&path).is_ok() {
                continue;
            }
            self.put(&path, &header)?;
            self.clear(&path, now);
            return Ok(path);
        }
        Err(RecordError::NotPlain { path: self.path.join(key.file_name(ALIKE)) })
    }

    /// Puts a whole file in place of whatever stands at `path`, so that a reader finds the old one or the new
    /// one, after a power failure too. The folder is held.
    pub(super) fn put(&self, path: &Path, bytes: &[u8]) -> Result<(), RecordError> {
        let mut new = tempfile::Builder::new().prefix(NEW).tempfile_in(&self.path).map_err(at(&self.path))?;
        new.write_all(bytes).and_then(|()| new.as_file().sync_all()).map_err(at(path))?;
        new.persist(path).map_err(|failed| RecordError::disk(path, failed.error))?;
        File::open(&self.path).and_then(|folder| folder.sync_all()).map_err(at(&self.path))
    }

    /// Makes the folder and holds its lock until the file is dropped.
    pub(super) fn hold(&self) -> Result<File, RecordError> {
        DirBuilder::new().recursive(true).mode(0o700).create(&self.path).map_err(at(&self.path))?;
        let path = self.path.join(".lock");
        let file = open(&path, Way::Make)?.ok_or_else(|| RecordError::Busy { path: path.clone() })?;
        lock(&file, &path)?;
        Ok(file)
    }

    /// Files that are called as records are, with the onset in their names.
    fn names(&self) -> Result<Vec<(Moment, PathBuf)>, RecordError> {
        let entries = match fs::read_dir(&self.path) {
            Ok(entries) => entries,
            Err(reason) if reason.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(reason) => return Err(RecordError::disk(&self.path, reason)),
        };
        let named = |entry: fs::DirEntry| Some((onset_of(entry.file_name().to_str()?)?, entry.path()));
        Ok(entries.take(NAMES).filter_map(|entry| named(entry.ok()?)).collect())
    }

    /// Removes what is over, but never `own` and nothing that is being written to. The folder is held.
    /// What cannot be removed stays: it harms nothing.
    fn clear(&self, own: &Path, now: Moment) {
        self.clear_unfinished();
        // A clock that is wrong for a moment must not cost half a year: what the disk says counts too.
        let written = |path: &Path| fs::symlink_metadata(path).and_then(|file| file.modified()).ok();
        let handed =
            u64::try_from(now.millis()).map_or(UNIX_EPOCH, |n| UNIX_EPOCH + Duration::from_millis(n));
        let now = written(own).map_or(handed, |disk| disk.min(handed));
        let mut files: Vec<_> = self
            .names()
            .unwrap_or_default()
            .into_iter()
            .filter(|(_, path)| path != own)
            .filter_map(|(_, path)| Some((written(&path)?, path)))
            .collect();
        files.sort_by(|a, b| b.cmp(a));
        for (n, (written, path)) in files.into_iter().enumerate() {
            let old = now.duration_since(written).is_ok_and(|age| age > AGE);
            if n + 1 < RECORDS && !old {
                continue;
            }
            let Ok(Some(file)) = open(&path, Way::Append) else { continue };
            let same = || {
                let opened = file.metadata().ok().map(|file| identity(&file));
                standing(&path).is_some_and(|(stands, _)| opened == Some(stands))
            };
            if file.try_lock().is_ok() && same() {
                let _stays_if_it_must = fs::remove_file(&path);
            }
        }
    }

    /// Removes what killed writers left half made. Files are made only while the folder is held, so that
    /// what is there now is nobody's.
    fn clear_unfinished(&self) {
        let entries = fs::read_dir(&self.path).into_iter().flatten().take(NAMES).flatten();
        for entry in entries.filter(|entry| entry.file_name().as_encoded_bytes().starts_with(NEW.as_bytes()))
        {
            let _stays_if_it_must = fs::remove_file(entry.path());
        }
    }
}

/// What the file at `path` is the record of; `None` if it is none that can be read.
fn key_of(path: &Path) -> Option<Key> {
    let file = open(path, Way::Read).ok()??;
    Key::of_header(&lines::first(&file).ok()??)
}
