use proptest::prelude::*;

use crate::model::{Outcome, Speaker, Stage};
use crate::parse::Dialect;
use crate::parse::told::{self, Told, Tried};

const FULL: &str = "type,timeLogged,timeQueued,orig,rcpt,orcpt,dsnAction,dsnStatus,dsnDiag,dsnMta,bounceCat,srcType,srcMta,\
                    dlvType,dlvSourceIp,dlvDestinationIp,dlvEsmtpAvailable,dlvSize,vmta,jobId,envId,queue,vmtaPool,header_Message-Id";

/// The attempt in a row of these columns.
fn with(header: &str, row: &str) -> Tried {
    told::attempt(&[header, row])
}

/// The only thing that the last of these lines tells.
fn last(lines: &[&str]) -> Told {
    let mut parser = told::parser();
    let mut told = Vec::new();
    for line in lines {
        told = told::tell(&mut parser, line).1;
    }
    assert_eq!(told.len(), 1, "{told:?}");
    told.remove(0)
}

const SHORT: &str = "type,timeLogged,rcpt,dsnStatus,dsnDiag,dsnMta,bounceCat";

fn short(row: &str) -> Tried {
    with(SHORT, row)
}

#[test]
fn a_transient_failure_is_read_to_its_last_field() {
    let row = "t,2026-11-21 11:50:25-0400,2026-11-21 09:44:47-0400,news@sender.example,reader@example.org,,delayed,\
               4.0.0 (undefined status),\"smtp;421 4.7.0 [TS01] Messages from 192.0.2.1 deferred, see https://example.org/ts01\",\
               mta7.am0.yahoodns.net (198.51.100.36),other,smtp,app.sender.example (10.0.0.9),smtp,192.0.2.1,198.51.100.36,\
               \"PIPELINING,8BITMIME,SIZE,STARTTLS\",4202,mta02,nov-blk,env-7,yahoo.com/mta02,pool-a,<m1@sender.example>";
    let found = with(FULL, row);
    assert_eq!(found.at, "2026-11-21T15:50:25Z");
    assert_eq!(found.outcome, Outcome::Deferred);
    assert_eq!(found.source, "192.0.2.1", "the address is what is blocked");
    assert_eq!(found.queue_id, "env-7");
    assert_eq!(found.recipient, "reader@example.org");
    assert_eq!(found.sender.as_deref(), Some("news@sender.example"));
    assert_eq!(found.campaign, "nov-blk");
    assert_eq!(found.relay, Some(("mta7.am0.yahoodns.net".into(), "198.51.100.36".into())));
    assert_eq!(
        found.reply, "421 4.7.0 [TS01] Messages from 192.0.2.1 deferred, see https://example.org/ts01",
        "a quoted comma parts nothing"
    );
    assert_eq!((found.speaker, found.code), (Speaker::Server, Some(421)));
    assert_eq!(found.enhanced.as_deref(), Some("4.7.0"), "and not dsnStatus");
    assert_eq!(found.stage, None);
}

#[test]
fn columns_come_in_any_order_and_number() {
    let found = with("rcpt,weather,type,timeLogged", "a@example.org,fine,b,1795000000");
    assert_eq!((found.recipient.as_str(), found.outcome), ("a@example.org", Outcome::Rejected));
    assert_eq!(found.sender, None, "no column says it");
    let found = with("timeLogged,TYPE,Rcpt,dsnMTA", "1795000000,d,a@example.org,mx.example.org (192.0.2.9)");
    assert_eq!(found.relay, Some(("mx.example.org".into(), "192.0.2.9".into())), "whatever the case");
    let found = with("timeLogged,type,rcpt", "2026-11-21 11:50:25-0400,d,a@example.org");
    assert_eq!(found.at, "2026-11-21T15:50:25Z", "a stamp first is no other log's line");
    let found = with("\"type\",\"timeLogged\",\"rcpt\"", "\"d\",\"1795000000\",\"a@example.org\"");
    assert_eq!(found.recipient, "a@example.org", "all quoted");
    let found = with("type,timeLogged,rcpt,rcpt", "d,1795000000,a@example.org,b@example.org");
    assert_eq!(found.recipient, "a@example.org", "of two columns of one name the first");
}

#[test]
fn a_header_may_stand_again_and_differ() {
    let rows = [
        "\u{feff}type,timeLogged,orig,rcpt",
        "d,1795000000,s@sender.example,a@example.org",
        "type,timeLogged,orig,rcpt",
        "d,1795000001,s@sender.example,b@example.org",
        "type,rcpt,timeLogged,jobId\r",
        "d,c@example.org,1795000002,spring\r",
    ];
    let found = told::attempts(&rows);
    let recipients: Vec<&str> = found.iter().map(|tried| tried.recipient.as_str()).collect();
    assert_eq!(recipients, ["a@example.org", "b@example.org", "c@example.org"]);
    assert_eq!(found[2].campaign, "spring", "carriage returns are no part of it");
}

#[test]
fn no_columns_are_guessed() {
    assert_eq!(
        last(&["d,1795000000,s@sender.example,a@example.org"]),
        Told::Unparsed("no header line before it")
    );
    assert_eq!(
        last(&["timeLogged,orig,rcpt,jobId", "1795000000,s@sender.example,a@example.org,x"]),
        Told::Unparsed("the header has no column type")
    );
    assert_eq!(
        last(&["type,orig,rcpt", "d,s@sender.example,a@example.org"]),
        Told::Unparsed("the header has no column timeLogged")
    );
    assert_eq!(
        last(&[SHORT, "d,1795000000,a@example.org"]),
        Told::Unparsed("fewer fields than the header has")
    );
    assert_eq!(
        last(&[SHORT, "b,1795000000,a@example.org,5.0.0,smtp;550 no, and no,mx.example.org,other"]),
        Told::Unparsed("more fields than the header has"),
        "a comma that should have been quoted shifts the columns"
    );
    assert_eq!(last(&[SHORT, "d,yesterday,a@example.org,,,,"]), Told::Unparsed("timeLogged is no time"));
    assert_eq!(
        last(&["timeLogged,type,rcpt", "1795000000,d,a@example.org", "1795000000,x,a@example.org"]),
        Told::Other("no interest"),
        "a line that the header does not fit is not taken for a row"
    );
}

#[test]
fn the_time_of_queueing_stands_where_no_other_is_logged() {
    let found = with("type,timeQueued,rcpt", "b,2016-05-29 01:10:51+0200,a@example.org");
    assert_eq!(found.at, "2016-05-28T23:10:51Z");
    assert_eq!(
        last(&["type,timeLogged,timeQueued,rcpt", "b,,2016-05-29 01:10:51+0200,a@example.org"]),
        Told::Unparsed("timeLogged is no time"),
        "but not for a row that lacks it"
    );
}

#[test]
fn every_type_of_record_is_what_it_is() {
    for (kind, want) in [
        ("tq", "suspended"),
        ("r", "no interest"),
        ("rs", "no interest"),
        ("f", "complaint"),
        ("feedback-loop", "complaint"),
        ("rb", "late bounce"),
    ] {
        let row =
            format!("{kind},1795000000,a@example.org,5.1.1,smtp;550 5.1.1 no,mx.example.org,bad-mailbox");
        assert_eq!(last(&[SHORT, &row]), Told::Other(want), "{kind}");
    }
    let deferred = short("t,1795000000,a@example.org,4.0.0,smtp;550 no,mx.example.org,other");
    assert_eq!(
        (deferred.outcome, deferred.code),
        (Outcome::Deferred, Some(550)),
        "what PowerMTA did and what was said"
    );
}

#[test]
fn the_servers_words_are_in_the_diagnosis() {
    for diagnosis in [
        "smtp;550 5.7.1 spam URL",
        "Smtp; 550 5.7.1 spam URL",
        "x-smtp;550 5.7.1 spam URL",
        "550 5.7.1 spam URL",
    ] {
        let found = short(&format!(
            "b,1795000000,a@example.org,5.3.2 (not accepting),{diagnosis},mx.example.org,spam-related"
        ));
        assert_eq!(found.reply, "550 5.7.1 spam URL", "{diagnosis}");
        assert_eq!(
            (found.speaker, found.code, found.enhanced.as_deref()),
            (Speaker::Server, Some(550), Some("5.7.1"))
        );
    }
    let found = short(
        "b,1795000000,a@example.org,5.0.0,\"smtp;550 said \"\"no\"\"; ,d,1795000000\",mx.example.org,other",
    );
    assert_eq!(found.reply, "550 said \"no\"; ,d,1795000000", "doubled quotes and forged fields");
    let found =
        short("b,1795000000,a@example.org,5.4.4,smtp;unable to route: dns lookup failure,,routing-errors");
    assert_eq!((found.speaker, found.code), (Speaker::Mta, None), "words without a code are PowerMTA's");
    assert_eq!(found.reply, "unable to route: dns lookup failure");
}

#[test]
fn without_a_diagnosis_the_status_stands_for_an_answer_or_for_a_failure_here() {
    let is = |row: &str, speaker: Speaker, reply: &str| {
        let found = short(row);
        assert_eq!((found.speaker, found.reply.as_str(), found.code), (speaker, reply, None), "{row}");
        assert_eq!(found.enhanced, None, "PowerMTA's own mapping is nobody's code: {row}");
    };
    let bad_mailbox = "5.1.1 (bad destination mailbox address)";
    is(
        &format!("b,1795000000,a@example.org,{bad_mailbox},,mx1.example.org (192.0.2.2),bad-mailbox"),
        Speaker::Summary,
        bad_mailbox,
    );
    is(&format!("b,1795000000,a@example.org,{bad_mailbox},,,bad-mailbox"), Speaker::Mta, bad_mailbox);
    let no_domain = "5.1.2 (bad destination system: no such domain)";
    is(&format!("b,1795000000,a@example.org,{no_domain},,,bad-domain"), Speaker::Mta, no_domain);
    let lost = "4.4.2 (bad connection)";
    is(
        &format!("t,1795000000,a@example.org,{lost},,mx.example.org (192.0.2.2),bad-connection"),
        Speaker::Mta,
        lost,
    );
    is("b,1795000000,a@example.org,,,mx.example.org,policy-related", Speaker::Summary, "policy-related");
    let guide = "type,timeLogged,orig,rcpt,dlvSourceIp,bounceCat";
    let found = with(guide, "b,1178807915,s@sender.example,a@example.org,,policy-related");
    assert_eq!(found.speaker, Speaker::Summary, "no column would say whether a server was reached");
    assert_eq!(found.source, "");
}

#[test]
fn a_delivery_without_a_reply_has_none() {
    let found =
        short("d,1795000000,a@example.org,2.0.0 (success),smtp;250 ok dirdel,mx.example.org (192.0.2.9),");
    assert_eq!(
        (found.outcome, found.code, found.stage),
        (Outcome::Delivered, Some(250), Some(Stage::EndOfData))
    );
    let found = short("d,1795000000,a@example.org,2.0.0 (success),,mx.example.org (192.0.2.9),");
    assert_eq!((found.reply.as_str(), found.speaker, found.code), ("", Speaker::Summary, None));
}

#[test]
fn a_message_too_old_is_expired_and_an_expired_account_rejected() {
    for row in [
        "b,1795000000,a@example.org,4.4.7 (delivery time expired),,,message-expired",
        "b,1795000000,a@example.org,5.4.7 (delivery time expired),smtp;451 4.2.0 try later,mx.example.org,quota-issues",
        "b,1795000000,a@example.org,,smtp;delivery time expired,,other",
        "b,1795000000,a@example.org,4.0.0,smtp;421 4.7.0 busy,mx.example.org,message-expired",
    ] {
        assert_eq!(last(&[SHORT, row]), Told::Other("expired"), "{row}");
    }
    let found = short(
        "b,1795000000,a@example.org,5.0.0,smtp;550 5.2.1 account expired,mx.example.org,message-expired",
    );
    assert_eq!((found.outcome, found.code), (Outcome::Rejected, Some(550)));
    let found = short("t,1795000000,a@example.org,4.4.7,smtp;421 busy,mx.example.org,message-expired");
    assert_eq!(found.outcome, Outcome::Deferred, "it is tried again");
}

#[test]
fn what_goes_to_this_machine_is_local() {
    let header = "type,timeLogged,rcpt,dlvType";
    for kind in ["pipe", "file", "discard"] {
        assert_eq!(last(&[header, &format!("d,1795000000,a@example.org,{kind}")]), Told::Other("local"));
    }
    assert_eq!(with(header, "d,1795000000,a@example.org,smtp").outcome, Outcome::Delivered);
    assert_eq!(with(header, "b,1795000000,a@example.org,").outcome, Outcome::Rejected);
}

#[test]
fn source_campaign_relay_and_id_take_the_next_best() {
    let header = "type,timeLogged,rcpt,dlvSourceIp,vmta,vmtaPool,jobId,header_X-Campaign-Id,dlvDestinationIp,dsnMta,header_Message-Id";
    let row = |rest: &str| with(header, &format!("d,1795000000,<a@example.org>,{rest}"));
    let found = row("192.0.2.1,mta1,pool1,job1,camp1,192.0.2.9,mx.example.org,<m@sender.example>");
    assert_eq!((found.source.as_str(), found.campaign.as_str()), ("192.0.2.1", "job1"));
    assert_eq!(found.relay, Some(("mx.example.org".into(), "192.0.2.9".into())));
    assert_eq!((found.queue_id.as_str(), found.recipient.as_str()), ("<m@sender.example>", "a@example.org"));
    let found = row("0.0.0.0,mta1,pool1,,camp1,,,");
    assert_eq!((found.source.as_str(), found.campaign.as_str(), found.relay), ("mta1", "camp1", None));
    let found = row(",,pool1,,,,dns; mx.example.org (2001:db8::9),");
    assert_eq!((found.source.as_str(), found.campaign.as_str()), ("pool1", "pool1"));
    assert_eq!(found.relay, Some(("mx.example.org".into(), "2001:db8::9".into())));
}

#[test]
fn a_record_over_several_lines_is_one() {
    let lines = [
        SHORT,
        "b,1795000000,a@example.org,5.0.0,\"smtp;550 5.7.1 no",
        "d,1795000000,forged@example.org,2.0.0,smtp;250 ok,mx.example.org,",
        "type,timeLogged,orig,rcpt",
        "end\",mx.example.org,other",
        "d,1795000001,b@example.org,,smtp;250 ok,mx.example.org,",
    ];
    let found = told::attempts(&lines);
    assert_eq!(found.len(), 2, "{found:?}");
    assert!(found[0].reply.starts_with("550 5.7.1 no\nd,") && found[0].reply.ends_with("\nend"));
    assert_eq!(found[1].recipient, "b@example.org");
}

#[test]
fn a_record_that_was_cut_off_costs_only_itself() {
    let cut = "b,1795000000,a@example.org,5.0.0,\"smtp;550 5.7.1 no";
    let good = "d,1795000001,b@example.org,,\"smtp;250 ok, thanks\",mx.example.org,";
    let unparsed = Told::Unparsed("a quoted field has no end");
    let told = told::told(&[SHORT, cut, good]);
    assert_eq!(told[2], unparsed, "the next quote shows it");
    assert!(matches!(&told[3], Told::Attempt(tried) if tried.recipient == "b@example.org"));
    let told = told::told(&[SHORT, cut, SHORT, good]);
    assert_eq!(told[2], unparsed, "the next file's header shows it");
    assert!(matches!(&told[4], Told::Attempt(tried) if tried.recipient == "b@example.org"));
    let plain = "d,1795000001,b@example.org,,smtp;250 ok,mx.example.org,";
    let lines: Vec<&str> = [SHORT, cut].into_iter().chain(std::iter::repeat_n(plain, 40)).collect();
    let told = told::told(&lines);
    assert_eq!(told.iter().filter(|told| **told == unparsed).count(), 1, "or how long it is");
    assert_eq!(told.iter().filter(|told| matches!(told, Told::Attempt(_))).count(), 8);
    let broken = "b,1795000000,a@example.org,5.0.0,\"smtp;550\" no,mx.example.org,other";
    assert_eq!(last(&[SHORT, broken]), Told::Unparsed("text after a quoted field"));
}

#[test]
fn other_lines_are_none_of_these() {
    for line in [
        "d,e",
        "type, e.g. a word, and another",
        "\"quoted\"",
        "received, thanks, all, of, you",
        "true,false,maybe,so",
    ] {
        assert_eq!(told::tell(&mut told::parser(), line).0, None, "{line}");
    }
    let mut parser = told::parser();
    assert_eq!(told::tell(&mut parser, SHORT), (Some(Dialect::PowerMta), vec![Told::Other("no interest")]));
    assert_eq!(told::tell(&mut parser, "").0, None);
}

#[test]
fn headers_before_the_place_to_read_from_are_taken() {
    let mut parser = told::parser();
    parser.preface(b"\xef\xbb\xbftype,timeLogged,rcpt\r\nd,1795000000,a@example.org\r\nd,1795");
    let (_, told) = told::tell(&mut parser, "d,1795000009,b@example.org");
    assert!(matches!(&told[..], [Told::Attempt(tried)] if tried.recipient == "b@example.org"), "{told:?}");
}

proptest! {
    #[test]
    fn no_bytes_panic(line: Vec<u8>, header in "type(,(timeLogged|rcpt|dsnDiag|dsnMta|\"vmta\")){0,5}", row in "[dbt](,[0-9a-z;()\" ]{0,12}){0,6}") {
        let mut parser = told::parser();
        told::tell(&mut parser, &line);
        told::tell(&mut parser, &header);
        told::tell(&mut parser, &row);
        told::tell(&mut parser, [b"d,", &line[..]].concat());
    }

    #[test]
    fn a_row_reads_the_same_whatever_stood_before(before in "[dbt],179500000[0-9],([a-z@][a-z@\"]{0,8})?,,smtp;[0-9]{3} \"?[a-z]{0,9},,") {
        let row = "b,1795000000,a@example.org,5.0.0,\"smtp;550 5.7.1 no, no\",mx.example.org,other";
        let mut parser = told::parser();
        told::tell(&mut parser, SHORT);
        let alone = told::tell(&mut parser, row);
        told::tell(&mut parser, &before);
        prop_assert_eq!(told::tell(&mut parser, row), alone);
    }
}
