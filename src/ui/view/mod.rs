//! The screens: pure functions from state and picture to cells. Nothing is decided here.

mod alarm;
mod ascii;
mod board;
mod canvas;
mod changed;
mod checklist;
mod compare;
mod crumbs;
mod drill;
mod exports;
pub(super) mod figures;
mod filter_line;
mod header;
mod help;
mod hints;
mod incident;
mod incidents;
mod layout;
mod notes;
mod overview;
mod palette;
mod probes;
mod prose;
mod rawlog;
mod read;
mod sample;
mod says;
mod sends;
mod sources;
mod status;
mod themes;
mod timeline;
mod trace;
mod tree;
mod trend;
mod verdict;
mod window;
pub(super) mod words;
mod wrap;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::hits::Hits;
use super::picture::Picture;
use super::screens::Screen;
use super::state::State;
use canvas::Canvas;

/// The smallest terminal that the console is designed for.
const SMALLEST: (u16, u16) = (40, 12);

/// Draws everything into `area` of the buffer, no cell outside of it, and says what lies where.
pub(super) fn draw(buffer: &mut Buffer, area: Rect, state: &State, picture: &Picture) -> Hits {
    let area = area.intersection(buffer.area);
    let mut canvas = Canvas::new(buffer, area, &state.theme);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(&mut canvas, area, state);
    } else {
        screen(&mut canvas, area, state, picture);
    }
    let hits = canvas.into_hits().on(state.screen());
    if state.ascii {
        ascii::fold(buffer, area);
    }
    hits
}

/// Slots of the chart that is in sight on a terminal of this size: one per column.
pub(super) fn slots(size: (u16, u16), base: Screen) -> usize {
    match base {
        Screen::Incident => incident::slots(size.0),
        _ => overview::trend_slots(Rect::new(0, 0, size.0, size.1)),
    }
}

/// From this width on the overview has room for what changed.
pub(super) const CHANGED: u16 = overview::CHANGED;

/// Whether the sends have room for what is said to the selected one.
pub(super) const fn says_of_sends(size: (u16, u16)) -> bool {
    sends::has_room(size)
}

/// Rows of the comparison that can be scrolled through.
pub(super) fn compared_rows(picture: &Picture) -> usize {
    compare::rows(picture)
}

/// Rows of the raw log that are in sight.
pub(super) fn log_rows(state: &State) -> usize {
    rawlog::rows(state.size, state.raw.wrap)
}

/// The queue id that a line of syslog begins its message with.
pub(super) fn queue_id(text: &str) -> Option<&str> {
    rawlog::queue_id(text)
}

/// Rows of the help that can be scrolled through.
pub(super) fn help_rows(state: &State) -> usize {
    help::rows(state)
}

/// Whether the header's row has to say where we are, too: the overview's alarm is worth a row of its own.
fn shares_its_row(area: Rect, state: &State) -> bool {
    layout::is_low(area.height) && !matches!(state.drawn(), Screen::Board | Screen::Help)
}

fn sheet(area: Rect, state: &State, picture: &Picture) -> layout::Sheet {
    let scope = u16::from(shares_its_row(area, state));
    let alarm = alarm::rows(area, state, picture).saturating_sub(scope);
    layout::sheet(area, alarm, status::rows(area, state))
}

/// The part of a terminal that the panels of a screen have.
fn body(state: &State, picture: &Picture) -> Rect {
    sheet(Rect::new(0, 0, state.size.0, state.size.1), state, picture).body
}

/// Rows that the text of the drill's pane can still be scrolled beyond what its cursor shows.
pub(super) fn drill_beyond(state: &State, picture: &Picture) -> usize {
    drill::beyond(body(state, picture), state, picture)
}

fn screen(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let mut sheet = sheet(area, state, picture);
    if shares_its_row(area, state) {
        sheet.scope = header::beside(canvas, sheet.header, picture);
    } else {
        header::draw(canvas, sheet.header, state, picture);
    }
    match state.drawn() {
        Screen::Board => {
            alarm::draw(canvas, sheet.alarm, state, picture);
            overview::draw(canvas, sheet.body, state, picture);
        }
        Screen::Drill => {
            drill::scope_line(canvas, sheet.scope, state, picture);
            alarm::beside(canvas, sheet.alarm, state, picture);
            drill::draw(canvas, sheet.body, state, picture);
        }
        Screen::Incident => {
            incident::scope_line(canvas, sheet.scope, state, picture);
            incident::draw(canvas, sheet.body, state, picture);
        }
        Screen::Sends => {
            sends::scope_line(canvas, sheet.scope, state, picture);
            sends::draw(canvas, sheet.body, state, picture);
        }
        Screen::Compare => {
            compare::scope_line(canvas, sheet.scope, state, picture);
            compare::draw(canvas, sheet.body, state, picture);
        }
        Screen::Exports | Screen::Preview => {
            exports::scope_line(canvas, sheet.scope, state, picture);
            exports::draw(canvas, sheet.body, state, picture);
        }
        Screen::Trace => {
            trace::scope_line(canvas, sheet.scope, state, picture);
            trace::draw(canvas, sheet.body, state, picture);
        }
        Screen::RawLog => {
            rawlog::scope_line(canvas, sheet.scope, state, picture);
            rawlog::draw(canvas, sheet.body, state, picture);
        }
        Screen::Probes => {
            probes::scope_line(canvas, sheet.scope, state, picture);
            probes::draw(canvas, sheet.body, state, picture);
        }
        Screen::Sources => {
            sources::scope_line(canvas, sheet.scope, state, picture);
            sources::draw(canvas, sheet.body, state, picture);
        }
        Screen::Help => help::draw(canvas, layout::join(sheet.alarm, sheet.body), state),
        // It lies over what is drawn.
        Screen::Themes => {}
    }
    if state.screen() == Screen::Themes {
        themes::draw(canvas, sheet.body, state);
    }
    palette::draw(canvas, layout::join(sheet.alarm, sheet.body), state, picture);
    status::draw(canvas, sheet.status, state, picture);
}

/// Below the smallest layout: what is needed, in as many rows as there are.
fn too_small(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
    let (columns, rows) = SMALLEST;
    let text = format!(
        "fivefifty needs {columns}×{rows} cells, this terminal has {}×{}: enlarge it, or {} to quit.",
        area.width,
        area.height,
        state.keymap.first("quit")
    );
    let lines = wrap::cut(&text, usize::from(area.width), usize::from(area.height));
    for (row, line) in (0..area.height).zip(lines) {
        let span = canvas.span(crate::ui::theme::Role::Text, &text[line]);
        canvas.row(area, row, &[span]);
    }
}
