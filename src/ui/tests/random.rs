//! Whatever a hand does, in whatever order, at whatever size.

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEventKind};
use proptest::prelude::*;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::pointing::mouse;
use super::time::{Watcher, log};
use super::{Effect, Operator, Screen, Send, incident};
use crate::model::Moment;
use crate::ui::action::TABLE;
use crate::ui::console::{Console, Scene};
use crate::ui::fixture::traced;
use crate::ui::traces::Reached;
use crate::ui::update::apply;

/// One thing that happens.
#[derive(Clone, Debug)]
enum Deed {
    Event(Event),
    /// An action of the table, whether it is meant for this screen or not.
    Action(usize),
    /// What was searched or made is there.
    Answer,
    /// Seconds go by, and something newer is there.
    Wait(u64),
}

fn any_key() -> impl Strategy<Value = KeyEvent> {
    let named = vec![
        KeyCode::Enter,
        KeyCode::Esc,
        KeyCode::Tab,
        KeyCode::BackTab,
        KeyCode::PageDown,
        KeyCode::PageUp,
        KeyCode::Home,
        KeyCode::End,
        KeyCode::Backspace,
        KeyCode::Delete,
        KeyCode::Insert,
        KeyCode::Left,
        KeyCode::Right,
        KeyCode::Up,
        KeyCode::Down,
        KeyCode::F(1),
        KeyCode::F(7),
        KeyCode::Null,
    ];
    let letters: Vec<char> = (' '..='~').chain("é邮\u{202e}\u{301}".chars()).collect();
    let code = prop_oneof![
        3 => proptest::sample::select(letters).prop_map(KeyCode::Char),
        2 => proptest::sample::select(named),
    ];
    let modifiers = prop_oneof![
        8 => Just(KeyModifiers::NONE),
        1 => Just(KeyModifiers::CONTROL),
        1 => Just(KeyModifiers::ALT),
        1 => Just(KeyModifiers::SHIFT),
    ];
    (code, modifiers).prop_map(|(code, modifiers)| KeyEvent::new(code, modifiers))
}

fn any_deed() -> impl Strategy<Value = Deed> {
    let pointed = vec![
        MouseEventKind::Down(MouseButton::Left),
        MouseEventKind::Down(MouseButton::Right),
        MouseEventKind::Up(MouseButton::Left),
        MouseEventKind::ScrollUp,
        MouseEventKind::ScrollDown,
    ];
    let pointed = (proptest::sample::select(pointed), 0u16..301, 0u16..101);
    prop_oneof![
        8 => any_key().prop_map(|key| Deed::Event(Event::Key(key))),
        8 => (0..TABLE.len()).prop_map(Deed::Action),
        6 => pointed.prop_map(|(kind, column, row)| Deed::Event(mouse(kind, (column, row)))),
        1 => (0u16..301, 0u16..101).prop_map(|(columns, rows)| Deed::Event(Event::Resize(columns, rows))),
        1 => (1u16..100, 1u16..30).prop_map(|(columns, rows)| Deed::Event(Event::Resize(columns, rows))),
        1 => ".{0,40}".prop_map(|text| Deed::Event(Event::Paste(text))),
        2 => Just(Deed::Answer),
        1 => (0u64..20).prop_map(Deed::Wait),
    ]
}

/// A step through time, or a screen that shows it.
fn any_step() -> impl Strategy<Value = Deed> {
    let keys: Vec<char> = "[]{}O0 ILpT".chars().collect();
    proptest::sample::select(keys).prop_map(|key| Deed::Event(Event::Key(super::key(key))))
}

fn any_scene() -> impl Strategy<Value = fn() -> Send> {
    proptest::sample::select(vec![
        Send::calm as fn() -> Send,
        Send::incident,
        Send::past,
        Send::theirs,
        Send::few,
        Send::held,
        Send::mixed,
        Send::reading,
        Send::empty,
        || Send::logged(3_000),
    ])
}

impl Operator {
    fn does(&mut self, deed: &Deed) {
        match deed {
            Deed::Event(event) => {
                self.console.event(event, &self.scene);
            }
            Deed::Action(at) => {
                let picture = self.console.picture().clone();
                apply(&mut self.console.state, TABLE[*at].action, &picture);
            }
            Deed::Answer => {
                let state = &mut self.console.state;
                state.traces.reach(Reached::Found(Arc::new(traced("4XzK002Bqz9rT"))));
                if state.desk.is_waiting() {
                    state.desk.made(Ok(incident::document()));
                }
            }
            Deed::Wait(seconds) => {
                self.console.outdated();
                self.wait(*seconds);
            }
        }
        self.console.refresh(&self.scene);
        self.read();
    }
}

impl Watcher {
    /// The same on a log that was read, whose past can be looked at.
    fn does(&mut self, deed: &Deed) {
        match deed {
            Deed::Event(event) => {
                self.console.event(event, &self.live);
            }
            Deed::Action(at) => {
                let picture = self.console.picture().clone();
                apply(&mut self.console.state, TABLE[*at].action, &picture);
            }
            Deed::Answer => self.live.renew(Arc::new(log().clone())),
            Deed::Wait(seconds) => {
                self.console.outdated();
                self.console.tick(Duration::from_secs(*seconds), Moment::from_seconds(1_795_185_127));
            }
        }
        self.look();
    }
}

/// What has to hold of every state: it is drawn inside, its places can be clicked, it can be quit.
fn holds(console: &mut Console, scene: &dyn Scene) -> Result<(), TestCaseError> {
    let (columns, rows) = console.state.size;
    let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
    console.draw(&mut buffer);
    prop_assert!(!buffer.content.iter().any(|cell| cell.symbol().chars().any(char::is_control)));
    for (area, target) in console.hits().all() {
        prop_assert!(buffer.area.intersection(*area) == *area, "{target:?} at {area:?}");
    }
    // A look at every state, without leaving it.
    let quit = Event::Key(KeyEvent::new(KeyCode::Char('c'), KeyModifiers::CONTROL));
    prop_assert_eq!(console.event(&quit, scene), Some(Effect::Quit));
    Ok(())
}

fn any_size() -> impl Strategy<Value = (u16, u16)> {
    prop_oneof![
        2 => Just((80u16, 24u16)),
        1 => Just((40, 12)),
        1 => Just((120, 40)),
        1 => (1u16..301, 1u16..101),
    ]
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 64, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_it_draws_inside_can_be_quit_and_leads_back(
        scene in any_scene(),
        size in any_size(),
        (ascii, replays) in any::<(bool, bool)>(),
        deeds in proptest::collection::vec(any_deed(), 1..50),
    ) {
        let mut operator = Operator::at(scene(), size, "default");
        (operator.console.state.ascii, operator.console.state.replays) = (ascii, replays);
        for deed in &deeds {
            operator.does(deed);
            holds(&mut operator.console, &operator.scene)?;
        }
        for _ in 0..24 {
            operator.press("<esc>");
        }
        let state = &operator.console.state;
        prop_assert_eq!(state.screen(), Screen::Board);
        prop_assert!(state.editing.is_none() && state.palette.is_none() && state.filter.is_empty());
        prop_assert_eq!(operator.press("q"), Effect::Quit);
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, ..ProptestConfig::default() })]

    #[test]
    fn whatever_is_done_while_the_past_is_looked_at_it_leads_back_to_live(
        size in any_size(),
        deeds in proptest::collection::vec(prop_oneof![2 => any_deed(), 1 => any_step()], 1..40),
    ) {
        let mut watcher = Watcher::at(size, log().clone());
        for deed in &deeds {
            watcher.does(deed);
            holds(&mut watcher.console, &watcher.live)?;
        }
        for _ in 0..24 {
            watcher.press("<esc>");
        }
        prop_assert_eq!(watcher.console.state.screen(), Screen::Board);
        watcher.press("0");
        let state = &watcher.console.state;
        prop_assert!(state.sight.is_none() && !state.frozen);
    }
}
