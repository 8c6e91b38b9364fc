//! The last pass for terminals without UTF-8: every cell becomes ASCII, width for width.

use ratatui::buffer::Buffer;

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
    ("◐", "~"),
    ("○", "o"),
    ("▲", "!"),
    ("◇", "~"),
    ("▸", ">"),
    ("▾", "v"),
    ("‖", "="),
    ("✓", "x"),
    ("✗", "-"),
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
    ("…", "~"),
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

/// Turns every cell into ASCII.
pub(super) fn fold(buffer: &mut Buffer) {
    for cell in &mut buffer.content {
        if cell.symbol().is_ascii() {
            continue;
        }
        let sign = LIKENESS.iter().find(|(sign, _)| *sign == cell.symbol()).map_or("?", |(_, like)| like);
        // The cell after a wide character is blank already, so nothing moves.
        cell.set_symbol(sign);
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
        fold(&mut buffer);
        let row: String = buffer.content.iter().map(ratatui::buffer::Cell::symbol).collect();
        assert_eq!(row, "a!? ?|z ");
    }
}
