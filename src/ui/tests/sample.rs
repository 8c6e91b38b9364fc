//! The sample: how its strings are told apart, ordered and masked.

use super::{Operator, Send};

/// Times of the strings, the id of what each says, and where the cursor stands.
fn strings(operator: &Operator) -> (Vec<i64>, Vec<u64>, usize) {
    let strings = &operator.console.picture().sample.strings;
    let times = strings.iter().map(|string| string.at.millis()).collect();
    let ids = strings.iter().map(|string| string.verdict.signature_id).collect();
    (times, ids, operator.console.state.drill.string)
}

#[test]
fn n_goes_from_one_that_says_something_to_one_that_says_something_else() {
    let mut operator = Operator::new(Send::incident());
    operator.press("<enter>");
    let (_, ids, _) = strings(&operator);
    let second = ids.iter().position(|id| *id != ids[0]).unwrap();
    operator.press("n");
    assert_eq!(operator.console.state.drill.string, second);
    operator.press("jN");
    assert_eq!(operator.console.state.drill.string, 0, "the first one of the group before");
    operator.press("GN");
    let last = strings(&operator);
    operator.press("Gn");
    assert!(last.2 < last.1.len() - 1);
    assert_eq!(operator.console.state.drill.string, last.1.len() - 1, "below the last nothing else is said");
    assert!(operator.console.state.message().is_some());
}

#[test]
fn by_time_and_back_the_same_strings_stay_and_so_does_the_selected_one() {
    let mut operator = Operator::new(Send::incident());
    operator.press("<enter>jjj");
    let (times, ids, at) = strings(&operator);
    operator.press("v");
    operator.wait(0);
    let (sorted, _, moved) = strings(&operator);
    assert!(sorted.is_sorted_by(|a, b| a >= b), "{sorted:?}");
    assert_eq!(sorted[moved], times[at]);
    operator.press("v");
    operator.wait(0);
    let (back, grouped, _) = strings(&operator);
    assert_eq!((back.len(), grouped), (times.len(), ids));
}

#[test]
fn what_differs_from_one_to_the_next_is_masked_where_it_is_asked_for() {
    let mut operator = Operator::at(Send::incident(), (200, 60), "default");
    operator.press("<enter>w");
    let plain = operator.screen();
    operator.press("x");
    let masked = operator.screen();
    assert!(masked.matches('‹').count() > plain.matches('‹').count(), "{masked}");
    operator.press("x");
    assert_eq!(operator.screen(), plain);
}
