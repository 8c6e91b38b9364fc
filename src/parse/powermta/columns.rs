//! The header of an accounting file: which column is what.

use super::Kind;
use crate::parse::csv::{self, OTHER};

/// The columns that are read.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(super) enum Column {
    Type,
    TimeLogged,
    TimeQueued,
    Orig,
    Rcpt,
    DsnStatus,
    DsnDiag,
    DsnMta,
    BounceCat,
    DlvType,
    DlvSourceIp,
    DlvDestinationIp,
    Vmta,
    VmtaPool,
    JobId,
    EnvId,
    MessageId,
    DlvTlsProtocol,
    /// A logged header that names the campaign.
    Campaign,
}

/// How many those are.
pub(super) const WANTED: usize = Column::Campaign as usize + 1;

/// Their names. PowerMTA's guide and other writers of the format differ in case.
const NAMES: [(&[u8], Column); WANTED - 1] = [
    (b"type", Column::Type),
    (b"timeLogged", Column::TimeLogged),
    (b"timeQueued", Column::TimeQueued),
    (b"orig", Column::Orig),
    (b"rcpt", Column::Rcpt),
    (b"dsnStatus", Column::DsnStatus),
    (b"dsnDiag", Column::DsnDiag),
    (b"dsnMta", Column::DsnMta),
    (b"bounceCat", Column::BounceCat),
    (b"dlvType", Column::DlvType),
    (b"dlvSourceIp", Column::DlvSourceIp),
    (b"dlvDestinationIp", Column::DlvDestinationIp),
    (b"vmta", Column::Vmta),
    (b"vmtaPool", Column::VmtaPool),
    (b"jobId", Column::JobId),
    (b"envId", Column::EnvId),
    (b"header_Message-Id", Column::MessageId),
    (b"dlvTlsProtocol", Column::DlvTlsProtocol),
];

/// Columns of no use here that show that a line is a header.
const ELSE: [&[u8]; 8] = [
    b"timeImprinted",
    b"orcpt",
    b"dsnAction",
    b"srcType",
    b"srcMta",
    b"dlvEsmtpAvailable",
    b"dlvSize",
    b"queue",
];

/// A header.
#[derive(Debug)]
pub(super) struct Header {
    line: Box<[u8]>,
    /// For each column which wanted one it is.
    slots: Vec<u8>,
    /// One bit for each wanted column that there is.
    has: u32,
    /// Where the type stands.
    kind: Option<usize>,
}

impl Header {
    /// Reads a line that [`is_header`]. Of two columns of one name the first is taken.
    pub(super) fn new(line: &[u8]) -> Self {
        let (mut slots, mut has) = (Vec::new(), 0u32);
        // Broken quotes are no header's: it was asked before.
        let _ = csv::split(line, |_, name, _| {
            let slot = column(name.trim_ascii()).map_or(OTHER, |column| column as u8);
            let is_new = slot != OTHER && has >> slot & 1 == 0;
            has |= if is_new { 1 << slot } else { 0 };
            slots.push(if is_new { slot } else { OTHER });
        });
        let kind = slots.iter().position(|slot| *slot == Column::Type as u8);
        Self { line: line.into(), slots, has, kind }
    }

    /// Whether this is the line.
    pub(super) fn is(&self, line: &[u8]) -> bool {
        *self.line == *line
    }

    /// For each column which wanted one it is.
    #[inline]
    pub(super) fn slots(&self) -> &[u8] {
        &self.slots
    }

    /// How many columns there are.
    #[inline]
    pub(super) fn columns(&self) -> usize {
        self.slots.len()
    }

    /// Whether there is this column.
    #[inline]
    pub(super) fn has(&self, column: Column) -> bool {
        self.has >> column as u8 & 1 == 1
    }

    /// The column that says when: a file may have nothing but the time of queueing.
    #[inline]
    pub(super) fn time(&self) -> Column {
        if self.has(Column::TimeLogged) { Column::TimeLogged } else { Column::TimeQueued }
    }

    /// Why no row can be read, if so.
    #[inline]
    pub(super) fn fault(&self) -> Option<&'static str> {
        if self.kind.is_none() {
            return Some("the header has no column type");
        }
        let timed = self.has(Column::TimeLogged) || self.has(Column::TimeQueued);
        (!timed).then_some("the header has no column timeLogged")
    }

    /// Whether a line is a row that does not begin with its type.
    pub(super) fn expects(&self, line: &[u8]) -> bool {
        if self.kind == Some(0) {
            return false;
        }
        let mut is_kind = false;
        let count = csv::split(line, |index, text, _| {
            is_kind |= Some(index) == self.kind && Kind::of(text).is_some();
        });
        match self.kind {
            Some(_) => is_kind,
            None => self.columns() > 1 && count == Ok(self.columns()) && !is_header(line),
        }
    }
}

/// Whether a line is a header: nothing but names, and of those enough that are PowerMTA's.
pub(super) fn is_header(line: &[u8]) -> bool {
    let is_name = |name: &[u8]| {
        let mut bytes = name.iter();
        bytes.next().is_some_and(u8::is_ascii_alphabetic)
            && bytes.all(|byte| byte.is_ascii_graphic() && !matches!(byte, b'@' | b'=' | b'<' | b';'))
    };
    let first = &line[..memchr::memchr(b',', line).unwrap_or(0)];
    let first = first.strip_prefix(b"\"").unwrap_or(first);
    let first = first.strip_suffix(b"\"").unwrap_or(first).trim_ascii();
    // The usual line is no header, and says so by its first field.
    if !is_name(first) || Kind::of(first).is_some() {
        return false;
    }
    let (mut names, mut known, mut has_type) = (true, 0, false);
    let split = csv::split(line, |_, name, _| {
        let name = name.trim_ascii();
        let column = column(name);
        names &= is_name(name);
        known += u32::from(column.is_some() || ELSE.iter().any(|known| known.eq_ignore_ascii_case(name)));
        has_type |= column == Some(Column::Type);
    });
    split.is_ok() && names && known >= if has_type { 2 } else { 4 }
}

fn column(name: &[u8]) -> Option<Column> {
    if let Some((_, column)) = NAMES.iter().find(|(known, _)| known.eq_ignore_ascii_case(name)) {
        return Some(*column);
    }
    let header = name.get(..7).filter(|start| start.eq_ignore_ascii_case(b"header_")).map(|_| &name[7..])?;
    let names_it = |word: &[u8]| header.windows(word.len()).any(|part| part.eq_ignore_ascii_case(word));
    (names_it(b"campaign") || names_it(b"job")).then_some(Column::Campaign)
}
