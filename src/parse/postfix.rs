//! Postfix: delivery agents, the queue manager's senders, and what is no attempt.
//!
//! A result line is `QID: to=<R>[, orig_to=<O>], relay=…, delay=…, dsn=X.Y.Z, status=WORD (REASON)`.
//! Everything up to `status=` is Postfix's own writing, everything after it a stranger's, so the
//! *first* `status=` after the recipient is the real one. `dsn=` is not the reply's code: it is
//! made up where the reply has none, and its class is changed for a 5xx greeting. The codes come
//! from the reply.

use memchr::{memchr, memmem};

use super::envelope::Envelope;
use super::reason::{self, Reason};
use crate::model::{Attempt, Join, Moment, Outcome, Parsed, Relay, Speaker, codes};

/// Which of Postfix's programs wrote the line.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Program {
    /// `smtp`, `lmtp`, `error`, `retry`: outcomes at providers.
    Agent,
    /// `qmgr`: senders, suspensions, expiry.
    QueueManager,
    /// `local`, `virtual`, `pipe`, `discard`.
    Local,
    /// A line without a tag.
    Untagged,
}

/// How a line begins that tells of a host after which Postfix went on to another.
const NON_FINAL: [&[u8]; 3] = [b"host ", b"lost connection with ", b"conversation with "];

/// Whether a line is Postfix's, outbound or not: by its tag, or, where there is none, by the queue
/// id before it.
pub(super) fn claims(envelope: &Envelope<'_>) -> bool {
    let tag = envelope.tag;
    match envelope.slash {
        Some(slash) => tag.starts_with(b"postfix") || split_program(tag, Some(slash)).is_some(),
        None => {
            tag.is_empty() && {
                let (queue_id, rest) = split_queue_id(envelope.message);
                !queue_id.is_empty() || rest.starts_with(b"to=<")
            }
        }
    }
}

/// The reader of Postfix's lines: what it searches for, prepared once.
#[derive(Debug)]
pub(super) struct Postfix {
    status: memmem::Finder<'static>,
}

impl Postfix {
    /// Prepares the search.
    pub(super) fn new() -> Self {
        Self { status: memmem::Finder::new(STATUS) }
    }

    /// Reads `message`, which `envelope` carried. `at` is asked only for lines that matter.
    pub(super) fn read<'a>(
        &self,
        envelope: &Envelope<'a>,
        message: &'a [u8],
        at: impl FnOnce() -> Moment,
    ) -> Parsed<'a> {
        let Some((source, program)) = split_program(envelope.tag, envelope.slash) else {
            return Parsed::NoInterest;
        };
        // Every message's last line, and the most frequent of no interest.
        if program == Program::QueueManager && message.ends_with(b": removed") {
            return Parsed::NoInterest;
        }
        let (queue_id, rest) = split_queue_id(message);
        let is_result = rest.starts_with(b"to=");
        if queue_id.is_empty() && !is_result {
            return Parsed::NoInterest;
        }
        let line = |at| Line { at, host: envelope.host, source, queue_id };
        if is_result {
            line(at()).result(program, rest, &self.status)
        } else if rest.starts_with(b"from=") && matches!(program, Program::QueueManager | Program::Untagged) {
            line(at()).sender(rest)
        } else if program == Program::Agent && NON_FINAL.iter().any(|start| rest.starts_with(start)) {
            Parsed::NonFinal(at())
        } else {
            Parsed::NoInterest
        }
    }
}

/// What follows is Postfix's verdict and a stranger's words.
const STATUS: &[u8] = b", status=";

/// `postfix-out12/smtp` to (`postfix-out12`, agent).
fn split_program(tag: &[u8], slash: Option<usize>) -> Option<(&[u8], Program)> {
    let Some(slash) = slash else {
        return tag.is_empty().then_some((tag, Program::Untagged));
    };
    let program = match &tag[slash + 1..] {
        b"smtp" | b"lmtp" | b"error" | b"retry" => Program::Agent,
        b"qmgr" | b"nqmgr" | b"oqmgr" => Program::QueueManager,
        b"local" | b"virtual" | b"pipe" | b"discard" => Program::Local,
        _ => return None,
    };
    Some((&tag[..slash], program))
}

/// `QID: rest`. Short ids are upper-case hexadecimal, long ones base 52 without vowels, from six
/// characters up; `warning:`, `statistics:` and the like are no ids.
fn split_queue_id(message: &[u8]) -> (&[u8], &[u8]) {
    let (mut digit, mut lower) = (false, false);
    for (at, byte) in message.iter().enumerate() {
        match byte {
            b'0'..=b'9' => digit = true,
            b'a'..=b'z' => lower = true,
            b'A'..=b'Z' => {}
            b':' if at >= 6 && (digit || !lower) && message.get(at + 1) == Some(&b' ') => {
                return (&message[..at], &message[at + 2..]);
            }
            _ => break,
        }
    }
    (b"", message)
}

/// What the envelope and the queue id say about every line.
struct Line<'a> {
    at: Moment,
    host: &'a [u8],
    source: &'a [u8],
    queue_id: &'a [u8],
}

impl<'a> Line<'a> {
    /// `from=<S>, size=…, nrcpt=… (queue active)` or `from=<S>, status=expired, …`.
    fn sender(&self, rest: &'a [u8]) -> Parsed<'a> {
        let Some((sender, after)) = address(&rest[b"from=".len()..]) else {
            return Parsed::Unparsed("the sender has no end");
        };
        if after.starts_with(b", status=expired") || after.starts_with(b", status=force-expired") {
            return Parsed::Expired(self.at);
        }
        if !after.starts_with(b", size=") {
            return Parsed::NoInterest;
        }
        Parsed::Sender(Join {
            at: self.at,
            host: self.host,
            source: self.source,
            queue_id: self.queue_id,
            sender,
        })
    }

    /// `to=<R>, …, status=WORD (REASON)`.
    fn result(&self, program: Program, rest: &'a [u8], finder: &memmem::Finder<'_>) -> Parsed<'a> {
        let Some((recipient, after)) = address(&rest[b"to=".len()..]) else {
            return Parsed::Unparsed("the recipient has no end");
        };
        // The address as it came in may be quoted, too, and hold anything.
        let fields = match after.strip_prefix(b", orig_to=") {
            Some(original) => address(original).map_or(after, |(_, fields)| fields),
            None => after,
        };
        let Some(status_at) = finder.find(fields) else { return Parsed::Unparsed("no status=") };
        let relay = relay(&fields[..status_at]);
        let status = &fields[status_at + STATUS.len()..];
        let word_end = memchr(b' ', status).unwrap_or(status.len());
        let reason = status[word_end..].trim_ascii();
        let reason = reason.strip_prefix(b"(").unwrap_or(reason);
        let outcome = match &status[..word_end] {
            b"sent" => Outcome::Delivered,
            // SOFTBOUNCE is what soft_bounce=yes makes of a bounce: the message stays queued.
            b"deferred" | b"SOFTBOUNCE" => Outcome::Deferred,
            b"bounced" => Outcome::Rejected,
            // Probes; `undeliverable-but-not-cached` among them.
            word if word.starts_with(b"deliverable") || word.starts_with(b"undeliverable") => {
                return Parsed::Verify(self.at);
            }
            b"expired" => return Parsed::Expired(self.at),
            _ => return Parsed::Unparsed("an unknown status="),
        };
        if outcome != Outcome::Delivered && reason::is_put_off(reason) {
            return Parsed::Suspended(self.at);
        }
        let Relayed::Server(relay) = relay else { return Parsed::Local(self.at) };
        if program == Program::Local {
            return Parsed::Local(self.at);
        }
        let reason =
            if outcome == Outcome::Delivered { reason::delivered(reason) } else { reason::read(reason) };
        let Reason { reply, speaker, stage } = reason;
        let (code, enhanced) = if speaker == Speaker::Server { codes(reply) } else { (None, None) };
        Parsed::Attempt(Attempt {
            at: self.at,
            host: self.host,
            source: self.source,
            queue_id: self.queue_id,
            recipient,
            sender: None,
            campaign: b"",
            relay,
            outcome,
            reply,
            speaker,
            stage,
            code,
            enhanced,
            tls: None,
        })
    }
}

/// `<address>` or, as some versions wrote it, `address`, up to the comma; and what follows. A
/// quoted local part may hold anything, `>` included.
pub(super) fn address(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let Some(inner) = text.strip_prefix(b"<") else {
        let end = memchr(b',', text)?;
        return Some((&text[..end], &text[end..]));
    };
    let mut at = 0;
    if inner.first() == Some(&b'"') {
        at = 1;
        loop {
            match inner.get(at)? {
                b'"' => break,
                b'\\' => at += 2,
                _ => at += 1,
            }
        }
    }
    let end = at + memchr(b'>', inner.get(at..)?)?;
    Some((&inner[..end], &inner[end + 1..]))
}

/// Where the recipient's mail went.
enum Relayed<'a> {
    /// To this machine's own mailboxes or programs.
    Here,
    /// To a server, or nowhere (`relay=none`, no relay logged).
    Server(Option<Relay<'a>>),
}

/// Whether this is a content filter or a mailbox server on this machine: amavis and its like, by the
/// ports that their guides name, and LMTP's own. What passes a filter comes back with a queue id of
/// its own and would count twice. Other ports may be tunnels to a smarthost.
fn is_filter(ip: &[u8], port: &[u8]) -> bool {
    let is_loopback = ip.starts_with(b"127.") || ip == b"::1";
    is_loopback && matches!(port, b":24" | [b':', b'1', b'0', b'0', b'2' | b'3', b'0'..=b'9'])
}

/// Finds `relay=` in what Postfix wrote between the addresses and the status.
fn relay(fields: &[u8]) -> Relayed<'_> {
    let Some(value) = fields.strip_prefix(b", relay=") else { return Relayed::Server(None) };
    let value = &value[..memchr(b',', value).unwrap_or(value.len())];
    match value {
        b"none" => return Relayed::Server(None),
        b"local" | b"virtual" => return Relayed::Here,
        _ => {}
    }
    let Some(open) = memchr(b'[', value) else {
        // A transport's name: `relay=dovecot`, `relay=spamfilter`.
        return Relayed::Here;
    };
    let (host, bracketed) = (&value[..open], &value[open + 1..]);
    let ip = &bracketed[..memchr(b']', bracketed).unwrap_or(bracketed.len())];
    if memchr(b'/', ip).is_some() {
        // A socket: `relay=mx.example.com[private/dovecot-lmtp]`.
        return Relayed::Here;
    }
    if is_filter(ip, &bracketed[(ip.len() + 1).min(bracketed.len())..]) {
        return Relayed::Here;
    }
    Relayed::Server(Some(Relay { host, ip }))
}

#[cfg(test)]
mod tests;
