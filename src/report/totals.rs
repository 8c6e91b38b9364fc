//! What became of all attempts, in one sentence.

use crate::engine::{Estimated, Totals};
use crate::text::{percent, thousands};

/// `12,000 attempts: 11,000 delivered, …`; estimates carry their sign.
pub(super) fn told(totals: &Totals, about: Estimated) -> String {
    let (tried, replied) = (Estimated::sign(about.attempts), Estimated::sign(about.replies));
    format!(
        "{tried}{} attempts: {tried}{} delivered, {replied}{} deferred, {replied}{} rejected; {replied}{} refused with \
         a 5xx ({}{}), {replied}{} with a 4xx",
        thousands(totals.attempts),
        thousands(totals.delivered),
        thousands(totals.deferred),
        thousands(totals.rejected),
        thousands(totals.code_5xx),
        Estimated::sign(about.rates()),
        percent(totals.rate()),
        thousands(totals.code_4xx),
    )
}
