//! A session as its rows tell it: commands, and the answers that come in their order.
//!
//! * An answer belongs to the oldest command that has none. Commands may be sent ahead of their
//!   answers (`MAIL`, `RCPT`, `RCPT`, then three answers).
//! * A refused `RCPT` is that recipient's outcome; the answer to the final dot, or to the last `BDAT`,
//!   is every accepted recipient's. A refused `MAIL` is the outcome of the recipients that were sent
//!   ahead of its answer. Before any recipient was named (banner, `EHLO`, `AUTH`, `MAIL`) a refusal is
//!   one attempt without a recipient: what was refused is known, for how many is not. Exchange keeps
//!   the mail after a refused banner or `EHLO`, whatever the code, and gives it up after a 5xx to `MAIL`.
//! * A `421` ends the session: it is the outcome of everybody still undecided. A session that ends
//!   without one is a failure of the connection for them, unless we had said `QUIT`.
//! * A reply of several lines is several rows, `550-…` and at last `550 …`. A server that leaves its
//!   last line out ends its reply with our next command, or with a line of another code.
//! * A log names no host but what the banner says, and a banner says what its server likes. It is
//!   taken all the same where no remark names the host: without it a domain hosted elsewhere would be
//!   nobody's, and a server that lies about its name does so about its own recipients only.
//! * The connectors by which Exchange servers pass mail among themselves reach no provider.
//!
//! Sessions are bounded, in number, in bytes and in recipients; when they are full the older half goes,
//! and its recipients stay undecided.

use std::collections::VecDeque;
use std::ops::Range;

use hashbrown::HashMap;
use memchr::{memchr, memmem};

use crate::model::{Attempt, Enhanced, Moment, Outcome, Parsed, Relay, Speaker, Stage, basic_code, codes};
use crate::parse::On;

/// Sessions remembered at once.
pub(super) const SESSIONS: usize = 2048;
/// Bytes that all of them may hold.
pub(super) const BYTES: usize = 4 * 1024 * 1024;
/// Recipients of one message that are remembered: twice what Exchange allows unless it is told to.
const RECIPIENTS: usize = 10_000;
/// Longest reply that is joined from lines.
const REPLY: usize = 4096;
/// Longest address and session id that are kept.
const NAME: usize = 320;

/// What a row tells of.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Event {
    Connected,
    Disconnected,
    Command,
    Answer,
    Remark,
}

/// A row.
#[derive(Copy, Clone, Debug)]
pub(super) struct Row<'a> {
    pub at: Moment,
    pub connector: &'a [u8],
    pub id: &'a [u8],
    /// Our address.
    pub local: &'a [u8],
    /// Theirs.
    pub remote: &'a [u8],
    pub data: &'a [u8],
    pub context: &'a [u8],
}

/// The sessions that are open.
#[derive(Debug, Default)]
pub(super) struct Sessions {
    open: HashMap<Box<[u8]>, Session>,
    /// How many were opened, ever: the age of each.
    opened: u64,
    /// Bytes that they hold together.
    held: usize,
}

#[derive(Debug, Default)]
struct Session {
    opened: u64,
    /// Commands without an answer, oldest first.
    waiting: VecDeque<Command>,
    /// Whether we have said anything yet: before it, the server greets.
    spoke: bool,
    /// Whether a challenge to AUTH was answered by what is no command.
    challenged: bool,
    quit: bool,
    /// Addresses, one after the other.
    text: Vec<u8>,
    sender: Option<Range<usize>>,
    recipients: Vec<(Range<usize>, Fate)>,
    /// The lines of a reply that goes on.
    reply: Vec<u8>,
    /// The server's name.
    host: Vec<u8>,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Fate {
    Asked,
    Accepted,
    Decided,
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Command {
    Greeting,
    Hello,
    Tls,
    Auth,
    Mail,
    Rcpt(usize),
    Data,
    /// A part of the message that is not the last.
    Chunk,
    /// The end of the message.
    Dot,
    Other,
}

impl Command {
    fn stage(self) -> Option<Stage> {
        Some(match self {
            Self::Greeting => Stage::Connect,
            Self::Hello => Stage::Helo,
            Self::Tls => Stage::Starttls,
            Self::Auth => Stage::Auth,
            Self::Mail => Stage::Mail,
            Self::Rcpt(_) => Stage::Rcpt,
            Self::Data | Self::Chunk => Stage::Data,
            Self::Dot => Stage::EndOfData,
            Self::Other => return None,
        })
    }
}

impl Sessions {
    /// Takes a row. Tells only what is decided by it.
    pub(super) fn row(&mut self, row: &Row<'_>, event: Event, on: On<'_>) {
        let id = &row.id[..row.id.len().min(NAME)];
        if event == Event::Disconnected {
            if let Some(mut session) = self.open.remove(id) {
                self.held = self.held.saturating_sub(session.weight());
                session.end(row, on);
            }
            return;
        }
        if event == Event::Remark && row.context.starts_with(b"Failed to connect") {
            on(Parsed::NonFinal(row.at));
        }
        if !self.open.contains_key(id) {
            if self.open.len() >= SESSIONS {
                self.forget_older();
            }
            self.opened += 1;
            let session = Session { opened: self.opened, ..Session::default() };
            self.held += session.weight();
            self.open.insert(id.into(), session);
        }
        let Some(session) = self.open.get_mut(id) else { return };
        let before = session.weight();
        match event {
            Event::Command => session.command(row, on),
            Event::Answer => session.answer(row, on),
            Event::Remark => session.remark(row),
            Event::Connected | Event::Disconnected => {}
        }
        self.held = (self.held + session.weight()).saturating_sub(before);
        while self.held > BYTES && !self.open.is_empty() {
            self.forget_older();
        }
    }

    /// Forgets the older half of the sessions, at least one.
    fn forget_older(&mut self) {
        let ages = self.open.values().map(|session| session.opened);
        let (Some(oldest), Some(newest)) = (ages.clone().min(), ages.max()) else { return };
        let middle = oldest + (newest - oldest) / 2;
        self.open.retain(|_, session| session.opened > middle);
        self.held = self.open.values().map(Session::weight).sum();
    }
}

#[cfg(test)]
impl Sessions {
    pub(super) fn len(&self) -> usize {
        self.open.len()
    }

    pub(super) fn bytes(&self) -> usize {
        self.open.values().map(Session::weight).sum()
    }
}

impl Session {
    /// The bytes that it holds, near enough.
    fn weight(&self) -> usize {
        const EACH: usize = 32;
        let lists = self.waiting.len() + self.recipients.len();
        size_of::<Self>() + EACH * lists + self.text.len() + self.reply.len() + self.host.len()
    }

    /// What we said.
    fn command(&mut self, row: &Row<'_>, on: On<'_>) {
        self.finish_reply(row, on);
        self.spoke = true;
        let data = row.data.trim_ascii();
        let challenged = std::mem::take(&mut self.challenged);
        let command = if let Some(rest) = after(data, b"MAIL FROM:") {
            self.forget_message();
            self.sender = Some(self.keep(path(rest)));
            Command::Mail
        } else if let Some(rest) = after(data, b"RCPT TO:") {
            if self.recipients.len() < RECIPIENTS {
                let recipient = self.keep(path(rest));
                self.recipients.push((recipient, Fate::Asked));
                Command::Rcpt(self.recipients.len() - 1)
            } else {
                on(Parsed::Unparsed("more recipients than are remembered"));
                Command::Other
            }
        } else if after(data, b"BDAT ").is_some() {
            if data[data.len() - 5..].eq_ignore_ascii_case(b" LAST") { Command::Dot } else { Command::Chunk }
        } else {
            let verb = &data[..memchr(b' ', data).unwrap_or(data.len())];
            let is = |words: &[&[u8]]| words.iter().any(|word| verb.eq_ignore_ascii_case(word));
            if is(&[b"DATA"]) {
                Command::Data
            } else if is(&[b"EHLO", b"HELO", b"LHLO"]) {
                Command::Hello
            } else if is(&[b"STARTTLS", b"X-ANONYMOUSTLS"]) {
                Command::Tls
            } else if is(&[b"AUTH", b"X-EXPS"]) || challenged {
                Command::Auth
            } else if is(&[b"QUIT"]) {
                self.quit = true;
                Command::Other
            } else if is(&[b"RSET"]) {
                self.forget_message();
                Command::Other
            } else if is(&[b"NOOP", b"HELP"]) || matches!(verb.first(), Some(b'X' | b'x')) {
                // Exchange's own: XPROXYTO, XSHADOW and the like.
                Command::Other
            } else {
                return;
            }
        };
        self.waiting.push_back(command);
    }

    /// What the server said: a reply, or a line of one.
    fn answer(&mut self, row: &Row<'_>, on: On<'_>) {
        let line = row.data.trim_ascii();
        let Some((code, _)) = basic_code(line) else {
            return;
        };
        if basic_code(&self.reply).is_some_and(|(begun, _)| begun != code) {
            self.finish_reply(row, on);
        }
        // A row may hold several lines: the last one says whether there are more.
        let last = &line[memchr::memrchr(b'\n', line).map_or(0, |at| at + 1)..];
        let goes_on = last.get(3) == Some(&b'-') && basic_code(last).is_some();
        if !goes_on && self.reply.is_empty() {
            return self.reply(row, line, on);
        }
        let room = REPLY.saturating_sub(self.reply.len() + 1);
        if !self.reply.is_empty() {
            self.reply.push(b' ');
        }
        self.reply.extend_from_slice(&line[..line.len().min(room)]);
        if !goes_on {
            self.finish_reply(row, on);
        }
    }

    /// Takes the lines of a reply that have come for a whole one.
    fn finish_reply(&mut self, row: &Row<'_>, on: On<'_>) {
        if !self.reply.is_empty() {
            let reply = std::mem::take(&mut self.reply);
            self.reply(row, &reply, on);
        }
    }

    /// A whole reply.
    fn reply(&mut self, row: &Row<'_>, reply: &[u8], on: On<'_>) {
        let Some((code, text)) = basic_code(reply) else { return };
        let command = match self.waiting.pop_front() {
            None if !self.spoke => Command::Greeting,
            // Unasked: a server that is about to hang up.
            None => Command::Other,
            Some(command) => command,
        };
        if command == Command::Greeting && self.host.is_empty() {
            // A refusal may say why before it says who.
            let text = text.trim_ascii_start();
            let said_by = Enhanced::at_start(text).map_or(text, |(_, end)| &text[end..]);
            self.host.extend_from_slice(host_name(said_by));
        }
        let said = Said { reply, speaker: Speaker::Server, stage: command.stage() };
        let failed = match code {
            400..=499 => Some(Outcome::Deferred),
            500..=599 => Some(Outcome::Rejected),
            _ => None,
        };
        match (command, failed) {
            (Command::Data, None) if code == 354 => self.waiting.push_front(Command::Dot),
            (Command::Auth, None) => self.challenged = code == 334,
            (Command::Rcpt(index), None) => {
                if let Some((_, fate @ Fate::Asked)) = self.recipients.get_mut(index) {
                    *fate = Fate::Accepted;
                }
            }
            (Command::Rcpt(index), Some(outcome)) => self.decide_one(row, index, &said, outcome, on),
            (Command::Dot, None) => self.decide(row, &[Fate::Accepted], &said, Outcome::Delivered, on),
            (Command::Data | Command::Chunk | Command::Dot, Some(outcome)) => {
                self.decide(row, &[Fate::Accepted], &said, outcome, on);
            }
            (Command::Mail, Some(outcome)) => {
                if self.recipients.is_empty() {
                    self.tell(row, b"", &said, outcome, on);
                }
                self.decide(row, &[Fate::Asked, Fate::Accepted], &said, outcome, on);
            }
            // HELO, or no TLS, is tried next.
            (Command::Hello, Some(_)) if matches!(code, 500..=504) => on(Parsed::NonFinal(row.at)),
            (Command::Tls, Some(_)) => on(Parsed::NonFinal(row.at)),
            (Command::Greeting | Command::Hello | Command::Auth, Some(_)) => {
                self.tell(row, b"", &said, Outcome::Deferred, on);
            }
            _ => {}
        }
        if code == 421 {
            self.decide(row, &[Fate::Asked, Fate::Accepted], &said, Outcome::Deferred, on);
        }
    }

    /// The session is over.
    fn end(&mut self, row: &Row<'_>, on: On<'_>) {
        self.finish_reply(row, on);
        if self.quit {
            return;
        }
        let reply = [row.context, row.data].into_iter().map(<[u8]>::trim_ascii).find(|text| !text.is_empty());
        let said = Said {
            reply: reply.unwrap_or(b"the connection ended before an answer"),
            speaker: Speaker::Mta,
            stage: self.waiting.front().and_then(|command| command.stage()),
        };
        self.decide(row, &[Fate::Asked, Fate::Accepted], &said, Outcome::Deferred, on);
    }

    /// What Exchange remarked: the name of the host that it is about to ask.
    fn remark(&mut self, row: &Row<'_>) {
        const TARGET: &[u8] = b"TargetHost:";
        if let Some(at) = memmem::find(row.context, TARGET) {
            let host = host_name(&row.context[at + TARGET.len()..]);
            if !host.is_empty() {
                self.host.clear();
                self.host.extend_from_slice(host);
            }
        }
    }

    /// Another message begins.
    fn forget_message(&mut self) {
        self.text.clear();
        self.recipients.clear();
        self.sender = None;
        for command in &mut self.waiting {
            if matches!(command, Command::Rcpt(_)) {
                *command = Command::Other;
            }
        }
    }

    fn keep(&mut self, address: &[u8]) -> Range<usize> {
        let start = self.text.len();
        self.text.extend_from_slice(&address[..address.len().min(NAME)]);
        start..self.text.len()
    }

    fn decide_one(&mut self, row: &Row<'_>, index: usize, said: &Said<'_>, outcome: Outcome, on: On<'_>) {
        let Some((recipient, fate)) = self.recipients.get_mut(index) else { return };
        if *fate != Fate::Decided {
            *fate = Fate::Decided;
            let recipient = recipient.clone();
            self.tell(row, &self.text[recipient], said, outcome, on);
        }
    }

    /// Decides all recipients of these fates.
    fn decide(&mut self, row: &Row<'_>, of: &[Fate], said: &Said<'_>, outcome: Outcome, on: On<'_>) {
        for index in 0..self.recipients.len() {
            if of.contains(&self.recipients[index].1) {
                self.decide_one(row, index, said, outcome, on);
            }
        }
    }

    fn tell(&self, row: &Row<'_>, recipient: &[u8], said: &Said<'_>, outcome: Outcome, on: On<'_>) {
        if is_own(row.connector) {
            return on(Parsed::Local(row.at));
        }
        let (code, enhanced) = if said.speaker == Speaker::Server { codes(said.reply) } else { (None, None) };
        on(Parsed::Attempt(Attempt {
            at: row.at,
            host: b"",
            source: if row.local.is_empty() { row.connector } else { row.local },
            queue_id: row.id,
            recipient,
            sender: self.sender.clone().map(|sender| &self.text[sender]),
            campaign: b"",
            relay: (!self.host.is_empty() || !row.remote.is_empty())
                .then_some(Relay { host: &self.host, ip: row.remote }),
            outcome,
            reply: said.reply,
            speaker: said.speaker,
            stage: said.stage,
            code,
            enhanced,
            tls: None,
        }));
    }
}

/// What decides.
struct Said<'a> {
    reply: &'a [u8],
    speaker: Speaker,
    stage: Option<Stage>,
}

/// Whether a connector leads to a server of the same organization.
fn is_own(connector: &[u8]) -> bool {
    const OWN: [&[u8]; 3] = [
        b"Intra-Organization SMTP Send Connector",
        b"Inbound Proxy Internal Send Connector",
        b"Client Proxy Send Connector",
    ];
    OWN.iter().any(|own| connector.eq_ignore_ascii_case(own))
}

/// What follows a command's words.
fn after<'a>(data: &'a [u8], words: &[u8]) -> Option<&'a [u8]> {
    let start = data.get(..words.len())?;
    start.eq_ignore_ascii_case(words).then(|| &data[words.len()..])
}

/// `<address> SIZE=1` to `address`. A quoted local part may hold `>`.
fn path(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let Some(inside) = text.strip_prefix(b"<") else {
        return &text[..memchr(b' ', text).unwrap_or(text.len())];
    };
    let mut at = 0;
    if inside.first() == Some(&b'"') {
        at = 1;
        while let Some(byte) = inside.get(at) {
            at += if *byte == b'\\' { 2 } else { 1 };
            if *byte == b'"' {
                break;
            }
        }
    }
    let rest = inside.get(at..).unwrap_or_default();
    &inside[..memchr(b'>', rest).map_or(inside.len(), |end| at + end)]
}

/// The first word, if it is a name with a dot in it and no part of something longer.
fn host_name(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii_start();
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-' | b'_');
    let name = &text[..text.iter().take_while(|byte| is_part(byte)).count()];
    let has_letter = name.iter().any(u8::is_ascii_alphabetic);
    let is_whole = matches!(text.get(name.len()), None | Some(b' ' | b','));
    let is_name = name.len() <= 255 && has_letter && memchr(b'.', name).is_some();
    if is_whole && is_name { name } else { b"" }
}
