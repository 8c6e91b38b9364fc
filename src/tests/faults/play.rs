//! Plays all faults, several side by side.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use super::judge::Verdict;
use super::scene::Scene;
use super::table::{FAULTS, Fault};

/// Faults that are played at a time: mostly they wait.
const SIDE_BY_SIDE: usize = 3;

/// A fault that was played, how it ended, and what the follower said.
pub(crate) type Played = (&'static Fault, Verdict, String);

/// Plays every fault with the program. What needs logrotate is left out where that is not installed, and
/// said, unless `FIVEFIFTY_E2E=1` asks for all.
pub(crate) fn all(program: &Path) -> Vec<Played> {
    static TABLE: [Fault; FAULTS.len()] = FAULTS;
    let mut logrotate = Command::new("logrotate");
    let has_logrotate =
        logrotate.arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_ok();
    if !has_logrotate {
        assert!(
            std::env::var_os("FIVEFIFTY_E2E").is_none_or(|asked| asked != "1"),
            "logrotate is missing: its rotations must not be skipped here"
        );
        let note = "faults: SKIPPED those of logrotate, which is not installed; .ci/run has it\n";
        std::io::stderr().write_all(note.as_bytes()).unwrap();
    }
    // `FIVEFIFTY_FAULT=WORD` plays those with the word in their name.
    let word = std::env::var("FIVEFIFTY_FAULT").unwrap_or_default();
    let chosen = TABLE.iter().enumerate().filter(|(_, fault)| has_logrotate || !fault.by_logrotate);
    let waiting = Mutex::new(chosen.filter(|(_, fault)| fault.name.contains(&word)));
    let played = Mutex::new(Vec::new());
    thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                loop {
                    let Some((number, fault)) = ({ waiting.lock().unwrap().next() }) else { return };
                    let mut scene = Scene::new(program);
                    (fault.play)(&mut scene);
                    let (verdict, said) = scene.judge();
                    played.lock().unwrap().push((number, (fault, verdict, said)));
                }
            });
        }
    });
    let mut played = played.into_inner().unwrap();
    played.sort_by_key(|(number, _)| *number);
    played.into_iter().map(|(_, played)| played).collect()
}
