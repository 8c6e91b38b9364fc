//! The screens and their panes, and the way back through them.

use super::action::Places;

/// A screen; the last of the stack is the one in sight.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Screen {
    Board,
    Drill,
    Incident,
    Sends,
    Compare,
    Exports,
    Preview,
    Trace,
    RawLog,
    Probes,
    Sources,
    Themes,
    Help,
}

/// The screens that were opened one from the other. There is always one.
#[derive(Debug)]
pub(super) struct Screens(Vec<Screen>);

impl Default for Screens {
    fn default() -> Self {
        Self(vec![Screen::Board])
    }
}

impl Screens {
    /// The screen in sight.
    pub(super) fn top(&self) -> Screen {
        self.0.last().copied().unwrap_or(Screen::Board)
    }

    /// All of them, the one in sight last.
    pub(super) fn way(&self) -> &[Screen] {
        &self.0
    }

    /// The screen under the help.
    pub(super) fn under_help(&self) -> Screen {
        self.last(|screen| screen != Screen::Help)
    }

    /// The screen that is drawn: the list of themes lies over it.
    pub(super) fn drawn(&self) -> Screen {
        self.last(|screen| screen != Screen::Themes)
    }

    /// The screen under help and themes: what is shown of the logs.
    pub(super) fn covered(&self) -> Screen {
        self.last(|screen| !matches!(screen, Screen::Themes | Screen::Help))
    }

    fn last(&self, is: impl Fn(Screen) -> bool) -> Screen {
        self.0.iter().rev().copied().find(|screen| is(*screen)).unwrap_or(Screen::Board)
    }

    /// The screen whose subject it is all about, whatever lies over it.
    pub(super) fn base(&self) -> Screen {
        self.last(|screen| matches!(screen, Screen::Board | Screen::Drill | Screen::Incident | Screen::Sends))
    }

    /// Whether a screen is open, in sight or under others.
    pub(super) fn has(&self, screen: Screen) -> bool {
        self.0.contains(&screen)
    }

    /// Lays `screen` over the others. A screen is there once, so that going to and fro between two of
    /// them does not pile them up, and Esc always ends at the overview.
    pub(super) fn push(&mut self, screen: Screen) {
        if screen != Screen::Board {
            self.0.retain(|other| *other != screen);
            self.0.push(screen);
        }
    }

    /// Leaves the screen in sight; the overview stays.
    pub(super) fn pop(&mut self) {
        if self.0.len() > 1 {
            self.0.pop();
        }
    }
}

/// A pane of the drill.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Pane {
    #[default]
    Sample,
    Tree,
    Checklist,
}

impl Pane {
    pub(super) const fn next(self) -> Self {
        match self {
            Self::Sample => Self::Tree,
            Self::Tree => Self::Checklist,
            Self::Checklist => Self::Sample,
        }
    }

    pub(super) const fn previous(self) -> Self {
        self.next().next()
    }

    pub(super) const fn place(self) -> Places {
        match self {
            Self::Sample => Places::SAMPLE,
            Self::Tree => Places::TREE,
            Self::Checklist => Places::CHECKLIST,
        }
    }
}

/// A pane of the incident's screen.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Part {
    #[default]
    Changed,
    Timeline,
    Incidents,
}

impl Part {
    pub(super) const fn next(self) -> Self {
        match self {
            Self::Changed => Self::Timeline,
            Self::Timeline => Self::Incidents,
            Self::Incidents => Self::Changed,
        }
    }

    pub(super) const fn previous(self) -> Self {
        self.next().next()
    }

    pub(super) const fn place(self) -> Places {
        match self {
            Self::Changed => Places::CHANGED,
            Self::Timeline => Places::TIMELINE,
            Self::Incidents => Places::INCIDENTS,
        }
    }
}

/// A table of the sources screen.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Table {
    #[default]
    Files,
    Hosts,
    Ours,
}

impl Table {
    pub(super) const fn next(self) -> Self {
        match self {
            Self::Files => Self::Hosts,
            Self::Hosts => Self::Ours,
            Self::Ours => Self::Files,
        }
    }

    pub(super) const fn previous(self) -> Self {
        self.next().next()
    }
}

/// Where the cursors of the sources screen stand.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Tables {
    pub(super) table: Table,
    pub(super) file: usize,
    pub(super) host: usize,
    pub(super) ours: usize,
}

#[cfg(test)]
mod tests {
    use super::{Screen, Screens};

    #[test]
    fn going_to_and_fro_does_not_pile_up() {
        let mut screens = Screens::default();
        for screen in [Screen::Drill, Screen::Incident, Screen::Drill, Screen::Incident, Screen::Help] {
            screens.push(screen);
        }
        assert_eq!((screens.top(), screens.under_help()), (Screen::Help, Screen::Incident));
        assert_eq!(screens.base(), Screen::Incident);
        let mut back = Vec::new();
        for _ in 0..5 {
            screens.pop();
            back.push(screens.top());
        }
        assert_eq!(back, [Screen::Incident, Screen::Drill, Screen::Board, Screen::Board, Screen::Board]);
    }
}
