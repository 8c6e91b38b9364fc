//! Which key does what, where: the table of actions with the operator's keys over it. The help, the
//! status bar and the palette show the keys from here.

mod chord;
mod patch;

use crossterm::event::KeyEvent;

use super::action::{Action, Entry, Places, TABLE};
use chord::Chord;

pub use patch::Refused;

/// An action and its keys.
#[derive(Debug)]
struct Bound {
    entry: &'static Entry,
    /// Each with the words that the screen shows, the one to show first.
    keys: Vec<(Chord, String)>,
}

impl Bound {
    fn new(entry: &'static Entry, chords: impl IntoIterator<Item = Chord>) -> Self {
        Self { entry, keys: chords.into_iter().map(|chord| (chord, chord.to_string())).collect() }
    }

    fn chords(&self) -> impl Iterator<Item = Chord> {
        self.keys.iter().map(|(chord, _)| *chord)
    }
}

/// Which key does what, where.
#[derive(Debug)]
pub(super) struct Keymap {
    /// In the order of the table.
    bound: Vec<Bound>,
}

/// The keys of the action table.
impl Default for Keymap {
    fn default() -> Self {
        let keys = |entry: &'static Entry| entry.keys.iter().filter_map(|key| Chord::read(key).ok());
        Self { bound: TABLE.iter().map(|entry| Bound::new(entry, keys(entry))).collect() }
    }
}

impl Keymap {
    /// What `key` means at `place`.
    pub(super) fn action(&self, key: KeyEvent, place: Places) -> Option<Action> {
        let pressed = Chord::of(key);
        let meant = |chord: Chord| {
            let here = |bound: &&Bound| {
                bound.entry.places.meets(place) && bound.chords().any(|known| known == chord)
            };
            self.bound.iter().find(here).map(|bound| bound.entry.action)
        };
        // Shift with a key that has no other meaning is that key.
        meant(pressed).or_else(|| meant(pressed.unshifted()?))
    }

    /// Whether any action has this very key, wherever it works.
    pub(super) fn binds(&self, key: KeyEvent) -> bool {
        let pressed = Chord::of(key);
        self.bound.iter().any(|bound| bound.chords().any(|known| known == pressed))
    }

    /// Every action with its keys as the screen shows them, in the order of the table.
    pub(super) fn entries(&self) -> impl Iterator<Item = (&'static Entry, Vec<&str>)> {
        self.bound
            .iter()
            .map(|bound| (bound.entry, bound.keys.iter().map(|(_, shown)| shown.as_str()).collect()))
    }

    /// The first key of the action with this id; nothing where it has none.
    pub(super) fn first(&self, id: &str) -> &str {
        let bound = self.bound.iter().find(|bound| bound.entry.id == id);
        bound.and_then(|bound| bound.keys.first()).map_or("", |(_, shown)| shown)
    }

    /// A sentence with keys in it: `{back}` is the first key of the action with that id, and where it has
    /// none, how the palette calls it.
    pub(super) fn told(&self, sentence: &str) -> String {
        let mut told = String::with_capacity(sentence.len());
        let mut rest = sentence;
        while let Some((before, id, after)) = rest
            .split_once('{')
            .and_then(|(before, rest)| rest.split_once('}').map(|(id, after)| (before, id, after)))
        {
            let key = self.first(id);
            told.push_str(before);
            if key.is_empty() {
                told.push(':');
            }
            told.push_str(if key.is_empty() { id } else { key });
            rest = after;
        }
        told.push_str(rest);
        told
    }
}

#[cfg(test)]
mod tests {
    use super::{Chord, Keymap, TABLE};
    use crate::ui::action::{Action, Places};
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    #[test]
    fn every_key_of_the_table_can_be_read() {
        for key in TABLE.iter().flat_map(|entry| entry.keys) {
            assert!(Chord::read(key).is_ok(), "{key}");
        }
    }

    #[test]
    fn no_key_means_two_things_in_one_place() {
        let told = Keymap::patched(&[]).map(drop);
        assert_eq!(told, Ok(()));
    }

    #[test]
    fn the_place_decides_what_a_key_means() {
        let keymap = Keymap::default();
        let y = KeyEvent::new(KeyCode::Char('y'), KeyModifiers::NONE);
        assert_eq!(keymap.action(y, Places::SAMPLE), Some(Action::Copy));
        assert_eq!(keymap.action(y, Places::TREE), Some(Action::Yes));
        let shifted = KeyEvent::new(KeyCode::Char('Y'), KeyModifiers::SHIFT);
        assert_eq!(keymap.action(shifted, Places::SAMPLE), Some(Action::CopyAll));
        let down = KeyEvent::new(KeyCode::Down, KeyModifiers::SHIFT);
        assert_eq!(keymap.action(down, Places::SAMPLE), Some(Action::Down));
    }

    #[test]
    fn sentences_name_the_keys_that_there_are() {
        let keymap = Keymap::patched(&[("longer".to_owned(), Vec::new())]).unwrap_or_default();
        assert_eq!(
            keymap.told("{longer} looks further back, {back} goes back."),
            ":longer looks further back, Esc goes back."
        );
        assert_eq!(keymap.told("no key {in it"), "no key {in it");
    }

    #[test]
    fn every_place_can_quit_and_go_back() {
        let keymap = Keymap::default();
        let q = KeyEvent::new(KeyCode::Char('q'), KeyModifiers::NONE);
        let esc = KeyEvent::new(KeyCode::Esc, KeyModifiers::NONE);
        for place in Places::ALL.each() {
            assert_eq!(keymap.action(q, place), Some(Action::Quit));
            assert_eq!(keymap.action(esc, place), Some(Action::Back));
        }
    }
}
