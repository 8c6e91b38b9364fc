//! Attempts meet their senders: those that the lines before told, and, while the past is read
//! block by block, those that an older block tells later.
//!
//! A block of the past is joined in itself, as if it were read alone, so that a short queue id that
//! was given again does not lend its sender to an older message. What finds none waits for the
//! older blocks; when one of those is read to its end, its last word on the queue id counts.

use hashbrown::HashMap;

use super::batch::{Event, PastBlock};
use crate::correlate::{Late, Sender, Senders, Unclaimed};

/// Blocks of the past that are read at the same time; one for every source, commonly.
const BLOCKS: usize = 1_024;

/// What is known about queue ids.
#[derive(Debug)]
pub(super) struct Joins {
    /// Of lines that come in the order of time.
    senders: Senders,
    /// Attempts whose sender was not known.
    missed: u64,
    past: Option<Past>,
    dropped: u64,
}

/// Needed only while the past is read.
#[derive(Debug)]
struct Past {
    senders: Senders,
    late: Late,
    blocks: HashMap<u64, Block>,
}

/// A block that is being read.
#[derive(Debug)]
struct Block {
    /// Attempts that waited when it began.
    mark: u64,
    /// Senders of queue ids that attempts wait for: the last one named, its instance, its campaign.
    claims: HashMap<u64, (Box<[u8]>, u64, u32)>,
}

/// A sender that came late, and whose attempts it is to amend.
#[derive(Debug)]
pub(super) struct Claim {
    /// Hash of MTA host and queue id.
    pub queue: u64,
    /// The sender's address.
    pub address: Box<[u8]>,
    /// The campaign's index.
    pub campaign: u32,
    /// The attempts.
    pub attempts: Vec<Unclaimed>,
}

impl Joins {
    pub(super) fn new() -> Self {
        Self { senders: Senders::new(), missed: 0, past: None, dropped: 0 }
    }

    /// The past will be read, so many blocks side by side: attempts without a sender wait.
    pub(super) fn expect_past(&mut self, blocks: usize) {
        let past = Past { senders: Senders::for_blocks(blocks), late: Late::new(), blocks: HashMap::new() };
        self.past.get_or_insert(past);
    }

    /// All of the past was read: nothing waits any more.
    pub(super) fn end_past(&mut self) {
        self.dropped = self.dropped();
        self.past = None;
    }

    /// Attempts whose sender was not known.
    pub(super) fn missed(&self) -> u64 {
        self.missed
    }

    /// Attempts that could not wait for their sender.
    pub(super) fn dropped(&self) -> u64 {
        self.dropped + self.past.as_ref().map_or(0, |past| past.late.dropped())
    }

    /// A line names the sender of a queue id.
    pub(super) fn remember(&mut self, of: Option<PastBlock>, event: &Event, address: &[u8], campaign: u32) {
        let (queue, instance) = (event.queue, event.instance);
        let (Some(block), Some(past)) = (of, &mut self.past) else {
            self.senders.remember(queue, instance, address, campaign);
            return;
        };
        past.senders.remember(salted(queue, block), instance, address, campaign);
        let mark = past.block(block).mark;
        if past.late.is_waiting(queue, mark) {
            past.block(block).claims.insert(queue, (Box::from(address), instance, campaign));
        }
    }

    /// The sender of an attempt.
    pub(super) fn sender(&self, of: Option<PastBlock>, event: &Event) -> Option<Sender<'_>> {
        match (of, &self.past) {
            (Some(block), Some(past)) => past.senders.of(salted(event.queue, block), event.instance),
            _ => self.senders.of(event.queue, event.instance),
        }
    }

    /// An attempt has no sender: it waits for the past, if that is read.
    pub(super) fn miss(&mut self, of: Option<PastBlock>, event: &Event, attempt: Unclaimed) {
        self.missed += 1;
        if let Some(past) = &mut self.past {
            if let Some(block) = of {
                past.block(block);
            }
            past.late.wait(event.queue, attempt);
        }
    }

    /// A block of the past was read to its end: what it says of attempts that were read before.
    pub(super) fn close(&mut self, block: PastBlock) -> Vec<Claim> {
        let Some(past) = &mut self.past else { return Vec::new() };
        let Some(Block { mark, claims }) = past.blocks.remove(&block.number) else { return Vec::new() };
        let mut told = Vec::new();
        for (queue, (address, instance, campaign)) in claims {
            let mut attempts = Vec::new();
            past.late.claim(queue, mark, |attempt| attempts.push(attempt));
            self.missed = self.missed.saturating_sub(attempts.len() as u64);
            // The message may be tried again.
            if self.senders.of(queue, instance).is_none() {
                self.senders.remember(queue, instance, &address, campaign);
            }
            told.push(Claim { queue, address, campaign, attempts });
        }
        told
    }
}

impl Past {
    fn block(&mut self, block: PastBlock) -> &mut Block {
        if self.blocks.len() >= BLOCKS {
            self.blocks.clear();
        }
        let mark = self.late.mark();
        self.blocks.entry(block.number).or_insert_with(|| Block { mark, claims: HashMap::new() })
    }
}

/// A queue id's key inside one block.
const fn salted(queue: u64, block: PastBlock) -> u64 {
    queue ^ block.number.wrapping_add(1).wrapping_mul(0x9e37_79b9_7f4a_7c15)
}
