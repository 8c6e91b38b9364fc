//! What a question is about: which leaves belong to a scope, and over which span they are counted.

use hashbrown::HashMap;

use super::Incident;
use super::filter::{Filter, Reply};
use super::snapshot::{Column, Scope, Snapshot};
use crate::aggregate::Leaf;
use crate::model::{Moment, Party, Window, code_class};
use crate::text::Clean;

/// Before all time, as far as sums of it fit.
const BEGINNING: Moment = Moment::from_millis(i64::MIN / 4);

/// A span of log time.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Over {
    /// Everything read.
    All,
    /// Up to now.
    Window(Window),
    /// From one moment to another.
    Between(Moment, Moment),
}

impl From<Option<Window>> for Over {
    fn from(window: Option<Window>) -> Self {
        window.map_or(Self::All, Self::Window)
    }
}

/// One leaf as the questions see it.
pub(super) struct View<'a> {
    /// The leaf.
    pub leaf: &'a Leaf,
    /// Its place in the leaves.
    pub index: usize,
    /// The provider's id.
    pub id: Clean,
    /// The provider's name.
    pub name: Clean,
    /// Its column: label and class; `None` for deliveries.
    pub column: Option<Column>,
}

impl View<'_> {
    /// Whether this is a reply that the filter may show: what is not counted of it is asked where it is
    /// [put to the snapshot](super::passing).
    pub(super) fn is_shown(&self, filter: &Filter) -> bool {
        self.column.is_some() && filter.shows(&self.reply())
    }

    /// What a filter looks at.
    pub(super) fn reply(&self) -> Reply<'_> {
        Reply {
            provider: (&self.id, &self.name),
            label: self.column.as_ref().map_or("", |column| column.label.as_str()),
            code: self.leaf.key.code,
            enhanced: self.leaf.key.enhanced,
            verdict: self.leaf.verdict.as_ref(),
        }
    }

    /// Whether this is a reply inside the scope: its column's, or, where the scope names none,
    /// any reply with a code; of an incident what counts to it, with a code or without.
    pub(super) fn is_in(&self, about: &About<'_>) -> bool {
        let Some(column) = &self.column else { return false };
        about.is_at(&self.id)
            && match (about.column, about.incident) {
                (Some(label), _) => *label == column.label,
                (None, Some(_)) => true,
                (None, None) => column.class != 0,
            }
            && about.incident.is_none_or(|incident| self.counts_to(incident))
    }

    /// Whether this is why there is an incident.
    fn counts_to(&self, incident: &Incident) -> bool {
        let list = self.leaf.verdict.as_ref().and_then(|verdict| verdict.list.as_deref());
        let key = &self.leaf.key;
        key.category.is_some_and(|category| incident.is_about(category, key.code, list))
    }
}

/// A scope whose incident was looked up.
#[derive(Copy, Clone, Debug)]
pub(super) struct About<'a> {
    /// The provider's id, or every provider.
    pub provider: Option<&'a Clean>,
    /// The column's label, or every reply.
    pub column: Option<&'a Clean>,
    /// Only what counts to this.
    pub incident: Option<&'a Incident>,
}

impl<'a> About<'a> {
    /// What an incident is about.
    pub(super) fn of(incident: &'a Incident) -> Self {
        Self { provider: incident.provider.as_ref(), column: None, incident: Some(incident) }
    }

    /// Whether a provider is in the scope: of an incident, whether that strikes it.
    pub(super) fn is_at(&self, id: &Clean) -> bool {
        self.provider.is_none_or(|provider| provider == id)
            && self.incident.is_none_or(|incident| {
                incident.providers.is_empty() || incident.providers.iter().any(|provider| provider == id)
            })
    }
}

impl Snapshot {
    /// The views of all leaves whose provider the filter shows.
    pub(super) fn views(&self, filter: &Filter) -> Vec<View<'_>> {
        let mut names: HashMap<Party, (Clean, Clean)> = HashMap::new();
        let leaves = self.picture.leaves.iter().enumerate();
        leaves
            .filter_map(|(index, leaf)| {
                let party = leaf.key.provider();
                let (id, name) = names.entry(party).or_insert_with(|| self.name(party)).clone();
                filter.shows_provider(&id, &name).then(|| View {
                    leaf,
                    index,
                    id,
                    name,
                    column: column(leaf),
                })
            })
            .collect()
    }

    /// The replies inside `scope` that the filter shows.
    pub(super) fn in_scope<'a>(
        &'a self,
        scope: &'a Scope,
        filter: &'a Filter,
    ) -> impl Iterator<Item = View<'a>> {
        let about = self.about(scope);
        self.views(filter).into_iter().filter(move |view| view.is_in(&about) && view.is_shown(filter))
    }

    /// A scope with its incident, if that is still known; one that is not restricts nothing.
    pub(super) fn about<'a>(&'a self, scope: &'a Scope) -> About<'a> {
        let incident = scope.incident.as_ref();
        About {
            provider: scope.provider.as_ref(),
            column: scope.column.as_ref(),
            incident: incident.and_then(|id| self.incidents.iter().find(|incident| incident.id == *id)),
        }
    }

    /// Counts per leaf over a span.
    pub(super) fn counts_over(&self, over: impl Into<Over>) -> Vec<u64> {
        let over = over.into();
        match over {
            Over::All if self.back_from.is_none() => {
                self.picture.leaves.iter().map(|leaf| leaf.total).collect()
            }
            _ => self.picture.rings.sum(self.begin(over), self.end_of(over), self.picture.leaves.len()),
        }
    }

    /// Where a span begins; everything read begins before all time.
    pub(super) fn begin(&self, over: impl Into<Over>) -> Moment {
        match over.into() {
            Over::All => BEGINNING,
            Over::Window(window) => self.now.plus_millis(-window.millis()),
            Over::Between(from, _) => from,
        }
    }

    /// Where a span ends.
    pub(super) fn end_of(&self, over: Over) -> Moment {
        match over {
            Over::All | Over::Window(_) => self.end(),
            Over::Between(_, until) => until,
        }
    }

    /// Just after now: windows include it. A picture of the past ends where the slot begins that it does
    /// not include.
    pub(super) fn end(&self) -> Moment {
        if self.back_from.is_some() { self.now } else { self.now.plus_millis(1) }
    }

    /// Id and name of a party.
    pub(super) fn name(&self, party: Party) -> (Clean, Clean) {
        self.picture
            .names
            .of(party)
            .unwrap_or_else(|| (Clean::from("unknown"), Clean::from("unknown provider")))
    }
}

/// The column of a leaf: 5xx by enhanced code, else the provider's own, else the basic one; all
/// 4xx together; what failed without a reply.
fn column(leaf: &Leaf) -> Option<Column> {
    leaf.key.category?;
    let class = code_class(leaf.key.code) as u8;
    let label = match class {
        5 => {
            match (leaf.key.enhanced, leaf.verdict.as_ref().and_then(|verdict| verdict.provider_code.clone()))
            {
                (Some(enhanced), _) => Clean::from(enhanced.to_string().as_str()),
                (None, Some(own)) => own,
                (None, None) => Clean::from(leaf.key.code.to_string().as_str()),
            }
        }
        0 => Clean::from("none"),
        _ => Clean::from("4xx"),
    };
    Some(Column { label, class: if class == 5 || class == 0 { class } else { 4 } })
}
