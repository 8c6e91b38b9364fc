//! All rules in rank order, and one pass over a reply's words that finds the rule that wins.

use std::cmp::Reverse;
use std::ops::Range;
use std::sync::Arc;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use hashbrown::HashMap;
use hashbrown::hash_map::Entry;

use super::phrase::{self, Pair, Phrases};
use super::remark::{KnowledgeError, Remark};
use super::rule::{Ground, Rule};
use super::shelf::Shelf;
use super::signature::Telling;
use super::words::Words;
use crate::model::{Enhanced, ProviderIx, Stage};

/// The rules, best first: words before enhanced code before basic code, the operator's before ours,
/// a provider's before everybody's, then in the order of the files.
#[derive(Debug)]
pub(super) struct Book {
    rules: Vec<Rule>,
    /// Rules by phrase: those that this phrase may wake.
    woken: Shelf<u32>,
    /// Rules without words.
    bare: Vec<u32>,
    search: AhoCorasick,
    /// The phrase of each pattern of the search.
    searched: Vec<u32>,
    pairs: Vec<Pair>,
    /// By phrase, the pairs whose first and whose second it is.
    first_of: Shelf<u32>,
    then_of: Shelf<u32>,
    /// The phrases, as they are searched.
    phrases: Shelf<u8>,
    /// What in the name of a host some rule asks for.
    pub(super) telling: Telling,
}

/// The circumstances that rules ask about.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Facts<'a> {
    pub(super) providers: &'a [ProviderIx],
    pub(super) code: Option<u16>,
    pub(super) enhanced: Option<Enhanced>,
    pub(super) stage: Option<Stage>,
}

/// What one worker reuses from reply to reply.
#[derive(Debug, Default)]
pub(super) struct Desk {
    pub(super) words: Words,
    /// Where each phrase was first found, by phrase; valid where the mark is of this reply.
    found: Vec<(u32, Range<u32>)>,
    reply: u32,
    /// Where first phrases of pairs were found, in the order of their ends.
    hits: Vec<(u32, Range<usize>)>,
    candidates: Vec<u32>,
    /// The phrases that were found.
    seen: Vec<u32>,
}

/// Hits of phrases of pairs that are kept of one reply.
const HITS: usize = 512;

impl Desk {
    pub(super) fn span(&self, phrase: u32) -> Option<Range<usize>> {
        self.found
            .get(phrase as usize)
            .filter(|(reply, _)| *reply == self.reply)
            .map(|(_, span)| span.start as usize..span.end as usize)
    }

    pub(super) fn has(&self, phrase: u32) -> bool {
        self.span(phrase).is_some()
    }

    /// Those of a rule's phrases, which are in order, that were found.
    pub(super) fn found<'a>(&'a self, phrases: &'a [u32]) -> impl Iterator<Item = u32> + 'a {
        self.seen.iter().copied().filter(|seen| phrases.binary_search(seen).is_ok())
    }

    fn has_one(&self, phrases: &[u32]) -> bool {
        self.found(phrases).next().is_some()
    }
}

impl Book {
    /// Puts rules in order. An id that is there twice is remarked; the second of the two stays out.
    pub(super) fn load(
        mut rules: Vec<Rule>,
        phrases: Phrases,
        mistakes: &mut Vec<Remark>,
    ) -> Result<Self, KnowledgeError> {
        let mut ids: HashMap<Arc<str>, String> = HashMap::new();
        rules.retain(|rule| match ids.entry(rule.id.clone()) {
            Entry::Vacant(free) => {
                free.insert(rule.stands());
                true
            }
            Entry::Occupied(taken) => {
                let what = format!("this id is taken by the rule at {}: choose another", taken.get());
                mistakes.push(rule.remark(rule.place, what));
                false
            }
        });
        // Stable: what neither ground nor provider tells apart keeps the order of the files.
        rules.sort_by_key(|rule| rule.rank());
        let (count, mut woken) = (phrases.patterns.len(), Vec::new());
        let mut bare = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            if !rule.reads_words() {
                bare.push(index);
            } else if let Some(first) = rule.all.first() {
                woken.push((*first, index));
            } else {
                woken.extend(rule.any.iter().map(|phrase| (*phrase, index)));
            }
        }
        let wrong =
            |error: aho_corasick::BuildError| Remark::on_file("the phrases of all rules", error.to_string());
        // An empty pattern is a pair's, whose phrases are searched instead.
        let (searched, patterns): (Vec<u32>, Vec<_>) =
            (0..).zip(&phrases.patterns).filter(|(_, pattern)| !pattern.is_empty()).unzip();
        let search =
            AhoCorasickBuilder::new().match_kind(MatchKind::Standard).build(patterns).map_err(wrong)?;
        let telling = Telling::new(phrases.patterns.iter().map(Vec::as_slice)).map_err(wrong)?;
        let Phrases { patterns, pairs, .. } = phrases;
        let (mut first_of, mut then_of) = (Vec::new(), Vec::new());
        for (number, pair) in (0..).zip(&pairs) {
            first_of.extend(pair.first.iter().map(|phrase| (*phrase, number)));
            then_of.extend(pair.then.iter().map(|phrase| (*phrase, number)));
        }
        Ok(Self {
            rules,
            woken: Shelf::sorted(count, woken),
            bare,
            search,
            searched,
            pairs,
            first_of: Shelf::sorted(count, first_of),
            then_of: Shelf::sorted(count, then_of),
            telling,
            phrases: Shelf::of(patterns.iter().map(Vec::as_slice)),
        })
    }

    pub(super) fn rule(&self, index: u32) -> Option<&Rule> {
        self.rules.get(index as usize)
    }

    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// The pair that a phrase is, if it is one.
    pub(super) fn pair(&self, phrase: u32) -> Option<&Pair> {
        // Only a pair has no words of its own to search.
        self.phrases.list(phrase).is_empty().then_some(())?;
        self.pairs.iter().find(|pair| pair.phrase == phrase)
    }

    /// Reads `text` and finds every phrase in it: one pass.
    pub(super) fn read(&self, text: &[u8], desk: &mut Desk) {
        desk.words.read(text);
        desk.reply = desk.reply.wrapping_add(1);
        if desk.reply == 0 {
            desk.found.clear();
            desk.reply = 1;
        }
        let reply = desk.reply;
        desk.found.resize(self.woken.len(), (0, 0..0));
        desk.candidates.clear();
        let Desk { found, hits, candidates, words, seen, .. } = desk;
        seen.clear();
        hits.clear();
        let mut find = |number: u32, span: Range<usize>| {
            let phrase = number as usize;
            if found[phrase].0 != reply {
                found[phrase] = (reply, span.start as u32..span.end as u32);
                seen.push(number);
                candidates.extend_from_slice(self.woken.list(number));
            }
        };
        for hit in self.search.find_overlapping_iter(&words.text) {
            let phrase = self.searched[hit.pattern().as_usize()];
            self.close(phrase, &hit.range(), &words.text, hits, &mut find);
            find(phrase, hit.range());
        }
        candidates.sort_unstable();
        candidates.dedup();
    }

    /// The pairs that a phrase completes; `hits` are the phrases of pairs before it, in the order of
    /// their ends. Linear: a hit looks back no further than the gap.
    fn close(
        &self,
        phrase: u32,
        span: &Range<usize>,
        text: &[u8],
        hits: &mut Vec<(u32, Range<usize>)>,
        find: &mut impl FnMut(u32, Range<usize>),
    ) {
        let (firsts, thens) = (self.first_of.list(phrase), self.then_of.list(phrase));
        if !thens.is_empty() {
            let before = hits.iter().rev().take_while(|(_, first)| first.end + phrase::BACK >= span.start);
            for (other, first) in before.filter(|(_, first)| phrase::close(text, first, span)) {
                for pair in self.first_of.list(*other).iter().filter(|pair| thens.contains(pair)) {
                    find(self.pairs[*pair as usize].phrase, first.start..span.end);
                }
            }
        }
        if !firsts.is_empty() && hits.len() < HITS {
            hits.push((phrase, span.clone()));
        }
    }

    /// The rules that hold by their words for what was read, best first, at most `limit`.
    pub(super) fn said(&self, text: &[u8], facts: Facts<'_>, desk: &Desk, limit: usize) -> Vec<u32> {
        let said = desk.candidates.iter().copied().take_while(|index| !self.is_vague(*index));
        said.filter(|index| self.holds(*index, text, facts, desk)).take(limit).collect()
    }

    /// The rules that hold by codes, and by words that say less, best first, at most `limit`.
    pub(super) fn vague(&self, text: &[u8], facts: Facts<'_>, desk: &Desk, limit: usize) -> Vec<u32> {
        let hints = desk.candidates.iter().copied().skip_while(|index| !self.is_vague(*index));
        let mut vague: Vec<u32> = hints
            .chain(self.bare.iter().copied())
            .filter(|index| self.holds(*index, text, facts, desk))
            .collect();
        vague.sort_unstable();
        vague.truncate(limit);
        vague
    }

    fn is_vague(&self, index: u32) -> bool {
        self.rule(index).is_none_or(|rule| rule.ground() != Ground::Text)
    }

    fn holds(&self, index: u32, text: &[u8], facts: Facts<'_>, desk: &Desk) -> bool {
        self.rule(index).is_some_and(|rule| holds(rule, text, facts, desk))
    }

    /// A phrase as a rule may write it.
    pub(super) fn phrase(&self, phrase: u32) -> String {
        if let Some(pair) = self.pair(phrase) {
            return pair.text.clone();
        }
        let pattern = self.phrases.list(phrase);
        let mut text = String::from_utf8_lossy(pattern.trim_ascii()).into_owned();
        if pattern.first() == Some(&b' ')
            && pattern.last().is_some_and(|last| last.is_ascii() && *last != b' ')
        {
            text.push('*');
        }
        text
    }

    /// For each phrase, those that are found wherever it is found, itself among them; in order.
    pub(super) fn implied(&self) -> Vec<Vec<u32>> {
        let parts = |text: &[u8]| -> Vec<u32> {
            let (mut all, mut hits) = (Vec::new(), Vec::new());
            for hit in self.search.find_overlapping_iter(text) {
                let phrase = self.searched[hit.pattern().as_usize()];
                self.close(phrase, &hit.range(), text, &mut hits, &mut |pair, _| all.push(pair));
                all.push(phrase);
            }
            all
        };
        let mut implied: Vec<Vec<u32>> = self.phrases.lists().map(parts).collect();
        for pair in &self.pairs {
            // What each of the first brings, and each of the second.
            let mut brought = vec![pair.phrase];
            for side in [&pair.first, &pair.then] {
                let Some((one, rest)) = side.split_first() else { continue };
                let each = |phrase: &u32| rest.iter().all(|other| implied[*other as usize].contains(phrase));
                brought.extend(implied[*one as usize].iter().filter(|phrase| each(phrase)));
            }
            implied[pair.phrase as usize] = brought;
        }
        for phrases in &mut implied {
            phrases.sort_unstable();
            phrases.dedup();
        }
        implied
    }

    /// The words that made a rule hold, as spans of the text that was read, in its order.
    pub(super) fn deciding(&self, rule: &Rule, text: &[u8], desk: &Desk) -> Vec<Range<usize>> {
        let one = |phrases: &[u32]| {
            let spans = desk.found(phrases).filter_map(|phrase| desk.span(phrase));
            spans.max_by_key(|span| (span.len(), Reverse(span.start)))
        };
        let mut spans: Vec<Range<usize>> = rule.all.iter().filter_map(|phrase| desk.span(*phrase)).collect();
        spans.extend(one(&rule.any));
        spans.extend(one(&rule.with));
        let mut spans: Vec<_> =
            spans.into_iter().map(|span| desk.words.source(span.start, span.end)).collect();
        if let Some(found) = rule.regex.as_ref().and_then(|regex| regex.find(text)) {
            spans.push(found.range());
        }
        spans.sort_by_key(|span| (span.start, span.end));
        let mut merged: Vec<Range<usize>> = Vec::new();
        for span in spans {
            match merged.last_mut() {
                Some(last) if span.start <= last.end + 1 => last.end = last.end.max(span.end),
                _ => merged.push(span),
            }
        }
        merged
    }
}

pub(super) fn holds(rule: &Rule, text: &[u8], facts: Facts<'_>, desk: &Desk) -> bool {
    rule.admits(facts.providers, facts.code, facts.enhanced, facts.stage)
        && rule.all.iter().all(|phrase| desk.has(*phrase))
        && (rule.any.is_empty() || desk.has_one(&rule.any))
        && (rule.with.is_empty() || desk.has_one(&rule.with))
        && !desk.has_one(&rule.not)
        && rule.regex.as_ref().is_none_or(|regex| regex.is_match(text))
}
