//! Records that are JSON, one object or array a line: KumoMTA's, `postqueue -j`'s, and those that a
//! map describes.
//!
//! Whose a line is, its own fields say, whatever the line before was.

pub(super) mod docker;
mod formats;
mod kumomta;
mod map;
mod mapfile;
mod path;
mod postqueue;
mod samples;
mod text;
mod tree;
mod when;

pub use formats::Formats;
pub use mapfile::FormatError;

use std::borrow::Cow;
use std::sync::Arc;

use super::stamp::Clock;
use super::{Dialect, On};
use crate::model::Parsed;
use tree::Tree;

/// The reader of JSON lines.
#[derive(Debug)]
pub(super) struct Json {
    formats: Arc<Formats>,
    kumomta: kumomta::KumoMta,
    /// A reply that is put together.
    reply: Vec<u8>,
}

impl Json {
    /// With these maps.
    pub(super) fn new(formats: Arc<Formats>) -> Self {
        Self { formats, kumomta: kumomta::KumoMta::default(), reply: Vec::new() }
    }

    /// Reads a line that begins with `{` or `[{`; answers whose it was. `only` forces one, and then
    /// the line may be anything.
    pub(super) fn read(
        &mut self,
        line: &[u8],
        clock: &mut Clock,
        only: Option<Dialect>,
        on: On<'_>,
    ) -> Option<Dialect> {
        let dialect = match only {
            Some(dialect) => dialect,
            None if self.kumomta.looks(line) => Dialect::KumoMta,
            None if postqueue::looks(line) => Dialect::Postqueue,
            None => return self.mapped(line, clock, on),
        };
        match dialect {
            Dialect::KumoMta => self.kumomta.read(line, clock, on),
            Dialect::Postqueue => postqueue::read(line, on),
            Dialect::Mapped(at) => self.forced(at, line, clock, on),
            _ => on(Parsed::NoInterest),
        }
        Some(dialect)
    }

    /// Asks every map whose keys stand in the line.
    fn mapped(&mut self, line: &[u8], clock: &mut Clock, on: On<'_>) -> Option<Dialect> {
        let mut candidates = self.formats.maps().filter(|(_, map)| map.might_be(line)).peekable();
        let Some((first, _)) = candidates.peek() else {
            on(Parsed::NoInterest);
            return None;
        };
        let first = Dialect::Mapped(*first);
        let text = text(line);
        let Ok(tree) = serde_json::from_str::<Tree<'_>>(&text) else {
            on(Parsed::Unparsed(BROKEN));
            return Some(first);
        };
        for (at, map) in candidates {
            if map.read(&tree, false, clock, &mut self.reply, on) {
                return Some(Dialect::Mapped(at));
            }
        }
        on(Parsed::NoInterest);
        None
    }

    fn forced(&mut self, at: u8, line: &[u8], clock: &mut Clock, on: On<'_>) {
        let Some(map) = self.formats.map(at) else { return on(Parsed::NoInterest) };
        let text = text(line);
        let Ok(tree) = serde_json::from_str::<Tree<'_>>(&text) else { return on(Parsed::Unparsed(BROKEN)) };
        if !map.read(&tree, true, clock, &mut self.reply, on) {
            on(Parsed::NoInterest);
        }
    }
}

/// A line as text. Bytes that are no UTF-8 cost themselves and not the record.
fn text(line: &[u8]) -> Cow<'_, str> {
    // The library's own way looks at every byte of sound text, too.
    std::str::from_utf8(line).map_or_else(|_| String::from_utf8_lossy(line), Cow::Borrowed)
}

/// Why a line is not read.
const BROKEN: &str = "JSON that is cut off, nested too deep or has a key twice";

#[cfg(test)]
mod tests;
