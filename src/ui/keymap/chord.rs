//! One key with its modifiers: how a terminal sends it, how it is written down, how it is shown.

use std::fmt;

use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

/// Keys that have a name: how it is written, what it is, how the screen shows it.
const NAMED: [(&str, KeyCode, &str); 14] = [
    ("up", KeyCode::Up, "↑"),
    ("down", KeyCode::Down, "↓"),
    ("left", KeyCode::Left, "←"),
    ("right", KeyCode::Right, "→"),
    ("home", KeyCode::Home, "Home"),
    ("end", KeyCode::End, "End"),
    ("pageup", KeyCode::PageUp, "PgUp"),
    ("pagedown", KeyCode::PageDown, "PgDn"),
    ("enter", KeyCode::Enter, "Enter"),
    ("esc", KeyCode::Esc, "Esc"),
    ("tab", KeyCode::Tab, "Tab"),
    ("insert", KeyCode::Insert, "Ins"),
    ("delete", KeyCode::Delete, "Del"),
    ("backspace", KeyCode::Backspace, "Backspace"),
];

/// The forms that there are, for whoever wrote another one.
const FORMS: &str = "a character, space, enter, esc, tab, backspace, insert, delete, up, down, left, right, home, \
                     end, pageup, pagedown, f1 to f12, with ctrl-, alt- or shift- before it";

/// One key with its modifiers, in the one form in which two of them can be compared: Shift is part of
/// a character, and Shift-Tab is Tab with Shift.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::ui) struct Chord {
    code: KeyCode,
    modifiers: KeyModifiers,
}

impl Chord {
    fn new(code: KeyCode, modifiers: KeyModifiers) -> Self {
        let kept = modifiers & (KeyModifiers::CONTROL | KeyModifiers::ALT | KeyModifiers::SHIFT);
        match code {
            KeyCode::BackTab => Self { code: KeyCode::Tab, modifiers: kept | KeyModifiers::SHIFT },
            KeyCode::Char(character) => {
                let control = kept.contains(KeyModifiers::CONTROL);
                let character = if control { character.to_ascii_lowercase() } else { character };
                Self { code: KeyCode::Char(character), modifiers: kept.difference(KeyModifiers::SHIFT) }
            }
            code => Self { code, modifiers: kept },
        }
    }

    /// The key that was pressed.
    pub(super) fn of(key: KeyEvent) -> Self {
        Self::new(key.code, key.modifiers)
    }

    /// The same without Shift; `None` where there is none.
    pub(super) fn unshifted(self) -> Option<Self> {
        let plain = Self { modifiers: self.modifiers.difference(KeyModifiers::SHIFT), ..self };
        (plain != self && self.code != KeyCode::Tab).then_some(plain)
    }

    /// Reads `q`, `ctrl-c`, `shift-tab`, `f5`.
    ///
    /// # Errors
    /// What is wrong with `text`, and what could stand there.
    pub(super) fn read(text: &str) -> Result<Self, String> {
        let (mut modifiers, mut name) = (KeyModifiers::NONE, text);
        while let Some((modifier, rest)) = name.split_once('-').filter(|(_, rest)| !rest.is_empty()) {
            modifiers |= match modifier.to_ascii_lowercase().as_str() {
                "ctrl" => KeyModifiers::CONTROL,
                "alt" => KeyModifiers::ALT,
                "shift" => KeyModifiers::SHIFT,
                _ => break,
            };
            name = rest;
        }
        let mut characters = name.chars();
        if let (Some(only), None) = (characters.next(), characters.next()) {
            return character(only, modifiers);
        }
        let lower = name.to_ascii_lowercase();
        let code = match lower.as_str() {
            "space" => return character(' ', modifiers.difference(KeyModifiers::SHIFT)),
            "backtab" => Some(KeyCode::BackTab),
            _ => NAMED.iter().find(|(known, ..)| *known == lower).map(|(_, code, _)| *code).or_else(|| {
                let number = lower.strip_prefix('f')?.parse::<u8>().ok()?;
                (1..=12).contains(&number).then_some(KeyCode::F(number))
            }),
        };
        match code {
            Some(code) => Ok(Self::new(code, modifiers)),
            None => Err(format!("`{}` is no key: write {FORMS}", text.escape_debug())),
        }
    }
}

/// A character with its modifiers, as far as a terminal can send it.
fn character(only: char, modifiers: KeyModifiers) -> Result<Chord, String> {
    if only.is_control() || only.is_whitespace() && only != ' ' {
        return Err(format!("`{}` is no key that can be written so: write {FORMS}", only.escape_debug()));
    }
    if modifiers.contains(KeyModifiers::SHIFT) {
        let upper: String = only.to_uppercase().collect();
        return Err(format!("shift is part of a character: write `{upper}`"));
    }
    if modifiers.contains(KeyModifiers::CONTROL) {
        let same = match only.to_ascii_lowercase() {
            'i' => Some("tab"),
            'm' => Some("enter"),
            '[' => Some("esc"),
            _ => None,
        };
        if let Some(same) = same {
            return Err(format!("a terminal sends ctrl-{only} as {same}: write `{same}`, or another key"));
        }
        if !only.is_ascii_alphabetic() && only != ' ' {
            return Err(format!("a terminal does not tell ctrl-{only}: ctrl- goes with a letter or space"));
        }
    }
    Ok(Chord::new(KeyCode::Char(only), modifiers))
}

/// As the screen writes it: `Enter`, `Ctrl-C`, `↑`.
impl fmt::Display for Chord {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (modifier, word) in
            [(KeyModifiers::CONTROL, "Ctrl-"), (KeyModifiers::ALT, "Alt-"), (KeyModifiers::SHIFT, "Shift-")]
        {
            if self.modifiers.contains(modifier) {
                out.write_str(word)?;
            }
        }
        match self.code {
            KeyCode::Char(' ') => out.write_str("Space"),
            KeyCode::Char(letter) if self.modifiers.contains(KeyModifiers::CONTROL) => {
                write!(out, "{}", letter.to_ascii_uppercase())
            }
            KeyCode::Char(letter) => write!(out, "{letter}"),
            KeyCode::F(number) => write!(out, "F{number}"),
            code => {
                let known = NAMED.iter().find(|(_, known, _)| *known == code);
                out.write_str(known.map_or("?", |(.., shown)| shown))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::Chord;
    use crossterm::event::{KeyCode, KeyEvent, KeyModifiers};

    #[test]
    fn what_is_written_is_what_is_pressed_and_what_is_shown() {
        const NONE: KeyModifiers = KeyModifiers::NONE;
        for (text, code, modifiers, shown) in [
            ("q", KeyCode::Char('q'), NONE, "q"),
            ("Q", KeyCode::Char('Q'), KeyModifiers::SHIFT, "Q"),
            ("-", KeyCode::Char('-'), NONE, "-"),
            ("ctrl-c", KeyCode::Char('c'), KeyModifiers::CONTROL, "Ctrl-C"),
            ("Ctrl-Alt-x", KeyCode::Char('X'), KeyModifiers::CONTROL | KeyModifiers::ALT, "Ctrl-Alt-X"),
            ("alt--", KeyCode::Char('-'), KeyModifiers::ALT, "Alt--"),
            ("space", KeyCode::Char(' '), NONE, "Space"),
            ("ctrl-space", KeyCode::Char(' '), KeyModifiers::CONTROL, "Ctrl-Space"),
            ("shift-tab", KeyCode::BackTab, KeyModifiers::SHIFT, "Shift-Tab"),
            ("backtab", KeyCode::BackTab, NONE, "Shift-Tab"),
            ("shift-up", KeyCode::Up, KeyModifiers::SHIFT, "Shift-↑"),
            ("F12", KeyCode::F(12), NONE, "F12"),
            ("insert", KeyCode::Insert, NONE, "Ins"),
            ("delete", KeyCode::Delete, NONE, "Del"),
            ("backspace", KeyCode::Backspace, NONE, "Backspace"),
            ("é", KeyCode::Char('é'), NONE, "é"),
        ] {
            let chord = Chord::read(text);
            assert_eq!(chord, Ok(Chord::of(KeyEvent::new(code, modifiers))), "{text}");
            assert_eq!(chord.map(|chord| chord.to_string()).as_deref(), Ok(shown));
        }
    }

    #[test]
    fn what_no_terminal_sends_is_refused_with_what_it_sends() {
        for (text, want) in [
            ("", "f1 to f12"),
            ("f13", "f1 to f12"),
            ("f0", "f1 to f12"),
            ("ctrl-", "`ctrl-` is no key"),
            ("ctlr-c", "is no key"),
            ("shift-k", "write `K`"),
            ("ctrl-i", "write `tab`"),
            ("ctrl-[", "write `esc`"),
            ("ctrl-1", "with a letter or space"),
            ("\u{1b}", "is no key"),
            ("page up", "is no key"),
        ] {
            let told = Chord::read(text).err().unwrap_or_default();
            assert!(told.contains(want) && !told.contains('\u{1b}'), "{text}: {told}");
        }
    }
}
