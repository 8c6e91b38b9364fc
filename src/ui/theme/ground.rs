//! Whether the terminal's ground is light or dark, as far as it says.

use crossterm::event::{Event, KeyCode, KeyEventKind, KeyModifiers};

use super::depth::luma;

/// A terminal's ground.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::ui) enum Ground {
    Dark,
    Light,
}

impl Ground {
    fn of(colour: [u8; 3]) -> Self {
        if luma(colour) > 127 { Self::Light } else { Self::Dark }
    }
}

/// What asks a terminal for its ground (OSC 11), then for what every one answers (DA1): so that one which
/// does not know the first is not waited for.
pub(in crate::ui) const fn asked() -> &'static [u8] {
    b"\x1b]11;?\x1b\\\x1b[c"
}

/// What a terminal answered so far. `None` while more may come.
pub(in crate::ui) fn of_answer(answer: &[u8]) -> Option<Option<Ground>> {
    let text = String::from_utf8_lossy(answer);
    let colour = text.split_once("\x1b]11;").and_then(|(_, rest)| {
        let end = rest.find(['\x07', '\x1b'])?;
        colour(&rest[..end])
    });
    // The answer to the second question comes last.
    let is_whole = text
        .split("\x1b[?")
        .skip(1)
        .any(|rest| rest.trim_start_matches(|c: char| c.is_ascii_digit() || c == ';').starts_with('c'));
    is_whole.then(|| colour.map(Ground::of))
}

/// `rgb:RRRR/GGGG/BBBB`, one to four digits each; `rgba:` with a fourth; `#RRGGBB`.
fn colour(text: &str) -> Option<[u8; 3]> {
    if let Some(digits) = text.strip_prefix('#').filter(|digits| digits.len() == 6 && digits.is_ascii()) {
        let part = |at: usize| u8::from_str_radix(&digits[at..at + 2], 16).ok();
        return Some([part(0)?, part(2)?, part(4)?]);
    }
    let parts = text.strip_prefix("rgb:").or_else(|| text.strip_prefix("rgba:"))?;
    let mut parts = parts.split('/').map(|part| {
        let most =
            16_u32.checked_pow(u32::try_from(part.len()).ok().filter(|len| (1..=4).contains(len))?)? - 1;
        u8::try_from(u32::from_str_radix(part, 16).ok()? * 255 / most).ok()
    });
    Some([parts.next()??, parts.next()??, parts.next()??])
}

/// `COLORFGBG`, as rxvt and konsole set it: `15;0`, `0;default;15`; the last is the ground.
pub(in crate::ui) fn of_environment(value: &str) -> Option<Ground> {
    match value.rsplit(';').next()?.parse::<u8>().ok()? {
        0..=6 | 8 => Some(Ground::Dark),
        7 | 9..=15 => Some(Ground::Light),
        _ => None,
    }
}

/// Events of an answer at most.
const LONGEST: u8 = 40;

/// An answer that comes too late: what it looks like to who waits for keys is taken out, so that it presses
/// none.
#[derive(Debug, Default)]
pub(in crate::ui) struct Late {
    /// Events that may still belong to an answer.
    left: u8,
    inside: bool,
}

impl Late {
    /// Waits for an answer that did not come.
    pub(in crate::ui) const fn expected() -> Self {
        Self { left: 1, inside: false }
    }

    /// Waits for the rest of one of which the beginning came.
    pub(in crate::ui) const fn begun() -> Self {
        Self { left: LONGEST, inside: true }
    }

    /// Whether `event` is a part of the answer, and no key.
    pub(in crate::ui) fn takes(&mut self, event: &Event) -> bool {
        let Event::Key(key) = event else { return false };
        if self.left == 0 || key.kind == KeyEventKind::Release {
            return false;
        }
        let is_alt = key.modifiers.contains(KeyModifiers::ALT);
        if !self.inside {
            if is_alt && key.code == KeyCode::Char(']') {
                (self.left, self.inside) = (LONGEST, true);
            }
            return self.inside;
        }
        self.left -= 1;
        let is_bell = key.modifiers.contains(KeyModifiers::CONTROL) && key.code == KeyCode::Char('g');
        if is_bell || is_alt {
            *self = Self::default();
        }
        true
    }
}

#[cfg(test)]
mod tests {
    use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

    use super::{Ground, Late, of_answer, of_environment};

    #[test]
    fn a_terminals_answer_tells_its_ground() {
        let of = |answer: &str| of_answer(answer.as_bytes());
        assert_eq!(of("\x1b]11;rgb:ffff/ffff/ffff\x1b\\\x1b[?64;1;2c"), Some(Some(Ground::Light)));
        assert_eq!(of("\x1b]11;rgb:1e1e/1e1e/2e2e\x07\x1b[?1;2c"), Some(Some(Ground::Dark)));
        assert_eq!(of("\x1b]11;rgba:ff/ff/ff/00\x07\x1b[?1;2c"), Some(Some(Ground::Light)));
        assert_eq!(of("\x1b[?62c"), Some(None), "it does not know the question");
        assert_eq!(of("\x1b]11;rgb:zz/\x07\x1b[?62c"), Some(None));
        assert_eq!(of("\x1b]11;rgb:ffff/ff"), None, "more may come");
        assert_eq!(of("\x1b]11;rgb:ffff/ffff/ffff\x07"), None);
        assert_eq!(of(""), None);
    }

    #[test]
    fn the_environment_tells_it_where_the_terminal_does_not() {
        assert_eq!(of_environment("15;0"), Some(Ground::Dark));
        assert_eq!(of_environment("0;default;15"), Some(Ground::Light));
        assert_eq!(of_environment("0;7"), Some(Ground::Light));
        for nothing in ["", "default;default", "0;99"] {
            assert_eq!(of_environment(nothing), None, "{nothing}");
        }
    }

    #[test]
    fn an_answer_that_comes_late_presses_no_key() {
        let key = |character, modifiers| Event::Key(KeyEvent::new(KeyCode::Char(character), modifiers));
        let mut late = Late::expected();
        assert!(!late.takes(&key('q', KeyModifiers::NONE)), "a key is a key");
        assert!(late.takes(&key(']', KeyModifiers::ALT)));
        for character in "11;rgb:ffff/ffff/ffff".chars() {
            assert!(late.takes(&key(character, KeyModifiers::NONE)));
        }
        assert!(late.takes(&key('\\', KeyModifiers::ALT)));
        assert!(!late.takes(&key('/', KeyModifiers::NONE)), "it was the last of it");
        assert!(!Late::default().takes(&key(']', KeyModifiers::ALT)), "nothing was asked");
    }
}
