//! What is set for good and what the command line says over it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use super::Misuse;
use crate::cli::{Check, Reading};
use crate::config::Config;
use crate::engine::{Own, Setup};
use crate::text::Clean;

/// The operator's folder, if there is one.
fn configured(named: Option<&Path>) -> anyhow::Result<Option<(PathBuf, Config)>> {
    let var = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
    let Some(folder) = Config::folder(named, var) else { return Ok(None) };
    let config = Config::load(&folder).map_err(|error| Misuse(error.to_string()))?;
    Ok(Some((folder, config)))
}

/// The knowledge of a configuration, with what it says of logs.
fn with_config(config: &Config) -> anyhow::Result<Setup> {
    let own = Own { providers: &config.providers, rules: &config.rules, formats: &config.formats };
    let mut setup = Setup::with(own).map_err(|error| Misuse(error.to_string()))?;
    let settings = &config.settings;
    let zones = settings.zones.iter().map(|(pattern, zone)| format!("{pattern}={zone}"));
    for zone in settings.log_zone.iter().cloned().chain(zones) {
        setup.set_zone(&zone).map_err(|why| Misuse(format!("config.toml: {why}")))?;
    }
    if let Some(format) = &settings.log_format {
        setup.read_as(format).map_err(|why| Misuse(format!("config.toml: {why}")))?;
    }
    Ok(setup)
}

/// What is configured, and what the command line says over it.
pub(super) fn setup(reading: &Reading) -> anyhow::Result<Setup> {
    let config = configured(reading.config.as_deref())?.map(|(_, config)| config).unwrap_or_default();
    let mut setup = with_config(&config)?;
    for zone in &reading.log_zone {
        setup.set_zone(zone).map_err(|why| Misuse(format!("--log-zone: {why}")))?;
    }
    if let Some(format) = &reading.log_format {
        setup.read_as(format).map_err(|why| Misuse(format!("--log-format: {why}")))?;
    }
    Ok(setup)
}

pub(super) fn check(args: &Check) -> anyhow::Result<()> {
    let Some((folder, config)) = configured(args.config.as_deref())? else {
        super::complain(
            "there is no configuration folder, and none is needed. One would be looked for at \
             $XDG_CONFIG_HOME/fivefifty, ~/.config/fivefifty and /etc/fivefifty.",
        );
        return Ok(());
    };
    with_config(&config)?;
    let mut out = io::stdout().lock();
    let name = Clean::from(folder.display().to_string().as_str());
    let files = ["config.toml", "providers.toml", "rules", "formats"];
    if files.iter().any(|file| folder.join(file).exists()) {
        writeln!(out, "{name}: in order")?;
    } else {
        writeln!(
            out,
            "{name}: there is nothing of ours in it: no config.toml, no providers.toml, no rules, no formats"
        )?;
    }
    for (path, _) in config.providers.iter().chain(&config.rules).chain(&config.formats) {
        writeln!(out, "  {}", Clean::from(path.as_str()))?;
    }
    Ok(())
}
