//! Time stamps, read by hand because they are on every line.
//!
//! Accepted: RFC 3339 (offset with or without colon, `Z`, none), BSD syslog (no year), the same
//! with a year in front, journalctl's `short-full`, and Unix seconds.

use chrono::{DateTime, Datelike, LocalResult, NaiveDate, NaiveDateTime, NaiveTime};

use crate::model::{Moment, Zone};

const DAY: i64 = 86_400_000;

/// Reads stamps. Remembers the last one, because neighbours share their second.
#[derive(Debug)]
pub struct Clock {
    reference: Moment,
    zone: Zone,
    /// The last stamp without its fraction: what stands before the fraction, then the zone.
    seen: [u8; SEEN],
    seen_length: usize,
    seen_head: usize,
    seen_second: Moment,
    last: Moment,
    /// Whether a stamp was read yet.
    has_read: bool,
}

/// A stamp that two moments share, in the hour that a clock repeats, is the later one where the log
/// is already so far, in milliseconds, past the earlier one.
const REPEATED: i64 = 10 * 60 * 1_000;

/// Longest stamp head that is remembered.
const SEEN: usize = 40;

impl Clock {
    /// A clock whose year-less stamps never lie more than a day after `reference`, with stamps
    /// that name no zone in this host's.
    #[must_use]
    pub fn new(reference: Moment) -> Self {
        Self::in_zone(reference, Zone::Local)
    }

    /// The same, with stamps that name no zone in `zone`.
    #[must_use]
    pub fn in_zone(reference: Moment, zone: Zone) -> Self {
        Self {
            reference,
            zone,
            seen: [0; SEEN],
            seen_length: 0,
            seen_head: 0,
            seen_second: reference,
            last: reference,
            has_read: false,
        }
    }

    /// Moves the reference.
    pub fn refer_to(&mut self, reference: Moment) {
        // What was remembered was inferred from the old reference.
        if reference.millis() / DAY != self.reference.millis() / DAY {
            (self.seen_length, self.seen_head) = (0, 0);
        }
        self.reference = reference;
    }

    /// The last moment read, or the reference.
    #[must_use]
    pub fn last(&self) -> Moment {
        self.last
    }

    /// The length of the stamp at the beginning of `line`, if it is the last one read but for its
    /// fraction (none, or of six digits), and that moment: the usual case on a busy log, in a few
    /// comparisons.
    pub(super) fn again(&mut self, line: &[u8]) -> Option<(usize, Moment)> {
        const FRACTION: usize = 7;
        let head = self.seen_head;
        if head == 0 || line.get(..head)? != &self.seen[..head] {
            return None;
        }
        let fraction = match line.get(head)? {
            b'.' => line.get(head..head + FRACTION)?,
            _ => &[],
        };
        let begin = head + fraction.len();
        let length = begin + self.seen_length - head;
        let is_same = line.get(begin..length)? == &self.seen[head..self.seen_length]
            && line.get(length) == Some(&b' ')
            && fraction.iter().skip(1).all(u8::is_ascii_digit);
        is_same.then(|| {
            self.last = self.seen_second.plus_millis(millis(fraction));
            (length, self.last)
        })
    }

    /// Reads a stamp; `None` when it is none.
    pub fn read(&mut self, stamp: &[u8]) -> Option<Moment> {
        let shape = Shape::of(stamp)?;
        let fraction = &stamp[shape.second_end..shape.fraction_end];
        let (head, tail) = (&stamp[..shape.second_end], &stamp[shape.fraction_end..]);
        let length = head.len() + tail.len();
        let known = length == self.seen_length
            && self.seen[..head.len()] == *head
            && self.seen[head.len()..length] == *tail;
        if !known {
            self.seen_second = self.second(shape.form, head, tail)?;
            (self.seen_length, self.seen_head) = (0, 0);
            if length <= SEEN {
                self.seen[..head.len()].copy_from_slice(head);
                self.seen[head.len()..length].copy_from_slice(tail);
                (self.seen_length, self.seen_head) = (length, head.len());
            }
        }
        self.last = self.seen_second.plus_millis(millis(fraction));
        self.has_read = true;
        Some(self.last)
    }

    fn second(&self, form: Form, head: &[u8], tail: &[u8]) -> Option<Moment> {
        match form {
            Form::Unix => std::str::from_utf8(head).ok()?.parse().ok().map(Moment::from_seconds),
            Form::Iso => {
                let at =
                    naive(number(&head[..4])?, number(&head[5..7])?, number(&head[8..10])?, &head[11..])?;
                self.placed(at, tail)
            }
            Form::Full => {
                let at =
                    naive(number(&head[4..8])?, number(&head[9..11])?, number(&head[12..14])?, &head[15..])?;
                self.placed(at, tail)
            }
            Form::YearFirst => {
                let (year, rest) = (number(&head[..4])?, &head[5..]);
                let at = naive(year, month(&rest[..3])?, day(&rest[4..6])?, &rest[7..])?;
                self.placed(at, tail)
            }
            Form::Bsd => {
                let (month, day) = (month(&head[..3])?, day(&head[4..6])?);
                self.nearest_year(month, day, &head[7..])
            }
        }
    }

    /// The latest year in which the stamp does not lie more than a day after the reference.
    fn nearest_year(&self, month: u32, day: u32, time: &[u8]) -> Option<Moment> {
        let year = DateTime::from_timestamp_millis(self.reference.millis())?.year() + 1;
        // 29 February may need up to eight years back.
        (0..=9).find_map(|back| {
            let at = self.placed(naive(u32::try_from(year - back).ok()?, month, day, time)?, b"")?;
            (at.since(self.reference) <= DAY).then_some(at)
        })
    }

    /// Puts a naive time into the zone that the stamp names, or the clock's own.
    fn placed(&self, at: NaiveDateTime, zone: &[u8]) -> Option<Moment> {
        let seconds = match zone {
            b"Z" | b" UTC" | b" GMT" => at.and_utc().timestamp(),
            [b'+' | b'-', ..] => at.and_utc().timestamp() - offset(zone)?,
            _ => self.local(at)?,
        };
        Some(Moment::from_seconds(seconds))
    }

    /// A local time's Unix seconds. In the hour that a zone repeats, the log's last stamp tells the
    /// first from the second; a reader that begins inside that hour takes the first.
    fn local(&self, at: NaiveDateTime) -> Option<i64> {
        match self.zone.moments(at) {
            LocalResult::Single(at) => Some(at),
            LocalResult::Ambiguous(first, second) => {
                let past = self.last.since(Moment::from_seconds(first));
                Some(if self.has_read && past > REPEATED { second } else { first })
            }
            LocalResult::None => None,
        }
    }
}

/// `+02:00`, `+0200` or `+02` in seconds.
fn offset(text: &[u8]) -> Option<i64> {
    let [sign @ (b'+' | b'-'), digits @ ..] = text else { return None };
    let (hours, minutes) = match digits {
        [h @ .., b':', m1, m2] if h.len() == 2 => (number(h)?, number(&[*m1, *m2])?),
        [h1, h2, m1, m2] => (number(&[*h1, *h2])?, number(&[*m1, *m2])?),
        [h1, h2] => (number(&[*h1, *h2])?, 0),
        _ => return None,
    };
    let seconds = i64::from(hours * 3600 + minutes * 60);
    Some(if *sign == b'-' { -seconds } else { seconds })
}

#[derive(Copy, Clone)]
enum Form {
    Iso,
    Bsd,
    YearFirst,
    Full,
    Unix,
}

struct Shape {
    form: Form,
    /// Where the whole second ends.
    second_end: usize,
    /// Where the fraction, dot included, ends.
    fraction_end: usize,
}

impl Shape {
    fn of(stamp: &[u8]) -> Option<Self> {
        let (form, second_end) = match stamp {
            [b'0'..=b'9', ..] if stamp.get(4) == Some(&b'-') => (Form::Iso, 19),
            [b'0'..=b'9', ..] if stamp.get(4) == Some(&b' ') => (Form::YearFirst, 20),
            [b'0'..=b'9', ..] => (Form::Unix, 10),
            [_, _, _, b' ', b'0'..=b'9', ..] if stamp.get(8) == Some(&b'-') => (Form::Full, 23),
            [b'A'..=b'Z', ..] => (Form::Bsd, 15),
            _ => return None,
        };
        if stamp.len() < second_end {
            return None;
        }
        let mut fraction_end = second_end;
        if matches!(stamp.get(second_end), Some(b'.' | b',')) {
            fraction_end += 1;
            while stamp.get(fraction_end).is_some_and(u8::is_ascii_digit) {
                fraction_end += 1;
            }
        }
        Some(Self { form, second_end, fraction_end })
    }
}

/// `.562039` to 562.
fn millis(fraction: &[u8]) -> i64 {
    let digits = fraction.get(1..).unwrap_or_default();
    let digit = |at: usize| digits.get(at).map_or(0, |byte| i64::from(byte.wrapping_sub(b'0')));
    digit(0) * 100 + digit(1) * 10 + digit(2)
}

fn number(text: &[u8]) -> Option<u32> {
    text.iter().try_fold(0u32, |value, byte| {
        byte.is_ascii_digit().then(|| value.checked_mul(10)?.checked_add(u32::from(byte - b'0')))?
    })
}

/// ` 1` or `21`.
fn day(text: &[u8]) -> Option<u32> {
    number(text.strip_prefix(b" ").unwrap_or(text))
}

fn month(text: &[u8]) -> Option<u32> {
    const NAMES: [&[u8; 3]; 12] =
        [b"Jan", b"Feb", b"Mar", b"Apr", b"May", b"Jun", b"Jul", b"Aug", b"Sep", b"Oct", b"Nov", b"Dec"];
    (1..).zip(NAMES).find_map(|(number, name)| (text == name).then_some(number))
}

/// `time` is `HH:MM:SS`. A leap second reads as the second before.
fn naive(year: u32, month: u32, day: u32, time: &[u8]) -> Option<NaiveDateTime> {
    let &[h1, h2, b':', m1, m2, b':', s1, s2] = time else { return None };
    let two = |a: u8, b: u8| number(&[a, b]);
    let date = NaiveDate::from_ymd_opt(i32::try_from(year).ok()?, month, day)?;
    Some(date.and_time(NaiveTime::from_hms_opt(two(h1, h2)?, two(m1, m2)?, two(s1, s2)?.min(59))?))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use chrono::FixedOffset;
    use proptest::prelude::*;

    use super::{Clock, Zone};
    use crate::model::Moment;

    fn at(text: &str) -> Moment {
        Moment::from_millis(chrono::DateTime::parse_from_rfc3339(text).unwrap().timestamp_millis())
    }

    fn clock(reference: &str) -> Clock {
        Clock::in_zone(at(reference), Zone::Fixed(FixedOffset::east_opt(0).unwrap()))
    }

    fn read(reference: &str, stamp: &str) -> Option<String> {
        clock(reference).read(stamp.as_bytes()).map(Moment::rfc3339)
    }

    const NOW: &str = "2026-11-21T22:00:00Z";

    #[test]
    fn reads_every_form() {
        for (stamp, want) in [
            ("2025-11-27T16:26:20.562039+03:00", "2025-11-27T13:26:20.562Z"),
            ("2025-11-27T16:26:20+0300", "2025-11-27T13:26:20Z"),
            ("2025-11-27T16:26:20-05:30", "2025-11-27T21:56:20Z"),
            ("2025-11-27T16:26:20Z", "2025-11-27T16:26:20Z"),
            ("2025-11-27 16:26:20", "2025-11-27T16:26:20Z"),
            ("Nov  1 07:29:12", "2026-11-01T07:29:12Z"),
            ("Nov 21 07:29:12.5", "2026-11-21T07:29:12.500Z"),
            ("2013 Jun 16 16:05:06.123", "2013-06-16T16:05:06.123Z"),
            ("Sat 2026-11-21 22:15:54 UTC", "2026-11-21T22:15:54Z"),
            ("1763763354.123456", "2025-11-21T22:15:54.123Z"),
        ] {
            assert_eq!(read(NOW, stamp).as_deref(), Some(want), "{stamp}");
        }
    }

    #[test]
    fn a_stamp_without_a_year_lies_in_the_year_before_the_reference() {
        assert_eq!(read(NOW, "Dec 31 23:59:59").unwrap(), "2025-12-31T23:59:59Z");
        assert_eq!(
            read(NOW, "Nov 22 21:00:00").unwrap(),
            "2026-11-22T21:00:00Z",
            "a day ahead is a clock's fault"
        );
        assert_eq!(read(NOW, "Nov 23 21:00:00").unwrap(), "2025-11-23T21:00:00Z");
        assert_eq!(read("2026-01-01T00:00:05Z", "Dec 31 23:59:59").unwrap(), "2025-12-31T23:59:59Z");
        assert_eq!(read("2025-12-31T23:59:58Z", "Jan  1 00:00:01").unwrap(), "2026-01-01T00:00:01Z");
        assert_eq!(read(NOW, "Feb 29 10:00:00").unwrap(), "2024-02-29T10:00:00Z");
    }

    #[test]
    fn the_remembered_second_is_forgotten_when_the_reference_moves() {
        let mut clock = clock("2025-12-30T12:00:00Z");
        assert_eq!(clock.read(b"Jan  2 10:00:00").unwrap().rfc3339(), "2025-01-02T10:00:00Z");
        clock.refer_to(at("2026-01-02T10:00:00Z"));
        assert_eq!(clock.read(b"Jan  2 10:00:00").unwrap().rfc3339(), "2026-01-02T10:00:00Z");
    }

    #[test]
    fn a_neighbours_stamp_reads_the_same_the_short_way() {
        let first = "2025-11-27T16:26:20.562039+03:00";
        for line in [
            "2025-11-27T16:26:20.999000+03:00 mx",
            "2025-11-27T16:26:21.000000+03:00 mx",
            "2025-11-27T16:26:20.999000+02:00 mx",
            "2025-11-27T16:26:20.99900+03:00 mx x",
            "2025-11-27T16:26:20.9x9000+03:00 mx",
            "2025-11-27T16:26:20.999000+03:00",
            "2025-11-27T16:26:20+03:00 mx",
            "2025-11-27T16:26:20",
            "",
        ] {
            let mut clock = clock(NOW);
            clock.read(first.as_bytes());
            let short = clock.again(line.as_bytes()).map(|(length, at)| (line[..length].to_owned(), at));
            let stamp = line.split(' ').next().unwrap_or_default();
            let long = self::clock(NOW).read(stamp.as_bytes());
            if let Some((stamp_of_short, at)) = short {
                assert_eq!((stamp_of_short.as_str(), Some(at)), (stamp, long), "{line}");
            }
        }
        let mut clock = clock(NOW);
        clock.read(first.as_bytes());
        assert!(
            clock.again(b"2025-11-27T16:26:20.999000+03:00 mx").is_some(),
            "the usual case is the short one"
        );
    }

    #[test]
    fn a_stamp_without_a_fraction_is_remembered_too() {
        let mut clock = clock(NOW);
        let at = clock.read(b"Nov  1 07:29:12");
        assert_eq!(
            clock.again(b"Nov  1 07:29:12 mx x").map(|(length, at)| (length, Some(at))),
            Some((15, at))
        );
        assert_eq!(clock.again(b"Nov  1 07:29:13 mx x"), None);
        assert_eq!(clock.again(b"Nov  1 07:29:12Z mx x"), None);
    }

    #[test]
    fn a_zone_is_read_in_every_documented_form() {
        let read = |zone: &str| {
            let mut clock = Clock::in_zone(at(NOW), zone.parse().unwrap());
            clock.read(b"Jul  1 12:00:00").unwrap().rfc3339()
        };
        assert_eq!(read("UTC"), "2026-07-01T12:00:00Z");
        assert_eq!(read("Europe/Berlin"), "2026-07-01T10:00:00Z");
        assert_eq!(read("America/New_York"), "2026-07-01T16:00:00Z");
        assert_eq!(read("+05:30"), "2026-07-01T06:30:00Z");
        assert_eq!(read("-0300"), "2026-07-01T15:00:00Z");
        for wrong in ["", "Mars/Olympus", "+5", "+25:00", "5"] {
            assert!(wrong.parse::<Zone>().is_err(), "{wrong}");
        }
    }

    /// A log written second by second over a night reads back as that night, whatever the clock
    /// does; the hour that is repeated is no disorder.
    #[test]
    fn the_repeated_hour_is_read_twice_and_the_skipped_one_not_at_all() {
        for (zone, noon) in [
            ("Europe/Berlin", "2026-10-24T18:00:00Z"),
            ("Europe/Berlin", "2026-03-28T18:00:00Z"),
            ("America/New_York", "2026-10-31T18:00:00Z"),
            ("America/New_York", "2026-03-07T18:00:00Z"),
        ] {
            let tz: chrono_tz::Tz = zone.parse().unwrap();
            let mut clock = Clock::in_zone(at(noon).plus_millis(86_400_000), Zone::Named(tz));
            let begin = at(noon).seconds();
            for second in (begin..begin + 18 * 3600).step_by(7) {
                let local = chrono::DateTime::from_timestamp(second, 0).unwrap().with_timezone(&tz);
                for form in ["%b %e %H:%M:%S", "%Y-%m-%d %H:%M:%S"] {
                    let stamp = local.format(form).to_string();
                    assert_eq!(clock.read(stamp.as_bytes()).unwrap().seconds(), second, "{stamp} in {zone}");
                }
            }
        }
    }

    #[test]
    fn a_line_that_comes_a_little_late_in_the_repeated_hour_stays_in_its_hour() {
        let mut clock = Clock::in_zone(at(NOW), "Europe/Berlin".parse().unwrap());
        for (stamp, want) in [
            ("2026-10-25 02:20:00", "2026-10-25T00:20:00Z"),
            ("2026-10-25 02:19:30", "2026-10-25T00:19:30Z"),
            ("2026-10-25 02:59:59", "2026-10-25T00:59:59Z"),
            ("2026-10-25 02:00:00", "2026-10-25T01:00:00Z"),
            ("2026-10-25 02:40:00", "2026-10-25T01:40:00Z"),
            ("2026-10-25 02:39:00", "2026-10-25T01:39:00Z"),
        ] {
            assert_eq!(clock.read(stamp.as_bytes()).unwrap().rfc3339(), want, "{stamp}");
        }
    }

    #[test]
    fn what_is_no_stamp_is_refused() {
        for stamp in [
            "",
            "x",
            "2025-13-27T16:26:20Z",
            "2025-11-27T16:26:20+3",
            "Nov 31 07:29:12",
            "Foo 21 07:29:12",
            "2025-11-27T",
        ] {
            assert_eq!(read(NOW, stamp), None, "{stamp}");
        }
    }

    proptest! {
        #[test]
        fn agrees_with_chrono(seconds in 0i64..4_000_000_000, millis in 0i64..1000, offset in -12i32..=14) {
            let zone = FixedOffset::east_opt(offset * 3600).unwrap();
            let time = chrono::DateTime::from_timestamp_millis(seconds * 1000 + millis).unwrap().with_timezone(&zone);
            let text = time.to_rfc3339_opts(chrono::SecondsFormat::Micros, true);
            prop_assert_eq!(clock(NOW).read(text.as_bytes()).unwrap().millis(), time.timestamp_millis());
        }

        #[test]
        fn no_bytes_panic(stamp: Vec<u8>, prefix in "[A-Z2 ][a-z0-9:. TZ+-]{0,40}") {
            let _ = clock(NOW).read(&stamp);
            let _ = clock(NOW).read(prefix.as_bytes());
        }
    }
}
