//! The question that the screen asks.

use super::Picture;
use crate::engine::{Answers, Filter, Scope, SendView};
use crate::model::{Moment, Window};
use crate::text::Clean;

/// What the screen wants to know. Two equal questions to one snapshot have one answer.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::ui) struct Question {
    /// The moment of the past that is looked at.
    pub(in crate::ui) at: Option<Moment>,
    /// The rolling span.
    pub(in crate::ui) window: Window,
    /// What it is about.
    pub(in crate::ui) scope: Scope,
    /// What is let through.
    pub(in crate::ui) filter: Filter,
    /// The operator's answers for this scope.
    pub(in crate::ui) answers: Answers,
    /// Slots of the trend: one per column of its chart.
    pub(in crate::ui) slots: usize,
    /// Whether the tables of the sources screen are wanted.
    pub(in crate::ui) tables: bool,
    /// Whether the diagnosis is asked for.
    pub(in crate::ui) told: bool,
    /// Whether the drill is open: only then is the sample asked for.
    pub(in crate::ui) drill: Option<Draw>,
    /// Whether the sample is looked at by time.
    pub(in crate::ui) by_time: bool,
    /// The id of the incident of which it is asked what changed.
    pub(in crate::ui) contrast: Option<Clean>,
    /// The id of the incident whose course and timeline are asked for.
    pub(in crate::ui) incident: Option<Clean>,
    /// Whether the commands that answer questions are asked for.
    pub(in crate::ui) probes: bool,
    /// Whether the sends are asked for.
    pub(in crate::ui) sends: bool,
    /// Whether it is asked what is said to one of them, and to which, where one was chosen; else to the first.
    pub(in crate::ui) said: Option<Option<SendKey>>,
    /// The sends that are compared.
    pub(in crate::ui) compared: Option<(SendKey, SendKey)>,
}

/// What of the picture before may be kept.
#[derive(Copy, Clone, Debug, Default)]
pub(in crate::ui) struct Kept<'p> {
    /// Its sample is still good: it is not drawn again, so that the strings stay put while they are read.
    pub(in crate::ui) sample: Option<&'p Picture>,
    /// What is long to tell was told a moment ago.
    pub(in crate::ui) told: Option<&'p Picture>,
}

impl Question {
    /// Whether what is long to tell is the same that `before` asked for.
    pub(in crate::ui) fn tells_as(&self, before: &Self) -> bool {
        let of_incident = self.contrast == before.contrast && self.incident == before.incident;
        let of_scope = self.told == before.told
            && self.scope == before.scope
            && self.window == before.window
            && self.at == before.at
            && self.filter == before.filter
            && self.answers == before.answers;
        let of_filter = self.contrast.is_none() || self.filter == before.filter;
        of_incident
            && of_filter
            && of_scope
            && self.probes == before.probes
            && self.sends == before.sends
            && self.said == before.said
            && self.compared == before.compared
    }
}

/// A send by what does not change while it goes on: its campaign and its first attempt.
pub(in crate::ui) type SendKey = (Clean, Moment);

/// What `send` is known by.
pub(in crate::ui) fn send_key(send: &SendView) -> SendKey {
    (send.campaign.clone(), send.first)
}

/// Which drawing of the sample is wanted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::ui) struct Draw {
    /// Grows when the operator asks for new strings.
    pub(in crate::ui) serial: u64,
    /// How many strings.
    pub(in crate::ui) limit: usize,
}
