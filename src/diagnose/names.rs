//! The evidence by name: what conditions may ask about and sentences may quote. A name that is not
//! here is refused when a tree is loaded.

use super::incident::Course;
use crate::model::{Action, Category, Mechanism, Severity};
use crate::text::remark;

/// What kind of fact a name stands for.
#[derive(Copy, Clone, Debug)]
pub(super) enum Kind {
    /// 0–1, printed as `38.2%`.
    Share,
    /// 0–1, printed as `0.12%`: complaints are counted in hundredths of a percent.
    Fine,
    /// Printed with thousands separators.
    Count,
    /// A ratio, printed as `×95`.
    Times,
    /// A word; the function lists the words there are, and is empty where any may come.
    Word(fn() -> Vec<&'static str>),
    /// Yes or no.
    Truth,
    /// Only for sentences.
    Text,
}

impl Kind {
    /// Whether numbers of both kinds can be compared: shares with shares, counts with counts.
    pub(super) fn is_like(self, other: Self) -> bool {
        match self {
            Self::Share | Self::Fine => matches!(other, Self::Share | Self::Fine),
            Self::Count => matches!(other, Self::Count),
            Self::Times => matches!(other, Self::Times),
            Self::Word(_) | Self::Truth | Self::Text => false,
        }
    }
}

/// A name and its kind.
#[derive(Debug)]
pub(super) struct Name {
    /// As trees write it.
    pub(super) id: &'static str,
    /// What it is.
    pub(super) kind: Kind,
}

/// The fact with this name.
pub(super) fn named(id: &str) -> Option<&'static Name> {
    NAMES.iter().find(|name| name.id == id)
}

/// `; did you mean `rate`?` for a name that nobody knows, where one is near.
pub(super) fn meant(id: &str) -> String {
    remark::meant(id, NAMES.iter().map(|name| name.id))
}

fn any() -> Vec<&'static str> {
    Vec::new()
}

fn categories() -> Vec<&'static str> {
    Category::ALL.iter().map(|category| category.id()).collect()
}

fn actions() -> Vec<&'static str> {
    Action::ALL.iter().map(|action| action.id()).collect()
}

fn severities() -> Vec<&'static str> {
    Severity::ALL.iter().map(|severity| severity.id()).collect()
}

fn mechanisms() -> Vec<&'static str> {
    Mechanism::ALL.iter().map(|mechanism| mechanism.id()).collect()
}

/// How N0 answers: an incident, an old and steady rate, ordinary churn, a queue that only has to
/// wait, or too few attempts.
fn modes() -> Vec<&'static str> {
    vec!["incident", "standing", "raised", "churn", "waiting", "few"]
}

fn states() -> Vec<&'static str> {
    Course::ALL.iter().map(|course| course.id()).collect()
}

fn classes() -> Vec<&'static str> {
    vec!["4xx", "5xx"]
}

const fn name(id: &'static str, kind: Kind) -> Name {
    Name { id, kind }
}

/// Every name. Shares of families count the replies of the scope.
pub(super) const NAMES: &[Name] = &[
    // How much.
    name("attempts", Kind::Count),
    name("rejected", Kind::Count),
    name("replies", Kind::Count),
    name("again", Kind::Count),
    name("again_share", Kind::Share),
    name("deferred", Kind::Count),
    name("rate", Kind::Share),
    name("baseline", Kind::Share),
    name("times", Kind::Times),
    name("deferral_rate", Kind::Share),
    name("scope_rate", Kind::Share),
    name("scope_share", Kind::Share),
    name("scoped", Kind::Truth),
    name("onset", Kind::Truth),
    name("state", Kind::Word(states)),
    name("slow", Kind::Truth),
    name("deferral_ours", Kind::Share),
    name("deferral_waits", Kind::Share),
    name("complaints", Kind::Count),
    name("complaint_rate", Kind::Fine),
    // What they say.
    name("signatures", Kind::Count),
    name("leading_share", Kind::Share),
    name("category", Kind::Word(categories)),
    name("category_share", Kind::Share),
    name("action", Kind::Word(actions)),
    name("severity", Kind::Word(severities)),
    name("mechanism", Kind::Word(mechanisms)),
    name("list", Kind::Word(any)),
    name("list_named", Kind::Truth),
    name("list_share", Kind::Share),
    name("provider_code", Kind::Word(any)),
    name("enhanced", Kind::Word(any)),
    name("says", Kind::Word(any)),
    name("class", Kind::Word(classes)),
    name("temporary", Kind::Truth),
    name("address_share", Kind::Share),
    name("auth_share", Kind::Share),
    name("reputation_share", Kind::Share),
    name("content_share", Kind::Share),
    name("policy_share", Kind::Share),
    name("setup_share", Kind::Share),
    name("waiting_share", Kind::Share),
    name("unknown_user_rate", Kind::Share),
    name("unknown_users", Kind::Count),
    // What rates are measured against: the operator's thresholds, or the built-in ones.
    name("incident_limit", Kind::Share),
    name("step_limit", Kind::Share),
    name("unknown_user_limit", Kind::Share),
    name("complaint_warn", Kind::Fine),
    name("complaint_limit", Kind::Fine),
    // Where.
    name("provider", Kind::Word(any)),
    name("top", Kind::Word(any)),
    name("provider_share", Kind::Share),
    name("here_share", Kind::Share),
    name("providers", Kind::Count),
    name("elsewhere", Kind::Truth),
    name("source_share", Kind::Share),
    name("sources", Kind::Count),
    name("campaign_share", Kind::Share),
    name("campaigns", Kind::Count),
    // What changed: the dimension whose value explains most, and how much of it.
    name("explains", Kind::Word(any)),
    name("explains_share", Kind::Share),
    // Only the operator knows these; a node asks for them with `figure`.
    name("spam_rate", Kind::Fine),
    name("compliant_days", Kind::Count),
    name("sends_per_day", Kind::Count),
    name("spf_lookups", Kind::Count),
    name("dkim_bits", Kind::Count),
    name("days_waited", Kind::Count),
    // What the tree found so far.
    name("mode", Kind::Word(modes)),
    // Only in sentences.
    name("receiver", Kind::Text),
    name("where", Kind::Text),
    name("top_provider", Kind::Text),
    name("second_provider", Kind::Text),
    name("reason", Kind::Text),
    name("reasons", Kind::Text),
    name("list_name", Kind::Text),
    name("check", Kind::Text),
    name("source", Kind::Text),
    name("campaign", Kind::Text),
    name("explanation", Kind::Text),
    name("relay", Kind::Text),
    name("recipient_domain", Kind::Text),
    name("sending_ip", Kind::Text),
    name("sending_domain", Kind::Text),
    name("ip", Kind::Text),
    name("reversed_ip", Kind::Text),
    name("domain", Kind::Text),
    name("since", Kind::Text),
    name("was", Kind::Text),
    name("incident", Kind::Text),
    name("meaning", Kind::Text),
    name("verdict", Kind::Text),
];
