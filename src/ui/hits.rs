//! What lies where on the screen: the views note it while they draw, so that a click means what is seen.

use crossterm::event::KeyCode;
use ratatui::layout::{Position, Rect};

use super::action::Action;
use super::screens::Screen;

/// A list or text that the wheel moves through; its rows can be selected.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum List {
    /// The overview: running incidents, the sum, the providers.
    Board,
    Sample,
    Tree,
    Steps,
    Changed,
    Timeline,
    Incidents,
    Sends,
    Exports,
    Trace,
    Files,
    Hosts,
    Ours,
    /// Lines of the raw log.
    Log,
    Probes,
    Themes,
    Palette,
    /// Text without a cursor: the help, a comparison, a preview.
    Text,
}

/// A column of the board by which it can be sorted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Heading {
    Name,
    Attempts,
    Rejected,
    Deferred,
    Rate,
    Base,
    /// A code, by its place.
    Code(usize),
}

/// What a click means.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Target {
    /// A pane; the click gives it the keys.
    Pane(List),
    /// A row of a list, by its place in it, and whether it is selected.
    Row(List, usize, bool),
    /// A code of a row of the board: the row's place in the list, the column's, and whether it is selected.
    Cell(usize, usize, bool),
    /// The head of a column.
    Heading(Heading),
    /// A screen under the one in sight, by its depth.
    Crumb(usize),
    /// A hint that stands for an action.
    Do(Action),
    /// A hint that stands for a key of a line that is typed.
    Key(KeyCode),
}

impl Target {
    /// The list that the wheel moves through over it.
    pub(super) const fn list(self) -> Option<List> {
        match self {
            Self::Pane(list) | Self::Row(list, ..) => Some(list),
            Self::Cell(..) => Some(List::Board),
            Self::Heading(_) | Self::Crumb(_) | Self::Do(_) | Self::Key(_) => None,
        }
    }
}

/// What was drawn where, the topmost last.
#[derive(Debug, Default)]
pub(super) struct Hits {
    /// The screen that was in sight.
    screen: Option<Screen>,
    places: Vec<(Rect, Target)>,
}

impl Hits {
    /// Notes what lies at `area`.
    pub(super) fn note(&mut self, area: Rect, target: Target) {
        if area.width > 0 && area.height > 0 {
            self.places.push((area, target));
        }
    }

    /// What was noted is covered by something else.
    pub(super) fn cover(&mut self) {
        self.places.clear();
    }

    /// All of it was on `screen`.
    pub(super) const fn on(mut self, screen: Screen) -> Self {
        self.screen = Some(screen);
        self
    }

    /// What lies at this cell of `screen`; nothing where another one was drawn.
    pub(super) fn at(&self, column: u16, row: u16, screen: Screen) -> Option<Target> {
        let here = |(area, _): &&(Rect, Target)| area.contains(Position::new(column, row));
        let found = self.places.iter().rev().find(here).map(|(_, target)| *target);
        found.filter(|_| self.screen == Some(screen))
    }

    /// Everything that was noted.
    #[cfg(test)]
    pub(super) fn all(&self) -> &[(Rect, Target)] {
        &self.places
    }
}

#[cfg(test)]
mod tests {
    use super::{Hits, List, Target};
    use crate::ui::screens::Screen;
    use ratatui::layout::Rect;

    #[test]
    fn the_topmost_counts_and_only_on_the_screen_that_was_drawn() {
        let mut hits = Hits::default();
        hits.note(Rect::new(0, 0, 10, 5), Target::Pane(List::Board));
        hits.note(Rect::new(0, 1, 10, 1), Target::Row(List::Board, 3, false));
        hits.note(Rect::new(0, 2, 0, 1), Target::Row(List::Board, 4, false));
        let hits = hits.on(Screen::Board);
        assert_eq!(hits.at(9, 1, Screen::Board), Some(Target::Row(List::Board, 3, false)));
        assert_eq!(hits.at(0, 2, Screen::Board), Some(Target::Pane(List::Board)));
        assert_eq!(hits.at(10, 1, Screen::Board), None);
        assert_eq!(hits.at(9, 1, Screen::Drill), None);
    }
}
