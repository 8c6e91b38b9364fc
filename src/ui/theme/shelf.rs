//! The themes there are: those inside the binary, and the operator's own over them.

use std::sync::Arc;

use super::written::{Written, styles};
use super::{Ground, Theme};
use crate::text::Clean;
use crate::text::remark::{Remark, nearest};

/// The name that stands for light or dark, as the terminal is.
pub(in crate::ui) const AUTO: &str = "auto";
/// How many themes may inherit from one another.
const DEPTH: usize = 8;
/// Bytes of a theme.
const BYTES: usize = 64 * 1024;

macro_rules! embedded {
    ($($name:literal),+ $(,)?) => {
        /// The themes inside the binary: name and file.
        const EMBEDDED: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../themes/", $name, ".toml")))),+];
    };
}

embedded!(
    "default",
    "dark",
    "light",
    "high-contrast",
    "mono",
    "deuteranopia",
    "tritanopia",
    "catppuccin",
    "catppuccin-latte",
    "gruvbox",
    "nord",
    "solarized",
    "solarized-light",
);

/// Why a theme could not be used.
#[derive(Clone, Debug, PartialEq, thiserror::Error)]
pub(in crate::ui) enum ThemeError {
    /// No theme has this name.
    #[error("no theme `{name}`{near}; there are {known}")]
    Unknown {
        /// The name asked for.
        name: Clean,
        /// `; did you mean …?`, or nothing.
        near: String,
        /// The names that there are.
        known: String,
    },
    /// The file is not a theme.
    #[error("{}", .0.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Broken(Vec<Remark>),
}

impl ThemeError {
    /// The first mistake in one line, for where there is room for no more.
    pub(in crate::ui) fn line(&self) -> String {
        match self {
            Self::Broken(wrong) => wrong.first().map_or_else(String::new, |first| {
                let path = first.file.rsplit('/').next().unwrap_or_default();
                let place =
                    if first.line == 0 { String::new() } else { format!(":{}:{}", first.line, first.column) };
                format!("{path}{place}: {}", first.what)
            }),
            Self::Unknown { name, near, .. } => format!("no theme `{name}`{near}"),
        }
    }
}

/// A theme of the operator's.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Own {
    name: Arc<str>,
    path: Arc<str>,
    text: Result<Arc<str>, &'static str>,
}

/// Every theme that can be chosen. An operator's own comes before one of ours of the same name.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(in crate::ui) struct Shelf {
    own: Arc<[Own]>,
}

impl Shelf {
    /// Ours, and these files: pairs of path and content.
    pub(in crate::ui) fn with(files: &[(String, Vec<u8>)]) -> Self {
        let own = files.iter().map(|(path, bytes)| {
            let name = path.rsplit('/').next().unwrap_or_default();
            let name = name.strip_suffix(".toml").unwrap_or(name);
            let text = match std::str::from_utf8(bytes) {
                _ if bytes.len() > BYTES => Err("it is larger than 64 KiB, which no theme is"),
                _ if name == AUTO => Err("`auto` stands for light or dark: give this theme another name"),
                _ if !is_name(name) => Err("a theme's name is made of letters, digits, `-` and `_`"),
                Ok(text) => Ok(text.into()),
                Err(_) => Err("it is not UTF-8"),
            };
            Own { name: name.into(), path: path.as_str().into(), text }
        });
        Self { own: own.collect() }
    }

    /// The names, ours first.
    pub(in crate::ui) fn names(&self) -> Vec<&str> {
        let ours = EMBEDDED.iter().map(|(name, _)| *name);
        let own = self.own.iter().map(|own| &*own.name);
        let new = own.filter(|name| !EMBEDDED.iter().any(|(ours, _)| ours == name));
        ours.chain(new).collect()
    }

    /// Whether the operator wrote the theme of this name.
    pub(in crate::ui) fn is_own(&self, name: &str) -> bool {
        self.own.iter().any(|own| *own.name == *name)
    }

    /// The theme `name`.
    pub(in crate::ui) fn theme(&self, name: &str) -> Result<Theme, ThemeError> {
        let (mut line, mut seen) = (Vec::new(), Vec::new());
        let mut next = self.find(name, &seen).ok_or_else(|| self.unknown(name))?;
        loop {
            let (path, text) = (next.path, next.text.map_err(|why| broken(next.path, why))?);
            let written = Written::read(path, text).map_err(ThemeError::Broken)?;
            seen.push((next.name.to_owned(), next.own));
            let parent = written.parent().map(|parent| (parent.to_owned(), self.find(parent, &seen)));
            line.push(written);
            let Some((parent, found)) = parent else { break };
            let last = &line[line.len() - 1];
            let wrong = |what| ThemeError::Broken(vec![last.on_parent(what)]);
            next = found.ok_or_else(|| wrong(self.unknown(&parent).line()))?;
            if seen.contains(&(next.name.to_owned(), next.own)) {
                return Err(wrong(format!(
                    "it inherits from itself through `{}`",
                    Clean::from(parent.as_str())
                )));
            }
            if line.len() == DEPTH {
                return Err(wrong(format!("more than {DEPTH} themes inherit from one another")));
            }
        }
        let about = line.first().map(Written::about).unwrap_or_default();
        Ok(Theme { name: name.into(), about, styles: styles(&line).map_err(ThemeError::Broken)? })
    }

    /// The theme `name`, or the one for this ground where it is `auto`.
    pub(in crate::ui) fn for_ground(&self, name: &str, ground: Option<Ground>) -> Result<Theme, ThemeError> {
        match (name, ground) {
            (AUTO, None) => self.theme("default"),
            (AUTO, Some(Ground::Dark)) => self.theme("dark"),
            (AUTO, Some(Ground::Light)) => self.theme("light"),
            (name, _) => self.theme(name),
        }
    }

    /// What is wrong with the operator's themes.
    pub(in crate::ui) fn mistakes(&self) -> Vec<Remark> {
        let wrong = self.own.iter().filter_map(|own| match self.theme(&own.name) {
            Err(ThemeError::Broken(wrong)) => Some(wrong),
            Ok(_) | Err(ThemeError::Unknown { .. }) => None,
        });
        let mut wrong: Vec<Remark> = wrong.flatten().collect();
        wrong.sort();
        wrong.dedup();
        wrong
    }

    /// The file of that name. A theme that inherits its own name gets ours.
    fn find(&self, name: &str, seen: &[(String, bool)]) -> Option<Found<'_>> {
        let ours = EMBEDDED.iter().find(|(known, _)| *known == name);
        let ours = ours.map(|(name, text)| Found { name, path: name, text: Ok(text), own: false });
        let is_itself = seen.last().is_some_and(|(last, own)| *own && last == name) && ours.is_some();
        let own = self.own.iter().find(|own| *own.name == *name && !is_itself);
        let own = own.map(|own| {
            let text = own.text.as_ref().map(|text| &**text).map_err(|why| *why);
            Found { name: &own.name, path: &own.path, text, own: true }
        });
        own.or(ours)
    }

    fn unknown(&self, name: &str) -> ThemeError {
        let mut known = self.names();
        known.push(AUTO);
        let near = nearest(name, &known);
        ThemeError::Unknown { name: name.into(), near, known: known.join(", ") }
    }
}

/// A file that was found.
struct Found<'s> {
    name: &'s str,
    path: &'s str,
    text: Result<&'s str, &'static str>,
    own: bool,
}

fn broken(path: &str, why: &str) -> ThemeError {
    ThemeError::Broken(vec![Remark::on_file(path, why.to_owned())])
}

fn is_name(name: &str) -> bool {
    !name.is_empty()
        && name.len() <= 40
        && name.chars().all(|c| c.is_ascii_alphanumeric() || "-_".contains(c))
}
