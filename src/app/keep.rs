//! Keeps what sends came to in the operator's state folder, for when their logs are gone.

use std::path::PathBuf;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::Duration;

use anyhow::Context;

use crate::engine::{Folder, Handle, PastSend, RecordError, Setup, Snapshot, Stop};

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
    pub(super) fn beside(self, handle: Handle, stop: Stop) -> anyhow::Result<JoinHandle<Option<String>>> {
        let keeping = thread::Builder::new().name("keep".to_owned()).spawn(move || {
            let mut kept: Vec<PastSend> = Vec::new();
            while !stop.within(EVERY) {
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

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::fmt::Write as _;
    use std::sync::Arc;

    use super::Keeper;
    use crate::engine::{self, Folder, Input, Mode, Setup, Stop};

    #[test]
    fn what_the_sends_came_to_is_kept_when_the_console_ends() {
        let home = tempfile::tempdir().unwrap();
        let mut log = String::new();
        for number in 0..40 {
            let at = format!("2026-11-20T08:00:{number:02}+00:00 mx1");
            writeln!(log, "{at} postfix/qmgr[1]: A{number:09}: from=<b@news.example.com>, size=1, nrcpt=1 (queue active)").unwrap();
            writeln!(log, "{at} postfix/smtp[1]: A{number:09}: to=<x@corp.example>, relay=mx1.corp.example[192.0.2.9]:25, delay=1, dsn=2.0.0, status=sent (250 2.0.0 OK)").unwrap();
        }
        let path = home.path().join("mail.log");
        std::fs::write(&path, log).unwrap();
        let stop = Stop::default();
        let setup = Setup::embedded().unwrap();
        let handle = engine::follow(vec![Input::File(path)], &setup, Arc::clone(stop.flag())).unwrap();
        let folder = || Folder::at(home.path().join("state"));
        let keeping = Keeper { folder: folder() }.beside(handle.clone(), stop.clone()).unwrap();
        let is_read = || {
            let snapshot = handle.snapshot();
            snapshot.mode == Mode::Live && snapshot.complete_since.is_none() && snapshot.totals.attempts == 40
        };
        while !is_read() {
            handle.bell().recv().unwrap();
        }
        stop.set();
        assert_eq!(keeping.join().unwrap(), None);
        let kept = folder().past_sends();
        assert_eq!(kept.len(), 1);
        assert_eq!((kept[0].campaign.as_str(), kept[0].attempts), ("news.example.com", 40));
    }
}
