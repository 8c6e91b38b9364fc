//! The timeline of an incident, as far as the log tells it.

use super::{Happened, Incident, Snapshot};

impl Snapshot {
    /// What the log tells of `incident`, oldest first.
    #[must_use]
    pub fn timeline(&self, _incident: &Incident) -> Vec<Happened> {
        Vec::new()
    }
}
