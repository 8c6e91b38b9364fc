//! Holds the figures of the bench of the same name: with few runs, so that they cannot get worse
//! unseen. The seeds are not those that the thresholds were chosen on.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

#[path = "../benches/simulation/mod.rs"]
mod simulation;

use fivefifty::engine::{Rehearsal, Thresholds};
use simulation::calm;
use simulation::cases::Case;

/// Runs of each case.
const RUNS: u64 = 2;
const SEED: u64 = 3_001;

#[test]
fn every_case_is_told_in_time_and_as_what_it_is() {
    let first = Rehearsal::new(Thresholds::default()).unwrap();
    let mut wrong = Vec::new();
    for case in Case::ALL {
        // An hour and a half of mail takes its time; once is enough.
        let runs = if case == Case::SlowPoisoning { 1 } else { RUNS };
        for seed in SEED..SEED + runs {
            let run = case.run(seed, &first);
            let is_in_time = run.in_time || !case.is_incident();
            if !is_in_time || !run.is_right || run.false_alarms > 0 {
                wrong.push(format!("{} with seed {seed}: {run:?}", case.name()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn calm_days_have_no_incident() {
    let first = Rehearsal::new(Thresholds::default()).unwrap();
    for (days, mails) in [(8, 1_000.0), (1, 200_000.0)] {
        let found = calm::days(SEED, days, mails, &first);
        assert!(found.is_empty(), "{mails} a day: {found:#?}");
    }
}
