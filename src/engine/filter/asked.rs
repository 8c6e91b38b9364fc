//! Filters for faces without a screen: what they can ask there, and whether they let a whole incident,
//! a listed address or a single reply through.

use super::pattern::Pattern;
use super::read;
use super::saved::Saved;
use super::term::{Codes, Facts, Key, Term, Test, all};
use super::{Filter, FilterError, domain, of_attempt};
use crate::engine::{Incident, Notice, Scope, Setup, Snapshot, Specimen, Suppressed};
use crate::model::{Stage, codes};
use crate::text::Clean;

/// What a filter is put to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum PutTo {
    /// What is counted: everything can be asked.
    Counts,
    /// One reply after the other, as they come: of none of them it is known what was said before.
    Replies,
    /// Addresses with their last reply: of whose mail it was, nothing is kept.
    Addresses,
}

impl PutTo {
    /// Why a term cannot be asked here.
    fn refuses(self, term: &Term) -> Option<String> {
        let mut keys = Vec::new();
        term.test.keys(&mut keys);
        let is_kept = |key: &Key| {
            let of_reply = matches!(
                key,
                Key::Provider | Key::Code | Key::Category | Key::List | Key::Text | Key::Domain
            );
            of_reply || self != Self::Addresses
        };
        if self != Self::Counts && term.test.asks_for_new() {
            return Some(
                "what is new cannot be told of one reply alone; `report` and the console can".into(),
            );
        }
        let key = keys.iter().find(|key| !is_kept(key))?;
        Some(format!("an address is listed by its replies alone: it has no {} here", key.name()))
    }
}

impl Filter {
    /// Reads a filter that is put to something, with saved ones as `@name`.
    ///
    /// # Errors
    /// Names the position, and what would be right there or cannot be asked.
    pub fn parse_for(text: &str, saved: &Saved, to: PutTo) -> Result<Self, FilterError> {
        let filter = Self::parse_with(text, saved)?;
        for (range, terms) in read::words(text, saved) {
            if let Some(reason) = terms.iter().find_map(|term| to.refuses(term)) {
                return Err(FilterError { at: range.start, reason });
            }
        }
        Ok(filter)
    }

    /// Whether it lets a reply through, at a provider of that name. Of one alone it cannot be told whether
    /// its signature is new: `new` and `!new` both let it through.
    #[must_use]
    pub fn passes(&self, one: &Specimen, name: &str) -> bool {
        let verdict = &one.verdict;
        let (_, enhanced) = codes(one.reply.as_bytes());
        let label = match one.code {
            None => "none",
            Some(400..=499) => "4xx",
            Some(_) => "",
        };
        let own = verdict.provider_code.as_deref();
        let facts = Facts {
            provider: Some((one.provider.as_deref().unwrap_or_default(), name)),
            codes: Some(Codes { label, basic: one.code.unwrap_or(0), enhanced, own }),
            category: Some(verdict.category.id()),
            list: Some(verdict.list.as_deref().unwrap_or_default()),
            text: Some((&verdict.signature, "")),
            stage: Some(one.stage.map_or("", Stage::id)),
            ..of_attempt(one)
        };
        all(self.terms.iter(), &facts) != Some(false)
    }

    /// Whether it lets an address through that is listed, by its last reply.
    #[must_use]
    pub fn lists(&self, one: &Suppressed<'_>, name: &str) -> bool {
        let verdict = one.verdict;
        let own = verdict.provider_code.as_deref();
        let facts = Facts {
            provider: Some((&one.provider, name)),
            codes: Some(Codes { label: "", basic: one.code, enhanced: one.enhanced, own }),
            category: Some(verdict.category.id()),
            list: Some(verdict.list.as_deref().unwrap_or_default()),
            text: Some((&verdict.signature, "")),
            domain: Some(domain(one.address)),
            ..Facts::default()
        };
        all(self.terms.iter(), &facts) == Some(true)
    }

    /// Whether a provider alone tells whether something is let through, and it is.
    fn is_met_by(&self, id: &str, name: &str) -> bool {
        all(self.terms.iter(), &Facts { provider: Some((id, name)), ..Facts::default() }) == Some(true)
    }
}

impl Setup {
    /// Whether a filter lets a reply through; of one alone none is new.
    #[must_use]
    pub fn lets(&self, filter: &Filter, one: &Specimen) -> bool {
        if filter.is_empty() {
            return true;
        }
        let id = one.provider.as_deref().unwrap_or_default();
        // An id of no table is like a name.
        let name = self.provider(id).map_or_else(|| id.replace('-', " "), |known| known.name.to_string());
        filter.passes(one, &name)
    }
}

impl Snapshot {
    /// Whether a filter lets any reply of an incident through, as far as that is known.
    #[must_use]
    pub fn touches(&self, incident: &Incident, filter: &Filter) -> bool {
        if filter.is_empty() {
            return true;
        }
        let scope = Scope::of_incident(incident);
        // What it says of itself holds even where its counts are gone.
        let of = |id: &Clean| {
            let name = self.provider_name(id);
            let facts = Facts {
                provider: Some((id, &name)),
                category: Some(incident.category.id()),
                source: incident.source.as_deref(),
                campaign: incident.campaign.as_deref(),
                ..Facts::default()
            };
            all(filter.terms.iter(), &facts)
        };
        let said: Vec<Option<bool>> = incident.providers.iter().map(of).collect();
        if said.contains(&Some(true)) {
            return true;
        }
        let is_out = !said.is_empty() && said.iter().all(|said| *said == Some(false));
        !is_out && !self.signatures_over(self.span_of(incident), &scope, filter).is_empty()
    }

    /// Why a filter finds nothing here, where it asks for addresses of ours and the log names none: what
    /// could be asked for instead.
    #[must_use]
    pub fn unasked(&self, filter: &Filter) -> Option<String> {
        fn asks(term: &Term) -> bool {
            match &term.test {
                _ if term.negated => false,
                Test::Of(Key::Source, Pattern::Network(..)) => true,
                Test::All(terms) => terms.iter().any(asks),
                _ => false,
            }
        }
        let names = || self.picture.values.sources.0.iter().map(|(_, name)| name);
        if !filter.terms.iter().any(asks) || names().any(|name| Pattern::holds_address(name)) {
            return None;
        }
        let known = self.tallies.iter().map(|(name, _)| name).find(|name| !name.is_empty());
        let by_name = known.map_or_else(String::new, |name| format!(", or source:{name} and the like"));
        Some(format!("This log names no sending addresses: use host: for one of your MTAs{by_name}."))
    }

    /// Whether a filter lets trouble through that is no incident of ours: only its provider is known.
    #[must_use]
    pub fn touches_notice(&self, notice: &Notice, filter: &Filter) -> bool {
        let facts = |id: &Clean| {
            let name = self.provider_name(id);
            all(filter.of_attempts(), &Facts { provider: Some((id, &name)), ..Facts::default() })
        };
        notice.provider.as_ref().is_none_or(|id| facts(id) != Some(false))
    }

    /// Whether a filter lets all through that concerns a provider, whatever else it asks.
    #[must_use]
    pub fn lets_all_of(&self, id: &Clean, filter: &Filter) -> bool {
        filter.is_met_by(id, &self.provider_name(id))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::{Filter, PutTo, Saved};

    #[test]
    fn what_cannot_be_asked_is_refused_at_its_place_even_inside_a_saved_filter() {
        let saved = [("fresh", "new cat:auth"), ("ours", "source:192.0.2.7 code:550")];
        let saved = Saved::new(saved.map(|(name, text)| (name.to_owned(), text.to_owned()))).unwrap();
        let refused =
            |text: &str, to| Filter::parse_for(text, &saved, to).err().map(|error| (error.at, error.reason));
        let at = |text, to| refused(text, to).map(|(at, _)| at);
        assert_eq!(at("code:550 !new", PutTo::Replies), Some(9));
        assert_eq!(at("provider:gmail @fresh", PutTo::Replies), Some(15));
        assert_eq!(at("provider:gmail @fresh source:x", PutTo::Counts), None);
        assert_eq!(at("source:192.0.2.7 campaign:a stage:rcpt", PutTo::Replies), None);
        let (at, why) = refused("domain:a.example !@ours", PutTo::Addresses).unwrap();
        assert_eq!(at, 17);
        assert!(why.contains("no source here"), "{why}");
        assert!(refused("code:5.1.1 cat:user text~x list:zen isp:gmail to:x", PutTo::Addresses).is_none());
    }
}
