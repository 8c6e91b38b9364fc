//! Packed, cut and damaged logs on the command line: what can be read is read, what cannot is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "bad_input/names.rs"]
mod names;
mod program;

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};
use serde_json::Value;

/// A log of one refused attempt a second.
fn log(seconds: std::ops::Range<u32>) -> Vec<u8> {
    let line = |second: u32| {
        let (hour, minute, rest) = (second / 3_600, second / 60 % 60, second % 60);
        format!(
            "2026-11-21T{hour:02}:{minute:02}:{rest:02}+00:00 mx1 postfix/smtp[2]: {second:06X}F: to=<b@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.27]:25, delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced (host gmail-smtp-in.l.google.com[192.0.2.27] said: 550 5.7.1 no (in reply to end of DATA command))\n"
        )
    };
    seconds.map(line).collect::<String>().into_bytes()
}

struct Scene(tempfile::TempDir);

impl Scene {
    fn new() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn file(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.0.path().join(name);
        fs::write(&path, bytes).unwrap();
        path
    }
}

fn fivefifty(arguments: &[&str], path: &Path) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
    command.args(arguments).arg(path).env("TZ", "UTC").stdin(Stdio::null());
    command.output().unwrap()
}

/// The report on a file, and what was said beside it.
fn report(path: &Path, more: &[&str]) -> (Value, String) {
    let arguments: Vec<&str> = ["report", "--format", "json"].iter().chain(more).copied().collect();
    let output = fivefifty(&arguments, path);
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    assert!(output.status.success(), "{said}");
    (serde_json::from_slice(&output.stdout).unwrap(), said)
}

fn attempts(report: &Value) -> u64 {
    report["totals"]["attempts"].as_u64().unwrap()
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(bytes).unwrap();
    encoder.finish().unwrap()
}

fn zstd(bytes: &[u8]) -> Vec<u8> {
    compress_to_vec(bytes, CompressionLevel::Fastest)
}

fn utf16(text: &[u8]) -> Vec<u8> {
    let text = String::from_utf8_lossy(text).replace('\n', "\r\n");
    std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn a_log_reads_the_same_whatever_it_is_packed_in() {
    let scene = Scene::new();
    let plain = log(0..500);
    let (mut want, _) = report(&scene.file("mail.log", &plain), &[]);
    want["files"] = Value::Null;
    for bytes in [gzip(&plain), zstd(&plain), utf16(&plain)] {
        let (mut got, said) = report(&scene.file("packed", &bytes), &[]);
        got["files"] = Value::Null;
        assert_eq!(got, want);
        assert_eq!(said, "");
    }
}

#[test]
fn a_cut_archive_is_read_to_the_cut_and_both_the_report_and_stderr_say_so() {
    let scene = Scene::new();
    for (packed, words) in
        [(gzip(&log(0..20_000)), "ends inside gzip"), (zstd(&log(0..20_000)), "zstd frame")]
    {
        let path = scene.file("cut", &packed[..packed.len() * 2 / 3]);
        let (got, said) = report(&path, &[]);
        assert!((5_000..20_000).contains(&attempts(&got)), "{}", attempts(&got));
        assert_eq!(got["lines"]["unparsed"], 0, "half a line is no line");
        let notes = got["files"][0]["notes"].to_string();
        assert!(notes.contains(words) && said.contains(words), "{notes} {said}");
        let text = fivefifty(&["report"], &path);
        assert!(String::from_utf8_lossy(&text.stdout).contains(words));
    }
}

#[test]
fn rubbish_nuls_long_lines_and_mixed_line_ends_cost_no_other_line() {
    let scene = Scene::new();
    let crlf = String::from_utf8(log(0..100)).unwrap().replace('\n', "\r\n").into_bytes();
    let bytes = [
        b"\xEF\xBB\xBF".to_vec(),
        log(0..100),
        vec![0; 300_000],
        crlf,
        vec![b'x'; 10_000_000],
        b"\n".to_vec(),
        log(200..300),
    ]
    .concat();
    for (name, bytes) in [("plain", bytes.clone()), ("packed", [gzip(&bytes), b"rubbish".to_vec()].concat())]
    {
        let (got, said) = report(&scene.file(name, &bytes), &[]);
        assert_eq!(attempts(&got), 300, "{name}");
        assert!(said.contains("300000 NUL bytes from byte"), "{said}");
        assert!(said.contains("a line of 10000001 bytes"), "{said}");
        assert_eq!(said.contains("7 bytes behind the gzip data"), name == "packed", "{said}");
    }
}

#[test]
fn a_binary_file_is_said_to_be_none() {
    let scene = Scene::new();
    let bytes: Vec<u8> = (0..50_000u32).map(|n| (n.wrapping_mul(2_654_435_761) >> 13) as u8 | 1).collect();
    let output = fivefifty(&["report"], &scene.file("core", &bytes));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.contains("does not look like text"), "{said}");
    assert!(!said.contains("no MTA is known"), "and its bytes are not shown: {said}");
}

#[test]
fn what_is_not_read_fails_with_the_command_that_helps() {
    let scene = Scene::new();
    let output = fivefifty(&["report"], &scene.file("mail.log.2.bz2", b"BZh91AY&SY and so on"));
    let said = String::from_utf8_lossy(&output.stderr);
    assert_eq!(output.status.code(), Some(1));
    assert!(said.contains("compressed with bzip2") && said.contains("bzcat /"), "{said}");
}

#[test]
fn since_passes_over_what_is_older_and_counts_what_is_not() {
    let scene = Scene::new();
    let path = scene.file("mail.log", &log(20_000..50_000));
    let (whole, _) = report(&path, &[]);
    let (got, _) = report(&path, &["--since", "2026-11-21T12:00:00Z"]);
    assert_eq!((attempts(&whole), attempts(&got)), (30_000, 50_000 - 43_200));
    let skipped = got["files"][0]["skipped_bytes"].as_u64().unwrap();
    assert!(skipped > 5_000_000, "{skipped}");
    assert!(got["lines"]["outside"].as_u64().unwrap() < 3_000, "read a little earlier than asked");
    assert_eq!(whole["files"][0]["skipped_bytes"], 0);
    let (packed, _) =
        report(&scene.file("packed", &gzip(&log(20_000..50_000))), &["--since", "2026-11-21T12:00:00Z"]);
    assert_eq!((attempts(&packed), &packed["files"][0]["skipped_bytes"]), (attempts(&got), &0.into()));
}
