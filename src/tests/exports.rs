//! What is handed to others: incident report, dossier, hold; masked, whole or not at all, and honest
//! about what there is not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod program;

use std::fmt::Write as _;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::process::Stdio;

use assert_cmd::Command;
use serde_json::Value;
use tempfile::TempDir;

/// Seconds of calm, and of the incident after it.
const CALM: u64 = 700;
const BAD: u64 = 200;

/// What a Gmail server says of an IP.
const REPUTATION: &str = "550-5.7.1 [192.0.2.7      19] Gmail has detected that this message is likely \
    suspicious due to the very low reputation of the sending IP address. To best protect our users from spam, \
    the message has been blocked. For more information, go to https://support.google.com/mail/answer/188131 \
    a1-20020a170902ee4200b001 - gsmtp";

/// A recipient's local part: unlike any word.
fn local(n: u64) -> String {
    format!("zqx{n:05}")
}

/// Half an hour at three providers; then Gmail refuses two of five for the IP's reputation.
fn log() -> String {
    let mut log = String::new();
    for n in 0..2 * (CALM + BAD) {
        let (second, user) = (n / 2, local(n));
        let (domain, relay) = match n % 4 {
            0 | 1 => ("gmail.com", "gmail-smtp-in.l.google.com[198.51.100.27]"),
            2 => ("hotmail.com", "hotmail-com.olc.protection.outlook.com[198.51.100.28]"),
            _ => ("yahoo.com", "mta5.am0.yahoodns.net[198.51.100.29]"),
        };
        let at = format!(
            "2026-11-21T{:02}:{:02}:{:02}.{}00+00:00 mta1 postfix",
            14 + second / 3600,
            second / 60 % 60,
            second % 60,
            n % 2 * 5
        );
        let id = format!("4Xz{n:06}zz");
        let said = if domain == "gmail.com" && second >= CALM && n * 7 % 20 < 8 {
            format!(
                "dsn=5.7.1, status=bounced (host {relay} said: {REPUTATION} (in reply to end of DATA command))"
            )
        } else if n % 397 == 5 {
            format!(
                "dsn=5.1.1, status=bounced (host {relay} said: 550 5.1.1 <{user}@{domain}>: Recipient address rejected: User {user} unknown (in reply to RCPT TO command))"
            )
        } else {
            "dsn=2.0.0, status=sent (250 2.0.0 OK)".to_owned()
        };
        let _ = writeln!(
            log,
            "{at}/qmgr[1]: {id}: from=<bounce-{n}-{user}={domain}@news.example.org>, size=9, nrcpt=1 (queue active)"
        );
        let _ = writeln!(
            log,
            "{at}/smtp[2]: {id}: to=<{user}@{domain}>, relay={relay}:25, delay=1, delays=0/0/0/1, {said}"
        );
    }
    log
}

/// A folder with the log in it.
fn folder() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mail.log"), log()).unwrap();
    fs::write(
        folder.path().join("calm.log"),
        log().lines().take(1_000).collect::<Vec<_>>().join("\n") + "\n",
    )
    .unwrap();
    folder
}

fn fivefifty(folder: &Path, arguments: &[&str]) -> Command {
    Command::from_std(program::fivefifty(folder, arguments))
}

fn out(folder: &Path, arguments: &[&str]) -> String {
    let done = fivefifty(folder, arguments).assert().success();
    String::from_utf8(done.get_output().stdout.clone()).unwrap()
}

/// What standard error says of a run that ends with `code`.
fn fails(folder: &Path, code: i32, arguments: &[&str]) -> String {
    let done = fivefifty(folder, arguments).assert().code(code).stdout("");
    String::from_utf8(done.get_output().stderr.clone()).unwrap()
}

#[test]
fn each_document_reads_as_it_did() {
    let folder = folder();
    let documents: [(&str, &[&str]); 6] = [
        ("incident_md", &["export", "incident", "mail.log"]),
        ("incident_text", &["export", "incident", "--format", "text", "mail.log"]),
        ("dossier_gmail", &["export", "dossier", "--for", "gmail", "mail.log"]),
        ("hold_postfix", &["export", "hold", "--provider", "gmail", "mail.log"]),
        ("hold_exim", &["export", "hold", "--provider", "gmail", "--mta", "exim"]),
        ("incidents", &["export", "incident", "--list", "mail.log"]),
    ];
    for (name, arguments) in documents {
        insta::assert_snapshot!(name, out(folder.path(), arguments));
    }
}

#[test]
fn the_report_and_the_incidents_own_say_the_same_of_it() {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents");
    for (log, is_over) in [
        ("recovery/acct.csv.gz", true),
        ("list-quality/kumomta.jsonl.gz", false),
        ("small-sender/mail.log.gz", false),
    ] {
        let log = fixtures.join(log);
        let log = log.to_str().unwrap();
        let folder = tempfile::tempdir().unwrap();
        let told = |arguments: &[&str]| -> Value {
            serde_json::from_str(&out(folder.path(), &[arguments, &["--format", "json", log]].concat()))
                .unwrap()
        };
        let (report, own) = (told(&["report"]), told(&["export", "incident"]));
        for field in ["verdict", "do", "dont", "missing", "tree", "confidence"] {
            assert_eq!(report["diagnosis"][field], own["diagnosis"][field], "{log}: {field}");
        }
        let verdict = report["diagnosis"]["verdict"].as_str().unwrap();
        assert_eq!(verdict.starts_with("The incident is over"), is_over, "{log}: {verdict}");
    }
}

#[test]
fn the_incidents_json_is_a_promise() {
    let folder = folder();
    let text = out(folder.path(), &["export", "incident", "--format", "json", "mail.log"]);
    let json: Value = serde_json::from_str(&text).unwrap();
    assert_eq!((json["schema"].as_u64(), json["document"].as_str()), (Some(1), Some("incident")));
    assert_eq!(json["redacted"], true);
    assert_eq!(json["incident"]["provider"], "gmail");
    assert_eq!(json["incident"]["category"], "ip_reputation");
    assert_eq!(json["providers"], serde_json::json!(["Gmail"]));
    assert!(json["summary"].as_str().unwrap().contains("Gmail"));
    assert!(json["diagnosis"]["do"].as_array().is_some_and(|todo| !todo.is_empty()));
    assert!(json["diagnosis"]["tree"].as_array().is_some_and(|tree| !tree.is_empty()));
    assert!(json["sample"].as_array().is_some_and(|sample| sample.len() == 25), "25 strings");
    for field in
        ["series", "signatures", "contrast", "timeline", "answers", "answered", "files", "lines", "now"]
    {
        assert!(!json[field].is_null(), "{field}");
    }
}

#[test]
fn no_local_part_leaves_but_where_it_is_asked_for() {
    let folder = folder();
    let documents: [&[&str]; 7] = [
        &["export", "incident", "mail.log"],
        &["export", "incident", "--format", "text", "mail.log"],
        &["export", "incident", "--format", "json", "mail.log"],
        &["export", "dossier", "--for", "gmail", "mail.log"],
        &["export", "dossier", "--for", "generic", "--provider", "yahoo", "mail.log"],
        &["export", "dossier", "--for", "generic", "--provider", "gmail", "mail.log"],
        &["export", "hold", "--provider", "microsoft-365", "--mta", "postfix", "--", "hosted.log"],
    ];
    let hosted = "2026-11-21T10:00:00.0+00:00 mta1 postfix/smtp[2]: 4XA1Qb0LrDz1: to=<zqx99@firm.example>, relay=firm-example.mail.protection.outlook.com[198.51.100.1]:25, delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced (host firm-example.mail.protection.outlook.com[198.51.100.1] said: 550 5.7.606 Access denied, banned sending IP [192.0.2.7] (in reply to RCPT TO command))\n";
    fs::write(folder.path().join("hosted.log"), hosted).unwrap();
    for arguments in documents {
        let text = out(folder.path(), arguments);
        assert!(!text.to_lowercase().contains("zqx"), "{arguments:?}: {text}");
        assert!(
            text.contains("gmail.com") || text.contains("yahoo") || text.contains("firm.example"),
            "domains stay: {text}"
        );
    }
    let kept = out(folder.path(), &["export", "incident", "--no-redact", "mail.log"]);
    assert!(kept.contains("zqx") && !kept.contains("‹user-"), "{kept}");
    let kept = out(folder.path(), &["export", "dossier", "--for", "gmail", "--no-redact", "mail.log"]);
    assert!(kept.contains("zqx"), "{kept}");
}

#[test]
fn a_dossier_has_what_logs_tell_and_asks_for_the_rest() {
    let folder = folder();
    let text = out(folder.path(), &["export", "dossier", "--for", "gmail", "mail.log"]);
    for told in [
        "192.0.2.7",
        "news.example.org",
        "very low reputation",
        "dig +short -x 192.0.2.7",
        "dig +short TXT news.example.org",
        "Do not file yet",
        "queue id 4Xz",
    ] {
        assert!(text.contains(told), "{told}: {text}");
    }
    assert!(text.contains("- [ ] what was wrong, what was fixed, since when"), "{text}");
    let microsoft = "2026-11-21T10:00:00.0+00:00 mta1 postfix/smtp[2]: 4XA1Qb0LrDz1: to=<a@REL>, relay=REL[198.51.100.1]:25, delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced (host REL[198.51.100.1] said: SAID (in reply to MAIL FROM command))\n";
    for (relay, said, door) in [
        (
            "hotmail-com.olc.protection.outlook.com",
            "550 5.7.1 Unfortunately, messages from [192.0.2.7] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3140).",
            "olcsupport.office.com",
        ),
        (
            "firm-example.mail.protection.outlook.com",
            "550 5.7.606 Access denied, banned sending IP [192.0.2.7]. To request removal from this list please visit https://sender.office.com/",
            "sender.office.com",
        ),
        (
            "firm-example.mail.protection.outlook.com",
            "550 5.7.511 Access denied, banned sender[192.0.2.7]. To request removal from this list please forward this message to delist@messaging.microsoft.com.",
            "mail to delist@messaging.microsoft.com",
        ),
    ] {
        fs::write(folder.path().join("m.log"), microsoft.replace("REL", relay).replace("SAID", said))
            .unwrap();
        let provider = if relay.starts_with("hotmail") { "microsoft-consumer" } else { "microsoft-365" };
        let text =
            out(folder.path(), &["export", "dossier", "--for", "microsoft", "--provider", provider, "m.log"]);
        let first = text.lines().find(|line| line.starts_with("- File it at")).unwrap_or_default();
        assert!(first.contains(door), "{said}: {first}");
    }
}

#[test]
fn what_there_is_not_is_said_with_what_there_is() {
    let folder = folder();
    let folder = folder.path();
    assert!(fails(folder, 1, &["export", "incident", "calm.log"]).contains("no incident"));
    assert_eq!(out(folder, &["export", "incident", "--list", "calm.log"]), "no incident\n");
    let told = fails(folder, 1, &["export", "incident", "--id", "yahoo-policy", "mail.log"]);
    assert!(told.contains("gmail-ip_reputation-20261121T14"), "{told}");
    let told = fails(folder, 1, &["export", "dossier", "--for", "apple", "mail.log"]);
    assert!(told.contains("gmail-ip_reputation-20261121T14"), "{told}");
    assert!(fails(folder, 2, &["export", "dossier", "--for", "lotus", "mail.log"]).contains("spamhaus"));
    let told = fails(folder, 1, &["export", "dossier", "--for", "apple", "--provider", "apple", "mail.log"]);
    assert!(told.contains("nothing was refused"), "{told}");
    assert!(
        fails(folder, 2, &["export", "hold", "--provider", "microsoft", "--mta", "exim"])
            .contains("microsoft-consumer")
    );
    assert!(
        fails(folder, 2, &["export", "hold", "--provider", "gmail", "--mta", "lotus"]).contains("kumomta")
    );
    assert!(fails(folder, 1, &["export", "incident", "absent.log"]).contains("absent.log"));
    fs::write(folder.join("empty.log"), "").unwrap();
    assert!(fails(folder, 1, &["export", "incident", "empty.log"]).contains("empty"));
    // The beginning of an id will do.
    assert!(
        out(folder, &["export", "incident", "--id", "gmail", "--format", "text", "mail.log"])
            .contains("Gmail")
    );
    // A domain of one's own choice can be held.
    assert!(
        out(folder, &["export", "hold", "--provider", "Firm.example", "--mta", "kumomta"])
            .contains("kcli suspend --domain firm.example ")
    );
}

#[test]
fn a_file_is_written_whole_or_not_at_all() {
    let folder = folder();
    let folder = folder.path();
    let written = folder.join("incident.md");
    assert_eq!(out(folder, &["export", "incident", "-o", "incident.md", "mail.log"]), "");
    let mode = fs::metadata(&written).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600, "for its owner only");
    assert!(fs::read_to_string(&written).unwrap().starts_with("# Incident"));

    fs::write(&written, "mine").unwrap();
    assert!(fails(folder, 1, &["export", "incident", "-o", "incident.md", "mail.log"]).contains("--force"));
    assert_eq!(fs::read_to_string(&written).unwrap(), "mine", "kept as it is");
    out(folder, &["export", "incident", "-o", "incident.md", "--force", "mail.log"]);
    assert!(fs::read_to_string(&written).unwrap().starts_with("# Incident"), "replaced");

    for (target, word) in [("absent/x.md", "absent/x.md"), (".", "plain file"), ("/dev/null", "plain file")] {
        let told = fails(folder, 1, &["export", "incident", "-o", target, "--force", "mail.log"]);
        assert!(told.contains(word), "{target}: {told}");
    }
    fails(folder, 1, &["export", "incident", "-o", "calm.md", "calm.log"]);
    let left: Vec<String> = fs::read_dir(folder)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .filter(|name| name.starts_with(".fivefifty") || name == "calm.md")
        .collect();
    assert_eq!(left, [] as [String; 0], "nothing is left of what failed");
    fails(folder, 2, &["export", "incident", "--force", "mail.log"]);
}

#[test]
fn a_reader_that_goes_away_is_no_failure() {
    let folder = folder();
    let mut child = std::process::Command::new(env!("CARGO_BIN_EXE_fivefifty"))
        .args(["export", "incident", "mail.log"])
        .current_dir(folder.path())
        .env("XDG_STATE_HOME", folder.path())
        .stdout(Stdio::piped())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    drop(child.stdout.take());
    assert!(child.wait().unwrap().success());
}

#[test]
fn what_the_operator_gave_is_in_the_report() {
    use fivefifty::model::{Answer, Category, Moment};
    use fivefifty::record::{Entry, Folder, Key, What};
    use fivefifty::text::Clean;

    let folder = folder();
    let state = Folder::at(folder.path().join("state/fivefifty"));
    let onset = Moment::from_seconds(1_795_270_300);
    let key = Key { scope: Clean::from("gmail"), category: Category::IpReputation, onset };
    let mut record = state.open(&key);
    let at = Moment::from_seconds(1_795_270_900);
    let who = Clean::from("anna@mta1");
    for what in [
        What::Answer { on: "N6.cause".into(), answer: Some(Answer::Yes) },
        What::Note {
            on: Some("N6.cause".into()),
            text: Clean::from("form of zqx00001@gmail.com was abused"),
        },
        What::Note { on: None, text: Clean::from("told the customer") },
        What::Probe {
            command: Clean::from("dig +short TXT news.example.org"),
            result: Clean::from("v=spf1 -all"),
        },
    ] {
        record.append(Entry { at, who: who.clone(), what }).unwrap();
    }
    let text = out(folder.path(), &["export", "incident", "mail.log"]);
    assert!(text.contains("told the customer") && text.contains("anna@mta1"), "{text}");
    assert!(text.contains("form of ‹user-") && !text.contains("zqx"), "notes are masked too: {text}");
    let text = out(folder.path(), &["export", "dossier", "--for", "gmail", "mail.log"]);
    assert!(text.contains("found and stopped") && text.contains("v=spf1 -all"), "{text}");
    assert!(!text.contains("Do not file yet") && !text.contains("zqx"), "{text}");
}

#[test]
fn an_export_stands_in_the_timeline_of_an_incident_that_has_a_record() {
    use fivefifty::model::{Category, Moment};
    use fivefifty::record::{Entry, Folder, Key, What};
    use fivefifty::text::Clean;

    let folder = folder();
    let state = Folder::at(folder.path().join("state/fivefifty"));
    let onset = Moment::from_seconds(1_795_270_300);
    let key = Key { scope: Clean::from("gmail"), category: Category::IpReputation, onset };
    out(folder.path(), &["export", "incident", "mail.log"]);
    assert!(state.kept().is_empty(), "nobody looked at it in a console, so there is no record");
    let mut record = state.open(&key);
    let note = What::Note { on: None, text: Clean::from("seen") };
    let entry = Entry { at: Moment::from_seconds(1_795_270_900), who: Clean::from("anna@mta1"), what: note };
    record.append(entry).unwrap();
    out(folder.path(), &["export", "incident", "-o", "it.md", "mail.log"]);
    out(folder.path(), &["export", "dossier", "--for", "gmail", "mail.log"]);
    record.refresh();
    let told: Vec<String> = record.entries().iter().map(|entry| format!("{:?}", entry.what)).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told[1].contains("Incident report") && told[1].contains("/it.md"), "{told:?}");
    assert!(told[2].contains("Dossier, gmail") && told[2].contains("standard output"), "{told:?}");
    let text = out(folder.path(), &["export", "incident", "mail.log"]);
    assert!(text.contains("Dossier, gmail: standard output"), "{text}");
}
