//! The message at the end of a line: a server's words, or what failed here; and how Exim writes
//! bytes that cannot be printed.
//!
//! `SMTP error from remote mail server after RCPT TO:<a>: REPLY` since 4.8x; before that the host
//! stood there as well: `…: host mx.example [192.0.2.1]: REPLY`.

use memchr::{memchr, memmem};

use super::fields::{angled, host};
use crate::model::{Relay, Speaker, Stage, basic_code};

/// The message taken apart.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(in crate::parse) struct Said<'a> {
    /// The server's reply, as Exim wrote it, or the whole local text.
    pub reply: &'a [u8],
    /// Whose words it is.
    pub speaker: Speaker,
    /// Where in the session.
    pub stage: Option<Stage>,
    /// The host, where it stands in the message.
    pub relay: Option<Relay<'a>>,
}

/// What stands before a command that was sent without waiting for the answer to the one before.
const PIPELINED: &[u8] = b"pipelined ";

/// How a message begins that holds a server's words, after the stage.
const SERVER: [&[u8]; 4] = [
    b"SMTP error from remote mail server after ",
    b"SMTP error from remote mailer after ",
    b"LMTP error from remote mail server after ",
    // A reply without a code, or longer than 4 kB, which Exim does not read to its end.
    b"Malformed SMTP reply in response to ",
];

/// How a message begins that tells of a failure in the session, and what stands before the stage.
const SESSION: [(&[u8], &[u8]); 4] = [
    (b"SMTP timeout ", b" after "),
    (b"Remote host ", b" in response to "),
    (b"Malformed SMTP reply ", b" in response to "),
    (b"SMTP protocol error ", b" after "),
];

/// How a message begins that tells of a failure before or beside the session.
const FAILURES: [(&[u8], Stage); 14] = [
    (b"Connection refused", Stage::Connect),
    (b"Connection timed out", Stage::Connect),
    (b"Connection reset", Stage::Connect),
    (b"Operation timed out", Stage::Connect),
    (b"No route to host", Stage::Connect),
    (b"Host is unreachable", Stage::Connect),
    (b"Network is unreachable", Stage::Connect),
    (b"Network is down", Stage::Connect),
    (b"Broken pipe", Stage::EndOfData),
    (b"TLS session", Stage::Starttls),
    (b"a TLS session is required", Stage::Starttls),
    (b"TLS required", Stage::Starttls),
    (b"TLS error on connection to", Stage::Starttls),
    (b"authentication required", Stage::Auth),
];

/// Takes a message apart.
pub(in crate::parse) fn read(message: &[u8]) -> Said<'_> {
    let local = |stage| Said { reply: message, speaker: Speaker::Mta, stage, relay: None };
    if let Some(after) = SERVER.iter().find_map(|start| message.strip_prefix(*start)) {
        let (command, rest) = command(after);
        let (relay, reply) = split_host(rest);
        // Malformed replies need not be an answer with a code.
        if basic_code(reply).is_none() && message.starts_with(b"Malformed") {
            return local(stage(command));
        }
        return Said { reply, speaker: Speaker::Server, stage: stage(command), relay };
    }
    for (start, mark) in SESSION {
        if message.starts_with(start) {
            let command = memmem::find(message, mark).map(|at| &message[at + mark.len()..]);
            return local(command.and_then(stage));
        }
    }
    local(FAILURES.iter().find_map(|(start, stage)| message.starts_with(start).then_some(*stage)))
}

/// Whether a message tells of a remote host at all: not of a mailbox, a pipe or a file.
pub(in crate::parse) fn is_remote(message: &[u8]) -> bool {
    SERVER.iter().any(|start| message.starts_with(start))
        || SESSION.iter().any(|(start, _)| message.starts_with(start))
        || FAILURES.iter().any(|(start, _)| message.starts_with(start))
}

/// The command that was answered, and what follows the colon and the blank after it. An address in
/// the command may hold both.
fn command(text: &[u8]) -> (&[u8], &[u8]) {
    // Only these have one: a reply to another command may hold the same bytes.
    const ADDRESSED: [&[u8]; 2] = [b"MAIL FROM:", b"RCPT TO:"];
    let bare = text.strip_prefix(PIPELINED).unwrap_or(text);
    let addressed = ADDRESSED.iter().find_map(|verb| angled(bare.strip_prefix(*verb)?));
    let from = addressed.map_or(0, |(_, rest)| text.len() - rest.len());
    match memmem::find(&text[from..], b": ") {
        Some(at) => (&text[..from + at], text[from + at + 2..].trim_ascii_start()),
        None => (text.strip_suffix(b":").unwrap_or(text), b""),
    }
}

/// `host NAME [IP]: ` before the reply.
fn split_host(text: &[u8]) -> (Option<Relay<'_>>, &[u8]) {
    if let Some(after) = text.strip_prefix(b"host ") {
        let (relay, rest) = host(after);
        if let Some(relay) = relay.filter(|relay| !relay.ip.is_empty())
            && let Some(reply) = rest.strip_prefix(b":")
        {
            return (Some(relay), reply.trim_ascii_start());
        }
    }
    (None, text)
}

/// The stage of `pipelined RCPT TO:<a>`.
fn stage(command: &[u8]) -> Option<Stage> {
    const STAGES: [(&[u8], Stage); 14] = [
        (b"initial connection", Stage::Connect),
        (b"EHLO", Stage::Helo),
        (b"HELO", Stage::Helo),
        (b"LHLO", Stage::Helo),
        (b"STARTTLS", Stage::Starttls),
        (b"AUTH", Stage::Auth),
        (b"MAIL FROM", Stage::Mail),
        (b"RCPT TO", Stage::Rcpt),
        (b"DATA", Stage::Data),
        (b"end of data", Stage::EndOfData),
        (b"sending data block", Stage::EndOfData),
        (b"sending message body", Stage::EndOfData),
        (b"BDAT", Stage::EndOfData),
        (b"data sent", Stage::EndOfData),
    ];
    let command = command.strip_prefix(PIPELINED).unwrap_or(command);
    // `sending data block (4122 bytes written)`; older ones say `MAIL FROM:<…> SIZE=4122`.
    STAGES.iter().find_map(|(start, stage)| command.starts_with(start).then_some(*stage))
}

/// Takes the backslashes out that `C="…"` puts before quotes and backslashes.
pub(super) fn unquote(text: &mut Vec<u8>) {
    let mut escaped = false;
    text.retain(|byte| {
        escaped = *byte == b'\\' && !escaped;
        !escaped
    });
}

/// Turns what Exim wrote for bytes that cannot be printed into these bytes: `\n`, `\r`, `\t` and
/// `\033`. A backslash of the reply's own is written as it is, so only what cannot be meant
/// otherwise is turned: a line end before the next line's code or at the end, a tab that is not
/// within a word (`CORP\tom`), octal numbers of bytes that Exim would not print.
pub(super) fn unescape(text: &mut Vec<u8>) {
    let Some(first) = memchr(b'\\', text) else { return };
    let (mut from, mut to) = (first, first);
    while from < text.len() {
        let (byte, length) = match text[from] {
            b'\\' => escape(text, from, to).unwrap_or((b'\\', 1)),
            byte => (byte, 1),
        };
        text[to] = byte;
        (from, to) = (from + length, to + 1);
    }
    text.truncate(to);
}

/// The byte that the escape at `at` stands for, and its length; what stands before it was turned
/// already and ends at `done`.
fn escape(text: &[u8], at: usize, done: usize) -> Option<(u8, usize)> {
    let rest = &text[at + 1..];
    match rest {
        [b'n' | b'r', after @ ..] => {
            let after = after.trim_ascii_start();
            let ends = after.is_empty() || after.starts_with(b"\\n") || basic_code(after).is_some();
            ends.then_some((if rest[0] == b'n' { b'\n' } else { b'\r' }, 2))
        }
        [b't', after @ ..] => {
            let within = done > 0
                && text[done - 1].is_ascii_alphanumeric()
                && after.first().is_some_and(u8::is_ascii_alphanumeric);
            (!within).then_some((b'\t', 2))
        }
        [a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', ..] => {
            let byte = ((a - b'0') << 6) | ((b - b'0') << 3) | (c - b'0');
            (!(b' '..=b'~').contains(&byte)).then_some((byte, 4))
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Said, read, unescape, unquote};
    use crate::model::{Relay, Speaker, Stage};

    fn is(message: &str, reply: &str, speaker: Speaker, stage: Option<Stage>) {
        let want = Said { reply: reply.as_bytes(), speaker, stage, relay: None };
        assert_eq!(read(message.as_bytes()), want, "{message}");
    }

    fn server(after: &str, reply: &str, stage: Stage) {
        let message = format!("SMTP error from remote mail server after {after}: {reply}");
        is(&message, reply, Speaker::Server, Some(stage));
    }

    fn local(message: &str, stage: Option<Stage>) {
        is(message, message, Speaker::Mta, stage);
    }

    #[test]
    fn every_command_has_its_stage() {
        server("initial connection", "421 busy", Stage::Connect);
        server("EHLO mta1.sender.example", "550 no", Stage::Helo);
        server("HELO mta1.sender.example", "550 no", Stage::Helo);
        server("STARTTLS", "454 no", Stage::Starttls);
        server("AUTH PLAIN", "535 no", Stage::Auth);
        server("MAIL FROM:<s@a.example> SIZE=1234", "552 no", Stage::Mail);
        server("pipelined MAIL FROM:<s@a.example> SIZE=1234", "421 no", Stage::Mail);
        server("RCPT TO:<r@b.example>", "550 no", Stage::Rcpt);
        server("pipelined RCPT TO:<r@b.example> NOTIFY=FAILURE", "550 no", Stage::Rcpt);
        server("DATA", "354 no", Stage::Data);
        server("pipelined DATA", "554 no", Stage::Data);
        server("end of data", "554 no", Stage::EndOfData);
        server("pipelined end of data", "554 no", Stage::EndOfData);
        server("sending data block", "452 no", Stage::EndOfData);
        server("RCPT TO:<\"a>: 250 x\"@b.example>", "550 no", Stage::Rcpt);
        server("RCPT TO:", "550 no", Stage::Rcpt);
        server("DATA", "550 :<>: no", Stage::Data);
    }

    #[test]
    fn the_host_in_the_message_is_taken_off() {
        let message = "SMTP error from remote mail server after RCPT TO:<a@b.example>: host mx.b.example [192.0.2.1]: 550 host x [192.0.2.9]: no";
        let said = read(message.as_bytes());
        assert_eq!(said.relay, Some(Relay { host: b"mx.b.example", ip: b"192.0.2.1" }));
        assert_eq!(said.reply, b"550 host x [192.0.2.9]: no");
    }

    #[test]
    fn a_malformed_reply_with_a_code_is_the_servers() {
        is(
            "Malformed SMTP reply in response to end of data: 550 5.7.1 a long story",
            "550 5.7.1 a long story",
            Speaker::Server,
            Some(Stage::EndOfData),
        );
        local("Malformed SMTP reply in response to initial connection: hello", Some(Stage::Connect));
        local("Malformed SMTP reply (an empty line) in response to DATA", Some(Stage::Data));
    }

    #[test]
    fn local_failures_keep_their_text_and_their_stage() {
        local("Remote host closed connection in response to end of data", Some(Stage::EndOfData));
        local(
            "Remote host closed connection in response to pipelined RCPT TO:<a@b.example>",
            Some(Stage::Rcpt),
        );
        local("Remote host mx [192.0.2.1] closed connection in response to EHLO x", Some(Stage::Helo));
        local("SMTP timeout after initial connection", Some(Stage::Connect));
        local(
            "SMTP timeout while connected to mx [192.0.2.1] after MAIL FROM:<a@b.example>",
            Some(Stage::Mail),
        );
        local("Connection timed out", Some(Stage::Connect));
        local(
            "TLS session: (gnutls_handshake): An unexpected TLS packet was received.",
            Some(Stage::Starttls),
        );
        local("a TLS session is required, but the server did not offer TLS support", Some(Stage::Starttls));
        local("Unrouteable address", None);
    }

    fn turned(text: &str) -> Vec<u8> {
        let mut bytes = text.as_bytes().to_vec();
        unescape(&mut bytes);
        bytes
    }

    #[test]
    fn escapes_become_what_they_stand_for() {
        assert_eq!(
            turned("550-5.1.1 a\\n550-5.1.1\\n550 5.1.1 b\\n"),
            b"550-5.1.1 a\n550-5.1.1\n550 5.1.1 b\n"
        );
        assert_eq!(
            turned("554 \\033[31m caf\\303\\251 \\302\\2331m\\177"),
            b"554 \x1b[31m caf\xc3\xa9 \xc2\x9b1m\x7f"
        );
        assert_eq!(turned("550 \\tno\\t such user"), b"550 \tno\t such user");
    }

    #[test]
    fn backslashes_of_the_reply_stay() {
        for text in [
            "550 CORP\\nancy",
            "550 CORP\\tom",
            "550 \\101\\040 \\999 \\0",
            "550 x\\",
            "550 x\\n2026-11-21 ** a@b.example",
        ] {
            assert_eq!(turned(text), text.as_bytes(), "{text}");
        }
    }

    #[test]
    fn quotes_are_taken_off_once() {
        let mut text = br#"250 \"a\" \\n \\\\"#.to_vec();
        unquote(&mut text);
        assert_eq!(text, br#"250 "a" \n \\"#);
    }
}
