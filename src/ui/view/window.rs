//! The part of a list that is in sight.

use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use crate::ui::theme::Role;

/// Rows of a list of which as many are in sight as there is room for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Window {
    first: usize,
    height: usize,
    len: usize,
}

impl Window {
    /// With the row `at` in sight: in the middle where there is more on both sides.
    pub(super) fn around(at: usize, len: usize, height: usize) -> Self {
        Self::from(at.saturating_sub(height / 2), len, height)
    }

    /// From the row `first` on, or from as far down as leaves no gap at the end.
    pub(super) fn from(first: usize, len: usize, height: usize) -> Self {
        Self { first: first.min(len.saturating_sub(height)), height, len }
    }

    /// The first row in sight.
    pub(super) const fn first(self) -> usize {
        self.first
    }

    /// The rows in sight.
    pub(super) fn rows(self) -> Range<usize> {
        self.first..(self.first + self.height).min(self.len)
    }

    /// What is in sight of `list`, each with its line, from `top` on, and its place in the list.
    pub(super) fn of<T>(self, top: u16, list: &[T]) -> impl Iterator<Item = (u16, usize, &T)> {
        let rows = self.rows();
        let shown = list.get(rows.clone()).unwrap_or_default();
        (top..).zip(rows).zip(shown).map(|((line, at), one)| (line, at, one))
    }

    /// Rows below what is in sight.
    pub(super) fn below(self) -> usize {
        self.len.saturating_sub(self.rows().end)
    }

    /// Says at the end of `area` how many rows are below.
    pub(super) fn note(self, canvas: &mut Canvas<'_>, area: Rect) {
        if self.below() > 0 {
            canvas.note(area, &format!("↓ {} more", self.below()));
        }
    }

    /// `area` without the cells of that, for its last row, `line`.
    pub(super) fn beside_note(self, area: Rect, line: u16) -> Rect {
        let is_last = self.below() > 0 && usize::from(line) + 1 == usize::from(area.height);
        let cells = if is_last { format!("↓ {} more ", self.below()).chars().count() + 2 } else { 0 };
        Rect { width: area.width.saturating_sub(u16::try_from(cells).unwrap_or(0)), ..area }
    }

    /// `11–20 of 25`; nothing where all is in sight.
    pub(super) fn sight(self) -> Option<String> {
        let rows = self.rows();
        (self.len > self.height).then(|| format!("{}–{} of {}", rows.start + 1, rows.end, self.len))
    }

    /// The same for the end of a heading.
    pub(super) fn heading(self, canvas: &Canvas<'_>) -> Vec<Span<'static>> {
        self.sight().map(|text| canvas.span(Role::Dim, text)).into_iter().collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Window;

    #[test]
    fn the_selected_row_is_always_in_sight() {
        for (len, height) in [(0, 5), (3, 5), (25, 7), (25, 1)] {
            for at in 0..len {
                let window = Window::around(at, len, height);
                assert!(window.rows().contains(&at), "{at} of {len} in {height}");
                assert_eq!(window.rows().len() + window.first() + window.below(), len);
            }
        }
        assert_eq!(Window::around(24, 25, 7).first(), 18, "the end leaves no gap");
    }

    #[test]
    fn what_is_not_in_sight_is_told() {
        let window = Window::from(10, 25, 10);
        assert_eq!((window.sight().as_deref(), window.below()), (Some("11–20 of 25"), 5));
        assert_eq!((Window::from(3, 4, 4).sight(), Window::from(9, 4, 0).below()), (None, 0));
        let list: Vec<usize> = (0..25).collect();
        assert_eq!(window.of(0, &list).last(), Some((9, 19, &19)));
        assert_eq!(window.of(1, &list[..5]).count(), 0);
    }
}
