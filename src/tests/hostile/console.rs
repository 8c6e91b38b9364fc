//! The console on a real pseudo terminal, on logs, names and words of strangers: every screen, what is
//! copied, written, and set as the window's title.

use std::fs;
use std::path::Path;
use std::time::Duration;

use super::attacks::{ATTACKS, all, text};
use super::terminal::Terminal;
use super::wire::wire;
use super::{logs, toml_string};

/// Keys, and what is to be seen then, or with `!` no longer.
type Step = (&'static str, &'static str);

/// From the board to every screen and back.
const WAY: &[Step] = &[
    ("jy", "copied"),
    ("Y", "copied"),
    ("\r", "VERDICT"),
    ("y", "copied"),
    ("Y", "copied"),
    ("wxvnN", "Sample"),
    ("z", "!VERDICT"),
    ("z\t", "━ Diagnosis"),
    ("z", "!Sample"),
    ("z\t", "━ First five minutes"),
    ("z", "!Diagnosis"),
    ("z\t", "━ Sample"),
    ("t", "Trace ·"),
    ("y", "copied"),
    ("Y", "copied"),
    ("Gg", "Trace ·"),
    ("L", "raw log"),
    ("", "┄┄┄┄"),
    ("y", "copied"),
    ("wwllhh", "raw log"),
    ("gGkk", "raw log"),
    ("/pwn\r", "only pwn"),
    ("\r", "matches marked"),
    ("nN", "raw log"),
    ("y", "copied"),
    ("\t", "raw log"),
    ("", "┄┄┄┄"),
    ("y", "raw log"),
    ("/\x7f\x7f\x7f\x7f\x7f\r", "!matches"),
    ("S", "Files and streams"),
    ("j\t", "━ MTA hosts"),
    ("\t", "━ Our IPs"),
    ("\x1b", "!Files and streams"),
    ("\x1b", "Trace"),
    ("\x1b", "VERDICT"),
    ("p", "DNS, by hand"),
    ("Y", "copied"),
    ("jjY", "copied"),
    ("\x1b", "VERDICT"),
    ("I", "━ What changed"),
    ("\t", "━ Timeline"),
    ("y", "copied"),
    ("\t", "━ Incidents"),
    ("\x1b", "VERDICT"),
    ("\x1b", "Rejections by provider"),
    ("C", "━ Sends"),
    ("y", "copied"),
    ("mjm\r", "Compared"),
    ("\x1b", "━ Sends"),
    ("\x1b", "Rejections by provider"),
    ("T", "Themes"),
    ("jjj\x1b", "!Themes"),
    (":", "━ Commands"),
    ("\x1b", "!━ Commands"),
    ("?", "Keys on"),
    ("\x1b", "Rejections by provider"),
];

/// What is typed: a filter, a command, a time, a note.
const TYPED: &[Step] = &[
    ("/", "all of"),
    (PASTE, "pasted"),
    ("\r", "pasted"),
    ("\x1b", "!pasted"),
    (":", "━ Commands"),
    (PASTE, "pasted"),
    ("\r", "pasted"),
    ("\x1b", "!━ Commands"),
    ("@", "go there"),
    (PASTE, "pasted"),
    ("\r", "pasted"),
    ("\x1b", "!go there"),
    ("i", "VERDICT"),
    ("o", " note"),
    (PASTE, "pasted"),
    ("\r", "noted"),
    ("\x1b", "Rejections by provider"),
];

/// Stands for lines of a stranger's that are pasted.
const PASTE: &str = "paste";

struct Walk {
    terminal: Terminal,
}

impl Walk {
    fn step(&mut self, (keys, seen): Step) {
        match keys {
            PASTE => self.terminal.press(&format!("\x1b[200~pasted{}\x1b[201~", name(""))).unwrap(),
            _ => self.terminal.press(keys).unwrap(),
        }
        let is_seen = |shown: &str| match seen.strip_prefix('!') {
            Some(gone) => !shown.contains(gone),
            None => seen.split('|').any(|one| shown.contains(one)),
        };
        // What is to be copied may not be there yet.
        for _ in 0..40 {
            if seen != "copied" || is_seen(&self.terminal.screen().contents()) {
                break;
            }
            self.terminal.watch(Duration::from_millis(250));
            self.terminal.press(keys.trim_start_matches('j')).unwrap();
        }
        self.terminal.wait(&format!("{keys:?}: {seen}"), |screen| is_seen(&screen.contents())).unwrap();
        let shown = self.terminal.screen().contents();
        assert_eq!(text(shown.as_bytes()), None, "{keys:?}");
    }
}

/// A name of a file in which strangers wrote.
fn name(end: &str) -> String {
    let attacks = String::from_utf8_lossy(&ATTACKS[..12].concat()).replace(['/', '\0'], "");
    attacks.chars().take(60).chain(end.chars()).collect()
}

fn plain(chunk: std::str::Utf8Chunk<'_>) -> Vec<u8> {
    [chunk.valid().replace('\u{fffd}', "?").as_bytes(), chunk.invalid()].concat()
}

#[test]
fn nothing_hostile_reaches_the_terminal_on_any_screen() {
    let folder = tempfile::tempdir().unwrap();
    let at = |name: &str| folder.path().join(name);
    let logs = [(name(".log"), logs::postfix_now()), (name(".json"), logs::kumomta_now())];
    for (name, log) in &logs {
        // The terminal of this test draws no U+FFFD, and so the rest of the line elsewhere.
        let log: Vec<u8> = log.utf8_chunks().flat_map(plain).collect();
        fs::write(at(name), log).unwrap();
    }
    let config = at("config");
    fs::create_dir(&config).unwrap();
    let named = toml_string(&String::from_utf8_lossy(&all(0)));
    let provider = format!("[[provider]]\nid = \"corp\"\nname = {named}\nhosts = [\".yahoodns.net\"]\n");
    fs::write(config.join("providers.toml"), provider).unwrap();
    let state = format!("XDG_STATE_HOME={}", at("state").display());
    let named = logs.iter().map(|(name, _)| at(name));
    let paths: Vec<String> = named.map(|path| path.to_str().unwrap().to_owned()).collect();
    // Its own bell is off: any that rings is a stranger's.
    let mut arguments =
        vec![&state[..], env!("CARGO_BIN_EXE_fivefifty"), "--no-bell", "--config", config.to_str().unwrap()];
    arguments.extend(paths.iter().map(String::as_str));
    let terminal = Terminal::start(Path::new("/usr/bin/env"), &arguments, (120, 40)).unwrap();
    let mut walk = Walk { terminal };
    walk.step(("", "INCIDENT"));
    for step in WAY {
        walk.step(*step);
    }
    for step in TYPED {
        walk.step(*step);
    }
    walk.step(("e", "What comes out"));
    for _ in 0..12 {
        walk.step(("\r", "!What comes out"));
        walk.step(("", "!◐ "));
        walk.step(("r", "addresses are shown|with addresses"));
        walk.step(("", "!◐ "));
        walk.step(("y", "copied"));
        walk.step(("w", "written"));
        walk.step(("\x1b", "What comes out"));
        walk.step(("j", "What comes out"));
    }
    walk.terminal.press("q").unwrap();
    assert_eq!(walk.terminal.end().unwrap(), 0);
    let sent = wire(&walk.terminal.sent).unwrap();
    assert!(sent.copied.len() > 24, "{}", sent.copied.len());
    assert!(!sent.titles.is_empty());
    let written = super::kept(&at("state"));
    assert!(written > 12, "{written} files");
}
