//! The console on a real pseudo terminal, reading a real file that grows.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "pty/manners.rs"]
mod manners;
#[path = "pty/mouse.rs"]
mod mouse;
#[path = "pty/sources.rs"]
mod sources;
#[path = "pty/terminal.rs"]
mod terminal;
#[path = "pty/wearing.rs"]
mod wearing;

use std::fs::{FileTimes, OpenOptions};
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use fivefifty::engine::{self, Input, Setup};
use fivefifty::ui;
use terminal::Terminal;

const BINARY: &str = env!("CARGO_BIN_EXE_fivefifty");

/// A folder with a log in it.
struct Log {
    _folder: tempfile::TempDir,
    path: PathBuf,
    written: u32,
}

impl Log {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("mail.log");
        Self { _folder: folder, path, written: 0 }
    }

    /// Appends rejections by Gmail, stamped now.
    fn reject(&mut self, times: u32) {
        let mut file = OpenOptions::new().append(true).create(true).open(&self.path).unwrap();
        for _ in 0..times {
            self.written += 1;
            let (number, now) = (self.written, chrono::Utc::now().to_rfc3339());
            writeln!(
                file,
                "{now} mx1 postfix/smtp[7]: 4Xz1Qb0L{number:07}: to=<u{number}@gmail.com>, \
                 relay=gmail-smtp-in.l.google.com[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=5.7.1, status=bounced \
                 (host gmail-smtp-in.l.google.com[192.0.2.9] said: 550-5.7.1 [198.51.100.7] Our system has detected \
                 that this message is likely 550-5.7.1 suspicious due to the very low reputation of the sending \
                 550 5.7.1 IP address. z15-si{number} - gsmtp (in reply to end of DATA command))"
            )
            .unwrap();
        }
    }

    /// Appends deliveries by Gmail over the last twenty minutes, one every two seconds.
    fn deliver(&mut self) {
        let mut file = OpenOptions::new().append(true).create(true).open(&self.path).unwrap();
        let now = chrono::Utc::now();
        for back in (1..=600).rev() {
            self.written += 1;
            let (number, at) = (self.written, (now - chrono::TimeDelta::seconds(back * 2)).to_rfc3339());
            writeln!(
                file,
                "{at} mx1 postfix/smtp[7]: 4Xz1Qb0L{number:07}: to=<u{number}@gmail.com>, \
                 relay=gmail-smtp-in.l.google.com[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn=2.0.0, status=sent \
                 (250 2.0.0 OK {number} z15-si{number} - gsmtp)"
            )
            .unwrap();
        }
    }

    /// Makes all of it older. Both the stamps and the file say so: nothing was written since.
    fn age(&self, quiet: chrono::TimeDelta) {
        let text = std::fs::read_to_string(&self.path).unwrap();
        let older = |line: &str| {
            let (stamp, rest) = line.split_once(' ').unwrap();
            let stamp = chrono::DateTime::parse_from_rfc3339(stamp).unwrap() - quiet;
            format!("{} {rest}\n", stamp.to_rfc3339())
        };
        std::fs::write(&self.path, text.lines().map(older).collect::<String>()).unwrap();
        let written = SystemTime::now() - quiet.to_std().unwrap();
        let file = OpenOptions::new().append(true).open(&self.path).unwrap();
        file.set_times(FileTimes::new().set_modified(written)).unwrap();
    }

    fn open(&self, size: (u16, u16)) -> Terminal {
        Terminal::start(Path::new(BINARY), &[self.path.to_str().unwrap()], size).unwrap()
    }
}

/// The settings as they were, the normal screen, a visible cursor: what the shell needs back.
fn is_restored(terminal: &Terminal) -> bool {
    let (before, after) = (terminal.told("before"), terminal.told("after"));
    before.is_some()
        && before == after
        && !terminal.screen().alternate_screen()
        && !terminal.screen().hide_cursor()
        && !terminal.screen().bracketed_paste()
        && terminal.screen().mouse_protocol_mode() == vt100::MouseProtocolMode::None
}

#[test]
fn the_numbers_move_it_drills_it_quits_and_the_terminal_is_restored() {
    let mut log = Log::new();
    log.reject(3);
    let mut console = log.open((120, 40));
    console
        .wait("three rejections", |screen| screen.contents().contains("Gmail") && row(screen, "Gmail", "3"))
        .unwrap();
    assert!(console.screen().alternate_screen());
    log.reject(27);
    console.wait("thirty rejections", |screen| row(screen, "Gmail", "30")).unwrap();
    console.press("\r").unwrap();
    console.wait_for("VERDICT").unwrap();
    console.wait_for("DON'T").unwrap();
    assert!(console.screen().contents().contains("low reputation"));
    console.press("\x1b").unwrap();
    console.wait("the overview", |screen| !screen.contents().contains("VERDICT")).unwrap();
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
    assert!(is_restored(&console));
}

#[test]
fn a_replay_plays_stands_still_ends_and_stays() {
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/incidents/gmail-reputation/mail.log.gz");
    let from = ["--from", "2026-11-21T08:18:00Z", "--paused", "--speed", "30"];
    let args = [&["replay", log], from.as_slice()].concat();
    let mut console = Terminal::start(Path::new(BINARY), &args, (120, 40)).unwrap();
    console.wait_for("‖ paused ×30  08:18:00").unwrap();
    console.press("P").unwrap();
    console.wait_for("▶ ×30").unwrap();
    console.wait("it goes on", |screen| !screen.contents().contains("08:18:00")).unwrap();
    console.press("P").unwrap();
    console.wait_for("‖ paused ×30").unwrap();
    console.press(">").unwrap();
    console.wait_for("‖ paused ×60").unwrap();
    console.press(">>>>>>>>").unwrap();
    console.wait_for("‖ paused max").unwrap();
    console.press("P").unwrap();
    console.wait_for("■ ended 08:24:00").unwrap();
    console.wait_for("INCIDENT").unwrap();
    // It stays, and is looked through.
    console.press("[").unwrap();
    console.wait_for("◀ 08:23:00").unwrap();
    console.press("P").unwrap();
    console.wait_for("the replay has ended").unwrap();
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
    assert!(is_restored(&console));
}

#[test]
fn a_replay_without_a_terminal_or_outside_of_the_log_says_so() {
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/incidents/gmail-reputation/mail.log.gz");
    for (args, told) in [
        (vec!["replay", log], "a replay needs a terminal"),
        (vec!["replay"], "required"),
        (vec!["replay", log, "--speed", "0"], "a factor between 0.1 and 86400, or max"),
    ] {
        let run = Command::new(BINARY).args(&args).output().unwrap();
        let said = String::from_utf8_lossy(&run.stderr).into_owned();
        assert!(run.status.code() == Some(2) && said.contains(told), "{args:?}: {said}");
    }
    let args = ["replay", log, "--until", "2026-11-21T07:00:00Z"];
    let mut console = Terminal::start(Path::new(BINARY), &args, (120, 40)).unwrap();
    console.wait_for("the log begins at 2026-11-21T08:00:02").unwrap();
    assert_eq!(console.end().unwrap(), 2);
}

#[test]
fn a_string_is_traced_through_the_log_and_esc_comes_back() {
    let mut log = Log::new();
    log.reject(3);
    let now = chrono::Utc::now().to_rfc3339();
    // What was rotated away belongs to the message's way too.
    let older = log.path.with_file_name("mail.log.1");
    let first =
        "2026-01-01T00:00:00Z mx1 postfix/cleanup[1]: 4Xz1Qb0L0000002: message-id=<the-first@x.example>\n";
    std::fs::write(&older, first).unwrap();
    let mut file = OpenOptions::new().append(true).open(&log.path).unwrap();
    writeln!(
        file,
        "{now} mx1 postfix/bounce[9]: 4Xz1Qb0L0000002: sender non-delivery notification: 4Xz9Zz9B0000001"
    )
    .unwrap();
    writeln!(file, "{now} mx1 postfix/cleanup[9]: 4Xz9Zz9B0000001: message-id=<the-bounce@mx1>").unwrap();
    drop(file);
    let mut console = log.open((120, 40));
    console.wait("three rejections", |screen| row(screen, "Gmail", "3")).unwrap();
    console.press("\r").unwrap();
    console.wait_for("VERDICT").unwrap();
    let mut at = 0;
    while !console.screen().contents().contains("queue 4Xz1Qb0L0000002") && at < 3 {
        at += 1;
        console.press("j").unwrap();
        console.watch(Duration::from_millis(200));
    }
    console.press("t").unwrap();
    console.wait_for("Trace · 3 lines in 2 sources").unwrap();
    console.wait_for("message-id=<the-first@x.example>").unwrap();
    console.press("G").unwrap();
    console.wait_for("4Xz9Zz9B0000001 · its bounce").unwrap();
    console.press("t").unwrap();
    console.wait_for("<the-bounce@mx1>").unwrap();
    console.press("\x1b").unwrap();
    console.wait_for("trace 4Xz1Qb0L0000002").unwrap();
    console.press("\x1b").unwrap();
    console.wait_for("VERDICT").unwrap();
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
    assert!(is_restored(&console));
}

#[test]
fn what_was_piped_in_is_traced_from_what_was_kept_of_it() {
    let mut log = Log::new();
    log.reject(12);
    let command = format!("cat '{}' | '{BINARY}' -", log.path.display());
    let mut console = Terminal::start(Path::new("/bin/sh"), &["-c", &command], (120, 40)).unwrap();
    console.wait("twelve rejections", |screen| row(screen, "Gmail", "12")).unwrap();
    console.press("\r").unwrap();
    console.wait_for("VERDICT").unwrap();
    console.press("t").unwrap();
    console.wait_for("Trace · 1 line in 1 source · of 12 read").unwrap();
    console.wait_for("stdin, line").unwrap();
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
}

#[test]
fn it_fits_every_size_that_it_is_given() {
    let mut log = Log::new();
    log.reject(30);
    let mut console = log.open((120, 40));
    console.wait_for("Gmail").unwrap();
    for size in [(80, 24), (40, 12), (200, 60), (20, 5), (120, 40)] {
        console.resize(size).unwrap();
        console.watch(Duration::from_millis(300));
    }
    console.wait_for("Gmail").unwrap();
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
}

#[test]
fn a_log_that_was_quiet_before_it_was_opened_is_as_old_as_its_file() {
    let mut log = Log::new();
    log.deliver();
    log.age(chrono::TimeDelta::minutes(7));
    let mut terminal = log.open((120, 40));
    let shown = |screen: &vt100::Screen| {
        let text = screen.contents();
        text.contains("No delivery attempt in the last 5m.")
            // By the minutes of the clocks, whose seconds are whatever they are.
            && (text.contains(", 7m ago.") || text.contains(", 8m ago."))
    };
    terminal.wait("the quiet is told", shown).unwrap();
    // The header's clock is the wall's, give or take what a slow machine needs.
    let clock = |screen: &vt100::Screen| {
        let now = chrono::Utc::now();
        (-2..30).any(|ago| {
            let at = now - chrono::TimeDelta::seconds(ago);
            screen.contents().contains(&at.format("%H:%M UTC").to_string())
        })
    };
    terminal.wait("the clock is now", clock).unwrap();
    log.reject(3);
    terminal.wait("new lines are counted", |screen| row(screen, "Gmail", "3")).unwrap();
    terminal.press("q").unwrap();
    assert_eq!(terminal.end().unwrap(), 0);
}

#[test]
fn esc_and_a_key_that_come_in_one_packet_are_two_keys() {
    let mut log = Log::new();
    log.reject(3);
    let mut console = log.open((120, 40));
    console.wait("three rejections", |screen| row(screen, "Gmail", "3")).unwrap();
    console.press("\r").unwrap();
    console.wait_for("VERDICT").unwrap();
    console.press("\x1b:").unwrap();
    console.wait_for("━ Commands ").unwrap();
    console.press("\x1bC").unwrap();
    console.wait_for("overview › sends").unwrap();
    // An arrow is a sequence of its own.
    console.press("\x1b\x1b[B").unwrap();
    let moved = |screen: &vt100::Screen| screen.contents().contains("▸ Gmail");
    console.wait("the overview, one row further down", moved).unwrap();
    assert!(!console.screen().contents().contains("before now"), "and no step through time");
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
}

#[test]
fn a_signal_to_end_restores_the_terminal() {
    for signal in ["TERM", "HUP", "INT"] {
        let mut log = Log::new();
        log.reject(1);
        let mut console = log.open((80, 24));
        console.wait_for("Gmail").unwrap();
        let id = console.id().unwrap();
        assert!(Command::new("kill").args(["-s", signal, &id]).status().unwrap().success());
        assert!(mouse::is_taken(&console));
        console.end().unwrap();
        assert!(is_restored(&console), "after SIG{signal}");
    }
}

#[test]
fn it_ends_with_its_terminal() {
    let mut log = Log::new();
    log.reject(1);
    let mut console = log.open((80, 24));
    console.wait_for("Gmail").unwrap();
    let id = console.id().unwrap();
    drop(console);
    let began = std::time::Instant::now();
    // The shell that it ran in went, too: nobody is left who would know its end.
    while Path::new("/proc").join(&id).exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "it runs on without a terminal");
        std::thread::sleep(Duration::from_millis(20));
    }
}

#[test]
fn stopped_from_outside_it_gives_the_terminal_back_and_takes_it_again() {
    let mut log = Log::new();
    log.reject(1);
    let mut console = log.open((80, 24));
    console.wait_for("Gmail").unwrap();
    let id = console.id().unwrap();
    let kill = |signal: &str| Command::new("kill").args(["-s", signal, &id]).status().unwrap().success();
    assert!(kill("TSTP"));
    console.wait("the normal screen", |screen| !screen.alternate_screen() && !screen.hide_cursor()).unwrap();
    let state = || Command::new("ps").args(["-o", "state=", "-p", &id]).output().unwrap().stdout;
    while !state().starts_with(b"T") {
        console.watch(Duration::from_millis(20));
    }
    assert!(kill("CONT"));
    console.wait("its own screen", vt100::Screen::alternate_screen).unwrap();
    console.wait_for("Gmail").unwrap();
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
    assert!(is_restored(&console));
}

#[test]
fn on_a_terminal_that_can_only_print_it_follows_instead() {
    let mut log = Log::new();
    log.reject(1);
    let command = format!("TERM=dumb exec '{BINARY}' '{}'", log.path.display());
    let mut console = Terminal::start(Path::new("/bin/sh"), &["-c", &command], (80, 24)).unwrap();
    console.wait_for("cannot show the console").unwrap();
    // It follows from the end of the log, wherever that was when it was opened.
    for _ in 0..50 {
        log.reject(1);
        console.watch(Duration::from_millis(100));
        if console.screen().contents().contains("very low reputation") {
            break;
        }
    }
    console.wait_for("very low reputation").unwrap();
    assert!(!console.sent.contains(&0x1b), "no sequence at all");
    console.press("\x03").unwrap();
    console.end().unwrap();
}

#[test]
fn a_panic_restores_the_terminal_and_its_message_can_be_read() {
    let mut log = Log::new();
    log.reject(1);
    let this = std::env::current_exe().unwrap();
    let command = format!(
        "RUST_BACKTRACE=0 FIVEFIFTY_TEST_LOG='{}' '{}' --exact --nocapture the_console_of_the_panic_test",
        log.path.display(),
        this.display(),
    );
    let mut console = Terminal::start(Path::new("/bin/sh"), &["-c", &command], (80, 24)).unwrap();
    console.wait_for("Gmail").unwrap();
    console.press("?").unwrap();
    console.end().unwrap();
    assert!(is_restored(&console));
    let sent = String::from_utf8_lossy(&console.sent).into_owned();
    let (message, left) = (sent.find("panicked on purpose"), sent.find("\x1b[?1049l"));
    assert!(left.is_some() && left < message, "the message came on the operator's own screen");
}

/// Not a test of its own: the program that the panic test starts, a console beside which a thread
/// panics. Without that test's variable there is nothing to do.
#[test]
fn the_console_of_the_panic_test() {
    let Some(log) = std::env::var_os("FIVEFIFTY_TEST_LOG") else { return };
    let handle =
        engine::follow(vec![Input::File(log.into())], &Setup::embedded().unwrap(), Arc::default()).unwrap();
    std::thread::spawn(|| {
        std::thread::sleep(Duration::from_secs(2));
        panic!("panicked on purpose");
    });
    ui::run(handle, ui::Options::default()).unwrap();
}

#[test]
fn keys_come_from_the_terminal_when_a_log_is_piped_in() {
    let mut log = Log::new();
    log.reject(12);
    let command = format!("cat '{}' | '{BINARY}' -", log.path.display());
    let mut console = Terminal::start(Path::new("/bin/sh"), &["-c", &command], (120, 40)).unwrap();
    console.wait("twelve rejections", |screen| row(screen, "Gmail", "12")).unwrap();
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
    assert!(is_restored(&console));
}

#[test]
fn nothing_that_a_stranger_wrote_reaches_the_terminal_raw() {
    let mut log = Log::new();
    log.reject(1);
    let attack = "\u{9b}31m \u{202e}txet\u{2066} \x1b]0;pwned\x07\x1b[2J";
    let line = format!(
        "{} mx1 postfix/smtp[7]: 4Xz1Qb0L9999999: to=<x@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.9]:25, \
         dsn=5.7.1, status=bounced (host gmail-smtp-in.l.google.com[192.0.2.9] said: 550 5.7.1 {attack} (in reply to RCPT TO command))\n",
        chrono::Utc::now().to_rfc3339(),
    );
    OpenOptions::new().append(true).open(&log.path).unwrap().write_all(line.as_bytes()).unwrap();
    let mut console = log.open((200, 60));
    console.wait_for("U+202E").unwrap();
    console.press("\r").unwrap();
    console.wait_for("VERDICT").unwrap();
    console.press("q").unwrap();
    console.end().unwrap();
    let sent = String::from_utf8_lossy(&console.sent);
    for raw in ["\u{9b}", "\u{202e}", "\u{2066}", "\x1b]0;pwned"] {
        assert!(!sent.contains(raw), "{raw:?} was sent");
    }
}

#[test]
fn a_new_incident_rings_once_and_what_is_noted_on_it_is_there_the_next_time() {
    let mut log = Log::new();
    log.deliver();
    let state = log.path.with_file_name("state");
    let command = format!("XDG_STATE_HOME='{}' '{BINARY}' '{}'", state.display(), log.path.display());
    let open = || Terminal::start(Path::new("/bin/sh"), &["-c", &command], (120, 40)).unwrap();
    let mut console = open();
    console.wait_for("no incident").unwrap();
    console.wait("the past", |screen| row(screen, "delivered", "600")).unwrap();
    // A second's worth is a blip: it goes on until it is told.
    for _ in 0..60 {
        log.reject(20);
        console.watch(Duration::from_millis(500));
        if console.screen().contents().contains("INCIDENT Gmail") {
            break;
        }
    }
    console.wait_for("INCIDENT Gmail").unwrap();
    console.press("I").unwrap();
    console.wait_for("What changed").unwrap();
    console.press("oasked the postmaster\r").unwrap();
    console.wait_for("asked the postmaster").unwrap();
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
    assert!(is_restored(&console));
    let sent = String::from_utf8_lossy(&console.sent).into_owned();
    let count = |what: &str| sent.matches(what).count();
    assert_eq!(count("\x07") - count("\x1b]2;"), 1, "one bell; the others end a title");
    assert!(sent.contains("\x1b]2;fivefifty ▲ Gmail · IP reputation"), "the title says what it is");
    let (kept, given) = (sent.find("\x1b[22;0t"), sent.rfind("\x1b[23;0t"));
    assert!(kept < sent.find("\x1b]2;") && sent.rfind("\x1b]2;") < given, "the shell's title comes back");
    let mut again = open();
    again.wait_for("INCIDENT Gmail").unwrap();
    again.press("I").unwrap();
    again.wait_for("asked the postmaster").unwrap();
    again.press("q").unwrap();
    assert_eq!(again.end().unwrap(), 0);
}

#[test]
fn without_a_terminal_it_says_so_and_what_to_do() {
    let log = Log::new();
    let output = Command::new(BINARY).arg(&log.path).output().unwrap();
    assert_eq!(output.status.code(), Some(2));
    let error = String::from_utf8(output.stderr).expect("UTF-8");
    assert!(error.contains("needs a terminal") && error.contains("fivefifty report"), "{error}");
}

/// Whether a line of the screen begins with `name` (after its marks) and holds `number` as a
/// word.
fn row(screen: &vt100::Screen, name: &str, number: &str) -> bool {
    screen
        .contents()
        .lines()
        .any(|line| line.contains(name) && line.split_whitespace().any(|word| word == number))
}

#[test]
fn filters_that_were_typed_come_back_in_the_next_session() {
    let (mut log, state) = (Log::new(), tempfile::tempdir().unwrap());
    log.reject(5);
    let arguments = [log.path.to_str().unwrap()];
    let open = |state| Terminal::start_in(Path::new(BINARY), &arguments, (120, 40), state).unwrap();
    let mut first = open(Some(state.path()));
    first.wait_for("Gmail").unwrap();
    for filter in ["code:5.7.1", "provider:gmail"] {
        first.press(&format!("/\x15{filter}\r")).unwrap();
        first.wait_for(&format!(" / {filter} ")).unwrap();
    }
    first.press("q").unwrap();
    assert_eq!(first.end().unwrap(), 0);
    let mut second = open(Some(state.path()));
    second.wait_for("Gmail").unwrap();
    second.press("/\x1b[A").unwrap();
    second.wait_for(" / provider:gmail").unwrap();
    second.press("\x1b[A").unwrap();
    second.wait_for(" / code:5.7.1").unwrap();
    second.press("\r").unwrap();
    second.wait_for("all of 5 replies").unwrap();
    second.press("q").unwrap();
    assert_eq!(second.end().unwrap(), 0);
    // Without a place to keep them they are those of the session.
    let mut third = open(None);
    third.wait_for("Gmail").unwrap();
    third.press("/code:550\r").unwrap();
    third.wait_for(" / code:550 ").unwrap();
    third.press("/\x15\x1b[A").unwrap();
    third.wait(" / code:550 ", |screen| screen.contents().contains(" / code:550")).unwrap();
    third.press("\x1b[A").unwrap();
    third.watch(Duration::from_millis(200));
    assert!(!third.screen().contents().contains("provider:gmail"), "{}", third.screen().contents());
    third.press("\x1b").unwrap();
    third.wait_for("Esc drops it").unwrap();
    third.press("q").unwrap();
    assert_eq!(third.end().unwrap(), 0);
}

#[test]
fn keys_filters_window_and_mouse_that_are_set_anew_hold_at_once() {
    let (mut log, config) = (Log::new(), tempfile::tempdir().unwrap());
    log.reject(5);
    let arguments = [log.path.to_str().unwrap(), "--config", config.path().to_str().unwrap()];
    let mut console = Terminal::start(Path::new(BINARY), &arguments, (120, 40)).unwrap();
    console.wait_for("Gmail").unwrap();
    let set = |text: &str| std::fs::write(config.path().join("config.toml"), text).unwrap();
    set(
        "window = \"1h\"\nmouse = false\n[thresholds]\ncalm = 0.01\n[keys]\nsources = \"ctrl-o\"\n[filters]\nmine = \"provider:gmail\"\n",
    );
    console.wait_for("from now on mouse = false, window = \"1h\", keys, filters").unwrap();
    console.wait_for("thresholds.calm: with the next start").unwrap();
    console.wait_for("window  1h").unwrap();
    let given_back = || "\x1b[?1006l\x1b[?1000l".as_bytes();
    assert!(console.sent.windows(given_back().len()).any(|bytes| bytes == given_back()));
    console.press("/@mine\r").unwrap();
    console.wait_for(" / @mine ").unwrap();
    // A saved filter that is in use is what it says now.
    set("window = \"1h\"\n[filters]\nmine = \"provider:yahoo\"\n");
    console.wait_for("none of 5 replies").unwrap();
    console.wait_for("from now on mouse = true, keys, filters").unwrap();
    set("[keys]\nsources = \"ctrl-o\"\nquit = []\n\"leave-at-once\" = \"q\"\n");
    console.wait_for("the keys stay as they were").unwrap();
    set("[keys]\nsources = \"ctrl-o\"\n");
    console.wait_for("from now on keys").unwrap();
    console.press("\x0f").unwrap();
    console.wait_for("Files and streams").unwrap();
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
}

#[test]
fn a_packed_log_and_standard_input_are_replayed_and_scrolled_through() {
    let mut log = Log::new();
    log.deliver();
    log.reject(40);
    let text = std::fs::read(&log.path).unwrap();
    let folder = log.path.parent().unwrap().to_owned();
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    gzip.write_all(&text).unwrap();
    std::fs::write(folder.join("old.gz"), gzip.finish().unwrap()).unwrap();
    let zstd = ruzstd::encoding::compress_to_vec(&text[..], ruzstd::encoding::CompressionLevel::Fastest);
    std::fs::write(folder.join("old.zst"), zstd).unwrap();
    for named in ["old.gz", "old.zst", "-"] {
        let pipe = if named == "-" { "cat mail.log |" } else { "" };
        let command = format!("cd {} && {pipe} {BINARY} replay --speed 1000 {named}", folder.display());
        let mut console = Terminal::start(Path::new("/bin/sh"), &["-c", &command], (120, 40)).unwrap();
        console.wait_for("■ ended").unwrap();
        console.wait_for("640").unwrap();
        console.press("L").unwrap();
        console.wait_for("4Xz1Qb0L0000640").unwrap();
        console.press("g").unwrap();
        console.wait_for("┄ the log begins here ┄").unwrap();
        assert!(console.screen().contents().contains("4Xz1Qb0L0000001"), "{named}");
        console.press("q").unwrap();
        assert_eq!(console.end().unwrap(), 0, "{named}");
    }
}
