//! Traces and the sources screen.

use std::sync::Arc;

use super::{Effect, Operator, Screen, Send};
use crate::ui::fixture::traced;
use crate::ui::screens::Table;
use crate::ui::traces::Reached;

#[test]
fn a_trace_is_opened_followed_on_and_left_step_by_step() {
    let mut operator = Operator::new(Send::incident());
    let id = {
        operator.press("<enter>");
        operator.console.picture().sample.strings[0].queue_id.to_string()
    };
    assert!(matches!(operator.press("t"), Effect::Trace(traced) if traced.as_str() == id));
    assert_eq!(operator.console.state.screen(), Screen::Trace);
    assert!(operator.screen().contains(&format!("trace {id}")));
    operator.press("t");
    assert!(operator.screen().contains("names no other id"));
    operator.press("j");
    assert!(matches!(operator.press("t"), Effect::Trace(traced) if traced.as_str() == "4XzM7y2Bqz9rV"));
    assert!(operator.screen().contains("trace 4XzM7y2Bqz9rV"));
    operator.press("<esc>");
    assert!(operator.screen().contains(&format!("trace {id}")), "back to the first");
    assert_eq!(operator.console.state.traces.top().unwrap().line, 4, "and to its line");
    operator.press("<esc>");
    assert_eq!(operator.console.state.screen(), Screen::Drill);
}

#[test]
fn a_search_shows_how_far_it_is_and_what_it_did_not_find() {
    let mut operator = Operator::new(Send::incident());
    operator.press("<enter>");
    operator.console.state.begin_trace("4XzK002Bqz9rT");
    assert!(operator.console.state.traces.is_searching());
    assert!(operator.console.state.traces.reach(Reached::Searching(340_000_000, 1_230_000_000, 3)));
    assert!(!operator.console.state.traces.reach(Reached::Searching(340_000_000, 1_230_000_000, 3)));
    let screen = operator.screen();
    assert!(
        screen.contains("340 MB of 1.23 GB read, 3 lines found") && screen.contains("Esc gives up"),
        "{screen}"
    );
    let nothing = crate::engine::Traced { lines: Vec::new(), ..traced("4XzK002Bqz9rT") };
    operator.console.state.traces.reach(Reached::Found(Arc::new(nothing)));
    let screen = operator.screen();
    assert!(screen.contains("No line of 4XzK002Bqz9rT in 1,616,459 lines of 2 sources"), "{screen}");
    assert!(screen.contains("/var/log/mail.log.1"));
    operator.press("<esc>");
    operator.console.state.begin_trace("4XzK002Bqz9rT");
    operator.console.state.traces.reach(Reached::Failed("no thread".into()));
    assert!(operator.screen().contains("could not be traced: no thread"));
    operator.press("<esc>");
    assert!(!operator.console.state.traces.is_searching());
    assert_eq!(operator.console.state.screen(), Screen::Drill);
}

#[test]
fn a_string_without_a_queue_id_cannot_be_traced_and_says_so() {
    let mut operator = Operator::new(Send::empty());
    operator.press("<enter>");
    assert_eq!(operator.press("t"), Effect::None);
    assert!(operator.screen().contains("no queue id"), "{}", operator.screen());
    assert_eq!(operator.console.state.screen(), Screen::Drill);
}

#[test]
fn a_traced_line_is_copied_and_so_are_all() {
    let mut operator = Operator::new(Send::incident());
    operator.press("<enter>tG");
    let Effect::Copy { text, .. } = operator.press("y") else { unreachable!("y copies a line") };
    assert!(text.ends_with(": removed") && text.lines().count() == 1);
    let Effect::Copy { text, .. } = operator.press("Y") else { unreachable!("Y copies all") };
    assert_eq!(text.lines().count(), 6);
}

#[test]
fn the_tables_of_the_sources_come_round_and_esc_leaves() {
    let mut operator = Operator::new(Send::mixed());
    operator.press("<enter>S");
    for table in [Table::Hosts, Table::Ours, Table::Files] {
        operator.press("<tab>");
        assert_eq!(operator.console.state.tables.table, table);
    }
    operator.press("G");
    assert_eq!(operator.console.state.tables.file, 3);
    assert!(operator.screen().contains("join group adm"), "{}", operator.screen());
    operator.press("<esc>");
    assert_eq!(operator.console.state.screen(), Screen::Drill, "to where one came from");
}

#[test]
fn one_source_that_nobody_understands_is_told_on_every_screen() {
    for keys in ["", "<enter>", "S"] {
        let mut operator = Operator::new(Send::mixed());
        operator.press(keys);
        assert!(
            operator.screen().lines().next().unwrap().contains("! 1 of 4 not known"),
            "{}",
            operator.screen()
        );
    }
}

#[test]
fn an_onset_at_the_edge_of_what_is_read_may_be_older() {
    let scene = |read_since| Send { read_since, ..Send::incident() };
    // The incident is 267 s old; before it the rate was 0.4 %.
    for (read_since, older) in [(None, false), (Some(-300), true), (Some(-590), true), (Some(-3_600), false)]
    {
        let mut operator = Operator::at(scene(read_since), (120, 40), "default");
        for screen in ["", "<enter>"] {
            operator.press(screen);
            let screen = operator.screen();
            assert_eq!(screen.contains("since 14:27:40 or before"), older, "{read_since:?} {screen}");
            assert_eq!(screen.contains("since 14:27:40 (5m)"), !older, "{read_since:?} {screen}");
        }
    }
    let mut worse = scene(Some(-3_600));
    worse.incidents[0].baseline = Some(0.3);
    worse.incidents[0].provider = None;
    assert!(Operator::new(worse).screen().contains("or before"), "what is before was no better");
}

#[test]
fn a_log_that_begins_in_the_middle_of_an_incident_tells_neither_its_onset_nor_what_was() {
    for (begins, older) in [(-86_400, false), (-400, false), (-300, true), (-267, true)] {
        let mut operator =
            Operator::at(Send { begins: Some(begins), ..Send::incident() }, (120, 40), "default");
        for screen in ["", "I"] {
            operator.press(screen);
            let screen = operator.screen();
            assert_eq!(screen.contains("since 14:27:40 or before"), older, "{begins} {screen}");
            assert_eq!(
                screen.contains("refused, was 0.4%") || screen.contains("(5m), was 0.4%"),
                !older,
                "{screen}"
            );
        }
    }
}

#[test]
fn a_list_is_told_by_its_name() {
    let mut operator =
        Operator::at(Send { list: Some("microsoft-s3140/3150"), ..Send::incident() }, (200, 60), "default");
    operator.press("<enter>");
    let screen = operator.screen();
    assert!(
        screen.contains("list     Outlook.com block list") && !screen.contains("microsoft-s3140"),
        "{screen}"
    );
}

#[test]
fn an_incident_is_told_in_whole_words_at_every_width() {
    for cells in 72..160 {
        let operator = Operator::at(Send::incident(), (cells, 24), "default");
        let screen = operator.screen();
        let line = screen.lines().find(|line| line.contains("INCIDENT")).unwrap();
        assert!(!line.contains('…'), "{cells}: {line}");
        let counts = line.contains("2,914 of 7,628 refused");
        assert!(counts || !line.contains("2,914"), "{cells}: {line}");
        assert!(counts || cells < 110, "{cells}: {line}");
    }
}

#[test]
fn sources_keep_names_that_can_be_told_apart_where_there_is_little_room() {
    let mut operator = Operator::at(Send::mixed(), (60, 20), "default");
    operator.press("S");
    let screen = operator.screen();
    for name in ["/mail.log ", "/mainlog ", "11-20.csv ", "/maillog "] {
        assert!(screen.contains(name), "{name}: {screen}");
    }
}

#[test]
fn a_zoomed_pane_says_once_how_to_go_back() {
    let mut operator = Operator::new(Send::incident());
    operator.press("<enter>z");
    let screen = operator.screen();
    let hints = screen.lines().last().unwrap();
    assert!(hints.contains("Esc unzoom") && !hints.contains("zoom  Enter"), "{hints}");
    assert!(!hints.contains("Enter zoom"), "{hints}");
}

#[test]
fn a_theme_that_is_not_there_is_told_with_those_that_are() {
    assert_eq!(crate::ui::check_theme("light", &[]), Ok(()));
    assert!(crate::ui::check_theme("noon", &[]).unwrap_err().contains("high-contrast"));
}

#[test]
fn a_filter_is_in_sight_where_its_numbers_are() {
    let mut operator = Operator::new(Send::incident());
    operator.press("/cat:auth<enter><enter>");
    assert_eq!(operator.console.state.screen(), Screen::Drill);
    assert!(operator.screen().lines().nth(22).unwrap().contains("/ cat:auth · "), "{}", operator.screen());
    operator.press("<esc><esc><enter>");
    assert!(!operator.screen().contains("cat:auth"), "{}", operator.screen());
    let mut nothing = Operator::new(Send::empty());
    nothing.press("/cat:auth<enter><enter>");
    assert!(nothing.screen().contains("The filter lets no string through"), "{}", nothing.screen());
}

#[test]
fn what_is_said_of_one_code_is_that_codes() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("l<enter>");
    let scope = operator.console.state.drill.scope.clone();
    let (picture, label) = (operator.console.picture(), scope.column.unwrap());
    let at = picture.board.columns.iter().position(|column| column.label == label).unwrap();
    let row = picture.row(scope.provider.as_ref()).unwrap();
    let said = format!("of attempts in 5m · {} of 7,628", crate::text::thousands(row.cells[at]));
    assert_ne!(row.cells[at], row.rejected);
    assert!(operator.screen().lines().nth(1).unwrap().contains(&said), "{said}: {}", operator.screen());
}
