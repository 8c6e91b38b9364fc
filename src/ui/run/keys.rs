//! The terminal's events, for the loop.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use crossbeam_channel::Receiver;
use crossterm::event::{self, Event, KeyCode, KeyEvent, KeyModifiers};
use signal_hook::consts::SIGWINCH;

use super::TICK;
use crate::ui::theme::Late;

/// Events that wait for the loop; the terminal keeps the rest.
const WAITING: usize = 1024;
/// Events that come together at most.
const TOGETHER: usize = 64;

/// The terminal's events, read in a thread of their own: from standard input, or from `/dev/tty` where
/// that is a pipe.
pub(super) struct Keys {
    pub(super) events: Receiver<io::Result<Event>>,
    stop: Arc<AtomicBool>,
    reading: JoinHandle<()>,
}

impl Keys {
    /// Reads them, after those in `early`.
    pub(super) fn read(mut late: Late, early: Vec<Event>) -> io::Result<Self> {
        let (out, events) = crossbeam_channel::bounded(WAITING);
        // There are fewer of them than have room.
        let _beyond = early.into_iter().try_for_each(|event| out.try_send(Ok(event)));
        let stop = Arc::new(AtomicBool::new(false));
        let stopped = Arc::clone(&stop);
        let reading = thread::Builder::new().name("keys".into()).spawn(move || {
            while !stopped.load(Ordering::Acquire) {
                match together() {
                    Ok(mut events) => {
                        events.retain(|event| !late.takes(event));
                        if mended(events).into_iter().any(|event| out.send(Ok(event)).is_err()) {
                            return;
                        }
                    }
                    Err(error) => {
                        let _nobody_there = out.send(Err(error));
                        return;
                    }
                }
            }
        })?;
        Ok(Self { events, stop, reading })
    }

    /// Reads no more: a thread that went on would take what is typed to the shell.
    pub(super) fn end(self) {
        self.stop.store(true, Ordering::Release);
        drop(self.events);
        // Waiting for an event ends with any: a change of size that is none. Where the terminal is gone it
        // may never end, and there is nobody to type.
        let _unheard = signal_hook::low_level::raise(SIGWINCH);
        let began = Instant::now();
        while !self.reading.is_finished() && began.elapsed() < TICK {
            thread::sleep(Duration::from_millis(1));
        }
    }
}

/// What is there by now; nothing where nothing came for a while.
fn together() -> io::Result<Vec<Event>> {
    let mut events = Vec::new();
    let mut wait = TICK * 5;
    while events.len() < TOGETHER && event::poll(wait)? {
        events.push(event::read()?);
        wait = Duration::ZERO;
    }
    Ok(events)
}

/// Esc and an arrow that come in one packet are read as Esc, `[` and a letter: they are two keys again.
fn mended(events: Vec<Event>) -> Vec<Event> {
    let typed = |event: &Event| match event {
        Event::Key(key) if key.modifiers.difference(KeyModifiers::SHIFT).is_empty() => Some(key.code),
        _ => None,
    };
    let mut mended: Vec<Event> = Vec::with_capacity(events.len());
    for event in events {
        let arrow = match typed(&event) {
            Some(KeyCode::Char('A')) => Some(KeyCode::Up),
            Some(KeyCode::Char('B')) => Some(KeyCode::Down),
            Some(KeyCode::Char('C')) => Some(KeyCode::Right),
            Some(KeyCode::Char('D')) => Some(KeyCode::Left),
            Some(KeyCode::Char('H')) => Some(KeyCode::Home),
            Some(KeyCode::Char('F')) => Some(KeyCode::End),
            _ => None,
        };
        let before = mended.len().checked_sub(2).and_then(|at| mended.get(at..)).unwrap_or_default();
        let is_led = before.iter().map(typed).eq([Some(KeyCode::Esc), Some(KeyCode::Char('['))]);
        match arrow {
            Some(arrow) if is_led => {
                mended.pop();
                mended.push(Event::Key(KeyEvent::from(arrow)));
            }
            _ => mended.push(event),
        }
    }
    mended
}

#[cfg(test)]
mod tests {
    use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

    use super::mended;

    fn keys(codes: &[KeyCode]) -> Vec<Event> {
        codes.iter().map(|code| Event::Key(KeyEvent::from(*code))).collect()
    }

    #[test]
    fn esc_and_an_arrow_of_one_packet_are_two_keys() {
        let (esc, letter) = (KeyCode::Esc, KeyCode::Char);
        let shifted = Event::Key(KeyEvent::new(letter('B'), KeyModifiers::SHIFT));
        let events = [keys(&[letter('j'), esc, letter('[')]), vec![shifted], keys(&[letter('q')])].concat();
        assert_eq!(mended(events), keys(&[letter('j'), esc, KeyCode::Down, letter('q')]));
        for same in [&[esc, letter('['), letter('x')][..], &[letter('['), letter('A')], &[esc, letter('A')]] {
            assert_eq!(mended(keys(same)), keys(same));
        }
    }
}
