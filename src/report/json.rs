//! The report for programs. Documented in the README; [`SCHEMA`] grows when a field changes its
//! meaning or goes.

use super::Facts;

/// Version of the JSON forms.
pub const SCHEMA: u32 = 1;

/// The report as one JSON object, indented.
///
/// # Errors
/// When a value cannot be written as JSON, which no value here is.
pub fn json(facts: &Facts) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(facts).map(|text| text + "\n")
}
