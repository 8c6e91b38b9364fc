//! Two spans or two sends side by side: what is new, gone, up, down.

mod compared;

use std::cmp::Reverse;
use std::hash::Hash;

use hashbrown::HashMap;
use serde::Serialize;

use super::{Portion, SendView, Snapshot};
use crate::aggregate::{Leaf, LeafKey};
use crate::model::{Category, Moment, Outcome, Party, Verdict, code_class};
use crate::text::Clean;

pub use compared::{Change, Compared};

/// What one side of a comparison is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Side {
    /// Everything read.
    Everything,
    /// A span of log time, its end not included: as far back as counts over time are kept, 25 hours,
    /// older ones to five minutes.
    Span {
        /// Its begin.
        from: Moment,
        /// Its end.
        until: Moment,
    },
    /// A send: which of its campaign's, 1 for the latest.
    Send {
        /// The campaign.
        campaign: Clean,
        /// As [`SendView::nth`].
        nth: u32,
    },
}

/// What was seen of one side: counts, and nothing that needs the snapshot they came from.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Observed {
    /// The campaign, where it is a send.
    pub campaign: Option<Clean>,
    /// Its begin: what was asked for, or the first attempt.
    pub from: Moment,
    /// Its end: what was asked for, or the last attempt.
    pub until: Moment,
    seen: Vec<Seen>,
}

/// One kind of attempt on one side.
#[derive(Clone, Debug, PartialEq)]
struct Seen {
    provider: (Clean, Clean),
    delivered: bool,
    class: u8,
    code: Option<Clean>,
    category: Option<Category>,
    signature: Option<Clean>,
    count: u64,
}

/// One row: a code, a category, a signature.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Line {
    /// What it is.
    pub name: Clean,
    /// Why, where it is a signature; itself, where it is a category.
    pub category: Option<Category>,
    /// Replies of this kind, of all attempts.
    #[serde(flatten)]
    pub share: Compared,
}

/// One provider's row.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ProviderLine {
    /// Its id.
    pub id: Clean,
    /// Its name.
    pub name: Clean,
    /// Replies with a 5xx code, of all attempts there.
    pub rejected: Compared,
    /// Replies with a 4xx code, of all attempts there.
    pub deferred: Compared,
}

/// One side, summed.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Total {
    /// The campaign, where it is a send.
    pub campaign: Option<Clean>,
    /// Its begin.
    pub from: Moment,
    /// Its end.
    pub until: Moment,
    /// All attempts.
    pub attempts: u64,
    /// Handed over.
    pub delivered: u64,
    /// Replies with a 4xx code.
    pub deferred: u64,
    /// Replies with a 5xx code.
    pub rejected: u64,
    /// Of those, unknown users.
    pub unknown_users: u64,
}

/// A against B.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Comparison {
    /// The first.
    pub a: Total,
    /// The second.
    pub b: Total,
    /// Deliveries, of all attempts.
    pub delivered: Compared,
    /// Replies with a 4xx code, of all attempts.
    pub deferred: Compared,
    /// Replies with a 5xx code, of all attempts.
    pub rejected: Compared,
    /// Unknown users, of all attempts.
    pub unknown_users: Compared,
    /// By provider: certain changes first, the largest first. So are all lists.
    pub providers: Vec<ProviderLine>,
    /// By category.
    pub categories: Vec<Line>,
    /// By code: the enhanced code, else the provider's own, else the basic one.
    pub codes: Vec<Line>,
    /// By signature.
    pub signatures: Vec<Line>,
}

impl Snapshot {
    /// Compares two spans or sends of this snapshot; `None` where there is no such send.
    #[must_use]
    pub fn compare(&self, a: &Side, b: &Side) -> Option<Comparison> {
        Some(compare(&self.observe(a)?, &self.observe(b)?))
    }

    /// What was seen of a span or send; `None` where there is no such send.
    #[must_use]
    pub fn observe(&self, side: &Side) -> Option<Observed> {
        match side {
            Side::Everything => {
                let counts = self.counts_over(None);
                let (from, until) = self.span.unwrap_or((self.now, self.now));
                Some(self.observed(from, until, &counts))
            }
            Side::Span { from, until } => {
                let counts = self.picture.rings.sum(*from, *until, self.picture.leaves.len());
                Some(self.observed(*from, *until, &counts))
            }
            Side::Send { campaign, nth } => self.observed_send(campaign, *nth),
        }
    }

    fn observed(&self, from: Moment, until: Moment, counts: &[u64]) -> Observed {
        let leaves = self.picture.leaves.iter().zip(counts).filter(|(_, count)| **count > 0);
        let seen = leaves.map(|(leaf, count)| self.seen(leaf, leaf.key.provider(), *count)).collect();
        Observed { campaign: None, from, until, seen }
    }

    fn observed_send(&self, campaign: &Clean, nth: u32) -> Option<Observed> {
        let mut cuts = self.picture.sends.cut();
        cuts.retain(|cut| cut.campaign == *campaign);
        cuts.sort_by_key(|cut| Reverse(cut.first));
        let cut = cuts.get((nth as usize).checked_sub(1)?)?;
        let seen = cut.kinds.iter().filter_map(|(kind, count)| {
            let (key, leaf) = self.picture.sends.kind(*kind)?;
            Some(self.seen(self.picture.leaves.get(leaf.index())?, key.receiver, *count))
        });
        let seen = seen.collect();
        Some(Observed { campaign: Some(campaign.clone()), from: cut.first, until: cut.last, seen })
    }

    fn seen(&self, leaf: &Leaf, provider: Party, count: u64) -> Seen {
        let (key, verdict) = (&leaf.key, leaf.verdict.as_deref());
        Seen {
            provider: self.name(provider),
            delivered: key.outcome == Outcome::Delivered,
            class: code_class(key.code) as u8,
            code: verdict.map(|verdict| code(key, verdict)),
            category: key.category,
            signature: verdict.map(|verdict| verdict.signature.clone()),
            count,
        }
    }
}

/// The code as it is compared: the enhanced one, else the provider's own, else the basic one.
fn code(key: &LeafKey, verdict: &Verdict) -> Clean {
    match (key.enhanced, &verdict.provider_code, key.code()) {
        (Some(enhanced), ..) => Clean::from(enhanced.to_string().as_str()),
        (None, Some(own), _) => own.clone(),
        (None, None, Some(code)) => Clean::from(code.to_string().as_str()),
        (None, None, None) => Clean::from("none"),
    }
}

/// A against B.
#[must_use]
pub fn compare(a: &Observed, b: &Observed) -> Comparison {
    let (a_sum, b_sum) = (a.total(), b.total());
    let share = |of: fn(&Total) -> u64| {
        Compared::of(
            Portion { count: of(&a_sum), of: a_sum.attempts },
            Portion { count: of(&b_sum), of: b_sum.attempts },
        )
    };
    Comparison {
        delivered: share(|sum| sum.delivered),
        deferred: share(|sum| sum.deferred),
        rejected: share(|sum| sum.rejected),
        unknown_users: share(|sum| sum.unknown_users),
        providers: providers(a, b),
        categories: lines(a, b, |seen| {
            seen.category.map(|category| (Clean::from(category.id()), Some(category)))
        }),
        codes: lines(a, b, |seen| seen.code.clone().map(|code| (code, None))),
        signatures: lines(a, b, |seen| seen.signature.clone().map(|signature| (signature, seen.category))),
        a: a_sum,
        b: b_sum,
    }
}

impl Observed {
    fn total(&self) -> Total {
        let sum =
            |keep: fn(&Seen) -> bool| self.seen.iter().filter(|seen| keep(seen)).map(|seen| seen.count).sum();
        Total {
            campaign: self.campaign.clone(),
            from: self.from,
            until: self.until,
            attempts: sum(|_| true),
            delivered: sum(|seen| seen.delivered),
            deferred: sum(|seen| seen.class == 4),
            rejected: sum(|seen| seen.class == 5),
            unknown_users: sum(|seen| seen.class == 5 && seen.category == Some(Category::UserUnknown)),
        }
    }

    /// All attempts.
    #[must_use]
    pub fn attempts(&self) -> u64 {
        self.seen.iter().map(|seen| seen.count).sum()
    }

    /// Counts by what `of` tells.
    fn by<K: Hash + Eq>(&self, of: impl Fn(&Seen) -> Option<K>) -> HashMap<K, u64> {
        let mut counts = HashMap::new();
        for seen in &self.seen {
            if let Some(key) = of(seen) {
                *counts.entry(key).or_default() += seen.count;
            }
        }
        counts
    }
}

fn lines(a: &Observed, b: &Observed, of: impl Fn(&Seen) -> Option<(Clean, Option<Category>)>) -> Vec<Line> {
    let (in_a, in_b) = (a.by(&of), b.by(&of));
    let (a, b) = (a.attempts(), b.attempts());
    let mut lines: Vec<Line> = both(&in_a, &in_b)
        .map(|(key, in_a, in_b)| {
            let share = Compared::of(Portion { count: in_a, of: a }, Portion { count: in_b, of: b });
            Line { name: key.0.clone(), category: key.1, share }
        })
        .collect();
    lines.sort_by(|a, b| a.share.order().cmp(&b.share.order()).then_with(|| a.name.cmp(&b.name)));
    lines
}

fn providers(a: &Observed, b: &Observed) -> Vec<ProviderLine> {
    type Counts = HashMap<(Clean, Clean), u64>;
    let of = |class: u8| {
        let key = move |seen: &Seen| (class == 0 || seen.class == class).then(|| seen.provider.clone());
        (a.by(key), b.by(key))
    };
    let (attempts, rejected, deferred) = (of(0), of(5), of(4));
    let mut lines: Vec<ProviderLine> = both(&attempts.0, &attempts.1)
        .map(|(provider, in_a, in_b)| {
            let share = |counts: &(Counts, Counts)| {
                let count = |counts: &Counts| counts.get(provider).copied().unwrap_or_default();
                Compared::of(
                    Portion { count: count(&counts.0), of: in_a },
                    Portion { count: count(&counts.1), of: in_b },
                )
            };
            ProviderLine {
                id: provider.0.clone(),
                name: provider.1.clone(),
                rejected: share(&rejected),
                deferred: share(&deferred),
            }
        })
        .collect();
    lines.sort_by(|a, b| a.rejected.order().cmp(&b.rejected.order()).then_with(|| a.name.cmp(&b.name)));
    lines
}

/// Every key of either side, with its count on both.
fn both<'a, K: Hash + Eq>(
    a: &'a HashMap<K, u64>,
    b: &'a HashMap<K, u64>,
) -> impl Iterator<Item = (&'a K, u64, u64)> {
    let count = |of: &HashMap<K, u64>, key: &K| of.get(key).copied().unwrap_or_default();
    a.keys()
        .chain(b.keys().filter(|key| !a.contains_key(*key)))
        .map(move |key| (key, count(a, key), count(b, key)))
}

impl SendView {
    /// This send as a side of a comparison.
    #[must_use]
    pub fn side(&self) -> Side {
        Side::Send { campaign: self.campaign.clone(), nth: self.nth }
    }
}

#[cfg(test)]
mod tests;
