//! Verdicts that were given, in two generations: a flood of signatures that come once does not push
//! out those that come again and again.

use std::hash::Hash;
use std::mem;

use hashbrown::HashMap;

/// Verdicts of one generation; two are kept.
const GENERATION: usize = 1024;

/// A bounded memory. What is asked for again moves to the young generation; when that is full it
/// becomes the old one, and what was old and not asked for is forgotten.
#[derive(Debug)]
pub(super) struct Memory<K, V> {
    young: HashMap<K, V>,
    old: HashMap<K, V>,
}

impl<K: Hash + Eq, V: Clone> Memory<K, V> {
    pub(super) fn new() -> Self {
        Self { young: HashMap::new(), old: HashMap::new() }
    }

    pub(super) fn get(&mut self, key: &K) -> Option<V> {
        if let Some(known) = self.young.get(key) {
            return Some(known.clone());
        }
        let (key, known) = self.old.remove_entry(key)?;
        self.put(key, known.clone());
        Some(known)
    }

    pub(super) fn put(&mut self, key: K, value: V) {
        if self.young.len() >= GENERATION {
            mem::swap(&mut self.young, &mut self.old);
            self.young.clear();
        }
        self.young.insert(key, value);
    }
}

#[cfg(test)]
mod tests {
    use super::{GENERATION, Memory};

    #[test]
    fn what_is_asked_for_again_survives_a_flood_and_the_flood_does_not() {
        let mut memory = Memory::new();
        memory.put(0, "hot");
        for number in 1..20 * GENERATION {
            memory.put(number, "once");
            if number % 100 == 0 {
                assert_eq!(memory.get(&0), Some("hot"), "after {number}");
            }
            assert!(memory.young.len() + memory.old.len() <= 2 * GENERATION);
        }
        assert_eq!(memory.get(&1), None);
    }
}
