//! What a filter line could go on with, and which of it Tab has put there.

use super::line_edit::LineEdit;
use crate::engine::{Completes, Filter, Saved};
use crate::text::Clean;

/// Candidates for a place of the line.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Offer {
    /// What is replaced, in bytes of the line.
    place: (usize, usize),
    /// As they would stand there.
    pub(super) items: Vec<Clean>,
    /// The one that stands there.
    pub(super) chosen: Option<usize>,
    /// Where the term begins that is being typed.
    pub(super) term: usize,
}

impl Offer {
    /// What could stand at the cursor; `known` tells the values of a key.
    pub(super) fn of(line: &LineEdit, saved: &Saved, known: impl Fn(&str) -> Vec<Clean>) -> Self {
        let (text, cursor) = (line.text(), line.cursor());
        let place = Filter::place(text, cursor);
        let (mut from, to) = place.typed;
        let typed = text.get(from..to).unwrap_or_default().to_lowercase();
        let (names, is_value): (Vec<Clean>, bool) = match place.completes {
            Completes::Nothing => return Self::default(),
            Completes::Key => {
                (Filter::keys(saved).iter().map(|key| Clean::from(key.as_str())).collect(), false)
            }
            Completes::Saved => (saved.names().map(Clean::from).collect(), false),
            Completes::Value(key) => (known(key), true),
        };
        let is_quoted = is_value && text[..from].ends_with('"');
        let term = text[..from].rfind(char::is_whitespace).map_or(0, |at| at + 1);
        from -= usize::from(is_quoted);
        let begins = |name: &&Clean| name.to_lowercase().starts_with(&typed);
        let holds = |name: &&Clean| !begins(name) && name.to_lowercase().contains(&typed);
        let mut items: Vec<Clean> = names.iter().filter(begins).cloned().collect();
        if is_value {
            items.extend(names.iter().filter(holds).cloned());
        }
        // What stands there whole needs no candidate.
        if matches!(items.as_slice(), [only] if only.to_lowercase() == typed) {
            items.clear();
        }
        if is_value {
            items = items.into_iter().map(|name| quoted(&name, is_quoted)).collect();
        }
        Self { place: (from, to), items, chosen: None, term }
    }

    /// Puts the next candidate, or the one before, into the line. `true` where there is one.
    pub(super) fn choose(&mut self, line: &mut LineEdit, next: bool) -> bool {
        let len = self.items.len();
        if len == 0 {
            return false;
        }
        let at = match (self.chosen, next) {
            (None, true) => 0,
            (Some(at), true) => (at + 1) % len,
            (None | Some(0), false) => len - 1,
            (Some(at), false) => at - 1,
        };
        let Some(item) = self.items.get(at) else { return false };
        let (from, to) = self.place;
        if !line.replace(from..to, item) {
            return false;
        }
        self.place.1 = from + item.len();
        self.chosen = Some(at);
        true
    }

    /// Whether there is one thing to go on with, and it stands there.
    pub(super) fn is_settled(&self) -> bool {
        self.chosen.is_some() && self.items.len() == 1
    }
}

/// A value as it is written: in quotes where it has to be.
fn quoted(name: &Clean, is_quoted: bool) -> Clean {
    if name.contains('"') {
        // No quote can stand in quotes.
        return Clean::from(format!("\"{}\"", name.replace('"', "*")).as_str());
    }
    if is_quoted || name.contains(char::is_whitespace) {
        return Clean::from(format!("\"{name}\"").as_str());
    }
    name.clone()
}

/// The filters that were typed, in this session and before, and where Up and Down stand in them.
#[derive(Debug, Default)]
pub(super) struct Typed {
    /// The newest last.
    lines: Vec<String>,
    /// Those that are to be kept for the next session, the oldest first.
    unkept: Vec<String>,
    /// Which of them is in the line, and what was there before.
    at: Option<(usize, String)>,
}

/// Filters that are remembered.
const REMEMBERED: usize = 50;

impl Typed {
    /// What earlier sessions typed, the newest last.
    pub(super) fn of(mut lines: Vec<String>) -> Self {
        lines.drain(..lines.len().saturating_sub(REMEMBERED));
        Self { lines, ..Self::default() }
    }

    /// The next one to keep for the next session.
    pub(super) fn take_unkept(&mut self) -> Option<String> {
        (!self.unkept.is_empty()).then(|| self.unkept.remove(0))
    }

    /// It could not be handed over just now.
    pub(super) fn put_back(&mut self, text: String) {
        self.unkept.insert(0, text);
    }

    /// A filter was kept.
    pub(super) fn keep(&mut self, text: &str) {
        let text = text.trim();
        self.at = None;
        if text.is_empty() {
            return;
        }
        self.lines.retain(|line| line != text);
        if self.lines.len() >= REMEMBERED {
            self.lines.remove(0);
        }
        self.lines.push(text.to_owned());
        if self.unkept.len() < REMEMBERED {
            self.unkept.push(text.to_owned());
        }
    }

    /// A line is begun: Up goes to the newest.
    pub(super) fn begin(&mut self) {
        self.at = None;
    }

    /// Goes to an older filter, or back. `true` when the line is another one.
    pub(super) fn go(&mut self, line: &mut LineEdit, older: bool) -> bool {
        let last = self.lines.len();
        let here = self.at.as_ref().map_or(last, |(at, _)| *at);
        let draft = match self.at.take() {
            Some((_, draft)) => draft,
            None => line.text().to_owned(),
        };
        // What is in the line already is no step.
        let is_other = |at: &usize| self.lines[*at] != line.text();
        let to = if older { (0..here).rev().find(is_other) } else { (here + 1..last).find(is_other) };
        let (text, at) = match to {
            Some(to) => (self.lines[to].clone(), Some(to)),
            None if older => {
                self.at = (here < last).then_some((here, draft));
                return false;
            }
            None => (draft.clone(), None),
        };
        self.at = at.map(|at| (at, draft));
        let changed = line.text() != text;
        *line = LineEdit::new(&text);
        changed
    }
}

#[cfg(test)]
mod tests {
    use super::{LineEdit, Offer, Typed};
    use crate::engine::Saved;
    use crate::text::Clean;

    fn known(key: &str) -> Vec<Clean> {
        let names: &[&str] = match key {
            "provider" => &["gmail", "google-workspace", "yahoo"],
            "campaign" => &["nov 1", "nov-2"],
            _ => &[],
        };
        names.iter().map(|name| Clean::from(*name)).collect()
    }

    fn offered(text: &str) -> (Offer, LineEdit) {
        let line = LineEdit::new(text);
        (Offer::of(&line, &Saved::default(), known), line)
    }

    fn words(offer: &Offer) -> Vec<&str> {
        offer.items.iter().map(Clean::as_str).collect()
    }

    #[test]
    fn keys_and_values_are_offered_and_tab_goes_round() {
        assert_eq!(words(&offered("code:5* !pr").0), ["provider:"]);
        assert_eq!(words(&offered("provider:ma").0), ["gmail"], "a part of the name");
        let (mut offer, mut line) = offered("new isp:g");
        assert_eq!(words(&offer), ["gmail", "google-workspace"]);
        for expected in ["new isp:gmail", "new isp:google-workspace", "new isp:gmail"] {
            assert!(offer.choose(&mut line, true));
            assert_eq!(line.text(), expected);
        }
        assert!(offer.choose(&mut line, false));
        assert_eq!(line.text(), "new isp:google-workspace");
        assert!(offered("provider:gmail").0.items.is_empty(), "it stands there");
        assert!(!offered("text~x").0.choose(&mut LineEdit::new("text~x"), true));
    }

    #[test]
    fn a_value_with_a_blank_is_put_in_quotes() {
        for text in ["campaign:nov", "campaign:\"nov"] {
            let (mut offer, mut line) = offered(text);
            offer.choose(&mut line, true);
            assert_eq!(line.text(), "campaign:\"nov 1\"");
        }
    }

    #[test]
    fn up_goes_back_in_time_and_down_returns_to_what_was_typed() {
        let mut typed = Typed::default();
        for text in ["a", "b", " ", "a", "c"] {
            typed.keep(text);
        }
        let mut line = LineEdit::new("dra");
        let mut seen = Vec::new();
        for older in [true, true, true, true, false, false, false, false] {
            typed.go(&mut line, older);
            seen.push(line.text().to_owned());
        }
        assert_eq!(seen, ["c", "a", "b", "b", "a", "c", "dra", "dra"]);
        (0..200).for_each(|at| typed.keep(&at.to_string()));
        assert_eq!(typed.lines.len(), super::REMEMBERED);
    }
}
