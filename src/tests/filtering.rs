//! What a filter lets through, against a count of every reply of an incident's log.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::fs;
use std::io::Read as _;
use std::path::Path;

use fivefifty::engine::{Filter, Input, Saved, Scope, Setup, Snapshot, Specimen, Stop, read_all, replies};
use fivefifty::model::{Moment, Window};

/// How far a share may be from its interval of 95 %, as a part of the interval's half: of a few hundred
/// questions the worst one is further out than most.
const SLACK: f64 = 1.2;

/// A scenario's log, in which each attempt is there so many `times`: what was counted, and every reply.
fn read(scenario: &str, times: usize) -> (Snapshot, Vec<Specimen>) {
    let setup = Setup::embedded().unwrap();
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents").join(scenario);
    let mut files = fs::read_dir(root).unwrap().map(|entry| entry.unwrap().path());
    let packed = files.find(|path| path.extension().is_some_and(|end| end == "gz")).unwrap();
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("mail.log");
    let mut text = String::new();
    flate2::read::MultiGzDecoder::new(fs::File::open(packed).unwrap()).read_to_string(&mut text).unwrap();
    let often = |line: &str| if line.contains(" status=") { times } else { 1 };
    let text: String = text.split_inclusive('\n').map(|line| line.repeat(often(line))).collect();
    fs::write(&log, text).unwrap();
    let snapshot = read_all(vec![Input::File(log.clone())], &setup, &mut |_, _| {}).unwrap();
    let expected = snapshot.board(None, &Filter::default()).passed.of;
    let stop = Stop::default();
    let mut all = Vec::new();
    let mut tell = |one: &Specimen| {
        all.push(one.clone());
        if all.len() as u64 >= expected {
            stop.set();
        }
    };
    replies(vec![Input::File(log)], &setup, false, None, &stop, &mut tell, &mut |_| {}).unwrap();
    assert_eq!(all.len() as u64, expected);
    (snapshot, all)
}

/// Filters that ask for values that the log has: each alone, and a few together.
fn questions(snapshot: &Snapshot, all: &[Specimen]) -> Vec<String> {
    let mut asked = Vec::new();
    let mut add = |key: &str, of: fn(&Specimen) -> String| {
        let mut values: Vec<String> = all.iter().map(of).filter(|value| !value.is_empty()).collect();
        values.sort();
        values.dedup();
        let some = values.len().div_ceil(6).max(1);
        asked.extend(values.iter().step_by(some).map(|value| Filter::exactly(key, value)));
    };
    add("source", |one| one.source.to_string());
    add("host", |one| one.host.to_string());
    add("campaign", |one| one.campaign.to_string());
    add("stage", |one| one.stage.map_or_else(String::new, |stage| stage.id().into()));
    add("domain", |one| one.recipient.rsplit_once('@').map_or_else(String::new, |(_, to)| to.into()));
    add("from", |one| one.sender.rsplit_once('@').map_or_else(String::new, |(_, from)| from.into()));
    let provider = snapshot.board(None, &Filter::default()).rows[0].id.clone();
    let both: Vec<String> = asked.iter().step_by(3).map(|one| format!("{one} provider={provider}")).collect();
    asked.extend(both);
    asked.extend([
        "code:5*".to_owned(),
        "code:4*".to_owned(),
        "cat:user".to_owned(),
        format!("provider={provider}"),
    ]);
    asked
}

/// Whether a filter lets a reply through.
fn passes(filter: &Filter, one: &Specimen) -> bool {
    filter.passes(one, &one.provider.as_deref().unwrap_or_default().replace('-', " "))
}

/// The replies of a window that a filter lets through.
fn by_hand(all: &[Specimen], from: Moment, filter: &Filter) -> u64 {
    let second = |at: Moment| Moment::from_seconds(at.millis().div_euclid(1_000));
    all.iter().filter(|one| second(one.at) >= from && passes(filter, one)).count() as u64
}

#[test]
fn what_is_let_through_is_what_a_count_of_every_reply_says() {
    let (mut estimated, mut asked) = (0, 0);
    // Of a log that is many times as busy a sample is kept.
    for (scenario, times) in
        [("gmail-reputation", 1), ("list-quality", 1), ("provider-outage", 1), ("gmail-reputation", 30)]
    {
        let (snapshot, all) = read(scenario, times);
        let end = snapshot.now;
        for text in questions(&snapshot, &all) {
            for window in [None, Some(Window::M5), Some(Window::M15)] {
                let from = window
                    .map_or(Moment::from_millis(i64::MIN / 4), |window| end.plus_millis(-window.millis()));
                let filter = Filter::parse(&text).unwrap();
                let passed = snapshot.board(window, &filter).passed;
                let hand = by_hand(&all, from, &filter);
                let what = format!("{scenario} {window:?} {text}: {passed:?}, by hand {hand}");
                assert_eq!(passed.of, by_hand(&all, from, &Filter::default()), "{what}");
                asked += 1;
                if !passed.estimated {
                    assert_eq!(passed.count, hand, "{what}");
                    continue;
                }
                estimated += 1;
                let (low, high) = passed.looked_at.interval();
                let share = hand as f64 / passed.of.max(1) as f64;
                let slack = (high - low) / 2.0 * SLACK;
                assert!(share >= low - slack && share <= high + slack, "{what}: {low}–{high}");
            }
        }
    }
    assert!(asked > 150, "{asked} questions");
    assert!(estimated > 20, "{estimated} estimates of {asked}");
}

#[test]
fn what_a_filter_finds_beside_an_incident_is_no_incident() {
    let (whole, _) = read("gmail-reputation", 1);
    let incident = &whole.incidents[0];
    let snapshot = whole.at(incident.onset.plus_millis(8 * 60_000));
    let told = |scope: &Scope, filter: &str| {
        let filter = Filter::parse(filter).unwrap();
        snapshot.diagnosis(Window::M5, scope, &filter, &fivefifty::engine::Answers::default()).remedy.verdict
    };
    let provider = incident.provider.clone().unwrap();
    let board = snapshot.board(Window::M5, &Filter::default());
    let row = board.rows.iter().find(|row| row.id == provider).unwrap();
    let mut beside = 0;
    for (scope, row) in [
        (Scope { provider: Some(provider.clone()), ..Scope::default() }, row),
        (Scope::default(), &board.total),
    ] {
        for (column, count) in board.columns.iter().zip(&row.cells) {
            // A few refusals beside thousands.
            if column.class == 5 && *count > 0 && count * 20 < row.rejected {
                let verdict = told(&scope, &format!("code:{}", column.label));
                assert!(verdict.starts_with("Not what drives the rate here"), "{}: {verdict}", column.label);
                beside += 1;
            }
        }
        let verdict = told(&scope, "code:5*");
        assert!(!verdict.starts_with("Not what drives"), "{verdict}");
    }
    assert!(beside > 0, "nothing lies beside it: {board:?}");
}

#[test]
fn attempts_are_filtered_as_well_so_that_rates_stay_right() {
    for times in [1, 30] {
        are_filtered(&read("gmail-reputation", times).0);
    }
}

fn are_filtered(snapshot: &Snapshot) {
    let whole = snapshot.board(None, &Filter::default());
    let mut asked = 0;
    for (key, tallies) in
        [("source", &snapshot.tallies), ("host", &snapshot.host_tallies), ("campaign", &snapshot.campaigns)]
    {
        for (name, tally) in
            tallies.iter().filter(|(name, tally)| tally.attempts > 300 && name.as_str() != "other")
        {
            let filter = Filter::parse(&Filter::exactly(key, name)).unwrap();
            let board = snapshot.board(None, &filter);
            let what = format!("{key} {name}: {:?}, {tally:?}", board.total);
            let off = |one: u64, other: u64| (one as f64 - other as f64).abs();
            if !board.about.attempts {
                assert_eq!(board.total.attempts, tally.attempts, "{what}");
            }
            assert!(off(board.total.attempts, tally.attempts) < 0.1 * tally.attempts as f64, "{what}");
            let real = tally.code_5xx as f64 / tally.attempts as f64;
            assert!((board.total.rate - real).abs() < 0.02 + 0.2 * real, "{what}: {real}");
            let rows: u64 = board.rows.iter().map(|row| row.attempts).sum();
            assert_eq!(rows, board.total.attempts);
            assert!(board.total.attempts <= whole.total.attempts);
            asked += 1;
        }
    }
    assert!(asked >= 3, "{asked}");
}

#[test]
fn a_filter_and_its_negation_share_all_that_is_counted() {
    let (snapshot, all) = read("list-quality", 1);
    let mut texts = questions(&snapshot, &all);
    texts.extend(
        ["new", "user", "text~\"does not exist\"", "code:5* !cat:user", "new provider:gmail"].map(Into::into),
    );
    for text in texts {
        let saved = Saved::new([("it".to_owned(), text.clone())]).unwrap();
        let parsed = |text: &str| Filter::parse_with(text, &saved).unwrap();
        for window in [None, Some(Window::M15)] {
            let [yes, no] = ["@it", "!@it"].map(|text| snapshot.board(window, &parsed(text)));
            let all = snapshot.board(window, &Filter::default());
            let off = |sum: u64, whole: u64| sum.abs_diff(whole);
            let sum = yes.passed.count + no.passed.count;
            // Estimates are rounded leaf by leaf.
            let round = if yes.passed.estimated { 2 + all.passed.of / 50 } else { 0 };
            assert!(off(sum, all.passed.of) <= round, "{text} {window:?}: {sum} of {}", all.passed.of);
            assert_eq!(yes.passed.estimated, no.passed.estimated, "{text}");
        }
    }
}

#[test]
fn a_series_a_sample_and_signatures_are_those_of_the_board() {
    let (snapshot, _) = read("gmail-reputation", 1);
    let source = &snapshot.tallies[0].0;
    let scope = Scope::default();
    for text in [
        Filter::exactly("source", source),
        format!("!{}", Filter::exactly("source", source)),
        "stage:data".into(),
    ] {
        let filter = Filter::parse(&text).unwrap();
        let board = snapshot.board(Window::H1, &filter);
        let sample = snapshot.sample(Window::H1, &scope, &filter, 25);
        assert!(sample.strings.iter().all(|one| passes(&filter, one)), "{text}");
        let said: u64 = snapshot.signatures(Window::H1, &scope, &filter).iter().map(|row| row.count).sum();
        assert_eq!(sample.of, said);
        let coded = board.total.rejected + board.total.deferred;
        assert!(said.abs_diff(coded) <= 2 + coded / 50, "{text}: {said}, {coded}");
        let series = snapshot.series(Window::H1, &scope, &filter, 60);
        let rejected: u64 = series.rejected.iter().sum();
        // Its slots begin at multiples of their width, not with the window.
        assert!(
            rejected.abs_diff(board.total.rejected) <= 60 + board.total.rejected / 10,
            "{text}: {rejected}"
        );
        let tried: u64 = series.attempts.iter().sum();
        assert!(tried.abs_diff(board.total.attempts) <= 300 + board.total.attempts / 10, "{text}: {tried}");
        assert_eq!(series.about, board.about.rates());
    }
}
