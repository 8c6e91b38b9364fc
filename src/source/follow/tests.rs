//! What happens to a log file, step by step, and what is read of it.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use super::{Follow, Gap, State};

struct Scene {
    folder: tempfile::TempDir,
    follow: Follow,
    seen: Vec<u8>,
    lost: u64,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let follow = Follow::new(folder.path().join("mail.log"), false);
        Self { folder, follow, seen: Vec::new(), lost: 0 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn look(&mut self) -> &str {
        self.seen.clear();
        let (seen, lost) = (&mut self.seen, &mut self.lost);
        while self
            .follow
            .look(&mut |piece| seen.extend_from_slice(piece.bytes()), &mut |gap: Gap| *lost += gap.bytes)
        {
        }
        std::str::from_utf8(&self.seen).unwrap()
    }
}

fn append(path: &Path, text: &str) {
    OpenOptions::new().append(true).create(true).open(path).unwrap().write_all(text.as_bytes()).unwrap();
}

#[test]
fn lines_come_as_they_are_appended_and_half_a_line_waits() {
    let mut scene = Scene::new();
    assert_eq!(scene.look(), "");
    assert_eq!(scene.follow.state(), &State::Missing);
    let log = scene.path("mail.log");
    append(&log, "one\ntw");
    assert_eq!(scene.look(), "one\n");
    append(&log, "o\n");
    assert_eq!(scene.look(), "two\n");
    assert_eq!(scene.follow.state(), &State::Live);
}

#[test]
fn a_rotation_by_rename_is_followed_in_the_order_of_writing() {
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    append(&log, "1\n");
    assert_eq!(scene.look(), "1\n");
    fs::rename(&log, scene.path("mail.log.1")).unwrap();
    append(&log, "");
    append(&scene.path("mail.log.1"), "2\n");
    assert_eq!(scene.look(), "2\n", "the writer has not been told yet");
    append(&scene.path("mail.log.1"), "3\n");
    append(&log, "4\n");
    assert_eq!(scene.look(), "3\n4\n");
    append(&scene.path("mail.log.1"), "late\n");
    assert_eq!(scene.look(), "late\n");
}

#[test]
fn rotations_between_two_looks_are_read_too() {
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    append(&log, "1\n");
    scene.look();
    append(&log, "2\n");
    fs::rename(&log, scene.path("mail.log.2")).unwrap();
    std::thread::sleep(std::time::Duration::from_millis(15));
    append(&log, "3\n");
    fs::rename(&log, scene.path("mail.log.1")).unwrap();
    append(&log, "4\n");
    assert_eq!(scene.look(), "2\n3\n4\n");
}

#[test]
fn a_truncated_file_is_read_from_its_beginning() {
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    append(&log, "first line\nsecond line\n");
    scene.look();
    fs::write(&log, "new\n").unwrap();
    assert_eq!(scene.look(), "new\n");
}

#[test]
fn what_was_truncated_away_before_it_was_read_is_read_in_its_copy() {
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    append(&log, "first line\nsecond ");
    assert_eq!(scene.look(), "first line\n");
    append(&log, "line\nthird line\n");
    fs::write(scene.path("mail.log.2"), "first line of another log\nand another\n").unwrap();
    fs::copy(&log, scene.path("mail.log.1")).unwrap();
    fs::write(&log, "new\n").unwrap();
    assert_eq!(scene.look(), "second line\nthird line\nnew\n");
    assert_eq!(scene.lost, 0);
}

#[test]
fn a_truncated_file_that_grows_on_is_read_once() {
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    // Longer than a print, so that the beginning was remembered whole.
    append(&log, &"old line of the log before\n".repeat(40));
    scene.look();
    let new = "new line of the log after\n".repeat(20);
    fs::write(&log, &new).unwrap();
    assert_eq!(scene.look(), new);
    for number in 0..20 {
        std::thread::sleep(std::time::Duration::from_millis(5));
        let line = format!("line {number} after the truncation\n");
        append(&log, &line);
        assert_eq!(scene.look(), line);
    }
}

#[test]
fn a_file_rewritten_longer_than_before_is_read_from_its_beginning() {
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    append(&log, "aaaa\n");
    scene.look();
    std::thread::sleep(std::time::Duration::from_millis(15));
    fs::write(&log, "bbbb\ncccc\n").unwrap();
    assert_eq!(scene.look(), "bbbb\ncccc\n");
    std::thread::sleep(std::time::Duration::from_millis(15));
    fs::write(&log, "dddd\neeee\n").unwrap();
    assert_eq!(scene.look(), "dddd\neeee\n", "to the same size");
}

#[test]
fn a_last_line_without_its_end_comes_out_alone_when_the_file_is_rewritten() {
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    append(&log, "1\nhalf");
    assert_eq!(scene.look(), "1\n");
    fs::write(&log, "2\n").unwrap();
    assert_eq!(scene.look(), "half2\n", "raw bytes, nothing added");
}

#[test]
fn what_cannot_be_followed_says_what_it_is() {
    let folder = tempfile::tempdir().unwrap();
    let mut follow = Follow::new(folder.path().to_owned(), false);
    follow.look(&mut |_| {}, &mut |_| {});
    assert_eq!(follow.state(), &State::Unfit("a folder"));
}

#[test]
fn from_the_end_means_only_what_comes_later() {
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    append(&log, "old\n");
    scene.follow = Follow::new(log.clone(), true);
    assert_eq!(scene.look(), "");
    append(&log, "new\n");
    assert_eq!(scene.look(), "new\n");
}
