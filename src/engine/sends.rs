//! The sends: every campaign with what became of it, beside the sends before it.
//!
//! The campaign is what the log calls it (PowerMTA's job id, KumoMTA's campaign or tenant), else the
//! domain of the envelope sender, whose local part may differ for every recipient (VERP). Names are
//! never masked: nothing in `nov-blk-00017` tells whether the number is a send's or a recipient's, and
//! two sends taken for one would be worse than one taken for two. Where names are too many to be kept,
//! the smallest are counted together.

use std::cmp::Reverse;

use hashbrown::HashMap;
use serde::Serialize;

use super::compare::{Change, Compared};
use super::{Mode, Portion, Snapshot};
use crate::aggregate::{Cut, PAUSE};
use crate::model::{Category, Moment, Outcome, Party, code_class};
use crate::record::PastSend;
use crate::text::Clean;

/// A send without an attempt for so long, in milliseconds, does not go on: retries apart, a send has
/// some every minute.
const QUIET: i64 = 1_800_000;
/// Sends of the same campaign that are put beside one.
const OF_THE_SAME: usize = 10;
/// Sends of all campaigns that are, where there are none of the same.
const OF_ALL: usize = 20;
/// Fewest unknown users that a list is surely at fault for.
const FAULTS: u64 = 5;
/// Fewest replies that are told as a rise.
const RISEN: u64 = 10;
/// A send of fewer attempts is not kept, and not worth a row: its rates say nothing.
pub const FEWEST: u64 = 20;

/// One send: a campaign's mail without a long pause.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SendView {
    /// The job id, campaign or tenant, else the envelope sender's domain; `<>` for bounces.
    pub campaign: Clean,
    /// Which of its campaign's sends it is: 1 for the latest, 2 for the one before.
    pub nth: u32,
    /// Its first attempt, to the second.
    pub first: Moment,
    /// Its last attempt so far.
    pub last: Moment,
    /// Whether it still goes on: an attempt in the last half hour of log time.
    pub running: bool,
    /// All attempts; a retry counts again.
    pub attempts: u64,
    /// Handed over.
    pub delivered: u64,
    /// Replies with a 4xx code.
    pub deferred: u64,
    /// Replies with a 5xx code.
    pub rejected: u64,
    /// Of those, the addresses that do not exist: over `limit` of the attempts the list is at fault.
    pub unknown_users: u64,
    /// The share of unknown users, 0–1, over which the list is at fault: 2 %, unless it is set.
    pub limit: f64,
    /// Complaints of recipients, where the log tells them.
    pub complaints: u64,
    /// Replies by category, most first.
    pub categories: Vec<(Category, u64)>,
    /// Providers, most attempts first. Of the domains that no table knows, all but a few are one.
    pub providers: Vec<SendAt>,
    /// The sends of the same campaign before this one; where there are none, of all campaigns.
    pub before: Option<Earlier>,
}

/// A send at one provider.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SendAt {
    /// The provider's id.
    pub id: Clean,
    /// Its name.
    pub name: Clean,
    /// All attempts there.
    pub attempts: u64,
    /// Replies with a 4xx code.
    pub deferred: u64,
    /// Replies with a 5xx code.
    pub rejected: u64,
    /// Of those, unknown users.
    pub unknown_users: u64,
    /// Rejected, of all attempts there, in the sends before.
    pub before: Option<Portion>,
}

/// Sends that are over, together.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Earlier {
    /// How many sends: at most the last ten of the same campaign, or the last twenty of all.
    pub sends: u32,
    /// Whether they are of the same campaign.
    pub same: bool,
    /// Their attempts.
    pub attempts: u64,
    /// Their replies with a 4xx code.
    pub deferred: u64,
    /// Their replies with a 5xx code.
    pub rejected: u64,
    /// Of those, unknown users.
    pub unknown_users: u64,
}

/// Whether a share is over a limit.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Over {
    /// It is not.
    No,
    /// It is, but in so few attempts that chance may have done it.
    Perhaps,
    /// It is, with 95 % confidence, and by five replies at least.
    Surely,
}

impl SendView {
    /// Rejections, of all attempts.
    #[must_use]
    pub fn rejections(&self) -> Portion {
        Portion { count: self.rejected, of: self.attempts }
    }

    /// Deferrals, of all attempts.
    #[must_use]
    pub fn deferrals(&self) -> Portion {
        Portion { count: self.deferred, of: self.attempts }
    }

    /// Unknown users, of all attempts.
    #[must_use]
    pub fn unknown(&self) -> Portion {
        Portion { count: self.unknown_users, of: self.attempts }
    }

    /// Whether so many users are unknown that the list is at fault.
    #[must_use]
    pub fn list_fault(&self) -> Over {
        let unknown = self.unknown();
        // One address of one is no list.
        let surely = unknown.count >= FAULTS && unknown.interval().0 > self.limit;
        match (surely, unknown.share() > self.limit) {
            (true, _) => Over::Surely,
            (_, true) => Over::Perhaps,
            _ => Over::No,
        }
    }

    /// Rejections against the sends before.
    #[must_use]
    pub fn rejections_change(&self) -> Option<Compared> {
        let before = self.before.as_ref()?;
        Some(Compared::of(Portion { count: before.rejected, of: before.attempts }, self.rejections()))
    }

    /// Unknown users against the sends before.
    #[must_use]
    pub fn unknown_change(&self) -> Option<Compared> {
        let before = self.before.as_ref()?;
        Some(Compared::of(Portion { count: before.unknown_users, of: before.attempts }, self.unknown()))
    }

    /// What is kept of it when the log is gone.
    #[must_use]
    pub fn summary(&self) -> PastSend {
        PastSend {
            campaign: self.campaign.clone(),
            first: self.first,
            last: self.last,
            attempts: self.attempts,
            rejected: self.rejected,
            deferred: self.deferred,
            unknown_users: self.unknown_users,
            complaints: self.complaints,
            providers: self.providers.iter().map(|at| (at.id.clone(), at.attempts, at.rejected)).collect(),
        }
    }
}

impl SendAt {
    /// Rejections, of all attempts there.
    #[must_use]
    pub fn rejections(&self) -> Portion {
        Portion { count: self.rejected, of: self.attempts }
    }

    /// Whether the rejections there are certainly more than in the sends before, and at least twice
    /// as many.
    #[must_use]
    pub fn has_risen(&self) -> bool {
        self.before.is_some_and(|before| Compared::of(before, self.rejections()).has_risen())
    }
}

impl Earlier {
    /// Rejections, of all attempts.
    #[must_use]
    pub fn rejections(&self) -> Portion {
        Portion { count: self.rejected, of: self.attempts }
    }

    /// Unknown users, of all attempts.
    #[must_use]
    pub fn unknown(&self) -> Portion {
        Portion { count: self.unknown_users, of: self.attempts }
    }
}

impl Compared {
    /// Whether it has certainly grown, to twice of what it was at least (among many attempts the
    /// smallest difference is certain), and by replies that are more than a handful.
    #[must_use]
    pub fn has_risen(&self) -> bool {
        self.b.count >= RISEN
            && matches!(self.change, Change::Up | Change::New)
            && self.certain
            && self.b.share() >= 2.0 * self.a.share()
    }
}

impl Snapshot {
    /// The sends, running ones first, then newest first.
    #[must_use]
    pub fn sends(&self) -> Vec<SendView> {
        let cuts = self.picture.sends.cut();
        // Of a picture of the past those that had begun; what they came to since is in their figures.
        let begun = cuts.iter().filter(|cut| self.back_from.is_none() || cut.first < self.now);
        let mut sends: Vec<SendView> = begun.map(|cut| self.send(cut)).collect();
        sends.sort_by(|a, b| a.campaign.cmp(&b.campaign).then(b.first.cmp(&a.first)));
        let complained = self.complained_campaigns();
        let mut nth = 0;
        for at in 0..sends.len() {
            let is_same = at > 0 && sends[at - 1].campaign == sends[at].campaign;
            nth = if is_same { nth + 1 } else { 1 };
            sends[at].nth = nth;
            let next = if is_same { sends[at - 1].first } else { self.end() };
            if complained.contains(&sends[at].campaign) {
                sends[at].complaints = self.complaints_about(&sends[at].campaign, sends[at].first, next);
            }
        }
        let past = Before::gather(&sends, &self.picture.past_sends);
        for send in &mut sends {
            past.put_beside(send);
        }
        sends.sort_by(|a, b| {
            let order = |send: &SendView| (Reverse(send.running), Reverse(send.first));
            order(a).cmp(&order(b)).then_with(|| a.campaign.cmp(&b.campaign))
        });
        sends
    }

    /// Attempts that belong to a campaign but to no send: of small campaigns that are counted together,
    /// and those too old to be kept.
    #[must_use]
    pub fn outside_sends(&self) -> u64 {
        self.picture.sends.of_others() + self.picture.sends.forgotten()
    }

    /// What is worth keeping when the log is gone: all sends with enough attempts, those that still go on
    /// as far as they are; none that the past may still tell more of.
    #[must_use]
    pub fn sends_to_keep(&self) -> Vec<PastSend> {
        if self.mode == Mode::Reading {
            return Vec::new();
        }
        let is_read = |send: &SendView| self.complete_since.is_none_or(|since| send.first >= since);
        let sends = self.sends();
        sends.iter().filter(|send| send.attempts >= FEWEST && is_read(send)).map(SendView::summary).collect()
    }

    /// Of those, the ones that are over: nothing came for longer than a pause.
    #[must_use]
    pub fn sends_over(&self) -> Vec<PastSend> {
        let mut over = self.sends_to_keep();
        over.retain(|send| self.now.since(send.last) > PAUSE);
        over
    }

    fn send(&self, cut: &Cut) -> SendView {
        let mut send = SendView {
            campaign: cut.campaign.clone(),
            first: cut.first,
            last: cut.last,
            running: self.now.since(cut.last) <= QUIET.min(PAUSE),
            limit: self.picture.thresholds.unknown_users,
            ..SendView::default()
        };
        let mut categories: HashMap<Category, u64> = HashMap::new();
        let mut providers: HashMap<Party, SendAt> = HashMap::new();
        for (kind, count) in &cut.kinds {
            let Some((key, _)) = self.picture.sends.kind(*kind) else { continue };
            let at = providers.entry(key.receiver).or_insert_with(|| {
                let (id, name) = self.name(key.receiver);
                SendAt { id, name, ..SendAt::default() }
            });
            let class = code_class(key.code);
            let is_unknown = class == 5 && key.category == Some(Category::UserUnknown);
            let count_if = |is: bool| if is { *count } else { 0 };
            send.attempts += count;
            send.delivered += count_if(key.outcome == Outcome::Delivered);
            send.deferred += count_if(class == 4);
            send.rejected += count_if(class == 5);
            send.unknown_users += count_if(is_unknown);
            at.attempts += count;
            at.deferred += count_if(class == 4);
            at.rejected += count_if(class == 5);
            at.unknown_users += count_if(is_unknown);
            if let Some(category) = key.category {
                *categories.entry(category).or_default() += count;
            }
        }
        send.categories = categories.into_iter().collect();
        send.categories.sort_by_key(|(category, count)| (Reverse(*count), *category));
        send.providers = providers.into_values().collect();
        send.providers.sort_by(|a, b| b.attempts.cmp(&a.attempts).then_with(|| a.id.cmp(&b.id)));
        send
    }
}

/// Sends that may stand beside one, the latest first, all and by campaign.
struct Before {
    all: Vec<PastSend>,
    of: HashMap<Clean, Vec<usize>>,
}

impl Before {
    /// The log's and those that were kept; of two of one campaign that overlap in time, the one with
    /// more attempts, since the log of the other may have been cut.
    fn gather(sends: &[SendView], kept: &[PastSend]) -> Self {
        let mut all: Vec<PastSend> =
            sends.iter().map(SendView::summary).chain(kept.iter().cloned()).collect();
        all.sort_by(|a, b| {
            b.attempts.cmp(&a.attempts).then(b.last.cmp(&a.last)).then_with(|| a.campaign.cmp(&b.campaign))
        });
        let mut taken: HashMap<Clean, Vec<(Moment, Moment)>> = HashMap::new();
        all.retain(|send| {
            let spans = taken.entry(send.campaign.clone()).or_default();
            let overlaps = spans.iter().any(|(first, last)| send.first <= *last && *first <= send.last);
            if !overlaps {
                spans.push((send.first, send.last));
            }
            !overlaps
        });
        all.sort_by_key(|send| Reverse(send.last));
        let mut of: HashMap<Clean, Vec<usize>> = HashMap::new();
        for (at, send) in all.iter().enumerate() {
            of.entry(send.campaign.clone()).or_default().push(at);
        }
        Self { all, of }
    }

    fn put_beside(&self, send: &mut SendView) {
        let is_before = |earlier: &&PastSend| earlier.last < send.first;
        let same = self.of.get(&send.campaign).into_iter().flatten().map(|at| &self.all[*at]);
        let same: Vec<&PastSend> = same.filter(is_before).take(OF_THE_SAME).collect();
        let (earlier, is_same) = if same.is_empty() {
            let begin = self.all.partition_point(|earlier| earlier.last >= send.first);
            // Bounces are no send of anybody's.
            let others = self.all[begin..].iter().filter(|earlier| earlier.campaign.as_str() != "<>");
            (others.take(OF_ALL).collect(), false)
        } else {
            (same, true)
        };
        if earlier.is_empty() {
            return;
        }
        let sum = |of: fn(&PastSend) -> u64| earlier.iter().map(|send| of(send)).sum();
        send.before = Some(Earlier {
            sends: earlier.len() as u32,
            same: is_same,
            attempts: sum(|send| send.attempts),
            deferred: sum(|send| send.deferred),
            rejected: sum(|send| send.rejected),
            unknown_users: sum(|send| send.unknown_users),
        });
        let mut at: HashMap<&Clean, Portion> = HashMap::new();
        for (id, attempts, rejected) in earlier.iter().flat_map(|send| &send.providers) {
            let sum = at.entry(id).or_default();
            sum.of += attempts;
            sum.count += rejected;
        }
        for provider in &mut send.providers {
            provider.before = at.get(&provider.id).copied();
        }
    }
}
