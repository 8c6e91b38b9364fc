//! What `expected.toml` says. Times are `YYYY-MM-DDTHH:MM:SSZ`, tolerances seconds.

use serde::Deserialize;

/// `expected.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expected {
    /// Whether there is no incident at all.
    #[serde(default)]
    pub none: bool,
    /// Times at which nobody may have been alarmed by anything but what is in `incident`, besides
    /// the end of the log.
    #[serde(default)]
    pub look_at: Vec<String>,
    /// What the diagnosis says where nothing need be wrong.
    #[serde(default)]
    pub advice: Vec<Told>,
    /// Incidents that may be told and need not be.
    #[serde(default)]
    pub allowed: Vec<Allowed>,
    /// Trouble that is no incident of ours, and no other.
    #[serde(default)]
    pub notice: Vec<Noticed>,
    /// The incidents, and no other.
    #[serde(default)]
    pub incident: Vec<Case>,
}

/// What is told at one provider, or of everything, at some time.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Told {
    /// A provider's id; absent for everything.
    pub provider: Option<String>,
    /// Absent for the end of the log.
    pub at: Option<String>,
    pub says: Advice,
}

/// Trouble of a provider's own, or of our network.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Noticed {
    /// The provider's id; absent for our network's.
    pub provider: Option<String>,
    /// How it fails.
    pub how: String,
    /// When it began, and when it was over; a minute beside it is well.
    pub onset: String,
    pub until: Option<String>,
    /// By when it has to be told.
    pub by: String,
}

/// An incident that is no mistake if it is told as what it is: trouble of theirs.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Allowed {
    pub provider: String,
    pub category: Vec<String>,
    /// What its diagnosis says then.
    pub says: Advice,
}

/// One incident.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Case {
    /// The trouble of `scenario.toml` that it is.
    pub trouble: String,
    /// The one provider that it is at.
    pub provider: Option<String>,
    /// The providers that it is at, at least.
    #[serde(default)]
    pub providers: Vec<String>,
    /// The campaign, source or list that it is of.
    pub campaign: Option<String>,
    pub source: Option<String>,
    pub list: Option<String>,
    /// Categories that are right.
    pub category: Vec<String>,
    /// When it began.
    pub onset: String,
    pub onset_tolerance: u64,
    /// When it has to be known.
    pub known: Known,
    /// When it ended; absent while it runs at the end of the log.
    pub until: Option<String>,
    #[serde(default)]
    pub until_tolerance: u64,
    /// Words of the incident's own line.
    #[serde(default)]
    pub verdict: Vec<String>,
    #[serde(default)]
    pub verdict_forbids: Vec<String>,
    /// When the following is looked at; absent for the end of the log.
    pub look_at: Option<String>,
    /// What is common to it.
    #[serde(default)]
    pub contrast: Vec<Common>,
    /// What to do.
    pub diagnosis: Option<Advice>,
}

/// When an incident has to be known: the latest of what is said.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Known {
    /// So many answers of the trouble later.
    pub rejections: Option<usize>,
    /// So many seconds after the onset.
    pub seconds: Option<u64>,
    /// Then.
    pub by: Option<String>,
}

/// A value that is over-represented.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Common {
    /// `campaign`, `source`, `pool`, `sender`, `host`: what is ours.
    pub dimension: String,
    pub value: String,
    /// The place, counted from 1, that it has at most among the values of what is ours.
    #[serde(default = "first")]
    pub place: usize,
    /// Its share of the incident, 0–1, at least.
    pub share: f64,
}

/// A diagnosis; words are looked for in lower case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Advice {
    /// Words of the verdict.
    #[serde(default)]
    pub verdict: Vec<String>,
    #[serde(default)]
    pub verdict_forbids: Vec<String>,
    /// Words of what to do, and words that must not be there.
    #[serde(default, rename = "do")]
    pub todo: Vec<String>,
    #[serde(default)]
    pub do_forbids: Vec<String>,
    /// Words of what not to do.
    #[serde(default)]
    pub dont: Vec<String>,
    /// Steps of the checklist that the logs tick, and steps that wait for the operator.
    #[serde(default)]
    pub ticked: Vec<String>,
    #[serde(default)]
    pub open: Vec<String>,
    /// Steps that must not be there.
    #[serde(default)]
    pub without: Vec<String>,
}

fn first() -> usize {
    1
}
