//! How a followed path stands, and what was lost of it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};

use crate::source::disk::PIPE;
use crate::source::find::{NO_NAME, why_not};

/// How a followed path stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum State {
    /// There is no such file yet.
    Missing,
    /// It was read, and there is no such file any more.
    Gone,
    /// A folder or a pattern names no file (yet).
    Empty,
    /// It may not be read.
    Forbidden,
    /// It is no regular file: what it is.
    Unfit(&'static str),
    /// It is read; so many bytes of so many are done.
    Reading {
        /// Bytes read.
        read: u64,
        /// Bytes there.
        size: u64,
    },
    /// Everything there was read.
    Live,
    /// It was read to its end, and is of a kind that does not grow.
    Once,
    /// It cannot be read for another reason.
    Failing(String),
}

impl State {
    /// What an error of the system says of a file.
    pub(super) fn of(path: &Path, error: &io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound if path.as_os_str().is_empty() => Self::Failing(NO_NAME.to_owned()),
            io::ErrorKind::NotFound => Self::Missing,
            io::ErrorKind::PermissionDenied => Self::Forbidden,
            _ => Self::Failing(why_not(error)),
        }
    }

    /// Whether nothing can be read, and the operator should know.
    #[must_use]
    pub fn is_trouble(&self) -> bool {
        matches!(
            self,
            Self::Missing | Self::Gone | Self::Empty | Self::Forbidden | Self::Unfit(_) | Self::Failing(_)
        )
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Missing => f.write_str("not there yet"),
            Self::Gone => f.write_str("gone (rotated?): waiting for a new one"),
            Self::Empty => f.write_str("no log there yet: what comes is read"),
            Self::Forbidden => f.write_str("may not be read: join group adm or use sudo"),
            Self::Unfit(PIPE) => write!(f, "is {PIPE}, not a log file: read it by `- < PIPE`"),
            Self::Unfit(what) => write!(f, "is {what}, not a log file"),
            Self::Reading { read, size } => write!(f, "reading {} %", read * 100 / (*size).max(1)),
            Self::Live => f.write_str("live"),
            Self::Once => f.write_str("compressed, read once"),
            Self::Failing(reason) => f.write_str(reason),
        }
    }
}

/// Bytes that were gone before they could be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Gap {
    /// How many bytes are known to be lost.
    pub bytes: u64,
    /// The file that they were in, where it is one of many.
    pub file: Option<PathBuf>,
}

impl Gap {
    /// So many bytes of the file that is followed.
    pub(in crate::source) fn of(bytes: u64) -> Self {
        Self { bytes, file: None }
    }
}
