//! Which addresses to send to no more: the logs are read again, every attempt of them.
//!
//! Listed is an address whose last word from its server is that the address is at fault, for good.
//! Not listed is whoever was delivered to since it was first said, whoever's server has said something
//! else since, and whatever blames anybody but the address.
//!
//! Three passes over the same files keep memory to a few bytes an address: the first finds who was
//! blamed (and counts what blames somebody else), the second who lives all the same, the third tells
//! the list while it reads. What was written to a file meanwhile changes nothing but to leave out.

mod judge;
mod list;

use std::io;
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use super::batch::Batch;
use super::input::{Input, in_order};
use super::owner::Owner;
use super::run::{News, RunError, Worker, read_files};
use super::{Filter, Incident, Setup, Snapshot};
use crate::diagnose::incident::fault;
use crate::model::{Action, Category, Enhanced, Fault, Moment, Verdict};
use crate::text::Clean;
use judge::Judge;
use list::List;

/// What is asked for.
#[derive(Copy, Clone, Debug)]
pub struct Ask {
    /// The addresses to try again later instead of those to give up.
    pub temporary: bool,
    /// So many addresses are looked at; each costs about 40 bytes while the list is made.
    pub limit: usize,
}

impl Ask {
    /// What fits into about 70 MiB: 1,835,008 addresses.
    pub const MOST: usize = 1_835_008;

    /// What the console can spare: 114,688 addresses, less than 5 MiB.
    pub const IN_CONSOLE: usize = 114_688;
}

/// One line of the list.
#[derive(Debug)]
pub struct Suppressed<'a> {
    /// The address, its domain in lower case.
    pub address: &'a str,
    /// The provider's id, or the domain of the address.
    pub provider: Clean,
    /// The reply's basic code.
    pub code: u16,
    /// Its enhanced code.
    pub enhanced: Option<Enhanced>,
    /// The last reply.
    pub reply: Clean,
    /// When that was first said of the address.
    pub first: Moment,
    /// When it was last said.
    pub last: Moment,
    /// How often.
    pub count: u64,
    /// What the reply means and by which rule.
    pub verdict: &'a Verdict,
}

/// What is not on the list, and why.
#[derive(Debug)]
pub struct Left {
    /// Addresses on the list.
    pub listed: u64,
    /// Addresses that would be, were it not for the filter.
    pub passed_over: u64,
    /// Addresses that were delivered to since it was said.
    pub living: u64,
    /// Addresses whose server has said something else since.
    pub contradicted: u64,
    /// Replies that blame an address, but name another one than the recipient's.
    pub doubtful: u64,
    /// Replies about what is no address.
    pub invalid: u64,
    /// Replies about addresses beyond the limit: they were not looked at.
    pub over: u64,
    /// Replies that are no reason to list anybody, most first.
    pub refused: Vec<Refused>,
    /// Incidents in which some of the listed were judged, and how many were.
    pub during: Vec<(Incident, u64)>,
    /// Everything read, counted.
    pub snapshot: Snapshot,
}

/// Replies that blame somebody else, or nobody for good.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Refused {
    /// Why they were given.
    pub category: Category,
    /// Whose fault that is.
    pub fault: Fault,
    /// What it asks for.
    pub action: Action,
    /// How many.
    pub replies: u64,
}

/// Why there is no list.
#[derive(Debug, thiserror::Error)]
pub enum SuppressionError {
    /// The logs cannot be read.
    #[error(transparent)]
    Run(#[from] RunError),
    /// The list cannot be written.
    #[error("the list cannot be written: {0}")]
    Write(#[from] io::Error),
    /// The operator changed their mind.
    #[error("stopped; no list was written")]
    Stopped,
    /// A file is not what it was.
    #[error(
        "{name}: not the same file as a moment ago ({missing} addresses are gone from it); was it rotated? Try again"
    )]
    Changed {
        /// The first file.
        name: String,
        /// Addresses that were there.
        missing: u64,
    },
}

/// Lists addresses to give up, or to try again later, of those whose last reply the filter lets through.
/// `told` gets each once; the order is that of the
/// last replies in the files. `progress` hears what is read, and how many lines of it.
///
/// # Errors
/// When nothing can be read, when `told` fails, when a file changes its place meanwhile, or when `stop`
/// is set.
pub fn suppression(
    mut inputs: Vec<Input>,
    setup: &Setup,
    (ask, filter): (Ask, &Filter),
    stop: &AtomicBool,
    told: &mut dyn FnMut(&Suppressed<'_>) -> io::Result<()>,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<Left, SuppressionError> {
    let mut owner = Owner::new(setup, inputs.iter().map(Input::name));
    // A stream can be read once only: it is kept until the list is made.
    let mut kept = Vec::new();
    for input in &mut inputs {
        if matches!(input, Input::Stdin) {
            let mut file = tempfile::NamedTempFile::new()?;
            io::copy(&mut io::stdin().lock(), &mut file)?;
            *input = Input::File(file.path().to_owned());
            kept.push(file);
        }
    }
    let files = in_order(inputs, setup, &mut owner);
    let worker = Worker::new(setup).telling_delivered();
    let halt = || stop.load(Ordering::Relaxed);
    let mut list = List::new(ask);

    let mut judge = Judge::new(setup, ask);
    let mut heard = |batch: &Batch| {
        judge.each(batch, &mut |seen| list.find(seen));
        !halt()
    };
    let snapshot = read_files(owner, &files, &worker, &mut heard, progress)?;

    let mut judge = Judge::new(setup, ask);
    again(&worker, &files, &halt, &mut |batch| {
        judge.each(batch, &mut |seen| list.weigh(seen));
        Ok(())
    })?;

    let incidents = snapshot.incidents.clone();
    let (mut during, mut passed_over) = (vec![0; incidents.len()], 0);
    let mut judge = Judge::new(setup, ask);
    again(&worker, &files, &halt, &mut |batch| {
        let mut failed = Ok(());
        judge.each(batch, &mut |seen| {
            if failed.is_ok()
                && let Some((address, found)) = list.take(seen)
            {
                let Some(line) = seen.line(setup, &address, found) else { return };
                if !filter.is_empty() && !filter.lists(&line, &name_of(setup, &line.provider)) {
                    passed_over += 1;
                    return;
                }
                if let Some(at) = incidents.iter().position(|incident| is_during(incident, &line)) {
                    during[at] += 1;
                }
                failed = told(&line);
            }
        });
        failed
    })?;

    let missing = list.due().saturating_sub(list.listed);
    if missing > 0 {
        let name = files
            .iter()
            .find_map(|(_, path)| path.as_ref())
            .map_or(String::new(), |path| Clean::path(path).to_string());
        return Err(SuppressionError::Changed { name, missing });
    }
    let during = incidents.into_iter().zip(during).filter(|(_, count)| *count > 0).collect();
    let left = list.left(during, snapshot);
    Ok(Left { listed: left.listed - passed_over, passed_over, ..left })
}

/// What a provider is called; a domain is called as it is.
fn name_of(setup: &Setup, id: &str) -> String {
    setup.provider(id).map_or_else(|| id.to_owned(), |provider| provider.name.to_string())
}

/// Whether an incident is about addresses that are refused, and not about their sender.
#[must_use]
pub fn is_of_addresses(incident: &Incident) -> bool {
    fault(incident.category, 550) == Some(crate::diagnose::incident::Fault::Address)
}

/// Reads the files once more.
fn again(
    worker: &Worker,
    files: &[(usize, Option<PathBuf>)],
    halt: &dyn Fn() -> bool,
    heard: &mut dyn FnMut(&Batch) -> io::Result<()>,
) -> Result<(), SuppressionError> {
    for (source, path) in files {
        let mut failed = Ok(());
        // What could not be read was said the first time.
        let _ = worker.read_to_end(*source, path.clone(), &mut |news| {
            if let News::Batch(batch) = &news {
                failed = heard(batch);
            }
            failed.is_ok() && !halt()
        });
        failed?;
        if halt() {
            return Err(SuppressionError::Stopped);
        }
    }
    Ok(())
}

/// An address judged in the midst of an incident at its provider.
fn is_during(incident: &Incident, line: &Suppressed<'_>) -> bool {
    line.last >= incident.onset
        && incident.until.is_none_or(|until| line.last <= until)
        && incident.providers.contains(&line.provider)
}
