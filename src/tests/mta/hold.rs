//! The recipe that `export hold` prints, done to the running MTA as an operator would, and undone.

use std::io;
use std::time::{Duration, Instant};

use crate::live::{Live, Lively, documents};

/// The longest that a delivery is waited for; far more than it ever takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What is to be run or written, under each heading.
#[derive(Debug)]
pub(crate) struct Recipe {
    hold: Vec<String>,
    slow: Vec<String>,
    release: Vec<String>,
}

impl Recipe {
    /// The code blocks of the page.
    fn read(page: &str) -> Self {
        let part = |heading: &str| -> Vec<String> {
            let mut parts = page.split("\n## ");
            let part = parts.find_map(|part| part.strip_prefix(heading));
            let part = part.unwrap_or_else(|| panic!("nothing is headed {heading:?}:\n{page}"));
            part.split("```\n").skip(1).step_by(2).map(str::to_owned).collect()
        };
        let (hold, slow) = (part("Hold it\n"), part("Let it go slowly\n"));
        Self { hold, slow, release: part("Let it go: this undoes the hold\n") }
    }
}

/// An MTA that a recipe is for.
pub(crate) trait Holds: Lively {
    /// Does what stands under "Hold it".
    fn hold(&self, blocks: &[String]) -> io::Result<()>;

    /// Does what stands under "Let it go slowly".
    fn slow(&self, blocks: &[String]) -> io::Result<()>;

    /// Does what stands under "Let it go".
    fn release(&self, blocks: &[String]) -> io::Result<()>;

    /// Its own listing of what waits.
    fn queue(&self) -> io::Result<String>;
}

/// Holds the provider's mail, and only that; lets it go.
pub(crate) fn holds_and_lets_go<M: Holds>(live: &mut Live<M>) {
    let recipe = Recipe::read(&live.told(&["export", "hold", "--provider", "gmail"]));
    let taken = live.send("plain", "reader", "gmail.com");
    until_answered(live, &taken);
    live.scene.mta.hold(&recipe.hold).unwrap();
    let held = live.send("plain", "held", "gmail.com");
    let free = live.send("plain", "free", "hotmail.com");
    until_answered(live, &free);
    live.settle();
    let queue = live.scene.mta.queue().unwrap();
    assert!(queue.contains(&held) && !queue.contains(&free), "{recipe:?}\n{queue}");
    assert!(!answered(live, &held), "it went out: {recipe:?}");
    live.scene.mta.slow(&recipe.slow).unwrap();
    let slow = live.send("plain", "slow", "gmail.com");
    until_answered(live, &slow);
    assert!(!answered(live, &held), "only what is new goes out before the queue is run");
    live.scene.mta.release(&recipe.release).unwrap();
    until_answered(live, &held);
    let after = live.send("plain", "after", "gmail.com");
    until_answered(live, &after);
    live.settle();
    let queue = live.scene.mta.queue().unwrap();
    assert!(!queue.contains(&held) && !queue.contains(&after), "{queue}");
    // What waited was no attempt; what went out then was one.
    live.hear();
    live.keep("held");
    documents::counts(live);
}

fn answered<M: Lively>(live: &mut Live<M>, recipient: &str) -> bool {
    live.hear();
    live.since.iter().any(|record| record.recipient.as_deref() == Some(recipient))
}

fn until_answered<M: Lively>(live: &mut Live<M>, recipient: &str) {
    let began = Instant::now();
    while !answered(live, recipient) {
        assert!(began.elapsed() < PATIENCE, "nobody was asked to take {recipient}");
        std::thread::sleep(Duration::from_millis(20));
    }
}
