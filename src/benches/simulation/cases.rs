//! What goes wrong, one case after the other, and what is to be said of it.

use fivefifty::engine::{Incident, Rehearsal};
use fivefifty::model::Category;

use super::{Answer, Mail, PROVIDERS, World, no};

/// One case.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Case {
    GmailReputation,
    Outlook515,
    ListQuality,
    Content,
    Blocklist,
    SlowPoisoning,
    SmallSender,
    TwoAtOnce,
    Recovery,
    SpreadThin,
    SmallCampaign,
    Churn,
    Restart,
    Outage,
    Greylisting,
}

/// What one run showed.
#[derive(Copy, Clone, Debug, Default)]
pub struct Run {
    /// Rejections and seconds from the onset to the moment when it was declared.
    pub delay: Option<(u64, i64)>,
    /// Whether that was in time.
    pub in_time: bool,
    /// Whether what is said in the end is right.
    pub is_right: bool,
    /// Incidents before the onset, or where there is none.
    pub false_alarms: usize,
}

impl Case {
    pub const ALL: [Self; 15] = [
        Self::GmailReputation,
        Self::Outlook515,
        Self::ListQuality,
        Self::Content,
        Self::Blocklist,
        Self::SlowPoisoning,
        Self::SmallSender,
        Self::TwoAtOnce,
        Self::Recovery,
        Self::SpreadThin,
        Self::SmallCampaign,
        Self::Churn,
        Self::Restart,
        Self::Outage,
        Self::Greylisting,
    ];

    pub const fn name(self) -> &'static str {
        match self {
            Self::GmailReputation => "Gmail: reputation of the IP, 38 % refused",
            Self::Outlook515 => "Outlook.com: 5.7.515 for one of six domains",
            Self::ListQuality => "list quality: one campaign, 10 % unknown",
            Self::Content => "content: one campaign, 40 % at six providers",
            Self::Blocklist => "a named list has one of four sources",
            Self::SlowPoisoning => "slow poisoning, 0.5 → 2 % in an hour",
            Self::SmallSender => "small sender, 40 an hour, 50 % refused",
            Self::TwoAtOnce => "two at once: Gmail and Outlook.com",
            Self::Recovery => "recovery after five minutes",
            Self::SpreadThin => "8 % everywhere for the domain's reputation",
            Self::SmallCampaign => "a small campaign, 12 % unknown",
            Self::Churn => "churn of single addresses",
            Self::Restart => "a restart: a gap, then a flush",
            Self::Outage => "a provider's outage",
            Self::Greylisting => "greylisting of a new IP",
        }
    }

    /// Whether there is something to be found.
    pub const fn is_incident(self) -> bool {
        !matches!(self, Self::Churn | Self::Restart | Self::Outage | Self::Greylisting)
    }

    /// Mails per second, seconds before the onset, seconds after it.
    const fn scale(self) -> (f64, i64, i64) {
        match self {
            Self::SmallSender => (40.0 / 3_600.0, 12 * 3_600, 4 * 3_600),
            Self::SlowPoisoning => (12.0, 5_400, 3_600),
            Self::Outage => (12.0, 900, 1_200),
            Self::Recovery => (12.0, 900, 900),
            Self::SmallCampaign => (12.0, 900, 900),
            _ => (12.0, 900, 300),
        }
    }

    /// What a mail hears for the sake of the case; `None` where it is not struck. `Some(None)` is a
    /// delivery where churn has no part.
    fn strike(self, world: &mut World, mail: Mail, since: i64) -> Option<Answer> {
        let mut chance = |rate: f64| world.rng.f64() < rate;
        let answer = match self {
            Self::GmailReputation | Self::Recovery if mail.provider == 0 && chance(0.38) => {
                no(Category::IpReputation, if chance(0.1) { 421 } else { 550 })
            }
            Self::Outlook515 if mail.provider == 1 && mail.campaign == 0 && chance(0.97) => {
                no(Category::AuthFailure, 550)
            }
            Self::ListQuality if mail.campaign == 1 && chance(0.1) => no(Category::UserUnknown, 550),
            Self::Content if mail.campaign == 2 && mail.provider < 6 && chance(0.4) => {
                no(Category::ContentSpam, 554)
            }
            Self::Blocklist if mail.source == 1 && mail.provider % 5 != 0 && chance(0.9) => {
                let list = ["spamhaus-zen", "spamhaus-sbl", "spamhaus", ""][mail.provider % 4];
                Answer { list, ..no(Category::Blocklist, 554) }
            }
            Self::SlowPoisoning
                if mail.provider == 0 && chance(0.0034 + 0.015 * since.max(0) as f64 / 3_600.0) =>
            {
                no(Category::IpReputation, 550)
            }
            Self::SmallSender if chance(0.5) => no(Category::AuthFailure, 550),
            Self::TwoAtOnce if mail.provider == 0 && chance(0.3) => no(Category::IpReputation, 550),
            Self::TwoAtOnce if mail.provider == 1 && chance(0.5) => no(Category::AuthFailure, 550),
            Self::SpreadThin if chance(0.08) => no(Category::DomainReputation, 554),
            Self::Outage if mail.provider == 2 && chance(0.9) => {
                if chance(0.5) {
                    no(Category::ServerError, 451)
                } else {
                    no(Category::Network, 0)
                }
            }
            Self::Greylisting if mail.source == 3 && mail.provider > 8 && chance(0.8) => {
                no(Category::Greylist, 450)
            }
            _ => return None,
        };
        Some(answer)
    }

    /// Plays the case once.
    pub fn run(self, seed: u64, first: &Rehearsal) -> Run {
        let (pace, before, after) = self.scale();
        let mut world = World::new(seed, pace, first);
        // Where the onset falls in a minute is chance, too.
        world.second = world.rng.i64(0..86_400);
        for second in 0..before {
            world.second(&mut |world, mail| {
                // Half a percent is this case's calm.
                let is_low = self == Self::SlowPoisoning;
                is_low.then(|| self.strike(world, mail, second - before)).flatten().map(Some)
            });
            world.look();
        }
        let early = world.rehearsal.found();
        if self == Self::Restart {
            return restart(world, early);
        }
        let onset = world.second;
        let mut said = Vec::new();
        let mut sum = 0;
        let lasts = if self == Self::Recovery { 300 } else { after };
        for since in 0..after {
            let is_on = since < lasts;
            let struck = world.second(&mut |world, mail| {
                (is_on.then(|| self.strike(world, mail, since)).flatten()).map(Some)
            });
            sum += struck;
            if self == Self::SmallCampaign {
                sum += small_campaign(&mut world);
            }
            said.push(sum);
            world.look();
        }
        let found = world.incidents();
        let onset_at = world.at(onset);
        // A stray reply may date an incident some seconds early, never minutes.
        let own: Vec<&Incident> = found.iter().filter(|one| one.declared >= onset_at).collect();
        let delay = own.iter().map(|one| one.declared).min().map(|declared| {
            let seconds = declared.since(onset_at) / 1_000;
            let heard = said.get((seconds.max(1) - 1) as usize).copied().unwrap_or(sum);
            (heard, seconds)
        });
        let in_time = delay.is_some_and(|(heard, seconds)| match self {
            Self::SlowPoisoning => seconds < after,
            _ => heard <= 30 || seconds <= 10,
        });
        Run {
            delay: delay.filter(|_| self.is_incident()),
            in_time,
            is_right: self.is_right(&own, &world, onset + lasts),
            false_alarms: if self.is_incident() { early } else { found.len() },
        }
    }

    /// Whether the incidents say what it was: how many, category, scope, and who is named.
    fn is_right(self, found: &[&Incident], world: &World, end: i64) -> bool {
        let is = |one: &Incident, category, provider: Option<&str>| {
            one.category == category && one.provider.as_deref() == provider
        };
        match (self, found) {
            (Self::GmailReputation | Self::SlowPoisoning, [one]) => {
                is(one, Category::IpReputation, Some("gmail"))
            }
            (Self::Outlook515, [one]) => {
                is(one, Category::AuthFailure, Some("microsoft-consumer"))
                    && one.campaign.as_deref() == Some("news.example")
            }
            (Self::ListQuality, [one]) => {
                is(one, Category::UserUnknown, None) && one.campaign.as_deref() == Some("shop.example")
            }
            (Self::SmallCampaign, [one]) => {
                one.category == Category::UserUnknown && one.campaign.as_deref() == Some("vip.example")
            }
            (Self::Content, [one]) => {
                is(one, Category::ContentSpam, None)
                    && one.campaign.as_deref() == Some("alerts.example")
                    && (2..=8).contains(&one.providers.len())
            }
            (Self::Blocklist, [one]) => {
                is(one, Category::Blocklist, None)
                    && one.source.as_deref() == Some("mta-2")
                    && one.list.as_deref().is_some_and(|list| list.starts_with("spamhaus"))
            }
            (Self::SmallSender, [one]) => one.category == Category::AuthFailure,
            (Self::TwoAtOnce, [a, b]) => {
                let pair = |a: &Incident, b: &Incident| {
                    is(a, Category::IpReputation, Some("gmail"))
                        && is(b, Category::AuthFailure, Some("microsoft-consumer"))
                };
                pair(a, b) || pair(b, a)
            }
            (Self::Recovery, [one]) => {
                let off = one.until.map(|until| until.since(world.at(end)).abs());
                is(one, Category::IpReputation, Some("gmail")) && off.is_some_and(|off| off <= 30_000)
            }
            (Self::SpreadThin, [one]) => {
                is(one, Category::DomainReputation, None) && one.providers.len() > PROVIDERS / 4
            }
            (_, []) => !self.is_incident(),
            _ => false,
        }
    }
}

/// A campaign of one mail in two seconds, 12 % of whose addresses are unknown.
fn small_campaign(world: &mut World) -> u64 {
    if world.second % 2 == 0 {
        return 0;
    }
    let mail = Mail { campaign: 6, ..world.mail() };
    let is_unknown = world.rng.f64() < 0.12;
    world.count(mail, is_unknown.then(|| no(Category::UserUnknown, 550)));
    u64::from(is_unknown)
}

/// The MTA stands still for ten minutes, then sends what waited: among it all that was deferred.
fn restart(mut world: World, early: usize) -> Run {
    let waiting: Vec<(Mail, u64)> = (0..400).map(|at| (world.mail(), 1 << 40 | at)).collect();
    let later = |world: &mut World| {
        Some(match world.rng.f64() {
            ..0.05 => no(Category::UserUnknown, 550),
            ..0.15 => no(Category::MailboxFull, 452),
            ..0.3 => no(Category::ServerError, 451),
            ..0.34 => no(Category::IpReputation, 421),
            _ => return None,
        })
    };
    // They were deferred before the gap, by those who say so again.
    for (mail, message) in &waiting[..40] {
        world.count_of(*mail, Some(no(Category::IpReputation, 421)), *message, "");
    }
    let begun = world.rehearsal.found();
    world.second += 600;
    for second in 0..300 {
        if second < 10 {
            for at in second * 40..(second + 1) * 40 {
                let (mail, message) = waiting[at];
                let answer = if at < 40 { Some(no(Category::IpReputation, 421)) } else { later(&mut world) };
                world.count_of(mail, answer, message, "");
            }
        }
        // Mail that waited comes out at once.
        world.pace = if second < 60 { 60.0 } else { 12.0 };
        world.second(&mut |_, _| None);
        world.look();
    }
    let found = world.rehearsal.found();
    Run { false_alarms: found, is_right: found == early.max(begun), ..Run::default() }
}
