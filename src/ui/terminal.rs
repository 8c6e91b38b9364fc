//! The terminal: taken over on entering, given back whatever happens.

use std::io::{self, BufWriter, Stdout, Write};
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;

use crossbeam_channel::Receiver;
use crossterm::event::{DisableBracketedPaste, EnableBracketedPaste};
use crossterm::terminal::{
    Clear, ClearType, EndSynchronizedUpdate, EnterAlternateScreen, LeaveAlternateScreen, disable_raw_mode,
    enable_raw_mode,
};
use crossterm::{cursor, queue};
use ratatui::buffer::Buffer;
use signal_hook::consts::{SIGCONT, SIGTSTP};
use signal_hook::iterator::Signals;

use super::clipboard::Carrier;
use super::painter::Painter;

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
    asked: Receiver<Asked>,
    title: String,
}

/// What the shell's job control asks for.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Asked {
    /// Someone sent SIGTSTP.
    Stop,
    /// The process was stopped, and goes on.
    GoOn,
}

impl Terminal {
    /// Takes the terminal over.
    pub(super) fn enter() -> io::Result<Self> {
        restore_on_panic();
        let asked = asked()?;
        let size = crossterm::terminal::size()?;
        take(&mut io::stdout()).inspect_err(|_| give_back())?;
        let painter = Painter::new(BufWriter::with_capacity(1 << 16, io::stdout()), size);
        Ok(Self { painter, asked, title: String::new() })
    }

    /// Columns and rows.
    pub(super) const fn size(&self) -> (u16, u16) {
        self.painter.size()
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

    /// What job control asks for, as it does.
    pub(super) const fn asked(&self) -> &Receiver<Asked> {
        &self.asked
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

/// Hears what the shell's job control asks for.
fn asked() -> io::Result<Receiver<Asked>> {
    // A stop that nobody got to yet is one stop.
    let (tell, asked) = crossbeam_channel::bounded(2);
    let mut signals = Signals::new([SIGTSTP, SIGCONT])?;
    thread::Builder::new().name("jobs".into()).spawn(move || {
        for signal in signals.forever() {
            let _is_waiting = tell.try_send(if signal == SIGTSTP { Asked::Stop } else { Asked::GoOn });
        }
    })?;
    Ok(asked)
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
    // Taken again without having been given back, the title that is kept is still the one of before.
    let was_ours = ENTERED.swap(true, Ordering::AcqRel);
    if has_title() && !was_ours {
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

/// Gives back what can be without writing anything: a terminal that takes nothing any more keeps its screen.
pub(super) fn let_go() {
    if ENTERED.swap(false, Ordering::AcqRel) {
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
