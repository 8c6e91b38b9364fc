//! The bytes of followed files, as they were written: what `follow --format raw` prints.

use std::io::{self, Write};

use super::following::{Begin, Followed};
use super::input::Input;
use super::keeper::Keeper;
use super::stop::Stop;
use super::wakes::Wakes;
use crate::source::{Gap, Heard, Piece};

/// Follows `inputs` until `stop` is set and writes every line once, byte for byte; a last line
/// without its end gets one when its file is rotated away. `told` hears of states worth telling.
/// Standard input, which is raw already, is left out.
///
/// With `kept`, it goes on where the run before stopped, and keeps how far it came after all that was
/// written; half a line at the end is left for the next run.
///
/// # Errors
/// What writing says; a closed pipe among it.
pub fn raw(
    inputs: Vec<Input>,
    from_end: bool,
    mut kept: Option<Keeper>,
    stop: &Stop,
    out: &mut impl Write,
    told: &mut dyn FnMut(String),
) -> io::Result<()> {
    kept.iter().filter_map(Keeper::begun).for_each(&mut *told);
    let mut all: Vec<(Followed, Wakes, String)> = inputs
        .into_iter()
        .filter_map(|input| match input {
            Input::File(path) => {
                let begin = Begin::of(from_end, kept.as_ref(), &path);
                Some(Followed::new(Ok(path), &begin))
            }
            Input::Many(listing) => {
                let begin = Begin::among(from_end, kept.as_ref(), &listing);
                let mut followed = Followed::new(Err(listing), &begin);
                if kept.is_some() {
                    followed.keep_places();
                }
                Some(followed)
            }
            Input::Stdin => None,
        })
        .map(|followed| (followed, Wakes::default(), String::new()))
        .collect();
    loop {
        // Asked before the look, so that what was written before the stop is still read.
        let last = stop.is_set();
        let mut more = false;
        for (followed, wakes, before) in &mut all {
            wakes.mind(followed);
            let (mut written, mut gone) = (Ok(()), Vec::new());
            let mut write = |heard: Heard<'_>| {
                if let (Heard::Piece(_, piece), true) = (heard, written.is_ok()) {
                    written = write_piece(out, piece);
                }
            };
            more |= followed.look(&mut write, &mut |gap: Gap| gone.push(gap));
            if last && !more && kept.is_none() {
                followed.end(&mut write);
            }
            written?;
            for words in followed.take_notes().into_iter().chain(wakes.note()) {
                told(format!("{}: {words}", followed.name()));
            }
            let state = followed.state().to_string();
            for gap in &gone {
                told(format!("{}: {}", followed.name(), super::run::lost(gap)));
            }
            if state != *before && !matches!(followed.state(), crate::source::State::Reading { .. }) {
                if !(before.is_empty() && state == "live") {
                    told(format!("{}: {state}", followed.name()));
                }
                *before = state;
            }
        }
        if let Some(kept) = &mut kept {
            let places = all.iter_mut().flat_map(|(followed, ..)| followed.places(&|_| 0)).collect();
            kept.prepare(places, last && !more).into_iter().for_each(&mut *told);
        }
        out.flush()?;
        kept.iter_mut().filter_map(Keeper::commit).for_each(&mut *told);
        if last && !more {
            return kept.map_or(Ok(()), Keeper::end);
        }
        if !more {
            Wakes::sleep(all.iter().map(|(_, wakes, _)| wakes), Some(stop.bell()));
        }
    }
}

fn write_piece(out: &mut impl Write, piece: Piece<'_>) -> io::Result<()> {
    out.write_all(piece.bytes())?;
    if matches!(piece, Piece::Unended(_)) {
        out.write_all(b"\n")?;
    }
    Ok(())
}
