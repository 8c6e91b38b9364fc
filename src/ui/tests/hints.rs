//! The last row names only keys that do something here and now.

use ratatui::layout::Rect;

use super::shots::screens::screens;
use super::{Operator, Send};
use crate::ui::action::Action;
use crate::ui::hits::Target;
use crate::ui::update::{Effect, apply};

/// What a key can change, but for a sentence that is said.
fn seen(operator: &Operator) -> String {
    let state = &operator.console.state;
    let screen = operator.screen();
    let (above, _) = screen.trim_end().rsplit_once('\n').unwrap_or_default();
    let typed = state.editing.is_some() || state.palette.is_some();
    let chosen = (&state.pick, &state.sort, state.window, state.sight, state.frozen);
    format!("{above}\n{:?} {chosen:?} {} {typed}", state.way(), state.filter.text())
}

/// As wide as all hints need.
const SIZE: (u16, u16) = (200, 24);

#[test]
fn every_key_that_is_named_does_something() {
    let (mut named, mut idle) = (0, Vec::new());
    for shot in screens() {
        let untouched = shot.taken(SIZE);
        let before = seen(&untouched);
        let last = |area: &Rect| area.y == SIZE.1 - 1;
        let hits = untouched.console.hits();
        let named_here = hits.all().iter().filter(|(area, _)| last(area)).map(|(_, target)| target);
        let actions = named_here
            .filter_map(|target| if let Target::Do(action) = target { Some(*action) } else { None });
        for action in actions {
            // What these do is the loop's; and `[ ]` is one hint, whose second half leads back.
            let is_elsewhere =
                matches!(action, Action::Pause | Action::Slower | Action::Faster | Action::Refresh);
            if is_elsewhere || action == Action::Later {
                continue;
            }
            let mut operator = shot.taken(SIZE);
            let picture = operator.console.picture().clone();
            let effect = apply(&mut operator.console.state, action, &picture);
            operator.console.refresh(&operator.scene);
            named += 1;
            if effect == Effect::None && seen(&operator) == before {
                idle.push(format!("{}: {action:?}: {:?}", shot.name, operator.console.state.message()));
            }
        }
    }
    assert!(idle.is_empty(), "these lead nowhere: {idle:#?}");
    assert!(named > 500, "{named}");
}

#[test]
fn the_way_back_from_a_log_over_a_zoomed_pane_is_called_back() {
    let mut operator = Operator::new(Send::incident());
    operator.press("<enter><enter>");
    assert!(operator.screen().contains("Esc unzoom"), "{}", operator.screen());
    operator.press("L");
    assert!(operator.screen().contains("Esc back"), "{}", operator.screen());
}

#[test]
fn the_ends_of_the_window_are_told() {
    let mut operator = Operator::new(Send::incident());
    operator.press("------");
    assert_eq!(operator.console.state.message().unwrap().as_str(), "1m is the shortest window");
    operator.press("+++++++");
    assert_eq!(operator.console.state.message().unwrap().as_str(), "24h is the longest window");
}
