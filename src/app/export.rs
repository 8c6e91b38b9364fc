//! `export`: what is handed to others. The documents are made by functions of their own, which the
//! console calls too.

use std::time::SystemTime;

use anyhow::bail;

use super::configure::setup;
use super::inputs::inputs;
use super::waiting::Waiting;
use super::{complain, moment, stop_flag, time};
use crate::cli::{Export, ExportSuppression, ExportWhat, Logs, SuppressionFormat};
use crate::engine::{self, Ask, Input, Setup, Snapshot};
use crate::report::{self, ListForm, ListWriter};

mod outlet;

use outlet::Outlet;

/// Writes what is asked for.
pub(super) fn export(args: &Export) -> anyhow::Result<()> {
    match &args.what {
        ExportWhat::Suppression(args) => suppression(args),
        _ => bail!("not yet"),
    }
}

/// What is read, and how.
fn opened(logs: &Logs) -> anyhow::Result<(Vec<Input>, Setup)> {
    let mut setup = setup(&logs.reading)?;
    let now = moment(SystemTime::now());
    setup.since = logs.since.as_deref().map(|text| time(text, now)).transpose()?;
    setup.until = logs.until.as_deref().map(|text| time(text, now)).transpose()?;
    let (inputs, notices) = inputs(&logs.paths, std::convert::identity)?;
    notices.iter().for_each(|notice| complain(notice));
    Ok((inputs, setup))
}

fn suppression(args: &ExportSuppression) -> anyhow::Result<()> {
    let form = match args.format {
        SuppressionFormat::Csv => ListForm::Csv,
        SuppressionFormat::Jsonl => ListForm::Jsonl,
        SuppressionFormat::Plain => ListForm::Plain,
    };
    let mut outlet = Outlet::open(&args.target)?;
    let (inputs, setup) = opened(&args.logs)?;
    let stop = stop_flag()?;
    let mut list = ListWriter::new(&mut outlet, form, args.temporary)?;
    let ask = Ask { temporary: args.temporary, limit: Ask::MOST };
    let mut waiting = Waiting::new();
    let left =
        engine::suppression(inputs, &setup, ask, &stop, &mut |one| list.line(one), &mut |name, lines| {
            waiting.tell(name, lines);
        });
    waiting.end();
    let left = left?;
    let in_csv = list.end()?;
    outlet.close()?;
    said_of_files(&left.snapshot);
    report::left_out(&left, args.temporary, in_csv).iter().for_each(|words| complain(words));
    if left.over > 0 {
        bail!("the list is not whole");
    }
    unread(&left.snapshot, "the list")
}

/// What is to be said of the files beside what they hold.
fn said_of_files(read: &Snapshot) {
    for source in &read.sources {
        source.notes.iter().for_each(|note| complain(&format!("{}: {note}", source.name)));
    }
    read.sources.iter().filter_map(report::strange).for_each(|words| complain(&words));
}

/// Files that could not be read are missing in what was written.
fn unread(read: &Snapshot, what: &str) -> anyhow::Result<()> {
    let unread: Vec<String> = read
        .sources
        .iter()
        .filter(|source| source.trouble)
        .map(|source| format!("{}: {}", source.name, source.state))
        .collect();
    if unread.is_empty() { Ok(()) } else { bail!("{what} is without {}", unread.join("; ")) }
}
