//! The filter line: `provider:gmail code:5.7.* source:192.0.2.0/24 text~"spamhaus" !cat:user !new`.
//!
//! Terms are joined by *and*. A bare word looks into provider, code, category and text; `new` asks for
//! signatures first seen inside the window. A value is a part of the name, or with a `*` the whole of it;
//! `key=value` is the whole name as it is. A source may be a network.
//!
//! Terms about the attempt (provider, source, host, campaign, the domains) narrow what was tried, so that
//! a rate is that of these attempts; terms about the reply narrow the rejections alone, while attempts
//! stay whole, so that rates keep their denominator.

mod asked;
mod line;
mod pattern;
mod place;
mod read;
mod saved;
mod term;

use std::sync::Arc;

use super::Specimen;
use crate::model::{Stage, Verdict};

pub use asked::PutTo;
pub use place::Place;
pub use saved::Saved;
use term::Codes;
pub(super) use term::{Facts, Key, Term, all};

/// The word for signatures that are new.
const NEW: &str = "new";

/// What the operator wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

/// Why a filter could not be read.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{reason}")]
pub struct FilterError {
    /// Byte offset in the text.
    pub at: usize,
    /// What is wrong there and what would be right.
    pub reason: String,
}

/// What completion may offer at a place.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Completes {
    /// A key, `new`, or a saved filter: [`Filter::keys`].
    Key,
    /// A value of this key: `provider`, `source`.
    Value(&'static str),
    /// The name of a saved filter.
    Saved,
    /// Nothing that is known.
    Nothing,
}

/// What a filter looks at in a reply that is counted.
#[derive(Copy, Clone, Debug)]
pub(super) struct Reply<'a> {
    /// The provider's id and name.
    pub provider: (&'a str, &'a str),
    /// The column's label.
    pub label: &'a str,
    /// The basic code.
    pub code: u16,
    /// The enhanced code.
    pub enhanced: Option<crate::model::Enhanced>,
    /// What it means.
    pub verdict: Option<&'a Arc<Verdict>>,
}

impl Filter {
    /// Reads a filter that uses no saved ones; the empty text lets everything through.
    ///
    /// # Errors
    /// Names the position and what would be right there.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        Self::parse_with(text, &Saved::default())
    }

    /// Reads a filter that may use saved ones, as `@name`.
    ///
    /// # Errors
    /// Names the position and what would be right there.
    pub fn parse_with(text: &str, saved: &Saved) -> Result<Self, FilterError> {
        let reading = read::terms(text, saved);
        match reading.wrong {
            Some(error) => Err(error),
            None => Ok(Self { text: text.trim().to_owned(), terms: reading.terms }),
        }
    }

    /// Reads a filter up to its first mistake.
    #[must_use]
    pub fn so_far(text: &str, saved: &Saved) -> Self {
        let reading = read::terms(text, saved);
        Self { text: text.get(..reading.end).unwrap_or_default().trim().to_owned(), terms: reading.terms }
    }

    /// What can stand at byte `cursor` of `text`.
    #[must_use]
    pub fn place(text: &str, cursor: usize) -> Place {
        place::place(text, cursor)
    }

    /// How terms begin: keys with their sign, `new`, saved filters.
    #[must_use]
    pub fn keys(saved: &Saved) -> Vec<String> {
        place::keys(saved)
    }

    /// The term that lets through what is called exactly `value`: `campaign=nov-2`.
    #[must_use]
    pub fn exactly(key: &str, value: &str) -> String {
        // A quote within has no sign of its own: what stands there may be anything.
        let (sign, value) =
            if value.contains('"') { (':', value.replace('"', "*")) } else { ('=', value.into()) };
        let is_plain = !value.contains(|sign: char| sign.is_whitespace() || sign == '"');
        if is_plain { format!("{key}{sign}{value}") } else { format!("{key}{sign}\"{value}\"") }
    }

    /// `text` with a term put at its end, or, where it has that one already, without it. One that asks for
    /// another whole name of the same key goes: nothing has two.
    #[must_use]
    pub fn toggled(text: &str, term: &str, saved: &Saved) -> String {
        let asked = read::terms(term, saved).terms;
        let words = read::words(text, saved);
        let is_there = words.iter().any(|(_, terms)| *terms == asked);
        let excludes = |terms: &[Term]| match (terms, asked.as_slice()) {
            ([one], [other]) => one.excludes(other),
            _ => false,
        };
        let kept = words.iter().filter(|(_, terms)| *terms != asked && !excludes(terms));
        let kept = kept.map(|(range, _)| &text[range.clone()]);
        let mut kept: Vec<&str> = kept.collect();
        if !is_there {
            kept.push(term);
        }
        kept.join(" ")
    }

    /// Whether `text` has a term.
    #[must_use]
    pub fn has(text: &str, term: &str, saved: &Saved) -> bool {
        let asked = read::terms(term, saved).terms;
        read::words(text, saved).iter().any(|(_, terms)| *terms == asked)
    }

    /// The text it was read from, without blanks around it.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it lets everything through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether its first terms are those of `other`.
    #[must_use]
    pub fn goes_on_from(&self, other: &Self) -> bool {
        self.terms.starts_with(&other.terms)
    }

    /// Whether what it lets through can only be counted from a sample: it asks for a source, a host, a
    /// campaign, a domain or a stage.
    #[must_use]
    pub fn is_sampled(&self) -> bool {
        !self.terms.iter().all(|term| term.test.is_counted())
    }

    /// Whether it lets a reply through that is counted already, by what is not counted of it: whose it
    /// was, and where in the session.
    pub(super) fn picks(&self, one: &Specimen, reply: &Reply<'_>) -> bool {
        let facts = Facts {
            stage: Some(one.stage.map_or("", Stage::id)),
            provider: Some(reply.provider),
            ..of_attempt(one)
        };
        let facts = Facts { ..reply.facts_beside(facts) };
        all(self.terms.iter(), &facts) != Some(false)
    }

    /// Whether a provider's row is shown at all.
    pub(super) fn shows_provider(&self, id: &str, name: &str) -> bool {
        let facts = Facts { provider: Some((id, name)), ..Facts::default() };
        all(self.of_attempts(), &facts) != Some(false)
    }

    /// Whether a reply may be counted: what is not known of it is asked later.
    pub(super) fn shows(&self, reply: &Reply<'_>) -> bool {
        all(self.terms.iter(), &reply.facts()) != Some(false)
    }

    /// Terms that narrow what was tried.
    pub(super) fn of_attempts(&self) -> impl Iterator<Item = &Term> {
        self.terms.iter().filter(|term| term.test.is_of_the_attempt())
    }

    /// All terms.
    pub(super) fn terms(&self) -> &[Term] {
        &self.terms
    }
}

impl<'a> Reply<'a> {
    /// What is known of a reply that is counted.
    pub(super) fn facts(&self) -> Facts<'a> {
        self.facts_beside(Facts::default())
    }

    fn facts_beside(&self, facts: Facts<'a>) -> Facts<'a> {
        let verdict = self.verdict;
        let signature = verdict.map_or("", |verdict| verdict.signature.as_str());
        let own = verdict.and_then(|verdict| verdict.provider_code.as_deref());
        Facts {
            provider: Some(self.provider),
            codes: Some(Codes { label: self.label, basic: self.code, enhanced: self.enhanced, own }),
            category: Some(verdict.map_or("", |verdict| verdict.category.id())),
            list: Some(verdict.and_then(|verdict| verdict.list.as_deref()).unwrap_or_default()),
            text: Some((signature, "")),
            ..facts
        }
    }
}

/// The host of `host[ip]:port`.
fn host(relay: &str) -> &str {
    relay.find('[').map_or(relay, |at| &relay[..at])
}

/// What follows the last `@` of an address that is neutralised already.
fn domain(address: &str) -> &str {
    address.rsplit_once('@').map_or("", |(_, domain)| domain)
}

/// Whose an attempt was.
fn of_attempt(one: &Specimen) -> Facts<'_> {
    Facts {
        source: Some(&one.source),
        host: Some(&one.host),
        campaign: Some(&one.campaign),
        domain: Some(domain(&one.recipient)),
        from: Some(domain(&one.sender)),
        relay: Some(host(&one.relay)),
        ..Facts::default()
    }
}

#[cfg(test)]
mod tests;
