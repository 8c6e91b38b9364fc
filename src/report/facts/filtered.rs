//! What the report says of the filter that is on.

use serde::Serialize;

use crate::engine::{Board, Estimated, Filter, Snapshot};
use crate::text::{Clean, thousands};

/// What a filter lets through of the replies.
#[derive(Debug, Serialize)]
pub struct Filtered {
    /// The filter, as it was written.
    pub text: Clean,
    /// Replies that it lets through.
    pub passed: u64,
    /// Of so many.
    pub of: u64,
    /// Whether counts of attempts are estimated, from a sample of them.
    pub attempts_estimated: bool,
    /// Whether counts of replies are.
    pub replies_estimated: bool,
    /// Why it finds nothing, where that is the log's.
    #[serde(skip)]
    pub unasked: Option<String>,
    /// Incidents that it touches.
    pub incidents: usize,
    /// Of so many.
    pub of_incidents: usize,
    /// Parts of the report that it leaves out, as they are counted of everything only.
    pub left_out: [&'static str; 3],
    /// Parts that are of everything read all the same.
    pub not_narrowed: [&'static str; 4],
}

impl Filtered {
    pub(super) fn of(board: &Board, filter: &Filter, snapshot: &Snapshot, incidents: usize) -> Self {
        Self {
            text: Clean::from(filter.text()),
            passed: board.passed.count,
            of: board.passed.of,
            attempts_estimated: board.about.attempts,
            replies_estimated: board.about.replies,
            unasked: snapshot.unasked(filter),
            incidents,
            of_incidents: snapshot.incidents.len(),
            left_out: ["hosts", "sources", "campaigns"],
            not_narrowed: ["files", "lines", "bounds", "totals.expired"],
        }
    }

    /// `provider:gmail !new · 2,890 of 12,345 replies · 1 of 2 incidents`.
    pub(in crate::report) fn told(&self) -> String {
        let incidents = match self.of_incidents {
            0 => String::new(),
            all => {
                format!(" · {} of {all} {}", self.incidents, if all == 1 { "incident" } else { "incidents" })
            }
        };
        format!(
            "{} · {}{} of {} replies{incidents}{}",
            self.text,
            Estimated::sign(self.replies_estimated),
            thousands(self.passed),
            thousands(self.of),
            self.unasked.as_ref().map_or_else(String::new, |why| format!(" · {why}")),
        )
    }
}
