//! Followed files that are no plain text.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs::{self, OpenOptions};
use std::io::Write as _;
use std::path::PathBuf;

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use crate::source::{Follow, State};

/// A zstd frame of several blocks, as a program wrote it.
const SEGMENT: &[u8] = include_bytes!("../../../fixtures/archive/segment.zst");

struct Scene {
    _folder: tempfile::TempDir,
    path: PathBuf,
    follow: Follow,
}

impl Scene {
    fn new(from_end: bool) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("20261121-100000");
        Self { follow: Follow::new(path.clone(), from_end), path, _folder: folder }
    }

    fn append(&self, bytes: &[u8]) {
        let mut file = OpenOptions::new().create(true).append(true).open(&self.path).unwrap();
        file.write_all(bytes).unwrap();
    }

    fn look(&mut self) -> Vec<u8> {
        let mut seen = Vec::new();
        while self.follow.look(&mut |piece| seen.extend_from_slice(piece.bytes()), &mut |_| {}) {}
        seen
    }

    fn end(&mut self) -> Vec<u8> {
        let mut seen = Vec::new();
        self.follow.end(&mut |piece| seen.extend_from_slice(piece.bytes()));
        seen
    }
}

fn frame(text: &[u8]) -> Vec<u8> {
    compress_to_vec(text, CompressionLevel::Fastest)
}

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

#[test]
fn the_lines_of_a_growing_segment_come_when_their_block_is_there() {
    let mut whole = Scene::new(false);
    whole.append(SEGMENT);
    let want = whole.look();
    assert!(want.ends_with(b"\n") && want.len() > 280_000);
    let mut scene = Scene::new(false);
    let (mut seen, mut times) = (Vec::new(), 0);
    for piece in SEGMENT.chunks(700) {
        scene.append(piece);
        let new = scene.look();
        times += usize::from(!new.is_empty());
        assert!(new.is_empty() || new.ends_with(b"\n"), "whole lines only");
        seen.extend(new);
        assert_eq!(scene.follow.state(), &State::Live);
    }
    assert!(seen == want && times > 5, "{times}");
    assert!(scene.end().is_empty() && scene.follow.take_notes().is_empty());
}

#[test]
fn frames_that_follow_each_other_in_a_growing_file_are_read() {
    let mut scene = Scene::new(false);
    for text in [&b"1\n"[..], b"2\nha", b"lf\n"] {
        scene.append(&frame(text));
    }
    assert_eq!(scene.look(), b"1\n2\nhalf\n");
    scene.append(&frame(b"3\n"));
    assert_eq!(scene.look(), b"3\n");
}

#[test]
fn half_a_line_that_a_crash_left_in_a_segment_is_left_out_and_told() {
    let mut scene = Scene::new(false);
    scene.append(&SEGMENT[..SEGMENT.len() / 2]);
    let seen = scene.look();
    assert!(seen.ends_with(b"\n") && seen.len() > 100_000);
    assert!(scene.follow.take_notes().is_empty(), "it may still grow");
    assert!(scene.end().is_empty());
    let notes = scene.follow.take_notes();
    assert!(notes.iter().any(|note| note.contains("ends inside a zstd frame")), "{notes:?}");
    assert!(notes.iter().any(|note| note.contains("the last line is cut off")), "{notes:?}");
}

#[test]
fn from_the_end_of_a_segment_means_only_what_comes_later() {
    let mut scene = Scene::new(true);
    let (first, second) = SEGMENT.split_at(SEGMENT.len() - 2_000);
    scene.append(first);
    assert!(scene.look().is_empty());
    scene.append(second);
    let seen = scene.look();
    assert!(seen.ends_with(b"\n") && seen.len() < 40_000 && !seen.is_empty(), "{}", seen.len());
    let mut scene = Scene::new(true);
    scene.append(&frame(b"old\n"));
    scene.look();
    scene.append(&frame(b"new\n"));
    assert_eq!(scene.look(), b"new\n");
}

#[test]
fn gzip_is_read_once_and_says_so() {
    let mut scene = Scene::new(false);
    let text = b"a line of the log\n".repeat(500_000);
    scene.append(&[gzip(&text), b"rubbish".to_vec()].concat());
    assert!(scene.look() == text);
    assert_eq!(scene.follow.state(), &State::Once);
    assert!(scene.follow.take_notes()[0].contains("7 bytes behind"));
    assert!(scene.look().is_empty() && scene.end().is_empty());
}

#[test]
fn what_is_not_read_is_a_trouble_with_a_way_out() {
    let mut scene = Scene::new(false);
    scene.append(b"BZh91AY&SY");
    assert!(scene.look().is_empty());
    let state = scene.follow.state();
    assert!(state.is_trouble() && state.to_string().contains("bzcat /"), "{state}");
    fs::write(&scene.path, "now it is a log\n").unwrap();
    assert_eq!(scene.look(), b"now it is a log\n");
    assert_eq!(scene.follow.state(), &State::Live);
}

#[test]
fn utf16_that_grows_by_odd_bytes_is_read() {
    let text = "grüner Brief 📬\nzweite\n";
    let bytes: Vec<u8> =
        std::iter::once(0xFEFF).chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect();
    let mut scene = Scene::new(false);
    let mut seen = Vec::new();
    for piece in bytes.chunks(3) {
        scene.append(piece);
        seen.extend(scene.look());
    }
    assert_eq!(String::from_utf8(seen).unwrap(), text);
}

#[test]
fn a_file_that_becomes_another_kind_is_read_anew() {
    let mut scene = Scene::new(false);
    scene.append(&frame(b"packed\n"));
    assert_eq!(scene.look(), b"packed\n");
    fs::write(&scene.path, "plain\n").unwrap();
    assert_eq!(scene.look(), b"plain\n");
    fs::write(&scene.path, []).unwrap();
    scene.look();
    for byte in frame(b"again\n") {
        scene.append(&[byte]);
        scene.look();
    }
    fs::write(&scene.path, "p").unwrap();
    scene.append(b"\n");
    assert_eq!(scene.look(), b"p\n");
}

#[test]
fn one_look_hands_on_no_more_than_a_look_of_what_is_packed_tight() {
    let mut scene = Scene::new(false);
    scene.append(&frame(&b"the same line again\n".repeat(1_000_000)));
    let mut seen = 0;
    let more = scene.follow.look(&mut |piece| seen += piece.bytes().len(), &mut |_| {});
    assert!(more && seen < 5 << 20, "{seen}");
    assert!(matches!(scene.follow.state(), State::Reading { .. }));
    assert_eq!(seen + scene.look().len(), 20_000_000);
}
