//! The sheet that the views draw on: clipped, measured in cells, coloured by role.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use crate::text::{fit, width};
use crate::ui::hits::{Hits, List, Target};
use crate::ui::theme::{Role, Theme};

/// A buffer and the theme to draw with. Whatever is drawn outside of it is dropped.
#[derive(Debug)]
pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    theme: &'a Theme,
    hits: Hits,
}

/// The cells that the spans take.
pub(super) fn width_of(spans: &[Span<'_>]) -> usize {
    spans.iter().map(|span| width(&span.content)).sum()
}

impl<'a> Canvas<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, theme: &'a Theme) -> Self {
        let ground = theme.style(Role::Text);
        buffer.set_style(buffer.area, ground);
        Self { buffer, theme, hits: Hits::default() }
    }

    /// Notes what a click on `area` means.
    pub(super) fn hit(&mut self, area: Rect, target: Target) {
        self.hits.note(area.intersection(self.buffer.area), target);
    }

    /// Notes that row `row` of `area` is the one at `at` of `list`.
    pub(super) fn listed(&mut self, area: Rect, row: u16, list: List, at: usize, selected: bool) {
        if row < area.height {
            let line = Rect { y: area.y + row, height: 1, ..area };
            self.hit(line, Target::Row(list, at, selected));
        }
    }

    /// What was drawn so far is covered: no click reaches it.
    pub(super) fn cover(&mut self) {
        self.hits.cover();
    }

    /// What lies where.
    pub(super) fn into_hits(self) -> Hits {
        self.hits
    }

    /// Whether `area` ends where the screen does, and not at a fence.
    pub(super) const fn reaches_edge(&self, area: Rect) -> bool {
        area.right() == self.buffer.area.right()
    }

    /// Text in the style of a role.
    pub(super) fn span<'t>(&self, role: Role, text: impl Into<std::borrow::Cow<'t, str>>) -> Span<'t> {
        self.theme.span(role, text)
    }

    /// Draws `spans` from (`x`, `y`) on, cut to `cells`; returns the cells that were taken.
    pub(super) fn put(&mut self, x: u16, y: u16, cells: u16, spans: &[Span<'_>]) -> u16 {
        let area = self.buffer.area;
        if x < area.x || x >= area.right() || y < area.y || y >= area.bottom() {
            return 0;
        }
        let cells = cells.min(area.right() - x);
        let mut used = 0u16;
        for span in spans {
            let left = cells - used;
            let text = fit(&span.content, usize::from(left));
            // What was here before must not shine through.
            let under = u16::try_from(width(&text)).unwrap_or(left).min(left);
            self.clear(Rect { x: x + used, y, width: under, height: 1 });
            let (end, _) = self.buffer.set_stringn(x + used, y, &text, usize::from(left), span.style);
            used = end - x;
            if text.len() != span.content.len() {
                break;
            }
        }
        used
    }

    /// The same with its end at the right edge of `area`, on its row `row`.
    pub(super) fn put_right(&mut self, area: Rect, row: u16, spans: &[Span<'_>]) {
        let cells = u16::try_from(width_of(spans)).unwrap_or(u16::MAX).min(area.width);
        self.put(area.right() - cells, area.y.saturating_add(row), cells, spans);
    }

    /// Draws row `row` of `area`.
    pub(super) fn row(&mut self, area: Rect, row: u16, spans: &[Span<'_>]) -> u16 {
        if row >= area.height {
            return 0;
        }
        self.put(area.x, area.y + row, area.width, spans)
    }

    /// A note at the end of the last row of `area`, with a free cell before it.
    pub(super) fn note(&mut self, area: Rect, text: &str) {
        if area.height > 0 {
            let cells = width(text) + 2;
            let blank = Rect {
                x: area.right().saturating_sub(u16::try_from(cells).unwrap_or(area.width)).max(area.x),
                y: area.bottom() - 1,
                width: u16::try_from(cells).unwrap_or(area.width).min(area.width),
                height: 1,
            };
            self.clear(blank);
            self.put_right(area, area.height - 1, &[self.span(Role::Dim, format!("{text} "))]);
        }
    }

    /// Lays a role's style over cells that are drawn already.
    pub(super) fn tint(&mut self, area: Rect, role: Role) {
        self.buffer.set_style(area.intersection(self.buffer.area), self.theme.style(role));
    }

    /// Empties `area`.
    pub(super) fn clear(&mut self, area: Rect) {
        let ground = self.theme.style(Role::Text);
        for position in area.intersection(self.buffer.area).positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
                cell.set_style(ground);
            }
        }
    }

    /// A heading on the first row of `area`: a rule with the title in it and `right` at its end.
    /// Returns what is left below.
    pub(super) fn panel(&mut self, area: Rect, title: &[Span<'_>], right: &[Span<'_>], focus: bool) -> Rect {
        if area.height == 0 || area.width == 0 {
            return area;
        }
        let (sign, role) = if focus { ("━", Role::Accent) } else { ("─", Role::Rule) };
        let rule = sign.repeat(usize::from(area.width));
        self.put(area.x, area.y, area.width, &[self.span(role, rule)]);
        let room = area.width.saturating_sub(2);
        if room > 2 {
            let mut spans = vec![Span::raw(" ")];
            spans.extend(title.iter().cloned());
            let used = self.put(area.x + 1, area.y, room - 1, &spans);
            self.put(area.x + 1 + used, area.y, 1, &[Span::raw(" ")]);
            let need = u16::try_from(width_of(right)).unwrap_or(u16::MAX).saturating_add(2);
            if !right.is_empty() && used.saturating_add(need).saturating_add(3) <= room {
                let x = area.right() - 1 - need;
                self.put(x, area.y, 1, &[Span::raw(" ")]);
                self.put(x + 1, area.y, need - 2, right);
                self.put(x + need - 1, area.y, 1, &[Span::raw(" ")]);
            }
        }
        Rect { y: area.y + 1, height: area.height - 1, ..area }
    }

    /// A vertical rule; `x` is its column.
    pub(super) fn fence(&mut self, x: u16, area: Rect) {
        for y in area.y..area.bottom() {
            self.put(x, y, 1, &[self.span(Role::Rule, if y == area.y { "┬" } else { "│" })]);
        }
    }

    pub(super) fn style(&self, role: Role) -> Style {
        self.theme.style(role)
    }
}
