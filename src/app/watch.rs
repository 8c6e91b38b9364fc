//! Watches logs for incidents: a line for each, an exit code for what waits on it.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use crossbeam_channel::select;

use super::alert::Alerter;
use super::filters::filter;
use super::inputs::inputs;
use super::keep::Keeper;
use super::reading::{tell_unread, unread};
use super::told::{Register, say_forgotten};
use super::{Misuse, complain, configure, noted, settings, stop_on_signals};
use crate::cli::{Alert, Watch, WatchFormat};
use crate::config::Program;
use crate::engine::{
    self, Alarms, Course, Filter, Handle, Incident, Mode, Notice, PutTo, RecordError, Setup, Snapshot, Stop,
    Turn,
};
use crate::model::Moment;
use crate::text::Clean;
use crate::{report, source};

/// An incident runs.
const INCIDENT: u8 = 3;
/// How often is looked where nothing says that there is news.
const TICK: Duration = Duration::from_secs(1);
/// So long after its mail stopped, an incident that did not come back counts, in milliseconds.
const SILENT: i64 = 24 * 3_600_000;
/// Attempts younger than this, in milliseconds, need not have been looked through.
const FRESH: i64 = 5_000;
/// A log whose newest line is older than this tells little about now, in milliseconds.
const STALE: i64 = 3_600_000;

pub(super) fn watch(args: &Watch) -> anyhow::Result<ExitCode> {
    // First of all: who asks it to end while it still sets up is heard, too.
    let stop = stop_on_signals()?;
    let (mut setup, config) = configure::with_config_of(&args.reading)?;
    let ids = setup.provider_ids();
    for id in &args.provider {
        // Nobody's incidents would always be calm.
        report::known_provider(id, &ids).map_err(|error| Misuse(format!("--provider: {error}")))?;
    }
    let filter = filter(args.filter.as_deref(), &config, PutTo::Counts)?;
    let (inputs, notices) = inputs(&settings::logs(&config, &args.paths), source::to_follow)?;
    notices.iter().for_each(|notice| complain(notice));
    // One look answers one question, as often as it is asked: who is paged by it says so.
    let redact = args.redaction.masks(config.settings.redact);
    let program = config.settings.alerts.on_incident.filter(|_| !args.once);
    let alerter = Alerter::new(&args.alert, program, |why| complain(&why))?;
    let keeper = if args.remember { keeper(&mut setup) } else { None };
    let told = args.state.as_deref().map(Register::open).transpose()?;
    let handle = engine::follow(inputs, &setup, Arc::clone(stop.flag()))?;
    let keeping = keeper.map(|keeper| keeper.beside(handle.clone(), stop.clone())).transpose()?;
    let answer = look(&Asked { args, filter, redact }, &handle, &stop, alerter.as_ref(), told);
    stop.set();
    // What could not be kept is no answer to whether an incident runs.
    if let Some(why) = keeping.and_then(|keeping| keeping.join().ok()?) {
        complain(&why);
    }
    answer
}

/// What is asked of each look.
struct Asked<'a> {
    args: &'a Watch,
    filter: Filter,
    redact: bool,
}

/// Where sends are kept; where there is no such place, that is said.
fn keeper(setup: &mut Setup) -> Option<Keeper> {
    let keeper = Keeper::of_operator(setup);
    if keeper.is_none() {
        complain(&format!("--remember: {}", RecordError::NoFolder));
    }
    keeper
}

/// Looks until there is an answer, or the time is over.
fn look(
    asked: &Asked<'_>,
    handle: &Handle,
    stop: &Stop,
    alerter: Option<&Alerter>,
    told: Option<(Register, Alarms)>,
) -> anyhow::Result<ExitCode> {
    let args = asked.args;
    let (mut register, mut alarms) =
        told.map_or((None, Alarms::default()), |(register, alarms)| (Some(register), alarms));
    let until = args.span.map(|span| Instant::now() + span);
    let mut is_struck = false;
    // The newest attempt when everything was read: one look has to see it, too.
    let mut last = None;
    let mut is_skew_told = false;
    let mut gone = Vec::new();
    loop {
        let left = until.map_or(TICK, |until| until.saturating_duration_since(Instant::now()).min(TICK));
        let is_ended = select! {
            recv(handle.bell()) -> rung => rung.is_err(),
            recv(stop.bell()) -> _ => false,
            default(left) => false,
        };
        let snapshot = handle.snapshot();
        newly_gone(&snapshot, &mut gone).iter().for_each(|words| complain(words));
        let is_seen = is_read(&snapshot) && {
            let last = last.get_or_insert(snapshot.span.map(|(_, newest)| newest));
            !args.once || seen_until(&snapshot) >= *last
        };
        if is_seen {
            if let Some(skew) = snapshot.skew.as_ref().filter(|_| !is_skew_told) {
                is_skew_told = true;
                complain(&skew.told());
            }
            for (turn, incident) in alarms.hear(&snapshot) {
                noted::incident(&snapshot, Some(turn), &incident);
                if asked.is_about(&snapshot, &incident) {
                    tell(asked, &snapshot, turn, &incident, alerter)?;
                }
            }
            say_forgotten(&mut alarms);
            // After it was told: what is not kept is told once more, and nothing is left untold.
            if let Some(register) = &mut register {
                register.keep(&alarms, false);
            }
            let standing = asked.standing(&snapshot);
            is_struck = standing.is_some();
            if args.once {
                return once(asked, &snapshot, standing);
            }
            if args.exit_on_incident && is_struck {
                tell_unread(&snapshot);
                break;
            }
        }
        let is_late = until.is_some_and(|until| Instant::now() >= until);
        if is_ended || is_late || stop.is_set() {
            trouble(&snapshot)?;
            if !is_read(&snapshot) && !stop.is_set() {
                bail!("the log was not read up to now in the time that was given, so nobody knows");
            }
            break;
        }
    }
    if let Some(mut register) = register {
        register.keep(&alarms, true);
    }
    Ok(if is_struck && (args.exit_on_incident || args.span.is_some()) {
        ExitCode::from(INCIDENT)
    } else {
        ExitCode::SUCCESS
    })
}

/// What was gone before it could be read since that was told last: an incident may have been in it. `told`: how
/// much was told of each source.
fn newly_gone(snapshot: &Snapshot, told: &mut Vec<u64>) -> Vec<String> {
    told.resize(snapshot.sources.len().max(told.len()), 0);
    let new = snapshot.sources.iter().zip(told).filter_map(|(source, told)| {
        let gone = source.gone.filter(|gone| gone.bytes > *told)?;
        let bytes = gone.bytes - std::mem::replace(told, gone.bytes);
        let at = gone.at.rfc3339();
        let name = &source.name;
        Some(format!("{name}: {bytes} bytes were truncated away before they could be read, as seen at {at}"))
    });
    new.collect()
}

/// Tells the operator's program of what the console shows, beside it, until `stop` is set. What goes
/// wrong is said when the console has left the screen.
pub(super) fn beside_console(
    alert: &Alert,
    program: Option<Program>,
    handle: Handle,
    stop: Stop,
) -> anyhow::Result<Option<JoinHandle<Vec<String>>>> {
    let (say, said) = crossbeam_channel::unbounded();
    let say_too = say.clone();
    let Some(alerter) = Alerter::new(alert, program, move |why| drop(say.send(why)))? else {
        return Ok(None);
    };
    let watching = thread::Builder::new().name("watch".to_owned()).spawn(move || {
        let mut alarms = Alarms::default();
        loop {
            let snapshot = handle.snapshot();
            if is_read(&snapshot) {
                for (turn, incident) in alarms.hear(&snapshot) {
                    match report::Alert::gather(&snapshot, turn, &incident, true).jsonl() {
                        Ok(json) => alerter.tell(json),
                        Err(why) => drop(say_too.send(why.to_string())),
                    }
                }
            }
            if stop.within(TICK) {
                break;
            }
        }
        drop((alerter, say_too));
        said.into_iter().collect()
    });
    Ok(Some(watching.context("no thread to tell of incidents with")?))
}

/// Whether everything that is there was read, and looked through for incidents: what is known before
/// is not all.
pub(super) fn is_read(snapshot: &Snapshot) -> bool {
    let newest = snapshot.span.map(|(_, newest)| newest);
    snapshot.mode != Mode::Reading
        && snapshot.complete_since.is_none()
        // On a busy log the newest seconds are never looked through: they may not be complete.
        && newest.is_none_or(|newest| seen_until(snapshot).is_some_and(|until| newest.since(until) <= FRESH))
}

/// Up to when incidents were looked for, on the clock that is furthest ahead.
fn seen_until(snapshot: &Snapshot) -> Option<Moment> {
    let behind = snapshot.skew.as_ref().map_or(0, |skew| skew.by);
    snapshot.watched_until.map(|until| until.plus_millis(behind))
}

impl Asked<'_> {
    /// Whether an incident is one of those that are asked for.
    fn is_about(&self, snapshot: &Snapshot, incident: &Incident) -> bool {
        let asked = &self.args.provider;
        let named = |id: &String| incident.providers.iter().any(|provider| provider.as_str() == id);
        let is_there = asked.is_empty() || incident.providers.is_empty() || asked.iter().any(named);
        is_there && snapshot.touches(incident, &self.filter)
    }

    /// An incident that stands in the way of the next send: it runs, or its mail stopped before the
    /// rate came back.
    fn standing<'s>(&self, snapshot: &'s Snapshot) -> Option<&'s Incident> {
        let stands = |incident: &&Incident| match incident.until {
            None => true,
            Some(until) => incident.course == Course::Silent && snapshot.now.since(until) < SILENT,
        };
        snapshot.incidents.iter().filter(stands).find(|incident| self.is_about(snapshot, incident))
    }
}

/// What cannot be read is not calm.
fn trouble(snapshot: &Snapshot) -> anyhow::Result<()> {
    let unread = unread([snapshot]);
    if unread.is_empty() { Ok(()) } else { bail!("{unread}; so nobody knows") }
}

/// What is no incident of ours and stands in no send's way, for people.
fn beside(asked: &Asked<'_>, snapshot: &Snapshot) {
    let providers = &asked.args.provider;
    let is_asked = |notice: &&Notice| {
        let named = |id: &Clean| providers.iter().any(|asked| asked == id.as_str());
        let is_there = providers.is_empty() || notice.provider.as_ref().is_none_or(named);
        is_there && snapshot.touches_notice(notice, &asked.filter)
    };
    for notice in snapshot.notices.iter().filter(|notice| notice.until.is_none()).filter(is_asked) {
        complain(&report::notice_line(notice));
    }
}

/// The answer to whether an incident runs now.
fn once(asked: &Asked<'_>, snapshot: &Snapshot, standing: Option<&Incident>) -> anyhow::Result<ExitCode> {
    beside(asked, snapshot);
    if let Some(incident) = standing {
        tell_unread(snapshot);
        // What runs was told as news.
        if incident.until.is_some() {
            tell(asked, snapshot, Turn::Ended, incident, None)?;
        }
        return Ok(ExitCode::from(INCIDENT));
    }
    trouble(snapshot)?;
    snapshot.sources.iter().filter_map(report::strange).for_each(|words| complain(&words));
    if snapshot.totals.attempts == 0 {
        bail!("no attempt at a server in {} lines, so nobody knows", snapshot.lines.read);
    }
    if let Some((_, newest)) = snapshot.span.filter(|(_, newest)| snapshot.now.since(*newest) > STALE) {
        complain(&format!("calm, but the newest attempt was logged at {}", newest.date_zone()));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(
    asked: &Asked<'_>,
    snapshot: &Snapshot,
    turn: Turn,
    incident: &Incident,
    alerter: Option<&Alerter>,
) -> anyhow::Result<()> {
    let alert = report::Alert::gather(snapshot, turn, incident, asked.redact);
    let json = alert.jsonl()?;
    let text = if asked.args.format == WatchFormat::Jsonl { json.clone() } else { alert.text() };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    if let Some(alerter) = alerter {
        alerter.tell(json);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::newly_gone;
    use crate::engine::{Gone, Input, Setup, read_all};
    use crate::model::Moment;

    #[test]
    fn what_is_gone_is_told_once_with_file_size_and_time() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("mail.log");
        std::fs::write(&log, "x\n").unwrap();
        let setup = Setup::embedded().unwrap();
        let mut read = read_all(vec![Input::File(log)], &setup, &mut |_, _| {}).unwrap();
        let mut told = Vec::new();
        assert!(newly_gone(&read, &mut told).is_empty());
        let at = Moment::from_seconds(1_795_000_000);
        for (bytes, words) in [(1_200, "1200 bytes"), (1_500, "300 bytes")] {
            read.sources[0].gone = Some(Gone { bytes, at });
            let said = newly_gone(&read, &mut told).concat();
            assert!(["mail.log: ", words, "2026-11-18T"].iter().all(|part| said.contains(part)), "{said}");
            assert!(newly_gone(&read, &mut told).is_empty());
        }
    }
}
