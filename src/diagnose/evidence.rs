//! The facts that the tree asks about, measured by the engine or answered by the operator.

use std::sync::Arc;

use super::incident::{Course, Thresholds};
use crate::model::{Category, Moment, Verdict};
use crate::text::Clean;

/// One value of a dimension and how many of the scope's rejections carry it.
#[derive(Clone, Debug, PartialEq)]
pub struct Share {
    /// The value as it is shown: a provider's name, a signature, a source.
    pub name: Clean,
    /// The value's id (`gmail`), or the name where it has none.
    pub id: Clean,
    /// Rejections.
    pub count: u64,
}

/// The value of a dimension that explains most of what is refused.
#[derive(Clone, Debug, PartialEq)]
pub struct Explains {
    /// The dimension in one word: `campaign`, `source`, `pool`, `sender`, `recipient`, `relay`,
    /// `stage`, `signature`, `host`, `tls`.
    pub dimension: Clean,
    /// The value as it is shown.
    pub value: Clean,
    /// The share (0–1) of what is refused that it explains.
    pub share: f64,
}

/// What is known about one scope (a cell, a provider, or everything) over one window.
#[derive(Clone, Debug, Default)]
pub struct Evidence {
    /// The provider in scope: id and name; `None` when the scope is the whole board.
    pub provider: Option<(Clean, Clean)>,
    /// The code column in scope, as shown (`5.7.1`).
    pub code: Option<Clean>,
    /// Whether a filter lets through, of an incident's rows, what happens beside it alone: it narrows as
    /// a code column does.
    pub narrowed: bool,
    /// Attempts at the provider in scope (or everywhere) in the window.
    pub attempts: u64,
    /// Rejections (5xx replies) at the provider in scope (or everywhere) in the window.
    pub rejected: u64,
    /// Replies (4xx and 5xx) inside the scope itself: what the sample and the shares describe.
    pub replies: u64,
    /// Of `replies`, those that say nothing new: of an address that was refused today already, to a
    /// message that heard the same, of a small domain that said it often.
    pub again: u64,
    /// The share of attempts that was rejected before; `None` while there is no history.
    pub baseline: Option<f64>,
    /// The onset of the incident that covers the scope.
    pub onset: Option<Moment>,
    /// The log's now.
    pub now: Moment,
    /// Categories inside the scope, most frequent first.
    pub categories: Vec<(Category, u64)>,
    /// Signatures inside the scope, most frequent first.
    pub signatures: Vec<Share>,
    /// Providers that reject in the scope's leading category, most frequent first, over the whole
    /// board: is it concentrated?
    pub providers: Vec<Share>,
    /// What rates are measured against.
    pub thresholds: Thresholds,
    /// How many providers the running incident that covers the scope strikes, where it is several.
    pub struck: Option<usize>,
    /// Our sources inside the scope, most frequent first.
    pub sources: Vec<Share>,
    /// Campaigns inside the scope, most frequent first.
    pub campaigns: Vec<Share>,
    /// Lists that replies in the scope name, most frequent first.
    pub lists: Vec<Share>,
    /// The verdict of the most frequent signature.
    pub leading: Option<Arc<Verdict>>,
    /// Share of attempts (0–1) answered with an unknown-user reply, at the provider in scope.
    pub unknown_user_rate: f64,
    /// A sending domain to fill into commands, where the log tells one.
    pub sending_domain: Option<Clean>,
    /// Our sending domains in the refused messages, most refused first.
    pub senders: Vec<Share>,
    /// Our addresses, as replies and sources name them, most refused first.
    pub ips: Vec<Share>,
    /// A sending IP to fill into commands, where the log tells one.
    pub sending_ip: Option<Clean>,
    /// The host that answers most of the scope's replies, to fill into commands.
    pub relay: Option<Clean>,
    /// A recipient's domain of the scope, to fill into commands.
    pub recipient_domain: Option<Clean>,
    /// Deferrals (4xx) at the provider in scope by category; `None` where they are not told apart.
    pub deferrals: Option<Vec<(Category, u64)>>,
    /// Complaints that the log carries, at the provider in scope; `None` where the log carries none
    /// of any provider.
    pub complaints: Option<u64>,
    /// Complaints over what was delivered (0–1) at the provider in scope.
    pub complaint_rate: Option<f64>,
    /// What changed against before: the value that explains most.
    pub explains: Option<Explains>,
    /// Where the incident that covers the scope stands.
    pub state: Option<Course>,
    /// Whether that incident is a drift rather than a step.
    pub slow: Option<bool>,
}
