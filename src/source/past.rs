//! What was written before following began: read block by block, the newest first, each forwards.
//!
//! A file is taken backwards in blocks of some megabytes whose borders are line starts, so that
//! every byte is read once and every line is whole. Before each block comes its lead-in, the lines
//! just before it: they are counted with their own block, but what they say of deliveries under
//! way is needed here. Behind the file lie those that it was rotated into, the newest first;
//! compressed ones have no line starts to be found and are read forwards whole.
//!
//! Meanwhile the file lives. Renamed, it is still the open one. Copied away and truncated, the
//! bytes are gone here and are looked for in the copy, at the same place.

use std::cmp::Reverse;
use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use hashbrown::{HashMap, HashSet};

use super::archive::Unpack;
use super::beginning::{self, Beginnings, is_lines};
use super::block::{Blocks, Piece};
use super::disk::{Identity, unfit};
use super::elders::Place;
use super::listing::{Entry, Listing};

/// A block's length, but for the line at its border.
const BLOCK: u64 = 8 << 20;
/// How much is read before a block.
const LEAD: u64 = 512 << 10;
/// Read in one step, so that live lines never wait long.
const STEP: u64 = 128 << 10;
/// A line that is longer than this is not looked through for its start: the file is read from its
/// beginning.
const FAR: u64 = 16 << 20;
/// How far the stamps of files lie behind the clock at most: they go by the system's ticks.
const TICK: Duration = Duration::from_millis(20);
/// Bytes of the beginning that are compared at every read.
const PRINT: usize = 256;
/// Files whose modification is at most this much older than what is wanted may still hold some of
/// it: stamps and clocks differ.
const MARGIN: i64 = 3_600_000;

/// What is told while the past is read.
#[derive(Debug)]
pub enum Told<'a> {
    /// Another file begins to be read.
    File {
        /// The log that it is of, or its own path where many were named together.
        path: &'a Path,
        /// Its first bytes.
        head: &'a [u8],
        /// When it was last written.
        written: SystemTime,
    },
    /// A block begins: what was read before says nothing of what comes now.
    Block,
    /// Lines before the block: they are counted elsewhere.
    Lead(Piece<'a>),
    /// Lines of the block.
    Lines(Piece<'a>),
    /// The block is at its end.
    End,
    /// So many bytes were truncated away before they could be read.
    Lost(u64),
    /// A file cannot be read, and why.
    Failed(&'a Path, String),
}

/// Hears what is told.
type On<'o> = &'o mut dyn FnMut(Told<'_>);

/// How long blocks and what belongs to them are, in bytes; tests make them small.
#[derive(Copy, Clone, Debug)]
struct Lengths {
    block: u64,
    lead: u64,
    step: u64,
}

impl Default for Lengths {
    fn default() -> Self {
        Self { block: BLOCK, lead: LEAD, step: STEP }
    }
}

/// The past of one source.
#[derive(Debug)]
pub struct Past {
    place: Place,
    /// What was there when following began; later files are followed.
    there: HashMap<Identity, u64>,
    /// What was written later than this is none of the past.
    began: SystemTime,
    /// Files that are followed from somewhere on: what lies before. The newest last.
    stretches: Vec<Stretch>,
    open: Option<Stretch>,
    /// Files that are still to be begun, as they were listed last: the newest last.
    older: Vec<Entry>,
    reading: Option<Reading>,
    known: HashSet<Identity>,
    beginnings: Beginnings,
    blocks: Blocks,
    lengths: Lengths,
    /// Files last written before this are not opened, in milliseconds since 1970.
    limit: i64,
    read: u64,
    total: u64,
}

/// The part of a file that is still to be read: from its beginning to `end`.
#[derive(Debug)]
pub(super) struct Stretch {
    pub file: File,
    pub path: PathBuf,
    pub identity: Identity,
    pub modified: SystemTime,
    pub head: Vec<u8>,
    pub end: u64,
}

#[derive(Debug)]
enum Reading {
    /// From `at` to `end`; what lies before `start` is the lead-in.
    Block { at: u64, start: u64, end: u64 },
    /// A file that can only be read forwards: its first bytes, the rest, and how much of it, as it
    /// is on the disk, was read.
    Whole { begun: io::Cursor<Vec<u8>>, from: Box<Unpack<File>>, path: PathBuf, done: u64 },
}

impl Past {
    /// The past of a log that is followed from the end of `stretch` on; without one, it is not there
    /// yet. `except`: files that are read otherwise.
    pub(super) fn beside(path: &Path, stretch: Option<Stretch>, except: HashSet<Identity>) -> Self {
        let place = Place::Beside(path.to_owned());
        let there = place.list().into_iter().map(|entry| (entry.identity, entry.size)).collect();
        Self::new(place, there, stretch.into_iter().collect(), except)
    }

    /// The past of files that were named together: of those that are followed, `stretches`; of
    /// `there`, all.
    pub(super) fn among(
        listing: Listing,
        there: HashMap<Identity, u64>,
        mut stretches: Vec<Stretch>,
        except: HashSet<Identity>,
    ) -> Self {
        stretches.sort_by_key(|stretch| stretch.modified);
        Self::new(Place::Among(listing), there, stretches, except)
    }

    fn new(
        place: Place,
        there: HashMap<Identity, u64>,
        stretches: Vec<Stretch>,
        mut known: HashSet<Identity>,
    ) -> Self {
        let mut beginnings = Beginnings::default();
        for stretch in &stretches {
            known.insert(stretch.identity);
            beginnings.learn(&stretch.head);
        }
        let closed: u64 = there.iter().filter(|(file, _)| !known.contains(*file)).map(|(_, size)| size).sum();
        let total = closed + stretches.iter().map(|stretch| stretch.end).sum::<u64>();
        Self {
            place,
            there,
            began: SystemTime::now() - TICK,
            stretches,
            open: None,
            older: Vec::new(),
            reading: None,
            known,
            beginnings,
            blocks: Blocks::new(),
            lengths: Lengths::default(),
            limit: i64::MIN,
            read: 0,
            total,
        }
    }

    /// Reads blocks of other lengths, in bytes.
    #[cfg(test)]
    #[must_use]
    pub fn with_lengths(self, block: u64, lead: u64, step: u64) -> Self {
        Self { lengths: Lengths { block, lead, step }, ..self }
    }

    /// Bytes read, and bytes there: of compressed files, the compressed ones.
    #[must_use]
    pub fn progress(&self) -> (u64, u64) {
        (self.read, self.total.max(self.read))
    }

    /// When the newest of the files was last written that are still to be begun; what is younger
    /// is read, but for the open one.
    #[must_use]
    pub fn waiting(&mut self) -> Option<SystemTime> {
        let held = self.stretches.iter().map(|stretch| stretch.modified).max();
        let Place::Among(_) = self.place else { return held };
        if self.older.is_empty() {
            self.older = self.candidates();
        }
        held.max(self.older.last().map(|entry| entry.modified))
    }

    /// Nothing before `limit` (milliseconds since 1970) is wanted: the rest of the open file is left,
    /// and files that were last written before it.
    pub fn enough(&mut self, limit: i64) {
        self.limit = limit.saturating_sub(MARGIN);
        self.reading = None;
        self.open = None;
        self.blocks.forget();
    }

    /// Hands on the lines just before where following began: they are told as a lead-in. Of one
    /// file, before the first step.
    pub fn lead(&mut self, on: On<'_>) {
        let Some(stretch) = self.stretches.last() else { return };
        let end = stretch.end;
        let Some(mut at) = line_start(&stretch.file, end.saturating_sub(self.lengths.lead)) else { return };
        on(stretch.told());
        while at < end {
            let space = self.blocks.space();
            let want = space.len().min((end - at) as usize);
            let Ok(read @ 1..) = stretch.file.read_at(&mut space[..want], at) else { break };
            at += read as u64;
            self.blocks.take(read, |piece| on(Told::Lead(piece)));
        }
        self.blocks.forget();
    }

    /// Reads on; answers whether there is more.
    pub fn step(&mut self, on: On<'_>) -> bool {
        loop {
            match self.reading.take() {
                Some(Reading::Block { at, start, end }) => {
                    self.block(at, start, end, on);
                    return true;
                }
                Some(whole @ Reading::Whole { .. }) => {
                    self.whole(whole, on);
                    return true;
                }
                None if self.begin(on) => {}
                None => return false,
            }
        }
    }

    /// Begins the next block: of the open file, of one that is followed, of an older one.
    fn begin(&mut self, on: On<'_>) -> bool {
        loop {
            match &self.open {
                Some(Stretch { end: 0, .. }) => self.open = None,
                Some(stretch) => {
                    let (file, end) = (&stretch.file, stretch.end);
                    let start = line_start(file, end.saturating_sub(self.lengths.block)).unwrap_or(0);
                    let at = line_start(file, start.saturating_sub(self.lengths.lead)).unwrap_or(start);
                    self.reading = Some(Reading::Block { at, start, end });
                    on(Told::Block);
                    return true;
                }
                None => {
                    if let Some(stretch) = self.stretches.pop() {
                        on(stretch.told());
                        self.open = Some(stretch);
                    } else if !self.older(on) {
                        return false;
                    } else if self.reading.is_some() {
                        return true;
                    }
                }
            }
        }
    }

    /// Opens the newest of the files that were not read; false when there is none.
    fn older(&mut self, on: On<'_>) -> bool {
        // Listed anew when all were begun: some may have been renamed meanwhile, or compressed.
        while let Some(entry) = self.older.pop().or_else(|| {
            self.older = self.candidates();
            self.older.pop()
        }) {
            if millis(entry.modified) < self.limit || !self.known.insert(entry.identity) {
                continue;
            }
            let opened = File::open(&entry.path).and_then(|file| Ok((beginning::of(&file)?, file)));
            let (head, file) = match opened {
                Ok(opened) => opened,
                // Deleted or rotated on since it was listed: under its new name it is found again.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {
                    self.known.remove(&entry.identity);
                    continue;
                }
                Err(error) => {
                    on(Told::Failed(&entry.path, super::why_not(&error)));
                    continue;
                }
            };
            if !file.metadata().is_ok_and(|now| (now.dev(), now.ino()) == entry.identity) {
                self.known.remove(&entry.identity);
                continue;
            }
            if is_lines(&head) {
                // What was made since, and not packed, is followed, or a copy of what is.
                if !self.there.contains_key(&entry.identity) || self.beginnings.knows(&head).is_some() {
                    continue;
                }
                self.beginnings.learn(&head);
                let end = self.there.get(&entry.identity).copied().unwrap_or(entry.size);
                let (identity, modified) = (entry.identity, entry.modified);
                let path = self.place.log(entry.path);
                let stretch = Stretch { file, path, identity, modified, head, end };
                on(stretch.told());
                self.open = Some(stretch);
                return true;
            }
            match whole(&entry.path) {
                Ok((head, _)) if self.beginnings.knows(&head).is_some() => {}
                Ok((head, from)) => {
                    self.beginnings.learn(&head);
                    let path = self.place.log(entry.path.clone());
                    on(Told::File { path: &path, head: &head, written: entry.modified });
                    on(Told::Block);
                    let path = entry.path;
                    self.reading = Some(Reading::Whole { begun: io::Cursor::new(head), from, path, done: 0 });
                    return true;
                }
                Err(error) => on(Told::Failed(&entry.path, super::why_not(&error))),
            }
        }
        false
    }

    /// Files that may be opened, the newest last.
    fn candidates(&self) -> Vec<Entry> {
        let mut entries = self.place.list();
        entries.retain(|entry| {
            let is_past = self.there.contains_key(&entry.identity)
                // Compressed in the meantime, which keeps the time of the last line.
                || matches!(self.place, Place::Beside(_)) && entry.modified < self.began;
            is_past
                && !entry.is_in_the_making()
                && !self.known.contains(&entry.identity)
                && millis(entry.modified) >= self.limit
        });
        // Of the same time: `mail.log.1` is younger than `.2`, `acct-1.csv` older than `acct-2.csv`.
        match self.place {
            Place::Beside(_) => {
                entries.sort_by(|a, b| (a.modified, Reverse(&a.path)).cmp(&(b.modified, Reverse(&b.path))));
            }
            Place::Among(_) => entries.sort_by(|a, b| (a.modified, &a.path).cmp(&(b.modified, &b.path))),
        }
        entries
    }

    /// Reads a step of a block of the open file.
    fn block(&mut self, mut at: u64, start: u64, end: u64, on: On<'_>) {
        let Some(stretch) = &self.open else { return };
        let step = at.saturating_add(self.lengths.step);
        let mut read_all = true;
        while at < end.min(step) {
            // The lead-in ends where the block begins.
            let until = if at < start { start } else { end };
            let space = self.blocks.space();
            let want = space.len().min((until - at) as usize);
            let read = stretch.file.read_at(&mut space[..want], at);
            match read {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                // What was read is what was there only if it still is.
                Ok(read @ 1..) if stretch.is_there(end) => {
                    let is_lead = at < start;
                    at += read as u64;
                    self.blocks.take(read, |piece| on(told(is_lead, piece)));
                    if is_lead && at == start {
                        self.blocks.end(|piece| on(Told::Lead(piece)));
                    } else if !is_lead {
                        self.read += read as u64;
                    }
                }
                _ => {
                    read_all = false;
                    break;
                }
            }
        }
        if !read_all && !self.find_copy(end) {
            on(Told::Lost(end - at.max(start) + start));
            self.blocks.forget();
            self.open = None;
            on(Told::End);
        } else if at < end {
            self.reading = Some(Reading::Block { at, start, end });
        } else {
            self.blocks.end(|piece| on(Told::Lines(piece)));
            if let Some(stretch) = &mut self.open {
                stretch.end = start;
            }
            on(Told::End);
        }
    }

    /// The open file was truncated: the same bytes in a copy of it.
    fn find_copy(&mut self, end: u64) -> bool {
        let Some(stretch) = &mut self.open else { return false };
        for entry in self.place.list().into_iter().filter(|entry| entry.size >= end) {
            let Ok(file) = File::open(&entry.path) else { continue };
            if entry.identity != stretch.identity
                && beginning::of(&file).is_ok_and(|head| head.starts_with(&stretch.head))
            {
                stretch.file = file;
                self.known.insert(entry.identity);
                return true;
            }
        }
        false
    }

    /// Reads a step of a file that can only be read forwards.
    fn whole(&mut self, mut reading: Reading, on: On<'_>) {
        let Reading::Whole { begun, from, path, done } = &mut reading else { return };
        let mut taken = 0;
        let mut ended = None;
        while taken < self.lengths.step && ended.is_none() {
            match begun.chain(&mut *from).read(self.blocks.space()) {
                Ok(read @ 1..) => {
                    taken += read as u64;
                    self.blocks.take(read, |piece| on(Told::Lines(piece)));
                }
                Ok(_) => ended = Some(None),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => ended = Some(Some(super::why_not(&error))),
            }
        }
        self.read += from.raw_bytes() - *done;
        *done = from.raw_bytes();
        for note in from.take_notes().into_iter().chain(ended.clone().flatten()) {
            on(Told::Failed(path, note));
        }
        if ended.is_none() {
            self.reading = Some(reading);
            return;
        }
        // Half a line is no line.
        if from.is_cut() {
            self.blocks.forget();
        } else {
            self.blocks.end(|piece| on(Told::Lines(piece)));
        }
        on(Told::End);
    }
}

fn told(is_lead: bool, piece: Piece<'_>) -> Told<'_> {
    if is_lead { Told::Lead(piece) } else { Told::Lines(piece) }
}

impl Stretch {
    fn told(&self) -> Told<'_> {
        Told::File { path: &self.path, head: &self.head, written: self.modified }
    }

    /// Whether the file still has the bytes up to `end`.
    fn is_there(&self, end: u64) -> bool {
        let mut bytes = [0; PRINT];
        let head = &self.head[..self.head.len().min(PRINT)];
        let bytes = &mut bytes[..head.len()];
        self.file.metadata().is_ok_and(|metadata| metadata.size() >= end)
            && self.file.read_exact_at(bytes, 0).is_ok()
            && bytes == head
    }
}

/// Opens a file that can only be read forwards; its first bytes, and what follows.
fn whole(path: &Path) -> io::Result<(Vec<u8>, Box<Unpack<File>>)> {
    let mut from = Box::new(Unpack::open(path)?);
    let mut head = Vec::new();
    from.by_ref().take(beginning::LENGTH as u64).read_to_end(&mut head)?;
    Ok((head, from))
}

/// The last line start at or before `at`; `None` when the line is too long to look for it.
pub(super) fn line_start(file: &File, at: u64) -> Option<u64> {
    let mut bytes = vec![0; 64 << 10];
    let mut end = at;
    while end > 0 {
        let begin = end.saturating_sub(bytes.len() as u64);
        let part = &mut bytes[..(end - begin) as usize];
        file.read_exact_at(part, begin).ok()?;
        if let Some(place) = memchr::memrchr(b'\n', part) {
            return Some(begin + place as u64 + 1);
        }
        if at - begin > FAR {
            return None;
        }
        end = begin;
    }
    Some(0)
}

fn millis(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    i64::try_from(since).unwrap_or(i64::MAX)
}

/// The identity of what a path names, if it is a regular file.
pub(super) fn identity(path: &Path) -> Option<Identity> {
    let metadata = fs::metadata(path).ok()?;
    unfit(&metadata).is_none().then(|| (metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests;
