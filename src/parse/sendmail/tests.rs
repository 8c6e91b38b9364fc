//! Each trap of the format, in lines such as Sendmail 8.17 and its elders write.

use crate::model::{Outcome, Speaker, Stage};
use crate::parse::Dialect;
use crate::parse::told::{self, Told, Tried};

const HEAD: &str = "2026-11-15T10:00:00+00:00 mta1 sm-mta[7]: 6AM1gFlj021064: ";
const OUT: &str =
    "delay=00:00:01, xdelay=00:00:01, mailer=esmtp, pri=120060, relay=mx.example.com. [192.0.2.9]";

/// The one attempt of a line to one recipient with these last fields.
fn attempt(end: &str) -> Tried {
    told::attempt(&[&format!("{HEAD}to=<user@example.com>, {OUT}, {end}")])
}

/// What a line with these fields after its queue id tells.
fn tell(rest: &str) -> Vec<Told> {
    told::told(&[&format!("{HEAD}{rest}")])
}

fn codes(tried: &Tried) -> (Option<u16>, Option<&str>) {
    (tried.code, tried.enhanced.as_deref())
}

#[test]
fn a_rejection_is_read_to_its_last_field() {
    let line = format!(
        "{HEAD}to=<user@example.com>, ctladdr=<\"a, b\"@lists.example> (33/33), {OUT}, dsn=5.7.0, \
         reply=552 5.7.0 blocked for what it holds, stat=Service unavailable"
    );
    let found = told::attempt(&[&line]);
    assert_eq!((found.outcome, found.speaker, found.stage), (Outcome::Rejected, Speaker::Server, None));
    assert_eq!(found.at, "2026-11-15T10:00:00Z");
    assert_eq!((found.host.as_str(), found.source.as_str()), ("mta1", "sm-mta"));
    assert_eq!(found.queue_id, "6AM1gFlj021064");
    assert_eq!(found.recipient, "user@example.com");
    assert_eq!(found.relay, Some(("mx.example.com".into(), "192.0.2.9".into())));
    assert_eq!(found.reply, "552 5.7.0 blocked for what it holds");
    assert_eq!(codes(&found), (Some(552), Some("5.7.0")));
    assert_eq!(found.sender, None);
}

#[test]
fn every_recipient_of_a_line_has_its_attempt() {
    let recipients = |to: &str| -> Vec<String> {
        let line = format!("{HEAD}to={to} {OUT}, dsn=2.0.0, stat=Sent (ok)");
        told::attempts(&[&line]).into_iter().map(|tried| tried.recipient).collect()
    };
    assert_eq!(recipients("<a@b.example>,<c@d.example>,"), ["a@b.example", "c@d.example"]);
    assert_eq!(recipients("a@b.example,c@d.example,"), ["a@b.example", "c@d.example"]);
    assert_eq!(recipients("<a@b.example>,<c@d.example>, [more],"), ["a@b.example", "c@d.example"]);
    assert_eq!(recipients("<a@b.example> [more],"), ["a@b.example"]);
    assert_eq!(recipients("\"a, b\"@c.example,d@e.example,"), ["\"a, b\"@c.example", "d@e.example"]);
    assert_eq!(recipients("<\"a>, <b\"@c.example>,"), ["\"a>, <b\"@c.example"]);
    assert_eq!(recipients("Jane Doe <jane@b.example>,"), ["jane@b.example"]);
    // A quote that does not pair.
    assert_eq!(recipients("<o\"x@b.example>,"), ["o\"x@b.example"]);
}

#[test]
fn each_attempt_has_the_reply_of_the_line() {
    let line = format!(
        "{HEAD}to=<a@b.example>,<c@b.example>, {OUT}, dsn=4.7.28, reply=421 4.7.28 an unusual rate, \
         stat=Deferred: 421-4.7.28 an unusual rate"
    );
    let attempts = told::attempts(&[&line]);
    assert_eq!(attempts.len(), 2);
    for found in attempts {
        assert_eq!((found.outcome, codes(&found)), (Outcome::Deferred, (Some(421), Some("4.7.28"))));
        assert_eq!(found.reply, "421 4.7.28 an unusual rate");
    }
}

#[test]
fn a_delivery_has_lost_its_code() {
    let found = attempt("dsn=2.0.0, stat=Sent (2.0.0 Ok: queued as 4Xz1)");
    assert_eq!((found.outcome, found.speaker), (Outcome::Delivered, Speaker::Server));
    assert_eq!((found.reply.as_str(), codes(&found)), ("2.0.0 Ok: queued as 4Xz1", (None, None)));
    assert_eq!(found.stage, Some(Stage::EndOfData));
    assert_eq!(attempt("dsn=2.0.0, stat=Sent").reply, "");
}

#[test]
fn old_versions_say_a_deferral_in_stat() {
    let found = attempt("dsn=4.0.0, stat=Deferred: 421-4.7.0 [192.0.2.7      10] Our system has detected an");
    assert_eq!((found.outcome, found.speaker), (Outcome::Deferred, Speaker::Server));
    assert_eq!(codes(&found), (Some(421), Some("4.7.0")));
    assert_eq!(found.reply, "421-4.7.0 [192.0.2.7      10] Our system has detected an");
}

#[test]
fn what_failed_here_is_sendmails_word() {
    let found = attempt("dsn=4.4.1, stat=Deferred: Connection refused by mx.example.com.");
    assert_eq!((found.outcome, found.speaker, found.code), (Outcome::Deferred, Speaker::Mta, None));
    assert_eq!(found.reply, "Connection refused by mx.example.com.");
    assert_eq!(found.stage, Some(Stage::Connect));
    // The connection was lost after the message.
    let found = attempt("dsn=4.4.2, stat=Deferred");
    assert_eq!((found.outcome, found.speaker), (Outcome::Deferred, Speaker::Mta));
    assert_eq!(found.reply, "dsn=4.4.2, stat=Deferred");
    let found = attempt("dsn=4.5.0, stat=Operating system error");
    assert_eq!((found.outcome, found.speaker), (Outcome::Deferred, Speaker::Mta));
    let found = attempt("dsn=4.0.0, stat=Deferred: 403 4.7.0 TLS handshake failed.");
    assert_eq!((found.speaker, found.stage), (Speaker::Mta, Some(Stage::Starttls)));
    assert_eq!(codes(&found), (None, None));
}

#[test]
fn a_refusal_without_its_reply_is_a_summary() {
    for (end, summary) in [
        ("dsn=5.0.0, stat=Service unavailable", "dsn=5.0.0, stat=Service unavailable"),
        // No space before stat=.
        ("dsn=5.0.0,stat=Service unavailable", "dsn=5.0.0,stat=Service unavailable"),
        // May have been a policy's 550 5.7.1.
        ("dsn=5.7.1, stat=User unknown", "dsn=5.7.1, stat=User unknown"),
        ("dsn=5.6.0, stat=Data format error", "dsn=5.6.0, stat=Data format error"),
    ] {
        let found = attempt(end);
        assert_eq!((found.outcome, found.speaker), (Outcome::Rejected, Speaker::Summary), "{end}");
        assert_eq!((found.reply.as_str(), codes(&found)), (summary, (None, None)));
    }
}

#[test]
fn a_gateway_may_append_the_reply() {
    let found =
        attempt("dsn=5.1.1, stat=User unknown (Reason from remote:550 5.1.1 no such user (x), stat=Sent)");
    assert_eq!((found.outcome, found.speaker), (Outcome::Rejected, Speaker::Server));
    assert_eq!(found.reply, "550 5.1.1 no such user (x), stat=Sent");
    assert_eq!(codes(&found), (Some(550), Some("5.1.1")));
}

#[test]
fn the_code_is_the_replys_own_and_not_sendmails_dsn() {
    let found = attempt("dsn=5.1.1, reply=450 5.1.1 another class, stat=Deferred");
    assert_eq!((found.outcome, codes(&found)), (Outcome::Deferred, (Some(450), Some("5.1.1"))));
    assert_eq!(found.reply, "450 5.1.1 another class");
    let found = attempt("dsn=5.5.0, reply=554 mx.example.com closed, stat=Service unavailable");
    assert_eq!((found.outcome, codes(&found)), (Outcome::Rejected, (Some(554), None)));
    let found = attempt("dsn=5.1.1, reply=550, stat=User unknown");
    assert_eq!((found.outcome, codes(&found)), (Outcome::Rejected, (Some(550), None)));
}

#[test]
fn a_forged_stat_in_a_refusal_changes_nothing() {
    for reply in [
        "554 rejected, stat=Sent (250 2.0.0 OK), dsn=2.0.0, reply=250 ok, stat=Sent",
        "554 z, stat=Service unavailable, stat=Deferred: 554 z",
        "554 , stat=Deferred: 554 , stat=Deferred: ",
    ] {
        let found = attempt(&format!("dsn=5.0.0, reply={reply}, stat=Service unavailable"));
        assert_eq!((found.outcome, found.reply.as_str()), (Outcome::Rejected, reply));
    }
}

#[test]
fn a_forged_stat_in_a_deferral_stands_on_both_sides_of_the_real_one() {
    for reply in [
        "451 4.7.1 later, stat=Sent (250 2.0.0 OK)",
        "451 4.7.1 later, stat=Deferred: 451 4.7.1 later",
        "451 4.7.1 , stat=Deferred: 451 4.7.1 , stat=User unknown",
    ] {
        // The hyphen of a first line is a space in one of them.
        for again in [reply.to_owned(), reply.replacen(' ', "-", 1)] {
            let found = attempt(&format!("dsn=4.7.1, reply={reply}, stat=Deferred: {again}"));
            assert_eq!((found.outcome, found.reply.as_str()), (Outcome::Deferred, reply));
        }
    }
    // Cut in its middle, it is not the same on both sides.
    let found = attempt(
        "dsn=4.7.1, reply=451 4.7.1 later, stat=Sent (250 ok) and s...o on, stat=Deferred: 451 4.7.1 later, stat=Sent (250 ok) a...on",
    );
    assert_eq!(found.outcome, Outcome::Deferred);
    assert_eq!(found.reply, "451 4.7.1 later, stat=Sent (250 ok) and s...o on");
    // In stat alone: all of it is the server's.
    let found = attempt("dsn=4.7.1, stat=Deferred: 451 4.7.1 later, stat=Sent (250 2.0.0 OK)");
    assert_eq!(found.outcome, Outcome::Deferred);
    assert_eq!(found.reply, "451 4.7.1 later, stat=Sent (250 2.0.0 OK)");
}

#[test]
fn escapes_are_undone() {
    let found = attempt(
        r"dsn=5.0.0, reply=554 5.7.1 \033[2J caf\303\251 \\033 \\\\ \400 \12, stat=Service unavailable",
    );
    assert_eq!(found.reply, "554 5.7.1 \u{1b}[2J café \\033 \\\\ \\400 \\12");
    assert_eq!(codes(&found), (Some(554), Some("5.7.1")));
}

#[test]
fn a_reply_cut_in_its_middle_keeps_its_codes() {
    let found =
        attempt("dsn=5.1.1, reply=550 5.7.1 word0000 word0001 w...rd0058 word0059, stat=User unknown");
    assert_eq!(codes(&found), (Some(550), Some("5.7.1")));
    assert_eq!(found.reply, "550 5.7.1 word0000 word0001 w...rd0058 word0059");
}

#[test]
fn each_host_that_deferred_a_recipient_is_an_attempt() {
    let line = |mx: &str, ip: &str| {
        format!(
            "{HEAD}to=<a@b.example>, delay=00:00:01, mailer=esmtp, relay={mx}. [{ip}], dsn=4.2.0, \
             reply=450 4.2.0 greylisted, stat=Deferred: 450 4.2.0 greylisted"
        )
    };
    let lines = [line("mx1.b.example", "192.0.2.1"), line("mx2.b.example", "192.0.2.2")];
    let relays = told::attempts(&[&lines[0], &lines[1]]).into_iter().map(|tried| tried.relay);
    assert_eq!(
        relays.collect::<Vec<_>>(),
        [("mx1.b.example", "192.0.2.1"), ("mx2.b.example", "192.0.2.2")]
            .map(|(host, ip)| Some((host.to_owned(), ip.to_owned())))
    );
}

#[test]
fn relays_come_in_many_forms() {
    for (logged, host, ip) in [
        ("mx.example.com. [192.0.2.9]", "mx.example.com", "192.0.2.9"),
        ("mx.example.com [192.0.2.9]", "mx.example.com", "192.0.2.9"),
        (
            "gmail-smtp-in.l.google.com. [IPv6:2001:db8:400c:c08:0:0:0:1a]",
            "gmail-smtp-in.l.google.com",
            "2001:db8:400c:c08:0:0:0:1a",
        ),
        ("[192.0.2.9] [192.0.2.9]", "", "192.0.2.9"),
        (
            "acme-example.mail....ction.outlook.com. [192.0.2.9]",
            "acme-example.mail....ction.outlook.com",
            "192.0.2.9",
        ),
        // A connection that was open already.
        ("mx.example.com.", "mx.example.com", ""),
    ] {
        let line = format!("{HEAD}to=<a@b.example>, mailer=esmtp, relay={logged}, dsn=2.0.0, stat=Sent (ok)");
        assert_eq!(told::attempt(&[&line]).relay, Some((host.into(), ip.into())), "{logged}");
    }
}

#[test]
fn a_host_that_was_left_alone_is_no_attempt() {
    let line = |relay: &str, end: &str| {
        tell(&format!("to=<a@b.example>,<c@b.example>, mailer=esmtp, relay={relay}, {end}"))
    };
    let suspended = vec![Told::Other("suspended"); 2];
    assert_eq!(line("mx.b.example.", "dsn=4.0.0, stat=Deferred"), suspended);
    assert_eq!(
        line("mx.b.example.", "dsn=4.4.2, stat=Deferred: Connection reset by mx.b.example."),
        suspended
    );
    // These were tried, or could not be.
    for (relay, end) in [
        ("mx.b.example. [192.0.2.9]", "dsn=4.4.2, stat=Deferred"),
        ("mx.b.example.", "dsn=4.7.1, reply=450 4.7.1 later, stat=Deferred: 450 4.7.1 later"),
        ("mx.b.example.", "dsn=4.7.1, stat=Deferred: 450 4.7.1 later"),
        ("b.example", "dsn=4.4.3, stat=Deferred: Name server: b.example.: host name lookup failure"),
    ] {
        assert!(matches!(&line(relay, end)[..], [Told::Attempt(_), Told::Attempt(_)]), "{relay} {end}");
    }
    // A recipient that was given up must not disappear, though no server was asked.
    for end in [
        "dsn=5.0.0, stat=Service unavailable",
        "dsn=5.1.2, stat=Host unknown (Name server: b.example: host not found)",
    ] {
        match &line("mx.b.example.", end)[..] {
            [Told::Attempt(found), Told::Attempt(_)] => {
                assert_eq!((found.outcome, found.speaker), (Outcome::Rejected, Speaker::Mta));
                assert_eq!((found.code, found.reply.as_str()), (None, end));
            }
            other => unreachable!("{other:?}"),
        }
    }
}

#[test]
fn senders_are_told_by_queue_id() {
    let sender = |rest: &str| tell(rest);
    let is = |address: &str| vec![Told::Sender("6AM1gFlj021064".into(), address.into())];
    let rest = ", size=60, class=0, nrcpts=1, msgid=<1@mta1>, relay=root@localhost";
    assert_eq!(sender(&format!("from=<s@lists.example>{rest}")), is("s@lists.example"));
    assert_eq!(sender(&format!("from=s@lists.example{rest}")), is("s@lists.example"));
    assert_eq!(sender(&format!("from=<>{rest}")), is(""));
    assert_eq!(sender(&format!("from=<\"a, b\"@c.example>{rest}")), is("\"a, b\"@c.example"));
    assert_eq!(
        sender("6AM1gFlk021064: clone: owner=<owner-list@lists.example>"),
        [Told::Sender("6AM1gFlk021064".into(), "owner-list@lists.example".into())]
    );
}

#[test]
fn what_is_no_attempt_is_counted_apart() {
    for (want, rest) in [
        ("no interest", "to=<a@b.example>, delay=00:00:00, mailer=esmtp, pri=30060, stat=queued"),
        (
            "local",
            "to=<root>, delay=00:00:00, xdelay=00:00:00, mailer=local, pri=30061, dsn=2.0.0, stat=Sent",
        ),
        ("local", "to=nosuch, delay=00:00:00, mailer=local, pri=30061, dsn=5.1.1, stat=User unknown"),
        ("local", "to=|/usr/bin/filter, mailer=prog, pri=1, dsn=2.0.0, stat=Sent"),
        ("local", "to=<x@here.example>, delay=00:00:00, pri=30061, dsn=5.1.1, stat=User unknown"),
        // To our own MTA.
        (
            "local",
            "to=postmaster, mailer=relay, pri=1, relay=[127.0.0.1] [127.0.0.1], dsn=2.0.0, stat=Sent (6AM1 accepted)",
        ),
        (
            "local",
            "to=postmaster, mailer=relay, relay=[127.0.0.1] [127.0.0.1], dsn=4.0.0, stat=Deferred: 421 4.3.0 collect: Cannot write",
        ),
        ("local", "to=a, mailer=relay, relay=localhost. [IPv6:0:0:0:0:0:0:0:1], dsn=2.0.0, stat=Sent (x)"),
        (
            "no interest",
            "ruleset=check_rcpt, arg1=<a@b.example>, relay=x.example [192.0.2.1], reject=550 5.7.1 <a@b.example>... Relaying denied",
        ),
        ("no interest", "6AM1gFlk021064: DSN: User unknown"),
        ("no interest", "6AM1gFlk021064: return to sender: Service unavailable"),
        ("no interest", "6AM1gFlk021064: sender notify: Warning: could not send message for past 4 hours"),
        ("expired", "6AM1gFlk021064: return to sender: Cannot send message for 5 days"),
        ("expired", "6AM1gFlk021064: sender notify: Cannot send message within 5 days"),
        ("no interest", "timeout waiting for input from mx.example.com. during client greeting"),
        ("no interest", "from=<s@lists.example>, quarantined"),
    ] {
        assert_eq!(tell(rest), [Told::Other(want)], "{rest}");
    }
    for (why, rest) in [
        ("no stat=", "to=<a@b.example>, delay=00:00:00, mailer=esmtp, pri=30060, rel"),
        ("no stat=", "to=<a@b.example>, mailer=esmtp, relay=x. [192.0.2.1], dsn=5.1.1, reply=550 cut he"),
        ("the recipients have no end", "to=<a@b.exam"),
        ("an unknown stat=", "to=<a@b.example>, mailer=esmtp, relay=x. [192.0.2.1], stat=odd"),
        ("no recipient", "to=, mailer=esmtp, relay=x. [192.0.2.1], dsn=2.0.0, stat=Sent"),
    ] {
        assert_eq!(tell(rest), [Told::Unparsed(why)], "{rest}");
    }
}

#[test]
fn a_line_is_claimed_by_its_tag_or_by_what_it_says() {
    let dialect = |line: &str| told::tell(&mut told::parser(), line).0;
    let result = format!("6AM1gFlj021064: to=<a@b.example>, {OUT}, dsn=2.0.0, stat=Sent (ok)");
    for tag in ["sendmail", "sm-mta", "sm-msp-queue", "sm-mta-out2", "sendmail-client", "mailgate"] {
        let line = format!("Nov 21 10:00:00 mta1 {tag}[7]: {result}");
        assert_eq!(dialect(&line), Some(Dialect::Sendmail), "{tag}");
        assert_eq!(told::attempt(&[&line]).source, tag);
    }
    assert_eq!(dialect(&result), Some(Dialect::Sendmail));
    assert_eq!(dialect("Nov 21 10:00:00 mta1 cron[7]: 6AM1gFlj021064: to=<a@b.example>"), None);
    assert_eq!(dialect("Nov 21 10:00:00 mta1 sm-notify[7]: Version 2.6.2 starting"), None);
    let postfix = "Nov 21 10:00:00 mx postfix/smtp[1]: AB12CD34: to=<a@b.example>, mailer=x, stat=Sent";
    assert_eq!(dialect(postfix), Some(Dialect::Postfix));
}

proptest::proptest! {
    #[test]
    fn no_line_panics_and_none_depends_on_another(bytes: Vec<u8>, tails in proptest::collection::vec(
        "([ -~]{0,40}(, stat=Deferred: 4|, stat=|, reply=[45]|<|\"|\\\\|,|\\[)){0,8}[ -~]{0,30}", 1..6)) {
        let mut parser = told::parser();
        parser.line(&bytes, |_| {});
        for tail in tails {
            for head in [
                HEAD.to_owned(),
                format!("{HEAD}to=<"),
                format!("{HEAD}to=<a@b.example>, {OUT}, dsn=4.0.0, reply=4"),
                format!("{HEAD}to=<a@b.example>, {OUT}, dsn=5.0.0, stat="),
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
