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
    pub(super) const THEMES: Self = Self(1 << 20);
    const DRILL: Self = Self::SAMPLE.and(Self::ANSWERS);
    const INCIDENT: Self = Self::CHANGED.and(Self::TIMELINE).and(Self::INCIDENTS);
    const ANSWERS: Self = Self::TREE.and(Self::CHECKLIST);
    /// Where the snapshot's answers are drawn.
    const PICTURE: Self = Self::BOARD.and(Self::DRILL);
    const ALL: Self = Self(u32::MAX);

    /// Both sets.
    const fn and(self, other: Self) -> Self {
        Self(self.0 | other.0)
    }

    /// Whether the two sets share a place.
    pub(super) const fn meets(self, other: Self) -> bool {
        self.0 & other.0 != 0
    }
}

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
    Help,
    Redraw,
    Suspend,
    Quit,
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

impl Action {
    /// Whether it works only where a log is played.
    pub(super) const fn is_of_replay(self) -> bool {
        matches!(self, Self::Pause | Self::Slower | Self::Faster)
    }
}
