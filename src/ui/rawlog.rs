//! The raw log: a stretch of lines in hand, and what has to be read next. Lines that scroll out of reach
//! are let go and read again.

mod edge;
mod orders;

use std::collections::VecDeque;

use crate::engine::{Filter, LinePlace, LogLine, Sought};
use crate::text::Clean;

use edge::Edge;
pub(super) use orders::Jump;

/// Lines in hand at most, and bytes of their text.
const LINES: usize = 2_000;
const BYTES: usize = 1 << 20;
/// With fewer lines than this between the cursor and an end, more are read.
const MARGIN: usize = 400;
/// Cells that one key moves a cut line.
const SHIFT: usize = 20;
/// Cells that a line can be moved at most.
const FAR: usize = 8_000;

/// The raw log of one source.
#[derive(Debug, Default)]
pub(super) struct RawLog {
    /// The sources' names; empty where there is nothing to read.
    pub(super) names: Vec<Clean>,
    pub(super) source: usize,
    lines: VecDeque<LogLine>,
    /// Bytes of their text.
    bytes: usize,
    pub(super) cursor: usize,
    above: Edge,
    below: Edge,
    /// Whether the newest line is followed.
    pub(super) following: bool,
    /// Whether lines that the filter does not show are shown all the same.
    pub(super) context: bool,
    pub(super) wrap: bool,
    /// Cells that cut lines are moved to the left.
    pub(super) shift: usize,
    /// Where older lines are, why nothing can be read, what was just found out.
    pub(super) older: Option<Clean>,
    pub(super) trouble: Option<Clean>,
    pub(super) note: Option<Clean>,
    /// How far was read last.
    at: Option<LinePlace>,
    /// The files that were read last: which, their names and sizes in bytes.
    files: Vec<((u64, u64), Clean, u64)>,
    /// What was asked for when the lines were read.
    filter: Filter,
    jump: Option<Jump>,
    search: Option<Search>,
    /// What is waited for.
    waiting: Option<orders::Waiting>,
    ticket: u64,
    /// The second since the start in which it was looked last.
    second: u64,
}

/// A match that is looked for beyond what is in hand.
#[derive(Copy, Clone, Debug)]
struct Search {
    from: LinePlace,
    forward: bool,
}

impl RawLog {
    /// The lines in hand, oldest first.
    pub(super) const fn lines(&self) -> &VecDeque<LogLine> {
        &self.lines
    }

    /// The selected line.
    pub(super) fn line(&self) -> Option<&LogLine> {
        self.lines.get(self.cursor)
    }

    /// Opens a source at its end, or at a line of it.
    pub(super) fn open(&mut self, source: Option<usize>, sought: Option<Sought>) {
        self.note = None;
        match (source, sought) {
            (_, Some(sought)) => {
                self.following = false;
                self.jump(Jump::Line(sought));
            }
            // It was open before: it goes on where it was left.
            (None, None) if !self.lines.is_empty() && !self.following => {}
            (source, None) => {
                if let Some(source) = source {
                    self.show(source);
                }
                self.jump(Jump::End);
            }
        }
    }

    /// Shows another source, at its end.
    pub(super) fn show(&mut self, source: usize) {
        if self.source != source {
            self.forget();
        }
        self.source = source;
        (self.note, self.shift) = (None, 0);
        self.jump(Jump::End);
    }

    /// The next source, or the one before.
    pub(super) fn turn(&mut self, next: bool) {
        let sources = self.names.len();
        if sources > 1 {
            self.show((self.source + if next { 1 } else { sources - 1 }) % sources);
        }
    }

    fn forget(&mut self) {
        self.lines.clear();
        (self.bytes, self.cursor) = (0, 0);
        (self.above, self.below) = (Edge::default(), Edge::default());
        (self.older, self.trouble, self.at) = (None, None, None);
        self.files.clear();
    }

    /// The screen is left: what is waited for is not wanted any more.
    pub(super) fn leave(&mut self) {
        (self.jump, self.search, self.waiting) = (None, None, None);
    }

    /// Goes where something has to be read first.
    pub(super) fn jump(&mut self, jump: Jump) {
        self.following = matches!(jump, Jump::End);
        (self.jump, self.search) = (Some(jump), None);
    }

    /// Moves the cursor by lines.
    pub(super) fn travel(&mut self, to: impl Fn(usize, usize) -> usize) {
        let last = self.lines.len().saturating_sub(1);
        self.cursor = to(self.cursor, last).min(last);
        self.search = None;
        self.note = None;
        self.following = self.cursor == last && self.below.is_end && self.jump.is_none();
    }

    /// To the oldest line.
    pub(super) fn first(&mut self) {
        self.note = None;
        if self.above.is_end {
            self.travel(|_, _| 0);
        } else {
            self.jump(Jump::Begin);
        }
    }

    /// To the newest line, which is followed.
    pub(super) fn last(&mut self) {
        self.note = None;
        if self.below.is_end {
            self.travel(|_, last| last);
            self.following = true;
        } else {
            self.jump(Jump::End);
        }
    }

    /// Moves cut lines sideways.
    pub(super) fn sideways(&mut self, right: bool) {
        let longest = self.lines.iter().map(|line| line.text.len()).max().unwrap_or(0);
        let most = longest.min(FAR) / SHIFT * SHIFT;
        self.shift = if right { (self.shift + SHIFT).min(most) } else { self.shift.saturating_sub(SHIFT) };
    }

    /// Shows the lines around those that the filter shows, or these alone.
    pub(super) fn turn_context(&mut self) -> &'static str {
        if self.filter.is_empty() {
            return "no filter is set, so every line is shown: / sets one";
        }
        self.context = !self.context;
        self.reread();
        if self.context { "every line; n goes to the next match" } else { "only lines that match" }
    }

    /// Reads what is in sight again, around the selected line.
    fn reread(&mut self) {
        let here = self.line().map(|line| line.place).filter(|_| !self.following);
        self.jump(here.map_or(Jump::End, Jump::Around));
    }

    /// To the next line that the filter shows, or the one before; what there is to say.
    pub(super) fn next_match(&mut self, forward: bool) -> Option<&'static str> {
        if self.filter.is_empty() {
            return Some("nothing is looked for: / and a word, such as 5.7.1 or text~\"spamhaus\"");
        }
        self.note = None;
        let is_match = |at: &usize| self.lines.get(*at).is_some_and(|line| line.is_match);
        let found = if forward {
            (self.cursor + 1..self.lines.len()).find(is_match)
        } else {
            (0..self.cursor).rev().find(is_match)
        };
        if let Some(at) = found {
            self.travel(|_, _| at);
            return None;
        }
        let edge = if forward { &self.below } else { &self.above };
        match edge.place {
            Some(from) if !edge.is_end => {
                self.search = Some(Search { from, forward });
                None
            }
            _ => Some(if forward { "no match below" } else { "no match above" }),
        }
    }

    /// Whether something is looked for that takes a while: a line, a match, lines that a filter shows.
    pub(super) fn is_looking(&self) -> bool {
        let is_thin = !self.filter.is_empty() && !self.context && self.lines.len() < MARGIN;
        let is_read = self.above.is_end && self.below.is_end;
        self.search.is_some()
            || matches!(self.jump, Some(Jump::Line(_)))
            || self.waiting.as_ref().is_some_and(|waiting| waiting.is_line())
            || is_thin && !is_read && self.trouble.is_none()
    }

    /// Whether nothing was read yet.
    pub(super) fn is_begun(&self) -> bool {
        self.above.place.is_some() || self.below.place.is_some() || self.trouble.is_some()
    }

    /// Whether the first line in hand is the oldest that can be read.
    pub(super) const fn begins_here(&self) -> bool {
        self.above.is_end
    }

    /// Whether the last line in hand is the newest.
    pub(super) const fn ends_here(&self) -> bool {
        self.below.is_end
    }

    /// The file of the selected line, or of what was read last, and how far it is into it: its name,
    /// bytes, of how many.
    pub(super) fn position(&self) -> Option<(&Clean, u64, u64)> {
        let here = if self.is_looking() { None } else { self.line().map(|line| line.place) };
        let here = here.or(self.at)?;
        let (_, name, size) = self.files.iter().find(|(file, ..)| *file == here.file)?;
        Some((name, here.offset, *size))
    }

    /// Nothing can be read, and why.
    pub(super) fn fail(&mut self, why: &str) {
        self.leave();
        self.trouble = Some(Clean::from(why));
    }

    /// Looks again for a log that was not there, once a second. `seconds`: since the start.
    pub(super) fn tick(&mut self, seconds: u64) {
        if std::mem::replace(&mut self.second, seconds) == seconds {
            return;
        }
        if self.trouble.is_some() && self.waiting.is_none() && self.below.place.is_none() {
            self.jump(Jump::End);
        }
    }

    /// The words that the filter looks for in a line.
    pub(super) fn words(&self) -> Vec<&str> {
        self.filter.words()
    }

    /// Whether only lines that a filter shows are in hand.
    pub(super) fn is_filtered(&self) -> bool {
        !self.filter.is_empty()
    }
}
