//! The first row: what is read, whether it is live, how far behind, which window, what time.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::figures;
use crate::engine::{Gone, Mode, SourceView};
use crate::model::Moment;
use crate::ui::picture::{Head, Picture};
use crate::ui::state::State;
use crate::ui::theme::Role;

/// A part of the header and when it may be left out: the highest number goes first.
struct Part {
    drop: u8,
    spans: Vec<Span<'static>>,
}

/// Below this width few words have room.
const NARROW: u16 = 60;
/// Cells that the name of a file has at most.
const NAME: usize = 24;
/// A log time that is this far behind is worth a look.
const LATE: i64 = 10_000;

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let mut left = left(canvas, state, picture);
    let mut right = right(canvas, state, picture);
    keep(&mut left, &mut right, usize::from(area.width));
    let flat = |parts: Vec<Part>| -> Vec<Span<'static>> {
        parts.into_iter().flat_map(|part| part.spans.into_iter().chain([Span::raw("  ")])).collect()
    };
    let mut right = flat(right);
    right.pop();
    right.push(Span::raw(" "));
    let room = usize::from(area.width).saturating_sub(width_of(&right) + 2);
    let mut left = flat(left);
    // A blank is between the two in any case.
    left.pop();
    canvas.put(area.x + 1, area.y, u16::try_from(room).unwrap_or(0), &left);
    canvas.put_right(area, 0, &right);
}

/// Where there are few rows: how live it is and the time, at the ends of a row; what is between them is
/// left.
pub(super) fn beside(canvas: &mut Canvas<'_>, area: Rect, picture: &Picture) -> Rect {
    let head = &picture.head;
    let sign = |role, text: &str| canvas.span(role, format!(" {text}"));
    let is_odd = |source: &SourceView| source.trouble || source.is_strange();
    let mut left = vec![match (head.back, head.frozen, head.playing, head.mode) {
        (Some(at), ..) => canvas.span(Role::Selected, format!(" ◀ {} ", figures::minute(at))),
        (None, Some(held), ..) => sign(Role::Warn, &format!("‖ {}", figures::minute(held.since))),
        (None, None, Some(playing), Mode::Live) if playing.paused => sign(Role::Warn, "‖"),
        (None, None, Some(_), Mode::Live) => sign(Role::Good, "▶"),
        (None, None, _, Mode::Ended) => sign(Role::Text, "■"),
        (None, None, _, Mode::Reading) => sign(Role::Warn, "◐"),
        (None, None, None, Mode::Live) if head.lines.lost > 0 || head.sources.iter().any(is_odd) => {
            sign(Role::Warn, "!")
        }
        (None, None, None, Mode::Live) => sign(Role::Good, "●"),
    }];
    if head.unseen > 0 {
        left.push(canvas.span(Role::Bad, format!(" ! {} new", head.unseen)));
    }
    let clock = figures::minute(head.now);
    canvas.put_right(area, 0, &[canvas.span(Role::Title, format!(" {clock}"))]);
    let room = area.width.saturating_sub(6);
    let used = canvas.put(area.x, area.y, room, &left);
    Rect { x: area.x + used, width: room - used, ..area }
}

/// Leaves out what there is no room for: what may go last comes first, and what is short may stay where
/// something longer had to go.
fn keep(left: &mut Vec<Part>, right: &mut Vec<Part>, cells: usize) {
    let mut ranks: Vec<u8> = left.iter().chain(right.iter()).map(|part| part.drop).collect();
    ranks.sort_unstable();
    ranks.dedup();
    let mut used = 1;
    for rank in ranks {
        let of_rank = |part: &&Part| part.drop == rank;
        let need: usize =
            left.iter().chain(right.iter()).filter(of_rank).map(|part| width_of(&part.spans) + 2).sum();
        if rank > 0 && used + need > cells {
            left.retain(|part| part.drop != rank);
            right.retain(|part| part.drop != rank);
        } else {
            used += need;
        }
    }
}

fn left(canvas: &Canvas<'_>, state: &State, picture: &Picture) -> Vec<Part> {
    let head = &picture.head;
    let strange = head.sources.iter().filter(|source| source.is_strange()).count();
    let unread = head.sources.iter().filter(|source| source.trouble).count();
    // Where something is wrong with what is read, what is read matters more than our name.
    let (name, read) = if strange + unread > 0 { (6, 5) } else { (5, 6) };
    let mut parts = vec![Part { drop: name, spans: vec![canvas.span(Role::Accent, "fivefifty")] }];
    if let Some(demo) = &state.demo {
        parts.push(Part { drop: 3, spans: vec![canvas.span(Role::Fresh, demo.to_string())] });
    }
    let join = |names: &[crate::text::Clean], most: usize| {
        let mut shown: Vec<_> = names.iter().take(most).map(ToString::to_string).collect();
        if names.len() > most {
            shown.push(format!("{} more", names.len() - most));
        }
        shown.join("+")
    };
    let mut what: Vec<String> =
        [join(&head.hosts, 2), join(&head.dialects, 3)].into_iter().filter(|text| !text.is_empty()).collect();
    if head.sources.len() != 1 {
        what.push(figures::plural(head.sources.len() as u64, "source", "sources"));
    }
    if !what.is_empty() {
        parts.push(Part { drop: read, spans: vec![canvas.span(Role::Dim, what.join(" · "))] });
    }
    let narrow = state.size.0 < NARROW;
    parts.push(Part { drop: 0, spans: mode(canvas, state, picture) });
    if head.mode == Mode::Reading {
        let read = format!("{} lines so far", figures::short(head.lines.read as f64));
        parts.push(Part { drop: 3, spans: vec![canvas.span(Role::Text, read)] });
    }
    parts.extend(past(canvas, state, picture));
    parts.extend(playing(canvas, picture));
    if let Some(held) = head.frozen {
        let text = format!("+{} since", figures::plural(held.attempts, "attempt", "attempts"));
        parts.push(Part { drop: 3, spans: vec![canvas.span(Role::Warn, text)] });
        let lines = format!("+{}", figures::plural(held.lines, "line", "lines"));
        parts.push(Part { drop: 8, spans: vec![canvas.span(Role::Text, lines)] });
    }
    if head.unseen > 0 {
        let told = figures::plural(head.unseen as u64, "new incident", "new incidents");
        let text = if narrow { format!("! {} new", head.unseen) } else { format!("! {told}") };
        let spans = vec![
            canvas.span(Role::Bad, text),
            canvas.span(Role::Key, format!("  {}", state.keymap.first("now"))),
        ];
        parts.push(Part { drop: 0, spans });
    }
    // How the log goes on now says nothing of a moment of the past.
    if head.back.is_none() && head.mode != Mode::Ended && head.playing.is_none_or(|playing| !playing.paused) {
        let speed = format!("{:>5} lines/s", figures::short(head.lines_per_second.max(0.0)));
        parts.push(Part { drop: 7, spans: vec![canvas.span(Role::Text, speed)] });
    }
    if head.back.is_none() && head.mode == Mode::Live && head.playing.is_none() {
        // A log in which nothing is written is not late.
        let quiet = head.lines_per_second < 0.05;
        let late = head.lag > LATE && !quiet;
        let lag = match head.lag.max(0) {
            lag if quiet => format!("quiet {}", figures::ago(head.now.plus_millis(-lag), head.now)),
            lag if lag < 60_000 => format!("lag {}.{}s", lag / 1000, lag % 1000 / 100),
            lag => format!("lag {}", figures::age(lag)),
        };
        let role = if late { Role::Warn } else { Role::Text };
        parts.push(Part { drop: if late { 2 } else { 8 }, spans: vec![canvas.span(role, lag)] });
    }
    // The first lines of a file may be another program's; what is read to its end is not known.
    if strange > 0 && head.mode != Mode::Reading || 0 < unread && unread < head.sources.len() {
        let what = match (strange, unread, head.sources.len()) {
            _ if narrow => "! sources".to_owned(),
            (1, 0, 1) => "! kind of log not known".to_owned(),
            (0, unread, all) => format!("! {unread} of {all} not read"),
            (strange, 0, all) => format!("! {strange} of {all} not known"),
            (strange, unread, all) => format!("! {strange} of {all} not known, {unread} not read"),
        };
        let spans = vec![
            canvas.span(Role::Warn, what),
            canvas.span(Role::Key, format!("  {}", state.keymap.first("sources"))),
        ];
        parts.push(Part { drop: 1, spans });
    }
    parts.extend(lost(canvas, head, narrow));
    parts
}

/// What was gone before it could be read: how much, when that was seen last, and of which file.
fn lost(canvas: &Canvas<'_>, head: &Head, narrow: bool) -> Vec<Part> {
    if head.lines.lost == 0 {
        return Vec::new();
    }
    let warn = |drop, text: String| Part { drop, spans: vec![canvas.span(Role::Warn, text)] };
    let gone: Vec<(&SourceView, Gone)> =
        head.sources.iter().filter_map(|source| Some((source, source.gone?))).collect();
    let Some(at) = gone.iter().map(|(_, gone)| gone.at).max() else {
        return vec![match narrow {
            true => warn(1, format!("! {} lost", figures::short(head.lines.lost as f64))),
            false => warn(1, format!("! {} lost", figures::plural(head.lines.lost, "line", "lines"))),
        }];
    };
    let bytes = figures::bytes(gone.iter().fold(0_u64, |all, (_, gone)| all.saturating_add(gone.bytes)));
    if narrow {
        return vec![warn(1, format!("! {bytes} lost"))];
    }
    let of = match gone.as_slice() {
        [(source, _)] => figures::path(source.name.rsplit('/').next().unwrap_or_default(), NAME),
        several => figures::plural(several.len() as u64, "source", "sources"),
    };
    vec![warn(1, format!("! {bytes} lost {}", &at.clock()[..5])), warn(4, of)]
}

/// How far in the past the picture is, and the way back.
fn past(canvas: &Canvas<'_>, state: &State, picture: &Picture) -> Vec<Part> {
    let Some(at) = picture.head.back else { return Vec::new() };
    let ago = format!("{} before now", figures::ago(at, picture.head.now));
    let live =
        vec![canvas.span(Role::Key, state.keymap.first("now").to_owned()), canvas.span(Role::Dim, " live")];
    let ago = Part { drop: 2, spans: vec![canvas.span(Role::Warn, ago)] };
    // What began meanwhile names the key, too.
    if picture.head.unseen > 0 { vec![ago] } else { vec![ago, Part { drop: 1, spans: live }] }
}

/// Where the replay is, and where it ends.
fn playing(canvas: &Canvas<'_>, picture: &Picture) -> Option<Part> {
    let head = &picture.head;
    let playing = head.playing.filter(|_| head.mode == Mode::Live)?;
    // The picture is another one: that it goes on is said nevertheless.
    let at = match head.frozen.is_some() || head.back.is_some() {
        true if playing.paused => format!("‖ paused {} at ", playing.speed),
        true => format!("▶ {} at ", playing.speed),
        false => String::new(),
    };
    let until = playing.until.map_or_else(String::new, |until| format!(" of {}", moment(until, head.now)));
    let text = format!("{at}{}{until}", head.now.clock());
    Some(Part { drop: 4, spans: vec![canvas.span(Role::Text, text)] })
}

/// A moment as a clock, with its date where that is not the one of `now`.
fn moment(at: Moment, now: Moment) -> String {
    let (at, now) = (at.date_clock(), now.date_clock());
    if at[..10] == now[..10] { at[11..].to_owned() } else { at[5..].to_owned() }
}

fn mode(canvas: &Canvas<'_>, state: &State, picture: &Picture) -> Vec<Span<'static>> {
    let head = &picture.head;
    let narrow = state.size.0 < NARROW;
    if let Some(at) = head.back {
        return vec![canvas.span(Role::Selected, format!(" ◀ {} ", moment(at, head.now)))];
    }
    if let Some(held) = head.frozen {
        // That something began meanwhile is worth more than since when it is held.
        return vec![match narrow && head.unseen > 0 {
            true => canvas.span(Role::Warn, "‖ frozen"),
            false => canvas.span(Role::Warn, format!("‖ frozen {}", held.since.clock())),
        }];
    }
    match (head.playing, head.mode) {
        (Some(playing), Mode::Reading) if playing.filling => {
            return vec![canvas.span(Role::Warn, "◐ reading what came before")];
        }
        (Some(_), Mode::Reading) => return vec![canvas.span(Role::Warn, "◐ opening")],
        (Some(_), Mode::Ended) => {
            return vec![canvas.span(Role::Text, format!("■ ended {}", moment(head.now, head.now)))];
        }
        (Some(playing), Mode::Live) if playing.paused => {
            return vec![canvas.span(Role::Warn, format!("‖ paused {}", playing.speed))];
        }
        (Some(playing), Mode::Live) => return vec![canvas.span(Role::Good, format!("▶ {}", playing.speed))],
        (None, _) => {}
    }
    match head.mode {
        Mode::Live => match head.sources.iter().find(|source| source.trouble) {
            Some(_) if narrow && head.sources.iter().all(|source| source.trouble) => vec![
                canvas.span(Role::Warn, "! not read"),
                canvas.span(Role::Key, format!("  {}", state.keymap.first("sources"))),
            ],
            Some(first) if head.sources.iter().all(|source| source.trouble) => {
                vec![canvas.span(Role::Warn, format!("! {}", first.state))]
            }
            _ => vec![canvas.span(Role::Good, "● live"), canvas.span(Role::Dim, history(picture))],
        },
        Mode::Ended => vec![canvas.span(Role::Text, "■ read to the end")],
        Mode::Reading => {
            let progress = progress(&head.sources);
            // How many are read stands on the board.
            let share = progress.rsplit_once(" · ").filter(|_| narrow).map(|(_, share)| share);
            let text = share.map_or(progress.clone(), |share| format!("reading {share}"));
            vec![canvas.span(Role::Warn, format!("◐ {text}"))]
        }
    }
}

/// How far the reading of history is: `reading 42 %`, of the source that is furthest behind, and
/// how many still are read where that is more than one.
pub(super) fn progress(sources: &[SourceView]) -> String {
    let behind = |source: &&SourceView| {
        let state = source.state.as_str();
        state.starts_with("reading") || state.starts_with("opening")
    };
    let percent = |source: &SourceView| {
        let digits = source.state.strip_prefix("reading ")?.split(' ').next()?;
        digits.trim_end_matches('%').parse::<u8>().ok()
    };
    let count = sources.iter().filter(behind).count();
    let least = sources.iter().filter(behind).filter_map(percent).min();
    let share = least.map_or_else(String::new, |percent| format!(" {percent} %"));
    match count {
        0 | 1 => format!("reading{share}"),
        some if share.is_empty() => format!("reading {some} sources"),
        some => format!("reading {some} sources ·{share}"),
    }
}

/// How much of the past is read, of the source that is furthest behind.
fn history(picture: &Picture) -> String {
    let states = picture.head.sources.iter().map(|source| source.state.as_str());
    let shares =
        states.filter_map(|state| state.split_once("history ")?.1.strip_suffix(" %")?.parse::<u8>().ok());
    shares.min().map_or_else(String::new, |share| format!(" · history {share} %"))
}

fn right(canvas: &Canvas<'_>, state: &State, picture: &Picture) -> Vec<Part> {
    // A clock with seconds would write to the terminal every second, whatever happens.
    let clock = format!("{} {}", figures::minute(picture.head.now), picture.head.now.zone());
    let from = picture.now.plus_millis(-picture.window.millis());
    // Far back a short window is not told apart.
    let (window, role) = match picture.window == state.window {
        true => (state.window.to_string(), Role::Title),
        false => (format!("! {}", picture.window), Role::Warn),
    };
    let clock_role = if picture.head.back.is_some() { Role::Dim } else { Role::Title };
    let filled = picture.head.complete_since.filter(|since| *since > from).map(|since| Part {
        drop: 5,
        spans: vec![canvas.span(Role::Warn, format!("filled from {}", figures::minute(since)))],
    });
    let mut parts = vec![
        Part { drop: 9, spans: vec![canvas.span(Role::Dim, "window")] },
        Part { drop: 4, spans: vec![canvas.span(role, format!("{window:<3}"))] },
        Part { drop: 0, spans: vec![canvas.span(clock_role, clock)] },
    ];
    parts.splice(2..2, filled);
    parts
}
