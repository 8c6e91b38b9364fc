//! Summaries of past sends: merged, bounded, broken.

use std::fs;

use proptest::prelude::*;

use super::here;
use crate::model::Moment;
use crate::record::{Folder, PastSend, RecordError};
use crate::text::Clean;

fn send(campaign: &str, first: i64, last: i64, attempts: u64) -> PastSend {
    PastSend {
        campaign: Clean::from(campaign),
        first: Moment::from_seconds(first),
        last: Moment::from_seconds(last),
        attempts,
        ..PastSend::default()
    }
}

fn file(folder: &Folder) -> std::path::PathBuf {
    folder.path().join("sends.jsonl")
}

#[test]
fn a_send_is_kept_as_it_went_on_for_longest() {
    let (_home, folder) = here();
    assert_eq!(folder.past_sends(), []);
    folder.keep_sends(&[]).unwrap();
    assert!(!folder.path().exists(), "nothing to keep makes nothing");
    let of_one_console = [send("nov", 10, 50, 5), send("oct", 5, 9, 1)];
    folder.keep_sends(&of_one_console).unwrap();
    folder.keep_sends(&[send("nov", 10, 40, 9), send("nov", 11, 90, 2)]).unwrap();
    assert_eq!(folder.past_sends(), [send("nov", 11, 90, 2), send("nov", 10, 50, 5), send("oct", 5, 9, 1)]);
    folder.keep_sends(&[send("nov", 10, 50, 6)]).unwrap();
    assert_eq!(folder.past_sends()[1], send("nov", 10, 50, 6));
}

#[test]
fn a_line_is_one_that_a_person_can_read() {
    let (_home, folder) = here();
    let send = PastSend {
        rejected: 4,
        deferred: 3,
        unknown_users: 2,
        complaints: 1,
        providers: vec![(Clean::from("outlook"), 10, 0), (Clean::from("gmail"), 90, 4)],
        ..send("nov", 1_795_271_260, 1_795_274_860, 100)
    };
    folder.keep_sends(&[send]).unwrap();
    assert_eq!(
        fs::read_to_string(file(&folder)).unwrap(),
        "{\"fivefifty\":\"sends\",\"version\":1}\n\
         {\"campaign\":\"nov\",\"first\":\"2026-11-21T14:27:40Z\",\"last\":\"2026-11-21T15:27:40Z\",\
         \"attempts\":100,\"rejected\":4,\"deferred\":3,\"unknown_users\":2,\"complaints\":1,\
         \"providers\":[[\"gmail\",90,4],[\"outlook\",10,0]]}\n"
    );
}

#[test]
fn the_latest_of_many_are_kept() {
    let (_home, folder) = here();
    let daily: Vec<_> = (0..60).map(|day| send("daily", day * 100, day * 100 + 50, 1)).collect();
    folder.keep_sends(&daily).unwrap();
    let kept = folder.past_sends();
    assert_eq!(
        (kept.len(), kept[0].first, kept[39].first),
        (40, Moment::from_seconds(5900), Moment::from_seconds(2000))
    );
    let others: Vec<_> = (0..3000).map(|n| send(&format!("c{n}"), 9000, 10_000 + n, 1)).collect();
    folder.keep_sends(&others).unwrap();
    let kept = folder.past_sends();
    assert_eq!((kept.len(), &*kept[0].campaign, &*kept[1999].campaign), (2000, "c2999", "c1000"));
    let many = (0..30).map(|n| (Clean::from(format!("p{n:02}").as_str()), n, 0)).collect();
    folder.keep_sends(&[PastSend { providers: many, ..send("wide", 1, 99_999, 1) }]).unwrap();
    let providers = &folder.past_sends()[0].providers;
    assert_eq!((providers.len(), providers[0].1, providers[11].1), (12, 29, 18));
}

#[test]
fn the_longest_names_leave_the_file_within_its_limit() {
    let (_home, folder) = here();
    let long = Clean::from("\"".repeat(999).as_str());
    let wide = PastSend { providers: vec![(long.clone(), u64::MAX, u64::MAX); 12], ..PastSend::default() };
    let sends: Vec<_> = (0..2000u32)
        .map(|n| PastSend {
            campaign: Clean::from(format!("{n}{long}").as_str()),
            last: Moment::from_seconds(i64::from(n)),
            ..wide.clone()
        })
        .collect();
    folder.keep_sends(&sends).unwrap();
    assert_eq!(folder.past_sends().len(), 2000);
    assert!(fs::metadata(file(&folder)).unwrap().len() < 8 << 20);
}

#[test]
fn a_newer_format_is_left_alone() {
    let (_home, folder) = here();
    fs::create_dir_all(folder.path()).unwrap();
    let newer = "{\"fivefifty\":\"sends\",\"version\":2}\n{}\n";
    fs::write(file(&folder), newer).unwrap();
    assert_eq!(folder.past_sends(), []);
    assert!(matches!(folder.keep_sends(&[send("nov", 1, 2, 3)]), Err(RecordError::Newer { .. })));
    assert_eq!(fs::read_to_string(file(&folder)).unwrap(), newer);
}

#[test]
fn counts_that_no_send_can_have_are_made_possible() {
    let (_home, folder) = here();
    fs::create_dir_all(folder.path()).unwrap();
    let max = u64::MAX;
    let mut text = "{\"fivefifty\":\"sends\",\"version\":1}\n".to_owned();
    for n in 0..40 {
        text += &format!(
            "{{\"campaign\":\"nov\",\"first\":\"2026-11-{0:02}T{1:02}:00:00Z\",\"last\":\"2026-11-{0:02}T{1:02}:30:00Z\",\
             \"attempts\":{max},\"rejected\":{max},\"deferred\":{max},\"unknown_users\":{max},\"complaints\":{max},\
             \"providers\":[[\"gmail\",{max},{max}],[\"gmail\",3,{max}]]}}\n",
            1 + n / 20,
            n % 20,
        );
    }
    fs::write(file(&folder), text).unwrap();
    let kept = folder.past_sends();
    assert_eq!(kept.len(), 40);
    let sum = |of: fn(&PastSend) -> u64| kept.iter().try_fold(0_u64, |sum, send| sum.checked_add(of(send)));
    assert!(sum(|send| send.attempts).is_some() && sum(|send| send.complaints).is_some());
    for send in &kept {
        assert!(send.rejected + send.deferred <= send.attempts && send.unknown_users <= send.rejected);
        assert!(send.providers.iter().all(|(_, attempts, rejected)| rejected <= attempts));
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_file_harms_and_what_is_whole_in_it_stays(junk: Vec<u8>, name: String, first: i64, last: i64, n: u64) {
        let (_home, folder) = here();
        let first_one = send("nov", 10, i64::from(u32::MAX), 5);
        folder.keep_sends(std::slice::from_ref(&first_one)).unwrap();
        let mut bytes = fs::read(file(&folder)).unwrap();
        bytes.extend(junk);
        fs::write(file(&folder), bytes).unwrap();
        let other = PastSend {
            campaign: Clean::from(name.as_str()),
            first: Moment::from_millis(first),
            last: Moment::from_millis(last),
            attempts: n,
            providers: vec![(Clean::from(name.as_str()), n, n)],
            ..PastSend::default()
        };
        folder.keep_sends(std::slice::from_ref(&other)).unwrap();
        let kept = folder.past_sends();
        prop_assert!(kept.contains(&first_one));
        prop_assert_eq!(kept.len(), 2);
        folder.keep_sends(&[other]).unwrap();
        prop_assert_eq!(folder.past_sends(), kept, "keeping what is kept changes nothing");
    }
}
