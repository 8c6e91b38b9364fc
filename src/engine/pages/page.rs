//! One order, one page.

use std::io;

use super::chain::{Chain, Link, Store};
use super::look::Looker;
use super::unpacked::why;
use super::{LineOf, LinePlace, LogLine, Logs, Order, Page, Wish};
use crate::engine::setup::Setup;
use crate::source::why_not;
use crate::text::Clean;

/// Lines of a page.
const LINES: usize = 300;
/// Bytes of text of a page, but for its last line.
const TEXT: usize = 256 << 10;
/// Read in one step where all lines are shown, and where few are.
const NEAR: u64 = 64 << 10;
const FAR: u64 = 256 << 10;
/// Bytes that are read for one page, whatever they show.
const BUDGET: u64 = 4 << 20;

/// Looks at a log's end between two listings of its folder.
const LISTING: u32 = 10;

/// Reads pages.
pub(super) struct Pager {
    pub(super) sources: Vec<Chain>,
    pub(super) looker: Looker,
    pub(super) setup: Setup,
    pub(super) buffer: Vec<u8>,
    /// Where the watched log ended at the last look and at the one before it.
    ends: (u64, u64),
    /// The trouble that was told last, of the watched log.
    told: Option<Clean>,
    /// Looks at its end.
    looks: u32,
}

/// Why a page could not be read.
pub(super) enum Failed {
    /// The file is not where it was, or shorter than it was.
    Gone,
    /// What the system says.
    System(io::Error),
}

impl From<io::Error> for Failed {
    fn from(error: io::Error) -> Self {
        match error.kind() {
            io::ErrorKind::NotFound => Self::Gone,
            _ => Self::System(error),
        }
    }
}

impl Pager {
    pub(super) fn new(logs: &Logs) -> Self {
        Self {
            sources: logs.sources.iter().map(|(_, log)| Chain::new(log.clone())).collect(),
            looker: Looker::new(&logs.setup),
            setup: logs.setup.clone(),
            buffer: Vec::new(),
            ends: (0, 0),
            told: None,
            looks: 0,
        }
    }

    /// Answers an order. `given_up` says whether nobody waits for it any more.
    pub(super) fn page(&mut self, order: &Order, given_up: &mut dyn FnMut() -> bool) -> Page {
        let mut page = Page { ticket: order.ticket, source: order.source, ..Page::default() };
        if let Wish::Line(sought) = &order.wish {
            let found = self.seek(order.source, sought, given_up);
            page.is_end = found.is_none();
            if let Some((source, place)) = found {
                (page.source, page.found) = (source, Some(place));
            }
            return page;
        }
        let Some(chain) = self.sources.get_mut(order.source) else { return page };
        if matches!(order.wish, Wish::End | Wish::Begin) || chain.links.is_empty() {
            chain.list();
        }
        let mut read = self.answer(order, &mut page);
        if let Err(Failed::Gone) = read {
            // Rotated meanwhile: it has another name now.
            if let Some(chain) = self.sources.get_mut(order.source) {
                chain.list_again();
            }
            page = Page { ticket: order.ticket, source: order.source, ..Page::default() };
            read = self.answer(order, &mut page);
        }
        self.finish(order, page, read)
    }

    /// What every page tells.
    fn finish(&mut self, order: &Order, mut page: Page, read: Result<(), Failed>) -> Page {
        let Some(chain) = self.sources.get(order.source) else { return page };
        page.trouble.clone_from(&chain.trouble);
        page.older = chain.older();
        match read {
            Ok(()) => {}
            Err(Failed::Gone) => (page.is_gone, page.is_end) = (true, true),
            Err(Failed::System(error)) => {
                page.trouble = Some(Clean::from(why_not(&error).as_str()));
                page.is_end = true;
            }
        }
        self.told.clone_from(&page.trouble);
        page
    }

    fn answer(&mut self, order: &Order, page: &mut Page) -> Result<(), Failed> {
        match &order.wish {
            Wish::End => {
                let Some((link, store)) = self.newest(order.source)? else {
                    page.is_end = true;
                    return Ok(());
                };
                let (begin, end) = store.span()?;
                let whole = store.whole(&mut self.buffer, begin, end)?;
                let to = LinePlace { file: link.file, offset: whole };
                page.to = Some(to);
                self.ends = (end, end);
                self.before(order, to, LINES, page)
            }
            Wish::Begin => {
                // What cannot be unpacked is passed over.
                let (first, store) = loop {
                    let Some(first) = self.link(order.source, 0) else {
                        page.is_end = true;
                        return Ok(());
                    };
                    if let Some(store) = self.unpack(order.source, 0)? {
                        break (first, store);
                    }
                };
                let (begin, _) = store.span()?;
                let from = LinePlace { file: first.file, offset: begin };
                page.from = Some(from);
                self.after(order, from, LINES, false, page)
            }
            Wish::Before(place) => self.before(order, *place, LINES, page),
            Wish::After(place) | Wish::Watch(place) => self.after(order, *place, LINES, false, page),
            Wish::Match { from, forward } => {
                // Only what is shown is looked for, one line of it.
                let order = &Order { only: true, ..order.clone() };
                match forward {
                    true => self.after(order, *from, 1, false, page)?,
                    false => self.before(order, *from, 1, page)?,
                }
                page.found = page.lines.first().map(|line| line.place);
                page.lines.clear();
                Ok(())
            }
            Wish::Line(_) => Ok(()),
        }
    }

    /// The file that is written to.
    fn newest(&mut self, source: usize) -> Result<Option<(Link, Store)>, Failed> {
        let Some(chain) = self.sources.get(source) else { return Ok(None) };
        let (Some(link), at) = (chain.links.last().cloned(), chain.links.len().saturating_sub(1)) else {
            return Ok(None);
        };
        Ok(self.unpack(source, at)?.map(|store| (link, store)))
    }

    /// Opens the file at place `at` of a source's chain. `None` where it is packed and cannot be unpacked: the
    /// chain says why, and is without it and what is older.
    fn unpack(&mut self, source: usize, at: usize) -> Result<Option<Store>, Failed> {
        let link = self.link(source, at).ok_or(Failed::Gone)?;
        match self.open(source, &link) {
            Err(Failed::System(error)) if link.is_packed => {
                if let Some(chain) = self.sources.get_mut(source) {
                    chain.cut(at, &why(&error));
                }
                Ok(None)
            }
            opened => opened.map(Some),
        }
    }

    pub(super) fn open(&self, source: usize, link: &Link) -> Result<Store, Failed> {
        let chain = self.sources.get(source).ok_or(Failed::Gone)?;
        Ok(chain.open(link)?)
    }

    fn link(&self, source: usize, at: usize) -> Option<Link> {
        self.sources.get(source).and_then(|chain| chain.links.get(at)).cloned()
    }

    /// The file at place `at` of a source's chain, and the bytes that it has: from, to.
    fn opened(&self, source: usize, at: usize) -> Result<(Link, Store, (u64, u64)), Failed> {
        let link = self.link(source, at).ok_or(Failed::Gone)?;
        let store = self.open(source, &link)?;
        let span = store.span()?;
        Ok((link, store, span))
    }

    /// The lines before `place`, the last `lines` of them.
    fn before(
        &mut self,
        order: &Order,
        place: LinePlace,
        lines: usize,
        page: &mut Page,
    ) -> Result<(), Failed> {
        let source = order.source;
        let is_few = order.only && !order.filter.is_empty();
        let mut at = self.sources.get(source).and_then(|chain| chain.find(place.file)).ok_or(Failed::Gone)?;
        let (mut place, mut read, mut text) = (place, 0, 0);
        while page.lines.len() < lines && text < TEXT && read < BUDGET {
            let (link, store, (begin, end)) = self.opened(source, at)?;
            if place.offset > end {
                return Err(Failed::Gone);
            }
            if place.offset <= begin {
                let Some(older) = at.checked_sub(1).and_then(|at| self.link(source, at)) else {
                    page.is_end = true;
                    break;
                };
                // What is in hand need not wait until that is unpacked.
                if older.is_packed && !page.lines.is_empty() {
                    break;
                }
                let Some(store) = self.unpack(source, at - 1)? else {
                    page.is_end = true;
                    break;
                };
                at -= 1;
                let end = store.span()?.1;
                place = LinePlace { file: older.file, offset: end };
                continue;
            }
            let mut buffer = std::mem::take(&mut self.buffer);
            let from = store.before(&mut buffer, begin, place.offset, if is_few { FAR } else { NEAR })?;
            read += place.offset - from;
            place = LinePlace { file: link.file, offset: from };
            self.looker.begin(&link, &store, place);
            let mut found: Vec<LogLine> = Vec::new();
            for (line, offset) in LineOf::new(&buffer, from) {
                let place = LinePlace { file: link.file, offset };
                found.extend(self.looker.line(line, place, &order.filter, order.only));
            }
            self.looker.end(LinePlace { file: link.file, offset: from + buffer.len() as u64 });
            self.buffer = buffer;
            text += found.iter().map(|line| line.text.len()).sum::<usize>();
            page.at = Some((place, link.name(), end));
            found.append(&mut page.lines);
            page.lines = found;
        }
        page.from = Some(place);
        // What is too much is read again when it is asked for.
        let mut kept = 0;
        let first = page.lines.iter().rposition(|line| {
            kept += line.text.len();
            kept > TEXT
        });
        let first = first.map_or(0, |at| at + 1).max(page.lines.len().saturating_sub(lines));
        let first = first.min(page.lines.len().saturating_sub(1));
        if first > 0 {
            page.lines.drain(..first);
            page.from = page.lines.first().map(|line| line.place);
            page.is_end = false;
        }
        Ok(())
    }

    /// The file after the one at `at`, and where it begins; one that cannot be unpacked is passed over, which
    /// is said.
    fn newer(&mut self, source: usize, at: usize) -> Result<Option<(usize, LinePlace)>, Failed> {
        for at in at + 1.. {
            let Some(link) = self.link(source, at) else { break };
            match self.open(source, &link) {
                Ok(store) => {
                    return Ok(Some((at, LinePlace { file: link.file, offset: store.span()?.0 })));
                }
                Err(Failed::System(error)) if link.is_packed => {
                    let told = format!("{} is left out: {}", link.name(), why(&error));
                    if let Some(chain) = self.sources.get_mut(source) {
                        chain.trouble = Some(Clean::from(told.as_str()));
                    }
                }
                Err(error) => return Err(error),
            }
        }
        Ok(None)
    }

    /// The lines from `place` on, the first `lines` of them. `is_over`: nothing more is written to a
    /// last line that lacks its end.
    fn after(
        &mut self,
        order: &Order,
        place: LinePlace,
        lines: usize,
        is_over: bool,
        page: &mut Page,
    ) -> Result<(), Failed> {
        let source = order.source;
        let is_few = order.only && !order.filter.is_empty();
        let mut at = self.sources.get(source).and_then(|chain| chain.find(place.file)).ok_or(Failed::Gone)?;
        let (mut place, mut read, mut text) = (place, 0, 0);
        'reading: while page.lines.len() < lines && text < TEXT && read < BUDGET {
            let (link, store, (begin, end)) = self.opened(source, at)?;
            if place.offset > end || place.offset < begin && link.path.is_some() {
                return Err(Failed::Gone);
            }
            // What a stream said longest ago is gone.
            place.offset = place.offset.max(begin);
            let is_live = self.sources.get(source).is_some_and(|chain| chain.is_live(at));
            let mut buffer = std::mem::take(&mut self.buffer);
            let bytes = if is_few { FAR } else { NEAR };
            store.after(&mut buffer, place, end, bytes, is_over || !is_live)?;
            if is_live {
                self.ends = (self.ends.1, end);
            }
            if buffer.is_empty() {
                self.buffer = buffer;
                let Some((newer, begin)) = self.newer(source, at)? else {
                    page.is_end = true;
                    break;
                };
                at = newer;
                place = begin;
                continue;
            }
            self.looker.begin(&link, &store, place);
            let end_of = place.offset + buffer.len() as u64;
            let mut full = None;
            for (line, offset) in LineOf::new(&buffer, place.offset) {
                let here = LinePlace { file: link.file, offset };
                if page.lines.len() >= lines || text >= TEXT {
                    full = Some(here);
                    break;
                }
                if let Some(line) = self.looker.line(line, here, &order.filter, order.only) {
                    text += line.text.len();
                    page.lines.push(line);
                }
            }
            read += buffer.len() as u64;
            self.buffer = buffer;
            place = full.unwrap_or(LinePlace { offset: end_of, ..place });
            self.looker.end(place);
            page.at = Some((place, link.name(), end));
            if full.is_some() {
                break 'reading;
            }
        }
        page.to = Some(place);
        Ok(())
    }

    /// Looks whether there is anything after `from`, or whether what can be read has changed.
    pub(super) fn look(&mut self, order: &Order, from: LinePlace, is_stale: bool) -> Option<Page> {
        let chain = self.sources.get_mut(order.source)?;
        // Listing a folder is not for every look.
        self.looks = self.looks.wrapping_add(1);
        if chain.is_outdated(self.looks % LISTING == 1) {
            chain.list_again();
        }
        let mut page = Page { ticket: order.ticket, source: order.source, ..Page::default() };
        let told = self.told.clone();
        let read = self.after(order, from, LINES, is_stale, &mut page);
        let page = self.finish(order, page, read);
        let is_new = !page.lines.is_empty()
            || page.to.is_some_and(|to| to != from)
            || page.is_gone
            || page.trouble != told;
        is_new.then_some(page)
    }

    /// Whether the watched log grew between the last two looks.
    pub(super) fn grew(&self) -> bool {
        self.ends.0 != self.ends.1
    }
}
