//! How a value is compared: as a part of the name, as the whole of it, with stars, or as an address.

use std::net::IpAddr;

/// What a name has to be like. Case never matters.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(in crate::engine) enum Pattern {
    /// The name holds this.
    Part(String),
    /// The name is this.
    Whole(String),
    /// The whole name, where a `*` stands for anything.
    Glob(String),
    /// The name is, or holds, an address of this network: the address and the bits that count.
    Network(IpAddr, u32),
}

impl Pattern {
    /// Part of a name, or with a star the whole of it.
    pub(super) fn part(value: &str) -> Self {
        let value = value.to_lowercase();
        if value.contains('*') { Self::Glob(value) } else { Self::Part(value) }
    }

    /// The whole name, or with a star what it is like.
    pub(super) fn glob(value: &str) -> Self {
        Self::Glob(value.to_lowercase())
    }

    /// The whole name, as it is.
    pub(super) fn whole(value: &str) -> Self {
        Self::Whole(value.to_lowercase())
    }

    /// An address, a network (`192.0.2.0/24`, `2001:db8::/32`), else part of a name.
    ///
    /// # Errors
    /// A network whose prefix is none: where in `value`, and what is wrong there.
    pub(super) fn source(value: &str) -> Result<Self, (usize, String)> {
        if let Ok(address) = value.parse::<IpAddr>() {
            let address = address.to_canonical();
            return Ok(Self::Network(address, width(address)));
        }
        let Some((address, prefix)) = value.split_once('/') else { return Ok(Self::part(value)) };
        // A pool may have a stroke in its name.
        let Ok(address) = address.parse::<IpAddr>() else { return Ok(Self::part(value)) };
        let most = width(address);
        match prefix.parse::<u32>() {
            Ok(bits) if bits <= most => Ok(Self::Network(address, bits)),
            _ => Err((value.len() - prefix.len(), format!("0 to {most} bits are needed after the /"))),
        }
    }

    /// What can be marked where it stands: a part or a name, without stars.
    pub(super) fn word(&self) -> Option<&str> {
        match self {
            Self::Part(word) | Self::Whole(word) => Some(word),
            Self::Glob(_) | Self::Network(..) => None,
        }
    }

    /// Whether a name is like this.
    pub(super) fn is_in(&self, name: &str) -> bool {
        match self {
            Self::Part(part) => name.to_lowercase().contains(part),
            Self::Whole(whole) => name.to_lowercase() == *whole,
            Self::Glob(pattern) => glob(pattern, &name.to_lowercase()),
            Self::Network(network, bits) => addresses(name).any(|one| is_inside(one, *network, *bits)),
        }
    }

    /// Whether a name is or holds an address of any network.
    pub(super) fn holds_address(name: &str) -> bool {
        addresses(name).next().is_some()
    }
}

/// The addresses that stand in a name.
fn addresses(name: &str) -> impl Iterator<Item = IpAddr> {
    name.split(['[', ']', '(', ')', ' ', ',', '=']).filter_map(|word| word.parse().ok())
}

/// The bits of an address.
const fn width(address: IpAddr) -> u32 {
    match address {
        IpAddr::V4(_) => 32,
        IpAddr::V6(_) => 128,
    }
}

fn is_inside(address: IpAddr, network: IpAddr, bits: u32) -> bool {
    let same = |a: u128, b: u128, width: u32| bits == 0 || a >> (width - bits) == b >> (width - bits);
    let (address, mapped) = (address.to_canonical(), address);
    match (address, network) {
        (IpAddr::V4(a), IpAddr::V4(b)) => same(u128::from(a.to_bits()), u128::from(b.to_bits()), 32),
        (_, IpAddr::V6(b)) => {
            let IpAddr::V6(a) = mapped else { return false };
            same(a.to_bits(), b.to_bits(), 128)
        }
        (IpAddr::V6(_), IpAddr::V4(_)) => false,
    }
}

/// `5.7.*` against `5.7.26`; both in lower case.
fn glob(pattern: &str, text: &str) -> bool {
    let mut parts = pattern.split('*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    for part in parts {
        match rest.find(part) {
            Some(at) => rest = &rest[at + part.len()..],
            None => return false,
        }
    }
    rest.ends_with(last)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::{Pattern, glob};

    #[test]
    fn stars_stand_for_anything() {
        assert!(glob("5.7.*", "5.7.1"));
        assert!(glob("*7*", "5.7.1"));
        assert!(Pattern::glob("S31*").is_in("S3150"));
        assert!(!glob("5.7", "5.7.1"));
        assert!(glob("*1", "5.7.1"));
        assert!(glob("*ab", "abab"), "the last part is looked for at the end");
        assert!(!glob("5.*.2", "5.7.1"));
        assert!(!glob("ab*ba", "aba"));
    }

    #[test]
    fn an_address_is_no_part_of_another_one() {
        let is_in = |value: &str, name: &str| Pattern::source(value).unwrap().is_in(name);
        assert!(is_in("192.0.2.1", "192.0.2.1") && !is_in("192.0.2.1", "192.0.2.10"));
        assert!(is_in("192.0.2.0/24", "192.0.2.255") && !is_in("192.0.2.0/24", "192.0.3.0"));
        assert!(is_in("192.0.2.0/24", "mta1[192.0.2.7]"));
        assert!(is_in("192.0.2.0/24", "::ffff:192.0.2.7"));
        assert!(is_in("0.0.0.0/0", "203.0.113.9") && !is_in("0.0.0.0/0", "2001:db8::1"));
        assert!(is_in("2001:db8::/32", "2001:db8:1::9") && !is_in("2001:db8::/32", "2001:db9::"));
        assert!(is_in("::/0", "2001:db8::1"));
        assert!(is_in("192.0.2.", "192.0.2.10"), "a part of it");
        assert!(is_in("pool-a/b", "the pool-a/b one") && is_in("pool*", "pool-a") && !is_in("ool*", "pool"));
        assert_eq!(Pattern::source("192.0.2.0/33").unwrap_err().0, 10);
        assert_eq!(Pattern::source("192.0.2.0/").unwrap_err().0, 10);
        assert!(Pattern::source("2001:db8::/129").is_err());
    }
}
