//! The line of a delivery, as Haraka spells out its fields.

use memchr::{memchr, memmem};

/// What a delivery's line tells.
pub(super) struct Delivered<'a> {
    /// The recipients' domain.
    pub domain: &'a [u8],
    /// The server's name.
    pub host: &'a [u8],
    /// The server's address, or an LMTP socket.
    pub ip: &'a [u8],
    /// What the server said, without any code.
    pub response: &'a [u8],
    /// How many recipients were delivered, where the line says so.
    pub ok: Option<u32>,
}

impl<'a> Delivered<'a> {
    /// `delivered file=F domain=D host=H ip=I port=… response="R" delay=… fails=… rcpts=A/B/C`, with
    /// R's escapes undone in `buffer`. Values are quoted where they must be; version 2 quoted D, H
    /// and R always and escaped nothing. R is a stranger's: the last ` delay=` ends it.
    pub(super) fn of(text: &'a [u8], buffer: &'a mut Vec<u8>) -> Option<Self> {
        const RESPONSE: &[u8] = b" response=";
        let begin = memmem::find(text, RESPONSE)?;
        let end = memmem::rfind(text, b" delay=")?;
        let (head, tail) = (&text[..begin], &text[end..]);
        let response = text.get(begin + RESPONSE.len()..end)?;
        let response =
            response.strip_prefix(b"\"").and_then(|inner| inner.strip_suffix(b"\"")).unwrap_or(response);
        Some(Self {
            domain: value(head, b" domain="),
            host: value(head, b" host="),
            ip: value(head, b" ip="),
            response: unescaped(response, buffer),
            ok: ok(value(tail, b" rcpts=")),
        })
    }
}

/// `A/B/C` to A.
pub(super) fn ok(rcpts: &[u8]) -> Option<u32> {
    std::str::from_utf8(&rcpts[..memchr(b'/', rcpts)?]).ok()?.parse().ok()
}

/// The value behind `name`, without quotes; empty where there is none.
fn value<'a>(fields: &'a [u8], name: &[u8]) -> &'a [u8] {
    let Some(at) = memmem::find(fields, name) else { return b"" };
    let value = &fields[at + name.len()..];
    match value.strip_prefix(b"\"") {
        Some(quoted) => &quoted[..memchr(b'"', quoted).unwrap_or(quoted.len())],
        None => &value[..memchr(b' ', value).unwrap_or(value.len())],
    }
}

/// Where a quoted value ends.
pub(super) fn quote_end(quoted: &[u8]) -> Option<usize> {
    let mut at = 0;
    loop {
        match quoted.get(at)? {
            b'"' => return Some(at),
            b'\\' => at += 2,
            _ => at += 1,
        }
    }
}

/// Undoes `\"` and `\\`; `\r` and `\n` become a space. Other backslashes are the text's own.
pub(super) fn unescaped<'a>(text: &'a [u8], buffer: &'a mut Vec<u8>) -> &'a [u8] {
    if memchr(b'\\', text).is_none() {
        return text;
    }
    buffer.clear();
    let mut rest = text;
    while let Some(at) = memchr(b'\\', rest) {
        buffer.extend_from_slice(&rest[..at]);
        let byte = match rest.get(at + 1) {
            Some(byte @ (b'"' | b'\\')) => *byte,
            Some(b'r' | b'n') => b' ',
            _ => {
                buffer.push(b'\\');
                rest = &rest[at + 1..];
                continue;
            }
        };
        buffer.push(byte);
        rest = &rest[at + 2..];
    }
    buffer.extend_from_slice(rest);
    buffer
}

#[cfg(test)]
mod tests {
    use super::{Delivered, unescaped};

    #[test]
    fn both_ways_of_quoting_are_read() {
        for (text, response) in [
            (
                r#"delivered file=1_2_x domain=d.example host=mx.example ip=192.0.2.1 port=25 mode=SMTP tls=N auth=N response="OK \"quoted\" delay=9 rcpts=7/7/7 back\\slash" delay=0.048 fails=0 rcpts=2/1/0"#,
                r#"OK "quoted" delay=9 rcpts=7/7/7 back\slash"#,
            ),
            (
                r#"delivered file=1_2_x domain="d.example" host="mx.example" ip=192.0.2.1 port=25 mode=SMTP tls=N auth=N response="OK "quoted" domain=x delay=9 rcpts=7/7/7" delay=0.048 fails=0 rcpts=2/0/0"#,
                r#"OK "quoted" domain=x delay=9 rcpts=7/7/7"#,
            ),
            (
                r#"delivered file=1_2_x domain=d.example host=mx.example ip=192.0.2.1 response=OK delay=0.048 fails=0 rcpts=2/0/0"#,
                "OK",
            ),
        ] {
            let mut buffer = Vec::new();
            let Some(found) = Delivered::of(text.as_bytes(), &mut buffer) else { unreachable!("{text}") };
            assert_eq!(
                (found.domain, found.host, found.ip),
                (&b"d.example"[..], &b"mx.example"[..], &b"192.0.2.1"[..])
            );
            assert_eq!((found.response, found.ok), (response.as_bytes(), Some(2)));
        }
    }

    #[test]
    fn escapes_are_undone_once() {
        let mut buffer = Vec::new();
        assert_eq!(unescaped(br#"a\\n\n\x\"b\"#, &mut buffer), br#"a\n \x"b\"#);
    }
}
