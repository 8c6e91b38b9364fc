//! The same log, written line by line while the program follows it: what it finds live must be what
//! it finds when it reads.

use std::fs::File;
use std::io::Write as _;
use std::time::Duration;

use super::seen::{Live, SeenIncident, read};
use super::{Scenario, unpack};

/// Lines between two breaths, and how long one is: a minute of log goes by in a second or less.
const LINES: usize = 40;
const BREATH: Duration = Duration::from_millis(15);

/// How much an onset may differ, in milliseconds: live, a second is judged as soon as it is over.
const TOLERANCE: u64 = 2_000;

/// What is different live; `calm` is how much of the log is there before, in bytes of a hundred.
pub(crate) fn compare(scenario: &Scenario, calm: usize) -> Vec<String> {
    let text = unpack(&scenario.log());
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    let (before, after) = lines.split_at(lines.len() * calm / 100);
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join(scenario.plan.log.trim_end_matches(".gz"));
    let mut file = File::create(&path).expect("a log");
    file.write_all(before.concat().as_bytes()).expect("the log is written");
    let whole = read(&scenario.log(), None);
    let live = Live::follow(&path);
    live.wait_for("history", |attempts, _| attempts > 0);
    let mut wrong = Vec::new();
    let mut known = 0;
    for some in after.chunks(LINES) {
        for line in some {
            file.write_all(line.as_bytes()).expect("the log is written");
        }
        std::thread::sleep(BREATH);
        known = known.max(live.known());
    }
    if known == 0 {
        wrong.push("nothing was known before the last line was written".to_owned());
    }
    let seen = live.wait_for("the end", |attempts, incidents| {
        attempts >= whole.attempts && incidents == whole.incidents.len()
    });
    for (read, live) in whole.incidents.iter().zip(&seen.incidents) {
        if !is_same(read, live) {
            wrong.push(format!("live {live:?}\nread {read:?}"));
        }
    }
    wrong
}

fn is_same(read: &SeenIncident, live: &SeenIncident) -> bool {
    let near =
        |a: fivefifty::model::Moment, b: fivefifty::model::Moment| a.since(b).unsigned_abs() <= TOLERANCE;
    let end = match (read.until, live.until) {
        (None, None) => true,
        (Some(a), Some(b)) => near(a, b),
        _ => false,
    };
    read.category == live.category && read.providers == live.providers && near(read.onset, live.onset) && end
}
