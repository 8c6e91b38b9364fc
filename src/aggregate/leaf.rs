//! What is counted: the finest thing that the board can be taken apart into.
//!
//! A leaf is one attribution × outcome × code × meaning. Cells, rows, categories and signatures
//! are sums of leaves. The number of leaves is bounded; when it is reached, new combinations are
//! counted without their signature, so that provider × outcome × code stays exact.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::model::{Category, Enhanced, Moment, Outcome, Party, Verdict};

/// Leaves with their signatures.
const DETAILED: usize = 2_048;
/// All leaves; the rest is kept for combinations without signatures.
const LIMIT: usize = 3_072;

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
    /// The remote reply's basic code, 0 for none.
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
        matches!(self.code, 500..=599)
    }

    /// Whether the reply is a deferral by code.
    #[must_use]
    pub const fn is_deferral(&self) -> bool {
        matches!(self.code, 400..=499)
    }

    fn coarse(self) -> Self {
        Self { signature: 0, ..self }
    }
}

/// One leaf with its whole count.
#[derive(Clone, Debug)]
pub struct Leaf {
    /// What it is.
    pub key: LeafKey,
    /// What the reply means; `None` for deliveries and for what is counted without a signature.
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
    /// Attempts counted without their signature because there were too many of them.
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

    /// Attempts counted without their signature.
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
        if leaf.key.signature != key.signature {
            self.coarsened += u64::from(times);
        }
        leaf.total += u64::from(times);
        leaf.first = leaf.first.min(at);
        leaf.last = leaf.last.max(at);
        Some(index)
    }

    /// The leaf for a new key: its own, or one without signature.
    fn place(&mut self, key: LeafKey, verdict: Option<&Arc<Verdict>>, at: Moment) -> Option<LeafIx> {
        let detailed = self.list.len() < DETAILED || key.signature == 0;
        let (key, verdict) = if detailed { (key, verdict) } else { (key.coarse(), None) };
        if let Some(index) = self.index.get(&key) {
            return Some(*index);
        }
        if self.list.len() >= LIMIT {
            return None;
        }
        let index = LeafIx(u16::try_from(self.list.len()).ok()?);
        self.list.push(Leaf { key, verdict: verdict.cloned(), total: 0, first: at, last: at });
        self.index.insert(key, index);
        Some(index)
    }
}

#[cfg(test)]
mod tests {
    use super::{DETAILED, LIMIT, LeafKey, Leaves};
    use crate::model::{Category, Moment, Outcome, Party, ProviderIx};

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
    fn what_finds_no_leaf_is_counted_as_dropped() {
        let mut leaves = Leaves::new();
        for provider in 0..4_000 {
            leaves.count(key(0, 550, provider), None, Moment::from_seconds(1), 2);
        }
        assert_eq!(leaves.list().len(), LIMIT);
        assert_eq!(leaves.dropped(), 2 * (4_000 - LIMIT as u64));
    }
}
