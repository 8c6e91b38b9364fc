//! The only place that knows the order of the stages.

mod handle;
mod snapshot;

pub use crate::diagnose::incident::Incident;
pub use crate::diagnose::{Answer, Answers, By, Diagnosis, Light, Remedy, Step, TreeLine};
pub use handle::{Handle, Publisher, handle};
pub use snapshot::{
    Board, Cell, Column, Filter, FilterError, Lines, Mode, Row, Sample, Scope, Series, Signature, Snapshot,
    SourceView, Specimen, Totals,
};
