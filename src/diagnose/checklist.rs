//! The first-five-minutes checklist: ticked by the evidence where it answers, by the operator
//! everywhere.

use std::sync::Arc;

use super::facts::Facts;
use super::tree::{StepEntry, Trees};
use super::{Answer, Answers, By, Light, Step};

impl Trees {
    /// The steps that apply, in their order; of several forms of one step the first that applies.
    pub(super) fn checklist(&self, facts: &Facts, answers: &Answers) -> Vec<Step> {
        let mut steps: Vec<Step> = Vec::new();
        for entry in &self.steps {
            if entry.when.holds(facts) == Some(true) && steps.iter().all(|step| *step.id != *entry.id) {
                steps.push(self.step(entry, facts, answers));
            }
        }
        steps
    }

    fn step(&self, entry: &StepEntry, facts: &Facts, answers: &Answers) -> Step {
        let standing = entry.node.as_deref().and_then(|id| self.node(id)).map(|node| {
            let standing = node.stands(facts, answers);
            (standing.light, standing.by, standing.answer)
        });
        let (light, by, detail) =
            standing.unwrap_or_else(|| (Light::Open, By::Nobody, entry.detail.fill(facts)));
        let said = answers.get(entry.id.as_str());
        // The answer takes the place of the question; what the logs told stays.
        let detail = match said {
            Some(Answer::Yes) if by == By::Nobody => "yes".to_owned(),
            Some(Answer::No) if by == By::Nobody => "no".to_owned(),
            _ => detail,
        };
        let (light, by) = match said {
            Some(Answer::Yes) => (Light::Lit, By::Operator),
            Some(Answer::No) => (Light::Open, By::Operator),
            Some(Answer::Unknown | Answer::Figure(_)) | None => (light, by),
        };
        let id = Arc::from(entry.id.as_str());
        Step { id, title: Arc::from(entry.title.fill(facts)), light, by, detail }
    }
}
