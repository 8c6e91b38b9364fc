//! What comes out to be handed to others: the incident report, the suppression list, the delisting
//! dossier, the hint to hold a provider's mail. Local parts are masked in all but the list.

mod suppression;

pub use suppression::{ListForm, ListWriter, left_out};
