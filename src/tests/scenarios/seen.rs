//! What the program sees, as plain data: the only file here that knows the engine.
//!
//! `None` stands for what the program does not tell yet; a test that asks for it fails and says so.

use std::collections::BTreeMap;
use std::path::Path;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, OnceLock};
use std::time::{Duration, Instant};

use fivefifty::engine::{
    self, Answers, Diagnosis, Difference, Filter, Handle, Incident, Input, Light, Mode, Notice, Scope, Setup,
    Snapshot,
};
use fivefifty::model::{Moment, Window};
use fivefifty::report::{Given, IncidentFacts};

/// What was read of a log.
#[derive(Debug)]
pub(crate) struct Seen {
    pub incidents: Vec<SeenIncident>,
    /// The diagnosis of everything.
    pub diagnosis: SeenDiagnosis,
    /// The diagnosis of each provider, by its id.
    pub providers: BTreeMap<String, SeenDiagnosis>,
    /// Trouble that is no incident.
    pub notices: Vec<SeenNotice>,
    pub attempts: u64,
    /// Lines that were lost or not understood.
    pub lost: u64,
}

/// Trouble of a provider's own, or, without a provider, of our network.
#[derive(Debug)]
pub(crate) struct SeenNotice {
    pub provider: Option<String>,
    pub how: String,
    pub onset: Moment,
    pub until: Option<Moment>,
}

/// One incident.
#[derive(Debug)]
pub(crate) struct SeenIncident {
    /// Ids of the providers that it is at.
    pub providers: Option<Vec<String>>,
    /// What it is of; an inner `None` for "of none in particular".
    pub campaign: Option<Option<String>>,
    pub source: Option<Option<String>>,
    pub list: Option<Option<String>>,
    pub category: String,
    pub onset: Moment,
    /// Log time at which it was known.
    pub declared: Option<Moment>,
    pub until: Option<Moment>,
    pub verdict: String,
    /// What is common to it, what explains most first.
    pub contrast: Option<Vec<SeenDifference>>,
    pub diagnosis: SeenDiagnosis,
    /// Its refusals and its attempts as it says itself.
    pub counts: (u64, u64),
    /// Whether its timeline names a second cause.
    pub second_cause: bool,
    /// Refusals as whoever looks into it finds them: where, and how many.
    pub found: Vec<(&'static str, u64)>,
}

/// A value that is over-represented in an incident.
#[derive(Debug)]
pub(crate) struct SeenDifference {
    pub dimension: String,
    pub value: String,
    /// Share of the incident, 0–1.
    pub share: f64,
}

/// What to do.
#[derive(Debug)]
pub(crate) struct SeenDiagnosis {
    pub verdict: String,
    pub todo: Vec<String>,
    pub dont: Vec<String>,
    /// Steps of the checklist: id, and whether it is ticked.
    pub steps: Vec<(String, bool)>,
}

/// Knowledge is read once: it is the same for every log.
fn setup(until: Option<Moment>) -> Setup {
    static SETUP: OnceLock<Setup> = OnceLock::new();
    let mut setup = SETUP
        .get_or_init(|| {
            let mut setup = Setup::embedded().expect("the embedded knowledge");
            setup.set_zone("UTC").expect("a zone");
            setup
        })
        .clone();
    setup.until = until;
    setup
}

/// Reads a log to its end, or as if it ended at `until`.
pub(crate) fn read(log: &Path, until: Option<Moment>) -> Seen {
    let inputs = vec![Input::File(log.to_owned())];
    let snapshot = engine::read_all(inputs, &setup(until), &mut |_, _| {}).expect("the log is read");
    seen(&snapshot)
}

/// The verdicts of every scope over every window where a log that ends at `until` has no incident.
pub(crate) fn calm_verdicts(log: &Path, until: Option<Moment>) -> Vec<String> {
    let inputs = vec![Input::File(log.to_owned())];
    let snapshot = engine::read_all(inputs, &setup(until), &mut |_, _| {}).expect("the log is read");
    if !snapshot.incidents.is_empty() {
        return Vec::new();
    }
    let all = Filter::default();
    let windows = [Some(Window::M1), Some(Window::H1), None];
    let told = windows.into_iter().flat_map(|window| {
        let board = snapshot.board(window, &all);
        let providers: Vec<_> = board.rows.into_iter().map(|row| Some(row.id)).chain([None]).collect();
        let columns: Vec<_> = board.columns.into_iter().map(|one| Some(one.label)).chain([None]).collect();
        let scopes: Vec<Scope> = providers
            .iter()
            .flat_map(|provider| {
                columns.iter().map(|column| Scope {
                    provider: provider.clone(),
                    column: column.clone(),
                    ..Scope::default()
                })
            })
            .collect();
        let verdict = |scope: &Scope| snapshot.diagnosis(window, scope, &all, &Answers::new()).remedy.verdict;
        scopes.iter().map(verdict).collect::<Vec<_>>()
    });
    told.collect()
}

/// A log that is followed while it is written.
#[derive(Debug)]
pub(crate) struct Live {
    handle: Handle,
    stop: Arc<AtomicBool>,
}

impl Live {
    /// Begins to follow.
    pub(crate) fn follow(log: &Path) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let inputs = vec![Input::File(log.to_owned())];
        let handle = engine::follow(inputs, &setup(None), Arc::clone(&stop)).expect("the log is followed");
        Self { handle, stop }
    }

    /// How many incidents are known at this moment.
    pub(crate) fn known(&self) -> usize {
        self.handle.snapshot().incidents.len()
    }

    /// Waits until it is up to date and this holds of the numbers of attempts and incidents; half a
    /// minute without is too long.
    pub(crate) fn wait_for(&self, what: &str, is: impl Fn(u64, usize) -> bool) -> Seen {
        let begun = Instant::now();
        loop {
            let snapshot = self.handle.snapshot();
            let (attempts, incidents) = (snapshot.totals.attempts, &snapshot.incidents);
            if snapshot.mode == Mode::Live && is(attempts, incidents.len()) {
                return seen(&snapshot);
            }
            let in_time = begun.elapsed() < Duration::from_secs(30);
            assert!(in_time, "{what}: not seen; {attempts} attempts were, and {incidents:?}");
            let _ = self.handle.bell().recv_timeout(Duration::from_secs(1));
        }
    }
}

impl Drop for Live {
    fn drop(&mut self) {
        self.stop.store(true, Ordering::Relaxed);
    }
}

fn seen(snapshot: &Snapshot) -> Seen {
    let told =
        |scope: &Scope| of_diagnosis(&snapshot.diagnosis(None, scope, &Filter::default(), &Answers::new()));
    let rows = snapshot.board(None, &Filter::default()).rows;
    let of_row = |id: fivefifty::text::Clean| {
        let name = id.to_string();
        (name, told(&Scope { provider: Some(id), ..Scope::default() }))
    };
    Seen {
        providers: rows.into_iter().map(|row| of_row(row.id)).collect(),
        incidents: snapshot.incidents.iter().map(|incident| of_incident(snapshot, incident)).collect(),
        notices: snapshot.notices.iter().map(of_notice).collect(),
        diagnosis: told(&Scope::default()),
        attempts: snapshot.totals.attempts,
        lost: snapshot.lines.unparsed + snapshot.lines.lost,
    }
}

fn of_notice(notice: &Notice) -> SeenNotice {
    SeenNotice {
        provider: notice.provider.as_ref().map(ToString::to_string),
        how: word(&notice.how),
        onset: notice.onset,
        until: notice.until,
    }
}

fn of_incident(snapshot: &Snapshot, incident: &Incident) -> SeenIncident {
    let scope = Scope::of_incident(incident);
    // As the report does: the longest window that a running incident fills.
    let age = snapshot.now.since(incident.onset);
    let fills = Window::ALL.into_iter().rev().find(|window| window.millis() <= age).unwrap_or(Window::M1);
    let window = incident.until.is_none().then_some(fills);
    let diagnosis = snapshot.diagnosis(window, &scope, &Filter::default(), &Answers::new());
    SeenIncident {
        providers: Some(incident.providers.iter().map(ToString::to_string).collect()),
        campaign: Some(incident.campaign.as_ref().map(ToString::to_string)),
        source: Some(incident.source.as_ref().map(ToString::to_string)),
        list: Some(incident.list.as_ref().map(ToString::to_string)),
        category: word(&incident.category),
        onset: incident.onset,
        declared: Some(incident.declared),
        until: incident.until,
        verdict: incident.verdict.clone(),
        contrast: Some(snapshot.contrast(incident).differences.iter().map(of_difference).collect()),
        diagnosis: of_diagnosis(&diagnosis),
        counts: (incident.rejected, incident.attempts),
        second_cause: snapshot.timeline(incident).iter().any(|one| one.what.contains("second cause")),
        found: found(snapshot, incident),
    }
}

/// The refusals of an incident wherever they are counted.
fn found(snapshot: &Snapshot, incident: &Incident) -> Vec<(&'static str, u64)> {
    let facts = IncidentFacts::gather(snapshot, incident, &Given::default(), false);
    let json = serde_json::to_value(&facts).expect("an incident as JSON");
    let of_signatures = snapshot.signatures_of(incident).iter().map(|one| one.count).sum();
    let mut found = vec![
        ("the sample", snapshot.sample_of(incident, 5).of),
        ("what is common to it", snapshot.contrast(incident).of),
        ("the exported report", json["sample_of"].as_u64().expect("a number")),
        ("the incident in it", json["incident"]["rejected"].as_u64().expect("a number")),
    ];
    // What one source or campaign meets is not counted by signature.
    if !incident.is_of_one() {
        found.push(("the signatures", of_signatures));
    }
    found
}

fn of_difference(difference: &Difference) -> SeenDifference {
    SeenDifference {
        dimension: word(&difference.dimension),
        value: difference.value.to_string(),
        share: difference.within.count as f64 / difference.within.of.max(1) as f64,
    }
}

fn of_diagnosis(diagnosis: &Diagnosis) -> SeenDiagnosis {
    SeenDiagnosis {
        verdict: diagnosis.remedy.verdict.clone(),
        todo: diagnosis.remedy.todo.clone(),
        dont: diagnosis.remedy.dont.clone(),
        steps: diagnosis
            .checklist
            .iter()
            .map(|step| (step.id.to_string(), step.light == Light::Lit))
            .collect(),
    }
}

/// The word that the report's JSON has for it.
fn word(value: &impl serde::Serialize) -> String {
    let word = serde_json::to_value(value).expect("a word");
    word.as_str().expect("a word").to_owned()
}
