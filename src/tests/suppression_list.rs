//! The suppression list: never an address whose own fault it is not.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

mod replies;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::sync::LazyLock;
use std::sync::atomic::AtomicBool;

use assert_cmd::Command;
use fivefifty::engine::{Ask, Filter, Input, Setup, suppression};
use fivefifty::model::Action;

use replies::{lines, said};

const GONE: &str = "550 5.1.1 <{to}>: Recipient address rejected: User unknown";
const LISTED: &str = "554 5.7.1 Service unavailable; Client host [192.0.2.7] blocked using zen.spamhaus.org";
const FULL: &str = "452 4.2.2 The email account that you tried to reach is over quota";
const LATER: &str = "450 4.1.1 <{to}>: Recipient address rejected: User unknown";

/// One attempt at 10:00 and `minute`; without a reply it is delivered.
fn attempt(minute: u32, to: &str, reply: Option<&str>) -> String {
    let id = format!("4XA{minute:02}{:08X}", to.len() * 7919 + to.bytes().map(usize::from).sum::<usize>());
    let what = match reply {
        None => "dsn=2.0.0, status=sent (250 2.0.0 OK)".to_owned(),
        Some(reply) => {
            let status = if reply.starts_with('4') { "deferred" } else { "bounced" };
            let reply = reply.replace("{to}", to);
            format!(
                "dsn=5.0.0, status={status} (host mx.example.org[198.51.100.1] said: {reply} (in reply to RCPT TO command))"
            )
        }
    };
    format!(
        "2026-11-21T10:{minute:02}:00.000+00:00 mta1 postfix/qmgr[1]: {id}: from=<news@ours.example>, size=9, nrcpt=1 (queue active)\n\
         2026-11-21T10:{minute:02}:01.000+00:00 mta1 postfix/smtp[2]: {id}: to=<{to}>, relay=mx.example.org[198.51.100.1]:25, delay=1, delays=0/0/0/1, {what}\n"
    )
}

fn export(folder: &Path, arguments: &[&str]) -> (String, String) {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
    command.args(["export", "suppression"]).args(arguments).current_dir(folder).env("TZ", "UTC");
    let output = command.assert().success().get_output().clone();
    (String::from_utf8(output.stdout).unwrap(), String::from_utf8(output.stderr).unwrap())
}

/// The addresses that are listed of a log.
fn listed(log: &str, arguments: &[&str]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mail.log"), log).unwrap();
    let (list, _) = export(folder.path(), &[&["--format", "plain", "mail.log"], arguments].concat());
    list.lines().map(str::to_owned).collect()
}

#[test]
fn who_has_the_last_word_decides() {
    let log = [
        attempt(1, "gone@example.org", Some(GONE)),
        attempt(2, "gone@example.org", Some(GONE)),
        attempt(1, "back@example.org", Some(GONE)),
        attempt(2, "back@example.org", None),
        attempt(1, "was@example.org", None),
        attempt(2, "was@example.org", Some(GONE)),
        attempt(1, "blocked@example.org", Some(LISTED)),
        attempt(1, "first@example.org", Some(LISTED)),
        attempt(2, "first@example.org", Some(GONE)),
        attempt(1, "second@example.org", Some(GONE)),
        attempt(2, "second@example.org", Some(LISTED)),
        attempt(1, "full@example.org", Some(FULL)),
        attempt(1, "later@example.org", Some(LATER)),
        attempt(1, "Mixed@Example.ORG", Some(GONE)),
        attempt(2, "mixed@example.org", Some(GONE)),
        attempt(1, "flaps@example.org", Some(GONE)),
        attempt(2, "flaps@example.org", None),
        attempt(3, "flaps@example.org", Some(GONE)),
    ]
    .concat();
    assert_eq!(
        listed(&log, &[]),
        ["gone@example.org", "was@example.org", "first@example.org", "mixed@example.org"]
    );
    assert_eq!(
        listed(&log, &["--temporary"]),
        ["# retry later, do not suppress", "full@example.org", "later@example.org"]
    );
    // What came after the end counts for those who were delivered to, or told something else.
    assert_eq!(listed(&log, &["--until", "2026-11-21T10:02:00"]), ["gone@example.org", "Mixed@example.org"]);
}

#[test]
fn the_order_of_files_decides_nothing() {
    let folder = tempfile::tempdir().unwrap();
    let path = |name: &str| folder.path().join(name);
    fs::write(path("a.log"), attempt(1, "x@example.org", None) + &attempt(5, "back@example.org", None))
        .unwrap();
    fs::write(
        path("b.log"),
        attempt(2, "back@example.org", Some(GONE)) + &attempt(3, "gone@example.org", Some(GONE)),
    )
    .unwrap();
    for files in [["a.log", "b.log"], ["b.log", "a.log"]] {
        let (list, told) = export(folder.path(), &["--format", "plain", files[0], files[1]]);
        assert_eq!(list, "gone@example.org\n");
        assert!(told.contains("1 address took mail since"), "{told}");
    }
    let piped = fs::read(path("b.log")).unwrap();
    let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
    let done = command
        .args(["export", "suppression", "--format", "plain", "-"])
        .write_stdin(piped)
        .assert()
        .success();
    assert_eq!(done.get_output().stdout, b"back@example.org\ngone@example.org\n");
}

#[test]
fn a_reply_that_names_the_sender_lists_nobody() {
    let named = "550 5.1.1 <news@ours.example>: User unknown";
    assert_eq!(listed(&attempt(1, "a@example.org", Some(named)), &[]), [] as [&str; 0]);
    // Who sent it is not in this log: any other address may be the sender's.
    let lone = attempt(1, "a@example.org", Some(named)).lines().nth(1).unwrap().to_owned() + "\n";
    assert_eq!(listed(&lone, &[]), [] as [&str; 0]);
}

#[test]
fn what_is_left_out_is_said_with_its_reason() {
    let folder = tempfile::tempdir().unwrap();
    let mut log = String::new();
    for n in 0..12 {
        log += &attempt(n, &format!("b{n}@example.org"), Some(LISTED));
    }
    log += &attempt(20, "=cmd!a@example.org", Some(GONE));
    log += &attempt(21, "gone@example.org", Some("550 5.1.1 User unknown, \"sorry\""));
    log += &attempt(22, "not an address", Some(GONE));
    log += &attempt(23, "full@example.org", Some(FULL));
    fs::write(folder.path().join("mail.log"), log).unwrap();
    let (list, told) = export(folder.path(), &["mail.log"]);
    let rows: Vec<&str> = list.split("\r\n").collect();
    assert_eq!(rows.len(), 3, "header, one address, the end: {list}");
    assert!(rows[0].starts_with("address,action,provider,"), "{list}");
    assert!(
        rows[1].starts_with("gone@example.org,suppress,")
            && rows[1].contains("\"550 5.1.1 User unknown, \"\"sorry\"\"\""),
        "{list}"
    );
    assert!(
        told.contains("12 replies refused for blocklist: the fault is the sender's; not listed"),
        "{told}"
    );
    assert!(told.contains("mailbox full") && told.contains("--temporary"), "{told}");
    assert!(told.contains("1 address to suppress") && told.contains("see --format plain"), "{told}");
    let (list, _) = export(folder.path(), &["--format", "jsonl", "mail.log"]);
    for line in list.lines() {
        let row: serde_json::Value = serde_json::from_str(line).unwrap();
        assert_eq!((row["schema"].as_u64(), row["action"].as_str()), (Some(1), Some("suppress")));
        for field in [
            "address", "provider", "category", "code", "reply", "first", "last", "count", "rule", "source",
            "month",
        ] {
            assert!(!row[field].is_null(), "{field}");
        }
    }
    assert_eq!(list.lines().count(), 2);
}

#[test]
fn nothing_to_list_is_an_empty_list() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("mail.log"), attempt(1, "a@example.org", None)).unwrap();
    let (list, told) = export(folder.path(), &["--format", "plain", "mail.log"]);
    assert_eq!((list.as_str(), told.contains("0 addresses to suppress")), ("", true));
    assert!(export(folder.path(), &["mail.log"]).0.starts_with("address,"));
}

/// Every line of the list of a log with these replies, one recipient each: address and reply.
fn list_of(replies: &[String], temporary: bool) -> Vec<(String, String, Action)> {
    let mut log = String::new();
    for (n, reply) in replies.iter().enumerate() {
        let reply: String = reply.chars().filter(|c| !c.is_control()).collect();
        let (at, id) =
            (format!("2026-11-21T10:{:02}:{:02}.000+00:00", n / 60 % 60, n % 60), format!("4XA{n:09}"));
        let _ = writeln!(
            log,
            "{at} mta1 postfix/qmgr[1]: {id}: from=<news@ours.example>, size=9, nrcpt=1 (queue active)"
        );
        let _ = writeln!(
            log,
            "{at} mta1 postfix/smtp[2]: {id}: to=<r{n}@example.org>, relay=mx.example.org[198.51.100.1]:25, delay=1, delays=0/0/0/1, dsn=5.0.0, status=bounced (host mx.example.org[198.51.100.1] said: {reply} (in reply to RCPT TO command))"
        );
    }
    let file = tempfile::NamedTempFile::new().unwrap();
    fs::write(file.path(), log).unwrap();
    let mut list = Vec::new();
    let ask = Ask { temporary, limit: Ask::MOST };
    static SETUP: LazyLock<Setup> = LazyLock::new(|| {
        let mut setup = Setup::embedded().unwrap();
        setup.read_as("postfix").unwrap();
        setup
    });
    let inputs = vec![Input::File(file.path().to_owned())];
    let mut told = |one: &fivefifty::engine::Suppressed<'_>| {
        list.push((one.address.to_owned(), one.reply.to_string(), one.verdict.action));
        Ok(())
    };
    suppression(
        inputs,
        &SETUP,
        (ask, &Filter::default()),
        &AtomicBool::new(false),
        &mut told,
        &mut |_, _| {},
    )
    .unwrap();
    list
}

fn of_tables() -> Vec<String> {
    let tables = [
        include_str!("../../fixtures/replies/never.tsv"),
        include_str!("../../fixtures/replies/seeds.tsv"),
        include_str!("../../fixtures/replies/codes.tsv"),
        include_str!("../../fixtures/replies/nothing.tsv"),
        include_str!("../../fixtures/replies/address.tsv"),
    ];
    let mut replies: Vec<String> = tables
        .into_iter()
        .flat_map(lines)
        .filter_map(|row| row.split('\t').next().map(str::to_owned))
        .collect();
    let signatures = lines(include_str!("../../fixtures/replies/signatures.tsv"));
    replies.extend(signatures.filter_map(|row| row.split('\t').nth(1).map(str::to_owned)));
    replies
}

#[test]
fn of_all_known_replies_only_those_that_suppress_are_listed() {
    let replies = of_tables();
    let list = list_of(&replies, false);
    assert!(list.len() > 50, "{}", list.len());
    for (address, reply, action) in &list {
        assert_eq!(*action, Action::Suppress, "{address}: {reply}");
    }
    let never: Vec<String> = lines(include_str!("../../fixtures/replies/never.tsv"))
        .filter_map(|row| row.split('\t').next().map(str::to_owned))
        .collect();
    assert_eq!(list_of(&never, false), []);
    // The other list has none that are given up.
    let later = list_of(&replies, true);
    assert!(later.iter().all(|(_, _, action)| *action == Action::Retry) && !later.is_empty());
    assert!(list.iter().all(|(address, ..)| !later.iter().any(|(other, ..)| other == address)));
}

proptest::proptest! {
    #![proptest_config(proptest::prelude::ProptestConfig { cases: 24, failure_persistence: None, ..Default::default() })]

    /// Codes, words of blame and noise in any mixture: what is listed is what alone suppresses.
    #[test]
    fn no_reply_whose_action_is_not_suppress_is_ever_listed(
        mixed in proptest::collection::vec(
            (
                proptest::sample::select(&["550 5.1.1 ", "550 5.7.1 ", "550 ", "450 4.1.1 ", "554 ", "552 5.2.2 ", "421 ", "550 5.2.1 ", ""][..]),
                proptest::sample::select(&["User unknown", "mailbox disabled", "blocked using zen.spamhaus.org", "spam", "SPF fail", "mailbox full", "", "sender unknown", "too many connections"][..]),
                proptest::sample::select(&["", "; ", " because "][..]),
                "[ -~]{0,20}",
            ),
            40,
        ),
    ) {
        let replies: Vec<String> = mixed.iter().map(|(code, words, between, noise)| format!("{code}{words}{between}{noise}")).collect();
        for (address, reply, action) in list_of(&replies, false) {
            proptest::prop_assert_eq!(action, Action::Suppress, "{}: {}", &address, &reply);
            proptest::prop_assert_eq!(said(&reply).1, Action::Suppress, "{}: {}", &address, &reply);
            proptest::prop_assert!(reply.starts_with('5'), "{}", reply);
        }
    }
}
