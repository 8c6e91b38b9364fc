//! Traces that were opened one from the other: each goes on searching or stands where it was left.

use std::sync::Arc;

use crate::engine::Traced;
use crate::text::Clean;

/// A trace and where its cursor stands.
#[derive(Clone, Debug)]
pub(super) struct Trace {
    pub(super) id: Clean,
    pub(super) reached: Reached,
    pub(super) line: usize,
}

/// How far a trace is.
#[derive(Clone, Debug)]
pub(super) enum Reached {
    /// Bytes read, bytes to read, lines found.
    Searching(u64, u64, u64),
    /// To the end.
    Found(Arc<Traced>),
    /// It could not be begun, and why.
    Failed(Clean),
}

/// Traces that lie on each other at most.
const TRACES: usize = 8;

/// The traces, the one in sight last.
#[derive(Debug, Default)]
pub(super) struct Traces(Vec<Trace>);

impl Traces {
    /// Lays a trace that is being searched over the others; the lowest one goes where there are too
    /// many.
    pub(super) fn begin(&mut self, id: &str) {
        if self.0.len() >= TRACES {
            self.0.remove(0);
        }
        self.0.push(Trace { id: Clean::from(id), reached: Reached::Searching(0, 0, 0), line: 0 });
    }

    /// Drops the trace in sight. `true` when it was the last one.
    pub(super) fn end(&mut self) -> bool {
        self.0.pop();
        self.0.is_empty()
    }

    /// The trace in sight.
    pub(super) fn top(&self) -> Option<&Trace> {
        self.0.last()
    }

    /// The same, to be changed.
    pub(super) fn top_mut(&mut self) -> Option<&mut Trace> {
        self.0.last_mut()
    }

    /// Whether a search is waited for.
    pub(super) fn is_searching(&self) -> bool {
        self.top().is_some_and(|trace| matches!(trace.reached, Reached::Searching(..)))
    }

    /// The search went on. `true` when the screen changes by that.
    pub(super) fn reach(&mut self, reached: Reached) -> bool {
        let Some(trace) = self.0.last_mut() else { return false };
        let same = match (&trace.reached, &reached) {
            (Reached::Searching(a, b, c), Reached::Searching(x, y, z)) => (a, b, c) == (x, y, z),
            (Reached::Searching(..), _) => false,
            // What was answered stays.
            _ => true,
        };
        if !same {
            if let Reached::Found(traced) = &reached {
                // What became of the message is what it was opened for.
                trace.line = traced.lines.iter().rposition(|line| !line.attempts.is_empty()).unwrap_or(0);
            }
            trace.reached = reached;
        }
        !same
    }
}
