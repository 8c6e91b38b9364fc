//! Whose send it is: source instances, campaigns, recipients, queue ids. All of them invented.

use super::names::{FIRST, LAST, TRADES};
use fastrand::Rng;

/// Our side of the connections: one Postfix instance per source IP.
#[derive(Debug)]
pub(super) struct Source {
    /// `syslog_name` of the instance.
    pub(super) tag: &'static str,
    /// Its address, as receivers quote it.
    pub(super) ip: &'static str,
    /// Share of the messages, of 100.
    pub(super) share: u32,
    /// Whether `enable_long_queue_ids` is on.
    pub(super) long_ids: bool,
}

/// The instances.
pub(super) const SOURCES: [Source; 4] = [
    Source { tag: "postfix-out1", ip: "192.0.2.11", share: 31, long_ids: true },
    Source { tag: "postfix-out2", ip: "192.0.2.12", share: 31, long_ids: true },
    Source { tag: "postfix-out3", ip: "192.0.2.13", share: 28, long_ids: true },
    Source { tag: "postfix-tx", ip: "192.0.2.20", share: 10, long_ids: false },
];

/// The source that an incident about an address happens to, in [`SOURCES`].
pub(super) const CULPRIT_SOURCE: usize = 1;

/// One send.
#[derive(Debug)]
pub(super) struct Campaign {
    /// The envelope sender's domain.
    pub(super) domain: &'static str,
    /// The number in the variable envelope return path.
    pub(super) number: u32,
    /// Share of the messages on an ordinary day, of 100.
    pub(super) share: u32,
    /// Share once the send of the incident has begun, of 100.
    pub(super) share_in_incident: u32,
    /// One envelope for several recipients, without VERP.
    pub(super) shared_envelope: bool,
}

/// The sends.
pub(super) const CAMPAIGNS: [Campaign; 5] = [
    Campaign {
        domain: "news.harborlane.example",
        number: 4471,
        share: 46,
        share_in_incident: 27,
        shared_envelope: false,
    },
    Campaign {
        domain: "mail.velowerk.example",
        number: 1187,
        share: 30,
        share_in_incident: 18,
        shared_envelope: false,
    },
    Campaign {
        domain: "receipts.orchardpay.example",
        number: 20,
        share: 10,
        share_in_incident: 6,
        shared_envelope: false,
    },
    Campaign {
        domain: "team.fieldnotes.example",
        number: 3,
        share: 8,
        share_in_incident: 4,
        shared_envelope: true,
    },
    Campaign {
        domain: "winback.tallowpine.example",
        number: 902,
        share: 6,
        share_in_incident: 45,
        shared_envelope: false,
    },
];

/// The send that an incident about a list or a content happens to, in [`CAMPAIGNS`].
pub(super) const CULPRIT_CAMPAIGN: usize = 4;

/// Draws an index by share.
pub(super) fn by_share(shares: impl IntoIterator<Item = u32> + Clone, rng: &mut Rng) -> usize {
    let total = shares.clone().into_iter().sum::<u32>();
    let mut drawn = rng.u32(0..total.max(1));
    for (index, share) in shares.into_iter().enumerate() {
        match drawn.checked_sub(share) {
            Some(rest) => drawn = rest,
            None => return index,
        }
    }
    0
}

/// A local part as people have them.
pub(super) fn local_part(rng: &mut Rng) -> String {
    let first = FIRST[rng.usize(..FIRST.len())];
    let last = LAST[rng.usize(..LAST.len())];
    match rng.u8(..5) {
        0 => format!("{first}.{last}"),
        1 => format!("{first}{last}{}", rng.u32(1..99)),
        2 => format!("{}{last}", &first[..1]),
        3 => format!("{first}_{}", rng.u32(1960..2006)),
        _ => format!("{first}.{last}{}", rng.u32(1..999)),
    }
}

/// A corporate domain: a long tail.
pub(super) fn corporate_domain(rng: &mut Rng) -> String {
    let trade = TRADES[rng.usize(..TRADES.len())];
    // Squaring a fraction makes the first numbers common and the last rare.
    let rank = rng.f64();
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "0..40")]
    let number = (rank * rank * 40.0) as u32;
    if number == 0 { format!("{trade}.example") } else { format!("{trade}{number}.example") }
}

/// A queue id as Postfix makes them from the time and the queue file's inode.
pub(super) fn queue_id(micros: u64, inode: u64, long: bool) -> String {
    if !long {
        return format!("{:05X}{:X}", micros % 1_000_000, 0x1A_0000 + inode % 0xF_FFFF);
    }
    let mut id = digits(micros / 1_000_000, 52, 6);
    id.push_str(&digits(micros % 1_000_000, 52, 4));
    id.push('z');
    id.push_str(&digits(inode, 51, 1));
    id
}

/// `number` in Postfix's vowel-less digits, at least `width` of them.
fn digits(mut number: u64, base: u64, width: usize) -> String {
    const ALPHABET: &[u8; 52] = b"0123456789BCDFGHJKLMNPQRSTVWXYZbcdfghjklmnpqrstvwxyz";
    let mut out = Vec::new();
    while number > 0 || out.len() < width {
        out.push(char::from(ALPHABET[(number % base) as usize % ALPHABET.len()]));
        number /= base;
    }
    out.iter().rev().collect()
}
