//! `sends` and `compare` on small logs, whose sends and differences are known.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

/// A home of its own, with a log in it.
struct Scene {
    home: tempfile::TempDir,
}

impl Scene {
    fn new(log: &str) -> Self {
        let home = tempfile::tempdir().unwrap();
        std::fs::write(home.path().join("mail.log"), log).unwrap();
        Self { home }
    }

    fn log(&self) -> PathBuf {
        self.home.path().join("mail.log")
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::cargo_bin("fivefifty").unwrap();
        // No settings of whoever runs the tests.
        command.env_clear().env("TZ", "UTC").env("XDG_CONFIG_HOME", self.home.path());
        command.env("XDG_STATE_HOME", self.home.path().join("state"));
        command.current_dir(self.home.path()).args(arguments).output().unwrap()
    }

    fn json(&self, arguments: &[&str]) -> Value {
        let output = self.run(&[arguments, &["--format", "json"]].concat());
        assert_eq!(output.status.code(), Some(0), "{}", err(&output));
        serde_json::from_str(&out(&output)).unwrap()
    }

    fn sends(&self, log: &Path) -> Vec<Value> {
        self.json(&["sends", log.to_str().unwrap()])["sends"].as_array().unwrap().clone()
    }
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A Postfix send that begins on a day of November at an hour: attempts, one every ten seconds, of which
/// so many are unknown users and so many refused by Gmail.
fn postfix(
    log: &mut String,
    (day, hour): (u32, u32),
    domain: &str,
    (all, unknown, refused): (u32, u32, u32),
) {
    for number in 0..all {
        let seconds = number * 10;
        let (hour_now, minute, second) = (hour + seconds / 3600, seconds / 60 % 60, seconds % 60);
        let stamp = format!("2026-11-{day}T{hour_now:02}:{minute:02}:{second:02}+00:00");
        let queue = format!("{:010X}", (day * 100 + hour) * 10_000 + number);
        let sent = "dsn=2.0.0, status=sent (250 2.0.0 OK)".to_owned();
        let bounced = |host: &str, reply: &str| {
            let code = &reply[4..9];
            format!("dsn={code}, status=bounced (host {host} said: {reply} (in reply to RCPT TO command))")
        };
        let (corp, gmail) = ("mx1.corp.example[192.0.2.9]", "gmail-smtp-in.l.google.com[192.0.2.27]");
        let reputation = "550-5.7.1 [192.0.2.1] very low reputation of the sending IP address";
        let (to, host, status) = match number {
            _ if number < unknown => ("corp.example", corp, bounced(corp, "550 5.1.1 No such user")),
            _ if number < unknown + refused => ("gmail.com", gmail, bounced(gmail, reputation)),
            _ => ("gmail.com", gmail, sent),
        };
        writeln!(
            log,
            "{stamp} mx1 postfix/qmgr[1]: {queue}: from=<b+{number}@{domain}>, size=1, nrcpt=1 (queue active)"
        )
        .unwrap();
        writeln!(
            log,
            "{stamp} mx1 postfix/smtp[2]: {queue}: to=<x{number}@{to}>, relay={host}:25, delay=1, {status}"
        )
        .unwrap();
    }
}

/// Three days' sends of one campaign; the last is bad.
fn three_days() -> String {
    let mut log = String::new();
    postfix(&mut log, (18, 8), "news.example.com", (600, 2, 3));
    postfix(&mut log, (19, 8), "news.example.com", (600, 3, 2));
    postfix(&mut log, (20, 6), "shop.example.com", (60, 2, 0));
    postfix(&mut log, (20, 8), "news.example.com", (600, 30, 150));
    log
}

#[test]
fn each_send_stands_beside_the_sends_before_it() {
    let scene = Scene::new(&three_days());
    let sends = scene.sends(&scene.log());
    let told: Vec<_> = sends
        .iter()
        .map(|send| {
            let number = |name: &str| send[name].as_u64().unwrap();
            (send["campaign"].as_str().unwrap(), number("nth"), number("attempts"), number("unknown_users"))
        })
        .collect();
    assert_eq!(
        told,
        [
            ("news.example.com", 1, 600, 30),
            ("shop.example.com", 1, 60, 2),
            ("news.example.com", 2, 600, 3),
            ("news.example.com", 3, 600, 2)
        ]
    );
    let last = &sends[0];
    assert_eq!(last["before"]["sends"], 2);
    assert_eq!((&last["before"]["same"], &last["before"]["unknown_users"]), (&true.into(), &5.into()));
    assert_eq!(last["list_fault"], "surely");
    assert_eq!(sends[1]["list_fault"], "perhaps", "two of sixty may be chance");
    assert_eq!(sends[1]["before"]["same"], false, "nothing of that campaign was before");
    assert_eq!((last["running"].as_bool(), sends[2]["running"].as_bool()), (Some(true), Some(false)));
    assert!(sends[3]["before"].is_null());
    assert_eq!(last["providers"][0]["id"], "gmail");
    assert_eq!(last["providers"][0]["rejected"], 150);
    assert_eq!(last["categories"][0], serde_json::json!(["ip_reputation", 150]));
}

#[test]
fn the_text_fits_a_terminal_and_names_what_stands_out() {
    let scene = Scene::new(&three_days());
    let told = out(&scene.run(&["sends", "mail.log"]));
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    for want in
        ["▲ news.example.com", "? shop.example.com", "2 sends before: 0.4%", "over 2%: the list", "running"]
    {
        assert!(told.contains(want), "{want}: {told}");
    }
    let until = out(&scene.run(&["sends", "mail.log", "--until", "2026-11-20"]));
    assert!(!until.contains('▲') && until.contains("11-19 08:00"), "{until}");
}

#[test]
fn what_was_kept_stands_for_a_log_that_is_gone() {
    let mut old = String::new();
    postfix(&mut old, (18, 8), "news.example.com", (600, 2, 3));
    let scene = Scene::new(&old);
    assert_eq!(scene.run(&["sends", "mail.log"]).status.code(), Some(0));
    assert!(!scene.home.path().join("state").exists(), "nothing is kept unless asked");
    assert_eq!(scene.run(&["sends", "mail.log", "--remember"]).status.code(), Some(0));
    let mut new = String::new();
    postfix(&mut new, (20, 8), "news.example.com", (600, 30, 0));
    std::fs::write(scene.log(), &new).unwrap();
    let before = |scene: &Scene| scene.sends(&scene.log())[0]["before"].clone();
    assert_eq!(
        (before(&scene)["sends"].as_u64(), before(&scene)["unknown_users"].as_u64()),
        (Some(1), Some(2))
    );
    // A send that is in the log and was kept is one send, and none before itself.
    assert_eq!(scene.run(&["sends", "mail.log", "--remember"]).status.code(), Some(0));
    assert_eq!(before(&scene)["sends"].as_u64(), Some(1));
}

#[test]
fn a_few_replies_judge_no_list_and_take_no_row() {
    let mut log = three_days();
    postfix(&mut log, (20, 7), "tiny.example.com", (3, 1, 0));
    let scene = Scene::new(&log);
    let told = out(&scene.run(&["sends", "mail.log"]));
    assert!(!told.contains("tiny.example.com") && told.contains("1 of fewer than 20 attempts"), "{told}");
    let sends = scene.sends(&scene.log());
    let tiny = sends.iter().find(|send| send["campaign"] == "tiny.example.com").unwrap();
    assert_eq!(tiny["list_fault"], "perhaps", "one of three");
}

#[test]
fn a_list_is_measured_against_the_operators_threshold() {
    let scene = Scene::new(&three_days());
    let faults = || {
        let sends = scene.sends(&scene.log());
        sends.iter().map(|send| send["list_fault"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert!(faults().iter().any(|fault| fault == "surely"));
    let folder = scene.home.path().join("fivefifty");
    std::fs::create_dir_all(&folder).unwrap();
    std::fs::write(folder.join("config.toml"), "[thresholds]\nunknown-users = \"40 %\"\n").unwrap();
    assert!(faults().iter().all(|fault| fault == "no"), "{:?}", faults());
    let told = out(&scene.run(&["sends", "mail.log"]));
    assert!(!told.contains("over 2%"), "{told}");
}

#[test]
fn a_sender_that_is_named_after_the_attempt_is_not_guessed() {
    let mut log = String::new();
    postfix(&mut log, (20, 8), "news.example.com", (60, 0, 0));
    let without: String =
        log.lines().filter(|line| !line.contains("qmgr")).map(|line| format!("{line}\n")).collect();
    let scene = Scene::new(&without);
    let told = scene.json(&["sends", "mail.log"]);
    assert_eq!((told["sends"].as_array().unwrap().len(), &told["without_sender"]), (0, &60.into()));
    assert!(out(&scene.run(&["sends", "mail.log"])).contains("no line names their sender"));
}

#[test]
fn powermta_and_kumomta_name_their_campaigns() {
    let mut pmta = "type,timeLogged,orig,rcpt,dsnStatus,dsnDiag,dsnMta,dlvSourceIp,vmta,jobId\n".to_owned();
    for number in 0..40 {
        let (kind, status, said) = if number < 10 {
            ("b", "5.1.1", "smtp;550 5.1.1 no such user")
        } else {
            ("d", "2.0.0", "smtp;250 2.0.0 OK")
        };
        writeln!(
            pmta,
            "{kind},2026-11-20 08:00:{number:02}+0000,v-{number}@news.example.com,x@gmail.com,{status},{said},gmail-smtp-in.l.google.com (192.0.2.27),192.0.2.1,out1,nov-blk-00017"
        )
        .unwrap();
    }
    // Two hours later somebody complains.
    writeln!(
        pmta,
        "f,2026-11-20 10:00:00+0000,v-3@news.example.com,x@gmail.com,,,,192.0.2.1,out1,nov-blk-00017"
    )
    .unwrap();
    let scene = Scene::new(&pmta);
    let sends = scene.sends(&scene.log());
    assert_eq!((sends.len(), &sends[0]["complaints"]), (1, &1.into()));
    assert_eq!((&sends[0]["campaign"], &sends[0]["unknown_users"]), (&"nov-blk-00017".into(), &10.into()));

    let mut kumo = String::new();
    for number in 0..40 {
        writeln!(
            kumo,
            r#"{{"type":"Delivery","id":"d{number}","sender":"v{number}@news.example.com","recipient":"x@gmail.com","queue":"autumn:shop@gmail.com","site":"gmail","size":1,"response":{{"code":250,"enhanced_code":{{"class":2,"subject":0,"detail":0}},"content":"OK","command":null}},"peer_address":{{"name":"gmail-smtp-in.l.google.com","addr":"192.0.2.27"}},"timestamp":{},"created":{},"num_attempts":1,"bounce_classification":"Uncategorized","egress_pool":"pool","egress_source":"src"}}"#,
            1_795_000_000 + number,
            1_795_000_000 + number
        )
        .unwrap();
    }
    std::fs::write(scene.log(), kumo).unwrap();
    let sends = scene.sends(&scene.log());
    assert_eq!(
        (sends.len(), &sends[0]["campaign"], &sends[0]["delivered"]),
        (1, &"autumn".into(), &40.into())
    );
}

fn change<'a>(told: &'a Value, list: &str, name: &str) -> &'a Value {
    told[list].as_array().unwrap().iter().find(|line| line["name"] == name).unwrap_or(&Value::Null)
}

#[test]
fn two_sends_two_spans_and_two_logs_compare_alike() {
    let scene = Scene::new(&three_days());
    let mut a = String::new();
    postfix(&mut a, (19, 8), "news.example.com", (600, 3, 2));
    let mut b = String::new();
    postfix(&mut b, (20, 8), "news.example.com", (600, 30, 150));
    std::fs::write(scene.home.path().join("a.log"), a).unwrap();
    std::fs::write(scene.home.path().join("b.log"), b).unwrap();
    for arguments in [
        &["compare", "news.example.com@2", "news.example.com", "--log", "mail.log"][..],
        &["compare", "news.example.com@2026-11-19", "send:news.example.com@1", "--log", "mail.log"],
        &["compare", "2026-11-19", "2026-11-20T08:00..10:00", "--log", "mail.log"],
        &["compare", "a.log", "b.log"],
        &["compare", "a.log", "news.example.com", "--log", "mail.log"],
    ] {
        let told = scene.json(arguments);
        assert_eq!(
            (&told["a"]["attempts"], &told["b"]["attempts"]),
            (&600.into(), &600.into()),
            "{arguments:?}"
        );
        assert_eq!((&told["rejected"]["change"], &told["rejected"]["certain"]), (&"up".into(), &true.into()));
        let code = change(&told, "codes", "5.1.1");
        assert_eq!(
            (&code["a"]["count"], &code["b"]["count"], &code["change"]),
            (&3.into(), &30.into(), &"up".into())
        );
        assert_eq!(change(&told, "categories", "ip_reputation")["change"], "up");
        assert_eq!(told["deferred"]["change"], "same", "none on either side");
    }
}

#[test]
fn a_comparison_fits_a_terminal_and_says_what_cannot_be_told() {
    let scene = Scene::new(&three_days());
    let told = out(&scene.run(&["compare", "news.example.com@3", "news.example.com@2", "--log", "mail.log"]));
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    assert!(told.contains("cannot be told: 2 and 3 replies"), "{told}");
    let told = out(&scene.run(&["compare", "news.example.com@2", "news.example.com", "--log", "mail.log"]));
    assert!(told.lines().all(|line| line.chars().count() <= 80), "{told}");
    assert!(told.contains("▲ up"), "{told}");
    let told = out(&scene.run(&[
        "compare",
        "shop.example.com",
        "news.example.com",
        "--log",
        "mail.log",
        "--format",
        "md",
    ]));
    assert!(told.contains("| IP reputation | 0.0% (0) | 25.0% (150) | + new: 150 |"), "{told}");
}

#[test]
fn a_mistake_is_told_and_nothing_is_guessed() {
    let scene = Scene::new(&three_days());
    for (arguments, code, want) in [
        (&["compare", "2026-11-19T08:00..9x", "today", "--log", "mail.log"][..], 2, "end `9x`"),
        (
            &["compare", "today", "-1h..-2h", "--log", "mail.log"],
            2,
            "B: `-1h..-2h`: it ends before it begins",
        ),
        (
            &["compare", "nov-blk", "news.example.com", "--log", "mail.log"],
            1,
            "there are news.example.com, shop.example.com",
        ),
        (&["compare", "news.example.com@9", "news.example.com", "--log", "mail.log"], 1, "@3 of 2026-11-18"),
        (&["compare", "news.example.com", "b.log", "--log", "mail.log"], 2, "no such file"),
        (&["compare", "today", "yesterday", "--log", "-"], 2, "only once"),
        (&["compare", "mail.log", "mail.log", "--log", "mail.log"], 2, "logs of their own"),
        (&["sends", "mail.log", "--since", "noon"], 2, "`noon` is no time"),
        (&["sends", "no.log"], 1, "no.log"),
    ] {
        let output = scene.run(arguments);
        assert_eq!(output.status.code(), Some(code), "{arguments:?}: {}", err(&output));
        assert!(err(&output).contains(want), "{arguments:?}: {}", err(&output));
        assert_eq!(out(&output), "", "{arguments:?}");
    }
}
