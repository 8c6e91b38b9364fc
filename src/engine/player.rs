//! Plays a log that was written long ago as if it were written now: at the log's own pace, or any other.
//!
//! The way of the data is the one of reading; only that every event waits for its time. The player has
//! the clock, the log's, and hands it to the owner: stages see no difference. What comes before the
//! beginning is read without waiting, so that there is something to compare with.

use std::cell::Cell;
use std::fs::File;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError};

use super::batch::{Batch, Event};
use super::handle::{Handle, Play, Publisher, handle};
use super::input::{Input, Problems, first_moment, in_order};
use super::merged::{self, Heard, NEXT, Pace, What, due};
use super::owner::{FRAME, Owner};
use super::pages::Logs;
use super::run::{HEAD, News, RunError, TICK, WATCH, changed, finish, of_many, spawn, wall};
use super::setup::Setup;
use super::snapshot::{Mode, Playing, Snapshot};
use super::speed::Speed;
use super::trace::{Recent, Tracer};
use crate::aggregate::Rings;
use crate::model::Moment;
use crate::source::{self, Packing};

/// What is asked for while nothing is heard of it.
const WAITING: usize = 16;
/// A stamp further ahead than this, in milliseconds, is astray where the next ones are not.
const AHEAD: i64 = 3_600_000;
/// Stamps of several files may be so far out of order, in milliseconds: what comes later than this after
/// the end is not read.
const BEYOND: i64 = 600_000;
/// The least time that a piece covers, in milliseconds.
const PIECE: i64 = 1_000;
/// The clock does not run further ahead of what is heard.
const BEHIND: Duration = Duration::from_millis(150);
/// Log time between two looks for incidents, in milliseconds.
const LOOK: i64 = 500;

/// How a log is to be played.
#[derive(Copy, Clone, Debug, Default)]
pub struct Replay {
    /// Where it begins: what comes in the day before is read as history. Without it, at the first line.
    pub from: Option<Moment>,
    /// Where it ends: at the last line without it.
    pub until: Option<Moment>,
    /// How fast.
    pub speed: Speed,
    /// Stand still at the beginning.
    pub paused: bool,
}

/// The first and the last stamp of all files, as far as they tell without being read: what is packed does
/// not tell its end.
#[must_use]
pub fn begins(inputs: &[Input], setup: &Setup) -> (Option<Moment>, Option<Moment>) {
    let paths: Vec<PathBuf> = inputs.iter().flat_map(Input::paths).collect();
    let first = paths.iter().filter_map(|path| first_moment(path, setup)).min();
    (first, ends(paths.iter().map(|path| Some(path.as_path())), setup))
}

/// Plays the inputs, until `stop` is set or nobody holds the handle any more; the handle shows what was
/// counted, and takes what is asked of the player.
///
/// # Errors
/// When the system gives no thread.
pub fn replay(
    inputs: Vec<Input>,
    setup: &Setup,
    replay: Replay,
    stop: Arc<AtomicBool>,
) -> Result<Handle, RunError> {
    let mut setup = setup.clone();
    // Nothing that is older is counted anyway, and a long file need not be read from its beginning.
    setup.since = replay.from.map(|from| from.plus_millis(-Rings::reach())).max(setup.since);
    setup.until = replay.until;
    let mut owner = Owner::new(&setup, inputs.iter().map(Input::name));
    let recent = inputs.iter().any(|input| matches!(input, Input::Stdin)).then(Recent::default);
    let tracer = Tracer::new(&inputs, recent.clone(), &setup);
    let logs = Logs::new(&inputs, recent.as_ref(), &setup);
    let (player, asked) = crossbeam_channel::bounded(WAITING);
    let playing = Playing {
        speed: replay.speed,
        paused: replay.paused,
        until: replay.until,
        filling: replay.from.is_some(),
    };
    let first = Snapshot { playing: Some(playing), ..owner.picture(wall(), Mode::Reading) };
    let (publisher, handle) = handle(first);
    spawn("replay", move || {
        let files = in_order(inputs, &setup, &mut owner);
        let until = playing.until.or_else(|| ends(files.iter().map(|(_, path)| path.as_deref()), &setup));
        let player = Player {
            owner,
            publisher,
            asked,
            stop,
            from: replay.from,
            until: replay.until,
            playing: Playing { until, ..playing },
            clock: None,
            told: Moment::default(),
            is_over: false,
            shown: Instant::now(),
            heard: Instant::now(),
        };
        player.play_all(&files, &setup, recent.as_ref());
    })?;
    Ok(handle.reading_again(tracer, logs).played_by(player))
}

/// The last stamp of files that end with plain text.
fn ends<'p>(paths: impl Iterator<Item = Option<&'p Path>>, setup: &Setup) -> Option<Moment> {
    let end = |path: &Path| {
        // Looking into a pipe would take away what is in it.
        if !std::fs::metadata(path).ok()?.is_file() || !Packing::of_file(path).ok()?.is_plain() {
            return None;
        }
        let mut file = File::open(path).ok()?;
        let mut head = Vec::new();
        std::io::Read::read_to_end(&mut std::io::Read::take(&mut file, HEAD), &mut head).ok()?;
        let mut parser = setup.parser(path, changed(path));
        parser.preface(&head);
        source::last(&file, &mut |line| parser.moment(line)).ok()?
    };
    paths.map(|path| end(path?)).try_fold(None, |last: Option<Moment>, end| Some(last.max(Some(end?))))?
}

/// What log time it is: so much at this moment of the wall's clock.
#[derive(Copy, Clone, Debug)]
struct Clock {
    log: Moment,
    wall: Instant,
}

/// Plays.
struct Player {
    owner: Owner,
    publisher: Publisher,
    asked: Receiver<Play>,
    stop: Arc<AtomicBool>,
    from: Option<Moment>,
    until: Option<Moment>,
    playing: Playing,
    /// `None` until it begins.
    clock: Option<Clock>,
    /// The time that was handed to the owner last.
    told: Moment,
    /// Whether the end that was asked for is reached.
    is_over: bool,
    /// When a picture was shown last, and when something was heard.
    shown: Instant,
    heard: Instant,
}

impl Player {
    fn play_all(mut self, files: &[(usize, Option<PathBuf>)], setup: &Setup, recent: Option<&Recent>) {
        let mut problems: Vec<Problems> = self.owner.sources.iter().map(|_| Problems::default()).collect();
        let piece = Cell::new(PIECE);
        let pace = Pace { piece: &piece, is_played: true, recent };
        let read = merged::read(files, setup, pace, &mut |Heard { source, name, what, complete }| {
            let goes_on = match what {
                What::News(News::Batch(batch)) => self.play(batch, complete),
                What::News(news) => {
                    self.owner.hear(of_many(news, &name, self.owner.files(source) > 0));
                    true
                }
                What::End(read) => {
                    problems[source].add(name, read);
                    true
                }
            };
            piece.set(self.piece());
            goes_on && !self.is_stopped()
        });
        if let (Err(error), Some(first)) = (read, problems.first_mut()) {
            first.add("replay".to_owned(), Err(RunError::Thread(error).to_string()));
        }
        self.end(problems);
    }

    /// Everything was played, or enough of it.
    fn end(mut self, problems: Vec<Problems>) {
        self.owner.set_clock(None);
        let playing = Playing { paused: false, filling: false, ..self.playing };
        let last = match finish(&mut self.owner, problems) {
            Ok(last) => last,
            // What is wrong stands with the sources.
            Err(_) => self.owner.picture(wall(), Mode::Ended),
        };
        self.publisher.publish(Snapshot { playing: Some(playing), ..last });
    }

    fn is_stopped(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Hears a batch in its time. False where nothing more is to be played.
    fn play(&mut self, batch: Box<Batch>, complete: Option<Moment>) -> bool {
        if batch.events.is_empty() {
            self.hear(batch, complete);
            return true;
        }
        let mut rest = Some(batch);
        if self.clock.is_none() {
            let Some(batch) = rest.take() else { return true };
            let (before, begun) = match self.from {
                Some(from) => merged::split_where(batch, |events, at| events[at].at >= from),
                None => (Box::default(), Some(batch)),
            };
            self.hear(before, complete);
            while let Ok(asked) = self.asked.try_recv() {
                self.obey(asked);
            }
            rest = begun;
            if let Some(begun) = &rest {
                self.begin(self.from.unwrap_or_else(|| due(&begun.events)));
            }
        }
        while let Some(batch) = rest.take() {
            let due = due(&batch.events);
            if let Some(until) = self.until.filter(|until| due >= *until) {
                if !self.is_over && !self.wait(until) || due.since(until) > BEYOND {
                    return false;
                }
                self.is_over = true;
                self.hear(batch, complete);
                continue;
            }
            if !self.is_over && !self.wait(due) {
                return false;
            }
            if self.playing.speed == Speed::Max {
                // As it is read where nothing is played.
                self.owner.set_clock(None);
                self.hear(batch, complete);
                self.turn_to(self.owner.now().max(self.log()));
                continue;
            }
            let now = self.log();
            let (ready, left) = merged::split_where(batch, |events, at| !is_due(events, at, now));
            self.hear(ready, complete);
            rest = left;
        }
        true
    }

    /// The history before the beginning was read.
    fn begin(&mut self, at: Moment) {
        self.playing.filling = false;
        self.turn_to(at);
        self.owner.say("played");
        self.owner.settle();
        self.show();
    }

    fn hear(&mut self, batch: Box<Batch>, complete: Option<Moment>) {
        self.owner.hear(News::Batch(batch));
        let is_slow = self.clock.is_some() && self.playing.speed != Speed::Max;
        self.owner.watch(if is_slow { LOOK } else { WATCH }, complete);
        self.heard = Instant::now();
        if self.shown.elapsed() >= FRAME {
            self.show();
        }
    }

    /// What log time it is.
    fn log(&self) -> Moment {
        let Some(clock) = self.clock else { return Moment::default() };
        match self.playing.speed {
            _ if self.playing.paused => clock.log,
            Speed::Max => clock.log,
            speed => clock.log.plus_millis(speed.log(clock.wall.elapsed())),
        }
    }

    /// Waits until it is `due`, and, where that was long ago, until the next picture. False where nobody
    /// watches any more.
    fn wait(&mut self, due: Moment) -> bool {
        loop {
            if self.is_stopped() {
                return false;
            }
            if self.playing.paused {
                self.show();
                // Nothing is to be done until somebody asks for it.
                let Ok(asked) = self.asked.recv() else { return false };
                self.obey(asked);
                continue;
            }
            if self.playing.speed == Speed::Max {
                match self.asked.try_recv() {
                    Ok(asked) => self.obey(asked),
                    Err(crossbeam_channel::TryRecvError::Disconnected) => return false,
                    Err(crossbeam_channel::TryRecvError::Empty) => {
                        self.turn_to(self.log().max(due));
                        return true;
                    }
                }
                continue;
            }
            let now = self.log();
            if due <= now {
                // Where reading is slower than the clock, the clock waits for it: windows are never empty
                // because nothing was heard yet.
                let behind = now.since(due) > self.playing.speed.log(BEHIND);
                self.turn_to(if behind { due.max(self.told) } else { now });
                return true;
            }
            let still =
                self.playing.speed.wall(due.since(now)).max(FRAME.saturating_sub(self.heard.elapsed()));
            let picture = self.between().saturating_sub(self.shown.elapsed());
            match self.asked.recv_timeout(still.min(picture)) {
                Ok(asked) => self.obey(asked),
                Err(RecvTimeoutError::Disconnected) => return false,
                Err(RecvTimeoutError::Timeout) => {
                    if self.shown.elapsed() >= self.between() {
                        self.tell(self.log().min(due));
                        self.owner.watch(LOOK, None);
                        self.show();
                    }
                }
            }
        }
    }

    /// Between two pictures that differ in time only: a second of the log, as far as it can be seen.
    fn between(&self) -> Duration {
        self.playing.speed.wall(1_000).clamp(FRAME, TICK)
    }

    /// The clock goes on from `log`.
    fn turn_to(&mut self, log: Moment) {
        self.clock = Some(Clock { log, wall: Instant::now() });
        self.tell(log);
    }

    fn tell(&mut self, log: Moment) {
        self.told = log;
        self.owner.set_clock(Some(log));
    }

    fn obey(&mut self, asked: Play) {
        let log = self.log();
        match asked {
            Play::Pause => self.playing.paused = !self.playing.paused,
            Play::Slower => self.playing.speed = self.playing.speed.slower(),
            Play::Faster => self.playing.speed = self.playing.speed.faster(),
        }
        if self.clock.is_some() {
            self.turn_to(log);
        }
        self.show();
    }

    /// The time that a piece of a file covers: what goes by between two pictures.
    fn piece(&self) -> i64 {
        match self.playing.speed {
            Speed::Max => merged::PIECE,
            speed => speed.log(FRAME).max(PIECE),
        }
    }

    fn show(&mut self) {
        let mode = if self.clock.is_some() { Mode::Live } else { Mode::Reading };
        let picture = self.owner.picture(self.owner.now(), mode);
        self.publisher.publish(Snapshot { playing: Some(self.playing), ..picture });
        self.shown = Instant::now();
    }
}

/// Whether an event is due by `now`: one that is far ahead alone has its turn with the others.
fn is_due(events: &[Event], at: usize, now: Moment) -> bool {
    let is_far = |event: &Event| event.at.since(now) > AHEAD;
    events[at].at <= now || is_far(&events[at]) && !events.iter().skip(at + 1).take(NEXT).all(is_far)
}
