//! What one attempt says of its recipient's address.

use std::hash::BuildHasher as _;
use std::sync::OnceLock;

use hashbrown::{DefaultHashBuilder, HashMap};

use super::list::Found;
use super::{Ask, Suppressed};
use crate::diagnose::incident::{self, fault};
use crate::engine::Setup;
use crate::engine::batch::{Batch, Event, Tried, What};
use crate::model::{Action, Category, Fault, Moment, Party, Verdict, code_class, domain};
use crate::text::Clean;

/// Senders remembered to tell whether a reply names them, in each of two halves.
const SENDERS: usize = 131_072;

/// One attempt at an address, as far as the list is concerned.
pub(super) struct Seen<'a> {
    batch: &'a Batch,
    pub(super) at: Moment,
    pub(super) tried: &'a Tried,
    pub(super) recipient: &'a [u8],
    /// Of the address, whatever the case of its letters.
    pub(super) hash: u64,
    pub(super) says: Says,
    /// Whether it lies in the span that is asked for.
    pub(super) is_asked: bool,
}

/// What an attempt says of the address.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub(super) enum Says {
    /// It takes mail.
    Lives,
    /// It is at fault, in the way that is asked for.
    Fault,
    /// That, but perhaps of another address.
    Doubtful,
    /// Something else.
    Other,
    /// Nothing: no server answered.
    Nothing,
}

/// Reads what attempts say, the senders of their messages remembered.
pub(super) struct Judge {
    temporary: bool,
    span: (Option<Moment>, Option<Moment>),
    hasher: DefaultHashBuilder,
    /// Hashes of senders by queue id; the older half goes when the younger is full.
    young: HashMap<u64, u64>,
    old: HashMap<u64, u64>,
    lower: Vec<u8>,
}

impl Judge {
    pub(super) fn new(setup: &Setup, ask: Ask) -> Self {
        // Fixed for the whole process, so that every pass knows the same addresses.
        static HASHER: OnceLock<DefaultHashBuilder> = OnceLock::new();
        Self {
            temporary: ask.temporary,
            span: (setup.since, setup.until),
            hasher: HASHER.get_or_init(DefaultHashBuilder::default).clone(),
            young: HashMap::new(),
            old: HashMap::new(),
            lower: Vec::new(),
        }
    }

    /// Tells every attempt of a batch.
    pub(super) fn each(&mut self, batch: &Batch, told: &mut dyn FnMut(&Seen<'_>)) {
        for event in &batch.events {
            match &event.what {
                What::Sender(span) => {
                    let sender = self.hash(batch.bytes(*span));
                    if self.young.len() >= SENDERS {
                        self.old = std::mem::take(&mut self.young);
                    }
                    self.young.insert(event.queue, sender);
                }
                What::Attempt(tried) => {
                    let recipient = batch.bytes(tried.shown.recipient);
                    let is_asked = self.span.0.is_none_or(|since| event.at >= since)
                        && self.span.1.is_none_or(|until| event.at < until);
                    let says = self.says(batch, event, tried, recipient);
                    let hash = self.hash(recipient);
                    told(&Seen { batch, at: event.at, tried, recipient, hash, says, is_asked });
                }
                // Who complains is heard by the feedback loop's own list.
                What::Complaint(_) => {}
            }
        }
    }

    fn says(&mut self, batch: &Batch, event: &Event, tried: &Tried, recipient: &[u8]) -> Says {
        let Some(verdict) = &tried.verdict else { return Says::Lives };
        if !is_blamed(verdict, tried.code, self.temporary) {
            return if tried.code == 0 { Says::Nothing } else { Says::Other };
        }
        let sender = match tried.sender {
            Some(own) => Some(self.hash(batch.bytes(own))),
            None => self.young.get(&event.queue).or_else(|| self.old.get(&event.queue)).copied(),
        };
        for named in addresses(batch.bytes(tried.shown.reply)) {
            // Who is unknown there may be who sent it; where nobody knows who did, anybody may be.
            if !named.eq_ignore_ascii_case(recipient)
                && sender.is_none_or(|sender| sender == self.hash(named))
            {
                return Says::Doubtful;
            }
        }
        Says::Fault
    }

    fn hash(&mut self, address: &[u8]) -> u64 {
        self.lower.clear();
        self.lower.extend(address.iter().map(u8::to_ascii_lowercase));
        self.hasher.hash_one(self.lower.as_slice())
    }
}

/// Whether a reply is the address's fault: for good, or, where that is asked, for now.
pub(super) fn is_blamed(verdict: &Verdict, code: u16, temporary: bool) -> bool {
    if verdict.fault != Fault::Recipient {
        return false;
    }
    if temporary {
        let of_address = fault(verdict.category, 550) == Some(incident::Fault::Address);
        return verdict.action == Action::Retry && (of_address || verdict.category == Category::MailboxFull);
    }
    verdict.action == Action::Suppress
        && !verdict.temporary
        && code_class(code) == 5
        && fault(verdict.category, code) == Some(incident::Fault::Address)
}

/// The addresses in a reply.
fn addresses(reply: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_of =
        |byte: &u8| byte.is_ascii_alphanumeric() || *byte >= 0x80 || b"!#$%&'*+-/=?^_`{|}~.".contains(byte);
    memchr::memchr_iter(b'@', reply).filter_map(move |sign| {
        let start = reply[..sign].iter().rposition(|byte| !is_of(byte)).map_or(0, |at| at + 1);
        let is_host = |byte: &u8| byte.is_ascii_alphanumeric() || b"-.".contains(byte) || *byte >= 0x80;
        let end =
            reply[sign + 1..].iter().position(|byte| !is_host(byte)).map_or(reply.len(), |at| sign + 1 + at);
        let address = reply[start..end].strip_suffix(b".").unwrap_or(&reply[start..end]);
        (start < sign && sign + 1 < end).then_some(address)
    })
}

impl Seen<'_> {
    /// The line of the list.
    pub(super) fn line<'a>(
        &'a self,
        setup: &Setup,
        address: &'a str,
        found: Found,
    ) -> Option<Suppressed<'a>> {
        let known = |party: Party| match party {
            Party::Known(ix) => Some(Clean::from(setup.knowledge.provider(ix).0)),
            _ => None,
        };
        let tried = self.tried;
        let provider = known(tried.attribution.receiver).or_else(|| known(tried.attribution.brand));
        Some(Suppressed {
            address,
            provider: provider.unwrap_or_else(|| Clean::new(domain(address.as_bytes()))),
            code: tried.code,
            enhanced: tried.enhanced,
            reply: Clean::new(self.batch.bytes(tried.shown.reply)),
            first: found.first,
            last: found.last,
            count: u64::from(found.count),
            verdict: tried.verdict.as_deref()?,
        })
    }
}

/// An address as the list writes it: its domain in lower case. `None` for what is no address.
pub(super) fn written(recipient: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(recipient).ok().filter(|text| text.len() <= 320)?;
    let (local, domain) = text.rsplit_once('@')?;
    let is_plain = |c: char| !c.is_whitespace() && !c.is_control() && !"<>()[],;:\\\"@".contains(c);
    let is_host = |c: char| c.is_alphanumeric() || c == '-' || c == '.';
    let fine = !local.is_empty()
        && local.chars().all(is_plain)
        && domain.chars().all(is_host)
        && !domain.starts_with(['.', '-'])
        && !domain.ends_with(['.', '-'])
        && domain.contains('.')
        && !domain.contains("..")
        // What must be made visible first is no address that anybody wrote.
        && Clean::from(text).as_str() == text;
    fine.then(|| format!("{local}@{}", domain.to_ascii_lowercase()))
}

#[cfg(test)]
mod tests {
    use super::{addresses, written};

    #[test]
    fn addresses_in_replies_are_found() {
        let found = |reply: &str| -> Vec<String> {
            addresses(reply.as_bytes()).map(|found| String::from_utf8_lossy(found).into_owned()).collect()
        };
        assert_eq!(
            found("550 <a.b@c.example>: no, ask post@x.example."),
            ["a.b@c.example", "post@x.example"]
        );
        assert!(found("550 @ a@ @b").is_empty());
    }

    #[test]
    fn what_is_no_address_is_never_written() {
        let is = |text: &str| written(text.as_bytes());
        assert_eq!(is("J.Doe@Example.COM").as_deref(), Some("J.Doe@example.com"));
        for wrong in [
            "",
            "@",
            "a",
            "a@",
            "@b.example",
            "a b@c.example",
            "a@b",
            "a@b..c",
            "a@.b.c",
            "a@b.c-",
            "a\n@b.example",
            "<a@b.example>",
            "a,b@c.example",
            "a@b@c.example",
            "a@b.example\u{202e}",
            "\"a\"@b.example",
        ] {
            assert_eq!(is(wrong), None, "{wrong:?}");
        }
        assert_eq!(written(b"a\xff@b.example"), None);
    }
}
