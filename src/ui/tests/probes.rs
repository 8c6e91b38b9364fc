//! The probes: commands to copy, answers to give.

use super::{Effect, Operator, Screen, Send};
use crate::engine::Answer;
use crate::ui::notebook::Subject;

#[test]
fn a_command_is_copied_as_it_is_and_its_answer_goes_to_the_trees_question() {
    let mut operator = Operator::new(Send::incident());
    for (before, keys) in [(Screen::Board, "p"), (Screen::Drill, "<enter>p"), (Screen::Incident, "Ip")] {
        operator.press(keys);
        assert_eq!(operator.console.state.screen(), Screen::Probes, "{keys}");
        operator.press("<esc>");
        assert_eq!(operator.console.state.screen(), before, "{keys}");
    }
    operator.press("p");
    let copy = Effect::Copy { what: "the command", text: "dig +short 7.2.0.192.zen.spamhaus.org".into() };
    assert_eq!(operator.press("<enter>"), copy);
    assert_eq!(operator.press("Y"), copy);
    operator.press("y");
    let subject = Subject::Incident(operator.scene.incidents[0].id.clone());
    let said = |operator: &Operator, node: &str| {
        operator.console.state.notebook.answers(&subject).get(node).copied()
    };
    assert_eq!(said(&operator, "N6.list"), Some(Answer::Yes));
    assert!(operator.screen().contains("you: yes"), "{}", operator.screen());
    operator.press("jy");
    assert_eq!(said(&operator, "N6.list"), None, "every command of a question has its answer: taken back");
    operator.press("jjnjju");
    assert_eq!(
        (said(&operator, "N8.ptr"), said(&operator, "N5.spf")),
        (Some(Answer::No), Some(Answer::Unknown))
    );
    operator.press("oasked the DNS team<enter>");
    assert!(operator.screen().contains("asked the DNS team"), "{}", operator.screen());
    operator.press("a");
    assert!(operator.screen().contains("no figure is asked for here"));
    // The same answers stand in the tree.
    operator.press("<esc>p");
    assert!(operator.screen().contains("2 of 6 answered"), "{}", operator.screen());
}

#[test]
fn what_has_to_be_filled_in_is_said_before_it_is_copied() {
    let mut operator = Operator::new(Send::incident());
    operator.press("pGkk");
    let screen = operator.screen();
    assert!(screen.contains("fill in <selector> first"), "{screen}");
}

#[test]
fn without_a_refusal_there_is_nothing_to_ask() {
    let mut operator = Operator::new(Send::empty());
    operator.press("p");
    assert!(operator.screen().contains("nothing to ask"));
    operator.press("ynuaojk<enter>Y<esc><esc>");
    assert_eq!(operator.console.state.screen(), Screen::Board);
}
