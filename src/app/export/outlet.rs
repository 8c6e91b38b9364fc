//! Where an export goes: standard output, or a file that is there whole or not at all.

use std::fs;
use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use crate::cli::Target;
use crate::text::Clean;

/// An export under way.
#[derive(Debug)]
pub(in crate::app) enum Outlet {
    /// Standard output.
    Standard(BufWriter<io::Stdout>),
    /// A file, under another name until it is whole; only its owner may read it.
    File { file: BufWriter<tempfile::NamedTempFile>, path: PathBuf, force: bool },
}

impl Outlet {
    /// Opens the target before anything is read: what cannot be written is said at once.
    pub(in crate::app) fn open(target: &Target) -> anyhow::Result<Self> {
        let Some(path) = &target.output else { return Ok(Self::Standard(BufWriter::new(io::stdout()))) };
        Self::at(path, target.force)
    }

    /// Opens a file; `force` replaces the one that is there.
    pub(in crate::app) fn at(path: &Path, force: bool) -> anyhow::Result<Self> {
        let shown = Clean::path(path);
        match fs::symlink_metadata(path) {
            Ok(there) if !there.is_file() => bail!("{shown}: this is no plain file; name another one"),
            Ok(_) if !force => bail!("{shown}: exists already; name another file, or --force replaces it"),
            _ => {}
        }
        let folder = match path.parent() {
            Some(folder) if !folder.as_os_str().is_empty() => folder,
            _ => Path::new("."),
        };
        let file = tempfile::Builder::new().prefix(".fivefifty-").tempfile_in(folder);
        let file = file.map_err(untangled).with_context(|| format!("{shown}: cannot be written"))?;
        Ok(Self::File { file: BufWriter::new(file), path: path.to_owned(), force })
    }

    /// Makes what was written stand: from now on the file is there.
    pub(in crate::app) fn close(self) -> anyhow::Result<()> {
        match self {
            Self::Standard(mut out) => Ok(out.flush()?),
            Self::File { file, path, force } => {
                let cannot = || format!("{}: cannot be written", Clean::path(&path));
                let file = file.into_inner().map_err(io::IntoInnerError::into_error).with_context(cannot)?;
                file.as_file().sync_all().with_context(cannot)?;
                let kept = if force { file.persist(&path) } else { file.persist_noclobber(&path) };
                kept.map_err(|failed| failed.error).with_context(cannot)?;
                log::info!(target: "export", "path={path:?} written=whole");
                Ok(())
            }
        }
    }
}

/// The system's own words: the temporary name beside them says nothing to the operator.
fn untangled(error: io::Error) -> io::Error {
    error.raw_os_error().map_or_else(
        || match error.kind() {
            io::ErrorKind::NotFound => io::Error::new(io::ErrorKind::NotFound, "there is no such folder"),
            io::ErrorKind::PermissionDenied => {
                io::Error::new(io::ErrorKind::PermissionDenied, "you may not write there")
            }
            _ => error,
        },
        io::Error::from_raw_os_error,
    )
}

impl Write for Outlet {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Standard(out) => out.write(bytes),
            Self::File { file, .. } => file.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Standard(out) => out.flush(),
            Self::File { file, .. } => file.flush(),
        }
    }
}
