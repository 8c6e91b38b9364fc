//! Colour by role: themes are TOML, views know only roles.

mod depth;
mod ground;
mod schema;
mod shelf;
mod written;

#[cfg(test)]
mod tests;

use std::sync::Arc;

use ratatui::style::Style;
use ratatui::text::Span;

pub(super) use depth::Depth;
pub(super) use ground::{Ground, Late, asked as ground_asked, of_answer, of_environment};
pub(super) use schema::schema;
pub(super) use shelf::{AUTO, Shelf, ThemeError};

macro_rules! roles {
    ($($(#[$meta:meta])* $role:ident = $id:literal, $about:literal);+ $(;)?) => {
        /// What a piece of the screen is for.
        #[derive(Copy, Clone, Debug, PartialEq, Eq)]
        pub(super) enum Role { $($(#[$meta])* #[doc = $about] $role),+ }

        impl Role {
            /// Every role.
            pub(super) const ALL: &'static [Self] = &[$(Self::$role),+];

            /// The name in a theme file.
            pub(super) const fn id(self) -> &'static str {
                match self { $(Self::$role => $id),+ }
            }

            /// What it is for.
            const fn about(self) -> &'static str {
                match self { $(Self::$role => $about),+ }
            }
        }
    };
}

roles! {
    Text = "text", "Everything else; its background fills the screen.";
    Dim = "dim", "What can be skipped.";
    Title = "title", "Headings.";
    Rule = "rule", "Rules between panels.";
    Accent = "accent", "The panel that has the keys, the name, links.";
    Key = "key", "A key that can be pressed.";
    Selected = "selected", "What is selected where the keys go.";
    Marked = "marked", "What is selected elsewhere.";
    Good = "good", "In order.";
    Warn = "warn", "Look.";
    Bad = "bad", "Act.";
    Fresh = "fresh", "Never seen before.";
    Evidence = "evidence", "The words that decided.";
    Bar = "bar", "A bar of a chart.";
    Alarm = "alarm", "A bar inside an incident.";
    Base = "base", "What it was before.";
}

/// A style for every role.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Theme {
    name: Arc<str>,
    about: String,
    styles: [Style; Role::ALL.len()],
}

impl Theme {
    /// The theme of this name inside the binary.
    #[cfg(test)]
    pub(super) fn named(name: &str) -> Result<Self, ThemeError> {
        Shelf::default().theme(name)
    }

    /// Its name.
    pub(super) fn name(&self) -> &str {
        &self.name
    }

    /// What it is for, in one sentence.
    pub(super) fn about(&self) -> &str {
        &self.about
    }

    /// The same with no colours but those that a terminal of this depth has.
    #[must_use]
    pub(super) fn within(mut self, depth: Depth) -> Self {
        self.styles.iter_mut().for_each(|style| *style = depth.reduce(*style));
        self
    }

    /// The style of `role`.
    pub(super) fn style(&self, role: Role) -> Style {
        self.styles[role as usize]
    }

    /// `text` in the style of `role`.
    pub(super) fn span<'a>(&self, role: Role, text: impl Into<std::borrow::Cow<'a, str>>) -> Span<'a> {
        Span::styled(text, self.style(role))
    }
}
