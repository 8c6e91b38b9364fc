//! The cases that the knowledge must get right, from evidence to advice.

#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use std::fmt::Write;
use std::sync::{Arc, LazyLock};

use super::check::{is_address_fault, is_senders_fault};
use super::{Answer, Answers, By, Confidence, Diagnosis, Evidence, Knowledge, Light, Share, Step};
use crate::diagnose::incident::Thresholds;
use crate::model::{Action, Category, Fault, Mechanism, Moment, Severity, Verdict};
use crate::text::Clean;

/// When the detector saw the incidents begin.
const BEGUN: Moment = Moment::from_seconds(1_763_735_260);

pub(super) fn share(id: &str, name: &str, count: u64) -> Share {
    Share { name: Clean::from(name), id: Clean::from(id), count }
}

pub(super) fn verdict(category: Category, action: Action, signature: &str) -> Verdict {
    Verdict {
        category,
        fault: Fault::Sender,
        severity: Severity::High,
        action,
        list: None,
        mechanism: None,
        provider_code: None,
        temporary: false,
        rule: Arc::from("test"),
        source: Clean::default(),
        month: Arc::default(),
        considered: Arc::default(),
        evidence: Clean::default(),
        node: Arc::from("N6"),
        signature: Clean::from(signature),
        signature_id: 1,
    }
}

/// 2,914 of 7,628 at Gmail, was 0.4 %, nearly all of them reputation.
pub(super) fn gmail_reputation() -> Evidence {
    let signature = "550-5.7.1 [‹ip›] …very low reputation of the sending IP";
    Evidence {
        provider: Some((Clean::from("gmail"), Clean::from("Gmail"))),
        code: Some(Clean::from("5.7.1")),
        attempts: 7_628,
        rejected: 2_914,
        replies: 2_890,
        baseline: Some(0.004),
        now: Moment::from_seconds(1_763_735_527),
        onset: Some(BEGUN),
        categories: vec![(Category::IpReputation, 2_803), (Category::ContentSpam, 87)],
        signatures: vec![
            share("1", signature, 2_630),
            share("2", "550-5.7.1 …likely unsolicited mail", 173),
            share("3", "550-5.7.1 …local policy", 87),
        ],
        providers: vec![share("gmail", "Gmail", 2_803), share("yahoo", "Yahoo", 20)],
        sources: vec![share("192.0.2.7", "192.0.2.7", 2_774), share("192.0.2.8", "192.0.2.8", 116)],
        campaigns: vec![share("nov-blk", "nov-blk", 2_630), share("nov-tx", "nov-tx", 260)],
        leading: Some(Arc::new(verdict(Category::IpReputation, Action::Investigate, signature))),
        sending_domain: Some(Clean::from("news.example.com")),
        sending_ip: Some(Clean::from("192.0.2.7")),
        ..Evidence::default()
    }
}

pub(super) fn outlook_515() -> Evidence {
    let signature = "550 5.7.515 Access denied, sending domain ‹domain› does not meet the required level";
    let verdict = verdict(Category::AuthFailure, Action::Investigate, signature);
    Evidence {
        provider: Some((Clean::from("microsoft-consumer"), Clean::from("Outlook.com"))),
        attempts: 5_102,
        rejected: 1_402,
        replies: 1_402,
        onset: Some(BEGUN),
        baseline: Some(0.003),
        categories: vec![(Category::AuthFailure, 1_390), (Category::UserUnknown, 12)],
        signatures: vec![share("1", signature, 1_390), share("2", "550 5.5.0 mailbox unavailable", 12)],
        providers: vec![share("microsoft-consumer", "Outlook.com", 1_390)],
        leading: Some(Arc::new(Verdict { mechanism: Some(Mechanism::Dmarc), ..verdict })),
        sending_domain: Some(Clean::from("news.example.com")),
        sending_ip: Some(Clean::from("192.0.2.7")),
        ..Evidence::default()
    }
}

/// Unknown users in 3.1 % of 10,000 attempts over several providers, one import.
pub(super) fn list_quality() -> Evidence {
    let signature = "550 5.1.1 <‹address›>: user unknown";
    Evidence {
        attempts: 10_000,
        rejected: 340,
        replies: 340,
        onset: Some(BEGUN),
        baseline: Some(0.004),
        categories: vec![(Category::UserUnknown, 310), (Category::MailboxFull, 30)],
        signatures: vec![share("1", signature, 200), share("2", "550 5.1.1 does not exist", 110)],
        providers: vec![
            share("gmail", "Gmail", 140),
            share("yahoo", "Yahoo", 90),
            share("gmx-webde", "GMX", 80),
        ],
        campaigns: vec![share("import-7", "import-7", 330), share("weekly", "weekly", 10)],
        leading: Some(Arc::new(verdict(Category::UserUnknown, Action::Suppress, signature))),
        unknown_user_rate: 0.031,
        ..Evidence::default()
    }
}

pub(super) fn content() -> Evidence {
    let signature = "554 5.7.1 High Probability of Spam";
    Evidence {
        attempts: 20_000,
        rejected: 2_400,
        replies: 2_400,
        onset: Some(BEGUN),
        baseline: Some(0.002),
        categories: vec![(Category::ContentSpam, 2_300), (Category::UserUnknown, 100)],
        signatures: vec![share("1", signature, 900), share("2", "550 spam message rejected", 800)],
        providers: vec![
            share("gmail", "Gmail", 1_100),
            share("yahoo", "Yahoo", 700),
            share("mailru", "Mail.ru", 500),
        ],
        campaigns: vec![share("nov-blk", "nov-blk", 2_250), share("tx", "tx", 150)],
        leading: Some(Arc::new(verdict(Category::ContentSpam, Action::Investigate, signature))),
        ..Evidence::default()
    }
}

pub(super) fn named_list() -> Evidence {
    let signature = "550 5.7.1 Service unavailable, Client host [‹ip›] blocked using Spamhaus";
    let verdict = verdict(Category::Blocklist, Action::Investigate, signature);
    Evidence {
        attempts: 4_000,
        rejected: 900,
        replies: 900,
        onset: Some(BEGUN),
        baseline: Some(0.003),
        categories: vec![(Category::Blocklist, 880), (Category::UserUnknown, 20)],
        signatures: vec![share("1", signature, 500), share("2", "554 5.7.1 listed at zen", 380)],
        providers: vec![
            share("microsoft-365", "Exchange Online", 400),
            share("comcast", "Comcast", 280),
            share("cox", "Cox", 200),
        ],
        sources: vec![share("192.0.2.7", "192.0.2.7", 900)],
        lists: vec![share("spamhaus-zen", "Spamhaus ZEN", 880)],
        leading: Some(Arc::new(Verdict { list: Some(Clean::from("spamhaus-zen")), ..verdict })),
        sending_ip: Some(Clean::from("192.0.2.7")),
        ..Evidence::default()
    }
}

pub(super) fn single_address() -> Evidence {
    let signature = "550 5.1.1 <‹address›>: user unknown";
    Evidence {
        provider: Some((Clean::from("gmx-webde"), Clean::from("GMX"))),
        attempts: 412,
        rejected: 1,
        replies: 1,
        baseline: Some(0.003),
        categories: vec![(Category::UserUnknown, 1)],
        signatures: vec![share("1", signature, 1)],
        providers: vec![share("gmx-webde", "GMX", 1)],
        leading: Some(Arc::new(verdict(Category::UserUnknown, Action::Suppress, signature))),
        unknown_user_rate: 1.0 / 412.0,
        ..Evidence::default()
    }
}

/// Only deferrals: `replies` of `attempts` in `category`, at one provider.
pub(super) fn deferrals(category: Category, attempts: u64, replies: u64, signature: &str) -> Evidence {
    Evidence {
        provider: Some((Clean::from("freenet"), Clean::from("freenet.de"))),
        attempts,
        replies,
        baseline: Some(0.001),
        categories: vec![(category, replies)],
        signatures: vec![share("1", signature, replies)],
        providers: vec![share("freenet", "freenet.de", replies)],
        leading: Some(Arc::new(verdict(category, Action::Retry, signature))),
        ..Evidence::default()
    }
}

pub(super) fn knowledge() -> &'static Knowledge {
    static LOADED: LazyLock<Knowledge> = LazyLock::new(|| Knowledge::embedded().unwrap());
    &LOADED
}

pub(super) fn diagnose(evidence: &Evidence) -> Diagnosis {
    knowledge().diagnose(evidence, &Answers::new())
}

pub(super) fn answered(evidence: &Evidence, answers: &[(&str, Answer)]) -> Diagnosis {
    let answers = answers.iter().map(|(id, answer)| (Arc::from(*id), *answer)).collect();
    knowledge().diagnose(evidence, &answers)
}

pub(super) fn mentions(sentences: &[String], word: &str) -> bool {
    sentences.iter().any(|sentence| sentence.to_lowercase().contains(word))
}

fn mark(light: Light, by: By) -> char {
    match (light, by) {
        (Light::Lit, By::Operator) => '◆',
        (Light::Lit, _) => '●',
        (Light::Dark, _) => '·',
        (Light::Half, _) => '◐',
        (Light::Open, _) => '○',
    }
}

/// The diagnosis as a screen without frames would show it.
fn drawn(diagnosis: &Diagnosis) -> String {
    let mut out = String::new();
    for line in &diagnosis.tree {
        let indent = "  ".repeat(usize::from(line.depth));
        let head = format!("{indent}{} {}", mark(line.light, line.by), line.question);
        writeln!(out, "{head:<38} {}", line.answer).unwrap();
    }
    writeln!(out, "VERDICT {}", diagnosis.remedy.verdict).unwrap();
    let Confidence { sure, reason } = &diagnosis.confidence;
    writeln!(out, "SURE    {sure:?}: {reason}").unwrap();
    for (title, lines) in [
        ("DO", &diagnosis.remedy.todo),
        ("DON'T", &diagnosis.remedy.dont),
        ("MISSING", &diagnosis.missing),
        ("CHANGES", &diagnosis.would_change),
        ("LINK", &diagnosis.remedy.links),
    ] {
        lines.iter().for_each(|line| writeln!(out, "{title:<7} {line}").unwrap());
    }
    writeln!(out, "SOURCE  {} ({})", diagnosis.remedy.source, diagnosis.remedy.month).unwrap();
    for Step { title, light, by, detail, .. } in &diagnosis.checklist {
        writeln!(out, "{} {title:<48} {detail}", mark(*light, *by)).unwrap();
    }
    out
}

#[test]
fn a_reputation_incident_at_gmail_is_called_so_and_paused() {
    let diagnosis = diagnose(&gmail_reputation());
    assert_eq!(diagnosis.remedy.verdict, "IP reputation incident at Gmail");
    assert!(diagnosis.remedy.todo[0].starts_with("Pause sends to Gmail"));
    assert!(mentions(&diagnosis.remedy.todo, "dig +short 7.2.0.192.zen.spamhaus.org"));
    insta::assert_snapshot!("gmail_reputation", drawn(&diagnosis));
}

#[test]
fn outlook_515_is_an_authentication_incident_and_stops_the_sends() {
    let diagnosis = diagnose(&outlook_515());
    assert!(diagnosis.remedy.verdict.starts_with("Authentication incident at Outlook.com"));
    assert!(diagnosis.remedy.todo[0].starts_with("Stop every send to Outlook.com"));
    insta::assert_snapshot!("outlook_515", drawn(&diagnosis));
}

#[test]
fn unknown_users_over_two_percent_are_a_list_quality_incident() {
    let diagnosis = diagnose(&list_quality());
    let verdict = &diagnosis.remedy.verdict;
    assert_eq!(verdict, "List quality incident at 3 providers: 3.1% of attempts go to unknown users");
    assert!(mentions(&diagnosis.remedy.todo, "suppress the addresses whose reply says unknown"));
    insta::assert_snapshot!("list_quality", drawn(&diagnosis));
}

#[test]
fn what_is_below_the_operators_thresholds_is_no_incident_to_the_tree_either() {
    let (incident, unknown_users) = (0.5, 0.3);
    let thresholds = Thresholds { incident, unknown_users, incident_is_set: true, ..Thresholds::default() };
    let of = |evidence: Evidence| diagnose(&Evidence { thresholds, ..evidence }).remedy.verdict;
    let before = Evidence { onset: None, ..list_quality() };
    let told = of(Evidence { unknown_user_rate: 0.2, ..before.clone() });
    assert!(told.starts_with("Routine churn"), "{told}");
    let told = of(Evidence { unknown_user_rate: 0.31, ..before });
    assert!(told.starts_with("Unknown users in 31.0% of attempts, no incident now"), "{told}");
    assert!(of(Evidence { unknown_user_rate: 0.31, ..list_quality() }).starts_with("List quality incident"));
    let rising = Evidence { onset: None, baseline: Some(0.004), ..content() };
    assert!(diagnose(&rising).remedy.verdict.starts_with("Raised, no incident now"));
    assert!(!of(rising).contains(" incident at"));
    let complaints = |limit| {
        let thresholds = Thresholds { complaints_warn: limit, complaints_limit: limit, ..thresholds };
        let evidence = Evidence { complaints: Some(90), complaint_rate: Some(0.004), ..named_list() };
        diagnose(&Evidence { thresholds, ..evidence }).remedy.verdict
    };
    assert!(complaints(0.003).contains("complaints 0.40%") && !complaints(0.05).contains("complaints"));
}

#[test]
fn the_same_content_refused_by_three_providers_is_a_content_incident() {
    let diagnosis = diagnose(&content());
    assert_eq!(diagnosis.remedy.verdict, "Content incident: 3 providers refuse the same message");
    insta::assert_snapshot!("content", drawn(&diagnosis));
}

#[test]
fn one_list_at_many_providers_is_a_blocklist_incident() {
    let diagnosis = diagnose(&named_list());
    assert_eq!(diagnosis.remedy.verdict, "Blocklist incident: Spamhaus, at 3 providers");
    insta::assert_snapshot!("named_list", drawn(&diagnosis));
}

#[test]
fn a_single_unknown_user_is_routine_churn() {
    let diagnosis = diagnose(&single_address());
    assert_eq!(diagnosis.remedy.verdict, "Routine churn: the address does not exist (1 of 412)");
    assert!(!mentions(&diagnosis.remedy.todo, "pause"), "{:?}", diagnosis.remedy.todo);
    insta::assert_snapshot!("single_address", drawn(&diagnosis));
}

#[test]
fn greylisting_is_waited_for() {
    let diagnosis = diagnose(&deferrals(Category::Greylist, 90, 60, "450 4.2.0 Greylisted"));
    assert!(diagnosis.remedy.verdict.starts_with("Greylisting at freenet.de: the queue retries"));
    assert!(!mentions(&diagnosis.remedy.todo, "pause"));
}

#[test]
fn a_providers_outage_is_theirs() {
    for (category, text) in [
        (Category::ServerError, "451 4.3.0 temporary system problem"),
        (Category::Network, "connect to ‹host›: Connection timed out"),
    ] {
        let diagnosis = diagnose(&deferrals(category, 900, 700, text));
        assert!(diagnosis.remedy.verdict.starts_with("Outage at freenet.de"), "{}", diagnosis.remedy.verdict);
        let root = &diagnosis.tree[0];
        assert_eq!((root.light, &*root.answer), (Light::Lit, "77.8% deferred; the queue retries"));
        let theirs = diagnosis.tree.iter().find(|line| &*line.id == "N8.wait").unwrap();
        assert_eq!(theirs.answer, "theirs: freenet.de alone (100.0%)");
    }
}

#[test]
fn many_providers_out_of_reach_point_at_our_own_network() {
    let base = deferrals(Category::Network, 900, 700, "connect to ‹host›: Network is unreachable");
    let providers =
        vec![share("gmail", "Gmail", 300), share("yahoo", "Yahoo", 200), share("gmx", "GMX", 200)];
    let diagnosis = diagnose(&Evidence { provider: None, providers, ..base });
    assert!(diagnosis.remedy.verdict.starts_with("Network trouble: 3 providers not reached"));
}

#[test]
fn a_deferral_wave_for_reputation_is_an_incident_although_nothing_is_rejected() {
    let text = "421 4.7.0 [TSS04] temporarily deferred";
    let waves = deferrals(Category::IpReputation, 900, 300, text);
    let diagnosis = diagnose(&Evidence { onset: Some(BEGUN), ..waves });
    assert_eq!(diagnosis.remedy.verdict, "IP reputation incident at freenet.de");
}

#[test]
fn too_few_attempts_are_too_few_to_tell() {
    let evidence = Evidence { attempts: 11, rejected: 3, replies: 3, onset: None, ..gmail_reputation() };
    let diagnosis = diagnose(&evidence);
    assert!(
        diagnosis.remedy.verdict.starts_with("Too few to tell (3 of 11 attempts)"),
        "{}",
        diagnosis.remedy.verdict
    );
    assert_eq!(diagnosis.tree[0].light, Light::Half);
    let evidence = Evidence { attempts: 25, rejected: 2, replies: 2, onset: None, ..gmail_reputation() };
    assert!(diagnose(&evidence).remedy.verdict.starts_with("Too few to tell (2 of 25 attempts)"));
}

#[test]
fn what_the_detector_does_not_call_an_incident_is_standing_or_raised() {
    let evidence = Evidence { onset: None, baseline: Some(0.35), ..gmail_reputation() };
    assert!(diagnose(&evidence).remedy.verdict.starts_with("Standing problem, 38.2% as before"));
    let evidence = Evidence { onset: None, rejected: 200, replies: 200, code: None, ..gmail_reputation() };
    let diagnosis = diagnose(&evidence);
    assert_eq!(diagnosis.tree[0].answer, "not now: 2.6% against 0.4%");
    assert!(diagnosis.remedy.verdict.starts_with("Raised, no incident now (2.6% against 0.4%): "));
    assert!(!mentions(&diagnosis.remedy.todo, "pause"), "{:?}", diagnosis.remedy.todo);
}

/// A verdict speaks of an incident where the detector or the operator does, and nowhere else.
#[test]
fn without_an_onset_no_verdict_calls_it_an_incident() {
    let waits = |category: &Category| deferrals(*category, 1_000, 120, "451 4.7.1 later");
    let mut cases = vec![gmail_reputation(), outlook_515(), list_quality(), content(), named_list()];
    cases.extend(Category::ALL.iter().map(waits));
    for (at, rejected) in cases.iter().flat_map(|one| [(one, one.rejected), (one, 3), (one, 25)]) {
        for (attempts, baseline) in [(at.attempts, at.baseline), (at.attempts, None), (60, Some(0.2))] {
            let evidence = Evidence { onset: None, rejected, attempts, baseline, ..at.clone() };
            let verdict = diagnose(&evidence).remedy.verdict.to_lowercase();
            assert!(!verdict.replace("no incident", "").contains("incident"), "{verdict}");
            let called = answered(&evidence, &[("N0", Answer::Yes)]).remedy.verdict;
            assert!(!called.contains("no incident"), "{called}");
        }
    }
}

#[test]
fn a_sideshow_in_somebody_elses_incident_is_not_called_an_incident() {
    let evidence = Evidence {
        code: Some(Clean::from("5.1.1")),
        replies: 12,
        categories: vec![(Category::UserUnknown, 12)],
        unknown_user_rate: 12.0 / 7_628.0,
        leading: single_address().leading,
        ..gmail_reputation()
    };
    // Whether a column was chosen or a filter was typed.
    for evidence in [Evidence { code: None, narrowed: true, ..evidence.clone() }, evidence] {
        let diagnosis = diagnose(&evidence);
        assert!(diagnosis.remedy.verdict.starts_with("Not what drives the rate here"));
        assert!(!mentions(&diagnosis.remedy.todo, "pause"));
    }
}

#[test]
fn mixed_causes_ask_to_stop_and_find_the_root() {
    let categories = vec![
        (Category::Policy, 300),
        (Category::ContentSpam, 280),
        (Category::IpReputation, 250),
        (Category::AuthFailure, 170),
    ];
    let evidence = Evidence { categories, rejected: 1_000, replies: 1_000, leading: None, ..content() };
    let diagnosis = diagnose(&evidence);
    assert!(diagnosis.remedy.verdict.starts_with("Mass rejection with mixed causes: policy"));
    assert_eq!(diagnosis.remedy.todo[0], "Stop the send until the root cause is known");
    let dark = diagnosis.tree.iter().filter(|line| line.light == Light::Dark).count();
    assert_eq!(dark, 3, "the ways not taken are shown with their shares");
}

#[test]
fn what_the_text_does_not_say_is_not_guessed() {
    let signature = "550 Rejected";
    let leading = Some(Arc::new(verdict(Category::Unknown, Action::Investigate, signature)));
    let evidence = Evidence { categories: vec![(Category::Unknown, 2_890)], leading, ..gmail_reputation() };
    let diagnosis = diagnose(&evidence);
    assert_eq!(diagnosis.remedy.verdict, "The text does not say: read the strings");
    let reply = verdict(Category::Unknown, Action::Investigate, signature);
    let remedy = knowledge().remedy(&reply, Some(550), None);
    assert_eq!(remedy.verdict, "The text does not say: read the strings");
}

#[test]
fn nothing_rejected_is_nothing_to_diagnose() {
    let diagnosis = diagnose(&Evidence { attempts: 500, ..Evidence::default() });
    assert_eq!(diagnosis.remedy.verdict, "Nothing rejected here");
    assert_eq!(diagnosis.tree.len(), 1);
    assert_eq!(diagnose(&Evidence::default()).remedy.verdict, "Nothing rejected here");
}

#[test]
fn the_operators_answer_wins_over_the_logs_and_is_marked() {
    let evidence = gmail_reputation();
    let diagnosis = answered(&evidence, &[("N0", Answer::No)]);
    assert_eq!(diagnosis.tree[0].by, By::Operator);
    assert!(diagnosis.remedy.verdict.starts_with("No incident, as you say"));
    assert!(!mentions(&diagnosis.remedy.todo, "pause"));

    let diagnosis = answered(&evidence, &[("N6.list", Answer::Yes), ("N8.gmail", Answer::No)]);
    assert_eq!(
        diagnosis.remedy.verdict,
        "IP reputation incident at Gmail; 192.0.2.7 is listed; complaints are raised"
    );
    assert!(mentions(&diagnosis.remedy.todo, "find why 192.0.2.7 is listed"));
    let by = |id: &str| diagnosis.tree.iter().find(|line| &*line.id == id).map(|line| (line.light, line.by));
    assert_eq!(by("N6.list"), Some((Light::Lit, By::Operator)));
    assert_eq!(by("N8.gmail"), Some((Light::Lit, By::Operator)));
    assert!(!mentions(&diagnosis.missing, "spamhaus"), "what was answered is not missing");
    assert!(!mentions(&diagnosis.remedy.todo, "open postmaster tools"), "nor asked for again");
    insta::assert_snapshot!("gmail_answered", drawn(&diagnosis));
}

#[test]
fn a_tick_of_the_checklist_is_honoured_and_changes_no_verdict() {
    let plain = diagnose(&gmail_reputation());
    let ticked = answered(&gmail_reputation(), &[("blocklists", Answer::Yes), ("sample", Answer::No)]);
    assert_eq!(plain.remedy, ticked.remedy);
    assert_eq!(plain.tree, ticked.tree);
    let step = |diagnosis: &Diagnosis, id: &str| {
        diagnosis.checklist.iter().find(|step| &*step.id == id).map(|step| (step.light, step.by))
    };
    assert_eq!(step(&plain, "blocklists"), Some((Light::Half, By::Nobody)));
    assert_eq!(step(&ticked, "blocklists"), Some((Light::Lit, By::Operator)));
    assert_eq!(step(&plain, "sample"), Some((Light::Lit, By::Log)));
    assert_eq!(step(&ticked, "sample"), Some((Light::Dark, By::Operator)));
}

#[test]
fn every_category_has_a_checklist_and_an_advice_in_every_mode() {
    for category in Category::ALL {
        for action in Action::ALL {
            let reply = verdict(*category, *action, "550 x");
            let evidence = Evidence {
                categories: vec![(*category, 2_890)],
                leading: Some(Arc::new(reply.clone())),
                ..gmail_reputation()
            };
            let remedy = knowledge().remedy(&reply, Some(550), None);
            for remedy in [remedy, diagnose(&evidence).remedy] {
                let all =
                    [&remedy.todo[..], &remedy.dont[..], std::slice::from_ref(&remedy.verdict)].concat();
                assert!(!remedy.todo.is_empty() && !remedy.source.is_empty(), "{category:?}");
                assert!(!all.iter().any(|text| text.contains(['{', '}'])), "{category:?}: {all:?}");
                if mentions(&remedy.todo, "suppress") {
                    assert!(is_address_fault(*category), "{category:?} {action:?}: {:?}", remedy.todo);
                    assert!(*action == Action::Suppress || *category == Category::MailboxFull);
                }
                if is_senders_fault(*category) {
                    assert!(mentions(&remedy.dont, "suppress"), "{category:?}: {:?}", remedy.dont);
                }
            }
            let diagnosis = diagnose(&evidence);
            assert!((5..=17).contains(&diagnosis.tree.len()), "{category:?}: {}", diagnosis.tree.len());
            assert!((4..=10).contains(&diagnosis.checklist.len()), "{category:?}");
        }
    }
}
