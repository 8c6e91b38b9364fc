//! Whole lines of a growing file, and how one is added.

use std::fs::File;
use std::io::{self, Write as _};
use std::os::unix::fs::FileExt as _;
use std::path::Path;

use super::trouble::{RecordError, at};

/// A file of this many bytes takes no more.
pub(super) const FILE: u64 = 2 << 20;
/// Longest line that is read, in bytes; a longer one is passed over.
pub(super) const LINE: usize = 32 << 10;

/// Calls `take` with every whole line from byte `from` to byte `limit`, without its end, empty ones left out,
/// and returns where the last one ended.
pub(super) fn whole(
    file: &File,
    path: &Path,
    from: u64,
    limit: u64,
    mut take: impl FnMut(&[u8]),
) -> Result<u64, RecordError> {
    let bytes = stretch(file, from, limit.saturating_sub(from)).map_err(at(path))?;
    let Some(end) = memchr::memrchr(b'\n', &bytes) else { return Ok(from) };
    for line in bytes[..end].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()) {
        take(line);
    }
    Ok(from + end as u64 + 1)
}

/// The first line, without its end; `None` where there is no whole one of an ordinary length.
pub(super) fn first(file: &File) -> io::Result<Option<Vec<u8>>> {
    let mut bytes = stretch(file, 0, LINE as u64)?;
    Ok(memchr::memchr(b'\n', &bytes).map(|end| {
        bytes.truncate(end);
        bytes
    }))
}

/// At most `limit` bytes from `from` on.
fn stretch(file: &File, from: u64, limit: u64) -> io::Result<Vec<u8>> {
    let there = file.metadata()?.len().saturating_sub(from).min(limit);
    let mut bytes = vec![0; usize::try_from(there).unwrap_or(0)];
    let mut read = 0;
    while read < bytes.len() {
        match file.read_at(&mut bytes[read..], from + read as u64) {
            Ok(0) => break,
            Ok(n) => read += n,
            Err(reason) if reason.kind() == io::ErrorKind::Interrupted => {}
            Err(reason) => return Err(reason),
        }
    }
    bytes.truncate(read);
    Ok(bytes)
}

/// Ends the piece that a killed writer left, so that the next line is one of its own. The file is
/// locked; true if there was one.
pub(super) fn end_the_torn(file: &File, path: &Path) -> Result<bool, RecordError> {
    let long = file.metadata().map_err(at(path))?.len();
    let last = stretch(file, long.saturating_sub(1), 1).map_err(at(path))?;
    if last.is_empty() || last == b"\n" {
        return Ok(false);
    }
    add(file, path, b"\n")?;
    Ok(true)
}

/// Adds a line with one `write`; what a full disk took only a part of is taken back. The file is locked
/// and opened for appending.
pub(super) fn add(file: &File, path: &Path, line: &[u8]) -> Result<(), RecordError> {
    let before = file.metadata().map_err(at(path))?.len();
    if before + line.len() as u64 > FILE {
        return Err(RecordError::Full { path: path.to_owned() });
    }
    let mut file = file;
    loop {
        match file.write(line) {
            Ok(n) if n == line.len() => return Ok(()),
            Ok(_) => {
                // If this fails too, the piece has no line end and no reader takes it for an entry.
                file.set_len(before).map_err(at(path))?;
                return Err(RecordError::disk(path, io::ErrorKind::StorageFull.into()));
            }
            Err(reason) if reason.kind() == io::ErrorKind::Interrupted => {}
            Err(reason) => return Err(RecordError::disk(path, reason)),
        }
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::fs;
    use std::path::Path;

    use proptest::prelude::*;

    use super::{FILE, add, end_the_torn, first, whole};
    use crate::record::lock::{Way, open};

    #[test]
    fn a_torn_end_is_no_line_until_it_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x");
        fs::write(&path, "one\n\ntw").unwrap();
        let file = open(&path, Way::Append).unwrap().unwrap();
        let read = |from| {
            let mut lines = Vec::new();
            let end = whole(&file, &path, from, FILE, |line| {
                lines.push(String::from_utf8_lossy(line).into_owned())
            });
            (lines, end.unwrap())
        };
        assert_eq!(read(0), (vec!["one".to_owned()], 5));
        assert!(end_the_torn(&file, &path).unwrap());
        assert!(!end_the_torn(&file, &path).unwrap());
        add(&file, &path, b"three\n").unwrap();
        assert_eq!(read(5), (vec!["tw".to_owned(), "three".to_owned()], 14));
        assert_eq!(read(14), (Vec::new(), 14));
        assert_eq!(read(99), (Vec::new(), 99));
        assert_eq!(first(&file).unwrap().unwrap(), b"one");
    }

    proptest! {
        #[test]
        fn every_line_is_read_once_wherever_the_reading_stops(bytes: Vec<u8>, cut in 0usize..64) {
            let folder = tempfile::tempdir().unwrap();
            let path: &Path = &folder.path().join("x");
            let cut = cut.min(bytes.len());
            let mut lines = Vec::new();
            let mut from = 0;
            for there in [&bytes[..cut], &bytes[..]] {
                fs::write(path, there).unwrap();
                let file = open(path, Way::Read).unwrap().unwrap();
                from = whole(&file, path, from, FILE, |line| lines.push(line.to_vec())).unwrap();
            }
            let last = bytes.iter().rposition(|byte| *byte == b'\n').map_or(0, |at| at + 1);
            let expected: Vec<_> =
                bytes[..last].split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).collect();
            prop_assert_eq!(lines, expected);
        }
    }
}
