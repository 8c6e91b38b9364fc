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
mod incident;
mod incidents;
mod layout;
mod notes;
mod overview;
mod palette;
mod probes;
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

/// Draws everything, and says what lies where.
pub(super) fn draw(buffer: &mut Buffer, state: &State, picture: &Picture) -> Hits {
    let area = buffer.area;
    let mut canvas = Canvas::new(buffer, &state.theme);
    if area.width < SMALLEST.0 || area.height < SMALLEST.1 {
        too_small(&mut canvas, area, state);
    } else {
        screen(&mut canvas, area, state, picture);
    }
    let hits = canvas.into_hits().on(state.screen());
    if state.ascii {
        ascii::fold(buffer);
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

fn screen(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let sheet = layout::sheet(area, alarm::rows(area, state, picture), status::rows(area, state));
    header::draw(canvas, sheet.header, state, picture);
    match state.drawn() {
        Screen::Board => {
            alarm::draw(canvas, sheet.alarm, state, picture);
            overview::draw(canvas, sheet.body, state, picture);
        }
        Screen::Drill => {
            drill::scope_line(canvas, sheet.alarm, state, picture);
            alarm::beside(canvas, sheet.alarm, state, picture);
            drill::draw(canvas, sheet.body, state, picture);
        }
        Screen::Incident => {
            incident::scope_line(canvas, sheet.alarm, state, picture);
            incident::draw(canvas, sheet.body, state, picture);
        }
        Screen::Sends => {
            sends::scope_line(canvas, sheet.alarm, state, picture);
            sends::draw(canvas, sheet.body, state, picture);
        }
        Screen::Compare => {
            compare::scope_line(canvas, sheet.alarm, state, picture);
            compare::draw(canvas, sheet.body, state, picture);
        }
        Screen::Exports | Screen::Preview => {
            exports::scope_line(canvas, sheet.alarm, state, picture);
            exports::draw(canvas, sheet.body, state, picture);
        }
        Screen::Trace => {
            trace::scope_line(canvas, sheet.alarm, state, picture);
            trace::draw(canvas, sheet.body, state, picture);
        }
        Screen::RawLog => {
            rawlog::scope_line(canvas, sheet.alarm, state, picture);
            rawlog::draw(canvas, sheet.body, state);
        }
        Screen::Probes => {
            probes::scope_line(canvas, sheet.alarm, state, picture);
            probes::draw(canvas, sheet.body, state, picture);
        }
        Screen::Sources => {
            sources::scope_line(canvas, sheet.alarm, state, picture);
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
    let (lines, _) = wrap::wrap(&text, usize::from(area.width), usize::from(area.height));
    for (row, line) in (0..area.height).zip(lines) {
        let span = canvas.span(crate::ui::theme::Role::Text, &text[line]);
        canvas.row(area, row, &[span]);
    }
}
