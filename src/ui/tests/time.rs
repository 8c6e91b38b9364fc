//! Looking back on a log that was read: keys in, what the screen says out.

use std::path::Path;
use std::sync::{Arc, OnceLock};

use crossterm::event::Event;
use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{named, shots};
use crate::engine::{Input, Mode, Playing, Setup, Snapshot, Speed, read_all};
use crate::model::Window;
use crate::ui::console::{Console, Live};
use crate::ui::state::State;
use crate::ui::theme::Theme;
use crate::ui::update::Effect;

/// A log of 24 minutes, from 08:00 to 08:24; Gmail's incident begins at 08:20:02 and lasts.
pub(super) fn log() -> &'static Snapshot {
    static LOG: OnceLock<Snapshot> = OnceLock::new();
    LOG.get_or_init(|| {
        let root = Path::new(env!("CARGO_MANIFEST_DIR"));
        let path = root.join("fixtures/incidents/gmail-reputation/mail.log.gz");
        read_all(vec![Input::File(path)], &Setup::embedded().unwrap(), &mut |_, _| {}).unwrap()
    })
}

/// The same with something changed.
fn with(snapshot: &Snapshot, change: impl FnOnce(&mut Snapshot)) -> Snapshot {
    let mut changed = snapshot.clone();
    change(&mut changed);
    changed
}

/// A console on it, as the loop drives it.
pub(super) struct Watcher {
    pub(super) live: Live,
    pub(super) console: Console,
}

impl Watcher {
    pub(super) fn at(size: (u16, u16), snapshot: Snapshot) -> Self {
        let live = Live::new(Arc::new(snapshot));
        let state = State::new(size, Window::M5, Theme::named("default").unwrap(), false);
        Self { console: Console::new(state, &live), live }
    }

    fn new() -> Self {
        Self::at((120, 40), with(log(), |log| log.mode = Mode::Live))
    }

    pub(super) fn press(&mut self, keys: &str) -> Effect {
        let (mut last, mut rest) = (Effect::None, keys);
        while let Some(first) = rest.chars().next() {
            let (name, left) = match rest.strip_prefix('<').and_then(|rest| rest.split_once('>')) {
                Some((name, left)) => (name.to_owned(), left),
                None => (first.to_string(), &rest[first.len_utf8()..]),
            };
            rest = left;
            let key = if name.chars().count() == 1 { super::key(first) } else { named(&name) };
            last = self.console.event(&Event::Key(key), &self.live).unwrap_or(Effect::None);
            self.look();
        }
        last
    }

    /// Holds and looks as the state says, as the loop does after a key.
    pub(super) fn look(&mut self) {
        let state = &self.console.state;
        if self.live.hold(state.frozen) | self.live.look(state.sight) {
            self.console.outdated();
        }
        self.console.refresh(&self.live);
    }

    fn screen(&self) -> String {
        let (columns, rows) = self.console.state.size;
        let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
        self.console.draw(&mut buffer);
        shots::text(&buffer)
    }

    fn header(&self) -> String {
        self.screen().lines().next().unwrap_or_default().to_owned()
    }

    fn clock(&self) -> String {
        self.console.picture().now.clock()
    }

    fn said(&self) -> String {
        self.console.state.message().map(ToString::to_string).unwrap_or_default()
    }
}

#[test]
fn steps_are_a_fifth_of_the_window_and_lead_back_to_live() {
    let mut watcher = Watcher::new();
    assert_eq!(watcher.clock(), "08:24:00");
    watcher.press("[");
    assert_eq!(watcher.clock(), "08:23:00");
    let header = watcher.header();
    assert!(header.contains("◀ 08:23:00") && header.contains("1m before now"), "{header}");
    assert!(header.contains("0 live") && !header.contains("● live"), "{header}");
    watcher.press("{");
    assert_eq!(watcher.clock(), "08:18:00");
    watcher.press("}]");
    assert_eq!((watcher.clock().as_str(), watcher.said().as_str()), ("08:24:00", "live again"));
    assert!(watcher.header().contains("● live"));
    watcher.press("]");
    assert_eq!(watcher.said(), "this is now");
    watcher.press("-[");
    assert_eq!(watcher.clock(), "08:23:48", "a fifth of a minute");
    watcher.press("0");
    assert!(watcher.console.state.sight.is_none());
}

#[test]
fn a_sample_of_the_past_is_filled_with_what_says_the_same_around_it_and_says_so() {
    for (size, says) in [((200, 60), " alike from around this time · "), ((80, 24), " from around")] {
        let mut watcher = Watcher::at(size, with(log(), |log| log.mode = Mode::Live));
        watcher.press("--[[[<enter>");
        let sample = &watcher.console.picture().sample;
        let shown = sample.strings.len();
        assert!(sample.around > 0 && shown - sample.around < 25, "{} of {shown}", sample.around);
        assert!(shown >= 20, "{shown}");
        let (now, window) = (watcher.console.picture().now, watcher.console.picture().window);
        let inside = |at| at < now && at >= now.plus_millis(-window.millis());
        let around = sample.strings.iter().filter(|string| !inside(string.at)).count();
        assert_eq!(around, sample.around);
        let screen = watcher.screen();
        assert!(screen.contains(says), "{screen}");
    }
    let mut watcher = Watcher::new();
    watcher.press("--<enter>");
    assert_eq!(watcher.console.picture().sample.around, 0, "of now there are enough");
}

#[test]
fn the_step_stops_where_what_is_kept_begins_and_says_so() {
    let mut watcher = Watcher::new();
    watcher.press("{{{{{{{");
    assert!(watcher.said().starts_with("what is kept begins at 2026-11-21 08:00:"), "{}", watcher.said());
    let first = watcher.clock();
    watcher.press("[");
    assert_eq!(watcher.clock(), first);
    watcher.press("0");
    assert_eq!(watcher.clock(), "08:24:00");
}

#[test]
fn a_typed_time_is_gone_to_and_a_mistake_stays_under_the_cursor() {
    let mut watcher = Watcher::new();
    watcher.press("@08:2x<enter>");
    assert!(watcher.screen().contains("▲ this does not belong to a time"), "{}", watcher.screen());
    watcher.press("<backspace>1:30<enter>");
    assert_eq!(watcher.clock(), "08:21:30");
    watcher.press("@-10m<enter>");
    assert_eq!(watcher.clock(), "08:14:00", "before now, wherever one looks");
    assert!(watcher.console.picture().incidents.is_empty());
    watcher.press("@07:00<enter>");
    assert!(watcher.screen().contains("what is kept begins at"), "it is of today, and too early");
    watcher.press("<esc>@now<enter>");
    assert_eq!(watcher.clock(), "08:24:00");
}

#[test]
fn the_onset_is_gone_to_and_everything_is_of_then() {
    let mut watcher = Watcher::new();
    let today = watcher.console.picture().incidents[0].clone();
    watcher.press("O");
    let then = watcher.console.picture().incidents[0].clone();
    assert!(
        then.until.is_none() && then.rejected < today.rejected,
        "{} of {}",
        then.rejected,
        today.rejected
    );
    let now = watcher.console.picture().now;
    assert!(now >= then.declared && now.plus_millis(-300_000) < then.onset, "it is in the window");
    assert!(
        watcher.said().starts_with("08:21:02, 1m 00s after it began at 08:20:02; "),
        "{}",
        watcher.said()
    );
    watcher.press("<enter>");
    let strings = &watcher.console.picture().sample.strings;
    let of_then = strings.iter().filter(|string| string.at < now).count();
    assert!(of_then > 0 && strings.len() - of_then <= watcher.console.picture().sample.around);
    let Effect::Copy { text, .. } = watcher.press("Y") else { unreachable!("a copy") };
    assert!(text.starts_with(&format!("As it stood at {} UTC:\n", now.date_clock())), "{text}");
    let wanted = |watcher: &Watcher| Arc::clone(watcher.live.shown());
    assert_eq!((wanted(&watcher).now, wanted(&watcher).back_from), (now, Some(today_now())));
    watcher.press("{");
    assert!(watcher.screen().contains("no incident yet at this time"), "{}", watcher.screen());
}

#[test]
fn what_is_not_of_the_moment_that_is_looked_at_says_so() {
    let mut watcher = Watcher::new();
    watcher.press("<enter>t");
    assert!(
        watcher.screen().contains("› trace ") && !watcher.screen().contains("lines after"),
        "{}",
        watcher.screen()
    );
    watcher.press("<esc><esc>@-10m<enter>O<enter>t");
    let at = watcher.console.picture().head.back.unwrap().clock();
    assert!(watcher.screen().contains(&format!("lines after {at} too")), "{}", watcher.screen());
    watcher.press("<esc><esc>C");
    assert!(watcher.screen().contains("begun by then, figures of now"), "{}", watcher.screen());
}

fn today_now() -> crate::model::Moment {
    log().now
}

#[test]
fn a_held_picture_is_looked_back_from_and_returned_to() {
    let mut watcher = Watcher::new();
    watcher.press(" [");
    assert!(watcher.header().contains("◀ 08:23:00"), "{}", watcher.header());
    watcher.press("]");
    assert_eq!(watcher.said(), "back where the picture is held");
    assert!(watcher.header().contains("‖ frozen 08:24:00"), "{}", watcher.header());
    watcher.press("[0");
    assert!(watcher.header().contains("● live"), "{}", watcher.header());
}

#[test]
fn what_began_meanwhile_is_told_over_a_past_picture() {
    let early = log().at(log().now.plus_millis(-600_000));
    let mut watcher = Watcher::at((120, 40), with(&early, |early| early.back_from = None));
    watcher.press("[");
    assert!(!watcher.header().contains("new incident"));
    watcher.live.renew(Arc::new(log().clone()));
    watcher.console.outdated();
    watcher.console.refresh(&watcher.live);
    assert!(watcher.header().contains("! 1 new incident"), "{}", watcher.header());
    watcher.console.state.size = (40, 12);
    assert!(watcher.header().contains("◀ 08:13:00   ! 1 new  0"), "{}", watcher.header());
    assert!(watcher.header().contains("◀ 08:13:00"), "what is looked at stands still: {}", watcher.header());
}

#[test]
fn the_small_header_says_that_it_is_not_live() {
    for size in [(40, 12), (80, 24), (200, 60)] {
        let mut watcher = Watcher::at(size, log().clone());
        watcher.press("[");
        let header = watcher.header();
        assert!(header.contains("◀ 08:23:00") && header.contains("0 live"), "{size:?}: {header}");
        assert!(header.contains("08:24 UTC"), "{size:?}: {header}");
    }
}

#[test]
fn a_replay_is_told_in_the_header_and_has_its_keys() {
    let playing =
        |paused| Playing { speed: Speed::Times(60.0), paused, until: Some(log().now), filling: false };
    let played = |mode, paused| with(log(), |log| (log.playing, log.mode) = (Some(playing(paused)), mode));
    for (mode, paused, told) in [
        (Mode::Live, false, "▶ ×60  08:24:00 of 08:24:00"),
        (Mode::Live, true, "‖ paused ×60  08:24:00 of 08:24:00"),
        (Mode::Ended, false, "■ ended 08:24:00"),
    ] {
        let mut watcher = Watcher::at((120, 40), played(mode, paused));
        watcher.console.state.replays = true;
        assert!(watcher.header().contains(told), "{}", watcher.header());
        let is_told = watcher.screen().contains("< > speed");
        assert_eq!(is_told, mode == Mode::Live, "{}", watcher.screen());
        for (key, play) in [
            ("P", crate::engine::Play::Pause),
            ("<", crate::engine::Play::Slower),
            (">", crate::engine::Play::Faster),
        ] {
            assert_eq!(watcher.press(key), Effect::Play(play));
        }
        watcher.press(" ");
        assert!(watcher.header().contains("‖ frozen 08:24:00"), "{}", watcher.header());
    }
    let mut live = Watcher::new();
    assert!(!live.screen().contains("speed"), "no key is named that does nothing");
    live.press("?");
    assert!(!live.screen().contains("replay"), "nor on the help");
}

#[test]
fn a_filter_for_addresses_says_where_the_log_names_none() {
    for size in [(80, 24), (120, 40)] {
        let mut watcher = Watcher::at(size, with(log(), |log| log.mode = Mode::Live));
        watcher.press("/source:192.0.2.0/24<enter>");
        let words = |watcher: &Watcher| watcher.screen().split_whitespace().collect::<Vec<_>>().join(" ");
        let told = "This log names no sending addresses: use host: for one of your MTAs";
        assert!(words(&watcher).contains(told), "{}", watcher.screen());
        let named = log().tallies.iter().find(|(name, _)| !name.is_empty()).unwrap().0.to_string();
        watcher.press(&format!("/<ctrl-u>source:{named}<enter>"));
        assert!(!words(&watcher).contains(told) && watcher.console.picture().board.total.attempts > 0);
    }
}

#[test]
fn an_incident_that_a_filter_hides_gives_no_order() {
    let mut watcher = Watcher::new();
    watcher.press("<enter>");
    assert!(watcher.screen().contains("Pause sends"), "{}", watcher.screen());
    watcher.press("/provider:yahoo<enter>");
    let screen = watcher.screen();
    assert!(screen.contains("The filter hides all of this incident"), "{screen}");
    assert!(!screen.contains("Pause sends") && !screen.contains("DON'T"), "{screen}");
}

#[test]
fn of_the_past_what_is_of_now_says_so_or_is_not_there() {
    let mut watcher = Watcher::new();
    assert!(watcher.header().contains("lines/s") && !watcher.screen().contains("up to now"));
    watcher.press("[");
    let screen = watcher.screen();
    assert!(!watcher.header().contains("lines/s"), "{screen}");
    assert!(screen.contains("What was read · up to now"), "{screen}");
}

#[test]
fn each_rate_says_over_what_it_is() {
    for (size, told) in
        [((40, 12), "% in 4m"), ((80, 24), "% since 08:20:02"), ((120, 40), "% since 08:20:02")]
    {
        let mut watcher = Watcher::at(size, with(log(), |log| log.mode = Mode::Live));
        assert!(watcher.screen().contains(told), "{}", watcher.screen());
        watcher.press("<enter>");
        let screen = watcher.screen();
        let row = screen.lines().find(|row| row.contains("Gmail")).unwrap_or_default();
        assert!(row.contains(" in 5m"), "{screen}");
    }
}
