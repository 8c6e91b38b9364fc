//! Detection without a log: attempts are handed in as what they would be counted as.
//!
//! For measuring how well incidents are told (`cargo bench --bench detection`): what is between the
//! attempts and the incidents is what the program itself uses.

use std::sync::Arc;

use hashbrown::HashMap;

use super::{Counted, Detector, Heard, Names, Said, named};
use crate::aggregate::{Dimension, LeafKey, Leaves, Record, Reservoir, Rings, Strands, ValueIx, Whose};
use crate::classify::Knowledge;
use crate::diagnose::incident::{Incident, Thresholds, fault};
use crate::engine::parties::Parties;
use crate::engine::run::RunError;
use crate::model::{Action, Category, Fault, Moment, Outcome, Party, Severity, Verdict, code_class};
use crate::text::Clean;

/// How far behind the newest attempt a second is complete, in milliseconds: as in a run.
const COMPLETE: i64 = 2_000;

/// An attempt as it is counted.
#[derive(Copy, Clone, Debug)]
pub struct Rehearsed<'a> {
    /// When it was logged.
    pub at: Moment,
    /// The id of the provider, or a domain that is none's.
    pub provider: &'a str,
    /// Our side of the connection.
    pub source: &'a str,
    /// The campaign.
    pub campaign: &'a str,
    /// Category and basic code of the reply; `None` for a delivery.
    pub reply: Option<(Category, u16)>,
    /// The list that the reply names; empty for none.
    pub list: &'a str,
    /// A number of the message's own.
    pub message: u64,
    /// The recipient's domain, where it is not the provider's own.
    pub domain: &'a str,
}

/// Everything that detection needs of a run.
#[derive(Debug)]
pub struct Rehearsal {
    knowledge: Arc<Knowledge>,
    leaves: Leaves,
    rings: Rings,
    echoes: Rings,
    strands: Strands,
    reservoir: Reservoir,
    sources: Dimension,
    campaigns: Dimension,
    parties: Parties,
    /// Who a provider's id or domain is.
    receivers: HashMap<Box<str>, Party>,
    heard: Heard,
    detector: Detector,
}

impl Rehearsal {
    /// Nothing counted yet.
    ///
    /// # Errors
    /// When the knowledge inside the binary is broken, which a test rules out.
    pub fn new(thresholds: Thresholds) -> Result<Self, RunError> {
        Ok(Self::with(&Arc::new(Knowledge::embedded()?), thresholds))
    }

    /// The same again, with nothing counted.
    #[must_use]
    pub fn afresh(&self, thresholds: Thresholds) -> Self {
        Self::with(&self.knowledge, thresholds)
    }

    fn with(knowledge: &Arc<Knowledge>, thresholds: Thresholds) -> Self {
        Self {
            knowledge: Arc::clone(knowledge),
            leaves: Leaves::new(),
            rings: Rings::new(),
            echoes: Rings::new(),
            strands: Strands::default(),
            reservoir: Reservoir::new(),
            sources: Dimension::new(256),
            campaigns: Dimension::new(1_024),
            parties: Parties::new(),
            receivers: HashMap::new(),
            heard: Heard::new(),
            detector: Detector::new(thresholds),
        }
    }

    /// Counts one attempt.
    pub fn count(&mut self, tried: &Rehearsed<'_>) {
        let receiver = self.receiver(tried.provider);
        let (category, code) = tried.reply.map_or((None, 250), |(category, code)| (Some(category), code));
        let outcome = match code_class(code) {
            2 => Outcome::Delivered,
            5 => Outcome::Rejected,
            _ => Outcome::Deferred,
        };
        let verdict = category.map(|category| Arc::new(verdict(category, tried.list)));
        let signature = verdict.as_ref().map_or(0, |_| hash(tried.list) | 1);
        let key =
            LeafKey { receiver, brand: Party::Nobody, outcome, code, enhanced: None, category, signature };
        let Some(leaf) = self.leaves.count(key, verdict.as_ref(), tried.at, 1) else { return };
        self.rings.add(tried.at, leaf, 1);
        let source = Self::row(&mut self.sources, tried.source);
        let campaign = Self::row(&mut self.campaigns, tried.campaign);
        let chance = chance(tried);
        if self.reservoir.wants(tried.at, leaf, category.is_some(), chance) {
            let source = u16::try_from(source).unwrap_or(0);
            let record = Record { source, campaign, ..Record::of(leaf, chance) };
            self.reservoir.keep(tried.at, category.is_some(), record);
        }
        let brand = match receiver {
            _ if !tried.domain.is_empty() => hash(tried.domain),
            Party::Domain(hash) => hash,
            _ => 0,
        };
        let domain = if brand == 0 || self.heard.is_large(brand, 1) { 0 } else { brand };
        let is_deferral = code_class(code) == 4;
        let said = Said { leaf, at: tried.at, queue: tried.message, domain, recipient: 0, is_deferral };
        let is_echo =
            category.and_then(|category| fault(category, code)).is_some() && self.heard.again(&said);
        if is_echo {
            self.echoes.add(tried.at, leaf, 1);
            return;
        }
        for whose in [Whose::Source(source), Whose::Campaign(campaign)] {
            self.strands.count(whose, category, code_class(code), tried.at, 1);
        }
    }

    fn receiver(&mut self, provider: &str) -> Party {
        if let Some(party) = self.receivers.get(provider) {
            return *party;
        }
        let party = match self.knowledge.provider_by_id(provider) {
            Some(known) => Party::Known(known),
            None => {
                let hash = hash(provider);
                self.parties.learn(&[(hash, Clean::from(provider))]);
                self.parties.admit(Party::Domain(hash))
            }
        };
        self.receivers.insert(Box::from(provider), party);
        party
    }

    fn row(dimension: &mut Dimension, value: &str) -> ValueIx {
        dimension.enter(value.as_bytes())
    }

    /// Looks for incidents, as a run does whose newest line is of `now`.
    pub fn look(&mut self, now: Moment) {
        let counted = Counted {
            leaves: self.leaves.list(),
            rings: &self.rings,
            echoes: &self.echoes,
            strands: &self.strands,
            reservoir: &self.reservoir,
        };
        self.detector.look(counted, now.plus_millis(-COMPLETE));
    }

    /// Incidents: running ones, then ended ones, newest first.
    #[must_use]
    pub fn incidents(&self, now: Moment) -> Vec<Incident> {
        let parties = self.parties.names(&self.knowledge);
        let names = Names { parties: &parties, sources: &self.sources, campaigns: &self.campaigns };
        named(&self.detector, &names, now)
    }

    /// How many incidents there were; less costly than to name them.
    #[must_use]
    pub fn found(&self) -> usize {
        self.detector.cases().len()
    }
}

/// A number that is as good as drawn, and the same for the same attempt (SplitMix64).
const fn chance(tried: &Rehearsed<'_>) -> u32 {
    let seed = tried.message.wrapping_add((tried.at.millis() as u64).wrapping_mul(0x9e37_79b9_7f4a_7c15));
    let mixed = (seed ^ (seed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    (mixed >> 32) as u32
}

/// The same number for the same text (FNV-1a).
fn hash(text: &str) -> u64 {
    text.bytes().fold(0xcbf2_9ce4_8422_2325, |hash: u64, byte| {
        (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3)
    })
}

/// A verdict of which nothing but the category and the list is of use.
fn verdict(category: Category, list: &str) -> Verdict {
    Verdict {
        category,
        fault: Fault::Unknown,
        severity: Severity::High,
        action: Action::Investigate,
        list: (!list.is_empty()).then(|| Clean::from(list)),
        mechanism: None,
        provider_code: None,
        temporary: false,
        rule: Arc::from(Verdict::NONE),
        source: Clean::default(),
        month: Arc::default(),
        considered: Arc::default(),
        evidence: Clean::default(),
        node: Arc::default(),
        signature: Clean::default(),
        signature_id: 0,
    }
}
