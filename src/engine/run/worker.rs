//! What a reading thread does: from bytes to batches.

use std::fs::File;
use std::io::{self, Read, Seek as _, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use hashbrown::DefaultHashBuilder;

use super::{BATCH, HEAD, News, PAGE, changed, wall};
use crate::engine::input::STDIN;

use crate::engine::reader::Reader;
use crate::engine::setup::Setup;
use crate::engine::trace::Recent;
use crate::model::Moment;
use crate::parse::Parser;
use crate::source::{self, Journal, Packing, Piece, Stream, Unpack};

/// What a reading thread holds.
pub(in crate::engine) struct Worker {
    setup: Setup,
    hasher: DefaultHashBuilder,
    /// What cannot be read again is kept here, to be traced.
    recent: Option<Recent>,
    /// Whether deliveries tell their recipient, too.
    tells_delivered: bool,
    /// A batch is sent when it holds this many bytes of lines.
    batch: usize,
    /// Whether how far a log was read is told with its lines.
    keeps_place: bool,
}

/// Where a worker's news go; false when nobody listens any more.
pub(in crate::engine) type Tell<'a> = &'a mut dyn FnMut(News) -> bool;

impl Worker {
    pub(in crate::engine) fn new(setup: &Setup) -> Self {
        // Fixed for the whole process, so that all readers name things alike.
        static HASHER: std::sync::OnceLock<DefaultHashBuilder> = std::sync::OnceLock::new();
        let hasher = HASHER.get_or_init(DefaultHashBuilder::default).clone();
        Self {
            setup: setup.clone(),
            hasher,
            recent: None,
            tells_delivered: false,
            batch: BATCH,
            keeps_place: false,
        }
    }

    /// A worker whose deliveries tell their recipient, too.
    pub(in crate::engine) fn telling_delivered(self) -> Self {
        Self { tells_delivered: true, ..self }
    }

    /// A worker whose lines are kept, to be read again.
    pub(in crate::engine) fn keeping(self, recent: Option<&Recent>) -> Self {
        Self { recent: recent.cloned(), ..self }
    }

    /// A worker that tells with its lines how far it read a log.
    pub(in crate::engine) fn keeping_place(self, keeps_place: bool) -> Self {
        Self { keeps_place, ..self }
    }

    /// Whether it does.
    pub(in crate::engine) fn keeps_place(&self) -> bool {
        self.keeps_place
    }

    /// A worker that sends what it read at once.
    pub(in crate::engine) fn in_small_batches(self) -> Self {
        Self { batch: 0, ..self }
    }

    /// A parser for the log at `path`.
    pub(in crate::engine) fn parser(&self, path: &Path, reference: Moment) -> Parser {
        self.setup.parser(path, reference)
    }

    /// A reader that begins with the log at `path`.
    pub(in crate::engine) fn reader(&self, source: usize, path: &Path, reference: Moment) -> Reader {
        let (parser, knowledge) = (self.parser(path, reference), Arc::clone(&self.setup.knowledge));
        let mut reader = Reader::new(source, parser, knowledge, self.hasher.clone());
        reader.tell_delivered(self.tells_delivered);
        reader
    }

    /// Reads the log at `path` to its end; standard input without one.
    pub(in crate::engine) fn read_to_end(
        &self,
        source: usize,
        path: Option<PathBuf>,
        tell: Tell<'_>,
    ) -> Result<(), String> {
        match path {
            None => {
                let from = Unpack::new(io::stdin().lock(), None).map_err(|error| source::why_not(&error))?;
                let reader = self.reader(source, Path::new(STDIN), wall());
                self.stream(source, from, reader, Journal::new(), true, tell)
            }
            Some(path) => {
                let opened = source::open(&path)?;
                let mut reader = self.reader(source, &path, changed(&path));
                let mut journal = Journal::new();
                let from = match self.begin(&path, &mut reader) {
                    Some((rest, skipped)) => {
                        journal.begin_at(skipped);
                        tell(News::Skipped { source, bytes: skipped });
                        Unpack::rest(rest)
                    }
                    None => Unpack::new(opened, Some(&path)).map_err(|error| source::why_not(&error))?,
                };
                self.stream(source, from, reader, journal, false, tell)
            }
        }
    }

    /// The end of a long plain file that holds everything since the moment that is asked for, and
    /// how many bytes come before it; the reader gets the headers that stand there. `None` where
    /// everything is to be read.
    fn begin(&self, path: &Path, reader: &mut Reader) -> Option<(File, u64)> {
        let since = self.setup.since?;
        // Looking into a pipe would take away what is in it.
        if !std::fs::metadata(path).ok()?.is_file() || !Packing::of_file(path).ok()?.is_plain() {
            return None;
        }
        let mut file = File::open(path).ok()?;
        let mut head = Vec::new();
        file.by_ref().take(HEAD).read_to_end(&mut head).ok()?;
        // A parser of its own: what it joins while it jumps about belongs together nowhere.
        let mut parser = self.parser(path, changed(path));
        parser.preface(&head);
        let begin = source::seek(&file, since, &mut |line| parser.moment(line)).ok()?;
        if begin == 0 {
            return None;
        }
        file.seek(SeekFrom::Start(begin)).ok()?;
        reader.preface(&head);
        Some((file, begin))
    }

    /// Reads a stream to its end. `live`: what was read is sent at once.
    pub(super) fn stream(
        &self,
        source: usize,
        from: Unpack<impl Read>,
        mut reader: Reader,
        mut journal: Journal,
        live: bool,
        tell: Tell<'_>,
    ) -> Result<(), String> {
        let mut stream = Stream::new(from);
        let mut unsent = 0;
        let mut emptied = false;
        loop {
            if live {
                // A pipe may live for months: stamps without a year lie near today.
                reader.refer_to(wall());
            }
            let read = stream
                .read(|piece| {
                    unsent += piece.bytes().len();
                    journal.pass(piece, |piece| {
                        if let Some(recent) = &self.recent {
                            recent.keep(piece.bytes());
                        }
                        take(&mut reader, piece);
                    });
                })
                .map_err(|error| source::why_not(&error))?;
            for words in stream.take_notes().into_iter().chain(journal.take_notes(read.is_none())) {
                tell(News::Note { source, words });
            }
            if read.is_none() || live || unsent >= self.batch {
                unsent = 0;
                if !tell(News::Batch(Box::new(reader.take()))) {
                    return Ok(());
                }
            }
            let Some(read) = read else { return Ok(()) };
            if live && !emptied && read < PAGE {
                emptied = true;
                if !tell(News::State { source, state: source::State::Live, caught_up: true }) {
                    return Ok(());
                }
            }
        }
    }
}

/// What the parser sees of a piece: whole lines, and the head of a line that is too long.
pub(in crate::engine) fn take(reader: &mut Reader, piece: Piece<'_>) {
    match piece {
        Piece::Lines(block) | Piece::Head(block) | Piece::Unended(block) => reader.block(block),
        Piece::More(_) | Piece::Tail(_) => {}
    }
}
