//! For the tests of the parsers: what a line told, as owned text.

#![expect(clippy::panic, reason = "a test may fail by panicking")]

use std::sync::Arc;

use chrono::FixedOffset;

use super::{Clock, Dialect, Formats, Parser};
use crate::model::{Attempt, Moment, Outcome, Parsed, Speaker, Stage, Zone};

/// One thing that a line told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Told {
    Attempt(Box<Tried>),
    /// Queue id and sender.
    Sender(String, String),
    /// How many times the previous line is said again.
    Repeat(u32),
    /// "no interest", "non-final", "suspended", "expired", "local", "verify", "complaint", "late bounce".
    Other(&'static str),
    Unparsed(&'static str),
}

/// An attempt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Tried {
    pub at: String,
    pub host: String,
    pub source: String,
    pub queue_id: String,
    pub recipient: String,
    pub sender: Option<String>,
    pub campaign: String,
    /// Host and address.
    pub relay: Option<(String, String)>,
    pub outcome: Outcome,
    pub reply: String,
    pub speaker: Speaker,
    pub stage: Option<Stage>,
    pub code: Option<u16>,
    pub enhanced: Option<String>,
    pub times: u32,
}

/// A parser in UTC, in November 2026.
pub(super) fn parser() -> Parser {
    let zone = FixedOffset::east_opt(0).map_or(Zone::Local, Zone::Fixed);
    Parser::new(Clock::in_zone(Moment::from_seconds(1_795_000_000), zone), Arc::new(Formats::embedded()))
}

/// Everything that a line tells this parser, and whose it is.
pub(super) fn tell(parser: &mut Parser, line: impl AsRef<[u8]>) -> (Option<Dialect>, Vec<Told>) {
    let mut told = Vec::new();
    let dialect = parser.line(line.as_ref(), |read| told.push(Told::new(read.parsed, read.times)));
    (dialect, told)
}

/// Everything that these lines tell one parser.
pub(super) fn told(lines: &[&str]) -> Vec<Told> {
    let mut parser = parser();
    lines.iter().flat_map(|line| tell(&mut parser, line).1).collect()
}

/// The one attempt that these lines tell.
pub(super) fn attempt(lines: &[&str]) -> Tried {
    let attempts = attempts(lines);
    match &attempts[..] {
        [one] => one.clone(),
        other => panic!("{} attempts in {lines:?}: {:?}", other.len(), told(lines)),
    }
}

/// The attempts that these lines tell.
pub(super) fn attempts(lines: &[&str]) -> Vec<Tried> {
    let attempts = told(lines).into_iter().filter_map(|told| match told {
        Told::Attempt(tried) => Some(*tried),
        _ => None,
    });
    attempts.collect()
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

impl Told {
    fn new(parsed: Parsed<'_>, times: u32) -> Self {
        match parsed {
            Parsed::Attempt(attempt) => Self::Attempt(Box::new(Tried::new(&attempt, times))),
            Parsed::Sender(join) => Self::Sender(text(join.queue_id), text(join.sender)),
            Parsed::Repeat(..) => Self::Repeat(times),
            Parsed::NoInterest => Self::Other("no interest"),
            Parsed::NonFinal(_) => Self::Other("non-final"),
            Parsed::Suspended(_) => Self::Other("suspended"),
            Parsed::Expired(_) => Self::Other("expired"),
            Parsed::Local(_) => Self::Other("local"),
            Parsed::Verify(_) => Self::Other("verify"),
            Parsed::Complaint(_) => Self::Other("complaint"),
            Parsed::LateBounce(_) => Self::Other("late bounce"),
            Parsed::Unparsed(why) => Self::Unparsed(why),
        }
    }
}

impl Tried {
    fn new(attempt: &Attempt<'_>, times: u32) -> Self {
        Self {
            at: attempt.at.rfc3339(),
            host: text(attempt.host),
            source: text(attempt.source),
            queue_id: text(attempt.queue_id),
            recipient: text(attempt.recipient),
            sender: attempt.sender.map(text),
            campaign: text(attempt.campaign),
            relay: attempt.relay.map(|relay| (text(relay.host), text(relay.ip))),
            outcome: attempt.outcome,
            reply: text(attempt.reply),
            speaker: attempt.speaker,
            stage: attempt.stage,
            code: attempt.code,
            enhanced: attempt.enhanced.map(|enhanced| enhanced.to_string()),
            times,
        }
    }
}
