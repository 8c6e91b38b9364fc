//! Keys that were pressed while the terminal's answer was awaited: they stand among its bytes.

use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

/// What stands around a paste.
const PASTE: (&[u8], &[u8]) = (b"200~", b"\x1b[201~");

/// The keys among `bytes`, in their order, without what is an answer; and whether an answer goes on behind
/// the last of them.
pub(super) fn keys(bytes: &[u8]) -> (Vec<Event>, bool) {
    let (mut keys, mut rest) = (Vec::new(), bytes);
    while let Some((first, after)) = rest.split_first() {
        rest = match (first, after.first()) {
            (0x1b, Some(b'[')) => control(&after[1..], &mut keys),
            (0x1b, Some(b'O')) if after.len() > 1 => {
                keys.extend(named(&[], after[1]));
                &after[2..]
            }
            // A string that the terminal sends: it is no key.
            (0x1b, Some(b']' | b'P' | b'_' | b'^' | b'X')) => match string(after) {
                Some(behind) => behind,
                None => return (events(keys), true),
            },
            (0x1b, Some(0x1b) | None) => {
                keys.push(KeyEvent::from(KeyCode::Esc));
                after
            }
            (0x1b, Some(_)) => {
                let (key, behind) = typed(after);
                keys.extend(key.map(|key| KeyEvent::new(key.code, key.modifiers | KeyModifiers::ALT)));
                behind
            }
            _ => {
                let (key, behind) = typed(rest);
                keys.extend(key);
                behind
            }
        };
    }
    (events(keys), false)
}

fn events(keys: Vec<KeyEvent>) -> Vec<Event> {
    keys.into_iter().map(Event::Key).collect()
}

/// What stands behind a string that ends with BEL or ST; `None` where it does not end.
fn string(bytes: &[u8]) -> Option<&[u8]> {
    let end = bytes.iter().position(|byte| matches!(byte, 0x07 | 0x1b))?;
    match bytes[end] {
        0x07 => Some(&bytes[end + 1..]),
        _ => bytes.get(end + 1).map(|_| &bytes[end + 2..]),
    }
}

/// A control sequence from behind its `[` on; returns what stands behind it.
fn control<'b>(bytes: &'b [u8], keys: &mut Vec<KeyEvent>) -> &'b [u8] {
    let Some(end) = bytes.iter().position(|byte| matches!(byte, 0x40..=0x7e)) else { return &[] };
    if bytes.starts_with(PASTE.0) {
        // Outside of a line to type in, a paste would be a flood of commands.
        let until = bytes.windows(PASTE.1.len()).position(|part| part == PASTE.1);
        return until.map_or(&[], |at| &bytes[at + PASTE.1.len()..]);
    }
    keys.extend(named(&bytes[..end], bytes[end]));
    &bytes[end + 1..]
}

/// The key of a control sequence with these parameters and this end; `None` where it is an answer.
fn named(parameters: &[u8], end: u8) -> Option<KeyEvent> {
    let mut numbers = std::str::from_utf8(parameters).ok()?.split(';').map(str::parse::<u8>);
    let first = numbers.next().and_then(Result::ok);
    let code = match (end, first) {
        _ if parameters.starts_with(b"?") => return None,
        (b'A', _) => KeyCode::Up,
        (b'B', _) => KeyCode::Down,
        (b'C', _) => KeyCode::Right,
        (b'D', _) => KeyCode::Left,
        (b'H', _) | (b'~', Some(1 | 7)) => KeyCode::Home,
        (b'F', _) | (b'~', Some(4 | 8)) => KeyCode::End,
        (b'Z', _) => KeyCode::BackTab,
        (b'P'..=b'S', _) => KeyCode::F(end - b'P' + 1),
        (b'~', Some(2)) => KeyCode::Insert,
        (b'~', Some(3)) => KeyCode::Delete,
        (b'~', Some(5)) => KeyCode::PageUp,
        (b'~', Some(6)) => KeyCode::PageDown,
        _ => return None,
    };
    let held = numbers.next().and_then(Result::ok).unwrap_or(1).saturating_sub(1);
    let modifiers = [(1, KeyModifiers::SHIFT), (2, KeyModifiers::ALT), (4, KeyModifiers::CONTROL)];
    let held = modifiers.into_iter().filter(|(bit, _)| held & bit != 0).map(|(_, one)| one);
    Some(KeyEvent::new(code, held.collect()))
}

/// One key that is no sequence, and what stands behind it; no key where its bytes are none.
fn typed(bytes: &[u8]) -> (Option<KeyEvent>, &[u8]) {
    let control = |letter: u8| KeyEvent::new(KeyCode::Char(char::from(letter)), KeyModifiers::CONTROL);
    let Some((first, rest)) = bytes.split_first() else { return (None, &[]) };
    let key = match *first {
        b'\r' => KeyCode::Enter.into(),
        b'\t' => KeyCode::Tab.into(),
        0x7f => KeyCode::Backspace.into(),
        0 => control(b' '),
        letter @ 1..=0x1a => control(letter - 1 + b'a'),
        0x1b..=0x1f => return (None, rest),
        _ => {
            let most = &bytes[..bytes.len().min(4)];
            let whole = (1..=most.len()).find_map(|len| std::str::from_utf8(&most[..len]).ok());
            let letter = whole.and_then(|text| text.chars().next());
            let Some(letter) = letter else { return (None, rest) };
            return (Some(KeyCode::Char(letter).into()), &bytes[letter.len_utf8()..]);
        }
    };
    (Some(key), rest)
}

#[cfg(test)]
mod tests {
    use crossterm::event::{Event, KeyCode, KeyEvent, KeyModifiers};

    use super::keys;

    fn told(bytes: &str) -> String {
        let (keys, goes_on) = keys(bytes.as_bytes());
        let mut told: Vec<String> = keys
            .into_iter()
            .map(|key| match key {
                Event::Key(KeyEvent { code: KeyCode::Char(letter), modifiers, .. }) => match modifiers {
                    KeyModifiers::NONE => letter.to_string(),
                    held => format!("{held:?}+{letter}"),
                },
                Event::Key(KeyEvent { code, .. }) => format!("{code:?}"),
                other => format!("{other:?}"),
            })
            .collect();
        told.extend(goes_on.then(|| "…".to_owned()));
        told.join(" ")
    }

    #[test]
    fn keys_are_taken_out_of_an_answer_in_their_order() {
        assert_eq!(told("j\x1b]11;rgb:ffff/ffff/ffff\x1b\\k\x1b[?64;1;2c\r"), "j k Enter");
        assert_eq!(told("\x1b]11;rgb:0000/0000/0000\x07:q"), ": q");
        assert_eq!(told("\x1b[?62c"), "");
        assert_eq!(told("G\x1b]11;rgb:ff"), "G …", "the rest of it comes late");
        assert_eq!(told("\x1b]11;rgb:ff/ff/ff\x1b"), "…");
        assert_eq!(told(""), "");
    }

    #[test]
    fn every_key_of_a_keyboard_is_known() {
        assert_eq!(
            told("\x1b[A\x1b[B\x1bOC\x1b[H\x1b[5~\x1b[6~\x1b[Z"),
            "Up Down Right Home PageUp PageDown BackTab"
        );
        assert_eq!(told("\x1b\x1b[A"), "Esc Up");
        assert_eq!(told("\x1b"), "Esc");
        assert_eq!(told("\x1b:"), "KeyModifiers(ALT)+:");
        assert_eq!(told("\x03\t\x7fé邮"), "KeyModifiers(CONTROL)+c Tab Backspace é 邮");
        assert_eq!(told("a\x1b[200~q\rq\x1b[201~b"), "a b", "a paste presses none");
        assert_eq!(told("a\x1b[200~qq"), "a");
        assert_eq!(told("\x1b[<0;3;4M\x1b[99~\x1b[1"), "");
        assert_eq!(keys(&[0xff, b'j', 0xe9]).0.len(), 1);
    }
}
