//! What a worker hands to the owner of the state: small deltas, with the few texts that the owner
//! may want to keep beside them.

use std::sync::Arc;

use super::snapshot::Puzzle;
use crate::classify::Attribution;
use crate::model::{Enhanced, Moment, Outcome, Stage, Verdict};
use crate::parse::Dialect;
use crate::source::Place;
use crate::text::Clean;

/// The deltas of one block of lines of one source.
#[derive(Debug, Default)]
pub(super) struct Batch {
    /// The source's index.
    pub source: usize,
    /// Of which block of the past the lines are; `None` for lines that come in the order of time.
    pub past: Option<PastBlock>,
    /// How far the source's logs were read with these lines, where that is kept.
    pub places: Vec<Place>,
    /// Lines read.
    pub lines: u64,
    /// Lines that say nothing about outbound mail.
    pub no_interest: u64,
    /// Lines that looked like an attempt but did not parse.
    pub unparsed: u64,
    /// Refusals by a host that was not the last one tried.
    pub non_final: u64,
    /// Deliveries put off because an earlier one failed.
    pub suspended: u64,
    /// Messages given up for their age.
    pub expired: u64,
    /// Local deliveries.
    pub local: u64,
    /// Verification probes.
    pub verify: u64,
    /// Complaints.
    pub complaints: u64,
    /// Bounces that came back as mail.
    pub late_bounces: u64,
    /// Lines by the dialect that they were recognised as.
    pub dialects: Vec<(Dialect, u64)>,
    /// The first lines that looked like an attempt but did not parse.
    pub puzzling: Vec<Puzzle>,
    /// The first lines of the source that no MTA is known to write.
    pub strange: Vec<Clean>,
    /// The newest stamp on any line of interest.
    pub newest: Option<Moment>,
    /// Attempts and senders, in the order of the lines.
    pub events: Vec<Event>,
    /// The texts that the events point into.
    pub text: Vec<u8>,
    /// Names that events refer to by hash, where the worker first met them.
    pub names: Vec<(u64, Clean)>,
    /// Domains that attributions refer to by hash, where the worker first met them.
    pub domains: Vec<(u64, Clean)>,
}

/// A block of lines that were written before those that were read first.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct PastBlock {
    /// Different for every block of every source.
    pub number: u64,
    /// Whether these are its last lines.
    pub is_last: bool,
}

/// A piece of the batch's text.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Span {
    start: u32,
    length: u32,
}

/// One attempt or sender.
#[derive(Clone, Debug)]
pub(super) struct Event {
    /// When it was logged.
    pub at: Moment,
    /// Hash of MTA host and queue id.
    pub queue: u64,
    /// Hash of the instance.
    pub instance: u64,
    /// What it is.
    pub what: What,
}

/// What an event is.
#[derive(Clone, Debug)]
pub(super) enum What {
    /// The sender of the queue id.
    Sender(Span),
    /// An attempt.
    Attempt(Tried),
    /// A recipient's complaint.
    Complaint(Complained),
}

/// A complaint, attributed.
#[derive(Clone, Debug)]
pub(super) struct Complained {
    /// Who was addressed; nobody where the record does not name the recipient.
    pub attribution: Attribution,
    /// The envelope sender, where the record names it.
    pub sender: Option<Span>,
    /// The campaign that the record names; empty for none.
    pub campaign: Span,
}

/// An attempt, classified.
#[derive(Clone, Debug)]
pub(super) struct Tried {
    /// How many lines it stands for.
    pub times: u32,
    /// Its place in the sample of all attempts, drawn at random.
    pub chance: u32,
    /// Hash of the MTA host's name.
    pub host: u64,
    /// Hash of our source's name.
    pub source: u64,
    /// Who answered, who was addressed.
    pub attribution: Attribution,
    /// What the MTA did.
    pub outcome: Outcome,
    /// The remote reply's basic code, as it is counted.
    pub code: u16,
    /// The remote reply's enhanced code.
    pub enhanced: Option<Enhanced>,
    /// Where in the session.
    pub stage: Option<Stage>,
    /// Whether the connection was encrypted, where the log tells.
    pub tls: Option<bool>,
    /// The envelope sender, where the attempt's own record names it.
    pub sender: Option<Span>,
    /// The campaign that the record names; empty for none.
    pub campaign: Span,
    /// What the reply means; `None` for deliveries.
    pub verdict: Option<Arc<Verdict>>,
    /// What a sample shows; of deliveries recipient and relay of some, whose chances are lowest.
    pub shown: Shown,
}

/// The texts of a sample.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Shown {
    /// The recipient.
    pub recipient: Span,
    /// Relay host.
    pub relay_host: Span,
    /// Relay address.
    pub relay_ip: Span,
    /// The reply.
    pub reply: Span,
    /// The queue id.
    pub queue_id: Span,
}

impl Batch {
    /// Counts a line of `dialect`.
    pub(super) fn of(&mut self, dialect: Dialect) {
        // Neighbours are of one dialect.
        match self.dialects.iter_mut().find(|(known, _)| *known == dialect) {
            Some((_, lines)) => *lines += 1,
            None => self.dialects.push((dialect, 1)),
        }
    }

    /// Copies `bytes` into the text.
    pub(super) fn keep(&mut self, bytes: &[u8]) -> Span {
        let start = self.text.len() as u32;
        self.text.extend_from_slice(bytes);
        Span { start, length: bytes.len() as u32 }
    }

    /// The bytes of a span.
    pub(super) fn bytes(&self, span: Span) -> &[u8] {
        let start = span.start as usize;
        self.text.get(start..start + span.length as usize).unwrap_or_default()
    }
}
