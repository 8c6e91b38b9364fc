//! Keeping how far logs were read while they are followed: when, and what is said of it.

use std::io;
use std::path::Path;

use super::following::Begin;
use super::ledger::Ledger;
use super::run::RunError;
use crate::source::{Checkpoint, CheckpointError, Keeping, Listing, Place};

/// What comes of a place that is not kept.
const LATER: &str = "Following goes on; after a restart, lines since then come again";

/// Keeps places; what cannot be written is said once, until it can be again.
#[derive(Debug)]
pub struct Keeper {
    checkpoint: Checkpoint,
    keeping: Keeping,
    is_whole: bool,
}

impl Keeper {
    /// With what an earlier run left.
    #[must_use]
    pub fn new(checkpoint: Checkpoint) -> Self {
        let is_whole = checkpoint.is_whole();
        Self { checkpoint, keeping: Keeping::default(), is_whole }
    }

    /// What is to be said when it begins.
    pub(super) fn begun(&self) -> Option<String> {
        (!self.is_whole).then(|| {
            "the run before did not end in order: lines that it printed last, of one look at each log (4 MB at \
             most), may come once more"
                .to_owned()
        })
    }

    /// Where the log at `path` was read to.
    pub(super) fn place(&self, path: &Path) -> Option<Place> {
        self.checkpoint.place(path).cloned()
    }

    /// What earlier runs counted.
    ///
    /// # Errors
    /// When it is not what is written here: then it is not known what was counted.
    pub(super) fn counted(&self) -> Result<Ledger, RunError> {
        let counted = self
            .checkpoint
            .with()
            .map_err(|error| RunError::Source { name: "--state".to_owned(), reason: error.to_string() })?;
        Ok(counted.unwrap_or_default())
    }

    /// Keeps these places and what was counted up to them, in one piece.
    pub(super) fn keep(mut self, places: Vec<Place>, counted: &Ledger) -> Result<(), CheckpointError> {
        self.checkpoint.prepare(places, Some(counted), true)?;
        self.checkpoint.commit()
    }

    /// Makes ready to keep these places: everything before them is handed on now. What is to be said.
    pub(super) fn prepare(&mut self, places: Vec<Place>, is_whole: bool) -> Option<String> {
        let went = self.checkpoint.prepare::<Ledger>(places, None, is_whole);
        // Whether it can be kept is known when it is.
        if self.checkpoint.is_prepared() { None } else { self.keeping.hear(went, LATER) }
    }

    /// Everything was handed on. What is to be said.
    pub(super) fn commit(&mut self) -> Option<String> {
        if !self.checkpoint.is_prepared() {
            return None;
        }
        let went = self.checkpoint.commit();
        self.keeping.hear(went, LATER)
    }

    /// Nothing more is kept.
    ///
    /// # Errors
    /// What could not be written last.
    pub(super) fn end(self) -> io::Result<()> {
        self.keeping.end().map_err(io::Error::other)
    }
}

impl Begin {
    /// Where logs are begun that are named together.
    pub(super) fn among(from_end: bool, kept: Option<&Keeper>, listing: &Listing) -> Self {
        let places = kept.map_or(&[][..], |kept| kept.checkpoint.places());
        match places.iter().any(|place| place.is_of(listing)) || !from_end {
            true if !places.is_empty() => Self::Among(places.to_vec()),
            true => Self::Start,
            false => Self::End,
        }
    }

    /// Where a log is begun.
    pub(super) fn of(from_end: bool, kept: Option<&Keeper>, path: &Path) -> Self {
        match kept.and_then(|kept| kept.place(path)) {
            Some(place) => Self::At(Box::new(place)),
            None if from_end => Self::End,
            None => Self::Start,
        }
    }
}
