//! What a snapshot answers: cells, a board, a series, a sample, its signatures.

use std::sync::Arc;

use serde::Serialize;

use crate::engine::Measured;
use crate::model::{Category, Enhanced, Moment, Outcome, Stage, Verdict, Window};
use crate::text::Clean;

/// One provider × outcome × code count over everything read.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Cell {
    /// Receiver, else brand; `null` when the log tells neither.
    pub provider: Option<Clean>,
    /// Whose MX answered.
    pub receiver: Option<Clean>,
    /// Whose domain was addressed.
    pub brand: Option<Clean>,
    /// What the MTA did.
    pub outcome: Outcome,
    /// The remote reply's basic code.
    pub code: Option<u16>,
    /// The remote reply's enhanced code.
    pub enhanced: Option<Enhanced>,
    /// The provider's own code in the text.
    pub provider_code: Option<Clean>,
    /// Why; `null` for deliveries.
    pub category: Option<Category>,
    /// How many attempts.
    pub count: u64,
}

/// One string of a sample with everything known about it.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Specimen {
    /// When it was logged.
    pub at: Moment,
    /// The reply as logged.
    pub reply: Clean,
    /// Relay host and address.
    pub relay: Clean,
    /// The recipient.
    pub recipient: Clean,
    /// The envelope sender, where the log told it.
    pub sender: Clean,
    /// The queue id.
    pub queue_id: Clean,
    /// A hash of it and of the MTA's host.
    #[serde(skip)]
    pub queue: u64,
    /// Our side of the connection.
    pub source: Clean,
    /// The MTA's host.
    pub host: Clean,
    /// The campaign, where the sender is known.
    pub campaign: Clean,
    /// The id of the provider: receiver, else brand.
    pub provider: Option<Clean>,
    /// What the MTA did.
    pub outcome: Outcome,
    /// Where in the session.
    pub stage: Option<Stage>,
    /// The remote reply's basic code.
    pub code: Option<u16>,
    /// What it means.
    pub verdict: Arc<Verdict>,
}

/// The strings kept for a scope.
#[derive(Clone, Debug, PartialEq)]
pub struct Sample {
    /// How many replies the sample stands for.
    pub of: u64,
    /// Whether that is estimated.
    pub about: bool,
    /// How many signatures those have.
    pub signatures: usize,
    /// How many of the strings say the same at another time, where fewer are kept of the time asked for.
    pub around: usize,
    /// The strings, grouped by signature (most frequent first), inside it newest first.
    pub strings: Vec<Arc<Specimen>>,
}

/// One signature inside a scope.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Signature {
    /// The masked text.
    pub signature: Clean,
    /// Replies in the window.
    pub count: u64,
    /// Whether that, and with it the share, is estimated.
    #[serde(skip)]
    pub about: bool,
    /// Share of the scope's replies, 0–1.
    pub share: f64,
    /// First seen in everything retained.
    pub first: Moment,
    /// Last seen.
    pub last: Moment,
    /// Whether it was never seen before the window.
    pub fresh: bool,
    /// What it means.
    pub verdict: Arc<Verdict>,
    /// One reply that has it.
    pub sample: Clean,
}

/// One code column of the board.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Column {
    /// The enhanced code, else the provider's own, else the basic one; `4xx` for all deferrals;
    /// `none` for what failed without a reply.
    pub label: Clean,
    /// 5, 4 or 0: the class of the basic codes under it.
    pub class: u8,
}

/// One provider's row of the board.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Row {
    /// The provider's id: `gmail`.
    pub id: Clean,
    /// The provider's name: "Gmail".
    pub name: Clean,
    /// Attempts in the window.
    pub attempts: u64,
    /// Replies with a 5xx code in the window.
    pub rejected: u64,
    /// Replies with a 4xx code in the window.
    pub deferred: u64,
    /// `rejected` per attempt, 0–1; 0 without attempts.
    pub rate: f64,
    /// The rate before, 0–1; `None` while there is no history.
    pub baseline: Option<f64>,
    /// The index of the running incident that covers this provider.
    pub incident: Option<usize>,
    /// Counts, parallel to the board's columns.
    pub cells: Vec<u64>,
}

impl Row {
    /// Whether the rejections are more than the baseline and chance together explain: more than
    /// three standard deviations of a Poisson count, whose square root has a deviation of one half.
    /// False without a baseline.
    #[must_use]
    pub fn is_more_than_chance(&self) -> bool {
        self.baseline.is_some_and(|baseline| {
            let expected = baseline * self.attempts as f64;
            2.0 * ((self.rejected as f64).sqrt() - expected.sqrt()) > 3.0
        })
    }

    /// How often the baseline the rate is: `×95`, `×2.4`, `new` where there were none; `·` where that is
    /// nothing to look at or may be chance, `–` where there is no baseline to compare with.
    #[must_use]
    pub fn against(&self) -> String {
        let Some(baseline) = self.baseline else { return "–".into() };
        if self.rejected == 0 || self.incident.is_none() && !self.is_more_than_chance() {
            return "·".into();
        }
        if baseline <= 0.0 {
            return "new".into();
        }
        match self.rate / baseline {
            ratio if ratio < 2.0 => "·".into(),
            ratio if ratio < 9.95 => format!("×{ratio:.1}"),
            ratio if ratio < 999.5 => format!("×{ratio:.0}"),
            _ => "×999+".into(),
        }
    }
}

/// Provider × code over one window.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Board {
    /// The window; `null` over everything read.
    pub window: Option<Window>,
    /// How much of it the read history covers, in milliseconds.
    pub covered: i64,
    /// The code columns, most frequent first, 5xx before 4xx.
    pub columns: Vec<Column>,
    /// Providers, most rejections first, then most attempts.
    pub rows: Vec<Row>,
    /// The sum of all rows.
    pub total: Row,
    /// Which counts are estimated.
    #[serde(skip)]
    pub about: Estimated,
    /// Replies in the window that the filter lets through, of all.
    #[serde(skip)]
    pub passed: Measured,
}

/// Which counts are estimated, because the filter asks for what only a sample is kept of.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub struct Estimated {
    /// Those of attempts.
    pub attempts: bool,
    /// Those of replies.
    pub replies: bool,
}

impl Estimated {
    /// Whether shares of the one in the other are.
    #[must_use]
    pub const fn rates(self) -> bool {
        self.attempts || self.replies
    }

    /// The sign before a count that is only about right.
    #[must_use]
    pub const fn sign(is_about: bool) -> &'static str {
        if is_about { "~" } else { "" }
    }
}

/// Counts over time, for a sparkline or a chart. Slots begin at multiples of their width; the last one
/// holds the log's now and is not complete.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Series {
    /// Start of the first slot.
    pub from: Moment,
    /// Width of one slot in milliseconds.
    pub step: i64,
    /// Attempts at the scope's provider per slot.
    pub attempts: Vec<u64>,
    /// Replies of the scope per slot (5xx where the scope names no column).
    pub rejected: Vec<u64>,
    /// The scope's rate before the window, 0–1.
    pub baseline: Option<f64>,
    /// The greatest rate of a slot in the span before the first one, 0–1, where such a slot has 20
    /// attempts: what a chart's scale need not fall from at once.
    #[serde(skip)]
    pub peak: Option<f64>,
    /// Whether the counts are estimated.
    #[serde(skip)]
    pub about: bool,
}

#[cfg(test)]
mod tests {
    use super::Row;

    #[test]
    fn a_change_says_how_much_or_why_not() {
        let told = |rejected, baseline| {
            let rate = rejected as f64 / 1000.0;
            Row { attempts: 1000, rejected, rate, baseline, ..Row::default() }.against()
        };
        assert_eq!(told(380, Some(0.004)), "×95");
        assert_eq!(told(16, Some(0.004)), "×4.0");
        assert_eq!(told(5, Some(0.004)), "·");
        assert_eq!(told(100, Some(0.0)), "new");
        assert_eq!(told(100, None), "–");
        assert_eq!(told(0, Some(0.1)), "·");
        // Twice as many as before, but of so few that it may be chance.
        assert_eq!(told(9, Some(0.004)), "·");
    }

    #[test]
    fn a_running_incident_is_told_whatever_the_counts() {
        let row = Row { attempts: 100, rejected: 3, rate: 0.03, baseline: Some(0.01), ..Row::default() };
        assert_eq!(row.against(), "·");
        assert_eq!(Row { incident: Some(0), ..row }.against(), "×3.0");
    }
}
