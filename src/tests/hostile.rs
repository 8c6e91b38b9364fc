//! Every exit and every attack: whatever strangers write into whatever they can, nothing comes out that
//! moves a cursor, hides or turns text, breaks a line, a record or a cell, or becomes markup.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "hostile/attacks.rs"]
mod attacks;
#[path = "hostile/console.rs"]
mod console;
#[path = "hostile/logs.rs"]
mod logs;
mod program;
#[path = "pty/terminal.rs"]
#[expect(dead_code, reason = "a stranger neither resizes nor sends signals")]
mod terminal;
#[path = "hostile/wire.rs"]
mod wire;

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt as _;
use std::path::Path;
use std::process::{Command, Output};

use attacks::{ATTACKS, Wrong, all, csv, json, jsonl, markdown, text};
use program::fivefifty;
use tempfile::TempDir;

/// The judge of an output.
type Judge = fn(&[u8]) -> Wrong;

/// What is printed of every log.
const OF_ALL: [(&[&str], Judge); 20] = [
    (&["report"], text),
    (&["report", "--no-redact"], text),
    (&["report", "--format", "md", "--no-redact"], markdown),
    (&["report", "--format", "json", "--no-redact"], json),
    (&["sends", "--no-redact"], text),
    (&["sends", "--format", "json"], json),
    (&["export", "incident", "--list"], text),
    (&["export", "incident", "--no-redact"], markdown),
    (&["export", "incident", "--format", "text", "--no-redact"], text),
    (&["export", "incident", "--format", "json", "--no-redact"], json),
    (&["export", "dossier", "--for", "generic", "--no-redact"], markdown),
    (&["export", "hold", "--provider", "gmail"], text),
    (&["export", "suppression"], csv),
    (&["export", "suppression", "--format", "jsonl"], jsonl),
    (&["export", "suppression", "--format", "plain"], text),
    (&["watch", "--once", "--no-redact"], text),
    (&["watch", "--once", "--format", "jsonl", "--no-redact"], jsonl),
    (&["trace", "pwn"], text),
    (&["trace", "--format", "jsonl", "pwn"], jsonl),
    (&["compare", "2026-11-21T14:00..14:03", "2026-11-21T14:03..14:06", "--log"], text),
];

/// What is printed of a log whose MTA differs only in how it writes.
const SOME: [(&[&str], Judge); 5] = [
    (&["report", "--format", "json", "--no-redact"], json),
    (&["export", "incident", "--no-redact"], markdown),
    (&["export", "suppression"], csv),
    (&["watch", "--once", "--format", "jsonl", "--no-redact"], jsonl),
    (&["trace", "--format", "jsonl", "pwn"], jsonl),
];

/// What is printed beside that of one.
const OF_ONE: [(&[&str], Judge); 8] = [
    (&["export", "dossier", "--for", "gmail", "--no-redact"], markdown),
    (&["export", "dossier", "--for", "microsoft", "--provider", "gmail", "--no-redact"], markdown),
    (&["export", "dossier", "--for", "spamhaus", "--provider", "gmail"], markdown),
    (&["export", "hold", "--mta", "kumomta", "--provider", "=`pwn`\u{202e}\u{1b}[1m|x"], text),
    (&["trace", "4Yz000005zz\u{1b}[2J\u{202e}"], text),
    (&["export", "incident", "--id", "\u{1b}]0;pwn\u{7}"], text),
    (&["compare", "--format", "json", "2026-11-21T14:00..14:03", "2026-11-21T14:03..14:06", "--log"], json),
    (&["compare", "--format", "md", "2026-11-21T14:00..14:03", "2026-11-21T14:03..14:06", "--log"], markdown),
];

/// Runs a command and looks at all that it says.
fn judged(command: &mut Command, judge: Judge) -> Output {
    let done = command.output().unwrap();
    let told = format!("{command:?}");
    let wrong = |bytes: &[u8], judge: Judge| if bytes.is_empty() { None } else { judge(bytes) };
    assert_eq!(wrong(&done.stdout, judge), None, "{told}");
    assert_eq!(wrong(&done.stderr, text), None, "standard error of {told}");
    done
}

fn folder(log: &[u8]) -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("log"), log).unwrap();
    folder
}

/// All outputs on one log; all but so many of them have something to say.
fn every_exit(log: &[u8], exits: &[(&[&str], Judge)], silent: usize) {
    let folder = folder(log);
    let says = |(arguments, judge): &(&[&str], Judge)| {
        let done = judged(fivefifty(folder.path(), arguments).arg("log"), *judge);
        let why = || format!("{arguments:?}: {}", String::from_utf8_lossy(&done.stderr));
        done.stdout.is_empty().then(why)
    };
    let said: Vec<String> = exits.iter().filter_map(says).collect();
    assert_eq!(said.len(), silent, "{said:#?}");
    // What is followed comes by standard input, which ends.
    for (form, judge) in [("text", text as Judge), ("jsonl", jsonl)] {
        let mut follow = fivefifty(folder.path(), &["follow", "--format", form, "-"]);
        let log = fs::File::open(folder.path().join("log")).unwrap();
        let done = judged(follow.stdin(log), judge);
        let lines = done.stdout.iter().filter(|byte| **byte == b'\n').count();
        assert_eq!(lines, logs::refused(), "one line for each refusal");
    }
}

#[test]
fn nothing_hostile_comes_out_of_a_postfix_log() {
    every_exit(&logs::postfix(), &OF_ALL, 0);
    every_exit(&logs::postfix(), &OF_ONE, 3);
}

#[test]
fn nothing_hostile_comes_out_of_an_exim_log() {
    every_exit(&logs::exim(), &SOME, 0);
}

#[test]
fn nothing_hostile_comes_out_of_a_sendmail_log() {
    every_exit(&logs::sendmail(), &SOME, 0);
}

#[test]
fn nothing_hostile_comes_out_of_an_opensmtpd_log() {
    every_exit(&logs::opensmtpd(), &SOME, 0);
}

#[test]
fn nothing_hostile_comes_out_of_a_powermta_log() {
    every_exit(&logs::powermta(), &SOME, 0);
}

#[test]
fn nothing_hostile_comes_out_of_a_kumomta_log() {
    every_exit(&logs::kumomta(), &OF_ALL, 0);
}

#[test]
fn what_is_explained_is_shown_as_text() {
    let folder = folder(b"");
    // Without NUL: no argument holds one, and a file that does is no text.
    let attacks: Vec<Vec<u8>> = ATTACKS.iter().map(|attack| without_nul(attack)).collect();
    for (form, judge) in [("text", text as Judge), ("jsonl", jsonl)] {
        let replies = attacks.iter().map(|attack| [b"550 5.7.1 ", &attack[..]].concat());
        let replies: Vec<Vec<u8>> = replies.filter(|reply| std::str::from_utf8(reply).is_ok()).collect();
        let mut explain = fivefifty(folder.path(), &["explain", "--as", "reply", "--format", form]);
        let done = judged(explain.args(replies.iter().map(|reply| OsStr::from_bytes(reply))), judge);
        assert!(!done.stdout.is_empty());
        let attacks = String::from_utf8_lossy(&without_nul(&all(0))).replace(['\n', '\r'], "");
        let documents = [
            format!("550 5.7.1 {attacks}\n"),
            format!(
                "Authentication-Results: mx.example; spf=fail smtp.mailfrom={attacks}; dkim=fail ({attacks}) header.d={attacks}; dmarc=fail\n"
            ),
            format!("~> EHLO x\n<- 250 {attacks}\n -> MAIL FROM:<{attacks}>\n<** 550 5.7.1 {attacks}\n"),
            format!(
                "From: MAILER-DAEMON@{attacks}\nTo: x@y.example\nSubject: {attacks}\nMIME-Version: 1.0\nContent-Type: multipart/report; report-type=delivery-status; boundary=b\n\n--b\nContent-Type: message/delivery-status\n\nReporting-MTA: dns; {attacks}\n\nFinal-Recipient: rfc822; {attacks}@y.example\nAction: failed\nStatus: 5.1.1\nRemote-MTA: dns; {attacks}\nDiagnostic-Code: smtp; 550 5.1.1 {attacks}\n\n--b--\n"
            ),
        ];
        for (at, document) in documents.iter().enumerate() {
            let path = folder.path().join(format!("document{at}"));
            fs::write(&path, document).unwrap();
            let mut explain = fivefifty(folder.path(), &["explain", "--format", form]);
            let done = judged(explain.arg(&path), judge);
            assert!(!done.stdout.is_empty(), "{at}: {}", String::from_utf8_lossy(&done.stderr));
        }
        // With a NUL it is refused unless it is said what it is.
        let path = folder.path().join("nul");
        let line: Vec<u8> = all(0).into_iter().filter(|byte| !matches!(byte, b'\n' | b'\r')).collect();
        fs::write(&path, [b"550 5.7.1 ", &line[..], b"\n"].concat()).unwrap();
        let done = judged(fivefifty(folder.path(), &["explain", "--format", form]).arg(&path), judge);
        let said = String::from_utf8_lossy(&done.stderr);
        assert!(done.stdout.is_empty() && said.contains("it holds NUL bytes"), "{said}");
        let mut explain = fivefifty(folder.path(), &["explain", "--as", "reply", "--format", form, "-"]);
        let done = judged(explain.stdin(fs::File::open(&path).unwrap()), judge);
        assert!(!done.stdout.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
    }
}

/// What can stand in an argument.
fn without_nul(bytes: &[u8]) -> Vec<u8> {
    bytes.iter().copied().filter(|byte| *byte != 0).collect()
}

#[test]
fn a_file_may_be_called_whatever_a_stranger_likes() {
    let folder = folder(b"");
    let log = logs::postfix();
    for (at, attacks) in ATTACKS.chunks(9).enumerate() {
        let name = attacks.concat();
        let name: Vec<u8> = name.into_iter().filter(|byte| !matches!(byte, b'/' | 0)).take(200).collect();
        // No argument but UTF-8 is taken; by its folder a file may have any name.
        let within = folder.path().join(format!("within{at}"));
        fs::create_dir(&within).unwrap();
        fs::write(within.join(OsStr::from_bytes(&[b"log", &name[..]].concat())), &log[..20_000]).unwrap();
        let mut report = fivefifty(folder.path(), &["report", "--format", "json"]);
        judged(report.arg(&within).arg("gone"), json);
        let done = judged(fivefifty(folder.path(), &["trace", "pwn"]).arg(&within), text);
        assert!(!done.stdout.is_empty(), "{}", String::from_utf8_lossy(&done.stderr));
        let name: String = String::from_utf8_lossy(&name).chars().take(80).collect();
        let path = folder.path().join(format!("log{name}"));
        fs::write(&path, &log[..20_000]).unwrap();
        let gone = path.with_extension("gone");
        let exits: [(&[&str], Judge); 4] = [
            (&["report"], text),
            (&["report", "--format", "md"], markdown),
            (&["report", "--format", "json"], json),
            (&["trace", "--format", "jsonl", "pwn"], jsonl),
        ];
        for (arguments, judge) in exits.iter().skip(at % 2).step_by(2) {
            judged(fivefifty(folder.path(), arguments).arg(&path), *judge);
        }
        judged(fivefifty(folder.path(), &["report"]).arg(&gone), text);
        judged(fivefifty(folder.path(), &["report", "--config"]).arg(&gone).arg(&path), text);
        judged(fivefifty(folder.path(), &["trace", "pwn"]).arg(&gone).arg(&path), text);
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn the_operators_own_names_are_no_attack_either() {
    let folder = folder(&logs::postfix());
    let config = folder.path().join("config");
    fs::create_dir(&config).unwrap();
    let attacks = String::from_utf8_lossy(&all(0)).into_owned();
    let name = toml_string(&attacks);
    let provider = format!("[[provider]]\nid = \"corp\"\nname = {name}\nhosts = [\".google.com\"]\n");
    for providers in [provider.clone(), provider.replace("hosts", &format!("{name} = 1\nhosts"))] {
        fs::write(config.join("providers.toml"), providers).unwrap();
        let named = ["--config", config.to_str().unwrap()];
        for (arguments, judge) in [
            (&["report", "log"][..], text as Judge),
            (&["report", "--format", "md", "log"], markdown),
            (&["report", "--format", "json", "log"], json),
            (&["export", "incident", "log"], markdown),
            (&["check"], text),
            (&["check", "--format", "json"], json),
        ] {
            judged(fivefifty(folder.path(), arguments).args(named), judge);
        }
    }
}

/// Files of a configuration folder are handed around: each with every attack where a text may stand, and
/// where none may.
#[test]
fn no_file_of_a_configuration_is_quoted_as_it_is() {
    let folder = folder(&logs::postfix()[..4_000]);
    let config = folder.path().join("config");
    let raw = all(0);
    let name = toml_string(&String::from_utf8_lossy(&raw));
    let top = "source = \"x\"\nmonth = \"2026-06\"\n";
    let rule = |id: &str, phrase: &str| {
        format!("{top}[[rule]]\nid = {id}\ncategory = \"policy\"\nany = [{phrase}]\nsamples = [{phrase}]\n")
    };
    let node = format!(
        "[[node]]\nid = \"N0\"\nquestion = {name}\ndepth = 1\nsource = {name}\nmonth = \"2026-06\"\n"
    );
    let files: [(&str, Vec<u8>); 15] = [
        ("config.toml", format!("{name} = 1\n").into()),
        ("config.toml", format!("theme = {name}\n").into()),
        ("config.toml", format!("logs = [{name}]\n[filters]\n{name} = \"new\"\nmine = {name}\n").into()),
        ("config.toml", format!("[keys]\n{name} = {name}\nquit = {name}\n").into()),
        ("config.toml", format!("[alerts]\non-incident = {name}\n").into()),
        ("config.toml", raw.clone()),
        ("providers.toml", raw.clone()),
        ("rules/own.toml", rule(&name, "\"flurble\"").into()),
        ("rules/own.toml", rule("\"own\"", &name).into()),
        ("rules/own.toml", raw.clone()),
        ("trees/own.toml", node.into()),
        ("trees/own.toml", raw.clone()),
        ("formats/own.toml", format!("id = {name}\n{name} = 1\n").into()),
        ("themes/own.toml", format!("name = {name}\nabout = {name}\n[colours]\n{name} = {name}\n").into()),
        ("themes/own.toml", raw.clone()),
    ];
    for (file, content) in files {
        let path = config.join(file);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, content).unwrap();
        for (arguments, judge) in [
            (&["check"][..], text as Judge),
            (&["check", "--format", "json"], json),
            (&["config", "show"], text),
            (&["tree"], text),
            (&["tree", "--format", "md"], |bytes| {
                // Tags of ours: cells have no lines, and links stand by themselves.
                markdown(
                    String::from_utf8_lossy(bytes)
                        .replace("<br>", " ")
                        .replace("<https://", "")
                        .replace("<mailto:", "")
                        .replace("<http://postmaster.", "")
                        .as_bytes(),
                )
            }),
            (&["tree", "--format", "dot"], text),
            (&["report", "log"], text),
        ] {
            let named: &[&str] = if arguments[0] == "config" { &[] } else { &["--config", "config"] };
            let mut command = fivefifty(folder.path(), arguments);
            let done = judged(command.args(named).env("FIVEFIFTY_CONFIG", &config), judge);
            assert!(!(done.stdout.is_empty() && done.stderr.is_empty()), "{file} {arguments:?}");
        }
        fs::remove_dir_all(&config).unwrap();
    }
}

/// A TOML string.
fn toml_string(text: &str) -> String {
    let plain = |c: char| (' '..='~').contains(&c) && !matches!(c, '"' | '\\');
    let shown = |c: char| if plain(c) { c.to_string() } else { format!("\\U{:08X}", u32::from(c)) };
    format!("\"{}\"", text.chars().map(shown).collect::<String>())
}

#[test]
fn the_program_that_is_told_hears_one_clean_object_a_line() {
    let folder = folder(&logs::postfix());
    let heard = folder.path().join("heard");
    let told = format!("of={}", heard.display());
    let arguments =
        ["watch", "--exit-on-incident", "--for", "60s", "--no-redact", "--on-incident", "/bin/dd", "--arg"];
    judged(fivefifty(folder.path(), &arguments).args([&told, "log"]), text);
    let heard = fs::read(heard).unwrap();
    assert!(heard.ends_with(b"\n") && heard.len() > 100);
    assert_eq!(jsonl(&heard), None);
}

/// Arguments and environment are what programs pass on without looking: the news come by standard input alone.
#[test]
fn the_program_that_is_told_gets_nothing_of_strangers_in_its_arguments_and_environment() {
    let folder = folder(&logs::postfix());
    let script = "cat >/dev/null; cat /proc/$$/cmdline >arguments; cat /proc/$$/environ >environment";
    let own = ["/bin/sh", "-c", script, "told", "a b", "$HOME"];
    let environment = ["PATH=/usr/bin:/bin", "TZ=UTC", "XDG_CONFIG_HOME=/none"];
    let mut watch = fivefifty(
        folder.path(),
        &["watch", "--exit-on-incident", "--for", "60s", "--no-redact", "--on-incident"],
    );
    watch
        .arg(own[0])
        .args(own[1..].iter().map(|argument| format!("--arg={argument}")))
        .arg("log")
        .env_clear();
    watch.envs(environment.iter().map(|one| one.split_once('=').unwrap()));
    let done = judged(&mut watch, text);
    assert_eq!(done.status.code(), Some(3), "{}", String::from_utf8_lossy(&done.stderr));
    let got = |name: &str| {
        let bytes = fs::read(folder.path().join(name)).unwrap();
        let mut all: Vec<String> =
            bytes.split(|byte| *byte == 0).map(|one| String::from_utf8_lossy(one).into_owned()).collect();
        assert_eq!(all.pop().as_deref(), Some(""));
        all
    };
    assert_eq!(got("arguments"), own);
    let mut environ = got("environment");
    environ.sort();
    assert_eq!(environ, environment);
}

#[test]
fn a_traced_line_stands_as_it_is_in_the_log_unless_a_terminal_would_obey_it() {
    let head = "2026-11-21T14:00:00+00:00 mta postfix/smtp[2]: 4Yz000001zz: ";
    let plain = format!(r#"{head}CORP\nancy said \\e[2J, \"no\", ‹U+202E›"#);
    let folder = folder(format!("{plain}\n{head}CORP\\nancy said \x1b[2J\n").as_bytes());
    let done = judged(fivefifty(folder.path(), &["trace", "4Yz000001zz", "log"]).arg("log"), text);
    let (out, said) = (String::from_utf8_lossy(&done.stdout), String::from_utf8_lossy(&done.stderr));
    let lines: Vec<&str> = out.lines().collect();
    assert_eq!(lines, [plain.as_str(), &format!(r"{head}CORP\\nancy said \e[2J")]);
    assert!(
        said.contains("line 2 holds what a terminal obeys") && said.contains(r"\e is an escape byte"),
        "{said}"
    );
    let done =
        judged(&mut fivefifty(folder.path(), &["trace", "--format", "jsonl", "4Yz000001zz", "log"]), jsonl);
    let described =
        |line: &[u8]| serde_json::from_slice::<serde_json::Value>(line).unwrap()["described"].clone();
    let described: Vec<_> = done.stdout.trim_ascii().split(|byte| *byte == b'\n').map(described).collect();
    assert_eq!(described, [false, true]);
}

/// Looks at every file that was kept in a folder, and at its name; how many there are.
fn kept(folder: &Path) -> usize {
    let mut files = 0;
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().as_bytes();
        let is_plain = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_".contains(byte);
        assert!(name.iter().all(is_plain), "{path:?}");
        if path.is_dir() {
            files += kept(&path);
            continue;
        }
        let judge: Judge = match path.extension().and_then(OsStr::to_str) {
            Some("md") => markdown,
            Some("json") => json,
            Some("jsonl") => jsonl,
            Some("csv") => csv,
            _ => text,
        };
        let kept = fs::read(&path).unwrap();
        assert!(kept.is_empty() || judge(&kept).is_none(), "{path:?}: {:?}", judge(&kept));
        files += 1;
    }
    files
}

#[test]
fn what_is_kept_in_the_state_folder_is_clean_under_clean_names() {
    let folder = folder(&logs::kumomta_now());
    judged(&mut fivefifty(folder.path(), &["watch", "--once", "--remember", "log"]), text);
    assert!(kept(&folder.path().join("state")) > 0, "something is kept");
    judged(&mut fivefifty(folder.path(), &["export", "incident", "-o", "incident.md", "log"]), text);
    judged(&mut fivefifty(folder.path(), &["export", "suppression", "-o", "list.csv", "log"]), text);
    let written = ["incident.md", "list.csv"].map(|name| fs::read(folder.path().join(name)).unwrap());
    assert_eq!((markdown(&written[0]), csv(&written[1])), (None, None));
}

#[test]
fn a_mistake_quotes_no_argument_as_it_is() {
    let folder = folder(b"");
    for attacks in ATTACKS.chunks(9) {
        let attack = String::from_utf8_lossy(&without_nul(&attacks.concat())).into_owned();
        let flag = format!("--{attack}");
        let wrong: [&[&str]; 9] = [
            &["report", &flag],
            &["--window", &attack, "log"],
            &["report", "--format", &attack, "log"],
            &["report", "--since", &attack, "log"],
            &["trace", &attack, "gone"],
            &["tree", &attack],
            &["export", "dossier", "--for", &attack, "log"],
            &["--filter", &attack, "log"],
            &["--theme", &attack, "log"],
        ];
        for arguments in wrong {
            judged(&mut fivefifty(folder.path(), arguments), text);
        }
    }
    let raw = OsStr::from_bytes(b"\x1b[2J\xff\x9b");
    let done = judged(fivefifty(folder.path(), &["report"]).arg(raw), text);
    assert!(String::from_utf8_lossy(&done.stderr).contains("\\e[2J\\xff\\x9b: an argument has to be UTF-8"));
    let mut help = fivefifty(folder.path(), &["report", "--help"]);
    judged(help.env("FIVEFIFTY_CONFIG", OsStr::from_bytes(&without_nul(&all(0)))), text);
}
