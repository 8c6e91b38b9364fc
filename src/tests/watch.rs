//! What waits on `watch`: its exit codes, its lines, and the program that it runs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::io::Write as _;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Child, Command, Output, Stdio};
use std::time::{SystemTime, UNIX_EPOCH};

use serde_json::Value;

/// One attempt at Gmail a second, so many seconds ago, refused or not.
fn lines(ago: std::ops::Range<u64>, refused: bool) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs();
    let mut log = String::new();
    for ago in ago.rev() {
        let at = chrono::DateTime::from_timestamp((now - ago) as i64, 0).unwrap().to_rfc3339();
        let status = if refused {
            "dsn=5.7.1, status=bounced (host gmail-smtp-in.l.google.com[192.0.2.1] said: 550-5.7.1 [192.0.2.7] Our system has detected that this message is likely suspicious due to the very low reputation of the sending IP address (in reply to end of DATA command))"
        } else {
            "dsn=2.0.0, status=sent (250 2.0.0 OK gsmtp)"
        };
        writeln!(log, "{at} mx1 postfix/smtp[1]: 4XA9Q{ago:05}Dz: to=<jane.doe{ago}@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.1]:25, delay=1, {status}").unwrap();
    }
    log
}

fn calm() -> String {
    lines(1..400, false)
}

fn struck() -> String {
    lines(100..400, false) + &lines(1..60, true)
}

fn command(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
    // No settings of whoever runs the tests.
    command.env_clear().env("TZ", "UTC").env("XDG_CONFIG_HOME", folder).env("PATH", "/usr/bin:/bin");
    command.arg("watch").args(arguments).arg("mail.log").current_dir(folder);
    command
}

fn watch(log: &str, arguments: &[&str]) -> Output {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mail.log"), log).unwrap();
    command(folder.path(), arguments).output().unwrap()
}

fn code(output: &Output) -> Option<i32> {
    output.status.code()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

#[test]
fn the_next_send_may_start_when_it_is_calm_and_not_in_an_incident() {
    let output = watch(&calm(), &["--once"]);
    assert_eq!((code(&output), out(&output).as_str()), (Some(0), ""), "{output:?}");
    let output = watch(&struck(), &["--once"]);
    assert_eq!(code(&output), Some(3), "{output:?}");
    let told = out(&output);
    assert!(told.starts_with("▲ IP reputation at Gmail · since ") && told.contains("  do: "), "{told}");
    let output = watch(&struck(), &["--once", "--provider", "yahoo"]);
    assert_eq!((code(&output), out(&output).as_str()), (Some(0), ""), "{output:?}");
}

#[test]
fn an_incident_of_a_host_whose_clock_is_behind_is_not_over() {
    // The other host's clock is ten minutes ahead; its lines come between those of the struck one.
    let ahead = |log: &str| log.replace(" mx1 ", " mx2 ").replace("4XA9Q", "4XB9Q");
    let shifted = |ago: std::ops::Range<u64>| {
        let log = ahead(&lines(ago, false));
        let later = |line: &str| {
            let (stamp, rest) = line.split_once(' ').unwrap();
            let at = chrono::DateTime::parse_from_rfc3339(stamp).unwrap() + chrono::TimeDelta::seconds(600);
            format!("{} {rest}\n", at.to_rfc3339())
        };
        log.lines().map(later).collect::<String>()
    };
    let own = struck();
    let others = shifted(1..400);
    let skip = others.lines().count() - own.lines().count();
    let mut log: String = others.lines().take(skip).map(|line| format!("{line}\n")).collect();
    for (own, other) in own.lines().zip(others.lines().skip(skip)) {
        writeln!(log, "{other}\n{own}").unwrap();
    }
    let output = watch(&log, &["--once"]);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert_eq!(code(&output), Some(3), "{output:?}");
    assert!(said.contains("The clock of mx1 is 10 min behind that of mx2"), "{said}");
    // And where each has a file of its own.
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mail.log"), &own).unwrap();
    fs::write(folder.path().join("mx2.log"), &others).unwrap();
    let output = command(folder.path(), &["--once", "mx2.log"]).output().unwrap();
    assert_eq!(code(&output), Some(3), "{output:?}");
    // Where they agree, nothing is said.
    fs::write(folder.path().join("mx2.log"), ahead(&calm())).unwrap();
    let output = command(folder.path(), &["--once", "mx2.log"]).output().unwrap();
    assert!(code(&output) == Some(3) && output.stderr.is_empty(), "{output:?}");
}

#[test]
fn a_provider_that_nobody_knows_is_not_calm() {
    for (id, near) in [("gmial", "gmail, microsoft-consumer"), ("Gmail", "did you mean gmail")] {
        let output = watch(&struck(), &["--once", "--provider", id]);
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(code(&output), Some(2), "{output:?}");
        assert!(said.contains(id) && said.contains(near), "{said}");
    }
    let output = watch(&struck(), &["--once", "--provider", "corp.example"]);
    assert_eq!(code(&output), Some(0), "a domain is the id of whom no row names: {output:?}");
}

#[test]
fn a_log_of_two_seconds_is_read_against_the_floors() {
    let thick = |second: &str, times: u32, refused: bool| {
        let line = lines(1..2, refused);
        let (_, rest) = line.split_once(' ').unwrap();
        let line =
            |number| format!("2026-11-21T10:00:{second}Z {}", rest.replace("00001", &format!("{number:05}")));
        (0..times).map(line).collect::<String>()
    };
    let incidents = |refused: u32| {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mail.log"), thick("01", 300, false) + &thick("02", refused, true))
            .unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
        command.env_clear().env("TZ", "UTC").env("XDG_CONFIG_HOME", folder.path()).current_dir(folder.path());
        let output = command.args(["report", "--format", "json", "mail.log"]).output().unwrap();
        let report: Value = serde_json::from_str(&out(&output)).unwrap();
        report["incidents"].as_array().unwrap().len()
    };
    assert_eq!((incidents(120), incidents(6)), (1, 0));
}

#[test]
fn an_incident_is_told_as_json_without_an_address() {
    let output = watch(&struck(), &["--once", "--format", "jsonl"]);
    let told: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(told["event"], "began");
    assert_eq!(told["incident"]["provider"], "gmail");
    assert_eq!(told["incident"]["category"], "ip_reputation");
    assert_eq!(told["incident"]["rejected"], 59, "the log's last seconds count, too: {told:#}");
    assert!(told["diagnosis"]["do"].as_array().is_some_and(|todo| !todo.is_empty()));
    assert!(!out(&output).contains("jane.doe"), "{told:#}");
}

#[test]
fn what_cannot_be_read_is_not_calm() {
    let folder = tempfile::tempdir().unwrap();
    let output = command(folder.path(), &["--once"]).output().unwrap();
    assert_eq!(code(&output), Some(1), "a file that is not there: {output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("nobody knows"), "{output:?}");
    let output = watch("no mail here\n", &["--once"]);
    assert_eq!(code(&output), Some(1), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("nobody knows"), "{output:?}");
    assert_eq!(code(&watch(&calm(), &["--for", "ever"])), Some(2));
}

fn program(folder: &Path, text: &str) -> String {
    let path = folder.join("page");
    fs::write(&path, format!("#!/bin/sh\n{text}")).unwrap();
    fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
    path.display().to_string()
}

#[test]
fn the_operators_program_gets_the_incident_and_its_arguments_as_they_are() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mail.log"), calm()).unwrap();
    let page = program(folder.path(), "printf '%s|' \"$@\" > args\ncat > told\n");
    let arguments =
        ["--exit-on-incident", "--on-incident", &page, "--arg", "--team", "--arg", "a b; $(reboot)"];
    let mut child = command(folder.path(), &arguments).stdout(Stdio::piped()).spawn().unwrap();
    let mut log = fs::OpenOptions::new().append(true).open(folder.path().join("mail.log")).unwrap();
    // It is followed from somewhere here on; what comes first does not matter.
    log.write_all(lines(1..60, true).as_bytes()).unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(3));
    assert_eq!(fs::read_to_string(folder.path().join("args")).unwrap(), "--team|a b; $(reboot)|");
    let told: Value = serde_json::from_slice(&fs::read(folder.path().join("told")).unwrap()).unwrap();
    assert_eq!((&told["event"], &told["incident"]["provider"]), (&"began".into(), &"gmail".into()));
}

#[test]
fn a_program_that_fails_or_is_not_there_is_told_and_changes_no_answer() {
    for (text, words) in [("exit 7", "7"), ("exec 0<&-; exit 0", "")] {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mail.log"), struck()).unwrap();
        let page = program(folder.path(), text);
        let output =
            command(folder.path(), &["--exit-on-incident", "--on-incident", &page]).output().unwrap();
        assert_eq!(code(&output), Some(3));
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        assert_eq!(said.contains("--on-incident"), !words.is_empty(), "{said}");
        assert!(said.contains(words), "{said}");
    }
    let output = watch(&struck(), &["--exit-on-incident", "--on-incident", "/nowhere/page"]);
    assert_eq!(code(&output), Some(3));
    assert!(String::from_utf8_lossy(&output.stderr).contains("/nowhere/page"), "{output:?}");
}

#[test]
fn it_ends_when_it_is_asked_to() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mail.log"), calm()).unwrap();
    let mut child: Child = command(folder.path(), &["--for", "1h"]).spawn().unwrap();
    Command::new("sleep").arg("1").status().unwrap();
    Command::new("kill").arg(child.id().to_string()).status().unwrap();
    assert_eq!(child.wait().unwrap().code(), Some(0));
}
