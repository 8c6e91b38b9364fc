//! The lines of a pasted session: whose each is, by its mark, and what it says.

use memchr::memmem;

use crate::model::{Stage, basic_code};

/// Bytes kept of an address or a host's name: SMTP allows 256, and each answer holds them.
pub(super) const NAME: usize = 512;

/// Whose a line is.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Side {
    /// Ours.
    Client,
    /// Theirs.
    Server,
}

/// Marks before lines, longest first where one begins another.
const MARKS: [(&[u8], Side); 22] = [
    (b"SMTP>> ", Side::Client),
    (b"SMTP<< ", Side::Server),
    (b"CLIENT -> SERVER:", Side::Client),
    (b"SERVER -> CLIENT:", Side::Server),
    (b"Client:", Side::Client),
    (b"Server:", Side::Server),
    (b"send: ", Side::Client),
    (b"reply: ", Side::Server),
    (b">>>", Side::Client),
    (b"<<<", Side::Server),
    (b">>", Side::Client),
    (b"<<", Side::Server),
    (b"C:", Side::Client),
    (b"S:", Side::Server),
    (b"->", Side::Client),
    (b"~>", Side::Client),
    (b"<**", Side::Server),
    (b"<~*", Side::Server),
    (b"<-", Side::Server),
    (b"<~", Side::Server),
    (b"> ", Side::Client),
    (b"< ", Side::Server),
];

/// What clients say, and where in the session it stands.
const COMMANDS: [(&[u8], Option<Stage>); 15] = [
    (b"EHLO ", Some(Stage::Helo)),
    (b"HELO ", Some(Stage::Helo)),
    (b"LHLO ", Some(Stage::Helo)),
    (b"STARTTLS", Some(Stage::Starttls)),
    (b"AUTH ", Some(Stage::Auth)),
    (b"MAIL FROM:", Some(Stage::Mail)),
    (b"RCPT TO:", Some(Stage::Rcpt)),
    (b"DATA", Some(Stage::Data)),
    (b"BDAT ", Some(Stage::EndOfData)),
    (b"RSET", None),
    (b"NOOP", None),
    (b"QUIT", None),
    (b"VRFY ", None),
    (b"EXPN ", None),
    (b"HELP", None),
];

/// A line without its mark.
#[derive(Debug)]
pub(super) struct Line<'a> {
    /// Whose it is, where a mark says so.
    pub(super) side: Option<Side>,
    /// What it says.
    pub(super) text: &'a [u8],
}

/// The lines with their marks taken off. Where a session was pasted as one line, marks end lines.
pub(super) fn lines(text: &[u8]) -> Vec<Line<'_>> {
    let mut found = Vec::new();
    for line in text.split(|byte| *byte == b'\n') {
        let line = line.trim_ascii();
        // Python tells each reply a second time.
        if line.starts_with(b"reply: retcode") {
            continue;
        }
        let (side, rest) = marked(line);
        let inline =
            side.filter(|_| memmem::find(rest, b" << ").is_some() || memmem::find(rest, b" <<< ").is_some());
        if inline.is_none() {
            let again = rest.is_empty() && found.last().is_some_and(|last: &Line<'_>| last.text.is_empty());
            // Blank lines say no more than one does.
            if !again {
                found.push(Line { side, text: unquoted(rest) });
            }
            continue;
        }
        let mut from = 0;
        while from < line.len() {
            let next = memchr::memchr2_iter(b'<', b'>', &line[from + 1..])
                .map(|at| from + 1 + at)
                .find(|at| line[at - 1] == b' ' && matches!(line.get(*at..*at + 2), Some(b">>" | b"<<")));
            let (side, rest) = marked(line[from..next.unwrap_or(line.len())].trim_ascii());
            // What people write behind it: ` # Root cause: …`.
            let comment = memmem::find_iter(rest, b" # ")
                .find(|at| rest.get(at + 3).is_some_and(u8::is_ascii_alphabetic));
            found.push(Line { side, text: &rest[..comment.unwrap_or(rest.len())] });
            from = next.unwrap_or(line.len());
        }
        // What follows such a line is no part of it.
        found.push(Line { side: None, text: b"" });
    }
    found
}

/// Whose a line is by its mark. A mark counts where a command, a code or a dot follows it, or a
/// reply's line does: prose is quoted with `>` too.
fn marked(line: &[u8]) -> (Option<Side>, &[u8]) {
    for (mark, side) in MARKS {
        // Libraries put a time before theirs.
        let at = if mark.len() > 9 {
            memmem::find(&line[..line.len().min(80)], mark)
        } else {
            line.starts_with(mark).then_some(0)
        };
        let Some(at) = at else { continue };
        let rest = line[at + mark.len()..].trim_ascii();
        let fits = match side {
            Side::Client => is_command(unquoted(rest)) || rest == b"." || mark != b"> ",
            Side::Server => basic_code(unquoted(rest)).is_some(),
        };
        if fits {
            return (Some(side), rest);
        }
    }
    // Postfix's debug output: `> mx.b.example[192.0.2.1]:25: RCPT TO:<…>`.
    if let [b'>' | b'<', b' ', rest @ ..] = line
        && let Some(at) = memmem::find(rest, b"]:25: ")
    {
        let side = if line[0] == b'>' { Side::Client } else { Side::Server };
        return (Some(side), rest[at + 6..].trim_ascii());
    }
    (None, line)
}

/// Python's way of showing bytes: `'mail FROM:<a@b>\r\n'`, `b'550 no\r\n'`.
pub(super) fn unquoted(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(b"b").filter(|rest| rest.starts_with(b"'")).unwrap_or(text);
    let Some(inner) = text.strip_prefix(b"'").and_then(|text| text.strip_suffix(b"'")) else { return text };
    inner.strip_suffix(b"\\r\\n").unwrap_or(inner)
}

/// Where in the session a command stands, and what follows its verb.
pub(super) fn command(text: &[u8]) -> Option<(Option<Stage>, &[u8])> {
    COMMANDS.iter().find_map(|(verb, stage)| {
        let head = text.get(..verb.len())?;
        let rest = &text[verb.len()..];
        let whole = verb.ends_with(b":") || verb.ends_with(b" ") || rest.is_empty();
        (head.eq_ignore_ascii_case(verb) && whole).then_some((*stage, rest))
    })
}

/// Whether a line is a command.
pub(super) fn is_command(text: &[u8]) -> bool {
    command(text).is_some()
}

/// The address of `MAIL FROM:<a@b> SIZE=1`.
pub(super) fn address(text: &[u8]) -> Vec<u8> {
    let text = text.trim_ascii_start();
    let inner = match text.strip_prefix(b"<") {
        Some(rest) => rest.split(|byte| *byte == b'>').next(),
        None => text.split(|byte| *byte == b' ').next(),
    };
    let inner = inner.unwrap_or_default();
    inner[..inner.len().min(NAME)].to_vec()
}
