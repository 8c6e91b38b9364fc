#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use proptest::prelude::*;

use super::{CAMPAIGNS, CELLS, Cut, HOURS, Sends};
use crate::aggregate::{LeafIx, LeafKey, ValueIx};
use crate::model::{Category, Moment, Outcome, Party, ProviderIx};
use crate::text::Clean;

/// The begin of an hour.
const BEGIN: i64 = 1_795_003_200;
const MINUTE: i64 = 60;
const HOUR: i64 = 3_600;

fn key(leaf: u16) -> LeafKey {
    let is_delivered = leaf.is_multiple_of(2);
    LeafKey {
        receiver: Party::Known(ProviderIx(leaf / 2)),
        brand: Party::Nobody,
        outcome: if is_delivered { Outcome::Delivered } else { Outcome::Rejected },
        code: if is_delivered { 250 } else { 550 },
        enhanced: None,
        category: (!is_delivered).then_some(Category::UserUnknown),
        signature: 0,
    }
}

fn count(sends: &mut Sends, campaign: ValueIx, leaf: u16, second: i64, times: u32) {
    let name = || Clean::from(format!("c{campaign}").as_str());
    sends.count(campaign, name, (LeafIx::new(leaf), &key(leaf)), at(second), times);
}

fn at(second: i64) -> Moment {
    Moment::from_seconds(BEGIN + second)
}

/// Of each send: campaign, first and last second, attempts.
fn told(sends: &mut Sends) -> Vec<(String, i64, i64, u64)> {
    let of = |cut: &Cut| {
        let second = |moment: Moment| moment.seconds() - BEGIN;
        let attempts = cut.kinds.iter().map(|(_, count)| count).sum();
        (cut.campaign.to_string(), second(cut.first), second(cut.last), attempts)
    };
    sends.kept().cut().iter().map(of).collect()
}

fn one(name: &str, first: i64, last: i64, attempts: u64) -> (String, i64, i64, u64) {
    (name.to_owned(), first, last, attempts)
}

#[test]
fn a_pause_of_more_than_two_hours_is_between_two_sends() {
    let mut sends = Sends::new();
    for second in [10, 40 * MINUTE, 160 * MINUTE, 280 * MINUTE + 1, 281 * MINUTE] {
        count(&mut sends, 1, 0, second, 1);
    }
    count(&mut sends, 2, 0, 300 * MINUTE, 1);
    assert_eq!(
        told(&mut sends),
        [
            one("c1", 10, 160 * MINUTE, 3),
            one("c1", 280 * MINUTE + 1, 281 * MINUTE, 2),
            one("c2", 300 * MINUTE, 300 * MINUTE, 1)
        ]
    );
}

#[test]
fn what_never_pauses_is_cut_after_a_day() {
    let mut sends = Sends::new();
    for hour in 0..60 {
        count(&mut sends, 1, 0, hour * HOUR + 30, 10);
    }
    let told: Vec<u64> = told(&mut sends).iter().map(|(.., attempts)| *attempts).collect();
    assert_eq!(told, [240, 240, 120]);
}

#[test]
fn retries_do_not_tie_tomorrows_send_to_todays() {
    let mut sends = Sends::new();
    count(&mut sends, 1, 0, 0, 5_000);
    for hour in 1..20 {
        count(&mut sends, 1, 1, hour * HOUR, 3);
    }
    count(&mut sends, 1, 0, 20 * HOUR + 5, 200);
    count(&mut sends, 1, 0, 21 * HOUR, 9_000);
    assert_eq!(
        told(&mut sends),
        [one("c1", 0, 19 * HOUR, 5_057), one("c1", 20 * HOUR + 5, 21 * HOUR, 9_200)]
    );
}

#[test]
fn campaigns_beyond_the_limit_are_counted_together() {
    let mut sends = Sends::new();
    for campaign in 1..30_000 {
        // An index has 16 bits; what a dimension gives a second time is another one above them.
        count(&mut sends, campaign, 0, i64::from(campaign), 1);
    }
    let kept = sends.kept();
    let in_sends: u64 = kept.cut().iter().flat_map(|cut| &cut.kinds).map(|(_, count)| count).sum();
    assert_eq!(in_sends + kept.of_others() + kept.forgotten(), 29_999);
    assert!(kept.names.len() <= CAMPAIGNS && kept.forgotten() == 0);
}

#[test]
fn small_campaigns_that_are_over_make_room_and_large_ones_stay() {
    let mut sends = Sends::new();
    for hour in 0..40 {
        count(&mut sends, 1, 0, hour * 2 * HOUR, 500);
        for campaign in 0..1_000 {
            // A row that is used again has another index.
            let again = (hour as u32) << 16 | (campaign + 2);
            count(&mut sends, again, 0, hour * 2 * HOUR + i64::from(campaign), 1);
        }
    }
    let large: u64 = told(&mut sends).iter().filter(|send| send.0 == "c1").map(|send| send.3).sum();
    assert_eq!(large, 40 * 500);
    let newest = told(&mut sends).iter().filter(|send| send.1 >= 78 * HOUR).count();
    assert_eq!(newest, 1_000, "and what is new has a row");
}

#[test]
fn memory_has_a_bound_and_nothing_is_lost_without_a_word() {
    for forwards in [true, false] {
        let mut sends = Sends::new();
        let mut all = 0;
        for hour in 0..3_000 {
            let hour = if forwards { hour } else { 3_000 - hour };
            for number in 0..100_u16 {
                count(&mut sends, 1 + u32::from(number % 50), number, hour * HOUR + i64::from(number), 2);
                all += 2;
            }
        }
        let kept = sends.kept();
        let in_sends: u64 = kept.cut().iter().flat_map(|cut| &cut.kinds).map(|(_, count)| count).sum();
        assert_eq!(in_sends + kept.of_others() + kept.forgotten(), all);
        assert!(kept.cells <= CELLS + 4_096 && kept.hours.len() <= HOURS, "{}", kept.cells);
        assert_eq!(kept.cells, kept.hours.values().map(|hour| hour.cells.len()).sum::<usize>());
        let newest = kept.hours.last_key_value().unwrap();
        assert_eq!(newest.1.cells.len(), 100, "the newest hour is whole");
    }
}

#[test]
fn one_hour_that_is_full_counts_as_the_others() {
    let mut sends = Sends::new();
    for campaign in 1..4_000 {
        for leaf in 0..50 {
            count(&mut sends, campaign, leaf, 1, 1);
        }
    }
    let kept = sends.kept();
    let in_sends: u64 = kept.cut().iter().flat_map(|cut| &cut.kinds).map(|(_, count)| count).sum();
    assert_eq!((in_sends + kept.of_others(), kept.forgotten()), (3_999 * 50, 0));
    assert!(kept.cells <= CELLS + 4_096);
}

proptest! {
    #[test]
    fn the_order_of_arrival_does_not_matter(
        attempts in prop::collection::vec((1u32..5, 0u16..12, 0i64..200_000, 1u32..90), 1..400),
        seed in any::<u64>(),
    ) {
        let mut shuffled = attempts.clone();
        fastrand::Rng::with_seed(seed).shuffle(&mut shuffled);
        let mut sorted = attempts;
        sorted.sort_by_key(|(_, _, second, _)| *second);
        let cut = |attempts: &[(u32, u16, i64, u32)]| {
            let mut sends = Sends::new();
            for (campaign, leaf, second, times) in attempts {
                count(&mut sends, *campaign, *leaf, *second, *times);
            }
            let kept = sends.kept();
            let mut cuts: Vec<_> = kept
                .cut()
                .iter()
                .map(|cut| {
                    let kinds = cut.kinds.iter().map(|(kind, count)| (kept.kind(*kind).unwrap().1.index(), *count));
                    let mut kinds: Vec<_> = kinds.collect();
                    kinds.sort_unstable();
                    (cut.campaign.to_string(), cut.first, cut.last, kinds)
                })
                .collect();
            cuts.sort();
            cuts
        };
        prop_assert_eq!(cut(&shuffled), cut(&sorted));
    }
}
