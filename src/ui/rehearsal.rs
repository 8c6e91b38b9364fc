//! The console without a terminal: it draws and sends as ever, and nobody looks. For what measures it.

use std::cell::RefCell;
use std::io::{self, Write};
use std::rc::Rc;
use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

use super::console::{Console, Live};
use super::painter::Painter;
use super::state::State;
use super::theme::Shelf;
use crate::engine::Snapshot;
use crate::model::{Moment, Window};

/// A console that is drawn by hand, frame by frame.
#[derive(Debug)]
pub struct Rehearsal {
    live: Live,
    console: Console,
    painter: Painter<Wire>,
    wire: Wire,
}

impl Rehearsal {
    /// The overview of `snapshot` on a terminal of so many columns and rows, in the default theme.
    ///
    /// # Errors
    /// When the default theme is none.
    pub fn new(snapshot: Arc<Snapshot>, size: (u16, u16)) -> io::Result<Self> {
        let theme = Shelf::default().theme("default").map_err(io::Error::other)?;
        let live = Live::new(snapshot);
        let console = Console::new(State::new(size, Window::default(), theme, false), &live);
        let wire = Wire::default();
        Ok(Self { live, console, painter: Painter::new(wire.clone(), size), wire })
    }

    /// Time has come to `now`, since the start, and `snapshot` is the newest.
    pub fn renew(&mut self, snapshot: Arc<Snapshot>, now: Duration) {
        self.live.renew(snapshot);
        self.console.outdated();
        self.console.tick(now, Moment::default());
    }

    /// Presses a key: a letter, `\r`, `\x1b`.
    pub fn press(&mut self, key: char) {
        let code = match key {
            '\r' => KeyCode::Enter,
            '\x1b' => KeyCode::Esc,
            letter => KeyCode::Char(letter),
        };
        let event = Event::Key(KeyEvent::new(code, KeyModifiers::NONE));
        let _effect = self.console.event(&event, &self.live);
        if self.live.hold(self.console.state.frozen) {
            self.console.outdated();
        }
    }

    /// Asks the snapshot for what the screen shows.
    pub fn ask(&mut self) {
        self.console.refresh(&self.live);
    }

    /// Draws what was asked for, and sends nothing.
    pub fn draw(&mut self) {
        self.painter.draw(|buffer| self.console.draw(buffer));
    }

    /// Sends what is different from the frame that was sent before: these bytes.
    ///
    /// # Errors
    /// None: nothing is written anywhere.
    pub fn send(&mut self) -> io::Result<Vec<u8>> {
        self.painter.send()?;
        Ok(self.wire.take())
    }
}

/// A wire whose other end can be looked at.
#[derive(Clone, Debug, Default)]
pub(super) struct Wire(Rc<RefCell<Vec<u8>>>);

impl Wire {
    /// What was sent since the last time.
    pub(super) fn take(&self) -> Vec<u8> {
        std::mem::take(&mut self.0.borrow_mut())
    }
}

impl Write for Wire {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.0.borrow_mut().write(bytes)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}
