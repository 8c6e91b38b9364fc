//! Addresses inside words of base64 and hex, as links to unsubscribe carry them; halves of addresses.

/// Words of base64 or hex shorter than this hide no address.
const HIDDEN: usize = 12;

/// Whether a word of base64 or hex holds an address, wherever in the word its groups begin.
pub(super) fn hides_address(word: &str) -> bool {
    let long = |piece: &&str| piece.len() >= HIDDEN;
    let hex = word.split(|c: char| !c.is_ascii_hexdigit()).filter(long);
    let mut hex = hex.flat_map(|piece| [piece, &piece[1..]]).map(from_hex);
    let base64 = word.split('=').filter(long);
    let mut base64 = base64.flat_map(|piece| (0..4).map(move |skip| from_base64(&piece[skip..])));
    hex.any(|bytes| has_address(&bytes)) || base64.any(|bytes| has_address(&bytes))
}

fn has_address(bytes: &[u8]) -> bool {
    let is_of = |byte: &u8| byte.is_ascii_alphanumeric() || b".-_+".contains(byte);
    bytes.iter().enumerate().filter(|(_, byte)| **byte == b'@').any(|(at, _)| {
        let domain: Vec<u8> = bytes[at + 1..].iter().copied().take_while(is_of).collect();
        at > 0 && is_of(&bytes[at - 1]) && domain.len() > 3 && domain[1..domain.len() - 1].contains(&b'.')
    })
}

/// What hex digits stand for; an odd one at the end for nothing.
fn from_hex(word: &str) -> Vec<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).map_or(0, |digit| digit as u8);
    word.as_bytes().chunks_exact(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

/// What letters of base64, of either alphabet, stand for.
fn from_base64(word: &str) -> Vec<u8> {
    let (mut bits, mut held, mut out) = (0u32, 0, Vec::new());
    for byte in word.bytes() {
        let value = match byte {
            b'A'..=b'Z' => byte - b'A',
            b'a'..=b'z' => byte - b'a' + 26,
            b'0'..=b'9' => byte - b'0' + 52,
            b'+' | b'-' => 62,
            _ => 63,
        };
        bits = bits << 6 | u32::from(value);
        held += 6;
        if held >= 8 {
            held -= 8;
            out.push((bits >> held) as u8);
            bits &= (1 << held) - 1;
        }
    }
    out
}

/// A text without the half of a word at its end that may be half of an address: behind a `<` that
/// nothing closes, or where the text was cut off. And what stands there instead.
pub(super) fn without_half(text: &str) -> (&str, &'static str) {
    let whole = text.strip_suffix('…');
    let half = |c: char| c.is_whitespace() || "<>()[],;:=\"'‹›".contains(c);
    let body = whole.unwrap_or(text);
    let start = body.rfind(half).map_or(0, |at| at + body[at..].chars().next().map_or(1, char::len_utf8));
    let (before, last) = body.split_at(start);
    let is_half = !last.is_empty() && !last.contains('@') && (whole.is_some() || before.ends_with('<'));
    match (is_half, whole) {
        (true, _) => (before, "…"),
        (false, Some(_)) => (body, "…"),
        (false, None) => (text, ""),
    }
}
