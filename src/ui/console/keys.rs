//! A key: what it means where it is pressed, and in a line that is typed.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::{Console, Scene};
use crate::ui::completion::Offer;
use crate::ui::line_edit::Edited;
use crate::ui::palette;
use crate::ui::typing::Purpose;
use crate::ui::update::{Effect, PAGE, apply};

impl Console {
    /// A key. A terminal tells Esc and a key that come together as that key with Alt: where nothing has
    /// that one, they are two keys again.
    pub(super) fn pressed(&mut self, key: KeyEvent, scene: &dyn Scene) -> Option<Effect> {
        let is_sent_so =
            matches!(key.code, KeyCode::Char(_) | KeyCode::Enter | KeyCode::Tab | KeyCode::Backspace);
        if !is_sent_so || !key.modifiers.contains(KeyModifiers::ALT) || self.state.keymap.binds(key) {
            return self.key(key, scene);
        }
        // Esc asks the loop for nothing, unless it was given another meaning.
        match self.key(KeyEvent::from(KeyCode::Esc), scene) {
            None | Some(Effect::None) => {}
            asked => return asked,
        }
        let modifiers = key.modifiers.difference(KeyModifiers::ALT);
        self.key(KeyEvent { modifiers, ..key }, scene)
    }

    pub(super) fn key(&mut self, key: KeyEvent, scene: &dyn Scene) -> Option<Effect> {
        if self.state.palette.is_some() {
            self.refresh(scene);
            return self.palette_key(key);
        }
        if self.state.editing.is_some() {
            return self.type_key(key, scene);
        }
        let Some(action) = self.state.keymap.action(key, self.state.place()) else {
            self.state.touched();
            return Some(Effect::None);
        };
        self.refresh(scene);
        let effect = apply(&mut self.state, action, &self.picture);
        self.offer(scene);
        Some(effect)
    }

    /// Looks for what the filter that is typed could go on with.
    pub(super) fn offer(&mut self, scene: &dyn Scene) {
        if let Some(editing) = &mut self.state.editing
            && let Purpose::Filter { .. } = editing.purpose
        {
            editing.offer = Offer::of(&editing.line, &self.state.saved, |key| scene.known(key));
        }
    }

    /// Keys that a filter line has beside those of every line. `true` when it was one.
    fn filter_key(&mut self, key: KeyEvent, scene: &dyn Scene) -> bool {
        let state = &mut self.state;
        let Some(editing) = state.editing.as_mut() else { return false };
        let Purpose::Filter { .. } = editing.purpose else { return false };
        match key.code {
            KeyCode::Tab | KeyCode::BackTab => {
                if editing.offer.choose(&mut editing.line, key.code == KeyCode::Tab) {
                    // A key goes on with its value; what is settled, with the next term.
                    let is_open = editing.line.text().ends_with([':', '~']);
                    let is_settled = editing.offer.is_settled();
                    if is_settled && !is_open {
                        editing.line.insert(" ");
                    }
                    state.typed(true);
                    if is_settled {
                        self.offer(scene);
                    }
                }
            }
            KeyCode::Up | KeyCode::Down => {
                if state.typed.go(&mut editing.line, key.code == KeyCode::Up) {
                    state.typed(true);
                }
                self.offer(scene);
            }
            _ => return false,
        }
        true
    }

    fn type_key(&mut self, key: KeyEvent, scene: &dyn Scene) -> Option<Effect> {
        self.state.touched();
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('c') if control => return Some(Effect::Quit),
            KeyCode::Char('z') if control => return Some(Effect::Suspend),
            KeyCode::Esc => self.state.end_edit(),
            KeyCode::Enter => self.state.take_typed(scene.incidents()),
            _ if self.filter_key(key, scene) => {}
            _ => {
                let editing = self.state.editing.as_mut()?;
                editing.refused = false;
                if editing.line.key(key) == Edited::Text {
                    self.state.typed(true);
                }
                self.offer(scene);
            }
        }
        Some(Effect::None)
    }

    /// A key while the palette is open.
    fn palette_key(&mut self, key: KeyEvent) -> Option<Effect> {
        self.state.touched();
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        let (state, picture) = (&mut self.state, &self.picture);
        match key.code {
            KeyCode::Char('c') if control => return Some(Effect::Quit),
            KeyCode::Char('z') if control => return Some(Effect::Suspend),
            KeyCode::Esc => state.palette = None,
            KeyCode::Enter => return Some(palette::run(state, picture)),
            KeyCode::Tab => palette::complete(state, picture),
            KeyCode::Up => palette::travel(state, picture, |at, _| at.saturating_sub(1)),
            KeyCode::Down => palette::travel(state, picture, |at, _| at + 1),
            KeyCode::Char('p') if control => palette::travel(state, picture, |at, _| at.saturating_sub(1)),
            KeyCode::Char('n') if control => palette::travel(state, picture, |at, _| at + 1),
            KeyCode::PageUp => palette::travel(state, picture, |at, _| at.saturating_sub(PAGE)),
            KeyCode::PageDown => palette::travel(state, picture, |at, _| at + PAGE),
            // Nothing is left to take back.
            KeyCode::Backspace if state.palette.as_ref().is_some_and(|open| open.line.text().is_empty()) => {
                state.palette = None;
            }
            _ => {
                if state.palette.as_mut()?.line.key(key) == Edited::Text {
                    palette::changed(state);
                }
            }
        }
        Some(Effect::None)
    }
}
