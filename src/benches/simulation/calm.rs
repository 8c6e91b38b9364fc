//! Days on which nothing is wrong, and much happens.

use fivefifty::engine::{Incident, Rehearsal};
use fivefifty::model::Category;

use super::{Mail, World, no, poisson};

/// What happens beside the churn, per day.
struct Happenings {
    /// A mail to a list of dead addresses: how many of them, all in one second.
    lists: (f64, u32),
    /// A small domain that died: how many addresses, within two minutes.
    domains: (f64, u32),
    /// The queue is flushed: how many messages within ten seconds.
    flushes: (f64, u32),
    /// Messages that are tried every minute for two hours and hear that the IP has a bad name.
    storms: (f64, u32),
    /// A provider is out of order for twenty minutes.
    outages: f64,
    /// A company refuses us: how many mails within half an hour.
    companies: (f64, u32),
}

/// Something that goes on.
struct Going {
    until: i64,
    /// Seconds between two attempts.
    every: i64,
    mail: Mail,
    category: Category,
    code: u16,
    /// Messages that take part: the first one's number and how many.
    messages: (u64, u64),
    domain: String,
    is_new: bool,
}

/// Plays `days` days of `mails` mails each; the incidents that were found. There should be none.
pub(crate) fn days(seed: u64, days: i64, mails: f64, first: &Rehearsal) -> Vec<Incident> {
    let mut world = World::new(seed, mails / 86_400.0, first);
    world.rhythm = true;
    let is_big = mails > 100_000.0;
    let happenings = if is_big {
        Happenings {
            lists: (4.0, 40),
            domains: (3.0, 200),
            flushes: (2.0, 400),
            storms: (2.0, 12),
            outages: 2.0,
            companies: (4.0, 40),
        }
    } else {
        Happenings {
            lists: (0.2, 40),
            domains: (0.2, 30),
            flushes: (0.5, 20),
            storms: (0.5, 3),
            outages: 1.0,
            companies: (0.3, 10),
        }
    };
    let mut going: Vec<Going> = Vec::new();
    let mut outage: Option<(usize, i64)> = None;
    let mut found = Vec::new();
    let step = if is_big { 1 } else { 10 };
    for second in 0..days * 86_400 {
        begin(&mut world, &happenings, &mut going);
        if world.rng.f64() < happenings.outages / 86_400.0 {
            outage = Some((world.mail().provider, second + 1_200));
        }
        outage = outage.filter(|(_, until)| second < *until);
        go_on(&mut world, &mut going, second);
        world.second(&mut |world, mail| {
            let is_out = outage.is_some_and(|(provider, _)| provider == mail.provider);
            (is_out && world.rng.f64() < 0.8).then(|| Some(no(Category::ServerError, 451)))
        });
        if second % step == 0 {
            world.look();
        }
        if second % 43_200 == 0 {
            note(&mut found, world.incidents());
        }
    }
    note(&mut found, world.incidents());
    found
}

/// Incidents are kept for long, but not for ever.
fn note(found: &mut Vec<Incident>, now: Vec<Incident>) {
    for incident in now {
        if !found.iter().any(|one| one.id == incident.id) {
            found.push(incident);
        }
    }
}

fn begin(world: &mut World, happenings: &Happenings, going: &mut Vec<Going>) {
    let comes = |world: &mut World, per_day: f64| world.rng.f64() < per_day / 86_400.0;
    let fresh = |world: &mut World| world.rng.u64(1 << 41..1 << 62);
    if comes(world, happenings.lists.0) {
        let mail = world.mail();
        for _ in 0..happenings.lists.1 {
            world.count(mail, Some(no(Category::UserUnknown, 550)));
        }
    }
    if comes(world, happenings.flushes.0) {
        for _ in 0..happenings.flushes.1 {
            let mail = world.mail();
            let answer = match world.rng.f64() {
                ..0.06 => Some(no(Category::UserUnknown, 550)),
                ..0.2 => Some(no(Category::MailboxFull, 452)),
                ..0.4 => Some(no(Category::ServerError, 451)),
                ..0.44 => Some(no(Category::IpReputation, 421)),
                _ => None,
            };
            world.count(mail, answer);
        }
    }
    let base = |world: &mut World, until: i64, every: i64, category, code, messages: u32| Going {
        until: world.second + until,
        every,
        mail: world.mail(),
        category,
        code,
        messages: (fresh(world), u64::from(messages)),
        domain: String::new(),
        is_new: false,
    };
    if comes(world, happenings.domains.0) {
        let (_, addresses) = happenings.domains;
        let each = u64::from(addresses.div_ceil(120));
        let domain = format!("dead{}.example", world.second);
        let category = if world.rng.bool() { Category::BadDomain } else { Category::UserUnknown };
        let new = base(
            world,
            120,
            if each > 1 { 1 } else { 120 / i64::from(addresses) },
            category,
            550,
            each as u32,
        );
        going.push(Going { domain, is_new: true, ..new });
    }
    if comes(world, happenings.storms.0) {
        let new = base(world, 7_200, 60, Category::IpReputation, 421, happenings.storms.1);
        going.push(new);
    }
    if comes(world, happenings.companies.0) {
        let domain = format!("corp{}.example", world.second);
        let every = 1_800 / i64::from(happenings.companies.1);
        let new = base(world, 1_800, every, Category::Policy, 550, 1);
        going.push(Going { domain, is_new: true, ..new });
    }
}

fn go_on(world: &mut World, going: &mut Vec<Going>, second: i64) {
    going.retain(|one| second < one.until);
    for one in going.iter_mut() {
        if (one.until - second) % one.every.max(1) != 0 {
            continue;
        }
        let (first, many) = one.messages;
        if one.is_new {
            one.messages.0 += many;
        }
        let (mail, answer, domain) = (one.mail, no(one.category, one.code), one.domain.clone());
        for message in first..first + many {
            world.count_of(mail, Some(answer), message, &domain);
        }
    }
    // Hiccups: three to six rejections of a kind within a few seconds.
    if poisson(&mut world.rng, 6.0 * world.pace / 11.6 / 86_400.0) > 0 {
        let mail = world.mail();
        for _ in 0..world.rng.u32(3..=6) {
            world.count(mail, Some(no(Category::Policy, 550)));
        }
    }
}
