//! A real Postfix delivers to a scripted SMTP sink; the report on its log must agree exactly with
//! what the sink says it answered, folded to recipients.
//!
//! Needs root and the packages `postfix` and `dnsmasq-base`, so it runs only where
//! `FIVEFIFTY_E2E=1` asks for it, as `.ci/run` does. `FIVEFIFTY_E2E_KEEP=DIR` keeps the log.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "mta/hold.rs"]
mod hold;
#[path = "mta/live/mod.rs"]
mod live;
mod mta;
#[path = "mta/postfix.rs"]
mod postfix;

use std::fs;

use mta::{Mta, compare, play};
use postfix::Postfix;

#[test]
fn the_report_on_a_real_postfix_log_is_what_the_servers_answered() {
    let Some(played) = play::play("postfix_e2e", Postfix::start) else { return };
    let (expected, log) = (&played.expected, played.scene.mta.log());
    assert!(expected.suspended > 0 && expected.non_final > 0, "the script must make Postfix skip and go on");
    let differences = compare::against(expected, log);
    let log = fs::read_to_string(log).unwrap();
    assert_eq!(differences, Vec::<String>::new(), "{}\n{log}", differences.join("\n"));
}

#[test]
fn the_report_on_a_recorded_postfix_log_is_what_the_servers_answered() {
    compare::recorded("postfix");
}

#[test]
fn an_incident_in_live_traffic_is_told_counted_and_its_mail_held() {
    let Some(mut live) = live::play("postfix_live", Postfix::start) else { return };
    hold::holds_and_lets_go(&mut live);
}
