//! `sends`: the sends of each campaign, beside those before them.

use std::io::{self, Write};
use std::time::SystemTime;

use anyhow::{Context, bail};

use super::configure::setup;
use super::inputs::and_rotated;
use super::keep::Keeper;
use super::{Waiting, complain, moment, nothing_found, time};
use crate::cli::{Sends, SendsFormat};
use crate::engine::{self, Input, RecordError, Setup, Snapshot};
use crate::report;

/// Lists the sends of the logs.
pub(super) fn sends(args: &Sends) -> anyhow::Result<()> {
    let mut setup = setup(&args.reading)?;
    let now = moment(SystemTime::now());
    setup.since = args.since.as_deref().map(|text| time(text, now)).transpose()?;
    setup.until = args.until.as_deref().map(|text| time(text, now)).transpose()?;
    let keeper = Keeper::of_operator(&mut setup);
    let read = read(and_rotated(&args.paths)?, &setup)?;
    if let Some(why) = nothing_found(&read) {
        complain(&why);
    }
    let sends = report::Sends::gather(&read);
    let text = match args.format {
        SendsFormat::Text => report::sends_text(&sends),
        SendsFormat::Json => report::sends_json(&sends)?,
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    if args.remember {
        let keeper = keeper.ok_or(RecordError::NoFolder).context("the sends are not kept")?;
        keeper.keep(&read).context("the sends are not kept")?;
    }
    whole(&[&read])
}

/// Reads everything, telling how far it is, and what was wrong with the sources.
pub(super) fn read(inputs: Vec<Input>, setup: &Setup) -> anyhow::Result<Snapshot> {
    let mut waiting = Waiting::new();
    let read = engine::read_all(inputs, setup, &mut |name, lines| waiting.tell(name, lines));
    waiting.end();
    let read = read?;
    for source in &read.sources {
        source.notes.iter().for_each(|note| complain(&format!("{}: {note}", source.name)));
    }
    read.sources.iter().filter_map(report::strange).for_each(|words| complain(&words));
    Ok(read)
}

/// Fails where a source could not be read, after what was read has been told.
pub(super) fn whole(read: &[&Snapshot]) -> anyhow::Result<()> {
    let sources = read.iter().flat_map(|read| &read.sources).filter(|source| source.trouble);
    let mut unread: Vec<String> =
        sources.map(|source| format!("{}: {}", source.name, source.state)).collect();
    unread.dedup();
    if !unread.is_empty() {
        bail!("this is without {}", unread.join("; "));
    }
    Ok(())
}
