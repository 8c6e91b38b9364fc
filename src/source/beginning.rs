//! Telling a file by how it begins, when neither its name nor its inode is the same any more.
//!
//! A log that was copied away (copytruncate) or compressed has another inode and the lines that
//! were read already. Time stamps make the beginning of a log its own: the first four kilobytes
//! are compared, decompressed. That is more than a CSV file's header, which all files of a folder
//! share. A file that was shorter when it was read is told by all of it.

use std::cmp::Reverse;
use std::collections::VecDeque;
use std::fs::File;
use std::hash::BuildHasher;
use std::io::{self, Read as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use hashbrown::{DefaultHashBuilder, HashMap};

use super::archive::{Packing, Unpack};

/// Bytes that tell a file.
pub(super) const LENGTH: usize = 4096;
/// Beginnings remembered; the oldest go.
const REMEMBERED: usize = 16_384;
/// Files remembered that were shorter than [`LENGTH`]; the oldest go.
const SHORT: usize = 256;

/// Beginnings of files that were read.
#[derive(Debug, Default)]
pub(super) struct Beginnings {
    hasher: DefaultHashBuilder,
    /// Their hashes, and how far the files were read.
    whole: HashMap<u64, u64>,
    order: VecDeque<u64>,
    short: VecDeque<Short>,
}

/// All of a short file.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
struct Short {
    length: usize,
    hash: u64,
    /// More than one line: no mere header, so that a longer file that begins like this is this one.
    telling: bool,
}

impl Beginnings {
    /// Remembers a file that is read. `head`: its first bytes, [`LENGTH`] or all that there are. What
    /// it is remembered by, where it is long enough.
    pub(super) fn learn(&mut self, head: &[u8]) -> Option<u64> {
        if let Some(hash) = self.key(head) {
            self.whole.entry(hash).or_insert_with(|| {
                self.order.push_back(hash);
                0
            });
            if self.order.len() > REMEMBERED
                && let Some(oldest) = self.order.pop_front()
            {
                self.whole.remove(&oldest);
            }
            return Some(hash);
        } else if !head.is_empty() {
            let telling = memchr::memchr_iter(b'\n', head).count() > 1;
            let short = Short { length: head.len(), hash: self.hasher.hash_one(head), telling };
            if self.short.contains(&short) {
                return None;
            }
            if self.short.len() >= SHORT {
                self.short.pop_front();
            }
            self.short.push_back(short);
        }
        None
    }

    /// What a file is remembered by that begins like this; nothing while it is too short.
    pub(super) fn key(&self, head: &[u8]) -> Option<u64> {
        head.get(..LENGTH).map(|head| self.hasher.hash_one(head))
    }

    /// A file that is remembered was read up to there.
    pub(super) fn read_to(&mut self, key: u64, offset: u64) {
        if let Some(read) = self.whole.get_mut(&key) {
            *read = offset.max(*read);
        }
    }

    /// How far a file that is remembered was read.
    pub(super) fn read(&self, key: u64) -> u64 {
        self.whole.get(&key).copied().unwrap_or(0)
    }

    /// Whether a file that begins like this was read, and how far at least.
    pub(super) fn knows(&self, head: &[u8]) -> Option<u64> {
        let whole = self.key(head).and_then(|key| self.whole.get(&key).copied());
        let short = || {
            let known = self.short.iter().filter(|short| {
                let is_as_long =
                    if short.telling { head.len() >= short.length } else { head.len() == short.length };
                is_as_long && self.hasher.hash_one(&head[..short.length]) == short.hash
            });
            known.map(|short| short.length as u64).max()
        };
        whole.or_else(short)
    }
}

/// The first bytes of an open file: [`LENGTH`], or all that there are.
pub(super) fn of(file: &File) -> io::Result<Vec<u8>> {
    let mut head = vec![0; LENGTH];
    let mut length = 0;
    while length < LENGTH {
        match file.read_at(&mut head[length..], length as u64) {
            Ok(0) => break,
            Ok(read) => length += read,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    head.truncate(length);
    Ok(head)
}

/// Whether a file that begins like this can be read from any line on: not one that is compressed,
/// holds two bytes for a character, or is a journal's export, whose records have many lines.
pub(super) fn is_lines(head: &[u8]) -> bool {
    Packing::of(head, None).is_plain() && !head.starts_with(b"__")
}

/// Of each of these files, which other one holds all its lines: it is the same, compressed, or its
/// beginning. Of two that begin alike the plain one is the other's, then the longer, then the first.
#[must_use]
pub fn copies(paths: &[&Path]) -> Vec<Option<usize>> {
    let heads: Vec<Option<Head>> = paths.iter().map(|path| Head::of(path)).collect();
    let holds = |one: usize, other: usize| {
        let (Some(here), Some(there)) = (&heads[one], &heads[other]) else { return false };
        if here.bytes.len() == there.bytes.len() {
            let rank = |head: &Head, place: usize| (head.is_plain, head.size, Reverse(place));
            here.bytes == there.bytes && rank(there, other) > rank(here, one)
        } else {
            there.bytes.starts_with(&here.bytes)
        }
    };
    let all = 0..paths.len();
    // A copy of a copy is one of the first.
    let holder = |one: usize| all.clone().filter(|other| *other != one).find(|other| holds(one, *other));
    let last = |one: usize| std::iter::successors(holder(one), |other| holder(*other)).last();
    all.clone().map(last).collect()
}

/// How a file begins.
struct Head {
    bytes: Vec<u8>,
    is_plain: bool,
    size: u64,
}

impl Head {
    /// Of a regular file with something in it. Looking into a pipe would take away what is in it.
    fn of(path: &Path) -> Option<Self> {
        let metadata = std::fs::metadata(path).ok().filter(std::fs::Metadata::is_file)?;
        let from = Unpack::open(path).ok()?;
        let is_plain = from.packing().is_plain();
        let mut bytes = Vec::new();
        from.take(LENGTH as u64).read_to_end(&mut bytes).ok()?;
        (!bytes.is_empty()).then_some(Self { bytes, is_plain, size: metadata.len() })
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::fs;
    use std::io::Write as _;
    use std::path::Path;

    use super::{Beginnings, LENGTH, copies, is_lines};

    #[test]
    fn a_copy_is_known_and_a_file_that_shares_its_header_is_not() {
        let mut beginnings = Beginnings::default();
        let header = "type,timeLogged,rcpt\n";
        beginnings.learn(header.as_bytes());
        assert!(beginnings.knows(header.as_bytes()).is_some());
        let file =
            |name: &str| format!("{header}{}", format!("d,2026-11-21,{name}@example.com\n").repeat(200));
        assert_eq!(beginnings.knows(file("a").as_bytes()), None, "a header tells nothing");
        assert!(file("a").len() > LENGTH);
        beginnings.learn(file("a").as_bytes());
        assert!(beginnings.knows(file("a").as_bytes()).is_some());
        assert_eq!(beginnings.knows(file("b").as_bytes()), None);
    }

    #[test]
    fn a_short_file_that_went_on_before_it_was_copied_is_known() {
        let mut beginnings = Beginnings::default();
        beginnings.learn(b"one\ntwo\n");
        assert!(beginnings.knows(b"one\ntwo\nthree\n").is_some());
        assert_eq!(beginnings.knows(b"one\n"), None);
        assert_eq!(beginnings.knows(b""), None);
    }

    #[test]
    fn a_log_that_is_there_compressed_too_is_read_once() {
        let folder = tempfile::tempdir().unwrap();
        let gzip = |text: &str| {
            let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
            gzip.write_all(text.as_bytes()).unwrap();
            gzip.finish().unwrap()
        };
        let log = |day: u32| {
            (0..900).map(|n| format!("Nov {day} 10:00:00 mx postfix/smtp[1]: {n}\n")).collect::<String>()
        };
        let files: [(&str, Vec<u8>); 8] = [
            ("mail.log.1.gz", gzip(&log(20))),
            ("mail.log.1", log(20).into_bytes()),
            ("mail.log", log(21).into_bytes()),
            ("mail.log.bak", log(21).as_bytes()[..20_000].to_vec()),
            ("mail.log.2.gz", gzip(&log(19))),
            ("mail.log.1.zst", gzip(&log(20)[..300])),
            ("empty", Vec::new()),
            ("void", Vec::new()),
        ];
        for (name, bytes) in &files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        let paths = files.each_ref().map(|(name, _)| folder.path().join(name));
        let mut named: Vec<&Path> = paths.iter().map(|path| path.as_path()).collect();
        named.push(Path::new("/dev/null"));
        named.push(Path::new("no such file"));
        let want = [Some(1), None, None, Some(2), None, Some(1), None, None, None, None];
        assert_eq!(copies(&named), want);
    }

    #[test]
    fn what_has_no_line_starts_to_be_found_is_read_from_its_beginning() {
        assert!(is_lines(b"Nov 21 10:00:00 mx postfix"));
        for head in [&b"\x1f\x8b\x08"[..], b"\x28\xb5\x2f\xfd\x04", b"\xff\xfeN\0", b"__CURSOR=s=1"] {
            assert!(!is_lines(head));
        }
    }
}
