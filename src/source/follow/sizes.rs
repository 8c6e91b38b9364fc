//! The sizes that a file was seen to have, by whoever looked.
//!
//! Who reads may be kept waiting (a pipe that nobody empties), and the file be cut, written on, and cut again
//! meanwhile. Nothing is left of what it held in between, but that somebody saw how much that was. So each
//! look at what the path names notes its size; sizes are asked and noted under one lock, so that an earlier one is
//! never taken for a later one.

use super::seen::Who;
use crate::source::disk::Stat;

/// Cuts that are remembered at most.
const CUTS: usize = 256;

/// The sizes of what the path names.
#[derive(Debug, Default)]
pub(super) struct Sizes {
    file: Option<Who>,
    size: u64,
    cuts: Cuts,
}

/// How often a file was seen shorter than before: from which size, to which.
#[derive(Clone, Debug, Default)]
pub(super) struct Cuts(Vec<(u64, u64)>);

impl Sizes {
    /// The path names a file that is so.
    pub(super) fn saw(&mut self, stat: &Stat) {
        if self.file != Some(stat.who()) {
            *self = Self { file: Some(stat.who()), ..Self::default() };
        }
        if stat.size < self.size && self.cuts.0.len() < CUTS {
            self.cuts.0.push((self.size, stat.size));
        }
        self.size = stat.size;
    }

    /// A file is so: how it was cut since that was asked last, if the path names it.
    pub(super) fn cuts(&mut self, stat: &Stat) -> Cuts {
        if self.file != Some(stat.who()) {
            return Cuts::default();
        }
        self.saw(stat);
        std::mem::take(&mut self.cuts)
    }
}

impl Cuts {
    /// The first one.
    pub(super) fn first(&self) -> Option<(u64, u64)> {
        self.0.first().copied()
    }

    /// The most that was seen.
    pub(super) fn most(&self) -> u64 {
        self.0.iter().map(|(from, _)| *from).max().unwrap_or(0)
    }

    /// How many bytes at least were cut off by each, of which nothing was read; `read` bytes were read before.
    /// What a cut left may be what was there before.
    pub(super) fn lost(&self, mut read: u64) -> Vec<u64> {
        let lost = |(from, to): &(u64, u64)| {
            let lost = from.saturating_sub(read.max(*to));
            read = read.min(*to);
            lost
        };
        self.0.iter().map(lost).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::Sizes;
    use crate::source::disk::Stat;

    #[test]
    fn what_was_cut_off_is_counted_once_and_what_was_read_or_left_not_at_all() {
        let seen = |inode: u64, sizes: &[u64]| {
            let stat = |size| Stat { identity: (1, inode), born: None, size, changed: (0, 0), unfit: None };
            let mut all = Sizes::default();
            all.saw(&Stat { identity: (1, 1), ..stat(9_999) });
            sizes.iter().for_each(|size| all.saw(&stat(*size)));
            all.cuts(&stat(sizes[sizes.len() - 1]))
        };
        let lost = |read: u64, sizes: &[u64]| seen(2, sizes).lost(read);
        assert_eq!(lost(100, &[100, 200, 300]), [0; 0]);
        assert_eq!(lost(100, &[1_000, 0, 500, 0, 20]), [900, 500]);
        // Cut back, and to nothing then.
        assert_eq!(lost(100, &[1_000, 900, 0]), [100, 800]);
        assert_eq!(lost(100, &[100, 50, 60, 0]), [0, 10]);
        assert_eq!(seen(2, &[10, 7, 9, 0, 3]).most(), 10);
        assert_eq!(seen(2, &[10, 7, 9, 0, 3]).first(), Some((10, 7)));
    }
}
