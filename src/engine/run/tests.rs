//! When a stream counts as read up to now.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::VecDeque;
use std::io::{self, Read};
use std::path::Path;

use super::{News, PAGE, STDIN, Setup, Worker, wall};
use crate::model::Moment;
use crate::source::{Journal, Unpack};

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
