//! What can be asked of DNS: the commands to run, the questions that they answer, the operator's answers.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::layout::top;
use super::trend::scope_name;
use super::window::Window;
use super::wrap::cut;
use super::{crumbs, notes, prose, words};
use crate::engine::{By, Probe};
use crate::text::{Clean, fit, width};
use crate::ui::hits::{List, Target};
use crate::ui::keymap::Keymap;
use crate::ui::picture::Picture;
use crate::ui::screens::Screen;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// From this height on the selected command stands below in full, with what its answers mean.
const TALL: u16 = 14;
/// Rows of that.
const DETAILS: u16 = 6;
/// Below this width the way here goes.
const NARROW: u16 = 72;
/// From this width on what a command asks stands before it.
const WIDE: u16 = 64;

/// Where we are, in one line.
pub(super) fn scope_line(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let mut spans = crumbs::under(canvas, area, state, picture);
    let scope = state.scope(&picture.incidents);
    spans.push(canvas.span(Role::Title, "probes"));
    // The way here names a drill's scope, and no other.
    let is_named = state.way().contains(&Screen::Drill) && area.width >= NARROW;
    if !is_named {
        spans.push(canvas.span(Role::Text, format!(" · {}", scope_name(&scope, picture, 24))));
    }
    // Half a promise is none.
    let room = usize::from(area.width).saturating_sub(width_of(&spans));
    let nothing = " · nothing is sent from here";
    let whole = " · run them in a shell, answer here; nothing is sent from here";
    let told = [whole, nothing].into_iter().find(|text| width(text) <= room);
    spans.push(canvas.span(Role::Dim, told.unwrap_or_default()));
    canvas.row(area, 0, &spans);
}

/// A row of the list.
enum Row<'p> {
    /// The questions of the diagnosis, or the others.
    Part(&'static str),
    Question(&'p Probe),
    Command(usize, &'p Probe),
    Note(String),
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let probes = &picture.probes;
    let mut nodes: Vec<_> = probes.iter().map(|probe| &probe.node).collect();
    nodes.dedup();
    let answered = nodes
        .iter()
        .filter(|node| probes.iter().any(|probe| probe.node == ***node && probe.by == By::Operator));
    let right = match nodes.len() {
        0 => Vec::new(),
        all => vec![canvas.span(Role::Dim, format!("{} of {all} answered", answered.count()))],
    };
    canvas.hit(area, Target::Pane(List::Probes));
    let inner = canvas.panel(area, &[canvas.span(Role::Title, "DNS, by hand")], &right, true);
    if probes.is_empty() {
        let text = [
            (Role::Text, "Nothing was refused in this window, so there is nothing to ask.".to_owned()),
            (Role::Dim, state.keymap.told("{back} goes back; {longer} takes a longer window there.")),
        ];
        return prose::draw(canvas, inner, &text);
    }
    let details = if area.height >= TALL { DETAILS } else { 0 };
    let rows = rows(state, picture, usize::from(inner.width));
    // What is selected stands in full right under a list that is short.
    let need = u16::try_from(rows.len()).unwrap_or(u16::MAX);
    let (list, below) = top(inner, need.min(inner.height - details.min(inner.height)));
    let here = rows.iter().position(|row| matches!(row, Row::Command(at, _) if *at == state.probe));
    let window = Window::around(here.unwrap_or(0), rows.len(), usize::from(list.height));
    let label = probes.iter().map(|probe| width(&probe.of)).max().unwrap_or(0).min(24);
    for (line, _, row) in window.of(0, &rows) {
        match row {
            Row::Part(text) => {
                canvas.row(list, line, &[Span::raw(" "), canvas.span(Role::Dim, *text)]);
            }
            Row::Question(probe) => question(canvas, list, line, probe, state),
            Row::Note(text) => {
                canvas.row(list, line, &[Span::raw("     "), canvas.span(Role::Accent, text.as_str())]);
            }
            Row::Command(at, probe) => {
                let selected = *at == state.probe;
                canvas.listed(list, line, List::Probes, *at, selected);
                let mut lead =
                    vec![canvas.span(Role::Accent, if selected { " ▸ " } else { "   " }), Span::raw("  ")];
                if list.width >= WIDE && label > 0 {
                    let of = fit(&probe.of, label);
                    let pad = label - width(&of);
                    lead.push(canvas.span(Role::Dim, format!("{of}{:pad$}  ", "")));
                }
                let used = canvas.row(list, line, &lead);
                let room = list.width.saturating_sub(used);
                let role = if probe.blank().is_some() { Role::Warn } else { Role::Text };
                let taken =
                    canvas.put(list.x + used, list.y + line, room, &[canvas.span(role, &probe.command)]);
                if selected {
                    let tinted = Rect { x: list.x + used, y: list.y + line, width: taken, height: 1 };
                    canvas.tint(tinted, Role::Selected);
                }
            }
        }
    }
    window.note(canvas, list);
    if details > 0
        && let Some(probe) = probes.get(state.probe)
    {
        self::details(canvas, below, probe, &state.keymap);
    }
}

/// Everything from top to bottom.
fn rows<'p>(state: &State, picture: &'p Picture, cells: usize) -> Vec<Row<'p>> {
    let mut rows = Vec::new();
    let mut before: Option<&Probe> = None;
    for (at, probe) in picture.probes.iter().enumerate() {
        if before.is_none_or(|before| before.is_asked != probe.is_asked) {
            rows.push(Row::Part(if probe.is_asked {
                "the diagnosis asks"
            } else {
                "what else can be asked"
            }));
        }
        if before.is_none_or(|before| before.node != probe.node) {
            rows.push(Row::Question(probe));
            let noted = notes::rows(&notes::on(state, picture, &probe.node), cells.saturating_sub(6));
            rows.extend(noted.into_iter().map(Row::Note));
        }
        rows.push(Row::Command(at, probe));
        before = Some(probe);
    }
    rows
}

/// The question, and at the right its answer or who is asked.
fn question(canvas: &mut Canvas<'_>, area: Rect, row: u16, probe: &Probe, state: &State) {
    let answer = if probe.answer.is_empty() {
        vec![canvas.span(Role::Key, words::asks(&probe.takes, &state.keymap).trim_end().to_owned())]
    } else {
        let whose = if probe.by == By::Operator { "you: " } else { "log: " };
        let answer = Clean::from(probe.answer.as_str());
        vec![canvas.span(Role::Dim, whose), canvas.span(Role::Title, answer.to_string())]
    };
    // The answer is worth more than the end of the question.
    let cells = usize::from(area.width).saturating_sub(5 + 2 + width_of(&answer) + 1);
    let question = fit(&Clean::from(probe.question.as_ref()), cells.max(usize::from(area.width / 3)));
    let spans = [
        Span::raw("   "),
        words::node(canvas, probe.light),
        Span::raw(" "),
        canvas.span(Role::Title, question),
        Span::raw("  "),
    ];
    let used = canvas.row(area, row, &spans);
    let room = area.width.saturating_sub(used);
    // At the right where it fits, else behind the question.
    let need = u16::try_from(width_of(&answer) + 1).unwrap_or(u16::MAX);
    if need <= room {
        let column = area.x + used.max(area.width.min(60)).min(area.width - need);
        canvas.put(column, area.y + row, need, &answer);
    } else {
        canvas.put(area.x + used, area.y + row, room, &answer);
    }
}

/// The selected command in full, and what its answers mean.
fn details(canvas: &mut Canvas<'_>, area: Rect, probe: &Probe, keymap: &Keymap) {
    let rule = "┄".repeat(usize::from(area.width));
    canvas.row(area, 0, &[canvas.span(Role::Rule, rule)]);
    let cells = usize::from(area.width.saturating_sub(2));
    let mut row = 1;
    for range in cut(&probe.command, cells, 2) {
        canvas.row(area, row, &[Span::raw(" "), canvas.span(Role::Title, &probe.command[range])]);
        row += 1;
    }
    if let Some(blank) = probe.blank() {
        let says = format!(" fill in {blank} first: the logs do not tell it");
        canvas.row(area, row, &[canvas.span(Role::Warn, says)]);
        row += 1;
    }
    for (id, means) in [("yes", &probe.means[0]), ("no", &probe.means[1])] {
        if !means.is_empty() {
            let says = canvas.span(Role::Text, format!(" {}", Clean::from(means.as_str())));
            canvas.row(
                area,
                row,
                &[Span::raw(" "), canvas.span(Role::Key, keymap.first(id).to_owned()), says],
            );
            row += 1;
        }
    }
    let source = Clean::from(format!("{} · {}", Clean::from(probe.source.as_ref()), probe.month).as_str());
    for (row, range) in
        (row..area.height).zip(cut(&source, cells, usize::from(area.height.saturating_sub(row))))
    {
        canvas.row(area, row, &[Span::raw(" "), canvas.span(Role::Dim, &source[range])]);
    }
}
