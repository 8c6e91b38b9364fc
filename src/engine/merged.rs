//! Files that overlap in time are read side by side, in the order of time: counts reach back little more
//! than a day, and a week's log of a second host would begin where the first one's ends.

use std::cell::Cell;
use std::collections::VecDeque;
use std::path::PathBuf;
use std::thread;

use crossbeam_channel::Receiver;

use super::batch::{Batch, Event};
use super::input::{STDIN, first_moment};
use super::run::{News, Worker};
use super::setup::Setup;
use super::trace::Recent;
use crate::model::Moment;
use crate::text::Clean;

/// Files that are open at once.
const OPEN: usize = 16;
/// Batches of each that wait for their turn.
const WAITING: usize = 1;

/// The time that one piece covers where nobody waits for it, in milliseconds, and the pieces that a batch
/// may make.
pub(super) const PIECE: i64 = 2 * 3_600_000;
const PIECES: usize = 100;
/// Events of which the earliest says when all of them are due.
pub(super) const NEXT: usize = 8;

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
    /// Of a batch that covers hours, what has not had its turn, and how many pieces it may still make.
    rest: Option<(Box<Batch>, usize)>,
    newest: Option<Moment>,
}

/// How files are read.
#[derive(Copy, Clone, Debug)]
pub(super) struct Pace<'a> {
    /// The time that one piece covers, in milliseconds; it may change.
    pub piece: &'a Cell<i64>,
    /// Whether every piece is waited for: then one file alone comes in pieces, too, and little is read
    /// ahead of its time.
    pub is_played: bool,
    /// Where lines of standard input are kept, which cannot be read again.
    pub recent: Option<&'a Recent>,
}

/// Reads files, as `in_order` gives them; `heard` gets what they say, the oldest first, until it says
/// false.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn read(
    files: &[(usize, Option<PathBuf>)],
    setup: &Setup,
    pace: Pace<'_>,
    heard: &mut dyn FnMut(Heard) -> bool,
) -> std::io::Result<()> {
    let first = |path: &Option<PathBuf>| path.as_deref().and_then(|path| first_moment(path, setup));
    let is_one = files.len() < 2;
    let (is_played, recent) = (pace.is_played, pace.recent);
    let next = |(source, path): &(usize, Option<PathBuf>)| {
        (*source, path.clone(), if is_one { None } else { first(path) })
    };
    let mut next: VecDeque<Next> = files.iter().map(next).collect();
    thread::scope(|scope| {
        let mut open: Vec<Open> = Vec::new();
        loop {
            while open.len() < OPEN && is_due(&open, &next, is_played) {
                let Some((source, path, _)) = next.pop_front() else { break };
                let name = path.as_deref().map_or(STDIN.to_owned(), |path| Clean::path(path).to_string());
                let (send, what) = crossbeam_channel::bounded(WAITING);
                thread::Builder::new().name("read".to_owned()).spawn_scoped(scope, move || {
                    let mut tell = |news| send.send(What::News(news)).is_ok();
                    let worker = Worker::new(setup);
                    let worker = if is_played { worker.in_small_batches() } else { worker };
                    let worker = worker.keeping(recent.filter(|_| path.is_none()));
                    let end = worker.read_to_end(source, path, &mut tell);
                    drop(send.send(What::End(end)));
                })?;
                let mut one = Open { source, name, what, rest: None, newest: None };
                if is_played {
                    match one.look_ahead(heard) {
                        Ahead::Ready => open.push(one),
                        Ahead::Ended => {}
                        Ahead::Enough => return Ok(()),
                    }
                } else {
                    open.push(one);
                }
            }
            let oldest = (0..open.len()).min_by_key(|at| open[*at].reached(is_played));
            let Some(at) = oldest else { return Ok(()) };
            let what = match open[at].rest.take() {
                Some((batch, left)) => {
                    let (piece, rest) = split(batch, if left > 0 { pace.piece.get() } else { i64::MAX });
                    open[at].rest = rest.map(|rest| (rest, left.saturating_sub(1)));
                    What::News(News::Batch(piece))
                }
                None => match open[at].what.recv().unwrap_or(What::End(Ok(()))) {
                    What::News(News::Batch(batch)) if !is_one => {
                        open[at].rest = Some((batch, PIECES));
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
            let others =
                open.iter().map(|one| one.reached(is_played).unwrap_or(Moment::from_millis(i64::MIN)));
            let complete = if is_one { None } else { others.chain(waits).min() };
            if !heard(Heard { source, name, what, complete }) {
                return Ok(());
            }
            if is_played {
                match open[at].look_ahead(heard) {
                    Ahead::Ready => {}
                    Ahead::Ended => drop(open.remove(at)),
                    Ahead::Enough => return Ok(()),
                }
            }
        }
    })
}

/// What comes next of a file.
enum Ahead {
    /// Events that wait for their turn.
    Ready,
    /// Nothing.
    Ended,
    /// Nobody listens any more.
    Enough,
}

impl Open {
    /// Up to when it was heard; of one that is played, when what comes next is due.
    fn reached(&self, is_played: bool) -> Option<Moment> {
        let next = self.rest.as_ref().filter(|_| is_played);
        next.map_or(self.newest, |(batch, _)| Some(due(&batch.events)))
    }

    /// Reads on to the next events, so that it is known when they are due; what comes before them is heard
    /// at once.
    fn look_ahead(&mut self, heard: &mut dyn FnMut(Heard) -> bool) -> Ahead {
        while self.rest.is_none() {
            let what = match self.what.recv().unwrap_or(What::End(Ok(()))) {
                What::News(News::Batch(batch)) if !batch.events.is_empty() => {
                    self.rest = Some((batch, usize::MAX));
                    break;
                }
                what => what,
            };
            let is_end = matches!(what, What::End(_));
            let (source, name) = (self.source, self.name.clone());
            if !heard(Heard { source, name, what, complete: None }) {
                return Ahead::Enough;
            }
            if is_end {
                return Ahead::Ended;
            }
        }
        Ahead::Ready
    }
}

/// When the first of some events are due; one stamp that is astray does not hold up the others.
pub(super) fn due(events: &[Event]) -> Moment {
    events.iter().take(NEXT).map(|event| event.at).min().unwrap_or_default()
}

/// Whether the next file has its turn: everything before it was read. One without a stamp is read alone.
fn is_due(open: &[Open], next: &VecDeque<Next>, is_played: bool) -> bool {
    let Some((.., first)) = next.front() else { return false };
    let read = open.iter().map(|one| one.reached(is_played)).min();
    read.is_none_or(|read| first.is_some() && read >= *first)
}

/// The beginning of a batch, `width` milliseconds of it, and the rest: a small host's batch may hold days.
fn split(batch: Box<Batch>, width: i64) -> (Box<Batch>, Option<Box<Batch>>) {
    let begin = batch.events.first().map_or(Moment::default(), |event| event.at);
    split_where(batch, |events, at| events[at].at.since(begin) >= width)
}

/// A batch up to the first event of which `is_later` says so, given all events and its place, and the rest.
pub(super) fn split_where(
    mut batch: Box<Batch>,
    is_later: impl Fn(&[Event], usize) -> bool,
) -> (Box<Batch>, Option<Box<Batch>>) {
    let Some(end) = (0..batch.events.len()).find(|at| is_later(&batch.events, *at)) else {
        return (batch, None);
    };
    let (events, text) = (batch.events.split_off(end), batch.text.clone());
    // What is known of the lines goes with the first piece, the newest stamp with the last.
    let newest = batch.newest.take();
    let rest = Batch { source: batch.source, newest, events, text, ..Batch::default() };
    (batch, Some(Box::new(rest)))
}

fn newest(batch: &Batch) -> Option<Moment> {
    batch.newest.max(batch.events.iter().map(|event| event.at).max())
}
