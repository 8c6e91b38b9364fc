//! Sendmail: what its mailers logged of each transaction.
//!
//! A result line is `QID: to=<a>,<b>, ctladdr=…, delay=…, xdelay=…, mailer=…, pri=…, relay=host. [ip],
//! dsn=X.Y.Z[, reply=REPLY], stat=TEXT`. One line stands for every recipient that shared the
//! outcome, so it tells as many attempts.
//!
//! - Everything up to `dsn=` is Sendmail's writing. Before 8.17 there is no `reply=`, and all after
//!   the first `stat=` belongs to it. With `reply=` a stranger's words come first: for a 5xx the
//!   *last* `stat=` is the real one, because it is a fixed phrase; for a 4xx it is the one that says
//!   `Deferred: ` and the reply once more, so whatever the reply forges stands on both sides of it.
//! - The reply is its first line, cut in the middle beyond some 200 characters, control and 8-bit
//!   bytes as `\ooo` and the backslash doubled; both are undone here.
//! - `dsn=` is Sendmail's own mapping and no code of the server's. A delivery's `stat=Sent (…)` has
//!   lost its 250, so it has no code.
//! - Without a `reply=`, a refusal is a phrase (`stat=User unknown` may have been a 5.7.1): the
//!   server answered, and what it said is not known.
//! - Several hosts in one run: a temporary failure at RCPT TO is logged at every host that was tried,
//!   and each is an attempt; other failures are logged for the last host only. One line cannot tell
//!   which try was the last.
//! - A relay without an address was not asked: Sendmail remembered how its host had failed.
//! - A host name of 40 characters or more is cut in its middle: `acme-example.mail....ction.outlook.com.`

use memchr::{memchr, memmem};

use super::envelope::Envelope;
use super::{Message, On};
use crate::model::{Attempt, Join, Outcome, Parsed, Relay, Speaker, Stage, basic_code, codes};

/// The reader of Sendmail's lines. Nothing is joined across them; the buffer holds one reply.
#[derive(Debug, Default)]
pub(super) struct Sendmail {
    scratch: Vec<u8>,
}

impl Sendmail {
    /// Whether a program's tag, or else its message, shows that it is one of these.
    pub(super) fn claims(envelope: &Envelope<'_>) -> bool {
        let tag = envelope.tag;
        // NFS has an `sm-notify`.
        if tag == b"sendmail"
            || tag.starts_with(b"sendmail-")
            || (tag.starts_with(b"sm-") && tag != b"sm-notify")
        {
            return true;
        }
        let Some((_, rest)) = split_queue_id(envelope.message) else { return false };
        let has = |words: &[u8]| memmem::find(rest, words).is_some();
        (rest.starts_with(b"to=") && has(b", mailer=") && has(b"stat="))
            || (rest.starts_with(b"from=") && has(b", class=") && has(b", nrcpts="))
    }

    /// Reads what syslog's envelope carried.
    pub(super) fn read(&mut self, message: &Message<'_>, on: On<'_>) {
        let Some((queue_id, rest)) = split_queue_id(message.text) else { return on(Parsed::NoInterest) };
        if let Some(rest) = rest.strip_prefix(b"to=") {
            self.result(message, queue_id, rest, on);
        } else if let Some(rest) = rest.strip_prefix(b"from=") {
            on(sender(message, queue_id, rest));
        } else {
            on(other(message, rest));
        }
    }

    /// `<a>,<b>, ctladdr=…, …, stat=…`.
    fn result(&mut self, message: &Message<'_>, queue_id: &[u8], rest: &[u8], on: On<'_>) {
        let Some((recipients, rest)) = split_recipients(rest) else {
            return on(Parsed::Unparsed("the recipients have no end"));
        };
        let Some(line) = Line::read(rest) else { return on(Parsed::Unparsed("no stat=")) };
        if matches!(line.stat, b"queued" | b"quarantined") {
            return on(Parsed::NoInterest);
        }
        if line.is_local() {
            return on(Parsed::Local(message.at));
        }
        let Some(outcome) = line.outcome() else { return on(Parsed::Unparsed("an unknown stat=")) };
        if line.is_suspended(outcome) {
            // As often as recipients wait, as other MTAs log it.
            return (0..Recipients(recipients).count().max(1))
                .for_each(|_| on(Parsed::Suspended(message.at)));
        }
        let said = line.said(outcome);
        let reply = unescape(said.reply, &mut self.scratch);
        let (code, enhanced) = if said.speaker == Speaker::Server { codes(reply) } else { (None, None) };
        let mut any = false;
        for recipient in Recipients(recipients) {
            any = true;
            on(Parsed::Attempt(Attempt {
                at: message.at,
                host: message.host,
                source: message.tag,
                queue_id,
                recipient,
                sender: None,
                campaign: b"",
                relay: line.relay.map(|relay| relay.relay),
                outcome,
                reply,
                speaker: said.speaker,
                stage: said.stage,
                code,
                enhanced,
                tls: None,
            }));
        }
        if !any {
            on(Parsed::Unparsed("no recipient"));
        }
    }
}

/// `QID: rest`. Ids have 14 characters, in old versions 8: letters and digits.
fn split_queue_id(message: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = message.iter().take(24).position(|byte| !byte.is_ascii_alphanumeric())?;
    let rest = message[end..].strip_prefix(b": ")?;
    (end >= 8 && message[..end].iter().any(u8::is_ascii_digit)).then_some((&message[..end], rest))
}

/// `from=<S>, size=…, class=…, nrcpts=…`.
fn sender<'a>(message: &Message<'a>, queue_id: &'a [u8], rest: &'a [u8]) -> Parsed<'a> {
    // The address may hold anything in quotes; the size, which follows it, is Sendmail's.
    let Some(end) = memmem::find(rest, b", size=") else { return Parsed::NoInterest };
    join(message, queue_id, &rest[..end])
}

fn join<'a>(message: &Message<'a>, queue_id: &'a [u8], sender: &'a [u8]) -> Parsed<'a> {
    let (at, host, source) = (message.at, message.host, message.tag);
    Parsed::Sender(Join { at, host, source, queue_id, sender: bare(sender) })
}

/// What is neither a result nor a sender: `QID2: clone: owner=<S>` gives the copy for a list its
/// sender; `QID2: return to sender: Cannot send message for 5 days` gives a message up.
fn other<'a>(message: &Message<'a>, rest: &'a [u8]) -> Parsed<'a> {
    let Some((second, rest)) = split_queue_id(rest) else { return Parsed::NoInterest };
    if let Some(owner) = rest.strip_prefix(b"clone: owner=") {
        return join(message, second, owner);
    }
    let reports: [&[u8]; 4] = [b"return to sender: ", b"sender notify: ", b"postmaster notify: ", b"DSN: "];
    let what = reports.iter().find_map(|report| rest.strip_prefix(*report));
    match what {
        Some(what) if what.starts_with(b"Cannot send message ") => Parsed::Expired(message.at),
        _ => Parsed::NoInterest,
    }
}

/// Splits the recipients from what follows them, at the first comma with a space behind it. A
/// quoted local part may hold both; where the quotes do not pair, the next field is looked for.
fn split_recipients(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let mut from = 0;
    while let Some(end) = element_end(&text[from..]) {
        let at = from + end;
        match text.get(at + 1) {
            // `<a>,<b>, [more], ctladdr=…`: the others come with another line.
            Some(b' ') => return Some((&text[..at], &text[at..])),
            _ => from = at + 1,
        }
    }
    let next: [&[u8]; 2] = [b", ctladdr=", b", delay="];
    let at = next.iter().filter_map(|field| memmem::find(text, field)).min()?;
    Some((&text[..at], &text[at..]))
}

/// Where the next comma is that is in no quotes and in no angle brackets.
fn element_end(text: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped, mut angle) = (false, false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            _ if quoted => {}
            b'<' => angle = true,
            b'>' => angle = false,
            b',' if !angle => return Some(at),
            _ => {}
        }
    }
    None
}

/// The addresses of a list.
struct Recipients<'a>(&'a [u8]);

impl<'a> Iterator for Recipients<'a> {
    type Item = &'a [u8];

    fn next(&mut self) -> Option<&'a [u8]> {
        loop {
            let end = element_end(self.0).unwrap_or(self.0.len());
            let element = self.0[..end].trim_ascii();
            let is_last = end == self.0.len();
            self.0 = if is_last { b"" } else { &self.0[end + 1..] };
            let element = element.strip_suffix(b"[more]").unwrap_or(element).trim_ascii_end();
            match element {
                b"" if is_last => return None,
                b"" => {}
                _ => return Some(bare(element)),
            }
        }
    }
}

/// `<a@b>`, `Name <a@b>` and `a@b` to `a@b`.
fn bare(address: &[u8]) -> &[u8] {
    let address = address.trim_ascii();
    let Some(inner) = address.strip_suffix(b">") else { return address };
    if let Some(inner) = inner.strip_prefix(b"<") {
        return inner;
    }
    inner.iter().rposition(|byte| *byte == b'<').map_or(address, |at| &inner[at + 1..])
}

/// Where a transaction went.
#[derive(Copy, Clone)]
struct Relayed<'a> {
    relay: Relay<'a>,
    /// Whether an address was logged, which is so where a connection was made or tried.
    asked: bool,
}

impl<'a> Relayed<'a> {
    /// `host. [ip]`, `[ip] [ip]`, `host.`
    fn read(value: &'a [u8]) -> Self {
        let value = value.trim_ascii();
        let (host, ip) = match memmem::rfind(value, b" [") {
            Some(at) => (&value[..at], &value[at + 2..]),
            None => (value, &b""[..]),
        };
        let asked = !ip.is_empty();
        let ip = ip.strip_suffix(b"]").unwrap_or(ip);
        let ip = ip.strip_prefix(b"IPv6:").unwrap_or(ip);
        // A literal is no name.
        let host = if host.starts_with(b"[") { b"" } else { host.strip_suffix(b".").unwrap_or(host) };
        Self { relay: Relay { host, ip }, asked }
    }
}

/// The fields of a result line after its recipients.
struct Line<'a> {
    mailer: &'a [u8],
    relay: Option<Relayed<'a>>,
    dsn: &'a [u8],
    /// The server's reply, where it is logged as such.
    reply: Option<&'a [u8]>,
    stat: &'a [u8],
    /// `dsn=…, stat=…`, as logged.
    summary: &'a [u8],
}

impl<'a> Line<'a> {
    /// Walks through the fields as far as `reply=` or `stat=`, which end them.
    fn read(fields: &'a [u8]) -> Option<Self> {
        let mut line = Self { mailer: b"", relay: None, dsn: b"", reply: None, stat: b"", summary: b"" };
        let mut rest = fields;
        let mut summary = None;
        loop {
            // `dsn=5.0.0,stat=` lacks the space in some versions.
            let field = rest.strip_prefix(b",")?.trim_ascii_start();
            if let Some(stat) = field.strip_prefix(b"stat=") {
                line.stat = stat.trim_ascii_end();
                line.summary = summary.unwrap_or(field).trim_ascii_end();
                return Some(line);
            }
            if let Some(words) = field.strip_prefix(b"reply=") {
                let at = split_reply(words)?;
                line.reply = Some(&words[..at]);
                line.stat = words[at + STAT.len()..].trim_ascii_end();
                line.summary = summary.unwrap_or(field).trim_ascii_end();
                return Some(line);
            }
            // The sender may hold commas in quotes; the delay, which follows it, is Sendmail's.
            let end = if field.starts_with(b"ctladdr=") {
                memmem::find(field, b", delay=").or_else(|| memchr(b',', field))
            } else {
                memchr(b',', field)
            }?;
            let value = &field[..end];
            if let Some(mailer) = value.strip_prefix(b"mailer=") {
                line.mailer = mailer;
            } else if let Some(relay) = value.strip_prefix(b"relay=") {
                line.relay = Some(Relayed::read(relay));
            } else if let Some(dsn) = value.strip_prefix(b"dsn=") {
                line.dsn = dsn;
                summary = Some(field);
            }
            rest = &field[end..];
        }
    }

    /// Whether no provider is involved: this machine's own mailboxes and programs, an address that
    /// was turned down before any mailer was asked, or the way to our own MTA.
    fn is_local(&self) -> bool {
        const OUT: [&[u8]; 6] = [b"esmtp", b"smtp", b"smtp8", b"dsmtp", b"relay", b"smtps"];
        const HERE: [&[u8]; 9] = [
            b"local",
            b"prog",
            b"procmail",
            b"error",
            b"discard",
            b"usenet",
            b"cyrus",
            b"cyrusv2",
            b"*file*",
        ];
        const LOOPBACK: [&[u8]; 3] = [b"127.0.0.1", b"::1", b"0:0:0:0:0:0:0:1"];
        if self.relay.is_some_and(|relay| LOOPBACK.contains(&relay.relay.ip)) || HERE.contains(&self.mailer) {
            return true;
        }
        // A mailer of the operator's own is one that goes out if it went somewhere.
        !OUT.contains(&self.mailer) && !self.relay.is_some_and(|relay| relay.asked)
    }

    /// What became of the recipients: by Sendmail's phrase, else by the class of its code.
    fn outcome(&self) -> Option<Outcome> {
        const LATER: [&[u8]; 3] = [b"Deferred", b"Operating system error", b"I/O error"];
        const NEVER: [&[u8]; 13] = [
            b"Service unavailable",
            b"User unknown",
            b"Host unknown",
            b"Data format error",
            b"Remote protocol error",
            b"Insufficient permission",
            b"Local configuration error",
            b"Internal error",
            b"Command line usage error",
            b"Cannot open input",
            b"Can't create output",
            b"System file missing",
            b"Bad usage",
        ];
        let starts = |phrases: &[&[u8]]| phrases.iter().any(|phrase| self.stat.starts_with(phrase));
        match self.dsn.first() {
            _ if self.stat == b"Sent" || self.stat.starts_with(b"Sent (") => Some(Outcome::Delivered),
            _ if starts(&LATER) => Some(Outcome::Deferred),
            _ if starts(&NEVER) => Some(Outcome::Rejected),
            Some(b'4') => Some(Outcome::Deferred),
            Some(b'5') => Some(Outcome::Rejected),
            _ => None,
        }
    }

    fn deferred_with(&self) -> Option<&'a [u8]> {
        self.stat.strip_prefix(b"Deferred: ")
    }

    /// Whether the host was left alone because an earlier try had failed. A name that cannot be
    /// looked up has no address either, but its host was not left alone.
    fn is_suspended(&self, outcome: Outcome) -> bool {
        let text = self.deferred_with().unwrap_or_default();
        outcome == Outcome::Deferred
            && self.reply.is_none()
            && self.relay.is_some_and(|relay| !relay.asked)
            && basic_code(text).is_none()
            && !text.starts_with(b"Name server")
            && memmem::find(text, b"host name lookup failure").is_none()
    }

    /// Who said what.
    fn said(&self, outcome: Outcome) -> Said<'a> {
        let text = self.reply.or_else(|| self.deferred_with());
        match text {
            // No server has this code: Sendmail says so of a handshake that failed.
            Some(text) if text.starts_with(b"403 ") => {
                Said { reply: text, speaker: Speaker::Mta, stage: Some(Stage::Starttls) }
            }
            Some(text) => {
                let is_server = basic_code(text).is_some();
                let refused = !is_server && text.starts_with(b"Connection refused by ");
                Said {
                    reply: text,
                    speaker: if is_server { Speaker::Server } else { Speaker::Mta },
                    stage: refused.then_some(Stage::Connect),
                }
            }
            None if outcome == Outcome::Delivered => {
                let reply = self.stat.strip_prefix(b"Sent (").unwrap_or_default();
                Said {
                    reply: reply.strip_suffix(b")").unwrap_or(reply),
                    speaker: Speaker::Server,
                    stage: Some(Stage::EndOfData),
                }
            }
            None => self.unsaid(outcome),
        }
    }

    /// A failure without the server's words: some gateways append them, else it is summed up.
    fn unsaid(&self, outcome: Outcome) -> Said<'a> {
        const REASON: &[u8] = b"(Reason from remote:";
        if let Some(at) = memmem::find(self.stat, REASON) {
            let reply = self.stat[at + REASON.len()..].trim_ascii();
            let reply = reply.strip_suffix(b")").unwrap_or(reply);
            if basic_code(reply).is_some() {
                return Said { reply, speaker: Speaker::Server, stage: None };
            }
        }
        let answered = outcome == Outcome::Rejected && self.relay.is_some_and(|relay| relay.asked);
        Said {
            reply: self.summary,
            speaker: if answered { Speaker::Summary } else { Speaker::Mta },
            stage: None,
        }
    }
}

/// What was said.
struct Said<'a> {
    reply: &'a [u8],
    speaker: Speaker,
    stage: Option<Stage>,
}

const STAT: &[u8] = b", stat=";

/// Where the reply ends and Sendmail's own `, stat=` begins.
fn split_reply(words: &[u8]) -> Option<usize> {
    const DEFERRED: &[u8] = b", stat=Deferred";
    const SENT: &[u8] = b", stat=Sent (";
    if words.first() == Some(&b'4') {
        // The reply stands on both sides, so the real one is where both are as long; only the
        // hyphen after the code may differ.
        let mut first = None;
        for at in memmem::find_iter(words, DEFERRED) {
            let again = words[at + DEFERRED.len()..].strip_prefix(b": ");
            if again.is_some_and(|again| same(&words[..at], again)) {
                return Some(at);
            }
            first = first.or(Some(at));
        }
        // Cut in their middles, they differ.
        if first.is_some() {
            return first;
        }
    }
    if words.first() == Some(&b'2')
        && let Some(confirmed) = words.strip_suffix(b")")
    {
        // What was confirmed stands on both sides, too, on the right without its codes.
        let mut first = None;
        for at in memmem::find_iter(confirmed, SENT) {
            if words[..at].ends_with(&confirmed[at + SENT.len()..]) {
                return Some(at);
            }
            first = first.or(Some(at));
        }
        if first.is_some() {
            return first;
        }
    }
    memmem::rfind(words, STAT)
}

fn same(one: &[u8], other: &[u8]) -> bool {
    one.len() == other.len()
        && one.get(..3) == other.get(..3)
        && one.get(4..).unwrap_or_default() == other.get(4..).unwrap_or_default()
}

/// Undoes `\ooo` and `\\`.
fn unescape<'a>(text: &'a [u8], scratch: &'a mut Vec<u8>) -> &'a [u8] {
    let Some(mut at) = memchr(b'\\', text) else { return text };
    scratch.clear();
    scratch.extend_from_slice(&text[..at]);
    while let Some(byte) = text.get(at) {
        let (byte, length) = match text[at..] {
            [b'\\', first @ b'0'..=b'3', second @ b'0'..=b'7', third @ b'0'..=b'7', ..] => {
                ((first - b'0') << 6 | (second - b'0') << 3 | (third - b'0'), 4)
            }
            [b'\\', b'\\', ..] => (b'\\', 2),
            _ => (*byte, 1),
        };
        scratch.push(byte);
        at += length;
    }
    scratch
}

#[cfg(test)]
mod tests;
