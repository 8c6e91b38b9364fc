//! Contrasts an incident with what was delivered beside it and what was sent before.

use super::{Contrast, Incident, Snapshot};

impl Snapshot {
    /// What changed at the onset of `incident`.
    #[must_use]
    pub fn contrast(&self, incident: &Incident) -> Contrast {
        let until = incident.until.unwrap_or(self.now);
        Contrast { from: incident.onset, until, ..Contrast::default() }
    }
}
