//! KumoMTA's log records, one JSON object a line.
//!
//! `response` is what the server said, taken apart: code, enhanced code, and the text with the
//! repeated prefixes stripped, its lines joined by line feeds. It is put together again, so that
//! rules and people see the server's own words. Where no server spoke, KumoMTA makes up a code of
//! its own (400, 451, 500) and begins the text with `KumoMTA internal:`: that code is nobody's.
//! `Rejection` and `Reception` are inbound. Since late 2025 `recipient` may be an array.

use std::fmt;

use memchr::{memchr, memmem};
use serde::Deserialize;
use serde::de::{Deserializer, SeqAccess, Visitor};
use serde_json::Value;

use super::text::Text;
use super::when;
use crate::model::{Attempt, Complaint, Moment, Outcome, Parsed, Relay, Speaker, Stage, codes};
use crate::parse::On;
use crate::parse::stamp::Clock;

/// How records begin that KumoMTA itself wrote: its fields have this order.
const START: &[u8] = b"{\"type\":\"";

/// What no line of a record lacks, and what a string cannot hold unescaped.
const FIELDS: [&[u8]; 2] = [b"\"num_attempts\"", b"\"queue\""];

/// The reader of records.
#[derive(Debug)]
pub(super) struct KumoMta {
    fields: [memmem::Finder<'static>; 2],
    /// The reply, put together.
    reply: Vec<u8>,
    /// Whether a record told its cipher: then those that tell none had none.
    tells_tls: bool,
}

impl Default for KumoMta {
    fn default() -> Self {
        Self { fields: FIELDS.map(memmem::Finder::new), reply: Vec::new(), tells_tls: false }
    }
}

/// What a record is about.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Kind {
    Tried(Outcome),
    Expired,
    Complaint,
    LateBounce,
    /// The operator gave it up: no server was asked.
    Withdrawn,
    /// Inbound, or moved from one queue to another.
    NoInterest,
}

impl Kind {
    fn of(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"Delivery" => Self::Tried(Outcome::Delivered),
            b"Bounce" => Self::Tried(Outcome::Rejected),
            b"TransientFailure" => Self::Tried(Outcome::Deferred),
            b"Expiration" => Self::Expired,
            b"Feedback" => Self::Complaint,
            b"OOB" => Self::LateBounce,
            b"AdminBounce" => Self::Withdrawn,
            b"Reception"
            | b"Rejection"
            | b"Delayed"
            | b"AdminRebind"
            | b"DeferredInjectionRebind"
            | b"XferOut"
            | b"XferIn" => Self::NoInterest,
            _ => return None,
        })
    }
}

impl KumoMta {
    /// Whether a line is KumoMTA's: it begins as a record does, or has a record's fields in another
    /// order (a shipper may have sorted them).
    pub(super) fn looks(&self, line: &[u8]) -> bool {
        let [attempts, queue] = &self.fields;
        if Self::first_kind(line).is_some() {
            return queue.find(line).is_some();
        }
        attempts.find(line).is_some() && queue.find(line).is_some()
    }

    /// The kind, if it stands first.
    fn first_kind(line: &[u8]) -> Option<Kind> {
        let rest = line.strip_prefix(START)?;
        Kind::of(&rest[..memchr(b'"', rest)?])
    }

    /// Reads a record.
    pub(super) fn read(&mut self, line: &[u8], clock: &mut Clock, on: On<'_>) {
        if Self::first_kind(line) == Some(Kind::NoInterest) {
            // Half of a log: every message was received once.
            return on(Parsed::NoInterest);
        }
        // Keys of text that is known to be UTF-8 need not be looked through one by one.
        let record = match std::str::from_utf8(line) {
            Ok(text) => serde_json::from_str::<Record<'_>>(text),
            Err(_) => serde_json::from_slice(line),
        };
        let Ok(record) = record else {
            return on(Parsed::Unparsed("not the JSON of a KumoMTA record"));
        };
        let kind = Kind::of(record.kind.bytes()).unwrap_or(Kind::NoInterest);
        if kind == Kind::NoInterest {
            return on(Parsed::NoInterest);
        }
        let Some(at) = record.at(clock) else {
            return on(Parsed::Unparsed("a KumoMTA record without a time"));
        };
        match kind {
            Kind::Tried(outcome) => {
                self.tells_tls |= !record.tls_cipher.bytes().is_empty();
                record.tried(at, outcome, self.tells_tls, &mut self.reply, on);
            }
            Kind::Expired => on(Parsed::Expired(at)),
            Kind::Complaint => complaint(line, at, on),
            Kind::LateBounce => on(Parsed::LateBounce(at)),
            Kind::Withdrawn => on(Parsed::Suspended(at)),
            Kind::NoInterest => on(Parsed::NoInterest),
        }
    }
}

/// What is read of a record; `null` is as good as absent.
#[derive(Deserialize)]
struct Record<'a> {
    #[serde(rename = "type", borrow)]
    kind: Text<'a>,
    #[serde(borrow, default)]
    id: Text<'a>,
    #[serde(borrow)]
    sender: Option<Text<'a>>,
    #[serde(borrow, default)]
    recipient: Recipients<'a>,
    #[serde(borrow, default)]
    queue: Text<'a>,
    #[serde(borrow)]
    response: Option<Response<'a>>,
    #[serde(borrow)]
    peer_address: Option<Peer<'a>>,
    timestamp: Option<f64>,
    #[serde(borrow, default)]
    event_time: Text<'a>,
    #[serde(borrow, default)]
    egress_pool: Text<'a>,
    #[serde(borrow, default)]
    egress_source: Text<'a>,
    #[serde(borrow)]
    source_address: Option<Source<'a>>,
    #[serde(borrow, default)]
    delivery_protocol: Text<'a>,
    #[serde(borrow, default)]
    tls_cipher: Text<'a>,
}

/// What a complaint is about. The record's own recipient is the address that complaints are sent to.
#[derive(Default, Deserialize)]
struct Complained {
    feedback_report: Option<Report>,
}

#[derive(Default, Deserialize)]
struct Report {
    #[serde(default)]
    original_rcpt_to: Value,
    #[serde(default)]
    original_mail_from: Value,
    /// What KumoMTA itself had written into the message, and found again in the complaint.
    #[serde(default)]
    supplemental_trace: Value,
}

#[derive(Deserialize)]
struct Response<'a> {
    code: Option<u16>,
    enhanced_code: Option<EnhancedCode>,
    #[serde(borrow, default)]
    content: Text<'a>,
    #[serde(borrow, default)]
    command: Text<'a>,
}

#[derive(Deserialize)]
struct EnhancedCode {
    class: u16,
    subject: u16,
    detail: u16,
}

#[derive(Deserialize)]
struct Peer<'a> {
    #[serde(borrow, default)]
    name: Text<'a>,
    #[serde(borrow, default)]
    addr: Text<'a>,
}

#[derive(Deserialize)]
struct Source<'a> {
    #[serde(borrow, default)]
    address: Text<'a>,
}

/// One address, or several.
#[derive(Default)]
struct Recipients<'a> {
    first: Text<'a>,
    others: Vec<Text<'a>>,
}

impl<'de: 'a, 'a> Deserialize<'de> for Recipients<'a> {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct OneOrMore;
        impl<'de> Visitor<'de> for OneOrMore {
            type Value = Recipients<'de>;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("an address or an array of addresses")
            }

            fn visit_borrowed_bytes<E>(self, bytes: &'de [u8]) -> Result<Self::Value, E> {
                Ok(Recipients { first: Text(bytes.into()), others: Vec::new() })
            }

            fn visit_bytes<E>(self, bytes: &[u8]) -> Result<Self::Value, E> {
                Ok(Recipients { first: Text(bytes.to_vec().into()), others: Vec::new() })
            }

            fn visit_some<D: Deserializer<'de>>(self, deserializer: D) -> Result<Self::Value, D::Error> {
                deserializer.deserialize_bytes(self)
            }

            fn visit_none<E>(self) -> Result<Self::Value, E> {
                Ok(Recipients::default())
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Self::Value, A::Error> {
                let first = list.next_element()?.unwrap_or_default();
                let mut others = Vec::new();
                while let Some(other) = list.next_element()? {
                    others.push(other);
                }
                Ok(Recipients { first, others })
            }
        }
        deserializer.deserialize_option(OneOrMore)
    }
}

/// A complaint. Many providers take the address out of what they send.
fn complaint(line: &[u8], at: Moment, on: On<'_>) {
    let about: Complained = serde_json::from_slice(line).unwrap_or_default();
    let report = about.feedback_report.unwrap_or_default();
    let trace = |key| text(report.supplemental_trace.get(key));
    let [traced, told] = [trace("recipient"), text(Some(&report.original_rcpt_to))].map(bare_address);
    let sender = bare_address(text(Some(&report.original_mail_from)));
    let named = trace("campaign");
    on(Parsed::Complaint(Complaint {
        at,
        recipient: if traced.is_empty() { told } else { traced },
        sender: (!sender.is_empty()).then_some(sender),
        campaign: if named.is_empty() { campaign(trace("queue")) } else { named },
    }));
}

/// A text, or the first of several; empty for anything else.
fn text(value: Option<&Value>) -> &[u8] {
    match value {
        Some(Value::String(text)) => text.as_bytes(),
        Some(Value::Array(several)) => several.first().and_then(Value::as_str).unwrap_or_default().as_bytes(),
        _ => b"",
    }
}

/// How the text begins where no server spoke.
const INTERNAL: &[u8] = b"KumoMTA internal:";

/// Ways of delivery in which no mail server is on the other side.
const LOCAL: [&[u8]; 4] = [b"Maildir", b"Lua", b"Null", b"HttpInjectionGenerator"];

/// The name of the source where none was configured.
const UNNAMED: &[u8] = b"unspecified";

impl Record<'_> {
    /// `event_time` has the fraction that `timestamp` lacks; older versions have only the latter.
    fn at(&self, clock: &mut Clock) -> Option<Moment> {
        if !self.event_time.bytes().is_empty() {
            return clock.read(self.event_time.bytes());
        }
        when::seconds(self.timestamp?)
    }

    fn tried(&self, at: Moment, outcome: Outcome, tells_tls: bool, reply: &mut Vec<u8>, on: On<'_>) {
        if LOCAL.contains(&self.delivery_protocol.bytes()) {
            return on(Parsed::Local(at));
        }
        let Some(response) = &self.response else {
            return on(Parsed::Unparsed("a KumoMTA record without a response"));
        };
        if self.recipient.first.bytes().is_empty() {
            return on(Parsed::Unparsed("a KumoMTA record without a recipient"));
        }
        let content = response.content.bytes();
        let is_internal = content.starts_with(INTERNAL);
        if is_internal && memmem::find(content, b" suspended").is_some() {
            return on(Parsed::Suspended(at));
        }
        reply.clear();
        if !is_internal {
            response.prefix(reply);
        }
        reply.extend_from_slice(content);
        let (code, enhanced) = if is_internal { (None, None) } else { codes(reply) };
        let relay = self.peer_address.as_ref().map(|peer| Relay {
            host: peer.name.bytes().strip_suffix(b".").unwrap_or(peer.name.bytes()),
            ip: peer.addr.bytes(),
        });
        let stage = stage(response.command.bytes());
        let tls = tls(outcome, stage, self.tls_cipher.bytes(), tells_tls);
        for recipient in std::iter::once(&self.recipient.first).chain(&self.recipient.others) {
            on(Parsed::Attempt(Attempt {
                at,
                host: b"",
                source: self.source(),
                queue_id: self.id.bytes(),
                recipient: recipient.bytes(),
                sender: self.sender.as_ref().map(Text::bytes),
                campaign: campaign(self.queue.bytes()),
                relay: relay.filter(|relay| !relay.host.is_empty() || !relay.ip.is_empty()),
                outcome,
                reply,
                speaker: if code.is_some() { Speaker::Server } else { Speaker::Mta },
                stage,
                code,
                enhanced,
                tls,
            }));
        }
    }

    /// The name that the operator gave the source, else its address, else its pool.
    fn source(&self) -> &[u8] {
        let name = self.egress_source.bytes();
        if !name.is_empty() && name != UNNAMED {
            return name;
        }
        let address =
            self.source_address.as_ref().map_or(&b""[..], |source| without_port(source.address.bytes()));
        let pool = self.egress_pool.bytes();
        if !address.is_empty() {
            address
        } else if pool.is_empty() || pool == UNNAMED {
            name
        } else {
            pool
        }
    }
}

impl Response<'_> {
    /// `550 5.7.1 `, as far as the server said so.
    fn prefix(&self, reply: &mut Vec<u8>) {
        let Some(code) = self.code.filter(|code| (200..600).contains(code)) else { return };
        number(code, reply);
        reply.push(b' ');
        if let Some(enhanced) = &self.enhanced_code {
            number(enhanced.class, reply);
            reply.push(b'.');
            number(enhanced.subject, reply);
            reply.push(b'.');
            number(enhanced.detail, reply);
            reply.push(b' ');
        }
    }
}

fn number(value: u16, text: &mut Vec<u8>) {
    if value >= 10 {
        number(value / 10, text);
    }
    text.push(b'0' + (value % 10) as u8);
}

/// `192.0.2.1:53210` and `[2001:db8::1]:53210` without the port and the brackets.
fn without_port(address: &[u8]) -> &[u8] {
    if let Some(inner) = address.strip_prefix(b"[") {
        return &inner[..memchr(b']', inner).unwrap_or(inner.len())];
    }
    match memchr(b':', address) {
        // A second colon: an IPv6 address without a port.
        Some(colon) if memchr(b':', &address[colon + 1..]).is_none() => &address[..colon],
        _ => address,
    }
}

/// Whether the connection was encrypted; not known before the session had come to it.
const fn tls(outcome: Outcome, stage: Option<Stage>, cipher: &[u8], tells_tls: bool) -> Option<bool> {
    let is_past = matches!(outcome, Outcome::Delivered)
        || matches!(stage, Some(Stage::Mail | Stage::Rcpt | Stage::Data | Stage::EndOfData));
    if is_past && tells_tls { Some(!cipher.is_empty()) } else { None }
}

/// `<a@b>` without the brackets.
fn bare_address(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    text.strip_prefix(b"<").and_then(|text| text.strip_suffix(b">")).unwrap_or(text)
}

/// The campaign of `campaign:tenant@domain`, else the tenant; a bare domain has neither.
fn campaign(queue: &[u8]) -> &[u8] {
    let Some(at) = memchr(b'@', queue) else { return b"" };
    let label = &queue[..at];
    match memchr(b':', label) {
        Some(0) => &label[1..],
        Some(colon) => &label[..colon],
        None => label,
    }
}

/// What the server answered: `RCPT TO:<a@b>`, `.`, `EHLO mta.example`.
fn stage(command: &[u8]) -> Option<Stage> {
    const COMMANDS: [(&[u8], Stage); 10] = [
        (b"MAIL FROM", Stage::Mail),
        (b"RCPT TO", Stage::Rcpt),
        (b"DATA", Stage::Data),
        (b"BDAT", Stage::EndOfData),
        (b".", Stage::EndOfData),
        (b"EHLO", Stage::Helo),
        (b"HELO", Stage::Helo),
        (b"LHLO", Stage::Helo),
        (b"STARTTLS", Stage::Starttls),
        (b"AUTH", Stage::Auth),
    ];
    COMMANDS.iter().find_map(|(word, stage)| {
        let start = command.get(..word.len())?;
        start.eq_ignore_ascii_case(word).then_some(*stage)
    })
}

#[cfg(test)]
mod tests;
