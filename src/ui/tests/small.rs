//! A terminal with few rows: what is looked at has all but two of them, and what is longer is scrolled.

use super::{Operator, Send};
use crate::ui::run::FIRST_STEPS;

const SMALL: (u16, u16) = (40, 12);

fn operator(keys: &str) -> Operator {
    let mut operator = Operator::at(Send::incident(), SMALL, "default");
    operator.press(keys);
    operator
}

/// What is on the screen, row by row.
fn rows(operator: &Operator) -> Vec<String> {
    operator.screen().lines().map(ToOwned::to_owned).collect()
}

/// Every row that comes into sight while `key` goes on changing the screen.
fn read_to_the_end(operator: &mut Operator, key: &str) -> String {
    let mut read = Vec::new();
    for _ in 0..200 {
        let shown = rows(operator);
        let is_the_end = read.ends_with(&shown);
        read.extend(shown.clone());
        operator.press(key);
        if is_the_end || rows(operator) == shown {
            break;
        }
    }
    read.join("\n")
}

#[test]
fn header_and_place_share_a_row() {
    for keys in ["<enter>", "<enter><tab>", "c", "I", "C", "L", "S", "e", "p"] {
        let operator = operator(keys);
        let rows = rows(&operator);
        assert!(rows[0].ends_with("14:32") && rows[0].starts_with(" ●"), "{keys}: {}", rows[0]);
        let heading = rows.iter().position(|row| row.starts_with('━'));
        let facts = usize::from(keys == "I");
        assert_eq!(heading, Some(1 + facts), "{keys}: {rows:#?}");
        assert!(rows[11].starts_with(" ? help"), "{keys}: {}", rows[11]);
    }
}

#[test]
fn one_string_is_read_in_full_and_the_next_one_follows() {
    let mut operator = operator("<enter><enter>");
    assert!(!operator.screen().contains("severity"));
    for _ in 0..40 {
        if operator.screen().contains("decided") {
            break;
        }
        assert_eq!(operator.console.state.drill.string, 0);
        operator.press("j");
    }
    assert!(operator.screen().contains("decided"), "{}", operator.screen());
    // What decided may fill more than the last row.
    for _ in 0..4 {
        if operator.console.state.drill.string == 0 {
            operator.press("j");
        }
    }
    assert_eq!((operator.console.state.drill.string, operator.console.state.drill.read), (1, 0));
    operator.press("<pagedown><esc>");
    assert_eq!(operator.console.state.drill.read, 0);
    assert!(!operator.console.state.drill.zoomed);
}

#[test]
fn what_to_do_stands_below_the_tree_and_what_is_not_seen_is_not_answered() {
    let mut operator = operator("<enter><tab>");
    assert!(operator.screen().contains("VERDICT IP reputation"), "{}", operator.screen());
    let read = read_to_the_end(&mut operator, "j");
    for told in ["Is it an incident?", "DO ", "Pause sends", "DON'T", "suppress these", "LINKS", "SOURCE"] {
        assert!(read.contains(told), "{told}: {read}");
    }
    assert!(!operator.screen().contains("y yes"));
    operator.press("y");
    assert!(operator.screen().contains("this is the question that is"), "{}", operator.screen());
    assert_eq!(operator.console.state.drill.read, 0);
    // To the last question first, then to the end of what is told.
    operator.press("gG");
    assert!(operator.screen().contains("y yes"), "{}", operator.screen());
    operator.press("G");
    assert!(operator.console.state.drill.read > 0);
    operator.press("g");
    assert_eq!((operator.console.state.drill.node, operator.console.state.drill.read), (0, 0));
}

#[test]
fn a_line_of_the_raw_log_is_a_row_that_says_what_became_of_it() {
    let mut operator = operator("L");
    let shown = rows(&operator);
    assert!(shown[5].starts_with("▸~ 14:32:06 421-4.7.0 [192.0.2.7] Our"), "{shown:#?}");
    assert!(shown[7].starts_with(" deferred 421 4.7.0 · Gmail"), "{shown:#?}");
    assert!(shown[8].starts_with(" said: 421-4.7.0 "), "{shown:#?}");
    operator.press("w");
    assert!(operator.screen().contains("postfix/smtp[935]"), "{}", operator.screen());
}

#[test]
fn the_keys_to_begin_with_are_shown_in_full() {
    let mut operator = operator("");
    let state = &mut operator.console.state;
    let told: Vec<String> = FIRST_STEPS.iter().map(|step| state.keymap.told(step)).collect();
    state.notice(&told);
    let words = |text: &str| text.split_whitespace().map(ToOwned::to_owned).collect::<Vec<_>>();
    let shown = words(&operator.screen().replace('▸', " "));
    for step in told {
        let step = words(&step);
        assert!(shown.windows(step.len()).any(|part| part == step), "{step:?}: {}", operator.screen());
    }
    operator.press("j");
    assert!(!operator.screen().contains("goes back"));
}

#[test]
fn a_filter_that_is_kept_stands_beside_the_keys() {
    let operator = operator("<enter>/code:5.7.1<enter>");
    let rows = rows(&operator);
    assert!(rows[11].starts_with(" / code:5.7.1  ? help"), "{rows:#?}");
    assert_eq!(rows[1].chars().next(), Some('━'));
}

#[test]
fn whatever_the_size_every_word_of_the_verdict_can_be_read() {
    for size in [(40, 12), (80, 24), (100, 16), (120, 30), (200, 60)] {
        let mut operator = Operator::at(Send::incident(), size, "default");
        operator.press("<enter><tab><enter>");
        let read = read_to_the_end(&mut operator, "j");
        for told in ["VERDICT", "Pause sends", "DON'T", "SURE", "UNLESS", "MISSING", "LINKS", "SOURCE"] {
            assert!(read.contains(told), "{told} at {size:?}: {read}");
        }
        assert!(!operator.screen().contains(" more ━"), "{size:?}: {}", operator.screen());
    }
}
