//! The phrases of all rules, each once; families of phrases written as one; pairs of them.

use std::ops::Range;

use hashbrown::HashMap;

use super::words;

/// Phrases that one may stand for: a row of braces multiplies.
const FAMILY: usize = 256;
/// Words and bytes between the two of a pair: `Der Benutzer a wurde nicht gefunden`.
const GAP: (usize, usize) = (3, 40);
/// What may stand between them in scripts that need few characters to say much: particles. In
/// `用户连接已关闭` it is the connection that is closed, not the user.
const PARTICLES: &str = " 已经經被已是的此该はがをのも가이을를은는";

/// One of the first, and close behind it one of the second: `{utente|casella} .. {sconosciuto|inesistente}`
/// holds of `utente a@b.it è sconosciuto`. As many patterns as words, not as many as their pairs.
#[derive(Debug)]
pub(super) struct Pair {
    /// Its number.
    pub(super) phrase: u32,
    /// As rules write it.
    pub(super) text: String,
    pub(super) first: Vec<u32>,
    pub(super) then: Vec<u32>,
}

/// Bytes that a pair looks back.
pub(super) const BACK: usize = GAP.1;

/// Whether two phrases stand close together in `text`, the one behind the other.
pub(super) fn close(text: &[u8], first: &Range<usize>, then: &Range<usize>) -> bool {
    // Whole words share the blank between them.
    if first.end > then.start + 1 {
        return false;
    }
    let gap = text.get(first.end..then.start).unwrap_or_default();
    let letters = |letter: char| letter < '\u{800}' || PARTICLES.contains(letter);
    gap.len() <= BACK
        && gap.split(u8::is_ascii_whitespace).filter(|word| !word.is_empty()).count() <= GAP.0
        && std::str::from_utf8(gap).is_ok_and(|gap| gap.chars().all(letters))
}

/// Phrases of all rules, each once.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    /// What is searched for each; empty for a pair, whose phrases are searched instead.
    pub(super) patterns: Vec<Vec<u8>>,
    pub(super) pairs: Vec<Pair>,
    known: HashMap<Vec<u8>, u32>,
}

impl Phrases {
    /// The number of one phrase; none where it has no word.
    pub(super) fn add(&mut self, phrase: &str) -> Option<u32> {
        let pattern = words::pattern(phrase);
        if pattern.is_empty() {
            return None;
        }
        if let Some(known) = self.known.get(&pattern) {
            return Some(*known);
        }
        let number = u32::try_from(self.patterns.len()).ok()?;
        self.patterns.push(pattern.clone());
        self.known.insert(pattern, number);
        Some(number)
    }

    /// The numbers of all that a phrase stands for, [`Pair`]s among them.
    ///
    /// # Errors
    /// What is wrong with it, to be said behind it.
    pub(super) fn family(&mut self, phrase: &str, numbers: &mut Vec<u32>) -> Result<(), &'static str> {
        let Some((first, then)) = phrase.split_once(" .. ") else { return self.plain(phrase, numbers) };
        if then.contains(" .. ") {
            return Err("has more than one gap: use a `regex`");
        }
        if let Some(known) = self.known.get(phrase.as_bytes()) {
            numbers.push(*known);
            return Ok(());
        }
        let (mut firsts, mut thens) = (Vec::new(), Vec::new());
        self.plain(first, &mut firsts)?;
        self.plain(then, &mut thens)?;
        let number = u32::try_from(self.patterns.len()).map_err(|_| "is one too many")?;
        self.patterns.push(Vec::new());
        self.known.insert(phrase.into(), number);
        self.pairs.push(Pair { phrase: number, text: phrase.to_owned(), first: firsts, then: thens });
        numbers.push(number);
        Ok(())
    }

    /// The numbers of all that a phrase stands for: `{postfach|konto} {|ist }gesperrt` for four, and
    /// each once more as it looks where umlauts were spelt out (`ueberfuellt`) and where an MTA
    /// logged `?` for the letters that are not ASCII (`?berf?llt`).
    /// What is searched for a list of phrases of its own, where none has a gap.
    ///
    /// # Errors
    /// The phrase and what is wrong with it.
    pub(super) fn listed(list: &[String]) -> Result<Vec<Vec<u8>>, String> {
        let mut phrases = Self::default();
        for phrase in list {
            phrases.family(phrase, &mut Vec::new()).map_err(|reason| format!("`{phrase}` {reason}"))?;
        }
        match phrases.pairs.first() {
            Some(pair) => Err(format!("`{}`: a gap is not read here", pair.text)),
            None => Ok(phrases.patterns),
        }
    }

    fn plain(&mut self, phrase: &str, numbers: &mut Vec<u32>) -> Result<(), &'static str> {
        let mut phrases = vec![String::new()];
        let mut rest = phrase;
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').ok_or("lacks a `}`: close what `{` opens")? + open;
            let words = &rest[open + 1..close];
            let before = &rest[..open];
            phrases = phrases
                .iter()
                .flat_map(|start| words.split('|').map(move |word| format!("{start}{before}{word}")))
                .take(FAMILY + 1)
                .collect();
            if phrases.len() > FAMILY {
                return Err("stands for more than 256 phrases: split it");
            }
            rest = &rest[close + 1..];
        }
        for start in phrases {
            let phrase = start + rest;
            numbers.push(self.add(&phrase).ok_or("has no word: addresses, IPs and signs are not searched")?);
            if phrase.is_ascii() {
                continue;
            }
            if let Some(spelt) = spelt(&phrase) {
                numbers.extend(self.add(&spelt));
            }
            if let Some(lost) = lost(&phrase) {
                numbers.extend(self.add(&lost));
            }
        }
        Ok(())
    }
}

/// The umlauts spelt out; none where there are none.
fn spelt(phrase: &str) -> Option<String> {
    let spelt = phrase.replace('ä', "ae").replace('ö', "oe").replace('ü', "ue");
    (spelt != phrase).then_some(spelt)
}

/// Latin letters with accents as the blanks that `?` is read as. None where there are none, and
/// where too little would be left to tell it by.
fn lost(phrase: &str) -> Option<String> {
    let lost: String = phrase
        .chars()
        .map(|letter| if words::plain_letter(letter).is_some() { ' ' } else { letter })
        .collect();
    let words = lost.split_whitespace().filter(|word| word.len() > 2).map(str::len).sum::<usize>();
    (lost != phrase && words >= 8).then_some(lost)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::{Phrases, close};

    fn family(phrase: &str) -> Result<Vec<String>, &'static str> {
        let mut phrases = Phrases::default();
        phrases.family(phrase, &mut Vec::new())?;
        Ok(phrases.patterns.iter().map(|pattern| String::from_utf8_lossy(pattern).into_owned()).collect())
    }

    #[test]
    fn a_family_is_each_of_its_phrases() {
        let found = family("{postfach|konto} {|ist }gesperrt*").unwrap();
        assert_eq!(
            found,
            [" postfach gesperrt", " postfach ist gesperrt", " konto gesperrt", " konto ist gesperrt"]
        );
    }

    #[test]
    fn letters_with_accents_are_found_however_they_were_logged() {
        assert_eq!(
            family("Empfänger unbekannt").unwrap(),
            [" empfanger unbekannt ", " empfaenger unbekannt ", " empf nger unbekannt "]
        );
        assert_eq!(family("não há").unwrap(), [" nao ha "], "`n o h ` is not enough to go by");
    }

    #[test]
    fn a_pair_is_one_phrase_and_has_one_gap() {
        let mut phrases = Phrases::default();
        let mut numbers = Vec::new();
        phrases.family("{utente|casella} .. {sconosciuto|piena}", &mut numbers).unwrap();
        phrases.family("{utente|casella} .. {sconosciuto|piena}", &mut numbers).unwrap();
        assert_eq!((numbers, phrases.pairs.len()), (vec![4, 4], 1));
        assert!(phrases.family("a .. b .. c", &mut Vec::new()).is_err());
    }

    #[test]
    fn a_gap_is_three_words() {
        let holds = |text: &str| {
            let (first, then) = (text.find("a ").unwrap(), text.find(" z").unwrap());
            close(text.as_bytes(), &(first..first + 2), &(then..then + 2))
        };
        assert!(holds("a z") && holds("a 1 2 3 z"));
        assert!(!holds("a 1 2 3 4 z") && !holds(" z a "));
        assert!(!holds(&format!("a {} z", "b".repeat(41))));
        assert!(holds("a 已 z") && !holds("a 连接 z"));
    }

    #[test]
    fn a_family_that_cannot_be_read_is_refused() {
        assert!(family("{a|b").is_err());
        assert!(family("{a|}").is_err(), "one of them has no word");
        assert!(family(&"{a|b}".repeat(40)).is_err());
    }
}
