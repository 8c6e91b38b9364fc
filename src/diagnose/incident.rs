//! Telling an incident from churn.

use serde::Serialize;

use crate::model::{Category, Moment};
use crate::text::Clean;

/// A rejection rate that left its baseline.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Incident {
    /// The provider's id; `null` when it spans several.
    pub provider: Option<Clean>,
    /// The provider's name as shown, or "3 providers".
    pub name: Clean,
    /// The leading category.
    pub category: Category,
    /// When the rate left its baseline.
    pub onset: Moment,
    /// When it came back; `null` while it lasts.
    pub until: Option<Moment>,
    /// Rejections since the onset.
    pub rejected: u64,
    /// Attempts since the onset.
    pub attempts: u64,
    /// Rejections per attempt since the onset, 0–1.
    pub rate: f64,
    /// Rejections per attempt before, 0–1.
    pub baseline: f64,
    /// One line: what it is.
    pub verdict: String,
}
