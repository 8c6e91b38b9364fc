//! When a stream counts as read up to now, and what order files and clocks may have.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::VecDeque;
use std::fmt::Write as _;
use std::fs;
use std::io::{self, Read};
use std::path::Path;

use super::{News, PAGE, STDIN, Setup, Worker, read_all, wall};
use crate::engine::Input;
use crate::model::Moment;
use crate::source::{Journal, Listing, Unpack};

/// A pipe that hands out what was written piece by piece.
struct Pipe(VecDeque<Vec<u8>>);

impl Read for Pipe {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let Some(mut piece) = self.0.pop_front() else { return Ok(0) };
        let rest = piece.split_off(piece.len().min(into.len()));
        if !rest.is_empty() {
            self.0.push_front(rest);
        }
        into[..piece.len()].copy_from_slice(&piece);
        Ok(piece.len())
    }
}

/// After how many batches the stream says that it is read up to now.
fn caught_up_after(pieces: &[usize], live: bool) -> Option<usize> {
    let worker = Worker::new(&Setup::embedded().unwrap());
    let reader = worker.reader(0, Path::new(STDIN), Moment::from_millis(0));
    let pipe = Pipe(pieces.iter().map(|bytes| vec![b'\n'; *bytes]).collect());
    let (mut batches, mut caught) = (0, None);
    let mut hear = |news| {
        match news {
            News::Batch(_) => batches += 1,
            News::State { caught_up: true, .. } => caught = Some(batches),
            _ => {}
        }
        true
    };
    worker.stream(0, Unpack::new(pipe, None).unwrap(), reader, Journal::new(), live, &mut hear).unwrap();
    caught
}

#[test]
fn a_pipe_is_live_once_a_read_has_emptied_it() {
    assert_eq!(caught_up_after(&[PAGE, PAGE, 100, PAGE], true), Some(3));
    assert_eq!(caught_up_after(&[10], true), Some(1));
}

#[test]
fn a_pipe_that_is_filled_from_a_file_is_still_read() {
    assert_eq!(caught_up_after(&[PAGE, PAGE, PAGE], true), None);
    assert_eq!(caught_up_after(&[10, 10], false), None, "a file that is read to its end is never live");
}

#[test]
fn a_pipe_that_was_opened_years_ago_reads_this_years_stamps() {
    let today = chrono::DateTime::from_timestamp(wall().seconds(), 0).unwrap();
    let stamp = today.with_timezone(&chrono::Local).format("%b %e %H:%M:%S");
    let line =
        format!("{stamp} mx postfix/smtp[1]: AB12CD34: to=<a@b.example>, relay=none, status=deferred (x)\n");
    let worker = Worker::new(&Setup::embedded().unwrap());
    let long_ago = worker.reader(0, Path::new(STDIN), Moment::from_seconds(1_000_000_000));
    let mut newest = None;
    let mut tell = |news| {
        if let News::Batch(batch) = news {
            newest = newest.max(batch.newest);
        }
        true
    };
    worker
        .stream(0, Unpack::new(line.as_bytes(), None).unwrap(), long_ago, Journal::new(), true, &mut tell)
        .unwrap();
    assert!(wall().since(newest.unwrap()).abs() < 86_400_000);
}

/// Two hours of a host's mail to Gmail, a message each four seconds. A third of it is refused in the second
/// hour, where `is_struck`.
fn two_hours(host: &str, from: i64, is_struck: bool) -> Vec<String> {
    let line = |second: i64| {
        let stamp = Moment::from_seconds(from + second).rfc3339();
        let status = match is_struck && second >= 3_600 && second % 12 == 0 {
            true => {
                "bounced (host gmail-smtp-in.l.google.com[192.0.2.1] said: 550-5.7.1 our system has detected an unusual rate of unsolicited mail originating from your IP address - gsmtp (in reply to end of DATA command))"
            }
            false => "sent (250 2.0.0 OK gsmtp)",
        };
        format!(
            "{stamp} {host} postfix/smtp[1]: {:X}: to=<u{second}@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.1]:25, \
             delay=1, dsn=2.0.0, status={status}\n",
            0xA000_0000_i64 + second
        )
    };
    (0..7_200).step_by(4).map(line).collect()
}

/// Incidents, and the attempts since they began.
fn found(inputs: Vec<Input>) -> Vec<(i64, u64)> {
    let snapshot = read_all(inputs, &Setup::embedded().unwrap(), &mut |_, _| {}).unwrap();
    snapshot.incidents.iter().map(|one| (one.onset.seconds(), one.rejected)).collect()
}

const NOON: i64 = 1_795_003_200;

#[test]
fn hosts_with_a_file_each_are_looked_at_together() {
    let folder = tempfile::tempdir().unwrap();
    for (host, is_struck) in [("mx1", false), ("mx2", true)] {
        let path = folder.path().join(format!("{host}.log"));
        fs::write(path, two_hours(host, NOON, is_struck).concat()).unwrap();
    }
    let found = found(vec![Input::Many(Listing::Folder(folder.path().to_owned()))]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!((NOON + 3_300..=NOON + 3_660).contains(&found[0].0) && found[0].1 == 300, "{found:?}");
}

#[test]
fn a_file_that_two_clocks_wrote_tells_what_the_slower_one_saw() {
    let folder = tempfile::tempdir().unwrap();
    let mut text = String::new();
    for (ahead, behind) in two_hours("mx1", NOON + 1_800, false).iter().zip(two_hours("mx2", NOON, true)) {
        write!(text, "{ahead}{behind}").unwrap();
    }
    let path = folder.path().join("mail.log");
    fs::write(&path, text).unwrap();
    let found = found(vec![Input::File(path)]);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!((NOON + 3_300..=NOON + 3_660).contains(&found[0].0) && found[0].1 >= 290, "{found:?}");
}

#[test]
fn a_weeks_log_of_a_second_host_is_looked_at_as_a_whole() {
    let folder = tempfile::tempdir().unwrap();
    let named = |host: &str, struck: i64| {
        let path = folder.path().join(format!("{host}.log"));
        let day = |day| two_hours(host, NOON + day * 86_400, day == struck).concat();
        fs::write(&path, (0..7).map(day).collect::<String>()).unwrap();
        Input::File(path)
    };
    // The first one's is long enough that it is read in many pieces.
    let found = found(vec![named("mx1", -1), named("mx2", 1), named("mx3", 3)]);
    let days: Vec<i64> = found.iter().map(|(onset, _)| (onset - NOON) / 86_400).collect();
    assert_eq!(days, [3, 1], "{found:?}");
    assert!(found.iter().all(|(_, rejected)| (295..=300).contains(rejected)), "{found:?}");
}

#[test]
fn what_a_day_began_with_is_told_however_its_files_are_named() {
    let folder = tempfile::tempdir().unwrap();
    let named = |day: i64| {
        let path = folder.path().join(format!("mail.log.{day}"));
        fs::write(&path, two_hours("mx1", NOON + day * 86_400, day == 0).concat()).unwrap();
        path
    };
    let paths: Vec<_> = (0..4).map(named).collect();
    let apart = found(paths.iter().cloned().map(Input::File).collect());
    assert_eq!(apart.len(), 1, "{apart:?}");
    // A last file that overlaps makes a second look; what was over long before stays found.
    let late = folder.path().join("late.log");
    fs::write(&late, two_hours("mx2", NOON + 3 * 86_400 + 600, true).concat()).unwrap();
    let both = found(paths.into_iter().chain([late]).map(Input::File).collect());
    assert_eq!(both.len(), 2, "{both:?}");
    assert_eq!(both[1], apart[0], "{both:?}");
}
