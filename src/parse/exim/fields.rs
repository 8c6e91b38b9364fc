//! What follows the flag: `addr [<original>] [F=<sender>] R=router T=transport … H=host [ip]:port …`,
//! then a colon and a blank, and the message.
//!
//! Addresses may be quoted and hold anything; values may be quoted (`C="…"`) or stand in angle
//! brackets. So the fields are walked from the left, never searched for: the first `: ` between
//! two of them ends what Exim wrote itself. A recipient `"a: b"@example.com` is logged without its
//! quotes, but always with them behind it: `a: b@example.com <"a: b"@example.com>`.

use crate::model::Relay;

/// The fields of a line about a recipient.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Fields<'a> {
    /// The recipient as it is delivered to; a file, a pipe or `:blackhole:` of local deliveries.
    pub address: &'a [u8],
    /// `<original>`: as the sender wrote it, where a router changed it.
    pub original: &'a [u8],
    /// `F=<sender>`.
    pub sender: Option<&'a [u8]>,
    /// `T=transport`.
    pub transport: Option<&'a [u8]>,
    /// `H=host [ip]`, with an address.
    pub relay: Option<Relay<'a>>,
    /// The address in `I=[ip]:port`.
    pub source: &'a [u8],
    /// Whether there is an `X=…`: the cipher.
    pub encrypted: bool,
    /// What stands in `C="…"`, quotes escaped.
    pub confirmation: &'a [u8],
    /// The number in `defer (N)`.
    pub errno: Option<i32>,
    /// The system's words for a positive number: `defer (111): Connection refused`.
    pub strerror: &'a [u8],
    /// What follows the fields.
    pub message: &'a [u8],
}

impl<'a> Fields<'a> {
    /// Reads what follows the flag; `None` where no address stands there.
    pub(super) fn read(text: &'a [u8]) -> Option<Self> {
        let (address, mut rest) = unquoted(text).or_else(|| address(text.trim_ascii_start()))?;
        let mut fields = Self { address, ..Self::default() };
        loop {
            rest = rest.trim_ascii_start();
            let Some(first) = rest.first() else { return Some(fields) };
            rest = match first {
                b':' if is_end(&rest[1..]) => {
                    let message = rest[1..].trim_ascii_start();
                    if fields.errno.is_none_or(|errno| errno <= 0) || !fields.strerror.is_empty() {
                        fields.message = message;
                        return Some(fields);
                    }
                    // The system's words hold no field and no colon.
                    let end = strerror(message);
                    fields.strerror = &message[..end];
                    &message[end..]
                }
                b'<' => {
                    let (original, rest) = angled(rest)?;
                    fields.original = original;
                    rest
                }
                // Parents of the address.
                b'(' => &rest[memchr::memchr(b')', rest).map_or(rest.len(), |at| at + 1)..],
                _ => fields.token(rest)?,
            };
        }
    }

    /// Reads one field; returns what follows it.
    fn token(&mut self, text: &'a [u8]) -> Option<&'a [u8]> {
        if let Some(number) = text.strip_prefix(b"defer (") {
            let end = memchr::memchr(b')', number)?;
            self.errno = Some(std::str::from_utf8(&number[..end]).ok()?.parse().ok()?);
            return Some(&number[end + 1..]);
        }
        let Some(value) = value(text) else { return Some(&text[word(text)..]) };
        match text[0] {
            b'H' if value.at == 2 => {
                let (relay, rest) = host(&text[2..]);
                self.relay = relay.filter(|relay| !relay.ip.is_empty());
                return Some(rest);
            }
            b'F' if value.at == 2 => self.sender = Some(value.inner),
            b'T' if value.at == 2 => self.transport = Some(value.inner),
            b'I' if value.at == 2 => self.source = bracketed(value.inner).map_or(b"", |(ip, _)| ip),
            b'X' if value.at == 2 => self.encrypted = !value.inner.is_empty(),
            b'C' if value.at == 2 => self.confirmation = value.inner,
            _ => {}
        }
        Some(value.rest)
    }
}

/// A field's value.
struct Value<'a> {
    /// Where it begins.
    at: usize,
    /// Without the quotes or brackets around it.
    inner: &'a [u8],
    rest: &'a [u8],
}

/// `NAME=value`, `NAME="value"`, `NAME=<value>`.
fn value(text: &[u8]) -> Option<Value<'_>> {
    let name = text.iter().take_while(|byte| byte.is_ascii_uppercase() || byte.is_ascii_digit()).count();
    let after = text[name..].strip_prefix(b"=").filter(|_| name > 0)?;
    let at = name + 1;
    if after.first() == Some(&b'"')
        && let Some(end) = quoted(after)
    {
        return Some(Value { at, inner: &after[1..end - 1], rest: &after[end..] });
    }
    if let Some((inner, rest)) = angled(after) {
        return Some(Value { at, inner, rest });
    }
    let (inner, rest) = after.split_at(word(after));
    Some(Value { at, inner, rest })
}

/// Whether the address at the start has quotes, which are logged behind it: it may begin with anything.
pub(super) fn is_quoted(text: &[u8]) -> bool {
    unquoted(text).is_some()
}

/// The address behind the same one without its quotes, and what follows.
fn unquoted(text: &[u8]) -> Option<(&[u8], &[u8])> {
    /// RFC 5321 section 4.5.3.1: a path has 256 octets; each may have a backslash.
    const LONGEST: usize = 512;
    // Quotes are rarer than brackets and blanks.
    let head = &text[..text.len().min(LONGEST)];
    let at = memchr::memchr_iter(b'"', head).find_map(|at| {
        let begin = at.checked_sub(2)?;
        (head[begin..at] == *b" <").then_some(begin)
    })?;
    let (address, rest) = angled(&text[at + 1..])?;
    let end = quoted(address)?;
    let (mut bare, mut escaped) = (text[..at].iter(), false);
    let is_same = address[1..end - 1].iter().all(|byte| {
        escaped = *byte == b'\\' && !escaped;
        escaped || bare.next() == Some(byte)
    });
    (is_same && bare.as_slice() == &address[end..]).then_some((address, rest))
}

/// The address at the start, and what follows. Without an address there is nothing to tell.
pub(super) fn address(text: &[u8]) -> Option<(&[u8], &[u8])> {
    if text.first() == Some(&b'<') {
        return angled(text);
    }
    let local = if text.first() == Some(&b'"') { quoted(text)? } else { 0 };
    let rest = &text[local..];
    // `:blackhole:` ends at the blank.
    let end = match rest.first() {
        Some(b':') if !is_end(&rest[1..]) => memchr::memchr(b' ', rest).unwrap_or(rest.len()),
        _ => word(rest),
    };
    (local + end > 0).then(|| text.split_at(local + end))
}

/// `host [ip]:port*` or `host (helo) [ip]`, and what follows; the host without an address where it
/// has none.
pub(super) fn host(text: &[u8]) -> (Option<Relay<'_>>, &[u8]) {
    let name = text.iter().position(|byte| matches!(byte, b' ' | b'[')).unwrap_or(text.len());
    let mut rest = &text[name..];
    if rest.starts_with(b" (")
        && let Some(close) = memchr::memchr(b')', rest)
    {
        rest = &rest[close + 1..];
    }
    let rest = rest.strip_prefix(b" ").unwrap_or(rest);
    match bracketed(rest) {
        Some((ip, rest)) => (Some(Relay { host: &text[..name], ip }), &rest[word(rest)..]),
        None => {
            let name = word(text);
            (Some(Relay { host: &text[..name], ip: b"" }), &text[name..])
        }
    }
}

/// `[ip]`, and what follows.
fn bracketed(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"[")?;
    let end = inner.iter().take(64).position(|byte| matches!(byte, b']' | b' '))?;
    (inner[end] == b']').then(|| (&inner[..end], &inner[end + 1..]))
}

/// `<inner>`, and what follows; a quoted local part may hold anything.
pub(super) fn angled(text: &[u8]) -> Option<(&[u8], &[u8])> {
    let inner = text.strip_prefix(b"<")?;
    let at = if inner.first() == Some(&b'"') { quoted(inner)? } else { 0 };
    let end = at + memchr::memchr(b'>', &inner[at..])?;
    Some((&inner[..end], &inner[end + 1..]))
}

/// Where the quoted string at the start ends, its closing quote included.
fn quoted(text: &[u8]) -> Option<usize> {
    let mut at = 1;
    loop {
        at += memchr::memchr2(b'"', b'\\', text.get(at..)?)?;
        if text[at] == b'"' {
            return Some(at + 1);
        }
        at += 2;
    }
}

/// Where a word ends: at a blank, or at a colon before one.
fn word(text: &[u8]) -> usize {
    let end = memchr::memchr(b' ', text).unwrap_or(text.len());
    // No colon further in front stands before a blank.
    if text[..end].ends_with(b":") { end - 1 } else { end }
}

/// Whether a colon before `text` ends the fields.
fn is_end(text: &[u8]) -> bool {
    matches!(text.first(), None | Some(b' '))
}

/// Where the system's words for an error end: at a field, at the next colon, or never.
fn strerror(text: &[u8]) -> usize {
    let ends = |at: &usize| match text[*at] {
        b' ' => value(&text[at + 1..]).is_some(),
        b':' => is_end(&text[at + 1..]),
        _ => false,
    };
    (0..text.len()).find(ends).unwrap_or(text.len())
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use super::Fields;
    use crate::model::Relay;

    fn read(text: &str) -> Fields<'_> {
        Fields::read(text.as_bytes()).unwrap()
    }

    fn relay<'a>(host: &'a str, ip: &'a str) -> Option<Relay<'a>> {
        Some(Relay { host: host.as_bytes(), ip: ip.as_bytes() })
    }

    #[test]
    fn every_selector_is_walked_over() {
        let fields = read(
            "b@example.net (c@example.net) <a@example.net> F=<s@example.org> P=<v@example.org> R=out T=smtp S=416 \
             H=mx.example.net [2001:db8::1]:25* DS PRX=192.0.2.3 I=[192.0.2.7]:40650 TFO* X=TLS1.3:ECDHE:256 CV=yes \
             DN=\"/CN=mx R=x\" SNI=\"mx: y\" A=plain:user L* K M8S=0 C=\"250 2.0.0 \\\"Ok\\\": T=x\" QT=13s DT=0.000s",
        );
        assert_eq!(fields.address, b"b@example.net");
        assert_eq!(fields.original, b"a@example.net");
        assert_eq!(fields.sender, Some(&b"s@example.org"[..]));
        assert_eq!(fields.transport, Some(&b"smtp"[..]));
        assert_eq!(fields.relay, relay("mx.example.net", "2001:db8::1"));
        assert_eq!(fields.source, b"192.0.2.7");
        assert_eq!(fields.confirmation, b"250 2.0.0 \\\"Ok\\\": T=x");
        assert_eq!((fields.message, fields.errno), (&b""[..], None));
    }

    #[test]
    fn the_first_colon_between_fields_ends_them() {
        let fields = read("a@b.example R=out T=smtp H=mx [192.0.2.1]:25: said: H=x [192.0.2.9]: no");
        assert_eq!(
            (fields.relay, fields.message),
            (relay("mx", "192.0.2.1"), &b"said: H=x [192.0.2.9]: no"[..])
        );
        let fields = read("a@b.example: Unrouteable address");
        assert_eq!((fields.address, fields.message), (&b"a@b.example"[..], &b"Unrouteable address"[..]));
    }

    #[test]
    fn the_systems_words_stand_before_the_host() {
        let fields = read(
            "a@b.example R=out T=smtp defer (110): Connection timed out H=mx [192.0.2.1] DT=5m: SMTP timeout",
        );
        assert_eq!((fields.errno, fields.strerror), (Some(110), &b"Connection timed out"[..]));
        assert_eq!((fields.relay, fields.message), (relay("mx", "192.0.2.1"), &b"SMTP timeout"[..]));
        let fields = read("a@b.example R=out T=smtp defer (111): Connection refused DT=0.000s");
        assert_eq!((fields.strerror, fields.message), (&b"Connection refused"[..], &b""[..]));
    }

    #[test]
    fn quoted_addresses_hold_anything() {
        let fields = read(r#""a: ** \" b"@b.example <"x> H=y"@b.example> R=out: no"#);
        assert_eq!(fields.address, br#""a: ** \" b"@b.example"#);
        assert_eq!((fields.original, fields.message), (&br#""x> H=y"@b.example"#[..], &b"no"[..]));
        let forged = r"x@b.example R=r H=y [192.0.2.9]: 550 no@b.example";
        let line = format!(r#"{forged} <"x@b.example R=r H=y [192.0.2.9]: 550 no"@b.example> R=out: yes"#);
        let fields = read(&line);
        assert_eq!(fields.address, br#""x@b.example R=r H=y [192.0.2.9]: 550 no"@b.example"#);
        assert_eq!((fields.relay, fields.message), (None, &b"yes"[..]));
        let fields = read(r#"a "b" c@b.example <"a \"b\" c"@b.example> R=out: yes"#);
        assert_eq!((fields.address, fields.message), (&br#""a \"b\" c"@b.example"#[..], &b"yes"[..]));
        assert_eq!(read(":blackhole: <a@b.example> R=x").address, b":blackhole:");
        assert_eq!(read("<> R=x").address, b"");
    }

    #[test]
    fn a_host_without_an_address_is_none() {
        assert_eq!(read("a@b.example T=lmtp H=dovecot C=\"250 ok\"").relay, None);
        assert_eq!(read("a@b.example H=mx.example[192.0.2.1]: no").relay, relay("mx.example", "192.0.2.1"));
    }

    #[test]
    fn what_has_no_address_is_no_recipient() {
        for text in ["", ": x", "\"a", "<a"] {
            assert_eq!(Fields::read(text.as_bytes()).map(|fields| fields.address), None, "{text}");
        }
    }
}
