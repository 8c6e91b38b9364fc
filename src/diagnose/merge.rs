//! The operator's trees come over ours: what has an id of ours takes its place, what has `remove = true`
//! takes it away, the rest is added, remedies before ours.

use super::flaw::Flaw;
use super::tree::{END, RemedyEntry, StepEntry, Trees};
use super::written::{Removal, Written};
use crate::text::remark::{Remark, meant};

/// Entries in all files of the operator.
const ENTRIES: usize = 2_000;

impl Trees {
    /// Adds what a file of ours says.
    pub(super) fn add(&mut self, written: Written) {
        self.nodes.extend(written.nodes);
        self.remedies.extend(written.remedies);
        self.steps.extend(written.steps);
        self.labels.extend(written.labels);
    }

    /// Lets the operator's files come over ours.
    pub(super) fn overlay(&mut self, own: Vec<Written>, mistakes: &mut Vec<Remark>) {
        let entries = |one: &Written| one.nodes.len() + one.remedies.len() + one.steps.len();
        if own.iter().map(entries).sum::<usize>() > ENTRIES {
            let what = format!("there are more than {ENTRIES} nodes, remedies and steps");
            mistakes.push(Remark::on_file("trees", what));
            return;
        }
        for removal in own.iter().flat_map(|written| &written.removed) {
            self.remove(removal, mistakes);
        }
        let mut first = Vec::new();
        for written in own {
            for node in written.nodes {
                match self.nodes.iter_mut().find(|one| one.id == node.id && !one.origin.own) {
                    Some(ours) => *ours = node,
                    None => self.nodes.push(node),
                }
            }
            for remedy in written.remedies {
                let ours = |one: &&mut RemedyEntry| one.id == remedy.id && !one.origin.own;
                match self.remedies.iter_mut().find(ours) {
                    Some(ours) => *ours = remedy,
                    None => first.push(remedy),
                }
            }
            self.steps(written.steps);
            self.labels.extend(written.labels);
        }
        self.remedies.splice(0..0, first);
    }

    /// Steps of one id are forms of one step: the operator's take the place of all of ours.
    fn steps(&mut self, own: Vec<StepEntry>) {
        for step in own {
            let is_ours = |one: &StepEntry| one.id == step.id && !one.origin.own;
            let at = self.steps.iter().position(is_ours);
            let after = self.steps.iter().rposition(|one| one.id == step.id).map(|last| last + 1);
            self.steps.retain(|one| !is_ours(one));
            let at = at.or(after).unwrap_or(self.steps.len());
            self.steps.insert(at.min(self.steps.len()), step);
        }
    }

    fn remove(&mut self, removal: &Removal, mistakes: &mut Vec<Remark>) {
        let Removal { kind, id, origin } = removal;
        let is_it = |other: &str| other == id;
        let known: Vec<&str> = match *kind {
            "node" => self.nodes.iter().map(|one| &*one.id).collect(),
            "remedy" => self.remedies.iter().map(|one| &*one.id).collect(),
            _ => self.steps.iter().map(|one| &*one.id).collect(),
        };
        if !known.iter().any(|other| is_it(other)) {
            let near = meant(id, known.into_iter());
            mistakes.push(origin.remark(kind, id, &Flaw::NothingToRemove(near)));
            return;
        }
        match *kind {
            "node" => self.bypass(id),
            "remedy" => self.remedies.retain(|one| !is_it(&one.id)),
            _ => self.steps.retain(|one| !is_it(&one.id)),
        }
    }

    /// Takes a node out of the way: what led to it leads on to where it led itself.
    fn bypass(&mut self, id: &str) {
        let then = self.node(id).and_then(|node| node.then.clone()).unwrap_or_else(|| END.to_owned());
        self.nodes.retain(|node| *node.id != *id);
        for node in &mut self.nodes {
            let ways = node.branches.iter_mut().map(|branch| &mut branch.to).chain([&mut node.then]);
            for way in ways.filter(|way| way.as_deref() == Some(id)) {
                *way = Some(then.clone());
            }
        }
        self.steps.retain(|step| step.node.as_deref() != Some(id));
        for advice in self.remedies.iter_mut().flat_map(|remedy| &mut remedy.todo) {
            advice.until.take_if(|until| until == id);
        }
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests;
