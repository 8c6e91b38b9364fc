//! Going on where an earlier run stopped.
//!
//! What the path names now may be the file that was read, or not; that one may lie beside it, under
//! another name, copied or packed. It is found by what was read of it (`checkpoint::place`). Younger files
//! beside it were never read, and come after it, the oldest first, then the log. Names tell
//! the order, for packing gives a file new times. A copy of what the log still holds is left alone, and so is a
//! packed one beside the file that it is being made of.
//!
//! Where what was read is nowhere, everything that was written later is read, and that is said.

use std::fs::File;
use std::path::{Path, PathBuf};

use super::held::{Held, opened};
use super::lookout::{age, plain_name};
use super::{Follow, Prints};
use crate::source::archive::Packing;
use crate::source::checkpoint::{Place, Spot, name};
use crate::source::disk::{Disk, Handle as _, Identity, Stat, System, folder};
use crate::source::elders::is_elder;

/// How often files are listed at most until they stay as they are.
const LISTED: usize = 8;

/// A file that may hold what was read.
struct Found {
    path: PathBuf,
    file: File,
    stat: Stat,
    is_packed: bool,
}

impl<D: Disk> Follow<D> {
    /// How far it was read; `None` before anything was. Of a file of which nothing was read yet nothing can be
    /// told: then that is the end of the one before.
    #[must_use]
    pub fn place(&self) -> Option<Place> {
        let at = self.held.as_ref().and_then(Held::spot).or_else(|| self.last.clone())?;
        let older = self.retired.iter().filter_map(|(_, held)| held.spot()).filter(|spot| *spot != at);
        Some(Place { log: name(self.path()), older: older.collect(), at, of: None })
    }
}

impl Follow {
    /// Follows `path` from where an earlier run stopped.
    #[must_use]
    pub fn resume(path: PathBuf, place: &Place) -> Self {
        let mut follow = Self::new(path, false);
        let mut files = files(follow.path(), &follow.folders(), &place.at);
        let named = files.last().filter(|last| last.path == follow.path()).map(|log| log.stat.identity);
        let there: Vec<Stat> = files.iter().map(|found| found.stat).collect();
        let at = place_of(&place.at, &files);
        let since = at.map_or_else(
            || written_since(&place.at, &files[..files.len() - usize::from(named.is_some())]),
            |at| at + 1,
        );
        let mut younger = files.split_off(since);
        if let Some(named) = named {
            leave_copies(&mut younger, named);
        }
        follow.held = at.and_then(|at| {
            let mut held = Held::new_of(&files[at])?;
            if files[at].is_packed {
                held.way.skip(place.at.next());
            } else {
                held.resume(place.at.next());
                held.remember(&place.at.marks);
            }
            Some(held)
        });
        if follow.held.is_none() && !follow.goes_on_behind_cut(place, &mut younger) {
            let gone = place.at.size.saturating_sub(place.at.offset);
            follow.gone = gone;
            let lost = if gone > 0 { format!(", nor are {gone} bytes behind it") } else { String::new() };
            follow.notes.push(format!(
                "what was read last is not there any more{lost}: reading what was written later from its beginning"
            ));
        }
        for spot in &place.older {
            let here =
                files.iter().find(|found| !found.is_packed && spot.is_of(&found.stat) && found.holds(spot));
            if let Some(mut held) = here.and_then(Held::new_of) {
                held.resume(spot.next());
                follow.retire(held);
            }
        }
        follow.lookout.resume(named, &there, younger.iter().filter_map(Held::new_of).collect());
        (follow.looked, follow.last) = (true, Some(place.at.clone()));
        follow
    }

    /// Whether the log only lost its last bytes: it goes on behind what is left.
    fn goes_on_behind_cut(&mut self, place: &Place, younger: &mut Vec<Found>) -> bool {
        let log = younger.last().filter(|found| found.path == self.path());
        let Some((mut held, at, size)) = log.and_then(|found| {
            let at = place.at.cut_off_in(&found.file, found.stat.size)?;
            Some((Held::new_of(found)?, at, found.stat.size))
        }) else {
            return false;
        };
        held.resume(at);
        held.remember(&place.at.marks);
        self.held = Some(held);
        let (cut, again) = (place.at.offset.saturating_sub(at), size.saturating_sub(at));
        let again = match again {
            0 => String::new(),
            again => format!("; lines among the {again} bytes behind that may come again"),
        };
        self.notes.push(format!(
            "{cut} bytes at its end that were read are cut off, or are not known to be as they were: reading on behind \
             the rest{again}"
        ));
        younger.clear();
        true
    }
}

impl Held {
    fn new_of(found: &Found) -> Option<Self> {
        Some(Self::new(found.file.again().ok()?, &found.stat))
    }
}

impl Found {
    fn holds(&self, spot: &Spot) -> bool {
        if self.is_packed {
            return spot.may_be_packed_at(self.stat.changed)
                && self.file.try_clone().is_ok_and(|file| spot.is_in_packed(file).unwrap_or(false));
        }
        self.stat.size >= spot.offset && spot.is_after(&Prints::of(&self.file, spot.offset))
    }
}

/// Which of the files holds what was read; the log before its copies, the younger before the older.
fn place_of(spot: &Spot, files: &[Found]) -> Option<usize> {
    let plain = (0..files.len()).rev().find(|at| !files[*at].is_packed && files[*at].holds(spot));
    plain.or_else(|| (0..files.len()).rev().find(|at| files[*at].is_packed && files[*at].holds(spot)))
}

/// The first of the older files that were written after what was read, which is nowhere.
fn written_since(spot: &Spot, older: &[Found]) -> usize {
    older.partition_point(|found| found.stat.changed <= spot.changed)
}

/// Leaves out copies of what the log still holds, and what is empty.
fn leave_copies(younger: &mut Vec<Found>, named: Identity) {
    let log = younger.iter().find(|found| found.stat.identity == named);
    let Some(mut log) = log.and_then(Held::new_of) else { return };
    log.take_head();
    let is_copy = |found: &Found| Held::new_of(found).is_some_and(|other| log.began_like(&other));
    younger.retain(|found| found.stat.identity == named || found.stat.size > 0 && !is_copy(found));
}

/// The log and what it was rotated to, open, the oldest first, as they are at one moment; before the log
/// also the file that was read last, where that lies beside it and is called otherwise.
fn files(path: &Path, folders: &[PathBuf], spot: &Spot) -> Vec<Found> {
    let mut before = Vec::new();
    let mut found = Vec::new();
    for _ in 0..LISTED {
        found = listed(path, folders, spot);
        let now: Vec<_> =
            found.iter().map(|found: &Found| (found.path.clone(), found.stat.identity)).collect();
        if now == before {
            break;
        }
        before = now;
    }
    found
}

fn listed(path: &Path, folders: &[PathBuf], spot: &Spot) -> Vec<Found> {
    let elder = |other: &PathBuf| {
        let names = path.file_name().zip(other.file_name());
        names.is_some_and(|(name, other)| is_elder(name, other))
    };
    let mut paths: Vec<PathBuf> = System.list(folder(path)).into_iter().filter(elder).collect();
    paths.sort_by_cached_key(|path| age(&plain_name(path)));
    let all = paths.clone();
    // While it is being packed, a file is there twice.
    paths.retain(|path| {
        let plain = plain_name(path);
        plain == *path || !all.contains(&plain)
    });
    // What a link pointed to may be called otherwise.
    let others = folders.iter().flat_map(|folder| System.list(folder));
    let is_it = |other: &PathBuf| System.stat(other).is_ok_and(|stat| spot.is_of(&stat));
    paths.extend(others.filter(|other| other != path && !all.contains(other) && is_it(other)));
    paths.push(path.to_owned());
    let open = |path: PathBuf| {
        let (file, stat) = opened(&System, &path).ok()?;
        let mut head = [0; super::super::archive::HEAD];
        let length = file.read_at(&mut head, 0).ok()?;
        let is_packed = !Packing::of(&head[..length], Some(&path)).is_plain();
        Some(Found { path, file, stat, is_packed })
    };
    let mut found: Vec<Found> = paths.into_iter().filter_map(open).collect();
    // A link to the log is the log, and one file with two names is one.
    let all: Vec<Identity> = found.iter().map(|found| found.stat.identity).collect();
    let mut place = 0;
    found.retain(|found| {
        place += 1;
        !all[place..].contains(&found.stat.identity)
    });
    found
}

#[cfg(test)]
mod tests;
