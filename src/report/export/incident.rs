//! The incident report: everything that the next shift and the ticket need, gathered once.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use super::Given;
use crate::engine::{
    Answers, Contrast, Course, Diagnosis, Filter, Happened, Incident, Lines, Listing, Mode, Scope, Series,
    Snapshot, Specimen,
};
use crate::model::{Moment, Window};
use crate::report::SCHEMA;
use crate::report::facts::{SIGNATURES, STRINGS, Said};
use crate::report::masked::redactor;
use crate::text::{Clean, percent, thousands};

/// Slots of the counts over time.
const SLOTS: usize = 12;

/// The report of one incident. As JSON it is the form that the README documents.
#[derive(Debug, Serialize)]
pub struct IncidentFacts {
    /// Version of this form; grows when a field changes its meaning or goes.
    pub schema: u32,
    /// What this is: `incident`.
    pub document: &'static str,
    /// The log's now: the newest time stamp read.
    pub now: Moment,
    /// Whether everything was read, or lines may still come.
    pub mode: Mode,
    /// Whether local parts of addresses are masked.
    pub redacted: bool,
    /// The incident in a few sentences.
    pub summary: String,
    /// The incident itself.
    pub incident: Incident,
    /// The providers that it strikes, by name.
    pub providers: Vec<Clean>,
    /// The blocklist that its replies name.
    pub list: Option<Listing>,
    /// Counts over time.
    pub series: Series,
    /// What they say.
    pub signatures: Vec<Said>,
    /// What changed at the onset.
    pub contrast: Contrast,
    /// The path through the tree, verdict, what to do and not to do, the checklist.
    pub diagnosis: Diagnosis,
    /// When and by whom steps of the checklist and nodes of the tree were answered, by id.
    pub answered: BTreeMap<Arc<str>, Answered>,
    /// The operator's answers, by id.
    pub answers: Answers,
    /// What happened, oldest first.
    pub timeline: Vec<Happened>,
    /// So many replies the sample stands for.
    pub sample_of: u64,
    /// Strings of the incident, most frequent signature first.
    pub sample: Vec<Specimen>,
    /// What was read.
    pub files: Vec<File>,
    /// Lines and what became of them.
    pub lines: Lines,
}

/// When and by whom something was answered.
#[derive(Debug, Serialize)]
pub struct Answered {
    /// When, by the wall clock.
    pub at: Moment,
    /// Who: `user@host`.
    pub who: Clean,
}

/// One file that was read.
#[derive(Debug, Serialize)]
pub struct File {
    /// Its name.
    pub name: Clean,
    /// Whether it was read to its end, or why not.
    pub state: Clean,
    /// Its lines.
    pub lines: u64,
}

impl IncidentFacts {
    /// Gathers the report of `incident`; `redact` says whether local parts are masked.
    #[must_use]
    pub fn gather(snapshot: &Snapshot, incident: &Incident, given: &Given, redact: bool) -> Self {
        let mut mask = redactor([snapshot], redact);
        let (all, scope) = (Filter::default(), Scope::of_incident(incident));
        let sample = snapshot.sample_of(incident, STRINGS);
        let diagnosis = snapshot.diagnosis_of(incident, &given.answers);
        let title = |id: &str| {
            let step =
                diagnosis.checklist.iter().find(|step| *step.id == *id).map(|step| step.title.to_string());
            step.or_else(|| {
                diagnosis.tree.iter().find(|line| *line.id == *id).map(|line| line.question.to_string())
            })
        };
        let mut timeline = snapshot.timeline(incident);
        timeline.extend(given.happened(&title));
        timeline.sort_by_key(|happened| happened.at);
        let answered = given.answers.keys().filter_map(|id| {
            let entry = given.answered(id)?;
            Some((Arc::clone(id), Answered { at: entry.at, who: entry.who.clone() }))
        });
        let answered = answered.collect();
        let providers = incident.providers.iter().map(|id| snapshot.provider_name(id)).collect();
        let signatures = snapshot.signatures_of(incident).into_iter().take(SIGNATURES).map(Said::of);
        let mut facts = Self {
            schema: SCHEMA,
            document: "incident",
            now: snapshot.now,
            mode: snapshot.mode,
            redacted: mask.is_on(),
            summary: summary(snapshot, incident, &diagnosis),
            providers,
            list: incident.list.as_ref().map(|id| snapshot.blocklist(id)),
            series: snapshot.series(covering(snapshot, incident), &scope, &all, SLOTS),
            signatures: signatures.collect(),
            contrast: snapshot.contrast(incident),
            diagnosis,
            answered,
            answers: given.answers.clone(),
            timeline,
            sample_of: sample.of,
            sample: sample.strings.iter().map(|one| (**one).clone()).collect(),
            files: snapshot
                .sources
                .iter()
                .map(|source| File {
                    name: source.name.clone(),
                    state: source.state.clone(),
                    lines: source.lines,
                })
                .collect(),
            lines: snapshot.lines,
            incident: incident.clone(),
        };
        mask.mask(&mut facts);
        facts
    }
}

/// The shortest window that holds all of an incident; the longest where none does.
fn covering(snapshot: &Snapshot, incident: &Incident) -> Window {
    let age = snapshot.now.since(incident.onset);
    Window::ALL.into_iter().find(|window| window.millis() > age).unwrap_or(Window::H24)
}

/// The incident in a few sentences: what, where, since when, how many, what first.
fn summary(snapshot: &Snapshot, incident: &Incident, diagnosis: &Diagnosis) -> String {
    let last = incident.until.unwrap_or(snapshot.now);
    let course = match (incident.until, incident.course) {
        (Some(until), _) => format!("over since {}", until.date_zone()),
        (None, Course::Rising) => "still running, and rising".to_owned(),
        (None, Course::Falling) => "still running, falling".to_owned(),
        (None, Course::Silent) => "not over, but nothing is sent there now".to_owned(),
        (None, Course::Steady | Course::Over) => "still running".to_owned(),
    };
    let first = diagnosis.remedy.todo.first().map_or(String::new(), |first| format!(" First: {first}."));
    format!(
        "{}. Since {}, for {}; {course}. {} of {} attempts refused, {}{}.{first}",
        diagnosis.remedy.verdict.trim_end_matches('.'),
        incident.onset.date_zone(),
        span(last.since(incident.onset)),
        thousands(incident.rejected),
        thousands(incident.attempts),
        percent(incident.rate),
        incident.baseline.map_or_else(String::new, |was| format!(" (was {})", percent(was))),
    )
}

/// A span in words: `4m27s`, `2h05m`, `3d4h`.
pub(super) fn span(millis: i64) -> String {
    let seconds = (millis / 1000).max(0);
    let (days, hours, minutes) = (seconds / 86_400, seconds / 3_600 % 24, seconds / 60 % 60);
    match (days, hours, minutes) {
        (0, 0, 0) => format!("{seconds}s"),
        (0, 0, minutes) => format!("{minutes}m{:02}s", seconds % 60),
        (0, hours, minutes) => format!("{hours}h{minutes:02}m"),
        (days, hours, _) => format!("{days}d{hours}h"),
    }
}

/// The report as one JSON object, indented.
///
/// # Errors
/// When a value cannot be written as JSON, which no value here is.
pub fn incident_json(facts: &IncidentFacts) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(facts).map(|text| text + "\n")
}
