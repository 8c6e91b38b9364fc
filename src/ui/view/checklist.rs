//! The first five minutes: the steps, what the logs ticked, what was noted, and the clock since the
//! onset.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::window::Window;
use super::wrap::wrap;
use super::{figures, notes, words};
use crate::engine::{By, Light, Step};
use crate::text::{Clean, width};
use crate::ui::hits::{List, Target};
use crate::ui::picture::Picture;
use crate::ui::screens::Pane;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// From this width on it is said when a step was answered.
const TIMED: u16 = 100;

/// Below this width its short name is used.
const NARROW: u16 = 56;

/// A row of the list: a step, or words below the step before it, in a role.
enum Row {
    Step(usize),
    Below(Role, String),
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let steps = &picture.diagnosis.checklist;
    let focus = state.drill.pane == Pane::Checklist;
    let inner = heading(canvas, area, state, picture, focus);
    let column =
        steps.iter().map(|step| width(&step.title)).max().unwrap_or(0).min(usize::from(area.width / 2));
    let height = usize::from(inner.height);
    let rows = rows(state, picture, inner.width, column, height, focus);
    // Where the keys are elsewhere, what is still to be done is in sight.
    let open = steps.iter().position(|step| step.light != Light::Lit).unwrap_or(0);
    let of =
        |at: usize| rows.iter().position(|row| matches!(row, Row::Step(step) if *step == at)).unwrap_or(0);
    let window = if focus {
        Window::around(of(state.drill.step), rows.len(), height)
    } else {
        Window::from(of(open), rows.len(), height)
    };
    let mut step = None;
    for (row, place, one) in window.of(0, &rows) {
        if let Row::Step(at) = one {
            step = Some(*at);
        }
        if let Some(at) = step {
            canvas.listed(inner, row, List::Steps, at, focus && at == state.drill.step);
        }
        match one {
            Row::Step(at) => {
                let mut below = rows[place + 1..].iter().take_while(|row| matches!(row, Row::Below(..)));
                let is_below = below.any(|row| matches!(row, Row::Below(Role::Text, _)));
                let room = window.beside_note(inner, row);
                line(canvas, room, row, (state, picture), *at, (column, is_below));
            }
            Row::Below(role, text) => {
                canvas.row(inner, row, &[Span::raw("   "), canvas.span(*role, text.as_str())]);
            }
        }
    }
    window.note(canvas, inner);
}

/// The title with the clock, and what the keys do.
fn heading(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture, focus: bool) -> Rect {
    let steps = &picture.diagnosis.checklist;
    let done = steps.iter().filter(|step| step.light == Light::Lit).count();
    let name = if area.width < NARROW { "Checklist" } else { "First five minutes" };
    let mut title = vec![canvas.span(Role::Title, name)];
    let (subject, incident) = state.subject(&picture.incidents);
    if let Some(incident) = incident {
        let until = incident.until.unwrap_or(picture.now);
        let clock = figures::clock_since(incident.onset, until);
        title.push(canvas.span(Role::Text, " · "));
        title.push(canvas.span(if incident.until.is_some() { Role::Text } else { Role::Warn }, clock));
    }
    title.push(canvas.span(Role::Text, format!(" · {done} of {} done", steps.len())));
    if state.notebook.trouble(&subject).is_some() {
        title.push(canvas.span(Role::Warn, " · ! not kept"));
    } else if incident.is_none() && state.notebook.entries(&subject).next().is_some() {
        title.push(canvas.span(Role::Dim, " · until you quit"));
    }
    let mut right = Vec::new();
    if focus {
        for (id, word) in [("yes", "done "), ("no", "no "), ("unknown", "not known "), ("note", "note")] {
            let key = state.keymap.first(id).to_owned();
            right.extend([canvas.span(Role::Key, key), canvas.span(Role::Dim, format!(" {word}"))]);
        }
        if width_of(&title) + width_of(&right) + 8 > usize::from(area.width) {
            right.truncate(4);
        }
    }
    canvas.hit(area, Target::Pane(List::Steps));
    canvas.panel(area, &title, &right, focus)
}

/// The list: with every note, and every detail in full, where there is room; else with those of the
/// selected step.
fn rows(state: &State, picture: &Picture, cells: u16, column: usize, height: usize, focus: bool) -> Vec<Row> {
    let of = |full: &dyn Fn(usize) -> bool| {
        let mut rows = Vec::new();
        for (at, step) in picture.diagnosis.checklist.iter().enumerate() {
            rows.push(Row::Step(at));
            if full(at) {
                rows.extend(below(state, picture, step, cells, column));
            }
        }
        rows
    };
    let all = of(&|_| true);
    if all.len() <= height { all } else { of(&|at| focus && at == state.drill.step) }
}

/// What stands below a step: its title and detail where they are cut beside it, and its notes.
fn below(state: &State, picture: &Picture, step: &Step, cells: u16, column: usize) -> Vec<Row> {
    let room = usize::from(cells.saturating_sub(6));
    let mut rows = Vec::new();
    let mut add = |role: Role, text: &str, lead: &str| {
        let text = Clean::from(text);
        let (lines, _) = wrap(&text, room.saturating_sub(lead.len()), usize::MAX);
        rows.extend(lines.into_iter().map(|line| Row::Below(role, format!("{lead}{}", &text[line]))));
    };
    if width(&step.title) > column {
        add(Role::Title, &step.title, "");
    }
    let beside = usize::from(cells)
        .saturating_sub(column + 5 + mark(state, picture, step, cells).map_or(0, |mark| width(&mark)));
    if width(&step.detail) > beside {
        add(Role::Text, &step.detail, "");
    }
    let noted = notes::on(state, picture, &step.id);
    rows.extend(notes::rows(&noted, room).into_iter().map(|text| Row::Below(Role::Accent, text)));
    rows
}

/// Whose answer it is, or which keys give one.
fn mark(state: &State, picture: &Picture, step: &Step, cells: u16) -> Option<String> {
    match step.by {
        By::Operator => Some(notes::answered(state, picture, &step.id, cells >= TIMED)),
        By::Nobody if step.light == Light::Open => Some(words::asks(&step.takes, &state.keymap)),
        By::Nobody | By::Log => None,
    }
}

fn line(
    canvas: &mut Canvas<'_>,
    area: Rect,
    row: u16,
    (state, picture): (&State, &Picture),
    at: usize,
    (column, is_below): (usize, bool),
) {
    let Some(step) = picture.diagnosis.checklist.get(at) else { return };
    let focus = state.drill.pane == Pane::Checklist;
    let selected = at == state.drill.step;
    let lead = [
        canvas.span(Role::Accent, if selected && focus { "▸" } else { " " }),
        words::tick(canvas, step.light),
        Span::raw(" "),
    ];
    let used = canvas.row(area, row, &lead);
    let role = if step.light == Light::Lit { Role::Text } else { Role::Title };
    let (x, y) = (area.x + used, area.y + row);
    let cells = u16::try_from(column).unwrap_or(u16::MAX);
    // Where nothing stands beside it, its title has all the room.
    let is_alone = is_below
        && notes::on(state, picture, &step.id).is_empty()
        && mark(state, picture, step, area.width).is_none();
    let cells = if is_alone { area.right().saturating_sub(x) } else { cells };
    let taken = canvas.put(x, y, cells, &[canvas.span(role, Clean::from(step.title.as_ref()).to_string())]);
    if selected && focus {
        canvas.tint(Rect { x, y, width: taken, height: 1 }, Role::Selected);
    }
    let mut detail = Vec::new();
    let noted = notes::on(state, picture, &step.id).len();
    if noted > 0 {
        let text = figures::plural(noted as u64, "note", "notes");
        detail.push(canvas.span(Role::Accent, format!("» {text} ")));
    }
    if let Some(mark) = mark(state, picture, step, area.width) {
        let role = if step.by == By::Operator { Role::Fresh } else { Role::Key };
        detail.push(canvas.span(role, mark));
    }
    // What is cut here, and stands below, is not said twice.
    if !is_below {
        detail.push(canvas.span(Role::Dim, Clean::from(step.detail.as_str()).to_string()));
    }
    let x = x.saturating_add(cells).saturating_add(2);
    canvas.put(x, y, area.right().saturating_sub(x), &detail);
}
