//! `explain` on bounces, SMTP sessions and headers: each file of `fixtures/bounces`, `fixtures/sessions`
//! and `fixtures/authentication` is answered as the JSON of the same name says, from a path and from a
//! pipe; and what cannot be explained fails with a sentence.
//!
//! The JSON is an array with an object for each line of the answer, in order; it names the fields that
//! are compared.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn explain(arguments: &[&str], input: Option<&[u8]>) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
    command.arg("explain").args(arguments).env("TZ", "UTC").stdout(Stdio::piped()).stderr(Stdio::piped());
    command.stdin(if input.is_some() { Stdio::piped() } else { Stdio::null() });
    let mut child = command.spawn().unwrap();
    if let Some(input) = input {
        let (mut pipe, input) = (child.stdin.take().unwrap(), input.to_vec());
        // Beside the reading, since answers fill their pipe too; and it may have stopped reading.
        std::thread::spawn(move || drop(pipe.write_all(&input)));
    }
    child.wait_with_output().unwrap()
}

fn jsonl(output: &Output) -> Vec<Value> {
    assert!(output.status.success(), "{}", err(output));
    let text = std::str::from_utf8(&output.stdout).unwrap();
    text.lines().map(|line| serde_json::from_str(line).unwrap()).collect()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// Pasted texts, each beside its JSON.
fn fixtures() -> Vec<PathBuf> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let mut found = Vec::new();
    for folder in ["bounces", "sessions", "authentication"] {
        let files = fs::read_dir(root.join(folder)).unwrap().map(|entry| entry.unwrap().path());
        found.extend(files.filter(|path| path.extension().is_some_and(|end| end != "json")));
    }
    found.sort();
    found
}

#[test]
fn every_fixture_is_explained_as_expected() {
    let mut wrong = Vec::new();
    let fixtures = fixtures();
    assert!(fixtures.len() > 20, "the fixtures were not found");
    for path in fixtures {
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        let expected = fs::read(path.with_extension("json")).expect(&name);
        let expected: Vec<Value> = serde_json::from_slice(&expected).expect(&name);
        let told = jsonl(&explain(&["--format", "jsonl", path.to_str().unwrap()], None));
        if told.len() != expected.len() {
            wrong.push(format!("{name}: {} answers, {} expected", told.len(), expected.len()));
        }
        for (told, expected) in told.iter().zip(&expected) {
            for (field, want) in expected.as_object().unwrap() {
                if told[field] != *want {
                    wrong.push(format!("{name}: {field}: expected {want}, told {}", told[field]));
                }
            }
        }
        let piped = jsonl(&explain(&["--format", "jsonl"], Some(&fs::read(&path).unwrap())));
        if piped != told {
            wrong.push(format!("{name}: a pipe is answered otherwise than a path"));
        }
        let text = explain(&[path.to_str().unwrap()], None);
        if !text.status.success() || text.stdout.contains(&0x1b) {
            wrong.push(format!("{name}: as text: {}", err(&text)));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn the_text_says_what_the_object_says() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let text = |name: &str| {
        let output = explain(&[root.join(name).to_str().unwrap()], None);
        String::from_utf8(output.stdout).unwrap()
    };
    insta::assert_snapshot!("explain_delayed", text("bounces/delayed.eml"));
    insta::assert_snapshot!("explain_session", text("sessions/swaks.txt"));
    insta::assert_snapshot!("explain_authentication", text("authentication/unaligned.txt"));
}

#[test]
fn a_delayed_bounce_never_suppresses() {
    for reply in ["550 5.1.1 User unknown", "550 No such user here", "554 5.2.1 Mailbox disabled"] {
        let bounce = |action: &str| {
            let text = format!(
                "Reporting-MTA: dns; a.example\n\nFinal-Recipient: rfc822; a@b.example\nAction: {action}\nStatus: 5.1.1\nDiagnostic-Code: smtp; {reply}\n"
            );
            jsonl(&explain(&["--format", "jsonl"], Some(text.as_bytes()))).remove(0)
        };
        assert_ne!(bounce("delayed")["action"], "suppress", "{reply}");
        assert_eq!(bounce("relayed")["action"], Value::Null, "{reply}");
        assert_eq!(bounce("delayed")["code"], bounce("failed")["code"], "{reply}");
    }
}

#[test]
fn the_form_can_be_said() {
    let one = b"Diagnostic-Code: smtp; 550 5.1.1 User unknown";
    let told = jsonl(&explain(&["--format", "jsonl"], Some(one)));
    assert_eq!((told.len(), &told[0]["kind"]), (1, &Value::Null), "one line is a reply");
    let session = b"MAIL FROM:<a@b.example>\n550 no\n";
    assert_eq!(jsonl(&explain(&["--format", "jsonl"], Some(session)))[0]["stage"], "mail");
    assert_eq!(jsonl(&explain(&["--as", "reply", "--format", "jsonl"], Some(session))).len(), 2);
    let amid = b"some words\nAuthentication-Results: mx.example; spf=softfail\nmore";
    assert_eq!(
        jsonl(&explain(&["--as", "headers", "--format", "jsonl"], Some(amid)))[0]["server"],
        "mx.example"
    );
    let inline = ">> MAIL FROM:<a@b.example> << 550 no";
    assert_eq!(jsonl(&explain(&["--format", "jsonl", inline], None))[0]["kind"], "transcript");
    let both = explain(&["--format", "jsonl", "550 no", "-"], Some(session));
    assert_eq!(jsonl(&both).len(), 2, "an argument, then standard input");
}

#[test]
fn a_file_is_told_from_a_reply() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("550 replies");
    fs::write(&path, "550 5.1.1 no\n550 5.7.1 no\n").unwrap();
    let told = jsonl(&explain(&["--format", "jsonl", path.to_str().unwrap()], None));
    assert_eq!(told.len(), 2, "a file of replies, one a line");
    let told = jsonl(&explain(&["--as", "reply", "--format", "jsonl", path.to_str().unwrap()], None));
    assert_eq!(told.len(), 1, "the name itself");
    let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
    command.args(["explain", "--format", "jsonl", "550 replies"]).current_dir(folder.path());
    assert_eq!(jsonl(&command.output().unwrap()).len(), 1, "what begins with a code is a reply");
    let missing = explain(&["no-such-bounce.eml"], None);
    assert_eq!(missing.status.code(), Some(1));
    assert!(err(&missing).contains("no-such-bounce.eml: there is no such file"), "{}", err(&missing));
    let folder = explain(&[folder.path().to_str().unwrap()], None);
    assert_eq!(folder.status.code(), Some(1));
    assert!(err(&folder).contains("it is a folder"), "{}", err(&folder));
}

#[test]
fn what_cannot_be_explained_fails_with_a_sentence() {
    for (arguments, input, words) in [
        (&[][..], &b""[..], "empty"),
        (&["--as", "message"], b"", "empty"),
        (&["--as", "message"], b"hello", "it is no bounce"),
        (&["--as", "message"], b"\0\xff\0\xff", "it is no bounce"),
        (&["--as", "headers"], b"hello", "no Authentication-Results"),
        (&[], b"From: a@b.example\nSubject: lunch\n\nAt noon?\n", "it is no bounce"),
        (&[], b"From: a@b.example\nContent-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/feedback-report\n\nA: b\n--x--\n", "complaint"),
    ] {
        let output = explain(arguments, Some(input));
        let said = err(&output);
        assert_eq!(output.status.code(), Some(1), "{said}");
        assert!(said.contains(words) && said.lines().count() == 1, "{words}: {said}");
        assert!(output.stdout.is_empty());
    }
    let folder = tempfile::tempdir().unwrap();
    let core = folder.path().join("core");
    fs::write(&core, b"\x7fELF\0\0\0\n550").unwrap();
    let output = explain(&[core.to_str().unwrap()], None);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("NUL"), "{}", err(&output));
    let fine = explain(&["--as", "transcript"], Some(b"EHLO x\n250 y\n"));
    assert!(
        fine.status.success() && err(&fine).contains("no reply in it refuses anything"),
        "{}",
        err(&fine)
    );
}

#[test]
fn what_is_cut_or_too_long_is_read_as_far_as_it_goes_and_told() {
    let cut = b"From: MAILER-DAEMON@a.example\nContent-Type: multipart/report; boundary=x\n\n--x\nContent-Type: message/delivery-status\nContent-Transfer-Encoding: base64\n\nRmluYWwtUmVjaXBpZW50OiByZmM4MjI7IGFAYi5leGFtcGxlCkFjdGlvbjogZmFpbGVkC";
    let output = explain(&["--format", "jsonl"], Some(cut));
    assert_eq!(jsonl(&output)[0]["recipient"], "a@b.example");
    assert!(err(&output).contains("base64 is damaged or cut"), "{}", err(&output));
    let mut long = b"From: MAILER-DAEMON@a.example\nSubject: x\n\n<a@b.example>: 550 5.1.1 no\n\n".to_vec();
    long.extend(b"x".repeat(200).into_iter().chain(*b"\n").cycle().take(6 << 20));
    let output = explain(&["--format", "jsonl"], Some(&long));
    assert_eq!(jsonl(&output).len(), 1);
    assert!(err(&output).contains("only its first 4 MiB were read"), "{}", err(&output));
}

#[test]
fn replies_are_read_to_their_end_however_many() {
    // More than is read of anything else.
    let reply = format!("550 5.1.1 <a@b.example>: User unknown{}\n", " x".repeat(4_000));
    let replies = reply.repeat(600);
    let output = explain(&["--format", "jsonl"], Some(replies.as_bytes()));
    assert_eq!(output.stdout.iter().filter(|byte| **byte == b'\n').count(), 600);
}

#[test]
fn hostile_bytes_reach_no_terminal() {
    let bounce =
        b"From: MAILER-DAEMON@a.example\nSubject: x\n\n<a\x1b]0;x\x07@b.example>: 550 5.1.1 \x1b[2J no\n";
    let headers = b"Authentication-Results: mx\x1b[2J; spf=fail\x1b[0m smtp.mailfrom=\x1b[31m (\x9b2J)\n";
    let session = b"S: 220 \x1b[2J.example\nC: MAIL FROM:<\x1b[2J@x>\nS: 550 \x1b[2J no\n";
    for text in [&bounce[..], headers, session] {
        for format in ["text", "jsonl"] {
            let output = explain(&["--format", format], Some(text));
            assert!(!output.stdout.is_empty(), "{}", err(&output));
            assert!(output.stdout.iter().chain(&output.stderr).all(|byte| *byte == b'\n' || *byte >= 0x20));
        }
    }
}
