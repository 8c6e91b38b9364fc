//! One term of a filter, and what it is asked about.

use super::pattern::Pattern;
use crate::model::Enhanced;

/// One term.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) struct Term {
    /// Whether it lets through what it does not hold for.
    pub negated: bool,
    /// What it asks.
    pub test: Test,
}

/// What a term asks.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Test {
    /// A bare word: in provider, code, category or text.
    Any(Pattern),
    /// Whether its signature was first seen inside the window.
    New,
    /// Something that has a key.
    Of(Key, Pattern),
    /// All terms of a saved filter.
    All(Vec<Term>),
}

/// What can be asked by name.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::engine) enum Key {
    Provider,
    Code,
    Category,
    List,
    Text,
    Source,
    Host,
    Campaign,
    Domain,
    From,
    Relay,
    Stage,
}

/// The codes of a reply.
#[derive(Copy, Clone, Debug)]
pub(in crate::engine) struct Codes<'a> {
    /// The board's column.
    pub label: &'a str,
    /// 550; its class alone where no more is known; 0 for none.
    pub basic: u16,
    /// 5.7.1.
    pub enhanced: Option<Enhanced>,
    /// The provider's own.
    pub own: Option<&'a str>,
}

/// What is known of what is filtered. What is `None` is not known here and is asked elsewhere; what the
/// log does not tell is empty.
#[derive(Copy, Clone, Debug, Default)]
pub(in crate::engine) struct Facts<'a> {
    /// The provider's id and name.
    pub provider: Option<(&'a str, &'a str)>,
    pub codes: Option<Codes<'a>>,
    /// The category's id.
    pub category: Option<&'a str>,
    pub list: Option<&'a str>,
    /// The signature, and a line that says it.
    pub text: Option<(&'a str, &'a str)>,
    pub source: Option<&'a str>,
    pub host: Option<&'a str>,
    pub campaign: Option<&'a str>,
    /// The recipient's domain.
    pub domain: Option<&'a str>,
    /// The sender's domain.
    pub from: Option<&'a str>,
    /// The host that answered.
    pub relay: Option<&'a str>,
    /// The stage's id.
    pub stage: Option<&'a str>,
    pub is_new: Option<bool>,
}

impl Key {
    /// All of them, as completion offers them.
    pub(super) const ALL: [Self; 12] = [
        Self::Provider,
        Self::Code,
        Self::Category,
        Self::List,
        Self::Text,
        Self::Source,
        Self::Campaign,
        Self::Host,
        Self::Domain,
        Self::From,
        Self::Relay,
        Self::Stage,
    ];

    /// As it is written.
    pub(in crate::engine) const fn name(self) -> &'static str {
        match self {
            Self::Provider => "provider",
            Self::Code => "code",
            Self::Category => "cat",
            Self::List => "list",
            Self::Text => "text",
            Self::Source => "source",
            Self::Host => "host",
            Self::Campaign => "campaign",
            Self::Domain => "domain",
            Self::From => "from",
            Self::Relay => "relay",
            Self::Stage => "stage",
        }
    }

    /// What else it is called.
    pub(in crate::engine) fn read(name: &str) -> Option<Self> {
        Some(match name {
            "isp" => Self::Provider,
            "category" => Self::Category,
            "ip" | "vmta" | "pool" => Self::Source,
            "sender" => Self::From,
            "to" | "recipient" => Self::Domain,
            "mta" => Self::Host,
            "job" => Self::Campaign,
            _ => Self::ALL.into_iter().find(|key| key.name() == name)?,
        })
    }

    /// Whether it tells whose attempts are looked at, those that were taken too; else it is about what
    /// was replied.
    pub(in crate::engine) const fn is_of_the_attempt(self) -> bool {
        matches!(
            self,
            Self::Provider
                | Self::Source
                | Self::Host
                | Self::Campaign
                | Self::Domain
                | Self::From
                | Self::Relay
        )
    }

    /// Whether attempts are counted by it. Of the others a sample is kept.
    pub(in crate::engine) const fn is_counted(self) -> bool {
        matches!(self, Self::Provider | Self::Code | Self::Category | Self::List | Self::Text)
    }
}

impl Test {
    /// Whether it tells whose attempts are looked at.
    pub(in crate::engine) fn is_of_the_attempt(&self) -> bool {
        match self {
            Self::Any(_) | Self::New => false,
            Self::Of(key, _) => key.is_of_the_attempt(),
            Self::All(terms) => terms.iter().all(|term| term.test.is_of_the_attempt()),
        }
    }

    /// Whether all that it asks for is counted.
    pub(in crate::engine) fn is_counted(&self) -> bool {
        match self {
            Self::Any(_) | Self::New => true,
            Self::Of(key, _) => key.is_counted(),
            Self::All(terms) => terms.iter().all(|term| term.test.is_counted()),
        }
    }

    /// Puts all that it asks for into `keys`.
    pub(in crate::engine) fn keys(&self, keys: &mut Vec<Key>) {
        match self {
            Self::Any(_) | Self::New => {}
            Self::Of(key, _) => keys.push(*key),
            Self::All(terms) => terms.iter().for_each(|term| term.test.keys(keys)),
        }
    }

    /// Whether it asks for what is new.
    pub(in crate::engine) fn asks_for_new(&self) -> bool {
        match self {
            Self::Any(_) | Self::Of(..) => false,
            Self::New => true,
            Self::All(terms) => terms.iter().any(|term| term.test.asks_for_new()),
        }
    }

    /// Whether it holds; `None` where that is not known here.
    pub(super) fn holds(&self, facts: &Facts<'_>) -> Option<bool> {
        match self {
            Self::Any(pattern) => {
                let keys = [Key::Provider, Key::Code, Key::Category, Key::Text];
                let mut said = keys.into_iter().map(|key| of(key, pattern, facts));
                // Where one of them holds, it holds.
                said.try_fold(false, |any, one| if any { Some(true) } else { one })
            }
            Self::New => facts.is_new,
            Self::Of(key, pattern) => of(*key, pattern, facts),
            Self::All(terms) => all(terms.iter(), facts),
        }
    }
}

impl Term {
    /// Whether nothing can be what both ask for: two whole names of one key.
    pub(super) fn excludes(&self, other: &Self) -> bool {
        match (&self.test, &other.test) {
            (Test::Of(key, Pattern::Whole(one)), Test::Of(other_key, Pattern::Whole(two))) => {
                key == other_key && one != two && !self.negated && !other.negated
            }
            _ => false,
        }
    }

    /// Whether it lets through; `None` where that is not known here.
    pub(in crate::engine) fn lets(&self, facts: &Facts<'_>) -> Option<bool> {
        self.test.holds(facts).map(|holds| holds != self.negated)
    }
}

/// Whether all let through; `None` where that is not known here.
pub(in crate::engine) fn all<'t>(terms: impl Iterator<Item = &'t Term>, facts: &Facts<'_>) -> Option<bool> {
    let mut all = Some(true);
    for term in terms {
        match term.lets(facts) {
            Some(true) => {}
            Some(false) => return Some(false),
            None => all = None,
        }
    }
    all
}

fn of(key: Key, pattern: &Pattern, facts: &Facts<'_>) -> Option<bool> {
    let named = |name: Option<&str>| Some(is_named(pattern, name?));
    match key {
        Key::Provider => facts.provider.map(|(id, name)| pattern.is_in(id) || pattern.is_in(name)),
        Key::Code => facts.codes.map(|codes| codes.are(pattern)),
        Key::Category => named(facts.category),
        Key::List => named(facts.list),
        Key::Text => {
            facts.text.map(|(signature, line)| is_named(pattern, signature) || is_named(pattern, line))
        }
        Key::Source => named(facts.source),
        Key::Host => named(facts.host),
        Key::Campaign => named(facts.campaign),
        Key::Domain => named(facts.domain),
        Key::From => named(facts.from),
        Key::Relay => named(facts.relay),
        Key::Stage => named(facts.stage),
    }
}

/// Nothing is like what the log does not tell.
fn is_named(pattern: &Pattern, name: &str) -> bool {
    !name.is_empty() && pattern.is_in(name)
}

impl Codes<'_> {
    fn are(&self, pattern: &Pattern) -> bool {
        is_named(pattern, self.label)
            || self.basic > 0 && pattern.is_in(&self.basic.to_string())
            || self.enhanced.is_some_and(|code| pattern.is_in(&code.to_string()))
            || self.own.is_some_and(|code| is_named(pattern, code))
    }
}
