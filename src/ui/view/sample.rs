//! What do they say: the strings, grouped by signature, and everything known about one of them.

use std::borrow::Cow;

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::layout::{part, split, top};
use super::window::Window;
use super::wrap::{broken, focused, marks, spans, wrap};
use super::{figures, prose, words};
use crate::engine::{Estimated, Specimen};
use crate::model::Moment;
use crate::text::{Clean, width};
use crate::ui::hits::{List, Target};
use crate::ui::picture::Picture;
use crate::ui::screens::Pane;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Cells of the share and the mark before a string.
const LEAD: u16 = 6;
/// Cells of the time before a string, and the width from which there is room for it.
const CLOCK: u16 = 9;
const TIMED: u16 = 56;
/// Cells of a detail's name.
const LABEL: usize = 9;
/// Rows of the whole reply among the details, and of a string in the list, where there is no room for more.
const REPLY: usize = 6;

/// The list above, the details of the selected string below.
pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    // In a low pane the facts around the reply matter more than its last lines.
    let reply = if area.height < 24 { 4 } else { REPLY };
    let inner = heading(canvas, area, state, picture);
    // What the list leaves is theirs, too.
    let listed = u16::try_from(picture.sample.strings.len()).unwrap_or(u16::MAX);
    let room = part(inner.height, 62).max(inner.height.saturating_sub(listed));
    let details = fitting(area.width, (reply, room.saturating_sub(1)), state, picture);
    let need = u16::try_from(details.len() + 1).unwrap_or(u16::MAX);
    let (upper, lower) = top(inner, inner.height - need.min(room));
    list(canvas, upper, state, picture);
    show(canvas, lower, &details);
}

/// The same with the whole screen to itself: side by side where it is wide.
pub(super) fn draw_zoomed(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    if area.width < 100 {
        return draw(canvas, area, state, picture);
    }
    let inner = heading(canvas, area, state, picture);
    let (left, x, right) = split(inner, part(inner.width, 54));
    list(canvas, left, state, picture);
    for y in inner.y..inner.bottom() {
        canvas.put(x, y, 1, &[canvas.span(Role::Rule, "│")]);
    }
    let details = fitting(right.width, (REPLY * 3, right.height), state, picture);
    for (row, line) in (0..).zip(&details) {
        canvas.row(right, row, line);
    }
}

/// One string and all that is known of it: a text that is scrolled through.
pub(super) fn draw_one(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let inner = heading(canvas, area, state, picture);
    if picture.sample.strings.is_empty() {
        return list(canvas, inner, state, picture);
    }
    let details = details(area.width, usize::MAX, true, state, picture);
    let window = Window::from(state.drill.read, details.len(), usize::from(inner.height));
    for (row, _, line) in window.of(0, &details) {
        canvas.row(inner, row, line);
    }
    window.note(canvas, inner);
}

/// Rows of that text below the first ones in sight.
pub(super) fn beyond(area: Rect, state: &State, picture: &Picture) -> usize {
    let details = details(area.width, usize::MAX, true, state, picture).len();
    details.saturating_sub(usize::from(area.height.saturating_sub(1)))
}

fn heading(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) -> Rect {
    let sample = &picture.sample;
    let told = kept(state, picture);
    let room = usize::from(area.width).saturating_sub(4 + width("Sample · "));
    let kept = told.iter().find(|text| width(text) <= room).or(told.last());
    let title = [
        canvas.span(Role::Title, "Sample"),
        canvas.span(Role::Text, format!(" · {}", kept.map_or("", String::as_str))),
        canvas.span(
            Role::Text,
            format!(" · {}", figures::plural(sample.signatures as u64, "signature", "signatures")),
        ),
    ];
    canvas.hit(area, Target::Pane(List::Sample));
    let at = if sample.strings.is_empty() { 0 } else { state.drill.string + 1 };
    let right = vec![canvas.span(Role::Dim, format!("{at}/{}", sample.strings.len()))];
    canvas.panel(area, &title, &right, state.drill.pane == Pane::Sample)
}

/// How many strings there are of how many replies, in full and shorter. The older, the fewer are kept: that
/// few are here is no choice, and strings of another time that say the same are called that.
fn kept(state: &State, picture: &Picture) -> Vec<String> {
    let sample = &picture.sample;
    let (shown, is_past) = (sample.strings.len() - sample.around, picture.head.back.is_some());
    let few = sample.around > 0 || is_past && shown < state.strings && !sample.strings.is_empty();
    let word = if few && (shown as u64) < sample.of { " kept" } else { "" };
    let of = format!("{}{}", Estimated::sign(sample.about), figures::thousands(sample.of));
    match sample.around {
        0 => vec![format!("{shown}{word} of {of}")],
        more => vec![
            format!("{shown}{word} of {of}, {more} alike from around this time"),
            format!("{shown}{word} of {of}, {more} from around"),
            format!("{shown} of {of}, {more} from around"),
            format!("{shown}, {more} from around"),
        ],
    }
}

/// The share of the signature that a string has, for the first string of its group.
fn share(picture: &Picture, at: usize) -> Option<String> {
    let id = |at: usize| picture.sample.strings.get(at).map(|string| string.verdict.signature_id);
    if at > 0 && id(at) == id(at - 1) {
        return None;
    }
    let signature =
        picture.signatures.iter().find(|signature| Some(signature.verdict.signature_id) == id(at))?;
    Some(format!("{}{}", Estimated::sign(signature.about), figures::share(signature.share)))
}

/// The reply as it came, or with what differs from one to the next masked.
fn shown<'s>(state: &State, string: &'s Specimen) -> &'s Clean {
    if state.masked { &string.verdict.signature } else { &string.reply }
}

fn list(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let strings = &picture.sample.strings;
    if strings.is_empty() {
        let is_counted = picture.head.back.is_some() && picture.sample.of > 0;
        let text = if is_counted {
            [
                "No string of this time is kept: the older, the fewer.",
                "The counts have all of them; {later} goes on.",
            ]
        } else if let Some(why) = &picture.unasked {
            let way = state.keymap.told("{filter} changes the filter.");
            let text = [(Role::Title, why.clone()), (Role::Dim, way)];
            return prose::draw(canvas, area, &text);
        } else if state.filter.is_empty() {
            ["No string in this window.", "{longer} looks further back, {back} goes back."]
        } else {
            ["The filter lets no string through.", "{filter} changes it, {longer} looks further back."]
        };
        return prose::draw(canvas, area, &text.map(|line| (Role::Dim, state.keymap.told(line))));
    }
    let clock = if area.width >= TIMED { CLOCK } else { 0 };
    let cells = area.width.saturating_sub(LEAD + clock + 1);
    let focus = state.drill.pane == Pane::Sample;
    let wrapped =
        |string: &Specimen, most: usize| wrap(shown(state, string), usize::from(cells), most).0.len().max(1);
    // Where there is room for all of them in full, none is cut.
    let all: usize = strings.iter().map(|string| wrapped(string, usize::MAX)).sum();
    let is_full = all <= usize::from(area.height);
    let most = if is_full { usize::MAX } else { REPLY.max(usize::from(area.height / 2)) };
    let wraps = state.wrap || is_full;
    let lines = |string: &Specimen| if wraps { wrapped(string, most) } else { 1 };
    // Only as many strings above the selected one are measured as can be in sight.
    let height = usize::from(area.height);
    let mut first = Window::around(state.drill.string, strings.len(), height).first();
    if wraps {
        first = state.drill.string;
        let mut used = lines(&strings[first.min(strings.len() - 1)]);
        while first > 0 && used + lines(&strings[first - 1]) <= height / 2 + 1 {
            first -= 1;
            used += lines(&strings[first]);
        }
    }
    let mut row = 0u16;
    for (at, string) in strings.iter().enumerate().skip(first) {
        if row >= area.height {
            break;
        }
        let selected = at == state.drill.string;
        let share = share(picture, at).unwrap_or_default();
        let mark = if selected { "▸" } else { " " };
        let mut lead = vec![canvas.span(Role::Title, format!("{share:>4}")), canvas.span(Role::Accent, mark)];
        if clock > 0 {
            lead.push(canvas.span(Role::Dim, format!(" {}", string.at.clock())));
        }
        canvas.row(area, row, &lead);
        let count = lines(string);
        let evidence = &string.verdict.evidence;
        let text = if wraps {
            Cow::Borrowed(shown(state, string).as_str())
        } else {
            focused(shown(state, string), evidence, usize::from(cells))
        };
        let (ranges, _) = wrap(&text, usize::from(cells), count);
        let marked = marks(&text, evidence);
        let from = row;
        for (part, range) in ranges.iter().enumerate() {
            if row >= area.height {
                break;
            }
            let last = part + 1 == ranges.len() || row + 1 == area.height;
            let range = if last { range.start..text.len() } else { range.clone() };
            let plain = canvas.style(Role::Text);
            let line = spans(&text, &range, &marked, plain, canvas.style(Role::Evidence));
            canvas.put(area.x + LEAD + clock, area.y + row, cells, &line);
            row += 1;
        }
        for line in from..row {
            canvas.listed(area, line, List::Sample, at, selected);
        }
        if selected {
            let role = if focus { Role::Selected } else { Role::Marked };
            let tinted =
                Rect { x: area.x + LEAD + clock, y: area.y + from, width: cells, height: row - from };
            canvas.tint(tinted, role);
        }
    }
}

/// The details with nothing cut, where there are so many rows; else with so many of the reply, and each of
/// the others in one.
fn fitting<'p>(
    cells: u16,
    (reply, rows): (usize, u16),
    state: &State,
    picture: &'p Picture,
) -> Vec<Vec<Span<'p>>> {
    let whole = details(cells, usize::MAX, true, state, picture);
    if whole.len() <= usize::from(rows) { whole } else { details(cells, reply, false, state, picture) }
}

/// The lines about the selected string, the most needed first: the reply in full, then when, to
/// whom, what it means, how it went.
fn details<'p>(
    cells: u16,
    reply: usize,
    wraps: bool,
    state: &State,
    picture: &'p Picture,
) -> Vec<Vec<Span<'p>>> {
    let Some(string) = picture.sample.strings.get(state.drill.string) else { return Vec::new() };
    let (verdict, theme) = (&string.verdict, &state.theme);
    let mut lines = Vec::new();
    let marked = marks(&string.reply, &verdict.evidence);
    let width = usize::from(cells.saturating_sub(2));
    let (ranges, cut) = wrap(&string.reply, width, reply);
    let last = ranges.len().saturating_sub(1);
    for (at, range) in ranges.iter().enumerate() {
        let range = if at == last && cut { range.start..string.reply.len() } else { range.clone() };
        let mut line = vec![Span::raw(" ")];
        let style = (theme.style(Role::Text), theme.style(Role::Evidence));
        line.extend(spans(&string.reply, &range, &marked, style.0, style.1));
        lines.push(line);
    }
    let mut field = |label: &'static str, value: Vec<Span<'p>>| {
        if value.iter().any(|span| !span.content.is_empty()) {
            let room = usize::from(cells).saturating_sub(LABEL + 2);
            let rows = if wraps { broken(&value, room) } else { vec![value] };
            for (at, row) in rows.into_iter().enumerate() {
                let label = if at == 0 { label } else { "" };
                let mut line = vec![theme.span(Role::Dim, format!(" {label:<LABEL$}"))];
                line.extend(row);
                lines.push(line);
            }
        }
    };
    let text = |text: &'p Clean| theme.span(Role::Text, text.as_str());
    let (severity, role) = words::severity(verdict.severity);
    field(
        "means",
        vec![
            theme.span(Role::Title, words::category(verdict.category)),
            theme.span(Role::Text, format!(" · {}", words::action(verdict.action))),
        ],
    );
    field("when", vec![theme.span(Role::Text, when(string, picture.now))]);
    field("got", vec![theme.span(Role::Text, got(string))]);
    field("to", vec![text(&string.recipient)]);
    field("relay", vec![text(&string.relay)]);
    field("from", vec![text(&string.sender)]);
    let ours: Vec<_> = [("queue ", &string.queue_id), ("source ", &string.source), ("on ", &string.host)]
        .into_iter()
        .filter(|(_, value)| !value.is_empty())
        .map(|(word, value)| format!("{word}{value}"))
        .collect();
    field("ours", vec![theme.span(Role::Text, ours.join(" · "))]);
    field("campaign", vec![text(&string.campaign)]);
    let fault = format!(" · fault {}", verdict.fault.id());
    field("severity", vec![theme.span(role, severity), theme.span(Role::Text, fault)]);
    if let Some(list) = &verdict.list {
        field("list", vec![text(picture.list_name(list))]);
    }
    let mut rule = vec![theme.span(Role::Text, verdict.rule.as_ref())];
    if !verdict.source.is_empty() {
        let from = format!(" · {}, {}", verdict.month, verdict.source);
        rule.push(theme.span(Role::Dim, from));
    }
    field("rule", rule);
    let lost = verdict.considered.iter().map(|lost| format!("{} ({})", lost.rule, lost.category.id()));
    let lost: Vec<String> = lost.collect();
    field("not", vec![theme.span(Role::Dim, lost.join(", "))]);
    if !verdict.evidence.is_empty() {
        field("decided", vec![theme.span(Role::Text, format!("«{}»", verdict.evidence))]);
    }
    lines
}

/// The time, with its date where that is not the date of now.
fn when(string: &Specimen, now: Moment) -> String {
    let full = string.at.date_clock();
    let today = full.get(..10) == now.date_clock().get(..10);
    let shown = if today { string.at.clock() } else { full };
    match string.at > now {
        // Of a moment of the past it is told what was said after it, too.
        true => format!("{shown} {}, {} later", string.at.zone(), figures::ago(now, string.at)),
        false => format!("{shown} {}, {} ago", string.at.zone(), figures::ago(string.at, now)),
    }
}

fn got(string: &Specimen) -> String {
    let mut parts = Vec::new();
    parts.extend(string.code.map(|code| code.to_string()));
    parts.push(words::outcome(string.outcome).to_owned());
    parts.extend(string.stage.map(|stage| words::stage(stage).to_owned()));
    parts.join(" · ")
}

/// The details under a rule.
fn show(canvas: &mut Canvas<'_>, area: Rect, details: &[Vec<Span<'_>>]) {
    if area.height < 2 {
        return;
    }
    let rule = "┄".repeat(usize::from(area.width));
    canvas.row(area, 0, &[canvas.span(Role::Rule, rule)]);
    for (row, line) in (1..area.height).zip(details) {
        canvas.row(area, row, line);
    }
    let hidden = details.len().saturating_sub(usize::from(area.height - 1));
    if hidden > 0 {
        let more = [canvas.span(Role::Dim, format!(" +{hidden} "))];
        canvas.put_right(area, 0, &more);
    }
}
