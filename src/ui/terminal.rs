//! The terminal: taken over on entering, given back whatever happens.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    BeginSynchronizedUpdate, Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen,
    LeaveAlternateScreen, disable_raw_mode, enable_raw_mode,
};
use crossterm::{cursor, queue};
use ratatui::backend::{Backend, CrosstermBackend};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;
use signal_hook::consts::{SIGCONT, SIGTSTP};

use super::clipboard::Carrier;

/// Whether the terminal is ours just now; the panic hook has to know without a reference.
static ENTERED: AtomicBool = AtomicBool::new(false);
/// Whether clicks and the wheel are to come to us, while the terminal is ours.
static MOUSE: AtomicBool = AtomicBool::new(false);

/// Asks for presses and the wheel, with cells counted beyond 223. Not for moves: they would be a flood
/// over a slow line, and nothing here looks at them.
const TAKE_MOUSE: &str = "\x1b[?1000h\x1b[?1006h";
const GIVE_MOUSE_BACK: &str = "\x1b[?1006l\x1b[?1000l";

/// Cells of a line of the terminal that this program runs on; `None` where it runs on none, or that does
/// not say.
#[must_use]
pub fn columns() -> Option<usize> {
    crossterm::terminal::size().ok().map(|(columns, _)| usize::from(columns)).filter(|columns| *columns > 0)
}

/// The screen that belongs to us until it is dropped.
#[derive(Debug)]
pub(super) struct Terminal {
    painter: Painter<BufWriter<Stdout>>,
    stop: Arc<AtomicBool>,
    resumed: Arc<AtomicBool>,
    title: String,
}

impl Terminal {
    /// Takes the terminal over.
    pub(super) fn enter() -> io::Result<Self> {
        restore_on_panic();
        let (stop, resumed) = (Arc::default(), Arc::default());
        signal_hook::flag::register(SIGTSTP, Arc::clone(&stop))?;
        signal_hook::flag::register(SIGCONT, Arc::clone(&resumed))?;
        let size = crossterm::terminal::size()?;
        take(&mut io::stdout()).inspect_err(|_| give_back())?;
        let painter = Painter::new(BufWriter::with_capacity(1 << 16, io::stdout()), size);
        Ok(Self { painter, stop, resumed, title: String::new() })
    }

    /// Columns and rows.
    pub(super) const fn size(&self) -> (u16, u16) {
        (self.painter.shown.area.width, self.painter.shown.area.height)
    }

    /// Draws what has changed.
    pub(super) fn draw(&mut self, draw: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        self.painter.paint(draw)
    }

    /// Forgets what the terminal shows and takes its size anew.
    pub(super) fn forget(&mut self) -> io::Result<()> {
        self.painter.forget(crossterm::terminal::size()?)
    }

    /// Sends a sequence that draws nothing.
    pub(super) fn send(&mut self, sequence: &str) -> io::Result<()> {
        let mut out = io::stdout();
        out.write_all(sequence.as_bytes())?;
        out.flush()
    }

    /// Sets the window's title, where the terminal has one. The text holds nothing but what
    /// [`crate::text::Clean`] lets through.
    pub(super) fn title(&mut self, title: &str) -> io::Result<()> {
        title.clone_into(&mut self.title);
        if has_title() { self.send(&format!("\x1b]2;{title}\x07")) } else { Ok(()) }
    }

    /// Takes clicks and the wheel, or leaves them to the terminal.
    pub(super) fn mouse(&mut self, on: bool) -> io::Result<()> {
        if MOUSE.swap(on, Ordering::AcqRel) == on {
            return Ok(());
        }
        self.send(if on { TAKE_MOUSE } else { GIVE_MOUSE_BACK })
    }

    /// Whether something outside gave the terminal back without asking: the panic hook.
    pub(super) fn lost(&self) -> bool {
        !ENTERED.load(Ordering::Acquire)
    }

    /// Whether someone sent SIGTSTP.
    pub(super) fn stop_asked(&self) -> bool {
        self.stop.swap(false, Ordering::AcqRel)
    }

    /// Whether the process was stopped and goes on.
    pub(super) fn resumed(&self) -> bool {
        self.resumed.swap(false, Ordering::AcqRel)
    }

    /// Gives the terminal back, stops this process, and takes it over again on SIGCONT.
    pub(super) fn suspend(&mut self) -> io::Result<()> {
        give_back();
        signal_hook::low_level::emulate_default_handler(SIGTSTP)?;
        self.retake()
    }

    /// Takes the terminal over again: whoever had it meanwhile may have left it in any state.
    pub(super) fn retake(&mut self) -> io::Result<()> {
        disable_raw_mode()?;
        take(&mut io::stdout())?;
        if !self.title.is_empty() {
            self.title(&self.title.clone())?;
        }
        self.forget()
    }
}

impl Drop for Terminal {
    fn drop(&mut self) {
        give_back();
    }
}

/// Keeps the window's title and icon name, and gives them back (XTWINOPS): what has no such stack
/// passes over them.
const KEEP_TITLE: &str = "\x1b[22;0t";
const GIVE_TITLE_BACK: &str = "\x1b[23;0t";

/// Whether the terminal has a title: the kernel's console has none, and old ones print it.
fn has_title() -> bool {
    Carrier::here() != Carrier::Console
}

fn take(out: &mut impl Write) -> io::Result<()> {
    enable_raw_mode()?;
    ENTERED.store(true, Ordering::Release);
    if has_title() {
        out.write_all(KEEP_TITLE.as_bytes())?;
    }
    if MOUSE.load(Ordering::Acquire) {
        out.write_all(TAKE_MOUSE.as_bytes())?;
    }
    queue!(out, EnterAlternateScreen, cursor::Hide, EnableBracketedPaste, Clear(ClearType::All))?;
    out.flush()
}

/// Gives the terminal back once. A terminal that is gone cannot be restored, so errors have no one
/// to go to.
fn give_back() {
    if ENTERED.swap(false, Ordering::AcqRel) {
        let mut out = io::stdout();
        if MOUSE.load(Ordering::Acquire) {
            let _ = out.write_all(GIVE_MOUSE_BACK.as_bytes());
        }
        if has_title() {
            let _ = out.write_all(GIVE_TITLE_BACK.as_bytes());
        }
        let _ = queue!(out, EndSynchronizedUpdate, DisableBracketedPaste, LeaveAlternateScreen, cursor::Show);
        let _ = out.flush();
        let _ = disable_raw_mode();
    }
}

/// A panic's message belongs on the operator's own screen, not on ours.
fn restore_on_panic() {
    static ONCE: std::sync::Once = std::sync::Once::new();
    ONCE.call_once(|| {
        let before = std::panic::take_hook();
        std::panic::set_hook(Box::new(move |panic| {
            give_back();
            before(panic);
        }));
    });
}

/// Sends the difference between two frames, and nothing when there is none.
#[derive(Debug)]
struct Painter<W: Write> {
    backend: CrosstermBackend<W>,
    shown: Buffer,
    next: Buffer,
}

impl<W: Write> Painter<W> {
    fn new(writer: W, size: (u16, u16)) -> Self {
        let blank = Buffer::empty(Rect::new(0, 0, size.0, size.1));
        Self { backend: CrosstermBackend::new(writer), shown: blank.clone(), next: blank }
    }

    fn paint(&mut self, draw: impl FnOnce(&mut Buffer)) -> io::Result<()> {
        self.next.reset();
        draw(&mut self.next);
        let mut changes = self.shown.diff_iter(&self.next).peekable();
        if changes.peek().is_some() {
            queue!(self.backend, BeginSynchronizedUpdate)?;
            self.backend.draw(changes)?;
            queue!(self.backend, EndSynchronizedUpdate)?;
            Backend::flush(&mut self.backend)?;
        }
        std::mem::swap(&mut self.shown, &mut self.next);
        Ok(())
    }

    fn forget(&mut self, size: (u16, u16)) -> io::Result<()> {
        let blank = Buffer::empty(Rect::new(0, 0, size.0, size.1));
        (self.shown, self.next) = (blank.clone(), blank);
        queue!(self.backend, Clear(ClearType::All))
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "writing to memory does not fail")]

    use std::cell::RefCell;
    use std::io::{self, Write};
    use std::rc::Rc;

    use super::Painter;
    use ratatui::buffer::Buffer;
    use ratatui::style::Style;

    /// A wire whose other end can be looked at.
    #[derive(Clone, Default)]
    struct Wire(Rc<RefCell<Vec<u8>>>);

    impl Write for Wire {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.borrow_mut().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    impl Wire {
        fn sent(&self) -> usize {
            self.0.borrow().len()
        }
    }

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
        let sent = wire.sent();
        assert!(sent > 0);
        painter.paint(write("550 no")).unwrap();
        assert_eq!(wire.sent(), sent);
    }

    #[test]
    fn a_changed_cell_sends_little_and_a_forgotten_screen_everything() {
        let wire = Wire::default();
        let mut painter = Painter::new(wire.clone(), (80, 24));
        painter.paint(write("550 no")).unwrap();
        let before = wire.sent();
        painter.paint(write("551 no")).unwrap();
        let little = wire.sent() - before;
        assert!(little < 64, "{little} bytes for one cell");
        painter.forget((80, 24)).unwrap();
        painter.paint(write("551 no")).unwrap();
        let text = String::from_utf8_lossy(&wire.0.borrow()[before + little..]).into_owned();
        assert!(text.contains("\u{1b}[2J") && text.contains("551") && text.contains("no"), "{text:?}");
    }
}
