//! One of the files that are followed together, held open.

use std::io::Read as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::Heard;
use crate::source::archive::Unpack;
use crate::source::beginning::{self, Beginnings, is_lines};
use crate::source::follow::{Gap, Held};
use crate::source::way::Stand;
use crate::text::Clean;

/// A file held open.
#[derive(Debug)]
pub(super) struct Member {
    pub(super) number: u64,
    /// As it was called when it was opened.
    pub(super) path: PathBuf,
    pub(super) held: Held,
    /// Its first bytes, until they are told.
    pub(super) begin: Option<Vec<u8>>,
    /// What it is remembered by, once it is long enough.
    pub(super) key: Option<u64>,
    /// Whether it is compressed: its beginning says nothing more.
    pub(super) is_shut: bool,
    /// Whether it was looked at whether it is a copy; not while there is nothing in it.
    pub(super) is_told_apart: bool,
    /// Whether it was told that it is not read.
    pub(super) is_refused: bool,
    /// Whether reading begins in the middle of its text, which is packed.
    pub(super) is_inside: bool,
    /// Since when it has no name.
    pub(super) gone: Option<Instant>,
}

impl Member {
    /// What was wrong with it, each told once.
    pub(super) fn notes(&mut self) -> Vec<String> {
        let path = &self.path;
        let mut notes = self.held.way.take_notes();
        if let (Stand::Refused(unread), false) = (self.held.way.stand(), self.is_refused) {
            self.is_refused = true;
            notes.push(unread.why(path));
        }
        notes.into_iter().map(|words| format!("{}: {words}", Clean::path(path))).collect()
    }

    /// Hands on what is new; returns whether there is more.
    pub(super) fn drain(
        &mut self,
        beginnings: &mut Beginnings,
        on: &mut impl FnMut(Heard<'_>),
        lost: &mut impl FnMut(Gap),
    ) -> bool {
        let number = self.number;
        if !self.goes_on(beginnings) {
            return false;
        }
        let before = self.held.offset;
        if let Some(head) = self.begin.take() {
            let head: &[u8] = if before > 0 || self.is_inside { &head } else { b"" };
            on(Heard::Begin { file: number, path: &self.path, head });
        }
        if let Ok(written) = self.held.file.metadata().and_then(|metadata| metadata.modified()) {
            on(Heard::Written(number, written));
        }
        let path = &self.path;
        let mut gone = |gap: Gap| lost(Gap { file: Some(path.clone()), ..gap });
        let more = self.held.drain(&mut |piece| on(Heard::Piece(number, piece)), &mut gone);
        if self.held.offset < before {
            // Truncated: other bytes begin it now.
            (self.key, self.is_told_apart) = (None, true);
        }
        if !self.is_shut && self.held.offset != before {
            if self.key.is_none()
                && let Ok(head) = beginning::of(&self.held.file)
            {
                self.key = beginnings.learn(&head);
            }
            self.key.into_iter().for_each(|key| beginnings.read_to(key, self.held.offset));
        }
        more
    }

    /// Goes on behind what was read of this file or of one that it is a copy of; false while there is
    /// no more in it than that.
    fn goes_on(&mut self, beginnings: &Beginnings) -> bool {
        let Ok(size) = self.held.file.metadata().map(|metadata| metadata.size()) else { return true };
        let known = if !self.is_told_apart {
            let Ok(head) = beginning::of(&self.held.file) else { return true };
            if head.is_empty() {
                return false;
            }
            self.is_told_apart = true;
            self.is_shut = !is_lines(&head);
            let known = if self.is_shut {
                beginnings.knows(&decompressed(&self.path)).map(|_| size)
            } else {
                beginnings.knows(&head)
            };
            self.key = known.and_then(|_| beginnings.key(&head)).filter(|_| !self.is_shut);
            self.begin = Some(head);
            known
        } else {
            let read = self.key.map(|key| beginnings.read(key)).filter(|read| *read > self.held.offset);
            // Truncated meanwhile, it is that file no more.
            let is_the_same = || {
                let head = beginning::of(&self.held.file).unwrap_or_default();
                beginnings.key(&head) == self.key
            };
            read.filter(|_| is_the_same())
        };
        match known {
            Some(read) if read > size => false,
            Some(read) if read > self.held.offset => {
                self.held.blocks.forget();
                self.held.resume(read);
                true
            }
            _ => true,
        }
    }
}

/// The first bytes of what a compressed file holds; none if it cannot be read.
pub(super) fn decompressed(path: &Path) -> Vec<u8> {
    let mut head = Vec::new();
    if let Ok(from) = Unpack::open(path) {
        let _ = from.take(beginning::LENGTH as u64).read_to_end(&mut head);
    }
    head
}
