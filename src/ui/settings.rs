//! What is set outside of the console, and may change while it runs.

use crate::engine::Saved;
use crate::model::Window;

/// What has changed; `None` is as it was.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Renewed {
    /// The operator's files of themes, all of them: path and content.
    pub themes: Option<Vec<(String, Vec<u8>)>>,
    /// The theme that is worn: a name, or `auto`.
    pub theme: Option<String>,
    /// Whether only ASCII is drawn.
    pub ascii: Option<bool>,
    /// Whether the terminal's bell is rung at a new incident.
    pub bell: Option<bool>,
    /// Whether the window's title is set.
    pub title: Option<bool>,
    /// How many strings a sample has, 20–30.
    pub sample: Option<usize>,
    /// Whether what comes out is redacted, unless asked otherwise.
    pub redact: Option<bool>,
    /// Whether clicks and the wheel are taken.
    pub mouse: Option<bool>,
    /// The window of the board.
    pub window: Option<Window>,
    /// Keys over ours: ids of actions and the keys that they have instead.
    pub keys: Option<Vec<(String, Vec<String>)>>,
    /// Filters that have a name.
    pub filters: Option<Saved>,
    /// What is said of it, a line each: what changed, what waits for the next start, what is wrong.
    pub said: Vec<String>,
}
