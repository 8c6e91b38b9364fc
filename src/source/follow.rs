//! Following one file through everything that happens to log files.
//!
//! The file system is the truth: every look asks what the path names now, how long the held file
//! is, and whether what was read is still there. A look never waits.
//!
//! * **Rotation by rename.** The path names another file than the one held. The held one is read
//!   to its end first; files that appeared in between (`mail.log.1` when two rotations happened
//!   between two looks) are read next, in the order of their writing; then the new one. A writer may
//!   go on into the renamed file until it is told to reopen, so an old file stays open and is looked
//!   at for a while.
//! * **Truncation.** The held file is shorter than what was read, or what was read is no longer
//!   there (truncated and grown again between two looks: the bytes before the offset differ). It
//!   is read again from its beginning. What was written after the last read and truncated away is
//!   read in the copy that was made of it (`copytruncate`). Without one it is lost; where the size
//!   seen at the last look tells how much, that is reported.
//! * **Kinds.** What the bytes are, the first of them say; how they become lines is in `way`.
//! * **Identity** is device and inode together with the bytes read: an inode that was given to a new
//!   file does not resume in the middle.

use std::collections::VecDeque;
use std::ffi::OsStr;
use std::fmt;
use std::fs::{File, Metadata};
use std::io::{self, Seek as _, SeekFrom};
use std::os::unix::fs::{FileExt as _, FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use super::beginning::{self, is_lines};
use super::block::{Blocks, Piece};
use super::elders::Place;
use super::past::{Past, Stretch, identity, line_start};
use super::way::{Stand, Way};

/// How long a renamed file is still looked at.
const RETIRED: Duration = Duration::from_secs(60);
/// Renamed files that are still looked at.
const RETIRED_FILES: usize = 8;
/// Bytes at the beginning and before the offset that are compared.
const PRINT: usize = 256;
/// Identities remembered as read.
const REMEMBERED: usize = 4_096;
/// Bytes handed on in one look, so that a huge file does not keep a face waiting.
const LOOK: u64 = 4 << 20;

/// How a followed path stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// There is no such file (yet, or any more).
    Missing,
    /// It may not be read.
    Forbidden,
    /// It is no regular file: what it is.
    Unfit(&'static str),
    /// It is read; so many bytes of so many are done.
    Reading {
        /// Bytes read.
        read: u64,
        /// Bytes there.
        size: u64,
    },
    /// Everything there was read.
    Live,
    /// It was read to its end, and is of a kind that does not grow.
    Once,
    /// It cannot be read for another reason.
    Failing(String),
}

impl State {
    /// Whether nothing can be read, and the operator should know.
    #[must_use]
    pub fn is_trouble(&self) -> bool {
        matches!(self, Self::Missing | Self::Forbidden | Self::Unfit(_) | Self::Failing(_))
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("not there yet"),
            Self::Forbidden => f.write_str("may not be read: join group adm or use sudo"),
            Self::Unfit(what) => write!(f, "is {what}, not a log file"),
            Self::Reading { read, size } => write!(f, "reading {} %", read * 100 / (*size).max(1)),
            Self::Live => f.write_str("live"),
            Self::Once => f.write_str("compressed, read once"),
            Self::Failing(reason) => f.write_str(reason),
        }
    }
}

/// Bytes that were gone before they could be read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// How many bytes are known to be lost.
    pub bytes: u64,
}

/// Device and inode.
pub(super) type Identity = (u64, u64);

/// One followed file.
#[derive(Debug)]
pub struct Follow {
    path: PathBuf,
    held: Option<Held>,
    retired: VecDeque<(Instant, Held)>,
    /// Identities that were read, oldest first.
    known: VecDeque<Identity>,
    state: State,
    /// Read nothing of what is there at the first look.
    from_end: bool,
    looked: bool,
    /// What was wrong with files that are not held any more.
    notes: Vec<String>,
}

/// An open file and how far it was read.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) file: File,
    pub(super) identity: Identity,
    pub(super) offset: u64,
    /// The size at the last look.
    pub(super) size: u64,
    pub(super) changed: (i64, i64),
    head: Vec<u8>,
    tail: Vec<u8>,
    pub(super) blocks: Blocks,
    pub(super) way: Way,
}

impl Follow {
    /// Follows `path` from its beginning, or from its end as it is at the first look.
    #[must_use]
    pub fn new(path: PathBuf, from_end: bool) -> Self {
        Self {
            path,
            held: None,
            retired: VecDeque::new(),
            known: VecDeque::new(),
            state: State::Missing,
            from_end,
            looked: false,
            notes: Vec::new(),
        }
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// The folder whose changes matter.
    #[must_use]
    pub fn folder(&self) -> &Path {
        folder(&self.path)
    }

    /// How it stands since the last look.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Begins at a line start about `near` bytes before the end, instead of at the beginning, and
    /// answers with what lies before it, in this file and in those that it was rotated into. To be
    /// called before the first look. `except`: paths that are read otherwise.
    pub fn near_end(&mut self, near: u64, except: &[PathBuf]) -> Past {
        let except = except.iter().filter(|path| **path != self.path);
        let except = except.filter_map(|path| identity(path)).collect();
        let stretch = open(&self.path).ok().and_then(|mut held| {
            let stretch = held.skip_near_end(near, &self.path);
            self.looked = true;
            self.hold(held);
            stretch
        });
        Past::beside(&self.path, stretch, except)
    }

    /// Looks once: hands on what is new, and returns whether there is more to read at once.
    pub fn look(&mut self, on: &mut impl FnMut(Piece<'_>), lost: &mut impl FnMut(Gap)) -> bool {
        let first = !std::mem::replace(&mut self.looked, true);
        self.look_at_retired(on);
        if !self.holds_what_is_named() {
            match (open(&self.path), &self.held) {
                (Ok(named), Some(_)) => return self.rotate(named, on, lost),
                (Ok(mut named), None) => {
                    if first && self.from_end {
                        named.skip_to_end();
                    }
                    self.hold(named);
                }
                // The path may be gone, or closed to us, while the writer still has the file.
                (Err(state), _) => {
                    self.state = state;
                    return self.held.as_mut().is_some_and(|held| held.drain(on, lost));
                }
            }
        }
        self.read_copy(on);
        let Some(held) = &mut self.held else { return false };
        let more = held.drain(on, lost);
        self.state = match held.way.stand() {
            _ if more => State::Reading { read: held.offset, size: held.size },
            Stand::Growing => State::Live,
            Stand::Once => State::Once,
            Stand::Refused(unread) => State::Failing(unread.why(&self.path)),
        };
        more
    }

    /// Nothing more will be read: hands on what waits for its line end.
    pub fn end(&mut self, on: &mut impl FnMut(Piece<'_>)) {
        for (_, held) in &mut self.retired {
            held.end(&mut *on);
        }
        if let Some(held) = &mut self.held {
            held.end(on);
        }
    }

    /// What was wrong with what was read, in words for the operator; each is told once.
    pub fn take_notes(&mut self) -> Vec<String> {
        let held = self.retired.iter_mut().map(|(_, held)| held).chain(&mut self.held);
        let notes: Vec<String> = held.flat_map(|held| held.way.take_notes()).collect();
        self.notes.extend(notes);
        std::mem::take(&mut self.notes)
    }

    /// Where the held file was truncated: what was not yet read of it, in a copy beside it.
    fn read_copy(&mut self, on: &mut impl FnMut(Piece<'_>)) {
        let Some(held) = &mut self.held else { return };
        if !held.way.is_plain() || !held.file.metadata().is_ok_and(|now| now.size() < held.offset) {
            return;
        }
        let copies = Place::Beside(self.path.clone()).list().into_iter();
        let copies = copies.filter(|entry| entry.size > held.offset && entry.identity != held.identity);
        let Some(mut copy) = copies.filter_map(|entry| held.copy(&entry.path)).next() else { return };
        std::mem::swap(&mut copy.blocks, &mut held.blocks);
        while copy.drain(on, &mut |_| {}) {}
        copy.end(on);
        held.size = held.offset;
        self.remember(copy.identity);
    }

    fn holds_what_is_named(&self) -> bool {
        let named = std::fs::metadata(&self.path).map(|metadata| (metadata.dev(), metadata.ino()));
        self.held.as_ref().is_some_and(|held| named.is_ok_and(|identity| identity == held.identity))
    }

    /// The path names another file than the one held.
    fn rotate(&mut self, named: Held, on: &mut impl FnMut(Piece<'_>), lost: &mut impl FnMut(Gap)) -> bool {
        let Some(held) = &mut self.held else { return false };
        if held.drain(on, lost) {
            return true;
        }
        // The new file exists, but the writer may not have been told yet. As long as it is empty
        // the old one is read first, so that lines come in the order of writing.
        if named.size == 0 {
            self.state = State::Live;
            return false;
        }
        let Some(old) = self.held.take() else { return false };
        let between = self.between(&old, &named);
        self.retire(old, on);
        for mut missed in between {
            while missed.drain(on, lost) {}
            self.remember(missed.identity);
            self.retire(missed, on);
        }
        self.hold(named);
        true
    }

    /// Files beside the path that were written between two looks and were never held: rotations
    /// that happened too fast. In the order of their last change.
    fn between(&self, old: &Held, new: &Held) -> Vec<Held> {
        let (Some(name), Ok(entries)) = (self.path.file_name(), std::fs::read_dir(self.folder())) else {
            return Vec::new();
        };
        let mut between: Vec<Held> = entries
            .flatten()
            .filter(|entry| is_rotated(name, &entry.file_name()))
            .filter_map(|entry| open(&entry.path()).ok())
            .filter(|held| held.identity != new.identity && held.identity != old.identity)
            .filter(|held| !self.known.contains(&held.identity) && held.changed > old.changed)
            .collect();
        between.sort_by_key(|held| held.changed);
        between
    }

    fn hold(&mut self, held: Held) {
        self.remember(held.identity);
        self.held = Some(held);
    }

    fn remember(&mut self, identity: Identity) {
        if self.known.len() >= REMEMBERED {
            self.known.pop_front();
        }
        self.known.push_back(identity);
    }

    /// Keeps a renamed file open for a while.
    fn retire(&mut self, held: Held, on: &mut impl FnMut(Piece<'_>)) {
        if self.retired.len() >= RETIRED_FILES
            && let Some((_, mut oldest)) = self.retired.pop_front()
        {
            oldest.end(&mut *on);
            self.notes.append(&mut oldest.way.take_notes());
        }
        self.retired.push_back((Instant::now() + RETIRED, held));
    }

    fn look_at_retired(&mut self, on: &mut impl FnMut(Piece<'_>)) {
        for (_, held) in &mut self.retired {
            // Loss in a renamed file (compressed and truncated in place) is no loss of lines.
            while held.drain(on, &mut |_| {}) {}
        }
        while self.retired.front().is_some_and(|(until, _)| *until <= Instant::now()) {
            if let Some((_, mut held)) = self.retired.pop_front() {
                held.end(&mut *on);
                self.notes.append(&mut held.way.take_notes());
            }
        }
    }
}

impl Held {
    /// Starts behind everything that is there.
    pub(super) fn skip_to_end(&mut self) {
        if let Ok(size) = self.file.seek(SeekFrom::End(0)) {
            self.offset = size;
            self.take_prints();
        }
    }

    /// Starts at a line start at most about `near` bytes before the end; what lies before. A file
    /// that cannot be read from the middle is read from its beginning.
    pub(super) fn skip_near_end(&mut self, near: u64, path: &Path) -> Option<Stretch> {
        let head = beginning::of(&self.file).ok()?;
        let metadata = self.file.metadata().ok()?;
        let at = if is_lines(&head) {
            line_start(&self.file, metadata.size().saturating_sub(near)).unwrap_or(0)
        } else {
            0
        };
        self.offset = at;
        if at > 0 {
            self.take_prints();
        }
        let file = self.file.try_clone().ok()?;
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Some(Stretch { file, path: path.to_owned(), identity: self.identity, modified, head, end: at })
    }

    /// Starts at `offset`, up to which it was read before.
    pub(super) fn resume(&mut self, offset: u64) {
        self.offset = offset;
        self.take_prints();
    }

    /// The file at `path`, read as far as this one, if it holds what was read of this one.
    fn copy(&self, path: &Path) -> Option<Self> {
        let (head, tail) = (self.head.clone(), self.tail.clone());
        let copy = Self { offset: self.offset, head, tail, ..open(path).ok()? };
        copy.is_as_read().then_some(copy)
    }

    /// Hands on what is new, at most one look's worth; returns whether there is more.
    pub(super) fn drain(&mut self, on: &mut impl FnMut(Piece<'_>), lost: &mut impl FnMut(Gap)) -> bool {
        let Ok(now) = self.file.metadata() else { return false };
        let changed = (now.mtime(), now.mtime_nsec());
        if now.size() < self.offset || (changed != self.changed && self.offset > 0 && !self.is_as_read()) {
            // What was there beyond the offset at the last look and never read.
            let unread = self.size.saturating_sub(self.offset);
            if unread > 0 {
                lost(Gap { bytes: unread });
            }
            self.end(&mut *on);
            self.way = Way::begun_again(&mut self.way);
            self.offset = 0;
            // Other bytes begin the file now: the old prints would never match again.
            self.head.clear();
            self.tail.clear();
        }
        self.size = now.size();
        self.changed = changed;
        let begin = self.offset;
        let more = self.way.read(&self.file, &mut self.offset, LOOK, &mut self.blocks, on);
        if self.offset != begin {
            self.take_prints();
        }
        self.size = self.size.max(self.offset);
        more
    }

    /// Nothing more will be read of these bytes: hands on what waits for its line end.
    pub(super) fn end(&mut self, on: &mut impl FnMut(Piece<'_>)) {
        self.way.end(&mut self.blocks, on);
    }

    /// Whether the bytes that were read are still where they were.
    fn is_as_read(&self) -> bool {
        let is_at = |print: &[u8], offset: u64| {
            let mut bytes = [0; PRINT];
            let bytes = &mut bytes[..print.len()];
            self.file.read_exact_at(bytes, offset).is_ok() && bytes == print
        };
        is_at(&self.head, 0) && is_at(&self.tail, self.offset - self.tail.len() as u64)
    }

    fn take_prints(&mut self) {
        let length = (self.offset as usize).min(PRINT);
        let print = |offset: u64| {
            let mut bytes = vec![0; length];
            self.file.read_exact_at(&mut bytes, offset).map(|()| bytes).unwrap_or_default()
        };
        if self.head.len() < length {
            self.head = print(0);
        }
        self.tail = print(self.offset - length as u64);
    }
}

/// Opens a regular file without waiting for anything.
pub(super) fn open(path: &Path) -> Result<Held, State> {
    let state = |error: io::Error| match error.kind() {
        io::ErrorKind::NotFound => State::Missing,
        io::ErrorKind::PermissionDenied => State::Forbidden,
        _ => State::Failing(error.to_string()),
    };
    // A FIFO would block in open(2): look before.
    if let Some(what) = unfit(&std::fs::metadata(path).map_err(state)?) {
        return Err(State::Unfit(what));
    }
    let file = File::open(path).map_err(state)?;
    let metadata = file.metadata().map_err(state)?;
    Ok(Held {
        identity: (metadata.dev(), metadata.ino()),
        offset: 0,
        size: metadata.size(),
        changed: (metadata.mtime(), metadata.mtime_nsec()),
        head: Vec::new(),
        tail: Vec::new(),
        blocks: Blocks::new(),
        way: Way::default(),
        file,
    })
}

/// What a path is that cannot be followed; `None` for a regular file.
#[must_use]
pub(super) fn unfit(metadata: &Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    [
        (kind.is_file(), None),
        (kind.is_dir(), Some("a folder")),
        (kind.is_fifo(), Some("a named pipe")),
        (kind.is_socket(), Some("a socket")),
        (kind.is_char_device() || kind.is_block_device(), Some("a device")),
    ]
    .into_iter()
    .find_map(|(is, what)| is.then_some(what))
    .unwrap_or(Some("no regular file"))
}

/// The folder that a path is in.
pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

/// Whether `other` is what a rotation makes of `name`: `mail.log.1`, `mail.log-20261121`, and not
/// compressed.
fn is_rotated(name: &OsStr, other: &OsStr) -> bool {
    let (name, other) = (name.as_encoded_bytes(), other.as_encoded_bytes());
    let Some(rest) = other.strip_prefix(name) else { return false };
    let compressed = [&b".gz"[..], b".zst", b".bz2", b".xz", b".lz4"];
    matches!(rest.first(), Some(b'.' | b'-' | b'_')) && !compressed.iter().any(|end| rest.ends_with(end))
}

#[cfg(test)]
mod tests;
