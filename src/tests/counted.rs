//! `report --state`: one report after the other counts each line once.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use flate2::Compression;
use flate2::write::GzEncoder;
use serde_json::Value;

/// A rejection; `#` is its number.
const LINE: &str = "2026-11-21T10:00:03.000000+00:00 mx1 postfix/smtp[2]: 4XA#Qb0LrDz2: to=<b@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.27]:25, delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced (host gmail-smtp-in.l.google.com[192.0.2.27] said: 550 5.7.1 # no)\n";

struct Scene {
    folder: tempfile::TempDir,
    written: u64,
    /// What is read: the log, or it among others.
    named: &'static str,
}

/// The log, a pattern and a folder that it is in.
const NAMED: [&str; 3] = ["mail.log", "mail.log*", "."];

impl Scene {
    fn new() -> Self {
        Self::reading(NAMED[0])
    }

    fn reading(named: &'static str) -> Self {
        Self { folder: tempfile::tempdir().unwrap(), written: 0, named }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn write(&mut self, lines: u64) {
        let mut log = OpenOptions::new().append(true).create(true).open(self.path("mail.log")).unwrap();
        let mut text = String::new();
        for _ in 0..lines {
            self.written += 1;
            text += &LINE.replace('#', &format!("{:06}", self.written));
        }
        log.write_all(text.as_bytes()).unwrap();
    }

    /// As logrotate does with `compress` and `delaycompress`.
    fn rotate(&self) {
        let older = self.path("mail.log.1");
        if let Ok(bytes) = fs::read(&older) {
            for number in (2..9).rev() {
                let _there_may_be_none = fs::rename(
                    self.path(&format!("mail.log.{number}.gz")),
                    self.path(&format!("mail.log.{}.gz", number + 1)),
                );
            }
            let mut packed =
                GzEncoder::new(File::create(self.path("mail.log.2.gz")).unwrap(), Compression::fast());
            packed.write_all(&bytes).unwrap();
            packed.finish().unwrap();
        }
        fs::rename(self.path("mail.log"), older).unwrap();
    }

    fn command(&self) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
        command.args(["report", "--state"]).arg(self.path("state"));
        command.arg(self.path(self.named)).env_remove("XDG_CONFIG_HOME").env_remove("HOME");
        command.stdin(Stdio::null()).stderr(Stdio::piped()).stdout(Stdio::piped());
        command
    }

    fn run(&self) -> Output {
        self.command().args(["--format", "json"]).output().unwrap()
    }

    /// Attempts that the next report tells, and those of all reports together.
    fn report(&self) -> (u64, u64) {
        let output = self.run();
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let json: Value = serde_json::from_slice(&output.stdout).unwrap();
        let together = &json["together"];
        let of_codes: u64 =
            together["replies"].as_array().unwrap().iter().map(|one| one["count"].as_u64().unwrap()).sum();
        let all = together["totals"]["attempts"].as_u64().unwrap();
        assert_eq!((of_codes, together["lines"].as_u64().unwrap()), (all, all), "every line is a rejection");
        (json["totals"]["attempts"].as_u64().unwrap(), all)
    }
}

fn said(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn what_came_since_is_counted_once_through_rotations() {
    NAMED.into_iter().for_each(counted_once);
}

fn counted_once(named: &'static str) {
    let mut scene = Scene::reading(named);
    scene.write(300);
    assert_eq!(scene.report(), (300, 300));
    assert_eq!(scene.report(), (0, 300), "nothing came");
    scene.write(50);
    for _ in 0..3 {
        scene.rotate();
        scene.write(20);
    }
    assert_eq!(scene.report(), (110, 410));
    // Copied and truncated, then longer than what was read of it.
    fs::copy(scene.path("mail.log"), scene.path("mail.log.copy")).unwrap();
    File::options().write(true).open(scene.path("mail.log")).unwrap().set_len(0).unwrap();
    scene.write(200);
    assert_eq!(scene.report(), (200, 610), "{named}");
}

#[test]
fn files_that_come_later_are_counted_from_their_beginning_and_those_that_go_are_forgotten() {
    let mut scene = Scene::reading(".");
    for number in 0..20 {
        scene.write(10);
        fs::rename(scene.path("mail.log"), scene.path(&format!("acct-{number:02}"))).unwrap();
    }
    assert_eq!(scene.report(), (200, 200));
    let kept = || fs::read_to_string(scene.path("state/report.json")).unwrap().matches("\"log\"").count();
    assert_eq!(kept(), 20);
    (0..15).for_each(|number| fs::remove_file(scene.path(&format!("acct-{number:02}"))).unwrap());
    assert_eq!(scene.report(), (0, 200));
    assert_eq!(kept(), 5);
    // An inode that is free is given to the next file.
    let mut scene = scene;
    for number in 20..40 {
        scene.write(10);
        fs::rename(scene.path("mail.log"), scene.path(&format!("acct-{number}"))).unwrap();
    }
    scene.write(3);
    assert_eq!(scene.report(), (203, 403));
    assert_eq!(scene.report(), (0, 403));
}

#[test]
fn a_report_that_is_killed_counts_nothing_twice() {
    NAMED.into_iter().for_each(counted_once_though_killed);
}

fn counted_once_though_killed(named: &'static str) {
    let mut scene = Scene::reading(named);
    scene.write(400);
    let begun = Instant::now();
    scene.report();
    // From before it has read anything to after its end, however fast this machine is.
    let step = begun.elapsed() / 8;
    let mut killed = 0;
    for turn in 0..24 {
        scene.write(400);
        if turn % 5 == 2 {
            scene.rotate();
            scene.write(1);
        }
        let mut child = scene.command().stdout(Stdio::null()).spawn().unwrap();
        std::thread::sleep(step * (turn % 12));
        let _may_have_ended = child.kill();
        killed += u64::from(child.wait().unwrap().code().is_none());
    }
    let (_, all) = scene.report();
    assert_eq!(all, scene.written, "{named}");
    assert!(killed > 0, "none was killed while it ran");
}

#[test]
fn a_report_that_nobody_got_is_made_again() {
    let mut scene = Scene::new();
    scene.write(10);
    let full = OpenOptions::new().write(true).open("/dev/full").unwrap();
    let output = scene.command().stdout(full).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert_eq!(scene.report(), (10, 10));
}

#[test]
fn what_cannot_be_kept_is_said() {
    let mut scene = Scene::new();
    scene.write(10);
    let output = Command::new(env!("CARGO_BIN_EXE_fivefifty"))
        .args(["report", "--state"])
        .arg(scene.path("state"))
        .arg("-")
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert_eq!(output.status.code(), Some(2), "{}", said(&output));
    assert!(said(&output).contains("name the logs"), "{}", said(&output));
    assert_eq!(scene.report(), (10, 10));
    let kept = scene.path("state").join("report.json");
    let text = fs::read_to_string(&kept).unwrap();
    fs::write(&kept, text.replace("\"totals\"", "\"tallies\"")).unwrap();
    let output = scene.run();
    assert_eq!(output.status.code(), Some(1));
    assert!(said(&output).contains("damaged"), "{}", said(&output));
    fs::write(&kept, text).unwrap();
    scene.write(5);
    assert_eq!(scene.report(), (5, 15));
}

#[test]
fn a_log_that_is_not_there_is_told_and_the_others_are_counted() {
    let mut scene = Scene::new();
    scene.write(10);
    let gone = scene.path("gone.log");
    let output = scene.command().arg(&gone).output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{}", said(&output));
    assert!(said(&output).contains("gone.log"), "{}", said(&output));
    assert_eq!(scene.report(), (0, 10), "what was told is kept");
}

#[test]
fn what_was_known_to_be_there_and_is_gone_is_told_with_file_size_and_time() {
    for named in ["mail.log", "mail*"] {
        let mut scene = Scene::reading(named);
        scene.write(10);
        scene.report();
        // As if the run before had seen more than it came to read.
        let kept = scene.path("state").join("report.json");
        let mut json: Value = serde_json::from_str(&fs::read_to_string(&kept).unwrap()).unwrap();
        let size = &mut json["places"][0]["at"]["size"];
        *size = (size.as_u64().unwrap() + 1_000).into();
        fs::write(&kept, json.to_string()).unwrap();
        let told = |form: &str| {
            fs::write(&kept, json.to_string()).unwrap();
            let output = scene.command().args(["--format", form]).output().unwrap();
            (String::from_utf8(output.stdout.clone()).unwrap(), said(&output))
        };
        fs::remove_file(scene.path("mail.log")).unwrap();
        fs::write(scene.path("mail.log"), LINE.replace('#', "another")).unwrap();
        for form in ["text", "md"] {
            let (report, said) = told(form);
            let report = report.split_whitespace().collect::<Vec<_>>().join(" ");
            assert!(report.contains("5 lost (1,000 bytes, seen at 20"), "{named} {report}");
            assert!(report.contains("1000 bytes were truncated away before they could be read"), "{report}");
            assert!(said.contains("mail.log: 1000 bytes were truncated away"), "{named} {said}");
        }
        let json: Value = serde_json::from_str(&told("json").0).unwrap();
        assert_eq!((&json["files"][0]["gone"]["bytes"], &json["lines"]["lost"]), (&1_000.into(), &5.into()));
        assert!(json["files"][0]["gone"]["at"].as_str().unwrap().starts_with("20"));
    }
}
