//! A theme as its file writes it: a palette of names, a style for each role.

use std::collections::BTreeMap;
use std::ops::Range;

use ratatui::style::{Color, Modifier, Style};
use serde::Deserialize;
use toml::Spanned;

use super::Role;
use crate::text::Clean;
use crate::text::remark::{Page, Remark, meant, shown};

/// The sixteen colours of the terminal, by name.
pub(super) const NAMED: [&str; 17] = [
    "black",
    "red",
    "green",
    "yellow",
    "blue",
    "magenta",
    "cyan",
    "gray",
    "darkgray",
    "lightred",
    "lightgreen",
    "lightyellow",
    "lightblue",
    "lightmagenta",
    "lightcyan",
    "white",
    "reset",
];

/// The properties of a role that are no colours.
pub(super) const FACES: [&str; 5] = ["bold", "dim", "italic", "underline", "reverse"];

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default)]
    about: String,
    inherits: Option<Spanned<String>>,
    #[serde(default)]
    palette: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    roles: BTreeMap<Spanned<String>, Paint>,
}

#[derive(Deserialize, Default)]
#[serde(deny_unknown_fields, default)]
struct Paint {
    fg: Option<Spanned<String>>,
    bg: Option<Spanned<String>>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

/// What one file says, and where.
pub(super) struct Written<'a> {
    page: Page<'a>,
    file: File,
}

impl<'a> Written<'a> {
    /// Reads the file; what is wrong in it alone is told: its syntax, its roles, its palette.
    pub(super) fn read(path: &str, text: &'a str) -> Result<Self, Vec<Remark>> {
        let page = Page::new(path, text);
        let file: File = toml::from_str(text).map_err(|error| vec![page.refused(&error)])?;
        let mut wrong = Vec::new();
        for role in file.roles.keys() {
            let id = role.get_ref().as_str();
            if !Role::ALL.iter().any(|known| known.id() == id) {
                let known = Role::ALL.iter().map(|role| role.id());
                let what = format!("no role `{}`{}", shown(id), meant(id, known));
                wrong.push(page.quoting(&role.span(), None, what));
            }
        }
        for value in file.palette.values() {
            if let Err(what) = colour(value.get_ref(), None) {
                wrong.push(page.quoting(&value.span(), None, what));
            }
        }
        if wrong.is_empty() { Ok(Self { page, file }) } else { Err(wrong) }
    }

    /// What it is for.
    pub(super) fn about(&self) -> String {
        Clean::from(self.file.about.as_str()).to_string()
    }

    /// What it inherits from.
    pub(super) fn parent(&self) -> Option<&str> {
        self.file.inherits.as_ref().map(|name| name.get_ref().as_str())
    }

    /// A remark on what it inherits from.
    pub(super) fn on_parent(&self, what: String) -> Remark {
        let span = self.file.inherits.as_ref().map_or(0..0, Spanned::span);
        self.page.quoting(&span, None, what)
    }
}

/// The styles of `line`: a theme, what it inherits from, and so on. The palette of the first holds for
/// the roles of all.
pub(super) fn styles(line: &[Written<'_>]) -> Result<[Style; Role::ALL.len()], Vec<Remark>> {
    let mut palette: BTreeMap<&str, &str> = BTreeMap::new();
    for written in line.iter().rev() {
        palette.extend(
            written.file.palette.iter().map(|(name, value)| (name.as_str(), value.get_ref().as_str())),
        );
    }
    let (mut styles, mut wrong) = ([Style::new(); Role::ALL.len()], Vec::new());
    for (style, role) in styles.iter_mut().zip(Role::ALL) {
        let found = line.iter().find_map(|written| Some((written, written.file.roles.get(role.id())?)));
        let Some((written, paint)) = found else {
            let page = &line.first().map(|written| &written.page);
            let what =
                format!("role `{}` is missing; inherits = \"default\" brings what is not set", role.id());
            wrong.extend(page.map(|page| Remark::on_file(&page.file, what)));
            continue;
        };
        match paint.style(&palette) {
            Ok(painted) => *style = painted,
            Err((span, what)) => wrong.push(written.page.quoting(&span, None, what)),
        }
    }
    if wrong.is_empty() { Ok(styles) } else { Err(wrong) }
}

impl Paint {
    fn style(&self, palette: &BTreeMap<&str, &str>) -> Result<Style, (Range<usize>, String)> {
        let of = |name: &Option<Spanned<String>>| {
            name.as_ref()
                .map(|name| colour(name.get_ref(), Some(palette)).map_err(|what| (name.span(), what)))
                .transpose()
        };
        let mut modifier = Modifier::empty();
        modifier.set(Modifier::BOLD, self.bold);
        modifier.set(Modifier::DIM, self.dim);
        modifier.set(Modifier::ITALIC, self.italic);
        modifier.set(Modifier::UNDERLINED, self.underline);
        modifier.set(Modifier::REVERSED, self.reverse);
        Ok(Style { fg: of(&self.fg)?, bg: of(&self.bg)?, ..Style::new() }.add_modifier(modifier))
    }
}

/// A colour by its name in the palette or the terminal, `#rrggbb`, or 0–255.
fn colour(name: &str, palette: Option<&BTreeMap<&str, &str>>) -> Result<Color, String> {
    let value = palette.and_then(|palette| palette.get(name)).copied().unwrap_or(name);
    value.parse().map_err(|_| {
        let names = palette.into_iter().flat_map(|palette| palette.keys().copied());
        let near = if value.starts_with('#') {
            "; it is # and six digits, 0–9 and a–f".to_owned()
        } else {
            meant(value, names.chain(NAMED).collect::<Vec<_>>().into_iter())
        };
        format!("no colour `{}`{near}", shown(value))
    })
}
