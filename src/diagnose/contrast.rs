//! What changed: which values of which dimension an incident's rejections carry more often than what
//! was delivered beside them, and than what was sent before.
//!
//! A value explains what is in excess: where it has the share `p` of the rejections and `e` of what
//! it is compared with, `(p − e) / (1 − e)` of them would not be there without what is particular
//! to it (the attributable share, after Levin 1953). Of that the lower bound counts (Newcombe's
//! interval of a difference, 1998, its method 10), and of the two comparisons the lesser: a value that
//! most mail has, before or beside, explains nothing, however many rejections carry it.

use serde::Serialize;

use crate::model::Moment;
use crate::text::{Clean, share};

/// Rejections that a value needs to be named.
const FEWEST: u64 = 5;
/// Attempts that make a comparison.
const COMPARED: u64 = 10;
/// What is explained at least, for a value to be named.
const LEAST: f64 = 0.05;
/// The share of the rejections from which on a value is named because it was never seen before.
const FRESH: f64 = 0.5;
/// Attempts before the onset without which nothing can be said to be new.
const HISTORY: u64 = 20;
/// Two values are one story where so much of what carries either carries both.
const SAME: f64 = 0.9;
/// And where they explain the same up to this.
const ALIKE: f64 = 0.15;
/// Values that explain the same up to this are ranked by what an operator can do about them.
const STEP: f64 = 0.05;
/// Values named.
const MOST: usize = 12;

/// What a value is a value of.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Our side of the connection: IP, vmta, pool.
    Source,
    /// The campaign, job or tenant.
    Campaign,
    /// The envelope sender's domain.
    Sender,
    /// The recipient's domain.
    Recipient,
    /// The host that answered.
    Relay,
    /// Where in the session.
    Stage,
    /// The masked reply.
    Signature,
    /// Our MTA's host.
    Host,
    /// Whether the connection was encrypted.
    Tls,
}

impl Dimension {
    /// All of them, those first that an operator can do most about.
    pub const ALL: [Self; 9] = [
        Self::Campaign,
        Self::Source,
        Self::Sender,
        Self::Recipient,
        Self::Relay,
        Self::Host,
        Self::Stage,
        Self::Tls,
        Self::Signature,
    ];

    /// As reports and trees write it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Source => "source",
            Self::Campaign => "campaign",
            Self::Sender => "sender",
            Self::Recipient => "recipient",
            Self::Relay => "relay",
            Self::Stage => "stage",
            Self::Signature => "signature",
            Self::Host => "host",
            Self::Tls => "tls",
        }
    }

    /// Whether it is what the server answered, and no cause of it: refusals for one reason share it.
    #[must_use]
    pub const fn is_of_the_reply(self) -> bool {
        matches!(self, Self::Stage | Self::Signature)
    }

    /// Its place in [`Self::ALL`].
    #[must_use]
    pub fn rank(self) -> usize {
        Self::ALL.iter().position(|one| *one == self).unwrap_or(Self::ALL.len())
    }
}

/// How many of how many.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Portion {
    /// Those that carry the value.
    pub count: u64,
    /// All that were looked at and whose value is known.
    pub of: u64,
}

impl Portion {
    /// `count` of `of`, 0–1; 0 of nothing.
    #[must_use]
    pub fn share(self) -> f64 {
        share(self.count, self.of)
    }

    /// Whether there is enough of it to compare with.
    #[must_use]
    pub const fn compares(self) -> bool {
        self.of >= COMPARED
    }

    /// Between which shares the true one lies with 95 % confidence (Wilson 1927).
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        if self.of == 0 {
            return (0.0, 1.0);
        }
        const Z: f64 = 1.96;
        let (n, p) = (self.of as f64, self.share());
        let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        ((middle - half).max(0.0), (middle + half).min(1.0))
    }

    /// How much more this is than `other`, at least, with 95 % confidence.
    #[must_use]
    pub fn exceeds(self, other: Self) -> f64 {
        let (p, e) = (self.share(), other.share());
        let (low, high) = (self.interval().0, other.interval().1);
        p - e - ((p - low).powi(2) + (high - e).powi(2)).sqrt()
    }
}

/// A portion of attempts of which some may have been passed over.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Measured {
    /// Those that carry the value.
    pub count: u64,
    /// All whose value is known.
    pub of: u64,
    /// Whether some were passed over: then both counts are scaled from those that were kept, and only
    /// about right.
    pub estimated: bool,
    /// So many equal observations as tell as much: what intervals are made of.
    #[serde(skip)]
    pub looked_at: Portion,
}

impl From<Portion> for Measured {
    fn from(portion: Portion) -> Self {
        Self { count: portion.count, of: portion.of, estimated: false, looked_at: portion }
    }
}

impl Measured {
    /// `count` of `of`, 0–1; 0 of nothing.
    #[must_use]
    pub fn share(self) -> f64 {
        Portion { count: self.count, of: self.of }.share()
    }

    /// Whether there is enough of it to compare with.
    #[must_use]
    pub const fn compares(self) -> bool {
        self.looked_at.compares()
    }

    /// The sign before a count that is only about right.
    #[must_use]
    pub const fn about(self) -> &'static str {
        if self.estimated { "~" } else { "" }
    }
}

/// Observations of which each stands for several.
#[derive(Copy, Clone, Debug, Default, PartialEq)]
pub struct Weighed {
    sum: f64,
    squares: f64,
}

impl Weighed {
    /// One that stands for `weight`.
    pub fn add(&mut self, weight: f64) {
        self.sum += weight;
        self.squares += weight * weight;
    }

    /// For how many they stand.
    #[must_use]
    pub const fn sum(self) -> f64 {
        self.sum
    }

    /// `part` of these: for how many they stand, and so many equal observations as would tell as much
    /// (Kish 1965): those looked at, where each stands for as many as the others.
    #[must_use]
    pub fn measured(self, part: f64) -> Measured {
        if self.squares <= 0.0 {
            return Measured::default();
        }
        Measured {
            count: part.round() as u64,
            of: self.sum.round() as u64,
            // Only where each stands for itself alone are their squares as many as they.
            estimated: (self.squares - self.sum).abs() > 1e-6,
            looked_at: self.portion(part),
        }
    }

    fn portion(self, part: f64) -> Portion {
        let of = (self.sum * self.sum / self.squares).round();
        let count = (part / self.sum * of).round().clamp(0.0, of);
        Portion { count: count as u64, of: of as u64 }
    }
}

/// One value that is over-represented.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What it is a value of.
    pub dimension: Dimension,
    /// The value as shown.
    pub value: Clean,
    /// Among the incident's rejections.
    pub within: Measured,
    /// Among what the same providers took in the same span; of none, for a stage and a signature,
    /// which only a refusal has.
    pub delivered: Measured,
    /// Among everything tried there before the onset; for a stage and a signature, among what was
    /// refused.
    pub before: Measured,
    /// How much of the incident it explains at least, 0–1: the share that would be gone without what
    /// is particular to the value, as a lower bound with 95 % confidence.
    pub explains: f64,
    /// Whether it was never seen before the onset.
    pub fresh: bool,
    /// Values of other dimensions that the same rejections carry: the same story told again.
    pub also: Vec<Also>,
}

/// Another value that the same rejections carry.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Also {
    /// What it is a value of.
    pub dimension: Dimension,
    /// The value as shown.
    pub value: Clean,
}

/// What changed, ranked by how much it explains.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Contrast {
    /// The span that is contrasted: from the onset to the end, or now.
    pub from: Moment,
    /// Its end.
    pub until: Moment,
    /// Rejections that there are in it.
    pub of: u64,
    /// Whether that is estimated, because a filter asks for what only a sample is kept of.
    #[serde(skip)]
    pub about: bool,
    /// Rejections looked at; fewer than there are where those were too many to keep.
    pub looked_at: u64,
    /// Values, those that explain most first; those of the reply, which are no causes, last.
    pub differences: Vec<Difference>,
}

/// A value that may be over-represented.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// What it is a value of.
    pub dimension: Dimension,
    /// The value as shown.
    pub value: Clean,
    /// As in [`Difference`].
    pub within: Measured,
    /// As in [`Difference`].
    pub delivered: Measured,
    /// As in [`Difference`].
    pub before: Measured,
    /// Of how many of the rejections the dimension is known at all, 0–1.
    pub known: f64,
    /// Whether something tells that it was there before, beside `before`.
    pub seen: bool,
}

impl Candidate {
    /// How much of the incident it explains at least; `None` where there is nothing to compare with.
    #[must_use]
    pub fn explains(&self) -> Option<f64> {
        let compared = [self.delivered, self.before].into_iter().filter(|other| other.compares());
        let attributable = compared.map(|other| {
            let rest = 1.0 - other.looked_at.share();
            if rest <= 0.0 { 0.0 } else { self.within.looked_at.exceeds(other.looked_at) / rest }
        });
        let least = attributable.min_by(f64::total_cmp)?;
        Some((least * self.known).clamp(0.0, 1.0))
    }

    /// Whether it was never seen before, as far as there is a before.
    fn is_fresh(&self) -> bool {
        !self.seen && self.before.count == 0 && self.before.looked_at.of >= HISTORY
    }

    /// As it is shown, if it says something.
    #[must_use]
    pub fn difference(self) -> Option<Difference> {
        let explains = self.explains()?;
        let fresh = self.is_fresh();
        let is_new = fresh && self.within.looked_at.share() * self.known >= FRESH;
        (self.within.looked_at.count >= FEWEST && (explains >= LEAST || is_new)).then_some(Difference {
            dimension: self.dimension,
            value: self.value,
            within: self.within,
            delivered: self.delivered,
            before: self.before,
            explains,
            fresh,
            also: Vec::new(),
        })
    }
}

/// Ranks what says something, and tells once what is one story. `overlap` answers how much of what
/// carries either of two values carries both, 0–1; values are known by the number beside them.
#[must_use]
pub fn ranked(
    differences: Vec<(Difference, usize)>,
    overlap: impl Fn(usize, usize) -> f64,
) -> Vec<Difference> {
    let mut differences = differences;
    differences.sort_by(|(a, _), (b, _)| {
        let step = |one: &Difference| (one.explains / STEP).round();
        let is_reply = |one: &Difference| one.dimension.is_of_the_reply();
        is_reply(a)
            .cmp(&is_reply(b))
            .then(step(b).total_cmp(&step(a)))
            .then(a.dimension.rank().cmp(&b.dimension.rank()))
            .then(b.explains.total_cmp(&a.explains))
            .then_with(|| a.value.cmp(&b.value))
    });
    let mut told: Vec<(Difference, usize)> = Vec::new();
    for (mut one, number) in differences {
        let same = told.iter_mut().find(|(other, leader)| {
            other.dimension != one.dimension
                && other.dimension.is_of_the_reply() == one.dimension.is_of_the_reply()
                && (other.explains - one.explains).abs() <= ALIKE
                && overlap(*leader, number) >= SAME
        });
        let Some((leader, leads)) = same else {
            told.push((one, number));
            continue;
        };
        if one.dimension.rank() < leader.dimension.rank() {
            std::mem::swap(leader, &mut one);
            leader.also = std::mem::take(&mut one.also);
            *leads = number;
        }
        // A campaign that is called after its sender says nothing twice.
        if one.value != leader.value {
            leader.also.push(Also { dimension: one.dimension, value: one.value });
            leader.also.sort_by_key(|also| also.dimension.rank());
        }
    }
    told.truncate(MOST);
    told.into_iter().map(|(one, _)| one).collect()
}

#[cfg(test)]
mod tests;
