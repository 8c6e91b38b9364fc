//! How the bytes of a followed file become lines: as they are, through a decoder as they grow, or
//! once, where a kind does not grow.
//!
//! A gzip file is written as a whole: it is read once. zstd (KumoMTA's segments) and UTF-16 grow, and
//! every byte that can be decoded is decoded when it is there.

use std::fs::File;
use std::io::{self, Read as _};

use super::archive::{Decoder, HEAD, Packing, Unpack, Unread};
use super::block::{Blocks, Piece};
use super::disk::{Forwards, Handle};
use super::follow::Prints;
use super::zstd::Step;

/// Raw bytes pushed into a decoder at once.
const READ: usize = 64 * 1024;

/// How a held file is read.
#[derive(Debug)]
pub(super) struct Way<H = File> {
    kind: Kind<H>,
    /// What lies before this offset is decoded and not handed on.
    mute_until: u64,
    /// So many unpacked bytes are not handed on: they were before.
    skip: u64,
    /// Of what is packed: how many unpacked bytes were read, and what they were.
    unpacked: (u64, Prints),
    notes: Vec<String>,
}

#[derive(Debug)]
enum Kind<H> {
    /// Nothing is there yet that would tell.
    Undecided,
    Plain,
    Through(Decoder),
    /// Read once; `None` when that is done.
    Once(Option<Box<Unpack<Forwards<H>>>>),
    /// Not read.
    Refused(Unread),
}

/// How a file stands that was read as far as it goes.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Stand {
    /// What is written next will be read.
    Growing,
    /// It was read once.
    Once,
    /// It is not read.
    Refused(Unread),
}

impl<H> Default for Way<H> {
    fn default() -> Self {
        let unpacked = (0, Prints::default());
        Self { kind: Kind::Undecided, mute_until: 0, skip: 0, unpacked, notes: Vec::new() }
    }
}

impl<H: Handle> Way<H> {
    /// Reads from `offset` on about `limit` bytes, raw or decoded, and hands on what is complete;
    /// answers whether there is more.
    pub(super) fn read(
        &mut self,
        file: &H,
        offset: &mut u64,
        limit: u64,
        blocks: &mut Blocks,
        prints: &mut Prints,
        on: &mut impl FnMut(Piece<'_>),
    ) -> bool {
        if matches!(self.kind, Kind::Undecided | Kind::Refused(_)) {
            self.decide(file, offset);
        }
        match &mut self.kind {
            Kind::Undecided | Kind::Refused(_) | Kind::Once(None) => false,
            Kind::Plain => plain(file, offset, limit, blocks, prints, on),
            Kind::Through(_) => self.through(file, offset, limit, blocks, on),
            Kind::Once(Some(_)) => self.once(offset, limit, blocks, on),
        }
    }

    /// Whether the file's bytes are its lines.
    pub(super) fn is_plain(&self) -> bool {
        matches!(self.kind, Kind::Plain)
    }

    /// Whether it is read once, and that is not done.
    pub(super) fn is_under_way(&self) -> bool {
        matches!(self.kind, Kind::Once(Some(_)))
    }

    /// The first bytes of what is packed are not handed on.
    pub(super) fn skip(&mut self, bytes: u64) {
        self.skip = bytes;
    }

    /// Of what is packed: how many bytes of its text were read, and what they were.
    pub(super) fn unpacked(&self) -> Option<(u64, &Prints)> {
        let is_packed = matches!(self.kind, Kind::Through(_) | Kind::Once(_));
        is_packed.then_some((self.unpacked.0, &self.unpacked.1))
    }

    /// How the file stands when there is no more to read.
    pub(super) fn stand(&self) -> Stand {
        match &self.kind {
            Kind::Once(_) => Stand::Once,
            Kind::Refused(unread) => Stand::Refused(*unread),
            _ => Stand::Growing,
        }
    }

    /// Nothing more will be read: hands on what waits for its line end. Half a line that a crash
    /// left in an unfinished frame is left out.
    pub(super) fn end(&mut self, blocks: &mut Blocks, on: &mut impl FnMut(Piece<'_>)) {
        let mut is_cut = false;
        if let Kind::Through(decoder) = &mut self.kind {
            let mut out = Vec::new();
            loop {
                while decoder.step(&mut out) == Step::Done {}
                if let Some(cut) = decoder.end(&mut out) {
                    is_cut = cut;
                    break;
                }
            }
            blocks.push(&out, &mut *on);
        }
        if is_cut {
            self.forget(blocks);
        } else {
            blocks.end(on);
        }
    }

    /// Undecided again, for other bytes begin the file now; what was wrong before is still told.
    pub(super) fn begun_again(before: &mut Self) -> Self {
        Self { notes: before.take_notes(), ..Self::default() }
    }

    /// What was wrong, since the last call.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        match &mut self.kind {
            Kind::Through(decoder) => self.notes.append(&mut decoder.take_notes()),
            Kind::Once(Some(unpack)) => self.notes.append(&mut unpack.take_notes()),
            _ => {}
        }
        std::mem::take(&mut self.notes)
    }

    fn decide(&mut self, file: &H, offset: &mut u64) {
        let mut head = [0; HEAD];
        let Ok(length) = file.read_at(&mut head, 0) else { return };
        let head = &head[..length];
        if length == 0 || may_become_packed(head) {
            return;
        }
        let packing = Packing::of(head, None);
        self.kind = match packing {
            Packing::Plain => Kind::Plain,
            Packing::Unread(unread) => Kind::Refused(unread),
            Packing::Gzip => match Forwards::new(file).and_then(|file| Unpack::new(file, None)) {
                Ok(unpack) => Kind::Once(Some(Box::new(unpack))),
                Err(error) => {
                    self.notes.push(error.to_string());
                    Kind::Once(None)
                }
            },
            Packing::Zstd | Packing::Utf16(_) => Decoder::of(packing).map_or(Kind::Plain, Kind::Through),
        };
        // Only what is plain can be begun in its middle.
        if !matches!(self.kind, Kind::Plain | Kind::Undecided) {
            self.mute_until = std::mem::take(offset);
        }
    }

    fn through(
        &mut self,
        file: &H,
        offset: &mut u64,
        limit: u64,
        blocks: &mut Blocks,
        on: &mut impl FnMut(Piece<'_>),
    ) -> bool {
        let Self { kind: Kind::Through(decoder), unpacked, skip, .. } = self else { return false };
        let (mut raw, mut out, mut done) = (vec![0; READ], Vec::new(), 0);
        while done < limit {
            let is_mute = *offset <= self.mute_until && self.mute_until > 0;
            let mut hand_on = |out: &mut Vec<u8>| {
                let new = unskipped(out, skip, unpacked);
                if is_mute {
                    blocks.push(&out[new..], |_| {});
                } else {
                    blocks.push(&out[new..], &mut *on);
                }
                let bytes = out.len() as u64;
                out.clear();
                bytes
            };
            if decoder.step(&mut out) == Step::Done {
                done += hand_on(&mut out);
                continue;
            }
            let until = if is_mute { self.mute_until - *offset } else { READ as u64 };
            if is_mute && until == 0 {
                decoder.flush(&mut out);
                hand_on(&mut out);
                self.mute_until = 0;
                continue;
            }
            let want = raw.len().min(usize::try_from(until).unwrap_or(READ));
            match file.read_at(&mut raw[..want], *offset) {
                Ok(0) => {
                    decoder.flush(&mut out);
                    hand_on(&mut out);
                    return false;
                }
                Ok(read) => {
                    *offset += read as u64;
                    decoder.push(&raw[..read], &mut out);
                    done += read as u64 + hand_on(&mut out);
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(_) => return false,
            }
        }
        true
    }

    fn once(
        &mut self,
        offset: &mut u64,
        limit: u64,
        blocks: &mut Blocks,
        on: &mut impl FnMut(Piece<'_>),
    ) -> bool {
        let Kind::Once(Some(unpack)) = &mut self.kind else { return false };
        let mut done = 0;
        while done < limit {
            match unpack.read(blocks.space()) {
                Ok(read @ 1..) => {
                    done += read as u64;
                    let space = &mut blocks.space()[..read];
                    let new = unskipped(space, &mut self.skip, &mut self.unpacked);
                    space.copy_within(new.., 0);
                    let read = read - new;
                    if self.mute_until > 0 {
                        blocks.take(read, |_| {});
                    } else {
                        blocks.take(read, &mut *on);
                    }
                    *offset = unpack.raw_bytes();
                }
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                end => {
                    let (is_cut, mut notes) = (unpack.is_cut(), unpack.take_notes());
                    notes.extend(end.err().map(|error| error.to_string()));
                    *offset = unpack.raw_bytes();
                    self.notes.append(&mut notes);
                    self.kind = Kind::Once(None);
                    if is_cut || self.mute_until > 0 {
                        self.forget(blocks);
                    } else {
                        blocks.end(on);
                    }
                    return false;
                }
            }
        }
        true
    }

    fn forget(&mut self, blocks: &mut Blocks) {
        let half = blocks.forget();
        if half > 0 && self.mute_until == 0 {
            self.notes.push(format!("the last line is cut off: its first {half} bytes were left out"));
        }
    }
}

/// Takes note of unpacked bytes; how many of the first of them are not handed on.
fn unskipped(bytes: &[u8], skip: &mut u64, unpacked: &mut (u64, Prints)) -> usize {
    unpacked.0 += bytes.len() as u64;
    unpacked.1.took(bytes);
    let old = usize::try_from(*skip).map_or(bytes.len(), |skip| skip.min(bytes.len()));
    *skip -= old as u64;
    old
}

/// Reads what is plain. `prints`: of what was read up to `offset`.
fn plain<H: Handle>(
    file: &H,
    offset: &mut u64,
    limit: u64,
    blocks: &mut Blocks,
    prints: &mut Prints,
    on: &mut impl FnMut(Piece<'_>),
) -> bool {
    let begin = *offset;
    while *offset < begin + limit {
        let space = blocks.space();
        let mut read = match file.read_at(space, *offset) {
            Ok(0) => return false,
            Ok(read) => read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
            Err(_) => return false,
        };
        // Truncated and written anew meanwhile, the file has other bytes here. What was read goes on
        // from what was read before only if that is still there now: then it was there all along.
        if !prints.are_in(file, *offset) {
            return true;
        }
        if *offset == 0 {
            // They are there, however little was read: fewer would not tell it from others.
            read = prints.begin(space, read);
        }
        prints.took(&space[..read]);
        *offset += read as u64;
        blocks.take(read, &mut *on);
    }
    true
}

/// Whether a head is the beginning of the first bytes of something packed, and too short to tell.
fn may_become_packed(head: &[u8]) -> bool {
    let firsts: [&[u8]; 4] = [&super::zstd::MAGIC, &[0x1F, 0x8B], &[0xFF, 0xFE], &[0xFE, 0xFF]];
    firsts.iter().any(|first| head.len() < first.len() && first.starts_with(head))
}

#[cfg(test)]
mod tests;
