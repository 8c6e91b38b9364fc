//! The console in a real terminal: it starts on a growing log, its numbers move, it drills, and
//! whatever ends it, the terminal is as it was before.

#![expect(clippy::unwrap_used, reason = "a test that cannot start should fail")]

use std::fs::{self, OpenOptions};
use std::io::{Read, Write};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use chrono::{SecondsFormat, Utc};
use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// How long anything may take on a busy machine before the test gives up.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the server said, with an escape that would write the clipboard and one that would clear
/// the screen.
const HOSTILE: &str = "550 5.1.1 no such user \u{1b}]52;c;ZXZpbA==\u{7} \u{1b}[2J here";

/// A terminal with the console in it, started by a shell that tells the terminal's settings
/// before and after.
struct Terminal {
    master: Box<dyn MasterPty + Send>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    sent: Arc<Mutex<Vec<u8>>>,
    size: (u16, u16),
    folder: tempfile::TempDir,
}

impl Terminal {
    /// Starts the console on a log with `rejections` rejections at Gmail.
    fn start(rejections: usize) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("mail.log");
        write(&log, rejections);
        let size = (100, 30);
        let pair = native_pty_system()
            .openpty(PtySize { cols: size.0, rows: size.1, pixel_width: 0, pixel_height: 0 })
            .unwrap();
        let mut shell = CommandBuilder::new("/bin/sh");
        shell.args([
            "-c",
            "echo \"before=$(stty -g)=\"; \
             sh -c 'echo $$ > \"$FOLDER/pid\"; exec \"$CONSOLE\" \"$FOLDER/mail.log\"'; \
             echo \"status=$?=\"; echo \"after=$(stty -g)=\"",
        ]);
        shell.env("FOLDER", folder.path());
        shell.env("CONSOLE", env!("CARGO_BIN_EXE_fivefifty"));
        shell.env("TERM", "xterm-256color");
        shell.env("LANG", "C.UTF-8");
        shell.env_remove("NO_COLOR");
        let child = pair.slave.spawn_command(shell).unwrap();
        drop(pair.slave);
        let mut reader = pair.master.try_clone_reader().unwrap();
        let sent = Arc::new(Mutex::new(Vec::new()));
        let copy = Arc::clone(&sent);
        thread::spawn(move || {
            let mut block = [0; 4096];
            while let Ok(length @ 1..) = reader.read(&mut block) {
                copy.lock().unwrap_or_else(PoisonError::into_inner).extend_from_slice(&block[..length]);
            }
        });
        let keys = pair.master.take_writer().unwrap();
        Self { master: pair.master, keys, child, sent, size, folder }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("mail.log")
    }

    fn bytes(&self) -> Vec<u8> {
        self.sent.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// The terminal as it looks now.
    fn screen(&self) -> vt100::Parser {
        let mut parser = vt100::Parser::new(self.size.1, self.size.0, 0);
        parser.process(&self.bytes());
        parser
    }

    /// Waits until the screen shows `text`.
    fn sees(&self, text: &str) {
        let start = Instant::now();
        while !self.screen().screen().contents().contains(text) {
            assert!(
                start.elapsed() < PATIENCE,
                "`{text}` never came:\n{}",
                self.screen().screen().contents()
            );
            thread::sleep(Duration::from_millis(50));
        }
    }

    fn press(&mut self, keys: &str) {
        self.keys.write_all(keys.as_bytes()).unwrap();
        self.keys.flush().unwrap();
    }

    fn signal(&self, name: &str) {
        let pid = fs::read_to_string(self.folder.path().join("pid")).unwrap();
        let kill = format!("kill {name} {}", pid.trim());
        assert!(Command::new("/bin/sh").args(["-c", &kill]).status().unwrap().success());
    }

    /// Waits for the end: the terminal has its settings, its screen and its cursor back.
    fn is_restored(&mut self) {
        self.sees("after=");
        let told = |name: &str| {
            let text = String::from_utf8_lossy(&self.bytes()).into_owned();
            let value = text.split(&format!("{name}=")).nth(1).and_then(|rest| rest.split('=').next());
            value.map(str::to_owned)
        };
        assert!(told("before").is_some_and(|settings| settings.contains(':')), "stty told nothing");
        assert_eq!(told("before"), told("after"), "the terminal's settings");
        let parser = self.screen();
        assert!(!parser.screen().alternate_screen(), "the operator's own screen is back");
        assert!(!parser.screen().hide_cursor(), "the cursor is back");
        assert!(!parser.screen().bracketed_paste(), "pastes are plain again");
        self.child.wait().unwrap();
    }
}

/// Appends rejections at Gmail as Postfix logs them, stamped now.
fn write(log: &Path, count: usize) {
    let mut file = OpenOptions::new().create(true).append(true).open(log).unwrap();
    let now = Utc::now().to_rfc3339_opts(SecondsFormat::Micros, false);
    for at in 0..count {
        writeln!(
            file,
            "{now} mta1 postfix/smtp[4711]: 4XzK{at:03}: to=<reader{at}@gmail.com>, \
             relay=gmail-smtp-in.l.google.com[192.0.2.26]:25, delay=0.4, delays=0.1/0/0.2/0.1, dsn=5.1.1, \
             status=bounced (host gmail-smtp-in.l.google.com[192.0.2.26] said: {HOSTILE} \
             (in reply to RCPT TO command))",
        )
        .unwrap();
    }
}

#[test]
fn numbers_move_the_drill_opens_and_quitting_restores_the_terminal() {
    let mut terminal = Terminal::start(7);
    terminal.sees("Gmail");
    terminal.sees("window");
    write(&terminal.log(), 1234);
    terminal.sees("1,241");
    terminal.press("\r");
    terminal.sees("First five minutes");
    terminal.sees("no such user \\e]52;c;ZXZpbA==\\x07");
    terminal.press("\u{1b}");
    terminal.sees("Rejections by provider and code");
    terminal.size = (60, 20);
    terminal.master.resize(PtySize { cols: 60, rows: 20, pixel_width: 0, pixel_height: 0 }).unwrap();
    terminal.press("\u{c}");
    terminal.sees("PROVIDER");
    terminal.press("q");
    terminal.sees("status=0=");
    terminal.is_restored();
    let stream = terminal.bytes();
    let holds = |bytes: &[u8]| stream.windows(bytes.len()).any(|window| window == bytes);
    assert!(!holds(b"\x1b]52"), "no escape of the log reaches the terminal");
}

#[test]
fn a_signal_ends_it_and_restores_the_terminal() {
    for name in ["-TERM", "-INT", "-HUP"] {
        let mut terminal = Terminal::start(3);
        terminal.sees("Gmail");
        terminal.signal(name);
        terminal.is_restored();
    }
}
