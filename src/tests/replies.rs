//! What the tests of replies share: one classifier, a question about a reply, the lines of a table.

use std::sync::{Arc, LazyLock};

use fivefifty::classify::{Attribution, Classifier, Knowledge, Question};
use fivefifty::model::{Action, Category, Speaker, codes};

/// One knowledge for all tests, a fresh memory for each.
pub(crate) fn classifier() -> (Arc<Knowledge>, Classifier) {
    static ONE: LazyLock<Arc<Knowledge>> = LazyLock::new(|| Arc::new(Knowledge::embedded().unwrap()));
    (ONE.clone(), Classifier::new(ONE.clone()))
}

pub(crate) fn question(reply: &str) -> Question<'_> {
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

pub(crate) fn said(reply: &str) -> (Category, Action) {
    let (_, mut classifier) = classifier();
    let verdict = classifier.verdict(&question(reply), Attribution::default());
    (verdict.category, verdict.action)
}

pub(crate) fn lines(table: &'static str) -> impl Iterator<Item = &'static str> {
    table.lines().filter(|row| !row.starts_with('#'))
}
