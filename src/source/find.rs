//! Which logs to read: those that were named, or those of the MTA on this host.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use hashbrown::HashSet;

use super::disk::unfit;
use super::elders::is_elder;
use super::listing::Listing;
use crate::text::Clean;

/// Where syslog and the MTAs write, the usual first. Files that carry the same lines as an earlier
/// one are left out.
const PLACES: [&str; 12] = [
    "var/log/mail.log",
    "var/log/maillog",
    "var/log/postfix.log",
    "var/log/exim4/mainlog",
    "var/log/exim/mainlog",
    "var/log/exim/main.log",
    "var/log/pmta/*.csv",
    "var/log/kumomta",
    "var/log/qmail/*/current",
    "var/log/qmail/current",
    "var/log/syslog",
    "var/log/messages",
];
/// Of these, which carry all programs' lines: they count only where there is mail in them.
const ALL_PROGRAMS: [&str; 2] = ["syslog", "messages"];
/// What is said of a place that does not exist.
const NOT_THERE: &str = "there is no such file";
/// Bytes at the end of a file that are looked at.
const TAIL: u64 = 256 * 1024;

/// One place that was looked at and not chosen, and why.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sought {
    /// The place.
    pub path: PathBuf,
    /// Why not, in the operator's words.
    pub why: String,
}

/// What to read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Named {
    /// One file.
    File(PathBuf),
    /// Files that are named together.
    Many(Listing),
}

/// What was found on this host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// To be read.
    pub chosen: Vec<Named>,
    /// Not to be read.
    pub passed: Vec<Sought>,
}

/// What a folder without any log is told.
pub(super) const NO_LOG: &str =
    "is a folder with no log in it: name the log files, or the folder that they are in";

/// What a pattern is told that names nothing.
pub(super) const NO_FILE: &str = "matches no file";
/// What an empty name is told.
pub(super) const NO_NAME: &str = "a name is empty: is a variable in this command not set?";

/// Why a file could not be read, and what to do, in the operator's words.
#[must_use]
pub fn why_not(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => NOT_THERE.to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read: join group adm, or use sudo".to_owned(),
        io::ErrorKind::IsADirectory => "is a folder, not a log file".to_owned(),
        io::ErrorKind::NotADirectory => "is named as if a file in its path were a folder".to_owned(),
        io::ErrorKind::InvalidFilename => "is no name that a file can have".to_owned(),
        io::ErrorKind::StaleNetworkFileHandle => "is on a mount that is gone: mount it again".to_owned(),
        io::ErrorKind::NotConnected | io::ErrorKind::HostUnreachable | io::ErrorKind::TimedOut => {
            format!("is on a mount that does not answer: {error}")
        }
        // ELOOP, EIO, EMFILE and ENFILE have no kinds of their own yet.
        _ if error.raw_os_error() == Some(40) => "is a symbolic link that leads to itself".to_owned(),
        _ if error.raw_os_error() == Some(5) => {
            "cannot be read from its disk or mount: look there".to_owned()
        }
        _ if matches!(error.raw_os_error(), Some(23 | 24)) => {
            "would be one file too many at once: name its folder, or raise `ulimit -n`".to_owned()
        }
        _ => error.to_string(),
    }
}

impl Named {
    /// As it was named.
    #[must_use]
    pub fn name(&self) -> String {
        match self {
            Self::File(path) => Clean::path(path).to_string(),
            Self::Many(listing) => listing.name(),
        }
    }
}

/// Looks for the logs of the MTA on the host whose file system begins at `root`.
#[must_use]
pub fn find(root: &Path) -> Found {
    let mut found = Found::default();
    for place in PLACES {
        let path = root.join(place);
        let (named, newest) = if place.contains('*') {
            let listing = Listing::Pattern(path.to_string_lossy().into_owned());
            let newest = listing.paths(None).pop();
            (Named::Many(listing), newest)
        } else if path.is_dir() {
            let listing = Listing::Folder(path.clone());
            let newest = listing.paths(None).pop();
            (Named::Many(listing), newest)
        } else {
            (Named::File(path.clone()), Some(path.clone()))
        };
        let why = match newest.as_deref().map(tail) {
            None => Some(if path.is_dir() { "no log in it" } else { NOT_THERE }.to_owned()),
            Some(Err(why)) => Some(why),
            Some(Ok(tail)) => match found.chosen.iter().find(|chosen| carries_the_same(chosen, &tail)) {
                Some(chosen) => Some(format!("carries the same lines as {}", chosen.name())),
                // An empty mail.log was just rotated; an empty syslog says nothing about mail.
                None if ALL_PROGRAMS.iter().any(|name| place.ends_with(name)) && !has_mail(&tail) => {
                    Some("no MTA logs there".to_owned())
                }
                None => None,
            },
        };
        match why {
            Some(why) => found.passed.push(Sought { path, why }),
            None => found.chosen.push(named),
        }
    }
    found
}

/// What was named on the command line: a file, a pattern, a folder. A file that a pattern or a
/// folder names too is read once. What names no log is told where it would be read.
///
/// # Errors
/// Says what was named, where none of it is a log.
pub fn given(named: &[String]) -> Result<Vec<Named>, String> {
    let mut given: Vec<Named> = Vec::new();
    let mut matched: HashSet<PathBuf> = HashSet::new();
    let real = |path: &Path| fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let mut none: Vec<String> = Vec::new();
    for name in named {
        if name.is_empty() {
            none.push(NO_NAME.to_owned());
            given.push(Named::File(PathBuf::new()));
            continue;
        }
        let path = Path::new(name);
        let shown = || Clean::path(path);
        let listing = if path.is_dir() {
            Listing::Folder(path.to_owned())
        } else if name.contains(['*', '?', '[']) && !path.exists() {
            glob::Pattern::new(name).map_err(|error| format!("{}: not a pattern: {error}", shown()))?;
            Listing::Pattern(name.clone())
        } else {
            given.push(Named::File(path.to_owned()));
            continue;
        };
        let paths: Vec<PathBuf> = listing.paths(None).iter().map(|path| real(path)).collect();
        if paths.is_empty() {
            none.push(match listing {
                Listing::Folder(_) => format!("{}: {NO_LOG}", shown()),
                _ => format!("{}: {NO_FILE}", shown()),
            });
        }
        if let Some(twice) = paths.iter().find(|path| matched.contains(*path)) {
            return Err(format!(
                "{}: {} is named twice, by another pattern or folder",
                shown(),
                Clean::path(twice)
            ));
        }
        matched.extend(paths);
        given.push(Named::Many(listing));
    }
    if !none.is_empty() && none.len() == named.len() {
        return Err(none.join("; "));
    }
    given.retain(|one| match one {
        Named::File(path) => matched.insert(real(path)),
        Named::Many(_) => true,
    });
    Ok(given)
}

/// The same, to be followed: a log and files that it was rotated to are followed together, for when it
/// is rotated again, what was the one is called the other.
#[must_use]
pub fn to_follow(named: Vec<Named>) -> Vec<Named> {
    let is_of = |path: &Path, log: &Path| {
        let names = log.file_name().zip(path.file_name());
        log.parent() == path.parent() && names.is_some_and(|(log, name)| is_elder(log, name))
    };
    let files: Vec<PathBuf> = named
        .iter()
        .filter_map(|one| if let Named::File(path) = one { Some(path.clone()) } else { None })
        .collect();
    let together = |one: Named| match one {
        Named::File(path) if files.iter().any(|log| is_of(&path, log)) => None,
        Named::File(path) => {
            let elders: Vec<PathBuf> = files.iter().filter(|other| is_of(other, &path)).cloned().collect();
            Some(if elders.is_empty() {
                Named::File(path)
            } else {
                Named::Many(Listing::Rotated([vec![path], elders].concat()))
            })
        }
        many => Some(many),
    };
    named.into_iter().filter_map(together).collect()
}

/// The end of a readable regular file, or why there is none.
fn tail(path: &Path) -> Result<Vec<u8>, String> {
    let why = |error: io::Error| why_not(&error);
    if let Some(what) = unfit(&fs::metadata(path).map_err(why)?) {
        return Err(format!("is {what}"));
    }
    let mut file = File::open(path).map_err(why)?;
    let size = file.metadata().map_err(why)?.len();
    file.seek(SeekFrom::Start(size.saturating_sub(TAIL))).map_err(why)?;
    let mut bytes = Vec::new();
    file.take(TAIL).read_to_end(&mut bytes).map_err(why)?;
    Ok(bytes)
}

/// Whether most of the mail lines at the end of `tail` are at the end of `chosen` too.
fn carries_the_same(chosen: &Named, tail: &[u8]) -> bool {
    let Named::File(chosen) = chosen else { return false };
    let Ok(other) = self::tail(chosen) else { return false };
    let known: HashSet<&[u8]> = other.split(|byte| *byte == b'\n').map(said).collect();
    let mail: Vec<&[u8]> = tail.split(|byte| *byte == b'\n').filter(|line| is_mail(line)).collect();
    let newest = &mail[mail.len().saturating_sub(50)..];
    !newest.is_empty() && newest.iter().filter(|line| known.contains(said(line))).count() * 2 > newest.len()
}

/// What a line says, without the envelope that syslog puts around what an MTA writes itself too.
fn said(line: &[u8]) -> &[u8] {
    let head = &line[..line.len().min(96)];
    memchr::memmem::find(head, b"]: ").map_or(line, |end| &line[end + 3..])
}

fn has_mail(tail: &[u8]) -> bool {
    tail.split(|byte| *byte == b'\n').any(is_mail)
}

/// Whether a line is one of an MTA about a message that goes out. This is for choosing between
/// files, not for counting: a recipient and what became of it, or a message that became active.
fn is_mail(line: &[u8]) -> bool {
    let has = |word: &[u8]| memchr::memmem::find(line, word).is_some();
    let sendmail = || has(b"stat=") && (has(b"to=") || has(b"mailer="));
    let opensmtpd = || has(b"smtpd[") && has(b"result=");
    let flags = [&b" <= "[..], b" => ", b" -> ", b" ** ", b" == "];
    let exim = || has(b"@") && flags.iter().any(|flag| has(flag));
    let qmail = || has(b"delivery ") && (has(b": success: ") || has(b": deferral: ") || has(b": failure: "));
    has(b"/smtp[") || has(b"/qmgr[") || sendmail() || opensmtpd() || qmail() || exim()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::fs;
    use std::path::Path;

    use super::{Listing, Named, find, given, to_follow};

    const LINE: &str =
        "Nov 21 10:00:00 mx postfix/smtp[1]: AB12CD34: to=<a@b.example>, relay=none, status=deferred (x)\n";

    fn host(files: &[(&str, &str)]) -> tempfile::TempDir {
        let root = tempfile::tempdir().unwrap();
        for (name, text) in files {
            let path = root.path().join("var/log").join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }
        root
    }

    fn chosen(root: &Path) -> Vec<String> {
        let under = root.join("var/log").display().to_string();
        let name = |named: &Named| named.name().trim_start_matches(&under).trim_start_matches('/').to_owned();
        find(root).chosen.iter().map(name).collect()
    }

    #[test]
    fn what_the_system_says_is_said_in_words() {
        let why = |code| super::why_not(&std::io::Error::from_raw_os_error(code));
        for (code, words) in [
            (2, "no such file"),
            (5, "its disk or mount"),
            (13, "join group adm"),
            (20, "in its path"),
            (21, "a folder"),
            (23, "one file too many"),
            (24, "one file too many"),
            (36, "no name that a file can have"),
            (40, "leads to itself"),
            (107, "on a mount that does not answer"),
            (110, "on a mount that does not answer"),
            (116, "on a mount that is gone"),
        ] {
            assert!(why(code).contains(words), "{code}: {}", why(code));
        }
    }

    #[test]
    fn mail_log_and_syslog_with_the_same_lines_are_one_log() {
        let host = host(&[("mail.log", LINE), ("syslog", &format!("Nov 21 cron[1]: x\n{LINE}"))]);
        assert_eq!(chosen(host.path()), ["mail.log"]);
        let why = &find(host.path())
            .passed
            .iter()
            .find(|sought| sought.path.ends_with("syslog"))
            .unwrap()
            .why
            .clone();
        assert!(why.contains("same lines"), "{why}");
    }

    #[test]
    fn logs_with_different_lines_are_both_read() {
        let other = LINE.replace("AB12CD34", "EF56AB78");
        let host = host(&[("mail.log", LINE), ("postfix.log", &other)]);
        assert_eq!(chosen(host.path()), ["mail.log", "postfix.log"]);
    }

    #[test]
    fn syslog_counts_where_there_is_no_mail_log() {
        assert_eq!(chosen(host(&[("syslog", LINE)]).path()), ["syslog"]);
        assert_eq!(chosen(host(&[("syslog", "Nov 21 cron[1]: x\n")]).path()), [""; 0]);
        assert_eq!(chosen(host(&[("mail.log", "")]).path()), ["mail.log"]);
    }

    #[test]
    fn every_place_that_was_not_chosen_has_a_reason() {
        let host = host(&[("syslog", "x"), ("kumomta/.lock", "")]);
        let found = find(host.path());
        assert!(found.chosen.is_empty());
        assert_eq!(found.passed.len(), super::PLACES.len());
        let why =
            |end: &str| found.passed.iter().find(|sought| sought.path.ends_with(end)).unwrap().why.clone();
        assert_eq!(why("syslog"), "no MTA logs there");
        assert_eq!(why("kumomta"), "no log in it");
        assert_eq!(why("mainlog"), "there is no such file");
    }

    #[test]
    fn the_logs_of_every_mta_are_found() {
        let exim = "2026-11-21 10:00:00 1tE0aB-000000-Aa => a@b.example R=x T=remote_smtp H=mx\n";
        let host = host(&[
            ("exim4/mainlog", exim),
            ("syslog", &format!("Nov 21 10:00:00 mx exim[1]: {exim}")),
            ("pmta/acct-1.csv", "type,rcpt\n"),
            ("kumomta/20261121-100000", "{}\n"),
            ("qmail/qmail-send/current", "@400000 new msg 1\n"),
        ]);
        let want = ["exim4/mainlog", "pmta/*.csv", "kumomta", "qmail/*/current"];
        assert_eq!(chosen(host.path()), want);
    }

    #[test]
    fn a_sendmail_host_is_read_by_its_maillog_once() {
        let line =
            "Nov 21 10:00:00 mx sendmail[1]: x: to=<a@b.example>, mailer=esmtp, dsn=2.0.0, stat=Sent\n";
        let host = host(&[("maillog", line), ("messages", line)]);
        assert_eq!(chosen(host.path()), ["maillog"]);
    }

    #[test]
    fn a_log_and_what_it_was_rotated_to_are_followed_together() {
        let named =
            ["b/mail.log.1", "mail.log.2.gz", "mail.log", "mail.log.1", "mail.logs"].map(|name| name.into());
        let followed = to_follow(named.map(Named::File).into());
        let together = ["mail.log", "mail.log.2.gz", "mail.log.1"].map(|name| name.into());
        let want = [
            Named::File("b/mail.log.1".into()),
            Named::Many(Listing::Rotated(together.into())),
            Named::File("mail.logs".into()),
        ];
        assert_eq!(followed, want);
    }

    #[test]
    fn files_patterns_and_folders_are_named_once() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a.log"), "").unwrap();
        fs::write(root.path().join("b.log"), "").unwrap();
        fs::create_dir(root.path().join("empty")).unwrap();
        let path = |end: &str| root.path().join(end).to_string_lossy().into_owned();
        let names =
            |named: &[String]| given(named).map(|all| all.iter().map(Named::name).collect::<Vec<_>>());
        assert_eq!(names(&[path("*.log"), path("a.log")]).unwrap(), [path("*.log")]);
        assert_eq!(names(&[path("a.log"), path("a.log")]).unwrap(), [path("a.log")]);
        assert_eq!(names(&[path("")]).unwrap(), [path("")]);
        assert!(given(&[path("*.txt")]).unwrap_err().contains("matches no file"));
        assert!(given(&[path("empty")]).unwrap_err().contains("no log in it"));
        let whole = names(&[path("*.txt"), path("empty"), String::new(), path("a.log")]).unwrap();
        assert_eq!(whole, [path("*.txt"), path("empty"), "''".to_owned(), path("a.log")], "the rest goes on");
        assert!(given(&[String::new()]).unwrap_err().contains("a name is empty"));
        assert!(given(&[path("a*"), path("")]).unwrap_err().contains("twice"));
    }
}
