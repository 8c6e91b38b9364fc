//! Asks the terminal for its ground: once, before keys are read. What is typed meanwhile is kept.

mod early;

use std::fs::File;
use std::io::{self, IsTerminal as _, Write as _};
use std::os::fd::{AsFd, BorrowedFd};
use std::time::{Duration, Instant};

use crossterm::event::Event;
use rustix::event::{PollFd, PollFlags, Timespec, poll};

use super::clipboard::Carrier;
use super::theme::{Ground, Late, ground_asked, of_answer, of_environment};

/// So long an answer is waited for. Who knows the question answers at once; this is for the way there.
const PATIENCE: Duration = Duration::from_millis(400);
/// Bytes of an answer, and of what is typed meanwhile.
const ANSWER: usize = 256;

/// What came of asking.
#[derive(Debug, Default)]
pub(super) struct Heard {
    /// The ground as the terminal says, else as the environment does.
    pub(super) ground: Option<Ground>,
    /// What to do about an answer that has not come yet.
    pub(super) late: Late,
    /// Keys that were pressed meanwhile, in their order.
    pub(super) keys: Vec<Event>,
}

/// Asks. The terminal has to be in raw mode.
pub(super) fn ground() -> Heard {
    let told = || std::env::var("COLORFGBG").ok().and_then(|value| of_environment(&value));
    // The kernel's console and screen do not know the question.
    if matches!(Carrier::here(), Carrier::Console | Carrier::Screen) {
        return Heard { ground: told(), ..Heard::default() };
    }
    let mut bytes = Vec::new();
    let answer = ask(&mut bytes).ok().flatten();
    let (keys, goes_on) = early::keys(&bytes);
    let late = match answer {
        Some(_) => Late::default(),
        None if goes_on => Late::begun(),
        None => Late::expected(),
    };
    Heard { ground: answer.flatten().or_else(told), late, keys }
}

/// `None` where nothing came in time; whatever came is put into `bytes`.
fn ask(bytes: &mut Vec<u8>) -> io::Result<Option<Option<Ground>>> {
    let stdin = io::stdin();
    let tty = if stdin.is_terminal() { None } else { Some(File::open("/dev/tty")?) };
    let input = tty.as_ref().map_or_else(|| stdin.as_fd(), AsFd::as_fd);
    let mut out = io::stdout();
    out.write_all(ground_asked())?;
    out.flush()?;
    listen(input, Instant::now() + PATIENCE, bytes)
}

fn listen(input: BorrowedFd<'_>, until: Instant, answer: &mut Vec<u8>) -> io::Result<Option<Option<Ground>>> {
    let mut piece = [0_u8; 64];
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
        if let Some(ground) = of_answer(answer) {
            return Ok(Some(ground));
        }
    }
    Ok(None)
}
