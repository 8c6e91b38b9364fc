//! What comes out: the menu, and the document as it would be written.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::layout::split;
use super::trend::scope_name;
use super::window::Window;
use super::wrap::cut;
use super::{crumbs, figures, prose};
use crate::text::{Clean, fit, width};
use crate::ui::exports::{self, Document, Kind, Preview};
use crate::ui::hits::{List, Target};
use crate::ui::picture::Picture;
use crate::ui::screens::Screen;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// From this width on every document says what it is for.
const WIDE: u16 = 110;
/// Cells of the menu where the document stands beside it.
const MENU: u16 = 60;
/// Below this width its name is cut first.
const NARROW: u16 = 72;
/// What is to be known of a document takes so many rows at most.
const REMARKS: usize = 4;

/// Where we are, in one line.
pub(super) fn scope_line(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let mut spans = crumbs::under(canvas, area, state, picture);
    let scope = state.scope(&picture.incidents);
    let name = match picture.incident_of(&scope) {
        Some(incident) => figures::name(&incident.name, usize::from(area.width / 3)).to_owned(),
        None => scope_name(&scope, picture, area.width / 3),
    };
    let here =
        state.desk.kind.filter(|_| state.covered() == Screen::Preview).map_or("export", |kind| kind.name);
    spans.push(canvas.span(Role::Title, here));
    spans.push(canvas.span(Role::Text, format!(" · {name}")));
    canvas.row(area, 0, &spans);
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    if state.covered() == Screen::Preview {
        return preview(canvas, area, state, true);
    }
    if !state.desk.kinds.is_empty() && exports::is_beside(state.size) {
        let (left, x, right) = split(area, MENU);
        menu(canvas, left, state, picture);
        beside(canvas, right, state, picture);
        canvas.fence(x, area);
        return;
    }
    menu(canvas, area, state, picture);
}

/// Why a document cannot be made of what is selected.
fn cannot(kind: &Kind, state: &State, picture: &Picture) -> Option<&'static str> {
    let scope = state.scope(&picture.incidents);
    match (kind.of_incident && picture.incident_of(&scope).is_none(), kind.of_provider) {
        (true, true) if scope.provider.is_none() => Some("no incident and no provider is selected"),
        (true, false) => Some("no incident is selected"),
        _ => None,
    }
}

/// The document that is selected, as far as it is made without being asked for.
fn beside(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let desk = &state.desk;
    let Some(kind) = desk.kinds.get(desk.at) else { return };
    match &desk.preview {
        preview if matches!(preview, Preview::Nothing) || desk.kind != Some(*kind) => {
            let why = if kind.reads { "For this the logs are read again. " } else { "" };
            let text = match cannot(kind, state, picture) {
                Some(why) => format!("Not now: {why}."),
                None => state.keymap.told(&format!("{why}{{preview}} makes it, and shows it.")),
            };
            let inner = canvas.panel(area, &[canvas.span(Role::Title, kind.name)], &[], false);
            prose::draw(canvas, inner, &[(Role::Text, format!("{}.", kind.about)), (Role::Dim, text)]);
        }
        _ => preview(canvas, area, state, false),
    }
}

fn menu(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let desk = &state.desk;
    let title = [canvas.span(Role::Title, "What comes out")];
    canvas.hit(area, Target::Pane(List::Exports));
    let inner = canvas.panel(area, &title, &[], true);
    if desk.kinds.is_empty() {
        let text = "This console was started without anything that makes documents. {back} goes back.";
        return prose::draw(canvas, inner, &[(Role::Dim, state.keymap.told(text))]);
    }
    let longest = desk.kinds.iter().map(|kind| width(kind.name)).max().unwrap_or(0);
    let wide = inner.width >= WIDE;
    // Where there is little room, only the selected one says what it is for.
    let mut foot = Vec::new();
    if let Some(kind) = desk.kinds.get(desk.at).filter(|_| !wide) {
        foot.push(format!("{}: {}.", kind.name, kind.about));
    }
    let write = state.keymap.told("In the preview, {write} writes it to");
    foot.push(format!("{write} {}, never over a file.", desk.folder));
    let cells = usize::from(inner.width.saturating_sub(5));
    let mut foot: Vec<String> = foot
        .iter()
        .flat_map(|text| cut(text, cells, 3).into_iter().map(|line| text[line].to_owned()))
        .collect();
    // The list keeps its rows where it is not long.
    let most =
        usize::from(inner.height / 2).max(usize::from(inner.height).saturating_sub(desk.kinds.len() + 1));
    if foot.len() > most {
        foot.truncate(most);
        foot.last_mut().into_iter().for_each(|text| text.push_str(" …"));
    }
    let rows = u16::try_from(foot.len()).unwrap_or(0) + 1;
    let height = usize::from(inner.height.saturating_sub(rows));
    for (row, at, kind) in Window::around(desk.at, desk.kinds.len(), height).of(0, &desk.kinds) {
        let picked = at == desk.at;
        canvas.listed(inner, row, List::Exports, at, picked);
        let cannot = cannot(kind, state, picture);
        let role = if cannot.is_none() { Role::Title } else { Role::Dim };
        let used = canvas.row(inner, row, &[canvas.span(Role::Accent, if picked { " ▸ " } else { "   " })]);
        let (x, y) = (inner.x + used, inner.y + row);
        let taken = canvas.put(x, y, inner.width.saturating_sub(used), &[canvas.span(role, kind.name)]);
        if picked {
            canvas.tint(Rect { x, y, width: taken, height: 1 }, Role::Selected);
        }
        if wide {
            let about = cannot.unwrap_or(kind.about);
            let x = x + u16::try_from(longest + 3).unwrap_or(0);
            canvas.put(x, y, inner.right().saturating_sub(x), &[canvas.span(Role::Dim, about)]);
        }
    }
    let from = inner.height.saturating_sub(rows) + 1;
    let under = u16::try_from(desk.kinds.len() + 1).unwrap_or(from).min(from);
    for (row, text) in (under..).zip(foot) {
        canvas.row(inner, row, &[Span::raw("   "), canvas.span(Role::Dim, text)]);
    }
}

fn preview(canvas: &mut Canvas<'_>, area: Rect, state: &State, focus: bool) {
    let desk = &state.desk;
    let name = desk.kind.map_or("", |kind| kind.name);
    match &desk.preview {
        Preview::Nothing => {}
        Preview::Making(lines) => {
            let text = if desk.kind.is_some_and(|kind| kind.reads) {
                format!("◐ reading the logs again: {}", figures::plural(*lines, "line", "lines"))
            } else {
                "◐ making it".to_owned()
            };
            said(
                canvas,
                area,
                (name, focus),
                &[(Role::Title, text), (Role::Dim, state.keymap.told("{back} gives up."))],
            );
        }
        Preview::Failed(why) => {
            let text =
                [(Role::Warn, format!("! {why}")), (Role::Dim, state.keymap.told("{back} goes back."))];
            said(canvas, area, (name, focus), &text);
        }
        Preview::Made(document) => shown(canvas, area, state, document, (focus, None)),
        Preview::Writing(document) => shown(canvas, area, state, document, (focus, Some("◐ writing"))),
    }
}

fn said(canvas: &mut Canvas<'_>, area: Rect, (name, focus): (&str, bool), text: &[(Role, String)]) {
    let inner = canvas.panel(area, &[canvas.span(Role::Title, name)], &[], focus);
    prose::draw(canvas, inner, text);
}

fn shown(
    canvas: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    document: &Document,
    (focus, doing): (bool, Option<&str>),
) {
    let desk = &state.desk;
    // Whether addresses are in it is worth more than the end of its name.
    let room = usize::from(area.width).saturating_sub(if area.width < NARROW { 26 } else { 42 });
    let mut title = vec![canvas.span(Role::Title, fit(&document.name, room))];
    if let Some(kind) = desk.kind {
        let (text, role) = match (kind.redacts, desk.plain) {
            (true, false) => (" · redacted", Role::Good),
            _ => (" · with addresses", Role::Warn),
        };
        title.push(canvas.span(role, text));
    }
    if let Some(doing) = doing {
        title.push(canvas.span(Role::Warn, format!(" · {doing}")));
    }
    let lines: Vec<&str> = document.text.lines().collect();
    let remarks: Vec<Clean> = document.remarks.iter().map(|text| Clean::from(text.as_str())).collect();
    let cells = usize::from(area.width.saturating_sub(5));
    let told: Vec<(&Clean, std::ops::Range<usize>)> = remarks
        .iter()
        .flat_map(|text| cut(text, cells, REMARKS).into_iter().map(move |range| (text, range)))
        .take(REMARKS)
        .collect();
    let head = u16::try_from(told.len()).unwrap_or(0);
    let height = usize::from(area.height.saturating_sub(1 + head));
    // Line by line from the one that is chosen; what is longer than a row goes on in the next.
    let top = desk.top.min(lines.len().saturating_sub(1));
    let mut rows: Vec<(Role, String)> = Vec::with_capacity(height);
    let mut last = top;
    for line in lines.iter().skip(top) {
        if rows.len() >= height {
            break;
        }
        // What was made is clean; a tab or a slip in it must not move the cursor all the same.
        let line = Clean::from(*line);
        let role = if line.starts_with('#') { Role::Title } else { Role::Text };
        let ranges = cut(&line, cells, height - rows.len());
        rows.extend(ranges.into_iter().map(|range| (role, line[range].to_owned())));
        last += 1;
    }
    let all = lines.len() as u64 + document.more;
    let right = canvas
        .span(Role::Dim, format!("{}–{last} of {}", (top + 1).min(lines.len()), figures::thousands(all)));
    if focus {
        canvas.hit(area, Target::Pane(List::Text));
    }
    let inner = canvas.panel(area, &title, &[right], focus);
    for (row, (text, range)) in (0..).zip(told) {
        let sign = if range.start == 0 { " ! " } else { "   " };
        canvas.row(inner, row, &[canvas.span(Role::Warn, sign), canvas.span(Role::Text, &text[range])]);
    }
    for (row, (role, line)) in (head..).zip(rows) {
        canvas.row(inner, row, &[Span::raw(" "), canvas.span(role, line)]);
    }
    if lines.is_empty() {
        canvas.row(
            inner,
            head,
            &[Span::raw("  "), canvas.span(Role::Dim, "It is empty: nothing belongs in it.")],
        );
    } else if document.more > 0 && last >= lines.len() {
        canvas.note(inner, &format!("{} more lines are written", figures::thousands(document.more)));
    }
}
