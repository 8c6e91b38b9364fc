//! A log that was written anew with what it held: an editor, a filter or a trimmer writes another file,
//! and gives it the log's name (`sed -i`; `tail -n 1000 log >new && mv new log`).
//!
//! Nothing ties the new file to the old one but its bytes. What was read last is looked for in it: where
//! that is found, the new file is read behind it, and nothing comes twice. Only where nothing says that the
//! log was rotated: the old file lies beside it under no elder's name. And only by bytes that tell one place
//! from another: a log that says the same again and again has none.

use memchr::memmem;

use super::Follow;
use super::held::Held;
use super::prints::bytes_at;
use crate::source::disk::{Disk, Handle};

/// Bytes that are looked for, at least and at most.
const LEAST: u64 = 128;
const MOST: u64 = 256;
/// Among so many bytes that were read last they have to be the only ones of their kind.
const NEAR: u64 = 64 << 10;
/// So far from the end of the new file they are looked for.
const FAR: u64 = 16 << 20;
/// Bytes that are read at once.
const READ: u64 = 256 << 10;

impl<D: Disk> Follow<D> {
    /// Goes on in `next` behind what was read of `held`, if it holds that; whether it does.
    pub(super) fn goes_on_in(
        &mut self,
        held: &mut Held<D::Handle>,
        next: Option<&mut Held<D::Handle>>,
    ) -> bool {
        let Some(next) = next.filter(|next| next.may_hold(held)) else { return false };
        if self.lookout.is_beside(held.identity) {
            return false;
        }
        if let Ok(now) = next.file.stat() {
            next.size = next.size.max(now.size);
        }
        let behind = place_in(&next.file, next.size, &held.file, held.offset);
        let Some(at) = behind.or_else(|| held.last_kept_in(next)) else { return false };
        if behind.is_none() {
            self.notes.push(format!(
                "was written anew without the last lines that were read: reading on {at} bytes from its beginning, up \
                 to where it is known to be as it was; lines behind that may come again"
            ));
        } else {
            // Half a line goes on, too.
            std::mem::swap(&mut held.blocks, &mut next.blocks);
        }
        next.resume(at);
        true
    }
}

impl<H: Handle> Held<H> {
    /// Whether this may be `held`, written anew.
    fn may_hold(&self, held: &Self) -> bool {
        let is_unread =
            self.offset == 0 && !self.is_missed && !self.is_copy && self.identity != held.identity;
        is_unread && !held.is_copy && held.offset >= LEAST && held.way.is_plain()
    }
}

/// Behind which place of `new`, which is so long, that stands which stands before `at` in `old`.
fn place_in(new: &impl Handle, size: u64, old: &impl Handle, at: u64) -> Option<u64> {
    let before = |length: u64| bytes_at(old, usize::try_from(length).unwrap_or(0), at - length);
    let sought = before(at.min(MOST));
    let length = sought.len() as u64;
    let near = before(at.min(NEAR));
    if length < LEAST || memmem::find(&near, &sought) != Some(near.len().checked_sub(sought.len())?) {
        return None;
    }
    if new.has(&sought, at - length) {
        return Some(at);
    }
    let (mut from, mut found) = (size.saturating_sub(FAR), None);
    let finder = memmem::Finder::new(&sought);
    while from + length <= size {
        let bytes = bytes_at(new, usize::try_from(READ + length - 1).unwrap_or(0), from);
        for place in finder.find_iter(&bytes) {
            // There twice, it tells nothing.
            if found.replace(from + place as u64 + length).is_some() {
                return None;
            }
        }
        from += READ;
    }
    found
}
