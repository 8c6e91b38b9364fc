//! The threads: one reader per source, one owner of the state.
//!
//! Readers read, parse and classify where the bytes arrive and send batches through a bounded
//! channel: when the owner is behind, reading waits and nothing grows. The owner absorbs, and
//! publishes a snapshot at most thirty times a second, once a second when only time has passed.

use std::cell::Cell;
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
use super::following::{Begin, Followed};
use super::handle::{Handle, handle};
use super::input::{Input, Problems, STDIN, in_order};
use super::merged::{self, Heard};
use super::owner::Owner;
use super::pages::Logs;
use super::reader::Reader;
use super::setup::Setup;
use super::snapshot::{Mode, Snapshot, Specimen};
use super::trace::{Recent, Tracer};
use crate::classify;
use crate::model::Moment;
use crate::parse::Parser;
use crate::source::{self, Journal, Packing, Piece, Stream, Unpack};

/// Batches that may wait for the owner.
const QUEUE: usize = 8;
/// A batch is sent when it holds this many bytes of lines.
const BATCH: usize = 512 * 1024;
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
        bytes: u64,
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
    let pace = merged::Pace { piece: &Cell::new(merged::PIECE), is_played: false };
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

/// Reads files, as [`in_order`] gives them, one after the other, so that they can be read again alike. `heard` gets every batch before it is counted; reading ends where it says false.
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
        let name = path.as_deref().map_or(STDIN.to_owned(), |path| path.display().to_string());
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
    let begin = if from_end { Begin::End } else { Begin::Start };
    let news = follow_all(inputs, setup, None, Some(begin), stop)?;
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

/// One reading thread per input. `begin`: where following begins; `None` near the end of what is
/// there, with the past read behind it.
fn follow_all(
    inputs: Vec<Input>,
    setup: &Setup,
    recent: Option<&Recent>,
    begin: Option<Begin>,
    stop: &Arc<AtomicBool>,
) -> Result<Receiver<News>, RunError> {
    let (send, news) = crossbeam_channel::bounded(QUEUE);
    // What is named apart is nobody else's past.
    let named: Vec<PathBuf> = inputs.iter().flat_map(Input::paths).collect();
    for (source, input) in inputs.into_iter().enumerate() {
        let (mut worker, stop, send) = (Worker::new(setup), Arc::clone(stop), send.clone());
        worker.recent = recent.filter(|_| matches!(input, Input::Stdin)).cloned();
        let begin = begin.clone().unwrap_or_else(|| {
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

/// What is said of bytes that are gone.
pub(super) fn lost(bytes: u64) -> String {
    format!("{bytes} bytes were truncated away before they could be read")
}

/// What a reading thread holds.
pub(super) struct Worker {
    setup: Setup,
    hasher: DefaultHashBuilder,
    /// What cannot be read again is kept here, to be traced.
    recent: Option<Recent>,
    /// Whether deliveries tell their recipient, too.
    tells_delivered: bool,
    /// A batch is sent when it holds this many bytes of lines.
    batch: usize,
}

/// Where a worker's news go; false when nobody listens any more.
pub(super) type Tell<'a> = &'a mut dyn FnMut(News) -> bool;

impl Worker {
    pub(super) fn new(setup: &Setup) -> Self {
        // Fixed for the whole process, so that all readers name things alike.
        static HASHER: std::sync::OnceLock<DefaultHashBuilder> = std::sync::OnceLock::new();
        let hasher = HASHER.get_or_init(DefaultHashBuilder::default).clone();
        Self { setup: setup.clone(), hasher, recent: None, tells_delivered: false, batch: BATCH }
    }

    /// A worker whose deliveries tell their recipient, too.
    pub(super) fn telling_delivered(self) -> Self {
        Self { tells_delivered: true, ..self }
    }

    /// A worker that sends what it read at once.
    pub(super) fn in_small_batches(self) -> Self {
        Self { batch: 0, ..self }
    }

    /// A parser for the log at `path`.
    pub(super) fn parser(&self, path: &Path, reference: Moment) -> Parser {
        self.setup.parser(path, reference)
    }

    /// A reader that begins with the log at `path`.
    pub(super) fn reader(&self, source: usize, path: &Path, reference: Moment) -> Reader {
        let (parser, knowledge) = (self.parser(path, reference), Arc::clone(&self.setup.knowledge));
        let mut reader = Reader::new(source, parser, knowledge, self.hasher.clone());
        reader.tell_delivered(self.tells_delivered);
        reader
    }

    /// Reads the log at `path` to its end; standard input without one.
    pub(super) fn read_to_end(
        &self,
        source: usize,
        path: Option<PathBuf>,
        tell: Tell<'_>,
    ) -> Result<(), String> {
        match path {
            None => {
                let from = Unpack::new(io::stdin().lock(), None).map_err(|error| source::why_not(&error))?;
                let reader = self.reader(source, Path::new(STDIN), wall());
                self.stream(source, from, reader, Journal::new(), true, tell)
            }
            Some(path) => {
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
        let mut parser = self.parser(path, changed(path));
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
            if read.is_none() || live || unsent >= self.batch {
                unsent = 0;
                if !tell(News::Batch(Box::new(reader.take()))) {
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
}

/// What the parser sees of a piece: whole lines, and the head of a line that is too long.
pub(super) fn take(reader: &mut Reader, piece: Piece<'_>) {
    match piece {
        Piece::Lines(block) | Piece::Head(block) | Piece::Unended(block) => reader.block(block),
        Piece::More(_) | Piece::Tail(_) => {}
    }
}

#[cfg(test)]
mod tests;
