//! What is long to tell: it is told again once a second at most.

use super::question::{Question, SendKey, send_key};
use super::{Picture, ended};
use crate::engine::{
    Comparison, Confidence, Contrast, Diagnosis, Filter, Happened, Probe, Remedy, Sample, Scope, SendView,
    Signature, Snapshot,
};
use crate::model::Window;
use crate::text::Clean;

/// What is long to tell.
pub(super) struct Told {
    pub(super) diagnosis: Diagnosis,
    pub(super) contrast: Contrast,
    pub(super) timeline: Vec<Happened>,
    pub(super) probes: Vec<Probe>,
    pub(super) sends: Vec<SendView>,
    pub(super) said: Vec<Signature>,
    pub(super) compared: Option<Comparison>,
}

impl Told {
    pub(super) fn of(snapshot: &Snapshot, question: &Question) -> Self {
        let Question { window, scope, filter, answers, .. } = question;
        let of =
            |id: &Option<Clean>| snapshot.incidents.iter().find(|incident| Some(&incident.id) == id.as_ref());
        let sends = if question.sends { snapshot.sends() } else { Vec::new() };
        let said = question.said.as_ref().map_or_else(Vec::new, |key| {
            let chosen = key.as_ref().and_then(|key| sends.iter().find(|send| send_key(send) == *key));
            said(snapshot, chosen.or(sends.first()))
        });
        let side = |key: &SendKey| sends.iter().find(|send| send_key(send) == *key).map(SendView::side);
        Self {
            diagnosis: match ended(snapshot, question) {
                _ if !question.told => no_diagnosis(),
                _ if is_hidden(snapshot, question) => Diagnosis {
                    remedy: Remedy { verdict: HIDDEN.to_owned(), ..Remedy::default() },
                    ..no_diagnosis()
                },
                Some(incident) => snapshot.diagnosis_of(incident, answers),
                None => snapshot.diagnosis(*window, scope, filter, answers),
            },
            contrast: of(&question.contrast)
                .map(|incident| snapshot.contrast_in(incident, filter))
                .unwrap_or_default(),
            probes: if question.probes {
                snapshot.probes(*window, scope, filter, answers)
            } else {
                Vec::new()
            },
            timeline: of(&question.incident).map(|incident| snapshot.timeline(incident)).unwrap_or_default(),
            compared: question.compared.as_ref().and_then(|(a, b)| snapshot.compare(&side(a)?, &side(b)?)),
            said,
            sends,
        }
    }

    pub(super) fn kept(picture: &Picture) -> Self {
        Self {
            diagnosis: picture.diagnosis.clone(),
            contrast: picture.contrast.clone(),
            timeline: picture.timeline.clone(),
            probes: picture.probes.clone(),
            sends: picture.sends.clone(),
            said: picture.said.clone(),
            compared: picture.compared.clone(),
        }
    }
}

/// What there is to say of an incident of which a filter leaves nothing: no order is given on what is not
/// seen.
const HIDDEN: &str =
    "The filter hides all of this incident: drop or change it to see what it is and what to do";

/// Whether a filter hides all of the incident that is asked about.
fn is_hidden(snapshot: &Snapshot, question: &Question) -> bool {
    let Question { window, scope, filter, .. } = question;
    let is_nothing = |filter: &Filter| snapshot.signatures(*window, scope, filter).is_empty();
    scope.incident.is_some() && !filter.is_empty() && is_nothing(filter) && !is_nothing(&Filter::default())
}

/// What is said to a send: to its campaign, as long as strings are kept.
fn said(snapshot: &Snapshot, send: Option<&SendView>) -> Vec<Signature> {
    let term = send.map(|send| Filter::exactly("campaign", &send.campaign));
    let filter = term.and_then(|term| Filter::parse(&term).ok());
    filter.map_or_else(Vec::new, |filter| snapshot.signatures(Window::H24, &Scope::default(), &filter))
}

/// No strings.
pub(in crate::ui) fn no_sample() -> Sample {
    Sample { of: 0, about: false, signatures: 0, around: 0, strings: Vec::new() }
}

/// Nothing asked, nothing known.
pub(in crate::ui) fn no_diagnosis() -> Diagnosis {
    Diagnosis {
        tree: Vec::new(),
        remedy: Remedy::default(),
        confidence: Confidence::nothing(),
        would_change: Vec::new(),
        missing: Vec::new(),
        checklist: Vec::new(),
    }
}
