//! Which logs to read: those that were named, or those of the MTA on this host.

use std::fs::{self, File};
use std::io::{self, Read as _, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};

use hashbrown::HashSet;

use super::follow::unfit;

/// Where syslog and Postfix write, the usual first. Files that carry the same lines as an earlier
/// one are left out.
const SYSLOG: [&str; 4] = ["var/log/mail.log", "var/log/maillog", "var/log/postfix.log", "var/log/syslog"];
/// Where other MTAs write, and whose format it is.
const OTHERS: [(&str, &str); 3] =
    [("var/log/exim4/mainlog", "Exim"), ("var/log/pmta/*.csv", "PowerMTA"), ("var/log/kumomta/*", "KumoMTA")];
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

/// What was found on this host.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Found {
    /// To be read.
    pub chosen: Vec<PathBuf>,
    /// Not to be read.
    pub passed: Vec<Sought>,
}

/// What a folder is told.
pub const A_FOLDER: &str = "is a folder: name the log files in it";

/// Why a file could not be read, and what to do, in the operator's words.
#[must_use]
pub fn why_not(error: &io::Error) -> String {
    match error.kind() {
        io::ErrorKind::NotFound => "there is no such file".to_owned(),
        io::ErrorKind::PermissionDenied => "may not be read: join group adm, or use sudo".to_owned(),
        io::ErrorKind::IsADirectory => A_FOLDER.to_owned(),
        _ => error.to_string(),
    }
}

/// Looks for the logs of the MTA on the host whose file system begins at `root`.
#[must_use]
pub fn find(root: &Path) -> Found {
    let mut found = Found::default();
    for place in SYSLOG {
        let path = root.join(place);
        let why = match tail(&path) {
            Err(why) => Some(why),
            Ok(tail) => match found.chosen.iter().find(|chosen| carries_the_same(chosen, &tail)) {
                Some(chosen) => Some(format!("carries the same lines as {}", chosen.display())),
                // An empty mail.log was just rotated; an empty syslog says nothing about mail.
                None if place.ends_with("syslog") && !has_mail(&tail) => Some("no MTA logs there".to_owned()),
                None => None,
            },
        };
        match why {
            Some(why) => found.passed.push(Sought { path, why }),
            None => found.chosen.push(path),
        }
    }
    for (place, mta) in OTHERS {
        let pattern = root.join(place);
        let paths = expand(&pattern.to_string_lossy());
        if paths.is_empty() {
            found.passed.push(Sought { path: pattern, why: "there is no such file".to_owned() });
        }
        for path in paths {
            found.passed.push(Sought { path, why: format!("{mta} log: this version reads Postfix only") });
        }
    }
    found
}

/// Expands what was named on the command line: a path as it is, a pattern to what it matches.
///
/// # Errors
/// Says which pattern matches nothing or is none.
pub fn given(named: &[String]) -> Result<Vec<PathBuf>, String> {
    let mut paths: Vec<PathBuf> = Vec::new();
    for name in named {
        let is_pattern = name.contains(['*', '?', '[']) && !Path::new(name).exists();
        if !is_pattern {
            paths.push(PathBuf::from(name));
            continue;
        }
        let matches = glob::glob(name).map_err(|error| format!("{name}: not a pattern: {error}"))?;
        let before = paths.len();
        paths.extend(matches.flatten().filter(|path| path.is_file()));
        if paths.len() == before {
            return Err(format!("{name}: matches no file"));
        }
    }
    let mut seen = HashSet::new();
    paths.retain(|path| seen.insert(fs::canonicalize(path).unwrap_or_else(|_| path.clone())));
    Ok(paths)
}

fn expand(pattern: &str) -> Vec<PathBuf> {
    glob::glob(pattern)
        .map(|paths| paths.flatten().filter(|path| path.is_file()).collect())
        .unwrap_or_default()
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
fn carries_the_same(chosen: &Path, tail: &[u8]) -> bool {
    let Ok(other) = self::tail(chosen) else { return false };
    let known: HashSet<&[u8]> = other.split(|byte| *byte == b'\n').collect();
    let mail: Vec<&[u8]> = tail.split(|byte| *byte == b'\n').filter(|line| is_mail(line)).collect();
    let newest = &mail[mail.len().saturating_sub(50)..];
    !newest.is_empty() && newest.iter().filter(|line| known.contains(**line)).count() * 2 > newest.len()
}

fn has_mail(tail: &[u8]) -> bool {
    tail.split(|byte| *byte == b'\n').any(is_mail)
}

fn is_mail(line: &[u8]) -> bool {
    memchr::memmem::find(line, b"/smtp[").is_some() || memchr::memmem::find(line, b"/qmgr[").is_some()
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::fs;
    use std::path::Path;

    use super::{find, given};

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
        find(root)
            .chosen
            .iter()
            .map(|path| path.file_name().unwrap().to_string_lossy().into_owned())
            .collect()
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
        let host = host(&[("exim4/mainlog", "x")]);
        let found = find(host.path());
        assert!(found.chosen.is_empty());
        assert_eq!(found.passed.len(), 7);
        assert!(found.passed.iter().any(|sought| sought.why.contains("Exim")));
    }

    #[test]
    fn patterns_expand_and_a_pattern_without_a_match_says_so() {
        let root = tempfile::tempdir().unwrap();
        fs::write(root.path().join("a.log"), "").unwrap();
        fs::write(root.path().join("b.log"), "").unwrap();
        let pattern = |end: &str| root.path().join(end).to_string_lossy().into_owned();
        assert_eq!(given(&[pattern("*.log"), pattern("a.log")]).unwrap().len(), 2);
        assert!(given(&[pattern("*.txt")]).unwrap_err().contains("matches no file"));
    }
}
