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

use super::text::Text;
use super::when;
use crate::model::{Attempt, Moment, Outcome, Parsed, Relay, Speaker, Stage, codes};
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
}

impl Default for KumoMta {
    fn default() -> Self {
        Self { fields: FIELDS.map(|field| memmem::Finder::new(field)), reply: Vec::new() }
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
        let Ok(record) = serde_json::from_slice::<Record<'_>>(line) else {
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
            Kind::Tried(outcome) => record.tried(at, outcome, &mut self.reply, on),
            Kind::Expired => on(Parsed::Expired(at)),
            Kind::Complaint => on(Parsed::Complaint(at)),
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

    fn tried(&self, at: Moment, outcome: Outcome, reply: &mut Vec<u8>, on: On<'_>) {
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
                stage: stage(response.command.bytes()),
                code,
                enhanced,
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
mod tests {
    use proptest::prelude::*;

    use crate::model::{Outcome, Speaker, Stage};
    use crate::parse::Dialect;
    use crate::parse::told::{self, Told, Tried};

    /// A record of this type with this response; `more` stands among its fields.
    fn record(kind: &str, response: &str, more: &str) -> String {
        format!(
            r#"{{"type":"{kind}","id":"1d98076abbbc11ed940250ebf67f93bd","sender":"news@sender.example","recipient":"a@example.org","queue":"autumn:shop@example.org","site":"pool->mx.example.org.","size":1047,"response":{response},"peer_address":{{"name":"mx.example.org.","addr":"192.0.2.9"}},"timestamp":1795255200,"created":1795255100,"num_attempts":0,"bounce_classification":"Uncategorized","egress_pool":"pool0","egress_source":"ip-1","source_address":{{"address":"198.51.100.7:53210"}},"feedback_report":null,"meta":{{}},"headers":{{"Subject":"\"type\":\"Bounce\""}},"delivery_protocol":"ESMTP"{more}}}"#
        )
    }

    const REFUSED: &str = r#"{"code":550,"enhanced_code":{"class":5,"subject":1,"detail":1},"content":"No such user.\nSee https://example.org/x","command":"RCPT TO:<a@example.org>"}"#;

    fn tried(record: &str) -> Tried {
        told::attempt(&[record])
    }

    fn other(record: &str) -> Told {
        let (dialect, mut told) = told::tell(&mut told::parser(), record);
        assert_eq!((dialect, told.len()), (Some(Dialect::KumoMta), 1), "{record}: {told:?}");
        told.remove(0)
    }

    #[test]
    fn a_bounce_is_read_to_its_last_field() {
        let tried = tried(&record("Bounce", REFUSED, ""));
        assert_eq!(tried.outcome, Outcome::Rejected);
        assert_eq!(tried.at, "2026-11-21T10:00:00Z");
        assert_eq!(tried.source, "ip-1");
        assert_eq!(tried.queue_id, "1d98076abbbc11ed940250ebf67f93bd");
        assert_eq!(
            (tried.recipient.as_str(), tried.sender.as_deref()),
            ("a@example.org", Some("news@sender.example"))
        );
        assert_eq!(tried.campaign, "autumn");
        assert_eq!(
            tried.relay,
            Some(("mx.example.org".into(), "192.0.2.9".into())),
            "without the trailing dot"
        );
        assert_eq!(tried.reply, "550 5.1.1 No such user.\nSee https://example.org/x");
        assert_eq!((tried.code, tried.enhanced.as_deref()), (Some(550), Some("5.1.1")));
        assert_eq!((tried.speaker, tried.stage), (Speaker::Server, Some(Stage::Rcpt)));
    }

    #[test]
    fn a_reply_without_an_enhanced_code_gets_none() {
        let reply = r#"{"code":421,"enhanced_code":null,"content":"busy","command":null}"#;
        let tried = tried(&record("TransientFailure", reply, ""));
        assert_eq!((tried.outcome, tried.reply.as_str()), (Outcome::Deferred, "421 busy"));
        assert_eq!((tried.code, tried.enhanced, tried.stage), (Some(421), None, None));
    }

    #[test]
    fn several_recipients_are_several_attempts() {
        let record = record(
            "Delivery",
            r#"{"code":250,"enhanced_code":{"class":2,"subject":0,"detail":0},"content":"OK","command":"."}"#,
            "",
        )
        .replace("\"recipient\":\"a@example.org\"", r#""recipient":["a@example.org","b@example.org"]"#);
        let tried = told::attempts(&[&record]);
        let found: Vec<_> = tried.iter().map(|one| (one.recipient.as_str(), one.code, one.stage)).collect();
        assert_eq!(
            found,
            [
                ("a@example.org", Some(250), Some(Stage::EndOfData)),
                ("b@example.org", Some(250), Some(Stage::EndOfData))
            ]
        );
    }

    #[test]
    fn what_kumomta_says_itself_has_no_code() {
        let reply = r#"{"code":400,"enhanced_code":null,"content":"KumoMTA internal: failed to connect to any candidate hosts: 550 5.1.1 x","command":null}"#;
        let tried = tried(
            &record("TransientFailure", reply, "")
                .replace("{\"name\":\"mx.example.org.\",\"addr\":\"192.0.2.9\"}", "null"),
        );
        assert_eq!((tried.code, tried.enhanced, tried.speaker), (None, None, Speaker::Mta));
        assert!(tried.reply.starts_with("KumoMTA internal:"));
        assert_eq!(tried.relay, None);
    }

    #[test]
    fn a_suspended_queue_asked_nobody() {
        let reply = r#"{"code":451,"enhanced_code":{"class":4,"subject":4,"detail":4},"content":"KumoMTA internal: scheduled queue is suspended: too many complaints","command":null}"#;
        assert_eq!(other(&record("TransientFailure", reply, "")), Told::Other("suspended"));
        let said =
            r#"{"code":550,"enhanced_code":null,"content":"account suspended","command":"RCPT TO:<x>"}"#;
        assert!(matches!(other(&record("Bounce", said, "")), Told::Attempt(_)), "a server may say the word");
    }

    #[test]
    fn what_is_no_outbound_attempt_is_told_as_what_it_is() {
        for (kind, told) in [
            ("Reception", "no interest"),
            ("Rejection", "no interest"),
            ("AdminRebind", "no interest"),
            ("DeferredInjectionRebind", "no interest"),
            ("Delayed", "no interest"),
            ("XferOut", "no interest"),
            ("XferIn", "no interest"),
            ("SomethingNew", "no interest"),
            ("Expiration", "expired"),
            ("AdminBounce", "suspended"),
            ("OOB", "late bounce"),
            ("Feedback", "complaint"),
        ] {
            assert_eq!(other(&record(kind, REFUSED, "")), Told::Other(told), "{kind}");
        }
        let maildir = record("Delivery", REFUSED, "").replace("ESMTP", "Maildir");
        assert_eq!(other(&maildir), Told::Other("local"));
    }

    #[test]
    fn the_event_time_is_finer_and_the_timestamp_may_have_a_fraction() {
        let finer = record("Bounce", REFUSED, r#","event_time":"2026-11-21T10:00:00.123456789Z""#);
        assert_eq!(tried(&finer).at, "2026-11-21T10:00:00.123Z");
        let fraction = record("Bounce", REFUSED, "").replace("1795255200", "1795255200.25");
        assert_eq!(tried(&fraction).at, "2026-11-21T10:00:00.250Z");
    }

    #[test]
    fn the_source_is_the_name_that_operators_gave() {
        let record = record("Bounce", REFUSED, "");
        let source = |from: &str, to: &str| tried(&record.replace(from, to)).source;
        assert_eq!(source("\"ip-1\"", "null"), "198.51.100.7");
        assert_eq!(source("\"ip-1\"", "\"unspecified\""), "198.51.100.7");
        assert_eq!(source("\"ip-1\"", "null").len(), "198.51.100.7".len());
        let bare = record.replace("\"ip-1\"", "null");
        let source = |from: &str, to: &str| tried(&bare.replace(from, to)).source;
        assert_eq!(source("198.51.100.7:53210", "[2001:db8::7]:53210"), "2001:db8::7");
        assert_eq!(source("198.51.100.7:53210", "2001:db8::7"), "2001:db8::7");
        assert_eq!(source("{\"address\":\"198.51.100.7:53210\"}", "null"), "pool0");
    }

    #[test]
    fn the_campaign_is_the_queues_and_else_the_tenant() {
        let record = record("Bounce", REFUSED, "");
        for (queue, campaign) in [
            ("autumn:shop@example.org", "autumn"),
            ("shop@example.org", "shop"),
            (":shop@example.org", "shop"),
            ("autumn:@example.org", "autumn"),
            ("example.org", ""),
            ("", ""),
        ] {
            assert_eq!(
                tried(&record.replace("autumn:shop@example.org", queue)).campaign,
                campaign,
                "{queue}"
            );
        }
    }

    #[test]
    fn every_command_has_its_stage() {
        for (command, stage) in [
            ("EHLO mta.sender.example", Some(Stage::Helo)),
            ("STARTTLS", Some(Stage::Starttls)),
            ("AUTH PLAIN", Some(Stage::Auth)),
            ("MAIL FROM:<n@sender.example>", Some(Stage::Mail)),
            ("DATA", Some(Stage::Data)),
            (".", Some(Stage::EndOfData)),
            ("QUIT", None),
        ] {
            let found = tried(&record("Bounce", &REFUSED.replace("RCPT TO:<a@example.org>", command), ""));
            assert_eq!(found.stage, stage, "{command}");
        }
    }

    #[test]
    fn fields_in_another_order_are_the_same_record() {
        let sorted = r#"{"egress_source":"ip-1","event_time":"2026-11-21T10:00:00Z","id":"x","num_attempts":1,"queue":"a@b","recipient":"a@example.org","response":{"code":550,"content":"no"},"type":"Bounce"}"#;
        assert_eq!(tried(sorted).code, Some(550));
    }

    #[test]
    fn words_of_a_record_inside_a_string_make_none() {
        let stranger = r#"{"msg":"{\"type\":\"Bounce\",\"num_attempts\":1,\"queue\":\"x\"}"}"#;
        assert_eq!(told::tell(&mut told::parser(), stranger), (None, vec![Told::Other("no interest")]));
        let kind = r#"{"type":"Bounce","email":"a@example.org"}"#;
        assert_eq!(told::tell(&mut told::parser(), kind).0, None);
    }

    #[test]
    fn a_reply_that_is_no_utf_8_is_read() {
        let mut line = record("Bounce", REFUSED, "").into_bytes();
        let at = line.windows(7).position(|part| part == b"No such").unwrap_or_default();
        line[at] = 0xe9;
        let (_, told) = told::tell(&mut told::parser(), &line);
        assert!(
            matches!(&told[..], [Told::Attempt(tried)] if tried.reply.starts_with("550 5.1.1 \u{fffd}o such")),
            "{told:?}"
        );
    }

    #[test]
    fn wrong_types_twice_given_keys_and_what_is_cut_are_not_read() {
        let whole = record("Bounce", REFUSED, "");
        for wrong in [
            whole[..whole.len() / 2].to_owned(),
            whole[..whole.len() - 1].to_owned(),
            whole.replace("\"code\":550", "\"code\":\"550\""),
            whole.replace("\"code\":550", "\"code\":70000"),
            whole.replace("\"code\":550", "\"code\":1e400"),
            whole.replace("1795255200", "\"now\""),
            whole.replace("1795255200", "-1"),
            whole.replace("1795255200", "1e300"),
            whole.replace("\"a@example.org\"", "[7]"),
            whole.replace("\"recipient\":\"a@example.org\"", "\"recipient\":[]"),
            whole.replace("\"recipient\":\"a@example.org\"", "\"recipient\":null"),
            whole.replace("\"egress_pool\":", "\"egress_source\":"),
            whole.replace(REFUSED, "null"),
            format!("{whole}x"),
        ] {
            assert!(matches!(other(&wrong), Told::Unparsed(_)), "{wrong}: {:?}", other(&wrong));
        }
    }

    #[test]
    fn a_deep_nest_in_a_field_that_is_not_read_costs_nothing() {
        let deep = format!("\"meta\":{}{}", "[".repeat(5000), "]".repeat(5000));
        assert_eq!(tried(&record("Bounce", REFUSED, "").replace("\"meta\":{}", &deep)).code, Some(550));
        let deep = format!("\"recipient\":{}", "[".repeat(5000));
        let line = record("Bounce", REFUSED, "").replace("\"recipient\":", &deep);
        assert!(matches!(other(&line), Told::Unparsed(_)));
    }

    #[test]
    fn a_code_that_no_server_can_have_said_is_none() {
        let tried = tried(&record("Bounce", &REFUSED.replace("550", "0"), ""));
        assert_eq!((tried.code, tried.speaker), (None, Speaker::Mta));
        assert!(tried.reply.starts_with("No such user."));
    }

    proptest! {
        #[test]
        fn no_bytes_panic_wherever_they_stand(noise: Vec<u8>, at in 0usize..1200, reply in "[ -~]{0,40}") {
            let mut line = record("TransientFailure", REFUSED, "").into_bytes();
            let at = at.min(line.len());
            line.splice(at..at, noise);
            told::tell(&mut told::parser(), &line);
            told::tell(&mut told::parser(), &line[..at]);
            told::tell(&mut told::parser(), record("Bounce", &reply, ""));
        }

        #[test]
        fn a_record_reads_the_same_whatever_stood_before(before in "[ -~]{0,60}", kind in "[A-Z][a-z]{3,8}") {
            let line = record("Bounce", REFUSED, "");
            let mut parser = told::parser();
            told::tell(&mut parser, format!("{{{before}"));
            told::tell(&mut parser, record(&kind, REFUSED, ""));
            let after = told::tell(&mut parser, &line);
            prop_assert_eq!(after, told::tell(&mut told::parser(), &line));
        }
    }
}
