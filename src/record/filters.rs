//! Filters that the operator typed, for the next session.

use serde::{Deserialize, Serialize};

use super::folder::Folder;
use super::key::VERSION;
use super::lines::whole;
use super::lock::{Way, open};
use super::trouble::RecordError;
use crate::text::Clean;

/// Filters kept.
const FILTERS: usize = 50;
/// Longest filter, in bytes; a longer one is not kept.
const FILTER: usize = 1_000;
/// Longest file, in bytes.
const FILE: u64 = 256 << 10;

/// The first line of the file; each of the others is a filter, as a JSON string.
#[derive(Serialize, Deserialize)]
struct Header {
    fivefifty: String,
    version: u64,
}

impl Folder {
    /// The filters that were typed, at most 50, the newest last; neutralised, whatever the file says. What
    /// cannot be read is left out.
    #[must_use]
    pub fn typed_filters(&self) -> Vec<String> {
        self.read_filters().unwrap_or_default()
    }

    /// Keeps a filter behind those that are kept, of this console and of others; one that is there already
    /// becomes the newest. Waits for the disk, and two seconds at most for another console.
    ///
    /// # Errors
    /// A folder or file that cannot be read or written; what was kept is as it was.
    pub fn keep_filter(&self, text: &str) -> Result<(), RecordError> {
        let Some(text) = fit(text) else { return Ok(()) };
        let _held = self.hold()?;
        let mut filters = self.read_filters()?;
        filters.retain(|kept| *kept != text);
        filters.push(text);
        filters.drain(..filters.len().saturating_sub(FILTERS));
        let path = self.filters_path();
        let bytes = written(&filters).map_err(|reason| RecordError::disk(&path, reason.into()))?;
        self.put(&path, &bytes)
    }

    fn filters_path(&self) -> std::path::PathBuf {
        self.path().join("filters.jsonl")
    }

    fn read_filters(&self) -> Result<Vec<String>, RecordError> {
        let path = self.filters_path();
        let Some(file) = open(&path, Way::Read)? else { return Ok(Vec::new()) };
        let (mut filters, mut newer): (Vec<String>, bool) = (Vec::new(), false);
        whole(&file, &path, 0, FILE, |line| match serde_json::from_slice(line) {
            Ok(Header { version, .. }) => newer |= version > VERSION,
            Err(_) => {
                let text = serde_json::from_slice::<String>(line).ok().and_then(|text| fit(&text));
                filters.extend(text);
            }
        })?;
        filters.drain(..filters.len().saturating_sub(FILTERS));
        if newer { Err(RecordError::Newer { path }) } else { Ok(filters) }
    }
}

/// A filter as it may be kept and shown; `None` where it is none, or too long.
fn fit(text: &str) -> Option<String> {
    let text = Clean::from(text.trim());
    (1..=FILTER).contains(&text.len()).then(|| text.to_string())
}

/// The whole file.
fn written(filters: &[String]) -> serde_json::Result<Vec<u8>> {
    let mut bytes = serde_json::to_vec(&Header { fivefifty: "filters".to_owned(), version: VERSION })?;
    bytes.push(b'\n');
    for filter in filters {
        bytes.extend(serde_json::to_vec(filter)?);
        bytes.push(b'\n');
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot start should fail")]

    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::{FILTER, FILTERS, Folder};

    #[test]
    fn filters_of_two_consoles_are_kept_within_bounds_and_for_the_operator_alone() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::at(place.path().join("state"));
        assert!(folder.typed_filters().is_empty());
        for text in ["provider:gmail", "cat:auth \"a b\"", " provider:gmail ", "", "\x1b[2J\u{202e}x"] {
            Folder::at(place.path().join("state")).keep_filter(text).unwrap();
        }
        assert_eq!(folder.typed_filters(), ["cat:auth \"a b\"", "provider:gmail", "\\e[2J‹U+202E›x"]);
        let path = place.path().join("state/filters.jsonl");
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
        folder.keep_filter(&"x".repeat(FILTER + 1)).unwrap();
        (0..FILTERS * 2).for_each(|number| folder.keep_filter(&format!("code:{number}")).unwrap());
        let kept = folder.typed_filters();
        assert_eq!((kept.len(), kept.last().unwrap().as_str()), (FILTERS, "code:99"));
    }

    #[test]
    fn a_file_that_is_none_costs_nothing_and_a_newer_one_stays() {
        let place = tempfile::tempdir().unwrap();
        let folder = Folder::at(place.path().to_owned());
        let path = place.path().join("filters.jsonl");
        fs::write(
            &path,
            "{\"fivefifty\":\"filters\",\"version\":1}\n\"a\x1b\"\n\"\\u001b[2Jb\"\nnothing\n\"torn",
        )
        .unwrap();
        assert_eq!(folder.typed_filters(), ["\\e[2Jb"]);
        let newer = "{\"fivefifty\":\"filters\",\"version\":99}\n\"a\"\n";
        fs::write(&path, newer).unwrap();
        assert!(folder.typed_filters().is_empty() && folder.keep_filter("b").is_err());
        assert_eq!(fs::read_to_string(&path).unwrap(), newer);
    }
}
