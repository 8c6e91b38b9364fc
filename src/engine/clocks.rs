//! How far the clocks of MTA hosts are apart, told by the order in which their lines come.
//!
//! Incidents are looked for up to a moment on the log's time. Where one host's clock is ten minutes
//! ahead, that moment lies ten minutes after the last line of all others, whose incidents would seem
//! over. So the look waits for the slowest host that still says something.

use hashbrown::HashMap;

use crate::aggregate::ValueIx;
use crate::model::Moment;
use crate::text::Clean;

/// Clocks that are less apart need nobody's care: an incident is not over before a minute of deliveries.
const SKEW: i64 = 30_000;
/// A host that is further behind is not waited for, in milliseconds: its lines come late, or its zone is
/// another one.
const MOST: i64 = 1_800_000;
/// Hosts whose clocks are looked at: as many as have a row, and some that had one.
const HOSTS: usize = 256;
/// A host that was silent for so long, in milliseconds, is not waited for.
const SILENT: i64 = 1_800_000;

/// What the lines of one MTA host told of its clock.
#[derive(Copy, Clone, Debug)]
struct Clock {
    newest: Moment,
    /// How far it was behind the newest line when it last said something, in milliseconds.
    behind: i64,
    /// The newest line of all then.
    heard: Moment,
}

/// In what order lines come.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Order {
    /// One file after the other, so that the order of their lines tells nothing.
    Any,
    /// Those of one source as they were written, the sources side by side.
    OfSource,
    /// All as they are written.
    OfAll,
}

/// The clocks of the hosts, by their row.
#[derive(Debug, Default)]
pub(super) struct Clocks {
    hosts: HashMap<ValueIx, Clock>,
    newest: Option<Moment>,
    /// The newest line of each source.
    sources: Vec<Option<Moment>>,
}

/// Two hosts whose clocks are so far apart that incidents are looked for up to the slower one's time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Skew {
    /// The host whose clock is behind.
    pub slow: Clean,
    /// The host whose clock is ahead of it.
    pub fast: Clean,
    /// How far, in milliseconds.
    pub by: i64,
}

impl Skew {
    /// As a sentence for the operator.
    #[must_use]
    pub fn told(&self) -> String {
        let by = match self.by / 1_000 {
            seconds @ ..120 => format!("{seconds} s"),
            seconds => format!("{} min", (seconds + 30) / 60),
        };
        format!(
            "The clock of {} is {by} behind that of {}: set them. Until then, incidents are told so much later.",
            self.slow, self.fast
        )
    }
}

impl Clocks {
    /// An attempt of a host. `is_live`: lines of all sources come as they are written; else only those of
    /// one source come in order.
    pub(super) fn hear(&mut self, (host, source): (ValueIx, usize), at: Moment, is_live: bool) {
        if self.sources.len() <= source {
            self.sources.resize(source + 1, None);
        }
        if self.hosts.len() >= HOSTS && !self.hosts.contains_key(&host) {
            return;
        }
        self.sources[source] = self.sources[source].max(Some(at));
        self.newest = self.newest.max(Some(at));
        let (Some(all), Some(own)) = (self.newest, self.sources[source]) else { return };
        let newest = self.hosts.get(&host).map_or(at, |clock| clock.newest.max(at));
        let behind = if is_live { all } else { own }.since(newest);
        self.hosts.insert(host, Clock { newest, behind, heard: all });
    }

    /// The row of the slowest host that still says something and of the fastest one, and how far their
    /// clocks are apart, in milliseconds; `None` where that is little. `present` is wall time.
    pub(super) fn skew(&self, present: Moment) -> Option<(ValueIx, ValueIx, i64)> {
        let newest = self.newest?;
        let hosts = || self.hosts.iter().map(|(row, clock)| (*row, *clock));
        let (fast, _) = hosts().max_by_key(|(row, clock)| (clock.newest, *row))?;
        let behind = |(row, clock): (ValueIx, Clock)| {
            let speaks = newest.since(clock.heard) <= SILENT;
            // Of another source, whose lines came before: the wall tells that the fast one is ahead.
            let ahead = newest.since(present);
            let is_now = present.since(clock.newest).abs() <= SKEW;
            let by = if is_now { clock.behind.max(ahead) } else { clock.behind };
            (row != fast && speaks && (SKEW..=MOST).contains(&by)).then_some((row, fast, by))
        };
        hosts().filter_map(behind).max_by_key(|(row, _, by)| (*by, *row))
    }
}

#[cfg(test)]
mod tests {
    use super::Clocks;
    use crate::model::Moment;

    const WALL: Moment = Moment::from_seconds(1_900_000_000);

    fn heard(lines: &[(u32, usize, i64)], is_live: bool) -> Option<(u32, u32, i64)> {
        let mut clocks = Clocks::default();
        for (host, source, second) in lines {
            clocks.hear((*host, *source), Moment::from_seconds(*second), is_live);
        }
        clocks.skew(WALL)
    }

    #[test]
    fn the_slowest_host_that_still_speaks_is_waited_for() {
        let apart = [(1, 0, 1_000), (2, 0, 1_600), (1, 0, 1_001), (2, 0, 1_602)];
        assert_eq!(heard(&apart, false), Some((1, 2, 599_000)));
        assert_eq!(heard(&apart[..2], false), None, "nothing tells yet that the first one is slow");
        let gone = [apart.as_slice(), &[(2, 0, 3_500)]].concat();
        assert_eq!(heard(&gone, false), None, "it says nothing any more");
        assert_eq!(heard(&[(1, 0, 1_000), (2, 0, 9_000), (1, 0, 1_001)], false), None, "another zone");
    }

    #[test]
    fn one_host_and_hosts_that_agree_wait_for_nobody() {
        assert_eq!(heard(&[(1, 0, 1_000), (1, 0, 1_600), (1, 0, 1_001)], true), None);
        assert_eq!(heard(&[(1, 0, 1_000), (2, 0, 1_003), (1, 0, 1_001)], true), None);
        // One mail in ten minutes is no slow clock.
        assert_eq!(heard(&[(1, 0, 1_000), (2, 0, 1_001), (2, 0, 1_600)], true), None);
    }

    #[test]
    fn sources_that_are_read_side_by_side_tell_by_the_wall_or_once_they_are_live() {
        let apart = [(2, 1, 1_600), (1, 0, 1_000)];
        assert_eq!(heard(&apart, false), None, "a short log is no slow clock");
        assert_eq!(heard(&apart, true), Some((1, 2, 600_000)));
        let wall = WALL.seconds();
        assert_eq!(heard(&[(1, 0, wall - 1), (2, 1, wall + 600)], false), Some((1, 2, 600_000)));
        assert_eq!(heard(&[(2, 1, wall + 600)], false), None, "a host alone may be where it likes");
    }
}
