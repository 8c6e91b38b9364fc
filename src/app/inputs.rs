//! What to read: the files and pipes that were named, or the logs of this host.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::time::Duration;

use anyhow::bail;

use super::Misuse;
use super::settings::logs;
use crate::config::Config;
use crate::engine::{self, Input};
use crate::source;
use crate::text::Clean;

/// How far back the console looks.
const DAY: Duration = Duration::from_secs(24 * 3_600);

/// What to read: what was named, put `together`, or this host's logs. The notices say what was chosen and why.
pub(super) fn inputs(
    named: &[String],
    together: impl Fn(Vec<source::Named>) -> Vec<source::Named>,
) -> anyhow::Result<(Vec<Input>, Vec<String>)> {
    if !named.is_empty() {
        let mut inputs = Vec::new();
        let files: Vec<String> = named.iter().filter(|name| *name != "-").cloned().collect();
        if files.len() < named.len() {
            if io::stdin().is_terminal() {
                bail!(Misuse(
                    "`-` reads standard input, which is a terminal here: pipe a log into it.".to_owned()
                ));
            }
            inputs.push(Input::Stdin);
        }
        inputs.extend(together(source::given(&files).map_err(Misuse)?).into_iter().map(Input::from));
        inputs.iter().for_each(|input| log::info!(target: "source", "name={:?} named=true", input.name()));
        return Ok((inputs, Vec::new()));
    }
    let found = source::find(Path::new("/"));
    if found.chosen.is_empty() {
        bail!("{}", no_log(&found));
    }
    let mut notices: Vec<String> =
        found.chosen.iter().map(|named| format!("following {}", named.name())).collect();
    for sought in &found.passed {
        log::info!(target: "source", "passed={:?} why={:?}", sought.path, sought.why);
    }
    found.chosen.iter().for_each(|named| log::info!(target: "source", "name={:?} found=true", named.name()));
    let worth_telling = found.passed.iter().filter(|sought| !sought.why.contains("no such file"));
    notices.extend(worth_telling.map(|sought| format!("not {}: {}", Clean::path(&sought.path), sought.why)));
    Ok((found.chosen.into_iter().map(Input::from).collect(), notices))
}

/// What to read of what is over: what was named, or the configured or this host's logs and what they
/// were rotated to.
pub(super) fn and_rotated(named: &[String], config: &Config) -> anyhow::Result<Vec<Input>> {
    let (inputs, _) = inputs(&logs(config, named), std::convert::identity)?;
    if !named.is_empty() {
        return Ok(inputs);
    }
    let (files, others): (Vec<Input>, Vec<Input>) =
        inputs.into_iter().partition(|input| matches!(input, Input::File(_)));
    let files: Vec<PathBuf> = files.iter().flat_map(Input::paths).collect();
    Ok(engine::with_rotated(&files).into_iter().map(Input::File).chain(others).collect())
}

/// What to read of an incident: of one log alone, or of this host's, also what it was rotated to within the
/// day, as `watch` and the console do; of several that were named, what was named.
pub(super) fn and_the_day_before(named: &[String]) -> anyhow::Result<(Vec<Input>, Vec<String>)> {
    let (inputs, notices) = inputs(named, std::convert::identity)?;
    if named.len() > 1 {
        return Ok((inputs, notices));
    }
    let beside = inputs.into_iter().flat_map(|input| match input {
        Input::File(live) => rotated_in_the_day(live),
        other => vec![other],
    });
    Ok((beside.collect(), notices))
}

/// The log, and the files beside it that it was rotated to and that were written in the day before it.
fn rotated_in_the_day(live: PathBuf) -> Vec<Input> {
    let changed = |path: &Path| path.metadata().and_then(|metadata| metadata.modified()).ok();
    let from = changed(&live).and_then(|newest| newest.checked_sub(DAY));
    let is_recent = |path: &PathBuf| *path == live || from.is_some_and(|from| changed(path) >= Some(from));
    engine::with_rotated(std::slice::from_ref(&live)).into_iter().filter(is_recent).map(Input::File).collect()
}

/// What was looked for, and what to do instead.
fn no_log(found: &source::Found) -> String {
    let mut text = "no mail log to read on this host. Looked at:\n".to_owned();
    for sought in &found.passed {
        text.push_str(&format!("  {:<28} {}\n", Clean::path(&sought.path), sought.why));
    }
    text.push_str(
        "What to do:\n  \
         fivefifty PATH                     name the log\n  \
         sudo usermod -aG adm $USER         if it may not be read (then log in again)\n  \
         journalctl -f -o json SYSLOG_FACILITY=2 | fivefifty -   if it is in the journal\n  \
         fivefifty demo                     see a send with an incident, nothing needed",
    );
    text
}
