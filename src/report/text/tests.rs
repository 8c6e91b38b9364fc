//! What the overview says stands in the text, too: for whoever cannot see the one reads the other.

#![expect(clippy::unwrap_used, reason = "a test that cannot start should fail")]

use std::path::{Path, PathBuf};

use super::{ROWS, text};
use crate::engine::{Board, Dimension, Filter, Input, Row, Scope, Setup, Snapshot, SourceView, read_all};
use crate::model::Window;
use crate::report::Facts;
use crate::report::facts::SIGNATURES;
use crate::text::{fit, percent, thousands};

/// The logs of all incidents that there are.
fn logs() -> Vec<PathBuf> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures/incidents");
    let folders = std::fs::read_dir(folder).unwrap().flatten().filter(|entry| entry.path().is_dir());
    let files = folders.flat_map(|entry| std::fs::read_dir(entry.path()).unwrap().flatten());
    let mut logs: Vec<PathBuf> = files
        .map(|file| file.path())
        .filter(|path| path.extension().is_some_and(|end| end == "gz"))
        .collect();
    logs.sort();
    logs
}

/// In one line, each blank one blank: how a text is broken is not what it says.
fn flat(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// The text, and what is missing in it.
struct Read {
    lines: Vec<String>,
    whole: String,
    missing: Vec<String>,
}

impl Read {
    fn of(snapshot: &Snapshot, window: Option<Window>) -> Self {
        let text = text(&Facts::gather(snapshot, window, &Filter::default(), false), 100);
        Self { lines: text.lines().map(flat).collect(), whole: flat(&text), missing: Vec::new() }
    }

    fn says(&mut self, what: &str, part: &str) {
        if !self.whole.contains(&flat(part)) {
            self.missing.push(format!("{what}: {part}"));
        }
    }

    /// The row of a table that begins with `name`, and what stands under it.
    fn row(&mut self, name: &str, next: &str, parts: &[String]) {
        let begin = format!("{} ", flat(&fit(name, 34)));
        let found = self.lines.iter().position(|line| line.starts_with(&begin));
        let Some(at) = found else { return self.missing.push(format!("no row of {name}")) };
        let end = format!("{} ", flat(&fit(next, 34)));
        let under =
            self.lines[at + 1..].iter().take_while(|line| !line.starts_with(&end) && !line.is_empty());
        let under: Vec<&str> = under.take(4).map(String::as_str).collect();
        let row = format!("{} {} ", self.lines[at], under.join(" "));
        for part in parts.iter().filter(|part| !row.contains(&format!(" {part} "))) {
            // A list has its commas.
            if !row.contains(&format!(" {part}, ")) {
                self.missing.push(format!("{name}: {part} in {row}"));
            }
        }
    }
}

/// What the board says in a row.
fn figures(row: &Row, board: &Board, snapshot: &Snapshot) -> Vec<String> {
    let mut parts = vec![
        thousands(row.attempts),
        thousands(row.rejected),
        thousands(row.deferred),
        percent(row.rate),
        row.against(),
    ];
    let cells = board.columns.iter().zip(&row.cells).filter(|(_, count)| **count > 0);
    parts.extend(cells.map(|(column, count)| format!("{} {}", column.label, thousands(*count))));
    parts.extend(row.incident.map(|_| "in an incident".to_owned()));
    let theirs = |one: &crate::engine::Notice| one.until.is_none() && one.provider.as_ref() == Some(&row.id);
    parts.extend(snapshot.notices.iter().find(|one| theirs(one)).map(|_| "in trouble of its own".to_owned()));
    if row.against().starts_with('×') {
        parts.extend(row.baseline.map(|was| format!("was {}", percent(was))));
    }
    parts
}

fn of_board(read: &mut Read, snapshot: &Snapshot, window: Option<Window>) {
    let board = snapshot.board(window, &Filter::default());
    let next = |at: usize| board.rows.get(at).map_or("… ", |row| row.name.as_str()).to_owned();
    read.row(&board.total.name, &next(0), &figures(&board.total, &board, snapshot));
    for (at, row) in board.rows.iter().enumerate().take(ROWS) {
        read.row(&row.name, &next(at + 1), &figures(row, &board, snapshot));
    }
    if let Some(rest) = board.rows.get(ROWS..).filter(|rest| !rest.is_empty()) {
        let attempts = rest.iter().map(|row| row.attempts).sum();
        read.says("rows", &format!("… {} more: {} attempts", rest.len(), thousands(attempts)));
    }
    if let Some(window) = window.filter(|window| board.covered < window.millis()) {
        read.says("head", &format!("last {window}, of which {}m", board.covered / 60_000));
    }
}

fn of_incidents(read: &mut Read, snapshot: &Snapshot) {
    for incident in &snapshot.incidents {
        let course = incident
            .until
            .map_or_else(|| format!("still running, {}", incident.course.id()), |until| until.date_clock());
        for part in [
            incident.verdict.clone(),
            format!("since {}", incident.onset.date_clock()),
            format!("{} refused{}", percent(incident.rate), incident.was(", was ")),
            format!("{} of {}", thousands(incident.rejected), thousands(incident.attempts)),
            course,
        ] {
            read.says("incident", &part);
        }
        if incident.peak.rate > incident.rate {
            read.says("incident", &format!("worst minute {}", percent(incident.peak.rate)));
        }
    }
    for notice in &snapshot.notices {
        let rate = format!("{} of {} attempts", percent(notice.rate), thousands(notice.attempts));
        let advice = if notice.until.is_none() { notice.advice } else { "" };
        for part in [notice.verdict.as_str(), &notice.onset.date_clock(), &rate, advice] {
            read.says("notice", part);
        }
    }
    if let Some(incident) = snapshot.incidents.first() {
        // As many as the overview has rows for.
        let contrast = snapshot.contrast(incident);
        let causes = contrast.differences.iter().filter(|one| one.dimension != Dimension::Stage);
        for one in causes.take(6) {
            read.says("what changed", &fit(&one.value, 60));
            read.says("what changed", &percent(one.within.share()));
        }
    }
}

fn of_signatures(read: &mut Read, snapshot: &Snapshot, window: Option<Window>) {
    let said = snapshot.signatures(window, &Scope::default(), &Filter::default());
    for one in said.iter().take(SIGNATURES) {
        let clock = one.first.clock();
        let new = if one.fresh { format!("new since {}", &clock[..5]) } else { String::new() };
        let why = format!("{}, {} →", one.verdict.category.name(), one.verdict.severity.id());
        for part in [&percent(one.share), &thousands(one.count), &new, &why, &one.signature.to_string()] {
            read.says("signature", part);
        }
    }
    if said.len() > SIGNATURES {
        read.says("signatures", &format!("… {} more signatures", said.len() - SIGNATURES));
    }
}

fn of_reading(read: &mut Read, snapshot: &Snapshot, window: Option<Window>) {
    let (totals, lines) = (&snapshot.totals, &snapshot.lines);
    if window.is_none() {
        for (count, word) in [
            (totals.attempts, "attempts"),
            (totals.delivered, "delivered"),
            (totals.deferred, "deferred"),
            (totals.rejected, "rejected"),
            (totals.expired, "expired"),
        ] {
            read.says("totals", &format!("{} {word}", thousands(count)));
        }
    }
    for (count, word) in [
        (lines.read, "lines read"),
        (lines.unparsed, "unparsed"),
        (lines.lost, "lost"),
        (lines.non_final, "non-final"),
        (lines.suspended, "suspended"),
    ] {
        read.says("lines", &format!("{} {word}", thousands(count)));
    }
    for host in &snapshot.hosts {
        read.says("host", &fit(host, 34));
    }
    for source in &snapshot.sources {
        for part in [&source.name, &source.state].into_iter().chain(&source.dialects).chain(&source.notes) {
            read.says("source", part);
        }
        read.says("source", &format!("{} line", thousands(source.lines)));
        for (count, word) in [(source.unparsed, "could not be read"), (source.lost, "lost")] {
            if count > 0 {
                read.says("source", &format!("{} {word}", thousands(count)));
            }
        }
        let puzzling = source.puzzling.iter().map(|puzzle| &puzzle.text);
        for line in puzzling.chain(source.strange.iter().filter(|_| source.is_strange())) {
            read.says("source", line);
        }
    }
}

fn missing(snapshot: &Snapshot, window: Option<Window>) -> Vec<String> {
    let mut read = Read::of(snapshot, window);
    of_board(&mut read, snapshot, window);
    of_incidents(&mut read, snapshot);
    of_signatures(&mut read, snapshot, window);
    of_reading(&mut read, snapshot, window);
    read.missing
}

#[test]
fn everything_that_the_overview_says_stands_in_the_text() {
    let setup = Setup::embedded().unwrap();
    let mut seen = (0, 0, 0);
    for log in logs() {
        let snapshot = read_all(vec![Input::File(log.clone())], &setup, &mut |_, _| {}).unwrap();
        // At the end, and when the first incident was certain.
        let then =
            snapshot.incidents.last().map(|incident| snapshot.at(incident.declared.plus_millis(60_000)));
        for snapshot in then.iter().chain([&snapshot]) {
            for window in [None, Some(Window::M5), Some(Window::H24)] {
                let missing = missing(snapshot, window);
                assert!(missing.is_empty(), "{} in {window:?}: {missing:#?}", log.display());
            }
            let running = |incident: &&crate::engine::Incident| incident.until.is_none();
            seen.0 += snapshot.incidents.iter().filter(running).count();
            seen.1 += snapshot.notices.len();
            seen.2 += snapshot
                .signatures(Some(Window::M5), &Scope::default(), &Filter::default())
                .iter()
                .filter(|one| one.fresh)
                .count();
        }
    }
    assert!(seen.0 > 10 && seen.1 > 0 && seen.2 > 10, "running, notices, new: {seen:?}");
}

#[test]
fn every_state_of_a_source_stands_in_the_text() {
    let setup = Setup::embedded().unwrap();
    let mut snapshot = read_all(vec![Input::File(logs().swap_remove(0))], &setup, &mut |_, _| {}).unwrap();
    let source = snapshot.sources[0].clone();
    let other =
        |name: &str, state: &str| SourceView { name: name.into(), state: state.into(), ..source.clone() };
    snapshot.sources.extend([
        SourceView { trouble: true, ..other("/var/log/maillog", "may not be read: join group adm") },
        SourceView { lost: 1_204, notes: vec!["truncated at 14:20:07".into()], ..other("/a", "live") },
        SourceView { dialects: Vec::new(), strange: vec!["a;b;c".into()], ..other("/b", "reading 42 %") },
    ]);
    assert_eq!(missing(&snapshot, None), [""; 0]);
    // The measure can fail.
    let mut read = Read::of(&snapshot, None);
    read.says("source", "/var/log/nowhere");
    read.row("all providers", "x", &["×12.3".into()]);
    assert_eq!(read.missing.len(), 2);
}
