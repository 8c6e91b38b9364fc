//! Lighting: the evidence and the operator's answers walk through the tree.

use std::sync::Arc;

use super::facts::Facts;
use super::names::Kind;
use super::tree::{Branch, END, Node, ROOT, Trees};
use super::{Answer, Answers, By, Light, Takes, TreeLine, Unit};

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
pub(super) struct Walk<'t> {
    pub(super) lines: Vec<TreeLine>,
    pub(super) verdict: String,
    pub(super) todo: Vec<String>,
    pub(super) dont: Vec<String>,
    pub(super) links: Vec<String>,
    pub(super) missing: Vec<String>,
    /// The questions on the way that are open or half answered.
    pub(super) open: Vec<&'t Node>,
}

impl Node {
    /// How the question stands: the operator's answer first, then the logs', then what would
    /// answer it. Where the two disagree, both are said.
    pub(super) fn stands<'t>(&'t self, facts: &Facts, answers: &Answers) -> Standing<'t> {
        let log = self.chosen(facts);
        let told = log.map(|branch| branch.answer.fill(facts)).filter(|told| !told.is_empty());
        let both = |answer: String, branch: Option<&Branch>| match (&told, log) {
            (Some(told), Some(log)) if !branch.is_some_and(|branch| agrees(branch, log)) => {
                format!("{answer}; the log: {told}")
            }
            _ => answer,
        };
        let theirs = |branch: Option<&'t Branch>, answer: String| Standing {
            light: Light::Lit,
            by: By::Operator,
            answer: both(answer, branch),
            branch,
        };
        // A fork is not seen, so nobody answers it.
        match answers.get(&self.id).filter(|_| !self.question.is_empty()) {
            Some(Answer::Figure(figure)) if self.figure_fits(*figure) => {
                let mut facts = facts.clone();
                self.take_figure(*figure, &mut facts);
                let branch = self.chosen(&facts);
                let shown = || self.figure.map(|name| facts.text(name.id)).unwrap_or_default();
                let answer = branch.map(|branch| branch.answer.fill(&facts)).filter(|said| !said.is_empty());
                return theirs(branch, answer.unwrap_or_else(shown));
            }
            Some(said @ (Answer::Yes | Answer::No)) => {
                let branch = self.branches.iter().find(|branch| branch.operator == Some(*said));
                let plain = if *said == Answer::Yes { "yes" } else { "no" };
                return theirs(branch, branch.map_or_else(|| plain.to_owned(), |one| one.answer.fill(facts)));
            }
            Some(Answer::Unknown) => {
                let open = || self.asks(facts);
                let answer = match &told {
                    Some(told) => format!("not known; the log: {told}"),
                    None => open().map_or_else(|| "not known".to_owned(), |ask| format!("not known: {ask}")),
                };
                return Standing { light: Light::Open, by: By::Operator, answer, branch: log };
            }
            // A figure where none is asked for is no answer.
            Some(Answer::Figure(_)) | None => {}
        }
        if let Some(branch) = log {
            let light = if branch.half { Light::Half } else { Light::Lit };
            let answer = branch.answer.fill(facts);
            return Standing { light, by: By::Log, answer, branch: Some(branch) };
        }
        let light = if self.probe.is_none() && self.ask.is_some() { Light::Open } else { Light::Half };
        let answer = self.asks(facts).unwrap_or_else(|| "the logs do not tell".to_owned());
        Standing { light, by: By::Nobody, answer, branch: None }
    }

    /// The first answer whose condition holds.
    fn chosen(&self, facts: &Facts) -> Option<&Branch> {
        let holds = |branch: &&Branch| branch.when.as_ref().and_then(|when| when.holds(facts)) == Some(true);
        self.branches.iter().find(holds)
    }

    /// What would answer it: the command, or what the operator has to look up.
    fn asks(&self, facts: &Facts) -> Option<String> {
        self.probe.as_ref().or(self.ask.as_ref()).map(|text| text.fill(facts))
    }

    /// Whether a figure can be one of those that are asked for: a share lies between nothing and all.
    fn figure_fits(&self, figure: f64) -> bool {
        self.figure.is_some_and(|name| match name.kind {
            Kind::Share | Kind::Fine => (0.0..=1.0).contains(&figure),
            _ => figure.is_finite() && figure >= 0.0,
        })
    }

    fn take_figure(&self, figure: f64, facts: &mut Facts) {
        if let Some(name) = self.figure {
            facts.set_number(name.id, figure);
        }
    }

    /// What kind of answer it takes.
    pub(super) fn takes(&self, facts: &Facts) -> Takes {
        let unit = match self.figure.map(|name| name.kind) {
            Some(Kind::Share | Kind::Fine) => Unit::Share,
            Some(Kind::Times) => Unit::Times,
            Some(_) => Unit::Count,
            None => return Takes::YesNo,
        };
        let hint = self.ask.as_ref().map(|ask| ask.fill(facts)).unwrap_or_default();
        Takes::Figure { unit, hint }
    }

    /// Whether the question is drawn: a fork in the way has none, and an answer of the logs may have
    /// nothing to say.
    fn is_drawn(&self, standing: &Standing<'_>) -> bool {
        let silent = standing.by == By::Log && standing.branch.is_some_and(|branch| branch.answer.is_empty());
        !self.question.is_empty() && !silent
    }

    fn line(&self, light: Light, by: By, answer: String, facts: &Facts) -> TreeLine {
        TreeLine {
            depth: self.depth,
            id: Arc::clone(&self.id),
            question: Arc::clone(&self.question),
            light,
            by,
            answer,
            takes: self.takes(facts),
            command: self.probe.as_ref().map(|probe| probe.fill(facts)),
            links: self.links.iter().map(|link| link.fill(facts)).collect(),
            source: Arc::clone(&self.origin.source),
            month: Arc::clone(&self.origin.month),
        }
    }
}

/// Whether two answers are the same in effect: one branch, or the same finding about the incident.
fn agrees(one: &Branch, other: &Branch) -> bool {
    std::ptr::eq(one, other) || (one.mode.is_some() && one.mode == other.mode && one.to == other.to)
}

impl Trees {
    /// Walks from the root. What N0 found (`mode`), figures and the verdict so far are facts for the
    /// questions after it.
    pub(super) fn walk(&self, facts: &mut Facts, answers: &Answers) -> Walk<'_> {
        let mut walk = Walk::default();
        let mut asides: Vec<&str> = Vec::new();
        let mut next = self.node(ROOT);
        while let Some(node) = next {
            let standing = node.stands(facts, answers);
            if let (By::Operator, Some(Answer::Figure(figure))) = (standing.by, answers.get(&node.id)) {
                node.take_figure(*figure, facts);
            }
            walk.pass(node, &standing, facts);
            let way = standing.branch.and_then(|branch| branch.to.as_deref()).or(node.then.as_deref());
            asides.extend(node.branches.iter().filter_map(|branch| branch.to.as_deref()));
            // The check at load rules cycles out; a walk that met one would stop all the same.
            let is_new = |way: &&str| *way != END && walk.lines.iter().all(|line| *line.id != **way);
            next = way.filter(is_new).and_then(|way| self.node(way));
        }
        self.draw_asides(&mut walk, &asides, facts);
        walk
    }

    /// The ways not taken about which the evidence has something to say.
    fn draw_asides(&self, walk: &mut Walk<'_>, asides: &[&str], facts: &Facts) {
        let mut drawn = 0;
        for node in asides.iter().filter_map(|id| self.node(id)) {
            if drawn == ASIDES || walk.lines.iter().any(|line| line.id == node.id) {
                continue;
            }
            if let Some((when, answer)) = &node.aside
                && when.holds(facts) == Some(true)
            {
                let line = node.line(Light::Dark, By::Log, answer.fill(facts), facts);
                // A way not taken is drawn as a branch of the trunk, whatever its depth when lit.
                walk.lines.push(TreeLine { depth: 1, ..line });
                drawn += 1;
            }
        }
    }
}

impl<'t> Walk<'t> {
    fn pass(&mut self, node: &'t Node, standing: &Standing<'t>, facts: &mut Facts) {
        if node.is_drawn(standing) {
            self.lines.push(node.line(standing.light, standing.by, standing.answer.clone(), facts));
            let links = node.links.iter().map(|link| link.fill(facts));
            self.links.extend(links);
            if matches!(standing.light, Light::Half | Light::Open) {
                self.open.push(node);
            }
        }
        let nobody_knows = standing.by == By::Nobody || standing.light == Light::Open;
        if let (true, Some(missing)) = (nobody_knows, &node.missing) {
            self.missing.push(missing.fill(facts));
        }
        if let Some(branch) = standing.branch {
            self.take(branch, facts);
        }
    }

    fn take(&mut self, branch: &Branch, facts: &mut Facts) {
        if let Some(mode) = &branch.mode {
            facts.set_word("mode", mode);
        }
        if let Some(verdict) = &branch.verdict {
            self.verdict = verdict.fill(facts);
            facts.set_text("verdict", self.verdict.clone());
        }
        self.todo.extend(branch.todo.iter().map(|todo| todo.fill(facts)));
        self.dont.extend(branch.dont.iter().map(|dont| dont.fill(facts)));
        self.missing.extend(branch.missing.iter().map(|missing| missing.fill(facts)));
    }
}
