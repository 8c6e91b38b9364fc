//! Looking back: the picture of an earlier moment is the one that was on the screen then, and a log that is
//! played ends as one that is read.

#![expect(clippy::expect_used, reason = "a test fails by panicking")]

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, OnceLock};
use std::time::Duration;

use fivefifty::engine::{
    self, Board, Filter, Incident, Input, Mode, Play, Replay, Row, Scope, Setup, Snapshot, Speed,
};
use fivefifty::model::{Moment, Window};
use proptest::prelude::*;

/// A log, and what is read of it.
struct Log {
    text: String,
    read: Snapshot,
}

fn setup() -> Setup {
    static SETUP: OnceLock<Setup> = OnceLock::new();
    SETUP.get_or_init(|| Setup::embedded().expect("the embedded knowledge")).clone()
}

fn read(path: PathBuf) -> Snapshot {
    engine::read_all(vec![Input::File(path)], &setup(), &mut |_, _| {}).expect("the log is read")
}

/// A log of 24 minutes, with an incident, and one of ten hours.
fn logs() -> &'static [Log] {
    static LOGS: OnceLock<Vec<Log>> = OnceLock::new();
    LOGS.get_or_init(|| {
        let log = |name: &str| {
            let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents").join(name);
            let path = folder.join("mail.log.gz");
            let mut text = String::new();
            let file = std::fs::File::open(&path).expect("the log");
            flate2::read::GzDecoder::new(file).read_to_string(&mut text).expect("the log is unpacked");
            Log { text, read: read(path) }
        };
        ["gmail-reputation", "small-sender"].map(log).into()
    })
}

/// What is read of the log as it was at `at`, when another line was written that says nothing.
fn cut(log: &Log, at: Moment) -> Snapshot {
    let stamp = |line: &str| line.split(' ').next().unwrap_or_default().to_owned();
    let until = format!("{}.000000+00:00", at.rfc3339().trim_end_matches('Z'));
    let mut text: String = log.text.split_inclusive('\n').take_while(|line| stamp(line) < until).collect();
    text.push_str(&format!(
        "{until} mta1 postfix/qmgr[1100]: 0FFFFFFFFF: from=<a@b.example>, size=1, nrcpt=1 (queue active)\n"
    ));
    let folder = tempfile::tempdir().expect("a folder");
    let path = folder.path().join("mail.log");
    std::fs::write(&path, text).expect("a log");
    read(path)
}

/// What a board says, whatever the order of its rows and columns.
fn said(board: &Board) -> Vec<String> {
    let row = |row: &Row| {
        let mut cells: Vec<String> = board
            .columns
            .iter()
            .zip(&row.cells)
            .filter(|(_, count)| **count > 0)
            .map(|(column, count)| format!("{}={count}", column.label))
            .collect();
        cells.sort();
        let Row { id, attempts, rejected, deferred, rate, .. } = row;
        format!("{id} {attempts} {rejected} {deferred} {rate:.4} {}", cells.join(" "))
    };
    board.rows.iter().chain([&board.total]).map(row).collect()
}

fn running(read: &Snapshot) -> Vec<&Incident> {
    read.incidents.iter().filter(|incident| incident.until.is_none()).collect()
}

/// Holds the picture of `at` in `log` against what was read up to then; how many windows could be.
fn compare(log: &Log, at: Moment) -> Result<usize, TestCaseError> {
    let all = Filter::default();
    let back = log.read.at(at);
    prop_assert!(back.now <= at && at.since(back.now) < log.read.grain(back.now), "the slot of that moment");
    let then = cut(log, back.now);
    prop_assert_eq!(then.now, back.now);
    let mut compared = 0;
    for window in Window::ALL {
        let from = back.now.plus_millis(-window.millis());
        // Where a window begins inside a slot, the slot is left out: then it began at its edge.
        if from.millis().rem_euclid(log.read.grain(from)) != 0 {
            continue;
        }
        compared += 1;
        let (here, there) = (back.board(window, &all), then.board(window, &all));
        prop_assert_eq!(said(&here), said(&there), "{} at {}", window, back.now.rfc3339());
        let signatures = |read: &Snapshot| -> Vec<(String, u64)> {
            let told = read.signatures(window, &Scope::default(), &all).into_iter();
            told.map(|one| (one.signature.to_string(), one.count)).collect()
        };
        prop_assert_eq!(signatures(&back), signatures(&then));
        let strings = back.sample(window, &Scope::default(), &all, 25).strings;
        prop_assert!(strings.iter().all(|string| string.at >= from && string.at < back.now));
        if running(&back).is_empty() && running(&then).is_empty() {
            let baselines = |board: &Board| -> Vec<String> {
                board.rows.iter().map(|row| format!("{} {:?}", row.id, row.baseline)).collect()
            };
            prop_assert_eq!(baselines(&here), baselines(&there));
        }
    }
    // What was certain then is known; what a slot's width may have hidden is not asked for.
    for incident in &back.incidents {
        let known = then.incidents.iter().find(|other| other.id == incident.id);
        let known = known.ok_or_else(|| TestCaseError::fail(format!("{} was not known", incident.id)))?;
        prop_assert_eq!(known.until, incident.until);
        prop_assert_eq!((known.attempts, known.rejected), (incident.attempts, incident.rejected));
        prop_assert_eq!(known.providers.clone(), incident.providers.clone());
    }
    Ok(compared)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn the_picture_of_a_moment_is_what_was_read_by_then(of in 0..2_usize, share in 0.0..1.0_f64) {
        let log = &logs()[of];
        let (first, last) = (log.read.earliest().expect("counts"), log.read.now);
        // A moment at which every window begins inside a slot tells of incidents alone.
        prop_assume!(compare(log, first.plus_millis((last.since(first) as f64 * share) as i64))? > 0);
    }
}

#[test]
fn the_onset_of_an_incident_is_found_as_it_was() {
    let log = &logs()[0];
    let incident = log.read.incidents.first().expect("an incident");
    let certain = incident.declared;
    assert!(log.read.at(certain.plus_millis(-10_000)).incidents.is_empty(), "not certain yet");
    for after in [30_000, 60_000, 150_000] {
        let back = log.read.at(certain.plus_millis(after));
        let then = back.incidents.first().expect("the incident");
        assert!(then.until.is_none() && then.rejected < incident.rejected, "{then:?}");
        assert_eq!(back.back_from, Some(log.read.now));
        assert!(compare(log, certain.plus_millis(after)).expect("the same") > 0);
    }
}

#[test]
fn before_and_after_all_there_is_a_picture_nevertheless() {
    let read = &logs()[0].read;
    assert_eq!(read.at(read.now.plus_millis(60_000)).back_from, None);
    let first = read.at(Moment::from_seconds(0));
    assert_eq!(Some(first.now), read.earliest());
    assert!(first.incidents.is_empty());
}

/// What is read of a log, and what is left when it was played to its end.
fn played(paths: Vec<PathBuf>, replay: Replay) -> (Snapshot, Arc<Snapshot>) {
    let inputs = || paths.iter().cloned().map(Input::File).collect();
    let mut setup = setup();
    setup.set_zone("UTC").expect("a zone");
    let handle = engine::replay(inputs(), &setup, replay, Arc::default()).expect("the log is played");
    let last = loop {
        match handle.bell().recv_timeout(Duration::from_secs(60)) {
            Ok(()) if handle.snapshot().mode != Mode::Ended => {}
            _ => break handle.snapshot(),
        }
    };
    setup.until = replay.until;
    let read = engine::read_all(inputs(), &setup, &mut |_, _| {}).expect("the log is read");
    (read, last)
}

fn incidents(read: &Snapshot) -> Vec<String> {
    let told = |one: &Incident| {
        let (onset, until) = (one.onset.rfc3339(), one.until.map(Moment::rfc3339));
        format!("{} {onset} {until:?} {} of {}: {}", one.id, one.rejected, one.attempts, one.verdict)
    };
    read.incidents.iter().map(told).collect()
}

fn scenario(name: &str) -> PathBuf {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents").join(name);
    let logs = std::fs::read_dir(&folder).expect("the folder").flatten().map(|entry| entry.path());
    logs.into_iter().find(|path| path.extension().is_some_and(|end| end == "gz")).expect("a log")
}

#[test]
fn a_log_that_is_played_ends_as_one_that_is_read() {
    let fast = Replay { speed: Speed::Max, ..Replay::default() };
    let until =
        |text: &str| Some(Moment::from_seconds(1_795_248_000 + text.parse::<i64>().expect("seconds")));
    for (name, replay) in [
        ("gmail-reputation", fast),
        ("gmail-reputation", Replay { speed: Speed::Times(3_600.0), ..fast }),
        ("gmail-reputation", Replay { from: until("1100"), ..fast }),
        ("gmail-reputation", Replay { from: until("1100"), until: until("1300"), ..fast }),
        ("two-at-once", fast),
        ("recovery", fast),
        ("second-cause", fast),
        ("list-quality", fast),
    ] {
        let (read, last) = played(vec![scenario(name)], replay);
        assert_eq!(last.mode, Mode::Ended, "{name}");
        assert!(last.playing.is_some_and(|playing| !playing.paused && !playing.filling));
        assert_eq!(last.totals, read.totals, "{name}");
        assert_eq!(last.lines.read, read.lines.read, "{name}");
        assert_eq!(incidents(&last), incidents(&read), "{name} {replay:?}");
        let board = |of: &Snapshot| said(&of.board(None, &Filter::default()));
        assert_eq!(board(&last), board(&read), "{name}");
    }
}

#[test]
fn several_files_are_played_side_by_side() {
    let folder = tempfile::tempdir().expect("a folder");
    let lines: Vec<&str> = logs()[0].text.split_inclusive('\n').collect();
    let mut paths = Vec::new();
    // Every third connection in a file of its own, so that joins stay whole.
    for host in 0..3 {
        let of = |line: &&&str| line.contains(&format!("postfix-out{}/", host + 1));
        let text: String = lines.iter().filter(of).copied().collect();
        assert!(text.lines().count() > 100);
        let path = folder.path().join(format!("mta{host}.log"));
        std::fs::write(&path, text).expect("a log");
        paths.push(path);
    }
    let (read, last) = played(paths, Replay { speed: Speed::Times(3_600.0), ..Replay::default() });
    assert_eq!(last.totals, read.totals);
    assert_eq!(incidents(&last), incidents(&read));
    // The bell rang on the way, and no picture was ahead of what all files had said by then.
    assert_eq!(last.playing.and_then(|playing| playing.until), Some(last.live()));
}

#[test]
fn a_replay_stands_still_where_it_is_told_to_and_goes_on() {
    let from = Moment::from_seconds(1_795_248_000 + 1_100);
    let replay = Replay { from: Some(from), speed: Speed::Times(1_800.0), paused: true, ..Replay::default() };
    let handle =
        engine::replay(vec![Input::File(scenario("gmail-reputation"))], &setup(), replay, Arc::default())
            .expect("the log is played");
    let wait = |is_it: &dyn Fn(&Snapshot) -> bool| loop {
        handle.bell().recv_timeout(Duration::from_secs(60)).expect("it goes on");
        let shown = handle.snapshot();
        if is_it(&shown) {
            return shown;
        }
    };
    let begun = wait(&|shown| shown.mode == Mode::Live);
    assert_eq!(begun.now, from, "the history before it is read");
    assert!(begun.board(Window::M15, &Filter::default()).total.attempts > 100);
    assert!(handle.play(Play::Faster));
    let faster = wait(&|shown| shown.playing.is_some_and(|playing| playing.speed == Speed::Times(3_600.0)));
    assert_eq!(faster.now, from, "it still stands");
    assert!(handle.play(Play::Pause));
    let last = wait(&|shown| shown.mode == Mode::Ended);
    assert!(last.now > from);
    // The player is gone, or about to be.
    while handle.play(Play::Pause) {
        std::thread::yield_now();
    }
}
