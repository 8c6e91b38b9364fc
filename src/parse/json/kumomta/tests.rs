use proptest::prelude::*;

use crate::model::{Outcome, Speaker, Stage};
use crate::parse::Dialect;
use crate::parse::told::{self, Told, Tried};

/// A record of this type with this response; `more` stands among its fields.
fn record(kind: &str, response: &str, more: &str) -> String {
    format!(
        r#"{{"type":"{kind}","id":"1d98076abbbc11ed940250ebf67f93bd","sender":"news@sender.example","recipient":"a@example.org","queue":"autumn:shop@example.org","site":"pool->mx.example.org.","size":1047,"response":{response},"peer_address":{{"name":"mx.example.org.","addr":"192.0.2.9"}},"timestamp":1795255200,"created":1795255100,"num_attempts":0,"bounce_classification":"Uncategorized","egress_pool":"pool0","egress_source":"ip-1","source_address":{{"address":"198.51.100.7:53210"}},"feedback_report":null,"meta":{{}},"headers":{{"Subject":"\"type\":\"Bounce\""}},"delivery_protocol":"ESMTP"{more}}}"#
    )
}

const REFUSED: &str = r#"{"code":550,"enhanced_code":{"class":5,"subject":1,"detail":1},"content":"No such user.\nSee https://example.org/x","command":"RCPT TO:<a@example.org>"}"#;

fn tried(record: &str) -> Tried {
    told::attempt(&[record])
}

fn other(record: &str) -> Told {
    let (dialect, mut told) = told::tell(&mut told::parser(), record);
    assert_eq!((dialect, told.len()), (Some(Dialect::KumoMta), 1), "{record}: {told:?}");
    told.remove(0)
}

#[test]
fn a_bounce_is_read_to_its_last_field() {
    let tried = tried(&record("Bounce", REFUSED, ""));
    assert_eq!(tried.outcome, Outcome::Rejected);
    assert_eq!(tried.at, "2026-11-21T10:00:00Z");
    assert_eq!(tried.source, "ip-1");
    assert_eq!(tried.queue_id, "1d98076abbbc11ed940250ebf67f93bd");
    assert_eq!(
        (tried.recipient.as_str(), tried.sender.as_deref()),
        ("a@example.org", Some("news@sender.example"))
    );
    assert_eq!(tried.campaign, "autumn");
    assert_eq!(tried.relay, Some(("mx.example.org".into(), "192.0.2.9".into())), "without the trailing dot");
    assert_eq!(tried.reply, "550 5.1.1 No such user.\nSee https://example.org/x");
    assert_eq!((tried.code, tried.enhanced.as_deref()), (Some(550), Some("5.1.1")));
    assert_eq!((tried.speaker, tried.stage), (Speaker::Server, Some(Stage::Rcpt)));
}

#[test]
fn a_reply_without_an_enhanced_code_gets_none() {
    let reply = r#"{"code":421,"enhanced_code":null,"content":"busy","command":null}"#;
    let tried = tried(&record("TransientFailure", reply, ""));
    assert_eq!((tried.outcome, tried.reply.as_str()), (Outcome::Deferred, "421 busy"));
    assert_eq!((tried.code, tried.enhanced, tried.stage), (Some(421), None, None));
}

#[test]
fn several_recipients_are_several_attempts() {
    let record = record(
        "Delivery",
        r#"{"code":250,"enhanced_code":{"class":2,"subject":0,"detail":0},"content":"OK","command":"."}"#,
        "",
    )
    .replace("\"recipient\":\"a@example.org\"", r#""recipient":["a@example.org","b@example.org"]"#);
    let tried = told::attempts(&[&record]);
    let found: Vec<_> = tried.iter().map(|one| (one.recipient.as_str(), one.code, one.stage)).collect();
    assert_eq!(
        found,
        [
            ("a@example.org", Some(250), Some(Stage::EndOfData)),
            ("b@example.org", Some(250), Some(Stage::EndOfData))
        ]
    );
}

#[test]
fn what_kumomta_says_itself_has_no_code() {
    let reply = r#"{"code":400,"enhanced_code":null,"content":"KumoMTA internal: failed to connect to any candidate hosts: 550 5.1.1 x","command":null}"#;
    let tried = tried(
        &record("TransientFailure", reply, "")
            .replace("{\"name\":\"mx.example.org.\",\"addr\":\"192.0.2.9\"}", "null"),
    );
    assert_eq!((tried.code, tried.enhanced, tried.speaker), (None, None, Speaker::Mta));
    assert!(tried.reply.starts_with("KumoMTA internal:"));
    assert_eq!(tried.relay, None);
}

#[test]
fn a_suspended_queue_asked_nobody() {
    let reply = r#"{"code":451,"enhanced_code":{"class":4,"subject":4,"detail":4},"content":"KumoMTA internal: scheduled queue is suspended: too many complaints","command":null}"#;
    assert_eq!(other(&record("TransientFailure", reply, "")), Told::Other("suspended"));
    let said = r#"{"code":550,"enhanced_code":null,"content":"account suspended","command":"RCPT TO:<x>"}"#;
    assert!(matches!(other(&record("Bounce", said, "")), Told::Attempt(_)), "a server may say the word");
}

#[test]
fn what_is_no_outbound_attempt_is_told_as_what_it_is() {
    for (kind, told) in [
        ("Reception", "no interest"),
        ("Rejection", "no interest"),
        ("AdminRebind", "no interest"),
        ("DeferredInjectionRebind", "no interest"),
        ("Delayed", "no interest"),
        ("XferOut", "no interest"),
        ("XferIn", "no interest"),
        ("SomethingNew", "no interest"),
        ("Expiration", "expired"),
        ("AdminBounce", "suspended"),
        ("OOB", "late bounce"),
        ("Feedback", "complaint"),
    ] {
        assert_eq!(other(&record(kind, REFUSED, "")), Told::Other(told), "{kind}");
    }
    let maildir = record("Delivery", REFUSED, "").replace("ESMTP", "Maildir");
    assert_eq!(other(&maildir), Told::Other("local"));
}

#[test]
fn the_event_time_is_finer_and_the_timestamp_may_have_a_fraction() {
    let finer = record("Bounce", REFUSED, r#","event_time":"2026-11-21T10:00:00.123456789Z""#);
    assert_eq!(tried(&finer).at, "2026-11-21T10:00:00.123Z");
    let fraction = record("Bounce", REFUSED, "").replace("1795255200", "1795255200.25");
    assert_eq!(tried(&fraction).at, "2026-11-21T10:00:00.250Z");
}

#[test]
fn the_source_is_the_name_that_operators_gave() {
    let record = record("Bounce", REFUSED, "");
    let source = |from: &str, to: &str| tried(&record.replace(from, to)).source;
    assert_eq!(source("\"ip-1\"", "null"), "198.51.100.7");
    assert_eq!(source("\"ip-1\"", "\"unspecified\""), "198.51.100.7");
    assert_eq!(source("\"ip-1\"", "null").len(), "198.51.100.7".len());
    let bare = record.replace("\"ip-1\"", "null");
    let source = |from: &str, to: &str| tried(&bare.replace(from, to)).source;
    assert_eq!(source("198.51.100.7:53210", "[2001:db8::7]:53210"), "2001:db8::7");
    assert_eq!(source("198.51.100.7:53210", "2001:db8::7"), "2001:db8::7");
    assert_eq!(source("{\"address\":\"198.51.100.7:53210\"}", "null"), "pool0");
}

#[test]
fn the_campaign_is_the_queues_and_else_the_tenant() {
    let record = record("Bounce", REFUSED, "");
    for (queue, campaign) in [
        ("autumn:shop@example.org", "autumn"),
        ("shop@example.org", "shop"),
        (":shop@example.org", "shop"),
        ("autumn:@example.org", "autumn"),
        ("example.org", ""),
        ("", ""),
    ] {
        assert_eq!(tried(&record.replace("autumn:shop@example.org", queue)).campaign, campaign, "{queue}");
    }
}

#[test]
fn every_command_has_its_stage() {
    for (command, stage) in [
        ("EHLO mta.sender.example", Some(Stage::Helo)),
        ("STARTTLS", Some(Stage::Starttls)),
        ("AUTH PLAIN", Some(Stage::Auth)),
        ("MAIL FROM:<n@sender.example>", Some(Stage::Mail)),
        ("DATA", Some(Stage::Data)),
        (".", Some(Stage::EndOfData)),
        ("QUIT", None),
    ] {
        let found = tried(&record("Bounce", &REFUSED.replace("RCPT TO:<a@example.org>", command), ""));
        assert_eq!(found.stage, stage, "{command}");
    }
}

#[test]
fn fields_in_another_order_are_the_same_record() {
    let sorted = r#"{"egress_source":"ip-1","event_time":"2026-11-21T10:00:00Z","id":"x","num_attempts":1,"queue":"a@b","recipient":"a@example.org","response":{"code":550,"content":"no"},"type":"Bounce"}"#;
    assert_eq!(tried(sorted).code, Some(550));
}

#[test]
fn words_of_a_record_inside_a_string_make_none() {
    let stranger = r#"{"msg":"{\"type\":\"Bounce\",\"num_attempts\":1,\"queue\":\"x\"}"}"#;
    assert_eq!(told::tell(&mut told::parser(), stranger), (None, vec![Told::Other("no interest")]));
    let kind = r#"{"type":"Bounce","email":"a@example.org"}"#;
    assert_eq!(told::tell(&mut told::parser(), kind).0, None);
}

#[test]
fn a_reply_that_is_no_utf_8_is_read() {
    let mut line = record("Bounce", REFUSED, "").into_bytes();
    let at = line.windows(7).position(|part| part == b"No such").unwrap_or_default();
    line[at] = 0xe9;
    let (_, told) = told::tell(&mut told::parser(), &line);
    assert!(
        matches!(&told[..], [Told::Attempt(tried)] if tried.reply.starts_with("550 5.1.1 \u{fffd}o such")),
        "{told:?}"
    );
}

#[test]
fn wrong_types_twice_given_keys_and_what_is_cut_are_not_read() {
    let whole = record("Bounce", REFUSED, "");
    for wrong in [
        whole[..whole.len() / 2].to_owned(),
        whole[..whole.len() - 1].to_owned(),
        whole.replace("\"code\":550", "\"code\":\"550\""),
        whole.replace("\"code\":550", "\"code\":70000"),
        whole.replace("\"code\":550", "\"code\":1e400"),
        whole.replace("1795255200", "\"now\""),
        whole.replace("1795255200", "-1"),
        whole.replace("1795255200", "1e300"),
        whole.replace("\"a@example.org\"", "[7]"),
        whole.replace("\"recipient\":\"a@example.org\"", "\"recipient\":[]"),
        whole.replace("\"recipient\":\"a@example.org\"", "\"recipient\":null"),
        whole.replace("\"egress_pool\":", "\"egress_source\":"),
        whole.replace(REFUSED, "null"),
        format!("{whole}x"),
    ] {
        assert!(matches!(other(&wrong), Told::Unparsed(_)), "{wrong}: {:?}", other(&wrong));
    }
}

#[test]
fn a_deep_nest_in_a_field_that_is_not_read_costs_nothing() {
    let deep = format!("\"meta\":{}{}", "[".repeat(5000), "]".repeat(5000));
    assert_eq!(tried(&record("Bounce", REFUSED, "").replace("\"meta\":{}", &deep)).code, Some(550));
    let deep = format!("\"recipient\":{}", "[".repeat(5000));
    let line = record("Bounce", REFUSED, "").replace("\"recipient\":", &deep);
    assert!(matches!(other(&line), Told::Unparsed(_)));
}

#[test]
fn a_code_that_no_server_can_have_said_is_none() {
    let tried = tried(&record("Bounce", &REFUSED.replace("550", "0"), ""));
    assert_eq!((tried.code, tried.speaker), (None, Speaker::Mta));
    assert!(tried.reply.starts_with("No such user."));
}

proptest! {
    #[test]
    fn no_bytes_panic_wherever_they_stand(noise: Vec<u8>, at in 0usize..1200, reply in "[ -~]{0,40}") {
        let mut line = record("TransientFailure", REFUSED, "").into_bytes();
        let at = at.min(line.len());
        line.splice(at..at, noise);
        told::tell(&mut told::parser(), &line);
        told::tell(&mut told::parser(), &line[..at]);
        told::tell(&mut told::parser(), record("Bounce", &reply, ""));
    }

    #[test]
    fn a_record_reads_the_same_whatever_stood_before(before in "[ -~]{0,60}", kind in "[A-Z][a-z]{3,8}") {
        let line = record("Bounce", REFUSED, "");
        let mut parser = told::parser();
        told::tell(&mut parser, format!("{{{before}"));
        told::tell(&mut parser, record(&kind, REFUSED, ""));
        let after = told::tell(&mut parser, &line);
        prop_assert_eq!(after, told::tell(&mut told::parser(), &line));
    }
}
