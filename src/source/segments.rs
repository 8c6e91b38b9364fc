//! Following files that are named together, by a pattern or by their folder: accounting files that
//! are moved and made anew, segments of which a new one appears every hour.
//!
//! One file is one inode, whatever it is called: a file that is renamed goes on where it was. What
//! appears with another inode is new, unless it begins like a file that was read: then it is its
//! copy, which goes on where that one was read to, or the same compressed. The files written last are held open; the others are read once,
//! closed, and opened again only if they grow.

mod member;
mod places;

use std::collections::VecDeque;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use hashbrown::{HashMap, HashSet};

use super::beginning::{self, Beginnings, is_lines};
use super::block::Piece;
use super::disk::Identity;
use super::follow::{Gap, Held, RETIRED, State, open};
use super::listing::{Entry, Listing};
use super::past::{Past, Stretch};
use super::way::Stand;
use crate::text::Clean;
use member::{Member, decompressed};
use places::Places;

/// Times remembered of files that are gone.
const GONE: usize = 4_096;
/// Files held open, and as many that were deleted.
const HELD: usize = 8;
/// How often the files are listed anew although no folder seems to have changed: a closed one may
/// have grown.
const LISTED: Duration = Duration::from_secs(2);
/// A file that can only be read forwards is taken to be still written to for so long.
const WRITTEN: Duration = Duration::from_secs(600);

/// Where a piece comes from, and the piece.
#[derive(Debug)]
pub enum Heard<'a> {
    /// A file begins to be read.
    Begin {
        /// Its number.
        file: u64,
        /// Its path.
        path: &'a Path,
        /// Its first bytes, where it is read from further on, else none.
        head: &'a [u8],
    },
    /// When a file was last written: no line that comes now is younger.
    Written(u64, SystemTime),
    /// More of it.
    Piece(u64, Piece<'a>),
    /// It was closed.
    End(u64),
}

/// Files that are followed together.
#[derive(Debug)]
pub struct Segments {
    listing: Listing,
    /// Nothing is read of what is there at the first look.
    from_end: bool,
    held: Vec<Member>,
    seen: HashMap<Identity, Seen>,
    beginnings: Beginnings,
    /// To be read, the oldest first.
    waiting: VecDeque<Entry>,
    /// When the files were listed, and how their folders were then.
    listed: Option<Listed>,
    /// When files were last written that are not there any more, in seconds: compressed, a file
    /// keeps that time.
    gone: VecDeque<i64>,
    /// A file that cannot be read, and why.
    refused: Option<String>,
    /// What was wrong with files that are not held any more.
    notes: Vec<String>,
    files: usize,
    opened: u64,
    state: State,
    places: Places,
}

/// When files were listed, and when their folders were last changed then.
type Listed = (Instant, Vec<(PathBuf, Option<SystemTime>)>);

/// A file that was read.
#[derive(Copy, Clone, Debug)]
struct Seen {
    read: u64,
    born: Option<SystemTime>,
    /// When it was last written, in seconds.
    modified: i64,
}

impl Segments {
    /// Follows what `listing` names, from the beginning of what is there, or only what comes later.
    #[must_use]
    pub fn new(listing: Listing, from_end: bool) -> Self {
        Self {
            listing,
            from_end,
            held: Vec::new(),
            seen: HashMap::new(),
            beginnings: Beginnings::default(),
            waiting: VecDeque::new(),
            listed: None,
            gone: VecDeque::new(),
            refused: None,
            notes: Vec::new(),
            files: 0,
            opened: 0,
            state: State::Missing,
            places: Places::default(),
        }
    }

    /// How it stands since the last look.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// How many files there are.
    #[must_use]
    pub fn files(&self) -> usize {
        self.files
    }

    /// What is followed.
    #[must_use]
    pub fn listing(&self) -> &Listing {
        &self.listing
    }

    /// Begins about `near` bytes before the end of each of the files written last, and answers with
    /// everything before. To be called before the first look. `except`: paths that are read
    /// otherwise.
    pub fn near_end(&mut self, near: u64, except: &[PathBuf]) -> Past {
        let except: HashSet<Identity> =
            except.iter().filter_map(|path| super::past::identity(path)).collect();
        let mut entries = self.list();
        entries.retain(|entry| !except.contains(&entry.identity));
        let there = entries.iter().map(|entry| (entry.identity, entry.size)).collect();
        let mut stretches: Vec<Stretch> = Vec::new();
        let youngest = entries.last().map(|entry| entry.identity);
        for (back, entry) in entries.iter().rev().enumerate() {
            // What is read by the past is known here up to its end.
            let seen = Seen::of(entry, entry.size);
            if back < HELD
                && let Ok(mut held) = open(&entry.path)
                && held.identity == entry.identity
                && let Ok(head) = beginning::of(&held.file)
            {
                let is_lines = is_lines(&head);
                let is_written = entry.modified.elapsed().is_ok_and(|age| age < WRITTEN);
                if is_lines || is_written || youngest == Some(entry.identity) {
                    stretches.extend(held.skip_near_end(near, &entry.path));
                    let begun = if is_lines { head } else { decompressed(&entry.path) };
                    let key = self.beginnings.learn(&begun);
                    self.seen.insert(entry.identity, seen);
                    self.hold(&entry.path, held, (begun, key), !is_lines);
                    continue;
                }
            }
            self.seen.insert(entry.identity, seen);
        }
        // Looked at in the order of writing.
        self.held.reverse();
        Past::among(self.listing.clone(), there, stretches, except)
    }

    /// Looks once: hands on what is new, and returns whether there is more to read at once.
    pub fn look(&mut self, on: &mut impl FnMut(Heard<'_>), lost: &mut impl FnMut(Gap)) -> bool {
        self.list_anew(on, lost);
        let mut more = false;
        for member in &mut self.held {
            more |= member.drain(&mut self.beginnings, on, lost);
        }
        while !more && let Some(entry) = self.waiting.pop_front() {
            more = self.open(&entry) || !self.waiting.is_empty();
        }
        self.close_oldest(more, on);
        self.state = if !self.waiting.is_empty() || more {
            let size = self.held.iter().map(|member| member.held.size).sum::<u64>() + self.closed();
            let read = self.held.iter().map(|member| member.held.offset).sum::<u64>() + self.closed();
            let waiting: u64 = self.waiting.iter().map(|entry| entry.size).sum();
            State::Reading { read, size: size + waiting }
        } else if let Some(refused) = &self.refused {
            State::Failing(refused.clone())
        } else if self.files == 0 && self.held.iter().all(|member| member.gone.is_some()) {
            if self.opened > 0 { State::Gone } else { State::Empty }
        } else {
            State::Live
        };
        more
    }

    /// What was wrong with what was read, each told once.
    pub fn take_notes(&mut self) -> Vec<String> {
        let mut notes = std::mem::take(&mut self.notes);
        notes.extend(self.held.iter_mut().flat_map(Member::notes));
        notes
    }

    /// Nothing more will be read: hands on what waits for its line end.
    pub fn end(&mut self, on: &mut impl FnMut(Heard<'_>)) {
        for member in &mut self.held {
            let number = member.number;
            member.held.end(&mut |piece| on(Heard::Piece(number, piece)));
        }
    }

    /// Bytes of files that were read and closed.
    fn closed(&self) -> u64 {
        let held: HashSet<Identity> = self.held.iter().map(|member| member.held.identity).collect();
        self.seen.iter().filter(|(identity, _)| !held.contains(*identity)).map(|(_, seen)| seen.read).sum()
    }

    fn list(&mut self) -> Vec<Entry> {
        let folders = self.listing.folders().into_iter();
        let folders = folders.map(|path| (changed(&path), path)).map(|(at, path)| (path, at)).collect();
        // The folders first: a file that appears in between changes them once more.
        self.listed = Some((Instant::now(), folders));
        let entries = self.listing.list();
        self.files = entries.len();
        self.places.rename(&entries);
        entries
    }

    /// Looks for new files and for closed ones that grew, where that may have happened.
    fn list_anew(&mut self, on: &mut impl FnMut(Heard<'_>), lost: &mut impl FnMut(Gap)) {
        if let Some((at, folders)) = &self.listed {
            let as_then = || folders.iter().all(|(path, then)| changed(path) == *then);
            if !self.waiting.is_empty() || at.elapsed() < LISTED && as_then() {
                return;
            }
        }
        let entries = self.list();
        if std::mem::take(&mut self.from_end) {
            self.skip_all(&entries);
            return;
        }
        if self.seen.is_empty() && self.held.is_empty() {
            self.go_on(&entries, lost);
        }
        self.refused = None;
        self.forget_the_gone(&entries, on, lost);
        let held: HashSet<Identity> = self.held.iter().map(|member| member.held.identity).collect();
        for entry in entries {
            match self.seen.get_mut(&entry.identity) {
                _ if held.contains(&entry.identity) || entry.is_in_the_making() => {}
                Some(seen) if seen.born == entry.born && seen.read == entry.size => {
                    seen.modified = seconds(entry.modified);
                }
                _ => self.waiting.push_back(entry),
            }
        }
    }

    /// A deleted file may still be written to, until its writer is told to reopen: it stays open for a while.
    /// Then it is no more known by its inode, which is given to another.
    fn forget_the_gone(
        &mut self,
        entries: &[Entry],
        on: &mut impl FnMut(Heard<'_>),
        lost: &mut impl FnMut(Gap),
    ) {
        let there: HashSet<Identity> = entries.iter().map(|entry| entry.identity).collect();
        let is_gone = |member: &Member| {
            !there.contains(&member.held.identity)
                && member.held.file.metadata().is_ok_and(|metadata| metadata.nlink() == 0)
        };
        let now = Instant::now();
        for member in &mut self.held {
            if member.gone.is_none() && is_gone(member) {
                member.gone = Some(now);
                // What it was packed to has the time that it had then.
                self.gone.push_back(member.held.changed.0);
            }
        }
        let is_over = |member: &Member| member.gone.is_some_and(|since| now.duration_since(since) >= RETIRED);
        while let Some(at) = self.held.iter().position(is_over) {
            let mut member = self.held.remove(at);
            while member.drain(&mut self.beginnings, on, lost) {}
            self.close(member, on);
        }
        let held: HashSet<Identity> = self.held.iter().map(|member| member.held.identity).collect();
        let gone = &mut self.gone;
        self.seen.retain(|identity, seen| {
            let stays = there.contains(identity) || held.contains(identity);
            if !stays {
                gone.push_back(seen.modified);
            }
            stays
        });
        let seen = &self.seen;
        self.places.forget(|file| seen.contains_key(file) || held.contains(file));
        self.gone.drain(..self.gone.len().saturating_sub(GONE));
    }

    /// Takes everything there as read.
    fn skip_all(&mut self, entries: &[Entry]) {
        for (back, entry) in entries.iter().rev().enumerate() {
            let seen = Seen::of(entry, entry.size);
            if back < HELD
                && let Ok(mut held) = open(&entry.path)
                && let Ok(head) = beginning::of(&held.file)
            {
                let is_shut = !is_lines(&head);
                let key = self.beginnings.learn(&head);
                held.skip_to_end();
                self.hold(&entry.path, held, (head, key), is_shut);
            } else if let Ok(mut held) = open(&entry.path) {
                self.places.note_all(&entry.path, &mut held, entry.size);
            }
            self.seen.insert(entry.identity, seen);
        }
        self.held.reverse();
    }

    /// Opens a file that waits; answers whether there is something to read in it.
    fn open(&mut self, entry: &Entry) -> bool {
        let opened = open(&entry.path).and_then(|held| {
            let head = beginning::of(&held.file).map_err(|error| State::Failing(error.to_string()))?;
            Ok((held, head))
        });
        let (mut held, head) = match opened {
            Ok((held, head)) if held.identity == entry.identity => (held, head),
            // Renamed since it was listed: it will be found under its new name.
            Ok(_) | Err(State::Missing) => {
                self.listed = None;
                return false;
            }
            Err(state) => {
                self.refused = Some(format!("{}: {state}", Clean::path(&entry.path)));
                return false;
            }
        };
        let is_shut = !is_lines(&head);
        let known = self.seen.get(&entry.identity).filter(|seen| seen.born == entry.born);
        let from = known.map_or(0, |seen| seen.read);
        let mut from = if from > entry.size { 0 } else { from };
        let begun = if is_shut { decompressed(&entry.path) } else { head.clone() };
        let skip = self.places.skip(entry.identity);
        if is_shut && from == 0 && skip.is_none() {
            // What was compressed is younger than its last line; what is being written is not.
            let is_made_of_another = || {
                is_shut
                    && self.gone.contains(&seconds(entry.modified))
                    && entry.born.is_none_or(|born| born > entry.modified)
            };
            let is_known = self.beginnings.knows(&begun).is_some() || is_made_of_another();
            if is_known {
                self.places.note_all(&entry.path, &mut held, entry.size);
                self.seen.insert(entry.identity, Seen::of(entry, entry.size));
                return false;
            }
        } else if !is_shut {
            from = from.max(self.beginnings.knows(&begun).unwrap_or(0));
            if from > 0 && from >= entry.size {
                // A copy, as far as it was made: it may grow.
                self.places.note_all(&entry.path, &mut held, entry.size);
                self.seen.insert(entry.identity, Seen::of(entry, entry.size));
                return false;
            }
        }
        if from > 0 {
            held.resume(from);
        }
        let key = self.beginnings.learn(&begun);
        self.seen.insert(entry.identity, Seen::of(entry, from));
        let head = if skip.is_some() { begun } else { head };
        skip.into_iter().for_each(|read| held.way.skip(read));
        self.hold(&entry.path, held, (head, key), is_shut);
        self.held.iter_mut().rev().take(1).for_each(|member| member.is_inside = skip.is_some());
        true
    }

    /// `head`: the first bytes, and what they are remembered by.
    fn hold(&mut self, path: &Path, held: Held, (head, key): (Vec<u8>, Option<u64>), is_shut: bool) {
        self.opened += 1;
        key.into_iter().for_each(|key| self.beginnings.read_to(key, held.offset));
        self.held.push(Member {
            number: self.opened,
            path: path.to_owned(),
            held,
            is_told_apart: !head.is_empty(),
            begin: Some(head),
            key,
            is_shut,
            is_refused: false,
            is_inside: false,
            gone: None,
        });
    }

    /// Closes what was written longest ago, where more is held than may be. While there is more to
    /// read, that would be the one that is read. Of what is deleted, which nobody opens again, as many more
    /// stay.
    fn close_oldest(&mut self, more: bool, on: &mut impl FnMut(Heard<'_>)) {
        for (is_gone, most) in [(false, HELD + usize::from(more)), (true, HELD)] {
            let oldest = |held: &[Member]| {
                let of = held.iter().enumerate().filter(|(_, member)| member.gone.is_some() == is_gone);
                let is_over = of.clone().count() > most;
                of.min_by_key(|(_, member)| member.held.changed).map(|(at, _)| at).filter(|_| is_over)
            };
            while let Some(at) = oldest(&self.held) {
                let member = self.held.remove(at);
                self.close(member, on);
            }
        }
    }

    fn close(&mut self, mut member: Member, on: &mut impl FnMut(Heard<'_>)) {
        let number = member.number;
        member.held.end(&mut |piece| on(Heard::Piece(number, piece)));
        self.notes.extend(member.notes());
        on(Heard::End(member.number));
        self.places.note(&member.path, &member.held);
        if let Some(seen) = self.seen.get_mut(&member.held.identity) {
            // What does not grow, or is not read, is done with as it is.
            seen.read = match member.held.way.stand() {
                Stand::Growing => member.held.offset,
                Stand::Once | Stand::Refused(_) => member.held.size,
            };
        }
    }
}

impl Seen {
    fn of(entry: &Entry, read: u64) -> Self {
        Self { read, born: entry.born, modified: seconds(entry.modified) }
    }
}

fn seconds(time: SystemTime) -> i64 {
    let since = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_secs());
    i64::try_from(since).unwrap_or(i64::MAX)
}

fn changed(folder: &Path) -> Option<SystemTime> {
    std::fs::metadata(folder).and_then(|metadata| metadata.modified()).ok()
}

#[cfg(test)]
mod tests;
