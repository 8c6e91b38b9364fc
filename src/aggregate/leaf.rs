//! What is counted: the finest thing that the board can be taken apart into.
//!
//! A leaf is one attribution × outcome × code × meaning. Cells, rows, categories and signatures
//! are sums of leaves. The number of leaves is bounded; where it is reached, new combinations are
//! counted without their signature, then without their enhanced code. Domains that no table knows
//! stop earlier and end in one row, so that whatever they send, provider × outcome × code of a
//! known provider stays exact.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::model::{Category, Enhanced, Moment, Outcome, Party, Verdict, code_class};

/// Leaves with their signatures.
const DETAILED: usize = 2_048;
/// All leaves; the rest is kept for combinations without signatures.
const LIMIT: usize = 3_072;
/// Of [`LIMIT`], for known providers' codes without enhanced code.
const CODES: usize = 256;
/// How far unknown domains get with their signatures, without, and in the row of the others.
const UNKNOWN: [usize; 3] = [1_536, 2_304, 2_560];

/// The index of a leaf.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct LeafIx(u16);

impl LeafIx {
    /// From a number below 65,536.
    #[must_use]
    pub const fn new(index: u16) -> Self {
        Self(index)
    }

    /// As an index.
    #[must_use]
    pub const fn index(self) -> usize {
        self.0 as usize
    }
}

/// What makes two attempts the same to the counts.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct LeafKey {
    /// Whose MX answered.
    pub receiver: Party,
    /// Whose domain was addressed.
    pub brand: Party,
    /// What the MTA did.
    pub outcome: Outcome,
    /// The remote reply's basic code; its class alone where no more is known; 0 for none.
    pub code: u16,
    /// The remote reply's enhanced code.
    pub enhanced: Option<Enhanced>,
    /// Why; `None` for deliveries.
    pub category: Option<Category>,
    /// The signature's hash; 0 for deliveries and for what is counted without one.
    pub signature: u64,
}

impl LeafKey {
    /// Who decided: the receiver, else the brand.
    #[must_use]
    pub fn provider(&self) -> Party {
        self.receiver.or(self.brand)
    }

    /// Whether the reply is a rejection: a 5xx code, whatever the MTA made of it.
    #[must_use]
    pub const fn is_rejection(&self) -> bool {
        code_class(self.code) == 5
    }

    /// Whether the reply is a deferral by code.
    #[must_use]
    pub const fn is_deferral(&self) -> bool {
        code_class(self.code) == 4
    }

    /// The remote reply's basic code, where it is known.
    #[must_use]
    pub const fn code(&self) -> Option<u16> {
        if self.code >= 100 { Some(self.code) } else { None }
    }

    /// The key, then what is left of it where there is no room, each with the number of leaves
    /// up to which it may be a new one.
    fn steps(self) -> [(Self, usize); 3] {
        let coarse = Self { signature: 0, ..self };
        let code = Self { enhanced: None, ..coarse };
        let detailed = |limit, without| if self.signature == 0 { without } else { limit };
        if matches!(self.provider(), Party::Known(_)) {
            let without = LIMIT - CODES;
            [(self, detailed(DETAILED, without)), (coarse, without), (code, LIMIT)]
        } else {
            let [limit, without, others] = UNKNOWN;
            let other = Self { receiver: Party::OTHER, brand: Party::Nobody, ..code };
            [(self, detailed(limit, without)), (coarse, without), (other, others)]
        }
    }
}

/// One leaf with its whole count.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// What it is.
    pub key: LeafKey,
    /// What the reply means; `None` for deliveries. Where replies are counted without their
    /// signature, that they are many.
    pub verdict: Option<Arc<Verdict>>,
    /// Attempts over everything read.
    pub total: u64,
    /// First seen.
    pub first: Moment,
    /// Last seen.
    pub last: Moment,
}

/// All leaves.
#[derive(Clone, Debug, Default)]
pub struct Leaves {
    list: Vec<Leaf>,
    index: HashMap<LeafKey, LeafIx>,
    /// Attempts counted without a part of their key because there were too many of them.
    coarsened: u64,
    /// Attempts that found no leaf at all.
    dropped: u64,
}

impl Leaves {
    /// No leaves.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// The leaves, by index.
    #[must_use]
    pub fn list(&self) -> &[Leaf] {
        &self.list
    }

    /// Attempts counted without their signature, their enhanced code or their domain.
    #[must_use]
    pub fn coarsened(&self) -> u64 {
        self.coarsened
    }

    /// Attempts that are in the totals but in no leaf.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// Counts `times` attempts at `at`; the leaf, or `None` when even the reserve is full.
    pub fn count(
        &mut self,
        key: LeafKey,
        verdict: Option<&Arc<Verdict>>,
        at: Moment,
        times: u32,
    ) -> Option<LeafIx> {
        let index = match self.index.get(&key) {
            Some(index) => *index,
            None => match self.place(key, verdict, at) {
                Some(index) => index,
                None => {
                    self.dropped += u64::from(times);
                    return None;
                }
            },
        };
        let leaf = &mut self.list[index.index()];
        if leaf.key != key {
            self.coarsened += u64::from(times);
        }
        leaf.total += u64::from(times);
        leaf.first = leaf.first.min(at);
        leaf.last = leaf.last.max(at);
        Some(index)
    }

    /// The leaf for a new key: its own, or the first of its steps that is there or has room.
    fn place(&mut self, key: LeafKey, verdict: Option<&Arc<Verdict>>, at: Moment) -> Option<LeafIx> {
        let there = self.list.len();
        let known = |step| self.index.get(&step).copied();
        let (step, found) =
            key.steps().into_iter().map(|(step, limit)| (step, known(step), limit)).find_map(
                |(step, found, limit)| (found.is_some() || there < limit).then_some((step, found)),
            )?;
        if found.is_some() {
            return found;
        }
        let apart = step.signature == key.signature;
        let verdict = verdict.map(|one| if apart { Arc::clone(one) } else { Arc::new(one.of_many()) });
        let index = LeafIx(u16::try_from(self.list.len()).ok()?);
        self.list.push(Leaf { key: step, verdict, total: 0, first: at, last: at });
        self.index.insert(step, index);
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::{DETAILED, LIMIT, LeafKey, Leaves};
    use crate::model::{Category, Enhanced, Moment, Outcome, Party, ProviderIx};

    fn key(signature: u64, code: u16, provider: u16) -> LeafKey {
        LeafKey {
            receiver: Party::Known(ProviderIx(provider)),
            brand: Party::Nobody,
            outcome: Outcome::Rejected,
            code,
            enhanced: None,
            category: Some(Category::Unknown),
            signature,
        }
    }

    #[test]
    fn too_many_signatures_do_not_cost_an_attempt_of_a_code() {
        let mut leaves = Leaves::new();
        for signature in 1..=10_000 {
            leaves.count(key(signature, 550, 1), None, Moment::from_seconds(1), 1);
        }
        let total: u64 = leaves.list().iter().map(|leaf| leaf.total).sum();
        assert_eq!(total, 10_000);
        assert_eq!(leaves.coarsened(), 10_000 - DETAILED as u64);
        assert_eq!(leaves.list().len(), DETAILED + 1);
    }

    #[test]
    fn whatever_unknown_domains_send_a_known_providers_codes_are_exact() {
        let mut leaves = Leaves::new();
        let mut count = |key, times| leaves.count(key, None, Moment::from_seconds(1), times);
        for domain in 1..=500 {
            for code in 400..600 {
                let receiver = Party::Domain(domain);
                count(LeafKey { receiver, ..key(u64::from(code) * domain, code, 0) }, 1);
            }
        }
        for signature in 1..=3_000 {
            let enhanced =
                Enhanced::at_start(format!("5.7.{}", signature % 900).as_bytes()).map(|(code, _)| code);
            count(LeafKey { enhanced, ..key(signature, 550, 1) }, 1);
        }
        count(key(9, 421, 1), 7);
        let known: u64 = leaves
            .list()
            .iter()
            .filter(|leaf| matches!(leaf.key.provider(), Party::Known(_)))
            .map(|leaf| leaf.total)
            .sum();
        let all: u64 = leaves.list().iter().map(|leaf| leaf.total).sum();
        assert_eq!((known, all, leaves.dropped()), (3_007, 103_007, 0));
        let exact: Vec<_> = leaves.list().iter().filter(|leaf| leaf.key.code == 421).collect();
        assert!(exact.iter().any(|leaf| leaf.key.provider() == key(0, 0, 1).receiver && leaf.total == 7));
    }

    #[test]
    fn what_finds_no_leaf_is_counted_as_dropped() {
        let mut leaves = Leaves::new();
        for provider in 0..4_000 {
            leaves.count(key(0, 550, provider), None, Moment::from_seconds(1), 2);
        }
        assert_eq!(leaves.list().len(), LIMIT);
        assert_eq!(leaves.dropped(), 2 * (4_000 - LIMIT as u64));
    }
}
