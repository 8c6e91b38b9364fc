//! What comes out to be handed to others: the incident report, the suppression list, the delisting
//! dossier, the hint to hold a provider's mail. Local parts are masked in all but the list.

mod dossier;
mod findings;
mod given;
mod hold;
mod incident;
mod incident_page;
mod page;
mod suppression;

pub use dossier::{About, DossierError, dossier, fits};
pub use given::Given;
pub use hold::{Held, HoldError, hold, known_provider};
pub use incident::{IncidentFacts, incident_json};
pub use incident_page::{incident_page, incidents_text};
pub use page::Form;
pub use suppression::{ListForm, ListWriter, left_out};
