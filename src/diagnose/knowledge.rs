//! The loaded knowledge and the two questions that are put to it.

use super::facts::Facts;
use super::flaw::TreeError;
use super::tree::Trees;
use super::{Answers, Diagnosis, Evidence, Remedy};
use crate::model::Verdict;

/// The files inside the binary. Remedies are tried in this order, so the special comes before the
/// general.
pub(super) const EMBEDDED: &[(&str, &str)] = &[
    ("words.toml", include_str!("../trees/words.toml")),
    ("triage.toml", include_str!("../trees/triage.toml")),
    ("address.toml", include_str!("../trees/address.toml")),
    ("authentication.toml", include_str!("../trees/authentication.toml")),
    ("blocklist.toml", include_str!("../trees/blocklist.toml")),
    ("reputation.toml", include_str!("../trees/reputation.toml")),
    ("content.toml", include_str!("../trees/content.toml")),
    ("policy.toml", include_str!("../trees/policy.toml")),
    ("setup.toml", include_str!("../trees/setup.toml")),
    ("waiting.toml", include_str!("../trees/waiting.toml")),
    ("checklist.toml", include_str!("../trees/checklist.toml")),
];

/// The trees, remedies and checklist steps, loaded and checked.
#[derive(Debug)]
pub struct Knowledge {
    trees: Trees,
}

impl Knowledge {
    /// The knowledge inside the binary.
    ///
    /// # Errors
    /// When the embedded files are broken, which a test rules out.
    pub fn embedded() -> Result<Self, TreeError> {
        Self::load(EMBEDDED)
    }

    /// Reads and checks tree files, given as name and contents.
    ///
    /// # Errors
    /// The first thing that is wrong, with file, entry and reason.
    pub fn load(files: &[(&str, &str)]) -> Result<Self, TreeError> {
        let mut trees = Trees::default();
        for (file, text) in files {
            trees.add(file, text)?;
        }
        trees.check()?;
        Ok(Self { trees })
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
        let walk = self.trees.walk(&mut facts, answers);
        let remedy = match entry {
            Some(entry) => entry.fill(walk.verdict, walk.todo, &facts, answers),
            None => Remedy { verdict: walk.verdict, todo: walk.todo, ..nothing_known() },
        };
        let checklist = self.trees.checklist(&facts, answers);
        Diagnosis { tree: walk.lines, remedy, missing: walk.missing, checklist }
    }

    /// What one reply asks for, without any counts: used by `explain`. `provider` is the id and
    /// the name of the provider, where it is known.
    #[must_use]
    pub fn remedy(&self, verdict: &Verdict, code: Option<u16>, provider: Option<(&str, &str)>) -> Remedy {
        let facts = Facts::of_reply(verdict, code, provider, &self.trees.labels);
        match self.trees.remedy_for(&facts) {
            Some(entry) => entry.fill(entry.meaning.fill(&facts), Vec::new(), &facts, &Answers::new()),
            None => nothing_known(),
        }
    }
}

/// No remedy holds: only where there is no reply at all, since the check at load covers every
/// category.
fn nothing_known() -> Remedy {
    Remedy {
        verdict: String::new(),
        todo: Vec::new(),
        dont: Vec::new(),
        links: Vec::new(),
        source: String::new(),
        month: String::new(),
    }
}
