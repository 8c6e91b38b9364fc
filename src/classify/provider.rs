//! The provider table: which host names and recipient domains belong to whom, and how they speak.

use aho_corasick::{AhoCorasick, Match};
use hashbrown::HashMap;
use regex::bytes::Regex;
use serde::Deserialize;

use crate::model::{Enhanced, ProviderIx, basic_code};

mod load;

/// A row of `providers.toml`. In an operator's file a row with an id that is known adds to that
/// provider, and what it claims is its own, whoever had it before.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Provider {
    /// The id that rules, reports and filters use.
    pub id: String,
    /// The name as people say it.
    #[serde(default)]
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
    /// A pattern that only this provider's replies contain, where no literal does: an id's shape.
    #[serde(default)]
    pub pattern: Option<String>,
    /// The provider to whom domains that are not this one's belong on the same hosts: Google's
    /// servers do not tell a consumer's mailbox from a company's.
    #[serde(default)]
    pub hosted: Option<String>,
    /// A provider on whose hosts this one's domains are this one's all the same: a name from a
    /// reverse look-up, or one that a greeting gives, does not tell Outlook.com from Exchange Online.
    #[serde(default)]
    pub behind: Option<String>,
    /// Where the row comes from.
    #[serde(default)]
    pub source: String,
    /// The month when it was true, `YYYY-MM`.
    #[serde(default)]
    pub month: String,
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
    /// Brands and the receivers behind whose hosts they are.
    behind: Vec<(ProviderIx, ProviderIx)>,
    voices: AhoCorasick,
    speakers: Vec<ProviderIx>,
    patterns: Vec<(Regex, ProviderIx)>,
}

impl Providers {
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
        longest(&self.suffixes, host).or_else(|| self.under_brand(host))
    }

    /// Whose recipient domain stands right above this host, as for `mx3.bol.com.br`; the name of a
    /// customer's line, `c-192-0-2-1.example.net`, is no server of the provider's.
    fn under_brand(&self, host: &str) -> Option<ProviderIx> {
        let (label, domain) = host.split_once('.')?;
        let digits = label.bytes().filter(u8::is_ascii_digit).count();
        if digits > 3 { None } else { self.domains.get(domain).copied() }
    }

    /// Whose domain this is; `domain` in lower case, without a trailing dot.
    pub(super) fn brand(&self, domain: &str) -> Option<ProviderIx> {
        self.domains.get(domain).copied().or_else(|| longest(&self.parents, domain))
    }

    /// The consumer or the hosted side, where a receiver's hosts serve both; the brand, where it is
    /// behind this receiver's hosts.
    pub(super) fn side(&self, receiver: ProviderIx, brand: Option<ProviderIx>) -> ProviderIx {
        for (consumer, hosted) in &self.shared {
            if receiver == *consumer || receiver == *hosted {
                return if brand == Some(*consumer) { *consumer } else { *hosted };
            }
        }
        let is_behind = |(one, host): &&(ProviderIx, ProviderIx)| Some(*one) == brand && *host == receiver;
        self.behind.iter().find(is_behind).map_or(receiver, |(one, _)| *one)
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
            None => self
                .patterns
                .iter()
                .find(|(regex, _)| regex.is_match(reply))
                .map(|(_, ix)| *ix)
                .or_else(|| self.brand(&repeated_domain(reply)?.to_ascii_lowercase())),
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
        let table = Providers::load(("test", TABLE), &[]).unwrap();
        assert_eq!(id(&table, table.receiver("a.olc.x.example")), "other");
        assert_eq!(id(&table, table.receiver("a.b.x.example")), "company");
        assert_eq!(id(&table, table.receiver("in.x.example")), "consumer");
        assert_eq!(id(&table, table.receiver("notx.example")), "nobody");
        assert_eq!(id(&table, table.brand("a.co.example")), "company");
        assert_eq!(id(&table, table.brand("a.c.example")), "nobody");
        assert_eq!(id(&table, table.receiver("mx3.c.example")), "consumer", "right under the brand");
        assert_eq!(id(&table, table.receiver("c-192-0-2-1.c.example")), "nobody", "a customer's line");
    }

    #[test]
    fn shared_hosts_are_told_apart_by_the_recipient() {
        let table = Providers::load(("test", TABLE), &[]).unwrap();
        let company = table.by_id("company").unwrap();
        let consumer = table.by_id("consumer").unwrap();
        assert_eq!(table.side(company, Some(consumer)), consumer);
        assert_eq!(table.side(consumer, None), company);
    }

    #[test]
    fn a_name_with_two_owners_is_refused() {
        let twice = format!("{TABLE}\n{}", TABLE.replace("\"c", "\"d"));
        let error = Providers::load(("test", &twice), &[]).unwrap_err().to_string();
        assert!(error.starts_with("test: "), "{error}");
    }

    #[test]
    fn every_name_of_every_row_lands_on_its_provider_and_nowhere_else() {
        let table = Providers::embedded(&[]).unwrap();
        assert!(table.rows().len() >= 100);
        for row in table.rows() {
            for domain in &row.domains {
                assert_eq!(id(&table, table.brand(domain)), row.id, "{domain}");
            }
            for parent in &row.parents {
                assert_eq!(id(&table, table.brand(&format!("a.b.{parent}"))), row.id, "{parent}");
            }
            for host in &row.hosts {
                let example = if host.starts_with('.') { format!("mx-1{host}") } else { host.clone() };
                assert_eq!(id(&table, table.receiver(&example)), row.id, "{example}");
            }
            let is_month = row.month.len() == 7 && row.month.as_bytes()[4] == b'-';
            assert!(is_month && !row.source.is_empty(), "{}: since when, and who says so", row.id);
        }
    }

    #[test]
    fn the_operators_rows_add_override_and_must_not_contradict_each_other() {
        let own = r#"
            [[provider]]
            id = "other"
            domains = ["new.example"]
            hosts = [".x.example"]
            pattern = 'OTH\d+'
            [[provider]]
            id = "mine"
            name = "Mine"
            domains = ["c.example", "mine.example"]
        "#;
        let table = Providers::load(("test", TABLE), &[("own.toml", own)]).unwrap();
        assert_eq!(id(&table, table.brand("new.example")), "other");
        assert_eq!(id(&table, table.speaker(b"550 no OTH17")), "other");
        assert_eq!(id(&table, table.receiver("mx.x.example")), "other", "taken over");
        assert_eq!(id(&table, table.receiver("a.olc.x.example")), "other", "and kept");
        assert_eq!(id(&table, table.brand("c.example")), "mine");
        let twice = "[[provider]]\nid = \"a\"\nname = \"A\"\ndomains = [\"d.example\"]\n[[provider]]\nid = \"b\"\nname = \"B\"\ndomains = [\"d.example\"]\n";
        let refused =
            |own: &str| Providers::load(("test", TABLE), &[("own.toml", own)]).unwrap_err().to_string();
        assert!(refused(twice).contains("`d.example` belongs to `a` and to `b`"), "{}", refused(twice));
        assert!(refused("[[provider]]\nid = \"q\"\n").contains("has no name"));
        assert!(
            refused("[[provider]]\nid = \"q\"\nname = \"Q\"\nhost = []\n")
                .contains("`host` is not known here")
        );
        assert!(
            refused("[[provider]]\nid = \"q\"\nname = \"Q\"\nhosts = [\"MX.example\"]\n")
                .contains("lower case")
        );
    }
}
