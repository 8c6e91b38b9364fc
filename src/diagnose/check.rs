//! What must be true of the trees as a whole before anybody is advised by them. All that is wrong is
//! told, not only the first.

use std::collections::BTreeSet;

use super::expression::Condition;
use super::facts::Facts;
use super::flaw::Flaw;
use super::sentence::Sentence;
use super::tree::{END, Node, ROOT, RemedyEntry, Trees};
use crate::model::{Action, Category};
use crate::text::remark::{Remark, meant};

impl Trees {
    /// Unreachable nodes, dead ends, cycles, ways to nowhere. `broken` are ids of nodes that could not
    /// be read: ways to them are not remarked on, nor what only they would lead to. A node of ours to
    /// which the operator's trees leave no way is their will.
    pub(super) fn check_ways(&self, broken: &[String], overlaid: bool, mistakes: &mut Vec<Remark>) {
        self.check_ids(mistakes);
        self.check_targets(broken, mistakes);
        self.check_cycles(broken, overlaid, mistakes);
    }

    /// Categories without a remedy, remedies that are never chosen, and advice to suppress where the
    /// address is not at fault.
    pub(super) fn check_advice(&self, mistakes: &mut Vec<Remark>) {
        self.check_coverage(mistakes);
        self.check_shadows(mistakes);
        self.check_suppression(mistakes);
    }

    fn check_ids(&self, mistakes: &mut Vec<Remark>) {
        let mut seen = BTreeSet::new();
        for node in &self.nodes {
            if !seen.insert(&node.id) {
                mistakes.push(node.wrong(&Flaw::Twice));
            }
        }
        for remedy in &self.remedies {
            if !seen.insert(&remedy.id) {
                mistakes.push(remedy.wrong(&Flaw::Twice));
            }
        }
    }

    fn check_targets(&self, broken: &[String], mistakes: &mut Vec<Remark>) {
        let lost = |to: &&str| self.node(to).is_none() && !broken.iter().any(|id| id == to);
        let nowhere = |to: &str| {
            let near = meant(to, self.nodes.iter().map(|node| &*node.id));
            Flaw::Nowhere(to.to_owned(), near)
        };
        for node in &self.nodes {
            for to in node.ways().filter(|to| *to != END).filter(lost).collect::<BTreeSet<_>>() {
                mistakes.push(node.wrong(&nowhere(to)));
            }
            // Without a `then`, an open question leads nowhere, so only answers may stand there.
            let open = node.probe.is_some() || node.ask.is_some() || node.branches.is_empty();
            if node.then.is_none() && (open || node.branches.iter().any(|branch| branch.to.is_none())) {
                mistakes.push(node.wrong(&Flaw::DeadEnd));
            }
        }
        for remedy in &self.remedies {
            for to in remedy.todo.iter().filter_map(|advice| advice.until.as_deref()).filter(lost) {
                mistakes.push(remedy.wrong(&nowhere(to)));
            }
        }
        for step in &self.steps {
            if let Some(to) = step.node.as_deref().filter(lost) {
                mistakes.push(step.wrong(&nowhere(to)));
            }
        }
    }

    fn check_cycles(&self, broken: &[String], overlaid: bool, mistakes: &mut Vec<Remark>) {
        let Some(root) = self.node(ROOT) else {
            if !broken.iter().any(|id| id == ROOT) {
                mistakes
                    .push(Remark::on_file("trees", format!("node `{ROOT}`, where all begins, is missing")));
            }
            return;
        };
        let mut left = BTreeSet::new();
        self.visit(root, &mut Vec::new(), &mut left, mistakes);
        // What a broken node leads to is not known.
        if broken.is_empty() {
            let is_wrong = |node: &&Node| !left.contains(&*node.id) && (node.origin.own || !overlaid);
            let unreached = self.nodes.iter().filter(is_wrong);
            mistakes.extend(unreached.map(|node| node.wrong(&Flaw::Unreachable)));
        }
    }

    /// Depth first; `left` are the nodes whose every way is known.
    fn visit<'t>(
        &'t self,
        node: &'t Node,
        path: &mut Vec<&'t str>,
        left: &mut BTreeSet<&'t str>,
        mistakes: &mut Vec<Remark>,
    ) {
        if path.contains(&&*node.id) {
            let way = format!("{} → {}", path.join(" → "), node.id);
            mistakes.push(node.wrong(&Flaw::Cycle(way)));
            return;
        }
        if left.contains(&*node.id) {
            return;
        }
        path.push(&node.id);
        for next in node.ways().filter_map(|to| self.node(to)) {
            self.visit(next, path, left, mistakes);
        }
        path.pop();
        left.insert(&node.id);
    }

    fn check_coverage(&self, mistakes: &mut Vec<Remark>) {
        for category in Category::ALL {
            let mut wrong = |what| {
                let what = format!("no {what} for category `{}`", category.id());
                mistakes.push(Remark::on_file("trees", what));
            };
            if !self.labels.contains_key(category) {
                wrong("label");
            }
            if self.remedy_for(&Facts::of_category(*category, &self.labels)).is_none() {
                wrong("remedy");
            }
        }
    }

    /// The special before the general: what comes after a remedy for the whole category is lost. The
    /// operator's may well replace what comes after it of ours.
    fn check_shadows(&self, mistakes: &mut Vec<Remark>) {
        for (lost, before) in self.shadows(|lost, before| lost.origin.own || !before.origin.own) {
            mistakes.push(lost.wrong(&Flaw::Shadowed(before.id.to_string())));
        }
    }

    /// The remedies that are never chosen, and a remedy before each that always holds first; of the
    /// pairs of a remedy and one before it only those that `counts`.
    pub(super) fn shadows(
        &self,
        counts: impl Fn(&RemedyEntry, &RemedyEntry) -> bool,
    ) -> Vec<(&RemedyEntry, &RemedyEntry)> {
        let of = |category: &Category| Facts::of_category(*category, &self.labels);
        let facts: Vec<Facts> = Category::ALL.iter().map(of).collect();
        let mut shadows = Vec::new();
        let mut before: Vec<(&RemedyEntry, Vec<Option<bool>>)> = Vec::new();
        for remedy in &self.remedies {
            let holds: Vec<Option<bool>> = facts.iter().map(|facts| remedy.when.holds(facts)).collect();
            let cases = || (0..holds.len()).filter(|case| holds[*case] != Some(false));
            let taker = |case: usize| {
                let takes = |(other, theirs): &&(&RemedyEntry, Vec<Option<bool>>)| {
                    theirs[case] == Some(true) && counts(remedy, other)
                };
                before.iter().find(takes).map(|(other, _)| *other)
            };
            if let Some(first) = cases().next().and_then(taker)
                && cases().all(|case| taker(case).is_some())
            {
                shadows.push((remedy, first));
            }
            before.push((remedy, holds));
        }
        shadows
    }

    /// The operator's conditions that ask for a provider that is none of `known`.
    pub(super) fn unknown_providers(&self, known: &[&str]) -> Vec<Remark> {
        let asked = |when: &Condition| -> Vec<String> {
            let words = ["provider", "top"].into_iter().flat_map(|name| when.words(name));
            words.filter(|id| !known.contains(id)).map(str::to_owned).collect()
        };
        let flaw = |id: String| {
            let near = meant(&id, known.iter().copied());
            Flaw::Provider(id, near)
        };
        let mut told = Vec::new();
        for node in self.nodes.iter().filter(|node| node.origin.own) {
            let aside = node.aside.iter().map(|(when, _)| when);
            let all = node.branches.iter().filter_map(|branch| branch.when.as_ref()).chain(aside);
            told.extend(all.flat_map(asked).map(|id| node.wrong(&flaw(id))));
        }
        for remedy in self.remedies.iter().filter(|remedy| remedy.origin.own) {
            told.extend(asked(&remedy.when).into_iter().map(|id| remedy.wrong(&flaw(id))));
        }
        for step in self.steps.iter().filter(|step| step.origin.own) {
            told.extend(asked(&step.when).into_iter().map(|id| step.wrong(&flaw(id))));
        }
        told
    }

    /// Nobody is told to suppress unless the category and the action prove the address at fault, and
    /// whatever holds for a fault on our side must warn of it.
    fn check_suppression(&self, mistakes: &mut Vec<Remark>) {
        let asks_any = |node: &&Node| node.branches.iter().any(|branch| suppresses(&branch.todo));
        let always = || Flaw::Suppresses("every category".to_owned());
        mistakes.extend(self.nodes.iter().filter(asks_any).map(|node| node.wrong(&always())));
        let cases: Vec<(Category, Action, Facts)> = Category::ALL
            .iter()
            .flat_map(|category| Action::ALL.iter().map(|action| (*category, *action)))
            .map(|(category, action)| {
                let mut facts = Facts::of_category(category, &self.labels);
                facts.set_word("action", action.id());
                (category, action, facts)
            })
            .collect();
        let innocent = |(category, action, _): &&(Category, Action, Facts)| {
            *category != Category::MailboxFull
                && !(is_address_fault(*category) && *action == Action::Suppress)
        };
        let case = |(category, action, _): &(Category, Action, Facts)| {
            Flaw::Suppresses(format!("{} with action {}", category.id(), action.id()))
        };
        for remedy in &self.remedies {
            let could = |(_, _, facts): &&(Category, Action, Facts)| remedy.when.holds(facts) != Some(false);
            let todo = remedy.todo.iter().any(|advice| advice.say.mentions("suppress"));
            if (todo || suppresses(&remedy.pause))
                && let Some(wrong) = cases.iter().filter(innocent).find(could)
            {
                mistakes.push(remedy.wrong(&case(wrong)));
            }
            let ours = cases.iter().filter(|(category, ..)| is_senders_fault(*category)).find(could);
            if let Some((category, ..)) = ours
                && !suppresses(&remedy.dont)
            {
                mistakes.push(remedy.wrong(&Flaw::NoWarning(category.id())));
            }
        }
        for step in &self.steps {
            let could = |(_, _, facts): &&(Category, Action, Facts)| step.when.holds(facts) != Some(false);
            if (step.title.mentions("suppress") || step.detail.mentions("suppress"))
                && let Some(wrong) = cases.iter().filter(innocent).find(could)
            {
                mistakes.push(step.wrong(&case(wrong)));
            }
        }
    }
}

fn suppresses(sentences: &[Sentence]) -> bool {
    sentences.iter().any(|sentence| sentence.mentions("suppress"))
}

/// The categories whose fault can be the address's own.
pub(super) fn is_address_fault(category: Category) -> bool {
    use Category as C;
    matches!(category, C::UserUnknown | C::BadDomain | C::MailboxDisabled | C::MailboxFull)
}

/// The categories whose fault is on our side, or not known to be anywhere else.
pub(super) fn is_senders_fault(category: Category) -> bool {
    use Category as C;
    !is_address_fault(category)
        && !matches!(category, C::RateLimit | C::Greylist | C::Network | C::ServerError)
}

#[cfg(test)]
mod tests;
