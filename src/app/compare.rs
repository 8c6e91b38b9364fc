//! `compare`: two spans, two sends or two logs side by side.

use std::io::{self, Write};
use std::time::SystemTime;

use anyhow::bail;

use super::configure::with_config_of;
use super::inputs::{and_rotated, inputs};
use super::reading::{read, whole};
use super::side::{Given, Which, side};
use super::{Misuse, moment};
use crate::cli::{Compare, ReportFormat};
use crate::config::Config;
use crate::engine::{self, Observed, Setup, Side, Snapshot};
use crate::model::Moment;
use crate::report;
use crate::text::{Clean, thousands};

/// Sends that are named where one is not found.
const NAMED: usize = 8;

/// Compares A and B.
pub(super) fn compare(args: &Compare) -> anyhow::Result<()> {
    let (setup, config) = with_config_of(&args.reading)?;
    let now = moment(SystemTime::now());
    let given =
        |text: &str, name: &str| side(text, now).map_err(|Misuse(why)| Misuse(format!("{name}: {why}")));
    let (a, b) = (given(&args.a, "A")?, given(&args.b, "B")?);
    let needs_log = !matches!((&a, &b), (Given::Log(_), Given::Log(_)));
    if !needs_log && !args.log.is_empty() {
        bail!(Misuse("--log: both sides are logs of their own.".to_owned()));
    }
    if args.log.iter().any(|log| log == "-") {
        bail!(Misuse("standard input can be read only once, and two sides want it: name a file.".to_owned()));
    }
    // Both sends are of one reading; everything else is read for itself, and so counts all of it.
    let all = match (&a, &b) {
        (Given::Send(..), _) | (_, Given::Send(..)) => Some(read(and_rotated(&args.log, &config)?, &setup)?),
        _ => None,
    };
    let (a, a_read) = observe(&a, args, (&setup, &config), all.as_ref())?;
    let (b, b_read) = observe(&b, args, (&setup, &config), all.as_ref())?;
    let empty: Vec<String> = [("A", &args.a, &a), ("B", &args.b, &b)]
        .iter()
        .filter(|(.., side)| side.attempts() == 0)
        .map(|(name, given, _)| format!("{name} (`{}`)", Clean::from(given.as_str())))
        .collect();
    let mut comparison = engine::compare(&a, &b);
    let all_read = || all.iter().chain(&a_read).chain(&b_read);
    report::redactor(all_read(), args.redaction.masks(config.settings.redact)).mask(&mut comparison);
    let text = match args.format {
        ReportFormat::Text => report::compare_text(&comparison),
        ReportFormat::Json => report::compare_json(&comparison)?,
        ReportFormat::Md => report::compare_markdown(&comparison),
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    whole(all_read(), "this")?;
    match &empty[..] {
        [] => Ok(()),
        [one] => bail!("{one} has no attempt, so nothing can be told"),
        _ => bail!("{} have no attempt, so nothing can be told", empty.join(" and ")),
    }
}

/// What was seen of one side, and the reading that was made for it alone.
fn observe(
    given: &Given,
    args: &Compare,
    (setup, config): (&Setup, &Config),
    all: Option<&Snapshot>,
) -> anyhow::Result<(Observed, Option<Snapshot>)> {
    let everything = |read: &Snapshot| read.observe(&Side::Everything).unwrap_or_default();
    match given {
        Given::Span(from, until) => {
            let mut setup = setup.clone();
            (setup.since, setup.until) = (Some(*from), Some(*until));
            let read = read(and_rotated(&args.log, config)?, &setup)?;
            let mut observed = everything(&read);
            (observed.from, observed.until) = (*from, *until);
            Ok((observed, Some(read)))
        }
        Given::Log(path) => {
            let path = path.to_string_lossy().into_owned();
            let (inputs, _) = inputs(&[path], std::convert::identity)?;
            let read = read(inputs, setup)?;
            Ok((everything(&read), Some(read)))
        }
        Given::Send(campaign, which) => {
            let Some(all) = all else { bail!("no log was read") };
            Ok((send(all, campaign, *which)?, None))
        }
    }
}

fn send(read: &Snapshot, campaign: &str, which: Which) -> anyhow::Result<Observed> {
    let campaign = Clean::from(campaign);
    let sends = read.sends();
    let of: Vec<_> = sends.iter().filter(|send| send.campaign == campaign).collect();
    if of.is_empty() {
        let mut names: Vec<&str> = sends.iter().map(|send| send.campaign.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        let more = names.len().saturating_sub(NAMED);
        names.truncate(NAMED);
        let more = if more > 0 {
            format!(" and {} more (fivefifty sends)", thousands(more as u64))
        } else {
            String::new()
        };
        let there = if names.is_empty() {
            "there is none".to_owned()
        } else {
            format!("there are {}{more}", names.join(", "))
        };
        bail!(
            "no send of `{campaign}` in these logs; {there}. Is the log rotated? Name the older file with --log."
        );
    }
    let clock = |at: Moment| at.date_zone();
    let found = of.iter().filter(|send| match which {
        Which::Nth(nth) => send.nth == nth,
        Which::On(from, until) => send.first < until && send.last >= from,
    });
    // Of several on one day, the last.
    let Some(found) = found.min_by_key(|send| send.nth) else {
        let all: Vec<String> =
            of.iter().take(NAMED).map(|send| format!("@{} of {}", send.nth, clock(send.first))).collect();
        bail!("`{campaign}` has no such send in these logs; there are {}.", all.join(", "));
    };
    read.observe(&found.side()).map_or_else(|| bail!("`{campaign}` is gone"), Ok)
}
