//! Under what the record of an incident is filed.

use super::{Incident, Key};
use crate::text::Clean;

impl Incident {
    /// What its record is filed under: where it is, what, and since when. The console and the exports
    /// find one record by it.
    #[must_use]
    pub fn key(&self) -> Key {
        let scope = match (&self.provider, &self.source, &self.campaign) {
            (Some(provider), ..) => provider.clone(),
            (None, Some(source), _) => Clean::from(format!("source:{source}").as_str()),
            (None, None, Some(campaign)) => Clean::from(format!("campaign:{campaign}").as_str()),
            (None, None, None) => Clean::from("*"),
        };
        Key { scope, category: self.category, onset: self.onset }
    }
}
