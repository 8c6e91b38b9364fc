//! The provider table: which host names and recipient domains belong to whom, and how they speak.

use aho_corasick::{AhoCorasick, AhoCorasickBuilder, Match, MatchKind};
use hashbrown::HashMap;
use serde::Deserialize;

use super::KnowledgeError;
use crate::model::{Enhanced, ProviderIx, basic_code};

/// A row of `providers.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The id that rules, reports and filters use.
    pub id: String,
    /// The name as people say it.
    pub name: String,
    /// Recipient domains: the brand.
    #[serde(default)]
    pub domains: Vec<String>,
    /// Recipient domains that count with everything under them.
    #[serde(default)]
    pub parents: Vec<String>,
    /// Host names, or with a leading dot suffixes, of the servers that take the mail: the receiver.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// Literals that only this provider's replies contain.
    #[serde(default)]
    pub says: Vec<String>,
    /// The provider to whom domains that are not this one's belong on the same hosts: Google's
    /// servers do not tell a consumer's mailbox from a company's.
    #[serde(default)]
    pub hosted: Option<String>,
    /// Where the row comes from.
    pub source: String,
    /// The month when it was true, `YYYY-MM`.
    pub month: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    provider: Vec<Provider>,
}

/// The providers, indexed for look-ups by host, by domain and by text.
#[derive(Debug)]
pub(super) struct Providers {
    rows: Vec<Provider>,
    domains: HashMap<String, ProviderIx>,
    parents: HashMap<String, ProviderIx>,
    hosts: HashMap<String, ProviderIx>,
    suffixes: HashMap<String, ProviderIx>,
    /// Consumer and hosted side of receivers that share their hosts.
    shared: Vec<(ProviderIx, ProviderIx)>,
    voices: AhoCorasick,
    speakers: Vec<ProviderIx>,
}

impl Providers {
    pub(super) fn load(file: &str, text: &str) -> Result<Self, KnowledgeError> {
        let rows = toml::from_str::<File>(text)
            .map_err(|error| KnowledgeError::Syntax { file: file.into(), reason: error.to_string() })?
            .provider;
        let wrong = |reason: String| KnowledgeError::Syntax { file: file.into(), reason };
        let mut ids = HashMap::new();
        let (mut domains, mut parents) = (HashMap::new(), HashMap::new());
        let (mut hosts, mut suffixes) = (HashMap::new(), HashMap::new());
        let (mut says, mut speakers) = (Vec::new(), Vec::new());
        for (index, row) in rows.iter().enumerate() {
            let ix = u16::try_from(index).map(ProviderIx).map_err(|_| wrong("too many providers".into()))?;
            if ids.insert(row.id.clone(), ix).is_some() {
                return Err(wrong(format!("provider `{}` is there twice", row.id)));
            }
            let claim = |map: &mut HashMap<String, ProviderIx>, name: &str| {
                if name.is_empty() || name.bytes().any(|byte| byte.is_ascii_uppercase()) {
                    return Err(wrong(format!("provider `{}`: `{name}` must be lower case", row.id)));
                }
                match map.insert(name.to_owned(), ix) {
                    None => Ok(()),
                    Some(other) => Err(wrong(format!(
                        "`{name}` belongs to `{}` and to `{}`",
                        rows[usize::from(other.0)].id,
                        row.id
                    ))),
                }
            };
            for name in &row.domains {
                claim(&mut domains, name)?;
            }
            for name in &row.parents {
                claim(&mut parents, name)?;
            }
            for name in &row.hosts {
                match name.strip_prefix('.') {
                    Some(suffix) => claim(&mut suffixes, suffix)?,
                    None => claim(&mut hosts, name)?,
                }
            }
            for literal in &row.says {
                says.push(literal.clone());
                speakers.push(ix);
            }
        }
        let mut shared = Vec::new();
        for (consumer, row) in rows.iter().enumerate() {
            if let Some(hosted) = &row.hosted {
                let Some(hosted) = ids.get(hosted) else {
                    return Err(wrong(format!("provider `{}`: no provider `{hosted}`", row.id)));
                };
                shared.push((ProviderIx(u16::try_from(consumer).unwrap_or(u16::MAX)), *hosted));
            }
        }
        let voices = AhoCorasickBuilder::new()
            .ascii_case_insensitive(true)
            .match_kind(MatchKind::LeftmostLongest)
            .build(&says)
            .map_err(|error| wrong(error.to_string()))?;
        Ok(Self { rows, domains, parents, hosts, suffixes, shared, voices, speakers })
    }

    pub(super) fn row(&self, ix: ProviderIx) -> Option<&Provider> {
        self.rows.get(usize::from(ix.0))
    }

    pub(super) fn rows(&self) -> &[Provider] {
        &self.rows
    }

    pub(super) fn by_id(&self, id: &str) -> Option<ProviderIx> {
        let index = self.rows.iter().position(|row| row.id == id)?;
        u16::try_from(index).ok().map(ProviderIx)
    }

    /// Whose server this is; `host` in lower case, without a trailing dot.
    pub(super) fn receiver(&self, host: &str) -> Option<ProviderIx> {
        if let Some(exact) = self.hosts.get(host) {
            return Some(*exact);
        }
        longest(&self.suffixes, host)
    }

    /// Whose domain this is; `domain` in lower case, without a trailing dot.
    pub(super) fn brand(&self, domain: &str) -> Option<ProviderIx> {
        self.domains.get(domain).copied().or_else(|| longest(&self.parents, domain))
    }

    /// The consumer or the hosted side, where a receiver's hosts serve both.
    pub(super) fn side(&self, receiver: ProviderIx, brand: Option<ProviderIx>) -> ProviderIx {
        for (consumer, hosted) in &self.shared {
            if receiver == *consumer || receiver == *hosted {
                return if brand == Some(*consumer) { *consumer } else { *hosted };
            }
        }
        receiver
    }

    /// Who says such a thing: the provider of the first literal in `reply` that only one provider's
    /// replies contain; else whose recipient the reply repeats right behind its code.
    pub(super) fn speaker(&self, reply: &[u8]) -> Option<ProviderIx> {
        // Inside an id such letters mean nothing.
        let whole = |found: &Match| {
            let before = found.start().checked_sub(1).map_or(b' ', |before| reply[before]);
            !before.is_ascii_alphanumeric() || !reply[found.start()].is_ascii_alphanumeric()
        };
        match self.voices.find_iter(reply).find(whole) {
            Some(found) => self.speakers.get(found.pattern().as_usize()).copied(),
            None => self.brand(&repeated_domain(reply)?.to_ascii_lowercase()),
        }
    }
}

/// The domain in `550 5.1.1 <a@b.example>: …`, unless the reply speaks of a sender.
fn repeated_domain(reply: &[u8]) -> Option<&str> {
    let (_, rest) = basic_code(reply)?;
    let rest = rest.trim_ascii_start();
    let rest = Enhanced::at_start(rest).map_or(rest, |(_, end)| rest[end..].trim_ascii_start());
    let rest = rest.strip_prefix(b"<")?;
    let end = memchr::memchr(b'>', &rest[..rest.len().min(320)])?;
    if memchr::memmem::find(&rest[end..], b"ender").is_some() {
        return None;
    }
    let sign = memchr::memrchr(b'@', &rest[..end])?;
    std::str::from_utf8(&rest[sign + 1..end]).ok()
}

/// The entry of the longest suffix of `name` that ends at a label's boundary, `name` included.
fn longest(map: &HashMap<String, ProviderIx>, name: &str) -> Option<ProviderIx> {
    let mut rest = name;
    loop {
        if let Some(ix) = map.get(rest) {
            return Some(*ix);
        }
        rest = &rest[rest.find('.')? + 1..];
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::Providers;

    const TABLE: &str = r#"
        [[provider]]
        id = "consumer"
        name = "Consumer"
        domains = ["c.example"]
        hosts = ["in.x.example"]
        hosted = "company"
        says = ["- xsmtp"]
        source = "test"
        month = "2026-11"
        [[provider]]
        id = "company"
        name = "Company"
        hosts = [".x.example"]
        parents = ["co.example"]
        source = "test"
        month = "2026-11"
        [[provider]]
        id = "other"
        name = "Other"
        hosts = [".olc.x.example"]
        source = "test"
        month = "2026-11"
    "#;

    fn id(table: &Providers, ix: Option<crate::model::ProviderIx>) -> &str {
        ix.and_then(|ix| table.row(ix)).map_or("nobody", |row| &row.id)
    }

    #[test]
    fn the_longest_suffix_at_a_label_wins() {
        let table = Providers::load("test", TABLE).unwrap();
        assert_eq!(id(&table, table.receiver("a.olc.x.example")), "other");
        assert_eq!(id(&table, table.receiver("a.b.x.example")), "company");
        assert_eq!(id(&table, table.receiver("in.x.example")), "consumer");
        assert_eq!(id(&table, table.receiver("notx.example")), "nobody");
        assert_eq!(id(&table, table.brand("a.co.example")), "company");
        assert_eq!(id(&table, table.brand("a.c.example")), "nobody");
    }

    #[test]
    fn shared_hosts_are_told_apart_by_the_recipient() {
        let table = Providers::load("test", TABLE).unwrap();
        let company = table.by_id("company").unwrap();
        let consumer = table.by_id("consumer").unwrap();
        assert_eq!(table.side(company, Some(consumer)), consumer);
        assert_eq!(table.side(consumer, None), company);
    }

    #[test]
    fn a_name_with_two_owners_is_refused() {
        let twice = format!("{TABLE}\n{}", TABLE.replace("\"c", "\"d"));
        let error = Providers::load("test", &twice).unwrap_err().to_string();
        assert!(error.starts_with("test: "), "{error}");
    }
}
