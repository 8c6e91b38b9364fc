//! The demo's log through the same program that reads production logs: every line is understood, and
//! each scenario is found to be what it is.

#![expect(clippy::unwrap_used, clippy::expect_used, reason = "a test fails by panicking")]

use std::fs;
use std::process::Command;

use fivefifty::demo::{CALM, Demo, Options, Scenario};
use fivefifty::model::Moment;
use serde_json::Value;

/// 2026-11-21 03:00:00 UTC.
const START: Moment = Moment::from_seconds(1_795_230_000);

/// The report on twenty minutes of calm, and the incident until two minutes after its onset.
fn report(scenario: Scenario) -> Value {
    let dir = tempfile::tempdir().unwrap();
    let mut demo =
        Demo::new(Options { scenario, speed: 1.0, seed: 11, dir: dir.path().to_owned(), start: START });
    let mut lines = Vec::new();
    demo.step(START.plus_millis(-20 * 60_000), &mut lines);
    lines.clear();
    demo.step(START.plus_millis(CALM + 120_000), &mut lines);
    fs::write(demo.log(), lines).unwrap();
    let output = Command::new(env!("CARGO_BIN_EXE_fivefifty"))
        .args(["report", "--format", "json"])
        .arg(demo.log())
        .output()
        .expect("the binary runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let report: Value = serde_json::from_slice(&output.stdout).expect("JSON");
    assert_eq!(report["lines"]["unparsed"], 0);
    assert_eq!(report["lines"]["lost"], 0);
    report
}

/// Rejections with a code, by category; with a provider, only its own.
fn rejected(report: &Value, provider: Option<&str>, category: Option<&str>) -> u64 {
    let cells = report["cells"].as_array().expect("cells").iter();
    cells
        .filter(|cell| cell["code"].as_u64().is_some_and(|code| code >= 500))
        .filter(|cell| provider.is_none_or(|id| cell["provider"] == id))
        .filter(|cell| category.is_none_or(|id| cell["category"] == id))
        .map(|cell| cell["count"].as_u64().expect("count"))
        .sum()
}

/// The report tells one kind of incident, of this category, that began when the demo's did.
fn assert_incident(report: &Value, provider: Option<&str>, category: &str) {
    let incidents = report["incidents"].as_array().expect("incidents");
    assert!(!incidents.is_empty(), "{category}: no incident was found");
    for incident in incidents {
        assert_eq!(incident["category"], category, "{incident}");
        assert!(incident["until"].is_null(), "it still runs: {incident}");
        let onset = incident["onset"].as_str().expect("onset");
        assert!(("2026-11-21T03:00:15".."2026-11-21T03:01:30").contains(&onset), "{category} onset {onset}");
    }
    if let Some(provider) = provider {
        assert_eq!(incidents[0]["provider"], provider);
    }
}

#[test]
fn a_calm_send_is_no_incident() {
    let report = report(Scenario::Calm);
    assert_eq!(report["incidents"], serde_json::json!([]));
}

#[test]
fn gmails_words_about_the_sending_ips_are_an_ip_reputation_incident_at_gmail() {
    let report = report(Scenario::GmailReputation);
    let gmail = rejected(&report, Some("gmail"), None);
    assert!(rejected(&report, Some("gmail"), Some("ip_reputation")) * 10 > gmail * 8);
    assert_incident(&report, Some("gmail"), "ip_reputation");
}

#[test]
fn outlooks_5_7_515_is_an_authentication_incident_at_outlook_com() {
    let report = report(Scenario::Outlook515);
    let outlook = rejected(&report, Some("microsoft-consumer"), None);
    assert!(rejected(&report, Some("microsoft-consumer"), Some("auth_failure")) * 10 > outlook * 9);
    assert_incident(&report, Some("microsoft-consumer"), "auth_failure");
}

#[test]
fn unknown_users_everywhere_are_a_list_quality_incident() {
    let report = report(Scenario::ListQuality);
    assert!(rejected(&report, None, Some("user_unknown")) * 10 > rejected(&report, None, None) * 8);
    assert_incident(&report, None, "user_unknown");
}

#[test]
fn several_providers_own_words_about_one_content_are_a_content_incident() {
    let report = report(Scenario::Content);
    assert!(rejected(&report, None, Some("content_spam")) * 10 > rejected(&report, None, None) * 7);
    assert_incident(&report, None, "content_spam");
}

#[test]
fn rejections_that_name_a_list_are_a_blocklist_incident() {
    let report = report(Scenario::Blocklist);
    assert!(rejected(&report, None, Some("blocklist")) * 10 > rejected(&report, None, None) * 9);
    assert_incident(&report, None, "blocklist");
}
