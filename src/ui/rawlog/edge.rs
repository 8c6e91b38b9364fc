//! Where what is in hand ends, and how it grows there without growing too much.

use super::{BYTES, LINES, RawLog};
use crate::engine::{LinePlace, LogLine};

/// One end of the lines in hand.
#[derive(Clone, Debug, Default)]
pub(super) struct Edge {
    /// Up to where was read; `None` where nothing was.
    pub(super) place: Option<LinePlace>,
    /// Nothing more lies beyond.
    pub(super) is_end: bool,
}

impl RawLog {
    /// Takes lines above those in hand; what is too much goes below.
    pub(super) fn add_above(&mut self, lines: Vec<LogLine>) {
        let came = lines.len();
        let was_empty = self.lines.is_empty();
        for line in lines.into_iter().rev() {
            self.bytes += line.text.len();
            self.lines.push_front(line);
        }
        self.cursor = if was_empty { self.lines.len().saturating_sub(1) } else { self.cursor + came };
        while self.is_too_much() && self.cursor + 1 < self.lines.len() {
            let Some(gone) = self.lines.pop_back() else { break };
            self.bytes -= gone.text.len();
            (self.below.place, self.below.is_end) = (Some(gone.place), false);
        }
        // Where the cursor is on the last line, the oldest go.
        self.drop_oldest();
    }

    /// Takes lines below those in hand. Where the newest line is followed, the oldest go; else what is
    /// read stays, and what is too much is read again.
    pub(super) fn add_below(&mut self, lines: Vec<LogLine>) {
        for line in lines {
            if self.is_too_much() && !self.following && self.cursor < self.lines.len() / 2 {
                (self.below.place, self.below.is_end) = (Some(line.place), false);
                return;
            }
            self.bytes += line.text.len();
            self.lines.push_back(line);
            if self.following {
                self.cursor = self.lines.len() - 1;
            }
            self.drop_oldest();
        }
    }

    fn drop_oldest(&mut self) {
        while self.is_too_much() && self.cursor > 0 {
            let Some(gone) = self.lines.pop_front() else { return };
            self.bytes -= gone.text.len();
            self.cursor -= 1;
            self.above.place = self.lines.front().map(|line| line.place);
            self.above.is_end = false;
        }
    }

    fn is_too_much(&self) -> bool {
        self.lines.len() > LINES || self.bytes > BYTES
    }
}
