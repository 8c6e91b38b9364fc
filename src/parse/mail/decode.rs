//! Transfer encodings and character sets of mail bodies.

/// Undoes base64; whether it was whole. Bytes that are not its own are passed over.
pub(super) fn base64(text: &[u8]) -> (Vec<u8>, bool) {
    let mut out = Vec::with_capacity(text.len() / 4 * 3);
    let (mut bits, mut held, mut whole) = (0u32, 0u32, true);
    for byte in text {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' => 62,
            b'/' => 63,
            b'=' => break,
            _ => {
                whole &= byte.is_ascii_whitespace();
                continue;
            }
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held & 0xff) as u8);
        }
    }
    let padding = text.iter().filter(|byte| **byte == b'=').count();
    (out, whole && (held == 0 || padding > 0))
}

/// Undoes quoted-printable (RFC 2045 section 6.7). What is no encoding stays as it is.
pub(super) fn quoted_printable(text: &[u8]) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut at = 0;
    while let Some(next) = memchr::memchr(b'=', &text[at..]) {
        out.extend_from_slice(&text[at..at + next]);
        at += next;
        let hex = |byte: u8| char::from(byte).to_digit(16);
        match text[at + 1..] {
            [b'\n', ..] => at += 2,
            [b'\r', b'\n', ..] => at += 3,
            [] => at += 1,
            [a, b, ..] if hex(a).is_some() && hex(b).is_some() => {
                out.push((hex(a).unwrap_or(0) << 4 | hex(b).unwrap_or(0)) as u8);
                at += 3;
            }
            _ => {
                out.push(b'=');
                at += 1;
            }
        }
    }
    out.extend_from_slice(&text[at..]);
    out
}

/// Turns Latin-1 (and Windows-1252, as far as they agree) into UTF-8. Other character sets stay as
/// they are: what replies are judged by is ASCII.
pub(super) fn to_utf8(text: &mut Vec<u8>, charset: &[u8]) {
    const LATIN: [&[u8]; 4] = [b"iso-8859-1", b"iso-8859-15", b"windows-1252", b"latin1"];
    let latin = LATIN.iter().any(|name| name.eq_ignore_ascii_case(charset));
    // Servers write UTF-8 into mail that says otherwise.
    if latin && std::str::from_utf8(text).is_err() {
        *text = text.iter().map(|byte| char::from(*byte)).collect::<String>().into_bytes();
    }
}

#[cfg(test)]
mod tests {
    use super::{base64, quoted_printable, to_utf8};

    #[test]
    fn base64_is_read_to_its_end_or_its_cut() {
        assert_eq!(base64(b"NTUwIDUu\r\nMS4x"), (b"550 5.1.1".to_vec(), true));
        assert_eq!(base64(b"NTUwIDU=\r\n"), (b"550 5".to_vec(), true));
        assert_eq!(base64(b"NTUwIDU"), (b"550 5".to_vec(), false));
        assert!(!base64(b"NT*U").1);
    }

    #[test]
    fn quoted_printable_keeps_what_is_none() {
        assert_eq!(quoted_printable(b"a=3Db=\r\nc=\nd a=b =zz ="), b"a=bcd a=b =zz ");
        assert_eq!(quoted_printable(b"caf=C3=a9"), "café".as_bytes());
    }

    #[test]
    fn latin_becomes_utf8_unless_it_is() {
        for (text, charset, want) in
            [(&b"caf\xe9"[..], "ISO-8859-1", "café"), ("café".as_bytes(), "iso-8859-1", "café")]
        {
            let mut text = text.to_vec();
            to_utf8(&mut text, charset.as_bytes());
            assert_eq!(text, want.as_bytes());
        }
    }
}
