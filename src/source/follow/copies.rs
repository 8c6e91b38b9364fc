//! Copies that are made of a log before it is truncated, to be written from its beginning again
//! (logrotate's `copytruncate`).
//!
//! Nothing ties a copy to what was read but its bytes. A log that is rotated so goes through *lives*,
//! each from one truncation to the next; a copy holds the first bytes of one life. What can be known,
//! and how:
//!
//! * **Which life is there now?** The one that begins with the bytes that are there. Lives do not come
//!   back, so bytes that are there before and after something was asked were there all the while.
//! * **Which lives were missed?** All those whose copies were never accounted for and do not begin as
//!   the present one does. The folder is listed *between* two looks at the log's first bytes: every
//!   copy that is listed then is of the present life or of one before it.
//! * **What was not read of the life that ended?** What its longest copy holds behind the place up to
//!   which it was read: a copy that begins with the same bytes, and has the same ones before that
//!   place. Where none has them, they are lost; what was seen of its size tells how many at least.
//!
//! So the order is: the rest of the life that ended, the lives that were missed, oldest first, the
//! present one. A copy of the present life is left alone until that is truncated. An empty one tells
//! nothing (it may just be being made) and is left alone, too.

use super::held::Held;
use super::sizes::Cuts;
use super::{Follow, Gap};
use crate::source::block::Piece;
use crate::source::disk::{Disk, Handle as _, Stat};

/// What no follower can know of, and the operator can change.
const COPYING: &str = "is rotated by copying and truncating: a line that is written between the two is gone without a \
                       trace; logrotate's `create` with a signal to the writer loses none";
/// How often the log may be truncated while its copies are looked for, until that is left for the
/// next look.
const TRIES: usize = 8;

impl<D: Disk> Follow<D> {
    /// What cuts tell, where there are no copies: how much of what was cut off these hold, sizes do not tell.
    pub(super) fn not_copied(&mut self, cuts: Cuts) -> Cuts {
        let Some(held) = self.held.as_ref().filter(|_| cuts.first().is_some()) else { return cuts };
        self.is_copied |= !self.lookout.beside(held.identity).is_empty();
        if self.is_copied { Cuts::default() } else { cuts }
    }

    /// Before the held file's first byte is read: copies of lives that were missed come before. How
    /// the file is, where it is to be read now. `least`: how long it just was.
    pub(super) fn begins(&mut self, mut least: u64, lost: &mut impl FnMut(Gap)) -> Option<Stat> {
        let held = self.held.as_mut()?;
        // What was cut off, though it is as long again.
        let mut cut = 0;
        for _ in 0..TRIES {
            held.take_head();
            // Where it was cut since, that is counted here.
            let (stat, _) = self.lookout.measure(&held.file).ok()?;
            // Shorter than it was: what is there now is not what was there then.
            if stat.size < held.size {
                least = least.min(stat.size);
            } else {
                cut = cut.max(held.size - least.min(held.size));
                (held.size, least) = (stat.size, stat.size);
            }
            let beside = self.lookout.beside(held.identity);
            self.is_copied |= !beside.is_empty();
            if !held.has_head(stat.size) {
                continue;
            }
            let mut copies: Vec<Held<D::Handle>> = Vec::new();
            for other in beside.into_iter().filter(|other| other.size > 0 && !held.began_like(other)) {
                self.lookout.know(&other);
                // Copied twice before it was truncated: the later one has it all.
                copies.retain(|before| !before.begins_like(&other));
                copies.push(other);
            }
            // It was as long once, and is shorter now: as much was truncated away.
            let copied = copies.iter().map(|copy| copy.size).max().unwrap_or(0);
            let gone = held.size.saturating_sub(copied.max(least)).max(cut.saturating_sub(copied));
            let passed = std::mem::take(&mut self.passed);
            let gone = gone + if self.is_copied { 0 } else { passed };
            if gone > 0 {
                lost(Gap::of(gone));
            }
            held.size = stat.size;
            if copies.is_empty() {
                return Some(stat);
            }
            copies.iter_mut().for_each(|copy| copy.is_copy = true);
            self.read_before(copies);
            return None;
        }
        None
    }

    /// The held file was truncated: what was not read of it comes from its copy, then it is read
    /// from its beginning. `stat`: as it was just before that was noticed.
    pub(super) fn truncated(
        &mut self,
        stat: &Stat,
        on: &mut impl FnMut(Piece<'_>),
        lost: &mut impl FnMut(Gap),
    ) {
        let Some(held) = &mut self.held else { return };
        let mut copies = self.lookout.beside(held.identity);
        self.is_copied |= !copies.is_empty();
        // What is older than a copy of the life that ended is of no later one.
        let longest = copies.iter().map(|copy| copy.size).max().unwrap_or(0);
        let last = copies.iter().rposition(|other| held.began_like(other));
        copies.truncate(last.map_or(0, |last| last + 1));
        copies.iter().for_each(|copy| self.lookout.know(copy));
        copies.retain(|copy| held.is_copied_to(copy));
        let copy = copies.into_iter().max_by_key(|copy| copy.size);
        // One that was there when following began was never one that was missed.
        let copy = copy.or_else(|| self.lookout.elder(|other| held.is_copied_to(other)));
        // Where more was read than was copied, that is the line between the two.
        let is_copied = || last.is_some() || self.lookout.elder(|other| held.began_like(other)).is_some();
        if !self.is_copying_told && (copy.is_some() || is_copied()) {
            self.is_copying_told = true;
            self.notes.push(COPYING.to_owned());
        }
        let copied = copy.as_ref().map_or(held.offset, |copy| copy.size.max(held.offset));
        // It is shorter than it just was: that much is gone, of this life or of one that was missed, but for what
        // their copies may hold. As long or longer, it may be the present one.
        let now = held.file.stat().map_or(0, |now| now.size);
        let just = if now < stat.size { stat.size.saturating_sub(longest.max(copied)) } else { 0 };
        let gone = held.size.saturating_sub(copied).max(just);
        if gone > 0 {
            lost(Gap::of(gone));
        }
        let copy = copy.filter(|copy| copy.size > held.offset);
        let copy = copy.map(|mut copy| {
            copy.go_on_from(held);
            copy
        });
        if copy.is_none() {
            held.end(on);
        }
        self.last = held.spot().or(self.last.take());
        held.begin_again();
        held.size = held.size.max(now);
        // What was cut since is counted.
        held.size = held.size.max(self.lookout.measure(&held.file).map_or(0, |(now, _)| now.size));
        self.notes.append(&mut held.way.take_notes());
        self.read_before(copy.into_iter().collect());
    }

    /// These are read before the held file.
    fn read_before(&mut self, mut files: Vec<Held<D::Handle>>) {
        files.extend(self.held.take());
        self.held = (!files.is_empty()).then(|| files.remove(0));
        self.lookout.give_back(files);
    }
}
