//! Files that are named together: by a pattern, by the folder that they are in, or because one is
//! the log that the others were.

use std::fs::{self, Metadata};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::SystemTime;

use hashbrown::HashSet;

use super::disk::{Identity, folder, unfit};
use crate::text::Clean;

/// Folders that are watched for one pattern; changes in others are found by looking.
const FOLDERS: usize = 64;

/// A pattern, a folder, or a log with older ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Listing {
    /// `acct-*.csv`: what it matches, now and later.
    Pattern(String),
    /// The logs in a folder, now and later, without its folders.
    Folder(PathBuf),
    /// A log, first, and files that it was rotated to.
    Rotated(Vec<PathBuf>),
}

/// A file that is there.
#[derive(Clone, Debug)]
pub(super) struct Entry {
    pub path: PathBuf,
    pub identity: Identity,
    pub size: u64,
    pub modified: SystemTime,
    /// When the file was made, where the file system tells: a deleted file's inode is given to
    /// the next one.
    pub born: Option<SystemTime>,
}

impl Entry {
    /// What a path names, if it is a regular file.
    pub(super) fn of(path: PathBuf) -> Option<Self> {
        let metadata = fs::metadata(&path).ok()?;
        unfit(&metadata).is_none().then(|| Self::new(path, &metadata))
    }

    fn new(path: PathBuf, metadata: &Metadata) -> Self {
        Self {
            path,
            identity: (metadata.dev(), metadata.ino()),
            size: metadata.size(),
            modified: metadata.modified().unwrap_or(SystemTime::UNIX_EPOCH),
            born: metadata.created().ok(),
        }
    }
}

impl Entry {
    /// Whether it is being compressed: what it is made of is still there.
    pub(super) fn is_in_the_making(&self) -> bool {
        let ends = ["gz", "zst", "bz2", "xz", "lz4"];
        self.path.extension().is_some_and(|end| ends.iter().any(|other| end == *other))
            && self.path.with_extension("").exists()
    }
}

impl Listing {
    /// As it was named.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::Pattern(pattern) => Clean::new(pattern.as_bytes()).to_string(),
            Self::Folder(path) => Clean::path(path).to_string(),
            Self::Rotated(paths) => paths.first().map_or(String::new(), |log| Clean::path(log).to_string()),
        }
    }

    /// What was named: where nothing is found, this is what that can be told of.
    #[must_use]
    pub fn path(&self) -> &Path {
        match self {
            Self::Pattern(pattern) => Path::new(pattern),
            Self::Folder(path) => path,
            Self::Rotated(paths) => paths.first().map_or(Path::new(""), |log| log),
        }
    }

    /// The paths of the files, in the order of their last change. Those last written before `since`
    /// are left out.
    #[must_use]
    pub fn paths(&self, since: Option<SystemTime>) -> Vec<PathBuf> {
        let mut entries = self.list();
        entries.retain(|entry| since.is_none_or(|since| entry.modified >= since));
        entries.into_iter().map(|entry| entry.path).collect()
    }

    /// The files, in the order of their last change. Of several names of one file, the first.
    pub(super) fn list(&self) -> Vec<Entry> {
        let mut entries: Vec<Entry> = match self {
            Self::Pattern(pattern) => glob::glob(pattern)
                .map(|paths| paths.flatten().filter_map(Entry::of).collect())
                .unwrap_or_default(),
            Self::Folder(path) => fs::read_dir(path)
                .map(|entries| {
                    let entries = entries.flatten().map(|entry| entry.path());
                    entries.filter(|path| may_be_log(path)).filter_map(Entry::of).collect()
                })
                .unwrap_or_default(),
            Self::Rotated(paths) => paths.iter().cloned().filter_map(Entry::of).collect(),
        };
        // Stamps go by ticks; within one, what was made earlier was written earlier.
        entries.sort_by(|a, b| (a.modified, a.born, &a.path).cmp(&(b.modified, b.born, &b.path)));
        let mut seen = HashSet::new();
        entries.retain(|entry| seen.insert(entry.identity));
        entries
    }

    /// The folders whose changes matter.
    #[must_use]
    pub fn folders(&self) -> Vec<PathBuf> {
        let pattern = match self {
            Self::Folder(path) => return vec![path.clone()],
            Self::Rotated(paths) => {
                return paths.first().map(|log| folder(log).to_owned()).into_iter().collect();
            }
            Self::Pattern(pattern) => pattern,
        };
        // The deepest folder that is named without a pattern, where new ones appear.
        let mut base = Path::new(pattern);
        while base.to_string_lossy().contains(['*', '?', '[']) {
            base = folder(base);
            if base == Path::new(".") {
                break;
            }
        }
        let mut folders = vec![base.to_owned()];
        let parent = folder(Path::new(pattern)).to_string_lossy().into_owned();
        if let Ok(paths) = glob::glob(&parent) {
            folders.extend(paths.flatten().filter(|path| path.is_dir()));
        }
        folders.dedup();
        folders.truncate(FOLDERS);
        folders
    }
}

/// Whether a name may be a log's: no lock, no editor's copy, nothing hidden.
fn may_be_log(path: &Path) -> bool {
    let Some(name) = path.file_name().map(|name| name.as_encoded_bytes()) else { return false };
    let not = [&b"~"[..], b".lock", b".pid", b".tmp", b".swp", b".offset", b".idx", b".db"];
    !name.starts_with(b".") && !not.iter().any(|end| name.ends_with(end))
}
