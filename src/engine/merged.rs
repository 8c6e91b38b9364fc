//! Files that overlap in time are read side by side, in the order of time: counts reach back little more
//! than a day, and a week's log of a second host would begin where the first one's ends.

use std::collections::VecDeque;
use std::path::PathBuf;
use std::thread;

use crossbeam_channel::Receiver;

use super::batch::Batch;
use super::input::{STDIN, first_moment};
use super::run::{News, Worker};
use super::setup::Setup;
use crate::model::Moment;

/// Files that are open at once.
const OPEN: usize = 16;
/// Batches of each that wait for their turn.
const WAITING: usize = 1;

/// The time that one piece covers, in milliseconds, and the pieces that a batch may make.
const PIECE: i64 = 2 * 3_600_000;
const PIECES: usize = 100;

/// A file to read, its source, and its first stamp.
type Next = (usize, Option<PathBuf>, Option<Moment>);

/// What comes of one file.
pub(super) struct Heard {
    /// Its source.
    pub source: usize,
    /// Its path, or what standard input is called.
    pub name: String,
    /// What it says, or how it ended.
    pub what: What,
    /// Up to when everything of all files was heard; `None` where this one is all that is read.
    pub complete: Option<Moment>,
}

/// What a file says.
pub(super) enum What {
    News(News),
    End(Result<(), String>),
}

/// A file that is being read.
struct Open {
    source: usize,
    name: String,
    what: Receiver<What>,
    /// Of a batch that covers hours, what has not had its turn.
    pieces: VecDeque<Box<Batch>>,
    newest: Option<Moment>,
}

/// Reads files, as `in_order` gives them; `heard` gets what they say, the oldest first.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn read(
    files: &[(usize, Option<PathBuf>)],
    setup: &Setup,
    heard: &mut dyn FnMut(Heard),
) -> std::io::Result<()> {
    let first = |path: &Option<PathBuf>| path.as_deref().and_then(|path| first_moment(path, setup));
    let is_one = files.len() < 2;
    let next = |(source, path): &(usize, Option<PathBuf>)| {
        (*source, path.clone(), if is_one { None } else { first(path) })
    };
    let mut next: VecDeque<Next> = files.iter().map(next).collect();
    thread::scope(|scope| {
        let mut open: Vec<Open> = Vec::new();
        loop {
            while open.len() < OPEN && is_due(&open, &next) {
                let Some((source, path, _)) = next.pop_front() else { break };
                let name = path.as_deref().map_or(STDIN.to_owned(), |path| path.display().to_string());
                let (send, what) = crossbeam_channel::bounded(WAITING);
                thread::Builder::new().name("read".to_owned()).spawn_scoped(scope, move || {
                    let mut tell = |news| send.send(What::News(news)).is_ok();
                    let end = Worker::new(setup).read_to_end(source, path, &mut tell);
                    drop(send.send(What::End(end)));
                })?;
                open.push(Open { source, name, what, pieces: VecDeque::new(), newest: None });
            }
            let oldest = (0..open.len()).min_by_key(|at| open[*at].newest);
            let Some(at) = oldest else { return Ok(()) };
            let what = match open[at].pieces.pop_front() {
                Some(piece) => What::News(News::Batch(piece)),
                None => match open[at].what.recv().unwrap_or(What::End(Ok(()))) {
                    What::News(News::Batch(batch)) if !is_one => {
                        open[at].pieces.extend(pieces(*batch));
                        continue;
                    }
                    what => what,
                },
            };
            if let What::News(News::Batch(batch)) = &what {
                open[at].newest = open[at].newest.max(newest(batch));
            }
            let (source, name) = (open[at].source, open[at].name.clone());
            if matches!(what, What::End(_)) {
                open.remove(at);
            }
            let waits = next.front().and_then(|(.., first)| *first);
            let others = open.iter().map(|one| one.newest.unwrap_or(Moment::from_millis(i64::MIN)));
            let complete = if is_one { None } else { others.chain(waits).min() };
            heard(Heard { source, name, what, complete });
        }
    })
}

/// Whether the next file has its turn: everything before it was read. One without a stamp is read alone.
fn is_due(open: &[Open], next: &VecDeque<Next>) -> bool {
    let Some((.., first)) = next.front() else { return false };
    let read = open.iter().map(|one| one.newest).min();
    read.is_none_or(|read| first.is_some() && read >= *first)
}

/// A batch in pieces of some hours: a small host's batch may hold days.
fn pieces(mut batch: Batch) -> VecDeque<Box<Batch>> {
    let mut ends: Vec<usize> = Vec::new();
    let mut begin = batch.events.first().map_or(Moment::default(), |event| event.at);
    for (at, event) in batch.events.iter().enumerate() {
        if event.at.since(begin) >= PIECE && ends.len() < PIECES {
            ends.push(at);
            begin = event.at;
        }
    }
    let mut pieces = VecDeque::new();
    for end in ends.into_iter().rev() {
        let (events, text) = (batch.events.split_off(end), batch.text.clone());
        // What is known of the lines goes with the first piece, the newest stamp with the last.
        let newest = batch.newest.take();
        pieces.push_front(Box::new(Batch { source: batch.source, newest, events, text, ..Batch::default() }));
    }
    pieces.push_front(Box::new(batch));
    pieces
}

fn newest(batch: &Batch) -> Option<Moment> {
    batch.newest.max(batch.events.iter().map(|event| event.at).max())
}
