//! Asks the terminal for its ground: once, before keys are read.

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::clipboard::Carrier;
use super::theme::{Ground, Late, ground_asked, of_answer, of_environment};

/// So long an answer is waited for. Who knows the question answers at once; this is for the way there.
const PATIENCE: Duration = Duration::from_millis(400);
/// Bytes of an answer.
const ANSWER: usize = 256;

/// The ground as the terminal says, else as the environment does; and what to do about an answer that has
/// not come yet. The terminal has to be in raw mode.
pub(super) fn ground() -> (Option<Ground>, Late) {
    let told = || std::env::var("COLORFGBG").ok().and_then(|value| of_environment(&value));
    // The kernel's console and screen do not know the question.
    if matches!(Carrier::here(), Carrier::Console | Carrier::Screen) {
        return (told(), Late::default());
    }
    match ask() {
        Ok(Some(answer)) => (answer.or_else(told), Late::default()),
        Ok(None) | Err(_) => (told(), Late::expected()),
    }
}

/// `None` where nothing came in time.
fn ask() -> io::Result<Option<Option<Ground>>> {
    let stdin = io::stdin();
    let tty = if stdin.is_terminal() { None } else { Some(File::open("/dev/tty")?) };
    let input = tty.as_ref().map_or_else(|| stdin.as_fd(), AsFd::as_fd);
    let mut out = io::stdout();
    out.write_all(ground_asked())?;
    out.flush()?;
    listen(input, Instant::now() + PATIENCE)
}

fn listen(input: BorrowedFd<'_>, until: Instant) -> io::Result<Option<Option<Ground>>> {
    let (mut answer, mut piece) = (Vec::new(), [0_u8; 64]);
    while answer.len() < ANSWER {
        let left = until.saturating_duration_since(Instant::now());
        let wait = Timespec::try_from(left).map_err(io::Error::other)?;
        if poll(&mut [PollFd::new(&input, PollFlags::IN)], Some(&wait))? == 0 {
            return Ok(None);
        }
        let read = rustix::io::read(input, &mut piece)?;
        if read == 0 {
            return Ok(None);
        }
        answer.extend_from_slice(&piece[..read]);
        if let Some(ground) = of_answer(&answer) {
            return Ok(Some(ground));
        }
    }
    Ok(None)
}
