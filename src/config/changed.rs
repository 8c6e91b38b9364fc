//! Which files of the folder changed since it was looked at last.

use std::path::{Path, PathBuf};
use std::time::SystemTime;

/// What the files of a folder look like from outside.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Mark(Vec<Seen>);

/// A file: when it was written last and how many bytes it has, where it is there.
type Seen = (Part, PathBuf, Option<(SystemTime, u64)>);

/// A part of the folder.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Part {
    /// `config.toml`.
    Settings,
    /// `themes/*.toml`.
    Themes,
    /// Providers, rules, formats, trees: read at the start.
    Knowledge,
}

impl Mark {
    /// Looks at the files; their contents are not read.
    #[must_use]
    pub fn of(folder: &Path) -> Self {
        let one = |part, path: PathBuf| {
            let meta = path.metadata().ok();
            let seen = meta.and_then(|meta| Some((meta.modified().ok()?, meta.len())));
            (part, path, seen)
        };
        let single = [(Part::Settings, "config.toml"), (Part::Knowledge, "providers.toml")];
        let mut files: Vec<_> = single.map(|(part, name)| one(part, folder.join(name))).into();
        for (part, name) in [
            (Part::Themes, "themes"),
            (Part::Knowledge, "rules"),
            (Part::Knowledge, "formats"),
            (Part::Knowledge, "trees"),
        ] {
            let paths = super::paths(&folder.join(name)).unwrap_or_default();
            files.extend(paths.into_iter().take(super::FILES).map(|path| one(part, path)));
        }
        Self(files)
    }

    /// The parts of which a file changed, came or went.
    #[must_use]
    pub fn changed_to(&self, newer: &Self) -> Vec<Part> {
        let of =
            |mark: &Self, part| mark.0.iter().filter(|(its, ..)| *its == part).cloned().collect::<Vec<_>>();
        [Part::Settings, Part::Themes, Part::Knowledge]
            .into_iter()
            .filter(|part| of(self, *part) != of(newer, *part))
            .collect()
    }
}
