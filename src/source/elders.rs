//! Where the files are that were written before: beside a log, under the names that rotation gives,
//! or among those that were named together.

use std::ffi::OsStr;
use std::fs;
use std::path::PathBuf;

use super::disk::folder;
use super::listing::{Entry, Listing};

/// How the names of packed files end.
pub(super) const PACKED: [&[u8]; 5] = [b".gz", b".zst", b".bz2", b".xz", b".lz4"];

/// Where older files are.
#[derive(Debug)]
pub(super) enum Place {
    /// Beside a log, under the names that rotation gives.
    Beside(PathBuf),
    /// Among those that were named together.
    Among(Listing),
}

impl Place {
    /// The log that a file at `path` is of: beside a log, that one, whatever the file is called.
    pub(super) fn log(&self, path: PathBuf) -> PathBuf {
        match self {
            Self::Among(_) => path,
            Self::Beside(log) => log.clone(),
        }
    }

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
#[must_use]
pub fn is_elder(name: &OsStr, other: &OsStr) -> bool {
    let (name, other) = (name.as_encoded_bytes(), other.as_encoded_bytes());
    if name == b"current" {
        return other.starts_with(b"@4") && (other.ends_with(b".s") || other.ends_with(b".u"));
    }
    let Some([b'.' | b'-' | b'_', rest @ ..]) = other.strip_prefix(name) else { return false };
    let rest = PACKED.iter().find_map(|end| rest.strip_suffix(*end)).unwrap_or(rest);
    rest == b"old"
        || rest.first().is_some_and(u8::is_ascii_digit)
            && rest.iter().all(|byte| byte.is_ascii_digit() || b"-_T:.".contains(byte))
}

/// Whether rotation calls a file so that it packed.
pub(super) fn is_packed(name: &OsStr) -> bool {
    PACKED.iter().any(|end| name.as_encoded_bytes().ends_with(end))
}

#[cfg(test)]
mod tests {
    use std::ffi::OsStr;

    use super::is_elder;

    #[test]
    fn what_rotation_makes_of_a_name_is_told_from_what_only_begins_like_it() {
        let is = |name: &str, other: &str| is_elder(OsStr::new(name), OsStr::new(other));
        let elders =
            ["mail.log.1", "mail.log-20261120", "mail.log.2.gz", "mail.log.old", "mail.log.2026-11-20.zst"];
        for other in elders {
            assert!(is("mail.log", other), "{other}");
        }
        for other in ["mail.log", "mail.logs", "mail.log.swp", "mail.log.1~", "mail.err", "mail.log."] {
            assert!(!is("mail.log", other), "{other}");
        }
        assert!(is("current", "@4000000065a1b2c3.s") && !is("current", "@4000000065a1b2c3.t"));
    }
}
