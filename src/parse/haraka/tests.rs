//! Haraka's lines, as version 3.1 wrote them on a loopback interface to a sink that refuses.

use crate::model::{Outcome, Speaker, Stage};
use crate::parse::Dialect;
use crate::parse::told::{self, Told, Tried, tell};

const UUID: &str = "322C40B5-E4D1-4660-9273-B725B65BD0D0";

/// A line of the queue about part 1 of the message.
fn part(message: &str) -> String {
    format!("2026-11-21T10:00:00.123Z [NOTICE] [{UUID}.1.1] [outbound] {message}")
}

/// The lines of a message's arrival.
fn arrival(recipients: &[&str]) -> Vec<String> {
    let head = format!("2026-11-21T10:00:00.000Z [NOTICE] [{UUID}.1] [core]");
    let sender = format!(r#"{head} sender <news@example.org> code=OK msg="""#);
    let recipients = recipients
        .iter()
        .map(|one| format!(r#"{head} recipient <{one}> code=OK msg="" sender=news@example.org"#));
    std::iter::once(sender).chain(recipients).collect()
}

/// The attempts that these lines tell after the arrival of a message to `recipients`.
fn after(recipients: &[&str], messages: &[&str]) -> Vec<Tried> {
    let lines: Vec<String> =
        arrival(recipients).into_iter().chain(messages.iter().map(|message| part(message))).collect();
    told::attempts(&lines.iter().map(String::as_str).collect::<Vec<_>>())
}

fn delivered(domain: &str, rcpts: &str) -> String {
    format!(
        r#" delivered file=1_1_0_28607_K1_1_vm domain={domain} host=mx.{domain} ip=192.0.2.11 port=25 mode=SMTP tls=N auth=N response="OK 1795 - gsmtp" delay=0.067 fails=0 rcpts={rcpts}"#
    )
}

fn recipients(attempts: &[Tried]) -> Vec<&str> {
    attempts.iter().map(|found| &*found.recipient).collect()
}

#[test]
fn a_refused_recipient_is_read_and_the_queues_own_line_is_not_counted_again() {
    let found = after(
        &["no@gmail.com"],
        &[
            "recipient <no@gmail.com> rejected: 550 5.1.1 No such user. See https://example.net/?p=x - gsmtp",
            "bouncing mail: Some recipients failed: <no@gmail.com>",
        ],
    );
    let [found] = &found[..] else { unreachable!("{found:?}") };
    assert_eq!((found.outcome, found.code, found.stage), (Outcome::Rejected, Some(550), Some(Stage::Rcpt)));
    assert_eq!((&*found.recipient, found.sender.as_deref()), ("no@gmail.com", Some("news@example.org")));
    assert_eq!((&*found.at, &*found.queue_id), ("2026-11-21T10:00:00.123Z", &*format!("{UUID}.1.1")));
    assert_eq!((found.enhanced.as_deref(), found.relay.as_ref()), (Some("5.1.1"), None));
    let found = after(
        &["grey@gmail.com"],
        &[
            "recipient <grey@gmail.com> deferred: 450 4.2.1 try again later",
            "Temp failing 1_1_0_28607_guys3v_4_vm for 64 seconds: Some recipients temp failed: <grey@gmail.com>",
        ],
    );
    assert_eq!(
        found.iter().map(|found| (found.outcome, found.code)).collect::<Vec<_>>(),
        [(Outcome::Deferred, Some(450))]
    );
}

#[test]
fn a_delivery_counts_its_recipients_and_names_them_where_that_is_certain() {
    let found = after(
        &["ann@gmail.com", "bob@gmail.com", "no@gmail.com", "grey@gmail.com", "cid@yahoo.com"],
        &[
            "recipient <no@gmail.com> rejected: 550 5.1.1 no",
            "recipient <grey@gmail.com> deferred: 450 4.2.1 later",
            &delivered("gmail.com", "2/1/1"),
            "Temp failing 1_x for 64 seconds: Some recipients temp failed: <grey@gmail.com>",
            &delivered("gmail.com", "1/0/0"),
        ],
    );
    assert_eq!(
        recipients(&found),
        ["no@gmail.com", "grey@gmail.com", "ann@gmail.com", "bob@gmail.com", "grey@gmail.com"]
    );
    let last = &found[4];
    assert_eq!(last.relay, Some(("mx.gmail.com".into(), "192.0.2.11".into())));
    assert_eq!((last.outcome, last.code, &*last.reply), (Outcome::Delivered, None, "OK 1795 - gsmtp"));
    assert_eq!((last.speaker, last.sender.as_deref()), (Speaker::Server, Some("news@example.org")));
}

#[test]
fn a_recipient_is_never_invented() {
    // One part for each recipient (`always_split`): it is not said which one.
    let found = after(&["ann@gmail.com", "bob@gmail.com"], &[&delivered("gmail.com", "1/0/0")]);
    assert_eq!(recipients(&found), ["@gmail.com"]);
    // The arrival is not in the log.
    let found = told::attempts(&[&part(&delivered("gmail.com", "3/0/0"))]);
    assert_eq!(recipients(&found), ["@gmail.com"; 3]);
    assert!(found.iter().all(|found| found.sender.is_none()));
    // Its beginning is not.
    let lines = arrival(&["ann@gmail.com", "bob@gmail.com"]);
    let line = part(&delivered("gmail.com", "1/0/0"));
    assert_eq!(recipients(&told::attempts(&[&lines[2], &line])), ["@gmail.com"]);
    // Another domain than the arrival's: a plugin changed the recipient.
    let found = after(&["ann@gmail.com"], &[&delivered("example.net", "1/0/0")]);
    assert_eq!(recipients(&found), ["@example.net"]);
    // Refused on arrival: never in the queue.
    let refused = format!(
        r#"2026-11-21T10:00:00.000Z [NOTICE] [{UUID}.1] [core] recipient <x@gmail.com> code=DENY msg="" sender=a"#
    );
    let mut lines = arrival(&["ann@gmail.com"]);
    lines.extend([refused, line]);
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    assert_eq!(recipients(&told::attempts(&lines)), ["ann@gmail.com"]);
    // More than is remembered.
    let many: Vec<String> = (0..101).map(|number| format!("{number}@gmail.com")).collect();
    let many: Vec<&str> = many.iter().map(String::as_str).collect();
    assert_eq!(recipients(&after(&many, &[&delivered("gmail.com", "1/0/0")])), ["@gmail.com"]);
    assert_eq!(recipients(&after(&many[..100], &[&delivered("gmail.com", "100/0/0")])), many[..100]);
    let many = part(&delivered("gmail.com", "4000000000/0/0"));
    assert!(matches!(told::told(&[&many])[..], [Told::Unparsed(_)]));
    assert_eq!(told::told(&[&part(&delivered("gmail.com", "0/1/0"))]), [Told::Other("no interest")]);
}

#[test]
fn a_whole_messages_failure_is_one_attempt_and_named_where_that_is_certain() {
    for (to, recipient) in [
        (&["a@gmail.com"][..], "a@gmail.com"),
        (&["a@gmail.com", "b@yahoo.com"], "a@gmail.com"),
        (&["a@gmail.com", "b@gmail.com"], "@gmail.com"),
        (&["a@gmail.com", "b@gmail.com", "c@yahoo.com"], ""),
        (&[], ""),
    ] {
        let found = after(to, &["bouncing mail: 554 5.7.1 spam message refused"]);
        let [found] = &found[..] else { unreachable!("{found:?}") };
        assert_eq!((&*found.recipient, found.outcome, found.code), (recipient, Outcome::Rejected, Some(554)));
        assert_eq!((found.stage, found.speaker), (None, Speaker::Server));
    }
    let found = after(
        &["a@gmail.com"],
        &[r#"Temp failing 1_x_vm for 64 seconds: Upstream error: 451 4.7.1 for 9 seconds: "later""#],
    );
    let [found] = &found[..] else { unreachable!("{found:?}") };
    assert_eq!((found.outcome, &*found.reply), (Outcome::Deferred, r#"451 4.7.1 for 9 seconds: "later""#));
}

#[test]
fn what_fails_without_a_server_is_harakas_own_words() {
    for (message, outcome, reply) in [
        ("Temp failing 1_x_vm for 64 seconds: Tried all MXs", Outcome::Deferred, "Tried all MXs"),
        ("bouncing mail: No MX for example.net", Outcome::Rejected, "No MX for example.net"),
        (
            "bouncing mail: Unrecognized response from upstream server: 5x0 <html>",
            Outcome::Rejected,
            "Unrecognized response from upstream server: 5x0 <html>",
        ),
        ("bouncing mail: Too many failures (Tried all MXs)", Outcome::Rejected, "Tried all MXs"),
    ] {
        let found = told::attempt(&[&part(message)]);
        assert_eq!((found.outcome, &*found.reply, found.speaker), (outcome, reply, Speaker::Mta));
        assert_eq!((found.code, found.stage), (None, None));
    }
}

#[test]
fn the_last_try_is_given_up_with_the_servers_own_code() {
    let found =
        told::attempt(&[&part("bouncing mail: Too many failures (Upstream error: 451 4.7.1 later (x))")]);
    assert_eq!(
        (found.outcome, found.code, &*found.reply),
        (Outcome::Rejected, Some(451), "451 4.7.1 later (x)")
    );
    let line = part("bouncing mail: Too many failures (Some recipients temp failed: <a@b>)");
    assert_eq!(told::told(&[&line]), [Told::Other("expired")]);
}

#[test]
fn the_server_is_joined_where_a_line_before_named_it() {
    for (before, relay) in [
        ("Attempting to deliver to: 192.0.2.11:25 (0) (0)", ("", "192.0.2.11")),
        ("Attempting to deliver to: 2001:db8::1:25 (0) (0)", ("", "2001:db8::1")),
        ("deliver: mail.example.org -> 192.0.2.12 (via DNS) (0) (0)", ("", "192.0.2.12")),
        ("deliver: mail.example.org -> mx.gmail.com using LMTP (0) (0)", ("mx.gmail.com", "")),
    ] {
        let found = told::attempt(&[
            &part("Attempting to deliver to: 192.0.2.99:25 (0) (0)"),
            &part(before),
            &part("recipient <a@gmail.com> rejected: 550 no"),
        ]);
        assert_eq!(found.relay, Some((relay.0.to_owned(), relay.1.to_owned())), "{before}");
    }
    let other = part("deliver: me -> 192.0.2.12 (0) (0)").replace(".1.1]", ".1.2]");
    assert_eq!(told::attempt(&[&other, &part("recipient <a@gmail.com> rejected: 550 no")]).relay, None);
}

#[test]
fn forged_fields_inside_a_reply_change_nothing() {
    let forged = r#"550 5.7.26 no" delay=1 fails=0 rcpts=9/0/0 [NOTICE] [x] [outbound] recipient <z@z> rejected: 450 x"#;
    let found = told::attempt(&[&part(&format!("recipient <forge@other.example> rejected: {forged}"))]);
    assert_eq!((&*found.reply, &*found.recipient, found.code), (forged, "forge@other.example", Some(550)));
    let found = told::attempt(&[&part(r#"recipient <"a> rejected: 550 x\""@b.example> deferred: 450 y"#)]);
    assert_eq!(
        (&*found.recipient, found.outcome),
        (r#""a> rejected: 550 x\""@b.example"#, Outcome::Deferred)
    );
    let found = told::attempts(&[&part(
        r#" delivered file=1_vm domain=d.example host=mx ip=192.0.2.1 port=25 mode=SMTP tls=N auth=N response="OK\" delay=1 fails=0 rcpts=9/0/0 host=evil" delay=2 fails=0 rcpts=1/0/0"#,
    )]);
    let [found] = &found[..] else { unreachable!("{found:?}") };
    assert_eq!(found.reply, r#"OK" delay=1 fails=0 rcpts=9/0/0 host=evil"#);
    assert_eq!(found.relay, Some(("mx".into(), "192.0.2.1".into())));
}

#[test]
fn every_form_of_the_log_says_the_same() {
    let forms = [
        [
            r#"[NOTICE] [U.1] [core] sender <news@example.org> code=OK msg="""#,
            r#"[NOTICE] [U.1] [core] recipient <ann@gmail.com> code=OK msg="" sender=news@example.org"#,
            r#"[NOTICE] [U.1.1] [outbound] recipient <ann@gmail.com> deferred: 450 "4" a\b"#,
            r#"[INFO] [U.1.1] [outbound] Temp failing 1_vm for 64 seconds: Some recipients temp failed: <ann@gmail.com>"#,
            r#"[NOTICE] [U.1.1] [outbound]  delivered file=1_vm domain=gmail.com host=mx ip=192.0.2.1 port=25 response="OK \"q\" back\\slash" delay=0.04 fails=0 rcpts=1/0/0"#,
        ],
        [
            r#"level=NOTICE uuid=U.1 origin=core message="sender <news@example.org>" code=OK msg="""#,
            r#"level=NOTICE uuid=U.1 origin=core message="recipient <ann@gmail.com>" code=OK msg="" sender=news@example.org"#,
            r#"level=NOTICE uuid=U.1.1 origin=outbound message="recipient <ann@gmail.com> deferred: 450 \"4\" a\\b""#,
            r#"level=INFO uuid=U.1.1 origin=outbound message="Temp failing 1_vm for 64 seconds: Some recipients temp failed: <ann@gmail.com>""#,
            r#"level=NOTICE uuid=U.1.1 origin=outbound message="" delivered file=1_vm domain=gmail.com host=mx ip=192.0.2.1 port=25 response="OK \"q\" back\\slash" delay=0.04 fails=0 rcpts=1/0/0"#,
        ],
        [
            r#"{"level":"NOTICE","uuid":"U.1","origin":"core","message":"sender <news@example.org>","code":"OK","msg":""}"#,
            r#"{"level":"NOTICE","uuid":"U.1","origin":"core","message":"recipient <ann@gmail.com>","code":"OK","msg":"","sender":"news@example.org"}"#,
            r#"{"level":"NOTICE","uuid":"U.1.1","origin":"outbound","message":"recipient <ann@gmail.com> deferred: 450 \"4\" a\\b"}"#,
            r#"{"level":"INFO","uuid":"U.1.1","origin":"outbound","message":"Temp failing 1_vm for 64 seconds: Some recipients temp failed: <ann@gmail.com>"}"#,
            r#"{"level":"NOTICE","uuid":"U.1.1","origin":"outbound","message":"","delivered file":"1_vm","domain":"gmail.com","host":"mx","ip":"192.0.2.1","port":25,"response":"OK \"q\" back\\slash","delay":0.04,"fails":0,"rcpts":"1/0/0"}"#,
        ],
    ];
    let heads = [
        ("", ""),
        ("2026-11-21T10:00:00.123Z ", ""),
        ("2026-11-21T10:00:00.123456789Z ", ""),
        ("2026-11-21 10:00:00.123456789  ", ""),
        ("2026-11-21T10:00:00.123Z \x1b[34m", "\x1b[39m"),
        ("\x1b[34m", "\x1b[39m"),
        ("Nov 18 10:00:00 mx haraka[7]: ", ""),
        ("2026-11-18T10:00:00+00:00 mx mail-out[7]: ", ""),
    ];
    for form in forms {
        for (head, tail) in heads {
            let lines: Vec<String> = form.iter().map(|line| format!("{head}{line}{tail}")).collect();
            let mut parser = told::parser();
            assert!(lines.iter().all(|line| tell(&mut parser, line).0 == Some(Dialect::Haraka)), "{lines:?}");
            let found = told::attempts(&lines.iter().map(String::as_str).collect::<Vec<_>>());
            let [deferred, delivered] = &found[..] else { unreachable!("{lines:?}: {found:?}") };
            assert_eq!((&*deferred.reply, deferred.code), (r#"450 "4" a\b"#, Some(450)), "{head}");
            assert_eq!((&*delivered.recipient, &*delivered.reply), ("ann@gmail.com", r#"OK "q" back\slash"#));
            assert_eq!(delivered.sender.as_deref(), Some("news@example.org"));
            assert_eq!(delivered.relay, Some(("mx".into(), "192.0.2.1".into())));
            assert_eq!(&*delivered.host, if head.contains(" mx ") { "mx" } else { "" });
        }
    }
}

#[test]
fn lines_of_others_are_not_taken() {
    for line in [
        "[INFO] [main] starting",
        "[INFO] main [x] [outbound] recipient <a@b> rejected: 550 x",
        "level=info msg=x",
        r#"{"level":"info","uuid":"x"}"#,
        "Nov 18 10:00:00 mx postfix/smtp[1]: AB12CD34: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred ([NOTICE] [x] [outbound] recipient <a@b> rejected: 550 x)",
    ] {
        assert_ne!(tell(&mut told::parser(), line).0, Some(Dialect::Haraka), "{line}");
    }
    let line = r#"{"level":"NOTICE","uuid":"U.1.1","origin":"outbound","message":"recip"#;
    assert!(matches!(told::told(&[line])[..], [Told::Unparsed(_)]));
}

proptest::proptest! {
    #[test]
    fn no_line_panics(bytes: Vec<u8>, tail in "[ -~]{0,160}", word in "(recipient <|bouncing mail: |Temp failing | delivered file=1 domain=x |deliver: |Attempting to deliver to: |sender <)") {
        let mut parser = told::parser();
        parser.line(&bytes, |_| {});
        for head in [
            "[NOTICE] [U.1.1] [outbound] ".to_owned(),
            "[NOTICE] [U.1] [core] ".to_owned(),
            "level=NOTICE uuid=U.1.1 origin=outbound message=\"".to_owned(),
            r#"{"level":"NOTICE","uuid":"U.1.1","origin":"outbound","message":""#.to_owned(),
            "2026-11-21T10:00:00.123Z \x1b[34m[NOTICE] [U.1.1] [outbound] ".to_owned(),
        ] {
            parser.line(format!("{head}{word}{tail}").as_bytes(), |_| {});
            let mut line = format!("{head}{word}").into_bytes();
            line.extend(&bytes);
            parser.line(&line, |_| {});
        }
    }
}
