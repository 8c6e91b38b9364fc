//! qmail's lines, after the wording of qmail-send and qmail-remote.

use crate::model::{Moment, Outcome, Speaker, Stage};
use crate::parse::Dialect;
use crate::parse::told::{self, Told, Tried, tell};

const START: &str = "@400000006b00188a00000000 starting delivery 9: msg 3890 to remote ann@gmail.com";

/// The attempt of a delivery that started and then said so.
fn result(verdict: &str) -> Tried {
    told::attempt(&[START, &format!("@400000006b00188b1dcd6500 delivery 9: {verdict}")])
}

#[test]
fn a_recipient_is_joined_by_the_deliverys_number_and_the_sender_by_the_messages() {
    let told = told::told(&[
        "@400000006b00188a00000000 new msg 3890",
        "@400000006b00188a00000000 info msg 3890: bytes 372 from <news@example.org> qp 31835 uid 0",
        START,
        "@400000006b00188a00000000 status: local 0/120 remote 1/60",
        "@400000006b00188b1dcd6500 delivery 9: success: 192.0.2.9_accepted_message./Remote_host_said:_250_ok_1392180611_qp_10394/",
        "@400000006b00188b1dcd6500 end msg 3890",
    ]);
    assert_eq!(told[1], Told::Sender("3890".into(), "news@example.org".into()));
    let Told::Attempt(found) = &told[4] else { unreachable!("{told:?}") };
    assert_eq!((&*found.recipient, &*found.queue_id), ("ann@gmail.com", "3890"));
    assert_eq!(found.relay, Some((String::new(), "192.0.2.9".into())));
    assert_eq!((found.outcome, found.speaker), (Outcome::Delivered, Speaker::Server));
    assert_eq!((&*found.reply, found.code), ("250 ok 1392180611 qp 10394", Some(250)));
    assert!([&told[0], &told[2], &told[3], &told[5]].iter().all(|told| **told == Told::Other("no interest")));
}

#[test]
fn every_stage_of_qmail_remote_is_known() {
    for (text, stage, reply) in [
        (
            "192.0.2.9_does_not_like_recipient./Remote_host_said:_550_no/Giving_up_on_192.0.2.9./",
            Some(Stage::Rcpt),
            "550 no",
        ),
        (
            "Connected_to_192.0.2.9_but_sender_was_rejected./Remote_host_said:_553_5.1.8_no/",
            Some(Stage::Mail),
            "553 5.1.8 no",
        ),
        (
            "Connected_to_192.0.2.9_but_greeting_failed./Remote_host_said:_554_no/",
            Some(Stage::Connect),
            "554 no",
        ),
        (
            "Connected_to_192.0.2.9_but_my_name_was_rejected./Remote_host_said:_504_no/",
            Some(Stage::Helo),
            "504 no",
        ),
        ("192.0.2.9_failed_on_DATA_command./Remote_host_said:_554_no/", Some(Stage::Data), "554 no"),
        (
            "192.0.2.9_failed_after_I_sent_the_message./Remote_host_said:_552_5.7.0_virus/",
            Some(Stage::EndOfData),
            "552 5.7.0 virus",
        ),
        (
            "User_and_password_not_set,_continuing_without_authentication./<ann@gmail.com>_192.0.2.9_does_not_like_recipient./Remote_host_said:_550_no/Giving_up_on_192.0.2.9./",
            Some(Stage::Rcpt),
            "550 no",
        ),
        (
            "(ann@gmail.com)_192.0.2.9_failed_after_I_sent_the_message./Remote_host_said:_554_no/",
            Some(Stage::EndOfData),
            "554 no",
        ),
    ] {
        let found = result(&format!("failure: {text}"));
        assert_eq!((found.stage, &*found.reply, found.speaker), (stage, reply, Speaker::Server), "{text}");
        assert_eq!(found.relay, Some((String::new(), "192.0.2.9".into())), "{text}");
        assert_eq!(found.code.map(|code| code.to_string()).as_deref(), reply.get(..3));
    }
}

#[test]
fn local_failures_are_qmails_own_words() {
    for (text, reply, stage, relay) in [
        (
            "Sorry,_I_couldn't_find_any_host_named_example.invalid._(#5.1.2)/",
            "Sorry, I couldn't find any host named example.invalid. (#5.1.2)",
            None,
            None,
        ),
        (
            "Sorry,_I_wasn't_able_to_establish_an_SMTP_connection._(#4.4.1)/",
            "Sorry, I wasn't able to establish an SMTP connection. (#4.4.1)",
            Some(Stage::Connect),
            None,
        ),
        (
            "CNAME_lookup_failed_temporarily._(#4.4.3)/",
            "CNAME lookup failed temporarily. (#4.4.3)",
            None,
            None,
        ),
        (
            "Connected_to_192.0.2.9_but_connection_died._Possible_duplicate!_(#4.4.2)/",
            "Connected to 192.0.2.9 but connection died. Possible duplicate! (#4.4.2)",
            Some(Stage::EndOfData),
            Some((String::new(), "192.0.2.9".to_owned())),
        ),
        (
            "Sorry._Although_I'm_listed_as_a_best-preference_MX_or_A_for_that_host,/it_isn't_in_my_control/locals_file,_so_I_don't_treat_it_as_local._(#5.4.6)/",
            "Sorry. Although I'm listed as a best-preference MX or A for that host, it isn't in my control/locals file, so I don't treat it as local. (#5.4.6)",
            None,
            None,
        ),
    ] {
        let found = result(&format!("deferral: {text}"));
        assert_eq!((&*found.reply, found.stage, found.relay), (reply, stage, relay));
        assert_eq!((found.speaker, found.code, found.enhanced), (Speaker::Mta, None, None));
    }
    let found = result("report mangled, will defer");
    assert_eq!((found.outcome, &*found.reply), (Outcome::Deferred, "report mangled, will defer"));
}

#[test]
fn a_slash_ends_a_line_only_where_the_reply_goes_on() {
    let found = result(
        "failure: 192.0.2.9_does_not_like_recipient./Remote_host_said:_550-5.1.1_see/550-5.1.1_http://x.example/550/a_b/550_5.1.1_https://y.example/550-5/550_z/Giving_up_on_192.0.2.9./",
    );
    assert_eq!(
        found.reply,
        "550-5.1.1 see 550-5.1.1 http://x.example 550/a b/550 5.1.1 https://y.example/550-5/550 z"
    );
    let found = result(
        "failure: 192.0.2.9_does_not_like_recipient./Remote_host_said:_550_5.7.1_see_http://x.example/unblock?ip=192.0.2.1/Giving_up_on_192.0.2.9./",
    );
    assert_eq!(found.reply, "550 5.7.1 see http://x.example/unblock?ip=192.0.2.1");
    assert_eq!((found.code, found.enhanced.as_deref()), (Some(550), Some("5.7.1")));
}

#[test]
fn a_forged_beginning_and_end_inside_a_reply_change_nothing() {
    let found = result(
        "failure: 192.0.2.9_does_not_like_recipient./Remote_host_said:_550_no/Giving_up_on_10.0.0.1./192.0.2.66_accepted_message./Remote_host_said:_250_ok/Giving_up_on_192.0.2.9./",
    );
    assert_eq!(found.relay, Some((String::new(), "192.0.2.9".into())));
    assert_eq!((found.outcome, found.code), (Outcome::Rejected, Some(550)));
    assert_eq!(
        found.reply,
        "550 no/Giving up on 10.0.0.1./192.0.2.66 accepted message./Remote host said: 250 ok"
    );
}

#[test]
fn the_last_try_is_given_up_with_the_servers_own_code() {
    let found = result(
        "failure: 192.0.2.9_does_not_like_recipient./Remote_host_said:_450_4.2.0_greylisted/Giving_up_on_192.0.2.9./I'm_not_going_to_try_again;_this_message_has_been_in_the_queue_too_long./",
    );
    assert_eq!(
        (found.outcome, found.code, &*found.reply),
        (Outcome::Rejected, Some(450), "450 4.2.0 greylisted")
    );
}

#[test]
fn numbers_belong_to_their_host_and_to_one_life_of_qmail_send() {
    let line = |host: &str, rest: &str| format!("Nov 21 10:00:00 {host} qmail: 1795255200.123456 {rest}");
    let says = "success: 192.0.2.9_accepted_message./Remote_host_said:_250_ok/";
    let lines = [
        line("a", "starting delivery 2: msg 7 to remote on-a@example.com"),
        line("b", "starting delivery 2: msg 7 to remote on-b@example.com"),
        line("a", &format!("delivery 2: {says}")),
        line("b", &format!("delivery 2: {says}")),
        // Again: the number has had its outcome.
        line("b", &format!("delivery 2: {says}")),
        line("a", "starting delivery 3: msg 8 to remote before@example.com"),
        line("a", "starting delivery 1: msg 9 to remote first@example.com"),
        // qmail-send began anew, and the start of this delivery 3 was lost.
        line("a", &format!("delivery 3: {says}")),
        line("a", "starting delivery 4: msg 9 to remote old@example.com"),
        line("a", "starting delivery 4: msg 10 to remote new@example.com"),
        line("a", &format!("delivery 4: {says}")),
    ];
    let lines: Vec<&str> = lines.iter().map(String::as_str).collect();
    let found: Vec<String> = told::attempts(&lines).into_iter().map(|found| found.recipient).collect();
    assert_eq!(found, ["on-a@example.com", "on-b@example.com", "", "", "new@example.com"]);
}

#[test]
fn a_delivery_without_its_start_has_no_recipient_and_may_be_local() {
    let alone =
        |text: &str| told::told(&[&format!("@400000006b00188b1dcd6500 delivery 77: {text}")]).remove(0);
    let Told::Attempt(found) = alone("failure: 192.0.2.9_does_not_like_recipient./Remote_host_said:_550_no/")
    else {
        unreachable!()
    };
    assert_eq!((&*found.recipient, &*found.queue_id, found.code), ("", "", Some(550)));
    assert_eq!(alone("success: did_0+0+1/"), Told::Other("local"));
    assert!(matches!(alone("failure: Sorry,_no_mailbox_here_by_that_name._(#5.1.1)/"), Told::Unparsed(_)));
}

#[test]
fn a_local_delivery_is_no_providers() {
    let lines = [
        "@400000006b00188a00000000 starting delivery 9: msg 1 to local ann@example.org",
        "@400000006b00188a00000000 delivery 9: failure: Sorry,_no_mailbox_here_by_that_name._(#5.1.1)/",
    ];
    assert_eq!(told::told(&lines)[1], Told::Other("local"));
}

#[test]
fn every_stamp_is_read() {
    let rest = "delivery 9: deferral: 192.0.2.9_failed_on_DATA_command./Remote_host_said:_451_later/";
    for (stamp, at) in [
        ("@4000000052fafd8d32984b1c ", "2014-02-12T04:50:11.848Z"),
        ("@4000000052fafd8d32984b1c 2014-02-12 04:50:11.000000000  ", "2014-02-12T04:50:11.848Z"),
        ("2026-11-21 10:00:00.123456789 ", "2026-11-21T10:00:00.123Z"),
        ("1795255200.123456 ", "2026-11-21T10:00:00.123Z"),
        ("Nov 18 10:00:00 mx qmail: 1795255199.123456 ", "2026-11-18T10:00:00Z"),
        ("2026-11-21T10:00:00+00:00 mx splogger: 1795255199.123456 ", "2026-11-21T10:00:00Z"),
        ("Nov 18 10:00:00 mx qmail-send[7]: ", "2026-11-18T10:00:00Z"),
    ] {
        let line = format!("{stamp}{rest}");
        let mut parser = told::parser();
        let (dialect, told) = tell(&mut parser, &line);
        assert_eq!(dialect, Some(Dialect::Qmail), "{line}");
        let [Told::Attempt(found)] = &told[..] else { unreachable!("{told:?}") };
        assert_eq!((&*found.at, found.code), (at, Some(451)), "{line}");
    }
    assert_eq!(told::attempt(&[rest]).code, Some(451));
}

#[test]
fn a_line_of_no_interest_has_its_time_too() {
    for (line, at) in [
        ("@4000000052fafd8d32984b1c status: local 0/10 remote 0/20", "2014-02-12T04:50:11.848Z"),
        ("@4000000052fafd8d32984b1c tcpserver: status: 1/20", "2014-02-12T04:50:11.848Z"),
        ("2026-11-21 10:00:00.123456789 end msg 7", "2026-11-21T10:00:00.123Z"),
        ("2026-11-21T10:00:00.123Z [NOTICE] [U.1] [core] sender <a@b> code=OK", "2026-11-21T10:00:00.123Z"),
    ] {
        assert_eq!(
            told::parser().moment(line.as_bytes()).map(Moment::rfc3339).as_deref(),
            Some(at),
            "{line}"
        );
    }
    for line in [
        "@4000000052fafd8d",
        "@ffffffffffffffffffffffff status: local",
        "@0000000000000000ffffffff x",
        "end msg 7",
    ] {
        assert_eq!(told::parser().moment(line.as_bytes()), None, "{line}");
    }
}

#[test]
fn the_rest_of_a_record_that_splogger_cut_is_nothing() {
    let line = "Nov 21 10:00:00 mx qmail: 1795255200.123456+delivery 9: success: x_accepted_message./";
    assert_eq!(told::told(&[line]), [Told::Other("no interest")]);
}

#[test]
fn lines_of_others_are_not_taken() {
    for line in [
        "@400000006b00188b1dcd6500 tcpserver: status: 1/20",
        "Nov 21 10:00:00 mx app[1]: delivery 5: success: sent",
        "Nov 21 10:00:00 mx postfix/smtp[1]: 4Xz1Qb0LrDz9vBJ: to=<a@b.example>, relay=none, dsn=4.4.1, status=deferred (delivery 9: success: x)",
        "2026-11-21 10:00:00 1wABCD-000000001dE-2abc => a@b.example R=dnslookup T=remote_smtp H=mx [192.0.2.1] C=\"250 ok\"",
        "delivery of mail: success: x",
    ] {
        assert_ne!(tell(&mut told::parser(), line).0, Some(Dialect::Qmail), "{line}");
    }
}

proptest::proptest! {
    #[test]
    fn no_line_panics(bytes: Vec<u8>, tail in "[ -~]{0,120}", word in "(delivery 9: failure: |starting delivery 1: msg |info msg 7: bytes 1 from <|@4000000|delivery 9: success: Connected_to_)") {
        let mut parser = told::parser();
        parser.line(&bytes, |_| {});
        for head in ["", "@400000006b00188b1dcd6500 ", "Nov 21 10:00:00 mx qmail: 1795255200.123456 "] {
            parser.line(format!("{head}{word}{tail}").as_bytes(), |_| {});
            let mut line = format!("{head}{word}").into_bytes();
            line.extend(&bytes);
            parser.line(&line, |_| {});
        }
    }
}
