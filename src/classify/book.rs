//! All rules in rank order, and one pass over a reply's words that finds the rule that wins.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use hashbrown::HashSet;

use super::KnowledgeError;
use super::rule::{self, Gapped, Ground, Phrases, Rule};
use super::words::Words;
use crate::model::{Enhanced, ProviderIx, Stage};

/// The rules, best first: words before enhanced code before basic code, the operator's before ours,
/// a provider's before everybody's, then in the order of the files.
#[derive(Debug)]
pub(super) struct Book {
    rules: Vec<Rule>,
    /// Rules by phrase: those that this phrase may wake.
    woken: Vec<Vec<u32>>,
    /// Rules without words.
    bare: Vec<u32>,
    search: AhoCorasick,
    /// The phrase of each pattern of the search.
    searched: Vec<u32>,
    gapped: Vec<Gapped>,
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
    found: Vec<(u32, Range<usize>)>,
    reply: u32,
    candidates: Vec<u32>,
}

impl Desk {
    pub(super) fn span(&self, phrase: u32) -> Option<Range<usize>> {
        self.found
            .get(phrase as usize)
            .filter(|(reply, _)| *reply == self.reply)
            .map(|(_, span)| span.clone())
    }

    pub(super) fn has(&self, phrase: u32) -> bool {
        self.span(phrase).is_some()
    }
}

impl Book {
    pub(super) fn load(
        own: &[(&str, &str)],
        ours: &[(&str, &str)],
        mut phrases: Phrases,
        provider: impl Fn(&str) -> Option<ProviderIx>,
    ) -> Result<Self, KnowledgeError> {
        let mut rules = Vec::new();
        for (file, text) in own.iter().chain(ours) {
            rules.extend(rule::read(file, text, &mut phrases, &provider)?);
        }
        let mut ids = HashSet::new();
        let own = |rule: &Rule| own.iter().any(|(file, _)| **file == *rule.file);
        for rule in &rules {
            if !ids.insert(rule.id.clone()) {
                return Err(KnowledgeError::Rule {
                    file: rule.file.to_string(),
                    rule: rule.id.to_string(),
                    reason: "a rule of this id is there already".into(),
                });
            }
        }
        // Stable: what neither ground nor provider tells apart keeps the order of the files.
        rules.sort_by_key(|rule| (rule.ground(), !own(rule), rule.providers.is_empty()));
        let mut woken = vec![Vec::new(); phrases.patterns.len()];
        let mut bare = Vec::new();
        for (index, rule) in rules.iter().enumerate() {
            let index = u32::try_from(index).unwrap_or(u32::MAX);
            if !rule.reads_words() {
                bare.push(index);
            } else if let Some(first) = rule.all.first() {
                woken[*first as usize].push(index);
            } else {
                for phrase in &rule.any {
                    woken[*phrase as usize].push(index);
                }
            }
        }
        // An empty pattern is a gapped phrase's, whose parts are searched instead.
        let (searched, patterns): (Vec<u32>, Vec<_>) =
            (0..).zip(&phrases.patterns).filter(|(_, pattern)| !pattern.is_empty()).unzip();
        let search = AhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .build(patterns)
            .map_err(|error| KnowledgeError::Syntax { file: "phrases".into(), reason: error.to_string() })?;
        Ok(Self { rules, woken, bare, search, searched, gapped: phrases.gapped })
    }

    pub(super) fn rule(&self, index: u32) -> Option<&Rule> {
        self.rules.get(index as usize)
    }

    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
    }

    /// A phrase's gap, if it has one.
    pub(super) fn gapped(&self, phrase: u32) -> Option<&Gapped> {
        self.gapped.iter().find(|gapped| gapped.phrase == phrase)
    }

    /// Reads `text` and finds every phrase in it: one pass.
    pub(super) fn read(&self, text: &[u8], desk: &mut Desk) {
        desk.words.read(text);
        desk.reply = desk.reply.wrapping_add(1);
        if desk.reply == 0 {
            desk.found.clear();
            desk.reply = 1;
        }
        desk.found.resize(self.woken.len(), (0, 0..0));
        desk.candidates.clear();
        let (found, candidates) = (&mut desk.found, &mut desk.candidates);
        let mut find = |found: &mut Vec<(u32, Range<usize>)>, phrase: u32, span: Range<usize>| {
            let phrase = phrase as usize;
            if found[phrase].0 != desk.reply {
                found[phrase] = (desk.reply, span);
                candidates.extend_from_slice(&self.woken[phrase]);
            }
        };
        for hit in self.search.find_overlapping_iter(&desk.words.text) {
            find(found, self.searched[hit.pattern().as_usize()], hit.range());
        }
        for gapped in &self.gapped {
            if found[gapped.anchor as usize].0 == desk.reply
                && let Some(hit) = gapped.regex.find(&desk.words.text)
            {
                find(found, gapped.phrase, hit.range());
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
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

    /// The words that made a rule hold, as spans of the text that was read, in its order.
    pub(super) fn deciding(&self, rule: &Rule, text: &[u8], desk: &Desk) -> Vec<Range<usize>> {
        let one = |phrases: &[u32]| {
            phrases.iter().filter_map(|phrase| desk.span(*phrase)).max_by_key(ExactSizeIterator::len)
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

fn holds(rule: &Rule, text: &[u8], facts: Facts<'_>, desk: &Desk) -> bool {
    rule.admits(facts.providers, facts.code, facts.enhanced, facts.stage)
        && rule.all.iter().all(|phrase| desk.has(*phrase))
        && (rule.any.is_empty() || rule.any.iter().any(|phrase| desk.has(*phrase)))
        && (rule.with.is_empty() || rule.with.iter().any(|phrase| desk.has(*phrase)))
        && !rule.not.iter().any(|phrase| desk.has(*phrase))
        && rule.regex.as_ref().is_none_or(|regex| regex.is_match(text))
}
