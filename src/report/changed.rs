//! What changed, and whose recipients complain, in words.

use serde::Serialize;

use crate::engine::{Complaining, ComplaintsAt, Contrast, Difference, Incident, Measured, Snapshot};
use crate::text::{Clean, fit, percent, thousands};

/// Values told in words: as many as the overview has room for.
const TOLD: usize = 7;
/// Cells of a value.
const VALUE: usize = 60;

/// What changed at the onset of an incident.
#[derive(Debug, Serialize)]
pub struct Changed {
    /// The incident's id.
    pub incident: Clean,
    /// What it is.
    #[serde(skip)]
    pub verdict: String,
    /// What changed.
    #[serde(flatten)]
    pub contrast: Contrast,
}

impl Changed {
    /// Of an incident.
    pub(super) fn of(snapshot: &Snapshot, incident: &Incident) -> Self {
        Self {
            incident: incident.id.clone(),
            verdict: incident.verdict.clone(),
            contrast: snapshot.contrast(incident),
        }
    }

    /// One line for each value, at most seven; one that says so where nothing changed.
    pub(super) fn lines(&self) -> Vec<String> {
        changes(&self.contrast, TOLD)
    }
}

/// One line for each value, at most `most`; one that says so where nothing changed.
pub(super) fn changes(contrast: &Contrast, most: usize) -> Vec<String> {
    if contrast.differences.is_empty() {
        let few = format!("{} refusals are too few to tell", contrast.looked_at);
        let like = "nothing: no value is more frequent among the refusals than in other mail";
        return vec![if contrast.looked_at < 5 { few } else { like.to_owned() }];
    }
    contrast.differences.iter().take(most).map(line).collect()
}

/// `source 192.0.2.7 · 96.0% of the refusals, 12.0% of deliveries, 12.1% before · explains 91.2%`.
fn line(one: &Difference) -> String {
    let share =
        |portion: Measured, of: &str| portion.compares().then(|| format!("{}{of}", percent(portion.share())));
    let before = if one.fresh { Some("never seen before".to_owned()) } else { share(one.before, " before") };
    let shares = [share(one.within, " of the refusals"), share(one.delivered, " of deliveries"), before];
    let shares: Vec<String> = shares.into_iter().flatten().collect();
    let mut line = format!("{} {} · {}", one.dimension.id(), fit(&one.value, VALUE), shares.join(", "));
    if !one.dimension.is_of_the_reply() {
        line += &format!(" · explains at least {}", percent(one.explains));
    }
    if !one.also.is_empty() {
        let also: Vec<String> = one
            .also
            .iter()
            .map(|also| format!("{} {}", also.dimension.id(), fit(&also.value, VALUE)))
            .collect();
        line += &format!(" · the same: {}", also.join(", "));
    }
    line
}

/// `Yahoo · 12 complaints for 1,000 deliveries in 24 hours · 1.20%, 0.30% is too much`.
pub(super) fn complaint(row: &ComplaintsAt) -> String {
    let rate = row.rate.map_or_else(|| "no rate".to_owned(), |rate| format!("{:.2}%", rate * 100.0));
    let limit = row.limit.map_or_else(String::new, |limit| format!(", {:.2}%", limit * 100.0));
    let level = match row.level {
        Complaining::Low => String::new(),
        Complaining::High => limit + " is much",
        Complaining::TooHigh => limit + " is too much",
    };
    format!(
        "{} · {} complaints for {} deliveries in 24 hours · {rate}{level}",
        fit(&row.name, VALUE),
        thousands(row.complaints),
        thousands(row.delivered),
    )
}
