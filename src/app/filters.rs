//! What is let through: `--filter`, and the filters that have a name.

use super::{Misuse, configure};
use crate::config::Config;
use crate::engine::{Filter, KnowledgeError, PutTo, Saved};

/// Reads what `--filter` says, for what it is put to.
///
/// # Errors
/// What is wrong, with a caret under its place; what is wrong with the filters that have a name.
pub(super) fn filters(text: Option<&str>, config: &Config, to: PutTo) -> anyhow::Result<(Filter, Saved)> {
    let saved =
        configure::filters(config).map_err(|wrong| configure::mistaken(KnowledgeError::new(wrong)))?;
    let Some(text) = text else { return Ok((Filter::default(), saved)) };
    let filter = Filter::parse_for(text, &saved, to).map_err(|error| {
        let caret = " ".repeat(crate::text::width(text.get(..error.at).unwrap_or_default()));
        Misuse(format!("--filter: {}\n  {text}\n  {caret}^", error.reason))
    })?;
    Ok((filter, saved))
}

/// The same, without those that have a name.
pub(super) fn filter(text: Option<&str>, config: &Config, to: PutTo) -> anyhow::Result<Filter> {
    filters(text, config, to).map(|(filter, _)| filter)
}
