//! What is drawn: the snapshot's answers to the one question that the screen asks just now.

use super::reach::{Held, Reach, trend_of};
use crate::engine::{
    Answers, Board, Comparison, Confidence, Contrast, Diagnosis, Filter, Happened, Incident, Lines, Mode,
    Notice, Playing, Probe, Remedy, Row, Sample, Scope, SendView, Series, Signature, Snapshot, SourceView,
    Tally, Totals,
};
use crate::model::{Moment, Window};
use crate::text::Clean;

/// Providers of an incident that are named at most.
const STRUCK: usize = 6;

/// What the screen wants to know. Two equal questions to one snapshot have one answer.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Question {
    /// The moment of the past that is looked at.
    pub(super) at: Option<Moment>,
    /// The rolling span.
    pub(super) window: Window,
    /// What it is about.
    pub(super) scope: Scope,
    /// What is let through.
    pub(super) filter: Filter,
    /// The operator's answers for this scope.
    pub(super) answers: Answers,
    /// Slots of the trend: one per column of its chart.
    pub(super) slots: usize,
    /// Whether the tables of the sources screen are wanted.
    pub(super) tables: bool,
    /// Whether the diagnosis is asked for.
    pub(super) told: bool,
    /// Whether the drill is open: only then is the sample asked for.
    pub(super) drill: Option<Draw>,
    /// Whether the sample is looked at by time.
    pub(super) by_time: bool,
    /// The id of the incident of which it is asked what changed.
    pub(super) contrast: Option<Clean>,
    /// The id of the incident whose course and timeline are asked for.
    pub(super) incident: Option<Clean>,
    /// Whether the commands that answer questions are asked for.
    pub(super) probes: bool,
    /// Whether the sends are asked for.
    pub(super) sends: bool,
    /// The sends that are compared.
    pub(super) compared: Option<(SendKey, SendKey)>,
}

/// What of the picture before may be kept.
#[derive(Copy, Clone, Debug, Default)]
pub(super) struct Kept<'p> {
    /// Its sample is still good: it is not drawn again, so that the strings stay put while they are read.
    pub(super) sample: Option<&'p Picture>,
    /// What is long to tell was told a moment ago.
    pub(super) told: Option<&'p Picture>,
}

impl Question {
    /// Whether what is long to tell is the same that `before` asked for.
    pub(super) fn tells_as(&self, before: &Self) -> bool {
        let of_incident = self.contrast == before.contrast && self.incident == before.incident;
        let of_scope = self.told == before.told
            && self.scope == before.scope
            && self.window == before.window
            && self.at == before.at
            && self.filter == before.filter
            && self.answers == before.answers;
        let of_filter = self.contrast.is_none() || self.filter == before.filter;
        of_incident
            && of_filter
            && of_scope
            && self.probes == before.probes
            && self.sends == before.sends
            && self.compared == before.compared
    }
}

/// A send by what does not change while it goes on: its campaign and its first attempt.
pub(super) type SendKey = (Clean, Moment);

/// What `send` is known by.
pub(super) fn send_key(send: &SendView) -> SendKey {
    (send.campaign.clone(), send.first)
}

/// Which drawing of the sample is wanted.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) struct Draw {
    /// Grows when the operator asks for new strings.
    pub(super) serial: u64,
    /// How many strings.
    pub(super) limit: usize,
}

/// What the header says. It stays live while the picture is frozen.
#[derive(Clone, Debug)]
pub(super) struct Head {
    pub(super) now: Moment,
    pub(super) mode: Mode,
    pub(super) hosts: Vec<Clean>,
    pub(super) dialects: Vec<Clean>,
    pub(super) sources: Vec<SourceView>,
    pub(super) lines_per_second: f64,
    /// Milliseconds.
    pub(super) lag: i64,
    /// While the past is read: from when on the counts are complete.
    pub(super) complete_since: Option<Moment>,
    /// The first log time counted.
    pub(super) begins: Option<Moment>,
    /// The last one.
    pub(super) ends: Option<Moment>,
    pub(super) lines: Lines,
    pub(super) totals: Totals,
    /// How the log is played, where it is.
    pub(super) playing: Option<Playing>,
    /// Where the picture is held.
    pub(super) frozen: Option<Held>,
    /// The moment that the picture is of, where that is in the past.
    pub(super) back: Option<Moment>,
    /// Incidents that began since the picture on the screen was taken, and run.
    pub(super) unseen: usize,
}

/// Attempts by where they came from, over everything read.
#[derive(Clone, Debug, Default)]
pub(super) struct Tables {
    /// By MTA host.
    pub(super) hosts: Vec<(Clean, Tally)>,
    /// By our side of the connection.
    pub(super) ours: Vec<(Clean, Tally)>,
}

/// Everything that the views draw.
#[derive(Clone, Debug)]
pub(super) struct Picture {
    pub(super) head: Head,
    /// The log's now of what is drawn: it stands still while frozen.
    pub(super) now: Moment,
    /// What the board and all shares are over: not shorter than what is counted together at that moment.
    pub(super) window: Window,
    /// What the trend is over.
    pub(super) trend: Window,
    pub(super) reach: Reach,
    /// Running ones first.
    pub(super) incidents: Vec<Incident>,
    /// Trouble that runs and is no incident of ours, worst first.
    pub(super) notices: Vec<Notice>,
    pub(super) board: Board,
    /// The scope's counts over `trend`; on an incident's screen, over the incident.
    pub(super) series: Series,
    pub(super) signatures: Vec<Signature>,
    pub(super) sample: Sample,
    pub(super) diagnosis: Diagnosis,
    /// Empty where the sources screen is not in sight.
    pub(super) tables: Tables,
    /// The id of the incident of which it is told what changed.
    pub(super) contrasted: Option<Clean>,
    /// What changed.
    pub(super) contrast: Contrast,
    /// Names of the providers of the incident in sight, hardest hit first.
    pub(super) struck: Vec<Clean>,
    /// The name of the blocklist that its replies name.
    pub(super) list: Option<Clean>,
    /// Ids and names of the lists that the sample's strings name.
    pub(super) lists: Vec<(Clean, Clean)>,
    /// What the log tells of the incident in sight, oldest first.
    pub(super) timeline: Vec<Happened>,
    /// The commands that answer questions of the tree; empty where they are not in sight.
    pub(super) probes: Vec<Probe>,
    /// Running ones first, then newest first; empty where they are not in sight.
    pub(super) sends: Vec<SendView>,
    /// The two sends that are compared, the older one first.
    pub(super) compared: Option<Comparison>,
}

impl Head {
    /// The header of `live`, while `held` is kept instead of it, and `shown` is drawn.
    pub(super) fn of(live: &Snapshot, held: Option<&Snapshot>, shown: &Snapshot) -> Self {
        Self {
            now: live.now,
            mode: live.mode,
            hosts: live.hosts.clone(),
            dialects: live.dialects.clone(),
            sources: live.sources.clone(),
            lines_per_second: live.lines_per_second,
            lag: live.lag,
            complete_since: live.complete_since,
            begins: live.span.map(|(first, _)| first),
            ends: live.span.map(|(_, last)| last),
            lines: live.lines,
            totals: live.totals,
            frozen: held.map(|held| Held {
                since: held.now,
                lines: live.lines.read.saturating_sub(held.lines.read),
                attempts: live.totals.attempts.saturating_sub(held.totals.attempts),
            }),
            playing: live.playing,
            back: shown.back_from.map(|_| shown.now),
            unseen: 0,
        }
    }
}

impl Picture {
    /// Asks `snapshot` for what cannot be kept. `base` is what it is, or is a past picture of.
    pub(super) fn of(
        (snapshot, base): (&Snapshot, &Snapshot),
        head: Head,
        question: &Question,
        kept: Kept<'_>,
    ) -> Self {
        let question = &Question { window: snapshot.window(question.window), ..question.clone() };
        let Question { window, scope, filter, slots, tables, drill, .. } = question;
        let trend = trend_of(snapshot, *window);
        let over = ended(snapshot, question);
        let sample = drill.map_or_else(no_sample, |draw| {
            let kept = kept.sample.map(|picture| picture.sample.clone());
            kept.unwrap_or_else(|| match over {
                Some(incident) => snapshot.sample_of(incident, draw.limit),
                None => snapshot.sample(*window, scope, filter, draw.limit),
            })
        });
        let mut lists: Vec<(Clean, Clean)> = Vec::new();
        for id in sample.strings.iter().filter_map(|string| string.verdict.list.as_ref()) {
            if lists.iter().all(|(known, _)| known != id) {
                lists.push((id.clone(), snapshot.blocklist(id).name));
            }
        }
        let incident = snapshot.incidents.iter().find(|one| Some(&one.id) == question.incident.as_ref());
        let told = kept.told.map_or_else(|| Told::of(snapshot, question), Told::kept);
        Self {
            head,
            now: snapshot.now,
            window: *window,
            trend,
            reach: Reach::of(snapshot, base),
            incidents: snapshot.incidents.clone(),
            notices: snapshot.notices.iter().filter(|notice| notice.until.is_none()).cloned().collect(),
            board: snapshot.board(*window, filter),
            series: match incident {
                Some(incident) => course(snapshot, incident, *slots),
                None => snapshot.series(trend, scope, filter, *slots),
            },
            signatures: over.map_or_else(
                || snapshot.signatures(*window, scope, filter),
                |incident| snapshot.signatures_of(incident),
            ),
            sample,
            diagnosis: told.diagnosis,
            tables: if *tables {
                Tables { hosts: snapshot.host_tallies.clone(), ours: snapshot.tallies.clone() }
            } else {
                Tables::default()
            },
            contrasted: question.contrast.clone(),
            contrast: told.contrast,
            struck: incident.map_or_else(Vec::new, |incident| {
                incident.providers.iter().take(STRUCK).map(|id| snapshot.provider_name(id)).collect()
            }),
            list: incident.and_then(|incident| Some(snapshot.blocklist(incident.list.as_ref()?).name)),
            lists,
            timeline: told.timeline,
            probes: told.probes,
            sends: told.sends,
            compared: told.compared,
        }
    }

    /// The name of the list with this id; where it has none, the id.
    pub(super) fn list_name<'p>(&'p self, id: &'p Clean) -> &'p Clean {
        self.lists.iter().find(|(known, _)| known == id).map_or(id, |(_, name)| name)
    }

    /// The row of `provider`; the sum of all rows for `None`.
    pub(super) fn row(&self, provider: Option<&Clean>) -> Option<&Row> {
        match provider {
            None => Some(&self.board.total),
            Some(id) => self.board.rows.iter().find(|row| row.id == *id),
        }
    }

    /// The incident that is over that a scope is of.
    pub(super) fn over(&self, scope: &Scope) -> Option<&Incident> {
        self.incident(scope.incident.as_ref()).filter(|incident| incident.until.is_some())
    }

    /// Whether most of the sample's strings still lie inside the window, or in the incident that `scope`
    /// is of, where that is over.
    pub(super) fn sample_is_fresh(&self, scope: &Scope) -> bool {
        let window = self.now.plus_millis(-self.window.millis());
        let from = self.over(scope).map_or(window, |incident| incident.onset);
        let inside = self.sample.strings.iter().filter(|string| string.at >= from).count();
        inside * 2 >= self.sample.strings.len()
    }

    /// The incidents that still run.
    pub(super) fn running(&self) -> impl Iterator<Item = &Incident> {
        self.incidents.iter().filter(|incident| incident.until.is_none())
    }

    /// The incident that a scope is of, or the running one that it lies in.
    pub(super) fn incident_of(&self, scope: &Scope) -> Option<&Incident> {
        incident_of(&self.incidents, scope)
    }

    /// The incident with this id.
    pub(super) fn incident(&self, id: Option<&Clean>) -> Option<&Incident> {
        self.incidents.iter().find(|incident| Some(&incident.id) == id)
    }
}

/// The incident that a scope is of, or the running one that it lies in.
pub(super) fn incident_of<'i>(incidents: &'i [Incident], scope: &Scope) -> Option<&'i Incident> {
    if let Some(own) = incidents.iter().find(|incident| Some(&incident.id) == scope.incident.as_ref()) {
        return Some(own);
    }
    incidents.iter().filter(|incident| incident.until.is_none()).find(|incident| {
        match (&incident.provider, &scope.provider) {
            (Some(one), Some(other)) => one == other,
            (None, Some(other)) => incident.providers.is_empty() || incident.providers.contains(other),
            (None, None) => true,
            (Some(_), None) => false,
        }
    })
}

/// Slots that a snapshot counts at most.
const SLOTS: usize = 1_000;
/// So much of what was before an incident is shown at least, in milliseconds.
const LEAD: i64 = 5 * 60_000;

/// The counts over an incident, in about `slots` slots: a third more before its onset, and a little
/// after its end.
fn course(snapshot: &Snapshot, incident: &Incident, slots: usize) -> Series {
    let until = incident.until.unwrap_or(snapshot.now).min(snapshot.now);
    let lead = (until.since(incident.onset) / 3).max(LEAD);
    let from = incident.onset.plus_millis(-lead);
    let until = until.plus_millis(lead / 2).min(snapshot.now);
    let back = snapshot.now.since(from).max(1);
    let window = Window::ALL.into_iter().find(|window| window.millis() >= back).unwrap_or(Window::H24);
    // In coarse steps, so that slots keep their width, and with it their place, while it runs on.
    let span = until.since(from).max(1);
    let coarse = (span as u64).next_power_of_two() as i64 / 8;
    let span = (span + coarse).div_euclid(coarse.max(1)) * coarse.max(1);
    let whole = i64::try_from(slots).unwrap_or(1) * window.millis() / span;
    let whole = usize::try_from(whole).unwrap_or(SLOTS).clamp(1, SLOTS);
    // The filter is the board's: an incident is what it is.
    let series = snapshot.series(window, &Scope::of_incident(incident), &Filter::default(), whole);
    Series { peak: None, ..cropped(series, from, until) }
}

/// The slots of `series` that begin in `[from, until]`.
fn cropped(series: Series, from: Moment, until: Moment) -> Series {
    let step = series.step.max(1);
    let place = |at: Moment| usize::try_from(at.since(series.from) / step).unwrap_or(0);
    let last = series.attempts.len();
    let (first, end) = (place(from).min(last), (place(until) + 1).min(last));
    let part = |counts: &[u64]| counts.get(first..end).unwrap_or_default().to_vec();
    Series {
        from: series.from.plus_millis(step * i64::try_from(first).unwrap_or(0)),
        attempts: part(&series.attempts),
        rejected: part(&series.rejected),
        ..series
    }
}

/// The incident that is over that the question is about. Its window has gone by: what was said is from
/// its own span. A filter looks into the window.
fn ended<'s>(snapshot: &'s Snapshot, question: &Question) -> Option<&'s Incident> {
    let of = |incident: &&Incident| Some(&incident.id) == question.scope.incident.as_ref();
    let incident = snapshot.incidents.iter().find(of)?;
    (incident.until.is_some() && question.filter.is_empty()).then_some(incident)
}

/// What is long to tell.
struct Told {
    diagnosis: Diagnosis,
    contrast: Contrast,
    timeline: Vec<Happened>,
    probes: Vec<Probe>,
    sends: Vec<SendView>,
    compared: Option<Comparison>,
}

impl Told {
    fn of(snapshot: &Snapshot, question: &Question) -> Self {
        let Question { window, scope, filter, answers, .. } = question;
        let of =
            |id: &Option<Clean>| snapshot.incidents.iter().find(|incident| Some(&incident.id) == id.as_ref());
        let sends = if question.sends { snapshot.sends() } else { Vec::new() };
        let side = |key: &SendKey| sends.iter().find(|send| send_key(send) == *key).map(SendView::side);
        Self {
            diagnosis: match ended(snapshot, question) {
                _ if !question.told => no_diagnosis(),
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
            sends,
        }
    }

    fn kept(picture: &Picture) -> Self {
        Self {
            diagnosis: picture.diagnosis.clone(),
            contrast: picture.contrast.clone(),
            timeline: picture.timeline.clone(),
            probes: picture.probes.clone(),
            sends: picture.sends.clone(),
            compared: picture.compared.clone(),
        }
    }
}

/// No strings.
pub(super) fn no_sample() -> Sample {
    Sample { of: 0, about: false, signatures: 0, strings: Vec::new() }
}

/// Nothing asked, nothing known.
pub(super) fn no_diagnosis() -> Diagnosis {
    Diagnosis {
        tree: Vec::new(),
        remedy: Remedy {
            verdict: String::new(),
            todo: Vec::new(),
            dont: Vec::new(),
            links: Vec::new(),
            source: String::new(),
            month: String::new(),
        },
        confidence: Confidence::nothing(),
        would_change: Vec::new(),
        missing: Vec::new(),
        checklist: Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::cropped;
    use crate::engine::Series;
    use crate::model::Moment;

    #[test]
    fn a_series_is_cropped_to_whole_slots() {
        let at = Moment::from_seconds;
        let series = Series {
            from: at(100),
            step: 10_000,
            attempts: vec![1, 2, 3, 4],
            rejected: vec![0; 4],
            baseline: None,
            peak: None,
            about: false,
        };
        let part = cropped(series.clone(), at(115), at(125));
        assert_eq!((part.from, part.attempts), (at(110), vec![2, 3]));
        assert_eq!(cropped(series.clone(), at(0), at(999)).attempts, series.attempts);
        assert!(cropped(series, at(500), at(600)).attempts.is_empty());
    }
}
