//! Keeps what sends came to in the operator's state folder, for when their logs are gone.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::Context;

use crate::engine::{Folder, Handle, PastSend, RecordError, Setup, Snapshot};

/// How often the flag is looked at that says that all is over.
const TICK: Duration = Duration::from_millis(200);
/// How often sends are looked for that ended.
const EVERY: Duration = Duration::from_secs(60);

/// The folder that sends are kept in.
#[derive(Debug)]
pub(super) struct Keeper {
    folder: Folder,
}

impl Keeper {
    /// The operator's, where there is one; the setup gets to know the sends that are kept there.
    pub(super) fn of_operator(setup: &mut Setup) -> Option<Self> {
        let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        let folder = Folder::of_operator(var)?;
        setup.past_sends = Arc::new(folder.past_sends());
        Some(Self { folder })
    }

    /// Keeps all sends of a snapshot, as far as they are.
    pub(super) fn keep(&self, read: &Snapshot) -> Result<(), RecordError> {
        self.folder.keep_sends(&read.sends_to_keep())
    }

    /// Keeps sends when they end, and all when `stop` is set. Answers with what went wrong last.
    pub(super) fn beside(
        self,
        handle: Handle,
        stop: Arc<AtomicBool>,
    ) -> anyhow::Result<JoinHandle<Option<String>>> {
        let keeping = thread::Builder::new().name("keep".to_owned()).spawn(move || {
            let mut kept: Vec<PastSend> = Vec::new();
            let mut due = Instant::now() + EVERY;
            while !stop.load(Ordering::Relaxed) {
                thread::sleep(TICK);
                if Instant::now() < due {
                    continue;
                }
                due = Instant::now() + EVERY;
                let over = handle.snapshot().sends_over();
                // What cannot be kept now may be later; the last try tells why.
                if over != kept && self.folder.keep_sends(&over).is_ok() {
                    kept = over;
                }
            }
            let told = self.keep(&handle.snapshot()).err();
            told.map(|why| format!("what the sends came to is not kept: {why}"))
        });
        keeping.context("no thread to keep sends with")
    }
}
