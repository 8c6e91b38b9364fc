//! The first five minutes: the steps, what the logs ticked, and the clock since the onset.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, scroll};
use super::layout::top;
use super::wrap::wrap;
use super::{figures, words};
use crate::engine::{By, Light};
use crate::text::{Clean, width};
use crate::ui::picture::Picture;
use crate::ui::state::{Pane, State};
use crate::ui::theme::Role;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let steps = &picture.diagnosis.checklist;
    let focus = state.drill.pane == Pane::Checklist;
    let done = steps.iter().filter(|step| step.light == Light::Lit).count();
    let mut title = vec![canvas.span(Role::Title, "First five minutes")];
    if let Some(incident) = picture.incident_of(&state.drill.scope) {
        let clock = figures::clock_since(picture.now.since(incident.onset));
        title.push(canvas.span(Role::Text, " · "));
        title.push(canvas.span(Role::Warn, clock));
    }
    title.push(canvas.span(Role::Text, format!(" · {done} of {} done", steps.len())));
    let height = usize::from(area.height.saturating_sub(1));
    let right = if focus {
        vec![
            canvas.span(Role::Key, "y"),
            canvas.span(Role::Dim, " done "),
            canvas.span(Role::Key, "n"),
            canvas.span(Role::Dim, " no"),
        ]
    } else {
        Vec::new()
    };
    let inner = canvas.panel(area, &title, &right, focus);
    let column =
        steps.iter().map(|step| width(&step.title)).max().unwrap_or(0).min(usize::from(area.width / 2));
    // Where the keys are elsewhere, what is still to be done is in sight.
    let open = steps.iter().position(|step| step.light != Light::Lit).unwrap_or(0);
    let first = if focus {
        scroll(state.drill.step, steps.len(), height)
    } else {
        open.min(steps.len().saturating_sub(height))
    };
    for (row, (at, step)) in (0..).zip(steps.iter().enumerate().skip(first).take(height)) {
        let selected = at == state.drill.step;
        let lead = [
            canvas.span(Role::Accent, if selected && focus { "▸" } else { " " }),
            words::tick(canvas, step.light),
            Span::raw(" "),
        ];
        let used = canvas.row(inner, row, &lead);
        let role = if step.light == Light::Lit { Role::Text } else { Role::Title };
        let (x, y) = (inner.x + used, inner.y + row);
        let cells = u16::try_from(column).unwrap_or(u16::MAX);
        let taken =
            canvas.put(x, y, cells, &[canvas.span(role, Clean::from(step.title.as_ref()).to_string())]);
        if selected && focus {
            canvas.tint(Rect { x, y, width: taken, height: 1 }, Role::Selected);
        }
        let mut detail = Vec::new();
        match step.by {
            By::Operator => detail.push(canvas.span(Role::Fresh, words::by(By::Operator))),
            By::Nobody if step.light == Light::Open => detail.push(canvas.span(Role::Key, "[y/n] ")),
            By::Nobody | By::Log => {}
        }
        detail.push(canvas.span(Role::Dim, Clean::from(step.detail.as_str()).to_string()));
        let x = x.saturating_add(cells).saturating_add(2);
        canvas.put(x, y, inner.right().saturating_sub(x), &detail);
    }
    // Below the list, where there is room, the selected step in full.
    let (_, below) = top(inner, u16::try_from(steps.len()).unwrap_or(u16::MAX).saturating_add(1));
    if let Some(step) = steps.get(state.drill.step).filter(|_| focus) {
        let texts = [(Role::Title, step.title.as_ref()), (Role::Text, step.detail.as_str())];
        let mut row = 0;
        for (role, text) in texts {
            let text = Clean::from(text);
            for line in wrap(&text, usize::from(below.width.saturating_sub(4)), usize::MAX).0 {
                canvas.row(below, row, &[Span::raw("   "), canvas.span(role, &text[line])]);
                row += 1;
            }
        }
    }
}
