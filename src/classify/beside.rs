//! What a reply says beside the words that decided. An address is given up only where nothing is
//! left that we do not know to be harmless: who is blamed may stand in any word, in any language.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use hashbrown::HashSet;
use serde::Deserialize;

use super::book::{Book, Desk};
use super::phrase::Phrases;
use super::remark::{KnowledgeError, Remark};
use super::rule::Ground;
use super::words;
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
        let wrong = |reason: String| KnowledgeError::from(Remark::on_file(file, reason));
        let written: Written = toml::from_str(text).map_err(|error| wrong(error.to_string()))?;
        let patterns = |list: &[String]| Phrases::listed(list).map_err(wrong);
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

    /// Whether `said` blames an address and says nothing else that we do not understand.
    pub(super) fn is_harmless(&self, said: &Said<'_>, desk: &Desk) -> bool {
        let text = &desk.words.text;
        let mut rest = text.clone();
        for hit in self.phrases.find_iter(text) {
            // Patterns end before the blank, which the next phrase begins with.
            if !text[hit.end() - 1].is_ascii() || text.get(hit.end()) == Some(&b' ') {
                blot(&mut rest, hit.range());
            }
        }
        if self.doubts.is_match(&rest) {
            return false;
        }
        if said.asked {
            return true;
        }
        let decided = decided(said, desk, &mut rest);
        self.names_recipient(said, text) && self.nothing_else(said.folded, &rest, &decided, desk)
    }

    /// Whether it is a recipient, or a recipient's domain, of which the words speak.
    fn names_recipient(&self, said: &Said<'_>, text: &[u8]) -> bool {
        let address = memchr::memchr(b'@', said.folded).is_some();
        let noun = || text.split(|byte| *byte == b' ').any(|word| self.recipient.contains(word));
        match said.category {
            // A host that is unknown by its IP address is the one that connected.
            Category::BadDomain if !address && names_ip(said.folded) => false,
            Category::BadDomain if address || said.of_address => true,
            // Phrases of other languages have their noun in them.
            Category::BadDomain | Category::MailboxDisabled => !text.is_ascii() || noun(),
            _ => true,
        }
    }

    /// Whether each word of `rest` decided, or is known to be harmless, or is a code, a host, a name.
    fn nothing_else(&self, folded: &[u8], rest: &[u8], decided: &HashSet<&[u8]>, desk: &Desk) -> bool {
        let mut at = 0;
        rest.split(|byte| *byte == b' ').all(|word| {
            let place = desk.words.source(at, at + word.len());
            at += word.len() + 1;
            // Of two codes one may be temporary, which the other is not.
            let temporary = word.starts_with(b"/4/")
                && word[1..].iter().all(|byte| byte.is_ascii_digit() || *byte == b'/');
            word.len() < 2
                || !temporary && word.iter().any(|byte| byte.is_ascii_digit() || *byte == b'/')
                || decided.contains(word)
                || self.words.contains(word)
                || is_name(folded, &place)
                || is_id(folded, &place)
        })
    }
}

/// A reply that would give an address up.
#[derive(Debug)]
pub(super) struct Said<'a> {
    pub(super) book: &'a Book,
    /// The folded reply, wrapper and all, as it was read to the desk.
    pub(super) folded: &'a [u8],
    /// The rules that hold for it by their words.
    pub(super) rules: &'a [u32],
    /// The category that would be told.
    pub(super) category: Category,
    /// Whether a code says that an address or its domain is bad.
    pub(super) of_address: bool,
    /// Whether the rule that won asks for a suppression itself: then only doubts hold it back.
    pub(super) asked: bool,
}

/// The words that speak of an address's fault; those of scripts without blanks are blotted out.
fn decided<'a>(said: &Said<'a>, desk: &'a Desk, rest: &mut [u8]) -> HashSet<&'a [u8]> {
    let text = &desk.words.text;
    let mut decided: HashSet<&[u8]> = HashSet::new();
    for rule in said.rules.iter().filter_map(|index| said.book.rule(*index)) {
        if !blames_address(rule.category)
            || rule.ground() != Ground::Text
            || rule.action == Some(Action::Investigate)
        {
            continue;
        }
        for phrase in [&rule.any, &rule.with, &rule.all].into_iter().flat_map(|list| desk.found(list)) {
            let Some(span) = desk.span(phrase) else { continue };
            let mut add = |span: Range<usize>| {
                let words = &text[span.clone()];
                decided.extend(words.split(|byte| *byte == b' ').filter(|word| !word.is_empty()));
                if !words.is_ascii() {
                    blot(rest, inflected(text, span));
                }
            };
            match said.book.pair(phrase) {
                // What stands between the two decided nothing.
                Some(pair) => {
                    pair.first.iter().chain(&pair.then).filter_map(|one| desk.span(*one)).for_each(add);
                }
                None => add(span),
            }
        }
    }
    decided
}

/// A span with the endings that its words have: `пользовател` in `пользователя`. Scripts without
/// blanks have none.
fn inflected(text: &[u8], span: Range<usize>) -> Range<usize> {
    let alphabet = |byte: &&u8| (0x80..0xe0).contains(*byte);
    let start = span.start - text[..span.start].iter().rev().take_while(alphabet).count();
    start..span.end + text[span.end..].iter().take_while(alphabet).count()
}

/// Whether a category is a fault of the address.
pub(super) fn blames_address(category: Category) -> bool {
    matches!(category, Category::UserUnknown | Category::BadDomain | Category::MailboxDisabled)
}

/// Blanks out a phrase.
fn blot(text: &mut [u8], span: Range<usize>) {
    text[span].fill(b' ');
}

/// Whether a word is one alone in quotes or angle brackets, a mailbox's name; or the type before a
/// quoted reply, `smtp;550`, and Exchange's `#SMTP#` behind it.
fn is_name(folded: &[u8], word: &Range<usize>) -> bool {
    let before = word.start.checked_sub(1).and_then(|at| folded.get(at));
    if folded[word.end..].starts_with(b";") && folded.get(word.end + 1).is_some_and(u8::is_ascii_digit) {
        return folded.get(word.clone()).is_some_and(|word| word.eq_ignore_ascii_case(b"smtp"));
    }
    matches!(
        (before, folded.get(word.end)),
        (Some(b'#'), Some(b'#'))
            | (Some(b'<'), Some(b'>'))
            | (Some(b'"'), Some(b'"'))
            | (Some(b'\''), Some(b'\''))
    )
}

/// Whether a word is a piece of an id: `1700000000-aBcDeF`.
fn is_id(folded: &[u8], word: &Range<usize>) -> bool {
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
