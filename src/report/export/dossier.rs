//! The delisting dossier: what a provider's or a list's form asks for, filled in as far as logs go.

use std::sync::OnceLock;

use serde::Deserialize;

use super::Given;
use super::findings::Findings;
use super::page::{Form, Page};
use crate::engine::{Incident, Snapshot};
use crate::text::Clean;

/// The forms.
const DOSSIERS: &str = include_str!("dossiers.toml");

/// What one form asks for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Dossier {
    whom: String,
    name: String,
    providers: Vec<String>,
    says: Vec<String>,
    to: String,
    before: Vec<String>,
    after: Vec<String>,
    fields: Vec<Field>,
    source: String,
    month: String,
}

/// One line of a form.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Field {
    label: String,
    #[serde(default)]
    fill: Option<Fill>,
    #[serde(default)]
    ask: Option<String>,
}

/// What logs can fill in.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(super) enum Fill {
    Ips,
    Sources,
    Errors,
    Times,
    Volume,
    Mta,
    Hosts,
    Domains,
    Samples,
    Ptr,
    Spf,
    Dkim,
    Dmarc,
    Description,
    Cause,
    Lists,
    Receivers,
}

#[derive(Debug, Deserialize)]
struct Dossiers {
    dossier: Vec<Dossier>,
}

/// Why there is no dossier.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum DossierError {
    /// No such form.
    #[error("no form for `{whom}`; there is one for {known}")]
    Whom {
        /// What was asked for.
        whom: Clean,
        /// What there is.
        known: String,
    },
    /// Nothing was refused there.
    #[error("{about}: nothing was refused there in what was read, so there is nothing to file")]
    Nothing {
        /// Whom it was to be about.
        about: Clean,
    },
}

/// What a dossier is about.
#[derive(Copy, Clone, Debug)]
pub enum About<'a> {
    /// An incident.
    Incident(&'a Incident),
    /// A provider's id, incident or not.
    Provider(&'a Clean),
}

/// For whom there is a form.
pub(super) fn forms() -> Vec<&'static str> {
    let mut whom: Vec<&str> = dossiers().iter().map(|dossier| dossier.whom.as_str()).collect();
    whom.dedup();
    whom
}

/// Whether the form for `whom` is one for this incident.
///
/// # Errors
/// When there is no such form.
pub fn fits(whom: &str, incident: &Incident) -> Result<bool, DossierError> {
    let of: Vec<&Dossier> = dossiers().iter().filter(|dossier| dossier.whom == whom).collect();
    if of.is_empty() {
        return Err(DossierError::Whom { whom: Clean::from(whom), known: forms().join(", ") });
    }
    if whom == "spamhaus" {
        return Ok(incident.list.as_ref().is_some_and(|list| list.starts_with("spamhaus")));
    }
    let strikes = |dossier: &Dossier| {
        let is_of = |id: &Clean| dossier.providers.iter().any(|provider| provider == id.as_str());
        dossier.providers.is_empty() || incident.providers.iter().any(is_of)
    };
    Ok(of.into_iter().any(strikes))
}

/// The dossier for `whom`, for a file or a preview; `redact` says whether local parts are masked.
///
/// # Errors
/// When there is no such form, or nothing was refused.
pub fn dossier(
    whom: &str,
    snapshot: &Snapshot,
    about: About<'_>,
    given: &Given,
    redact: bool,
    form: Form,
) -> Result<String, DossierError> {
    let mut of = dossiers().iter().filter(|dossier| dossier.whom == whom).peekable();
    let Some(last) = of.peek().copied() else {
        return Err(DossierError::Whom { whom: Clean::from(whom), known: forms().join(", ") });
    };
    let found = Findings::gather(snapshot, about, given, redact);
    if found.is_empty() {
        return Err(DossierError::Nothing { about: found.name() });
    }
    let suits = |dossier: &&Dossier| {
        (dossier.providers.is_empty() || found.is_at(&dossier.providers))
            && (dossier.says.is_empty() || dossier.says.iter().any(|word| found.says(word)))
    };
    let dossier = of.find(suits).unwrap_or(last);
    Ok(page(dossier, &found, form))
}

fn page(dossier: &Dossier, found: &Findings<'_>, form: Form) -> String {
    let mut page = Page::new(form, &format!("Delisting dossier: {}", dossier.name));
    for warning in found.warnings() {
        page.say(&format!("▲ {warning}"));
    }
    page.item(0, &format!("File it at: {}", dossier.to));
    page.item(0, &format!("About: {}", found.title()));
    page.item(0, "[x] is from the logs, [ ] is yours to fill in");
    page.heading("Before you file");
    dossier.before.iter().for_each(|item| page.tick(false, item));
    page.heading("The form");
    for field in &dossier.fields {
        let filled = field.fill.map(|fill| found.fill(fill)).unwrap_or_default();
        page.say(&format!("{}:", field.label));
        for line in &filled {
            match (&line.words, line.is_known) {
                (Some(words), true) => page.quote(&line.text, words),
                (Some(command), false) => page.command(&line.text, command),
                (None, is_known) => page.tick(is_known, &line.text),
            }
        }
        if let Some(ask) = &field.ask {
            page.tick(false, ask);
        } else if filled.is_empty() {
            page.tick(false, "the logs do not tell");
        }
    }
    page.heading("After you filed");
    dossier.after.iter().for_each(|item| page.item(0, item));
    page.say(&format!("The form as of {}, from: {}.", dossier.month, dossier.source));
    page.end()
}

fn dossiers() -> &'static [Dossier] {
    static READ: OnceLock<Vec<Dossier>> = OnceLock::new();
    // A test reads the file; were it broken, there would be no form.
    READ.get_or_init(|| toml::from_str::<Dossiers>(DOSSIERS).map(|read| read.dossier).unwrap_or_default())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::{DOSSIERS, Dossiers, Fill, forms};
    use crate::engine::Setup;

    #[test]
    fn every_form_reads_and_asks_for_what_was_fixed() {
        let read: Dossiers = toml::from_str(DOSSIERS).unwrap();
        let setup = Setup::embedded().unwrap();
        assert_eq!(forms(), ["microsoft", "spamhaus", "yahoo", "apple", "gmail", "generic"]);
        for dossier in &read.dossier {
            let fills = |fill: Fill| dossier.fields.iter().any(|field| field.fill == Some(fill));
            assert!(fills(Fill::Ips) && fills(Fill::Errors), "{}", dossier.name);
            let cause = dossier.fields.iter().find(|field| field.fill == Some(Fill::Cause)).unwrap();
            assert!(cause.ask.is_some(), "{}: what was fixed is the operator's to say", dossier.name);
            assert!(dossier.fields.iter().all(|field| field.fill.is_some() || field.ask.is_some()));
            for provider in &dossier.providers {
                assert!(setup.provider(provider).is_some(), "{}: no provider {provider}", dossier.name);
            }
            assert!(!dossier.before.is_empty() && !dossier.source.is_empty() && dossier.month.len() == 7);
        }
        for whom in forms() {
            let last = read.dossier.iter().rfind(|dossier| dossier.whom == whom).unwrap();
            assert!(last.says.is_empty(), "{whom}: no form for other words");
        }
    }
}
