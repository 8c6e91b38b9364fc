//! What the operator says to a question of the tree or to a step of the checklist.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::{Deserialize, Serialize};

/// One answer.
#[derive(Clone, Copy, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Answer {
    /// Yes, or done.
    Yes,
    /// No.
    No,
    /// Looked, and could not tell.
    Unknown,
    /// A figure that was asked for, such as a spam rate: 0.0012 for 0.12 %.
    Figure(f64),
}

/// The operator's answers by node or step id.
pub type Answers = BTreeMap<Arc<str>, Answer>;
