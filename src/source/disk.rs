//! The narrow seam between following and the file system: what is asked, and nothing else.
//!
//! A follower asks what a path names, opens it, asks how an open file is, reads at a place, lists
//! a folder, and asks how late it is. Whoever answers these can be followed: the system, and in
//! tests a model of one, that knows what was written.

use std::fmt;
use std::fs::{self, File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::{FileExt, FileTypeExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};
use std::sync::LazyLock;
use std::time::{Duration, Instant, SystemTime};

/// Device and inode. While a file is held open no other one can have them.
pub(super) type Identity = (u64, u64);

/// How a file is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Stat {
    /// Device and inode.
    pub identity: (u64, u64),
    /// When it was made, in nanoseconds since 1970, where the file system says so: an inode that is
    /// free is given to the next file at once, and this tells the two apart.
    pub born: Option<i128>,
    /// Bytes.
    pub size: u64,
    /// When it was last written: seconds since 1970, and nanoseconds.
    pub changed: (i64, i64),
    /// What it is, if it is no regular file.
    pub unfit: Option<&'static str>,
}

/// A file system.
pub trait Disk: fmt::Debug {
    /// An open file.
    type Handle: Handle;

    /// What `path` names, links followed.
    ///
    /// # Errors
    /// As stat(2).
    fn stat(&self, path: &Path) -> io::Result<Stat>;

    /// Opens a regular file to be read.
    ///
    /// # Errors
    /// As open(2).
    fn open(&self, path: &Path) -> io::Result<Self::Handle>;

    /// The paths of what is in a folder; none where it cannot be listed.
    fn list(&self, folder: &Path) -> Vec<PathBuf>;

    /// Time since some fixed moment; it never goes back.
    fn now(&self) -> Duration;
}

/// An open file.
pub trait Handle: fmt::Debug + Sized {
    /// How it is now.
    ///
    /// # Errors
    /// As fstat(2).
    fn stat(&self) -> io::Result<Stat>;

    /// Reads at `offset`; how many bytes.
    ///
    /// # Errors
    /// As pread(2).
    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize>;

    /// The same open file once more.
    ///
    /// # Errors
    /// As dup(2).
    fn again(&self) -> io::Result<Self>;

    /// Whether `bytes` stand at `offset`.
    fn has(&self, bytes: &[u8], offset: u64) -> bool {
        let mut there = [0; 256];
        let mut offset = offset;
        bytes.chunks(there.len()).all(|part| {
            let there = &mut there[..part.len()];
            let mut filled = 0;
            while filled < there.len() {
                match self.read_at(&mut there[filled..], offset + filled as u64) {
                    Ok(read @ 1..) => filled += read,
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                    _ => return false,
                }
            }
            offset += part.len() as u64;
            there == part
        })
    }
}

/// The system's own.
#[derive(Copy, Clone, Debug, Default)]
pub struct System;

impl Disk for System {
    type Handle = File;

    fn stat(&self, path: &Path) -> io::Result<Stat> {
        fs::metadata(path).map(|metadata| Stat::of(&metadata))
    }

    fn open(&self, path: &Path) -> io::Result<File> {
        File::open(path)
    }

    fn list(&self, folder: &Path) -> Vec<PathBuf> {
        let entries = fs::read_dir(folder).into_iter().flatten().flatten();
        entries.map(|entry| entry.path()).collect()
    }

    fn now(&self) -> Duration {
        static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);
        BEGAN.elapsed()
    }
}

impl Handle for File {
    fn stat(&self) -> io::Result<Stat> {
        self.metadata().map(|metadata| Stat::of(&metadata))
    }

    fn read_at(&self, into: &mut [u8], offset: u64) -> io::Result<usize> {
        FileExt::read_at(self, into, offset)
    }

    fn again(&self) -> io::Result<Self> {
        self.try_clone()
    }
}

impl Stat {
    fn of(metadata: &Metadata) -> Self {
        let born = metadata.created().ok().and_then(|born| born.duration_since(SystemTime::UNIX_EPOCH).ok());
        Self {
            identity: (metadata.dev(), metadata.ino()),
            born: born.and_then(|born| i128::try_from(born.as_nanos()).ok()),
            size: metadata.size(),
            changed: (metadata.mtime(), metadata.mtime_nsec()),
            unfit: unfit(metadata),
        }
    }
}

/// An open file as a stream, from its beginning.
#[derive(Debug)]
pub(super) struct Forwards<H> {
    file: H,
    at: u64,
}

impl<H: Handle> Forwards<H> {
    pub(super) fn new(file: &H) -> io::Result<Self> {
        Ok(Self { file: file.again()?, at: 0 })
    }
}

impl<H: Handle> Read for Forwards<H> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let read = self.file.read_at(into, self.at)?;
        self.at += read as u64;
        Ok(read)
    }
}

/// What is read once, and not followed by its name.
pub(super) const PIPE: &str = "a named pipe";

/// What a file of the kernel's is: it has no size, does not grow, and has other bytes at each reading; some wait
/// until there are any.
pub(super) const MADE: &str = "made by the kernel as it is read";

/// The devices of procfs and sysfs, where they are mounted: what is reached through them, such as the files of a
/// process's own root, has another one.
static KERNEL: LazyLock<Vec<u64>> = LazyLock::new(|| {
    // Their roots have the first inode; a plain folder of that name has not.
    let root = |path: &str| fs::metadata(path).ok().filter(|metadata| metadata.ino() == 1);
    ["/proc", "/sys"].into_iter().filter_map(root).map(|metadata| metadata.dev()).collect()
});

/// What a path is that cannot be followed; `None` for a regular file.
#[must_use]
pub(super) fn unfit(metadata: &Metadata) -> Option<&'static str> {
    let kind = metadata.file_type();
    [
        (kind.is_file() && KERNEL.contains(&metadata.dev()), Some(MADE)),
        (kind.is_file(), None),
        (kind.is_dir(), Some("a folder")),
        (kind.is_fifo(), Some(PIPE)),
        (kind.is_socket(), Some("a socket")),
        (kind.is_char_device() || kind.is_block_device(), Some("a device")),
    ]
    .into_iter()
    .find_map(|(is, what)| is.then_some(what))
    .unwrap_or(Some("no regular file"))
}

/// The folder that a path is in.
pub(super) fn folder(path: &Path) -> &Path {
    match path.parent() {
        Some(parent) if !parent.as_os_str().is_empty() => parent,
        _ => Path::new("."),
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::fs;

    use super::{MADE, unfit};

    #[test]
    fn what_the_kernel_makes_is_no_log_and_what_is_reached_through_it_may_be() {
        let log = tempfile::NamedTempFile::new().unwrap();
        let of = |path: &str| unfit(&fs::metadata(path).unwrap());
        assert_eq!(of("/proc/self/status"), Some(MADE));
        assert_eq!(of("/proc/loadavg"), Some(MADE));
        assert_eq!(of(&format!("/proc/self/root{}", log.path().display())), None);
        assert_eq!(of(log.path().to_str().unwrap()), None);
    }
}
