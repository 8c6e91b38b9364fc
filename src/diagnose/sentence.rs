//! Sentences with places to fill: `pause sends to {receiver}`.

use super::facts::Facts;
use super::names::named;

/// A sentence whose places are known names.
#[derive(Debug, Default)]
pub(super) struct Sentence(Vec<Piece>);

#[derive(Debug)]
enum Piece {
    Words(String),
    Place(&'static str),
}

impl Sentence {
    /// Reads a sentence; the error is the name that nobody knows, or the open brace.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let mut pieces = Vec::new();
        let mut rest = text;
        while let Some((words, after)) = rest.split_once('{') {
            let Some((place, after)) = after.split_once('}') else { return Err("{".to_owned()) };
            let Some(name) = named(place) else { return Err(place.to_owned()) };
            pieces.push(Piece::Words(words.to_owned()));
            pieces.push(Piece::Place(name.id));
            rest = after;
        }
        pieces.push(Piece::Words(rest.to_owned()));
        Ok(Self(pieces))
    }

    /// As it is written, places and all.
    pub(super) fn written(&self) -> String {
        let piece = |piece: &Piece| match piece {
            Piece::Words(words) => words.clone(),
            Piece::Place(name) => format!("{{{name}}}"),
        };
        self.0.iter().map(piece).collect()
    }

    /// Whether it says nothing.
    pub(super) fn is_empty(&self) -> bool {
        self.0.iter().all(|piece| matches!(piece, Piece::Words(words) if words.is_empty()))
    }

    /// Whether its own words contain `word` (lower case), whatever the case.
    pub(super) fn mentions(&self, word: &str) -> bool {
        self.0.iter().any(|piece| match piece {
            Piece::Words(words) => words.to_ascii_lowercase().contains(word),
            Piece::Place(_) => false,
        })
    }

    /// The sentence with its places filled.
    pub(super) fn fill(&self, facts: &Facts) -> String {
        let mut out = String::new();
        for piece in &self.0 {
            match piece {
                Piece::Words(words) => out.push_str(words),
                Piece::Place(name) => out.push_str(&facts.text(name)),
            }
        }
        out
    }
}

/// A verdict starts with a capital, wherever its words come from.
pub(super) fn capitalised(text: String) -> String {
    match text.chars().next() {
        Some(first) if first.is_lowercase() => first.to_uppercase().chain(text.chars().skip(1)).collect(),
        _ => text,
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests {
    use super::{Facts, Sentence, capitalised};

    #[test]
    fn places_are_filled_with_figures() {
        let mut facts = Facts::default();
        facts.set_number("rate", 0.3821);
        facts.set_number("attempts", 7_628.0);
        facts.set_number("times", 95.4);
        facts.set_text("receiver", "Gmail".to_owned());
        let sentence = Sentence::read("{receiver}: {rate} of {attempts}, {times}, {baseline}").unwrap();
        assert_eq!(sentence.fill(&facts), "Gmail: 38.2% of 7,628, ×95, not known");
    }

    #[test]
    fn an_unknown_or_open_place_is_refused() {
        assert_eq!(Sentence::read("to {reciever}").unwrap_err(), "reciever");
        assert_eq!(Sentence::read("to {receiver").unwrap_err(), "{");
    }

    #[test]
    fn a_verdict_starts_with_a_capital() {
        assert_eq!(capitalised("the address".into()), "The address");
        assert_eq!(capitalised("5.1.1".into()), "5.1.1");
        assert_eq!(capitalised(String::new()), "");
    }
}
