//! Exim's main log, in files of its own and through syslog.
//!
//! `YYYY-MM-DD HH:MM:SS[.mmm][ +ZZZZ] [[pid] ]MSGID FLAG addr [<original>] FIELDS[: message]`. The flag
//! has its place and is never searched for: subjects, transports and replies hold `=>` and `**`
//! too. Exim does not double the backslashes of a reply, so a reply may forge `\n` and a line after
//! it; it stays within the reply. What the traps of the fields and of the message are, their own
//! files say.
//!
//! One line is joined with others: a long one that syslog carried in pieces. Otherwise a line reads
//! the same wherever it stands.

mod fields;
mod pieces;
pub(super) mod said;

use memchr::{memchr, memmem};

use super::envelope::Envelope;
use super::stamp::Clock;
use super::{Message, On};
use crate::model::{Attempt, Join, Moment, Outcome, Parsed, Speaker, Stage, codes};
use fields::Fields;
use pieces::{Joined, Piece, Pieces};
use said::Said;

/// The reader of Exim's lines, with what it joins across them.
#[derive(Debug, Default)]
pub(super) struct Exim {
    pieces: Pieces,
    /// The reply with its escapes undone.
    scratch: Vec<u8>,
    /// Whether a line told its cipher: then those that tell none had none.
    tells_tls: bool,
}

/// How lines without a message id begin, as far as no other program's do.
const WITHOUT_ID: [&[u8]; 14] = [
    b"Start queue run:",
    b"End queue run:",
    b"exim ",
    b"cwd=/",
    b"H=",
    b"SMTP ",
    b"TLS error on connection ",
    b"no host name found for IP address ",
    b"no IP address found for host ",
    b"VRFY failed for ",
    b"unexpected disconnection while reading SMTP command ",
    b"rejected ",
    b"refused connection from ",
    b"pid ",
];

impl Exim {
    /// Whether a line without syslog's envelope is one of these.
    pub(super) fn looks(line: &[u8]) -> bool {
        stamped(line).is_some_and(|(_, text)| {
            split_id(text).is_some() || WITHOUT_ID.iter().any(|start| text.starts_with(start))
        })
    }

    /// Whether a program's tag, or else its message, shows that it is one of these.
    pub(super) fn claims(envelope: &Envelope<'_>) -> bool {
        if let Some(rest) = envelope.tag.strip_prefix(b"exim") {
            // `exim`, `exim4`, `exim-out1`; not `eximstats`.
            return !rest.first().is_some_and(u8::is_ascii_alphabetic);
        }
        let text = envelope.message;
        match stamped(text) {
            Some((_, text)) => split_id(text).is_some(),
            None => split_id(text).is_some_and(|(_, rest)| Flag::split(rest).is_some()),
        }
    }

    /// Reads a line without syslog's envelope.
    pub(super) fn bare(&mut self, line: &[u8], clock: &mut Clock, on: On<'_>) {
        let Some((stamp, text)) = stamped(line) else { return on(Parsed::NoInterest) };
        match stamp.read(clock) {
            Some(at) => self.tell(at, b"", text, on),
            None => on(Parsed::Unparsed("the time stamp is none")),
        }
    }

    /// Reads what syslog's envelope carried.
    pub(super) fn read(&mut self, message: &Message<'_>, on: On<'_>) {
        let Some(piece) = Piece::read(message.text) else {
            return self.line(message.at, message.host, message.text, on);
        };
        match self.pieces.add(message, &piece) {
            Joined::Whole(text) => self.line(message.at, message.host, &text, on),
            Joined::Waiting { lost: false } => on(Parsed::NoInterest),
            Joined::Waiting { lost: true } => on(Parsed::Unparsed("a line whose last piece never came")),
            Joined::Stray => on(Parsed::Unparsed("a piece of a line whose beginning never came")),
        }
    }

    /// A line that may have a stamp of its own; syslog's counts (one clock).
    fn line(&mut self, at: Moment, host: &[u8], text: &[u8], on: On<'_>) {
        let text = stamped(text).map_or_else(|| without_pid(text), |(_, text)| text);
        self.tell(at, host, text, on);
    }

    /// Tells what stands behind the stamp.
    fn tell(&mut self, at: Moment, host: &[u8], text: &[u8], on: On<'_>) {
        let Some((queue_id, rest)) = split_id(text) else { return on(Parsed::NoInterest) };
        let line = Line { at, host, queue_id };
        let Some((flag, rest)) = Flag::split(rest) else { return on(standalone(at, rest)) };
        match flag {
            Flag::Arrived => on(line.sender(rest)),
            // Rejected, but the client was told otherwise; a delivery that -N suppressed.
            Flag::Faked | Flag::Suppressed => on(Parsed::NoInterest),
            // Their commands and names hold anything.
            _ if is_own(rest) && !fields::is_quoted(rest) => on(Parsed::Local(at)),
            Flag::Delivered | Flag::Failed | Flag::Deferred => match Fields::read(rest) {
                Some(fields) => {
                    self.tells_tls |= fields.encrypted;
                    line.result(flag, &fields, self.tells_tls, &mut self.scratch, on);
                }
                None => on(Parsed::Unparsed("no recipient behind the flag")),
            },
        }
    }
}

/// What a line is about.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Flag {
    Arrived,
    Faked,
    Suppressed,
    Delivered,
    Failed,
    Deferred,
}

impl Flag {
    /// The flag at the start, and what follows it.
    fn split(text: &[u8]) -> Option<(Self, &[u8])> {
        let (flag, rest) = text.split_first_chunk::<2>()?;
        let flag = match flag {
            b"<=" => Self::Arrived,
            b"(=" => Self::Faked,
            b"*>" => Self::Suppressed,
            b"=>" | b"->" | b">>" => Self::Delivered,
            b"**" => Self::Failed,
            b"==" => Self::Deferred,
            _ => return None,
        };
        // One blank: the next would be the address's.
        Some((flag, rest.strip_prefix(b" ").unwrap_or(rest)))
    }
}

/// A stamp of Exim's, whose zone stands behind a blank.
struct Stamp<'a> {
    time: &'a [u8],
    zone: &'a [u8],
}

impl Stamp<'_> {
    fn read(&self, clock: &mut Clock) -> Option<Moment> {
        const LONGEST: usize = 40;
        if self.zone.is_empty() {
            return clock.read(self.time);
        }
        let mut joined = [0; LONGEST];
        let (time, length) = (self.time.len(), self.time.len() + self.zone.len());
        joined.get_mut(..time)?.copy_from_slice(self.time);
        joined.get_mut(time..length)?.copy_from_slice(self.zone);
        clock.read(&joined[..length])
    }
}

/// Splits `YYYY-MM-DD HH:MM:SS[.mmm][ +ZZZZ] [[pid] ]` off.
fn stamped(line: &[u8]) -> Option<(Stamp<'_>, &[u8])> {
    const SHAPE: &[u8; 19] = b"dddd-dd-dd dd:dd:dd";
    let (head, mut rest) = line.split_first_chunk::<19>()?;
    // Every byte is looked at without a branch: this is on every line.
    let fits = |(shape, byte): (&u8, &u8)| if *shape == b'd' { byte.is_ascii_digit() } else { byte == shape };
    if head[10] != b' ' || !SHAPE.iter().zip(head).map(fits).fold(true, |all, one| all & one) {
        return None;
    }
    if let Some(fraction) = rest.strip_prefix(b".") {
        let digits = fraction.iter().take(9).take_while(|byte| byte.is_ascii_digit()).count();
        rest = &fraction[digits..];
    }
    let time = &line[..line.len() - rest.len()];
    let mut rest = rest.strip_prefix(b" ")?;
    let mut zone: &[u8] = b"";
    if let [b'+' | b'-', a, b, c, d, b' ', after @ ..] = rest
        && [a, b, c, d].into_iter().all(u8::is_ascii_digit)
    {
        (zone, rest) = (&rest[..5], after);
    }
    Some((Stamp { time, zone }, without_pid(rest)))
}

/// Takes `[pid] ` off.
fn without_pid(text: &[u8]) -> &[u8] {
    let Some(inner) = text.strip_prefix(b"[") else { return text };
    let digits = inner.iter().take(10).take_while(|byte| byte.is_ascii_digit()).count();
    match inner[digits..].strip_prefix(b"] ") {
        Some(rest) if digits > 0 => rest,
        _ => text,
    }
}

/// Splits the message id off: `1abCde-000abc-Xy`, or, from 4.97 on, `1abCde-0000000abcd-Xyz0`.
fn split_id(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let (second, end) = if text.get(13) == Some(&b'-') { (13, 16) } else { (18, 23) };
    let id = text.get(..end)?;
    let rest = text[end..].strip_prefix(b" ")?;
    let others = || id.iter().filter(|byte| byte.is_ascii_alphanumeric()).count();
    (id[6] == b'-' && id[second] == b'-' && others() == end - 2).then_some((id, rest))
}

/// A line with a message id but without a flag. A host that refused or could not be reached has
/// one, whether or not another host is tried next; what became of the recipients other lines say.
fn standalone(at: Moment, text: &[u8]) -> Parsed<'static> {
    let text = match text.strip_prefix(b"H=") {
        Some(after) => fields::host(after).1,
        // As older ones have it: `mx.example.com [192.0.2.1] Connection refused`.
        None => match memmem::find(&text[..text.len().min(300)], b" [") {
            Some(name) if memchr(b' ', &text[..name]).is_none() => fields::host(text).1,
            _ => text,
        },
    };
    let text = text.strip_prefix(b":").unwrap_or(text).trim_ascii_start();
    let head = &text[..text.len().min(100)];
    if said::is_remote(text) || memmem::find(head, b" authenticator failed H=").is_some() {
        Parsed::NonFinal(at)
    } else {
        Parsed::NoInterest
    }
}

/// What the stamp and the message id say about every line.
struct Line<'a> {
    at: Moment,
    host: &'a [u8],
    queue_id: &'a [u8],
}

impl<'a> Line<'a> {
    /// `<= sender H=… P=… S=…`.
    fn sender(&self, rest: &'a [u8]) -> Parsed<'a> {
        let Some((sender, _)) = fields::address(rest.trim_ascii_start()) else {
            return Parsed::Unparsed("no sender behind the flag");
        };
        Parsed::Sender(Join { at: self.at, host: self.host, source: b"", queue_id: self.queue_id, sender })
    }

    /// What became of a recipient.
    fn result(&self, flag: Flag, fields: &Fields<'a>, tells_tls: bool, scratch: &mut Vec<u8>, on: On<'_>) {
        let outcome = match flag {
            Flag::Failed => Outcome::Rejected,
            Flag::Deferred => Outcome::Deferred,
            _ => Outcome::Delivered,
        };
        let said = match outcome {
            Outcome::Delivered => delivered(fields),
            Outcome::Deferred if fields.errno.is_none() => {
                return on(Parsed::Unparsed("no defer (N) in a deferral"));
            }
            Outcome::Deferred if is_suspended(fields) => return on(Parsed::Suspended(self.at)),
            Outcome::Rejected if is_expired(fields.message) => return on(Parsed::Expired(self.at)),
            _ if fields.message.is_empty() => said::read(fields.strerror),
            Outcome::Rejected => said::read(without_time(fields.message)),
            Outcome::Deferred => said::read(fields.message),
        };
        let relay = fields.relay.or(said.relay);
        if relay.is_none() && is_local(outcome, fields, &said) {
            return on(Parsed::Local(self.at));
        }
        let reply = match memchr(b'\\', said.reply) {
            None => said.reply,
            Some(_) => {
                scratch.clear();
                scratch.extend_from_slice(said.reply);
                if outcome == Outcome::Delivered {
                    said::unquote(scratch);
                }
                if said.speaker == Speaker::Server {
                    said::unescape(scratch);
                }
                scratch
            }
        };
        let (code, enhanced) = if said.speaker == Speaker::Server { codes(reply) } else { (None, None) };
        let tls = fields.encrypted || tells_tls;
        let tls = (tls && is_past_tls(outcome, &said)).then_some(fields.encrypted);
        on(Parsed::Attempt(Attempt {
            at: self.at,
            host: self.host,
            source: fields.source,
            queue_id: self.queue_id,
            recipient: fields.address,
            sender: fields.sender,
            campaign: b"",
            relay,
            outcome,
            reply,
            speaker: said.speaker,
            stage: said.stage,
            code,
            enhanced,
            tls,
        }));
    }
}

/// Whether the session had come to where it is encrypted, if it ever is.
const fn is_past_tls(outcome: Outcome, said: &Said<'_>) -> bool {
    matches!(outcome, Outcome::Delivered)
        || matches!(said.stage, Some(Stage::Mail | Stage::Rcpt | Stage::Data | Stage::EndOfData))
}

/// Takes ` DT=0.004s` off, which `+deliver_time` puts behind the reply of a failure.
fn without_time(message: &[u8]) -> &[u8] {
    const MARK: &[u8] = b" DT=";
    let from = message.len().saturating_sub(24);
    let Some(at) = memmem::rfind(&message[from..], MARK) else { return message };
    let time = &message[from + at + MARK.len()..];
    let is_time = time.ends_with(b"s")
        && time.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.' | b'w' | b'd' | b'h' | b'm' | b's'));
    if is_time { &message[..from + at] } else { message }
}

/// The reply to a delivery, where it is logged.
fn delivered<'a>(fields: &Fields<'a>) -> Said<'a> {
    let reply = fields.confirmation;
    let is_reply = reply.first().is_some_and(u8::is_ascii_digit);
    let speaker = if is_reply { Speaker::Server } else { Speaker::Mta };
    Said { reply, speaker, stage: Some(Stage::EndOfData), relay: None }
}

/// Whether nothing was tried: the retry time is not reached, the message is only queued, or the
/// operator holds it with the router of our own recipe.
fn is_suspended(fields: &Fields<'_>) -> bool {
    /// From here down the numbers mean that it is not the time (macros.h, `ERRNO_RETRY_BASE`).
    const NOT_TRIED: i32 = -51;
    const QUEUE_ONLY: [&[u8]; 3] =
        [b"domain matches queue_", b"retry time not reached", b"held until the cause is gone"];
    fields.errno.is_some_and(|errno| errno <= NOT_TRIED)
        || QUEUE_ONLY.iter().any(|start| fields.message.starts_with(start))
}

/// Whether a message was given up for its age, or for that of its destination's failure, without
/// another try.
fn is_expired(message: &[u8]) -> bool {
    const GIVEN_UP: [&[u8]; 4] = [
        b"retry timeout exceeded",
        b"retry time not reached for any host after a long failure period",
        b"all hosts have been failing for a long time",
        b"all hosts for '",
    ];
    GIVEN_UP.iter().any(|start| message.starts_with(start))
}

/// Whether mail went to a file, a pipe, an answer of our own, or nowhere.
fn is_own(address: &[u8]) -> bool {
    match address {
        [b'/' | b'|' | b'>', ..] => true,
        // `:blackhole:`
        [b':', name, ..] => name.is_ascii_alphabetic(),
        _ => false,
    }
}

/// Whether a result without a remote host is a mailbox's, a pipe's or a file's, not a destination's
/// that could not be reached or found.
fn is_local(outcome: Outcome, fields: &Fields<'_>, said: &Said<'_>) -> bool {
    if outcome == Outcome::Delivered {
        return true;
    }
    // Without a transport it was not routed: no such domain, no answer from the name service.
    let Some(transport) = fields.transport else { return false };
    !(said::is_remote(said.reply)
        || said.speaker == Speaker::Server
        || memmem::find(transport, b"smtp").is_some())
}

#[cfg(test)]
mod tests;
