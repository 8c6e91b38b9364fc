//! What a chart shows while time goes on.
#![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

use std::collections::BTreeMap;
use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{SCALE, chart, rates, top, whole};
use crate::engine::{Filter, Input, Scope, Series, Setup, Snapshot, read_all};
use crate::model::{Moment, Window};
use crate::ui::theme::Theme;
use crate::ui::view::canvas::Canvas;

#[test]
fn slots_are_added_up_or_repeated_and_silence_is_not_zero() {
    let series = Series {
        from: Moment::from_seconds(0),
        step: 1000,
        attempts: vec![10, 10, 0, 0],
        rejected: vec![1, 3, 0, 0],
        baseline: None,
        peak: None,
        about: false,
    };
    assert_eq!(rates(&series, 2), [Some(0.2), None]);
    assert_eq!(rates(&series, 8)[..4], [Some(0.1), Some(0.1), Some(0.3), Some(0.3)]);
    let none = Series { attempts: Vec::new(), rejected: Vec::new(), ..series };
    assert_eq!(rates(&none, 2), [None, None]);
}

/// Two hours of attempts, three a second, whose rate rises and falls; at noon its newest line.
fn two_hours() -> Snapshot {
    let mut text = String::new();
    let noon = 1_763_726_400;
    for number in 0..21_600_i64 {
        let at = Moment::from_seconds(noon - 7_200 + number / 3).rfc3339();
        let refused = number * 7_919 % 100 < (number / 300 % 60);
        let said = if refused {
            "dsn=5.7.1, status=bounced (host x[192.0.2.9] said: 550 5.7.1 no)"
        } else {
            "dsn=2.0.0, status=sent (250 ok)"
        };
        writeln!(
            text,
            "{at} mx1 postfix/smtp[7]: 4Xz1Qb0L{number:07}: to=<u@a.example>, relay=x[192.0.2.9]:25, delay=1, delays=0/0/0/1, {said}"
        )
        .unwrap();
    }
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("mail.log");
    std::fs::write(&path, text).unwrap();
    read_all(vec![Input::File(path)], &Setup::embedded().unwrap(), &mut |_, _| {}).unwrap()
}

/// The columns of the complete slots of a chart, by the time at which their slot begins.
fn complete(snapshot: &Snapshot, window: Window, width: u16) -> BTreeMap<i64, String> {
    let area = Rect::new(0, 0, width, 14);
    let slots = usize::from(width - SCALE - 1);
    let series = snapshot.series(window, &Scope::default(), &Filter::default(), slots);
    let (theme, mut buffer) = (Theme::named("default").unwrap(), Buffer::empty(area));
    chart(&mut Canvas::new(&mut buffer, area, &theme), area, (&series, snapshot.now), None, None);
    let column = |x: u16| (1..13).map(|y| format!("{:?}", buffer[(x, y)])).collect::<String>();
    let at = |slot: usize| series.from.millis() + series.step * i64::try_from(slot).unwrap();
    assert_eq!(series.attempts.len(), slots, "a slot is a column");
    assert!(at(slots) > snapshot.now.millis() && at(slots - 1) <= snapshot.now.millis());
    (0..slots - 1).map(|slot| (at(slot), column(SCALE + u16::try_from(slot).unwrap()))).collect()
}

#[test]
fn bars_of_complete_slots_stand_while_time_goes_on() {
    let mut snapshot = two_hours();
    for (window, width) in
        [(Window::M5, 40), (Window::M15, 40), (Window::M15, 120), (Window::H1, 40), (Window::H6, 66)]
    {
        let now = snapshot.now;
        let mut before = complete(&snapshot, window, width);
        assert!(before.len() > 30);
        for second in 1..=90 {
            snapshot.now = now.plus_millis(second * 1_000);
            let after = complete(&snapshot, window, width);
            let both = before.iter().filter(|(at, _)| after.contains_key(*at));
            let mut stood = 0;
            for (at, column) in both {
                assert_eq!(after[at], *column, "{window} at {at}, {second} s later");
                stood += 1;
            }
            assert!(stood + 2 >= before.len(), "{window}: {stood} of {}", before.len());
            before = after;
        }
        snapshot.now = now;
    }
}

#[test]
fn the_scale_waits_for_what_just_left_and_for_enough_of_what_is_not_complete() {
    let series = |attempts: u64, peak| Series {
        from: Moment::from_seconds(0),
        step: 1000,
        attempts: vec![100, 100, attempts],
        rejected: vec![1, 2, attempts],
        baseline: None,
        peak,
        about: false,
    };
    let end = |series: &Series| {
        let rates = rates(series, 3);
        top(series, &rates[..whole(series, 3)], None)
    };
    assert!((end(&series(3, None)) - 0.02).abs() < 1e-9, "three attempts move nothing");
    assert!((end(&series(30, None)) - 1.0).abs() < 1e-9);
    assert!((end(&series(3, Some(0.4))) - 0.5).abs() < 1e-9, "it was higher a moment ago");
    assert_eq!(
        (whole(&series(3, None), 3), whole(&series(3, None), 6), whole(&series(3, None), 2)),
        (2, 4, 1)
    );
}
