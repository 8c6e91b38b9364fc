//! `fivefifty tree`, and trees of the operator's own, from outside.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use serde_json::Value;

fn fivefifty(home: &Path, arguments: &[&str]) -> Output {
    let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
    // No settings of whoever runs the tests.
    command.env_clear().env("TZ", "UTC").env("XDG_CONFIG_HOME", home).stdin(Stdio::null());
    command.args(arguments).output().unwrap()
}

fn out(output: &Output) -> String {
    assert!(output.status.success(), "{}", err(output));
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn err(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

/// A home with these files of trees in its configuration folder.
fn home(files: &[(&str, &str)]) -> tempfile::TempDir {
    let home = tempfile::tempdir().unwrap();
    let folder = home.path().join("fivefifty/trees");
    fs::create_dir_all(&folder).unwrap();
    files.iter().for_each(|(name, text)| fs::write(folder.join(name), text).unwrap());
    home
}

const OWN: &str = "source = \"our runbook\"\nmonth = \"2026-11\"\n\
    [[node]]\nid = \"N8.gmail\"\nquestion = \"Our board \\u001b[31mgreen?\"\ndepth = 2\nthen = \"N8.compliance\"\nask = \"a|b\"\n\
    [[remedy]]\nid = \"ours\"\nwhen = \"category = greylist\"\nincident = \"Wait\"\nmeaning = \"wait\"\ndo = [\"Wait\"]\n\
    [[step]]\nid = \"tell\"\nremove = true\n";

#[test]
fn the_tree_is_drawn_with_every_node_once() {
    let plain = home(&[]);
    let text = out(&fivefifty(plain.path(), &["tree"]));
    let ids: Vec<&str> = out_nodes(&text);
    let unique: BTreeSet<&&str> = ids.iter().collect();
    assert_eq!(ids.len(), unique.len(), "no node is drawn twice");
    assert!(text.starts_with("N0  Is it an incident?\n") && ids.len() > 70, "{}", ids.len());
    assert!(text.contains("remedies: outlook-515") && text.contains("→ N10.escalate"));
    assert!(
        text.lines().last().unwrap().contains(&format!("{} nodes", ids.len())),
        "{:?}",
        text.lines().last()
    );
}

/// The ids of the lines that draw a node.
fn out_nodes(text: &str) -> Vec<&str> {
    let heads = text.lines().filter_map(|line| line.trim_start_matches(['│', ' ']).split_once("  "));
    heads.map(|(id, _)| id).filter(|id| id.starts_with('N') && !id.contains(' ')).collect()
}

#[test]
fn graphviz_gets_nodes_and_edges_that_all_exist() {
    let own = home(&[("own.toml", OWN)]);
    let dot = out(&fivefifty(own.path(), &["tree", "--format", "dot"]));
    assert!(dot.starts_with("digraph fivefifty {\n") && dot.ends_with("}\n"));
    let (mut nodes, mut ends) = (BTreeSet::new(), BTreeSet::new());
    for line in dot.lines().map(str::trim).filter(|line| line.starts_with('"')) {
        assert!(line.ends_with("];"), "{line}");
        // Quotes that are not escaped come in pairs.
        let quotes = line.replace("\\\\", "").replace("\\\"", "").matches('"').count();
        assert!(quotes % 2 == 0, "{line}");
        let mut words = line.split('"');
        let first = words.nth(1).unwrap();
        if words.next() == Some(" -> ") {
            ends.extend([first.to_owned(), words.next().unwrap().to_owned()]);
        } else {
            assert!(nodes.insert(first.to_owned()), "{first} twice");
        }
    }
    assert!(ends.is_subset(&nodes), "{:?}", ends.difference(&nodes));
    assert!(nodes.contains("end") && nodes.len() > 70 && !dot.contains('\u{1b}'));
    let part = out(&fivefifty(own.path(), &["tree", "--format", "dot", "N10.escalate"]));
    assert!(part.contains("N10.path") && !part.contains("N6.list"), "{part}");
}

#[test]
fn a_wiki_gets_a_heading_for_each_node_and_no_strangers_markup() {
    let own = home(&[("own.toml", OWN)]);
    let md = out(&fivefifty(own.path(), &["tree", "--format", "md"]));
    assert!(
        md.contains("## ` N8.gmail `: Our board \\\\e\\[31mgreen?") && md.contains("- Ask: a\\|b"),
        "{md}"
    );
    assert!(md.contains("## ` ours `: Wait") && md.contains("Source: our runbook (2026-11)"));
    let tables = md.lines().filter(|line| line.starts_with("| "));
    for row in tables {
        let bars = row.replace("\\|", "").matches('|').count();
        assert!([5].contains(&bars), "{bars}: {row}");
    }
    let one = out(&fivefifty(own.path(), &["tree", "--format", "md", "ours"]));
    assert!(one.contains("` category = greylist `") && !one.contains("N0"));
}

#[test]
fn one_entry_is_printed_whole_and_an_unknown_one_is_wrong_use() {
    let own = home(&[("own.toml", OWN)]);
    let node = out(&fivefifty(own.path(), &["tree", "N8.gmail"]));
    assert!(node.starts_with("N8.gmail  Our board \\e[31mgreen?\n") && node.contains("own.toml:4"), "{node}");
    assert!(node.contains("from     N8.provider") && node.contains("our runbook (2026-11)"));
    let remedy = out(&fivefifty(own.path(), &["tree", "outlook-515"]));
    assert!(remedy.contains("don't: suppress these addresses") && remedy.contains("see: https://"));
    assert!(out(&fivefifty(own.path(), &["tree", "dashboard"])).contains("Postmaster Tools"));
    for (arguments, near) in [
        (&["tree", "N8.gmial"][..], "did you mean `N8.gmail`?"),
        (&["tree", "outlok-515"], "did you mean `outlook-515`?"),
        (&["tree", "--format", "dot", "outlook-515"], "no node is named `outlook-515`"),
        (&["tree", "tell"], "no node, remedy or step is named `tell`"),
        (&["tree", "\u{1b}[2J"], "\\e[2J"),
    ] {
        let output = fivefifty(own.path(), arguments);
        assert_eq!((output.status.code(), output.stdout.len()), (Some(2), 0), "{}", err(&output));
        assert!(err(&output).contains(near), "{}", err(&output));
        assert!(!err(&output).contains('\u{1b}'));
    }
}

#[test]
fn a_reader_that_goes_away_is_no_error() {
    let plain = home(&[]);
    let mut command = Command::new(env!("CARGO_BIN_EXE_fivefifty"));
    command.env_clear().env("XDG_CONFIG_HOME", plain.path()).args(["tree", "--format", "md"]);
    let mut child = command.stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    drop(child.stdout.take());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success() && output.stderr.is_empty(), "{}", err(&output));
}

#[test]
fn check_says_what_own_trees_hold_and_what_they_replace() {
    let own = home(&[("own.toml", OWN)]);
    let told = out(&fivefifty(own.path(), &["check"]));
    assert!(told.contains("trees/own.toml: 1 node, 1 remedy"), "{told}");
    assert!(told.contains("Your trees replace ours: N8.gmail"), "{told}");
    assert!(told.contains("Your trees remove ours: tell"), "{told}");
    assert!(told.contains("Your remedy ours always goes before ours: greylist is never chosen"), "{told}");
    let json: Value =
        serde_json::from_str(&out(&fivefifty(own.path(), &["check", "--format", "json"]))).unwrap();
    assert_eq!(json["trees"][0]["replaces"], serde_json::json!(["N8.gmail"]));
    let built_in = out(&fivefifty(own.path(), &["check", "--built-in"]));
    assert!(built_in.contains("trees/triage.toml: ") && built_in.contains("trees/checklist.toml: "));
}

#[test]
fn check_tells_all_mistakes_of_trees_and_rules_with_their_places() {
    let dated = "source = \"us\"\nmonth = \"2026-11\"\n";
    let own = home(&[
        ("a.toml", &format!("{dated}[[node]]\nid = \"x\"\nquestion = \"?\"\nthen = \"N6.lsit\"\n")),
        ("b.toml", "[[step]]\nid = \"y\"\ntitle = \"{reciever}\"\nwhen = \"raet > 1\"\n"),
        ("c.toml", "[[node\n"),
    ]);
    fs::create_dir_all(own.path().join("fivefifty/rules")).unwrap();
    fs::write(own.path().join("fivefifty/rules/r.toml"), "[[rule]]\nid = \"x\"\n").unwrap();
    let output = fivefifty(own.path(), &["check"]);
    assert_eq!((output.status.code(), output.stdout.len()), (Some(1), 0));
    let told: String = err(&output).split_whitespace().collect::<Vec<_>>().join(" ");
    for part in [
        "a.toml:4:6: node `x`: leads to `N6.lsit`, which does not exist; did you mean `N6.list`?",
        "b.toml:2:6: step `y`: needs a `source`",
        "place `reciever` that no evidence fills; did you mean `receiver`?",
        "no evidence is named `raet`; did you mean `rate`?",
        "c.toml:1:",
        "rules/r.toml:2:",
    ] {
        assert!(told.contains(part), "{part}: {told}");
    }
    let typo = format!("{dated}[[step]]\nid = \"y\"\ntitle = \"t\"\nwhen = \"provider in [gmial, yahoo]\"\n");
    let told = err(&fivefifty(home(&[("a.toml", &typo)]).path(), &["check"]));
    let told: String = told.split_whitespace().collect::<Vec<_>>().join(" ");
    assert!(told.contains("step `y`: no provider has the id `gmial`; did you mean `gmail`?"), "{told}");
    // What is wrong is not used, and is told by whatever would use it.
    for arguments in [&["tree"][..], &["report", "-"]] {
        let output = fivefifty(own.path(), arguments);
        assert_eq!(output.status.code(), Some(1));
        assert!(err(&output).contains("N6.lsit"), "{}", err(&output));
    }
}

/// The knowledge names providers by ids that the table of providers has.
#[test]
fn every_provider_that_the_trees_ask_for_is_in_the_table() {
    let knowledge = fivefifty::classify::Knowledge::embedded().unwrap();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("src/trees");
    let mut asked = 0;
    for entry in fs::read_dir(folder).unwrap().flatten() {
        let text = fs::read_to_string(entry.path()).unwrap();
        for line in text.lines().filter(|line| line.trim_start().starts_with("when = ")) {
            for start in ["provider in [", "top in [", "provider = ", "top = "] {
                for after in line.split(start).skip(1) {
                    let ids = after.split(if start.ends_with('[') { ']' } else { ' ' }).next().unwrap();
                    for id in ids.split(", ").map(|id| id.trim_end_matches(['"', ')'])) {
                        asked += 1;
                        assert!(knowledge.provider_by_id(id).is_some(), "`{id}` in {line}");
                    }
                }
            }
        }
    }
    assert!(asked > 100, "{asked}");
}

/// What is told of a reply that this host gave.
fn told_of(relay: &str, reply: &str) -> String {
    let plain = home(&[]);
    let arguments = ["explain", "--format", "jsonl", "--as", "reply", "--relay", relay, reply];
    let told: Value = serde_json::from_str(&out(&fivefifty(plain.path(), &arguments))).unwrap();
    format!("{} {} {}", told["verdict"], told["do"], told["links"])
}

#[test]
fn removal_is_asked_of_the_list_that_the_reply_names() {
    let proofpoint = "550 5.7.0 Blocked - see https://ipcheck.proofpoint.com/?ip=192.0.2.1";
    let psbl = "554 5.7.1 Service unavailable; Client host [192.0.2.1] blocked using psbl.surriel.com";
    let passed_on = format!("550 5.0.350 Remote server returned an error -> {psbl}");
    for (relay, reply, wanted, wrong) in [
        ("mx01.mail.icloud.com", proofpoint, "ipcheck.proofpoint.com", "Spamhaus"),
        ("mx01.mail.icloud.com", psbl, "the list that the reply names", "Spamhaus, stop"),
        ("outlook-com.olc.protection.outlook.com", psbl, "the list that the reply names", "Outlook.com"),
        ("corp-com.mail.protection.outlook.com", &passed_on, "the list that the reply names", "Outlook.com"),
    ] {
        let told = told_of(relay, reply);
        assert!(told.contains(wanted) && !told.contains(wrong), "{relay}: {reply}\n{told}");
    }
    let own = "550 5.7.1 Unfortunately, messages from [192.0.2.1] weren't sent. Please contact your Internet \
               service provider since part of their network is on our block list (S3150).";
    assert!(told_of("outlook-com.olc.protection.outlook.com", own).contains("Outlook.com sender form"));
}

#[test]
fn what_att_refuses_is_not_asked_of_yahoo() {
    let rate = "421 4.7.0 too many messages from your IP address, slow down";
    for relay in ["al-ip4-mx-vip1.prodigy.net", "ff-ip4-mx-vip1.prodigy.net"] {
        let told = told_of(relay, rate);
        assert!(!told.to_lowercase().contains("yahoo"), "{told}");
    }
    assert!(told_of("mta7.am0.yahoodns.net", rate).contains("yahooinc"));
}
