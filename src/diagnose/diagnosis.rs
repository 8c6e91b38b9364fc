//! The path through the tree that the evidence lights, as the faces see it.

use std::sync::Arc;

use serde::Serialize;

use super::confidence::Confidence;

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

/// What a figure is counted in.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Unit {
    /// A share, 0–1; asked for and shown in percent.
    Share,
    /// A count.
    Count,
    /// A ratio.
    Times,
}

/// What kind of answer a question takes. "Not known" is always one.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Takes {
    /// Yes or no.
    YesNo,
    /// A figure; yes and no are taken, too.
    Figure {
        /// What it is counted in.
        unit: Unit,
        /// Which figure it is and where it stands: "Spam rate of the last day in Postmaster Tools".
        hint: String,
    },
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
    /// the command, or what the operator has to look up. Where the operator's answer and the logs'
    /// disagree, both: "no; the log: 38.2% against 0.4%".
    pub answer: String,
    /// What kind of answer it takes.
    pub takes: Takes,
    /// The command that answers it, filled, where one does.
    pub command: Option<String>,
    /// Pages where the answer stands.
    pub links: Vec<String>,
    /// Where the question comes from.
    pub source: Arc<str>,
    /// The month it was true, `YYYY-MM`.
    pub month: Arc<str>,
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
    /// What kind of answer it takes. A figure, or that it is not known, counts for the tree; yes and no
    /// only tick the step.
    pub takes: Takes,
    /// The command that helps with it, filled, where one does.
    pub command: Option<String>,
}

/// What to do and what not to do, and how we know.
#[derive(Clone, Debug, Default, PartialEq, Serialize)]
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
    /// How sure it is, and why.
    pub confidence: Confidence,
    /// What each answer that is not given yet would make of the verdict, where it would make another
    /// of it; where it only adds to it, what is to be done then: "If a blocklist names 192.0.2.7: Find why
    /// 192.0.2.7 is listed and stop it".
    pub would_change: Vec<String>,
    /// What would change the verdict and is not known yet.
    pub missing: Vec<String>,
    /// The first-five-minutes checklist.
    pub checklist: Vec<Step>,
}
