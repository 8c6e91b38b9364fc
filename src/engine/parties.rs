//! The names of receivers and brands: the table's, and as many domains as there is room for.

use std::sync::Arc;

use hashbrown::HashMap;

use crate::classify::Knowledge;
use crate::model::{Party, ProviderIx};
use crate::text::Clean;

/// Domains with a row of their own; the rest is `other`.
const DOMAINS: usize = 512;

/// Names that wait for a row: domains behind a known receiver never ask for one.
const HEARD: usize = 4_096;

/// The party that stands for all domains without a row.
pub(super) const OTHER: Party = Party::OTHER;

/// Domains met so far.
#[derive(Debug, Default)]
pub(super) struct Parties {
    /// Names by hash, of the domains that workers sent last.
    heard: HashMap<u64, Clean>,
    /// Those that have a row.
    admitted: Arc<HashMap<u64, Clean>>,
    merged: u64,
}

/// Names as a snapshot needs them.
#[derive(Clone, Debug)]
pub(super) struct Names {
    domains: Arc<HashMap<u64, Clean>>,
    knowledge: Arc<Knowledge>,
}

impl Parties {
    pub(super) fn new() -> Self {
        Self::default()
    }

    /// Attempts whose domain had no row of its own.
    pub(super) fn merged(&self) -> u64 {
        self.merged
    }

    /// Takes names that a worker sent.
    pub(super) fn learn(&mut self, names: &[(u64, Clean)]) {
        // Only the names of domains that may still get a row are of use.
        if self.admitted.len() < DOMAINS {
            if self.heard.len() >= HEARD {
                self.heard.clear();
            }
            self.heard.extend(names.iter().cloned());
        }
    }

    /// The party itself if it has or gets a row, else [`OTHER`].
    pub(super) fn admit(&mut self, party: Party) -> Party {
        let Party::Domain(hash) = party else { return party };
        if self.admitted.contains_key(&hash) {
            return party;
        }
        if self.admitted.len() >= DOMAINS {
            self.heard = HashMap::new();
            self.merged += 1;
            return OTHER;
        }
        // Heard too long ago: it gets its row when a worker names it again.
        let Some(name) = self.heard.remove(&hash) else {
            self.merged += 1;
            return OTHER;
        };
        Arc::make_mut(&mut self.admitted).insert(hash, name);
        party
    }

    pub(super) fn names(&self, knowledge: &Arc<Knowledge>) -> Names {
        Names { domains: Arc::clone(&self.admitted), knowledge: Arc::clone(knowledge) }
    }
}

impl Names {
    /// The id and the name of a party; `None` where the log does not tell.
    pub(super) fn of(&self, party: Party) -> Option<(Clean, Clean)> {
        match party {
            Party::Nobody => None,
            Party::Known(ix) => Some(self.known(ix)),
            Party::Domain(hash) if party == OTHER || hash == 0 => {
                Some((Clean::from("other"), Clean::from("other domains")))
            }
            Party::Domain(hash) => self.domains.get(&hash).map(|name| (name.clone(), name.clone())),
        }
    }

    /// The name of a blocklist, or its id where it has none.
    pub(super) fn list(&self, id: &Clean) -> Clean {
        let list = self.knowledge.list(id);
        list.map_or_else(|| id.clone(), |list| Clean::from(list.name.as_str()))
    }

    /// The tables.
    pub(super) fn knowledge(&self) -> &Knowledge {
        &self.knowledge
    }

    fn known(&self, ix: ProviderIx) -> (Clean, Clean) {
        let (id, name) = self.knowledge.provider(ix);
        (Clean::from(id), Clean::from(name))
    }
}

#[cfg(test)]
mod tests {
    use super::{HEARD, OTHER, Parties};
    use crate::model::Party;
    use crate::text::Clean;

    fn named(hash: u64) -> (u64, Clean) {
        (hash, Clean::from(format!("d{hash}.example").as_str()))
    }

    #[test]
    fn domains_that_never_ask_for_a_row_cost_no_memory() {
        let mut parties = Parties::new();
        for hash in 1..=10 * HEARD as u64 {
            parties.learn(&[named(hash)]);
        }
        assert!(parties.heard.len() <= HEARD);
    }

    #[test]
    fn a_domain_whose_name_was_forgotten_is_other_until_it_is_named_again() {
        let mut parties = Parties::new();
        let domain = Party::Domain(7);
        assert_eq!((parties.admit(domain), parties.merged()), (OTHER, 1));
        parties.learn(&[named(7)]);
        assert_eq!((parties.admit(domain), parties.merged()), (domain, 1));
        assert_eq!(parties.admit(domain), domain, "and it keeps its row");
    }
}
