//! A comparison, as text, Markdown and JSON.

use std::fmt::Write as _;

use serde::Serialize;

use super::markdown::escape;
use crate::engine::{Change, Compared, Comparison, Line, ProviderLine, Total};
use crate::text::{fit, percent, thousands, width};

/// Rows of a list.
const ROWS: usize = 12;
/// Signatures told.
const SIGNATURES: usize = 8;
/// Cells of a row's name.
const NAME: usize = 24;

/// The JSON form.
#[derive(Serialize)]
struct Told<'a> {
    schema: u32,
    #[serde(flatten)]
    comparison: &'a Comparison,
}

/// The comparison as one JSON object, indented.
///
/// # Errors
/// When a value cannot be written as JSON, which no value here is.
pub fn compare_json(comparison: &Comparison) -> Result<String, serde_json::Error> {
    serde_json::to_string_pretty(&Told { schema: super::SCHEMA, comparison }).map(|text| text + "\n")
}

/// The comparison for people.
#[must_use]
pub fn compare_text(comparison: &Comparison) -> String {
    let mut out = String::new();
    for (name, side) in [("A", &comparison.a), ("B", &comparison.b)] {
        let _ = writeln!(out, "{name}  {}", head(side));
        let _ = writeln!(out, "   {} attempts", thousands(side.attempts));
    }
    let _ =
        writeln!(out, "\n  {:NAME$} {:>7} {:>7}  B against A, in points (99%)", "Of all attempts", "A", "B");
    for (name, share) in overall(comparison) {
        row(name, share, &mut out);
    }
    for (title, rows) in tables(comparison) {
        if rows.is_empty() {
            continue;
        }
        let _ = writeln!(out, "\n  {title}");
        rows.iter().take(ROWS).for_each(|(name, share)| row(name, share, &mut out));
        more(rows.len(), ROWS, &mut out);
    }
    signatures(comparison, &mut out);
    out
}

/// The comparison for tickets.
#[must_use]
pub fn compare_markdown(comparison: &Comparison) -> String {
    let mut out = String::new();
    let _ = writeln!(out, "# Comparison\n");
    for (name, side) in [("A", &comparison.a), ("B", &comparison.b)] {
        let _ = writeln!(out, "- **{name}**: {}, {} attempts", escape(&head(side)), thousands(side.attempts));
    }
    let _ = writeln!(out, "\nDifferences in percentage points, with the interval that holds with 99 %.");
    let overall: Vec<(String, &Compared)> =
        overall(comparison).into_iter().map(|(name, share)| (name.to_owned(), share)).collect();
    markdown_table("Of all attempts", &overall, &mut out);
    for (title, rows) in tables(comparison) {
        markdown_table(title, &rows, &mut out);
    }
    markdown_table("What they say, of all attempts", &rows(&comparison.signatures), &mut out);
    out
}

fn rows(lines: &[Line]) -> Vec<(String, &Compared)> {
    lines.iter().map(|line| (line.name.to_string(), &line.share)).collect()
}

/// Categories by their names; their ids are for programs.
fn categories(lines: &[Line]) -> Vec<(String, &Compared)> {
    let name = |line: &Line| line.category.map_or_else(|| line.name.to_string(), |one| one.name().to_owned());
    lines.iter().map(|line| (name(line), &line.share)).collect()
}

fn head(side: &Total) -> String {
    let span = format!("{} to {}", side.from.date_clock(), side.until.date_zone());
    match &side.campaign {
        Some(campaign) => format!("{}, {span}", fit(campaign, 27)),
        None => span,
    }
}

fn overall(comparison: &Comparison) -> [(&'static str, &Compared); 4] {
    [
        ("delivered", &comparison.delivered),
        ("refused with a 5xx", &comparison.rejected),
        ("put off with a 4xx", &comparison.deferred),
        ("unknown users", &comparison.unknown_users),
    ]
}

fn tables(comparison: &Comparison) -> [(&'static str, Vec<(String, &Compared)>); 4] {
    let providers = |share: fn(&ProviderLine) -> &Compared| {
        let mut rows: Vec<(String, &Compared)> = comparison
            .providers
            .iter()
            .map(|line| (line.name.to_string(), share(line)))
            .filter(|(_, share)| share.a.count + share.b.count > 0)
            .collect();
        rows.sort_by_key(|(_, share)| share.order());
        rows
    };
    [
        ("Refused with a 5xx, of the attempts at each provider", providers(|line| &line.rejected)),
        ("Put off with a 4xx, of the attempts at each provider", providers(|line| &line.deferred)),
        ("Why, of all attempts", categories(&comparison.categories)),
        ("Codes, of all attempts", rows(&comparison.codes)),
    ]
}

fn row(name: &str, share: &Compared, out: &mut String) {
    let name = fit(name, NAME);
    let pad = NAME - width(&name);
    let _ = writeln!(
        out,
        "  {name}{:pad$} {:>7} {:>7}  {}",
        "",
        rate(share.a.of, share.a.share()),
        rate(share.b.of, share.b.share()),
        change(share),
    );
}

fn signatures(comparison: &Comparison, out: &mut String) {
    if comparison.signatures.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n  What they say, of all attempts");
    for line in comparison.signatures.iter().take(SIGNATURES) {
        row(line.category.map_or("", |category| category.name()), &line.share, out);
        let _ = writeln!(out, "      {}", fit(&line.name, 72));
    }
    more(comparison.signatures.len(), SIGNATURES, out);
}

fn more(rows: usize, shown: usize, out: &mut String) {
    if rows > shown {
        let _ = writeln!(out, "  … {} more in --format json", rows - shown);
    }
}

/// A share of nothing is none.
fn rate(of: u64, share: f64) -> String {
    if of == 0 { "–".to_owned() } else { percent(share) }
}

/// Which way it went, in a symbol, a word and figures.
fn change(share: &Compared) -> String {
    let counts = || format!("{} and {} replies", thousands(share.a.count), thousands(share.b.count));
    let points = |value: f64| {
        let shown = format!("{:+.1}", value * 100.0);
        if shown == "-0.0" || shown == "+0.0" { "0.0".to_owned() } else { shown.replace('-', "−") }
    };
    let interval =
        || format!("{} ({} to {})", points(share.difference), points(share.low), points(share.high));
    let chance = if share.certain { "" } else { ", may be chance" };
    match share.change {
        Change::New => format!("+ new: {}{chance}", thousands(share.b.count)),
        Change::Gone => format!("− gone: was {}{chance}", thousands(share.a.count)),
        Change::Up => format!("▲ up {}", interval()),
        Change::Down => format!("▼ down {}", interval()),
        Change::Same => "= about the same".to_owned(),
        Change::Unclear if share.a.of == 0 || share.b.of == 0 => "? no attempts there".to_owned(),
        Change::Unclear => format!("? cannot be told: {}", counts()),
    }
}

fn markdown_table(title: &str, rows: &[(String, &Compared)], out: &mut String) {
    if rows.is_empty() {
        return;
    }
    let _ = writeln!(out, "\n## {title}\n\n| | A | B | B against A |\n|---|---:|---:|---|");
    for (name, share) in rows {
        let side = |of: u64, count: u64, share: f64| {
            if of == 0 { "–".to_owned() } else { format!("{} ({})", percent(share), thousands(count)) }
        };
        let _ = writeln!(
            out,
            "| {} | {} | {} | {} |",
            escape(name),
            side(share.a.of, share.a.count, share.a.share()),
            side(share.b.of, share.b.count, share.b.share()),
            change(share),
        );
    }
}
