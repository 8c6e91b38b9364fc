//! What is read: files, files that are named together, standard input; and in which order.

use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use super::owner::Owner;
use super::run::{HEAD, News, changed};
use super::setup::Setup;
use crate::model::Moment;
use crate::source::{self, Journal, Listing, Piece, Unpack};
use crate::text::Clean;

/// Segments last written this much before the time that is asked for are not read: clocks differ.
/// In milliseconds.
const SEGMENT_MARGIN: i64 = 3_600_000;

/// What standard input is called.
pub(super) const STDIN: &str = "stdin";

/// What is read.
#[derive(Debug)]
pub enum Input {
    /// A file, followed or read to its end.
    File(PathBuf),
    /// Files that are named together, by a pattern or by their folder.
    Many(Listing),
    /// Standard input.
    Stdin,
}

impl From<source::Named> for Input {
    fn from(named: source::Named) -> Self {
        match named {
            source::Named::File(path) => Self::File(path),
            source::Named::Many(listing) => Self::Many(listing),
        }
    }
}

impl Input {
    /// As it was named.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => Clean::path(path).to_string(),
            Self::Many(listing) => listing.name(),
            Self::Stdin => STDIN.to_owned(),
        }
    }

    /// The files, as they are now; what was named, where there is none.
    #[must_use]
    pub fn paths(&self) -> Vec<PathBuf> {
        match self {
            Self::File(path) => vec![path.clone()],
            Self::Many(listing) => match listing.paths(None) {
                none if none.is_empty() => vec![listing.path().to_owned()],
                paths => paths,
            },
            Self::Stdin => Vec::new(),
        }
    }
}

/// What went wrong with the files of one source.
#[derive(Debug, Default)]
pub(super) struct Problems {
    first: Option<String>,
    failed: usize,
}

impl Problems {
    pub(super) fn add(&mut self, name: String, read: Result<(), String>) {
        if let Err(why) = read {
            self.failed += 1;
            self.first.get_or_insert(format!("{name}: {why}"));
        }
    }

    /// In one line; `files`: how many there are, 0 where one was named.
    pub(super) fn told(self, files: usize) -> Option<String> {
        match (self.first, files) {
            (Some(first), 0) => first.split_once(": ").map(|(_, why)| why.to_owned()),
            (Some(first), files) if self.failed > 1 => {
                Some(format!("{} of {files} files cannot be read; {first}", self.failed))
            }
            (first, _) => first,
        }
    }
}

/// The files of all inputs, each with its source, in the order of their first time stamp, so that
/// `mail.log mail.log.1` is read backwards; `None` for standard input. Of files that were named
/// together, those last written before the time that is asked for are left out; what holds the lines
/// of another one is read once.
pub(super) fn in_order(
    inputs: Vec<Input>,
    setup: &Setup,
    owner: &mut Owner,
) -> Vec<(usize, Option<PathBuf>)> {
    let since = setup.since.map(|since| since.plus_millis(-SEGMENT_MARGIN).millis());
    let since = since.and_then(|since| u64::try_from(since).ok());
    let since = since.map(|since| SystemTime::UNIX_EPOCH + Duration::from_millis(since));
    let mut all: Vec<(usize, Option<PathBuf>)> = Vec::new();
    for (source, input) in inputs.into_iter().enumerate() {
        match input {
            Input::Many(listing) => {
                let paths = listing.paths(since);
                owner.hear(News::Files { source, files: paths.len() });
                // Opening what was named says what it is.
                if paths.is_empty() && (since.is_none() || listing.paths(None).is_empty()) {
                    all.push((source, Some(listing.path().to_owned())));
                }
                all.extend(paths.into_iter().map(|path| (source, Some(path))));
            }
            Input::File(path) => all.push((source, Some(path))),
            Input::Stdin => all.push((source, None)),
        }
    }
    if all.len() < 2 {
        return all;
    }
    let paths: Vec<&Path> = all.iter().map(|(_, path)| path.as_deref().unwrap_or(Path::new(""))).collect();
    let copies = source::copies(&paths);
    for ((source, path), copy) in all.iter().zip(&copies) {
        if let (Some(path), Some(of)) = (path, copy) {
            let words =
                format!("holds the same lines as {}, and was not read again", Clean::path(paths[*of]));
            let is_of_many = owner.files(*source) > 0;
            let words = if is_of_many { format!("{}: {words}", Clean::path(path)) } else { words };
            owner.hear(News::Note { source: *source, words });
        }
    }
    let mut copies = copies.into_iter();
    all.retain(|_| copies.next().flatten().is_none());
    all.sort_by_cached_key(|(_, path)| path.as_deref().and_then(|path| first_moment(path, setup)));
    all
}

/// The first stamp of a file.
pub(super) fn first_moment(path: &Path, setup: &Setup) -> Option<Moment> {
    // Looking into a pipe would take away what is in it.
    if !std::fs::metadata(path).ok()?.is_file() {
        return None;
    }
    let mut head = Vec::new();
    Unpack::open(path).ok()?.take(HEAD).read_to_end(&mut head).ok()?;
    let mut parser = setup.parser(path, changed(path));
    let mut first = None;
    Journal::new().pass(Piece::Lines(&head), |lines| {
        let mut lines = lines.bytes().split(|byte| *byte == b'\n');
        first = first.or_else(|| lines.find_map(|line| parser.moment(line)));
    });
    first
}
