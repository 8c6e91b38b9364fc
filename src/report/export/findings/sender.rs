//! Who sends, as the receiver sees it.

use std::collections::BTreeMap;
use std::net::IpAddr;

use crate::engine::Specimen;
use crate::model::domain;
use crate::report::export::hold::is_host;

/// Our address as the receiver sees it: the one that the reply names and that is not the receiver's
/// own; else our source, where it is one.
pub(super) fn sending_ip(one: &Specimen) -> Option<IpAddr> {
    let ip = |text: &str| text.parse::<IpAddr>().ok().filter(is_outside);
    let relay = one.relay.rsplit('[').next().and_then(|tail| ip(tail.trim_end_matches(']')));
    let words = one.reply.split(|c: char| !(c.is_ascii_hexdigit() || c == '.' || c == ':'));
    let mut said = words.filter_map(|word| ip(word.trim_matches(['.', ':'])));
    said.find(|ip| Some(*ip) != relay).or_else(|| ip(one.source.rsplit('-').next()?))
}

/// Whether a receiver can see such an address: none of a private network.
fn is_outside(ip: &IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => !(ip.is_private() || ip.is_loopback() || ip.is_unspecified() || ip.is_link_local()),
        // fc00::/7 and fe80::/10
        IpAddr::V6(ip) => {
            let first = ip.segments()[0];
            !(ip.is_loopback() || ip.is_unspecified() || first & 0xfe00 == 0xfc00 || first & 0xffc0 == 0xfe80)
        }
    }
}

/// The envelope sender's domain, where it may stand in a command.
pub(super) fn sending_domain(one: &Specimen) -> Option<String> {
    let domain = String::from_utf8_lossy(domain(one.sender.as_bytes())).to_ascii_lowercase();
    is_host(&domain).then_some(domain)
}

/// Most frequent first; equal counts in the order of the values.
pub(super) fn ranked<T: Ord>(values: impl Iterator<Item = T>) -> Vec<(T, usize)> {
    let mut counts: BTreeMap<T, usize> = BTreeMap::new();
    values.for_each(|value| *counts.entry(value).or_default() += 1);
    let mut ranked: Vec<(T, usize)> = counts.into_iter().collect();
    ranked.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    ranked
}
