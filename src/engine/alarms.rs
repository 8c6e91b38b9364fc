//! Which incidents are news: each that begins, and each that ends, told once.

use super::{Incident, Mode, Snapshot};

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

/// Remembers which incidents were told.
#[derive(Clone, Debug, Default)]
pub struct Alarms {
    running: Vec<Incident>,
}

impl Alarms {
    /// What is news in `snapshot`. While history is read nothing is: what ended long ago would be
    /// told as if it began.
    pub fn hear(&mut self, snapshot: &Snapshot) -> Vec<(Turn, Incident)> {
        if snapshot.mode == Mode::Reading {
            return Vec::new();
        }
        self.compare(&snapshot.incidents)
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

fn is_same(a: &Incident, b: &Incident) -> bool {
    // One that spreads is the same one at more providers.
    let meets = a.providers.is_empty() && b.providers.is_empty()
        || a.providers.iter().any(|provider| b.providers.contains(provider));
    a.id == b.id || a.category == b.category && meets && a.onset.since(b.onset).abs() <= SAME
}

#[cfg(test)]
mod tests {
    use super::{Alarms, Turn};
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

    #[test]
    fn what_was_over_before_is_no_news() {
        let mut alarms = Alarms::default();
        assert_eq!(turns(&mut alarms, &[incident(&["gmail"], 100, Some(200))]), []);
    }
}
