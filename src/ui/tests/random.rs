//! Whatever a hand does, in whatever order, at whatever size.

mod snapshots;

use std::sync::Arc;
use std::time::Duration;

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers, MouseButton, MouseEventKind};
use proptest::prelude::*;
use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::{Position, Rect};
use ratatui::style::{Color, Style};

use self::snapshots::any_snapshot;
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

/// Whoever does all that at a console.
trait Hand {
    fn console(&mut self) -> (&mut Console, &dyn Scene);

    /// What was asked for is there.
    fn answers(&mut self);

    /// So many seconds go by, and what there is is drawn anew.
    fn waits(&mut self, seconds: u64);

    /// Looks at what came of it.
    fn looks(&mut self);

    fn does(&mut self, deed: &Deed) {
        match deed {
            Deed::Event(event) => {
                let (console, scene) = self.console();
                console.event(event, scene);
            }
            Deed::Action(at) => {
                let (console, _) = self.console();
                let picture = console.picture().clone();
                apply(&mut console.state, TABLE[*at].action, &picture);
            }
            Deed::Answer => self.answers(),
            Deed::Wait(seconds) => {
                self.console().0.outdated();
                self.waits(*seconds);
            }
        }
        self.looks();
    }
}

impl Hand for Operator {
    fn console(&mut self) -> (&mut Console, &dyn Scene) {
        (&mut self.console, &self.scene)
    }

    fn answers(&mut self) {
        let state = &mut self.console.state;
        state.traces.reach(Reached::Found(Arc::new(traced("4XzK002Bqz9rT"))));
        if state.desk.is_waiting() {
            state.desk.made(Ok(incident::document()));
        }
    }

    fn waits(&mut self, seconds: u64) {
        self.wait(seconds);
    }

    fn looks(&mut self) {
        self.console.refresh(&self.scene);
        self.read();
    }
}

/// On a log that was read, whose past can be looked at.
impl Hand for Watcher {
    fn console(&mut self) -> (&mut Console, &dyn Scene) {
        (&mut self.console, &self.live)
    }

    fn answers(&mut self) {
        self.live.renew(Arc::new(log().clone()));
    }

    fn waits(&mut self, seconds: u64) {
        self.console.tick(Duration::from_secs(seconds), Moment::from_seconds(1_795_185_127));
    }

    fn looks(&mut self) {
        self.look();
    }
}

/// Cells around the screen that nobody may write to.
const MARGIN: u16 = 3;

/// Cells around the screen that are known again.
fn sentinel() -> Cell {
    let mut cell = Cell::new("\u{2588}");
    cell.set_fg(Color::Rgb(1, 2, 3)).set_bg(Color::Rgb(4, 5, 6));
    cell
}

/// Something larger than a screen of this size, and where in it the screen is.
fn framed((columns, rows): (u16, u16)) -> (Buffer, Rect) {
    let area = Rect::new(MARGIN, MARGIN, columns, rows);
    let whole = Rect::new(0, 0, columns + 2 * MARGIN, rows + 2 * MARGIN);
    let mut buffer = Buffer::filled(whole, sentinel());
    area.positions().for_each(|position| buffer[position].reset());
    (buffer, area)
}

/// The first cell outside of `area` that is not as it was, or that a wide character inside reaches into.
fn written_outside(buffer: &Buffer, area: Rect) -> Option<Position> {
    let sentinel = sentinel();
    let is_written = |position: &Position| !area.contains(*position) && buffer[*position] != sentinel;
    let last = |y: u16| Position::new(area.right() - 1, y);
    let is_wide = |position: &Position| crate::text::width(buffer[*position].symbol()) > 1;
    buffer.area.positions().find(is_written).or_else(|| (area.top()..area.bottom()).map(last).find(is_wide))
}

#[test]
fn a_cell_outside_is_seen() {
    let (mut buffer, area) = framed((4, 2));
    assert_eq!(written_outside(&buffer, area), None);
    buffer.set_string(MARGIN, MARGIN, "abcd", Style::new());
    assert_eq!(written_outside(&buffer, area), None);
    buffer.set_string(MARGIN + 2, MARGIN + 1, "a\u{90ae}", Style::new());
    assert!(written_outside(&buffer, area).is_some(), "a wide character in the last column");
    for (x, y) in [(MARGIN - 1, MARGIN), (MARGIN + 4, MARGIN), (MARGIN, MARGIN - 1), (MARGIN, MARGIN + 2)] {
        let (mut buffer, area) = framed((4, 2));
        buffer[(x, y)].set_style(Style::new().fg(Color::Red));
        assert_eq!(written_outside(&buffer, area), Some(Position::new(x, y)));
    }
}

/// Draws into the middle of something larger: nothing around it changes, nothing in it is a control.
fn drawn_inside(console: &Console) -> Result<(), TestCaseError> {
    let (mut buffer, area) = framed(console.state.size);
    console.draw_in(&mut buffer, area);
    let outside = written_outside(&buffer, area);
    prop_assert!(outside.is_none(), "{:?} outside of {area} is {:?}", outside, outside.map(|at| &buffer[at]));
    let control = |position: &Position| buffer[*position].symbol().chars().any(char::is_control);
    prop_assert_eq!(area.positions().find(control), None);
    for (place, target) in console.hits().all() {
        prop_assert!(area.intersection(*place) == *place, "{target:?} at {place:?}");
    }
    Ok(())
}

/// What has to hold of every state: it is drawn inside, its places can be clicked, it can be quit.
fn holds(console: &mut Console, scene: &dyn Scene) -> Result<(), TestCaseError> {
    drawn_inside(console)?;
    // What is clicked is what was drawn where it is.
    let (columns, rows) = console.state.size;
    console.draw(&mut Buffer::empty(Rect::new(0, 0, columns, rows)));
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

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, ..ProptestConfig::default() })]

    #[test]
    fn whatever_was_logged_and_whatever_is_done_it_draws_inside_and_can_be_quit(
        made in any_snapshot(),
        size in any_size(),
        (ascii, replays) in any::<(bool, bool)>(),
        deeds in proptest::collection::vec(prop_oneof![3 => any_deed(), 1 => any_step()], 0..40),
    ) {
        let mut watcher = Watcher::at(size, made.snapshot());
        (watcher.console.state.ascii, watcher.console.state.replays) = (ascii, replays);
        holds(&mut watcher.console, &watcher.live)?;
        for deed in &deeds {
            watcher.does(deed);
            holds(&mut watcher.console, &watcher.live)?;
        }
        for _ in 0..24 {
            watcher.press("<esc>");
        }
        prop_assert_eq!(watcher.console.state.screen(), Screen::Board);
        prop_assert_eq!(watcher.press("q"), Effect::Quit);
    }

    #[test]
    fn every_screen_of_whatever_was_logged_is_drawn_inside_at_every_size(
        made in any_snapshot(),
        sizes in proptest::collection::vec((1u16..301, 1u16..101), 1..6),
    ) {
        let snapshot = made.snapshot();
        for keys in ["", "<enter>", "<enter><tab>", "c", "I", "I<tab>", "I<tab><tab>", "C", "C<enter>", "p", "S", "?", ":", "T", "e", "/new "] {
            let mut watcher = Watcher::at((80, 24), snapshot.clone());
            watcher.press(keys);
            for size in sizes.iter().copied().chain([(1, 1), (40, 12), (300, 100)]) {
                watcher.console.state.size = size;
                watcher.look();
                holds(&mut watcher.console, &watcher.live)?;
            }
        }
    }
}
