//! Contrasts an incident with what was delivered beside it and what was sent before.
//!
//! What was refused, what was taken and what came before are read from the reservoir, of which each
//! record stands for as many attempts as were passed over for it; the exact counts of the leaves set
//! what all records of a leaf stand for together.

use hashbrown::hash_map::Entry;
use hashbrown::{HashMap, HashSet};

use super::evidence::{named, ranked as by_count};
use super::passing::Passing;
use super::scope::{About, Over};
use super::{Contrast, Dimension, Filter, Incident, Scope, Snapshot};
use crate::aggregate::{Record, ValueIx, Whose};
use crate::diagnose::{Candidate, Difference, Share, Weighed, ranked};
use crate::model::{Moment, Outcome, Stage, Window};
use crate::text::Clean;

/// Differences of which it is found out whether they tell the same story.
const TOLD: usize = 32;

impl Snapshot {
    /// What changed at the onset of `incident`: what is particular to what counts to it since then.
    #[must_use]
    pub fn contrast(&self, incident: &Incident) -> Contrast {
        self.contrast_in(incident, &Filter::default())
    }

    /// The same of the attempts and the refusals that a filter lets through.
    #[must_use]
    pub fn contrast_in(&self, incident: &Incident, filter: &Filter) -> Contrast {
        let contrast = self.contrasted(&About::of(incident), filter, self.span_of(incident));
        // Refusals are counted by provider; of one source or campaign alone it knows itself.
        let is_known = incident.is_of_one() && filter.is_empty();
        Contrast { of: if is_known { incident.rejected } else { contrast.of }, ..contrast }
    }

    /// What is particular to what is refused in `scope` over a window, against what the same providers
    /// took in it and what was tried there before it; of an incident, since its onset.
    #[must_use]
    pub fn contrast_of(&self, over: impl Into<Option<Window>>, scope: &Scope, filter: &Filter) -> Contrast {
        let about = self.about(scope);
        let over = about.incident.map_or(over.into().into(), |incident| self.span_of(incident));
        self.contrasted(&about, filter, over)
    }

    /// From the onset of an incident to its end, or now; where seconds are no longer kept apart, with all
    /// of the slot that it began in.
    pub(super) fn span_of(&self, incident: &Incident) -> Over {
        let from = self.picture.rings.slot(incident.onset);
        Over::Between(from, incident.until.unwrap_or_else(|| self.end()))
    }

    /// What is refused in a span, by the values of each dimension.
    pub(super) fn drawn<'a>(&'a self, over: Over, about: &About<'_>, filter: &'a Filter) -> Drawn<'a> {
        let question = Question::new(self, about, filter, over);
        let counts = question.count();
        Drawn { question, counts }
    }

    pub(super) fn contrasted(&self, about: &About<'_>, filter: &Filter, over: Over) -> Contrast {
        let question = Question::new(self, about, filter, over);
        let counts = question.count();
        let mut differences = question.differences(&counts);
        differences.sort_by(|(a, ..), (b, ..)| {
            b.explains.total_cmp(&a.explains).then_with(|| a.value.cmp(&b.value))
        });
        differences.truncate(TOLD);
        let (differences, keys): (Vec<Difference>, Vec<Key>) = differences.into_iter().unzip();
        let carried = question.carried(&keys);
        let numbered = differences.into_iter().enumerate().map(|(at, one)| (one, at)).collect();
        let first = self.span.map_or(self.now, |(first, _)| first);
        Contrast {
            from: question.from.max(first),
            until: question.until.min(self.now),
            of: if filter.is_sampled() { counts.within.sum().round() as u64 } else { question.of() },
            about: filter.is_sampled()
                && (question.passing.is_vague() || counts.within.measured(0.0).estimated),
            looked_at: counts.looked_at,
            differences: ranked(numbered, |a, b| overlap(&carried, a, b)),
        }
    }
}

/// What a record is to the question.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Group {
    /// One of the refusals that it is about.
    Within,
    /// Delivered at the same providers in the same span.
    Delivered,
    /// Tried there before.
    Before,
}

/// What a leaf's records are to the question.
#[derive(Copy, Clone, Debug)]
struct Role {
    /// At the providers in question.
    is_here: bool,
    /// One of the refusals in question.
    is_hit: bool,
    is_delivered: bool,
    /// The first leaf with the same signature; `None` where it is not known.
    signature: Option<u32>,
    /// How much more than what they were drawn for the records stand for: before, and in the span.
    factors: [f64; 2],
}

/// A value of one of the dimensions, which are numbered as in [`Dimension::ALL`].
type Key = (usize, u32);

/// By [`Group`].
type Sums<T> = [T; 3];

/// What the reservoir answers.
#[derive(Debug, Default)]
struct Counts {
    /// What is known, by dimension.
    known: [Sums<Weighed>; Dimension::ALL.len()],
    values: HashMap<Key, Sums<f64>>,
    /// All of what the question is about.
    within: Weighed,
    looked_at: u64,
    /// Whether some of what came before was passed over.
    is_before_sampled: bool,
}

/// A question to the reservoir.
struct Question<'a> {
    snapshot: &'a Snapshot,
    passing: Passing<'a>,
    /// Whether a leaf does not tell whether its records are let through.
    is_sampled: bool,
    from: Moment,
    until: Moment,
    roles: Vec<Role>,
    /// Campaigns that came back after they had given up their row, and what they were before.
    before: HashMap<ValueIx, ValueIx>,
}

/// The answer to a question.
pub(super) struct Drawn<'a> {
    question: Question<'a>,
    counts: Counts,
}

impl Drawn<'_> {
    /// The values of a dimension and how many of the refusals have them, most frequent first.
    pub(super) fn of(&self, dimension: Dimension) -> Vec<Share> {
        let mut values: HashMap<Clean, u64> = HashMap::new();
        for ((at, value), sums) in &self.counts.values {
            if *at == dimension.rank()
                && let Some(name) = self.question.name(dimension, *value)
            {
                *values.entry(name).or_default() += sums[Group::Within as usize].round() as u64;
            }
        }
        named(by_count(values))
    }
}

impl<'a> Question<'a> {
    fn new(snapshot: &'a Snapshot, about: &About<'_>, filter: &'a Filter, over: Over) -> Self {
        let mut signatures: HashMap<u64, u32> = HashMap::new();
        let leaves = &snapshot.picture.leaves;
        let mut roles: Vec<Role> = leaves
            .iter()
            .zip(0..)
            .map(|(leaf, at)| Role {
                is_here: false,
                is_hit: false,
                is_delivered: leaf.key.outcome == Outcome::Delivered,
                signature: (leaf.key.signature != 0)
                    .then(|| *signatures.entry(leaf.key.signature).or_insert(at)),
                factors: [1.0; 2],
            })
            .collect();
        let from = snapshot.begin(over);
        let passing = snapshot.passing(filter, from);
        for view in snapshot.views(filter).iter().filter(|view| about.is_at(&view.id)) {
            roles[view.index].is_here = passing.may_be_here(view.index);
            roles[view.index].is_hit = view.is_in(about) && passing.may_let(view.index);
        }
        let mut question = Self {
            snapshot,
            passing,
            is_sampled: filter.is_sampled(),
            from,
            until: snapshot.end_of(over),
            roles,
            before: snapshot.picture.values.campaigns.again(),
        };
        question.calibrate();
        question
    }

    /// Where some of a leaf were passed over, lets the others stand for as many as were counted.
    fn calibrate(&mut self) {
        let picture = &self.snapshot.picture;
        let mut drawn = vec![[(0.0, false); 2]; self.roles.len()];
        picture.reservoir.each(self.snapshot.begin(None), self.until, |at, record, weight| {
            if let Some(drawn) = drawn.get_mut(record.leaf.index()) {
                let (sum, is_sampled) = &mut drawn[usize::from(at >= self.from)];
                *sum += weight;
                *is_sampled |= weight > 1.0;
            }
        });
        let spans = [(self.snapshot.begin(None), self.from), (self.from, self.until)];
        for (place, (from, until)) in spans.into_iter().enumerate() {
            let counts = picture.rings.sum(from, until, self.roles.len());
            for ((role, drawn), count) in self.roles.iter_mut().zip(&drawn).zip(counts) {
                let (sum, is_sampled) = drawn[place];
                if is_sampled && sum > 0.0 {
                    role.factors[place] = count as f64 / sum;
                }
            }
        }
    }

    /// Every record that has to do with the question, and what it stands for.
    fn each(&self, mut each: impl FnMut(Group, &Record, f64, bool)) {
        let picture = &self.snapshot.picture;
        picture.reservoir.each(self.snapshot.begin(None), self.until, |at, record, weight| {
            let Some(role) = self.roles.get(record.leaf.index()).filter(|role| role.is_here) else { return };
            let (is_here, is_let) = if self.is_sampled { self.passing.lets(record) } else { (true, true) };
            let is_before = at < self.from;
            let group = if !is_here {
                return;
            } else if is_before {
                Group::Before
            } else if role.is_hit && is_let {
                Group::Within
            } else if role.is_delivered {
                Group::Delivered
            } else {
                return;
            };
            each(group, record, weight * role.factors[usize::from(!is_before)], weight > 1.0);
        });
    }

    fn count(&self) -> Counts {
        let mut counts = Counts::default();
        self.each(|group, record, weight, is_sampled| {
            if group == Group::Within {
                counts.within.add(weight);
                counts.looked_at += 1;
            }
            counts.is_before_sampled |= is_sampled && group == Group::Before;
            for (at, dimension) in Dimension::ALL.into_iter().enumerate() {
                if let Some(value) = self.value(dimension, record) {
                    counts.known[at][group as usize].add(weight);
                    // Nobody can be told of a value without a name, and most may have none.
                    match counts.values.entry((at, value)) {
                        Entry::Occupied(mut sums) => sums.get_mut()[group as usize] += weight,
                        Entry::Vacant(free) if self.is_named(dimension, value) => {
                            free.insert(Default::default())[group as usize] += weight;
                        }
                        Entry::Vacant(_) => {}
                    }
                }
            }
        });
        counts
    }

    /// What a record has of a dimension, as a number; `None` where it is not known.
    fn value(&self, dimension: Dimension, record: &Record) -> Option<u32> {
        let role = &self.roles[record.leaf.index()];
        let row = |row: u16| (row > 0).then_some(u32::from(row));
        let name = |name: u32| (name > 0).then_some(name);
        match dimension {
            Dimension::Source => row(record.source),
            Dimension::Campaign => {
                name(self.before.get(&record.campaign).copied().unwrap_or(record.campaign))
            }
            Dimension::Sender => name(record.sender),
            Dimension::Recipient => name(record.recipient),
            Dimension::Relay => name(record.relay),
            Dimension::Host => row(u16::from(record.host)),
            // Only a refusal has these.
            Dimension::Stage => record.stage.filter(|_| !role.is_delivered).map(|stage| stage as u32),
            Dimension::Signature => role.signature.filter(|_| !role.is_delivered),
            Dimension::Tls => record.tls.map(u32::from),
        }
    }

    /// Whether a value of a dimension with any number of values still has its name.
    fn is_named(&self, dimension: Dimension, value: u32) -> bool {
        match dimension {
            Dimension::Sender | Dimension::Recipient | Dimension::Relay => {
                self.snapshot.picture.reservoir.name(value).is_some()
            }
            _ => true,
        }
    }

    fn name(&self, dimension: Dimension, value: u32) -> Option<Clean> {
        let picture = &self.snapshot.picture;
        let at = value as usize;
        let name = match dimension {
            Dimension::Source => picture.values.sources.name(value).cloned(),
            Dimension::Campaign => picture.values.campaigns.name(value).cloned(),
            Dimension::Host => picture.values.hosts.name(value).cloned(),
            Dimension::Sender | Dimension::Recipient | Dimension::Relay => {
                picture.reservoir.name(value).cloned()
            }
            Dimension::Stage => Stage::ALL.get(at).map(|stage| Clean::from(stage.id())),
            Dimension::Signature => {
                let verdict = picture.leaves.get(at)?.verdict.as_ref()?;
                (!verdict.is_many()).then(|| verdict.signature.clone())
            }
            Dimension::Tls => Some(Clean::from(if value == 0 { "not encrypted" } else { "encrypted" })),
        };
        name.filter(|name| !name.is_empty())
    }

    fn differences(&self, counts: &Counts) -> Vec<(Difference, Key)> {
        let mut whose = None;
        let candidates = counts.values.iter().filter(|(_, sums)| sums[Group::Within as usize] > 0.0);
        candidates
            .filter_map(|(key, sums)| {
                let (at, value) = *key;
                let dimension = Dimension::ALL[at];
                let [within, delivered, before] = [Group::Within, Group::Delivered, Group::Before]
                    .map(|group| counts.known[at][group as usize].measured(sums[group as usize]));
                let seen = before.count == 0
                    && match dimension {
                        Dimension::Source | Dimension::Campaign => {
                            let whose = whose.get_or_insert_with(|| self.before());
                            whose.contains(&if dimension == Dimension::Source {
                                Whose::Source(value)
                            } else {
                                Whose::Campaign(value)
                            })
                        }
                        Dimension::Signature => self.is_old(value),
                        // What was passed over may have had it.
                        _ => counts.is_before_sampled,
                    };
                let known = counts.known[at][Group::Within as usize].sum() / counts.within.sum();
                let value = self.name(dimension, value)?;
                let candidate = Candidate { dimension, value, within, delivered, before, known, seen };
                Some((candidate.difference()?, *key))
            })
            .collect()
    }

    /// The sources and campaigns that there were before.
    fn before(&self) -> HashSet<Whose> {
        let strands = &self.snapshot.picture.strands;
        let mut seen = HashSet::new();
        strands.rings().each(self.snapshot.begin(None), self.from, |_, strand, _| {
            seen.extend(strands.keys().get(strand.index()).map(|key| match key.whose {
                Whose::Campaign(one) => Whose::Campaign(self.before.get(&one).copied().unwrap_or(one)),
                source => source,
            }));
        });
        seen
    }

    /// Whether any leaf with the signature was there before.
    fn is_old(&self, signature: u32) -> bool {
        let leaves = self.roles.iter().zip(&self.snapshot.picture.leaves);
        leaves.into_iter().any(|(role, leaf)| role.signature == Some(signature) && leaf.first < self.from)
    }

    /// What each refusal in question stands for, and which of the values it has.
    fn carried(&self, keys: &[Key]) -> Vec<(f64, u64)> {
        let mut carried = Vec::new();
        self.each(|group, record, weight, _| {
            if group == Group::Within {
                let mut bits = 0;
                for (bit, (at, value)) in keys.iter().enumerate() {
                    let has = self.value(Dimension::ALL[*at], record) == Some(*value);
                    bits |= u64::from(has) << bit;
                }
                carried.push((weight, bits));
            }
        });
        carried
    }

    /// How many refusals there are.
    fn of(&self) -> u64 {
        let counts = self.snapshot.picture.rings.sum(self.from, self.until, self.roles.len());
        counts.iter().zip(&self.roles).filter(|(_, role)| role.is_hit).map(|(count, _)| count).sum()
    }
}

/// How much of what has either of two values has both.
fn overlap(carried: &[(f64, u64)], a: usize, b: usize) -> f64 {
    let (mut both, mut either) = (0.0, 0.0);
    for (weight, bits) in carried {
        let (has_a, has_b) = (bits >> a & 1 == 1, bits >> b & 1 == 1);
        both += if has_a && has_b { *weight } else { 0.0 };
        either += if has_a || has_b { *weight } else { 0.0 };
    }
    if either > 0.0 { both / either } else { 0.0 }
}

const _: () = assert!(TOLD <= u64::BITS as usize, "a bit for every value");
