//! A folder with a log, who writes to it, who follows it, and what happens to its files.

use std::collections::HashSet;
use std::fs::{self, File, Permissions};
use std::io::Read as _;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::os::unix::process::CommandExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use flate2::read::MultiGzDecoder;

use super::follower::{Follower, Run};
use super::judge::{Verdict, judge};
use super::writer::{Writer, line};

/// The log.
const LOG: &str = "mail.log";

/// Who follows.
#[derive(Copy, Clone, Debug)]
enum By {
    /// Who plays.
    Same,
    /// One who is not root.
    Nobody,
    /// One whose system gives no watches.
    Unwatching,
    /// One who sees what is mounted for the writer.
    Mounted,
}

/// A user with no rights of its own.
const NOBODY: u32 = 65_534;

/// One fault is played in it.
pub(crate) struct Scene<'p> {
    program: &'p Path,
    /// Holds the log's folder, and what belongs to nobody's log.
    place: tempfile::TempDir,
    pub(crate) writer: Writer,
    follower: Option<Follower>,
    runs: Vec<Run>,
    /// Lines as they were written, without their ends.
    written: Vec<Vec<u8>>,
    /// How many lines the runs before printed, or will never print.
    printed: usize,
    /// What is followed.
    named: Vec<String>,
    by: By,
    /// Where what nobody could read is no loss.
    pub(crate) is_forgiving: bool,
}

impl<'p> Scene<'p> {
    pub(crate) fn new(program: &'p Path) -> Self {
        let place = tempfile::tempdir().unwrap();
        fs::create_dir(place.path().join("log")).unwrap();
        fs::create_dir(place.path().join("scratch")).unwrap();
        let log = place.path().join("log").join(LOG).display().to_string();
        let writer = Writer::new(&place.path().join("log"), &place.path().join("scratch"));
        Self {
            program,
            place,
            writer,
            follower: None,
            runs: Vec::new(),
            written: Vec::new(),
            printed: 0,
            named: vec![log],
            by: By::Same,
            is_forgiving: false,
        }
    }

    pub(crate) fn folder(&self) -> PathBuf {
        self.place.path().join("log")
    }

    pub(crate) fn path(&self, name: &str) -> PathBuf {
        self.folder().join(name)
    }

    pub(crate) fn log(&self) -> PathBuf {
        self.path(LOG)
    }

    // Who writes.

    /// The writer opens the log, as it is called now; made if need be.
    pub(crate) fn open(&mut self) {
        let log = self.log();
        self.writer.opens(&log);
    }

    /// The same; whoever made it may not even read it.
    pub(crate) fn open_to_nobody(&mut self) {
        self.writer.does("umask 777");
        self.open();
        self.writer.does("umask 022");
    }

    /// So many lines are written.
    pub(crate) fn write(&mut self, lines: usize) {
        let from = self.written.len();
        self.writer.lines(from, from + lines);
        self.written.extend((from..from + lines).map(line));
    }

    /// So many lines are written at once.
    pub(crate) fn write_at_once(&mut self, lines: usize) {
        let from = self.written.len();
        self.written.extend((from..from + lines).map(line));
        let text: Vec<u8> =
            self.written[from..].iter().flat_map(|line| [line.as_slice(), b"\n"].concat()).collect();
        self.writer.bytes(&text);
    }

    /// Lines are written while something else happens.
    pub(crate) fn write_during(&mut self, meanwhile: impl FnOnce(&mut Self)) {
        let from = self.written.len();
        self.writer.goes_on(from);
        meanwhile(self);
        let to = self.writer.stops();
        self.written.extend((from..to).map(line));
    }

    /// A line of other bytes than those of the others, with its number before them.
    pub(crate) fn put(&mut self, bytes: &[u8]) {
        self.put_in_parts(&[bytes, b"\n"]);
    }

    /// The same, in several writes. The last part may be its end.
    pub(crate) fn put_in_parts(&mut self, parts: &[&[u8]]) {
        let number = format!("{} ", self.written.len()).into_bytes();
        self.writer.bytes(&number);
        let mut line = number;
        for part in parts {
            self.writer.bytes(part);
            line.extend_from_slice(part);
        }
        self.wrote(&line);
    }

    /// A line was written, however that was.
    pub(crate) fn wrote(&mut self, line: &[u8]) {
        self.written.push(line.strip_suffix(b"\n").unwrap_or(line).to_vec());
    }

    /// The number of the next line.
    pub(crate) fn next(&self) -> usize {
        self.written.len()
    }

    // Who follows.

    /// What is followed, and how, instead of the log.
    pub(crate) fn name(&mut self, named: &[&str]) {
        self.named = named.iter().map(|name| (*name).to_owned()).collect();
    }

    /// Goes on where the run before stopped.
    pub(crate) fn keep_place(&mut self) {
        let state = self.place.path().join("state").display().to_string();
        self.named.splice(0..0, ["--state".to_owned(), state]);
    }

    /// Following begins.
    pub(crate) fn follow(&mut self) {
        let said = self.place.path().join("scratch").join(format!("said-{}", self.runs.len()));
        self.follower = Some(Follower::new(self.command(), &self.named, &self.folder(), said));
    }

    fn command(&self) -> Command {
        match self.by {
            By::Same => Command::new(self.program),
            By::Nobody => {
                // Who is not root can be refused without that.
                let is_root = fs::metadata("/proc/self").unwrap().uid() == 0;
                if !is_root {
                    return Command::new(self.program);
                }
                let program = self.place.path().join("program");
                if fs::hard_link(self.program, &program).is_err() {
                    fs::copy(self.program, &program).unwrap();
                }
                fs::set_permissions(self.place.path(), Permissions::from_mode(0o755)).unwrap();
                let mut command = Command::new(program);
                command.uid(NOBODY).gid(NOBODY);
                command
            }
            By::Unwatching => {
                let mut command = Command::new("unshare");
                let none = "echo 0 >/proc/sys/user/max_inotify_instances && exec \"$0\" \"$@\"";
                command.args(["-U", "-r", "/bin/sh", "-c", none]).arg(self.program);
                command
            }
            By::Mounted => {
                let mut command = Command::new("nsenter");
                command.args(["-m", "-t", &self.writer.id().to_string()]).arg(self.program);
                command
            }
        }
    }

    /// It is followed by one who is not root.
    pub(crate) fn by_nobody(&mut self) {
        self.by = By::Nobody;
    }

    /// It is followed where no watch can be had.
    pub(crate) fn by_one_without_watches(&mut self) {
        self.by = By::Unwatching;
    }

    /// The log's folder becomes an overlay over what it holds; the writer and who follows see it.
    pub(crate) fn overlay(&mut self) {
        let (folder, scratch) = (self.folder(), self.place.path().join("scratch"));
        self.writer = Writer::with_mounts(&folder, &scratch);
        self.by = By::Mounted;
        let place = self.place.path().display().to_string();
        // The upper layer may not lie on an overlay itself.
        self.writer.does(&format!(
            "mkdir '{place}/upper' && mount -t tmpfs none '{place}/upper' && mkdir '{place}/upper/u' '{place}/upper/w' \
             && mount -t overlay none -o 'lowerdir={place}/log,upperdir={place}/upper/u,workdir={place}/upper/w' \
             '{place}/log' && cd '{place}/log'"
        ));
    }

    /// Waits until every line that was written came out.
    pub(crate) fn seen(&self) {
        self.follower().has_printed(self.written.len() - self.printed);
    }

    /// Waits until all but the last line came out, which has no end.
    pub(crate) fn seen_whole(&self) {
        self.follower().has_printed(self.written.len() - self.printed - 1);
    }

    pub(crate) fn follower(&self) -> &Follower {
        self.follower.as_ref().unwrap()
    }

    /// What happens while the follower stands still.
    pub(crate) fn unseen(&mut self, meanwhile: impl FnOnce(&mut Self)) {
        self.follower().stands_still();
        meanwhile(self);
        self.follower().goes_on();
    }

    /// Following ends by a signal.
    pub(crate) fn end_by(&mut self, signal: &str) {
        let run = self.follower.take().unwrap().ends_by(signal);
        self.printed += run.out.iter().filter(|byte| **byte == b'\n').count();
        self.runs.push(run);
    }

    /// Following ends in order.
    pub(crate) fn end(&mut self) {
        self.end_by("TERM");
    }

    // What happens to the files.

    /// The log is called otherwise now.
    pub(crate) fn rename(&self, name: &str) {
        fs::rename(self.log(), self.path(name)).unwrap();
    }

    /// The log gets the name `.1`, older ones the next number; what is more than `kept` goes.
    pub(crate) fn rotate(&self, kept: usize) {
        let numbered = |number: usize| self.path(&format!("{LOG}.{number}"));
        let _there_may_be_none = fs::remove_file(numbered(kept));
        for number in (1..kept).rev().filter(|number| numbered(*number).exists()) {
            fs::rename(numbered(number), numbered(number + 1)).unwrap();
        }
        fs::rename(self.log(), numbered(1)).unwrap();
    }

    /// It is written anew by a filter, and gets its name again: what a shell makes of `mail.log` goes into another file.
    pub(crate) fn rewrite(&mut self, filter: &str) {
        let of = self.folder().display().to_string();
        self.writer.does(&format!("{filter} <'{of}/mail.log' >'{of}/new' && mv '{of}/new' '{of}/mail.log'"));
        self.open();
    }

    /// Whether anybody may read it.
    pub(crate) fn permit(&self, is_permitted: bool) {
        let mode = if is_permitted { 0o644 } else { 0 };
        fs::set_permissions(self.log(), Permissions::from_mode(mode)).unwrap();
    }

    /// A new, empty log.
    pub(crate) fn create(&self) {
        File::options().append(true).create(true).open(self.log()).unwrap();
    }

    /// It is copied.
    pub(crate) fn copy(&self) {
        fs::copy(self.log(), self.path("mail.log.1")).unwrap();
    }

    /// It is cut to nothing.
    pub(crate) fn truncate(&self) {
        File::options().write(true).open(self.log()).unwrap().set_len(0).unwrap();
    }

    /// Logrotate rotates it, as it is told to.
    pub(crate) fn logrotate(&self, how: &str) {
        let scratch = self.place.path().join("scratch");
        let (config, state) = (scratch.join("logrotate.conf"), scratch.join("logrotate.state"));
        let text = format!("{} {{\n  rotate 20\n  missingok\n  {how}\n}}\n", self.log().display());
        fs::write(&config, text).unwrap();
        let mut logrotate = Command::new("logrotate");
        logrotate.arg("--force").arg("--state").arg(&state).arg(&config).stderr(Stdio::null());
        assert!(logrotate.status().unwrap().success(), "logrotate failed");
    }

    /// Ends what still runs, and judges.
    pub(crate) fn judge(mut self) -> (Verdict, String) {
        if self.follower.is_some() {
            if !self.is_forgiving {
                self.seen();
            }
            self.end();
        }
        let left = self.is_forgiving.then(|| self.left());
        let said = self.runs.iter().map(|run| run.said.as_str()).collect();
        (judge(&self.written, &self.runs, left.as_ref()), said)
    }

    /// The lines that the log and its copies hold, packed ones, too.
    fn left(&self) -> HashSet<usize> {
        let mut left: HashSet<Vec<u8>> = HashSet::new();
        for entry in fs::read_dir(self.folder()).unwrap() {
            let path = entry.unwrap().path();
            let mut bytes = fs::read(&path).unwrap();
            if path.extension().is_some_and(|end| end == "gz") {
                let mut text = Vec::new();
                MultiGzDecoder::new(bytes.as_slice()).read_to_end(&mut text).unwrap();
                bytes = text;
            }
            left.extend(bytes.split(|byte| *byte == b'\n').map(<[u8]>::to_vec));
        }
        (0..self.written.len()).filter(|number| left.contains(&self.written[*number])).collect()
    }
}
