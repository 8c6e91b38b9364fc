//! Telling an incident from churn.
//!
//! ```text
//! counts per second ─▶ tracks (a rate left its own baseline) ─▶ cases (what is one incident) ─▶ Incident
//! ```
//!
//! A track watches one rate: the replies of one [`Fault`] at one provider, of one category,
//! one source, one campaign, or over all. Two sequential tests move it: a quick one that needs
//! seconds, and a slow one over minutes for what creeps. A case is what an operator calls
//! an incident: the tracks that moved for one reason.
//!
//! Everything here is on log time: the same log gives the same incidents at any speed.

mod baseline;
mod case;
mod score;
mod suspicion;
mod theirs;
mod thresholds;
mod track;
mod verdict;
mod watch;

#[cfg(test)]
mod tests;

use serde::Serialize;

use crate::model::{Category, Moment, code_class};
use crate::text::{Clean, percent, share};

pub use case::{Case, Composition, Counts, Scope};
pub use theirs::{Failing, Notice, Trouble, Troubled, Troubles};
pub use thresholds::{Thresholds, ThresholdsError};
pub use verdict::{Named, line};
pub use watch::{Of, Reply, Slice, Watch};

/// Attempts that make a baseline: a rate over fewer is not known.
pub const BASELINE: u64 = 50;

/// A rejection rate that left its baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Incident {
    /// What it is referred to by: scope (where it is about one), category and minute of its onset,
    /// `gmail-ip_reputation-20261121T1427Z`. It stays as it was when the incident was first told.
    pub id: Clean,
    /// The provider's id; `null` when it spans several.
    pub provider: Option<Clean>,
    /// The ids of all providers that it strikes, hardest first.
    pub providers: Vec<Clean>,
    /// Our source that it is about, where it is about one.
    pub source: Option<Clean>,
    /// The campaign that it is about, where it is about one.
    pub campaign: Option<Clean>,
    /// The id of the blocklist that its replies name, where they name one.
    pub list: Option<Clean>,
    /// The name as shown: the provider's, "3 providers", a source, a campaign.
    pub name: Clean,
    /// The leading category.
    pub category: Category,
    /// When the rate left its baseline.
    pub onset: Moment,
    /// When that was certain.
    pub declared: Moment,
    /// When it came back; `null` while it lasts.
    pub until: Option<Moment>,
    /// Where it is going.
    pub course: Course,
    /// Whether it crept up over minutes rather than came in a step.
    pub slow: bool,
    /// Its worst minute so far.
    pub peak: Peak,
    /// Replies of its kind at its providers (of its source, its campaign, where it is about one alone)
    /// from the onset to its end or now: as many as are found by looking into it.
    pub rejected: u64,
    /// Attempts there since the onset.
    pub attempts: u64,
    /// `rejected` per attempt since the onset, 0–1.
    pub rate: f64,
    /// The same before the onset, 0–1, as far as counts are kept and without what earlier incidents of
    /// its kind were; `null` where fewer than [`BASELINE`] attempts were seen there.
    pub baseline: Option<f64>,
    /// One line: what it is.
    pub verdict: String,
}

#[cfg(test)]
impl Incident {
    /// One that runs since a Saturday afternoon.
    pub(crate) fn example(providers: &[&str], category: Category) -> Self {
        let onset = Moment::from_seconds(1_795_271_260);
        Self {
            id: Clean::default(),
            provider: providers.first().filter(|_| providers.len() == 1).map(|one| Clean::from(*one)),
            providers: providers.iter().map(|one| Clean::from(*one)).collect(),
            source: None,
            campaign: None,
            list: None,
            name: Clean::from("x"),
            category,
            onset,
            declared: onset.plus_millis(10_000),
            until: None,
            course: Course::Steady,
            slow: false,
            peak: Peak::default(),
            rejected: 10,
            attempts: 20,
            rate: 0.5,
            baseline: Some(0.004),
            verdict: String::new(),
        }
    }
}

impl Incident {
    /// What its rate was before, as the end of a phrase: `lead` and `0.4%`; empty where that is not
    /// known.
    #[must_use]
    pub fn was(&self, lead: &str) -> String {
        self.baseline.map_or_else(String::new, |baseline| format!("{lead}{}", percent(baseline)))
    }

    /// Whether it is about one source or one campaign alone, whoever refuses it: its counts are that
    /// one's, and not its providers'.
    #[must_use]
    pub fn is_of_one(&self) -> bool {
        self.provider.is_none() && (self.is_from(&self.source) || self.is_from(&self.campaign))
    }

    /// Whether mail of this source and campaign is in it, where it is about one alone.
    #[must_use]
    pub fn has_mail_of(&self, source: &Clean, campaign: &Clean) -> bool {
        let is_other = |own: &Option<Clean>, other: &Clean| self.is_from(own) && *other != self.name;
        !self.is_of_one() || !is_other(&self.source, source) && !is_other(&self.campaign, campaign)
    }

    fn is_from(&self, one: &Option<Clean>) -> bool {
        one.as_ref() == Some(&self.name)
    }

    /// Whether a reply is one of those that it is about, wherever it was said.
    #[must_use]
    pub fn is_about(&self, category: Category, code: u16, list: Option<&str>) -> bool {
        is_kin(category, self.category)
            && fault(category, code).is_some()
            && match (&self.list, list) {
                (Some(own), Some(list)) => family(own) == family(list),
                _ => true,
            }
    }
}

/// Whether two categories are one trouble: dead addresses are, whatever is dead of them.
#[must_use]
pub fn is_kin(a: Category, b: Category) -> bool {
    let is_address = |category| fault(category, 550) == Some(Fault::Address);
    a == b || is_address(a) && is_address(b)
}

/// The family of a list, by its id: `spamhaus-zen` and `spamhaus-sbl` are of one.
#[must_use]
pub fn family(list: &str) -> &str {
    list.split('-').next().unwrap_or_default()
}

/// Where an incident is going.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Course {
    /// The rate still grows.
    Rising,
    /// It holds.
    Steady,
    /// It shrinks, and is not yet back.
    Falling,
    /// It came back.
    Over,
    /// Its mail stopped before it came back: whether it is over is not known.
    Silent,
}

impl Course {
    /// All of them.
    pub const ALL: &'static [Self] = &[Self::Rising, Self::Steady, Self::Falling, Self::Over, Self::Silent];

    /// Where a rate is going whose last minutes had these attempts and replies, and the minutes before
    /// them those. `is_young`: whether there was nothing earlier.
    #[must_use]
    pub fn of(now: (u64, u64), before: (u64, u64), is_young: impl FnOnce() -> bool) -> Self {
        if before.0 == 0 || now.0 == 0 {
            // Minutes without an attempt say nothing of where a rate is going; only a young one rises.
            return if is_young() { Self::Rising } else { Self::Steady };
        }
        let rate_of = |(attempts, hits): (u64, u64)| share(hits, attempts);
        let (rate, was) = (rate_of(now), rate_of(before));
        // Two standard deviations of the difference, and a fifth: less is chance, or nothing.
        let pooled = rate_of((now.0 + before.0, now.1 + before.1));
        let deviation = (pooled * (1.0 - pooled) * (1.0 / now.0 as f64 + 1.0 / before.0 as f64)).sqrt();
        if rate - was > 2.0 * deviation && rate > was * 1.2 {
            Self::Rising
        } else if was - rate > 2.0 * deviation && rate < was * 0.8 {
            Self::Falling
        } else {
            Self::Steady
        }
    }

    /// As trees and JSON write it.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Rising => "rising",
            Self::Steady => "steady",
            Self::Falling => "falling",
            Self::Over => "over",
            Self::Silent => "silent",
        }
    }
}

/// The worst minute of an incident.
#[derive(Copy, Clone, Debug, Default, PartialEq, Serialize)]
pub struct Peak {
    /// Replies that count per attempt, 0–1.
    pub rate: f64,
    /// When that minute began.
    pub at: Moment,
}

/// Whose fault a reply is, as far as incidents are concerned.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Reputation, lists, authentication, content, configuration: ours.
    Sender,
    /// The address does not exist or takes no mail.
    Address,
    /// The receiver's own trouble, or the network's: never an incident, at most a [`Notice`].
    Receiver,
}

impl Fault {
    /// Those that make an incident.
    const ALL: [Self; 2] = [Self::Sender, Self::Address];
}

/// Whose fault a reply with this category and basic code is; `None` for what is nobody's (full
/// mailboxes, greylisting, the remote system's own trouble). A deferral counts where its words
/// blame the sender: the queue retries, and will hear the same.
#[must_use]
pub fn fault(category: Category, code: u16) -> Option<Fault> {
    use Category as C;
    match category {
        C::UserUnknown | C::BadDomain | C::MailboxDisabled => {
            matches!(code_class(code), 0 | 5).then_some(Fault::Address)
        }
        C::Blocklist
        | C::IpReputation
        | C::DomainReputation
        | C::AuthFailure
        | C::ContentSpam
        | C::Virus
        | C::Policy
        | C::PtrDns
        | C::SenderInvalid
        | C::RelayDenied
        | C::SmtpAuth
        | C::Tls
        | C::Protocol
        | C::Size => (code != 0).then_some(Fault::Sender),
        C::Unknown | C::RecipientPolicy | C::RateLimit => (code_class(code) == 5).then_some(Fault::Sender),
        C::MailboxFull | C::Greylist | C::Network | C::ServerError => None,
    }
}
