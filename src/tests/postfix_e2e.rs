//! A real Postfix delivers to a scripted SMTP sink; the report on its log must agree exactly with
//! what the sink says it answered, folded to recipients.
//!
//! Needs root and the packages `postfix` and `dnsmasq-base`, so it runs only where
//! `FIVEFIFTY_E2E=1` asks for it, as `.ci/run` does. `FIVEFIFTY_E2E_KEEP=DIR` keeps the log.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod postfix;

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::{self, BufRead, BufReader, Write};
use std::net::TcpStream;
use std::path::Path;
use std::process::Command;

use postfix::fold::{Expected, Key, Message};
use postfix::names::{Names, mx_address};
use postfix::script::{At, DESTINATIONS, REFUSED, UNKNOWN};
use postfix::server::{INBOUND, Postfix, SENDER_DOMAIN};
use postfix::sink::{Ledger, listen};

#[test]
fn the_report_on_a_real_postfix_log_is_what_the_servers_answered() {
    if std::env::var_os("FIVEFIFTY_E2E").is_none_or(|asked| asked != "1") {
        let note =
            "postfix_e2e: SKIPPED: starts a real Postfix as root; set FIVEFIFTY_E2E=1 (.ci/run does)\n";
        // Straight to stderr: the harness hides what a passing test prints.
        io::stderr().write_all(note.as_bytes()).unwrap();
        return;
    }
    let dir = tempfile::Builder::new().prefix("ff-e2e-").tempdir().unwrap();
    let ledger = Ledger::default();
    let hosts =
        DESTINATIONS.iter().flat_map(|destination| destination.mx.iter().map(move |mx| (mx, destination)));
    for (index, (mx, destination)) in hosts.enumerate() {
        listen(&mx_address(index), mx, destination, &ledger).expect("port 25 on a loopback address");
    }
    let _names = Names::start(dir.path()).unwrap();
    let postfix = Postfix::start(dir.path()).unwrap();

    let messages = messages();
    for (sender, message) in &messages {
        postfix.send(sender, &message.recipients).unwrap();
        if message.number % 20 == 0 {
            knock();
        }
    }
    let mut open: Vec<Message> = messages.into_iter().map(|(_, message)| message).collect();
    let sent = open.iter().map(|message| message.recipients.len()).sum::<usize>();
    let mut expected = Expected::default();
    let mut answered = 0;
    for round in 1..=2 {
        if round > 1 {
            postfix.flush().unwrap();
        }
        postfix.settle().unwrap();
        let records = ledger.take();
        answered += records.len();
        open = expected.add_round(&open, &records);
    }
    postfix.stop().unwrap();
    if let Some(keep) = std::env::var_os("FIVEFIFTY_E2E_KEEP") {
        fs::copy(postfix.log(), Path::new(&keep).join("postfix-e2e.log")).unwrap();
        fs::write(Path::new(&keep).join("postfix-e2e.expected.txt"), format!("{expected:#?}")).unwrap();
    }
    assert!(sent > 300 && answered > 300, "only {sent} recipients and {answered} answers");
    assert!(expected.suspended > 0 && expected.non_final > 0, "the script must make Postfix skip and go on");

    let report = report(postfix.log());
    let mut differences = differences(&expected.cells, &cells(&report));
    let lines = &report["lines"];
    for (name, told, want) in [
        ("suspended", &lines["suspended"], expected.suspended),
        ("non_final", &lines["non_final"], expected.non_final),
        ("unparsed", &lines["unparsed"], 0),
        ("attempts", &report["totals"]["attempts"], expected.cells.values().sum()),
    ] {
        if told.as_u64() != Some(want) {
            differences.push(format!("{name}: the sink's count is {want}, the report says {told}"));
        }
    }
    // Results are logged under the transport's name, senders under the queue manager's.
    let campaign = &report["campaigns"][0];
    if campaign["name"] != SENDER_DOMAIN || campaign["attempts"] != report["totals"]["attempts"] {
        differences.push(format!("every attempt has the sender's domain, the report says {campaign}"));
    }
    let log = fs::read_to_string(postfix.log()).unwrap();
    assert_eq!(differences, Vec::<String>::new(), "{}\n{log}", differences.join("\n"));
}

#[test]
fn the_report_on_a_recorded_postfix_log_is_what_the_servers_answered() {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/postfix");
    let expected = fs::read(folder.join("loopback.expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
    let report = report(&folder.join("loopback.log"));
    assert_eq!(differences(&cells(&expected), &cells(&report)), Vec::<String>::new());
    assert_eq!(report["totals"]["attempts"], expected["attempts"]);
    let lines = &report["lines"];
    assert_eq!(lines["read"], expected["lines"]);
    for name in ["suspended", "non_final", "local", "unparsed"] {
        assert_eq!(lines[name], expected[name], "{name}");
    }
}

/// The messages: for every answer alone, with others beside it, and across providers.
fn messages() -> Vec<(String, Message)> {
    let mut messages = Vec::new();
    let mut add = |wish: &str, recipients: Vec<String>| {
        let number = u32::try_from(messages.len()).unwrap() + 1;
        messages.push((format!("{number}-{wish}@{SENDER_DOMAIN}"), Message { number, recipients }));
    };
    for destination in DESTINATIONS {
        let domain = destination.domain;
        let refuses = destination.mx.last().is_some_and(|mx| mx.greeting.is_some() || mx.hello.is_some());
        if refuses && destination.plain == 1 {
            add("plain", (0..3).map(|n| format!("reader-{n}@{domain}")).collect());
            continue;
        }
        for n in 0..destination.plain {
            add("plain", vec![format!("reader-{n}@{domain}")]);
        }
        for answer in destination.answers {
            let name = answer.name;
            let by_recipient = matches!(answer.at, At::Rcpt | At::RcptOnce);
            for n in 0..4 {
                let local = if by_recipient { name } else { "reader" };
                add(name, vec![format!("{local}-{name}{n}@{domain}")]);
            }
            let local = |n: usize| if by_recipient && n.is_multiple_of(2) { name } else { "reader" };
            add(name, (0..5).map(|n| format!("{}-{name}m{n}@{domain}", local(n))).collect());
        }
    }
    for n in 0..12 {
        let talking =
            DESTINATIONS.iter().filter(|d| d.mx.iter().all(|mx| mx.greeting.is_none() && mx.hello.is_none()));
        let recipients = talking.flat_map(|destination| {
            let refused = destination.answers.iter().find(|answer| answer.at == At::Rcpt);
            let refused = refused.map(|answer| format!("{}-across{n}@{}", answer.name, destination.domain));
            [Some(format!("reader-across{n}@{}", destination.domain)), refused].into_iter().flatten()
        });
        add("across", recipients.collect());
    }
    add("plain", vec![format!("reader@{}", REFUSED.0)]);
    add(
        "plain",
        vec![format!("one@{UNKNOWN}"), format!("two@{UNKNOWN}"), "reader-last@gmail.com".to_owned()],
    );
    messages
}

/// A stranger tries to relay through us: noise in the log, nothing of ours.
fn knock() {
    let mut stream = TcpStream::connect(INBOUND).unwrap();
    let mut lines = BufReader::new(stream.try_clone().unwrap());
    let mut line = String::new();
    for command in
        ["", "HELO stranger.example", "MAIL FROM:<x@spam.example>", "RCPT TO:<victim@gmail.com>", "QUIT"]
    {
        if !command.is_empty() {
            stream.write_all(format!("{command}\r\n").as_bytes()).unwrap();
        }
        lines.read_line(&mut line).unwrap();
    }
}

fn report(log: &Path) -> serde_json::Value {
    let output = Command::new(env!("CARGO_BIN_EXE_fivefifty"))
        .args(["report", "--format", "json"])
        .arg(log)
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the report is JSON")
}

/// The report's cells, without what the sink cannot know (receiver, brand, category).
fn cells(report: &serde_json::Value) -> BTreeMap<Key, u64> {
    let mut cells = BTreeMap::new();
    for cell in report["cells"].as_array().expect("cells") {
        let outcome = match cell["outcome"].as_str() {
            Some("delivered") => "delivered",
            Some("deferred") => "deferred",
            Some("rejected") => "rejected",
            other => panic!("an outcome {other:?}"),
        };
        let key = (
            cell["provider"].as_str().expect("provider").to_owned(),
            outcome,
            cell["code"].as_u64().and_then(|code| u16::try_from(code).ok()),
            cell["enhanced"].as_str().map(str::to_owned),
        );
        *cells.entry(key).or_default() += cell["count"].as_u64().expect("count");
    }
    cells
}

fn differences(expected: &BTreeMap<Key, u64>, told: &BTreeMap<Key, u64>) -> Vec<String> {
    let keys: BTreeSet<&Key> = expected.keys().chain(told.keys()).collect();
    let count = |cells: &BTreeMap<Key, u64>, key| cells.get(key).copied().unwrap_or_default();
    keys.into_iter()
        .filter(|key| count(expected, key) != count(told, key))
        .map(|key| {
            let (provider, outcome, code, enhanced) = key;
            let code = code.map_or("no code".to_owned(), |code| code.to_string());
            format!(
                "{provider} {outcome} {code} {}: the sink answered {}, the report says {}",
                enhanced.as_deref().unwrap_or("-"),
                count(expected, key),
                count(told, key)
            )
        })
        .collect()
}
