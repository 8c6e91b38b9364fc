//! The operator's keys over ours: what cannot be is refused as a whole, with everything that is wrong.

use super::{Bound, Chord, Keymap};
use crate::text::remark::meant;
use crate::ui::action::{Action, Places};

/// What is wrong with one entry of a patch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Its place in the patch.
    pub at: usize,
    /// What is wrong and what to do.
    pub what: String,
}

impl Keymap {
    /// Our keys with those of `patch` over them: ids of actions and the keys that they have instead;
    /// none unbinds.
    ///
    /// # Errors
    /// Every unknown id, every key that cannot be read, every key with two meanings in one place, and
    /// places that could not be left any more.
    pub(in crate::ui) fn patched(patch: &[(String, Vec<String>)]) -> Result<Self, Vec<Refused>> {
        let mut keymap = Self::default();
        let mut refused = Vec::new();
        // Which entry of the patch each action's keys are from.
        let mut from = vec![None; keymap.bound.len()];
        for (at, (id, keys)) in patch.iter().enumerate() {
            let ids = keymap.bound.iter().map(|bound| bound.entry.id);
            let Some(place) = ids.clone().position(|known| known == id) else {
                let what = format!("no action is called `{}`{}", id.escape_debug(), meant(id, ids));
                refused.push(Refused { at, what });
                continue;
            };
            let mut chords: Vec<Chord> = Vec::new();
            for key in keys {
                match Chord::read(key) {
                    Ok(chord) if chords.contains(&chord) => {}
                    Ok(chord) => chords.push(chord),
                    Err(what) => refused.push(Refused { at, what: format!("`{id}`: {what}") }),
                }
            }
            from[place] = Some(at);
            keymap.bound[place] = Bound::new(keymap.bound[place].entry, chords);
        }
        if refused.is_empty() {
            keymap.clashes(&from, &mut refused);
            keymap.dead_ends(&from, &mut refused);
        }
        if refused.is_empty() { Ok(keymap) } else { Err(refused) }
    }

    /// Keys that mean two things in one place.
    fn clashes(&self, from: &[Option<usize>], refused: &mut Vec<Refused>) {
        for (one, bound) in self.bound.iter().enumerate() {
            for (other, second) in self.bound.iter().enumerate().skip(one + 1) {
                let places = bound.entry.places.shared(second.entry.places);
                let key = bound.chords().find(|chord| second.chords().any(|other| other == *chord));
                let (Some(key), true) = (key, places != Places::NONE) else { continue };
                // Ours do not clash: one of the two is the operator's.
                let at = from[one].max(from[other]).unwrap_or(0);
                let what = format!(
                    "{key} would mean both `{}` and `{}` on {}: give one of them another key",
                    bound.entry.id,
                    second.entry.id,
                    places.words()
                );
                refused.push(Refused { at, what });
            }
        }
    }

    /// Places without a key that quits, or that goes back.
    fn dead_ends(&self, from: &[Option<usize>], refused: &mut Vec<Refused>) {
        for (action, word) in [(Action::Quit, "quits"), (Action::Back, "goes back")] {
            let keyed = |bound: &&Bound| bound.entry.action == action && bound.chords().next().is_some();
            let reached = self.bound.iter().filter(keyed).map(|bound| bound.entry.places);
            let missing = reached.fold(Places::ALL, |left, places| left.without(places));
            if missing == Places::NONE {
                continue;
            }
            let taken = |place: &usize| {
                let entry = self.bound[*place].entry;
                entry.action == action && entry.places.meets(missing) && from[*place].is_some()
            };
            let place = (0..self.bound.len()).find(taken);
            let at = place.and_then(|place| from[place]).unwrap_or(0);
            let what = format!("no key {word} on {} any more: leave it one", missing.words());
            refused.push(Refused { at, what });
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Keymap;
    use crate::ui::action::{Action, Places};
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    fn patch(patch: &[(&str, &[&str])]) -> Result<Keymap, String> {
        let patch: Vec<(String, Vec<String>)> = patch
            .iter()
            .map(|(id, keys)| ((*id).to_owned(), keys.iter().map(|key| (*key).to_owned()).collect()))
            .collect();
        let told = |refused: Vec<super::Refused>| {
            let told: Vec<String> = refused.iter().map(|one| format!("{}: {}", one.at, one.what)).collect();
            told.join("\n")
        };
        Keymap::patched(&patch).map_err(told)
    }

    fn press(keymap: &Keymap, key: char, place: Places) -> Option<Action> {
        keymap.action(KeyEvent::new(KeyCode::Char(key), KeyModifiers::NONE), place)
    }

    #[test]
    fn a_patch_gives_keys_and_takes_them() {
        let keymap = patch(&[("trace", &["ctrl-t", "%"]), ("mark", &[]), ("quit", &["ctrl-c", "f10"])])
            .unwrap_or_default();
        assert_eq!(press(&keymap, '%', Places::SAMPLE), Some(Action::Trace));
        assert_eq!(press(&keymap, 't', Places::SAMPLE), None, "what it had is free");
        assert_eq!(press(&keymap, 't', Places::TRACE), Some(Action::Trace), "another id, as before");
        assert_eq!(press(&keymap, 'm', Places::SENDS), None);
        assert_eq!(press(&keymap, 'q', Places::BOARD), None);
        assert_eq!(
            (keymap.first("trace"), keymap.first("mark"), keymap.first("quit")),
            ("Ctrl-T", "", "Ctrl-C")
        );
    }

    #[test]
    fn two_actions_may_change_their_keys() {
        let keymap = patch(&[("sort", &["S"]), ("sources", &["s"])]).unwrap_or_default();
        assert_eq!(press(&keymap, 's', Places::BOARD), Some(Action::Sources));
        assert_eq!(press(&keymap, 'S', Places::BOARD), Some(Action::Sort));
    }

    #[test]
    fn what_cannot_be_is_refused_with_what_it_is() {
        for (bound, want) in [
            (&[("trcae", &["t"][..])][..], "no action is called `trcae`; did you mean `trace`?"),
            (&[("trace", &["hyper-t"])], "0: `trace`: `hyper-t` is no key: write a character"),
            (
                &[("wrap", &["X"]), ("trace", &["X"])],
                "1: X would mean both `trace` and `wrap` on the sample: give one",
            ),
            (&[("mark", &["C"])], "C would mean both `sends`"),
            (&[("quit", &[])], "0: no key quits on every screen any more"),
            (&[("sort", &["x"]), ("unfilter", &[])], "1: no key goes back on the overview any more"),
        ] {
            match patch(bound) {
                Ok(_) => assert!(want.starts_with("C would"), "{want} was taken"),
                Err(told) => assert!(told.contains(want), "{told}"),
            }
        }
    }
}
