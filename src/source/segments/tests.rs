//! Every line of every file once, whatever the files are called.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;
use std::time::{Duration, Instant, SystemTime};

use super::{HELD, Heard, RETIRED, Segments};
use crate::source::{Gap, Listing, Past, State, Told};

struct Scene {
    folder: tempfile::TempDir,
    segments: Segments,
    live: String,
    past: String,
    lost: u64,
}

impl Scene {
    fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let segments = Segments::new(Listing::Folder(folder.path().to_owned()), false);
        Self { folder, segments, live: String::new(), past: String::new(), lost: 0 }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    /// A file that was last changed so many minutes ago.
    fn write(&self, name: &str, text: &str, minutes: u64) {
        let mut file = File::create(self.path(name)).unwrap();
        file.write_all(text.as_bytes()).unwrap();
        file.set_modified(SystemTime::now() - Duration::from_secs(minutes * 60)).unwrap();
    }

    fn append(&self, name: &str, text: &str) {
        OpenOptions::new().append(true).open(self.path(name)).unwrap().write_all(text.as_bytes()).unwrap();
    }

    /// Compresses a file as gzip does: beside it, with its time, and then it is gone.
    fn gzip(&self, name: &str) {
        let path = self.path(name);
        let (text, modified) = (fs::read(&path).unwrap(), fs::metadata(&path).unwrap().modified().unwrap());
        let into = File::create(self.path(&format!("{name}.gz"))).unwrap();
        let mut gz = flate2::write::GzEncoder::new(into, flate2::Compression::fast());
        gz.write_all(&text).unwrap();
        gz.finish().unwrap().set_modified(modified).unwrap();
        fs::remove_file(path).unwrap();
    }

    /// Looks until there is no more, as if the files had just been listed long ago.
    fn look(&mut self) -> String {
        self.live.clear();
        self.segments.listed = None;
        let (live, lost) = (&mut self.live, &mut self.lost);
        let mut on = |heard: Heard<'_>| {
            if let Heard::Piece(_, piece) = heard {
                live.push_str(&String::from_utf8_lossy(piece.bytes()));
            }
        };
        while self.segments.look(&mut on, &mut |gap: Gap| *lost += gap.bytes) {}
        self.live.clone()
    }

    /// What is deleted was deleted so long ago.
    fn gone_for(&mut self, age: Duration) {
        let since = Instant::now().checked_sub(age);
        self.segments
            .held
            .iter_mut()
            .filter(|member| member.gone.is_some())
            .for_each(|member| member.gone = since);
    }

    fn step(&mut self, past: &mut Past) -> bool {
        let text = &mut self.past;
        past.step(&mut |told| {
            if let Told::Lines(piece) = told {
                text.push_str(&String::from_utf8_lossy(piece.bytes()));
            }
        })
    }

    /// Descriptors that this process holds inside the folder.
    fn held(&self) -> usize {
        let descriptors = fs::read_dir("/proc/self/fd").unwrap();
        let targets = descriptors.flatten().filter_map(|entry| fs::read_link(entry.path()).ok());
        targets.filter(|target| target.starts_with(self.folder.path())).count()
    }
}

/// Lines in any order.
fn sorted(text: &str) -> Vec<&str> {
    let mut lines: Vec<&str> = text.lines().collect();
    lines.sort_unstable();
    lines
}

fn lines(of: &str, count: usize) -> String {
    (0..count).map(|number| format!("{of} {number}\n")).collect()
}

#[test]
fn segments_are_read_in_the_order_of_writing_and_the_next_one_when_it_appears() {
    let mut scene = Scene::new();
    scene.write("b", "b 1\nb 2\n", 3);
    scene.write("a", "a 1\na 2\n", 2);
    assert_eq!(scene.look(), "b 1\nb 2\na 1\na 2\n");
    scene.append("a", "a 3\n");
    scene.write("c", "c 1\nc 2\n", 0);
    assert_eq!(scene.look(), "a 3\nc 1\nc 2\n");
    assert_eq!(scene.look(), "");
    assert_eq!((scene.segments.state(), scene.segments.files()), (&State::Live, 3));
}

#[test]
fn a_file_that_is_renamed_copied_or_compressed_is_not_read_again() {
    let mut scene = Scene::new();
    scene.write("mail.log", &lines("old", 600), 2);
    scene.look();
    fs::rename(scene.path("mail.log"), scene.path("mail.log.1")).unwrap();
    scene.write("mail.log", &lines("new", 600), 1);
    assert_eq!(scene.look(), lines("new", 600), "renamed");
    scene.gzip("mail.log.1");
    assert_eq!(scene.look(), "", "compressed");
    fs::copy(scene.path("mail.log"), scene.path("mail.log.2")).unwrap();
    scene.append("mail.log", "after the copy\n");
    assert_eq!(scene.look(), "after the copy\n", "copied");
    fs::write(scene.path("mail.log"), "after the truncation\n").unwrap();
    assert_eq!(scene.look(), "after the truncation\n");
    assert_eq!(scene.lost, 0);
}

#[test]
fn a_short_file_is_known_again_and_a_header_is_not_taken_for_its_file() {
    let mut scene = Scene::new();
    scene.write("acct-1.csv", "type,rcpt\n", 3);
    scene.write("acct-2.csv", "type,rcpt\nd,a@b.example\n", 2);
    assert_eq!(scene.look(), "type,rcpt\ntype,rcpt\nd,a@b.example\n");
    fs::copy(scene.path("acct-2.csv"), scene.path("acct-3.csv")).unwrap();
    assert_eq!(scene.look(), "");
}

#[test]
fn a_file_half_compressed_is_left_until_it_is_whole() {
    let mut scene = Scene::new();
    scene.write("a", &lines("a", 600), 900);
    // Never read: following begins at the end.
    scene.segments = Segments::new(Listing::Folder(scene.folder.path().to_owned()), true);
    (0..HELD).for_each(|number| scene.write(&format!("b{number}"), "b\n", 1));
    assert_eq!(scene.look(), "");
    fs::write(scene.path("a.gz"), b"\x1f\x8b\x08").unwrap();
    assert_eq!(scene.look(), "");
    scene.gzip("a");
    assert_eq!(scene.look(), "", "it is what was there");
    assert_eq!(scene.lost, 0);
}

#[test]
fn thousands_of_segments_need_few_descriptors() {
    let mut scene = Scene::new();
    for number in 0..2_000u64 {
        scene.write(
            &format!("20261121-{number:06}"),
            &format!("line 1 of {number}\nline 2\n"),
            2_000 - number,
        );
    }
    let mut most = 0;
    let (mut count, mut more) = (0, true);
    while more {
        let mut on = |heard: Heard<'_>| {
            if let Heard::Piece(_, piece) = heard {
                count += piece.bytes().iter().filter(|byte| **byte == b'\n').count();
            }
        };
        more = scene.segments.look(&mut on, &mut |_| {});
        most = most.max(scene.held());
    }
    assert_eq!(count, 4_000);
    assert!((1..=HELD + 1).contains(&most), "{most}");
    // One that was closed long ago goes on.
    scene.append("20261121-000003", "late\n");
    assert_eq!(scene.look(), "late\n");
    assert!(scene.held() <= HELD + 1);
}

#[test]
fn the_past_of_a_folder_and_its_present_are_every_line_once() {
    let mut scene = Scene::new();
    let mut want = String::new();
    for number in 0..30u64 {
        let text = lines(&format!("{number}"), 200);
        scene.write(&format!("seg{number:02}"), &text, 30 - number);
        want.push_str(&text);
    }
    let mut past = scene.segments.near_end(100, &[]);
    let mut live = scene.look();
    assert!(live.len() < 100 * HELD * 2, "little is read first");
    assert!(scene.step(&mut past));
    // Meanwhile everything happens.
    scene.append("seg29", "more\n");
    scene.write("seg30", "next 1\nnext 2\n", 0);
    fs::rename(scene.path("seg03"), scene.path("seg03.moved")).unwrap();
    live += &scene.look();
    while scene.step(&mut past) {}
    live += &scene.look();
    want.push_str("more\nnext 1\nnext 2\n");
    assert_eq!(sorted(&[live.as_str(), &scene.past].concat()), sorted(&want));
    assert_eq!(scene.lost, 0);
}

#[test]
fn a_deleted_file_is_read_as_long_as_its_writer_goes_on_and_is_let_go() {
    let mut scene = Scene::new();
    scene.write("a", "a 1\na 2\n", 1);
    scene.write("b", "b 1\n", 0);
    assert_eq!(scene.look(), "a 1\na 2\nb 1\n");
    let mut writers = ["a", "b"].map(|name| OpenOptions::new().append(true).open(scene.path(name)).unwrap());
    fs::remove_file(scene.path("a")).unwrap();
    scene.gzip("b");
    assert_eq!(scene.look(), "");
    // Neither was told to reopen.
    writers[0].write_all(b"a 3\n").unwrap();
    writers[1].write_all(b"b 2\n").unwrap();
    assert_eq!(scene.look(), "a 3\nb 2\n");
    scene.write("a", "new 1\n", 0);
    assert_eq!(scene.look(), "new 1\n");
    scene.gone_for(RETIRED);
    writers[0].write_all(b"a 4\n").unwrap();
    assert_eq!(scene.look(), "a 4\n");
    drop(writers);
    fs::remove_file(scene.path("b.gz")).unwrap();
    fs::remove_file(scene.path("a")).unwrap();
    scene.look();
    scene.gone_for(RETIRED);
    scene.look();
    assert_eq!(scene.held(), 0, "what is deleted is not kept on the disk for ever");
    assert_eq!(*scene.segments.state(), State::Gone);
    scene.write("c", "c 1\nc 2\nc 3\n", 0);
    assert_eq!(scene.look(), "c 1\nc 2\nc 3\n");
    assert_eq!(scene.lost, 0);
}

#[test]
fn no_more_deleted_files_are_held_than_others() {
    let mut scene = Scene::new();
    for number in 0..5 * HELD {
        let name = format!("{number}");
        scene.write(&name, &format!("line of {name}\n"), 0);
        assert_eq!(scene.look(), format!("line of {name}\n"));
        fs::remove_file(scene.path(&name)).unwrap();
        scene.look();
        assert!(scene.held() <= HELD, "{}", scene.held());
    }
}

#[test]
fn a_file_that_is_read_from_further_on_tells_its_beginning() {
    let mut scene = Scene::new();
    scene.write("acct.csv", &format!("type,rcpt\n{}", lines("d", 400)), 0);
    let _past = scene.segments.near_end(100, &[]);
    let mut begun = Vec::new();
    let mut on = |heard: Heard<'_>| {
        if let Heard::Begin { head, .. } = heard {
            begun.push(head.to_vec());
        }
    };
    while scene.segments.look(&mut on, &mut |_| {}) {}
    assert_eq!(begun.len(), 1);
    assert!(begun[0].starts_with(b"type,rcpt\n"));
}

#[test]
fn compressed_files_are_read_once_and_those_that_are_not_read_say_so() {
    let mut scene = Scene::new();
    scene.write("a", &lines("a", 600), 3);
    scene.gzip("a");
    scene.write("b", "b 1\nb 2\n", 2);
    fs::write(scene.path("c.xz"), b"\xfd7zXZ\x00\x00").unwrap();
    assert_eq!(scene.look(), [lines("a", 600), "b 1\nb 2\n".into()].concat());
    assert_eq!(scene.look(), "");
    let notes = scene.segments.take_notes();
    assert!(notes.len() == 1 && notes[0].contains("c.xz"), "{notes:?}");
    assert!(scene.segments.take_notes().is_empty());
}

#[test]
fn a_segment_that_was_written_when_another_one_went_is_new() {
    let mut scene = Scene::new();
    // Of one second, in which the first was written last and the second begun.
    let written = SystemTime::now() + Duration::from_secs(60);
    scene.write("seg1", "1\n", 0);
    File::options().append(true).open(scene.path("seg1")).unwrap().set_modified(written).unwrap();
    assert_eq!(scene.look(), "1\n");
    fs::remove_file(scene.path("seg1")).unwrap();
    scene.write("seg2", "2\n", 0);
    scene.gzip("seg2");
    File::options().append(true).open(scene.path("seg2.gz")).unwrap().set_modified(written).unwrap();
    assert_eq!(scene.look(), "2\n");
}

#[test]
fn what_is_wrong_with_a_file_that_is_closed_is_told_once() {
    let mut scene = Scene::new();
    fs::write(scene.path("a.xz"), b"\xFD7zXZ\0 and what follows").unwrap();
    scene.write("b", "b\n", 80);
    scene.gzip("b");
    let mut cut = fs::read(scene.path("b.gz")).unwrap();
    cut.extend(b"and more");
    fs::write(scene.path("b.gz"), cut).unwrap();
    for number in 0..=HELD {
        scene.write(&format!("c{number}"), &format!("c{number}\n"), 0);
    }
    let later = SystemTime::now() + Duration::from_secs(60);
    for number in 0..=HELD {
        let file = File::options().append(true).open(scene.path(&format!("c{number}"))).unwrap();
        file.set_modified(later).unwrap();
    }
    scene.look();
    assert_eq!(scene.segments.take_notes().len(), 2);
    for _ in 0..3 {
        assert_eq!(scene.look(), "");
        assert_eq!(scene.segments.take_notes(), [""; 0]);
    }
}

/// Lines of a log, from one number to another, some hundred bytes each.
fn numbered(range: std::ops::Range<u32>) -> String {
    range.map(|number| format!("{number:06} {}\n", "x".repeat(120))).collect()
}

#[test]
fn a_copy_that_is_seen_in_the_making_goes_on_where_its_original_was_read_to() {
    let mut scene = Scene::new();
    scene.write("mail.log", &numbered(0..200), 0);
    assert_eq!(scene.look(), numbered(0..200));
    // cp: first there is an empty file, then a part of it, then all, with what came in between.
    scene.write("mail.log.1", "", 0);
    assert_eq!(scene.look(), "");
    scene.append("mail.log.1", &numbered(0..100));
    assert_eq!(scene.look(), "");
    scene.append("mail.log", &numbered(200..210));
    assert_eq!(scene.look(), numbered(200..210));
    scene.append("mail.log.1", &numbered(100..210));
    assert_eq!(scene.look(), "");
    // Written after the last look, copied and truncated away.
    scene.append("mail.log.1", &numbered(210..220));
    File::options().write(true).truncate(true).open(scene.path("mail.log")).unwrap();
    assert_eq!(scene.look(), numbered(210..220));
    scene.append("mail.log", &numbered(220..300));
    assert_eq!(scene.look(), numbered(220..300));
    assert_eq!(scene.lost, 0);
}

#[test]
fn a_copy_of_a_log_whose_past_is_read_is_no_new_file() {
    let mut scene = Scene::new();
    scene.write("mail.log", &numbered(0..200), 0);
    let _past = scene.segments.near_end(1_000, &[]);
    scene.look();
    scene.write("mail.log.1", &numbered(0..200), 0);
    assert_eq!(scene.look(), "");
}

#[test]
fn a_log_that_is_fetched_anew_goes_on_where_it_was() {
    let mut scene = Scene::new();
    scene.write("mail.log", &numbered(0..100), 0);
    assert_eq!(scene.look(), numbered(0..100));
    for end in [120, 180] {
        // As rsync does: beside it, then under its name.
        scene.write(".mail.log.Ab12", &numbered(0..end), 0);
        fs::rename(scene.path(".mail.log.Ab12"), scene.path("mail.log")).unwrap();
        let begin = if end == 120 { 100 } else { 120 };
        assert_eq!(scene.look(), numbered(begin..end));
    }
}
