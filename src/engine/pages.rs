//! The lines of the sources as they are written, a page at a time: what the raw log shows.
//!
//! Lines are not kept: each page is read from its source again, a bounded piece from a place on, so that
//! the end of a log of any length is as near as its beginning. A filter that lets little through reads a
//! bounded stretch for each page and tells how far it came. A packed file is unpacked when it is come to.

mod chain;
mod look;
mod page;
mod sought;
mod unpacked;

use std::path::PathBuf;
use std::sync::Arc;
use std::time::Duration;

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender};

use super::Filter;
use super::input::{Input, STDIN};
use super::run::{self, RunError};
use super::setup::Setup;
use super::trace::Recent;
use crate::model::{Enhanced, Moment, Outcome, Verdict};
use crate::source::Listing;
use crate::text::Clean;

use page::Pager;

/// Between two looks at a log to whose end nothing was written.
const TICK: Duration = Duration::from_millis(100);
/// Looks after which a last line that lacks its end is shown as it is.
const STALE: u32 = 10;
/// Orders that wait.
const WAITING: usize = 16;

/// Where a line begins.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct LinePlace {
    /// Which file: its device and inode, 0 and 0 for standard input.
    pub file: (u64, u64),
    /// The offset of its first byte.
    pub offset: u64,
}

/// One line as it is written.
#[derive(Clone, Debug)]
pub struct LogLine {
    /// Where it begins.
    pub place: LinePlace,
    /// The line, as it stands in the log unless it is described; what is beyond 8 KiB is cut.
    pub text: Clean,
    /// Whether it holds what a terminal would obey or not show, so that `text` describes it.
    pub is_described: bool,
    /// What it tells.
    pub says: LogSays,
    /// Whether a filter is set that shows it.
    pub is_match: bool,
}

/// What a line tells.
#[derive(Clone, Debug)]
pub enum LogSays {
    /// A delivery attempt, or several.
    Attempt(Box<LogAttempt>),
    /// It looks like one and could not be read, and why.
    Unparsed(&'static str),
    /// Nothing of a delivery.
    Other,
}

/// The worst delivery attempt of a line.
#[derive(Clone, Debug)]
pub struct LogAttempt {
    /// What the MTA did.
    pub outcome: Outcome,
    /// The remote reply's basic code.
    pub code: Option<u16>,
    /// The remote reply's enhanced code.
    pub enhanced: Option<Enhanced>,
    /// When it was logged.
    pub at: Moment,
    /// The queue id.
    pub queue_id: Clean,
    /// The recipient.
    pub recipient: Clean,
    /// The provider's name.
    pub provider: Option<Clean>,
    /// What the reply means; `None` for a delivery.
    pub verdict: Option<Arc<Verdict>>,
    /// Attempts that the line tells beside it.
    pub more: u32,
}

/// A line that is looked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// The queue id that stands in it.
    pub queue_id: Clean,
    /// When it was logged.
    pub at: Moment,
    /// The recipient, where one is known.
    pub recipient: Clean,
    /// The line itself, where it is known.
    pub text: Clean,
}

/// What is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Wish {
    /// The newest lines.
    End,
    /// The oldest lines that are there.
    Begin,
    /// The lines before a place.
    Before(LinePlace),
    /// The lines from a place on.
    After(LinePlace),
    /// The same, as soon as there are any.
    Watch(LinePlace),
    /// The next line that the filter shows: from a place on, or before it.
    Match {
        /// Where to begin.
        from: LinePlace,
        /// From there on, or before it.
        forward: bool,
    },
    /// The place of a line.
    Line(Sought),
}

/// An order for a page.
#[derive(Clone, Debug)]
pub struct Order {
    /// Comes back with the page.
    pub ticket: u64,
    /// Which source, in the order of the console's.
    pub source: usize,
    /// What lines are shown, or marked.
    pub filter: Filter,
    /// Whether the others are left out.
    pub only: bool,
    /// What is wanted.
    pub wish: Wish,
}

/// An answer to an order.
#[derive(Clone, Debug, Default)]
pub struct Page {
    /// The order's.
    pub ticket: u64,
    /// Which source it is of: a line may have been found in another one.
    pub source: usize,
    /// The lines, oldest first; at most 300, and some 256 KiB of text.
    pub lines: Vec<LogLine>,
    /// Where to go on upwards; `None` where nothing was read.
    pub from: Option<LinePlace>,
    /// Where to go on downwards; `None` where nothing was read.
    pub to: Option<LinePlace>,
    /// Whether there is nothing further that way.
    pub is_end: bool,
    /// Where what was looked for stands.
    pub found: Option<LinePlace>,
    /// What was read is not there any more: the log was truncated.
    pub is_gone: bool,
    /// How far was read: the place, the name of its file without the folder, and that file's bytes.
    pub at: Option<(LinePlace, Clean, u64)>,
    /// Where older lines are than those that can be scrolled to.
    pub older: Option<Clean>,
    /// Why nothing can be read, or nothing new.
    pub trouble: Option<Clean>,
}

/// What pages can be read of: every source of a running console.
#[derive(Clone, Debug)]
pub struct Logs {
    sources: Vec<(Clean, Log)>,
    setup: Setup,
}

/// Where a source's lines are.
#[derive(Clone, Debug)]
enum Log {
    File(PathBuf),
    Many(Listing),
    Stream(Recent),
}

impl Logs {
    pub(super) fn new(inputs: &[Input], recent: Option<&Recent>, setup: &Setup) -> Self {
        let sources = inputs.iter().map(|input| {
            let log = match input {
                Input::File(path) => Log::File(path.clone()),
                Input::Many(listing) => Log::Many(listing.clone()),
                Input::Stdin => Log::Stream(recent.cloned().unwrap_or_default()),
            };
            (Clean::from(input.name().as_str()), log)
        });
        Self { sources: sources.collect(), setup: setup.clone() }
    }

    /// The sources' names, in the order of the console's.
    #[must_use]
    pub fn names(&self) -> Vec<Clean> {
        self.sources.iter().map(|(name, _)| name.clone()).collect()
    }

    /// Begins to read pages in a thread of its own; dropping the answer ends it.
    ///
    /// # Errors
    /// When the system gives no thread.
    pub fn begin(&self) -> Result<Paging, RunError> {
        let (ask, orders) = crossbeam_channel::bounded(WAITING);
        let (answer, pages) = crossbeam_channel::bounded(WAITING);
        let mut pager = Pager::new(self);
        run::spawn("raw log", move || serve(&mut pager, &orders, &answer))?;
        Ok(Paging { orders: ask, pages })
    }
}

/// Pages that are read in the background.
#[derive(Debug)]
pub struct Paging {
    orders: Sender<Order>,
    pages: Receiver<Page>,
}

impl Paging {
    /// Orders a page; a page that is waited for is given up. `false` where nobody reads any more, or too
    /// many orders wait.
    #[must_use]
    pub fn order(&self, order: Order) -> bool {
        self.orders.try_send(order).is_ok()
    }

    /// Where the pages come.
    #[must_use]
    pub const fn pages(&self) -> &Receiver<Page> {
        &self.pages
    }
}

/// Answers orders until nobody asks any more; of those that wait, the newest.
fn serve(pager: &mut Pager, orders: &Receiver<Order>, answer: &Sender<Page>) {
    while let Ok(order) = orders.recv() {
        let mut order = orders.try_iter().last().unwrap_or(order);
        while let Wish::Watch(from) = order.wish {
            match watch(pager, &order, from, orders) {
                Watched::Came(page) => {
                    if answer.send(*page).is_err() {
                        return;
                    }
                    break;
                }
                Watched::Asked(other) => order = *other,
                Watched::Over => return,
            }
        }
        if !matches!(order.wish, Wish::Watch(_)) {
            let page = pager.page(&order, &mut || !orders.is_empty());
            if answer.send(page).is_err() {
                return;
            }
        }
    }
}

/// How watching ended.
enum Watched {
    /// Something came.
    Came(Box<Page>),
    /// Something else was asked for.
    Asked(Box<Order>),
    /// Nobody asks any more.
    Over,
}

/// Looks at the end of a log until something is there.
fn watch(pager: &mut Pager, order: &Order, from: LinePlace, orders: &Receiver<Order>) -> Watched {
    let mut unchanged = 0;
    loop {
        if let Some(page) = pager.look(order, from, unchanged >= STALE) {
            return Watched::Came(Box::new(page));
        }
        unchanged = if pager.grew() { 0 } else { unchanged.saturating_add(1) };
        match orders.recv_timeout(TICK) {
            Ok(other) => return Watched::Asked(Box::new(orders.try_iter().last().unwrap_or(other))),
            Err(RecvTimeoutError::Timeout) => {}
            Err(RecvTimeoutError::Disconnected) => return Watched::Over,
        }
    }
}

/// Whole lines of a block, without their ends, each with its offset.
struct LineOf<'b> {
    rest: &'b [u8],
    at: u64,
}

impl<'b> LineOf<'b> {
    const fn new(block: &'b [u8], at: u64) -> Self {
        Self { rest: block, at }
    }
}

impl<'b> Iterator for LineOf<'b> {
    type Item = (&'b [u8], u64);

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let end = memchr::memchr(b'\n', self.rest);
        let (line, rest) = match end {
            Some(end) => (&self.rest[..end], &self.rest[end + 1..]),
            None => (self.rest, &self.rest[self.rest.len()..]),
        };
        let at = self.at;
        self.at += (self.rest.len() - rest.len()) as u64;
        self.rest = rest;
        Some((line.strip_suffix(b"\r").unwrap_or(line), at))
    }
}

/// The name that standard input has on the screen.
fn stream_name() -> Clean {
    Clean::from(STDIN)
}

#[cfg(test)]
mod tests;
