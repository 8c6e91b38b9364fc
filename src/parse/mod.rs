//! A line becomes an attempt: the log envelope first, then one file per MTA.

mod envelope;
mod postfix;
mod reason;
mod stamp;

use crate::model::{Moment, Parsed};

pub use stamp::Clock;

/// What one line said.
#[derive(Copy, Clone, Debug)]
pub struct Read<'a> {
    /// What it is.
    pub parsed: Parsed<'a>,
    /// How many such lines it stands for: syslog writes `message repeated 3 times: […]`.
    pub times: u32,
}

/// Reads lines of one source. What it remembers of earlier lines (the last time stamp's meaning,
/// the heads that lines begin with) makes it faster and changes nothing: the same line always
/// reads the same.
#[derive(Debug)]
pub struct Parser {
    clock: Clock,
    heads: envelope::Heads,
    postfix: postfix::Postfix,
}

impl Parser {
    /// A parser whose year-less stamps are read so that none lies more than a day after
    /// `reference`, in the zone of `clock`.
    #[must_use]
    pub fn new(clock: Clock) -> Self {
        Self { clock, heads: envelope::Heads::default(), postfix: postfix::Postfix::new() }
    }

    /// Moves the reference for year-less stamps forward (a followed log grows older than its
    /// start).
    pub fn refer_to(&mut self, reference: Moment) {
        self.clock.refer_to(reference);
    }

    /// The time stamp of a line, whatever the line says.
    pub fn moment(&mut self, line: &[u8]) -> Option<Moment> {
        envelope::open(line).and_then(|envelope| self.clock.read(envelope.stamp))
    }

    /// Reads one line, without its line end.
    pub fn line<'a>(&mut self, line: &'a [u8]) -> Read<'a> {
        let (envelope, at) = match self.clock.again(line) {
            Some((stamp, at)) => (self.heads.open(line, stamp), Some(at)),
            None => (envelope::open(line), None),
        };
        let Some(envelope) = envelope else { return Read::nothing() };
        if let Some(times) = envelope::last_message_repeated(envelope.message) {
            let at = at.or_else(|| self.clock.read(envelope.stamp));
            return Read {
                parsed: at.map_or(Parsed::NoInterest, |at| Parsed::Repeat(at, envelope.host)),
                times,
            };
        }
        let (message, times) = envelope::message_repeated(envelope.message).unwrap_or((envelope.message, 1));
        let clock = &mut self.clock;
        let parsed = self.postfix.read(&envelope, message, || match at {
            Some(at) => at,
            None => clock.read(envelope.stamp).unwrap_or_else(|| clock.last()),
        });
        Read { parsed, times }
    }
}

impl Read<'_> {
    const fn nothing() -> Self {
        Self { parsed: Parsed::NoInterest, times: 1 }
    }
}
