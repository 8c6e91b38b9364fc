//! What the log of `--log-file` holds of incidents and settings.

use std::path::Path;
use std::thread;
use std::time::Duration;

use anyhow::Context as _;

use super::watch::is_read;
use crate::config::Config;
use crate::engine::{Alarms, Handle, Incident, Snapshot, Stop, Turn};
use crate::{diary, report};

/// How often the newest snapshot is looked at.
const TICK: Duration = Duration::from_secs(1);

/// Notes an incident that began, ended, or was found in what is over.
pub(super) fn incident(snapshot: &Snapshot, turn: Option<Turn>, incident: &Incident) {
    // Who hides the addresses of all strings that are kept has to read them.
    if !diary::is_open() {
        return;
    }
    let mut incident = incident.clone();
    report::redactor([snapshot], diary::masks()).mask(&mut incident);
    let turn = match turn {
        Some(Turn::Began) => "began",
        Some(Turn::Ended) => "ended",
        None => "found",
    };
    let line = report::incident_line(&incident);
    log::info!(target: "incident", "turn={turn} id={:?} told={:?}", incident.id.as_str(), line.trim_end());
}

/// Notes each incident that a console shows, beside it, until `stop` is set.
pub(super) fn beside_console(handle: Handle, stop: Stop) -> anyhow::Result<()> {
    if !diary::is_open() {
        return Ok(());
    }
    let noting = thread::Builder::new().name("diary".to_owned()).spawn(move || {
        let mut alarms = Alarms::default();
        while !stop.within(TICK) {
            let snapshot = handle.snapshot();
            if is_read(&snapshot) {
                alarms.hear(&snapshot).iter().for_each(|(turn, one)| incident(&snapshot, Some(*turn), one));
            }
        }
    });
    noting.map(drop).context("no thread to note incidents with")
}

/// Notes which settings hold, and masks from now on as they say.
pub(super) fn settings(folder: Option<&Path>, config: &Config) {
    diary::mask(config.settings.redact.unwrap_or(true));
    let file = config.written.as_ref().map(|written| written.path.as_str());
    let own = [&config.rules, &config.trees, &config.themes].map(Vec::len);
    log::info!(
        target: "settings",
        "folder={folder:?} file={file:?} providers={} formats={} rules={} trees={} themes={}",
        config.providers.len(),
        config.formats.len(),
        own[0],
        own[1],
        own[2]
    );
}
