//! What recipients complained about, beside what was delivered to them.

use hashbrown::{HashMap, HashSet};
use serde::Serialize;

use super::{Portion, Snapshot};
use crate::aggregate::{Blamed, ValueIx};
use crate::diagnose::incident::Thresholds;
use crate::model::{Moment, Outcome, Party, Window};
use crate::text::Clean;

/// Complaints are counted to so many milliseconds.
const SLOT: i64 = 300_000;

/// How a rate of complaints stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Complaining {
    /// Below both thresholds, or too few to tell.
    Low,
    /// At least the threshold to stay below: 0.10 %, unless it is set. Gmail's and Yahoo's rule for
    /// senders (support.google.com/a/answer/14229414, 2026-03).
    High,
    /// At least the threshold never to reach: 0.30 %, unless it is set.
    TooHigh,
}

/// Complaints of one provider's recipients over the last 24 hours.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct ComplaintsAt {
    /// The provider's id; `unknown` where the records do not name the recipients.
    pub provider: Clean,
    /// Its name.
    pub name: Clean,
    /// Complaints.
    pub complaints: u64,
    /// Delivered there in the same time. Complaints come hours after what they are about.
    pub delivered: u64,
    /// Complaints per delivery, 0–1; `null` where nothing was delivered.
    pub rate: Option<f64>,
    /// How that stands: what the rate is at least, with 95 % confidence.
    pub level: Complaining,
    /// The threshold that it reached, 0–1; `null` for none.
    pub limit: Option<f64>,
}

impl Snapshot {
    /// Complaints by provider over the last 24 hours, most first; empty where the log carries none.
    /// Recipients' brands are told, not who hosts them: that is all that the records name.
    #[must_use]
    pub fn complaints(&self) -> Vec<ComplaintsAt> {
        let (from, until) = self.day();
        let mut counts: HashMap<Party, u64> = HashMap::new();
        for (blamed, count) in self.picture.complaints.sums(from, until) {
            if let Blamed::Provider(party) = blamed {
                *counts.entry(party).or_default() += count;
            }
        }
        if counts.is_empty() {
            return Vec::new();
        }
        let leaves = &self.picture.leaves;
        let sums = self.picture.rings.sum(from, until, leaves.len());
        let mut delivered: HashMap<Party, u64> = HashMap::new();
        for (leaf, sum) in leaves.iter().zip(sums) {
            if leaf.key.outcome == Outcome::Delivered {
                *delivered.entry(leaf.key.provider()).or_default() += sum;
            }
        }
        let mut rows: Vec<ComplaintsAt> = counts
            .into_iter()
            .map(|(party, complaints)| {
                let delivered = delivered.get(&party).copied().unwrap_or(0);
                let (provider, name) = self.name(party);
                let portion = Portion { count: complaints.min(delivered), of: delivered };
                let least = if delivered == 0 { 0.0 } else { portion.interval().0 };
                let Thresholds { complaints_warn: high, complaints_limit: too_high, .. } =
                    self.picture.thresholds;
                let (level, limit) = match least {
                    _ if least >= too_high => (Complaining::TooHigh, Some(too_high)),
                    _ if least >= high => (Complaining::High, Some(high)),
                    _ => (Complaining::Low, None),
                };
                let rate = (delivered > 0).then(|| complaints as f64 / delivered as f64);
                ComplaintsAt { provider, name, complaints, delivered, rate, level, limit }
            })
            .collect();
        rows.sort_by(|a, b| b.complaints.cmp(&a.complaints).then_with(|| a.name.cmp(&b.name)));
        rows
    }

    /// Complaints of a campaign over the last 24 hours, where the records name it.
    #[must_use]
    pub fn complaints_of(&self, campaign: &Clean) -> u64 {
        let (from, until) = self.day();
        self.complaints_between(campaign, from, until)
    }

    /// The campaigns that the records name.
    pub(super) fn complained_campaigns(&self) -> HashSet<Clean> {
        let sums = self.picture.complaints.sums(self.begin(None), self.end());
        let name = |blamed| match blamed {
            Blamed::Campaign(index) => self.picture.values.campaigns.name(index).cloned(),
            Blamed::Provider(_) => None,
        };
        sums.into_iter().filter_map(|(blamed, _)| name(blamed)).collect()
    }

    /// Complaints of a campaign from its send's first attempt on: they come late, so all until its next
    /// one begins.
    pub(super) fn complaints_about(&self, campaign: &Clean, first: Moment, next: Moment) -> u64 {
        let from = first.millis().div_euclid(SLOT) * SLOT;
        self.complaints_between(campaign, Moment::from_millis(from), next)
    }

    fn complaints_between(&self, campaign: &Clean, from: Moment, until: Moment) -> u64 {
        let values: Vec<ValueIx> = self.picture.values.campaigns.values(campaign).collect();
        let sums = self.picture.complaints.sums(from, until).into_iter();
        sums.filter(|(blamed, _)| matches!(blamed, Blamed::Campaign(one) if values.contains(one)))
            .map(|(_, count)| count)
            .sum()
    }

    fn day(&self) -> (Moment, Moment) {
        (self.now.plus_millis(-Window::H24.millis()), self.end())
    }
}
