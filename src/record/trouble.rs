//! Why something could not be kept.

use std::io;
use std::path::{Path, PathBuf};

use crate::text::Clean;

/// Why something could not be kept: what, where, and what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum RecordError {
    /// There is no folder.
    #[error("neither XDG_STATE_HOME nor HOME names a folder; set one of them and start again")]
    NoFolder,
    /// The disk says no.
    #[error("{}: {reason}; {}", shown(path), remedy(reason))]
    Disk {
        /// The file or folder.
        path: PathBuf,
        /// What the system said.
        reason: io::Error,
    },
    /// Another console holds the lock.
    #[error("{}: another console is writing and does not end; is one stopped?", shown(path))]
    Busy {
        /// What is locked.
        path: PathBuf,
    },
    /// The file takes no more.
    #[error("{}: the record is full; move it away and a new one is made", shown(path))]
    Full {
        /// The file.
        path: PathBuf,
    },
    /// A link, a folder, a pipe.
    #[error("{}: this is no plain file; move it away", shown(path))]
    NotPlain {
        /// What is there.
        path: PathBuf,
    },
    /// A newer version wrote it.
    #[error("{}: a newer version wrote this, and it is left as it is", shown(path))]
    Newer {
        /// The file.
        path: PathBuf,
    },
}

impl RecordError {
    pub(super) fn disk(path: &Path, reason: io::Error) -> Self {
        Self::Disk { path: path.to_owned(), reason }
    }
}

/// For `map_err` on what happens at `path`.
pub(super) fn at(path: &Path) -> impl FnOnce(io::Error) -> RecordError {
    move |reason| RecordError::disk(path, reason)
}

/// A path as it may be shown.
fn shown(path: &Path) -> Clean {
    Clean::new(path.as_os_str().as_encoded_bytes())
}

fn remedy(reason: &io::Error) -> &'static str {
    use io::ErrorKind as K;
    match reason.kind() {
        K::StorageFull | K::QuotaExceeded | K::FileTooLarge => "make room there",
        K::PermissionDenied => "see whose it is, or set XDG_STATE_HOME to a folder of yours",
        _ => "set XDG_STATE_HOME to a folder that can be written",
    }
}
