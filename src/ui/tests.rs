//! The console driven as an operator drives it: keys in, cells and state out.

#![expect(clippy::unwrap_used, reason = "a test that cannot start should fail")]

mod colourless;
mod filtering;
mod hints;
mod incident;
mod palette;
mod pointing;
mod probes;
mod random;
mod raw;
mod read;
mod sample;
mod sent;
mod shots;
mod small;
mod time;
mod wearing;

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::console::Console;
use super::fixture::Send;
use super::keymap::Keymap;
use super::notebook::Subject;
use super::picture::Picture;
use super::screens::{Pane, Screen};
use super::state::{Pick, State};
use super::theme::Theme;
use super::traces::Reached;
use super::update::Effect;
use crate::engine::Gone;
use crate::model::{Moment, Window};

/// A console on a scene, and the keys that were pressed.
struct Operator {
    scene: Send,
    console: Console,
    clock: Duration,
}

impl Operator {
    fn at(scene: Send, size: (u16, u16), theme: &str) -> Self {
        let state = State::new(size, Window::M5, Theme::named(theme).unwrap(), false);
        let mut console = Console::new(state, &scene);
        console.state.notebook.sign("anna@mta1");
        console.state.desk.kinds = incident::KINDS.to_vec();
        console.state.raw.names =
            console.picture().head.sources.iter().map(|source| source.name.clone()).collect();
        console.state.desk.folder = "~/.local/state/fivefifty/exports".into();
        let mut operator = Self { scene, console, clock: Duration::ZERO };
        operator.wait(0);
        operator
    }

    fn new(scene: Send) -> Self {
        Self::at(scene, (80, 24), "default")
    }

    /// Presses keys: `j`, `<enter>`, `<ctrl-c>`.
    fn press(&mut self, keys: &str) -> Effect {
        let mut last = Effect::None;
        let mut rest = keys;
        while let Some(first) = rest.chars().next() {
            let (key, left) = match rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
                Some((name, left)) => (named(name), left),
                None => (KeyEvent::new(KeyCode::Char(first), KeyModifiers::NONE), &rest[first.len_utf8()..]),
            };
            rest = left;
            last = self.console.event(&Event::Key(key), &self.scene).unwrap_or(Effect::None);
            if let Effect::Trace(id) = &last {
                // As the loop does when the search has ended.
                let traced = super::fixture::traced(id.as_str());
                self.console.state.traces.reach(Reached::Found(Arc::new(traced)));
            }
            if last == Effect::Make {
                self.console.state.desk.made(Ok(incident::document()));
            }
            self.console.refresh(&self.scene);
            self.read();
        }
        last
    }

    /// Reads pages of the raw log until enough is in hand, as the loop does.
    fn read(&mut self) {
        let mut log = None;
        let state = &mut self.console.state;
        while state.has(Screen::RawLog) {
            let Some(order) = state.raw.next_order(&state.filter) else { return };
            let log = log.get_or_insert_with(|| self.scene.log());
            let Some(page) = super::fixture::log::page(log, &order) else { return };
            state.raw.take(page);
        }
    }

    fn wait(&mut self, seconds: u64) {
        self.clock += Duration::from_secs(seconds);
        let wall = Moment::from_seconds(1_795_185_127 + i64::try_from(self.clock.as_secs()).unwrap());
        self.console.tick(self.clock, wall);
        self.console.refresh(&self.scene);
    }

    fn buffer(&self) -> Buffer {
        let (columns, rows) = self.console.state.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
        self.console.draw(&mut buffer);
        buffer
    }

    fn screen(&self) -> String {
        shots::text(&self.buffer())
    }
}

fn key(character: char) -> KeyEvent {
    KeyEvent::new(KeyCode::Char(character), KeyModifiers::NONE)
}

fn named(name: &str) -> KeyEvent {
    for (lead, held) in [("ctrl-", KeyModifiers::CONTROL), ("alt-", KeyModifiers::ALT)] {
        if let Some(character) = name.strip_prefix(lead).and_then(|rest| rest.chars().next()) {
            return KeyEvent::new(KeyCode::Char(character), held);
        }
    }
    let code = match name {
        "enter" => KeyCode::Enter,
        "pagedown" => KeyCode::PageDown,
        "esc" => KeyCode::Esc,
        "tab" => KeyCode::Tab,
        "backtab" => KeyCode::BackTab,
        "up" => KeyCode::Up,
        "down" => KeyCode::Down,
        "left" => KeyCode::Left,
        "backspace" => KeyCode::Backspace,
        other => unreachable!("no key {other}"),
    };
    KeyEvent::new(code, KeyModifiers::NONE)
}

#[test]
fn what_is_gone_stands_in_the_first_row_with_size_time_and_file() {
    let gone = |picture: &mut Picture| {
        picture.head.lines.lost = 6;
        let at = Moment::from_seconds(1_795_185_127);
        picture.head.sources.iter_mut().for_each(|source| source.gone = Some(Gone { bytes: 1_204, at }));
    };
    let row = |size| {
        let screen = Operator::at(Send::incident().with(gone), size, "default").screen();
        screen.lines().next().unwrap_or_default().to_owned()
    };
    let at = Moment::from_seconds(1_795_185_127).clock();
    let (wide, usual, narrow) = (row((200, 60)), row((80, 24)), row((40, 12)));
    assert!(wide.contains(&format!("! 1.2 kB lost {}  mail.log", &at[..5])), "{wide}");
    assert!(usual.contains(&format!("! 1.2 kB lost {}", &at[..5])), "{usual}");
    assert!(narrow.contains("! 1.2 kB lost"), "{narrow}");
}

#[test]
fn an_incident_is_selected_until_the_operator_chooses() {
    let mut operator = Operator::new(Send::incident());
    assert_eq!(
        operator.console.state.scope(operator.console.picture().incidents.as_slice()).provider.as_deref(),
        Some("gmail")
    );
    operator.press("j");
    assert_eq!(operator.console.state.pick, Pick::All);
    operator.press("jj");
    assert_eq!(operator.console.state.pick, Pick::Provider("outlook".into()));
}

#[test]
fn esc_and_a_key_that_come_together_are_two_keys() {
    let mut operator = Operator::new(Send::incident());
    operator.press("<enter><alt-:>");
    assert_eq!(operator.console.state.screen(), Screen::Board);
    assert!(operator.console.state.palette.is_some());
    operator.press("<alt-C>");
    assert!(operator.console.state.palette.is_none());
    assert_eq!(operator.console.state.screen(), Screen::Sends);
    assert_eq!(operator.press("<alt-q>"), Effect::Quit);
    operator.press("/new<alt-j>");
    assert!(operator.console.state.editing.is_none() && operator.console.state.filter.is_empty());
    // Where Alt with it is a key, it is that one, and nothing else.
    let own = [("sends".to_owned(), vec!["alt-c".to_owned()])];
    operator.console.state.keymap = Keymap::patched(&own).unwrap();
    operator.press("<esc><esc><enter><alt-c>");
    assert_eq!(operator.console.state.way(), [Screen::Board, Screen::Drill, Screen::Sends]);
    operator.press("C<alt-c>");
    assert_eq!(operator.console.state.screen(), Screen::Sends, "where it has no meaning it is no Esc either");
}

#[test]
fn the_selection_stays_with_its_provider_when_the_board_is_sorted_anew() {
    let mut operator = Operator::new(Send::calm());
    operator.press("jj");
    let before = operator.console.state.pick.clone();
    operator.press("sss");
    assert_eq!(operator.console.state.pick, before);
    assert!(matches!(before, Pick::Provider(_)));
}

#[test]
fn a_board_that_nothing_draws_again_is_sorted_to_the_letter_once() {
    let mut operator = Operator::new(Send::calm());
    // While keys are pressed the order is held.
    operator.press("j");
    operator.console.outdated();
    operator.console.refresh(&operator.scene);
    let tick = |operator: &mut Operator, second| {
        let changed = operator.console.tick(Duration::from_secs(second), Moment::default());
        operator.console.refresh(&operator.scene);
        changed
    };
    assert!(tick(&mut operator, 3), "the hand has come to rest");
    assert!(!tick(&mut operator, 4), "nothing has changed");
    assert!(tick(&mut operator, 11), "it is time");
    for second in 12..40 {
        assert!(!tick(&mut operator, second), "it is sorted");
    }
}

#[test]
fn columns_are_chosen_by_label_and_the_leftmost_is_the_whole_row() {
    let mut operator = Operator::new(Send::incident());
    operator.press("jjl");
    assert_eq!(operator.console.state.column.as_deref(), Some("5.7.1"));
    operator.press("hh");
    assert_eq!(operator.console.state.column, None);
}

#[test]
fn esc_goes_back_one_step_and_never_quits() {
    let mut operator = Operator::new(Send::incident());
    operator.press("<enter><enter>?");
    assert_eq!(operator.console.state.screen(), Screen::Help);
    operator.press("<esc>");
    assert!(operator.console.state.screen() == Screen::Drill && operator.console.state.drill.zoomed);
    operator.press("<esc>");
    assert!(operator.console.state.screen() == Screen::Drill && !operator.console.state.drill.zoomed);
    assert_eq!(operator.press("<esc><esc><esc>"), Effect::None);
    assert_eq!(operator.console.state.screen(), Screen::Board);
}

#[test]
fn going_back_into_a_drill_finds_the_cursor_where_it_was() {
    let mut operator = Operator::new(Send::incident());
    operator.press("<enter>jjj<esc>");
    operator.press("<enter>");
    assert_eq!(operator.console.state.drill.string, 3);
    operator.press("<esc>j<enter>");
    assert_eq!(operator.console.state.drill.string, 0, "another scope starts anew");
}

#[test]
fn the_cursor_stays_on_its_string_when_newer_ones_come_in() {
    let mut operator = Operator::new(Send::incident());
    operator.press("<enter>jjj");
    let held = operator.console.picture().sample.strings[3].queue_id.clone();
    operator.scene.newcomers = 4;
    operator.console.outdated();
    operator.console.refresh(&operator.scene);
    assert_eq!(operator.console.state.drill.string, 7);
    assert_eq!(operator.console.picture().sample.strings[7].queue_id, held);
}

#[test]
fn an_answer_is_marked_as_the_operators_and_the_same_again_takes_it_back() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("<enter><tab>Gk");
    operator.press("y");
    assert!(operator.screen().contains("you:"), "{}", operator.screen());
    operator.press("y");
    assert!(!operator.screen().contains("you:"));
    operator.press("n");
    let incident = &operator.console.state.drill.scope;
    let given = |subject| operator.console.state.notebook.answers(&subject).len();
    assert_eq!(given(Subject::Incident(incident.incident.clone().unwrap())), 1);
    assert_eq!(given(Subject::Scope(Some("yahoo".into()))), 0, "an answer is about one incident");
}

#[test]
fn the_panes_of_the_drill_come_round() {
    let mut operator = Operator::new(Send::incident());
    operator.press("<enter>");
    for pane in [Pane::Tree, Pane::Checklist, Pane::Sample] {
        operator.press("<tab>");
        assert_eq!(operator.console.state.drill.pane, pane);
    }
    operator.press("c");
    assert_eq!(operator.console.state.drill.pane, Pane::Checklist);
}

#[test]
fn the_window_grows_and_shrinks() {
    let mut operator = Operator::new(Send::calm());
    operator.press("+");
    assert_eq!(operator.console.state.window, Window::M15);
    operator.press("-----");
    assert_eq!(operator.console.state.window, Window::M1);
}

#[test]
fn a_filter_is_kept_with_enter_and_dropped_with_esc() {
    let mut operator = Operator::new(Send::calm());
    operator.press("/provider:gmail");
    assert_eq!(operator.console.state.filter.text(), "provider:gmail", "it works while it is typed");
    operator.press("<esc>");
    assert_eq!(operator.console.state.filter.text(), "");
    operator.press("/cat:auth<enter>");
    assert_eq!(operator.console.state.filter.text(), "cat:auth");
    assert!(operator.screen().contains("/ cat:auth · "));
    operator.press("/spam");
    assert_eq!(operator.console.state.filter.text().trim(), "cat:auth", "a bare word may become a key");
    operator.press("<enter>");
    assert_eq!(operator.console.state.filter.text(), "cat:auth spam");
    operator.press("/q<ctrl-u>");
    assert!(operator.console.state.editing.is_some(), "q is a letter here");
    assert_eq!(operator.press("<ctrl-c>"), Effect::Quit);
}

#[test]
fn a_paste_outside_of_the_filter_is_no_flood_of_commands() {
    let mut operator = Operator::new(Send::calm());
    assert_eq!(operator.console.event(&Event::Paste("qqq".into()), &operator.scene), None);
    operator.press("/");
    operator.console.event(&Event::Paste("text~\"a\u{202e}b\"".into()), &operator.scene);
    assert!(operator.screen().contains("text~\"a‹U+202E›b\""), "{}", operator.screen());
}

#[test]
fn notices_stay_until_a_key_is_pressed() {
    let mut operator = Operator::new(Send::calm());
    operator.console.state.notice(&["following /var/log/mail.log".into()]);
    assert!(operator.screen().contains("following /var/log/mail.log"));
    operator.press("j");
    assert!(!operator.screen().contains("following"));
}

#[test]
fn a_message_goes_away_by_itself() {
    let mut operator = Operator::new(Send::calm());
    operator.press("i");
    assert!(operator.screen().contains("no incident is running"));
    operator.wait(7);
    assert!(!operator.screen().contains("no incident is running"));
}

#[test]
fn copying_gives_the_string_or_everything_for_a_ticket() {
    let mut operator = Operator::new(Send::incident());
    operator.press("<enter>");
    let Effect::Copy { text, .. } = operator.press("y") else { unreachable!("y copies a string") };
    assert!(text.starts_with("550-5.7.1 [192.0.2.7]"));
    let Effect::Copy { text, .. } = operator.press("Y") else { unreachable!("Y copies all") };
    insta::assert_snapshot!("copied", text.lines().take(14).collect::<Vec<_>>().join("\n"));
    assert!(!text.chars().any(|character| character.is_control() && character != '\n'));
}

#[test]
fn the_status_bar_names_only_keys_that_work_here() {
    let mut operator = Operator::at(Send::incident(), (200, 60), "default");
    let last = |operator: &Operator| operator.screen().lines().last().unwrap_or_default().to_owned();
    assert!(last(&operator).contains("s sort") && !last(&operator).contains("w wrap"));
    operator.press("<enter>");
    assert!(!last(&operator).contains("s sort") && last(&operator).contains("w wrap"));
}

#[test]
fn no_text_from_outside_can_move_the_cursor_of_the_terminal() {
    let mut operator = Operator::new(Send::incident());
    operator.console.state.notice(&["\u{1b}[2Jnotice".into()]);
    assert!(operator.screen().contains("\\e[2Jnotice"));
}

#[test]
fn a_key_without_a_meaning_does_nothing() {
    let keymap = Keymap::default();
    let mut operator = Operator::new(Send::calm());
    let key = KeyEvent::new(KeyCode::Char('Q'), KeyModifiers::SHIFT);
    assert!(keymap.action(key, operator.console.state.place()).is_none());
    assert_eq!(operator.press("Q"), Effect::None);
}
