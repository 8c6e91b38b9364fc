//! The report for tickets and hand-overs.

use std::fmt::Write as _;

use super::changed::complaint;
use super::ledger::ledger_lines;
use super::{Facts, files, notice_line, totals};
use crate::engine::{Confidence, Estimated, Light};
use crate::text::{percent, thousands};

/// Rows of a table.
const ROWS: usize = 20;

/// The report as Markdown.
#[must_use]
pub fn markdown(facts: &Facts) -> String {
    let mut out = String::new();
    let window =
        facts.window.map_or_else(|| "everything read".to_owned(), |window| format!("the last {window}"));
    let _ = writeln!(out, "# Mail rejections, {window} up to {}\n", facts.now.date_zone());
    if let Some(filter) = &facts.filter {
        let _ = writeln!(out, "Filter: {}\n", escape(&filter.told()));
    }
    let _ = writeln!(out, "{}.\n", totals::told(&facts.totals, facts.about()));
    let _ = writeln!(out, "## Incidents\n");
    if facts.incidents.is_empty() {
        let of_it = if facts.filter.is_some() { " of what the filter lets through" } else { "" };
        let _ = writeln!(out, "None{of_it}.");
    }
    for incident in &facts.incidents {
        let until = incident
            .until
            .map_or_else(|| "still running".to_owned(), |until| format!("until {}", until.date_zone()));
        let _ = writeln!(
            out,
            "- **{}**, since {}, {until}: {} refused{}, {} of {} attempts",
            escape(&incident.verdict),
            incident.onset.date_zone(),
            percent(incident.rate),
            incident.baseline.map_or_else(String::new, |was| format!(" (was {})", percent(was))),
            thousands(incident.rejected),
            thousands(incident.attempts),
        );
    }
    if !facts.notices.is_empty() {
        let _ = writeln!(out, "\n## Trouble that is no incident\n");
    }
    for notice in &facts.notices {
        let _ = writeln!(out, "- {}", escape(&notice_line(notice)));
    }
    if let Some(changed) = &facts.changed {
        let _ = writeln!(out, "\n## What changed: {}\n", escape(&changed.verdict));
        for line in changed.lines() {
            let _ = writeln!(out, "- {}", escape(&line));
        }
    }
    if let Some(ledger) = &facts.together {
        let _ = writeln!(out, "\n## All reports together\n");
        for line in ledger_lines(ledger) {
            let _ = writeln!(out, "- {}", escape(&line));
        }
    }
    if !facts.complaints.is_empty() {
        let _ = writeln!(out, "\n## Complaints\n");
        for row in facts.complaints.iter().take(ROWS) {
            let _ = writeln!(out, "- {}", escape(&complaint(row)));
        }
    }
    let _ = writeln!(
        out,
        "\n## Providers\n\n| provider | attempts | 5xx | rate | vs base | 4xx |\n|---|--:|--:|--:|--:|--:|"
    );
    let about = facts.about();
    let (tried, replied) = (Estimated::sign(about.attempts), Estimated::sign(about.replies));
    let rates = Estimated::sign(about.rates());
    for row in facts.providers.iter().take(ROWS) {
        let _ = writeln!(
            out,
            "| {} | {tried}{} | {replied}{} | {rates}{} | {} | {replied}{} |",
            escape(&row.name),
            thousands(row.attempts),
            thousands(row.code_5xx),
            percent(row.rate),
            row.against,
            thousands(row.code_4xx),
        );
    }
    let _ = writeln!(
        out,
        "\n## What they say\n\n| share | count | first and last | category | action | signature |\n|--:|--:|---|---|---|---|"
    );
    for row in &facts.signatures {
        let _ = writeln!(
            out,
            "| {0}{1} | {0}{2} | {3} | {4} | {5} | {6} |",
            Estimated::sign(row.estimated),
            percent(row.share),
            thousands(row.count),
            row.when(),
            row.category.name(),
            row.action.id(),
            escape(&row.signature),
        );
    }
    diagnosis(facts, &mut out);
    notes(facts, &mut out);
    let _ = writeln!(out, "\n## Sample\n");
    for specimen in &facts.sample {
        let _ =
            writeln!(out, "- {} {}: {}", specimen.at.stamp(), escape(&specimen.relay), code(&specimen.reply));
    }
    files(facts, &mut out);
    out
}

/// What was read, and what in it could not be read.
fn files(facts: &Facts, out: &mut String) {
    let _ = writeln!(out, "\n## Files\n");
    for file in &facts.files {
        let _ = writeln!(out, "- {}: {}", code(&file.name), escape(&files::about(file)));
        for puzzle in &file.puzzling {
            let _ = writeln!(out, "  - line {}: {}: {}", puzzle.line, escape(puzzle.why), code(&puzzle.text));
        }
        for line in file.strange.iter().filter(|_| file.is_strange()) {
            let _ = writeln!(out, "  - of no known kind: {}", code(line));
        }
    }
}

fn diagnosis(facts: &Facts, out: &mut String) {
    let diagnosis = &facts.diagnosis;
    let _ = writeln!(out, "\n## Diagnosis: {}\n", escape(&diagnosis.remedy.verdict));
    let Confidence { sure, reason } = &diagnosis.confidence;
    if !reason.is_empty() {
        let _ = writeln!(out, "Confidence: {}: {}\n", sure.word(), escape(reason));
    }
    for line in &diagnosis.tree {
        let indent = usize::from(line.depth) * 2;
        let lit = if line.light == Light::Lit { "**" } else { "" };
        let _ =
            writeln!(out, "{:indent$}- {lit}{}{lit} {}", "", escape(&line.question), escape(&line.answer));
    }
    for (title, items) in [
        ("Do", &diagnosis.remedy.todo),
        ("Don't", &diagnosis.remedy.dont),
        ("Missing", &diagnosis.missing),
        ("What would change it", &diagnosis.would_change),
    ] {
        if !items.is_empty() {
            let _ = writeln!(out, "\n**{title}**\n");
            for item in items.iter() {
                let _ = writeln!(out, "- {}", escape(item));
            }
        }
    }
    let _ = writeln!(out, "\n**First five minutes**\n");
    for step in &diagnosis.checklist {
        let tick = if step.light == Light::Lit { "x" } else { " " };
        let _ = writeln!(out, "- [{tick}] {}: {}", escape(&step.title), escape(&step.detail));
    }
}

/// What was wrong with the files, where anything was.
fn notes(facts: &Facts, out: &mut String) {
    if facts.files.iter().any(|file| !file.notes.is_empty()) {
        let _ = writeln!(out, "\n## What could not be read\n");
    }
    for file in &facts.files {
        for note in &file.notes {
            let _ = writeln!(out, "- {}: {}", escape(&file.name), escape(note));
        }
    }
}

/// Text that Markdown shows as it is, wherever in a line it stands: no markup, no `&#x202e;` that would
/// become the character, no formula, and no list or rule of its own where it begins an entry.
pub(super) fn escape(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    let digits = text.len() - text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
    for (at, character) in text.char_indices() {
        let is_markup = matches!(
            character,
            '\\' | '`' | '*' | '_' | '[' | ']' | '<' | '>' | '#' | '|' | '!' | '~' | '&' | '$'
        );
        let is_bullet = at == 0 && matches!(character, '-' | '+' | '=');
        let is_number = at == digits && at > 0 && matches!(character, '.' | ')') && {
            let after = &text[at + 1..];
            after.is_empty() || after.starts_with([' ', '\t'])
        };
        if is_markup || is_bullet || is_number {
            out.push('\\');
        }
        out.push(character);
    }
    out
}

/// Text inside backticks, whatever backticks it holds.
pub(super) fn code(text: &str) -> String {
    let longest = text.split(|character| character != '`').map(str::len).max().unwrap_or(0);
    let fence = "`".repeat(longest + 1);
    format!("{fence} {text} {fence}")
}

#[cfg(test)]
mod tests {
    use super::{code, escape};

    #[test]
    fn a_strangers_text_cannot_become_markup() {
        assert_eq!(
            escape("550 <a@b> [x](http://evil) | `c`"),
            "550 \\<a@b\\> \\[x\\](http://evil) \\| \\`c\\`"
        );
        assert_eq!(escape("&#x202e;&lt;b> $x$"), "\\&\\#x202e;\\&lt;b\\> \\$x\\$");
        assert_eq!([escape("- a"), escape("12. b"), escape("1) c")], ["\\- a", "12\\. b", "1\\) c"]);
        assert_eq!([escape("100.0%"), escape("1.")], ["100.0%", "1\\."]);
        assert_eq!(escape("550-5.7.1 no - never."), "550-5.7.1 no - never.");
        assert_eq!(code("a ``b`` c"), "``` a ``b`` c ```");
    }
}
