//! Every reply that is no delivery, as it comes: what `follow` prints.

use crossbeam_channel::{RecvError, select};

use super::following::Begin;
use super::input::Input;
use super::keeper::Keeper;
use super::owner::Owner;
use super::run::{News, RunError, follow_all, wall};
use super::setup::Setup;
use super::snapshot::Specimen;
use super::stop::Stop;

/// Follows the inputs until `stop` is set or all of them have ended, and tells every reply that
/// is no delivery, in the order of reading. `said` hears how the inputs stand where that is worth
/// saying: what is not there, may not be read, was lost. With `kept`, it goes on where the run before stopped,
/// and keeps how far it came after all that was told.
///
/// # Errors
/// When the first input to fail is the only one, or the system gives no thread.
pub fn replies(
    inputs: Vec<Input>,
    setup: &Setup,
    from_end: bool,
    mut kept: Option<Keeper>,
    stop: &Stop,
    told: &mut dyn FnMut(&Specimen),
    said: &mut dyn FnMut(String),
) -> Result<(), RunError> {
    let mut owner = Owner::new(setup, inputs.iter().map(Input::name));
    kept.iter().filter_map(Keeper::begun).for_each(&mut *said);
    let begin = |input: &Input| match input {
        Input::File(path) => Begin::of(from_end, kept.as_ref(), path),
        Input::Many(listing) => Begin::among(from_end, kept.as_ref(), listing),
        Input::Stdin => Begin::Start,
    };
    let begin: Vec<Begin> = inputs.iter().map(begin).collect();
    let news = follow_all(inputs, setup, None, Some((begin, kept.is_some())), stop.flag())?;
    loop {
        let piece = select! {
            recv(news) -> piece => piece,
            recv(stop.bell()) -> _ => Err(RecvError),
        };
        match piece {
            Ok(News::Batch(batch)) => {
                owner.take_note(&batch);
                owner.state.present(wall());
                if let (Some(kept), false) = (&mut kept, batch.places.is_empty()) {
                    kept.prepare(batch.places.clone(), false).into_iter().for_each(&mut *said);
                }
                owner.state.absorb(&batch, Some(told));
                kept.iter_mut().filter_map(Keeper::commit).for_each(&mut *said);
            }
            Ok(News::Done { source, problem: Some(reason) }) if owner.sources.len() == 1 => {
                return Err(RunError::Source { name: owner.sources[source].name.to_string(), reason });
            }
            Ok(other) => {
                let (words, strange) = (owner.worth_saying(&other), owner.strange(&other));
                words.into_iter().chain(strange).for_each(&mut *said);
                owner.hear(other);
            }
            Err(RecvError) => {
                // What was told is kept; what comes now is left for the next run.
                let Some(mut kept) = kept else { return Ok(()) };
                kept.prepare(Vec::new(), true).into_iter().chain(kept.commit()).for_each(&mut *said);
                return kept.end().map_err(RunError::Place);
            }
        }
    }
}
