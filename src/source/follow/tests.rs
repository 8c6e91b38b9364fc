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
fn a_log_that_was_read_and_is_moved_away_is_gone_until_there_is_another() {
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    append(&log, "1\n");
    scene.look();
    fs::rename(&log, scene.path("mail.log.1")).unwrap();
    scene.look();
    assert_eq!(scene.follow.state(), &State::Gone);
    assert!(State::Gone.is_trouble() && State::Gone.to_string().len() <= 40);
    append(&log, "2\n");
    scene.look();
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
fn what_was_seen_and_is_in_neither_the_log_nor_a_copy_is_counted_as_lost() {
    let line = "a line of a log that is longer than one look\n";
    for is_copied in [true, false] {
        let mut scene = Scene::new();
        let log = scene.path("mail.log");
        append(&log, &line.repeat(110_000));
        let size = fs::metadata(&log).unwrap().len();
        // One look is too short for it.
        let mut read = 0;
        assert!(scene.follow.look(&mut |piece| read += piece.bytes().len() as u64, &mut |_| {}));
        if is_copied {
            fs::copy(&log, scene.path("mail.log.1")).unwrap();
        }
        fs::write(&log, "new\n").unwrap();
        read += scene.look().len() as u64 - 4;
        assert_eq!(is_copied, scene.lost == 0);
        assert_eq!(read + scene.lost, size);
    }
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

#[test]
fn what_is_packed_within_a_tick_of_the_clock_is_read() {
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    append(&log, "1\n");
    assert_eq!(scene.look(), "1\n");
    append(&log, "2\n");
    let time = fs::metadata(&log).unwrap().modified().unwrap();
    fs::rename(&log, scene.path("mail.log.9")).unwrap();
    for (number, line) in [(2, "3\n"), (1, "4\n")] {
        let packed = fs::File::create(scene.path(&format!("mail.log.{number}.gz"))).unwrap();
        let mut packed = flate2::write::GzEncoder::new(packed, flate2::Compression::fast());
        packed.write_all(line.as_bytes()).unwrap();
        let packed = packed.finish().unwrap();
        // As it was made: a tick is as long as may be.
        let born = packed.metadata().unwrap().created().unwrap();
        packed.set_modified(born.max(time)).unwrap();
    }
    append(&log, "5\n");
    assert_eq!(scene.look(), "2\n3\n4\n5\n");
}

#[test]
fn copying_and_truncating_is_told_of_also_where_more_was_read_than_copied() {
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    append(&log, "a line that is copied\n");
    scene.look();
    fs::copy(&log, scene.path("mail.log.1")).unwrap();
    append(&log, "a line that came after\n");
    scene.look();
    fs::write(&log, "new\n").unwrap();
    assert_eq!(scene.look(), "new\n");
    assert_eq!(scene.follow.take_notes().len(), 1);
}

#[test]
fn what_was_written_between_a_cut_and_a_look_is_read() {
    let line =
        |number: usize| format!("line {number:04} of a log whose last lines are cut off, and it goes on\n");
    // As many are left, and as many new: shorter than before, and longer.
    for (left, new) in [(3, 2), (40, 5), (60, 200), (99, 1)] {
        let mut scene = Scene::new();
        let log = scene.path("mail.log");
        for number in 0..100 {
            append(&log, &line(number));
            scene.look();
        }
        OpenOptions::new().write(true).open(&log).unwrap().set_len((line(0).len() * left) as u64).unwrap();
        let new: String = (1_000..1_000 + new).map(line).collect();
        append(&log, &new);
        let text = scene.look().to_owned();
        assert!(text.ends_with(&new) && text.len() <= new.len() + 16 * line(0).len(), "{left}: {text}");
        assert_eq!(scene.lost, 0);
        append(&log, "more\n");
        assert_eq!(scene.look(), "more\n");
    }
}

#[test]
fn what_was_read_at_once_and_cut_off_comes_again_by_some_lines_at_most() {
    let line = |number: usize| format!("line {number:05} of a long log that was read at once\n");
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    append(&log, &(0..20_000).map(line).collect::<String>());
    scene.look();
    OpenOptions::new().write(true).open(&log).unwrap().set_len((line(0).len() * 15_000) as u64).unwrap();
    append(&log, &line(20_000));
    let text = scene.look().to_owned();
    assert!(text.ends_with(&line(20_000)) && text.len() < 64 << 10, "{}", text.len());
    assert_eq!(scene.follow.take_notes().len(), 1);
}

#[test]
fn what_is_just_being_packed_waits_until_it_is_told_whose_it_is() {
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    append(&log, "1\n");
    scene.look();
    fs::rename(&log, scene.path("mail.log.1")).unwrap();
    append(&log, "2\n");
    assert_eq!(scene.look(), "2\n");
    // The packer has made its file, and written nothing yet.
    let packed = fs::File::create(scene.path("mail.log.2.gz")).unwrap();
    fs::remove_file(scene.path("mail.log.1")).unwrap();
    fs::rename(&log, scene.path("mail.log.1")).unwrap();
    append(&log, "3\n");
    assert_eq!(scene.look(), "");
    assert!(scene.follow.is_waiting());
    let mut packing = flate2::write::GzEncoder::new(packed, flate2::Compression::default());
    packing.write_all(b"1\n").unwrap();
    packing.finish().unwrap();
    assert_eq!(scene.look(), "3\n");
    assert_eq!(scene.look(), "");
}

#[test]
fn what_was_being_packed_and_is_told_keeps_nobody_waiting() {
    let mut packing = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    packing.write_all(b"1\n").unwrap();
    let packed = packing.finish().unwrap();
    for is_finished in [true, false] {
        let mut scene = Scene::new();
        let log = scene.path("mail.log");
        append(&log, "1\n");
        scene.look();
        fs::rename(&log, scene.path("mail.log.1")).unwrap();
        append(&log, "2\n");
        scene.look();
        let mut packer = fs::File::create(scene.path("mail.log.2.gz")).unwrap();
        fs::remove_file(scene.path("mail.log.1")).unwrap();
        // And nothing in its place.
        fs::rename(&log, scene.path("mail.log.1")).unwrap();
        assert_eq!(scene.look(), "");
        packer.write_all(&packed[..5]).unwrap();
        assert_eq!(scene.look(), "");
        assert!(scene.follow.is_waiting());
        if is_finished {
            packer.write_all(&packed[5..]).unwrap();
            assert_eq!(scene.look(), "");
            assert!(!scene.follow.is_waiting());
        }
        let mut seen = Vec::new();
        scene.follow.end(&mut |piece| seen.extend_from_slice(piece.bytes()));
        assert_eq!(seen, b"");
    }
}

#[test]
fn what_a_log_keeps_when_it_is_written_anew_is_not_read_again() {
    let lines = |from: usize, to: usize| -> String {
        (from..to).map(|number| format!("line {number:05} of a log that is written anew\n")).collect()
    };
    let length = lines(0, 1).len();
    // With all that it held, without its first lines, without some in the middle, and with more of its own.
    for (kept, new) in [
        (lines(0, 100), lines(100, 103)),
        (lines(60, 100), lines(100, 101)),
        (lines(0, 50) + &lines(80, 100), lines(100, 300)),
        ("a new header\n".to_owned() + &lines(0, 100), lines(100, 101)),
    ] {
        let mut scene = Scene::new();
        let (log, other) = (scene.path("mail.log"), scene.path("new"));
        append(&log, &lines(0, 90));
        scene.look();
        append(&log, &lines(90, 100));
        append(&other, &kept);
        append(&other, &new);
        fs::rename(&other, &log).unwrap();
        assert_eq!(scene.look(), lines(90, 100) + &new);
        append(&log, "more\n");
        assert_eq!(scene.look(), "more\n");
    }
    // Half a line goes on; what came while it was written anew comes by the old file.
    let mut scene = Scene::new();
    let (log, other) = (scene.path("mail.log"), scene.path("new"));
    append(&log, &(lines(0, 40) + "half a "));
    scene.look();
    append(&other, &(lines(10, 40) + "half a line\n"));
    fs::rename(&other, &log).unwrap();
    scene.look();
    std::thread::sleep(super::HALF);
    assert_eq!(scene.look(), "half a line\n");
    // The last lines are not in it.
    let mut scene = Scene::new();
    let (log, other) = (scene.path("mail.log"), scene.path("new"));
    for number in 0..100 {
        append(&log, &lines(number, number + 1));
        scene.look();
    }
    append(&other, &(lines(0, 95) + &lines(100, 103)));
    fs::rename(&other, &log).unwrap();
    assert_eq!(scene.look().len(), 3 * length);
    assert_eq!(scene.follow.take_notes().len(), 1);
}

#[test]
fn a_new_log_that_says_the_same_as_the_one_before_is_read() {
    let mut scene = Scene::new();
    let (log, other) = (scene.path("mail.log"), scene.path("new"));
    let same = "the same\n".repeat(60);
    append(&log, &same);
    scene.look();
    append(&other, &same);
    fs::rename(&other, &log).unwrap();
    assert_eq!(scene.look(), same);
    // One that was rotated, and begins with the last lines of the one before.
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    let lines: String = (0..30).map(|number| format!("line {number} of a log\n")).collect();
    append(&log, &lines);
    scene.look();
    fs::rename(&log, scene.path("mail.log.1")).unwrap();
    append(&log, &lines);
    assert_eq!(scene.look(), lines);
}

#[test]
fn what_comes_and_goes_while_the_reader_is_kept_waiting_is_counted_as_lost() {
    let mut scene = Scene::new();
    let log = scene.path("mail.log");
    append(&log, &"a line that is read\n".repeat(30));
    let lookout = scene.follow.lookout();
    let (mut read, mut lost, mut is_told) = (Vec::new(), 0, false);
    // Each change is heard of; only the reader waits, in the middle of handing on.
    let meanwhile = || {
        let cut = || {
            OpenOptions::new().write(true).open(&log).unwrap().set_len(0).unwrap();
            lookout.see().unwrap();
        };
        for unread in [700, 1_100] {
            append(&log, &"x".repeat(unread - 1));
            append(&log, "\n");
            lookout.see().unwrap();
            cut();
        }
        append(&log, "new\n");
        lookout.see().unwrap();
    };
    let on = &mut |piece: crate::source::block::Piece<'_>| {
        read.extend_from_slice(piece.bytes());
        if !std::mem::replace(&mut is_told, true) {
            meanwhile();
        }
    };
    scene.follow.look(on, &mut |gap: Gap| lost += gap.bytes);
    assert_eq!(String::from_utf8(read).unwrap(), "a line that is read\n".repeat(30));
    assert_eq!(scene.look(), "new\n");
    assert_eq!(lost + scene.lost, 700 + 1_100);
}

#[test]
fn two_logs_whose_names_are_swapped_are_told_of_once() {
    let folder = tempfile::tempdir().unwrap();
    let paths = ["a.log", "b.log"].map(|name| folder.path().join(name));
    let mut follows = paths.clone().map(|path| Follow::new(path, false));
    let mut look = || -> Vec<String> {
        let looked = follows.iter_mut().flat_map(|follow| {
            while follow.look(&mut |_| {}, &mut |_| {}) {}
            follow.take_notes()
        });
        looked.collect()
    };
    paths.iter().for_each(|path| append(path, &format!("{}\n", path.display())));
    assert_eq!(look(), [""; 0]);
    let aside = folder.path().join("aside");
    fs::rename(&paths[0], &aside).unwrap();
    fs::rename(&paths[1], &paths[0]).unwrap();
    fs::rename(&aside, &paths[1]).unwrap();
    let notes = look();
    assert!(notes.len() == 2 && notes.iter().all(|note| note.contains("twice")), "{notes:?}");
    assert_eq!(look(), [""; 0]);
}
