//! What is read backwards in blocks is what is read forwards, in every count.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant, SystemTime};

use proptest::prelude::*;

use super::History;
use crate::engine::owner::Owner;
use crate::engine::run::{News, Worker, follow, read_all, take, wall};
use crate::engine::scope::Over;
use crate::engine::{Dimension, Filter, Input, Mode, Scope, Setup, Snapshot};
use crate::model::Moment;
use crate::source::{Follow, Gap, Listing};

/// A log of so many messages, one every `step` seconds, the last one now: each is tried twice, the
/// second time long after the line that names its sender.
fn log(messages: i64, step: i64) -> String {
    log_until(wall().seconds(), messages, step)
}

fn log_until(end: i64, messages: i64, step: i64) -> String {
    let mut lines: Vec<(i64, String)> = Vec::new();
    for number in 0..messages {
        let at = end - (messages - number) * step;
        let (id, sender) = (format!("4bXyZ{number:05}zz"), number % 5);
        let mut line = |at: i64, text: &str| {
            lines.push((at, format!("{} mx postfix/{text}\n", Moment::from_seconds(at).rfc3339())));
        };
        line(at, &format!("qmgr[1]: {id}: from=<news@c{sender}.example>, size=1, nrcpt=1 (queue active)"));
        let said = |dsn: &str, status: &str, code: u32| {
            format!(
                "smtp[2]: {id}: to=<u{number}@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.1]:25, \
                 delay=1, dsn={dsn}, status={status} (host gmail-smtp-in.l.google.com[192.0.2.1] said: \
                 {code}-{dsn} reply {number} (in reply to end of DATA command))"
            )
        };
        line(at + 1, &said("4.7.28", "deferred", 421));
        let later = at + 2 + (number % 13) * 40 * step;
        if later < end {
            line(later, &said("5.7.1", "bounced", 550));
        }
    }
    lines.sort();
    lines.into_iter().map(|(_, line)| line).collect()
}

/// Reads as the console does, with blocks of these lengths, to the end of the past.
fn backwards(path: &Path, near: u64, [block, lead, step]: [u64; 3]) -> Snapshot {
    let setup = Setup::embedded().unwrap();
    let inputs = vec![Input::File(path.to_owned())];
    let mut owner = Owner::new(&setup, ["log".to_owned()].into_iter());
    owner.expect_past(&inputs);
    let worker = Worker::new(&setup);
    let mut live = worker.reader(0, path, wall());
    live.refer_to(wall());
    let mut follow = Follow::new(path.to_owned(), false);
    let past = follow.near_end(near, &[]).with_lengths(block, lead, step);
    while follow.look(&mut |piece| take(&mut live, piece), &mut |_: Gap| {}) {}
    owner.hear(News::Batch(Box::new(live.take())));
    owner.hear(News::State { source: 0, state: follow.state().clone(), caught_up: true });
    let mut history = History::new(0, past);
    let mut last = None;
    loop {
        let more = history.step(&worker, (live.newest(), live.first()), &mut |news| {
            owner.hear(news);
            true
        });
        let now = owner.state.newest().unwrap();
        let snapshot = owner.picture(now, Mode::Live);
        // It only ever reaches further back.
        if let (Some(before), Some(since)) = (last, snapshot.complete_since) {
            assert!(since <= before);
        }
        last = snapshot.complete_since.or(last);
        if more == Some(false) {
            assert_eq!(snapshot.complete_since, None);
            return snapshot;
        }
        assert!(snapshot.complete_since.is_some());
        assert!(snapshot.sources[0].state.as_str().starts_with("live · history "));
    }
}

fn forwards(path: &Path) -> Snapshot {
    read_all(vec![Input::File(path.to_owned())], &Setup::embedded().unwrap(), &mut |_, _| {}).unwrap()
}

/// What was refused, by the values of a dimension.
fn refused(snapshot: &Snapshot, dimension: Dimension) -> Vec<(String, u64)> {
    let (scope, all) = (Scope::default(), Filter::default());
    let drawn = snapshot.drawn(Over::All, &snapshot.about(&scope), &all).of(dimension);
    drawn.into_iter().map(|share| (share.name.to_string(), share.count)).collect()
}

fn assert_same(back: &Snapshot, plain: &Snapshot) {
    assert_eq!(back.totals, plain.totals);
    assert_eq!(back.lines, plain.lines);
    assert_eq!(back.cells(None), plain.cells(None));
    assert_eq!(back.tallies, plain.tallies);
    assert_eq!(back.campaigns, plain.campaigns);
    assert_eq!(back.bounds, plain.bounds);
    assert_eq!(back.span, plain.span);
    // All that was refused fits into the reservoir, with the senders that came late.
    for dimension in [Dimension::Campaign, Dimension::Recipient, Dimension::Relay] {
        assert_eq!(refused(back, dimension), refused(plain, dimension));
        assert!(!refused(plain, dimension).is_empty());
    }
    for window in crate::model::Window::ALL {
        assert_eq!(back.cells(Some(window)), plain.cells(Some(window)), "{window}");
        assert_eq!(back.sends(), plain.sends());
        assert!(!plain.sends().is_empty());
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(12))]
    #[test]
    fn any_blocks_count_what_a_plain_reading_counts(
        block in 2_000u64..200_000, lead in 0u64..20_000, step in 500u64..60_000, near in 0u64..100_000,
    ) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        fs::write(&path, log(800, 60)).unwrap();
        let back = backwards(&path, near, [block, lead, step]);
        assert_same(&back, &forwards(&path));
    }
}

#[test]
fn senders_of_the_past_go_to_no_attempt_of_now() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    // Both read of one quarter of an hour, which is in no slot of a minute any more.
    fs::write(&path, log_until(wall().seconds() / 900 * 900 - 185, 800, 60)).unwrap();
    assert_same(&backwards(&path, 76_893, [4_862, 1_657, 500]), &forwards(&path));
}

#[test]
fn samples_of_attempts_whose_sender_came_late_have_it() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    fs::write(&path, log(500, 60)).unwrap();
    let back = backwards(&path, 3_000, [3_000, 0, 1_000]);
    let sample = back.sample(crate::model::Window::H24, &Scope::default(), &Filter::default(), 30);
    assert!(sample.strings.len() > 10);
    for string in &sample.strings {
        assert!(string.sender.as_str().starts_with("news@c"), "{string:?}");
        assert_eq!(string.sender.as_str().split_once('@').unwrap().1, string.campaign.as_str());
    }
}

#[test]
fn a_sender_that_the_log_does_not_tell_stays_unknown() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    let text: String = log(300, 60).lines().filter(|line| !line.contains("c3.example")).fold(
        String::new(),
        |mut text, line| {
            writeln!(text, "{line}").unwrap();
            text
        },
    );
    fs::write(&path, text).unwrap();
    let back = backwards(&path, 3_000, [3_000, 500, 1_000]);
    assert!(back.bounds.senders_missed > 60);
    assert_same(&back, &forwards(&path));
}

#[test]
fn what_is_older_than_a_day_and_an_hour_is_left() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    // 50 hours.
    fs::write(&path, log(3_000, 60)).unwrap();
    let lengths = [20_000, 1_000, 10_000];
    let (back, plain) = (backwards(&path, 10_000, lengths), forwards(&path));
    let (first, newest) = back.span.unwrap();
    let reach = newest.since(first);
    assert!(reach > 25 * 3_600_000 && reach < 27 * 3_600_000, "{reach}");
    let window = Some(crate::model::Window::H24);
    assert_eq!(back.cells(window), plain.cells(window));
}

/// What following shows in the end, or after a long time.
fn followed(inputs: Vec<Input>, is_all: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    followed_with(inputs, &Setup::embedded().unwrap(), is_all)
}

fn followed_with(inputs: Vec<Input>, setup: &Setup, is_all: impl Fn(&Snapshot) -> bool) -> Arc<Snapshot> {
    let stop = Arc::new(AtomicBool::new(false));
    let handle = follow(inputs, setup, Arc::clone(&stop)).unwrap();
    let patience = Instant::now() + Duration::from_secs(60);
    while !is_all(&handle.snapshot()) && Instant::now() < patience {
        let _ = handle.bell().recv_timeout(Duration::from_millis(100));
    }
    stop.store(true, Ordering::Relaxed);
    handle.snapshot()
}

#[test]
fn a_folder_of_segments_is_one_source_and_counts_what_its_files_hold() {
    let folder = tempfile::tempdir().unwrap();
    let text = log(600, 60);
    let lines: Vec<&str> = text.split_inclusive('\n').collect();
    for (number, part) in lines.chunks(50).enumerate() {
        fs::write(folder.path().join(format!("seg{number:03}")), part.concat()).unwrap();
    }
    let folder_of = || vec![Input::Many(Listing::Folder(folder.path().to_owned()))];
    let whole = tempfile::tempdir().unwrap();
    let one = whole.path().join("one.log");
    fs::write(&one, &text).unwrap();
    let plain = forwards(&one);
    let report = read_all(folder_of(), &Setup::embedded().unwrap(), &mut |_, _| {}).unwrap();
    let files = lines.len().div_ceil(50);
    let live = followed(folder_of(), |shown| shown.complete_since.is_none() && shown.mode == Mode::Live);
    for shown in [&report, &*live] {
        assert_eq!(shown.totals, plain.totals);
        assert_eq!(shown.lines.read, plain.lines.read);
        assert_eq!(shown.campaigns, plain.campaigns);
        assert_eq!(shown.sources.len(), 1);
        let name = format!("{} ({files} files)", folder.path().display());
        assert_eq!(shown.sources[0].name.as_str(), name);
    }
}

#[test]
fn segments_last_written_before_the_time_that_is_asked_for_are_not_read() {
    let folder = tempfile::tempdir().unwrap();
    for (name, hours, step) in [("old", 30, 61), ("new", 1, 60)] {
        let path = folder.path().join(name);
        fs::write(&path, log(10, step)).unwrap();
        let file = fs::File::options().append(true).open(path).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(hours * 3_600)).unwrap();
    }
    let many = || vec![Input::Many(Listing::Folder(folder.path().to_owned()))];
    let mut setup = Setup::embedded().unwrap();
    let all = read_all(many(), &setup, &mut |_, _| {}).unwrap();
    setup.since = Some(wall().plus_millis(-10 * 3_600_000));
    let since = read_all(many(), &setup, &mut |_, _| {}).unwrap();
    assert_eq!(since.lines.read * 2, all.lines.read);
    assert!(since.sources[0].name.as_str().ends_with("(1 file)"), "{}", since.sources[0].name);
}

/// Lines without a year, at noon in the zone of their log, of that day in this or the last year.
fn without_a_year(day: &str, lines: usize) -> String {
    (0..lines)
        .map(|number| {
            format!(
                "{day} 12:00:00 mx postfix/smtp[1]: 4bXyZ{number:05}zz: to=<u@gmail.com>, relay=none, \
                 dsn=4.4.1, status=deferred (connect to x[192.0.2.1]:25: timed out)\n"
            )
        })
        .collect()
}

/// Writes `text` and says that it was last written at `written`, in seconds since 1970.
fn write_at(path: &Path, text: &str, written: u64) {
    fs::write(path, text).unwrap();
    let file = fs::File::options().append(true).open(path).unwrap();
    file.set_modified(SystemTime::UNIX_EPOCH + Duration::from_secs(written)).unwrap();
}

#[test]
fn each_file_that_is_followed_is_read_in_its_own_zone_and_its_own_year() {
    let folder = tempfile::tempdir().unwrap();
    // 2023-11-14 22:13:20 and two days later.
    write_at(&folder.path().join("east.log"), &without_a_year("Nov 14", 3), 1_700_000_000);
    write_at(&folder.path().join("west.log"), &without_a_year("Nov 15", 4_000), 1_700_172_800);
    let mut setup = Setup::embedded().unwrap();
    setup.set_zone("UTC").unwrap();
    setup.set_zone(&format!("{}/east.log=+06:00", folder.path().display())).unwrap();
    let folders = || vec![Input::Many(Listing::Folder(folder.path().to_owned()))];
    let is_all = |shown: &Snapshot| shown.complete_since.is_none() && shown.mode == Mode::Live;
    let live = followed_with(folders(), &setup, is_all);
    let report = read_all(folders(), &setup, &mut |_, _| {}).unwrap();
    for shown in [&report, &*live] {
        let (first, newest) = shown.span.unwrap();
        assert_eq!(first.rfc3339().get(..19), Some("2023-11-14T06:00:00"));
        assert_eq!(newest.rfc3339().get(..19), Some("2023-11-15T12:00:00"));
        assert_eq!(shown.totals.attempts, 4_003);
    }
}

#[test]
fn a_copy_of_a_log_is_reported_once_and_that_is_told() {
    let folder = tempfile::tempdir().unwrap();
    let [one, copy] = ["mail.log", "mail.log.bak"].map(|name| folder.path().join(name));
    fs::write(&one, log(30, 60)).unwrap();
    fs::copy(&one, &copy).unwrap();
    let files = [&copy, &one].map(|path| Input::File(path.clone()));
    let read = read_all(files.into(), &Setup::embedded().unwrap(), &mut |_, _| {}).unwrap();
    assert_eq!(read.totals, forwards(&one).totals);
    let notes: Vec<&str> =
        read.sources.iter().flat_map(|view| &view.notes).map(|note| note.as_str()).collect();
    assert!(notes.len() == 1 && notes[0].contains("holds the same lines as"), "{notes:?}");
}

#[test]
fn a_segment_that_cannot_be_read_does_not_take_the_others_with_it() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("a"), log(10, 60)).unwrap();
    fs::write(folder.path().join("b.xz"), b"\xfd7zXZ\x00\x00").unwrap();
    let many = vec![Input::Many(Listing::Folder(folder.path().to_owned()))];
    let read = read_all(many, &Setup::embedded().unwrap(), &mut |_, _| {}).unwrap();
    assert!(read.totals.attempts > 10);
    assert!(read.sources[0].trouble);
    assert!(read.sources[0].state.as_str().contains("b.xz"), "{}", read.sources[0].state);
}

/// Small logs are read whole where following begins, so that nothing of them comes as past.
#[test]
fn an_incident_in_several_small_logs_is_found_at_the_start() {
    let folder = tempfile::tempdir().unwrap();
    let newest = wall().seconds();
    let inputs: Vec<Input> = ["a.log", "b.log"]
        .iter()
        .map(|name| {
            let path = folder.path().join(name);
            let text = (0..600).fold(String::new(), |mut text, second| {
                let at = Moment::from_seconds(newest - 600 + second).rfc3339();
                let (dsn, status, said) = match second {
                    400.. => ("5.7.1", "bounced", "550-5.7.1 low reputation of the sending IP address"),
                    _ => ("2.0.0", "sent", "250 2.0.0 OK"),
                };
                let _ = writeln!(
                    text,
                    "{at} mx postfix/smtp[2]: 4bXyZ{second:05}zz: to=<u@gmail.com>, \
                     relay=gmail-smtp-in.l.google.com[192.0.2.1]:25, delay=1, dsn={dsn}, status={status} \
                     (host gmail-smtp-in.l.google.com[192.0.2.1] said: {said} (in reply to end of DATA command))"
                );
                text
            });
            fs::write(&path, text).unwrap();
            Input::File(path)
        })
        .collect();
    let shown = followed(inputs, |shown| {
        shown.totals.attempts == 1_200 && shown.mode == Mode::Live && shown.complete_since.is_none()
    });
    assert_eq!(shown.incidents.len(), 1, "{:?}", shown.incidents);
    let onset = shown.incidents[0].onset.seconds();
    assert!((newest - 201..=newest - 195).contains(&onset), "{}", newest - onset);
}
