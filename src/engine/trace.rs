//! Every line of one queue id, across files: the way of a message, read again from its sources.
//!
//! Raw lines are not kept in memory, so the files are searched: bytes first, and only the lines
//! that hold the id are parsed. What standard input said last is kept in a ring ([`Recent`]).

mod recent;
mod search;
mod word;

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::time::Duration;

use crossbeam_channel::Receiver;

pub(super) use recent::Recent;
pub use search::trace;
pub use word::{QueueId, QueueIdError};

use super::input::Input;
use super::run::{self, RunError};
use super::setup::Setup;
use crate::model::{Enhanced, Moment, Outcome, Verdict};
use crate::source::{Listing, is_elder};
use crate::text::Clean;

/// A message is given up after some five days; what was rotated away longer ago does not hold it.
const KEPT: Duration = Duration::from_secs(8 * 86_400);

/// What a search found.
#[derive(Clone, Debug, Default)]
pub struct Traced {
    /// What was looked for.
    pub id: Clean,
    /// The lines, in the order of time.
    pub lines: Vec<TracedLine>,
    /// Lines that hold the id and were not kept, because there were too many.
    pub more: u64,
    /// What was read, in the order of reading.
    pub searched: Vec<Searched>,
}

/// One line that holds the id.
#[derive(Clone, Debug)]
pub struct TracedLine {
    /// Which of [`Traced::searched`] it stands in.
    pub source: usize,
    /// Its number there, counted from 1.
    pub line: u64,
    /// When it was logged; `None` where it has no stamp that could be read.
    pub at: Option<Moment>,
    /// The line: as it stands in the log, unless it is described.
    pub text: Clean,
    /// Whether it holds what a terminal would obey or not show, so that `text` describes it.
    pub is_described: bool,
    /// Where the message begins in `text`, after stamp, program and id; 0 where it has no such head.
    pub said: usize,
    /// The delivery attempts that it tells, one for each recipient.
    pub attempts: Vec<TracedAttempt>,
    /// Other ids that it names, where the message goes on.
    pub names: Vec<Named>,
}

/// A delivery attempt on a traced line.
#[derive(Clone, Debug)]
pub struct TracedAttempt {
    /// The recipient.
    pub recipient: Clean,
    /// What the MTA did.
    pub outcome: Outcome,
    /// The remote reply's basic code.
    pub code: Option<u16>,
    /// The remote reply's enhanced code.
    pub enhanced: Option<Enhanced>,
    /// What the reply means; `None` for a delivery.
    pub verdict: Option<Arc<Verdict>>,
}

/// An id that a line names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Named {
    /// The id.
    pub id: Clean,
    /// What it is to the one that was looked for: "its bounce".
    pub why: &'static str,
}

/// One file or stream that was searched.
#[derive(Clone, Debug)]
pub struct Searched {
    /// Its path or name.
    pub name: Clean,
    /// Lines read.
    pub lines: u64,
    /// Why it was not read, or not to its end.
    pub problem: Option<Clean>,
}

impl Traced {
    /// Lines read in all sources.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.searched.iter().map(|searched| searched.lines).sum()
    }

    /// The other ids that the lines name, each once, in the order of time.
    #[must_use]
    pub fn see_also(&self) -> Vec<&Named> {
        let mut all: Vec<&Named> = Vec::new();
        for named in self.lines.iter().flat_map(|line| &line.names) {
            if !all.iter().any(|known| known.id == named.id) {
                all.push(named);
            }
        }
        all
    }

    /// The sources in which the id stands.
    #[must_use]
    pub fn sources(&self) -> usize {
        let mut sources: Vec<usize> = self.lines.iter().map(|line| line.source).collect();
        sources.sort_unstable();
        sources.dedup();
        sources.len()
    }
}

/// How far a search is.
#[derive(Debug, Default)]
pub struct Progress {
    read: AtomicU64,
    size: AtomicU64,
    found: AtomicU64,
}

impl Progress {
    /// Bytes read.
    #[must_use]
    pub fn read(&self) -> u64 {
        self.read.load(Ordering::Relaxed)
    }

    /// Bytes to read, as far as they are known.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size.load(Ordering::Relaxed)
    }

    /// Lines found.
    #[must_use]
    pub fn found(&self) -> u64 {
        self.found.load(Ordering::Relaxed)
    }
}

/// Traces in what a running console reads.
#[derive(Clone, Debug)]
pub struct Tracer {
    files: Vec<PathBuf>,
    /// Files that were named together; which those are is asked when they are searched.
    listings: Vec<Listing>,
    recent: Option<Recent>,
    setup: Setup,
}

impl Tracer {
    pub(super) fn new(inputs: &[Input], recent: Option<Recent>, setup: &Setup) -> Self {
        let (mut files, mut listings) = (Vec::new(), Vec::new());
        for input in inputs {
            match input {
                Input::File(path) => files.push(path.clone()),
                Input::Many(listing) => listings.push(listing.clone()),
                Input::Stdin => {}
            }
        }
        Self { files, listings, recent, setup: setup.clone() }
    }

    /// Begins to search in a thread of its own; dropping the answer ends it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn begin(&self, id: QueueId) -> Result<Tracing, RunError> {
        let progress = Arc::new(Progress::default());
        let stop = Arc::new(AtomicBool::new(false));
        let (send, answer) = crossbeam_channel::bounded(1);
        let tracing = Tracing { progress: Arc::clone(&progress), stop: Arc::clone(&stop), answer };
        let tracer = self.clone();
        run::spawn("trace", move || {
            let listed = tracer.listings.iter().flat_map(|listing| listing.paths(None));
            let files = with_rotated(&tracer.files).into_iter().chain(listed);
            let places = files.map(search::Place::File);
            let recent = tracer.recent.iter().map(search::Place::recent);
            let traced =
                search::in_places(&id, places.chain(recent).collect(), &tracer.setup, &progress, &stop);
            let _ = send.send(traced);
        })?;
        Ok(tracing)
    }
}

/// A search that goes on. Dropped, it is given up.
#[derive(Debug)]
pub struct Tracing {
    progress: Arc<Progress>,
    stop: Arc<AtomicBool>,
    answer: Receiver<Traced>,
}

impl Tracing {
    /// How far it is.
    #[must_use]
    pub fn progress(&self) -> &Progress {
        &self.progress
    }

    /// Where the answer comes, once.
    #[must_use]
    pub fn answer(&self) -> &Receiver<Traced> {
        &self.answer
    }
}

impl Drop for Tracing {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// The files, each with those that it was rotated to lately: `mail.log.1`, `maillog-20261120`.
#[must_use]
pub fn with_rotated(files: &[PathBuf]) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = Vec::new();
    for path in files.iter().cloned().chain(files.iter().flat_map(|path| rotated(path))) {
        if !all.contains(&path) {
            all.push(path);
        }
    }
    all
}

fn rotated(path: &Path) -> Vec<PathBuf> {
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified());
    let Some(name) = path.file_name() else { return Vec::new() };
    let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let oldest = changed(path).ok().and_then(|newest| newest.checked_sub(KEPT));
    let entries: io::Result<Vec<_>> = std::fs::read_dir(folder).and_then(Iterator::collect);
    let mut found: Vec<PathBuf> = entries
        .unwrap_or_default()
        .into_iter()
        .filter(|entry| is_elder(name, &entry.file_name()))
        .map(|entry| folder.join(entry.file_name()))
        .filter(|path| {
            path.is_file() && oldest.is_none_or(|oldest| changed(path).is_ok_and(|at| at >= oldest))
        })
        .collect();
    found.sort();
    found
}

#[cfg(test)]
mod tests;
