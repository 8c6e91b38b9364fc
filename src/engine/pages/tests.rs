#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fs;
use std::io::Write as _;
use std::path::PathBuf;

use super::page::Pager;
use super::{LinePlace, LogSays, Logs, Order, Page, Sought, Wish};
use crate::engine::trace::Recent;
use crate::engine::{Filter, Input, Setup};
use crate::model::{Moment, Outcome};
use crate::text::Clean;

/// A folder with a log in it, and what reads pages of it.
struct Desk {
    folder: tempfile::TempDir,
    pager: Pager,
    filter: &'static str,
}

fn line(number: usize) -> String {
    let (status, said) = match number % 4 {
        0 => (
            "bounced",
            "host gmail-smtp-in.l.google.com[142.250.102.27] said: 550 5.1.1 No such user (in reply to RCPT TO command)",
        ),
        1 => (
            "deferred",
            "host gmail-smtp-in.l.google.com[142.250.102.27] said: 421 4.7.0 Try again later (in reply to end of DATA command)",
        ),
        2 => ("sent", "250 2.0.0 OK"),
        _ => {
            return format!(
                "2026-11-20T14:{:02}:{:02}+00:00 mta1 postfix/qmgr[7]: 4XA{number:06}: removed\n",
                number / 60 % 60,
                number % 60
            );
        }
    };
    let dsn = ["5.1.1", "4.7.0", "2.0.0"][number % 4];
    format!(
        "2026-11-20T14:{:02}:{:02}+00:00 mta1 postfix/smtp[9]: 4XA{number:06}: to=<r{number}@gmail.com>, relay=gmail-smtp-in.l.google.com[142.250.102.27]:25, delay=1, delays=0/0/0/1, dsn={dsn}, status={status} ({said})\n",
        number / 60 % 60,
        number % 60,
    )
}

fn lines(numbers: std::ops::Range<usize>) -> String {
    numbers.map(line).collect()
}

impl Desk {
    fn new(log: &str) -> Self {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("mail.log"), log).unwrap();
        let logs =
            Logs::new(&[Input::File(folder.path().join("mail.log"))], None, &Setup::embedded().unwrap());
        Self { pager: Pager::new(&logs), folder, filter: "" }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn order(&self, wish: Wish) -> Order {
        let filter = Filter::parse(self.filter).unwrap();
        Order { ticket: 1, source: 0, only: !filter.is_empty(), filter, wish }
    }

    fn ask(&mut self, wish: Wish) -> Page {
        let order = self.order(wish);
        self.pager.page(&order, &mut || false)
    }

    fn look(&mut self, from: LinePlace, is_stale: bool) -> Option<Page> {
        let order = self.order(Wish::Watch(from));
        self.pager.look(&order, from, is_stale)
    }

    /// Everything from the end to the beginning, page by page.
    fn upwards(&mut self) -> Vec<String> {
        let mut page = self.ask(Wish::End);
        let mut all = Vec::new();
        for _ in 0..10_000 {
            assert!(page.lines.len() <= 300);
            all.extend(page.lines.iter().rev().map(|line| line.text.to_string()));
            if page.is_end {
                all.reverse();
                return all;
            }
            page = self.ask(Wish::Before(page.from.unwrap()));
        }
        unreachable!("it never ends");
    }

    /// The same the other way.
    fn downwards(&mut self) -> Vec<String> {
        let mut page = self.ask(Wish::Begin);
        let mut all = Vec::new();
        for _ in 0..10_000 {
            all.extend(page.lines.iter().map(|line| line.text.to_string()));
            if page.is_end {
                return all;
            }
            page = self.ask(Wish::After(page.to.unwrap()));
        }
        unreachable!("it never ends");
    }
}

fn texts(page: &Page) -> Vec<&str> {
    page.lines.iter().map(|line| line.text.as_str()).collect()
}

#[test]
fn every_line_comes_once_from_either_end_across_rotated_files() {
    let mut desk = Desk::new(&lines(2_000..3_000));
    fs::write(desk.path("mail.log.1"), lines(0..2_000)).unwrap();
    let whole: Vec<String> = (0..3_000).map(|number| line(number).trim_end().to_owned()).collect();
    assert!(desk.upwards() == whole, "upwards");
    assert!(desk.downwards() == whole, "downwards");
    desk.filter = "cat:user_unknown provider:gmail";
    let refused: Vec<String> = whole.iter().filter(|line| line.contains("bounced")).cloned().collect();
    assert!(desk.upwards() == refused, "upwards, filtered");
    assert!(desk.downwards() == refused, "downwards, filtered");
    desk.filter = "text~\"4xa00010\"";
    assert_eq!(desk.upwards().len(), 10);
}

#[test]
fn a_line_says_what_became_of_it_and_hostile_bytes_are_harmless() {
    let strange = "2026-11-20T14:00:09+00:00 mta1 postfix/smtp[9]: 4XA100009: to=<a@gmail.com>, relay=gmail-smtp-in.l.goo\x1b]52;c;AA\x07\n";
    let mut desk = Desk::new(&[&lines(0..4), strange, "no log at all\n"].concat());
    let page = desk.ask(Wish::End);
    let says = page.lines.iter().map(|line| match &line.says {
        LogSays::Attempt(attempt) => Ok(attempt.outcome),
        LogSays::Unparsed(_) => Err("?"),
        LogSays::Other => Err("-"),
    });
    assert_eq!(
        says.collect::<Vec<_>>(),
        [Ok(Outcome::Rejected), Ok(Outcome::Deferred), Ok(Outcome::Delivered), Err("-"), Err("?"), Err("-")]
    );
    assert!(page.lines.iter().all(|line| !line.text.contains('\u{1b}')));
    assert!(page.lines[4].text.contains("\\e]52"));
    let LogSays::Attempt(attempt) = &page.lines[0].says else { unreachable!("an attempt") };
    assert_eq!((attempt.provider.as_deref(), attempt.code), (Some("Gmail"), Some(550)));
}

#[test]
fn the_end_is_followed_through_growth_rotation_and_truncation() {
    let mut desk = Desk::new(&lines(0..3));
    let end = desk.ask(Wish::End).to.unwrap();
    assert!(desk.look(end, false).is_none(), "nothing came");
    let mut log = fs::OpenOptions::new().append(true).open(desk.path("mail.log")).unwrap();
    let fourth = line(3);
    log.write_all(&fourth.as_bytes()[..40]).unwrap();
    assert!(desk.look(end, false).is_none(), "half a line is none");
    log.write_all(&fourth.as_bytes()[40..]).unwrap();
    let page = desk.look(end, false).unwrap();
    assert_eq!(texts(&page), [fourth.trim_end()]);
    let end = page.to.unwrap();
    // What was written last before the rotation comes before what is written after it.
    log.write_all(line(4).as_bytes()).unwrap();
    fs::rename(desk.path("mail.log"), desk.path("mail.log.1")).unwrap();
    fs::write(desk.path("mail.log"), line(5)).unwrap();
    let page = desk.look(end, false).unwrap();
    assert_eq!(texts(&page), [line(4).trim_end(), line(5).trim_end()]);
    let end = page.to.unwrap();
    fs::write(desk.path("mail.log"), "").unwrap();
    let page = desk.look(end, false).unwrap();
    assert!(page.is_gone && page.lines.is_empty());
}

#[test]
fn a_last_line_that_lacks_its_end_is_shown_when_nothing_more_comes() {
    let mut desk = Desk::new("one\ntwo");
    let page = desk.ask(Wish::End);
    assert_eq!(texts(&page), ["one"]);
    assert!(desk.look(page.to.unwrap(), false).is_none());
    let rest = desk.look(page.to.unwrap(), true).unwrap();
    assert_eq!(texts(&rest), ["two"]);
}

#[test]
fn what_cannot_be_read_says_why_and_comes_back() {
    let mut desk = Desk::new("one\n");
    let end = desk.ask(Wish::End).to.unwrap();
    fs::remove_file(desk.path("mail.log")).unwrap();
    let page = (0..20).find_map(|_| desk.look(end, false)).unwrap();
    assert!(page.trouble.as_deref().unwrap().contains("mail.log"), "{:?}", page.trouble);
    let page = desk.ask(Wish::End);
    assert!(page.lines.is_empty() && page.trouble.is_some() && page.is_end);
    fs::write(desk.path("mail.log"), "two\n").unwrap();
    let page = desk.ask(Wish::End);
    assert_eq!((texts(&page), page.trouble.clone()), (vec!["two"], None));
    fs::write(desk.path("mail.log.2.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
    let older = desk.ask(Wish::Begin).older;
    assert!(older.as_deref().unwrap().contains("older lines are in mail.log.2.gz"), "{older:?}");
}

fn gzip(text: &str) -> Vec<u8> {
    let mut packed = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
    packed.write_all(text.as_bytes()).unwrap();
    packed.finish().unwrap()
}

#[test]
fn packed_rotations_are_gone_back_into_and_a_broken_one_is_where_it_ends() {
    let mut desk = Desk::new(&lines(900..1_000));
    fs::write(desk.path("mail.log.1"), lines(600..900)).unwrap();
    fs::write(desk.path("mail.log.2.gz"), gzip(&lines(200..600))).unwrap();
    fs::write(desk.path("mail.log.3.gz"), gzip(&lines(0..200))).unwrap();
    // Rotated in this order.
    for (name, hours) in [("mail.log.1", 1), ("mail.log.2.gz", 2), ("mail.log.3.gz", 3)] {
        let then = std::time::SystemTime::now() - std::time::Duration::from_secs(hours * 3_600);
        fs::File::options().append(true).open(desk.path(name)).unwrap().set_modified(then).unwrap();
    }
    let all: Vec<String> = lines(0..1_000).lines().map(str::to_owned).collect();
    let up = desk.upwards();
    assert!(up == all, "{} lines from {:?}; {:?}", up.len(), up.first(), desk.pager.sources[0]);
    assert!(desk.downwards() == all);
    let page = desk.ask(Wish::Begin);
    assert_eq!((texts(&page)[0], page.older.clone()), (line(0).trim_end(), None));
    // A page of lines that are there does not wait for what is to be unpacked.
    fs::write(desk.path("mail.log.1"), "").unwrap();
    fs::remove_file(desk.path("mail.log.1")).unwrap();
    let page = desk.ask(Wish::End);
    assert_eq!((page.lines.len(), page.is_end), (100, false));
    let sought = Sought {
        queue_id: "4XA000400".into(),
        at: Moment::from_seconds(1_795_183_200 + 400),
        recipient: Clean::default(),
        text: Clean::default(),
    };
    let found = desk.ask(Wish::Line(sought)).found.unwrap();
    assert_eq!(texts(&desk.ask(Wish::After(found)))[0], line(400).trim_end());
    fs::write(desk.path("mail.log.2.gz"), [0x1f, 0x8b, 8, 0]).unwrap();
    assert_eq!(desk.upwards().len(), 100);
    let before = desk.ask(Wish::Before(
        desk.pager.sources[0].links.last().map(|link| LinePlace { file: link.file, offset: 0 }).unwrap(),
    ));
    assert!(
        before.older.as_deref().unwrap().starts_with("older lines are in mail.log.2.gz and 1 more: "),
        "{:?}",
        before.older
    );
    let page = desk.ask(Wish::Begin);
    assert_eq!(texts(&page)[0], line(0).trim_end(), "what is older can be gone to all the same");
    assert!(
        page.trouble.as_deref().unwrap().starts_with("mail.log.2.gz is left out: "),
        "{:?}",
        page.trouble
    );
    assert_eq!(texts(&page).len(), 300);
}

#[test]
fn a_log_that_is_packed_itself_is_read_like_any_other() {
    let mut desk = Desk::new("");
    fs::write(desk.path("mail.log"), gzip(&lines(0..500))).unwrap();
    assert_eq!((desk.upwards().len(), desk.downwards().len()), (500, 500));
    // It was written to, as a segment is.
    fs::write(desk.path("mail.log"), gzip(&lines(0..600))).unwrap();
    assert_eq!(desk.upwards().len(), 600);
}

#[test]
fn a_string_is_found_by_its_id_and_time_in_whatever_file_it_stands() {
    let mut desk = Desk::new(&lines(600..900));
    fs::write(desk.path("mail.log.1"), lines(0..600)).unwrap();
    let mut find = |id: &str, seconds: i64| {
        let sought = Sought {
            queue_id: id.into(),
            at: Moment::from_seconds(1_795_183_200 + seconds),
            recipient: Clean::default(),
            text: Clean::default(),
        };
        let found = desk.ask(Wish::Line(sought)).found?;
        Some(desk.ask(Wish::After(found)).lines[0].text.to_string())
    };
    assert_eq!(find("4XA000800", 800).as_deref(), Some(line(800).trim_end()));
    assert_eq!(find("4XA000400", 400).as_deref(), Some(line(400).trim_end()), "in the older file");
    assert_eq!(find("4XA000400", 700), None, "of another time");
    assert_eq!(find("4XA00040", 400), None, "a part of an id");
}

#[test]
fn the_next_match_is_found_in_both_directions() {
    let mut desk = Desk::new(&lines(0..2_000));
    desk.filter = "text~4XA001000";
    let from = desk.ask(Wish::Begin).from.unwrap();
    let down = desk.ask(Wish::Match { from, forward: true }).found.unwrap();
    assert_eq!(texts(&desk.ask(Wish::After(down)))[0], line(1_000).trim_end());
    let below = LinePlace { offset: down.offset + line(1_000).len() as u64, ..down };
    let none = desk.ask(Wish::Match { from: below, forward: true });
    assert!(none.found.is_none() && none.is_end);
    assert_eq!(desk.ask(Wish::Match { from: below, forward: false }).found, Some(down));
}

#[test]
fn a_stream_is_read_from_the_end_that_is_kept() {
    let recent = Recent::default();
    recent.keep(lines(0..100).as_bytes());
    let logs = Logs::new(&[Input::Stdin], Some(&recent), &Setup::embedded().unwrap());
    let mut desk = Desk { pager: Pager::new(&logs), ..Desk::new("") };
    assert_eq!((desk.upwards().len(), desk.downwards().len()), (100, 100));
    let end = desk.ask(Wish::End).to.unwrap();
    recent.keep(line(100).as_bytes());
    assert_eq!(texts(&desk.look(end, false).unwrap()), [line(100).trim_end()]);
    // As much again as is kept: what was read is gone.
    for _ in 0..100 {
        recent.keep(lines(0..500).as_bytes());
    }
    let page = desk.ask(Wish::After(end));
    assert!(!page.lines.is_empty());
    assert!(page.older.as_deref().unwrap().contains("gone"));
}

#[test]
fn a_line_without_an_end_comes_in_parts_and_never_as_a_whole() {
    let mut desk = Desk::new(&[&"x".repeat(3 << 20), "\nlast\n"].concat());
    let page = desk.ask(Wish::End);
    assert_eq!(texts(&page).last(), Some(&"last"));
    assert!(desk.upwards().iter().all(|line| line.len() <= (8 << 10) + 4));
    assert_eq!(desk.downwards().last().map(String::as_str), Some("last"));
}
