//! What happened, in the order of time: what the log tells of an incident and what the operator did.

use serde::Serialize;

use crate::model::Moment;
use crate::text::Clean;

/// What kind of thing happened.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Happening {
    /// The rate left its baseline.
    Onset,
    /// That was certain.
    Declared,
    /// The rate reached a higher level.
    Level,
    /// It fell to a lower one.
    #[serde(rename = "level")]
    Eased,
    /// Replies began to say something new, or stopped.
    Signature,
    /// A provider joined, or was left alone again.
    Scope,
    /// A question was answered by a look-up.
    Probe,
    /// The operator answered a question or ticked a step.
    Answer,
    /// The operator noted something.
    Note,
    /// Something was written or copied to be handed over.
    Export,
    /// The rate came back.
    End,
}

/// One thing that happened.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Happened {
    /// When, in log time for what the log tells, in wall time for what the operator did.
    pub at: Moment,
    /// Who: `None` for the log, else the operator, `user@host`.
    pub who: Option<Clean>,
    /// What kind.
    pub kind: Happening,
    /// What, in one line.
    pub what: Clean,
}
