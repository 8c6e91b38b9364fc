//! What changed: which values of which dimension an incident's rejections carry more often than what
//! was delivered beside them, and than what was sent before.

use serde::Serialize;

use crate::model::Moment;
use crate::text::Clean;

/// What a value is a value of.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Dimension {
    /// Our side of the connection: IP, vmta, pool.
    Source,
    /// The campaign, job or tenant.
    Campaign,
    /// The envelope sender's domain.
    Sender,
    /// The recipient's domain.
    Recipient,
    /// The host that answered.
    Relay,
    /// Where in the session.
    Stage,
    /// The masked reply.
    Signature,
    /// Our MTA's host.
    Host,
    /// Whether the connection was encrypted.
    Tls,
}

/// How many of how many.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Portion {
    /// Those that carry the value.
    pub count: u64,
    /// All that were looked at and whose value is known.
    pub of: u64,
}

impl Portion {
    /// `count` of `of`, 0–1; 0 of nothing.
    #[must_use]
    pub fn share(self) -> f64 {
        if self.of == 0 { 0.0 } else { self.count as f64 / self.of as f64 }
    }

    /// Between which shares the true one lies with 95 % confidence (Wilson 1927).
    #[must_use]
    pub fn interval(self) -> (f64, f64) {
        if self.of == 0 {
            return (0.0, 1.0);
        }
        const Z: f64 = 1.96;
        let (n, p) = (self.of as f64, self.share());
        let middle = (p + Z * Z / (2.0 * n)) / (1.0 + Z * Z / n);
        let half = Z / (1.0 + Z * Z / n) * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        ((middle - half).max(0.0), (middle + half).min(1.0))
    }
}

/// One value that is over-represented.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Difference {
    /// What it is a value of.
    pub dimension: Dimension,
    /// The value as shown.
    pub value: Clean,
    /// Among the incident's rejections.
    pub within: Portion,
    /// Among what the same providers took in the same span.
    pub delivered: Portion,
    /// Among everything tried there before the onset.
    pub before: Portion,
    /// How much of the incident it explains at least, 0–1: the share that would be gone without what
    /// is particular to the value, as a lower bound with 95 % confidence.
    pub explains: f64,
    /// Whether it was never seen before the onset.
    pub fresh: bool,
}

/// What changed, ranked by how much it explains.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
pub struct Contrast {
    /// The span that is contrasted: from the onset to the end, or now.
    pub from: Moment,
    /// Its end.
    pub until: Moment,
    /// Rejections looked at; fewer than the incident has where there were too many to keep.
    pub looked_at: u64,
    /// Values, those that explain most first.
    pub differences: Vec<Difference>,
}

#[cfg(test)]
mod tests {
    use super::Portion;

    #[test]
    fn small_numbers_have_wide_intervals() {
        let (low, high) = Portion { count: 3, of: 3 }.interval();
        assert!(low < 0.45 && high > 0.99, "{low} {high}");
        let (low, high) = Portion { count: 910, of: 1_000 }.interval();
        assert!(low > 0.88 && high < 0.93, "{low} {high}");
        assert_eq!(Portion::default().interval(), (0.0, 1.0));
    }
}
