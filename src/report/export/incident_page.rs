//! The incident report as a document: what can be read on a phone first, then everything.

use super::IncidentFacts;
use super::given::said;
use super::incident::span;
use super::page::{Form, Page};
use crate::engine::{Happening, Incident, Light, Mode};
use crate::report::changed::changes;
use crate::text::{percent, thousands};

/// Differences that are told.
const DIFFERENCES: usize = 12;
/// Signatures that are told.
const SIGNATURES: usize = 12;

/// The report as Markdown or plain text.
#[must_use]
pub fn incident_page(facts: &IncidentFacts, form: Form) -> String {
    let mut page = Page::new(form, &format!("Incident: {}", facts.incident.verdict));
    page.say(&facts.summary);
    if facts.redacted {
        page.say("Local parts of addresses are masked: one number stands for one address in this document.");
    }
    what(facts, &mut page);
    todo(facts, &mut page);
    checklist(facts, &mut page);
    tree(facts, &mut page);
    changed(facts, &mut page);
    said_by_them(facts, &mut page);
    over_time(facts, &mut page);
    timeline(facts, &mut page);
    sample(facts, &mut page);
    read(facts, &mut page);
    page.end()
}

fn what(facts: &IncidentFacts, page: &mut Page) {
    let incident = &facts.incident;
    page.heading("What, where, since when");
    page.item(0, &format!("Incident: {}", incident.id));
    let named: Vec<&str> = facts.providers.iter().map(|name| name.as_str()).collect();
    if !named.is_empty() {
        page.item(0, &format!("At: {}", named.join(", ")));
    }
    for (what, value) in [("Our source", &incident.source), ("Campaign", &incident.campaign)] {
        if let Some(value) = value {
            page.item(0, &format!("{what}: {value}"));
        }
    }
    if let Some(list) = &facts.list {
        let delist =
            if list.delist.is_empty() { String::new() } else { format!(", removal: {}", list.delist) };
        page.item(0, &format!("List: {}{delist}", list.name));
    }
    page.item(0, &format!("Why: {}", incident.category.name()));
    let certain = match incident.declared.since(incident.onset) {
        ..1_000 => String::new(),
        later => format!("; certain {} later", span(later)),
    };
    page.item(0, &format!("Onset: {}{certain}", incident.onset.date_zone()));
    match incident.until {
        Some(until) => {
            page.item(0, &format!("Over: {}, after {}", until.date_zone(), span(until.since(incident.onset))))
        }
        // Where the log is followed, its clock goes on between the lines.
        None => {
            let newest = if facts.mode == Mode::Live { "" } else { ", the newest line" };
            page.item(0, &format!("Running at {}{newest}", facts.now.date_zone()));
        }
    }
    page.item(
        0,
        &format!(
            "How many: {} of {} attempts refused since the onset, {}; {}",
            thousands(incident.rejected),
            thousands(incident.attempts),
            percent(incident.rate),
            incident.baseline.map_or_else(
                || "no history before it".to_owned(),
                |was| format!("before it was {}", percent(was))
            ),
        ),
    );
    page.item(
        0,
        &format!("Worst minute: {}, from {}", percent(incident.peak.rate), incident.peak.at.date_zone()),
    );
}

fn todo(facts: &IncidentFacts, page: &mut Page) {
    let (diagnosis, remedy) = (&facts.diagnosis, &facts.diagnosis.remedy);
    page.heading("What to do");
    page.say(&format!("Verdict: {}", remedy.verdict));
    page.say("Do:");
    remedy.todo.iter().for_each(|item| page.item(0, item));
    if !remedy.dont.is_empty() {
        page.say("Don't:");
        remedy.dont.iter().for_each(|item| page.item(0, item));
    }
    if !diagnosis.missing.is_empty() {
        page.say("Not known yet, and may change the verdict:");
        diagnosis.missing.iter().for_each(|item| page.item(0, item));
    }
    if !remedy.links.is_empty() {
        page.say("See:");
        remedy.links.iter().for_each(|item| page.item(0, item));
    }
    if !remedy.source.is_empty() {
        page.say(&format!("Source: {} ({}).", remedy.source, remedy.month));
    }
}

fn checklist(facts: &IncidentFacts, page: &mut Page) {
    page.heading("First five minutes");
    for step in &facts.diagnosis.checklist {
        let colon = if step.title.ends_with('?') { "" } else { ":" };
        let mut text = format!("{}{colon} {}", step.title, step.detail);
        if let Some(answered) = facts.answered.get(&step.id) {
            text += &format!(" ({}, {})", answered.who, answered.at.date_zone());
        }
        page.tick(step.light == Light::Lit, &text);
    }
}

fn tree(facts: &IncidentFacts, page: &mut Page) {
    page.heading("Path through the tree");
    for line in &facts.diagnosis.tree {
        let mark = match line.light {
            Light::Lit => "●",
            Light::Dark => "○ not this way:",
            Light::Half => "◐ not sure:",
            Light::Open => "? open:",
        };
        let mut text = format!("{mark} {} {}", line.question, line.answer);
        if let Some(answered) = facts.answered.get(&line.id) {
            let answer = facts.answers.get(&line.id).map_or(String::new(), |answer| said(*answer));
            text += &format!(" (answered {answer} by {}, {})", answered.who, answered.at.date_zone());
        }
        page.item(usize::from(line.depth), &text);
    }
}

fn changed(facts: &IncidentFacts, page: &mut Page) {
    page.heading("What changed");
    changes(&facts.contrast, DIFFERENCES).iter().for_each(|line| page.item(0, line));
}

fn said_by_them(facts: &IncidentFacts, page: &mut Page) {
    page.heading("What they say");
    for row in facts.signatures.iter().take(SIGNATURES) {
        let told = format!(
            "{} ({}), {}, {} → {}",
            percent(row.share),
            thousands(row.count),
            row.when(),
            row.category.name(),
            row.action.id()
        );
        page.quote(&told, &row.signature);
    }
}

fn over_time(facts: &IncidentFacts, page: &mut Page) {
    let series = &facts.series;
    page.heading("Over time");
    let slots = series.attempts.iter().zip(&series.rejected).enumerate();
    let row = |(at, (attempts, rejected)): (usize, (&u64, &u64))| {
        vec![
            series.from.plus_millis(series.step * at as i64).date_clock(),
            thousands(*attempts),
            thousands(*rejected),
            percent(*rejected as f64 / (*attempts).max(1) as f64),
        ]
    };
    let rows: Vec<Vec<String>> = slots.map(row).collect();
    page.say(&format!("Each row is {}.", span(series.step)));
    let from = format!("from ({})", series.from.zone());
    page.table(&[&from, "attempts", "refused", "rate"], 1, &rows);
}

fn timeline(facts: &IncidentFacts, page: &mut Page) {
    page.heading("Timeline");
    if facts.timeline.is_empty() {
        page.say("Nothing is noted yet.");
    }
    for happened in &facts.timeline {
        let at = happened.at.date_zone();
        page.item(
            0,
            &match &happened.who {
                // What the log tells says itself what it is.
                None => format!("{at}: {}", happened.what),
                Some(who) => format!("{at}, {who}, {}: {}", kind(happened.kind), happened.what),
            },
        );
    }
}

fn sample(facts: &IncidentFacts, page: &mut Page) {
    page.heading(&format!("Sample: {} of {}", facts.sample.len(), thousands(facts.sample_of)));
    for one in &facts.sample {
        let mut about = vec![format!("{}", one.at.date_zone())];
        for (what, value) in [
            ("via", &one.relay),
            ("to", &one.recipient),
            ("from", &one.sender),
            ("queue", &one.queue_id),
            ("source", &one.source),
        ] {
            if !value.is_empty() {
                about.push(format!("{what} {value}"));
            }
        }
        page.quote(&about.join(", "), &one.reply);
    }
}

fn read(facts: &IncidentFacts, page: &mut Page) {
    page.heading("What was read");
    for file in &facts.files {
        page.item(0, &format!("{}: {} lines, {}", file.name, thousands(file.lines), file.state));
    }
    let lines = &facts.lines;
    page.say(&format!(
        "{} lines: {} could not be read, {} lost.",
        thousands(lines.read),
        thousands(lines.unparsed),
        thousands(lines.lost),
    ));
}

fn kind(kind: Happening) -> &'static str {
    match kind {
        Happening::Onset => "onset",
        Happening::Declared => "certain",
        Happening::Level | Happening::Eased => "level",
        Happening::Signature => "signature",
        Happening::Scope => "scope",
        Happening::Probe => "looked up",
        Happening::Answer => "answered",
        Happening::Note => "note",
        Happening::Export => "export",
        Happening::End => "end",
    }
}

/// The incidents of a log, one a line: the id first.
#[must_use]
pub fn incidents_text(incidents: &[Incident]) -> String {
    if incidents.is_empty() {
        return "no incident\n".to_owned();
    }
    let line = |incident: &Incident| {
        let until =
            incident.until.map_or("still running".to_owned(), |until| format!("until {}", until.date_zone()));
        format!(
            "{}  {}, since {}, {until}: {} of {} attempts ({}{})\n",
            incident.id,
            incident.verdict,
            incident.onset.date_zone(),
            thousands(incident.rejected),
            thousands(incident.attempts),
            percent(incident.rate),
            incident.was(", was "),
        )
    };
    incidents.iter().map(line).collect()
}
