//! Which deliveries carry their texts to the owner: few, since most of a log are deliveries.

use crate::model::Moment;

/// Which deliveries say where they went: in every minute all until there are many, then those with
/// ever lower chances. Samples are made of the lowest.
#[derive(Copy, Clone, Debug)]
pub(super) struct Gate {
    minute: i64,
    below: u32,
    admitted: u32,
}

/// Deliveries of a minute that say where they went before the gate is narrowed by half.
const ADMITTED: u32 = 512;

impl Gate {
    /// Everything is admitted.
    pub(super) const OPEN: Self = Self { minute: i64::MIN, below: u32::MAX, admitted: 0 };

    /// Whether a delivery says where it went.
    pub(super) fn admits(&mut self, at: Moment, chance: u32) -> bool {
        let minute = at.millis().div_euclid(60_000);
        if minute != self.minute {
            *self = Self { minute, ..Self::OPEN };
        }
        if chance >= self.below {
            return false;
        }
        self.admitted += 1;
        if self.admitted == ADMITTED {
            (self.below, self.admitted) = (self.below / 2, ADMITTED / 2);
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use super::{ADMITTED, Gate};
    use crate::model::Moment;

    #[test]
    fn those_with_the_lowest_chances_are_admitted_and_few_of_many() {
        let (mut gate, mut random) = (Gate::OPEN, fastrand::Rng::with_seed(1));
        let chances: Vec<u32> = (0..100_000).map(|_| random.u32(..)).collect();
        let at = Moment::from_seconds(60);
        let admitted: Vec<bool> = chances.iter().map(|chance| gate.admits(at, *chance)).collect();
        let count = admitted.iter().filter(|admitted| **admitted).count() as u32;
        assert!((ADMITTED..12 * ADMITTED).contains(&count), "{count}");
        let mut lowest: Vec<_> = chances.iter().zip(&admitted).collect();
        lowest.sort_unstable();
        assert!(lowest.iter().take(200).all(|(_, admitted)| **admitted));
        assert!(gate.admits(Moment::from_seconds(120), u32::MAX - 1), "another minute begins anew");
    }
}
