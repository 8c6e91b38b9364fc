//! What every syslog puts around a message: time stamp, host, program tag.

/// A line taken apart, nothing copied.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Envelope<'a> {
    /// The time stamp's bytes; empty where the line has none.
    pub stamp: &'a [u8],
    /// The host, or empty.
    pub host: &'a [u8],
    /// The program tag without `[pid]`: `postfix/smtp`.
    pub tag: &'a [u8],
    /// The number of the process, or empty.
    pub pid: &'a [u8],
    /// Where the tag's last slash is.
    pub slash: Option<usize>,
    /// The rest.
    pub message: &'a [u8],
}

/// Heads remembered; a log has few hosts and programs.
const HEADS: usize = 16;
/// Longest head remembered.
const HEAD: usize = 96;

/// `host tag[` as it stood in lines before. A head decides host and tag alone, so a line that
/// begins with a remembered one opens by comparison and reads the same as without.
#[derive(Debug, Default)]
pub(super) struct Heads {
    known: Vec<Head>,
}

#[derive(Debug)]
struct Head {
    text: Vec<u8>,
    /// Where the tag begins in it.
    tag: usize,
    /// Where the tag's last slash is, in the tag.
    slash: usize,
}

impl Head {
    /// Whether `rest` begins with it. The bracket and the byte before it tell most heads apart.
    fn begins(&self, rest: &[u8]) -> bool {
        let end = self.text.len();
        rest.len() > end
            && rest[end - 1] == b'['
            && rest[end - 2] == self.text[end - 2]
            && rest[..end] == *self.text
    }
}

impl Heads {
    /// Opens a line whose first `stamp` bytes are known to be its time stamp.
    pub(super) fn open<'a>(&mut self, line: &'a [u8], stamp: usize) -> Option<Envelope<'a>> {
        let rest = line.get(stamp + 1..)?;
        let stamp = &line[..stamp];
        if let Some(at) = self.known.iter().position(|head| head.begins(rest)) {
            let head = &self.known[at];
            let (host, tag) = (&rest[..head.tag - 1], &rest[head.tag..head.text.len() - 1]);
            let (slash, after) = (head.slash, &rest[head.text.len()..]);
            if at > 0 {
                // The frequent ones move forward.
                self.known.swap(at, at - 1);
            }
            let digits = after.iter().take_while(|byte| byte.is_ascii_digit()).count();
            if digits > 0
                && let Some(message) = after[digits..].strip_prefix(b"]: ")
                && message.first() != Some(&b'[')
            {
                return Some(Envelope {
                    stamp,
                    host,
                    tag,
                    pid: &after[..digits],
                    slash: Some(slash),
                    message,
                });
            }
        }
        let envelope = open_plain(stamp, rest)?;
        if let Some(slash) = envelope.slash.filter(|_| !envelope.tag.starts_with(DOCKER)) {
            self.remember(rest, &envelope, slash);
        }
        Some(unwrap_container(envelope))
    }

    /// Remembers a head of the plain shape: host, one space, tag, bracket.
    fn remember(&mut self, rest: &[u8], envelope: &Envelope<'_>, slash: usize) {
        let (host, tag) = (envelope.host.len(), envelope.tag.len());
        let length = host + 1 + tag + 1;
        let is_plain = host > 0 && rest.get(length - 1) == Some(&b'[') && rest[..host] == *envelope.host;
        if !is_plain || length > HEAD || self.known.iter().any(|head| head.text == rest[..length]) {
            return;
        }
        if self.known.len() >= HEADS {
            self.known.pop();
        }
        self.known.push(Head { text: rest[..length].to_vec(), tag: host + 1, slash });
    }
}

/// Opens a line; `None` where no envelope can be seen.
pub(super) fn open(line: &[u8]) -> Option<Envelope<'_>> {
    let line = line.strip_prefix(b"\xef\xbb\xbf").unwrap_or(line);
    let (stamp, rest) = split_stamp(line);
    let envelope = match stamp.kind {
        Kind::Rfc5424 => open_5424(stamp.bytes, rest)?,
        Kind::None => open_bare(rest),
        Kind::Plain => open_plain(stamp.bytes, rest).or_else(|| open_stamped_twice(stamp.bytes, rest))?,
    };
    Some(unwrap_container(envelope))
}

/// Which shape the beginning of the line has.
#[derive(Copy, Clone, PartialEq, Eq)]
enum Kind {
    Plain,
    Rfc5424,
    None,
}

struct Stamp<'a> {
    bytes: &'a [u8],
    kind: Kind,
}

/// Splits the time stamp off. It is recognised by its shape only; [`super::Clock`] reads it.
fn split_stamp(line: &[u8]) -> (Stamp<'_>, &[u8]) {
    let none = (Stamp { bytes: b"", kind: Kind::None }, line);
    let Some(&first) = line.first() else { return none };
    let (length, kind, skip) = match first {
        // `2026-11-21T…`, `2013 Jun 16 16:05:06.123`, `1763763354.123456` (journalctl short-unix)
        b'0'..=b'9' => match line.get(4) {
            // A `T` or one space joins the date and the time.
            Some(b'-') => {
                let is_joined = line.get(10) == Some(&b'T')
                    || (line.get(10) == Some(&b' ') && line.get(13) == Some(&b':'));
                let from = if is_joined { 19.min(line.len()) } else { 0 };
                (from + token(&line[from..]), Kind::Plain, 0)
            }
            Some(b' ') if line.len() > 20 && line[5].is_ascii_alphabetic() => {
                (words(line, 4), Kind::Plain, 0)
            }
            _ if line.get(10) == Some(&b'.') && line[..10].iter().all(u8::is_ascii_digit) => {
                (token(line), Kind::Plain, 0)
            }
            _ => return none,
        },
        // `<22>1 2026-…` (RFC 5424) or `<22>Nov 21 …` (RFC 3164 with its priority)
        b'<' => {
            let Some(end) = short(b'>', &line[..line.len().min(6)]) else { return none };
            if !line[1..end].iter().all(u8::is_ascii_digit) || end == 1 {
                return none;
            }
            let rest = &line[end + 1..];
            if rest.starts_with(b"1 ") {
                (token(&rest[2..]), Kind::Rfc5424, end + 3)
            } else {
                let (stamp, after) = split_stamp(rest);
                return if stamp.kind == Kind::Plain { (stamp, after) } else { none };
            }
        }
        // `Nov 21 22:15:54[.123456]`, `Sat 2026-11-21 22:15:54 UTC` (journalctl short-full)
        b'A'..=b'Z' if line.len() > 15 && line[3] == b' ' => {
            if line[4].is_ascii_digit() && line.get(8) == Some(&b'-') {
                (words(line, 4), Kind::Plain, 0)
            } else if line[9] == b':' && line[12] == b':' && line[6] == b' ' {
                (15 + token(&line[15..]), Kind::Plain, 0)
            } else {
                return none;
            }
        }
        _ => return none,
    };
    let stamp = &line[skip..skip + length];
    let rest = &line[skip + length..];
    (Stamp { bytes: stamp, kind }, rest.strip_prefix(b" ").unwrap_or(rest))
}

/// Bytes up to the next space. Words here are short: a plain loop beats a vector search.
fn token(text: &[u8]) -> usize {
    short(b' ', text).unwrap_or(text.len())
}

/// Where `byte` is, near the beginning of `text`.
fn short(byte: u8, text: &[u8]) -> Option<usize> {
    text.iter().position(|other| *other == byte)
}

/// Bytes of the first `count` words, the spaces between them included.
fn words(text: &[u8], count: usize) -> usize {
    let mut at = 0;
    for word in 0..count {
        at += token(&text[at..]);
        if word + 1 < count {
            while text.get(at) == Some(&b' ') {
                at += 1;
            }
        }
    }
    at
}

/// `host tag[pid]: message`, or, as containers write it, `LEVEL tag[pid]: message`.
fn open_plain<'a>(stamp: &'a [u8], rest: &'a [u8]) -> Option<Envelope<'a>> {
    let mut end = short(b' ', rest)?;
    let mut rest = rest;
    if rest.starts_with(b"<") && rest[..end].ends_with(b">") {
        // FreeBSD's `syslogd -v`: `<mail.info> host tag[pid]: …`.
        rest = &rest[end + 1..];
        end = short(b' ', rest)?;
    }
    let (mut host, mut after) = (&rest[..end], &rest[end + 1..]);
    if let Some(level) = after.strip_prefix(b"mail:") {
        // AIX: `host mail:info tag[pid]: …`.
        let end = level.iter().take_while(|byte| byte.is_ascii_lowercase()).count();
        if let Some(text) = level[end..].strip_prefix(b" ").filter(|_| end > 0) {
            after = text;
        }
    }
    if host.first().is_some_and(u8::is_ascii_uppercase) && is_level(host) {
        host = b"";
        after = after.trim_ascii_start();
    } else if is_tag_end(host) {
        // No host at all: `stamp tag[pid]: message`.
        host = b"";
        after = rest;
    }
    match split_tag(after) {
        Some(Tagged { tag, pid, slash, message }) => Some(Envelope { stamp, host, tag, pid, slash, message }),
        None if after.starts_with(b"last message repeated ") => {
            Some(Envelope { stamp, host, message: after, ..Envelope::default() })
        }
        None => None,
    }
}

/// `STAMP STAMP host tag[pid]: message`, as `docker logs -t` writes it: the outer time counts.
fn open_stamped_twice<'a>(outer: &'a [u8], rest: &'a [u8]) -> Option<Envelope<'a>> {
    let (inner, rest) = split_stamp(rest);
    if inner.kind == Kind::Plain { open_plain(outer, rest) } else { None }
}

/// A line without a time stamp: `postfix/smtp[1]: QID: …` or just `QID: …`.
fn open_bare(line: &[u8]) -> Envelope<'_> {
    match split_tag(line) {
        Some(Tagged { tag, pid, slash: slash @ Some(_), message }) => {
            Envelope { stamp: b"", host: b"", tag, pid, slash, message }
        }
        _ => Envelope { message: line, ..Envelope::default() },
    }
}

/// `host app procid msgid structured-data message` (RFC 5424 section 6).
fn open_5424<'a>(stamp: &'a [u8], rest: &'a [u8]) -> Option<Envelope<'a>> {
    let mut fields = rest.splitn(5, |byte| *byte == b' ');
    let (host, tag, pid, _id, tail) =
        (fields.next()?, fields.next()?, fields.next()?, fields.next()?, fields.next()?);
    let message = if tail.first() == Some(&b'[') {
        structured_data_end(tail).map(|end| &tail[end..])?
    } else {
        tail.strip_prefix(b"-")?
    };
    let message = message.strip_prefix(b" ").unwrap_or(message);
    let message = message.strip_prefix(b"\xef\xbb\xbf").unwrap_or(message);
    let slash = tag.iter().rposition(|byte| *byte == b'/');
    Some(Envelope { stamp, host, tag, pid, slash, message })
}

/// Where `[id key="value"]…` ends; a `]` inside a quoted value does not end it.
fn structured_data_end(text: &[u8]) -> Option<usize> {
    let (mut quoted, mut escaped) = (false, false);
    for (at, byte) in text.iter().enumerate() {
        match byte {
            _ if escaped => escaped = false,
            b'\\' if quoted => escaped = true,
            b'"' => quoted = !quoted,
            b']' if !quoted && text.get(at + 1) != Some(&b'[') => return Some(at + 1),
            _ => {}
        }
    }
    None
}

/// `tag[pid]: message` or `tag: message`. Solaris adds `[ID 197553 mail.info] ` before the
/// message.
fn split_tag(text: &[u8]) -> Option<Tagged<'_>> {
    let mut slash = None;
    let mut end = None;
    for (at, byte) in text.iter().enumerate() {
        match byte {
            b'/' => slash = Some(at),
            b':' | b'[' | b' ' => {
                end = Some(at);
                break;
            }
            _ => {}
        }
    }
    let end = end?;
    let (pid, after): (&[u8], _) = match text[end] {
        b'[' => {
            let pid = &text[end + 1..];
            let close = pid.iter().position(|byte| matches!(byte, b']' | b' '))?;
            (&pid[..close], pid[close..].strip_prefix(b"]:")?)
        }
        b':' => (b"", &text[end + 1..]),
        _ => return None,
    };
    let mut message = after.strip_prefix(b" ").unwrap_or(after);
    if message.starts_with(b"[ID ")
        && let Some(end) = short(b']', &message[..message.len().min(60)])
    {
        message = message[end + 1..].trim_ascii_start();
    }
    Some(Tagged { tag: &text[..end], pid, slash, message })
}

/// A tag and what follows it.
struct Tagged<'a> {
    tag: &'a [u8],
    pid: &'a [u8],
    slash: Option<usize>,
    message: &'a [u8],
}

fn is_tag_end(word: &[u8]) -> bool {
    word.ends_with(b":") && word.len() > 1
}

fn is_level(word: &[u8]) -> bool {
    matches!(word, b"INFO" | b"WARN" | b"WARNING" | b"ERROR" | b"NOTICE" | b"DEBUG" | b"CRITICAL" | b"FATAL")
}

/// How Docker's syslog driver has the tag of a container's lines: `docker/NAME[pid]: …`.
const DOCKER: &[u8] = b"docker/";

/// A container's syslog line inside the host's: the inner program counts, the outer time does
/// (one clock).
fn unwrap_container(outer: Envelope<'_>) -> Envelope<'_> {
    if outer.slash.is_some() && !outer.tag.starts_with(DOCKER)
        || !outer.message.first().is_some_and(u8::is_ascii_alphanumeric)
    {
        return outer;
    }
    let (stamp, rest) = split_stamp(outer.message);
    if stamp.kind != Kind::Plain {
        return outer;
    }
    match open_plain(stamp.bytes, rest) {
        Some(inner) if inner.slash.is_some() => {
            let stamp = if outer.stamp.is_empty() { inner.stamp } else { outer.stamp };
            Envelope { stamp, host: if inner.host.is_empty() { outer.host } else { inner.host }, ..inner }
        }
        _ => outer,
    }
}

/// The classic syslogd's `last message repeated N times`.
pub(super) fn last_message_repeated(message: &[u8]) -> Option<u32> {
    let rest = message.strip_prefix(b"last message repeated ")?;
    number(rest.strip_suffix(b" times").or_else(|| rest.strip_suffix(b" time"))?)
}

/// rsyslog's and systemd's `message repeated N times: [ text]`.
pub(super) fn message_repeated(message: &[u8]) -> Option<(&[u8], u32)> {
    let rest = message.strip_prefix(b"message repeated ")?;
    let end = token(rest);
    let times = number(&rest[..end])?;
    let text = rest[end..].strip_prefix(b" times: [")?;
    Some((text.strip_suffix(b"]").unwrap_or(text).trim_ascii_start(), times))
}

fn number(text: &[u8]) -> Option<u32> {
    std::str::from_utf8(text).ok()?.parse().ok()
}

#[cfg(test)]
mod tests;
