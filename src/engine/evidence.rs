//! Measures the facts that the decision tree asks about.

use std::sync::Arc;

use hashbrown::HashMap;

use super::board::rate;
use super::{Answers, Diagnosis, Filter, Incident, Scope, Signature, Snapshot, Specimen};
use crate::diagnose::{Evidence, Share};
use crate::model::{Category, Verdict, Window};
use crate::text::Clean;

/// Strings that the shares of sources and campaigns are taken from.
const STRINGS: usize = 200;
/// A domain is only named in advice and commands where so much of what is refused is sent by it:
/// of two that share it, naming one would send the operator to the wrong DNS half of the time.
const DOMAIN: f64 = 0.6;
/// The same for a sending IP, of which a pool has several.
const IP: f64 = 0.4;

impl Snapshot {
    /// The diagnosis of `scope` over a window, or over everything read.
    #[must_use]
    pub fn diagnosis(
        &self,
        over: impl Into<Option<Window>>,
        scope: &Scope,
        filter: &Filter,
        answers: &Answers,
    ) -> Diagnosis {
        self.picture.trees.diagnose(&self.evidence(over.into(), scope, filter), answers)
    }

    /// The diagnosis of an incident over its own time.
    #[must_use]
    pub fn diagnosis_of(&self, incident: &Incident, answers: &Answers) -> Diagnosis {
        self.diagnosis(
            Some(self.window_of(incident)),
            &Scope::of_incident(incident),
            &Filter::default(),
            answers,
        )
    }

    /// What the replies of an incident say, most frequent first.
    #[must_use]
    pub fn signatures_of(&self, incident: &Incident) -> Vec<Signature> {
        self.signatures(Some(self.window_of(incident)), &Scope::of_incident(incident), &Filter::default())
    }

    /// The longest window that the incident fills, so that what was before does not dilute it.
    fn window_of(&self, incident: &Incident) -> Window {
        let age = self.now.since(incident.onset);
        Window::ALL.into_iter().rev().find(|window| window.millis() <= age).unwrap_or(Window::M1)
    }

    fn evidence(&self, window: Option<Window>, scope: &Scope, filter: &Filter) -> Evidence {
        let counts = self.counts_over(window);
        let board = self.board(window, filter);
        let row = scope.provider.as_ref().and_then(|id| board.rows.iter().find(|row| row.id == *id));
        let row = row.unwrap_or(&board.total);
        let mut categories: HashMap<Category, u64> = HashMap::new();
        let mut lists: HashMap<Clean, u64> = HashMap::new();
        let mut leading: Option<(u64, &Arc<Verdict>)> = None;
        let mut replies = 0;
        for view in self.in_scope(scope, filter) {
            let count = counts[view.index];
            let (Some(category), true) = (view.leaf.key.category, count > 0) else { continue };
            replies += count;
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
        let mut unknown_users = 0;
        for view in self.views(filter) {
            let count = counts[view.index];
            if view.leaf.key.category.is_some() && view.leaf.key.category == main {
                *providers.entry((view.id.clone(), view.name.clone())).or_default() += count;
            }
            let here = scope.provider.as_ref().is_none_or(|id| *id == view.id);
            if here && view.leaf.key.category == Some(Category::UserUnknown) {
                unknown_users += count;
            }
        }
        let strings = self.sample(window, scope, filter, STRINGS).strings;
        let incident = row.incident.or_else(|| {
            let running = |at: &usize| self.incidents[*at].until.is_none();
            (scope.provider.is_none() && !self.incidents.is_empty()).then_some(0).filter(running)
        });
        let struck = incident.map(|at| board.rows.iter().filter(|row| row.incident == Some(at)).count());
        let incident = incident.and_then(|at| self.incidents.get(at));
        Evidence {
            provider: scope.provider.as_ref().map(|id| (id.clone(), row.name.clone())),
            code: scope.column.clone(),
            attempts: row.attempts,
            rejected: row.rejected,
            replies,
            baseline: row.baseline.or(incident.map(|incident| incident.baseline)),
            struck: struck.filter(|struck| *struck > 1),
            onset: incident.map(|incident| incident.onset),
            now: self.now,
            categories,
            signatures: self
                .signatures(window, scope, filter)
                .into_iter()
                // What could not be kept apart is no message of its own.
                .filter(|row| !row.verdict.is_many())
                .map(|row| Share { name: row.signature.clone(), id: row.signature, count: row.count })
                .collect(),
            providers: ranked(providers)
                .into_iter()
                .map(|((id, name), count)| Share { name, id, count })
                .collect(),
            sources: shares(&strings, |specimen| &specimen.source),
            campaigns: shares(&strings, |specimen| &specimen.campaign),
            lists: ranked(lists)
                .into_iter()
                .map(|(id, count)| Share { name: self.picture.names.list(&id), id, count })
                .collect(),
            leading: leading.map(|(_, verdict)| Arc::clone(verdict)),
            unknown_user_rate: rate(unknown_users, row.attempts),
            sending_domain: main_one(
                shares(&strings, |specimen| &specimen.campaign)
                    .into_iter()
                    .map(|share| (share.name, share.count))
                    .collect(),
                DOMAIN,
            ),
            sending_ip: sending_ip(&strings),
            ..Evidence::default()
        }
    }
}

/// The sending IP, where a reply names one in brackets (`[192.0.2.7] Our system…`) or the source
/// is one.
fn sending_ip(strings: &[Arc<Specimen>]) -> Option<Clean> {
    let is_ip = |text: &str| text.parse::<std::net::IpAddr>().is_ok();
    let mut seen: HashMap<Clean, u64> = HashMap::new();
    for specimen in strings {
        let said = specimen.reply.split(['[', ']', '(', ')', ' ', ',', ';', '=']).find(|word| is_ip(word));
        let source = specimen.source.rsplit('-').next().filter(|word| is_ip(word));
        if let Some(ip) = source.or(said) {
            *seen.entry(Clean::from(ip)).or_default() += 1;
        }
    }
    main_one(ranked(seen), IP)
}

/// The first value, where it has at least `share` of all.
fn main_one(ranked: Vec<(Clean, u64)>, share: f64) -> Option<Clean> {
    let all = ranked.iter().map(|(_, count)| count).sum();
    ranked.into_iter().next().filter(|(_, count)| rate(*count, all) >= share).map(|(value, _)| value)
}

fn shares(strings: &[Arc<Specimen>], of: impl Fn(&Specimen) -> &Clean) -> Vec<Share> {
    let mut seen: HashMap<&Clean, u64> = HashMap::new();
    for specimen in strings {
        let value = of(specimen);
        if !value.is_empty() {
            *seen.entry(value).or_default() += 1;
        }
    }
    ranked(seen)
        .into_iter()
        .map(|(name, count)| Share { name: name.clone(), id: name.clone(), count })
        .collect()
}

/// Most frequent first; equal counts in the order of the values.
fn ranked<K: Ord>(counts: HashMap<K, u64>) -> Vec<(K, u64)> {
    let mut ranked: Vec<_> = counts.into_iter().filter(|(_, count)| *count > 0).collect();
    ranked.sort_by(|(a, a_count), (b, b_count)| b_count.cmp(a_count).then_with(|| a.cmp(b)));
    ranked
}
