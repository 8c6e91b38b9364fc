//! The console: the screens of a snapshot, and the keys that move through it.
//!
//! The way of a key: `run` reads it, `keymap` finds the action in the one table of `action`,
//! `update` changes the `state`, the state asks a question, `picture` holds the snapshot's
//! answers, `view` draws them, `painter` sends what is different, `pen` in few bytes. While `view`
//! draws, it notes in `hits` what lies where: a click goes the same way from there on. The operator's
//! keys lie over the table's in `keymap`; `palette` finds actions and `commands` by name.

mod action;
mod alert;
mod asking;
mod chronicle;
mod clipboard;
mod commands;
mod completion;
mod console;
mod exports;
mod fuzzy;
mod handover;
mod hits;
mod keeper;
mod keymap;
mod leaving;
mod line_edit;
mod maker;
mod notebook;
mod order;
mod painter;
mod palette;
mod pen;
mod picture;
mod point;
mod rawlog;
mod reach;
mod rehearsal;
mod run;
mod screens;
mod settings;
mod state;
mod terminal;
mod theme;
mod traces;
mod typing;
mod update;
mod view;
mod wardrobe;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crossbeam_channel::Receiver;

use crate::engine::{Filter, Folder, Saved, Stop};
use crate::model::Window;
use crate::text::remark::Remark;

pub use exports::{Document, Exports, Kind, Making, Wanted};
pub use keymap::Refused;
pub use rehearsal::Rehearsal;
pub use run::run;
pub use settings::Renewed;
pub use state::STRINGS;
pub use terminal::columns;

/// How the console starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// One of [`themes`], one of the operator's own, or `auto`.
    pub theme: String,
    /// The operator's own themes: path and content of each file.
    pub themes: Vec<(String, Vec<u8>)>,
    /// The file that keeps settings for good, as it is shown; empty where there is none.
    pub file: String,
    /// How many strings a sample has, 20–30.
    pub sample: usize,
    /// Whether what comes out is redacted, unless asked otherwise.
    pub redact: bool,
    /// Tells what is set anew while the console runs.
    pub renewed: Option<Receiver<Renewed>>,
    /// The window of the board.
    pub window: Window,
    /// Draw with ASCII only: for terminals without UTF-8.
    pub ascii: bool,
    /// No colour, whatever the theme: `NO_COLOR`.
    pub mono: bool,
    /// What was decided at the start, a line each, shown once: which logs were chosen.
    pub notices: Vec<String>,
    /// Whether the keys to begin with are shown under them.
    pub is_first: bool,
    /// Where the operator's records are kept; without it they last as long as the console.
    pub records: Option<Folder>,
    /// Who the operator is, in the record: `user@host`.
    pub who: String,
    /// Who makes what comes out; without it the menu says that there is nothing.
    pub exports: Option<Arc<dyn Exports>>,
    /// Keys over ours: ids of actions and the keys that they have instead. See [`check_keys`].
    pub keys: Vec<(String, Vec<String>)>,
    /// Take clicks and the wheel; M takes them and gives them back.
    pub mouse: bool,
    /// Ring the terminal's bell at a new incident.
    pub bell: bool,
    /// Set the window's title to the incident that runs.
    pub title: bool,
    /// What the demo plays, when it is one.
    pub demo: Option<String>,
    /// What is let through at the start.
    pub filter: Filter,
    /// Filters that have a name.
    pub filters: Saved,
    /// Set from outside, by a signal: leave, and restore the terminal.
    pub quit: Stop,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            theme: "default".into(),
            themes: Vec::new(),
            file: String::new(),
            sample: STRINGS,
            redact: true,
            renewed: None,
            window: Window::default(),
            ascii: false,
            mono: false,
            notices: Vec::new(),
            is_first: false,
            records: None,
            who: String::new(),
            exports: None,
            keys: Vec::new(),
            mouse: true,
            bell: true,
            title: true,
            demo: None,
            filter: Filter::default(),
            filters: Saved::default(),
            quit: Stop::default(),
        }
    }
}

/// Says what is wrong with a theme, before anything is opened for it; `files` are the operator's own.
///
/// # Errors
/// When no theme has this name, and the words name those that there are; when the operator's own has
/// mistakes.
pub fn check_theme(name: &str, files: &[(String, Vec<u8>)]) -> Result<(), String> {
    theme::Shelf::with(files).for_ground(name, None).map(drop).map_err(|error| error.to_string())
}

/// Every mistake in the operator's own themes.
#[must_use]
pub fn theme_mistakes(files: &[(String, Vec<u8>)]) -> Vec<Remark> {
    theme::Shelf::with(files).mistakes()
}

/// The JSON schema of a theme.
#[must_use]
pub fn theme_schema() -> serde_json::Value {
    theme::schema()
}

/// Says everything that is wrong with keys over ours, each with its place in `keys`.
///
/// # Errors
/// Unknown actions, keys that cannot be read, keys with two meanings in one place, and places that no key
/// would leave any more.
pub fn check_keys(keys: &[(String, Vec<String>)]) -> Result<(), Vec<Refused>> {
    keymap::Keymap::patched(keys).map(drop)
}

/// The names of the themes inside the binary.
#[must_use]
pub fn themes() -> Vec<String> {
    theme::Shelf::default().names().into_iter().map(ToOwned::to_owned).collect()
}
