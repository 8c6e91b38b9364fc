//! What several runs counted together, each of what the one before had not read.
//!
//! It is kept in one piece with how far the logs were read, so that a line is counted once, however a run
//! ends. Memory is bounded: so many figures, then what is new is counted among others.

use hashbrown::HashMap;
use serde::{Deserialize, Serialize};

use super::snapshot::{Cell, Snapshot, Totals};
use crate::model::Moment;
use crate::text::Clean;

/// Figures of one provider and code.
const FIGURES: usize = 4_096;
/// Whoever or whatever has no figure of its own.
const OTHER: &str = "other";

/// Counts of all runs together.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Ledger {
    /// The oldest attempt counted.
    pub from: Option<Moment>,
    /// The newest attempt counted.
    pub until: Option<Moment>,
    /// Runs.
    pub runs: u64,
    /// Lines read.
    pub lines: u64,
    /// Lines lost: an estimate, as in [`Lines::lost`](super::Lines::lost).
    pub lost: u64,
    /// Attempts and what became of them.
    pub totals: Totals,
    /// Replies that are no deliveries, by provider and code, the most first.
    pub replies: Vec<Figure>,
}

/// How often a provider answered so.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Figure {
    /// The provider's id; `other` for a domain of no provider that is known, `unknown` where the log tells none.
    pub provider: Clean,
    /// The enhanced code, else the provider's own, else the basic one.
    pub code: Clean,
    /// How often.
    pub count: u64,
}

impl Ledger {
    /// Adds what one run counted. `known`: the ids of providers that keep figures of their own.
    pub(super) fn add(&mut self, read: &Snapshot, known: &[Clean]) {
        if let Some((from, until)) = read.span {
            self.from = Some(self.from.map_or(from, |before| before.min(from)));
            self.until = self.until.max(Some(until));
        }
        self.runs += 1;
        self.lines += read.lines.read;
        self.lost += read.lines.lost;
        self.totals = self.totals.plus(&read.totals);
        let mut figures: HashMap<(Clean, Clean), u64> =
            self.replies.drain(..).map(|one| ((one.provider, one.code), one.count)).collect();
        for cell in read.cells(None).iter().filter(|cell| cell.category.is_some()) {
            let place = (provider(cell, known), code(cell));
            let is_full = figures.len() >= FIGURES && !figures.contains_key(&place);
            let place = if is_full { (Clean::from(OTHER), Clean::from(OTHER)) } else { place };
            *figures.entry(place).or_default() += cell.count;
        }
        self.replies =
            figures.into_iter().map(|((provider, code), count)| Figure { provider, code, count }).collect();
        self.replies.sort_by(|one, other| {
            let place = |figure: &Figure| (figure.provider.clone(), figure.code.clone());
            other.count.cmp(&one.count).then_with(|| place(one).cmp(&place(other)))
        });
    }
}

fn provider(cell: &Cell, known: &[Clean]) -> Clean {
    match &cell.provider {
        None => Clean::from("unknown"),
        Some(id) if known.contains(id) => id.clone(),
        Some(_) => Clean::from(OTHER),
    }
}

fn code(cell: &Cell) -> Clean {
    let enhanced = cell.enhanced.map(|enhanced| Clean::from(enhanced.to_string().as_str()));
    let own = || cell.provider_code.clone();
    let basic = || cell.code.map(|code| Clean::from(code.to_string().as_str()));
    enhanced.or_else(own).or_else(basic).unwrap_or_else(|| Clean::from("none"))
}
