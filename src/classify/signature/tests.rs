//! Real shapes of ids, and generated ones.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::collections::BTreeMap;
use std::sync::LazyLock;

use proptest::prelude::*;

use super::{LIMIT, mask};
use crate::classify::Knowledge;
use crate::classify::fold::fold;

static KNOWLEDGE: LazyLock<Knowledge> = LazyLock::new(|| Knowledge::embedded().unwrap());

fn signature(reply: &str) -> String {
    let (mut folded, mut out) = (Vec::new(), Vec::new());
    fold(reply.as_bytes(), &mut folded);
    mask(&folded, &KNOWLEDGE.book.telling, &mut out);
    String::from_utf8_lossy(&out).into_owned()
}

#[test]
fn what_was_masked_is_filled_with_the_same() {
    let filled = super::filled("550 <‹addr›> at ‹host›[‹ip›] ‹x› ‹n› s".as_bytes());
    assert_eq!(
        String::from_utf8(filled).unwrap_or_default(),
        "550 <a@b.example> at mx.b.example[192.0.2.1]  x› 0 s"
    );
}

#[test]
fn what_varies_is_masked() {
    for (reply, expected) in [
        ("550 5.1.1 <a.b+c@x.org>: user unknown", "550 5.1.1 <‹addr›>: user unknown"),
        ("550 (a@x.org:blocked)", "550 (‹addr›:blocked)"),
        ("554 [192.0.2.1] and 2001:db8::1 and 192.0.2.0/24", "554 [‹ip›] and ‹ip› and ‹ip›"),
        ("450 greylisted for 60 seconds", "450 greylisted for ‹n› seconds"),
        ("451 at 12:34:56 on 2026-11-21", "451 at ‹time› on ‹time›"),
        ("550 host mx1.example.org refuses", "550 host ‹host› refuses"),
        ("250 queued as 4Xz2kP1Jqwz9rB", "250 queued as ‹id›"),
        ("550 see https://x.org/a?c=7y4ytdHbuOGv3O50 now", "550 see https://x.org/a?c=‹id› now"),
        ("550 https://www.spamhaus.org/query/ip/192.0.2.1", "550 https://www.spamhaus.org/query/ip/‹ip›"),
    ] {
        assert_eq!(signature(reply), expected);
    }
}

#[test]
fn what_says_something_is_kept() {
    for reply in [
        "421 4.7.0 [TSS04] Messages deferred",
        "550 SC-001 refused (S3150)",
        "554 5.7.1 blocked using zen.spamhaus.org",
        "550 5.7.606 banned (AS16012609)",
        "550 5.7.1 LPN000_630",
        "550 not RFC 5322 compliant",
        "550 5.2.0 BL000010 [506]",
        "550 denied.Please ask",
    ] {
        assert_eq!(signature(reply), reply);
    }
}

#[test]
fn replies_that_say_the_same_have_one_signature() {
    let groups: [&[&str]; 4] = [
        &[
            "550-5.7.26 no. z15-20020aa7957f000000b006b91c22e985si9837215pfk.8 - gsmtp",
            "550-5.7.26 no. y3si675602plr.1 - gsmtp",
            "550-5.7.26 no. d2e1a72fcca58-7a1e2b3c4d5si1234567b3a.45 - gsmtp",
        ],
        &[
            "550 5.7.509 no [OS3P286MB3225.JPNP286.PROD.OUTLOOK.COM 2024-06-26T06:23:31.981Z \
             08DC953DDFEF8CDC]",
            "550 5.7.509 no [DU2PR04CA0231.eurprd04.prod.outlook.com 2024-06-26T06:23:32.106Z \
             08DC954347CB33D2] [DB1PEPF000509F7.eurprd02.prod.outlook.com 2024-06-26T06:23:32.109Z \
             08DC907B9339EC86]",
        ],
        &["450 4.2.0 <a@b.example>: wait 5 s", "450-4.2.0 <c@d.example>: 450 4.2.0 wait 300 s"],
        &["421 mwinf5c04 ME wait", "421 mwinf5d79 ME wait"],
    ];
    let mut seen = Vec::new();
    for group in groups {
        let one = signature(group[0]);
        for reply in group {
            assert_eq!(signature(reply), one);
        }
        assert!(!seen.contains(&one), "{one}");
        seen.push(one);
    }
}

#[test]
fn a_signature_is_bounded() {
    assert!(signature(&format!("550 {}", "word 123456 ".repeat(9_000))).len() <= LIMIT);
}

/// Every group of `fixtures/replies/signatures.tsv` is one message, and no two groups are.
#[test]
fn groups_of_replies_have_one_signature_each() {
    let text = include_str!("../../../fixtures/replies/signatures.tsv");
    let mut groups: BTreeMap<&str, BTreeMap<String, &str>> = BTreeMap::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let (group, reply) = line.split_once('\t').unwrap();
        groups.entry(group).or_default().insert(signature(reply), reply);
    }
    let mut wrong = Vec::new();
    let mut owners: BTreeMap<&str, &str> = BTreeMap::new();
    for (group, signatures) in &groups {
        if signatures.len() > 1 {
            wrong.push(format!("{group} has {}: {:#?}", signatures.len(), signatures.keys()));
        }
        for signature in signatures.keys() {
            if let Some(other) = owners.insert(signature, group) {
                wrong.push(format!("{group} and {other} are one: {signature}"));
            }
        }
    }
    assert!(groups.len() > 100, "the groups were not found");
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// Ids, addresses and times of the shapes that servers send, by the name of their place in a template.
fn value(kind: &'static str) -> BoxedStrategy<String> {
    match kind {
        "google" => prop_oneof![
            "[a-z][0-9]{1,2}-200[0-9]{2}a05600c[0-9a-f]{16}si[0-9]{5,9}[a-z]{3}\\.[0-9]{1,3}",
            "[0-9a-f]{13}-[0-9a-f]{11}si[0-9]{7,9}[0-9a-f]{2}[a-z]\\.[0-9]{1,3}",
            "[a-z][0-9]{1,2}s(i|or)[0-9]{5,8}[a-z]{3}\\.[0-9]{1,3}",
        ]
        .boxed(),
        "queue" => prop_oneof!["[0-9][0-9A-F]{5}[A-F][0-9A-F]{3,5}", "4[A-Za-z][a-z][0-9][A-Z][0-9][A-Za-z0-9]{6}[a-z][0-9]"].boxed(),
        "exim" => prop_oneof!["1[a-z][A-Z][a-z]{3}-000[0-9][a-zA-Z]{2}-[0-9A-Z][a-z]", "1[a-z][A-Z]{2}[a-z]{2}-0000000[0-9][a-zA-Z]{3}-[0-9][a-zA-Z]{3}"].boxed(),
        "hex" => prop_oneof!["[0-9a-f]{31}[0-9]", "[0-9a-f]{39}[0-9]", "[0-9A-F]{63}[0-9]"].boxed(),
        "uuid" => "[0-9a-f]{8}-[0-9a-f]{4}-4[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}".boxed(),
        "ulid" => "01[0-9A-HJKMNP-TV-Z]{24}".boxed(),
        "hop" => "[A-Z]{2}[0-9]PR[0-9]{2}MB[0-9]{4}\\.eurprd[0-9]{2}\\.prod\\.outlook\\.com 2026-[01][0-9]-[0-2][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9]\\.[0-9]{3}Z 08D[A-F][0-9A-F]{12}".boxed(),
        "address" => prop_oneof![
            "[a-z][a-z0-9.!#$%&'*+/=?^_{|}~-]{0,30}@[a-z][a-z0-9-]{0,20}\\.(com|org|co\\.uk|example)",
            "\"[a-z ]{1,20}\"@[a-z]{1,20}\\.com",
            "[a-zäöüß]{1,20}@[a-zäöü]{1,20}\\.example",
        ]
        .boxed(),
        "host" => "(mx|mail|smtp-in)[0-9]{0,3}\\.[a-z]{3,12}[0-9]?\\.(com|net|co\\.jp|example|lan)".boxed(),
        "ip" => any::<std::net::IpAddr>().prop_filter("a list's answer", |ip| !ip.is_loopback()).prop_map(|ip| ip.to_string()).boxed(),
        "number" => prop_oneof!["[1-9][0-9]{0,5}", "[1-9][0-9]?,[0-9]{3}", "[0-9]\\.[0-9]"]
            .prop_filter("the code of a line of its own", |number| number != "450")
            .boxed(),
        "date" => prop_oneof![
            "(Mon|Sun), [0-3][0-9] (Jan|May|Dec) 20[0-9]{2} [0-2][0-9]:[0-5][0-9]:[0-5][0-9] [+-]0[0-9]00",
            "20[0-9]{2}-[01][0-9]-[0-3][0-9]T[0-2][0-9]:[0-5][0-9]:[0-5][0-9](\\.[0-9]{3})?Z",
            "20[0-9]{2}-[01][0-9]-[0-3][0-9] [0-2][0-9]:[0-5][0-9]:[0-5][0-9]",
        ]
        .boxed(),
        other => Just(other.to_owned()).boxed(),
    }
}

/// Templates; what stands in braces is generated.
const TEMPLATES: [&str; 12] = [
    "550-5.7.26 Not authenticated. 550 5.7.26 {google} - gsmtp",
    "250 2.0.0 Ok: queued as {queue}",
    "550 spam, id {exim}",
    "550 refused by filter (ref: {hex})",
    "451 try again, session {uuid}.",
    "451 try again [{ulid}]",
    "550 5.7.1 Unfortunately, messages from [{ip}] weren't sent (S3150). [{hop}]",
    "550 5.1.1 <{address}>: Recipient address rejected: User unknown",
    "550 host {host}[{ip}] is not welcome",
    "450 greylisted, come back in {number} seconds",
    "451 not before {date}, please",
    "554 5.7.1 Client host [{ip}] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/{ip}",
];

/// A template and its two fillings.
fn fillings() -> impl Strategy<Value = (String, String)> {
    prop::sample::select(&TEMPLATES[..]).prop_flat_map(|template| (filled(template), filled(template)))
}

fn filled(template: &'static str) -> BoxedStrategy<String> {
    let parts: Vec<BoxedStrategy<String>> = template
        .split('{')
        .enumerate()
        .flat_map(|(index, part)| match part.split_once('}') {
            Some((kind, rest)) if index > 0 => vec![value(kind), Just(rest.to_owned()).boxed()],
            _ => vec![Just(part.to_owned()).boxed()],
        })
        .collect();
    parts.prop_map(|parts| parts.concat()).boxed()
}

proptest! {
    #[test]
    fn whatever_fills_a_template_it_has_one_signature((one, other) in fillings()) {
        prop_assert_eq!(signature(&one), signature(&other), "{} and {}", one, other);
    }

    #[test]
    fn a_signature_is_its_own_signature((one, _) in fillings()) {
        let once = signature(&one);
        prop_assert_eq!(signature(&once), once);
    }

    #[test]
    fn any_bytes_have_a_bounded_signature(reply in prop::collection::vec(any::<u8>(), 0..4096)) {
        let (mut folded, mut out) = (Vec::new(), Vec::new());
        fold(&reply, &mut folded);
        mask(&folded, &KNOWLEDGE.book.telling, &mut out);
        prop_assert!(out.len() <= LIMIT);
        let mut twice = Vec::new();
        mask(&out, &KNOWLEDGE.book.telling, &mut twice);
        prop_assert!(twice.len() <= LIMIT);
    }

    #[test]
    fn punctuation_in_any_order_has_a_bounded_signature(reply in "[<>@:/=\\[\\]().,a0F%+ -]{0,400}") {
        prop_assert!(signature(&reply).len() <= LIMIT);
    }
}
