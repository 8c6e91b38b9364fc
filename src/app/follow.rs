//! `follow`: each rejection, or every line as it was written, as it comes.

use std::io::{self, BufWriter, IsTerminal, Write};
use std::path::Path;

use anyhow::bail;

use super::{Misuse, complain, configure, filters::filter, inputs::inputs, settings, stop_on_signals};
use crate::cli::{Console, Follow, FollowFormat};
use crate::engine::{self, Filter, Input, Keeper, PutTo, Setup, Specimen};
use crate::source::Checkpoint;
use crate::{report, source};

/// Bytes of raw lines that are written at once, so that they are kept as read at once, too.
const AT_ONCE: usize = 256 << 10;

/// Follows until it is told to stop.
pub(super) fn follow(args: &Follow) -> anyhow::Result<()> {
    let (setup, config) = configure::with_config_of(&args.reading)?;
    if args.format != FollowFormat::Raw {
        let paths = settings::logs(&config, &args.paths);
        let filter = filter(args.filter.as_deref(), &config, PutTo::Replies)?;
        let form = (args.format, args.from_end);
        return print_replies(&paths, form, args.state.as_deref(), &setup, &filter);
    }
    if args.filter.is_some() {
        bail!(Misuse(
            "--filter: raw prints every line as it is, and most tell of no reply; use --format text or jsonl."
                .to_owned()
        ));
    }
    if io::stdout().is_terminal() {
        bail!(Misuse(
            "raw lines may hold anything that a stranger's server wrote, and standard output is a terminal: \
             pipe it, or use --format text."
                .to_owned()
        ));
    }
    let inputs = to_follow(&settings::logs(&config, &args.paths))?;
    if inputs.iter().any(|input| matches!(input, Input::Stdin)) {
        bail!(Misuse("raw follows files: standard input is raw already.".to_owned()));
    }
    let kept = keeper(args.state.as_deref(), "follow", &inputs)?;
    let stop = stop_on_signals()?;
    let mut out = BufWriter::with_capacity(AT_ONCE, io::stdout().lock());
    Ok(engine::raw(inputs, args.from_end, kept, &stop, &mut out, &mut |told| complain(&told))?)
}

/// What keeps how far logs are read, where a folder was given for that; each command has a place of its own
/// there.
pub(super) fn keeper(
    folder: Option<&Path>,
    command: &str,
    inputs: &[Input],
) -> anyhow::Result<Option<Keeper>> {
    let Some(folder) = folder else { return Ok(None) };
    if inputs.iter().any(|input| matches!(input, Input::Stdin)) {
        bail!(Misuse(
            "--state keeps how far logs were read, and standard input cannot be read again: name the logs."
                .to_owned()
        ));
    }
    Ok(Some(Keeper::new(Checkpoint::open(folder, command)?)))
}

/// What is followed; which logs were chosen is said.
fn to_follow(paths: &[String]) -> anyhow::Result<Vec<Input>> {
    let (inputs, notices) = inputs(paths, source::to_follow)?;
    notices.iter().for_each(|notice| complain(notice));
    Ok(inputs)
}

/// Prints each rejection as it comes, of those that a filter lets through; in which form, and whether from
/// the end on.
fn print_replies(
    paths: &[String],
    (form, from_end): (FollowFormat, bool),
    state: Option<&Path>,
    setup: &Setup,
    filter: &Filter,
) -> anyhow::Result<()> {
    let inputs = to_follow(paths)?;
    let kept = keeper(state, "follow", &inputs)?;
    let stop = stop_on_signals()?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut failed = None;
    let mut tell = |specimen: &Specimen| {
        if failed.is_some() || !report::is_rejection(specimen) || !setup.lets(filter, specimen) {
            return;
        }
        let written = match form {
            FollowFormat::Jsonl => report::stream_jsonl(specimen).map_err(anyhow::Error::from),
            FollowFormat::Text | FollowFormat::Raw => Ok(report::stream_text(specimen)),
        };
        let written =
            written.and_then(|text| Ok(out.write_all(text.as_bytes()).and_then(|()| out.flush())?));
        if let Err(error) = written {
            failed = Some(error);
            stop.set();
        }
    };
    let mut said = |words: String| complain(&words);
    engine::replies(inputs, setup, from_end, kept, &stop, &mut tell, &mut said)?;
    failed.map_or(Ok(()), Err)
}

/// On a terminal that can move no cursor: what `follow` prints, from now on.
pub(super) fn follow_instead(args: &Console) -> anyhow::Result<()> {
    complain(
        "TERM=dumb: this terminal cannot show the console. Following instead, as `fivefifty follow --from-end`;\n\
         `fivefifty report` tells what was before.",
    );
    let (mut setup, config) = configure::with_config_of(&args.reading)?;
    if let Some(format) = &args.format {
        setup.read_as(format).map_err(|why| Misuse(format!("--format: {why}")))?;
    }
    let filter = filter(args.look.filter.as_deref(), &config, PutTo::Replies)?;
    let paths = settings::logs(&config, &args.paths);
    print_replies(&paths, (FollowFormat::Text, true), None, &setup, &filter)
}
