//! Reads logs from where the run before stopped to where they end now, through any rotation in between.

use super::following::{Begin, Followed};
use super::input::{Input, Problems};
use super::keeper::Keeper;
use super::ledger::Ledger;
use super::owner::Owner;
use super::run::{RunError, WATCH, Worker, finish};
use super::setup::Setup;
use super::snapshot::Snapshot;
use crate::source::{CheckpointError, Place};

/// What is to be kept of a run once it has told what it read.
#[derive(Debug)]
pub struct Onward {
    keeper: Keeper,
    places: Vec<Place>,
    /// What all runs counted together, this one included.
    pub ledger: Ledger,
}

/// Reads each log from where the run before stopped, or from its beginning, to where it ends now. `progress`
/// hears what is read, and how many lines were so far.
///
/// # Errors
/// When no log can be read; when what was kept with the places is not what is written here.
pub fn read_on(
    inputs: Vec<Input>,
    setup: &Setup,
    keeper: Keeper,
    progress: &mut dyn FnMut(&str, u64),
) -> Result<(Snapshot, Onward), RunError> {
    let mut ledger = keeper.counted()?;
    let mut owner = Owner::new(setup, inputs.iter().map(Input::name));
    let worker = Worker::new(setup).keeping_place(true);
    let mut places = Vec::new();
    let mut problems: Vec<Problems> = owner.sources.iter().map(|_| Problems::default()).collect();
    for (source, input) in inputs.into_iter().enumerate() {
        let name = input.name();
        let mut followed = match input {
            Input::File(path) => {
                let begin = Begin::of(false, Some(&keeper), &path);
                Followed::new(Ok(path), &begin)
            }
            Input::Many(listing) => {
                let begin = Begin::among(false, Some(&keeper), &listing);
                Followed::new(Err(listing), &begin)
            }
            Input::Stdin => continue,
        };
        places.extend(worker.read_up(source, &mut followed, &mut |news| {
            owner.hear(news);
            owner.watch(WATCH, None);
            progress(&name, owner.lines());
            true
        }));
        let state = followed.state();
        problems[source].add(name, if state.is_trouble() { Err(state.to_string()) } else { Ok(()) });
    }
    let read = finish(&mut owner, problems)?;
    ledger.add(&read, &setup.provider_ids());
    Ok((read, Onward { keeper, places, ledger }))
}

impl Onward {
    /// Keeps how far was read, and what was counted, in one piece: the next run goes on there.
    ///
    /// # Errors
    /// What the system says; then the next run reads and counts the same lines once more, from what was kept
    /// before.
    pub fn keep(self) -> Result<(), CheckpointError> {
        self.keeper.keep(self.places, &self.ledger)
    }
}
