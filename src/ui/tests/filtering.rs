//! The filter line, as an operator types it.

use super::{Operator, Send};
use crate::engine::Saved;

fn row(operator: &Operator, from_end: usize) -> String {
    let screen = operator.screen();
    let rows: Vec<&str> = screen.lines().collect();
    rows[rows.len() - from_end].to_owned()
}

fn filter(operator: &Operator) -> &str {
    operator.console.state.filter.text()
}

#[test]
fn tab_goes_on_with_what_there_is_and_it_works_at_once() {
    let mut operator = Operator::new(Send::incident());
    operator.press("/pro<tab>");
    assert!(row(&operator, 2).starts_with(" / provider:"), "{}", operator.screen());
    assert!(row(&operator, 1).contains("gmail  google-workspace"), "{}", operator.screen());
    operator.press("g<tab>");
    assert_eq!(filter(&operator), "provider:gmail");
    operator.press("<tab>");
    assert_eq!(filter(&operator), "provider:google-workspace");
    operator.press("<backtab><backtab>");
    assert_eq!(filter(&operator), "provider:orange", "it goes round, and has a g");
    operator.press("<esc>");
    assert_eq!(filter(&operator), "");
}

#[test]
fn what_is_typed_works_as_far_as_it_makes_sense() {
    let mut operator = Operator::new(Send::incident());
    operator.press("/provider:gmail source:192.0.2.0");
    operator.press("/");
    assert_eq!(filter(&operator), "provider:gmail source:192.0.2.0", "half a network is still the address");
    assert!(row(&operator, 1).contains("0 to 32 bits"), "{}", operator.screen());
    operator.press("24");
    assert_eq!(filter(&operator), "provider:gmail source:192.0.2.0/24");
    operator.press("<ctrl-u>text~\"a b\"");
    assert_eq!(filter(&operator), "text~\"a b\"", "a word in quotes is no word of its own");
    operator.press("<ctrl-u>kode:5 provider:gmail");
    assert_eq!(filter(&operator), "", "nothing before the mistake");
    operator.press("<enter>");
    assert!(operator.console.state.editing.is_some(), "a mistake is not kept");
    operator.press("<esc>");
    assert_eq!(filter(&operator), "");
}

#[test]
fn earlier_filters_come_back() {
    let mut operator = Operator::new(Send::incident());
    operator.press("/cat:auth<enter>/<ctrl-u>code:5*<enter>/<ctrl-u>new <up>");
    assert_eq!(filter(&operator), "code:5*");
    operator.press("<up>");
    assert_eq!(filter(&operator), "cat:auth");
    operator.press("<down><down>");
    assert_eq!(filter(&operator), "new");
}

#[test]
fn saved_filters_are_offered_and_used() {
    let mut operator = Operator::new(Send::incident());
    operator.console.state.saved = Saved::new([("mine".into(), "provider:gmail cat:auth".into())]).unwrap();
    operator.press("/@m<tab><enter>");
    assert_eq!(filter(&operator), "@mine");
    operator.press("/!@nosuch<enter>");
    assert!(row(&operator, 1).contains("no filter is saved as `@nosuch`"), "{}", operator.screen());
}

#[test]
fn f_filters_by_what_is_selected_and_lets_it_go_again() {
    let mut operator = Operator::new(Send::incident());
    operator.press("jj");
    operator.press("f");
    let first = filter(&operator).to_owned();
    assert!(first.starts_with("provider="), "{first}");
    operator.press("j");
    operator.press("f");
    assert!(filter(&operator).starts_with("provider=") && filter(&operator) != first, "another one instead");
    operator.press("f");
    assert_eq!(filter(&operator), "");
    operator.press("lf");
    assert!(filter(&operator).contains(" code="), "{}", filter(&operator));
    let mut changed = Operator::at(Send::incident(), (120, 40), "default");
    changed.press("If");
    assert_eq!(filter(&changed), "source=192.0.2.7");
    assert!(changed.screen().contains("in the filter: source=192.0.2.7"), "{}", changed.screen());
    changed.press("<esc>C<esc>S<tab>f");
    assert!(filter(&changed).contains("host="), "{}", changed.screen());
    changed.press("<tab><tab>f");
    assert!(changed.screen().contains("no filter asks for a file"), "{}", changed.screen());
}

#[test]
fn a_mistake_is_told_under_its_place_on_every_terminal() {
    for size in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        let mut operator = Operator::at(Send::incident(), size, "mono");
        operator.press("/provider:gmail kode:5.7 ");
        let screen = operator.screen();
        let rows: Vec<Vec<char>> = screen.lines().map(|row| row.chars().collect()).collect();
        let typed = rows.iter().position(|row| row.starts_with(&[' ', '/', ' '])).unwrap();
        let column = rows[typed + 1].iter().position(|sign| *sign == '▲').unwrap();
        assert_eq!(rows[typed][column..column + 4], ['k', 'o', 'd', 'e'], "{screen}");
        assert!(screen.contains("no key `kode`; did you mean `code`?"), "{screen}");
    }
}

#[test]
fn a_filter_of_any_length_leaves_the_header_and_shows_where_one_types() {
    for size in [(40, 12), (80, 24), (120, 40)] {
        let mut operator = Operator::at(Send::incident(), size, "default");
        let header = operator.screen().lines().next().unwrap_or_default().to_owned();
        operator.press("/");
        for at in 0..20 {
            operator.press(&format!("provider:p{at:02} "));
        }
        operator.press("cat:auth");
        let screen = operator.screen();
        assert_eq!(screen.lines().next(), Some(header.as_str()), "{screen}");
        assert!(screen.contains("cat:auth"), "{screen}");
        assert_eq!(screen.lines().count(), usize::from(size.1));
        operator.press("<enter>");
        assert_eq!(operator.screen().lines().next(), Some(header.as_str()), "{}", operator.screen());
    }
}
