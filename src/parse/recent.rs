//! What earlier lines said, kept for the lines that need it, and never more than so much of it.

use std::collections::{HashMap, VecDeque};
use std::hash::{BuildHasher, Hasher, RandomState};

/// Values by key, of which at most so many are kept: the oldest goes.
///
/// A key is a keyed hash of 64 bits, so that no line costs memory for its key; nobody who writes
/// into a log can aim for two keys to meet.
#[derive(Debug)]
pub(super) struct Recent<V> {
    kept: HashMap<u64, Kept<V>>,
    /// Keys in the order of their insertion; those that were replaced or removed are left in it
    /// until there are as many of them as of the others.
    order: VecDeque<(u64, u64)>,
    turn: u64,
    most: usize,
    hashing: RandomState,
}

#[derive(Debug)]
struct Kept<V> {
    turn: u64,
    value: V,
}

impl<V> Recent<V> {
    /// Keeps at most `most` values.
    pub(super) fn new(most: usize) -> Self {
        let (kept, order, hashing) = (HashMap::new(), VecDeque::new(), RandomState::new());
        Self { kept, order, turn: 0, most: most.max(1), hashing }
    }

    /// The key of these parts.
    pub(super) fn key(&self, parts: &[&[u8]]) -> u64 {
        let mut hasher = self.hashing.build_hasher();
        for part in parts {
            hasher.write_usize(part.len());
            hasher.write(part);
        }
        hasher.finish()
    }

    /// Keeps `value`, in place of what was kept under `key` before.
    pub(super) fn insert(&mut self, key: u64, value: V) {
        self.turn += 1;
        self.kept.insert(key, Kept { turn: self.turn, value });
        self.order.push_back((key, self.turn));
        if self.kept.len() > self.most {
            while let Some((key, turn)) = self.order.pop_front() {
                if self.is_kept(key, turn) {
                    self.kept.remove(&key);
                    break;
                }
            }
        }
        if self.order.len() > 2 * self.most {
            let kept = &self.kept;
            self.order.retain(|(key, turn)| kept.get(key).is_some_and(|kept| kept.turn == *turn));
        }
    }

    /// What is kept under `key`.
    pub(super) fn get(&self, key: u64) -> Option<&V> {
        self.kept.get(&key).map(|kept| &kept.value)
    }

    /// The same, to be changed.
    pub(super) fn get_mut(&mut self, key: u64) -> Option<&mut V> {
        self.kept.get_mut(&key).map(|kept| &mut kept.value)
    }

    /// Takes out what is kept under `key`.
    pub(super) fn remove(&mut self, key: u64) -> Option<V> {
        self.kept.remove(&key).map(|kept| kept.value)
    }

    fn is_kept(&self, key: u64, turn: u64) -> bool {
        self.kept.get(&key).is_some_and(|kept| kept.turn == turn)
    }
}

#[cfg(test)]
mod tests {
    use super::Recent;

    #[test]
    fn the_oldest_goes_and_what_was_replaced_is_new_again() {
        let mut recent = Recent::new(2);
        recent.insert(1, 'a');
        recent.insert(2, 'b');
        recent.insert(1, 'c');
        recent.insert(3, 'd');
        assert_eq!((recent.get(1), recent.get(2), recent.get(3)), (Some(&'c'), None, Some(&'d')));
    }

    #[test]
    fn its_memory_has_an_end_whatever_is_put_in_and_taken_out() {
        let mut recent = Recent::new(10);
        for turn in 0..100_000u64 {
            recent.insert(turn % 7, turn);
            recent.insert(turn, turn);
            if turn % 3 == 0 {
                recent.remove(turn);
            }
            assert!(recent.kept.len() <= 10 && recent.order.len() <= 21);
        }
    }

    #[test]
    fn parts_do_not_run_together() {
        let recent = Recent::<()>::new(1);
        assert_eq!(recent.key(&[b"ab", b"c"]), recent.key(&[b"ab", b"c"]));
        assert_ne!(recent.key(&[b"ab", b"c"]), recent.key(&[b"a", b"bc"]));
    }
}
