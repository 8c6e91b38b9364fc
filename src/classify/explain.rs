//! How one reply was read, beside its verdict: for `explain`.

use std::ops::Range;
use std::sync::Arc;

use super::verdict::Judged;
use crate::model::{ProviderIx, Verdict};
use crate::text::Clean;

/// Bytes of the folded reply that an explanation shows.
const SHOWN: usize = 4096;

/// A verdict, which names its rule and its source, and how this one reply was read.
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
}

pub(super) fn explain(folded: &[u8], judged: Judged) -> Explanation {
    let quoted = judged.inner.start > 0;
    let (shown, words) = Clean::marked(folded, SHOWN, &judged.words);
    Explanation {
        folded: shown,
        words,
        inner: quoted.then(|| Clean::head(&folded[judged.inner.clone()], SHOWN)),
        wrapper: quoted.then(|| Clean::head(folded[..judged.inner.start].trim_ascii_end(), SHOWN)),
        speaker: judged.speaker,
        verdict: Arc::new(judged.verdict),
    }
}
