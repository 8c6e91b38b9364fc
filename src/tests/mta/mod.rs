//! What the end-to-end tests with real MTAs share: a scripted sink, a private name service, the
//! mail that is sent, and what a report on the MTA's log must then say.
//!
//! Each MTA has a file of its own beside this one (`postfix.rs`, …) with its configuration and its
//! implementation of [`Mta`]; a test includes that file and calls [`play::play`] with its `start`.

pub(crate) mod compare;
pub(crate) mod fold;
pub(crate) mod names;
pub(crate) mod play;
pub(crate) mod script;
pub(crate) mod sink;

use std::io;
use std::path::Path;

use fold::{Codes, codes, outcome};
use sink::Record;

/// The domain that the messages come from; its bounces are thrown away.
pub(crate) const SENDER_DOMAIN: &str = "lists.sender.example";

/// Where the MTA itself listens, for the noise of strangers.
pub(crate) const INBOUND: (&str, u16) = ("127.25.9.9", 2525);

/// A running MTA that resolves names at [`names::RESOLVER`], listens at [`INBOUND`], and throws away
/// what is addressed to [`SENDER_DOMAIN`].
pub(crate) trait Mta {
    /// The log that it writes.
    fn log(&self) -> &Path;

    /// Hands a message to it as a local program would.
    fn send(&self, sender: &str, recipients: &[String]) -> io::Result<()>;

    /// Tries what is in the queue, in the `number`th round (from 1); from the second round on
    /// everything is tried, destinations that were given up on included. Returns when nothing is on
    /// its way.
    fn round(&self, number: usize) -> io::Result<()>;

    /// Stops it; the log is complete then.
    fn stop(&self) -> io::Result<()>;

    /// What it does with the recipients of an answer: "delivered", "deferred" or "rejected".
    fn outcome(&self, record: &Record) -> &'static str {
        match outcome(record) {
            "rejected" if record.length > self.longest_reply() => "deferred",
            outcome => outcome,
        }
    }

    /// Bytes of a reply that it reads; what is longer counts as no answer.
    fn longest_reply(&self) -> usize {
        usize::MAX
    }

    /// The codes of an answer, as far as it logs them.
    fn codes(&self, record: &Record) -> Codes {
        record.line.as_deref().map_or((None, None), codes)
    }

    /// Whether it tells of recipients what a server said that refused to talk; else each of them has
    /// an attempt without a code, tried or not.
    fn tells_refusals(&self) -> bool {
        true
    }

    /// Lines without recipient that it logs about the answers of one host, which may be the last
    /// one that its destination has.
    fn non_final(&self, records: &[Record], is_last: bool) -> u64 {
        if is_last { 0 } else { records.len() as u64 }
    }

    /// Whether it logs a line without recipient also where nobody listens.
    fn refusals_are_lines(&self) -> bool {
        false
    }
}
