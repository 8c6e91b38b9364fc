//! What is told of an incident to those who do not look: one line, or one JSON object.

use serde::Serialize;

use super::masked::redactor;
use crate::engine::{Answers, Course, Diagnosis, Incident, Notice, Snapshot, Turn};
use crate::model::Moment;
use crate::text::{Clean, percent, thousands};

/// Signatures that are told along.
const SIGNATURES: usize = 5;

/// An incident that began or ended, for programs.
#[derive(Debug, Serialize)]
pub struct Alert {
    schema: u32,
    event: &'static str,
    /// The log's now.
    at: Moment,
    pub(super) hosts: Vec<Clean>,
    pub(super) incident: Incident,
    /// Trouble that runs beside it and is no incident of ours.
    notices: Vec<Notice>,
    pub(super) diagnosis: Diagnosis,
    pub(super) says: Vec<Says>,
}

#[derive(Debug, Serialize)]
pub(super) struct Says {
    pub(super) signature: Clean,
    count: u64,
    share: f64,
}

impl Alert {
    /// What `snapshot` knows of `incident`; `redact` says whether local parts are masked.
    #[must_use]
    pub fn gather(snapshot: &Snapshot, turn: Turn, incident: &Incident, redact: bool) -> Self {
        let says = snapshot.signatures_of(incident).into_iter().take(SIGNATURES);
        let mut alert = Self {
            schema: super::SCHEMA,
            event: match turn {
                Turn::Began => "began",
                Turn::Ended => "ended",
            },
            at: snapshot.now,
            hosts: snapshot.hosts.clone(),
            incident: incident.clone(),
            notices: snapshot.notices.iter().filter(|notice| notice.until.is_none()).cloned().collect(),
            diagnosis: snapshot.diagnosis_of(incident, &Answers::new()),
            says: says
                .map(|row| Says { signature: row.signature, count: row.count, share: row.share })
                .collect(),
        };
        redactor([snapshot], redact).mask(&mut alert);
        alert
    }

    /// One JSON object on one line.
    ///
    /// # Errors
    /// When a value cannot be written as JSON, which no value here is.
    pub fn jsonl(&self) -> Result<String, serde_json::Error> {
        serde_json::to_string(self).map(|text| text + "\n")
    }

    /// A line of what, where and how much; while it runs, what to do first.
    #[must_use]
    pub fn text(&self) -> String {
        let mut text = incident_line(&self.incident);
        if self.event == "began"
            && let Some(first) = self.diagnosis.remedy.todo.first()
        {
            text.push_str(&format!("  do: {first}\n"));
        }
        text
    }
}

/// `◇ Orange: connections time out · since 2026-11-21 14:05:10 UTC · 92.0% of 310 attempts · theirs by
/// all signs, …`; without the advice where it is over. No end of line.
#[must_use]
pub fn notice_line(notice: &Notice) -> String {
    let onset = notice.onset;
    let (when, advice) = match notice.until {
        None => (format!("since {}", onset.date_zone()), format!(" · {}", notice.advice)),
        Some(until) => (format!("over, {} to {}", onset.date_clock(), until.clock_zone()), String::new()),
    };
    format!(
        "◇ {} · {when} · {} of {} attempts{advice}",
        Clean::from(notice.verdict.as_str()),
        percent(notice.rate),
        thousands(notice.attempts),
    )
}

/// `▲ Gmail · IP reputation at Gmail · since 14:27:40 UTC · 38.2% refused, was 0.4% · 2,914 of 7,628`.
#[must_use]
pub fn incident_line(incident: &Incident) -> String {
    let when = match (incident.until, incident.course) {
        (None, _) => format!("since {}", incident.onset.date_zone()),
        (Some(until), Course::Silent) => {
            format!("{} until its mail stopped at {}", incident.onset.date_zone(), until.clock())
        }
        (Some(until), _) => format!("over, {} to {}", incident.onset.date_clock(), until.clock_zone()),
    };
    format!(
        "{} {} · {when} · {} refused{} · {} of {}\n",
        if incident.until.is_none() { "▲" } else { "▽" },
        Clean::from(incident.verdict.as_str()),
        percent(incident.rate),
        incident.was(", was "),
        thousands(incident.rejected),
        thousands(incident.attempts),
    )
}
