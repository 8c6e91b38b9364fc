//! What one of our sources or one campaign went through, over time.
//!
//! A strand is one source or campaign with one category of replies (or with what was delivered).
//! Leaves know neither source nor campaign: a leaf for each combination would be without bound. Here
//! are the sums that tell whether one source or one send left its own baseline. Their number is
//! bounded; beyond it a value is counted as one of the others.

use super::keys::Keys;
use super::{Rings, ValueIx};
use crate::model::{Category, Moment};

/// Strands kept apart.
const LIMIT: usize = 2_048;
/// Room that is left for the strands of the others.
const OTHERS: usize = 128;

/// Whose strand it is.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Whose {
    /// Our side of the connection.
    Source(ValueIx),
    /// The campaign.
    Campaign(ValueIx),
}

impl Whose {
    /// The strand of those that have none of their own.
    const fn other(self) -> Self {
        match self {
            Self::Source(_) => Self::Source(0),
            Self::Campaign(_) => Self::Campaign(0),
        }
    }
}

/// What a strand counts.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub struct StrandKey {
    /// Whose.
    pub whose: Whose,
    /// Why it was refused; `None` for deliveries.
    pub category: Option<Category>,
    /// The class of the reply's code: 2, 4, 5, or 0 for none.
    pub class: u8,
}

/// All strands.
#[derive(Clone, Debug)]
pub struct Strands {
    keys: Keys<StrandKey>,
    rings: Rings,
}

impl Default for Strands {
    fn default() -> Self {
        Self { keys: Keys::default(), rings: Rings::coarse() }
    }
}

impl Strands {
    /// The strands, in the order of their indices.
    #[must_use]
    pub fn keys(&self) -> &[StrandKey] {
        self.keys.list()
    }

    /// Counts over time, by index.
    #[must_use]
    pub fn rings(&self) -> &Rings {
        &self.rings
    }

    /// Counts `times` attempts at `at`, whose reply has a code of `class`.
    pub fn count(&mut self, whose: Whose, category: Option<Category>, class: u16, at: Moment, times: u32) {
        let key = StrandKey { whose, category, class: class as u8 };
        let index = self.keys.enter(key, LIMIT - OTHERS);
        let other = StrandKey { whose: whose.other(), ..key };
        if let Some(index) = index.or_else(|| self.keys.enter(other, LIMIT)) {
            self.rings.add(at, index, times);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, Strands, Whose};
    use crate::model::{Category, Moment};

    #[test]
    fn beyond_the_limit_values_are_counted_as_the_others() {
        let mut strands = Strands::default();
        for value in 1..10_000 {
            strands.count(Whose::Campaign(value), Some(Category::Policy), 5, Moment::from_seconds(60), 1);
        }
        assert!(strands.keys().len() <= LIMIT);
        let sums =
            strands.rings().sum(Moment::from_seconds(0), Moment::from_seconds(100), strands.keys().len());
        assert_eq!(sums.iter().sum::<u64>(), 9_999);
        assert!(strands.keys().iter().any(|key| key.whose == Whose::Campaign(0)));
    }
}
