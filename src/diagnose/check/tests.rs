#![expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]

use crate::diagnose::Knowledge;
use crate::diagnose::knowledge::EMBEDDED;
use crate::model::Category;

const HEAD: &str = "source = \"test\"\nmonth = \"2026-03\"\n";

/// A whole that loads with a root: for each category a label and a remedy.
fn whole() -> String {
    let mut text = remedy("any", "always", "read", "suppress these") + "[labels]\n";
    for category in Category::ALL {
        text.push_str(&format!("{} = \"x\"\n", category.id()));
    }
    HEAD.to_owned() + &text
}

fn remedy(id: &str, when: &str, todo: &str, dont: &str) -> String {
    format!(
        "[[remedy]]\nid = \"{id}\"\nwhen = '{when}'\nincident = \"i\"\nmeaning = \"m\"\n\
         do = [\"{todo}\"]\ndont = [\"{dont}\"]\n"
    )
}

fn node(id: &str, rest: &str) -> String {
    format!("[[node]]\nid = \"{id}\"\nquestion = \"?\"\n{rest}\n")
}

fn root() -> String {
    node("N0", "then = \"end\"")
}

/// What is wrong with files of ours, the first of them `text`.
fn refusals(text: &str) -> Vec<String> {
    let text = format!("{HEAD}{text}");
    match Knowledge::assemble(&[("ours.toml", &text), ("whole.toml", &whole())], &[]) {
        Ok(_) => Vec::new(),
        Err(wrong) => {
            wrong.mistakes.iter().map(|mistake| format!("{}: {}", mistake.place(), mistake.what)).collect()
        }
    }
}

fn refusal(text: &str) -> String {
    let mut all = refusals(text);
    assert!(all.len() < 2, "{all:?}");
    all.pop().unwrap_or_else(|| "loaded".to_owned())
}

#[test]
fn the_trees_inside_the_binary_are_in_order() {
    let failures: Vec<String> = Knowledge::failures().iter().map(ToString::to_string).collect();
    assert!(failures.is_empty(), "{}", failures.join("\n"));
    Knowledge::embedded().unwrap();
}

#[test]
fn a_tree_that_cannot_be_walked_is_refused_with_file_node_and_reason() {
    assert_eq!(refusal(&root()), "loaded");
    let cases = [
        (node("N1", "then = \"end\""), "trees: node `N0`, where all begins, is missing"),
        (root() + &node("N1", "then = \"end\""), "ours.toml:8:6: node `N1`: cannot be reached from N0"),
        (root() + &root(), "ours.toml:8:6: node `N0`: the id is used twice"),
        (node("N0", "then = \"N7\""), "ours.toml:4:6: node `N0`: leads to `N7`, which does not exist"),
        (node("N0", ""), "ours.toml:4:6: node `N0`: dead end"),
        (
            node("N0", "[[node.branch]]\nwhen = \"always\"\nanswer = \"a\""),
            "ours.toml:4:6: node `N0`: dead end",
        ),
        (
            node("N0", "then = \"N1\"") + &node("N1", "then = \"N2\"") + &node("N2", "then = \"N1\""),
            "ours.toml:8:6: node `N1`: a path comes back to it: N0 → N1 → N2 → N1",
        ),
        (
            root() + "[[step]]\nid = \"s\"\ntitle = \"t\"\nnode = \"N9\"",
            "ours.toml:8:6: step `s`: leads to `N9`, which does not exist",
        ),
    ];
    for (text, expected) in cases {
        let refusal = refusal(&text);
        assert!(refusal.starts_with(expected), "{refusal}");
    }
}

#[test]
fn an_unknown_name_word_place_or_key_is_refused_with_its_place() {
    let branch = |rest: &str| node("N0", &format!("then = \"end\"\n[[node.branch]]\n{rest}"));
    let cases = [
        (
            branch("when = \"raet >= 5%\"\nanswer = \"a\""),
            "ours.toml:8:8: node `N0`: condition `raet >= 5%`, character 1: no evidence is named `raet`; did you \
             mean `rate`?",
        ),
        (
            branch("when = \"category = ip_reputaton\"\nanswer = \"a\""),
            "ours.toml:8:8: node `N0`: condition `category = ip_reputaton`, character 12: no such word is known: \
             `ip_reputaton`; did you mean `ip_reputation`?",
        ),
        (
            branch("operator = \"yes\"\nanswer = \"{raet}\""),
            "ours.toml:9:10: node `N0`: the sentence has a place `raet` that no evidence fills; did you mean",
        ),
        (
            branch("operator = \"yes\"\nanswer = \"a\"\nmode = \"panic\""),
            "ours.toml:10:8: node `N0`: condition `mode = panic`, character 8: no such word is known: `panic`; those",
        ),
        (
            branch("operator = \"maybe\"\nanswer = \"a\""),
            "ours.toml:8:12: node `N0`: `maybe` is not known here",
        ),
        (branch("answer = \"a\""), "ours.toml:8:10: node `N0`: an answer has neither `when` nor `operator`"),
        (node("N0", "than = \"end\""), "ours.toml:6:1: node `N0`: `than` is not known here; those are "),
        (node("N 0", "then = \"end\""), "ours.toml:4:6: node `N 0`: an id has up to 80 letters"),
        (
            node("N0", "then = \"end\"\nask = \"x\"\nfigure = \"spam_rat\""),
            "ours.toml:8:10: node `N0`: no figure is named `spam_rat`; did you mean `spam_rate`?",
        ),
        (node("N0", "then = \"end\"\nfigure = \"spam_rate\""), "ours.toml:7:10: node `N0`: needs an `ask`"),
    ];
    for (text, expected) in cases {
        let refusals = refusals(&text);
        assert!(refusals.iter().any(|one| one.starts_with(expected)), "{expected}: {refusals:?}");
    }
    assert!(refusals("[labels]\nspam = \"x\"")[0].starts_with("ours.toml:4:1: `spam` is not known here"));
    assert!(refusals("[[nod]]\n")[0].starts_with("ours.toml:3:3: no field `nod`; did you mean `node`?"));
    assert!(refusals("[[node")[0].starts_with("ours.toml:3:"));
}

#[test]
fn all_mistakes_are_told_at_once() {
    let text = node("N0", "then = \"N2\"\n[[node.branch]]\nwhen = \"raet > 1\"\nanswer = \"{x\"")
        + &node("N1", "thn = \"end\"")
        + &node("N2", "")
        + &node("N3", "then = \"N1\"")
        + "[[step]]\nid = \"s\"\ntitle = \"t\"\nwhen = \"(always\"\nnode = \"N3x\"\n";
    let told = refusals(&text);
    let has = |part: &str| told.iter().any(|one| one.contains(part));
    for part in
        ["`raet`", "place `{`", "`thn` is not known here", "`N2`: dead end", "expected `)`", "leads to `N3x`"]
    {
        assert!(has(part), "{part}: {told:?}");
    }
    assert!(!has("leads to `N1`"), "a node that could not be read is there all the same: {told:?}");
}

#[test]
fn knowledge_without_source_or_month_is_refused() {
    for (source, month) in [("", "2026-03"), ("x", "March 2026"), ("x", "2026-13"), ("x", "2026-00")] {
        let dated = format!("source = \"{source}\"\nmonth = \"{month}\"\nthen = \"end\"");
        let refusal = refusal(&node("N0", &dated));
        assert!(refusal.starts_with("ours.toml:4:6: node `N0`: needs a `source`"), "{month}: {refusal}");
    }
    let step = "source = \"\"\n[[step]]\nid = \"s\"\ntitle = \"t\"\n";
    let wrong = Knowledge::with_own(&[("own.toml", step.as_bytes())]).unwrap_err().to_string();
    assert!(wrong.contains("step `s`: needs a `source`"), "{wrong}");
}

#[test]
fn a_category_without_label_or_remedy_is_refused() {
    let without = |from: &str, to: &str| {
        let text = whole().replace(from, to).replace("[[remedy]]", &(root() + "[[remedy]]"));
        Knowledge::assemble(&[("ours.toml", &text)], &[]).unwrap_err().to_string()
    };
    assert_eq!(without("virus = \"x\"\n", ""), "trees: no label for category `virus`");
    assert_eq!(
        without("when = 'always'", "when = 'category != virus'"),
        "trees: no remedy for category `virus`"
    );
}

#[test]
fn a_remedy_that_is_never_chosen_is_refused() {
    let general = remedy("general", "category = virus", "read", "suppress");
    let special = remedy("special", "category = virus and provider = gmail", "read", "suppress");
    assert_eq!(refusal(&(root() + &special + &general)), "loaded");
    let refusal = refusal(&(root() + &general + &special));
    assert!(refusal.contains("remedy `special`: is never chosen"), "{refusal}");
    assert!(refusal.contains("`general` before it always holds"), "{refusal}");
}

#[test]
fn advice_to_suppress_is_refused_where_the_address_may_be_innocent() {
    let with = |when: &str, todo: &str| refusal(&(root() + &remedy("own", when, todo, "suppress")));
    assert_eq!(with("category = user_unknown and action = suppress", "Suppress them"), "loaded");
    assert_eq!(with("category = mailbox_full", "Suppress them after weeks"), "loaded");
    for when in [
        "category = blocklist",
        "category = user_unknown",
        "category in [bad_domain, policy] and action = suppress",
        "provider = gmail",
        "enhanced = 5.1.1",
    ] {
        let refusal = with(when, "Suppress them");
        assert!(refusal.contains("remedy `own`: tells to suppress, but could hold for"), "{refusal}");
    }
    let branch = "then = \"end\"\n[[node.branch]]\nwhen = \"always\"\nanswer = \"a\"\ndo = [\"suppress\"]";
    assert!(refusal(&node("N0", branch)).contains("node `N0`: tells to suppress"));
    for step in ["title = \"Suppress them\"", "title = \"x\"\ndetail = \"suppress them\""] {
        let step = format!("[[step]]\nid = \"s\"\n{step}");
        assert!(refusal(&(root() + &step)).contains("step `s`: tells to suppress"));
    }
}

#[test]
fn a_remedy_for_our_own_fault_must_forbid_to_suppress() {
    let text = root() + &remedy("own", "category = policy", "read", "panic");
    let refusal = refusal(&text);
    assert!(refusal.contains("remedy `own`: holds for policy, a fault on our side"), "{refusal}");
}

#[test]
fn every_way_of_ours_is_dated_and_every_page_is_a_page() {
    for (file, text) in EMBEDDED {
        for line in text.lines().filter(|line| line.trim_start().starts_with("links")) {
            let pages = line.split('"').skip(1).step_by(2);
            pages.for_each(|page| {
                assert!(page.contains("://") || page.starts_with("mailto:"), "{file}: {page}")
            });
        }
    }
}
