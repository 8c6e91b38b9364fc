//! Sentences in the place of a list: why there is nothing, what is waited for.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::wrap::wrap;
use crate::text::Clean;
use crate::ui::theme::Role;

/// Cells before a sentence.
const INDENT: &str = "  ";

/// Draws sentences from the second row of `area` on, from the first where there is little room; each begins
/// a row. Where they are longer than the area, its last row says so.
pub(super) fn draw<T: AsRef<str>>(canvas: &mut Canvas<'_>, area: Rect, texts: &[(Role, T)]) {
    let cells = usize::from(area.width).saturating_sub(2 * INDENT.len());
    let mut rows: Vec<(Role, Clean)> = Vec::new();
    for (role, text) in texts {
        let text = Clean::from(text.as_ref());
        let lines = wrap(&text, cells, usize::MAX).0;
        rows.extend(lines.into_iter().map(|line| (*role, Clean::from(&text[line]))));
    }
    let height = usize::from(area.height);
    let from = if rows.len() < height { 1 } else { 0 };
    let hidden = (from + rows.len()).saturating_sub(height);
    for (row, (role, text)) in (from..height).zip(&rows) {
        let is_cut = hidden > 0 && row + 1 == height;
        let text = if is_cut { format!("{text} …") } else { text.to_string() };
        let row = u16::try_from(row).unwrap_or(u16::MAX);
        canvas.row(area, row, &[Span::raw(INDENT), canvas.span(*role, text)]);
    }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test that cannot start should fail")]
mod tests {
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;

    use super::super::canvas::Canvas;
    use super::draw;
    use crate::ui::theme::{Role, Theme};

    #[test]
    fn what_does_not_fit_is_marked() {
        let shown = |height| {
            let area = Rect::new(0, 0, 14, height);
            let mut buffer = Buffer::empty(area);
            let theme = Theme::named("mono").unwrap();
            draw(&mut Canvas::new(&mut buffer, area, &theme), area, &[(Role::Text, "one two three four")]);
            let rows = buffer.content.chunks(14);
            rows.map(|row| row.iter().map(ratatui::buffer::Cell::symbol).collect::<String>())
                .map(|row| row.trim_end().to_owned())
                .collect::<Vec<_>>()
        };
        assert_eq!(shown(4), ["", "  one two", "  three four", ""]);
        assert_eq!(shown(2), ["  one two", "  three four"]);
        assert_eq!(shown(1), ["  one two …"]);
    }
}
