//! `export`: what is handed to others. The documents are made by functions of their own, which the
//! console calls too.

use std::io::Write as _;
use std::path::Path;
use std::sync::atomic::AtomicBool;
use std::time::SystemTime;

use anyhow::{Context as _, bail};

use super::configure::{setup, with_config_of};
use super::filters::filter;
use super::inputs::{and_the_day_before, inputs};
use super::screen::who;
use super::waiting::Waiting;
use super::{Misuse, complain, moment, reading, settings, stop_on_signals};
use crate::cli::{
    Export, ExportDossier, ExportFormat, ExportHold, ExportIncident, ExportSuppression, ExportWhat, Logs,
    SuppressionFormat, Target,
};
use crate::config::Config;
use crate::engine::{
    self, Ask, Did, Entry, Filter, Folder, Incident, Input, Left, PutTo, Record, Setup, Snapshot,
};
use crate::report::{self, About, DossierError, Form, Given, Held, IncidentFacts, ListForm, ListWriter};
use crate::text::Clean;

mod outlet;

use outlet::Outlet;

/// Writes what is asked for.
pub(super) fn export(args: &Export) -> anyhow::Result<()> {
    match &args.what {
        ExportWhat::Suppression(args) => suppression(args),
        ExportWhat::Incident(args) => incident(args),
        ExportWhat::Dossier(args) => dossier(args),
        ExportWhat::Hold(args) => hold(args),
    }
}

/// What can be written about an incident.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Document {
    /// The incident report as Markdown or text.
    Incident(Form),
    /// The incident report as JSON.
    IncidentJson,
    /// The delisting dossier for somebody.
    Dossier(String, Form),
    /// How to hold the mail for the provider that is hit most; for the MTA of the log, or this one.
    Hold(Option<String>, Form),
}

/// A document about an incident or a provider, as a file or a preview shows it. Reads nothing but what it is given, so
/// that the console can call it on a frozen snapshot.
///
/// # Errors
/// When there is nothing to write it of; the words are the operator's.
pub fn document(
    what: &Document,
    snapshot: &Snapshot,
    about: About<'_>,
    given: &Given,
    redact: bool,
) -> anyhow::Result<String> {
    let incident = match about {
        About::Incident(incident) => Some(incident),
        About::Provider(_) => None,
    };
    let gather = || {
        let incident =
            incident.context("no incident is selected: i goes to one, I to those that are over")?;
        anyhow::Ok(IncidentFacts::gather(snapshot, incident, given, redact))
    };
    Ok(match what {
        Document::Incident(form) => report::incident_page(&gather()?, *form),
        Document::IncidentJson => report::incident_json(&gather()?)?,
        Document::Dossier(whom, form) => {
            report::dossier(whom, snapshot, about, given, redact, *form).map_err(wrong)?
        }
        Document::Hold(mta, form) => {
            let id = match about {
                About::Incident(incident) => incident.provider.as_ref().or(incident.providers.first()),
                About::Provider(id) => Some(id),
            };
            let id = id.context("no provider to hold")?;
            let held = Held::of(id, snapshot.provider(id).as_ref(), &[], Some(snapshot))?;
            report::hold(&held, mta.as_deref(), &snapshot.dialects, *form)?
        }
    })
}

fn incident(args: &ExportIncident) -> anyhow::Result<()> {
    let mut outlet = Outlet::open(&args.target)?;
    let (read, config) = read(&args.logs, args.filter.as_deref())?;
    let redact = args.redaction.masks(config.settings.redact);
    let mut noted = None;
    let text = if args.list {
        let mut incidents = read.incidents.clone();
        report::redactor([&read], redact).mask(&mut incidents);
        match args.format {
            ExportFormat::Json => serde_json::to_string_pretty(&incidents)? + "\n",
            ExportFormat::Md | ExportFormat::Text => report::incidents_text(&incidents),
        }
    } else {
        let incident = chosen(&read, args.id.as_deref()).inspect_err(|_| reading::tell_unread(&read))?;
        let what = match args.format {
            ExportFormat::Md => Document::Incident(Form::Markdown),
            ExportFormat::Text => Document::Incident(Form::Text),
            ExportFormat::Json => Document::IncidentJson,
        };
        let record = record(incident);
        let given = record.as_ref().map(Given::of).unwrap_or_default();
        noted = record.map(|record| (record, name(&what)));
        document(&what, &read, About::Incident(incident), &given, redact)?
    };
    outlet.write_all(text.as_bytes())?;
    outlet.close()?;
    note(noted, &args.target);
    reading::whole([&read], "the report")
}

fn dossier(args: &ExportDossier) -> anyhow::Result<()> {
    let mut outlet = Outlet::open(&args.target)?;
    let (read, config) = read(&args.logs, args.filter.as_deref())?;
    let redact = args.redaction.masks(config.settings.redact);
    let mut noted = None;
    let text = if let Some(id) = &args.provider {
        let id = Clean::from(id.as_str());
        let (about, given) = (About::Provider(&id), Given::default());
        report::dossier(&args.whom, &read, about, &given, redact, Form::Markdown).map_err(wrong)?
    } else {
        let incident = match &args.id {
            Some(id) => chosen(&read, Some(id)).inspect_err(|_| reading::tell_unread(&read))?,
            None => fitting(&read, &args.whom).inspect_err(|_| reading::tell_unread(&read))?,
        };
        let what = Document::Dossier(args.whom.clone(), Form::Markdown);
        let record = record(incident);
        let given = record.as_ref().map(Given::of).unwrap_or_default();
        noted = record.map(|record| (record, name(&what)));
        document(&what, &read, About::Incident(incident), &given, redact)?
    };
    outlet.write_all(text.as_bytes())?;
    outlet.close()?;
    note(noted, &args.target);
    reading::whole([&read], "the dossier")
}

/// A form that there is none of is wrong use; nothing to file is not.
fn wrong(error: DossierError) -> anyhow::Error {
    match error {
        DossierError::Whom { .. } => Misuse(format!("--for: {error}")).into(),
        DossierError::Nothing { .. } => error.into(),
    }
}

/// The leading incident that the form for `whom` is for.
fn fitting<'a>(read: &'a Snapshot, whom: &str) -> anyhow::Result<&'a Incident> {
    for incident in &read.incidents {
        if report::fits(whom, incident).map_err(wrong)? {
            return Ok(incident);
        }
    }
    if read.incidents.is_empty() {
        bail!("no incident in what was read; --provider writes without one");
    }
    bail!(
        "no incident in what was read is for `{}`; --id names one, --provider writes without one. There is:\n{}",
        Clean::from(whom),
        report::incidents_text(&read.incidents)
    )
}

fn hold(args: &ExportHold) -> anyhow::Result<()> {
    let mut outlet = Outlet::open(&args.target)?;
    let setup = setup(&args.logs.reading)?;
    let known = setup.provider(&args.provider);
    // Without a question to a log none is read.
    let asks = args.mta.is_none() || !args.logs.paths.is_empty();
    let read = if asks { Some(read(&args.logs, None)?.0) } else { None };
    let held = Held::of(&args.provider, known.as_ref(), &setup.provider_ids(), read.as_ref());
    let held = held.map_err(|error| Misuse(format!("--provider: {error}")))?;
    let dialects = read.as_ref().map(|read| read.dialects.as_slice()).unwrap_or_default();
    let text = report::hold(&held, args.mta.as_deref(), dialects, Form::Markdown);
    let text = text.map_err(|error| Misuse(format!("--mta: {error}")))?;
    outlet.write_all(text.as_bytes())?;
    outlet.close()
}

/// The incident of that id, or whose id alone begins so; without one the leading one that runs, else
/// the latest.
fn chosen<'a>(read: &'a Snapshot, id: Option<&str>) -> anyhow::Result<&'a Incident> {
    let listed = || report::incidents_text(&read.incidents);
    let Some(id) = id else {
        return read
            .incidents
            .first()
            .context("no incident in what was read; `fivefifty report` shows what was");
    };
    let begins: Vec<&Incident> =
        read.incidents.iter().filter(|incident| incident.id.starts_with(id)).collect();
    match (read.incidents.iter().find(|incident| incident.id.as_str() == id), &begins[..]) {
        (Some(incident), _) => Ok(incident),
        (None, [incident]) => Ok(*incident),
        (None, []) => bail!("no incident `{}`; there is:\n{}", Clean::from(id), listed()),
        (None, many) => {
            bail!("`{}` begins the ids of {} incidents; there is:\n{}", Clean::from(id), many.len(), listed())
        }
    }
}

/// What the operator answered and noted of an incident, where there is a record.
fn record(incident: &Incident) -> Option<Record> {
    let var = |name: &str| std::env::var_os(name).map(std::path::PathBuf::from);
    let record = Folder::of_operator(var)?.open(&incident.key());
    if let Some(trouble) = record.trouble() {
        complain(trouble);
    }
    record.path().is_some().then_some(record)
}

/// What a document is called in a timeline.
fn name(what: &Document) -> String {
    match what {
        Document::Incident(_) | Document::IncidentJson => "Incident report".to_owned(),
        Document::Dossier(whom, _) => format!("Dossier, {whom}"),
        Document::Hold(..) => "Hold or throttle".to_owned(),
    }
}

/// Notes an export in the timeline of its incident, where that has a record. That it cannot is said,
/// and the export stands all the same.
fn note(noted: Option<(Record, String)>, target: &Target) {
    let Some((mut record, kind)) = noted else { return };
    let path = target.output.as_ref().map_or_else(
        || Clean::from("standard output"),
        |path| {
            let path = std::path::absolute(path).unwrap_or_else(|_| path.clone());
            Clean::new(path.as_os_str().as_encoded_bytes())
        },
    );
    let what = Did::Export { kind: Clean::from(kind.as_str()), path };
    let entry = Entry { at: moment(SystemTime::now()), who: Clean::from(who().as_str()), what };
    if let Err(why) = record.append(entry) {
        complain(&format!("the export is not in the incident's timeline: {why}"));
    }
}

/// Reads everything, and says what is to be said of the files. Of the incidents those stay that a filter
/// touches.
fn read(logs: &Logs, text: Option<&str>) -> anyhow::Result<(Snapshot, Config)> {
    let (inputs, setup, config) = opened(logs, and_the_day_before)?;
    let filter = filter(text, &config, PutTo::Counts)?;
    let mut read = reading::read(inputs, &setup)?;
    if !filter.is_empty() {
        let all = read.incidents.len();
        let touched =
            read.incidents.iter().filter(|incident| read.touches(incident, &filter)).cloned().collect();
        read.incidents = touched;
        let left = read.incidents.len();
        complain(&format!("--filter {}: {left} of {all} incidents have such replies", filter.text()));
    }
    if let Some(why) = super::nothing_found(&read) {
        complain(&why);
    }
    Ok((read, config))
}

/// What is to be read, and what is to be said of it.
type Opened = anyhow::Result<(Vec<Input>, Vec<String>)>;

/// What is read, how, and what else is configured.
fn opened(logs: &Logs, choose: impl Fn(&[String]) -> Opened) -> anyhow::Result<(Vec<Input>, Setup, Config)> {
    let (mut setup, config) = with_config_of(&logs.reading)?;
    reading::between(&mut setup, logs.since.as_deref(), logs.until.as_deref())?;
    let (inputs, notices) = choose(&settings::logs(&config, &logs.paths))?;
    notices.iter().for_each(|notice| complain(notice));
    Ok((inputs, setup, config))
}

fn suppression(args: &ExportSuppression) -> anyhow::Result<()> {
    let form = match args.format {
        SuppressionFormat::Csv => ListForm::Csv,
        SuppressionFormat::Jsonl => ListForm::Jsonl,
        SuppressionFormat::Plain => ListForm::Plain,
    };
    let outlet = Outlet::open(&args.target)?;
    // Who is on the list is asked of what was named, and of nothing else.
    let (inputs, setup, config) = opened(&args.logs, |named| inputs(named, std::convert::identity))?;
    let filter = filter(args.filter.as_deref(), &config, PutTo::Addresses)?;
    let stop = stop_on_signals()?;
    let ask = Ask { temporary: args.temporary, limit: Ask::MOST };
    let mut waiting = Waiting::new();
    let mut progress = |name: &str, lines| waiting.tell(name, lines);
    let left = list(outlet, form, inputs, &setup, (ask, &filter), stop.flag(), &mut progress);
    waiting.end();
    let (left, words) = left?;
    reading::said_of_files(&left.snapshot);
    complain(&words.join("\n"));
    if left.over > 0 {
        bail!("the list is not whole");
    }
    reading::whole([&left.snapshot], "the list")
}

/// Writes the suppression list; answers with what is not on it, and with words for that.
fn list(
    mut outlet: Outlet,
    form: ListForm,
    inputs: Vec<Input>,
    setup: &Setup,
    (ask, filter): (Ask, &Filter),
    stop: &AtomicBool,
    progress: &mut dyn FnMut(&str, u64),
) -> anyhow::Result<(Left, Vec<String>)> {
    let mut list = ListWriter::new(&mut outlet, form, ask.temporary)?;
    let left = engine::suppression(inputs, setup, (ask, filter), stop, &mut |one| list.line(one), progress)?;
    let in_csv = list.end()?;
    outlet.close()?;
    let words = report::left_out(&left, ask.temporary, in_csv);
    Ok((left, words))
}

/// Writes the suppression list into a file, for the console: on a thread of its own, since the logs are
/// read again, three times. `stop` ends it and leaves no file; `progress` hears what is read, and how
/// many lines of it. Answers with what is to be told: the first line is how many are listed.
///
/// # Errors
/// When the file is there already and not to be replaced, or something cannot be read or written.
pub fn suppression_list(
    target: (&Path, bool),
    form: ListForm,
    inputs: Vec<Input>,
    setup: &Setup,
    temporary: bool,
    stop: &AtomicBool,
    progress: &mut dyn FnMut(&str, u64),
) -> anyhow::Result<Vec<String>> {
    let outlet = Outlet::at(target.0, target.1)?;
    let ask = Ask { temporary, limit: Ask::IN_CONSOLE };
    Ok(list(outlet, form, inputs, setup, (ask, &Filter::default()), stop, progress)?.1)
}

/// Writes a document into a file of the operator's: whole or not at all, and for their eyes only.
///
/// # Errors
/// When the file is there already and `force` does not say to replace it, or it cannot be written.
pub fn keep(text: &str, path: &Path, force: bool) -> anyhow::Result<()> {
    let mut outlet = Outlet::at(path, force)?;
    outlet.write_all(text.as_bytes())?;
    outlet.close()
}
