//! The console inside tmux and GNU screen, as it is run on servers: it is drawn, resized, suspended,
//! killed, and what was on the terminal before stands there again; a copy reaches tmux's buffer.
//!
//! Needs `tmux`, `screen` and `bash`, so it runs only where `FIVEFIFTY_E2E=1` asks for it, as `.ci/run` does.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::time::{Duration, Instant};
use std::{fs, io};

/// The longest that anything here is waited for; far more than it ever takes.
const PATIENCE: Duration = Duration::from_secs(30);
/// What stands on the terminal before the console is opened.
const BEFORE: &str = "what-was-here-before";

/// Whether it was asked for; else it is said.
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn is_asked_for(test: &str) -> bool {
    let asked = std::env::var_os("FIVEFIFTY_E2E").is_some_and(|value| value == "1");
    if !asked {
        eprintln!("{test}: SKIPPED: needs tmux and screen; set FIVEFIFTY_E2E=1 (.ci/run does)");
    }
    asked
}

/// A log with an incident at Gmail that runs.
fn log(folder: &Path) -> PathBuf {
    let mut text = String::new();
    let now = chrono::Utc::now();
    for back in (0..1_200_i64).rev() {
        let at = (now - chrono::TimeDelta::seconds(back)).to_rfc3339();
        let (status, reply) = match back < 60 && back % 2 == 0 {
            true => (
                "bounced",
                "host gmail-smtp-in.l.google.com[192.0.2.9] said: 550-5.7.1 [198.51.100.7] Our system \
                     has detected that this message is likely 550-5.7.1 suspicious due to the very low reputation \
                     of the sending 550 5.7.1 IP address. z15-si1 - gsmtp (in reply to end of DATA command)",
            ),
            false => ("sent", "250 2.0.0 OK z15-si1 - gsmtp"),
        };
        let dsn = if status == "sent" { "2.0.0" } else { "5.7.1" };
        let _ = writeln!(
            text,
            "{at} mx1 postfix/smtp[7]: 4Xz1Qb0L{back:07}: to=<u{back}@gmail.com>, \
             relay=gmail-smtp-in.l.google.com[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn={dsn}, status={status} \
             ({reply})"
        );
    }
    let path = folder.join("mail.log");
    fs::write(&path, text).unwrap();
    path
}

/// A program that gives terminals to others.
trait Holder {
    /// Types; Enter is `\n`.
    fn type_in(&self, text: &str);
    /// What is on the screen.
    fn screen(&self) -> String;

    /// Waits until the screen is as wanted.
    fn wait(&self, what: &str, wanted: impl Fn(&str) -> bool) -> String {
        let began = Instant::now();
        loop {
            let screen = self.screen();
            if wanted(&screen) {
                return screen;
            }
            assert!(began.elapsed() < PATIENCE, "never seen: {what}\n{screen}");
            std::thread::sleep(Duration::from_millis(50));
        }
    }

    /// The shell is there, with what was on its screen, and takes commands that are echoed.
    fn is_given_back(&self, word: &str) {
        self.wait("what was there before", |screen| screen.contains(BEFORE) && !screen.contains("PROVIDER"));
        self.type_in(&format!("echo {word}-$((40 + 2))\n"));
        let echoed = format!("echo {word}-$((40 + 2))");
        self.wait("an echo", |screen| screen.contains(&format!("{word}-42")) && screen.contains(&echoed));
    }
}

fn run(command: &mut Command) -> io::Result<Output> {
    let output = command.output()?;
    if output.status.success() {
        Ok(output)
    } else {
        Err(io::Error::other(format!("{command:?}: {output:?}")))
    }
}

/// The command that opens the console, in the folder's own state.
fn console(folder: &Path) -> String {
    let (program, log) = (env!("CARGO_BIN_EXE_fivefifty"), log(folder));
    format!("XDG_STATE_HOME='{0}' XDG_CONFIG_HOME='{0}' '{program}' '{1}'", folder.display(), log.display())
}

/// Asks the console to end, as a host does that goes down.
fn end(folder: &Path) {
    let log = folder.join("mail.log");
    run(Command::new("pkill").args(["-TERM", "-x", "-f", &format!(".*/fivefifty {}", log.display())]))
        .unwrap();
}

struct Tmux {
    folder: tempfile::TempDir,
}

impl Tmux {
    fn start() -> Self {
        let tmux = Self { folder: tempfile::tempdir().unwrap() };
        tmux.run(&[
            "-f",
            "/dev/null",
            "new-session",
            "-d",
            "-x",
            "120",
            "-y",
            "40",
            "bash --norc --noprofile -i",
        ]);
        tmux.run(&["set-option", "-g", "set-clipboard", "on"]);
        tmux
    }

    fn run(&self, arguments: &[&str]) -> String {
        let socket = self.folder.path().join("tmux");
        let mut command = Command::new("tmux");
        command
            .arg("-S")
            .arg(socket)
            .args(arguments)
            .env("LC_ALL", "C.UTF-8")
            .env_remove("TMUX")
            .env_remove("NO_COLOR");
        String::from_utf8_lossy(&run(&mut command).unwrap().stdout).into_owned()
    }
}

impl Drop for Tmux {
    fn drop(&mut self) {
        self.run(&["kill-server"]);
    }
}

impl Holder for Tmux {
    fn type_in(&self, text: &str) {
        self.run(&["send-keys", "-l", &text.replace('\n', "\r")]);
    }

    fn screen(&self) -> String {
        self.run(&["capture-pane", "-p"])
    }
}

#[test]
fn in_tmux_it_is_drawn_resized_suspended_copied_from_and_killed() {
    if !is_asked_for("tmux") {
        return;
    }
    let tmux = Tmux::start();
    let console = console(tmux.folder.path());
    tmux.type_in(&format!("clear; echo {BEFORE}\n"));
    tmux.wait("the shell", |screen| screen.lines().any(|line| line == BEFORE));
    tmux.type_in(&format!("{console}\n"));
    let is_drawn = |screen: &str| screen.contains("INCIDENT Gmail") && screen.contains("?");
    tmux.wait("the incident", is_drawn);
    for (columns, rows) in [("80", "24"), ("40", "12"), ("200", "60"), ("120", "40")] {
        tmux.run(&["resize-window", "-x", columns, "-y", rows]);
        let last: usize = rows.parse().unwrap();
        tmux.wait("the last row", |screen| {
            screen.contains("Gmail")
                && screen.lines().count() >= last
                && screen.lines().nth(last - 1).is_some_and(|row| row.contains("help"))
        });
    }
    tmux.type_in("\ry");
    tmux.wait("the copy", |screen| screen.contains("copied"));
    assert!(tmux.run(&["show-buffer"]).contains("very low reputation"), "the terminal's clipboard");
    tmux.type_in("\x1a");
    tmux.is_given_back("suspended");
    tmux.type_in("fg\n");
    tmux.wait("the drill again", |screen| screen.contains("Diagnosis") && !screen.contains(BEFORE));
    end(tmux.folder.path());
    tmux.is_given_back("killed");
    assert!(
        tmux.run(&["display-message", "-p", "#{cursor_flag} #{alternate_on} #{mouse_any_flag}"])
            .starts_with("1 0 0")
    );
}

struct Screen {
    folder: tempfile::TempDir,
}

impl Screen {
    fn start() -> Self {
        let screen = Self { folder: tempfile::tempdir().unwrap() };
        let sockets = screen.folder.path().join("sockets");
        fs::create_dir(&sockets).unwrap();
        fs::set_permissions(sockets, fs::Permissions::from_mode(0o700)).unwrap();
        screen
            .run(&["-U", "-c", "/dev/null", "-dmS", "five", "bash", "--norc", "--noprofile", "-i"])
            .unwrap();
        // It answers a moment later. What was there before comes back only where the operator lets it.
        let began = Instant::now();
        while let Err(error) = screen.tell(&["altscreen", "on"]) {
            assert!(began.elapsed() < PATIENCE, "{error}");
            std::thread::sleep(Duration::from_millis(50));
        }
        screen
    }

    fn run(&self, arguments: &[&str]) -> io::Result<()> {
        let mut command = Command::new("screen");
        command.args(arguments).env("SCREENDIR", self.folder.path().join("sockets"));
        run(command.env("LC_ALL", "C.UTF-8").env("TERM", "xterm").env_remove("STY").env_remove("NO_COLOR"))
            .map(drop)
    }

    fn tell(&self, arguments: &[&str]) -> io::Result<()> {
        self.run(&[&["-S", "five", "-p", "0", "-X"], arguments].concat())
    }
}

impl Drop for Screen {
    fn drop(&mut self) {
        let _gone = self.tell(&["quit"]);
    }
}

impl Holder for Screen {
    fn type_in(&self, text: &str) {
        // What has a meaning to `stuff` itself.
        let text = text.replace('\\', "\\\\").replace('$', "\\$").replace('^', "\\^").replace('\n', "\r");
        self.tell(&["stuff", &text]).unwrap();
    }

    fn screen(&self) -> String {
        let file = self.folder.path().join("hardcopy");
        let _none = fs::remove_file(&file);
        self.tell(&["hardcopy", file.to_str().unwrap()]).unwrap();
        String::from_utf8_lossy(&fs::read(file).unwrap_or_default()).into_owned()
    }
}

#[test]
fn in_screen_it_is_drawn_suspended_and_killed() {
    if !is_asked_for("screen") {
        return;
    }
    let screen = Screen::start();
    let console = console(screen.folder.path());
    screen.type_in(&format!("clear; echo {BEFORE}\n"));
    screen.wait("the shell", |text| text.lines().any(|line| line.trim_end() == BEFORE));
    screen.type_in(&format!("{console}\n"));
    screen.wait("the incident", |text| text.contains("INCIDENT Gmail"));
    screen.type_in("\r");
    screen.wait("the drill", |text| text.contains("Diagnosis"));
    screen.type_in("\x1a");
    screen.is_given_back("suspended");
    screen.type_in("fg\n");
    screen.wait("the drill again", |text| text.contains("Diagnosis") && !text.contains(BEFORE));
    end(screen.folder.path());
    screen.is_given_back("killed");
}
