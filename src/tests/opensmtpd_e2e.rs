//! A real OpenSMTPD delivers to a scripted SMTP sink; the report on its log must agree exactly with
//! what the sink says it answered, folded to recipients, less what the table in `mta/opensmtpd.rs`
//! says that it does not log.
//!
//! Needs root, an address that is not of the loopback network (OpenSMTPD asks for A records only
//! where there is one), the package `dnsmasq-base`, and OpenSMTPD unpacked by `.ci/mta-roots` where
//! `FIVEFIFTY_MTA_ROOTS` says, so it runs only where `FIVEFIFTY_E2E=1` asks for it, as `.ci/run`
//! does. `FIVEFIFTY_E2E_KEEP=DIR` keeps the log.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

#[path = "mta/live/mod.rs"]
mod live;
mod mta;
#[path = "mta/opensmtpd.rs"]
mod opensmtpd;
#[path = "mta/root.rs"]
mod root;
#[path = "mta/syslog.rs"]
mod syslog;

use std::fs;

use mta::{Mta, compare, play};
use opensmtpd::OpenSmtpd;

#[test]
fn the_report_on_a_real_opensmtpd_log_is_what_the_servers_answered() {
    let Some(played) = play::play("opensmtpd_e2e", OpenSmtpd::start) else { return };
    let (expected, log) = (&played.expected, played.scene.mta.log());
    assert!(expected.non_final > 0, "the script must make OpenSMTPD hear refusals");
    let differences = compare::against(expected, log);
    let log = fs::read_to_string(log).unwrap();
    assert_eq!(differences, Vec::<String>::new(), "{}\n{log}", differences.join("\n"));
}

#[test]
fn the_report_on_a_recorded_opensmtpd_log_is_what_the_servers_answered() {
    compare::recorded("opensmtpd");
}

#[test]
fn an_incident_in_live_traffic_is_told_and_counted() {
    live::play("opensmtpd_live", OpenSmtpd::start);
}
