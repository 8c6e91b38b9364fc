//! OpenSMTPD: what its transfer agent logged for each recipient.
//!
//! `SESSION mta delivery evpid=E from=<S> to=<R> rcpt=<O> source="IP" relay="IP (host)" delay=1s
//! result="Ok|TempFail|PermFail" stat="REPLY"`; up to 6.0 `mta event=delivery evpid=…`.
//!
//! - The reply comes last and is not escaped: it may hold quotes and fields, so `result="` is the
//!   first one after the addresses, and the reply ends where the line does.
//! - The lines of a reply are joined without anything between them, the first keeping its `550-`. Of
//!   the others an enhanced code is taken off only where it has five characters: `due to5.7.26 …`.
//!   Of very long replies only the last line is left. The codes stand at the front in every case.
//! - `stat=` without a code is OpenSMTPD's own: `Network error on destination MXs` for a connection
//!   that failed as for a server that refused to talk (its refusal is in `mta error reason=BANNER
//!   rejected: …`, which names no recipient) and for a host that was left alone after either.
//! - A relay that is only a domain (`relay="example.com"`) was never connected to. The host is named
//!   by the reverse look-up of its address, which need not be the name in the MX record.
//! - `to=` is where it went, `rcpt=` the address before aliases, `-` where it is the same.
//! - Every recipient has an envelope id of its own, which begins with the message's id.

use memchr::{memchr, memmem};

use super::envelope::Envelope;
use super::postfix::address;
use super::{Message, On};
use crate::model::{Attempt, Moment, Outcome, Parsed, Relay, Speaker, Stage, basic_code, codes};

/// What follows the fields that OpenSMTPD writes itself.
const RESULT: &[u8] = b" result=\"";

/// The reader of OpenSMTPD's lines, each of which stands alone: what it searches for, prepared once.
#[derive(Debug)]
pub(super) struct OpenSmtpd {
    result: memmem::Finder<'static>,
}

impl Default for OpenSmtpd {
    fn default() -> Self {
        Self { result: memmem::Finder::new(RESULT) }
    }
}

impl OpenSmtpd {
    /// Whether a program's tag, or else its message, shows that it is one of these.
    pub(super) fn claims(envelope: &Envelope<'_>) -> bool {
        envelope.tag == b"smtpd"
            || session(envelope.message)
                .is_some_and(|rest| rest.starts_with(b"mta ") || rest.starts_with(b"mda "))
    }

    /// Reads what syslog's envelope carried.
    pub(super) fn read(&mut self, message: &Message<'_>, on: On<'_>) {
        on(read(message, &self.result));
    }
}

fn read<'a>(message: &Message<'a>, result: &memmem::Finder<'_>) -> Parsed<'a> {
    let at = message.at;
    // The queue's own way of telling: `relay: Expire for E: from=<…>, …, stat=Envelope expired`.
    if message.text.starts_with(b"relay: Expire for ") {
        return Parsed::Expired(at);
    }
    let Some(rest) = session(message.text) else { return Parsed::NoInterest };
    if let Some(rest) = rest.strip_prefix(b"mda ") {
        let is_delivery = rest.starts_with(b"delivery ") || rest.starts_with(b"event=delivery ");
        return if is_delivery { Parsed::Local(at) } else { Parsed::NoInterest };
    }
    let Some(rest) = rest.strip_prefix(b"mta ") else { return Parsed::NoInterest };
    let rest = rest.strip_prefix(b"event=").unwrap_or(rest);
    if let Some(rest) = rest.strip_prefix(b"delivery ") {
        return delivery(message, rest, result).unwrap_or_else(Parsed::Unparsed);
    }
    if let Some(reason) = rest.strip_prefix(b"error reason=") {
        return error(at, reason);
    }
    Parsed::NoInterest
}

/// The 16 hexadecimal digits of the session, and what follows them.
fn session(message: &[u8]) -> Option<&[u8]> {
    let (id, rest) = message.trim_ascii_start().split_first_chunk::<16>()?;
    if id.iter().all(u8::is_ascii_hexdigit) { rest.strip_prefix(b" ") } else { None }
}

/// `BANNER rejected: 421 …`: a server that refused to talk, to nobody in particular.
fn error<'a>(at: Moment, reason: &[u8]) -> Parsed<'a> {
    let command = &reason[..memchr(b' ', reason).unwrap_or_default()];
    if reason[command.len()..].starts_with(b" rejected: ") {
        Parsed::NonFinal(at)
    } else {
        Parsed::NoInterest
    }
}

/// `evpid=… from=<…> to=<…> … result="…" stat="…"`.
fn delivery<'a>(
    message: &Message<'a>,
    rest: &'a [u8],
    finder: &memmem::Finder<'_>,
) -> Result<Parsed<'a>, &'static str> {
    let (queue_id, rest) = rest
        .strip_prefix(b"evpid=")
        .and_then(|rest| memchr(b' ', rest).map(|end| rest.split_at(end)))
        .ok_or("no evpid=")?;
    let (sender, rest) = bracketed(rest, b" from=").ok_or("the sender has no end")?;
    let (recipient, rest) = bracketed(rest, b" to=").ok_or("the recipient has no end")?;
    let (_, rest) = bracketed(rest, b" rcpt=").unwrap_or((b"", rest));
    let (fields, rest) = rest.split_at(finder.find(rest).ok_or("no result=")?);
    let (result, rest) = quoted(rest, RESULT).ok_or("no result=")?;
    let (source, fields) = quoted(fields, b" source=\"").unwrap_or((b"", fields));
    let (relay, _) = quoted(fields, b" relay=\"").unwrap_or_default();
    let outcome = match result {
        b"Ok" => Outcome::Delivered,
        b"TempFail" => Outcome::Deferred,
        b"PermFail" => Outcome::Rejected,
        b"Expire" | b"Expired" => return Ok(Parsed::Expired(message.at)),
        _ => return Err("an unknown result="),
    };
    let reply = rest.strip_prefix(b" stat=\"").ok_or("no stat=")?.trim_ascii_end();
    // A record that syslog cut has no closing quote.
    let reply = reply.strip_suffix(b"\"").unwrap_or(reply);
    let relay = server(relay);
    if relay.is_some_and(|relay| matches!(relay.ip, b"127.0.0.1" | b"::1")) {
        // A filter of our own.
        return Ok(Parsed::Local(message.at));
    }
    let is_server = basic_code(reply).is_some();
    let (code, enhanced) = if is_server { codes(reply) } else { (None, None) };
    Ok(Parsed::Attempt(Attempt {
        at: message.at,
        host: message.host,
        source: if source == b"-" { b"" } else { unbracketed(source) },
        queue_id,
        recipient,
        sender: Some(sender),
        campaign: b"",
        relay,
        outcome,
        reply,
        speaker: if is_server { Speaker::Server } else { Speaker::Mta },
        stage: (outcome == Outcome::Delivered).then_some(Stage::EndOfData),
        code,
        enhanced,
        tls: None,
    }))
}

/// The address after `key`, and what follows it.
fn bracketed<'a>(text: &'a [u8], key: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let value = text.strip_prefix(key)?;
    if value.starts_with(b"<") { address(value) } else { None }
}

/// The value after `key`, up to the next quote, and what follows that. Older and newer versions may
/// have other fields between.
fn quoted<'a>(text: &'a [u8], key: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    // Where it usually stands is asked first; preparing a search costs more than this.
    let at = if text.starts_with(key) { 0 } else { memmem::find(text, key)? };
    let value = &text[at + key.len()..];
    let end = memchr(b'"', value)?;
    Some((&value[..end], &value[end + 1..]))
}

/// `192.0.2.1 (host)`, `[2001:db8::1] (host)`, `192.0.2.1`; a domain is no server.
fn server(relay: &[u8]) -> Option<Relay<'_>> {
    let end = memchr(b' ', relay).unwrap_or(relay.len());
    let (ip, name) = (unbracketed(&relay[..end]), &relay[end..]);
    let is_ip = memchr(b':', ip).is_some() || ip.iter().all(|byte| matches!(byte, b'0'..=b'9' | b'.'));
    let host = name.strip_prefix(b" (").map_or(&b""[..], |name| name.strip_suffix(b")").unwrap_or(name));
    // A name that is the address once more says nothing.
    let host = if unbracketed(host) == ip { b"" } else { host };
    (is_ip && !ip.is_empty()).then_some(Relay { host, ip })
}

/// `[2001:db8::1]` and `IPv6:2001:db8::1` without what surrounds the address.
fn unbracketed(ip: &[u8]) -> &[u8] {
    let ip = ip.strip_prefix(b"[").and_then(|ip| ip.strip_suffix(b"]")).unwrap_or(ip);
    ip.strip_prefix(b"IPv6:").unwrap_or(ip)
}

#[cfg(test)]
mod tests {
    use crate::model::{Outcome, Speaker, Stage};
    use crate::parse::Dialect;
    use crate::parse::told::{self, Told, Tried};

    const HEAD: &str = "2026-11-15T10:00:00+00:00 mta1 smtpd[111]: ";
    const TO: &str = "b3f23e76a8f038cf mta delivery evpid=3a7c2fc93c67a91e from=<s@lists.example> \
                      to=<user@example.com> rcpt=<-> source=\"192.0.2.7\" \
                      relay=\"198.51.100.9 (mx.example.com)\" delay=1s";

    fn attempt(result: &str, stat: &str) -> Tried {
        told::attempt(&[&format!("{HEAD}{TO} result=\"{result}\" stat=\"{stat}\"")])
    }

    fn codes(tried: &Tried) -> (Option<u16>, Option<&str>) {
        (tried.code, tried.enhanced.as_deref())
    }

    #[test]
    fn a_rejection_is_read_to_its_last_field() {
        let found = attempt("PermFail", "550 5.1.1 no such user");
        assert_eq!((found.outcome, found.speaker, found.stage), (Outcome::Rejected, Speaker::Server, None));
        assert_eq!((found.at.as_str(), found.host.as_str()), ("2026-11-15T10:00:00Z", "mta1"));
        assert_eq!(found.source, "192.0.2.7");
        assert_eq!(found.queue_id, "3a7c2fc93c67a91e");
        assert_eq!(found.recipient, "user@example.com");
        assert_eq!(found.sender.as_deref(), Some("s@lists.example"));
        assert_eq!(found.relay, Some(("mx.example.com".into(), "198.51.100.9".into())));
        assert_eq!(found.reply, "550 5.1.1 no such user");
        assert_eq!(codes(&found), (Some(550), Some("5.1.1")));
    }

    #[test]
    fn both_spellings_and_an_empty_sender_are_read() {
        for (from, sender) in [("s@lists.example", "s@lists.example"), ("", "")] {
            let new = format!("{HEAD}{TO} result=\"Ok\" stat=\"250 2.0.0 Ok\"")
                .replace("<s@lists.example>", &format!("<{from}>"));
            let old = new.replace("mta delivery", "mta event=delivery");
            for line in [&new, &old] {
                let found = told::attempt(&[line]);
                assert_eq!((found.outcome, found.code), (Outcome::Delivered, Some(250)));
                assert_eq!(found.stage, Some(Stage::EndOfData));
                assert_eq!(found.sender.as_deref(), Some(sender));
            }
            assert_eq!(told::attempt(&[&new]), told::attempt(&[&old]));
        }
    }

    #[test]
    fn forged_fields_inside_the_reply_change_nothing() {
        for reply in [
            "554 5.7.1 no\" result=\"Ok\" stat=\"250 2.0.0 ok",
            "554 5.7.1 no\" relay=\"203.0.113.1 (fake)\" delay=0s result=\"TempFail\" stat=\"451",
            "554 5.7.1 \"",
        ] {
            let found = attempt("PermFail", reply);
            assert_eq!((found.outcome, found.reply.as_str()), (Outcome::Rejected, reply));
            assert_eq!(codes(&found), (Some(554), Some("5.7.1")));
            assert_eq!(found.relay, Some(("mx.example.com".into(), "198.51.100.9".into())));
        }
    }

    #[test]
    fn the_lines_of_a_reply_stay_joined_as_they_are() {
        let reply = "550-5.7.26 this mail is not accepted due to5.7.26 domain's DMARC policy";
        let found = attempt("PermFail", reply);
        assert_eq!((found.reply.as_str(), codes(&found)), (reply, (Some(550), Some("5.7.26"))));
        let found = attempt("TempFail", "421-4.7.28 an unusual rate4.7.28 from your IP");
        assert_eq!((found.outcome, codes(&found)), (Outcome::Deferred, (Some(421), Some("4.7.28"))));
        assert_eq!(codes(&attempt("PermFail", "550")), (Some(550), None));
    }

    #[test]
    fn what_no_server_said_has_no_code() {
        for stat in [
            "Network error on destination MXs",
            "Bad response: line too long",
            "Connection closed unexpectedly",
            "No MX found for domain",
        ] {
            let found = attempt("TempFail", stat);
            assert_eq!((found.outcome, found.speaker), (Outcome::Deferred, Speaker::Mta));
            assert_eq!((found.reply.as_str(), codes(&found)), (stat, (None, None)));
        }
        let found = attempt("PermFail", "Domain does not exist");
        assert_eq!((found.outcome, found.speaker), (Outcome::Rejected, Speaker::Mta));
    }

    #[test]
    fn a_cut_record_keeps_what_is_there() {
        let found = told::attempt(&[&format!("{HEAD}{TO} result=\"PermFail\" stat=\"550 5.1.1 no su")]);
        assert_eq!((found.reply.as_str(), found.code), ("550 5.1.1 no su", Some(550)));
    }

    #[test]
    fn relays_and_sources_come_in_many_forms() {
        for (logged, relay) in [
            ("198.51.100.9 (mx.example.com)", Some(("mx.example.com", "198.51.100.9"))),
            ("[2001:db8::9] (mx.example.com)", Some(("mx.example.com", "2001:db8::9"))),
            ("198.51.100.9 (198.51.100.9)", Some(("", "198.51.100.9"))),
            ("198.51.100.9", Some(("", "198.51.100.9"))),
            ("example.com", None),
            ("", None),
        ] {
            let line = format!("{HEAD}{TO} result=\"Ok\" stat=\"250 ok\"")
                .replace("198.51.100.9 (mx.example.com)", logged);
            let relay = relay.map(|(host, ip)| (host.to_owned(), ip.to_owned()));
            assert_eq!(told::attempt(&[&line]).relay, relay, "{logged}");
        }
        for (logged, source) in [("-", ""), ("[2001:db8::7]", "2001:db8::7")] {
            let line = format!("{HEAD}{TO} result=\"Ok\" stat=\"250 ok\"").replace("192.0.2.7", logged);
            assert_eq!(told::attempt(&[&line]).source, source);
        }
    }

    #[test]
    fn the_recipient_is_where_it_went() {
        let line = format!("{HEAD}{TO} result=\"Ok\" stat=\"250 ok\"").replace("<->", "<alias@here.example>");
        assert_eq!(told::attempt(&[&line]).recipient, "user@example.com");
        let quoted = r#"<"a> result=\"Ok\" stat=\"250"@example.com>"#;
        let line =
            format!("{HEAD}{TO} result=\"TempFail\" stat=\"450 no\"").replace("<user@example.com>", quoted);
        let found = told::attempt(&[&line]);
        assert_eq!((found.outcome, found.code), (Outcome::Deferred, Some(450)));
        assert!(found.recipient.ends_with("@example.com"));
    }

    #[test]
    fn what_is_no_attempt_is_counted_apart() {
        for (want, text) in [
            ("non-final", "b3f23e6ef3af12c7 mta error reason=BANNER rejected: 421 too many"),
            ("non-final", "b3f23e6ef3af12c7 mta error reason=HELO rejected: 550 5.7.1 denied"),
            ("non-final", "b3f23e6ef3af12c7 mta event=error reason=AUTH rejected: 535 no"),
            ("no interest", "b3f23e6ef3af12c7 mta error reason=IO Error: Connection refused"),
            ("no interest", "b3f23e6ef3af12c7 mta error reason=Connection closed unexpectedly"),
            ("no interest", "b3f23e6ef3af12c7 mta connected"),
            ("no interest", "b3f23e6ef3af12c7 mta connecting address=smtp://198.51.100.9:25 host=mx.example"),
            ("no interest", "b3f23e6ef3af12c7 smtp envelope evpid=5d5621aff381d59b from=<a@b> to=<c@d>"),
            (
                "no interest",
                "b3f23e6ef3af12c7 smtp failed-command command=\"RCPT TO:<c@d>\" result=\"550 no\"",
            ),
            ("no interest", "smtp-out: Disabling route [] <-> 198.51.100.9 (mx.example.com) for 15s"),
            ("no interest", "info: OpenSMTPD 6.8.0p2 starting"),
            (
                "expired",
                "relay: Expire for 5d5621aff381d59b: from=<a@b>, to=<c@d>, rcpt=<->, delay=4d, stat=Envelope expired",
            ),
            (
                "local",
                "b3f23e6ef3af12c7 mda delivery evpid=5d5621aff381d59b from=<> to=<a@b> rcpt=<a@b> user=root delay=0s result=Ok stat=Delivered",
            ),
            (
                "local",
                "b3f23e6ef3af12c7 mta delivery evpid=5d5621aff381d59b from=<a@b> to=<c@d> rcpt=<-> source=\"127.0.0.1\" relay=\"127.0.0.1 (localhost)\" delay=0s result=\"Ok\" stat=\"250 ok\"",
            ),
        ] {
            assert_eq!(told::told(&[&format!("{HEAD}{text}")]), [Told::Other(want)], "{text}");
        }
        for (why, text) in [
            ("no evpid=", "b3f23e6ef3af12c7 mta delivery to=<a@b>"),
            ("the sender has no end", "b3f23e6ef3af12c7 mta delivery evpid=5d5621aff381d59b from=<a@"),
            (
                "the recipient has no end",
                "b3f23e6ef3af12c7 mta delivery evpid=5d5621aff381d59b from=<> to=<a@",
            ),
            ("no result=", "b3f23e6ef3af12c7 mta delivery evpid=5d5621aff381d59b from=<> to=<a@b> rcpt=<->"),
            (
                "no stat=",
                "b3f23e6ef3af12c7 mta delivery evpid=5d5621aff381d59b from=<> to=<a@b> result=\"Ok\"",
            ),
            (
                "an unknown result=",
                "b3f23e6ef3af12c7 mta delivery evpid=5d5621aff381d59b from=<> to=<a@b> result=\"Odd\" stat=\"250 ok\"",
            ),
        ] {
            assert_eq!(told::told(&[&format!("{HEAD}{text}")]), [Told::Unparsed(why)], "{text}");
        }
    }

    #[test]
    fn a_line_is_claimed_by_its_tag_or_by_what_it_says() {
        let dialect = |line: &str| told::tell(&mut told::parser(), line).0;
        let result = format!("{TO} result=\"Ok\" stat=\"250 ok\"");
        assert_eq!(dialect(&format!("{HEAD}info: OpenSMTPD 6.8.0p2 starting")), Some(Dialect::OpenSmtpd));
        assert_eq!(dialect(&format!("Nov 15 10:00:00 mta1 mail[7]: {result}")), Some(Dialect::OpenSmtpd));
        // As it is logged in the foreground.
        assert_eq!(dialect(&result), Some(Dialect::OpenSmtpd));
        assert_eq!(told::attempt(&[&result]).recipient, "user@example.com");
        let postfix = "Nov 15 10:00:00 mx postfix/smtpd[1]: connect from x[192.0.2.1]";
        assert_eq!(dialect(postfix), Some(Dialect::Postfix));
    }

    proptest::proptest! {
        #[test]
        fn no_line_panics_and_none_depends_on_another(bytes: Vec<u8>, tails in proptest::collection::vec(
            "([ -~]{0,30}( result=\"|\" stat=\"|Ok\"|<|>|\"|\\\\| relay=\"| to=<)){0,8}[ -~]{0,30}", 1..6)) {
            let mut parser = told::parser();
            parser.line(&bytes, |_| {});
            for tail in tails {
                for head in [
                    HEAD.to_owned(),
                    format!("{HEAD}b3f23e6ef3af12c7 mta "),
                    format!("{HEAD}b3f23e6ef3af12c7 mta error reason="),
                    format!("{HEAD}b3f23e6ef3af12c7 mta delivery evpid=1 from=<"),
                    format!("{HEAD}{TO}"),
                ] {
                    let line = format!("{head}{tail}");
                    proptest::prop_assert_eq!(
                        told::tell(&mut parser, &line),
                        told::tell(&mut told::parser(), &line)
                    );
                }
            }
        }
    }
}
