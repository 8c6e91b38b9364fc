//! One recipient's outcome of one delivery try, borrowed from the line that told it.

use super::{Enhanced, Moment, Stage};
use serde::Serialize;

/// What the MTA did with the recipient. What the *server* said is the code in the reply: a 554
/// greeting that Postfix turns into a deferral is `Deferred` here and 554 there.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Outcome {
    /// Handed over.
    Delivered,
    /// Kept for another try.
    Deferred,
    /// Given up.
    Rejected,
}

impl Outcome {
    /// The id that reports use.
    #[must_use]
    pub const fn id(self) -> &'static str {
        match self {
            Self::Delivered => "delivered",
            Self::Deferred => "deferred",
            Self::Rejected => "rejected",
        }
    }
}

/// The remote end of an attempt.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Relay<'a> {
    /// Host name as logged, or empty.
    pub host: &'a [u8],
    /// Address as logged, without brackets, or empty.
    pub ip: &'a [u8],
}

/// Whose words an attempt's `reply` holds.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Speaker {
    /// The remote server's own.
    Server,
    /// The MTA's, about what failed before a server could answer.
    Mta,
    /// The MTA's summary of an answer that it did not log (`stat=Service unavailable`). What the
    /// server said is not known, so nothing is read out of it.
    Summary,
}

/// One delivery attempt. Every slice is borrowed from the line and as hostile as the line.
#[derive(Copy, Clone, Debug)]
pub struct Attempt<'a> {
    /// When the MTA logged it.
    pub at: Moment,
    /// The MTA's host name from the log envelope, or empty.
    pub host: &'a [u8],
    /// Our side of the connection: IP, vmta, pool, or the instance in the syslog tag.
    pub source: &'a [u8],
    /// The MTA's queue id.
    pub queue_id: &'a [u8],
    /// The recipient's address without angle brackets, or empty.
    pub recipient: &'a [u8],
    /// The envelope sender, where the same record names it; else it is joined by the queue id.
    pub sender: Option<&'a [u8]>,
    /// The campaign, job or tenant, where the record names it; else empty.
    pub campaign: &'a [u8],
    /// Where it went, where the log says so.
    pub relay: Option<Relay<'a>>,
    /// What the MTA did.
    pub outcome: Outcome,
    /// What the remote server said, with its code, or what failed locally. Empty for a delivery
    /// without a logged reply.
    pub reply: &'a [u8],
    /// Whose words `reply` holds.
    pub speaker: Speaker,
    /// Where in the session it was said.
    pub stage: Option<Stage>,
    /// The basic code of the remote reply; `None` where the server said nothing.
    pub code: Option<u16>,
    /// The enhanced code inside the remote reply.
    pub enhanced: Option<Enhanced>,
    /// Whether the connection was encrypted, where the attempt's own record tells.
    pub tls: Option<bool>,
}

/// A fact about a queue id that later lines need.
#[derive(Copy, Clone, Debug)]
pub struct Join<'a> {
    /// When it was logged.
    pub at: Moment,
    /// The MTA's host name from the log envelope, or empty.
    pub host: &'a [u8],
    /// The instance that owns the queue.
    pub source: &'a [u8],
    /// The MTA's queue id.
    pub queue_id: &'a [u8],
    /// The envelope sender without angle brackets; empty for a bounce.
    pub sender: &'a [u8],
}

/// A recipient's complaint, as far as the record names what it is about.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Complaint<'a> {
    /// When it was logged: hours or days after the delivery.
    pub at: Moment,
    /// The address that the message was sent to, or empty.
    pub recipient: &'a [u8],
    /// The envelope sender of the message, where the record names it.
    pub sender: Option<&'a [u8]>,
    /// The campaign, job or tenant, or empty.
    pub campaign: &'a [u8],
}

impl Attempt<'_> {
    /// What is counted as the code: the reply's own, the class alone (4 or 5) where the server
    /// answered but its answer was not logged, 0 where no server answered.
    #[must_use]
    pub const fn counted_code(&self) -> u16 {
        match (self.code, self.speaker, self.outcome) {
            (Some(code), ..) => code,
            (None, Speaker::Summary, Outcome::Rejected) => 5,
            (None, Speaker::Summary, Outcome::Deferred) => 4,
            _ => 0,
        }
    }
}

impl Parsed<'_> {
    /// When it was logged, where that matters.
    #[must_use]
    pub const fn at(&self) -> Option<Moment> {
        match self {
            Self::Attempt(attempt) => Some(attempt.at),
            Self::Sender(join) => Some(join.at),
            Self::Complaint(complaint) => Some(complaint.at),
            Self::NonFinal(at)
            | Self::Suspended(at)
            | Self::Expired(at)
            | Self::Local(at)
            | Self::Repeat(at, _)
            | Self::Verify(at)
            | Self::LateBounce(at) => Some(*at),
            Self::NoInterest | Self::Unparsed(_) => None,
        }
    }
}

/// The domain of an address: what follows its last `@`; empty where there is none.
#[must_use]
pub fn domain(address: &[u8]) -> &[u8] {
    memchr::memrchr(b'@', address).map_or(b"", |at| &address[at + 1..])
}

/// What one line turned out to be.
#[derive(Copy, Clone, Debug)]
pub enum Parsed<'a> {
    /// A delivery attempt.
    Attempt(Attempt<'a>),
    /// The sender of a queue id.
    Sender(Join<'a>),
    /// A host refused, but the MTA went on to another: not the recipient's outcome yet.
    NonFinal(Moment),
    /// The MTA did not try because an earlier try failed: not a new reply.
    Suspended(Moment),
    /// A message given up for its age.
    Expired(Moment),
    /// A local delivery, a pipe, a discarded message: no provider is involved.
    Local(Moment),
    /// The previous line of this host once more (`last message repeated N times`).
    Repeat(Moment, &'a [u8]),
    /// An address verification probe.
    Verify(Moment),
    /// A recipient complained (a feedback loop's report).
    Complaint(Complaint<'a>),
    /// A bounce that came back as mail after the server had taken the message.
    LateBounce(Moment),
    /// A line of this MTA, or of another program, that says nothing about outbound mail.
    NoInterest,
    /// It looked like an attempt but could not be read, and why; counted and shown, never guessed.
    Unparsed(&'static str),
}
