//! What the console wears: as the terminal's ground is, and as the operator's files say while it runs.

use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::terminal::Terminal;
use super::{BINARY, Log, is_restored, row};

/// What asks a terminal for its ground.
const QUESTION: &[u8] = b"\x1b]11;?\x1b\\";
const WHITE: &str = "\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?64;1;2c";
const BLACK: &str = "\x1b]11;rgb:0000/0000/0000\x07\x1b[?64;1;2c";

/// A log, and a folder of settings beside it.
struct Place {
    log: Log,
    folder: PathBuf,
}

impl Place {
    fn new() -> Self {
        let mut log = Log::new();
        log.reject(3);
        let folder = log.path.with_file_name("config");
        fs::create_dir_all(folder.join("themes")).unwrap();
        Self { log, folder }
    }

    fn set(&self, settings: &str) {
        fs::write(self.folder.join("config.toml"), settings).unwrap();
    }

    fn theme(&self, name: &str, text: &str) {
        fs::write(self.folder.join("themes").join(name).with_extension("toml"), text).unwrap();
    }

    fn open(&self, arguments: &str) -> Terminal {
        let command = format!(
            "COLORTERM=truecolor FIVEFIFTY_CONFIG='{}' exec '{BINARY}' {arguments} '{}'",
            self.folder.display(),
            self.log.path.display()
        );
        Terminal::start(Path::new("/bin/sh"), &["-c", &command], (120, 40)).unwrap()
    }
}

/// The ground of the screen.
fn ground(screen: &vt100::Screen) -> vt100::Color {
    screen.cell(0, 0).map_or(vt100::Color::Default, vt100::Cell::bgcolor)
}

fn is_light(screen: &vt100::Screen) -> bool {
    matches!(ground(screen), vt100::Color::Rgb(red, green, blue) if red.min(green).min(blue) > 200)
}

fn is_dark(screen: &vt100::Screen) -> bool {
    matches!(ground(screen), vt100::Color::Rgb(red, green, blue) if red.max(green).max(blue) < 60)
}

/// Waits for the question.
fn hear(console: &mut Terminal) {
    while !console.sent.windows(QUESTION.len()).any(|bytes| bytes == QUESTION) {
        console.watch(Duration::from_millis(5));
    }
}

fn quit(mut console: Terminal) {
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
    assert!(is_restored(&console));
}

#[test]
fn the_theme_is_as_light_as_the_terminal_says() {
    let place = Place::new();
    for (answer, is_worn) in [(WHITE, is_light as fn(&vt100::Screen) -> bool), (BLACK, is_dark)] {
        let mut console = place.open("--theme auto");
        hear(&mut console);
        console.press(answer).unwrap();
        console.wait("the theme", |screen| is_worn(screen) && row(screen, "Gmail", "3")).unwrap();
        quit(console);
    }
}

#[test]
fn a_terminal_that_does_not_answer_is_not_waited_for_and_a_late_answer_types_nothing() {
    let place = Place::new();
    let mut console = place.open("--theme auto");
    console.wait("the board, without an answer", |screen| row(screen, "Gmail", "3")).unwrap();
    assert!(console.sent.windows(QUESTION.len()).any(|bytes| bytes == QUESTION), "it asked");
    // What stands below the header stands still from here on.
    console.press(" ").unwrap();
    console.wait_for("frozen").unwrap();
    console.watch(Duration::from_secs(1));
    let before = below_the_header(&console);
    console.press(WHITE).unwrap();
    console.watch(Duration::from_secs(1));
    assert_eq!(below_the_header(&console), before, "no key was pressed by it");
    console.press("?").unwrap();
    console.wait_for("Keys on").unwrap();
    quit(console);
}

#[test]
fn what_is_typed_while_the_terminal_is_asked_is_not_lost() {
    let place = Place::new();
    for answer in [Some(WHITE), None] {
        let mut console = place.open("--theme auto");
        hear(&mut console);
        console.press("jC").unwrap();
        console.watch(Duration::from_millis(20));
        answer.into_iter().for_each(|answer| console.press(answer).unwrap());
        console.wait("the sends", |screen| screen.contents().contains("overview › sends")).unwrap();
        if answer.is_some() {
            assert!(is_light(console.screen()), "the answer was heard, too");
        }
        quit(console);
    }
}

fn below_the_header(console: &Terminal) -> Vec<String> {
    console.screen().contents().lines().skip(1).map(ToOwned::to_owned).collect()
}

#[test]
fn settings_that_change_are_worn_and_said_and_mistakes_change_nothing() {
    let place = Place::new();
    place.set("theme = \"dark\"\n");
    let mut console = place.open("");
    console.wait("dark", |screen| is_dark(screen) && row(screen, "Gmail", "3")).unwrap();
    place.set("theme = \"light\"\nascii = true\n");
    console.wait("light", is_light).unwrap();
    console.wait_for("config.toml: from now on theme = \"light\", ascii = true").unwrap();
    assert!(console.screen().contents().is_ascii(), "{}", console.screen().contents());
    place.set("theme = \"lite\"\n");
    console.wait_for("config.toml:1").unwrap();
    assert!(is_light(console.screen()));
    quit(console);
}

#[test]
fn a_theme_of_ones_own_is_seen_while_it_is_written() {
    let place = Place::new();
    place.theme("mine", "inherits = \"dark\"\n[palette]\nground = \"#102030\"\n");
    let mut console = place.open("--theme mine");
    let is = |red, green, blue| {
        move |screen: &vt100::Screen| ground(screen) == vt100::Color::Rgb(red, green, blue)
    };
    console.wait("as it was written first", is(0x10, 0x20, 0x30)).unwrap();
    place.theme("mine", "inherits = \"dark\"\n[palette]\nground = \"#203010\"\n");
    console.wait("as it was written then", is(0x20, 0x30, 0x10)).unwrap();
    // A mistake is told in its place, and nothing is taken off for it.
    place.theme("mine", "inherits = \"dark\"\n[palette]\nground = \"#2030\"\n");
    console.wait_for("mine.toml:3").unwrap();
    assert!(is(0x20, 0x30, 0x10)(console.screen()));
    place.theme("mine", "inherits = \"light\"\n");
    console.wait("as it was mended", is_light).unwrap();
    quit(console);
}
