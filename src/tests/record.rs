//! The operator's record under what happens to it: consoles that are killed, several at once, disks that
//! are full or read-only.
//!
//! The consoles are this test program, started again with its orders in the environment.

#![expect(clippy::unwrap_used, clippy::panic, clippy::print_stdout, reason = "a test fails by panicking")]

#[path = "record/disk.rs"]
mod disk;

use std::collections::BTreeMap;
use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};
use std::time::Duration;

use fivefifty::model::{Category, Moment};
use fivefifty::record::{Entry, Folder, Key, PastSend, Record, RecordError, What};
use fivefifty::text::Clean;

const ONSET: i64 = 1_795_271_260;

fn key(incident: u64) -> Key {
    let onset = Moment::from_seconds(ONSET + 7200 * i64::try_from(incident).unwrap());
    Key { scope: Clean::from("gmail"), category: Category::IpReputation, onset }
}

/// Note `n` of a writer; some are longer than a page, so that a kill may tear them.
fn note(writer: &str, n: usize) -> Entry {
    let long = if n % 7 == 6 { 4000 } else { n * 7919 % 600 };
    let text = Clean::from(format!("{writer} {n} {}", "x".repeat(long)).as_str());
    Entry { at: Moment::from_seconds(ONSET), who: Clean::from(writer), what: What::Note { on: None, text } }
}

/// How many notes there are of each writer, who wrote them in order, each once and whole.
fn written(record: &Record) -> BTreeMap<String, usize> {
    let mut counts = BTreeMap::new();
    for entry in record.entries() {
        let n = counts.entry(entry.who.to_string()).or_insert(0);
        assert_eq!(entry, &note(&entry.who, *n), "in order, once, whole");
        *n += 1;
    }
    counts
}

/// A console of its own, and what it says.
struct Console {
    child: Child,
    says: BufReader<ChildStdout>,
}

/// This program, to be run with these orders. `through` is a shell line that ends in `exec "$0" "$@"`.
fn program(through: Option<(&str, &str)>, orders: &[(&str, &str)]) -> Command {
    let me = std::env::current_exe().unwrap();
    let mut command = match through {
        None => Command::new(me),
        Some((shell, line)) => {
            let mut words = shell.split(' ');
            let mut command = Command::new(words.next().unwrap());
            command.args(words).args(["-c", line]).arg(me);
            command
        }
    };
    command.args(["the_console_of_these_tests", "--exact", "--nocapture", "--test-threads=1"]);
    command.envs(orders.iter().map(|(name, value)| (format!("FIVEFIFTY_RECORD_{name}"), value)));
    command.stdin(Stdio::null()).stdout(Stdio::piped());
    command
}

impl Console {
    fn start(folder: &Path, orders: &[(&str, &str)]) -> Self {
        let folder = folder.to_str().unwrap();
        let mut child = program(None, &[&[("FOLDER", folder)], orders].concat()).spawn().unwrap();
        let says = BufReader::new(child.stdout.take().unwrap());
        Self { child, says }
    }

    /// Waits until it says that so many were kept.
    fn wait_for(&mut self, kept: usize) {
        let mut line = String::new();
        while line.trim() != format!("kept {kept}") {
            line.clear();
            assert!(self.says.read_line(&mut line).unwrap() > 0, "it ended before it kept {kept}");
        }
    }

    /// Everything it said to its end: how many it said were kept.
    fn kept(mut self, before: usize) -> usize {
        let lines = self.says.by_ref().lines().map_while(Result::ok);
        let last = lines.filter_map(|line| line.trim().strip_prefix("kept ")?.parse().ok()).last();
        self.child.wait().unwrap();
        last.unwrap_or(before)
    }
}

impl Drop for Console {
    /// A test that fails leaves no console behind.
    fn drop(&mut self) {
        let _may_have_ended = self.child.kill();
        let _may_be_gone = self.child.wait();
    }
}

/// Not a test of its own: the console that the tests start. Without their variables there is nothing to do.
#[test]
fn the_console_of_these_tests() {
    let Some(orders) = order("DO") else { return };
    let folder = Folder::at(PathBuf::from(order("FOLDER").unwrap()));
    // The test harness has begun a line of its own.
    say("");
    let count = || order("COUNT").map_or(usize::MAX, |count| count.parse().unwrap());
    match orders.as_str() {
        "append" => append(&folder, &order("WRITER").unwrap(), count()),
        "sends" => keep_sends(&folder, &order("WRITER").unwrap(), count()),
        "small disk" => disk::on_a_small_disk(&folder),
        "read-only" => disk::where_nothing_can_be_written(&folder),
        other => panic!("no such order: {other}"),
    }
}

fn order(name: &str) -> Option<String> {
    std::env::var(format!("FIVEFIFTY_RECORD_{name}")).ok()
}

fn say(words: &str) {
    println!("{words}");
    std::io::stdout().flush().unwrap();
}

fn append(folder: &Folder, writer: &str, count: usize) {
    let incident = order("INCIDENT").unwrap().parse().unwrap();
    let mut record = folder.open(&key(incident));
    for n in 0..count {
        let mut kept = record.append(note(writer, n));
        // On a busy host others may hold the lock for long; it is no loss.
        while matches!(kept, Err(RecordError::Busy { .. })) {
            kept = record.retry();
        }
        kept.unwrap();
        say(&format!("kept {}", n + 1));
    }
}

#[test]
fn a_console_that_is_killed_loses_at_most_the_entry_in_flight() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::at(home.path().join("state"));
    let mut torn = 0;
    for incident in 0..6 {
        let mut expected = BTreeMap::new();
        for round in 0..8 {
            let names = [format!("a{round}@mta1"), format!("b{round}@mta1")];
            let number = incident.to_string();
            let mut consoles = names.each_ref().map(|name| {
                let orders = [("DO", "append"), ("WRITER", name.as_str()), ("INCIDENT", number.as_str())];
                Console::start(folder.path(), &orders)
            });
            let mut reader = folder.open(&key(incident));
            for (console, name) in consoles.iter_mut().zip(&names) {
                let some = fastrand::usize(1..6);
                console.wait_for(some);
                // Anywhere in the next entries: before, in or after the write.
                let until = fastrand::u64(0..4000);
                std::thread::sleep(Duration::from_micros(until));
                reader.refresh();
                written(&reader);
                console.child.kill().unwrap();
                expected.insert(name.clone(), some);
            }
            for (console, name) in consoles.into_iter().zip(names) {
                let kept = console.kept(expected[&name]);
                expected.insert(name, kept);
            }
            let record = folder.open(&key(incident));
            let found = written(&record);
            for (name, kept) in &mut expected {
                let found = found.get(name).copied().unwrap_or(0);
                assert!((*kept..=*kept + 1).contains(&found), "{name}: kept {kept}, found {found}");
                *kept = found;
            }
            reader.refresh();
            assert_eq!(reader.entries(), record.entries(), "who reads along reads the same");
            assert_eq!((record.passed().unknown, record.passed().over), (0, 0));
        }
        torn += folder.open(&key(incident)).passed().broken;
    }
    assert_eq!(folder.kept().len(), 6);
    say(&format!("96 consoles were killed, {torn} in the middle of a line"));
}

#[test]
fn consoles_that_write_at_once_lose_and_double_nothing() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::at(home.path().join("state"));
    for (incident, writers) in [(0, 2), (1, 4)] {
        let consoles: Vec<_> = (0..writers)
            .map(|n| {
                let (name, incident) = (format!("w{n}@mta1"), format!("{incident}"));
                let orders =
                    [("DO", "append"), ("WRITER", &*name), ("INCIDENT", &*incident), ("COUNT", "120")];
                Console::start(folder.path(), &orders)
            })
            .collect();
        for console in consoles {
            assert_eq!(console.kept(0), 120);
        }
        let record = folder.open(&key(incident));
        assert_eq!(written(&record).into_values().collect::<Vec<_>>(), vec![120; writers]);
        assert_eq!(record.passed(), Default::default());
    }
    assert_eq!(folder.kept().len(), 2, "one file for each incident, whoever made it");
}

#[test]
fn a_record_that_is_removed_while_somebody_waits_for_it_is_written_again() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::at(home.path().join("state"));
    let mut record = folder.open(&key(0));
    record.append(note("a", 0)).unwrap();
    let path = record.path().unwrap().to_owned();
    let held = fs::File::open(&path).unwrap();
    held.lock().unwrap();
    std::thread::scope(|scope| {
        let waiting = scope.spawn(|| record.append(note("a", 1)));
        std::thread::sleep(Duration::from_millis(100));
        fs::remove_file(&path).unwrap();
        held.unlock().unwrap();
        waiting.join().unwrap().unwrap();
    });
    assert_eq!(written(&folder.open(&key(0)))["a"], 2, "and not into a file that has no name");
}

/// Send `n` of a writer's campaign, and how far it has come.
fn send(writer: &str, n: usize) -> PastSend {
    PastSend {
        campaign: Clean::from(format!("{writer}-{}", n % 5).as_str()),
        first: Moment::from_seconds(ONSET + i64::try_from(n % 5).unwrap()),
        last: Moment::from_seconds(ONSET + 60 + i64::try_from(n).unwrap()),
        attempts: n as u64 + 1,
        providers: vec![(Clean::from("gmail"), n as u64, 0)],
        ..PastSend::default()
    }
}

fn keep_sends(folder: &Folder, writer: &str, count: usize) {
    for n in 0..count {
        let mut kept = folder.keep_sends(&[send(writer, n)]);
        while matches!(kept, Err(RecordError::Busy { .. })) {
            kept = folder.keep_sends(&[send(writer, n)]);
        }
        kept.unwrap();
        say(&format!("kept {}", n + 1));
    }
}

#[test]
fn summaries_of_sends_are_whole_whoever_is_killed() {
    let home = tempfile::tempdir().unwrap();
    let folder = Folder::at(home.path().join("state"));
    for round in 0..12 {
        let before = folder.past_sends().len();
        let (killed, other) = (format!("k{round}"), format!("o{round}"));
        let start = |writer: &str, count| {
            Console::start(folder.path(), &[("DO", "sends"), ("WRITER", writer), ("COUNT", count)])
        };
        let (mut one, two) = (start(&killed, "999999"), start(&other, "20"));
        let some = fastrand::usize(1..8);
        one.wait_for(some);
        std::thread::sleep(Duration::from_micros(fastrand::u64(0..4000)));
        for _ in 0..40 {
            assert!(folder.past_sends().len() > before, "at no moment is a part of it missing");
        }
        one.child.kill().unwrap();
        let kept = one.kept(some);
        assert_eq!(two.kept(0), 20);
        let sends = folder.past_sends();
        for n in kept.saturating_sub(5)..kept {
            let found = sends.iter().find(|found| found.campaign == send(&killed, n).campaign).unwrap();
            assert!([n as u64 + 1, n as u64 + 6].contains(&found.attempts), "{found:?} of {kept}");
        }
        let others = sends.iter().filter(|found| found.campaign.starts_with(&other)).count();
        assert_eq!(others, 5, "and of the other console nothing is missing");
    }
    folder.keep_sends(&[send("last", 0)]).unwrap();
    let mut names: Vec<_> =
        fs::read_dir(folder.path()).unwrap().flatten().map(|file| file.file_name()).collect();
    names.sort();
    assert_eq!(names[0], ".lock");
    assert!(names.len() <= 14, "{names:?}");
}
