//! Key presses → actions, built from the action table.

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use super::action::{Action, Entry, Places, TABLE};

/// One key with its modifiers. Shift is part of the character, so it is not kept.
type Chord = (KeyCode, KeyModifiers);

/// Which key does what, where.
#[derive(Debug)]
pub(super) struct Keymap {
    bindings: Vec<(Chord, &'static Entry)>,
}

impl Keymap {
    /// The keys of the action table.
    pub(super) fn default_keys() -> Self {
        let bindings = TABLE
            .iter()
            .flat_map(|entry| entry.keys.iter().filter_map(move |key| Some((chord(key)?, entry))))
            .collect();
        Self { bindings }
    }

    /// What `key` means at `place`.
    pub(super) fn action(&self, key: KeyEvent, place: Places) -> Option<Action> {
        let pressed = (key.code, key.modifiers.difference(KeyModifiers::SHIFT));
        self.bindings
            .iter()
            .find(|(chord, entry)| *chord == pressed && entry.places.meets(place))
            .map(|(_, entry)| entry.action)
    }
}

/// Reads `q`, `ctrl-c`, `enter`; `None` for anything else.
fn chord(text: &str) -> Option<Chord> {
    let (modifiers, name) = match text.strip_prefix("ctrl-") {
        Some(name) => (KeyModifiers::CONTROL, name),
        None => (KeyModifiers::NONE, text),
    };
    let code = match name {
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "right" => KeyCode::Right,
        "home" => KeyCode::Home,
        "end" => KeyCode::End,
        "pageup" => KeyCode::PageUp,
        "pagedown" => KeyCode::PageDown,
        "enter" => KeyCode::Enter,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "space" => KeyCode::Char(' '),
        "f1" => KeyCode::F(1),
        _ => {
            let mut characters = name.chars();
            let only = characters.next()?;
            characters.next().is_none().then_some(KeyCode::Char(only))?
        }
    };
    Some((code, modifiers))
}

/// A key as the screen writes it: `Enter`, `Ctrl-C`, `↑`.
pub(super) fn shown(key: &str) -> String {
    if let Some(name) = key.strip_prefix("ctrl-") {
        return format!("Ctrl-{}", name.to_uppercase());
    }
    match key {
        "up" => "↑".into(),
        "down" => "↓".into(),
        "left" => "←".into(),
        "right" => "→".into(),
        "home" => "Home".into(),
        "end" => "End".into(),
        "pageup" => "PgUp".into(),
        "pagedown" => "PgDn".into(),
        "enter" => "Enter".into(),
        "esc" => "Esc".into(),
        "tab" => "Tab".into(),
        "backtab" => "Shift-Tab".into(),
        "space" => "Space".into(),
        "f1" => "F1".into(),
        other => other.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::{Keymap, TABLE, chord};
    use crate::ui::action::{Action, Places};
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    #[test]
    fn every_key_of_the_table_can_be_read() {
        for key in TABLE.iter().flat_map(|entry| entry.keys) {
            assert!(chord(key).is_some(), "{key}");
        }
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let keymap = Keymap::default_keys();
        for (at, (one, entry)) in keymap.bindings.iter().enumerate() {
            for (two, other) in &keymap.bindings[at + 1..] {
                assert!(
                    one != two || !entry.places.meets(other.places),
                    "{one:?}: {} and {}",
                    entry.id,
                    other.id
                );
            }
        }
    }

    #[test]
    fn the_place_decides_what_a_key_means() {
        let keymap = Keymap::default_keys();
        let y = KeyEvent::new(KeyCode::Char('y'), KeyModifiers::NONE);
        assert_eq!(keymap.action(y, Places::SAMPLE), Some(Action::Copy));
        assert_eq!(keymap.action(y, Places::TREE), Some(Action::Yes));
        let shifted = KeyEvent::new(KeyCode::Char('Y'), KeyModifiers::SHIFT);
        assert_eq!(keymap.action(shifted, Places::SAMPLE), Some(Action::CopyAll));
    }

    #[test]
    fn every_place_can_quit_and_go_back() {
        let keymap = Keymap::default_keys();
        let q = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        let esc = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
        let places = [Places::BOARD, Places::SAMPLE, Places::TREE, Places::CHECKLIST, Places::HELP];
        for place in places.into_iter().chain([Places::TRACE, Places::SOURCES, Places::RAW]) {
            assert_eq!(keymap.action(q, place), Some(Action::Quit));
            assert_eq!(keymap.action(esc, place), Some(Action::Back));
        }
    }
}
