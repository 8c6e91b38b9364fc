//! The path through the tree that the evidence lights, as the faces see it.

use std::sync::Arc;

use serde::Serialize;

/// How a node of the tree stands.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Light {
    /// Answered, and the path goes through it.
    Lit,
    /// Answered, and the path does not go there.
    Dark,
    /// Partly known, or only a probe can tell.
    Half,
    /// Waits for the operator.
    Open,
}

/// Who answered.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum By {
    /// Nobody yet.
    Nobody,
    /// The logs.
    Log,
    /// The operator.
    Operator,
}

/// One row of the tree as it is drawn.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct TreeLine {
    /// Depth, 0 at the root.
    pub depth: u8,
    /// The node's id: `N1.concentrated`.
    pub id: Arc<str>,
    /// The question: "One provider or many?".
    pub question: Arc<str>,
    /// How it stands.
    pub light: Light,
    /// Who answered.
    pub by: By,
    /// The answer with its figure: "Gmail 99.3%"; while it is half or open, what would answer it:
    /// the command, or what the operator has to look up.
    pub answer: String,
}

/// One step of the checklist.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Step {
    /// The step's id: `sample`.
    pub id: Arc<str>,
    /// What to do, short: "Sample 20–30 strings".
    pub title: Arc<str>,
    /// Done, half done, or open.
    pub light: Light,
    /// Who ticked it.
    pub by: By,
    /// The figure or the next move: "one message (91 %)", "dig +short 7.2.0.192.zen.spamhaus.org".
    pub detail: String,
}

/// What to do and what not to do, and how we know.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Remedy {
    /// The verdict in one line: "IP reputation incident at Gmail".
    pub verdict: String,
    /// What to do, most urgent first.
    #[serde(rename = "do")]
    pub todo: Vec<String>,
    /// What not to do, each as it goes on after "don't": "suppress these addresses: the fault is ours".
    pub dont: Vec<String>,
    /// Pages to open.
    pub links: Vec<String>,
    /// Where the knowledge comes from.
    pub source: String,
    /// The month it was true, `YYYY-MM`.
    pub month: String,
}

/// The diagnosis of one scope.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Diagnosis {
    /// The tree, row by row, the lit path first where the order is free.
    pub tree: Vec<TreeLine>,
    /// What it is and what to do.
    #[serde(flatten)]
    pub remedy: Remedy,
    /// What would change the verdict and is not known yet.
    pub missing: Vec<String>,
    /// The first-five-minutes checklist.
    pub checklist: Vec<Step>,
}
