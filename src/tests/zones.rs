//! In which zone times are shown and read: `--tz`, `--utc`, `timezone`, else this host's.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[expect(dead_code, reason = "other tests need more of it")]
#[path = "pty/terminal.rs"]
mod terminal;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use terminal::Terminal;

const BINARY: &str = env!("CARGO_BIN_EXE_fivefifty");

/// Attempts at Gmail, one a second up to 2026-11-20 14:00:00 UTC, the last hundred refused.
fn log() -> String {
    let end = chrono::DateTime::parse_from_rfc3339("2026-11-20T14:00:00Z").unwrap();
    let mut log = String::new();
    for ago in (0..400).rev() {
        let at = (end - chrono::TimeDelta::seconds(ago)).to_rfc3339();
        let status = if ago < 100 {
            "dsn=5.7.1, status=bounced (host gmail-smtp-in.l.google.com[192.0.2.1] said: 550-5.7.1 [192.0.2.7] Our system has detected that this message is likely suspicious due to the very low reputation of the sending IP address (in reply to end of DATA command))"
        } else {
            "dsn=2.0.0, status=sent (250 2.0.0 OK gsmtp)"
        };
        writeln!(log, "{at} mx1 postfix/smtp[1]: 4XA9Q{ago:05}Dz: to=<jane{ago}@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.1]:25, delay=1, {status}").unwrap();
    }
    log
}

fn house(config: &str) -> tempfile::TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mail.log"), log()).unwrap();
    fs::create_dir(folder.path().join("config")).unwrap();
    fs::write(folder.path().join("config/config.toml"), config).unwrap();
    folder
}

fn run(folder: &Path, host: &str, arguments: &[&str]) -> Output {
    let mut command = Command::new(BINARY);
    command.env_clear().env("TZ", host).env("FIVEFIFTY_CONFIG", folder.join("config"));
    command.args(arguments).current_dir(folder).stdin(Stdio::null()).output().unwrap()
}

fn out(folder: &Path, host: &str, arguments: &[&str]) -> String {
    let output = run(folder, host, arguments);
    assert!(output.status.success(), "{output:?}");
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_command_line_comes_before_the_settings_and_those_before_the_host() {
    let (plain, set) = (house(""), house("timezone = \"America/New_York\"\n"));
    let head = |folder: &tempfile::TempDir, arguments: &[&str]| {
        let arguments: Vec<&str> = ["report", "mail.log"].iter().chain(arguments).copied().collect();
        out(folder.path(), "Europe/Berlin", &arguments).lines().next().unwrap().to_owned()
    };
    let berlin = "fivefifty report · everything read · 2026-11-20 14:53:21 to 2026-11-20 15:00:00 UTC+01:00";
    assert_eq!(head(&plain, &[]), berlin);
    assert_eq!(
        head(&plain, &["--utc"]),
        "fivefifty report · everything read · 2026-11-20 13:53:21 to 2026-11-20 14:00:00 UTC"
    );
    assert!(head(&plain, &["--tz", "+05:30"]).ends_with("2026-11-20 19:30:00 UTC+05:30"));
    assert!(head(&set, &[]).ends_with("2026-11-20 09:00:00 UTC-05:00"));
    assert_eq!(head(&set, &["--tz", "local"]), berlin);
    // What is typed is read as it is shown.
    let json = |zone: &[&str]| {
        let arguments = ["report", "--format", "json", "--since", "2026-11-20T14:59", "mail.log"];
        let arguments: Vec<&str> = arguments.iter().chain(zone).copied().collect();
        serde_json::from_str::<serde_json::Value>(&out(plain.path(), "Europe/Berlin", &arguments)).unwrap()
    };
    assert_eq!(json(&[])["totals"]["attempts"], 61);
    assert_eq!(json(&["--utc"])["totals"]["attempts"], 0);
    assert_eq!(json(&[])["until"], "2026-11-20T14:00:00Z", "programs get UTC always");
}

#[test]
fn what_is_handed_to_others_carries_the_offset() {
    let folder = house("timezone = \"Europe/Berlin\"\n");
    let page = out(folder.path(), "UTC", &["export", "incident", "mail.log"]);
    assert!(page.contains("Onset: 2026-11-20 14:58:21 UTC+01:00"), "{page}");
    assert!(
        page.contains("| from (UTC+01:00) |") && !page.contains(" UTC\n") && !page.contains(" UTC "),
        "{page}"
    );
    let json = out(folder.path(), "UTC", &["export", "incident", "--format", "json", "mail.log"]);
    assert!(json.contains("\"onset\": \"2026-11-20T13:58:21Z\""), "{json}");
    let dossier = out(folder.path(), "UTC", &["export", "dossier", "--for", "generic", "mail.log"]);
    assert!(dossier.contains("2026-11-20 15:00:00 UTC+01:00") && !dossier.contains(" UTC "), "{dossier}");
    let told = out(folder.path(), "UTC", &["report", "mail.log"]);
    assert!(told.contains("to 2026-11-20 15:00:00 UTC+01:00"), "{told}");
    let log = fs::File::open(folder.path().join("mail.log")).unwrap();
    let mut command = Command::new(BINARY);
    command.env_clear().env("FIVEFIFTY_CONFIG", folder.path().join("config"));
    let followed = command.args(["follow", "-"]).stdin(log).output().unwrap().stdout;
    assert!(
        String::from_utf8_lossy(&followed).contains("2026-11-20T15:00:00+01:00 gmail 550"),
        "{followed:?}"
    );
}

#[test]
fn a_zone_that_is_none_is_told_with_its_place() {
    let folder = house("sample = 30\ntimezone = \"Mars/Olympus\"\n");
    let output = run(folder.path(), "UTC", &["report", "mail.log"]);
    assert_eq!(output.status.code(), Some(1));
    let told = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(told.contains("config.toml:2:") && told.contains("`Mars/Olympus` is no time zone"), "{told}");
    for arguments in [&["report", "--tz", "Mars"][..], &["--tz", "Mars"], &["report", "--utc", "--tz", "UTC"]]
    {
        assert_eq!(run(folder.path(), "UTC", arguments).status.code(), Some(2), "{arguments:?}");
    }
}

#[test]
fn the_console_shows_and_reads_times_in_the_zone_and_takes_another_one_over() {
    let folder = house("timezone = \"Europe/Berlin\"\n");
    let (log, config) = (folder.path().join("mail.log"), folder.path().join("config"));
    let arguments =
        ["replay", log.to_str().unwrap(), "--config", config.to_str().unwrap(), "--speed", "1000"];
    let mut terminal = Terminal::start(Path::new(BINARY), &arguments, (120, 40)).unwrap();
    terminal.wait_for("■ ended 15:00:00").unwrap();
    terminal.wait_for("15:00 UTC+01:00").unwrap();
    terminal.press("@").unwrap();
    terminal.wait_for("UTC+01:00: 14:27").unwrap();
    terminal.press("14:59\r").unwrap();
    terminal.wait_for("◀ 14:59:00").unwrap();
    fs::write(config.join("config.toml"), "timezone = \"UTC\"\n").unwrap();
    terminal.wait_for("◀ 13:59:00").unwrap();
    terminal.wait_for("from now on timezone = \"UTC\"").unwrap();
    terminal.press("q").unwrap();
    assert_eq!(terminal.end().unwrap(), 0);
}
