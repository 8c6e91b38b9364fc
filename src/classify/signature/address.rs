//! Addresses of people and of hosts.

/// Bytes of the longest address, RFC 5321 section 4.5.3.1.
const LONGEST: usize = 320;

/// `<a@b>` at the start, however its local part is written: where its `>` stands.
pub(super) fn bracketed(text: &[u8]) -> Option<usize> {
    let close = memchr::memchr(b'>', &text[..text.len().min(LONGEST)])?;
    let inside = &text[1..close];
    let sign = memchr::memrchr(b'@', inside)?;
    let blank = memchr::memchr(b' ', inside).is_some() && inside.first() != Some(&b'"');
    let link = memchr::memmem::find(inside, b"://").is_some();
    (sign > 0 && sign + 1 < inside.len() && !blank && !link).then_some(close)
}

/// `a@b` at the start, or `a=40b` as quoted-printable writes it: its length.
pub(super) fn plain(token: &[u8]) -> Option<usize> {
    let first = token[0];
    if !(first.is_ascii_alphanumeric() || matches!(first, b'_' | b'+' | b'.' | b'-' | 0xC3..=0xDF)) {
        return None;
    }
    let local = token[..token.len().min(LONGEST)].iter().take_while(|byte| is_local(**byte)).count();
    if token.get(local) == Some(&b'@') {
        return domain(&token[local + 1..]).map(|domain| local + 1 + domain);
    }
    let sign = memchr::memmem::find(&token[..local], b"=40")?;
    let length = domain(&token[sign + 3..])?;
    let name = &token[sign + 3..sign + 3 + length];
    (sign > 0 && name[0].is_ascii_alphabetic() && name.contains(&b'.')).then_some(sign + 3 + length)
}

/// Bytes of letters of Europe's alphabets (RFC 6531). Of others none: sentences in languages without
/// blanks stand right beside an address.
fn is_foreign(byte: u8) -> bool {
    matches!(byte, 0x80..=0xBF | 0xC3..=0xDF)
}

/// RFC 5321's atext, dots, and what internationalised addresses have.
fn is_local(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || is_foreign(byte) || b".!#$%&'*+-/=?^_`{|}~".contains(&byte)
}

/// The length of a domain or an address literal.
fn domain(text: &[u8]) -> Option<usize> {
    if text.first() == Some(&b'[') {
        return memchr::memchr(b']', &text[..text.len().min(64)]).map(|end| end + 1);
    }
    let name = text
        .iter()
        .take(LONGEST)
        .take_while(|byte| {
            byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_') || is_foreign(**byte)
        })
        .count();
    let name = name - text[..name].iter().rev().take_while(|byte| matches!(byte, b'.' | b'-' | b'_')).count();
    (name > 0).then_some(name)
}

/// An IPv6 address at the start, its zone and netblock included: its length.
pub(super) fn ipv6(text: &[u8]) -> Option<usize> {
    let end = text
        .iter()
        .take(48)
        .take_while(|byte| byte.is_ascii_hexdigit() || matches!(byte, b':' | b'.'))
        .count();
    let run = &text[..end];
    if memchr::memchr_iter(b':', run).take(2).count() < 2 {
        return None;
    }
    // A full stop or colon behind it is punctuation, unless the address itself ends in two colons.
    let mut length = end - run.iter().rev().take_while(|byte| **byte == b'.').count();
    if text[..length].ends_with(b":") && !text[..length].ends_with(b"::") || text[..length].ends_with(b":::")
    {
        length -= 1;
    }
    if text.get(length).is_some_and(u8::is_ascii_alphanumeric) {
        return None;
    }
    std::str::from_utf8(&text[..length]).ok()?.parse::<std::net::Ipv6Addr>().ok()?;
    let zone = match text.get(length) {
        Some(b'%') => 1 + text[length + 1..].iter().take_while(|byte| byte.is_ascii_alphanumeric()).count(),
        _ => 0,
    };
    length += zone;
    Some(length + netblock(&text[length..]))
}

/// `/24` or a port behind an address.
pub(super) fn netblock(rest: &[u8]) -> usize {
    let digits = rest.iter().skip(1).take_while(|byte| byte.is_ascii_digit()).count();
    if matches!(rest.first(), Some(b'/' | b':')) && digits > 0 { digits + 1 } else { 0 }
}

/// The length of an IP written backwards before a name that is kept: `1.2.0.192.in-addr.arpa`.
pub(super) fn reversed(name: &[u8]) -> usize {
    let labels = name.split(|byte| *byte == b'.');
    let (mut length, mut count) = (0, 0);
    for label in labels {
        if label.is_empty() || label.len() > 3 || !label.iter().all(u8::is_ascii_hexdigit) {
            break;
        }
        length += label.len() + 1;
        count += 1;
    }
    if count >= 4 && length < name.len() { length - 1 } else { 0 }
}
