//! One line of typed text with a cursor.

use std::ops::Range;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

use crate::text::Clean;

/// The longest line that can be typed, in bytes.
const LIMIT: usize = 512;

/// A line and the cursor in it.
#[derive(Debug, Default)]
pub(super) struct LineEdit {
    text: String,
    /// Byte offset, always on a character's start.
    at: usize,
}

/// What a key did to the line.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Edited {
    /// The text changed.
    Text,
    /// Only the cursor moved, or nothing did.
    Nothing,
}

impl LineEdit {
    /// `text` with the cursor at its end.
    pub(super) fn new(text: &str) -> Self {
        Self { text: text.to_owned(), at: text.len() }
    }

    pub(super) fn text(&self) -> &str {
        &self.text
    }

    /// The byte offset of the cursor.
    pub(super) const fn cursor(&self) -> usize {
        self.at
    }

    /// Puts text in, as harmless as text from outside has to be.
    pub(super) fn insert(&mut self, text: &str) -> Edited {
        let clean = Clean::from(text);
        if self.text.len() + clean.len() > LIMIT || clean.is_empty() {
            return Edited::Nothing;
        }
        self.text.insert_str(self.at, &clean);
        self.at += clean.len();
        Edited::Text
    }

    /// Puts `text` in the place of a range, with the cursor at its end. `false` where the line would be too
    /// long.
    pub(super) fn replace(&mut self, range: Range<usize>, text: &str) -> bool {
        if self.text.get(range.clone()).is_none() || self.text.len() - range.len() + text.len() > LIMIT {
            return false;
        }
        self.at = range.start + text.len();
        self.text.replace_range(range, text);
        true
    }

    /// Takes one key.
    pub(super) fn key(&mut self, key: KeyEvent) -> Edited {
        let control = key.modifiers.contains(KeyModifiers::CONTROL);
        match key.code {
            KeyCode::Char('u') if control => self.cut(0),
            KeyCode::Char('w') if control => {
                let head = self.text[..self.at].trim_end();
                self.cut(head.rfind(' ').map_or(0, |space| space + 1))
            }
            KeyCode::Char('a') if control => self.go(0),
            KeyCode::Char('e') if control => self.go(self.text.len()),
            KeyCode::Char(character)
                if !key.modifiers.intersects(KeyModifiers::CONTROL | KeyModifiers::ALT) =>
            {
                self.insert(character.encode_utf8(&mut [0; 4]))
            }
            KeyCode::Backspace => self.cut(self.before()),
            KeyCode::Delete if self.at < self.text.len() => {
                self.text.remove(self.at);
                Edited::Text
            }
            KeyCode::Left => self.go(self.before()),
            KeyCode::Right => {
                let next = self.text[self.at..].chars().next().map_or(0, char::len_utf8);
                self.go(self.at + next)
            }
            KeyCode::Home => self.go(0),
            KeyCode::End => self.go(self.text.len()),
            _ => Edited::Nothing,
        }
    }

    fn before(&self) -> usize {
        self.text[..self.at].char_indices().next_back().map_or(0, |(at, _)| at)
    }

    const fn go(&mut self, at: usize) -> Edited {
        self.at = at;
        Edited::Nothing
    }

    /// Removes what stands between `from` and the cursor.
    fn cut(&mut self, from: usize) -> Edited {
        if from == self.at {
            return Edited::Nothing;
        }
        self.text.replace_range(from..self.at, "");
        self.at = from;
        Edited::Text
    }
}

#[cfg(test)]
mod tests {
    use super::{LIMIT, LineEdit};
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    fn press(line: &mut LineEdit, code: KeyCode) {
        line.key(KeyEvent::new(code, KeyModifiers::NONE));
    }

    #[test]
    fn edits_at_characters_not_at_bytes() {
        let mut line = LineEdit::new("aé邮");
        press(&mut line, KeyCode::Left);
        press(&mut line, KeyCode::Backspace);
        assert_eq!(line.text(), "a邮");
        press(&mut line, KeyCode::Delete);
        press(&mut line, KeyCode::Delete);
        assert_eq!(line.text(), "a");
    }

    #[test]
    fn cuts_the_word_before_the_cursor() {
        let mut line = LineEdit::new("provider:gmail code:5.7.1 ");
        line.key(KeyEvent::new(KeyCode::Char('w'), KeyModifiers::CONTROL));
        assert_eq!(line.text(), "provider:gmail ");
        line.key(KeyEvent::new(KeyCode::Char('u'), KeyModifiers::CONTROL));
        assert_eq!(line.text(), "");
    }

    #[test]
    fn pasted_escapes_are_harmless_and_floods_are_refused() {
        let mut line = LineEdit::default();
        line.insert("\u{1b}[2J");
        assert_eq!(line.text(), "\\e[2J");
        line.insert(&"x".repeat(LIMIT));
        assert_eq!(line.text(), "\\e[2J");
    }
}
