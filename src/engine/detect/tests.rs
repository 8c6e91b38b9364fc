//! What an incident is said to be about.

#![expect(clippy::unwrap_used, reason = "a test fails by panicking")]

use super::{Rehearsal, Rehearsed};
use crate::diagnose::incident::{Incident, Thresholds};
use crate::model::{Category, Moment};

const BEGIN: i64 = 1_800_000_000 / 3_600 * 3_600;

/// A mail that is tried.
#[derive(Copy, Clone)]
struct Mail<'a> {
    provider: &'a str,
    source: &'a str,
    campaign: &'a str,
    reply: Option<(Category, u16)>,
    list: &'a str,
}

const MAIL: Mail<'static> =
    Mail { provider: "gmail", source: "out1", campaign: "spring", reply: None, list: "" };

/// Plays seconds of some mails each.
struct Play {
    rate: u64,
    rehearsal: Rehearsal,
    second: i64,
    mails: u64,
}

impl Play {
    fn new() -> Self {
        Self::of_rate(10)
    }

    fn of_rate(rate: u64) -> Self {
        Self { rate, rehearsal: Rehearsal::new(Thresholds::default()).unwrap(), second: BEGIN, mails: 0 }
    }

    /// What the mail of each number is, for so many seconds; looked at second by second.
    fn run<'a>(&mut self, seconds: i64, mail: impl Fn(u64) -> Mail<'a>) {
        for _ in 0..seconds {
            let at = Moment::from_seconds(self.second);
            for _ in 0..self.rate {
                self.mails += 1;
                let Mail { provider, source, campaign, reply, list } = mail(self.mails);
                let (message, domain) = (self.mails, "");
                self.rehearsal.count(&Rehearsed {
                    at,
                    provider,
                    source,
                    campaign,
                    reply,
                    list,
                    message,
                    domain,
                });
            }
            self.second += 1;
            self.rehearsal.look(at);
        }
    }

    /// The one incident that there is.
    fn only(&self) -> Incident {
        let mut incidents = self.rehearsal.incidents(Moment::from_seconds(self.second));
        assert_eq!(incidents.len(), 1, "{incidents:#?}");
        incidents.remove(0)
    }
}

const PROVIDERS: [&str; 4] = ["gmail", "microsoft-consumer", "yahoo", "apple"];
const SOURCES: [&str; 4] = ["out1", "out2", "out3", "out4"];
const CAMPAIGNS: [&str; 6] = ["a", "b", "c", "d", "e", "f"];

fn of<'a>(names: &[&'a str], number: u64) -> &'a str {
    names[(number.wrapping_mul(0x9e37_79b9_7f4a_7c15) >> 40) as usize % names.len()]
}

fn refused(category: Category, list: &str, share: u64, number: u64) -> (Option<(Category, u16)>, &str) {
    let is_refused = number.wrapping_mul(0xbf58_476d_1ce4_e5b9) >> 40 & 0xff < share * 256 / 100;
    if is_refused { (Some((category, 550)), list) } else { (None, "") }
}

#[test]
fn a_sender_with_one_source_has_one_incident_that_names_no_source() {
    // With a past and without one; the whole provider's mail, or some.
    for (calm, share) in [(300, 100), (300, 60), (0, 100), (0, 60)] {
        let mut play = Play::new();
        play.run(calm, |at| Mail { provider: of(&PROVIDERS, at), ..MAIL });
        play.run(120, |at| {
            let provider = of(&PROVIDERS, at);
            let share = if provider == "gmail" { share } else { 0 };
            Mail { provider, reply: refused(Category::IpReputation, "", share, at).0, ..MAIL }
        });
        let incident = play.only();
        assert_eq!(incident.provider.as_deref(), Some("gmail"), "{incident:#?}");
        assert_eq!((&incident.source, &incident.campaign), (&None, &None), "{incident:#?}");
        assert_eq!(incident.verdict, "IP reputation at Gmail");
    }
}

#[test]
fn what_a_sender_with_one_source_meets_everywhere_is_not_the_sources() {
    // So many domains that none of them shows it: the source's sums do, which are everything's.
    let domains: Vec<String> = (0..400).map(|at| format!("d{at}.example")).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    for (category, calm) in [(Category::UserUnknown, 0), (Category::Policy, 0), (Category::Policy, 300)] {
        let mut play = Play::new();
        play.run(calm, |at| Mail { provider: of(&domains, at), ..MAIL });
        play.run(120, |at| Mail {
            provider: of(&domains, at),
            reply: refused(category, "", 90, at).0,
            ..MAIL
        });
        let incident = play.only();
        assert_eq!((&incident.source, &incident.campaign), (&None, &None), "{incident:#?}");
        assert!(!incident.verdict.contains("out1") && !incident.verdict.contains("spring"), "{incident:#?}");
        assert!(!incident.id.contains("source") && !incident.id.contains("campaign"), "{incident:#?}");
    }
}

#[test]
fn a_short_log_of_one_source_is_one_incident() {
    // More domains than have a row: most are told together, and slowly.
    let domains: Vec<String> = (0..3_000).map(|at| format!("d{at}.example")).collect();
    let domains: Vec<&str> = domains.iter().map(String::as_str).collect();
    let mixed: Vec<&str> = std::iter::repeat_n("gmail", 12).chain(domains[..20].iter().copied()).collect();
    for (category, rate, seconds) in [
        (Category::UserUnknown, 1, 120),
        (Category::UserUnknown, 10, 240),
        (Category::Policy, 1, 120),
        (Category::Policy, 10, 240),
    ] {
        for providers in [&domains[..], &mixed, &PROVIDERS, &["gmail"]] {
            let mut play = Play::of_rate(rate);
            play.run(seconds, |at| {
                let provider = of(providers, at);
                Mail { provider, reply: refused(category, "", 100, at).0, ..MAIL }
            });
            let incident = play.only();
            assert_eq!((&incident.source, &incident.campaign), (&None, &None), "{incident:#?}");
        }
    }
}

#[test]
fn a_transport_that_only_one_providers_mail_leaves_by_is_not_what_its_refusals_are_about() {
    for (calm, share) in [(300, 100), (300, 60), (0, 100), (0, 60)] {
        let mail = |at| {
            let provider = of(&PROVIDERS, at);
            let source = if provider == "gmail" { "out2" } else { "out1" };
            Mail { provider, source, campaign: of(&CAMPAIGNS, at), ..MAIL }
        };
        let mut play = Play::new();
        play.run(calm, mail);
        play.run(120, |at| {
            let mail = mail(at);
            let share = if mail.provider == "gmail" { share } else { 0 };
            Mail { reply: refused(Category::IpReputation, "", share, at).0, ..mail }
        });
        let incident = play.only();
        assert_eq!((incident.provider.as_deref(), &incident.source), (Some("gmail"), &None), "{incident:#?}");
    }
}

#[test]
fn the_one_of_four_sources_that_is_listed_is_named() {
    // Alike, and one that most of the mail leaves by.
    for sources in [&SOURCES[..], &["out1", "out2", "out2", "out2", "out2"]] {
        let mail = |at| Mail { provider: of(&PROVIDERS, at), source: of(sources, at / 7), ..MAIL };
        let mut play = Play::new();
        play.run(300, mail);
        play.run(120, |at| {
            let mail = mail(at);
            let share = if mail.source == "out2" { 80 } else { 0 };
            let (reply, list) = refused(Category::Blocklist, "spamhaus-zen", share, at);
            Mail { reply, list, ..mail }
        });
        let incident = play.only();
        assert_eq!(incident.source.as_deref(), Some("out2"), "{incident:#?}");
    }
}

#[test]
fn what_refuses_most_a_minute_is_told_before_what_refused_most_in_all() {
    let mut play = Play::of_rate(40);
    let mail = |at| Mail { provider: of(&PROVIDERS, at), ..MAIL };
    let slow = |at| match mail(at) {
        mail if mail.provider == "yahoo" => {
            Mail { reply: refused(Category::IpReputation, "", 10, at).0, ..mail }
        }
        mail => mail,
    };
    play.run(300, mail);
    play.run(1_200, slow);
    play.run(60, |at| match slow(at) {
        mail if mail.provider == "gmail" => {
            Mail { reply: refused(Category::AuthFailure, "", 90, at).0, ..mail }
        }
        mail => mail,
    });
    let incidents = play.rehearsal.incidents(Moment::from_seconds(play.second));
    let told: Vec<_> = incidents.iter().map(|one| one.category).collect();
    assert_eq!(told, [Category::AuthFailure, Category::IpReputation], "{incidents:#?}");
    assert!(incidents[0].rejected < incidents[1].rejected, "{incidents:#?}");
}

#[test]
fn the_one_of_six_campaigns_with_a_bad_list_is_named() {
    let mail = |at| Mail { provider: of(&PROVIDERS, at), campaign: of(&CAMPAIGNS, at / 7), ..MAIL };
    let mut play = Play::new();
    play.run(300, mail);
    play.run(120, |at| {
        let mail = mail(at);
        let share = if mail.campaign == "c" { 20 } else { 0 };
        Mail { reply: refused(Category::UserUnknown, "", share, at).0, ..mail }
    });
    let incident = play.only();
    assert_eq!((incident.campaign.as_deref(), &incident.source), (Some("c"), &None), "{incident:#?}");
}

#[test]
fn a_new_source_that_everything_leaves_by_since_is_named() {
    let mut play = Play::new();
    play.run(300, |at| Mail { provider: of(&PROVIDERS, at), source: of(&SOURCES, at / 7), ..MAIL });
    play.run(120, |at| {
        let provider = of(&PROVIDERS, at);
        let share = if provider == "gmail" { 60 } else { 0 };
        let reply = refused(Category::IpReputation, "", share, at).0;
        Mail { provider, source: "new", reply, ..MAIL }
    });
    let incident = play.only();
    assert_eq!(incident.source.as_deref(), Some("new"), "{incident:#?}");
}
