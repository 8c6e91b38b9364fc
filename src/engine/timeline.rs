//! The timeline of an incident, as far as the log tells it: when it began, when that was certain,
//! which levels its rate reached, what the replies began to say, whom it reached, when it ended.
//!
//! Nothing of it is kept: it is read out of the counts whenever it is asked for, so that two
//! consoles, or one that was opened later, tell the same.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use hashbrown::HashMap;

use super::scope::About;
use super::{Filter, Happened, Happening, Incident, Snapshot};
use crate::diagnose::incident::is_kin;
use crate::model::{Moment, Party};
use crate::text::{Clean, percent, share, thousands};

/// Rates whose crossing is worth a line, 0–1.
const LEVELS: [f64; 8] = [0.01, 0.02, 0.05, 0.10, 0.20, 0.40, 0.60, 0.80];
/// A level is told from so many attempts, so that three mails do not tell one.
const ENOUGH: u64 = 30;
/// What the rate is told over, in milliseconds.
const MINUTE: i64 = 60_000;
/// Signatures and levels that are told; what is more is not.
const TOLD: usize = 20;
/// A signature that was not said for this long, while others were, has stopped, in milliseconds.
const STOPPED: i64 = 10 * MINUTE;
/// A signature or provider with a smaller share of the incident is not told.
const WORTH: f64 = 0.02;

/// What one leaf is to an incident.
#[derive(Copy, Clone, Default)]
struct Role {
    /// An attempt where it strikes.
    attempt: bool,
    /// A reply that counts to it.
    hit: bool,
}

impl Snapshot {
    /// What the log tells of `incident`, oldest first.
    #[must_use]
    pub fn timeline(&self, incident: &Incident) -> Vec<Happened> {
        let roles = self.roles(incident);
        let mut told = vec![
            happened(incident.onset, Happening::Onset, &began(incident)),
            happened(incident.declared, Happening::Declared, &format!("certain: {}", incident.verdict)),
        ];
        told.extend(self.levels(incident, &roles));
        told.extend(self.sayings(incident, &roles));
        told.extend(self.reached(incident, &roles));
        told.extend(self.beside(incident));
        if let Some(until) = incident.until {
            let what = format!(
                "over: {} of {} attempts were refused",
                thousands(incident.rejected),
                thousands(incident.attempts)
            );
            told.push(happened(until, Happening::End, &what));
        }
        told.sort_by_key(|one| one.at);
        told
    }

    /// What every leaf is to `incident`.
    fn roles(&self, incident: &Incident) -> Vec<Role> {
        let about = About::of(incident);
        let mut roles = vec![Role::default(); self.picture.leaves.len()];
        for view in self.views(&Filter::default()) {
            roles[view.index] = Role { attempt: about.is_at(&view.id), hit: view.is_in(&about) };
        }
        roles
    }

    /// The levels that its rate reached.
    fn levels(&self, incident: &Incident, roles: &[Role]) -> Vec<Happened> {
        let mut minutes: BTreeMap<i64, (u64, u64)> = BTreeMap::new();
        let until = incident.until.unwrap_or(self.end());
        self.picture.rings.each(incident.onset, until, |start, leaf, count| {
            let Some(role) = roles.get(leaf.index()).filter(|role| role.attempt) else { return };
            let minute = minutes.entry(start.millis().div_euclid(MINUTE)).or_default();
            minute.0 += u64::from(count);
            minute.1 += if role.hit { u64::from(count) } else { 0 };
        });
        let mut told = Vec::new();
        let mut at_level = level(incident.baseline.unwrap_or_default());
        let (mut attempts, mut hits, mut began) = (0, 0, None);
        for (minute, (tried, refused)) in minutes {
            began.get_or_insert(minute);
            attempts += tried;
            hits += refused;
            if attempts < ENOUGH {
                continue;
            }
            let rate = share(hits, attempts);
            let reached = level(rate);
            // A rate that hovers about a level is told once, not at every crossing.
            let clearly = match reached.cmp(&at_level) {
                Ordering::Greater => rate >= LEVELS[reached - 1] * 1.1,
                Ordering::Less => rate <= LEVELS[reached] * 0.9,
                Ordering::Equal => false,
            };
            if clearly && told.len() < TOLD {
                let at = Moment::from_millis(began.unwrap_or(minute) * MINUTE).max(incident.onset);
                let (kind, way) = match reached > at_level {
                    true => (Happening::Level, "rose"),
                    false => (Happening::Eased, "fell"),
                };
                let what =
                    format!("{way} to {}: {} of {}", percent(rate), thousands(hits), thousands(attempts));
                told.push(happened(at, kind, &what));
                at_level = reached;
            }
            (attempts, hits, began) = (0, 0, None);
        }
        told
    }

    /// What the replies began to say, and what they ceased to.
    fn sayings(&self, incident: &Incident, roles: &[Role]) -> Vec<Happened> {
        let mut signatures: HashMap<u64, (Moment, Moment, u64, Clean)> = HashMap::new();
        for (leaf, role) in self.picture.leaves.iter().zip(roles) {
            let Some(verdict) = leaf.verdict.as_ref().filter(|verdict| role.hit && !verdict.is_many()) else {
                continue;
            };
            let seen = signatures
                .entry(verdict.signature_id)
                .or_insert_with(|| (leaf.first, leaf.last, 0, verdict.signature.clone()));
            (seen.0, seen.1, seen.2) = (seen.0.min(leaf.first), seen.1.max(leaf.last), seen.2 + leaf.total);
        }
        let least = (incident.rejected as f64 * WORTH).max(1.0) as u64;
        let ended = incident.until.unwrap_or(self.now);
        let mut rows: Vec<_> = signatures.into_values().filter(|(.., count, _)| *count >= least).collect();
        rows.sort_by(|a, b| b.2.cmp(&a.2).then_with(|| a.3.cmp(&b.3)));
        rows.truncate(TOLD);
        let mut told = Vec::new();
        for (first, last, _, signature) in rows {
            if first >= incident.onset.plus_millis(-MINUTE) && first <= ended {
                told.push(happened(first, Happening::Signature, &format!("new: {signature}")));
            }
            if last >= incident.onset && ended.since(last) > STOPPED {
                told.push(happened(last, Happening::Signature, &format!("no longer said: {signature}")));
            }
        }
        told
    }

    /// What else began at its providers while it ran: another trouble, with an incident of its own.
    fn beside(&self, incident: &Incident) -> Vec<Happened> {
        let until = incident.until.unwrap_or(self.now);
        let is_beside = |other: &&Incident| {
            other.onset > incident.onset
                && other.onset <= until
                && !is_kin(other.category, incident.category)
                && other.providers.iter().any(|id| incident.providers.contains(id))
        };
        let told = |other: &Incident| {
            let what = format!("a second cause: {}", other.verdict);
            happened(other.onset, Happening::Signature, &what)
        };
        self.incidents.iter().filter(is_beside).take(TOLD).map(told).collect()
    }

    /// The providers that it reached after the first.
    fn reached(&self, incident: &Incident, roles: &[Role]) -> Vec<Happened> {
        if incident.providers.len() < 2 {
            return Vec::new();
        }
        let mut first: HashMap<Party, (Moment, u64)> = HashMap::new();
        let until = incident.until.unwrap_or(self.end());
        let leaves = &self.picture.leaves;
        self.picture.rings.each(incident.onset, until, |start, leaf, count| {
            let (Some(role), Some(of)) = (roles.get(leaf.index()), leaves.get(leaf.index())) else { return };
            if role.hit {
                let seen = first.entry(of.key.provider()).or_insert((start, 0));
                (seen.0, seen.1) = (seen.0.min(start), seen.1 + u64::from(count));
            }
        });
        let least = (incident.rejected as f64 * WORTH).max(1.0) as u64;
        let mut rows: Vec<_> = first.into_iter().filter(|(_, (_, count))| *count >= least).collect();
        rows.sort_by_key(|(party, (at, _))| (*at, self.name(*party).1));
        rows.truncate(TOLD);
        rows.into_iter()
            .map(|(party, (at, _))| {
                happened(at, Happening::Scope, &format!("first refusal at {}", self.name(party).1))
            })
            .collect()
    }
}

fn began(incident: &Incident) -> String {
    let Some(baseline) = incident.baseline else {
        return format!("{}: refusals, with no history before them", incident.name);
    };
    let whose = if incident.provider.is_some() || incident.is_of_one() { "its" } else { "their" };
    format!("{} left {whose} baseline of {}", incident.name, percent(baseline))
}

/// How many levels a rate has reached.
fn level(rate: f64) -> usize {
    LEVELS.iter().take_while(|line| rate >= **line).count()
}

fn happened(at: Moment, kind: Happening, what: &str) -> Happened {
    Happened { at, who: None, kind, what: Clean::from(what) }
}

#[cfg(test)]
mod tests;
