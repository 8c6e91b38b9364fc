//! What the program must find in the logs of `fixtures/incidents`, and that those logs are what
//! their plans make.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod scenarios;

use scenarios::judge::judge;
use scenarios::{Scenario, logs, names, unpack};

/// One test for each scenario.
macro_rules! scenarios {
    ($($test:ident: $name:literal,)*) => {
        const ALL: &[&str] = &[$($name),*];
        $(#[test]
        fn $test() {
            let wrong = judge(&Scenario::open($name));
            assert!(wrong.is_empty(), "{}:\n- {}", $name, wrong.join("\n- "));
        })*
    };
}

scenarios! {
    a_list_that_many_receivers_name: "blocklist-named-list",
    one_content_at_many_providers: "content-across-providers",
    a_calm_day_with_its_rhythm: "daily-rhythm-calm",
    gmails_deferrals_for_reputation: "deferral-gmail",
    yahoos_deferrals_for_reputation: "deferral-reputation",
    gmails_view_of_an_address: "gmail-reputation",
    greylisting_of_a_new_address: "greylisting-new-ip",
    an_import_of_unknown_users: "list-quality",
    a_console_opened_in_the_middle: "opened-in-the-middle",
    authentication_at_outlook_com: "outlook-5.7.515",
    an_outage_that_is_not_ours: "provider-outage",
    an_incident_that_ends: "recovery",
    a_restart_and_its_flush: "restart-in-the-middle",
    one_address_again_and_again: "single-address-churn",
    a_slow_poisoning: "slow-poisoning",
    forty_mails_an_hour: "small-sender",
    two_incidents_at_once: "two-at-once",
}

#[test]
fn every_folder_is_a_test() {
    let mut all: Vec<&str> = ALL.to_vec();
    all.sort_unstable();
    assert_eq!(names(), all);
}

#[test]
fn the_logs_are_what_their_plans_make() {
    for name in names() {
        let scenario = Scenario::open(&name);
        let made = logs::write(&scenario.plan, &scenario.play());
        // The packed bytes may differ from one packer to the next.
        let kept = unpack(&scenario.log());
        let differs = made.lines().zip(kept.lines()).position(|(made, kept)| made != kept);
        let told = "`cargo run --example scenarios` writes it";
        assert!(made == kept, "{name}: not what the plan makes, from line {differs:?}; {told}");
    }
}

#[test]
fn the_logs_are_small() {
    let sizes = names().into_iter().map(|name| {
        let log = Scenario::open(&name).log();
        (std::fs::metadata(log).map_or(0, |file| file.len()), name)
    });
    let sizes: Vec<(u64, String)> = sizes.collect();
    assert!(sizes.iter().all(|(size, _)| *size < 160_000), "{sizes:?}");
    assert!(sizes.iter().map(|(size, _)| size).sum::<u64>() < 2_000_000, "{sizes:?}");
}
