//! The operator's folder: settings that hold for good, and knowledge of the operator's own.
//!
//! | file | what |
//! |---|---|
//! | `config.toml` | settings |
//! | `providers.toml` | rows that add to the table of providers, and override it |
//! | `rules/*.toml` | rules that come before ours |
//! | `formats/*.toml` | maps of JSON records |
//! | `trees/*.toml` | nodes, remedies and steps that come over ours |
//! | `themes/*.toml` | themes for the console, beside ours |

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::text::Clean;
use serde::Deserialize;

mod alerts;
mod changed;
mod keys;
mod table;
mod thresholds;
mod written;

#[cfg(test)]
mod tests;

pub use alerts::{Alerts, Program};
pub use changed::{Mark, Part};
pub use keys::{Bound, Keys};
pub use table::{Kind, Setting, TABLE};
pub use thresholds::{Floors, Share};
pub use written::{Written, first, schema, shown};

use crate::model::{Window, Zone};
use crate::text::remark::KnowledgeError;

/// Bytes of a file of rules or trees that are read: one more than such a file may have.
const BYTES: u64 = 1024 * 1024 + 1;
/// Files of rules, and of trees, that are read.
const FILES: usize = 200;

/// What is in the folder. Files are pairs of path and content.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The settings.
    pub settings: Settings,
    /// The file that they stand in, if there is one.
    pub written: Option<Written>,
    /// Rows of providers.
    pub providers: Vec<(String, String)>,
    /// Rules, in the order of their files' names; at most 200 files, of each its first MiB and a byte.
    pub rules: Vec<(String, Vec<u8>)>,
    /// Trees, in the order of their files' names; at most 200 files, of each its first MiB and a byte.
    pub trees: Vec<(String, Vec<u8>)>,
    /// Themes, in the order of their files' names; at most 200 files, of each its first MiB and a byte.
    pub themes: Vec<(String, Vec<u8>)>,
    /// Files and folders of rules, trees and themes that cannot be read, and why.
    pub unread: Vec<(String, String)>,
    /// Maps of JSON records, in the order of their files' names.
    pub formats: Vec<(String, String)>,
}

/// `config.toml`.
#[derive(Clone, Debug, Default, PartialEq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
    /// What is read where nothing is named: files, patterns, folders.
    #[serde(default)]
    pub logs: Logs,
    /// The console's theme: a name, or `auto`.
    pub theme: Option<String>,
    /// Whether only ASCII is drawn.
    pub ascii: Option<bool>,
    /// Whether the console takes clicks and the wheel; it does where this is not set.
    pub mouse: Option<bool>,
    /// The console's window at the start.
    #[serde(default, deserialize_with = "window")]
    pub window: Option<Window>,
    /// How many strings a sample has, 20–30.
    pub sample: Option<Sample>,
    /// Whether local parts of addresses are masked in what comes out.
    pub redact: Option<bool>,
    /// The zone in which times are shown, and read where they name none.
    #[serde(default, deserialize_with = "timezone")]
    pub timezone: Option<String>,
    /// The zone of stamps that name none, as `--log-zone` takes it.
    pub log_zone: Option<String>,
    /// Whose lines all lines are, as `--log-format` takes it.
    pub log_format: Option<String>,
    /// Zones of particular logs: path or pattern to zone.
    #[serde(default)]
    pub zones: BTreeMap<String, String>,
    /// What incidents are measured against.
    #[serde(default)]
    pub thresholds: Floors,
    /// Who is told of an incident, and how.
    #[serde(default)]
    pub alerts: Alerts,
    /// Other keys for the console's actions.
    #[serde(default)]
    pub keys: Keys,
    /// Filters by their names, used as `@name`; each as it is written, and where in the file.
    #[serde(default)]
    pub filters: BTreeMap<String, toml::Spanned<String>>,
}

/// Logs by their whole paths, with patterns or not.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(try_from = "Vec<String>")]
pub struct Logs(pub Vec<String>);

impl TryFrom<Vec<String>> for Logs {
    type Error = String;

    fn try_from(paths: Vec<String>) -> Result<Self, String> {
        // Where a program is started from should not decide what it reads for good.
        match paths.iter().find(|path| !path.starts_with('/')) {
            Some(path) => Err(format!("`{}` is no whole path: it must begin with `/`", path.escape_debug())),
            None => Ok(Self(paths)),
        }
    }
}

/// How many strings a sample has, 20–30.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(try_from = "i64")]
pub struct Sample(pub usize);

impl TryFrom<i64> for Sample {
    type Error = String;

    fn try_from(strings: i64) -> Result<Self, String> {
        let is_well = (20..=30).contains(&strings);
        usize::try_from(strings).ok().filter(|_| is_well).map(Self).ok_or_else(|| {
            format!("a sample of {strings} strings is too few or too many: 20 to 30 are read at one sight")
        })
    }
}

fn timezone<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<String>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let wrong = |why: String| serde::de::Error::custom(why.escape_debug());
    text.parse::<Zone>().map_err(wrong)?;
    Ok(Some(text))
}

fn window<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<Window>, D::Error> {
    let text = String::deserialize(deserializer)?;
    text.parse().map(Some).map_err(|why: String| serde::de::Error::custom(why.escape_debug()))
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{}: {reason}", Clean::path(path))]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// It is not what it must be.
    #[error("{0}")]
    Wrong(KnowledgeError),
    /// Others could have written what it says is to be run.
    #[error("{}: {why}", Clean::path(path))]
    Loose {
        /// The file.
        path: PathBuf,
        /// What must be another way.
        why: String,
    },
}

impl Config {
    /// The folder to read: the named one, else the first that is there of the user's own and the
    /// host's.
    #[must_use]
    pub fn folder(named: Option<&Path>, var: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
        if let Some(named) = named {
            return Some(named.to_owned());
        }
        let own = Self::own_folder(var);
        own.into_iter().chain([PathBuf::from("/etc/fivefifty")]).find(|folder| folder.is_dir())
    }

    /// The user's own folder, whether it is there or not; `None` where there is no home.
    #[must_use]
    pub fn own_folder(var: impl Fn(&str) -> Option<PathBuf>) -> Option<PathBuf> {
        let home = || var("HOME").map(|home| home.join(".config"));
        var("XDG_CONFIG_HOME").or_else(home).map(|config| config.join("fivefifty"))
    }

    /// Reads the folder.
    ///
    /// # Errors
    /// A folder or file that cannot be read, settings that are none.
    pub fn load(folder: &Path) -> Result<Self, ConfigError> {
        // A folder that was named and is not there is a mistake, not an empty one.
        fs::read_dir(folder).map_err(|reason| ConfigError::Read { path: folder.to_owned(), reason })?;
        let settings = Self::settings(folder)?;
        settings.with_knowledge(folder)
    }

    /// The same beside settings that are there: what is known of replies, and how the console looks.
    ///
    /// # Errors
    /// A file that cannot be read.
    pub fn with_knowledge(self, folder: &Path) -> Result<Self, ConfigError> {
        let mut config = Self {
            providers: text(&folder.join("providers.toml"))?.into_iter().collect(),
            formats: texts(&folder.join("formats"))?,
            ..self
        };
        config.rules = config.read(&folder.join("rules"));
        config.trees = config.read(&folder.join("trees"));
        config.themes = config.read(&folder.join("themes"));
        Ok(config)
    }

    /// Reads the themes anew, beside settings that hold. What cannot be read is in `unread`.
    #[must_use]
    pub fn with_themes(mut self, folder: &Path) -> Self {
        self.themes = self.read(&folder.join("themes"));
        self
    }

    /// Reads the settings alone; a folder that is not there has none.
    ///
    /// # Errors
    /// A file that cannot be read, settings that are none.
    pub fn settings(folder: &Path) -> Result<Self, ConfigError> {
        let path = folder.join("config.toml");
        let Some((name, text)) = text(&path)? else { return Ok(Self::default()) };
        let settings: Settings =
            toml::from_str(&text).map_err(|_| ConfigError::Wrong(written::mistakes(&name, &text)))?;
        if settings.alerts.on_incident.is_some()
            && let Some(why) =
                alerts::loose(&path).map_err(|reason| ConfigError::Read { path: path.clone(), reason })?
        {
            return Err(ConfigError::Loose { path, why });
        }
        Ok(Self { settings, written: Some(Written::new(&name, text)), ..Self::default() })
    }

    /// Reads the files of a folder. One that cannot be read hides no mistake in another.
    fn read(&mut self, folder: &Path) -> Vec<(String, Vec<u8>)> {
        let paths = paths(folder).unwrap_or_else(|error| {
            self.unread.push((Clean::path(folder).to_string(), format!("cannot be read: {error}")));
            Vec::new()
        });
        let mut files = Vec::new();
        for path in paths.iter().take(FILES) {
            let name = Clean::path(path).to_string();
            match bytes(path) {
                Ok(bytes) => files.push((name, bytes)),
                Err(error) => self.unread.push((name, format!("cannot be read: {error}"))),
            }
        }
        if paths.len() > FILES {
            let what = format!("it has {} files, and {FILES} are read: put them together", paths.len());
            self.unread.push((Clean::path(folder).to_string(), what));
        }
        files
    }
}

/// A file's path and content; `None` where there is none.
fn text(path: &Path) -> Result<Option<(String, String)>, ConfigError> {
    match plain(path).and_then(|()| fs::read_to_string(path)) {
        Ok(text) => Ok(Some((Clean::path(path).to_string(), text))),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(reason) => Err(ConfigError::Read { path: path.to_owned(), reason }),
    }
}

/// The TOML files of a folder, by name; none where there is no folder.
fn texts(folder: &Path) -> Result<Vec<(String, String)>, ConfigError> {
    let paths = paths(folder).map_err(|reason| ConfigError::Read { path: folder.to_owned(), reason })?;
    Ok(paths.iter().map(|path| text(path)).collect::<Result<Vec<_>, _>>()?.into_iter().flatten().collect())
}

fn paths(folder: &Path) -> io::Result<Vec<PathBuf>> {
    let entries = match fs::read_dir(folder) {
        Ok(entries) => entries,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(reason) => return Err(reason),
    };
    let mut paths = entries.map(|entry| Ok(entry?.path())).collect::<io::Result<Vec<_>>>()?;
    paths.retain(|path| path.extension() == Some(OsStr::new("toml")));
    paths.sort();
    Ok(paths)
}

/// A pipe would be waited for, a device may never end; but `/dev/null` is a way to have no such file.
fn plain(path: &Path) -> io::Result<()> {
    match fs::metadata(path)?.is_file() || fs::canonicalize(path)? == Path::new("/dev/null") {
        true => Ok(()),
        false => Err(io::Error::other("it is no file")),
    }
}

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    plain(path)?;
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}
