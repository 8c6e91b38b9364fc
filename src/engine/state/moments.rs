//! Which stamps count, and which are astray.

use super::State;
use crate::model::Moment;

/// Stamps further ahead than this, in milliseconds, need a witness.
const AHEAD: i64 = 3_600_000;

impl State {
    /// Hands in the present, before which stamps need no witness.
    pub(in super::super) fn present(&mut self, present: Moment) {
        self.present = present;
    }

    /// Takes note of the newest stamp on any line, unless it is far ahead of everything.
    pub(super) fn see(&mut self, newest: Option<Moment>) {
        if newest.is_some_and(|at| !self.is_ahead(at)) {
            self.newest = self.newest.max(newest);
        }
    }

    /// Whether a moment lies more than an hour after both the present and the log's own newest.
    pub(super) fn is_ahead(&self, at: Moment) -> bool {
        at.since(self.present) > AHEAD && self.newest.is_none_or(|newest| at.since(newest) > AHEAD)
    }

    /// Whether a stamp from the future stands alone. One that a second one confirms is a clock
    /// that goes ahead, and is followed; a single one would empty every window.
    pub(super) fn is_stray(&mut self, at: Moment) -> bool {
        if !self.is_ahead(at) {
            return false;
        }
        let confirmed = self.stray.is_some_and(|stray| at.since(stray).abs() <= AHEAD);
        self.stray = (!confirmed).then_some(at);
        !confirmed
    }

    /// When something was seen: a stamp that is astray says nothing of that.
    pub(super) fn seen_at(at: Moment, is_stray: bool) -> Moment {
        if is_stray { Moment::from_millis(i64::MIN) } else { at }
    }

    pub(super) fn is_inside(&self, at: Moment) -> bool {
        self.span.0.is_none_or(|since| at >= since) && self.span.1.is_none_or(|until| at < until)
    }
}
