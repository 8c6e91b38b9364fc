//! Keys in the order in which they were first counted, each with an index that rings can count.
//!
//! Snapshots share them: a copy is two reference counts, and only a new key that comes while one is
//! held copies the list.

use std::hash::Hash;
use std::sync::Arc;

use hashbrown::HashMap;

use super::LeafIx;

/// The keys and their indices.
#[derive(Clone, Debug)]
pub(super) struct Keys<K> {
    list: Arc<Vec<K>>,
    index: Arc<HashMap<K, LeafIx>>,
}

impl<K> Default for Keys<K> {
    fn default() -> Self {
        Self { list: Arc::default(), index: Arc::default() }
    }
}

impl<K: Copy + Eq + Hash> Keys<K> {
    pub(super) fn list(&self) -> &[K] {
        &self.list
    }

    /// The index of a key that is there.
    pub(super) fn get(&self, key: K) -> Option<LeafIx> {
        self.index.get(&key).copied()
    }

    /// The index of a key, which is entered while fewer than `limit` are there.
    pub(super) fn enter(&mut self, key: K, limit: usize) -> Option<LeafIx> {
        if let Some(index) = self.get(key) {
            return Some(index);
        }
        let there = self.list.len();
        let index = LeafIx::new(u16::try_from(there).ok().filter(|_| there < limit)?);
        Arc::make_mut(&mut self.list).push(key);
        Arc::make_mut(&mut self.index).insert(key, index);
        Some(index)
    }
}
