//! PowerMTA: accounting files, comma-separated with a header.
//!
//! ```text
//! type,timeLogged,orig,rcpt,dsnStatus,dsnDiag,dsnMta,bounceCat,dlvSourceIp,vmta,jobId
//! ```
//!
//! * Which columns there are, and in which order, is configured; the header says. Without one no row
//!   is read: nothing is guessed from positions. It stands again wherever files were put together.
//! * `dsnStatus` is PowerMTA's own mapping, `dsnDiag` what the server said (`smtp;550 5.1.1 …`). A
//!   `dsnDiag` without a code is PowerMTA's own text. Where there is none, `dsnStatus` or
//!   `bounceCat` stands for it: as the summary of an answer, or, where no server was reached or its
//!   network failed, as what failed here.
//! * A bounce for age is no answer (`message-expired`, `x.4.7`): its last answer was a transient
//!   record of its own. But categories are found by pattern, and `550 account expired` is one that
//!   the pattern finds: a 5xx in `dsnDiag` is a rejection whatever the category says.
//! * The source is the IP, which is what is blocked; the virtual MTA where none is logged.
//! * A record may go on over several lines inside quotes. It is joined, within bounds; a header that
//!   stands again or broken quotes show that it was cut off instead, and what follows is read anew.

mod columns;

use memchr::{memchr, memmem};

use super::On;
use super::csv::{Fault, Fields, Open};
use super::stamp::Clock;
use crate::model::{Attempt, Complaint, Enhanced, Moment, Outcome, Parsed, Relay, Speaker, Stage, codes};
use columns::{Column, Header, WANTED};

/// The reader of PowerMTA's rows, with the header that they need and the record that goes on.
#[derive(Debug, Default)]
pub(super) struct PowerMta {
    header: Option<Header>,
    open: Open,
    scratch: Vec<u8>,
}

impl PowerMta {
    /// Whether a line is one of these.
    pub(super) fn looks(&self, line: &[u8]) -> bool {
        let first = line.get(..memchr(b',', line).unwrap_or(0)).unwrap_or_default();
        if Kind::of(first).is_some() {
            // Without a header a letter alone shows too little, and a word nothing.
            let has_fields = || first.len() <= 4 && memchr::memchr_iter(b',', line).nth(2).is_some();
            return self.header.is_some() || has_fields();
        }
        Self::is_header(line)
    }

    /// Whether a line is one of these though it does not look like one: a record goes on, or the
    /// header puts the type elsewhere.
    pub(super) fn expects(&self, line: &[u8]) -> bool {
        self.open.waits() || self.header.as_ref().is_some_and(|header| header.expects(line))
    }

    /// Whether a line is a header that later lines need.
    pub(super) fn is_header(line: &[u8]) -> bool {
        columns::is_header(line)
    }

    /// Reads a line.
    pub(super) fn bare(&mut self, line: &[u8], clock: &mut Clock, on: On<'_>) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if self.open.waits() {
            if !self.header.as_ref().is_some_and(|header| header.is(line)) {
                return self.go_on(line, clock, on);
            }
            self.forget_open();
            on(Parsed::Unparsed("a quoted field has no end"));
        }
        if line.trim_ascii().is_empty() {
            return on(Parsed::NoInterest);
        }
        if Self::is_header(line) {
            if !self.header.as_ref().is_some_and(|header| header.is(line)) {
                self.header = Some(Header::new(line));
            }
            return on(Parsed::NoInterest);
        }
        let Some(header) = &self.header else { return on(Parsed::Unparsed("no header line before it")) };
        match read(line, header, &mut self.scratch, clock, on) {
            Ok(()) => {}
            Err(Fault::Broken) => on(Parsed::Unparsed("text after a quoted field")),
            Err(Fault::Open) if self.open.add(line) => on(Parsed::NoInterest),
            Err(Fault::Open) => on(Parsed::Unparsed("a quoted field has no end")),
        }
    }

    /// The next line of a record that ended inside quotes.
    fn go_on(&mut self, line: &[u8], clock: &mut Clock, on: On<'_>) {
        let Some(header) = &self.header else { return on(Parsed::NoInterest) };
        if !self.open.add(line) {
            self.forget_open();
            return on(Parsed::Unparsed("a quoted field has no end"));
        }
        let lines = self.open.lines();
        let record = self.open.take();
        match read(&record, header, &mut self.scratch, clock, on) {
            Ok(()) => self.open.put_back(record),
            Err(Fault::Open) => {
                self.open.keep(record, lines);
                on(Parsed::NoInterest);
            }
            // What is written properly never breaks: the record was cut off, and this line is another.
            Err(Fault::Broken) => {
                self.open.put_back(record);
                on(Parsed::Unparsed("a quoted field has no end"));
                self.bare(line, clock, on);
            }
        }
    }

    fn forget_open(&mut self) {
        let record = self.open.take();
        self.open.put_back(record);
    }
}

/// The types of record.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Kind {
    Delivered,
    Bounced,
    Transient,
    /// A whole queue failed; no recipient was tried.
    TransientQueue,
    Received,
    Complaint,
    /// A bounce came back as mail.
    RemoteBounce,
    /// A delivery report came back as mail that is no bounce.
    RemoteStatus,
}

impl Kind {
    #[inline]
    fn of(word: &[u8]) -> Option<Self> {
        Some(match word {
            b"d" | b"\"d\"" | b"delivery" | b"delivered" => Self::Delivered,
            b"b" | b"\"b\"" | b"bounce" | b"bounced" => Self::Bounced,
            b"t" | b"\"t\"" | b"tran" | b"transient" => Self::Transient,
            b"tq" | b"\"tq\"" | b"tran-queue" | b"transient-queue" => Self::TransientQueue,
            b"r" | b"\"r\"" | b"receipt" | b"received" => Self::Received,
            b"f" | b"\"f\"" | b"feedback-loop" => Self::Complaint,
            b"rb" | b"\"rb\"" | b"remote-bounce" => Self::RemoteBounce,
            b"rs" | b"\"rs\"" | b"remote-status" => Self::RemoteStatus,
            _ => return None,
        })
    }
}

/// Reads a row. A fault of its quotes is the caller's; everything else is told.
fn read(
    line: &[u8],
    header: &Header,
    scratch: &mut Vec<u8>,
    clock: &mut Clock,
    on: On<'_>,
) -> Result<(), Fault> {
    let (fields, count) = Fields::<WANTED>::of(line, header.slots())?;
    on(if let Some(fault) = header.fault() {
        Parsed::Unparsed(fault)
    } else if count < header.columns() {
        Parsed::Unparsed("fewer fields than the header has")
    } else if count > header.columns() {
        Parsed::Unparsed("more fields than the header has")
    } else {
        Row { texts: fields.texts(scratch), header }.parsed(clock)
    });
    Ok(())
}

/// One row, by column.
struct Row<'a> {
    texts: [&'a [u8]; WANTED],
    header: &'a Header,
}

/// What was said, and by whom.
struct Said<'a> {
    reply: &'a [u8],
    speaker: Speaker,
    code: Option<u16>,
    enhanced: Option<Enhanced>,
}

impl<'a> Row<'a> {
    #[inline]
    fn get(&self, column: Column) -> &'a [u8] {
        self.texts[column as usize]
    }

    /// The first of these that is not empty.
    fn first(&self, columns: &[Column]) -> &'a [u8] {
        columns.iter().map(|column| self.get(*column)).find(|text| !text.is_empty()).unwrap_or_default()
    }

    fn parsed(&self, clock: &mut Clock) -> Parsed<'a> {
        let Some(kind) = Kind::of(self.get(Column::Type)) else {
            return Parsed::Unparsed("an unknown record type");
        };
        let outcome = match kind {
            Kind::Delivered => Outcome::Delivered,
            Kind::Bounced => Outcome::Rejected,
            Kind::Transient => Outcome::Deferred,
            Kind::Received | Kind::RemoteStatus => return Parsed::NoInterest,
            Kind::TransientQueue | Kind::Complaint | Kind::RemoteBounce => {
                let Some(at) = clock.read(self.get(self.header.time())) else { return self.no_time() };
                return match kind {
                    Kind::TransientQueue => Parsed::Suspended(at),
                    Kind::Complaint => Parsed::Complaint(self.complaint(at)),
                    _ => Parsed::LateBounce(at),
                };
            }
        };
        let Some(at) = clock.read(self.get(self.header.time())) else { return self.no_time() };
        if matches!(self.get(Column::DlvType), b"pipe" | b"file" | b"discard") {
            return Parsed::Local(at);
        }
        let relay = self.relay();
        let said = self.said(outcome, relay.is_some());
        if kind == Kind::Bounced && self.is_expired(&said) {
            return Parsed::Expired(at);
        }
        let Said { reply, speaker, code, enhanced } = said;
        Parsed::Attempt(Attempt {
            at,
            host: b"",
            source: match self.get(Column::DlvSourceIp) {
                b"" | b"0.0.0.0" => self.first(&[Column::Vmta, Column::VmtaPool]),
                ip => ip,
            },
            queue_id: self.first(&[Column::EnvId, Column::MessageId]),
            recipient: bare_address(self.get(Column::Rcpt)),
            sender: self.header.has(Column::Orig).then(|| bare_address(self.get(Column::Orig))),
            campaign: self.first(&[Column::JobId, Column::Campaign, Column::VmtaPool]),
            relay,
            outcome,
            reply,
            speaker,
            stage: (outcome == Outcome::Delivered).then_some(Stage::EndOfData),
            code,
            enhanced,
            tls: self.tls(outcome, speaker),
        })
    }

    /// A complaint names the message that it is about; many providers take the recipient out.
    fn complaint(&self, at: Moment) -> Complaint<'a> {
        let sender = bare_address(self.get(Column::Orig));
        Complaint {
            at,
            recipient: bare_address(self.get(Column::Rcpt)),
            sender: (!sender.is_empty()).then_some(sender),
            campaign: self.first(&[Column::JobId, Column::Campaign, Column::VmtaPool]),
        }
    }

    /// Whether the connection was encrypted: the column is empty where it was not, and where no
    /// server was reached.
    fn tls(&self, outcome: Outcome, speaker: Speaker) -> Option<bool> {
        let reached = outcome == Outcome::Delivered || speaker == Speaker::Server;
        (self.header.has(Column::DlvTlsProtocol) && reached)
            .then(|| !self.get(Column::DlvTlsProtocol).is_empty())
    }

    #[cold]
    fn no_time(&self) -> Parsed<'a> {
        Parsed::Unparsed(if self.header.time() == Column::TimeQueued {
            "timeQueued is no time"
        } else {
            "timeLogged is no time"
        })
    }

    /// `dsnMta` is `host (ip)`; the address may stand in a column of its own.
    fn relay(&self) -> Option<Relay<'a>> {
        let mta = self.get(Column::DsnMta);
        let mta = match mta.get(..4) {
            Some(kind) if kind.eq_ignore_ascii_case(b"dns;") => mta[4..].trim_ascii_start(),
            _ => mta,
        };
        let open = memchr(b'(', mta).unwrap_or(mta.len());
        let (host, ip) = (mta[..open].trim_ascii_end(), mta.get(open + 1..).unwrap_or_default());
        let ip = &ip[..memchr(b')', ip).unwrap_or(ip.len())];
        let ip = if ip.is_empty() { self.get(Column::DlvDestinationIp) } else { ip };
        (!host.is_empty() || !ip.is_empty()).then_some(Relay { host, ip })
    }

    #[inline]
    fn said(&self, outcome: Outcome, reached: bool) -> Said<'a> {
        let diagnosis = diagnosis(self.get(Column::DsnDiag));
        let (code, enhanced) = codes(diagnosis);
        if code.is_some() {
            return Said { reply: diagnosis, speaker: Speaker::Server, code, enhanced };
        }
        if outcome == Outcome::Delivered {
            // `2.0.0 (success)` is no reply.
            let speaker = if diagnosis.is_empty() { Speaker::Summary } else { Speaker::Mta };
            return Said { reply: diagnosis, speaker, code: None, enhanced: None };
        }
        if !diagnosis.is_empty() {
            return Said { reply: diagnosis, speaker: Speaker::Mta, code: None, enhanced: None };
        }
        let speaker = if self.is_local(reached) { Speaker::Mta } else { Speaker::Summary };
        Said {
            reply: self.first(&[Column::DsnStatus, Column::BounceCat]),
            speaker,
            code: None,
            enhanced: None,
        }
    }

    /// Whether what PowerMTA sums up is no answer of a server: none was reached, or names, routes
    /// or the network failed.
    fn is_local(&self, reached: bool) -> bool {
        const OWN: [&[u8]; 6] = [
            b"bad-configuration",
            b"bad-connection",
            b"bad-domain",
            b"message-expired",
            b"no-answer-from-host",
            b"routing-errors",
        ];
        let would_say = self.header.has(Column::DsnMta) || self.header.has(Column::DlvDestinationIp);
        let status = Enhanced::at_start(self.get(Column::DsnStatus));
        would_say && !reached
            || OWN.contains(&self.get(Column::BounceCat))
            || status
                .is_some_and(|(status, _)| status.subject == 4 || (status.subject, status.detail) == (1, 2))
    }

    /// Whether a bounce was for the message's age.
    fn is_expired(&self, said: &Said<'_>) -> bool {
        if said.code.is_some_and(|code| code >= 500) {
            return false;
        }
        let status = Enhanced::at_start(self.get(Column::DsnStatus));
        self.get(Column::BounceCat) == b"message-expired"
            || status.is_some_and(|(status, _)| (status.subject, status.detail) == (4, 7))
            || said.code.is_none() && memmem::find(said.reply, b"time expired").is_some()
    }
}

/// `smtp;550 5.1.1 no` to `550 5.1.1 no`. The type before the semicolon has no spaces.
fn diagnosis(text: &[u8]) -> &[u8] {
    let text = text.trim_ascii();
    let kind = text.iter().take(24).take_while(|byte| byte.is_ascii_alphanumeric() || **byte == b'-').count();
    match text.get(kind) {
        Some(b';') if kind > 0 => text[kind + 1..].trim_ascii_start(),
        _ => text,
    }
}

/// Without the angle brackets that some submitters leave.
fn bare_address(text: &[u8]) -> &[u8] {
    text.strip_prefix(b"<").and_then(|text| text.strip_suffix(b">")).unwrap_or(text)
}

#[cfg(test)]
mod tests;
