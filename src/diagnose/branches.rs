//! Each provider's own questions; and every question is reached by some evidence.

#![expect(clippy::panic, reason = "a test stops at the first surprise")]

mod astray;

use std::collections::BTreeSet;
use std::sync::Arc;

use super::cases::{answered, diagnose, gmail_reputation, knowledge, mentions, share, verdict};
use super::facts::Facts;
use super::{Answer, Answers, Diagnosis, Evidence, Light};
use crate::model::{Action, Category, Verdict};
use crate::text::Clean;

/// What one provider refuses for one cause, in full swing.
fn at(provider: &str, category: Category, signature: &str, code: Option<&str>) -> Evidence {
    let reply = verdict(category, Action::Investigate, signature);
    let reply = Verdict { provider_code: code.map(Clean::from), ..reply };
    Evidence {
        provider: Some((Clean::from(provider), Clean::from(provider))),
        code: None,
        categories: vec![(category, 2_890)],
        providers: vec![share(provider, provider, 2_890)],
        leading: Some(Arc::new(reply)),
        ..gmail_reputation()
    }
}

#[test]
fn each_provider_is_asked_its_own_questions() {
    use Category as C;
    let cases = [
        (
            "gmail",
            C::IpReputation,
            "550-5.7.1 low reputation",
            None,
            "N8.gmail",
            "Postmaster Tools, Spam rate",
        ),
        (
            "google-workspace",
            C::DomainReputation,
            "421-4.7.28 domain",
            None,
            "N8.compliance",
            "Postmaster Tools",
        ),
        (
            "microsoft-consumer",
            C::Blocklist,
            "550 5.7.1 block list",
            Some("S3150"),
            "N8.outlook",
            "filter result",
        ),
        (
            "microsoft-365",
            C::Blocklist,
            "550 5.7.606 banned",
            None,
            "N8.exchange",
            "banned IP: sender.office.com",
        ),
        ("microsoft-365", C::Blocklist, "550 5.7.511 banned", None, "N8.exchange", "5.7.511: delist@"),
        (
            "microsoft-365",
            C::IpReputation,
            "550 5.7.708 no",
            None,
            "N8.exchange",
            "5.7.708: Microsoft 365 support",
        ),
        (
            "microsoft-365",
            C::IpReputation,
            "451 4.7.650 slow",
            Some("S775"),
            "N8.exchange",
            "throttled for reputation",
        ),
        (
            "microsoft-365",
            C::Blocklist,
            "550 5.7.1 x",
            Some("AS16012611"),
            "N8.exchange",
            "AS16012611: Spamhaus",
        ),
        ("microsoft-365", C::Blocklist, "550 5.7.1 x", Some("S3140"), "N8.outlook", "filter result"),
        ("yahoo", C::IpReputation, "553 5.7.2 x", Some("TSS09"), "N8.yahoo-code", "TSS09: for good"),
        ("aol", C::IpReputation, "421 4.7.0 x", Some("TSS04"), "N8.yahoo-code", "TSS04: complaints"),
        ("yahoo", C::Blocklist, "553 5.7.1 x", Some("BL21"), "N8.yahoo-code", "BL21: Spamhaus"),
        ("yahoo", C::IpReputation, "553 5.7.2 x", None, "N8.yahoo-lasts", "since when"),
        ("apple", C::IpReputation, "554 5.7.1 x", Some("HM08"), "N8.apple", "opt-in, SPF"),
        (
            "orange-fr",
            C::Blocklist,
            "550 OFR006_102",
            Some("OFR006_102"),
            "N8.orange",
            "102: blocked after spam",
        ),
        ("laposte", C::Blocklist, "550 LPNAAA_101", Some("LPNAAA_101"), "N8.orange", "101: Spamhaus"),
        ("t-online", C::IpReputation, "554 IP=192.0.2.7 - A problem occurred", None, "N8.t-online", "tosa@"),
        (
            "gmx-webde",
            C::Blocklist,
            "554 c=r0201",
            Some("r0201"),
            "N8.gmx",
            "r0201: the IP is on a block list",
        ),
        (
            "comcast",
            C::Blocklist,
            "554 BL000011",
            Some("BL000011"),
            "N8.comcast",
            "Spamhaus ZEN and Cloudmark CSI",
        ),
        ("comcast", C::IpReputation, "554 BL000000", Some("BL000000"), "N8.comcast", "none: Comcast's own"),
        ("cox", C::Blocklist, "554 cox CXBL", Some("CXBL"), "N8.cable", "CXBL: Cox itself"),
        (
            "cloudfilter",
            C::Blocklist,
            "554 IPBL1000",
            Some("IPBL1000"),
            "N8.cable",
            "IPBL1000: Cloudmark CSI",
        ),
        (
            "charter",
            C::Blocklist,
            "554 AUP#In-1220",
            Some("AUP#In-1220"),
            "N8.cable",
            "AUP#In-1220: Spamhaus",
        ),
        (
            "charter",
            C::Blocklist,
            "554 AUP#In-1000",
            Some("AUP#In-1000"),
            "N8.cable",
            "AUP#In-1000: Spectrum",
        ),
        ("mailru", C::IpReputation, "550 spam", None, "N8.mailru", "the link identifies"),
        ("yandex", C::Policy, "554 5.7.1 policy", None, "N8.mailru", "the link identifies"),
        ("netease", C::IpReputation, "421 HL:REP", Some("HL:REP"), "N8.china", "HL:REP: the IP's reputation"),
        ("tencent", C::IpReputation, "550 ip", None, "N8.china", "163: DT"),
        ("libero", C::IpReputation, "550 ip", None, "N8.other", "a link, a postmaster's address"),
    ];
    for (provider, category, signature, code, node, answer) in cases {
        let diagnosis = diagnose(&at(provider, category, signature, code));
        let line = diagnosis.tree.iter().find(|line| &*line.id == node);
        let line =
            line.unwrap_or_else(|| panic!("{provider} {signature}: no {node} in {:#?}", diagnosis.tree));
        assert!(line.answer.starts_with(answer), "{provider} {signature}: {}", line.answer);
        assert!(mentions(&diagnosis.remedy.dont, "suppress"), "{provider}: {:?}", diagnosis.remedy.dont);
        let step = diagnosis.checklist.iter().find(|step| &*step.id == "dashboard");
        assert!(step.is_some_and(|step| step.takes == line.takes || node != "N8.gmail"), "{provider}");
    }
}

#[test]
fn microsofts_form_is_filled_then_answered_then_asked_again() {
    let blocked =
        at("microsoft-consumer", Category::Blocklist, "550 5.7.1 block list (S3150)", Some("S3150"));
    let open = diagnose(&blocked);
    let ids =
        |diagnosis: &Diagnosis| diagnosis.tree.iter().map(|line| line.id.to_string()).collect::<Vec<_>>();
    assert!(ids(&open).ends_with(&["N9.dns".into(), "N9.request".into(), "N10.escalate".into()]));
    let not_yet = answered(&blocked, &[("N9.request", Answer::No)]);
    for word in [
        "outbound ips",
        "exact replies with times",
        "volume before and during",
        "dedicated or shared",
        "opted in",
    ] {
        assert!(mentions(&not_yet.remedy.todo, word), "{word}");
    }
    let filed = answered(&blocked, &[("N9.request", Answer::Yes), ("N9.answer", Answer::Figure(5.0))]);
    assert!(mentions(&filed.remedy.todo, "plan for several rounds"));
    let early = answered(&blocked, &[("N9.request", Answer::Yes), ("N9.answer", Answer::Figure(2.0))]);
    assert!(!mentions(&early.remedy.todo, "plan for several rounds"));
    // A 421 is no blacklisting: no form is asked for.
    let slow = at("microsoft-consumer", Category::IpReputation, "421 RP-001", Some("RP-001"));
    assert!(!ids(&diagnose(&slow)).contains(&"N9.request".into()));
}

#[test]
fn escalation_goes_step_by_step() {
    let yes = |ids: &[&str]| {
        let mut answers = vec![("N10.escalate", Answer::Yes)];
        answers.extend(ids.iter().map(|id| (*id, Answer::No)));
        answered(&gmail_reputation(), &answers)
    };
    let last = |diagnosis: &Diagnosis| {
        let mut on_path = diagnosis.tree.iter().filter(|line| line.light != Light::Dark);
        on_path.next_back().map(|line| line.id.to_string()).unwrap_or_default()
    };
    assert_eq!(last(&diagnose(&gmail_reputation())), "N10.escalate");
    assert_eq!(last(&yes(&[])), "N10.path");
    let helped =
        answered(&gmail_reputation(), &[("N10.escalate", Answer::Yes), ("N10.postmaster", Answer::Yes)]);
    assert_eq!(last(&helped), "N10.postmaster");
    assert!(mentions(&yes(&["N10.isolate"]).remedy.todo, "never to outrun a block"));
}

#[test]
fn a_vague_policy_is_narrowed_down_in_the_guides_order() {
    let vague = at("gmail", Category::Policy, "550 5.7.1 policy", None);
    let order: Vec<String> = diagnose(&vague).tree.iter().map(|line| line.id.to_string()).collect();
    let at =
        |id: &str| order.iter().position(|other| other == id).unwrap_or_else(|| panic!("{id}: {order:?}"));
    assert!(at("N4.text") < at("N4.listed") && at("N4.listed") < at("N4.auth"));
    assert!(at("N4.auth") < at("N4.test") && at("N4.test") < at("N8.gmail"));
    let plain = answered(&vague, &[("N4.test", Answer::Yes)]);
    assert!(plain.remedy.verdict.ends_with("; it is the content"), "{}", plain.remedy.verdict);
    assert!(plain.tree.iter().any(|line| &*line.id == "N7.element"));
    let listed = answered(&vague, &[("N4.listed", Answer::Yes)]);
    assert!(listed.remedy.verdict.ends_with("; 192.0.2.7 is listed"));
}

/// Replies that lead to different places.
const REPLIES: [(&str, Option<&str>); 12] = [
    ("550 5.7.1 refused", None),
    ("550 5.7.515 level", None),
    ("550 5.7.606 banned", None),
    ("550 5.4.1 no access", None),
    ("550 5.7.350 -> 554 spam", None),
    ("421 4.7.0 later", Some("TSS04")),
    ("450 4.7.1 later", None),
    ("550 5.7.1 x", Some("S3150")),
    ("550 5.7.1 x", Some("OFR006_102")),
    ("550 5.7.1 x", Some("IPBL1000")),
    ("553 5.7.2 x", Some("TSS09")),
    ("552 5.3.4 too big", None),
];

const PROVIDERS: [&str; 14] = [
    "gmail",
    "microsoft-consumer",
    "microsoft-365",
    "yahoo",
    "apple",
    "orange-fr",
    "t-online",
    "gmx-webde",
    "comcast",
    "charter",
    "mailru",
    "netease",
    "libero",
    "",
];

fn every_evidence() -> impl Iterator<Item = Evidence> {
    let replies = || REPLIES.iter().flat_map(|reply| PROVIDERS.iter().map(move |provider| (reply, provider)));
    Category::ALL.iter().flat_map(move |category| {
        replies().map(|((signature, code), provider)| {
            let evidence = at(provider, *category, signature, *code);
            // Without a provider, several take part.
            let several =
                provider.is_empty().then(|| PROVIDERS[..3].iter().map(|id| share(id, id, 900)).collect());
            Evidence {
                provider: evidence.provider.filter(|_| !provider.is_empty()),
                providers: several.unwrap_or(evidence.providers),
                complaint_rate: code.map(|_| 0.002),
                ..evidence
            }
        })
    })
}

#[test]
fn every_question_is_reached_by_some_evidence() {
    let trees = &knowledge().trees;
    let all: BTreeSet<&str> =
        trees.nodes.iter().filter(|node| !node.question.is_empty()).map(|node| &*node.id).collect();
    let answers = |answer: Answer| -> Answers {
        trees.nodes.iter().map(|node| (Arc::clone(&node.id), answer)).collect()
    };
    // What the logs answer is theirs.
    let is_theirs = |id: &str| matches!(id.split('.').next(), Some("N0" | "N1" | "N2"));
    let mut sets: Vec<Answers> = [None, Some(Answer::Yes), Some(Answer::No), Some(Answer::Figure(0.5))]
        .into_iter()
        .map(|answer| {
            let mut set = answer.map(answers).unwrap_or_default();
            set.retain(|id, _| !is_theirs(id));
            set
        })
        .collect();
    let refused = ["N9.request", "N10.escalate"].map(|id| (Arc::from(id), Answer::Yes));
    let mut set = sets[2].clone();
    set.extend(refused);
    sets.push(set);
    let mut reached: BTreeSet<String> = BTreeSet::new();
    for evidence in every_evidence() {
        let facts = Facts::of_scope(&evidence, &trees.labels);
        for set in &sets {
            let walk = trees.walk(&mut facts.clone(), set);
            reached.extend(walk.lines.iter().map(|line| line.id.to_string()));
        }
    }
    let missed: Vec<&&str> = all.iter().filter(|id| !reached.contains(**id)).collect();
    assert!(missed.is_empty(), "never asked: {missed:?}");
}
