//! What the operator has chosen: nothing here is counted, nothing here is drawn.

mod about;
mod dressing;
mod settling;
mod writing;

use std::time::Duration;

use super::action::Places;
use super::completion::Typed;
use super::exports::Desk;
use super::keymap::Keymap;
use super::notebook::Notebook;
use super::order::{Order, Sort};
use super::palette::Palette;
use super::picture::{SendKey, send_key};
use super::rawlog::RawLog;
use super::screens::{Pane, Part, Screen, Screens, Tables};
use super::theme::Theme;
use super::traces::Traces;
use super::typing::Editing;
use super::wardrobe::Wardrobe;
use crate::engine::{Filter, Saved, Scope, SendView};
use crate::model::{Moment, Window};
use crate::text::Clean;

/// After this long without a key the board may move again.
const IDLE: Duration = Duration::from_secs(2);
/// How long a message stays.
const MESSAGE: Duration = Duration::from_secs(6);
/// How long notices stay when nobody presses a key.
const NOTICES: Duration = Duration::from_secs(20);

/// How many strings a sample has where nothing else is set.
pub const STRINGS: usize = 25;

/// What is selected on the overview.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Pick {
    /// Nothing was chosen yet: a running incident, else everything.
    #[default]
    Auto,
    /// An incident's line, by its id.
    Incident(Clean),
    /// The sum of all providers.
    All,
    /// A provider by its id.
    Provider(Clean),
}

/// Where the cursors of the drill stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Drill {
    pub(super) scope: Scope,
    pub(super) pane: Pane,
    pub(super) zoomed: bool,
    pub(super) string: usize,
    pub(super) node: usize,
    pub(super) step: usize,
    /// Rows of the pane's text that are scrolled beyond what its cursor shows.
    pub(super) read: usize,
    pub(super) serial: u64,
}

/// Where the cursors of the incident's screen stand.
#[derive(Clone, Debug, Default)]
pub(super) struct Dossier {
    /// The incident's id; without one, the first that runs, else the newest.
    pub(super) id: Option<Clean>,
    pub(super) part: Part,
    pub(super) value: usize,
    /// The row of the timeline; without one, what happens is followed.
    pub(super) happened: Option<usize>,
}

/// Where the cursor of the sends stands, and which of them are marked.
#[derive(Clone, Debug, Default)]
pub(super) struct Sending {
    pub(super) pick: Option<SendKey>,
    /// The last two that were marked, in that order.
    pub(super) marked: Vec<SendKey>,
    /// The two that are compared.
    pub(super) compared: Option<(SendKey, SendKey)>,
    /// The first row of the comparison.
    pub(super) top: usize,
}

impl Sending {
    /// Where the selected send stands in `sends`; the first one where it is not there.
    pub(super) fn at(&self, sends: &[SendView]) -> usize {
        let at = self.pick.as_ref().and_then(|key| sends.iter().position(|send| send_key(send) == *key));
        at.unwrap_or(0)
    }
}

/// Everything that keys change.
#[derive(Debug)]
pub(super) struct State {
    /// Columns and rows of the terminal.
    pub(super) size: (u16, u16),
    /// What is worn.
    pub(super) theme: Theme,
    pub(super) wardrobe: Wardrobe,
    pub(super) ascii: bool,
    /// What the demo plays, where it is one.
    pub(super) demo: Option<Clean>,
    screens: Screens,
    pub(super) window: Window,
    pub(super) filter: Filter,
    /// Filters that have a name.
    pub(super) saved: Saved,
    /// Filters that were typed.
    pub(super) typed: Typed,
    pub(super) editing: Option<Editing>,
    pub(super) palette: Option<Palette>,
    pub(super) keymap: Keymap,
    /// Whether clicks and the wheel come to us.
    pub(super) mouse: bool,
    pub(super) pick: Pick,
    pub(super) column: Option<Clean>,
    pub(super) sort: Sort,
    /// The least of it first.
    pub(super) reversed: bool,
    order: Order,
    exact: bool,
    /// When the board was last sorted to the letter, and whether it still is.
    sorted: Duration,
    is_sorted: bool,
    pub(super) drill: Drill,
    /// How many strings a sample has.
    pub(super) strings: usize,
    pub(super) traces: Traces,
    pub(super) raw: RawLog,
    /// Where the cursor of the probes stands.
    pub(super) probe: usize,
    pub(super) tables: Tables,
    pub(super) dossier: Dossier,
    pub(super) sending: Sending,
    pub(super) desk: Desk,
    pub(super) notebook: Notebook,
    /// Said once: what is not about an incident is not kept.
    told_unkept: bool,
    pub(super) wrap: bool,
    /// The sample by time, not by what the strings say.
    pub(super) by_time: bool,
    /// Whether the sample in sight is.
    was_by_time: bool,
    /// Signatures in the place of strings.
    pub(super) masked: bool,
    pub(super) frozen: bool,
    /// Whether a log is played that is over.
    pub(super) replays: bool,
    /// The moment of the past that is looked at; `None` is now.
    pub(super) sight: Option<Moment>,
    pub(super) help_top: usize,
    notices: Vec<Clean>,
    /// Until when they stay.
    noticed: Duration,
    message: Option<(Clean, Duration)>,
    now: Duration,
    /// The wall clock: when the operator did what is kept.
    wall: Moment,
    last_key: Option<Duration>,
}

impl State {
    pub(super) fn new(size: (u16, u16), window: Window, theme: Theme, ascii: bool) -> Self {
        Self {
            size,
            theme,
            wardrobe: Wardrobe::default(),
            strings: STRINGS,
            ascii,
            demo: None,
            screens: Screens::default(),
            window,
            filter: Filter::default(),
            saved: Saved::default(),
            typed: Typed::default(),
            editing: None,
            palette: None,
            keymap: Keymap::default(),
            mouse: true,
            pick: Pick::Auto,
            column: None,
            sort: Sort::default(),
            reversed: false,
            order: Order::default(),
            exact: true,
            sorted: Duration::ZERO,
            is_sorted: false,
            drill: Drill::default(),
            traces: Traces::default(),
            raw: RawLog::default(),
            probe: 0,
            tables: Tables::default(),
            dossier: Dossier::default(),
            sending: Sending::default(),
            desk: Desk::default(),
            notebook: Notebook::default(),
            told_unkept: false,
            wrap: false,
            by_time: false,
            was_by_time: false,
            masked: false,
            frozen: false,
            replays: false,
            sight: None,
            help_top: 0,
            notices: Vec::new(),
            noticed: NOTICES,
            message: None,
            now: Duration::ZERO,
            wall: Moment::default(),
            last_key: None,
        }
    }

    /// What was decided at the start, or changed since, and should be read once.
    pub(super) fn notice(&mut self, notices: &[String]) {
        self.noticed = self.now + NOTICES;
        self.notices = notices.iter().map(|text| Clean::from(text.as_str())).collect();
    }

    /// The screen in sight.
    pub(super) fn screen(&self) -> Screen {
        self.screens.top()
    }

    /// The screen under the help.
    pub(super) fn under(&self) -> Screen {
        self.screens.under_help()
    }

    /// The screen that is drawn, whether the list of themes lies over it or not.
    pub(super) fn drawn(&self) -> Screen {
        self.screens.drawn()
    }

    /// The screen under help and themes.
    pub(super) fn covered(&self) -> Screen {
        self.screens.covered()
    }

    pub(super) fn push(&mut self, screen: Screen) {
        self.screens.push(screen);
    }

    /// Whether a screen is open, in sight or under others.
    pub(super) fn has(&self, screen: Screen) -> bool {
        self.screens.has(screen)
    }

    /// The overview, the drill, an incident or the sends, whatever lies over it.
    pub(super) fn base(&self) -> Screen {
        self.screens.base()
    }

    /// Opens a trace that is being searched.
    pub(super) fn begin_trace(&mut self, id: &str) {
        self.traces.begin(id);
        self.push(Screen::Trace);
    }

    /// Back to the trace before, or to the screen under it.
    pub(super) fn end_trace(&mut self) {
        if self.traces.end() {
            self.pop();
        }
    }

    /// The screens from the overview to the one in sight.
    pub(super) fn way(&self) -> &[Screen] {
        self.screens.way()
    }

    /// Leaves the screen in sight; the overview stays.
    pub(super) fn pop(&mut self) {
        self.screens.pop();
    }

    /// Where the keys go.
    pub(super) fn place(&self) -> Places {
        match self.screen() {
            Screen::Help => Places::HELP,
            screen => self.place_of(screen),
        }
    }

    /// Where the keys would go on `screen`.
    pub(super) const fn place_of(&self, screen: Screen) -> Places {
        match screen {
            Screen::Board => Places::BOARD,
            Screen::Drill => self.drill.pane.place(),
            Screen::Incident => self.dossier.part.place(),
            Screen::Sends => Places::SENDS,
            Screen::Compare => Places::COMPARE,
            Screen::Exports => Places::EXPORTS,
            Screen::Preview => Places::PREVIEW,
            Screen::Trace => Places::TRACE,
            Screen::RawLog => Places::RAW,
            Screen::Probes => Places::PROBES,
            Screen::Sources => Places::SOURCES,
            Screen::Themes => Places::THEMES,
            Screen::Help => Places::HELP,
        }
    }

    /// Whether the hand rests, so that the board may move.
    pub(super) fn idle(&self) -> bool {
        self.last_key.is_none_or(|at| self.now.saturating_sub(at) >= IDLE)
    }

    /// Lets everything through again.
    pub(super) fn unfilter(&mut self) {
        self.filter = Filter::default();
        self.exact = true;
        self.say("the filter is dropped");
    }

    /// Says something for a while.
    pub(super) fn say(&mut self, text: &str) {
        self.message = Some((Clean::from(text), self.now + MESSAGE));
    }

    /// What is being said.
    pub(super) fn message(&self) -> Option<&Clean> {
        self.message.as_ref().map(|(text, _)| text)
    }

    /// The notices of the start, until a key is pressed or they were there long enough.
    pub(super) fn notices(&self) -> &[Clean] {
        &self.notices
    }

    /// A key was pressed.
    pub(super) fn touched(&mut self) {
        self.last_key = Some(self.now);
        self.message = None;
        self.notices.clear();
    }

    /// Time since the start moves on. `true` when the screen changes by that.
    /// Whether nothing on the screen ends or moves by itself soon.
    pub(super) fn is_settled(&self) -> bool {
        self.message.is_none() && self.notices.is_empty() && self.idle()
    }

    pub(super) fn tick(&mut self, now: Duration, wall: Moment) -> bool {
        let was_idle = self.idle();
        (self.now, self.wall) = (now, wall);
        let mut changed = self.idle() != was_idle;
        if self.message.as_ref().is_some_and(|(_, until)| now >= *until) {
            self.message = None;
            changed = true;
        }
        if now >= self.noticed && !self.notices.is_empty() {
            self.notices.clear();
            changed = true;
        }
        changed
    }
}
