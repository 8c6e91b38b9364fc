//! What is set for good and what the command line says over it.

use std::io::{self, Write};
use std::path::{Path, PathBuf};

use anyhow::bail;

use super::settings::var;
use super::{Misuse, noted, zone};
use crate::cli::{Check, CheckFormat, Reading};
use crate::config::{Config, ConfigError, Floors, Keys, Share};
use crate::engine::{
    FilterError, Knowledge, KnowledgeError, Own, Remark, RunError, Saved, Setup, Thresholds, ThresholdsError,
    built_in_trees, tree_failures,
};
use crate::report::{self, Checked};
use crate::text::Clean;
use crate::text::remark::Page;
use crate::ui;

/// Mistakes that are told at a start.
const TOLD: usize = 8;

/// The operator's folder, if there is one.
fn configured(named: Option<&Path>) -> anyhow::Result<Option<(PathBuf, Config)>> {
    let Some(folder) = Config::folder(named, var) else {
        noted::settings(None, &Config::default());
        return Ok(None);
    };
    let config = loaded(&folder)?;
    noted::settings(Some(&folder), &config);
    zone::set(&config.settings);
    Ok(Some((folder, config)))
}

/// What is in the folder. A folder that is not there is a mistake in the call; what is wrong in it, is not.
pub(super) fn loaded(folder: &Path) -> anyhow::Result<Config> {
    Config::load(folder).map_err(|error| match error {
        ConfigError::Wrong(wrong) => mistaken(all(folder, wrong)),
        other if !folder.is_dir() => Misuse(other.to_string()).into(),
        other => anyhow::anyhow!(other.to_string()),
    })
}

/// The mistakes in the settings, and those beside them.
fn all(folder: &Path, wrong: KnowledgeError) -> KnowledgeError {
    let beside = Config::default().with_knowledge(folder).ok();
    match beside.and_then(|config| with_config(&config).err()) {
        Some(others) => wrong.and(others),
        None => wrong,
    }
}

/// As many mistakes as are told where something else was asked for.
pub(super) fn mistaken(wrong: KnowledgeError) -> anyhow::Error {
    anyhow::anyhow!(wrong.first(TOLD).to_string())
}

/// The knowledge of a configuration, with what it says of logs.
fn with_config(config: &Config) -> Result<Setup, KnowledgeError> {
    let Config { providers, rules, formats, trees, .. } = config;
    let own = Own { providers, rules, formats, trees };
    let mut mistakes: Vec<Remark> =
        config.unread.iter().map(|(path, why)| Remark::on_file(path, why.clone())).collect();
    mistakes.extend(keys(config));
    let setup = match Setup::with(own) {
        Ok(setup) => Some(setup),
        Err(RunError::Rules(wrong)) => {
            mistakes.extend(wrong.mistakes);
            if wrong.more > 0 {
                // What is told is bounded; what is counted is not.
                let told = KnowledgeError::new(mistakes);
                return Err(KnowledgeError { more: told.more + wrong.more, ..told });
            }
            None
        }
        Err(RunError::Formats(wrong)) => {
            mistakes.push(Remark::on_file(&wrong.file, format!("{}: {}", wrong.field, wrong.reason)));
            None
        }
        Err(other) => {
            mistakes.push(Remark::on_file("the knowledge in this program", other.to_string()));
            None
        }
    };
    if let Err(wrong) = filters(config) {
        mistakes.extend(wrong);
    }
    match setup {
        Some(mut setup) if mistakes.is_empty() => {
            settle(&mut setup, config)?;
            Ok(setup)
        }
        _ => Err(KnowledgeError::new(mistakes)),
    }
}

/// The filters that have a name.
///
/// # Errors
/// Where in the file one of them is wrong.
pub(super) fn filters(config: &Config) -> Result<Saved, Vec<Remark>> {
    let set = &config.settings.filters;
    let pairs = set.iter().map(|(name, text)| (name.clone(), text.get_ref().clone()));
    Saved::new(pairs).map_err(|wrong| {
        let (file, text) = place(config);
        let page = Page::new(file, text);
        let remark = |(name, error): (String, FilterError)| {
            let span = set.get(&name).map_or(0..0, toml::Spanned::span);
            // The quote before it is the file's, not the filter's.
            let at = (span.start + 1 + error.at).min(span.end.saturating_sub(1)).max(span.start);
            page.remark(at, None, format!("filters.{name}: {}", error.reason))
        };
        wrong.into_iter().map(remark).collect()
    })
}

/// What `config.toml` says of logs and of incidents.
fn settle(setup: &mut Setup, config: &Config) -> Result<(), Remark> {
    let settings = &config.settings;
    let wrong = |key: &'static str| {
        move |what: String| match &config.written {
            Some(written) => written.remark(key, what),
            None => Remark::on_file("config.toml", what),
        }
    };
    let floors = thresholds(&settings.thresholds).map_err(|error| format!("[thresholds]: {error}"));
    setup.thresholds = floors.map_err(wrong(""))?;
    let zones = settings.zones.iter().map(|(pattern, zone)| format!("{pattern}={zone}"));
    settings.log_zone.iter().try_for_each(|zone| setup.set_zone(zone)).map_err(wrong("log-zone"))?;
    zones.into_iter().try_for_each(|zone| setup.set_zone(&zone)).map_err(wrong("zones"))?;
    settings.log_format.iter().try_for_each(|format| setup.read_as(format)).map_err(wrong("log-format"))
}

/// Keys as the console takes them.
pub(super) fn bound(config: &Config) -> Vec<(String, Vec<String>)> {
    let Keys(keys) = &config.settings.keys;
    keys.iter().map(|bound| (bound.id.clone(), bound.keys.clone())).collect()
}

/// What is wrong with the keys that are set, each where it stands.
pub(super) fn keys(config: &Config) -> Vec<Remark> {
    let (file, text) = place(config);
    let page = Page::new(file, text);
    let Keys(keys) = &config.settings.keys;
    let refused = ui::check_keys(&bound(config)).err().unwrap_or_default();
    let told = refused.into_iter().map(|refused| {
        let what = format!("[keys]: {}", refused.what);
        match keys.get(refused.at) {
            Some(bound) => page.quoting(&(bound.at..bound.at), None, what),
            None => Remark::on_file(file, what),
        }
    });
    told.collect()
}

/// Path and text of the file of settings.
fn place(config: &Config) -> (&str, &str) {
    config.written.as_ref().map_or(("config.toml", ""), |written| (&written.path, &written.text))
}

/// The built-in thresholds with those that are set over them.
fn thresholds(set: &Floors) -> Result<Thresholds, ThresholdsError> {
    let own = Thresholds::default();
    let share = |set: Option<Share>, own| set.map_or(own, |Share(share)| share);
    let thresholds = Thresholds {
        calm: share(set.calm, own.calm),
        incident: share(set.incident, own.incident),
        unknown_users: share(set.unknown_users, own.unknown_users),
        incident_is_set: set.incident.is_some(),
        unknown_users_is_set: set.unknown_users.is_some(),
        complaints_warn: share(set.complaints_warn, own.complaints_warn),
        complaints_limit: share(set.complaints_limit, own.complaints_limit),
        fewest: set.fewest.unwrap_or(own.fewest),
    };
    thresholds.checked()
}

/// What is configured, and what the command line says over it.
pub(super) fn setup(reading: &Reading) -> anyhow::Result<Setup> {
    with_config_of(reading).map(|(setup, _)| setup)
}

/// The same, with what else is configured.
pub(super) fn with_config_of(reading: &Reading) -> anyhow::Result<(Setup, Config)> {
    let config = configured(reading.config.as_deref())?.map(|(_, config)| config).unwrap_or_default();
    let mut setup = with_config(&config).map_err(mistaken)?;
    for zone in &reading.log_zone {
        setup.set_zone(zone).map_err(|why| Misuse(format!("--log-zone: {why}")))?;
    }
    if let Some(format) = &reading.log_format {
        setup.read_as(format).map_err(|why| Misuse(format!("--log-format: {why}")))?;
    }
    Ok((setup, config))
}

pub(super) fn check(args: &Check) -> anyhow::Result<()> {
    if args.built_in {
        let knowledge = Knowledge::embedded()?;
        let lint = knowledge.lint(true);
        let broken = KnowledgeError::new(knowledge.failures().into_iter().chain(tree_failures()).collect());
        let outline = built_in_trees()?;
        let (name, files) = ("built in".to_owned(), Vec::new());
        return tell(
            args,
            &match broken.mistakes.is_empty() {
                true => Checked::fine(name, files, lint).with_trees(&outline, &outline, false),
                false => Checked::wrong(name, files, broken),
            },
        );
    }
    let Some((folder, config)) = configured(args.config.as_deref())? else {
        super::complain(
            "there is no configuration folder, and none is needed. One would be looked for at \
             $XDG_CONFIG_HOME/fivefifty, ~/.config/fivefifty and /etc/fivefifty.",
        );
        return Ok(());
    };
    let settings = folder.join("config.toml");
    let settings = settings.exists().then(|| Clean::path(settings).to_string());
    let names = [&config.providers, &config.formats].into_iter().flatten().map(|(path, _)| path);
    let rules = config.rules.iter().chain(&config.trees).chain(&config.themes).map(|(path, _)| path);
    let files: Vec<String> = settings.into_iter().chain(names.chain(rules).cloned()).collect();
    let folder = Clean::path(folder).to_string();
    tell(
        args,
        &match with_config(&config).and_then(|setup| with_themes(&config).map(|()| setup)) {
            Ok(setup) => {
                let ours = built_in_trees()?;
                let fine = Checked::fine(folder, files, setup.knowledge.lint(false));
                let overruled = setup.trees.overruled();
                Checked { overruled, ..fine.with_trees(&setup.trees.outline(), &ours, true) }
            }
            Err(wrong) => Checked::wrong(folder, files, wrong),
        },
    )
}

/// Looks the operator's themes over, and which of all is to be worn.
fn with_themes(config: &Config) -> Result<(), KnowledgeError> {
    let mut mistakes = ui::theme_mistakes(&config.themes);
    if let (Some(name), Some(written)) = (&config.settings.theme, &config.written)
        && mistakes.is_empty()
    {
        let wrong = ui::check_theme(name, &config.themes).err();
        mistakes.extend(wrong.map(|why| written.remark("theme", why)));
    }
    if mistakes.is_empty() { Ok(()) } else { Err(KnowledgeError::new(mistakes)) }
}

fn tell(args: &Check, checked: &Checked) -> anyhow::Result<()> {
    let wrong = checked.mistakes();
    let text = match args.format {
        CheckFormat::Json => report::check_json(checked)?,
        CheckFormat::Text => report::check_text(checked, args.verbose),
    };
    if wrong > 0 && args.format == CheckFormat::Text {
        bail!("{text}");
    }
    io::stdout().lock().write_all(text.as_bytes())?;
    if wrong > 0 {
        bail!("{}: {wrong} mistakes", checked.folder);
    }
    Ok(())
}
