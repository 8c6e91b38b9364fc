//! Who speaks and what they say: attribution to a provider, signature, rule, verdict.
//!
//! The way of a reply: [`fold`] makes one line of it and finds the innermost reply, [`signature`]
//! masks what varies, and where that signature was seen before the verdict is a look-up. Else
//! [`words`] makes plain words of it, [`book`] finds the rule that wins in one pass, and [`verdict`]
//! turns it into what the operator is told. Knowledge is data: `src/rules/*.toml`.

mod attribute;
mod beside;
mod book;
mod encoding;
mod explain;
mod fields;
mod fold;
mod knowledge;
mod lint;
mod memory;
mod pattern;
mod phrase;
mod proof;
mod provider;
mod rule;
mod shape;
mod shelf;
mod signature;
mod subject;
mod subsume;
mod tables;
mod verdict;
mod words;
mod written;

use std::sync::Arc;

pub use crate::text::remark::{KnowledgeError, Remark};
pub use explain::Explanation;
pub use knowledge::{Knowledge, Own};
pub use lint::{Lint, RuleFile, Shadow};
pub use provider::Provider;
pub use tables::{List, ListType};

use crate::model::{Attempt, Enhanced, Party, ProviderIx, Speaker, Stage, Verdict, domain};
use crate::text::{Clean, remark};

/// Whose mail it is: the receiver (whose MX answered) and the brand (whose domain was addressed).
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, Hash)]
pub struct Attribution {
    /// Whose MX answered.
    pub receiver: Party,
    /// Whose domain was addressed.
    pub brand: Party,
}

/// A reply and what is known about its circumstances.
#[derive(Copy, Clone, Debug)]
pub struct Question<'a> {
    /// The reply as logged, codes included; multi-line prefixes still in it.
    pub reply: &'a [u8],
    /// Whose words it is.
    pub speaker: Speaker,
    /// The basic code.
    pub code: Option<u16>,
    /// The enhanced code.
    pub enhanced: Option<Enhanced>,
    /// Where in the session.
    pub stage: Option<Stage>,
    /// Whether it names the envelope sender: then it may be the sender who is unknown.
    pub names_sender: bool,
}

impl<'a> Question<'a> {
    /// What an attempt's reply asks.
    #[must_use]
    pub fn of(attempt: &Attempt<'a>) -> Self {
        let Attempt { reply, speaker, code, enhanced, stage, sender, recipient, .. } = *attempt;
        let names_sender = sender.is_some_and(|sender| names_sender(reply, sender, recipient));
        Self { reply, speaker, code, enhanced, stage, names_sender }
    }
}

/// Longest sender that is looked for: SMTP allows 256 bytes, and the look costs reply times sender.
const SENDER: usize = 512;

/// Whether `reply` holds the sender's address, whatever the case of its letters; where it is not the
/// recipient's too.
#[must_use]
pub fn names_sender(reply: &[u8], sender: &[u8], recipient: &[u8]) -> bool {
    let Some(local) = memchr::memrchr(b'@', sender).filter(|_| sender.len() <= SENDER) else { return false };
    !sender.eq_ignore_ascii_case(recipient)
        && memchr::memchr_iter(b'@', reply).any(|sign| {
            let start = sign.checked_sub(local);
            let named = start.and_then(|start| reply.get(start..start + sender.len()));
            named.is_some_and(|named| named.eq_ignore_ascii_case(sender))
        })
}

/// What a verdict depends on.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
struct Key {
    signature: u64,
    attribution: Attribution,
    /// Whom the text gives away, where a name or an id is masked in the signature.
    voice: Option<ProviderIx>,
    speaker: Speaker,
    code: Option<u16>,
    enhanced: Option<Enhanced>,
    stage: Option<Stage>,
    names_sender: bool,
}

/// One worker's classifier: the shared knowledge and its own bounded memory of what it has seen.
#[derive(Debug)]
pub struct Classifier {
    knowledge: Arc<Knowledge>,
    names: attribute::Memory,
    verdicts: memory::Memory<Key, Arc<Verdict>>,
    desk: book::Desk,
    folded: Vec<u8>,
    masked: Vec<u8>,
}

impl Classifier {
    /// A classifier that has seen nothing.
    #[must_use]
    pub fn new(knowledge: Arc<Knowledge>) -> Self {
        Self {
            knowledge,
            names: attribute::Memory::default(),
            verdicts: memory::Memory::new(),
            desk: book::Desk::default(),
            folded: Vec::new(),
            masked: Vec::new(),
        }
    }

    /// Whose mail an attempt is.
    pub fn attribution(&mut self, attempt: &Attempt<'_>) -> Attribution {
        let said: &[u8] = if attempt.relay.is_some() { b"" } else { attempt.reply };
        let relay = attempt.relay.unwrap_or_default();
        self.attribute(relay.host, relay.ip, domain(attempt.recipient), said)
    }

    /// Attributes what is not an attempt's. `relay_host` and `relay_ip` may be empty (`relay=none`); then the
    /// host that the reply or failure text names decides, then the recipient's domain.
    pub fn attribute(
        &mut self,
        relay_host: &[u8],
        relay_ip: &[u8],
        recipient_domain: &[u8],
        text: &[u8],
    ) -> Attribution {
        self.names.attribute(&self.knowledge.providers, relay_host, relay_ip, recipient_domain, text)
    }

    /// What a reply means. A signature that was seen before under the same circumstances costs a
    /// look-up.
    pub fn verdict(&mut self, question: &Question<'_>, attribution: Attribution) -> Arc<Verdict> {
        self.read(question.reply);
        if !signature::is_whole(&self.masked) {
            return Arc::new(self.judge(question, attribution).verdict);
        }
        let key = Key {
            signature: signature::hash(&self.masked),
            attribution: relevant(attribution),
            voice: signature::hides_a_voice(&self.masked)
                .then(|| verdict::voice(&self.knowledge, &self.folded).1)
                .flatten(),
            speaker: question.speaker,
            code: question.code,
            enhanced: question.enhanced,
            stage: question.stage,
            names_sender: question.names_sender,
        };
        if let Some(known) = self.verdicts.get(&key) {
            return known;
        }
        let verdict = Arc::new(self.judge(question, attribution).verdict);
        self.verdicts.put(key, verdict.clone());
        verdict
    }

    /// What a reply means, and how it was read: the deciding words in it, the reply inside it.
    pub fn explain(&mut self, question: &Question<'_>, attribution: Attribution) -> Explanation {
        self.read(question.reply);
        let judged = self.judge(question, attribution);
        explain::explain(&self.folded, judged)
    }

    /// The names of unknown domains that [`Self::attribute`] returned for the first time (or
    /// again after being forgotten) since the last call: the hash in `Party::Domain` and the name.
    pub fn take_names(&mut self) -> Vec<(u64, Clean)> {
        self.names.take_names()
    }

    fn read(&mut self, reply: &[u8]) {
        fold::fold(reply, &mut self.folded);
        signature::mask(&self.folded, &self.knowledge.book.telling, &mut self.masked);
    }

    fn judge(&mut self, question: &Question<'_>, attribution: Attribution) -> verdict::Judged {
        verdict::judge(
            &self.knowledge,
            &mut self.desk,
            &self.folded,
            &self.masked,
            question,
            attribution,
            1 + Verdict::CONSIDERED,
        )
    }
}

/// What of an attribution a verdict depends on: rules know no unknown domains, and the brand only
/// where the receiver is not known.
fn relevant(attribution: Attribution) -> Attribution {
    let known = |party| if let Party::Known(_) = party { party } else { Party::Nobody };
    match known(attribution.receiver) {
        Party::Nobody => Attribution { receiver: Party::Nobody, brand: known(attribution.brand) },
        receiver => Attribution { receiver, brand: Party::Nobody },
    }
}

#[cfg(test)]
mod tests;
