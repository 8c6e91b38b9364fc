//! Whole, cut and damaged files of every kind.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::io::{self, Read, Write as _};
use std::path::Path;

use flate2::Compression;
use flate2::write::GzEncoder;
use ruzstd::encoding::{CompressionLevel, compress_to_vec};

use super::{Packing, Unpack};

fn gzip(text: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), Compression::default());
    encoder.write_all(text).unwrap();
    encoder.finish().unwrap()
}

fn lines(count: usize) -> Vec<u8> {
    (0..count).map(|n| format!("line {n} {}\n", n * 7_919 % 10_007)).collect::<String>().into_bytes()
}

/// Hands out at most so many bytes at once.
struct Slow<'a>(&'a [u8], usize);

impl Read for Slow<'_> {
    fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
        let now = self.1.min(into.len());
        self.0.read(&mut into[..now])
    }
}

/// The text of `bytes`, and the notes.
fn read(bytes: &[u8]) -> (Vec<u8>, Vec<String>, bool) {
    let mut told = None;
    for piece in [1 << 20, 7] {
        let mut unpack = Unpack::new(Slow(bytes, piece), None).unwrap();
        let mut text = Vec::new();
        unpack.read_to_end(&mut text).unwrap();
        let now = (text, unpack.take_notes(), unpack.is_cut());
        assert_eq!(unpack.raw_bytes(), bytes.len() as u64, "of {piece} bytes at once");
        assert!(told.is_none_or(|told| told == now), "in pieces as at once");
        told = Some(now);
    }
    told.unwrap()
}

#[test]
fn first_bytes_tell_what_a_file_is_whatever_it_is_called() {
    let of = |head: &[u8], name: &str| Packing::of(head, Some(Path::new(name)));
    assert_eq!(of(b"Nov 21 10:00:00 mx", "mail.log.gz"), Packing::Plain);
    assert_eq!(of(&gzip(b"x"), "mail.log"), Packing::Gzip);
    assert_eq!(of(&compress_to_vec(&b"x"[..], CompressionLevel::Fastest), "mail.log"), Packing::Zstd);
    assert_eq!(of(b"\x5E\x2A\x4D\x18....", "x"), Packing::Zstd, "a skippable frame first");
    assert_eq!(of(b"\xFF\xFEa\0", "x"), Packing::Utf16([0xFF, 0xFE]));
    assert_eq!(of(b"", "mail.log.bz2"), Packing::Plain, "an empty file has nothing to be refused");
}

#[test]
fn what_is_not_read_is_named_with_the_command_that_reads_it() {
    let why = |head: &[u8], name: &str| match Packing::of(head, Some(Path::new(name))) {
        Packing::Unread(unread) => unread.why(Path::new(name)),
        other => format!("{other:?}"),
    };
    let bz2 = why(b"BZh91AY&SY", "mail.log.2.bz2");
    assert_eq!(bz2, "is compressed with bzip2, which is not read: bzcat mail.log.2.bz2 | fivefifty report -");
    assert!(why(b"\xFD7zXZ\0\0", "a b.xz").contains("xzcat 'a b.xz' |"));
    assert!(why(b"\x04\x22\x4D\x18d", "x").contains("lz4 -dc x"));
    assert!(why(b"PK\x03\x04", "x").contains("unzip -p x"));
    assert!(why(b"\x1F\x9D\x90", "x.Z").contains("zcat x.Z"));
    assert!(why(b"LPKSHHRH", "x.journal").contains("journalctl -o json --file x.journal"));
    assert!(why(b"\x5d\0\0\x80\0", "x.lzma").contains("lzma -dc x.lzma"));
    let mut tar = vec![b'a'; 512];
    tar[257..262].copy_from_slice(b"ustar");
    assert!(why(&tar, "logs.tar").contains("tar -xOf logs.tar"));
    let error = Unpack::new(&b"BZh91AY&SY"[..], Some(Path::new("x.bz2"))).err().unwrap();
    assert_eq!(error.kind(), io::ErrorKind::Unsupported);
    assert!(error.to_string().contains("bzcat x.bz2"), "{error}");
}

#[test]
fn plain_text_passes_unchanged() {
    let text = lines(30_000);
    assert!(read(&text) == (text, Vec::new(), false));
    assert_eq!(read(b"").0, b"");
    assert_eq!(read(b"x").0, b"x");
}

#[test]
fn gzip_members_follow_each_other() {
    let (a, b) = (lines(5_000), lines(10));
    let bytes = [gzip(&a), gzip(b""), gzip(&b)].concat();
    assert!(read(&bytes) == ([a, b].concat(), Vec::new(), false));
}

#[test]
fn rubbish_behind_gzip_is_told_and_zeros_are_none() {
    let text = lines(500);
    let (out, notes, is_cut) = read(&[&gzip(&text)[..], b"rubbish"].concat());
    assert!(out == text && !is_cut);
    let begin = gzip(&text).len();
    assert!(notes[0].contains(&format!("7 bytes behind the gzip data, from byte {begin} on")), "{notes:?}");
    assert!(read(&[&gzip(&text)[..], &[0; 512]].concat()).1.is_empty(), "a block device's padding");
}

#[test]
fn truncated_gzip_is_read_up_to_there() {
    let text = lines(20_000);
    let whole = gzip(&text);
    let (out, notes, is_cut) = read(&whole[..whole.len() / 2]);
    assert!(text.starts_with(&out) && out.len() > text.len() / 3 && is_cut);
    assert!(notes[0].contains(&format!("at byte {}", whole.len() / 2)), "{notes:?}");
}

#[test]
fn damaged_gzip_is_read_up_to_there() {
    let text = lines(50_000);
    let mut bytes = gzip(&text);
    let middle = bytes.len() / 2;
    bytes[middle..middle + 200].fill(0xFF);
    let mut unpack = Unpack::new(&bytes[..], None).unwrap();
    let mut out = Vec::new();
    unpack.read_to_end(&mut out).unwrap();
    let (notes, is_cut) = (unpack.take_notes(), unpack.is_cut());
    assert!(out.len() > 1_000 && out[..1_000] == text[..1_000] && is_cut);
    assert!(notes.len() == 1 && notes[0].contains("is damaged before byte"), "{notes:?}");
}

#[test]
fn zstd_is_read_with_what_is_wrong_in_it() {
    let text = lines(20_000);
    let whole = compress_to_vec(&text[..], CompressionLevel::Fastest);
    assert!(read(&whole) == (text.clone(), Vec::new(), false));
    let (out, notes, is_cut) = read(&whole[..whole.len() - 9]);
    assert!(text.starts_with(&out) && is_cut && notes.len() == 1, "{notes:?}");
}

#[test]
fn utf16_becomes_utf8() {
    let text = "Nov 21 grün 📬\r\nzwei\n";
    let encode = |big: bool| -> Vec<u8> {
        let units = std::iter::once(0xFEFF).chain(text.encode_utf16());
        units.flat_map(|unit| if big { unit.to_be_bytes() } else { unit.to_le_bytes() }).collect()
    };
    for big in [false, true] {
        assert_eq!(String::from_utf8(read(&encode(big)).0).unwrap(), text);
    }
}

#[test]
fn the_systems_own_error_is_no_damage() {
    struct Failing(usize);
    impl Read for Failing {
        fn read(&mut self, into: &mut [u8]) -> io::Result<usize> {
            let bytes = gzip(&lines(50_000));
            let rest = &bytes[self.0.min(20_000)..20_000];
            if rest.is_empty() {
                return Err(io::Error::from_raw_os_error(5));
            }
            let now = rest.len().min(into.len());
            into[..now].copy_from_slice(&rest[..now]);
            self.0 += now;
            Ok(now)
        }
    }
    let mut unpack = Unpack::new(Failing(0), None).unwrap();
    let error = unpack.read_to_end(&mut Vec::new()).unwrap_err();
    assert_eq!(error.raw_os_error(), Some(5));
    assert!(unpack.take_notes().is_empty());
}
