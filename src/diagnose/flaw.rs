//! What can be wrong with a tree, and where.

use super::expression::ExpressionError;

/// Why the trees could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum TreeError {
    /// The file is not the TOML that was expected, or names a category that does not exist.
    #[error("{file}: {reason}")]
    Syntax {
        /// The file.
        file: String,
        /// What and where.
        reason: String,
    },
    /// An entry of the file cannot be right.
    #[error("{file}, {id}: {flaw}")]
    Entry {
        /// The file.
        file: String,
        /// The id of the node, remedy or step.
        id: String,
        /// What is wrong with it.
        flaw: Flaw,
    },
}

/// What is wrong with one entry of a tree file.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum Flaw {
    /// A condition cannot be read.
    #[error("condition {0}")]
    Condition(ExpressionError),
    /// A sentence has a place that no fact fills.
    #[error("the sentence has a place `{0}` that no evidence fills")]
    Place(String),
    /// The source or the month is missing.
    #[error("needs a source and the month it was true (YYYY-MM)")]
    Undated,
    /// Two entries have one id.
    #[error("the id is used twice")]
    Twice,
    /// A branch or step leads to a node that does not exist.
    #[error("leads to `{0}`, which does not exist")]
    Nowhere(String),
    /// An answer leads no further.
    #[error("dead end: give the node a `then` (or `then = \"end\"`), or each answer a `to`")]
    DeadEnd,
    /// No path leads to the node.
    #[error("cannot be reached from N0")]
    Unreachable,
    /// A path comes back to the node.
    #[error("a path comes back to it: {0}")]
    Cycle(String),
    /// There is no root.
    #[error("the root is missing")]
    NoRoot,
    /// The remedies before it leave nothing for it.
    #[error("is never chosen: for every category that it could hold for, a remedy before it always holds")]
    Shadowed,
    /// A category has no label or no remedy that holds without further evidence.
    #[error("no {0} for this category")]
    Uncovered(&'static str),
    /// An entry could tell to suppress although the address is not at fault.
    #[error("tells to suppress, but could hold for {0}, where the address is not proven to be at fault")]
    Suppresses(String),
    /// A remedy for a fault of the sender does not say what must not be done.
    #[error("holds for {0}, a fault on our side, and its `dont` does not forbid to suppress")]
    NoWarning(&'static str),
}

impl TreeError {
    pub(super) fn entry(file: &str, id: &str, flaw: Flaw) -> Self {
        Self::Entry { file: file.to_owned(), id: id.to_owned(), flaw }
    }
}
