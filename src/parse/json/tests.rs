#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail by panicking")]

use std::sync::Arc;

use chrono::FixedOffset;
use proptest::prelude::*;

use super::Formats;
use crate::model::Zone;
use crate::model::{Moment, Outcome, Speaker, Stage};
use crate::parse::told::{self, Told};
use crate::parse::{Clock, Parser};

const BOUNCE: &str = r#"{"RecordType":"Bounce","Type":"HardBounce","MessageID":"m1","Details":"smtp;550 5.1.1 no","Email":"a@example.org","BouncedAt":"2026-11-21T10:00:00Z"}"#;

/// A parser that has this map as well.
fn with(map: &str) -> Parser {
    let formats = Formats::embedded().with("own.toml", map).unwrap();
    let zone = Zone::Fixed(FixedOffset::east_opt(0).unwrap());
    Parser::new(Clock::in_zone(Moment::from_seconds(1_795_300_000), zone), Arc::new(formats))
}

fn whose(line: impl AsRef<[u8]>) -> (Option<String>, Vec<Told>) {
    let (dialect, told) = told::tell(&mut told::parser(), line);
    (dialect.map(|dialect| Formats::embedded().id(dialect).to_owned()), told)
}

#[test]
fn each_line_is_known_by_itself() {
    let mut parser = told::parser();
    let lines = [
        (BOUNCE, "postmark"),
        (
            r#"[{"email":"a@example.org","timestamp":1795255200,"event":"bounce","reason":"550 no","sg_event_id":"e"}]"#,
            "sendgrid",
        ),
        (r#"{"type":"Reception","id":"x","queue":"y"}"#, "kumomta"),
        (
            r#"{"queue_name": "active", "queue_id": "A1B2C3", "arrival_time": 1, "recipients": []}"#,
            "postqueue",
        ),
    ];
    for (line, id) in lines {
        let dialect = told::tell(&mut parser, line).0.unwrap();
        assert_eq!(Formats::embedded().id(dialect), id);
    }
}

#[test]
fn json_of_strangers_is_nobodys() {
    for line in [
        "{}",
        "[{}]",
        "[{",
        r#"{"level":"info","msg":"started"}"#,
        r#"{"Message":"hello"}"#,
        r#"{"event":"delivered","payload":null}"#,
        r#"{"a":1e999}"#,
    ] {
        assert_eq!(whose(line), (None, vec![Told::Other("no interest")]), "{line}");
    }
}

#[test]
fn what_began_as_a_known_record_and_breaks_is_told_as_broken() {
    let deep = BOUNCE.replace("\"m1\"", &"[".repeat(3000));
    let nested = r#"{"Type":"Notification","Message":"{\"notificationType\":\"Bounce\",\"bou"}"#;
    for line in [
        &BOUNCE[..BOUNCE.len() - 3],
        &BOUNCE.replace("\"m1\"", "1e999"),
        &BOUNCE.replace("\"Details\"", "\"Type\""),
        &deep,
        nested,
    ] {
        let (id, told) = whose(line);
        assert!(id.is_some() && matches!(told[..], [Told::Unparsed(_)]), "{line}: {id:?} {told:?}");
    }
}

#[test]
fn bytes_that_are_no_utf_8_cost_themselves_alone() {
    let mut line = BOUNCE.as_bytes().to_vec();
    let at = BOUNCE.find(" no\"").unwrap() + 1;
    line[at] = 0xff;
    let (_, told) = whose(&line);
    let [Told::Attempt(tried)] = &told[..] else { panic!("{told:?}") };
    assert_eq!((tried.reply.as_str(), tried.code), ("550 5.1.1 \u{fffd}o", Some(550)));
}

#[test]
fn an_event_that_lacks_what_an_attempt_needs_is_not_guessed() {
    for line in [
        BOUNCE.replace("BouncedAt", "At"),
        BOUNCE.replace("2026-11-21T10:00:00Z", "yesterday"),
        BOUNCE.replace("\"a@example.org\"", "null"),
        BOUNCE.replace("\"a@example.org\"", "{}"),
        BOUNCE.replace("\"a@example.org\"", r#"["a@example.org","b@example.org"]"#),
        BOUNCE.replace("HardBounce", "Unheard"),
    ] {
        let (id, told) = whose(&line);
        assert_eq!(id.as_deref(), Some("postmark"), "{line}");
        assert!(matches!(told[..], [Told::Unparsed(_)]), "{line}: {told:?}");
    }
}

#[test]
fn a_reply_gets_the_code_that_another_field_has() {
    let event = |message: &str, code: &str| {
        let line = format!(
            r#"{{"event-data":{{"event":"failed","severity":"permanent","timestamp":1795255200,"recipient":"a@example.org","delivery-status":{{"code":{code},"enhanced-code":"5.7.1","message":"{message}"}}}}}}"#
        );
        told::attempt(&[&line])
    };
    assert_eq!(event("no", "550").reply, "550 5.7.1 no");
    assert_eq!(event("5.1.1 no", "550").enhanced.as_deref(), Some("5.1.1"), "the server's own stands");
    assert_eq!(event("554 5.1.1 no", "550").reply, "554 5.1.1 no", "a code in the text stands");
    let absent = event("no", "0");
    assert_eq!((absent.code, absent.speaker), (None, Speaker::Mta));
    assert_eq!(event("no", "\"550\"").code, Some(550), "a number in quotes is one");
    assert_eq!(event("", "550").reply, "550 5.7.1");
}

#[test]
fn a_bounce_without_words_is_a_summary() {
    let tried = told::attempt(&[&BOUNCE.replace("smtp;550 5.1.1 no", "")]);
    assert_eq!((tried.outcome, tried.speaker, tried.code), (Outcome::Rejected, Speaker::Summary, None));
}

#[test]
fn an_operator_adds_a_format_without_code() {
    const MAP: &str = r#"
        id = "hosted"
        record = ["batch[].event{}", "."]
        [[detect]]
        "meta.product" = ["relay", "bulk*"]
        [[rule]]
        when = { state = "*refused" }
        is = "rejected"
        [[rule]]
        when = { state = "held*" }
        is = "suspended"
        [[rule]]
        is = "no_interest"
        [fields]
        at = "ms"
        at_form = "unix_ms"
        recipient = "people[].mail"
        reply = ["people[].words", { path = "words", after = "said: " }]
        stage = { path = "people[].phase", values = { greeting = "connect" } }
        source = { constant = "hosted" }
        host = "meta.hosts[1]"
        relay_host = { path = "to", before = "/" }
        relay_ip = { path = "to", after = "/" }
        [[sample]]
        line = '{"meta":{"product":"bulk-2"},"state":"held back","ms":1795255200000}'
        reads = [{ is = "suspended" }]
    "#;
    let line = r#"{"batch":[{"event":"{\"meta\":{\"product\":\"relay\",\"hosts\":[\"a\",\"b\"]},\"state\":\"peer refused\",\"ms\":1795255200500,\"to\":\"mx.example.org/[192.0.2.9]\",\"words\":\"it said: 421 busy\",\"people\":[{\"mail\":\"<a@example.org>\",\"phase\":\"greeting\"},{\"mail\":\"B <b@example.org>\",\"words\":\"550 5.1.1 no\"}]}"}]}"#;
    let mut parser = with(MAP);
    let (_, told) = told::tell(&mut parser, line);
    let [Told::Attempt(one), Told::Attempt(two)] = &told[..] else { panic!("{told:?}") };
    assert_eq!(
        (one.recipient.as_str(), one.reply.as_str(), one.stage),
        ("a@example.org", "421 busy", Some(Stage::Connect))
    );
    assert_eq!(
        (two.recipient.as_str(), two.reply.as_str(), two.stage),
        ("b@example.org", "550 5.1.1 no", None)
    );
    assert_eq!(
        (one.at.as_str(), one.source.as_str(), one.host.as_str()),
        ("2026-11-21T10:00:00.500Z", "hosted", "b")
    );
    assert_eq!(one.relay, Some(("mx.example.org".into(), "192.0.2.9".into())));
    let open = r#"{"meta":{"product":"relay"},"state":"open","ms":1}"#;
    assert_eq!(told::tell(&mut parser, open).1, [Told::Other("no interest")]);
}

#[test]
fn an_operators_map_is_asked_before_those_inside() {
    let map = r#"
        id = "mine"
        [[detect]]
        RecordType = "Bounce"
        [[rule]]
        is = "complaint"
        [fields]
        at = "BouncedAt"
        recipient = "Email"
    "#;
    assert_eq!(told::tell(&mut with(map), BOUNCE).1, [Told::Other("complaint")]);
}

#[test]
fn a_forced_map_reads_what_it_would_not_have_known() {
    let formats = Formats::embedded();
    let line = BOUNCE.replace("MessageID", "Id");
    assert_eq!(whose(&line).0, None);
    let mut parser = told::parser().only(formats.find("postmark"));
    assert!(matches!(told::tell(&mut parser, &line).1[..], [Told::Attempt(_)]));
    assert!(matches!(told::tell(&mut parser, "no JSON").1[..], [Told::Unparsed(_)]));
}

#[test]
fn a_list_of_thousands_of_recipients_takes_no_time() {
    let people = |n: usize| {
        (0..n)
            .map(|n| {
                format!(r#"{{"emailAddress":"u{n}@example.org","diagnosticCode":"smtp; 550 5.1.1 no"}}"#)
            })
            .collect::<Vec<_>>()
            .join(",")
    };
    let noise = (0..20_000).map(|n| format!(r#""k{n}":{n}"#)).collect::<Vec<_>>().join(",");
    let line = format!(
        r#"{{"notificationType":"Bounce","bounce":{{"timestamp":"2026-11-21T10:00:00Z","bouncedRecipients":[{}]}},"mail":{{{noise}}}}}"#,
        people(20_000)
    );
    let mut told = 0;
    told::parser().line(line.as_bytes(), |_| told += 1);
    assert_eq!(told, 20_000);
}

/// Lines of every kind, to be broken.
fn lines() -> impl Strategy<Value = Vec<u8>> {
    let own: Vec<String> = [
        include_str!("../../formats/ses.toml"),
        include_str!("../../formats/sendgrid.toml"),
        include_str!("../../formats/mailgun.toml"),
        include_str!("../../formats/mailerq.toml"),
        include_str!("../../formats/stalwart.toml"),
    ]
    .iter()
    .flat_map(|text| text.split("line = '''").skip(1).filter_map(|rest| rest.split("'''").next()))
    .map(str::to_owned)
    .collect();
    assert!(own.len() > 10, "the samples were not found");
    proptest::sample::select(own).prop_map(String::into_bytes)
}

proptest! {
    #[test]
    fn no_bytes_panic_in_any_record(line in lines(), noise: Vec<u8>, at in 0usize..900, cut in 0usize..900) {
        let mut parser = told::parser();
        let mut broken = line.clone();
        let at = at.min(broken.len());
        broken.splice(at..at, noise);
        prop_assert!(!told::tell(&mut parser, &broken).1.is_empty());
        prop_assert!(!told::tell(&mut parser, &line[..cut.min(line.len())]).1.is_empty());
    }

    #[test]
    fn a_line_reads_the_same_whatever_stood_before(line in lines(), before in lines(), noise: Vec<u8>) {
        let mut parser = told::parser();
        told::tell(&mut parser, &before);
        told::tell(&mut parser, [b"{".as_slice(), &noise].concat());
        prop_assert_eq!(told::tell(&mut parser, &line), told::tell(&mut told::parser(), &line));
    }
}
