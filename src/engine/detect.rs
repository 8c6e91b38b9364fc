//! Feeds the incident watch from the rings, and gives what it finds a name.

use super::parties::Names;
use super::snapshot::Picture;
use crate::aggregate::{Leaf, Rings};
use crate::diagnose::incident::{Course, Fault, Found, Incident, Peak, Slice, Watch, fault};
use crate::model::{Category, Moment, Party};
use crate::text::Clean;

/// So many providers with one category at once are one incident.
const MANY: usize = 3;
/// Incidents of different providers whose onsets are at most this far apart began together, in
/// milliseconds.
const TOGETHER: i64 = 15 * 60_000;

/// Attempts of one provider in one slot: whose fault they are, and how many.
type Count = (Moment, Party, Option<(Category, Fault)>, u64);

/// Steps the watch over `[from, until)`, slot by slot in the order of time.
pub(super) fn step(watch: &mut Watch<Party>, rings: &Rings, leaves: &[Leaf], from: Moment, until: Moment) {
    let mut counts: Vec<Count> = Vec::new();
    rings.each(from, until, |start, leaf, count| {
        let Some(leaf) = leaves.get(leaf.index()) else { return };
        let category = leaf.key.category;
        let fault = category.and_then(|category| Some((category, fault(category, leaf.key.code)?)));
        counts.push((start, leaf.key.provider(), fault, u64::from(count)));
    });
    counts.sort_unstable_by_key(|(start, provider, ..)| (*start, *provider));
    let mut slice = Slice::default();
    for of_one in counts.chunk_by(|a, b| (a.0, a.1) == (b.0, b.1)) {
        let (at, provider, ..) = of_one[0];
        slice.attempts = of_one.iter().map(|(.., count)| count).sum();
        slice.replies.clear();
        slice.replies.extend(
            of_one
                .iter()
                .filter_map(|(.., fault, count)| fault.map(|(category, fault)| (category, fault, *count))),
        );
        watch.step(provider, at, &slice);
    }
}

/// The incidents with names: several providers with one category that began together are one.
pub(super) fn named(picture: &Picture) -> Vec<Incident> {
    let mut groups: Vec<(Found, Vec<Party>)> = Vec::new();
    for (party, found) in &picture.found {
        let same = groups.iter_mut().find(|(of, _)| is_same(of, found));
        match same {
            Some((of, parties)) => {
                merge(of, found);
                parties.push(*party);
            }
            None => groups.push((found.clone(), vec![*party])),
        }
    }
    // Two providers with the same trouble are two incidents; many are one.
    let mut incidents: Vec<Incident> = Vec::new();
    for (found, parties) in groups {
        if parties.len() >= MANY || fault(found.category, 550) == Some(Fault::Address) && parties.len() > 1 {
            // Where mail is sparse, a stray rejection minutes before moves the onset; where it is
            // dense, the onset is sharp.
            let own =
                picture.found.iter().filter(|(party, own)| parties.contains(party) && is_same(&found, own));
            let onset = own.max_by_key(|(_, own)| own.rejected).map_or(found.onset, |(_, own)| own.onset);
            incidents.push(incident(&picture.names, &Found { onset, ..found }, &parties));
        } else {
            let own =
                picture.found.iter().filter(|(party, own)| parties.contains(party) && is_same(&found, own));
            incidents.extend(own.map(|(party, own)| incident(&picture.names, own, &[*party])));
        }
    }
    incidents.sort_by(|a, b| {
        a.until
            .is_some()
            .cmp(&b.until.is_some())
            .then(b.until.cmp(&a.until))
            .then(b.rejected.cmp(&a.rejected))
    });
    incidents
}

fn is_same(a: &Found, b: &Found) -> bool {
    a.category == b.category
        && a.until.is_some() == b.until.is_some()
        && a.onset.since(b.onset).abs() <= TOGETHER
}

fn merge(into: &mut Found, other: &Found) {
    let attempts = (into.attempts + other.attempts).max(1) as f64;
    into.baseline =
        (into.baseline * into.attempts as f64 + other.baseline * other.attempts as f64) / attempts;
    into.onset = into.onset.min(other.onset);
    into.until = into.until.max(other.until);
    into.rejected += other.rejected;
    into.attempts += other.attempts;
}

fn incident(names: &Names, found: &Found, parties: &[Party]) -> Incident {
    let named = |party: &Party| {
        names.of(*party).unwrap_or_else(|| (Clean::from("unknown"), Clean::from("unknown provider")))
    };
    let (provider, name) = match parties {
        [one] => {
            let (id, name) = named(one);
            (Some(id), name)
        }
        many => (None, Clean::from(format!("{} providers", many.len()).as_str())),
    };
    let verdict = format!("{} at {name}", headline(found.category));
    let rate = found.rejected as f64 / found.attempts.max(1) as f64;
    let scope = provider.as_deref().unwrap_or("many");
    Incident {
        id: Clean::from(format!("{scope}-{}-{}", found.category.id(), found.onset.compact()).as_str()),
        providers: parties.iter().map(|party| named(party).0).collect(),
        provider,
        source: None,
        campaign: None,
        list: None,
        name,
        category: found.category,
        onset: found.onset,
        declared: found.onset,
        until: found.until,
        course: if found.until.is_some() { Course::Over } else { Course::Steady },
        peak: Peak { rate, at: found.onset },
        rejected: found.rejected,
        attempts: found.attempts,
        rate,
        baseline: found.baseline,
        verdict,
    }
}

/// What an incident of this category is called.
fn headline(category: Category) -> &'static str {
    match category {
        Category::UserUnknown | Category::BadDomain | Category::MailboxDisabled => "list quality",
        Category::Blocklist => "blocklisted",
        Category::IpReputation => "IP reputation",
        Category::DomainReputation => "domain reputation",
        Category::AuthFailure => "authentication failures",
        Category::ContentSpam => "content filtered",
        Category::Virus => "virus or attachment block",
        Category::Policy => "policy rejections",
        Category::RecipientPolicy => "recipient policy",
        Category::RateLimit => "rate limited",
        Category::RelayDenied => "relaying denied",
        Category::PtrDns => "reverse DNS or HELO refused",
        Category::SenderInvalid => "sender domain refused",
        Category::SmtpAuth => "SMTP authentication failing",
        Category::Tls => "TLS failing",
        Category::Size => "messages too big",
        Category::Protocol => "protocol errors",
        Category::MailboxFull => "full mailboxes",
        Category::Greylist => "greylisting",
        Category::Network => "network failures",
        Category::ServerError => "remote server errors",
        Category::Unknown => "unexplained rejections",
    }
}
