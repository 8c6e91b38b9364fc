//! The sends: every campaign with what became of it, beside the sends before it.

use serde::Serialize;

use super::Snapshot;
use crate::model::{Category, Moment};
use crate::text::Clean;

/// One send: a campaign's mail without a long pause.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct SendView {
    /// The job id, campaign or tenant, else the envelope sender's domain.
    pub campaign: Clean,
    /// Its first attempt.
    pub first: Moment,
    /// Its last attempt so far.
    pub last: Moment,
    /// Whether it still goes on.
    pub running: bool,
    /// All attempts.
    pub attempts: u64,
    /// Handed over.
    pub delivered: u64,
    /// Replies with a 4xx code.
    pub deferred: u64,
    /// Replies with a 5xx code.
    pub rejected: u64,
    /// Of those, the addresses that do not exist: over 2 % of the attempts the list is at fault.
    pub unknown_users: u64,
    /// Complaints of recipients, where the log tells them.
    pub complaints: u64,
    /// Replies by category, most first.
    pub categories: Vec<(Category, u64)>,
    /// Providers, most attempts first.
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
}

/// Sends that are over, together.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Earlier {
    /// How many sends.
    pub sends: u32,
    /// Whether they are of the same campaign.
    pub same: bool,
    /// Their attempts.
    pub attempts: u64,
    /// Their replies with a 5xx code.
    pub rejected: u64,
    /// Of those, unknown users.
    pub unknown_users: u64,
}

impl Snapshot {
    /// The sends, running ones first, then newest first.
    #[must_use]
    pub fn sends(&self) -> Vec<SendView> {
        Vec::new()
    }
}
