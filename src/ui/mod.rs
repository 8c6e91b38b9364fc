//! The console: the screens of a snapshot, and the keys that move through it.
//!
//! The way of a key: `run` reads it, `keymap` finds the action in the one table of `action`,
//! `update` changes the `state`, the state asks a question, `picture` holds the snapshot's
//! answers, `view` draws them.

mod action;
mod alert;
mod chronicle;
mod clipboard;
mod completion;
mod console;
mod exports;
mod handover;
mod keeper;
mod keymap;
mod line_edit;
mod maker;
mod notebook;
mod order;
mod picture;
mod point;
mod rawlog;
mod reach;
mod run;
mod screens;
mod state;
mod terminal;
mod theme;
mod traces;
mod typing;
mod update;
mod view;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use crate::engine::{Filter, Folder, Saved};
use crate::model::Window;

pub use exports::{Document, Exports, Kind, Making, Wanted};
pub use run::run;
pub use terminal::columns;

/// How the console starts.
#[derive(Clone, Debug)]
pub struct Options {
    /// One of [`themes`].
    pub theme: String,
    /// The window of the board.
    pub window: Window,
    /// Draw with ASCII only: for terminals without UTF-8.
    pub ascii: bool,
    /// No colour, whatever the theme: `NO_COLOR`.
    pub mono: bool,
    /// What was decided at the start, a line each, shown once: which logs were chosen.
    pub notices: Vec<String>,
    /// Where the operator's records are kept; without it they last as long as the console.
    pub records: Option<Folder>,
    /// Who the operator is, in the record: `user@host`.
    pub who: String,
    /// Who makes what comes out; without it the menu says that there is nothing.
    pub exports: Option<Arc<dyn Exports>>,
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
    pub quit: Arc<AtomicBool>,
}

impl Default for Options {
    fn default() -> Self {
        Self {
            theme: "default".into(),
            window: Window::default(),
            ascii: false,
            mono: false,
            notices: Vec::new(),
            records: None,
            who: String::new(),
            exports: None,
            bell: true,
            title: true,
            demo: None,
            filter: Filter::default(),
            filters: Saved::default(),
            quit: Arc::default(),
        }
    }
}

/// Says what is wrong with the name of a theme, before anything is opened for it.
///
/// # Errors
/// When no theme has this name; the words name those that there are.
pub fn check_theme(name: &str) -> Result<(), String> {
    theme::Theme::named(name).map(drop).map_err(|error| error.to_string())
}

/// The names of the themes inside the binary.
#[must_use]
pub fn themes() -> Vec<&'static str> {
    theme::names()
}
