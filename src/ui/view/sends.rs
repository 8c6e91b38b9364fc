//! The sends: each campaign's mail beside the sends before it, and the selected one by provider.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::layout::{part, split, top};
use super::window::Window;
use super::wrap::wrap;
use super::{crumbs, figures, prose, says, words};
use crate::engine::{Over, SendView};
use crate::text::{fit, limit, width};
use crate::ui::hits::{List, Target};
use crate::ui::picture::{Picture, send_key};
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Below this width or height the selected send's providers and categories stand in one column.
const ROOM: (u16, u16) = (72, 16);

/// From this size on there is room for what is said to the selected one.
const SAID: (u16, u16) = (110, 38);
/// Rows of its sentences, and the fewest of its tables.
const WORDS: usize = 4;
const FEWEST: usize = 6;

/// Where we are, in one line.
pub(super) fn scope_line(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let mut spans = crumbs::under(canvas, area, state, picture);
    spans.push(canvas.span(Role::Title, "sends"));
    let running = picture.sends.iter().filter(|send| send.running).count();
    let text = format!(" · {running} running, {} done", picture.sends.len() - running);
    spans.push(canvas.span(Role::Text, text));
    if picture.head.back.is_some() {
        spans.push(canvas.span(Role::Warn, " · begun by then, figures of now"));
    }
    if !state.filter.is_empty() {
        spans.push(canvas.span(Role::Dim, " · the filter does not count here"));
    }
    canvas.row(area, 0, &spans);
}

/// The cells of the columns.
#[derive(Copy, Clone)]
struct Frame {
    name: usize,
    since: usize,
    attempts: usize,
    rejected: usize,
    unknown: usize,
    deferred: usize,
    complaints: usize,
    before: usize,
}

impl Frame {
    fn of(cells: u16, longest: usize) -> Self {
        let cells = usize::from(cells);
        let (since, attempts, rejected, unknown, deferred, complaints, before) = match cells {
            ..56 => (0, 0, 8, 9, 0, 0, 0),
            56..78 => (0, 9, 9, 9, 9, 0, 8),
            78..110 => (7, 10, 9, 9, 9, 0, 9),
            _ => (13, 12, 10, 10, 10, 12, 20),
        };
        let fixed = 4 + since + attempts + rejected + unknown + deferred + complaints + before;
        let name = longest.clamp(9, cells.saturating_sub(fixed + 1).max(9));
        Self { name, since, attempts, rejected, unknown, deferred, complaints, before }
    }
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let sends = &picture.sends;
    if sends.is_empty() {
        return none(canvas, area, state, picture);
    }
    let at = state.sending.at(sends);
    let need = u16::try_from(sends.len() + 2).unwrap_or(u16::MAX);
    let (list, below) = top(area, need.min(part(area.height, 50)).max(4));
    table(canvas, list, state, sends, at);
    let Some(send) = sends.get(at) else { return };
    if has_room(state.size) {
        return selected(canvas, below, send, picture);
    }
    if area.width < ROOM.0 || area.height < ROOM.1 {
        return providers(canvas, below, send);
    }
    let (left, x, right) = split(below, part(below.width, 58));
    providers(canvas, left, send);
    categories(canvas, right, send);
    canvas.fence(x, below);
}

/// Whether there is room for what is said to the selected send.
pub(super) const fn has_room(size: (u16, u16)) -> bool {
    size.0 >= SAID.0 && size.1 >= SAID.1
}

/// The selected send in full: where it goes and why it comes back, and below what they say to it.
fn selected(canvas: &mut Canvas<'_>, area: Rect, send: &SendView, picture: &Picture) {
    let rows = send.providers.len().max(send.categories.len() + WORDS).max(FEWEST) + 2;
    let rows = u16::try_from(rows).unwrap_or(u16::MAX).min(part(area.height, 50));
    let (above, below) = top(area, rows);
    let (left, x, right) = split(above, part(above.width, 58));
    providers(canvas, left, send);
    categories(canvas, right, send);
    canvas.fence(x, above);
    says::of_send(canvas, below, send, &picture.said);
}

fn table(canvas: &mut Canvas<'_>, area: Rect, state: &State, sends: &[SendView], at: usize) {
    let window = Window::around(at, sends.len(), usize::from(area.height.saturating_sub(2)));
    let marked = match state.sending.marked.len() {
        0 => window.heading(canvas),
        some => vec![canvas.span(Role::Accent, format!("{some} marked"))],
    };
    let mut title = vec![canvas.span(Role::Title, "Sends")];
    if area.width >= ROOM.0 {
        title.push(canvas.span(Role::Dim, " · of all attempts; retries count again"));
    }
    canvas.hit(area, Target::Pane(List::Sends));
    let inner = canvas.panel(area, &title, &marked, true);
    let longest = sends.iter().map(|send| width(&send.campaign)).max().unwrap_or(0) + 1;
    let frame = Frame::of(inner.width, longest);
    let name = frame.name;
    let mut head = format!("    {:<name$}", "CAMPAIGN");
    for (word, cells) in [
        ("SINCE", frame.since),
        ("ATTEMPTS", frame.attempts),
        ("REJECTED", frame.rejected),
        ("5.1.1", frame.unknown),
        ("DEFERRED", frame.deferred),
        ("COMPLAINTS", frame.complaints),
        ("BEFORE", frame.before),
    ] {
        if cells > 0 {
            head.push_str(&format!("{word:>cells$}"));
        }
    }
    canvas.row(inner, 0, &[canvas.span(Role::Dim, head)]);
    for (row, place, send) in window.of(1, sends) {
        line(canvas, inner, row, frame, send, place == at, state);
        canvas.listed(inner, row, List::Sends, place, place == at);
    }
}

fn line(
    canvas: &mut Canvas<'_>,
    area: Rect,
    row: u16,
    frame: Frame,
    send: &SendView,
    picked: bool,
    state: &State,
) {
    let is_marked = state.sending.marked.contains(&send_key(send));
    let sign = if send.running { ("●", Role::Good) } else { ("·", Role::Dim) };
    let mut spans = vec![
        canvas.span(Role::Accent, if picked { "▸" } else { " " }),
        canvas.span(Role::Fresh, if is_marked { "»" } else { " " }),
        canvas.span(sign.1, format!("{} ", sign.0)),
    ];
    let name = fit(&send.campaign, frame.name - 1);
    let (x, cells) = (area.x + u16::try_from(width_of(&spans)).unwrap_or(0), width(&name));
    let pad = frame.name - cells;
    spans
        .push(canvas.span(if send.running { Role::Title } else { Role::Text }, format!("{name}{:pad$}", "")));
    let worse = send.before.as_ref().is_some_and(|_| {
        send.rejections_change().is_some_and(|change| change.certain && change.difference > 0.0)
    });
    let (unknown, loud) = unknown(send);
    let rejected = figures::percent(send.rejections().share());
    let deferred = figures::percent(send.deferrals().share());
    let complaints = if send.complaints > 0 { figures::thousands(send.complaints) } else { "·".into() };
    for (text, cells, role) in [
        (since(send, frame.since), frame.since, Role::Dim),
        (figures::count(send.attempts, frame.attempts.saturating_sub(1)), frame.attempts, Role::Text),
        (
            if worse { format!("▲ {rejected}") } else { rejected },
            frame.rejected,
            if worse { Role::Bad } else { Role::Text },
        ),
        (unknown, frame.unknown, loud),
        (deferred, frame.deferred, Role::Text),
        (complaints, frame.complaints, if send.complaints > 0 { Role::Warn } else { Role::Dim }),
        (before(send, frame.before), frame.before, Role::Dim),
    ] {
        if cells > 0 {
            let pad = cells.saturating_sub(width(&text));
            spans.extend([Span::raw(" ".repeat(pad)), canvas.span(role, text)]);
        }
    }
    canvas.row(area, row, &spans);
    if picked {
        let cells = u16::try_from(cells).unwrap_or(0);
        canvas.tint(Rect { x, y: area.y + row, width: cells, height: 1 }, Role::Selected);
    }
}

/// When it began: the minute, with its day where there is room.
fn since(send: &SendView, cells: usize) -> String {
    let stamp = send.first.date_clock();
    let part = if cells >= 12 { 5..16 } else { 11..16 };
    stamp.get(part).unwrap_or_default().to_owned()
}

/// The share of unknown users, marked where the list is at fault: surely, or perhaps.
fn unknown(send: &SendView) -> (String, Role) {
    let share = figures::percent(send.unknown().share());
    match send.list_fault() {
        Over::Surely => (format!("▲ {share}"), Role::Bad),
        Over::Perhaps => (format!("? {share}"), Role::Warn),
        Over::No => (share, Role::Text),
    }
}

/// What the sends before it came to: the rejections, and of how many sends where there is room.
fn before(send: &SendView, cells: usize) -> String {
    match &send.before {
        None => "–".into(),
        Some(before) => {
            let share = figures::percent(before.rejections().share());
            if cells < 16 {
                return share;
            }
            let whose = if before.same { "" } else { " others" };
            format!("{share} in {}{whose}", before.sends)
        }
    }
}

/// The selected send at each provider.
fn providers(canvas: &mut Canvas<'_>, area: Rect, send: &SendView) {
    let cells = usize::from(area.width / 2);
    let title = [
        canvas.span(Role::Title, "Where it goes"),
        canvas.span(Role::Text, format!(" · {}", fit(&send.campaign, cells.saturating_sub(4)))),
    ];
    let height = usize::from(area.height.saturating_sub(2));
    let right = Window::from(0, send.providers.len(), height).heading(canvas);
    let inner = canvas.panel(area, &title, &right, false);
    let (narrow, name) = (
        inner.width < 56,
        usize::from(inner.width).saturating_sub(if inner.width < 56 { 20 } else { 42 }).min(30),
    );
    let mut head = format!("  {:<name$}", "PROVIDER");
    if !narrow {
        head.push_str(&format!("{:>11}", "ATTEMPTS"));
    }
    head.push_str(&format!("{:>9}{:>8}", "REJECTED", "5.1.1"));
    if !narrow {
        head.push_str(&format!("{:>10}", "DEFERRED"));
    }
    canvas.row(inner, 0, &[canvas.span(Role::Dim, head)]);
    for (row, one) in (1..).zip(send.providers.iter().take(height)) {
        let of = |count: u64| figures::percent(count as f64 / one.attempts.max(1) as f64);
        let shown = figures::name(&one.name, name.saturating_sub(1));
        let shown = fit(shown, name.saturating_sub(1));
        let pad = name.saturating_sub(width(&shown));
        let role = if one.rejected == 0 { Role::Dim } else { Role::Text };
        let mut spans = vec![Span::raw("  "), canvas.span(Role::Text, format!("{shown}{:pad$}", ""))];
        if !narrow {
            spans.push(canvas.span(Role::Text, format!("{:>11}", figures::count(one.attempts, 10))));
        }
        spans.push(canvas.span(role, format!("{:>9}{:>8}", of(one.rejected), of(one.unknown_users))));
        if !narrow {
            spans.push(canvas.span(Role::Text, format!("{:>10}", of(one.deferred))));
        }
        canvas.row(inner, row, &spans);
    }
}

/// Why it is refused or put off, and the sends before it in words.
fn categories(canvas: &mut Canvas<'_>, area: Rect, send: &SendView) {
    let inner = canvas.panel(area, &[canvas.span(Role::Title, "Why")], &[], false);
    let told = told(send);
    let (lines, _) = wrap(&told, usize::from(inner.width.saturating_sub(3)), usize::MAX);
    let room = usize::from(inner.height).saturating_sub(lines.len() + 1);
    let replies: u64 = send.categories.iter().map(|(_, count)| count).sum();
    let mut row = 0u16;
    for (category, count) in send.categories.iter().take(room) {
        let share = *count as f64 / replies.max(1) as f64;
        let spans = [
            canvas.span(Role::Title, format!("{:>5} ", figures::share(share))),
            canvas.span(Role::Text, format!("{:<18}", words::category(*category))),
            canvas.span(Role::Dim, figures::count(*count, 6)),
        ];
        canvas.row(inner, row, &spans);
        row += 1;
    }
    if send.categories.is_empty() {
        canvas.row(inner, 0, &[canvas.span(Role::Dim, "  nothing was refused or put off")]);
        row = 1;
    }
    row += 1;
    for line in lines {
        canvas.row(inner, row, &[Span::raw("  "), canvas.span(Role::Text, &told[line])]);
        row += 1;
    }
}

/// The selected send in sentences: its list, and the sends before it.
fn told(send: &SendView) -> String {
    let unknown = send.unknown();
    let mut text = match send.list_fault() {
        Over::Surely => format!(
            "{} of its addresses do not exist: over {} the list is at fault. ",
            figures::percent(unknown.share()),
            limit(send.limit)
        ),
        Over::Perhaps => format!(
            "{} of {} do not exist: over {}, but so few may be chance. ",
            figures::thousands(unknown.count),
            figures::plural(unknown.of, "attempt", "attempts"),
            limit(send.limit)
        ),
        Over::No => String::new(),
    };
    match &send.before {
        None => text.push_str("No send before it is known."),
        Some(before) => {
            let whose = if before.same { "of this campaign before it" } else { "of all campaigns before it" };
            let rate = |count: u64| figures::percent(count as f64 / before.attempts.max(1) as f64);
            text.push_str(&format!(
                "The {} {whose}: {} rejected, {} unknown users.",
                figures::plural(u64::from(before.sends), "send", "sends"),
                rate(before.rejected),
                rate(before.unknown_users)
            ));
        }
    }
    text
}

/// Why there is no send.
fn none(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let inner = canvas.panel(area, &[canvas.span(Role::Title, "Sends")], &[], true);
    let back = state.keymap.told("{back} goes back.");
    let reason = if picture.head.totals.attempts == 0 {
        "No attempt was read yet."
    } else {
        "No attempt that was read has a campaign or a sender."
    };
    let texts = [
        (Role::Title, reason),
        (
            Role::Text,
            "A send is what one job, campaign or tenant sends without a long pause; where the log has none of \
             them, what one sender's domain sends.",
        ),
        (Role::Dim, back.as_str()),
    ];
    prose::draw(canvas, inner, &texts);
}
