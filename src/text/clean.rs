//! Hostile bytes made visible.
//!
//! Whatever a remote server, a log or a file name contains reaches the screen, a report or the
//! clipboard only as a [`Clean`]. Control characters become `\e`, `\t`, `\x07`; invalid bytes
//! `\xff`; characters that reorder, hide or join text become `‹U+202E›`; of a flood of combining
//! marks the first are kept and the others counted, `‹+19996 marks›`.
//!
//! But for such floods and what is cut off, the description is reversible: what a stranger wrote can
//! be told from what describes it. A backslash that could be read with what follows it is doubled
//! (`\\e` is a backslash and an `e`, `\e` is an escape), and `‹U+` that was written is `‹U+2039›U+`.

mod describe;
#[cfg(test)]
mod tests;

use std::fmt;
use std::ops::{Deref, Range};
use std::path::Path;
use std::sync::Arc;

use describe::{Described, Whose};
use serde::{Deserialize, Deserializer, Serialize, Serializer};

/// Text that may reach a terminal, a file or a clipboard: no control character, no bidirectional
/// override, nothing invisible. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Clean(Arc<str>);

impl Clean {
    /// Neutralises `bytes` as they came from outside. Text that was neutralised before goes through
    /// [`Clean::from`], or what describes it would be described in turn.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        match std::str::from_utf8(bytes) {
            Ok(text) if text.bytes().all(describe::is_plain) => Self(Arc::from(text)),
            _ => Self(Arc::from(Described::all(bytes, Whose::Stranger))),
        }
    }

    /// Neutralises at most `limit` bytes; what was cut is marked with `…`.
    #[must_use]
    pub fn head(bytes: &[u8], limit: usize) -> Self {
        match cut_at(bytes, limit) {
            end if end == bytes.len() => Self::new(bytes),
            end => Self::to(bytes, end, Whose::Stranger),
        }
    }

    /// At most `limit` bytes of a line of a log, for whoever wants to see the line that is in it: as it
    /// stands, where all of it may be shown, backslashes and `‹` among it; else neutralised. Whether it
    /// was: that has to be told with it, since only there `\e` is an escape byte.
    #[must_use]
    pub fn line(bytes: &[u8], limit: usize) -> (Self, bool) {
        let end = cut_at(bytes, limit);
        let mut out = Described::all(&bytes[..end], Whose::Ours);
        if out.as_bytes() != &bytes[..end] {
            return (Self::head(bytes, limit), true);
        }
        if end < bytes.len() {
            out.push('…');
        }
        (Self(Arc::from(out)), false)
    }

    /// A path as a message or a table names it; an empty one as a shell writes it.
    #[must_use]
    pub fn path(path: impl AsRef<Path>) -> Self {
        match path.as_ref().as_os_str().as_encoded_bytes() {
            [] => Self::from("''"),
            path => Self::new(path),
        }
    }

    /// At most the first `limit` bytes; what was cut is marked with `…`.
    #[must_use]
    pub fn cut(&self, limit: usize) -> Self {
        if self.len() <= limit {
            return self.clone();
        }
        let end = (0..=limit).rev().find(|at| self.is_char_boundary(*at)).unwrap_or(0);
        Self::to(self.as_bytes(), end, Whose::Ours)
    }

    fn to(bytes: &[u8], end: usize, whose: Whose) -> Self {
        let mut described = Described::new(bytes, whose);
        described.up_to(end);
        let mut out = described.text();
        out.push('…');
        Self(Arc::from(out))
    }

    /// Neutralises at most `limit` bytes and leads `spans` of `bytes` to where their text stands now;
    /// a span that begins or ends inside a character takes in all of it. Spans are in order and do not
    /// overlap; what is cut off has none.
    #[must_use]
    pub fn marked(bytes: &[u8], limit: usize, spans: &[Range<usize>]) -> (Self, Vec<Range<usize>>) {
        let inside = |at: usize| at > 0 && bytes.get(at).is_some_and(|byte| byte & 0xC0 == 0x80);
        let floor = |mut at: usize| {
            while inside(at) {
                at -= 1;
            }
            at
        };
        let ceiling = |mut at: usize| {
            while inside(at) {
                at += 1;
            }
            at
        };
        let end = if bytes.len() > limit { floor(limit) } else { bytes.len() };
        let (mut described, mut marks, mut at) = (Described::new(bytes, Whose::Stranger), Vec::new(), 0);
        for span in spans {
            let (from, to) = (floor(span.start.max(at)).max(at), ceiling(span.end).min(end));
            if from >= to {
                continue;
            }
            let start = described.up_to(from);
            marks.push(start..described.up_to(to));
            at = to;
        }
        described.up_to(end);
        let mut out = described.text();
        if end < bytes.len() {
            out.push('…');
        }
        (Self(Arc::from(out)), marks)
    }

    /// The text.
    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Where at most `limit` bytes end: a cut inside a UTF-8 character would show as an invalid byte that was
/// never there.
fn cut_at(bytes: &[u8], limit: usize) -> usize {
    if bytes.len() <= limit {
        return bytes.len();
    }
    let mut end = limit;
    while end > 0 && bytes[end] & 0xC0 == 0x80 && limit - end < 4 {
        end -= 1;
    }
    end
}

impl Default for Clean {
    fn default() -> Self {
        Self(Arc::from(""))
    }
}

impl From<&str> for Clean {
    /// Text of this program's or the operator's, into which neutralised text may have been put: what
    /// describes stays as it is, and what is dangerous is described.
    fn from(text: &str) -> Self {
        if text.bytes().all(|byte| (0x20..0x7f).contains(&byte)) {
            return Self(Arc::from(text));
        }
        Self(Arc::from(Described::all(text.as_bytes(), Whose::Ours)))
    }
}

impl Deref for Clean {
    type Target = str;
    fn deref(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(&self.0)
    }
}

impl fmt::Debug for Clean {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

impl<'de> Deserialize<'de> for Clean {
    /// What was written by this program: neutralised already, or it is now.
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer).map(|text| Self::from(text.as_str()))
    }
}

impl Serialize for Clean {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.0)
    }
}
