//! What a log tells of an incident that rises, changes its words and ends.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::fmt::Write as _;

use crate::engine::run::{read_all, wall};
use crate::engine::{Happening, Input, Setup, Snapshot};
use crate::model::Moment;

const LOW: &str = "550-5.7.1 [192.0.2.7] Our system has detected that this message is likely suspicious due to the very low reputation of the sending IP address";
const BULK: &str =
    "550-5.7.1 [192.0.2.7] The IP you're using to send mail is not authorized; its reputation is too low";

/// Minutes of ten attempts a second at Gmail, each with so many refusals in ten and what they say.
fn read(minutes: &[(u32, &str)]) -> (Snapshot, i64) {
    let begin = (wall().seconds() / 60 - minutes.len() as i64) * 60;
    let mut log = String::new();
    for second in 0..60 * minutes.len() {
        let (refused, said) = minutes[second / 60];
        for number in 0..10 {
            let at = Moment::from_seconds(begin + second as i64).rfc3339();
            let status = if number < refused {
                format!(
                    "status=bounced (host gmail-smtp-in.l.google.com[192.0.2.1] said: {said} (in reply to end of DATA command))"
                )
            } else {
                "status=sent (250 2.0.0 OK gsmtp)".to_owned()
            };
            let id = format!("4b{second:05}{number}zz");
            writeln!(log, "{at} mx postfix/smtp[2]: {id}: to=<u{second}@gmail.com>, relay=gmail-smtp-in.l.google.com[192.0.2.1]:25, delay=1, dsn=5.7.1, {status}").unwrap();
        }
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    std::fs::write(&path, log).unwrap();
    let read = read_all(vec![Input::File(path)], &Setup::embedded().unwrap(), &mut |_, _| {}).unwrap();
    (read, begin)
}

#[test]
fn it_tells_the_onset_the_levels_the_words_and_the_end_in_order() {
    let calm = [(0, LOW); 4];
    let (read, begin) = read(&[&calm[..], &[(3, LOW), (3, LOW), (9, BULK), (9, BULK)], &calm].concat());
    let told = read.timeline(&read.incidents[0]);
    assert!(told.is_sorted_by_key(|one| one.at), "{told:#?}");
    let seconds = |kind| {
        told.iter().filter(|one| one.kind == kind).map(|one| one.at.seconds() - begin).collect::<Vec<_>>()
    };
    assert!((239..=241).contains(&seconds(Happening::Onset)[0]), "{told:#?}");
    assert!(seconds(Happening::Declared)[0] <= 250);
    assert_eq!(seconds(Happening::Signature).len(), 2, "{told:#?}");
    assert!((359..=361).contains(&seconds(Happening::Signature)[1]));
    assert!((478..=490).contains(&seconds(Happening::End)[0]), "{told:#?}");
    let levels: Vec<_> = told.iter().filter(|one| one.kind == Happening::Level).collect();
    assert!(levels.len() >= 2 && levels[0].what.starts_with("rose to 30"), "{levels:#?}");
    assert!(levels[1].what.starts_with("rose to 9"), "{levels:#?}");
}

#[test]
fn a_rate_that_hovers_about_a_level_is_told_once() {
    let hover: Vec<_> = (0..20).map(|minute| (if minute % 2 == 0 { 4 } else { 3 }, LOW)).collect();
    let (read, _) = read(&[&[(0, LOW); 4][..], &hover].concat());
    let told = read.timeline(&read.incidents[0]);
    let levels = told.iter().filter(|one| one.kind == Happening::Level).count();
    assert!(levels <= 2, "{told:#?}");
}
