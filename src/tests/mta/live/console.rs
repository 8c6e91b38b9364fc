//! The console on the live log, as an operator sees it.

#[path = "../../pty/terminal.rs"]
#[expect(dead_code, reason = "this operator neither resizes nor sends signals")]
mod terminal;

use std::path::Path;
use std::time::Duration;

use super::{Live, Lively};
use terminal::Terminal;

/// The operator's screen.
pub(super) struct Console(Terminal);

/// Opens the console on the log.
pub(super) fn open<M: Lively>(live: &Live<M>) -> Console {
    let command = format!(
        "XDG_STATE_HOME='{state}' '{program}' '{log}'",
        state = live.folder.path().join("state").display(),
        program = env!("CARGO_BIN_EXE_fivefifty"),
        log = live.scene.mta.log().display(),
    );
    let mut console = Terminal::start(Path::new("/bin/sh"), &["-c", &command], (120, 40)).unwrap();
    console.wait("the provider's row", |screen| screen.contents().contains("Gmail")).unwrap();
    assert!(!console.screen().contents().contains("INCIDENT"), "{}", console.screen().contents());
    Console(console)
}

impl Console {
    /// The provider turns away, until the console tells of it.
    pub(super) fn until_it_tells<M: Lively>(&mut self, live: &mut Live<M>) {
        for _ in 0..60 {
            live.strike(10);
            self.0.watch(Duration::from_millis(100));
            if self.0.screen().contents().contains("INCIDENT Gmail") {
                break;
            }
        }
        self.0.wait_for("INCIDENT Gmail · IP reputation").unwrap();
    }

    /// What the screens say of it, to the last reply: the figures, the tree, the checklist.
    pub(super) fn shows_what_was_refused<M: Lively>(&mut self, live: &Live<M>) {
        let figures = format!("{} of {} ", live.refused(), live.attempts());
        self.0.wait_for(&format!("· {figures}refused")).unwrap();
        self.0.press("\r").unwrap();
        for words in [
            "VERDICT IP reputation incident at Gmail",
            "● What does it say?  IP reputation",
            "● One provider or many?  Gmail 100.0%",
            "DON'T   · suppress these addresses",
            "First five minutes · T+",
            "✓ One provider or spread? ",
            "○ Pause sends to Gmail ",
        ] {
            self.0.wait_for(words).unwrap();
        }
        self.0.press("I").unwrap();
        self.0.wait_for(&format!("· {figures}attempts")).unwrap();
        self.0.wait_for("▲ incident Gmail · IP reputation").unwrap();
    }

    /// Closes it.
    pub(super) fn quit(&mut self) {
        self.0.press("q").unwrap();
        assert_eq!(self.0.end().unwrap(), 0);
    }
}
