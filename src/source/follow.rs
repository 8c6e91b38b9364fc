//! Following one file through everything that happens to log files.
//!
//! The file system is the truth: every look asks what the path names now, how long the held file
//! is, and whether what was read is still there. A look never waits. What wakes one up is no
//! matter: a look at any time, or none for long, finds the same lines. A file is in one of these:
//!
//! ```text
//!  never seen ──(the path names it, or it lies beside)──▶ waiting ──▶ held ──▶ retired ──▶ known
//! ```
//!
//! * **Waiting** (`lookout`). Each file that the path named is opened as soon as that is seen, by
//!   whoever sees it, and waits in the order of writing. A file that was never seen but lies beside
//!   the path under a name that rotation gives was missed: it comes before what the path names.
//! * **Held.** One file is read. The next is taken only when one of those that wait was written to
//!   (asked *before* the held one is read to its end): a writer may go on in a renamed file until it
//!   is told to reopen, but what it writes after that it writes there. So lines come in the order of
//!   writing, also where a file was missed, or stayed empty.
//! * **Half a line** at the end of the held file, when the next was written to: the writer is
//!   gone, or another one is not yet told. It waits a moment for its end and then comes out alone,
//!   before the next file's first line.
//! * **Retired.** An old file stays open and is looked at for a while: there may be several writers.
//! * **Known.** What was seen is not read again, whatever it is called. An inode that is free is given
//!   to the next file at once, so its birth belongs to its identity.
//! * **Truncated.** The held file is shorter than what was read, or what was read is no longer there
//!   (truncated and grown again between two looks; asked again after each read, before what was
//!   read is believed). What was not read of it is looked for in its copies (`copies`); then it is read from
//!   its beginning. A file that only lost its last bytes goes on behind what is left:
//!   at the last line start of which it is known that nothing before it has changed.
//! * **Written anew** (`rewritten`). The path names another file that holds what was read: that is read behind it.
//! * **Kinds.** What the bytes are, the first of them say; how they become lines is in `way`.

mod copies;
mod held;
mod lookout;
mod others;
mod prints;
mod resume;
mod rewritten;
mod seen;
mod sizes;
mod state;

use std::collections::VecDeque;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use self::held::Fate;
use self::others::Among;
use self::sizes::Cuts;
use super::block::Piece;
use super::checkpoint::Spot;
use super::disk::{Disk, Handle as _, Stat, System, folder};
use super::past::{Past, identity};
use super::way::Stand;

pub(super) use held::{Held, open};
pub use lookout::Lookout;
pub(super) use prints::Prints;
pub use state::{Gap, State};

/// How long a renamed file is still looked at.
pub(super) const RETIRED: Duration = Duration::from_secs(60);
/// Renamed files that are still looked at.
const RETIRED_FILES: usize = 8;
/// How long half a line waits for its end when the next file was written to.
const HALF: Duration = Duration::from_secs(1);

/// One followed file.
#[derive(Debug)]
pub struct Follow<D: Disk = System> {
    lookout: Arc<Lookout<D>>,
    held: Option<Held<D::Handle>>,
    retired: VecDeque<(Duration, Held<D::Handle>)>,
    /// Since when the held file's last line waits for its end, and how long the file was then.
    half: Option<(Duration, u64)>,
    /// Where the last file was read to of which something was, and which is not held any more.
    last: Option<Spot>,
    state: State,
    /// Read nothing of what is there at the first look.
    from_end: bool,
    looked: bool,
    /// What was wrong with files that are not held any more.
    notes: Vec<String>,
    /// Whether it is rotated by copying and truncating; and whether it was said what that may lose.
    is_copied: bool,
    is_copying_told: bool,
    rotations: u64,
    /// Bytes of which an earlier run knew, and which are nowhere: to be reported.
    gone: u64,
    /// Among others of this process; none where the disk is a model of one.
    among: Option<Among>,
    /// Bytes that came and went between two looks, but for what copies may hold of them.
    passed: u64,
}

impl Follow {
    /// Follows `path` from its beginning, or from its end as it is at the first look.
    #[must_use]
    pub fn new(path: PathBuf, from_end: bool) -> Self {
        Self { among: Some(Among::new()), ..Self::on(System, path, from_end) }
    }

    /// Begins at a line start about `near` bytes before the end, instead of at the beginning, and
    /// answers with what lies before it, in this file and in those that it was rotated into. To be
    /// called before the first look. `except`: paths that are read otherwise.
    pub fn near_end(&mut self, near: u64, except: &[PathBuf]) -> Past {
        let except = except.iter().filter(|path| path.as_path() != self.path());
        let except = except.filter_map(|path| identity(path)).collect();
        let stretch = open(self.path()).ok().and_then(|mut held| {
            let stretch = held.skip_near_end(near, self.path());
            if let Ok(stat) = held.file.stat() {
                self.lookout.adopt(&stat);
            }
            self.looked = true;
            self.held = Some(held);
            stretch
        });
        Past::beside(self.path(), stretch, except)
    }
}

impl<D: Disk> Follow<D> {
    /// Follows `path` on `disk`.
    pub fn on(disk: D, path: PathBuf, from_end: bool) -> Self {
        Self {
            lookout: Arc::new(Lookout::new(disk, path)),
            held: None,
            retired: VecDeque::new(),
            half: None,
            last: None,
            state: State::Missing,
            from_end,
            looked: false,
            notes: Vec::new(),
            is_copied: false,
            is_copying_told: false,
            rotations: 0,
            gone: 0,
            passed: 0,
            among: None,
        }
    }

    /// The path.
    #[must_use]
    pub fn path(&self) -> &Path {
        self.lookout.path()
    }

    /// The folders whose changes matter: the path's own and, where it is a link, its target's.
    #[must_use]
    pub fn folders(&self) -> Vec<PathBuf> {
        let here = folder(self.path()).to_owned();
        let is_link = std::fs::symlink_metadata(self.path()).is_ok_and(|metadata| metadata.is_symlink());
        let target = is_link.then(|| std::fs::canonicalize(self.path()).ok()).flatten();
        let there = target.map(|target| folder(&target).to_owned());
        let there = there.filter(|there| std::fs::canonicalize(&here).is_ok_and(|here| here != *there));
        std::iter::once(here).chain(there).collect()
    }

    /// What opens new files: to be asked to, on any thread, as soon as the folder changed.
    #[must_use]
    pub fn lookout(&self) -> Arc<Lookout<D>> {
        Arc::clone(&self.lookout)
    }

    /// How often the path named another file than the one held.
    #[must_use]
    pub fn rotations(&self) -> u64 {
        self.rotations
    }

    /// How it stands since the last look.
    #[must_use]
    pub fn state(&self) -> &State {
        &self.state
    }

    /// Looks once: hands on what is new, and returns whether there is more to read at once.
    pub fn look(&mut self, on: &mut impl FnMut(Piece<'_>), lost: &mut impl FnMut(Gap)) -> bool {
        let first = !std::mem::replace(&mut self.looked, true);
        if self.gone > 0 {
            lost(Gap::of(std::mem::take(&mut self.gone)));
        }
        self.look_at_retired(on, lost);
        let named = self.lookout.see();
        if self.held.is_none() {
            self.held = self.lookout.take();
            if let (Some(held), true) = (&mut self.held, first && self.from_end) {
                held.skip_to_end();
            }
        }
        let held = self.held.as_ref().filter(|held| !held.is_copy && held.offset > 0);
        let read = || held.into_iter().chain(self.retired.iter().map(|(_, held)| held));
        self.is_copied |= self.lookout.drop_copies(|other| read().any(|held| held.began_like(other)));
        let (is_next_written, waiting) = self.lookout.waiting();
        let is_last = waiting == 0;
        let Some((stat, cuts)) = self.held.as_ref().and_then(|held| self.lookout.measure(&held.file).ok())
        else {
            self.state = self.without(named.err().unwrap_or(State::Missing));
            return false;
        };
        // What is empty is nobody's yet.
        if let Some(among) = self.among.as_mut().filter(|_| stat.size > 0) {
            self.notes.extend(among.reads(stat.who()).map(ToOwned::to_owned));
        }
        let cuts = self.not_copied(cuts);
        let Some(stat) = self.goes_on(stat, &cuts, is_last, on, lost) else { return true };
        let Some(held) = &mut self.held else { return true };
        let more = held.read(&stat, on);
        self.lookout.note(held.changed);
        self.state = match held.way.stand() {
            _ if more => State::Reading { read: held.offset, size: held.size },
            Stand::Growing => State::Live,
            Stand::Once => State::Once,
            Stand::Refused(unread) => State::Failing(unread.why(self.lookout.path())),
        };
        if more {
            return true;
        }
        if !is_next_written {
            self.half = None;
        }
        let is_over = self.held.as_ref().is_some_and(|held| held.is_copy) && waiting > 0;
        if is_over || is_next_written && !self.waits(waiting) {
            self.turn(on);
            return true;
        }
        // The path may be gone, or closed to us, while the writer still has the file.
        if let Err(state) = named {
            self.state = self.without(state);
        }
        false
    }

    /// How it stands where the path names nothing that can be read: what was read is not there any more.
    fn without(&self, state: State) -> State {
        let is_read = self.held.is_some() || self.last.is_some();
        if state == State::Missing && is_read { State::Gone } else { state }
    }

    /// Whether a line waits for its end, though the next file was written to: soon there is more.
    #[must_use]
    pub fn is_waiting(&self) -> bool {
        self.half.is_some()
    }

    /// Nothing more will be read: hands on what waits for its line end.
    pub fn end(&mut self, on: &mut impl FnMut(Piece<'_>)) {
        for (_, held) in &mut self.retired {
            held.end(&mut *on);
        }
        while let Some(mut held) = self.held.take() {
            held.end(&mut *on);
            self.notes.append(&mut held.way.take_notes());
            // Half a line may have kept others waiting; whose text it is that is being packed nobody can tell.
            self.held = std::iter::from_fn(|| self.lookout.take()).find(|next| !next.is_packing());
            if let Some(next) = &mut self.held {
                while next.drain(&mut *on, &mut |_| {}) {}
            }
        }
    }

    /// What was wrong with what was read, in words for the operator; each is told once.
    pub fn take_notes(&mut self) -> Vec<String> {
        let held = self.retired.iter_mut().map(|(_, held)| held).chain(&mut self.held);
        let notes: Vec<String> = held.flat_map(|held| held.way.take_notes()).collect();
        self.notes.extend(notes);
        std::mem::take(&mut self.notes)
    }

    /// How the held file is, if it goes on where it was read to; else another one is to be read now.
    fn goes_on(
        &mut self,
        stat: Stat,
        cuts: &Cuts,
        is_last: bool,
        on: &mut impl FnMut(Piece<'_>),
        lost: &mut impl FnMut(Gap),
    ) -> Option<Stat> {
        let held = self.held.as_mut()?;
        if held.offset == 0 {
            if let Some((most, _)) = cuts.first() {
                self.passed += cuts.lost(0).iter().sum::<u64>() + held.size.saturating_sub(most);
                held.size = stat.size;
            }
            if is_last {
                held.size = held.size.max(stat.size);
                return self.begins(stat.size, lost);
            }
            // It was longer, and is followed by others that were written to: nothing will be made of it.
            let gone = held.size.saturating_sub(stat.size) + std::mem::take(&mut self.passed);
            if gone > 0 {
                lost(Gap::of(gone));
            }
            held.size = stat.size;
            return Some(stat);
        }
        match held.fate(&stat, true) {
            Fate::There => {
                // Only what was not read was cut off.
                let gone = cuts.most().saturating_sub(stat.size.max(held.offset));
                if gone > 0 {
                    lost(Gap::of(gone));
                }
            }
            Fate::CutBack(at) => {
                held.size = held.size.max(cuts.most());
                let again = held.cut_back(at, on, lost);
                if again > 0 {
                    self.notes.push(format!(
                        "its last bytes were cut off: reading on {at} bytes from its beginning, up to where it is known to \
                         be as it was; lines among the {again} bytes behind that may come again"
                    ));
                }
                // What was cut since is counted.
                held.size = held.size.max(self.lookout.measure(&held.file).map_or(0, |(now, _)| now.size));
            }
            Fate::Gone => {
                let gone = cuts.lost(held.offset);
                match gone[..] {
                    [] => {}
                    [_] => held.size = held.size.max(cuts.most()),
                    [first, ..] => held.size = held.offset + first,
                }
                self.passed += gone.iter().skip(1).sum::<u64>();
                self.truncated(&stat, on, lost);
                return None;
            }
        }
        Some(stat)
    }

    /// Whether the held file's last line waits for its end, though the next file was written to, or that is just
    /// being packed.
    fn waits(&mut self, waiting: usize) -> bool {
        let Some(held) = self.held.as_ref().filter(|held| held.has_half() || self.lookout.is_packing())
        else {
            return false;
        };
        let now = self.lookout.disk().now();
        let (since, size) = self.half.filter(|(_, size)| *size == held.offset).unwrap_or((now, held.offset));
        self.half = Some((since, size));
        !Lookout::<D>::is_crowded(waiting) && now < since + HALF
    }

    /// Goes on with the next file, and keeps the held one open for a while.
    fn turn(&mut self, on: &mut impl FnMut(Piece<'_>)) {
        let Some(mut held) = self.held.take() else { return };
        self.half = None;
        self.last = held.spot().or(self.last.take());
        // Nobody will truncate it now: its copies are done with.
        if !held.is_copy {
            self.is_copied |= self.lookout.know_copies(|other| held.began_like(other));
            // Of what was read before, too: another thread may have seen them since.
            let read = || std::iter::once(&held).chain(self.retired.iter().map(|(_, held)| held));
            self.is_copied |= self.lookout.drop_copies(|other| read().any(|held| held.began_like(other)));
        }
        let mut next = self.lookout.take();
        let before = next
            .as_ref()
            .and_then(|next| self.retired.iter().position(|(_, retired)| retired.identity == next.identity));
        if before.is_some() || !self.goes_on_in(&mut held, next.as_mut()) {
            held.end(&mut *on);
        }
        let before = before.and_then(|place| self.retired.remove(place)).map(|(_, held)| held);
        // The same once more: truncated, or named again after another one.
        if !held.is_copy && next.as_ref().is_none_or(|next| next.identity != held.identity) {
            self.rotations += 1;
            self.retire(held);
        }
        self.held = before.or(next);
    }

    fn retire(&mut self, held: Held<D::Handle>) {
        if self.retired.len() >= RETIRED_FILES
            && let Some((_, mut oldest)) = self.retired.pop_front()
        {
            self.notes.append(&mut oldest.way.take_notes());
            self.lookout.past(&oldest);
        }
        self.retired.push_back((self.lookout.disk().now() + RETIRED, held));
    }

    fn look_at_retired(&mut self, on: &mut impl FnMut(Piece<'_>), lost: &mut impl FnMut(Gap)) {
        if self.retired.is_empty() {
            return;
        }
        let notes = &mut self.notes;
        self.retired.retain_mut(|(_, held)| {
            let stat = held.file.stat();
            // Overwritten (a copy by the next one, an old file by its shredder), it has no new lines.
            let is_there = stat.is_ok_and(|stat| held.fate(&stat, false) != Fate::Gone);
            if is_there {
                while held.drain(on, lost) {}
            } else {
                if held.unread() > 0 {
                    lost(Gap::of(held.unread()));
                }
                notes.append(&mut held.way.take_notes());
            }
            is_there
        });
        let now = self.lookout.disk().now();
        while self.retired.front().is_some_and(|(until, _)| *until <= now) {
            if let Some((_, mut held)) = self.retired.pop_front() {
                held.end(&mut *on);
                self.notes.append(&mut held.way.take_notes());
                self.lookout.past(&held);
            }
        }
    }
}

#[cfg(test)]
mod model;
#[cfg(test)]
mod tests;
