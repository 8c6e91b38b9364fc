//! The way here: the screens under the one in sight, each a step back.

use ratatui::layout::Rect;
use ratatui::text::Span;

use super::canvas::Canvas;
use super::trend::scope_name;
use crate::text::width;
use crate::ui::hits::Target;
use crate::ui::picture::Picture;
use crate::ui::screens::Screen;
use crate::ui::state::State;
use crate::ui::theme::Role;

/// Below this width there is only room for where we are.
const ROOM: u16 = 72;
/// Cells of a drill's scope at most.
const SCOPE: u16 = 24;

/// `overview › Gmail › incident › `, for the beginning of the line that says where we are; nothing but a
/// blank where the line is short. Where the way is long, its middle is left out.
pub(super) fn under(
    canvas: &mut Canvas<'_>,
    area: Rect,
    state: &State,
    picture: &Picture,
) -> Vec<Span<'static>> {
    let mut spans = vec![Span::raw(" ")];
    if area.width < ROOM || area.height == 0 {
        return spans;
    }
    // The list of themes lies over the screen that is drawn.
    let way = match state.way().split_last() {
        Some((Screen::Themes, under)) => under,
        _ => state.way(),
    };
    let mut steps: Vec<(usize, String)> = way
        .split_last()
        .map_or(&[][..], |(_, under)| under)
        .iter()
        .enumerate()
        .map(|(depth, screen)| (depth, name(*screen, state, picture)))
        .collect();
    let total = |steps: &[(usize, String)]| steps.iter().map(|(_, name)| width(name) + 3).sum::<usize>();
    let room = usize::from(area.width / 2);
    let mut is_cut = false;
    while steps.len() > 2 && total(&steps) > room {
        steps.remove(1);
        is_cut = true;
    }
    let mut x = area.x + 1;
    for (place, (depth, name)) in steps.into_iter().enumerate() {
        if place == 1 && is_cut {
            spans.push(canvas.span(Role::Dim, "… › "));
            x += 4;
        }
        let cells = u16::try_from(width(&name)).unwrap_or(u16::MAX);
        canvas.hit(Rect { x, y: area.y, width: cells, height: 1 }, Target::Crumb(depth));
        spans.push(canvas.span(Role::Dim, format!("{name} › ")));
        x = x.saturating_add(cells).saturating_add(3);
    }
    spans
}

/// What a screen is called on the way.
fn name(screen: Screen, state: &State, picture: &Picture) -> String {
    match screen {
        Screen::Board => "overview".to_owned(),
        Screen::Drill => scope_name(&state.drill.scope, picture, SCOPE),
        Screen::Incident => "incident".to_owned(),
        Screen::Sends => "sends".to_owned(),
        Screen::Compare => "compare".to_owned(),
        Screen::Exports => "export".to_owned(),
        Screen::Preview => "preview".to_owned(),
        Screen::Trace => "trace".to_owned(),
        Screen::RawLog => "raw log".to_owned(),
        Screen::Probes => "probes".to_owned(),
        Screen::Themes => "themes".to_owned(),
        Screen::Sources => "sources".to_owned(),
        Screen::Help => "help".to_owned(),
    }
}
