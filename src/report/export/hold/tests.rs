//! Recipes are whole, have a way back, and let nothing but host names into a command.

#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use super::{HOLDS, Held, Holds, fill, hold, holding, is_host, page};
use crate::engine::{Setup, Whose};
use crate::report::Form;
use crate::text::Clean;

fn gmail() -> Held {
    let setup = Setup::embedded().unwrap();
    Held::of("gmail", setup.provider("gmail").as_ref(), &setup.provider_ids(), None).unwrap()
}

#[test]
fn every_recipe_reads_and_is_whole() {
    let holds: Holds = toml::from_str(HOLDS).unwrap();
    assert_eq!(holding(), ["postfix", "exim", "powermta", "kumomta", "sendmail", "opensmtpd"]);
    for recipe in &holds.hold {
        let text = page(&gmail(), recipe, Form::Text);
        assert!(!text.contains(['«', '»', '\0']), "{}: a mark is left: {text}", recipe.mta);
        assert!(text.contains("gmail.com") && text.contains("googlemail.com"), "{text}");
        assert!(!recipe.source.is_empty() && recipe.month.len() == 7, "{}", recipe.mta);
        assert!(!recipe.hold.is_empty() && !recipe.release.is_empty(), "{}: no way back", recipe.mta);
        assert_eq!(recipe.slow.is_empty(), recipe.hurry.is_empty(), "{}: no way back", recipe.mta);
        assert_eq!(recipe.slow.is_empty(), recipe.never.is_some(), "{}: not slow, and why not", recipe.mta);
        assert!(text.contains(&recipe.since) && recipe.since.contains(char::is_numeric), "{text}");
    }
}

#[test]
fn a_command_in_a_sentence_is_copied_as_it_runs() {
    let text = hold(&gmail(), Some("exim"), &[], Form::Markdown).unwrap();
    let run = "`exiqgrep -i -r '@(gmail\\.com|googlemail\\.com)$' | xargs -r exim -Mf`";
    assert!(text.contains(run), "{text}");
    let text = hold(&gmail(), Some("sendmail"), &[], Form::Markdown).unwrap();
    assert!(text.contains("(\\`blocklist\\_recipients')"), "m4's quote has no other half: {text}");
}

#[test]
fn only_the_transport_itself_waits_no_longer() {
    let text = page(&gmail(), &toml::from_str::<Holds>(HOLDS).unwrap().hold[0], Form::Text);
    let line = text.lines().find(|line| line.contains("grep -vxF")).unwrap().trim();
    let postconf = "postconf() { case $1 in -h) echo 'held_gmail_x, held_gmail smtp,held_gmail';; \
                    *) shift; echo \"$*\";; esac; }";
    let ran = std::process::Command::new("/bin/sh").arg("-c").arg(format!("{postconf}\n{line}")).output();
    assert_eq!(
        String::from_utf8_lossy(&ran.unwrap().stdout).trim_end(),
        "defer_transports = held_gmail_x smtp"
    );
}

#[test]
fn marks_are_filled_once_for_each_domain() {
    assert_eq!(fill("a «each:x '«domain»/*'» b", &gmail()), "a x 'gmail.com/*'\nx 'googlemail.com/*' b");
    assert_eq!(
        fill("«colons»; «regex»; «tag»", &gmail()),
        "gmail.com : googlemail.com; gmail\\.com|googlemail\\.com; held_gmail"
    );
}

#[test]
fn nothing_but_a_host_name_gets_into_a_command() {
    for wrong in [
        "",
        "a",
        "a b.example",
        "a.example;reboot",
        "$(x).example",
        "-a.example",
        "a..b",
        "a.example\n",
        "'.example",
        "ü.example",
    ] {
        assert!(!is_host(wrong), "{wrong}");
    }
    assert!(is_host("mx-1.Example.co.uk"));
    let evil = Whose {
        id: Clean::from("e v;il"),
        name: Clean::from("Evil"),
        domains: vec![Clean::from("a.example;reboot"), Clean::from("b.example")],
        parents: vec![Clean::from("$(x)")],
        hosts: Vec::new(),
    };
    let held = Held::of("evil", Some(&evil), &[], None).unwrap();
    for mta in holding() {
        let text = hold(&held, Some(mta), &[], Form::Markdown).unwrap();
        assert!(!text.contains("reboot") && !text.contains("$(x)") && !text.contains("e v;il"), "{text}");
    }
}

#[test]
fn what_is_not_known_is_said_with_what_is() {
    let setup = Setup::embedded().unwrap();
    let ids = setup.provider_ids();
    let told = |id: &str| Held::of(id, setup.provider(id).as_ref(), &ids, None).unwrap_err().to_string();
    assert!(told("gmial").contains("gmail") || told("gmial").contains("board"), "{}", told("gmial"));
    assert!(told("microsoft").contains("microsoft-consumer"), "{}", told("microsoft"));
    assert!(told("google-workspace").contains("others' domains"));
    let told = hold(&gmail(), Some("lotus"), &[], Form::Text).unwrap_err().to_string();
    assert!(told.contains("postfix"), "{told}");
    assert!(hold(&gmail(), None, &[Clean::from("haraka")], Form::Text).is_err());
    assert!(hold(&gmail(), None, &[], Form::Text).is_err());
}
