use crate::model::{Outcome, Speaker, Stage};
use crate::parse::Dialect;
use crate::parse::told::{self, Told, Tried};

const ID: &str = "1xUwqi-0004de-2a";

/// A line of the main log with this behind the message id.
fn line(rest: &str) -> String {
    format!("2026-11-21 10:00:00 {ID} {rest}")
}

fn attempt(rest: &str) -> Tried {
    told::attempt(&[&line(rest)])
}

/// What one line told, in a word.
fn kind(line: &str) -> &'static str {
    match &told::told(&[line])[..] {
        [Told::Attempt(_)] => "attempt",
        [Told::Sender(..)] => "sender",
        [Told::Repeat(_)] => "repeat",
        [Told::Other(what)] => what,
        [Told::Unparsed(_)] => "unparsed",
        other => unreachable!("{other:?}"),
    }
}

fn relay(host: &str, ip: &str) -> Option<(String, String)> {
    Some((host.to_owned(), ip.to_owned()))
}

#[test]
fn a_rejection_is_read_to_its_last_field() {
    let found = attempt(
        "** user@example.com <alias@example.net> F=<news@lists.example> R=out T=remote_smtp H=mx.example.com [192.0.2.9]:25 \
         I=[198.51.100.7]:40650 X=TLS1.3:ECDHE_X25519__RSA_PSS:256 CV=yes: SMTP error from remote mail server after RCPT \
         TO:<user@example.com>: 550-5.1.1 no such\\n550 5.1.1 user DT=0.004s",
    );
    assert_eq!(found.outcome, Outcome::Rejected);
    assert_eq!(found.at, "2026-11-21T10:00:00Z");
    assert_eq!((found.host.as_str(), found.source.as_str()), ("", "198.51.100.7"));
    assert_eq!(found.queue_id, ID);
    assert_eq!(found.recipient, "user@example.com");
    assert_eq!(found.sender.as_deref(), Some("news@lists.example"));
    assert_eq!(found.relay, relay("mx.example.com", "192.0.2.9"));
    assert_eq!(found.reply, "550-5.1.1 no such\n550 5.1.1 user");
    assert_eq!((found.speaker, found.stage), (Speaker::Server, Some(Stage::Rcpt)));
    assert_eq!((found.code, found.enhanced.as_deref()), (Some(550), Some("5.1.1")));
}

#[test]
fn both_forms_of_a_reply_read_the_same() {
    let old = attempt(
        "== a@b.example R=lookuphost T=remote_smtp defer (-44): SMTP error from remote mail server after RCPT TO:<a@b.example>: \
         host mx.b.example [192.0.2.1]: 451 4.3.0 later",
    );
    let new = attempt(
        "== a@b.example R=dnslookup T=remote_smtp defer (-44) H=mx.b.example [192.0.2.1]: SMTP error from remote mail server \
         after RCPT TO:<a@b.example>: 451 4.3.0 later",
    );
    assert_eq!(old, new);
    assert_eq!((old.outcome, old.code, old.stage), (Outcome::Deferred, Some(451), Some(Stage::Rcpt)));
    assert_eq!(old.relay, relay("mx.b.example", "192.0.2.1"));
}

#[test]
fn the_stamp_has_every_form_that_selectors_give_it() {
    let rest = "1xUwqi-0004de-2a => a@b.example R=r T=remote_smtp H=mx [192.0.2.1]";
    for (stamp, at) in [
        ("2026-11-21 10:00:00", "2026-11-21T10:00:00Z"),
        ("2026-11-21 10:00:00.123", "2026-11-21T10:00:00.123Z"),
        ("2026-11-21 10:00:00 +0130", "2026-11-21T08:30:00Z"),
        ("2026-11-21 10:00:00.123 -0500", "2026-11-21T15:00:00.123Z"),
        ("2026-11-21 10:00:00 [4711]", "2026-11-21T10:00:00Z"),
        ("2026-11-21 10:00:00.500 +0000 [4711]", "2026-11-21T10:00:00.500Z"),
    ] {
        let found = told::attempt(&[&format!("{stamp} {rest}")]);
        assert_eq!((found.at.as_str(), found.queue_id.as_str()), (at, ID), "{stamp}");
    }
    assert_eq!(kind(&format!("2026-13-45 10:00:00 {rest}")), "unparsed");
}

#[test]
fn message_ids_have_two_lengths() {
    for id in ["1xUwqi-0004de-2a", "1xUwqi-000000004de-2aBc"] {
        let line = format!("2026-11-21 10:00:00 {id} => a@b.example R=r T=t H=mx [192.0.2.1]");
        assert_eq!(told::attempt(&[&line]).queue_id, id);
    }
    for id in [
        "1xUwqi-0004de-2",
        "1xUwqi-0004de-2ab",
        "1xUwqi_0004de-2a",
        "1xUwqi-0004de+2a",
        "1xUwqi-000000004d-2aBc",
    ] {
        let line = format!("2026-11-21 10:00:00 {id} => a@b.example R=r T=t H=mx [192.0.2.1]");
        let (dialect, told) = told::tell(&mut told::parser(), &line);
        assert_eq!((dialect, told), (None, vec![Told::Other("no interest")]), "{id}");
    }
}

#[test]
fn only_the_flag_in_its_place_counts() {
    let rest = "<= s@a.example H=x [192.0.2.1] P=esmtp S=1 T=\"Big Sale => 50% ** == defer (-44): no\" for a@b.example";
    assert_eq!(told::told(&[&line(rest)]), [Told::Sender(ID.into(), "s@a.example".into())]);
    for (flag, outcome) in [
        ("=>", Some(Outcome::Delivered)),
        ("->", Some(Outcome::Delivered)),
        (">>", Some(Outcome::Delivered)),
        ("**", Some(Outcome::Rejected)),
        ("==", Some(Outcome::Deferred)),
        ("*>", None),
        ("(=", None),
    ] {
        let line = line(&format!(
            "{flag} a@b.example R=r T=smtp => ** == defer (-46) H=mx [192.0.2.1]: x => y ** z"
        ));
        let found = told::attempts(&[&line]).first().map(|found| found.outcome);
        assert_eq!(found, outcome, "{flag}");
    }
}

#[test]
fn a_delivery_tells_its_reply_only_where_it_is_logged() {
    let found = attempt("=> a@b.example R=r T=remote_smtp H=mx.b.example [192.0.2.1] QT=1s DT=0s");
    assert_eq!((found.outcome, found.reply.as_str(), found.code), (Outcome::Delivered, "", None));
    let found = attempt(
        r#"-> a@b.example R=r T=remote_smtp H=mx.b.example [192.0.2.1]:25* L K C="250- \"Ok\"\\n250 2.0.0 id=1xUwqi: T=x" QT=1s"#,
    );
    assert_eq!(found.reply, "250- \"Ok\"\n250 2.0.0 id=1xUwqi: T=x");
    assert_eq!((found.code, found.stage), (Some(250), Some(Stage::EndOfData)));
    assert_eq!(found.relay, relay("mx.b.example", "192.0.2.1"));
}

#[test]
fn a_reply_that_forges_a_line_stays_one_reply() {
    let found = attempt(
        "** a@b.example R=r T=remote_smtp H=mx [192.0.2.1]: SMTP error from remote mail server after end of data: 550 5.7.0 \
         no\\n2026-11-21 10:00:00 1xUwgX-00089P-31 ** fake@gmail.com R=x T=smtp H=x [192.0.2.9]: SMTP error from remote \
         mail server after RCPT TO:<fake@gmail.com>: 451 4.0.0 forged",
    );
    assert_eq!((found.recipient.as_str(), found.code), ("a@b.example", Some(550)));
    assert_eq!((found.stage, found.relay), (Some(Stage::EndOfData), relay("mx", "192.0.2.1")));
    assert!(found.reply.ends_with("forged"));
}

#[test]
fn an_overlong_reply_is_deferred_and_its_code_is_the_servers() {
    let found = attempt(
        "== a@b.example R=r T=remote_smtp defer (-19) H=mx [192.0.2.1]: Malformed SMTP reply in response to end of data: 550 \
         5.7.1 a long story",
    );
    assert_eq!((found.outcome, found.speaker), (Outcome::Deferred, Speaker::Server));
    assert_eq!((found.code, found.enhanced.as_deref()), (Some(550), Some("5.7.1")));
}

#[test]
fn octal_escapes_become_bytes() {
    let found = attempt(
        r"** a@b.example R=r T=smtp H=mx [192.0.2.1]: SMTP error from remote mail server after DATA: 554 caf\303\251 \033[31m CORP\nancy",
    );
    assert_eq!(found.reply, "554 café \u{1b}[31m CORP\\nancy");
}

#[test]
fn failures_without_an_answer_are_the_mtas_words() {
    for (rest, reply, stage, has_relay) in [
        ("defer (111): Connection refused", "Connection refused", Some(Stage::Connect), false),
        ("defer (111): Connection refused DT=0.000s", "Connection refused", Some(Stage::Connect), false),
        (
            "defer (110): Connection timed out H=mx [192.0.2.1]: SMTP timeout after initial connection",
            "SMTP timeout after initial connection",
            Some(Stage::Connect),
            true,
        ),
        (
            "defer (-18) H=mx [192.0.2.1]: Remote host closed connection in response to end of data",
            "Remote host closed connection in response to end of data",
            Some(Stage::EndOfData),
            true,
        ),
        (
            "defer (-37) H=mx [192.0.2.1]: TLS session: (gnutls_handshake): An unexpected TLS packet was received.",
            "TLS session: (gnutls_handshake): An unexpected TLS packet was received.",
            Some(Stage::Starttls),
            true,
        ),
        (
            "defer (-42) H=mx [192.0.2.1]: authentication required but authentication attempt(s) failed",
            "authentication required but authentication attempt(s) failed",
            Some(Stage::Auth),
            true,
        ),
    ] {
        let found = attempt(&format!("== a@b.example R=r T=remote_smtp {rest}"));
        assert_eq!(
            (found.outcome, found.speaker, found.code),
            (Outcome::Deferred, Speaker::Mta, None),
            "{rest}"
        );
        assert_eq!(
            (found.reply.as_str(), found.stage, found.relay.is_some()),
            (reply, stage, has_relay),
            "{rest}"
        );
    }
    let found = attempt("** a@nosuch.example: Unrouteable address");
    assert_eq!((found.outcome, found.speaker, found.code), (Outcome::Rejected, Speaker::Mta, None));
    let found = attempt("== a@b.example R=dnslookup defer (-36): host lookup for 550 5.1.1 did not complete");
    assert_eq!((found.outcome, found.speaker, found.code), (Outcome::Deferred, Speaker::Mta, None));
}

#[test]
fn what_is_no_attempt_is_counted_apart() {
    for (want, rest) in [
        ("sender", "<= s@a.example H=x [192.0.2.1] P=esmtp S=1 id=<x@a.example>"),
        (
            "sender",
            "<= <> R=1xUwqi-0004de-2a U=mailnull P=local S=1951 T=\"failed ** a@b: no\" for s@a.example",
        ),
        (
            "suspended",
            "== a@b.example R=r T=remote_smtp defer (-54): retry time not reached for any host for 'b.example'",
        ),
        ("suspended", "== a@b.example R=r T=remote_smtp defer (-53): retry time not reached for any host"),
        ("suspended", "== a@b.example routing defer (-51): retry time not reached"),
        ("suspended", "== a@b.example R=r T=remote_smtp defer (-57): transport concurrency limit"),
        (
            "suspended",
            "== a@b.example R=r T=remote_smtp defer (-1): domain matches queue_smtp_domains, or -odqs set",
        ),
        ("suspended", "== a@b.example R=held_gmail defer (-1) DT=0.000s: held until the cause is gone"),
        ("expired", "** a@b.example: retry timeout exceeded"),
        ("expired", "** a@b.example <c@d.example>: retry timeout exceeded"),
        (
            "expired",
            "** a@b.example R=r T=remote_smtp: all hosts for 'b.example' have been failing for a long time (and retry time not reached)",
        ),
        (
            "expired",
            "** a@b.example R=r T=remote_smtp: retry time not reached for any host after a long failure period",
        ),
        (
            "non-final",
            "H=mx.b.example [192.0.2.1]: SMTP error from remote mail server after initial connection: 421 busy",
        ),
        (
            "non-final",
            "H=mx.b.example [192.0.2.1]:25: Malformed SMTP reply in response to end of data: 550 no",
        ),
        (
            "non-final",
            "H=mx.b.example [192.0.2.1]: Remote host closed connection in response to initial connection",
        ),
        ("non-final", "H=mx.b.example [192.0.2.1] Connection refused"),
        ("non-final", "mx.b.example [192.0.2.1] Connection timed out"),
        (
            "non-final",
            "SMTP error from remote mail server after MAIL FROM:<s@a.example> SIZE=1: host mx [192.0.2.1]: 421 4.7.0 no",
        ),
        ("non-final", "Remote host mx [192.0.2.1] closed connection in response to EHLO x"),
        ("non-final", "plain authenticator failed H=mx [192.0.2.1] 535 5.7.8 no"),
        (
            "local",
            "== |/bin/sh -c 'x: H=mx [192.0.2.1]: y' <a@b.example> R=aliases T=address_pipe defer (0): no",
        ),
        ("local", "=> |/usr/bin/prog <a@b.example> R=aliases T=address_pipe"),
        ("local", "=> /dev/null (b@c.example) <a@b.example> R=system_aliases T=**bypassed**"),
        ("local", "=> :blackhole: <a@b.example> R=bounces"),
        ("local", "=> irwin <irwin@mail.example> R=local_user T=mail_spool"),
        ("local", "=> irwin <irwin@mail.example> R=lmtp T=dovecot_lmtp C=\"250 2.0.0 <irwin> Saved\""),
        ("local", "== irwin@mail.example R=local_user T=local_delivery defer (-22): mailbox is full"),
        (
            "local",
            "** |/bin/false <a@b.example> R=aliases T=address_pipe: Child process of address_pipe transport returned 1",
        ),
        (
            "local",
            "== /var/mail/x <x@mail.example> R=userforward T=address_file defer (13): Permission denied: couldn't open it",
        ),
        ("no interest", "*> a@b.example R=r T=remote_smtp H=mx [192.0.2.1]"),
        ("no interest", "Completed QT=3s"),
        ("no interest", "Message is frozen"),
        ("no interest", "H=mx.x.example [192.0.2.1]:46793 Warning: \"detected message as spam (998.0)\""),
        ("no interest", "H=x [192.0.2.1] F=<s@a.example> rejected after DATA: 550 ** a@b.example: no"),
        ("no interest", "SMTP connection outbound 1410368816 1xUwqi-0004de-2a b.example a@b.example"),
        ("unparsed", "** "),
        ("unparsed", "== a@b.example R=r T=remote_smtp H=mx [192.0.2.1]: no"),
        ("unparsed", "== a@b.example R=r T=remote_smtp defer (x): no"),
        ("unparsed", "** \"a@b.example R=r"),
    ] {
        assert_eq!(kind(&line(rest)), want, "{rest}");
    }
}

#[test]
fn lines_without_a_message_id_are_exims_and_of_no_interest() {
    for text in [
        "Start queue run: pid=31912",
        "exim 4.96 daemon started: pid=31334, no queue runs, listening for SMTP on [192.0.2.1]:2525",
        "H=(x) [192.0.2.1] F=<x@a.example> rejected RCPT <a@b.example>: 550 ** a@b.example: no",
        "H=x [192.0.2.1]:49956 sender verify fail for <a@b.example>: response to \"RCPT TO:<a@b.example>\" was: 550 no",
        "cwd=/var/spool/exim4 4 args: /usr/sbin/exim4 -q 1xUwqi-0004de-2a 1xUwqi-0004de-2b",
        "no host name found for IP address 192.0.2.1",
    ] {
        let (dialect, told) = told::tell(&mut told::parser(), format!("2026-11-21 10:00:00 {text}"));
        assert_eq!((dialect, told), (Some(Dialect::Exim), vec![Told::Other("no interest")]), "{text}");
    }
    for line in [
        "2026-11-21 10:00:00 mx1 postfix/smtp[7]: AB12CD34: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (x)",
        "2026-11-21 10:00:00 something else entirely",
        "2026-11-21 10:00:00",
    ] {
        assert_ne!(told::tell(&mut told::parser(), line).0, Some(Dialect::Exim), "{line}");
    }
}

#[test]
fn through_syslog_a_line_reads_as_in_the_main_log() {
    let rest = "1xUwqi-0004de-2a ** a@b.example R=r T=smtp H=mx [192.0.2.1]: SMTP error from remote mail server after DATA: 554 no";
    let want = told::attempt(&[&format!("2025-11-21 10:00:00 {rest}")]);
    for line in [
        format!("<22>Nov 21 10:00:00 exim[123]: 2025-11-21 10:00:00 {rest}"),
        format!("Nov 21 10:00:00 mx1 exim[123]: {rest}"),
        format!("Nov 21 10:00:00 mx1 exim4-out1[123]: 2025-11-21 10:00:00.1 +0100 [123] {rest}"),
        format!("2025-11-21T10:00:00+00:00 mx1 mailer[123]: 2025-11-21 10:00:00 {rest}"),
        format!("2025-11-21T10:00:00+00:00 mx1 mailer[123]: {rest}"),
    ] {
        let mut found = told::attempt(&[&line]);
        found.host.clear();
        assert_eq!(found, want, "{line}");
    }
}

#[test]
fn pieces_are_put_together_before_they_are_read() {
    let pieces = [
        "Nov 21 10:00:00 mx1 exim[7]: [1/3] 2026-11-21 10:00:00 1xUwqi-0004de-2a ** a@b.example R=r T=smtp H=mx [192.0.2.1]: SMTP error fr",
        "Nov 21 10:00:00 mx1 exim[8]: [1/2] 2026-11-21 10:00:00 1xUwqi-0004de-2b ** c@d.exam",
        "Nov 21 10:00:00 mx1 exim[7]: [2/3] om remote mail server after end of data: 550-5.7.1 a st",
        "Nov 21 10:00:00 mx1 exim[8]: [2/2] ple: Unrouteable address",
        "Nov 21 10:00:00 mx1 exim[7]: [3/3] ory\\n550 5.7.1 ends",
    ];
    let found = told::attempts(&pieces);
    let recipients: Vec<&str> = found.iter().map(|found| found.recipient.as_str()).collect();
    assert_eq!(recipients, ["c@d.example", "a@b.example"]);
    assert_eq!(found[1].reply, "550-5.7.1 a story\n550 5.7.1 ends");
    assert_eq!(told::told(&pieces[2..3]), [Told::Unparsed("a piece of a line whose beginning never came")]);
}

proptest::proptest! {
    #[test]
    fn no_line_panics(bytes: Vec<u8>, tail in "[ -~]{0,200}", message in "[ -~\\\\]{0,80}") {
        let mut parser = told::parser();
        parser.line(&bytes, |_| {});
        for head in [
            "",
            "** ",
            "== a@b R=r T=t defer (",
            "== a@b R=r T=t defer (-44) H=",
            "=> a@b R=r T=t H=mx [192.0.2.1] C=\"",
            "** a@b R=r T=t H=mx [192.0.2.1]: SMTP error from remote mail server after ",
            "** a@b R=r T=t H=mx [192.0.2.1]: SMTP error from remote mail server after RCPT TO:<a>: host ",
            "H=",
        ] {
            parser.line(line(&format!("{head}{tail}")).as_bytes(), |_| {});
            parser.line(line(&format!("{head}{message}: {tail}")).as_bytes(), |_| {});
            parser.line(format!("Nov 21 10:00:00 mx exim[1]: {head}{tail}").as_bytes(), |_| {});
        }
        parser.line(format!("Nov 21 10:00:00 mx exim[1]: [{tail}").as_bytes(), |_| {});
    }

    #[test]
    fn a_line_reads_the_same_whatever_stood_before(before in "[ -~]{0,120}", after in "[ -~]{0,120}") {
        let line = line(&format!("** a@b.example R=r T=smtp H=mx [192.0.2.1]: {after}"));
        let mut parser = told::parser();
        for earlier in [self::line(&format!("=> {before}")), self::line(&format!("** c@d.example: {before}"))] {
            told::tell(&mut parser, earlier);
        }
        proptest::prop_assert_eq!(told::tell(&mut parser, &line).1, told::told(&[&line]));
    }

    #[test]
    fn a_reply_cannot_change_what_exim_wrote(reply in "[ -~]{0,200}") {
        let found = attempt(&format!(
            "** a@b.example F=<s@c.example> R=r T=smtp H=mx [192.0.2.1]: SMTP error from remote mail server after DATA: 554 {reply}"
        ));
        proptest::prop_assert_eq!(found.outcome, Outcome::Rejected);
        proptest::prop_assert_eq!(found.relay, relay("mx", "192.0.2.1"));
        proptest::prop_assert_eq!((found.recipient.as_str(), found.code), ("a@b.example", Some(554)));
        proptest::prop_assert_eq!(found.stage, Some(Stage::Data));
    }
}
