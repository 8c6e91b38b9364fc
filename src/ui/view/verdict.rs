//! What do I do, what must I not do: the verdict and its remedy.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::wrap::wrap;
use crate::text::Clean;
use crate::ui::picture::Picture;
use crate::ui::theme::Role;

/// Cells of the word before the text.
const LABEL: usize = 8;

/// Rows that it would fill in this width.
pub(super) fn rows(area: Rect, picture: &Picture) -> u16 {
    let rows: usize =
        paragraphs(picture).iter().map(|(_, _, text)| wrap(text, cells(area), usize::MAX).0.len()).sum();
    u16::try_from(rows).unwrap_or(u16::MAX)
}

fn cells(area: Rect) -> usize {
    usize::from(area.width).saturating_sub(LABEL + 2)
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, picture: &Picture) {
    let inner = canvas.panel(area, &[canvas.span(Role::Title, "Verdict")], &[], false);
    let height = usize::from(inner.height);
    let mut lines: Vec<Vec<Span<'static>>> = Vec::new();
    for (label, role, text) in paragraphs(picture) {
        let (ranges, _) = wrap(&text, cells(inner), usize::MAX);
        for (at, range) in ranges.into_iter().enumerate() {
            let label = if at == 0 { label } else { "" };
            lines.push(vec![
                canvas.span(label_role(label), format!(" {label:<LABEL$}")),
                canvas.span(role, text[range].to_owned()),
            ]);
        }
    }
    let hidden = lines.len().saturating_sub(height);
    for (row, line) in (0..inner.height).zip(&lines) {
        canvas.row(inner, row, line);
    }
    if hidden > 0 && inner.height > 0 {
        let more = [canvas.span(Role::Dim, format!(" +{hidden} lines "))];
        canvas.put_right(inner, inner.height - 1, &more);
    }
}

fn label_role(label: &str) -> Role {
    match label {
        "DO" => Role::Good,
        "DON'T" => Role::Bad,
        "VERDICT" => Role::Title,
        _ => Role::Dim,
    }
}

/// Label, role and text, the most urgent first.
fn paragraphs(picture: &Picture) -> Vec<(&'static str, Role, String)> {
    let remedy = &picture.diagnosis.remedy;
    let clean = |text: &String| Clean::from(text.as_str()).to_string();
    let mut all = Vec::new();
    let mut add = |label: &'static str, role: Role, lines: &[String]| {
        for (at, line) in lines.iter().filter(|line| !line.is_empty()).enumerate() {
            all.push((if at == 0 { label } else { "" }, role, clean(line)));
        }
    };
    add("VERDICT", Role::Title, std::slice::from_ref(&remedy.verdict));
    add("DO", Role::Text, &remedy.todo);
    add("DON'T", Role::Text, &remedy.dont);
    add("MISSING", Role::Text, &picture.diagnosis.missing);
    add("LINKS", Role::Accent, &remedy.links);
    if !remedy.source.is_empty() {
        add("SOURCE", Role::Dim, &[format!("{}, {}", remedy.source, remedy.month)]);
    }
    all
}
