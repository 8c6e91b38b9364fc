//! The phrases of all rules, each once; families of phrases written as one.

use hashbrown::HashMap;

use super::words;

/// Phrases that one may stand for: `{` in `{` is not read, and a row of them multiplies.
const FAMILY: usize = 1024;

/// Phrases of all rules, each once.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    pub(super) patterns: Vec<Vec<u8>>,
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

    /// The numbers of all that a phrase stands for: `{postfach|konto} {|ist }gesperrt` for four, and
    /// each once more as it looks where umlauts were spelt out (`ueberfuellt`) and where an MTA
    /// logged `?` for the letters that are not ASCII (`?berf?llt`).
    pub(super) fn family(&mut self, phrase: &str, numbers: &mut Vec<u32>) -> Result<(), &'static str> {
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
            numbers.push(self.add(&phrase).ok_or("has no word")?);
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
    use super::Phrases;

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
    fn a_family_that_cannot_be_read_is_refused() {
        assert!(family("{a|b").is_err());
        assert!(family("{a|}").is_err(), "one of them has no word");
        assert!(family(&"{a|b}".repeat(40)).is_err());
    }
}
