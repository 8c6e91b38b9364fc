//! What other lines said about a queue id: the sender, and with it the campaign.
//!
//! Memory is bounded by construction: senders live in a byte ring that overwrites the oldest, and
//! the index has a fixed number of places, four per set, of which the oldest gives way.

mod late;

pub use late::{Late, Unclaimed};

/// Sets of the index at most, and where little is read at a time; powers of two.
const SETS: [usize; 2] = [16_384, 4_096];
/// Places in a set.
const WAYS: usize = 4;
/// Bytes of senders remembered at once, by set.
const BYTES: usize = 256;
/// Longest sender kept (RFC 5321 section 4.5.3.1 allows 256 octets in a path).
const SENDER: usize = 320;

/// Senders by queue id, for all files of all MTA hosts.
#[derive(Debug)]
pub struct Senders {
    index: Box<[[Entry; WAYS]]>,
    ring: Box<[u8]>,
    /// Bytes ever written; the place in the ring is this modulo its length.
    head: u64,
}

#[derive(Copy, Clone, Debug, Default)]
struct Entry {
    /// Hash of MTA host and queue id; with `start` 0, an empty place.
    key: u64,
    /// Where the sender begins, counted from 1.
    start: u64,
    /// Part of the hash of the instance: short ids repeat between the instances of one host.
    instance: u32,
    campaign: u32,
    length: u16,
}

/// What is known about a queue id.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Sender<'a> {
    /// The envelope sender's address.
    pub address: &'a [u8],
    /// The campaign's index.
    pub campaign: u32,
}

impl Default for Senders {
    fn default() -> Self {
        Self::new()
    }
}

impl Senders {
    /// Nothing remembered.
    #[must_use]
    pub fn new() -> Self {
        Self::with_sets(SETS[0])
    }

    /// For blocks of a MiB that are read side by side, each with some thousands of queue ids, and
    /// forgotten when they end.
    #[must_use]
    pub fn for_blocks(blocks: usize) -> Self {
        Self::with_sets((SETS[1] * blocks.next_power_of_two()).clamp(SETS[1], SETS[0]))
    }

    fn with_sets(sets: usize) -> Self {
        Self {
            index: vec![[Entry::default(); WAYS]; sets].into_boxed_slice(),
            ring: vec![0; sets * BYTES].into_boxed_slice(),
            head: 0,
        }
    }

    /// The set of a key. All of its bits take part: a hash may be poor in a few of them.
    const fn set(&self, key: u64) -> usize {
        (key.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> (u64::BITS - self.index.len().trailing_zeros())) as usize
    }

    /// Remembers the sender of a queue id. `key` and `instance` are hashes.
    pub fn remember(&mut self, key: u64, instance: u64, address: &[u8], campaign: u32) {
        let address = &address[..address.len().min(SENDER)];
        let start = self.write(address) + 1;
        let entry = Entry { key, start, instance: instance as u32, campaign, length: address.len() as u16 };
        let at = self.set(key);
        let set = &mut self.index[at];
        // The same message becomes active again for every retry: it keeps its place.
        let place = set.iter_mut().find(|place| place.key == key && place.instance == entry.instance);
        if let Some(place) = place {
            *place = entry;
        } else if let Some(oldest) = set.iter_mut().min_by_key(|place| place.start) {
            *oldest = entry;
        }
    }

    /// What is known about a queue id: of this instance, else of any instance of that host (a
    /// transport may log under a name of its own).
    #[must_use]
    pub fn of(&self, key: u64, instance: u64) -> Option<Sender<'_>> {
        let oldest = (self.head + 1).saturating_sub(self.ring.len() as u64);
        let known = |place: &&Entry| place.key == key && place.start > 0 && place.start >= oldest;
        let set = &self.index[self.set(key)];
        let exact = set.iter().filter(known).find(|place| place.instance == instance as u32);
        let entry = exact.or_else(|| set.iter().filter(known).max_by_key(|place| place.start))?;
        let at = ((entry.start - 1) % self.ring.len() as u64) as usize;
        Some(Sender { address: &self.ring[at..at + usize::from(entry.length)], campaign: entry.campaign })
    }

    /// Writes contiguous bytes; returns where they begin.
    fn write(&mut self, bytes: &[u8]) -> u64 {
        let room = self.ring.len() - (self.head % self.ring.len() as u64) as usize;
        if room < bytes.len() {
            self.head += room as u64;
        }
        let start = self.head;
        let at = (start % self.ring.len() as u64) as usize;
        self.ring[at..at + bytes.len()].copy_from_slice(bytes);
        self.head += bytes.len() as u64;
        start
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES, SETS, Senders, WAYS};

    #[test]
    fn a_sender_is_found_by_host_instance_and_queue_id() {
        let mut senders = Senders::new();
        senders.remember(1, 10, b"a@example.com", 5);
        senders.remember(1, 20, b"b@example.com", 6);
        assert_eq!(senders.of(1, 10).map(|s| s.address.to_vec()), Some(b"a@example.com".to_vec()));
        assert_eq!(senders.of(1, 20).map(|s| s.campaign), Some(6));
        assert!(senders.of(1, 99).is_some(), "a transport may have a syslog name of its own");
        assert_eq!(senders.of(2, 10), None);
    }

    #[test]
    fn the_newest_half_of_what_fits_survives() {
        let mut senders = Senders::new();
        let places = (SETS[0] * WAYS) as u64;
        let all = places * 2;
        // Keys are hashes; a fixed one (SplitMix64's), so that the test says the same every time.
        let key = |number: u64| {
            let mixed = number.wrapping_mul(0x9e37_79b9_7f4a_7c15);
            let mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        };
        for number in 0..all {
            senders.remember(key(number), 0, format!("bounce+{number}@example.com").as_bytes(), 0);
        }
        let newest = places / 4;
        let found = (all - newest..all)
            .filter(|number| {
                let want = format!("bounce+{number}@example.com").into_bytes();
                senders.of(key(*number), 0).is_some_and(|sender| sender.address == want)
            })
            .count() as u64;
        assert!(found * 100 >= newest * 95, "{found} of {newest}");
    }

    #[test]
    fn an_overwritten_sender_is_unknown_and_never_wrong() {
        let mut senders = Senders::new();
        senders.remember(1, 0, b"first@example.com", 0);
        let long = vec![b'x'; 300];
        for key in 2..((SETS[0] * BYTES) as u64 / 300 + 10) {
            senders.remember(key, 0, &long, 0);
        }
        assert_eq!(senders.of(1, 0), None);
    }

    #[test]
    fn a_retry_renews_what_is_known() {
        let mut senders = Senders::new();
        let all: Vec<u64> = (0..).filter(|key| senders.set(*key) == senders.set(7)).take(10).collect();
        let same_set = |number: u64| all[number as usize];
        senders.remember(same_set(0), 0, b"a@example.com", 0);
        for number in 1..WAYS as u64 {
            senders.remember(same_set(number), 0, b"x@example.com", 0);
        }
        senders.remember(same_set(0), 0, b"a@example.com", 0);
        senders.remember(same_set(9), 0, b"x@example.com", 0);
        assert!(senders.of(same_set(0), 0).is_some());
        assert!(senders.of(same_set(1), 0).is_none());
    }
}
