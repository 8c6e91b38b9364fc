//! Rejections as they come, one a line.

use serde::Serialize;

use crate::engine::Specimen;
use crate::model::{Action, Category, Outcome};
use crate::text::Clean;

/// Whether a reply is printed as a rejection: the server said 5xx, or the MTA gave up.
#[must_use]
pub fn is_rejection(specimen: &Specimen) -> bool {
    specimen.outcome == Outcome::Rejected || matches!(specimen.code, Some(500..=599))
}

/// `14:31:58 gmail 550 ip_reputation → investigate  user@… via mx…[…]: 550-5.7.1 …`
#[must_use]
pub fn stream_text(specimen: &Specimen) -> String {
    let code = specimen.code.map_or_else(|| "-".to_owned(), |code| code.to_string());
    let provider = specimen.provider.as_ref().map_or("unknown", |provider| provider.as_str());
    format!(
        "{} {provider} {code} {} → {}  {} via {}: {}\n",
        specimen.at.stamp(),
        specimen.verdict.category.id(),
        specimen.verdict.action.id(),
        specimen.recipient,
        if specimen.relay.is_empty() { "no relay" } else { specimen.relay.as_str() },
        specimen.reply,
    )
}

/// The specimen as one JSON object on one line.
///
/// # Errors
/// When a value cannot be written as JSON, which no value here is.
pub fn stream_jsonl(specimen: &Specimen) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Row<'a> {
        schema: u32,
        category: Category,
        action: Action,
        list: Option<&'a Clean>,
        #[serde(flatten)]
        specimen: &'a Specimen,
    }
    let verdict = &specimen.verdict;
    let row = Row {
        schema: super::SCHEMA,
        category: verdict.category,
        action: verdict.action,
        list: verdict.list.as_ref(),
        specimen,
    };
    serde_json::to_string(&row).map(|text| text + "\n")
}
