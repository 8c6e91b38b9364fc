//! Random stories of a log against a model that knows what was written.
//!
//! A story is a list of steps: of a writer, of whoever rotates, of the clock, and of the follower, who
//! looks now and then, hears of changes or does not, and in the middle of whose looks the others go
//! on. After it nothing that can be reached may be missing, nothing may be there twice, torn, or
//! out of order. A seed whose story fails stands in [`FAILED`] for ever.

mod story;
mod world;

use story::{COPIED, MIXED, MOVED, REWRITTEN, run};

/// Stories in one run of the tests.
const STORIES: u64 = 10_000;

/// Seeds of stories that failed once.
const FAILED: &[u64] = &[
    5, 10, 13, 18, 43, 61, 63, 117, 125, 855, 898, 1665, 2802, 2849, 3092, 4944, 5847, 6003, 7080, 2563, 6166,
];

fn none_fails(tell: impl Fn(u64) -> Result<(), String>) {
    let seeds = FAILED.iter().copied().chain(0..STORIES);
    let failed: Vec<(u64, String)> = seeds.filter_map(|seed| Some((seed, tell(seed).err()?))).collect();
    let told = failed.iter().take(4).map(|(seed, story)| format!("seed {seed}:\n{story}\n\n"));
    let told: String = told.collect();
    assert!(failed.is_empty(), "{} stories failed\n{told}", failed.len());
}

#[test]
fn no_story_loses_doubles_tears_or_reorders_a_line() {
    none_fails(|seed| run(seed, &MOVED));
}

#[test]
fn no_story_of_copies_loses_doubles_tears_or_reorders_a_line() {
    none_fails(|seed| run(seed, &COPIED));
}

#[test]
fn no_story_of_both_loses_doubles_tears_or_reorders_a_line() {
    none_fails(|seed| run(seed, &MIXED));
}

#[test]
fn no_story_of_logs_that_are_written_anew_loses_doubles_tears_or_reorders_a_line() {
    none_fails(|seed| run(seed, &REWRITTEN));
}
