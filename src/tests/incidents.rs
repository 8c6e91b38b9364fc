//! What the program must find in the logs of `fixtures/incidents`, and that those logs are what
//! their plans make.

#![expect(clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod scenarios;

use scenarios::judge::judge;
use scenarios::{Scenario, live, logs, names, seen, time, unpack};

/// One test for each scenario.
macro_rules! scenarios {
    ($($test:ident: $name:literal,)*) => {
        const ALL: &[&str] = &[$($name),*];
        $(#[test]
        fn $test() {
            let scenario = Scenario::open($name);
            let wrong = judge(&scenario, &scenario.expected());
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
    our_own_network: "own-network",
    an_incident_that_ends: "recovery",
    a_restart_and_its_flush: "restart-in-the-middle",
    a_second_cause_at_a_provider_that_has_one: "second-cause",
    one_address_again_and_again: "single-address-churn",
    a_slow_poisoning: "slow-poisoning",
    forty_mails_an_hour: "small-sender",
    two_incidents_at_once: "two-at-once",
}

#[test]
fn the_timeline_of_the_first_names_the_second_cause() {
    let seen = seen::read(&Scenario::open("second-cause").log(), None);
    let mut incidents: Vec<_> = seen.incidents.iter().map(|one| (one.onset, one.second_cause)).collect();
    incidents.sort_unstable();
    let told: Vec<bool> = incidents.into_iter().map(|(_, is_told)| is_told).collect();
    assert_eq!(told, [true, false]);
}

#[test]
fn what_an_incident_counts_is_what_is_found_by_looking_into_it() {
    let mut looked_at = 0;
    for name in names() {
        for incident in seen::read(&Scenario::open(&name).log(), None).incidents {
            let (rejected, attempts) = incident.counts;
            for (what, found) in incident.found {
                assert_eq!(found, rejected, "{name}: {what} of {}", incident.verdict);
            }
            assert!(rejected > 0 && rejected <= attempts, "{name}: {rejected} of {attempts}");
            looked_at += 1;
        }
    }
    assert!(looked_at >= names().len() / 2, "{looked_at} incidents");
}

#[test]
fn no_verdict_speaks_of_an_incident_where_none_is_found() {
    let mut told = 0;
    for (name, until) in [
        ("daily-rhythm-calm", None),
        ("single-address-churn", None),
        ("greylisting-new-ip", None),
        ("restart-in-the-middle", None),
        ("provider-outage", None),
        ("own-network", None),
        ("slow-poisoning", Some("2026-11-21T06:12:00Z")),
        ("slow-poisoning", Some("2026-11-21T06:24:00Z")),
        ("slow-poisoning", Some("2026-11-21T06:30:00Z")),
        ("slow-poisoning", Some("2026-11-21T06:36:00Z")),
        ("list-quality", Some("2026-11-21T12:00:10Z")),
        ("small-sender", Some("2026-11-21T06:05:00Z")),
    ] {
        let until = until.map(|at| time::moment(time::parse(at)));
        for verdict in seen::calm_verdicts(&Scenario::open(name).log(), until) {
            let claimed = verdict.to_lowercase().replace("no incident", "");
            assert!(!claimed.contains("incident"), "{name}: {verdict}");
            told += 1;
        }
    }
    assert!(told > 100, "{told} verdicts");
}

#[test]
fn followed_live_the_same_incidents_come_out_as_by_reading() {
    for (name, calm) in [("gmail-reputation", 40), ("recovery", 25), ("two-at-once", 40)] {
        let wrong = live::compare(&Scenario::open(name), calm);
        assert!(wrong.is_empty(), "{name}:\n{}", wrong.join("\n"));
    }
}

#[test]
fn the_judge_says_what_is_wrong() {
    let (calm, struck) = (Scenario::open("daily-rhythm-calm"), Scenario::open("recovery"));
    let wrong = judge(&struck, &calm.expected());
    assert!(wrong.iter().any(|what| what.starts_with("an incident too many: ")), "{wrong:?}");
    let mut expected = struck.expected();
    let case = case_of(&mut expected);
    case.onset = "2026-11-21T12:14:00Z".to_owned();
    case.until = None;
    case.verdict.push("greylisting".to_owned());
    let advice = case.diagnosis.as_mut().expect("advice");
    advice.ticked.push("stop".to_owned());
    advice.todo.push("do nothing".to_owned());
    let wrong = judge(&struck, &expected);
    for what in
        ["outlook: onset 6", "told to have ended", "no `greylisting`", "`stop` is open", "no `do nothing`"]
    {
        assert!(wrong.iter().any(|one| one.contains(what)), "{what}: {wrong:?}");
    }
    case_of(&mut expected).provider = Some("gmail".to_owned());
    let wrong = judge(&struck, &expected);
    assert!(wrong.iter().any(|what| what == "outlook: the incident was not found"), "{wrong:?}");
}

fn case_of(expected: &mut scenarios::expected::Expected) -> &mut scenarios::expected::Case {
    expected.incident.first_mut().expect("an incident")
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
    assert!(sizes.iter().map(|(size, _)| size).sum::<u64>() < 2_400_000, "{sizes:?}");
}
