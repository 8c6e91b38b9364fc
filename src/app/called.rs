//! How the program was called: its arguments, or what was wrong with them.

use std::ffi::{OsStr, OsString};
use std::io::{self, Write};
use std::path::Path;
use std::process::ExitCode;

use clap::error::ErrorKind;
use clap::{CommandFactory as _, Parser};

use crate::cli::Cli;
use crate::text::Clean;
use crate::text::remark::meant;

/// The arguments; or the code to end with, when the help was shown or the mistake was told.
pub(super) fn arguments() -> Result<Cli, ExitCode> {
    let given = Cli::try_parse();
    if let Some(why) = given.as_ref().ok().and_then(misspelt) {
        super::complain(&why);
        return Err(ExitCode::from(super::WRONG));
    }
    given.map_err(|error| {
        if !error.use_stderr() {
            let _ = error.print();
            return ExitCode::SUCCESS;
        }
        if error.kind() == ErrorKind::InvalidUtf8 {
            no_text();
        } else {
            tell(&error);
        }
        ExitCode::from(super::WRONG)
    })
}

/// What is wrong with a log's name that is nearly a command's, and no file's.
fn misspelt(cli: &Cli) -> Option<String> {
    let name = cli.console.paths.first().filter(|_| cli.command.is_none())?;
    let is_plain = name.len() > 2 && name.bytes().all(|byte| byte.is_ascii_alphabetic());
    if !is_plain || Path::new(name).exists() {
        return None;
    }
    let cli = Cli::command();
    let commands: Vec<&str> = cli.get_subcommands().map(clap::Command::get_name).collect();
    let meant = meant(name, commands.into_iter());
    meant.contains("did you mean").then(|| {
        format!("{name}: neither a command nor a file{meant}\nA log that is not there yet is named by a path: ./{name}")
    })
}

/// Tells a mistake. A script may pass on what a stranger wrote, so it quotes no argument as it is.
fn tell(error: &clap::Error) {
    match Cli::try_parse_from(std::env::args_os().map(|argument| shown(&argument))) {
        Err(error) => drop(error.print()),
        // What made it a mistake was described away.
        Ok(_) => {
            let text = error.render().to_string();
            let lines: Vec<String> = text.lines().map(|line| Clean::from(line).to_string()).collect();
            let _ = writeln!(io::stderr(), "{}", lines.join("\n"));
        }
    }
}

/// A message in which every argument that it quotes as it was given is described: one that holds the end of a
/// line would begin a line of its own.
pub(super) fn quoting(message: &str) -> String {
    std::env::args_os()
        .skip(1)
        .filter_map(|argument| argument.into_string().ok())
        .filter(|argument| argument.len() > 1)
        .fold(message.to_owned(), |text, argument| {
            let flag = argument.strip_prefix("--").and_then(|flag| flag.split_once('='));
            let value = flag.map_or(&argument[..], |(_, value)| value);
            if value.is_empty() { text } else { text.replace(value, &Clean::from(value)) }
        })
}

/// Tells which argument is no text, and how a file of such a name is read.
fn no_text() {
    let which = std::env::args_os().find(|argument| argument.to_str().is_none()).unwrap_or_default();
    super::complain(&format!(
        "{}: an argument has to be UTF-8. A file of such a name is read by its folder, or by `- < FILE`.",
        Clean::path(which)
    ));
}

fn shown(argument: &OsStr) -> OsString {
    let shown = match argument.to_str() {
        Some(text) => Clean::from(text),
        None => Clean::path(argument),
    };
    shown.as_str().into()
}
