//! From numbers to a decision: evidence in, the lit path through the decision tree out, with the
//! verdict, what to do, what not to do, and the first-five-minutes checklist.
//!
//! The way: [`Evidence`] becomes named facts, the facts choose the remedy and walk the tree of
//! `src/trees/*.toml` (the operator's [`Answers`] win at every question), and the checklist is
//! ticked by the same answers. All knowledge is in the files; here is only how to read them.

mod change;
mod check;
mod checklist;
mod confidence;
mod contrast;
mod diagnosis;
mod evidence;
mod expression;
mod facts;
mod flaw;
pub mod incident;
mod knowledge;
mod light;
mod merge;
mod names;
mod outline;
mod pattern;
mod probes;
mod remedy;
mod results;
mod sentence;
mod timeline;
mod tree;
mod written;

#[cfg(test)]
mod answers;
#[cfg(test)]
mod branches;
#[cfg(test)]
mod cases;
#[cfg(test)]
mod doors;

pub use crate::model::{Answer, Answers};
pub use confidence::{Confidence, Sure};
pub use contrast::{Also, Candidate, Contrast, Difference, Dimension, Measured, Portion, Weighed, ranked};
pub use diagnosis::{By, Diagnosis, Light, Remedy, Step, Takes, TreeLine, Unit};
pub use evidence::{Evidence, Explains, Share};
pub use expression::ExpressionError;
pub use knowledge::Knowledge;
pub use outline::{Outline, OutlineAnswer, OutlineNode, OutlineRemedy, OutlineStep, Written};
pub use probes::Probe;
pub use results::{JudgedHeader, JudgedResult, Results, ResultsError};
pub use timeline::{Happened, Happening};
