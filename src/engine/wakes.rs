//! The watches of what is followed: on its folders, on those that decide which files these are, and on a
//! file itself that is written to by another name.

use std::convert::Infallible;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;

use super::following::Followed;
use crate::source::{Own, Unwatched, Wake};
use crate::text::Clean;

/// How often it is asked anew what is to be watched, although no name changed.
const AGAIN: Duration = Duration::from_millis(500);

/// Watches on what matters.
#[derive(Debug, Default)]
pub(super) struct Wakes {
    watches: Vec<(PathBuf, Wake)>,
    /// How many of them there have to be; the others only tell it earlier.
    needed: usize,
    own: Own,
    minded: Option<Instant>,
    /// Whether it was said that one cannot be watched.
    is_polling: bool,
}

impl Wakes {
    /// Watches what matters to `followed`, as it is now.
    pub(super) fn mind(&mut self, followed: &Followed) {
        // Each line that is written is a reason to look, and none to ask all that again.
        let is_as_it_was = || self.is_heard() && !self.watches.iter().any(|(_, wake)| wake.is_moved());
        if self.minded.is_some_and(|at| at.elapsed() < AGAIN) && is_as_it_was() {
            return;
        }
        self.minded = Some(Instant::now());
        let mut paths = followed.folders();
        let own = followed.path().filter(|path| self.own.is_needed(path)).map(Path::to_owned);
        paths.extend(own);
        self.needed = paths.len();
        for path in followed.around() {
            if !paths.contains(&path) {
                paths.push(path);
            }
        }
        let mut before = std::mem::take(&mut self.watches);
        for path in paths {
            let reason = followed.reason(&path);
            let is_it = |(watched, wake): &(PathBuf, Wake)| *watched == path && *wake.reason() == reason;
            let wake = match before.iter().position(is_it) {
                Some(at) => {
                    let (_, mut wake) = before.swap_remove(at);
                    wake.mind(&path);
                    wake
                }
                None => Wake::on(&path, reason, followed.look_out()),
            };
            self.watches.push((path, wake));
        }
    }

    /// That something cannot be watched, or can be again: what is to be said, once.
    pub(super) fn note(&mut self) -> Option<String> {
        let unwatched = self.needed().find_map(|(path, wake)| Some((path, wake.unwatched()?)));
        let words = match (unwatched, self.is_polling) {
            (Some((path, why)), false) => {
                let why = match why {
                    Unwatched::Forbidden => "it may not be read",
                    Unwatched::Refused => "limits of inotify?",
                };
                let path = Clean::path(path);
                format!("changes in {path} cannot be watched ({why}): looking five times a second instead")
            }
            (None, true) => "changes are watched again".to_owned(),
            _ => return None,
        };
        self.is_polling = unwatched.is_some();
        Some(words)
    }

    /// Whether nothing is missed by them.
    fn is_heard(&self) -> bool {
        // What is not there is made in a folder that is.
        self.watches.iter().any(|(_, wake)| wake.is_watching())
            && self.needed().all(|(_, wake)| wake.unwatched().is_none())
    }

    fn needed(&self) -> impl Iterator<Item = &(PathBuf, Wake)> {
        self.watches.iter().take(self.needed)
    }

    /// Sleeps until something may have happened to what one of `all` watches, it is time to look anyway, or `over`
    /// is disconnected.
    pub(super) fn sleep<'a>(all: impl IntoIterator<Item = &'a Self>, over: Option<&Receiver<Infallible>>) {
        let (mut wakes, mut is_heard) = (Vec::new(), true);
        for one in all {
            is_heard &= one.is_heard();
            wakes.extend(one.watches.iter().map(|(_, wake)| wake));
        }
        Wake::sleep_on_any(wakes.into_iter(), is_heard, over);
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::fs;
    use std::os::unix::fs::symlink;
    use std::path::PathBuf;

    use super::Wakes;
    use crate::engine::following::{Begin, Followed};
    use crate::source::Listing;

    fn watched(input: Result<PathBuf, Listing>) -> Vec<PathBuf> {
        let mut wakes = Wakes::default();
        wakes.mind(&Followed::new(input, &Begin::Start));
        assert!(wakes.is_heard());
        assert_eq!(wakes.note(), None);
        let watching = wakes.watches.into_iter().filter(|(_, wake)| wake.is_watching());
        watching.map(|(path, _)| path).collect()
    }

    #[test]
    fn everything_that_tells_of_a_log_is_watched() {
        let root = tempfile::tempdir().unwrap();
        let root = fs::canonicalize(root.path()).unwrap();
        let path = |name: &str| root.join(name);
        fs::create_dir_all(path("v1/log")).unwrap();
        symlink("v1", path("cur")).unwrap();
        let log = path("cur/log/mail.log");
        let folders = [path("cur/log"), root.clone(), path("v1/log"), path("v1")];
        assert_eq!(watched(Ok(log.clone())), folders);
        assert_eq!(watched(Err(Listing::Folder(path("cur/log")))), folders);
        assert_eq!(watched(Err(Listing::Pattern(path("cur/log/*.log").display().to_string()))), folders);
        // Written by another name, the file itself.
        fs::write(&log, "").unwrap();
        fs::hard_link(&log, path("elsewhere")).unwrap();
        assert!(watched(Ok(log.clone())).contains(&log));
        // What is not there yet is heard of where it will be made.
        assert_eq!(watched(Ok(path("v1/none/mail.log"))), [path("v1")]);
    }
}
