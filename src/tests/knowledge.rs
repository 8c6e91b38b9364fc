//! What the console says of the replies that every operator meets: provider, category, action,
//! severity, list and mechanism.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

mod replies;

use fivefifty::classify::{Attribution, Classifier, Question};
use fivefifty::model::{Action, Category, Fault, Mechanism, Party, Speaker, Stage, codes};

use replies::{classifier, lines, question, said};

#[test]
fn the_replies_that_everybody_meets_are_read_right() {
    let (knowledge, mut classifier) = classifier();
    let table = include_str!("../../fixtures/replies/seeds.tsv");
    let mut wrong = Vec::new();
    let mut rows = 0;
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let fields: Vec<&str> = row.split('\t').collect();
        let [reply, relay, provider, category, action, severity, list, mechanism] = fields[..] else {
            panic!("not eight fields: {row}");
        };
        let question = Question { speaker: Speaker::Server, ..question(reply) };
        let attribution = classifier.attribute(relay.as_bytes(), b"", b"", b"");
        let explanation = classifier.explain(&question, attribution);
        let speaker = match attribution.receiver {
            Party::Known(ix) => Some(ix),
            _ => explanation.speaker,
        };
        let verdict = explanation.verdict;
        let found = [
            speaker.map_or("", |ix| knowledge.provider(ix).0),
            verdict.category.id(),
            verdict.action.id(),
            verdict.severity.id(),
            verdict.list.as_deref().unwrap_or(""),
            verdict.mechanism.map_or("", Mechanism::id),
        ];
        if found != [provider, category, action, severity, list, mechanism] {
            wrong.push(format!("{reply}\n  {found:?}, by {}", verdict.rule));
        }
        rows += 1;
    }
    assert!(rows > 150);
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
}

/// Some MTAs log one line of a reply, or a long one without its middle: what is left decides, or nothing.
#[test]
fn a_part_of_a_reply_is_read_as_what_it_says_alone() {
    let (_, mut classifier) = classifier();
    let mut wrong = Vec::new();
    for row in lines(include_str!("../../fixtures/replies/parts.tsv")) {
        let fields: Vec<&str> = row.split('\t').collect();
        let [reply, relay, category, mechanism] = fields[..] else { panic!("not four fields: {row}") };
        let ([found, _, by, ..], rule) = judged(&mut classifier, reply, relay);
        if [found.as_str(), by.as_str()] != [category, mechanism] {
            wrong.push(format!("{reply}\n  {found} {by}, by {rule}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What is said of one reply: category, list, mechanism, the provider's code, how long; and the rule.
fn judged(classifier: &mut Classifier, reply: &str, relay: &str) -> ([String; 5], String) {
    let attribution = classifier.attribute(relay.as_bytes(), b"", b"", b"");
    let verdict = classifier.verdict(&question(reply), attribution);
    let shown = |text: &Option<fivefifty::text::Clean>| text.as_deref().unwrap_or_default().to_owned();
    let found = [
        verdict.category.id().to_owned(),
        shown(&verdict.list),
        verdict.mechanism.map_or("", Mechanism::id).to_owned(),
        shown(&verdict.provider_code),
        if verdict.temporary { "temporary" } else { "for good" }.to_owned(),
    ];
    (found, verdict.rule.to_string())
}

/// Each code of each provider: in the reply that it comes in, and alone, since servers change the
/// words and keep the code; never inside a word, and never as another mailbox provider's.
#[test]
fn every_code_of_a_provider_is_read_with_few_words_and_from_nobody_else() {
    let (knowledge, mut classifier) = classifier();
    let table = include_str!("../../fixtures/replies/codes.tsv");
    let mut wrong = Vec::new();
    let mut rows = 0;
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let fields: Vec<&str> = row.split('\t').collect();
        let [reply, relay, provider, category, list, mechanism, code, bare, lasts] = fields[..] else {
            panic!("not nine fields: {row}");
        };
        let expected = [category, list, mechanism, code, lasts].map(str::to_owned);
        let attribution = classifier.attribute(relay.as_bytes(), b"", b"", b"");
        let receiver = match attribution.receiver {
            Party::Known(ix) => knowledge.provider(ix).0,
            _ => "nobody",
        };
        if receiver != provider {
            wrong.push(format!("{relay} is {receiver}'s, not {provider}'s"));
        }
        let alone = format!("{} {bare}", &reply[..3]);
        for said in [reply, &alone] {
            let (found, rule) = judged(&mut classifier, said, relay);
            if found != expected {
                wrong.push(format!("{said}\n  {found:?}, by {rule}, but {expected:?}"));
            }
        }
        if !code.is_empty() && !alone.contains("->") {
            let own = judged(&mut classifier, &alone, relay).1;
            let inside = alone.replace(code, &format!("Z{code}Z"));
            for (said, relay) in [(&inside, relay), (&alone, "gmail-smtp-in.l.google.com")] {
                let (found, rule) = judged(&mut classifier, said, relay);
                if !found[3].is_empty() || rule == own {
                    wrong.push(format!("{said}, from {relay}\n  {found:?}, by {rule}"));
                }
            }
        }
        rows += 1;
    }
    assert!(rows > 240);
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn what_says_nothing_of_a_rejection_is_unknown() {
    let (_, mut classifier) = classifier();
    let mut wrong = Vec::new();
    let mut rows = 0;
    for row in lines(include_str!("../../fixtures/replies/nothing.tsv")) {
        let (line, why) = row.split_once('\t').unwrap();
        let line = line.replace("\\n", "\n");
        let verdict = classifier.verdict(&question(&line), Attribution::default());
        if (verdict.category, verdict.action) != (Category::Unknown, Action::Investigate) {
            wrong.push(format!("{line} ({why})\n  {}, by {}", verdict.category.id(), verdict.rule));
        }
        rows += 1;
    }
    assert!(rows > 200);
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn the_innermost_reply_decides() {
    let wrapped = "550 5.1.1 <a@b.example>: Recipient address rejected: undeliverable address: host \
                   mx.b.example[192.0.2.1] said: 554 5.7.1 Service unavailable; Client host [192.0.2.2] blocked \
                   using zen.spamhaus.org";
    assert_eq!(said(wrapped).0, Category::Blocklist);
    let exchange = "550 5.7.350 Remote server returned message detected as spam -> 550 5.1.1 user unknown";
    assert_eq!(said(exchange).0, Category::UserUnknown);
}

#[test]
fn wrapping_changes_neither_meaning_nor_action() {
    let cases = [
        ("550 5.1.1 user unknown", (Category::UserUnknown, Action::Suppress)),
        ("554 5.7.1 blocked using zen.spamhaus.org", (Category::Blocklist, Action::Investigate)),
        ("451 4.7.1 Greylisting in action", (Category::Greylist, Action::Retry)),
    ];
    for (reply, expected) in cases {
        for wrapped in [
            format!("host mx.example.org[192.0.2.1] said: {reply} (in reply to RCPT TO command)"),
            format!(
                "SMTP error from remote mail server after RCPT TO:<a@b.example>: host mx.b.example [192.0.2.1]: {reply}"
            ),
            format!("550 5.0.350 Remote server returned an error -> {reply}"),
            format!("550 5.1.351 Remote server returned unknown recipient or mailbox unavailable -> {reply}"),
            format!("550 5.4.300 Message expired -> {reply}"),
            format!("Diagnostic-Code: smtp; {reply}"),
            format!("Diagnostic-Code: X-Postfix; host mx.example.org[192.0.2.1] said: {reply}"),
            format!("<<< {reply}"),
            format!("192.0.2.1 does not like recipient. Remote host said: {reply}"),
            format!("The response was: {reply}"),
            format!("Last-Error: {reply}"),
            format!("rejected by mx.example.org: {reply}"),
            format!("#<mx.example.org #5.0.0 smtp;{reply}> #SMTP#"),
            format!("\"diagnosticCode\":\"smtp; {reply}\""),
            format!("550 5.1.1 a said: 550 5.1.1 host b[192.0.2.1] said: {reply}"),
        ] {
            assert_eq!(said(&wrapped).0, expected.0, "{wrapped}");
            // A 4xx within a 5xx, or without, is temporary all the same.
            assert_eq!(said(&wrapped).1, expected.1, "{wrapped}");
        }
    }
    let led = "[{LED=450 4.4.316 Connection refused [Message=Socket error code 10061]};{MSG=};{FQDN=mx.example.org};\
               {IP=192.0.2.1};{LRT=11/22/2026 1:00:00 AM}]";
    assert_eq!(said(led), (Category::Network, Action::Retry));
}

#[test]
fn words_beat_a_policys_code_only_where_they_are_clear() {
    // Many servers answer unknown users with 5.7.1; one more word, and it may be the policy's.
    assert_eq!(said("550 5.7.1 <a@b.example>... User unknown"), (Category::UserUnknown, Action::Suppress));
    assert_ne!(said("550 5.7.1 User unknown or access denied").1, Action::Suppress);
    assert_ne!(said("550 5.7.1 User unknown, sender blocked").1, Action::Suppress);
}

#[test]
fn a_reply_is_read_in_whatever_bytes_it_came() {
    let (_, mut classifier) = classifier();
    let mut ask = |reply: &[u8]| {
        let (code, enhanced) = codes(reply);
        let question =
            Question { reply, speaker: Speaker::Server, code, enhanced, stage: None, names_sender: false };
        let verdict = classifier.verdict(&question, Attribution::default());
        (verdict.category, verdict.action)
    };
    let unknown = (Category::UserUnknown, Action::Suppress);
    for reply in [
        "550 Empfänger unbekannt".as_bytes(),
        b"550 Empf\xE4nger unbekannt",
        b"550 Empf?nger unbekannt",
        b"550 Empf??nger unbekannt",
        b"550 Empfaenger unbekannt",
        "550 EmpfÃ¤nger unbekannt".as_bytes(),
        "550 Пользователь не найден".as_bytes(),
        // The same in Windows-1251 and in KOI8-R.
        b"550 \xCF\xEE\xEB\xFC\xE7\xEE\xE2\xE0\xF2\xE5\xEB\xFC \xED\xE5 \xED\xE0\xE9\xE4\xE5\xED",
        b"550 \xF0\xCF\xCC\xD8\xDA\xCF\xD7\xC1\xD4\xC5\xCC\xD8 \xCE\xC5 \xCE\xC1\xCA\xC4\xC5\xCE",
    ] {
        assert_eq!(ask(reply), unknown, "{}", String::from_utf8_lossy(reply));
    }
    // GBK is not read: the code decides, and suppresses nobody.
    assert_eq!(ask(b"550 5.1.1 \xD3\xC3\xBB\xA7\xB2\xBB\xB4\xE6\xD4\xDA").1, Action::Investigate);
    assert_eq!(ask(b"550 \xD3\xC3\xBB\xA7\xB2\xBB\xB4\xE6\xD4\xDA").0, Category::Unknown);
}

#[test]
fn one_reply_in_many_lines_is_one_reply() {
    let (_, mut classifier) = classifier();
    let one = "550 5.7.1 Our system has detected that this message is likely unsolicited mail. - gsmtp";
    let many = "550-5.7.1 Our system has detected that\\n550-5.7.1 this message is likely 550 5.7.1 \
                unsolicited mail. - gsmtp";
    let mut verdict = |reply| classifier.verdict(&question(reply), Attribution::default());
    assert_eq!(verdict(one), verdict(many));
}

#[test]
fn a_local_failure_is_read_without_a_code() {
    for (text, category) in [
        ("connect to mx.example.org[192.0.2.1]:25: Connection refused", Category::Network),
        (
            "Host or domain name not found. Name service error for name=x.example type=A: Host not found",
            Category::BadDomain,
        ),
        (
            "Host or domain name not found. Name service error for name=x.example type=MX: Host not found, try again",
            Category::Network,
        ),
        ("TLS is required, but was not offered by host mx.example.org[192.0.2.1]", Category::Tls),
        (
            "message size 9000000 exceeds size limit 1000000 of server mx.example.org[192.0.2.1]",
            Category::Size,
        ),
        ("mail for example.org loops back to myself", Category::Network),
        ("host lookup did not complete", Category::Network),
    ] {
        assert_eq!(said(text).0, category, "{text}");
    }
}

#[test]
fn local_failures_are_told_apart_and_suppress_nobody() {
    let (_, mut classifier) = classifier();
    let mut kinds = std::collections::BTreeSet::new();
    let failures = [
        "connect to mx.example.org[192.0.2.1]:25: Connection refused",
        "connect to mx.example.org[192.0.2.1]:25: Connection timed out",
        "connect to mx.example.org[192.0.2.1]:25: No route to host",
        "conversation with mx.example.org[192.0.2.1] timed out while receiving the initial server greeting",
        "conversation with mx.example.org[192.0.2.1] timed out while sending RCPT TO",
        "lost connection with mx.example.org[192.0.2.1] while sending RCPT TO",
        "read tcp 192.0.2.2:4711->192.0.2.1:25: read: connection reset by peer",
        "Host or domain name not found. Name service error for name=x.example type=MX: Host not found, try again",
        "Host or domain name not found. Name service error for name=x.example type=A: Host not found",
        "Domain x.example does not accept mail (nullMX)",
        "no MX host for x.example has a valid address record",
        "TLS is required, but was not offered by host mx.example.org[192.0.2.1]",
        "Server certificate not trusted",
        "TLSA lookup error for mx.example.org:25",
        "Cannot start TLS: handshake failure",
        "retry timeout exceeded",
        "mail for example.org loops back to myself",
        "mail transport unavailable",
    ];
    for failure in failures {
        let verdict = classifier.verdict(&question(failure), Attribution::default());
        assert_ne!(verdict.action, Action::Suppress, "{failure}");
        assert!(kinds.insert(verdict.rule.clone()), "{failure} is {} as another is", verdict.rule);
    }
}

#[test]
fn nothing_known_is_said_to_be_unknown() {
    for reply in ["", "550", "550 Rejected", "\0\0\0", "999 what"] {
        let (category, action) = said(reply);
        assert_eq!((category, action), (Category::Unknown, Action::Investigate), "{reply:?}");
    }
}

#[test]
fn a_list_that_the_table_does_not_know_is_named_as_the_text_names_it() {
    let (_, mut classifier) = classifier();
    let reply =
        "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using bl.unheard-of.example; no";
    let verdict = classifier.verdict(&question(reply), Attribution::default());
    assert_eq!(verdict.list.as_deref(), Some("bl.unheard-of.example"));
}

#[test]
fn every_list_is_known_by_its_names() {
    let (knowledge, mut classifier) = classifier();
    let table = include_str!("../../fixtures/replies/lists.tsv");
    let mut wrong = Vec::new();
    let mut named = Vec::new();
    for row in table.lines().filter(|row| !row.starts_with('#')) {
        let (name, id) = row.split_once('\t').unwrap();
        let reply = format!("554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using {name}");
        let verdict = classifier.explain(&question(&reply), Attribution::default()).verdict;
        if verdict.category != Category::Blocklist || verdict.list.as_deref() != Some(id) {
            wrong.push(format!("{name}: {:?}, not {id}, by {}", verdict.list, verdict.rule));
        }
        named.push(id);
    }
    for list in knowledge.lists() {
        if !named.contains(&list.id.as_str()) {
            wrong.push(format!("{} is named by nothing", list.id));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What stands between a listing and a resolver that may not ask is in the reply.
#[test]
fn a_refused_query_is_the_receivers_fault_and_an_answer_names_the_list() {
    let (_, mut classifier) = classifier();
    let listed = "550 5.7.1 192.0.2.1 listed at zen.spamhaus.org";
    for (answer, list, fault) in [
        ("(127.0.0.2)", "spamhaus-sbl", Fault::Sender),
        ("(127.0.0.3)", "spamhaus-css", Fault::Sender),
        ("(127.0.0.4)", "spamhaus-xbl", Fault::Sender),
        ("127.0.0.7", "spamhaus-xbl", Fault::Sender),
        ("(127.0.0.9)", "spamhaus-drop", Fault::Sender),
        ("(127.0.0.10)", "spamhaus-pbl", Fault::Sender),
        ("(127.0.0.11).", "spamhaus-pbl", Fault::Sender),
        ("", "spamhaus-zen", Fault::Sender),
        ("(127.255.255.252)", "spamhaus-zen", Fault::Receiver),
        ("(127.255.255.254)", "spamhaus-zen", Fault::Receiver),
        (
            "; Error: open resolver; https://check.spamhaus.org/returnc/pub/192.0.2.53/",
            "spamhaus-zen",
            Fault::Receiver,
        ),
        (
            "; Error: excessive number of queries; https://check.spamhaus.org/returnc/vol/",
            "spamhaus-zen",
            Fault::Receiver,
        ),
    ] {
        let reply = format!("{listed} {answer}");
        let verdict = classifier.explain(&question(&reply), Attribution::default()).verdict;
        assert_eq!(verdict.category, Category::Blocklist, "{reply}");
        assert_eq!(
            (verdict.list.as_deref(), verdict.fault),
            (Some(list), fault),
            "{reply}, by {}",
            verdict.rule
        );
    }
}

#[test]
fn no_closed_list_says_where_to_ask() {
    let (knowledge, _) = classifier();
    for list in knowledge.lists() {
        assert!(list.delist.is_empty() || !list.name.contains("closed"), "{}", list.id);
        assert!(
            list.delist.is_empty() || list.delist.starts_with("http") || list.delist.contains('@'),
            "{}",
            list.id
        );
        assert!(!list.source.is_empty() && list.month.len() == 7, "{}: who says so, and when", list.id);
    }
    assert!(knowledge.lists().len() > 130);
}

#[test]
fn an_explanation_names_rule_source_words_and_what_lost() {
    let (knowledge, mut classifier) = classifier();
    let reply = "550-5.7.26 This message does not have authentication information or fails to pass 550-5.7.26 \
                 authentication checks. 550 5.7.26 z15-20020aa7957f000000b006b91c22e985si9837215pfk.8 - gsmtp";
    let explanation = classifier.explain(&question(reply), Attribution::default());
    let verdict = &explanation.verdict;
    assert_eq!(&*verdict.rule, "google-unauthenticated");
    assert!(verdict.month.starts_with("20") && !verdict.source.is_empty());
    assert!(verdict.considered.iter().any(|lost| lost.category == Category::AuthFailure), "{verdict:?}");
    assert!(verdict.considered.iter().all(|lost| lost.rule != verdict.rule), "{verdict:?}");
    assert_eq!(explanation.speaker, knowledge.provider_by_id("gmail"));
    assert!(explanation.verdict.evidence.contains("does not have authentication information"));
    assert!(explanation.verdict.signature.ends_with("‹id› - gsmtp"), "{}", explanation.verdict.signature);
}

proptest::proptest! {
    #[test]
    fn hostile_replies_are_read_in_bounds(bytes: Vec<u8>, code in 200u16..600, text in "[ -~]{0,200}") {
        let (_, mut classifier) = classifier();
        for reply in [bytes.clone(), [format!("{code} {text}").as_bytes(), &bytes].concat()] {
            let question = Question {
                reply: &reply,
                speaker: Speaker::Server,
                code: Some(code),
                enhanced: None,
                stage: Some(Stage::Rcpt),
                names_sender: false,
            };
            let attribution = classifier.attribute(&bytes, text.as_bytes(), &reply, &reply);
            let verdict = classifier.verdict(&question, attribution);
            proptest::prop_assert!(verdict.signature.len() <= 8 * 1024);
            proptest::prop_assert!(verdict.evidence.len() <= 2 * 1024);
            if code < 500 {
                proptest::prop_assert_ne!(verdict.action, Action::Suppress);
            }
            let explanation = classifier.explain(&question, attribution);
            proptest::prop_assert_eq!(&*explanation.verdict, &*verdict, "seen and new agree");
        }
    }
}
