//! A real Exim delivers to a scripted SMTP sink; the reports on its main log and on the same lines
//! through syslog must agree exactly with what the sink says it answered, folded to recipients.
//!
//! Needs root, the package `dnsmasq-base`, and Exim unpacked by `.ci/mta-roots` where
//! `FIVEFIFTY_MTA_ROOTS` says, so it runs only where `FIVEFIFTY_E2E=1` asks for it, as `.ci/run`
//! does. `FIVEFIFTY_E2E_KEEP=DIR` keeps the log.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "mta/exim.rs"]
mod exim;
#[path = "mta/hold.rs"]
mod hold;
#[path = "mta/live/mod.rs"]
mod live;
mod mta;
#[path = "mta/root.rs"]
mod root;
#[path = "mta/syslog.rs"]
mod syslog;

use std::fs;

use exim::Exim;
use mta::{Mta, compare, play};

#[test]
fn the_report_on_a_real_exim_log_is_what_the_servers_answered() {
    let Some(played) = play::play("exim_e2e", Exim::start) else { return };
    let expected = &played.expected;
    assert!(expected.suspended > 0 && expected.non_final > 0, "the script must make Exim skip and go on");
    let syslog = fs::read_to_string(played.scene.mta.syslog()).unwrap();
    assert!(syslog.contains("]: [2/"), "syslog must carry long lines in pieces");
    for log in [played.scene.mta.log(), played.scene.mta.syslog()] {
        let differences = compare::against(expected, log);
        let log = fs::read_to_string(log).unwrap();
        assert_eq!(differences, Vec::<String>::new(), "{}\n{log}", differences.join("\n"));
    }
}

#[test]
fn the_report_on_a_recorded_exim_log_is_what_the_servers_answered() {
    compare::recorded("exim");
}

#[test]
fn an_incident_in_live_traffic_is_told_counted_and_its_mail_held() {
    let Some(mut live) = live::play("exim_live", Exim::start) else { return };
    hold::holds_and_lets_go(&mut live);
}
