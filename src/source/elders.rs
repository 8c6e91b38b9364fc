//! Where the files are that were written before: beside a log, under the names that rotation gives,
//! or among those that were named together.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use super::follow::folder;
use super::listing::{Entry, Listing};

/// Where older files are.
#[derive(Debug)]
pub(super) enum Place {
    /// Beside a log, under the names that rotation gives.
    Beside(PathBuf),
    /// Among those that were named together.
    Among(Listing),
}

impl Place {
    /// The files that are there.
    pub(super) fn list(&self) -> Vec<Entry> {
        match self {
            Self::Among(listing) => listing.list(),
            Self::Beside(path) => {
                let (Some(name), Ok(entries)) = (path.file_name(), fs::read_dir(folder(path))) else {
                    return Vec::new();
                };
                entries
                    .flatten()
                    .filter(|entry| is_elder(name, &entry.file_name()))
                    .filter_map(|entry| Entry::of(entry.path()))
                    .collect()
            }
        }
    }
}

/// Whether `other` is what rotation makes of `name`: `mail.log.1`, `mail.log-20261121.gz`, and of
/// multilog's `current`, `@40000000….s`. Other files that begin alike are none (`mail.log.offset`).
pub(super) fn is_elder(name: &OsStr, other: &OsStr) -> bool {
    let (name, other) = (name.as_encoded_bytes(), other.as_encoded_bytes());
    if name == b"current" {
        return other.starts_with(b"@4") && (other.ends_with(b".s") || other.ends_with(b".u"));
    }
    let Some([b'.' | b'-' | b'_', rest @ ..]) = other.strip_prefix(name) else { return false };
    let ends = [&b".gz"[..], b".zst", b".bz2", b".xz", b".lz4"];
    let rest = ends.iter().find_map(|end| rest.strip_suffix(*end)).unwrap_or(rest);
    rest == b"old"
        || rest.first().is_some_and(u8::is_ascii_digit)
            && rest.iter().all(|byte| byte.is_ascii_digit() || b"-_T:.".contains(byte))
}
