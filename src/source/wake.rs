//! Being woken when something may have happened in a folder.
//!
//! A wake-up is a hint and never a fact: the file system is asked what is true. Where no watch can
//! be had (exhausted inotify, network file systems), the poll interval alone does it.

use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, Sender};
use notify::{RecursiveMode, Watcher};

/// How long to sleep between looks when a watch is in place.
const WATCHED: Duration = Duration::from_millis(1_000);
/// How long without one.
const POLLED: Duration = Duration::from_millis(200);

/// Waits for changes in a folder.
#[derive(Debug)]
pub struct Wake {
    bell: Receiver<()>,
    ring: Sender<()>,
    watcher: Option<notify::RecommendedWatcher>,
    /// Which folder is watched: its device and inode.
    folder: Option<(u64, u64)>,
}

impl Wake {
    /// Watches `folder` if that is possible.
    #[must_use]
    pub fn on(folder: &Path) -> Self {
        // One place: many changes are one reason to look.
        let (ring, bell) = crossbeam_channel::bounded(1);
        let mut wake = Self { bell, ring, watcher: None, folder: None };
        wake.watch(folder);
        wake
    }

    /// Watches `folder` anew if it was replaced, or is there for the first time.
    pub fn mind(&mut self, folder: &Path) {
        if identity(folder) != self.folder {
            self.watch(folder);
        }
    }

    fn watch(&mut self, folder: &Path) {
        self.folder = identity(folder);
        let ring = self.ring.clone();
        // Reading raises events of its own on some systems; they are no reason to look.
        let watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            if event.is_ok_and(|event| event.kind.is_access()) {
                return;
            }
            let _ = ring.try_send(());
        });
        self.watcher = watcher.ok().and_then(|mut watcher| {
            watcher.watch(folder, RecursiveMode::NonRecursive).ok()?;
            Some(watcher)
        });
    }

    /// Whether a watch is in place; else only polling finds changes.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        self.watcher.is_some()
    }

    /// Sleeps until something may have changed, or it is time to look anyway.
    pub fn sleep(&self) {
        Self::sleep_on_any([self].into_iter());
    }

    /// Sleeps until one of several may have changed, or it is time to look anyway.
    pub fn sleep_on_any<'a>(wakes: impl Iterator<Item = &'a Self>) {
        let mut patience = WATCHED;
        let mut any = Select::new();
        let mut bells = Vec::new();
        for wake in wakes {
            if !wake.is_watching() {
                patience = POLLED;
            }
            any.recv(&wake.bell);
            bells.push(&wake.bell);
        }
        if any.ready_timeout(patience).is_ok() {
            for bell in bells {
                let _ = bell.try_recv();
            }
        }
    }
}

fn identity(folder: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(folder).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}
