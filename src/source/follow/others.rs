//! What several follows of one process hold at a time.
//!
//! Where the names of two followed logs are swapped, or a log is renamed to what is followed, too, each of them reads
//! what the other one has read. That cannot be told from two logs by the names alone; by who holds what it can, and is
//! said.

use std::collections::VecDeque;
use std::sync::{LazyLock, Mutex, PoisonError};

use hashbrown::HashMap;

use super::seen::Who;

/// Files of one follow that are remembered.
const FILES: usize = 16;

/// The files that were held, the last one at the end, by the follow's number.
#[derive(Debug, Default)]
struct Others {
    next: u64,
    held: HashMap<u64, VecDeque<Who>>,
}

static OTHERS: LazyLock<Mutex<Others>> = LazyLock::new(Mutex::default);

/// One follow among others.
#[derive(Debug)]
pub(super) struct Among {
    number: u64,
    last: Option<Who>,
    is_told: bool,
}

impl Among {
    pub(super) fn new() -> Self {
        Self {
            number: with(|others| {
                others.next += 1;
                others.next
            }),
            last: None,
            is_told: false,
        }
    }

    /// It reads this file, or begins to: what is to be said of that, once.
    pub(super) fn reads(&mut self, file: Who) -> Option<&'static str> {
        if self.last.replace(file) == Some(file) {
            return None;
        }
        let is_others = with(|others| {
            let is_others =
                others.held.iter().any(|(number, held)| *number != self.number && held.contains(&file));
            let held = others.held.entry(self.number).or_default();
            if held.len() >= FILES {
                held.pop_front();
            }
            held.push_back(file);
            is_others
        });
        (is_others && !std::mem::replace(&mut self.is_told, true)).then_some(
            "this file was read by another followed name, too: were the names swapped, or a log renamed to one that is \
             followed? Its lines may have come twice",
        )
    }
}

impl Drop for Among {
    fn drop(&mut self) {
        with(|others| _ = others.held.remove(&self.number));
    }
}

fn with<T>(ask: impl FnOnce(&mut Others) -> T) -> T {
    ask(&mut OTHERS.lock().unwrap_or_else(PoisonError::into_inner))
}
