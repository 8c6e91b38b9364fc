//! Where in a long log to begin, when only what came after a moment is asked for.
//!
//! A log is nearly in the order of time, and its lines have stamps, mostly: a binary search over its
//! bytes finds the place in a few dozen reads. Nearly: where a probe says that the stamps make no
//! order, or there are none, the answer is the beginning. Where in doubt, the answer is earlier.

use std::fs::File;
use std::io;
use std::os::unix::fs::FileExt as _;

use crate::model::Moment;

/// A file smaller than this is read as a whole.
const SMALL: u64 = 4 << 20;
/// How much earlier than asked reading begins: daemons write at the same time, each in its order. In
/// milliseconds.
const MARGIN: i64 = 5 * 60_000;
/// Bytes before that place that are read too, for senders that belong to attempts after it.
const LEAD: u64 = 256 << 10;
/// Two neighbouring probes may be so far out of order: a repeated hour in autumn, and some. In
/// milliseconds.
const DISORDER: i64 = 2 * 3_600_000;
/// Stamps that go back so far are no disorder between daemons. In milliseconds.
const STEP_BACK: i64 = 15 * 60_000;
/// Probes that tell whether the stamps make an order.
const PROBES: u64 = 16;
/// Bytes read at once.
const READ: usize = 64 << 10;
/// Bytes looked at for a line with a stamp.
const REACH: u64 = 16 << 20;
/// Stamped lines of one probe: the latest decides, so that a stray early one does not.
const STAMPS: usize = 8;
/// The stamp is in this much of a line.
const LINE: usize = 32 << 10;
/// Times that the search begins anew further left, after disorder was found there.
const ANEW: usize = 8;

/// Reads the stamp of a line.
type Stamp<'a> = &'a mut dyn FnMut(&[u8]) -> Option<Moment>;

/// Where to begin reading `file`, a plain log, so that every line at or after `since` is read:
/// the offset of a line's first byte, 0 where nothing can be passed over. `stamp` reads the moment
/// of a line, without its line end.
///
/// # Errors
/// What the system says.
pub fn seek(file: &File, since: Moment, stamp: Stamp<'_>) -> io::Result<u64> {
    let size = file.metadata()?.len();
    let mut search = Search { file, size, target: since.plus_millis(-MARGIN), stamp, buffer: Vec::new() };
    if size < SMALL || !search.is_in_order()? {
        return Ok(0);
    }
    let mut until = size;
    for _ in 0..ANEW {
        let at = search.before(until, search.target)?;
        let astray = match search.late_before(at)? {
            None => search.step_back_before(at)?,
            found => found,
        };
        match astray {
            None => return search.line_from(at.saturating_sub(LEAD), at),
            Some(earlier) => until = earlier,
        }
    }
    Ok(0)
}

struct Search<'a> {
    file: &'a File,
    size: u64,
    target: Moment,
    stamp: Stamp<'a>,
    buffer: Vec<u8>,
}

/// What stands at a place of the file.
struct Probe {
    /// Where the first stamped line begins.
    line: u64,
    /// The latest of a few stamps.
    latest: Moment,
    /// The middle one of them.
    middle: Moment,
}

impl Search<'_> {
    /// Whether the stamps grow from probe to probe.
    fn is_in_order(&mut self) -> io::Result<bool> {
        let (mut seen, mut newest) = (0, None);
        for probe in 0..PROBES {
            let Some(probe) = self.probe(self.size / PROBES * probe)? else { continue };
            if newest.is_some_and(|newest| probe.middle.since(newest) < -DISORDER) {
                return Ok(false);
            }
            newest = newest.max(Some(probe.middle));
            seen += 1;
        }
        Ok(seen * 2 > PROBES)
    }

    /// A line start before `until` with everything before it earlier than `target`, as far as a
    /// binary search tells.
    fn before(&mut self, until: u64, target: Moment) -> io::Result<u64> {
        let (mut low, mut high) = (0, until);
        while high.saturating_sub(low) > READ as u64 {
            let middle = low + (high - low) / 2;
            match self.probe(middle)? {
                Some(probe) if probe.latest < target && probe.line < high => low = probe.line,
                // Without a stamp, too: earlier is right anyway.
                _ => high = middle,
            }
        }
        Ok(low)
    }

    /// A place before `at` whose lines are not before the target: the search was led astray.
    fn late_before(&mut self, at: u64) -> io::Result<Option<u64>> {
        let mut distance = LEAD;
        while distance < at {
            let place = at - distance;
            if self.probe(place)?.is_some_and(|probe| probe.middle >= self.target) {
                return Ok(Some(place));
            }
            distance *= 2;
        }
        Ok(None)
    }

    /// The last probe before the stamps step back, in the hours before `at`: the search may have
    /// found the second time of an hour that the clock repeated.
    fn step_back_before(&mut self, at: u64) -> io::Result<Option<u64>> {
        let mut place = self.before(at, self.target.plus_millis(-DISORDER))?;
        let step = ((at - place) / PROBES).max(READ as u64);
        let mut last: Option<Probe> = None;
        while place < at {
            if let Some(probe) = self.probe(place)? {
                if let Some(last) = last.filter(|last| probe.middle.since(last.middle) < -STEP_BACK) {
                    return Ok(Some(last.line));
                }
                last = Some(probe);
            }
            place += step;
        }
        Ok(None)
    }

    /// The first stamped lines that begin at `at` or behind.
    fn probe(&mut self, at: u64) -> io::Result<Option<Probe>> {
        let mut from = self.line_from(at, u64::MAX)?;
        let begin = from;
        let (mut stamps, mut first) = (Vec::new(), None);
        while from < self.size && from - begin < REACH && stamps.is_empty() {
            let length = self.fill(from)?;
            let block = &self.buffer[..length];
            // A line that is longer than a read is looked at by its beginning.
            let lines = memchr::memrchr(b'\n', block).map_or(block, |end| &block[..=end]);
            let mut place = from;
            for line in lines.split_inclusive(|byte| *byte == b'\n') {
                let bare = line.strip_suffix(b"\n").unwrap_or(line);
                let bare = bare.strip_suffix(b"\r").unwrap_or(bare);
                if let Some(moment) = (self.stamp)(&bare[..bare.len().min(LINE)]) {
                    first = first.or(Some(place));
                    stamps.push(moment);
                    if stamps.len() == STAMPS {
                        break;
                    }
                }
                place += line.len() as u64;
            }
            let read = lines.len() as u64;
            let is_whole = lines.ends_with(b"\n");
            from = if is_whole { from + read } else { self.line_from(from + read, u64::MAX)? };
            if read == 0 {
                break;
            }
        }
        stamps.sort_unstable();
        Ok(first.zip(stamps.last().copied()).map(|(line, latest)| Probe {
            line,
            latest,
            middle: stamps[stamps.len() / 2],
        }))
    }

    /// The first line start at `at` or behind; `or` where none is near, or it is not before `or`.
    fn line_from(&mut self, at: u64, or: u64) -> io::Result<u64> {
        if at == 0 {
            return Ok(0);
        }
        let mut from = at - 1;
        while from < self.size && from < or && from - (at - 1) < REACH {
            let length = self.fill(from)?;
            if let Some(end) = memchr::memchr(b'\n', &self.buffer[..length]) {
                return Ok((from + end as u64 + 1).min(or));
            }
            if length == 0 {
                break;
            }
            from += length as u64;
        }
        Ok(or.min(self.size))
    }

    /// Reads into the buffer from an offset on; answers how much.
    fn fill(&mut self, from: u64) -> io::Result<usize> {
        self.buffer.resize(READ, 0);
        loop {
            match self.file.read_at(&mut self.buffer, from) {
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                read => return read,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::io::{Read as _, Seek as _, SeekFrom, Write as _};

    use proptest::prelude::*;

    use super::{LEAD, MARGIN, seek};
    use crate::model::Moment;

    /// `SECONDS text`; other lines have no stamp.
    fn stamp(line: &[u8]) -> Option<Moment> {
        let digits = line.split(|byte| *byte == b' ').next()?;
        std::str::from_utf8(digits).ok()?.parse().ok().map(Moment::from_seconds)
    }

    /// A log of a line per second, 100 bytes each.
    fn log(seconds: std::ops::Range<i64>) -> Vec<u8> {
        seconds.map(|second| format!("{second} {:<88}\n", "x")).collect::<String>().into_bytes()
    }

    /// Where reading begins, what is read from there on, and how many lines were asked for stamps.
    fn begin(bytes: &[u8], since: i64) -> (u64, Vec<u8>, usize) {
        let mut file = tempfile::tempfile().unwrap();
        file.write_all(bytes).unwrap();
        let mut asked = 0;
        let mut ask = |line: &[u8]| {
            asked += 1;
            stamp(line)
        };
        let at = seek(&file, Moment::from_seconds(since), &mut ask).unwrap();
        file.seek(SeekFrom::Start(at)).unwrap();
        let mut rest = Vec::new();
        file.read_to_end(&mut rest).unwrap();
        (at, rest, asked)
    }

    /// Stamps of the lines at or after a moment.
    fn wanted(bytes: &[u8], since: i64) -> Vec<i64> {
        let lines = bytes.split(|byte| *byte == b'\n');
        lines.filter_map(stamp).map(Moment::seconds).filter(|second| *second >= since).collect()
    }

    #[test]
    fn the_place_is_found_with_few_questions_and_nothing_after_it_is_missed() {
        let bytes = log(1_000_000..1_100_000);
        for since in [1_060_000, 1_099_990, 1_000_400] {
            let (at, rest, asked) = begin(&bytes, since);
            assert!(wanted(&rest, since) == wanted(&bytes, since), "{}", since);
            assert!(at == 0 || bytes[at as usize - 1] == b'\n', "at a line's beginning");
            let behind = (since - 1_000_000) as u64 * 97 - at;
            assert!(
                behind < LEAD + MARGIN as u64 / 1_000 * 97 + (200 << 10),
                "{since}: {behind} bytes early"
            );
            assert!(asked < 600, "{asked}");
        }
    }

    #[test]
    fn before_the_first_line_is_the_beginning_and_after_the_last_is_near_the_end() {
        let bytes = log(1_000_000..1_100_000);
        assert_eq!(begin(&bytes, 5).0, 0);
        let (_, rest, _) = begin(&bytes, 2_000_000);
        assert!(!rest.is_empty() && rest.len() < 1 << 20);
    }

    #[test]
    fn lines_without_a_stamp_and_very_long_ones_do_not_mislead() {
        let mut bytes = Vec::new();
        for (number, block) in log(1_000_000..1_030_000).chunks(97 * 500).enumerate() {
            bytes.extend_from_slice(block);
            bytes.extend(b"    at com.example.Stack.trace\n".repeat(1_000));
            if number % 40 == 30 {
                bytes.extend(vec![b'x'; 3_000_000]);
                bytes.push(b'\n');
            }
        }
        for since in [1_012_500, 1_016_000, 1_029_900] {
            let (at, rest, _) = begin(&bytes, since);
            assert!(at > bytes.len() as u64 / 20, "{at}");
            assert!(wanted(&rest, since) == wanted(&bytes, since), "{}", since);
        }
    }

    #[test]
    fn stamps_that_make_no_order_are_not_believed() {
        let bytes = [log(2_000_000..2_030_000), log(1_000_000..1_030_000)].concat();
        assert_eq!(begin(&bytes, 2_015_000).0, 0, "two logs in the wrong order");
        assert_eq!(begin(&b"no stamp at all, on any line\n".repeat(200_000), 5).0, 0);
        assert_eq!(begin(&vec![b'x'; 5 << 20], 5).0, 0);
    }

    #[test]
    fn an_hour_that_the_clock_repeats_is_read_from_its_first_time() {
        let bytes = [log(1_020_000..1_050_000), log(1_046_400..1_070_000)].concat();
        for since in [1_046_900, 1_048_000, 1_049_990] {
            let (_, rest, _) = begin(&bytes, since);
            assert!(wanted(&rest, since) == wanted(&bytes, since), "{}", since);
        }
    }

    #[test]
    fn a_stray_early_stamp_does_not_hide_what_came_before_it() {
        let mut bytes = log(1_000_000..1_060_000);
        for place in (0..60_000).step_by(50) {
            let at = place * 97;
            bytes[at..at + 7].copy_from_slice(b"0000001");
        }
        let (at, rest, _) = begin(&bytes, 1_050_000);
        assert!(at > 0);
        assert!(wanted(&rest, 1_050_000) == wanted(&bytes, 1_050_000), "{}", 1_050_000);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(6))]

        #[test]
        fn slight_disorder_costs_no_line(since in 1_000_000i64..1_030_000, seed: u64) {
            let mut random = seed | 1;
            let mut bytes = Vec::new();
            for second in 1_000_000i64..1_030_000 {
                random ^= random << 13;
                random ^= random >> 7;
                random ^= random << 17;
                let late = second - (random % 240) as i64;
                bytes.extend_from_slice(format!("{late} {:<1$}\n", "x", 50 + (random % 200) as usize).as_bytes());
            }
            let (_, rest, _) = begin(&bytes, since);
            prop_assert!(wanted(&rest, since) == wanted(&bytes, since), "{}", since);
        }
    }
}
