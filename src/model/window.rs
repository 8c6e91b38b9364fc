//! The rolling spans that the board shows.

use std::fmt;

use serde::Serialize;

/// A rolling span that ends at the log's now.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
pub enum Window {
    /// One minute.
    #[serde(rename = "1m")]
    M1,
    /// Five minutes.
    #[default]
    #[serde(rename = "5m")]
    M5,
    /// Fifteen minutes.
    #[serde(rename = "15m")]
    M15,
    /// One hour.
    #[serde(rename = "1h")]
    H1,
    /// Six hours.
    #[serde(rename = "6h")]
    H6,
    /// Twenty-four hours.
    #[serde(rename = "24h")]
    H24,
}

impl Window {
    /// Every window, shortest first.
    pub const ALL: [Self; 6] = [Self::M1, Self::M5, Self::M15, Self::H1, Self::H6, Self::H24];

    /// Its length in milliseconds.
    #[must_use]
    pub const fn millis(self) -> i64 {
        self.minutes() * 60_000
    }

    const fn minutes(self) -> i64 {
        match self {
            Self::M1 => 1,
            Self::M5 => 5,
            Self::M15 => 15,
            Self::H1 => 60,
            Self::H6 => 360,
            Self::H24 => 1440,
        }
    }

    /// Its place in [`Window::ALL`].
    #[must_use]
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The next longer window, or this one if there is none.
    #[must_use]
    pub fn longer(self) -> Self {
        Self::ALL[(self.index() + 1).min(Self::ALL.len() - 1)]
    }

    /// The next shorter window, or this one if there is none.
    #[must_use]
    pub fn shorter(self) -> Self {
        Self::ALL[self.index().saturating_sub(1)]
    }
}

impl fmt::Display for Window {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::M1 => "1m",
            Self::M5 => "5m",
            Self::M15 => "15m",
            Self::H1 => "1h",
            Self::H6 => "6h",
            Self::H24 => "24h",
        })
    }
}

impl std::str::FromStr for Window {
    type Err = String;

    fn from_str(text: &str) -> Result<Self, String> {
        Self::ALL
            .into_iter()
            .find(|window| window.to_string() == text)
            .ok_or_else(|| format!("no window `{text}`: choose 1m, 5m, 15m, 1h, 6h or 24h"))
    }
}
