//! How far one can look back, and what came while the picture stands still.

use crate::engine::{Incident, Snapshot};
use crate::model::{Moment, Window};
use crate::text::Clean;

/// Slots that a trend of the past has at least, where they are wide.
const TREND: i64 = 24;

/// What came since the picture is held.
#[derive(Copy, Clone, Debug)]
pub(super) struct Held {
    /// Since when, on the log's clock.
    pub(super) since: Moment,
    /// Lines that were read.
    pub(super) lines: u64,
    /// Attempts that were counted.
    pub(super) attempts: u64,
}

/// How far one can look back, and what there is.
#[derive(Clone, Debug)]
pub(super) struct Reach {
    /// The earliest moment that can be looked at; `None` where nothing is counted.
    pub(super) from: Option<Moment>,
    /// The moment that is now, or where the picture is held.
    pub(super) until: Moment,
    /// How finely counts are kept at the moment that is looked at, in milliseconds.
    pub(super) grain: i64,
    /// Every incident that is known at `until`: its id, its onset, when it was certain.
    pub(super) incidents: Vec<(Clean, Moment, Moment)>,
}

/// The trend looks further back than the board, so that what was before stays in sight, and so far that
/// it has something to draw where counts are coarse.
pub(super) fn trend_of(snapshot: &Snapshot, window: Window) -> Window {
    let mut trend = window.longer();
    let grain = if snapshot.back_from.is_some() { snapshot.grain(snapshot.now) } else { 0 };
    while trend.millis() < grain * TREND && trend.longer() != trend {
        trend = trend.longer();
    }
    trend
}

impl Reach {
    pub(super) fn of(snapshot: &Snapshot, base: &Snapshot) -> Self {
        let told = |one: &Incident| (one.id.clone(), one.onset, one.declared);
        Self {
            from: base.earliest(),
            until: base.now,
            grain: snapshot.grain(snapshot.now),
            incidents: base.incidents.iter().map(told).collect(),
        }
    }
}
