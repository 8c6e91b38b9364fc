//! Frames out: no more is sent than what is different from the frame before.

use std::io::{self, Write};

use crossterm::queue;
use crossterm::terminal::{BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pen::Pen;

/// Sends the difference between two frames, and nothing when there is none.
#[derive(Debug)]
pub(super) struct Painter<W: Write> {
    out: W,
    shown: Buffer,
    next: Buffer,
}

impl<W: Write> Painter<W> {
    pub(super) fn new(out: W, size: (u16, u16)) -> Self {
        let blank = Buffer::empty(Rect::new(0, 0, size.0, size.1));
        Self { out, shown: blank.clone(), next: blank }
    }

    /// Columns and rows.
    pub(super) const fn size(&self) -> (u16, u16) {
        (self.shown.area.width, self.shown.area.height)
    }

    /// Draws a frame and sends what is different from the one before.
    pub(super) fn paint(&mut self, draw: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        self.draw(draw);
        self.send()
    }

    /// Draws a frame that is not sent yet.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Buffer)) {
        self.next.reset();
        draw(&mut self.next);
    }

    /// Sends what is different from the frame that was sent before.
    pub(super) fn send(&mut self) -> io::Result<()> {
        let mut changes = self.shown.diff_iter(&self.next).peekable();
        if changes.peek().is_some() {
            queue!(self.out, BeginSynchronizedUpdate)?;
            let mut pen = Pen::new(&self.next);
            for (x, y, cell) in changes {
                pen.put(&mut self.out, (x, y), cell)?;
            }
            pen.end(&mut self.out)?;
            queue!(self.out, EndSynchronizedUpdate)?;
            self.out.flush()?;
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(())
    }

    /// Forgets what the terminal shows; it has this size from here on.
    pub(super) fn forget(&mut self, size: (u16, u16)) -> io::Result<()> {
        let blank = Buffer::empty(Rect::new(0, 0, size.0, size.1));
        (self.shown, self.next) = (blank.clone(), blank);
        queue!(self.out, Clear(ClearType::All))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "writing to memory does not fail")]

    use super::Painter;
    use crate::ui::rehearsal::Wire;
    use ratatui::buffer::Buffer;
    use ratatui::style::Style;

    fn write(text: &'static str) -> impl FnOnce(&mut Buffer) {
        move |buffer| {
            buffer.set_string(0, 0, text, Style::new());
        }
    }

    #[test]
    fn an_unchanged_frame_sends_nothing() {
        let wire = Wire::default();
        let mut painter = Painter::new(wire.clone(), (10, 2));
        painter.paint(write("550 no")).unwrap();
        assert!(!wire.take().is_empty());
        painter.paint(write("550 no")).unwrap();
        assert!(wire.take().is_empty());
    }

    #[test]
    fn a_changed_cell_sends_little_and_a_forgotten_screen_everything() {
        let wire = Wire::default();
        let mut painter = Painter::new(wire.clone(), (80, 24));
        painter.paint(write("550 no")).unwrap();
        wire.take();
        painter.paint(write("551 no")).unwrap();
        let little = wire.take().len();
        assert!(little < 64, "{little} bytes for one cell");
        painter.forget((80, 24)).unwrap();
        painter.paint(write("551 no")).unwrap();
        let text = String::from_utf8(wire.take()).unwrap();
        assert!(text.contains("\u{1b}[2J") && text.contains("551") && text.contains("no"), "{text:?}");
    }
}
