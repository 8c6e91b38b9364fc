//! What recipients complained about, over time: per provider and per campaign.

use super::keys::Keys;
use super::{Rings, ValueIx};
use crate::model::{Moment, Party};

/// Providers and campaigns kept apart; beyond that they are counted as the others.
const LIMIT: usize = 512;
/// Room that is left for the others.
const OTHERS: usize = 2;

/// Whose mail was complained about.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Blamed {
    /// What went to this provider; nobody where the record does not name the recipient.
    Provider(Party),
    /// What belongs to this campaign.
    Campaign(ValueIx),
}

impl Blamed {
    const fn other(self) -> Self {
        match self {
            Self::Provider(_) => Self::Provider(Party::OTHER),
            Self::Campaign(_) => Self::Campaign(0),
        }
    }
}

/// All complaints.
#[derive(Clone, Debug)]
pub struct Complaints {
    keys: Keys<Blamed>,
    rings: Rings,
}

impl Default for Complaints {
    fn default() -> Self {
        Self { keys: Keys::default(), rings: Rings::coarse() }
    }
}

impl Complaints {
    /// Whether there are none.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.keys.list().is_empty()
    }

    /// Counts one at `at`.
    pub fn count(&mut self, blamed: Blamed, at: Moment) {
        let index = self.keys.enter(blamed, LIMIT - OTHERS);
        if let Some(index) = index.or_else(|| self.keys.enter(blamed.other(), LIMIT)) {
            self.rings.add(at, index, 1);
        }
    }

    /// Complaints of everybody who has some in `[from, until)`, quantised to ten seconds in the last
    /// hour and to five minutes before.
    #[must_use]
    pub fn sums(&self, from: Moment, until: Moment) -> Vec<(Blamed, u64)> {
        let sums = self.rings.sum(from, until, self.keys.list().len());
        self.keys.list().iter().copied().zip(sums).filter(|(_, sum)| *sum > 0).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Blamed, Complaints, LIMIT};
    use crate::model::{Moment, Party};

    #[test]
    fn beyond_the_limit_complaints_are_counted_with_the_others() {
        let mut complaints = Complaints::default();
        assert!(complaints.is_empty());
        for value in 1..=5_000 {
            complaints.count(Blamed::Campaign(value), Moment::from_seconds(60));
            complaints.count(Blamed::Provider(Party::Domain(u64::from(value))), Moment::from_seconds(60));
        }
        assert!(complaints.keys.list().len() <= LIMIT);
        let sums = complaints.sums(Moment::from_seconds(0), Moment::from_seconds(100));
        assert_eq!(sums.iter().map(|(_, sum)| sum).sum::<u64>(), 10_000);
        assert!(sums.iter().any(|(blamed, _)| *blamed == Blamed::Provider(Party::OTHER)));
        assert!(complaints.sums(Moment::from_seconds(100), Moment::from_seconds(200)).is_empty());
    }
}
