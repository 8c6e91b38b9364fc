//! What an operator can do, and where: the keymap, the help screen and the status bar are drawn from the
//! one table of it.

mod table;

pub(super) use table::TABLE;

/// Where an action works: a set of places.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Places(u32);

impl Places {
    pub(super) const BOARD: Self = Self(1);
    pub(super) const SAMPLE: Self = Self(1 << 1);
    pub(super) const TREE: Self = Self(1 << 2);
    pub(super) const CHECKLIST: Self = Self(1 << 3);
    pub(super) const HELP: Self = Self(1 << 4);
    pub(super) const TRACE: Self = Self(1 << 5);
    pub(super) const SOURCES: Self = Self(1 << 6);
    pub(super) const CHANGED: Self = Self(1 << 7);
    pub(super) const TIMELINE: Self = Self(1 << 8);
    pub(super) const INCIDENTS: Self = Self(1 << 9);
    pub(super) const SENDS: Self = Self(1 << 10);
    pub(super) const COMPARE: Self = Self(1 << 11);
    pub(super) const EXPORTS: Self = Self(1 << 12);
    pub(super) const PREVIEW: Self = Self(1 << 13);
    pub(super) const RAW: Self = Self(1 << 14);
    pub(super) const PROBES: Self = Self(1 << 15);
    /// The themes lie over whatever is drawn.
    pub(super) const THEMES: Self = Self(1 << 16);
    const DRILL: Self = Self::SAMPLE.and(Self::ANSWERS);
    const INCIDENT: Self = Self::CHANGED.and(Self::TIMELINE).and(Self::INCIDENTS);
    const ANSWERS: Self = Self::TREE.and(Self::CHECKLIST);
    /// Where the snapshot's answers are drawn.
    const PICTURE: Self = Self::BOARD.and(Self::DRILL);
    /// Every place there is, and no bit that is none.
    pub(super) const ALL: Self = Self((1 << 17) - 1);
    pub(super) const NONE: Self = Self(0);

    /// Both sets.
    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the two sets share a place.
    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }

    /// The places that both sets have.
    pub(super) const fn shared(self, other: Self) -> Self {
        Self(self.0 & other.0)
    }

    /// The places that `other` has not.
    pub(super) const fn without(self, other: Self) -> Self {
        Self(self.0 & !other.0)
    }

    /// Every place by itself.
    #[cfg(test)]
    pub(super) fn each(self) -> impl Iterator<Item = Self> {
        (0..u32::BITS).map(|bit| Self(1 << bit)).filter(move |place| place.meets(self))
    }

    /// The places in words: `the overview, the drill`.
    pub(super) fn words(self) -> String {
        let (mut left, mut words) = (self, Vec::new());
        for (places, word) in WORDS {
            if left.shared(*places) == *places {
                left = left.without(*places);
                words.push(*word);
            }
        }
        words.join(", ")
    }
}

/// What places are called, those of several first.
const WORDS: &[(Places, &str)] = &[
    (Places::ALL, "every screen"),
    (Places::BOARD, "the overview"),
    (Places::DRILL, "the drill"),
    (Places::SAMPLE, "the sample"),
    (Places::ANSWERS, "the diagnosis and the checklist"),
    (Places::TREE, "the diagnosis"),
    (Places::CHECKLIST, "the checklist"),
    (Places::INCIDENT, "an incident"),
    (Places::CHANGED, "what changed"),
    (Places::TIMELINE, "the timeline"),
    (Places::INCIDENTS, "the incidents"),
    (Places::SENDS, "the sends"),
    (Places::COMPARE, "two sends compared"),
    (Places::TRACE, "a trace"),
    (Places::SOURCES, "the sources"),
    (Places::EXPORTS, "the exports"),
    (Places::PREVIEW, "a preview"),
    (Places::RAW, "the raw log"),
    (Places::PROBES, "the probes"),
    (Places::THEMES, "the themes"),
    (Places::HELP, "the help"),
];

/// What an operator can do.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Action {
    Up,
    Down,
    Left,
    Right,
    First,
    Last,
    PageUp,
    PageDown,
    Open,
    Back,
    NextPane,
    PreviousPane,
    Checklist,
    Trace,
    RawLog,
    NextMatch,
    PreviousMatch,
    Probes,
    Sources,
    Incident,
    Dossier,
    Sends,
    Mark,
    Exports,
    Redact,
    Write,
    Filter,
    FilterBy,
    Longer,
    Shorter,
    Freeze,
    Earlier,
    Later,
    EarlierWindow,
    LaterWindow,
    GoTo,
    Onset,
    Now,
    Pause,
    Slower,
    Faster,
    Sort,
    NextSignature,
    PreviousSignature,
    Regroup,
    Mask,
    Wrap,
    Refresh,
    Yes,
    No,
    Unknown,
    Figure,
    Note,
    Copy,
    CopyAll,
    Theme,
    Palette,
    Mouse,
    Help,
    Redraw,
    Suspend,
    Quit,
}

/// What actions are for: the groups of the help.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Group {
    /// Moving about on a screen.
    Move,
    /// Which time is shown.
    Time,
    /// Other screens.
    Go,
    /// What is done here.
    Here,
    /// The console itself.
    Console,
}

impl Group {
    /// Every group, in the order of the help.
    pub(super) const ALL: [Self; 5] = [Self::Here, Self::Go, Self::Time, Self::Move, Self::Console];

    /// Its heading.
    pub(super) const fn words(self) -> &'static str {
        match self {
            Self::Move => "Move",
            Self::Go => "Go to",
            Self::Time => "Time",
            Self::Here => "Do here",
            Self::Console => "Console",
        }
    }
}

impl Action {
    /// What it is for.
    pub(super) const fn group(self) -> Group {
        match self {
            Self::Up | Self::Down | Self::Left | Self::Right | Self::First | Self::Last => Group::Move,
            Self::PageUp | Self::PageDown | Self::NextPane | Self::PreviousPane | Self::Back => Group::Move,
            Self::Checklist | Self::Sources | Self::Incident | Self::Dossier => Group::Go,
            Self::Sends | Self::Exports | Self::RawLog | Self::Probes | Self::Trace => Group::Go,
            Self::Earlier | Self::Later | Self::EarlierWindow | Self::LaterWindow => Group::Time,
            Self::GoTo | Self::Onset | Self::Now | Self::Freeze => Group::Time,
            Self::Pause | Self::Slower | Self::Faster | Self::Longer | Self::Shorter => Group::Time,
            Self::Theme | Self::Palette | Self::Mouse | Self::Help => Group::Console,
            Self::Redraw | Self::Suspend | Self::Quit => Group::Console,
            _ => Group::Here,
        }
    }

    /// Whether it works only where a log is played.
    pub(super) const fn is_of_replay(self) -> bool {
        matches!(self, Self::Pause | Self::Slower | Self::Faster)
    }
}

/// One action, its keys and its words.
#[derive(Debug)]
pub(super) struct Entry {
    /// What happens.
    pub(super) action: Action,
    /// The name that a remapping uses.
    pub(super) id: &'static str,
    /// Its keys, the one to show first.
    pub(super) keys: &'static [&'static str],
    /// The word beside the key in the status bar.
    pub(super) short: &'static str,
    /// The sentence on the help screen.
    pub(super) help: &'static str,
    /// Where it works.
    pub(super) places: Places,
    /// Its rank in the status bar, lowest first; 0 keeps it out.
    pub(super) rank: u8,
}

#[cfg(test)]
mod tests {
    use super::{Places, WORDS};

    #[test]
    fn every_place_has_a_word() {
        for place in Places::ALL.each() {
            assert!(WORDS.iter().any(|(known, _)| *known == place), "{place:?}");
        }
        assert_eq!(Places::BOARD.and(Places::DRILL).words(), "the overview, the drill");
        assert_eq!(Places::ALL.words(), "every screen");
    }
}
