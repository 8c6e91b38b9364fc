//! Wires arguments, engine and a face.

use std::io::{self, IsTerminal, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::thread;
use std::time::SystemTime;

use anyhow::{Context, bail};
use chrono::{DateTime, NaiveDate, NaiveDateTime};
use signal_hook::consts::{SIGHUP, SIGINT, SIGTERM};
use signal_hook::iterator::Signals;

use crate::cli::{Command, Console, Report, ReportFormat, Trace, TraceFormat};
use crate::config::Config;
use crate::engine::{self, Folder, Input, Progress, PutTo, QueueId, Setup, Snapshot, Stop};
use crate::model::Moment;
use crate::text::Clean;
use crate::{cli, demo, diary, report, source, ui};

mod alert;
mod called;
mod compare;
mod configure;
mod explain;
pub mod export;
mod filters;
mod follow;
mod inputs;
mod keep;
mod noted;
mod outgoing;
mod reading;
mod renewal;
mod replay;
mod screen;
mod sends;
mod settings;
mod side;
mod told;
mod tree;
mod waiting;
mod watch;
mod zone;

use explain::explain;
use filters::{filter, filters};
use follow::{follow, follow_instead, keeper};
use inputs::inputs;
use screen::Shown;
use waiting::Waiting;

/// Something could not be read or written.
const FAILED: u8 = 1;
/// The program was called wrongly.
const WRONG: u8 = 2;

/// A mistake in how the program was called.
#[derive(Debug, thiserror::Error)]
#[error("{0}")]
struct Misuse(String);

/// Runs the program.
#[must_use]
pub fn run() -> ExitCode {
    let cli = match called::arguments() {
        Ok(cli) => cli,
        Err(code) => return code,
    };
    if let Some(Err(error)) = cli.log_file.as_deref().map(diary::open) {
        complain(&format!("--log-file {error}"));
        return ExitCode::from(FAILED);
    }
    zone::given(&cli.times);
    let is_private = matches!(cli.command, Some(Command::Explain(_) | Command::Trace(_)));
    let arguments: Vec<String> = std::env::args_os()
        .skip(1)
        // What is asked of one message need not stay.
        .take(if is_private { 1 } else { usize::MAX })
        .map(|argument| argument.to_string_lossy().into_owned())
        .collect();
    log::info!(target: "start", "version={} arguments={arguments:?}", env!("CARGO_PKG_VERSION"));
    let done = match cli.command {
        None => console(&cli.console).map(|()| ExitCode::SUCCESS),
        Some(command) => face(command),
    };
    let (code, name) = match done {
        Ok(code) => (code, "done"),
        Err(error) if is_broken_pipe(&error) => (ExitCode::SUCCESS, "nobody reads on"),
        Err(error) => {
            complain(&called::quoting(&format!("{error:#}")));
            match error.is::<Misuse>() {
                true => (ExitCode::from(WRONG), "wrong use"),
                false => (ExitCode::from(FAILED), "failed"),
            }
        }
    };
    log::info!(target: "end", "how={name:?}");
    diary::trouble().into_iter().for_each(|why| complain(&why));
    code
}

/// The faces beside the console.
fn face(command: Command) -> anyhow::Result<ExitCode> {
    match command {
        Command::Watch(args) => return watch::watch(&args),
        Command::Demo(args) => demo(&args),
        Command::Replay(args) => replay::replay(&args),
        Command::Report(args) => report(&args),
        Command::Sends(args) => sends::sends(&args),
        Command::Compare(args) => compare::compare(&args),
        Command::Follow(args) => follow(&args),
        Command::Explain(args) => explain(&args),
        Command::Check(args) => configure::check(&args),
        Command::Trace(args) => trace(&args),
        Command::Tree(args) => tree::tree(&args),
        Command::Export(args) => export::export(&args),
        Command::Config(args) => settings::config(&args),
    }
    .map(|()| ExitCode::SUCCESS)
}

/// One message to the operator; what it quotes of files and hosts is neutralised.
fn complain(message: &str) {
    log::warn!(target: "said", "{message:?}");
    let lines: Vec<String> = message.lines().map(|line| Clean::from(line).to_string()).collect();
    let _ = writeln!(io::stderr(), "fivefifty: {}", lines.join("\n"));
}

fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        cause.downcast_ref::<io::Error>().is_some_and(|error| error.kind() == io::ErrorKind::BrokenPipe)
    })
}

/// Set when the program was asked to end.
fn stop_on_signals() -> anyhow::Result<Stop> {
    let stop = Stop::default();
    let mut signals = Signals::new([SIGINT, SIGTERM, SIGHUP]).context("cannot listen for signals")?;
    let asked = stop.clone();
    let listening = thread::Builder::new().name("signals".to_owned());
    listening.spawn(move || signals.forever().for_each(|_| asked.set())).context("no thread for signals")?;
    Ok(stop)
}

fn console(args: &Console) -> anyhow::Result<()> {
    if !io::stdout().is_terminal() {
        bail!(Misuse(
            "the console needs a terminal, and standard output is none.\n\
             For pipes and scripts: `fivefifty report` (text, json, md) or `fivefifty follow` (text, jsonl)."
                .to_owned()
        ));
    }
    if screen::is_dumb() {
        return follow_instead(args);
    }
    let (mut setup, config) = configure::with_config_of(&args.reading)?;
    screen::check_theme(&args.look, &config)?;
    let filters = filters(args.look.filter.as_deref(), &config, PutTo::Counts)?;
    if let Some(format) = &args.format {
        setup.read_as(format).map_err(|why| Misuse(format!("--format: {why}")))?;
    }
    let logs = settings::logs(&config, &args.paths);
    let (inputs, notices) = inputs(&logs, source::to_follow)?;
    let stop = stop_on_signals()?;
    let keeper = keep::Keeper::of_operator(&mut setup);
    let handle = engine::follow(inputs, &setup, Arc::clone(stop.flag()))?;
    let keeping = keeper.map(|keeper| keeper.beside(handle.clone(), stop.clone())).transpose()?;
    let program = config.settings.alerts.on_incident.clone();
    let watching = watch::beside_console(&args.alert, program, handle.clone(), stop.clone())?;
    let records = Folder::of_operator(|name| std::env::var_os(name).map(PathBuf::from));
    let folder = args.reading.config.clone();
    let shown = Shown { notices, demo: None, records, config, folder, read: (logs, setup), filters };
    let shown = screen::open(handle, &args.look, shown, stop);
    if let Some(said) = watching.and_then(|watching| watching.join().ok()) {
        said.iter().for_each(|why| complain(why));
    }
    if let Some(why) = keeping.and_then(|keeping| keeping.join().ok()?) {
        complain(&why);
    }
    shown
}

fn demo(args: &cli::Demo) -> anyhow::Result<()> {
    if args.write.is_none() && !io::stdout().is_terminal() {
        bail!(Misuse(
            "the demo needs a terminal; `fivefifty demo --write DIR` only writes its logs.".to_owned()
        ));
    }
    if args.write.is_none() && screen::is_dumb() {
        bail!(Misuse(
            "TERM=dumb: this terminal cannot show the demo; `fivefifty demo --write DIR` only writes its logs."
                .to_owned()
        ));
    }
    // The demo needs nothing, so that a mistake in the settings is said, and no more.
    let (config, notices) = match settings::of_demo() {
        Ok(config) => settings::of_known_keys(config),
        Err(why) => (Config::default(), vec![format!("settings are as built in: {why:#}")]),
    };
    screen::check_theme(&args.look, &config)?;
    let filters = filters(args.look.filter.as_deref(), &config, PutTo::Counts)?;
    let stop = stop_on_signals()?;
    let begin = |dir: PathBuf| {
        demo::Demo::new(demo::Options {
            scenario: args.scenario,
            speed: args.speed,
            seed: args.seed,
            dir,
            start: moment(SystemTime::now()),
        })
    };
    if let Some(dir) = &args.write {
        std::fs::create_dir_all(dir)
            .with_context(|| format!("{}: cannot make this folder", Clean::path(dir)))?;
        let mut demo = begin(dir.clone());
        complain(&format!("writing {} until interrupted", Clean::path(demo.log())));
        demo.write_history()?;
        return Ok(demo.run(stop.flag())?);
    }
    // Removed when this goes out of scope, which it does on every way out of here.
    let folder =
        tempfile::Builder::new().prefix("fivefifty-demo-").tempdir().context("no temporary folder")?;
    let mut demo = begin(folder.path().to_owned());
    demo.write_history()?;
    let log = demo.log();
    let setup = Setup::embedded()?;
    let read = (vec![log.display().to_string()], setup.clone());
    let handle = engine::follow(vec![Input::File(log)], &setup, Arc::clone(stop.flag()))?;
    let playing = Arc::clone(stop.flag());
    let player = thread::spawn(move || demo.run(&playing));
    let label = format!("demo · {}", args.scenario.id());
    // What is noted in a demo goes when it ends.
    let records = Some(Folder::at(folder.path().join("state")));
    let shown = Shown { notices, demo: Some(label), records, config, folder: None, read, filters };
    let shown = screen::open(handle, &args.look, shown, stop);
    let played = player.join();
    shown?;
    if let Ok(Err(error)) = played {
        return Err(error.into());
    }
    Ok(())
}

fn report(args: &Report) -> anyhow::Result<()> {
    let (mut setup, config) = configure::with_config_of(&args.reading)?;
    reading::between(&mut setup, args.since.as_deref(), args.until.as_deref())?;
    let filter = filter(args.filter.as_deref(), &config, PutTo::Counts)?;
    // What is gone on with is rotated meanwhile: then a log and what it was rotated to are one.
    let together = if args.state.is_some() { source::to_follow } else { std::convert::identity };
    let (inputs, notices) = inputs(&settings::logs(&config, &args.paths), together)?;
    notices.iter().for_each(|notice| complain(notice));
    let (read, onward) = match keeper(args.state.as_deref(), "report", &inputs)? {
        None => (reading::read(inputs, &setup)?, None),
        Some(keeper) => {
            let (read, onward) = reading::read_on(inputs, &setup, keeper)?;
            (read, Some(onward))
        }
    };
    let goes_on = onward.as_ref().is_some_and(|onward| onward.ledger.runs > 1);
    if goes_on && read.lines.read == 0 {
        complain("nothing new since the report before.");
    } else if let Some(why) = nothing_found(&read) {
        complain(&why);
    }
    let redact = args.redaction.masks(config.settings.redact);
    let mut facts = report::Facts::gather(&read, args.window, &filter, redact);
    facts.together = onward.as_ref().map(|onward| onward.ledger.clone());
    let text = match args.format {
        ReportFormat::Text => report::text(&facts, columns()),
        ReportFormat::Json => report::json(&facts)?,
        ReportFormat::Md => report::markdown(&facts),
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    // Only now: a report that nobody got is made again.
    onward.map_or(Ok(()), engine::Onward::keep)?;
    reading::whole([&read], "the report")
}

/// Cells of a line of text: the terminal's, else as many as a mail or a ticket bears.
fn columns() -> usize {
    const PIPED: usize = 100;
    if io::stdout().is_terminal() { ui::columns().unwrap_or(PIPED).clamp(60, 200) } else { PIPED }
}

/// Why a report tells of no attempt, and what to do next.
fn nothing_found(read: &Snapshot) -> Option<String> {
    if read.totals.attempts > 0 {
        return None;
    }
    let names: Vec<&str> = read.sources.iter().map(|source| source.name.as_str()).collect();
    let (names, lines) = (names.join(", "), read.lines);
    Some(if lines.read == 0 {
        format!("{names}: empty, so there is nothing to report. Is the log rotated? Name the older file too.")
    } else if lines.outside > 0 {
        format!("{names}: all {} attempts lie outside --since and --until.", lines.outside)
    } else if read.sources.iter().all(engine::SourceView::is_strange) {
        // What there is to say about each of them is said.
        return None;
    } else {
        format!("{names}: no attempt at a server in {} lines.", lines.read)
    })
}

fn trace(args: &Trace) -> anyhow::Result<()> {
    let id = QueueId::new(&args.id).map_err(|error| Misuse(format!("`{}`: {error}", args.id)))?;
    if id.is_small_number() {
        complain(&format!(
            "{} is a small number: qmail gives the same ones to other messages, and they stand for other things \
             too. There, trace the recipient's address.",
            id.as_str()
        ));
    }
    let (setup, config) = configure::with_config_of(&args.reading)?;
    let inputs = inputs::and_rotated(&args.paths, &config)?;
    let stop = stop_on_signals()?;
    let traced = engine::trace(&id, inputs, &setup, &Progress::default(), stop.flag());
    let text = match args.format {
        TraceFormat::Text => report::trace_text(&traced, &args.paths),
        TraceFormat::Jsonl => report::trace_jsonl(&traced)?,
    };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    report::trace_described(&traced).iter().for_each(|words| complain(words));
    report::trace_bounds(&traced).iter().for_each(|words| complain(words));
    report::trace_shortfall(&traced).map_or(Ok(()), |words| bail!("{words}"))
}

fn moment(time: SystemTime) -> Moment {
    Moment::from_millis(DateTime::<chrono::Utc>::from(time).timestamp_millis())
}

/// Reads `2h`, a date, a date with time, or RFC 3339. Times without a zone are of that in which times are shown.
fn time(text: &str, now: Moment) -> Result<Moment, Misuse> {
    let wrong =
        || Misuse(format!("`{text}` is no time: use 30m, 2h, 1d, 2026-11-21, 2026-11-21T14:00 or RFC 3339"));
    if let Some(unit) = text.chars().last().filter(|unit| "smhd".contains(*unit))
        && let Ok(count) = text[..text.len() - 1].parse::<u32>()
    {
        let seconds = match unit {
            's' => 1,
            'm' => 60,
            'h' => 3_600,
            _ => 86_400,
        };
        return Ok(now.plus_millis(-i64::from(count) * seconds * 1_000));
    }
    if let Ok(time) = DateTime::parse_from_rfc3339(text) {
        return Ok(Moment::from_millis(time.timestamp_millis()));
    }
    let local = ["%Y-%m-%dT%H:%M:%S", "%Y-%m-%d %H:%M:%S", "%Y-%m-%dT%H:%M", "%Y-%m-%d %H:%M"]
        .into_iter()
        .find_map(|form| NaiveDateTime::parse_from_str(text, form).ok())
        .or_else(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()?.and_hms_opt(0, 0, 0));
    local.and_then(Moment::from_shown).ok_or_else(wrong)
}

#[cfg(test)]
mod tests {
    use super::time;
    use crate::model::Moment;

    #[test]
    fn times_are_read_in_every_documented_form() {
        let now = Moment::from_seconds(1_795_000_000);
        let read = |text: &str| time(text, now).map(Moment::seconds).ok();
        assert_eq!(read("2h"), Some(1_795_000_000 - 7_200));
        assert_eq!(read("2026-11-18T11:06:40Z"), Some(1_795_000_000));
        assert!(read("2026-11-18").is_some());
        assert!(read("2026-11-18 11:06").is_some());
        for wrong in ["", "h", "yesterday", "2026-13-01", "5x"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
