//! Logs in every format, written from its documentation: the report on each folder of `fixtures/`
//! that holds an `expected.json` says what stands there.
//!
//! `expected.json`: `lines` and `totals` name what is compared of the report's; `sources` and
//! `campaigns`, where they are given, are all names in any order; `cells` are all cells, told apart by
//! the fields that the first one has. Every other file of the folder but `README.md` is a log.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

#[test]
fn the_report_on_every_fixture_is_what_is_expected() {
    let mut wrong = Vec::new();
    let folders = folders();
    assert!(folders.len() >= 3, "the fixtures were not found: {folders:?}");
    for folder in folders {
        let name = folder.file_name().unwrap().to_string_lossy().into_owned();
        let expected = fs::read(folder.join("expected.json")).unwrap();
        let expected: Value = serde_json::from_slice(&expected).expect("expected.json is JSON");
        let report = report(&logs(&folder));
        wrong.extend(differences(&expected, &report).into_iter().map(|what| format!("{name}: {what}")));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

#[test]
fn a_difference_is_found() {
    let expected = serde_json::json!({
        "lines": {"unparsed": 1}, "totals": {"attempts": 2}, "sources": ["a"],
        "cells": [{"provider": "x", "outcome": "delivered", "code": 250, "enhanced": null, "count": 2}],
    });
    let mut report = serde_json::json!({
        "lines": {"unparsed": 1, "read": 9}, "totals": {"attempts": 2}, "sources": [{"name": "a"}],
        "cells": [
            {"provider": "x", "outcome": "delivered", "code": 250, "enhanced": null, "category": "a", "count": 1},
            {"provider": "x", "outcome": "delivered", "code": 250, "enhanced": null, "category": "b", "count": 1},
        ],
    });
    assert_eq!(differences(&expected, &report), Vec::<String>::new());
    report["lines"]["unparsed"] = 2.into();
    report["sources"] = serde_json::json!([{"name": "a"}, {"name": "b"}]);
    report["cells"][0]["code"] = 550.into();
    assert_eq!(differences(&expected, &report).len(), 4, "a line count, the sources, and two cells");
}

/// Folders with something expected.
fn folders() -> Vec<PathBuf> {
    let fixtures = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures");
    let folders = fs::read_dir(fixtures).unwrap().map(|entry| entry.unwrap().path());
    let mut folders: Vec<PathBuf> = folders.filter(|folder| folder.join("expected.json").exists()).collect();
    folders.sort();
    folders
}

fn logs(folder: &Path) -> Vec<PathBuf> {
    let is_log = |path: &PathBuf| !path.ends_with("expected.json") && !path.ends_with("README.md");
    let mut logs: Vec<PathBuf> =
        fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).filter(is_log).collect();
    logs.sort();
    logs
}

fn report(logs: &[PathBuf]) -> Value {
    let output = Command::new(env!("CARGO_BIN_EXE_fivefifty"))
        .args(["report", "--format", "json"])
        .args(logs)
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{logs:?}: {}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the report is JSON")
}

/// What the report says otherwise than expected.
fn differences(expected: &Value, report: &Value) -> Vec<String> {
    let mut wrong = Vec::new();
    for group in ["lines", "totals"] {
        for (name, want) in expected[group].as_object().into_iter().flatten() {
            let told = &report[group][name];
            if told != want {
                wrong.push(format!("{group}.{name}: expected {want}, the report says {told}"));
            }
        }
    }
    for group in ["sources", "campaigns"] {
        let Some(want) = expected[group].as_array() else { continue };
        let mut want: Vec<&str> = want.iter().filter_map(Value::as_str).collect();
        let told = report[group].as_array().expect(group);
        let mut told: Vec<&str> = told.iter().filter_map(|one| one["name"].as_str()).collect();
        want.sort_unstable();
        told.sort_unstable();
        if told != want {
            wrong.push(format!("{group}: expected {want:?}, the report says {told:?}"));
        }
    }
    let parts = parts(expected);
    let (want, told) = (cells(expected, &parts), cells(report, &parts));
    for (cell, count) in &want {
        let told = told.get(cell).copied().unwrap_or_default();
        if told != *count {
            wrong.push(format!("{cell}: expected {count}, the report says {told}"));
        }
    }
    for (cell, count) in told.iter().filter(|(cell, _)| !want.contains_key(*cell)) {
        wrong.push(format!("{cell}: not expected, the report says {count}"));
    }
    wrong
}

/// What tells the expected cells apart: the fields that the first one has.
fn parts(expected: &Value) -> Vec<&str> {
    let first = expected["cells"][0].as_object().expect("cells");
    first.keys().map(String::as_str).filter(|part| *part != "count").collect()
}

/// Counts by those fields.
fn cells(from: &Value, parts: &[&str]) -> BTreeMap<String, u64> {
    let mut cells = BTreeMap::new();
    for cell in from["cells"].as_array().expect("cells") {
        let key: Vec<String> = parts.iter().map(|part| cell[*part].to_string()).collect();
        *cells.entry(key.join(" ")).or_default() += cell["count"].as_u64().expect("count");
    }
    cells
}
