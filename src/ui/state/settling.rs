//! In which order things stand, and that the cursors stay on them.

use std::sync::Arc;
use std::time::Duration;

use super::State;
use crate::engine::{Mode, Specimen};
use crate::ui::order::{Settle, Sort};
use crate::ui::picture::Picture;
use crate::ui::screens::Screen;
use crate::ui::view;

/// How often a resting board is sorted to the letter; between, only what is worth a jump moves.
const SORT: Duration = Duration::from_secs(10);

impl State {
    /// Puts the board into the order that the eye is used to, and keeps every cursor on a line.
    pub(in crate::ui) fn arrange(&mut self, picture: &mut Picture) {
        // While history is read, counts are not worth getting used to.
        let reading = picture.head.mode == Mode::Reading;
        let due = self.idle() && (reading || self.now.saturating_sub(self.sorted) >= SORT);
        let is_asked = std::mem::take(&mut self.exact) || reading && self.idle();
        let how = if is_asked || due {
            self.sorted = self.now;
            Settle::Exactly
        } else if self.idle() {
            Settle::Gently
        } else {
            Settle::Hold
        };
        self.is_sorted = how == Settle::Exactly;
        // Columns swap under a resting eye only where that is worth a jump.
        let columns = if due && !is_asked { Settle::Gently } else { how };
        self.order.arrange(&mut picture.board, (&self.sort, self.reversed), (how, columns));
        let inside = |cursor: &mut usize, len: usize| *cursor = (*cursor).min(len.saturating_sub(1));
        if self.base() == Screen::Drill {
            inside(&mut self.drill.string, picture.sample.strings.len());
            inside(&mut self.drill.node, picture.diagnosis.tree.len());
            inside(&mut self.drill.step, picture.diagnosis.checklist.len());
            self.drill.read = self.drill.read.min(view::drill_beyond(self, picture));
        }
        if self.under() == Screen::Probes {
            inside(&mut self.probe, picture.probes.len());
        }
        inside(&mut self.dossier.value, picture.contrast.differences.len());
        if self.covered() == Screen::Sources {
            inside(&mut self.tables.file, picture.head.sources.len());
            inside(&mut self.tables.host, picture.tables.hosts.len());
            inside(&mut self.tables.ours, picture.tables.ours.len());
        }
    }

    /// Puts the strings into the order of time where that is wanted, and back once where it was. A sample
    /// that is drawn comes by what the strings say, and stays as it was drawn.
    pub(in crate::ui) fn order_sample(&mut self, picture: &mut Picture) {
        let was_by_time = std::mem::replace(&mut self.was_by_time, self.by_time);
        if self.by_time {
            picture.sample.strings.sort_by_key(|string| std::cmp::Reverse(string.at));
        } else if was_by_time {
            let place = |string: &Arc<Specimen>| {
                let id = string.verdict.signature_id;
                let at = picture.signatures.iter().position(|one| one.verdict.signature_id == id);
                (at.unwrap_or(usize::MAX), id)
            };
            picture.sample.strings.sort_by_cached_key(|string| (place(string), std::cmp::Reverse(string.at)));
        }
    }

    /// Keeps the cursors of the drill on what they stood on, wherever it stands in `after`.
    pub(in crate::ui) fn follow(&mut self, before: &Picture, after: &Picture) {
        let command = before.probes.get(self.probe).map(|probe| &probe.command);
        let probe = after.probes.iter().position(|probe| Some(&probe.command) == command);
        self.probe = probe.unwrap_or(self.probe);
        let drill = &mut self.drill;
        let string = before.sample.strings.get(drill.string).and_then(|held| {
            let same = |other: &Arc<Specimen>| {
                held.at == other.at && held.queue_id == other.queue_id && held.recipient == other.recipient
            };
            after.sample.strings.iter().position(same)
        });
        let node = before.diagnosis.tree.get(drill.node);
        let node = node.and_then(|held| after.diagnosis.tree.iter().position(|line| line.id == held.id));
        let step = before.diagnosis.checklist.get(drill.step);
        let step = step.and_then(|held| after.diagnosis.checklist.iter().position(|step| step.id == held.id));
        drill.string = string.unwrap_or(drill.string);
        drill.node = node.unwrap_or(drill.node);
        drill.step = step.unwrap_or(drill.step);
    }

    /// Sorts by `sort`; by the same once more, the other way round.
    pub(in crate::ui) fn sort_by(&mut self, sort: Sort) {
        self.reversed = self.sort == sort && !self.reversed;
        self.sort = sort;
        self.exact = true;
        self.say(&format!("sorted by {}", self.sorted_by()));
    }

    /// By what, in words.
    pub(in crate::ui) fn sorted_by(&self) -> String {
        let words = self.sort.words();
        match (&self.sort, self.reversed) {
            (_, false) => words.to_owned(),
            (Sort::Name, true) => format!("{words}, backwards"),
            (_, true) => format!("{words}, least first"),
        }
    }

    /// Whether it is time to sort to the letter what nothing else would draw again.
    pub(in crate::ui) fn settles(&self) -> bool {
        !self.is_sorted && self.idle() && self.now.saturating_sub(self.sorted) >= SORT
    }

    /// Whether the board waits to be sorted to the letter.
    pub(in crate::ui) const fn sorts(&self) -> bool {
        self.exact
    }

    /// Lets the next picture be sorted to the letter.
    pub(in crate::ui) const fn sort_exactly(&mut self) {
        self.exact = true;
    }
}
