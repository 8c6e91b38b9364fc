//! What is handed over, against what the servers answered.

use serde_json::Value;

use super::{ANSWER, HOST, Live, Lively, MARK, PROVIDER};
use crate::mta::fold::outcome;

/// Holds `watch` and every export against the servers' answers.
pub(super) fn agree<M: Lively>(live: &Live<M>) {
    watch(live);
    counts(live);
    dossier(live);
    suppression(live);
}

/// "May the next send start?" is asked of the log as it is now called; what was rotated away counts.
fn watch<M: Lively>(live: &Live<M>) {
    let output = live.ask(&["watch", "--once"], &live.logs()[..1]);
    let told = String::from_utf8_lossy(&output.stdout);
    assert_eq!(output.status.code(), Some(3), "{output:?}");
    assert!(told.starts_with("▲ IP reputation at Gmail"), "{told}");
    assert!(told.contains(&format!(" · {} of {}\n", live.refused(), live.attempts())), "{told}");
    let output = live.ask(&["watch", "--once", "--provider", "apple"], &live.logs()[..1]);
    assert_eq!(output.status.code(), Some(0), "where nothing happens the send may start: {output:?}");
}

/// The incident's numbers, and the provider's over everything, to the last reply.
pub(crate) fn counts<M: Lively>(live: &Live<M>) {
    let told = live.told(&["export", "incident", "--format", "json"]);
    assert!(!told.contains(MARK), "an address is not masked: {told}");
    let told: Value = serde_json::from_str(&told).unwrap();
    let incident = &told["incident"];
    assert_eq!((&incident["provider"], &incident["category"]), (&PROVIDER.into(), &"ip_reputation".into()));
    assert_eq!(incident["rejected"], live.refused(), "{incident:#}");
    assert_eq!(incident["attempts"], live.attempts(), "{incident:#}");
    assert_eq!((&told["lines"]["unparsed"], &told["lines"]["lost"]), (&0.into(), &0.into()));

    let report: Value = serde_json::from_str(&live.told(&["report", "--format", "json"])).unwrap();
    assert_eq!(report["incidents"].as_array().map(Vec::len), Some(1), "{:#}", report["incidents"]);
    let provider = |row: &&Value| row["provider"] == PROVIDER;
    let row = report["providers"].as_array().unwrap().iter().find(provider).unwrap();
    let records = || live.before.iter().chain(&live.since).filter(|record| record.host == HOST);
    assert_eq!(row["attempts"], records().count(), "{row:#}");
    for fate in ["delivered", "deferred", "rejected"] {
        let count = records().filter(|record| outcome(record) == fate).count();
        assert_eq!(row[fate], count, "{fate}: {row:#}");
    }
}

/// What the provider is told is what it said, as often as it said it, and no address.
fn dossier<M: Lively>(live: &Live<M>) {
    let told = live.told(&["export", "dossier", "--for", PROVIDER]);
    for words in [
        &format!("\n- {} times, ", live.refused()),
        "very low reputation of the sending IP address",
        "- [x] 192.0.2.7 (named in ",
        "- [x] lists.sender.example\n",
        "- [x] still running at ",
    ] {
        assert!(told.contains(words), "{words} is missing: {told}");
    }
    assert!(!told.contains(MARK), "an address is not masked: {told}");
    let output = live.ask(&["export", "dossier", "--for", "microsoft"], &live.logs());
    assert_eq!(output.status.code(), Some(1), "Outlook.com has no incident: {output:?}");
}

/// Those who do not exist are listed; nobody whom the provider refused for our sake.
fn suppression<M: Lively>(live: &Live<M>) {
    let output = live.ask(&["export", "suppression", "--format", "plain"], &live.logs());
    let (list, said) = (String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert_eq!(output.status.code(), Some(0), "{output:?}");
    let mut listed: Vec<&str> = list.lines().collect();
    listed.sort_unstable();
    assert_eq!(listed, live.unknown_users(), "{said}");
    assert!(said.contains(&format!("{} replies refused for IP reputation", live.refused())), "{said}");
    assert!(!list.contains(ANSWER), "{list}");
}
