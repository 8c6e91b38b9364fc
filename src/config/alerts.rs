//! `[alerts]`: who is told of an incident, and how.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::{fs, io};

use crate::text::Clean;
use serde::Deserialize;
use serde::de::{Deserializer, Error};

/// What the operator wants to hear; what is not set stays as it is built in.
///
/// ```toml
/// [alerts]
/// bell = false
/// title = true
/// on-incident = ["/usr/local/bin/page", "--team", "mail"]
/// ```
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case", default)]
pub struct Alerts {
    /// Whether the console rings the terminal's bell at a new incident; it does where nothing is set.
    pub bell: Option<bool>,
    /// Whether the console sets the window's title; it does where nothing is set.
    pub title: Option<bool>,
    /// The program that is told of incidents, by its whole path, and its arguments.
    pub on_incident: Option<Program>,
}

/// A program and its arguments: run as it is, without a shell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Program {
    /// Its whole path.
    pub path: PathBuf,
    /// What it gets.
    pub arguments: Vec<String>,
}

impl<'de> Deserialize<'de> for Program {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let words: Vec<String> = Vec::deserialize(deserializer)?;
        let Some((program, arguments)) = words.split_first() else {
            return Err(D::Error::custom("it names no program; leave it out for none"));
        };
        // What a search path finds may be another program elsewhere.
        if !program.starts_with('/') {
            let told = program.escape_debug();
            return Err(D::Error::custom(format_args!("`{told}` is no whole path: it must begin with `/`")));
        }
        Ok(Self { path: PathBuf::from(program), arguments: arguments.to_vec() })
    }
}

/// Why others could write a file that names a program to run, as `ssh` and `sudo` ask of theirs: it, and
/// every folder that it lies in, must belong to whoever runs this or to root, and be written by nobody
/// else. A folder where nobody can replace what is another's (the sticky bit) is well.
///
/// # Errors
/// What the system says, where it cannot be told.
pub(super) fn loose(path: &Path) -> io::Result<Option<String>> {
    // A new file belongs to whoever runs this.
    let me = tempfile::tempfile()?.metadata()?.uid();
    for one in path.canonicalize()?.ancestors() {
        let meta = fs::metadata(one)?;
        let by_others = meta.mode() & 0o022 != 0 && !(meta.is_dir() && meta.mode() & 0o1000 != 0);
        let name = Clean::path(one);
        if ![0, me].contains(&meta.uid()) {
            return Ok(Some(format!("{name} belongs to somebody else, and it names a program to run")));
        }
        if by_others {
            return Ok(Some(format!(
                "others can write {name}, and what is in there names a program to run: chmod go-w it"
            )));
        }
    }
    Ok(None)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::fs;
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::PathBuf;

    use super::{Alerts, loose};

    #[test]
    fn a_program_is_a_whole_path_and_its_arguments() {
        let alerts: Alerts =
            toml::from_str("bell = false\non-incident = [\"/bin/page\", \"--team\", \"a b; $(reboot)\"]")
                .unwrap();
        let program = alerts.on_incident.unwrap();
        assert_eq!((alerts.bell, alerts.title), (Some(false), None));
        assert_eq!(program.path, PathBuf::from("/bin/page"));
        assert_eq!(program.arguments, ["--team", "a b; $(reboot)"]);
        for (wrong, told) in [
            ("on-incident = []", "names no program"),
            ("on-incident = [\"page\"]", "no whole path"),
            ("on-incident = \"/bin/page\"", "expected a sequence"),
            ("bel = true", "unknown field `bel`"),
            ("bell = \"no\"", "expected a boolean"),
        ] {
            let said = toml::from_str::<Alerts>(wrong).unwrap_err().to_string();
            assert!(said.contains(told), "{wrong}: {said}");
        }
    }

    #[test]
    fn a_file_that_others_can_write_names_no_program() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("config.toml");
        fs::write(&path, "").unwrap();
        let chmod = |path: &std::path::Path, mode| {
            fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            loose(&folder.path().join("config.toml")).unwrap()
        };
        assert_eq!(chmod(&path, 0o644), None);
        assert!(chmod(&path, 0o664).unwrap().contains("others can write"));
        assert!(chmod(&path, 0o602).is_some());
        assert_eq!(chmod(&path, 0o600), None);
        assert!(chmod(folder.path(), 0o777).is_some(), "the file could be replaced");
        assert_eq!(chmod(folder.path(), 0o1777), None, "it could not");
    }
}
