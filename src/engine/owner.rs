//! The owner of the state at work: hears the readers, knows what time it is, publishes.

use std::cmp::Reverse;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::batch::Batch;
use super::clocks::Order;
use super::handle::Publisher;
use super::input::{Input, STDIN};
use super::run::{News, TICK, WATCH, lost, wall};
use super::setup::Setup;
use super::snapshot::{Gone, Mode, Pace, Snapshot, SourceView};
use super::state::State;
use crate::model::Moment;
use crate::parse::{Dialect, Formats};
use crate::text::Clean;

mod pace;
mod told;

use pace::PaceMeter;

/// Between two published snapshots.
pub(super) const FRAME: Duration = Duration::from_millis(33);
/// A stream that says nothing for so long is read up to now.
const QUIET: Duration = Duration::from_millis(250);
/// How far behind the newest line a second is taken as complete, in milliseconds.
const COMPLETE: i64 = 2_000;
/// A look that went further beyond what is complete, in milliseconds, is made again.
const REWIND: i64 = 20_000;
/// The least time, in milliseconds, that incidents are looked for in, while the past is read.
const SEARCHED: i64 = 600_000;
/// Blocks of a folder's past that may be read side by side.
const SIDE_BY_SIDE: usize = 4;
/// Puzzling lines kept of each source.
const PUZZLES: usize = 3;
/// Notes kept of each source.
const NOTES: usize = 20;
/// The state of a stream that is read up to now.
const LIVE: &str = "live";

/// The owner of the state, and what it knows about the sources.
pub(super) struct Owner {
    pub(super) state: State,
    pub(super) sources: Vec<SourceView>,
    /// As they were named.
    names: Vec<String>,
    /// Lines of each source by dialect, most lines first.
    kinds: Vec<Vec<(Dialect, u64)>>,
    formats: Arc<Formats>,
    caught_up: Vec<bool>,
    done: Vec<bool>,
    /// Which sources are streams: they do not know their end, so that silence has to tell.
    streams: Vec<bool>,
    /// Wall time of the newest line.
    heard: Instant,
    /// The log's now as a file told it that was quiet when it was opened, and when it did.
    present: Option<(Moment, Instant)>,
    /// Wall time of the last news.
    told: Instant,
    /// The time that a log is played at, handed in by the player; else the wall's clock rules.
    clock: Option<Moment>,
    watched: Moment,
    pace: PaceMeter,
    /// The same of each source.
    paces: Vec<PaceMeter>,
    /// What the sources say of themselves, beside what is said of their past.
    states: Vec<String>,
    /// How many files there are of each source; 0 where one was named.
    files: Vec<usize>,
    /// Of sources whose past is being read: how much, in percent, and from when on all of it.
    past: Vec<Option<(u8, Option<Moment>)>>,
    /// Whether sources are followed side by side, rather than read one after the other.
    is_following: bool,
    /// How far back incidents were looked for, and whether that was less than all that is read.
    searched: i64,
    is_partly_searched: bool,
}

impl Owner {
    pub(super) fn new(setup: &Setup, names: impl Iterator<Item = String>) -> Self {
        let names: Vec<String> = names.collect();
        let sources: Vec<SourceView> = names
            .iter()
            .map(|name| SourceView {
                name: Clean::from(name.as_str()),
                state: Clean::from("opening"),
                lines: 0,
                unparsed: 0,
                lines_per_second: 0.0,
                newest: None,
                rotations: 0,
                lost: 0,
                gone: None,
                skipped_bytes: 0,
                notes: Vec::new(),
                trouble: false,
                dialects: Vec::new(),
                puzzling: Vec::new(),
                strange: Vec::new(),
            })
            .collect();
        Self {
            state: State::new(setup),
            names,
            kinds: vec![Vec::new(); sources.len()],
            formats: Arc::clone(&setup.formats),
            caught_up: vec![false; sources.len()],
            done: vec![false; sources.len()],
            paces: sources.iter().map(|_| PaceMeter::new()).collect(),
            states: vec![String::new(); sources.len()],
            files: vec![0; sources.len()],
            past: vec![None; sources.len()],
            is_following: false,
            searched: 0,
            is_partly_searched: false,
            streams: sources.iter().map(|source| source.name.as_str() == STDIN).collect(),
            sources,
            heard: Instant::now(),
            present: None,
            told: Instant::now(),
            clock: None,
            watched: Moment::from_millis(i64::MIN),
            pace: PaceMeter::new(),
        }
    }

    pub(super) fn hear(&mut self, news: News) {
        self.told = Instant::now();
        self.write_down(&news);
        match news {
            News::Batch(batch) => {
                self.take_note(&batch);
                match batch.past {
                    Some(_) => self.is_partly_searched |= batch.lines > 0,
                    None => self.pace.count(batch.lines),
                }
                let newest = self.state.newest();
                self.state.present(self.clock.unwrap_or_else(wall));
                self.state.expect(
                    match (self.is_following && self.is_caught_up(), self.files[batch.source]) {
                        (true, _) => Order::OfAll,
                        (_, 0) => Order::OfSource,
                        _ => Order::Any,
                    },
                );
                self.state.absorb(&batch, None);
                if self.state.newest() > newest {
                    self.heard = Instant::now();
                    // A line that was just written knows it better.
                    self.present = self.present.filter(|_| !self.is_caught_up());
                }
            }
            News::State { source, state, caught_up } => {
                self.sources[source].trouble = state.is_trouble();
                self.states[source] = state.to_string();
                self.show_state(source);
                if caught_up {
                    self.catch_up(source);
                }
            }
            News::Lost { source, gap } => {
                // How many lines those bytes were is not known; a line of a mail log is about 200.
                let lines = (gap.bytes / 200).max(1);
                let view = &mut self.sources[source];
                view.lost += lines;
                let before = view.gone.map_or(0, |gone| gone.bytes);
                view.gone = Some(Gone { bytes: before + gap.bytes, at: wall() });
                self.state.lose(lines);
                self.take_down(source, &lost(&gap));
            }
            News::Files { source, files } => {
                self.files[source] = files;
                let name =
                    format!("{} ({files} {})", self.names[source], if files == 1 { "file" } else { "files" });
                self.sources[source].name = Clean::from(name.as_str());
            }
            News::Past { source, share, since, is_done } => {
                self.past[source] = (!is_done).then_some((share, since));
                self.show_state(source);
                self.search_the_past();
            }
            News::Note { source, words } => self.take_down(source, &words),
            News::Skipped { source, bytes } => self.sources[source].skipped_bytes = bytes,
            News::Rotated { source } => self.sources[source].rotations += 1,
            News::Present { now } => {
                // Of several files, the one that was quiet for the shortest time.
                self.present = self.present.max(Some((now, Instant::now())));
            }
            News::Done { source, problem } => {
                self.done[source] = true;
                self.past[source] = None;
                self.sources[source].trouble = problem.is_some();
                self.sources[source].state = Clean::from(problem.as_deref().unwrap_or("read to its end"));
                self.catch_up(source);
            }
        }
    }

    /// Keeps what is said of a source, so long as there is room.
    fn take_down(&mut self, source: usize, words: &str) {
        let notes = &mut self.sources[source].notes;
        match notes.len() {
            ..NOTES => notes.push(Clean::from(words)),
            NOTES => notes.push(Clean::from("more is wrong with it; it is not told")),
            _ => {}
        }
    }

    /// Hands in the time that the log is played at; `None` where it is read without any.
    pub(super) fn set_clock(&mut self, clock: Option<Moment>) {
        self.clock = clock;
    }

    /// What the sources say of themselves while they are played.
    pub(super) fn say(&mut self, words: &str) {
        for (view, _) in self.sources.iter_mut().zip(&self.done).filter(|(_, done)| !**done) {
            view.state = Clean::from(words);
        }
    }

    /// What was read out of the order of time is looked through in it.
    pub(super) fn settle(&mut self) {
        if self.state.is_late() {
            self.watched = self.complete();
            self.state.watch_again(None, self.watched);
        }
    }

    /// Lines read so far.
    pub(super) fn lines(&self) -> u64 {
        self.sources.iter().map(|source| source.lines).sum()
    }

    /// What a batch says about its source.
    pub(super) fn take_note(&mut self, batch: &Batch) {
        let (view, kinds) = (&mut self.sources[batch.source], &mut self.kinds[batch.source]);
        view.lines += batch.lines;
        view.unparsed += batch.unparsed;
        let last = batch.events.last().map(|event| event.at);
        view.newest = view.newest.max(batch.newest).max(last);
        self.paces[batch.source].count(batch.lines);
        for (dialect, lines) in &batch.dialects {
            match kinds.iter_mut().find(|(known, _)| known == dialect) {
                Some((_, sum)) => *sum += lines,
                None => kinds.push((*dialect, *lines)),
            }
        }
        kinds.sort_by_key(|(_, lines)| Reverse(*lines));
        view.dialects = kinds.iter().map(|(dialect, _)| Clean::from(self.formats.id(*dialect))).collect();
        view.puzzling.extend(batch.puzzling.iter().take(PUZZLES - view.puzzling.len().min(PUZZLES)).cloned());
        if kinds.is_empty() {
            view.strange.extend_from_slice(&batch.strange);
        } else {
            view.strange.clear();
        }
    }

    /// The kinds of log of all sources, most lines first.
    fn dialects(&self) -> Vec<Clean> {
        let mut sums: Vec<(Dialect, u64)> = Vec::new();
        for (dialect, lines) in self.kinds.iter().flatten() {
            match sums.iter_mut().find(|(known, _)| known == dialect) {
                Some((_, sum)) => *sum += lines,
                None => sums.push((*dialect, *lines)),
            }
        }
        sums.sort_by_key(|(_, lines)| Reverse(*lines));
        sums.iter().map(|(dialect, _)| Clean::from(self.formats.id(*dialect))).collect()
    }

    /// The past of these will be read, behind what is live.
    pub(super) fn expect_past(&mut self, inputs: &[Input]) {
        self.is_following = true;
        for (past, input) in self.past.iter_mut().zip(inputs) {
            *past = (!matches!(input, Input::Stdin)).then_some((0, None));
        }
        // A folder's files may be read side by side.
        let blocks = |input: &Input| match input {
            Input::File(_) => 1,
            Input::Many(_) => SIDE_BY_SIDE,
            Input::Stdin => 0,
        };
        match inputs.iter().map(blocks).sum() {
            0 => {}
            blocks => self.state.expect_past(blocks),
        }
    }

    /// How many files a source has; 0 where one was named.
    pub(super) fn files(&self, source: usize) -> usize {
        self.files[source]
    }

    fn show_state(&mut self, source: usize) {
        let state = &self.states[source];
        self.sources[source].state = match self.past[source] {
            Some((share, _)) => Clean::from(format!("{state} · history {share} %").as_str()),
            None => Clean::from(state.as_str()),
        };
    }

    /// While the past is read: from when on everything is counted.
    fn complete_since(&self) -> Option<Moment> {
        let now = self.state.newest();
        self.past.iter().flatten().filter_map(|(_, since)| since.or(now)).max()
    }

    /// Looks for incidents in what was read of the past: at its end, and whenever so much more of
    /// it is complete that a look through all of it is worth its time.
    fn search_the_past(&mut self) {
        let (now, complete) = (self.now(), self.complete());
        if self.past.iter().all(Option::is_none) {
            self.state.end_past();
            if std::mem::take(&mut self.is_partly_searched) {
                self.state.watch_again(None, complete);
            }
            return;
        }
        let Some(since) = self.complete_since() else { return };
        let reach = now.since(since);
        if reach >= SEARCHED && reach >= self.searched * 2 {
            self.searched = reach;
            self.state.watch_again(Some(since), complete);
        }
    }

    /// Once all sources are read up to now, incidents are looked for in the order of time, which
    /// sources that were read side by side did not have, nor has a file that several clocks wrote.
    fn catch_up(&mut self, source: usize) {
        let before = self.is_caught_up();
        self.caught_up[source] = true;
        let is_due = self.is_following && (self.sources.len() > 1 || self.state.is_late());
        if !before && self.is_caught_up() && is_due {
            let since = self.complete_since();
            self.state.watch_again(since, self.complete());
            // A small log has no past: what was read of it is older than `since` all the same.
            self.is_partly_searched |= since.is_some();
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
    pub(super) fn now(&self) -> Moment {
        if let Some(clock) = self.clock {
            return clock;
        }
        let Some(newest) = self.state.newest() else { return wall() };
        if self.done.iter().all(|done| *done) {
            return newest;
        }
        if !self.is_caught_up() {
            return newest;
        }
        let since = |then: Instant| i64::try_from(then.elapsed().as_millis()).unwrap_or(i64::MAX);
        let told = self.present.map(|(now, then)| now.plus_millis(since(then)));
        newest.plus_millis(since(self.heard)).max(told.unwrap_or(newest))
    }

    /// Up to when everything was heard. Who follows waits for the slowest host's clock.
    fn complete(&self) -> Moment {
        self.now().plus_millis(-COMPLETE - if self.is_following { self.state.held_back() } else { 0 })
    }

    /// Looks for incidents when `step` milliseconds of log time are complete since the last look. Where
    /// files are read side by side, all of them were heard up to `heard`.
    pub(super) fn watch(&mut self, step: i64, heard: Option<Moment>) {
        // Before the first line the present is the wall's, and a log may be hours behind that.
        if self.state.newest().is_none() {
            return;
        }
        let complete = self.complete();
        let complete = heard.map_or(complete, |heard| heard.plus_millis(-COMPLETE).min(complete));
        if self.is_following && self.watched.since(complete) > REWIND {
            // A host was heard whose clock is behind: what it says was taken for past.
            self.watched = complete;
            self.state.watch_again(self.complete_since(), complete);
        } else if complete.since(self.watched) >= step {
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

    pub(super) fn picture(&mut self, now: Moment, mode: Mode) -> Snapshot {
        let lag = match (mode, self.state.newest()) {
            (Mode::Live, Some(newest)) => self.clock.unwrap_or_else(wall).since(newest).max(0),
            _ => 0,
        };
        for (view, pace) in self.sources.iter_mut().zip(&mut self.paces) {
            view.lines_per_second = pace.rate();
        }
        let pace = Pace { lines_per_second: self.pace.rate(), lag };
        let since = self.complete_since();
        let mut picture = self.state.snapshot(now, mode, self.sources.clone(), self.dialects(), pace, since);
        if let (Some(skew), Some(source)) = (&picture.skew, picture.sources.first_mut()) {
            source.notes.push(Clean::from(skew.told().as_str()));
        }
        picture
    }

    /// Absorbs and publishes until there is nobody left to hear from or to tell.
    pub(super) fn run(mut self, news: &Receiver<News>, publisher: &Publisher, stop: &AtomicBool) {
        let mut published = Instant::now();
        let mut changed = true;
        while !stop.load(Ordering::Relaxed) {
            let due = published + if changed { FRAME } else { TICK };
            match news.recv_deadline(due) {
                Ok(piece) => {
                    self.hear(piece);
                    self.watch(if self.is_caught_up() { 500 } else { WATCH }, None);
                    changed = true;
                    if Instant::now() < due {
                        continue;
                    }
                }
                Err(RecvTimeoutError::Timeout) => {
                    self.listen();
                    self.watch(500, None);
                }
                Err(RecvTimeoutError::Disconnected) => {
                    let now = self.now();
                    self.state.watch(now.plus_millis(1 - self.state.held_back()));
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
