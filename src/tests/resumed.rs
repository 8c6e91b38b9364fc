//! `follow --state`: one run after the other.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, OpenOptions};
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};

/// A rejection; `#` is its number.
const LINE: &str = "2026-11-21T10:00:03.000000+00:00 mx1 postfix/smtp[2]: 4XA#Qb0LrDz2: to=<b@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.27]:25, delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced (host gmail-smtp-in.l.google.com[192.0.2.27] said: 550 5.7.1 # no)\n";

struct Scene {
    folder: tempfile::TempDir,
    written: usize,
    /// What is followed: the log, or a pattern that names it.
    named: &'static str,
}

impl Scene {
    fn new() -> Self {
        let mut scene = Self { folder: tempfile::tempdir().unwrap(), written: 0, named: "mail.log" };
        scene.write(3);
        scene
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("mail.log")
    }

    fn state(&self) -> PathBuf {
        self.folder.path().join("state")
    }

    fn write(&mut self, lines: usize) {
        let mut log = OpenOptions::new().append(true).create(true).open(self.log()).unwrap();
        for _ in 0..lines {
            self.written += 1;
            log.write_all(LINE.replace('#', &format!("{:06}", self.written)).as_bytes()).unwrap();
        }
    }

    fn follow(&self, form: &str) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
        command
            .args(["follow", "--format", form, "--state"])
            .arg(self.state())
            .arg(self.folder.path().join(self.named));
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(Stdio::piped());
        command
    }

    /// Follows until so many lines came, then ends by `signal`: the numbers of the lines, and what was said.
    fn run(&self, form: &str, lines: usize, signal: &str) -> (Vec<usize>, String) {
        let mut child = self.follow(form).spawn().unwrap();
        let mut out = BufReader::new(child.stdout.take().unwrap());
        let mut seen = Vec::new();
        let mut line = String::new();
        while seen.len() < lines {
            line.clear();
            assert!(out.read_line(&mut line).unwrap() > 0, "{}", said(&mut child));
            seen.extend(number(&line));
        }
        assert!(
            Command::new("kill").args(["-s", signal, &child.id().to_string()]).status().unwrap().success()
        );
        let mut rest = String::new();
        out.read_to_string(&mut rest).unwrap();
        seen.extend(rest.lines().filter_map(number));
        (seen, said(&mut child))
    }
}

/// The number of the reply in a line.
fn number(line: &str) -> Option<usize> {
    line.split("550 5.7.1 ").nth(1)?.get(..6)?.parse().ok()
}

fn said(child: &mut Child) -> String {
    let mut said = String::new();
    child.stderr.take().unwrap().read_to_string(&mut said).unwrap();
    child.wait().unwrap();
    said
}

fn failed(output: &Output) -> (Option<i32>, String) {
    assert!(output.stdout.is_empty());
    (output.status.code(), String::from_utf8_lossy(&output.stderr).into_owned())
}

fn to(lines: std::ops::RangeInclusive<usize>) -> Vec<usize> {
    lines.collect()
}

#[test]
fn each_line_is_printed_once_by_runs_that_end_in_order() {
    for (form, named) in [("raw", "mail.log"), ("text", "mail.log"), ("jsonl", "mail.log"), ("text", "mail*")]
    {
        let mut scene = Scene::new();
        scene.named = named;
        assert_eq!(scene.run(form, 3, "TERM").0, to(1..=3), "{form}");
        scene.write(2);
        fs::rename(scene.log(), scene.folder.path().join("mail.log.1")).unwrap();
        scene.write(4);
        let (seen, said) = scene.run(form, 6, "TERM");
        assert_eq!((seen, said.as_str()), (to(4..=9), ""), "{form}");
    }
}

#[test]
fn a_run_that_was_killed_is_told_of_and_the_next_goes_on() {
    let mut scene = Scene::new();
    // A line that is read after another was kept shows that the first was.
    let mut child = scene.follow("raw").spawn().unwrap();
    let mut out = BufReader::new(child.stdout.take().unwrap());
    let mut line = String::new();
    for _ in 0..3 {
        out.read_line(&mut line).unwrap();
    }
    scene.write(1);
    out.read_line(&mut line).unwrap();
    child.kill().unwrap();
    said(&mut child);
    scene.write(2);
    let (seen, said) = scene.run("raw", 2, "TERM");
    assert_eq!(seen[seen.len() - 2..], [5, 6]);
    assert!(!seen.contains(&3), "kept before line 4 was printed: {seen:?}");
    assert!(said.contains("did not end in order"), "{said}");
}

#[test]
fn where_no_place_can_be_kept_nothing_is_printed() {
    let scene = Scene::new();
    let mut first = scene.follow("raw").spawn().unwrap();
    let mut line = String::new();
    BufReader::new(first.stdout.take().unwrap()).read_line(&mut line).unwrap();
    let (code, words) = failed(&scene.follow("raw").output().unwrap());
    assert_eq!(code, Some(1));
    assert!(words.contains("another process"), "{words}");
    first.kill().unwrap();
    said(&mut first);

    let kept = scene.state().join("follow.json");
    for (text, told) in [("{\"version\":", "damaged"), ("{\"version\":99}", "newer")] {
        fs::write(&kept, text).unwrap();
        let (code, words) = failed(&scene.follow("text").output().unwrap());
        assert_eq!(code, Some(1));
        assert!(words.contains(told), "{words}");
        assert_eq!(fs::read_to_string(&kept).unwrap(), text, "left as it is");
    }

    let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
    command.args(["follow", "--format", "text", "--state"]).arg(scene.state());
    let (code, words) = failed(&command.arg("-").stdin(Stdio::null()).output().unwrap());
    assert_eq!(code, Some(2));
    assert!(words.contains("name the logs"), "{words}");
    assert!(Path::new(&kept).exists());
}

/// A record of a journal's export, as `journalctl -o export` writes it.
fn record(number: usize) -> String {
    let line = LINE.replace('#', &format!("{number:06}"));
    let message = line.split_once(": ").unwrap().1.trim_end();
    format!(
        "__CURSOR=s={number}\n__REALTIME_TIMESTAMP=17637196030000{number:02}\n_HOSTNAME=mx1\n\
         SYSLOG_IDENTIFIER=postfix/smtp\n_PID=2\nMESSAGE={message}\n\n"
    )
}

#[test]
fn a_record_of_a_journal_that_a_stop_cuts_comes_whole_in_the_next_run() {
    for named in ["mail.log", "mail*"] {
        let folder = tempfile::tempdir().unwrap();
        let scene = Scene { folder, written: 0, named };
        let mut log = fs::File::create(scene.log()).unwrap();
        let mut write = |bytes: &str| log.write_all(bytes.as_bytes()).unwrap();
        // Behind the first fields, in the middle of the message, before the blank line that ends the record.
        let cuts = [30, record(1).find("status=").unwrap(), record(1).len() - 1];
        for (cut, number) in cuts.into_iter().zip((1..).step_by(3)) {
            write(&record(number));
            write(&record(number + 1)[..cut]);
            let (seen, said) = scene.run("text", 1, "TERM");
            assert_eq!(seen, [number], "{named} {cut} {said}");
            write(&record(number + 1)[cut..]);
            write(&record(number + 2));
            let (seen, said) = scene.run("text", 2, "TERM");
            assert_eq!(seen, [number + 1, number + 2], "{named} {cut} {said}");
        }
    }
}
