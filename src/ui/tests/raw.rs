//! The raw log.

use super::{Effect, Operator, Screen, Send};
use crate::engine::{LogSays, Page, Wish};
use crate::model::Outcome;
use crate::ui::fixture::log;

/// The text of the selected line.
fn selected(operator: &Operator) -> String {
    operator.console.state.raw.line().map(|line| line.text.to_string()).unwrap_or_default()
}

fn offset(operator: &Operator) -> u64 {
    operator.console.state.raw.line().unwrap().place.offset / 200
}

#[test]
fn it_opens_at_the_newest_line_follows_and_goes_back_to_where_one_was() {
    for keys in ["L", "<enter><tab>L", "IL", "SL", "<enter>tL"] {
        let mut operator = Operator::new(Send::incident());
        operator.press(&keys[..keys.len() - 1]);
        let before = operator.console.state.screen();
        operator.press("L");
        assert_eq!(operator.console.state.screen(), Screen::RawLog, "{keys}");
        operator.press("<esc>");
        assert_eq!(operator.console.state.screen(), before, "{keys}");
    }
    let mut operator = Operator::new(Send::incident());
    operator.press("L");
    assert_eq!(offset(&operator), 129);
    assert!(operator.screen().contains("● following"));
    operator.scene.lines = Some(133);
    operator.console.state.raw.jump(crate::ui::rawlog::Jump::End);
    operator.read();
    assert_eq!(offset(&operator), 132, "the newest line is followed");
    operator.press("kk");
    assert!(!operator.screen().contains("following"));
    operator.press("G");
    assert!(operator.screen().contains("● following"));
}

#[test]
fn a_row_of_a_refusal_shows_what_was_replied_whatever_stands_before_it() {
    for size in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        let mut operator = Operator::at(Send::logged(600), size, "default");
        operator.press("L");
        let screen = operator.screen();
        let refused: Vec<&str> =
            screen.lines().filter(|row| matches!(row.chars().nth(1), Some('✗' | '~'))).collect();
        assert!(!refused.is_empty(), "{screen}");
        let is_said = |row: &&str| row.contains(" 550-5.7.1 [192") || row.contains(" 421-4.7.0 [192");
        assert!(refused.iter().all(is_said), "{size:?} {screen}");
    }
    let mut operator = Operator::at(Send::logged(600), (300, 60), "default");
    operator.press("L");
    let screen = operator.screen();
    assert!(
        screen.contains("mta1 postfix/smtp[935]"),
        "where the line has room it stands as it is: {screen}"
    );
    let mut operator = Operator::new(Send::logged(600));
    operator.press("Lw");
    assert!(operator.screen().contains("mta1 postfix/smtp[935]"), "wrapped it is whole");
}

#[test]
fn however_far_one_scrolls_what_is_in_hand_stays_bounded_and_in_order() {
    let mut operator = Operator::new(Send::logged(5_000));
    operator.press("L");
    let check = |operator: &Operator| {
        let lines = operator.console.state.raw.lines();
        assert!(lines.len() <= 2_000, "{}", lines.len());
        assert!(lines.iter().map(|line| line.text.len()).sum::<usize>() <= (1 << 20) + 512);
        let places: Vec<u64> = lines.iter().map(|line| line.place.offset / 200).collect();
        assert!(
            places.windows(2).all(|pair| pair[1] == pair[0] + 1),
            "no line is missing, none is there twice"
        );
    };
    let rows = 14;
    let mut at = 4_999;
    for _ in 0..250 {
        operator.press("<ctrl-u>");
        check(&operator);
        let here = offset(&operator);
        assert!(here < at && at - here <= rows, "{at} {here}");
        at = here;
    }
    for _ in 0..100 {
        operator.press("<ctrl-d>");
        check(&operator);
    }
    assert!(offset(&operator) > at);
    operator.press("g");
    assert_eq!(offset(&operator), 0);
    assert!(operator.screen().contains("the log begins here"));
    operator.press("G");
    assert_eq!(offset(&operator), 4_999);
    check(&operator);
}

#[test]
fn a_string_leads_to_its_very_line_and_says_so_where_that_is_gone() {
    let mut operator = Operator::new(Send::logged(3_000));
    operator.press("<enter>L");
    assert!(selected(&operator).contains("4XzK002Bqz9rT") && selected(&operator).contains("bounced"));
    operator.press("<esc>");
    assert_eq!(operator.console.state.screen(), Screen::Drill);
    operator.press("jL");
    assert!(selected(&operator).contains("4XzK012Bqz9rT"));
    let mut operator = Operator::new(Send::logged(1));
    operator.press("<enter>jjL");
    let screen = operator.screen();
    assert!(screen.contains("the line of 4XzK022Bqz9rT") && screen.contains("rotated away"), "{screen}");
}

#[test]
fn the_filter_line_narrows_it_and_enter_shows_what_stands_around() {
    let mut operator = Operator::new(Send::logged(600));
    operator.press("L/reputation<enter>");
    let lines = operator.console.state.raw.lines();
    assert!(lines.len() == 100 && lines.iter().all(|line| line.text.contains("reputation")));
    assert!(operator.screen().contains("only reputation"));
    operator.press("kkk");
    let here = selected(&operator);
    operator.press("<enter>");
    assert_eq!(selected(&operator), here, "the same line, with what stands around it");
    assert!(operator.console.state.raw.lines().len() > 400);
    operator.press("n");
    assert!(selected(&operator).contains("reputation") && selected(&operator) != here);
    operator.press("N");
    assert_eq!(selected(&operator), here);
    operator.press("Gnnnn");
    assert!(operator.screen().contains("no match below"));
    // Esc leaves the screen, the filter stays; it is the board's, too.
    operator.press("<esc>");
    assert_eq!(operator.console.state.filter.text(), "reputation");
    operator.press("<esc>L");
    assert!(operator.console.state.raw.lines().len() > 400, "without the filter, every line");
    operator.press("n");
    assert!(operator.screen().contains("nothing is looked for"));
}

#[test]
fn a_match_beyond_what_is_in_hand_is_looked_for() {
    let mut operator = Operator::new(Send::logged(3_000));
    operator.press("L/wrote-nobody<enter>");
    assert!(operator.screen().contains("No line matches wrote-nobody"), "{}", operator.screen());
    operator.press("/<ctrl-u>reader1501@<enter>");
    assert_eq!(operator.console.state.raw.lines().len(), 1);
    operator.press("<enter>GN");
    assert!(selected(&operator).contains("reader1501@"));
    operator.press("gn");
    assert!(selected(&operator).contains("reader1501@"));
    operator.press("n");
    assert!(operator.screen().contains("no match below"), "{}", operator.screen());
}

#[test]
fn a_line_is_traced_copied_masked_cut_wrapped_and_moved() {
    let mut operator = Operator::new(Send::incident());
    operator.press("L");
    for _ in 0..6 {
        operator.press("k");
        if let Some(LogSays::Attempt(attempt)) = operator.console.state.raw.line().map(|line| &line.says)
            && attempt.outcome == Outcome::Rejected
        {
            break;
        }
    }
    let Effect::Copy { what, text } = operator.press("y") else { unreachable!("copied") };
    assert!(what == "the line" && text.contains("status=bounced"));
    assert!(!text.contains("reader"), "addresses are masked: {text}");
    assert!(operator.screen().contains("IP reputation"));
    operator.press("lll");
    assert_eq!(operator.console.state.raw.shift, 60);
    operator.press("hhhhh");
    assert_eq!(operator.console.state.raw.shift, 0);
    operator.press("w");
    assert!(operator.console.state.raw.wrap);
    assert!(matches!(operator.press("t"), Effect::Trace(_)));
    assert_eq!(operator.console.state.screen(), Screen::Trace);
}

#[test]
fn trouble_and_truncation_are_said_in_place() {
    let mut operator = Operator::new(Send::incident());
    operator.press("L");
    let state = &mut operator.console.state;
    state.raw.jump(crate::ui::rawlog::Jump::End);
    let order = state.raw.next_order(&state.filter).unwrap();
    let lost = Page {
        ticket: order.ticket,
        is_end: true,
        trouble: Some("mail.log may not be read: join group adm, or use sudo".into()),
        ..Page::default()
    };
    assert!(state.raw.take(lost));
    let screen = operator.screen();
    assert!(screen.contains("! mail.log may not be read: join group adm"), "{screen}");
    assert!(screen.contains("every second"));
    operator.console.state.raw.tick(1);
    operator.read();
    assert!(operator.screen().contains("● following"), "it is back");
    // What is watched is cut off.
    let state = &mut operator.console.state;
    state.raw.jump(crate::ui::rawlog::Jump::End);
    let order = state.raw.next_order(&state.filter).unwrap();
    assert_eq!(order.wish, Wish::End);
    state.raw.take(Page { ticket: order.ticket, is_gone: true, is_end: true, ..Page::default() });
    operator.read();
    let screen = operator.screen();
    assert!(screen.contains("the log was truncated") && screen.contains("● following"), "{screen}");
    let older = Page { older: Some("older lines are in mail.log.2.gz".into()), ..Page::default() };
    let state = &mut operator.console.state;
    state.raw.jump(crate::ui::rawlog::Jump::Begin);
    let order = state.raw.next_order(&state.filter).unwrap();
    let page = log::page(&log::lines(30), &order).unwrap();
    state.raw.take(Page { older: older.older, ..page });
    assert!(operator.screen().contains("┄ older lines are in mail.log.2.gz ┄"), "{}", operator.screen());
}

#[test]
fn a_page_that_nobody_waits_for_changes_nothing() {
    let mut operator = Operator::new(Send::incident());
    operator.press("L");
    let before = operator.screen();
    assert!(!operator.console.state.raw.take(Page { ticket: 999, is_gone: true, ..Page::default() }));
    assert_eq!(operator.screen(), before);
}

#[test]
fn the_next_source_is_one_key_away() {
    let mut operator = Operator::new(Send::mixed());
    operator.press("L<tab>");
    assert_eq!(operator.console.state.raw.source, 1);
    assert!(operator.screen().contains("raw log 2 of 4"));
    operator.press("<esc>SjjL");
    assert_eq!(operator.console.state.raw.source, 2, "of the sources, the selected one");
}

#[test]
fn without_utf_8_the_outcomes_are_told_apart() {
    let mut operator = Operator::new(Send::incident());
    operator.console.state.ascii = true;
    operator.press("L");
    let screen = operator.screen();
    assert!(screen.is_ascii());
    for (sign, word) in [("+", "status=sent"), ("!", "421-4.7.0 "), ("x", "550-5.7.1 ")] {
        let mut operator = Operator::at(Send::incident(), (200, 24), "mono");
        operator.console.state.ascii = true;
        operator.press("L");
        let screen = operator.screen();
        let row = screen.lines().find(|row| row.contains(word)).unwrap_or_default();
        assert_eq!(row.get(1..2), Some(sign), "{row}");
    }
}

#[test]
fn a_line_that_does_not_stand_as_it_is_in_the_log_says_so() {
    let mut operator = Operator::new(Send::incident());
    operator.press("L");
    for _ in 0..6 {
        operator.press("k");
        let is_described = selected(&operator).contains("\\e]52");
        assert_eq!(operator.screen().contains("described: \\e is an escape byte"), is_described);
    }
    assert!(operator.console.state.raw.lines().iter().any(|line| line.is_described));
}
