//! What other lines said about a queue id: the sender, and with it the campaign.
//!
//! Memory is bounded twice: senders live in a byte ring that overwrites the oldest, and the index
//! forgets in the order of arrival. What was asked for after it was forgotten is counted.

use std::collections::VecDeque;
use std::hash::BuildHasher;

use hashbrown::{DefaultHashBuilder, HashTable};

/// Queue ids remembered at once.
const IDS: usize = 65_536;
/// Bytes of senders remembered at once.
const BYTES: usize = 4 << 20;
/// Longest sender kept (RFC 5321 section 4.5.3.1 allows 256 octets in a path).
const SENDER: usize = 320;

/// Senders by queue id, for all files of all MTA hosts.
#[derive(Debug)]
pub struct Senders {
    index: HashTable<Entry>,
    /// Keys in order of arrival, with where their sender began.
    order: VecDeque<(u64, u64)>,
    ring: Box<[u8]>,
    /// Bytes ever written; the place in the ring is this modulo its length.
    head: u64,
    hasher: DefaultHashBuilder,
    missed: u64,
}

#[derive(Copy, Clone, Debug)]
struct Entry {
    /// Hash of MTA host and queue id.
    key: u64,
    /// Hash of the instance: short ids repeat between the instances of one host.
    instance: u64,
    start: u64,
    length: u16,
    campaign: u32,
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
        Self {
            index: HashTable::new(),
            order: VecDeque::new(),
            ring: vec![0; BYTES].into_boxed_slice(),
            head: 0,
            hasher: DefaultHashBuilder::default(),
            missed: 0,
        }
    }

    /// Attempts whose sender was not known (never logged, or forgotten).
    #[must_use]
    pub fn missed(&self) -> u64 {
        self.missed
    }

    /// Remembers the sender of a queue id.
    pub fn remember(&mut self, key: u64, instance: u64, address: &[u8], campaign: u32) {
        let address = &address[..address.len().min(SENDER)];
        if self.order.len() >= IDS {
            self.forget_oldest();
        }
        let start = self.write(address);
        let entry = Entry { key, instance, start, length: address.len() as u16, campaign };
        let hash = self.hasher.hash_one(key);
        // The same message becomes active again for every retry.
        if let Some(known) = self.index.find_mut(hash, |entry| entry.key == key && entry.instance == instance)
        {
            *known = entry;
        } else {
            let hasher = &self.hasher;
            self.index.insert_unique(hash, entry, |entry| hasher.hash_one(entry.key));
        }
        self.order.push_back((key, start));
    }

    /// What is known about a queue id: of this instance, else of any instance of that host (a
    /// transport may log under a name of its own).
    pub fn of(&mut self, key: u64, instance: u64) -> Option<Sender<'_>> {
        let hash = self.hasher.hash_one(key);
        let entry = self
            .index
            .find(hash, |entry| entry.key == key && entry.instance == instance)
            .or_else(|| self.index.find(hash, |entry| entry.key == key))
            .copied();
        match entry {
            Some(entry) if self.head - entry.start <= BYTES as u64 => {
                let start = (entry.start % BYTES as u64) as usize;
                let address = &self.ring[start..start + usize::from(entry.length)];
                Some(Sender { address, campaign: entry.campaign })
            }
            _ => {
                self.missed += 1;
                None
            }
        }
    }

    /// Writes contiguous bytes; returns where they begin.
    fn write(&mut self, bytes: &[u8]) -> u64 {
        let room = BYTES - (self.head % BYTES as u64) as usize;
        if room < bytes.len() {
            self.head += room as u64;
        }
        let start = self.head;
        let at = (start % BYTES as u64) as usize;
        self.ring[at..at + bytes.len()].copy_from_slice(bytes);
        self.head += bytes.len() as u64;
        start
    }

    fn forget_oldest(&mut self) {
        let Some((key, start)) = self.order.pop_front() else { return };
        let hash = self.hasher.hash_one(key);
        // An entry that was renewed since has another start and stays.
        if let Ok(found) = self.index.find_entry(hash, |entry| entry.key == key && entry.start == start) {
            found.remove();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{BYTES, IDS, Senders};

    #[test]
    fn a_sender_is_found_by_host_instance_and_queue_id() {
        let mut senders = Senders::new();
        senders.remember(1, 10, b"a@example.com", 5);
        senders.remember(1, 20, b"b@example.com", 6);
        assert_eq!(senders.of(1, 10).map(|s| s.address.to_vec()), Some(b"a@example.com".to_vec()));
        assert_eq!(senders.of(1, 20).map(|s| s.campaign), Some(6));
        assert!(senders.of(1, 99).is_some(), "a transport may have a syslog name of its own");
        assert_eq!(senders.of(2, 10), None);
        assert_eq!(senders.missed(), 1);
    }

    #[test]
    fn memory_is_bounded_and_the_newest_survive() {
        let mut senders = Senders::new();
        for key in 0..(IDS as u64 * 2) {
            senders.remember(key, 0, format!("bounce+{key}@example.com").as_bytes(), 0);
        }
        assert!(senders.index.len() <= IDS);
        let newest = IDS as u64 * 2 - 1;
        assert_eq!(
            senders.of(newest, 0).map(|s| s.address.to_vec()),
            Some(format!("bounce+{newest}@example.com").into_bytes())
        );
        assert_eq!(senders.of(0, 0), None);
    }

    #[test]
    fn an_overwritten_sender_is_unknown_and_never_wrong() {
        let mut senders = Senders::new();
        senders.remember(1, 0, b"first@example.com", 0);
        let long = vec![b'x'; 300];
        for key in 2..(BYTES as u64 / 300 + 10) {
            senders.remember(key, 0, &long, 0);
        }
        assert_eq!(senders.of(1, 0), None);
    }

    #[test]
    fn a_retry_renews_what_is_known() {
        let mut senders = Senders::new();
        senders.remember(7, 0, b"a@example.com", 0);
        for key in 100..(100 + IDS as u64 - 2) {
            senders.remember(key, 0, b"x@example.com", 0);
        }
        senders.remember(7, 0, b"a@example.com", 0);
        for key in 1_000_000..1_000_010 {
            senders.remember(key, 0, b"x@example.com", 0);
        }
        assert!(senders.of(7, 0).is_some());
    }
}
