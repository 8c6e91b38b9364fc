//! How the MTA in use holds one provider's mail, and lets it go: shown and copied, never run.

use std::sync::OnceLock;

use serde::Deserialize;

use super::page::{Form, Page};
use crate::engine::{Filter, Scope, Snapshot, Whose};
use crate::model::domain;
use crate::text::Clean;

/// The recipes.
const HOLDS: &str = include_str!("holds.toml");
/// Domains seen in the log that are named where the provider has none of its own.
const SEEN: usize = 50;
/// Strings that those are taken from.
const STRINGS: usize = 2_000;

/// How one MTA does it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Hold {
    mta: String,
    name: String,
    /// From which version on it holds.
    since: String,
    hold: Vec<Step>,
    slow: Vec<Step>,
    /// What undoes `slow`.
    #[serde(default)]
    hurry: Vec<Step>,
    /// Why there is no `slow`, and what to do instead.
    #[serde(default)]
    never: Option<String>,
    release: Vec<Step>,
    notes: Vec<String>,
    source: String,
    month: String,
}

/// What to run or to write, and why.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Step {
    say: String,
    run: String,
}

#[derive(Debug, Deserialize)]
struct Holds {
    hold: Vec<Hold>,
}

/// Why there is no hint.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum HoldError {
    /// No recipe.
    #[error("no recipe for `{mta}`; there is one for {known}. Hold the mail where the send is made")]
    Mta {
        /// What was asked for.
        mta: String,
        /// What there is.
        known: String,
    },
    /// The log does not tell.
    #[error("whose log it is, is not known; say so with --mta: {known}")]
    WhichMta {
        /// What there is.
        known: String,
    },
    /// No such provider.
    #[error("no provider `{provider}`; {instead}")]
    Provider {
        /// What was asked for.
        provider: Clean,
        /// What there is instead.
        instead: String,
    },
    /// It has no domains of its own, and the log names none.
    #[error("{name} takes mail for others' domains only; name a log that has some of them, or one domain")]
    Domains {
        /// Whom.
        name: Clean,
    },
}

/// Whose mail is held: a name and recipient domains, every one a host name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    name: Clean,
    tag: String,
    domains: Vec<String>,
    /// Domains of others on the same hosts that the log names.
    others: Vec<String>,
    parents: Vec<String>,
}

impl Held {
    /// The provider of an id of the table (`known`), or a recipient domain; `read` gives domains of
    /// others that the provider takes mail for.
    ///
    /// # Errors
    /// When it is neither, with what comes near; when no domain of it is known.
    pub fn of(
        id: &str,
        known: Option<&Whose>,
        ids: &[Clean],
        read: Option<&Snapshot>,
    ) -> Result<Self, HoldError> {
        let Some(known) = known else {
            let domain = id.to_ascii_lowercase();
            if !is_host(&domain) {
                return Err(HoldError::Provider { provider: Clean::from(id), instead: near(id, ids) });
            }
            let name = Clean::from(domain.as_str());
            return Ok(Self {
                name,
                tag: tag(&domain),
                domains: vec![domain],
                others: Vec::new(),
                parents: Vec::new(),
            });
        };
        let checked = |names: &[Clean]| -> Vec<String> {
            names.iter().map(|name| name.to_string()).filter(|name| is_host(name)).collect()
        };
        let domains = checked(&known.domains);
        let mut others = read.map(|read| seen(read, &known.id)).unwrap_or_default();
        others.retain(|other| !domains.contains(other));
        if domains.is_empty() && others.is_empty() {
            return Err(HoldError::Domains { name: known.name.clone() });
        }
        let parents = checked(&known.parents);
        Ok(Self { name: known.name.clone(), tag: tag(&known.id), domains, others, parents })
    }

    /// What the commands are about: its own domains, else those that the log names.
    fn domains(&self) -> &[String] {
        if self.domains.is_empty() { &self.others } else { &self.domains }
    }
}

/// Recipient domains that a provider takes mail for, as the strings that were kept name them.
fn seen(read: &Snapshot, provider: &Clean) -> Vec<String> {
    let scope = Scope { provider: Some(provider.clone()), ..Scope::default() };
    let strings = read.sample(None, &scope, &Filter::default(), STRINGS).strings;
    let mut found: Vec<String> = strings
        .iter()
        .map(|one| String::from_utf8_lossy(domain(one.recipient.as_bytes())).to_ascii_lowercase())
        .filter(|domain| is_host(domain))
        .collect();
    found.sort();
    found.dedup();
    found.truncate(SEEN);
    found
}

/// The MTAs that there is a recipe for.
pub(super) fn holding() -> Vec<&'static str> {
    holds().iter().map(|hold| hold.mta.as_str()).collect()
}

/// How `mta` holds this mail; `dialects` are whose logs were read, most lines first.
///
/// # Errors
/// When there is no recipe, or it is not known whose.
pub fn hold(held: &Held, mta: Option<&str>, dialects: &[Clean], form: Form) -> Result<String, HoldError> {
    let known = || holding().join(", ");
    let find = |mta: &str| holds().iter().find(|hold| hold.mta == mta);
    let hold = match (mta, dialects.first()) {
        (Some(mta), _) => {
            find(mta).ok_or_else(|| HoldError::Mta { mta: Clean::from(mta).to_string(), known: known() })?
        }
        (None, Some(dialect)) => {
            find(dialect).ok_or_else(|| HoldError::Mta { mta: dialect.to_string(), known: known() })?
        }
        (None, None) => return Err(HoldError::WhichMta { known: known() }),
    };
    Ok(page(held, hold, form))
}

fn page(held: &Held, hold: &Hold, form: Form) -> String {
    let mut page = Page::new(form, &format!("Hold the mail for {} in {}", held.name, hold.name));
    page.say("Nothing of this was run. Read it, change what differs at your site, then run it yourself.");
    page.item(0, &format!("Domains: {}", held.domains().join(", ")));
    if held.domains.is_empty() {
        page.item(
            0,
            &format!(
                "{} has no domains of its own: these are those that the log names, and there may be more.",
                held.name
            ),
        );
    } else if !held.others.is_empty() {
        page.item(0, &format!("Others on the same hosts, not held by this: {}", held.others.join(", ")));
    } else {
        page.item(0, &format!("Companies whose MX is at {} are not among them.", held.name));
    }
    if !held.parents.is_empty() {
        page.item(
            0,
            &format!("And every domain under {}: add those that you send to.", held.parents.join(", ")),
        );
    }
    page.item(0, &format!("It holds from: {}", hold.since));
    for (title, steps) in [
        ("Hold it", &hold.hold),
        ("Let it go slowly", &hold.slow),
        ("Undo the slowness", &hold.hurry),
        ("Let it go: this undoes the hold", &hold.release),
    ] {
        if let Some(never) = hold.never.as_ref().filter(|_| title == "Let it go slowly") {
            page.heading(title);
            page.advise(never);
        }
        if steps.is_empty() {
            continue;
        }
        page.heading(title);
        for step in steps {
            page.advise(&fill(&step.say, held));
            page.block(&fill(&step.run, held));
        }
    }
    page.heading("Know before");
    hold.notes.iter().for_each(|note| page.advice(&fill(note, held)));
    page.say(&format!("From {}, {}.", hold.source, hold.month));
    page.end()
}

/// A template with its marks filled in. Marks of `«each:…»` may span lines.
fn fill(template: &str, held: &Held) -> String {
    let mut out = String::new();
    let mut rest = template;
    while let Some((before, after)) = rest.split_once("«each:") {
        out.push_str(before);
        // Its own mark is the only one inside.
        let end = after.replace("«domain»", "\u{0}\u{0}domain\u{0}\u{0}").find('»').unwrap_or(after.len());
        let line = &after[..end];
        let lines: Vec<String> =
            held.domains().iter().map(|domain| line.replace("«domain»", domain)).collect();
        out.push_str(&lines.join("\n"));
        rest = after.get(end + '»'.len_utf8()..).unwrap_or_default();
    }
    out.push_str(rest);
    let domains = held.domains();
    let regex = domains.iter().map(|domain| domain.replace('.', "\\.")).collect::<Vec<_>>().join("|");
    let table: Vec<String> = domains.iter().map(|domain| format!("{domain} {}:", held.tag)).collect();
    out.replace("«tag»", &held.tag)
        .replace("«name»", &held.name)
        .replace("«domains»", &domains.join(" "))
        .replace("«colons»", &domains.join(" : "))
        .replace("«regex»", &regex)
        .replace("«table»", &table.join("\n"))
}

/// A name of letters, digits and `_`, to call things by.
fn tag(id: &str) -> String {
    let plain = |c: char| if c.is_ascii_alphanumeric() { c.to_ascii_lowercase() } else { '_' };
    format!("held_{}", id.chars().take(40).map(plain).collect::<String>())
}

/// Whether a text is a host name and nothing else: what may stand in a command.
pub(super) fn is_host(text: &str) -> bool {
    let label = |label: &str| {
        !label.is_empty()
            && label.len() <= 63
            && label.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-' || byte == b'_')
            && !label.starts_with('-')
            && !label.ends_with('-')
    };
    text.len() <= 253 && text.contains('.') && text.split('.').all(label)
}

/// Whether an id names a provider: one of the table, or a domain, which is the id of whom no row names.
///
/// # Errors
/// When it is neither; with what comes near it.
pub fn known_provider(id: &str, ids: &[Clean]) -> Result<(), HoldError> {
    if ids.iter().any(|known| known.as_str() == id) || is_host(id) {
        return Ok(());
    }
    Err(HoldError::Provider { provider: Clean::from(id), instead: near(id, ids) })
}

/// What comes near an id that is none.
fn near(id: &str, ids: &[Clean]) -> String {
    let id = id.to_lowercase();
    let alike = |known: &&Clean| {
        known.contains(id.as_str()) || id.contains(known.as_str()) || starts_alike(known, &id)
    };
    let near: Vec<&str> = ids.iter().filter(alike).map(|id| id.as_str()).take(8).collect();
    if near.is_empty() || id.is_empty() {
        "ids are those of the board's providers, as gmail, microsoft-consumer, yahoo; or give a domain"
            .to_owned()
    } else {
        format!("did you mean {}?", near.join(", "))
    }
}

fn starts_alike(known: &str, id: &str) -> bool {
    id.len() >= 3 && known.len() >= 3 && known.as_bytes()[..3] == id.as_bytes()[..3]
}

fn holds() -> &'static [Hold] {
    static HOLDS_READ: OnceLock<Vec<Hold>> = OnceLock::new();
    // A test reads the file; were it broken, there would be no recipe.
    HOLDS_READ.get_or_init(|| toml::from_str::<Holds>(HOLDS).map(|read| read.hold).unwrap_or_default())
}

#[cfg(test)]
mod tests;
