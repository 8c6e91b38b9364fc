//! Incidents with names.

use super::Detector;
use crate::aggregate::Dimension;
use crate::diagnose::incident::{Case, Incident, Named, Notice, Of, Scope, line};
use crate::engine::parties;
use crate::engine::snapshot::Struck;
use crate::model::{Moment, Party};
use crate::text::{Clean, share};

/// What providers, sources and campaigns are called.
#[derive(Copy, Clone)]
pub(in super::super) struct Names<'a> {
    pub parties: &'a parties::Names,
    pub sources: &'a Dimension,
    pub campaigns: &'a Dimension,
}

impl Detector {
    /// Parties that incidents strike or struck, and since when.
    pub(in super::super) fn struck(&self) -> Vec<Struck> {
        let of = |case: &Case| {
            let (declared, until) = (case.declared, case.until);
            let struck = case.struck().into_iter();
            struck.map(move |(party, onset, _)| Struck { party, onset, declared, until })
        };
        self.cases().iter().flat_map(of).collect()
    }
}

/// Incidents: running ones by what they refuse a minute, so that a small one of hours is not read
/// before one that began to refuse everything; then ended ones, newest first.
pub(in super::super) fn named(detector: &Detector, names: &Names<'_>, now: Moment) -> Vec<Incident> {
    let mut incidents: Vec<Incident> =
        detector.cases().iter().map(|case| incident(detector, case, names, now)).collect();
    incidents.sort_by(|a, b| {
        a.until
            .is_some()
            .cmp(&b.until.is_some())
            .then(b.until.cmp(&a.until))
            .then_with(|| pace(b, now).total_cmp(&pace(a, now)))
    });
    incidents
}

/// Replies a minute since the onset; in its first minute, so far.
fn pace(incident: &Incident, now: Moment) -> f64 {
    let minutes = now.since(incident.onset) as f64 / 60_000.0;
    incident.rejected as f64 / minutes.max(1.0)
}

/// What is no incident and worth a word: what runs, then what is over, newest first.
pub(in super::super) fn noticed(detector: &Detector, names: &Names<'_>) -> Vec<Notice> {
    let named = |party: Party| match party {
        Party::Nobody => None,
        _ => names.parties.of(party),
    };
    detector.troubles.list().iter().map(|trouble| Notice::of(trouble, named(trouble.party))).collect()
}

fn incident(detector: &Detector, case: &Case, names: &Names<'_>, now: Moment) -> Incident {
    let party = |party: Party| {
        names.parties.of(party).unwrap_or_else(|| (Clean::from("unknown"), Clean::from("unknown provider")))
    };
    let providers: Vec<(Clean, Clean)> = case.providers().into_iter().map(party).collect();
    let source = case.composition.source.map(|source| names.sources.name(source));
    let campaign = case.composition.campaign.map(|campaign| names.campaigns.name(campaign));
    let list = detector.list(case.list).cloned();
    let (provider, name) = match (case.scope, providers.as_slice()) {
        (Scope::Source(source), _) => (None, names.sources.name(source)),
        (Scope::Campaign(campaign), _) => (None, names.campaigns.name(campaign)),
        (_, [(id, name)]) => (Some(id.clone()), name.clone()),
        (_, []) => (None, Clean::from("many providers")),
        (_, many) => (None, Clean::from(format!("{} providers", many.len()).as_str())),
    };
    let other = |value: &Option<Clean>| value.clone().filter(|value| *value != name);
    let (shown_source, shown_campaign) = (other(&source), other(&campaign));
    let list_name = list.as_ref().map(|list| names.parties.list(list));
    let verdict = line(
        case.category,
        &Named {
            name: &name,
            list: list_name.as_deref(),
            source: shown_source.as_deref(),
            campaign: shown_campaign.as_deref(),
        },
    );
    let (counts, counted) = (case.counts(), case.counted());
    let (attempts, rejected) = counted.map_or(counts, |counted| (counted.attempts, counted.rejected));
    Incident {
        id: id(case, names),
        provider,
        providers: providers.into_iter().map(|(id, _)| id).collect(),
        source: match case.scope {
            Scope::Source(source) => Some(names.sources.name(source)),
            _ => source,
        },
        campaign: match case.scope {
            Scope::Campaign(campaign) => Some(names.campaigns.name(campaign)),
            _ => campaign,
        },
        list,
        name,
        category: case.category,
        onset: case.onset,
        declared: case.declared,
        until: case.until,
        course: case.course(now),
        slow: case.slow,
        peak: case.peak(),
        rejected,
        attempts,
        rate: share(rejected, attempts),
        baseline: counted.and_then(|counted| counted.baseline),
        verdict,
    }
}

/// The id: made of what the incident was when it was first told.
fn id(case: &Case, names: &Names<'_>) -> Clean {
    let (of, category, number) = case.first;
    let scope = match of {
        Some(Of::Provider(party)) => {
            let id = names.parties.of(party).map_or_else(|| Clean::from("unknown"), |(id, _)| id);
            format!("{id}-")
        }
        // Their names are of any length, and may be of any letters.
        Some(Of::Source(_)) => "source-".to_owned(),
        Some(Of::Campaign(_)) => "campaign-".to_owned(),
        _ => String::new(),
    };
    let again = if number == 0 { String::new() } else { format!("-{}", number + 1) };
    Clean::from(format!("{scope}{}-{}{again}", category.id(), case.onset.compact()).as_str())
}
