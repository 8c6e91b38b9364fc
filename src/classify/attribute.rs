//! Whose mail an attempt is, from the relay's name, the recipient's domain or the text.

use std::net::IpAddr;

use hashbrown::{HashMap, HashSet};

use super::{Attribution, signature};
use crate::model::Party;
use crate::text::Clean;

use super::provider::Providers;

/// Names remembered per side; when full, all are forgotten and learnt again.
const REMEMBERED: usize = 4096;
/// The longest name that DNS allows.
const NAME: usize = 255;

/// One worker's memory of names that it has attributed. A name that was seen costs one look-up and
/// no allocation.
#[derive(Debug, Default)]
pub(super) struct Memory {
    relays: HashMap<Box<[u8]>, Party>,
    domains: HashMap<Box<[u8]>, Party>,
    told: HashSet<u64>,
    names: Vec<(u64, Clean)>,
}

impl Memory {
    pub(super) fn attribute(
        &mut self,
        providers: &Providers,
        relay_host: &[u8],
        relay_ip: &[u8],
        recipient_domain: &[u8],
        text: &[u8],
    ) -> Attribution {
        // No name is nobody's, which needs no looking up.
        let brand = match recipient_domain {
            b"" => Party::Nobody,
            domain => match self.domains.get(domain) {
                Some(party) => *party,
                None => self.learn_domain(providers, domain),
            },
        };
        let host = if relay_host.is_empty() { named_host(text) } else { relay_host };
        let party = match host {
            b"" => Party::Nobody,
            host => match self.relays.get(host) {
                Some(party) => *party,
                None => self.learn_relay(providers, host),
            },
        };
        let receiver = match party {
            Party::Known(ix) => {
                let brand = if let Party::Known(ix) = brand { Some(ix) } else { None };
                // Nothing is known of the recipient: the host's own side stands.
                if recipient_domain.is_empty() { party } else { Party::Known(providers.side(ix, brand)) }
            }
            // A content filter or a test sink on this machine is no mailbox provider.
            Party::Domain(_) if is_own_network(relay_ip) => Party::Nobody,
            other => other,
        };
        Attribution { receiver, brand }
    }

    pub(super) fn take_names(&mut self) -> Vec<(u64, Clean)> {
        std::mem::take(&mut self.names)
    }

    #[cold]
    fn learn_relay(&mut self, providers: &Providers, host: &[u8]) -> Party {
        let party = match plain(host) {
            Some(name) => match providers.receiver(&name) {
                Some(ix) => Party::Known(ix),
                None => self.unknown(&name),
            },
            None => Party::Nobody,
        };
        remember(&mut self.relays, &mut self.told, host, party);
        party
    }

    #[cold]
    fn learn_domain(&mut self, providers: &Providers, domain: &[u8]) -> Party {
        let party = match plain(domain) {
            Some(name) => match providers.brand(&name) {
                Some(ix) => Party::Known(ix),
                None => self.unknown(&name),
            },
            None => Party::Nobody,
        };
        remember(&mut self.domains, &mut self.told, domain, party);
        party
    }

    /// The registrable domain of a name that the table does not know.
    fn unknown(&mut self, name: &str) -> Party {
        if name.parse::<IpAddr>().is_ok() {
            return Party::Nobody;
        }
        let Some(domain) = psl::domain(name.as_bytes()) else { return Party::Nobody };
        let hash = signature::hash(domain.as_bytes());
        if self.told.insert(hash) {
            self.names.push((hash, Clean::new(domain.as_bytes())));
        }
        Party::Domain(hash)
    }
}

fn remember(map: &mut HashMap<Box<[u8]>, Party>, told: &mut HashSet<u64>, name: &[u8], party: Party) {
    if name.len() > NAME {
        return;
    }
    if map.len() >= REMEMBERED {
        map.clear();
        told.clear();
        if let Party::Domain(hash) = party {
            told.insert(hash);
        }
    }
    map.insert(name.into(), party);
}

/// The name in lower case, without brackets and trailing dot; none for an address literal or
/// something that is no name.
fn plain(name: &[u8]) -> Option<String> {
    let name = name.strip_suffix(b".").unwrap_or(name);
    if name.is_empty() || name.len() > NAME || name[0] == b'[' || name.contains(&b':') {
        return None;
    }
    std::str::from_utf8(name).ok().map(str::to_lowercase)
}

/// Loopback, private, link-local and unique local addresses.
fn is_own_network(ip: &[u8]) -> bool {
    let Some(ip) = std::str::from_utf8(ip).ok().and_then(|ip| ip.parse::<IpAddr>().ok()) else {
        return false;
    };
    match ip.to_canonical() {
        IpAddr::V4(ip) => ip.is_loopback() || ip.is_private() || ip.is_link_local() || ip.is_unspecified(),
        IpAddr::V6(ip) => {
            ip.is_loopback() || ip.is_unique_local() || ip.is_unicast_link_local() || ip.is_unspecified()
        }
    }
}

/// The host in Postfix's `connect to H[ip]`, `host H[ip] said`, `lost connection with H[ip]`,
/// `conversation with H[ip]`, in Exim's `host H [ip]` and Exchange's `Server at H (ip)`; the last one,
/// since the innermost speaks.
fn named_host(text: &[u8]) -> &[u8] {
    let text = &text[..text.len().min(2048)];
    let mut found: &[u8] = b"";
    let is_name = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    // Most texts name no host, and that shows at their brackets.
    if memchr::memchr2(b'[', b'(', text).is_none() {
        return found;
    }
    let mut last = 0;
    for marker in [&b"connect to "[..], b"host ", b"connection with ", b"conversation with ", b"erver at "] {
        for at in memchr::memmem::find_iter(text, marker) {
            let rest = &text[at + marker.len()..];
            let length = rest.iter().take_while(|byte| is_name(**byte)).count();
            let address = rest[length..].strip_prefix(b" ").unwrap_or(&rest[length..]);
            let is_host = length > 0
                && at >= last
                && matches!(address, [b'[' | b'(', next, ..] if next.is_ascii_hexdigit() || *next == b':');
            if is_host {
                (found, last) = (&rest[..length], at);
            }
        }
    }
    found
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::{Memory, named_host};
    use crate::classify::provider::Providers;
    use crate::model::Party;

    fn table() -> Providers {
        Providers::embedded(&[]).unwrap()
    }

    fn ask(host: &str, ip: &str, domain: &str, text: &str) -> (String, String) {
        let table = table();
        let mut memory = Memory::default();
        let found =
            memory.attribute(&table, host.as_bytes(), ip.as_bytes(), domain.as_bytes(), text.as_bytes());
        let names = memory.take_names();
        let name = |party| match party {
            Party::Nobody => "nobody".to_owned(),
            Party::Known(ix) => table.row(ix).unwrap().id.clone(),
            Party::Domain(hash) => names.iter().find(|(known, _)| *known == hash).unwrap().1.to_string(),
        };
        (name(found.receiver), name(found.brand))
    }

    fn both(receiver: &str, brand: &str) -> (String, String) {
        (receiver.into(), brand.into())
    }

    #[test]
    fn google_is_told_apart_by_the_recipient() {
        let gmail = "gmail-smtp-in.l.google.com";
        assert_eq!(ask(gmail, "", "gmail.com", ""), both("gmail", "gmail"));
        assert_eq!(ask("aspmx.l.google.com", "", "Example.ORG", ""), both("google-workspace", "example.org"));
        assert_eq!(ask(gmail, "", "example.org", ""), both("google-workspace", "example.org"));
        assert_eq!(ask(gmail, "", "", ""), both("gmail", "nobody"));
    }

    #[test]
    fn a_name_that_does_not_tell_outlook_from_exchange_leaves_it_to_the_recipient() {
        let turned = "mail-db8eur05lp2105.inbound.protection.outlook.com";
        assert_eq!(ask(turned, "", "hotmail.com", ""), both("microsoft-consumer", "microsoft-consumer"));
        assert_eq!(ask(turned, "", "corp.example", "").0, "microsoft-365");
        let consumer = "eur.olc.protection.outlook.com";
        assert_eq!(ask(consumer, "", "corp.example", "").0, "microsoft-consumer", "its own name is sure");
        assert_eq!(ask("acme-example.mail....ction.outlook.com.", "", "corp.example", "").0, "microsoft-365");
        assert_eq!(ask("wm-in-f27.1e100.net", "", "gmail.com", "").0, "gmail");
        assert_eq!(ask("wm-in-f27.1e100.net", "", "corp.example", "").0, "google-workspace");
    }

    #[test]
    fn a_hosted_brand_is_not_its_receiver() {
        assert_eq!(ask("mta5.am0.yahoodns.net.", "", "sky.com", ""), both("yahoo", "sky"));
        assert_eq!(
            ask("MX3.QQ.com", "203.0.113.1", "a.tampa.rr.com", ""),
            both("tencent", "charter"),
            "case and subdomains"
        );
        assert_eq!(
            ask("outlook-com.olc.protection.outlook.com", "", "hotmail.com", ""),
            both("microsoft-consumer", "microsoft-consumer")
        );
    }

    #[test]
    fn an_unknown_host_is_its_registrable_domain() {
        assert_eq!(
            ask("mx1.mail.example.co.uk", "", "x.example.net", ""),
            both("example.co.uk", "example.net")
        );
        assert_eq!(ask("notgoogle.com", "", "", "").0, "notgoogle.com");
    }

    #[test]
    fn a_filter_on_this_machine_is_no_provider() {
        assert_eq!(ask("amavis.example.org", "127.0.0.1", "", "").0, "nobody");
        assert_eq!(ask("localhost", "127.0.0.1", "", "").0, "nobody");
        assert_eq!(ask("192.0.2.1", "192.0.2.1", "", "").0, "nobody");
        assert_eq!(ask("[192.0.2.1]", "192.0.2.1", "", "").0, "nobody");
        assert_eq!(ask("mx.yandex.ru", "127.0.0.1", "", "").0, "yandex", "a known name wins");
    }

    #[test]
    fn the_text_names_the_host_where_the_relay_is_empty() {
        let text = "connect to mx1.seznam.cz[192.0.2.1]:25: Connection timed out";
        assert_eq!(ask("", "", "example.org", text).0, "seznam");
        let text =
            "lost connection with mx.example.org[192.0.2.1] while receiving the initial server greeting";
        assert_eq!(ask("", "", "", text).0, "example.org");
        assert_eq!(named_host(b"Host or domain name not found"), b"");
        assert_eq!(named_host(b"host mx1.example.org [192.0.2.1]: 421 no"), b"mx1.example.org");
        assert_eq!(named_host(b"Remote Server at mx1.example.org (192.0.2.1) returned"), b"mx1.example.org");
        assert_eq!(named_host(b"Client host (see below) rejected"), b"");
    }

    #[test]
    fn a_name_is_told_once() {
        let table = table();
        let mut memory = Memory::default();
        for host in ["mx1.example.org", "mx2.example.org", "mx1.example.org"] {
            memory.attribute(&table, host.as_bytes(), b"", b"example.org", b"");
        }
        assert_eq!(memory.take_names().len(), 1);
        assert!(memory.take_names().is_empty());
    }

    #[test]
    fn memory_is_bounded() {
        let table = table();
        let mut memory = Memory::default();
        for number in 0..3 * super::REMEMBERED {
            memory.attribute(&table, format!("mx.d{number}.example").as_bytes(), b"", b"", b"");
        }
        assert!(memory.relays.len() <= super::REMEMBERED);
        assert!(memory.told.len() <= 2 * super::REMEMBERED);
    }
}
