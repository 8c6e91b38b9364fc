//! `postqueue -j`: what Postfix holds at this moment, one message a line.
//!
//! Each recipient with a `delay_reason` was tried and put off; the reason is what the log has in
//! the parentheses after `status=deferred`. A recipient without one was not tried yet.
//!
//! When it was put off, the queue does not say. The time told is `arrival_time`: it is the only one
//! in the record, the same whenever the listing is read again, and it answers since when mail has
//! been stuck; the moment of the listing would show one great burst of deferrals instead. So an
//! entry's time is the earliest at which it can have been deferred.

use memchr::{memchr, memmem};
use serde::Deserialize;

use super::text::Text;
use crate::model::{Attempt, Moment, Outcome, Parsed, Relay, Speaker, codes};
use crate::parse::{On, reason};

/// How every line begins.
const START: &[u8] = b"{\"queue_name\":";

/// Whether a line is a message of the queue.
pub(super) fn looks(line: &[u8]) -> bool {
    let Some(rest) = line.strip_prefix(START) else {
        return line.starts_with(b"{") && FIELDS.iter().all(|field| memmem::find(line, field).is_some());
    };
    memmem::find(rest, b"\"queue_id\"").is_some()
}

/// The fields by which a reordered line is known.
const FIELDS: [&[u8]; 3] = [b"\"queue_name\"", b"\"queue_id\"", b"\"arrival_time\""];

#[derive(Deserialize)]
struct Message<'a> {
    #[serde(borrow)]
    queue_id: Text<'a>,
    arrival_time: i64,
    #[serde(borrow)]
    sender: Option<Text<'a>>,
    #[serde(borrow, default)]
    recipients: Vec<Recipient<'a>>,
}

#[derive(Deserialize)]
struct Recipient<'a> {
    #[serde(borrow)]
    address: Text<'a>,
    #[serde(borrow, default)]
    delay_reason: Text<'a>,
}

/// Reads a message of the queue.
pub(super) fn read(line: &[u8], on: On<'_>) {
    let Ok(message) = serde_json::from_slice::<Message<'_>>(line) else {
        return on(Parsed::Unparsed("not the JSON of a postqueue -j line"));
    };
    if message.arrival_time < 0 || message.arrival_time > LAST {
        return on(Parsed::Unparsed("a postqueue -j line with an impossible arrival_time"));
    }
    let at = Moment::from_seconds(message.arrival_time);
    let mut told = false;
    for recipient in &message.recipients {
        let text = recipient.delay_reason.bytes();
        if text.is_empty() {
            continue;
        }
        told = true;
        if reason::is_put_off(text) {
            on(Parsed::Suspended(at));
            continue;
        }
        let reason::Reason { reply, speaker, stage } = reason::bare(text);
        let (code, enhanced) = if speaker == Speaker::Server { codes(reply) } else { (None, None) };
        on(Parsed::Attempt(Attempt {
            at,
            host: b"",
            source: b"",
            queue_id: message.queue_id.bytes(),
            recipient: recipient.address.bytes(),
            sender: message.sender.as_ref().map(Text::bytes),
            campaign: b"",
            relay: relay(text),
            outcome: Outcome::Deferred,
            reply,
            speaker,
            stage,
            code,
            enhanced,
            tls: None,
        }));
    }
    if !told {
        on(Parsed::NoInterest);
    }
}

/// The year 33658; what lies behind is no clock's.
const LAST: i64 = 1_000_000_000_000;

/// `NAME[IP]` where Postfix, and not a reply, names it: at the beginning.
fn relay(reason: &[u8]) -> Option<Relay<'_>> {
    const STARTS: [&[u8]; 5] = [
        b"host ",
        b"connect to ",
        b"lost connection with ",
        b"conversation with ",
        b"SASL authentication failed; server ",
    ];
    let rest = STARTS.iter().find_map(|start| reason.strip_prefix(*start))?;
    let open = memchr(b'[', rest)?;
    let (host, address) = (&rest[..open], &rest[open + 1..]);
    let ip = &address[..memchr(b']', address)?];
    (!host.contains(&b' ')).then_some(Relay { host, ip })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use crate::model::{Outcome, Speaker, Stage};
    use crate::parse::Dialect;
    use crate::parse::told::{self, Told, Tried};

    fn line(reason: &str) -> String {
        format!(
            r#"{{"queue_name": "deferred", "queue_id": "4Xz1Qb0LrDz9vBJ", "arrival_time": 1794960000, "message_size": 901, "forced_expire": false, "sender": "news@sender.example", "recipients": [{{"address": "a@example.org", "delay_reason": "{reason}"}}]}}"#
        )
    }

    fn attempt(reason: &str) -> Tried {
        told::attempt(&[&line(reason)])
    }

    #[test]
    fn a_servers_words_are_the_reason_without_its_parentheses() {
        let tried = attempt(
            "host mx.example.org[192.0.2.9] said: 450 4.2.0 <a@example.org>: Greylisted (in reply to RCPT TO command)",
        );
        assert_eq!(tried.reply, "450 4.2.0 <a@example.org>: Greylisted");
        assert_eq!(tried.relay, Some(("mx.example.org".into(), "192.0.2.9".into())));
        assert_eq!((tried.outcome, tried.speaker), (Outcome::Deferred, Speaker::Server));
        assert_eq!(
            (tried.stage, tried.code, tried.enhanced.as_deref()),
            (Some(Stage::Rcpt), Some(450), Some("4.2.0"))
        );
        assert_eq!(
            (tried.queue_id.as_str(), tried.sender.as_deref()),
            ("4Xz1Qb0LrDz9vBJ", Some("news@sender.example"))
        );
    }

    #[test]
    fn a_refused_greeting_and_a_failed_connection_name_their_host() {
        let tried = attempt("host mx.example.org[2001:db8::9] refused to talk to me: 421 4.7.0 busy");
        assert_eq!(tried.relay, Some(("mx.example.org".into(), "2001:db8::9".into())));
        assert_eq!((tried.code, tried.stage), (Some(421), Some(Stage::Connect)));
        let tried = attempt("connect to mx.example.org[192.0.2.9]:25: Connection timed out");
        assert_eq!(tried.relay, Some(("mx.example.org".into(), "192.0.2.9".into())));
        assert_eq!((tried.code, tried.speaker, tried.stage), (None, Speaker::Mta, Some(Stage::Connect)));
        let tried = attempt("lost connection with mx.example.org[192.0.2.9] while sending RCPT TO");
        assert_eq!(tried.relay, Some(("mx.example.org".into(), "192.0.2.9".into())));
        assert_eq!(attempt("Host or domain name not found. Name service error for name=x").relay, None);
        assert_eq!(attempt("host found [192.0.2.9] nowhere").relay, None, "no name has a space");
    }

    #[test]
    fn the_time_is_the_messages_arrival() {
        assert_eq!(attempt("connect to x[192.0.2.9]:25: No route to host").at, "2026-11-18T00:00:00Z");
    }

    #[test]
    fn a_suspended_destination_is_no_new_reply() {
        let line = line("delivery temporarily suspended: connect to x[192.0.2.9]:25: Connection refused");
        assert_eq!(told::told(&[&line]), [Told::Other("suspended")]);
    }

    #[test]
    fn each_recipient_has_its_own_reason_and_one_without_was_not_tried() {
        let line = r#"{"queue_name": "deferred", "queue_id": "A1B2C3D4E5", "arrival_time": 1794960000, "message_size": 1, "sender": "", "recipients": [{"address": "a@example.org", "delay_reason": "host x[192.0.2.1] said: 452 full (in reply to RCPT TO command)"}, {"address": "b@example.org"}, {"address": "c@example.org", "delay_reason": "mail transport unavailable"}]}"#;
        let tried = told::attempts(&[line]);
        let found: Vec<_> = tried.iter().map(|one| (one.recipient.as_str(), one.code)).collect();
        assert_eq!(found, [("a@example.org", Some(452)), ("c@example.org", None)]);
        assert_eq!(tried[0].sender.as_deref(), Some(""), "a bounce has an empty sender, and it is known");
        let fresh = r#"{"queue_name": "active", "queue_id": "A1B2C3D4E5", "arrival_time": 1794960000, "recipients": [{"address": "b@example.org"}]}"#;
        assert_eq!(
            told::tell(&mut told::parser(), fresh),
            (Some(Dialect::Postqueue), vec![Told::Other("no interest")])
        );
    }

    #[test]
    fn what_is_cut_or_of_the_wrong_type_is_not_read() {
        let whole = line("connect to x[192.0.2.9]:25: Connection refused");
        let at = whole.find("sender").unwrap_or_default();
        let wrong = [
            whole[..at].to_owned(),
            whole.replace("1794960000", "\"yesterday\""),
            whole.replace("1794960000", "1e400"),
            whole.replace("1794960000", "-5"),
            whole.replace("\"a@example.org\"", "7"),
            whole.replace("\"sender\"", "\"queue_id\""),
        ];
        for line in wrong {
            let (dialect, told) = told::tell(&mut told::parser(), &line);
            assert_eq!(dialect, Some(Dialect::Postqueue), "{line}");
            assert!(matches!(told[..], [Told::Unparsed(_)]), "{line}: {told:?}");
        }
    }

    #[test]
    fn a_reordered_line_is_known_by_its_fields() {
        let line = r#"{"arrival_time":1794960000,"queue_id":"A1B2C3D4E5","queue_name":"deferred","recipients":[{"address":"a@example.org","delay_reason":"mail transport unavailable"}]}"#;
        assert_eq!(told::attempt(&[line]).recipient, "a@example.org");
    }

    proptest! {
        #[test]
        fn no_reason_panics(reason in "[ -~]{0,80}", cut in 0usize..300) {
            let line = line(&reason);
            told::tell(&mut told::parser(), &line);
            told::tell(&mut told::parser(), line.get(..cut).unwrap_or_default());
        }
    }
}
