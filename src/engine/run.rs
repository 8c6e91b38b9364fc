//! The threads: one reader per source, one owner of the state.
//!
//! Readers read, parse and classify where the bytes arrive and send batches through a bounded
//! channel: when the owner is behind, reading waits and nothing grows. The owner absorbs, and
//! publishes a snapshot at most thirty times a second, once a second when only time has passed.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use hashbrown::DefaultHashBuilder;

use super::batch::Batch;
use super::handle::{Handle, handle};
use super::owner::Owner;
use super::reader::Reader;
use super::setup::Setup;
use super::snapshot::{Mode, Snapshot, Specimen};
use super::trace::{Recent, Tracer};
use crate::classify;
use crate::diagnose;
use crate::model::Moment;
use crate::source::{self, Follow, Gap, Journal, Packing, Piece, Stream, Unpack, Wake};

/// Batches that may wait for the owner.
const QUEUE: usize = 8;
/// A batch is sent when it holds this many bytes of lines.
const BATCH: usize = 512 * 1024;
/// Between two snapshots that differ only in time.
pub(super) const TICK: Duration = Duration::from_secs(1);
/// A read that got less than this emptied the pipe: what fills a pipe from a file writes pages.
const PAGE: usize = 4096;
/// Bytes at the beginning of a file that hold its headers.
const HEAD: u64 = 64 * 1024;
/// While much is read at once, incidents are looked for this often on log time, in milliseconds.
pub(super) const WATCH: i64 = 5_000;

/// What standard input is called.
pub(super) const STDIN: &str = "stdin";

/// What is read.
#[derive(Debug)]
pub enum Input {
    /// A file, followed or read to its end.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

/// What a run needs and did not get.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// A file of providers or rules, ours or the operator's, is wrong.
    #[error("{0}")]
    Rules(#[from] classify::KnowledgeError),
    /// A map of JSON records of the operator's is wrong.
    #[error("{0}")]
    Formats(#[from] crate::parse::FormatError),
    /// The trees inside the binary are broken.
    #[error("the decision trees inside this program do not load: {0}")]
    Trees(#[from] diagnose::TreeError),
    /// The system gives no thread.
    #[error("no thread to read with: {0}; too many processes, or too little memory?")]
    Thread(#[source] io::Error),
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
    Batch(Batch),
    State { source: usize, state: source::State, caught_up: bool },
    Lost { source: usize, bytes: u64 },
    Note { source: usize, words: String },
    Skipped { source: usize, bytes: u64 },
    Done { source: usize, problem: Option<String> },
}

/// Reads everything to its end and answers with one snapshot.
///
/// # Errors
/// When no source can be opened or read.
pub fn read_all(inputs: Vec<Input>, setup: &Setup) -> Result<Snapshot, RunError> {
    // One file after the other, here: joins and incidents want the order of time.
    let inputs = in_order(inputs, setup);
    let mut owner = Owner::new(setup, inputs.iter().map(Input::name));
    let worker = Worker::new(setup);
    for (source, input) in inputs.into_iter().enumerate() {
        let read = worker.read_to_end(source, input, &mut |news| {
            owner.hear(news);
            owner.watch(WATCH);
            true
        });
        owner.hear(News::Done { source, problem: read.err() });
    }
    // One file that cannot be read does not take the others with it: its view says why.
    if let Some(first) = owner.sources.first()
        && owner.sources.iter().all(|source| source.trouble)
    {
        return Err(RunError::Source { name: first.name.to_string(), reason: first.state.to_string() });
    }
    let now = owner.state.newest().unwrap_or_else(wall);
    owner.state.watch(now.plus_millis(1));
    Ok(owner.picture(now, Mode::Ended))
}

/// Follows the inputs until `stop` is set; the handle shows what was counted.
///
/// # Errors
/// When the system gives no thread.
pub fn follow(inputs: Vec<Input>, setup: &Setup, stop: Arc<AtomicBool>) -> Result<Handle, RunError> {
    let mut owner = Owner::new(setup, inputs.iter().map(Input::name));
    let recent = inputs.iter().any(|input| matches!(input, Input::Stdin)).then(Recent::default);
    let tracer = Tracer::new(&inputs, recent.clone(), setup);
    let news = follow_all(inputs, setup, recent.as_ref(), false, &stop)?;
    let (publisher, handle) = handle(owner.picture(wall(), Mode::Reading));
    spawn("count", move || owner.run(&news, &publisher, &stop))?;
    Ok(handle.tracing_with(tracer))
}

/// Follows the inputs until `stop` is set or all of them have ended, and tells every reply that
/// is no delivery, in the order of reading. `said` hears how the inputs stand where that is worth
/// saying: what is not there, may not be read, was lost.
///
/// # Errors
/// When the first input to fail is the only one, or the system gives no thread.
pub fn replies(
    inputs: Vec<Input>,
    setup: &Setup,
    from_end: bool,
    stop: &Arc<AtomicBool>,
    told: &mut dyn FnMut(&Specimen),
    said: &mut dyn FnMut(String),
) -> Result<(), RunError> {
    let mut owner = Owner::new(setup, inputs.iter().map(Input::name));
    let news = follow_all(inputs, setup, None, from_end, stop)?;
    loop {
        match news.recv_timeout(TICK / 10) {
            Ok(News::Batch(batch)) => {
                owner.take_note(&batch);
                owner.state.present(wall());
                owner.state.absorb(&batch, Some(told));
            }
            Ok(News::Done { source, problem: Some(reason) }) if owner.sources.len() == 1 => {
                return Err(RunError::Source { name: owner.sources[source].name.to_string(), reason });
            }
            Ok(other) => {
                let (words, strange) = (owner.worth_saying(&other), owner.strange(&other));
                words.into_iter().chain(strange).for_each(&mut *said);
                owner.hear(other);
            }
            Err(RecvTimeoutError::Timeout) if !stop.load(Ordering::Relaxed) => {}
            Err(_) => return Ok(()),
        }
    }
}

/// One reading thread per input.
fn follow_all(
    inputs: Vec<Input>,
    setup: &Setup,
    recent: Option<&Recent>,
    from_end: bool,
    stop: &Arc<AtomicBool>,
) -> Result<Receiver<News>, RunError> {
    let (send, news) = crossbeam_channel::bounded(QUEUE);
    for (source, input) in inputs.into_iter().enumerate() {
        let (mut worker, stop, send) = (Worker::new(setup), Arc::clone(stop), send.clone());
        worker.recent = recent.filter(|_| matches!(input, Input::Stdin)).cloned();
        spawn("follow", move || {
            let mut tell = |news| send.send(news).is_ok();
            let problem = match input {
                Input::File(path) => {
                    worker.follow(source, path, from_end, &stop, &mut tell);
                    None
                }
                Input::Stdin => worker.read_to_end(source, Input::Stdin, &mut tell).err(),
            };
            tell(News::Done { source, problem });
        })?;
    }
    Ok(news)
}

/// Starts a thread that nobody waits for: its channel tells when it ends.
pub(super) fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> Result<(), RunError> {
    thread::Builder::new().name(name.to_owned()).spawn(work).map(drop).map_err(RunError::Thread)
}

impl Input {
    fn name(&self) -> String {
        match self {
            Self::File(path) => path.display().to_string(),
            Self::Stdin => STDIN.to_owned(),
        }
    }
}

/// Files in the order of their first time stamp, so that `mail.log mail.log.1` is read backwards.
pub(super) fn in_order(mut inputs: Vec<Input>, setup: &Setup) -> Vec<Input> {
    if inputs.len() > 1 {
        inputs.sort_by_cached_key(|input| match input {
            Input::File(path) => first_moment(path, setup),
            Input::Stdin => None,
        });
    }
    inputs
}

fn first_moment(path: &Path, setup: &Setup) -> Option<Moment> {
    // Looking into a pipe would take away what is in it.
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut head = Vec::new();
    Unpack::open(path).ok()?.take(64 * 1024).read_to_end(&mut head).ok()?;
    let mut parser = setup.parser(path, changed(path));
    head.split(|byte| *byte == b'\n').find_map(|line| parser.moment(line))
}

/// When a file was last written, as the reference of its year-less stamps.
pub(super) fn changed(path: &Path) -> Moment {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).map_or_else(|_| wall(), moment)
}

/// The wall clock; only the run files look at it.
pub(super) fn wall() -> Moment {
    moment(SystemTime::now())
}

fn moment(time: SystemTime) -> Moment {
    let millis = time.duration_since(SystemTime::UNIX_EPOCH).map_or(0, |since| since.as_millis());
    Moment::from_millis(i64::try_from(millis).unwrap_or(i64::MAX))
}

/// What is said of bytes that are gone.
pub(super) fn lost(bytes: u64) -> String {
    format!("{bytes} bytes were truncated away before they could be read")
}

/// What a reading thread holds.
struct Worker {
    setup: Setup,
    hasher: DefaultHashBuilder,
    /// What cannot be read again is kept here, to be traced.
    recent: Option<Recent>,
}

/// Where a worker's news go; false when nobody listens any more.
type Tell<'a> = &'a mut dyn FnMut(News) -> bool;

impl Worker {
    fn new(setup: &Setup) -> Self {
        // Fixed for the whole process, so that all readers name things alike.
        static HASHER: std::sync::OnceLock<DefaultHashBuilder> = std::sync::OnceLock::new();
        let hasher = HASHER.get_or_init(DefaultHashBuilder::default).clone();
        Self { setup: setup.clone(), hasher, recent: None }
    }

    fn reader(&self, source: usize, path: &Path, reference: Moment) -> Reader {
        Reader::new(
            source,
            self.setup.parser(path, reference),
            Arc::clone(&self.setup.knowledge),
            self.hasher.clone(),
        )
    }

    fn read_to_end(&self, source: usize, input: Input, tell: Tell<'_>) -> Result<(), String> {
        match input {
            Input::Stdin => {
                let from = Unpack::new(io::stdin().lock(), None).map_err(|error| source::why_not(&error))?;
                let reader = self.reader(source, Path::new(STDIN), wall());
                self.stream(source, from, reader, Journal::new(), true, tell)
            }
            Input::File(path) => {
                let metadata = std::fs::metadata(&path).map_err(|error| source::why_not(&error))?;
                if metadata.is_dir() {
                    return Err(source::A_FOLDER.to_owned());
                }
                let mut reader = self.reader(source, &path, changed(&path));
                let mut journal = Journal::new();
                let from = match self.begin(&path, &mut reader) {
                    Some((rest, skipped)) => {
                        journal.begin_at(skipped);
                        tell(News::Skipped { source, bytes: skipped });
                        Unpack::rest(rest)
                    }
                    None => Unpack::open(&path).map_err(|error| source::why_not(&error))?,
                };
                self.stream(source, from, reader, journal, false, tell)
            }
        }
    }

    /// The end of a long plain file that holds everything since the moment that is asked for, and
    /// how many bytes come before it; the reader gets the headers that stand there. `None` where
    /// everything is to be read.
    fn begin(&self, path: &Path, reader: &mut Reader) -> Option<(File, u64)> {
        let since = self.setup.since?;
        // Looking into a pipe would take away what is in it.
        if !std::fs::metadata(path).ok()?.is_file() || !Packing::of_file(path).ok()?.is_plain() {
            return None;
        }
        let mut file = File::open(path).ok()?;
        let mut head = Vec::new();
        file.by_ref().take(HEAD).read_to_end(&mut head).ok()?;
        // A parser of its own: what it joins while it jumps about belongs together nowhere.
        let mut parser = self.setup.parser(path, changed(path));
        parser.preface(&head);
        let begin = source::seek(&file, since, &mut |line| parser.moment(line)).ok()?;
        if begin == 0 {
            return None;
        }
        file.seek(SeekFrom::Start(begin)).ok()?;
        reader.preface(&head);
        Some((file, begin))
    }

    /// Reads a stream to its end. `live`: what was read is sent at once.
    fn stream(
        &self,
        source: usize,
        from: Unpack<impl Read>,
        mut reader: Reader,
        mut journal: Journal,
        live: bool,
        tell: Tell<'_>,
    ) -> Result<(), String> {
        let mut stream = Stream::new(from);
        let mut unsent = 0;
        let mut emptied = false;
        loop {
            if live {
                // A pipe may live for months: stamps without a year lie near today.
                reader.refer_to(wall());
            }
            let read = stream
                .read(|piece| {
                    unsent += piece.bytes().len();
                    journal.pass(piece, |piece| {
                        if let Some(recent) = &self.recent {
                            recent.keep(piece.bytes());
                        }
                        take(&mut reader, piece);
                    });
                })
                .map_err(|error| source::why_not(&error))?;
            for words in stream.take_notes().into_iter().chain(journal.take_notes(read.is_none())) {
                tell(News::Note { source, words });
            }
            if read.is_none() || live || unsent >= BATCH {
                unsent = 0;
                if !tell(News::Batch(reader.take())) {
                    return Ok(());
                }
            }
            let Some(read) = read else { return Ok(()) };
            if live && !emptied && read < PAGE {
                emptied = true;
                if !tell(News::State { source, state: source::State::Live, caught_up: true }) {
                    return Ok(());
                }
            }
        }
    }

    fn follow(&self, source: usize, path: PathBuf, from_end: bool, stop: &AtomicBool, tell: Tell<'_>) {
        let mut reader = self.reader(source, &path, wall());
        let mut journal = Journal::new();
        let begin = if from_end { None } else { self.begin(&path, &mut reader) };
        let mut follow = Follow::new(path, from_end);
        if let Some((_, skipped)) = begin {
            follow.begin_at(skipped);
            journal.begin_at(skipped);
            tell(News::Skipped { source, bytes: skipped });
        }
        let mut wake = Wake::on(follow.folder());
        let mut told = None;
        while !stop.load(Ordering::Relaxed) {
            reader.refer_to(wall());
            let mut gone = 0;
            let more = follow
                .look(&mut |piece| journal.pass(piece, |piece| take(&mut reader, piece)), &mut |gap: Gap| {
                    gone += gap.bytes
                });
            for words in follow.take_notes().into_iter().chain(journal.take_notes(false)) {
                tell(News::Note { source, words });
            }
            if gone > 0 && !tell(News::Lost { source, bytes: gone }) {
                return;
            }
            if !reader.is_empty() && !tell(News::Batch(reader.take())) {
                return;
            }
            if told.as_ref() != Some(follow.state()) {
                told = Some(follow.state().clone());
                let (state, caught_up) = (follow.state().clone(), !more);
                if !tell(News::State { source, state, caught_up }) {
                    return;
                }
            }
            if !more {
                wake.mind(follow.folder());
                wake.sleep();
            }
        }
        follow.end(&mut |piece| journal.pass(piece, |piece| take(&mut reader, piece)));
        tell(News::Batch(reader.take()));
    }
}

/// What the parser sees of a piece: whole lines, and the head of a line that is too long.
fn take(reader: &mut Reader, piece: Piece<'_>) {
    match piece {
        Piece::Lines(block) | Piece::Head(block) | Piece::Unended(block) => reader.block(block),
        Piece::More(_) | Piece::Tail(_) => {}
    }
}

#[cfg(test)]
mod tests;
