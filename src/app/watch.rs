//! Watches logs for incidents: a line for each, an exit code for what waits on it.

use std::io::{self, Write};
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use anyhow::{Context, bail};

use super::alert::Alerter;
use super::inputs::inputs;
use super::keep::Keeper;
use super::reading::unread;
use super::{Misuse, complain, configure, settings, stop_flag};
use crate::cli::{Alert, Watch, WatchFormat};
use crate::config::Program;
use crate::engine::{
    self, Alarms, Course, Handle, Incident, Mode, Notice, RecordError, Setup, Snapshot, Turn,
};
use crate::model::Moment;
use crate::text::Clean;
use crate::{report, source};

/// An incident runs.
const INCIDENT: u8 = 3;
/// How often the clock is looked at.
const TICK: Duration = Duration::from_millis(200);
/// So long after its mail stopped, an incident that did not come back counts, in milliseconds.
const SILENT: i64 = 24 * 3_600_000;
/// Attempts younger than this, in milliseconds, need not have been looked through.
const FRESH: i64 = 5_000;
/// A log whose newest line is older than this tells little about now, in milliseconds.
const STALE: i64 = 3_600_000;

pub(super) fn watch(args: &Watch) -> anyhow::Result<ExitCode> {
    // First of all: who asks it to end while it still sets up is heard, too.
    let stop = stop_flag()?;
    let (mut setup, config) = configure::with_config_of(&args.reading)?;
    let ids = setup.provider_ids();
    for id in &args.provider {
        // Nobody's incidents would always be calm.
        report::known_provider(id, &ids).map_err(|error| Misuse(format!("--provider: {error}")))?;
    }
    let (inputs, notices) = inputs(&settings::logs(&config, &args.paths), source::to_follow)?;
    notices.iter().for_each(|notice| complain(notice));
    // One look answers one question, as often as it is asked: who is paged by it says so.
    let program = config.settings.alerts.on_incident.filter(|_| !args.once);
    let alerter = Alerter::new(&args.alert, program, |why| complain(&why))?;
    let keeper = if args.remember { keeper(&mut setup) } else { None };
    let handle = engine::follow(inputs, &setup, Arc::clone(&stop))?;
    let keeping = keeper.map(|keeper| keeper.beside(handle.clone(), Arc::clone(&stop))).transpose()?;
    let answer = look(args, &handle, &stop, alerter.as_ref());
    stop.store(true, Ordering::Relaxed);
    // What could not be kept is no answer to whether an incident runs.
    if let Some(why) = keeping.and_then(|keeping| keeping.join().ok()?) {
        complain(&why);
    }
    answer
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
    args: &Watch,
    handle: &Handle,
    stop: &AtomicBool,
    alerter: Option<&Alerter>,
) -> anyhow::Result<ExitCode> {
    let until = args.span.map(|span| Instant::now() + span);
    let mut alarms = Alarms::default();
    let mut is_struck = false;
    // The newest attempt when everything was read: one look has to see it, too.
    let mut last = None;
    let mut is_skew_told = false;
    loop {
        let is_ended =
            handle.bell().recv_timeout(TICK) == Err(crossbeam_channel::RecvTimeoutError::Disconnected);
        let snapshot = handle.snapshot();
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
                if is_asked(args, &incident) {
                    tell(args, &snapshot, turn, &incident, alerter)?;
                }
            }
            let standing = standing(args, &snapshot);
            is_struck = standing.is_some();
            if args.once {
                return once(args, &snapshot, standing);
            }
            if args.exit_on_incident && is_struck {
                break;
            }
        }
        let is_late = until.is_some_and(|until| Instant::now() >= until);
        if is_ended || is_late || stop.load(Ordering::Relaxed) {
            trouble(&snapshot)?;
            if !is_read(&snapshot) && !stop.load(Ordering::Relaxed) {
                bail!("the log was not read up to now in the time that was given, so nobody knows");
            }
            break;
        }
    }
    Ok(if is_struck && (args.exit_on_incident || args.span.is_some()) {
        ExitCode::from(INCIDENT)
    } else {
        ExitCode::SUCCESS
    })
}

/// Tells the operator's program of what the console shows, beside it, until `stop` is set. What goes
/// wrong is said when the console has left the screen.
pub(super) fn beside_console(
    alert: &Alert,
    program: Option<Program>,
    handle: Handle,
    stop: Arc<AtomicBool>,
) -> anyhow::Result<Option<JoinHandle<Vec<String>>>> {
    let (say, said) = crossbeam_channel::unbounded();
    let say_too = say.clone();
    let Some(alerter) = Alerter::new(alert, program, move |why| drop(say.send(why)))? else {
        return Ok(None);
    };
    let watching = thread::Builder::new().name("watch".to_owned()).spawn(move || {
        let mut alarms = Alarms::default();
        while !stop.load(Ordering::Relaxed) {
            let snapshot = handle.snapshot();
            if is_read(&snapshot) {
                for (turn, incident) in alarms.hear(&snapshot) {
                    match report::Alert::gather(&snapshot, turn, &incident, true).jsonl() {
                        Ok(json) => alerter.tell(json),
                        Err(why) => drop(say_too.send(why.to_string())),
                    }
                }
            }
            thread::sleep(TICK);
        }
        drop((alerter, say_too));
        said.into_iter().collect()
    });
    Ok(Some(watching.context("no thread to tell of incidents with")?))
}

/// Whether everything that is there was read, and looked through for incidents: what is known before
/// is not all.
fn is_read(snapshot: &Snapshot) -> bool {
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

/// Whether an incident is one of those that are asked for.
fn is_asked(args: &Watch, incident: &Incident) -> bool {
    let named = |id: &String| incident.providers.iter().any(|provider| provider.as_str() == id);
    args.provider.is_empty() || incident.providers.is_empty() || args.provider.iter().any(named)
}

/// An incident that stands in the way of the next send: it runs, or its mail stopped before the
/// rate came back.
fn standing<'s>(args: &Watch, snapshot: &'s Snapshot) -> Option<&'s Incident> {
    let stands = |incident: &&Incident| match incident.until {
        None => true,
        Some(until) => incident.course == Course::Silent && snapshot.now.since(until) < SILENT,
    };
    snapshot.incidents.iter().filter(|incident| is_asked(args, incident)).find(stands)
}

/// What cannot be read is not calm.
fn trouble(snapshot: &Snapshot) -> anyhow::Result<()> {
    let unread = unread([snapshot]);
    if unread.is_empty() { Ok(()) } else { bail!("{unread}; so nobody knows") }
}

/// What is no incident of ours and stands in no send's way, for people.
fn beside(args: &Watch, snapshot: &Snapshot) {
    let is_asked = |notice: &&Notice| {
        let named = |id: &Clean| args.provider.iter().any(|asked| asked == id.as_str());
        args.provider.is_empty() || notice.provider.as_ref().is_none_or(named)
    };
    for notice in snapshot.notices.iter().filter(|notice| notice.until.is_none()).filter(is_asked) {
        complain(&report::notice_line(notice));
    }
}

/// The answer to whether an incident runs now.
fn once(args: &Watch, snapshot: &Snapshot, standing: Option<&Incident>) -> anyhow::Result<ExitCode> {
    beside(args, snapshot);
    if let Some(incident) = standing {
        // What runs was told as news.
        if incident.until.is_some() {
            tell(args, snapshot, Turn::Ended, incident, None)?;
        }
        return Ok(ExitCode::from(INCIDENT));
    }
    trouble(snapshot)?;
    snapshot.sources.iter().filter_map(report::strange).for_each(|words| complain(&words));
    if snapshot.totals.attempts == 0 {
        bail!("no attempt at a server in {} lines, so nobody knows", snapshot.lines.read);
    }
    if let Some((_, newest)) = snapshot.span.filter(|(_, newest)| snapshot.now.since(*newest) > STALE) {
        complain(&format!("calm, but the newest attempt was logged at {} UTC", newest.date_clock()));
    }
    Ok(ExitCode::SUCCESS)
}

fn tell(
    args: &Watch,
    snapshot: &Snapshot,
    turn: Turn,
    incident: &Incident,
    alerter: Option<&Alerter>,
) -> anyhow::Result<()> {
    let alert = report::Alert::gather(snapshot, turn, incident, !args.redaction.no_redact);
    let json = alert.jsonl()?;
    let text = if args.format == WatchFormat::Jsonl { json.clone() } else { alert.text() };
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()?;
    if let Some(alerter) = alerter {
        alerter.tell(json);
    }
    Ok(())
}
