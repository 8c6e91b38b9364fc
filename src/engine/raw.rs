//! The bytes of followed files, as they were written: what `follow --format raw` prints.

use std::io::{self, Write};
use std::sync::atomic::{AtomicBool, Ordering};

use super::following::{Begin, Followed, Wakes};
use super::input::Input;
use crate::source::{Gap, Heard, Piece, Wake};

/// Follows `inputs` until `stop` is set and writes every line once, byte for byte; a last line
/// without its end gets one when its file is rotated away. `told` hears of states worth telling.
/// Standard input, which is raw already, is left out.
///
/// # Errors
/// What writing says; a closed pipe among it.
pub fn raw(
    inputs: Vec<Input>,
    from_end: bool,
    stop: &AtomicBool,
    out: &mut impl Write,
    told: &mut dyn FnMut(String),
) -> io::Result<()> {
    let begin = if from_end { Begin::End } else { Begin::Start };
    let mut all: Vec<(Followed, Wakes, String)> = inputs
        .into_iter()
        .filter_map(|input| match input {
            Input::File(path) => Some(Followed::new(Ok(path), &begin)),
            Input::Many(listing) => Some(Followed::new(Err(listing), &begin)),
            Input::Stdin => None,
        })
        .map(|followed| (followed, Wakes::default(), String::new()))
        .collect();
    loop {
        // Asked before the look, so that what was written before the stop is still read.
        let last = stop.load(Ordering::Relaxed);
        let mut more = false;
        for (followed, wakes, before) in &mut all {
            wakes.mind(followed);
            let (mut written, mut gone) = (Ok(()), 0);
            let mut write = |heard: Heard<'_>| {
                if let (Heard::Piece(_, piece), true) = (heard, written.is_ok()) {
                    written = write_piece(out, piece);
                }
            };
            more |= followed.look(&mut write, &mut |gap: Gap| gone += gap.bytes);
            if last && !more {
                followed.end(&mut write);
            }
            written?;
            for words in followed.take_notes() {
                told(format!("{}: {words}", followed.name()));
            }
            let state = followed.state().to_string();
            if gone > 0 {
                told(format!("{}: {}", followed.name(), super::run::lost(gone)));
            }
            if state != *before && !matches!(followed.state(), crate::source::State::Reading { .. }) {
                if !(before.is_empty() && state == "live") {
                    told(format!("{}: {state}", followed.name()));
                }
                *before = state;
            }
        }
        out.flush()?;
        if last && !more {
            return Ok(());
        }
        if !more {
            Wake::sleep_on_any(all.iter().flat_map(|(_, wakes, _)| wakes.each()));
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
