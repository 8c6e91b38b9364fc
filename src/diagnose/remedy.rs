//! Choosing what to do: the first remedy whose condition holds, its sentences filled.

use super::Remedy;
use super::facts::Facts;
use super::sentence::{Sentence, capitalised};
use super::tree::{RemedyEntry, Trees};

impl Trees {
    /// The first remedy that holds.
    pub(super) fn remedy_for(&self, facts: &Facts) -> Option<&RemedyEntry> {
        self.remedies.iter().find(|remedy| remedy.when.holds(facts) == Some(true))
    }
}

impl RemedyEntry {
    /// The remedy with its sentences filled. `first` goes before what it asks for itself; to pause
    /// sends is only asked for in an incident.
    pub(super) fn fill(&self, verdict: String, first: Vec<String>, facts: &Facts) -> Remedy {
        let fill = |sentences: &[Sentence]| sentences.iter().map(|s| s.fill(facts)).collect::<Vec<_>>();
        let incident = matches!(facts.word("mode"), Some("incident" | "standing"));
        let mut todo = if incident { fill(&self.pause) } else { Vec::new() };
        todo.extend(first);
        todo.extend(fill(&self.todo));
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
