//! What happened, who did what, and when: the log's words and the operators', in the order of time.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::window::Window;
use super::wrap::wrap;
use super::{prose, words};
use crate::engine::Happened;
use crate::text::{fit, width};
use crate::ui::chronicle;
use crate::ui::hits::{List as Listed, Target};
use crate::ui::notebook::Subject;
use crate::ui::picture::Picture;
use crate::ui::screens::Part;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Rows of one entry at most, where it is not the selected one of the pane that has the keys.
const ROWS: usize = 3;
/// Cells of who did it at most.
const WHO: usize = 16;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let rows = chronicle::of(state, picture);
    let focus = state.dossier.part == Part::Timeline;
    let mut title = vec![
        canvas.span(Role::Title, "Timeline"),
        canvas.span(Role::Text, format!(" · {}", picture.now.zone())),
    ];
    let incident = state.shown(&picture.incidents);
    if let Some(incident) = incident
        && state.notebook.trouble(&Subject::Incident(incident.id.clone())).is_some()
    {
        title.push(canvas.span(Role::Warn, " · ! yours is not kept"));
    }
    let at = state.dossier.happened.unwrap_or(rows.len().saturating_sub(1));
    let right = match rows.len() {
        0 => Vec::new(),
        len => vec![canvas.span(Role::Dim, format!("{}/{len}", at + 1))],
    };
    canvas.hit(area, Target::Pane(Listed::Timeline));
    let inner = canvas.panel(area, &title, &right, focus);
    if rows.is_empty() {
        let text = [
            "Nothing is told of this incident yet.",
            "{note-incident} writes a note; answers and exports show up here, too.",
        ];
        return prose::draw(canvas, inner, &text.map(|line| (Role::Dim, state.keymap.told(line))));
    }
    List::of(&rows, at, inner, focus).draw(canvas, inner);
}

/// The entries and how they are laid out.
struct List<'r> {
    rows: &'r [Happened],
    at: usize,
    /// Whether the pane has the keys.
    focus: bool,
    time: usize,
    who: usize,
    /// Cells of the words.
    cells: usize,
}

impl<'r> List<'r> {
    fn of(rows: &'r [Happened], at: usize, area: Rect, focus: bool) -> Self {
        let day = |row: &Happened| row.at.seconds().div_euclid(86_400);
        let is_dated = rows.first().map(day) != rows.last().map(day);
        let narrow = area.width < 56;
        let time = if is_dated && !narrow { 14 } else { 8 };
        let longest = rows.iter().filter_map(|row| row.who.as_ref()).map(|who| width(who)).max();
        // The log is told by nobody; where only it speaks, there is no column for who.
        let who = longest.map_or(0, |longest| longest.max(3).min(if narrow { 8 } else { WHO }) + 1);
        let cells = usize::from(area.width).saturating_sub(4 + time + 1 + who);
        Self { rows, at, focus, time, who, cells }
    }

    /// Rows of an entry at most; the selected one is told in full while the keys are here: else one long
    /// reply would hide all that was before it.
    fn limit(&self, at: usize) -> usize {
        if self.focus && at == self.at { usize::MAX } else { ROWS }
    }

    fn lines(&self, at: usize) -> usize {
        wrap(&self.rows[at].what, self.cells, self.limit(at)).0.len().max(1)
    }

    fn draw(&self, canvas: &mut Canvas<'_>, area: Rect) {
        let height = usize::from(area.height);
        let heights: Vec<usize> = (0..self.rows.len()).map(|at| self.lines(at)).collect();
        // Where the entries are more than the rows, the selected one stands in the middle.
        let above: usize = heights[..self.at.min(heights.len())].iter().sum();
        let all: usize = heights.iter().sum();
        let middle = above + heights.get(self.at).copied().unwrap_or(1) / 2;
        let top = Window::around(middle, all, height).first();
        let mut y = 0usize;
        for (at, row) in self.rows.iter().enumerate() {
            let (lines, cut) = wrap(&row.what, self.cells, self.limit(at));
            let last = lines.len().saturating_sub(1);
            for (part, line) in lines.into_iter().enumerate() {
                let shown = y.checked_sub(top).filter(|shown| *shown < height);
                y += 1;
                let Some(shown) = shown.and_then(|shown| u16::try_from(shown).ok()) else { continue };
                let lead = if part == 0 { self.lead(canvas, at, row) } else { Vec::new() };
                canvas.row(area, shown, &lead);
                canvas.listed(area, shown, Listed::Timeline, at, at == self.at);
                let x = area.x + u16::try_from(4 + self.time + 1 + self.who).unwrap_or(0);
                let cells = u16::try_from(self.cells).unwrap_or(0);
                // What goes on below the pane is cut by it.
                let is_cut = if part == last { cut } else { usize::from(shown) + 1 == height };
                let line = if is_cut { line.start..row.what.len() } else { line };
                let taken = canvas.put(x, area.y + shown, cells, &[canvas.span(Role::Text, &row.what[line])]);
                if at == self.at && self.focus {
                    canvas.tint(Rect { x, y: area.y + shown, width: taken, height: 1 }, Role::Selected);
                }
            }
        }
    }

    /// The mark, the sign, the time, and who it was.
    fn lead(&self, canvas: &Canvas<'_>, at: usize, row: &Happened) -> Vec<Span<'static>> {
        let stamp = match self.time {
            8 => row.at.clock(),
            _ => row.at.date_clock().get(5..).unwrap_or_default().to_owned(),
        };
        let (sign, role) = words::happening(row.kind);
        let mut spans = vec![
            canvas.span(Role::Accent, if at == self.at { "▸" } else { " " }),
            Span::raw(" "),
            canvas.span(role, sign),
            Span::raw(" "),
            canvas.span(Role::Dim, format!("{stamp:<time$} ", time = self.time)),
        ];
        if self.who > 0 {
            let (name, role) = match &row.who {
                Some(who) => (who.as_str(), Role::Accent),
                None => ("log", Role::Dim),
            };
            let name = fit(name, self.who - 1);
            let pad = self.who - width(&name);
            spans.push(canvas.span(role, format!("{name}{:pad$}", "")));
        }
        spans
    }
}
