//! The trees as they are written, for those who want to read them whole.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::facts::Facts;
use super::sentence::Sentence;
use super::tree::{Advice, Branch, END, Node, Origin, Trees};
use super::{Answer, Knowledge};
use crate::model::Category;

/// Everything: nodes from the root on, remedies in the order in which they are tried, steps. Sentences
/// keep their places (`{receiver}`).
#[derive(Clone, Debug, Default)]
pub struct Outline {
    /// The questions.
    pub nodes: Vec<OutlineNode>,
    /// What to do.
    pub remedies: Vec<OutlineRemedy>,
    /// The checklist.
    pub steps: Vec<OutlineStep>,
}

/// Where an entry stands and where it comes from.
#[derive(Clone, Debug)]
pub struct Written {
    /// The file.
    pub file: Arc<str>,
    /// The line of its id, from 1.
    pub line: usize,
    /// Whether it is the operator's.
    pub own: bool,
    /// Who says so.
    pub source: Arc<str>,
    /// The month it was true, `YYYY-MM`.
    pub month: Arc<str>,
}

/// A question.
#[derive(Clone, Debug)]
pub struct OutlineNode {
    /// Its id.
    pub id: Arc<str>,
    /// Empty where it is a fork that is not drawn.
    pub question: Arc<str>,
    /// The command that answers it.
    pub probe: Option<String>,
    /// What the operator has to look up.
    pub ask: Option<String>,
    /// The name of the figure that it takes.
    pub figure: Option<&'static str>,
    /// Pages where the answer stands.
    pub links: Vec<String>,
    /// The answers, in the order in which they are tried.
    pub answers: Vec<OutlineAnswer>,
    /// Where it goes on where an answer does not say; `end` where nothing is left to ask.
    pub then: Option<String>,
    /// Ids of the remedies that are chosen for what leads here.
    pub remedies: Vec<Arc<str>>,
    /// Where it stands.
    pub written: Written,
}

/// An answer.
#[derive(Clone, Debug)]
pub struct OutlineAnswer {
    /// The condition on the evidence, where the logs give it.
    pub when: Option<String>,
    /// `yes` or `no`, where the operator gives it.
    pub operator: Option<&'static str>,
    /// What is said.
    pub answer: String,
    /// Where it leads, if not on.
    pub to: Option<String>,
    /// What the verdict becomes.
    pub verdict: Option<String>,
    /// What to do then.
    pub todo: Vec<String>,
    /// What not to do then.
    pub dont: Vec<String>,
}

/// A remedy.
#[derive(Clone, Debug)]
pub struct OutlineRemedy {
    /// Its id.
    pub id: Arc<str>,
    /// When it is chosen.
    pub when: String,
    /// The verdict while it is an incident.
    pub incident: String,
    /// What one such reply says.
    pub meaning: String,
    /// What to do; what is only done in an incident first.
    pub todo: Vec<String>,
    /// What not to do.
    pub dont: Vec<String>,
    /// Pages to open.
    pub links: Vec<String>,
    /// Where it stands.
    pub written: Written,
}

/// A step of the checklist.
#[derive(Clone, Debug)]
pub struct OutlineStep {
    /// Its id; several forms of one step have the same.
    pub id: Arc<str>,
    /// When it is shown.
    pub when: String,
    /// What to do.
    pub title: String,
    /// The node that ticks it.
    pub node: Option<String>,
    /// Where it stands.
    pub written: Written,
}

impl OutlineNode {
    /// Where its answers lead, each once.
    #[must_use]
    pub fn ways(&self) -> Vec<&str> {
        let all = self.answers.iter().filter_map(|answer| answer.to.as_deref()).chain(self.then.as_deref());
        let mut ways: Vec<&str> = Vec::new();
        all.filter(|to| *to != END).for_each(|to| {
            if !ways.contains(&to) {
                ways.push(to);
            }
        });
        ways
    }
}

impl Knowledge {
    /// The trees as they are written.
    #[must_use]
    pub fn outline(&self) -> Outline {
        let trees = &self.trees;
        let remedies = trees.by_node();
        Outline {
            nodes: trees.nodes.iter().map(|node| outline(node, &remedies)).collect(),
            remedies: trees
                .remedies
                .iter()
                .map(|remedy| OutlineRemedy {
                    id: Arc::clone(&remedy.id),
                    when: remedy.when.written().to_owned(),
                    incident: remedy.incident.written(),
                    meaning: remedy.meaning.written(),
                    todo: texts(&remedy.pause).into_iter().chain(remedy.todo.iter().map(advice)).collect(),
                    dont: texts(&remedy.dont),
                    links: texts(&remedy.links),
                    written: written(&remedy.origin),
                })
                .collect(),
            steps: trees
                .steps
                .iter()
                .map(|step| OutlineStep {
                    id: Arc::clone(&step.id),
                    when: step.when.written().to_owned(),
                    title: step.title.written(),
                    node: step.node.clone(),
                    written: written(&step.origin),
                })
                .collect(),
        }
    }
}

impl Trees {
    /// The remedies by the node that their categories lead to; those for any category by the node that
    /// tells the categories apart.
    fn by_node(&self) -> BTreeMap<&str, Vec<Arc<str>>> {
        let mut by_node: BTreeMap<&str, Vec<Arc<str>>> = BTreeMap::new();
        let all: Vec<(Facts, Option<(&str, &str)>)> = Category::ALL
            .iter()
            .map(|category| {
                let facts = Facts::of_category(*category, &self.labels);
                let fork = self.fork(&facts);
                (facts, fork)
            })
            .collect();
        for remedy in &self.remedies {
            let could = |facts: &Facts| remedy.when.holds(facts) != Some(false);
            if all.iter().all(|(facts, _)| could(facts)) {
                if let Some((_, Some((fork, _)))) = all.first() {
                    by_node.entry(fork).or_default().push(Arc::clone(&remedy.id));
                }
                continue;
            }
            for (_, fork) in all.iter().filter(|(facts, _)| could(facts)) {
                let Some((_, node)) = fork else { continue };
                let of_node = by_node.entry(node).or_default();
                if !of_node.contains(&remedy.id) {
                    of_node.push(Arc::clone(&remedy.id));
                }
            }
        }
        by_node
    }

    /// The first node that goes another way by the category alone, and where it goes.
    fn fork(&self, facts: &Facts) -> Option<(&str, &str)> {
        self.nodes.iter().find_map(|node| {
            let holds =
                |branch: &&Branch| branch.when.as_ref().and_then(|when| when.holds(facts)) == Some(true);
            let to = node.branches.iter().find(holds)?.to.as_deref().filter(|to| *to != END)?;
            Some((&*node.id, to))
        })
    }
}

fn outline(node: &Node, remedies: &BTreeMap<&str, Vec<Arc<str>>>) -> OutlineNode {
    let maybe = |sentence: &Option<Sentence>| sentence.as_ref().map(Sentence::written);
    OutlineNode {
        id: Arc::clone(&node.id),
        question: Arc::clone(&node.question),
        probe: maybe(&node.probe),
        ask: maybe(&node.ask),
        figure: node.figure.map(|name| name.id),
        links: texts(&node.links),
        answers: node
            .branches
            .iter()
            .map(|branch| OutlineAnswer {
                when: branch.when.as_ref().map(|when| when.written().to_owned()),
                operator: branch.operator.map(|said| if said == Answer::Yes { "yes" } else { "no" }),
                answer: branch.answer.written(),
                to: branch.to.clone(),
                verdict: maybe(&branch.verdict),
                todo: texts(&branch.todo),
                dont: texts(&branch.dont),
            })
            .collect(),
        then: node.then.clone(),
        remedies: remedies.get(&*node.id).cloned().unwrap_or_default(),
        written: written(&node.origin),
    }
}

fn written(origin: &Origin) -> Written {
    Written {
        file: Arc::clone(&origin.file),
        line: origin.place.line,
        own: origin.own,
        source: Arc::clone(&origin.source),
        month: Arc::clone(&origin.month),
    }
}

fn texts(sentences: &[Sentence]) -> Vec<String> {
    sentences.iter().map(Sentence::written).collect()
}

fn advice(advice: &Advice) -> String {
    advice.say.written()
}
