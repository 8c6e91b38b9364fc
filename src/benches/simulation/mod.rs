//! A sender, its receivers and what goes wrong between them, second by second, as counts.
//!
//! Used by the bench (`cargo bench --bench detection`) and by a test that holds its figures. What
//! is drawn here is handed to [`Rehearsal`], which counts and detects as the program does.

pub(crate) mod calm;
pub(crate) mod cases;

use fastrand::Rng;
use fivefifty::engine::{Incident, Rehearsal, Rehearsed, Thresholds};
use fivefifty::model::{Category, Moment};

/// Providers by share of the mail: Zipf over forty.
pub(crate) const PROVIDERS: usize = 40;
/// Providers with an id of their own; the rest are domains that no table knows.
const KNOWN: [&str; 8] = [
    "gmail",
    "microsoft-consumer",
    "yahoo",
    "microsoft-365",
    "apple",
    "comcast",
    "gmx-webde",
    "google-workspace",
];
/// Our sources and campaigns.
const SOURCES: [&str; 4] = ["mta-1", "mta-2", "mta-3", "mta-4"];
const CAMPAIGNS: [&str; 7] = [
    "news.example",
    "shop.example",
    "alerts.example",
    "offers.example",
    "club.example",
    "bills.example",
    "vip.example",
];
/// Of those, the ones that are always sent.
const STEADY: usize = 6;
/// 2026-11-16 00:00:00 UTC, a Monday.
const START: i64 = 1_794_787_200;

/// One mail, before it is answered.
#[derive(Copy, Clone)]
pub(crate) struct Mail {
    pub provider: usize,
    pub source: usize,
    pub campaign: usize,
}

/// What a mail hears.
#[derive(Copy, Clone)]
pub(crate) struct Answer {
    pub category: Category,
    pub code: u16,
    pub list: &'static str,
}

pub(crate) const fn no(category: Category, code: u16) -> Answer {
    Answer { category, code, list: "" }
}

/// A sender at work.
pub(crate) struct World {
    pub rng: Rng,
    pub rehearsal: Rehearsal,
    /// Seconds since the start.
    pub second: i64,
    names: Vec<String>,
    /// Up to which random number each provider reaches.
    shares: Vec<f64>,
    next: u64,
    /// Mails per second, on average.
    pub pace: f64,
    /// Whether pace and rates follow the day.
    pub rhythm: bool,
    /// Failures that follow another: at which provider, how many, until when.
    clumps: Vec<(usize, u32)>,
}

impl World {
    pub(crate) fn new(seed: u64, pace: f64, first: &Rehearsal) -> Self {
        let total: f64 = (1..=PROVIDERS).map(|rank| 1.0 / rank as f64).sum();
        let mut sum = 0.0;
        let shares = (1..=PROVIDERS).map(|rank| {
            sum += 1.0 / rank as f64 / total;
            sum
        });
        let names = (0..PROVIDERS)
            .map(|at| KNOWN.get(at).map_or_else(|| format!("isp{at}.example"), |id| (*id).to_owned()));
        Self {
            rng: Rng::with_seed(seed),
            rehearsal: first.afresh(Thresholds::default()),
            second: 0,
            names: names.collect(),
            shares: shares.collect(),
            next: 1,
            pace,
            rhythm: false,
            clumps: Vec::new(),
        }
    }

    pub(crate) fn now(&self) -> Moment {
        Moment::from_seconds(START + self.second)
    }

    pub(crate) fn at(&self, second: i64) -> Moment {
        Moment::from_seconds(START + second)
    }

    /// How much of its mean something has at this time of the day: `swing` up at noon, down at night.
    fn rhythm(&self, swing: f64, turned: f64) -> f64 {
        if !self.rhythm {
            return 1.0;
        }
        let day = self.second as f64 / 86_400.0 + turned;
        1.0 - swing * (day * std::f64::consts::TAU).cos()
    }

    pub(crate) fn mail(&mut self) -> Mail {
        let drawn = self.rng.f64();
        Mail {
            provider: self.shares.partition_point(|share| *share < drawn).min(PROVIDERS - 1),
            source: self.rng.usize(..SOURCES.len()),
            campaign: self.rng.usize(..STEADY),
        }
    }

    /// Counts an attempt; the message is a new one, to an address of the provider's own.
    pub(crate) fn count(&mut self, mail: Mail, answer: Option<Answer>) {
        self.next += 1;
        self.count_of(mail, answer, self.next, "");
    }

    /// The same of a message that may have been tried before, to a domain that may be small.
    pub(crate) fn count_of(&mut self, mail: Mail, answer: Option<Answer>, message: u64, domain: &str) {
        let at = self.now().plus_millis(i64::from(self.rng.u16(..1_000)));
        self.rehearsal.count(&Rehearsed {
            at,
            provider: &self.names[mail.provider],
            source: SOURCES[mail.source],
            campaign: CAMPAIGNS[mail.campaign],
            reply: answer.map(|answer| (answer.category, answer.code)),
            list: answer.map_or("", |answer| answer.list),
            message,
            domain,
        });
    }

    /// What is ordinary: churn in small clumps, full mailboxes, greylisting, hiccups.
    pub(crate) fn churn(&mut self, mail: Mail) -> Option<Answer> {
        if let Some(at) = self.clumps.iter().position(|(provider, _)| *provider == mail.provider) {
            self.clumps[at].1 -= 1;
            let is_last = self.clumps[at].1 == 0;
            if is_last {
                self.clumps.swap_remove(at);
            }
            if self.rng.f64() < 0.5 {
                return Some(no(Category::UserUnknown, 550));
            }
        }
        let drawn = self.rng.f64() / self.rhythm(0.4, 0.3);
        Some(match drawn {
            ..0.0012 => {
                // Every other failure of an address has company.
                if self.rng.bool() {
                    self.clumps.push((mail.provider, self.rng.u32(1..=6)));
                }
                no(Category::UserUnknown, 550)
            }
            ..0.0016 => no(Category::MailboxDisabled, 550),
            ..0.0020 => no(Category::Policy, 550),
            ..0.0023 => no(Category::ContentSpam, 554),
            ..0.0026 => no(Category::IpReputation, 421),
            ..0.0032 => no(Category::RecipientPolicy, 550),
            ..0.0060 => no(Category::Greylist, 450),
            ..0.0090 => no(Category::MailboxFull, 452),
            ..0.0120 => no(Category::Network, 0),
            ..0.0140 => no(Category::ServerError, 451),
            _ => return None,
        })
    }

    /// One second of the sender's mail, each mail answered by `strike` or else as ever; what
    /// `strike` said. Then incidents are looked for.
    pub(crate) fn second(
        &mut self,
        strike: &mut dyn FnMut(&mut Self, Mail) -> Option<Option<Answer>>,
    ) -> u64 {
        let mut struck = 0;
        let mean = self.pace * self.rhythm(0.8, 0.0);
        for _ in 0..poisson(&mut self.rng, mean) {
            let mail = self.mail();
            match strike(self, mail) {
                Some(answer) => {
                    struck += u64::from(answer.is_some());
                    self.count(mail, answer);
                }
                None => {
                    let answer = self.churn(mail);
                    self.count(mail, answer);
                }
            }
        }
        self.second += 1;
        struck
    }

    /// Looks at everything up to now.
    pub(crate) fn look(&mut self) {
        // As soon as the newest line is two seconds further, which is not what is measured here.
        self.rehearsal.look(self.now().plus_millis(2_000));
    }

    pub(crate) fn incidents(&self) -> Vec<Incident> {
        self.rehearsal.incidents(self.now())
    }
}

/// A draw from a Poisson distribution.
pub(crate) fn poisson(rng: &mut Rng, mean: f64) -> u64 {
    let (limit, mut product, mut count) = ((-mean).exp(), rng.f64(), 0);
    while product > limit {
        product *= rng.f64();
        count += 1;
    }
    count
}
