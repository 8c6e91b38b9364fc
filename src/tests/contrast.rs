//! What changed: a generated log in which one thing is the cause, and others only look like it.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;

use fivefifty::engine::{
    Answers, Complaining, Contrast, Dimension, Filter, Input, Scope, Setup, Snapshot, read_all,
};
use fivefifty::model::{Category, Window};

/// A deterministic draw below `limit`.
struct Draw(u64);

impl Draw {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) % limit
    }
}

/// A Postfix log.
#[derive(Default)]
struct Log {
    text: String,
    messages: u64,
}

/// One message.
#[derive(Clone, Copy)]
struct Mail<'a> {
    /// Seconds since ten.
    second: u64,
    /// The instance, which names the source.
    source: &'a str,
    sender: &'a str,
    to: &'a str,
    relay: &'a str,
    refused: Option<&'a str>,
}

const REPUTATION: &str = "550-5.7.1 [198.51.100.7] Our system has detected that this message is likely 550-5.7.1 suspicious due to the very low reputation of the sending 550 5.7.1 IP address. z15-20020aa7957f000000b006b91c22e985si9837215pfk.8 - gsmtp (in reply to end of DATA command)";
const UNKNOWN: &str = "550 5.1.1 <x@gmail.com>: The email account that you tried to reach does not exist (in reply to RCPT TO command)";

impl Log {
    fn mail(&mut self, mail: Mail<'_>) {
        let Mail { second, source, sender, to, relay, refused } = mail;
        self.messages += 1;
        let stamp = format!(
            "2026-11-21T{:02}:{:02}:{:02}.{:06}+00:00",
            10 + second / 3_600,
            second / 60 % 60,
            second % 60,
            self.messages % 1_000_000
        );
        let queue = format!("4X{:08}z1", self.messages);
        writeln!(
            self.text,
            "{stamp} mx1 {source}/qmgr[1]: {queue}: from=<news@{sender}>, size=9, nrcpt=1 (queue active)"
        )
        .unwrap();
        let end = match refused {
            None => "dsn=2.0.0, status=sent (250 2.0.0 OK)".to_owned(),
            Some(reply) => format!("dsn=5.0.0, status=bounced (host {relay}[192.0.2.27] said: {reply})"),
        };
        writeln!(
            self.text,
            "{stamp} mx1 {source}/smtp[2]: {queue}: to=<{to}>, relay={relay}[192.0.2.27]:25, delay=1, delays=0/0/0/1, {end}"
        )
        .unwrap();
    }

    fn read(&self) -> Snapshot {
        read(&self.text, "mail.log")
    }
}

fn read(text: &str, name: &str) -> Snapshot {
    let dir = tempfile::tempdir().unwrap();
    let path = dir.path().join(name);
    fs::write(&path, text).unwrap();
    let setup = Setup::embedded().unwrap();
    read_all(vec![Input::File(path)], &setup, &mut |_, _| {}).unwrap()
}

const GMAIL: &str = "gmail-smtp-in.l.google.com";
const YAHOO: &str = "mta5.am0.yahoodns.net";
const SENDERS: [&str; 3] = ["news.brand.example", "mail.shop.example", "info.bank.example"];
const SOURCES: [&str; 3] = ["postfix-out1", "postfix-out2", "postfix-out3"];

/// Twenty minutes of calm and five of trouble: at Gmail nine refusals of ten are of one campaign, which
/// one source sends, and every message leaves by one relay. 30 messages a second.
fn trouble() -> Log {
    let (mut log, mut draw) = (Log::default(), Draw(7));
    for second in 0..25 * 60 {
        let is_trouble = second >= 20 * 60;
        for _ in 0..30 {
            let at_gmail = draw.below(2) == 0;
            let (to, relay) = if at_gmail { ("a@gmail.com", GMAIL) } else { ("b@yahoo.com", YAHOO) };
            let any = Mail {
                second,
                source: SOURCES[draw.below(3) as usize],
                sender: SENDERS[draw.below(3) as usize],
                to,
                relay,
                refused: (draw.below(250) == 0).then_some(UNKNOWN),
            };
            log.mail(any);
        }
        if !is_trouble {
            continue;
        }
        for number in 0..10 {
            let cause = Mail {
                second,
                source: "postfix-out4",
                sender: "black-friday.brand.example",
                to: "c@gmail.com",
                relay: GMAIL,
                refused: Some(REPUTATION),
            };
            // One in ten of the refusals is somebody else's.
            let other = Mail { source: "postfix-out2", sender: "mail.shop.example", ..cause };
            log.mail(if number == 0 { other } else { cause });
        }
    }
    log
}

fn names(contrast: &Contrast) -> Vec<(Dimension, &str)> {
    contrast.differences.iter().map(|one| (one.dimension, one.value.as_str())).collect()
}

#[test]
fn the_campaign_that_causes_it_comes_first_with_what_belongs_to_it() {
    let snapshot = trouble().read();
    let incident =
        snapshot.incidents.iter().find(|one| one.category == Category::IpReputation).expect("an incident");
    assert_eq!(incident.provider.as_ref().map(|id| id.as_str()), Some("gmail"));
    let contrast = snapshot.contrast(incident);
    let first = &contrast.differences[0];
    assert_eq!((first.dimension, first.value.as_str()), (Dimension::Campaign, "black-friday.brand.example"));
    assert!((0.80..=0.92).contains(&first.explains), "{first:?}");
    assert!((0.88..0.92).contains(&first.within.share()), "{first:?}");
    assert!(first.fresh && first.before.count == 0 && first.delivered.count == 0, "{first:?}");
    assert!(first.delivered.of > 100 && first.before.of > 500, "{first:?}");
    assert!(first.also.iter().any(|also| also.dimension == Dimension::Source), "{:?}", names(&contrast));
    // Everything at Gmail leaves by one relay to one domain, from one host.
    let decoys = [Dimension::Relay, Dimension::Recipient, Dimension::Host];
    assert!(names(&contrast).iter().all(|(of, _)| !decoys.contains(of)), "{:?}", names(&contrast));
    for one in &contrast.differences {
        for portion in [one.within, one.delivered, one.before] {
            assert!(portion.count <= portion.of, "{one:?}");
        }
        assert!((0.0..=1.0).contains(&one.explains), "{one:?}");
    }
    // The board's own figure.
    assert!(contrast.looked_at <= contrast.of && contrast.of.abs_diff(3_000) < 60, "{contrast:?}");
    let again = trouble().read();
    assert_eq!(again.contrast(&again.incidents[0]), snapshot.contrast(&snapshot.incidents[0]));
}

#[test]
fn an_incidents_scope_counts_only_what_belongs_to_it() {
    let snapshot = trouble().read();
    let incident = &snapshot.incidents[0];
    let (scope, all) = (Scope::of_incident(incident), Filter::default());
    let sample = snapshot.sample(Window::H1, &scope, &all, 25);
    assert_eq!(sample.strings.len(), 25);
    assert!(sample.strings.iter().all(|one| one.verdict.category == Category::IpReputation));
    assert_eq!(snapshot.signatures(Window::H1, &scope, &all).len(), 1);
    let provider = Scope { incident: None, ..scope.clone() };
    assert!(snapshot.signatures(Window::H1, &provider, &all).len() > 1, "the scope of the provider has more");
    let series = snapshot.series(Window::H1, &scope, &all, 60);
    assert_eq!(series.rejected.iter().sum::<u64>(), 3_000);
    assert_eq!(series.baseline, incident.baseline);
    let diagnosis = snapshot.diagnosis_of(incident, &Answers::new());
    let windowed = snapshot.diagnosis(Window::M1, &scope, &all, &Answers::new());
    assert_eq!(diagnosis.remedy.verdict, windowed.remedy.verdict);
    assert!(diagnosis.remedy.verdict.contains("reputation"), "{}", diagnosis.remedy.verdict);
    // What a window and a scope without an incident have to say is the same story.
    let of_window = snapshot.contrast_of(Window::M5, &provider, &all);
    assert_eq!(of_window.differences[0].value.as_str(), "black-friday.brand.example");
}

#[test]
fn a_handful_of_refusals_says_nothing() {
    let (mut log, mut draw) = (Log::default(), Draw(3));
    for second in 0..20 * 60 {
        let is_refused = second >= 1_196;
        log.mail(Mail {
            second,
            source: SOURCES[draw.below(3) as usize],
            sender: if is_refused { "black-friday.brand.example" } else { SENDERS[draw.below(3) as usize] },
            to: "a@gmail.com",
            relay: GMAIL,
            refused: is_refused.then_some(REPUTATION),
        });
    }
    let snapshot = log.read();
    let scope = Scope { provider: Some("gmail".into()), ..Scope::default() };
    let contrast = snapshot.contrast_of(Window::M5, &scope, &Filter::default());
    assert_eq!((contrast.of, contrast.looked_at), (4, 4));
    assert_eq!(names(&contrast), []);
    // And of a log without history nothing is new.
    let everything = snapshot.contrast_of(None, &scope, &Filter::default());
    assert!(everything.differences.iter().all(|one| !one.fresh), "{everything:?}");
}

#[test]
fn more_than_there_is_room_for_is_drawn_from_and_the_shares_stay() {
    let (mut log, mut draw) = (Log::default(), Draw(11));
    for second in 0..6 * 60 {
        for _ in 0..100 {
            let is_cause = second >= 240 && draw.below(4) == 0;
            let sender = SENDERS[draw.below(3) as usize];
            let source = SOURCES[draw.below(3) as usize];
            log.mail(Mail {
                second,
                source: if is_cause { "postfix-out4" } else { source },
                sender: if is_cause { "black-friday.brand.example" } else { sender },
                to: "a@gmail.com",
                relay: GMAIL,
                refused: (is_cause && draw.below(10) > 0).then_some(REPUTATION),
            });
        }
    }
    let snapshot = log.read();
    let contrast = snapshot.contrast(&snapshot.incidents[0]);
    assert!(contrast.looked_at < contrast.of, "{contrast:?}");
    let first = &contrast.differences[0];
    assert_eq!(first.value.as_str(), "black-friday.brand.example");
    assert!(first.within.share() > 0.99 && first.delivered.share() < 0.12, "{first:?}");
    assert!(first.within.looked_at.of <= contrast.looked_at, "{first:?}");
    // The counts are those of the log, and say that they are estimates.
    assert!(first.within.estimated && first.within.of.abs_diff(contrast.of) <= 2, "{first:?}");
}

#[test]
fn of_a_log_that_begins_in_the_middle_of_trouble_it_is_not_known_what_was_before() {
    let begun = |calm: u64| {
        let mut log = Log::default();
        for second in 0..calm + 120 {
            for to in ["a@gmail.com", "b@gmail.com"] {
                log.mail(Mail {
                    second,
                    source: "postfix-out1",
                    sender: "news.brand.example",
                    to,
                    relay: GMAIL,
                    refused: (second >= calm).then_some(REPUTATION),
                });
            }
        }
        log.read()
    };
    let snapshot = begun(0);
    let incident = &snapshot.incidents[0];
    assert_eq!((incident.baseline, incident.rejected, incident.attempts), (None, 240, 240));
    assert_eq!(incident.was(", was "), "");
    let told = snapshot.timeline(incident);
    assert!(told[0].what.contains("no history before"), "{:?}", told[0]);
    let scope = Scope::of_incident(incident);
    assert_eq!(snapshot.series(Window::M5, &scope, &Filter::default(), 10).baseline, None);
    let of = |snapshot: &Snapshot| {
        let incident = snapshot.incidents[0].clone();
        (incident.baseline, incident.rejected, incident.was(", was "))
    };
    // Ten seconds before an onset are no history, and fifty attempts are one.
    assert_eq!(of(&begun(30)), (None, 240, String::new()));
    assert_eq!(of(&begun(40)), (Some(0.0), 240, ", was 0.0%".to_owned()));
}

/// PowerMTA's accounting file with complaints.
fn accounting() -> String {
    let mut text = "type,timeLogged,orig,rcpt,dsnStatus,dsnDiag,dsnMta,dlvSourceIp,jobId\n".to_owned();
    for number in 0..2_000 {
        let domain = if number % 2 == 0 { "yahoo.com" } else { "gmail.com" };
        let mx = if number % 2 == 0 { YAHOO } else { GMAIL };
        writeln!(
            text,
            "d,2026-11-21 10:{:02}:{:02}+0000,n@b.example,u{number}@{domain},2.0.0 (success),smtp;250 2.0.0 OK,{mx} (192.0.2.9),198.51.100.7,job{}",
            number / 60,
            number % 60,
            number % 3
        )
        .unwrap();
    }
    for number in 0..10 {
        writeln!(text, "f,2026-11-21 12:00:{number:02}+0000,n@b.example,u{number}@yahoo.com,,,,,job1")
            .unwrap();
    }
    writeln!(text, "f,2026-11-21 12:01:00+0000,,,,,,,").unwrap();
    text
}

#[test]
fn complaints_count_to_their_provider_and_their_campaign() {
    let snapshot = read(&accounting(), "acct.csv");
    assert_eq!(snapshot.lines.complaints, 11);
    let rows = snapshot.complaints();
    let yahoo = rows.iter().find(|row| row.provider.as_str() == "yahoo").unwrap();
    assert_eq!((yahoo.complaints, yahoo.delivered, yahoo.rate), (10, 1_000, Some(0.01)));
    assert_eq!(yahoo.level, Complaining::TooHigh);
    assert!(rows.iter().all(|row| row.provider.as_str() != "gmail"), "who sends none is not known");
    assert_eq!(rows.iter().map(|row| row.complaints).sum::<u64>(), 11);
    assert_eq!(snapshot.complaints_of(&"job1".into()), 10);
    assert_eq!(snapshot.complaints_of(&"job2".into()), 0);
}

#[test]
fn the_operator_says_from_when_on_complaints_are_too_many() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("acct.csv");
    fs::write(&path, accounting()).unwrap();
    let mut setup = Setup::embedded().unwrap();
    let levels = [0.002, 0.02].map(|limit| {
        (setup.thresholds.complaints_warn, setup.thresholds.complaints_limit) = (0.002, limit);
        let snapshot = read_all(vec![Input::File(path.clone())], &setup, &mut |_, _| {}).unwrap();
        let rows = snapshot.complaints();
        rows.iter().find(|row| row.provider.as_str() == "yahoo").map(|row| (row.level, row.limit)).unwrap()
    });
    assert_eq!(levels, [(Complaining::TooHigh, Some(0.002)), (Complaining::High, Some(0.002))]);
}

#[test]
fn few_complaints_are_no_alarm() {
    let mut text = accounting();
    let cut = text.find("f,2026").unwrap();
    text.truncate(cut);
    text.push_str("f,2026-11-21 12:00:00+0000,n@b.example,u0@yahoo.com,,,,,job1\n");
    let snapshot = read(&text, "acct.csv");
    let rows = snapshot.complaints();
    assert_eq!((rows[0].complaints, rows[0].level), (1, Complaining::Low), "{rows:?}");
}

#[test]
fn kumomtas_complaints_name_whom_the_message_was_for() {
    let delivery = |number: u32| {
        format!(
            r#"{{"type":"Delivery","id":"a{number}","sender":"n@b.example","recipient":"u{number}@yahoo.com","queue":"autumn:shop@yahoo.com","site":"s","size":1,"response":{{"code":250,"enhanced_code":null,"content":"OK","command":"."}},"peer_address":{{"name":"{YAHOO}.","addr":"192.0.2.27"}},"timestamp":{},"created":1795255140,"num_attempts":0,"egress_pool":"p","egress_source":"ip-1","feedback_report":null}}"#,
            1_795_255_201 + number
        )
    };
    let feedback = |report: &str| {
        format!(
            r#"{{"type":"Feedback","id":"f","sender":"x@y.example","recipient":"fbl@b.example","queue":"b.example","site":"s","size":1,"response":{{"code":250,"enhanced_code":null,"content":"","command":""}},"peer_address":null,"timestamp":1795258000,"created":1795255140,"num_attempts":0,"egress_pool":null,"egress_source":null,"feedback_report":{report}}}"#
        )
    };
    let mut text: String = (0..500).map(|number| delivery(number) + "\n").collect();
    for report in [
        r#"{"feedback_type":"abuse","original_rcpt_to":["<u1@yahoo.com>"],"original_mail_from":"<n@b.example>"}"#,
        r#"{"feedback_type":"abuse","original_rcpt_to":[],"supplemental_trace":{"recipient":"u2@yahoo.com","campaign":"autumn"}}"#,
        r#"{"feedback_type":"abuse","supplemental_trace":"gone"}"#,
        "null",
    ] {
        text += &(feedback(report) + "\n");
    }
    let snapshot = read(&text, "20261121-100000");
    assert_eq!((snapshot.lines.complaints, snapshot.lines.unparsed), (4, 0));
    let rows = snapshot.complaints();
    let of = |id: &str| rows.iter().find(|row| row.provider.as_str() == id).map(|row| row.complaints);
    assert_eq!((of("yahoo"), of("unknown")), (Some(2), Some(2)), "{rows:?}");
    assert_eq!(snapshot.complaints_of(&"autumn".into()), 1);
}

/// A log of one message a second: from the 600th on every third is sent without encryption, and
/// refused. `line` writes what became of one.
fn unencrypted(name: &str, line: impl Fn(u32, bool) -> String) -> Snapshot {
    let lines = (0..900).map(|number| line(number, number >= 600 && number % 3 == 0) + "\n");
    read(&lines.collect::<String>(), name)
}

#[test]
fn encryption_is_contrasted_where_the_record_tells() {
    let clock = |number: u32| format!("10:{:02}:{:02}", number / 60, number % 60);
    let exim = unencrypted("mainlog", |number, plain| {
        let (at, to) = (clock(number), "R=dnslookup T=remote_smtp H=mx.corp.example [192.0.2.9]");
        if plain {
            format!(
                "2026-11-21 {at} 1abCde-{number:06}-Xy ** u@corp.example {to}: SMTP error from remote mail server after RCPT TO:<u@corp.example>: 550 5.7.10 Encryption required"
            )
        } else {
            format!(
                "2026-11-21 {at} 1abCde-{number:06}-Xy => u@corp.example {to} X=TLS1.3:TLS_AES_256_GCM_SHA384:256 CV=yes C=\"250 2.0.0 OK\""
            )
        }
    });
    let powermta = unencrypted("acct.csv", |number, plain| {
        let header = "type,timeLogged,orig,rcpt,dsnStatus,dsnDiag,dsnMta,dlvSourceIp,jobId,dlvTlsProtocol\n";
        let header = if number == 0 { header } else { "" };
        let (kind, said, tls) = if plain {
            ("b", "smtp;550 5.7.10 Encryption required", "")
        } else {
            ("d", "smtp;250 2.0.0 OK", "TLSv1.3")
        };
        format!(
            "{header}{kind},2026-11-21 {}+0000,n@b.example,u@corp.example,,{said},mx.corp.example (192.0.2.9),198.51.100.7,j,{tls}",
            clock(number)
        )
    });
    let kumomta = unencrypted("20261121-100000", |number, plain| {
        let (kind, code, command, tls) = if plain {
            ("Bounce", 550, "RCPT TO:<u@corp.example>", "null")
        } else {
            ("Delivery", 250, ".", "\"TLS_AES_256_GCM_SHA384\"")
        };
        format!(
            r#"{{"type":"{kind}","id":"a{number}","sender":"n@b.example","recipient":"u@corp.example","queue":"corp.example","site":"s","size":1,"response":{{"code":{code},"enhanced_code":null,"content":"said so","command":"{command}"}},"peer_address":{{"name":"mx.corp.example.","addr":"192.0.2.9"}},"timestamp":{},"created":1795255140,"num_attempts":0,"egress_pool":"p","egress_source":"ip-1","tls_cipher":{tls}}}"#,
            1_795_255_200 + number
        )
    });
    for (name, snapshot) in [("exim", exim), ("powermta", powermta), ("kumomta", kumomta)] {
        assert_eq!((snapshot.totals.attempts, snapshot.totals.rejected), (900, 100), "{name}");
        let contrast = snapshot.contrast_of(Window::M5, &Scope::default(), &Filter::default());
        let tls = contrast.differences.iter().find(|one| one.dimension == Dimension::Tls);
        let tls = tls.unwrap_or_else(|| panic!("{name}: {:?}", names(&contrast)));
        assert_eq!(tls.value.as_str(), "not encrypted");
        assert!(tls.fresh && tls.explains > 0.9, "{name}: {tls:?}");
    }
}
