//! The program that follows: the built one, `follow --format raw`, and what it printed.

use std::fs::{self, File};
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::{Arc, Mutex};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

/// The longest that lines are waited for; far more than it ever takes.
const PATIENCE: Duration = Duration::from_secs(30);

/// What one run printed.
pub(crate) struct Run {
    pub(crate) out: Vec<u8>,
    /// What it said beside that.
    pub(crate) said: String,
}

/// A run that goes on.
pub(crate) struct Follower {
    child: Child,
    out: Arc<Mutex<Vec<u8>>>,
    reading: JoinHandle<()>,
    said: PathBuf,
}

impl Follower {
    /// `command`: what runs the program.
    pub(crate) fn new(mut command: Command, arguments: &[String], folder: &Path, said: PathBuf) -> Self {
        command.args(["follow", "--format", "raw"]).args(arguments).current_dir(folder);
        command.env_remove("XDG_CONFIG_HOME").env_remove("HOME").env_remove("FIVEFIFTY_CONFIG");
        command.stdin(Stdio::null()).stdout(Stdio::piped()).stderr(File::create(&said).unwrap());
        let mut child = command.spawn().unwrap();
        let mut from = child.stdout.take().unwrap();
        let out = Arc::new(Mutex::new(Vec::new()));
        let into = Arc::clone(&out);
        let reading = thread::spawn(move || {
            let mut some = vec![0; 1 << 16];
            while let Ok(read @ 1..) = from.read(&mut some) {
                into.lock().unwrap().extend_from_slice(&some[..read]);
            }
        });
        Self { child, out, reading, said }
    }

    /// Waits until it has printed so many lines, or ended, or nothing came for long.
    pub(crate) fn has_printed(&self, lines: usize) {
        let (mut counted, mut seen, mut since) = (0, 0, Instant::now());
        while since.elapsed() < PATIENCE {
            {
                let out = self.out.lock().unwrap();
                seen += out[counted..].iter().filter(|byte| **byte == b'\n').count();
                if out.len() > counted {
                    since = Instant::now();
                }
                counted = out.len();
            }
            if seen >= lines || self.reading.is_finished() {
                return;
            }
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Waits until it has said so, or nothing came for long.
    pub(crate) fn has_said(&self, words: &str) {
        let since = Instant::now();
        while !fs::read_to_string(&self.said).unwrap().contains(words) {
            assert!(since.elapsed() < PATIENCE && !self.reading.is_finished(), "it should say: {words}");
            thread::sleep(Duration::from_millis(2));
        }
    }

    /// Lets it stand still.
    pub(crate) fn stands_still(&self) {
        self.gets("STOP");
        let stat = format!("/proc/{}/stat", self.child.id());
        while fs::read_to_string(&stat).is_ok_and(|stat| !stat.contains(") T ")) {
            thread::sleep(Duration::from_millis(1));
        }
    }

    /// Lets it go on.
    pub(crate) fn goes_on(&self) {
        self.gets("CONT");
    }

    /// Ends it by a signal.
    pub(crate) fn ends_by(mut self, signal: &str) -> Run {
        self.gets(signal);
        self.reading.join().unwrap();
        self.child.wait().unwrap();
        let out = std::mem::take(&mut *self.out.lock().unwrap());
        Run { out, said: fs::read_to_string(&self.said).unwrap() }
    }

    fn gets(&self, signal: &str) {
        let id = self.child.id().to_string();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
    }
}
