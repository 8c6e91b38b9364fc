//! `--log-file`: what the program did, a line for each event, for whoever has to find out why.
//!
//! ```text
//! 2026-11-21T14:03:07.512Z fivefifty[4242] INFO source name="/var/log/mail.log" state="live"
//! ```
//!
//! Rooms that do something write with the macros of `log`, the target being the event's name; where no
//! file was asked for that costs one comparison. Each line is neutralised and cut, and addresses in it
//! are masked where the settings do so. The file is bounded: full, it becomes `PATH.1`, over the one
//! before, and a new one begins. No file that is not such a log is ever written to.

use std::fs::{File, Metadata, OpenOptions};
use std::io::{self, BufRead as _, BufReader, IsTerminal as _, Read as _, Write as _};
use std::os::unix::fs::{FileTypeExt as _, MetadataExt as _, OpenOptionsExt as _};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, OnceLock, PoisonError};

use chrono::{SecondsFormat, Utc};
use log::{LevelFilter, Log, Record};

use crate::text::{Clean, Redactor};

/// Bytes after which a file is put aside; there are never more than two.
const FULL: u64 = 8 << 20;
/// Bytes of an event's words; the rest is cut off.
const WORDS: usize = 2_000;
/// Bytes of a first line that are looked at.
const FIRST: u64 = 200;
/// What every line says after its time.
const NAME: &str = " fivefifty[";

/// Where the process writes; there is one or none.
static DIARY: OnceLock<Diary> = OnceLock::new();

/// Why a file cannot be written to.
#[derive(Debug, thiserror::Error)]
pub enum DiaryError {
    /// The system refuses it.
    #[error("{}: cannot be written: {reason}", path.display())]
    System {
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// It is not one of ours.
    #[error("{}: {what}; name another one", path.display())]
    Another {
        /// The file.
        path: PathBuf,
        /// What it is.
        what: &'static str,
    },
}

/// Writes from now on to the file at `path`, which is made where there is none, for the operator's eyes
/// only. Once in a process.
///
/// # Errors
/// When it cannot be written, or is anything but such a log.
pub fn open(path: &Path) -> Result<(), DiaryError> {
    let diary = Diary::open(path, FULL)?;
    let diary = DIARY.get_or_init(|| diary);
    if log::set_logger(diary).is_ok() {
        log::set_max_level(LevelFilter::Info);
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            let payload = panic.payload();
            let told = payload.downcast_ref::<&str>().copied();
            let told = told.or_else(|| payload.downcast_ref::<String>().map(String::as_str));
            let told = told.unwrap_or("without a word");
            let at = panic.location().map(ToString::to_string).unwrap_or_default();
            let thread = std::thread::current().name().unwrap_or_default().to_owned();
            log::error!(target: "panic", "thread={thread:?} at={at:?} said={told:?}");
            before(panic);
        }));
    }
    Ok(())
}

/// Whether anything is written.
#[must_use]
pub fn is_open() -> bool {
    DIARY.get().is_some()
}

/// Whether the local parts of addresses are masked.
#[must_use]
pub fn masks() -> bool {
    DIARY.get().is_none_or(|diary| diary.masks.load(Ordering::Relaxed))
}

/// Masks the local parts of addresses from now on, as from the start, or leaves them.
pub fn mask(on: bool) {
    if let Some(diary) = DIARY.get() {
        diary.masks.store(on, Ordering::Relaxed);
    }
}

/// Why nothing more is written, told once.
pub fn trouble() -> Option<String> {
    DIARY.get()?.lock().untold.take()
}

/// The file and how it is written.
#[derive(Debug)]
struct Diary {
    path: PathBuf,
    full: u64,
    masks: AtomicBool,
    sheet: Mutex<Sheet>,
}

#[derive(Debug)]
struct Sheet {
    /// `None` after it could not be written.
    file: Option<File>,
    untold: Option<String>,
}

impl Diary {
    fn open(path: &Path, full: u64) -> Result<Self, DiaryError> {
        let file = append(path)?;
        let sheet = Mutex::new(Sheet { file: Some(file), untold: None });
        Ok(Self { path: path.to_owned(), full, masks: AtomicBool::new(true), sheet })
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Sheet> {
        self.sheet.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn write(&self, level: &str, event: &str, words: &str) {
        let mut sheet = self.lock();
        let Some(file) = &mut sheet.file else { return };
        // Masked before it is cut: half an address is one, too.
        let words = match self.masks.load(Ordering::Relaxed) {
            true => Redactor::new().text(words),
            false => words.to_owned(),
        };
        let words = Clean::from(words.as_str()).cut(WORDS);
        let at = Utc::now().to_rfc3339_opts(SecondsFormat::Millis, true);
        let line = format!("{at}{NAME}{}] {level} {event} {words}\n", std::process::id());
        let written = self.turn(file).and_then(|()| {
            // In one piece: another process may write to the same file.
            file.write_all(line.as_bytes()).map_err(|error| error.to_string())
        });
        if let Err(why) = written {
            sheet.file = None;
            let path = Clean::path(&self.path);
            sheet.untold = Some(format!("--log-file {path}: {why}; nothing more is written there"));
        }
    }

    /// Puts a full file aside, where another process has not done so already.
    fn turn(&self, file: &mut File) -> Result<(), String> {
        let Ok(now) = file.metadata() else { return Ok(()) };
        if !now.is_file() || now.len() < self.full {
            return Ok(());
        }
        let is_same = |there: Metadata| (there.dev(), there.ino()) == (now.dev(), now.ino());
        if std::fs::metadata(&self.path).is_ok_and(is_same) {
            let mut aside = self.path.clone().into_os_string();
            aside.push(".1");
            let aside = PathBuf::from(aside);
            // What is in the way may be replaced only where it is ours.
            append(&aside).map_err(|error| format!("it is full, and {error}"))?;
            std::fs::rename(&self.path, &aside).map_err(|error| error.to_string())?;
        }
        *file = append(&self.path).map_err(|error| error.to_string())?;
        Ok(())
    }
}

impl Log for Diary {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &Record<'_>) {
        // What libraries say of themselves is not asked for, and not known to be fit to print.
        if record.module_path().is_some_and(|path| path.starts_with(env!("CARGO_PKG_NAME"))) {
            self.write(record.level().as_str(), record.target(), &record.args().to_string());
        }
    }

    fn flush(&self) {}
}

/// Opens such a log to write on at its end.
fn append(path: &Path) -> Result<File, DiaryError> {
    let system = |reason| DiaryError::System { path: path.to_owned(), reason };
    let another = |what| DiaryError::Another { path: path.to_owned(), what };
    if let Ok(there) = std::fs::metadata(path) {
        // A pipe would be waited for.
        if !there.is_file() && !there.is_dir() && !there.file_type().is_char_device() {
            return Err(another("this is no plain file"));
        }
        if there.is_file() && there.len() > 0 {
            let mut first = String::new();
            let file = File::open(path).map_err(system)?;
            let read = BufReader::new(file.take(FIRST)).read_line(&mut first);
            if read.is_err() || !first.contains(NAME) {
                return Err(another("there is another file, and it would be written into"));
            }
        }
    }
    let file = OpenOptions::new().append(true).create(true).mode(0o600).open(path).map_err(system)?;
    // It would be written across the console.
    if file.is_terminal() { Err(another("this is a terminal")) } else { Ok(file) }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test that cannot start should fail")]

    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;

    use super::{Diary, FULL, WORDS};

    #[test]
    fn a_line_is_neutralised_masked_cut_and_added_to_what_is_there() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("fivefifty.log");
        let first = Diary::open(&path, FULL).unwrap();
        first.write("INFO", "start", "for \"a\x1b[2Jb\nc\u{202e}\" of jdoe@example.com");
        let again = Diary::open(&path, FULL).unwrap();
        again.masks.store(false, std::sync::atomic::Ordering::Relaxed);
        again.write("WARN", "said", &format!("jdoe@example.com{}", "x".repeat(WORDS * 2)));
        let text = fs::read_to_string(&path).unwrap();
        let lines: Vec<&str> = text.lines().collect();
        assert_eq!(lines.len(), 2, "{text}");
        assert!(
            lines[0].ends_with("INFO start for \"a\\e[2Jb\\nc‹U+202E›\" of ‹user-1›@example.com"),
            "{text}"
        );
        assert!(lines[1].contains(" WARN said jdoe@example.com") && lines[1].len() < WORDS + 100, "{text}");
        assert!(!text.contains('\x1b'));
        assert_eq!(fs::metadata(&path).unwrap().permissions().mode() & 0o777, 0o600);
    }

    #[test]
    fn nothing_but_such_a_log_is_written_to() {
        let folder = tempfile::tempdir().unwrap();
        let mail = folder.path().join("mail.log");
        fs::write(&mail, "Nov 21 10:00:00 mx postfix/smtp[1]: x\n").unwrap();
        let refused = |path: &std::path::Path| Diary::open(path, FULL).unwrap_err().to_string();
        assert!(refused(&mail).contains("there is another file"), "{}", refused(&mail));
        assert!(refused(folder.path()).contains("cannot be written"), "{}", refused(folder.path()));
        assert!(refused(&folder.path().join("no/such")).contains("cannot be written"));
        assert_eq!(fs::read_to_string(&mail).unwrap().lines().count(), 1);
    }

    #[test]
    fn a_full_one_is_put_aside_once_and_never_over_another_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("x.log");
        let diary = Diary::open(&path, 300).unwrap();
        // A second process with the same file.
        let other = Diary::open(&path, 300).unwrap();
        for number in 0..40 {
            [&diary, &other][number % 2].write("INFO", "event", &format!("number={number}"));
        }
        let aside = folder.path().join("x.log.1");
        let sizes = [&path, &aside].map(|path| fs::metadata(path).unwrap().len());
        assert!(sizes.iter().all(|size| *size < 400), "{sizes:?}");
        assert!(fs::read_to_string(&path).unwrap().contains("number=39"));
        assert_eq!((diary.lock().untold.take(), other.lock().untold.take()), (None, None));
        fs::write(&aside, "what the operator keeps\n").unwrap();
        (0..10).for_each(|_| diary.write("INFO", "event", "more"));
        let why = diary.lock().untold.take().unwrap();
        assert!(why.contains("it is full, and") && why.contains("another file"), "{why}");
        assert_eq!(fs::read_to_string(&aside).unwrap(), "what the operator keeps\n");
    }
}
