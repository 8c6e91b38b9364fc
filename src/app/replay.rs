//! Plays a log that is over on the console.

use std::io::{self, IsTerminal};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::SystemTime;

use anyhow::bail;
use chrono::{Days, NaiveTime};

use super::screen::{self, Shown};
use super::{Misuse, configure, filters, inputs::inputs, moment, settings, stop_on_signals, time};
use crate::engine::{self, Folder, Input, PutTo};
use crate::model::Moment;
use crate::text::Clean;
use crate::{cli, source};

/// Plays what was named.
pub(super) fn replay(args: &cli::Replay) -> anyhow::Result<()> {
    if !io::stdout().is_terminal() {
        bail!(Misuse(
            "a replay needs a terminal, and standard output is none.\n\
             `fivefifty report` tells what is in the same logs, with --since and --until."
                .to_owned()
        ));
    }
    let (setup, config) = configure::with_config_of(&args.reading)?;
    screen::check_theme(&args.look, &config)?;
    let filters = filters(args.look.filter.as_deref(), &config, PutTo::Counts)?;
    let logs = settings::logs(&config, &args.paths);
    let (inputs, mut notices) = inputs(&logs, std::convert::identity)?;
    let paths: Vec<PathBuf> = inputs.iter().flat_map(Input::paths).collect();
    let unread: Vec<String> = paths.iter().filter_map(|path| unread(path)).collect();
    if !unread.is_empty() && unread.len() == paths.len() {
        bail!("{}", unread.join("; "));
    }
    notices.extend(unread.into_iter().map(|why| format!("not read: {why}")));
    let known = engine::begins(&inputs, &setup);
    let from = args.from.as_deref().map(|text| point("--from", text, known.0)).transpose()?;
    let until = args.until.as_deref().map(|text| point("--until", text, from.or(known.0))).transpose()?;
    within(from, until, known)?;
    let stop = stop_on_signals()?;
    let play = engine::Replay { from, until, speed: args.speed, paused: args.paused };
    let read = (logs, setup);
    let handle = engine::replay(inputs, &read.1, play, Arc::clone(stop.flag()))?;
    let records = Folder::of_operator(|name| std::env::var_os(name).map(PathBuf::from));
    let folder = args.reading.config.clone();
    let shown = Shown { notices, demo: None, records, config, folder, read, filters };
    screen::open(handle, &args.look, shown, stop)
}

/// Why a file cannot be played. A pipe is not tried: who writes into it would lose what reads.
fn unread(path: &Path) -> Option<String> {
    use std::os::unix::fs::FileTypeExt as _;
    if path.metadata().is_ok_and(|metadata| metadata.file_type().is_fifo()) {
        return None;
    }
    source::open(path).err().map(|why| format!("{}: {why}", Clean::path(path)))
}

/// Refuses a span in which nothing can be.
fn within(
    from: Option<Moment>,
    until: Option<Moment>,
    (first, last): (Option<Moment>, Option<Moment>),
) -> Result<(), Misuse> {
    let at = |moment: Moment| moment.stamp();
    match (from, until, first, last) {
        (Some(from), Some(until), ..) if until <= from => {
            Err(Misuse(format!("--until {} is not after --from {}", at(until), at(from))))
        }
        (Some(from), .., Some(last)) if from > last => {
            Err(Misuse(format!("--from {}: the log ends at {}", at(from), at(last))))
        }
        (_, Some(until), Some(first), _) if until <= first => {
            Err(Misuse(format!("--until {}: the log begins at {}", at(until), at(first))))
        }
        _ => Ok(()),
    }
}

/// Reads a time; a clock alone is the first one from `since` on.
fn point(option: &str, text: &str, since: Option<Moment>) -> Result<Moment, Misuse> {
    let clock = ["%H:%M", "%H:%M:%S"].into_iter().find_map(|form| NaiveTime::parse_from_str(text, form).ok());
    let Some(clock) = clock else {
        return time(text, moment(SystemTime::now())).map_err(|wrong| Misuse(format!("{option}: {wrong}")));
    };
    let since = since.ok_or_else(|| Misuse(format!("{option}: of which day? {text} needs a date here")))?;
    let day = since.local().date();
    let on = |days: u64| Moment::from_shown(day.checked_add_days(Days::new(days))?.and_time(clock));
    let found = [0, 1].into_iter().filter_map(on);
    // A log that begins at 14:20:02 begins at 14:20.
    let begin = since.plus_millis(-60_000);
    found
        .into_iter()
        .find(|at| *at >= begin)
        .ok_or_else(|| Misuse(format!("{option}: there is no {text} on that day")))
}

#[cfg(test)]
mod tests {
    use super::{point, within};
    use crate::model::Moment;

    #[test]
    fn a_clock_is_the_first_one_in_the_log() {
        let since = Moment::from_seconds(1_795_000_000);
        for clock in ["00:00", "11:06", "23:59:59", "11:07"] {
            let at = point("--from", clock, Some(since)).map(|at| at.since(since)).ok();
            assert!(at.is_some_and(|after| (-60_000..86_400_000).contains(&after)), "{clock}: {at:?}");
        }
        assert!(point("--from", "14:20", None).is_err());
        assert!(point("--from", "noon", Some(since)).is_err());
        assert_eq!(point("--from", "2026-11-18T11:06:40Z", None).ok(), Some(since));
    }

    #[test]
    fn a_span_outside_of_the_log_is_refused() {
        let at = |second| Some(Moment::from_seconds(second));
        assert!(within(at(10), at(20), (at(0), at(30))).is_ok());
        assert!(within(at(-10), None, (at(0), None)).is_ok(), "it begins with the log");
        for (from, until) in [(at(20), at(20)), (at(31), None), (None, at(0))] {
            assert!(within(from, until, (at(0), at(30))).is_err(), "{from:?} {until:?}");
        }
    }
}
