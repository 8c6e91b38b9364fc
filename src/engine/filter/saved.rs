//! Filters that the operator keeps under a name, used as `@name`.

use std::collections::BTreeMap;
use std::sync::Arc;

use super::term::Term;
use super::{FilterError, read};
use crate::text::remark::meant;

/// Saved filters that one stands on, one on the other.
const DEEP: usize = 8;
/// Terms that a filter has at most, those of saved ones among them.
const TERMS: usize = 256;

/// Filters by their names. Cheap to clone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Saved {
    filters: Arc<BTreeMap<String, String>>,
    /// How deep one stands in another just now.
    depth: usize,
}

impl Saved {
    /// Takes pairs of name and filter, of which one may use others.
    ///
    /// # Errors
    /// The name of one that is none, and what is wrong there; all of them.
    pub fn new(
        filters: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, Vec<(String, FilterError)>> {
        let saved = Self { filters: Arc::new(filters.into_iter().collect()), depth: 0 };
        let wrong: Vec<_> = saved
            .filters
            .iter()
            .filter_map(|(name, text)| {
                let at = name.find(|sign: char| !sign.is_alphanumeric() && !"-_.".contains(sign));
                let odd = at.or(name.is_empty().then_some(0)).map(|_| FilterError {
                    at: 0,
                    reason: "a name is made of letters, digits, - _ and .".to_owned(),
                });
                Some((name.clone(), odd.or_else(|| read::terms(text, &saved).wrong)?))
            })
            .collect();
        if wrong.is_empty() { Ok(saved) } else { Err(wrong) }
    }

    /// Their names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.filters.keys().map(String::as_str)
    }

    /// The text of a filter.
    #[must_use]
    pub fn text(&self, name: &str) -> Option<&str> {
        self.filters.get(name).map(String::as_str)
    }

    /// The terms of a filter.
    pub(super) fn terms(&self, name: &str) -> Result<Vec<Term>, String> {
        let Some(text) = self.text(name) else {
            let none = self.filters.is_empty();
            let hint = if none { "; [filters] in config.toml has them".to_owned() } else { String::new() };
            let near = if none { hint } else { meant(name, self.names().collect::<Vec<_>>().into_iter()) };
            return Err(format!("no filter is saved as `@{name}`{near}"));
        };
        if self.depth >= DEEP {
            return Err(format!("`@{name}` leads back to itself, or stands too deep in others"));
        }
        let inner = Self { filters: Arc::clone(&self.filters), depth: self.depth + 1 };
        let reading = read::terms(text, &inner);
        match reading.wrong {
            Some(error) if self.depth > 0 => Err(error.reason),
            Some(error) => Err(format!("in `@{name}`: {}", error.reason)),
            None if reading.terms.len() > TERMS => Err(format!("`@{name}` has more than {TERMS} terms")),
            None => Ok(reading.terms),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::Saved;
    use crate::engine::Filter;

    fn saved(filters: &[(&str, &str)]) -> Result<Saved, Vec<(String, usize, String)>> {
        let pairs = filters.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned()));
        Saved::new(pairs)
            .map_err(|wrong| wrong.into_iter().map(|(name, error)| (name, error.at, error.reason)).collect())
    }

    #[test]
    fn a_name_stands_for_its_terms() {
        let saved = saved(&[("auth", "cat:auth"), ("mine", "@auth provider:gmail")]).unwrap();
        let read = |text: &str| Filter::parse_with(text, &saved).unwrap().terms;
        assert_eq!(read("@mine"), read("cat:auth provider:gmail"));
        assert_eq!(read("!@auth"), read("!cat:auth"));
        assert_eq!(read("!@mine").len(), 1, "not all of them");
        let error = Filter::parse_with("code:5 @min", &saved).unwrap_err();
        assert_eq!(error.at, 7);
        assert!(error.reason.contains("did you mean `mine`"), "{}", error.reason);
        assert!(Filter::parse("@x").unwrap_err().reason.contains("config.toml"));
    }

    #[test]
    fn what_is_wrong_is_told_by_name_and_place() {
        let wrong = saved(&[("good", "code:5*"), ("bad", "code:5* kode:5"), ("a b", "new")]).unwrap_err();
        assert_eq!(wrong[0].0, "a b");
        assert_eq!((wrong[1].0.as_str(), wrong[1].1), ("bad", 8));
        assert_eq!(wrong.len(), 2);
        let ring = saved(&[("a", "@b"), ("b", "@a")]).unwrap_err();
        assert!(ring[0].2.contains("leads back"), "{ring:?}");
        // Each twice the one before: no bomb.
        let bomb: Vec<(String, String)> =
            (0..30).map(|at| (format!("n{at}"), format!("@n{0} @n{0}", at + 1))).collect();
        assert!(Saved::new(bomb).is_err());
    }
}
