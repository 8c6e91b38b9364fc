//! What can be wrong with an entry of a tree file.

use super::expression::ExpressionError;

/// What is wrong with one entry.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Flaw {
    /// A condition cannot be read.
    #[error("condition {0}")]
    Condition(ExpressionError),
    /// A sentence has a place that no fact fills.
    #[error("the sentence has a place `{0}` that no evidence fills{1}")]
    Place(String, String),
    /// A figure is asked for that is none.
    #[error("no figure is named `{0}`{1}")]
    Figure(String, String),
    /// The id is none.
    #[error("an id has up to 80 letters, digits, `-`, `_` and `.`")]
    Id,
    /// Something that must be said is not.
    #[error("needs {0}")]
    Needs(&'static str),
    /// The source or the month is missing.
    #[error("needs a `source` and the `month` it was true (YYYY-MM), its own or the file's")]
    Undated,
    /// Two entries have one id.
    #[error("the id is used twice")]
    Twice,
    /// Nothing of ours has the id that is to be removed.
    #[error("there is none to remove{0}")]
    NothingToRemove(String),
    /// A branch or step leads to a node that does not exist.
    #[error("leads to `{0}`, which does not exist{1}")]
    Nowhere(String, String),
    /// A condition asks for a provider that the table does not have.
    #[error("no provider has the id `{0}`{1}")]
    Provider(String, String),
    /// An answer leads no further.
    #[error("dead end: give the node a `then` (or `then = \"end\"`), or each answer a `to`")]
    DeadEnd,
    /// A branch that nothing can choose.
    #[error("an answer has neither `when` nor `operator`: nothing would ever give it")]
    NoAnswer,
    /// No path leads to the node.
    #[error("cannot be reached from N0")]
    Unreachable,
    /// A path comes back to the node.
    #[error("a path comes back to it: {0}")]
    Cycle(String),
    /// The remedies before it leave nothing for it.
    #[error("is never chosen: for every category that it could hold for, `{0}` before it always holds")]
    Shadowed(String),
    /// An entry could tell to suppress although the address is not at fault.
    #[error("tells to suppress, but could hold for {0}, where the address is not proven to be at fault")]
    Suppresses(String),
    /// A remedy for a fault of the sender does not say what must not be done.
    #[error("holds for {0}, a fault on our side, and its `dont` does not forbid to suppress")]
    NoWarning(&'static str),
}
