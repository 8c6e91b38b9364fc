//! What is known of the files beside a followed path: which are open and wait, which were read or seen.

use std::collections::VecDeque;
use std::time::Duration;

use hashbrown::HashSet;

use super::held::Held;
use crate::source::disk::{Handle, Identity, Stat};

/// Files remembered as seen.
const KNOWN: usize = 4_096;
/// Files whose beginnings are remembered.
const BEGINNINGS: usize = 256;

/// Within so long a folder may change again, and keep its time stamp.
const COARSE: Duration = Duration::from_secs(2);
/// A folder is listed again after so long, whatever its time stamp says.
const AGAIN: Duration = Duration::from_secs(30);

/// By what a file is known that is not held open: device, inode, birth.
pub(super) type Who = (Identity, Option<i128>);

/// What is known.
#[derive(Debug)]
pub(super) struct Seen<H> {
    /// Whether it was looked at once: what lay beside it then is no missed rotation.
    pub(super) begun: bool,
    /// What the path named last. It is held open, here or by the reader.
    pub(super) last: Option<Identity>,
    /// To be read, in the order of writing.
    pub(super) next: VecDeque<Held<H>>,
    /// Files that were seen.
    known: Known,
    /// How files began that are past, and not held any more: bytes that are compared, and their hash.
    beginnings: VecDeque<(usize, u64)>,
    /// When the file that is read was last written, as far as was seen.
    pub(super) since: (i64, i64),
    pub(super) listed: Option<Listed>,
}

/// When the folder was listed last while the path named nothing.
#[derive(Debug)]
pub(super) struct Listed {
    /// When the folder was changed, by its own time stamp; and since when it is seen to be so.
    changed: (i64, i64),
    since: Duration,
    at: Duration,
}

impl Listed {
    /// Whether a folder that was changed last at `changed` needs not be listed `now`; what was told before is renewed.
    pub(super) fn is_enough(told: &mut Option<Self>, changed: (i64, i64), now: Duration) -> bool {
        match told {
            Some(listed) if listed.changed == changed => {
                let is_done = listed.at >= listed.since + COARSE && now < listed.at + AGAIN;
                if !is_done {
                    listed.at = now;
                }
                is_done
            }
            _ => {
                *told = Some(Self { changed, since: now, at: now });
                false
            }
        }
    }
}

/// Files that were seen, by device, inode and birth; the oldest are forgotten.
#[derive(Debug, Default)]
struct Known {
    all: HashSet<Who>,
    order: VecDeque<Who>,
}

impl<H: Handle> Seen<H> {
    pub(super) fn new() -> Self {
        Self {
            begun: false,
            last: None,
            next: VecDeque::new(),
            known: Known::default(),
            beginnings: VecDeque::new(),
            since: (i64::MIN, 0),
            listed: None,
        }
    }

    /// Whether it is told by others what this file holds: it is packed, and one of them is what of, or that was read.
    /// Packed just after it was opened, or, where the clock's ticks do not tell whether it kept its time, long ago.
    pub(super) fn is_told<'h>(
        &self,
        held: &Held<H>,
        is_later: bool,
        mut others: impl Iterator<Item = &'h Held<H>>,
    ) -> bool
    where
        H: 'h,
    {
        let is_past = |began: &(usize, u64)| held.unpacked_begins(*began);
        held.is_packed()
            && (others.any(|other| !other.is_packed() && other.begins_what(held))
                || !is_later && self.beginnings.iter().any(is_past))
    }

    /// Files that were just being packed when they were opened may be told by now.
    pub(super) fn look_into_packed(&mut self) {
        for place in (0..self.next.len()).rev() {
            if !self.next[place].is_packing() {
                continue;
            }
            let Some(mut held) = self.next.remove(place) else { continue };
            held.unpack_head();
            let is_later = held.file.stat().is_ok_and(|stat| stat.is_made_later(0));
            if !self.is_told(&held, is_later, self.next.iter()) {
                self.next.insert(place, held);
            }
        }
    }
}

impl<H> Seen<H> {
    pub(super) fn past(&mut self, beginning: Option<(usize, u64)>) {
        if self.beginnings.len() >= BEGINNINGS {
            self.beginnings.pop_front();
        }
        self.beginnings.extend(beginning);
    }

    /// Whether this file was seen.
    pub(super) fn knows(&self, stat: &Stat) -> bool {
        self.known.all.contains(&stat.who())
    }

    pub(super) fn know(&mut self, stat: &Stat) {
        self.know_who(stat.who());
    }

    pub(super) fn know_who(&mut self, who: Who) {
        if self.known.all.insert(who) {
            self.known.order.push_back(who);
        }
        if self.known.order.len() > KNOWN
            && let Some(oldest) = self.known.order.pop_front()
        {
            self.known.all.remove(&oldest);
        }
    }
}
