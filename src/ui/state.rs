//! What the operator has chosen: nothing here is counted, nothing here is drawn.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

use super::action::Places;
use super::line_edit::LineEdit;
use super::order::{Order, Settle, Sort};
use super::picture::{Draw, Picture, Question};
use super::theme::Theme;
use super::traces::Traces;
use crate::engine::{Answers, Filter, FilterError, Incident, Mode, Scope, Specimen};
use crate::model::{Category, Moment, Window};
use crate::text::Clean;

/// After this long without a key the board may move again.
const IDLE: Duration = Duration::from_secs(2);
/// How often a resting board is sorted to the letter; between, only what is worth a jump moves.
const SORT: Duration = Duration::from_secs(10);
/// How long a message stays.
const MESSAGE: Duration = Duration::from_secs(6);
/// How long the notices of the start stay when nobody presses a key.
const NOTICES: Duration = Duration::from_secs(20);
/// Strings in a sample.
const SAMPLE: usize = 25;

/// A screen; the last of the stack is the one in sight.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Screen {
    Board,
    Drill,
    Trace,
    Sources,
    Help,
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

/// An incident by what does not change while it grows.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct IncidentKey {
    provider: Option<Clean>,
    category: Category,
    onset: Moment,
}

impl IncidentKey {
    pub(super) fn of(incident: &Incident) -> Self {
        Self { provider: incident.provider.clone(), category: incident.category, onset: incident.onset }
    }
}

/// What is selected on the overview.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Pick {
    /// Nothing was chosen yet: a running incident, else everything.
    #[default]
    Auto,
    /// An incident's line.
    Incident(IncidentKey),
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
    pub(super) serial: u64,
}

/// A filter that is being typed.
#[derive(Debug)]
pub(super) struct Editing {
    pub(super) line: LineEdit,
    pub(super) error: Option<FilterError>,
    /// The filter to return to.
    before: Filter,
}

/// Everything that keys change.
#[derive(Debug)]
pub(super) struct State {
    /// Columns and rows of the terminal.
    pub(super) size: (u16, u16),
    pub(super) theme: Theme,
    pub(super) ascii: bool,
    /// What the demo plays, where it is one.
    pub(super) demo: Option<Clean>,
    screens: Vec<Screen>,
    pub(super) window: Window,
    pub(super) filter: Filter,
    pub(super) editing: Option<Editing>,
    pub(super) pick: Pick,
    pub(super) column: Option<Clean>,
    pub(super) sort: Sort,
    order: Order,
    exact: bool,
    /// When the board was last sorted to the letter.
    sorted: Duration,
    pub(super) drill: Drill,
    pub(super) traces: Traces,
    pub(super) tables: Tables,
    pub(super) wrap: bool,
    answers: BTreeMap<Option<Clean>, Answers>,
    pub(super) frozen: bool,
    pub(super) help_top: usize,
    notices: Vec<Clean>,
    message: Option<(Clean, Duration)>,
    now: Duration,
    last_key: Option<Duration>,
}

impl State {
    pub(super) fn new(size: (u16, u16), window: Window, theme: Theme, ascii: bool) -> Self {
        Self {
            size,
            theme,
            ascii,
            demo: None,
            screens: vec![Screen::Board],
            window,
            filter: Filter::default(),
            editing: None,
            pick: Pick::Auto,
            column: None,
            sort: Sort::default(),
            order: Order::default(),
            exact: true,
            sorted: Duration::ZERO,
            drill: Drill::default(),
            traces: Traces::default(),
            tables: Tables::default(),
            wrap: false,
            answers: BTreeMap::new(),
            frozen: false,
            help_top: 0,
            notices: Vec::new(),
            message: None,
            now: Duration::ZERO,
            last_key: None,
        }
    }

    /// What was decided at the start and should be read once.
    pub(super) fn notice(&mut self, notices: &[String]) {
        self.notices = notices.iter().map(|text| Clean::from(text.as_str())).collect();
    }

    /// The screen in sight.
    pub(super) fn screen(&self) -> Screen {
        self.screens.last().copied().unwrap_or(Screen::Board)
    }

    /// The screen under the help.
    pub(super) fn under(&self) -> Screen {
        self.screens.iter().rev().find(|screen| **screen != Screen::Help).copied().unwrap_or(Screen::Board)
    }

    pub(super) fn push(&mut self, screen: Screen) {
        if self.screen() != screen {
            self.screens.push(screen);
        }
    }

    /// The overview or the drill, whatever lies over it.
    pub(super) fn base(&self) -> Screen {
        if self.screens.contains(&Screen::Drill) { Screen::Drill } else { Screen::Board }
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

    /// Leaves the screen in sight; the overview stays.
    pub(super) fn pop(&mut self) {
        if self.screens.len() > 1 {
            self.screens.pop();
        }
    }

    /// Where the keys go.
    pub(super) fn place(&self) -> Places {
        match self.screen() {
            Screen::Help => Places::HELP,
            screen => self.place_of(screen),
        }
    }

    /// Where the keys would go on `screen`.
    pub(super) fn place_of(&self, screen: Screen) -> Places {
        match (screen, self.drill.pane) {
            (Screen::Board, _) => Places::BOARD,
            (Screen::Drill, Pane::Sample) => Places::SAMPLE,
            (Screen::Drill, Pane::Tree) => Places::TREE,
            (Screen::Drill, Pane::Checklist) => Places::CHECKLIST,
            (Screen::Trace, _) => Places::TRACE,
            (Screen::Sources, _) => Places::SOURCES,
            (Screen::Help, _) => Places::HELP,
        }
    }

    /// What the overview's selection is about.
    pub(super) fn selected(&self, incidents: &[Incident]) -> Scope {
        match self.resolved(incidents) {
            Pick::Incident(key) => Scope { provider: key.provider, ..Scope::default() },
            Pick::Provider(id) => Scope { provider: Some(id), column: self.column.clone(), incident: None },
            Pick::All | Pick::Auto => Scope { column: self.column.clone(), ..Scope::default() },
        }
    }

    /// The selection with [`Pick::Auto`] and incidents that are over resolved.
    pub(super) fn resolved(&self, incidents: &[Incident]) -> Pick {
        let mut running = incidents.iter().filter(|incident| incident.until.is_none());
        match &self.pick {
            Pick::Auto => {
                running.next().map_or(Pick::All, |incident| Pick::Incident(IncidentKey::of(incident)))
            }
            Pick::Incident(key) if !running.any(|incident| IncidentKey::of(incident) == *key) => {
                key.provider.clone().map_or(Pick::All, Pick::Provider)
            }
            pick => pick.clone(),
        }
    }

    /// What the screen is about: the drill's scope, else the selection.
    pub(super) fn scope(&self, incidents: &[Incident]) -> Scope {
        match self.base() {
            Screen::Drill => self.drill.scope.clone(),
            _ => self.selected(incidents),
        }
    }

    /// What has to be known to draw the screen, on which the trend has `slots` columns.
    pub(super) fn question(&self, incidents: &[Incident], slots: usize) -> Question {
        let scope = self.scope(incidents);
        let drill = self.base() == Screen::Drill;
        Question {
            window: self.window,
            answers: if drill { self.answers_for(&scope) } else { Answers::default() },
            scope,
            filter: self.filter.clone(),
            slots,
            tables: self.under() == Screen::Sources,
            drill: drill.then_some(Draw { serial: self.drill.serial, limit: SAMPLE }),
        }
    }

    /// The operator's answers about a provider: what is true of one is not true of another.
    pub(super) fn answers_for(&self, scope: &Scope) -> Answers {
        self.answers.get(&scope.provider).cloned().unwrap_or_default()
    }

    /// The same, to be changed.
    pub(super) fn answers_mut(&mut self) -> &mut Answers {
        self.answers.entry(self.drill.scope.provider.clone()).or_default()
    }

    /// Puts the board into the order that the eye is used to, and keeps every cursor on a line.
    pub(super) fn arrange(&mut self, picture: &mut Picture) {
        // While history is read, counts are not worth getting used to.
        let reading = picture.head.mode == Mode::Reading;
        let due = self.idle() && (reading || self.now.saturating_sub(self.sorted) >= SORT);
        let how = if std::mem::take(&mut self.exact) || due {
            self.sorted = self.now;
            Settle::Exactly
        } else if self.idle() {
            Settle::Gently
        } else {
            Settle::Hold
        };
        self.order.arrange(&mut picture.board, self.sort, how);
        let inside = |cursor: &mut usize, len: usize| *cursor = (*cursor).min(len.saturating_sub(1));
        if self.base() == Screen::Drill {
            inside(&mut self.drill.string, picture.sample.strings.len());
            inside(&mut self.drill.node, picture.diagnosis.tree.len());
            inside(&mut self.drill.step, picture.diagnosis.checklist.len());
        }
        if self.under() == Screen::Sources {
            inside(&mut self.tables.file, picture.head.sources.len());
            inside(&mut self.tables.host, picture.tables.hosts.len());
            inside(&mut self.tables.ours, picture.tables.ours.len());
        }
    }

    /// Keeps the cursors of the drill on what they stood on, wherever it stands in `after`.
    pub(super) fn follow(&mut self, before: &Picture, after: &Picture) {
        let drill = &mut self.drill;
        let string = before.sample.strings.get(drill.string).and_then(|held| {
            let same = |other: &Arc<Specimen>| {
                held.at == other.at && held.queue_id == other.queue_id && held.recipient == other.recipient
            };
            after.sample.strings.iter().position(same)
        });
        let node = before.diagnosis.tree.get(drill.node);
        let node = node.and_then(|held| after.diagnosis.tree.iter().position(|line| line.id == held.id));
        let step = before.diagnosis.checklist.get(drill.step);
        let step = step.and_then(|held| after.diagnosis.checklist.iter().position(|step| step.id == held.id));
        drill.string = string.unwrap_or(drill.string);
        drill.node = node.unwrap_or(drill.node);
        drill.step = step.unwrap_or(drill.step);
    }

    /// Lets the next picture be sorted to the letter.
    pub(super) const fn sort_exactly(&mut self) {
        self.exact = true;
    }

    /// Whether the hand rests, so that the board may move.
    pub(super) fn idle(&self) -> bool {
        self.last_key.is_none_or(|at| self.now.saturating_sub(at) >= IDLE)
    }

    /// Starts typing a filter.
    pub(super) fn edit(&mut self) {
        self.editing = Some(Editing {
            line: LineEdit::new(self.filter.text()),
            error: None,
            before: self.filter.clone(),
        });
    }

    /// Takes what is typed so far as the filter, if it can be read. While it is being typed, a
    /// last word without a key is not taken yet: it may become one.
    pub(super) fn try_filter(&mut self, typing: bool) {
        let Some(editing) = &mut self.editing else { return };
        let text = editing.line.text();
        match Filter::parse(text) {
            Ok(whole) => {
                editing.error = None;
                let last = text.rfind(' ').map_or(0, |space| space + 1);
                let bare = !text[last..].contains([':', '~']);
                let head = (typing && bare).then(|| Filter::parse(&text[..last]).ok()).flatten();
                let filter = head.unwrap_or(whole);
                self.exact |= filter != self.filter;
                self.filter = filter;
            }
            Err(error) => editing.error = Some(error),
        }
    }

    /// Ends typing: keeps the filter, or returns to the one before.
    pub(super) fn end_edit(&mut self, keep: bool) {
        if let Some(editing) = self.editing.take()
            && !keep
        {
            self.exact |= editing.before != self.filter;
            self.filter = editing.before;
        }
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
    pub(super) fn tick(&mut self, now: Duration) -> bool {
        let was_idle = self.idle();
        self.now = now;
        let mut changed = self.idle() != was_idle;
        if self.message.as_ref().is_some_and(|(_, until)| now >= *until) {
            self.message = None;
            changed = true;
        }
        if now >= NOTICES && !self.notices.is_empty() {
            self.notices.clear();
            changed = true;
        }
        changed
    }
}
