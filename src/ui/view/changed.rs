//! What changed: the values that an incident's rejections carry more often than what was delivered
//! beside them, and than what was sent before.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::{Canvas, width_of};
use super::window::Window;
use super::words::{self, sentence};
use super::wrap::wrap;
use super::{figures, prose};
use crate::engine::{Contrast, Difference, Dimension, Estimated, Measured};
use crate::text::{Clean, fit, width};
use crate::ui::action::Action;
use crate::ui::hits::{List, Target};
use crate::ui::picture::Picture;
use crate::ui::screens::Part;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Below this height there are few rows.
const LOW: u16 = 10;
/// Fewer rejections than this say little.
const FEW: u64 = 20;
/// Cells of the mark of what was never there before.
const NEW: usize = 5;
/// Rows of the sentence about the selected value at most.
const SENTENCE: usize = 4;

/// The cells of the columns.
#[derive(Copy, Clone)]
struct Frame {
    dimension: usize,
    value: usize,
    /// Of the mark of what was never there before; none where everything was.
    new: usize,
    /// Of each of the three shares; the counts stand beside them where there is room.
    within: usize,
    delivered: usize,
    before: usize,
    explains: usize,
    counts: bool,
}

impl Frame {
    fn of(cells: u16, longest: usize, fresh: bool) -> Self {
        let new = if fresh { NEW } else { 0 };
        let cells = usize::from(cells);
        let (dimension, within, others, explains, counts) = match cells {
            ..50 => (0, 6, 0, 6, false),
            50..64 => (10, 6, 7, 6, false),
            64..92 => (10, 9, 10, 9, false),
            92..110 => (17, 19, 11, 10, true),
            _ => (17, 20, 20, 10, true),
        };
        let fixed = 2 + dimension + new + within + 2 * others + explains;
        let value = longest.clamp(8, cells.saturating_sub(fixed).max(8));
        Self { dimension, value, new, within, delivered: others, before: others, explains, counts }
    }
}

/// Rows that the pane fills: its head, the table, and the sentence about the selected value.
pub(super) fn rows(area: Rect, picture: &Picture) -> u16 {
    let values = picture.contrast.differences.len();
    let rows = if values == 0 { 5 } else { values + 2 + SENTENCE };
    u16::try_from(rows).unwrap_or(u16::MAX).min(area.height)
}

pub(super) fn draw(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    let contrast = &picture.contrast;
    let focus = state.dossier.part == Part::Changed;
    let mut title = vec![canvas.span(Role::Title, "What changed")];
    match contrast.looked_at {
        0 => {}
        few if few < FEW => {
            let text = format!(" · only {}", figures::plural(few, "refusal", "refusals"));
            title.extend([canvas.span(Role::Warn, text), canvas.span(Role::Warn, ": little to go by")]);
        }
        many => {
            // Where there are too many to keep, a fair part of them is looked at.
            let of = if many < contrast.of {
                format!(" of {}{}", Estimated::sign(contrast.about), figures::thousands(contrast.of))
            } else {
                String::new()
            };
            let text = match of.as_str() {
                "" => format!(" · in {} refusals", figures::thousands(many)),
                of => format!(" · looked at {}{of}", figures::thousands(many)),
            };
            title.push(canvas.span(Role::Text, text));
        }
    }
    let len = contrast.differences.len();
    let at = if len == 0 { 0 } else { state.dossier.value + 1 };
    let right = if len > 0 { vec![canvas.span(Role::Dim, format!("{at}/{len}"))] } else { Vec::new() };
    canvas.hit(area, Target::Pane(List::Changed));
    let inner = canvas.panel(area, &title, &right, focus);
    if contrast.differences.is_empty() {
        return nothing(canvas, inner, contrast);
    }
    let longest = contrast.differences.iter().map(|one| width(words::value(one))).max().unwrap_or(0) + 1;
    let fresh = contrast.differences.iter().any(|one| one.fresh);
    let frame = Frame::of(inner.width, longest, fresh);
    heads(canvas, inner, frame);
    let chosen = contrast.differences.get(state.dossier.value);
    let told: Clean = chosen.map(|one| Clean::from(sentence(one).as_str())).unwrap_or_default();
    let (lines, _) = wrap(&told, usize::from(inner.width.saturating_sub(4)), usize::MAX);
    // The sentence gets its rows where the values keep at least three of theirs, two where rows are few.
    let room = usize::from(inner.height.saturating_sub(1));
    let least = if inner.height < LOW { 2 } else { 3 };
    let below = lines.len().min(room.saturating_sub(len.min(least)));
    let height = room - below;
    for (row, at, one) in Window::around(state.dossier.value, len, height).of(1, &contrast.differences) {
        line(canvas, inner, row, frame, one, at == state.dossier.value, focus);
        canvas.listed(inner, row, List::Changed, at, at == state.dossier.value);
    }
    let under = 1 + len.min(height);
    let cut = below < lines.len();
    for ((row, at), line) in (under..).zip(1..).zip(lines.into_iter().take(below)) {
        let row = u16::try_from(row).unwrap_or(u16::MAX);
        // What is cut is handed over whole, so that the canvas marks it.
        let line = if cut && at == below { line.start..told.len() } else { line };
        canvas.row(inner, row, &[Span::raw("  "), canvas.span(Role::Text, &told[line])]);
    }
}

fn heads(canvas: &mut Canvas<'_>, area: Rect, frame: Frame) {
    let (dimension, value) = (frame.dimension, frame.value + frame.new);
    let mut text = format!("  {:<dimension$}{:<value$}", if dimension > 0 { "WHAT" } else { "" }, "VALUE");
    let words = if frame.within > 6 {
        ["REFUSED", "DELIVERED", "BEFORE", "EXPLAINS"]
    } else {
        ["REF", "DELIV", "BEFORE", "EXPL"]
    };
    let cells = [frame.within, frame.delivered, frame.before, frame.explains];
    for (word, cells) in words.into_iter().zip(cells).filter(|(_, cells)| *cells > 0) {
        text.push_str(&format!("{word:>cells$}"));
    }
    canvas.row(area, 0, &[canvas.span(Role::Dim, text)]);
}

fn line(
    canvas: &mut Canvas<'_>,
    area: Rect,
    row: u16,
    frame: Frame,
    one: &Difference,
    picked: bool,
    focus: bool,
) {
    let padded = |text: &str, cells: usize| {
        let text = fit(text, cells.saturating_sub(1));
        let pad = cells.saturating_sub(width(&text));
        format!("{text}{:pad$}", "")
    };
    let dimension = if frame.dimension > 10 {
        words::dimension(one.dimension)
    } else {
        words::short_dimension(one.dimension)
    };
    let value = padded(words::value(one), frame.value);
    let mut spans = vec![
        canvas.span(Role::Accent, if picked { "▸ " } else { "  " }),
        canvas.span(Role::Dim, padded(dimension, frame.dimension)),
    ];
    let x = area.x + u16::try_from(width_of(&spans)).unwrap_or(0);
    spans.push(canvas.span(if one.explains >= 0.5 { Role::Title } else { Role::Text }, value));
    spans.push(canvas.span(
        Role::Fresh,
        match frame.new {
            0 => "",
            _ if one.fresh => "▸new ",
            _ => "     ",
        },
    ));
    let shares = [
        (one.within, frame.within, frame.counts, Role::Text),
        (one.delivered, frame.delivered, frame.counts && frame.delivered > 11, Role::Dim),
        (one.before, frame.before, frame.counts && frame.before > 11, Role::Dim),
    ];
    for (portion, cells, counts, role) in shares.into_iter().filter(|(_, cells, ..)| *cells > 0) {
        // A share of a handful is none.
        let is_yardstick = role == Role::Dim && portion.of > 0;
        let few = is_yardstick && !counts && !portion.compares();
        let text = if few { "few".to_owned() } else { shown(portion, counts) };
        spans.push(canvas.span(role, format!("{text:>cells$}")));
    }
    let explains = if one.explains > 0.0 { figures::share(one.explains) } else { "–".into() };
    let role = if one.explains >= 0.5 { Role::Bad } else { Role::Text };
    spans.push(canvas.span(role, format!("{explains:>cells$}", cells = frame.explains)));
    canvas.row(area, row, &spans);
    if picked {
        let cells = u16::try_from(width(&fit(words::value(one), frame.value - 1))).unwrap_or(0);
        let role = if focus { Role::Selected } else { Role::Marked };
        canvas.tint(Rect { x, y: area.y + row, width: cells, height: 1 }, role);
    }
}

/// `96%`, with the counts where they are wanted, `~` before those that are estimates; `–` where nothing was there to take a share of.
fn shown(portion: Measured, counts: bool) -> String {
    match portion.of {
        0 => "–".into(),
        _ if counts => {
            let count = |value| figures::count(value, 6);
            let (about, share) = (portion.about(), figures::share(portion.share()));
            format!("{about}{}/{} {share:>4}", count(portion.count), count(portion.of))
        }
        _ => figures::share(portion.share()),
    }
}

/// Why there is nothing to tell.
fn nothing(canvas: &mut Canvas<'_>, area: Rect, contrast: &Contrast) {
    let text = if contrast.looked_at == 0 {
        "No rejection of this incident is kept to look at: it may be too new, or too long ago."
    } else {
        "Nothing stands out: no IP, campaign, domain, host or reply is more frequent in it than in what was \
         delivered meanwhile or sent before. It strikes everything alike."
    };
    prose::draw(canvas, area, &[(Role::Dim, text)]);
}

/// What the overview tells: where to look. At which stage it is said is no cause of it.
fn causes(picture: &Picture) -> impl Iterator<Item = &Difference> {
    picture.contrast.differences.iter().filter(|one| one.dimension != Dimension::Stage)
}

/// Rows that the overview's pane fills.
pub(super) fn brief_rows(picture: &Picture) -> u16 {
    u16::try_from(causes(picture).count().clamp(1, 7) + 1).unwrap_or(8)
}

/// The same on the overview, a line each: value, share now, share before.
pub(super) fn brief(canvas: &mut Canvas<'_>, area: Rect, state: &State, picture: &Picture) {
    canvas.hit(area, Target::Do(Action::Dossier));
    let incident = picture.incident(picture.contrasted.as_ref());
    let mut title = vec![canvas.span(Role::Title, "What changed")];
    // Of several, which one it is about.
    if let Some(incident) = incident.filter(|_| picture.running().count() > 1) {
        title.push(canvas.span(Role::Text, format!(" · {}", figures::name(&incident.name, 24))));
    }
    let right = [
        canvas.span(Role::Key, state.keymap.first("what-changed").to_owned()),
        canvas.span(Role::Dim, " more"),
    ];
    let inner = canvas.panel(area, &title, &right, false);
    let contrast = &picture.contrast;
    let told = causes(picture).count();
    if told == 0 {
        let text = if contrast.looked_at == 0 { "nothing to look at yet" } else { "nothing stands out" };
        canvas.row(inner, 0, &[Span::raw(" "), canvas.span(Role::Dim, text)]);
        return;
    }
    let cells = usize::from(inner.width);
    for (row, one) in (0..inner.height).zip(causes(picture)) {
        let now = figures::share(one.within.share());
        let was = match one.fresh {
            true => vec![canvas.span(Role::Fresh, " ▸new    ")],
            false if !one.before.compares() => vec![canvas.span(Role::Dim, "         ")],
            false => {
                let was = figures::share(one.before.share());
                vec![canvas.span(Role::Dim, format!(" was {was:>4}"))]
            }
        };
        let what = words::short_dimension(one.dimension);
        let loud = if one.explains >= 0.5 { Role::Title } else { Role::Text };
        let tail = 4 + width_of(&was) + 1;
        let room = cells.saturating_sub(tail + 11);
        let value = fit(&one.value, room.saturating_sub(1));
        let pad = room.saturating_sub(width(&value));
        let mut spans = vec![
            Span::raw(" "),
            canvas.span(Role::Dim, format!("{what:<10}")),
            canvas.span(loud, value),
            Span::raw(" ".repeat(pad)),
            canvas.span(loud, format!("{now:>4}")),
        ];
        spans.extend(was);
        canvas.row(inner, row, &spans);
    }
    let hidden = told.saturating_sub(usize::from(inner.height));
    if hidden > 0 {
        canvas.note(inner, &format!("+{hidden} more"));
    }
}
