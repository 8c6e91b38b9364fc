//! The phrases of all rules, each once; families of phrases written as one; pairs of them.

use std::ops::Range;

use hashbrown::HashMap;
use regex::bytes::Regex;

use super::words;

/// Phrases that one may stand for: a row of braces multiplies.
const FAMILY: usize = 256;
/// Bytes between the two of a pair: `Der Benutzer a wurde nicht gefunden`.
const GAP: usize = 20;
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

impl Pair {
    /// Where the pair stands among `hits` in `text`, which are in the order of their ends. Linear: a
    /// hit looks back no further than the gap.
    pub(super) fn find(&self, text: &[u8], hits: &[(u32, Range<usize>)]) -> Option<Range<usize>> {
        for (index, (phrase, span)) in hits.iter().enumerate() {
            if !self.then.contains(phrase) {
                continue;
            }
            let before = hits[..index].iter().rev().take_while(|(_, first)| first.end + GAP >= span.start);
            for (phrase, first) in before {
                // Whole words share the blank between them.
                if first.end > span.start + 1 || !self.first.contains(phrase) {
                    continue;
                }
                let gap = text.get(first.end..span.start).unwrap_or_default();
                let close = |letter: char| letter < '\u{800}' || PARTICLES.contains(letter);
                if std::str::from_utf8(gap).is_ok_and(|gap| gap.chars().all(close)) {
                    return Some(first.start..span.end);
                }
            }
        }
        None
    }
}

/// A phrase whose parts stand up to three words apart.
#[derive(Debug)]
pub(super) struct Gapped {
    /// Its number.
    pub(super) phrase: u32,
    /// The number of its last part, without which it need not be searched.
    pub(super) anchor: u32,
    /// As rules write it.
    pub(super) text: String,
    /// Searched in [`words::Words::text`].
    pub(super) regex: Regex,
}

/// Phrases of all rules, each once.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    /// What is searched for each; empty where [`Self::gapped`] or [`Self::pairs`] says it.
    pub(super) patterns: Vec<Vec<u8>>,
    /// Phrases with a gap.
    pub(super) gapped: Vec<Gapped>,
    /// Families with a gap.
    pub(super) pairs: Vec<Pair>,
    known: HashMap<Vec<u8>, u32>,
}

impl Phrases {
    /// The number of one phrase; none where it has no word.
    pub(super) fn add(&mut self, phrase: &str) -> Option<u32> {
        if phrase.contains(" .. ") {
            return self.add_gapped(phrase);
        }
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

    fn add_gapped(&mut self, phrase: &str) -> Option<u32> {
        if let Some(known) = self.known.get(phrase.as_bytes()) {
            return Some(*known);
        }
        let anchor = self.add(phrase.rsplit(" .. ").next()?)?;
        let mut regex = String::new();
        for part in phrase.split(" .. ") {
            let pattern = words::pattern(part);
            let pattern = std::str::from_utf8(&pattern).ok().filter(|pattern| !pattern.is_empty())?;
            // Each part ends with a blank, or with whatever its last word may end with.
            let (part, end) = match pattern.strip_suffix(' ') {
                Some(part) => (part, " "),
                None => (pattern, "[^ ]* "),
            };
            let part = regex::escape(if regex.is_empty() { part } else { part.trim_start() });
            let gap = if regex.is_empty() { "" } else { "(?:[^ ]+ ){0,3}" };
            regex = format!("{regex}{gap}{part}{end}");
        }
        let number = u32::try_from(self.patterns.len()).ok()?;
        self.patterns.push(Vec::new());
        self.known.insert(phrase.into(), number);
        self.gapped.push(Gapped {
            phrase: number,
            anchor,
            text: phrase.to_owned(),
            regex: Regex::new(&regex).ok()?,
        });
        Some(number)
    }

    /// `{a|b} .. {c|d}`.
    fn add_pair(&mut self, text: &str, first: &str, then: &str) -> Result<u32, &'static str> {
        if let Some(known) = self.known.get(text.as_bytes()) {
            return Ok(*known);
        }
        let (mut before, mut behind) = (Vec::new(), Vec::new());
        self.family(first, &mut before)?;
        self.family(then, &mut behind)?;
        let phrase = u32::try_from(self.patterns.len()).map_err(|_| "is one too many")?;
        self.patterns.push(Vec::new());
        self.known.insert(text.into(), phrase);
        self.pairs.push(Pair { phrase, text: text.to_owned(), first: before, then: behind });
        Ok(phrase)
    }

    /// The numbers of all that a phrase stands for: `{postfach|konto} {|ist }gesperrt` for four, and
    /// each once more as it looks where umlauts were spelt out (`ueberfuellt`) and where an MTA
    /// logged `?` for the letters that are not ASCII (`?berf?llt`).
    pub(super) fn family(&mut self, phrase: &str, numbers: &mut Vec<u32>) -> Result<(), &'static str> {
        if phrase.contains('{')
            && let Some((first, then)) = phrase.split_once(" .. ")
        {
            if then.contains(" .. ") {
                return Err("has a second gap: a family has one");
            }
            numbers.push(self.add_pair(phrase, first, then)?);
            return Ok(());
        }
        let mut phrases = vec![String::new()];
        let mut rest = phrase;
        while let Some(open) = rest.find('{') {
            let close = rest[open..].find('}').ok_or("lacks a `}`")? + open;
            let words = &rest[open + 1..close];
            let before = &rest[..open];
            phrases = phrases
                .iter()
                .flat_map(|start| words.split('|').map(move |word| format!("{start}{before}{word}")))
                .take(FAMILY + 1)
                .collect();
            if phrases.len() > FAMILY {
                return Err("stands for too many phrases");
            }
            rest = &rest[close + 1..];
        }
        for start in phrases {
            let phrase = start + rest;
            numbers.push(self.add(&phrase).ok_or("has no word: addresses, IPs and signs are not searched")?);
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
    use super::{Phrases, words};

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
    fn a_pair_stands_close_together_and_in_order() {
        let mut phrases = Phrases::default();
        phrases.family("{utente|casella} .. {sconosciuto|piena}", &mut Vec::new()).unwrap();
        let pair = phrases.pairs.remove(0);
        let holds = |text: &str| {
            let mut words = words::Words::default();
            words.read(text.as_bytes());
            let mut hits = Vec::new();
            for (number, pattern) in (0..).zip(&phrases.patterns).filter(|(_, pattern)| !pattern.is_empty()) {
                hits.extend(
                    memchr::memmem::find_iter(&words.text, pattern)
                        .map(|start| (number, start..start + pattern.len())),
                );
            }
            hits.sort_by_key(|(_, span)| span.end);
            pair.find(&words.text, &hits).is_some()
        };
        assert!(holds("utente sconosciuto") && holds("utente <a@b.it> è sconosciuto"));
        assert!(!holds("sconosciuto utente") && !holds("utente"));
        assert!(!holds("utente abilitato; il server del mittente è sconosciuto"));
    }

    #[test]
    fn a_family_that_cannot_be_read_is_refused() {
        assert!(family("{a|b").is_err());
        assert!(family("{a|}").is_err(), "one of them has no word");
        assert!(family(&"{a|b}".repeat(40)).is_err());
    }

    #[test]
    fn a_gap_is_up_to_three_words() {
        let mut phrases = Phrases::default();
        phrases.add("a .. b c").unwrap();
        let gapped = &phrases.gapped[0].regex;
        for (text, holds) in [
            (" a b c ", true),
            (" x a 1 2 3 b c y ", true),
            (" a 1 2 3 4 b c ", false),
            (" a b 1 c ", false),
            (" xa b c ", false),
        ] {
            assert_eq!(gapped.is_match(text.as_bytes()), holds, "{text}");
        }
    }
}
