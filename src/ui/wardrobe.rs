//! The themes to choose from, the one that is worn, and the one that is tried on.

use super::theme::{AUTO, Depth, Ground, Shelf, Theme, ThemeError};
use crate::text::Clean;

/// The themes, and what the terminal makes of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Wardrobe {
    shelf: Shelf,
    depth: Depth,
    ground: Option<Ground>,
    /// No colour, whatever is chosen.
    mono: bool,
    /// What was chosen: a theme's name, or `auto`.
    chosen: String,
    /// What was worn before something else is tried on.
    before: Option<(String, Theme)>,
    /// The row that is looked at.
    pub(super) at: usize,
    /// The file that keeps a choice for good.
    pub(super) file: Clean,
}

/// A row of the list.
#[derive(Debug)]
pub(super) struct Row {
    pub(super) name: String,
    /// What it is for, or what is wrong with it.
    pub(super) about: Result<String, String>,
    /// Whether the operator wrote it.
    pub(super) is_own: bool,
    /// Whether it was worn when the list was opened.
    pub(super) is_kept: bool,
}

impl Wardrobe {
    pub(super) fn new(shelf: Shelf, depth: Depth, ground: Option<Ground>, mono: bool, file: &str) -> Self {
        Self { shelf, depth, ground, mono, file: file.into(), ..Self::default() }
    }

    /// Chooses `name`; what it looks like on this terminal.
    pub(super) fn choose(&mut self, name: &str) -> Result<Theme, ThemeError> {
        let theme = self.look(name)?;
        name.clone_into(&mut self.chosen);
        Ok(theme)
    }

    /// What was chosen: a theme's name, or `auto`.
    pub(super) fn chosen(&self) -> &str {
        &self.chosen
    }

    /// No theme brings colour: `NO_COLOR`.
    pub(super) const fn is_mono(&self) -> bool {
        self.mono
    }

    fn look(&self, name: &str) -> Result<Theme, ThemeError> {
        let theme = self.shelf.for_ground(name, self.ground)?;
        let worn = if self.mono { self.shelf.theme("mono").unwrap_or(theme) } else { theme };
        Ok(worn.within(self.depth))
    }

    /// The names of the list.
    fn names(&self) -> Vec<&str> {
        let mut names = self.shelf.names();
        names.insert(1.min(names.len()), AUTO);
        names
    }

    /// How many rows the list has.
    pub(super) fn len(&self) -> usize {
        self.names().len()
    }

    /// The list.
    pub(super) fn rows(&self) -> Vec<Row> {
        let kept = self.before.as_ref().map_or(self.chosen.as_str(), |(name, _)| name);
        let row = |name: &str| Row {
            name: Clean::from(name).to_string(),
            about: match name {
                AUTO => Ok(match self.ground {
                    Some(Ground::Dark) => "Light or dark as the terminal is; it is dark.".to_owned(),
                    Some(Ground::Light) => "Light or dark as the terminal is; it is light.".to_owned(),
                    None => "Light or dark as the terminal says at the start.".to_owned(),
                }),
                _ => self.shelf.theme(name).map(|theme| theme.about().to_owned()).map_err(|why| why.line()),
            },
            is_own: self.shelf.is_own(name),
            is_kept: name == kept,
        };
        self.names().into_iter().map(row).collect()
    }

    /// Opens the list on what is worn now.
    pub(super) fn open(&mut self, worn: &Theme) {
        self.at = self.names().iter().position(|name| *name == self.chosen).unwrap_or(0);
        self.before = Some((self.chosen.clone(), worn.clone()));
    }

    /// Tries on the row that is looked at.
    pub(super) fn try_on(&mut self) -> Result<Theme, ThemeError> {
        let name = self.names().get(self.at).map_or_else(String::new, |name| (*name).to_owned());
        self.choose(&name)
    }

    /// Keeps what is tried on; its name.
    pub(super) fn keep(&mut self) -> &str {
        self.before = None;
        &self.chosen
    }

    /// Back to what was worn before.
    pub(super) fn put_back(&mut self) -> Option<Theme> {
        let (name, theme) = self.before.take()?;
        self.chosen = name;
        Some(theme)
    }

    /// The operator's files changed. What is worn now looks like; `Err` where it is no theme any more.
    pub(super) fn renew(&mut self, files: &[(String, Vec<u8>)]) -> Option<Result<Theme, ThemeError>> {
        let shelf = Shelf::with(files);
        if shelf == self.shelf {
            return None;
        }
        self.shelf = shelf;
        self.at = self.at.min(self.len().saturating_sub(1));
        // What is gone back to is what it has become meanwhile, where that is a theme.
        let before = self.before.as_ref().and_then(|(name, _)| self.look(name).ok());
        if let (Some((_, theme)), Some(newer)) = (&mut self.before, before) {
            *theme = newer;
        }
        Some(self.look(&self.chosen))
    }

    /// The mistakes of the operator's files, a line each.
    pub(super) fn mistakes(&self) -> Vec<String> {
        self.shelf.mistakes().into_iter().map(|wrong| ThemeError::Broken(vec![wrong]).line()).collect()
    }
}
