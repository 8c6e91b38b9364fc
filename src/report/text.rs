//! The report for people and screen readers: everything that the overview says, in words.

use std::fmt::Write as _;

use super::against::against;
use super::changed::complaint;
use super::facts::Named;
use super::{Facts, files, notice_line};
use crate::engine::{Confidence, Diagnosis, Light};
use crate::text::{fit, hang, percent, thousands, width};

/// Rows of a table.
const ROWS: usize = 20;
/// Cells of a signature.
const SIGNATURE: usize = 110;
/// Where a signature goes on that has no room on its line.
const REPLY: usize = 19;

/// The report as plain text, in lines of at most `cells` where they hold more than a table and their
/// words let them.
#[must_use]
pub fn text(facts: &Facts, cells: usize) -> String {
    let mut out = Lines { out: String::new(), cells };
    write_all(facts, &mut out);
    out.out
}

/// A text under way.
pub(super) struct Lines {
    out: String,
    cells: usize,
}

impl Lines {
    /// A line that begins `indent` cells from the left; what it has no room for begins at `rest`.
    pub(super) fn line(&mut self, indent: usize, rest: usize, text: &str) {
        self.out += &hang(&" ".repeat(indent), &" ".repeat(rest), text, self.cells);
    }
}

impl std::fmt::Write for Lines {
    fn write_str(&mut self, text: &str) -> std::fmt::Result {
        self.out.write_str(text)
    }
}

fn write_all(facts: &Facts, out: &mut Lines) {
    head(facts, out);
    incidents(facts, out);
    changed(facts, out);
    providers(facts, out);
    signatures(facts, out);
    rows("MTA hosts", &facts.hosts, out);
    rows("Sources", &facts.sources, out);
    rows("Campaigns", &facts.campaigns, out);
    let incident = facts.changed.as_ref().filter(|_| facts.window.is_none());
    let everything = || facts.scope.provider.as_ref().map_or("everything read", |provider| provider.as_str());
    let scope = incident.map_or_else(everything, |changed| changed.verdict.as_str());
    let _ = writeln!(out, "\nDiagnosis · {scope}");
    diagnosis(&facts.diagnosis, out);
    files::text(&facts.files, out);
    lines(facts, out);
}

fn head(facts: &Facts, out: &mut Lines) {
    let span = match (facts.from, facts.until) {
        (Some(from), Some(until)) => format!("{} to {} UTC", from.date_clock(), until.date_clock()),
        _ => "no attempts found".to_owned(),
    };
    let window = facts.window.map_or_else(|| "everything read".to_owned(), |window| format!("last {window}"));
    let totals = &facts.totals;
    let rate = totals.code_5xx as f64 / totals.attempts.max(1) as f64;
    out.line(0, 2, &format!("fivefifty report · {window} · {span}"));
    let counts = format!(
        "{} attempts: {} delivered, {} deferred, {} rejected; {} refused with a 5xx ({}), {} with a 4xx; {} expired",
        thousands(totals.attempts),
        thousands(totals.delivered),
        thousands(totals.deferred),
        thousands(totals.rejected),
        thousands(totals.code_5xx),
        percent(rate),
        thousands(totals.code_4xx),
        thousands(totals.expired),
    );
    out.line(0, 2, &counts);
}

fn incidents(facts: &Facts, out: &mut Lines) {
    if facts.incidents.is_empty() {
        let _ = writeln!(out, "\nNo incident.");
    } else {
        let _ = writeln!(out, "\nIncidents");
    }
    for incident in &facts.incidents {
        let until = incident
            .until
            .map_or_else(|| "still running".to_owned(), |until| format!("until {}", until.date_clock()));
        let told = format!(
            "{} · since {} · {until} · {} refused{} · {} of {}",
            incident.verdict,
            incident.onset.date_clock(),
            percent(incident.rate),
            incident.was(", was "),
            thousands(incident.rejected),
            thousands(incident.attempts),
        );
        out.line(2, 4, &told);
    }
    if !facts.notices.is_empty() {
        let _ = writeln!(out, "\nTrouble that is no incident");
    }
    for notice in &facts.notices {
        out.line(2, 4, &notice_line(notice));
    }
}

fn changed(facts: &Facts, out: &mut Lines) {
    if let Some(changed) = &facts.changed {
        let _ = writeln!(out, "\nWhat changed · {}", changed.verdict);
        for line in changed.lines() {
            out.line(2, 4, &line);
        }
    }
    if !facts.complaints.is_empty() {
        let _ = writeln!(out, "\nComplaints");
        for row in facts.complaints.iter().take(ROWS) {
            out.line(2, 4, &complaint(row));
        }
    }
}

fn providers(facts: &Facts, out: &mut Lines) {
    let _ = writeln!(
        out,
        "\n{:<34} {:>11} {:>9} {:>8} {:>8} {:>9}",
        "Provider", "Attempts", "5xx", "Rate", "vs base", "4xx"
    );
    for row in facts.providers.iter().take(ROWS) {
        let name = fit(&row.name, 34);
        let pad = 34 - width(&name);
        let _ = writeln!(
            out,
            "{name}{:pad$} {:>11} {:>9} {:>8} {:>8} {:>9}",
            "",
            thousands(row.attempts),
            thousands(row.code_5xx),
            percent(row.rate),
            against(row),
            thousands(row.code_4xx),
        );
    }
    more(facts.providers.len(), out);
}

fn signatures(facts: &Facts, out: &mut Lines) {
    let _ = writeln!(out, "\nWhat they say");
    for row in &facts.signatures {
        let told = format!(
            "{:>7} {:>9}  {:<25}  {} → {}  {}",
            percent(row.share),
            thousands(row.count),
            row.when(),
            row.category.name(),
            row.action.id(),
            fit(&row.signature, SIGNATURE),
        );
        out.line(0, REPLY, &told);
    }
    if facts.signatures.is_empty() {
        let _ = writeln!(out, "  nothing: no reply was a refusal");
    }
}

fn rows(title: &str, rows: &[Named], out: &mut Lines) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n{title:<34} {:>11} {:>9} {:>8} {:>17}", "Attempts", "5xx", "Rate", "4xx");
    for row in rows.iter().take(ROWS) {
        let name = if row.name.is_empty() { "not named in the log" } else { row.name.as_str() };
        let name = fit(name, 34);
        let pad = 34 - width(&name);
        let tally = &row.tally;
        let _ = writeln!(
            out,
            "{name}{:pad$} {:>11} {:>9} {:>8} {:>17}",
            "",
            thousands(tally.attempts),
            thousands(tally.code_5xx),
            percent(tally.code_5xx as f64 / tally.attempts.max(1) as f64),
            thousands(tally.code_4xx),
        );
    }
    more(rows.len(), out);
}

fn more(rows: usize, out: &mut Lines) {
    if rows > ROWS {
        let _ = writeln!(out, "  … {} more in --format json", rows - ROWS);
    }
}

/// The diagnosis, node by node, with what to do.
fn diagnosis(diagnosis: &Diagnosis, out: &mut Lines) {
    for line in &diagnosis.tree {
        let light = match line.light {
            Light::Lit => "[x]",
            Light::Dark => "[ ]",
            Light::Half => "[~]",
            Light::Open => "[?]",
        };
        let indent = usize::from(line.depth) * 2 + 2;
        out.line(indent, indent + 4, &format!("{light} {}  {}", line.question, line.answer));
    }
    let remedy = &diagnosis.remedy;
    let Confidence { sure, reason } = &diagnosis.confidence;
    let mut titled = |title: &str, items: &[String]| {
        for (at, item) in items.iter().enumerate() {
            out.line(2, 11, &format!("{:<8} {item}", if at == 0 { title } else { "" }));
        }
    };
    titled("VERDICT", std::slice::from_ref(&remedy.verdict));
    if !reason.is_empty() {
        titled("SURE", &[format!("{}: {reason}", sure.word())]);
    }
    titled("DO", &remedy.todo);
    titled("DON'T", &remedy.dont);
    titled("MISSING", &diagnosis.missing);
    titled("CHANGES", &diagnosis.would_change);
    titled("SEE", &remedy.links);
    let _ = writeln!(out, "  First five minutes");
    for step in &diagnosis.checklist {
        let tick = if step.light == Light::Lit { "[x]" } else { "[ ]" };
        out.line(4, 8, &format!("{tick} {}  {}", step.title, step.detail));
    }
}

/// A titled list, one item a line.
pub(super) fn list(title: &str, items: &[String], out: &mut String) {
    for (at, item) in items.iter().enumerate() {
        let _ = writeln!(out, "  {:<8} {item}", if at == 0 { title } else { "" });
    }
}

fn lines(facts: &Facts, out: &mut Lines) {
    let lines = &facts.lines;
    let _ = writeln!(out);
    let counts = format!(
        "{} lines read: {} of no interest, {} unparsed, {} lost; apart: {} non-final, {} suspended, {} local, {} probes",
        thousands(lines.read),
        thousands(lines.no_interest),
        thousands(lines.unparsed),
        thousands(lines.lost),
        thousands(lines.non_final),
        thousands(lines.suspended),
        thousands(lines.local),
        thousands(lines.verify),
    );
    out.line(0, 2, &counts);
    if facts.totals.attempts == 0 {
        let _ = writeln!(out, "  No delivery attempt was found. Of what kind each file is, stands above.");
    }
}
