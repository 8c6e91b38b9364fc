//! What the operator answers: it wins over the logs and both are said, a figure decides, "not known"
//! stays open; and how sure the verdict is with it.

#![expect(clippy::panic, reason = "a test stops at the first surprise")]

use std::sync::Arc;

use super::cases::{answered, diagnose, gmail_reputation, mentions, single_address};
use super::incident::Course;
use super::{Answer, By, Diagnosis, Evidence, Explains, Light, Step, Sure, Takes, TreeLine, Unit};
use crate::model::Category;
use crate::text::Clean;

fn line<'d>(diagnosis: &'d Diagnosis, id: &str) -> &'d TreeLine {
    let found = diagnosis.tree.iter().find(|line| &*line.id == id);
    found.unwrap_or_else(|| panic!("{id} is not drawn: {:?}", diagnosis.tree))
}

fn step<'d>(diagnosis: &'d Diagnosis, id: &str) -> &'d Step {
    let found = diagnosis.checklist.iter().find(|step| &*step.id == id);
    found.unwrap_or_else(|| panic!("no step {id}"))
}

#[test]
fn where_the_operator_and_the_logs_disagree_both_are_said() {
    let diagnosis = answered(&gmail_reputation(), &[("N0", Answer::No)]);
    let root = line(&diagnosis, "N0");
    assert_eq!((root.light, root.by), (Light::Lit, By::Operator));
    assert_eq!(root.answer, "no (38.2% against 0.4%); the log: 38.2% against 0.4%, since 14:27:40 UTC");
    // Where they agree, once is enough.
    let diagnosis = answered(&gmail_reputation(), &[("N0", Answer::Yes)]);
    assert_eq!(line(&diagnosis, "N0").answer, "yes (38.2% against 0.4%)");
    let diagnosis = answered(&gmail_reputation(), &[("N1.where", Answer::No)]);
    assert_eq!(line(&diagnosis, "N1.where").answer, "no; the log: Gmail 99.3%");
}

#[test]
fn who_looked_and_could_not_tell_leaves_the_question_open_and_the_evidence_missing() {
    let diagnosis = answered(&gmail_reputation(), &[("N6.list", Answer::Unknown), ("N0", Answer::Unknown)]);
    let list = line(&diagnosis, "N6.list");
    assert_eq!((list.light, list.by), (Light::Open, By::Operator));
    assert_eq!(list.answer, "not known: dig +short 7.2.0.192.zen.spamhaus.org");
    assert!(mentions(&diagnosis.missing, "spamhaus lookup of 192.0.2.7"));
    assert_eq!(diagnosis.remedy.verdict, "IP reputation incident at Gmail", "the log's N0 still leads on");
    let root = line(&diagnosis, "N0");
    assert_eq!((root.light, root.by), (Light::Open, By::Operator));
    assert!(root.answer.starts_with("not known; the log: 38.2%"), "{}", root.answer);
    assert_eq!(step(&diagnosis, "blocklists").light, Light::Open);
}

#[test]
fn a_step_says_what_was_answered_and_what_the_log_told() {
    let of = |id: &str, answer| {
        let diagnosis = answered(&gmail_reputation(), &[(id, answer)]);
        let step = step(&diagnosis, id);
        (step.by, step.detail.clone())
    };
    let log = step(&diagnose(&gmail_reputation()), "sample").detail.clone();
    assert_eq!(of("sample", Answer::Yes), (By::Operator, format!("yes; the log: {log}")));
    assert_eq!(of("sample", Answer::No), (By::Operator, format!("no; the log: {log}")));
    assert_eq!(of("sample", Answer::Unknown), (By::Operator, format!("not known; the log: {log}")));
    // Nothing told it: the answer stands alone, and who could not tell sees the command again.
    assert_eq!(of("blocklists", Answer::Yes), (By::Operator, "yes".to_owned()));
    let asked = "not known: dig +short 7.2.0.192.zen.spamhaus.org".to_owned();
    assert_eq!(of("blocklists", Answer::Unknown), (By::Operator, asked));
}

#[test]
fn a_figure_of_a_dashboard_decides() {
    let with = |figure| answered(&gmail_reputation(), &[("N8.gmail", Answer::Figure(figure))]);
    for (figure, answer, verdict, days) in [
        (0.0004, "0.04%: fine", "", false),
        (0.001, "0.10%: more than the 0.10% to keep under", "; complaints are raised", false),
        (0.0012, "0.12%: more than the 0.10% to keep under", "; complaints are raised", false),
        (0.3 / 100.0, "0.30%: no mitigation", "; complaints are over Gmail's limit", true),
        (0.0105, "1.05%: no mitigation", "; complaints are over Gmail's limit", true),
    ] {
        let diagnosis = with(figure);
        let asked = line(&diagnosis, "N8.gmail");
        assert_eq!((asked.light, asked.by, asked.answer.as_str()), (Light::Lit, By::Operator, answer));
        assert_eq!(diagnosis.remedy.verdict, format!("IP reputation incident at Gmail{verdict}"));
        assert_eq!(diagnosis.tree.iter().any(|line| &*line.id == "N8.days"), days);
        assert!(!mentions(&diagnosis.missing, "spam rate"), "{:?}", diagnosis.missing);
    }
    // What cannot be a share is no answer.
    for figure in [f64::NAN, f64::INFINITY, -0.1, 1.5] {
        let diagnosis = with(figure);
        assert_eq!(line(&diagnosis, "N8.gmail").by, By::Nobody, "{figure}");
    }
    // Nor is a figure where none is asked for.
    let diagnosis = answered(&gmail_reputation(), &[("N6.list", Answer::Figure(0.5))]);
    assert_eq!(line(&diagnosis, "N6.list").by, By::Nobody);
}

#[test]
fn seven_days_under_the_limit_open_the_way_to_mitigation() {
    let with = |days| {
        let answers = [("N8.gmail", Answer::Figure(0.004)), ("N8.days", Answer::Figure(days))];
        answered(&gmail_reputation(), &answers)
    };
    assert!(mentions(&with(7.0).remedy.todo, "ask google for mitigation"));
    let early = with(6.0);
    assert!(!mentions(&early.remedy.todo, "ask google for mitigation"));
    assert!(mentions(&early.remedy.dont, "ask google for mitigation before 7 days"));
}

#[test]
fn each_question_says_what_kind_of_answer_it_takes_and_with_what_command() {
    let diagnosis = diagnose(&gmail_reputation());
    let Takes::Figure { unit, hint } = &line(&diagnosis, "N8.gmail").takes else { panic!("no figure") };
    assert_eq!((*unit, hint.as_str()), (Unit::Share, "Postmaster Tools, Spam rate of the last day"));
    assert_eq!(line(&diagnosis, "N6.list").takes, Takes::YesNo);
    let command = line(&diagnosis, "N6.list").command.as_deref();
    assert_eq!(command, Some("dig +short 7.2.0.192.zen.spamhaus.org"));
    assert!(matches!(step(&diagnosis, "dashboard").takes, Takes::Figure { .. }));
    assert_eq!(step(&diagnosis, "blocklists").command.as_deref(), command);
    let json = serde_json::to_value(&diagnosis).unwrap_or_default();
    assert_eq!(json["tree"][0]["takes"], "yes_no");
    let asked = json["tree"].as_array().and_then(|tree| tree.iter().find(|line| line["id"] == "N8.gmail"));
    assert_eq!(asked.map(|line| &line["takes"]["figure"]["unit"]), Some(&"share".into()));
}

#[test]
fn a_figure_given_at_a_step_answers_its_question() {
    let diagnosis = answered(&gmail_reputation(), &[("dashboard", Answer::Figure(0.004))]);
    assert!(diagnosis.remedy.verdict.ends_with("complaints are over Gmail's limit"));
    let step = step(&diagnosis, "dashboard");
    assert_eq!(
        (step.light, step.by, step.detail.as_str()),
        (Light::Lit, By::Operator, "0.40%: no mitigation")
    );
    // The question's own answer wins over the step's.
    let both = [("dashboard", Answer::Figure(0.004)), ("N8.gmail", Answer::Figure(0.0001))];
    assert_eq!(line(&answered(&gmail_reputation(), &both), "N8.gmail").answer, "0.01%: fine");
}

#[test]
fn what_would_change_the_verdict_is_said_for_each_answer() {
    let changes = diagnose(&gmail_reputation()).would_change;
    let has =
        |part: &str| assert!(changes.iter().any(|change| change.contains(part)), "{part}: {changes:#?}");
    has("If a blocklist names 192.0.2.7: Find why 192.0.2.7 is listed");
    has("If Postmaster Tools says a Spam rate of 0.30% or more: Stop bulk mail to Gmail");
    has("If Postmaster Tools says a Spam rate from 0.10% to 0.30%: Cut to recipients");
    let diagnosis = answered(&gmail_reputation(), &[("N6.list", Answer::No), ("N8.gmail", Answer::Yes)]);
    assert!(!mentions(&diagnosis.would_change, "blocklist"), "what is answered changes nothing more");
    // Too few to tell: that it is an incident is the operator's to say.
    let few = Evidence { attempts: 11, rejected: 3, replies: 3, onset: None, ..gmail_reputation() };
    let changes = diagnose(&few).would_change;
    assert_eq!(changes[0], "If you call it an incident: IP reputation incident at Gmail");
    assert!(diagnose(&Evidence::default()).would_change.is_empty());
}

#[test]
fn confidence_is_as_wide_as_the_numbers_are_small() {
    let of = |evidence: &Evidence| diagnose(evidence).confidence;
    let sure = of(&gmail_reputation());
    assert_eq!(sure.sure, Sure::High);
    assert!(sure.reason.starts_with("IP reputation: 97.0% of 2,890 replies (96.3–97.6%)"), "{}", sure.reason);
    // One reply is one reply.
    let one = of(&single_address());
    assert_eq!(one.sure, Sure::Low);
    assert!(one.reason.contains("of 1 reply (20.7–100.0%)"), "{}", one.reason);
    let categories = |categories: &[(Category, u64)]| {
        of(&Evidence { categories: categories.to_vec(), ..gmail_reputation() })
    };
    let half = categories(&[(Category::IpReputation, 60), (Category::ContentSpam, 40)]);
    assert_eq!(half.sure, Sure::Medium);
    assert!(half.reason.contains("the next cause: 40.0%"), "{}", half.reason);
    assert_eq!(categories(&[(Category::IpReputation, 5), (Category::ContentSpam, 5)]).sure, Sure::Low);
    assert_eq!(categories(&[(Category::Unknown, 2_890)]).sure, Sure::Low);
    assert_eq!(categories(&[(Category::Policy, 2_890)]).sure, Sure::Medium);
    let few = Evidence { attempts: 11, rejected: 3, replies: 3, onset: None, ..gmail_reputation() };
    assert_eq!(of(&few).sure, Sure::Low);
    assert_eq!(of(&Evidence { attempts: 500, ..Evidence::default() }).sure, Sure::High);
    assert_eq!(of(&Evidence::default()).sure, Sure::Low);
}

fn explained(dimension: &str, share: f64) -> Option<Explains> {
    Some(Explains { dimension: Clean::from(dimension), value: Clean::from("nov-blk"), share })
}

#[test]
fn what_changed_answers_which_segment_and_half_answers_which_cause() {
    let evidence = Evidence { explains: explained("campaign", 0.91), ..gmail_reputation() };
    let diagnosis = diagnose(&evidence);
    let cause = line(&diagnosis, "N6.cause");
    assert_eq!((cause.light, cause.by), (Light::Half, By::Log));
    assert_eq!(cause.answer, "campaign nov-blk explains 91.0%; is it stopped?");
    assert_eq!(step(&diagnosis, "cause").detail, cause.answer);

    let of = |category, explains: Option<Explains>| {
        let campaigns = Vec::new();
        let categories = vec![(category, 2_890)];
        diagnose(&Evidence { categories, campaigns, explains, leading: None, ..gmail_reputation() })
    };
    let lists = of(Category::UserUnknown, explained("campaign", 0.91));
    let segment = line(&lists, "N3.segment");
    assert_eq!((segment.light, segment.answer.as_str()), (Light::Lit, "campaign nov-blk explains 91.0%"));
    let content = of(Category::ContentSpam, explained("campaign", 0.91));
    assert_eq!(line(&content, "N7.element").answer, "in what changed: campaign nov-blk explains 91.0%");
    // A little is no answer.
    assert_eq!(line(&of(Category::UserUnknown, explained("campaign", 0.3)), "N3.segment").light, Light::Open);
}

#[test]
fn how_the_incident_goes_is_said_at_its_root() {
    let with = |state, slow| Evidence { state, slow, ..gmail_reputation() };
    let root = |evidence: &Evidence| diagnose(evidence).tree[0].answer.clone();
    assert_eq!(root(&with(Some(Course::Rising), Some(false))), "38.2% against 0.4%, since 14:27:40 UTC");
    assert!(root(&with(Some(Course::Falling), None)).starts_with("falling: 38.2%"));
    assert!(root(&with(Some(Course::Rising), Some(true))).starts_with("a slow rise: 38.2%"));
    assert!(root(&with(Some(Course::Silent), None)).starts_with("its mail stopped at 38.2%"));
    let over = diagnose(&with(Some(Course::Over), None));
    assert!(over.remedy.verdict.starts_with("The incident is over: "), "{}", over.remedy.verdict);
    assert!(!mentions(&over.remedy.todo, "pause"));
}

#[test]
fn one_address_again_and_again_is_no_incident_at_its_provider() {
    let (attempts, rejected, replies) = (60, 35, 35);
    let with = |again, onset| {
        let categories = vec![(Category::UserUnknown, 35)];
        diagnose(&Evidence {
            attempts,
            rejected,
            replies,
            again,
            categories,
            unknown_user_rate: 35.0 / 60.0,
            onset,
            ..single_address()
        })
    };
    let (same, other) = (with(34, None), with(0, gmail_reputation().onset));
    assert_eq!(same.tree[0].answer, "no: 34 of 35 only repeat what was said before");
    assert!(
        same.remedy.verdict.starts_with("The same addresses again and again: "),
        "{}",
        same.remedy.verdict
    );
    assert!(!mentions(&same.remedy.todo, "pause") && mentions(&other.remedy.todo, "pause"));
}

#[test]
fn complaints_in_the_log_are_weighed_against_the_limits() {
    let with = |rate| {
        let complaint_rate = Some(rate);
        diagnose(&Evidence { complaints: Some(9), complaint_rate, ..gmail_reputation() })
    };
    assert!(with(0.0031).remedy.verdict.ends_with("complaints 0.31%"));
    assert_eq!(line(&with(0.0015), "N6.complaints").answer, "0.15% of what was delivered, keep under 0.10%");
    assert_eq!(line(&with(0.0002), "N6.complaints").answer, "few: 0.02% of what was delivered");
    let drawn = |diagnosis: &Diagnosis| diagnosis.tree.iter().any(|line| &*line.id == "N6.complaints");
    assert!(!drawn(&diagnose(&gmail_reputation())), "not drawn where the log carries none");
}

#[test]
fn deferrals_that_only_wait_are_no_incident_whatever_leads() {
    let base = Evidence {
        onset: None,
        rejected: 0,
        replies: 900,
        code: None,
        categories: vec![(Category::IpReputation, 500), (Category::Greylist, 400)],
        ..gmail_reputation()
    };
    let with = |ours| {
        let deferrals = Some(vec![(Category::Greylist, 900), (Category::IpReputation, ours)]);
        diagnose(&Evidence { deferrals, ..base.clone() }).remedy.verdict
    };
    assert!(with(500).starts_with("Deferred in 11.8% of attempts, no incident now"), "{}", with(500));
    assert!(with(5).starts_with("No incident (900 of 7,628)"), "{}", with(5));
}

#[test]
fn commands_are_filled_with_what_is_known() {
    let evidence = Evidence {
        categories: vec![(Category::RelayDenied, 2_890)],
        leading: None,
        recipient_domain: Some(Clean::from("corp.example")),
        relay: Some(Clean::from("mx.corp.example[192.0.2.9]:25")),
        ..gmail_reputation()
    };
    let diagnosis = diagnose(&evidence);
    assert_eq!(line(&diagnosis, "N4.route").command.as_deref(), Some("dig +short MX corp.example"));
    let tls = Evidence { categories: vec![(Category::Tls, 2_890)], ..evidence };
    let command = line(&diagnose(&tls), "N8.tls").command.clone();
    assert_eq!(command.as_deref(), Some("openssl s_client -starttls smtp -connect mx.corp.example:25"));
    let id: Arc<str> = Arc::from("N8.tls");
    assert!(diagnose(&tls).tree.iter().any(|line| line.id == id && !line.source.is_empty()));
}
