//! What a frame costs while a log is flooded: `cargo bench --bench frame`. It measures and never decides.
//!
//! A writer appends 10,000 lines of Postfix a second, mixed providers and codes. In the process: the time
//! from a snapshot to cells, and what the difference to the frame before weighs. On a real pseudo terminal,
//! with the real program: bytes, frames, keys, CPU, memory. `cargo bench --bench frame -- SECONDS KEYS LINES`;
//! 20 seconds, 300 keys and 10,000 lines a second without.
#![expect(
    clippy::unwrap_used,
    clippy::print_stdout,
    reason = "a bench may fail loudly, and prints its figures"
)]

#[path = "frame/flood.rs"]
mod flood;
#[path = "../tests/pty/terminal.rs"]
#[expect(dead_code, reason = "no signals are sent here")]
mod terminal;

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use fivefifty::engine::{self, Input, Setup};
use fivefifty::ui::Rehearsal;
use flood::Flood;
use terminal::Terminal;

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];
/// What begins a frame.
const FRAME: &[u8] = b"\x1b[?2026h";
/// Between two frames in the process.
const BEAT: Duration = Duration::from_millis(33);

fn main() {
    let mut numbers = std::env::args().filter_map(|word| word.parse::<u32>().ok());
    let seconds = Duration::from_secs(numbers.next().unwrap_or(20).into());
    let keys = numbers.next().unwrap_or(300);
    let pace = numbers.next().unwrap_or(10_000);
    println!("{pace} lines a second\n");
    println!(
        "| in the process | drawn: median, p99 ms | with diff and bytes: median, p99 ms | bytes a frame: median, p99 |"
    );
    println!("|---|---|---|---|");
    drawn(seconds, pace);
    println!("\n| on a terminal | frames/s | bytes a frame | bytes/s | CPU | resident |");
    println!("|---|---|---|---|---|---|");
    for size in SIZES {
        sent(size, seconds, pace);
    }
    println!("\n| key → its frame at 200×60 | keys | p50, p99, most ms |");
    println!("|---|---|---|");
    pressed(keys, pace);
    println!("\n| nothing is written, at 200×60, ten seconds | frames | bytes |");
    println!("|---|---|---|");
    quiet();
}

/// Snapshot → picture → cells → bytes, of the overview and of the drill.
fn drawn(long: Duration, pace: u32) {
    let flood = Flood::start(pace);
    let stop = Arc::new(AtomicBool::new(false));
    let inputs = vec![Input::File(flood.path().to_owned())];
    let handle = engine::follow(inputs, &Setup::embedded().unwrap(), Arc::clone(&stop)).unwrap();
    // The first minutes of a log are smaller than the rest.
    std::thread::sleep(Duration::from_secs(5));
    for (name, key) in [("overview", None), ("drill", Some('\r'))] {
        for size in [(80, 24), (200, 60)] {
            let began = Instant::now();
            let mut console = Rehearsal::new(handle.snapshot(), size).unwrap();
            key.into_iter().for_each(|key| console.press(key));
            console.ask();
            console.draw();
            console.send().unwrap();
            let (mut cells, mut all, mut bytes) = (Vec::new(), Vec::new(), Vec::new());
            while began.elapsed() < long / 2 {
                std::thread::sleep(BEAT);
                console.renew(handle.snapshot(), began.elapsed());
                let begun = Instant::now();
                console.ask();
                console.draw();
                cells.push(begun.elapsed());
                let sent = console.send().unwrap();
                all.push(begun.elapsed());
                bytes.push(sent.len());
            }
            cells.sort_unstable();
            all.sort_unstable();
            bytes.sort_unstable();
            println!(
                "| {name} {}×{} | {}, {} | {}, {} | {}, {} |",
                size.0,
                size.1,
                millis(at(&cells, 0.5)),
                millis(at(&cells, 0.99)),
                millis(at(&all, 0.5)),
                millis(at(&all, 0.99)),
                at(&bytes, 0.5),
                at(&bytes, 0.99),
            );
        }
    }
    stop.store(true, Ordering::Relaxed);
}

/// What goes over the line, and what it costs to make it.
fn sent(size: (u16, u16), long: Duration, pace: u32) {
    let flood = Flood::start(pace);
    let mut console = open(flood.path(), size);
    let id = console.id().unwrap();
    console.watch(Duration::from_secs(5));
    let (from, before, began) = (console.sent.len(), used(&id), Instant::now());
    console.watch(long);
    let took = began.elapsed();
    let (bytes, frames) = (console.sent.len() - from, frames(&console.sent[from..]));
    println!(
        "| {}×{} | {:.1} | {} | {:.0} | {:.1} % | {:.0} MiB |",
        size.0,
        size.1,
        frames as f64 / took.as_secs_f64(),
        bytes / frames.max(1),
        bytes as f64 / took.as_secs_f64(),
        100.0 * (used(&id) - before).as_secs_f64() / took.as_secs_f64(),
        resident(&id),
    );
    leave(console);
}

/// A key that changes what is in sight, until the first piece that shows the change.
fn pressed(keys: u32, pace: u32) {
    let flood = Flood::start(pace);
    let mut console = open(flood.path(), (200, 60));
    console.watch(Duration::from_secs(3));
    for (name, there, sign, back) in
        [("? and Esc: all of it", "?", "Keys on", "\x1b"), ("+ and −: the window", "+", "window  15m", "-")]
    {
        let mut took: Vec<Duration> = Vec::new();
        for count in 0..keys {
            // At any time between two frames.
            console.watch(Duration::from_millis(40 + u64::from(count * 7 % 33)));
            let is_there = count % 2 == 0;
            let began = Instant::now();
            console.press(if is_there { there } else { back }).unwrap();
            console.wait(sign, |screen| screen.contents().contains(sign) == is_there).unwrap();
            took.push(began.elapsed());
        }
        took.sort_unstable();
        let [median, most_of, most] = [0.5, 0.99, 1.0].map(|share| millis(at(&took, share)));
        println!("| {name} | {keys} | {median}, {most_of}, {most} |");
    }
    leave(console);
}

/// What is sent while nothing is written: the clock, and nothing while the screen is frozen.
fn quiet() {
    let log = Flood::written(2_000);
    let mut console = open(log.path(), (200, 60));
    for (name, key) in [("live: a clock that goes", ""), ("frozen", " ")] {
        console.press(key).unwrap();
        // A message that goes away by itself is a change.
        console.watch(Duration::from_secs(8));
        let from = console.sent.len();
        console.watch(Duration::from_secs(10));
        let sent = &console.sent[from..];
        println!("| {name} | {} | {} |", frames(sent), sent.len());
    }
    leave(console);
}

fn open(log: &Path, size: (u16, u16)) -> Terminal {
    let program = Path::new(env!("CARGO_BIN_EXE_fivefifty"));
    let mut console = Terminal::start(program, &[log.to_str().unwrap()], size).unwrap();
    console.wait_for("Gmail").unwrap();
    console
}

fn leave(mut console: Terminal) {
    console.press("q").unwrap();
    console.end().unwrap();
}

fn frames(sent: &[u8]) -> usize {
    sent.windows(FRAME.len()).filter(|bytes| *bytes == FRAME).count()
}

fn at<T: Copy>(sorted: &[T], share: f64) -> T {
    sorted[((sorted.len() as f64 * share) as usize).min(sorted.len() - 1)]
}

fn millis(time: Duration) -> String {
    format!("{:.2}", time.as_secs_f64() * 1e3)
}

/// CPU time of a process so far.
fn used(id: &str) -> Duration {
    let stat = std::fs::read_to_string(format!("/proc/{id}/stat")).unwrap();
    let (_, rest) = stat.rsplit_once(") ").unwrap();
    let ticks: u64 = rest.split(' ').skip(11).take(2).map(|field| field.parse::<u64>().unwrap()).sum();
    // Linux has a hundred of them a second.
    Duration::from_millis(ticks * 10)
}

/// MiB that it holds now.
fn resident(id: &str) -> f64 {
    let status = std::fs::read_to_string(format!("/proc/{id}/status")).unwrap();
    let kilobytes = status.lines().find_map(|line| line.strip_prefix("VmRSS:")).unwrap();
    kilobytes.trim().trim_end_matches(" kB").parse::<f64>().unwrap() / 1024.0
}
