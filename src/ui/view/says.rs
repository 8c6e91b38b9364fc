//! What they say: the signatures inside the selection with their shares.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::trend::scope_name;
use super::wrap::{find, focused, spans, wrap};
use super::{figures, words};
use crate::ui::picture::Picture;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Cells of the share and of the mark before the text.
const LEAD: u16 = 10;
/// Cells of the category, where there is room for it.
const CATEGORY: u16 = 18;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let signatures = &picture.signatures;
    let scope = state.scope(&picture.incidents);
    let replies: u64 = signatures.iter().map(|signature| signature.count).sum();
    let title = [
        canvas.span(Role::Title, "What they say"),
        canvas.span(Role::Text, format!(" · {}", scope_name(&scope, picture))),
    ];
    let right = if replies > 0 {
        vec![canvas.span(Role::Dim, figures::plural(replies, "reply", "replies"))]
    } else {
        Vec::new()
    };
    let inner = canvas.panel(area, &title, &right, false);
    if signatures.is_empty() {
        let text = format!("  No rejection, no deferral in {}.", state.window);
        canvas.row(inner, 0, &[canvas.span(Role::Dim, text)]);
        return;
    }
    let height = usize::from(inner.height);
    let lines = (height / signatures.len().min(height).max(1)).clamp(1, 5);
    let category = if inner.width >= 76 { CATEGORY } else { 0 };
    let cells = inner.width.saturating_sub(LEAD + category + 1);
    let mut row = 0u16;
    for (at, signature) in signatures.iter().enumerate() {
        let left = inner.height.saturating_sub(row);
        if left == 0 {
            break;
        }
        if left == 1 && at + 1 < signatures.len() {
            let rest: f64 = signatures[at..].iter().map(|signature| signature.share).sum();
            let text = format!("{:>4}     and {} more", figures::share(rest), signatures.len() - at);
            canvas.row(inner, row, &[canvas.span(Role::Dim, text)]);
            break;
        }
        let loud = if signature.share >= 0.5 { Role::Title } else { Role::Text };
        let lead = [
            canvas.span(loud, format!("{:>4} ", figures::share(signature.share))),
            if signature.fresh { canvas.span(Role::Fresh, "▸new") } else { Span::raw("    ") },
        ];
        canvas.row(inner, row, &lead);
        if category > 0 {
            let word = canvas.span(Role::Dim, words::category(signature.verdict.category));
            canvas.put(inner.x + LEAD, inner.y + row, category - 1, &[word]);
        }
        let rows = lines.min(usize::from(left));
        let text = focused(&signature.signature, &signature.verdict.evidence, usize::from(cells) * rows);
        let text = text.as_ref();
        let marked = find(text, &signature.verdict.evidence);
        let (ranges, cut) = wrap(text, usize::from(cells), rows);
        let x = inner.x + LEAD + category;
        let last = ranges.len().saturating_sub(1);
        for (at, range) in ranges.iter().enumerate() {
            // A cut line is handed over whole, so that the canvas marks the cut.
            let range = if at == last && cut { range.start..text.len() } else { range.clone() };
            let line =
                spans(text, &range, marked.as_ref(), canvas.style(Role::Text), canvas.style(Role::Evidence));
            canvas.put(x, inner.y + row, cells, &line);
            row += 1;
        }
    }
}
