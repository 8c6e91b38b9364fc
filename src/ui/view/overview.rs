//! The first screen: is it real, where, since when.

use ratatui::layout::Rect;

use super::canvas::Canvas;
use super::layout::{part, split, top};
use super::{board, changed, read, says, trend};
use crate::ui::picture::Picture;
use crate::ui::state::State;

/// From this width on the board has a neighbour.
const WIDE: u16 = 110;
/// From this width on there is room for what changed, while an incident runs.
pub(super) const CHANGED: u16 = 120;
/// Below this width or height only the board is left.
const ROOM: (u16, u16) = (72, 12);

/// The panels of the overview.
#[derive(Copy, Clone, Debug)]
struct Panels {
    board: Rect,
    says: Option<Rect>,
    trend: Option<Rect>,
    read: Option<Rect>,
    changed: Option<Rect>,
    /// A column and the rows that it divides.
    fence: Option<(u16, Rect)>,
}

/// Lays the panels out; `changed` are the rows that what changed needs, 0 where there is nothing.
fn panels(body: Rect, changed: u16) -> Panels {
    if body.width < ROOM.0 || body.height < ROOM.1 {
        let says = part(body.height, 40);
        let (board, says) = if says >= 4 { top(body, body.height - says) } else { (body, Rect::default()) };
        return Panels {
            board,
            says: (says.height > 0).then_some(says),
            trend: None,
            read: None,
            changed: None,
            fence: None,
        };
    }
    if body.width < WIDE {
        let low = part(body.height, 44).clamp(7, 14);
        let (board, below) = top(body, body.height - low);
        let (says, x, trend) = split(below, body.width - part(body.width, 40) - 1);
        let fence = Some((x, below));
        return Panels { board, says: Some(says), trend: Some(trend), read: None, changed: None, fence };
    }
    let right = part(body.width, 33).clamp(36, 84);
    let (left, x, right) = split(body, body.width - right - 1);
    let (board, says) = top(left, part(left.height, 60));
    let is_told = changed > 0 && body.width >= CHANGED;
    let (trend, rest) = top(right, part(right.height, if is_told { 42 } else { 50 }).min(24));
    let (changed, read) = top(rest, if is_told { changed.min(part(right.height, 30)) } else { 0 });
    Panels {
        board,
        says: Some(says),
        trend: Some(trend),
        read: Some(read),
        changed: is_told.then_some(changed),
        fence: Some((x, body)),
    }
}

/// Slots of the trend on a terminal of this size. The alarm and status rows do not change it: the
/// chart's width depends on the width alone.
pub(super) fn trend_slots(area: Rect) -> usize {
    panels(area, 0).trend.map_or(1, trend::slots)
}

pub(super) fn draw(canvas: &mut Canvas<'_>, body: Rect, state: &State, picture: &Picture) {
    let told = if picture.contrasted.is_some() { changed::brief_rows(picture) } else { 0 };
    let panels = panels(body, told);
    board::draw(canvas, panels.board, state, picture);
    if let Some(area) = panels.says {
        says::draw(canvas, area, state, picture);
    }
    if let Some(area) = panels.trend {
        trend::draw(canvas, area, state, picture);
    }
    if let Some(area) = panels.changed {
        changed::brief(canvas, area, state, picture);
    }
    if let Some(area) = panels.read {
        read::draw(canvas, area, picture);
    }
    if let Some((x, area)) = panels.fence {
        canvas.fence(x, area);
    }
}
