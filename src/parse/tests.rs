//! Many MTAs in one file: whose a line is, and what it says, does not depend on its neighbours.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

mod forged;

use std::fs;
use std::path::Path;

use super::Dialect;
use super::told::{Told, parser, tell};

/// Logs whose lines stand for themselves, and whose they are; `None`: several.
const LOGS: [(&str, Option<Dialect>); 10] = [
    ("postfix/loopback.log", Some(Dialect::Postfix)),
    ("exim/loopback.log", Some(Dialect::Exim)),
    ("sendmail/loopback.log", Some(Dialect::Sendmail)),
    ("opensmtpd/loopback.log", Some(Dialect::OpenSmtpd)),
    ("momentum/bouncelog.log", Some(Dialect::Momentum)),
    ("momentum/mainlog.log", Some(Dialect::Momentum)),
    ("zonemta/sender.log", Some(Dialect::ZoneMta)),
    ("esp/ses.jsonl", None),
    ("esp/mailgun.jsonl", None),
    ("postqueue/postqueue.json", Some(Dialect::Postqueue)),
];

fn lines() -> Vec<(Option<Dialect>, Vec<u8>)> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let of = |(name, dialect): (&str, Option<Dialect>)| {
        let bytes = fs::read(fixtures.join(name)).unwrap();
        let lines: Vec<_> = bytes.split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
        // Some of each: what they share is said by the first hundreds.
        lines.iter().take(300).map(|line| (dialect, line.to_vec())).collect::<Vec<_>>()
    };
    LOGS.into_iter().flat_map(of).collect()
}

#[test]
fn a_line_reads_the_same_among_the_lines_of_all_others() {
    let mut lines = lines();
    assert!(lines.len() > 1_000);
    // A fixed shuffle.
    let order = |at: usize| (at as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 16;
    let mut at = 0;
    lines.sort_by_cached_key(|_| {
        at += 1;
        order(at)
    });
    let mut shared = parser();
    let mut attempts = 0;
    for (whose, line) in &lines {
        let alone = tell(&mut parser(), line);
        let among = tell(&mut shared, line);
        assert_eq!(among, alone, "{}", String::from_utf8_lossy(line));
        if let (Some(whose), [Told::Attempt(_), ..]) = (whose, &alone.1[..]) {
            assert_eq!(alone.0, Some(*whose), "{}", String::from_utf8_lossy(line));
        }
        attempts += alone.1.iter().filter(|told| matches!(told, Told::Attempt(_))).count();
    }
    assert!(attempts > 300, "{attempts}");
}

/// Cut anywhere, no line of any MTA panics, and none becomes another MTA's attempt.
#[test]
fn a_line_cut_short_is_nobody_elses() {
    let mut parser = parser();
    for (whose, line) in lines().iter().step_by(7) {
        for end in (0..line.len()).step_by(3) {
            let (dialect, told) = tell(&mut parser, &line[..end]);
            if told.iter().any(|told| matches!(told, Told::Attempt(_))) && whose.is_some() {
                assert_eq!(dialect, *whose, "{}", String::from_utf8_lossy(&line[..end]));
            }
        }
    }
}
