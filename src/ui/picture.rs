//! What is drawn: the snapshot's answers to the one question that the screen asks just now.

use crate::engine::{
    Answers, Board, Confidence, Diagnosis, Filter, Incident, Lines, Mode, Remedy, Row, Sample, Scope, Series,
    Signature, Snapshot, SourceView, Tally, Totals,
};
use crate::model::{Moment, Window};
use crate::text::Clean;

/// What the screen wants to know. Two equal questions to one snapshot have one answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    /// The rolling span.
    pub(super) window: Window,
    /// What it is about.
    pub(super) scope: Scope,
    /// What is let through.
    pub(super) filter: Filter,
    /// The operator's answers for this scope.
    pub(super) answers: Answers,
    /// Slots of the trend: one per column of its chart.
    pub(super) slots: usize,
    /// Whether the tables of the sources screen are wanted.
    pub(super) tables: bool,
    /// Whether the drill is open: only then are sample and diagnosis asked for.
    pub(super) drill: Option<Draw>,
}

/// Which drawing of the sample is wanted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Draw {
    /// Grows when the operator asks for new strings.
    pub(super) serial: u64,
    /// How many strings.
    pub(super) limit: usize,
}

/// What the header says. It stays live while the picture is frozen.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) now: Moment,
    pub(super) mode: Mode,
    pub(super) hosts: Vec<Clean>,
    pub(super) dialects: Vec<Clean>,
    pub(super) sources: Vec<SourceView>,
    pub(super) lines_per_second: f64,
    /// Milliseconds.
    pub(super) lag: i64,
    /// While the past is read: from when on the counts are complete.
    pub(super) complete_since: Option<Moment>,
    pub(super) lines: Lines,
    pub(super) totals: Totals,
    /// Since when the picture is held, and how many attempts came since.
    pub(super) frozen: Option<(Moment, u64)>,
}

/// Attempts by where they came from, over everything read.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    /// By MTA host.
    pub(super) hosts: Vec<(Clean, Tally)>,
    /// By our side of the connection.
    pub(super) ours: Vec<(Clean, Tally)>,
}

/// Everything that the views draw.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) head: Head,
    /// The log's now of what is drawn: it stands still while frozen.
    pub(super) now: Moment,
    /// What the board and all shares are over.
    pub(super) window: Window,
    /// Running ones first.
    pub(super) incidents: Vec<Incident>,
    pub(super) board: Board,
    /// The scope's counts over [`trend_window`].
    pub(super) series: Series,
    pub(super) signatures: Vec<Signature>,
    pub(super) sample: Sample,
    pub(super) diagnosis: Diagnosis,
    /// Empty where the sources screen is not in sight.
    pub(super) tables: Tables,
}

/// The trend looks further back than the board, so that what was before stays in sight.
pub(super) fn trend_window(window: Window) -> Window {
    window.longer()
}

impl Head {
    /// The header of `live`, while `held` is drawn instead of it.
    pub(super) fn of(live: &Snapshot, held: Option<&Snapshot>) -> Self {
        Self {
            now: live.now,
            mode: live.mode,
            hosts: live.hosts.clone(),
            dialects: live.dialects.clone(),
            sources: live.sources.clone(),
            lines_per_second: live.lines_per_second,
            lag: live.lag,
            complete_since: live.complete_since,
            lines: live.lines,
            totals: live.totals,
            frozen: held.map(|held| (held.now, live.totals.attempts.saturating_sub(held.totals.attempts))),
        }
    }
}

impl Picture {
    /// Asks `snapshot`. `kept` is a sample that is still good: it is not drawn again, so that the
    /// strings stay put while they are read.
    pub(super) fn of(snapshot: &Snapshot, head: Head, question: &Question, kept: Option<Sample>) -> Self {
        let Question { window, scope, filter, answers, slots, tables, drill } = question;
        let (sample, diagnosis) = match drill {
            Some(draw) => (
                kept.unwrap_or_else(|| snapshot.sample(*window, scope, filter, draw.limit)),
                snapshot.diagnosis(*window, scope, filter, answers),
            ),
            None => (no_sample(), no_diagnosis()),
        };
        Self {
            head,
            now: snapshot.now,
            window: *window,
            incidents: snapshot.incidents.clone(),
            board: snapshot.board(*window, filter),
            series: snapshot.series(trend_window(*window), scope, filter, *slots),
            signatures: snapshot.signatures(*window, scope, filter),
            sample,
            diagnosis,
            tables: if *tables {
                Tables { hosts: snapshot.host_tallies.clone(), ours: snapshot.tallies.clone() }
            } else {
                Tables::default()
            },
        }
    }

    /// The row of `provider`; the sum of all rows for `None`.
    pub(super) fn row(&self, provider: Option<&Clean>) -> Option<&Row> {
        match provider {
            None => Some(&self.board.total),
            Some(id) => self.board.rows.iter().find(|row| row.id == *id),
        }
    }

    /// Whether most of the sample's strings still lie inside the window.
    pub(super) fn sample_is_fresh(&self) -> bool {
        let from = self.now.plus_millis(-self.window.millis());
        let inside = self.sample.strings.iter().filter(|string| string.at >= from).count();
        inside * 2 >= self.sample.strings.len()
    }

    /// The incidents that still run.
    pub(super) fn running(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().filter(|incident| incident.until.is_none())
    }

    /// The running incident that a scope lies in.
    pub(super) fn incident_of(&self, scope: &Scope) -> Option<&Incident> {
        self.running().find(|incident| match (&incident.provider, &scope.provider) {
            (Some(one), Some(other)) => one == other,
            (None, _) => true,
            (Some(_), None) => false,
        })
    }
}

/// No strings.
pub(super) fn no_sample() -> Sample {
    Sample { of: 0, signatures: 0, strings: Vec::new() }
}

/// Nothing asked, nothing known.
pub(super) fn no_diagnosis() -> Diagnosis {
    Diagnosis {
        tree: Vec::new(),
        remedy: Remedy {
            verdict: String::new(),
            todo: Vec::new(),
            dont: Vec::new(),
            links: Vec::new(),
            source: String::new(),
            month: String::new(),
        },
        confidence: Confidence::nothing(),
        would_change: Vec::new(),
        missing: Vec::new(),
        checklist: Vec::new(),
    }
}
