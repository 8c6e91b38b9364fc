//! What a program may send to a terminal: its own sequences, known by their ends, and text.

use super::attacks::{characters, text};

/// What was sent beside what is drawn.
#[derive(Debug, Default)]
pub(crate) struct Sent {
    /// What went to the clipboard.
    pub(crate) copied: Vec<Vec<u8>>,
    /// Titles of the window.
    pub(crate) titles: Vec<String>,
}

/// Takes apart what a terminal got, and judges every part of it.
pub(crate) fn wire(bytes: &[u8]) -> Result<Sent, String> {
    let sent = std::str::from_utf8(bytes).map_err(|why| format!("no UTF-8: {why}"))?;
    let (mut heard, mut rest) = (Sent::default(), sent);
    while let Some(c) = rest.chars().next() {
        if let Some(body) = rest.strip_prefix("\x1b[") {
            rest = control(body).ok_or_else(|| format!("a sequence of a stranger's: {:?}", head(rest)))?;
        } else if let Some(body) = rest.strip_prefix("\x1b]") {
            rest = command(body, &mut heard)?;
        } else if c.is_control() && !matches!(c, '\r' | '\n') {
            return Err(format!("U+{:04X} in {:?}", u32::from(c), head(rest)));
        } else {
            let drawn = &rest[..rest.find(char::is_control).unwrap_or(rest.len()).max(1)];
            if let Some(wrong) = characters(drawn.trim_matches(['\r', '\n'])) {
                return Err(wrong);
            }
            rest = &rest[drawn.len()..];
        }
    }
    let of_copies = heard.copied.iter().find_map(|copied| text(copied));
    match of_copies.or_else(|| heard.titles.iter().find_map(|title| characters(title))) {
        Some(wrong) => Err(wrong),
        None => Ok(heard),
    }
}

fn head(text: &str) -> String {
    text.chars().take(60).collect()
}

/// What follows a control sequence of ours.
fn control(body: &str) -> Option<&str> {
    let end = body.find(|c: char| ('@'..='~').contains(&c))?;
    let (parameters, last) = (&body[..end], body[end..].chars().next()?);
    let is_ours = match last {
        'm' | 'H' => parameters.bytes().all(|byte| byte.is_ascii_digit() || byte == b';' || byte == b':'),
        'C' => parameters.bytes().all(|byte| byte.is_ascii_digit()),
        'J' | 'K' => matches!(parameters, "" | "2"),
        'c' => parameters.is_empty(),
        't' => matches!(parameters, "22;0" | "23;0"),
        'h' | 'l' => matches!(parameters, "?25" | "?1000" | "?1006" | "?1049" | "?2004" | "?2026"),
        _ => false,
    };
    is_ours.then(|| &body[end + 1..])
}

/// What follows a command of ours: a title, a copy, the question for the ground.
fn command<'a>(body: &'a str, heard: &mut Sent) -> Result<&'a str, String> {
    let end = body.find(['\x07', '\x1b']).ok_or_else(|| format!("no end: {:?}", head(body)))?;
    let (said, rest) = body.split_at(end);
    if let Some(title) = said.strip_prefix("2;") {
        heard.titles.push(title.to_owned());
    } else if let Some(coded) = said.strip_prefix("52;c;") {
        heard.copied.push(plain(coded).ok_or_else(|| format!("no base64: {:?}", head(coded)))?);
    } else if said != "11;?" {
        return Err(format!("a command of a stranger's: {:?}", head(said)));
    }
    rest.strip_prefix('\x07').or_else(|| rest.strip_prefix("\x1b\\")).ok_or_else(|| head(rest))
}

/// RFC 4648 section 4.
fn plain(coded: &str) -> Option<Vec<u8>> {
    let mut out = Vec::new();
    let (mut bits, mut held) = (0, 0_u32);
    for sign in coded.trim_end_matches('=').bytes() {
        let six = match sign {
            b'A'..=b'Z' => sign - b'A',
            b'a'..=b'z' => sign - b'a' + 26,
            b'0'..=b'9' => sign - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            _ => return None,
        };
        held = held << 6 | u32::from(six);
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            out.push(u8::try_from(held >> bits & 0xff).ok()?);
        }
    }
    Some(out)
}

/// The judge can fail.
#[test]
fn what_a_stranger_sends_is_told_from_what_the_program_sends() {
    let ours =
        b"\x1b[?1049h\x1b[2J\x1b[1;1H\x1b[38;2;1;2;3m550 no\\e\x1b]2;fivefifty\x07\x1b]52;c;NTUwIG5v\x07\r\n";
    let sent = wire(ours).unwrap();
    assert_eq!((&sent.copied[0][..], &sent.titles[0][..]), (&b"550 no"[..], "fivefifty"));
    let attacks: [&[u8]; 10] = [
        b"\x1b[5n",
        b"\x1b]0;pwn\x07",
        b"\x1b]8;;http://pwn.example\x1b\\",
        b"\x1b]52;c;G1sybQ==\x07",
        b"\x1bP$q\"p\x1b\\",
        b"\x9b31m",
        "\u{9b}31m".as_bytes(),
        "\u{202e}x".as_bytes(),
        b"a\x08b",
        "a\u{301}\u{301}\u{301}\u{301}\u{301}".as_bytes(),
    ];
    for attack in attacks {
        assert!(wire(attack).is_err(), "{attack:?}");
    }
}
