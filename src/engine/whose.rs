//! What the tables know of a provider or a list beside its id.

use super::Setup;
use super::Snapshot;
use crate::classify::Knowledge;
use crate::text::Clean;

/// A provider as the table has it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Whose {
    /// The id: `gmail`.
    pub id: Clean,
    /// The name: "Gmail".
    pub name: Clean,
    /// Recipient domains, in lower case.
    pub domains: Vec<Clean>,
    /// Domains that count with everything under them.
    pub parents: Vec<Clean>,
    /// Host names of its servers; with a leading dot: suffixes.
    pub hosts: Vec<Clean>,
}

/// A blocklist as the table has it.
#[derive(Clone, Debug, PartialEq, Eq, serde::Serialize)]
pub struct Listing {
    /// The id: `spamhaus-zen`, or the name in the replies.
    pub id: Clean,
    /// The name as people say it.
    pub name: Clean,
    /// Whose list it is; empty where the table does not know it.
    pub owner: Clean,
    /// Where to ask for removal; empty where there is no such place.
    pub delist: Clean,
}

fn provider(knowledge: &Knowledge, id: &str) -> Option<Whose> {
    let row = knowledge.providers().iter().find(|row| row.id == id)?;
    let all = |names: &[String]| names.iter().map(|name| Clean::from(name.as_str())).collect();
    Some(Whose {
        id: Clean::from(row.id.as_str()),
        name: Clean::from(row.name.as_str()),
        domains: all(&row.domains),
        parents: all(&row.parents),
        hosts: all(&row.hosts),
    })
}

fn ids(knowledge: &Knowledge) -> Vec<Clean> {
    knowledge.providers().iter().map(|row| Clean::from(row.id.as_str())).collect()
}

impl Setup {
    /// The provider of an id of the table, ours or the operator's.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<Whose> {
        provider(&self.knowledge, id)
    }

    /// The ids of all providers of the table.
    #[must_use]
    pub fn provider_ids(&self) -> Vec<Clean> {
        ids(&self.knowledge)
    }
}

impl Snapshot {
    /// The provider of an id of the table, ours or the operator's.
    #[must_use]
    pub fn provider(&self, id: &str) -> Option<Whose> {
        provider(self.picture.names.knowledge(), id)
    }

    /// The names of all providers of the table.
    #[must_use]
    pub fn known_names(&self) -> Vec<Clean> {
        self.picture.names.knowledge().providers().iter().map(|row| Clean::from(row.name.as_str())).collect()
    }

    /// The name of a provider: the table's, or the domain that stands for itself.
    #[must_use]
    pub fn provider_name(&self, id: &Clean) -> Clean {
        self.provider(id).map_or_else(|| id.clone(), |row| row.name)
    }

    /// The blocklist that replies name.
    #[must_use]
    pub fn blocklist(&self, id: &Clean) -> Listing {
        let row = self.picture.names.knowledge().list(id);
        let clean =
            |text: Option<&String>| text.map_or_else(Clean::default, |text| Clean::from(text.as_str()));
        Listing {
            id: id.clone(),
            name: row.map_or_else(|| id.clone(), |row| Clean::from(row.name.as_str())),
            owner: clean(row.map(|row| &row.owner)),
            delist: clean(row.map(|row| &row.delist)),
        }
    }
}
