//! What do I do, what must I not do: the verdict and its remedy.

use std::ops::Range;

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::words;
use super::wrap::wrap;
use crate::text::Clean;
use crate::ui::picture::Picture;
use crate::ui::state::State;
use crate::ui::theme::{Role, Theme};

/// Cells of the word before the text.
const LABEL: usize = 8;

/// One sentence of the remedy, broken into lines.
struct Item {
    label: &'static str,
    role: Role,
    /// Whether it is one of several that say what to do.
    bullet: bool,
    text: String,
    lines: Vec<Range<usize>>,
}

/// A row of text.
pub(super) type Line = Vec<Span<'static>>;

impl Item {
    /// Its row at `at`, under an item with the label `before`.
    fn line(&self, at: usize, before: &str, theme: &Theme) -> Line {
        let label = if at == 0 && self.label != before { self.label } else { "" };
        let bullet = match (self.bullet, at) {
            (true, 0) => "· ",
            (true, _) => "  ",
            (false, _) => "",
        };
        let text = self.lines.get(at).and_then(|line| self.text.get(line.clone())).unwrap_or_default();
        vec![
            Span::raw(" "),
            theme.span(label_role(label), label),
            Span::raw(" ".repeat(LABEL.saturating_sub(label.len()))),
            theme.span(Role::Dim, bullet),
            theme.span(self.role, text.to_owned()),
        ]
    }
}

/// Rows that it would fill in this width.
pub(super) fn rows(area: Rect, picture: &Picture) -> u16 {
    let rows: usize = items(picture, area).iter().map(|item| item.lines.len()).sum();
    u16::try_from(rows).unwrap_or(u16::MAX)
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let all = items(picture, area);
    let height = usize::from(area.height.saturating_sub(1));
    let kept = keep(&all, height);
    let hidden = kept.iter().filter(|kept| !**kept).count();
    let right = if hidden > 0 { vec![canvas.span(Role::Dim, format!("{hidden} more"))] } else { Vec::new() };
    let inner = canvas.panel(area, &[canvas.span(Role::Title, "Verdict")], &right, false);
    let mut row = 0;
    let mut before = "";
    for (item, _) in all.iter().zip(kept).filter(|(_, kept)| *kept) {
        for at in 0..item.lines.len() {
            canvas.row(inner, row, &item.line(at, before, &state.theme));
            row += 1;
        }
        before = item.label;
    }
}

/// The verdict itself in rows of this width, and everything else that is to be said in rows below it.
pub(super) fn lines(area: Rect, state: &State, picture: &Picture) -> (Vec<Line>, Vec<Line>) {
    let (mut verdict, mut rest, mut before) = (Vec::new(), Vec::new(), "");
    for item in items(picture, area) {
        let lines = (0..item.lines.len()).map(|at| item.line(at, before, &state.theme));
        if item.label == "VERDICT" {
            verdict.extend(lines)
        } else {
            rest.extend(lines)
        }
        before = item.label;
    }
    (verdict, rest)
}

/// Which sentences are shown where there is no room for all: the verdict, then the first DO and
/// the first DON'T, for what must not be done is as urgent as what must; then the rest in order.
fn keep(items: &[Item], height: usize) -> Vec<bool> {
    let mut kept = vec![false; items.len()];
    let mut left = height;
    let first = |label: &str| items.iter().position(|item| item.label == label);
    let urgent = ["VERDICT", "DO", "DON'T"].into_iter().filter_map(first);
    for at in urgent.chain(0..items.len()) {
        let need = items[at].lines.len();
        if !kept[at] && need <= left {
            kept[at] = true;
            left -= need;
        }
    }
    kept
}

fn label_role(label: &str) -> Role {
    match label {
        "DO" => Role::Good,
        "DON'T" => Role::Bad,
        "VERDICT" => Role::Title,
        _ => Role::Dim,
    }
}

/// Every sentence, the most urgent first.
fn items(picture: &Picture, area: Rect) -> Vec<Item> {
    let remedy = &picture.diagnosis.remedy;
    let cells = usize::from(area.width).saturating_sub(LABEL + 2);
    let source = if remedy.source.is_empty() {
        Vec::new()
    } else {
        vec![format!("{}, {}", remedy.source, remedy.month)]
    };
    // How sure it is stands beside the verdict where there is one.
    let confidence = &picture.diagnosis.confidence;
    let sure: Vec<String> = (!remedy.verdict.is_empty() && !confidence.reason.is_empty())
        .then(|| format!("{}: {}", words::sure(confidence.sure), confidence.reason))
        .into_iter()
        .collect();
    [
        ("VERDICT", Role::Title, std::slice::from_ref(&remedy.verdict)),
        ("DO", Role::Text, &remedy.todo),
        ("DON'T", Role::Text, &remedy.dont),
        ("SURE", Role::Text, sure.as_slice()),
        ("UNLESS", Role::Text, &picture.diagnosis.would_change),
        ("MISSING", Role::Text, &picture.diagnosis.missing),
        ("LINKS", Role::Accent, &remedy.links),
        ("SOURCE", Role::Dim, &source),
    ]
    .into_iter()
    .flat_map(|(label, role, texts)| texts.iter().map(move |text| (label, role, text)))
    .filter(|(_, _, text)| !text.is_empty())
    .map(|(label, role, text)| {
        let text = Clean::from(text.as_str()).to_string();
        let bullet = matches!(label, "DO" | "DON'T" | "UNLESS" | "MISSING");
        let lines = wrap(&text, cells.saturating_sub(if bullet { 2 } else { 0 }), usize::MAX).0;
        Item { label, role, bullet, text, lines }
    })
    .collect()
}

#[cfg(test)]
mod tests {
    use super::{Item, keep};
    use crate::ui::theme::Role;

    #[test]
    fn what_must_not_be_done_stays_in_sight_when_there_is_little_room() {
        let item = |label, lines: usize| Item {
            label,
            role: Role::Text,
            bullet: false,
            text: String::new(),
            lines: vec![0..0; lines],
        };
        let items = [item("VERDICT", 2), item("DO", 2), item("DO", 2), item("DON'T", 2), item("LINKS", 1)];
        assert_eq!(keep(&items, 6), [true, true, false, true, false]);
        assert_eq!(keep(&items, 7), [true, true, false, true, true]);
        assert_eq!(keep(&items, 99), [true; 5]);
        assert_eq!(keep(&items, 0), [false; 5]);
    }
}
