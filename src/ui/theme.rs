//! Colour by role: themes are TOML, views know only roles.

use std::collections::BTreeMap;

use ratatui::style::{Color, Modifier, Style};
use ratatui::text::Span;
use serde::Deserialize;

macro_rules! roles {
    ($($(#[$meta:meta])* $role:ident = $id:literal),+ $(,)?) => {
        /// What a piece of the screen is for.
        #[derive(Copy, Clone, Debug, PartialEq, Eq)]
        pub(super) enum Role { $($(#[$meta])* $role),+ }

        impl Role {
            /// Every role.
            const ALL: &'static [Self] = &[$(Self::$role),+];

            /// The name in a theme file.
            const fn id(self) -> &'static str {
                match self { $(Self::$role => $id),+ }
            }
        }
    };
}

roles! {
    /// Everything else; its background fills the screen.
    Text = "text",
    /// What can be skipped.
    Dim = "dim",
    /// Headings.
    Title = "title",
    /// Rules between panels.
    Rule = "rule",
    /// The panel that has the keys, the name, links.
    Accent = "accent",
    /// A key that can be pressed.
    Key = "key",
    /// What is selected where the keys go.
    Selected = "selected",
    /// What is selected elsewhere.
    Marked = "marked",
    /// In order.
    Good = "good",
    /// Look.
    Warn = "warn",
    /// Act.
    Bad = "bad",
    /// Never seen before.
    Fresh = "fresh",
    /// The words that decided.
    Evidence = "evidence",
    /// A bar of a chart.
    Bar = "bar",
    /// A bar inside an incident.
    Alarm = "alarm",
    /// What it was before.
    Base = "base",
}

/// A style for every role.
#[derive(Clone, Debug)]
pub(super) struct Theme {
    name: &'static str,
    styles: [Style; Role::ALL.len()],
}

/// The themes inside the binary: name and file.
const EMBEDDED: &[(&str, &str)] = &[
    ("default", include_str!("../../themes/default.toml")),
    ("dark", include_str!("../../themes/dark.toml")),
    ("light", include_str!("../../themes/light.toml")),
    ("high-contrast", include_str!("../../themes/high-contrast.toml")),
    ("mono", include_str!("../../themes/mono.toml")),
];

/// Why a theme could not be used.
#[derive(Debug, thiserror::Error)]
pub(super) enum ThemeError {
    /// No theme has this name.
    #[error("no theme `{name}`: choose {}", names().join(", "))]
    Unknown {
        /// The name asked for.
        name: String,
    },
    /// The file is not a theme.
    #[error("theme `{name}`: {reason}")]
    Broken {
        /// The theme.
        name: String,
        /// What is wrong and where.
        reason: String,
    },
}

/// The names of the embedded themes.
pub(super) fn names() -> Vec<&'static str> {
    EMBEDDED.iter().map(|(name, _)| *name).collect()
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(rename = "about")]
    _about: String,
    inherits: Option<String>,
    #[serde(default)]
    palette: BTreeMap<String, String>,
    #[serde(default)]
    roles: BTreeMap<String, Paint>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields, default)]
#[derive(Default)]
struct Paint {
    fg: Option<String>,
    bg: Option<String>,
    bold: bool,
    dim: bool,
    italic: bool,
    underline: bool,
    reverse: bool,
}

impl Theme {
    /// The embedded theme `name`.
    pub(super) fn named(name: &str) -> Result<Self, ThemeError> {
        let (own, _) = embedded(name)?;
        let mut paints = BTreeMap::new();
        gather(name, &mut paints, 0)?;
        let mut styles = [Style::new(); Role::ALL.len()];
        for (style, role) in styles.iter_mut().zip(Role::ALL) {
            *style = *paints.get(role.id()).ok_or_else(|| ThemeError::Broken {
                name: name.to_owned(),
                reason: format!("role `{}` is missing", role.id()),
            })?;
        }
        Ok(Self { name: own, styles })
    }

    /// Its name.
    pub(super) const fn name(&self) -> &'static str {
        self.name
    }

    /// The embedded theme after this one, round and round.
    pub(super) fn next(&self) -> Self {
        let at = EMBEDDED.iter().position(|(name, _)| *name == self.name).unwrap_or(0);
        let (name, _) = EMBEDDED[(at + 1) % EMBEDDED.len()];
        Self::named(name).unwrap_or_else(|_| self.clone())
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

fn embedded(name: &str) -> Result<(&'static str, &'static str), ThemeError> {
    EMBEDDED
        .iter()
        .find(|(known, _)| *known == name)
        .copied()
        .ok_or_else(|| ThemeError::Unknown { name: name.to_owned() })
}

/// How many themes may inherit from one another.
const DEPTH: usize = 8;

fn gather(name: &str, paints: &mut BTreeMap<String, Style>, depth: usize) -> Result<(), ThemeError> {
    let broken = |reason: String| ThemeError::Broken { name: name.to_owned(), reason };
    let (_, text) = embedded(name)?;
    let file: File = toml::from_str(text).map_err(|error| broken(error.to_string()))?;
    if let Some(parent) = &file.inherits {
        if depth == DEPTH {
            return Err(broken(format!("inherits from itself through `{parent}`")));
        }
        gather(parent, paints, depth + 1)?;
    }
    for (id, paint) in &file.roles {
        if !Role::ALL.iter().any(|role| role.id() == id) {
            return Err(broken(format!("no role `{id}`")));
        }
        paints.insert(id.clone(), style(paint, &file.palette).map_err(broken)?);
    }
    Ok(())
}

fn style(paint: &Paint, palette: &BTreeMap<String, String>) -> Result<Style, String> {
    let colour = |name: &Option<String>| match name {
        None => Ok(None),
        Some(name) => {
            let value = palette.get(name).unwrap_or(name);
            value.parse::<Color>().map(Some).map_err(|_| format!("no colour `{value}`"))
        }
    };
    let mut modifier = Modifier::empty();
    modifier.set(Modifier::BOLD, paint.bold);
    modifier.set(Modifier::DIM, paint.dim);
    modifier.set(Modifier::ITALIC, paint.italic);
    modifier.set(Modifier::UNDERLINED, paint.underline);
    modifier.set(Modifier::REVERSED, paint.reverse);
    Ok(Style { fg: colour(&paint.fg)?, bg: colour(&paint.bg)?, ..Style::new() }.add_modifier(modifier))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a broken theme is what these tests look for")]

    use super::{Role, Theme, ThemeError, names};
    use ratatui::style::{Color, Modifier};

    #[test]
    fn every_theme_has_every_role() {
        for name in names() {
            assert_eq!(Theme::named(name).unwrap().name(), name);
        }
    }

    #[test]
    fn mono_uses_no_colour_and_still_tells_selection_and_alarm_apart() {
        let mono = Theme::named("mono").unwrap();
        for role in Role::ALL {
            let style = mono.style(*role);
            assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
        }
        assert_ne!(mono.style(Role::Selected), mono.style(Role::Text));
        assert_ne!(mono.style(Role::Bad), mono.style(Role::Text));
    }

    #[test]
    fn the_default_theme_keeps_to_the_sixteen_colours_of_the_terminal() {
        let theme = Theme::named("default").unwrap();
        for role in Role::ALL {
            let style = theme.style(*role);
            for colour in [style.fg, style.bg].into_iter().flatten() {
                assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{role:?}: {colour:?}");
            }
        }
    }

    #[test]
    fn themes_with_a_background_are_readable_everywhere() {
        for name in ["dark", "light"] {
            let theme = Theme::named(name).unwrap();
            let ground = theme.style(Role::Text);
            for role in Role::ALL.iter().filter(|role| **role != Role::Rule) {
                let style = theme.style(*role);
                let (Some(fg), Some(bg)) = (style.fg.or(ground.fg), style.bg.or(ground.bg)) else {
                    unreachable!("{name} fixes both colours of its text")
                };
                let ratio = contrast(fg, bg);
                assert!(ratio >= 4.5, "{name} {role:?}: {ratio:.2}");
                assert!(!style.add_modifier.contains(Modifier::DIM), "{name} {role:?} dims a fixed colour");
            }
        }
    }

    #[test]
    fn an_unknown_theme_is_refused_with_the_choices() {
        let error = Theme::named("solarised").unwrap_err();
        assert!(matches!(error, ThemeError::Unknown { .. }));
        assert!(error.to_string().contains("high-contrast"), "{error}");
    }

    /// The contrast ratio of WCAG 2.2, 1.4.3.
    fn contrast(one: Color, two: Color) -> f64 {
        let luminance = |colour: Color| {
            let Color::Rgb(r, g, b) = colour else { unreachable!("only fixed colours") };
            let part = |value: u8| {
                let value = f64::from(value) / 255.0;
                if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
            };
            0.2126 * part(r) + 0.7152 * part(g) + 0.0722 * part(b)
        };
        let (one, two) = (luminance(one), luminance(two));
        (one.max(two) + 0.05) / (one.min(two) + 0.05)
    }
}
