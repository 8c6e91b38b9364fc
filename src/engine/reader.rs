//! One worker's way: line → parse → classify → batch. Runs where the bytes arrive.

use std::hash::{BuildHasher, Hasher};
use std::sync::Arc;

use hashbrown::{DefaultHashBuilder, HashSet};
use memchr::{memchr, memchr_iter};

use super::batch::{Batch, Complained, Event, Shown, Tried, What};
use super::gate::Gate;
use super::snapshot::Puzzle;
use crate::classify::{self, Classifier, Question};
use crate::model::{Attempt, Complaint, Join, Moment, Outcome, Parsed, Relay, domain};
use crate::parse::{Parser, Read};
use crate::text::Clean;

/// The parser sees at most this much of a line; the rest of it is counted but not read.
const LINE: usize = 32 * 1024;
/// Names remembered as already sent; after that they are all sent again.
const SENT: usize = 4_096;
/// Longest reply that is kept for a sample.
const REPLY: usize = 4_096;
/// Longest sender or campaign that an attempt carries along.
const ADDRESS: usize = 320;

/// Turns lines of one source into batches.
#[derive(Debug)]
pub(super) struct Reader {
    parser: Parser,
    taker: Taker,
    /// The last line, if it was an attempt: syslogd may say that it was repeated.
    carried: Vec<u8>,
    /// Lines read since the source began.
    lines: u64,
    /// Whether a line was recognised as some MTA's.
    recognised: bool,
    /// Lines of no known kind that were kept to be shown.
    strange: usize,
}

/// Takes what the parser tells: classifies it and puts it into the batch.
#[derive(Debug)]
struct Taker {
    classifier: Classifier,
    hasher: DefaultHashBuilder,
    sent: HashSet<u64>,
    /// The last host and the last source: neighbours share them.
    host: Recent,
    source: Recent,
    batch: Batch,
    /// The hash of the MTA host of the last attempt.
    previous: u64,
    span: Span,
    /// Whether deliveries tell their recipient, too.
    tells_delivered: bool,
    /// Draws the chances: with the same seed for the same source, so that the same log gives the
    /// same picture.
    random: fastrand::Rng,
    gate: Gate,
}

/// The time that the lines tell.
#[derive(Copy, Clone, Debug, Default)]
struct Span {
    /// The reference of year-less stamps.
    reference: Moment,
    /// The newest stamp that is not ahead of the reference, and the newest of all.
    newest: Option<Moment>,
    any: Option<Moment>,
    /// The newest of the first stamps since the last [`Reader::turn_to`], and how many those are.
    first: Option<Moment>,
    firsts: u32,
}

/// Stamps further ahead of the reference than this are some clock's mistake, in milliseconds.
const AHEAD: i64 = 3_600_000;
/// Lines that tell when a block begins: a single one may be out of its order.
const FIRSTS: u32 = 8;

/// Puzzling lines shown of each batch, and strange ones of each source.
const PUZZLES: usize = 3;

impl Reader {
    /// A reader for the source with this index. `hasher` is the same for all readers of a run.
    pub(super) fn new(
        source: usize,
        parser: Parser,
        knowledge: Arc<classify::Knowledge>,
        hasher: DefaultHashBuilder,
    ) -> Self {
        Self {
            parser,
            taker: Taker {
                classifier: Classifier::new(knowledge),
                hasher,
                sent: HashSet::new(),
                host: Recent::default(),
                source: Recent::default(),
                batch: Batch { source, ..Batch::default() },
                previous: 0,
                span: Span::default(),
                tells_delivered: false,
                random: fastrand::Rng::with_seed(source as u64),
                gate: Gate::OPEN,
            },
            carried: Vec::new(),
            lines: 0,
            recognised: false,
            strange: 0,
        }
    }

    /// Sets whether deliveries tell their recipient, too: nobody asks, but who wants to know which
    /// addresses live.
    pub(super) fn tell_delivered(&mut self, tells: bool) {
        self.taker.tells_delivered = tells;
    }

    /// For the lines before those that another reader of this source takes: an attempt is found again
    /// by its chance, and no two of one quarter of an hour may have the same.
    #[must_use]
    pub(super) fn of_past(mut self) -> Self {
        self.taker.random = fastrand::Rng::with_seed(!(self.taker.batch.source as u64));
        self
    }

    /// Moves the reference of year-less stamps.
    pub(super) fn refer_to(&mut self, reference: Moment) {
        self.parser.refer_to(reference);
        self.taker.span.reference = reference;
    }

    /// Goes on with another file's lines, or with another part of it: what one part says of
    /// deliveries under way says nothing of the other. Answers with the parser so far.
    pub(super) fn turn_to(&mut self, parser: Parser) -> Parser {
        self.carried.clear();
        (self.taker.span.first, self.taker.span.firsts) = (None, 0);
        std::mem::replace(&mut self.parser, parser)
    }

    /// Reads the headers at the beginning of a file that is read from further on.
    pub(super) fn preface(&mut self, beginning: &[u8]) {
        self.parser.preface(beginning);
    }

    /// The newest stamp on any line of interest that is not far ahead of the reference; where all
    /// are, the newest.
    pub(super) fn newest(&self) -> Option<Moment> {
        self.taker.span.newest.or(self.taker.span.any)
    }

    /// When the lines since the last [`Self::turn_to`] begin.
    pub(super) fn first(&self) -> Option<Moment> {
        self.taker.span.first
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
        self.taker.take()
    }

    /// Takes of what was read since the last call only what later lines need: the rest is counted
    /// elsewhere.
    pub(super) fn take_joins(&mut self) -> Batch {
        let Batch { source, mut events, text, names, domains, .. } = self.taker.take();
        events.retain(|event| matches!(event.what, What::Sender(_)));
        (self.taker.span.first, self.taker.span.firsts) = (None, 0);
        Batch { source, events, text, names, domains, ..Batch::default() }
    }

    /// Whether there is nothing to take.
    pub(super) fn is_empty(&self) -> bool {
        self.taker.batch.lines == 0
    }

    fn line(&mut self, line: &[u8]) {
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        let line = &line[..line.len().min(LINE)];
        let Self { parser, taker, .. } = self;
        taker.batch.lines += 1;
        self.lines += 1;
        let mut wrong = None;
        let mut repeated = None;
        let mut is_attempt = false;
        let dialect = parser.line(line, |read| match &read.parsed {
            Parsed::Unparsed(why) => wrong = Some(*why),
            Parsed::Repeat(at, host) => {
                taker.seen(*at);
                repeated = Some((taker.hasher.hash_one(host), read.times));
            }
            _ => is_attempt |= taker.read(&read),
        });
        if let Some(dialect) = dialect {
            taker.batch.of(dialect);
            self.recognised = true;
        } else if !self.recognised && self.strange < PUZZLES && is_shown(line) {
            taker.batch.strange.push(Clean::head(line, 400));
            self.strange += 1;
        }
        if let Some(why) = wrong {
            taker.batch.unparsed += 1;
            if taker.batch.puzzling.len() < PUZZLES {
                taker.batch.puzzling.push(Puzzle { line: self.lines, why, text: Clean::head(line, 400) });
            }
        }
        if let Some((host, times)) = repeated {
            self.repeat(host, times);
        } else {
            self.carried.clear();
            if is_attempt {
                self.carried.extend_from_slice(line);
            }
        }
    }

    /// The previous line again, if it was this host's attempt. syslogd says so more than once while
    /// the message goes on, so the line stays remembered.
    fn repeat(&mut self, host: u64, times: u32) {
        let Self { parser, taker, carried, .. } = self;
        if carried.is_empty() || taker.previous != host {
            taker.batch.no_interest += 1;
            return;
        }
        parser.line(carried, |read| {
            taker.read(&Read { times, ..read });
        });
    }
}

impl Taker {
    fn take(&mut self) -> Batch {
        self.batch.domains = self.classifier.take_names();
        let empty = Batch {
            source: self.batch.source,
            events: Vec::with_capacity(self.batch.events.len()),
            text: Vec::with_capacity(self.batch.text.len()),
            ..Batch::default()
        };
        std::mem::replace(&mut self.batch, empty)
    }

    /// Takes one thing that a line said; answers whether it is an attempt.
    fn read(&mut self, read: &Read<'_>) -> bool {
        let times = u64::from(read.times);
        let (at, counter) = match &read.parsed {
            Parsed::Attempt(attempt) => {
                self.seen(attempt.at);
                self.attempt(attempt, read.times);
                return true;
            }
            Parsed::Sender(join) => {
                self.seen(join.at);
                self.sender(join);
                return false;
            }
            Parsed::NoInterest | Parsed::Unparsed(_) | Parsed::Repeat(..) => {
                self.batch.no_interest += 1;
                return false;
            }
            Parsed::NonFinal(at) => (at, &mut self.batch.non_final),
            Parsed::Suspended(at) => (at, &mut self.batch.suspended),
            Parsed::Expired(at) => (at, &mut self.batch.expired),
            Parsed::Local(at) => (at, &mut self.batch.local),
            Parsed::Verify(at) => (at, &mut self.batch.verify),
            Parsed::Complaint(complaint) => {
                self.batch.complaints += times;
                self.seen(complaint.at);
                self.complaint(complaint);
                return false;
            }
            Parsed::LateBounce(at) => (at, &mut self.batch.late_bounces),
        };
        *counter += times;
        self.seen(*at);
        false
    }

    fn seen(&mut self, at: Moment) {
        self.batch.newest = self.batch.newest.max(Some(at));
        self.span.see(at);
    }

    fn sender(&mut self, join: &Join<'_>) {
        let span = self.batch.keep(join.sender);
        self.meet(join.host, join.source);
        let (queue, instance) = (self.queue(join.queue_id), self.source.instance);
        self.batch.events.push(Event { at: join.at, queue, instance, what: What::Sender(span) });
    }

    fn complaint(&mut self, complaint: &Complaint<'_>) {
        let attribution = self.classifier.attribute(b"", b"", domain(complaint.recipient), b"");
        let complained = Complained {
            attribution,
            sender: complaint.sender.map(|sender| self.batch.keep(&sender[..sender.len().min(ADDRESS)])),
            campaign: self.batch.keep(&complaint.campaign[..complaint.campaign.len().min(ADDRESS)]),
        };
        let what = What::Complaint(complained);
        self.batch.events.push(Event { at: complaint.at, queue: 0, instance: 0, what });
    }

    fn attempt(&mut self, attempt: &Attempt<'_>, times: u32) {
        let relay = attempt.relay.unwrap_or_default();
        let attribution = self.classifier.attribution(attempt);
        let chance = self.random.u32(..);
        let (verdict, shown) = if attempt.outcome == Outcome::Delivered {
            let told = self.tells_delivered || self.gate.admits(attempt.at, chance);
            let shown = told.then(|| self.destination(attempt, relay));
            (None, shown.unwrap_or_default())
        } else {
            let question = Question::of(attempt);
            (Some(self.classifier.verdict(&question, attribution)), self.shown(attempt, relay))
        };
        self.meet(attempt.host, attempt.source);
        self.send_names();
        let (queue, instance) = (self.queue(attempt.queue_id), self.source.instance);
        let (host, source) = (self.host.hash, self.source.hash);
        self.previous = host;
        let tried = Tried {
            sender: attempt.sender.map(|sender| self.batch.keep(&sender[..sender.len().min(ADDRESS)])),
            campaign: self.batch.keep(&attempt.campaign[..attempt.campaign.len().min(ADDRESS)]),
            times,
            chance,
            host,
            source,
            attribution,
            outcome: attempt.outcome,
            code: attempt.counted_code(),
            enhanced: attempt.enhanced,
            stage: attempt.stage,
            tls: attempt.tls,
            verdict,
            shown,
        };
        self.batch.events.push(Event { at: attempt.at, queue, instance, what: What::Attempt(tried) });
    }

    /// Where a delivery went.
    fn destination(&mut self, attempt: &Attempt<'_>, relay: Relay<'_>) -> Shown {
        let (recipient, relay_host) = (self.batch.keep(attempt.recipient), self.batch.keep(relay.host));
        Shown { recipient, relay_host, ..Shown::default() }
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
        if self.host.is_sent && self.source.is_sent {
            return;
        }
        if self.sent.len() >= SENT {
            self.sent.clear();
        }
        for recent in [&mut self.host, &mut self.source] {
            recent.is_sent = true;
            if self.sent.insert(recent.hash) {
                self.batch.names.push((recent.hash, Clean::head(&recent.name, 128)));
            }
        }
    }
}

impl Span {
    fn see(&mut self, at: Moment) {
        self.any = self.any.max(Some(at));
        if at.since(self.reference) <= AHEAD {
            self.newest = self.newest.max(Some(at));
        }
        if self.firsts < FIRSTS {
            self.firsts += 1;
            self.first = self.first.max(Some(at));
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
    /// Whether the name was sent along since it was last another one.
    is_sent: bool,
}

impl Recent {
    fn see(&mut self, name: &[u8], hasher: &DefaultHashBuilder) {
        // Most formats name no host. Comparing nothing with nothing is not free: the C library's
        // masked loads trap on the address that an empty slice has.
        let is_same = self.name.len() == name.len() && (name.is_empty() || self.name == name);
        if !is_same || self.hash == 0 {
            self.is_sent = false;
            self.name.clear();
            self.name.extend_from_slice(name);
            self.hash = hasher.hash_one(name);
            self.instance = hasher.hash_one(&name[..memchr(b'/', name).unwrap_or(name.len())]);
        }
    }
}

/// Whether a line says something when it is shown: it is not empty, and it is text.
fn is_shown(line: &[u8]) -> bool {
    !line.trim_ascii().is_empty() && !line.iter().any(|byte| matches!(byte, 0..=8 | 14..=26 | 28..=31 | 127))
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::sync::Arc;

    use hashbrown::DefaultHashBuilder;

    use super::{Batch, Reader, What};
    use crate::classify;
    use crate::model::Moment;
    use crate::parse::{Clock, Formats, Parser};

    const ATTEMPT: &str = "Nov 21 10:00:00 mx postfix/smtp[1]: AB12CD34: to=<a@b.example>, relay=mx[192.0.2.1]:25, dsn=5.1.1, status=bounced (host mx[192.0.2.1] said: 550 no (in reply to RCPT TO command))\n";
    const SENDER: &str =
        "Nov 21 10:00:00 mx postfix/qmgr[1]: AB12CD34: from=<s@c.example>, size=1, nrcpt=1 (queue active)\n";
    const AGAIN: &str = "Nov 21 10:00:01 mx last message repeated 2 times\n";

    /// Attempts that the blocks stand for.
    fn attempts(blocks: &[&str]) -> u32 {
        let knowledge = Arc::new(classify::Knowledge::embedded().unwrap());
        let clock = Clock::new(Moment::from_seconds(1_795_000_000));
        let parser = Parser::new(clock, Arc::new(Formats::embedded()));
        let mut reader = Reader::new(0, parser, knowledge, DefaultHashBuilder::default());
        let times = |batch: &Batch| -> u32 {
            batch
                .events
                .iter()
                .map(|event| match &event.what {
                    What::Attempt(tried) => tried.times,
                    What::Sender(_) | What::Complaint(_) => 0,
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
