//! Choosing what to do: the first remedy whose condition holds, its sentences filled.

use super::facts::Facts;
use super::sentence::{Sentence, capitalised};
use super::tree::{RemedyEntry, Trees};
use super::{Answers, Remedy};

impl Trees {
    /// The first remedy that holds.
    pub(super) fn remedy_for(&self, facts: &Facts) -> Option<&RemedyEntry> {
        self.remedies.iter().find(|remedy| remedy.when.holds(facts) == Some(true))
    }
}

impl RemedyEntry {
    /// The remedy with its sentences filled. `first` goes before what it asks for itself; to pause
    /// sends is only asked for in an incident; what the operator looked up already is left out.
    pub(super) fn fill(
        &self,
        verdict: String,
        first: Vec<String>,
        facts: &Facts,
        answers: &Answers,
    ) -> Remedy {
        let fill = |sentences: &[Sentence]| sentences.iter().map(|s| s.fill(facts)).collect::<Vec<_>>();
        let incident = matches!(facts.word("mode"), Some("incident" | "standing"));
        let mut todo = if incident { fill(&self.pause) } else { Vec::new() };
        todo.extend(first);
        let answered = |until: &String| answers.contains_key(until.as_str());
        let still = self.todo.iter().filter(|advice| !advice.until.as_ref().is_some_and(answered));
        todo.extend(still.map(|advice| advice.say.fill(facts)));
        Remedy {
            verdict: capitalised(verdict),
            todo,
            dont: fill(&self.dont),
            links: fill(&self.links),
            source: self.source.clone(),
            month: self.month.clone(),
        }
    }
}
