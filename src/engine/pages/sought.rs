//! The very line of a string: by its queue id and its time.

use memchr::memmem;

use super::chain::Store;
use super::look::each;
use super::page::{Failed, Pager};
use super::{LineOf, LinePlace, Sought};
use crate::engine::QueueId;
use crate::engine::input::first_moment;
use crate::model::{Moment, Parsed};
use crate::source::seek;
use crate::text::Clean;

/// Bytes read in one step.
const STEP: u64 = 256 << 10;
/// A line is looked for up to this long after its time, in milliseconds: daemons write at the same
/// time, each in its order.
const AFTER: i64 = 10 * 60_000;
/// Stamps are read to the second in some logs.
const SECOND: i64 = 1_000;

impl Pager {
    /// Which source a line stands in, and where; the source that is in sight is looked through first.
    pub(super) fn seek(
        &mut self,
        source: usize,
        sought: &Sought,
        given_up: &mut dyn FnMut() -> bool,
    ) -> Option<(usize, LinePlace)> {
        let id = QueueId::new(&sought.queue_id).ok()?;
        let others = (0..self.sources.len()).filter(|other| *other != source);
        let order: Vec<usize> = std::iter::once(source).chain(others).collect();
        for source in order {
            let chain = self.sources.get_mut(source)?;
            chain.list();
            let files = chain.links.len();
            for at in (0..files).rev() {
                if given_up() {
                    return None;
                }
                match self.in_file(source, at, &id, sought, given_up) {
                    Ok((Some(place), _)) => return Some((source, place)),
                    // What was written before it is in no newer file, but may be in an older one.
                    Ok((None, true)) => break,
                    Ok((None, false)) | Err(_) => {}
                }
            }
        }
        None
    }

    /// Where the line stands in a file; and whether that file begins so long before it that no older
    /// one can hold it.
    fn in_file(
        &mut self,
        source: usize,
        at: usize,
        id: &QueueId,
        sought: &Sought,
        given_up: &mut dyn FnMut() -> bool,
    ) -> Result<(Option<LinePlace>, bool), Failed> {
        let chain = self.sources.get(source).ok_or(Failed::Gone)?;
        let link = chain.links.get(at).ok_or(Failed::Gone)?.clone();
        let first = link.path.as_ref().and_then(|path| first_moment(path, &self.setup));
        // Before anything is unpacked.
        if first.is_some_and(|first| first.since(sought.at) > AFTER) {
            return Ok((None, false));
        }
        let is_older = first.is_some_and(|first| sought.at.since(first) > AFTER);
        let store = chain.open(&link)?;
        let mut parser = self.looker.parser(&link);
        let (begin, end) = store.span()?;
        let from = match &store {
            Store::File(file) => seek(file, sought.at, &mut |line| parser.moment(line))?,
            Store::Ring(_) => begin,
        };
        let mut from = from;
        let finder = memmem::Finder::new(id.as_str()).into_owned();
        let mut weak = None;
        while from < end && !given_up() {
            let here = LinePlace { file: link.file, offset: from };
            store.after(&mut self.buffer, here, end, STEP, true)?;
            if self.buffer.is_empty() {
                break;
            }
            if finder.find(&self.buffer).is_some() {
                for (line, offset) in LineOf::new(&self.buffer, from) {
                    let Some(stands) = finder.find(line) else { continue };
                    if !id.is_whole(line, stands) {
                        continue;
                    }
                    let place = LinePlace { file: link.file, offset };
                    match read(&mut parser, line, sought) {
                        Match::Whole => return Ok((Some(place), true)),
                        Match::Weak => weak = weak.or(Some(place)),
                        Match::None => {}
                    }
                }
            }
            let last = LineOf::new(&self.buffer, from).map(|(line, _)| line).last().unwrap_or_default();
            from += self.buffer.len() as u64;
            if parser.moment(last).is_some_and(|moment| moment.since(sought.at) > AFTER) {
                break;
            }
        }
        Ok((weak, is_older))
    }
}

/// How well a line that holds the id is the one that is looked for.
enum Match {
    /// An attempt of that time, and of that recipient.
    Whole,
    /// An attempt of that time.
    Weak,
    None,
}

fn read(parser: &mut crate::parse::Parser, line: &[u8], sought: &Sought) -> Match {
    if !sought.text.is_empty() && Clean::line(line, usize::MAX).0 == sought.text {
        return Match::Whole;
    }
    let mut found = Match::None;
    let is_then = |at: Moment| at.since(sought.at).abs() < SECOND;
    let mut hear = |parsed: Parsed<'_>| {
        if let Parsed::Attempt(attempt) = parsed
            && is_then(attempt.at)
            && !matches!(found, Match::Whole)
        {
            let is_theirs = Clean::new(attempt.recipient) == sought.recipient;
            found = if is_theirs { Match::Whole } else { Match::Weak };
        }
    };
    each(line, |line| {
        parser.line(line, |read| hear(read.parsed));
    });
    found
}
