//! An open file and how far it was read.

use std::fs::File;
use std::io::Read as _;
use std::path::Path;
use std::time::SystemTime;

use super::prints::HEAD;
use super::{Gap, Prints, State};
use crate::source::archive::Unpack;
use crate::source::beginning::{self, is_lines};
use crate::source::block::{Blocks, Piece};
use crate::source::checkpoint::{Spot, hash};
use crate::source::disk::{Disk, Forwards, Handle, Identity, Stat, System};
use crate::source::past::{Stretch, line_start};
use crate::source::way::{Stand, Way};

/// Bytes handed on in one look, so that a huge file does not keep a face waiting.
const LOOK: u64 = 4 << 20;

/// An open file and how far it was read.
#[derive(Debug)]
pub(in crate::source) struct Held<H = File> {
    pub(in crate::source) file: H,
    pub(in crate::source) identity: Identity,
    pub(in crate::source) offset: u64,
    /// From where on it was read.
    begun: u64,
    /// The size at the last look.
    pub(in crate::source) size: u64,
    pub(in crate::source) changed: (i64, i64),
    pub(in crate::source) blocks: Blocks,
    pub(in crate::source) way: Way<H>,
    prints: Prints,
    /// Whether it is a copy of another one, and so grows no more.
    pub(super) is_copy: bool,
    /// Whether it was never seen under the path, only beside it.
    pub(super) is_missed: bool,
    /// The first bytes of its text, where it was missed and is packed.
    unpacked_head: Option<Vec<u8>>,
    /// Whether it is packed, and not so far that its text's beginning can be told.
    is_packing: bool,
}

/// What became of the bytes that were read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Fate {
    /// They are where they were.
    There,
    /// The last of them were cut off; up to here they are known to be as they were.
    CutBack(u64),
    /// Others are in their place.
    Gone,
}

impl<H: Handle> Held<H> {
    /// An open file of which nothing was read.
    pub(super) fn new(file: H, stat: &Stat) -> Self {
        Self {
            file,
            identity: stat.identity,
            offset: 0,
            begun: 0,
            size: stat.size,
            changed: stat.changed,
            prints: Prints::default(),
            is_copy: false,
            is_missed: false,
            unpacked_head: None,
            is_packing: false,
            blocks: Blocks::new(),
            way: Way::default(),
        }
    }

    /// Starts behind everything that is there.
    pub(in crate::source) fn skip_to_end(&mut self) {
        if let Ok(stat) = self.file.stat() {
            self.resume(stat.size);
        }
    }

    /// Starts at `offset`, up to which it was read before.
    pub(in crate::source) fn resume(&mut self, offset: u64) {
        (self.offset, self.begun) = (offset, offset);
        self.prints = Prints::of(&self.file, offset);
    }

    /// These marks were made by an earlier run.
    pub(super) fn remember(&mut self, marks: &[(u64, u64)]) {
        let at = self.offset;
        self.prints.marks.splice(0..0, marks.iter().copied().filter(|mark| mark.0 < at));
    }

    /// How far it was read, to be found again by a later run; `None` before anything was.
    pub(super) fn spot(&self) -> Option<Spot> {
        let (offset, prints) = self.way.unpacked().unwrap_or((self.offset, &self.prints));
        let now = self.file.stat().ok().filter(|_| offset > 0)?;
        // As it was when it was read.
        let then = Stat { size: self.size, changed: self.changed, ..now };
        Some(Spot::new(&then, offset, self.blocks.half(), prints))
    }

    /// The same by the bytes of the file as they are on the disk, packed or not, where it can be gone on from
    /// there: what is packed and read but once, in its middle, is told by its text.
    pub(in crate::source) fn raw_spot(&self) -> Option<Spot> {
        if self.way.is_plain() || self.way.is_under_way() {
            return self.spot();
        }
        let now = self.file.stat().ok()?;
        let read = match self.way.stand() {
            Stand::Growing => self.offset,
            Stand::Once | Stand::Refused(_) => self.size,
        };
        let then = Stat { size: self.size, changed: self.changed, ..now };
        (read > 0).then(|| Spot::new(&then, read, 0, &Prints::of(&self.file, read)))
    }

    /// Whether half a line waits for an end that may still come.
    pub(super) fn has_half(&self) -> bool {
        self.blocks.has_half() && !self.is_copy
    }

    /// Whether `other` holds all that was read of this file.
    pub(super) fn is_copied_to(&self, other: &Self) -> bool {
        self.offset > 0 && self.way.is_plain() && self.prints.are_in(&other.file, self.offset)
    }

    /// Whether `other` begins as this file did when it was read: it is a copy, and may be older
    /// than what was read last.
    pub(super) fn began_like(&self, other: &Self) -> bool {
        let is_plain = self.offset == 0 || self.way.is_plain();
        if let Some(head) = &other.unpacked_head {
            let length = self.prints.head.len().min(head.len());
            return is_plain && length > 0 && self.prints.head[..length] == head[..length];
        }
        let length = self.prints.head.len().min(usize::try_from(other.size).unwrap_or(HEAD));
        length > 0 && is_plain && other.file.has(&self.prints.head[..length], 0)
    }

    /// Reads the first bytes of the text of a packed file, to tell whose it is.
    pub(super) fn unpack_head(&mut self) {
        let mut head = Vec::new();
        let text = Forwards::new(&self.file).and_then(|file| Unpack::new(file, None));
        let is_read = text.and_then(|text| text.take(HEAD as u64).read_to_end(&mut head)).is_ok();
        self.unpacked_head = Some(head).filter(|head| is_read && !head.is_empty());
        self.is_packing = self.unpacked_head.is_none();
    }

    /// Whether it is just being packed, so that nobody can tell yet whose text that is.
    pub(super) fn is_packing(&self) -> bool {
        self.is_packing
    }

    /// Whether the text of this packed file began so when it was last read: the whole of what is compared.
    pub(super) fn unpacked_begins(&self, (length, began): (usize, u64)) -> bool {
        self.unpacked_head.as_ref().is_some_and(|head| head.len() == length && hash(head) == began)
    }

    /// What was read of it.
    pub(super) fn prints(&self) -> &Prints {
        &self.prints
    }

    /// Whether it is packed, and its text's beginning known.
    pub(super) fn is_packed(&self) -> bool {
        self.unpacked_head.is_some()
    }

    /// Whether this file's bytes begin the text of `packed`.
    pub(super) fn begins_what(&self, packed: &Self) -> bool {
        let head = packed.unpacked_head.as_deref().unwrap_or_default();
        let length = self.file.stat().map_or(0, |stat| stat.size.min(head.len() as u64));
        length > 0 && self.file.has(&head[..usize::try_from(length).unwrap_or(0)], 0)
    }

    /// Whether `other` begins with all that begins this file.
    pub(super) fn begins_like(&self, other: &Self) -> bool {
        let length = self.size.min(HEAD as u64);
        self.size <= other.size && other.file.has(&Prints::of(&self.file, length).head, 0)
    }

    /// Takes the bytes that are there as those that it begins with: what is read first has to begin
    /// with them.
    pub(super) fn take_head(&mut self) {
        self.prints = Prints::beginning_of(&self.file);
    }

    /// Whether it still begins so; where that was with nothing, whether there still is nothing. `size`: as it
    /// was then; bytes that came while they were read may be of another life than those before.
    pub(super) fn has_head(&self, size: u64) -> bool {
        let is_whole = self.prints.head.len() as u64 == size.min(HEAD as u64);
        is_whole
            && match self.prints.head.is_empty() {
                true => self.file.stat().is_ok_and(|stat| stat.size == 0),
                false => self.file.has(&self.prints.head, 0),
            }
    }

    /// Goes on where `before` was, of which this is a copy, and so grows no more; half a line goes on,
    /// too.
    pub(super) fn go_on_from(&mut self, before: &mut Self) {
        self.offset = before.offset;
        self.prints = before.prints.clone();
        self.is_copy = true;
        std::mem::swap(&mut self.blocks, &mut before.blocks);
    }

    /// What became of what was read. `always`: even if the file does not seem to have changed, for
    /// the system's time stamps go by ticks, and a file can be written twice in one.
    pub(super) fn fate(&self, now: &Stat, always: bool) -> Fate {
        if self.offset == 0 {
            // Nothing was read; what was seen and is gone leaves its size as a trace.
            return if now.size < self.size { Fate::Gone } else { Fate::There };
        }
        let is_asked = always || now.changed != self.changed;
        if now.size >= self.offset && (!is_asked || self.prints.are_in(&self.file, self.offset)) {
            return Fate::There;
        }
        let left = &self.prints.head[..self.prints.head.len().min(now.size as usize)];
        if !self.way.is_plain() || left.is_empty() || !self.file.has(left, 0) {
            return Fate::Gone;
        }
        // What was written since the cut may reach behind it, and behind the offset.
        match self.prints.unchanged(&self.file, now.size.min(self.offset)) {
            Some(at) => Fate::CutBack(at),
            // All that is left, or of what was read before this run.
            None if left.len() as u64 == now.size => Fate::CutBack(now.size),
            None if now.size < self.offset && self.is_begun_behind(now.size) => Fate::CutBack(now.size),
            None => Fate::Gone,
        }
    }

    /// Up to where another file that begins like this one holds what was read of it, though not all.
    pub(super) fn last_kept_in(&self, other: &Self) -> Option<u64> {
        // The same header may begin two files.
        let is_told = self.prints.head.len() == HEAD && other.size >= HEAD as u64 && self.began_like(other);
        if is_told { self.prints.unchanged(&other.file, other.size.min(self.offset)) } else { None }
    }

    /// Whether it was read from a place behind `at` on.
    fn is_begun_behind(&self, at: u64) -> bool {
        self.begun > at
    }

    /// Bytes that were seen and never read.
    pub(super) fn unread(&self) -> u64 {
        self.size.saturating_sub(self.offset)
    }

    /// Other bytes begin the file now: it is read from its beginning.
    pub(super) fn begin_again(&mut self) {
        self.way = Way::begun_again(&mut self.way);
        self.prints = Prints::default();
        (self.offset, self.begun) = (0, 0);
        // Asked again: what was asked before may be of the bytes that are gone.
        if let Ok(now) = self.file.stat() {
            (self.size, self.changed) = (now.size, now.changed);
        }
    }

    /// Hands on what is new, at most one look's worth; returns whether there is more. What was
    /// truncated is read from its beginning.
    pub(in crate::source) fn drain(
        &mut self,
        on: &mut impl FnMut(Piece<'_>),
        lost: &mut impl FnMut(Gap),
    ) -> bool {
        let Ok(now) = self.file.stat() else { return false };
        match self.fate(&now, false) {
            Fate::There => {}
            Fate::CutBack(at) => _ = self.cut_back(at, on, lost),
            Fate::Gone => {
                if self.unread() > 0 {
                    lost(Gap::of(self.unread()));
                }
                self.end(&mut *on);
                self.begin_again();
            }
        }
        self.read(&now, on)
    }

    /// What was read last is there no more: it goes on at `at`, up to which it is as it was. How many bytes lie
    /// behind that, which may have been read.
    pub(super) fn cut_back(
        &mut self,
        at: u64,
        on: &mut impl FnMut(Piece<'_>),
        lost: &mut impl FnMut(Gap),
    ) -> u64 {
        // Cut off again meanwhile: that is asked next.
        let Some(prints) = self.prints.back_to(&self.file, at) else { return 0 };
        let Ok(now) = self.file.stat() else { return 0 };
        if self.unread() > 0 {
            lost(Gap::of(self.unread()));
        }
        self.end(on);
        (self.offset, self.prints, self.begun) = (at, prints, self.begun.min(at));
        self.size = now.size;
        now.size.saturating_sub(at)
    }

    /// Hands on what is new, at most one look's worth; returns whether there is more.
    pub(super) fn read(&mut self, now: &Stat, on: &mut impl FnMut(Piece<'_>)) -> bool {
        (self.size, self.changed) = (now.size, now.changed);
        if now.size == 0 {
            // What was written since is looked at first.
            return false;
        }
        let begin = self.offset;
        let (offset, prints) = (&mut self.offset, &mut self.prints);
        let more = self.way.read(&self.file, offset, LOOK, &mut self.blocks, prints, on);
        if self.offset != begin && !self.way.is_plain() {
            self.prints = Prints::of(&self.file, self.offset);
        }
        self.size = self.size.max(self.offset);
        more
    }

    /// Nothing more will be read of these bytes: hands on what waits for its line end.
    pub(in crate::source) fn end(&mut self, on: &mut impl FnMut(Piece<'_>)) {
        self.way.end(&mut self.blocks, on);
    }
}

impl Held {
    /// Starts at a line start at most about `near` bytes before the end; what lies before. A file
    /// that cannot be read from the middle is read from its beginning.
    pub(in crate::source) fn skip_near_end(&mut self, near: u64, path: &Path) -> Option<Stretch> {
        let head = beginning::of(&self.file).ok()?;
        let metadata = self.file.metadata().ok()?;
        let at = if is_lines(&head) {
            line_start(&self.file, metadata.len().saturating_sub(near)).unwrap_or(0)
        } else {
            0
        };
        self.resume(at);
        let file = self.file.try_clone().ok()?;
        let modified = metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH);
        Some(Stretch { file, path: path.to_owned(), identity: self.identity, modified, head, end: at })
    }
}

/// Opens a regular file without waiting for anything.
pub(in crate::source) fn open(path: &Path) -> Result<Held, State> {
    let (file, stat) = opened(&System, path)?;
    Ok(Held::new(file, &stat))
}

/// Opens a regular file without waiting for anything; how it is.
pub(super) fn opened<D: Disk>(disk: &D, path: &Path) -> Result<(D::Handle, Stat), State> {
    // A FIFO would block in open(2): look before.
    if let Some(what) = disk.stat(path).map_err(|error| State::of(path, &error))?.unfit {
        return Err(State::Unfit(what));
    }
    let file = disk.open(path).map_err(|error| State::of(path, &error))?;
    let stat = file.stat().map_err(|error| State::of(path, &error))?;
    Ok((file, stat))
}
