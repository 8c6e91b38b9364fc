//! The report on a log against what the sink's record says.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::process::Command;

use super::SENDER_DOMAIN;
use super::fold::{Expected, Key};

/// Everything in which the report on `log` differs from what is expected, in words.
pub(crate) fn against(expected: &Expected, log: &Path) -> Vec<String> {
    let report = report(log);
    let mut differences = differences(&expected.cells, &cells(&report));
    let lines = &report["lines"];
    for (name, told, want) in [
        ("suspended", &lines["suspended"], expected.suspended),
        ("non_final", &lines["non_final"], expected.non_final),
        ("unparsed", &lines["unparsed"], 0),
        ("attempts", &report["totals"]["attempts"], expected.cells.values().sum()),
    ] {
        if told.as_u64() != Some(want) {
            differences.push(format!("{name}: the sink's count is {want}, the report says {told}"));
        }
    }
    // Senders are logged apart from results; every result must find its own.
    let campaign = &report["campaigns"][0];
    if campaign["name"] != SENDER_DOMAIN || campaign["attempts"] != report["totals"]["attempts"] {
        differences.push(format!("every attempt has the sender's domain, the report says {campaign}"));
    }
    differences
}

/// Compares a recorded log in `folder` with the record beside it.
pub(crate) fn recorded(folder: &str) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("fixtures").join(folder);
    let expected = fs::read(folder.join("loopback.expected.json")).unwrap();
    let expected: serde_json::Value = serde_json::from_slice(&expected).unwrap();
    let report = report(&folder.join("loopback.log"));
    assert_eq!(differences(&cells(&expected), &cells(&report)), Vec::<String>::new());
    assert_eq!(report["totals"]["attempts"], expected["attempts"]);
    let lines = &report["lines"];
    assert_eq!(lines["read"], expected["lines"]);
    for name in ["suspended", "non_final", "local", "unparsed"] {
        assert_eq!(lines[name], expected[name], "{name}");
    }
}

/// What is expected, in the form of a recorded log's record.
pub(crate) fn record(expected: &Expected) -> String {
    let cells: Vec<String> = expected
        .cells
        .iter()
        .map(|((provider, outcome, code, enhanced), count)| {
            let (code, enhanced) = (serde_json::json!(code), serde_json::json!(enhanced));
            format!(
                "    {{\"provider\": \"{provider}\", \"outcome\": \"{outcome}\", \"code\": {code}, \
                 \"enhanced\": {enhanced}, \"count\": {count}}}"
            )
        })
        .collect();
    format!(
        "{{\n  \"attempts\": {},\n  \"suspended\": {},\n  \"non_final\": {},\n  \"unparsed\": 0,\n  \"cells\": [\n{}\n  ]\n}}\n",
        expected.cells.values().sum::<u64>(),
        expected.suspended,
        expected.non_final,
        cells.join(",\n")
    )
}

fn report(log: &Path) -> serde_json::Value {
    let output = Command::new(env!("CARGO_BIN_EXE_fivefifty"))
        .args(["report", "--format", "json"])
        .arg(log)
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).expect("the report is JSON")
}

/// The report's cells, without what the sink cannot know (receiver, brand, category).
fn cells(report: &serde_json::Value) -> BTreeMap<Key, u64> {
    let mut cells = BTreeMap::new();
    for cell in report["cells"].as_array().expect("cells") {
        let outcome = match cell["outcome"].as_str() {
            Some("delivered") => "delivered",
            Some("deferred") => "deferred",
            Some("rejected") => "rejected",
            other => panic!("an outcome {other:?}"),
        };
        let key = (
            cell["provider"].as_str().expect("provider").to_owned(),
            outcome,
            cell["code"].as_u64().and_then(|code| u16::try_from(code).ok()),
            cell["enhanced"].as_str().map(str::to_owned),
        );
        *cells.entry(key).or_default() += cell["count"].as_u64().expect("count");
    }
    cells
}

fn differences(expected: &BTreeMap<Key, u64>, told: &BTreeMap<Key, u64>) -> Vec<String> {
    let keys: BTreeSet<&Key> = expected.keys().chain(told.keys()).collect();
    let count = |cells: &BTreeMap<Key, u64>, key| cells.get(key).copied().unwrap_or_default();
    keys.into_iter()
        .filter(|key| count(expected, key) != count(told, key))
        .map(|key| {
            let (provider, outcome, code, enhanced) = key;
            let code = code.map_or("no code".to_owned(), |code| code.to_string());
            format!(
                "{provider} {outcome} {code} {}: the sink answered {}, the report says {}",
                enhanced.as_deref().unwrap_or("-"),
                count(expected, key),
                count(told, key)
            )
        })
        .collect()
}
