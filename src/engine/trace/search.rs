//! The search: bytes first, at the speed of the disk; only lines that hold the id are parsed.

use std::io::{self, Read};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use memchr::{memchr, memchr_iter, memmem, memrchr};

use super::{Progress, QueueId, Recent, Searched, Traced, TracedAttempt, TracedLine};
use crate::classify::{Classifier, Question};
use crate::engine::input::{self, Input, STDIN};
use crate::engine::run;
use crate::engine::setup::Setup;
use crate::model::{Attempt, Moment, Outcome, Parsed};
use crate::parse::{Clock, Parser};
use crate::source::{self, Journal, Piece, Stream, Unpack};
use crate::text::Clean;

/// Lines kept.
const LINES: usize = 10_000;
/// Bytes of lines kept.
const BYTES: usize = 8 * 1024 * 1024;
/// Bytes kept of one line, and seen by the parser.
const LINE: usize = 32 * 1024;
/// Attempts kept of one line.
const ATTEMPTS: usize = 100;
/// Where to search.
pub(super) enum Place {
    /// In a file.
    File(PathBuf),
    /// In standard input, to its end.
    Stdin,
    /// In what standard input said last, with the number of lines that it said before.
    Recent(Vec<u8>, u64),
}

impl Place {
    pub(super) fn recent(recent: &Recent) -> Self {
        let (bytes, before) = recent.copy();
        Self::Recent(bytes, before)
    }

    fn name(&self) -> String {
        match self {
            Self::File(path) => Clean::path(path).to_string(),
            Self::Stdin | Self::Recent(..) => STDIN.to_owned(),
        }
    }

    /// Bytes to read, where that is known.
    fn size(&self) -> u64 {
        match self {
            Self::File(path) => std::fs::metadata(path).map_or(0, |metadata| metadata.len()),
            Self::Stdin => 0,
            Self::Recent(bytes, _) => bytes.len() as u64,
        }
    }
}

/// Every line of `id` in the inputs, read to their ends or until `stop` is set. An input that
/// cannot be read does not take the others with it: [`Searched::problem`] says why.
#[must_use]
pub fn trace(
    id: &QueueId,
    inputs: Vec<Input>,
    setup: &Setup,
    progress: &Progress,
    stop: &AtomicBool,
) -> Traced {
    let mut places: Vec<Place> = Vec::new();
    for input in inputs {
        match input {
            Input::Stdin => places.push(Place::Stdin),
            files => places.extend(files.paths().into_iter().map(Place::File)),
        }
    }
    // In the order of time, as the report reads them.
    places.sort_by_cached_key(|place| match place {
        Place::File(path) => input::first_moment(path, setup),
        _ => None,
    });
    in_places(id, places, setup, progress, stop)
}

pub(super) fn in_places(
    id: &QueueId,
    places: Vec<Place>,
    setup: &Setup,
    progress: &Progress,
    stop: &AtomicBool,
) -> Traced {
    progress.size.store(places.iter().map(Place::size).sum(), Ordering::Relaxed);
    let mut search = Search {
        id,
        finder: memmem::Finder::new(id.bytes()).into_owned(),
        classifier: Classifier::new(Arc::clone(&setup.knowledge)),
        traced: Traced { id: Clean::from(id.as_str()), ..Traced::default() },
        kept: 0,
        progress,
    };
    for (source, place) in places.into_iter().enumerate() {
        let name = Clean::from(place.name().as_str());
        search.traced.searched.push(Searched { name, lines: 0, problem: None });
        let problem = match search.place(source, place, setup, stop) {
            Ok(()) if stop.load(Ordering::Relaxed) => Some(Clean::from("given up")),
            Ok(()) => None,
            Err(why) => Some(Clean::from(why.as_str())),
        };
        search.traced.searched[source].problem = problem;
    }
    let mut traced = search.traced;
    traced.lines.sort_by_key(|line| line.at);
    traced
}

struct Search<'a> {
    id: &'a QueueId,
    finder: memmem::Finder<'static>,
    classifier: Classifier,
    traced: Traced,
    /// Bytes of the lines kept.
    kept: usize,
    progress: &'a Progress,
}

impl Search<'_> {
    fn place(&mut self, source: usize, place: Place, setup: &Setup, stop: &AtomicBool) -> Result<(), String> {
        match place {
            Place::Stdin => self.stream(
                io::stdin().lock(),
                None,
                &mut Here::new(source, setup, Path::new(STDIN), run::wall()),
                stop,
            ),
            Place::Recent(bytes, before) => {
                let mut here =
                    Here { lines: before, ..Here::new(source, setup, Path::new(STDIN), run::wall()) };
                // The first line of the ring is not the first of the stream.
                here.begun = before > 0;
                self.stream(&bytes[..], None, &mut here, stop)?;
                self.traced.searched[source].lines -= before;
                Ok(())
            }
            Place::File(path) => {
                let file = source::open(&path)?;
                let mut here = Here::new(source, setup, &path, run::changed(&path));
                self.stream(file, Some(&path), &mut here, stop)
            }
        }
    }

    /// Reads to the end, or to where something is damaged; what was wrong is the error.
    fn stream(
        &mut self,
        from: impl Read,
        name: Option<&Path>,
        here: &mut Here,
        stop: &AtomicBool,
    ) -> Result<(), String> {
        let why = |error: io::Error| source::why_not(&error);
        let mut stream = Stream::new(Unpack::new(from, name).map_err(why)?);
        let mut journal = Journal::new();
        let before = self.progress.read.load(Ordering::Relaxed);
        while !stop.load(Ordering::Relaxed) {
            let read = stream.read(|piece| journal.pass(piece, |piece| self.piece(piece, here)));
            self.traced.searched[here.source].lines = here.lines;
            if read.map_err(why)?.is_none() {
                break;
            }
            // The size that is known is that of the file, packed as it is.
            self.progress.read.store(before + stream.raw_bytes(), Ordering::Relaxed);
        }
        match stream.take_notes() {
            notes if notes.is_empty() => Ok(()),
            notes => Err(notes.join("; ")),
        }
    }

    fn piece(&mut self, piece: Piece<'_>, here: &mut Here) {
        match piece {
            Piece::Lines(block) => {
                here.begin(block);
                self.block(block, here);
            }
            Piece::Head(head) => {
                here.begin(head);
                here.long =
                    Some(Long { head: head[..head.len().min(LINE)].to_vec(), end: Vec::new(), holds: false });
                self.long(head, here);
            }
            Piece::More(more) => self.long(more, here),
            Piece::Tail(tail) => {
                self.long(tail, here);
                self.end_long(here);
            }
            Piece::Unended(rest) if here.long.is_some() => {
                self.long(rest, here);
                self.end_long(here);
            }
            Piece::Unended(rest) => {
                here.begin(rest);
                self.block(rest, here);
            }
        }
    }

    /// Searches whole lines; the last one may lack its line end.
    fn block(&mut self, block: &[u8], here: &mut Here) {
        let (mut from, mut counted) = (0, 0);
        while let Some(at) = self.finder.find(&block[from..]).map(|at| from + at) {
            let start = memrchr(b'\n', &block[counted..at]).map_or(counted, |end| counted + end + 1);
            let end = memchr(b'\n', &block[at..]).map_or(block.len(), |end| at + end);
            here.lines += memchr_iter(b'\n', &block[counted..start]).count() as u64;
            counted = start;
            if self.id.is_whole(&block[start..end], at - start) {
                self.found(&block[start..end], here.lines + 1, here);
                from = end;
            } else {
                from = at + 1;
            }
        }
        here.lines += memchr_iter(b'\n', &block[counted..]).count() as u64;
        here.lines += u64::from(!block.is_empty() && !block.ends_with(b"\n"));
    }

    /// Searches more of a line that comes in pieces.
    fn long(&mut self, piece: &[u8], here: &mut Here) {
        let Some(long) = &mut here.long else { return };
        let overlap = self.id.bytes().len() + 16;
        let joined = [&long.end[..], piece].concat();
        long.holds |= self.finder.find_iter(&joined).any(|at| self.id.is_whole(&joined, at));
        long.end = joined[joined.len().saturating_sub(overlap)..].to_vec();
    }

    fn end_long(&mut self, here: &mut Here) {
        here.lines += 1;
        if let Some(Long { head, holds: true, .. }) = here.long.take() {
            self.found(&head, here.lines, here);
        }
    }

    /// Takes a line that holds the id.
    fn found(&mut self, line: &[u8], number: u64, here: &mut Here) {
        self.progress.found.fetch_add(1, Ordering::Relaxed);
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let shown = line.len().min(LINE);
        if self.traced.lines.len() >= LINES || self.kept + shown > BYTES {
            self.traced.more += 1;
            return;
        }
        self.kept += shown;
        let mut attempts = Vec::new();
        let mut at = None;
        let Self { classifier, .. } = self;
        here.parser.line(&line[..shown], |read| {
            at = at.or(read.parsed.at());
            if let Parsed::Attempt(attempt) = read.parsed
                && attempts.len() < ATTEMPTS
            {
                attempts.push(judge(classifier, &attempt));
            }
        });
        let at = at.or_else(|| here.moment(&line[..shown])).or(here.last);
        here.last = at;
        let (text, is_described) = Clean::line(line, LINE);
        self.traced.lines.push(TracedLine {
            source: here.source,
            line: number,
            at,
            said: self.id.said(&text),
            text,
            is_described,
            attempts,
            names: self.id.names(line),
        });
    }
}

/// What an attempt means.
fn judge(classifier: &mut Classifier, attempt: &Attempt<'_>) -> TracedAttempt {
    let attribution = classifier.attribution(attempt);
    let verdict = (attempt.outcome != Outcome::Delivered).then(|| {
        let question = Question::of(attempt);
        classifier.verdict(&question, attribution)
    });
    TracedAttempt {
        recipient: Clean::new(attempt.recipient),
        outcome: attempt.outcome,
        code: attempt.code,
        enhanced: attempt.enhanced,
        verdict,
    }
}

/// Where the search is.
struct Here {
    source: usize,
    parser: Parser,
    clock: Clock,
    /// Lines read.
    lines: u64,
    /// Whether the first bytes were seen.
    begun: bool,
    /// The last stamp that could be read: lines without one follow it.
    last: Option<Moment>,
    long: Option<Long>,
}

/// A line that is too long to be held.
struct Long {
    head: Vec<u8>,
    /// The end of the last piece: the id may lie across two.
    end: Vec<u8>,
    holds: bool,
}

impl Here {
    fn new(source: usize, setup: &Setup, path: &Path, reference: Moment) -> Self {
        Self {
            source,
            parser: setup.parser(path, reference),
            clock: setup.clock(path, reference),
            lines: 0,
            begun: false,
            last: None,
            long: None,
        }
    }

    /// The first bytes may be a header that the lines are read by.
    fn begin(&mut self, block: &[u8]) {
        if !std::mem::replace(&mut self.begun, true) {
            self.parser.preface(&block[..block.len().min(LINE)]);
        }
    }

    /// The stamp of a line that says nothing of mail: syslog's, or what stands before its first,
    /// second or third blank.
    fn moment(&mut self, line: &[u8]) -> Option<Moment> {
        self.parser.moment(line).or_else(|| {
            let ends = memchr_iter(b' ', &line[..line.len().min(64)]).take(3);
            ends.collect::<Vec<_>>().into_iter().find_map(|end| self.clock.read(&line[..end]))
        })
    }
}
