//! The pictures: what is played, how large the terminal is, what is pressed.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::Context as _;
use fivefifty::demo::{Demo, Options, Scenario};
use fivefifty::model::Moment;

use super::svg::svg;
use super::terminal::Terminal;

/// When the live part of the send begins: 2026-11-20 14:27:00 UTC.
const START: Moment = Moment::from_seconds(1_795_184_820);
/// How long it has gone on when the picture is taken, in milliseconds.
const LONG: i64 = 260_000;
/// A screen to which nothing was sent for so long stands still.
const STILL: Duration = Duration::from_millis(1_500);
/// A board at which nobody presses a key is sorted to the letter within this.
const SORTED: Duration = Duration::from_secs(12);

/// One console, and what is taken of it, one picture after the other.
pub(crate) struct Session {
    theme: &'static str,
    shots: &'static [Shot],
}

/// One picture.
struct Shot {
    /// Of the file, without `.svg`.
    name: &'static str,
    size: (u16, u16),
    /// What is pressed, and what is on the screen after it.
    keys: &'static [(&'static str, &'static str)],
}

const DRILL: (&str, &str) = ("i", "VERDICT");

/// All of them.
pub(crate) const SESSIONS: [Session; 4] = [
    Session {
        theme: "default",
        shots: &[
            Shot { name: "overview", size: (120, 32), keys: &[] },
            Shot { name: "small", size: (80, 24), keys: &[] },
            Shot { name: "drill", size: (120, 40), keys: &[DRILL] },
            Shot { name: "incident", size: (120, 28), keys: &[("I", "Timeline")] },
            Shot {
                name: "rawlog",
                size: (120, 30),
                keys: &[("L", "mail.log"), ("/code:5.7.1\r", "only code:5.7.1")],
            },
        ],
    },
    Session {
        theme: "gruvbox",
        shots: &[Shot { name: "themes", size: (120, 36), keys: &[DRILL, ("T", "solarized")] }],
    },
    Session { theme: "light", shots: &[Shot { name: "light", size: (120, 36), keys: &[DRILL] }] },
    Session { theme: "nord", shots: &[Shot { name: "wide", size: (200, 56), keys: &[DRILL] }] },
];

/// Writes the log that all of them are taken of, into `folder`: the demo's, the same to the byte each time.
pub(crate) fn log(folder: &Path) -> anyhow::Result<PathBuf> {
    let dir = folder.join("log");
    let options = Options { scenario: Scenario::GmailReputation, speed: 1.0, seed: 550, dir, start: START };
    let mut demo = Demo::new(options);
    demo.write_history()?;
    let path = demo.log();
    let mut lines = fs::read(&path)?;
    demo.step(START.plus_millis(LONG), &mut lines);
    fs::write(&path, lines)?;
    Ok(path)
}

/// Every picture of `log` as `program` draws it: its name, and what it is.
pub(crate) fn take(program: &Path, log: &Path) -> anyhow::Result<Vec<(&'static str, String)>> {
    std::thread::scope(|scope| {
        let consoles: Vec<_> =
            SESSIONS.iter().map(|session| scope.spawn(|| session.take(program, log))).collect();
        let mut all = Vec::new();
        for console in consoles {
            all.extend(console.join().map_err(|_| anyhow::anyhow!("a console broke off"))??);
        }
        Ok(all)
    })
}

impl Session {
    /// Plays `log` to its end, and takes one picture after the other.
    fn take(&self, program: &Path, log: &Path) -> anyhow::Result<Vec<(&'static str, String)>> {
        let folder = log.parent().context("a folder")?;
        // Something was kept here before: the keys to begin with are not told again.
        let home = tempfile::tempdir()?;
        fs::create_dir_all(home.path().join(".local/state/fivefifty"))?;
        // What the screen calls the log is how it was called here.
        let command = format!(
            "cd '{}' && HOME='{}' COLORTERM=truecolor exec '{}' replay mail.log --speed max --theme {}",
            folder.display(),
            home.path().display(),
            program.display(),
            self.theme,
        );
        let mut console = Terminal::start(Path::new("/bin/sh"), &["-c", &command], (120, 32))?;
        // All of them read it at once, on a machine that may be slow.
        let mut looks = 0;
        while let Err(error) = console.wait_for("■ ended") {
            looks += 1;
            anyhow::ensure!(looks < 5, error);
        }
        console.wait_for("INCIDENT")?;
        console.watch(SORTED);
        let mut taken = Vec::new();
        for shot in self.shots {
            while !console.screen().contents().contains("INCIDENT") {
                console.press("\x1b")?;
                console.watch(STILL);
            }
            console.resize(shot.size)?;
            console.rest(STILL)?;
            for (keys, seen) in shot.keys {
                console.press(keys)?;
                console.wait_for(seen)?;
                console.rest(STILL)?;
            }
            taken.push((shot.name, svg(console.screen())?));
        }
        console.press("\x03")?;
        console.end()?;
        Ok(taken)
    }
}
