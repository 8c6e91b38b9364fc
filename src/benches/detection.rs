//! How well incidents are told: `cargo bench --bench detection`. It measures and never decides; the
//! test of the same name holds the figures with fewer runs.
//!
//! `cargo bench --bench detection -- RUNS FIRST_SEED CALM_SEEDS [WORD OF A CASE]…`; 1,000 runs from seed 1,001 on and
//! five seeds of calm without. The thresholds of the tests were chosen on seeds 1–200.
#![expect(
    clippy::unwrap_used,
    clippy::print_stderr,
    clippy::print_stdout,
    reason = "a bench may fail loudly, and prints its figures"
)]

#[path = "simulation/mod.rs"]
mod simulation;

use std::time::Instant;

use fivefifty::engine::{Rehearsal, Thresholds};
use simulation::calm;
use simulation::cases::{Case, Run};

fn main() {
    let numbers: Vec<u64> = std::env::args().filter_map(|word| word.parse().ok()).collect();
    let runs = numbers.first().copied().unwrap_or(1_000);
    let seed = numbers.get(1).copied().unwrap_or(1_001);
    let calms = numbers.get(2).copied().unwrap_or(5);
    let first = Rehearsal::new(Thresholds::default()).unwrap();
    println!(
        "| {runs} runs of each, seeds from {seed} | told | in time | rejections until then: median, p95, most | seconds: median, p95, most | verdict wrong | false alarms |"
    );
    println!("|---|---|---|---|---|---|---|");
    let words: Vec<String> = std::env::args()
        .skip(1)
        .filter(|word| word.parse::<u64>().is_err() && !word.starts_with('-'))
        .collect();
    let is_wanted =
        |case: &Case| words.is_empty() || words.iter().any(|word| case.name().contains(word.as_str()));
    for case in Case::ALL.into_iter().filter(is_wanted) {
        let began = Instant::now();
        let all = parallel(seed..seed + runs, |seed| case.run(seed, &first));
        row(case, &all);
        eprintln!("  {} took {:.1} s", case.name(), began.elapsed().as_secs_f64());
    }
    println!("\n| 30 calm days | incidents by seed | per 30 days |\n|---|---|---|");
    for (name, mails) in [("1,000 mails a day", 1_000.0), ("1,000,000 mails a day", 1_000_000.0)] {
        let began = Instant::now();
        let found = parallel(seed..seed + calms, |seed| calm::days(seed, 30, mails, &first));
        for incident in found.iter().flatten() {
            eprintln!(
                "  {} {} {} of {}",
                incident.id, incident.verdict, incident.rejected, incident.attempts
            );
        }
        let counts: Vec<usize> = found.iter().map(Vec::len).collect();
        let mean = counts.iter().sum::<usize>() as f64 / counts.len() as f64;
        let counts: Vec<String> = counts.iter().map(usize::to_string).collect();
        println!("| {name}, {} seeds | {} | {mean:.2} |", counts.len(), counts.join(", "));
        eprintln!("  took {:.1} s", began.elapsed().as_secs_f64());
    }
}

fn row(case: Case, all: &[Run]) {
    let share = |count: usize| format!("{:.1} %", 100.0 * count as f64 / all.len() as f64);
    let false_alarms: usize = all.iter().map(|run| run.false_alarms).sum();
    let wrong = share(all.iter().filter(|run| !run.is_right).count());
    if !case.is_incident() {
        println!("| {} | none | | | | {wrong} | {false_alarms} |", case.name());
        return;
    }
    let delays: Vec<(u64, i64)> = all.iter().filter_map(|run| run.delay).collect();
    let mut heard: Vec<i64> = delays.iter().map(|(heard, _)| *heard as i64).collect();
    let mut seconds: Vec<i64> = delays.iter().map(|(_, seconds)| *seconds).collect();
    println!(
        "| {} | {} | {} | {} | {} | {wrong} | {false_alarms} |",
        case.name(),
        share(delays.len()),
        share(all.iter().filter(|run| run.in_time).count()),
        spread(&mut heard),
        spread(&mut seconds),
    );
}

fn spread(values: &mut [i64]) -> String {
    values.sort_unstable();
    let at = |share: f64| values.get(((values.len() as f64 * share) as usize).min(values.len().max(1) - 1));
    let [median, p95, most] = [0.5, 0.95, 1.0].map(|share| at(share).copied().unwrap_or_default());
    format!("{median}, {p95}, {most}")
}

/// Runs on two threads, in the order of the seeds.
fn parallel<T: Send>(seeds: std::ops::Range<u64>, run: impl Fn(u64) -> T + Sync) -> Vec<T> {
    let middle = seeds.start + (seeds.end - seeds.start) / 2;
    let (start, end) = (seeds.start, seeds.end);
    std::thread::scope(|scope| {
        let other = scope.spawn(|| (middle..end).map(&run).collect::<Vec<_>>());
        let mut all: Vec<T> = (start..middle).map(&run).collect();
        all.extend(other.join().unwrap());
        all
    })
}
