//! Plays all faults, several side by side.

use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::Mutex;
use std::thread;

use super::judge::Verdict;
use super::scene::Scene;
use super::table::{FAULTS, Fault, Needs};

/// Faults that are played at a time: mostly they wait.
const SIDE_BY_SIDE: usize = 3;

/// A fault that was played, how it ended, and what the follower said.
pub(crate) type Played = (&'static Fault, Verdict, String);

/// Plays every fault with the program. What needs something that is not there is left out, and that is said; of
/// logrotate, unless `FIVEFIFTY_E2E=1` asks for all.
pub(crate) fn all(program: &Path) -> Vec<Played> {
    static TABLE: [Fault; FAULTS.len()] = FAULTS;
    let mut missing = Vec::new();
    for needs in Needs::ALL {
        let (what, test) = needs.test();
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", test]).stdout(Stdio::null()).stderr(Stdio::null());
        if shell.status().is_ok_and(|status| status.success()) {
            continue;
        }
        assert!(
            needs != Needs::Logrotate || std::env::var_os("FIVEFIFTY_E2E").is_none_or(|asked| asked != "1"),
            "logrotate is missing: its rotations must not be skipped here"
        );
        let note = format!("faults: SKIPPED what needs {what}, which is not to be had here\n");
        std::io::stderr().write_all(note.as_bytes()).unwrap();
        missing.push(needs);
    }
    // `FIVEFIFTY_FAULT=WORD` plays those with the word in their name.
    let word = std::env::var("FIVEFIFTY_FAULT").unwrap_or_default();
    let chosen = TABLE.iter().enumerate().filter(|(_, fault)| !missing.contains(&fault.needs));
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
