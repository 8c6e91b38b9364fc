//! What is it: the decision tree as the evidence lights it.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::window::Window;
use super::wrap::wrap;
use super::{notes, words};
use crate::engine::{By, Light, TreeLine};
use crate::text::{Clean, width};
use crate::ui::hits::{List, Target};
use crate::ui::picture::Picture;
use crate::ui::screens::Pane;
use crate::ui::state::State;
use crate::ui::theme::Role;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let tree = &picture.diagnosis.tree;
    let focus = state.drill.pane == Pane::Tree;
    // Ways not taken are no questions, and what is half known is not answered.
    let answered = tree.iter().filter(|line| line.light == Light::Lit).count();
    let asked = tree.iter().filter(|line| line.light != Light::Dark).count();
    let right = vec![canvas.span(Role::Dim, format!("{answered} of {asked} answered"))];
    let mut title = vec![canvas.span(Role::Title, "Diagnosis")];
    if picture.board.about.rates() {
        title.push(canvas.span(Role::Warn, " · ~ its figures are estimates"));
    }
    canvas.hit(area, Target::Pane(List::Tree));
    let inner = canvas.panel(area, &title, &right, focus);
    if tree.is_empty() {
        canvas.row(
            inner,
            1,
            &[Span::raw("  "), canvas.span(Role::Dim, "Nothing to diagnose in this window.")],
        );
        return;
    }
    let branches = branches(tree);
    let column = column(tree, &branches, inner.width);
    // Every answer in full where there is room for all of them, else the selected one's.
    let noted = |at: usize, cells: usize| {
        tree.get(at).map_or_else(Vec::new, |line| notes::rows(&notes::on(state, picture, &line.id), cells))
    };
    let full = rows(tree, &branches, column, inner.width, |_| true, noted);
    let rows = if full.len() <= usize::from(inner.height) {
        full
    } else {
        rows(tree, &branches, column, inner.width, |at| at == state.drill.node, noted)
    };
    let here = rows.iter().position(|(at, _)| *at == state.drill.node).unwrap_or(0);
    let window = Window::around(here, rows.len(), usize::from(inner.height));
    for (row, _, (at, below)) in window.of(0, &rows) {
        let line = &tree[*at];
        let lead = if below.is_some() { trail(&branches, *at) } else { branches[*at].clone() };
        let selected = *at == state.drill.node;
        canvas.listed(inner, row, List::Tree, *at, selected);
        let sign = if below.is_some() { Span::raw(" ") } else { words::node(canvas, line.light) };
        let spans = [
            canvas.span(Role::Accent, if selected && below.is_none() { "▸" } else { " " }),
            canvas.span(Role::Rule, lead),
            sign,
            Span::raw(" "),
        ];
        let used = canvas.row(inner, row, &spans);
        let room = inner.width.saturating_sub(used);
        let (x, y) = (inner.x + used, inner.y + row);
        if let Some(part) = below {
            let role = if part.starts_with('»') { Role::Accent } else { Role::Text };
            canvas.put(x, y, room, &[canvas.span(role, part.as_str())]);
            continue;
        }
        let role = match line.light {
            Light::Dark => Role::Dim,
            Light::Lit => Role::Title,
            Light::Half | Light::Open => Role::Text,
        };
        let question = canvas.span(role, Clean::from(line.question.as_ref()).to_string());
        let cells = column.map_or(room, |column| column.saturating_sub(used + 1).min(room));
        let taken = canvas.put(x, y, cells, &[question]);
        if selected {
            let role = if focus { Role::Selected } else { Role::Marked };
            canvas.tint(Rect { x, y, width: taken, height: 1 }, role);
        }
        let x = column.map_or(x + taken + 2, |column| inner.x + column);
        let mut answer = answer(canvas, line, state, picture);
        let is_below = |below: &Option<String>| below.as_ref().is_some_and(|text| !text.starts_with('»'));
        if rows.iter().any(|(other, below)| other == at && is_below(below)) {
            // Its words stand below; whose they are, or who is asked, stays here.
            answer.pop();
        }
        canvas.put(x, y, inner.right().saturating_sub(x), &answer);
    }
    window.note(canvas, inner);
}

/// Where the answers start, if there is room for all of them in a column of their own; else each
/// follows its question.
fn column(tree: &[TreeLine], branches: &[String], cells: u16) -> Option<u16> {
    let widest = tree
        .iter()
        .zip(branches)
        .map(|(line, branch)| width(branch) + width(&line.question) + 5)
        .max()
        .and_then(|widest| u16::try_from(widest).ok())?;
    let longest = tree.iter().map(|line| width(&line.answer) + 6).max().unwrap_or(0);
    (usize::from(widest) + longest <= usize::from(cells)).then_some(widest)
}

/// The rows of the tree: a node each, and, under those that `full` asks for, the answer where it
/// does not fit beside the question, and what was noted.
fn rows(
    tree: &[TreeLine],
    branches: &[String],
    column: Option<u16>,
    cells: u16,
    full: impl Fn(usize) -> bool,
    noted: impl Fn(usize, usize) -> Vec<String>,
) -> Vec<(usize, Option<String>)> {
    let mut rows = Vec::with_capacity(tree.len() + 3);
    for (at, line) in tree.iter().enumerate() {
        rows.push((at, None));
        if !full(at) {
            continue;
        }
        let answer = Clean::from(line.answer.as_str());
        let lead = width(&branches[at]) + 3;
        let start = column.map_or(lead + width(&line.question) + 2, usize::from);
        let extra = if line.by == By::Log { 0 } else { 6 };
        if start + extra + width(&answer) > usize::from(cells) {
            let (ranges, _) = wrap(&answer, usize::from(cells).saturating_sub(lead + 1), 4);
            rows.extend(ranges.into_iter().map(|range| (at, Some(answer[range].to_owned()))));
        }
        let notes = noted(at, usize::from(cells).saturating_sub(lead + 1));
        rows.extend(notes.into_iter().map(|text| (at, Some(text))));
    }
    rows
}

fn answer(canvas: &Canvas<'_>, line: &TreeLine, state: &State, picture: &Picture) -> Vec<Span<'static>> {
    let text = Clean::from(line.answer.as_str()).to_string();
    let role = match line.light {
        Light::Lit => Role::Text,
        Light::Half => Role::Warn,
        Light::Open | Light::Dark => Role::Dim,
    };
    let mut spans = Vec::new();
    match line.by {
        By::Operator => {
            spans.push(canvas.span(Role::Fresh, notes::answered(state, picture, &line.id, false)));
        }
        By::Nobody if line.light == Light::Open => {
            spans.push(canvas.span(Role::Key, words::asks(&line.takes, &state.keymap)));
        }
        By::Nobody | By::Log => {}
    }
    spans.push(canvas.span(role, text));
    spans
}

/// The branches before each question: `├`, `└`, and `│` where a branch goes on below.
fn branches(tree: &[TreeLine]) -> Vec<String> {
    let depth = |at: usize| tree.get(at).map_or(0, |line| usize::from(line.depth).min(8));
    (0..tree.len())
        .map(|at| {
            (1..=depth(at))
                .map(|level| {
                    // Does another node of this level follow before the tree climbs above it?
                    let follows = (at + 1..tree.len())
                        .find(|next| depth(*next) <= level)
                        .is_some_and(|next| depth(next) == level);
                    match (level == depth(at), follows) {
                        (true, true) => "├ ",
                        (true, false) => "└ ",
                        (false, true) => "│ ",
                        (false, false) => "  ",
                    }
                })
                .collect()
        })
        .collect()
}

/// The branches that go on past a second row of a node.
fn trail(branches: &[String], at: usize) -> String {
    branches[at].replace('├', "│").replace('└', " ")
}

#[cfg(test)]
mod tests {
    use super::branches;
    use crate::engine::{By, Light, Takes, TreeLine};

    #[test]
    fn branches_end_where_the_tree_does() {
        let tree: Vec<TreeLine> = [0, 1, 2, 2, 1]
            .into_iter()
            .map(|depth| TreeLine {
                depth,
                id: "N0".into(),
                question: "?".into(),
                light: Light::Lit,
                by: By::Log,
                answer: String::new(),
                takes: Takes::YesNo,
                command: None,
                links: Vec::new(),
                source: "".into(),
                month: "".into(),
            })
            .collect();
        assert_eq!(branches(&tree), ["", "├ ", "│ ├ ", "│ └ ", "└ "]);
    }
}
