//! Terminals that are small, old, slow, far away, or change all the time.

use std::io::Read as _;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::Duration;

use super::terminal::Terminal;
use super::{BINARY, Log, is_restored, row};

/// Keys that lead from the overview to a screen, and what that shows.
const TOUR: [(&str, &str); 9] = [
    ("\r", "VERDICT"),
    ("I", "> ! incident"),
    ("S", "Files and streams"),
    ("L", "> raw log"),
    ("e", "> export"),
    ("C", "> sends"),
    ("p", "dig +short"),
    ("T", "= Themes"),
    ("?", "Keys on"),
];

/// The console as the shell starts it with these words before and behind.
fn start(log: &Log, environment: &str, arguments: &str, size: (u16, u16)) -> Terminal {
    let command = format!("{environment} exec '{BINARY}' {arguments} '{}'", log.path.display());
    Terminal::start(Path::new("/bin/sh"), &["-c", &command], size).unwrap()
}

/// A log in which Gmail refuses what it took before.
fn incident() -> Log {
    let mut log = Log::new();
    log.deliver();
    log.reject(40);
    log
}

fn quit(mut console: Terminal) -> Vec<u8> {
    console.press("q").unwrap();
    assert_eq!(console.end().unwrap(), 0);
    assert!(is_restored(&console));
    console.sent
}

/// Goes through the screens; whatever was sent since the start.
fn tour(mut console: Terminal) -> Vec<u8> {
    console.wait_for("Gmail").unwrap();
    for (keys, shown) in TOUR {
        console.press(keys).unwrap();
        console.wait_for(shown).unwrap();
        // Escape and a letter in one piece would be another key.
        console.press("\x1b").unwrap();
        console.wait("the overview", |screen| !screen.contents().contains(shown)).unwrap();
    }
    quit(console)
}

#[test]
fn where_no_utf8_is_spoken_every_byte_is_ascii() {
    let log = incident();
    for (environment, arguments) in
        [("", "--ascii"), ("LANG=C", ""), ("LANG=C.UTF-8 LC_ALL=POSIX", ""), ("TERM=linux", "")]
    {
        let sent = tour(start(&log, environment, arguments, (120, 40)));
        let odd = sent.iter().position(|byte| !byte.is_ascii());
        let near = odd.map(|at| String::from_utf8_lossy(&sent[at.saturating_sub(60)..at + 8]).into_owned());
        assert_eq!(near, None, "{environment} {arguments}");
    }
}

#[test]
fn the_kernels_console_gets_its_sixteen_colours_and_no_title() {
    let log = incident();
    let sent = tour(start(&log, "TERM=linux COLORTERM=truecolor", "--theme dark", (80, 25)));
    let sent = String::from_utf8(sent).unwrap();
    for never in ["\x1b]", "38;2;", "48;2;"] {
        assert!(!sent.contains(never), "{never:?}");
    }
    for colour in sent.split("8;5;").skip(1) {
        let number: String = colour.chars().take_while(char::is_ascii_digit).collect();
        assert!(number.parse::<u8>().unwrap() < 16, "{number}");
    }
}

#[test]
fn without_standard_output_it_says_what_to_do() {
    let log = incident();
    let command = format!("'{BINARY}' '{}' >&-", log.path.display());
    let run = Command::new("/bin/sh").args(["-c", &command]).output().unwrap();
    let said = String::from_utf8_lossy(&run.stderr).into_owned();
    assert!(run.status.code() == Some(2) && said.contains("needs a terminal"), "{said}");
}

#[test]
fn who_reads_no_further_is_no_mistake() {
    let log = incident();
    let path = log.path.to_str().unwrap();
    for arguments in [
        ["report", path].as_slice(),
        &["report", "--format", "json", path],
        &["trace", "4Xz1Qb0L0000001", path],
    ] {
        let mut command = Command::new(BINARY);
        let mut run = command.args(arguments).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
        drop(run.stdout.take());
        let mut said = String::new();
        run.stderr.take().unwrap().read_to_string(&mut said).unwrap();
        assert!(run.wait().unwrap().code() == Some(0) && !said.contains("panicked"), "{arguments:?}: {said}");
    }
}

#[test]
fn a_storm_of_sizes_on_a_live_log_leaves_the_screen_whole() {
    let mut log = Log::new();
    log.reject(3);
    let mut console = log.open((120, 40));
    console.wait_for("Gmail").unwrap();
    for turn in 0..24 {
        console.resize(if turn % 2 == 0 { (40, 12) } else { (300, 100) }).unwrap();
        log.reject(2);
        // Now and then it is changed again before anything was drawn.
        console.watch(Duration::from_millis([0, 5, 40, 90][turn % 4]));
    }
    console.wait("all of them", |screen| row(screen, "Gmail", "51")).unwrap();
    for size in [(40, 12), (300, 100), (100, 30)] {
        console.resize(size).unwrap();
        console.wait("the last row", |screen| is_whole(screen, size.1)).unwrap();
    }
    // What is on the screen is what is there when all of it is drawn anew.
    console.press(" ").unwrap();
    console.wait_for("frozen").unwrap();
    console.watch(Duration::from_secs(1));
    let shown = cells(console.screen());
    console.resize((99, 30)).unwrap();
    console.watch(Duration::from_secs(1));
    assert_ne!(cells(console.screen()), shown, "it was drawn in another size");
    console.resize((100, 30)).unwrap();
    console.watch(Duration::from_secs(1));
    assert_eq!(cells(console.screen()), shown);
    quit(console);
}

/// What stands in the rows below the clock, and how it looks.
fn cells(screen: &vt100::Screen) -> Vec<String> {
    let (rows, columns) = screen.size();
    let look = |row: u16, column: u16| {
        let Some(cell) = screen.cell(row, column) else { return String::new() };
        // A cell that was never drawn is as empty as a blank.
        let text = Some(cell.contents()).filter(|text| !text.is_empty()).unwrap_or(" ");
        let colours = (cell.fgcolor(), cell.bgcolor(), cell.inverse());
        if text == " " { format!("{:?}", colours.1) } else { format!("{text} {colours:?} {}", cell.bold()) }
    };
    (1..rows).map(|row| (0..columns).map(|column| look(row, column)).collect()).collect()
}

/// Whether the first row says whose screen it is, and the last one what to press.
fn is_whole(screen: &vt100::Screen, rows: u16) -> bool {
    let text = screen.contents();
    let mut lines = text.lines();
    lines.next().is_some_and(|line| line.contains("UTC"))
        && text.lines().nth(usize::from(rows) - 1).is_some_and(|line| line.contains("help"))
        && text.contains("Gmail")
}

/// Nothing is taken from the line any more, and more is sent than it holds.
fn clog(console: &mut Terminal) {
    console.hold(true);
    for turn in 0..100 {
        // Each time all of it is drawn anew: some ten thousand bytes.
        console.resize((200 - turn % 2, 60)).unwrap();
        std::thread::sleep(Duration::from_millis(25));
    }
}

#[test]
fn a_line_that_hangs_holds_up_no_counting_and_fills_no_memory() {
    let mut log = Log::new();
    log.reject(200);
    let mut console = log.open((200, 60));
    console.wait("the first ones", |screen| row(screen, "Gmail", "200")).unwrap();
    let id = console.id().unwrap();
    let (read, held) = (figure(&id, "io", "rchar:"), figure(&id, "status", "VmRSS:"));
    let size = log.path.metadata().unwrap().len();
    clog(&mut console);
    for _ in 0..100 {
        log.reject(100);
        std::thread::sleep(Duration::from_millis(40));
    }
    let grown = log.path.metadata().unwrap().len() - size;
    let began = std::time::Instant::now();
    while figure(&id, "io", "rchar:") < read + grown {
        assert!(began.elapsed() < Duration::from_secs(60), "what is written is not read");
        std::thread::sleep(Duration::from_millis(20));
    }
    let more = figure(&id, "status", "VmRSS:").saturating_sub(held);
    assert!(more < 24 * 1024, "{more} kB more");
    let sent = console.sent.len();
    console.hold(false);
    console.wait("all of them", |screen| row(screen, "Gmail", "10,200")).unwrap();
    // Nothing piled up but what the line itself holds.
    let late = console.sent.len() - sent;
    assert!(late < 300_000, "{late} bytes");
    console.press("\r").unwrap();
    console.wait_for("VERDICT").unwrap();
    quit(console);
}

#[test]
fn asked_to_end_it_ends_while_its_line_hangs() {
    let mut log = Log::new();
    log.reject(200);
    let mut console = log.open((200, 60));
    console.wait("the first ones", |screen| row(screen, "Gmail", "200")).unwrap();
    let id = console.id().unwrap();
    clog(&mut console);
    assert!(Command::new("kill").args(["-s", "TERM", &id]).status().unwrap().success());
    let began = std::time::Instant::now();
    while Path::new("/proc").join(&id).exists() {
        assert!(began.elapsed() < Duration::from_secs(60), "it does not end");
        std::thread::sleep(Duration::from_millis(50));
    }
    console.hold(false);
    assert_eq!(console.end().unwrap(), 1);
    assert_eq!(console.told("before"), console.told("after"), "what is typed is the shell's again");
}

#[test]
fn where_nothing_changes_nothing_is_sent() {
    let log = concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/incidents/gmail-reputation/mail.log.gz");
    let arguments = ["replay", log, "--speed", "max"];
    let mut console = Terminal::start(Path::new(BINARY), &arguments, (120, 40)).unwrap();
    console.wait_for("■ ended").unwrap();
    // Longer than anything there is that comes by itself: a note that goes away, a board that is sorted.
    console.rest(Duration::from_secs(25)).unwrap();
    quit(console);
}

#[test]
fn while_a_log_that_is_followed_is_quiet_nothing_is_sent() {
    // Nothing of it is on the screen any more that time could move.
    let mut log = Log::new();
    log.deliver();
    log.age(chrono::TimeDelta::hours(2));
    let mut console = log.open((120, 40));
    console.wait_for("● live").unwrap();
    // Once a minute the clock goes on.
    console.rest(Duration::from_secs(12)).unwrap();
    quit(console);
}

/// A number that the kernel tells of a process.
fn figure(id: &str, file: &str, name: &str) -> u64 {
    let text = std::fs::read_to_string(format!("/proc/{id}/{file}")).unwrap();
    let line = text.lines().find_map(|line| line.strip_prefix(name)).unwrap();
    line.split_whitespace().next().unwrap().parse().unwrap()
}
