//! What a path named, one file after the other, each held open from the moment that it was seen.
//!
//! A log that is rotated a hundred times a second and reaped soon after can be read only by who
//! opens it at once. So this is shared: the thread that hears of changes in the folder opens what
//! is new, while the one that reads is busy; descriptors wait in the order of writing, and no more
//! than so many. What was missed nevertheless is looked for beside the path, under the names that
//! rotation gives, among files that were never seen.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard, PoisonError};

use super::held::{Held, opened};
use super::seen::{Listed, Seen, Who};
use super::sizes::{Cuts, Sizes};
use super::{Prints, State};
use crate::source::disk::{Disk, Handle as _, Identity, Stat, folder};
use crate::source::elders::{PACKED, is_elder, is_packed};

/// Descriptors that wait at most.
const WAITING: usize = 128;
/// How often a folder is listed again at most until nothing moves in it.
const LISTED: usize = 8;

/// Nanoseconds in a second.
const NANOS: i128 = 1_000_000_000;

/// Looks out for what a path names.
#[derive(Debug)]
pub struct Lookout<D: Disk> {
    disk: D,
    path: PathBuf,
    seen: Mutex<Seen<D::Handle>>,
    sizes: Mutex<Sizes>,
}

impl<D: Disk> Lookout<D> {
    pub(super) fn new(disk: D, path: PathBuf) -> Self {
        Self { disk, path, seen: Mutex::new(Seen::new()), sizes: Mutex::default() }
    }

    pub(super) fn disk(&self) -> &D {
        &self.disk
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    /// Looks at what the path names now, and opens it if it is new.
    ///
    /// # Errors
    /// Why nothing can be read there.
    pub fn see(&self) -> Result<(), State> {
        // Asked before the lock is taken: who holds it and has to wait for the processor keeps the other thread
        // from opening what is gone soon. What is no longer so is noticed when it is opened.
        let named = self.named().map_err(|error| State::of(&self.path, &error));
        let mut seen = self.seen();
        match &named {
            Ok(stat) if seen.last == Some(stat.identity) => return Ok(()),
            Ok(Stat { unfit: Some(what), .. }) => return Err(State::Unfit(what)),
            _ if seen.next.len() >= WAITING => return named.map(|_| ()),
            _ => {}
        }
        let named = named.and_then(|_| opened(&self.disk, &self.path));
        let (mut next, mut again, mut answer) = (Vec::new(), None, Ok(()));
        match named {
            Ok((_, stat)) if seen.last == Some(stat.identity) => return Ok(()),
            Ok((file, stat)) => {
                seen.know(&stat);
                seen.last = Some(stat.identity);
                // A file that was taken for a missed one before: it is open already.
                let place = seen.next.iter().position(|waits| waits.identity == stat.identity);
                again = place.and_then(|place| seen.next.remove(place));
                if again.is_none() {
                    next.push((self.path.clone(), file, stat));
                }
            }
            Err(state) => answer = Err(state),
        }
        // What was there before the first look is past; what came since was missed.
        if std::mem::replace(&mut seen.begun, true) {
            // An older file that was unpacked or restored keeps its time. Where the clock was set
            // back, times tell nothing.
            let is_back = next.first().is_some_and(|(_, _, stat)| stat.changed < seen.since);
            let since = if is_back { (i64::MIN, 0) } else { seen.since };
            let is_unchanged = next.is_empty() && self.is_unchanged(&mut seen.listed);
            let missed = if is_unchanged { Vec::new() } else { self.unseen(&seen, since, true) };
            missed.iter().for_each(|(_, _, stat)| seen.know(stat));
            next.extend(missed);
            in_order_of_writing(&mut next, &self.path);
        } else {
            self.know_elders(&mut seen);
        }
        let new: Vec<_> = next.into_iter().map(|(path, file, stat)| self.waits(&path, file, &stat)).collect();
        let is_new: Vec<bool> = new
            .iter()
            .map(|(held, is_later)| {
                let others = seen.next.iter().chain(new.iter().map(|(other, _)| other));
                !seen.is_told(held, *is_later, others)
            })
            .collect();
        let new = new.into_iter().zip(is_new).filter_map(|((held, _), is_new)| is_new.then_some(held));
        seen.next.extend(new);
        seen.next.extend(again);
        answer
    }

    /// Whether the folder was listed since it was changed, so that this needs not be done again: each time it is, who
    /// watches the folder is woken.
    fn is_unchanged(&self, listed: &mut Option<Listed>) -> bool {
        let Ok(Stat { changed, .. }) = self.disk.stat(folder(&self.path)) else { return false };
        Listed::is_enough(listed, changed, self.disk.now())
    }

    /// What the path names; its size is noted, unless another thread just does that.
    fn named(&self) -> io::Result<Stat> {
        let mut sizes = self.sizes.try_lock().ok();
        let named = self.disk.stat(&self.path)?;
        sizes.iter_mut().for_each(|sizes| sizes.saw(&named));
        Ok(named)
    }

    /// How an open file is, and how it was seen cut since that was asked last, if the path names it.
    pub(super) fn measure(&self, file: &D::Handle) -> io::Result<(Stat, Cuts)> {
        let mut sizes = self.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        let stat = file.stat()?;
        let cuts = sizes.cuts(&stat);
        Ok((stat, cuts))
    }

    /// A file that waits to be read, and whether it is later than what it was made of, if it is packed.
    fn waits(&self, path: &Path, file: D::Handle, stat: &Stat) -> (Held<D::Handle>, bool) {
        let mut held = Held::new(file, stat);
        held.is_missed = path != self.path;
        if held.is_missed && is_packed_path(path) {
            held.unpack_head();
        }
        (held, stat.is_made_later(0))
    }

    /// The path names `stat`, which is held already.
    pub(super) fn adopt(&self, stat: &Stat) {
        let mut seen = self.seen();
        seen.begun = true;
        seen.last = Some(stat.identity);
        seen.know(stat);
        self.know_elders(&mut seen);
    }

    /// Goes on where an earlier run stopped: the path names `named`, and these are read next. `there`: what was
    /// found, the file that is held among it.
    pub(super) fn resume(&self, named: Option<Identity>, there: &[Stat], next: Vec<Held<D::Handle>>) {
        let mut seen = self.seen();
        seen.begun = true;
        seen.last = named;
        there.iter().for_each(|stat| seen.know(stat));
        for held in &next {
            held.file.stat().into_iter().for_each(|stat| seen.know(&stat));
        }
        seen.next.extend(next);
        self.know_elders(&mut seen);
    }

    /// The next file to be read.
    pub(super) fn take(&self) -> Option<Held<D::Handle>> {
        self.seen().next.pop_front()
    }

    /// Gives back files that are to be read next, the first of them first.
    pub(super) fn give_back(&self, files: Vec<Held<D::Handle>>) {
        let mut seen = self.seen();
        files.into_iter().rev().for_each(|held| seen.next.push_front(held));
    }

    /// Whether another file follows that was written to; how many wait.
    pub(super) fn waiting(&self) -> (bool, usize) {
        let mut seen = self.seen();
        // What was written may be truncated already.
        let is_written = |held: &mut Held<D::Handle>| {
            let Ok(stat) = held.file.stat() else { return false };
            if held.offset == 0 {
                held.size = held.size.max(stat.size);
            }
            stat.size > 0 || stat.changed != held.changed
        };
        let is_written = seen.next.iter_mut().any(is_written);
        (is_written, seen.next.len())
    }

    /// Whether descriptors wait that another thread should not wait for.
    pub(super) fn is_crowded(waiting: usize) -> bool {
        waiting >= WAITING / 2
    }

    /// The file that is read was written at `changed`.
    pub(super) fn note(&self, changed: (i64, i64)) {
        self.seen().since = changed;
    }

    /// Files beside the path that were not accounted for, in the order of writing: copies of what the
    /// path names, if that is `held`.
    pub(super) fn beside(&self, held: Identity) -> Vec<Held<D::Handle>> {
        let seen = self.seen();
        if seen.last != Some(held) {
            return Vec::new();
        }
        let beside = self.unseen(&seen, (i64::MIN, 0), false);
        // Renamed meanwhile: what lies there now may be younger.
        if !self.disk.stat(&self.path).is_ok_and(|named| named.identity == held) {
            return Vec::new();
        }
        let copies = beside.into_iter().filter(|(_, _, stat)| !stat.is_restored());
        copies.map(|(_, file, stat)| Held::new(file, &stat)).collect()
    }

    /// Files that were taken for missed ones, and are copies of what was read; whether there were any.
    pub(super) fn drop_copies(&self, is_copy: impl Fn(&Held<D::Handle>) -> bool) -> bool {
        let mut seen = self.seen();
        let before = seen.next.len();
        seen.look_into_packed();
        seen.next.retain(|held| !held.is_missed || !is_copy(held));
        seen.next.len() < before
    }

    /// Whether the next file is just being packed: it may be a copy of what was read.
    pub(super) fn is_packing(&self) -> bool {
        self.seen().next.front().is_some_and(Held::is_packing)
    }

    /// A file is held no more.
    pub(super) fn past(&self, held: &Held<D::Handle>) {
        self.seen().past(held.prints().beginning());
    }

    /// Files beside the path that are copies of what was read are accounted for; whether there were any.
    pub(super) fn know_copies(&self, is_copy: impl Fn(&Held<D::Handle>) -> bool) -> bool {
        let beside = self.list(false);
        let mut seen = self.seen();
        if beside.iter().all(|(_, stat)| seen.knows(stat)) {
            return false;
        }
        let mut copies = self.unseen(&seen, (i64::MIN, 0), false);
        copies.retain_mut(|(_, file, stat)| file.again().is_ok_and(|file| is_copy(&Held::new(file, stat))));
        copies.iter().for_each(|(_, _, stat)| seen.know(stat));
        !copies.is_empty()
    }

    /// A file is accounted for.
    pub(super) fn know(&self, held: &Held<D::Handle>) {
        if let Ok(stat) = held.file.stat() {
            self.seen().know(&stat);
        }
    }

    /// Whether this file lies beside the path, under a name that rotation gives.
    pub(super) fn is_beside(&self, file: Identity) -> bool {
        self.list(false).iter().any(|(_, stat)| stat.identity == file)
    }

    /// A file beside the path, seen before or not, that `is_sought`.
    pub(super) fn elder(&self, is_sought: impl Fn(&Held<D::Handle>) -> bool) -> Option<Held<D::Handle>> {
        let opened = self.list(false).into_iter().filter_map(|(path, _)| opened(&self.disk, &path).ok());
        opened.map(|(file, stat)| Held::new(file, &stat)).find(is_sought)
    }

    /// Files that were never seen and were written at `since` or later, open, as they are at one
    /// moment: a rotation while they are listed would hide one, or give one another's name. `packed`: also what
    /// was packed since, and kept its time: that is not earlier than all that was read.
    fn unseen(&self, seen: &Seen<D::Handle>, since: (i64, i64), packed: bool) -> Vec<Opened<D::Handle>> {
        let mut open: Vec<Opened<D::Handle>> = Vec::new();
        let mut before = None;
        for _ in 0..LISTED {
            let listed = self.list(packed);
            let mut is_still = true;
            for (path, listed) in &listed {
                let is_old = match is_packed_path(path) {
                    true => {
                        listed.changed < seen.since || seen.since.0 == i64::MIN || listed.is_made_earlier()
                    }
                    false => listed.changed < since,
                };
                let known = is_old || seen.knows(listed);
                if let Some(one) = open.iter_mut().find(|(_, _, stat)| stat.who() == listed.who()) {
                    one.0.clone_from(path);
                } else if !known && open.len() + seen.next.len() < WAITING {
                    match opened(&self.disk, path) {
                        Ok((file, stat)) if stat.who() == listed.who() => {
                            open.push((path.clone(), file, stat))
                        }
                        Ok(_) | Err(State::Missing) => is_still = false,
                        Err(_) => {}
                    }
                }
            }
            let now: Vec<_> = listed.into_iter().map(|(path, stat)| (path, stat.who())).collect();
            if is_still && before.as_ref() == Some(&now) {
                break;
            }
            before = is_still.then_some(now);
        }
        in_order_of_writing(&mut open, &self.path);
        open
    }

    fn know_elders(&self, seen: &mut Seen<D::Handle>) {
        let mut before = Vec::new();
        for _ in 0..LISTED {
            let now: Vec<_> = self.list(true).into_iter().map(|(path, stat)| (path, stat.who())).collect();
            for (path, who) in &now {
                seen.know_who(*who);
                // Packed later, it has another identity.
                if !is_packed_path(path)
                    && !before.contains(&(path.clone(), *who))
                    && let Ok((file, stat)) = opened(&self.disk, path)
                {
                    seen.past(Prints::of(&file, stat.size).beginning());
                }
            }
            if now == std::mem::replace(&mut before, now.clone()) {
                break;
            }
        }
    }

    /// Regular files beside the path, under the names that rotation gives; packed ones, too, or not.
    fn list(&self, packed: bool) -> Vec<(PathBuf, Stat)> {
        let Some(name) = self.path.file_name() else { return Vec::new() };
        let paths = self.disk.list(folder(&self.path)).into_iter();
        let elders = paths
            .filter(|path| path.file_name().is_some_and(|other| is_elder(name, other)))
            .filter(|path| packed || !is_packed_path(path));
        let elders = elders.filter_map(|path| Some((self.disk.stat(&path).ok()?, path)));
        elders.filter(|(stat, _)| stat.unfit.is_none()).map(|(stat, path)| (path, stat)).collect()
    }

    fn seen(&self) -> MutexGuard<'_, Seen<D::Handle>> {
        self.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Stat {
    /// By what a file is known that is not held open.
    pub(super) fn who(&self) -> Who {
        (self.identity, self.born)
    }

    /// Whether it was unpacked or restored: that keeps the time of what it was made of.
    fn is_restored(&self) -> bool {
        self.is_made_later(NANOS)
    }

    /// Whether it was written after it was made: what is packed and keeps its
    /// time is not.
    fn is_made_earlier(&self) -> bool {
        let changed = i128::from(self.changed.0) * NANOS + i128::from(self.changed.1);
        self.born.is_none_or(|born| born < changed)
    }

    /// Whether it was made at least so many nanoseconds after it was written last.
    pub(super) fn is_made_later(&self, by: i128) -> bool {
        let changed = i128::from(self.changed.0) * NANOS + i128::from(self.changed.1);
        self.born.is_some_and(|born| changed + by < born)
    }
}

/// A file, open: as it was called, its handle, and how it was.
type Opened<H> = (PathBuf, H, Stat);

/// Made earlier, written earlier. Times go by ticks; within one, names tell: the log is the last.
fn in_order_of_writing<H>(files: &mut [Opened<H>], log: &Path) {
    files.sort_by_cached_key(|(path, _, stat)| {
        let written = i128::from(stat.changed.0) * NANOS + i128::from(stat.changed.1);
        // Packing makes a new file that keeps the time.
        let born = if is_packed_path(path) { Some(written) } else { stat.born };
        (born, written, path == log, age(&plain_name(path)))
    });
}

fn is_packed_path(path: &Path) -> bool {
    path.file_name().is_some_and(is_packed)
}

/// Sorts names of one log by age, the oldest first: `.10` before `.2`, `-20261120` before `-20261121`.
pub(super) fn age(path: &Path) -> (i64, PathBuf) {
    let number = path.extension().and_then(|number| number.to_str());
    let number = number.filter(|number| number.len() < 6).and_then(|number| number.parse::<i64>().ok());
    (number.map_or(0, |number| -number), path.to_owned())
}

/// What a packed file was called before.
pub(super) fn plain_name(path: &Path) -> PathBuf {
    let bytes = path.as_os_str().as_encoded_bytes();
    let is_packed = PACKED.iter().any(|end| bytes.ends_with(end));
    if is_packed { path.with_extension("") } else { path.to_owned() }
}
