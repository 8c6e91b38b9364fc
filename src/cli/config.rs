//! Arguments of config, and of whatever config.toml has a setting for, too.

use std::path::PathBuf;

use clap::{Args, Subcommand};

use super::Check;
use crate::model::Window;

/// Arguments of config.
#[derive(Debug, Args)]
#[command(
    after_help = "What is looked for: $XDG_CONFIG_HOME/fivefifty, ~/.config/fivefifty, /etc/fivefifty.\n\
        An editor with a TOML language server takes the schema by a first line\n  \
        #:schema ./config.schema.json\n\n\
        Exit codes: 0 done; 1 mistakes, or something could not be read or written; 2 wrong use."
)]
pub struct Config {
    /// What about it.
    #[command(subcommand)]
    pub what: ConfigWhat,
}

/// What can be done about the configuration.
#[derive(Debug, Subcommand)]
pub enum ConfigWhat {
    /// Write a first config.toml with every setting and its default, never over one that is there.
    Init(ConfigFolder),
    /// Print every setting as it holds, and where it comes from.
    Show(ConfigFolder),
    /// Look the folder over; the same as `fivefifty check`.
    Check(Check),
    /// Print the JSON schema of config.toml, for editors.
    Schema(ConfigSchema),
}

/// Which folder.
#[derive(Debug, Args)]
pub struct ConfigFolder {
    /// The folder; by default the one that would be used.
    #[arg(long, value_name = "DIR", env = "FIVEFIFTY_CONFIG", hide_env_values = true)]
    pub config: Option<PathBuf>,
}

/// Which schema.
#[derive(Debug, Args)]
pub struct ConfigSchema {
    /// The schema of a theme instead.
    #[arg(long)]
    pub theme: bool,
}

/// How a console looks. What is not given is as config.toml says, else as it is built in.
#[derive(Clone, Debug, Default, Args)]
pub struct Look {
    /// The window at the start: 1m, 5m, 15m, 1h, 6h or 24h [default: 5m]
    #[arg(long, value_name = "SPAN", value_parser = super::window)]
    pub window: Option<Window>,
    /// Show only this at the start, as `/` takes it: `provider:gmail source:192.0.2.0/24 !new`.
    #[arg(long, value_name = "EXPR")]
    pub filter: Option<String>,
    /// Colours: default, light, dark, mono, high-contrast, deuteranopia, tritanopia, catppuccin, gruvbox,
    /// nord, solarized, one of your own, or auto; T in the console shows them [default: default]
    #[arg(long, value_name = "NAME")]
    pub theme: Option<String>,
    /// Draw with ASCII characters only; `--ascii=false` where the locale says so wrongly.
    #[arg(long, value_name = "BOOL", num_args = 0..=1, require_equals = true, default_missing_value = "true")]
    pub ascii: Option<bool>,
    /// Leave clicks and the wheel to the terminal; M in the console takes them. For good: `mouse = false` in
    /// config.toml.
    #[arg(long)]
    pub no_mouse: bool,
    /// Do not ring the terminal's bell at a new incident.
    #[arg(long)]
    pub no_bell: bool,
}

/// Whether local parts of addresses are masked in what comes out.
#[derive(Clone, Debug, Default, Args)]
pub struct Redaction {
    /// Keep local parts of addresses as they are.
    #[arg(long)]
    pub no_redact: bool,
    /// Mask local parts of addresses, as is the default, whatever config.toml says.
    #[arg(long, conflicts_with = "no_redact")]
    pub redact: bool,
}

impl Redaction {
    /// Whether they are masked, where `set` is what config.toml says.
    #[must_use]
    pub fn masks(&self, set: Option<bool>) -> bool {
        self.redact || !self.no_redact && set.unwrap_or(true)
    }
}
