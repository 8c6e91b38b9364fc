//! Where files that are named together were read to, and going on there in a later run.
//!
//! A file is one that was read if what was read of it is in it: under its own name or another one, in a
//! copy, or packed. Files in which nothing of that is are new, and read from their beginning. A file that
//! is gone with bytes of which was known and that were not read leaves a gap.

use std::path::{Path, PathBuf};

use hashbrown::{HashMap, HashSet};

use super::member::decompressed;
use super::{HELD, Seen, Segments};
use crate::source::beginning::{self, is_lines};
use crate::source::checkpoint::{Place, Spot, name};
use crate::source::disk::{Handle as _, Identity};
use crate::source::follow::{Gap, Held, Prints, open};
use crate::source::listing::{Entry, Listing};

/// Places in the files of one listing.
#[derive(Debug, Default)]
pub(super) struct Places {
    /// Whether anybody asks for them.
    is_kept: bool,
    of: HashMap<Identity, (PathBuf, Spot)>,
    /// Where an earlier run stopped, until the files are listed.
    left: Vec<Place>,
    /// Of packed files, how much of their text an earlier run read.
    skips: HashMap<Identity, u64>,
}

impl Places {
    /// How much of the text of a packed file was read before it is opened now; told once.
    pub(super) fn skip(&mut self, file: Identity) -> Option<u64> {
        self.skips.remove(&file)
    }

    /// A file was read so far.
    pub(super) fn note(&mut self, path: &Path, held: &Held) {
        if let (true, Some(spot)) = (self.is_kept, held.raw_spot()) {
            let entry = self.of.entry(held.identity).or_insert_with(|| (path.to_owned(), spot.clone()));
            entry.1 = spot;
        }
    }

    /// Everything that is in a file is known.
    pub(super) fn note_all(&mut self, path: &Path, held: &mut Held, size: u64) {
        if self.is_kept && size > 0 {
            held.resume(size);
            self.note(path, held);
        }
    }

    /// How files are called now.
    pub(super) fn rename(&mut self, entries: &[Entry]) {
        if self.of.is_empty() {
            return;
        }
        for entry in entries {
            if let Some((path, _)) = self.of.get_mut(&entry.identity).filter(|(path, _)| *path != entry.path)
            {
                path.clone_from(&entry.path);
            }
        }
    }

    /// Files that are not there any more need none.
    pub(super) fn forget(&mut self, stays: impl Fn(&Identity) -> bool) {
        self.of.retain(|file, _| stays(file));
    }
}

impl Segments {
    /// Follows what `listing` names from where an earlier run stopped; `places` may be of other logs, too.
    #[must_use]
    pub fn resume(listing: Listing, places: Vec<Place>) -> Self {
        let mut segments = Self::new(listing, false);
        segments.places.left = places;
        segments
    }

    /// From now on it is asked how far was read.
    pub fn keep_places(&mut self) {
        self.places.is_kept = true;
    }

    /// How far each file was read. `incomplete`: how many bytes before that, of a file with this number, are
    /// to be handed on once more, for they begin what is not complete.
    pub fn places(&mut self, incomplete: &dyn Fn(u64) -> u64) -> Vec<Place> {
        let mut back: HashMap<Identity, u64> = HashMap::new();
        for member in &self.held {
            self.places.note(&member.path, &member.held);
            back.insert(member.held.identity, incomplete(member.number));
        }
        let of = name(self.listing.path());
        let place = |(file, (path, spot)): (&Identity, &(PathBuf, Spot))| {
            let mut place =
                Place { log: name(path), at: spot.clone(), older: Vec::new(), of: Some(of.clone()) };
            place.step_back(back.get(file).copied().unwrap_or(0));
            place
        };
        self.places.of.iter().map(place).collect()
    }

    /// Finds what an earlier run read in what is there now.
    pub(super) fn go_on(&mut self, entries: &[Entry], lost: &mut impl FnMut(Gap)) {
        let left = std::mem::take(&mut self.places.left);
        let mut found: HashSet<usize> = HashSet::new();
        let mut packed = Vec::new();
        for entry in entries.iter().filter(|entry| !left.is_empty() && !entry.is_in_the_making()) {
            let Ok(held) = open(&entry.path) else { continue };
            let Ok(head) = beginning::of(&held.file) else { continue };
            if held.identity != entry.identity || head.is_empty() {
                continue;
            }
            if let Some(at) = place_in(&left, entry, &held, &head) {
                found.insert(at);
                let spot = &left[at].at;
                self.seen.insert(entry.identity, Seen::of(entry, spot.next()));
                self.places.of.insert(entry.identity, (entry.path.clone(), spot.clone()));
                if is_lines(&head) {
                    // What came since is no copy of what was read.
                    let read = usize::try_from(spot.next()).unwrap_or(usize::MAX).min(head.len());
                    let key = self.beginnings.learn(&head[..read]);
                    key.into_iter().for_each(|key| self.beginnings.read_to(key, spot.next()));
                }
            } else if !is_lines(&head) {
                packed.push((entry, held));
            }
        }
        for (entry, held) in packed {
            let head = decompressed(&entry.path);
            let is_in = |place: &Place| {
                place.at.may_be_in(&head)
                    && place.at.may_be_packed_at(held.changed)
                    && held.file.again().is_ok_and(|file| place.at.is_in_packed(file).unwrap_or(false))
            };
            let places = left.iter().enumerate().filter(|(_, place)| is_in(place));
            if let Some((at, place)) = places.max_by_key(|(_, place)| place.at.offset) {
                found.insert(at);
                self.places.skips.insert(entry.identity, place.at.next());
                self.places.of.insert(entry.identity, (entry.path.clone(), place.at.clone()));
            }
        }
        for (_, place) in left.iter().enumerate().filter(|(at, _)| !found.contains(at)) {
            let bytes = place.at.size.saturating_sub(place.at.offset);
            if bytes > 0 && place.is_of(&self.listing) {
                lost(Gap { bytes, file: Some(PathBuf::from(&place.log)) });
            }
        }
        self.hold_newest(entries);
    }

    /// Holds the files that were written last open, where they were read to their end.
    fn hold_newest(&mut self, entries: &[Entry]) {
        for entry in entries.iter().rev().take(HELD) {
            let is_read = self.seen.get(&entry.identity).is_some_and(|seen| seen.read == entry.size);
            let opened = || Some((open(&entry.path).ok()?, decompressed(&entry.path)));
            if let Some((mut held, begun)) = is_read.then(opened).flatten()
                && held.identity == entry.identity
                && let Ok(head) = beginning::of(&held.file)
            {
                let key = self.beginnings.learn(&begun);
                held.resume(entry.size);
                self.hold(&entry.path, held, (begun, key), !is_lines(&head));
            }
        }
        self.held.reverse();
    }
}

/// Which of the places is in a file: its own, else one of its name, else one in the same bytes, where these
/// are more than what many files begin with.
fn place_in(left: &[Place], entry: &Entry, held: &Held, head: &[u8]) -> Option<usize> {
    let stat = held.file.stat().ok()?;
    let called = name(&entry.path);
    let is_in = |place: &Place| {
        let is_own = place.at.is_of(&stat) || place.log == called;
        let is_telling = || {
            let read = usize::try_from(place.at.offset).unwrap_or(usize::MAX).min(head.len());
            read >= Prints::HEAD || memchr::memchr_iter(b'\n', &head[..read]).count() > 1
        };
        place.at.may_be_in(head)
            && place.at.offset <= stat.size
            && (is_own || is_telling())
            && place.at.is_after(&Prints::of(&held.file, place.at.offset))
    };
    let places = left.iter().enumerate().filter(|(_, place)| is_in(place));
    let rank = |place: &Place| (place.at.is_of(&stat), place.log == called, place.at.offset);
    places.max_by_key(|(_, place)| rank(place)).map(|(at, _)| at)
}
