//! What the demo's log must be, whatever the scenario.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::sync::atomic::AtomicBool;

use super::send::Send;
use super::{CALM, Demo, HISTORY, Options, Scenario};
use crate::model::Moment;

/// 2026-11-21 03:00:00 UTC.
const START: Moment = Moment::from_seconds(1_795_230_000);

fn demo(scenario: Scenario, seed: u64) -> Demo {
    Demo::new(Options { scenario, speed: 1.0, seed, dir: std::env::temp_dir(), start: START })
}

/// Ten minutes of calm and one live minute of the full incident.
fn play(scenario: Scenario) -> (Vec<String>, Vec<String>) {
    let mut demo = Send::new(scenario, 7, START, 600_000);
    let (mut before, mut during) = (Vec::new(), Vec::new());
    demo.step(START.plus_millis(CALM), &mut before);
    demo.step(START.plus_millis(CALM + 70_000), &mut during);
    let lines =
        |bytes: Vec<u8>| String::from_utf8(bytes).unwrap().lines().map(str::to_owned).collect::<Vec<_>>();
    let during = lines(during);
    // The first ten seconds are the ramp.
    let full = during.iter().position(|line| line.as_str() > "2026-11-21T03:00:30").unwrap();
    (lines(before), during[full..].to_vec())
}

fn results<'a>(lines: &'a [String], receiver: &str) -> Vec<&'a str> {
    let results = lines.iter().filter(|line| line.contains("/smtp[") && line.contains(": to=<"));
    results.filter(|line| line.contains(receiver)).map(String::as_str).collect()
}

fn share(lines: &[&str], words: &str) -> f64 {
    #[expect(clippy::cast_precision_loss, reason = "thousands")]
    let share = lines.iter().filter(|line| line.contains(words)).count() as f64 / lines.len() as f64;
    share
}

#[test]
fn the_same_seed_gives_the_same_bytes_however_the_time_is_cut() {
    let until = START.plus_millis(CALM + 5_000);
    let (mut whole, mut cut, mut other) = (Vec::new(), Vec::new(), Vec::new());
    demo(Scenario::Content, 3).step(until, &mut whole);
    let mut steps = demo(Scenario::Content, 3);
    for millis in (-HISTORY..CALM + 5_000).step_by(3_333) {
        steps.step(START.plus_millis(millis), &mut cut);
    }
    steps.step(until, &mut cut);
    demo(Scenario::Content, 4).step(until, &mut other);
    assert!(whole == cut, "cutting the time changed the log");
    assert!(whole != other, "the seed changed nothing");
}

#[test]
fn lines_are_in_order_complete_and_of_a_length_that_postfix_writes() {
    for scenario in Scenario::ALL {
        let (before, during) = play(scenario);
        let mut last = String::new();
        for line in before.iter().chain(&during) {
            assert!(line[..26] >= last[..], "{scenario}: {line} comes after {last}");
            last = line[..26].to_owned();
            assert!(line.len() < 2_000 && line.is_ascii(), "{line}");
            assert!(!line.contains('{') && !line.contains('}'), "{line}");
        }
        assert!(before[0].as_str() >= "2026-11-21T02:50:00");
    }
}

#[test]
fn a_calm_send_rejects_less_than_one_in_a_hundred() {
    let (before, during) = play(Scenario::Calm);
    for lines in [before, during] {
        let all = results(&lines, "");
        let bounced = share(&all, "status=bounced");
        assert!((0.002..0.01).contains(&bounced), "{bounced}");
        let deferred = share(&all, "status=deferred");
        assert!((0.003..0.02).contains(&deferred), "{deferred}");
    }
}

#[test]
fn a_live_send_has_the_volume_of_a_bulk_sender() {
    let (_, during) = play(Scenario::Calm);
    let attempts = results(&during, "").len();
    assert!((150 * 60..250 * 60).contains(&attempts), "{attempts} in a minute");
}

#[test]
fn each_scenario_hits_whom_it_says() {
    let (before, during) = play(Scenario::GmailReputation);
    let at_gmail = share(&results(&during, "gmail-smtp-in"), "reputation of the sending IP");
    assert!((0.3..0.42).contains(&at_gmail), "{at_gmail}");
    assert!(share(&results(&before, "gmail-smtp-in"), "status=bounced") < 0.01);
    assert!(share(&results(&during, "olc.protection"), "status=bounced") < 0.01);

    let (_, during) = play(Scenario::Outlook515);
    assert!(share(&results(&during, "olc.protection"), "550 5.7.515") > 0.93);
    assert!(share(&results(&during, ".mail.protection"), "550 5.7.515") < 0.001);

    let (_, during) = play(Scenario::ListQuality);
    let all = results(&during, "");
    let culprit = share(&all, "status=bounced");
    assert!((0.03..0.06).contains(&culprit), "{culprit}");

    let (_, during) = play(Scenario::Content);
    for receiver in ["gmail-smtp-in", "orange.fr", ".comcast.net", ".yahoodns.net"] {
        let hit = share(&results(&during, receiver), "status=bounced");
        assert!((0.1..0.35).contains(&hit), "{receiver} {hit}");
    }

    let (_, during) = play(Scenario::Blocklist);
    let all = results(&during, ".yahoodns.net");
    let (culprit, others): (Vec<&str>, Vec<&str>) =
        all.into_iter().partition(|line| line.contains("postfix-out2/"));
    assert!(share(&culprit, "Spamhaus") > 0.85);
    assert!(share(&others, "Spamhaus") < 0.001);
}

#[test]
fn the_log_holds_what_a_parser_must_tell_apart() {
    let (before, _) = play(Scenario::Calm);
    for words in [
        "status=sent (",
        "status=bounced (host ",
        "status=deferred (host ",
        "refused to talk to me: 421",
        "delivery temporarily suspended: ",
        "(queue active)",
        ": removed",
        "message-id=<",
        "NOQUEUE: reject:",
        "connect to ",
        "relay=none",
        "conn_use=",
        "[2001:db8:",
        "550-5.1.1 ",
        "sender non-delivery notification",
        "relay=bounces",
    ] {
        assert!(before.iter().any(|line| line.contains(words)), "no line with {words}");
    }
    let non_final = before.iter().any(|line| line.contains(": host ") && !line.contains("status="));
    assert!(non_final, "no line of a first MX that refused");
}

#[test]
fn the_history_lies_in_the_file_before_the_live_part_and_stopping_ends_the_play() {
    let dir = tempfile::tempdir().unwrap();
    let options = Options {
        scenario: Scenario::Calm,
        speed: f64::NAN,
        seed: 1,
        dir: dir.path().join("new"),
        start: START,
    };
    let mut demo = Demo::new(options);
    demo.write_history().unwrap();
    let text = std::fs::read_to_string(demo.log()).unwrap();
    assert!(text.ends_with('\n'));
    assert!(text.lines().last().unwrap() < "2026-11-21T03:00:00");
    demo.run(&AtomicBool::new(true)).unwrap();
    assert_eq!(std::fs::read_to_string(demo.log()).unwrap(), text, "the history is written once");
}

#[test]
fn a_log_that_is_there_already_is_never_written_over() {
    for name in ["mail.log", "mail.log.1"] {
        let dir = tempfile::tempdir().unwrap();
        let real = dir.path().join(name);
        std::fs::write(&real, "a real log").unwrap();
        let options = Options {
            scenario: Scenario::Calm,
            speed: 1.0,
            seed: 1,
            dir: dir.path().to_owned(),
            start: START,
        };
        let error = Demo::new(options).run(&AtomicBool::new(true)).expect_err("it is taken");
        assert!(error.to_string().contains(&real.display().to_string()), "{error}");
        assert_eq!(std::fs::read_to_string(&real).unwrap(), "a real log");
    }
}

#[test]
fn an_unwritable_folder_is_named() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let options =
        Options { scenario: Scenario::Calm, speed: 1.0, seed: 1, dir: file.path().to_owned(), start: START };
    let error = Demo::new(options).write_history().expect_err("a file is no folder");
    assert!(error.to_string().contains(&file.path().display().to_string()));
}

#[test]
fn scenarios_are_read_by_their_names() {
    for scenario in Scenario::ALL {
        assert_eq!(scenario.id().parse::<Scenario>(), Ok(scenario));
        assert!(!scenario.summary().is_empty());
    }
    assert!("nonsense".parse::<Scenario>().expect_err("unknown").contains("gmail-reputation"));
}
