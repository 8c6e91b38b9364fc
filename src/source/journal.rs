//! journald's formats, made lines again.
//!
//! `journalctl -o json` writes one object a line, `-o export` blocks of fields. Both keep what the
//! text output hides as "blob data": messages with control characters, as arrays of byte values or
//! as length-prefixed binary. Each record becomes `STAMP host tag[pid]: message`, the shape that
//! every parser reads. Everything else passes unchanged.

mod object;

use std::io::Write as _;

use object::Object;

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
    /// All bytes since the last record was: those of its fields that were taken, too.
    since: u64,
    /// What is passed over.
    skip: Skip,
    out: Vec<u8>,
    /// Records whose message is not in them: told, and still to be told.
    left_out: (u64, u64),
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

/// What journalctl leaves out, and how to have it.
const LEFT_OUT: &str = "journalctl left out what is too long or no text (it writes null)";

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

    /// Bytes that passed and begin a record that is not complete: who goes on later has to pass them again.
    #[must_use]
    pub fn incomplete(&self) -> u64 {
        if self.shape == Shape::Export { self.since } else { 0 }
    }

    /// What was wrong with what passed, in words for the operator, each told once; `ended`: nothing
    /// more will come.
    pub fn take_notes(&mut self, ended: bool) -> Vec<String> {
        let mut notes = self.sieve.take_notes(ended);
        let (told, untold) = &mut self.left_out;
        if *told == 0 && *untold > 0 {
            notes.push(format!("{LEFT_OUT}: those messages are not counted; `journalctl --all` writes them"));
            (*told, *untold) = (1, *untold - 1);
        }
        if ended && *untold > 0 {
            notes.push(format!("{untold} more messages were left out by journalctl"));
            (*told, *untold) = (0, 0);
        }
        notes
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
                    match Object::read(line).and_then(|object| object.write(&mut self.out)) {
                        Some(is_whole) => self.left_out.1 += u64::from(!is_whole),
                        None => {
                            // Shown and counted as what it is.
                            self.out.extend_from_slice(line);
                            self.out.push(b'\n');
                        }
                    }
                }
                on(Piece::Lines(&self.out));
            }
            Shape::Export => {
                self.out.clear();
                self.held.extend_from_slice(piece.bytes());
                self.since += piece.bytes().len() as u64;
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
                self.since = (self.held.len() - from) as u64;
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

/// Writes a line; false where the time is none.
fn line(micros: &str, host: &[u8], tag: &[u8], pid: &[u8], message: &[u8], out: &mut Vec<u8>) -> bool {
    let Ok(micros) = micros.parse::<i64>() else { return false };
    let at = Moment::from_millis(micros / 1_000).rfc3339();
    let start = out.len();
    out.extend_from_slice(at.as_bytes());
    out.push(b' ');
    out.extend_from_slice(if host.is_empty() { b"localhost" } else { host });
    out.push(b' ');
    out.extend_from_slice(tag);
    if !pid.is_empty() {
        let _ = write!(out, "[{}]", pid.escape_ascii());
    }
    out.extend_from_slice(b": ");
    out.extend_from_slice(message);
    // A record is one line, whatever its fields hold.
    out[start..].iter_mut().filter(|byte| **byte == b'\n').for_each(|byte| *byte = b' ');
    out.push(b'\n');
    true
}

#[cfg(test)]
mod tests;
