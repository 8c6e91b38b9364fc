//! Provider × outcome × code, as counted.

use hashbrown::HashMap;

use super::{Cell, Snapshot};
use crate::aggregate::Leaf;
use crate::engine::filter::Filter;
use crate::model::Window;

impl Snapshot {
    /// Provider × outcome × code over a window, or over everything read, most attempts first.
    #[must_use]
    pub fn cells(&self, over: Option<Window>) -> Vec<Cell> {
        self.cells_of(self.counts_over(over))
    }

    /// The same of what a filter lets through: of attempts that were handed over, and of replies. Estimated
    /// where the board's counts are.
    #[must_use]
    pub fn cells_let_through(&self, over: Option<Window>, filter: &Filter) -> Vec<Cell> {
        if filter.is_empty() {
            return self.cells(over);
        }
        let counted = self.counted(over.into(), filter);
        let leaves = self.picture.leaves.iter().zip(counted.attempts.iter().zip(&counted.replies));
        // A reply that is let through is one that was tried.
        let count = |leaf: &Leaf, tried: u64, replied: u64| {
            if leaf.key.category.is_some() { replied } else { tried }
        };
        self.cells_of(leaves.map(|(leaf, (tried, replied))| count(leaf, *tried, *replied)).collect())
    }

    fn cells_of(&self, counts: Vec<u64>) -> Vec<Cell> {
        let name = |party| self.picture.names.of(party).map(|(id, _)| id);
        let mut cells: Vec<Cell> = Vec::new();
        let mut index = HashMap::new();
        for (leaf, count) in self.picture.leaves.iter().zip(counts).filter(|(_, count)| *count > 0) {
            let key = &leaf.key;
            let code = leaf.verdict.as_ref().and_then(|verdict| verdict.provider_code.clone());
            let place =
                (key.receiver, key.brand, key.outcome, key.code, key.enhanced, key.category, code.clone());
            let at = *index.entry(place).or_insert_with(|| {
                cells.push(Cell {
                    provider: name(key.provider()),
                    receiver: name(key.receiver),
                    brand: name(key.brand),
                    outcome: key.outcome,
                    code: key.code(),
                    enhanced: key.enhanced,
                    provider_code: code,
                    category: key.category,
                    count: 0,
                });
                cells.len() - 1
            });
            cells[at].count += count;
        }
        cells.sort_by(|a, b| {
            let order = |cell: &Cell| {
                (
                    cell.provider.clone(),
                    cell.outcome,
                    cell.code,
                    cell.enhanced,
                    cell.provider_code.clone(),
                    cell.category,
                )
            };
            b.count.cmp(&a.count).then_with(|| order(a).cmp(&order(b)))
        });
        cells
    }
}
