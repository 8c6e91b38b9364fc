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

#[test]
fn nothing_is_cut_beside_empty_rows() {
    let mut operator = Operator::at(Send::incident(), (200, 60), "default");
    operator.press("<enter><enter>");
    let screen = operator.screen();
    let right = |row: &str| row.split_once('│').map(|(_, right)| right.trim_end().to_owned());
    let details: Vec<String> = screen.lines().filter_map(right).filter(|row| !row.is_empty()).collect();
    assert!(details.iter().any(|row| row.contains("decided")), "{screen}");
    assert!(details.iter().all(|row| !row.ends_with('…')), "{screen}");
}

#[test]
fn few_strings_stand_in_full_where_there_is_room() {
    let mut operator = Operator::at(Send::incident(), (120, 60), "default");
    operator.console.state.strings = 2;
    operator.press("<enter>");
    operator.console.state.strings = 2;
    let picture = operator.console.picture();
    let reply = picture.sample.strings[0].reply.to_string();
    let last = reply.split_whitespace().last().unwrap().to_owned();
    assert!(operator.screen().contains(&last), "{}", operator.screen());
}

#[test]
fn an_answer_of_the_tree_is_never_cut_inside_a_word() {
    let mut operator = Operator::new(Send::incident());
    operator.press("<enter><tab>");
    let tree = operator.console.picture().diagnosis.tree.clone();
    let words: Vec<&str> = tree.iter().flat_map(|line| line.answer.split_whitespace()).collect();
    let screen = operator.screen();
    let rows = screen.lines().filter_map(|row| row.split_once("?  ")).map(|(_, answer)| answer);
    for cut in rows.filter_map(|answer| answer.split_once('…')).map(|(head, _)| head) {
        let last = cut.rsplit(' ').next().unwrap_or_default();
        let is_word = words.iter().any(|word| word.trim_end_matches([':', ',']) == last);
        assert!(last.is_empty() || is_word, "{last}: {screen}");
    }
}

#[test]
fn the_first_step_that_is_not_done_is_in_sight_wherever_the_keys_are() {
    let mut seen = 0;
    for rows in 18..50 {
        let mut operator = Operator::at(Send::incident(), (80, rows), "default");
        operator.press("<enter>");
        let steps = &operator.console.picture().diagnosis.checklist;
        let open = steps.iter().find(|step| step.light != crate::engine::Light::Lit).unwrap();
        let title: String = open.title.chars().take(20).collect();
        let screen = operator.screen();
        // Where rows are few, the pane with the keys stands alone.
        let rows: Vec<&str> = screen.lines().skip_while(|row| !row.contains("First five minutes")).collect();
        assert!(rows.is_empty() || rows.iter().any(|row| row.contains(&title)), "{title}: {screen}");
        seen += usize::from(!rows.is_empty());
    }
    assert!(seen > 25, "{seen}");
}
