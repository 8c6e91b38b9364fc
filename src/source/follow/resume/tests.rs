//! Stories of a log that is followed by one run after the other, on a real file system.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs::{self, File, OpenOptions};
use std::io::Write as _;
use std::path::{Path, PathBuf};

use flate2::Compression;
use flate2::write::GzEncoder;

use super::super::{Follow, Gap};
use crate::source::checkpoint::Place;

/// Stories in one run of the tests; each makes some dozens of files.
const STORIES: u64 = 200;

struct Scene {
    folder: tempfile::TempDir,
    random: fastrand::Rng,
    follow: Option<Follow>,
    place: Option<Place>,
    out: Vec<u8>,
    gone: u64,
    written: Vec<u8>,
    lines: usize,
    half: bool,
    /// Removed files stay open, so that their inodes are given to no other one within a tick of the clock.
    removed: Vec<File>,
}

impl Scene {
    fn new(seed: u64) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self {
            folder,
            random: fastrand::Rng::with_seed(seed),
            follow: None,
            place: None,
            out: Vec::new(),
            gone: 0,
            written: Vec::new(),
            lines: 0,
            half: false,
            removed: Vec::new(),
        }
    }

    fn log(&self) -> PathBuf {
        self.folder.path().join("mail.log")
    }

    fn older(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("mail.log.{number}"))
    }

    fn packed(&self, number: usize) -> PathBuf {
        self.folder.path().join(format!("mail.log.{number}.gz"))
    }

    fn append(&mut self, text: &str) {
        let log = OpenOptions::new().append(true).create(true).open(self.log());
        log.unwrap().write_all(text.as_bytes()).unwrap();
        self.written.extend_from_slice(text.as_bytes());
    }

    fn write(&mut self, lines: usize) {
        for _ in 0..lines {
            self.finish();
            self.lines += 1;
            let text =
                format!("{:05}>{}\n", self.lines, "some words of a reply ".repeat(self.random.usize(..30)));
            self.append(&text);
        }
    }

    fn begin(&mut self) {
        self.finish();
        self.lines += 1;
        self.append(&format!("{:05}>half", self.lines));
        self.half = true;
    }

    fn finish(&mut self) {
        if std::mem::take(&mut self.half) {
            self.append(" and its end\n");
        }
    }

    fn shift(&self) {
        for number in (1..60).rev() {
            let _ = fs::rename(self.older(number), self.older(number + 1));
            let _ = fs::rename(self.packed(number), self.packed(number + 1));
        }
    }

    fn rotate(&mut self, copies: bool) {
        self.finish();
        if !self.log().exists() {
            return;
        }
        self.shift();
        if copies {
            fs::copy(self.log(), self.older(1)).unwrap();
            OpenOptions::new().write(true).open(self.log()).unwrap().set_len(0).unwrap();
        } else {
            fs::rename(self.log(), self.older(1)).unwrap();
            // The new file may come late.
            if self.random.bool() {
                if self.follow.is_some() && self.random.bool() {
                    self.look();
                }
                File::create(self.log()).unwrap();
            } else if self.follow.is_some() {
                self.look();
            }
        }
    }

    /// As `delaycompress` does it; the packed file keeps its time or not.
    fn pack(&mut self) {
        for number in 2..60 {
            let Ok(bytes) = fs::read(self.older(number)) else { continue };
            let mut packed = GzEncoder::new(File::create(self.packed(number)).unwrap(), Compression::fast());
            packed.write_all(&bytes).unwrap();
            let packed = packed.finish().unwrap();
            if self.random.bool() {
                packed.set_modified(fs::metadata(self.older(number)).unwrap().modified().unwrap()).unwrap();
            }
            self.removed.push(File::open(self.older(number)).unwrap());
            fs::remove_file(self.older(number)).unwrap();
        }
    }

    fn look(&mut self) {
        let (out, gone) = (&mut self.out, &mut self.gone);
        let path = self.folder.path().join("mail.log");
        let follow = self.follow.get_or_insert_with(|| match &self.place {
            Some(place) => Follow::resume(path, place),
            None => Follow::new(path, false),
        });
        while follow
            .look(&mut |piece| out.extend_from_slice(piece.bytes()), &mut |gap: Gap| *gone += gap.bytes)
        {
        }
    }

    /// The run ends; its place goes through the form that is kept.
    fn stop(&mut self) {
        if let Some(follow) = self.follow.take() {
            let kept = follow.place().map(|place| serde_json::to_string(&place).unwrap());
            self.place = kept.map(|kept| serde_json::from_str(&kept).unwrap()).or(self.place.take());
        }
    }
}

fn tell(seed: u64) -> Result<(), String> {
    let mut scene = Scene::new(seed);
    let copies = scene.random.bool();
    scene.write(2);
    scene.look();
    let mut story = Vec::new();
    for _ in 0..40 {
        let step = scene.random.u8(..12);
        story.push(step);
        match step {
            0..=3 => {
                let lines = scene.random.usize(1..5);
                scene.write(lines);
            }
            4 => scene.begin(),
            5 | 6 => scene.rotate(copies),
            7 => {
                // What is packed before a run saw it can be told only by the next.
                if scene.follow.is_some() {
                    scene.look();
                }
                scene.pack();
            }
            8 | 9 => scene.look(),
            _ => scene.stop(),
        }
    }
    scene.write(1);
    scene.look();
    if scene.out == scene.written && scene.gone == 0 {
        return Ok(());
    }
    let differs = scene.out.iter().zip(&scene.written).position(|(out, written)| out != written);
    let at = differs.unwrap_or(scene.out.len().min(scene.written.len())).saturating_sub(40);
    let shown = |bytes: &[u8]| {
        String::from_utf8_lossy(&bytes[at.min(bytes.len())..(at + 80).min(bytes.len())]).into_owned()
    };
    Err(format!(
        "seed {seed}, copies {copies}, {story:?}: {} of {} bytes, {} lost\n  out: {}\n  was: {}",
        scene.out.len(),
        scene.written.len(),
        scene.gone,
        shown(&scene.out),
        shown(&scene.written)
    ))
}

#[test]
fn each_line_comes_once_however_often_it_is_stopped() {
    let failed: Vec<String> = (0..STORIES).filter_map(|seed| tell(seed).err()).collect();
    let told: Vec<&String> = failed.iter().take(4).collect();
    assert!(failed.is_empty(), "{} stories failed\n{told:#?}", failed.len());
}

#[test]
fn a_rotation_after_a_restart_whose_new_file_comes_late_is_read_once() {
    let mut scene = Scene::new(1);
    scene.write(9);
    scene.look();
    scene.stop();
    scene.write(3);
    scene.look();
    fs::rename(scene.log(), scene.older(1)).unwrap();
    scene.look();
    scene.write(4);
    scene.look();
    assert_eq!(scene.out, scene.written);
}

#[test]
fn a_log_that_is_a_link_to_the_day_is_read_once() {
    // Named as rotation names old ones, and not, and in a folder of their own.
    for days in ["mail.log-", "day-", "days/"] {
        let mut scene = Scene::new(1);
        let day = |scene: &Scene, day: &str| scene.folder.path().join(format!("{days}{day}"));
        fs::create_dir(scene.folder.path().join("days")).unwrap();
        std::os::unix::fs::symlink(day(&scene, "20261121"), scene.log()).unwrap();
        scene.write(5);
        scene.look();
        scene.stop();
        scene.write(5);
        fs::remove_file(scene.log()).unwrap();
        std::os::unix::fs::symlink(day(&scene, "20261122"), scene.log()).unwrap();
        scene.write(5);
        scene.look();
        assert_eq!(scene.out, scene.written, "{days}");
    }
}

#[test]
fn another_file_of_the_same_name_is_read_from_its_beginning() {
    let mut scene = Scene::new(1);
    scene.write(9);
    scene.look();
    scene.stop();
    fs::remove_file(scene.log()).unwrap();
    scene.write(20);
    scene.look();
    assert_eq!(scene.out, scene.written);
    assert_eq!(scene.follow.as_mut().unwrap().take_notes().len(), 1, "it is said that the old one is gone");
}

#[test]
fn a_log_that_lost_its_last_bytes_goes_on_behind_what_is_left() {
    let mut scene = Scene::new(1);
    scene.write(90);
    scene.look();
    scene.stop();
    let log = OpenOptions::new().write(true).open(scene.log()).unwrap();
    log.set_len(fs::metadata(scene.log()).unwrap().len() - 7).unwrap();
    let before = scene.out.len();
    scene.look();
    assert_eq!(scene.follow.as_mut().unwrap().take_notes().len(), 1, "what is cut off is said");
    scene.append("\nnew\n");
    scene.look();
    let text = String::from_utf8_lossy(&scene.out[before..]).into_owned();
    assert!(
        text.ends_with("\nnew\n") && text.len() < 16 << 10,
        "the line that was cut, and new ones: {text}"
    );
}

#[test]
fn what_was_written_behind_a_cut_between_two_runs_is_read() {
    for more in [2, 100] {
        let mut scene = Scene::new(1);
        for _ in 0..90 {
            scene.write(1);
            scene.look();
        }
        scene.stop();
        let log = OpenOptions::new().write(true).open(scene.log()).unwrap();
        let size = fs::metadata(scene.log()).unwrap().len();
        log.set_len(size / 3 * 2).unwrap();
        scene.append("\n");
        let new = scene.written.len();
        scene.write(more);
        let before = scene.out.len();
        scene.look();
        let (text, new) = (&scene.out[before..], &scene.written[new..]);
        assert!(text.ends_with(new) && text.len() < new.len() + size as usize / 3, "{more}");
    }
}

#[test]
fn a_run_that_read_nothing_keeps_no_place() {
    let follow = Follow::new(Path::new("/nonexistent/mail.log").to_owned(), false);
    assert_eq!(follow.place(), None);
}
