//! What would change the verdict: each open question is answered in each way that it can be, and the
//! tree is walked again.

use super::facts::Facts;
use super::light::Walk;
use super::names::Kind;
use super::sentence::capitalised;
use super::tree::{Branch, Node, Trees};
use super::{Answer, Answers};

/// How many are told.
const TOLD: usize = 8;

/// What one answer would make of the verdict.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Change {
    /// What it would be then, or what is to be done then where the verdict only grows: "If a blocklist
    /// names 192.0.2.7: Find why 192.0.2.7 is listed and stop it".
    pub(super) says: String,
    /// Whether it takes the verdict's place, instead of adding to it.
    pub(super) replaces: bool,
}

impl Trees {
    /// What each answer to each open question on the way would make of the verdict, where it would
    /// make another of it. `before` is what was known before the walk.
    pub(super) fn changes(&self, before: &Facts, answers: &Answers, walk: &Walk<'_>) -> Vec<Change> {
        let mut changes: Vec<Change> = Vec::new();
        for node in &walk.open {
            // That it is called none is no evidence.
            let counts = |(_, branch): &(Answer, &Branch)| branch.mode.as_deref() != Some("churn");
            for (answer, branch) in node.alternatives().into_iter().filter(counts) {
                let mut answers = answers.clone();
                answers.insert(std::sync::Arc::clone(&node.id), answer);
                let other = self.walk(&mut before.clone(), &answers);
                if other.verdict == walk.verdict || other.verdict.is_empty() {
                    continue;
                }
                let if_so = match &branch.means {
                    Some(means) => format!("If {}", means.fill(before)),
                    None => format!("{} {}", node.question, plain(answer)),
                };
                let added = added(&walk.verdict, &other.verdict);
                let replaces = added.is_none();
                // What is to be done then says more than what is added to the verdict.
                let new = other.todo.iter().find(|todo| !walk.todo.contains(todo)).cloned();
                let then = match added {
                    Some(added) => new.unwrap_or(added),
                    None => capitalised(other.verdict),
                };
                let change = Change { says: format!("{if_so}: {then}"), replaces };
                if changes.len() < TOLD && !changes.contains(&change) {
                    changes.push(change);
                }
            }
        }
        changes
    }
}

/// What `new` says beyond `old`, where it says all of that, too: verdicts are parts with `; ` between.
fn added(old: &str, new: &str) -> Option<String> {
    let new: Vec<&str> = new.split("; ").collect();
    let mut more = new.clone();
    for part in old.split("; ") {
        more.remove(more.iter().position(|other| *other == part)?);
    }
    Some(more.join("; "))
}

fn plain(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::Unknown | Answer::Figure(_) => "that figure",
    }
}

impl Node {
    /// An answer for each branch that the operator can choose: yes and no, or where a figure is asked
    /// for, one between each two of the limits that the branches set.
    fn alternatives<'t>(&'t self) -> Vec<(Answer, &'t Branch)> {
        let said = |branch: &'t Branch| branch.operator.map(|said| (said, branch));
        let said = self.branches.iter().filter_map(said).collect();
        let Some(name) = self.figure else { return said };
        let mut all: Vec<(Answer, &'t Branch)> = Vec::new();
        let limits = |branch: &Branch| branch.when.as_ref().map(|when| when.limits(name.id));
        let mut limits: Vec<f64> = self.branches.iter().filter_map(limits).flatten().collect();
        limits.sort_by(f64::total_cmp);
        let most = if matches!(name.kind, Kind::Share | Kind::Fine) { 1.0 } else { f64::MAX };
        let below = limits.first().map(|first| first / 2.0);
        let at = limits.iter().copied().filter(|limit| *limit <= most);
        for figure in below.into_iter().chain(at) {
            let mut alone = Facts::default();
            alone.set_number(name.id, figure);
            let holds =
                |branch: &&Branch| branch.when.as_ref().and_then(|when| when.holds(&alone)) == Some(true);
            if let Some(branch) = self.branches.iter().find(holds)
                && all.iter().all(|(_, other)| !std::ptr::eq(*other, branch))
            {
                all.push((Answer::Figure(figure), branch));
            }
        }
        if all.is_empty() { said } else { all }
    }
}
