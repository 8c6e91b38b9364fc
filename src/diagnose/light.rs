//! Lighting: the evidence and the operator's answers walk through the tree.

use std::sync::Arc;

use super::facts::Facts;
use super::tree::{Branch, END, Node, ROOT, Trees};
use super::{Answer, Answers, By, Light, TreeLine};

/// How many of the ways not taken are drawn: enough to see that the causes are mixed.
const ASIDES: usize = 3;

/// One question and how it stands.
pub(super) struct Standing<'t> {
    pub(super) light: Light,
    pub(super) by: By,
    pub(super) answer: String,
    branch: Option<&'t Branch>,
}

/// The walk from the root to the last question that the evidence asks.
#[derive(Default)]
pub(super) struct Walk {
    pub(super) lines: Vec<TreeLine>,
    pub(super) verdict: String,
    pub(super) todo: Vec<String>,
    pub(super) missing: Vec<String>,
}

impl Node {
    /// How the question stands: the operator's answer first, then the logs', then what would
    /// answer it.
    pub(super) fn stands<'t>(&'t self, facts: &Facts, answers: &Answers) -> Standing<'t> {
        if let Some(answer) = answers.get(self.id.as_str()) {
            let branch = self.branches.iter().find(|branch| branch.operator == Some(*answer));
            let said = match answer {
                Answer::Yes => "yes",
                Answer::No => "no",
                Answer::Unknown | Answer::Figure(_) => "not known",
            };
            let answer = branch.map_or_else(|| said.to_owned(), |branch| branch.answer.fill(facts));
            return Standing { light: Light::Lit, by: By::Operator, answer, branch };
        }
        let holds = |branch: &&Branch| branch.when.as_ref().and_then(|when| when.holds(facts)) == Some(true);
        if let Some(branch) = self.branches.iter().find(holds) {
            let light = if branch.half { Light::Half } else { Light::Lit };
            return Standing { light, by: By::Log, answer: branch.answer.fill(facts), branch: Some(branch) };
        }
        let (light, answer) = match (&self.probe, &self.ask) {
            (Some(probe), _) => (Light::Half, probe.fill(facts)),
            (None, Some(ask)) => (Light::Open, ask.fill(facts)),
            (None, None) => (Light::Half, "the logs do not tell".to_owned()),
        };
        Standing { light, by: By::Nobody, answer, branch: None }
    }

    fn line(&self, light: Light, by: By, answer: String) -> TreeLine {
        let question = Arc::from(self.question.as_str());
        TreeLine { depth: self.depth, id: Arc::from(self.id.as_str()), question, light, by, answer }
    }
}

impl Trees {
    /// Walks from the root. What N0 found (`mode`) and the verdict so far are facts for the
    /// questions after it.
    pub(super) fn walk(&self, facts: &mut Facts, answers: &Answers) -> Walk {
        let mut walk = Walk::default();
        let mut asides: Vec<&str> = Vec::new();
        let mut next = self.node(ROOT);
        while let Some(node) = next {
            let standing = node.stands(facts, answers);
            // A node without a question is a fork in the way: it is not drawn.
            if !node.question.is_empty() {
                walk.lines.push(node.line(standing.light, standing.by, standing.answer));
            }
            if standing.by == By::Nobody
                && let Some(missing) = &node.missing
            {
                walk.missing.push(missing.fill(facts));
            }
            if let Some(branch) = standing.branch {
                walk.take(branch, facts);
            }
            let way = standing.branch.and_then(|branch| branch.to.as_deref()).or(node.then.as_deref());
            asides.extend(node.branches.iter().filter_map(|branch| branch.to.as_deref()));
            next = way.filter(|way| *way != END).and_then(|way| self.node(way));
        }
        self.draw_asides(&mut walk, &asides, facts);
        walk
    }

    /// The ways not taken about which the evidence has something to say.
    fn draw_asides(&self, walk: &mut Walk, asides: &[&str], facts: &Facts) {
        let mut drawn = 0;
        for node in asides.iter().filter_map(|id| self.node(id)) {
            if drawn == ASIDES || walk.lines.iter().any(|line| *line.id == *node.id) {
                continue;
            }
            if let Some((when, answer)) = &node.aside
                && when.holds(facts) == Some(true)
            {
                let line = node.line(Light::Dark, By::Log, answer.fill(facts));
                // A way not taken is drawn as a branch of the trunk, whatever its depth when lit.
                walk.lines.push(TreeLine { depth: 1, ..line });
                drawn += 1;
            }
        }
    }
}

impl Walk {
    fn take(&mut self, branch: &Branch, facts: &mut Facts) {
        if let Some(mode) = &branch.mode {
            facts.set_word("mode", mode);
        }
        if let Some(verdict) = &branch.verdict {
            self.verdict = verdict.fill(facts);
            facts.set_text("verdict", self.verdict.clone());
        }
        self.todo.extend(branch.todo.iter().map(|todo| todo.fill(facts)));
        self.missing.extend(branch.missing.iter().map(|missing| missing.fill(facts)));
    }
}
