//! One worker's way: line → parse → classify → batch. Runs where the bytes arrive.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashSet};
use memchr::{memchr, memchr_iter, memrchr};

use super::batch::{Batch, Event, Shown, Tried, What};
use crate::classify::{self, Classifier, Question};
use crate::model::{Attempt, Join, Moment, Outcome, Parsed, Relay};
use crate::parse::{Clock, Parser};
use crate::text::Clean;

/// The parser sees at most this much of a line; the rest of it is counted but not read.
const LINE: usize = 32 * 1024;
/// Names remembered as already sent; after that they are all sent again.
const SENT: usize = 4_096;
/// Longest reply that is kept for a sample.
const REPLY: usize = 4_096;

/// Turns lines of one source into batches.
#[derive(Debug)]
pub(super) struct Reader {
    parser: Parser,
    classifier: Classifier,
    hasher: DefaultHashBuilder,
    sent: HashSet<u64>,
    /// The last host and the last source: neighbours share them.
    host: Recent,
    source: Recent,
    batch: Batch,
    /// The MTA host of the previous line, if that line was an attempt of this batch.
    previous: Option<u64>,
    /// The last line of the batch before, if it was an attempt.
    carried: Vec<u8>,
}

impl Reader {
    /// A reader for the source with this index. `hasher` is the same for all readers of a run.
    pub(super) fn new(
        source: usize,
        clock: Clock,
        knowledge: Arc<classify::Knowledge>,
        hasher: DefaultHashBuilder,
    ) -> Self {
        Self {
            parser: Parser::new(clock),
            classifier: Classifier::new(knowledge),
            hasher,
            sent: HashSet::new(),
            host: Recent::default(),
            source: Recent::default(),
            batch: Batch { source, ..Batch::default() },
            previous: None,
            carried: Vec::new(),
        }
    }

    /// Moves the reference of year-less stamps.
    pub(super) fn refer_to(&mut self, reference: Moment) {
        self.parser.refer_to(reference);
    }

    /// Reads a block of whole lines; the last one may lack its line end.
    pub(super) fn block(&mut self, block: &[u8]) {
        let mut start = 0;
        for end in memchr_iter(b'\n', block) {
            self.line(&block[start..end]);
            start = end + 1;
        }
        if start < block.len() {
            self.line(&block[start..]);
        }
    }

    /// Takes what was read since the last call.
    pub(super) fn take(&mut self) -> Batch {
        self.batch.domains = self.classifier.take_names();
        let empty = Batch {
            source: self.batch.source,
            events: Vec::with_capacity(self.batch.events.len()),
            text: Vec::with_capacity(self.batch.text.len()),
            ..Batch::default()
        };
        self.previous = None;
        std::mem::replace(&mut self.batch, empty)
    }

    /// Whether there is nothing to take.
    pub(super) fn is_empty(&self) -> bool {
        self.batch.lines == 0
    }

    fn line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = &line[..line.len().min(LINE)];
        self.batch.lines += 1;
        let read = self.parser.line(line);
        let previous = self.previous.take();
        if !matches!(read.parsed, Parsed::Repeat(..)) {
            self.carried.clear();
        }
        match read.parsed {
            Parsed::NoInterest => self.batch.no_interest += 1,
            Parsed::Attempt(attempt) => {
                self.seen(attempt.at);
                self.attempt(&attempt, read.times);
                self.carried.extend_from_slice(line);
            }
            Parsed::Sender(join) => {
                self.seen(join.at);
                self.sender(&join);
            }
            Parsed::Repeat(at, host) => {
                self.seen(at);
                self.repeat(previous, host, read.times);
            }
            Parsed::NonFinal(at) => {
                self.seen(at);
                self.batch.non_final += u64::from(read.times);
            }
            Parsed::Suspended(at) => {
                self.seen(at);
                self.batch.suspended += u64::from(read.times);
            }
            Parsed::Expired(at) => {
                self.seen(at);
                self.batch.expired += u64::from(read.times);
            }
            Parsed::Local(at) => {
                self.seen(at);
                self.batch.local += u64::from(read.times);
            }
            Parsed::Verify(at) => {
                self.seen(at);
                self.batch.verify += u64::from(read.times);
            }
            Parsed::Unparsed => {
                self.batch.unparsed += 1;
                if self.batch.puzzling.is_none() {
                    self.batch.puzzling = Some(Clean::head(line, 400));
                }
            }
        }
    }

    fn seen(&mut self, at: Moment) {
        self.batch.newest = self.batch.newest.max(Some(at));
    }

    /// The previous line again, if it was this host's attempt. syslogd says so more than once while
    /// the message goes on.
    fn repeat(&mut self, previous: Option<u64>, host: &[u8], times: u32) {
        self.host.see(host, &self.hasher);
        let host = self.host.hash;
        if previous == Some(host)
            && let Some(Event { what: What::Attempt(tried), .. }) = self.batch.events.last_mut()
        {
            tried.times = tried.times.saturating_add(times);
            self.previous = previous;
            return;
        }
        // The line before is in the batch before, or it was none of ours.
        let line = std::mem::take(&mut self.carried);
        if self.batch.lines == 1
            && let Parsed::Attempt(attempt) = self.parser.line(&line).parsed
            && self.hasher.hash_one(attempt.host) == host
        {
            self.attempt(&attempt, times);
            self.carried = line;
        } else {
            self.batch.no_interest += 1;
        }
    }

    fn sender(&mut self, join: &Join<'_>) {
        let span = self.batch.keep(join.sender);
        self.meet(join.host, join.source);
        let (queue, instance) = (self.queue(join.queue_id), self.source.instance);
        self.batch.events.push(Event { at: join.at, queue, instance, what: What::Sender(span) });
    }

    fn attempt(&mut self, attempt: &Attempt<'_>, times: u32) {
        let relay = attempt.relay.unwrap_or_default();
        let said: &[u8] = if attempt.relay.is_some() { b"" } else { attempt.reply };
        let attribution = self.classifier.attribute(relay.host, relay.ip, domain(attempt.recipient), said);
        let (verdict, shown) = if attempt.outcome == Outcome::Delivered {
            (None, Shown::default())
        } else {
            let question = Question {
                reply: attempt.reply,
                remote: attempt.remote,
                code: attempt.code,
                enhanced: attempt.enhanced,
                stage: attempt.stage,
            };
            (Some(self.classifier.verdict(&question, attribution)), self.shown(attempt, relay))
        };
        self.meet(attempt.host, attempt.source);
        self.send_names();
        let (queue, instance) = (self.queue(attempt.queue_id), self.source.instance);
        let (host, source) = (self.host.hash, self.source.hash);
        self.previous = Some(host);
        let tried = Tried {
            times,
            host,
            source,
            attribution,
            outcome: attempt.outcome,
            code: attempt.code.unwrap_or(0),
            enhanced: attempt.enhanced,
            stage: attempt.stage,
            verdict,
            shown,
        };
        self.batch.events.push(Event { at: attempt.at, queue, instance, what: What::Attempt(tried) });
    }

    fn shown(&mut self, attempt: &Attempt<'_>, relay: Relay<'_>) -> Shown {
        Shown {
            recipient: self.batch.keep(attempt.recipient),
            relay_host: self.batch.keep(relay.host),
            relay_ip: self.batch.keep(relay.ip),
            reply: self.batch.keep(&attempt.reply[..attempt.reply.len().min(REPLY)]),
            queue_id: self.batch.keep(attempt.queue_id),
        }
    }

    /// The hash of (host, queue id), after [`Self::meet`].
    fn queue(&self, queue_id: &[u8]) -> u64 {
        let mut hasher = self.hasher.build_hasher();
        hasher.write_u64(self.host.hash);
        hasher.write(queue_id);
        hasher.finish()
    }

    /// Takes note of the line's host and source.
    fn meet(&mut self, host: &[u8], source: &[u8]) {
        self.host.see(host, &self.hasher);
        self.source.see(source, &self.hasher);
    }

    /// Sends the names of host and source along the first time, after [`Self::meet`].
    fn send_names(&mut self) {
        for recent in [&self.host, &self.source] {
            if self.sent.contains(&recent.hash) {
                continue;
            }
            if self.sent.len() >= SENT {
                self.sent.clear();
            }
            self.sent.insert(recent.hash);
            self.batch.names.push((recent.hash, Clean::head(&recent.name, 128)));
        }
    }
}

/// A name and its hashes, computed once for a run of lines that share it.
#[derive(Debug, Default)]
struct Recent {
    name: Vec<u8>,
    hash: u64,
    /// The hash of what stands before the first slash: Postfix's instance.
    instance: u64,
}

impl Recent {
    fn see(&mut self, name: &[u8], hasher: &DefaultHashBuilder) {
        if self.name != name || self.hash == 0 {
            self.name.clear();
            self.name.extend_from_slice(name);
            self.hash = hasher.hash_one(name);
            self.instance = hasher.hash_one(&name[..memchr(b'/', name).unwrap_or(name.len())]);
        }
    }
}

/// What follows the last `@`.
pub(super) fn domain(address: &[u8]) -> &[u8] {
    memrchr(b'@', address).map_or(b"", |at| &address[at + 1..])
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::sync::Arc;

    use hashbrown::DefaultHashBuilder;

    use super::{Batch, Reader, What};
    use crate::classify;
    use crate::model::Moment;
    use crate::parse::Clock;

    const ATTEMPT: &str = "Nov 21 10:00:00 mx postfix/smtp[1]: AB12CD34: to=<a@b.example>, relay=mx[192.0.2.1]:25, dsn=5.1.1, status=bounced (host mx[192.0.2.1] said: 550 no (in reply to RCPT TO command))\n";
    const SENDER: &str =
        "Nov 21 10:00:00 mx postfix/qmgr[1]: AB12CD34: from=<s@c.example>, size=1, nrcpt=1 (queue active)\n";
    const AGAIN: &str = "Nov 21 10:00:01 mx last message repeated 2 times\n";

    /// Attempts that the blocks stand for.
    fn attempts(blocks: &[&str]) -> u32 {
        let knowledge = Arc::new(classify::Knowledge::embedded().unwrap());
        let clock = Clock::new(Moment::from_seconds(1_795_000_000));
        let mut reader = Reader::new(0, clock, knowledge, DefaultHashBuilder::default());
        let times = |batch: &Batch| -> u32 {
            batch
                .events
                .iter()
                .map(|event| match &event.what {
                    What::Attempt(tried) => tried.times,
                    What::Sender(_) => 0,
                })
                .sum()
        };
        blocks
            .iter()
            .map(|block| {
                reader.block(block.as_bytes());
                times(&reader.take())
            })
            .sum()
    }

    #[test]
    fn a_message_that_goes_on_repeating_is_counted_every_time_it_is_said() {
        assert_eq!(attempts(&[&[ATTEMPT, AGAIN, AGAIN].concat()]), 5);
        assert_eq!(attempts(&[ATTEMPT, AGAIN, AGAIN]), 5, "wherever the blocks are cut");
        assert_eq!(attempts(&[ATTEMPT, &[AGAIN, AGAIN].concat()]), 5);
    }

    #[test]
    fn only_the_line_before_is_repeated() {
        assert_eq!(attempts(&[&[ATTEMPT, SENDER, AGAIN].concat()]), 1);
        assert_eq!(attempts(&[&[ATTEMPT, SENDER].concat(), AGAIN]), 1, "wherever the blocks are cut");
        assert_eq!(attempts(&[ATTEMPT, &AGAIN.replace(" mx ", " other ")]), 1);
    }
}
