//! Opens the console on what the engine reads.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use anyhow::Context;

use super::outgoing::Outgoing;
use crate::cli::Look;
use crate::config::Alerts;
use crate::engine::{Folder, Handle, Setup};
use crate::ui;

/// What a console shows beside the logs.
pub(super) struct Shown {
    /// What was decided at the start.
    pub(super) notices: Vec<String>,
    /// What the demo plays, when it is one.
    pub(super) demo: Option<String>,
    /// Where records are kept.
    pub(super) records: Option<Folder>,
    /// What the operator wants to hear.
    pub(super) alerts: Alerts,
    /// What was named to be read, and how it is read.
    pub(super) read: (Vec<String>, Setup),
}

/// Shows the console until the operator leaves it, then stops the engine.
pub(super) fn open(handle: Handle, look: &Look, shown: Shown, stop: Arc<AtomicBool>) -> anyhow::Result<()> {
    let (paths, setup) = shown.read;
    // Where there is no state folder, what is written stands where the console was started.
    let exports =
        shown.records.as_ref().map_or_else(|| PathBuf::from("."), |records| records.path().join("exports"));
    let options = ui::Options {
        theme: look.theme.clone(),
        window: look.window,
        ascii: look.ascii || !speaks_utf8(),
        mono: no_color(),
        bell: !look.no_bell && shown.alerts.bell != Some(false),
        title: shown.alerts.title != Some(false),
        notices: shown.notices,
        records: shown.records,
        who: who(),
        exports: Some(Arc::new(Outgoing::new(paths, setup, exports))),
        demo: shown.demo,
        quit: Arc::clone(&stop),
        ..ui::Options::default()
    };
    let shown = ui::run(handle, options);
    stop.store(true, Ordering::Relaxed);
    shown.context("the console could not use this terminal")
}

/// Who the operator is: `user@host`, as far as this host says.
pub(super) fn who() -> String {
    let var = |name: &&str| std::env::var(name).ok().filter(|value| !value.is_empty());
    // Who is root by sudo has a name all the same.
    let user = ["SUDO_USER", "USER", "LOGNAME"].iter().find_map(var).unwrap_or_else(|| "operator".to_owned());
    let host = std::fs::read_to_string("/proc/sys/kernel/hostname").ok().or_else(|| var(&"HOSTNAME"));
    match host.as_deref().map(str::trim) {
        Some(host) if !host.is_empty() => format!("{user}@{host}"),
        _ => user,
    }
}

/// Whether the locale says that the terminal draws more than ASCII. Without any word on it, as in
/// many containers, it is taken to.
fn speaks_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty());
    let says = |value: &OsStr| value.to_string_lossy().to_ascii_lowercase().replace('-', "").contains("utf8");
    std::env::var_os("TERM").is_none_or(|term| term != "linux") && locale.is_none_or(|value| says(&value))
}

/// Whether the operator wants no colour, in whatever theme: <https://no-color.org>.
pub(super) fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
