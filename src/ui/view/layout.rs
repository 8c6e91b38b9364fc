//! Where things stand: the parts that every screen shares.

use ratatui::layout::Rect;

/// Below so many rows the header and where we are share a row.
const LOW: u16 = 18;

/// The screen from top to bottom.
#[derive(Copy, Clone, Debug)]
pub(super) struct Sheet {
    pub(super) header: Rect,
    /// Where we are; a part of the header's row where there are few.
    pub(super) scope: Rect,
    pub(super) alarm: Rect,
    pub(super) body: Rect,
    pub(super) status: Rect,
}

/// One row of header, `alarm` rows of incidents, the body, `status` rows.
pub(super) fn sheet(area: Rect, alarm: u16, status: u16) -> Sheet {
    let (header, rest) = top(area, 1);
    let (alarm, rest) = top(rest, alarm);
    let (body, status) = top(rest, rest.height.saturating_sub(status));
    Sheet { header, scope: alarm, alarm, body, status }
}

/// Whether a terminal of this height has few rows: what is looked at gets all but two of them.
pub(super) const fn is_low(rows: u16) -> bool {
    rows < LOW
}

/// The first `rows` of an area and what is left.
pub(super) fn top(area: Rect, rows: u16) -> (Rect, Rect) {
    let rows = rows.min(area.height);
    (Rect { height: rows, ..area }, Rect { y: area.y + rows, height: area.height - rows, ..area })
}

/// The first `columns` of an area, the column of the fence, and what is left.
pub(super) fn split(area: Rect, columns: u16) -> (Rect, u16, Rect) {
    let columns = columns.min(area.width.saturating_sub(1));
    let fence = area.x + columns;
    let left = Rect { width: columns, ..area };
    let right = Rect { x: fence + 1, width: area.width.saturating_sub(columns + 1), ..area };
    (left, fence, right)
}

/// Two areas that stand on each other as one.
pub(super) fn join(above: Rect, below: Rect) -> Rect {
    Rect { height: above.height + below.height, ..above }
}

/// A share of `whole` in percent.
pub(super) fn part(whole: u16, percent: u16) -> u16 {
    u16::try_from(u32::from(whole) * u32::from(percent) / 100).unwrap_or(whole)
}
