//! Clicks, the operator's own keys, and that the mouse is given back.

use std::path::Path;
use std::process::Command;
use std::time::Duration;

use super::terminal::Terminal;
use super::{BINARY, Log, is_restored, row};

/// Whether clicks come to the program: presses and the wheel, and no moves.
pub(super) fn is_taken(terminal: &Terminal) -> bool {
    let screen = terminal.screen();
    screen.mouse_protocol_mode() == vt100::MouseProtocolMode::PressRelease
        && screen.mouse_protocol_encoding() == vt100::MouseProtocolEncoding::Sgr
}

#[test]
fn a_click_opens_and_the_mouse_is_given_back() {
    let mut log = Log::new();
    log.reject(30);
    let mut console = log.open((120, 40));
    console.wait("thirty rejections", |screen| row(screen, "Gmail", "30")).unwrap();
    assert!(is_taken(&console));
    let at = |console: &Terminal, text: &str| {
        let contents = console.screen().contents();
        let (row, line) = contents.lines().enumerate().find(|(_, line)| line.contains(text)).unwrap();
        let before = line.split_once(text).map_or(0, |(before, _)| before.chars().count());
        format!("\x1b[<0;{};{}M\x1b[<0;{};{}m", before + 1, row + 1, before + 1, row + 1)
    };
    let click = at(&console, "Gmail");
    console.press(&click).unwrap();
    console.wait_for("▸ Gmail").unwrap();
    console.watch(Duration::from_millis(600));
    console.press(&click).unwrap();
    console.wait_for("VERDICT").unwrap();
    let click = at(&console, "overview");
    console.press(&click).unwrap();
    console.wait("the overview", |screen| !screen.contents().contains("VERDICT")).unwrap();
    console.press("M").unwrap();
    console
        .wait("the terminal has it", |screen| screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None)
        .unwrap();
    console.press("M").unwrap();
    console.wait_for("the mouse is ours").unwrap();
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
    assert!(is_restored(&console));
}

#[test]
fn while_it_is_suspended_the_shell_has_the_terminal_and_the_mouse() {
    let mut log = Log::new();
    log.reject(3);
    let mut console = log.open((80, 24));
    console.wait_for("Gmail").unwrap();
    let id = console.id().unwrap();
    console.press("\x1a").unwrap();
    console
        .wait("the shell's screen", |screen| {
            !screen.alternate_screen() && screen.mouse_protocol_mode() == vt100::MouseProtocolMode::None
        })
        .unwrap();
    // It gives the terminal back before it stops: gone on too early, it would stop afterwards.
    let stat = || std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap_or_default();
    while stat().rsplit_once(')').is_some_and(|(_, state)| !state.starts_with(" T")) {
        console.watch(Duration::from_millis(5));
    }
    assert!(Command::new("kill").args(["-s", "CONT", &id]).status().unwrap().success());
    console
        .wait("the console again", |screen| screen.alternate_screen() && row(screen, "Gmail", "3"))
        .unwrap();
    assert!(is_taken(&console));
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
    assert!(is_restored(&console));
}

#[test]
fn a_mouse_that_is_off_for_good_is_never_asked_for_and_own_keys_work() {
    let mut log = Log::new();
    log.reject(3);
    let folder = log.path.with_file_name("config");
    std::fs::create_dir(&folder).unwrap();
    let settings = "mouse = false\n[keys]\nquit = [\"f10\", \"ctrl-c\"]\nsources = \"ctrl-o\"\n";
    std::fs::write(folder.join("config.toml"), settings).unwrap();
    let command = format!("FIVEFIFTY_CONFIG='{}' '{BINARY}' '{}'", folder.display(), log.path.display());
    let mut console = Terminal::start(Path::new("/bin/sh"), &["-c", &command], (120, 40)).unwrap();
    console.wait_for("Gmail").unwrap();
    console.press("q\x0f").unwrap();
    console.wait_for("Files and streams").unwrap();
    console.press("\x1b[21~").unwrap();
    assert_eq!(console.end().unwrap(), 0);
    assert!(!String::from_utf8_lossy(&console.sent).contains("\x1b[?1000"), "nothing was asked for");
    assert!(is_restored(&console));
}

#[test]
fn a_demo_takes_mouse_and_keys_and_says_what_is_wrong_with_them() {
    let folder = tempfile::tempdir().unwrap();
    let command = format!("FIVEFIFTY_CONFIG='{}' '{BINARY}' demo", folder.path().display());
    let begin = |settings: &str| {
        std::fs::write(folder.path().join("config.toml"), settings).unwrap();
        Terminal::start(Path::new("/bin/sh"), &["-c", &command], (120, 40)).unwrap()
    };
    let mut demo = begin("mouse = false\n[keys]\nquit = [\"f10\", \"ctrl-c\"]\n");
    demo.wait_for("demo").unwrap();
    demo.press("q").unwrap();
    demo.press("\x1b[21~").unwrap();
    assert_eq!(demo.end().unwrap(), 0);
    assert!(!String::from_utf8_lossy(&demo.sent).contains("\x1b[?1000"), "nothing was asked for");
    let mut demo = begin("[keys]\nquit = []\n");
    demo.wait_for("keys are as built in").unwrap();
    demo.press("q").unwrap();
    assert_eq!(demo.end().unwrap(), 0);
}
