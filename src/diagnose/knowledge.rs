//! The loaded knowledge and the two questions that are put to it.

use std::sync::Arc;

use super::confidence::Confidence;
use super::facts::Facts;
use super::tree::{RemedyEntry, Trees};
use super::{Answers, Diagnosis, Evidence, Remedy, written};
use crate::model::Verdict;
use crate::text::remark::{KnowledgeError, Remark};

/// The files inside the binary. Remedies are tried in this order, so the special comes before the
/// general.
pub(super) const EMBEDDED: &[(&str, &str)] = &[
    ("trees/words.toml", include_str!("../trees/words.toml")),
    ("trees/triage.toml", include_str!("../trees/triage.toml")),
    ("trees/address.toml", include_str!("../trees/address.toml")),
    ("trees/authentication.toml", include_str!("../trees/authentication.toml")),
    ("trees/blocklist.toml", include_str!("../trees/blocklist.toml")),
    ("trees/reputation.toml", include_str!("../trees/reputation.toml")),
    ("trees/content.toml", include_str!("../trees/content.toml")),
    ("trees/policy.toml", include_str!("../trees/policy.toml")),
    ("trees/setup.toml", include_str!("../trees/setup.toml")),
    ("trees/waiting.toml", include_str!("../trees/waiting.toml")),
    ("trees/providers.toml", include_str!("../trees/providers.toml")),
    ("trees/escalate.toml", include_str!("../trees/escalate.toml")),
    ("trees/checklist.toml", include_str!("../trees/checklist.toml")),
];

/// The trees, remedies and checklist steps, loaded and checked.
#[derive(Debug)]
pub struct Knowledge {
    pub(super) trees: Trees,
}

impl Knowledge {
    /// The knowledge inside the binary. It is proved by a test, not at every start.
    ///
    /// # Errors
    /// When the embedded files cannot be read, which a test rules out.
    pub fn embedded() -> Result<Self, KnowledgeError> {
        let mut mistakes = Vec::new();
        let mut trees = Trees::default();
        for (file, text) in EMBEDDED {
            trees.add(written::read(file, text.as_bytes(), false, &mut mistakes));
        }
        if mistakes.is_empty() { Ok(Self { trees }) } else { Err(KnowledgeError::new(mistakes)) }
    }

    /// The knowledge inside the binary, with the operator's files over it: pairs of name and content.
    ///
    /// # Errors
    /// All mistakes of all files at once: what does not parse, unreachable nodes, dead ends, cycles,
    /// ways to nowhere, evidence that is not known, remedies that are never chosen, advice to suppress
    /// where the address is not at fault.
    pub fn with_own(own: &[(&str, &[u8])]) -> Result<Self, KnowledgeError> {
        Self::assemble(EMBEDDED, own)
    }

    /// Everything that is wrong with the knowledge inside the binary: nothing.
    #[must_use]
    pub fn failures() -> Vec<Remark> {
        Self::assemble(EMBEDDED, &[]).err().map_or_else(Vec::new, |wrong| wrong.mistakes)
    }

    /// The operator's conditions that ask for a provider that is none of `known`, ids of the provider
    /// table.
    #[must_use]
    pub fn unknown_providers(&self, known: &[&str]) -> Vec<Remark> {
        self.trees.unknown_providers(known)
    }

    /// Remedies of ours that the operator's leave nothing for: pairs of the operator's id and ours.
    #[must_use]
    pub fn overruled(&self) -> Vec<(Arc<str>, Arc<str>)> {
        let by_own = |lost: &RemedyEntry, before: &RemedyEntry| before.origin.own && !lost.origin.own;
        let pairs = self.trees.shadows(by_own).into_iter();
        pairs.map(|(lost, before)| (Arc::clone(&before.id), Arc::clone(&lost.id))).collect()
    }

    pub(super) fn assemble(ours: &[(&str, &str)], own: &[(&str, &[u8])]) -> Result<Self, KnowledgeError> {
        let mut mistakes = Vec::new();
        let mut trees = Trees::default();
        let mut broken = Vec::new();
        for (file, text) in ours {
            let mut written = written::read(file, text.as_bytes(), false, &mut mistakes);
            broken.append(&mut written.broken);
            trees.add(written);
        }
        let read = |(file, text): &(&str, &[u8])| written::read(file, text, true, &mut mistakes);
        let mut own: Vec<_> = own.iter().map(read).collect();
        own.iter_mut().for_each(|written| broken.append(&mut written.broken));
        let overlaid = !own.is_empty();
        trees.overlay(own, &mut mistakes);
        // Without an entry that could not be read, the advice as a whole says nothing.
        let whole = mistakes.is_empty();
        trees.check_ways(&broken, overlaid, &mut mistakes);
        if whole {
            trees.check_advice(&mut mistakes);
        }
        if mistakes.is_empty() { Ok(Self { trees }) } else { Err(KnowledgeError::new(mistakes)) }
    }

    /// Lights the tree with `evidence` and the operator's `answers`.
    #[must_use]
    pub fn diagnose(&self, evidence: &Evidence, answers: &Answers) -> Diagnosis {
        let mut facts = Facts::of_scope(evidence, &self.trees.labels);
        let entry = self.trees.remedy_for(&facts);
        for (name, sentence) in
            [("meaning", entry.map(|entry| &entry.meaning)), ("incident", entry.map(|entry| &entry.incident))]
        {
            let text = sentence.map_or_else(|| "no reply to read".to_owned(), |text| text.fill(&facts));
            facts.set_text(name, text);
        }
        let answers = &self.trees.heard(&facts, answers);
        let before = facts.clone();
        let walk = self.trees.walk(&mut facts, answers);
        let changes = self.trees.changes(&before, answers, &walk);
        let confidence = Confidence::of(evidence, &facts.text("reason"), &walk, &changes);
        let checklist = self.trees.checklist(&walk, &facts, answers);
        let remedy = match entry {
            Some(entry) => entry.fill(&walk, &facts, answers),
            None => Remedy { verdict: walk.verdict, todo: walk.todo, ..Remedy::default() },
        };
        let would_change = changes.into_iter().map(|change| change.says).collect();
        Diagnosis { tree: walk.lines, remedy, confidence, would_change, missing: walk.missing, checklist }
    }

    /// What one reply asks for, without any counts: used by `explain`. `provider` is the id and
    /// the name of the provider, where it is known.
    #[must_use]
    pub fn remedy(&self, verdict: &Verdict, code: Option<u16>, provider: Option<(&str, &str)>) -> Remedy {
        let facts = Facts::of_reply(verdict, code, provider, &self.trees.labels);
        match self.trees.remedy_for(&facts) {
            Some(entry) => entry.fill_alone(&facts),
            // Only where there is no reply at all: the check at load covers every category.
            None => Remedy::default(),
        }
    }
}
