//! From numbers to a decision: evidence in, the lit path through the decision tree out, with the
//! verdict, what to do, what not to do, and the first-five-minutes checklist.

mod diagnosis;
mod evidence;
pub mod incident;

pub use diagnosis::{By, Diagnosis, Knowledge, Light, Remedy, Step, TreeError, TreeLine};
pub use evidence::{Answer, Answers, Evidence, Share};
