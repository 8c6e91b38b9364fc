//! What a reply says beside the words that decided. An address is given up only where nothing is
//! left that we do not know to be harmless: who is blamed may stand in any word, in any language.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use hashbrown::HashSet;
use serde::Deserialize;

use super::book::{Book, Desk};
use super::words;
use super::{KnowledgeError, rule::Ground};
use crate::model::{Action, Category};

/// Bytes of an id that are looked at, either way.
const ID: usize = 64;

/// `plain.toml`, as it is written.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Written {
    /// Words that blame nobody else, in any company.
    words: Vec<String>,
    /// Words that blame nobody else in this company only; a doubt inside is none.
    phrases: Vec<String>,
    /// Words that name a recipient.
    recipient: Vec<String>,
    /// Words that speak of the sender, of a refusal, of a time.
    doubts: Vec<String>,
}

/// What may stand beside the deciding words, and what may not.
#[derive(Debug)]
pub(super) struct Beside {
    words: HashSet<Vec<u8>>,
    recipient: HashSet<Vec<u8>>,
    phrases: AhoCorasick,
    doubts: AhoCorasick,
}

impl Beside {
    pub(super) fn load(file: &str, text: &str) -> Result<Self, KnowledgeError> {
        let wrong = |reason: String| KnowledgeError::Syntax { file: file.into(), reason };
        let written: Written = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let patterns = |list: &[String]| -> Result<Vec<Vec<u8>>, KnowledgeError> {
            let one = |phrase: &String| match words::pattern(phrase) {
                pattern if pattern.is_empty() => Err(wrong(format!("`{phrase}` has no word"))),
                pattern => Ok(pattern),
            };
            list.iter().map(one).collect()
        };
        let set = |list: &[String]| -> Result<HashSet<Vec<u8>>, KnowledgeError> {
            Ok(patterns(list)?.iter().map(|word| word.trim_ascii().to_vec()).collect())
        };
        let search = |kind, patterns: Vec<Vec<u8>>| -> Result<AhoCorasick, KnowledgeError> {
            AhoCorasickBuilder::new()
                .match_kind(kind)
                .build(patterns)
                .map_err(|error| wrong(error.to_string()))
        };
        let phrases =
            patterns(&written.phrases)?.iter().map(|phrase| phrase.trim_ascii_end().to_vec()).collect();
        Ok(Self {
            words: set(&written.words)?,
            recipient: set(&written.recipient)?,
            phrases: search(MatchKind::LeftmostLongest, phrases)?,
            doubts: search(MatchKind::Standard, patterns(&written.doubts)?)?,
        })
    }

    /// Whether `folded`, which must have been read to `desk`, blames an address and says nothing else
    /// that we do not understand. `rules` are those whose words hold for it; `asked` where the rule
    /// that won asks for a suppression itself: then the doubts alone are looked for.
    pub(super) fn is_harmless(
        &self,
        book: &Book,
        rules: &[u32],
        asked: bool,
        folded: &[u8],
        category: Category,
        of_address: bool,
        desk: &Desk,
    ) -> bool {
        let text = &desk.words.text;
        let mut rest = text.clone();
        for hit in self.phrases.find_iter(text) {
            // Patterns end before the blank, which the next phrase begins with.
            if !text[hit.end() - 1].is_ascii() || text.get(hit.end()) == Some(&b' ') {
                blot(&mut rest, hit.range());
            }
        }
        if self.doubts.is_match(&rest) {
            if std::env::var("DBG").is_ok() {
                eprintln!(
                    "DOUBT {:?} | {}",
                    self.doubts.find(&rest).map(|h| String::from_utf8_lossy(&rest[h.range()]).into_owned()),
                    String::from_utf8_lossy(folded)
                );
            }
            return false;
        }
        if asked {
            return true;
        }
        let mut decided: HashSet<&[u8]> = HashSet::new();
        for rule in rules.iter().filter_map(|index| book.rule(*index)) {
            let address = matches!(
                rule.category,
                Category::UserUnknown | Category::BadDomain | Category::MailboxDisabled
            );
            if !address || rule.ground() != Ground::Text || rule.action == Some(Action::Investigate) {
                continue;
            }
            for phrase in rule.any.iter().chain(&rule.with).chain(&rule.all) {
                let Some(span) = desk.span(*phrase) else { continue };
                match book.gapped(*phrase) {
                    Some(gapped) => decided.extend(gapped.words.iter().map(Vec::as_slice)),
                    None => {
                        let said = &text[span.clone()];
                        decided.extend(said.split(|byte| *byte == b' ').filter(|word| !word.is_empty()));
                        // A script without blanks: what is before and behind is another word.
                        if !said.is_ascii() {
                            blot(&mut rest, span);
                        }
                    }
                }
            }
        }
        if category == Category::BadDomain && names_ip(folded) {
            // A host that is unknown by its address is the one that connected.
            return false;
        }
        let mut at = 0;
        let named = category == Category::UserUnknown
            || !text.is_ascii()
            || category == Category::BadDomain && (of_address || memchr::memchr(b'@', folded).is_some())
            || text.split(|byte| *byte == b' ').any(|word| self.recipient.contains(word));
        if !named {
            return false;
        }
        for word in rest.split(|byte| *byte == b' ') {
            let start = at;
            at += word.len() + 1;
            let place = desk.words.source(start, start + word.len());
            let temporary = word.starts_with(b"/4/")
                && word[1..].iter().all(|byte| byte.is_ascii_digit() || *byte == b'/');
            let harmless = word.is_empty()
                || !temporary && (word.contains(&b'/') || word.iter().any(u8::is_ascii_digit))
                || decided.contains(word)
                || self.words.contains(word)
                || is_name(folded, &place)
                || is_id(folded, &place);
            if !harmless {
                if std::env::var("DBG").is_ok() {
                    eprintln!("DBG {} | {}", String::from_utf8_lossy(word), String::from_utf8_lossy(folded));
                }
                return false;
            }
        }
        true
    }
}

/// Blanks out a phrase.
fn blot(text: &mut [u8], span: std::ops::Range<usize>) {
    text[span].fill(b' ');
}

/// Whether a word is one alone in quotes or angle brackets: a mailbox's name.
fn is_name(folded: &[u8], word: &std::ops::Range<usize>) -> bool {
    let before = word.start.checked_sub(1).and_then(|at| folded.get(at));
    matches!(
        (before, folded.get(word.end)),
        (Some(b'<'), Some(b'>')) | (Some(b'"'), Some(b'"')) | (Some(b'\''), Some(b'\''))
    )
}

/// Whether a word is a piece of an id: `1700000000-aBcDeF`.
fn is_id(folded: &[u8], word: &std::ops::Range<usize>) -> bool {
    let belongs =
        |byte: &&u8| byte.is_ascii_alphanumeric() || matches!(**byte, b'-' | b'_' | b'+' | b'=' | b'/');
    let mixed = folded.get(word.clone()).is_some_and(|word| {
        word.windows(2).any(|pair| pair[0].is_ascii_lowercase() && pair[1].is_ascii_uppercase())
    });
    mixed
        && (folded[..word.start].iter().rev().take(ID).take_while(belongs).any(u8::is_ascii_digit)
            || folded[word.end..].iter().take(ID).take_while(belongs).any(u8::is_ascii_digit))
}

fn names_ip(text: &[u8]) -> bool {
    text.split(|byte| !byte.is_ascii_digit() && *byte != b'.').any(words::is_ip)
}
