//! Every incident that is known: those that run, and those that are over.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::window::Window;
use super::{figures, prose, words};
use crate::engine::Incident;
use crate::text::{fit, width};
use crate::ui::hits::{List, Target};
use crate::ui::picture::Picture;
use crate::ui::screens::Part;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Cells of the rate at the end of a line.
const RATE: usize = 7;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let incidents = &picture.incidents;
    let focus = state.dossier.part == Part::Incidents;
    let running = picture.running().count();
    let title = [
        canvas.span(Role::Title, "Incidents"),
        canvas.span(Role::Text, format!(" · {running} running")),
        canvas.span(Role::Text, format!(", {} over", incidents.len() - running)),
    ];
    let shown = state.shown(incidents);
    let at =
        shown.and_then(|shown| incidents.iter().position(|incident| incident.id == shown.id)).unwrap_or(0);
    canvas.hit(area, Target::Pane(List::Incidents));
    let inner = canvas.panel(area, &title, &[], focus);
    let window = Window::around(at, incidents.len(), usize::from(inner.height));
    for (row, place, incident) in window.of(0, incidents) {
        line(canvas, inner, row, incident, picture, (place == at, focus));
        canvas.listed(inner, row, List::Incidents, place, place == at);
    }
    window.note(canvas, inner);
}

/// Sign, since when, what, and how bad it is or was.
fn line(
    canvas: &mut Canvas<'_>,
    area: Rect,
    row: u16,
    incident: &Incident,
    picture: &Picture,
    (picked, focus): (bool, bool),
) {
    let (sign, word, role) = words::course(incident.course);
    let today = |at: crate::model::Moment| {
        at.seconds().div_euclid(86_400) == picture.now.seconds().div_euclid(86_400)
    };
    let clock = incident.onset.clock();
    let minute = clock.get(..5).unwrap_or_default();
    let stamp = if today(incident.onset) {
        format!("      {minute}")
    } else {
        incident.onset.date_clock().get(5..16).unwrap_or_default().to_owned()
    };
    let wide = area.width >= 56;
    let mut lead = vec![
        canvas.span(Role::Accent, if picked { "▸" } else { " " }),
        canvas.span(role, format!("{sign} ")),
        canvas.span(Role::Dim, if wide { format!("{stamp} ") } else { format!("{minute} ") }),
    ];
    if wide {
        lead.push(canvas.span(role, format!("{word:<8}")));
    }
    let used = canvas.row(area, row, &lead);
    let room = usize::from(area.width.saturating_sub(used)).saturating_sub(RATE + 2);
    let text =
        format!("{} · {}", figures::name(&incident.name, room / 2), words::category(incident.category));
    let text = fit(&text, room);
    let cells = u16::try_from(width(&text)).unwrap_or(0);
    let (x, y) = (area.x + used, area.y + row);
    canvas.put(
        x,
        y,
        cells,
        &[canvas.span(if incident.until.is_none() { Role::Title } else { Role::Text }, text)],
    );
    let percent = canvas
        .span(if incident.until.is_none() { Role::Bad } else { Role::Dim }, figures::percent(incident.rate));
    canvas.put_right(area, row, &[percent, Span::raw(" ")]);
    if picked {
        let role = if focus { Role::Selected } else { Role::Marked };
        canvas.tint(Rect { x, y, width: cells, height: 1 }, role);
    }
}

/// Where there is none at all: what would be one.
pub(super) fn none(canvas: &mut Canvas<'_>, area: Rect, picture: &Picture) {
    let inner = canvas.panel(area, &[canvas.span(Role::Title, "Incidents")], &[], true);
    let since = picture.head.complete_since;
    let mut texts = vec![
        match picture.head.back {
            Some(at) => (Role::Good, format!("● No incident was known yet at {}.", at.clock_zone())),
            None => (Role::Good, "● No incident in what was read so far.".to_owned()),
        },
        (
            Role::Text,
            "An incident is a rejection rate that leaves its own baseline by more than chance explains. \
             Greylisting and an address that does not exist are none."
                .to_owned(),
        ),
        (Role::Dim, "It shows up here by itself.".to_owned()),
    ];
    if let Some(since) = since {
        let text = format!("◐ The past before {} is still being read.", since.clock());
        texts.insert(1, (Role::Warn, text));
    }
    prose::draw(canvas, inner, &texts);
}
