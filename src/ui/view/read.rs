//! What was read: where the numbers come from, and what is not in them.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::figures;
use crate::text::width;
use crate::ui::picture::Picture;
use crate::ui::theme::Role;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, picture: &Picture) {
    let head = &picture.head;
    let mut title = vec![canvas.span(Role::Title, "What was read")];
    if head.back.is_some() {
        // Everything else in sight is of another moment.
        title.push(canvas.span(Role::Warn, " · up to now"));
    }
    let inner = canvas.panel(area, &title, &[], false);
    let (totals, lines) = (&head.totals, &head.lines);
    let figures: &[(&str, u64, bool)] = &[
        ("lines", lines.read, true),
        ("attempts", totals.attempts, true),
        ("delivered", totals.delivered, true),
        ("deferred", totals.deferred, true),
        ("bounced by the MTA", totals.rejected, true),
        ("expired in the queue", totals.expired, false),
        ("refusals by another host first", lines.non_final, false),
        ("suspended, not tried", lines.suspended, false),
        ("could not be read", lines.unparsed, false),
        ("lost", lines.lost, false),
    ];
    let cells = usize::from(inner.width.min(56).saturating_sub(2));
    let mut row = 0;
    for (word, count, always) in figures {
        if *count == 0 && !always {
            continue;
        }
        let count = figures::thousands(*count);
        let role = if matches!(*word, "could not be read" | "lost") { Role::Warn } else { Role::Text };
        let pad = cells.saturating_sub(width(word) + count.len());
        let line = [
            Span::raw(" "),
            canvas.span(Role::Dim, *word),
            Span::raw(" ".repeat(pad.max(1))),
            canvas.span(role, count),
        ];
        canvas.row(inner, row, &line);
        row += 1;
    }
    row += 1;
    for source in &head.sources {
        let state = source.state.as_str();
        let (sign, role) = super::sources::sign(source);
        let strange = if source.is_strange() { " · not known" } else { "" };
        let name = usize::from(inner.width).saturating_sub(width(state) + width(strange) + 7);
        let mut spans = vec![
            Span::raw(" "),
            canvas.span(role, format!("{sign} ")),
            canvas.span(Role::Text, figures::path(&source.name, name)),
            canvas.span(Role::Dim, format!(" · {state}")),
            canvas.span(Role::Warn, strange),
        ];
        if source.lost > 0 {
            spans.push(canvas.span(Role::Warn, format!(" · {} lost", figures::thousands(source.lost))));
        }
        canvas.row(inner, row, &spans);
        row += 1;
    }
}
