//! What the console says of the replies that every operator meets: provider, category, action,
//! severity, list and mechanism; and what it must never say.

#![expect(clippy::unwrap_used, clippy::panic, reason = "a test may fail loudly")]

use std::sync::{Arc, LazyLock};

use fivefifty::classify::{Attribution, Classifier, Knowledge, Question};
use fivefifty::model::{Action, Category, Mechanism, Party, Speaker, Stage, codes};

/// One knowledge for all tests, a fresh memory for each.
fn classifier() -> (Arc<Knowledge>, Classifier) {
    static ONE: LazyLock<Arc<Knowledge>> = LazyLock::new(|| Arc::new(Knowledge::embedded().unwrap()));
    (ONE.clone(), Classifier::new(ONE.clone()))
}

fn question(reply: &str) -> Question<'_> {
    let (code, enhanced) = codes(reply.as_bytes());
    Question {
        reply: reply.as_bytes(),
        speaker: if code.is_some() { Speaker::Server } else { Speaker::Mta },
        code,
        enhanced,
        stage: None,
        names_sender: false,
    }
}

fn said(reply: &str) -> (Category, Action) {
    let (_, mut classifier) = classifier();
    let verdict = classifier.verdict(&question(reply), Attribution::default());
    (verdict.category, verdict.action)
}

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
    assert!(rows > 80);
    assert!(wrong.is_empty(), "{} of {rows}:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn only_words_that_blame_the_address_suppress() {
    for reply in [
        "550 5.1.1 <a@example.com>: Recipient address rejected: User unknown in local recipient table",
        "550 5.2.1 The email account that you tried to reach is disabled. - gsmtp",
        "550 No such user (a@example.com)",
    ] {
        assert_eq!(said(reply).1, Action::Suppress, "{reply}");
    }
    for reply in [
        "550 5.1.1",
        "550 5.1.1 Rejected",
        "550",
        "550 5.4.1 [a@example.com]: Recipient address rejected: Access denied [x.prod.outlook.com]",
        "450 4.1.1 <a@example.com>: Recipient address rejected: User unknown",
        "550 5.2.1 The user you are trying to contact is receiving mail at a rate that prevents delivery - gsmtp",
        "550 5.1.1 user unknown; your IP is blacklisted",
        "550 5.7.1 Sender address rejected: user unknown",
        "550 a@example.com does not exist",
    ] {
        assert_ne!(said(reply).1, Action::Suppress, "{reply}");
    }
}

fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|row| !row.starts_with('#'))
}

#[test]
fn no_address_is_given_up_for_what_may_be_another_fault() {
    let mut wrong = Vec::new();
    for row in lines(include_str!("../../fixtures/replies/never.tsv")) {
        let (reply, why) = row.split_once('\t').unwrap();
        for reply in [reply.to_owned(), reply.to_uppercase(), reply.replace(' ', "_")] {
            if said(&reply).1 == Action::Suppress {
                wrong.push(format!("{reply} ({why})"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} suppressed:\n{}", wrong.len(), wrong.join("\n"));
}

#[test]
fn an_address_that_alone_is_blamed_is_given_up() {
    let rows = lines(include_str!("../../fixtures/replies/address.tsv"));
    let kept: Vec<&str> = rows.filter(|reply| said(reply).1 != Action::Suppress).collect();
    assert!(kept.is_empty(), "{} not suppressed:\n{}", kept.len(), kept.join("\n"));
}

#[test]
fn a_reply_that_names_the_sender_gives_nobody_up() {
    let (_, mut classifier) = classifier();
    let reply = "550 5.1.1 <a@ours.example>: user unknown";
    for (names_sender, action) in [(false, Action::Suppress), (true, Action::Investigate)] {
        let question = Question { names_sender, ..question(reply) };
        assert_eq!(classifier.verdict(&question, Attribution::default()).action, action);
    }
}

#[test]
fn nobody_is_suppressed_for_what_was_said_before_a_recipient_was_named() {
    let (_, mut classifier) = classifier();
    let reply = "550 5.1.1 user unknown";
    for (stage, action) in [(Stage::Rcpt, Action::Suppress), (Stage::Mail, Action::Investigate)] {
        let question = Question { stage: Some(stage), ..question(reply) };
        assert_eq!(classifier.verdict(&question, Attribution::default()).action, action);
    }
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
    ] {
        assert_eq!(said(text).0, category, "{text}");
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
fn every_list_that_is_not_closed_says_where_to_ask() {
    let (knowledge, _) = classifier();
    for list in knowledge.lists() {
        assert_eq!(list.delist.is_empty(), list.name.contains("closed"), "{}", list.id);
        assert!(list.delist.is_empty() || list.delist.starts_with("http"), "{}", list.id);
    }
}

#[test]
fn an_explanation_names_rule_source_words_and_what_lost() {
    let (knowledge, mut classifier) = classifier();
    let reply = "550-5.7.26 This message does not have authentication information or fails to pass 550-5.7.26 \
                 authentication checks. 550 5.7.26 z15-20020aa7957f000000b006b91c22e985si9837215pfk.8 - gsmtp";
    let explanation = classifier.explain(&question(reply), Attribution::default());
    let winner = explanation.winner.unwrap();
    assert_eq!(&*winner.rule, "google-unauthenticated");
    assert!(winner.month.starts_with("20") && !winner.source.is_empty());
    assert!(!explanation.lost.is_empty());
    assert_eq!(explanation.speaker, knowledge.provider_by_id("gmail"));
    assert!(explanation.verdict.evidence.contains("does not have authentication information"));
    assert!(explanation.verdict.signature.ends_with("‹id› - gsmtp"), "{}", explanation.verdict.signature);
}

/// Addresses' faults, of one kind each, and what may stand beside them of somebody else.
const FAULTS: [&str; 12] = [
    "User unknown",
    "<a@example.com>: Recipient address rejected: User unknown in local recipient table",
    "mailbox does not exist",
    "no such user here",
    "mailbox disabled",
    "account has been suspended",
    "The email account that you tried to reach does not exist",
    "recipient domain not found",
    "Empfänger unbekannt",
    "utilisateur inconnu",
    "пользователь не найден",
    "用户不存在",
];
const BLAMES: [&str; 24] = [
    "sender verify failed",
    "sender rejected",
    "your address",
    "your IP is listed",
    "from a bad host",
    "policy",
    "blocked by our filter",
    "message refused",
    "spam",
    "SPF",
    "rate exceeded",
    "too many invalid recipients",
    "relay access denied",
    "authentication required",
    "HELO name unknown",
    "return path invalid",
    "bulk mail is unwelcome",
    "try later",
    "temporarily",
    "you are unwelcome",
    "Absender gesperrt",
    "expéditeur refusé",
    "отправитель отклонён",
    "发件人被拒绝",
];

proptest::proptest! {
    /// Whatever else a reply says that blames somebody else, in whatever order.
    #[test]
    fn an_address_is_never_given_up_beside_another_blame(
        fault in proptest::sample::select(&FAULTS[..]),
        blame in proptest::sample::select(&BLAMES[..]),
        blame_first: bool,
        upper: bool,
        code in proptest::sample::select(&["550", "553", "554", "550 5.1.1", "550 5.2.1", "550 5.1.2"][..]),
        between in proptest::sample::select(&[" ", "; ", ": ", ". ", " - ", ", ", "\r\n550 ", " (", "\\n"][..]),
        noise in "[ -~]{0,12}",
        wrapped: bool,
    ) {
        let (first, last) = if blame_first { (blame, fault) } else { (fault, blame) };
        let mut reply = format!("{code} {first}{between}{last} {noise}");
        if upper {
            reply = reply.to_uppercase();
        }
        if wrapped {
            reply = format!("550 5.1.1 <a@b.example>: undeliverable address: host b.example[192.0.2.1] said: {reply}");
        }
        proptest::prop_assert_ne!(said(&reply).1, Action::Suppress, "{}", reply);
    }

    /// A word that nobody knows may blame anybody.
    #[test]
    fn an_address_is_never_given_up_beside_a_word_that_nobody_knows(
        fault in proptest::sample::select(&FAULTS[..]),
        word in "q[a-z]{5,12}x",
        first: bool,
    ) {
        let reply = if first { format!("550 5.1.1 {word} {fault}") } else { format!("550 5.1.1 {fault} {word}") };
        proptest::prop_assert_ne!(said(&reply).1, Action::Suppress, "{}", reply);
        proptest::prop_assert_eq!(said(&format!("550 5.1.1 {fault}")).1, Action::Suppress, "{}", fault);
    }

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
