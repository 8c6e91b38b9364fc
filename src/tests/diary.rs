//! `--log-file`: what the program did, a line for each event.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests need more of it")]
#[path = "pty/terminal.rs"]
mod terminal;

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use terminal::Terminal;

const BINARY: &str = env!("CARGO_BIN_EXE_fivefifty");

/// Attempts at Gmail, one a second, the last ones refused.
fn log(refused: u64) -> String {
    let now = chrono::Utc::now();
    let mut log = String::new();
    for ago in (1..400).rev() {
        let at = (now - chrono::TimeDelta::seconds(ago)).to_rfc3339();
        let status = if u64::try_from(ago).unwrap() <= refused {
            "dsn=5.7.1, status=bounced (host gmail-smtp-in.l.google.com[192.0.2.1] said: 550-5.7.1 [192.0.2.7] Our system has detected that this message is likely suspicious due to the very low reputation of the sending IP address (in reply to end of DATA command))"
        } else {
            "dsn=2.0.0, status=sent (250 2.0.0 OK gsmtp)"
        };
        writeln!(log, "{at} mx1 postfix/smtp[1]: 4XA9Q{ago:05}Dz: to=<jane.doe{ago}@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.1]:25, delay=1, {status}").unwrap();
    }
    log
}

struct House {
    folder: tempfile::TempDir,
}

impl House {
    fn new(refused: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mail.log"), log(refused)).unwrap();
        fs::create_dir(folder.path().join("config")).unwrap();
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(BINARY);
        command.env_clear().env("TZ", "UTC").env("FIVEFIFTY_CONFIG", self.path("config"));
        command.current_dir(self.folder.path()).stdin(Stdio::null()).args(arguments).output().unwrap()
    }

    fn diary(&self) -> String {
        fs::read_to_string(self.path("x.log")).unwrap_or_default()
    }

    /// Waits until the log says so.
    fn wait_for(&self, words: &str) {
        let end = Instant::now() + Duration::from_secs(60);
        while !self.diary().contains(words) {
            assert!(Instant::now() < end, "never written: {words}\n{}", self.diary());
            std::thread::sleep(Duration::from_millis(20));
        }
    }
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_run_is_written_down_from_its_start_to_its_end_without_addresses() {
    let house = House::new(100);
    let page = house.path("page");
    fs::write(&page, "#!/bin/sh\nexit 3\n").unwrap();
    fs::set_permissions(&page, std::os::unix::fs::PermissionsExt::from_mode(0o755)).unwrap();
    let page = page.to_str().unwrap();
    let output = house.run(&["report", "mail.log", "jane.doe@example.com.log", "--log-file", "x.log"]);
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let found = ["export", "incident", "-o", "out.md", "mail.log", "--log-file", "x.log"];
    assert!(house.run(&found).status.success());
    let watch = ["watch", "--exit-on-incident", "--on-incident", page, "mail.log", "--log-file", "x.log"];
    assert_eq!(house.run(&watch).status.code(), Some(3));
    let diary = house.diary();
    for words in [
        "] INFO start version=",
        "arguments=[\"report\", \"mail.log\", \"‹user-1›@example.com.log\", \"--log-file\", \"x.log\"]",
        "] INFO settings folder=",
        "] INFO source name=\"mail.log\" named=true",
        "] INFO source name=\"mail.log\" read=whole lines=399 unparsed=0",
        "] ERROR source name=\"‹user-1›@example.com.log\" trouble=\"there is no such file\"",
        "] INFO incident turn=found id=",
        "] INFO incident turn=began id=",
        "told=\"▲ IP reputation at Gmail",
        "] INFO export path=\"out.md\" written=whole",
        "] ERROR alert program=",
        "trouble=\"it ended with exit status: 3\"",
        "] WARN said \"",
        "] INFO end how=\"failed\"",
        "] INFO end how=\"done\"",
    ] {
        assert!(diary.contains(words), "{words}\n{diary}");
    }
    assert!(!diary.contains("jane.doe"), "{diary}");
    let stamped =
        |line: &str| line.len() > 24 && line.as_bytes()[23] == b'Z' && line[24..].starts_with(" fivefifty[");
    assert!(diary.lines().all(stamped), "{diary}");
    // The settings may leave addresses as they are.
    fs::write(house.path("config/config.toml"), "redact = false\n").unwrap();
    assert_eq!(
        house.run(&["report", "jane.doe@example.com.log", "--log-file", "x.log"]).status.code(),
        Some(1)
    );
    assert!(house.diary().contains("ERROR source name=\"jane.doe@example.com.log\""), "{}", house.diary());
}

#[test]
fn a_file_that_cannot_be_written_is_an_error_at_the_start_and_a_full_disk_is_none() {
    let house = House::new(0);
    for (file, why) in [
        ("no/such/folder/x.log", "--log-file no/such/folder/x.log: cannot be written: No such file"),
        (
            "mail.log",
            "--log-file mail.log: there is another file, and it would be written into; name another one",
        ),
        (".", "--log-file .: cannot be written: Is a directory"),
    ] {
        let before = fs::read(house.path("mail.log")).unwrap();
        let output = house.run(&["report", "mail.log", "--log-file", file]);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0), "{file}");
        assert!(err(&output).contains(why), "{}", err(&output));
        assert_eq!(fs::read(house.path("mail.log")).unwrap(), before);
    }
    let output = house.run(&["report", "mail.log", "--log-file", "/dev/full"]);
    assert!(output.status.success() && !output.stdout.is_empty(), "{}", err(&output));
    assert_eq!(err(&output).matches("--log-file /dev/full: No space left").count(), 1, "{}", err(&output));
}

fn console(house: &House, file: &Path) -> Terminal {
    let (log, config) = (house.path("mail.log"), house.path("config"));
    let arguments = [&log, Path::new("--config"), &config, Path::new("--log-file"), file];
    let arguments: Vec<&str> = arguments.iter().map(|path| path.to_str().unwrap()).collect();
    Terminal::start(Path::new(BINARY), &arguments, (120, 40)).unwrap()
}

#[test]
fn the_console_writes_down_its_sources_settings_and_incidents() {
    let house = House::new(100);
    let mut terminal = console(&house, &house.path("x.log"));
    house.wait_for("state=\"live\"");
    house.wait_for("incident turn=began");
    fs::rename(house.path("mail.log"), house.path("mail.log.1")).unwrap();
    fs::write(house.path("mail.log"), log(1)).unwrap();
    house.wait_for("rotated=true");
    fs::write(house.path("config/config.toml"), "sample = 30\nwindow = \"1h\"\n").unwrap();
    house.wait_for("settings changed=[Settings]");
    fs::remove_file(house.path("mail.log")).unwrap();
    house.wait_for("trouble=\"gone (rotated?): waiting for a new one\"");
    // What is wrong stands on the screen all the same.
    terminal.press("S").unwrap();
    terminal.wait_for("gone (rotated?)").unwrap();
    terminal.press("q").unwrap();
    assert_eq!(terminal.end().unwrap(), 0);
    house.wait_for("end how=\"done\"");
}

#[test]
fn a_full_disk_is_a_notice_in_the_console() {
    let house = House::new(0);
    let mut terminal = console(&house, Path::new("/dev/full"));
    terminal.wait_for("--log-file /dev/full: No space left").unwrap();
    terminal.press("q").unwrap();
    assert_eq!(terminal.end().unwrap(), 0);
}
