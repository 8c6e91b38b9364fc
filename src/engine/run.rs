//! The threads: one reader per source, one owner of the state.
//!
//! Readers read, parse and classify where the bytes arrive and send batches through a bounded
//! channel: when the owner is behind, reading waits and nothing grows. The owner absorbs, and
//! publishes a snapshot at most thirty times a second, once a second when only time has passed.

use std::cell::Cell;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;
use std::thread;
use std::time::{Duration, SystemTime};

use crossbeam_channel::Receiver;

use super::batch::Batch;
use super::following::{Begin, Followed};
use super::handle::{Handle, handle};
use super::input::{Input, Problems, STDIN, in_order};
use super::merged::{self, Heard};
use super::owner::Owner;
use super::pages::Logs;
use super::setup::Setup;
use super::snapshot::{Mode, Snapshot};
use super::trace::{Recent, Tracer};
use crate::classify;
use crate::model::Moment;
use crate::source::{self, Gap};
use crate::text::Clean;

mod worker;

pub(super) use worker::{Tell, Worker, take};

/// Batches that may wait for the owner: one is counted, one waits, one is filled. Each holds the
/// attempts of 128 KiB of lines, so more would be memory and no speed.
const QUEUE: usize = 3;
/// A batch is sent when it holds this many bytes of lines.
const BATCH: usize = 128 * 1024;
/// Between two snapshots that differ only in time.
pub(super) const TICK: Duration = Duration::from_secs(1);
/// A read that got less than this emptied the pipe: what fills a pipe from a file writes pages.
const PAGE: usize = 4096;
/// Bytes at the beginning of a file that hold its headers.
pub(super) const HEAD: u64 = 64 * 1024;
/// While much is read at once, incidents are looked for this often on log time, in milliseconds.
pub(super) const WATCH: i64 = 5_000;

/// What a run needs and did not get.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file of providers, rules or trees, ours or the operator's, is wrong.
    #[error("{0}")]
    Rules(#[from] classify::KnowledgeError),
    /// A map of JSON records of the operator's is wrong.
    #[error("{0}")]
    Formats(#[from] crate::parse::FormatError),
    /// The system gives no thread.
    #[error("no thread to read with: {0}; too many processes, or too little memory?")]
    Thread(#[source] io::Error),
    /// How far was read cannot be kept.
    #[error("{0}")]
    Place(#[source] io::Error),
    /// A source cannot be read.
    #[error("{name}: {reason}")]
    Source {
        /// The path or name.
        name: String,
        /// What, and what to do next.
        reason: String,
    },
}

/// What readers tell the owner.
pub(super) enum News {
    Batch(Box<Batch>),
    State {
        source: usize,
        state: source::State,
        caught_up: bool,
    },
    /// Bytes that were gone before they could be read.
    Lost {
        source: usize,
        gap: Gap,
    },
    /// What is wrong with what was read.
    Note {
        source: usize,
        words: String,
    },
    /// Bytes before the time that is asked for, not read.
    Skipped {
        source: usize,
        bytes: u64,
    },
    /// So many files are named together.
    Files {
        source: usize,
        files: usize,
    },
    /// How much of the past was read, in percent, and from when on everything was.
    Past {
        source: usize,
        share: u8,
        since: Option<Moment>,
        is_done: bool,
    },
    /// Its path names another file than before; what is left of that one was read.
    Rotated {
        source: usize,
    },
    /// What the log's now is, as a file tells that was quiet when it was opened.
    Present {
        now: Moment,
    },
    Done {
        source: usize,
        problem: Option<String>,
    },
}

/// Reads everything to its end and answers with one snapshot. `progress` hears what is read, and how
/// many lines were so far.
///
/// # Errors
/// When no source can be opened or read.
pub fn read_all(
    inputs: Vec<Input>,
    setup: &Setup,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<Snapshot, RunError> {
    let mut owner = Owner::new(setup, inputs.iter().map(Input::name));
    let files = in_order(inputs, setup, &mut owner);
    let mut problems: Vec<Problems> = owner.sources.iter().map(|_| Problems::default()).collect();
    let pace = merged::Pace { piece: &Cell::new(merged::PIECE), is_played: false, recent: None };
    merged::read(&files, setup, pace, &mut |Heard { source, name, what, complete }| {
        match what {
            merged::What::News(news) => {
                owner.hear(of_many(news, &name, owner.files(source) > 0));
                owner.watch(WATCH, complete);
                progress(&name, owner.lines());
            }
            merged::What::End(read) => problems[source].add(name, read),
        }
        true
    })
    .map_err(RunError::Thread)?;
    finish(&mut owner, problems)
}

/// Reads files, as [`in_order`] gives them, one after the other, so that they can be read again alike. `heard`
/// gets every batch before it is counted; reading ends where it says false.
pub(super) fn read_files(
    mut owner: Owner,
    files: &[(usize, Option<PathBuf>)],
    worker: &Worker,
    heard: &mut dyn FnMut(&Batch) -> bool,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<Snapshot, RunError> {
    let mut problems: Vec<Problems> = owner.sources.iter().map(|_| Problems::default()).collect();
    for (source, path) in files {
        let (source, path) = (*source, path.clone());
        let name = path.as_deref().map_or(STDIN.to_owned(), |path| Clean::path(path).to_string());
        let is_of_many = owner.files(source) > 0;
        let read = worker.read_to_end(source, path, &mut |news| {
            if matches!(&news, News::Batch(batch) if !heard(batch)) {
                return false;
            }
            owner.hear(of_many(news, &name, is_of_many));
            owner.watch(WATCH, None);
            progress(&name, owner.lines());
            true
        });
        problems[source].add(name, read);
    }
    finish(&mut owner, problems)
}

/// A note of one file of many says which one.
pub(super) fn of_many(news: News, name: &str, is_of_many: bool) -> News {
    match news {
        News::Note { source, words } if is_of_many => {
            News::Note { source, words: format!("{name}: {words}") }
        }
        news => news,
    }
}

/// Everything was read.
pub(super) fn finish(owner: &mut Owner, problems: Vec<Problems>) -> Result<Snapshot, RunError> {
    for (source, problems) in problems.into_iter().enumerate() {
        let problem = problems.told(owner.files(source));
        owner.hear(News::Done { source, problem });
    }
    // One file that cannot be read does not take the others with it: its view says why.
    if let Some(first) = owner.sources.first()
        && owner.sources.iter().all(|source| source.trouble && source.lines == 0)
    {
        return Err(RunError::Source { name: first.name.to_string(), reason: first.state.to_string() });
    }
    let now = owner.state.newest().unwrap_or_else(wall);
    match owner.state.is_late() {
        true => owner.state.watch_again(None, now.plus_millis(1)),
        false => owner.state.watch(now.plus_millis(1)),
    }
    Ok(owner.picture(now, Mode::Ended))
}

/// Follows the inputs until `stop` is set; the handle shows what was counted.
///
/// # Errors
/// When the system gives no thread.
pub fn follow(inputs: Vec<Input>, setup: &Setup, stop: Arc<AtomicBool>) -> Result<Handle, RunError> {
    let mut owner = Owner::new(setup, inputs.iter().map(Input::name));
    owner.expect_past(&inputs);
    let recent = inputs.iter().any(|input| matches!(input, Input::Stdin)).then(Recent::default);
    let tracer = Tracer::new(&inputs, recent.clone(), setup);
    let logs = Logs::new(&inputs, recent.as_ref(), setup);
    let news = follow_all(inputs, setup, recent.as_ref(), None, &stop)?;
    let (publisher, handle) = handle(owner.picture(wall(), Mode::Reading));
    spawn("count", move || owner.run(&news, &publisher, &stop))?;
    Ok(handle.reading_again(tracer, logs))
}

/// One reading thread per input. `begin`: where following begins; `None` near the end of what is
/// there, with the past read behind it; else of each input, and whether how far it is read is told.
pub(super) fn follow_all(
    inputs: Vec<Input>,
    setup: &Setup,
    recent: Option<&Recent>,
    begin: Option<(Vec<Begin>, bool)>,
    stop: &Arc<AtomicBool>,
) -> Result<Receiver<News>, RunError> {
    let (send, news) = crossbeam_channel::bounded(QUEUE);
    // What is named apart is nobody else's past.
    let named: Vec<PathBuf> = inputs.iter().flat_map(Input::paths).collect();
    for (source, input) in inputs.into_iter().enumerate() {
        let (stop, send) = (Arc::clone(stop), send.clone());
        let worker = Worker::new(setup)
            .keeping(recent.filter(|_| matches!(input, Input::Stdin)))
            .keeping_place(begin.as_ref().is_some_and(|(_, keeps)| *keeps));
        let begin = begin.as_ref().and_then(|(begin, _)| begin.get(source).cloned());
        let begin = begin.unwrap_or_else(|| {
            let own = input.paths();
            Begin::NearEnd(named.iter().filter(|path| !own.contains(path)).cloned().collect())
        });
        spawn("follow", move || {
            let mut tell = |news| send.send(news).is_ok();
            let followed = match input {
                Input::File(path) => Followed::new(Ok(path), &begin),
                Input::Many(listing) => Followed::new(Err(listing), &begin),
                Input::Stdin => {
                    let problem = worker.read_to_end(source, None, &mut tell).err();
                    tell(News::Done { source, problem });
                    return;
                }
            };
            worker.follow(source, followed, &begin, &stop, &mut tell);
            tell(News::Done { source, problem: None });
        })?;
    }
    Ok(news)
}

/// Starts a thread that nobody waits for: its channel tells when it ends.
pub(super) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), RunError> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map(drop).map_err(RunError::Thread)
}

/// When a file was last written, as the reference of its year-less stamps.
pub(super) fn changed(path: &Path) -> Moment {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).map_or_else(|_| wall(), moment)
}

/// The wall clock; only the run files look at it.
pub(super) fn wall() -> Moment {
    moment(SystemTime::now())
}

pub(super) fn moment(time: SystemTime) -> Moment {
    let millis = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Moment::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// What is said of bytes that are gone, and when that was seen.
pub(super) fn lost(gap: &Gap) -> String {
    let now = wall().plus_millis(-wall().millis().rem_euclid(1000)).rfc3339();
    let of = gap.file.as_ref().map_or_else(String::new, |file| format!("{}: ", Clean::path(file)));
    format!("{of}{} bytes were truncated away before they could be read, as seen at {now}", gap.bytes)
}

#[cfg(test)]
mod tests;
