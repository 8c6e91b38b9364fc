//! What `watch` told, kept between its runs: one incident is told once, however often it is started again.

use std::path::Path;
use std::time::{Duration, Instant};

use super::complain;
use crate::engine::{Alarmed, Alarms, Told};
use crate::source::{Checkpoint, CheckpointError, Keeping};

/// How often is kept up to when all was told, where nothing else changes.
const EVERY: Duration = Duration::from_secs(60);

/// Where it is kept.
pub(super) struct Register {
    checkpoint: Checkpoint,
    kept: Option<(Instant, Vec<Told>)>,
    keeping: Keeping,
}

impl Register {
    /// Opens it, and answers with the alarms that go on where the run before stopped.
    pub(super) fn open(folder: &Path) -> anyhow::Result<(Self, Alarms)> {
        let checkpoint = Checkpoint::open(folder, "watch")?;
        if !checkpoint.is_whole() {
            complain("the run before did not end in order: what it told last may be told once more");
        }
        let alarms = checkpoint.with()?.map_or_else(Alarms::default, Alarms::after);
        Ok((Self { checkpoint, kept: None, keeping: Keeping::default() }, alarms))
    }

    /// Keeps what was told, if that is news. What cannot be kept is said once, until it can be again.
    pub(super) fn keep(&mut self, alarms: &Alarms, is_whole: bool) {
        let left = alarms.left();
        let is_known =
            |(at, running): &(Instant, Vec<Told>)| at.elapsed() < EVERY && *running == left.running;
        if !is_whole && self.kept.as_ref().is_some_and(is_known) {
            return;
        }
        let went = self.write(&left, is_whole);
        if let Some(said) =
            self.keeping.hear(went, "Watching goes on; after a restart, what was told is told again")
        {
            complain(&said);
        }
        self.kept = Some((Instant::now(), left.running));
    }

    fn write(&mut self, left: &Alarmed, is_whole: bool) -> Result<(), CheckpointError> {
        self.checkpoint.prepare(Vec::new(), Some(left), is_whole)?;
        self.checkpoint.commit()
    }
}

/// Says what an earlier run told of and is not known any more.
pub(super) fn say_forgotten(alarms: &mut Alarms) {
    for told in alarms.take_forgotten() {
        let providers: Vec<&str> = told.providers.iter().map(|provider| provider.as_str()).collect();
        let at = if providers.is_empty() { "all providers".to_owned() } else { providers.join(", ") };
        complain(&format!(
            "{} at {at} since {} was told by an earlier run, and is in none of these logs any more: whether it \
             ended is not known",
            told.category.name(),
            told.onset.date_zone()
        ));
    }
}
