//! From what the sink answered to what the report must count.

use std::collections::{BTreeMap, BTreeSet};

use super::Mta;
use super::script::{DESTINATIONS, Destination, REFUSED, UNKNOWN};
use super::sink::Record;

/// Basic and enhanced code.
pub(crate) type Codes = (Option<u16>, Option<String>);

/// One line of the comparison: provider, what the MTA did, basic code, enhanced code.
pub(crate) type Key = (String, &'static str, Option<u16>, Option<String>);

/// A message as it was handed to the MTA.
#[derive(Clone, Debug)]
pub(crate) struct Message {
    pub(crate) number: u32,
    pub(crate) recipients: Vec<String>,
}

/// What the report must say.
#[derive(Clone, Debug, Default)]
pub(crate) struct Expected {
    pub(crate) cells: BTreeMap<Key, u64>,
    /// Recipients that no server saw, because the MTA did not try.
    pub(crate) suspended: u64,
    /// Lines about a host that was not the last one tried.
    pub(crate) non_final: u64,
}

impl Expected {
    /// Adds one round of the queue; returns the messages with the recipients that are still open.
    /// What `mta` does not log, and where it says what the server did not, its own file tells.
    pub(crate) fn add_round(&mut self, mta: &dyn Mta, open: &[Message], records: &[Record]) -> Vec<Message> {
        let mut still_open: BTreeMap<u32, BTreeSet<String>> = BTreeMap::new();
        for destination in DESTINATIONS {
            let at = |recipient: &&String| recipient.ends_with(&format!("@{}", destination.domain));
            let here: Vec<(u32, Vec<&String>)> = open
                .iter()
                .map(|message| (message.number, message.recipients.iter().filter(at).collect::<Vec<_>>()))
                .filter(|(_, recipients)| !recipients.is_empty())
                .collect();
            let Some((last, _)) = destination.mx.split_last() else { continue };
            let of = |host: &str| {
                records.iter().filter(move |record| record.host == host).cloned().collect::<Vec<_>>()
            };
            self.non_final += destination
                .mx
                .iter()
                .map(|mx| mta.non_final(&of(mx.host), mx.host == last.host))
                .sum::<u64>();
            let refuses = last.greeting.is_some() || last.hello.is_some();
            let open_here = if refuses && !mta.tells_refusals() {
                self.untold(destination.provider, &here)
            } else if refuses {
                self.refused_connections(mta, destination, &here, &of(last.host))
            } else {
                self.answers(mta, destination, &here, &of(last.host))
            };
            for (number, recipient) in open_here {
                still_open.entry(number).or_default().insert(recipient);
            }
        }
        self.without_server(mta, open, &mut still_open);
        let remaining = still_open.into_iter();
        remaining
            .map(|(number, recipients)| Message { number, recipients: recipients.into_iter().collect() })
            .collect()
    }

    /// Recipients of whom the log tells that nothing came of it, and not why.
    fn untold(&mut self, provider: &str, here: &[(u32, Vec<&String>)]) -> Vec<(u32, String)> {
        let all =
            here.iter().flat_map(|(number, recipients)| recipients.iter().map(|r| (*number, (*r).clone())));
        let open: Vec<(u32, String)> = all.collect();
        *self.cells.entry((provider.to_owned(), "deferred", None, None)).or_default() += open.len() as u64;
        open
    }

    /// A host that refuses to talk knows no recipients: its connections are counted. The script
    /// gives such a host messages with one recipient each, or one message only.
    fn refused_connections(
        &mut self,
        mta: &dyn Mta,
        destination: &Destination,
        here: &[(u32, Vec<&String>)],
        records: &[Record],
    ) -> Vec<(u32, String)> {
        let Some(recipients) = here.first().map(|(_, recipients)| recipients.len()) else {
            return Vec::new();
        };
        assert!(
            here.iter().all(|(_, others)| others.len() == recipients),
            "{} must be uniform",
            destination.domain
        );
        for record in records {
            self.count(mta, destination, record, recipients as u64);
        }
        let tried = records.len() * recipients;
        let all = here.len() * recipients;
        assert!(tried <= all, "{} was tried more often than it has messages", destination.domain);
        self.suspended += (all - tried) as u64;
        if records.iter().any(|record| mta.outcome(record) == "rejected") {
            assert_eq!(tried, all, "{} must be tried for every message", destination.domain);
            return Vec::new();
        }
        here.iter()
            .flat_map(|(number, recipients)| recipients.iter().map(|r| (*number, (*r).clone())))
            .collect()
    }

    /// A host that talks: every answer belongs to recipients.
    fn answers(
        &mut self,
        mta: &dyn Mta,
        destination: &Destination,
        here: &[(u32, Vec<&String>)],
        records: &[Record],
    ) -> Vec<(u32, String)> {
        let mut open: BTreeSet<(u32, String)> = here
            .iter()
            .flat_map(|(number, recipients)| recipients.iter().map(|r| (*number, (*r).clone())))
            .collect();
        for record in records {
            let number = record.message.expect("every message has its number");
            let concerned: Vec<String> = match &record.recipient {
                Some(recipient) => vec![recipient.clone()],
                None => open.iter().filter(|(other, _)| *other == number).map(|(_, r)| r.clone()).collect(),
            };
            self.count(mta, destination, record, concerned.len() as u64);
            for recipient in concerned {
                assert!(
                    mta.outcome(record) == "deferred" || open.remove(&(number, recipient.clone())),
                    "{recipient} of message {number} was answered twice at {}",
                    destination.domain
                );
            }
        }
        // Whoever is open and was not answered was suspended; the rest was deferred by an answer.
        let deferred: u64 = records
            .iter()
            .filter(|record| mta.outcome(record) == "deferred")
            .map(|record| match &record.recipient {
                Some(_) => 1,
                None => open.iter().filter(|(other, _)| Some(*other) == record.message).count() as u64,
            })
            .sum();
        self.suspended += open.len() as u64 - deferred;
        open.into_iter().collect()
    }

    /// Recipients where nobody answers at all.
    fn without_server(
        &mut self,
        mta: &dyn Mta,
        open: &[Message],
        still_open: &mut BTreeMap<u32, BTreeSet<String>>,
    ) {
        for message in open {
            for recipient in &message.recipients {
                if recipient.ends_with(REFUSED.0) {
                    *self.cells.entry((REFUSED.0.to_owned(), "deferred", None, None)).or_default() += 1;
                    self.non_final += u64::from(mta.refusals_are_lines());
                    still_open.entry(message.number).or_default().insert(recipient.clone());
                } else if recipient.ends_with(UNKNOWN) {
                    *self.cells.entry((UNKNOWN.to_owned(), "rejected", None, None)).or_default() += 1;
                }
            }
        }
    }

    fn count(&mut self, mta: &dyn Mta, destination: &Destination, record: &Record, recipients: u64) {
        let (code, enhanced) = mta.codes(record);
        let provider = destination.provider;
        *self.cells.entry((provider.to_owned(), mta.outcome(record), code, enhanced)).or_default() +=
            recipients;
    }
}

/// What an MTA does with an answer that means what its first digit says.
pub(crate) fn outcome(record: &Record) -> &'static str {
    match record.line.as_deref().and_then(|line| line.bytes().next()) {
        Some(b'2') => "delivered",
        Some(b'5') => "rejected",
        _ => "deferred",
    }
}

/// The codes of an answer's first line, read apart from the program under test.
pub(crate) fn codes(line: &str) -> Codes {
    let code = line.get(..3).and_then(|digits| digits.parse().ok());
    let word = line.get(4..).unwrap_or_default().split(' ').next().unwrap_or_default();
    let parts: Vec<&str> = word.split('.').collect();
    let numbers = parts.iter().all(|part| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit()));
    let enhanced =
        (parts.len() == 3 && numbers && ["2", "4", "5"].contains(&parts[0])).then(|| word.to_owned());
    (code, enhanced)
}
