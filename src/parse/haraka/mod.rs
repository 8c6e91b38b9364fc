//! Haraka: what its outbound queue says, in each of log.ini's three forms.
//!
//! `[LEVEL] [UUID] [outbound] MESSAGE`, `level=… uuid=… origin=outbound message="…"` or the same as
//! JSON; before it Haraka's own stamp (`timestamps=true`), a container's, syslog's or none, and on a
//! terminal colours. Where no line has a time, the last one known is taken.
//!
//! What Haraka logs of an outcome, and what it does not:
//! - `recipient <R> deferred: …` and `rejected: …` for a recipient refused at RCPT, with the server's
//!   reply. The queue's own line that follows (`Some recipients failed: …`) is the same again.
//! - `bouncing mail: 554 …` and `Temp failing FILE for N seconds: Upstream error: 451 …` for a whole
//!   message, without its recipients: **one** attempt, however many recipients it had.
//! - `delivered file=… domain=… host=… ip=… response="…" rcpts=OK/DEFERRED/REJECTED`: as many
//!   attempts as were delivered, without their names and without the reply's code. The deferred and
//!   the rejected have had lines of their own.
//!
//! The missing names and the sender are joined from the lines of the message's arrival (see
//! [`memory`]), where it is certain whose they are; else the recipient is `@DOMAIN`, or empty where
//! the domain is not logged either. The server is named when a message was delivered; before that
//! only `Attempting to deliver to:` (to version 2) and `deliver:` (at level debug) name it.
//!
//! Replies are a stranger's. They stand last, except in the `delivered` line, where the *last*
//! ` delay=` ends them.

mod delivered;
mod memory;
#[cfg(test)]
mod tests;

use memchr::{memchr, memmem, memrchr};
use serde_json::{Map, Value};

use super::envelope::Envelope;
use super::stamp::Clock;
use super::{Message, On, stamped};
use crate::model::{Attempt, Moment, Outcome, Parsed, Relay, Speaker, Stage, codes};
use delivered::Delivered;
use memory::Memory;

/// The names of Haraka's levels.
const LEVELS: [&[u8]; 10] =
    [b"INFO", b"NOTICE", b"DEBUG", b"PROTOCOL", b"DATA", b"WARN", b"ERROR", b"CRIT", b"ALERT", b"EMERG"];

/// More recipients than this no message has.
const RECIPIENTS: u32 = 10_000;

/// The reader of Haraka's lines, with what the messages' arrivals told.
#[derive(Debug, Default)]
pub(super) struct Haraka {
    memory: Memory,
    unescaped: Vec<u8>,
}

/// One line, whatever its form.
struct Said<'a> {
    at: Moment,
    host: &'a [u8],
    uuid: &'a [u8],
    /// The plugin or part that says it.
    origin: &'a [u8],
    message: &'a [u8],
    /// What further fields follow the message, as text.
    fields: &'a [u8],
}

impl Haraka {
    /// Whether a line without syslog's envelope is one of these.
    pub(super) fn looks(line: &[u8]) -> bool {
        is_said(stamped::split(line).1)
    }

    /// Whether a program's tag, or else its message, shows that it is one of these.
    pub(super) fn claims(envelope: &Envelope<'_>) -> bool {
        envelope.tag == b"haraka" || is_said(envelope.message)
    }

    /// Reads a line without syslog's envelope.
    pub(super) fn bare(&mut self, line: &[u8], clock: &mut Clock, on: On<'_>) {
        let (stamp, text) = stamped::split(line);
        let at = stamped::moment(stamp, clock);
        self.read(&Message::bare(at, text), on);
    }

    /// Reads what syslog's envelope carried.
    pub(super) fn read(&mut self, message: &Message<'_>, on: On<'_>) {
        let text = uncoloured(message.text);
        let text = text.strip_suffix(b"\r").unwrap_or(text);
        let (at, host) = (message.at, message.host);
        if text.first() == Some(&b'{') {
            return self.json(at, host, text, on);
        }
        let mut unescaped = std::mem::take(&mut self.unescaped);
        match bracketed(text).or_else(|| logfmt(text, &mut unescaped)) {
            Some((uuid, origin, message, fields)) => {
                let said = Said { at, host, uuid, origin, message: message.trim_ascii_start(), fields };
                self.heard(&said, on);
            }
            None => on(Parsed::NoInterest),
        }
        self.unescaped = unescaped;
    }

    /// `{"level":"NOTICE","uuid":"…","origin":"outbound","message":"…", …}`.
    fn json(&mut self, at: Moment, host: &[u8], text: &[u8], on: On<'_>) {
        // Most lines are plugins' and say nothing about outbound mail.
        if !JSON.iter().any(|wanted| memmem::find(text, wanted).is_some()) {
            return on(Parsed::NoInterest);
        }
        let Ok(record) = serde_json::from_slice::<Map<String, Value>>(text) else {
            return on(Parsed::Unparsed("no whole JSON record"));
        };
        let field = |name: &str| record.get(name).and_then(Value::as_str).unwrap_or_default().as_bytes();
        let said = Said {
            at,
            host,
            uuid: field("uuid"),
            origin: field("origin"),
            message: field("message"),
            fields: field("code"),
        };
        if said.origin == b"outbound" && record.contains_key("delivered file") {
            let (domain, host, ip) = (field("domain"), field("host"), field("ip"));
            let delivered = Delivered {
                domain,
                host,
                ip,
                response: field("response"),
                ok: delivered::ok(field("rcpts")),
            };
            return self.delivered(&said, &delivered, on);
        }
        self.heard(&said, on);
    }

    fn heard(&mut self, said: &Said<'_>, on: On<'_>) {
        match said.origin {
            b"outbound" => self.outbound(said, on),
            b"core" => {
                self.arrival(said);
                on(Parsed::NoInterest);
            }
            _ => on(Parsed::NoInterest),
        }
    }

    /// `sender <S> code=OK` and `recipient <R> code=OK`: the message's arrival.
    fn arrival(&mut self, said: &Said<'_>) {
        let (is_sender, rest) =
            match (said.message.strip_prefix(b"sender "), said.message.strip_prefix(b"recipient ")) {
                (Some(rest), _) => (true, rest),
                (_, Some(rest)) => (false, rest),
                _ => return,
            };
        let Some((address, after)) = address(rest) else { return };
        let fields = if after.trim_ascii().is_empty() { said.fields } else { after }.trim_ascii_start();
        let code = fields.strip_prefix(b"code=").unwrap_or(fields);
        if !code.starts_with(b"OK") && !code.starts_with(b"CONT") {
            return;
        }
        if is_sender {
            self.memory.sender(said.uuid, address)
        } else {
            self.memory.recipient(said.uuid, address)
        }
    }

    /// What the queue says about a message under way.
    fn outbound(&mut self, said: &Said<'_>, on: On<'_>) {
        let message = said.message;
        if let Some(rest) = message.strip_prefix(b"recipient ") {
            self.recipient(said, rest, on)
        } else if message.starts_with(b"delivered file=") || said.fields.starts_with(b"delivered file=") {
            let text = if message.is_empty() { said.fields } else { message };
            let mut buffer = Vec::new();
            match Delivered::of(text, &mut buffer) {
                Some(delivered) => self.delivered(said, &delivered, on),
                None => on(Parsed::Unparsed("a delivery without response= or delay=")),
            }
        } else if let Some(why) = message.strip_prefix(b"bouncing mail: ") {
            self.bounced(said, why, on)
        } else if let Some(rest) = message.strip_prefix(b"Temp failing ") {
            match after_seconds(rest) {
                Some(why) if why.starts_with(SOME_DEFERRED) => {
                    self.memory.tried(said.uuid);
                    on(Parsed::NoInterest)
                }
                Some(why) => self.whole(said, Outcome::Deferred, why, on),
                None => on(Parsed::Unparsed("a deferral without its reason")),
            }
        } else {
            if let Some(server) = server(message) {
                self.memory.relay(said.uuid, server);
            }
            on(Parsed::NoInterest)
        }
    }

    /// `<R> rejected: 550 …`. LMTP's refusals after the message look the same.
    fn recipient(&mut self, said: &Said<'_>, rest: &[u8], on: On<'_>) {
        let Some((recipient, after)) = address(rest) else {
            return on(Parsed::Unparsed("the recipient has no end"));
        };
        let (outcome, reply) = match (after.strip_prefix(b" deferred: "), after.strip_prefix(b" rejected: "))
        {
            (Some(reply), _) => (Outcome::Deferred, reply),
            (_, Some(reply)) => (Outcome::Rejected, reply),
            _ => return on(Parsed::NoInterest),
        };
        self.memory.refused(said.uuid, recipient, outcome == Outcome::Rejected);
        let relay = self.memory.relay_of(said.uuid).map(relay);
        let sender = self.memory.sender_of(said.uuid);
        let outcome = Result { outcome, reply, speaker: Speaker::Server, stage: Some(Stage::Rcpt) };
        on(said.attempt(recipient, sender, relay, &outcome));
    }

    fn delivered(&mut self, said: &Said<'_>, delivered: &Delivered<'_>, on: On<'_>) {
        // Versions before 2.4 did not say how many.
        let ok = delivered.ok.unwrap_or(1);
        if ok == 0 {
            return on(Parsed::NoInterest);
        }
        if ok > RECIPIENTS {
            return on(Parsed::Unparsed("more recipients than a message has"));
        }
        let relay = Relay { host: delivered.host, ip: delivered.ip };
        let relay = (relay != Relay::default()).then_some(relay);
        let result = Result {
            outcome: Outcome::Delivered,
            reply: delivered.response,
            speaker: Speaker::Server,
            stage: Some(Stage::EndOfData),
        };
        let is_named = self.memory.delivered(said.uuid, delivered.domain, ok, &mut |recipient, sender| {
            on(said.attempt(recipient, Some(sender), relay, &result));
        });
        if !is_named {
            let somebody = somebody(delivered.domain);
            for _ in 0..ok {
                on(said.attempt(&somebody, self.memory.sender_of(said.uuid), relay, &result));
            }
        }
    }

    fn bounced(&mut self, said: &Said<'_>, why: &[u8], on: On<'_>) {
        if why.starts_with(b"Some recipients failed: ") {
            return on(Parsed::NoInterest);
        }
        // The last try is not logged as a deferral of the message, but as this.
        if let Some(last) = why.strip_prefix(b"Too many failures (") {
            let last = last.strip_suffix(b")").unwrap_or(last);
            if last.starts_with(SOME_DEFERRED) {
                return on(Parsed::Expired(said.at));
            }
            return self.whole(said, Outcome::Rejected, last, on);
        }
        self.whole(said, Outcome::Rejected, why, on);
    }

    /// A whole message's failure: a reply, or what failed here.
    fn whole(&mut self, said: &Said<'_>, outcome: Outcome, why: &[u8], on: On<'_>) {
        let reply = why.strip_prefix(b"Upstream error: ").unwrap_or(why);
        let speaker = if codes(reply).0.is_some() { Speaker::Server } else { Speaker::Mta };
        let (recipient, domain) = self.memory.message(said.uuid);
        let somebody = somebody(domain.unwrap_or_default());
        let relay = self.memory.relay_of(said.uuid).map(relay);
        let result = Result { outcome, reply, speaker, stage: None };
        let sender = self.memory.sender_of(said.uuid);
        on(said.attempt(recipient.unwrap_or(&somebody), sender, relay, &result));
    }
}

/// What is said of recipients who have had lines of their own.
const SOME_DEFERRED: &[u8] = b"Some recipients temp failed: ";

/// The JSON records that matter have one of these.
const JSON: [&[u8]; 3] =
    [b"\"origin\":\"outbound\"", b"\"message\":\"sender <", b"\"message\":\"recipient <"];

/// An outcome and who said why.
struct Result<'a> {
    outcome: Outcome,
    reply: &'a [u8],
    speaker: Speaker,
    stage: Option<Stage>,
}

impl Said<'_> {
    fn attempt<'b>(
        &'b self,
        recipient: &'b [u8],
        sender: Option<&'b [u8]>,
        relay: Option<Relay<'b>>,
        result: &Result<'b>,
    ) -> Parsed<'b> {
        let Result { outcome, reply, speaker, stage } = *result;
        let (code, enhanced) = if speaker == Speaker::Server { codes(reply) } else { (None, None) };
        // The response of a delivery comes without its code; a number at its beginning is none.
        let code = code.filter(|_| outcome != Outcome::Delivered);
        Parsed::Attempt(Attempt {
            at: self.at,
            host: self.host,
            source: b"",
            queue_id: self.uuid,
            recipient,
            sender,
            campaign: b"",
            relay,
            outcome,
            reply,
            speaker,
            stage,
            code,
            enhanced: enhanced.filter(|_| code.is_some()),
            tls: None,
        })
    }
}

/// `@DOMAIN` for somebody there; empty where the domain is not known.
fn somebody(domain: &[u8]) -> Vec<u8> {
    if domain.is_empty() { Vec::new() } else { [b"@", domain].concat() }
}

fn relay(server: &[u8]) -> Relay<'_> {
    let is_ip = std::str::from_utf8(server).is_ok_and(|text| text.parse::<std::net::IpAddr>().is_ok());
    if is_ip { Relay { host: b"", ip: server } } else { Relay { host: server, ip: b"" } }
}

/// The server that a message is about to go to.
fn server(message: &[u8]) -> Option<&[u8]> {
    let word = |text: &'_ [u8]| memchr(b' ', text).unwrap_or(text.len());
    if let Some(rest) = message.strip_prefix(b"Attempting to deliver to: ") {
        let server = &rest[..word(rest)];
        return Some(&server[..memrchr(b':', server).unwrap_or(server.len())]);
    }
    let rest = message.strip_prefix(b"deliver: ")?;
    let rest = &rest[memmem::find(rest, b" -> ")? + 4..];
    Some(&rest[..word(rest)])
}

/// What follows `FILE for N seconds: `.
fn after_seconds(rest: &[u8]) -> Option<&[u8]> {
    let rest = &rest[memchr(b' ', rest)?..];
    let rest = rest.strip_prefix(b" for ")?;
    rest[memchr(b' ', rest)?..].strip_prefix(b" seconds: ")
}

/// `<address>` up to its end, and what follows. A quoted local part may hold anything.
fn address(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"<")?;
    let mut at = 0;
    if inner.first() == Some(&b'"') {
        at = 1;
        while *inner.get(at)? != b'"' {
            at += if inner[at] == b'\\' { 2 } else { 1 };
        }
    }
    let end = at + memchr(b'>', inner.get(at..)?)?;
    Some((&inner[..end], &inner[end + 1..]))
}

/// Whether Haraka wrote this.
fn is_said(text: &[u8]) -> bool {
    let text = match text.first() {
        Some(0x1b) => uncoloured(text),
        Some(b'[' | b'{' | b'l') => text,
        _ => return false,
    };
    let (begin, after): (&[u8], &[u8]) = match text.first() {
        Some(b'[') => return bracketed(text).is_some(),
        Some(b'{') => (b"{\"level\":\"", b"\",\"uuid\":\""),
        _ => (b"level=", b" uuid="),
    };
    text.strip_prefix(begin).and_then(level).is_some_and(|rest| rest.starts_with(after))
}

/// What follows the name of a level.
fn level(text: &[u8]) -> Option<&[u8]> {
    let end = text.iter().take_while(|byte| byte.is_ascii_uppercase()).count();
    LEVELS.contains(&&text[..end]).then(|| &text[end..])
}

/// The uuid, the origin, the message and the fields behind it.
type Parts<'a> = (&'a [u8], &'a [u8], &'a [u8], &'a [u8]);

/// `[LEVEL] [UUID] [ORIGIN] MESSAGE`.
fn bracketed(text: &[u8]) -> Option<Parts<'_>> {
    let rest = level(text.strip_prefix(b"[")?)?.strip_prefix(b"] [")?;
    let end =
        rest.iter().take_while(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'.')).count();
    let (uuid, rest) = rest.split_at(end);
    let rest = rest.strip_prefix(b"] [")?;
    let (origin, rest) = rest.split_at(memchr(b']', rest)?);
    (!uuid.is_empty()).then(|| (uuid, origin, &rest[1..], &b""[..]))
}

/// `level=L uuid=U origin=O message="M" …`, with M's escapes undone in `buffer`.
fn logfmt<'a>(text: &'a [u8], buffer: &'a mut Vec<u8>) -> Option<Parts<'a>> {
    let rest = level(text.strip_prefix(b"level=")?)?.strip_prefix(b" uuid=")?;
    let (uuid, rest) = rest.split_at(memchr(b' ', rest)?);
    let rest = rest.strip_prefix(b" origin=")?;
    let (origin, rest) = rest.split_at(memchr(b' ', rest)?);
    let rest = rest.strip_prefix(b" message=")?;
    let Some(quoted) = rest.strip_prefix(b"\"") else {
        let (message, fields) = rest.split_at(memchr(b' ', rest).unwrap_or(rest.len()));
        return Some((uuid, origin, message, fields.trim_ascii_start()));
    };
    let end = delivered::quote_end(quoted)?;
    let (message, fields) = (&quoted[..end], quoted[end + 1..].trim_ascii_start());
    Some((uuid, origin, delivered::unescaped(message, buffer), fields))
}

/// Takes a terminal's colour off both ends.
fn uncoloured(text: &[u8]) -> &[u8] {
    let Some(rest) = text.strip_prefix(b"\x1b[") else { return text };
    let digits = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    let Some(rest) = rest[digits..].strip_prefix(b"m") else { return text };
    rest.strip_suffix(b"\x1b[39m").unwrap_or(rest)
}
