//! An order that does not move under a moving hand: rows and columns settle when it rests, and
//! swap only where the difference is worth a jump.

use crate::engine::{Board, Column, Row};
use crate::text::Clean;

/// What the board is sorted by.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) enum Sort {
    #[default]
    Rejected,
    Rate,
    Base,
    Attempts,
    Deferred,
    Name,
    /// The column of a code, by its label.
    Code(Clean),
}

impl Sort {
    /// Those that every board has.
    pub(super) const FIXED: [Self; 6] =
        [Self::Rejected, Self::Rate, Self::Base, Self::Attempts, Self::Deferred, Self::Name];

    /// The next one, round and round.
    pub(super) fn next(&self) -> Self {
        let at = Self::FIXED.iter().position(|sort| sort == self);
        Self::FIXED[at.map_or(0, |at| (at + 1) % Self::FIXED.len())].clone()
    }

    /// As it is typed.
    pub(super) fn id(&self) -> &str {
        match self {
            Self::Rejected => "rejected",
            Self::Rate => "rate",
            Self::Base => "base",
            Self::Attempts => "attempts",
            Self::Deferred => "deferred",
            Self::Name => "name",
            Self::Code(label) => label,
        }
    }

    /// As a sentence says it.
    pub(super) fn words(&self) -> &str {
        match self {
            Self::Rejected => "rejections",
            Self::Rate => "rate",
            Self::Base => "change against the baseline",
            Self::Attempts => "attempts",
            Self::Deferred => "deferrals",
            Self::Name => "name",
            Self::Code(label) => label,
        }
    }

    /// Whether rows stand by a rate, where those of few attempts stand last, either way round.
    pub(super) const fn is_by_rate(&self) -> bool {
        matches!(self, Self::Rate | Self::Base)
    }

    /// Whether a row stands behind all that are not behind.
    const fn is_behind(&self, row: &Row) -> bool {
        self.is_by_rate() && is_of_few(row)
    }

    #[expect(clippy::cast_precision_loss, reason = "an order of counts, not a count")]
    fn value(&self, row: &Row, code: Option<usize>) -> f64 {
        match self {
            Self::Rejected => row.rejected as f64,
            Self::Rate => row.rate,
            Self::Base => row.rate / row.baseline.unwrap_or(1.0).max(1e-4),
            Self::Attempts => row.attempts as f64,
            Self::Deferred => row.deferred as f64,
            Self::Name => 0.0,
            Self::Code(_) => code.and_then(|at| row.cells.get(at)).copied().unwrap_or(0) as f64,
        }
    }
}

/// Of fewer attempts a rate says little: one of one is all.
const FEW: u64 = 20;

/// Whether a rate is of few attempts: it stands behind all others.
pub(super) const fn is_of_few(row: &Row) -> bool {
    row.attempts < FEW
}

/// How the order may change now.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Settle {
    /// Not at all: keys are being pressed.
    Hold,
    /// Where it is worth a jump.
    Gently,
    /// To the letter: the operator asked, or the question changed.
    Exactly,
}

/// The order of rows and columns as it was last drawn.
#[derive(Clone, Debug, Default)]
pub(super) struct Order {
    rows: Vec<Clean>,
    columns: Vec<Column>,
}

/// So many columns are kept in their places at most, with counts or without.
const COLUMNS: usize = 40;

impl Order {
    /// Puts `board` into this order, after letting it settle as `how` allows.
    /// Columns, between which the eye finds its way by their places, move as `columns` allows.
    pub(super) fn arrange(
        &mut self,
        board: &mut Board,
        (sort, reversed): (&Sort, bool),
        (how, columns): (Settle, Settle),
    ) {
        self.stand(board, columns);
        let code = board
            .columns
            .iter()
            .position(|column| matches!(sort, Sort::Code(label) if *label == column.label));
        self.arrange_rows(&mut board.rows, (sort, reversed, code), how);
        self.arrange_columns(board, columns);
    }

    fn arrange_rows(
        &mut self,
        rows: &mut [Row],
        (sort, reversed, code): (&Sort, bool, Option<usize>),
        how: Settle,
    ) {
        let value = |row: &Row| sort.value(row, code);
        let settled = |one: &Row, other: &Row| match sort {
            Sort::Name => one.name.cmp(&other.name),
            _ => value(other).total_cmp(&value(one)).then(other.attempts.cmp(&one.attempts)),
        };
        if how == Settle::Exactly || self.rows.is_empty() {
            rows.sort_by(|one, other| {
                let order = if reversed { settled(other, one) } else { settled(one, other) };
                sort.is_behind(one).cmp(&sort.is_behind(other)).then(order)
            });
        } else {
            let place = |row: &Row| self.rows.iter().position(|id| *id == row.id).unwrap_or(usize::MAX);
            rows.sort_by_cached_key(place);
            if how == Settle::Gently {
                let over = |below: &Row, above: &Row| match sort {
                    Sort::Name => below.name < above.name,
                    Sort::Rejected | Sort::Attempts | Sort::Deferred | Sort::Code(_) => {
                        let (one, other) = (value(below), value(above));
                        let busier = below.attempts > above.attempts.saturating_mul(3) / 2 + 20;
                        one > other * 1.2 + 3.0 || (one >= other && busier)
                    }
                    Sort::Rate | Sort::Base => value(below) > value(above) * 1.2,
                };
                climb(rows, |below, above| match (sort.is_behind(below), sort.is_behind(above)) {
                    (false, true) => true,
                    (true, false) => false,
                    _ if reversed => over(above, below),
                    _ => over(below, above),
                });
            }
        }
        self.rows = rows.iter().map(|row| row.id.clone()).collect();
    }

    /// A column that was shown stays, with nothing in it, until the order is made anew.
    fn stand(&self, board: &mut Board, how: Settle) {
        if how == Settle::Exactly || board.rows.is_empty() {
            return;
        }
        for column in &self.columns {
            let is_there = board.columns.iter().any(|other| other.label == column.label);
            if !is_there && board.columns.len() < COLUMNS {
                board.columns.push(column.clone());
            }
        }
        let len = board.columns.len();
        board.rows.iter_mut().chain([&mut board.total]).for_each(|row| row.cells.resize(len, 0));
    }

    fn arrange_columns(&mut self, board: &mut Board, how: Settle) {
        let mut places: Vec<usize> = (0..board.columns.len()).collect();
        if how != Settle::Exactly && !self.columns.is_empty() {
            let place = |at: &usize| {
                let label = &board.columns[*at].label;
                self.columns.iter().position(|known| known.label == *label).unwrap_or(usize::MAX)
            };
            places.sort_by_key(place);
            if how == Settle::Gently {
                // 5xx stand before 4xx whatever their counts: rejections are what is looked for.
                let count = |at: usize| board.total.cells.get(at).copied().unwrap_or(0);
                climb(&mut places, |below, above| {
                    let (one, other) = (&board.columns[*below], &board.columns[*above]);
                    other.class < one.class
                        || (other.class == one.class && count(*below) > count(*above) * 3 / 2 + 10)
                });
            }
        }
        let columns: Vec<Column> = places.iter().map(|at| board.columns[*at].clone()).collect();
        for row in board.rows.iter_mut().chain(std::iter::once(&mut board.total)) {
            row.cells = places.iter().map(|at| row.cells.get(*at).copied().unwrap_or(0)).collect();
        }
        self.columns.clone_from(&columns);
        board.columns = columns;
    }
}

/// Lets each item climb over the one above it while `over` says that it clearly belongs there.
/// Every swap mends a pair that is the wrong way round, so it ends.
fn climb<T>(items: &mut [T], over: impl Fn(&T, &T) -> bool) {
    for start in 1..items.len() {
        let mut at = start;
        while at > 0 && over(&items[at], &items[at - 1]) {
            items.swap(at, at - 1);
            at -= 1;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Order, Settle, Sort};
    use crate::engine::{Board, Column, Estimated, Measured, Row};
    use crate::model::Window;

    fn row(id: &str, rejected: u64, cells: &[u64]) -> Row {
        Row {
            id: id.into(),
            name: id.into(),
            attempts: 1000,
            rejected,
            deferred: 0,
            rate: 0.0,
            baseline: None,
            incident: None,
            cells: cells.to_vec(),
        }
    }

    fn board(rows: &[(&str, u64)], columns: &[(&str, u8, u64)]) -> Board {
        let cells: Vec<u64> = columns.iter().map(|(_, _, count)| *count).collect();
        Board {
            window: Some(Window::M5),
            covered: 0,
            columns: columns
                .iter()
                .map(|(label, class, _)| Column { label: (*label).into(), class: *class })
                .collect(),
            rows: rows.iter().map(|(id, rejected)| row(id, *rejected, &cells)).collect(),
            total: row("all", 0, &cells),
            about: Estimated::default(),
            passed: Measured::default(),
        }
    }

    fn rows(board: &Board) -> Vec<&str> {
        board.rows.iter().map(|row| row.id.as_str()).collect()
    }

    #[test]
    fn the_order_holds_while_keys_are_pressed_and_settles_after() {
        let mut order = Order::default();
        order.arrange(
            &mut board(&[("a", 9), ("b", 5)], &[]),
            (&Sort::Rejected, false),
            (Settle::Gently, Settle::Gently),
        );
        let mut later = board(&[("b", 900), ("a", 9), ("new", 1000)], &[]);
        order.arrange(&mut later, (&Sort::Rejected, false), (Settle::Hold, Settle::Hold));
        assert_eq!(rows(&later), ["a", "b", "new"]);
        order.arrange(&mut later, (&Sort::Rejected, false), (Settle::Gently, Settle::Gently));
        assert_eq!(rows(&later), ["b", "new", "a"], "900 and 1,000 are no jump apart");
    }

    #[test]
    fn neighbours_do_not_swap_for_a_trifle() {
        let mut order = Order::default();
        order.arrange(
            &mut board(&[("a", 20), ("b", 19)], &[]),
            (&Sort::Rejected, false),
            (Settle::Gently, Settle::Gently),
        );
        let mut later = board(&[("a", 20), ("b", 21)], &[]);
        order.arrange(&mut later, (&Sort::Rejected, false), (Settle::Gently, Settle::Gently));
        assert_eq!(rows(&later), ["a", "b"]);
        order.arrange(&mut later, (&Sort::Rejected, false), (Settle::Exactly, Settle::Exactly));
        assert_eq!(rows(&later), ["b", "a"]);
    }

    #[test]
    fn every_column_sorts_and_either_way_round() {
        let told = |sort: &Sort, reversed: bool| {
            let mut board = board(&[("a", 20), ("b", 19), ("c", 21)], &[("5.7.1", 5, 0)]);
            for (row, (deferred, code)) in board.rows.iter_mut().zip([(1, 7), (3, 9), (2, 8)]) {
                (row.deferred, row.cells[0]) = (deferred, code);
            }
            Order::default().arrange(&mut board, (sort, reversed), (Settle::Exactly, Settle::Exactly));
            rows(&board).concat()
        };
        assert_eq!((told(&Sort::Deferred, false), told(&Sort::Deferred, true)), ("bca".into(), "acb".into()));
        assert_eq!(told(&Sort::Code("5.7.1".into()), false), "bca");
        assert_eq!((told(&Sort::Name, false), told(&Sort::Name, true)), ("abc".into(), "cba".into()));
        let all = Sort::FIXED.iter().all(|sort| Sort::FIXED.contains(&sort.next()));
        assert!(all && Sort::Code("4xx".into()).next() == Sort::Rejected);
    }

    #[test]
    fn a_rate_of_few_attempts_stands_behind_all_others_either_way_round() {
        for how in [Settle::Exactly, Settle::Gently] {
            for (sort, reversed, told) in
                [(Sort::Rate, false, "badc"), (Sort::Rate, true, "abcd"), (Sort::Rejected, false, "cbad")]
            {
                let mut board = board(&[("c", 9), ("a", 7), ("d", 6), ("b", 8)], &[]);
                let rates = [(1, 0.5), (1_000, 0.1), (19, 1.0), (20, 0.2)];
                for (row, (attempts, rate)) in board.rows.iter_mut().zip(rates) {
                    (row.attempts, row.rate) = (attempts, rate);
                }
                let mut order = Order::default();
                if how == Settle::Gently && sort == Sort::Rate {
                    order.rows = board.rows.iter().map(|row| row.id.clone()).collect();
                }
                order.arrange(&mut board, (&sort, reversed), (how, how));
                assert_eq!(rows(&board).concat(), told, "{sort:?} {reversed} {how:?}");
            }
        }
    }

    #[test]
    fn a_column_that_explodes_climbs_but_stays_with_its_class() {
        let mut order = Order::default();
        let mut first = board(&[("a", 1)], &[("5.1.1", 5, 9), ("4xx", 4, 50)]);
        order.arrange(&mut first, (&Sort::Rejected, false), (Settle::Gently, Settle::Gently));
        let mut later = board(&[("a", 1)], &[("5.1.1", 5, 9), ("4xx", 4, 50), ("5.7.1", 5, 2890)]);
        order.arrange(&mut later, (&Sort::Rejected, false), (Settle::Gently, Settle::Gently));
        let labels: Vec<_> = later.columns.iter().map(|column| column.label.as_str()).collect();
        assert_eq!(labels, ["5.7.1", "5.1.1", "4xx"]);
        assert_eq!(later.rows[0].cells, [2890, 9, 50], "cells move with their columns");
    }

    #[test]
    fn a_column_that_is_shown_stays_in_its_place() {
        let mut order = Order::default();
        let labels =
            |board: &Board| board.columns.iter().map(|one| one.label.to_string()).collect::<Vec<_>>();
        let mut arrange = |columns: &[(&str, u8, u64)], how| {
            let mut board = board(&[("a", 1)], columns);
            order.arrange(&mut board, (&Sort::Rejected, false), how);
            (labels(&board).join(" "), board.rows[0].cells.clone())
        };
        let waits = (Settle::Exactly, Settle::Gently);
        arrange(&[("5.2.1", 5, 9), ("554", 5, 8), ("550", 5, 7)], waits);
        let later = arrange(&[("550", 5, 9), ("5.2.1", 5, 8)], waits);
        assert_eq!(later, ("5.2.1 554 550".to_owned(), vec![8, 0, 9]), "one is empty, and none moves");
        let asked = arrange(&[("550", 5, 9), ("5.2.1", 5, 8)], (Settle::Exactly, Settle::Exactly));
        assert_eq!(asked.0, "550 5.2.1");
    }
}
