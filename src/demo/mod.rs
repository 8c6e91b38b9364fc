//! The demo: a bulk sender's live send, written as Postfix would log it into real files, so that
//! the same follower, parser and counters read it as in production.
//!
//! [`Demo::step`] is the play itself: lines in time order, the same for the same seed, no clock
//! inside. [`Demo::run`] paces it by the wall clock and writes the file. Every host, address and
//! sender is invented (RFC 2606 names, RFC 5737 and RFC 3849 addresses); what the receivers say is
//! what the real ones say.

mod entry;
mod incident;
pub mod names;
mod receivers;
mod replies;
mod scenario;
mod send;
mod sender;
mod words;

use std::fs::File;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use crate::model::Moment;
use send::Send;

pub use scenario::Scenario;

/// How much calm history lies before the live part, in milliseconds: enough for a baseline.
pub const HISTORY: i64 = 45 * 60 * 1000;

/// How long the live part stays calm, in milliseconds.
pub const CALM: i64 = 20 * 1000;

/// The file that the demo writes; the one before it is `mail.log.1`, as logrotate names it.
const LOG: &str = "mail.log";

/// The log is rotated at this size, so that a demo left running cannot fill a disk.
const ROTATE_AT: u64 = 64 * 1024 * 1024;

/// How often the live part writes: often enough that numbers move evenly on the screen.
const BEAT: Duration = Duration::from_millis(40);

/// Log time that is written at once at most, in milliseconds.
const STEP: i64 = 1_000;

/// What to play.
#[derive(Clone, Debug)]
pub struct Options {
    /// What goes wrong.
    pub scenario: Scenario,
    /// Log time per wall time: 1 is a live send. Values that are no positive number count as 1.
    pub speed: f64,
    /// The same seed gives the same log, byte for byte.
    pub seed: u64,
    /// The folder that the log is written into; made if it is not there.
    pub dir: PathBuf,
    /// Log time at which the live part begins; the history ends here.
    pub start: Moment,
}

/// Why the log could not be written.
#[derive(Debug, thiserror::Error)]
#[error("cannot write the demo's log {path}")]
pub struct DemoError {
    /// The file or folder.
    pub path: PathBuf,
    /// What the system says.
    #[source]
    pub cause: std::io::Error,
}

/// A send being played.
#[derive(Debug)]
pub struct Demo {
    options: Options,
    send: Send,
    history_written: bool,
    /// When the scene was set: the live part begins then, however long the history takes to write, so
    /// that its stamps are those of the wall clock.
    began: Instant,
}

impl Demo {
    /// Sets the scene; writes nothing yet.
    #[must_use]
    pub fn new(options: Options) -> Self {
        let send = Send::new(options.scenario, options.seed, options.start, HISTORY);
        Self { options, send, history_written: false, began: Instant::now() }
    }

    /// The log file.
    #[must_use]
    pub fn log(&self) -> PathBuf {
        self.options.dir.join(LOG)
    }

    /// Appends to `out` every line that is stamped before `until` and was not given out yet. How
    /// the time is cut into steps does not change a byte.
    pub fn step(&mut self, until: Moment, out: &mut Vec<u8>) {
        self.send.step(until, out);
    }

    /// Writes the calm history, if that was not done yet. Call it before the log is opened for
    /// reading, so that the first screen has a baseline.
    ///
    /// # Errors
    /// When the folder or the log cannot be made or written, or the folder holds a log already:
    /// it may be a real one.
    pub fn write_history(&mut self) -> Result<(), DemoError> {
        if self.history_written {
            return Ok(());
        }
        let dir = self.options.dir.clone();
        std::fs::create_dir_all(&dir).map_err(at(&dir))?;
        let log = self.log();
        for taken in [&rotated(&log), &log] {
            if taken.exists() {
                let why = "there is a log already, and the demo writes over nothing: name an empty folder";
                return Err(at(taken)(std::io::Error::new(std::io::ErrorKind::AlreadyExists, why)));
            }
        }
        let mut file = File::create_new(&log).map_err(at(&log))?;
        let mut lines = Vec::new();
        let start = self.options.start;
        let mut until = start.plus_millis(-HISTORY);
        while until < start {
            until = until.plus_millis(60_000).min(start);
            self.step(until, &mut lines);
            file.write_all(&lines).map_err(at(&log))?;
            lines.clear();
        }
        self.history_written = true;
        Ok(())
    }

    /// Plays until `stop`: the history at once, then the live part paced by the wall clock.
    ///
    /// # Errors
    /// When the folder or the log cannot be made, written or rotated.
    pub fn run(&mut self, stop: &AtomicBool) -> Result<(), DemoError> {
        self.write_history()?;
        let log = self.log();
        let mut file = append(&log)?;
        let mut size = file.metadata().map_err(at(&log))?.len();
        let speed =
            if self.options.speed.is_finite() && self.options.speed > 0.0 { self.options.speed } else { 1.0 };
        let mut lines = Vec::new();
        let mut played = 0;
        while !stop.load(Ordering::Relaxed) {
            #[expect(clippy::cast_possible_truncation, reason = "saturates, and a demo ends long before")]
            let due = (self.began.elapsed().as_secs_f64() * 1000.0 * speed) as i64;
            // A machine that cannot keep the pace is late, but holds little and can be stopped.
            while played < due && !stop.load(Ordering::Relaxed) {
                played = due.min(played + STEP);
                self.step(self.options.start.plus_millis(played), &mut lines);
                file.write_all(&lines).map_err(at(&log))?;
                size += lines.len() as u64;
                lines.clear();
                if size >= ROTATE_AT {
                    std::fs::rename(&log, rotated(&log)).map_err(at(&log))?;
                    file = append(&log)?;
                    size = 0;
                }
            }
            std::thread::sleep(BEAT);
        }
        Ok(())
    }
}

/// Where the log goes when it is rotated.
fn rotated(log: &Path) -> PathBuf {
    log.with_extension("log.1")
}

fn append(log: &Path) -> Result<File, DemoError> {
    File::options().create(true).append(true).open(log).map_err(at(log))
}

fn at(path: &Path) -> impl FnOnce(std::io::Error) -> DemoError {
    let path = path.to_owned();
    move |cause| DemoError { path, cause }
}

#[cfg(test)]
mod tests;
