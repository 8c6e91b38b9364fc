//! The record of one incident.

use std::collections::BTreeMap;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use super::entry::{Entry, Read, What};
use super::folder::Folder;
use super::key::Key;
use super::lines::{FILE, add, end_the_torn, whole};
use super::lock::{Identity, Way, identity, lock, open, standing};
use super::trouble::{RecordError, at};
use crate::model::{Answer, Answers, Moment};

/// A record of this many entries takes no more.
const ENTRIES: usize = 4000;
/// Entries that are held while they cannot be kept.
const UNKEPT: usize = 1000;
/// Nodes and steps whose answers hold beyond that; there are a few hundred.
const BEYOND: usize = 1000;

/// The record of one incident, as far as it was read, and what could not be kept yet.
#[derive(Debug)]
pub struct Record {
    key: Key,
    folder: Option<Folder>,
    place: Option<Place>,
    /// Those of the file in its order, then those that are kept only here.
    entries: Vec<Entry>,
    /// How many of them are in the file.
    kept: usize,
    /// Answers given after the record was full.
    beyond: BTreeMap<Arc<str>, Option<Answer>>,
    passed: Passed,
    trouble: Option<String>,
}

/// The file and how far it was read.
#[derive(Debug)]
struct Place {
    path: PathBuf,
    identity: Identity,
    read: u64,
}

/// Lines that were passed over.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Passed {
    /// Pieces of lines that a killed writer or a full disk left, and what is no entry at all.
    pub broken: u64,
    /// Entries of a kind that only a newer version knows.
    pub unknown: u64,
    /// Entries beyond the limit of 4,000.
    pub over: u64,
}

impl Passed {
    /// As a sentence for the operator; `None` where nothing was passed over.
    #[must_use]
    pub fn told(&self) -> Option<String> {
        let counted = [
            (self.broken, "torn or no entry"),
            (self.unknown, "of a newer version"),
            (self.over, "beyond the limit"),
        ];
        let told: Vec<String> =
            counted.iter().filter(|(n, _)| *n > 0).map(|(n, what)| format!("{n} {what}")).collect();
        (!told.is_empty()).then(|| format!("lines of this record that are not shown: {}", told.join(", ")))
    }
}

impl Record {
    /// The record of an incident where there is no folder: it lasts as long as the program.
    #[must_use]
    pub fn unkept(key: &Key) -> Self {
        let mut record = Self::empty(key.bounded(), None);
        record.trouble = Some(told(&RecordError::NoFolder, true));
        record
    }

    pub(super) fn of(folder: Folder, key: Key) -> Self {
        let mut record = Self::empty(key, Some(folder));
        record.refresh();
        record
    }

    fn empty(key: Key, folder: Option<Folder>) -> Self {
        Self {
            key,
            folder,
            place: None,
            entries: Vec::new(),
            kept: 0,
            beyond: BTreeMap::new(),
            passed: Passed::default(),
            trouble: None,
        }
    }

    /// What it was opened for.
    #[must_use]
    pub fn key(&self) -> &Key {
        &self.key
    }

    /// The file; `None` before the first entry was kept.
    #[must_use]
    pub fn path(&self) -> Option<&Path> {
        self.place.as_ref().map(|place| place.path.as_path())
    }

    /// All entries, in the order in which they were kept; those that could not be kept are last.
    #[must_use]
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// How many entries are kept only until the program ends; they are the last of [`Self::entries`].
    #[must_use]
    pub fn unkept_entries(&self) -> usize {
        self.entries.len() - self.kept
    }

    /// The answers that hold: the last one for each node or step, unless it was taken back.
    #[must_use]
    pub fn answers(&self) -> Answers {
        let mut answers = Answers::new();
        let given = self.entries.iter().filter_map(|entry| match &entry.what {
            What::Answer { on, answer } => Some((on, answer)),
            _ => None,
        });
        for (on, answer) in given.chain(&self.beyond) {
            match answer {
                Some(answer) => answers.insert(Arc::clone(on), *answer),
                None => answers.remove(on),
            };
        }
        answers
    }

    /// The notes on a node or step, or on the whole incident, in order: entries of [`What::Note`].
    pub fn notes<'a>(&'a self, on: Option<&'a str>) -> impl Iterator<Item = &'a Entry> {
        self.entries.iter().filter(move |entry| match &entry.what {
            What::Note { on: noted, .. } => noted.as_deref() == on,
            _ => false,
        })
    }

    /// Lines of the file that were passed over.
    #[must_use]
    pub fn passed(&self) -> Passed {
        self.passed
    }

    /// Why nothing can be read or kept, as a sentence for the operator; `None` when all is well.
    #[must_use]
    pub fn trouble(&self) -> Option<&str> {
        self.trouble.as_deref()
    }

    /// The entry that last answered a node or step, or took its answer back.
    #[must_use]
    pub fn answered(&self, node: &str) -> Option<&Entry> {
        self.entries.iter().rev().find(|entry| match &entry.what {
            What::Answer { on, .. } => &**on == node,
            _ => false,
        })
    }

    /// Keeps an entry, after those that could not be kept before. When this returns `Ok`, all are on the disk. It
    /// takes as long as the disk takes, and two seconds at most for a lock.
    ///
    /// # Errors
    /// What cannot be kept. The entry is among [`Self::entries`] until the program ends; beyond 4,000 entries, or
    /// 1,000 that could not be kept, only its answer holds.
    pub fn append(&mut self, entry: Entry) -> Result<(), RecordError> {
        let entry = entry.bounded();
        if self.is_full() {
            // There may be room again.
            let tried = self.retry();
            if self.is_full() {
                if let What::Answer { on, answer } = entry.what
                    && (self.beyond.len() < BEYOND || self.beyond.contains_key(&on))
                {
                    self.beyond.insert(on, answer);
                }
                let path = self.path().map(Path::to_owned).unwrap_or_default();
                return self.tell(tried.and(Err(RecordError::Full { path })));
            }
        }
        if let What::Answer { on, .. } = &entry.what {
            self.beyond.remove(on);
        }
        self.entries.push(entry);
        self.retry()
    }

    fn is_full(&self) -> bool {
        self.entries.len() >= ENTRIES || self.unkept_entries() >= UNKEPT
    }

    /// Tries again to keep what could not be kept.
    ///
    /// # Errors
    /// What cannot be kept.
    pub fn retry(&mut self) -> Result<(), RecordError> {
        let Some(first) = self.entries.get(self.kept) else { return Ok(()) };
        let now = first.at;
        let kept = self.keep(now);
        self.tell(kept)
    }

    /// Reads what other consoles have added; true if there are other entries than before. Takes no lock and
    /// looks at little: once a second is not too often.
    pub fn refresh(&mut self) -> bool {
        match self.read_on() {
            Ok(changed) => {
                if self.folder.is_some() && self.unkept_entries() == 0 && self.entries.len() < ENTRIES {
                    self.trouble = None;
                }
                changed
            }
            Err(error) => {
                self.trouble = Some(told(&error, self.unkept_entries() > 0));
                false
            }
        }
    }

    fn tell(&mut self, kept: Result<(), RecordError>) -> Result<(), RecordError> {
        let lost = |error: &_| self.unkept_entries() > 0 || matches!(error, RecordError::Full { .. });
        self.trouble = kept.as_ref().err().map(|error| told(error, lost(error)));
        kept
    }

    fn read_on(&mut self) -> Result<bool, RecordError> {
        let Some(folder) = &self.folder else { return Ok(false) };
        let path = match &self.place {
            Some(place) => match standing(&place.path) {
                Some((identity, long)) if identity == place.identity && long == place.read => {
                    return Ok(false);
                }
                _ => Some(place.path.clone()),
            },
            None => folder.find(&self.key)?,
        };
        let Some(path) = path else { return Ok(false) };
        // A file that was removed is made again with the next entry; until then nothing is forgotten.
        let Some(file) = open(&path, Way::Read)? else { return Ok(false) };
        self.take(&file, &path)
    }

    /// Takes in what the file holds beyond what was read; all of it if it is another file than before.
    fn take(&mut self, file: &File, path: &Path) -> Result<bool, RecordError> {
        let metadata = file.metadata().map_err(at(path))?;
        let identity = identity(&metadata);
        let read = match &self.place {
            Some(place) if place.identity == identity && metadata.len() >= place.read => place.read,
            _ => 0,
        };
        let whole_file = read == 0;
        let mut passed = if whole_file { Passed::default() } else { self.passed };
        let standing = if whole_file { 0 } else { self.kept };
        let (mut found, mut header) = (Vec::new(), whole_file);
        let end = whole(file, path, read, FILE, |line| {
            if std::mem::take(&mut header) {
                return;
            }
            match Entry::read(line) {
                Read::Entry(_) if standing + found.len() >= ENTRIES => passed.over += 1,
                Read::Entry(entry) => found.push(entry),
                Read::Unknown => passed.unknown += 1,
                Read::Broken => passed.broken += 1,
            }
        })?;
        let changed = self.entries[standing..self.kept] != found[..];
        let kept = standing + found.len();
        self.entries.splice(standing..self.kept, found);
        (self.kept, self.passed) = (kept, passed);
        self.place = Some(Place { path: path.to_owned(), identity, read: end });
        Ok(changed)
    }

    fn keep(&mut self, now: Moment) -> Result<(), RecordError> {
        let folder = self.folder.clone().ok_or(RecordError::NoFolder)?;
        // The file may be removed between any two steps: by the operator, or for its age.
        let mut written_again = 0;
        for _ in 0..4 {
            let path = match &self.place {
                Some(place) => place.path.clone(),
                None => folder.find_or_make(&self.key, now)?,
            };
            let Some(file) = open(&path, Way::Append)? else {
                // Gone: what it held is here and is written again.
                written_again = written_again.max(self.kept);
                (self.place, self.kept) = (None, 0);
                continue;
            };
            lock(&file, &path)?;
            let opened = identity(&file.metadata().map_err(at(&path))?);
            if standing(&path).is_none_or(|(stands, _)| stands != opened) {
                continue;
            }
            self.take(&file, &path)?;
            self.leave_out(&mut written_again);
            self.add_unkept(&file, &path)?;
            // The lock is not needed to wait for the disk.
            file.unlock().map_err(at(&path))?;
            return file.sync_data().map_err(at(&path));
        }
        Err(RecordError::Busy { path: folder.path().to_owned() })
    }

    /// Of what is written again, leaves out what another console has written again already.
    fn leave_out(&mut self, again: &mut usize) {
        let (kept, mut unkept) = (self.entries[..self.kept].to_vec(), self.entries.split_off(self.kept));
        let mut n = 0;
        unkept.retain(|entry| {
            n += 1;
            n > *again || !kept.contains(entry)
        });
        self.entries.extend(unkept);
        *again = 0;
    }

    fn add_unkept(&mut self, file: &File, path: &Path) -> Result<(), RecordError> {
        if self.kept < self.entries.len() && end_the_torn(file, path)? {
            self.take(file, path)?;
        }
        while let Some(entry) = self.entries.get(self.kept) {
            if self.kept >= ENTRIES {
                return Err(RecordError::Full { path: path.to_owned() });
            }
            let line = entry.line().map_err(|reason| RecordError::disk(path, reason.into()))?;
            add(file, path, &line)?;
            self.kept += 1;
            if let Some(place) = &mut self.place {
                place.read += line.len() as u64;
            }
        }
        Ok(())
    }
}

/// What is shown for as long as it lasts.
fn told(error: &RecordError, until_quit: bool) -> String {
    let cost = if until_quit { "; what you enter is kept only until you quit" } else { "" };
    format!("{error}{cost}")
}
