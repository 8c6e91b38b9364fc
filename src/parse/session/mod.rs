//! An SMTP session as people paste it: from swaks, telnet, openssl, curl, a bounce's transcript, a
//! library's debug output.
//!
//! Who speaks, the marks before the lines say (`>>>`, `C:`, `->`); without marks, a line that begins
//! with a command is the client's and one that begins with a code the server's. Each reply answers the
//! oldest command that has no answer yet, so pipelined commands get their own.

mod lines;

use std::collections::VecDeque;

use memchr::memmem;

use super::bounce::host_and_ip;
use crate::model::{Stage, basic_code};
use lines::{NAME, Side, address, command, is_command, lines, unquoted};

/// Bytes kept of one reply.
const REPLY: usize = 16 * 1024;
/// Replies kept of one session.
const ANSWERS: usize = 1_000;
/// Recipients of one message that are remembered.
const RECIPIENTS: usize = 1_000;

/// A session read.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Session {
    /// The server's replies, in order.
    pub answers: Vec<Answer>,
    /// Commands of the client that were seen.
    pub commands: usize,
    /// Whether something was left out for its number.
    pub cut: bool,
}

/// A reply and what it answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Answer {
    /// The reply, its lines joined by blanks, codes still before each.
    pub reply: Vec<u8>,
    /// Its basic code.
    pub code: u16,
    /// What was asked.
    pub stage: Option<Stage>,
    /// The envelope sender, or empty.
    pub sender: Vec<u8>,
    /// The recipient whom it is about, or empty.
    pub recipient: Vec<u8>,
    /// The domain of the first recipient named, whoever it is about; or empty.
    pub addressed: Vec<u8>,
    /// The host that answers, or empty.
    pub host: Vec<u8>,
    /// Its address, or empty.
    pub ip: Vec<u8>,
}

impl Answer {
    /// Whether it refuses, for good or for now.
    #[must_use]
    pub const fn is_failure(&self) -> bool {
        self.code >= 400
    }
}

/// A command without an answer yet.
#[derive(Clone, Debug, Default)]
struct Asked {
    stage: Option<Stage>,
    recipient: Vec<u8>,
}

#[derive(Debug, Default)]
struct Reader {
    session: Session,
    waiting: VecDeque<Asked>,
    /// The reply whose lines are being read; the stage is known when it begins.
    open: Option<Answer>,
    /// Whether the open reply said that another line follows.
    goes_on: bool,
    sender: Vec<u8>,
    /// The recipients that were taken.
    taken: Vec<Vec<u8>>,
    addressed: Vec<u8>,
    host: Vec<u8>,
    ip: Vec<u8>,
    /// Whether the host was named by who connected, and not only by itself.
    sure: bool,
    lmtp: bool,
    /// Between the answer 354 and the final dot.
    content: bool,
}

/// Whether a text is a session: commands, and hardly more replies than those; or one reply of several
/// lines and nothing else. Single lines among many replies do not make one.
#[must_use]
pub fn is_session(text: &[u8]) -> bool {
    let text = &text[..text.len().min(256 * 1024)];
    if is_one_reply(text) {
        return true;
    }
    let session = read(text);
    let answers = session.answers.len();
    // Among many replies, one a line, the commands that a line of them quotes make no session; what looks
    // like a reply in a message's text or in Sendmail's summary does not unmake one.
    let is_reply =
        |line: &&[u8]| line.starts_with(b"{") || (basic_code(line).is_some() && line.get(3) != Some(&b'-'));
    let replies = text.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii).filter(is_reply).count();
    session.commands > 0
        && answers > 0
        && answers <= session.commands + 2
        && replies <= session.commands * 2 + 2
}

/// Whether all lines are those of one reply: `550-`, `550-`, `550 `.
fn is_one_reply(text: &[u8]) -> bool {
    let lines: Vec<&[u8]> = text.trim_ascii().split(|byte| *byte == b'\n').take(100).collect();
    let Some((last, before)) = lines.split_last().filter(|(_, before)| !before.is_empty()) else {
        return false;
    };
    let Some((code, _)) = basic_code(last).filter(|_| last.get(3) != Some(&b'-')) else { return false };
    before
        .iter()
        .all(|line| line.get(3) == Some(&b'-') && basic_code(line).is_some_and(|(this, _)| this == code))
}

/// Reads a session. What is neither a command nor a reply is passed over.
#[must_use]
pub fn read(text: &[u8]) -> Session {
    let lines = lines(text);
    let marked = lines.iter().any(|line| line.side == Some(Side::Server));
    let last_dot = lines.iter().rposition(|line| line.text == b".");
    let mut reader = Reader::default();
    for (at, line) in lines.iter().enumerate() {
        let is_content = reader.content && line.side.is_none() && last_dot.is_some_and(|dot| at < dot);
        if is_content {
            continue;
        }
        match line.side {
            Some(Side::Client) => reader.client(line.text),
            Some(Side::Server) => reader.server(line.text),
            None if line.text == b"." => reader.client(line.text),
            None if !marked && basic_code(line.text).is_some() => reader.server(line.text),
            None if !marked && is_command(line.text) => reader.client(line.text),
            None => reader.beside(line.text),
        }
    }
    reader.close();
    // A reply pasted alone may be the greeting, and may be anything else.
    if reader.session.commands == 0
        && !reader.sure
        && let Some(first) = reader.session.answers.first_mut()
        && first.code != 220
    {
        first.stage = None;
    }
    reader.session
}

impl Reader {
    fn client(&mut self, text: &[u8]) {
        self.close();
        if text == b"." {
            self.content = false;
            // One more than there is room for, so that it shows.
            let room = RECIPIENTS.saturating_sub(self.waiting.len()) + 1;
            let taken = || self.taken.iter().take(room).cloned().collect();
            let recipients: Vec<_> = if self.lmtp { taken() } else { vec![self.only()] };
            recipients.into_iter().for_each(|recipient| self.ask(Some(Stage::EndOfData), recipient));
            return;
        }
        let text = unquoted(text);
        let Some((stage, rest)) = command(text) else { return };
        self.session.commands += 1;
        let mut recipient = Vec::new();
        match stage {
            Some(Stage::Helo) => self.lmtp |= text[0].eq_ignore_ascii_case(&b'L'),
            Some(Stage::Mail) => {
                self.sender = address(rest);
                self.taken.clear();
                self.addressed.clear();
            }
            Some(Stage::Rcpt) => {
                recipient = address(rest);
                if self.addressed.is_empty() {
                    self.addressed.clone_from(&recipient);
                }
            }
            _ => {}
        }
        self.ask(stage, recipient);
    }

    /// Remembers what will be answered, as far as there is room.
    fn ask(&mut self, stage: Option<Stage>, recipient: Vec<u8>) {
        if self.waiting.len() < RECIPIENTS {
            self.waiting.push_back(Asked { stage, recipient });
        } else {
            self.session.cut = true;
        }
    }

    fn server(&mut self, text: &[u8]) {
        let text = unquoted(text);
        let Some((code, rest)) = basic_code(text) else { return self.beside(text) };
        let goes_on = text.get(3) == Some(&b'-');
        match &mut self.open {
            Some(open) if self.goes_on && open.code == code => append(&mut open.reply, text),
            _ => {
                self.close();
                let greets = matches!(code, 220 | 421 | 554);
                if greets && self.session.commands == 0 && self.session.answers.is_empty() && !self.sure {
                    self.greeted_by(rest);
                }
                let asked = self.asked();
                self.open = Some(Answer {
                    reply: text[..text.len().min(REPLY)].to_vec(),
                    code,
                    stage: asked.stage,
                    sender: self.sender.clone(),
                    recipient: asked.recipient,
                    addressed: self.addressed.clone(),
                    host: self.host.clone(),
                    ip: self.ip.clone(),
                });
            }
        }
        self.goes_on = goes_on;
    }

    /// What the next reply answers.
    fn asked(&mut self) -> Asked {
        // The greeting answers nothing, and comes first.
        let greets = self.session.answers.is_empty() && self.session.commands == 0;
        if let Some(asked) = self.waiting.pop_front() {
            let of_message = asked.stage == Some(Stage::Data) || asked.stage == Some(Stage::EndOfData);
            let recipient =
                if of_message && asked.recipient.is_empty() { self.only() } else { asked.recipient };
            return Asked { recipient, ..asked };
        }
        let stage = if greets {
            Some(Stage::Connect)
        } else if self.content {
            Some(Stage::EndOfData)
        } else {
            None
        };
        let recipient = if self.content { self.only() } else { Vec::new() };
        self.content &= stage != Some(Stage::EndOfData);
        Asked { stage, recipient }
    }

    /// A line that is neither side's: a wrapped reply's rest, or a host's name.
    fn beside(&mut self, text: &[u8]) {
        const CONNECTED: [&[u8]; 4] =
            [b"while talking to ", b"Connected to ", b"=== Connected to ", b"connecting to "];
        for mark in CONNECTED {
            let Some(at) = memmem::find(&text[..text.len().min(120)], mark) else { continue };
            let named = &text[at + mark.len()..];
            let (host, ip) = host_and_ip(&named[..named.len().min(NAME)]);
            if host.contains(&b'.') || !ip.is_empty() {
                (self.host, self.ip) = (host.to_vec(), ip.to_vec());
                self.sure = !host.is_empty();
                // Another server: it has been asked nothing yet.
                self.close();
                self.waiting.clear();
                return;
            }
        }
        let is_words =
            text.first().is_some_and(|byte| !matches!(byte, b'#' | b'=' | b'*' | b'-' | b'.' | b'~'));
        match &mut self.open {
            Some(open) if is_words && basic_code(text).is_none() && open.is_failure() => {
                append(&mut open.reply, text)
            }
            _ => self.close(),
        }
    }

    fn close(&mut self) {
        self.goes_on = false;
        let Some(answer) = self.open.take() else { return };
        match (answer.stage, answer.code) {
            (Some(Stage::Rcpt), 200..=299) if self.taken.len() < RECIPIENTS => {
                self.taken.push(answer.recipient.clone())
            }
            (Some(Stage::Data), 354) => self.content = true,
            // A login goes on: the next reply answers it as well.
            (Some(Stage::Auth), 334) => {
                self.waiting.push_front(Asked { stage: answer.stage, ..Asked::default() })
            }
            _ => {}
        }
        if self.session.answers.len() < ANSWERS {
            self.session.answers.push(answer);
        } else {
            self.session.cut = true;
        }
    }

    /// `220 mx.b.example ESMTP`: the name that the server gives itself.
    fn greeted_by(&mut self, rest: &[u8]) {
        let word = rest.split(|byte| *byte == b' ').next().unwrap_or_default();
        let (host, ip) = host_and_ip(&word[..word.len().min(NAME)]);
        let is_name = host.contains(&b'.') && host.last().is_some_and(u8::is_ascii_alphabetic);
        if is_name && host.len() == word.len() && self.host.is_empty() {
            self.host = host.to_vec();
            if self.ip.is_empty() {
                self.ip = ip.to_vec();
            }
        }
    }

    /// The recipient of a message that has only one.
    fn only(&self) -> Vec<u8> {
        match self.taken.as_slice() {
            [only] => only.clone(),
            _ => Vec::new(),
        }
    }
}

fn append(reply: &mut Vec<u8>, line: &[u8]) {
    let room = REPLY.saturating_sub(reply.len());
    if room > 0 {
        reply.push(b' ');
        reply.extend_from_slice(&line[..line.len().min(room)]);
    }
}

#[cfg(test)]
mod tests;
