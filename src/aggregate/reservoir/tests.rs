use hashbrown::HashMap;
use proptest::prelude::*;

use super::{NAMES, REFUSED, Record, Reservoir, TAKEN, TIERS};
use crate::aggregate::LeafIx;
use crate::model::Moment;

fn at(seconds: i64) -> Moment {
    Moment::from_seconds(1_795_003_200 + seconds)
}

fn record(leaf: u16, chance: u32, source: u16) -> Record {
    Record { source, ..Record::of(LeafIx::new(leaf), chance) }
}

/// What the records in a span stand for, by leaf and source.
fn sums(reservoir: &Reservoir, from: i64, until: i64) -> HashMap<(usize, u16), f64> {
    let mut sums = HashMap::new();
    reservoir.each(at(from), at(until), |_, record, weight| {
        *sums.entry((record.leaf.index(), record.source)).or_default() += weight;
    });
    sums
}

#[test]
fn everything_is_kept_while_there_is_room() {
    let mut reservoir = Reservoir::new();
    for second in 0..24 * 3600 / 60 {
        reservoir.keep(at(second * 60), true, record(1, second as u32, 3));
    }
    let sums = sums(&reservoir, 0, 24 * 3600);
    assert_eq!(sums.get(&(1, 3)), Some(&1_440.0));
}

#[test]
fn what_is_kept_stands_for_all_and_a_flood_leaves_room_for_the_rare() {
    let mut reservoir = Reservoir::new();
    let mut random = fastrand::Rng::with_seed(3);
    for number in 0..60_000 {
        // Leaf 1 floods, leaf 2 is one in two thousand; of each a quarter is of source 7.
        let leaf = if number % 1_000 == 0 { 2 } else { 1 };
        let source = if random.u8(..4) == 0 { 7 } else { 8 };
        reservoir.keep(at(number / 2_000), true, record(leaf, random.u32(..), source));
    }
    let sums = sums(&reservoir, 0, 60);
    let all: f64 = sums.values().sum();
    assert!((45_000.0..75_000.0).contains(&all), "{all}");
    let of = |leaf, source| sums.get(&(leaf, source)).copied().unwrap_or(0.0);
    let share = of(1, 7) / (of(1, 7) + of(1, 8));
    assert!((0.15..0.35).contains(&share), "{share}");
    let mut kept = [0; 3];
    reservoir.each(at(0), at(60), |_, record, _| kept[record.leaf.index()] += 1);
    assert!(kept[2] >= 2, "in proportion it would have none: {kept:?}");
    assert!(kept[1] + kept[2] <= REFUSED.0, "{kept:?}");
}

#[test]
fn memory_is_bounded_whatever_comes() {
    let mut reservoir = Reservoir::new();
    let mut random = fastrand::Rng::with_seed(9);
    for number in 0..40_000u32 {
        let name = format!("d{number}.example");
        let name = reservoir.enter(name.as_bytes());
        let leaf = random.u16(..3_000);
        let of = Record { recipient: name, ..record(leaf, random.u32(..), 1) };
        reservoir.keep(at(i64::from(number) / 40), number % 3 != 0, of);
    }
    for (_, slot) in reservoir.tiers.iter().flat_map(|tier| &tier.slots) {
        assert!(slot.refused.records.len() <= REFUSED.0 && slot.taken.records.len() <= TAKEN.0);
        assert!(slot.refused.cuts.len() <= super::CUTS);
        let records = slot.refused.records.capacity() + slot.taken.records.capacity();
        assert!(records <= REFUSED.0 + TAKEN.0, "{records}");
    }
    assert!(reservoir.names.len() <= NAMES);
    assert_eq!(size_of::<Record>(), 32);
    let slot = (REFUSED.0 + TAKEN.0) * size_of::<Record>() + 2 * super::CUTS * 8;
    let bytes = TIERS.iter().map(|(_, slots)| slots * slot).sum::<usize>() + NAMES * 160;
    assert!(bytes <= 4 * 1024 * 1024, "{bytes}");
}

#[test]
fn what_is_long_ago_is_gone_and_a_snapshot_does_not_see_what_comes_later() {
    let mut reservoir = Reservoir::new();
    reservoir.keep(at(0), false, record(1, 1, 1));
    let frozen = reservoir.clone();
    reservoir.keep(at(30 * 3600), false, record(1, 2, 2));
    reservoir.keep(at(10), false, record(1, 3, 3));
    assert_eq!(sums(&reservoir, -3600, 40 * 3600).len(), 1);
    assert_eq!(sums(&frozen, -3600, 40 * 3600).len(), 1);
    assert!(sums(&frozen, -3600, 40 * 3600).contains_key(&(1, 1)));
}

#[test]
fn a_late_sender_amends_what_was_kept() {
    let mut reservoir = Reservoir::new();
    reservoir.keep(at(0), true, record(1, 77, 1));
    reservoir.keep(at(0), true, record(1, 78, 1));
    let sender = reservoir.enter(b"News.Example");
    assert_eq!(sender, reservoir.enter(b"news.example"));
    let amended = Record { sender, campaign: 5, ..record(1, 77, 0) };
    reservoir.amend(at(0), true, amended);
    let mut seen = Vec::new();
    reservoir.each(at(0), at(60), |_, record, _| seen.push((record.chance, record.campaign)));
    seen.sort_unstable();
    assert_eq!(seen, [(77, 5), (78, 0)]);
}

#[test]
fn rare_names_are_forgotten_before_frequent_ones() {
    let mut reservoir = Reservoir::new();
    for second in 0..50 {
        let recipient = reservoir.enter(b"gmail.com");
        reservoir.keep(at(second), true, Record { recipient, ..record(1, second as u32, 1) });
    }
    for number in 0..3 * NAMES {
        reservoir.enter(format!("d{number}.example").as_bytes());
    }
    let gmail = reservoir.enter(b"gmail.com");
    assert_eq!(reservoir.name(gmail).map(|name| name.as_str()), Some("gmail.com"));
    assert!(reservoir.names.len() <= NAMES);
}

#[test]
fn both_tiers_are_read_and_nothing_twice() {
    let mut reservoir = Reservoir::new();
    let minutes = TIERS[0].1 as i64 * 3;
    for minute in 0..minutes {
        reservoir.keep(at(minute * 60 + 59), false, record(1, minute as u32, 1));
    }
    for cut in [1, 17, 89, 91, 100, 200, minutes] {
        let (before, after) = (sums(&reservoir, 0, cut * 60), sums(&reservoir, cut * 60, minutes * 60));
        let all: f64 = before.values().chain(after.values()).sum();
        assert_eq!(all, minutes as f64, "cut at {cut}");
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(8))]

    #[test]
    fn the_order_of_arrival_does_not_change_the_shares(seed in any::<u64>()) {
        let mut random = fastrand::Rng::with_seed(seed);
        let mut all: Vec<(i64, Record)> = (0..6_000)
            .map(|_| {
                let leaf = if random.u8(..10) == 0 { 2 } else { 1 };
                let source = if random.u8(..10) < 3 { 7 } else { 8 };
                (random.i64(0..240), record(leaf, random.u32(..), source))
            })
            .collect();
        let fill = |all: &[(i64, Record)]| {
            let mut reservoir = Reservoir::new();
            // The newest first, so that both see the same reach.
            reservoir.keep(at(240), true, record(9, 0, 0));
            for (second, record) in all {
                reservoir.keep(at(*second), true, *record);
            }
            sums(&reservoir, 0, 240)
        };
        let ordered = fill(&all);
        random.shuffle(&mut all);
        let shuffled = fill(&all);
        for sums in [&ordered, &shuffled] {
            for leaf in [1, 2] {
                let of = |source| sums.get(&(leaf, source)).copied().unwrap_or(0.0);
                let share = of(7) / (of(7) + of(8));
                prop_assert!((0.0..=1.0).contains(&share));
                prop_assert!((0.15..0.45).contains(&share), "leaf {}: {}", leaf, share);
            }
            let all: f64 = sums.values().sum();
            prop_assert!((4_500.0..7_500.0).contains(&all), "{}", all);
        }
    }
}
