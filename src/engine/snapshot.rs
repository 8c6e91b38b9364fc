//! What the faces see: one immutable picture of everything counted so far.

mod answers;
mod cells;

use std::sync::Arc;

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::clocks::Skew;
use super::parties::Names;
use super::speed::Speed;
use super::{Incident, Notice};
use crate::aggregate::{Complaints, Kept, Leaf, Reservoir, Rings, Strands, Tally, ValueIx};
use crate::diagnose;
use crate::model::{Moment, Party};
use crate::record::PastSend;
use crate::sample::Samples;
use crate::text::{Clean, share};

pub use answers::{Board, Cell, Column, Estimated, Row, Sample, Series, Signature, Specimen};

/// Whether lines can still arrive.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Mode {
    /// History is still being read; the numbers are not complete.
    Reading,
    /// Following.
    Live,
    /// Everything was read to its end.
    Ended,
}

/// How a log is played.
#[derive(Copy, Clone, Debug, PartialEq)]
pub struct Playing {
    /// How fast.
    pub speed: Speed,
    /// Whether it stands still.
    pub paused: bool,
    /// Where it ends, where that is known before.
    pub until: Option<Moment>,
    /// Whether what comes before the beginning is still being read.
    pub filling: bool,
}

/// Lines and what became of them.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lines {
    /// Lines read.
    pub read: u64,
    /// Lines that say nothing about outbound mail.
    pub no_interest: u64,
    /// Lines that looked like an attempt but did not parse.
    pub unparsed: u64,
    /// Lines lost: truncated away before they could be read. An estimate, one for every 200 bytes
    /// that are known to be gone, at least one for each gap.
    pub lost: u64,
    /// Refusals by a host that was not the last one tried.
    pub non_final: u64,
    /// Deliveries put off because an earlier one failed: no new reply.
    pub suspended: u64,
    /// Local deliveries, pipes, discards.
    pub local: u64,
    /// Address verification probes.
    pub verify: u64,
    /// Complaints of recipients.
    pub complaints: u64,
    /// Bounces that came back as mail after the server had taken the message.
    pub late_bounces: u64,
    /// Attempts older than the start, or younger than the end, that were asked for.
    pub outside: u64,
    /// Attempts with a stamp far in the future that no other line confirms: in the totals, in no
    /// window.
    pub future: u64,
}

/// Attempts and what became of them.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Delivered, deferred and rejected together.
    pub attempts: u64,
    /// Handed over.
    pub delivered: u64,
    /// Kept for another try.
    pub deferred: u64,
    /// Given up by the MTA.
    pub rejected: u64,
    /// Messages given up for their age; not attempts.
    pub expired: u64,
    /// Replies with a 4xx code.
    pub code_4xx: u64,
    /// Replies with a 5xx code: the board's rejections.
    pub code_5xx: u64,
}

impl Totals {
    /// Refused with a 5xx code per attempt, 0–1.
    #[must_use]
    pub fn rate(&self) -> f64 {
        share(self.code_5xx, self.attempts)
    }

    /// Both together.
    #[must_use]
    pub const fn plus(&self, other: &Self) -> Self {
        Self {
            attempts: self.attempts + other.attempts,
            delivered: self.delivered + other.delivered,
            deferred: self.deferred + other.deferred,
            rejected: self.rejected + other.rejected,
            expired: self.expired + other.expired,
            code_4xx: self.code_4xx + other.code_4xx,
            code_5xx: self.code_5xx + other.code_5xx,
        }
    }
}

/// What was truncated away before it could be read.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Gone {
    /// All of it, in bytes.
    pub bytes: u64,
    /// When the last of it was missed, by this host's clock.
    pub at: Moment,
}

/// One file or stream that is read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct SourceView {
    /// Path or name as given.
    pub name: Clean,
    /// What it is doing: "live", "reading 42 %", "missing", "no permission".
    pub state: Clean,
    /// Lines read from it.
    pub lines: u64,
    /// Lines from it that looked like an attempt but did not parse.
    pub unparsed: u64,
    /// Lines per second of wall time, lately; no part of any report.
    #[serde(skip)]
    pub lines_per_second: f64,
    /// The newest stamp of what was read from it; no part of any report.
    #[serde(skip)]
    pub newest: Option<Moment>,
    /// How often it was rotated while it was followed; no part of any report.
    #[serde(skip)]
    pub rotations: u64,
    /// Lines lost from it, estimated as in [`Lines::lost`].
    pub lost: u64,
    /// What they were, in bytes, and when that was seen last.
    pub gone: Option<Gone>,
    /// Bytes at its beginning that were passed over, because everything there is older than what was
    /// asked for.
    pub skipped_bytes: u64,
    /// What was wrong with it: where, and what that cost; at most 21.
    pub notes: Vec<Clean>,
    /// Whether it cannot be read just now.
    pub trouble: bool,
    /// The kinds of log that its lines are of, most lines first.
    pub dialects: Vec<Clean>,
    /// The first lines that looked like an attempt and were none.
    pub puzzling: Vec<Puzzle>,
    /// The first lines, where no line is of a kind that any MTA is known to write.
    pub strange: Vec<Clean>,
}

impl SourceView {
    /// Whether lines were read from it, and no MTA is known to write any of them.
    #[must_use]
    pub fn is_strange(&self) -> bool {
        self.dialects.is_empty() && !self.strange.is_empty()
    }
}

/// A line that looked like an attempt and could not be read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Puzzle {
    /// Which line of its source it is, counted from 1 where reading began.
    pub line: u64,
    /// What is wrong with it.
    pub why: &'static str,
    /// Its beginning.
    pub text: Clean,
}

/// What a question is about: everything, a provider, one cell, or an incident.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Scope {
    /// The provider's id, or every provider.
    pub provider: Option<Clean>,
    /// The column's label, or every rejection.
    pub column: Option<Clean>,
    /// The id of an incident: only what counts to it, its category at its providers.
    pub incident: Option<Clean>,
}

impl Scope {
    /// What an incident is about.
    #[must_use]
    pub fn of_incident(incident: &Incident) -> Self {
        Self { provider: incident.provider.clone(), column: None, incident: Some(incident.id.clone()) }
    }
}

/// Attempts that could not be counted as finely as others, because a limit was reached.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Bounds {
    /// Attempts counted without their signature.
    pub coarsened: u64,
    /// Attempts that are in the totals but in no cell.
    pub dropped: u64,
    /// Attempts whose sender was not known.
    pub senders_missed: u64,
    /// Of those, attempts that stopped waiting for it while the past was read: too many waited.
    pub senders_late: u64,
    /// Attempts counted under `other` because there were too many domains.
    pub domains_merged: u64,
}

/// How fast and how far behind.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Pace {
    /// Lines per second of wall time, lately.
    pub lines_per_second: f64,
    /// Milliseconds between the newest stamp and now.
    pub lag: i64,
}

/// One immutable picture of everything counted so far. Cheap to hold: freezing the screen is
/// keeping one.
#[derive(Clone, Debug)]
pub struct Snapshot {
    /// The log's now: every window ends here. Of a picture of the past, the moment that it is of.
    pub now: Moment,
    /// Of a picture of the past, the log's now when it was taken; else `None`.
    pub back_from: Option<Moment>,
    /// Whether lines can still arrive.
    pub mode: Mode,
    /// How the log is played, where it is.
    pub playing: Option<Playing>,
    /// Grows by one with every published snapshot.
    pub generation: u64,
    /// First and last log time counted.
    pub span: Option<(Moment, Moment)>,
    /// While the past is still read: from when on the counts are complete.
    pub complete_since: Option<Moment>,
    /// Names of the MTA hosts seen, busiest first.
    pub hosts: Vec<Clean>,
    /// MTA hosts and their attempts over everything read, busiest first; the name is empty where the
    /// log names no host.
    pub host_tallies: Vec<(Clean, Tally)>,
    /// The kinds of log read: "postfix", "exim".
    pub dialects: Vec<Clean>,
    /// Lines per second over the last seconds of wall time.
    pub lines_per_second: f64,
    /// Milliseconds between the newest line's time stamp and now, when live.
    pub lag: i64,
    /// Lines and what became of them.
    pub lines: Lines,
    /// Attempts over everything read.
    pub totals: Totals,
    /// What the limits cost.
    pub bounds: Bounds,
    /// The first line that looked like an attempt and was none.
    pub puzzling: Option<Clean>,
    /// Files and streams.
    pub sources: Vec<SourceView>,
    /// Our sides of the connections and their attempts, busiest first.
    pub tallies: Vec<(Clean, Tally)>,
    /// Campaigns and their attempts, busiest first.
    pub campaigns: Vec<(Clean, Tally)>,
    /// Up to when incidents were looked for.
    pub watched_until: Option<Moment>,
    /// The host whose clock is furthest behind another's, where incidents are looked for up to its time.
    pub skew: Option<Skew>,
    /// Incidents, running ones first, then newest first.
    pub incidents: Vec<Incident>,
    /// Trouble that is no incident of ours: running first, then the last of each provider's that is
    /// over.
    pub notices: Vec<Notice>,
    /// What the questions are answered from.
    pub(super) picture: Arc<Picture>,
}

/// Names of what is counted by whom.
#[derive(Debug)]
pub(super) struct Values {
    /// Our sides of the connections.
    pub sources: Named,
    /// Campaigns.
    pub campaigns: Named,
    /// MTA hosts.
    pub hosts: Named,
}

/// Names in the order of their indices.
#[derive(Debug)]
pub(super) struct Named(pub Arc<[(ValueIx, Clean)]>);

impl Named {
    /// The name of a value.
    pub(super) fn name(&self, index: ValueIx) -> Option<&Clean> {
        let at = self.0.binary_search_by_key(&index, |(index, _)| *index).ok()?;
        Some(&self.0[at].1)
    }

    /// Values whose name another one had before, and which.
    pub(super) fn again(&self) -> HashMap<ValueIx, ValueIx> {
        // The first holders of all rows come first; mostly there are no others.
        if self.0.last().is_none_or(|(last, _)| *last <= u32::from(u16::MAX)) {
            return HashMap::new();
        }
        let (mut firsts, mut again) = (HashMap::new(), HashMap::new());
        for (index, name) in self.0.iter() {
            let first = *firsts.entry(name).or_insert(*index);
            if first != *index {
                again.insert(*index, first);
            }
        }
        again
    }

    /// The values of a name: a campaign that comes back has another one than before.
    pub(super) fn values(&self, name: &Clean) -> impl Iterator<Item = ValueIx> {
        self.0.iter().filter(move |(index, known)| *index > 0 && known == name).map(|(index, _)| *index)
    }
}

/// A party that an incident strikes or struck.
#[derive(Copy, Clone, Debug)]
pub(super) struct Struck {
    /// Which.
    pub party: Party,
    /// Since when.
    pub onset: Moment,
    /// When the incident was certain.
    pub declared: Moment,
    /// When it was over.
    pub until: Option<Moment>,
}

/// What a snapshot's questions are answered from.
#[derive(Debug)]
pub(super) struct Picture {
    /// What is counted.
    pub leaves: Vec<Leaf>,
    /// When.
    pub rings: Rings,
    /// What of it was heard before.
    pub echoes: Rings,
    /// By whose campaign, hour by hour.
    pub sends: Kept,
    /// Sends of which the logs may be gone.
    pub past_sends: Arc<Vec<PastSend>>,
    /// One by one, as many as there was room for.
    pub reservoir: Reservoir,
    /// By source and by campaign, over time.
    pub strands: Strands,
    /// What came back.
    pub complaints: Complaints,
    /// Names of what is counted by whom.
    pub values: Values,
    /// Strings.
    pub samples: Samples<Arc<Specimen>>,
    /// Names of parties.
    pub names: Names,
    /// Parties that incidents strike or struck.
    pub struck: Vec<Struck>,
    /// Trees, remedies, checklists.
    pub trees: Arc<diagnose::Knowledge>,
    /// What rates are measured against.
    pub thresholds: diagnose::incident::Thresholds,
}
