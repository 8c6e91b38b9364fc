//! What is drawn: the snapshot's answers to the one question that the screen asks just now.

mod question;
mod told;

use super::reach::{Held, Reach, trend_of};
use crate::engine::{
    Board, Comparison, Contrast, Diagnosis, Filter, Happened, Incident, Lines, Mode, Notice, Playing, Probe,
    Row, Sample, Scope, SendView, Series, Signature, Snapshot, SourceView, Tally, Totals,
};
use crate::model::{Moment, Window};
use crate::text::Clean;

pub(super) use question::{Draw, Kept, Question, SendKey, send_key};
use told::Told;
#[cfg(test)]
pub(super) use told::no_diagnosis;
pub(super) use told::no_sample;

/// Providers of an incident that are named at most.
const STRUCK: usize = 6;

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
    /// Ids and names of the providers that are in sight, whether a row has them or not.
    pub(super) names: Vec<(Clean, Clean)>,
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
    /// Why the filter finds nothing, where the log does not tell what it asks for.
    pub(super) unasked: Option<String>,
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
    /// What is said to the selected one, most frequent first; empty where it is not in sight.
    pub(super) said: Vec<Signature>,
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
                Some(incident) => snapshot.sample_around_it(incident, draw.limit),
                // The older, the fewer are kept: three say less than three and others like them.
                None if snapshot.back_from.is_some() => {
                    snapshot.sample_around(*window, scope, filter, draw.limit)
                }
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
        let named =
            scope.provider.iter().chain(snapshot.incidents.iter().filter_map(|one| one.provider.as_ref()));
        let told = kept.told.map_or_else(|| Told::of(snapshot, question), Told::kept);
        Self {
            head,
            now: snapshot.now,
            window: *window,
            trend,
            reach: Reach::of(snapshot, base),
            names: named.map(|id| (id.clone(), snapshot.provider_name(id))).collect(),
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
            unasked: snapshot.unasked(filter),
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
            said: told.said,
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
        inside * 2 >= self.sample.strings.len() - self.sample.around
    }

    /// The name of the provider with this id; where it has none, the id.
    pub(super) fn provider_name<'p>(&'p self, id: &'p Clean) -> &'p Clean {
        let row = self.board.rows.iter().find(|row| row.id == *id).map(|row| &row.name);
        let named = || self.names.iter().find(|(known, _)| known == id).map(|(_, name)| name);
        row.or_else(named).unwrap_or(id)
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
