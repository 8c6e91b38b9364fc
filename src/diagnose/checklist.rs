//! The first-five-minutes checklist: ticked by the evidence where it answers, by the operator
//! everywhere.

use std::sync::Arc;

use super::facts::Facts;
use super::light::Walk;
use super::tree::{StepEntry, Trees};
use super::{Answer, Answers, By, Light, Step, Takes};

impl Trees {
    /// The steps that apply, in their order; of several forms of one step the first that applies.
    pub(super) fn checklist(&self, walk: &Walk<'_>, facts: &Facts, answers: &Answers) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for entry in &self.steps {
            if entry.when.holds(facts) == Some(true) && steps.iter().all(|step| step.id != entry.id) {
                steps.push(self.step(entry, walk, facts, answers));
            }
        }
        steps
    }

    fn step(&self, entry: &StepEntry, walk: &Walk<'_>, facts: &Facts, answers: &Answers) -> Step {
        let node = entry.node.as_deref().and_then(|id| self.node(id));
        // As the walk found it, where the path goes there.
        let walked = entry.node.as_deref().and_then(|id| walk.lines.iter().find(|line| *line.id == *id));
        let standing = match (walked.filter(|line| line.light != Light::Dark), node) {
            (Some(line), _) => Some((line.light, line.by, line.answer.clone())),
            (None, Some(node)) => {
                let standing = node.stands(facts, answers);
                Some((standing.light, standing.by, standing.answer))
            }
            (None, None) => None,
        };
        let (light, by, detail) =
            standing.unwrap_or_else(|| (Light::Open, By::Nobody, entry.detail.fill(facts)));
        let said = answers.get(&entry.id);
        // The answer takes the place of the question; what the logs told stays.
        let plain = match said {
            Some(Answer::Yes) => Some("yes"),
            Some(Answer::No) => Some("no"),
            Some(Answer::Unknown) => Some("not known"),
            Some(Answer::Figure(_)) | None => None,
        };
        let detail = match (plain, by) {
            (Some(plain), By::Nobody) => plain.to_owned(),
            (Some(plain), By::Log) => format!("{plain}; the log: {detail}"),
            // What was found was answered at the node, in words of its own.
            (_, By::Operator) | (None, _) => detail,
        };
        let (light, by) = match said {
            Some(Answer::Yes) => (Light::Lit, By::Operator),
            Some(Answer::No) => (Light::Dark, By::Operator),
            Some(Answer::Unknown) => (Light::Open, By::Operator),
            Some(Answer::Figure(_)) | None => (light, by),
        };
        Step {
            id: Arc::clone(&entry.id),
            title: Arc::from(entry.title.fill(facts)),
            light,
            by,
            detail,
            takes: node.map_or(Takes::YesNo, |node| node.takes(facts)),
            command: node.and_then(|node| node.probe.as_ref()).map(|probe| probe.fill(facts)),
        }
    }

    /// A figure, or that it cannot be told, given at a step of the checklist answers the step's node,
    /// where the node was not answered itself. A tick does not: that a step is done says nothing of what
    /// was found.
    pub(super) fn heard(&self, facts: &Facts, answers: &Answers) -> Answers {
        let mut heard = answers.clone();
        let mut seen: Vec<&str> = Vec::new();
        for entry in &self.steps {
            if seen.contains(&&*entry.id) {
                continue;
            }
            seen.push(&entry.id);
            // Of several forms the one that is shown; what is not known yet the answers may still tell.
            let with = |held: Option<bool>| {
                self.steps.iter().find(|step| step.id == entry.id && step.when.holds(facts) == held)
            };
            let Some(step) = with(Some(true)).or_else(|| with(None)) else { continue };
            let said =
                answers.get(&step.id).filter(|said| matches!(said, Answer::Figure(_) | Answer::Unknown));
            let node = step.node.as_deref().and_then(|id| self.node(id));
            if let (Some(said), Some(node)) = (said, node) {
                heard.entry(Arc::clone(&node.id)).or_insert(*said);
            }
        }
        heard
    }
}
