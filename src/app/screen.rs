//! Opens the console on what the engine reads.

use std::ffi::OsStr;
use std::path::PathBuf;
use std::sync::Arc;

use anyhow::Context;

use super::outgoing::Outgoing;
use super::{Misuse, configure, noted, renewal, settings};
use crate::cli::Look;
use crate::config::{Config, Sample};
use crate::engine::{Filter, Folder, Handle, Saved, Setup, Stop};
use crate::ui;

/// What a console shows beside the logs.
pub(super) struct Shown {
    /// What was decided at the start.
    pub(super) notices: Vec<String>,
    /// What the demo plays, when it is one.
    pub(super) demo: Option<String>,
    /// Where records are kept.
    pub(super) records: Option<Folder>,
    /// What is configured.
    pub(super) config: Config,
    /// The folder of that, where one was named.
    pub(super) folder: Option<PathBuf>,
    /// What was named to be read, and how it is read.
    pub(super) read: (Vec<String>, Setup),
    /// What is let through at the start, and filters that have a name.
    pub(super) filters: (Filter, Saved),
}

/// The theme to wear: the command line has the last word.
fn theme<'s>(look: &'s Look, config: &'s Config) -> &'s str {
    look.theme.as_deref().or(config.settings.theme.as_deref()).unwrap_or("default")
}

/// Says what is wrong with it before anything is opened for it.
pub(super) fn check_theme(look: &Look, config: &Config) -> anyhow::Result<()> {
    let Err(why) = ui::check_theme(theme(look, config), &config.themes) else { return Ok(()) };
    match &config.written {
        Some(written) if look.theme.is_none() => {
            Err(anyhow::anyhow!(written.remark("theme", why).to_string()))
        }
        _ => Err(Misuse(format!("--theme: {why}")).into()),
    }
}

/// Shows the console until the operator leaves it, then stops the engine.
pub(super) fn open(handle: Handle, look: &Look, shown: Shown, stop: Stop) -> anyhow::Result<()> {
    noted::beside_console(handle.clone(), stop.clone())?;
    let (paths, setup) = shown.read;
    // Where there is no state folder, what is written stands where the console was started.
    let exports =
        shown.records.as_ref().map_or_else(|| PathBuf::from("."), |records| records.path().join("exports"));
    let set = &shown.config.settings;
    let options = ui::Options {
        theme: theme(look, &shown.config).to_owned(),
        file: settings::shown_path(shown.folder.as_deref()),
        window: look.window.or(set.window).unwrap_or_default(),
        ascii: look.ascii.or(set.ascii).unwrap_or_else(|| !speaks_utf8()),
        mono: no_color(),
        keys: configure::bound(&shown.config),
        mouse: !look.no_mouse && set.mouse != Some(false),
        sample: set.sample.map_or(ui::STRINGS, |Sample(strings)| strings),
        redact: set.redact.unwrap_or(true),
        bell: !look.no_bell && set.alerts.bell != Some(false),
        title: set.alerts.title != Some(false),
        themes: shown.config.themes.clone(),
        renewed: Some(renewal::beside_console(shown.folder, look.clone(), shown.config, stop.clone())?),
        notices: shown.notices,
        // Who has never kept anything is shown the keys to begin with.
        is_first: shown.records.as_ref().is_some_and(|records| !records.path().exists()),
        records: shown.records,
        who: who(),
        exports: Some(Arc::new(Outgoing::new(paths, setup, exports))),
        demo: shown.demo,
        filter: shown.filters.0,
        filters: shown.filters.1,
        quit: stop.clone(),
    };
    let shown = ui::run(handle, options);
    stop.set();
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
pub(super) fn speaks_utf8() -> bool {
    let locale = ["LC_ALL", "LC_CTYPE", "LANG"]
        .into_iter()
        .filter_map(std::env::var_os)
        .find(|value| !value.is_empty());
    let says = |value: &OsStr| value.to_string_lossy().to_ascii_lowercase().replace('-', "").contains("utf8");
    std::env::var_os("TERM").is_none_or(|term| term != "linux") && locale.is_none_or(|value| says(&value))
}

/// Whether this terminal can do nothing but print: it says so itself.
pub(super) fn is_dumb() -> bool {
    std::env::var_os("TERM").is_some_and(|term| term == "dumb")
}

/// Whether the operator wants no colour, in whatever theme: <https://no-color.org>.
pub(super) fn no_color() -> bool {
    std::env::var_os("NO_COLOR").is_some_and(|value| !value.is_empty())
}
