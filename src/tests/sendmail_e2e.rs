//! A real Sendmail delivers to a scripted SMTP sink; the report on its log must agree exactly with
//! what the sink says it answered, folded to recipients, less what the table in `mta/sendmail.rs`
//! says that it does not log.
//!
//! Needs root, the package `dnsmasq-base`, and Sendmail unpacked by `.ci/mta-roots` where
//! `FIVEFIFTY_MTA_ROOTS` says, so it runs only where `FIVEFIFTY_E2E=1` asks for it, as `.ci/run`
//! does. `FIVEFIFTY_E2E_KEEP=DIR` keeps the log.

#![expect(clippy::unwrap_used, clippy::expect_used, clippy::panic, reason = "a test fails by panicking")]

mod mta;
#[path = "mta/root.rs"]
mod root;
#[path = "mta/sendmail.rs"]
mod sendmail;
#[path = "mta/syslog.rs"]
mod syslog;

use std::fs;

use mta::{Mta, compare, play};
use sendmail::Sendmail;

#[test]
fn the_report_on_a_real_sendmail_log_is_what_the_servers_answered() {
    let Some(played) = play::play("sendmail_e2e", Sendmail::start) else { return };
    let (expected, log) = (&played.expected, played.scene.mta.log());
    assert!(expected.suspended > 0, "the script must make Sendmail leave hosts alone");
    let differences = compare::against(expected, log);
    let log = fs::read_to_string(log).unwrap();
    assert_eq!(differences, Vec::<String>::new(), "{}\n{log}", differences.join("\n"));
}

#[test]
fn the_report_on_a_recorded_sendmail_log_is_what_the_servers_answered() {
    compare::recorded("sendmail");
}
