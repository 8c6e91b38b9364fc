//! What waits on `watch`: its exit codes, its lines, and the program that it runs.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::io::{BufRead as _, BufReader, Write as _};
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

/// One attempt at Yahoo a second, so many seconds ago: taken, or nobody answers.
fn yahoo(ago: std::ops::Range<u64>, is_up: bool) -> String {
    let relay = "mta5.am0.yahoodns.net[192.0.2.9]:25";
    let taken = format!("relay={relay}, delay=1, dsn=2.0.0, status=sent (250 ok dirdel)");
    let lost = format!(
        "relay=none, delay=30, dsn=4.4.1, status=deferred (connect to {relay}: Connection timed out)"
    );
    let mut log = String::new();
    for line in lines(ago, false).lines() {
        let (head, _) = line.split_once("to=<").unwrap();
        writeln!(
            log,
            "{}to=<a@yahoo.com>, {}",
            head.replace("4XA9Q", "5XA9Q"),
            if is_up { &taken } else { &lost }
        )
        .unwrap();
    }
    log
}

#[test]
fn what_is_theirs_is_said_and_stands_in_no_sends_way() {
    let theirs = yahoo(100..400, true) + &yahoo(1..100, false);
    let output = watch(&(calm() + &theirs), &["--once"]);
    assert_eq!((code(&output), out(&output).as_str()), (Some(0), ""), "{output:?}");
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(said.contains("Yahoo: connections time out") && said.contains("theirs"), "{said}");
    let output = watch(&(struck() + &theirs), &["--once", "--format", "jsonl"]);
    assert_eq!(code(&output), Some(3), "{output:?}");
    let told: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(told["incident"]["provider"], "gmail");
    let notice = &told["notices"][0];
    assert_eq!((&notice["provider"], &notice["whose"]), (&"yahoo".into(), &"theirs".into()), "{told:#}");
    assert_eq!((&notice["how"], &notice["until"]), (&"timeout".into(), &Value::Null));
    assert!(told["notices"].as_array().is_some_and(|all| all.len() == 1), "{told:#}");
}

/// A send of forty on a day, of which so many are unknown users.
fn send(day: u32, unknown: u32) -> String {
    let mut log = String::new();
    for number in 0..40 {
        let at = format!("2026-11-{day:02}T08:00:{number:02}+00:00 mx1");
        let queue = format!("{day:02}A{number:07}");
        let answer = if number < unknown {
            "dsn=5.1.1, status=bounced (host mx1.corp.example[192.0.2.9] said: 550 5.1.1 no such user (in reply to RCPT TO command))"
        } else {
            "dsn=2.0.0, status=sent (250 2.0.0 OK)"
        };
        writeln!(
            log,
            "{at} postfix/qmgr[1]: {queue}: from=<b@news.example.com>, size=1, nrcpt=1 (queue active)"
        )
        .unwrap();
        writeln!(log, "{at} postfix/smtp[1]: {queue}: to=<x{number}@corp.example>, relay=mx1.corp.example[192.0.2.9]:25, delay=1, {answer}").unwrap();
    }
    log
}

#[test]
fn it_remembers_sends_for_the_run_after_it_where_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let state = folder.path().join("state");
    let run = |log: String, arguments: &[&str]| {
        // What was there before is gone: only what was kept is known of it.
        fs::write(folder.path().join("mail.log"), log).unwrap();
        command(folder.path(), arguments).env("XDG_STATE_HOME", &state).output().unwrap()
    };
    let kept = || {
        fs::read_to_string(state.join("fivefifty/sends.jsonl"))
            .unwrap_or_default()
            .matches("news.example.com")
            .count()
    };
    let before = || {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
        command
            .env_clear()
            .env("TZ", "UTC")
            .env("XDG_CONFIG_HOME", folder.path())
            .env("XDG_STATE_HOME", &state);
        let output =
            command.args(["sends", "--format", "json", "mail.log"]).current_dir(folder.path()).output();
        let sends: Value = serde_json::from_str(&out(&output.unwrap())).unwrap();
        sends["sends"][0]["before"].clone()
    };
    assert_eq!(code(&run(send(18, 0), &["--once"])), Some(0));
    assert_eq!(kept(), 0, "nobody asked for it");
    assert_eq!(code(&run(send(18, 1), &["--once", "--remember"])), Some(0));
    assert_eq!(kept(), 1);
    assert_eq!(code(&run(send(19, 0), &["--for", "5s", "--remember"])), Some(0));
    assert_eq!(kept(), 2);
    assert_eq!(before()["attempts"], 40, "the send of the run before: {}", before());
    fs::write(folder.path().join("mail.log"), send(20, 0)).unwrap();
    assert_eq!(before()["attempts"], 80, "{}", before());
    let output = command(folder.path(), &["--once", "--remember"]).output().unwrap();
    assert_eq!(code(&output), Some(0), "no place to keep it in is no incident: {output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("--remember"), "{output:?}");
}

#[test]
fn the_program_of_the_settings_is_run_where_nobody_else_can_write_them() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mail.log"), struck()).unwrap();
    let page = program(folder.path(), "printf '%s|' \"$@\" > args\ncat > told\n");
    let settings = folder.path().join("fivefifty/config.toml");
    fs::create_dir(settings.parent().unwrap()).unwrap();
    fs::write(&settings, format!("[alerts]\nbell = false\non-incident = [{page:?}, \"--team\", \"a b\"]\n"))
        .unwrap();
    let told = || fs::read_to_string(folder.path().join("args")).unwrap_or_default();
    let mode = |mode| fs::set_permissions(&settings, fs::Permissions::from_mode(mode)).unwrap();
    mode(0o666);
    let output = command(folder.path(), &["--exit-on-incident"]).output().unwrap();
    assert_eq!((code(&output), told().as_str()), (Some(1), ""), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("chmod go-w"), "{output:?}");
    mode(0o600);
    assert_eq!(code(&command(folder.path(), &["--once"]).output().unwrap()), Some(3));
    assert_eq!(told(), "", "one look answers one question");
    assert_eq!(code(&command(folder.path(), &["--exit-on-incident"]).output().unwrap()), Some(3));
    assert_eq!(told(), "--team|a b|");
    let other = program(folder.path(), "echo flag > args\n");
    let flag = ["--exit-on-incident", "--on-incident", &other];
    assert_eq!(code(&command(folder.path(), &flag).output().unwrap()), Some(3));
    assert_eq!(told(), "flag\n", "the command line has the last word");
}

#[test]
fn started_again_it_tells_no_incident_twice_and_what_ended_meanwhile() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("mail.log");
    let run = || command(folder.path(), &["--state", "kept", "--exit-on-incident"]).output().unwrap();
    fs::write(&log, struck()).unwrap();
    let output = run();
    assert!(code(&output) == Some(3) && out(&output).starts_with("▲ IP reputation at Gmail"), "{output:?}");
    let output = run();
    assert_eq!((code(&output), out(&output).as_str()), (Some(3), ""), "{output:?}");
    assert_eq!(String::from_utf8_lossy(&output.stderr), "", "it ended in order");
    // Killed in the middle, it says so the next time.
    let mut child = command(folder.path(), &["--state", "kept"]).stderr(Stdio::piped()).spawn().unwrap();
    while !fs::read_to_string(folder.path().join("kept/watch.json")).unwrap().contains("\"is_whole\":false") {
        std::thread::sleep(std::time::Duration::from_millis(20));
    }
    let output = run();
    assert!(String::from_utf8_lossy(&output.stderr).contains("another process"), "{output:?}");
    child.kill().unwrap();
    child.wait().unwrap();
    let output = run();
    assert_eq!((code(&output), out(&output).as_str()), (Some(3), ""), "{output:?}");
    assert!(String::from_utf8_lossy(&output.stderr).contains("did not end in order"), "{output:?}");
    // It is over when the next run begins.
    fs::write(&log, lines(900..1_300, false) + &lines(700..900, true) + &lines(1..700, false)).unwrap();
    let mut child = command(folder.path(), &["--state", "kept", "--format", "jsonl"])
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let mut told = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut told).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    let told: Value = serde_json::from_str(&told).unwrap();
    let (event, category) = (&told["event"], &told["incident"]["category"]);
    assert_eq!((event.as_str(), category.as_str()), (Some("ended"), Some("ip_reputation")), "{told}");
}
