//! Plays a plan: messages arrive, are tried, put off, tried again, given up. What comes out are
//! attempts in the order of time; how an MTA writes them down is in `logs`.

use fivefifty::demo::names::{FIRST, LAST, TRADES};
use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fastrand::Rng;

use super::plan::{
    At, Campaign, Phase, Plan, Receiver, Receivers, Regular, Said, Source, Stop, Then, Trouble,
};
use super::time::parse;
use super::words::{Facts, fill};

/// First retry after this many milliseconds, doubling up to the second.
const BACKOFF: u64 = 300_000;
const BACKOFF_MOST: u64 = 1_800_000;

/// One attempt as the MTA knows it. Times are milliseconds since 1970.
#[derive(Debug)]
pub(crate) struct Tried<'a> {
    /// Number of the message.
    pub message: usize,
    /// When it arrived, when this try began and when it had its answer.
    pub arrived: u64,
    pub began: u64,
    pub at: u64,
    /// Tries before this one.
    pub tries: u32,
    pub size: u32,
    pub source: &'a Source,
    pub campaign: &'a Campaign,
    pub sender: String,
    pub recipient: String,
    /// Host and address of the receiver.
    pub host: String,
    pub ip: String,
    /// Whether a new connection was made.
    pub connected: bool,
    /// The answer, its lines as the server sends them.
    pub reply: String,
    /// Where and what then; `None` where it was taken.
    pub no: Option<(At, Then)>,
    /// The trouble that struck, if one did.
    pub trouble: Option<&'a str>,
}

/// A message in the queue.
#[derive(Debug)]
struct Message<'a> {
    number: usize,
    arrived: u64,
    tries: u32,
    size: u32,
    source: &'a Source,
    campaign: &'a Campaign,
    receiver: &'a Receiver,
    recipient: String,
    /// What its server says of it on an ordinary day.
    fate: Option<&'a Said>,
}

/// Everything that is tried until the last phase ends.
pub(crate) fn play<'a>(plan: &'a Plan, receivers: &'a Receivers) -> Vec<Tried<'a>> {
    let end = plan.phases.iter().map(|phase| millis(phase.to)).max().unwrap_or_default();
    let mut play = Play {
        plan,
        receivers,
        rng: Rng::with_seed(plan.seed),
        start: parse(&plan.start),
        messages: 0,
        due: BinaryHeap::new(),
        queue: Vec::new(),
        tried: Vec::new(),
    };
    for phase in &plan.phases {
        play.arrivals(phase);
    }
    for regular in &plan.regular {
        play.again_and_again(regular);
    }
    while let Some(Reverse((when, _, slot))) = play.due.pop() {
        if when < end {
            play.attempt(when, slot);
        }
    }
    let mut tried = play.tried;
    tried.sort_by_key(|tried| (tried.at, tried.message));
    tried
}

struct Play<'a> {
    plan: &'a Plan,
    receivers: &'a Receivers,
    rng: Rng,
    start: u64,
    messages: usize,
    /// When, the order in which that was settled, which of the queue.
    due: BinaryHeap<Reverse<(u64, usize, usize)>>,
    queue: Vec<Option<Message<'a>>>,
    tried: Vec<Tried<'a>>,
}

impl<'a> Play<'a> {
    fn arrivals(&mut self, phase: &'a Phase) {
        let length = phase.to - phase.from;
        let mut at = phase.from;
        loop {
            let gone = (at - phase.from) / length;
            let rate = phase.rate_to.map_or(phase.rate, |to| phase.rate + (to - phase.rate) * gone);
            at += -(1.0 - self.rng.f64()).ln() / rate;
            if at.is_nan() || at >= phase.to {
                return;
            }
            let plan = self.plan;
            let source = by_share(
                &plan.sources,
                |one| phase.sources.get(&one.name).copied().unwrap_or(one.share),
                &mut self.rng,
            );
            let campaign = by_share(
                &plan.campaigns,
                |one| phase.campaigns.get(&one.id).copied().unwrap_or(one.share),
                &mut self.rng,
            );
            let share = |one: &Receiver| plan.receivers.get(&one.id).copied().unwrap_or_default();
            let receiver = by_share(&self.receivers.receiver, share, &mut self.rng);
            let recipient = recipient(receiver, &mut self.rng);
            let drawn = self.rng.f64() * 100_000.0 / plan.churn.max(1e-9);
            let mut passed = 0.0;
            let fate = receiver.says.iter().find(|said| {
                passed += f64::from(said.weight);
                drawn < passed
            });
            self.enter(at, source, campaign, receiver, recipient, fate);
        }
    }

    fn again_and_again(&mut self, regular: &'a Regular) {
        let plan = self.plan;
        let source = named(&plan.sources, |one| one.name == regular.source);
        let campaign = named(&plan.campaigns, |one| one.id == regular.campaign);
        let receiver = named(&self.receivers.receiver, |one| one.id == regular.receiver);
        let mut at = regular.from;
        while at < regular.to {
            let jitter = self.rng.f64() * regular.every * 0.2;
            self.enter(
                at + jitter,
                source,
                campaign,
                receiver,
                regular.recipient.clone(),
                Some(&regular.says),
            );
            at += regular.every;
        }
    }

    fn enter(
        &mut self,
        at: f64,
        source: &'a Source,
        campaign: &'a Campaign,
        receiver: &'a Receiver,
        recipient: String,
        fate: Option<&'a Said>,
    ) {
        self.messages += 1;
        // Round times pack better.
        let at = (at * 10.0).floor() / 10.0;
        let arrived = self.start + millis(at);
        let number = self.messages;
        let size = 9_000 + 4_000 * self.rng.u32(..8);
        self.queue.push(Some(Message {
            number,
            arrived,
            tries: 0,
            size,
            source,
            campaign,
            receiver,
            recipient,
            fate,
        }));
        self.wait(millis(at), self.queue.len() - 1, false);
    }

    /// Puts a message of the queue on the list for `when`; a stopped MTA tries all that waited for
    /// it once it is started again.
    fn wait(&mut self, when: u64, slot: usize, deferred: bool) {
        let stop = self.plan.stops.iter().find(|stop| {
            let ends = millis(stop.to);
            // What waits over the stop is tried at its end, due or not.
            when < ends && when >= millis(stop.from) || deferred && self.waits_over(stop, when)
        });
        let when = stop.map_or(when, |stop| millis(stop.to) + self.rng.u64(..millis(stop.flush).max(1)));
        self.due.push(Reverse((when, self.due.len() + self.tried.len(), slot)));
    }

    /// Whether a retry at `when` is one that the flush after `stop` brings forward.
    fn waits_over(&self, stop: &Stop, when: u64) -> bool {
        let now = self.tried.last().map_or(0, |tried| tried.at - self.start);
        now < millis(stop.from) && when >= millis(stop.from)
    }

    fn attempt(&mut self, when: u64, slot: usize) {
        let Some(mut message) = self.queue[slot].take() else { return };
        let took = 100 * (1 + self.rng.u64(..9));
        let struck = self.struck(&message, (when + took) as f64 / 1000.0);
        let said = struck.map(|(_, said)| said).or(message.fate);
        let host = {
            let names = &message.receiver.mx;
            let chosen = usize::from(self.rng.u8(..8) == 0).min(names.len() - 1);
            let domain = message.recipient.rsplit('@').next().unwrap_or_default();
            names[chosen].replace("{domain}", domain).replace("{dashed}", &domain.replace('.', "-"))
        };
        let at = self.start + when + took;
        let facts = Facts {
            ip: &message.source.ip,
            recipient: &message.recipient,
            sender_domain: &message.campaign.domain,
            size: message.size,
            at,
        };
        let reply = fill(said.map_or(&message.receiver.accepts, |said| &said.text), &facts, &mut self.rng);
        self.tried.push(Tried {
            message: message.number,
            arrived: message.arrived,
            began: self.start + when,
            at,
            tries: message.tries,
            size: message.size,
            source: message.source,
            campaign: message.campaign,
            sender: format!("bounce-{}@{}", message.campaign.id, message.campaign.domain),
            recipient: message.recipient.clone(),
            ip: address_of(&host),
            host,
            connected: self.rng.u8(..3) == 0,
            reply,
            no: said.map(|said| (said.at, said.then)),
            trouble: struck.map(|(trouble, _)| trouble.name.as_str()),
        });
        match (said.map(|said| said.then), struck) {
            (None | Some(Then::Never), _) => return,
            (Some(Then::Accepted), None) => message.fate = None,
            (Some(Then::Stuck), _) => message.fate = said,
            (Some(Then::Accepted | Then::Same), _) => {}
        }
        let wait = (BACKOFF << message.tries.min(6)).min(BACKOFF_MOST) + self.rng.u64(..60) * 1000;
        message.tries += 1;
        self.queue[slot] = Some(message);
        self.wait(when + took + wait, slot, true);
    }

    /// The trouble that strikes this message at this second.
    fn struck(&mut self, message: &Message<'a>, at: f64) -> Option<(&'a Trouble, &'a Said)> {
        let all = |names: &[String], name: &str| names.is_empty() || names.iter().any(|one| one == name);
        self.plan.troubles.iter().find_map(|trouble| {
            let strikes = (trouble.from..trouble.to).contains(&at)
                && all(&trouble.receivers, &message.receiver.id)
                && all(&trouble.campaigns, &message.campaign.id)
                && all(&trouble.sources, &message.source.name);
            if !strikes || self.rng.f64() >= trouble.share_at(at) {
                return None;
            }
            let own = |said: &&Said| said.of.contains(&message.receiver.id);
            let mut words: Vec<&Said> = trouble.says.iter().filter(own).collect();
            if words.is_empty() {
                words.extend(trouble.says.iter().filter(|said| said.of.is_empty()));
            }
            if words.is_empty() {
                return None;
            }
            Some((trouble, *by_share(&words, |said| said.weight, &mut self.rng)))
        })
    }
}

impl Trouble {
    /// The share of attempts that it strikes at a second of the scenario.
    pub(crate) fn share_at(&self, at: f64) -> f64 {
        let gone = (at - self.from) / (self.to - self.from);
        let share = self.share_to.map_or(self.share, |to| self.share + (to - self.share) * gone);
        if self.ramp > 0.0 { share * ((at - self.from) / self.ramp).min(1.0) } else { share }
    }
}

fn millis(seconds: f64) -> u64 {
    (seconds * 1000.0) as u64
}

/// Draws one by share.
fn by_share<'a, T>(all: &'a [T], share: impl Fn(&T) -> u32, rng: &mut Rng) -> &'a T {
    let total: u32 = all.iter().map(&share).sum();
    let mut drawn = rng.u32(0..total.max(1));
    let chosen = all.iter().find(|one| match drawn.checked_sub(share(one)) {
        Some(rest) => {
            drawn = rest;
            false
        }
        None => true,
    });
    chosen.unwrap_or(&all[0])
}

fn named<T>(all: &[T], is: impl Fn(&T) -> bool) -> &T {
    all.iter().find(|one| is(one)).expect("a name that the scenario has")
}

fn recipient(receiver: &Receiver, rng: &mut Rng) -> String {
    let (first, last) = (FIRST[rng.usize(..FIRST.len())], LAST[rng.usize(..LAST.len())]);
    let local = match rng.u8(..6) {
        0 => format!("{first}.{last}{}", rng.u8(60..99)),
        1 => format!("{}{last}", &first[..1]),
        _ => format!("{first}.{last}"),
    };
    let domain = &receiver.domains[rng.usize(..receiver.domains.len())];
    if domain != "*" {
        return format!("{local}@{domain}");
    }
    match rng.u8(..4) {
        0 => format!("{local}@{}.example", TRADES[rng.usize(..TRADES.len())]),
        number => format!("{local}@{}{number}.example", TRADES[rng.usize(..TRADES.len())]),
    }
}

/// An address for a host, always the same: documentation ranges only.
fn address_of(host: &str) -> String {
    let sum = host.bytes().fold(5_381u32, |sum, byte| sum.wrapping_mul(33) ^ u32::from(byte));
    let range = if sum.is_multiple_of(2) { "198.51.100" } else { "203.0.113" };
    format!("{range}.{}", 1 + sum / 7 % 120)
}
