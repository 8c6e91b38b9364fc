//! No answers to no evidence lead astray.

use std::collections::BTreeSet;
use std::sync::Arc;

use proptest::prelude::{Just, Strategy, any, prop_oneof};

use super::{PROVIDERS, REPLIES, at};
use crate::diagnose::cases::{knowledge, mentions};
use crate::diagnose::check::{is_address_fault, is_senders_fault};
use crate::diagnose::incident::Course;
use crate::diagnose::{Answer, Answers, By, Diagnosis, Evidence, Explains, Light};
use crate::model::{Category, Moment};
use crate::text::Clean;

/// What must be true of every diagnosis.
fn holds(evidence: &Evidence, answers: &Answers, diagnosis: &Diagnosis) {
    let Diagnosis { tree, remedy, would_change, missing, checklist, .. } = diagnosis;
    assert!(!remedy.verdict.is_empty() && !diagnosis.confidence.reason.is_empty());
    assert!((1..=20).contains(&tree.len()), "{}", tree.len());
    let ids: BTreeSet<&str> = tree.iter().map(|line| &*line.id).collect();
    assert_eq!(ids.len(), tree.len(), "no question is asked twice");
    let innocent = evidence.categories.first().is_none_or(|(category, _)| !is_address_fault(*category));
    if innocent {
        for said in [&remedy.todo, would_change] {
            assert!(!mentions(said, "suppress"), "{said:?}");
        }
        assert!(checklist.iter().all(|step| !step.title.to_lowercase().contains("suppress")));
    }
    let walked = evidence.replies > 0 && tree.len() > 1;
    if walked && evidence.categories.first().is_some_and(|(category, _)| is_senders_fault(*category)) {
        let mixed = remedy.verdict.contains("mixed causes");
        assert!(mixed || mentions(&remedy.dont, "suppress"), "{:?}", remedy.dont);
    }
    let lines = tree.iter().map(|line| &line.answer);
    let all = [&remedy.todo, &remedy.dont, would_change, missing].into_iter().flatten().chain(lines);
    for text in all.chain([&remedy.verdict, &diagnosis.confidence.reason]) {
        assert!(!text.contains(['{', '}']), "{text}");
    }
    // An answer of the operator's is marked as theirs, wherever it counts.
    for line in tree.iter().filter(|line| line.light != Light::Dark) {
        if let Some(Answer::Yes | Answer::No | Answer::Unknown) = answers.get(&line.id) {
            assert_eq!(line.by, By::Operator, "{}", line.id);
        }
    }
}

fn any_answer() -> impl Strategy<Value = Answer> {
    prop_oneof![
        Just(Answer::Yes),
        Just(Answer::No),
        Just(Answer::Unknown),
        (0.0f64..0.01).prop_map(Answer::Figure),
        any::<f64>().prop_map(Answer::Figure),
    ]
}

fn any_id() -> impl Strategy<Value = Arc<str>> {
    let trees = &knowledge().trees;
    let ids = trees.nodes.iter().map(|node| &node.id).chain(trees.steps.iter().map(|step| &step.id));
    proptest::sample::select(ids.cloned().collect::<Vec<_>>())
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { failure_persistence: None, ..Default::default() })]
    #[test]
    fn no_answers_to_no_evidence_lead_astray(
        (attempts, rejected, replies) in (0u64..10_000, 0u64..10_000, 0u64..10_000),
        (baseline, unknown) in (proptest::option::of(0.0f64..=1.0), 0.0f64..=1.0),
        (first, second, reply, provider) in (0usize..24, 0usize..24, 0usize..12, 0usize..14),
        (onset, scoped, slow) in (any::<bool>(), any::<bool>(), proptest::option::of(any::<bool>())),
        state in proptest::option::of(proptest::sample::select(Course::ALL)),
        explains in proptest::option::of(0.0f64..=1.0),
        complaints in proptest::option::of(0.0f64..0.01),
        ours in proptest::option::of(0u64..5_000),
        said in proptest::collection::btree_map(any_id(), any_answer(), 0..12),
    ) {
        let (signature, code) = REPLIES[reply];
        let base = at(PROVIDERS[provider], Category::ALL[first], signature, code);
        let explained = |share| Explains { dimension: Clean::from("campaign"), value: Clean::from("nov-blk"), share };
        let categories = match replies {
            0 => Vec::new(),
            _ => vec![(Category::ALL[first], replies), (Category::ALL[second], replies / 2)],
        };
        let evidence = Evidence {
            attempts,
            rejected,
            replies,
            baseline,
            unknown_user_rate: unknown,
            onset: onset.then(|| Moment::from_seconds(1_763_735_260)),
            code: scoped.then(|| Clean::from(if signature.starts_with('4') { "4.7.1" } else { "5.7.1" })),
            slow,
            state,
            explains: explains.map(explained),
            complaint_rate: complaints,
            deferrals: ours.map(|ours| vec![(Category::Greylist, 40), (Category::IpReputation, ours)]),
            leading: base.leading.clone().filter(|_| replies > 0),
            categories,
            ..base
        };
        let diagnosis = knowledge().diagnose(&evidence, &said);
        holds(&evidence, &said, &diagnosis);
    }
}
