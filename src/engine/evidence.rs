//! Measures the facts that the decision tree asks about.

use std::sync::Arc;

use hashbrown::HashMap;

use super::scope::{About, Over};
use super::{Answers, Diagnosis, Dimension, Filter, Incident, Probe, Scope, Snapshot, Specimen};
use crate::diagnose::{Evidence, Explains, Share};
use crate::model::{Category, Verdict, Window, domain};
use crate::text::{Clean, share};

/// Strings that shares are taken from where nothing better is kept.
const STRINGS: usize = 200;
/// A domain is only named in advice and commands where so much of what is refused is sent by it:
/// of two that share it, naming one would send the operator to the wrong DNS half of the time.
const DOMAIN: f64 = 0.6;
/// The same for a sending IP, of which a pool has several.
const IP: f64 = 0.4;
/// Where fewer than one in so many of what a filter lets through counts to an incident, it looks beside it.
const OWN: u64 = 10;

impl Snapshot {
    /// The diagnosis of `scope` over a window, or over everything read. Of an incident, whether there is
    /// one and since when is the incident's own; what is said is the window's, or, where nothing of it
    /// was said in the window, all of the incident's.
    #[must_use]
    pub fn diagnosis(
        &self,
        over: impl Into<Option<Window>>,
        scope: &Scope,
        filter: &Filter,
        answers: &Answers,
    ) -> Diagnosis {
        let over = self.said_over(over.into().into(), scope, filter);
        self.picture.trees.diagnose(&self.evidence(over, scope, filter), answers)
    }

    /// The commands that answer questions of that diagnosis, and of the others.
    #[must_use]
    pub fn probes(
        &self,
        over: impl Into<Option<Window>>,
        scope: &Scope,
        filter: &Filter,
        answers: &Answers,
    ) -> Vec<Probe> {
        let over = self.said_over(over.into().into(), scope, filter);
        self.picture.trees.probes(&self.evidence(over, scope, filter), answers)
    }

    /// The span, or an incident's own where nothing of it was said in that.
    fn said_over(&self, over: Over, scope: &Scope, filter: &Filter) -> Over {
        if let Some(incident) = self.about(scope).incident {
            let counts = self.counted(over, filter).replies;
            if !self.in_scope(scope, filter).any(|view| counts[view.index] > 0) {
                return self.span_of(incident);
            }
        }
        over
    }

    /// The diagnosis of an incident from its onset to its end, or now.
    #[must_use]
    pub fn diagnosis_of(&self, incident: &Incident, answers: &Answers) -> Diagnosis {
        let (scope, all) = (Scope::of_incident(incident), Filter::default());
        self.picture.trees.diagnose(&self.evidence(self.span_of(incident), &scope, &all), answers)
    }

    fn evidence(&self, over: Over, scope: &Scope, filter: &Filter) -> Evidence {
        let about = self.about(scope);
        let counted = self.counted(over, filter);
        let counts = &counted.replies;
        let echoes = &self.picture.echoes;
        let echoed = echoes.sum(self.begin(over), self.end_of(over), self.picture.leaves.len());
        let mut again = 0;
        let mut categories: HashMap<Category, u64> = HashMap::new();
        let mut lists: HashMap<Clean, u64> = HashMap::new();
        let mut leading: Option<(u64, &Arc<Verdict>)> = None;
        let mut replies = 0;
        for view in self.in_scope(scope, filter) {
            let count = counts[view.index];
            let (Some(category), true) = (view.leaf.key.category, count > 0) else { continue };
            replies += count;
            again += echoed[view.index].min(count);
            *categories.entry(category).or_default() += count;
            let Some(verdict) = &view.leaf.verdict else { continue };
            if let Some(list) = &verdict.list {
                *lists.entry(list.clone()).or_default() += count;
            }
            if leading.is_none_or(|(most, _)| count > most) {
                leading = Some((count, verdict));
            }
        }
        let categories = ranked(categories);
        let main = categories.first().map(|(category, _)| *category);
        let mut providers: HashMap<(Clean, Clean), u64> = HashMap::new();
        let mut deferrals: HashMap<Category, u64> = HashMap::new();
        let (mut attempts, mut unknown_users) = (0, 0);
        for view in self.views(filter) {
            // What was refused for what reason is a share of all that was tried: a filter of replies does not
            // narrow it.
            let count = counted.attempts[view.index];
            let key = &view.leaf.key;
            if key.category.is_some() && key.category == main {
                *providers.entry((view.id.clone(), view.name.clone())).or_default() += count;
            }
            if !about.is_at(&view.id) {
                continue;
            }
            attempts += count;
            unknown_users += if key.category == Some(Category::UserUnknown) { count } else { 0 };
            if let Some(category) = key.category.filter(|_| key.is_deferral()) {
                *deferrals.entry(category).or_default() += count;
            }
        }
        let strings = self.sample_over(over, scope, filter, STRINGS).strings;
        let is_it = self.standing(over, &about, filter);
        let drawn = self.drawn(over, &about, filter);
        let of = |dimension, said: fn(&Specimen) -> Clean| {
            let drawn = drawn.of(dimension);
            if drawn.is_empty() { shares(&strings, said) } else { drawn }
        };
        let mut senders = drawn.of(Dimension::Sender);
        if senders.is_empty() {
            // A campaign that no record names is called after the sender's domain.
            let said = shares(&strings, |specimen| domain_of(&specimen.sender));
            senders = drawn.of(Dimension::Campaign);
            senders.retain(|campaign| said.iter().any(|sender| sender.name == campaign.name));
            senders = if senders.is_empty() { said } else { senders };
        }
        let explains = match (is_it.incident, over) {
            (Some(incident), _) => Some(self.contrast(incident)),
            (None, Over::Window(_)) => Some(self.contrasted(&about, filter, over)),
            (None, _) => None,
        };
        let ips = sending_ips(&strings);
        let (complaints, complaint_rate) = self.complained(scope.provider.as_ref());
        Evidence {
            provider: is_it.provider,
            code: scope.column.clone(),
            narrowed: is_it.narrowed,
            attempts: is_it.attempts,
            rejected: is_it.rejected,
            replies,
            again,
            baseline: is_it.baseline,
            thresholds: self.picture.thresholds,
            struck: is_it.struck,
            onset: is_it.incident.map(|incident| incident.onset),
            now: self.now,
            categories,
            signatures: self
                .signatures_over(over, scope, filter)
                .into_iter()
                // What could not be kept apart is no message of its own.
                .filter(|row| !row.verdict.is_many())
                .map(|row| Share { name: row.signature.clone(), id: row.signature, count: row.count })
                .collect(),
            providers: ranked(providers)
                .into_iter()
                .map(|((id, name), count)| Share { name, id, count })
                .collect(),
            sources: of(Dimension::Source, |specimen| specimen.source.clone()),
            campaigns: of(Dimension::Campaign, |specimen| specimen.campaign.clone()),
            lists: ranked(lists)
                .into_iter()
                .map(|(id, count)| Share { name: self.picture.names.list(&id), id, count })
                .collect(),
            leading: leading.map(|(_, verdict)| Arc::clone(verdict)),
            unknown_user_rate: share(unknown_users, attempts),
            sending_domain: main_one(&senders, DOMAIN),
            sending_ip: main_one(&ips, IP),
            senders,
            ips,
            relay: main_one(&of(Dimension::Relay, |one| host(&one.relay)), IP),
            recipient_domain: main_one(&of(Dimension::Recipient, |one| domain_of(&one.recipient)), DOMAIN),
            deferrals: Some(ranked(deferrals)),
            complaints,
            complaint_rate,
            explains: explains.and_then(|contrast| {
                let mut causes = contrast.differences.into_iter();
                let first = causes.find(|one| !one.dimension.is_of_the_reply() && one.explains > 0.0)?;
                let dimension = Clean::from(first.dimension.id());
                Some(Explains { dimension, value: first.value, share: first.explains })
            }),
            state: is_it.incident.map(|incident| incident.course),
            slow: is_it.incident.map(|incident| incident.slow),
        }
    }

    /// Whether it is an incident: of one, what was found; else what the board shows.
    fn standing(&self, over: Over, about: &About<'_>, filter: &Filter) -> Standing<'_> {
        if let Some(incident) =
            about.incident.and_then(|one| self.incidents.iter().find(|it| it.id == one.id))
        {
            return Standing {
                provider: about.provider.map(|id| {
                    let row = self.views(filter).into_iter().find(|view| view.id == *id);
                    (id.clone(), row.map_or_else(|| id.clone(), |row| row.name))
                }),
                attempts: incident.attempts,
                rejected: incident.rejected,
                baseline: incident.baseline,
                struck: Some(incident.providers.len()).filter(|struck| *struck > 1),
                incident: Some(incident),
                narrowed: false,
            };
        }
        let standing = self.standing_of_row(over, about, filter);
        match standing.incident {
            // What happens beside an incident is measured against all that happens there.
            Some(incident) if !filter.is_empty() && self.is_beside(incident, over, about, filter) => {
                Standing { narrowed: true, ..self.standing_of_row(over, about, &Filter::default()) }
            }
            _ => standing,
        }
    }

    /// Whether a filter lets through next to nothing of an incident, of what it lets through in the scope.
    fn is_beside(&self, incident: &Incident, over: Over, about: &About<'_>, filter: &Filter) -> bool {
        let counts = self.counted(over, filter).replies;
        let its_own = About { incident: Some(incident), ..*about };
        let (mut all, mut own) = (0, 0);
        for view in self.views(filter).iter().filter(|view| view.is_in(about) && view.is_shown(filter)) {
            all += counts[view.index];
            own += if view.is_in(&its_own) { counts[view.index] } else { 0 };
        }
        own * OWN <= all
    }

    /// What the board's row of a scope shows.
    fn standing_of_row(&self, over: Over, about: &About<'_>, filter: &Filter) -> Standing<'_> {
        let window = if let Over::Window(window) = over { Some(window) } else { None };
        let board = self.board(window, filter);
        let row = about.provider.and_then(|id| board.rows.iter().find(|row| row.id == *id));
        let row = row.unwrap_or(&board.total);
        let incident = row.incident.or_else(|| {
            let running = |at: &usize| self.incidents[*at].until.is_none();
            (about.provider.is_none() && !self.incidents.is_empty()).then_some(0).filter(running)
        });
        let struck = incident.map(|at| board.rows.iter().filter(|row| row.incident == Some(at)).count());
        let incident = incident.and_then(|at| self.incidents.get(at));
        Standing {
            provider: about.provider.map(|id| (id.clone(), row.name.clone())),
            attempts: row.attempts,
            rejected: row.rejected,
            // Of an incident its own, as the alarm and the report say it.
            baseline: incident.map_or(row.baseline, |incident| incident.baseline),
            struck: struck.filter(|struck| *struck > 1),
            incident,
            narrowed: false,
        }
    }

    /// Complaints and their rate at a provider, or at all that complain; of one that sends none it is
    /// not known whether there are any.
    fn complained(&self, provider: Option<&Clean>) -> (Option<u64>, Option<f64>) {
        let rows = self.complaints();
        let here: Vec<_> =
            rows.iter().filter(|row| provider.is_none_or(|provider| *provider == row.provider)).collect();
        if here.is_empty() {
            return (None, None);
        }
        let complaints = here.iter().map(|row| row.complaints).sum();
        let delivered: u64 = here.iter().map(|row| row.delivered).sum();
        (Some(complaints), (delivered > 0).then(|| share(complaints, delivered)))
    }
}

/// Whether there is an incident, and how bad it is.
struct Standing<'a> {
    /// Id and name of the provider in scope.
    provider: Option<(Clean, Clean)>,
    attempts: u64,
    rejected: u64,
    baseline: Option<f64>,
    /// How many providers it strikes, where those are several.
    struck: Option<usize>,
    incident: Option<&'a Incident>,
    /// Whether a filter lets through what happens beside the incident alone.
    narrowed: bool,
}

/// The sending IPs, where a reply names one in brackets (`[192.0.2.7] Our system…`) or the source
/// is one.
fn sending_ips(strings: &[Arc<Specimen>]) -> Vec<Share> {
    let is_ip = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    let mut seen: HashMap<Clean, u64> = HashMap::new();
    for specimen in strings {
        let said = specimen.reply.split(['[', ']', '(', ')', ' ', ',', ';', '=']).find(|word| is_ip(word));
        let source = specimen.source.rsplit('-').next().filter(|word| is_ip(word));
        if let Some(ip) = source.or(said) {
            *seen.entry(Clean::from(ip)).or_default() += 1;
        }
    }
    named(ranked(seen))
}

/// The first value, where it has at least `least` of all.
fn main_one(ranked: &[Share], least: f64) -> Option<Clean> {
    let all = ranked.iter().map(|one| one.count).sum();
    ranked.first().filter(|one| share(one.count, all) >= least).map(|one| one.name.clone())
}

/// What the strings have of a dimension: they are few, and all there is of what is long ago.
fn shares(strings: &[Arc<Specimen>], of: impl Fn(&Specimen) -> Clean) -> Vec<Share> {
    let mut seen: HashMap<Clean, u64> = HashMap::new();
    for value in strings.iter().map(|specimen| of(specimen)).filter(|value| !value.is_empty()) {
        *seen.entry(value).or_default() += 1;
    }
    named(ranked(seen))
}

/// Values that are called what they are.
pub(super) fn named(ranked: Vec<(Clean, u64)>) -> Vec<Share> {
    ranked.into_iter().map(|(name, count)| Share { name: name.clone(), id: name, count }).collect()
}

/// The domain of an address.
fn domain_of(address: &Clean) -> Clean {
    Clean::from(&*String::from_utf8_lossy(domain(address.as_bytes())))
}

/// The host of `host[ip]`.
fn host(relay: &Clean) -> Clean {
    Clean::from(relay.split('[').next().unwrap_or_default())
}

/// Most frequent first; equal counts in the order of the values.
pub(super) fn ranked<K: Ord>(counts: HashMap<K, u64>) -> Vec<(K, u64)> {
    let mut ranked: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    ranked.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
    ranked
}
