//! Names and addresses that may be filled into commands.

use std::net::IpAddr;

use super::Facts;
use crate::diagnose::Evidence;

impl Facts {
    /// What commands are filled with. A name from the log goes into a line that the operator may
    /// paste into a shell, so it is only taken when it is a plain host name.
    pub(in crate::diagnose) fn addresses(&mut self, domain: &str, ip: Option<IpAddr>) {
        let domain = domain.rsplit('@').next().filter(|domain| is_host_name(domain)).unwrap_or("<domain>");
        let known = |value: &str, otherwise: &str| {
            if value.starts_with('<') { otherwise.to_owned() } else { value.to_owned() }
        };
        self.set_text("domain", domain.to_owned());
        self.set_text("sending_domain", known(domain, "the sending domain"));
        let shown = ip.map_or_else(|| "<IP>".to_owned(), |ip| ip.to_string());
        self.set_text("sending_ip", known(&shown, "the sending IP"));
        self.set_text("ip", shown);
        self.set_text("reversed_ip", ip.map_or_else(|| "<reversed IP>".to_owned(), reversed));
    }

    /// Whom commands ask on the other side: `mx.example.com[192.0.2.1]:25` is asked by its name.
    pub(super) fn theirs(&mut self, relay: Option<&str>, recipient_domain: Option<&str>) {
        let name = |text: Option<&str>, place: &str| {
            let name = text.and_then(|text| text.split(['[', ':']).next()).filter(|name| is_host_name(name));
            name.unwrap_or(place).to_owned()
        };
        self.set_text("relay", name(relay, "<relay>"));
        self.set_text("recipient_domain", name(recipient_domain, "<their domain>"));
    }
}

impl Evidence {
    /// Our addresses, the one that is refused most first.
    pub(in crate::diagnose) fn addresses(&self) -> Vec<IpAddr> {
        let named = self.ips.iter().chain(&self.sources).map(|share| &share.name);
        let mut ips: Vec<IpAddr> = Vec::new();
        for ip in self.sending_ip.iter().chain(named).filter_map(|name| address(name)) {
            if !ips.contains(&ip) {
                ips.push(ip);
            }
        }
        ips
    }

    /// Our sending domains, as far as they may stand in a command, the main one first.
    pub(in crate::diagnose) fn domains(&self) -> Vec<&str> {
        let all = self.sending_domain.iter().chain(self.senders.iter().map(|sender| &sender.name));
        let mut domains: Vec<&str> = Vec::new();
        for domain in all.filter_map(|name| name.rsplit('@').next()).filter(|name| is_host_name(name)) {
            if !domains.contains(&domain) {
                domains.push(domain);
            }
        }
        domains
    }
}

/// Letters, digits, dots, hyphens and underscores, ending in a label that can be a top level: a job id
/// is no domain.
fn is_host_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b".-_".contains(&byte);
    let top = text.rsplit_once('.').map_or("", |(_, top)| top);
    text.bytes().all(plain)
        && !text.starts_with(['-', '.'])
        && top.len() >= 2
        && top.bytes().any(|byte| byte.is_ascii_alphabetic())
}

pub(super) fn address(text: &str) -> Option<IpAddr> {
    text.trim_matches(['[', ']']).parse().ok()
}

/// An address as DNS lists want it: octets or nibbles from the last to the first.
fn reversed(ip: IpAddr) -> String {
    match ip {
        IpAddr::V4(ip) => {
            let [a, b, c, d] = ip.octets();
            format!("{d}.{c}.{b}.{a}")
        }
        IpAddr::V6(ip) => {
            let nibbles = ip.octets().into_iter().rev().flat_map(|byte| [byte & 15, byte >> 4]);
            nibbles.map(|nibble| format!("{nibble:x}")).collect::<Vec<_>>().join(".")
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{address, reversed};

    #[test]
    fn addresses_are_reversed_for_lists() {
        let turned = |text: &str| address(text).map(reversed);
        assert_eq!(turned("192.0.2.7").as_deref(), Some("7.2.0.192"));
        assert_eq!(turned("[192.0.2.7]").as_deref(), Some("7.2.0.192"));
        let six = turned("2001:db8::1").unwrap_or_default();
        assert!(six.starts_with("1.0.0.0.") && six.ends_with(".8.b.d.0.1.0.0.2"), "{six}");
        assert_eq!(turned("pool-a"), None);
    }
}
