//! zstd, decoded as it arrives.
//!
//! KumoMTA writes its log as zstd files that grow: bytes appear whenever a block fills, and the frame
//! is closed only when the segment is. A decoder keeps the last *window* of what it decoded, because
//! later blocks copy from it, and the ones for finished files hand that window out only at the end of
//! the frame: two megabytes of the newest lines would stay invisible. So a flushed frame here hands
//! everything out at once, and gives the decoder its window back as stored blocks before the next
//! one.
//!
//! The frame format (RFC 8878) is walked here: a block's three bytes of header tell its length, and
//! only whole blocks reach the decoder. Frames follow each other; skippable ones are passed over.

use std::io;

use ruzstd::decoding::{BlockDecodingStrategy, FrameDecoder};

/// The first four bytes of a frame.
pub(super) const MAGIC: [u8; 4] = [0x28, 0xB5, 0x2F, 0xFD];
/// Largest window that is decoded: what `zstd -d` takes without being told to take more.
const WINDOW: u64 = 128 << 20;
/// Largest block, stored or decoded.
const BLOCK: usize = 128 * 1024;
/// Blocks decoded in one step, of a frame that was flushed: its window is copied at every step.
const STEP: usize = 32;
/// What is said of bytes that are no frame.
const FOREIGN: &str = "no zstd frame begins";
/// What is said of a block that is none.
const BROKEN: &str = "a zstd block cannot be decoded";
/// The last block of a frame, with nothing in it: after it the decoder hands everything out.
const NOTHING_LAST: [u8; 3] = [1, 0, 0];

/// Decodes frames from bytes that come in any pieces.
pub(super) struct Zstd {
    decoder: FrameDecoder,
    /// Bytes that were not yet decoded, from `from` on.
    raw: Vec<u8>,
    from: usize,
    /// Offset in the file of `raw[from]`.
    offset: u64,
    at: At,
    window: usize,
    has_checksum: bool,
    /// Whether this frame was flushed; then what it decoded is kept here, at most a window.
    flushed: bool,
    history: Vec<u8>,
    /// What is wrong where [`At::Lost`] began.
    why: String,
    notes: Vec<String>,
}

/// What the next bytes are.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum At {
    Frame,
    Block,
    Checksum,
    /// So many bytes to pass over.
    Skip(u64),
    /// No frame: what follows is passed over until one begins; damage began here.
    Lost(u64),
    /// Nothing more can be read.
    Over,
}

/// What a step came to.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Step {
    /// Something was decoded or passed over; call again.
    Done,
    /// More bytes are needed.
    Starved,
}

/// What a block's header tells.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Block {
    Whole { length: usize, is_last: bool },
    Partial,
    Broken,
}

/// A frame's header.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Header {
    length: usize,
    window: u64,
    has_checksum: bool,
    dictionary: bool,
}

impl std::fmt::Debug for Zstd {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Zstd").field("at", &self.at).field("offset", &self.offset).finish_non_exhaustive()
    }
}

impl Zstd {
    pub(super) fn new() -> Self {
        Self {
            decoder: FrameDecoder::new(),
            raw: Vec::new(),
            from: 0,
            offset: 0,
            at: At::Frame,
            window: 0,
            has_checksum: false,
            flushed: false,
            history: Vec::new(),
            why: String::new(),
            notes: Vec::new(),
        }
    }

    /// Takes more of the file. Decode it with [`Self::step`] until it is starved before the next:
    /// then at most a block waits here.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.raw.drain(..self.from);
        self.from = 0;
        self.raw.extend_from_slice(bytes);
    }

    /// Decodes a little and appends it to `out`: a block, of a flushed frame up to [`STEP`].
    pub(super) fn step(&mut self, out: &mut Vec<u8>) -> Step {
        let rest = &self.raw[self.from..];
        match self.at {
            At::Over => {
                self.pass(rest.len());
                Step::Starved
            }
            At::Skip(length) => {
                let now = usize::try_from(length).unwrap_or(usize::MAX).min(rest.len());
                self.pass(now);
                let left = length - now as u64;
                self.at = if left == 0 { At::Frame } else { At::Skip(left) };
                if left == 0 { Step::Done } else { Step::Starved }
            }
            At::Lost(since) => self.look_for_a_frame(since),
            At::Frame => self.frame(out),
            At::Block => self.blocks(out),
            At::Checksum => self.checksum(),
        }
    }

    /// Hands out everything that is decoded: call it when the file has nothing more for now.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) {
        if self.at == At::Block && !self.flushed {
            self.flushed = true;
            self.history = self.drain_all();
            out.extend_from_slice(&self.history);
        }
    }

    /// The file ends here. Answers whether it ends inside a frame, with what was decodable in
    /// `out`; `None` means that there is more: call [`Self::step`] until it is starved, then this
    /// again.
    pub(super) fn end(&mut self, out: &mut Vec<u8>) -> Option<bool> {
        let rest = &self.raw[self.from..];
        // Of what is too short to be a header, the first bytes tell whether it could become one.
        let begun = &MAGIC[..rest.len().min(MAGIC.len())];
        let is_cut = match self.at {
            At::Frame => !rest.is_empty() && rest.starts_with(begun),
            At::Block | At::Checksum | At::Skip(_) => true,
            At::Lost(_) | At::Over => false,
        };
        if self.at == At::Frame && !rest.is_empty() && !is_cut {
            self.lose(FOREIGN, out);
            return None;
        }
        if let At::Lost(since) = self.at {
            self.pass(self.raw.len() - self.from);
            self.notes.push(format!(
                "{} at byte {since}: the {} bytes from there to its end were not read",
                self.why,
                self.offset - since
            ));
        }
        if is_cut {
            self.flush(out);
            // What looks like an unfinished block may be a frame that was cut, with another behind.
            let behind = self.raw.get(self.from + 1..).unwrap_or_default();
            if memchr::memmem::find(behind, &MAGIC).is_some() {
                self.lose("a zstd frame is cut off", out);
                return None;
            }
            let end = self.offset + (self.raw.len() - self.from) as u64;
            self.notes
                .push(format!("ends inside a zstd frame, at byte {end}: all whole blocks before were read"));
        }
        self.at = At::Over;
        Some(is_cut)
    }

    /// Whether a frame is open: the file is being written, or was left unfinished.
    pub(super) fn is_inside(&self) -> bool {
        matches!(self.at, At::Block | At::Checksum)
    }

    /// What was wrong, since the last call.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        std::mem::take(&mut self.notes)
    }

    fn pass(&mut self, bytes: usize) {
        self.from += bytes;
        self.offset += bytes as u64;
    }

    fn look_for_a_frame(&mut self, since: u64) -> Step {
        let rest = &self.raw[self.from..];
        let Some(at) = memchr::memmem::find(rest, &MAGIC) else {
            self.pass(rest.len().saturating_sub(MAGIC.len() - 1));
            return Step::Starved;
        };
        self.pass(at);
        self.notes.push(format!(
            "{} at byte {since}: {} bytes were passed over, and reading went on at byte {}",
            self.why,
            self.offset - since,
            self.offset
        ));
        self.at = At::Frame;
        Step::Done
    }

    /// Gives up what begins here, hands out what was decoded before, to the end of its last whole
    /// line, and looks for the next frame.
    fn lose(&mut self, why: &str, out: &mut Vec<u8>) {
        if self.at == At::Block {
            self.flush(out);
            match memchr::memrchr(b'\n', out) {
                Some(end) => out.truncate(end + 1),
                None => out.push(b'\n'),
            }
        }
        self.why = why.to_owned();
        self.at = At::Lost(self.offset);
        self.pass(1.min(self.raw.len() - self.from));
    }

    fn frame(&mut self, out: &mut Vec<u8>) -> Step {
        let rest = &self.raw[self.from..];
        let Some(magic) = rest.first_chunk::<4>() else { return Step::Starved };
        if (0x184D_2A50..=0x184D_2A5F).contains(&u32::from_le_bytes(*magic)) {
            let Some(length) = rest.get(4..).and_then(|rest| rest.first_chunk::<4>()) else {
                return Step::Starved;
            };
            self.at = At::Skip(u64::from(u32::from_le_bytes(*length)));
            self.pass(8);
            return Step::Done;
        }
        if *magic != MAGIC {
            self.lose(FOREIGN, out);
            return Step::Done;
        }
        let Some(header) = Header::read(rest) else { return Step::Starved };
        if header.dictionary || header.window > WINDOW {
            let why = if header.dictionary {
                "a frame needs a dictionary, which is not at hand: `zstd -dc -D DICTIONARY FILE | fivefifty report -`"
                    .to_owned()
            } else {
                format!(
                    "a frame wants {} MiB of memory, and {} are given: `zstd -dc --long=31 FILE | fivefifty report -`",
                    header.window >> 20,
                    WINDOW >> 20
                )
            };
            self.lose(&why, out);
            return Step::Done;
        }
        // The decoder sees a header of our own: the same window, without a checksum, which is
        // compared here, so that a last block alone ends the frame.
        let exponent = header.window.max(BLOCK as u64).next_power_of_two().trailing_zeros();
        let [m0, m1, m2, m3] = MAGIC;
        let own = [m0, m1, m2, m3, 0, ((exponent - 10) << 3) as u8];
        if self.decoder.reset(&own[..]).is_err() {
            self.lose("a frame's header cannot be read", out);
            return Step::Done;
        }
        self.window = 1 << exponent;
        self.has_checksum = header.has_checksum;
        self.flushed = false;
        self.history = Vec::new();
        self.pass(header.length);
        self.at = At::Block;
        Step::Done
    }

    /// Decodes the whole blocks that are there.
    fn blocks(&mut self, out: &mut Vec<u8>) -> Step {
        let limit = if self.flushed { STEP } else { 1 };
        let (mut ends, mut end, mut last) = (Vec::new(), 0, false);
        while ends.len() < limit && !last {
            match Block::read(&self.raw[self.from + end..]) {
                Block::Whole { length, is_last } => {
                    end += length;
                    last = is_last;
                    ends.push(end);
                }
                Block::Broken if ends.is_empty() => {
                    self.lose(BROKEN, out);
                    return Step::Done;
                }
                // What stands before it is decoded first.
                Block::Broken | Block::Partial => break,
            }
        }
        if ends.is_empty() {
            return Step::Starved;
        }
        let decoded = self.decode(ends.len(), end, out);
        let whole = decoded.checked_sub(1).and_then(|last| ends.get(last));
        self.pass(whole.copied().unwrap_or(0));
        if decoded < ends.len() {
            self.lose(BROKEN, out);
        } else if last {
            self.history = Vec::new();
            self.at = if self.has_checksum { At::Checksum } else { At::Frame };
        }
        Step::Done
    }

    /// Decodes `count` blocks of `length` bytes; answers how many of them could be.
    fn decode(&mut self, count: usize, length: usize, out: &mut Vec<u8>) -> usize {
        let all = BlockDecodingStrategy::UptoBlocks;
        for stored in self.history.chunks(BLOCK) {
            let header = ((stored.len() as u32) << 3).to_le_bytes();
            let block = io::Read::chain(&header[..3], stored);
            if self.decoder.decode_blocks(block, all(1)).is_err() {
                return 0;
            }
        }
        let before = self.decoder.blocks_decoded();
        let blocks = &self.raw[self.from..self.from + length];
        let decoded = match self.decoder.decode_blocks(blocks, all(count)) {
            Ok(_) => count,
            Err(_) => self.decoder.blocks_decoded() - before,
        };
        if self.flushed {
            let known = self.history.len();
            self.history.clear();
            let _ = self.decoder.collect_to_writer(&mut self.history);
            out.extend_from_slice(self.history.get(known..).unwrap_or_default());
            self.history.drain(..self.history.len().saturating_sub(self.window));
        } else {
            let _ = self.decoder.collect_to_writer(out);
        }
        decoded
    }

    /// Takes out everything that the decoder holds; its window is empty then.
    fn drain_all(&mut self) -> Vec<u8> {
        let mut all = Vec::new();
        // Neither can fail: the block is whole, and writing into memory does not.
        let _ = self.decoder.decode_blocks(&NOTHING_LAST[..], BlockDecodingStrategy::UptoBlocks(1));
        let _ = self.decoder.collect_to_writer(&mut all);
        all
    }

    fn checksum(&mut self) -> Step {
        let Some(checksum) = self.raw[self.from..].first_chunk::<4>() else { return Step::Starved };
        // Over a flushed frame the decoder's own sum counts its window again and again.
        if !self.flushed && self.decoder.get_calculated_checksum() != Some(u32::from_le_bytes(*checksum)) {
            self.notes.push(format!(
                "the checksum of the zstd frame that ends at byte {} is wrong: some of its lines may be too",
                self.offset
            ));
        }
        self.pass(4);
        self.at = At::Frame;
        Step::Done
    }
}

impl Block {
    /// Looks at the beginning of a block.
    fn read(bytes: &[u8]) -> Self {
        let Some([a, b, c]) = bytes.first_chunk::<3>() else { return Self::Partial };
        let header = u32::from_le_bytes([*a, *b, *c, 0]);
        let (kind, size) = ((header >> 1) & 3, (header >> 3) as usize);
        if kind == 3 || size > BLOCK {
            return Self::Broken;
        }
        // One byte stands for all in a block of equal ones.
        let length = 3 + if kind == 1 { 1 } else { size };
        if bytes.len() < length { Self::Partial } else { Self::Whole { length, is_last: header & 1 == 1 } }
    }
}

impl Header {
    /// Reads the header at the beginning of a frame; `None` when it is not all there.
    fn read(frame: &[u8]) -> Option<Self> {
        let descriptor = *frame.get(4)?;
        let single = descriptor & 0x20 != 0;
        let window_at = 5;
        let dictionary_at = window_at + usize::from(!single);
        let dictionary_length = [0, 1, 2, 4][usize::from(descriptor & 3)];
        let content_at = dictionary_at + dictionary_length;
        let content_length = match descriptor >> 6 {
            0 => usize::from(single),
            flag => 1 << flag,
        };
        let length = content_at + content_length;
        let frame = frame.get(..length)?;
        let window = if single {
            let mut content = [0; 8];
            content[..content_length].copy_from_slice(&frame[content_at..]);
            u64::from_le_bytes(content).saturating_add(if content_length == 2 { 256 } else { 0 })
        } else {
            let (exponent, mantissa) = (frame[window_at] >> 3, frame[window_at] & 7);
            let base = 1u64 << (10 + exponent);
            base + base / 8 * u64::from(mantissa)
        };
        Some(Self {
            length,
            window,
            has_checksum: descriptor & 4 != 0,
            dictionary: frame[dictionary_at..content_at].iter().any(|byte| *byte != 0),
        })
    }
}

#[cfg(test)]
mod tests;
