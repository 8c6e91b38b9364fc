//! Where: provider × code.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::window::Window;
use super::{figures, prose};
use crate::engine::{Board, Estimated, Mode, Row};
use crate::text::{fit, width};
use crate::ui::hits::{Heading, List, Target};
use crate::ui::order::{Sort, is_of_few};
use crate::ui::picture::Picture;
use crate::ui::state::{Pick, State};
use crate::ui::theme::Role;

/// The fixed columns of the board for a width.
#[derive(Copy, Clone, Debug)]
struct Frame {
    name: u16,
    attempts: u16,
    rejected: u16,
    deferred: u16,
    rate: u16,
    base: u16,
}

/// Below this width its heading is short.
const NARROW: u16 = 72;
/// Cells before the name: what is selected, what is in an incident.
const MARKS: u16 = 2;

impl Frame {
    const fn of(cells: u16) -> Self {
        let (name, attempts, rejected, deferred) = match cells {
            ..56 => (13, 0, 8, 0),
            56..100 => (17, 8, 9, 0),
            100..120 => (20, 11, 10, 10),
            _ => (26, 12, 11, 11),
        };
        Self { name, attempts, rejected, deferred, rate: 7, base: 8 }
    }

    const fn width(self) -> u16 {
        MARKS + self.name + self.attempts + self.rejected + self.deferred + self.rate + self.base
    }
}

/// The code columns in sight: index, left edge, width.
fn columns(board: &Board, frame: Frame, area: Rect, selected: Option<usize>) -> Vec<(usize, u16, u16)> {
    let room = area.width.saturating_sub(frame.width());
    let wide = |at: usize| u16::try_from(width(&board.columns[at].label)).unwrap_or(9).clamp(6, 9) + 1;
    // The first column to show is the first one from which the selected one is still in sight.
    let mut first = 0;
    if let Some(selected) = selected {
        let mut used = wide(selected);
        first = selected;
        while first > 0 && used + wide(first - 1) <= room {
            first -= 1;
            used += wide(first);
        }
    }
    let mut x = area.x + frame.width();
    let mut shown = Vec::new();
    for at in first..board.columns.len() {
        let cells = wide(at);
        if x + cells > area.right() {
            break;
        }
        shown.push((at, x, cells));
        x += cells;
    }
    shown
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let board = &picture.board;
    let pick = state.resolved(&picture.incidents);
    let column = state
        .column
        .as_ref()
        .and_then(|label| board.columns.iter().position(|column| column.label == *label));
    let frame = Frame::of(area.width);
    // Figures do not touch a fence.
    let margin = u16::from(!canvas.reaches_edge(area));
    let shown = columns(board, frame, Rect { width: area.width - margin, ..area }, column);
    let row_at = match &pick {
        Pick::Provider(id) => board.rows.iter().position(|row| row.id == *id),
        _ => None,
    };
    let height = usize::from(area.height.saturating_sub(3));
    let window = Window::around(row_at.unwrap_or(0), board.rows.len(), height);

    let title = title(canvas, area.width, state, picture);
    let right = sight(canvas, window, &shown, board);
    canvas.hit(area, Target::Pane(List::Board));
    let inner = canvas.panel(area, &title, &right, true);
    if board.total.attempts == 0 {
        return empty(canvas, inner, state, picture);
    }
    heads(canvas, inner, frame, &shown, state, board);
    let total =
        Drawn { row: &board.total, name: "All providers", picked: pick == Pick::All, column, theirs: false };
    total.draw(canvas, inner, 1, frame, &shown, board);
    // Above the rows stand the running incidents.
    let above = picture.running().count();
    let listed = |canvas: &mut Canvas<'_>, line: u16, at: usize, picked: bool| {
        canvas.listed(inner, line, List::Board, at, picked && column.is_none());
        for (code, x, width) in shown.iter().copied().filter(|_| line < inner.height) {
            let cell = Rect { x, y: inner.y + line, width, height: 1 };
            canvas.hit(cell, Target::Cell(at, code, picked && column == Some(code)));
        }
    };
    listed(canvas, 1, above, pick == Pick::All);
    for (line, at, row) in window.of(2, &board.rows) {
        let picked = matches!(&pick, Pick::Provider(id) if *id == row.id);
        let theirs = picture.notices.iter().any(|notice| notice.provider.as_ref() == Some(&row.id));
        Drawn { row, name: &row.name, picked, column, theirs }
            .draw(canvas, inner, line, frame, &shown, board);
        listed(canvas, line, above + 1 + at, picked);
    }
}

fn title(canvas: &Canvas<'_>, cells: u16, state: &State, picture: &Picture) -> Vec<Span<'static>> {
    let board = &picture.board;
    // What is wrong with its figures, and how it is sorted, is worth more than a long name.
    let is_told = board.covered < picture.window.millis() || state.sort != Sort::default() || state.reversed;
    let name = if cells < NARROW && is_told { "Rejections" } else { "Rejections by provider and code" };
    let mut title =
        vec![canvas.span(Role::Title, name), canvas.span(Role::Text, format!(" · {}", picture.window))];
    if board.covered < picture.window.millis() && board.total.attempts > 0 {
        let text = format!(
            " · only {} of it read",
            figures::ago(picture.now.plus_millis(-board.covered), picture.now)
        );
        title.push(canvas.span(Role::Warn, text));
    }
    if state.sort != Sort::default() || state.reversed {
        title.push(canvas.span(Role::Text, format!(" · by {}", state.sorted_by())));
        if state.sort.is_by_rate() && board.rows.iter().any(is_of_few) {
            title.push(canvas.span(Role::Dim, ", few attempts last"));
        }
    }
    title
}

/// Which part of the board is in sight, where it is not all of it.
fn sight(
    canvas: &Canvas<'_>,
    window: Window,
    shown: &[(usize, u16, u16)],
    board: &Board,
) -> Vec<Span<'static>> {
    let mut text = Vec::from_iter(window.sight());
    if let (Some((from, ..)), Some((to, ..))) = (shown.first(), shown.last())
        && to + 1 - from < board.columns.len()
    {
        text.push(format!("codes {}–{} of {}", from + 1, to + 1, board.columns.len()));
    }
    if text.is_empty() { Vec::new() } else { vec![canvas.span(Role::Dim, text.join(" · "))] }
}

fn heads(
    canvas: &mut Canvas<'_>,
    area: Rect,
    frame: Frame,
    shown: &[(usize, u16, u16)],
    state: &State,
    board: &Board,
) {
    let sorted = |sort: Sort| if state.sort == sort { Role::Title } else { Role::Dim };
    let name = canvas.span(sorted(Sort::Name), "PROVIDER");
    canvas.put(area.x + MARKS, area.y, frame.name, &[name]);
    let head = |x: u16, cells: u16| Rect { x, y: area.y, width: cells, height: 1 };
    canvas.hit(head(area.x, MARKS + frame.name), Target::Heading(Heading::Name));
    let mut x = area.x + MARKS + frame.name;
    for (word, cells, sort, heading) in [
        ("ATTEMPTS", frame.attempts, Sort::Attempts, Heading::Attempts),
        ("REJECTED", frame.rejected, Sort::Rejected, Heading::Rejected),
        ("DEFERRED", frame.deferred, Sort::Deferred, Heading::Deferred),
        ("RATE", frame.rate, Sort::Rate, Heading::Rate),
        ("vs BASE", frame.base, Sort::Base, Heading::Base),
    ] {
        if cells == 0 {
            continue;
        }
        let role = sorted(sort);
        let text = format!("{word:>width$}", width = usize::from(cells));
        canvas.put(x, area.y, cells, &[canvas.span(role, text)]);
        canvas.hit(head(x, cells), Target::Heading(heading));
        x += cells;
    }
    for (at, x, cells) in shown {
        let column = &board.columns[*at];
        let label = fit(&column.label, usize::from(*cells - 1));
        let pad = usize::from(*cells) - width(&label);
        let role = if column.class == 5 { Role::Title } else { Role::Dim };
        canvas.put(*x, area.y, *cells, &[Span::raw(" ".repeat(pad)), canvas.span(role, label)]);
        canvas.hit(head(*x, *cells), Target::Heading(Heading::Code(*at)));
    }
}

/// One row of the board and how it is selected.
struct Drawn<'a> {
    row: &'a Row,
    name: &'a str,
    picked: bool,
    /// The selected code column.
    column: Option<usize>,
    /// Whether the provider has trouble of its own.
    theirs: bool,
}

impl Drawn<'_> {
    fn draw(
        &self,
        canvas: &mut Canvas<'_>,
        area: Rect,
        line: u16,
        frame: Frame,
        shown: &[(usize, u16, u16)],
        board: &Board,
    ) {
        if line >= area.height {
            return;
        }
        let (row, y) = (self.row, area.y + line);
        let alarm = row.incident.is_some();
        let marks = [
            canvas.span(Role::Accent, if self.picked { "▸" } else { " " }),
            match (alarm, self.theirs) {
                (true, _) => canvas.span(Role::Bad, "▲"),
                (false, true) => canvas.span(Role::Warn, "◇"),
                (false, false) => Span::raw(" "),
            },
        ];
        canvas.put(area.x, y, MARKS, &marks);
        let name = if alarm || self.picked { Role::Title } else { Role::Text };
        canvas.put(
            area.x + MARKS,
            y,
            frame.name,
            &[canvas.span(name, figures::name(self.name, usize::from(frame.name) - 1))],
        );
        let quiet = if row.rejected == 0 { Role::Dim } else { Role::Text };
        let loud = if alarm { Role::Bad } else { quiet };
        let change = row.against();
        let change = if alarm { format!("▲ {change}") } else { change };
        let about = board.about;
        let mut x = area.x + MARKS + frame.name;
        for (text, cells, role) in [
            (count(row.attempts, frame.attempts, about.attempts), frame.attempts, Role::Text),
            (count(row.rejected, frame.rejected, about.replies), frame.rejected, loud),
            (count(row.deferred, frame.deferred, about.replies), frame.deferred, Role::Text),
            (
                rate(row.rate, about.rates()),
                frame.rate,
                if is_of_few(row) && !alarm { Role::Dim } else { loud },
            ),
            (change, frame.base, loud),
        ] {
            let pad = usize::from(cells).saturating_sub(width(&text));
            canvas.put(x, y, cells, &[Span::raw(" ".repeat(pad)), canvas.span(role, text)]);
            x += cells;
        }
        for (at, x, cells) in shown {
            let cell = row.cells.get(*at).copied().unwrap_or(0);
            let main = alarm && board.columns[*at].class == 5 && cell * 2 >= row.rejected;
            let role = match cell {
                0 => Role::Dim,
                _ if main => Role::Bad,
                _ => Role::Text,
            };
            let text = if cell == 0 { "·".into() } else { count(cell, *cells, about.replies) };
            let pad = usize::from(*cells).saturating_sub(width(&text));
            canvas.put(*x, y, *cells, &[Span::raw(" ".repeat(pad)), canvas.span(role, text)]);
            if self.picked && self.column == Some(*at) {
                canvas.tint(Rect { x: *x + 1, y, width: *cells - 1, height: 1 }, Role::Selected);
            }
        }
        // What is reversed is what the other panels talk about.
        if self.picked && self.column.is_none() {
            let cells = frame.width() - MARKS;
            canvas.tint(
                Rect { x: area.x + MARKS, y, width: cells.min(area.width - MARKS), height: 1 },
                Role::Selected,
            );
        }
    }
}

/// A count in a column, with a free cell before it, and whether it is estimated.
fn count(count: u64, cells: u16, about: bool) -> String {
    let sign = Estimated::sign(about);
    format!(
        "{sign}{}",
        figures::count(count, usize::from(cells.saturating_sub(1)).saturating_sub(sign.len()))
    )
}

/// A rate, and whether it is estimated; then a whole one needs no decimals, for which there is no cell.
fn rate(rate: f64, about: bool) -> String {
    let text = figures::percent(rate);
    match (about, text.as_str()) {
        (true, "100.0%") => "~100%".to_owned(),
        (true, text) => format!("~{text}"),
        (false, text) => text.to_owned(),
    }
}

/// Why there is nothing, and what to do about it.
fn empty(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let lines = &picture.head.lines;
    let filtered = !state.filter.is_empty();
    let reading = picture.head.mode == Mode::Reading;
    let is_paused = picture.head.playing.is_some_and(|playing| playing.paused);
    if is_paused && lines.read == 0 && !reading {
        let way = state.keymap.told("{pause} goes on.");
        let text = [(Role::Title, "The replay is paused at the beginning.".to_owned()), (Role::Text, way)];
        return prose::draw(canvas, area, &text);
    }
    let mut text = vec![(Role::Title, format!("No delivery attempt in the last {}.", state.window))];
    if reading {
        let progress = super::header::progress(&picture.head.sources);
        let read = figures::plural(lines.read, "line", "lines");
        text = vec![
            (Role::Title, format!("No delivery attempt in the last {} yet.", state.window)),
            (Role::Warn, format!("◐ {progress}, {read} so far. The board fills while it is read.")),
        ];
    }
    // Something was tried, and this is not asked for.
    let is_hidden = filtered && picture.head.totals.attempts > 0 && !reading;
    if let Some(why) = &picture.unasked {
        let way = state.keymap.told("{filter} changes the filter.");
        return prose::draw(canvas, area, &[(Role::Title, why.clone()), (Role::Text, way)]);
    }
    if is_hidden {
        let title = format!("No delivery attempt in the last {} that the filter lets through.", state.window);
        let ways = "{unfilter} drops it, {filter} edits it, {longer} takes a longer window.";
        text = vec![(Role::Title, title), (Role::Text, state.keymap.told(ways))];
    } else if filtered {
        let way = "The filter may let nothing through: {unfilter} drops it.";
        text.push((Role::Text, state.keymap.told(way)));
    }
    if reading || is_hidden {
        // Why there is nothing yet is said; the rest is not known before the end.
    } else if lines.read == 0 {
        text.push((Role::Text, format!("No line was read yet from {}.", sources(picture))));
        for source in picture.head.sources.iter().filter(|source| source.trouble) {
            text.push((Role::Warn, format!("{}: {}.", source.name, source.state)));
        }
        text.push((Role::Dim, "Lines show up here as soon as the MTA writes them.".into()));
    } else {
        if let Some(ends) = picture.head.ends {
            let ago = figures::ago(ends, picture.now);
            text.push((Role::Text, format!("The newest attempt was at {}, {ago} ago.", ends.clock())));
        }
        text.push((
            Role::Text,
            format!(
                "Read {} from {}: {} say nothing about outbound mail, {} could not be read.",
                figures::plural(lines.read, "line", "lines"),
                sources(picture),
                figures::thousands(lines.no_interest),
                figures::thousands(lines.unparsed)
            ),
        ));
        if picture.head.totals.attempts > 0 {
            let all = figures::plural(picture.head.totals.attempts, "attempt lies", "attempts lie");
            text.push((
                Role::Text,
                format!("{all} before this window: {}", state.keymap.told("{longer} for a longer one.")),
            ));
        } else {
            text.push((
                Role::Dim,
                "Is this the log of the MTA that sends? Give its path as argument.".into(),
            ));
        }
        for source in picture.head.sources.iter().filter(|source| source.is_strange()).take(2) {
            let first = source.strange.first().map_or("", |line| line.as_str());
            let text_of = format!("{}: no MTA is known to write lines like: {first}", source.name);
            text.push((Role::Warn, text_of));
            text.push((Role::Dim, "If you know whose log it is, start again with --log-format.".into()));
        }
    }
    let hint =
        (Role::Dim, "Nothing to follow at all? `fivefifty demo` plays a send into an incident.".into());
    if !reading && !is_hidden {
        text.push(hint);
    }
    prose::draw(canvas, area, &text);
}

fn sources(picture: &Picture) -> String {
    match picture.head.sources.as_slice() {
        [] => "any source".into(),
        [one] => one.name.to_string(),
        many => figures::plural(many.len() as u64, "source", "sources"),
    }
}
