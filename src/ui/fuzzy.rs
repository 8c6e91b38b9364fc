//! How well a few typed letters fit a name: for the palette.

/// Points of a letter, of one that begins a word, and of one right after another.
const LETTER: i32 = 1;
const WORD: i32 = 8;
const NEXT: i32 = 5;
/// Places in a text that are tried as the first letter.
const STARTS: usize = 64;

/// How well the words of `query` fit `text`: higher is better; `None` where a letter of it is missing.
/// Every word is looked for by itself, its letters in their order, whatever their case.
pub(super) fn score(query: &str, text: &str) -> Option<i32> {
    let text: Vec<char> = text.chars().flat_map(char::to_lowercase).collect();
    query
        .split_whitespace()
        .map(|word| {
            let word: Vec<char> = word.chars().flat_map(char::to_lowercase).collect();
            let starts = (0..text.len()).filter(|at| text[*at] == word[0]).take(STARTS);
            starts.filter_map(|at| from(&word, &text, at)).max()
        })
        .sum()
}

/// How well the words of `query` fit a sentence: each has to stand in it as it is, better at the beginning
/// of a word. Letters of a sentence can be found for almost anything.
pub(super) fn holds(query: &str, sentence: &str) -> Option<i32> {
    let sentence = sentence.to_lowercase();
    let points = query.split_whitespace().map(|word| {
        let word = word.to_lowercase();
        let begins = |at: usize| !sentence[..at].ends_with(char::is_alphanumeric);
        let places = sentence.match_indices(&word);
        places.map(|(at, _)| if begins(at) { WORD } else { LETTER }).max()
    });
    points.sum()
}

/// The letters of `word` in `text`, the first one at `start`, the others as early as they come.
fn from(word: &[char], text: &[char], start: usize) -> Option<i32> {
    let begins = |at: usize| at == 0 || !text[at - 1].is_alphanumeric();
    let (mut points, mut at, mut last) = (0, start, None);
    for letter in word {
        while text.get(at)? != letter {
            at += 1;
        }
        points += LETTER;
        if begins(at) {
            points += WORD;
        } else if last == at.checked_sub(1) {
            points += NEXT;
        }
        last = Some(at);
        at += 1;
    }
    // A word that ends where the typed one does is what was meant.
    let whole = begins(start) && text.get(at).is_none_or(|next| !next.is_alphanumeric());
    // What is scattered over a sentence was hardly meant.
    let spread = i32::try_from(at - start - word.len()).unwrap_or(i32::MAX);
    let scattered = spread > 4 * i32::try_from(word.len()).unwrap_or(1);
    (!scattered).then_some(points + if whole { WORD } else { 0 } - spread.min(WORD))
}

#[cfg(test)]
mod tests {
    use super::{holds, score};

    #[test]
    fn what_begins_words_and_hangs_together_is_better() {
        let better = |query: &str, one: &str, other: &str| {
            assert!(score(query, one) > score(query, other), "{query}: {one} against {other}");
        };
        better("tr", "trace", "what stirs");
        better("wc", "what-changed", "watch");
        better("sort", "sort", "resort");
        better("export", "export", "exports");
        better("copy all", "copy-all: strings", "copy: the selection");
        assert!(score("", "anything") == Some(0));
        assert!(score("Frz", "freeze").is_some());
        assert_eq!(score("xyz", "freeze"), None);
        assert_eq!(score("sort quit", "sort"), None, "every word has to fit");
        assert!(score("邮", "a邮b").is_some());
    }

    #[test]
    fn a_sentence_has_to_hold_the_words_as_they_are() {
        assert_eq!(holds("note", "into it: the strings"), None);
        assert!(holds("string", "into it: the strings") > holds("tring", "into it: the strings"));
        assert_eq!(holds("", "anything"), Some(0));
    }
}
