//! Who writes the log: a process of its own, a shell that does what it is told and says when it is done.

use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

/// A line; `#` is its number, without and with zeros before it.
const BEFORE: &str = "2026-11-21T10:00:00+00:00 mx1 postfix/smtp[42]: 4L%07d: to=<u%d@example.com>, relay=mx.example.com[192.0.2.7]:25, delay=1, delays=0/0/0/1, dsn=4.7.0, status=deferred (host mx.example.com[192.0.2.7] said: 421 4.7.0 later %07d)";

/// What a writer writes as its line of this number, without the line end.
pub(crate) fn line(number: usize) -> Vec<u8> {
    let padded = format!("{number:07}");
    BEFORE.replace("%07d", &padded).replace("%d", &number.to_string()).into_bytes()
}

/// A process that holds the log open as MTAs and syslog do: by its descriptor 3.
pub(crate) struct Writer {
    shell: Child,
    told: ChildStdin,
    done: BufReader<ChildStdout>,
    /// A place of its own for what it is to write.
    scratch: PathBuf,
}

impl Writer {
    pub(crate) fn new(folder: &Path, scratch: &Path) -> Self {
        Self::by(Command::new("/bin/sh"), folder, scratch)
    }

    /// It has a mount table of its own.
    pub(crate) fn with_mounts(folder: &Path, scratch: &Path) -> Self {
        let mut command = Command::new("unshare");
        command.args(["-m", "/bin/sh"]);
        Self::by(command, folder, scratch)
    }

    fn by(mut shell: Command, folder: &Path, scratch: &Path) -> Self {
        let mut shell = shell
            .args(["-c", "trap '' XFSZ; while IFS= read -r told; do eval \"$told\"; echo; done"])
            .current_dir(folder)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let (told, done) = (shell.stdin.take().unwrap(), shell.stdout.take().unwrap());
        Self { shell, told, done: BufReader::new(done), scratch: scratch.to_owned() }
    }

    /// Its process.
    pub(crate) fn id(&self) -> u32 {
        self.shell.id()
    }

    /// Does what a shell can be told in one line.
    pub(crate) fn does(&mut self, command: &str) {
        writeln!(self.told, "{command}").unwrap();
        let mut done = String::new();
        self.done.read_line(&mut done).unwrap();
    }

    /// Opens a file to append to it.
    pub(crate) fn opens(&mut self, log: &Path) {
        self.does(&format!("exec 3>>'{}'", log.display()));
    }

    /// Writes lines of these numbers, each by a write of its own.
    pub(crate) fn lines(&mut self, from: usize, to: usize) {
        self.does(&format!(
            "n={from}; while [ $n -lt {to} ]; do printf '{BEFORE}\\n' $n $n $n >&3; n=$((n+1)); done"
        ));
    }

    /// Writes lines from this number on, in the background, until told to stop.
    pub(crate) fn goes_on(&mut self, from: usize) {
        let scratch = self.scratch.display();
        self.does(&format!(
            "( n={from}; while [ ! -e '{scratch}/stop' ]; do printf '{BEFORE}\\n' $n $n $n >&3; n=$((n+1)); \
             [ $((n % 20)) -ne 0 ] || sleep 0.001; done; echo $n >'{scratch}/count' ) &"
        ));
    }

    /// Stops what [`Self::goes_on`] began; the number of the next line.
    pub(crate) fn stops(&mut self) -> usize {
        fs::write(self.scratch.join("stop"), "").unwrap();
        self.does("wait");
        fs::read_to_string(self.scratch.join("count")).unwrap().trim().parse().unwrap()
    }

    /// Writes these bytes.
    pub(crate) fn bytes(&mut self, bytes: &[u8]) {
        if bytes.len() < 64 && !bytes.contains(&0) {
            let octal: String = bytes.iter().map(|byte| format!("\\{byte:03o}")).collect();
            return self.does(&format!("printf '{octal}' >&3"));
        }
        let text = self.scratch.join("text");
        fs::write(&text, bytes).unwrap();
        self.does(&format!("cat '{}' >&3", text.display()));
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        let _it_may_be_gone = self.shell.kill();
        let _it_may_be_gone = self.shell.wait();
    }
}
