//! The filter line: `provider:gmail code:5.7.* cat:auth text~"spamhaus" !cat:user_unknown`.
//!
//! Terms are joined by *and*. A bare word looks into provider, code, category and text. Terms
//! about the provider narrow the board; terms about replies narrow the rejections, while attempts
//! stay whole, so that rates keep their denominator.

mod line;

use std::sync::Arc;

use crate::model::Verdict;
use crate::text::Clean;

/// The keys that a filter knows.
const KEYS: [&str; 5] = ["provider", "code", "cat", "list", "text"];

/// What the operator wants to see.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Filter {
    text: String,
    terms: Vec<Term>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
struct Term {
    negated: bool,
    key: Key,
    /// Lower case; `*` stands for anything.
    value: String,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Key {
    Any,
    Provider,
    Code,
    Category,
    List,
    Text,
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

/// What a filter looks at in a reply.
#[derive(Copy, Clone, Debug)]
pub(super) struct Reply<'a> {
    /// The provider's id and name.
    pub provider: (&'a str, &'a str),
    /// The column's label.
    pub label: &'a str,
    /// The basic code.
    pub code: u16,
    /// What it means.
    pub verdict: Option<&'a Arc<Verdict>>,
}

impl Filter {
    /// Reads a filter; the empty text lets everything through.
    ///
    /// # Errors
    /// Names the position and what would be right there.
    pub fn parse(text: &str) -> Result<Self, FilterError> {
        let mut terms = Vec::new();
        let mut at = 0;
        while at < text.len() {
            let rest = &text[at..];
            let blank = rest.len() - rest.trim_start().len();
            if blank > 0 {
                at += blank;
                continue;
            }
            let (term, length) = term(rest).map_err(|error| FilterError { at: at + error.at, ..error })?;
            terms.push(term);
            at += length;
        }
        Ok(Self { text: text.to_owned(), terms })
    }

    /// The text it was read from.
    #[must_use]
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Whether it lets everything through.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.terms.is_empty()
    }

    /// Whether a provider's row is shown at all.
    pub(super) fn shows_provider(&self, id: &str, name: &str) -> bool {
        self.terms
            .iter()
            .filter(|term| term.key == Key::Provider)
            .all(|term| term.negated != is_provider(term, id, name))
    }

    /// Whether a reply is counted.
    pub(super) fn shows(&self, reply: &Reply<'_>) -> bool {
        self.terms.iter().all(|term| term.negated != term.matches(reply))
    }
}

impl Term {
    fn matches(&self, reply: &Reply<'_>) -> bool {
        let (id, name) = reply.provider;
        let category = reply.verdict.map_or("", |verdict| verdict.category.id());
        let list = reply.verdict.and_then(|verdict| verdict.list.as_ref()).map_or("", Clean::as_str);
        let signature = reply.verdict.map_or("", |verdict| verdict.signature.as_str());
        let code = |term: &Self| glob(&term.value, reply.label) || glob(&term.value, &reply.code.to_string());
        match self.key {
            Key::Provider => is_provider(self, id, name),
            Key::Code => code(self),
            Key::Category => category.contains(&self.value),
            Key::List => contains(list, &self.value),
            Key::Text => contains(signature, &self.value),
            Key::Any => {
                is_provider(self, id, name)
                    || code(self)
                    || category.contains(&self.value)
                    || contains(signature, &self.value)
            }
        }
    }
}

fn is_provider(term: &Term, id: &str, name: &str) -> bool {
    contains(id, &term.value) || contains(name, &term.value)
}

/// Whether `text` holds `value`, which is in lower case, in any case.
fn contains(text: &str, value: &str) -> bool {
    text.to_lowercase().contains(value)
}

/// `5.7.*` against `5.7.26`; case does not matter.
fn glob(pattern: &str, text: &str) -> bool {
    let text = text.to_lowercase();
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    if !pattern.contains('*') {
        return rest.is_empty();
    }
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    pattern.ends_with('*') || rest.is_empty()
}

/// Reads one term at the start of `text`; returns it and its length.
fn term(text: &str) -> Result<(Term, usize), FilterError> {
    let (negated, body) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let lead = text.len() - body.len();
    let word_end = body.find(char::is_whitespace).unwrap_or(body.len());
    let sign = body.find([':', '~', '"']).filter(|sign| *sign < word_end);
    let (key, value_at) = match sign {
        Some(at) if !body[at..].starts_with('"') => (key(&body[..at], lead)?, at + 1),
        _ => (Key::Any, 0),
    };
    let rest = &body[value_at..];
    let (value, length) = match rest.strip_prefix('"') {
        Some(quoted) => match quoted.find('"') {
            Some(end) => (&quoted[..end], end + 2),
            None => {
                return Err(FilterError {
                    at: lead + value_at,
                    reason: "this quote is not closed: add a \"".into(),
                });
            }
        },
        None => {
            let end = rest.find(char::is_whitespace).unwrap_or(rest.len());
            (&rest[..end], end)
        }
    };
    if value.is_empty() {
        return Err(FilterError {
            at: lead + value_at,
            reason: "a value is missing here: provider:gmail".into(),
        });
    }
    Ok((Term { negated, key, value: value.to_lowercase() }, lead + value_at + length))
}

fn key(name: &str, at: usize) -> Result<Key, FilterError> {
    match name {
        "provider" | "isp" => Ok(Key::Provider),
        "code" => Ok(Key::Code),
        "cat" | "category" => Ok(Key::Category),
        "list" => Ok(Key::List),
        "text" => Ok(Key::Text),
        // Counts are kept by provider and reply; by host and source there are totals only, and a
        // filter that showed the numbers of all hosts would lie.
        "host" | "source" | "ip" | "vmta" | "pool" | "dialect" | "campaign" | "from" => Err(FilterError {
            at,
            reason: format!("codes are not counted by {name}: S shows the rates of hosts and sources"),
        }),
        other => Err(FilterError { at, reason: format!("no key `{other}`: use {}", KEYS.join(", ")) }),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::{Filter, Reply, glob};

    fn shows(filter: &str, provider: (&str, &str), label: &str, code: u16) -> bool {
        Filter::parse(filter).unwrap().shows(&Reply { provider, label, code, verdict: None })
    }

    const GMAIL: (&str, &str) = ("gmail", "Gmail");

    #[test]
    fn terms_are_joined_by_and() {
        assert!(shows("", GMAIL, "5.7.1", 550));
        assert!(shows("provider:gmail code:5.7.*", GMAIL, "5.7.26", 550));
        assert!(!shows("provider:gmail code:5.1.*", GMAIL, "5.7.26", 550));
        assert!(shows("code:550", GMAIL, "5.7.26", 550));
        assert!(!shows("!provider:gmail", GMAIL, "5.7.26", 550));
        assert!(shows("GMAIL", GMAIL, "5.7.26", 550));
        assert!(shows("provider:\"google work\"", ("google-workspace", "Google Workspace"), "5.7.26", 550));
        assert!(!shows("cat:auth", GMAIL, "5.7.26", 550));
    }

    #[test]
    fn errors_name_the_place_and_what_would_be_right() {
        let error = |text: &str| Filter::parse(text).unwrap_err();
        assert_eq!(error("provider:gmail kode:5").at, 15);
        assert!(error("kode:5").reason.contains("provider, code, cat"));
        assert_eq!(error("text~\"spam").at, 5);
        assert_eq!(error("code:").at, 5);
        assert_eq!(error("!code:").at, 6);
        let host = error("code:550 host:mta1");
        assert_eq!((host.at, host.reason.contains("S shows")), (9, true), "no numbers of all hosts for one");
    }

    #[test]
    fn stars_stand_for_anything() {
        assert!(glob("5.7.*", "5.7.1"));
        assert!(glob("*7*", "5.7.1"));
        assert!(glob("s31*", "S3150"));
        assert!(!glob("5.7", "5.7.1"));
        assert!(glob("*1", "5.7.1"));
        assert!(!glob("5.*.2", "5.7.1"));
    }

    proptest::proptest! {
        #[test]
        fn no_text_panics(text in ".{0,40}") {
            if let Err(error) = Filter::parse(&text) {
                proptest::prop_assert!(error.at <= text.len());
            }
        }
    }
}
