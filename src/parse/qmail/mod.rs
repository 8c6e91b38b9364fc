//! qmail and notqmail: what qmail-send says, delivery by delivery.
//!
//! A recipient is named when its delivery starts, `starting delivery N: msg M to remote a@b`, and
//! its outcome follows under the number alone, `delivery N: failure: TEXT`. Numbers begin anew with
//! each qmail-send, and each host of a syslog has its own. A number whose start was not logged here
//! (the file was rotated away) is an attempt without a recipient, never with a wrong one.
//!
//! In TEXT every space, percent sign and byte outside of ASCII is a `_` and every line end a `/`.
//! Underlines and slashes of the server's own are not told apart from those: underlines are read as
//! spaces, and a slash as a line end only where a reply goes on (`550-…/550 …`), so that a URL
//! stays one. A reply is what follows the *first* `Remote_host_said:`; before it, qmail-remote says
//! in its own words where in the session it stood.
//!
//! TAI64N labels are read as daemontools write them, ten seconds ahead of Unix time; s6-log counts
//! leap seconds too, and its labels are read 27 seconds late. splogger cuts a record after 800
//! bytes; the rest of it, after a `+`, is not joined.

mod report;
#[cfg(test)]
mod tests;

use memchr::memmem;

use super::envelope::Envelope;
use super::recent::Recent;
use super::stamp::Clock;
use super::{Message, On, stamped};
use crate::model::{Attempt, Join, Moment, Outcome, Parsed, Relay, Speaker, codes};
pub(super) use report::stood;
use report::{Report, is_remote, report};

/// Deliveries under way that are remembered: qmail-send runs a few hundred at a time.
const DELIVERIES: usize = 16_384;
/// Senders of messages and restarts that are remembered.
const INSTANCES: usize = 1_024;
/// Longest address that is remembered.
const ADDRESS: usize = 512;

/// The reader of qmail's lines, with the deliveries under way.
#[derive(Debug)]
pub(super) struct Qmail {
    /// By host, tag, qmail-send's life and number.
    starts: Recent<Start>,
    /// How often qmail-send began anew, by host and tag.
    lives: Recent<u64>,
    reply: Vec<u8>,
}

/// A delivery that started.
#[derive(Debug)]
struct Start {
    is_local: bool,
    /// The message number, then the recipient.
    text: Vec<u8>,
    message: usize,
}

impl Default for Qmail {
    fn default() -> Self {
        Self { starts: Recent::new(DELIVERIES), lives: Recent::new(INSTANCES), reply: Vec::new() }
    }
}

impl Qmail {
    /// Whether a line without syslog's envelope is one of these.
    pub(super) fn looks(line: &[u8]) -> bool {
        is_said(open(line).1)
    }

    /// Whether a program's tag, or else its message, shows that it is one of these.
    pub(super) fn claims(envelope: &Envelope<'_>) -> bool {
        if matches!(envelope.tag, b"qmail" | b"qmail-send" | b"splogger" | b"notqmail") {
            return true;
        }
        let (stamp, text) = stamped::split(envelope.message);
        (!stamp.is_empty() || envelope.tag.starts_with(b"qmail")) && is_said(text)
    }

    /// The time stamp in front of a line without syslog's envelope, multilog's among them.
    pub(super) fn moment(line: &[u8], clock: &mut Clock) -> Option<Moment> {
        let stamp = open(line).0;
        stamp.strip_prefix(b"@").map_or_else(|| clock.read(stamp), tai64n)
    }

    /// Reads a line without syslog's envelope.
    pub(super) fn bare(&mut self, line: &[u8], clock: &mut Clock, on: On<'_>) {
        let text = open(line).1;
        let at = Self::moment(line, clock).unwrap_or_else(|| clock.last());
        self.read(&Message::bare(at, text), on);
    }

    /// Reads what syslog's envelope carried.
    pub(super) fn read(&mut self, message: &Message<'_>, on: On<'_>) {
        let text = stamped::split(message.text).1;
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        if let Some(rest) = text.strip_prefix(b"delivery ") {
            return self.result(message, rest, on);
        }
        if let Some(rest) = text.strip_prefix(b"starting delivery ") {
            self.start(message, rest);
        } else if let Some(rest) = text.strip_prefix(b"info msg ") {
            return on(sender(message, rest));
        }
        on(Parsed::NoInterest);
    }

    /// `N: msg M to remote a@b`.
    fn start(&mut self, message: &Message<'_>, rest: &[u8]) {
        let Some((number, rest)) = digits(rest) else { return };
        let Some((id, rest)) = rest.strip_prefix(b": msg ").and_then(digits) else { return };
        let (is_local, recipient) =
            match (rest.strip_prefix(b" to remote "), rest.strip_prefix(b" to local ")) {
                (Some(recipient), _) => (false, recipient),
                (_, Some(recipient)) => (true, recipient),
                _ => return,
            };
        if number == b"1" {
            let life = self.lives.key(&[message.host, message.tag]);
            let lived = self.lives.get(life).copied().unwrap_or_default();
            self.lives.insert(life, lived + 1);
        }
        let key = self.key(message, number);
        if recipient.len() > ADDRESS || id.len() > ADDRESS {
            self.starts.remove(key);
            return;
        }
        let text = [id, recipient].concat();
        self.starts.insert(key, Start { is_local, text, message: id.len() });
    }

    fn key(&self, message: &Message<'_>, number: &[u8]) -> u64 {
        let life = self.lives.get(self.lives.key(&[message.host, message.tag])).copied().unwrap_or_default();
        self.starts.key(&[message.host, message.tag, &life.to_ne_bytes(), number])
    }

    /// `N: success: TEXT`.
    fn result(&mut self, message: &Message<'_>, rest: &[u8], on: On<'_>) {
        let Some((number, rest)) = digits(rest) else { return on(Parsed::NoInterest) };
        let Some(rest) = rest.strip_prefix(b": ") else { return on(Parsed::NoInterest) };
        let start = self.starts.remove(self.key(message, number));
        if start.as_ref().is_some_and(|start| start.is_local) {
            return on(Parsed::Local(message.at));
        }
        let verdicts: [(&[u8], Outcome); 4] = [
            (b"success: ", Outcome::Delivered),
            (b"failure: ", Outcome::Rejected),
            (b"deferral: ", Outcome::Deferred),
            (b"report mangled, will defer", Outcome::Deferred),
        ];
        let verdict = verdicts.iter().find_map(|(word, outcome)| {
            let mangled = word.starts_with(b"report").then_some(rest);
            rest.strip_prefix(*word).map(|text| (*outcome, mangled.unwrap_or(text)))
        });
        let Some((outcome, text)) = verdict else { return on(Parsed::Unparsed("an unknown kind of report")) };
        if start.is_none() && !is_remote(text) {
            return on(if text.starts_with(b"did_") {
                Parsed::Local(message.at)
            } else {
                Parsed::Unparsed("a delivery whose start is not in the log, local or remote")
            });
        }
        let (queue_id, recipient) = match &start {
            Some(start) => start.text.split_at(start.message.min(start.text.len())),
            None => (&b""[..], &b""[..]),
        };
        let Report { ip, stage, speaker } = report(text, &mut self.reply);
        if outcome == Outcome::Delivered && speaker == Speaker::Mta {
            self.reply.clear();
        }
        let reply = &self.reply[..];
        let (code, enhanced) = if speaker == Speaker::Server { codes(reply) } else { (None, None) };
        on(Parsed::Attempt(Attempt {
            at: message.at,
            host: message.host,
            source: message.tag,
            queue_id,
            recipient,
            sender: None,
            campaign: b"",
            relay: ip.map(|ip| Relay { host: b"", ip }),
            outcome,
            reply,
            speaker,
            stage,
            code,
            enhanced,
            tls: None,
        }));
    }
}

/// `M: bytes B from <s> qp Q uid U`. qmail-send makes `_` of every space in an address.
fn sender<'a>(message: &Message<'a>, rest: &'a [u8]) -> Parsed<'a> {
    let Some((queue_id, rest)) = digits(rest) else { return Parsed::NoInterest };
    let found = rest
        .strip_prefix(b": bytes ")
        .and_then(digits)
        .and_then(|(_, rest)| rest.strip_prefix(b" from <"))
        .and_then(|rest| memmem::rfind(rest, b"> qp ").map(|end| &rest[..end]));
    let Some(sender) = found else { return Parsed::NoInterest };
    Parsed::Sender(Join { at: message.at, host: message.host, source: message.tag, queue_id, sender })
}

/// Whether qmail-send says such a thing.
fn is_said(text: &[u8]) -> bool {
    let numbered: [(&[u8], &[&[u8]]); 6] = [
        (b"delivery ", &[b": success: ", b": failure: ", b": deferral: ", b": report mangled"]),
        (b"starting delivery ", &[b": msg "]),
        (b"status: local ", &[b"/"]),
        (b"info msg ", &[b": bytes "]),
        (b"new msg ", &[b""]),
        (b"end msg ", &[b""]),
    ];
    for (beginning, after) in numbered {
        if let Some(rest) = text.strip_prefix(beginning) {
            return digits(rest).is_some_and(|(_, rest)| {
                after.iter().any(|after| {
                    if after.is_empty() { rest.trim_ascii().is_empty() } else { rest.starts_with(after) }
                })
            });
        }
    }
    let bounced = text.strip_prefix(b"bounce msg ").and_then(digits);
    bounced.is_some_and(|(_, rest)| rest.starts_with(b" qp "))
        || text.starts_with(b"triple bounce: discarding ")
}

/// The number at the beginning, and what follows it.
fn digits(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = text.iter().take_while(|byte| byte.is_ascii_digit()).count();
    (end > 0).then(|| text.split_at(end))
}

/// Takes a line's stamp off: multilog's label, the same made readable, Unix seconds, or none.
fn open(line: &[u8]) -> (&[u8], &[u8]) {
    if line.first() == Some(&b'@')
        && line.get(25) == Some(&b' ')
        && line[1..25].iter().all(u8::is_ascii_hexdigit)
    {
        // Some put the same stamp behind it once more, readable.
        return (&line[..25], stamped::split(line[26..].trim_ascii_start()).1);
    }
    stamped::split(line)
}

/// A TAI64N label without its `@`: 2^62 seconds and the TAI count, then nanoseconds.
fn tai64n(label: &[u8]) -> Option<Moment> {
    const UNIX_EPOCH: u64 = (1 << 62) + 10;
    let label = std::str::from_utf8(label).ok()?;
    let seconds = u64::from_str_radix(label.get(..16)?, 16).ok()?.checked_sub(UNIX_EPOCH)?;
    let nanos = u32::from_str_radix(label.get(16..24)?, 16).ok()?;
    // Beyond the year 9999 it is no time.
    let seconds = i64::try_from(seconds).ok().filter(|seconds| *seconds < 253_402_300_800)?;
    Some(Moment::from_seconds(seconds).plus_millis(i64::from(nanos / 1_000_000)))
}
