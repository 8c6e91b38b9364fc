//! Names of what is no log: what each is, and what the rest comes to, for every command.

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _};
use std::os::unix::fs::{PermissionsExt as _, symlink};
use std::os::unix::net::UnixListener;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use super::log;
use super::program::fivefifty;

/// What is named beside a log, and a part of what is said of it where it is read to its end.
const NAMED: [(&str, &str); 11] = [
    ("socket", "is a socket"),
    ("pipe", "nobody writes into it"),
    ("/dev/zero", "is a device"),
    ("/dev/full", "is a device"),
    ("dangling", "no such file"),
    ("loop", "leads to itself"),
    ("empty", "a folder with no log in it"),
    ("nothing*.log", "matches no file"),
    ("mail.log/x", "as if a file in its path were a folder"),
    ("gone/x.log", "no such file"),
    ("", "a name is empty"),
];

/// What is said of them where they would be followed.
const FOLLOWED: [(&str, &str); 11] = [
    ("socket", "is a socket"),
    ("pipe", "is a named pipe, not a log file: read it by `- < PIPE`"),
    ("/dev/zero", "is a device"),
    ("/dev/full", "is a device"),
    ("dangling", "not there yet"),
    ("loop", "leads to itself"),
    ("empty", "no log there yet"),
    ("nothing*.log", "no log there yet"),
    ("mail.log/x", "as if a file in its path were a folder"),
    ("gone/x.log", "not there yet"),
    ("''", "a name is empty"),
];

/// A folder with a log and all that is none.
fn scene() -> (tempfile::TempDir, UnixListener) {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    fs::write(at("mail.log"), log(0..50)).unwrap();
    let socket = UnixListener::bind(at("socket")).unwrap();
    assert!(Command::new("mkfifo").arg(at("pipe")).status().unwrap().success());
    symlink(at("nowhere"), at("dangling")).unwrap();
    symlink(at("loop"), at("loop")).unwrap();
    fs::create_dir(at("empty")).unwrap();
    (folder, socket)
}

#[test]
fn what_is_named_beside_a_log_is_told_and_the_log_is_read() {
    let (folder, _socket) = scene();
    let names = NAMED.map(|(name, _)| name);
    let commands: [(&[&str], &str); 7] = [
        (&["report"], "50 attempts"),
        (&["report", "--format", "json"], "\"attempts\": 50"),
        (&["report", "--format", "md"], "mail.log"),
        (&["trace", "000000F"], "000000F: to=<b@gmail.com>"),
        (&["sends"], "in no send"),
        (&["export", "suppression"], "address,action"),
        (&["export", "incident", "--list"], ""),
    ];
    for (arguments, out) in commands {
        let done = fivefifty(folder.path(), arguments).arg("mail.log").args(names).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        let told = String::from_utf8_lossy(&done.stdout);
        assert_eq!(done.status.code(), Some(1), "{arguments:?} {said}");
        assert!(told.contains(out), "{arguments:?} {told}");
        // Of many only the first are named.
        let all = format!("{said}{told}");
        let known: &[(&str, &str)] = if said.contains("more") { &NAMED[..5] } else { &NAMED };
        for (name, why) in known {
            assert!(all.contains(why), "{arguments:?} {name}: {all}");
        }
    }
}

#[test]
fn what_cannot_be_followed_is_told_and_the_log_is_followed() {
    let (folder, _socket) = scene();
    let names = NAMED.map(|(name, _)| name);
    for form in ["text", "jsonl", "raw"] {
        let mut follow = fivefifty(folder.path(), &["follow", "--format", form, "mail.log"]);
        let mut child = follow.args(names).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        let mut left: Vec<String> =
            FOLLOWED.iter().map(|(name, why)| format!("fivefifty: {name}: {why}")).collect();
        left.iter_mut().for_each(|line| {
            *line = line.replace("leads to itself", "is a symbolic link that leads to itself")
        });
        let mut said = BufReader::new(child.stderr.take().unwrap()).lines();
        while !left.is_empty() {
            let line = said.next().unwrap().unwrap().replace("is named as if", "as if");
            let before = left.len();
            left.retain(|want| !line.starts_with(want.as_str()));
            assert!(left.len() < before, "{line} is none of {left:?}");
        }
        let lines: Vec<String> =
            BufReader::new(child.stdout.take().unwrap()).lines().take(50).map(Result::unwrap).collect();
        assert_eq!(lines.len(), 50);
        child.kill().unwrap();
        child.wait().unwrap();
    }
    let watched = fivefifty(folder.path(), &["watch", "--once", "mail.log"]).args(names).output().unwrap();
    let said = String::from_utf8_lossy(&watched.stderr).into_owned();
    assert_eq!(watched.status.code(), Some(3), "{said}");
    for (name, why) in FOLLOWED {
        assert!(said.contains(&format!("{name}: ")) && said.contains(why), "{name} {why}: {said}");
    }
}

#[test]
fn what_names_no_log_at_all_is_wrong_use() {
    let (folder, _socket) = scene();
    for arguments in [&["report"][..], &["follow"], &["watch", "--once"], &["trace", "000000F"], &["sends"]] {
        let done = fivefifty(folder.path(), arguments).args(["empty", "", "nothing*.log"]).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert_eq!(done.status.code(), Some(2), "{arguments:?} {said}");
        for why in
            ["empty: is a folder with no log in it", "a name is empty", "nothing*.log: matches no file"]
        {
            assert!(said.contains(why), "{arguments:?} {said}");
        }
    }
}

#[test]
fn standard_input_may_be_named_twice_and_is_read_once() {
    let (folder, _socket) = scene();
    let mut report = fivefifty(folder.path(), &["report", "--format", "json", "-", "-", "mail.log"]);
    let done = report.stdin(fs::File::open(folder.path().join("mail.log")).unwrap()).output().unwrap();
    let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
    assert_eq!(report["files"].as_array().unwrap().len(), 2, "{report}");
    assert_eq!(report["totals"]["attempts"], 100);
}

#[test]
fn the_console_without_a_terminal_says_what_to_use() {
    let (folder, _socket) = scene();
    for arguments in [&["mail.log"][..], &["empty"], &["replay", "pipe"], &["demo"]] {
        let done = fivefifty(folder.path(), arguments).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.code() == Some(2) && said.contains("needs a terminal"), "{arguments:?} {said}");
    }
}

#[test]
fn a_document_or_settings_that_are_no_file_are_not_waited_for() {
    let (folder, _socket) = scene();
    for (name, why) in [
        ("./pipe", "nobody writes into it"),
        ("./socket", "is a socket"),
        ("/dev/zero", "is a device"),
        ("./empty", "it is a folder"),
        ("./dangling", "no such file"),
    ] {
        let done = fivefifty(folder.path(), &["explain", name]).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.status.code() == Some(1) && said.contains(why), "{name} {said}");
    }
    for name in ["config.toml", "providers.toml", "formats/own.toml", "rules/own.toml", "trees/own.toml"] {
        let config = folder.path().join("config");
        fs::create_dir_all(config.join(name).parent().unwrap()).unwrap();
        assert!(Command::new("mkfifo").arg(config.join(name)).status().unwrap().success());
        let done = fivefifty(folder.path(), &["report", "--config", "config", "mail.log"]).output().unwrap();
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(!done.status.success() && said.contains(name) && said.contains("no file"), "{name} {said}");
        fs::remove_dir_all(&config).unwrap();
    }
    for name in ["empty", "pipe", "/dev/full", "dangling", "gone/x"] {
        let done =
            fivefifty(folder.path(), &["export", "suppression", "-o", name, "mail.log"]).output().unwrap();
        assert_eq!(done.status.code(), Some(1), "{name}");
        assert!(!done.stderr.is_empty());
    }
}

#[test]
fn more_files_than_descriptors_are_read_and_those_that_cannot_be_followed_are_told() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("logs")).unwrap();
    for n in 0..200 {
        fs::write(folder.path().join(format!("logs/{n}.log")), log(n * 10..n * 10 + 10)).unwrap();
    }
    let bounded = |line: &str| {
        let mut command = Command::new("/bin/sh");
        let line = format!("ulimit -n 32; exec '{}' {line}", env!("CARGO_BIN_EXE_fivefifty"));
        command.args(["-c", &line]).current_dir(folder.path()).env("TZ", "UTC").stdin(Stdio::null());
        command
    };
    for named in ["logs", "logs/*.log", "'logs/*.log'"] {
        let done = bounded(&format!("report --format json {named}")).output().unwrap();
        assert!(done.status.success(), "{}", String::from_utf8_lossy(&done.stderr));
        let report: serde_json::Value = serde_json::from_slice(&done.stdout).unwrap();
        assert_eq!(report["totals"]["attempts"], 2_000, "{named}");
        assert_eq!(bounded(&format!("trace 000000F {named}")).output().unwrap().status.code(), Some(0));
    }
    // Together they take turns; one by one there is no room for all, but for as many as there are descriptors.
    let mut child = bounded("follow --format raw logs/*.log").stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(200).map(Result::unwrap).count();
    assert_eq!(lines, 200, "of twenty logs");
    child.kill().unwrap();
    child.wait().unwrap();
    let mut child = bounded("follow --format raw logs").stdout(Stdio::piped()).spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines().take(2_000).map(Result::unwrap).count();
    assert_eq!(lines, 2_000);
    child.kill().unwrap();
    child.wait().unwrap();
    let mut child =
        bounded("follow logs/*.log").stderr(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    // There may be no room for a watch on their folder either, which those that are followed tell.
    let said = BufReader::new(child.stderr.take().unwrap()).lines().map(Result::unwrap);
    let told = said
        .filter(|line| !line.contains("cannot be watched"))
        .take(100)
        .inspect(|line| assert!(line.contains("one file too many at once"), "{line}"))
        .count();
    assert_eq!(told, 100);
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped says so")]
fn what_may_not_be_read_is_told_with_who_may() {
    let (folder, _socket) = scene();
    let secret = folder.path().join("secret.log");
    fs::write(&secret, log(0..5)).unwrap();
    fs::set_permissions(&secret, fs::Permissions::from_mode(0o0)).unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    // Who may read everything is nobody for this.
    let is_root = fs::File::open(&secret).is_ok();
    for (arguments, out) in
        [(&["report"][..], "50 attempts"), (&["trace", "000000F"], "000000F"), (&["sends"], "")]
    {
        let mut command = fivefifty(folder.path(), arguments);
        if is_root {
            command.uid(65_534).gid(65_534);
        }
        let done = match command.args(["mail.log", "secret.log"]).output() {
            Ok(done) => done,
            Err(why) => return eprintln!("SKIPPED: nobody may run this program: {why}"),
        };
        let (told, said) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
        assert_eq!(done.status.code(), Some(1), "{said}");
        assert!(said.contains("secret.log: may not be read: join group adm, or use sudo"), "{said}");
        assert!(told.contains(out), "{told}");
    }
    let mut follow = fivefifty(folder.path(), &["follow", "mail.log", "secret.log"]);
    if is_root {
        follow.uid(65_534).gid(65_534);
    }
    let mut child = follow.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let mut said = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut said).unwrap();
    assert!(said.contains("secret.log: may not be read"), "{said}");
    let mut some = [0; 100];
    child.stdout.take().unwrap().read_exact(&mut some).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
}
