//! One reply, without a log around it: what it means and what to do.

use std::ops::Range;
use std::sync::Arc;

use hashbrown::HashMap;
use serde::Serialize;

use super::Remedy;
use super::setup::Setup;
use crate::classify::{Attribution, Classifier, Question};
use crate::model::{
    Action, Category, Considered, Enhanced, Fault, Mechanism, Moment, Parsed, Party, ProviderIx, Severity,
    Speaker, Stage, codes, domain,
};
use crate::parse::Parser;
use crate::text::Clean;

/// What a reply means.
#[derive(Clone, Debug, PartialEq, Serialize)]
pub struct Explanation {
    /// The reply, as it was given.
    pub reply: Clean,
    /// Its basic code.
    pub code: Option<u16>,
    /// Its enhanced code.
    pub enhanced: Option<Enhanced>,
    /// The provider's own code.
    pub provider_code: Option<Clean>,
    /// Where in the session, if the line told.
    pub stage: Option<Stage>,
    /// The provider's id.
    pub provider: Option<Clean>,
    /// Why.
    pub category: Category,
    /// Whose fault, as far as the words say.
    pub fault: Fault,
    /// Whether it is temporary in effect, whatever its code says.
    pub temporary: bool,
    /// How bad.
    pub severity: Severity,
    /// What class of action.
    pub action: Action,
    /// Which blocklist: an id of the list table, or the name in the text.
    pub list: Option<Clean>,
    /// Its name as people say it; `null` where the table does not know it.
    pub list_name: Option<Clean>,
    /// Whose list it is.
    pub list_owner: Option<Clean>,
    /// The page or address where its owner takes requests; `null` where there is none.
    pub delist: Option<Clean>,
    /// Which authentication mechanism.
    pub mechanism: Option<Mechanism>,
    /// The reply with its variable parts masked.
    pub signature: Clean,
    /// The rule that won.
    pub rule: Arc<str>,
    /// The words that decided.
    pub evidence: Clean,
    /// The reply in one line, as it was read.
    #[serde(skip)]
    pub folded: Clean,
    /// The words that decided, as byte ranges of [`Self::folded`], in order.
    #[serde(skip)]
    pub words: Vec<Range<usize>>,
    /// The reply that another server gave and that this one quotes; it decides.
    pub inner: Option<Clean>,
    /// What stands before that: who quotes it, and as what.
    pub wrapper: Option<Clean>,
    /// Where that rule's knowledge comes from; `null` where no rule held.
    pub rule_source: Option<Clean>,
    /// The month when it was true, `YYYY-MM`.
    pub rule_month: Option<Arc<str>>,
    /// Rules that held too and lost, best first.
    pub considered: Arc<[Considered]>,
    /// What it is, what to do, what not to do.
    #[serde(flatten)]
    pub remedy: Remedy,
}

/// Names of domains remembered at once.
const NAMES: usize = 10_000;

/// Explains replies one after the other.
#[derive(Debug)]
pub struct Explainer {
    parser: Parser,
    pub(super) judge: Judge,
}

/// Everything but the reading of log lines.
#[derive(Debug)]
pub(super) struct Judge {
    setup: Setup,
    classifier: Classifier,
    /// Names of unknown domains by hash; the classifier tells each only once.
    names: HashMap<u64, Clean>,
}

/// A reply and what the caller knows about it.
#[derive(Copy, Clone, Debug, Default)]
pub struct Asked<'a> {
    /// The reply, or a whole log line.
    pub reply: &'a [u8],
    /// The relay's host name, or empty.
    pub relay: &'a [u8],
    /// The recipient's address or domain, or empty.
    pub recipient: &'a [u8],
}

impl Explainer {
    /// With the knowledge of `setup`.
    #[must_use]
    pub fn new(setup: Setup) -> Self {
        let classifier = Classifier::new(Arc::clone(&setup.knowledge));
        let parser = setup.parser(std::path::Path::new(""), Moment::from_millis(0));
        Self { parser, judge: Judge { classifier, names: HashMap::new(), setup } }
    }

    /// What a reply, or the reply inside a log line, means.
    pub fn explain(&mut self, asked: Asked<'_>) -> Explanation {
        let shown = Clean::head(asked.reply, 64 * 1024);
        let Self { parser, judge } = self;
        let mut answer = None;
        let dialect = parser.line(asked.reply, |read| {
            // A record for several recipients holds one reply: the first will do.
            let (Parsed::Attempt(attempt), None) = (read.parsed, &answer) else { return };
            let relay = attempt.relay.unwrap_or_default();
            let question = Question::of(&attempt);
            let relay_host = if asked.relay.is_empty() { relay.host } else { asked.relay };
            let recipient = if asked.recipient.is_empty() { attempt.recipient } else { asked.recipient };
            answer = Some(judge.answer(shown.clone(), &question, relay_host, relay.ip, recipient));
        });
        if let Some(answer) = answer {
            return answer;
        }
        let reply = asked.reply.trim_ascii();
        let (code, enhanced) = codes(reply);
        let speaker = if code.is_some() { Speaker::Server } else { Speaker::Mta };
        let question = Question { reply, speaker, code, enhanced, stage: None, names_sender: false };
        let answer = judge.answer(shown.clone(), &question, asked.relay, b"", asked.recipient);
        // A line that tells no attempt, or a piece of one of Sendmail's, holds an MTA's own words:
        // `dsn=5.7.1, stat=User unknown` is no reason to give an address up.
        if answer.action == Action::Suppress && dialect.is_some() {
            let question = Question { speaker: Speaker::Summary, ..question };
            return judge.answer(shown, &question, asked.relay, b"", asked.recipient);
        }
        answer
    }
}

impl Judge {
    pub(super) fn answer(
        &mut self,
        reply: Clean,
        question: &Question<'_>,
        relay_host: &[u8],
        relay_ip: &[u8],
        recipient: &[u8],
    ) -> Explanation {
        let recipient_domain = match domain(recipient) {
            b"" => recipient,
            domain => domain,
        };
        let said: &[u8] = if relay_host.is_empty() { question.reply } else { b"" };
        let attribution = self.classifier.attribute(relay_host, relay_ip, recipient_domain, said);
        let reasons = self.classifier.explain(question, attribution);
        let verdict = &reasons.verdict;
        if self.names.len() > NAMES {
            // The classifier keeps far fewer, and tells again what it has forgotten.
            self.names.clear();
            self.classifier = Classifier::new(Arc::clone(&self.setup.knowledge));
            self.classifier.attribute(relay_host, relay_ip, recipient_domain, said);
        }
        self.names.extend(self.classifier.take_names());
        let provider = self.provider(attribution, reasons.speaker);
        let known = provider.as_ref().map(|(id, name)| (id.as_str(), name.as_str()));
        let list = verdict.list.as_ref().and_then(|id| self.setup.knowledge.list(id.as_str()));
        let remedy = self.setup.trees.remedy(verdict, question.code, known);
        Explanation {
            reply,
            code: question.code,
            enhanced: question.enhanced,
            provider_code: verdict.provider_code.clone(),
            stage: question.stage,
            provider: provider.map(|(id, _)| id),
            category: verdict.category,
            fault: verdict.fault,
            temporary: verdict.temporary,
            severity: verdict.severity,
            action: verdict.action,
            list: verdict.list.clone(),
            list_name: list.map(|list| Clean::from(&*list.name)),
            list_owner: list.map(|list| Clean::from(&*list.owner)),
            delist: list.filter(|list| !list.delist.is_empty()).map(|list| Clean::from(&*list.delist)),
            mechanism: verdict.mechanism,
            signature: verdict.signature.clone(),
            rule: verdict.rule.clone(),
            evidence: verdict.evidence.clone(),
            folded: reasons.folded,
            words: reasons.words,
            inner: reasons.inner,
            wrapper: reasons.wrapper,
            rule_source: (!verdict.source.is_empty()).then(|| verdict.source.clone()),
            rule_month: (!verdict.month.is_empty()).then(|| verdict.month.clone()),
            considered: verdict.considered.clone(),
            remedy,
        }
    }

    /// Id and name of who speaks: a known receiver, else who the text sounds like, else a known
    /// brand, else the domain.
    fn provider(&self, attribution: Attribution, speaker: Option<ProviderIx>) -> Option<(Clean, Clean)> {
        let table = |ix| {
            let (id, name) = self.setup.knowledge.provider(ix);
            Some((Clean::from(id), Clean::from(name)))
        };
        let domain = |party: Party| match party {
            Party::Domain(hash) => self.names.get(&hash).map(|name| (name.clone(), name.clone())),
            Party::Known(_) | Party::Nobody => None,
        };
        if let Party::Known(ix) = attribution.receiver {
            return table(ix);
        }
        if let Some(ix) = speaker {
            return table(ix);
        }
        if let Party::Known(ix) = attribution.brand {
            return table(ix);
        }
        domain(attribution.receiver).or_else(|| domain(attribution.brand))
    }
}
