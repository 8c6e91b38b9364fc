//! Why a verdict is what it is: for `explain` and for the drill screen.

use std::ops::Range;
use std::sync::Arc;

use super::knowledge::Knowledge;
use super::verdict::Judged;
use crate::model::{Category, ProviderIx, Verdict};
use crate::text::Clean;

/// Rules that an explanation names, the winner included.
pub(super) const CONSIDERED: usize = 6;
/// Bytes of the folded reply that an explanation shows.
const SHOWN: usize = 4096;

/// A rule that held for a reply.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Considered {
    /// The rule's id.
    pub rule: Arc<str>,
    /// The file that it stands in.
    pub file: Arc<str>,
    /// What it would have meant.
    pub category: Category,
    /// Where the knowledge comes from.
    pub source: Arc<str>,
    /// The month when it was true, `YYYY-MM`.
    pub month: Arc<str>,
}

/// A verdict and its reasons.
#[derive(Clone, Debug)]
pub struct Explanation {
    /// The verdict.
    pub verdict: Arc<Verdict>,
    /// The reply in one line, its line prefixes folded.
    pub folded: Clean,
    /// The deciding words, as byte ranges of [`Self::folded`], in order.
    pub words: Vec<Range<usize>>,
    /// The reply inside the reply, where one server quotes another.
    pub inner: Option<Clean>,
    /// What stands before it: who quotes, and as what.
    pub wrapper: Option<Clean>,
    /// Who speaks, by the text alone.
    pub speaker: Option<ProviderIx>,
    /// The rule that won; none where no rule held.
    pub winner: Option<Considered>,
    /// The rules that held and lost, best first.
    pub lost: Vec<Considered>,
}

pub(super) fn explain(knowledge: &Knowledge, folded: &[u8], judged: Judged) -> Explanation {
    let mut held = judged.held.iter().filter_map(|index| {
        knowledge.book.rule(*index).map(|rule| Considered {
            rule: rule.id.clone(),
            file: rule.file.clone(),
            category: rule.category,
            source: rule.source.clone(),
            month: rule.month.clone(),
        })
    });
    let winner = held.next();
    let lost = held.collect();
    let quoted = judged.inner.start > 0;
    let (shown, words) = Clean::marked(folded, SHOWN, &judged.words);
    Explanation {
        folded: shown,
        words,
        inner: quoted.then(|| Clean::head(&folded[judged.inner.clone()], SHOWN)),
        wrapper: quoted.then(|| Clean::head(folded[..judged.inner.start].trim_ascii_end(), SHOWN)),
        speaker: judged.speaker,
        winner,
        lost,
        verdict: Arc::new(judged.verdict),
    }
}
