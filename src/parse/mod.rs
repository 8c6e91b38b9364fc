//! A line becomes an attempt: the log envelope first, then one file per MTA.
//!
//! Whose line it is, its content says, line by line: syslog mixes programs and hosts. A line reads
//! the same wherever it stands, but for the joins that a log itself asks for: a CSV file's header, a
//! session's recipient, a delivery's number, and the last stamp in an hour that the clock repeats.

pub mod bounce;
mod csv;
mod dialect;
mod envelope;
mod exchange;
mod exim;
mod haraka;
mod json;
mod mail;
mod momentum;
mod opensmtpd;
mod postfix;
mod powermta;
mod qmail;
mod reason;
mod recent;
pub mod results;
mod sendmail;
pub mod session;
mod shape;
mod stamp;
mod stamped;
#[cfg(test)]
mod tests;
#[cfg(test)]
mod told;
mod wrapped;
mod zonemta;

use std::sync::Arc;

use crate::model::{Moment, Parsed};

pub use dialect::Dialect;
pub use json::{FormatError, Formats};
pub use shape::{Form, form, messages};
pub use stamp::Clock;

use envelope::Envelope;
use wrapped::Wrapped;

/// One thing that a line said.
#[derive(Copy, Clone, Debug)]
pub struct Read<'a> {
    /// What it is.
    pub parsed: Parsed<'a>,
    /// How many such lines it stands for: syslog writes `message repeated 3 times: […]`.
    pub times: u32,
}

/// Hears what a line said: one thing, or an attempt for each of several recipients.
type On<'o> = &'o mut dyn FnMut(Parsed<'_>);

/// What a syslog line carried.
#[derive(Copy, Clone, Debug)]
struct Message<'a> {
    /// When it was logged.
    at: Moment,
    /// The MTA's host, or empty.
    host: &'a [u8],
    /// The program's tag, or empty.
    tag: &'a [u8],
    /// The number of the process, or empty.
    pid: &'a [u8],
    /// The rest.
    text: &'a [u8],
}

impl<'a> Message<'a> {
    /// A program's own line, without syslog around it.
    const fn bare(at: Moment, text: &'a [u8]) -> Self {
        Self { at, host: b"", tag: b"", pid: b"", text }
    }
}

/// Reads lines of one source.
#[derive(Debug)]
pub struct Parser {
    clock: Clock,
    only: Option<Dialect>,
    heads: envelope::Heads,
    postfix: postfix::Postfix,
    exim: exim::Exim,
    sendmail: sendmail::Sendmail,
    opensmtpd: opensmtpd::OpenSmtpd,
    qmail: qmail::Qmail,
    powermta: powermta::PowerMta,
    momentum: momentum::Momentum,
    zonemta: zonemta::ZoneMta,
    haraka: haraka::Haraka,
    exchange: exchange::Exchange,
    json: json::Json,
    /// What Docker wrapped.
    inner: Vec<u8>,
}

impl Parser {
    /// A parser whose year-less stamps are read so that none lies more than a day after
    /// `reference`, in the zone of `clock`.
    #[must_use]
    pub fn new(clock: Clock, formats: Arc<Formats>) -> Self {
        Self {
            clock,
            only: None,
            heads: envelope::Heads::default(),
            postfix: postfix::Postfix::new(),
            exim: exim::Exim::default(),
            sendmail: sendmail::Sendmail::default(),
            opensmtpd: opensmtpd::OpenSmtpd::default(),
            qmail: qmail::Qmail::default(),
            powermta: powermta::PowerMta::default(),
            momentum: momentum::Momentum,
            zonemta: zonemta::ZoneMta,
            haraka: haraka::Haraka::default(),
            exchange: exchange::Exchange::default(),
            json: json::Json::new(formats),
            inner: Vec::new(),
        }
    }

    /// Reads every line as one of `dialect`, whatever it looks like; `None`: as it looks.
    #[must_use]
    pub fn only(self, dialect: Option<Dialect>) -> Self {
        Self { only: dialect, ..self }
    }

    /// Moves the reference for year-less stamps forward (a followed log grows older than its
    /// start).
    pub fn refer_to(&mut self, reference: Moment) {
        self.clock.refer_to(reference);
    }

    /// Reads the headers at the beginning of a file whose lines will be read from further on.
    pub fn preface(&mut self, beginning: &[u8]) {
        for line in beginning.split(|byte| *byte == b'\n') {
            let line = line.strip_suffix(b"\r").unwrap_or(line);
            let line = line.strip_prefix(BOM).unwrap_or(line);
            if !powermta::PowerMta::is_header(line) && !exchange::Exchange::is_header(line) {
                return;
            }
            self.line(line, |_| {});
        }
    }

    /// The time stamp of a line, whatever the line says.
    pub fn moment(&mut self, line: &[u8]) -> Option<Moment> {
        let mut said = None;
        self.line(line, |read| said = said.or(read.parsed.at()));
        said.or_else(|| envelope::open(line).and_then(|envelope| self.clock.read(envelope.stamp)))
            .or_else(|| qmail::Qmail::moment(line, &mut self.clock))
            .or_else(|| {
                // Rows that say nothing of mail have their stamp for their first field all the same.
                let end = memchr::memchr2(b',', b'@', line)?;
                self.clock.read(&line[..end])
            })
    }

    /// Reads one line, without its line end, tells what it said, and answers whose it is; `None`
    /// where no MTA is known to write such lines.
    pub fn line(&mut self, line: &[u8], mut on: impl FnMut(Read<'_>)) -> Option<Dialect> {
        let line = line.strip_prefix(BOM).unwrap_or(line);
        if !json::docker::looks(line) {
            return self.unwrapped(line, &mut on, false);
        }
        let mut inner = std::mem::take(&mut self.inner);
        // Once: what is inside a wrapper is a program's line.
        let is_wrapped = json::docker::unwrap(line, &mut inner);
        let dialect = self.unwrapped(if is_wrapped { &inner } else { line }, &mut on, true);
        self.inner = inner;
        dialect
    }

    /// Reads a line, `inside` a wrapper or not.
    fn unwrapped(&mut self, line: &[u8], mut on: impl FnMut(Read<'_>), inside: bool) -> Option<Dialect> {
        if let Some(shape) = self.shape(line) {
            return self.bare(shape, line, &mut |parsed| on(Read { parsed, times: 1 }));
        }
        let (envelope, at) = match self.clock.again(line) {
            Some((stamp, at)) => (self.heads.open(line, stamp), Some(at)),
            None => (envelope::open(line), None),
        };
        let Some(envelope) = envelope else {
            if let Some(outer) = wrapped::kubernetes(line).filter(|_| !inside) {
                return self.wrapped(&outer, &mut on);
            }
            on(Read { parsed: Parsed::NoInterest, times: 1 });
            return None;
        };
        if envelope.stamp.is_empty()
            && envelope.tag.is_empty()
            && let Some(outer) = wrapped::compose(line).filter(|_| !inside)
        {
            return self.wrapped(&outer, &mut on);
        }
        if let Some(times) = envelope::last_message_repeated(envelope.message) {
            let at = at.or_else(|| self.clock.read(envelope.stamp));
            let parsed = at.map_or(Parsed::NoInterest, |at| Parsed::Repeat(at, envelope.host));
            on(Read { parsed, times });
            return None;
        }
        let (message, times) = envelope::message_repeated(envelope.message).unwrap_or((envelope.message, 1));
        let envelope = Envelope { message, ..envelope };
        self.enveloped(&envelope, at, |parsed: Parsed<'_>| on(Read { parsed, times }))
    }

    /// Reads what a container's runtime wrapped. Its time counts (one clock), except where records
    /// have full ones of their own.
    fn wrapped(&mut self, outer: &Wrapped<'_>, on: &mut dyn FnMut(Read<'_>)) -> Option<Dialect> {
        let is_timeless = match self.shape(outer.text) {
            None => true,
            Some(Shape::Of(Dialect::Haraka | Dialect::ZoneMta)) => !outer.text[0].is_ascii_digit(),
            Some(_) => false,
        };
        if outer.stamp.is_empty() || !is_timeless {
            return self.unwrapped(outer.text, on, true);
        }
        let mut inner = std::mem::take(&mut self.inner);
        outer.stamped(&mut inner);
        let dialect = self.unwrapped(&inner, on, true);
        self.inner = inner;
        dialect
    }

    /// What a line is by its first bytes, if it comes without syslog's envelope.
    fn shape(&self, line: &[u8]) -> Option<Shape> {
        if let Some(only) = self.only {
            return self.forced(only, line);
        }
        if self.powermta.expects(line) {
            return Some(Shape::Of(Dialect::PowerMta));
        }
        if self.exchange.expects() {
            return Some(Shape::Of(Dialect::Exchange));
        }
        let dialect = match *line.first()? {
            b'{' if haraka::Haraka::looks(line) => Dialect::Haraka,
            b'{' => return Some(Shape::Json),
            b'[' if line.get(1) == Some(&b'{') => return Some(Shape::Json),
            // RFC 3339 is syslog's more often than anybody's.
            b'0'..=b'9' if line.get(10) == Some(&b'T') => match line.get(24) {
                Some(b',') if self.exchange.looks(line) => Dialect::Exchange,
                // Without a stamp of its own it is syslog's: no program's text begins with a digit.
                _ if stamped::split(line).0.is_empty() => return None,
                _ if haraka::Haraka::looks(line) => Dialect::Haraka,
                _ if zonemta::ZoneMta::looks(line) => Dialect::ZoneMta,
                _ => return None,
            },
            b'0'..=b'9' if self.momentum.looks(line) => Dialect::Momentum,
            b'0'..=b'9' if exim::Exim::looks(line) => Dialect::Exim,
            b'0'..=b'9' | b'@' if qmail::Qmail::looks(line) => Dialect::Qmail,
            b'#' if self.exchange.looks(line) => Dialect::Exchange,
            b'a'..=b'z' | b'"' if self.powermta.looks(line) => Dialect::PowerMta,
            _ if haraka::Haraka::looks(line) => Dialect::Haraka,
            _ if zonemta::ZoneMta::looks(line) => Dialect::ZoneMta,
            b's' | b'd' | b'i' | b'n' | b'e' if qmail::Qmail::looks(line) => Dialect::Qmail,
            _ => return None,
        };
        Some(Shape::Of(dialect))
    }

    /// The same where the operator said whose lines these are. What may come in either way is
    /// looked at.
    fn forced(&self, only: Dialect, line: &[u8]) -> Option<Shape> {
        match only {
            Dialect::Exim if !exim::Exim::looks(line) => None,
            Dialect::Qmail if !qmail::Qmail::looks(line) => None,
            Dialect::Haraka if !haraka::Haraka::looks(line) => None,
            Dialect::ZoneMta if !zonemta::ZoneMta::looks(line) => None,
            Dialect::Postfix | Dialect::Sendmail | Dialect::OpenSmtpd => None,
            Dialect::KumoMta | Dialect::Postqueue | Dialect::Mapped(_) => Some(Shape::Json),
            _ => Some(Shape::Of(only)),
        }
    }

    fn bare(&mut self, shape: Shape, line: &[u8], on: On<'_>) -> Option<Dialect> {
        let clock = &mut self.clock;
        let Shape::Of(dialect) = shape else { return self.json.read(line, clock, self.only, on) };
        match dialect {
            Dialect::Exim => self.exim.bare(line, clock, on),
            Dialect::Qmail => self.qmail.bare(line, clock, on),
            Dialect::PowerMta => self.powermta.bare(line, clock, on),
            Dialect::Momentum => self.momentum.bare(line, clock, on),
            Dialect::ZoneMta => self.zonemta.bare(line, clock, on),
            Dialect::Haraka => self.haraka.bare(line, clock, on),
            Dialect::Exchange => self.exchange.bare(line, clock, on),
            Dialect::Postfix
            | Dialect::Sendmail
            | Dialect::OpenSmtpd
            | Dialect::KumoMta
            | Dialect::Postqueue
            | Dialect::Mapped(_) => on(Parsed::NoInterest),
        }
        Some(dialect)
    }

    /// Reads what syslog carried. `at`: the time, where it is known already.
    fn enveloped(
        &mut self,
        envelope: &Envelope<'_>,
        at: Option<Moment>,
        mut on: impl FnMut(Parsed<'_>),
    ) -> Option<Dialect> {
        let clock = &mut self.clock;
        let mut time = || match at {
            Some(at) => at,
            None => clock.read(envelope.stamp).unwrap_or_else(|| clock.last()),
        };
        let dialect = self.only.or_else(|| whose(envelope));
        if let None | Some(Dialect::Postfix) = dialect {
            on(self.postfix.read(envelope, envelope.message, time));
            return dialect;
        }
        let Envelope { host, tag, pid, message: text, .. } = *envelope;
        let message = &Message { at: time(), host, tag, pid, text };
        match dialect? {
            Dialect::Exim => self.exim.read(message, &mut on),
            Dialect::Sendmail => self.sendmail.read(message, &mut on),
            Dialect::OpenSmtpd => self.opensmtpd.read(message, &mut on),
            Dialect::Qmail => self.qmail.read(message, &mut on),
            Dialect::ZoneMta => self.zonemta.read(message, &mut on),
            Dialect::Haraka => self.haraka.read(message, &mut on),
            _ => on(Parsed::NoInterest),
        }
        dialect
    }
}

/// Whether a line that syslog carried is one MTA's.
type Claims = fn(&Envelope<'_>) -> bool;

/// Whose line syslog carried. A tag with a slash is Postfix's way; the others are asked.
fn whose(envelope: &Envelope<'_>) -> Option<Dialect> {
    if envelope.slash.is_some() && postfix::claims(envelope) {
        return Some(Dialect::Postfix);
    }
    let others: [(Dialect, Claims); 6] = [
        (Dialect::Exim, exim::Exim::claims),
        (Dialect::Sendmail, sendmail::Sendmail::claims),
        (Dialect::OpenSmtpd, opensmtpd::OpenSmtpd::claims),
        (Dialect::Qmail, qmail::Qmail::claims),
        (Dialect::ZoneMta, zonemta::ZoneMta::claims),
        (Dialect::Haraka, haraka::Haraka::claims),
    ];
    let other = others.into_iter().find_map(|(dialect, claims)| claims(envelope).then_some(dialect));
    other.or_else(|| postfix::claims(envelope).then_some(Dialect::Postfix))
}

/// The byte order mark that some editors and exports put first.
const BOM: &[u8] = b"\xef\xbb\xbf";

/// How a line without syslog's envelope is to be read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Shape {
    /// A JSON record; whose, its fields say.
    Json,
    /// A line of this one.
    Of(Dialect),
}
