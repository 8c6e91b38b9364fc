//! What was heard before: the same reply to the same message, and many to one small domain.
//!
//! A deferred message is tried again and again, and each try hears the same. A small domain that
//! died refuses all of its two hundred addresses. Neither says more than it said at first, so
//! neither counts again as evidence of an incident. They stay in every other count.

use crate::aggregate::LeafIx;
use crate::diagnose::incident::Fault;
use crate::model::Moment;

/// Messages remembered; a newer one takes the place of an older one with the same end of its hash.
const MESSAGES: usize = 1 << 16;
/// Domains remembered, in the same way.
const DOMAINS: usize = 1 << 12;
/// Replies of one small domain that count at once.
const ENOUGH: u8 = 3;
/// Then one counts after so long, in milliseconds: the address's fault, the sender's.
const APART: [i64; 2] = [120_000, 30_000];
/// After so long without one, it is as if there had been none, in milliseconds.
const FORGOTTEN: i64 = 900_000;

/// The memory of both: 352 KiB.
#[derive(Debug)]
pub(in super::super) struct Heard {
    messages: Vec<u32>,
    domains: Vec<Domain>,
}

/// A small domain with one kind of reply.
#[derive(Copy, Clone, Debug, Default)]
struct Domain {
    key: u64,
    /// When one counted last.
    at: Moment,
    counted: u8,
}

/// A reply that may have been heard before.
#[derive(Copy, Clone, Debug)]
pub(in super::super) struct Said {
    /// What it is counted as.
    pub leaf: LeafIx,
    /// When.
    pub at: Moment,
    /// The hash of the message's queue id; 0 where the log tells none.
    pub queue: u64,
    /// The hash of the recipient's domain; 0 where the domain is a provider's, with more addresses
    /// than any one cause reaches.
    pub domain: u64,
    /// Whether it is a deferral, which the queue tries again.
    pub is_deferral: bool,
    /// Whose fault it is.
    pub fault: Fault,
}

impl Heard {
    pub(in super::super) fn new() -> Self {
        Self { messages: vec![0; MESSAGES], domains: vec![Domain::default(); DOMAINS] }
    }

    /// Whether it was heard before; takes note of it.
    pub(in super::super) fn again(&mut self, said: &Said) -> bool {
        said.is_deferral && said.queue != 0 && self.is_same(said) || said.domain != 0 && self.is_enough(said)
    }

    fn is_same(&mut self, said: &Said) -> bool {
        let key = mixed(said.queue ^ (said.leaf.index() as u64) << 48);
        let (place, mark) = (key as usize % MESSAGES, (key >> 32) as u32 | 1);
        std::mem::replace(&mut self.messages[place], mark) == mark
    }

    fn is_enough(&mut self, said: &Said) -> bool {
        let key = mixed(said.domain ^ (said.leaf.index() as u64) << 48);
        let domain = &mut self.domains[key as usize % DOMAINS];
        // The past may be read late, so that time goes either way.
        let age = said.at.since(domain.at).abs();
        if domain.key != key || age > FORGOTTEN {
            *domain = Domain { key, at: said.at, counted: 1 };
            return false;
        }
        let apart = match said.fault {
            Fault::Address => APART[0],
            Fault::Sender => APART[1],
        };
        if domain.counted >= ENOUGH && age < apart {
            return true;
        }
        (domain.at, domain.counted) = (said.at, domain.counted.saturating_add(1));
        false
    }
}

/// The hash of a domain, whatever the case of its letters (FNV-1a); 0 where there is none.
pub(in super::super) fn domain_hash(domain: &[u8]) -> u64 {
    if domain.is_empty() {
        return 0;
    }
    domain.iter().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte.to_ascii_lowercase())).wrapping_mul(0x0100_0000_01b3)
    })
}

/// Spreads a hash over all of its bits (the finaliser of SplitMix64).
const fn mixed(hash: u64) -> u64 {
    let hash = (hash ^ (hash >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let hash = (hash ^ (hash >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    hash ^ (hash >> 31)
}

#[cfg(test)]
mod tests {
    use super::{Heard, Said};
    use crate::aggregate::LeafIx;
    use crate::diagnose::incident::Fault;
    use crate::model::Moment;

    fn said(leaf: u16, second: i64, queue: u64, domain: u64) -> Said {
        Said {
            leaf: LeafIx::new(leaf),
            at: Moment::from_seconds(second),
            queue,
            domain,
            is_deferral: domain == 0,
            fault: if domain == 0 { Fault::Sender } else { Fault::Address },
        }
    }

    #[test]
    fn a_message_that_is_tried_again_says_nothing_new_until_it_hears_something_else() {
        let mut heard = Heard::new();
        let tries: Vec<bool> = (0..5).map(|at| heard.again(&said(1, at * 300, 7, 0))).collect();
        assert_eq!(tries, [false, true, true, true, true]);
        assert!(!heard.again(&said(2, 9_999, 7, 0)), "another reply");
        assert!(!heard.again(&said(1, 9_999, 8, 0)), "another message");
        assert!(!heard.again(&said(1, 9_999, 0, 0)) && !heard.again(&said(1, 9_999, 0, 0)), "no queue id");
    }

    #[test]
    fn a_small_domain_counts_three_times_and_then_now_and_then() {
        let mut heard = Heard::new();
        let new = |heard: &mut Heard, from: i64, seconds: i64| {
            (from..from + seconds).filter(|at| !heard.again(&said(1, *at, 0, 99))).count()
        };
        assert_eq!(new(&mut heard, 0, 100), 3);
        assert_eq!(new(&mut heard, 100, 500), 4);
        assert_eq!(new(&mut heard, 9_000, 100), 3, "another day");
    }
}
