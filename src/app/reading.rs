//! Reads logs to their end, for the faces that do so: how far it is, what is wrong with the files.

use std::time::SystemTime;

use anyhow::bail;

use super::{Waiting, complain, moment, noted, time};
use crate::engine::{self, Input, Keeper, Onward, Setup, Snapshot};
use crate::report;

/// Counts only what lies between `--since` and `--until`.
pub(super) fn between(setup: &mut Setup, since: Option<&str>, until: Option<&str>) -> anyhow::Result<()> {
    let now = moment(SystemTime::now());
    setup.since = since.map(|text| time(text, now)).transpose()?;
    setup.until = until.map(|text| time(text, now)).transpose()?;
    Ok(())
}

/// Reads everything, telling how far it is, and what was wrong with the files.
pub(super) fn read(inputs: Vec<Input>, setup: &Setup) -> anyhow::Result<Snapshot> {
    let mut waiting = Waiting::new();
    let read = engine::read_all(inputs, setup, &mut |name, lines| waiting.tell(name, lines));
    waiting.end();
    let read = read?;
    said(&read);
    Ok(read)
}

fn said(read: &Snapshot) {
    said_of_files(read);
    read.incidents.iter().for_each(|incident| noted::incident(read, None, incident));
}

/// Reads what logs got since the report before.
pub(super) fn read_on(
    inputs: Vec<Input>,
    setup: &Setup,
    keeper: Keeper,
) -> anyhow::Result<(Snapshot, Onward)> {
    let mut waiting = Waiting::new();
    let read = engine::read_on(inputs, setup, keeper, &mut |name, lines| waiting.tell(name, lines));
    waiting.end();
    let (read, onward) = read?;
    said(&read);
    Ok((read, onward))
}

/// What is to be said of the files beside what they hold.
pub(super) fn said_of_files(read: &Snapshot) {
    for source in &read.sources {
        source.notes.iter().for_each(|note| complain(&format!("{}: {note}", source.name)));
    }
    read.sources.iter().filter_map(report::strange).for_each(|words| complain(&words));
}

/// The files that could not be read, and why; empty where all were.
pub(super) fn unread<'s>(read: impl IntoIterator<Item = &'s Snapshot>) -> String {
    let sources = read.into_iter().flat_map(|read| &read.sources).filter(|source| source.trouble);
    let mut unread: Vec<String> =
        sources.map(|source| format!("{}: {}", source.name, source.state)).collect();
    unread.dedup();
    unread.join("; ")
}

/// Tells of the files that could not be read, where no document does: an incident may be in them.
pub(super) fn tell_unread(read: &Snapshot) {
    let unread = unread([read]);
    if !unread.is_empty() {
        complain(&format!("not read: {unread}"));
    }
}

/// Fails where a file could not be read, after what was read has been told: `what` is without it.
pub(super) fn whole<'s>(read: impl IntoIterator<Item = &'s Snapshot>, what: &str) -> anyhow::Result<()> {
    let unread = unread(read);
    if unread.is_empty() { Ok(()) } else { bail!("{what} is without {unread}") }
}
