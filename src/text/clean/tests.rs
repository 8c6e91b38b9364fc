//! Every kind of hostile byte, and that what it became can be read back.

use proptest::strategy::Strategy as _;

use super::{Clean, describe};

fn clean(bytes: &[u8]) -> String {
    Clean::new(bytes).to_string()
}

#[test]
fn plain_text_and_plain_unicode_pass() {
    assert_eq!(clean(b"550 5.1.1 no such user"), "550 5.1.1 no such user");
    assert_eq!(clean("Postfach überfüllt 邮箱".as_bytes()), "Postfach überfüllt 邮箱");
}

#[test]
fn escape_sequences_become_visible() {
    assert_eq!(clean(b"\x1b[2Jx\x1b]52;c;AAAA\x07"), "\\e[2Jx\\e]52;c;AAAA\\x07");
    assert_eq!(clean("\u{9b}2J".as_bytes()), "‹U+009B›2J");
    assert_eq!(clean(b"\x9b2J"), "\\x9b2J");
    assert_eq!(clean(b"a\0b\x7f"), "a\\x00b\\x7f");
}

#[test]
fn reordering_and_invisible_characters_become_visible() {
    assert_eq!(clean("a\u{202e}b".as_bytes()), "a‹U+202E›b");
    assert_eq!(clean("a\u{200b}\u{2066}b".as_bytes()), "a‹U+200B›‹U+2066›b");
    assert_eq!(clean("\u{e0041}\u{fe0f}".as_bytes()), "‹U+E0041›‹U+FE0F›");
}

#[test]
fn a_flood_of_combining_marks_is_cut() {
    let flood = format!("e{}x", "\u{301}".repeat(20_000));
    assert_eq!(clean(flood.as_bytes()), format!("e{}‹+19996 marks›x", "\u{301}".repeat(4)));
}

#[test]
fn a_head_never_ends_inside_a_character() {
    assert_eq!(Clean::head("aé".as_bytes(), 2).as_str(), "a…");
    assert_eq!(Clean::head(b"abc", 3).as_str(), "abc");
    assert_eq!(Clean::head(b"abcd", 3).as_str(), "abc…");
    assert_eq!(Clean::head(&[0x80; 9], 6).as_str().matches("\\x80").count(), 2);
}

#[test]
fn spans_lead_to_the_text_that_they_meant() {
    let marked = |bytes: &[u8], limit, spans: &[std::ops::Range<usize>]| {
        let (text, marks) = Clean::marked(bytes, limit, spans);
        marks.iter().map(|mark| text[mark.clone()].to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(marked(b"\x1b[1m full \x07 box", 99, &[5..9, 12..15]), ["full", "box"]);
    let text = "550 邮箱不存在 nein".as_bytes();
    assert_eq!(marked(text, 99, &[4..7, 11..12]), ["邮", "不"], "all of a character");
    assert_eq!(marked(b"abcdef", 4, &[1..3, 3..6, 5..6]), ["bc", "d"], "what is cut off has none");
    assert_eq!(Clean::marked(b"abcdef", 4, &[]).0.as_str(), "abcd…");
    assert_eq!(marked(b"abc", 99, &[2..2, 9..12]), [] as [&str; 0]);
}

proptest::proptest! {
    #[test]
    fn marks_never_leave_the_text(bytes: Vec<u8>, from in 0usize..40, long in 0usize..40, limit in 0usize..60) {
        let (text, marks) = Clean::marked(&bytes, limit, &[from..from + long, from + long..from + 2 * long]);
        for mark in marks {
            proptest::prop_assert!(text.get(mark).is_some());
        }
        proptest::prop_assert!(!text.chars().any(|c| c.is_control() || describe::is_hidden(c)));
    }

    #[test]
    fn nothing_that_moves_a_cursor_survives(bytes: Vec<u8>) {
        let text = Clean::new(&bytes);
        proptest::prop_assert!(!text.chars().any(|c| c.is_control() || describe::is_hidden(c)));
    }
}

/// What was written, read from its description.
fn read_back(text: &str) -> Vec<u8> {
    let (mut out, mut rest) = (Vec::new(), text);
    while let Some(character) = rest.chars().next() {
        let point = rest.strip_prefix("‹U+").and_then(|code| code.split_once('›'));
        let byte = rest.strip_prefix("\\x").and_then(|code| u8::from_str_radix(code.get(..2)?, 16).ok());
        if let Some((code, after)) = point {
            let point = u32::from_str_radix(code, 16).ok().and_then(char::from_u32);
            out.extend(point.into_iter().collect::<String>().bytes());
            rest = after;
        } else if let Some(byte) = byte {
            out.push(byte);
            rest = &rest[4..];
        } else {
            let two = rest.get(..2).unwrap_or_default();
            let known = [("\\n", b'\n'), ("\\r", b'\r'), ("\\t", b'\t'), ("\\e", 0x1b), ("\\\\", b'\\')];
            let length = match known.iter().find(|(word, _)| *word == two) {
                Some((_, byte)) => {
                    out.push(*byte);
                    2
                }
                None => {
                    out.extend(rest[..character.len_utf8()].bytes());
                    character.len_utf8()
                }
            };
            rest = &rest[length..];
        }
    }
    out
}

#[test]
fn what_reads_like_a_description_is_told_from_one() {
    assert_eq!([clean(b"\\e[2J"), clean(b"\x1b[2J")], ["\\\\e[2J", "\\e[2J"]);
    assert_eq!([clean(b"\\\x1b"), clean(b"\\\\e")], ["\\\\\\e", "\\\\\\\\e"]);
    assert_eq!(clean("‹U+202E› ‹user-1›@b.example".as_bytes()), "‹U+2039›U+202E› ‹U+2039›user-1›@b.example");
    assert_eq!(clean(br"CORP\ann \ C:\ ok"), r"CORP\ann \ C:\ ok", "what could be none stays");
    assert_eq!(clean(br"CORP\nancy"), r"CORP\\nancy");
}

#[test]
fn what_was_described_once_is_not_described_again() {
    let hostile = "\x1b[1m \\e ‹U+202E› \u{202e} \\\\ a\u{301}\u{301}\u{301}\u{301}\u{301} \u{ad}".as_bytes();
    let once = Clean::new(hostile);
    assert_eq!(Clean::from(once.as_str()), once);
    let long = Clean::new("\x1b邮".repeat(99).as_bytes());
    assert_eq!(long.cut(3).as_str(), "\\e…", "never inside a character");
    assert_eq!(long.cut(9_999), long);
}

#[test]
fn a_line_stands_as_it_is_where_all_of_it_may_be_shown() {
    let line = |bytes: &[u8]| {
        let (text, is_described) = Clean::line(bytes, 40);
        (text.to_string(), is_described)
    };
    for as_it_is in [r#"{"content":"no\n \e \u003c\n"}"#, r"CORP\nancy ‹user-1› ‹U+202E›", r"a\\b…", ""]
    {
        assert_eq!(line(as_it_is.as_bytes()), (as_it_is.to_owned(), false));
    }
    assert_eq!(line(b"\\e \x1b"), (r"\\e \e".to_owned(), true));
    assert_eq!(line(&[b'\\'; 41]), ("\\".repeat(40) + "…", false));
    assert_eq!(line("é".repeat(30).as_bytes()), ("é".repeat(20) + "…", false));
    assert_eq!(line(&[&[b'a'; 39], "é\x1b".as_bytes()].concat()), ("a".repeat(39) + "…", false));
}

#[test]
fn every_class_of_hostile_text_is_described() {
    let of = |points: std::ops::RangeInclusive<u32>| points.filter_map(char::from_u32);
    let hidden = of(0x80..=0x9f)
        .chain(of(0x200b..=0x200f))
        .chain(of(0x2028..=0x202e))
        .chain(of(0x2060..=0x206f))
        .chain(of(0xfe00..=0xfe0f))
        .chain(of(0xe0000..=0xe01ef))
        .chain(of(0xfdd0..=0xfdef))
        .chain((0..=16).flat_map(|plane| of(plane << 16 | 0xfffe..=plane << 16 | 0xffff)))
        .chain("\u{ad}\u{61c}\u{180e}\u{feff}\u{2800}\u{3164}\u{115f}\u{1f1e6}\u{1f3fd}\u{fdfd}".chars());
    for character in hidden {
        let want = format!("‹U+{:04X}›", u32::from(character));
        assert_eq!(clean(character.to_string().as_bytes()), want);
    }
    // A surrogate as bytes, an overlong `/`, a byte that begins nothing, one that continues nothing.
    for bytes in [&b"\xed\xa0\xbd\xed\xb8\x80"[..], b"\xc0\xaf", b"\xff\xfe", b"\x9b\x9d\x90"] {
        let want: String = bytes.iter().map(|byte| format!("\\x{byte:02x}")).collect();
        assert_eq!(clean(bytes), want);
    }
    assert_eq!(clean(b"ok\x08\x08550 no\rX"), "ok\\x08\\x08550 no\\rX");
    assert_eq!(clean("\u{301}\u{20dd}a".as_bytes()), "‹U+0301›‹U+20DD›a", "marks on nothing of their own");
}

proptest::proptest! {
    #[test]
    fn what_was_written_can_be_read_back(
        pieces in proptest::collection::vec(proptest::prop_oneof![
            proptest::prelude::any::<Vec<u8>>(),
            "[\\\\‹›U+0-9a-fuenrtx\u{1b}\u{202e}é\n]{0,9}".prop_map(String::into_bytes),
            "\\PC{0,9}".prop_map(String::into_bytes),
        ], 0..9),
        cut in 0usize..40,
    ) {
        let bytes = pieces.concat();
        let text = Clean::new(&bytes);
        proptest::prop_assume!(!text.contains("marks›"));
        proptest::prop_assert_eq!(read_back(&text), &bytes[..]);
        let span = cut.min(bytes.len())..bytes.len();
        let (line, is_described) = Clean::line(&bytes, usize::MAX);
        proptest::prop_assert_eq!(is_described, line.as_bytes() != &bytes[..]);
        if is_described {
            proptest::prop_assert_eq!(&line, &text);
        }
        proptest::prop_assert!(!line.chars().any(|c| c.is_control() || describe::is_hidden(c)));
        let (marked, _) = Clean::marked(&bytes, usize::MAX, std::slice::from_ref(&span));
        proptest::prop_assert_eq!(marked, text);
    }

    #[test]
    fn a_description_is_not_described_again(text in "[\\\\‹›U+0-9a-f\u{1b}\u{202e}\u{301}é\n]{0,40}") {
        let once = Clean::new(text.as_bytes());
        proptest::prop_assert_eq!(Clean::from(once.as_str()), once.clone());
        proptest::prop_assert!(Clean::from(text.as_str()).chars().all(|c| !c.is_control() && !describe::is_hidden(c)));
    }
}
