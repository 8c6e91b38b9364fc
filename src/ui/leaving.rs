//! Who asks the console to end is heard, even while it writes to a terminal that takes nothing any more.

use std::convert::Infallible;
use std::time::Duration;
use std::{io, process, thread};

use crossbeam_channel::{RecvTimeoutError, Sender, bounded, select};

use super::terminal;
use crate::engine::Stop;

/// How long leaving may take: keeping what was written down, and giving the terminal back.
const PATIENCE: Duration = Duration::from_secs(10);

/// The console is there until this is dropped.
#[derive(Debug)]
pub(super) struct Leaving(
    #[expect(dead_code, reason = "that it is dropped is what is heard")] Sender<Infallible>,
);

/// Ends the process where it does not by itself within [`PATIENCE`] after `quit` was set: a connection that
/// hangs would hold it for as long as it does.
///
/// # Errors
/// When the system gives no thread.
pub(super) fn insist(quit: Stop) -> io::Result<Leaving> {
    let (here, left) = bounded::<Infallible>(0);
    thread::Builder::new().name("leave".into()).spawn(move || {
        select! {
            recv(left) -> _ => return,
            recv(quit.bell()) -> _ => {}
        }
        if left.recv_timeout(PATIENCE) != Err(RecvTimeoutError::Disconnected) {
            terminal::let_go();
            process::exit(1);
        }
    })?;
    Ok(Leaving(here))
}
