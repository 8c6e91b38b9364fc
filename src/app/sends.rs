//! `sends`: the sends of each campaign, beside those before them.

use std::io::{self, Write};

use anyhow::Context;

use super::configure::with_config_of;
use super::inputs::and_rotated;
use super::keep::Keeper;
use super::reading::{between, read, whole};
use super::{complain, nothing_found};
use crate::cli::{Sends, SendsFormat};
use crate::engine::RecordError;
use crate::report;

/// Lists the sends of the logs.
pub(super) fn sends(args: &Sends) -> anyhow::Result<()> {
    let (mut setup, config) = with_config_of(&args.reading)?;
    between(&mut setup, args.since.as_deref(), args.until.as_deref())?;
    let keeper = Keeper::of_operator(&mut setup);
    let read = read(and_rotated(&args.paths, &config)?, &setup)?;
    if let Some(why) = nothing_found(&read) {
        complain(&why);
    }
    let sends = report::Sends::gather(&read, args.redaction.masks(config.settings.redact));
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
    whole([&read], "this")
}
