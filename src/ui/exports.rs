//! What comes out: documents that the program around the console makes, shown here before anything
//! is written.

use std::fmt::Debug;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use crate::engine::{Answers, Entry, Incident, Scope, Snapshot};
use crate::model::Moment;
use crate::text::Clean;

/// A document that can be made.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub struct Kind {
    /// What it is asked for by: `report-md`.
    pub id: &'static str,
    /// Its name in the menu: "Incident report, Markdown".
    pub name: &'static str,
    /// What it is for, in one sentence without a full stop.
    pub about: &'static str,
    /// Whether it is about an incident; the others are about any scope.
    pub of_incident: bool,
    /// Whether a provider will do where there is no incident.
    pub of_provider: bool,
    /// Whether addresses in it can be redacted; a suppression list without them would be none.
    pub redacts: bool,
    /// Whether the logs are read again for it, which takes a while.
    pub reads: bool,
}

/// What a document is made of.
#[derive(Clone, Debug)]
pub struct Wanted {
    /// Which document.
    pub kind: Kind,
    /// The picture on the screen: the held one while it is frozen.
    pub snapshot: Arc<Snapshot>,
    /// What the screen is about.
    pub scope: Scope,
    /// The incident, where it is about one.
    pub incident: Option<Incident>,
    /// The operator's answers that hold.
    pub answers: Answers,
    /// The operator's record: answers, notes and exports, oldest first.
    pub entries: Vec<Entry>,
    /// Whether addresses and local parts are redacted.
    pub redact: bool,
    /// When it was asked for, by the wall clock.
    pub at: Moment,
}

/// A document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Document {
    /// The file's name: `gmail-ip_reputation-20261121T1427Z.md`.
    pub name: String,
    /// The text as it would be written: lines that hold nothing which harms a terminal. Where
    /// `more` is not 0, only its beginning.
    pub text: String,
    /// Lines of the file that are not in `text`.
    pub more: u64,
    /// What should be known of it before it is handed on: what was left out, and why.
    pub remarks: Vec<String>,
}

/// How far the making of a document is, and whether it is still wanted.
#[derive(Debug, Default)]
pub struct Making {
    lines: AtomicU64,
    stop: AtomicBool,
}

impl Making {
    /// Tells how many lines were read so far.
    pub fn tell(&self, lines: u64) {
        self.lines.store(lines, Ordering::Relaxed);
    }

    /// Whether nobody waits for it any more.
    #[must_use]
    pub fn is_given_up(&self) -> bool {
        self.stop.load(Ordering::Relaxed)
    }

    /// Set when nobody waits for it any more, for what takes such a flag.
    #[must_use]
    pub const fn stop(&self) -> &AtomicBool {
        &self.stop
    }

    /// Lines read so far.
    pub(super) fn progress(&self) -> u64 {
        self.lines.load(Ordering::Relaxed)
    }

    pub(super) fn give_up(&self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

/// Makes documents and writes them. Called on a thread of its own, so that it may take its time.
pub trait Exports: Debug + Send + Sync {
    /// Every document that there is, in the order of the menu.
    fn kinds(&self) -> Vec<Kind>;

    /// Where they are written to, as it is shown.
    fn folder(&self) -> String;

    /// Makes a document.
    ///
    /// # Errors
    /// Why it cannot be made, as a sentence for the operator.
    fn make(&self, wanted: &Wanted, making: &Making) -> Result<Document, String>;

    /// Writes a document that was shown, never over another file.
    ///
    /// # Errors
    /// Why it could not be written, as a sentence for the operator.
    fn write(&self, wanted: &Wanted, document: &Document) -> Result<PathBuf, String>;
}

/// How far the document in sight is.
#[derive(Clone, Debug, Default)]
pub(super) enum Preview {
    /// Nothing was asked for.
    #[default]
    Nothing,
    /// It is being made: lines read so far.
    Making(u64),
    /// Here it is.
    Made(Arc<Document>),
    /// It is being written.
    Writing(Arc<Document>),
    /// It was not made, and why.
    Failed(Clean),
}

/// From this size of the terminal on the selected document stands beside the menu.
const BESIDE: (u16, u16) = (150, 30);

/// Whether the selected document stands beside the menu.
pub(super) const fn is_beside(size: (u16, u16)) -> bool {
    size.0 >= BESIDE.0 && size.1 >= BESIDE.1
}

/// The menu, and the document in sight.
#[derive(Debug, Default)]
pub(super) struct Desk {
    /// What can be made; empty where the console was started without anybody to make it.
    pub(super) kinds: Vec<Kind>,
    pub(super) folder: Clean,
    /// The cursor of the menu.
    pub(super) at: usize,
    pub(super) preview: Preview,
    /// Which document is in sight.
    pub(super) kind: Option<Kind>,
    pub(super) plain: bool,
    /// Whether a document has its addresses as they are until asked otherwise.
    pub(super) plain_first: bool,
    /// The first row of the preview.
    pub(super) top: usize,
    /// It is to be written when it is made.
    pub(super) is_awaited: bool,
}

impl Desk {
    /// The document in sight, whole or while it is being written.
    pub(super) fn document(&self) -> Option<&Arc<Document>> {
        match &self.preview {
            Preview::Made(document) | Preview::Writing(document) => Some(document),
            Preview::Nothing | Preview::Making(_) | Preview::Failed(_) => None,
        }
    }

    /// Whether something is waited for.
    pub(super) const fn is_waiting(&self) -> bool {
        matches!(self.preview, Preview::Making(_) | Preview::Writing(_))
    }

    /// A document is here, or it cannot be made.
    pub(super) fn made(&mut self, made: Result<Document, String>) {
        self.preview = match made {
            Ok(document) => Preview::Made(Arc::new(document)),
            Err(why) => Preview::Failed(Clean::from(why.as_str())),
        };
    }

    /// The making went on. `true` when the screen changes by that.
    pub(super) fn went_on(&mut self, lines: u64) -> bool {
        match &mut self.preview {
            Preview::Making(read) => std::mem::replace(read, lines) != lines,
            _ => false,
        }
    }
}
