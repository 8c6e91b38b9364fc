//! A time stamp in front of a line that comes without syslog's envelope.

use super::stamp::Clock;
use crate::model::Moment;

/// Splits such a stamp off; empty where the line begins with none of these: a program's own
/// (`2026-11-21T10:00:00.123Z`), `docker logs -t` (nanoseconds), pm2 (a colon behind it),
/// `tai64nlocal` (`2026-11-21 10:00:00.123456789`) and Unix seconds with a fraction. Looks at
/// fixed places first, because most lines that begin with a digit are syslog's.
pub(super) fn split(line: &[u8]) -> (&[u8], &[u8]) {
    let none = (&line[..0], line);
    if !line.first().is_some_and(u8::is_ascii_digit) {
        return none;
    }
    let end = match line.get(10) {
        Some(b'T') => match (line.get(19), line.get(23), line.get(26), line.get(29)) {
            (Some(b'Z' | b':' | b' '), ..) => 19,
            (_, Some(b'Z'), ..) => 23,
            (_, _, Some(b'Z'), _) => 26,
            (_, _, _, Some(b'Z')) => 29,
            _ => return none,
        },
        Some(b' ') if line.get(13) == Some(&b':') => fraction_end(line, 19),
        Some(b'.') => fraction_end(line, 10),
        _ => return none,
    };
    let end = if line.get(end) == Some(&b'Z') { end + 1 } else { end };
    let (stamp, rest) = line.split_at(end.min(line.len()));
    let rest = rest.strip_prefix(b":").unwrap_or(rest);
    match rest.first() {
        Some(b' ') => (stamp, rest.trim_ascii_start()),
        _ => none,
    }
}

/// The moment of a stamp that was split off; the clock's last where there is none.
pub(super) fn moment(stamp: &[u8], clock: &mut Clock) -> Moment {
    if stamp.is_empty() { clock.last() } else { clock.read(stamp).unwrap_or_else(|| clock.last()) }
}

fn fraction_end(line: &[u8], from: usize) -> usize {
    if !matches!(line.get(from), Some(b'.' | b',')) {
        return from;
    }
    let digits = line[from + 1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    from + 1 + digits
}

#[cfg(test)]
mod tests {
    use super::split;

    #[test]
    fn every_stamp_comes_off_and_nothing_else_does() {
        for stamp in [
            "2026-11-21T10:00:00",
            "2026-11-21T10:00:00Z",
            "2026-11-21T10:00:00.123Z",
            "2026-11-21T10:00:00.123456Z",
            "2026-11-21T10:00:00.123456789Z",
            "2026-11-21 10:00:00",
            "2026-11-21 10:00:00.123456789",
            "1795255200.123456",
        ] {
            for between in [" ", "  ", ": "] {
                let line = format!("{stamp}{between}text 1");
                assert_eq!(split(line.as_bytes()), (stamp.as_bytes(), &b"text 1"[..]), "{line}");
            }
        }
        for line in
            ["", "2", "text", "2026-11-21T10:00:00+01:00 mx x", "2026-11-21T10:00:00.123Z", "1795255200 x"]
        {
            assert_eq!(split(line.as_bytes()), (&b""[..], line.as_bytes()));
        }
    }
}
