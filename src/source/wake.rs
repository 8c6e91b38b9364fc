//! Being woken when something may have happened in a folder, or to a file.
//!
//! A wake-up is a hint and never a fact: the file system is asked what is true. Where no watch can
//! be had (exhausted inotify, network file systems), the poll interval alone does it.
//!
//! Who is woken may be busy. What appears in the folder is looked out for here, at once, on the
//! thread that hears of it.
//!
//! A watch costs three descriptors and one of the few instances that a user may have, and hundreds of logs may lie
//! in one folder: all who wait for one folder share its watch. Who waits for one log in it is told of what is
//! written only where that is this log, or what it was rotated to: other logs beside it are written to all the time.

use std::convert::Infallible;
use std::ffi::{OsStr, OsString};
use std::fmt;
use std::io::ErrorKind::PermissionDenied;
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, MutexGuard, PoisonError, Weak};
use std::time::Duration;

use crossbeam_channel::{Receiver, Select, Sender};
use hashbrown::HashMap;
use notify::event::{EventKind, ModifyKind};
use notify::{RecursiveMode, Watcher};

use super::elders::is_elder;

/// How long to sleep between looks when a watch is in place.
const WATCHED: Duration = Duration::from_millis(1_000);
/// How long without one.
const POLLED: Duration = Duration::from_millis(200);
/// A watch is tried for again after it was missed so often.
const AGAIN: u32 = 32;

/// Looks at what is new in a folder.
pub type LookOut = Arc<dyn Fn() + Send + Sync>;

/// Who is told of changes in a folder: a bell, and what looks at once.
type Listener = (Sender<()>, Option<LookOut>);

/// What in a folder is a reason to look.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reason {
    /// Whatever changes.
    Anything,
    /// That a name comes, goes or changes; who decides what a path names is written to by others, too.
    Names,
    /// The same, and what is written into the log of this name, or into what it was rotated to.
    Log(OsString),
}

/// Who is told, by what is their reason.
#[derive(Default)]
struct Listeners(HashMap<Reason, Vec<Listener>>);

/// Why something that is there is not watched.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Unwatched {
    /// It may not be read.
    Forbidden,
    /// The system gives no watch: there are too many, or it cannot.
    Refused,
}

/// A watch on a folder, and who shares it.
#[derive(Default)]
struct Watch {
    /// Whether its folder was removed: another one may have its inode.
    is_over: AtomicBool,
    /// How often names changed in it.
    names: AtomicU64,
    listeners: Mutex<Listeners>,
    watcher: Mutex<Option<notify::RecommendedWatcher>>,
}

/// Watches, each by the device and inode of its folder.
type Watches = HashMap<(u64, u64), Weak<Watch>>;

/// The watches of this process.
static WATCHES: LazyLock<Mutex<Watches>> = LazyLock::new(Mutex::default);

/// Waits for changes in a folder.
pub struct Wake {
    bell: Receiver<()>,
    ring: Sender<()>,
    watch: Option<Arc<Watch>>,
    why: Unwatched,
    /// How often names had changed when it was minded.
    names: u64,
    /// Which folder is watched: its device and inode.
    folder: Option<(u64, u64)>,
    look_out: Option<LookOut>,
    reason: Reason,
    /// How often it was minded without a watch.
    missed: u32,
}

impl fmt::Debug for Wake {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Wake").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Wake {
    /// Watches `folder` if that is possible. `look_out` is called as soon as there is `reason`.
    #[must_use]
    pub fn on(folder: &Path, reason: Reason, look_out: Option<LookOut>) -> Self {
        // One place: many changes are one reason to look.
        let (ring, bell) = crossbeam_channel::bounded(1);
        let mut wake = Self {
            bell,
            ring,
            watch: None,
            why: Unwatched::Refused,
            names: 0,
            folder: None,
            look_out,
            reason,
            missed: 0,
        };
        wake.watch(folder);
        wake
    }

    /// What it waits for.
    #[must_use]
    pub fn reason(&self) -> &Reason {
        &self.reason
    }

    /// Watches `folder` anew if it was replaced, or is there for the first time; where that cannot be, it is tried
    /// again now and then.
    pub fn mind(&mut self, folder: &Path) {
        self.missed = if self.watch.is_some() { 0 } else { self.missed.wrapping_add(1) };
        self.names = self.watch.as_ref().map_or(0, |watch| watch.names.load(Ordering::Acquire));
        let is_over = self.watch.is_some() && !self.is_watching();
        if identity(folder) != self.folder || is_over || self.missed % AGAIN == AGAIN - 1 {
            self.watch(folder);
        }
    }

    fn watch(&mut self, folder: &Path) {
        self.leave();
        self.folder = identity(folder);
        let Some(identity) = self.folder else { return };
        let mut watches = locked(&WATCHES);
        watches.retain(|_, watch| watch.strong_count() > 0);
        let shared = watches.get(&identity).and_then(Weak::upgrade).filter(|watch| watch.is_on());
        let watch = shared.map_or_else(|| Watch::on(folder), Ok);
        match watch {
            Ok(watch) => {
                self.names = watch.names.load(Ordering::Acquire);
                watches.insert(identity, Arc::downgrade(&watch));
                self.watch = Some(watch);
            }
            Err(why) => self.why = why,
        }
        if let Some(watch) = &self.watch {
            let listener = (self.ring.clone(), self.look_out.clone());
            locked(&watch.listeners).0.entry(self.reason.clone()).or_default().push(listener);
        }
    }

    /// Is told of nothing more.
    fn leave(&mut self) {
        if let Some(watch) = self.watch.take() {
            let listeners = &mut locked(&watch.listeners).0;
            if let Some(of) = listeners.get_mut(&self.reason) {
                of.retain(|(ring, _)| !ring.same_channel(&self.ring));
            }
            listeners.retain(|_, of| !of.is_empty());
        }
    }

    /// Whether a watch is in place; else only polling finds changes.
    #[must_use]
    pub fn is_watching(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.is_on())
    }

    /// Whether names changed since it was minded.
    #[must_use]
    pub fn is_moved(&self) -> bool {
        self.watch.as_ref().is_some_and(|watch| watch.names.load(Ordering::Acquire) != self.names)
    }

    /// Why it is not watched; `None` where it is, or is not there.
    #[must_use]
    pub fn unwatched(&self) -> Option<Unwatched> {
        (self.folder.is_some() && !self.is_watching()).then_some(self.why)
    }

    /// Sleeps until one of several may have changed, it is time to look anyway, or `over` is disconnected.
    /// `is_heard`: whether they hear of everything, so that it is seldom time to.
    pub fn sleep_on_any<'a>(
        wakes: impl Iterator<Item = &'a Self>,
        is_heard: bool,
        over: Option<&Receiver<Infallible>>,
    ) {
        let patience = if is_heard { WATCHED } else { POLLED };
        let mut any = Select::new();
        let mut bells = Vec::new();
        for wake in wakes {
            any.recv(&wake.bell);
            bells.push(&wake.bell);
        }
        over.into_iter().for_each(|over| _ = any.recv(over));
        if any.ready_timeout(patience).is_ok() {
            for bell in bells {
                let _ = bell.try_recv();
            }
        }
    }
}

impl Drop for Wake {
    fn drop(&mut self) {
        self.leave();
    }
}

impl Watch {
    /// Watches a folder, if that is possible.
    fn on(folder: &Path) -> Result<Arc<Self>, Unwatched> {
        let watch = Arc::new(Self::default());
        let (told, watched) =
            (Arc::downgrade(&watch), std::path::absolute(folder).unwrap_or_else(|_| folder.to_owned()));
        let mut watcher = notify::recommended_watcher(move |event: notify::Result<notify::Event>| {
            let event = event.unwrap_or_else(|_| notify::Event::new(EventKind::Any));
            // Reading raises events of its own on some systems; they are no reason to look.
            if let (Some(watch), false) = (told.upgrade(), event.kind.is_access()) {
                if event.kind.is_remove() && event.paths.contains(&watched) {
                    watch.is_over.store(true, Ordering::Release);
                }
                watch.tell(&event);
            }
        })
        .map_err(|error| Unwatched::of(&error))?;
        watcher.watch(folder, RecursiveMode::NonRecursive).map_err(|error| Unwatched::of(&error))?;
        *locked(&watch.watcher) = Some(watcher);
        Ok(watch)
    }

    /// Whether it still hears of what happens.
    fn is_on(&self) -> bool {
        !self.is_over.load(Ordering::Acquire)
    }

    fn tell(&self, event: &notify::Event) {
        let is_of_bytes =
            matches!(event.kind, EventKind::Modify(ModifyKind::Data(_) | ModifyKind::Metadata(_)));
        if !is_of_bytes {
            self.names.fetch_add(1, Ordering::Release);
        }
        for (ring, look_out) in locked(&self.listeners).of(&event.paths, is_of_bytes) {
            // Also where only bytes changed: who reads may be busy, and they be gone soon.
            look_out.iter().for_each(|look_out| look_out());
            let _ = ring.try_send(());
        }
    }
}

impl Listeners {
    /// Who is to be told that something was written by these names, or that they changed: whose log each of them may
    /// be, and who waits for that. A name of nobody's may become anybody's.
    fn of(&self, paths: &[PathBuf], is_of_bytes: bool) -> Vec<&Listener> {
        let logs: Vec<&OsStr> =
            paths.iter().filter_map(|path| path.file_name().and_then(|name| self.log(name))).collect();
        let is_known = !paths.is_empty() && logs.len() == paths.len();
        let is_told = |reason: &Reason| match reason {
            Reason::Anything => true,
            Reason::Names => !is_of_bytes,
            Reason::Log(log) => logs.contains(&log.as_os_str()) || !is_of_bytes && !is_known,
        };
        let told = self.0.iter().filter(|(reason, _)| is_told(reason));
        told.flat_map(|(_, listeners)| listeners).collect()
    }

    /// The log that is called so, or was before it was rotated.
    fn log<'n>(&self, name: &'n OsStr) -> Option<&'n OsStr> {
        let bytes = name.as_bytes();
        let ends = memchr::memchr3_iter(b'.', b'-', b'_', bytes);
        let names = std::iter::once(name).chain(ends.map(|end| OsStr::from_bytes(&bytes[..end])));
        let mut logs = names.filter(|log| *log == name || is_elder(log, name));
        logs.find(|log| self.0.contains_key(&Reason::Log((*log).to_owned())))
    }
}

impl Unwatched {
    fn of(error: &notify::Error) -> Self {
        match &error.kind {
            notify::ErrorKind::Io(error) if error.kind() == PermissionDenied => Self::Forbidden,
            _ => Self::Refused,
        }
    }
}

/// Whoever panicked while it was held left nothing half done.
fn locked<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

fn identity(folder: &Path) -> Option<(u64, u64)> {
    std::fs::metadata(folder).ok().map(|metadata| (metadata.dev(), metadata.ino()))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::ffi::OsStr;
    use std::fs::{self, OpenOptions};
    use std::io::{self, Write as _};
    use std::path::Path;
    use std::sync::Arc;
    use std::time::Duration;

    use super::{Listeners, Reason, Unwatched, Wake, identity};

    /// Longer than any machine needs.
    const LONG: Duration = Duration::from_secs(60);

    #[test]
    fn a_folder_that_is_made_anew_is_watched_anew_though_it_has_the_same_inode() {
        let root = tempfile::tempdir().unwrap();
        let folder = root.path().join("log");
        fs::create_dir(&folder).unwrap();
        let (send, heard) = crossbeam_channel::unbounded();
        let mut wake = Wake::on(&folder, Reason::Anything, Some(Arc::new(move || _ = send.send(()))));
        let before = identity(&folder);
        fs::remove_dir(&folder).unwrap();
        fs::create_dir(&folder).unwrap();
        while identity(&folder) == before && wake.is_watching() {
            heard.recv_timeout(LONG).unwrap();
        }
        wake.mind(&folder);
        assert!(wake.is_watching());
        heard.try_iter().for_each(drop);
        fs::write(folder.join("mail.log"), "").unwrap();
        heard.recv_timeout(LONG).unwrap();
        assert!(wake.is_moved());
    }

    #[test]
    fn a_file_that_is_watched_itself_is_heard_by_any_of_its_names() {
        let root = tempfile::tempdir().unwrap();
        let [here, elsewhere] = ["here", "elsewhere"].map(|name| root.path().join(name));
        [&here, &elsewhere].into_iter().for_each(|folder| fs::create_dir(folder).unwrap());
        let names = [here.join("mail.log"), elsewhere.join("out")];
        fs::write(&names[0], "").unwrap();
        fs::hard_link(&names[0], &names[1]).unwrap();
        let wake = Wake::on(&names[0], Reason::Anything, None);
        OpenOptions::new().append(true).open(&names[1]).unwrap().write_all(b"a line\n").unwrap();
        wake.bell.recv_timeout(LONG).unwrap();
    }

    #[test]
    fn who_waits_for_a_log_is_asked_whatever_happens_to_it_or_to_an_unknown_name() {
        let append = |path: &Path| {
            OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(b"x\n").unwrap();
        };
        let changes: [&dyn Fn(&Path); 4] = [
            &|folder| append(&folder.join("a.log")),
            &|folder| append(&folder.join("a.log.1")),
            &|folder| fs::rename(folder.join("a.log"), folder.join("a.log-1")).unwrap(),
            // What is new may become anybody's.
            &|folder| append(&folder.join("c.log")),
        ];
        for change in changes {
            let folder = tempfile::tempdir().unwrap();
            ["a.log", "a.log.1"].iter().for_each(|name| append(&folder.path().join(name)));
            let (send, heard) = crossbeam_channel::unbounded();
            let on = |who: &'static str, reason: Reason| {
                let send = send.clone();
                Wake::on(folder.path(), reason, Some(Arc::new(move || _ = send.send(who))))
            };
            let log = |name: &str| Reason::Log(name.into());
            let _wakes = [on("a.log", log("a.log")), on("b.log", log("b.log")), on("any", Reason::Anything)];
            change(folder.path());
            // In any order, and as often as the system tells of it.
            let mut missing = vec!["a.log", "any"];
            while !missing.is_empty() {
                let asked = heard.recv_timeout(LONG).unwrap();
                missing.retain(|who| *who != asked);
            }
        }
    }

    #[test]
    fn what_others_write_into_their_logs_wakes_nobody_who_waits_for_one() {
        let who = |reason: Reason| (reason, vec![(crossbeam_channel::bounded(1).0, None)]);
        let log = |name: &str| Reason::Log(name.into());
        let all = [log("mail.log"), log("mail"), Reason::Names, Reason::Anything];
        let listeners = Listeners(all.map(who).into_iter().collect());
        let of = |name: &'static str| listeners.log(OsStr::new(name)).and_then(OsStr::to_str);
        for name in ["mail.log", "mail.log.1", "mail.log-20261120.gz", "mail.log.old"] {
            assert_eq!(of(name), Some("mail.log"));
        }
        assert_eq!(of("mail.1"), Some("mail"));
        assert_eq!([of("mail.err"), of("mail.log.tmp"), of("other.log")], [None; 3]);
        let told = |paths: &[&str], is_of_bytes| {
            let paths: Vec<_> = paths.iter().map(Into::into).collect();
            listeners.of(&paths, is_of_bytes).len()
        };
        // Written: one of the logs, and who waits for anything; another file's bytes are nobody's.
        assert_eq!([told(&["/log/mail.log.1"], true), told(&["/log/syslog"], true)], [2, 1]);
        // Names: one log's; one that may become anybody's; what nobody knows.
        assert_eq!(told(&["/log/mail.log.1"], false), 3);
        assert_eq!([told(&["/log/new", "/log/mail.log"], false), told(&[], false)], [4, 4]);
    }

    #[test]
    fn what_may_not_be_watched_is_told_from_what_cannot_be() {
        let why = |error: io::Error| Unwatched::of(&notify::Error::io(error));
        assert_eq!(why(io::ErrorKind::PermissionDenied.into()), Unwatched::Forbidden);
        assert_eq!(why(io::Error::from_raw_os_error(28)), Unwatched::Refused);
        assert_eq!(Unwatched::of(&notify::Error::new(notify::ErrorKind::MaxFilesWatch)), Unwatched::Refused);
        assert_eq!(Wake::on(Path::new("/not/there"), Reason::Names, None).unwatched(), None);
    }
}
