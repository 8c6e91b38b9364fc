//! What comes out: the menu, and the document as it would be written.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::trend::scope_name;
use super::window::Window;
use super::wrap::wrap;
use super::{crumbs, figures};
use crate::text::{Clean, fit, width};
use crate::ui::exports::{Document, Preview};
use crate::ui::hits::{List, Target};
use crate::ui::picture::Picture;
use crate::ui::screens::Screen;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// From this width on every document says what it is for.
const WIDE: u16 = 110;
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
        return preview(canvas, area, state);
    }
    menu(canvas, area, state, picture);
}

fn menu(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let desk = &state.desk;
    let title = [canvas.span(Role::Title, "What comes out")];
    canvas.hit(area, Target::Pane(List::Exports));
    let inner = canvas.panel(area, &title, &[], true);
    if desk.kinds.is_empty() {
        let text = "This console was started without anything that makes documents. {back} goes back.";
        let text = state.keymap.told(text);
        let (lines, _) = wrap(&text, usize::from(inner.width.saturating_sub(4)), 4);
        for (row, line) in (1..).zip(lines) {
            canvas.row(inner, row, &[Span::raw("  "), canvas.span(Role::Dim, &text[line])]);
        }
        return;
    }
    let scope = state.scope(&picture.incidents);
    let has_incident = picture.incident_of(&scope).is_some();
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
    let foot: Vec<String> = foot
        .iter()
        .flat_map(|text| wrap(text, cells, 3).0.into_iter().map(|line| text[line].to_owned()))
        .take(usize::from(inner.height / 2))
        .collect();
    let rows = u16::try_from(foot.len()).unwrap_or(0) + 1;
    let height = usize::from(inner.height.saturating_sub(rows));
    for (row, at, kind) in Window::around(desk.at, desk.kinds.len(), height).of(0, &desk.kinds) {
        let picked = at == desk.at;
        canvas.listed(inner, row, List::Exports, at, picked);
        let can = has_incident || !kind.of_incident || kind.of_provider && scope.provider.is_some();
        let role = if can { Role::Title } else { Role::Dim };
        let used = canvas.row(inner, row, &[canvas.span(Role::Accent, if picked { " ▸ " } else { "   " })]);
        let (x, y) = (inner.x + used, inner.y + row);
        let taken = canvas.put(x, y, inner.width.saturating_sub(used), &[canvas.span(role, kind.name)]);
        if picked {
            canvas.tint(Rect { x, y, width: taken, height: 1 }, Role::Selected);
        }
        if wide {
            let about = match kind.of_provider {
                _ if can => kind.about,
                true => "no incident and no provider is selected",
                false => "no incident is selected",
            };
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

fn preview(canvas: &mut Canvas<'_>, area: Rect, state: &State) {
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
                name,
                &[(Role::Title, text), (Role::Dim, state.keymap.told("{back} gives up."))],
            );
        }
        Preview::Failed(why) => {
            let text =
                [(Role::Warn, format!("! {why}")), (Role::Dim, state.keymap.told("{back} goes back."))];
            said(canvas, area, name, &text);
        }
        Preview::Made(document) => shown(canvas, area, state, document, None),
        Preview::Writing(document) => shown(canvas, area, state, document, Some("◐ writing")),
    }
}

fn said(canvas: &mut Canvas<'_>, area: Rect, name: &str, text: &[(Role, String)]) {
    let inner = canvas.panel(area, &[canvas.span(Role::Title, name)], &[], true);
    let mut row = 1;
    for (role, text) in text {
        for line in wrap(text, usize::from(inner.width.saturating_sub(4)), 6).0 {
            canvas.row(inner, row, &[Span::raw("  "), canvas.span(*role, &text[line])]);
            row += 1;
        }
    }
}

fn shown(canvas: &mut Canvas<'_>, area: Rect, state: &State, document: &Document, doing: Option<&str>) {
    let desk = &state.desk;
    let mut title = vec![canvas.span(Role::Title, fit(&document.name, usize::from(area.width / 2)))];
    if let Some(kind) = desk.kind {
        let (text, role) = match (kind.redacts, desk.plain) {
            (false, _) => (" · with addresses", Role::Warn),
            (true, true) => (" · addresses are shown", Role::Warn),
            (true, false) => (" · redacted", Role::Good),
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
        .flat_map(|text| wrap(text, cells, 2).0.into_iter().map(move |range| (text, range)))
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
        let (ranges, _) = wrap(&line, cells, height - rows.len());
        rows.extend(ranges.into_iter().map(|range| (role, line[range].to_owned())));
        last += 1;
    }
    let all = lines.len() as u64 + document.more;
    let right = canvas
        .span(Role::Dim, format!("{}–{last} of {}", (top + 1).min(lines.len()), figures::thousands(all)));
    canvas.hit(area, Target::Pane(List::Text));
    let inner = canvas.panel(area, &title, &[right], true);
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
            &[Span::raw("  "), canvas.span(Role::Dim, "It is empty: nothing belongs into it.")],
        );
    } else if document.more > 0 && last >= lines.len() {
        canvas.note(inner, &format!("{} more lines are written", figures::thousands(document.more)));
    }
}
