//! The report for people and screen readers: everything that the overview says, in words.

use std::fmt::Write as _;

use super::changed::complaint;
use super::facts::{Named, Provider};
use super::ledger::ledger_lines;
use super::{Facts, files, notice_line, totals};
use crate::engine::{Confidence, Course, Diagnosis, Estimated, Incident, Light};
use crate::text::{fit, hang, percent, thousands, width};

#[cfg(test)]
mod tests;

/// Rows of a table.
const ROWS: usize = 20;
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
    if let Some(filter) = &facts.filter {
        let _ = writeln!(out, "\nBy {} is counted without a filter only.", filter.left_out.join(", "));
    }
    let incident = facts.changed.as_ref().filter(|_| facts.window.is_none());
    let everything = || facts.scope.provider.as_ref().map_or("everything read", |provider| provider.as_str());
    let scope = incident.map_or_else(everything, |changed| changed.verdict.as_str());
    let _ = writeln!(out, "\nDiagnosis · {scope}");
    diagnosis(&facts.diagnosis, out);
    if let Some(ledger) = &facts.together {
        let _ = writeln!(out);
        for (at, line) in ledger_lines(ledger).iter().enumerate() {
            out.line(if at == 0 { 0 } else { 2 }, 4, line);
        }
    }
    files::text(&facts.files, out);
    lines(facts, out);
}

fn head(facts: &Facts, out: &mut Lines) {
    let span = match (facts.from, facts.until) {
        (Some(from), Some(until)) => format!("{} to {}", from.date_clock(), until.date_zone()),
        _ => "no attempts found".to_owned(),
    };
    let window = facts.window.map_or_else(|| "everything read".to_owned(), |window| format!("last {window}"));
    let read = facts.covered.map_or_else(String::new, |covered| {
        format!(", of which {}m{:02}s is read", covered / 60_000, covered / 1_000 % 60)
    });
    let totals = &facts.totals;
    out.line(0, 2, &format!("fivefifty report · {window}{read} · {span}"));
    if let Some(filter) = &facts.filter {
        out.line(0, 2, &format!("Filter: {}", filter.told()));
    }
    // What expires has no reply to be asked.
    let expired = match facts.filter {
        None => format!("; {} expired", thousands(totals.expired)),
        Some(_) => String::new(),
    };
    out.line(0, 2, &(totals::told(totals, facts.about()) + &expired));
}

fn incidents(facts: &Facts, out: &mut Lines) {
    if facts.incidents.is_empty() {
        let of_it = if facts.filter.is_some() { " of what the filter lets through" } else { "" };
        let _ = writeln!(out, "\nNo incident{of_it}.");
    } else {
        let _ = writeln!(out, "\nIncidents");
    }
    for incident in &facts.incidents {
        let until = match (incident.until, incident.course) {
            (None, course) => format!("still running, {}", course.id()),
            (Some(until), Course::Silent) => format!("until its mail stopped at {}", until.date_clock()),
            (Some(until), _) => format!("until {}", until.date_clock()),
        };
        let told = format!(
            "{} · since {} · {until} · {} refused{} · {} of {}{}",
            incident.verdict,
            incident.onset.date_clock(),
            percent(incident.rate),
            incident.was(", was "),
            thousands(incident.rejected),
            thousands(incident.attempts),
            worst(incident),
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

/// Its worst minute, where that says more than its rate.
fn worst(incident: &Incident) -> String {
    let peak = incident.peak;
    if peak.rate > 0.0 && peak.rate >= incident.rate {
        format!(" · worst minute {}, from {}", percent(peak.rate), peak.at.clock())
    } else {
        String::new()
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
    let is_about = facts.about();
    let replied = Estimated::sign(is_about.replies);
    for row in facts.all.iter().chain(facts.providers.iter().take(ROWS)) {
        let name = fit(&row.name, 34);
        let pad = 34 - width(&name);
        let _ = writeln!(
            out,
            "{name}{:pad$} {:>11} {:>9} {:>8} {:>8} {:>9}",
            "",
            format!("{}{}", Estimated::sign(is_about.attempts), thousands(row.attempts)),
            format!("{replied}{}", thousands(row.code_5xx)),
            format!("{}{}", Estimated::sign(is_about.rates()), percent(row.rate)),
            row.against,
            format!("{replied}{}", thousands(row.code_4xx)),
        );
        let about = about(row);
        if !about.is_empty() {
            out.line(2, 4, &about);
        }
    }
    // What has no row of its own is in the sum, and counted here.
    if let Some(rest) = facts.providers.get(ROWS..).filter(|rest| !rest.is_empty()) {
        let sum = |count: fn(&Provider) -> u64| thousands(rest.iter().map(count).sum());
        let told = format!(
            "… {} more: {} attempts, {} of them 5xx, {} 4xx; each of them in --format json",
            rest.len(),
            sum(|row| row.attempts),
            sum(|row| row.code_5xx),
            sum(|row| row.code_4xx)
        );
        out.line(2, 4, &told);
    }
}

/// `in an incident · was 0.4% · 5.7.1 2,890, 5.1.1 12`: what the board says of a provider beside its counts.
fn about(row: &Provider) -> String {
    let mut parts = Vec::new();
    if row.is_struck {
        parts.push("in an incident".to_owned());
    }
    if row.is_troubled {
        parts.push("in trouble of its own".to_owned());
    }
    if let Some(was) = row.baseline.filter(|_| row.against != "·" && row.against != "–") {
        parts.push(format!("was {}", percent(was)));
    }
    let codes: Vec<String> =
        row.codes.iter().map(|(code, count)| format!("{code} {}", thousands(*count))).collect();
    if !codes.is_empty() {
        parts.push(codes.join(", "));
    }
    parts.join(" · ")
}

fn signatures(facts: &Facts, out: &mut Lines) {
    let _ = writeln!(out, "\nWhat they say");
    for row in &facts.signatures {
        let told = format!(
            "{:>7} {:>9}  {:<25}  {}, {} → {}{}  {}",
            format!("{}{}", Estimated::sign(row.estimated), percent(row.share)),
            format!("{}{}", Estimated::sign(row.estimated), thousands(row.count)),
            row.when(),
            row.category.name(),
            row.severity.id(),
            row.action.id(),
            row.list.as_ref().map_or_else(String::new, |list| format!(", list {list}")),
            row.signature,
        );
        out.line(0, REPLY, &told);
    }
    let (more, share) = facts.untold;
    if more > 0 {
        let _ = writeln!(out, "{:>7}  … {more} more signatures", percent(share));
    }
    if facts.signatures.is_empty() {
        let none = if facts.filter.is_some() {
            "the filter lets no refusal through"
        } else {
            "no reply was a refusal"
        };
        let _ = writeln!(out, "  nothing: {none}");
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
            percent(tally.rate()),
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
