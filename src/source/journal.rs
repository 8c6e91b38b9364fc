//! journald's formats, made lines again.
//!
//! `journalctl -o json` writes one object a line, `-o export` blocks of fields. Both keep what the
//! text output hides as "blob data": messages with control characters, as arrays of byte values or
//! as length-prefixed binary. Each record becomes `STAMP host tag[pid]: message`, the shape that
//! every parser reads. Everything else passes unchanged.

use std::borrow::Cow;
use std::io::Write as _;

use serde::Deserialize;

use super::block::Piece;
use super::sieve::Sieve;
use crate::model::Moment;

/// Longest field value kept; longer ones are passed over.
const FIELD: usize = 64 * 1024;
/// Longest field that a journal can hold (journald's DATA_SIZE_MAX); more is no export.
const DATA: u64 = 768 << 20;

/// A field that every record of a journal has.
const MICROS: &[u8] = b"__REALTIME_TIMESTAMP";

/// Recognises journald's formats by the first bytes of a source and turns them into lines.
#[derive(Debug, Default)]
pub struct Journal {
    shape: Shape,
    record: Record,
    /// Bytes of an export record that are not yet complete.
    held: Vec<u8>,
    /// What is passed over.
    skip: Skip,
    out: Vec<u8>,
    /// What is in no line, of a source that is lines; an export holds NULs that belong there.
    sieve: Sieve,
}

/// The rest of an export field that is too long to be kept.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
enum Skip {
    #[default]
    Nothing,
    /// So many bytes of a binary field.
    Bytes(u64),
    /// A text field, to its line end.
    Line,
}

#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
enum Shape {
    #[default]
    Undecided,
    Plain,
    Json,
    Export,
}

/// The fields of an export record that make a line.
#[derive(Debug, Default)]
struct Record {
    micros: Vec<u8>,
    host: Vec<u8>,
    tag: Vec<u8>,
    command: Vec<u8>,
    pid: Vec<u8>,
    message: Option<Vec<u8>>,
}

/// One object of `journalctl -o json`.
#[derive(Deserialize)]
struct Object<'a> {
    #[serde(rename = "__REALTIME_TIMESTAMP", borrow)]
    micros: Cow<'a, str>,
    #[serde(rename = "_HOSTNAME", borrow, default)]
    host: Cow<'a, str>,
    #[serde(rename = "SYSLOG_IDENTIFIER", borrow, default)]
    tag: Cow<'a, str>,
    #[serde(rename = "_COMM", borrow, default)]
    command: Cow<'a, str>,
    #[serde(rename = "_PID", borrow, default)]
    pid: Cow<'a, str>,
    #[serde(rename = "MESSAGE", borrow)]
    message: Message<'a>,
}

/// A message is a string, or an array of byte values where it is not printable.
#[derive(Deserialize)]
#[serde(untagged)]
enum Message<'a> {
    #[serde(borrow)]
    Text(Cow<'a, str>),
    Bytes(Vec<u8>),
}

impl Journal {
    /// Nothing seen yet.
    #[must_use]
    pub fn new() -> Self {
        Self::default()
    }

    /// Counts the bytes that come from this offset of their source on.
    pub fn begin_at(&mut self, offset: u64) {
        self.sieve.begin_at(offset);
    }

    /// What was wrong with what passed, in words for the operator, each told once; `ended`: nothing
    /// more will come.
    pub fn take_notes(&mut self, ended: bool) -> Vec<String> {
        self.sieve.take_notes(ended)
    }

    /// Passes a piece on, as lines.
    pub fn pass(&mut self, piece: Piece<'_>, mut on: impl FnMut(Piece<'_>)) {
        if self.shape == Shape::Undecided {
            self.shape = match piece.bytes().trim_ascii_start() {
                [] => return on(piece),
                [b'{', ..] => Shape::Json,
                bytes if bytes.starts_with(b"__CURSOR=") || bytes.starts_with(b"__REALTIME_TIMESTAMP=") => {
                    Shape::Export
                }
                _ => Shape::Plain,
            };
        }
        match self.shape {
            Shape::Plain | Shape::Undecided => self.sieve.pass(piece, on),
            Shape::Json => {
                let bytes = match piece {
                    Piece::Lines(bytes) if memchr::memmem::find(bytes, MICROS).is_some() => bytes,
                    // Other programs' records, and what is too long to be read as one.
                    _ => return self.sieve.pass(piece, on),
                };
                self.sieve.pass_by(bytes);
                self.out.clear();
                for line in bytes.split(|byte| *byte == b'\n').filter(|line| !line.trim_ascii().is_empty()) {
                    if !object(line, &mut self.out) {
                        // Shown and counted as what it is.
                        self.out.extend_from_slice(line);
                        self.out.push(b'\n');
                    }
                }
                on(Piece::Lines(&self.out));
            }
            Shape::Export => {
                self.out.clear();
                self.held.extend_from_slice(piece.bytes());
                self.export();
                if !self.out.is_empty() {
                    on(Piece::Lines(&self.out));
                }
            }
        }
    }

    /// Takes every complete field out of what is held.
    fn export(&mut self) {
        let mut from = self.pass_over(0);
        while let Some(end) = memchr::memchr(b'\n', &self.held[from..]) {
            let line = &self.held[from..from + end];
            if line.is_empty() {
                self.record.write(&mut self.out);
                from += 1;
            } else if let Some(equals) = memchr::memchr(b'=', line) {
                self.record.set(&line[..equals], &line[equals + 1..]);
                from += end + 1;
            } else {
                // A binary field: the name, then eight bytes of length, the value, a line end.
                let body = &self.held[from + end + 1..];
                let Some((length, value)) = body.split_first_chunk::<8>() else { break };
                let length = u64::from_le_bytes(*length);
                if length > DATA {
                    // The stream is not what it seemed.
                    self.shape = Shape::Plain;
                    break;
                }
                if length > FIELD as u64 {
                    // Another program's core dump, say.
                    self.skip = Skip::Bytes(length + 1);
                    from = self.pass_over(from + end + 1 + 8);
                    continue;
                }
                let length = length as usize;
                if value.len() <= length {
                    break;
                }
                self.record.set(line, &value[..length]);
                from += end + 1 + 8 + length + 1;
            }
        }
        self.held.drain(..from.min(self.held.len()));
        if self.held.len() > 2 * FIELD {
            self.held.clear();
            self.skip = Skip::Line;
        }
    }

    /// Where what is held goes on, from `from`, after what is to be passed over.
    fn pass_over(&mut self, from: usize) -> usize {
        let there = self.held.len() - from;
        match self.skip {
            Skip::Nothing => from,
            Skip::Bytes(bytes) => {
                let now = usize::try_from(bytes).unwrap_or(usize::MAX).min(there);
                let rest = bytes - now as u64;
                self.skip = if rest == 0 { Skip::Nothing } else { Skip::Bytes(rest) };
                from + now
            }
            Skip::Line => match memchr::memchr(b'\n', &self.held[from..]) {
                Some(end) => {
                    self.skip = Skip::Nothing;
                    from + end + 1
                }
                None => self.held.len(),
            },
        }
    }
}

impl Record {
    fn set(&mut self, name: &[u8], value: &[u8]) {
        let field = match name {
            b"__REALTIME_TIMESTAMP" => &mut self.micros,
            b"_HOSTNAME" => &mut self.host,
            b"SYSLOG_IDENTIFIER" => &mut self.tag,
            b"_COMM" => &mut self.command,
            b"_PID" => &mut self.pid,
            b"MESSAGE" => self.message.get_or_insert_default(),
            _ => return,
        };
        field.clear();
        field.extend_from_slice(value);
    }

    /// Writes the line and forgets the record.
    fn write(&mut self, out: &mut Vec<u8>) {
        let record = std::mem::take(self);
        if let Some(message) = &record.message {
            let tag = if record.tag.is_empty() { &record.command } else { &record.tag };
            let micros = std::str::from_utf8(&record.micros).unwrap_or_default();
            line(micros, &record.host, tag, &record.pid, message, out);
        }
    }
}

/// Writes a JSON object as a line; false when it is no journal record.
fn object(text: &[u8], out: &mut Vec<u8>) -> bool {
    let Ok(object) = serde_json::from_slice::<Object<'_>>(text) else { return false };
    let tag = if object.tag.is_empty() { &object.command } else { &object.tag };
    let message = match &object.message {
        Message::Text(text) => text.as_bytes(),
        Message::Bytes(bytes) => bytes,
    };
    line(&object.micros, object.host.as_bytes(), tag.as_bytes(), object.pid.as_bytes(), message, out)
}

fn line(micros: &str, host: &[u8], tag: &[u8], pid: &[u8], message: &[u8], out: &mut Vec<u8>) -> bool {
    let Ok(micros) = micros.parse::<i64>() else { return false };
    let at = Moment::from_millis(micros / 1_000).rfc3339();
    out.extend_from_slice(at.as_bytes());
    out.push(b' ');
    out.extend_from_slice(if host.is_empty() { b"localhost" } else { host });
    out.push(b' ');
    out.extend_from_slice(tag);
    if !pid.is_empty() {
        let _ = write!(out, "[{}]", pid.escape_ascii());
    }
    out.extend_from_slice(b": ");
    // A record is one line, whatever its message holds.
    let start = out.len();
    out.extend_from_slice(message);
    out[start..].iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
    out.push(b'\n');
    true
}

#[cfg(test)]
mod tests {
    use super::{Journal, Piece};

    fn run(pieces: &[&[u8]]) -> String {
        let mut journal = Journal::new();
        let mut out = Vec::new();
        for piece in pieces {
            journal.pass(Piece::Lines(piece), |piece| out.extend_from_slice(piece.bytes()));
        }
        String::from_utf8_lossy(&out).into_owned()
    }

    #[test]
    fn json_records_become_lines_and_byte_arrays_become_text() {
        let json = br#"{"__REALTIME_TIMESTAMP":"1795000000123456","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtp","_PID":"7","MESSAGE":"AB: to=<a@b>"}
{"__REALTIME_TIMESTAMP":"1795000000123456","_HOSTNAME":"mx1","SYSLOG_IDENTIFIER":"postfix/smtp","MESSAGE":[65,27,10,66]}
"#;
        assert_eq!(
            run(&[json]),
            "2026-11-18T11:06:40.123Z mx1 postfix/smtp[7]: AB: to=<a@b>\n2026-11-18T11:06:40.123Z mx1 postfix/smtp: A\u{1b} B\n"
        );
    }

    #[test]
    fn export_records_become_lines_wherever_they_are_cut() {
        let mut export = b"__CURSOR=x\n__REALTIME_TIMESTAMP=1795000000123456\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=postfix/smtp\n_PID=7\nMESSAGE\n".to_vec();
        export.extend(5u64.to_le_bytes());
        export.extend(b"a\nb=c\n\n");
        let want = "2026-11-18T11:06:40.123Z mx1 postfix/smtp[7]: a b=c\n";
        assert_eq!(run(&[&export]), want);
        for cut in 30..export.len() {
            assert_eq!(run(&[&export[..cut], &export[cut..]]), want, "cut at {cut}");
        }
    }

    #[test]
    fn a_field_too_long_to_keep_costs_no_other_record_and_no_memory() {
        let record = b"__REALTIME_TIMESTAMP=1795000000123456\n_HOSTNAME=mx1\nSYSLOG_IDENTIFIER=postfix/smtp\nMESSAGE=a\n\n";
        let mut dump = b"__REALTIME_TIMESTAMP=1795000000123456\nCOREDUMP\n".to_vec();
        dump.extend(1_000_000u64.to_le_bytes());
        dump.extend(vec![b'\n'; 1_000_000]);
        dump.extend(b"\nENDLESS=");
        dump.extend(vec![b'x'; 1_000_000]);
        dump.extend(b"\n\n");
        let export = [&record[..], &dump, record].concat();
        let mut journal = Journal::new();
        let mut lines = Vec::new();
        for piece in export.chunks(10_000) {
            journal.pass(Piece::Lines(piece), |piece| lines.extend_from_slice(piece.bytes()));
            assert!(journal.held.len() <= 2 * super::FIELD);
        }
        assert_eq!(
            String::from_utf8_lossy(&lines),
            "2026-11-18T11:06:40.123Z mx1 postfix/smtp: a\n".repeat(2)
        );
    }

    #[test]
    fn everything_else_passes_unchanged() {
        assert_eq!(run(&[b"Nov 21 x\n", b"{not json\n"]), "Nov 21 x\n{not json\n");
        assert_eq!(run(&[b"{broken\n"]), "{broken\n");
    }

    #[test]
    fn other_programs_records_pass_as_the_pieces_that_they_are() {
        let mut journal = Journal::new();
        let mut seen = Vec::new();
        for piece in [
            Piece::Lines(b"{\"type\":1}\n\0\0{\"type\":2}\n"),
            Piece::Head(b"{\"type\":\"a long one"),
            Piece::More(b" and more"),
            Piece::Tail(b" of it\"}\n"),
        ] {
            journal.pass(piece, |piece| {
                let kind = match piece {
                    Piece::Lines(_) => "lines",
                    Piece::Head(_) => "head",
                    Piece::More(_) => "more",
                    Piece::Tail(_) | Piece::Unended(_) => "tail",
                };
                seen.push((kind, String::from_utf8_lossy(piece.bytes()).into_owned()));
            });
        }
        let seen: Vec<_> = seen.iter().map(|(kind, text)| (*kind, text.as_str())).collect();
        assert_eq!(seen[0], ("lines", "{\"type\":1}\n{\"type\":2}\n"));
        assert_eq!(seen[1..].iter().map(|(kind, _)| *kind).collect::<Vec<_>>(), ["head", "more", "tail"]);
        let notes = journal.take_notes(true);
        assert!(notes.iter().any(|note| note.contains("NUL")), "{notes:?}");
        assert!(notes.iter().any(|note| note.contains("a line of")), "{notes:?}");
    }

    proptest::proptest! {
        #[test]
        fn no_bytes_panic(bytes: Vec<u8>) {
            run(&[&bytes]);
            run(&[b"{}\n", &bytes]);
            run(&[b"__CURSOR=1\n", &bytes]);
        }
    }
}
