//! What the operator sets: a folder of their own, zones, formats; and what a mistake is told.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::path::Path;
use std::process::Output;

use assert_cmd::Command;
use serde_json::Value;

const LINE: &str = "Nov 21 10:00:00 mx1 postfix/smtp[1]: 4XA9Qb0LrDz9: to=<x@corp.example>, relay=mx1.mail.corp.example[192.0.2.27]:25, delay=1, dsn=5.1.1, status=bounced (host mx1.mail.corp.example[192.0.2.27] said: 550 5.1.1 no such user (in reply to RCPT TO command))\n";

fn run(folder: &Path, arguments: &[&str], input: &str) -> Output {
    let mut command = Command::cargo_bin("fivefifty").unwrap();
    // No settings of whoever runs the tests.
    command.env_clear().env("TZ", "UTC").env("XDG_CONFIG_HOME", folder);
    command.args(arguments).write_stdin(input).output().unwrap()
}

fn out(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).into_owned()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A home with these files in its configuration folder.
fn home(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let path = home.path().join("fivefifty").join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    home
}

fn report(home: &Path, arguments: &[&str]) -> Value {
    let arguments = [&["report", "--format", "json", "-"], arguments].concat();
    let output = run(home, &arguments, LINE);
    serde_json::from_str(&out(&output)).unwrap_or_else(|_| Value::String(err(&output)))
}

const PROVIDER: &str = r#"
[[provider]]
id = "corp"
name = "Our own"
hosts = [".mail.corp.example"]
"#;

#[test]
fn a_provider_of_the_operators_takes_its_mail() {
    let plain = home(&[]);
    assert_eq!(report(plain.path(), &[])["cells"][0]["provider"], "corp.example");
    let own = home(&[("providers.toml", PROVIDER)]);
    assert_eq!(report(own.path(), &[])["cells"][0]["provider"], "corp");
    let named = own.path().join("fivefifty");
    let arguments = ["--config", named.to_str().unwrap()];
    assert_eq!(report(plain.path(), &arguments)["cells"][0]["provider"], "corp", "named on the command line");
}

#[test]
fn a_zone_moves_stamps_that_name_none() {
    let until = |report: Value| report["until"].as_str().unwrap()[11..16].to_owned();
    let plain = home(&[]);
    assert_eq!(until(report(plain.path(), &[])), "10:00");
    assert_eq!(until(report(plain.path(), &["--log-zone", "America/New_York"])), "15:00");
    assert_eq!(until(report(plain.path(), &["--log-zone", "other.log=+05:00"])), "10:00");
    assert_eq!(until(report(plain.path(), &["--log-zone", "stdin=+05:00"])), "05:00");
    let set = home(&[("config.toml", "log-zone = \"+01:00\"\n[zones]\n\"other.log\" = \"+09:00\"\n")]);
    assert_eq!(until(report(set.path(), &[])), "09:00");
    assert_eq!(
        until(report(set.path(), &["--log-zone", "UTC"])),
        "10:00",
        "the command line has the last word"
    );
}

#[test]
fn a_mistake_is_told_with_its_place_and_nothing_is_guessed() {
    let plain = home(&[]);
    for (files, arguments, want) in [
        (&[][..], &["report", "-", "--log-zone", "Mars/Olympus"][..], "Mars/Olympus"),
        (&[], &["report", "-", "--log-format", "lotus"], "postfix, exim"),
        (&[], &["report", "-", "--config", "/nowhere/at/all"], "/nowhere/at/all"),
        (&[("config.toml", "log-zoen = 1\n")], &["report", "-"], "log-zoen"),
        (
            &[("config.toml", "[alerts]\nbel = true\n")],
            &["report", "-"],
            "config.toml:2:1: no key `bel` here; did you mean `bell`?",
        ),
        (&[("config.toml", "[alerts]\non-incident = [\"page\"]\n")], &["report", "-"], "no whole path"),
        (&[("config.toml", "log-format = \"lotus\"\n")], &["follow", "-"], "config.toml"),
        (&[("providers.toml", "[[provider]]\nid = \"x\"\n")], &["explain", "550 no"], "providers.toml"),
        (&[("rules/own.toml", "[[rule]]\nid = \"x\"\n")], &["report", "-"], "rules/own.toml:2:6: rule `x`"),
        (&[], &["check", "--config", "/nowhere/at/all"], "/nowhere/at/all"),
    ] {
        let own = home(files);
        let folder = if files.is_empty() { plain.path() } else { own.path() };
        let output = run(folder, arguments, LINE);
        let code = if files.is_empty() { 2 } else { 1 };
        assert_eq!(output.status.code(), Some(code), "{}", err(&output));
        assert!(err(&output).contains(want), "{}", err(&output));
        assert_eq!(out(&output), "");
    }
}

#[test]
fn check_says_what_is_in_the_folder() {
    let own = home(&[("providers.toml", PROVIDER), ("config.toml", "log-zone = \"UTC\"\n")]);
    let output = run(own.path(), &["check"], "");
    assert!(output.status.success());
    assert!(out(&output).contains("in order") && out(&output).contains("providers.toml"), "{}", out(&output));
    let other = tempfile::tempdir().unwrap();
    let output = run(own.path(), &["check", "--config", other.path().to_str().unwrap()], "");
    assert!(output.status.success() && out(&output).contains("nothing of ours"), "{}", out(&output));
}

const RULE: &str = "source = \"us\"\nmonth = \"2026-11\"\n[[rule]]\nid = \"ours\"\ncategory = \"policy\"\n\
                    any = [\"greylisting in action\"]\nsamples = [\"450 greylisting in action\"]\n";

#[test]
fn check_tells_what_own_rules_come_before() {
    let own = home(&[("rules/own.toml", RULE)]);
    let output = run(own.path(), &["check"], "");
    assert_eq!(output.status.code(), Some(0));
    let told = out(&output);
    assert!(told.contains("own.toml: 1 rule, 1 sample kept"), "{told}");
    assert!(told.contains("Your rule ours wins samples of 1 rule built in:\n  greylisted ("), "{told}");
    assert!(told.contains("1 hint with --verbose"), "{told}");
    assert!(out(&run(own.path(), &["check", "--verbose"], "")).contains("no near miss"));
    let json: Value =
        serde_json::from_str(&out(&run(own.path(), &["check", "--format", "json"], ""))).unwrap();
    assert_eq!(json["shadows"][0]["over"], "greylisted");
    assert_eq!(json["rules"][0]["samples"], 1);
    let output = run(own.path(), &["check", "--built-in"], "");
    assert!(output.status.success() && out(&output).contains("rules/sender.toml: "), "{}", out(&output));
}

#[test]
fn check_tells_all_mistakes_at_once_and_ends_with_one() {
    let long = RULE.replace("450 g", &format!("450 \\u001b[31m {} g", "word ".repeat(90)));
    let own = home(&[
        ("rules/b.toml", "[[rule]\n"),
        ("rules/a.toml", &long.replace("any =", "all =").replace("action\"]\ns", "harmony\"]\ns")),
        ("rules/d.toml/x", ""),
        ("rules/c.toml", &RULE.replace("policy", "polcy")),
    ]);
    let output = run(own.path(), &["check"], "");
    assert_eq!((output.status.code(), out(&output)), (Some(1), String::new()));
    let told = err(&output);
    assert!(!told.contains('\u{1b}'), "{told}");
    let places: Vec<&str> =
        told.lines().filter_map(|line| line.split_once("/rules/")).map(|(_, place)| place).collect();
    assert_eq!(
        places,
        ["a.toml:7:12: rule `ours`:", "b.toml:1:8:", "c.toml:5:12: rule `ours`:", "d.toml:"],
        "{told}"
    );
    let wide = told.lines().filter(|line| !line.contains("/rules/") && !line.starts_with("fivefifty: "));
    assert!(wide.clone().count() > 5 && wide.into_iter().all(|line| line.chars().count() <= 80), "{told}");
    let output = run(own.path(), &["check", "--format", "json"], "");
    let json: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!((output.status.code(), json["mistakes"].as_array().unwrap().len()), (Some(1), 4));
    assert_eq!(json["mistakes"][2]["line"], 5);
}

/// Two hosts' lines, late and early, in two files named in the wrong order, are counted at their own
/// times.
#[test]
fn a_mistake_in_the_settings_is_what_check_looks_for() {
    let set = home(&[("config.toml", "[thresholds]\nincidnt = \"4 %\"\n")]);
    let output = run(set.path(), &["check"], "");
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert!(err(&output).contains("config.toml") && err(&output).contains("incidnt"), "{}", err(&output));
    let output = run(set.path(), &["report", "-"], LINE);
    assert_eq!(output.status.code(), Some(1), "the same as from check: {}", err(&output));
}

#[test]
fn all_mistakes_are_told_at_a_start_too_as_far_as_they_can_be_read_at_once() {
    let lines: String = (0..12).map(|at| format!("x{at} = 1\n")).collect();
    let tree = "[[node]]\nid = \"N1.own\"\nquestion = 5\n";
    let set = home(&[("config.toml", lines.as_str()), ("trees/own.toml", tree)]);
    for arguments in [&["check"][..], &["report", "-"]] {
        let told = err(&run(set.path(), arguments, LINE));
        assert_eq!(told.matches("no key `x").count(), 8, "{told}");
        assert!(told.contains("and 6 more"), "12 settings and 2 of a node: {told}");
    }
    let set = home(&[("config.toml", "mouse = 1\n"), ("trees/own.toml", tree)]);
    let told = err(&run(set.path(), &["report", "-"], LINE));
    assert!(told.contains("config.toml:1:9: 1 cannot stand here; true or false is needed"), "{told}");
    assert!(told.contains("own.toml:3:12: ") && told.contains("a text in quotes is needed"), "{told}");
    assert!(!told.contains("invalid type"), "{told}");
}

#[test]
fn keys_that_cannot_be_are_told_with_their_lines() {
    let text = "log-zone = \"UTC\"\n[keys]\ntrcae = \"t\"\n\"wrap\" = [\"hyper-w\"]\n  mark = \"x\"\n";
    let set = home(&[("config.toml", text)]);
    let output = run(set.path(), &["check"], "");
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    let flat = |output: &Output| err(output).split_whitespace().collect::<Vec<_>>().join(" ");
    let told = flat(&output);
    let first =
        "config.toml:3:1: 3 | trcae = \"t\" [keys]: no action is called `trcae`; did you mean `trace`?";
    assert!(told.contains(first), "{told}");
    let second = "config.toml:4:1: 4 | \"wrap\" = [\"hyper-w\"] [keys]: `wrap`: `hyper-w` is no key";
    assert!(told.contains(second), "{told}");
    for (text, want) in [
        (
            "[keys]\ntrace = \"X\"\nwrap = \"X\"\n",
            "config.toml:3:1: 3 | wrap = \"X\" [keys]: X would mean both `trace` and `wrap`",
        ),
        ("[keys]\nquit = []\n", "config.toml:2:1: 2 | quit = [] [keys]: no key quits on every screen"),
        ("[keys]\ntrace = 5\n", "a key such as"),
    ] {
        let set = home(&[("config.toml", text)]);
        let told = flat(&run(set.path(), &["check"], ""));
        assert!(told.contains(want), "{told}");
        assert_eq!(run(set.path(), &["report", "-"], LINE).status.code(), Some(1));
    }
    let set = home(&[("config.toml", "mouse = false\n[keys]\ntrace = [\"t\", \"ctrl-t\"]\nmark = []\n")]);
    assert!(run(set.path(), &["check"], "").status.success());
}

#[test]
fn a_missing_log_is_named_once() {
    let output = run(home(&[]).path(), &["export", "suppression", "missing.log"], "");
    assert_eq!(output.status.code(), Some(1), "{}", err(&output));
    assert_eq!(err(&output).matches("missing.log").count(), 1, "{}", err(&output));
}

#[test]
fn lines_out_of_order_are_placed_right() {
    let folder = tempfile::tempdir().unwrap();
    let line = |host: &str, minute: u32, second: u32| {
        LINE.replace("10:00:00 mx1", &format!("10:{minute:02}:{second:02} {host}"))
    };
    let mut all: Vec<(u32, String)> = (0..1_200u32)
        .map(|second| (second, line(if second % 3 == 0 { "mx1" } else { "mx2" }, second / 60, second % 60)))
        .collect();
    let write = |name: &str, lines: &[(u32, String)]| {
        let path = folder.path().join(name);
        fs::write(&path, lines.iter().map(|(_, line)| line.as_str()).collect::<String>()).unwrap();
        path.to_str().unwrap().to_owned()
    };
    let sorted = [write("sorted", &all)];
    // Each line up to 200 seconds away from its place, by a fixed shuffle.
    all.sort_by_key(|(second, _)| second + second.wrapping_mul(2_654_435_761) % 200);
    let mixed = [write("b", &all[600..]), write("a", &all[..600])];
    let counts = |paths: &[String], window: &str| -> Value {
        let mut arguments = vec!["report", "--format", "json", "--window", window];
        arguments.extend(paths.iter().map(String::as_str));
        let report: Value = serde_json::from_str(&out(&run(folder.path(), &arguments, ""))).unwrap();
        report["cells"].clone()
    };
    for window in ["1m", "5m", "15m", "1h"] {
        assert_eq!(counts(&mixed, window), counts(&sorted, window), "{window}");
        assert_ne!(counts(&sorted, window), Value::Array(Vec::new()));
    }
}

#[test]
fn thresholds_are_the_operators_and_senseless_ones_are_refused() {
    let refused = |minute: usize| {
        let lines: Vec<String> =
            (0..60).map(|second| LINE.replace("10:00:00", &format!("10:{minute:02}:{second:02}"))).collect();
        let lines = lines.concat().replace("mx1.mail.corp.example", "gmail-smtp-in.l.google.com");
        let lines = lines.replace("x@corp.example", "x@gmail.com").replace("5.1.1", "5.7.1");
        lines.replace("no such user", "blocked using zen.spamhaus.org")
    };
    let incidents = |config: &str| {
        let home = home(&[("config.toml", config)]);
        let output =
            run(home.path(), &["report", "--format", "json", "-"], &[refused(0), refused(1)].concat());
        let report: Value =
            serde_json::from_str(&out(&output)).unwrap_or_else(|_| Value::String(err(&output)));
        report["incidents"].as_array().map_or_else(|| report.to_string(), |all| all.len().to_string())
    };
    assert_eq!(incidents(""), "1");
    assert_eq!(incidents("[thresholds]\nfewest = 500\n"), "0");
    let told = incidents("[thresholds]\nincident = \"1 %\"\n");
    assert!(told.contains("`incident` must be at least 3 times `calm`"), "{told}");
    let told = incidents("[thresholds]\nincidents = \"1 %\"\n");
    assert!(told.contains("incidents") && told.contains("config.toml"), "{told}");
}

#[test]
fn a_saved_filter_that_makes_no_sense_is_told_with_its_place() {
    let wrong = home(&[(
        "config.toml",
        "log-zone = \"UTC\"\n[filters]\nok = \"cat:auth new\"\nbad = \"@ok kode:5\"\n\"a b\" = \"new\"\n",
    )]);
    let told = err(&run(wrong.path(), &["check"], ""));
    assert!(told.contains("config.toml:4:12"), "{told}");
    assert!(told.contains("filters.bad: no key `kode`; did you mean `code`?"), "{told}");
    assert!(told.contains("config.toml:5:"), "{told}");
    let fine = home(&[("config.toml", "[filters]\nok = 'text~\"very low\" !new'\n")]);
    assert!(out(&run(fine.path(), &["check"], "")).contains("in order"));
}

#[test]
fn a_first_file_is_written_once_shown_and_in_order() {
    let home = tempfile::tempdir().unwrap();
    let output = run(home.path(), &["config", "init"], "");
    assert!(output.status.success(), "{}", err(&output));
    let path = home.path().join("fivefifty/config.toml");
    let first = fs::read_to_string(&path).unwrap();
    assert!(first.contains("\n#theme = \"default\"\n") && first.contains("\n[thresholds]\n"), "{first}");
    fs::write(&path, "theme = \"nord\"\n").unwrap();
    let output = run(home.path(), &["config", "init"], "");
    assert_eq!(output.status.code(), Some(1));
    assert!(err(&output).contains("is there already"), "{}", err(&output));
    assert_eq!(fs::read_to_string(&path).unwrap(), "theme = \"nord\"\n", "never over one that is there");
    let shown = out(&run(home.path(), &["config", "show"], ""));
    let line = shown.lines().find(|line| line.starts_with("theme")).unwrap();
    assert!(line.contains("\"nord\"") && line.ends_with("# config.toml:1"), "{shown}");
    assert!(run(home.path(), &["config", "check"], "").status.success());
}

#[test]
fn check_looks_over_themes_and_which_is_worn() {
    let bad = home(&[("themes/own.toml", "inherits = \"drak\"\n")]);
    let output = run(bad.path(), &["check"], "");
    assert_eq!(output.status.code(), Some(1));
    let said = err(&output);
    assert!(said.contains("themes/own.toml:1:12") && said.contains("did you mean `dark`?"), "{said}");
    assert!(said.contains("cannot be worn"), "{said}");
    assert_eq!(report(bad.path(), &[])["cells"][0]["provider"], "corp.example", "a report needs no theme");
    let other = home(&[("config.toml", "\ntheme = \"nrod\"\n")]);
    let said = err(&run(other.path(), &["config", "check"], ""));
    assert!(said.contains("config.toml:2:1") && said.contains("did you mean `nord`?"), "{said}");
    let own = home(&[("config.toml", "theme = \"own\"\n"), ("themes/own.toml", "inherits = \"nord\"\n")]);
    assert!(out(&run(own.path(), &["check"], "")).contains("themes/own.toml"));
}

#[test]
fn logs_are_read_from_where_they_are_set_unless_some_are_named() {
    let own = home(&[("mail.log", LINE)]);
    let log = own.path().join("fivefifty/mail.log");
    fs::write(
        own.path().join("fivefifty/config.toml"),
        format!("logs = [{:?}]\nredact = false\n", log.to_str().unwrap()),
    )
    .unwrap();
    let output = run(own.path(), &["report", "--format", "json"], "");
    let read: Value = serde_json::from_str(&out(&output)).unwrap();
    assert_eq!(read["cells"][0]["provider"], "corp.example", "{}", err(&output));
    let traced = out(&run(own.path(), &["trace", "4XA9Qb0LrDz9"], ""));
    assert!(traced.contains("4XA9Qb0LrDz9"), "{traced}");
    let other = run(own.path(), &["report", "--format", "json", "-"], "nothing\n");
    let other: Value = serde_json::from_str(&out(&other)).unwrap();
    assert!(other["cells"].as_array().unwrap().is_empty(), "what is named comes first");
}

#[test]
fn redaction_is_set_for_good_and_the_command_line_has_the_last_word() {
    let open = home(&[("config.toml", "redact = false\n")]);
    let line = LINE.replace("no such user", "<secret.name@corp.example>: no such user");
    let told = |arguments: &[&str]| {
        out(&run(open.path(), &[&["report", "--format", "json", "-"], arguments].concat(), &line))
    };
    assert!(told(&[]).contains("secret.name"), "{}", told(&[]));
    assert!(!told(&["--redact"]).contains("secret.name"), "{}", told(&["--redact"]));
    let plain = home(&[]);
    let masked = out(&run(plain.path(), &["report", "--format", "json", "-"], &line));
    assert!(!masked.contains("secret.name"), "{masked}");
}

#[test]
fn the_schemas_are_json() {
    let plain = home(&[]);
    for (arguments, key) in
        [(&["config", "schema"][..], "theme"), (&["config", "schema", "--theme"], "palette")]
    {
        let schema: Value = serde_json::from_str(&out(&run(plain.path(), arguments, ""))).unwrap();
        assert_eq!(schema["properties"][key]["type"].as_str().map(|_| ()), Some(()), "{key}");
    }
}
