//! While a report reads what takes long, one line on the terminal says how far it is.

use std::io::{self, IsTerminal, Write};
use std::time::{Duration, Instant};

use crate::text::{Clean, fit, thousands, width};

/// What is over before so much time says nothing.
const PATIENCE: Duration = Duration::from_millis(700);
/// Between two tellings.
const EVERY: Duration = Duration::from_millis(200);
/// Cells of the line.
const CELLS: usize = 72;

/// The line, on standard error, where that is a terminal.
#[derive(Debug)]
pub(super) struct Waiting {
    /// When it is told next; never without a terminal.
    due: Option<Instant>,
    is_shown: bool,
}

impl Waiting {
    pub(super) fn new() -> Self {
        let due = io::stderr().is_terminal().then(|| Instant::now() + PATIENCE);
        Self { due, is_shown: false }
    }

    /// `lines` were read so far, the last ones of `name`.
    pub(super) fn tell(&mut self, name: &str, lines: u64) {
        let Some(due) = self.due.filter(|due| Instant::now() >= *due) else { return };
        self.due = Some(due.max(Instant::now()) + EVERY);
        self.show(&line(name, lines));
        self.is_shown = true;
    }

    /// Takes the line away.
    pub(super) fn end(&mut self) {
        if std::mem::take(&mut self.is_shown) {
            self.show("");
        }
    }

    fn show(&self, text: &str) {
        let pad = CELLS.saturating_sub(width(text));
        let mut out = io::stderr().lock();
        // Without escape sequences: this may be the plainest of terminals.
        let _ = write!(out, "\r{text}{:pad$}\r{text}", "");
        let _ = out.flush();
    }
}

impl Drop for Waiting {
    fn drop(&mut self) {
        self.end();
    }
}

/// `reading 1,234,567 lines · …/mail.log`.
fn line(name: &str, lines: u64) -> String {
    fit(&format!("reading: {} lines · {}", thousands(lines), Clean::from(name)), CELLS)
}

#[cfg(test)]
mod tests {
    use super::{CELLS, line};
    use crate::text::width;

    #[test]
    fn the_line_fits_and_cannot_move_the_cursor() {
        assert_eq!(line("/var/log/mail.log", 1_234_567), "reading: 1,234,567 lines · /var/log/mail.log");
        assert!(width(&line(&"x".repeat(300), 1)) <= CELLS);
        assert!(!line("a\x1b[2J\nb", 1).contains(['\x1b', '\n']));
    }
}
