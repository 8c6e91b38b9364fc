//! What was heard before: the same reply to the same message, many to one small domain, and that an
//! address is dead.
//!
//! A deferred message is tried again and again, and each try hears the same. A small domain that
//! died refuses all of its two hundred addresses. A monitor writes to a colleague who left, all day.
//! None of them says more than it said at first, so none counts again as evidence of an incident.
//! They stay in every other count.

use crate::aggregate::LeafIx;
use crate::model::Moment;

/// Messages remembered; a newer one takes the place of an older one with the same end of its hash.
const MESSAGES: usize = 1 << 16;
/// Domains remembered, in the same way.
const DOMAINS: usize = 1 << 12;
/// Recipients remembered, in the same way.
const RECIPIENTS: usize = 1 << 16;
/// A recipient that is refused again within so long was known to be dead, in milliseconds.
const DEAD: i64 = 86_400_000;
/// Replies of one small domain that count at once.
const ENOUGH: u8 = 3;
/// Then one counts after so long, in milliseconds.
const APART: i64 = 600_000;
/// After so long without one, it is as if there had been none, in milliseconds.
const FORGOTTEN: i64 = 3_600_000;
/// A domain with so many attempts is no small one: it is like a provider.
const LARGE: u32 = 500;

/// The memory of all three: 928 KiB.
#[derive(Debug)]
pub(in super::super) struct Heard {
    messages: Vec<u32>,
    /// Hash of the recipient and the second when it was refused first.
    recipients: Vec<(u32, u32)>,
    domains: Vec<Domain>,
    /// Attempts by domain.
    volumes: Vec<(u64, u32)>,
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
    /// The hash of the recipient's domain; 0 where the domain is a provider's, or as large as one:
    /// there are more addresses than any one cause of theirs reaches.
    pub domain: u64,
    /// The hash of the recipient, where the reply is the address's fault; 0 where it is not, or the log
    /// tells none.
    pub recipient: u64,
    /// Whether it is a deferral, which the queue tries again.
    pub is_deferral: bool,
}

impl Heard {
    pub(in super::super) fn new() -> Self {
        Self {
            messages: vec![0; MESSAGES],
            recipients: vec![(0, 0); RECIPIENTS],
            domains: vec![Domain::default(); DOMAINS],
            volumes: vec![(0, 0); DOMAINS],
        }
    }

    /// Takes note of attempts at a domain; whether it is a large one.
    pub(in super::super) fn is_large(&mut self, domain: u64, times: u32) -> bool {
        let (of, attempts) = &mut self.volumes[domain as usize % DOMAINS];
        if *of != domain {
            (*of, *attempts) = (domain, 0);
        }
        *attempts = attempts.saturating_add(times);
        *attempts >= LARGE
    }

    /// Whether it was heard before; takes note of it.
    pub(in super::super) fn again(&mut self, said: &Said) -> bool {
        said.is_deferral && said.queue != 0 && self.is_same(said)
            || said.recipient != 0 && self.is_dead(said)
            || said.domain != 0 && self.is_enough(said)
    }

    fn is_same(&mut self, said: &Said) -> bool {
        let key = mixed(said.queue ^ (said.leaf.index() as u64) << 48);
        let (place, mark) = (key as usize % MESSAGES, (key >> 32) as u32 | 1);
        std::mem::replace(&mut self.messages[place], mark) == mark
    }

    fn is_dead(&mut self, said: &Said) -> bool {
        let key = mixed(said.recipient);
        let (mark, now) = ((key >> 32) as u32 | 1, said.at.seconds() as u32);
        let (of, first) = &mut self.recipients[key as usize % RECIPIENTS];
        // The past may be read late, so that time goes either way.
        if *of == mark && i64::from(now.abs_diff(*first)) * 1_000 < DEAD {
            return true;
        }
        (*of, *first) = (mark, now);
        false
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
        if domain.counted >= ENOUGH && age < APART {
            return true;
        }
        (domain.at, domain.counted) = (said.at, domain.counted.saturating_add(1));
        false
    }
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
    use crate::model::Moment;

    fn said(leaf: u16, second: i64, queue: u64, domain: u64) -> Said {
        Said {
            leaf: LeafIx::new(leaf),
            at: Moment::from_seconds(second),
            queue,
            domain,
            recipient: 0,
            is_deferral: domain == 0,
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
    fn a_dead_address_says_so_once_a_day() {
        let mut heard = Heard::new();
        let mut again = |second, recipient| heard.again(&Said { recipient, ..said(1, second, 0, 0) });
        let tries: Vec<bool> = [0, 40, 80, 86_000].into_iter().map(|at| again(at, 7)).collect();
        assert_eq!(tries, [false, true, true, true]);
        assert!(!again(86_400, 7), "another day");
        assert!(!again(86_400, 8), "another address");
        assert!(again(86_000, 8), "the past may be read late");
    }

    #[test]
    fn a_small_domain_counts_three_times_and_then_now_and_then() {
        let mut heard = Heard::new();
        assert!(!heard.is_large(99, 400) && heard.is_large(99, 100) && !heard.is_large(98, 1));
        let new = |heard: &mut Heard, from: i64, seconds: i64| {
            (from..from + seconds).filter(|at| !heard.again(&said(1, *at, 0, 99))).count()
        };
        assert_eq!(new(&mut heard, 0, 100), 3);
        assert_eq!(new(&mut heard, 100, 1_300), 2);
        assert_eq!(new(&mut heard, 9_000, 100), 3, "another day");
    }
}
