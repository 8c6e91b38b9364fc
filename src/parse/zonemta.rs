//! ZoneMTA: one line per try, behind what npmlog puts before it.
//!
//! `info Sender/ZONE/PID[CONN] id=SESSION MSGID.SEQ ACCEPTED|DEFERRED[CAT]|REJECTED[CAT] from=A[ENV]
//! to=B src=IP mx=HOST[IP] id=<MESSAGE-ID> (REPLY)`. npmlog gives no time: where nobody puts one
//! before the line (`docker logs -t`, pm2, syslog, journald), the last time known is taken.
//!
//! Up to `mx=` the line is ZoneMTA's own writing. The message-id is the author's header, comments
//! included (`<1@a> (added by postmaster@b)`), and the reply is a stranger's; either may hold what
//! looks like the border between them. It is taken to be the first `> (` whose code agrees with the
//! verdict, so that a reply can never forge it and a message-id only another reply of its class.
//!
//! ZoneMTA joins a reply's lines and leaves the code of the first. The envelope's sender, in
//! brackets, is the one that the server saw. A try without a connection has the domain alone in
//! `mx=`, which is no relay. The category is ZoneMTA's own reading of the reply and is left aside.

use memchr::{memchr, memmem};

use super::envelope::Envelope;
use super::stamp::Clock;
use super::{Message, On, stamped};
use crate::model::{Attempt, Moment, Outcome, Parsed, Relay, Speaker, Stage, basic_code, code_class, codes};

/// npmlog's words for its levels.
const LEVELS: [&[u8]; 8] = [b"info", b"verb", b"ERR!", b"WARN", b"notice", b"http", b"sill", b"timing"];

/// How the prefixes of ZoneMTA's processes begin. Those of one plain word (`Queue`, `GC`) could be
/// anybody's.
const PREFIXES: [&[u8]; 4] = [b"Sender/", b"SMTP/", b"Queue/", b"Bounces/"];

/// The reader of ZoneMTA's lines. Every line tells all.
#[derive(Debug, Default)]
pub(super) struct ZoneMta;

impl ZoneMta {
    /// Whether a line without syslog's envelope is one of these.
    pub(super) fn looks(line: &[u8]) -> bool {
        is_said(stamped::split(line).1)
    }

    /// Whether a program's tag, or else its message, shows that it is one of these.
    pub(super) fn claims(envelope: &Envelope<'_>) -> bool {
        matches!(envelope.tag, b"zone-mta" | b"zonemta" | b"ZoneMTA") || is_said(envelope.message)
    }

    /// Reads a line without syslog's envelope.
    pub(super) fn bare(&mut self, line: &[u8], clock: &mut Clock, on: On<'_>) {
        let (stamp, text) = stamped::split(line);
        let at = stamped::moment(stamp, clock);
        on(said(at, b"", text));
    }

    /// Reads what syslog's envelope carried.
    pub(super) fn read(&mut self, message: &Message<'_>, on: On<'_>) {
        on(said(message.at, message.host, message.text));
    }
}

/// Whether ZoneMTA wrote this, by its level and its prefix, or by the record itself.
fn is_said(text: &[u8]) -> bool {
    let Some(rest) = level(text) else { return text.starts_with(b"id=") && record(text).is_some() };
    PREFIXES.iter().any(|prefix| rest.starts_with(prefix))
}

/// Takes the level off, and the colours that npmlog writes to a terminal.
fn level(text: &[u8]) -> Option<&[u8]> {
    let text = uncoloured(text);
    let level = LEVELS.iter().find(|level| text.starts_with(level))?;
    let rest = &text[level.len()..];
    let is_word = matches!(rest.first(), Some(b' ' | 0x1b));
    is_word.then(|| uncoloured(uncoloured(rest).trim_ascii_start()))
}

/// Skips escape sequences such as `ESC[32m`.
fn uncoloured(mut text: &[u8]) -> &[u8] {
    while let Some(rest) = text.strip_prefix(b"\x1b[") {
        let end = rest.iter().take_while(|byte| byte.is_ascii_digit() || **byte == b';').count();
        if rest.get(end) != Some(&b'm') {
            break;
        }
        text = &rest[end + 1..];
    }
    text
}

/// A line's record: the queue id, the verdict's word and what follows it.
fn record(text: &[u8]) -> Option<(&[u8], &[u8], &[u8])> {
    let text = match level(text) {
        Some(prefixed) => {
            let end = prefixed.iter().position(|byte| matches!(byte, b' ' | 0x1b))?;
            uncoloured(&prefixed[end..]).trim_ascii_start()
        }
        None => text,
    };
    let session = text.strip_prefix(b"id=")?;
    let (_, rest) = word(session)?;
    let (queue_id, rest) = word(rest)?;
    let (verdict, rest) = word(rest)?;
    (memchr(b'.', queue_id).is_some() && rest.starts_with(b"from=")).then_some((queue_id, verdict, rest))
}

/// The bytes up to a space, and what follows it.
fn word(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = memchr(b' ', text)?;
    Some((&text[..end], &text[end + 1..]))
}

fn said<'a>(at: Moment, host: &'a [u8], text: &'a [u8]) -> Parsed<'a> {
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let Some((queue_id, verdict, rest)) = record(text) else { return Parsed::NoInterest };
    let outcome = match verdict {
        b"ACCEPTED" => Outcome::Delivered,
        word if word.starts_with(b"DEFERRED[") => Outcome::Deferred,
        word if word.starts_with(b"REJECTED[") => Outcome::Rejected,
        _ => return Parsed::NoInterest,
    };
    let Some(fields) = Fields::of(rest, outcome) else {
        return Parsed::Unparsed("from=, to=, src= or mx= is missing");
    };
    let speaker = if basic_code(fields.reply).is_some() { Speaker::Server } else { Speaker::Mta };
    let (code, enhanced) = if speaker == Speaker::Server { codes(fields.reply) } else { (None, None) };
    Parsed::Attempt(Attempt {
        at,
        host,
        source: fields.source,
        queue_id,
        recipient: fields.recipient,
        sender: Some(fields.sender),
        campaign: b"",
        relay: fields.relay,
        outcome,
        reply: fields.reply,
        speaker,
        stage: (outcome == Outcome::Delivered).then_some(Stage::EndOfData),
        code,
        enhanced,
        tls: None,
    })
}

/// What stands behind the verdict.
struct Fields<'a> {
    sender: &'a [u8],
    recipient: &'a [u8],
    source: &'a [u8],
    relay: Option<Relay<'a>>,
    reply: &'a [u8],
}

impl<'a> Fields<'a> {
    /// `from=A[ENV] to=B src=IP mx=HOST[IP] id=<MESSAGE-ID> (REPLY)`.
    fn of(text: &'a [u8], outcome: Outcome) -> Option<Self> {
        let (from, rest) = until(text.strip_prefix(b"from=")?, b" to=")?;
        let (recipient, rest) = until(rest, b" src=")?;
        let (source, rest) = until(rest, b" mx=")?;
        let (mx, rest) = word(rest)?;
        let rest = rest.strip_prefix(b"id=").or_else(|| rest.strip_prefix(b"message-id="))?;
        let relay = memchr(b'[', mx).map(|open| Relay {
            host: if &mx[..open] == b"undefined" { b"" } else { &mx[..open] },
            ip: mx[open + 1..].strip_suffix(b"]").unwrap_or(&mx[open + 1..]),
        });
        Some(Self {
            sender: envelope(from),
            recipient: unbracketed(recipient),
            source,
            relay,
            reply: reply(rest, outcome),
        })
    }
}

/// What stands before `mark`, and what follows it. Inside of a quoted local part no mark counts.
fn until<'a>(text: &'a [u8], mark: &[u8]) -> Option<(&'a [u8], &'a [u8])> {
    let split = |at: usize| (&text[..at], &text[at + mark.len()..]);
    let (mut quoted, mut at) = (false, 0);
    while let Some(byte) = text.get(at) {
        match byte {
            b'\\' if quoted => at += 1,
            b'"' => quoted = !quoted,
            b' ' if !quoted && text[at..].starts_with(mark) => return Some(split(at)),
            _ => {}
        }
        at += 1;
    }
    memmem::find(text, mark).map(split)
}

/// `A[ENV]` to ENV, `A` to itself. The bracket of an address literal follows an `@`.
fn envelope(from: &[u8]) -> &[u8] {
    let inner = from.strip_suffix(b"]").and_then(|inner| {
        let open = (0..inner.len()).find(|at| inner[*at] == b'[' && (*at == 0 || inner[at - 1] != b'@'))?;
        Some(&inner[open + 1..])
    });
    unbracketed(inner.unwrap_or(from))
}

fn unbracketed(address: &[u8]) -> &[u8] {
    address.strip_prefix(b"<").and_then(|inner| inner.strip_suffix(b">")).unwrap_or(address)
}

/// `<MESSAGE-ID> (REPLY)` to REPLY.
fn reply(text: &[u8], outcome: Outcome) -> &[u8] {
    let text = text.strip_suffix(b")").unwrap_or(text);
    let first = match memmem::find(text, b"> (") {
        Some(at) if text.first() == Some(&b'<') => Some(at + 3),
        _ if text.starts_with(b"(") => Some(1),
        _ => memmem::find(text, b" (").map(|at| at + 2),
    };
    let Some(first) = first else { return b"" };
    let agrees = |at: usize| {
        basic_code(&text[at..])
            .is_some_and(|(code, _)| (code_class(code) == 2) == (outcome == Outcome::Delivered))
    };
    if agrees(first) {
        return &text[first..];
    }
    let borders = memmem::find_iter(&text[first..], b" (").map(|at| first + at);
    let later =
        borders.filter(|at| matches!(text[at - 1], b')' | b'>')).map(|at| at + 2).find(|at| agrees(*at));
    &text[later.unwrap_or(first)..]
}

#[cfg(test)]
mod tests {
    use crate::model::{Outcome, Speaker, Stage};
    use crate::parse::Dialect;
    use crate::parse::told::{self, Told, tell};

    const HEAD: &str = "info Sender/default/4711[yTvF3nZ0QkQ] id=15cf8c9a5bc00000 15cf8c9a5bc0000001.002 ";

    fn line(record: &str) -> String {
        format!("{HEAD}{record}")
    }

    const REJECTED: &str = "REJECTED[recipient] from=news@example.org to=ann@gmail.com src=198.51.100.7 mx=gmail-smtp-in.l.google.com[192.0.2.27] id=<1@example.org> (550 5.1.1 no such user - gsmtp)";

    #[test]
    fn a_rejection_is_read_to_its_last_field() {
        let found = told::attempt(&[&line(REJECTED)]);
        assert_eq!((found.outcome, found.speaker, found.stage), (Outcome::Rejected, Speaker::Server, None));
        assert_eq!((&*found.queue_id, &*found.recipient), ("15cf8c9a5bc0000001.002", "ann@gmail.com"));
        assert_eq!((found.sender.as_deref(), &*found.source), (Some("news@example.org"), "198.51.100.7"));
        assert_eq!(found.relay, Some(("gmail-smtp-in.l.google.com".into(), "192.0.2.27".into())));
        assert_eq!((found.code, found.enhanced.as_deref()), (Some(550), Some("5.1.1")));
        assert_eq!(found.reply, "550 5.1.1 no such user - gsmtp");
    }

    #[test]
    fn every_prefix_comes_off() {
        let rest = "id=15cf8c9a5bc00000 15cf8c9a5bc0000001.002 ";
        for (head, host, at) in [
            (HEAD.to_owned(), "", "2026-11-18T11:06:40Z"),
            (format!("2026-11-21T10:00:00.123Z {HEAD}"), "", "2026-11-21T10:00:00.123Z"),
            (format!("2026-11-21T10:00:00.123456789Z {HEAD}"), "", "2026-11-21T10:00:00.123Z"),
            (format!("2026-11-21T10:00:00: {HEAD}"), "", "2026-11-21T10:00:00Z"),
            (format!("2026-11-21 10:00:00 {HEAD}"), "", "2026-11-21T10:00:00Z"),
            (format!("2026-11-21T10:00:00+00:00 mx node[7]: {HEAD}"), "mx", "2026-11-21T10:00:00Z"),
            (format!("Nov 18 10:00:00 mx zone-mta[7]: {HEAD}"), "mx", "2026-11-18T10:00:00Z"),
            (format!("Nov 18 10:00:00 mx zone-mta[7]: {rest}"), "mx", "2026-11-18T10:00:00Z"),
            (rest.to_owned(), "", "2026-11-18T11:06:40Z"),
            (
                format!("\x1b[0m\x1b[32minfo\x1b[0m \x1b[0m\x1b[35mSender/default/4711[y]\x1b[0m {rest}"),
                "",
                "2026-11-18T11:06:40Z",
            ),
        ] {
            let line = format!("{head}{REJECTED}");
            let (dialect, told) = tell(&mut told::parser(), &line);
            assert_eq!(dialect, Some(Dialect::ZoneMta), "{line:?}");
            let [Told::Attempt(found)] = &told[..] else { unreachable!("{line:?}: {told:?}") };
            assert_eq!((&*found.host, &*found.at, found.code), (host, at, Some(550)), "{line:?}");
        }
    }

    #[test]
    fn senders_and_relays_of_every_form() {
        for (from, mx, sender, relay) in [
            ("a@x.org[v-a@x.org]", "mx[192.0.2.1]", "v-a@x.org", Some(("mx", "192.0.2.1"))),
            ("[bounce@x.org]", "undefined[2001:db8::1]", "bounce@x.org", Some(("", "2001:db8::1"))),
            ("a@[192.0.2.9]", "x.example", "a@[192.0.2.9]", None),
            ("a@x.org[b@[192.0.2.9]]", "", "b@[192.0.2.9]", None),
            ("<>", "mx[192.0.2.1]", "", Some(("mx", "192.0.2.1"))),
            (
                r#""a to=z@y src=1"@x.org"#,
                "mx[192.0.2.1]",
                r#""a to=z@y src=1"@x.org"#,
                Some(("mx", "192.0.2.1")),
            ),
        ] {
            let found = told::attempt(&[&line(&format!(
                "ACCEPTED from={from} to=b@y.example src=198.51.100.7 mx={mx} id=<1@x.org> (250 ok)"
            ))]);
            assert_eq!((found.sender.as_deref(), &*found.recipient), (Some(sender), "b@y.example"), "{from}");
            assert_eq!(found.relay, relay.map(|(host, ip)| (host.to_owned(), ip.to_owned())), "{mx}");
            assert_eq!(
                (found.outcome, found.stage, found.code),
                (Outcome::Delivered, Some(Stage::EndOfData), Some(250))
            );
        }
    }

    #[test]
    fn forged_fields_in_the_reply_and_in_the_message_id_change_nothing() {
        for (verdict, tail, reply) in [
            ("REJECTED[spam]", "id=<1@x> (550 no) (250 ok)", "550 no) (250 ok"),
            (
                "REJECTED[spam]",
                "id=<1@x> (550 no id=<2@x> (250 to=z@z src=9 mx=f[1.1.1.1])",
                "550 no id=<2@x> (250 to=z@z src=9 mx=f[1.1.1.1]",
            ),
            ("ACCEPTED", "id=<1@x> (added by postmaster@y) (250 ok)", "250 ok"),
            ("ACCEPTED", "id=<1@x (550 no)> (250 ok)", "250 ok"),
            ("ACCEPTED", "id=<1@x> (550 no)> (250 ok) (550 no)", "250 ok) (550 no"),
            ("ACCEPTED", "id=<1@x> (no code)", "no code"),
            (
                "DEFERRED[network]",
                "id=<1@x> to=z@z (Network error: Error connecting to 192.0.2.1. x (550 no))",
                "Network error: Error connecting to 192.0.2.1. x (550 no)",
            ),
            ("DEFERRED[other]", "id= (451 later)", "451 later"),
            ("DEFERRED[other]", "message-id=<1@x> (451 later)", "451 later"),
            ("DEFERRED[other]", "id=<1@x> (451 cut off in the mid", "451 cut off in the mid"),
            ("DEFERRED[other]", "id=<1@x", ""),
        ] {
            let found = told::attempt(&[&line(&format!(
                "{verdict} from=a@x.org to=b@y.example src=198.51.100.7 mx=mx[192.0.2.1] {tail}"
            ))]);
            assert_eq!((&*found.reply, &*found.recipient), (reply, "b@y.example"), "{tail}");
            assert_eq!(found.relay, Some(("mx".to_owned(), "192.0.2.1".to_owned())));
        }
    }

    #[test]
    fn what_fails_without_a_server_is_zonemtas_own_words() {
        let found = told::attempt(&[&line(
            "DEFERRED[network] from=a@x.org to=b@y.example src= mx=y.example id=<1@x> (Network error: Error connecting to 192.0.2.1. Connection timed out)",
        )]);
        assert_eq!((found.speaker, found.code, found.relay), (Speaker::Mta, None, None));
        assert_eq!(found.source, "");
    }

    #[test]
    fn other_lines_are_zonemtas_and_no_attempts() {
        for (text, want) in [
            ("info Sender/default/1[c] id=1 2.003 CONNECTING domain=gmail.com port=25", "no interest"),
            (
                "info Sender/default/1 id=1 2.003 SMTP DBG: S: 250 id=1 2.003 ACCEPTED from=a to=b src=c mx=d id=e (250)",
                "no interest",
            ),
            ("ERR! Sender/default/1[c] id=1 2.003 SMTPERR [x] src=1 error=\"550 from=\"", "no interest"),
            (
                "info Queue/1 1.002 DROP[suppressed] Recipient a@b was found from suppression list",
                "no interest",
            ),
        ] {
            assert_eq!(
                tell(&mut told::parser(), text),
                (Some(Dialect::ZoneMta), vec![Told::Other(want)]),
                "{text}"
            );
        }
        let cut = line("REJECTED[spam] from=a@x.org to=b@y.ex");
        assert!(matches!(told::told(&[&cut])[..], [Told::Unparsed(_)]));
    }

    #[test]
    fn lines_of_others_are_not_taken() {
        for text in [
            "info it worked if it ends with ok",
            "info Queues are fun",
            "information Sender/default",
            "Nov 18 10:00:00 mx app[1]: id=1 2.003 ACCEPTED the offer",
            "id=1",
        ] {
            assert_ne!(tell(&mut told::parser(), text).0, Some(Dialect::ZoneMta), "{text}");
        }
    }

    proptest::proptest! {
        #[test]
        fn no_line_panics_and_each_stands_alone(before in "[ -~]{0,60}", bytes: Vec<u8>, tail in "[ -~]{0,160}", verdict in "(ACCEPTED|DEFERRED\\[x\\]|REJECTED\\[) ?") {
            let mut parser = told::parser();
            parser.line(before.as_bytes(), |_| {});
            parser.line(&bytes, |_| {});
            for text in [format!("{HEAD}{verdict}{tail}"), format!("{HEAD}{verdict}from={tail} to=x src= mx=y[ id=<1> (550 {tail}")] {
                let stamped = format!("2026-11-21T10:00:00.123Z {text}");
                let alone = tell(&mut told::parser(), &stamped);
                proptest::prop_assert_eq!(tell(&mut parser, &stamped), alone);
            }
        }
    }
}
