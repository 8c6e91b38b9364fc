//! What was read, file by file: of what kind it is, and what in it could not be read.

use std::fmt::Write as _;

use super::text::Lines;
use crate::engine::{Gone, SourceView};
use crate::text::{Redactor, thousands};

/// What to do about lines of no known kind.
const SAY_SO: &str = "If you know whose log it is, say so with --log-format.";

/// Each file with its kind, its state and the lines that puzzled, indented.
pub(super) fn text(files: &[SourceView], out: &mut Lines) {
    let _ = writeln!(out, "\nFiles");
    for file in files {
        out.line(2, 4, &format!("{}  {}", file.name, about(file)));
        if file.skipped_bytes > 0 {
            let skipped = thousands(file.skipped_bytes);
            let _ = writeln!(out, "    the first {skipped} bytes are older than asked for and were not read");
        }
        for note in &file.notes {
            out.line(4, 6, note);
        }
        for puzzle in &file.puzzling {
            let told = format!("line {}: {}: {}", thousands(puzzle.line), puzzle.why, puzzle.text);
            out.line(4, 6, &told);
        }
        if file.is_strange() {
            let _ = writeln!(out, "    no MTA is known to write lines like these, its first:");
            for line in &file.strange {
                out.line(6, 8, line);
            }
            let _ = writeln!(out, "    {SAY_SO}");
        }
    }
}

/// What the operator is told at once about a file of no known kind.
#[must_use]
pub fn strange(file: &SourceView) -> Option<String> {
    if !file.is_strange() {
        return None;
    }
    // Standard error is read by mail, too.
    let mut shown = file.clone();
    Redactor::new().mask(&mut shown);
    let lines: Vec<String> = shown.strange.iter().map(|line| format!("  {line}\n")).collect();
    let name = &file.name;
    Some(format!("{name}: no MTA is known to write lines like these, its first:\n{}{SAY_SO}", lines.concat()))
}

/// `12,345 lines · postfix · read to its end · 3 could not be read`.
pub(super) fn about(file: &SourceView) -> String {
    let mut parts = vec![match file.lines {
        1 => "1 line".to_owned(),
        lines => format!("{} lines", thousands(lines)),
    }];
    parts.push(kind(file));
    parts.push(file.state.to_string());
    if file.unparsed > 0 {
        parts.push(format!("{} could not be read", thousands(file.unparsed)));
    }
    match file.gone {
        Some(Gone { bytes, at }) => {
            let (lines, bytes, at) = (thousands(file.lost), thousands(bytes), at.date_zone());
            parts.push(format!("{lines} lost ({bytes} bytes, seen at {at})"));
        }
        None if file.lost > 0 => parts.push(format!("{} lost", thousands(file.lost))),
        None => {}
    }
    parts.retain(|part| !part.is_empty());
    parts.join(" · ")
}

/// The kinds of log in it, or that none is known.
pub(super) fn kind(file: &SourceView) -> String {
    let kinds: Vec<&str> = file.dialects.iter().map(|kind| kind.as_str()).collect();
    if file.is_strange() { "of no known kind".to_owned() } else { kinds.join("+") }
}
