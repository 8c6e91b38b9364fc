//! Every byte is told once, in whole lines, whatever happens to the file meanwhile.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use proptest::prelude::*;

use super::{Past, Told, line_start};
use crate::source::elders::is_elder;
use crate::source::{Follow, Gap, Piece};

const SMALL: [u64; 3] = [100, 40, 30];

/// What was told: lines with their block, lead-ins by block, what was lost.
#[derive(Debug, Default)]
struct Heard {
    blocks: Vec<String>,
    leads: Vec<String>,
    files: usize,
    lost: u64,
    failed: Vec<String>,
}

impl Heard {
    fn step(&mut self, past: &mut Past) -> bool {
        let text = |piece: Piece<'_>| String::from_utf8_lossy(piece.bytes()).into_owned();
        past.step(&mut |told| match told {
            Told::File { .. } => self.files += 1,
            Told::Block => {
                self.blocks.push(String::new());
                self.leads.push(String::new());
            }
            Told::Lead(piece) => self.leads.last_mut().unwrap().push_str(&text(piece)),
            Told::Lines(piece) => self.blocks.last_mut().unwrap().push_str(&text(piece)),
            Told::End => {}
            Told::Lost(bytes) => self.lost += bytes,
            Told::Failed(_, why) => self.failed.push(why),
        })
    }

    fn all(mut self, past: &mut Past) -> Self {
        while self.step(past) {}
        self
    }

    /// The blocks in the order of writing.
    fn text(&self) -> String {
        self.blocks.iter().rev().map(String::as_str).collect()
    }
}

struct Scene {
    folder: tempfile::TempDir,
    follow: Follow,
    live: String,
}

impl Scene {
    fn new(files: &[(&str, &str)]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (age, (name, text)) in files.iter().enumerate() {
            write(&folder.path().join(name), text, age as u64);
        }
        let follow = Follow::new(folder.path().join("mail.log"), false);
        Self { folder, follow, live: String::new() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn past(&mut self, near: u64) -> Past {
        let [block, lead, step] = SMALL;
        self.follow.near_end(near, &[]).with_lengths(block, lead, step)
    }

    fn look(&mut self) {
        let live = &mut self.live;
        let mut on = |piece: Piece<'_>| live.push_str(&String::from_utf8_lossy(piece.bytes()));
        while self.follow.look(&mut on, &mut |_: Gap| {}) {}
    }
}

/// Writes a file that was last changed `age` hours ago.
fn write(path: &Path, text: &str, age: u64) {
    let mut file = File::create(path).unwrap();
    file.write_all(text.as_bytes()).unwrap();
    file.set_modified(SystemTime::now() - Duration::from_secs(age * 3_600)).unwrap();
}

fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

/// Lines of different lengths, all different.
fn lines(of: &str, count: usize) -> String {
    (0..count).map(|number| format!("{of} {number}{}\n", "x".repeat(number * 7 % 23))).collect()
}

proptest! {
    #[test]
    fn any_lengths_tell_every_line_once(
        text in prop::collection::vec(prop_oneof![3 => Just('a'), 1 => Just('\n')], 0..600),
        (block, lead, step, near) in (1u64..200, 0u64..80, 1u64..120, 0u64..700),
    ) {
        let text: String = text.into_iter().collect();
        let mut scene = Scene::new(&[("mail.log", &text)]);
        let mut past = scene.follow.near_end(near, &[]).with_lengths(block, lead, step);
        let heard = Heard::default().all(&mut past);
        scene.look();
        scene.follow.end(&mut |piece| scene.live.push_str(std::str::from_utf8(piece.bytes()).unwrap()));
        prop_assert_eq!(format!("{}{}", heard.text(), scene.live), text.clone());
        for part in &heard.blocks {
            prop_assert!(part.ends_with('\n'), "{:?} is cut", part);
        }
        // The lead-in is what stands before its block.
        let mut end = heard.text().len();
        for (part, lead) in heard.blocks.iter().zip(&heard.leads) {
            end -= part.len();
            prop_assert!(text[..end].ends_with(lead.as_str()));
        }
        prop_assert_eq!(heard.lost, 0);
    }
}

#[test]
fn rotated_files_follow_the_newest_first_and_each_once() {
    let (new, old, oldest) = (lines("new", 40), lines("old", 40), lines("oldest", 40));
    let mut scene = Scene::new(&[
        ("mail.log", new.as_str()),
        ("mail.log.1", old.as_str()),
        ("mail.log-20261119", oldest.as_str()),
        ("mail.log.offset", "no log"),
        ("mail.logs", "another log"),
    ]);
    let mut past = scene.past(100);
    let heard = Heard::default().all(&mut past);
    scene.look();
    assert_eq!(format!("{}{}", heard.text(), scene.live), [oldest, old, new].concat());
    assert_eq!(heard.files, 3);
}

#[test]
fn compressed_files_are_read_whole_in_their_turn_and_a_compressed_copy_is_not() {
    let (new, old) = (lines("new", 400), lines("old", 400));
    let mut scene = Scene::new(&[("mail.log", new.as_str()), ("mail.log.1", old.as_str())]);
    let gzip = |name: &str, text: &str, age: u64| {
        let path = scene.path(name);
        let mut gz = flate2::write::GzEncoder::new(File::create(&path).unwrap(), flate2::Compression::fast());
        gz.write_all(text.as_bytes()).unwrap();
        let file = gz.finish().unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(age * 3_600)).unwrap();
    };
    gzip("mail.log.2.gz", &old, 2);
    gzip("mail.log.3.gz", "oldest 1\noldest 2\n", 3);
    let mut past = scene.past(100);
    let heard = Heard::default().all(&mut past);
    scene.look();
    let want = ["oldest 1\noldest 2\n", old.as_str(), new.as_str()].concat();
    assert_eq!(format!("{}{}", heard.text(), scene.live), want);
}

#[test]
fn a_file_that_is_renamed_meanwhile_goes_on_and_is_not_its_own_past() {
    let text = lines("line", 60);
    let mut scene = Scene::new(&[("mail.log", text.as_str())]);
    let mut past = scene.past(50);
    let mut heard = Heard::default();
    scene.look();
    assert!(heard.step(&mut past));
    fs::rename(scene.path("mail.log"), scene.path("mail.log.1")).unwrap();
    append(&scene.path("mail.log"), "new 1\n");
    scene.look();
    assert!(heard.step(&mut past));
    // Rotated once more: what was followed is no past either.
    fs::rename(scene.path("mail.log.1"), scene.path("mail.log.2")).unwrap();
    fs::rename(scene.path("mail.log"), scene.path("mail.log.1")).unwrap();
    append(&scene.path("mail.log"), "new 2\n");
    scene.look();
    let heard = heard.all(&mut past);
    assert_eq!(format!("{}{}", heard.text(), scene.live), format!("{text}new 1\nnew 2\n"));
}

#[test]
fn a_file_that_is_copied_and_truncated_meanwhile_goes_on_in_its_copy() {
    let text = lines("line", 60);
    let mut scene = Scene::new(&[("mail.log", text.as_str())]);
    let mut past = scene.past(50);
    let mut heard = Heard::default();
    scene.look();
    assert!(heard.step(&mut past) && heard.step(&mut past));
    fs::copy(scene.path("mail.log"), scene.path("mail.log.1")).unwrap();
    fs::write(scene.path("mail.log"), "new\n").unwrap();
    scene.look();
    let heard = heard.all(&mut past);
    assert_eq!(format!("{}{}", heard.text(), scene.live), format!("{text}new\n"));
    assert_eq!(heard.lost, 0);
}

#[test]
fn what_was_truncated_away_without_a_copy_is_lost_and_counted() {
    let text = lines("line", 60);
    let mut scene = Scene::new(&[("mail.log", text.as_str())]);
    let mut past = scene.past(50);
    let mut heard = Heard::default();
    scene.look();
    assert!(heard.step(&mut past) && heard.step(&mut past));
    fs::write(scene.path("mail.log"), "").unwrap();
    let heard = heard.all(&mut past);
    let told: usize = heard.blocks.iter().map(String::len).sum();
    assert_eq!(told as u64 + heard.lost + scene.live.len() as u64, text.len() as u64);
    assert!(heard.lost > 0);
}

#[test]
fn once_it_is_enough_older_files_are_left() {
    let (new, old) = (lines("new", 60), lines("old", 60));
    let mut scene = Scene::new(&[("mail.log", new.as_str()), ("mail.log.1", ""), ("mail.log.2", &old)]);
    let mut past = scene.past(50);
    let mut heard = Heard::default();
    assert!(heard.step(&mut past));
    let now = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap().as_millis();
    past.enough(i64::try_from(now).unwrap());
    let heard = heard.all(&mut past);
    assert!(heard.text().len() < new.len() && !heard.text().contains("old"));
}

#[test]
fn a_file_that_cannot_be_read_says_so_and_the_next_one_is_read() {
    let mut scene =
        Scene::new(&[("mail.log", "new\n"), ("mail.log.1.xz", "\u{fd}7zXZ"), ("mail.log.2", "old\n")]);
    fs::write(scene.path("mail.log.1.xz"), b"\xfd7zXZ\x00").unwrap();
    let mut past = scene.past(0);
    let heard = Heard::default().all(&mut past);
    assert!(heard.text().contains("old\n"));
    assert_eq!(heard.failed.len(), 1, "{heard:?}");
}

#[test]
fn names_that_rotation_gives() {
    let is = |other: &str| is_elder("mail.log".as_ref(), other.as_ref());
    for other in ["mail.log.1", "mail.log.2.gz", "mail.log-20261121", "mail.log-20261121.zst", "mail.log.old"]
    {
        assert!(is(other), "{other}");
    }
    for other in ["mail.log", "mail.log.offset", "mail.logs", "mail.log.1.swp", "mail.err"] {
        assert!(!is(other), "{other}");
    }
    assert!(is_elder("current".as_ref(), "@400000005c1a2b3c.s".as_ref()));
}

#[test]
fn a_line_start_is_found_before_and_at_any_place() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("log");
    fs::write(&path, "ab\ncd\n").unwrap();
    let file = File::open(path).unwrap();
    let starts: Vec<_> = (0..=6).map(|at| line_start(&file, at).unwrap()).collect();
    assert_eq!(starts, [0, 0, 0, 3, 3, 3, 6]);
}
