//! What was said of a recipient, in an MTA's own sentence: the reply, its codes, the host, the stage.

use std::net::IpAddr;

use memchr::memmem;

use crate::model::{Enhanced, Speaker, Stage, basic_code, codes};
use crate::parse::{exim, qmail, reason};

/// What was said, and by whom.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said {
    /// The server's reply, or the MTA's own words.
    pub reply: Vec<u8>,
    /// Whose words it is.
    pub speaker: Speaker,
    /// The reply's basic code.
    pub code: Option<u16>,
    /// The reply's enhanced code.
    pub enhanced: Option<Enhanced>,
    /// Where in the session.
    pub stage: Option<Stage>,
    /// The host that said it, or empty.
    pub host: Vec<u8>,
    /// Its address, or empty.
    pub ip: Vec<u8>,
}

impl Default for Said {
    fn default() -> Self {
        let (reply, host, ip) = (Vec::new(), Vec::new(), Vec::new());
        Self { reply, speaker: Speaker::Summary, code: None, enhanced: None, stage: None, host, ip }
    }
}

/// Reads an MTA's sentence, already on one line.
pub(super) fn read(text: &[u8]) -> Said {
    let text = text.trim_ascii();
    postfix(text).or_else(|| of_exim(text)).or_else(|| of_qmail(text)).unwrap_or_else(|| other(text))
}

fn server(reply: &[u8], stage: Option<Stage>, host: &[u8], ip: &[u8]) -> Said {
    let reply = reply.trim_ascii();
    let (code, enhanced) = codes(reply);
    let speaker = Speaker::Server;
    Said { reply: reply.to_vec(), speaker, code, enhanced, stage, host: host.to_vec(), ip: ip.to_vec() }
}

fn mta(text: &[u8], stage: Option<Stage>) -> Said {
    Said { reply: text.to_vec(), speaker: Speaker::Mta, stage, ..Said::default() }
}

/// `host NAME[IP] said: REPLY (in reply to RCPT TO command)`, and Postfix's own failures.
fn postfix(text: &[u8]) -> Option<Said> {
    let read = reason::bare(text);
    if read.speaker == Speaker::Server {
        let rest = text.strip_prefix(b"host ").unwrap_or_default();
        let (host, ip) = host_and_ip(rest);
        return Some(server(read.reply, read.stage, host, ip));
    }
    const OWN: [&[u8]; 3] = [b"connect to ", b"lost connection with ", b"conversation with "];
    let after = OWN.iter().find_map(|own| text.strip_prefix(*own))?;
    let (host, ip) = host_and_ip(after);
    Some(Said { host: host.to_vec(), ip: ip.to_vec(), ..mta(text, read.stage) })
}

/// `host NAME [IP] SMTP error from remote mail server after RCPT TO:<…>: REPLY`, and older orders.
fn of_exim(text: &[u8]) -> Option<Said> {
    let (host, ip, rest) = match text.strip_prefix(b"host ") {
        Some(after) => {
            let end = memchr::memchr(b']', after).map_or(0, |end| end + 1);
            let (host, ip) = host_and_ip(&after[..end]);
            (host, ip, after[end..].trim_ascii_start())
        }
        None => (&b""[..], &b""[..], text),
    };
    if !exim::said::is_remote(rest) {
        return None;
    }
    let said = exim::said::read(rest);
    let relay = said.relay.unwrap_or_default();
    let (host, ip) = if relay.host.is_empty() { (host, ip) } else { (relay.host, relay.ip) };
    if said.speaker == Speaker::Server {
        return Some(server(said.reply, said.stage, host, ip));
    }
    Some(Said { host: host.to_vec(), ip: ip.to_vec(), ..mta(rest, said.stage) })
}

/// `192.0.2.1 does not like recipient. Remote host said: REPLY Giving up on 192.0.2.1.`
fn of_qmail(text: &[u8]) -> Option<Said> {
    const SAID: &[u8] = b"Remote host said:";
    let at = memmem::find(text, SAID)?;
    let mut before: Vec<u8> = text[..at].to_vec();
    before.iter_mut().filter(|byte| **byte == b' ').for_each(|byte| *byte = b'_');
    let (ip, stage) = qmail::stood(&before);
    let reply = &text[at + SAID.len()..];
    let end = memmem::rfind(reply, b"Giving up on ").unwrap_or(reply.len());
    Some(server(&reply[..end], stage, b"", ip.unwrap_or_default()))
}

/// Everything else: the first reply in it, and whatever names the host before it.
fn other(text: &[u8]) -> Said {
    let Some(at) = reply_at(text) else { return mta(text, None) };
    let (before, reply) = text.split_at(at);
    let quote = before.last().copied();
    let reply = match quote {
        Some(b'\'' | b'"') => reply.strip_suffix(&[quote.unwrap_or(0)]).unwrap_or(reply),
        Some(b'(') => reply.strip_suffix(b")").unwrap_or(reply),
        Some(b' ') if before.ends_with(b"(reason: ") => reply.strip_suffix(b")").unwrap_or(reply),
        _ => reply,
    };
    // Exchange ends a reply with `> #SMTP#`, `##` or `'`.
    let end = [&b"> #SMTP#"[..], b"##", b">#"].iter().filter_map(|mark| memmem::find(reply, mark)).min();
    let reply = &reply[..end.unwrap_or(reply.len())];
    // `<HOST #5.5.0 smtp;554 …>`
    let closes = memchr::memchr_iter(b'>', reply).count() > memchr::memchr_iter(b'<', reply).count();
    let reply = reply.strip_suffix(b">").filter(|_| closes).unwrap_or(reply);
    let (host, ip) = named(before);
    server(reply, None, host, ip)
}

/// Where the first reply begins: a code of class 4 or 5 at the start or behind a mark, or between
/// words if an enhanced code of its class follows.
pub(super) fn reply_at(text: &[u8]) -> Option<usize> {
    (0..text.len()).find(|at| {
        let code = matches!(text[*at], b'4' | b'5').then(|| basic_code(&text[*at..])).flatten();
        let Some((code, rest)) = code.filter(|(code, _)| matches!(code, 400..=599)) else { return false };
        match text[..*at].trim_ascii_end().last() {
            None | Some(b':' | b';' | b'\'' | b'"' | b'#' | b'<' | b'(' | b'>' | b'=') => true,
            Some(_) if !text[..*at].ends_with(b" ") => false,
            Some(_) => Enhanced::at_start(rest.trim_ascii_start())
                .is_some_and(|(enhanced, _)| u16::from(enhanced.class) == code / 100),
        }
    })
}

/// The host that Exchange names before a reply: `Remote Server at HOST (IP) returned`, `HOST #<`; or
/// anybody's `server HOST`. In `<HOST #5.1.1 smtp;…>` alone it is Exchange's own.
fn named(before: &[u8]) -> (&[u8], &[u8]) {
    for mark in [&b"Server at "[..], b"server at ", b"server for the domain ", b"host ", b"Host "] {
        if let Some(at) = memmem::find(before, mark) {
            let (host, ip) = host_and_ip(&before[at + mark.len()..]);
            if host.contains(&b'.') {
                return (host, ip);
            }
        }
    }
    let Some(hash) = memmem::find(before, b" #<") else { return (b"", b"") };
    let start = before[..hash].iter().rposition(|byte| matches!(byte, b' ' | b'<')).map_or(0, |at| at + 1);
    let host = &before[start..hash];
    if host.contains(&b'.') && !host.contains(&b'@') { (host, b"") } else { (b"", b"") }
}

/// `NAME[IP]`, `NAME [IP]`, `NAME (IP, …)` or `[IP]` at the start.
pub(in crate::parse) fn host_and_ip(text: &[u8]) -> (&[u8], &[u8]) {
    let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let end = text.iter().position(|byte| !is_name(byte)).unwrap_or(text.len());
    let name = &text[..end];
    let name = name.strip_suffix(b".").unwrap_or(name);
    let rest = text[end..].trim_ascii_start();
    let ip = match rest.first() {
        Some(b'[' | b'(') => {
            let inner = rest[1..].strip_prefix(b"[").unwrap_or(&rest[1..]);
            let end = inner.iter().take(64).position(|byte| matches!(byte, b']' | b')' | b',' | b' '));
            &inner[..end.unwrap_or(0)]
        }
        _ => b"",
    };
    let is_ip = |text: &[u8]| std::str::from_utf8(text).is_ok_and(|text| text.parse::<IpAddr>().is_ok());
    match (is_ip(name), is_ip(ip)) {
        (true, _) => (b"", name),
        (false, true) => (name, ip),
        (false, false) => (name, b""),
    }
}

#[cfg(test)]
mod tests {
    use super::read;
    use crate::model::{Speaker, Stage};

    fn is(text: &str, reply: &str, stage: Option<Stage>, host: &str, ip: &str) {
        let said = read(text.as_bytes());
        assert_eq!(said.reply, reply.as_bytes(), "{text}");
        assert_eq!(said.speaker, if said.code.is_some() { Speaker::Server } else { Speaker::Mta }, "{text}");
        assert_eq!(
            (said.stage, &said.host[..], &said.ip[..]),
            (stage, host.as_bytes(), ip.as_bytes()),
            "{text}"
        );
    }

    #[test]
    fn every_mtas_sentence_is_taken_apart() {
        let (rcpt, connect) = (Some(Stage::Rcpt), Some(Stage::Connect));
        is(
            "host mx.b.example[192.0.2.1] said: 550 no (in reply to RCPT TO command)",
            "550 no",
            rcpt,
            "mx.b.example",
            "192.0.2.1",
        );
        is(
            "connect to mx.b.example[192.0.2.1]:25: Connection refused",
            "connect to mx.b.example[192.0.2.1]:25: Connection refused",
            connect,
            "mx.b.example",
            "192.0.2.1",
        );
        is(
            "host mx.b.example [192.0.2.1] SMTP error from remote mail server after RCPT TO:<a@b.example>: 550 no",
            "550 no",
            rcpt,
            "mx.b.example",
            "192.0.2.1",
        );
        is(
            "SMTP error from remote mail server after RCPT TO:<a@b.example>: host mx.b.example [192.0.2.1]: 550 no",
            "550 no",
            rcpt,
            "mx.b.example",
            "192.0.2.1",
        );
        is(
            "192.0.2.1 does not like recipient. Remote host said: 550 no Giving up on 192.0.2.1.",
            "550 no",
            rcpt,
            "",
            "192.0.2.1",
        );
        is(
            "Remote Server at mx.b.example (192.0.2.1) returned '550 5.1.1 no'",
            "550 5.1.1 no",
            None,
            "mx.b.example",
            "192.0.2.1",
        );
        is(
            "mx.b.example #<mx.b.example #5.1.1 smtp;550 5.1.1 no> #SMTP#",
            "550 5.1.1 no",
            None,
            "mx.b.example",
            "",
        );
        is(
            "#550 5.1.1 RESOLVER.ADR.RecipNotFound; not found ##",
            "550 5.1.1 RESOLVER.ADR.RecipNotFound; not found",
            None,
            "",
            "",
        );
        is(
            "(reason: 550 5.1.1 <a@b.example>... User unknown)",
            "550 5.1.1 <a@b.example>... User unknown",
            None,
            "",
            "",
        );
        is("There was a problem. <mx.a.example #5.5.0 smtp;554 5.7.1 no>", "554 5.7.1 no", None, "", "");
        is("SMTP Protocol Returned a Permanent Error 550 5.1.1 no", "550 5.1.1 no", None, "", "");
        is("Unrouteable address", "Unrouteable address", None, "", "");
        is("waited 500 seconds for it", "waited 500 seconds for it", None, "", "");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_are_too_strange(bytes: Vec<u8>) {
            let _ = read(&bytes);
        }
    }
}
