//! Feeds the incident watch from what is counted, and gives what it finds a name.

mod compose;
mod count;
mod heard;
mod named;
mod rehearsal;

use hashbrown::HashMap;

use compose::composition;
pub(super) use heard::{Heard, Said};
pub(super) use named::{Names, named, noticed};
pub use rehearsal::{Rehearsal, Rehearsed};

use crate::aggregate::{Leaf, Reservoir, Rings, Strands, Whose};
use crate::diagnose::incident::{
    Case, Failing, Fault, Of, Reply, Slice, Thresholds, Troubles, Watch, family, fault,
};
use crate::model::{self, Category, Moment, Party, Verdict};
use crate::text::Clean;

/// The width of a strand's finest slot, in milliseconds.
const STRAND: i64 = 10_000;
/// A day is looked through in pieces of this many milliseconds, whole slots of every width, so that
/// what is held and sorted at once is little.
const PIECE: i64 = 600_000;
/// Families of lists, and lists of one family, that have a number of their own.
const LISTS: usize = 255;
/// How long before an incident is what was before it, in milliseconds.
const BEFORE: i64 = 3_600_000;
/// Replies that make a provider struck, and not a stray one.
const STRUCK: u64 = 3;

/// What the watch looks at.
#[derive(Copy, Clone)]
pub(super) struct Counted<'a> {
    /// What is counted.
    pub leaves: &'a [Leaf],
    /// When.
    pub rings: &'a Rings,
    /// What of it was heard before.
    pub echoes: &'a Rings,
    /// Sources and campaigns, without what was heard before.
    pub strands: &'a Strands,
    /// Some of all attempts, with what no count tells together: where, by which source, of which campaign.
    pub reservoir: &'a Reservoir,
}

/// The watch, and what it needs to know of what is counted.
#[derive(Debug)]
pub(super) struct Detector {
    thresholds: Thresholds,
    watch: Watch,
    /// What is no incident, and never becomes one.
    troubles: Troubles,
    until: Option<Moment>,
    roles: Vec<Role>,
    lists: Lists,
}

/// What a leaf is to the watch.
#[derive(Copy, Clone, Debug)]
struct Role {
    party: Party,
    reply: Option<(Category, Fault, u16)>,
}

/// Lists by number; those of one family have the upper half in common.
#[derive(Debug, Default)]
struct Lists {
    families: Vec<(Clean, Vec<Clean>)>,
}

/// Counts of one slot.
struct Slot<K> {
    start: i64,
    of: K,
    reply: Option<(Category, Fault, u16)>,
    count: i64,
}

impl Detector {
    pub(super) fn new(thresholds: Thresholds) -> Self {
        Self {
            thresholds,
            watch: Watch::new(thresholds),
            troubles: Troubles::new(thresholds),
            until: None,
            roles: Vec::new(),
            lists: Lists::default(),
        }
    }

    /// What the operator set, or the built-in thresholds.
    pub(super) fn thresholds(&self) -> Thresholds {
        self.thresholds
    }

    /// Forgets what was found and can be found again, since counts go back to `kept`; the next look
    /// begins at `from`, or at the oldest count.
    pub(super) fn forget(&mut self, kept: Moment, from: Option<Moment>) {
        self.watch = self.watch.afresh(kept);
        self.troubles = Troubles::new(self.thresholds);
        self.until = from;
    }

    /// Up to when incidents were looked for.
    pub(super) fn until(&self) -> Option<Moment> {
        self.until
    }

    /// Incidents, without names.
    pub(super) fn cases(&self) -> &[Case] {
        self.watch.cases()
    }

    /// Looks for incidents in everything complete before `until`.
    pub(super) fn look(&mut self, counted: Counted<'_>, until: Moment) {
        let Some(from) = self.until.or(counted.rings.oldest()).filter(|from| *from < until) else { return };
        self.learn(counted.leaves);
        // What is older is not kept, whatever the oldest stamp was.
        let kept = counted.rings.newest().map_or(from, |newest| newest.plus_millis(-Rings::reach()));
        let mut begin = from.max(kept);
        while begin < until {
            let end = Moment::from_millis((begin.millis().div_euclid(PIECE) + 1) * PIECE).min(until);
            self.look_at(counted, begin, end);
            begin = end;
        }
        self.watch.pass(until);
        self.troubles.pass(until);
        self.until = Some(until);
        self.compose(counted, until);
    }

    /// What leaves are that were not there before.
    fn learn(&mut self, leaves: &[Leaf]) {
        for leaf in &leaves[self.roles.len().min(leaves.len())..] {
            self.roles.push(self.lists.role(leaf));
        }
    }

    /// Looks at one piece of time.
    fn look_at(&mut self, counted: Counted<'_>, from: Moment, until: Moment) {
        let mut slots = self.slots(counted, from, until);
        slots.sort_unstable_by_key(|slot| (slot.start, slot.of));
        let align = |moment: Moment| Moment::from_millis(moment.millis().div_euclid(STRAND) * STRAND);
        let mut strands = strands(counted.strands, align(from), align(until));
        strands.sort_unstable_by_key(|slot| (slot.start, slot.of));
        // A slot takes its turn when it ends, so that wide and narrow ones are in order.
        let mut strands = strands.chunk_by(|a, b| (a.start, a.of) == (b.start, b.of)).peekable();
        let mut slices: Vec<(Party, Slice)> = Vec::new();
        for slot in slots.chunk_by(|a, b| a.start == b.start) {
            let at = Moment::from_millis(slot[0].start);
            let width = counted.rings.width(at);
            while let Some(strand) = strands.next_if(|strand| {
                strand[0].start + counted.strands.rings().width(Moment::from_millis(strand[0].start))
                    <= slot[0].start
            }) {
                self.strand(counted.strands, strand);
            }
            slices.clear();
            slices.extend(slot.chunk_by(|a, b| a.of == b.of).map(|of_one| (of_one[0].of, slice(of_one))));
            self.watch.slot(at, width, &slices);
            self.troubles.slot(at, width, &slices);
        }
        for strand in strands {
            self.strand(counted.strands, strand);
        }
    }

    /// Counts of providers in the order of no time; what was heard before is taken off.
    fn slots(&self, counted: Counted<'_>, from: Moment, until: Moment) -> Vec<Slot<Party>> {
        let mut slots: Vec<Slot<Party>> = Vec::new();
        for (rings, sign) in [(counted.rings, 1), (counted.echoes, -1)] {
            rings.each(from, until, |start, leaf, count| {
                let Some(role) = self.roles.get(leaf.index()) else { return };
                let count = sign * i64::from(count);
                slots.push(Slot { start: start.millis(), of: role.party, reply: role.reply, count });
            });
        }
        slots
    }

    fn strand(&mut self, strands: &Strands, of_one: &[Slot<Whose>]) {
        let at = Moment::from_millis(of_one[0].start);
        let of = match of_one[0].of {
            Whose::Source(source) => Of::Source(source),
            Whose::Campaign(campaign) => Of::Campaign(campaign),
        };
        self.watch.strand(of, at, strands.rings().width(at), &slice(of_one));
    }

    /// Looks up which source or campaign the incidents are about.
    fn compose(&mut self, counted: Counted<'_>, until: Moment) {
        let due: Vec<usize> =
            (0..self.watch.cases().len()).filter(|at| self.watch.cases()[*at].is_due()).collect();
        for at in due {
            let case = &self.watch.cases()[at];
            let until = case.until.unwrap_or(until);
            let parties = match case.is_of_side() {
                true => self.parties(case, counted.rings, until),
                false => Vec::new(),
            };
            let struck = case
                .providers()
                .into_iter()
                .chain(parties.iter().map(|(party, _)| *party))
                .collect::<Vec<_>>();
            let composition = composition(case, counted, &self.roles, &struck, until);
            self.watch.compose(at, composition, parties);
        }
        self.watch.unite();
    }

    /// Providers where replies of an incident's kind became more than they were before it.
    fn parties(&self, case: &Case, rings: &Rings, until: Moment) -> Vec<(Party, u64)> {
        let sum = |from, until| {
            let mut sums: HashMap<Party, (u64, u64)> = HashMap::new();
            rings.each(from, until, |_, leaf, count| {
                let Some(role) = self.roles.get(leaf.index()) else { return };
                let is_hit = role.reply.is_some_and(|(category, fault, _)| {
                    fault == case.fault && (category == case.category || fault == Fault::Address)
                });
                let sum = sums.entry(role.party).or_default();
                *sum = (sum.0 + u64::from(count), sum.1 + if is_hit { u64::from(count) } else { 0 });
            });
            sums
        };
        let before = sum(case.onset.plus_millis(-BEFORE), case.onset);
        let since = sum(case.onset, until.plus_millis(1));
        let is_more = |(party, (attempts, hits)): &(Party, (u64, u64))| {
            let (of, were) = before.get(party).copied().unwrap_or_default();
            let expected = *attempts as f64 * (were as f64 / of.max(1) as f64).max(self.thresholds.calm);
            *hits >= STRUCK && *hits as f64 >= 2.0 * expected && *party != Party::Nobody
        };
        let parties = since.into_iter().filter(is_more);
        parties.map(|(party, (_, hits))| (party, hits)).collect()
    }

    /// The id of a list.
    fn list(&self, number: u16) -> Option<&Clean> {
        let (family, member) = (usize::from(number >> 8).checked_sub(1)?, usize::from(number & 0xff));
        self.lists.families.get(family)?.1.get(member)
    }
}

impl Lists {
    fn role(&mut self, leaf: &Leaf) -> Role {
        let key = &leaf.key;
        let reply = key.category.and_then(|category| {
            let verdict = leaf.verdict.as_deref();
            let Some(fault) = fault(category, key.code) else {
                return Some((category, Fault::Receiver, theirs(verdict?)?.number()));
            };
            let list = verdict.and_then(|verdict| verdict.list.as_ref());
            Some((category, fault, list.map_or(0, |list| self.number(list))))
        });
        Role { party: key.provider(), reply }
    }

    /// `spamhaus-zen` and `spamhaus-sbl` are one family.
    fn number(&mut self, list: &Clean) -> u16 {
        let name = family(list);
        let family = match self.families.iter().position(|(of, _)| of.as_str() == name) {
            Some(family) => family,
            None if self.families.len() < LISTS => {
                self.families.push((Clean::from(name), Vec::new()));
                self.families.len() - 1
            }
            None => return 0,
        };
        let members = &mut self.families[family].1;
        let member = match members.iter().position(|of| of == list) {
            Some(member) => member,
            None if members.len() < LISTS => {
                members.push(list.clone());
                members.len() - 1
            }
            None => 0,
        };
        (family as u16 + 1) << 8 | member as u16
    }
}

/// How the receiver's servers, or the network to them, failed; `None` for what is another's fault, or
/// no failure (greylisting, a full mailbox).
fn theirs(verdict: &Verdict) -> Option<Failing> {
    let is_theirs = matches!(verdict.fault, model::Fault::Receiver | model::Fault::Network)
        && matches!(verdict.category, Category::Network | Category::ServerError);
    is_theirs.then(|| Failing::of(verdict.category, &verdict.rule))
}

/// The counts of one provider, source or campaign in one slot.
fn slice<K>(of_one: &[Slot<K>]) -> Slice {
    let mut slice = Slice::default();
    let mut attempts = 0;
    let mut replies: Vec<(Category, Fault, u16, i64)> = Vec::new();
    for slot in of_one {
        attempts += slot.count;
        let Some((category, fault, list)) = slot.reply else { continue };
        match replies.iter_mut().find(|reply| (reply.0, reply.1, reply.2) == (category, fault, list)) {
            Some(reply) => reply.3 += slot.count,
            None => replies.push((category, fault, list, slot.count)),
        }
    }
    // What was heard before is counted in the slot of its own ring, which may be another one where
    // the past was read late: never less than nothing.
    slice.attempts = u64::try_from(attempts).unwrap_or_default();
    let reply = |(category, fault, list, count): (Category, Fault, u16, i64)| {
        Some(Reply { category, fault, list, count: u64::try_from(count).ok().filter(|count| *count > 0)? })
    };
    slice.replies = replies.into_iter().filter_map(reply).collect();
    slice
}

fn strands(strands: &Strands, from: Moment, until: Moment) -> Vec<Slot<Whose>> {
    let mut slots = Vec::new();
    strands.rings().each(from, until, |start, strand, count| {
        let Some(key) = strands.keys().get(strand.index()) else { return };
        let fault =
            key.category.and_then(|category| Some((category, fault(category, u16::from(key.class))?, 0)));
        slots.push(Slot { start: start.millis(), of: key.whose, reply: fault, count: i64::from(count) });
    });
    slots
}

#[cfg(test)]
mod tests;
