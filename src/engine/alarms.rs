//! Which incidents are news: each that begins, and each that ends, told once; also by one run after the
//! other, where what was told is kept between them.

use serde::{Deserialize, Serialize};

use super::{Incident, Mode, Snapshot};
use crate::model::{Category, Moment};
use crate::text::Clean;

/// Onsets of one incident that differ by less than this, in milliseconds, are the same one dated
/// again: when the past is read, an onset may move.
const SAME: i64 = 30 * 60_000;

/// What became of an incident.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It runs, and was not told before.
    Began,
    /// It was told, and is over.
    Ended,
}

/// By what an incident that was told is known again.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Told {
    /// Its id.
    pub id: Clean,
    /// What kind of refusals.
    pub category: Category,
    /// At which providers; at all where there are none.
    pub providers: Vec<Clean>,
    /// Since when.
    pub onset: Moment,
}

/// What one run leaves to the next.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Alarmed {
    /// What was told and did not end.
    pub running: Vec<Told>,
    /// Up to when everything was told, on log time.
    pub until: Option<Moment>,
}

/// Remembers which incidents were told.
#[derive(Clone, Debug, Default)]
pub struct Alarms {
    running: Vec<Incident>,
    until: Option<Moment>,
    /// What an earlier run left, until everything is read.
    before: Option<Alarmed>,
    /// What an earlier run told of and nothing is known of any more.
    forgotten: Vec<Told>,
}

impl Alarms {
    /// Goes on where an earlier run stopped: what it told is not told again, what ended meanwhile is told, and
    /// so is what began and ended meanwhile.
    #[must_use]
    pub fn after(left: Alarmed) -> Self {
        Self { before: Some(left), ..Self::default() }
    }

    /// What is news in `snapshot`. While history is read nothing is: what ended long ago would be
    /// told as if it began.
    pub fn hear(&mut self, snapshot: &Snapshot) -> Vec<(Turn, Incident)> {
        if snapshot.mode == Mode::Reading {
            return Vec::new();
        }
        let mut news = Vec::new();
        if let Some(left) = self.before.take() {
            news = self.meanwhile(left, &snapshot.incidents);
        }
        news.extend(self.compare(&snapshot.incidents));
        self.until = self.until.max(snapshot.watched_until);
        news
    }

    /// What is to be kept for a later run.
    #[must_use]
    pub fn left(&self) -> Alarmed {
        match &self.before {
            Some(left) => left.clone(),
            None => Alarmed { running: self.running.iter().map(Told::of).collect(), until: self.until },
        }
    }

    /// What an earlier run told of and the logs know no more, each once: whether it ended is not known.
    pub fn take_forgotten(&mut self) -> Vec<Told> {
        std::mem::take(&mut self.forgotten)
    }

    /// What became of incidents while nobody looked.
    fn meanwhile(&mut self, left: Alarmed, incidents: &[Incident]) -> Vec<(Turn, Incident)> {
        let (running, over): (Vec<&Incident>, Vec<&Incident>) =
            incidents.iter().partition(|one| one.until.is_none());
        let was_told = |one: &Incident| left.running.iter().any(|told| told.is(&Told::of(one)));
        let mut news = Vec::new();
        for told in &left.running {
            if running.iter().any(|one| told.is(&Told::of(one))) {
                continue;
            }
            match over.iter().rev().find(|one| told.is(&Told::of(one))) {
                Some(one) => news.push((Turn::Ended, (*one).clone())),
                None => self.forgotten.push(told.clone()),
            }
        }
        let is_new = |one: &&Incident| left.until.is_some_and(|until| one.onset > until) && !was_told(one);
        for one in over.into_iter().filter(is_new) {
            news.push((Turn::Began, one.clone()));
            news.push((Turn::Ended, one.clone()));
        }
        self.running = running.into_iter().filter(|one| was_told(one)).cloned().collect();
        self.until = left.until;
        news
    }

    fn compare(&mut self, incidents: &[Incident]) -> Vec<(Turn, Incident)> {
        let running: Vec<&Incident> = incidents.iter().filter(|one| one.until.is_none()).collect();
        let mut news = Vec::new();
        for told in &self.running {
            if !running.iter().any(|one| is_same(one, told)) {
                // As it ended, where that is known; what was dated away ends where it was.
                let ended = incidents.iter().find(|one| one.until.is_some() && is_same(one, told));
                news.push((Turn::Ended, ended.unwrap_or(told).clone()));
            }
        }
        for one in &running {
            if !self.running.iter().any(|told| is_same(one, told)) {
                news.push((Turn::Began, (*one).clone()));
            }
        }
        self.running = running.into_iter().cloned().collect();
        news
    }
}

fn is_same(one: &Incident, told: &Incident) -> bool {
    Told::of(told).is(&Told::of(one))
}

impl Told {
    fn of(incident: &Incident) -> Self {
        let Incident { id, category, providers, onset, .. } = incident;
        Self { id: id.clone(), category: *category, providers: providers.clone(), onset: *onset }
    }

    fn is(&self, other: &Self) -> bool {
        // One that spreads is the same one at more providers.
        let meets = self.providers.is_empty() && other.providers.is_empty()
            || self.providers.iter().any(|provider| other.providers.contains(provider));
        self.id == other.id
            || self.category == other.category && meets && self.onset.since(other.onset).abs() <= SAME
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

    use super::{Alarmed, Alarms, Turn};
    use crate::diagnose::incident::Incident;
    use crate::model::{Category, Moment};
    use crate::text::Clean;

    fn incident(providers: &[&str], onset: i64, until: Option<i64>) -> Incident {
        Incident {
            id: Clean::from(format!("{providers:?}-{onset}").as_str()),
            onset: Moment::from_seconds(onset),
            until: until.map(Moment::from_seconds),
            ..Incident::example(providers, Category::IpReputation)
        }
    }

    fn turns(alarms: &mut Alarms, incidents: &[Incident]) -> Vec<Turn> {
        alarms.compare(incidents).into_iter().map(|(turn, _)| turn).collect()
    }

    #[test]
    fn each_beginning_and_each_end_is_told_once() {
        let mut alarms = Alarms::default();
        let running = [incident(&["gmail"], 100, None)];
        assert_eq!(turns(&mut alarms, &running), [Turn::Began]);
        assert_eq!(turns(&mut alarms, &running), []);
        let over = [incident(&["gmail"], 100, Some(400))];
        let told = alarms.compare(&over);
        assert_eq!(told.len(), 1);
        assert_eq!((told[0].0, told[0].1.until), (Turn::Ended, Some(Moment::from_seconds(400))));
        assert_eq!(turns(&mut alarms, &over), []);
    }

    #[test]
    fn one_that_spreads_or_is_dated_again_is_the_same() {
        let mut alarms = Alarms::default();
        assert_eq!(turns(&mut alarms, &[incident(&["gmail"], 100, None)]), [Turn::Began]);
        assert_eq!(turns(&mut alarms, &[incident(&["yahoo", "gmail"], 70, None)]), []);
        assert_eq!(
            turns(&mut alarms, &[incident(&["gmail"], 100, None), incident(&["orange"], 100, None)]),
            [Turn::Began]
        );
    }

    /// What the next run is told first, and what it knows nothing of.
    fn next(alarms: &Alarms, until: i64, incidents: &[Incident]) -> (Vec<Turn>, usize) {
        let left = Alarmed { until: Some(Moment::from_seconds(until)), ..alarms.left() };
        let kept: Alarmed = serde_json::from_str(&serde_json::to_string(&left).unwrap()).unwrap();
        assert_eq!(kept, left);
        let mut next = Alarms::default();
        let mut news = next.meanwhile(kept, incidents);
        news.extend(next.compare(incidents));
        (news.into_iter().map(|(turn, _)| turn).collect(), next.take_forgotten().len())
    }

    #[test]
    fn one_run_goes_on_where_the_other_stopped() {
        let mut alarms = Alarms::default();
        let running = [incident(&["gmail"], 100, None)];
        assert_eq!(turns(&mut alarms, &running), [Turn::Began]);
        assert_eq!(next(&alarms, 200, &running), (vec![], 0));
        assert_eq!(next(&alarms, 200, &[incident(&["gmail"], 90, Some(400))]), (vec![Turn::Ended], 0));
        assert_eq!(next(&alarms, 200, &[]), (vec![], 1));
        let other = [incident(&["gmail"], 100, None), incident(&["orange"], 300, None)];
        assert_eq!(next(&alarms, 200, &other), (vec![Turn::Began], 0));
        // Over before the first run stopped, and while none ran.
        let over = |onset| [incident(&["gmail"], 100, None), incident(&["orange"], onset, Some(onset + 60))];
        assert_eq!(next(&alarms, 9_000, &over(5_000)), (vec![], 0));
        assert_eq!(next(&alarms, 9_000, &over(10_000)), (vec![Turn::Began, Turn::Ended], 0));
        // What was not read yet is left as it was found.
        let waiting = Alarms::after(alarms.left());
        assert_eq!(waiting.left(), alarms.left());
    }

    #[test]
    fn what_was_over_before_is_no_news() {
        let mut alarms = Alarms::default();
        assert_eq!(turns(&mut alarms, &[incident(&["gmail"], 100, Some(200))]), []);
    }
}
