//! Tracing through real files.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;

use super::search::{Place, in_places};
use super::{Progress, QueueId, Traced, rotated, trace};
use crate::engine::{Input, Setup};
use crate::model::{Category, Outcome};

const CLEANUP: &str = "Nov 21 10:00:00 mx1 postfix/cleanup[1]: 4XA1Qb0LrDz1: message-id=<1@x.example>\n";
const REFUSED: &str = "Nov 21 10:00:02 mx1 postfix/smtp[2]: 4XA1Qb0LrDz1: to=<b@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.27]:25, delay=1, dsn=5.7.1, status=bounced (host gmail-smtp-in.l.google.com[192.0.2.27] said: 550-5.7.1 [198.51.100.7] Our system has detected that this message is likely 550-5.7.1 suspicious due to the very low reputation of the sending 550 5.7.1 IP address. x - gsmtp (in reply to end of DATA command))\n";
const BOUNCE: &str =
    "Nov 21 10:00:03 mx1 postfix/bounce[3]: 4XA1Qb0LrDz1: sender non-delivery notification: 4XB2Rc0MsEz2\n";
const OTHER: &str = "Nov 21 10:00:01 mx1 postfix/qmgr[4]: 4XA1Qb0LrDz12: removed\n";

/// Loaded once: a test of many cases would load little else.
fn setup() -> Setup {
    static SETUP: std::sync::OnceLock<Setup> = std::sync::OnceLock::new();
    SETUP.get_or_init(|| Setup::embedded().unwrap()).clone()
}

struct Files {
    folder: tempfile::TempDir,
}

impl Files {
    fn new(files: &[(&str, &[u8])]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        for (name, bytes) in files {
            fs::write(folder.path().join(name), bytes).unwrap();
        }
        Self { folder }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn trace(&self, id: &str, names: &[&str]) -> Traced {
        let inputs = names.iter().map(|name| Input::File(self.path(name))).collect();
        let id = QueueId::new(id).unwrap();
        trace(&id, inputs, &setup(), &Progress::default(), &AtomicBool::new(false))
    }
}

fn texts(traced: &Traced) -> Vec<&str> {
    traced.lines.iter().map(|line| line.text.as_str()).collect()
}

#[test]
fn every_line_of_one_id_in_the_order_of_time_whatever_file_it_is_in() {
    let new = [OTHER, BOUNCE, REFUSED].concat();
    let files = Files::new(&[("mail.log", new.as_bytes()), ("mail.log.1", CLEANUP.as_bytes())]);
    let traced = files.trace("4XA1Qb0LrDz1", &["mail.log", "mail.log.1"]);
    assert_eq!(texts(&traced), [CLEANUP.trim_end(), REFUSED.trim_end(), BOUNCE.trim_end()]);
    let refused = &traced.lines[1];
    assert_eq!((refused.line, traced.read(), traced.sources()), (3, 4, 2));
    assert!(refused.text[refused.said..].starts_with("to=<b@gmail.com>"));
    let attempt = &refused.attempts[0];
    assert_eq!((attempt.outcome, attempt.code), (Outcome::Rejected, Some(550)));
    assert_eq!(attempt.verdict.as_ref().unwrap().category, Category::IpReputation);
    let see_also: Vec<_> = traced.see_also().iter().map(|named| named.id.to_string()).collect();
    assert_eq!(see_also, ["4XB2Rc0MsEz2"]);
}

#[test]
fn a_line_without_a_stamp_stays_behind_the_one_before_it() {
    let log = [CLEANUP, "  4XA1Qb0LrDz1 goes on here\n", BOUNCE].concat();
    let files = Files::new(&[("a", log.as_bytes()), ("b", REFUSED.as_bytes())]);
    let traced = files.trace("4XA1Qb0LrDz1", &["a", "b"]);
    let order: Vec<_> = traced.lines.iter().map(|line| (line.source, line.line)).collect();
    assert_eq!(order, [(0, 1), (0, 2), (1, 1), (0, 3)]);
}

#[test]
fn exim_lines_have_their_time_too() {
    let log = "2026-11-21 10:00:05 1tEx4m-0001aB-2C Completed\n";
    let early = "2026-11-21 10:00:00 1tEx4m-0001aB-2C <= a@x.example U=x P=local S=1\n";
    let files = Files::new(&[("a", log.as_bytes()), ("b", early.as_bytes())]);
    let traced = files.trace("1tEx4m-0001aB-2C", &["a", "b"]);
    assert_eq!(texts(&traced), [early.trim_end(), log.trim_end()]);
    assert!(traced.lines.iter().all(|line| line.at.is_some()));
}

#[test]
fn an_id_inside_a_line_that_is_too_long_to_be_held_is_found() {
    for at in [10, 150_000, 196_600, 262_140, 500_000] {
        let mut log = CLEANUP.replace("4XA1", "9ZZ9").into_bytes();
        log.extend(b"Nov 21 10:00:01 mx1 x[1]: ");
        log.extend(std::iter::repeat_n(b' ', at));
        log.extend(b"4XA1Qb0LrDz1");
        log.extend(std::iter::repeat_n(b' ', 600_000 - at));
        log.extend(b"\nNov 21 10:00:02 mx1 x[1]: 4XA1Qb0LrDz1: y");
        let files = Files::new(&[("a", &log)]);
        let traced = files.trace("4XA1Qb0LrDz1", &["a"]);
        let lines: Vec<_> = traced.lines.iter().map(|line| line.line).collect();
        assert_eq!((lines, traced.read()), (vec![2, 3], 3), "at {at}");
        assert!(traced.lines[0].text.len() < 40_000);
    }
}

#[test]
fn too_many_lines_are_counted_and_not_kept() {
    let log = CLEANUP.repeat(10_007);
    let traced = Files::new(&[("a", log.as_bytes())]).trace("4XA1Qb0LrDz1", &["a"]);
    assert_eq!((traced.lines.len(), traced.more), (10_000, 7));
    let long = format!("{} {}\n", CLEANUP.trim_end(), "x".repeat(30_000)).repeat(600);
    let traced = Files::new(&[("a", long.as_bytes())]).trace("4XA1Qb0LrDz1", &["a"]);
    let kept: usize = traced.lines.iter().map(|line| line.text.len()).sum();
    assert!(kept <= 8 * 1024 * 1024 && traced.more > 0, "{kept}");
    assert_eq!(traced.lines.len() as u64 + traced.more, 600);
}

/// `bytes`, at most 64 kB, as gzip writes what it cannot make smaller.
fn gzip(bytes: &[u8]) -> Vec<u8> {
    let length = u16::try_from(bytes.len()).unwrap();
    let mut crc = !0u32;
    for byte in bytes {
        crc ^= u32::from(*byte);
        (0..8).for_each(|_| crc = crc >> 1 ^ if crc & 1 == 1 { 0xedb8_8320 } else { 0 });
    }
    let head = b"\x1f\x8b\x08\0\0\0\0\0\0\xff\x01";
    let block = [length.to_le_bytes(), (!length).to_le_bytes()].concat();
    let tail = [!crc, u32::from(length)].map(u32::to_le_bytes).concat();
    [&head[..], &block, bytes, &tail].concat()
}

#[test]
fn a_packed_file_is_searched_like_any_other() {
    let files = Files::new(&[("mail.log", REFUSED.as_bytes()), ("mail.log.2.gz", &gzip(CLEANUP.as_bytes()))]);
    let traced = files.trace("4XA1Qb0LrDz1", &["mail.log", "mail.log.2.gz"]);
    assert_eq!(texts(&traced), [CLEANUP.trim_end(), REFUSED.trim_end()]);
    assert!(traced.searched.iter().all(|searched| searched.problem.is_none()), "{:?}", traced.searched);
}

#[test]
fn what_cannot_be_read_says_why_and_does_not_take_the_others_with_it() {
    let whole = gzip([CLEANUP, REFUSED].concat().repeat(50).as_bytes());
    let files = Files::new(&[
        ("a", CLEANUP.as_bytes()),
        ("cut.gz", &whole[..whole.len() - 20]),
        ("b.xz", b"\xfd7zXZ\0\0junk, and more of it"),
    ]);
    let traced = files.trace("4XA1Qb0LrDz1", &["a", "cut.gz", "b.xz", "missing"]);
    let problem = |name: &str| {
        let searched = traced.searched.iter().find(|searched| searched.name.ends_with(name)).unwrap();
        searched.problem.clone().map(|problem| problem.to_string()).unwrap_or_default()
    };
    assert!(traced.lines.iter().any(|line| traced.searched[line.source].name.ends_with("/a")));
    assert_eq!(problem("/a"), "");
    assert!(!problem("cut.gz").is_empty(), "damage is told");
    assert!(problem("b.xz").contains("xzcat"), "{}", problem("b.xz"));
    assert!(problem("missing").contains("no such file"));
}

#[test]
fn hostile_bytes_are_neutralised() {
    let log = b"Nov 21 10:00:00 mx1 postfix/smtp[2]: 4XA1Qb0LrDz1: to=<a@x>, \x1b[2J\xff\xe2\x80\xae status=sent (x)\n";
    let traced = Files::new(&[("a", log)]).trace("4XA1Qb0LrDz1", &["a"]);
    assert!(traced.lines[0].text.contains("\\e[2J\\xff‹U+202E›"), "{}", traced.lines[0].text);
}

#[test]
fn what_a_stream_said_last_is_numbered_as_the_stream_was() {
    let (id, stop) = (QueueId::new("4XA1Qb0LrDz1").unwrap(), AtomicBool::new(false));
    let progress = Progress::default();
    let bytes = [OTHER, REFUSED].concat().into_bytes();
    let places = vec![Place::Recent(bytes, 7_000)];
    let traced = in_places(&id, places, &setup(), &progress, &stop);
    assert_eq!((traced.lines[0].line, traced.read(), traced.searched[0].name.as_str()), (7_002, 2, "stdin"));
    assert_eq!((progress.read(), progress.found()), (progress.size(), 1));
}

#[test]
fn a_search_that_was_given_up_says_so() {
    let files = Files::new(&[("a", CLEANUP.as_bytes())]);
    let inputs = vec![Input::File(files.path("a"))];
    let (id, setup) = (QueueId::new("4XA1Qb0LrDz1").unwrap(), setup());
    let traced = trace(&id, inputs, &setup, &Progress::default(), &AtomicBool::new(true));
    assert_eq!(traced.searched[0].problem.as_deref(), Some("given up"));
}

#[test]
fn what_a_log_is_rotated_to_is_searched_with_it() {
    let files = Files::new(&[("mail.log", b"x"), ("mail.log.1", b"x"), ("mail.log.30", b"x")]);
    let long_ago = std::time::SystemTime::now() - super::KEPT * 3;
    fs::File::options().write(true).open(files.path("mail.log.30")).unwrap().set_modified(long_ago).unwrap();
    assert_eq!(rotated(&files.path("mail.log")), [files.path("mail.log.1")]);
}

proptest::proptest! {
    #[test]
    fn no_bytes_panic_and_no_line_is_missed(
        parts in proptest::collection::vec(proptest::prop_oneof![
            proptest::prelude::Just(b"aB1-2c".to_vec()),
            proptest::prelude::Just(b"\n".to_vec()),
            proptest::prelude::Just(b" ".to_vec()),
            proptest::collection::vec(proptest::prelude::any::<u8>(), 0..20),
        ], 0..60),
    ) {
        // A first line that shows it to be text: what is packed is made other lines on the way.
        let bytes = [b"x\n".to_vec(), parts.concat()].concat();
        let id = QueueId::new("aB1-2c").unwrap();
        let want: Vec<u64> = bytes
            .split(|byte| *byte == b'\n')
            .enumerate()
            .filter(|(_, line)| memchr::memmem::find_iter(line, "aB1-2c").any(|at| id.is_whole(line, at)))
            .map(|(at, _)| at as u64 + 1)
            .collect();
        let (setup, stop) = (setup(), AtomicBool::new(false));
        let is_text = !bytes.contains(&0);
        let places = vec![Place::Recent(bytes, 0)];
        let traced = in_places(&id, places, &setup, &Progress::default(), &stop);
        let mut found: Vec<u64> = traced.lines.iter().map(|line| line.line).collect();
        found.sort_unstable();
        // NULs are taken out of lines.
        if is_text {
            proptest::prop_assert_eq!(found, want);
        }
    }
}
