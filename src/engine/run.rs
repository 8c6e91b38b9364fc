//! The threads: one reader per source, one owner of the state.
//!
//! Readers read, parse and classify where the bytes arrive and send batches through a bounded
//! channel: when the owner is behind, reading waits and nothing grows. The owner absorbs, and
//! publishes a snapshot at most thirty times a second, once a second when only time has passed.

use std::fs::File;
use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, Instant, SystemTime};

use crossbeam_channel::{Receiver, RecvTimeoutError};
use hashbrown::DefaultHashBuilder;

use super::batch::Batch;
use super::handle::{Handle, Publisher, handle};
use super::reader::Reader;
use super::snapshot::{Mode, Pace, Snapshot, SourceView, Specimen};
use super::state::State;
use crate::classify;
use crate::diagnose;
use crate::model::Moment;
use crate::parse::{Clock, Parser};
use crate::source::{self, Follow, Gap, Journal, Piece, Stream, Wake};
use crate::text::Clean;

/// Batches that may wait for the owner.
const QUEUE: usize = 8;
/// A batch is sent when it holds this many bytes of lines.
const BATCH: usize = 512 * 1024;
/// Between two published snapshots.
const FRAME: Duration = Duration::from_millis(33);
/// Between two snapshots that differ only in time.
const TICK: Duration = Duration::from_secs(1);
/// A stream that says nothing for so long is read up to now.
const QUIET: Duration = Duration::from_millis(250);
/// A read that got less than this emptied the pipe: what fills a pipe from a file writes pages.
const PAGE: usize = 4096;
/// How far behind the newest line a second is taken as complete, in milliseconds.
const COMPLETE: i64 = 2_000;
/// While much is read at once, incidents are looked for this often on log time, in milliseconds.
const WATCH: i64 = 5_000;

/// What standard input is called.
const STDIN: &str = "stdin";
/// The state of a stream that is read up to now.
const LIVE: &str = "live";

/// What is read.
#[derive(Debug)]
pub enum Input {
    /// A file, followed or read to its end.
    File(PathBuf),
    /// Standard input.
    Stdin,
}

/// Knowledge and limits of a run.
#[derive(Clone, Debug)]
pub struct Setup {
    /// Providers, lists and rules.
    pub knowledge: Arc<classify::Knowledge>,
    /// Trees, remedies, checklists.
    pub trees: Arc<diagnose::Knowledge>,
    /// Attempts before this are not counted.
    pub since: Option<Moment>,
    /// Attempts from this on are not counted.
    pub until: Option<Moment>,
}

/// What a run needs and did not get.
#[derive(Debug, thiserror::Error)]
pub enum RunError {
    /// The knowledge inside the binary is broken.
    #[error("the rules inside this program do not load: {0}")]
    Rules(#[from] classify::KnowledgeError),
    /// The trees inside the binary are broken.
    #[error("the decision trees inside this program do not load: {0}")]
    Trees(#[from] diagnose::TreeError),
    /// A source cannot be read.
    #[error("{name}: {reason}")]
    Source {
        /// The path or name.
        name: String,
        /// What, and what to do next.
        reason: String,
    },
}

impl Setup {
    /// The knowledge inside the binary, no limits.
    ///
    /// # Errors
    /// When it is broken, which a test rules out.
    pub fn embedded() -> Result<Self, RunError> {
        Ok(Self {
            knowledge: Arc::new(classify::Knowledge::embedded()?),
            trees: Arc::new(diagnose::Knowledge::embedded()?),
            since: None,
            until: None,
        })
    }

    fn state(&self) -> State {
        State::new(Arc::clone(&self.knowledge), Arc::clone(&self.trees), self.since, self.until)
    }
}

/// What readers tell the owner.
enum News {
    Batch(Batch),
    State { source: usize, state: source::State, caught_up: bool },
    Lost { source: usize, bytes: u64 },
    Done { source: usize, problem: Option<String> },
}

/// Reads everything to its end and answers with one snapshot.
///
/// # Errors
/// When no source can be opened or read.
pub fn read_all(inputs: Vec<Input>, setup: &Setup) -> Result<Snapshot, RunError> {
    // One file after the other, here: joins and incidents want the order of time.
    let inputs = in_order(inputs);
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
#[must_use]
pub fn follow(inputs: Vec<Input>, setup: &Setup, stop: Arc<AtomicBool>) -> Handle {
    let mut owner = Owner::new(setup, inputs.iter().map(Input::name));
    let news = follow_all(inputs, setup, false, &stop);
    let (publisher, handle) = handle(owner.picture(wall(), Mode::Reading));
    spawn("count", move || owner.run(&news, &publisher, &stop));
    handle
}

/// Follows the inputs until `stop` is set or all of them have ended, and tells every reply that
/// is no delivery, in the order of reading. `said` hears how the inputs stand where that is worth
/// saying: what is not there, may not be read, was lost.
///
/// # Errors
/// When the first input to fail is the only one.
pub fn replies(
    inputs: Vec<Input>,
    setup: &Setup,
    from_end: bool,
    stop: &Arc<AtomicBool>,
    told: &mut dyn FnMut(&Specimen),
    said: &mut dyn FnMut(String),
) -> Result<(), RunError> {
    let mut owner = Owner::new(setup, inputs.iter().map(Input::name));
    let news = follow_all(inputs, setup, from_end, stop);
    loop {
        match news.recv_timeout(TICK / 10) {
            Ok(News::Batch(batch)) => {
                owner.state.present(wall());
                owner.state.absorb(&batch, Some(told));
            }
            Ok(News::Done { source, problem: Some(reason) }) if owner.sources.len() == 1 => {
                return Err(RunError::Source { name: owner.sources[source].name.to_string(), reason });
            }
            Ok(other) => {
                if let Some(words) = owner.worth_saying(&other) {
                    said(words);
                }
                owner.hear(other);
            }
            Err(RecvTimeoutError::Timeout) if !stop.load(Ordering::Relaxed) => {}
            Err(_) => return Ok(()),
        }
    }
}

/// One reading thread per input.
fn follow_all(inputs: Vec<Input>, setup: &Setup, from_end: bool, stop: &Arc<AtomicBool>) -> Receiver<News> {
    let (send, news) = crossbeam_channel::bounded(QUEUE);
    for (source, input) in inputs.into_iter().enumerate() {
        let (worker, stop, send) = (Worker::new(setup), Arc::clone(stop), send.clone());
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
        });
    }
    news
}

/// A thread that lives as long as it likes; if none can be had, the work is done here.
fn spawn(name: &str, work: impl FnOnce() + Send + 'static) -> thread::JoinHandle<()> {
    match thread::Builder::new().name(name.to_owned()).spawn(work) {
        Ok(thread) => thread,
        // Out of threads: nothing can be read, and the faces see their channel close.
        Err(_) => thread::spawn(|| {}),
    }
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
fn in_order(mut inputs: Vec<Input>) -> Vec<Input> {
    if inputs.len() > 1 {
        inputs.sort_by_cached_key(|input| match input {
            Input::File(path) => first_moment(path),
            Input::Stdin => None,
        });
    }
    inputs
}

fn first_moment(path: &Path) -> Option<Moment> {
    let mut head = Vec::new();
    File::open(path).ok()?.take(64 * 1024).read_to_end(&mut head).ok()?;
    let mut parser = Parser::new(Clock::new(changed(path)));
    head.split(|byte| *byte == b'\n').find_map(|line| parser.moment(line))
}

/// When a file was last written, as the reference of its year-less stamps.
fn changed(path: &Path) -> Moment {
    std::fs::metadata(path).and_then(|metadata| metadata.modified()).map_or_else(|_| wall(), moment)
}

/// The wall clock; only the run files look at it.
fn wall() -> Moment {
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
}

/// Where a worker's news go; false when nobody listens any more.
type Tell<'a> = &'a mut dyn FnMut(News) -> bool;

impl Worker {
    fn new(setup: &Setup) -> Self {
        // Fixed for the whole process, so that all readers name things alike.
        static HASHER: std::sync::OnceLock<DefaultHashBuilder> = std::sync::OnceLock::new();
        let hasher = HASHER.get_or_init(DefaultHashBuilder::default).clone();
        Self { setup: setup.clone(), hasher }
    }

    fn reader(&self, source: usize, reference: Moment) -> Reader {
        Reader::new(source, Clock::new(reference), Arc::clone(&self.setup.knowledge), self.hasher.clone())
    }

    fn read_to_end(&self, source: usize, input: Input, tell: Tell<'_>) -> Result<(), String> {
        match input {
            Input::Stdin => self.stream(source, io::stdin().lock(), self.reader(source, wall()), true, tell),
            Input::File(path) => {
                let metadata = std::fs::metadata(&path).map_err(|error| source::why_not(&error))?;
                if metadata.is_dir() {
                    return Err(source::A_FOLDER.to_owned());
                }
                let file = File::open(&path).map_err(|error| source::why_not(&error))?;
                self.stream(source, file, self.reader(source, changed(&path)), false, tell)
            }
        }
    }

    /// Reads a stream to its end. `live`: what was read is sent at once.
    fn stream(
        &self,
        source: usize,
        from: impl Read,
        mut reader: Reader,
        live: bool,
        tell: Tell<'_>,
    ) -> Result<(), String> {
        let mut stream = Stream::new(from);
        let mut journal = Journal::new();
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
                    journal.pass(piece, |piece| take(&mut reader, piece));
                })
                .map_err(|error| source::why_not(&error))?;
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
        let mut follow = Follow::new(path, from_end);
        let mut wake = Wake::on(follow.folder());
        let mut reader = self.reader(source, wall());
        let mut journal = Journal::new();
        let mut told = None;
        while !stop.load(Ordering::Relaxed) {
            reader.refer_to(wall());
            let mut gone = 0;
            let more = follow
                .look(&mut |piece| journal.pass(piece, |piece| take(&mut reader, piece)), &mut |gap: Gap| {
                    gone += gap.bytes
                });
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

/// The owner of the state, and what it knows about the sources.
struct Owner {
    state: State,
    sources: Vec<SourceView>,
    caught_up: Vec<bool>,
    done: Vec<bool>,
    /// Which sources are streams: they do not know their end, so that silence has to tell.
    streams: Vec<bool>,
    /// Wall time of the newest line.
    heard: Instant,
    /// Wall time of the last news.
    told: Instant,
    watched: Moment,
    pace: PaceMeter,
}

impl Owner {
    fn new(setup: &Setup, names: impl Iterator<Item = String>) -> Self {
        let sources: Vec<SourceView> = names
            .map(|name| SourceView {
                name: Clean::from(name.as_str()),
                state: Clean::from("opening"),
                lines: 0,
                lost: 0,
                trouble: false,
            })
            .collect();
        Self {
            state: setup.state(),
            caught_up: vec![false; sources.len()],
            done: vec![false; sources.len()],
            streams: sources.iter().map(|source| source.name.as_str() == STDIN).collect(),
            sources,
            heard: Instant::now(),
            told: Instant::now(),
            watched: Moment::from_millis(i64::MIN),
            pace: PaceMeter::new(),
        }
    }

    /// What a face without a screen says about an input, before it is heard.
    fn worth_saying(&self, news: &News) -> Option<String> {
        let (source, words) = match news {
            News::State { source, state, .. } => {
                let is_news = self.sources[*source].state.as_str() != state.to_string();
                (source, Some(state.to_string()).filter(|_| is_news && state.is_trouble()))
            }
            News::Lost { source, bytes } => (source, Some(lost(*bytes))),
            News::Done { source, problem } => (source, problem.clone()),
            News::Batch(_) => return None,
        };
        words.map(|words| format!("{}: {words}", self.sources[*source].name))
    }

    fn hear(&mut self, news: News) {
        self.told = Instant::now();
        match news {
            News::Batch(batch) => {
                self.sources[batch.source].lines += batch.lines;
                self.pace.count(batch.lines);
                let newest = self.state.newest();
                self.state.present(wall());
                self.state.absorb(&batch, None);
                if self.state.newest() > newest {
                    self.heard = Instant::now();
                }
            }
            News::State { source, state, caught_up } => {
                self.sources[source].trouble = state.is_trouble();
                self.sources[source].state = Clean::from(state.to_string().as_str());
                if caught_up {
                    self.catch_up(source);
                }
            }
            News::Lost { source, bytes } => {
                // How many lines those bytes were is not known; a line of a mail log is about 200.
                let lines = (bytes / 200).max(1);
                self.sources[source].lost += lines;
                self.state.lose(lines);
            }
            News::Done { source, problem } => {
                self.done[source] = true;
                self.sources[source].trouble = problem.is_some();
                self.sources[source].state = Clean::from(problem.as_deref().unwrap_or("read to its end"));
                self.catch_up(source);
            }
        }
    }

    /// Once all sources are read up to now, incidents are looked for in the order of time, which
    /// sources that were read side by side did not have.
    fn catch_up(&mut self, source: usize) {
        let before = self.is_caught_up();
        self.caught_up[source] = true;
        if !before && self.is_caught_up() && self.sources.len() > 1 {
            let now = self.now();
            self.state.watch_again(now.plus_millis(-COMPLETE));
        }
    }

    /// A stream that has nothing more to say for now is read up to now.
    fn listen(&mut self) {
        if self.told.elapsed() < QUIET {
            return;
        }
        for source in 0..self.streams.len() {
            if self.streams[source] && !self.caught_up[source] {
                self.sources[source].state = Clean::from(LIVE);
                self.catch_up(source);
            }
        }
    }

    fn is_caught_up(&self) -> bool {
        self.caught_up.iter().all(|caught_up| *caught_up)
    }

    /// Log time, carried on by the monotonic clock while the log is quiet.
    fn now(&self) -> Moment {
        let Some(newest) = self.state.newest() else { return wall() };
        if self.done.iter().all(|done| *done) {
            return newest;
        }
        let quiet = i64::try_from(self.heard.elapsed().as_millis()).unwrap_or(i64::MAX);
        newest.plus_millis(if self.is_caught_up() { quiet } else { 0 })
    }

    /// Looks for incidents when `step` milliseconds of log time are complete since the last look.
    fn watch(&mut self, step: i64) {
        let complete = self.now().plus_millis(-COMPLETE);
        if complete.since(self.watched) >= step {
            self.watched = complete;
            self.state.watch(complete);
        }
    }

    fn mode(&self) -> Mode {
        if self.done.iter().all(|done| *done) {
            Mode::Ended
        } else if self.is_caught_up() {
            Mode::Live
        } else {
            Mode::Reading
        }
    }

    fn picture(&mut self, now: Moment, mode: Mode) -> Snapshot {
        let lag = match (mode, self.state.newest()) {
            (Mode::Live, Some(newest)) => wall().since(newest).max(0),
            _ => 0,
        };
        let pace = Pace { lines_per_second: self.pace.rate(), lag };
        self.state.snapshot(now, mode, self.sources.clone(), pace)
    }

    /// Absorbs and publishes until there is nobody left to hear from or to tell.
    fn run(mut self, news: &Receiver<News>, publisher: &Publisher, stop: &AtomicBool) {
        let mut published = Instant::now();
        let mut changed = true;
        while !stop.load(Ordering::Relaxed) {
            let due = published + if changed { FRAME } else { TICK };
            match news.recv_deadline(due) {
                Ok(piece) => {
                    self.hear(piece);
                    self.watch(if self.is_caught_up() { 500 } else { WATCH });
                    changed = true;
                    if Instant::now() < due {
                        continue;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.listen();
                    self.watch(500);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let now = self.now();
                    self.state.watch(now.plus_millis(1));
                    let last = self.picture(now, Mode::Ended);
                    publisher.publish(last);
                    return;
                }
            }
            let (now, mode) = (self.now(), self.mode());
            publisher.publish(self.picture(now, mode));
            published = Instant::now();
            changed = false;
        }
    }
}

/// Lines per second of wall time over the last seconds.
struct PaceMeter {
    begun: Instant,
    lines: u64,
    rate: f64,
}

impl PaceMeter {
    fn new() -> Self {
        Self { begun: Instant::now(), lines: 0, rate: 0.0 }
    }

    fn count(&mut self, lines: u64) {
        self.lines += lines;
    }

    fn rate(&mut self) -> f64 {
        let elapsed = self.begun.elapsed();
        if elapsed >= TICK {
            self.rate = self.lines as f64 / elapsed.as_secs_f64();
            self.lines = 0;
            self.begun = Instant::now();
        }
        self.rate
    }
}

#[cfg(test)]
mod tests;
