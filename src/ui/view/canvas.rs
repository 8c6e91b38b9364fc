//! The sheet that the views draw on: clipped, measured in cells, coloured by role.

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use ratatui::style::Style;
use ratatui::text::Span;

use crate::text::{fit, width};
use crate::ui::hits::{Hits, List, Target};
use crate::ui::theme::{Role, Theme};

/// A part of a buffer and the theme to draw with. Whatever is drawn outside of it is dropped.
#[derive(Debug)]
pub(super) struct Canvas<'a> {
    buffer: &'a mut Buffer,
    area: Rect,
    theme: &'a Theme,
    hits: Hits,
}

/// The cells that the spans take.
pub(super) fn width_of(spans: &[Span<'_>]) -> usize {
    spans.iter().map(|span| width(&span.content)).sum()
}

/// The first of `parts` that fit into so many cells, at least one; none of them only parts others.
pub(super) fn fitting<'p, 't>(parts: &'p [Span<'t>], cells: usize) -> &'p [Span<'t>] {
    let mut kept = parts.len();
    while kept > 1 && width_of(&parts[..kept]) > cells {
        kept -= 1;
    }
    while kept > 1 && kept < parts.len() && parts[kept - 1].content.trim_matches([' ', '·']).is_empty() {
        kept -= 1;
    }
    &parts[..kept]
}

impl<'a> Canvas<'a> {
    pub(super) fn new(buffer: &'a mut Buffer, area: Rect, theme: &'a Theme) -> Self {
        let area = area.intersection(buffer.area);
        buffer.set_style(area, theme.style(Role::Text));
        Self { buffer, area, theme, hits: Hits::default() }
    }

    /// Notes what a click on `area` means.
    pub(super) fn hit(&mut self, area: Rect, target: Target) {
        self.hits.note(area.intersection(self.area), target);
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
        area.right() == self.area.right()
    }

    /// Text in the style of a role.
    pub(super) fn span<'t>(&self, role: Role, text: impl Into<std::borrow::Cow<'t, str>>) -> Span<'t> {
        self.theme.span(role, text)
    }

    /// Draws `spans` from (`x`, `y`) on, cut to `cells`; returns the cells that were taken.
    pub(super) fn put(&mut self, x: u16, y: u16, cells: u16, spans: &[Span<'_>]) -> u16 {
        let area = self.area;
        if x < area.x || x >= area.right() || y < area.y || y >= area.bottom() {
            return 0;
        }
        let cells = cells.min(area.right() - x);
        let mut used = 0u16;
        for span in spans {
            let left = cells - used;
            if left == 0 && used > 0 && !span.content.trim().is_empty() {
                self.mark_cut(x + used - 1, y);
                break;
            }
            let text = fit(&span.content, usize::from(left));
            // What was here before must not shine through.
            let under = u16::try_from(width(&text)).unwrap_or(left).min(left);
            self.clear(Rect { x: x + used, y, width: under, height: 1 });
            let (end, _) = self.buffer.set_stringn(x + used, y, &text, usize::from(left), span.style);
            if usize::from(under) > text.chars().count() {
                // The second half of a wide character has lost its ground.
                let cells = Rect { x: x + used, y, width: under, height: 1 };
                self.buffer.set_style(cells, self.theme.style(Role::Text).patch(span.style));
            }
            used = end - x;
            if text.len() != span.content.len() {
                break;
            }
        }
        used
    }

    /// Says in the cell (`x`, `y`) that what stands there goes on.
    fn mark_cut(&mut self, x: u16, y: u16) {
        let before = x.saturating_sub(1).max(self.area.x);
        // The half of a wide character that would be left is none.
        let wide = self.buffer.cell((before, y)).is_some_and(|cell| width(cell.symbol()) > 1);
        if let Some(cell) = self.buffer.cell_mut((if wide { before } else { x }, y)) {
            cell.set_symbol("…");
        }
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
            let is_blank = |x: u16| self.buffer.cell((x, blank.y)).is_none_or(|cell| cell.symbol() == " ");
            // Words that go on under it are cut by it.
            let cuts = blank.x > area.x + 1 && !is_blank(blank.x) && !is_blank(blank.x - 1);
            self.clear(blank);
            if cuts {
                self.mark_cut(blank.x - 1, blank.y);
            }
            self.put_right(area, area.height - 1, &[self.span(Role::Dim, format!("{text} "))]);
        }
    }

    /// Lays a role's style over cells that are drawn already.
    pub(super) fn tint(&mut self, area: Rect, role: Role) {
        self.buffer.set_style(area.intersection(self.area), self.theme.style(role));
    }

    /// Empties `area`.
    pub(super) fn clear(&mut self, area: Rect) {
        let ground = self.theme.style(Role::Text);
        for position in area.intersection(self.area).positions() {
            if let Some(cell) = self.buffer.cell_mut(position) {
                cell.reset();
                cell.set_style(ground);
            }
        }
    }

    /// A heading on the first row of `area`: a rule with the title in it and `right` at its end. Parts of the
    /// title for which there is no room are left out from the last on; only the first is ever cut. Returns
    /// what is left below.
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
            spans.extend(fitting(title, usize::from(room) - 2).iter().cloned());
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
