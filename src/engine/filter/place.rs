//! What is being typed at a place of a filter line: what completion has to offer there.

use super::read::value_at;
use super::term::Key;
use super::{Completes, NEW, Saved};

/// A place in a filter line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Where what is typed begins, as a byte of the line, and where it ends: at the cursor.
    pub typed: (usize, usize),
    /// What can stand there.
    pub completes: Completes,
}

/// What stands before the cursor, which is at byte `cursor` of `text`.
pub(super) fn place(text: &str, cursor: usize) -> Place {
    let head = text.get(..cursor).unwrap_or(text);
    let begin = begin(head);
    let word = &head[begin..];
    let start = begin + usize::from(word.starts_with('!'));
    let word = &head[start..];
    let here = |from: usize, completes| Place { typed: (from, head.len()), completes };
    if word.starts_with('@') {
        return here(start + 1, Completes::Saved);
    }
    match value_at(word) {
        Some(at) => match Key::read(&word[..at - 1].to_lowercase()) {
            Some(key) => {
                let quote = usize::from(word[at..].starts_with('"'));
                here(start + at + quote, Completes::Value(key.name()))
            }
            None => here(head.len(), Completes::Nothing),
        },
        None if word.starts_with('"') => here(head.len(), Completes::Nothing),
        None => here(start, Completes::Key),
    }
}

/// Where the term begins that the text ends in.
fn begin(head: &str) -> usize {
    let (mut begin, mut is_quoted) = (0, false);
    for (at, sign) in head.char_indices() {
        if sign == '"' {
            is_quoted = !is_quoted;
        } else if sign.is_whitespace() && !is_quoted {
            begin = at + sign.len_utf8();
        }
    }
    begin
}

/// The beginnings of terms.
pub(super) fn keys(saved: &Saved) -> Vec<String> {
    let sign = |key: Key| if key == Key::Text { '~' } else { ':' };
    let keys = Key::ALL.into_iter().map(|key| format!("{}{}", key.name(), sign(key)));
    let saved = saved.names().map(|name| format!("@{name}"));
    keys.chain([NEW.to_owned()]).chain(saved).collect()
}

#[cfg(test)]
mod tests {
    use super::{Completes, place};

    #[test]
    fn the_place_tells_what_is_typed() {
        let at = |text: &str| {
            let place = place(text, text.len());
            (text[place.typed.0..place.typed.1].to_owned(), place.completes)
        };
        assert_eq!(at(""), (String::new(), Completes::Key));
        assert_eq!(at("code:5 !pro"), ("pro".into(), Completes::Key));
        assert_eq!(at("isp:gm"), ("gm".into(), Completes::Value("provider")));
        assert_eq!(at("provider:\"google w"), ("google w".into(), Completes::Value("provider")));
        assert_eq!(at("campaign=nov"), ("nov".into(), Completes::Value("campaign")));
        assert_eq!(at("!@au"), ("au".into(), Completes::Saved));
        assert_eq!(at("nosuch:x").1, Completes::Nothing);
        assert_eq!(at("\"a b").1, Completes::Nothing);
        let middle = place("code:5 cat:a new", 11);
        assert_eq!((middle.typed, middle.completes), ((11, 11), Completes::Value("cat")));
    }
}
