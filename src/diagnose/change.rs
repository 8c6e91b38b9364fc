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
    /// "If Spamhaus lists 192.0.2.7: IP reputation incident at Gmail; 192.0.2.7 is listed".
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
            for (answer, branch) in node.alternatives() {
                let mut answers = answers.clone();
                answers.insert(std::sync::Arc::clone(&node.id), answer);
                let other = self.walk(&mut before.clone(), &answers).verdict;
                if other == walk.verdict || other.is_empty() {
                    continue;
                }
                let if_so = match &branch.means {
                    Some(means) => format!("If {}", means.fill(before)),
                    None => format!("{} {}", node.question, plain(answer)),
                };
                let replaces = !other.starts_with(walk.verdict.as_str());
                let change = Change { says: format!("{if_so}: {}", capitalised(other)), replaces };
                if changes.len() < TOLD && !changes.contains(&change) {
                    changes.push(change);
                }
            }
        }
        changes
    }
}

fn plain(answer: Answer) -> &'static str {
    match answer {
        Answer::Yes => "yes",
        Answer::No => "no",
        Answer::Unknown | Answer::Figure(_) => "that figure",
    }
}

impl Node {
    /// An answer for each branch that the operator can choose: yes, no, and a figure between each two
    /// of the limits that the branches set.
    fn alternatives<'t>(&'t self) -> Vec<(Answer, &'t Branch)> {
        let said = |branch: &'t Branch| branch.operator.map(|said| (said, branch));
        let mut all: Vec<(Answer, &'t Branch)> = self.branches.iter().filter_map(said).collect();
        let Some(name) = self.figure else { return all };
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
                && all.iter().all(|(_, other)| !std::ptr::eq(*other, branch) || other.operator.is_some())
            {
                all.push((Answer::Figure(figure), branch));
            }
        }
        all
    }
}
