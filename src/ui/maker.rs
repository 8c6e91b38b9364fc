//! Makes and writes documents on a thread of its own, one at a time.

use std::io;
use std::path::PathBuf;
use std::sync::Arc;
use std::thread;

use crossbeam_channel::{Receiver, bounded, never};

use super::exports::{Document, Exports, Making, Wanted};

/// What came of it.
#[derive(Debug)]
pub(super) enum Done {
    /// A document to look at.
    Made(Result<Document, String>),
    /// A document was written there.
    Written(Box<Wanted>, Result<PathBuf, String>),
}

/// Who makes documents, and what is being made.
#[derive(Debug, Default)]
pub(super) struct Maker {
    exports: Option<Arc<dyn Exports>>,
    job: Option<Job>,
}

/// Something that is being made; nobody wants it any more when it is dropped.
#[derive(Debug)]
struct Job {
    making: Arc<Making>,
    done: Receiver<Done>,
    /// What is being written is written to its end, so that it stands in the record.
    writes: bool,
}

impl Drop for Job {
    fn drop(&mut self) {
        self.making.give_up();
    }
}

impl Maker {
    pub(super) fn new(exports: Option<Arc<dyn Exports>>) -> Self {
        Self { exports, job: None }
    }

    /// Begins to make a document.
    pub(super) fn make(&mut self, wanted: Wanted) -> io::Result<()> {
        self.begin(false, move |exports, making| Done::Made(exports.make(&wanted, making)))
    }

    /// Begins to write a document.
    pub(super) fn write(&mut self, wanted: Wanted, document: Arc<Document>) -> io::Result<()> {
        self.begin(true, move |exports, _| {
            let written = exports.write(&wanted, &document);
            Done::Written(Box::new(wanted), written)
        })
    }

    fn begin(
        &mut self,
        writes: bool,
        work: impl FnOnce(&dyn Exports, &Making) -> Done + Send + 'static,
    ) -> io::Result<()> {
        let Some(exports) = self.exports.clone() else {
            return Err(io::Error::other("there is nothing to make it with"));
        };
        let making = Arc::new(Making::default());
        let (tell, done) = bounded(1);
        let progress = Arc::clone(&making);
        thread::Builder::new().name("export".into()).spawn(move || {
            let _ = tell.send(work(exports.as_ref(), &progress));
        })?;
        self.job = Some(Job { making, done, writes });
        Ok(())
    }

    /// Where what came of it comes, once.
    pub(super) fn done(&self) -> Receiver<Done> {
        self.job.as_ref().map_or_else(never, |job| job.done.clone())
    }

    /// Lines read so far.
    pub(super) fn progress(&self) -> Option<u64> {
        self.job.as_ref().map(|job| job.making.progress())
    }

    /// What came of it was taken.
    pub(super) fn end(&mut self) {
        self.job = None;
    }

    /// Nobody wants to look at what is being made any more.
    pub(super) fn give_up(&mut self) {
        self.job = self.job.take().filter(|job| job.writes);
    }
}
