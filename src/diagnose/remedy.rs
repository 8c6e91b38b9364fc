//! Choosing what to do: the first remedy whose condition holds, its sentences filled.

use super::facts::Facts;
use super::light::Walk;
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
    /// The remedy with its sentences filled. What the tree found on its way goes before what the remedy
    /// asks for itself; to pause sends is only asked for in an incident; what the operator looked up
    /// already is left out.
    pub(super) fn fill(&self, walk: &Walk<'_>, facts: &Facts, answers: &Answers) -> Remedy {
        let incident = matches!(facts.word("mode"), Some("incident" | "standing"));
        let mut todo = if incident { fill(&self.pause, facts) } else { Vec::new() };
        todo.extend(walk.todo.iter().cloned());
        // Who looked and could not tell has looked.
        let answered = |until: &String| answers.contains_key(until.as_str());
        let still = self.todo.iter().filter(|advice| !advice.until.as_ref().is_some_and(answered));
        todo.extend(still.map(|advice| advice.say.fill(facts)));
        let mut dont = fill(&self.dont, facts);
        dont.extend(walk.dont.iter().cloned());
        let mut links = fill(&self.links, facts);
        for link in &walk.links {
            if !links.contains(link) {
                links.push(link.clone());
            }
        }
        self.remedy(walk.verdict.clone(), todo, dont, links)
    }

    /// The same for one reply, of which nothing but its words is known.
    pub(super) fn fill_alone(&self, facts: &Facts) -> Remedy {
        let todo = self.todo.iter().map(|advice| advice.say.fill(facts)).collect();
        let verdict = self.meaning.fill(facts);
        self.remedy(verdict, todo, fill(&self.dont, facts), fill(&self.links, facts))
    }

    fn remedy(&self, verdict: String, todo: Vec<String>, dont: Vec<String>, links: Vec<String>) -> Remedy {
        Remedy {
            verdict: capitalised(verdict),
            todo,
            dont,
            links,
            source: self.origin.source.to_string(),
            month: self.origin.month.to_string(),
        }
    }
}

fn fill(sentences: &[Sentence], facts: &Facts) -> Vec<String> {
    sentences.iter().map(|sentence| sentence.fill(facts)).collect()
}
