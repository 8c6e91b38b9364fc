//! What one line tells, and whether a filter shows it.

use std::path::Path;
use std::sync::Arc;

use hashbrown::HashMap;

use super::chain::{Link, Store};
use super::{LinePlace, LogAttempt, LogLine, LogSays};
use crate::classify::{Classifier, Question};
use crate::engine::Filter;
use crate::engine::filter::Reply;
use crate::engine::input::STDIN;
use crate::engine::run;
use crate::engine::setup::Setup;
use crate::model::{Attempt, Outcome, Parsed, Party, Verdict, code_class};
use crate::parse::Parser;
use crate::source::{Journal, Piece};
use crate::text::Clean;

/// Bytes shown of one line.
const LINE: usize = 8 << 10;
/// Bytes at the beginning of a file in which its headers are.
const HEAD: u64 = 16 << 10;
/// Names of domains that are remembered.
const DOMAINS: usize = 4_096;

/// Reads lines, and judges them.
pub(super) struct Looker {
    setup: Setup,
    classifier: Classifier,
    domains: HashMap<u64, Clean>,
    /// The parser, and where it stands: lines that follow are read with what it knows.
    reading: Option<(LinePlace, Parser)>,
}

/// What the worst attempt of a line was.
struct Worst {
    attempt: LogAttempt,
    /// The provider's id.
    id: Clean,
    label: Clean,
    counted: u16,
}

impl Looker {
    pub(super) fn new(setup: &Setup) -> Self {
        Self {
            setup: setup.clone(),
            classifier: Classifier::new(Arc::clone(&setup.knowledge)),
            domains: HashMap::new(),
            reading: None,
        }
    }

    /// Makes ready to read the lines of `link` from `at` on.
    pub(super) fn begin(&mut self, link: &Link, store: &Store, at: LinePlace) {
        if self.reading.as_ref().is_some_and(|(here, _)| *here == at) {
            return;
        }
        let mut parser = self.parser(link);
        let mut head = Vec::new();
        if at.offset > 0 && store.head(&mut head, HEAD).is_ok() {
            parser.preface(&head);
        }
        self.reading = Some((at, parser));
    }

    /// A parser for the lines of `link`.
    pub(super) fn parser(&self, link: &Link) -> Parser {
        match &link.path {
            Some(path) => self.setup.parser(path, run::changed(path)),
            None => self.setup.parser(Path::new(STDIN), run::wall()),
        }
    }

    /// The lines were read up to here.
    pub(super) fn end(&mut self, at: LinePlace) {
        if let Some((here, _)) = &mut self.reading {
            *here = at;
        }
    }

    /// The line, if it is to be shown. `only`: lines that the filter does not show are left out.
    pub(super) fn line(
        &mut self,
        line: &[u8],
        place: LinePlace,
        filter: &Filter,
        only: bool,
    ) -> Option<LogLine> {
        let is_filtered = !filter.is_empty();
        let is_hidden = |is_match: bool| only && is_filtered && !is_match;
        // What the text decides need not be read.
        if is_filtered && filter.is_of_text() && is_hidden(filter.shows_line(line, || None)) {
            return None;
        }
        let (worst, unparsed) = self.read(line);
        let reply = || {
            let worst = worst.as_ref()?;
            Some(Reply {
                provider: (&worst.id, worst.attempt.provider.as_deref().unwrap_or_default()),
                label: &worst.label,
                code: worst.counted,
                enhanced: worst.attempt.enhanced,
                verdict: worst.attempt.verdict.as_ref(),
            })
        };
        let is_match = is_filtered && filter.shows_line(line, reply);
        if is_hidden(is_match) {
            return None;
        }
        let says = match (worst, unparsed) {
            (Some(worst), _) => LogSays::Attempt(Box::new(worst.attempt)),
            (None, Some(why)) => LogSays::Unparsed(why),
            (None, None) => LogSays::Other,
        };
        let (text, is_described) = Clean::line(line, LINE);
        Some(LogLine { place, text, is_described, says, is_match })
    }

    /// What a line tells: its worst attempt, and why it could not be read.
    fn read(&mut self, line: &[u8]) -> (Option<Worst>, Option<&'static str>) {
        let (mut worst, mut unparsed): (Option<Worst>, _) = (None, None);
        let Self { classifier, domains, reading, setup } = self;
        let Some((_, parser)) = reading else { return (worst, unparsed) };
        let mut hear = |parsed: Parsed<'_>| match parsed {
            Parsed::Attempt(attempt) => {
                let more = worst.as_ref().map_or(0, |worst| worst.attempt.more + 1);
                if worst.as_ref().is_none_or(|worst| attempt.outcome > worst.attempt.outcome) {
                    worst = Some(judge(classifier, domains, setup, &attempt));
                }
                if let Some(worst) = &mut worst {
                    worst.attempt.more = more;
                }
            }
            Parsed::Unparsed(why) => unparsed = Some(why),
            _ => {}
        };
        each(line, |line| {
            parser.line(line, |read| hear(read.parsed));
        });
        (worst, unparsed)
    }
}

/// What a program wrote: the line, or what a record of journald's holds.
pub(super) fn each(line: &[u8], mut on: impl FnMut(&[u8])) {
    if line.first() != Some(&b'{') {
        return on(line);
    }
    Journal::new().pass(Piece::Lines(&[line, b"\n"].concat()), |piece| {
        piece.bytes().split(|byte| *byte == b'\n').filter(|line| !line.is_empty()).for_each(&mut on);
    });
}

/// What an attempt means.
fn judge(
    classifier: &mut Classifier,
    domains: &mut HashMap<u64, Clean>,
    setup: &Setup,
    attempt: &Attempt<'_>,
) -> Worst {
    let attribution = classifier.attribution(attempt);
    let verdict = (attempt.outcome != Outcome::Delivered)
        .then(|| classifier.verdict(&Question::of(attempt), attribution));
    if domains.len() > DOMAINS {
        domains.clear();
    }
    domains.extend(classifier.take_names());
    let party = match attribution.receiver {
        Party::Nobody => attribution.brand,
        receiver => receiver,
    };
    let provider = match party {
        Party::Nobody => None,
        Party::Known(ix) => {
            let (id, name) = setup.knowledge.provider(ix);
            Some((Clean::from(id), Clean::from(name)))
        }
        Party::Domain(hash) => domains.get(&hash).map(|name| (name.clone(), name.clone())),
    };
    let (id, name) = provider.map_or((Clean::default(), None), |(id, name)| (id, Some(name)));
    let counted = attempt.counted_code();
    Worst {
        label: label(attempt, counted, verdict.as_deref()),
        id,
        counted,
        attempt: LogAttempt {
            outcome: attempt.outcome,
            code: attempt.code,
            enhanced: attempt.enhanced,
            at: attempt.at,
            queue_id: Clean::new(attempt.queue_id),
            recipient: Clean::new(attempt.recipient),
            provider: name,
            verdict,
            more: 0,
        },
    }
}

/// The board's column of an attempt.
fn label(attempt: &Attempt<'_>, counted: u16, verdict: Option<&Verdict>) -> Clean {
    if attempt.outcome == Outcome::Delivered {
        return Clean::default();
    }
    let own = || verdict.and_then(|verdict| verdict.provider_code.clone());
    match (code_class(counted), attempt.enhanced) {
        (5, Some(enhanced)) => Clean::from(enhanced.to_string().as_str()),
        (5, None) => own().unwrap_or_else(|| Clean::from(counted.to_string().as_str())),
        (0, _) => Clean::from("none"),
        _ => Clean::from("4xx"),
    }
}
