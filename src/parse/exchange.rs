//! Exchange: the SMTP send protocol log, one row for each thing said in a session.
//!
//! ```text
//! #Log-type: SMTP Send Protocol Log
//! #Fields: date-time,connector-id,session-id,sequence-number,local-endpoint,remote-endpoint,event,data,context
//! 2026-11-21T10:00:00.000Z,Internet,08DE…,7,192.0.2.1:4711,198.51.100.9:25,<,550 5.1.1 no such user,
//! ```
//!
//! The event is `+` (connected), `-` (disconnected), `>` (we said), `<` (the server said) or `*`
//! (remarks). No row tells an attempt: commands and answers are joined by the session's id, see
//! [`session`]. The receive log has the same columns and the sides exchanged, so `#Log-type` is
//! heeded; other logs of Exchange begin with the same lines and are of no interest. Times are UTC.
//!
//! The queue id of an attempt is the session's id, which stands in every row that tells of it.

mod session;

use memchr::{memchr, memmem};

use super::On;
use super::csv::{Fault, Fields, OTHER, Open};
use super::stamp::Clock;
use crate::model::Parsed;
use session::{Event, Row, Sessions};

/// The reader of Exchange's rows: which log it is, its columns, the sessions that are open, and a
/// row that goes on over several lines.
#[derive(Debug, Default)]
pub(super) struct Exchange {
    log: Log,
    /// For each column which wanted one it is; empty before a `#Fields:` line.
    slots: Vec<u8>,
    sessions: Sessions,
    open: Open,
    scratch: Vec<u8>,
}

/// Whose conversation a log holds.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
enum Log {
    /// Ours with other servers: said so, or not said.
    #[default]
    Send,
    /// Something else.
    Other,
}

/// The columns that are read, in the order of the fields.
const NAMES: [&[u8]; 8] = [
    b"date-time",
    b"connector-id",
    b"session-id",
    b"local-endpoint",
    b"remote-endpoint",
    b"event",
    b"data",
    b"context",
];

/// How a header line begins.
const HEADS: [&[u8]; 5] = [FIELDS, LOG_TYPE, b"#Software:", b"#Version:", b"#Date:"];
const FIELDS: &[u8] = b"#Fields:";
const LOG_TYPE: &[u8] = b"#Log-type:";

impl Exchange {
    /// Whether a line is one of these: a row by its stamp, or a header line. IIS and others begin
    /// their logs alike.
    pub(super) fn looks(&self, line: &[u8]) -> bool {
        if line.first() != Some(&b'#') {
            let explained = !self.slots.is_empty() || self.log == Log::Other;
            let has_fields = || memchr::memchr_iter(b',', line).nth(6).is_some() && has_event(line);
            return line.get(23) == Some(&b'Z') && (explained || has_fields());
        }
        if let Some(names) = after(line, FIELDS) {
            return names.trim_ascii_start().starts_with(b"date-time,");
        }
        after(line, LOG_TYPE).is_some()
            || memmem::find(line, b"Microsoft Exchange").is_some()
            || (!self.slots.is_empty() || self.log == Log::Other) && Self::is_header(line)
    }

    /// Whether a row goes on.
    pub(super) fn expects(&self) -> bool {
        self.open.waits()
    }

    /// Whether a line is a header that later lines need.
    pub(super) fn is_header(line: &[u8]) -> bool {
        HEADS.iter().any(|head| after(line, head).is_some())
    }

    /// Reads a line.
    pub(super) fn bare(&mut self, line: &[u8], clock: &mut Clock, on: On<'_>) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.open.waits() {
            // A header inside quotes is a stranger's. The one that follows a row that was cut off is lost
            // with it, and says what the one before it said.
            return self.go_on(line, clock, on);
        }
        if line.first() == Some(&b'#') {
            self.header(line);
            return on(Parsed::NoInterest);
        }
        if self.log == Log::Other || line.trim_ascii().is_empty() {
            return on(Parsed::NoInterest);
        }
        if self.slots.is_empty() {
            return on(Parsed::Unparsed("no #Fields: line before it"));
        }
        match self.read(line, clock, on) {
            Ok(()) => {}
            Err(Fault::Broken) => on(Parsed::Unparsed("text after a quoted field")),
            Err(Fault::Open) if self.open.add(line) => on(Parsed::NoInterest),
            Err(Fault::Open) => on(Parsed::Unparsed("a quoted field has no end")),
        }
    }

    /// The next line of a row that ended inside quotes.
    fn go_on(&mut self, line: &[u8], clock: &mut Clock, on: On<'_>) {
        let fits = self.open.add(line);
        let lines = self.open.lines();
        let row = self.open.take();
        match if fits { self.read(&row, clock, on) } else { Err(Fault::Broken) } {
            Ok(()) => self.open.put_back(row),
            Err(Fault::Open) => {
                self.open.keep(row, lines);
                on(Parsed::NoInterest);
            }
            Err(Fault::Broken) => {
                self.open.put_back(row);
                on(Parsed::Unparsed("a quoted field has no end"));
                // What is written properly never breaks: the row was cut off, and this line is another.
                if fits {
                    self.bare(line, clock, on);
                }
            }
        }
    }

    fn header(&mut self, line: &[u8]) {
        if after(line, b"#Software:").is_some() {
            // A new file begins: which log it is, the next lines say.
            (self.log, self.slots) = (Log::Send, Vec::new());
        } else if let Some(log) = after(line, LOG_TYPE) {
            let is_send = log.trim_ascii().eq_ignore_ascii_case(b"SMTP Send Protocol Log");
            self.log = if is_send { Log::Send } else { Log::Other };
        } else if let Some(names) = after(line, FIELDS) {
            self.slots.clear();
            for name in names.split(|byte| *byte == b',') {
                let slot = NAMES.iter().position(|known| known.eq_ignore_ascii_case(name.trim_ascii()));
                self.slots.push(slot.and_then(|slot| u8::try_from(slot).ok()).unwrap_or(OTHER));
            }
            // Of the columns of a protocol log, those without which nothing can be joined.
            let has = |name: &[u8]| {
                NAMES.iter().zip(0u8..).any(|(known, slot)| *known == name && self.slots.contains(&slot))
            };
            if ![&b"date-time"[..], b"session-id", b"event", b"data"].into_iter().all(has) {
                self.log = Log::Other;
            }
        }
    }

    fn read(&mut self, line: &[u8], clock: &mut Clock, on: On<'_>) -> Result<(), Fault> {
        let (fields, count) = Fields::<{ NAMES.len() }>::of(line, &self.slots)?;
        if count != self.slots.len() {
            on(Parsed::Unparsed(if count < self.slots.len() {
                "fewer fields than #Fields: has"
            } else {
                "more fields than #Fields: has"
            }));
            return Ok(());
        }
        let [stamp, connector, id, local, remote, event, data, context] = fields.texts(&mut self.scratch);
        let Some(at) = clock.read(stamp) else {
            on(Parsed::Unparsed("date-time is no time"));
            return Ok(());
        };
        let event = match event {
            b"+" => Event::Connected,
            b"-" => Event::Disconnected,
            b">" => Event::Command,
            b"<" => Event::Answer,
            b"*" => Event::Remark,
            _ => {
                on(Parsed::Unparsed("an unknown event"));
                return Ok(());
            }
        };
        let row = Row { at, connector, id, local: address(local), remote: address(remote), data, context };
        let mut told = false;
        self.sessions.row(&row, event, &mut |parsed| {
            told = true;
            on(parsed);
        });
        if !told {
            on(Parsed::NoInterest);
        }
        Ok(())
    }
}

/// What follows a header's name.
fn after<'a>(line: &'a [u8], name: &[u8]) -> Option<&'a [u8]> {
    let start = line.get(..name.len())?;
    start.eq_ignore_ascii_case(name).then(|| &line[name.len()..])
}

/// Whether a line that no header explains has one of the events for a field.
fn has_event(line: &[u8]) -> bool {
    line.windows(3).any(|field| matches!(field, [b',', b'+' | b'-' | b'<' | b'>' | b'*', b',']))
}

/// `192.0.2.1:25` and `[2001:db8::1]:25` without the port.
fn address(endpoint: &[u8]) -> &[u8] {
    if let Some(inside) = endpoint.strip_prefix(b"[") {
        return &inside[..memchr(b']', inside).unwrap_or(inside.len())];
    }
    match memchr(b':', endpoint) {
        Some(colon) if memchr(b':', &endpoint[colon + 1..]).is_none() => &endpoint[..colon],
        _ => endpoint,
    }
}

#[cfg(test)]
mod tests;
