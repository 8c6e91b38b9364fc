//! What a file is by its first bytes, and its text: plain, gzip, zstd, UTF-16, or a kind that is
//! named and not read.
//!
//! What can be read of a damaged file is read; what was wrong, where, and what it cost is told as
//! notes. A gzip file is a row of members (`cat a.gz b.gz`), a zstd file a row of frames.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, BufRead, Read};
use std::path::Path;

use flate2::bufread::GzDecoder;

use super::utf16::{self, Utf16};
use super::zstd::{self, Step, Zstd};

/// Raw bytes read at once.
const READ: usize = 64 * 1024;
/// Bytes that tell what a file is; a tar file says so at byte 257.
pub(super) const HEAD: usize = 264;
/// Bytes with which a stream is recognised at the earliest.
const FIRST: usize = 8;
/// Notes that wait to be taken.
const NOTES: usize = 64;

/// What a file is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Packing {
    /// Text, as far as can be told.
    Plain,
    /// gzip.
    Gzip,
    /// zstd.
    Zstd,
    /// UTF-16 text with this byte order mark.
    Utf16([u8; 2]),
    /// A kind that is not read.
    Unread(Unread),
}

/// A kind of file that is not read, and what turns it into lines.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Unread {
    kind: &'static str,
    /// The command that writes its lines, before the file's name.
    command: &'static str,
}

/// First bytes of what is not read.
const UNREAD: [(&[u8], &str, &str); 12] = [
    (b"BZh", "compressed with bzip2", "bzcat"),
    (b"\xFD7zXZ\0", "compressed with xz", "xzcat"),
    (b"\x04\x22\x4D\x18", "compressed with lz4", "lz4 -dc"),
    (b"\x02\x21\x4C\x18", "compressed with lz4", "lz4 -dc"),
    (b"PK\x03\x04", "a zip archive", "unzip -p"),
    (b"\x1F\x9D", "compressed with compress", "zcat"),
    (b"7z\xBC\xAF\x27\x1C", "a 7z archive", "7z e -so"),
    (b"\x89LZO\0", "compressed with lzop", "lzop -dc"),
    (b"LZIP", "compressed with lzip", "lzip -dc"),
    (b"LPKSHHRH", "a journal of systemd", "journalctl -o json --file"),
    (b"\x7FELF", "a program", ""),
    (b"SQLite format 3\0", "a database", ""),
];

/// Kinds without sure first bytes, by the end of the name.
const BY_NAME: [(&str, &str, &str); 2] =
    [(".lzma", "compressed with lzma", "lzma -dc"), (".br", "compressed with brotli", "brotli -dc")];

impl Packing {
    /// What begins with `head`. `name` decides only where the bytes are no text and say nothing.
    #[must_use]
    pub fn of(head: &[u8], name: Option<&Path>) -> Self {
        if head.starts_with(&[0x1F, 0x8B]) {
            return Self::Gzip;
        }
        let is_skippable = matches!(head, [0x50..=0x5F, 0x2A, 0x4D, 0x18, ..]);
        if head.starts_with(&zstd::MAGIC) || is_skippable {
            return Self::Zstd;
        }
        if let Some(mark) = utf16::MARKS.into_iter().find(|mark| head.starts_with(mark)) {
            return Self::Utf16(mark);
        }
        let known = UNREAD.iter().find(|(first, ..)| head.starts_with(first));
        if let Some((_, kind, command)) = known {
            return Self::Unread(Unread { kind, command });
        }
        if head.get(257..262) == Some(b"ustar") {
            return Self::Unread(Unread { kind: "a tar archive", command: "tar -xOf" });
        }
        let name = name.and_then(Path::file_name).map(|name| name.to_string_lossy().to_ascii_lowercase());
        let by_name = BY_NAME.iter().find(|(end, ..)| name.as_ref().is_some_and(|name| name.ends_with(end)));
        match by_name {
            Some((_, kind, command)) if !is_text(head) => Self::Unread(Unread { kind, command }),
            _ => Self::Plain,
        }
    }

    /// What the file at `path` is.
    ///
    /// # Errors
    /// What the system says.
    pub fn of_file(path: &Path) -> io::Result<Self> {
        let mut head = Vec::new();
        File::open(path)?.take(HEAD as u64).read_to_end(&mut head)?;
        Ok(Self::of(&head, Some(path)))
    }

    /// Whether the file's bytes are its lines.
    #[must_use]
    pub const fn is_plain(self) -> bool {
        matches!(self, Self::Plain)
    }
}

impl Unread {
    /// What the file is and what to do, in the operator's words.
    #[must_use]
    pub fn why(self, name: &Path) -> String {
        let mut words = format!("is {}, which is not read", self.kind);
        if !self.command.is_empty() {
            let _ = write!(words, ": {} {} | fivefifty report -", self.command, quoted(name));
        }
        words
    }
}

/// A path as a shell takes it.
fn quoted(path: &Path) -> String {
    let path = path.to_string_lossy();
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"/._-+,:@%".contains(&byte);
    if path.bytes().all(is_plain) { path.into_owned() } else { format!("'{}'", path.replace('\'', r"'\''")) }
}

/// Whether bytes could be text: no control characters but those that text has.
fn is_text(bytes: &[u8]) -> bool {
    !bytes.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31))
}

/// The text of a file or stream, whatever it is packed in.
///
/// Reading never fails for damage: it ends, and the notes tell why.
#[derive(Debug)]
pub struct Unpack<R> {
    packing: Packing,
    from: Way<R>,
    notes: Vec<String>,
    is_cut: bool,
}

#[derive(Debug)]
enum Way<R> {
    Plain(Raw<R>),
    Gzip(Gzip<R>),
    Push(Box<Pushed<R>>),
    Over(u64),
}

/// What bytes are pushed through as they come; shared with followed files.
#[derive(Debug)]
pub(super) enum Decoder {
    Zstd(Box<Zstd>),
    Utf16(Utf16),
}

#[derive(Debug)]
struct Pushed<R> {
    raw: Raw<R>,
    decoder: Decoder,
    out: Vec<u8>,
    at: usize,
    ended: bool,
}

#[derive(Debug)]
struct Gzip<R> {
    /// `None` between two members and after the last.
    member: Option<GzDecoder<Raw<R>>>,
    /// Where this member begins in the file.
    begin: u64,
}

impl<R: Read> Unpack<R> {
    /// Looks at the first bytes of `from` and unpacks it. `name` is a hint, and what words name.
    ///
    /// # Errors
    /// What the system says; `Unsupported` with words for the operator where the kind is not read.
    pub fn new(from: R, name: Option<&Path>) -> io::Result<Self> {
        let mut raw = Raw::new(from);
        raw.begin()?;
        let packing = Packing::of(raw.head(), name);
        let from = match packing {
            Packing::Plain => Way::Plain(raw),
            Packing::Gzip => Way::Gzip(Gzip { begin: 0, member: Some(GzDecoder::new(raw)) }),
            Packing::Zstd => Way::Push(Pushed::new(raw, Decoder::Zstd(Box::new(Zstd::new())))),
            Packing::Utf16(mark) => Way::Push(Pushed::new(raw, Decoder::Utf16(Utf16::new(mark)))),
            Packing::Unread(unread) => {
                let why = unread.why(name.unwrap_or_else(|| Path::new("FILE")));
                return Err(io::Error::new(io::ErrorKind::Unsupported, why));
            }
        };
        Ok(Self { packing, from, notes: Vec::new(), is_cut: false })
    }

    /// What the file is.
    #[must_use]
    pub fn packing(&self) -> Packing {
        self.packing
    }

    /// How many bytes of the file itself were read; of these, some may wait to be unpacked.
    #[must_use]
    pub fn raw_bytes(&self) -> u64 {
        match &self.from {
            Way::Plain(raw) => raw.offset,
            Way::Gzip(gzip) => gzip.member.as_ref().map_or(gzip.begin, |member| member.get_ref().offset),
            Way::Push(pushed) => pushed.raw.offset,
            Way::Over(offset) => *offset,
        }
    }

    /// What was wrong so far, in words for the operator; each is told once.
    pub fn take_notes(&mut self) -> Vec<String> {
        if let Way::Push(pushed) = &mut self.from {
            self.notes.extend(pushed.decoder.take_notes());
        }
        self.notes.truncate(NOTES);
        std::mem::take(&mut self.notes)
    }

    /// Whether the end that was read is not the end that was written: what waits for its line end
    /// is half a line.
    #[must_use]
    pub fn is_cut(&self) -> bool {
        self.is_cut
    }

    fn over(&mut self) -> io::Result<usize> {
        self.from = Way::Over(self.raw_bytes());
        Ok(0)
    }

    fn gzip(&mut self, into: &mut [u8]) -> io::Result<usize> {
        loop {
            let Way::Gzip(Gzip { member: Some(member), begin }) = &mut self.from else { return self.over() };
            let begin = *begin;
            match member.read(into) {
                Ok(0) => {}
                Ok(read) => return Ok(read),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                Err(error) => {
                    let raw = member.get_ref();
                    if let Some(error) = raw.failed() {
                        return Err(error);
                    }
                    let at = raw.offset;
                    self.notes.push(if error.kind() == io::ErrorKind::UnexpectedEof {
                        format!("ends inside gzip data, at byte {at}: everything before was read")
                    } else {
                        format!(
                            "gzip data that begins at byte {begin} is damaged before byte {at} ({error}): \
                             what stands behind was not read"
                        )
                    });
                    self.is_cut = true;
                    return self.over();
                }
            }
            if !self.next_member()? {
                return self.over();
            }
        }
    }

    /// Goes on behind a member; answers whether another one begins there.
    fn next_member(&mut self) -> io::Result<bool> {
        let Way::Gzip(gzip) = &mut self.from else { return Ok(false) };
        let Some(member) = gzip.member.take() else { return Ok(false) };
        let mut raw = member.into_inner();
        raw.more(2)?;
        gzip.begin = raw.offset;
        if raw.head().starts_with(&[0x1F, 0x8B]) {
            gzip.member = Some(GzDecoder::new(raw));
            return Ok(true);
        }
        let (begin, mut padding) = (raw.offset, true);
        loop {
            let rest = raw.fill_buf()?;
            if rest.is_empty() {
                break;
            }
            padding &= rest.iter().all(|byte| *byte == 0);
            let all = rest.len();
            raw.consume(all);
        }
        gzip.begin = raw.offset;
        // Tapes and fixed-size stores fill up with zeros; that is no damage.
        if !padding {
            self.notes.push(format!(
                "{} bytes behind the gzip data, from byte {begin} on, are none and were not read",
                raw.offset - begin
            ));
        }
        Ok(false)
    }
}

impl Unpack<File> {
    /// Opens the file at `path`.
    ///
    /// # Errors
    /// As [`Self::new`].
    pub fn open(path: &Path) -> io::Result<Self> {
        Self::new(File::open(path)?, Some(path))
    }
}

impl<R: Read> Read for Unpack<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        if into.is_empty() {
            return Ok(0);
        }
        match &mut self.from {
            Way::Plain(raw) => raw.read(into),
            Way::Gzip(_) => self.gzip(into),
            Way::Push(pushed) => {
                let read = pushed.read(into, &mut self.is_cut)?;
                if read == 0 {
                    self.notes.extend(pushed.decoder.take_notes());
                    return self.over();
                }
                Ok(read)
            }
            Way::Over(_) => Ok(0),
        }
    }
}

impl<R: Read> Pushed<R> {
    fn new(raw: Raw<R>, decoder: Decoder) -> Box<Self> {
        Box::new(Self { raw, decoder, out: Vec::new(), at: 0, ended: false })
    }

    fn read(&mut self, into: &mut [u8], is_cut: &mut bool) -> io::Result<usize> {
        while self.at == self.out.len() {
            self.out.clear();
            self.at = 0;
            if self.decoder.step(&mut self.out) == Step::Done {
                continue;
            }
            if self.ended {
                match self.decoder.end(&mut self.out) {
                    None => continue,
                    Some(cut) => *is_cut |= cut,
                }
                if self.out.is_empty() {
                    return Ok(0);
                }
                continue;
            }
            let bytes = self.raw.fill_buf()?;
            let read = bytes.len();
            if read == 0 {
                self.ended = true;
            } else {
                self.decoder.push(bytes, &mut self.out);
                self.raw.consume(read);
            }
        }
        let now = into.len().min(self.out.len() - self.at);
        into[..now].copy_from_slice(&self.out[self.at..self.at + now]);
        self.at += now;
        Ok(now)
    }
}

impl Decoder {
    /// The decoder for what must be pushed; `None` for what is plain, or cannot be pushed.
    pub(super) fn of(packing: Packing) -> Option<Self> {
        match packing {
            Packing::Zstd => Some(Self::Zstd(Box::new(Zstd::new()))),
            Packing::Utf16(mark) => Some(Self::Utf16(Utf16::new(mark))),
            Packing::Plain | Packing::Gzip | Packing::Unread(_) => None,
        }
    }

    /// Takes more of the file; step until starved before the next.
    pub(super) fn push(&mut self, bytes: &[u8], out: &mut Vec<u8>) {
        match self {
            Self::Zstd(zstd) => zstd.push(bytes),
            Self::Utf16(utf16) => utf16.push(bytes, out),
        }
    }

    /// Decodes a little.
    pub(super) fn step(&mut self, out: &mut Vec<u8>) -> Step {
        match self {
            Self::Zstd(zstd) => zstd.step(out),
            Self::Utf16(_) => Step::Starved,
        }
    }

    /// Hands out all that is decoded: the file has nothing more for now.
    pub(super) fn flush(&mut self, out: &mut Vec<u8>) {
        if let Self::Zstd(zstd) = self {
            zstd.flush(out);
        }
    }

    /// The file ends; see [`Zstd::end`].
    pub(super) fn end(&mut self, out: &mut Vec<u8>) -> Option<bool> {
        match self {
            Self::Zstd(zstd) => zstd.end(out),
            Self::Utf16(utf16) => {
                utf16.end(out);
                Some(false)
            }
        }
    }

    /// What was wrong.
    pub(super) fn take_notes(&mut self) -> Vec<String> {
        match self {
            Self::Zstd(zstd) => zstd.take_notes(),
            Self::Utf16(_) => Vec::new(),
        }
    }
}

/// The file itself, buffered, with the offset of what was taken out of the buffer.
#[derive(Debug)]
struct Raw<R> {
    from: R,
    buffer: Vec<u8>,
    at: usize,
    offset: u64,
    ended: bool,
    /// The system's own error, which a decoder must not take for damage.
    failed: Option<(io::ErrorKind, Option<i32>)>,
}

impl<R: Read> Raw<R> {
    fn new(from: R) -> Self {
        Self { from, buffer: Vec::new(), at: 0, offset: 0, ended: false, failed: None }
    }

    /// Reads what is needed to tell what it is, and no more: a pipe may go on for ever.
    fn begin(&mut self) -> io::Result<()> {
        self.more(FIRST)
    }

    /// Has at least `bytes` in the buffer, if there are so many.
    fn more(&mut self, bytes: usize) -> io::Result<()> {
        while self.rest().len() < bytes && !self.ended {
            self.buffer.drain(..self.at);
            self.at = 0;
            let there = self.buffer.len();
            self.buffer.resize(there + READ, 0);
            let read = self.from.read(&mut self.buffer[there..]);
            self.buffer.truncate(there + read.as_ref().map_or(0, |read| *read));
            match read {
                Ok(0) => self.ended = true,
                Ok(_) => {}
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.failed = Some((error.kind(), error.raw_os_error()));
                    return Err(error);
                }
            }
        }
        Ok(())
    }

    fn head(&self) -> &[u8] {
        self.rest()
    }
}

impl<R> Raw<R> {
    fn rest(&self) -> &[u8] {
        &self.buffer[self.at..]
    }

    fn failed(&self) -> Option<io::Error> {
        let (kind, code) = self.failed?;
        Some(code.map_or_else(|| io::Error::from(kind), io::Error::from_raw_os_error))
    }
}

impl<R: Read> Read for Raw<R> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let rest = self.rest();
        let read = if rest.is_empty() {
            // Plain text goes straight to where it is wanted.
            self.from.read(into)?
        } else {
            let now = rest.len().min(into.len());
            into[..now].copy_from_slice(&rest[..now]);
            self.at += now;
            now
        };
        self.offset += read as u64;
        Ok(read)
    }
}

impl<R: Read> BufRead for Raw<R> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        self.more(1)?;
        Ok(self.rest())
    }

    fn consume(&mut self, bytes: usize) {
        self.at = (self.at + bytes).min(self.buffer.len());
        self.offset += bytes as u64;
    }
}

#[cfg(test)]
mod tests;
