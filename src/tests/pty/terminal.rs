//! A real pseudo terminal with a program in it, and what its screen shows.

use std::io::{Read, Write};
use std::path::Path;
use std::sync::mpsc::{Receiver, RecvTimeoutError, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::time::{Duration, Instant};

use portable_pty::{Child, CommandBuilder, MasterPty, PtySize, native_pty_system};

/// The longest that anything here is waited for; far more than it ever takes.
const PATIENCE: Duration = Duration::from_secs(60);

/// A program on a terminal of its own.
pub(crate) struct Terminal {
    parser: vt100::Parser,
    /// Every byte that the program sent.
    pub(crate) sent: Vec<u8>,
    bytes: Receiver<Vec<u8>>,
    /// Nothing is taken from the line while this is set.
    held: Arc<(Mutex<bool>, Condvar)>,
    keys: Box<dyn Write + Send>,
    child: Box<dyn Child + Send + Sync>,
    master: Box<dyn MasterPty + Send>,
}

impl Terminal {
    /// Starts `program` with `arguments` on a terminal of this size.
    pub(crate) fn start(program: &Path, arguments: &[&str], size: (u16, u16)) -> anyhow::Result<Self> {
        Self::start_in(program, arguments, size, None)
    }

    /// The same, with a folder where it keeps what an operator writes down.
    pub(crate) fn start_in(
        program: &Path,
        arguments: &[&str],
        (columns, rows): (u16, u16),
        state: Option<&Path>,
    ) -> anyhow::Result<Self> {
        let pair =
            native_pty_system().openpty(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })?;
        // A shell tells the terminal's settings before and after, and the program's id.
        let mut command = CommandBuilder::new("/bin/sh");
        command.args([
            "-c",
            "echo \"before=$(stty -g)=\"; sh -c 'echo \"pid=$$=\"; exec \"$0\" \"$@\"' \"$0\" \"$@\"; code=$?; \
             echo \"after=$(stty -g)=\"; exit $code",
        ]);
        command.arg(program);
        command.args(arguments);
        command.env("TERM", "xterm-256color");
        command.env("LANG", "C.UTF-8");
        command.env("TZ", "UTC");
        command.env_remove("NO_COLOR");
        // Nothing of whoever runs the tests is read or written.
        for folder in ["HOME", "XDG_STATE_HOME", "XDG_CONFIG_HOME"] {
            command.env_remove(folder);
        }
        state.into_iter().for_each(|state| command.env("XDG_STATE_HOME", state));
        let child = pair.slave.spawn_command(command)?;
        let mut from = pair.master.try_clone_reader()?;
        let (send, bytes) = channel();
        let held = Arc::new((Mutex::new(false), Condvar::new()));
        let line = Arc::clone(&held);
        std::thread::spawn(move || {
            let mut buffer = [0; 65_536];
            while let Ok(read @ 1..) = from.read(&mut buffer) {
                let (held, freed) = &*line;
                drop(held.lock().map(|held| freed.wait_while(held, |held| *held)));
                if send.send(buffer[..read].to_vec()).is_err() {
                    break;
                }
            }
        });
        let keys = pair.master.take_writer()?;
        let parser = vt100::Parser::new(rows, columns, 0);
        Ok(Self { parser, sent: Vec::new(), bytes, held, keys, child, master: pair.master })
    }

    /// Types.
    pub(crate) fn press(&mut self, keys: &str) -> anyhow::Result<()> {
        self.keys.write_all(keys.as_bytes())?;
        Ok(self.keys.flush()?)
    }

    /// Takes nothing from the line any more, or does again: an operator far away whose connection hangs.
    pub(crate) fn hold(&self, held: bool) {
        let (is_held, freed) = &*self.held;
        if let Ok(mut is_held) = is_held.lock() {
            *is_held = held;
        }
        freed.notify_all();
    }

    /// Changes the size of the window.
    pub(crate) fn resize(&mut self, (columns, rows): (u16, u16)) -> anyhow::Result<()> {
        self.parser.screen_mut().set_size(rows, columns);
        self.master.resize(PtySize { rows, cols: columns, pixel_width: 0, pixel_height: 0 })
    }

    /// The program's process id.
    pub(crate) fn id(&self) -> Option<String> {
        self.told("pid")
    }

    /// What the shell told: `before`, `pid`, `after`.
    pub(crate) fn told(&self, what: &str) -> Option<String> {
        let sent = String::from_utf8_lossy(&self.sent);
        let (_, rest) = sent.split_once(&format!("{what}="))?;
        Some(rest.split_once('=')?.0.to_owned())
    }

    /// The screen.
    pub(crate) fn screen(&self) -> &vt100::Screen {
        self.parser.screen()
    }

    /// Waits until the screen is as wanted; shows it when it never is.
    pub(crate) fn wait(&mut self, what: &str, wanted: impl Fn(&vt100::Screen) -> bool) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        while !wanted(self.parser.screen()) {
            match self.bytes.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => {
                    self.parser.process(&bytes);
                    self.sent.extend(bytes);
                }
                Err(_) => anyhow::bail!("never seen: {what}\n{}", self.parser.screen().contents()),
            }
        }
        Ok(())
    }

    /// Waits until the screen holds `text`.
    pub(crate) fn wait_for(&mut self, text: &str) -> anyhow::Result<()> {
        self.wait(text, |screen| screen.contents().contains(text))
    }

    /// Takes what arrives for a while.
    pub(crate) fn watch(&mut self, time: Duration) {
        let end = Instant::now() + time;
        loop {
            match self.bytes.recv_timeout(end.saturating_duration_since(Instant::now())) {
                Ok(bytes) => {
                    self.parser.process(&bytes);
                    self.sent.extend(bytes);
                }
                Err(RecvTimeoutError::Timeout | RecvTimeoutError::Disconnected) => return,
            }
        }
    }

    /// Takes what arrives until nothing has for so long; shows the screen where it never rests.
    pub(crate) fn rest(&mut self, still: Duration) -> anyhow::Result<()> {
        let end = Instant::now() + PATIENCE;
        let mut from = usize::MAX;
        while from != self.sent.len() {
            anyhow::ensure!(Instant::now() < end, "it never rests\n{}", self.parser.screen().contents());
            from = self.sent.len();
            self.watch(still);
        }
        Ok(())
    }

    /// Waits for the end of the program, and takes everything that it still sent.
    pub(crate) fn end(&mut self) -> anyhow::Result<u32> {
        let end = Instant::now() + PATIENCE;
        let status = loop {
            if let Some(status) = self.child.try_wait()? {
                break status;
            }
            anyhow::ensure!(Instant::now() < end, "it never ended\n{}", self.parser.screen().contents());
            self.watch(Duration::from_millis(20));
        };
        self.watch(Duration::from_millis(200));
        Ok(status.exit_code())
    }
}
