//! The filter: the line that is typed, what it could go on with, and what it lets through.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::figures;
use super::layout::is_low;
use crate::text::{Clean, fit, width};
use crate::ui::completion::Offer;
use crate::ui::picture::Picture;
use crate::ui::screens::Screen;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Whether the filter has a row of its own on the screen in sight: where rows are few, on the overview.
pub(super) fn is_shown(state: &State) -> bool {
    is_kept(state) && (state.screen() == Screen::Board || !is_low(state.size.1))
}

/// Whether the screen in sight says which filter is kept.
pub(super) fn is_kept(state: &State) -> bool {
    let screen = matches!(
        state.screen(),
        Screen::Board | Screen::Drill | Screen::Incident | Screen::Sends | Screen::Sources
    );
    screen && !state.filter.is_empty()
}

/// How much is let through: `~1,240 of 8,120 replies`.
pub(super) fn passed(picture: &Picture, cells: u16) -> String {
    let passed = &picture.board.passed;
    let of = figures::thousands(passed.of);
    let count = match passed.count {
        _ if passed.of == 0 => return "no replies".to_owned(),
        0 => "none".to_owned(),
        count if count == passed.of && !passed.estimated => "all".to_owned(),
        count => format!("{}{}", passed.about(), figures::thousands(count)),
    };
    let words = if cells < 60 { String::new() } else { format!(" replies in {}", picture.window) };
    format!("{count} of {of}{words}")
}

/// The row of a filter that is kept.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, row: u16, state: &State, picture: &Picture) {
    let none = picture.board.passed.count == 0 && picture.board.passed.of > 0;
    let count = format!(" · {}", passed(picture, area.width));
    let way = match state.screen() {
        Screen::Board => (state.keymap.first("unfilter"), " drops it"),
        // What is counted here is not filtered; what it lets through is on the others.
        Screen::Sends | Screen::Sources => ("", "of the overview"),
        _ => (state.keymap.first("filter"), " edits it"),
    };
    let way = [canvas.span(Role::Key, way.0.to_owned()), canvas.span(Role::Dim, format!("{} ", way.1))];
    let text = Clean::from(state.filter.text());
    let (lead, cells) = (" / ", usize::from(area.width));
    let has_room = width(lead) + width(&text) + width(&count) + 3 + width_of(&way) <= cells;
    let room = cells.saturating_sub(width(lead) + width(&count) + 1);
    let line = [
        canvas.span(Role::Warn, lead),
        canvas.span(Role::Title, cut(&text, room)),
        canvas.span(if none { Role::Warn } else { Role::Text }, count),
    ];
    canvas.row(area, row, &line);
    if has_room {
        canvas.put_right(area, row, &way);
    }
}

/// The filter that is kept, at the beginning of the keys' row; the rest of which is left.
pub(super) fn beside(canvas: &mut Canvas<'_>, area: Rect, state: &State) -> Rect {
    let text = Clean::from(state.filter.text());
    let room = usize::from(area.width / 2).saturating_sub(4);
    let line = [canvas.span(Role::Warn, " / "), canvas.span(Role::Title, cut(&text, room)), Span::raw(" ")];
    let used = canvas.row(area, 0, &line);
    Rect { x: area.x + used, width: area.width - used, ..area }
}

/// The beginning of a text, and that there is more.
fn cut(text: &str, cells: usize) -> String {
    fit(text, cells)
}

/// What the line could go on with: as many as there is room for, the chosen one among them.
pub(super) fn candidates(canvas: &mut Canvas<'_>, area: Rect, row: u16, offer: &Offer) {
    let lead = [Span::raw("   "), canvas.span(Role::Key, "Tab"), Span::raw(" ")];
    let cells = usize::from(area.width).saturating_sub(width_of(&lead));
    let names: Vec<String> =
        offer.items.iter().map(|item| cut(item, cells.saturating_sub(8).min(40))).collect();
    let more = |left: usize| if left > 0 { format!(" +{left}") } else { String::new() };
    // From the first one from which the chosen one is still in sight.
    let chosen = offer.chosen.unwrap_or(0);
    let mut first = 0;
    let fits = |first: usize, last: usize| {
        let used: usize = names[first..=last].iter().map(|name| width(name) + 2).sum();
        used + width(&more(names.len() - 1 - last)) <= cells
    };
    while first < chosen && !fits(first, chosen) {
        first += 1;
    }
    let mut last = chosen.max(first);
    while last + 1 < names.len() && fits(first, last + 1) {
        last += 1;
    }
    let mut line = Vec::from(lead);
    for (at, name) in names.iter().enumerate().take(last + 1).skip(first) {
        let role = if offer.chosen == Some(at) { Role::Selected } else { Role::Text };
        line.push(canvas.span(role, name.clone()));
        line.push(Span::raw("  "));
    }
    line.pop();
    line.push(canvas.span(Role::Dim, more(names.len() - 1 - last)));
    canvas.row(area, row, &line);
}
