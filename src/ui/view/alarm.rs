//! Is it real: the running incidents, one row each, or that there is none.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::window::Window;
use super::{figures, words};
use crate::engine::{Incident, Mode, Notice, Troubled};
use crate::text::{Clean, width};
use crate::ui::hits::List;
use crate::ui::picture::Picture;
use crate::ui::screens::Screen;
use crate::ui::state::{Pick, State};
use crate::ui::theme::Role;

/// So much of the past, in milliseconds, says little about when an incident began.
const LITTLE: i64 = 10 * 60_000;
/// An incident that began so soon after the first line read may be older than it, in milliseconds.
const NEAR: i64 = 60_000;
/// Below this width there is only room for the rate and the age.
const NARROW: u16 = 72;

/// Rows that the screen gives to it.
pub(super) fn rows(area: Rect, state: &State, picture: &Picture) -> u16 {
    let most = if area.height >= 36 { 4 } else { 2 };
    match state.drawn() {
        Screen::Board | Screen::Help => {
            let incidents = u16::try_from(picture.running().count()).unwrap_or(most).clamp(1, most);
            incidents + u16::from(!picture.notices.is_empty())
        }
        Screen::Drill => 1 + u16::from(notice_of(state, picture).is_some()),
        _ => 1,
    }
}

/// The notice that concerns the drill: the provider's, or our network's.
fn notice_of<'p>(state: &State, picture: &'p Picture) -> Option<&'p Notice> {
    let of = |notice: &&Notice| notice.provider.is_none() || notice.provider == state.drill.scope.provider;
    picture.notices.iter().find(of)
}

/// The row of the drill's alarm area under its scope: trouble that is no incident of ours.
pub(super) fn beside(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    if let Some(notice) = notice_of(state, picture) {
        told_of(canvas, area, notice, 0);
    }
}

/// The last row of `area`: `◇ Orange: connections time out since 14:05:10, 92.0% of 310 attempts · theirs …`.
fn told_of(canvas: &mut Canvas<'_>, area: Rect, notice: &Notice, more: usize) {
    let more = if more > 0 { format!("+{more} more ") } else { String::new() };
    let mut spans = vec![
        Span::raw(" "),
        canvas.span(Role::Warn, format!("◇ {more}")),
        canvas.span(Role::Title, Clean::from(notice.verdict.as_str()).to_string()),
    ];
    let (rate, attempts) = (figures::percent(notice.rate), figures::thousands(notice.attempts));
    let figures = [format!(" since {}", notice.onset.clock()), format!(", {rate} of {attempts} attempts")];
    // Whose it is stands there in any case; half a figure, and half an advice, are worse than none.
    let mut room = usize::from(area.width).saturating_sub(width_of(&spans));
    let brief = match notice.whose {
        Troubled::Theirs => " · theirs",
        Troubled::OurNetwork => " · our network?",
    };
    let whole = format!(" · {}", notice.advice);
    let all: usize = figures.iter().map(|text| width(text)).sum();
    let whose = if all + width(&whole) <= room { whole } else { brief.to_owned() };
    room = room.saturating_sub(width(&whose));
    for text in figures {
        if width(&text) > room {
            break;
        }
        room -= width(&text);
        spans.push(canvas.span(Role::Text, text));
    }
    spans.push(canvas.span(Role::Dim, whose));
    canvas.row(area, area.height.saturating_sub(1), &spans);
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let running: Vec<_> = picture.running().collect();
    let below = u16::from(!picture.notices.is_empty() && area.height > 1);
    if let Some(notice) = picture.notices.first().filter(|_| below > 0) {
        told_of(canvas, area, notice, picture.notices.len() - 1);
    }
    let area = Rect { height: area.height - below, ..area };
    if running.is_empty() {
        return calm(canvas, area, picture);
    }
    let picked = match state.resolved(&picture.incidents) {
        Pick::Incident(id) => running.iter().position(|incident| incident.id == id),
        _ => None,
    };
    let height = usize::from(area.height);
    let window = Window::around(picked.unwrap_or(0), running.len(), height);
    for (row, at, incident) in window.of(0, &running) {
        let selected = picked == Some(at);
        let mut spans = line(canvas, incident, picture, selected, area.width);
        if usize::from(row) + 1 == height && window.below() > 0 {
            spans.insert(1, canvas.span(Role::Bad, format!("+{} more ", window.below())));
        }
        // Half a figure is worse than none.
        for figure in told(canvas, incident, picture, area.width) {
            if width_of(&spans) + width(&figure.content) > usize::from(area.width) {
                break;
            }
            spans.push(figure);
        }
        canvas.row(area, row, &spans);
        canvas.listed(area, row, List::Board, at, selected);
        if selected && state.drawn() == Screen::Board && area.width >= 150 {
            let hint = [
                canvas.span(Role::Key, state.keymap.first("open").to_owned()),
                canvas.span(Role::Dim, " drill "),
                canvas.span(Role::Key, format!(" {}", state.keymap.first("what-changed"))),
                canvas.span(Role::Dim, " what changed "),
            ];
            canvas.put_right(area, row, &hint);
        }
    }
}

fn line(
    canvas: &Canvas<'_>,
    incident: &Incident,
    picture: &Picture,
    selected: bool,
    cells: u16,
) -> Vec<Span<'static>> {
    let age = figures::ago(incident.onset, picture.now);
    let label = if selected { Role::Selected } else { Role::Bad };
    let narrow = cells < NARROW;
    let mut spans = vec![
        canvas.span(Role::Accent, if selected { "▸" } else { " " }),
        canvas.span(label, if narrow { "▲" } else { "▲ INCIDENT" }),
        canvas.span(
            Role::Title,
            format!(
                " {}",
                figures::name(
                    &incident.name,
                    match cells {
                        ..100 => 12,
                        100..140 => 24,
                        _ => 60,
                    }
                )
            ),
        ),
        canvas.span(Role::Text, format!(" · {}", words::category(incident.category))),
    ];
    spans.push(canvas.span(Role::Text, " · "));
    spans.push(canvas.span(Role::Bad, figures::percent(incident.rate)));
    // The board's rates are over its window: of this one it is said over what it is.
    let over = if narrow {
        format!(" in {age}{}", if is_perhaps_older(incident, picture) { "+" } else { "" })
    } else {
        format!(" {}", since(incident, picture))
    };
    spans.push(canvas.span(Role::Text, over));
    spans
}

/// What there is to say of its rate where there is room, the most needed first.
fn told(canvas: &Canvas<'_>, incident: &Incident, picture: &Picture, cells: u16) -> Vec<Span<'static>> {
    if cells < NARROW {
        return Vec::new();
    }
    // The incident's own, as on its screen and in its report: the board's yardstick moves with its window.
    let was = Some(was(incident, picture)).filter(|was| !was.is_empty());
    let was = was.map(|was| canvas.span(Role::Text, was));
    let (rejected, attempts) = (figures::thousands(incident.rejected), figures::thousands(incident.attempts));
    let counts = canvas.span(Role::Text, format!(" · {rejected} of {attempts} refused"));
    was.into_iter().chain([counts]).collect()
}

/// `, was 0.4%`; nothing where what was before may have been the incident, too.
pub(super) fn was(incident: &Incident, picture: &Picture) -> String {
    if is_perhaps_older(incident, picture) { String::new() } else { incident.was(", was ") }
}

/// When it began, and how long ago that is; while the past is being read, perhaps only `or before`.
pub(super) fn since(incident: &Incident, picture: &Picture) -> String {
    let onset = incident.onset.clock();
    if is_perhaps_older(incident, picture) {
        return format!("since {onset} or before");
    }
    format!("since {onset} ({})", figures::ago(incident.onset, picture.now))
}

/// Whether the incident may have begun before what is read yet: where the log itself begins with it, and as
/// long as the past is being read also where little of that is there, or where it was no better.
pub(super) fn is_perhaps_older(incident: &Incident, picture: &Picture) -> bool {
    let Some(since) = picture.head.complete_since else {
        return picture.head.begins.is_some_and(|begins| incident.onset.since(begins) < NEAR);
    };
    let little = picture.now.since(since) < LITTLE || incident.onset.since(since) < NEAR;
    little || incident.baseline.is_none_or(|was| was * 2.0 >= incident.rate)
}

fn calm(canvas: &mut Canvas<'_>, area: Rect, picture: &Picture) {
    let total = &picture.board.total;
    let narrow = area.width < NARROW;
    let mut spans = vec![Span::raw(" ")];
    if picture.head.mode == Mode::Reading {
        spans.push(canvas.span(Role::Warn, "◐ reading history"));
        let text = if narrow { " · not complete yet" } else { " · numbers are not complete yet" };
        spans.push(canvas.span(Role::Dim, text));
    } else if total.attempts == 0 {
        spans.push(canvas.span(Role::Text, "○ nothing to judge yet"));
    } else if total.baseline.is_none() && picture.board.covered < LITTLE && picture.incidents.is_empty() {
        // Without a past there is nothing that a rate could have left.
        spans.push(canvas.span(Role::Text, "○ not known yet"));
        let text = if narrow { " · no history" } else { " · no history to compare with" };
        spans.push(canvas.span(Role::Dim, text));
    } else {
        spans.push(canvas.span(Role::Good, "● no incident"));
        let (rate, window) = (figures::percent(total.rate), picture.window);
        let text = match narrow {
            true => format!(" · {rate} of {} in {window}", figures::count(total.attempts, 9)),
            false => {
                let attempts = figures::plural(total.attempts, "attempt", "attempts");
                format!(" · {rate} rejected of {attempts} in {window}")
            }
        };
        spans.push(canvas.span(Role::Dim, text));
    }
    let last = picture.incidents.iter().find_map(|incident| Some((incident, incident.until?)));
    if let Some((incident, until)) = last {
        let (name, category) = (&incident.name, words::category(incident.category));
        let text = format!(" · last: {name}, {category}, {}–{}", incident.onset.clock(), until.clock());
        let brief = format!(" · last: {}, {category}", figures::name(name, 16));
        let room = usize::from(area.width).saturating_sub(width_of(&spans));
        // Half a name is worse than none.
        let told = [text, brief].into_iter().find(|text| width(text) <= room);
        spans.push(canvas.span(Role::Dim, told.unwrap_or_default()));
    }
    canvas.row(area, 0, &spans);
}
