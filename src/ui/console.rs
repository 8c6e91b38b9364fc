//! The console without a terminal: events in, cells out. The loop and the tests drive it alike.

mod keys;

use std::cell::RefCell;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{
    Event, KeyEvent, KeyEventKind, KeyModifiers, MouseButton, MouseEvent, MouseEventKind,
};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::exports::Wanted;
use super::hits::{Hits, Target};
use super::line_edit::Edited;
use super::palette;
use super::picture::{Head, Kept, Picture, Question};
use super::state::State;
use super::update::{Effect, click, wheel};
use super::view;
use crate::engine::Snapshot;
use crate::model::Moment;
use crate::text::Clean;

/// How often what is long to tell is told again: the diagnosis, what changed, the timeline, the sends.
const AGAIN: Duration = Duration::from_secs(1);

/// Two clicks in this time on one cell are a double click.
const DOUBLE: Duration = Duration::from_millis(500);

/// Where pictures come from.
pub(super) trait Scene {
    /// The answer to `question`.
    fn picture(&self, question: &Question, kept: Kept<'_>) -> Picture;
    /// The incidents that the selection refers to.
    fn incidents(&self) -> &[crate::engine::Incident];
    /// The values of a filter's key that there are, most frequent first.
    fn known(&self, key: &str) -> Vec<Clean>;
}

/// The engine's newest snapshot, and the one that is held while frozen.
#[derive(Debug)]
pub(super) struct Live {
    newest: Arc<Snapshot>,
    held: Option<Arc<Snapshot>>,
    /// The moment that is looked at, and the picture of it.
    sight: Option<Moment>,
    past: Option<Past>,
}

/// A picture of the past.
#[derive(Debug)]
struct Past {
    shown: Arc<Snapshot>,
    /// What it is a picture of: it stays, so that what is looked at stands still.
    base: Arc<Snapshot>,
}

impl Live {
    pub(super) const fn new(newest: Arc<Snapshot>) -> Self {
        Self { newest, held: None, sight: None, past: None }
    }

    /// A newer snapshot is there.
    pub(super) fn renew(&mut self, newest: Arc<Snapshot>) {
        self.newest = newest;
    }

    /// Holds what is on the screen, or lets it go. `true` when that changed anything.
    pub(super) fn hold(&mut self, frozen: bool) -> bool {
        if frozen == self.held.is_some() {
            return false;
        }
        self.held = frozen.then(|| Arc::clone(&self.newest));
        true
    }

    /// Looks at a moment of the past, or at now. `true` when that changed anything.
    pub(super) fn look(&mut self, sight: Option<Moment>) -> bool {
        if sight == self.sight {
            return false;
        }
        self.sight = sight;
        let base = self.held.as_ref().unwrap_or(&self.newest);
        self.past = sight.map(|at| Past { shown: Arc::new(base.at(at)), base: Arc::clone(base) });
        true
    }

    /// What is on the screen: a picture of the past, the held one while it is frozen, or the newest.
    pub(super) fn shown(&self) -> &Arc<Snapshot> {
        self.past.as_ref().map_or_else(|| self.base(), |past| &past.shown)
    }

    /// What is on the screen, or what that is a past picture of.
    fn base(&self) -> &Arc<Snapshot> {
        let held = || self.held.as_ref().unwrap_or(&self.newest);
        self.past.as_ref().map_or_else(held, |past| &past.base)
    }

    /// Incidents that run, and that were not known when the picture on the screen was taken.
    fn unseen(&self) -> usize {
        let known = &self.base().incidents;
        let running = self.newest.incidents.iter().filter(|incident| incident.until.is_none());
        running.filter(|one| known.iter().all(|other| other.id != one.id)).count()
    }

    /// What is newest, whatever is on the screen.
    pub(super) const fn newest(&self) -> &Arc<Snapshot> {
        &self.newest
    }
}

impl Scene for Live {
    fn picture(&self, question: &Question, kept: Kept<'_>) -> Picture {
        let head = Head::of(&self.newest, self.held.as_deref(), self.shown());
        Picture::of((self.shown(), self.base()), Head { unseen: self.unseen(), ..head }, question, kept)
    }

    fn incidents(&self) -> &[crate::engine::Incident] {
        &self.shown().incidents
    }

    fn known(&self, key: &str) -> Vec<Clean> {
        self.shown().known(key)
    }
}

/// State and picture, kept in step.
#[derive(Debug)]
pub(super) struct Console {
    pub(super) state: State,
    picture: Picture,
    question: Question,
    /// What lay where when it was drawn last: that is what a click is about.
    hits: RefCell<Hits>,
    /// When a click opened something, and its cell: the second one of a double click opens nothing more.
    opened: Option<(Duration, (u16, u16))>,
    /// The picture's snapshot is not the newest.
    stale: bool,
    /// When what is long to tell was told, since the start; and whether something newer could be told.
    told: Duration,
    behind: bool,
    now: Duration,
}

impl Console {
    pub(super) fn new(mut state: State, scene: &dyn Scene) -> Self {
        let question = state.question(scene.incidents(), view::slots(state.size, state.base()));
        let mut picture = scene.picture(&question, Kept::default());
        state.arrange(&mut picture);
        Self {
            state,
            picture,
            question,
            hits: RefCell::default(),
            opened: None,
            stale: false,
            told: Duration::ZERO,
            behind: false,
            now: Duration::ZERO,
        }
    }

    #[cfg(test)]
    pub(super) const fn picture(&self) -> &Picture {
        &self.picture
    }

    #[cfg(test)]
    pub(super) fn hits(&self) -> std::cell::Ref<'_, Hits> {
        self.hits.borrow()
    }

    /// What is drawn has to be asked for again.
    pub(super) const fn outdated(&mut self) {
        self.stale = true;
    }

    /// Asks again where the question or the answer may have changed.
    pub(super) fn refresh(&mut self, scene: &dyn Scene) {
        let question =
            self.state.question(scene.incidents(), view::slots(self.state.size, self.state.base()));
        if question == self.question && !self.stale && !self.state.sorts() {
            return;
        }
        let before = &self.question;
        let same = question.window == before.window
            && question.at == before.at
            && question.scope == before.scope
            && question.filter == before.filter
            && question.drill == before.drill;
        let full = question.drill.is_some_and(|draw| self.picture.sample.strings.len() >= draw.limit);
        let kept = Kept {
            sample: (same && full && self.picture.sample_is_fresh(&question.scope)).then_some(&self.picture),
            told: (self.now < self.told + AGAIN && question.tells_as(before)).then_some(&self.picture),
        };
        self.behind = kept.told.is_some();
        if !self.behind {
            self.told = self.now;
        }
        let mut picture = scene.picture(&question, kept);
        self.state.order_sample(&mut picture);
        if (question.told || question.probes) && question.scope == before.scope {
            self.state.follow(&self.picture, &picture);
        }
        self.state.arrange(&mut picture);
        (self.picture, self.question, self.stale) = (picture, question, false);
    }

    /// Takes one event of the terminal. `None` where nothing came of it.
    pub(super) fn event(&mut self, event: &Event, scene: &dyn Scene) -> Option<Effect> {
        match event {
            Event::Key(key) if key.kind != KeyEventKind::Release => self.pressed(*key, scene),
            Event::Mouse(mouse) if self.state.mouse => self.mouse(*mouse, scene),
            Event::Paste(text) => {
                if let Some(palette) = &mut self.state.palette {
                    palette.line.insert(text);
                    palette::changed(&mut self.state);
                    return Some(Effect::None);
                }
                // Outside of a line to type in, a paste would be a flood of commands.
                let editing = self.state.editing.as_mut()?;
                if editing.line.insert(text) == Edited::Text {
                    self.state.typed(true);
                }
                self.offer(scene);
                Some(Effect::None)
            }
            Event::Resize(columns, rows) => {
                self.state.size = (*columns, *rows);
                Some(Effect::Redraw)
            }
            _ => None,
        }
    }

    /// A click or the wheel. While something is typed, only what is shown for that can be clicked.
    fn mouse(&mut self, mouse: MouseEvent, scene: &dyn Scene) -> Option<Effect> {
        let at = (mouse.column, mouse.row);
        let target = self.hits.borrow().at(at.0, at.1, self.state.screen());
        let up = mouse.kind == MouseEventKind::ScrollUp;
        match mouse.kind {
            MouseEventKind::ScrollUp | MouseEventKind::ScrollDown => {
                if let Some(list) = target.and_then(Target::list) {
                    wheel(&mut self.state, list, up, &self.picture);
                    return Some(Effect::None);
                }
                None
            }
            MouseEventKind::Down(MouseButton::Left) => {
                let twice =
                    |(when, cell): (Duration, _)| cell == at && self.now.saturating_sub(when) < DOUBLE;
                if self.opened.take().is_some_and(twice) {
                    return None;
                }
                match target {
                    Some(Target::Key(code)) => self.key(KeyEvent::new(code, KeyModifiers::NONE), scene),
                    Some(target) => {
                        let (opened, effect) = click(&mut self.state, target, &self.picture);
                        self.opened = opened.then_some((self.now, at));
                        Some(effect)
                    }
                    // Beside the palette: it is not wanted.
                    None => self.state.palette.take().map(|_| Effect::None),
                }
            }
            _ => None,
        }
    }

    /// What the document in sight is made of; `None` where none is asked for.
    pub(super) fn wanted(&self, snapshot: &Arc<Snapshot>) -> Option<Wanted> {
        let state = &self.state;
        let kind = state.desk.kind?;
        let (subject, incident) = state.subject(&snapshot.incidents);
        Some(Wanted {
            kind,
            snapshot: Arc::clone(snapshot),
            scope: state.scope(&snapshot.incidents),
            incident: incident.cloned(),
            answers: state.notebook.answers(&subject),
            entries: state.notebook.entries(&subject).cloned().collect(),
            redact: kind.redacts && !state.desk.plain,
            at: state.wall(),
        })
    }

    /// Time moves on. `true` when the screen changes by that.
    pub(super) fn tick(&mut self, now: Duration, wall: Moment) -> bool {
        let was_idle = self.state.idle();
        self.now = now;
        let mut changed = self.state.tick(now, wall);
        if self.behind && now >= self.told + AGAIN {
            (self.stale, changed) = (true, true);
        }
        // The hand has come to rest: the board may settle.
        if self.state.idle() && !was_idle {
            self.stale = true;
        }
        // A log that is over draws nothing again by itself.
        if self.state.settles() {
            (self.stale, changed) = (true, true);
        }
        changed
    }

    /// Draws the screen.
    pub(super) fn draw(&self, buffer: &mut Buffer) {
        self.draw_in(buffer, buffer.area);
    }

    /// Draws the screen into a part of the buffer.
    pub(super) fn draw_in(&self, buffer: &mut Buffer, area: Rect) {
        *self.hits.borrow_mut() = view::draw(buffer, area, &self.state, &self.picture);
    }
}
