//! The trees, remedies and checklist steps as data. How the TOML files are read is in `written`, how the
//! operator's come over ours in `merge`, what must be true across entries in `check`.

use std::sync::Arc;

use super::Answer;
use super::expression::Condition;
use super::facts::Labels;
use super::flaw::Flaw;
use super::names::Name;
use super::sentence::Sentence;
use crate::text::remark::{Place, Remark};

/// Where a branch leads when nothing is left to ask.
pub(super) const END: &str = "end";
/// The node where every diagnosis begins.
pub(super) const ROOT: &str = "N0";

/// Everything that the files say.
#[derive(Debug, Default)]
pub(super) struct Trees {
    pub(super) nodes: Vec<Node>,
    pub(super) remedies: Vec<RemedyEntry>,
    pub(super) steps: Vec<StepEntry>,
    pub(super) labels: Labels,
}

/// Where an entry stands, and who says it and since when.
#[derive(Clone, Debug)]
pub(super) struct Origin {
    pub(super) file: Arc<str>,
    pub(super) place: Place,
    /// Whether it is the operator's.
    pub(super) own: bool,
    pub(super) source: Arc<str>,
    /// `YYYY-MM`.
    pub(super) month: Arc<str>,
}

/// One question.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) origin: Origin,
    pub(super) id: Arc<str>,
    pub(super) question: Arc<str>,
    pub(super) depth: u8,
    /// Where to go on when the answer names no way of its own; `end` at the last question.
    pub(super) then: Option<String>,
    /// The command that answers it.
    pub(super) probe: Option<Sentence>,
    /// What the operator has to look up.
    pub(super) ask: Option<Sentence>,
    /// The fact that a figure of the operator's becomes.
    pub(super) figure: Option<&'static Name>,
    /// Pages where the answer stands.
    pub(super) links: Vec<Sentence>,
    /// What is missing while it is open, where the answer would change the verdict.
    pub(super) missing: Option<Sentence>,
    /// When it is drawn although the path goes elsewhere, and what is said of it then.
    pub(super) aside: Option<(Condition, Sentence)>,
    pub(super) branches: Vec<Branch>,
}

/// One answer.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) when: Option<Condition>,
    pub(super) operator: Option<Answer>,
    /// What such an answer means, as half a sentence: "Spamhaus lists 192.0.2.7".
    pub(super) means: Option<Sentence>,
    pub(super) answer: Sentence,
    pub(super) to: Option<String>,
    /// Only half an answer.
    pub(super) half: bool,
    pub(super) mode: Option<String>,
    pub(super) verdict: Option<Sentence>,
    pub(super) todo: Vec<Sentence>,
    pub(super) dont: Vec<Sentence>,
    pub(super) missing: Option<Sentence>,
}

/// What to do about one kind of reply; the first whose condition holds is taken.
#[derive(Debug)]
pub(super) struct RemedyEntry {
    pub(super) origin: Origin,
    pub(super) id: Arc<str>,
    pub(super) when: Condition,
    /// The verdict while it is an incident.
    pub(super) incident: Sentence,
    /// What one such reply says, as half a sentence.
    pub(super) meaning: Sentence,
    /// First of all, while it is an incident.
    pub(super) pause: Vec<Sentence>,
    pub(super) todo: Vec<Advice>,
    pub(super) dont: Vec<Sentence>,
    pub(super) links: Vec<Sentence>,
}

/// One thing to do.
#[derive(Debug)]
pub(super) struct Advice {
    pub(super) say: Sentence,
    /// The node whose answer by the operator makes it needless: what was looked up need not be
    /// looked up again.
    pub(super) until: Option<String>,
}

/// One step of the checklist; of several with one id the first whose condition holds is shown.
#[derive(Debug)]
pub(super) struct StepEntry {
    pub(super) origin: Origin,
    pub(super) id: Arc<str>,
    pub(super) when: Condition,
    pub(super) title: Sentence,
    /// The node whose answer ticks it.
    pub(super) node: Option<String>,
    /// Said below the title when no node does.
    pub(super) detail: Sentence,
}

impl Trees {
    pub(super) fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| *node.id == *id)
    }
}

impl Node {
    /// Where its answers lead, in their order, the general way last.
    pub(super) fn ways(&self) -> impl Iterator<Item = &str> {
        self.branches.iter().filter_map(|branch| branch.to.as_deref()).chain(self.then.as_deref())
    }

    pub(super) fn wrong(&self, flaw: &Flaw) -> Remark {
        self.origin.remark("node", &self.id, flaw)
    }
}

impl RemedyEntry {
    pub(super) fn wrong(&self, flaw: &Flaw) -> Remark {
        self.origin.remark("remedy", &self.id, flaw)
    }
}

impl StepEntry {
    pub(super) fn wrong(&self, flaw: &Flaw) -> Remark {
        self.origin.remark("step", &self.id, flaw)
    }
}

impl Origin {
    pub(super) fn remark(&self, kind: &str, id: &str, flaw: &Flaw) -> Remark {
        let Place { line, column } = self.place;
        Remark { line, column, ..Remark::on_file(&self.file, format!("{kind} `{id}`: {flaw}")) }
    }
}
