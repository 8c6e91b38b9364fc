//! `fivefifty config`, and what config.toml says where the command line says nothing.

use std::fs::{DirBuilder, File};
use std::io::{self, ErrorKind, Write as _};
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};

use anyhow::{Context as _, bail};

use super::{Misuse, complain, configure, zone};
use crate::cli::{self, ConfigWhat};
use crate::config::{self, Config};
use crate::ui;

/// A variable of the environment, where it is one and not empty.
pub(super) fn var(name: &str) -> Option<PathBuf> {
    std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// What is read: what was named, else what is set; empty where this host's logs are to be found.
pub(super) fn logs(config: &Config, named: &[String]) -> Vec<String> {
    if named.is_empty() { config.settings.logs.0.clone() } else { named.to_vec() }
}

/// The settings that a demo takes over: how it looks.
pub(super) fn of_demo() -> anyhow::Result<Config> {
    let Some(folder) = Config::folder(var("FIVEFIFTY_CONFIG").as_deref(), var) else {
        return Ok(Config::default());
    };
    let config = Config::settings(&folder)?.with_themes(&folder);
    zone::set(&config.settings);
    Ok(config)
}

/// The same settings with our keys, and what is said of it, where the operator's have a mistake.
pub(super) fn of_known_keys(mut config: Config) -> (Config, Vec<String>) {
    let wrong = configure::keys(&config);
    let Some(first) = wrong.first() else { return (config, Vec::new()) };
    let said = format!("keys are as built in: {}: {}", first.place(), first.what);
    config.settings.keys = config::Keys::default();
    (config, vec![said])
}

/// The file that keeps settings, as it is shown: with `~` for the home.
pub(super) fn shown_path(named: Option<&Path>) -> String {
    let folder = Config::folder(named, var).or_else(|| Config::own_folder(var));
    let Some(file) = folder.map(|folder| folder.join("config.toml")) else { return String::new() };
    let inside = var("HOME").and_then(|home| file.strip_prefix(home).ok().map(Path::to_owned));
    inside.map_or_else(|| file.display().to_string(), |inside| format!("~/{}", inside.display()))
}

pub(super) fn config(args: &cli::Config) -> anyhow::Result<()> {
    match &args.what {
        ConfigWhat::Init(folder) => init(folder.config.as_deref()),
        ConfigWhat::Show(folder) => show(folder.config.as_deref()),
        ConfigWhat::Check(args) => configure::check(args),
        ConfigWhat::Schema(args) => {
            let schema = if args.theme { ui::theme_schema() } else { config::schema() };
            print(&(serde_json::to_string_pretty(&schema)? + "\n"))
        }
    }
}

/// Writes a first file, whole or not at all.
fn init(named: Option<&Path>) -> anyhow::Result<()> {
    let folder = named.map(Path::to_owned).or_else(|| Config::own_folder(var));
    let folder = folder
        .ok_or_else(|| Misuse("there is no home to write it to: name a folder with --config".to_owned()))?;
    let mut builder = DirBuilder::new();
    builder
        .recursive(true)
        .mode(0o755)
        .create(&folder)
        .with_context(|| format!("{}: cannot make this folder", folder.display()))?;
    let path = folder.join("config.toml");
    let mut file = match File::create_new(&path) {
        Ok(file) => file,
        Err(error) if error.kind() == ErrorKind::AlreadyExists => bail!(
            "{} is there already, and nothing was written. `fivefifty config show` tells what holds.",
            path.display()
        ),
        Err(error) => return Err(error).with_context(|| path.display().to_string()),
    };
    file.write_all(config::first().as_bytes()).with_context(|| path.display().to_string())?;
    complain(&format!(
        "wrote {}: every setting with its default, all commented out, so nothing has changed yet",
        path.display()
    ));
    Ok(())
}

/// Prints what holds.
fn show(named: Option<&Path>) -> anyhow::Result<()> {
    let folder = Config::folder(named, var);
    let config = match &folder {
        Some(folder) => configure::loaded(folder)?,
        None => Config::default(),
    };
    let from = match (&config.written, &folder) {
        (Some(written), _) => written.path.clone(),
        (None, Some(folder)) => format!("no config.toml in {}", folder.display()),
        (None, None) => "no config.toml; `fivefifty config init` writes one".to_owned(),
    };
    print(&format!("# {from}\n{}", config::shown(config.written.as_ref())))
}

fn print(text: &str) -> anyhow::Result<()> {
    let clean: Vec<String> = text.lines().map(|line| crate::text::Clean::from(line).to_string()).collect();
    let mut out = io::stdout().lock();
    out.write_all(clean.join("\n").as_bytes())?;
    out.write_all(b"\n")?;
    Ok(out.flush()?)
}
