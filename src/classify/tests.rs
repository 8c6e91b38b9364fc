//! The classifier as a whole.
#![expect(clippy::unwrap_used, reason = "a test may fail loudly")]

use std::sync::Arc;

use super::{Attribution, Classifier, Knowledge, Question};
use crate::model::{Party, Speaker, Verdict, codes};

/// Every reply that a rule names, and those of the fixtures.
fn replies(knowledge: &Knowledge) -> Vec<String> {
    let rules = knowledge.book.rules().iter();
    let mut all: Vec<String> = rules
        .flat_map(|rule| rule.samples.iter().chain(&rule.near).map(|sample| sample.text.clone()))
        .collect();
    let groups = include_str!("../../fixtures/replies/signatures.tsv").lines();
    all.extend(groups.filter_map(|line| line.split('\t').nth(1)).map(str::to_owned));
    // The same of a recipient elsewhere, and by a host whose name gives its owner away: both are masked.
    let of = |reply: &String| {
        let rest = reply.strip_prefix("550 5.1.1 ").unwrap_or("Rejected").to_owned();
        [
            format!("550 5.1.1 <a@nobody.example>: {rest}"),
            format!("550 5.1.1 <a@gmail.com>: {rest}"),
            format!("host mx.nobody.example said: {reply}"),
            format!("host a.psmtp.com said: {reply}"),
        ]
    };
    // What makes the difference stands behind all that a signature holds.
    let filler = "so it is ".repeat(200);
    let long = |reply: &String| format!("550 {filler} {}", reply.get(4..).unwrap_or_default());
    let wrapped: Vec<String> =
        all.iter().step_by(5).flat_map(of).chain(all.iter().step_by(7).map(long)).collect();
    all.extend(wrapped);
    all
}

/// What a verdict says. Its evidence quotes the reply that was judged, and a word that is masked may
/// be one of a rule that lost: both are of the first that said so.
fn said(verdict: &Verdict) -> Verdict {
    Verdict { evidence: "".into(), considered: Arc::default(), ..verdict.clone() }
}

#[test]
fn a_remembered_verdict_is_what_judging_anew_would_say() {
    let knowledge = Arc::new(Knowledge::embedded().unwrap());
    let mut classifier = Classifier::new(Arc::clone(&knowledge));
    let mut wrong = Vec::new();
    let parties =
        ["gmail", "microsoft-365", "yahoo"].map(|id| Party::Known(knowledge.provider_by_id(id).unwrap()));
    let replies = replies(&knowledge);
    for receiver in [Party::Nobody].into_iter().chain(parties) {
        for reply in &replies {
            let (code, enhanced) = codes(reply.as_bytes());
            let speaker = if code.is_some() { Speaker::Server } else { Speaker::Mta };
            let question = Question {
                reply: reply.as_bytes(),
                speaker,
                code,
                enhanced,
                stage: None,
                names_sender: false,
            };
            let attribution = Attribution { receiver, brand: Party::Nobody };
            let anew = said(&classifier.explain(&question, attribution).verdict);
            let remembered = said(&classifier.verdict(&question, attribution));
            if anew != remembered {
                wrong.push(format!("{reply}\n  anew {anew:?}\n  remembered {remembered:?}"));
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {}:\n{}", wrong.len(), replies.len(), wrong.join("\n"));
}
