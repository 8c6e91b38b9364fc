use super::{Candidate, Dimension, Measured, Portion, Weighed, ranked};
use crate::text::Clean;

fn portion(count: u64, of: u64) -> Portion {
    Portion { count, of }
}

fn candidate(dimension: Dimension, value: &str, shares: [Portion; 3]) -> Candidate {
    let [within, delivered, before] = shares.map(Measured::from);
    Candidate { dimension, value: Clean::from(value), within, delivered, before, known: 1.0, seen: false }
}

#[test]
fn small_numbers_have_wide_intervals() {
    let (low, high) = portion(3, 3).interval();
    assert!(low < 0.45 && high > 0.99, "{low} {high}");
    let (low, high) = portion(910, 1_000).interval();
    assert!(low > 0.88 && high < 0.93, "{low} {high}");
    assert_eq!(Portion::default().interval(), (0.0, 1.0));
}

#[test]
fn a_difference_is_as_newcombe_has_it() {
    // Newcombe 1998, table II, (a): 56/70 against 48/80, method 10: 0.0524 to 0.3339.
    let low = portion(56, 70).exceeds(portion(48, 80));
    assert!((low - 0.0524).abs() < 0.000_2, "{low}");
    // (f): 10/10 against 0/20: 0.6791 to 1.
    let low = portion(10, 10).exceeds(portion(0, 20));
    assert!((low - 0.6791).abs() < 0.000_2, "{low}");
}

#[test]
fn what_all_mail_has_explains_nothing() {
    let everywhere = candidate(
        Dimension::Source,
        "192.0.2.7",
        [portion(960, 1_000), portion(9_600, 10_000), portion(96_000, 100_000)],
    );
    assert!(everywhere.explains().is_some_and(|share| share < 0.01));
    assert!(everywhere.difference().is_none());
    // Neither does what only the mail beside it has, or only the mail before.
    for (delivered, before) in [(9_600, 100), (100, 9_600)] {
        let shares = [portion(960, 1_000), portion(delivered, 10_000), portion(before, 10_000)];
        let half = candidate(Dimension::Source, "192.0.2.7", shares);
        assert!(half.explains().is_some_and(|share| share < 0.01));
    }
}

#[test]
fn what_is_in_excess_is_explained() {
    let shares = [portion(910, 1_000), portion(900, 10_000), portion(9_000, 100_000)];
    let explains = candidate(Dimension::Campaign, "nov-blk", shares).explains().unwrap_or_default();
    // (0.91 − 0.09) / (1 − 0.09) = 0.901, less what a thousand may be wrong by.
    assert!((0.87..0.90).contains(&explains), "{explains}");
    let half = Candidate { known: 0.5, ..candidate(Dimension::Campaign, "nov-blk", shares) };
    let known = half.explains().unwrap_or_default();
    assert!((known - explains / 2.0).abs() < 1e-9, "of the other half nothing is known: {known}");
}

#[test]
fn few_rejections_and_nothing_to_compare_with_give_nothing() {
    let named = |within, delivered, before| {
        candidate(Dimension::Campaign, "a", [within, delivered, before]).difference().is_some()
    };
    assert!(!named(portion(4, 4), portion(0, 1_000), portion(0, 1_000)));
    assert!(named(portion(5, 5), portion(0, 1_000), portion(0, 1_000)));
    assert!(!named(portion(500, 500), portion(0, 9), portion(0, 9)));
    // Three of six against a third of all mail may be chance.
    assert!(!named(portion(3, 6), portion(300, 1_000), portion(300, 1_000)));
    assert!(!named(portion(6, 12), portion(300, 1_000), portion(300, 1_000)));
}

#[test]
fn what_is_new_and_everywhere_is_named_but_explains_nothing() {
    let shares = [portion(99, 100), portion(990, 1_000), portion(0, 5_000)];
    let one = candidate(Dimension::Campaign, "a", shares).difference();
    assert!(one.is_some_and(|one| one.fresh && one.explains < 0.05));
    let seen = Candidate { seen: true, ..candidate(Dimension::Campaign, "a", shares) };
    assert!(seen.difference().is_none());
}

#[test]
fn one_story_is_told_once_and_begins_with_what_can_be_acted_on() {
    let shares = [portion(950, 1_000), portion(50, 1_000), portion(50, 1_000)];
    let less = [portion(500, 1_000), portion(50, 1_000), portion(50, 1_000)];
    let more = [portion(970, 1_000), portion(50, 1_000), portion(50, 1_000)];
    let all = [
        candidate(Dimension::Relay, "mx.example", less),
        candidate(Dimension::Sender, "news.example", shares),
        candidate(Dimension::Source, "192.0.2.7", more),
        candidate(Dimension::Campaign, "nov-blk", shares),
    ];
    let all: Vec<_> =
        all.into_iter().enumerate().filter_map(|(at, one)| Some((one.difference()?, at))).collect();
    let told = ranked(all, |a, b| if a == 0 || b == 0 { 0.5 } else { 0.98 });
    let told: Vec<_> = told
        .iter()
        .map(|one| {
            let also: Vec<_> = one.also.iter().map(|also| also.value.as_str()).collect();
            (one.value.as_str(), also)
        })
        .collect();
    assert_eq!(told, [("nov-blk", vec!["192.0.2.7", "news.example"]), ("mx.example", vec![])]);
}

#[test]
fn unequal_weights_tell_less() {
    let mut equal = Weighed::default();
    (0..100).for_each(|_| equal.add(7.0));
    let measured = equal.measured(350.0);
    assert_eq!(measured.looked_at, portion(50, 100));
    assert_eq!((measured.count, measured.of, measured.about()), (350, 700, "~"), "for how many they stand");
    let mut unequal = Weighed::default();
    (0..99).for_each(|_| unequal.add(1.0));
    unequal.add(1_000.0);
    assert!(unequal.measured(1_000.0).looked_at.of <= 2);
    assert_eq!(Weighed::default().measured(0.0), Measured::default());
    let mut all = Weighed::default();
    (0..390).for_each(|_| all.add(1.0));
    assert_eq!(all.measured(14.0), portion(14, 390).into(), "what is kept whole is exact");
}
