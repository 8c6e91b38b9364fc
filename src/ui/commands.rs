//! Commands that take a word: typed in the palette, each with what could stand there.

use super::order::Sort;
use super::picture::Picture;
use super::screens::Screen;
use super::state::State;
use crate::engine::Filter;
use crate::model::Window;
use crate::text::Clean;
use crate::text::remark::meant;

/// A value that a command takes, and what it is.
pub(super) type Value = (String, String);

/// A command and its argument.
pub(super) struct Command {
    /// The word that it begins with.
    pub(super) name: &'static str,
    /// What stands after it.
    pub(super) argument: &'static str,
    /// What it does.
    pub(super) help: &'static str,
    /// What could stand after it, in the order to offer it in.
    pub(super) values: fn(&State, &Picture) -> Vec<Value>,
    /// Whether anything may stand there, beside what is offered.
    pub(super) free: bool,
    /// Carries it out on what stands after it, without blanks around it; why not, otherwise.
    pub(super) run: fn(&mut State, &Picture, &str) -> Result<(), String>,
}

/// Every command.
pub(super) const COMMANDS: &[Command] = &[
    Command {
        name: "filter",
        argument: "KEY:VALUE …",
        help: "let only this through; without a word, everything",
        values: filters,
        free: true,
        run: filter,
    },
    Command {
        name: "sort",
        argument: "COLUMN",
        help: "sort the board; the same once more turns it round",
        values: sorts,
        free: false,
        run: sort,
    },
    Command {
        name: "theme",
        argument: "NAME",
        help: "use this theme",
        values: themes,
        free: false,
        run: theme,
    },
    Command {
        name: "window",
        argument: "SPAN",
        help: "look so far back",
        values: windows,
        free: false,
        run: window,
    },
];

/// The command that `text` begins with, and what stands after it.
pub(super) fn typed(text: &str) -> Option<(&'static Command, &str)> {
    let (name, rest) = text.trim_start().split_once(' ')?;
    COMMANDS.iter().find(|command| command.name == name).map(|command| (command, rest.trim()))
}

/// What is offered of the board: its providers, and its codes.
fn filters(state: &State, picture: &Picture) -> Vec<Value> {
    let now = state.filter.text().trim().to_owned();
    let none = (!now.is_empty()).then(|| (String::new(), "let everything through".to_owned()));
    let now = none.into_iter().chain((!now.is_empty()).then(|| (now, "as it is".to_owned())));
    let rows = picture.board.rows.iter().take(12);
    let rows = rows.map(|row| (format!("provider:{}", row.id), row.name.to_string()));
    let codes = picture.board.columns.iter().take(12).map(|column| column.label.as_str());
    let codes = codes.filter(|label| label.starts_with(|first: char| first.is_ascii_digit()));
    let codes =
        codes.filter(|label| !label.contains("xx")).map(|label| (format!("code:{label}"), String::new()));
    let saved = state.saved.names().map(|name| {
        let text = state.saved.text(name).unwrap_or_default();
        (format!("@{name}"), Clean::from(text).to_string())
    });
    now.chain(saved).chain(rows).chain(codes).collect()
}

fn filter(state: &mut State, _: &Picture, text: &str) -> Result<(), String> {
    if text.is_empty() {
        state.unfilter();
        return Ok(());
    }
    let filter = Filter::parse_with(text, &state.saved).map_err(|error| error.reason)?;
    state.filter = filter;
    state.typed.keep(text);
    state.sort_exactly();
    Ok(())
}

fn themes(state: &State, _: &Picture) -> Vec<Value> {
    let about = |about: Result<String, String>| about.unwrap_or_else(|why| format!("! {why}"));
    state.wardrobe.rows().into_iter().map(|row| (row.name, about(row.about))).collect()
}

fn theme(state: &mut State, _: &Picture, name: &str) -> Result<(), String> {
    // What was tried on is not wanted any more.
    if state.screen() == Screen::Themes {
        state.leave_themes();
    }
    state.theme = state.wardrobe.choose(name).map_err(|why| why.line())?;
    state.say(&format!("theme {}: {}", state.theme.name(), state.theme.about()));
    Ok(())
}

fn windows(state: &State, _: &Picture) -> Vec<Value> {
    let about = |window: Window| if window == state.window { "as it is" } else { "" };
    Window::ALL.into_iter().map(|window| (window.to_string(), about(window).to_owned())).collect()
}

fn window(state: &mut State, _: &Picture, text: &str) -> Result<(), String> {
    super::update::window(state, text.parse()?);
    Ok(())
}

fn sorts(state: &State, picture: &Picture) -> Vec<Value> {
    let about =
        |sort: &Sort| if *sort == state.sort { format!("by {}", state.sorted_by()) } else { String::new() };
    let codes = picture.board.columns.iter().map(|column| Sort::Code(column.label.clone()));
    Sort::FIXED.into_iter().chain(codes).map(|sort| (sort.id().to_owned(), about(&sort))).collect()
}

fn sort(state: &mut State, picture: &Picture, text: &str) -> Result<(), String> {
    let codes = picture.board.columns.iter().map(|column| Sort::Code(column.label.clone()));
    let all: Vec<Sort> = Sort::FIXED.into_iter().chain(codes).collect();
    match all.iter().find(|sort| sort.id() == text) {
        Some(sort) => {
            state.sort_by(sort.clone());
            Ok(())
        }
        None => Err(format!("no column `{text}`{}", meant(text, all.iter().map(Sort::id)))),
    }
}
