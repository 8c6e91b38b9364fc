//! What is read next, and what came.

use super::{Edge, MARGIN, RawLog};
use crate::engine::{Filter, LinePlace, Order, Page, Sought, Wish};
use crate::text::Clean;

/// Files whose sizes are remembered.
const FILES: usize = 8;

/// Where to go.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Jump {
    /// To the newest line.
    End,
    /// To the oldest one.
    Begin,
    /// To a line that is known.
    Around(LinePlace),
    /// To a line that has to be found.
    Line(Sought),
}

/// An order that is not answered yet.
#[derive(Clone, Debug)]
pub(super) struct Waiting {
    ticket: u64,
    wish: Wish,
    /// What comes takes the place of what is in hand.
    is_jump: bool,
}

impl Waiting {
    /// Whether a line is looked for.
    pub(super) const fn is_line(&self) -> bool {
        matches!(self.wish, Wish::Line(_))
    }

    const fn is_watch(&self) -> bool {
        matches!(self.wish, Wish::Watch(_))
    }
}

impl RawLog {
    /// The order to give now, with what the filter line says; `None` where enough is in hand or on its
    /// way.
    pub(in crate::ui) fn next_order(&mut self, filter: &Filter) -> Option<Order> {
        if self.filter != *filter {
            self.filter = filter.clone();
            self.note = None;
            // What is being looked for goes first.
            if self.jump.is_none() && !self.waiting.as_ref().is_some_and(Waiting::is_line) {
                self.reread();
            }
        }
        if let Some(jump) = self.jump.take() {
            let wish = match jump {
                Jump::End => Wish::End,
                Jump::Begin => Wish::Begin,
                Jump::Around(place) => Wish::After(place),
                Jump::Line(sought) => Wish::Line(sought),
            };
            return Some(self.order(wish, true));
        }
        // Watching gives way; everything else is answered at once.
        if self.waiting.as_ref().is_some_and(|waiting| !waiting.is_watch()) {
            return None;
        }
        let is_watching = self.waiting.is_some();
        if let Some(search) = self.search {
            return Some(self.order(Wish::Match { from: search.from, forward: search.forward }, false));
        }
        let below = self.lines.len().saturating_sub(self.cursor + 1);
        let wish = match (&self.above, &self.below) {
            (_, Edge { place: Some(place), is_end: false }) if below < MARGIN => Wish::After(*place),
            (Edge { place: Some(place), is_end: false }, _) if self.cursor < MARGIN => Wish::Before(*place),
            (_, Edge { place: Some(place), is_end: true }) if !is_watching => Wish::Watch(*place),
            // There is no file: it may come.
            _ => return None,
        };
        Some(self.order(wish, false))
    }

    fn order(&mut self, wish: Wish, is_jump: bool) -> Order {
        self.ticket += 1;
        self.waiting = Some(Waiting { ticket: self.ticket, wish: wish.clone(), is_jump });
        Order {
            ticket: self.ticket,
            source: self.source,
            filter: self.filter.clone(),
            only: !self.context && !self.filter.is_empty(),
            wish,
        }
    }

    /// Takes a page. `true` when the screen changes by that.
    pub(in crate::ui) fn take(&mut self, page: Page) -> bool {
        let Some(waiting) = self.waiting.take_if(|waiting| waiting.ticket == page.ticket) else {
            return false;
        };
        match waiting.wish {
            Wish::Line(sought) => self.found_line(&sought, &page),
            Wish::Match { forward, .. } => self.found_match(forward, &page),
            wish => self.read(&wish, waiting.is_jump, page),
        }
        true
    }

    fn found_line(&mut self, sought: &Sought, page: &Page) {
        let Some(place) = page.found else {
            let note = format!(
                "the line of {} at {} is not in the files that can be scrolled through: rotated away, or packed",
                sought.queue_id,
                sought.at.date_clock()
            );
            self.jump(Jump::End);
            self.note = Some(Clean::from(note.as_str()));
            return;
        };
        if self.source != page.source {
            self.forget();
            self.source = page.source;
        }
        self.jump(Jump::Around(place));
        // What the filter hides was asked for all the same.
        self.context |= !self.filter.is_empty();
    }

    fn found_match(&mut self, forward: bool, page: &Page) {
        let Some(search) = &mut self.search else { return };
        let next = if forward { page.to } else { page.from };
        match (page.found, next) {
            (Some(place), _) => self.jump(Jump::Around(place)),
            (None, Some(next)) if !page.is_end => search.from = next,
            _ => {
                self.search = None;
                let note = if forward { "no match below: N goes up" } else { "no match above: n goes down" };
                self.note = Some(Clean::from(note));
            }
        }
    }

    fn read(&mut self, wish: &Wish, is_jump: bool, page: Page) {
        self.older.clone_from(&page.older);
        self.trouble.clone_from(&page.trouble);
        if page.is_gone && matches!(wish, Wish::Before(_)) {
            self.above.is_end = true;
            self.older = Some(Clean::from("older lines are gone: the file was rotated away, or packed"));
            return;
        }
        if page.is_gone {
            self.forget();
            self.jump(Jump::End);
            self.note =
                Some(Clean::from("the log was truncated or removed: what was in sight is gone from it"));
            return;
        }
        if is_jump {
            self.lines.clear();
            (self.bytes, self.cursor) = (0, 0);
            (self.above, self.below) = (Edge::default(), Edge::default());
        }
        if let Some((place, name, size)) = page.at.clone() {
            self.at = Some(place);
            self.files.retain(|(file, ..)| *file != place.file);
            self.files.insert(0, (place.file, name, size));
            self.files.truncate(FILES);
        }
        match wish {
            Wish::Begin => {
                self.above = Edge { place: page.from, is_end: true };
                self.below = Edge { place: page.to, is_end: page.is_end };
                self.add_below(page.lines);
            }
            Wish::After(place) | Wish::Watch(place) => {
                if is_jump {
                    self.above = Edge { place: Some(*place), is_end: false };
                }
                self.below = Edge { place: page.to.or(self.below.place), is_end: page.is_end };
                self.add_below(page.lines);
            }
            Wish::End => {
                self.below = Edge { place: page.to, is_end: page.to.is_some() };
                self.above = Edge { place: page.from, is_end: page.is_end };
                self.add_above(page.lines);
            }
            Wish::Before(_) => {
                self.above = Edge { place: page.from.or(self.above.place), is_end: page.is_end };
                self.add_above(page.lines);
            }
            Wish::Match { .. } | Wish::Line(_) => {}
        }
    }
}
