//! Pictures of every screen: each at four sizes in three themes, a file for each screen and size.

pub(super) mod screens;
mod sheet;

use ratatui::buffer::Buffer;
use ratatui::layout::Rect;

use super::{Operator, Send};
use screens::{Shot, screens};
pub(super) use sheet::text;

/// The smallest layout, a terminal as it opens, half a screen, a whole one.
const SIZES: [(u16, u16); 4] = [(40, 12), (80, 24), (120, 40), (200, 60)];

impl Operator {
    /// What is on the screen in each theme, the scene drawn anew in each of them.
    fn worn(&mut self, themes: &sheet::Themes) -> [Buffer; 3] {
        let (columns, rows) = self.console.state.size;
        let own = self.console.state.theme.clone();
        let buffers = themes.each().map(|theme| {
            self.console.state.theme = theme.clone();
            let mut buffer = Buffer::empty(Rect::new(0, 0, columns, rows));
            self.console.draw(&mut buffer);
            buffer
        });
        self.console.state.theme = own;
        buffers
    }
}

impl Shot {
    pub(super) fn taken(&self, size: (u16, u16)) -> Operator {
        let mut operator = Operator::at((self.scene)(), size, "default");
        (self.before)(&mut operator);
        operator.press(self.keys);
        (self.after)(&mut operator);
        operator
    }
}

fn every_screen_at(size: (u16, u16)) {
    let themes = sheet::Themes::new();
    for shot in screens() {
        let buffers = shot.taken(size).worn(&themes);
        let name = format!("{}_{}x{}", shot.name, size.0, size.1);
        insta::assert_snapshot!(name, themes.sheet(&buffers));
    }
}

// A test for each size: they are drawn side by side.
#[test]
fn every_screen_on_the_smallest_terminal() {
    every_screen_at(SIZES[0]);
}

#[test]
fn every_screen_on_a_terminal_as_it_opens() {
    every_screen_at(SIZES[1]);
}

#[test]
fn every_screen_on_half_a_screen() {
    every_screen_at(SIZES[2]);
}

#[test]
fn every_screen_on_a_whole_screen() {
    every_screen_at(SIZES[3]);
}

#[test]
fn the_letters_of_the_styles() {
    insta::assert_snapshot!("styles", sheet::Themes::new().legend());
}

#[test]
fn no_two_pictures_have_one_name() {
    let mut names: Vec<_> = screens().iter().map(|shot| shot.name).collect();
    let all = names.len();
    names.sort_unstable();
    names.dedup();
    assert_eq!(names.len(), all);
}

#[test]
fn light_and_dark_on_the_two_main_screens() {
    // The others differ in their palettes alone, which tests of their own look at.
    for theme in ["dark", "light"] {
        for (name, keys) in [("overview_cell", "jjlll"), ("drill", "<enter>")] {
            let mut operator = Operator::at(Send::incident(), (80, 24), theme);
            operator.press(keys);
            insta::assert_snapshot!(format!("{name}_80x24_{theme}"), sheet::runs(&operator.buffer()));
        }
    }
}

#[test]
fn the_sentence_below_the_smallest_layout() {
    for size in [(30, 8), (39, 40), (120, 11)] {
        let mut operator = Operator::at(Send::incident(), size, "default");
        let buffers = operator.worn(&sheet::Themes::new());
        let name = format!("too_small_{}x{}", size.0, size.1);
        insta::assert_snapshot!(name, sheet::Themes::new().sheet(&buffers));
    }
}

#[test]
fn without_utf_8_every_cell_is_ascii() {
    for shot in screens() {
        let mut operator = shot.taken((80, 24));
        operator.console.state.ascii = true;
        assert!(operator.screen().is_ascii(), "{}", operator.screen());
    }
    let mut operator = Operator::new(Send::incident());
    operator.console.state.ascii = true;
    insta::assert_snapshot!("overview_incident_80x24_ascii", operator.screen());
}
