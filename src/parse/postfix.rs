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
        None => tag.is_empty() && !split_queue_id(envelope.message).0.is_empty(),
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
        let Some(status_at) = finder.find(after) else { return Parsed::Unparsed("no status=") };
        let relay = relay(&after[..status_at]);
        let status = &after[status_at + STATUS.len()..];
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
        if outcome != Outcome::Delivered && reason.starts_with(b"delivery temporarily suspended:") {
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

/// Finds `relay=` in what Postfix wrote between the recipient and the status.
fn relay(fields: &[u8]) -> Relayed<'_> {
    let mut rest = fields;
    if let Some(after) = rest.strip_prefix(b", orig_to=")
        && let Some((_, after)) = address(after)
    {
        rest = after;
    }
    let Some(value) = rest.strip_prefix(b", relay=") else { return Relayed::Server(None) };
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
mod tests {
    use crate::model::{Outcome, Speaker, Stage};
    use crate::parse::told::{self, Told, Tried};

    fn attempt(line: &str) -> Tried {
        told::attempt(&[line])
    }

    /// A result line with this relay, status and reason.
    fn result(relay: &str, status: &str, reason: &str) -> String {
        format!(
            "2026-11-21T10:00:00+00:00 mx1 postfix/smtp[7]: 4Xz1Qb0LrDz9vBJ: to=<user@example.com>, relay={relay}, \
             delay=1.2, delays=0.1/0/0.4/0.7, dsn=5.0.0, status={status} ({reason})"
        )
    }

    #[test]
    fn a_rejection_is_read_to_its_last_field() {
        let line = result(
            "mx.example.com[192.0.2.9]:25",
            "bounced",
            "host mx.example.com[192.0.2.9] said: 550-5.1.1 no 550 5.1.1 such user (in reply to RCPT TO command)",
        );
        let attempt = attempt(&line);
        assert_eq!(attempt.outcome, Outcome::Rejected);
        assert_eq!(attempt.at, "2026-11-21T10:00:00Z");
        assert_eq!(attempt.host, "mx1");
        assert_eq!(attempt.source, "postfix");
        assert_eq!(attempt.queue_id, "4Xz1Qb0LrDz9vBJ");
        assert_eq!(attempt.recipient, "user@example.com");
        assert_eq!(attempt.relay, Some(("mx.example.com".into(), "192.0.2.9".into())));
        assert_eq!(attempt.reply, "550-5.1.1 no 550 5.1.1 such user");
        assert_eq!(attempt.stage, Some(Stage::Rcpt));
        assert_eq!((attempt.code, attempt.enhanced.as_deref()), (Some(550), Some("5.1.1")));
        assert_eq!(attempt.speaker, Speaker::Server);
    }

    #[test]
    fn the_code_is_the_replys_own_and_not_postfixs_dsn() {
        let line = result(
            "mx[192.0.2.9]:25",
            "deferred",
            "host mx[192.0.2.9] refused to talk to me: 554 5.7.1 go away",
        );
        let found = attempt(&line);
        assert_eq!(
            (found.outcome, found.code, found.stage),
            (Outcome::Deferred, Some(554), Some(Stage::Connect))
        );
        let line = result(
            "mx[192.0.2.9]:25",
            "bounced",
            "host mx[192.0.2.9] said: 550 no (in reply to end of DATA command)",
        );
        let found = attempt(&line);
        assert_eq!((found.code, found.enhanced, found.stage), (Some(550), None, Some(Stage::EndOfData)));
    }

    #[test]
    fn a_delivery_has_the_servers_own_code_too() {
        let line = result("mx[192.0.2.9]:25", "sent", "250 2.0.0 OK 1795 az9-v6 - gsmtp");
        let found = attempt(&line);
        assert_eq!((found.outcome, found.code), (Outcome::Delivered, Some(250)));
    }

    #[test]
    fn a_filter_on_this_machine_is_no_provider_and_a_tunnel_is_none_of_ours() {
        for relay in ["127.0.0.1[127.0.0.1]:10024", "localhost[::1]:10026", "127.0.0.1[127.0.0.1]:24"] {
            let line = result(relay, "sent", "250 2.0.0 from MTA(smtp:[127.0.0.1]:10025): 250 2.0.0 Ok");
            assert_eq!(told::told(&[&line]), [Told::Other("local")], "{relay}");
        }
        for relay in ["127.0.0.1[127.0.0.1]:2525", "mx[192.0.2.9]:10024", "localhost[127.0.0.1]"] {
            assert_eq!(attempt(&result(relay, "sent", "250 ok")).outcome, Outcome::Delivered, "{relay}");
        }
    }

    #[test]
    fn a_forged_status_inside_the_reply_changes_nothing() {
        let line = result(
            "mx[192.0.2.9]:25",
            "bounced",
            "host mx[192.0.2.9] said: 550 x) , relay=fake[203.0.113.1]:25, status=sent (250 ok) (in reply to RCPT TO command)",
        );
        let found = attempt(&line);
        assert_eq!((found.outcome, found.code), (Outcome::Rejected, Some(550)));
        assert_eq!(found.reply, "550 x) , relay=fake[203.0.113.1]:25, status=sent (250 ok)");
    }

    #[test]
    fn a_forged_field_inside_a_quoted_recipient_changes_nothing() {
        let line = r#"Nov 21 10:00:00 mx postfix/smtp[1]: AB12CD34: to=<"a>, relay=x[1.2.3.4]:25, status=sent (\"250"@example.com>, relay=none, delay=1, dsn=4.4.1, status=deferred (connect to mx.example.com[192.0.2.1]:25: Connection timed out)"#;
        let found = attempt(line);
        assert_eq!((found.outcome, found.speaker, found.code), (Outcome::Deferred, Speaker::Mta, None));
        assert!(found.relay.is_none());
        assert!(found.recipient.ends_with("@example.com"));
    }

    #[test]
    fn the_syslog_tag_is_the_source() {
        for (tag, source) in [
            ("postfix/smtp", "postfix"),
            ("postfix-out12/smtp", "postfix-out12"),
            ("postfix/out13/smtp", "postfix/out13"),
            ("mail_batch-yahoo/smtp", "mail_batch-yahoo"),
            ("postfix-198.51.100.7/lmtp", "postfix-198.51.100.7"),
        ] {
            let line = format!(
                "Nov 21 10:00:00 mx {tag}[1]: AB12CD34: to=<a@b.example>, relay=mx[192.0.2.1]:25, dsn=2.0.0, status=sent (250 ok)"
            );
            assert_eq!(attempt(&line).source, source);
        }
    }

    #[test]
    fn what_is_no_attempt_is_counted_apart() {
        let is = |line: &str| match &told::told(&[line])[..] {
            [Told::Attempt(_)] => "attempt",
            [Told::Sender(..)] => "sender",
            [Told::Repeat(_)] => "repeat",
            [Told::Other(what)] => what,
            [Told::Unparsed(_)] => "unparsed",
            other => unreachable!("{other:?}"),
        };
        let line = |tag: &str, rest: &str| format!("Nov 21 10:00:00 mx {tag}[1]: {rest}");
        for (want, tag, rest) in [
            (
                "non-final",
                "postfix/smtp",
                "AB12CD34: host mx[192.0.2.1] said: 450 later (in reply to RCPT TO command)",
            ),
            ("non-final", "postfix/smtp", "AB12CD34: host mx[192.0.2.1] refused to talk to me: 421 busy"),
            (
                "non-final",
                "postfix/smtp",
                "AB12CD34: lost connection with mx[192.0.2.1] while receiving the initial server greeting",
            ),
            (
                "non-final",
                "postfix/smtp",
                "AB12CD34: conversation with mx[192.0.2.1] timed out while sending RCPT TO",
            ),
            (
                "no interest",
                "postfix/smtp",
                "AB12CD34: enabling PIX workarounds: disable_esmtp for mx[192.0.2.1]:25",
            ),
            (
                "suspended",
                "postfix/error",
                "AB12CD34: to=<a@b.example>, relay=none, dsn=4.0.0, status=deferred (delivery temporarily suspended: host mx[192.0.2.1] refused to talk to me: 554 no)",
            ),
            (
                "suspended",
                "postfix/qmgr",
                "AB12CD34: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (delivery temporarily suspended: connect to x[192.0.2.1]: Connection timed out)",
            ),
            ("expired", "postfix/qmgr", "AB12CD34: from=<s@b.example>, status=expired, returned to sender"),
            ("sender", "postfix/qmgr", "AB12CD34: from=<s@b.example>, size=1, nrcpt=1 (queue active)"),
            ("sender", "postfix/qmgr", "AB12CD34: from=<>, size=1, nrcpt=1 (queue active)"),
            ("no interest", "postfix/qmgr", "AB12CD34: removed"),
            ("no interest", "postfix/smtp", "connect to mx.example[192.0.2.1]:25: Connection timed out"),
            (
                "no interest",
                "postfix/smtpd",
                "NOQUEUE: reject: RCPT from x[192.0.2.1]: 550 5.1.1 <a@b>: no; to=<a@b> status=bounced (x)",
            ),
            ("no interest", "postfix/cleanup", "AB12CD34: message-id=<status=bounced>"),
            ("no interest", "postfix/smtp", "warning: to=<a@b.example>, status=bounced (x)"),
            (
                "local",
                "postfix/local",
                "AB12CD34: to=<a@b.example>, relay=local, dsn=2.0.0, status=sent (delivered to mailbox)",
            ),
            (
                "local",
                "postfix/pipe",
                "AB12CD34: to=<a@b.example>, relay=dovecot, dsn=2.0.0, status=sent (delivered via dovecot service)",
            ),
            (
                "local",
                "postfix/lmtp",
                "AB12CD34: to=<a@b.example>, relay=mx[private/dovecot-lmtp], dsn=2.0.0, status=sent (250 2.0.0 ok)",
            ),
            (
                "verify",
                "postfix/smtp",
                "AB12CD34: to=<a@b.example>, relay=mx[192.0.2.1]:25, dsn=2.1.5, status=deliverable (250 ok)",
            ),
            (
                "verify",
                "postfix/error",
                "AB12CD34: to=<a@b.example>, relay=none, dsn=5.1.1, status=undeliverable-but-not-cached (User unknown in virtual alias table)",
            ),
            ("unparsed", "postfix/smtp", "AB12CD34: to=<a@b.example>, relay=mx[192.0.2.1]:25, delay=1"),
            ("unparsed", "postfix/smtp", "AB12CD34: to=<a@b.exam"),
            ("unparsed", "postfix/smtp", "AB12CD34: to=<a@b.example>, relay=none, status=odd (x)"),
            (
                "attempt",
                "postfix/smtp",
                "AB12CD34: to=<a@b.example>, relay=none, status=SOFTBOUNCE (host x[192.0.2.1] said: 550 no)",
            ),
            (
                "attempt",
                "postfix/smtp",
                "AB12CD34: to=, relay=mx[192.0.2.1]:25, dsn=5.2.2, status=bounced (host x[192.0.2.1] said: 552 full)",
            ),
            (
                "attempt",
                "postfix/error",
                "AB12CD34: to=<a@b.example>, relay=none, dsn=4.3.0, status=deferred (mail transport unavailable)",
            ),
            ("repeat", "last", ""),
        ] {
            let line = if want == "repeat" {
                "Nov 21 10:00:00 mx last message repeated 3 times".to_owned()
            } else {
                line(tag, rest)
            };
            assert_eq!(is(&line), want, "{line}");
        }
    }

    #[test]
    fn a_repeated_message_counts_as_often_as_it_was_repeated() {
        let line = "Nov 21 10:00:00 mx postfix/smtp[1]: message repeated 4 times: [ AB12CD34: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (connect to x[192.0.2.1]:25: Connection refused)]";
        assert_eq!(attempt(line).times, 4);
    }

    #[test]
    fn the_new_tls_field_and_ipv6_relays_are_read() {
        let line = "Nov 21 10:00:00 mx postfix/smtp[1]: AB12CD34: to=<a@gmail.com>, orig_to=<b@c.example>, relay=gmail-smtp-in.l.google.com[2001:db8::1b]:25, conn_use=3, delay=1, delays=0/0/0/1, tls=DANE:foo, dsn=2.0.0, status=sent (250 2.0.0 OK)";
        assert_eq!(attempt(line).relay, Some(("gmail-smtp-in.l.google.com".into(), "2001:db8::1b".into())));
    }

    proptest::proptest! {
        #[test]
        fn no_line_panics(bytes: Vec<u8>, tail in "[ -~]{0,200}") {
            let mut parser = told::parser();
            parser.line(&bytes, |_| {});
            for head in ["Nov 21 10:00:00 mx postfix/smtp[1]: ", "Nov 21 10:00:00 mx postfix/smtp[1]: AB12CD34: to=<", "Nov 21 10:00:00 mx postfix/smtp[1]: AB12CD34: to=<a@b>, relay=none, status=bounced ("] {
                parser.line(format!("{head}{tail}").as_bytes(), |_| {});
            }
        }
    }
}
