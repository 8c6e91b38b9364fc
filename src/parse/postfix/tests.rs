//! Postfix's lines, trap by trap.

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
    let line =
        result("mx[192.0.2.9]:25", "deferred", "host mx[192.0.2.9] refused to talk to me: 554 5.7.1 go away");
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
        (
            "suspended",
            "postfix/error",
            "AB12CD34: to=<a@b.example>, relay=none, dsn=4.3.2, status=deferred (deferred transport)",
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

#[test]
fn a_result_that_was_pasted_without_its_queue_id_is_postfixs_too() {
    let line = "to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (connect to x[192.0.2.1]:25: Connection refused)";
    let (dialect, said) = told::tell(&mut told::parser(), line);
    assert_eq!(dialect, Some(crate::parse::Dialect::Postfix));
    assert!(matches!(said[..], [Told::Attempt(_)]));
}
