//! The files of one source, oldest first: the log and those that it was rotated to.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io;
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::{Path, PathBuf};

use memchr::{memchr, memrchr};

use super::unpacked::Unpacked;
use super::{LinePlace, Log, stream_name};
use crate::engine::trace::{Recent, with_rotated};
use crate::source::{Listing, Packing, why_not};
use crate::text::Clean;

/// A line longer than this is shown in parts.
const LONGEST: u64 = 1 << 20;

/// One file of a source, or the end of a stream that is kept.
#[derive(Clone, Debug)]
pub(super) struct Link {
    pub(super) file: (u64, u64),
    /// `None` for a stream.
    pub(super) path: Option<PathBuf>,
    /// Whether it has to be unpacked.
    pub(super) is_packed: bool,
}

impl Link {
    /// Its name without its folder.
    pub(super) fn name(&self) -> Clean {
        match &self.path {
            Some(path) => name(path),
            None => stream_name(),
        }
    }
}

fn name(path: &Path) -> Clean {
    Clean::new(path.file_name().unwrap_or(path.as_os_str()).as_encoded_bytes())
}

/// What is read from.
pub(super) enum Store {
    File(File),
    Ring(Recent),
}

/// The files of a source as they were listed last.
#[derive(Debug)]
pub(super) struct Chain {
    log: Log,
    pub(super) links: Vec<Link>,
    /// Files that cannot be read, oldest first, and why the last of them.
    unread: (Vec<Clean>, String),
    unpacked: RefCell<Unpacked>,
    /// Why the log itself is not read.
    pub(super) trouble: Option<Clean>,
}

impl Chain {
    pub(super) fn new(log: Log) -> Self {
        Self {
            log,
            links: Vec::new(),
            unread: Default::default(),
            unpacked: RefCell::default(),
            trouble: None,
        }
    }

    /// Looks which files there are.
    pub(super) fn list(&mut self) {
        self.trouble = None;
        self.unread = Default::default();
        let paths = match &self.log {
            Log::Stream(_) => {
                self.links = vec![Link { file: (0, 0), path: None, is_packed: false }];
                return;
            }
            Log::File(path) => {
                let all = Listing::Rotated(with_rotated(std::slice::from_ref(path))).paths(None);
                let mut paths: Vec<PathBuf> = all.into_iter().filter(|other| other != path).collect();
                // Whatever was touched last: it is the log that is written to.
                paths.push(path.clone());
                paths
            }
            Log::Many(listing) => listing.paths(None),
        };
        self.links.clear();
        if paths.is_empty() {
            self.trouble = Some(Clean::from("no file is there yet"));
        }
        let last = paths.len().saturating_sub(1);
        for (at, path) in paths.into_iter().enumerate() {
            match Packing::of_file(&path) {
                Ok(packing) => match fs::metadata(&path) {
                    Ok(metadata) if metadata.is_file() => {
                        let (file, is_packed) = ((metadata.dev(), metadata.ino()), !packing.is_plain());
                        if is_packed {
                            self.unpacked.get_mut().renew(&path, file);
                        }
                        self.links.push(Link { file, path: Some(path), is_packed });
                    }
                    Ok(_) => self.fail(at == last, &path, "is no regular file"),
                    Err(error) => self.fail(at == last, &path, &why_not(&error)),
                },
                Err(error) => self.fail(at == last, &path, &why_not(&error)),
            }
        }
    }

    /// The same while places in the chain are held: of files that are named together, those that are known
    /// keep their order, whichever was written to last.
    pub(super) fn list_again(&mut self) {
        let before = std::mem::take(&mut self.links);
        self.list();
        if let Log::Many(_) = self.log {
            let now = std::mem::take(&mut self.links);
            let is_in = |links: &[Link], link: &Link| links.iter().any(|other| other.file == link.file);
            let (known, new): (Vec<Link>, Vec<Link>) = now.into_iter().partition(|link| is_in(&before, link));
            let known = before.iter().filter_map(|link| known.iter().find(|other| other.file == link.file));
            self.links = known.cloned().chain(new).collect();
        }
    }

    fn fail(&mut self, is_log: bool, path: &Path, why: &str) {
        if is_log {
            self.trouble = Some(Clean::from(format!("{} {why}", name(path)).as_str()));
        } else {
            self.unread.0.push(name(path));
            why.clone_into(&mut self.unread.1);
        }
    }

    /// A packed file cannot be looked into: nor can be what is older, or there would be a gap.
    pub(super) fn cut(&mut self, at: usize, why: &str) {
        let is_log = at + 1 >= self.links.len();
        let older: Vec<Link> = self.links.drain(..=at.min(self.links.len().saturating_sub(1))).collect();
        let names: Vec<PathBuf> = older.into_iter().filter_map(|link| link.path).collect();
        names.iter().for_each(|path| self.fail(is_log, path, why));
    }

    /// Where older lines are than those that can be scrolled to.
    pub(super) fn older(&self) -> Option<Clean> {
        if let Log::Stream(recent) = &self.log {
            let (from, _) = recent.span();
            return (from > 0)
                .then(|| Clean::from("older lines of standard input are gone: its last 8 MiB are kept"));
        }
        let (unread, why) = &self.unread;
        let newest = unread.last()?;
        let more = match unread.len() - 1 {
            0 => String::new(),
            more => format!(" and {more} more"),
        };
        Some(Clean::from(format!("older lines are in {newest}{more}: {why}").as_str()))
    }

    /// The place of a file in the chain.
    pub(super) fn find(&self, file: (u64, u64)) -> Option<usize> {
        self.links.iter().position(|link| link.file == file)
    }

    /// Whether lines are still written to a link.
    pub(super) fn is_live(&self, at: usize) -> bool {
        at + 1 == self.links.len()
    }

    /// Whether the log is another file than it was when it was listed: rotated, removed, come back.
    /// `lists`: whether what takes a listing is looked at, too.
    pub(super) fn is_outdated(&self, lists: bool) -> bool {
        let last = self.links.last();
        match &self.log {
            Log::Stream(_) => false,
            Log::File(path) => {
                let here = fs::metadata(path).ok().map(|metadata| (metadata.dev(), metadata.ino()));
                here.is_some() && here != last.map(|link| link.file)
                    || lists && (here.is_none() || self.trouble.is_some())
            }
            // A newer file of many is found by its place in the list.
            Log::Many(listing) => {
                let is_known =
                    |path: &PathBuf| self.links.iter().any(|link| link.path.as_ref() == Some(path));
                lists && !listing.paths(None).last().is_none_or(is_known)
            }
        }
    }

    /// Opens a link, if it is still the file that it was.
    pub(super) fn open(&self, link: &Link) -> io::Result<Store> {
        let Some(path) = &link.path else {
            return match &self.log {
                Log::Stream(recent) => Ok(Store::Ring(recent.clone())),
                _ => Err(io::ErrorKind::NotFound.into()),
            };
        };
        let file = File::open(path)?;
        let metadata = file.metadata()?;
        if (metadata.dev(), metadata.ino()) != link.file {
            return Err(io::ErrorKind::NotFound.into());
        }
        match link.is_packed {
            false => Ok(Store::File(file)),
            true => self.unpacked.borrow_mut().open(path, link.file).map(Store::File),
        }
    }
}

impl Store {
    /// Where its bytes begin and end.
    pub(super) fn span(&self) -> io::Result<(u64, u64)> {
        match self {
            Self::File(file) => Ok((0, file.metadata()?.len())),
            Self::Ring(recent) => Ok(recent.span()),
        }
    }

    /// Reads until `into` is full or there is nothing more.
    fn read(&self, into: &mut Vec<u8>, at: u64, bytes: u64) -> io::Result<()> {
        into.resize(usize::try_from(bytes).unwrap_or(0), 0);
        let mut filled = 0;
        while filled < into.len() {
            let from = at + filled as u64;
            let read = match self {
                Self::File(file) => match file.read_at(&mut into[filled..], from) {
                    Err(error) if error.kind() == io::ErrorKind::Interrupted => continue,
                    read => read?,
                },
                Self::Ring(recent) => recent.read_at(&mut into[filled..], from),
            };
            if read == 0 {
                break;
            }
            filled += read;
        }
        into.truncate(filled);
        Ok(())
    }

    /// The whole lines that end at `at`, about `bytes` of them; where they begin is the answer.
    pub(super) fn before(&self, into: &mut Vec<u8>, begin: u64, at: u64, bytes: u64) -> io::Result<u64> {
        let mut bytes = bytes;
        loop {
            let from = at.saturating_sub(bytes).max(begin);
            self.read(into, from, at - from)?;
            if from == begin {
                return Ok(from);
            }
            let inner = into.len().saturating_sub(1);
            if let Some(end) = memchr(b'\n', &into[..inner]) {
                into.drain(..=end);
                return Ok(from + end as u64 + 1);
            }
            if bytes >= LONGEST {
                return Ok(from);
            }
            bytes = LONGEST;
        }
    }

    /// The whole lines from `at` on, about `bytes` of them. `is_over`: a last line without its end is
    /// one, too.
    pub(super) fn after(
        &self,
        into: &mut Vec<u8>,
        at: LinePlace,
        end: u64,
        bytes: u64,
        is_over: bool,
    ) -> io::Result<()> {
        let mut bytes = bytes;
        loop {
            let to = end.min(at.offset.saturating_add(bytes));
            self.read(into, at.offset, to.saturating_sub(at.offset))?;
            if let Some(last) = memrchr(b'\n', into) {
                into.truncate(last + 1);
                return Ok(());
            }
            if to == end && !is_over {
                into.clear();
            }
            if to == end || bytes >= LONGEST {
                return Ok(());
            }
            bytes = LONGEST;
        }
    }

    /// The first bytes.
    pub(super) fn head(&self, into: &mut Vec<u8>, bytes: u64) -> io::Result<()> {
        let (begin, _) = self.span()?;
        self.read(into, begin, bytes)
    }

    /// Where the last whole line ends.
    pub(super) fn whole(&self, into: &mut Vec<u8>, begin: u64, end: u64) -> io::Result<u64> {
        let from = end.saturating_sub(LONGEST).max(begin);
        // Mostly it is the last byte.
        self.read(into, end.saturating_sub(4096).max(from), end.min(4096).min(end - from))?;
        let near = end - into.len() as u64;
        if let Some(last) = memrchr(b'\n', into) {
            return Ok(near + last as u64 + 1);
        }
        self.read(into, from, end - from)?;
        Ok(memrchr(b'\n', into).map_or(from, |last| from + last as u64 + 1))
    }
}
