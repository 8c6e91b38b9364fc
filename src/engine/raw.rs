//! The bytes of followed files, as they were written: what `follow --format raw` prints.

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::atomic::{AtomicBool, Ordering};

use crate::source::{Follow, Gap, Piece, Wake};

/// Follows `paths` until `stop` is set and writes every line once, byte for byte; a last line
/// without its end gets one when its file is rotated away. `told` hears of states worth telling.
///
/// # Errors
/// What writing says; a closed pipe among it.
pub fn raw(
    paths: Vec<PathBuf>,
    from_end: bool,
    stop: &AtomicBool,
    out: &mut impl Write,
    told: &mut dyn FnMut(String),
) -> io::Result<()> {
    let mut files: Vec<(Follow, Wake, String)> = paths
        .into_iter()
        .map(|path| {
            let follow = Follow::new(path, from_end);
            let wake = Wake::on(follow.folder());
            (follow, wake, String::new())
        })
        .collect();
    loop {
        // Asked before the look, so that what was written before the stop is still read.
        let last = stop.load(Ordering::Relaxed);
        let mut more = false;
        for (follow, wake, before) in &mut files {
            wake.mind(follow.folder());
            let (mut written, mut gone) = (Ok(()), 0);
            let mut write = |piece: Piece<'_>| {
                if written.is_ok() {
                    written = write_piece(out, piece);
                }
            };
            more |= follow.look(&mut write, &mut |gap: Gap| gone += gap.bytes);
            if last && !more {
                follow.end(&mut write);
            }
            written?;
            for words in follow.take_notes() {
                told(format!("{}: {words}", follow.path().display()));
            }
            let state = follow.state().to_string();
            if gone > 0 {
                told(format!("{}: {}", follow.path().display(), super::run::lost(gone)));
            }
            if state != *before && !matches!(follow.state(), crate::source::State::Reading { .. }) {
                if !(before.is_empty() && state == "live") {
                    told(format!("{}: {state}", follow.path().display()));
                }
                *before = state;
            }
        }
        out.flush()?;
        if last && !more {
            return Ok(());
        }
        if !more {
            sleep(&files);
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

/// Sleeps until one of the files may have changed.
fn sleep(files: &[(Follow, Wake, String)]) {
    Wake::sleep_on_any(files.iter().map(|(_, wake, _)| wake));
}
