//! The operator's folder: settings that hold for good, and knowledge of the operator's own.
//!
//! | file | what |
//! |---|---|
//! | `config.toml` | settings |
//! | `providers.toml` | rows that add to the table of providers, and override it |
//! | `rules/*.toml` | rules that come before ours |
//! | `formats/*.toml` | maps of JSON records |
//! | `trees/*.toml` | nodes, remedies and steps that come over ours |

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::io::Read as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use serde::Deserialize;

mod alerts;
mod thresholds;

pub use alerts::{Alerts, Program};
pub use thresholds::{Floors, Share};

/// Bytes of a file of rules or trees that are read: one more than such a file may have.
const BYTES: u64 = 1024 * 1024 + 1;
/// Files of rules, and of trees, that are read.
const FILES: usize = 200;

/// What is in the folder. Files are pairs of path and content.
#[derive(Clone, Debug, Default)]
pub struct Config {
    /// The settings.
    pub settings: Settings,
    /// Where the settings are, and what is written there; for the place of a mistake in them.
    pub written: Option<(String, String)>,
    /// Rows of providers.
    pub providers: Vec<(String, String)>,
    /// Rules, in the order of their files' names; at most 200 files, of each its first MiB and a byte.
    pub rules: Vec<(String, Vec<u8>)>,
    /// Trees, in the order of their files' names; at most 200 files, of each its first MiB and a byte.
    pub trees: Vec<(String, Vec<u8>)>,
    /// Files and folders of rules and trees that cannot be read, and why.
    pub unread: Vec<(String, String)>,
    /// Maps of JSON records, in the order of their files' names.
    pub formats: Vec<(String, String)>,
}

/// `config.toml`.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub struct Settings {
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
    /// Filters by their names, used as `@name`; each as it is written, and where in the file.
    #[serde(default)]
    pub filters: BTreeMap<String, toml::Spanned<String>>,
}

/// Why the folder cannot be used.
#[derive(Debug, thiserror::Error)]
pub enum ConfigError {
    /// It cannot be read.
    #[error("{}: {reason}", path.display())]
    Read {
        /// The file or folder.
        path: PathBuf,
        /// What the system says.
        reason: io::Error,
    },
    /// It is not what it must be.
    #[error("{}: {reason}", path.display())]
    Wrong {
        /// The file.
        path: PathBuf,
        /// What and where.
        reason: toml::de::Error,
    },
    /// Others could have written what it says is to be run.
    #[error("{}: {why}", path.display())]
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
        let home = || var("HOME").map(|home| home.join(".config"));
        let own = var("XDG_CONFIG_HOME").or_else(home).map(|config| config.join("fivefifty"));
        own.into_iter().chain([PathBuf::from("/etc/fivefifty")]).find(|folder| folder.is_dir())
    }

    /// Reads the folder.
    ///
    /// # Errors
    /// A folder or file that cannot be read, settings that are none.
    pub fn load(folder: &Path) -> Result<Self, ConfigError> {
        // A folder that was named and is not there is a mistake, not an empty one.
        fs::read_dir(folder).map_err(|reason| ConfigError::Read { path: folder.to_owned(), reason })?;
        let path = folder.join("config.toml");
        let written = text(&path)?;
        let settings = match &written {
            Some((_, text)) => toml::from_str::<Settings>(text)
                .map_err(|reason| ConfigError::Wrong { path: path.clone(), reason })?,
            None => Settings::default(),
        };
        if settings.alerts.on_incident.is_some()
            && let Some(why) =
                alerts::loose(&path).map_err(|reason| ConfigError::Read { path: path.clone(), reason })?
        {
            return Err(ConfigError::Loose { path, why });
        }
        let mut config = Self {
            settings,
            written,
            providers: text(&folder.join("providers.toml"))?.into_iter().collect(),
            formats: texts(&folder.join("formats"))?,
            ..Self::default()
        };
        config.rules = config.read(&folder.join("rules"));
        config.trees = config.read(&folder.join("trees"));
        Ok(config)
    }

    /// Reads the files of a folder. One that cannot be read hides no mistake in another.
    fn read(&mut self, folder: &Path) -> Vec<(String, Vec<u8>)> {
        let paths = paths(folder).unwrap_or_else(|error| {
            self.unread.push((folder.display().to_string(), format!("cannot be read: {error}")));
            Vec::new()
        });
        let mut files = Vec::new();
        for path in paths.iter().take(FILES) {
            let name = path.display().to_string();
            match bytes(path) {
                Ok(bytes) => files.push((name, bytes)),
                Err(error) => self.unread.push((name, format!("cannot be read: {error}"))),
            }
        }
        if paths.len() > FILES {
            let what = format!("it has {} files, and {FILES} are read: put them together", paths.len());
            self.unread.push((folder.display().to_string(), what));
        }
        files
    }
}

/// A file's path and content; `None` where there is none.
fn text(path: &Path) -> Result<Option<(String, String)>, ConfigError> {
    match fs::read_to_string(path) {
        Ok(text) => Ok(Some((path.display().to_string(), text))),
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

fn bytes(path: &Path) -> io::Result<Vec<u8>> {
    // A pipe would be waited for.
    if !fs::metadata(path)?.is_file() {
        return Err(io::Error::other("it is no file"));
    }
    let mut bytes = Vec::new();
    fs::File::open(path)?.take(BYTES).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::fs;
    use std::path::{Path, PathBuf};

    use super::Config;

    #[test]
    fn a_folder_is_read_whole_and_in_order() {
        let folder = tempfile::tempdir().unwrap();
        let write = |name: &str, text: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        };
        assert!(Config::load(folder.path()).unwrap().settings.log_zone.is_none(), "empty is fine");
        write("config.toml", "log-zone = \"UTC\"\n[zones]\n\"/a/*\" = \"+01:00\"\n");
        write("rules/b.toml", "b");
        write("rules/a.toml", "a");
        write("rules/a.toml~", "old");
        let config = Config::load(folder.path()).unwrap();
        assert_eq!(config.settings.log_zone.as_deref(), Some("UTC"));
        assert_eq!(config.settings.zones["/a/*"], "+01:00");
        assert_eq!(config.rules.iter().map(|(_, text)| text.as_slice()).collect::<Vec<_>>(), [b"a", b"b"]);
        assert!(config.unread.is_empty());
        fs::create_dir(folder.path().join("rules/aa.toml")).unwrap();
        fs::write(folder.path().join("rules/z.toml"), vec![b'#'; 3 << 20]).unwrap();
        let config = Config::load(folder.path()).unwrap();
        assert_eq!(config.rules[2].1.len(), (1 << 20) + 1, "no more than tells that it is too large");
        assert!(config.unread[0].0.ends_with("aa.toml") && config.unread[0].1.contains("no file"));
    }

    #[test]
    fn a_mistake_is_told_with_its_file_and_place() {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("config.toml"), "log-zone = \"UTC\"\nlog-fromat = \"exim\"\n").unwrap();
        let told = Config::load(folder.path()).unwrap_err().to_string();
        assert!(
            told.contains("config.toml") && told.contains("line 2") && told.contains("log-fromat"),
            "{told}"
        );
        let missing = Config::load(&folder.path().join("none")).unwrap_err().to_string();
        assert!(missing.contains("none: No such file"), "{missing}");
    }

    #[test]
    fn the_named_folder_comes_first_then_the_users() {
        let home = tempfile::tempdir().unwrap();
        let own = home.path().join(".config/fivefifty");
        fs::create_dir_all(&own).unwrap();
        let var = |name: &str| (name == "HOME").then(|| home.path().to_owned());
        assert_eq!(Config::folder(None, var), Some(own));
        assert_eq!(Config::folder(Some(Path::new("/x")), var), Some(PathBuf::from("/x")));
        let xdg = |name: &str| (name == "XDG_CONFIG_HOME").then(|| home.path().join(".config"));
        assert!(Config::folder(None, xdg).is_some());
    }
}
