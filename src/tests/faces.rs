//! The faces without a screen: their JSON as a promise, their behaviour on bad input.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Write;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

/// Two deliveries, a rejection with its sender, a deferral, and one line of everything that is
/// counted apart.
const LOG: &str = "\
2026-11-21T10:00:00.000000+00:00 mx1 postfix/qmgr[1]: 4XA1Qb0LrDz1: from=<news@brand.example>, size=9, nrcpt=1 (queue active)
2026-11-21T10:00:01.000000+00:00 mx1 postfix/smtp[2]: 4XA1Qb0LrDz1: to=<a@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.27]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (250 2.0.0 OK  1795 az9-v6 - gsmtp)
2026-11-21T10:00:01.000000+00:00 mx1 postfix/qmgr[1]: 4XA1Qb0LrDz1: removed
2026-11-21T10:00:02.000000+00:00 mx1 postfix/qmgr[1]: 4XA2Qb0LrDz2: from=<news@brand.example>, size=9, nrcpt=1 (queue active)
2026-11-21T10:00:03.000000+00:00 mx1 postfix-out2/smtp[2]: 4XA2Qb0LrDz2: to=<b@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.27]:25, delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced (host gmail-smtp-in.l.google.com[192.0.2.27] said: 550-5.7.1 [198.51.100.7] Our system has detected that this message is likely 550-5.7.1 suspicious due to the very low reputation of the sending 550 5.7.1 IP address. z15-20020aa7957f000000b006b91c22e985si9837215pfk.8 - gsmtp (in reply to end of DATA command))
2026-11-21T10:00:04.000000+00:00 mx1 postfix/smtp[2]: 4XA3Qb0LrDz3: to=<c@example.org>, relay=mx.example.org[192.0.2.28]:25, delay=1, delays=0/0/0/1, dsn=4.2.0, status=deferred (host mx.example.org[192.0.2.28] said: 450 4.2.0 <c@example.org>: Recipient address rejected: Greylisted (in reply to RCPT TO command))
2026-11-21T10:00:05.000000+00:00 mx1 postfix/smtp[2]: 4XA4Qb0LrDz4: host mx.example.org[192.0.2.28] refused to talk to me: 421 busy
2026-11-21T10:00:06.000000+00:00 mx1 postfix/error[2]: 4XA5Qb0LrDz5: to=<d@example.org>, relay=none, delay=1, delays=0/0/0/1, dsn=4.0.0, status=deferred (delivery temporarily suspended: host mx.example.org[192.0.2.28] refused to talk to me: 421 busy)
2026-11-21T10:00:07.000000+00:00 mx1 postfix/qmgr[1]: 4XA6Qb0LrDz6: from=<news@brand.example>, status=expired, returned to sender
2026-11-21T10:00:08.000000+00:00 mx1 postfix/local[2]: 4XA7Qb0LrDz7: to=<root@mx1>, relay=local, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent (delivered to mailbox)
2026-11-21T10:00:09.000000+00:00 mx1 postfix/smtp[2]: 4XA8Qb0LrDz8: to=<e@example.org>, relay=mx.example.org[192.0.2.28]:25, dsn=2.1.5, status=undeliverable (host mx.example.org[192.0.2.28] said: 550 no)
2026-11-21T10:00:10.000000+00:00 mx1 postfix/smtp[2]: 4XA9Qb0LrDz9: to=<f@example.org>, relay=mx.exam
2026-11-21T10:00:11.000000+00:00 mx1 postfix/smtpd[2]: NOQUEUE: reject: RCPT from x[192.0.2.1]: 550 5.1.1 <g@x>: no; to=<g@x>
";

fn fivefifty(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
    command.args(arguments).env("TZ", "UTC").stdin(Stdio::null());
    command
}

fn run(arguments: &[&str]) -> Output {
    fivefifty(arguments).output().unwrap()
}

/// Runs with `input` on standard input.
fn piped(arguments: &[&str], input: &[u8]) -> Output {
    let mut command = fivefifty(arguments);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input).unwrap();
    child.wait_with_output().unwrap()
}

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{}", err(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn the_reports_json_is_a_promise() {
    insta::assert_snapshot!("report_json", out(&piped(&["report", "--format", "json", "-"], LOG.as_bytes())));
}

#[test]
fn the_reports_text_and_markdown_say_what_the_overview_says() {
    insta::assert_snapshot!("report_text", out(&piped(&["report", "-"], LOG.as_bytes())));
    insta::assert_snapshot!("report_md", out(&piped(&["report", "--format", "md", "-"], LOG.as_bytes())));
}

#[test]
fn explain_answers_every_line_in_order_whatever_its_form() {
    let input = concat!(
        "550 5.1.1 <x@example.org>: Recipient address rejected: User unknown\n",
        "\n",
        "{\"reply\":\"550 5.7.26 This mail has been blocked because the sender is unauthenticated.\",\"relay\":\"gmail-smtp-in.l.google.com\"}\n",
        "Nov 21 10:00:00 mx postfix/smtp[1]: AB12CD34: to=<a@hotmail.com>, relay=hotmail-com.olc.protection.outlook.com[192.0.2.9]:25, dsn=5.7.1, status=bounced (host hotmail-com.olc.protection.outlook.com[192.0.2.9] said: 550 5.7.1 Unfortunately, messages from [198.51.100.7] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140). (in reply to MAIL FROM command))\n",
        "550-5.7.1 [198.51.100.7] Our system has detected that this message is likely 550 5.7.1 unsolicited mail. - gsmtp\n",
        "connect to mx.example.org[192.0.2.1]:25: Connection timed out\n",
        "not a reply at all",
    );
    let text = out(&piped(&["explain", "--format", "jsonl"], input.as_bytes()));
    assert_eq!(text.lines().count(), 7);
    insta::assert_snapshot!("explain_jsonl", text);
    insta::assert_snapshot!(
        "explain_text",
        out(&run(&["explain", "550 5.7.1 rejected", "--relay", "mx1.example.org"]))
    );
    let lists: String = ["zen.spamhaus.org", "dnsbl.sorbs.net", "bl.unheard-of.example"]
        .map(|list| {
            out(&run(&["explain", &format!("554 5.7.1 Client host [192.0.2.1] blocked using {list}")]))
        })
        .concat();
    let lists: String = lists.lines().filter(|line| line.starts_with("  LIST")).collect();
    assert_eq!(
        lists,
        "  LIST     Spamhaus ZEN (spamhaus-zen), of Spamhaus, removal: https://check.spamhaus.org/  \
         LIST     SORBS (closed in June 2024) (sorbs), of Proofpoint, removal: no page known  \
         LIST     bl.unheard-of.example, as the text names it"
    );
}

/// Lines whose fault is the sender's, or that are no answer to a recipient at all.
#[test]
fn explain_never_gives_an_address_up_for_what_is_not_its_fault() {
    let lines = [
        "dsn=5.7.1, stat=User unknown",
        "to=<b@example.org>, mailer=esmtp, relay=mx.example.org. [192.0.2.9], dsn=5.7.1, stat=User unknown",
        "Nov 21 10:00:00 aix mail:info sendmail[1]: 4ALA00aB001234: to=<b@example.org>, mailer=esmtp, relay=mx.example.org. [192.0.2.9], dsn=5.7.1, stat=User unknown",
        "b,2026-11-21 10:00:01-0500,x,n@example.com,c@example.org,,failed,5.1.1 (bad destination mailbox address),,mx.example.org (192.0.2.9),bad-mailbox,smtp",
        "Nov 21 10:00:00 mx sm-mta[1]: 4ALA00aB001234: to=<b@example.org>, mailer=relay, pri=1, relay=relay.example.net., dsn=5.1.2, stat=Host unknown (Name server: relay.example.net.: host not found)",
        "Nov 21 10:00:00 mx postfix/smtp[1]: 1A2B3C4D5E: to=<m@example.org>, relay=mx[192.0.2.1]:25, dsn=5.1.8, status=bounced (host mx[192.0.2.1] said: 554 5.1.8 <n@example.com>: Domain not found (in reply to RCPT TO command))",
        "Nov 21 10:00:00 mx postfix/virtual[9]: 1A2B3C4D5E: to=<u@example.com>, relay=virtual, dsn=5.1.1, status=bounced (unknown user: \"u@example.com\")",
        "Nov 21 10:00:00 mx postfix/smtpd[1]: NOQUEUE: reject: RCPT from unknown[192.0.2.1]: 550 5.1.1 <x@example.com>: User unknown; from=<a@b> to=<x@example.com>",
        "Nov 21 10:00:00 mx postfix/smtp[1]: 1A2B3C4D5E: to=<m@example.org>, relay=mx[192.0.2.1]:25, dsn=5.1.1, status=bounced (host mx[192.0.2.1] said: 550 5.1.1 <n@example.com>: Sender address rejected: undeliverable address: host mail.example.com[192.0.2.7] said: 550 5.1.1 <n@example.com>: Recipient address rejected: User unknown (in reply to RCPT TO command) (in reply to RCPT TO command))",
    ];
    for (line, answer) in
        lines.iter().zip(out(&piped(&["explain", "--format", "jsonl"], lines.join("\n").as_bytes())).lines())
    {
        let answer: Value = serde_json::from_str(answer).unwrap();
        assert_eq!(answer["action"], "investigate", "{line}");
    }
}

#[test]
fn follow_prints_rejections_and_raw_prints_bytes() {
    let text = out(&piped(&["follow", "-"], LOG.as_bytes()));
    assert_eq!(text.lines().count(), 1, "{text}");
    assert!(text.contains("gmail 550 ip_reputation → investigate"), "{text}");
    let json: Value =
        serde_json::from_str(&out(&piped(&["follow", "--format", "jsonl", "-"], LOG.as_bytes()))).unwrap();
    assert_eq!(
        (&json["schema"], &json["code"], &json["provider"]),
        (&1.into(), &550.into(), &"gmail".into())
    );
    assert_eq!((&json["sender"], &json["source"]), (&"news@brand.example".into(), &"postfix-out2".into()));
}

#[test]
fn raw_is_byte_for_byte_and_ends_on_a_signal() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("mail.log");
    let bytes = b"one\xff\x1b[2J\0\r\ntwo\nhalf";
    fs::write(&log, bytes).unwrap();
    let mut command = fivefifty(&["follow", "--format", "raw", log.to_str().unwrap()]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::null()).spawn().unwrap();
    let mut from = child.stdout.take().unwrap();
    let mut first = [0; 15];
    std::io::Read::read_exact(&mut from, &mut first).unwrap();
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
    let mut rest = Vec::new();
    std::io::Read::read_to_end(&mut from, &mut rest).unwrap();
    assert!(child.wait().unwrap().success());
    assert_eq!([&first[..], &rest].concat(), [&bytes[..], b"\n"].concat());
}

#[test]
fn since_until_and_window_narrow_what_is_counted() {
    let attempts = |arguments: &[&str]| {
        let arguments: Vec<&str> =
            ["report", "--format", "json", "-"].iter().chain(arguments).copied().collect();
        let report: Value = serde_json::from_str(&out(&piped(&arguments, LOG.as_bytes()))).unwrap();
        (report["totals"]["attempts"].as_u64().unwrap(), report["lines"]["outside"].as_u64().unwrap())
    };
    assert_eq!(attempts(&[]), (3, 0));
    assert_eq!(attempts(&["--since", "2026-11-21T10:00:03Z"]), (2, 1));
    assert_eq!(attempts(&["--until", "2026-11-21T10:00:03Z"]), (1, 2));
    assert_eq!(attempts(&["--window", "1m"]), (3, 0));
}

#[test]
fn a_windows_file_with_crlf_and_a_byte_order_mark_reads_the_same() {
    let dressed = format!("\u{feff}{}", LOG.replace('\n', "\r\n"));
    let read = |log: &str| -> Value {
        serde_json::from_str(&out(&piped(&["report", "--format", "json", "-"], log.as_bytes()))).unwrap()
    };
    assert_eq!(read(&dressed)["cells"], read(LOG)["cells"]);
}

#[test]
fn a_log_in_several_files_is_read_in_the_order_of_time() {
    let folder = tempfile::tempdir().unwrap();
    let (old, new) = (folder.path().join("mail.log.1"), folder.path().join("mail.log"));
    let lines: Vec<&str> = LOG.lines().collect();
    fs::write(&old, lines[..4].join("\n") + "\n").unwrap();
    fs::write(&new, lines[4..].join("\n") + "\n").unwrap();
    let text = out(&run(&[
        "report",
        "--no-redact",
        "--format",
        "json",
        new.to_str().unwrap(),
        old.to_str().unwrap(),
    ]));
    let report: Value = serde_json::from_str(&text).unwrap();
    assert_eq!(report["totals"]["attempts"], 3);
    let sample = report["sample"].as_array().unwrap();
    assert!(
        sample.iter().any(|one| one["sender"] == "news@brand.example"),
        "joined across the files: {text}"
    );
}

/// What bad input gets: the exit code, and words that must be in the one message.
#[test]
fn bad_input_gets_one_clear_sentence_and_a_fitting_exit_code() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name).to_str().unwrap().to_owned();
    fs::write(path("secret.log"), LOG).unwrap();
    fs::set_permissions(path("secret.log"), fs::Permissions::from_mode(0o000)).unwrap();
    let is_root = fs::read(path("secret.log")).is_ok();
    let (missing, nothing, empty) = (path("missing.log"), path("*.nothing"), path("empty"));
    fs::create_dir(&empty).unwrap();
    let cases: [(&[&str], i32, &[&str]); 8] = [
        (&["report", &missing], 1, &["missing.log", "no such file"]),
        (&["report", &empty], 2, &["is a folder", "no log in it", "name the log files"]),
        (&["report", &nothing], 2, &["matches no file"]),
        (&["report", "--frmat", "json"], 2, &["--frmat", "--format"]),
        (&["report", "--since", "yesterday", "-"], 2, &["yesterday", "2h"]),
        (&["demo", "--scenario", "nonsense"], 2, &["nonsense", "gmail-reputation"]),
        (&["report", "--window", "7m", "-"], 2, &["7m", "15m"]),
        (&["demo", "--speed", "0"], 2, &["0.1 and 1000"]),
    ];
    for (arguments, code, words) in cases {
        let output = run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", err(&output));
        assert!(output.stdout.is_empty(), "{arguments:?}");
        for word in words {
            assert!(err(&output).contains(word), "{arguments:?}: {}", err(&output));
        }
    }
    if !is_root {
        let output = run(&["report", &path("secret.log")]);
        assert_eq!(output.status.code(), Some(1));
        assert!(err(&output).contains("adm"), "{}", err(&output));
    }
}

#[test]
fn odd_files_are_read_for_what_they_are_and_nothing_is_lost() {
    let report = |bytes: &[u8]| -> Value {
        serde_json::from_str(&out(&piped(&["report", "--format", "json", "-"], bytes))).unwrap()
    };
    let empty = report(b"");
    assert_eq!((&empty["lines"]["read"], &empty["totals"]["attempts"]), (&0.into(), &0.into()));
    let binary: Vec<u8> = (0..200_000u32).map(|at| (at.wrapping_mul(2_654_435_761) >> 13) as u8).collect();
    assert_eq!(report(&binary)["totals"]["attempts"], 0);
    let other = report(b"Nov 21 10:00:00 host sshd[1]: Accepted publickey for root\n");
    assert_eq!((&other["lines"]["read"], &other["lines"]["no_interest"]), (&1.into(), &1.into()));
    let text = out(&piped(&["report", "-"], b"Nov 21 10:00:00 host sshd[1]: x\n"));
    assert!(text.contains("No delivery attempt was found"), "{text}");
    let half = report(LOG.trim_end().rsplit_once("4XA9").unwrap().0.trim_end().as_bytes());
    assert_eq!(half["totals"]["attempts"], 3);
    let mut long = LOG.as_bytes().to_vec();
    long.extend(std::iter::repeat_n(b'x', 3_000_000));
    long.extend(b"\n");
    long.extend(LOG.as_bytes());
    assert_eq!(report(&long)["totals"]["attempts"], 6);
}

#[test]
fn one_stamp_from_the_future_empties_no_window_and_two_are_a_clock() {
    let line = |stamp: &str| {
        format!(
            "{stamp} mx1 postfix/smtp[2]: 4XA9Qb0LrDz9: to=<x@gmail.com>, relay=none, delay=1, dsn=4.4.1, status=deferred (connect to gmail-smtp-in.l.google.com[192.0.2.27]:25: Connection timed out)\n"
        )
    };
    let report = |log: String| -> Value {
        let output = piped(&["report", "--format", "json", "--window", "5m", "-"], log.as_bytes());
        serde_json::from_str(&out(&output)).unwrap()
    };
    let alone = report(line("2098-01-01T00:00:00Z") + LOG);
    assert_eq!((&alone["totals"]["attempts"], &alone["lines"]["future"]), (&3.into(), &1.into()));
    let ahead = report((0..9).map(|second| line(&format!("2098-01-01T00:00:0{second}Z"))).collect());
    assert_eq!((&ahead["totals"]["attempts"], &ahead["lines"]["future"]), (&8.into(), &1.into()));
}

#[test]
fn a_file_that_cannot_be_read_does_not_take_the_others_with_it() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("mail.log");
    fs::write(&log, LOG).unwrap();
    let missing = folder.path().join("missing.log");
    let output = run(&["report", "--format", "json", log.to_str().unwrap(), missing.to_str().unwrap()]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("missing.log: there is no such file"), "{}", err(&output));
    let report: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(report["totals"]["attempts"], 3);
}

#[test]
fn help_says_what_there_is() {
    insta::assert_snapshot!("help", out(&run(&["--help"])));
    for face in ["demo", "report", "follow", "explain", "trace"] {
        assert!(out(&run(&[face, "--help"])).contains("Usage: fivefifty"), "{face}");
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let mut command = fivefifty(&["report", "-"]);
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    child.stdin.take().unwrap().write_all(LOG.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && err(&output).is_empty(), "{}", err(&output));
}

/// The counts that a real Postfix's log was recorded with stand beside it.
#[test]
fn the_fixtures_are_where_the_tests_look_for_them() {
    assert!(Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/postfix/loopback.log").exists());
}

#[test]
fn a_report_of_nothing_says_why_and_what_next() {
    let folder = tempfile::tempdir().unwrap();
    let log = |name: &str, text: &[u8]| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    for (path, arguments, want) in [
        (log("empty", b""), &[][..], "empty, so there is nothing to report"),
        (log("binary", b"\x7fELF\0\xff\n\x01\x1b[2J"), &[], "does not look like text"),
        (
            log("cron", b"Nov 21 10:00:00 mx cron[1]: (root) CMD (x)\n"),
            &[],
            "no MTA is known to write lines like",
        ),
        (log("mail", LOG.as_bytes()), &["--until", "2020-01-01"], "outside --since and --until"),
    ] {
        let output = run(&[&["report", path.as_str()], arguments].concat());
        assert!(output.status.success());
        assert!(err(&output).contains(want), "{}", err(&output));
        assert!((1..=6).contains(&err(&output).lines().count()), "{}", err(&output));
    }
}

#[test]
fn follow_says_what_it_waits_for() {
    let folder = tempfile::tempdir().unwrap();
    let missing = folder.path().join("mail.log");
    for format in ["text", "jsonl", "raw"] {
        let mut command = fivefifty(&["follow", "--format", format, missing.to_str().unwrap()]);
        let mut child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        let mut said = String::new();
        let mut err = std::io::BufReader::new(child.stderr.take().unwrap());
        std::io::BufRead::read_line(&mut err, &mut said).unwrap();
        assert!(said.contains("mail.log: not there yet"), "{said}");
        child.kill().unwrap();
        child.wait().unwrap();
    }
}

#[test]
fn options_after_a_reply_are_options() {
    let output =
        run(&["explain", "550 5.1.1 no such user", "--format", "jsonl", "--relay", "mx1.comcast.net"]);
    let json: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!((&json["code"], &json["provider"]), (&550.into(), &"comcast".into()));
}

/// Two files of one message, and one that has nothing to do with it.
fn traced_files() -> (tempfile::TempDir, [String; 2]) {
    let folder = tempfile::tempdir().unwrap();
    let lines: Vec<&str> = LOG.lines().collect();
    let path = |name: &str, lines: &[&str]| {
        let path = folder.path().join(name);
        fs::write(&path, lines.join("\n") + "\n").unwrap();
        path.to_str().unwrap().to_owned()
    };
    let bounce = "2026-11-21T10:00:03.500000+00:00 mx1 postfix/bounce[9]: 4XA2Qb0LrDz2: sender non-delivery notification: 4XBBQb0LrDzB";
    let new = path("mail log", &[&lines[4..], &[bounce]].concat());
    let old = path("mail log.1", &lines[..4]);
    (folder, [new, old])
}

#[test]
fn a_trace_prints_every_line_of_one_id_in_the_order_of_time() {
    let (_folder, [new, old]) = traced_files();
    let text = out(&run(&["trace", "4XA2Qb0LrDz2:", &new, &old]));
    let lines: Vec<&str> = text.lines().collect();
    let of = LOG.lines().filter(|line| line.contains(" 4XA2Qb0LrDz2:")).count();
    assert_eq!(lines.len(), of + 1 + 3, "{text}");
    assert!(lines[..=of].iter().all(|line| line.contains(": 2026-11-21T") && line.contains("4XA2Qb0LrDz2")));
    assert!(lines[of].contains("sender non-delivery"), "the last in time, the first file named: {text}");
    assert_eq!(lines[of + 2], "See also");
    assert_eq!(lines[of + 3], format!("  its bounce: fivefifty trace 4XBBQb0LrDzB '{new}' '{old}'"));
    let one = out(&run(&["trace", "4XA2Qb0LrDz2", &old]));
    assert!(one.lines().all(|line| line.starts_with("2026-11-21T")), "one file needs no name: {one}");
}

#[test]
fn a_traces_json_says_where_each_line_stands_and_what_it_means() {
    let (_folder, [new, old]) = traced_files();
    let text = out(&run(&["trace", "--format", "jsonl", "4XA2Qb0LrDz2", &new, &old]));
    let rows: Vec<Value> = text.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    assert!(rows.iter().all(|row| row["schema"] == 1 && row["line"].as_u64() > Some(0)));
    let attempt = rows.iter().find(|row| row["outcome"] == "rejected").unwrap();
    assert_eq!((&attempt["code"], &attempt["category"]), (&550.into(), &"ip_reputation".into()));
    assert_eq!((&attempt["action"], &attempt["file"]), (&"investigate".into(), &new.as_str().into()));
    assert!(rows.iter().any(|row| row["names"][0]["id"] == "4XBBQb0LrDzB"));
    assert!(rows.iter().any(|row| row.get("outcome").is_none() && row["file"] == old.as_str()));
}

#[test]
fn a_trace_of_nothing_says_what_was_searched_and_exits_with_one() {
    let (_folder, [new, old]) = traced_files();
    let output = run(&["trace", "4XZZZZ0LrDz2", &new, &old]);
    assert_eq!((output.status.code(), output.stdout.is_empty()), (Some(1), true));
    for word in ["4XZZZZ0LrDz2 stands in none of 14 lines", &new, &old, "Name those files too"] {
        assert!(err(&output).contains(word), "{}", err(&output));
    }
    let output = run(&["trace", "4XA2Qb0LrDz2", &old, "/no/such/file"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        !output.stdout.is_empty() && err(&output).contains("without /no/such/file: there is no such file")
    );
    let output = run(&["trace", "4XA2Qb0LrDz2", "/no/such/file"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("was not looked for: /no/such/file"), "{}", err(&output));
    assert_eq!(run(&["trace", "a b", &old]).status.code(), Some(2));
    assert!(err(&run(&["trace", "153", &old])).contains("qmail"));
    let piped = piped(&["trace", "4XA2Qb0LrDz2", "-"], LOG.as_bytes());
    assert_eq!(out(&piped).lines().count(), LOG.matches(" 4XA2Qb0LrDz2:").count());
}

#[test]
fn one_file_of_no_known_kind_among_others_is_told_in_every_form() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let known = path("mail.log", LOG);
    let strange = path("appliance.csv", "20261121;10:00:00;OUT;a@x.example\u{1b}[2J;REFUSED\n");
    for (format, words) in [
        ("text", &["of no known kind", "its first:", "--log-format", "line 12: no status="][..]),
        ("md", &["## Files", "of no known kind: ` 20261121;10:00:00;OUT"]),
        ("json", &["\"strange\": [", "\"unparsed\": 1", "\"hosts\": ["]),
    ] {
        let output = run(&["report", "--format", format, &known, &strange]);
        let text = out(&output);
        for word in words {
            assert!(text.contains(word), "{format}: {word}: {text}");
        }
        assert!(!text.contains('\u{1b}'));
        let err = err(&output);
        assert!(err.contains("appliance.csv: no MTA is known") && err.contains("--log-format"), "{err}");
        assert!(!err.contains("mail.log: no MTA"));
    }
    let output = piped(&["follow", "-"], b"20261121;10:00:00;OUT;a@x.example;REFUSED\n");
    assert!(err(&output).contains("--log-format"), "{}", err(&output));
}

#[test]
fn a_command_with_a_slip_is_no_log_to_wait_for() {
    let output = run(&["repot"]);
    assert_eq!(output.status.code(), Some(2));
    assert!(err(&output).contains("did you mean `report`?"), "{}", err(&output));
    assert!(err(&output).contains("./repot"), "{}", err(&output));
    // What is named by its path is waited for; here there is no terminal to do it on.
    assert!(err(&run(&["./repot"])).contains("the console needs a terminal"));
}
