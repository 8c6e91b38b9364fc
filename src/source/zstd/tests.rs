//! Frames that grow, that are cut, that are damaged, in any pieces.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use proptest::prelude::*;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::{Header, MAGIC, Step, Zstd};

/// What `zstd -19 --check` made of [`text`]: blocks that copy from each other, at most 128 KiB each.
const SEGMENT: &[u8] = include_bytes!("../../../fixtures/archive/segment.zst");

/// The lines in [`SEGMENT`].
fn text() -> Vec<u8> {
    let line = |i: u64| {
        let (user, x) = (i * 7_919 % 1_000, i * 2_654_435_761 % 65_536);
        format!("{{\"n\":{i},\"to\":\"user{user}@example.com\",\"x\":{x}}}\n")
    };
    (0..6_000).map(line).collect::<String>().into_bytes()
}

fn frame(text: &[u8]) -> Vec<u8> {
    compress_to_vec(text, CompressionLevel::Fastest)
}

fn skippable(length: usize) -> Vec<u8> {
    let mut frame = vec![0x53, 0x2A, 0x4D, 0x18];
    frame.extend((length as u32).to_le_bytes());
    frame.extend(std::iter::repeat_n(0xB5, length));
    frame
}

/// Decodes pieces of the lengths `cuts`; flushes after every piece where `live`.
fn decode(bytes: &[u8], cuts: &[usize], live: bool) -> (Vec<u8>, Vec<String>, bool) {
    let (mut zstd, mut out, mut rest) = (Zstd::new(), Vec::new(), bytes);
    let mut cuts = cuts.iter().cycle();
    while !rest.is_empty() {
        let (now, later) = rest.split_at((*cuts.next().unwrap()).min(rest.len()));
        rest = later;
        zstd.push(now);
        while zstd.step(&mut out) == Step::Done {}
        if live {
            zstd.flush(&mut out);
        }
    }
    let is_cut = loop {
        match zstd.end(&mut out) {
            Some(is_cut) => break is_cut,
            None => while zstd.step(&mut out) == Step::Done {},
        }
    };
    (out, zstd.take_notes(), is_cut)
}

#[test]
fn a_frame_that_the_zstd_program_wrote_is_read_and_its_checksum_is_right() {
    for live in [false, true] {
        let (out, notes, is_cut) = decode(SEGMENT, &[1_000], live);
        assert!(out == text(), "live: {live}");
        assert!(notes.is_empty() && !is_cut, "{notes:?}");
    }
}

#[test]
fn a_wrong_checksum_is_told() {
    let mut bytes = SEGMENT.to_vec();
    *bytes.last_mut().unwrap() ^= 1;
    let (out, notes, _) = decode(&bytes, &[70_000], false);
    assert!(out == text());
    assert!(notes[0].contains("checksum"), "{notes:?}");
}

#[test]
fn frames_and_skippable_frames_follow_each_other() {
    let bytes = [skippable(300), frame(b"a\n"), skippable(0), frame(b""), frame(b"b\n")].concat();
    for cut in 1..20 {
        let (out, notes, is_cut) = decode(&bytes, &[cut], false);
        assert_eq!(out, b"a\nb\n");
        assert!(notes.is_empty() && !is_cut, "{notes:?}");
    }
}

#[test]
fn a_growing_frame_shows_every_whole_block_at_once() {
    let text = text();
    let (mut zstd, mut out) = (Zstd::new(), Vec::new());
    let mut seen = Vec::new();
    for piece in SEGMENT.chunks(500) {
        zstd.push(piece);
        while zstd.step(&mut out) == Step::Done {}
        zstd.flush(&mut out);
        assert!(text.starts_with(&out));
        if seen.last() != Some(&out.len()) {
            seen.push(out.len());
        }
    }
    // The program cut blocks of 16 KiB and more: most were visible long before the frame was over.
    assert!(seen.len() > 8 && seen.windows(2).all(|pair| pair[1] - pair[0] <= 128 << 10), "{seen:?}");
    assert_eq!(seen.last(), Some(&text.len()));
    assert!(!zstd.is_inside());
}

#[test]
fn a_truncated_frame_gives_its_whole_blocks_and_says_where_it_ends() {
    let half = SEGMENT.len() - 100;
    let (out, notes, is_cut) = decode(&SEGMENT[..half], &[4_096], false);
    assert!(text().starts_with(&out) && is_cut && out.len() > 256 << 10);
    assert!(notes.len() == 1 && notes[0].contains(&format!("at byte {half}")), "{notes:?}");
}

#[test]
fn behind_a_frame_that_was_cut_the_next_one_is_read() {
    let bytes = [&SEGMENT[..SEGMENT.len() - 100], &frame(b"next\n")].concat();
    for cut in [1, 100, 100_000] {
        let (out, notes, is_cut) = decode(&bytes, &[cut], false);
        assert!(out.ends_with(b"\nnext\n"), "whole lines only");
        assert!(text().starts_with(&out[..out.len() - 5]) && !is_cut);
        assert!(out.len() > 255 << 10, "{}", out.len());
        assert!(notes.len() == 1 && notes[0].contains("passed over"), "{notes:?}");
    }
}

#[test]
fn rubbish_between_and_behind_frames_is_passed_over_and_told() {
    let bytes = [&frame(b"a\n")[..], b"rubbish", &frame(b"b\n"), b"xy"].concat();
    for cut in [1, 9, 1_000] {
        let (out, notes, _) = decode(&bytes, &[cut], false);
        assert_eq!(out, b"a\nb\n");
        assert!(notes[0].contains("7 bytes were passed over"), "{notes:?}");
        assert!(notes[1].contains("the 2 bytes from there to its end"), "{notes:?}");
    }
}

#[test]
fn a_window_too_large_and_a_dictionary_are_refused_with_words() {
    let window = |exponent: u8| [&MAGIC[..], &[0, exponent << 3, 1, 0, 0]].concat();
    assert!(decode(&window(17), &[99], false).1.is_empty(), "128 MiB is taken");
    let (_, notes, _) = decode(&window(18), &[99], false);
    assert!(notes[0].contains("256 MiB") && notes[0].contains("--long=31"), "{notes:?}");
    let (_, notes, _) = decode(&[&MAGIC[..], &[1, 0, 7, 1, 0, 0]].concat(), &[99], false);
    assert!(notes[0].contains("dictionary"), "{notes:?}");
}

#[test]
fn a_header_is_read_in_all_its_lengths() {
    let header = |descriptor: u8, rest: &[u8]| {
        Header::read(&[&MAGIC[..], &[descriptor], rest].concat()).map(|header| (header.length, header.window))
    };
    assert_eq!(header(0x20, &[9]), Some((6, 9)));
    assert_eq!(header(0x60, &[0, 1]), Some((7, 512)));
    assert_eq!(header(0xA1, &[0, 0, 0, 1, 0]), Some((10, 1 << 16)));
    assert_eq!(header(0xC0, &[0x50, 0, 0, 0, 0, 0, 0, 0, 0]), Some((14, 1 << 20)));
    assert_eq!(header(0xC0, &[0x50, 0, 0]), None);
}

#[test]
fn one_step_never_decodes_more_than_its_blocks() {
    // Four bytes stand for 128 KiB: a bomb goes off slowly.
    let mut bomb = [&MAGIC[..], &[0, 0x38]].concat();
    for _ in 0..10_000 {
        bomb.extend([2, 0, 16, b'x']);
    }
    let mut zstd = Zstd::new();
    zstd.push(&bomb);
    for _ in 0..500 {
        let mut out = Vec::new();
        assert_eq!(zstd.step(&mut out), Step::Done);
        assert!(out.len() <= 4 << 20);
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn any_split_gives_the_same_bytes(
        texts in prop::collection::vec(prop::collection::vec(0u8..4, 0..3_000), 1..5),
        cuts in prop::collection::vec(1usize..400, 1..20),
        live: bool,
    ) {
        let bytes: Vec<u8> = texts.iter().flat_map(|text| frame(text)).collect();
        let (out, notes, is_cut) = decode(&bytes, &cuts, live);
        prop_assert_eq!(out, texts.concat());
        prop_assert!(notes.is_empty() && !is_cut);
    }

    #[test]
    fn any_split_of_a_real_segment_gives_the_same_bytes(
        cuts in prop::collection::vec(1usize..9_000, 1..20),
        live: bool,
    ) {
        prop_assert!(decode(SEGMENT, &cuts, live).0 == text());
    }

    #[test]
    fn no_damage_panics(
        wrong in prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 1..20),
        length in any::<prop::sample::Index>(),
        live: bool,
    ) {
        let mut bytes = SEGMENT.to_vec();
        for (at, byte) in wrong {
            let at = at.index(bytes.len());
            bytes[at] = byte;
        }
        bytes.truncate(length.index(bytes.len()) + 1);
        decode(&bytes, &[3_000], live);
    }
}
