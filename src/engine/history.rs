//! The past of a followed source: read in steps between two looks at what is live, until a day and
//! an hour are covered or the log begins.

use std::path::PathBuf;

use super::batch::{Batch, PastBlock};
use super::reader::Reader;
use super::run::{News, Tell, Worker, moment, take, wall};
use crate::aggregate::Rings;
use crate::model::Moment;
use crate::source::{Gap, Journal, Past, Told};
use crate::text::Clean;

/// The past that is still to be read.
#[derive(Debug)]
pub(super) struct History {
    source: usize,
    past: Past,
    /// Not the live lines' reader: deliveries under way then are not those of now.
    reader: Option<Reader>,
    journal: Journal,
    /// The file's log, its first bytes, and when it was last written.
    path: PathBuf,
    head: Vec<u8>,
    written: Moment,
    /// How many blocks were begun.
    blocks: u64,
    is_lead: bool,
    newest: Option<Moment>,
    /// From when on all lines were read.
    since: Option<Moment>,
}

impl History {
    pub(super) fn new(source: usize, past: Past) -> Self {
        Self {
            source,
            past,
            reader: None,
            journal: Journal::new(),
            path: PathBuf::new(),
            head: Vec::new(),
            written: wall(),
            blocks: 0,
            is_lead: false,
            newest: None,
            since: None,
        }
    }

    /// Reads a step; answers whether there is more, `None` when nobody listens any more. `live`: the
    /// newest live line, and the first, where that is known.
    pub(super) fn step(
        &mut self,
        worker: &Worker,
        live: (Option<Moment>, Option<Moment>),
        tell: Tell<'_>,
    ) -> Option<bool> {
        let source = self.source;
        self.newest = self.newest.max(live.0);
        self.since = self.since.or(live.1);
        let newest = self.newest.unwrap_or_else(wall).min(wall());
        let Self { past, journal, path, head, written, blocks, is_lead, .. } = self;
        let mut reader = self.reader.take().unwrap_or_else(|| worker.reader(source, path, newest).of_past());
        let mut ready: Vec<News> = Vec::new();
        let mut ended = false;
        let more = past.step(&mut |told| match told {
            Told::File { path: of, head: beginning, written: at } => {
                of.clone_into(path);
                beginning.clone_into(head);
                *written = moment(at);
            }
            Told::Block => {
                // The years of stamps that name none are those of the file.
                let reference = newest.min(*written);
                let mut parser = worker.parser(path, reference);
                parser.preface(head);
                reader.turn_to(parser);
                reader.refer_to(reference);
                *journal = Journal::new();
                *blocks += 1;
                *is_lead = true;
            }
            Told::Lead(piece) => journal.pass(piece, |piece| take(&mut reader, piece)),
            Told::Lines(piece) => {
                if std::mem::take(is_lead) {
                    ready.push(News::Batch(Box::new(of_past(reader.take_joins(), source, *blocks, false))));
                }
                journal.pass(piece, |piece| take(&mut reader, piece));
            }
            Told::End => ended = true,
            Told::Lost(bytes) => ready.push(News::Lost { source, gap: Gap { bytes, file: None } }),
            Told::Failed(path, why) => {
                let words = format!("{}: {why}", Clean::path(path));
                ready.push(News::Note { source, words });
            }
        });
        let batch = if self.is_lead { reader.take_joins() } else { reader.take() };
        ready.push(News::Batch(Box::new(of_past(batch, source, self.blocks, ended))));
        if ended {
            self.block_ended(&reader);
        }
        self.newest = self.newest.or(reader.newest());
        self.reader = Some(reader);
        ready.push(News::Past { source, share: self.share(), since: self.since, is_done: !more });
        for news in ready {
            if !tell(news) {
                return None;
            }
        }
        Some(more)
    }

    /// How far back everything is read now, and whether that is far enough.
    fn block_ended(&mut self, reader: &Reader) {
        let Some(first) = reader.first() else { return };
        let Some(newest) = self.newest.or(reader.newest()) else { return };
        let limit = newest.plus_millis(-Rings::reach());
        if first < limit {
            self.past.enough(limit.millis());
        }
        // Files that were not begun were written until then.
        let waiting = self.past.waiting().map(moment);
        let since = waiting.map_or(first, |waiting| waiting.max(first)).min(newest);
        self.since = Some(self.since.map_or(since, |before| before.min(since)));
    }

    /// How much is done, in percent: of the time that is wanted, or of the bytes that are there.
    fn share(&self) -> u8 {
        let (read, total) = self.past.progress();
        let bytes = read.saturating_mul(100) / total.max(1);
        let time = self.newest.zip(self.since).map_or(0, |(newest, since)| newest.since(since).max(0));
        let time = u64::try_from(time * 100 / Rings::reach()).unwrap_or(0);
        u8::try_from(bytes.max(time).min(99)).unwrap_or(99)
    }
}

fn of_past(batch: Batch, source: usize, block: u64, is_last: bool) -> Batch {
    let number = (source as u64) << 40 | block;
    Batch { past: Some(PastBlock { number, is_last }), ..batch }
}

#[cfg(test)]
mod tests;
