//! The last pass for terminals without UTF-8: every cell becomes ASCII, width for width.

use ratatui::buffer::Buffer;
use ratatui::layout::{Position, Rect};

/// Signs that have a likeness; whatever is not here becomes `?`.
const LIKENESS: &[(&str, &str)] = &[
    ("─", "-"),
    ("━", "="),
    ("│", "|"),
    ("┬", "+"),
    ("┴", "+"),
    ("├", "|"),
    ("└", "`"),
    ("┤", "|"),
    ("┄", "."),
    ("●", "*"),
    ("◐", "/"),
    ("○", "o"),
    ("▲", "!"),
    ("◇", "~"),
    ("▸", ">"),
    ("▾", "v"),
    ("‖", "="),
    ("✓", "+"),
    ("✗", "x"),
    ("↑", "^"),
    ("↓", "v"),
    ("←", "<"),
    ("→", ">"),
    ("▁", "_"),
    ("▂", "."),
    ("▃", ":"),
    ("▄", ":"),
    ("▅", "|"),
    ("▆", "|"),
    ("▇", "#"),
    ("█", "#"),
    ("·", "."),
    ("–", "-"),
    ("—", "-"),
    ("×", "x"),
    ("«", "\""),
    ("»", "\""),
    ("‹", "<"),
    ("›", ">"),
    ("’", "'"),
    ("“", "\""),
    ("”", "\""),
];

/// What is cut ends with it.
const CUT: &str = "…";

/// Turns every cell of `area` into ASCII.
pub(super) fn fold(buffer: &mut Buffer, area: Rect) {
    for position in area.intersection(buffer.area).positions() {
        let Some(cell) = buffer.cell_mut(position).filter(|cell| !cell.symbol().is_ascii()) else {
            continue;
        };
        if cell.symbol() == CUT {
            cell.set_symbol(".");
            double(buffer, area, position);
            continue;
        }
        let sign = LIKENESS.iter().find(|(sign, _)| *sign == cell.symbol()).map_or("?", |(_, like)| like);
        // The cell after a wide character is blank already, so nothing moves.
        cell.set_symbol(sign);
    }
}

/// Two dots for what is cut: the second one takes the place of the cell before, for a single one would read
/// as a full stop; where that is blank, of the blank behind, if there is one.
fn double(buffer: &mut Buffer, area: Rect, at: Position) {
    let before = at.x.checked_sub(1).filter(|x| *x >= area.x).map(|x| Position { x, ..at });
    let behind = Some(Position { x: at.x + 1, ..at }).filter(|next| next.x < area.right());
    let is_blank = |buffer: &Buffer, at: Position| buffer.cell(at).is_none_or(|cell| cell.symbol() == " ");
    let said = before.filter(|at| !is_blank(buffer, *at));
    let behind = behind.filter(|at| is_blank(buffer, *at));
    if let Some(cell) = said.or(behind).or(before).and_then(|at| buffer.cell_mut(at)) {
        cell.set_symbol(".");
    }
}

#[cfg(test)]
mod tests {
    use super::{LIKENESS, fold};
    use ratatui::buffer::Buffer;
    use ratatui::layout::Rect;
    use ratatui::style::Style;

    #[test]
    fn every_likeness_is_one_ascii_character() {
        for (sign, like) in LIKENESS {
            assert!(like.len() == 1 && like.is_ascii() && crate::text::width(sign) == 1, "{sign}");
        }
    }

    #[test]
    fn nothing_but_ascii_is_left_and_nothing_moves() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        buffer.set_string(0, 0, "a▲邮é|z", Style::new());
        let area = buffer.area;
        fold(&mut buffer, area);
        let row: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(row, "a!? ?|z ");
    }

    #[test]
    fn what_is_cut_ends_with_two_dots() {
        let mut buffer = Buffer::empty(Rect::new(0, 0, 8, 1));
        buffer.set_string(0, 0, "abc… …xy", Style::new());
        let area = buffer.area;
        fold(&mut buffer, area);
        let row: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(row, "ab....xy");
    }
}
