//! What is it: the decision tree as the evidence lights it.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::layout::top;
use super::window::Window;
use super::wrap::{at_word, cut};
use super::{notes, verdict, words};
use crate::engine::{By, Light, TreeLine};
use crate::text::{Clean, width};
use crate::ui::hits::{List, Target};
use crate::ui::picture::Picture;
use crate::ui::screens::Pane;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Rows of what it is above the tree at most.
const VERDICT: u16 = 2;
/// Below this width its heading is short.
const NARROW: u16 = 48;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let inner = top(area, 1).1;
    let told = Told::of(inner, state, picture, false);
    heading(canvas, area, state, picture, told.window(inner, state).below());
    told.draw(canvas, inner, state, picture);
}

/// The tree with the verdict: what it is above it, what is to be done below it, all of it one text.
pub(super) fn draw_told(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let (verdict, inner) = pinned(top(area, 1).1, state, picture);
    let told = Told::of(inner, state, picture, true);
    heading(canvas, area, state, picture, told.window(inner, state).below());
    for (row, line) in (0..verdict.height).zip(verdict::lines(area, state, picture).0) {
        canvas.row(verdict, row, &line);
    }
    told.draw(canvas, inner, state, picture);
}

/// Rows of that text below what is in sight while its last node is selected.
pub(super) fn beyond(area: Rect, state: &State, picture: &Picture) -> usize {
    let (_, inner) = pinned(top(area, 1).1, state, picture);
    let told = Told::of(inner, state, picture, true);
    let last = picture.diagnosis.tree.len().saturating_sub(1);
    let here = told.rows.iter().position(|(at, _)| *at == last).unwrap_or(0);
    let height = usize::from(inner.height);
    told.len().saturating_sub(Window::around(here, told.len(), height).first() + height)
}

/// The rows of what it is, and the rest.
fn pinned(area: Rect, state: &State, picture: &Picture) -> (Rect, Rect) {
    let rows = u16::try_from(verdict::lines(area, state, picture).0.len()).unwrap_or(u16::MAX);
    top(area, rows.min(VERDICT).min(area.height / 2))
}

/// The title, how many questions are answered, and how many rows are below: a note on the last one would cut
/// its answer.
fn heading(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture, below: usize) {
    let tree = &picture.diagnosis.tree;
    // Ways not taken are no questions, and what is half known is not answered.
    let answered = tree.iter().filter(|line| line.light == Light::Lit).count();
    let asked = tree.iter().filter(|line| line.light != Light::Dark).count();
    let word = if below > 0 && area.width < NARROW { "" } else { " answered" };
    let more = if below > 0 { format!(" · ↓ {below} more") } else { String::new() };
    let right = vec![canvas.span(Role::Dim, format!("{answered} of {asked}{word}{more}"))];
    let mut title = vec![canvas.span(Role::Title, "Diagnosis")];
    if picture.board.about.rates() {
        title.push(canvas.span(Role::Warn, " · ~ its figures are estimates"));
    }
    canvas.hit(area, Target::Pane(List::Tree));
    canvas.panel(area, &title, &right, state.drill.pane == Pane::Tree);
}

/// The tree in rows, and what stands below it.
struct Told {
    branches: Vec<String>,
    column: Option<u16>,
    rows: Vec<(usize, Option<String>)>,
    below: Vec<verdict::Line>,
}

impl Told {
    /// Every answer in full where there is room for all of them, else the selected one's.
    fn of(area: Rect, state: &State, picture: &Picture, with_verdict: bool) -> Self {
        let tree = &picture.diagnosis.tree;
        let branches = branches(tree);
        let column = column(tree, &branches, area.width);
        let noted = |at: usize, cells: usize| {
            let id = tree.get(at).map(|line| &line.id);
            id.map_or_else(Vec::new, |id| notes::rows(&notes::on(state, picture, id), cells))
        };
        let rows = |full: &dyn Fn(usize) -> bool| rows(tree, &branches, column, area.width, full, noted);
        let full = rows(&|_| true);
        let has_room = full.len() <= usize::from(area.height) || with_verdict && state.drill.zoomed;
        let rows = if has_room {
            full
        } else {
            // Of the others as many, from the first on, as leave none out of sight that was in it.
            let mut told = vec![false; tree.len()];
            told.iter_mut().skip(state.drill.node).take(1).for_each(|told| *told = true);
            let mut left = usize::from(area.height).saturating_sub(rows(&|at| told[at]).len());
            for (at, told) in told.iter_mut().enumerate().filter(|(_, told)| !**told) {
                let need = full.iter().filter(|(of, below)| *of == at && below.is_some()).count();
                if need <= left {
                    (*told, left) = (true, left - need);
                }
            }
            rows(&|at| told[at])
        };
        let below = if with_verdict { verdict::lines(area, state, picture).1 } else { Vec::new() };
        Self { branches, column, rows, below }
    }

    /// Rows of all of it: a rule parts the tree from what is below.
    fn len(&self) -> usize {
        let rule = usize::from(!self.below.is_empty() && !self.rows.is_empty());
        self.rows.len() + rule + self.below.len()
    }

    fn draw(&self, canvas: &mut Canvas<'_>, inner: Rect, state: &State, picture: &Picture) {
        let tree = &picture.diagnosis.tree;
        if tree.is_empty() {
            let text = canvas.span(Role::Dim, "Nothing to diagnose in this window.");
            canvas.row(inner, 1, &[Span::raw("  "), text]);
            return;
        }
        for (row, at) in (0..).zip(self.window(inner, state).rows()) {
            match self.rows.get(at) {
                Some((at, below)) => self.row(canvas, inner, row, (*at, below.as_deref()), state, picture),
                None if at == self.rows.len() => {
                    let rule = "┄".repeat(usize::from(inner.width));
                    canvas.row(inner, row, &[canvas.span(Role::Rule, rule)]);
                }
                None => {
                    let line = self.below.get(at - self.rows.len() - 1).map(Vec::as_slice);
                    canvas.row(inner, row, line.unwrap_or_default());
                }
            }
        }
    }

    /// What is in sight: the selected node, and what was scrolled beyond it.
    fn window(&self, inner: Rect, state: &State) -> Window {
        let here = self.rows.iter().position(|(at, _)| *at == state.drill.node).unwrap_or(0);
        let height = usize::from(inner.height);
        let around = Window::around(here, self.len(), height);
        Window::from(around.first() + state.drill.read, self.len(), height)
    }

    /// A row of the tree: the node at `at`, or what stands below it.
    fn row(
        &self,
        canvas: &mut Canvas<'_>,
        inner: Rect,
        row: u16,
        (at, below): (usize, Option<&str>),
        state: &State,
        picture: &Picture,
    ) {
        let Some(line) = picture.diagnosis.tree.get(at) else { return };
        let lead = if below.is_some() { trail(&self.branches, at) } else { self.branches[at].clone() };
        let selected = at == state.drill.node;
        canvas.listed(inner, row, List::Tree, at, selected);
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
            canvas.put(x, y, room, &[canvas.span(role, part)]);
            return;
        }
        let role = match line.light {
            Light::Dark => Role::Dim,
            Light::Lit => Role::Title,
            Light::Half | Light::Open => Role::Text,
        };
        let question = canvas.span(role, Clean::from(line.question.as_ref()).to_string());
        let cells = self.column.map_or(room, |column| column.saturating_sub(used + 1).min(room));
        let taken = canvas.put(x, y, cells, &[question]);
        if selected {
            let role = if state.drill.pane == Pane::Tree { Role::Selected } else { Role::Marked };
            canvas.tint(Rect { x, y, width: taken, height: 1 }, role);
        }
        let mut answer = answer(canvas, line, state, picture);
        // One cell less between them may be the one that it needs.
        let left = usize::from(inner.right().saturating_sub(x + taken));
        let gap = if width_of(&answer) + 1 == left { 1 } else { 2 };
        let x = self.column.map_or(x + taken + gap, |column| inner.x + column);
        let is_below = |below: &Option<String>| below.as_ref().is_some_and(|text| !text.starts_with('»'));
        if self.rows.iter().any(|(other, below)| *other == at && is_below(below)) {
            // Its words stand below; whose they are, or who is asked, stays here.
            answer.pop();
        }
        let room = inner.right().saturating_sub(x);
        if let Some(last) = answer.pop() {
            let before = width_of(&answer);
            let text = at_word(&last.content, usize::from(room).saturating_sub(before));
            answer.push(Span::styled(text, last.style));
        }
        canvas.put(x, y, room, &answer);
    }
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
            let ranges = cut(&answer, usize::from(cells).saturating_sub(lead + 1), 4);
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
