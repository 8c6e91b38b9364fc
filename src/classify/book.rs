//! All rules in rank order, and one pass over a reply's words that finds the rule that wins.

use std::ops::Range;

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, MatchKind};
use hashbrown::HashSet;

use super::KnowledgeError;
use super::rule::{self, Ground, Phrases, Rule};
use super::signature::Telling;
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
    found: Vec<(u32, Range<usize>)>,
    reply: u32,
    candidates: Vec<u32>,
}

impl Desk {
    fn span(&self, phrase: u32) -> Option<Range<usize>> {
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
            if rule.ground() != Ground::Text {
                bare.push(index);
            } else if let Some(first) = rule.all.first() {
                woken[*first as usize].push(index);
            } else {
                for phrase in &rule.any {
                    woken[*phrase as usize].push(index);
                }
            }
        }
        let wrong = |error: aho_corasick::BuildError| KnowledgeError::Syntax {
            file: "phrases".into(),
            reason: error.to_string(),
        };
        let search = AhoCorasickBuilder::new()
            .match_kind(MatchKind::Standard)
            .build(&phrases.patterns)
            .map_err(wrong)?;
        let telling = Telling::new(phrases.patterns.iter().map(Vec::as_slice)).map_err(wrong)?;
        Ok(Self { rules, woken, bare, search, telling })
    }

    pub(super) fn rule(&self, index: u32) -> Option<&Rule> {
        self.rules.get(index as usize)
    }

    pub(super) fn rules(&self) -> &[Rule] {
        &self.rules
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
        for hit in self.search.find_overlapping_iter(&desk.words.text) {
            let phrase = hit.pattern().as_usize();
            if found[phrase].0 != desk.reply {
                found[phrase] = (desk.reply, hit.range());
                candidates.extend_from_slice(&self.woken[phrase]);
            }
        }
        candidates.sort_unstable();
        candidates.dedup();
    }

    /// The rules that hold for what was read, best first, at most `limit`; those that go by words
    /// only when `words`, those that go by codes only when not.
    pub(super) fn holding(
        &self,
        text: &[u8],
        facts: Facts<'_>,
        desk: &Desk,
        words: bool,
        limit: usize,
    ) -> Vec<u32> {
        let candidates = if words { &desk.candidates } else { &self.bare };
        candidates
            .iter()
            .copied()
            .filter(|index| {
                self.rules.get(*index as usize).is_some_and(|rule| holds(rule, text, facts, desk))
            })
            .take(limit)
            .collect()
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
