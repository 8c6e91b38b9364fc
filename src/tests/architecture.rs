//! Holds the import rules of `lib.rs` against the `use` lines of every file.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// What each room may import from the crate besides itself.
const ROOMS: [(&str, &[&str]); 19] = [
    ("text", &[]),
    ("model", &["text"]),
    ("source", &["model", "text"]),
    ("parse", &["model", "text"]),
    ("correlate", &["model", "text"]),
    ("classify", &["model", "text"]),
    ("aggregate", &["model", "text"]),
    ("sample", &["model", "text"]),
    ("diagnose", &["model", "text"]),
    ("record", &["model", "text"]),
    ("demo", &["model", "text"]),
    (
        "engine",
        &[
            "source",
            "parse",
            "correlate",
            "classify",
            "aggregate",
            "sample",
            "diagnose",
            "record",
            "model",
            "text",
        ],
    ),
    ("report", &["engine", "model", "text"]),
    ("ui", &["engine", "model", "text"]),
    ("config", &["model", "text"]),
    ("cli", &["demo", "engine", "model"]),
    ("diary", &["text"]),
    ("app", &["cli", "config", "demo", "diary", "engine", "report", "source", "ui", "model", "text"]),
    ("main", &["app"]),
];

/// Crates that stay in one room.
const KEPT: [(&str, &[&str]); 10] = [
    ("ratatui", &["ui"]),
    ("crossterm", &["ui"]),
    ("rustix", &["ui"]),
    ("notify", &["source"]),
    ("flate2", &["source"]),
    ("ruzstd", &["source"]),
    ("chrono_tz", &["model"]),
    ("clap", &["cli", "app"]),
    ("signal_hook", &["app", "ui"]),
    ("anyhow", &["app"]),
];

/// Names that say nothing of what is inside.
const NAMELESS: [&str; 6] = ["error", "errors", "utils", "common", "helpers", "prelude"];

#[test]
fn every_room_imports_only_what_lies_before_it() {
    let rooms: BTreeMap<_, _> = ROOMS.into_iter().collect();
    let mut wrong = Vec::new();
    for (room, path, text) in sources() {
        let Some(allowed) = rooms.get(room.as_str()) else {
            if room != "lib" {
                wrong.push(format!("{}: the room `{room}` is not in the table", path.display()));
            }
            continue;
        };
        for import in imports(&text) {
            if import != room && !allowed.contains(&import.as_str()) {
                wrong.push(format!("{}: `{room}` imports `{import}`", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_crate_that_belongs_to_one_room_stays_there() {
    let mut wrong = Vec::new();
    // What a test makes to be read is nobody's room.
    let is_test =
        |path: &Path| path.components().any(|part| part.as_os_str() == "tests") || path.ends_with("tests.rs");
    let inside =
        |path: &Path| path.strip_prefix(Path::new(env!("CARGO_MANIFEST_DIR"))).map(is_test).unwrap_or(false);
    for (room, path, text) in sources().filter(|(_, path, _)| !inside(path)) {
        for (name, rooms) in KEPT {
            let used = code(&text).any(|line| line.contains(&format!("{name}::")));
            if used && !rooms.contains(&room.as_str()) {
                wrong.push(format!("{}: `{name}` belongs to {rooms:?}", path.display()));
            }
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

/// What the program did is written down where it is done: stages answer, and do nothing.
#[test]
fn only_who_does_something_writes_it_down() {
    for (room, path, text) in sources().filter(|(room, ..)| !["app", "engine"].contains(&room.as_str())) {
        for level in ["error", "warn", "info", "debug", "trace"] {
            let writes = code(&text).any(|line| line.contains(&format!("log::{level}!")));
            assert!(!writes || room == "diary", "{}: `{room}` writes to the log", path.display());
        }
    }
}

#[test]
fn no_stage_reads_a_clock_or_starts_a_thread() {
    // The follower's patience with renamed files is a duration and no point in time.
    const CLOCKS: [&str; 4] = ["SystemTime::now", "Utc::now", "Local::now", "thread::spawn"];
    const STAGES: [&str; 9] =
        ["model", "text", "parse", "correlate", "classify", "aggregate", "sample", "diagnose", "record"];
    for (room, path, text) in sources().filter(|(room, ..)| STAGES.contains(&room.as_str())) {
        for clock in CLOCKS.into_iter().chain(["Instant::now"]) {
            let used = code(&text).any(|line| line.contains(clock));
            assert!(!used, "{}: `{room}` uses {clock}", path.display());
        }
    }
}

#[test]
fn no_file_has_a_name_that_says_nothing() {
    for (_, path, _) in sources() {
        let stem = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        assert!(!NAMELESS.contains(&stem.as_str()), "{}", path.display());
    }
}

#[test]
fn the_rules_are_able_to_fail() {
    let text =
        "use crate::engine::Handle;\nuse crate::{ui, model::Moment};\nlet x = crate::report::text();\n";
    assert_eq!(imports(text), ["engine", "ui", "model", "report"]);
}

/// Every source file outside the integration tests: its room, its path, its text without tests.
fn sources() -> impl Iterator<Item = (String, PathBuf, String)> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("src");
    let mut files = Vec::new();
    let mut folders = vec![root.clone()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).into_iter().flatten().flatten() {
            let path = entry.path();
            if path.is_dir() {
                if path != root.join("tests") && path != root.join("benches") {
                    folders.push(path);
                }
            } else if path.extension().is_some_and(|end| end == "rs") {
                files.push(path);
            }
        }
    }
    assert!(files.len() > 30, "the sources were not found");
    files.sort();
    files.into_iter().map(move |path| {
        let inside = path.strip_prefix(&root).unwrap_or(&path);
        let first = inside.components().next().map(|part| part.as_os_str().to_string_lossy().into_owned());
        let room = first.unwrap_or_default().trim_end_matches(".rs").to_owned();
        let text = fs::read_to_string(&path).unwrap_or_default();
        let text = text.split("#[cfg(test)]").next().unwrap_or_default().to_owned();
        (room, path, text)
    })
}

/// Lines that are no comments.
fn code(text: &str) -> impl Iterator<Item = &str> {
    text.lines().filter(|line| !line.trim_start().starts_with("//"))
}

/// First segments of every `crate::…` path, braces included.
fn imports(text: &str) -> Vec<String> {
    let text: String = code(text).collect::<Vec<_>>().join(" ");
    let mut found = Vec::new();
    for after in text.split("crate::").skip(1) {
        match after.strip_prefix('{') {
            Some(list) => {
                let mut depth = 0;
                for part in list.split_inclusive([',', '{', '}']) {
                    if depth == 0 {
                        let name: String =
                            part.trim().chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect();
                        if !name.is_empty() {
                            found.push(name);
                        }
                    }
                    match part.chars().last() {
                        Some('{') => depth += 1,
                        Some('}') if depth == 0 => break,
                        Some('}') => depth -= 1,
                        _ => {}
                    }
                }
            }
            None => found.push(after.chars().take_while(|c| c.is_alphanumeric() || *c == '_').collect()),
        }
    }
    found
}
