//! `--filter` of the faces without a screen: the console's language, and the same meaning.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

const REPUTATION: &str = "dsn=5.7.1, status=bounced (host gmail-smtp-in.l.google.com[192.0.2.1] said: 550-5.7.1 [192.0.2.7] Our system has detected that this message is likely suspicious due to the very low reputation of the sending IP address (in reply to end of DATA command))";
const UNKNOWN: &str = "dsn=5.1.1, status=bounced (host gmail-smtp-in.l.google.com[192.0.2.1] said: 550-5.1.1 The email account that you tried to reach does not exist. (in reply to RCPT TO command))";
const TAKEN: &str = "dsn=2.0.0, status=sent (250 2.0.0 OK gsmtp)";

/// Attempts a second apart, up to now: of `brand` at `domain`, each with what comes back.
fn lines(log: &mut Vec<(i64, String)>, brand: &str, domain: &str, ago: std::ops::Range<i64>, said: &str) {
    let now = chrono::Utc::now();
    for ago in ago {
        let at = (now - chrono::TimeDelta::seconds(ago)).to_rfc3339();
        let id = format!("4X{}Q{ago:05}Dz", if domain == "gmail.com" { "G" } else { "Y" });
        let relay =
            if domain == "gmail.com" { "gmail-smtp-in.l.google.com" } else { "mta5.am0.yahoodns.net" };
        let mut line = String::new();
        writeln!(line, "{at} mx1 postfix/qmgr[1]: {id}: from=<b@{brand}>, size=9, nrcpt=1 (queue active)")
            .unwrap();
        writeln!(line, "{at} mx1 postfix/smtp[1]: {id}: to=<jane{ago}@{domain}>, relay={relay}[192.0.2.1]:25, delay=1, {said}").unwrap();
        log.push((-ago, line));
    }
}

/// Gmail refuses a hundred messages of one brand for its reputation, and ten addresses; Yahoo takes all.
fn log() -> String {
    let mut log = Vec::new();
    lines(&mut log, "calm.example", "yahoo.com", 1..400, TAKEN);
    lines(&mut log, "calm.example", "gmail.com", 110..400, TAKEN);
    lines(&mut log, "calm.example", "gmail.com", 100..110, UNKNOWN);
    lines(&mut log, "blast.example", "gmail.com", 1..100, REPUTATION);
    log.sort_by_key(|(at, _)| *at);
    log.into_iter().map(|(_, line)| line).collect()
}

struct House {
    folder: tempfile::TempDir,
}

impl House {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mail.log"), log()).unwrap();
        fs::create_dir(folder.path().join("config")).unwrap();
        let config = "[filters]\nlists = \"cat:user provider:gmail\"\nfresh = \"cat:auth new\"\n";
        fs::write(folder.path().join("config/config.toml"), config).unwrap();
        Self { folder }
    }

    fn path(&self) -> &Path {
        self.folder.path()
    }

    fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
        command.env_clear().env("TZ", "UTC").env("FIVEFIFTY_CONFIG", self.path().join("config"));
        command.args(arguments).current_dir(self.path()).stdin(std::process::Stdio::null()).output().unwrap()
    }

    fn out(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap()
    }

    fn report(&self, filter: &str) -> Value {
        serde_json::from_str(&self.out(&["report", "--format", "json", "--filter", filter, "mail.log"]))
            .unwrap()
    }
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

#[test]
fn a_reports_figures_sample_and_incidents_are_those_of_the_filter() {
    let house = House::new();
    let of = |report: &Value, key: &str| report["totals"][key].as_u64().unwrap();
    let gmail = house.report("provider:gmail");
    assert_eq!((of(&gmail, "attempts"), of(&gmail, "code_5xx"), of(&gmail, "delivered")), (399, 109, 290));
    assert_eq!(gmail["providers"].as_array().unwrap().len(), 1);
    assert_eq!(gmail["incidents"].as_array().unwrap().len(), 1);
    // A term about replies leaves rates their denominator.
    let users = house.report("@lists");
    assert_eq!((of(&users, "attempts"), of(&users, "code_5xx"), of(&users, "delivered")), (399, 10, 290));
    assert_eq!(users["filter"]["passed"], 10);
    assert_eq!(users["filter"]["of"], 109);
    assert_eq!(users["incidents"].as_array().unwrap().len(), 0, "that one is about something else");
    assert_eq!(
        (users["filter"]["incidents"].as_u64(), users["filter"]["of_incidents"].as_u64()),
        (Some(0), Some(1))
    );
    assert_eq!(
        users["diagnosis"]["evidence"], gmail["diagnosis"]["nothing"],
        "no evidence of its own in JSON"
    );
    let strings = users["sample"].as_array().unwrap();
    assert!(
        !strings.is_empty() && strings.iter().all(|one| one["reply"].as_str().unwrap().contains("5.1.1"))
    );
    // A campaign is looked up in the sample of attempts, which has all of so few.
    let blast = house.report("campaign:blast*");
    assert_eq!((of(&blast, "attempts"), of(&blast, "code_5xx"), of(&blast, "delivered")), (99, 99, 0));
    assert_eq!(blast["incidents"].as_array().unwrap().len(), 1);
    assert_eq!(house.report("campaign:calm*")["incidents"].as_array().unwrap().len(), 0);
    assert_eq!(blast["campaigns"], serde_json::json!([]));
    let everything: Value =
        serde_json::from_str(&house.out(&["report", "--format", "json", "mail.log"])).unwrap();
    assert!(everything.get("filter").is_none() && !everything["campaigns"].as_array().unwrap().is_empty());
}

#[test]
fn the_reports_head_says_which_filter_is_on() {
    let house = House::new();
    let text = house.out(&["report", "--filter", "provider:gmail code:5.7.*", "mail.log"]);
    let second = text.lines().nth(1).unwrap();
    assert_eq!(second, "Filter: provider:gmail code:5.7.* · 99 of 109 replies · 1 of 1 incident");
    assert!(
        text.lines()
            .nth(2)
            .unwrap()
            .starts_with("399 attempts: 290 delivered, 0 deferred, 99 rejected; 99 refused"),
        "{text}"
    );
    assert!(text.contains("By hosts, sources, campaigns is counted without a filter only."), "{text}");
    assert!(!text.contains("\nCampaigns") && text.contains("Diagnosis · IP reputation at Gmail"), "{text}");
    let text = house.out(&["report", "--filter", "provider:yahoo", "mail.log"]);
    assert!(text.contains("No incident of what the filter lets through."), "{text}");
    assert!(text.contains("nothing: the filter lets no refusal through"), "{text}");
    let page = house.out(&["report", "--format", "md", "--filter", "cat:user", "mail.log"]);
    assert!(page.contains("\nFilter: cat:user · 10 of 109 replies · 0 of 1 incident\n"), "{page}");
}

#[test]
fn an_estimate_says_that_it_is_one() {
    let house = House::new();
    let mut log = Vec::new();
    for _ in 0..30 {
        lines(&mut log, "blast.example", "gmail.com", 1..60, REPUTATION);
        lines(&mut log, "calm.example", "gmail.com", 1..60, REPUTATION);
    }
    log.sort_by_key(|(at, _)| *at);
    fs::write(house.path().join("many.log"), log.into_iter().map(|(_, line)| line).collect::<String>())
        .unwrap();
    let text = house.out(&["report", "--filter", "campaign:blast*", "many.log"]);
    assert!(text.lines().nth(1).unwrap().starts_with("Filter: campaign:blast* · ~"), "{text}");
    let counts = text.lines().nth(2).unwrap();
    assert!(counts.starts_with('~') && counts.contains("; ~") && counts.contains("(~"), "{counts}");
    let exact = house.out(&["report", "--filter", "provider:gmail", "many.log"]);
    let head: Vec<&str> = exact.lines().skip(1).take(2).collect();
    assert!(
        head[0].starts_with("Filter: provider:gmail · 3,540 of 3,540") && !head[1].contains('~'),
        "{head:?}"
    );
}

#[test]
fn a_mistake_is_told_under_its_place_everywhere() {
    let house = House::new();
    for face in [
        &["report", "mail.log"][..],
        &["watch", "--once", "mail.log"],
        &["follow", "mail.log"],
        &["export", "incident", "mail.log"],
        &["export", "dossier", "--for", "generic", "mail.log"],
        &["export", "suppression", "mail.log"],
    ] {
        let refused = |filter: &str| {
            let arguments: Vec<&str> = face.iter().copied().chain(["--filter", filter]).collect();
            let output = house.run(&arguments);
            assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{face:?}: {output:?}");
            err(&output)
        };
        let told = refused("code:550 provder:gmail");
        assert!(
            told.contains(
                "--filter: no key `provder`; did you mean `provider`?\n  code:550 provder:gmail\n           ^"
            ),
            "{told}"
        );
        assert!(refused("@nowhere").contains("nowhere"));
    }
}

#[test]
fn what_cannot_be_told_is_not_asked() {
    let house = House::new();
    let refused = |arguments: &[&str]| {
        let output = house.run(arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{output:?}");
        err(&output)
    };
    let told = refused(&["follow", "--filter", "provider:gmail @fresh", "mail.log"]);
    assert!(told.contains("of one reply alone") && told.contains("\n                 ^"), "{told}");
    let told = refused(&["follow", "--format", "raw", "--filter", "spamhaus", "mail.log"]);
    assert!(told.contains("--filter: raw prints every line"), "{told}");
    let told = refused(&["export", "suppression", "--filter", "cat:user campaign:calm*", "mail.log"]);
    assert!(told.contains("it has no campaign here") && told.contains("\n           ^"), "{told}");
    assert!(
        refused(&["export", "hold", "--provider", "gmail", "--filter", "x"]).contains("unexpected argument")
    );
}

#[test]
fn watch_answers_for_incidents_that_the_filter_touches() {
    let house = House::new();
    let once = |filter: &str| house.run(&["watch", "--once", "--filter", filter, "mail.log"]).status.code();
    assert_eq!(once("provider:gmail"), Some(3));
    assert_eq!(once("cat:ip_reputation"), Some(3));
    assert_eq!(once("campaign=blast.example"), Some(3));
    assert_eq!(once("text~suspicious"), Some(3));
    for calm in
        ["provider:yahoo", "!provider:gmail", "cat:user", "campaign:calm*", "code:5.1.1", "!text~suspicious"]
    {
        assert_eq!(once(calm), Some(0), "{calm}");
    }
}

#[test]
fn an_export_is_of_an_incident_that_the_filter_touches_and_a_list_of_addresses_that_it_lets_through() {
    let house = House::new();
    let page = house.out(&["export", "incident", "--filter", "campaign:blast*", "mail.log"]);
    assert!(page.contains("IP reputation at Gmail"), "{page}");
    let output = house.run(&["export", "incident", "--filter", "cat:user", "mail.log"]);
    assert_eq!(output.status.code(), Some(1));
    assert!(
        err(&output).contains("--filter cat:user: 0 of 1 incidents have such replies"),
        "{}",
        err(&output)
    );
    let list = |filter: &[&str]| {
        let arguments: Vec<&str> = ["export", "suppression", "--format", "plain", "mail.log"]
            .iter()
            .chain(filter)
            .copied()
            .collect();
        let output = house.run(&arguments);
        assert!(output.status.success(), "{output:?}");
        (String::from_utf8(output.stdout.clone()).unwrap().lines().count(), err(&output))
    };
    assert_eq!(list(&[]).0, 10);
    assert_eq!(list(&["--filter", "provider:gmail code:5.1.1"]).0, 10);
    let (none, told) = list(&["--filter", "provider:yahoo"]);
    assert_eq!(none, 0);
    assert!(
        told.contains("0 addresses to suppress")
            && told.contains("10 addresses that the filter does not let through; not listed"),
        "{told}"
    );
}

#[test]
fn follow_prints_the_replies_that_the_filter_lets_through() {
    let house = House::new();
    let follow = |filter: &str| {
        let log = fs::File::open(house.path().join("mail.log")).unwrap();
        let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
        command.env_clear().env("TZ", "UTC").env("FIVEFIFTY_CONFIG", house.path().join("config"));
        let output = command.args(["follow", "--filter", filter, "-"]).stdin(log).output().unwrap();
        assert!(output.status.success(), "{output:?}");
        String::from_utf8(output.stdout).unwrap().lines().count()
    };
    assert_eq!([follow("provider:gmail"), follow("@lists"), follow("!cat:user")], [109, 10, 99]);
    assert_eq!([follow("provider:yahoo"), follow("from:blast*"), follow("stage:rcpt")], [0, 99, 10]);
}
