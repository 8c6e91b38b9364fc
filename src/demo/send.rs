//! The send itself: messages arrive, are tried, deferred, retried, bounced and removed, in log time.

use std::cmp::Reverse;
use std::collections::BinaryHeap;

use fastrand::Rng;

use super::CALM;
use super::entry::{Delays, Line, Stamp, dsn};
use super::incident::{Force, strikes};
use super::receivers::{RECEIVERS, Receiver};
use super::replies::{Again, At, Facts, Said, fill, ordinary};
use super::scenario::Scenario;
use super::sender::{CAMPAIGNS, SOURCES, by_share, corporate_domain, local_part, queue_id};
use crate::model::Moment;

/// Messages per second before the send of the day begins, and while it runs.
const RATES: (f64, f64) = (14.0, 172.0);

/// How long an incident takes to reach its full force, in microseconds.
const RAMP: u64 = 8_000_000;

/// First retry after this long, doubling up to [`BACKOFF_MOST`], in microseconds.
const BACKOFF: u64 = 300_000_000;
const BACKOFF_MOST: u64 = 1_800_000_000;

/// A message is given up after this long, in microseconds; this also bounds the queue.
const LIFETIME: u64 = 5_400_000_000;

/// Processes per instance.
const PROCESSES: u32 = 40;

/// What happens at a point in time.
#[derive(Debug)]
enum Event {
    /// The next message arrives, and so on.
    Arrival,
    /// Somebody knocks at our own port 25, and so on.
    Knock,
    /// A message is tried.
    Try(Box<Message>),
    /// A line is written.
    Line(Line),
}

/// An event in the order of time; the number keeps equal times in the order they were made.
#[derive(Debug)]
struct Due(u64, u64, Event);

impl PartialEq for Due {
    fn eq(&self, other: &Self) -> bool {
        (self.0, self.1) == (other.0, other.1)
    }
}
impl Eq for Due {}
impl PartialOrd for Due {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}
impl Ord for Due {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        (self.0, self.1).cmp(&(other.0, other.1))
    }
}

/// A message in our queue.
#[derive(Debug)]
struct Message {
    id: String,
    arrived: u64,
    source: usize,
    campaign: usize,
    sender: String,
    size: u32,
    tries: u32,
    recipients: Vec<Recipient>,
}

/// A recipient that is still open.
#[derive(Debug)]
struct Recipient {
    address: String,
    receiver: &'static Receiver,
    /// What its server will say of it, `None` for yes.
    fate: Option<&'static Said>,
}

/// The whole play.
#[derive(Debug)]
pub(super) struct Send {
    scenario: Scenario,
    rng: Rng,
    due: BinaryHeap<Reverse<Due>>,
    made: u64,
    stamp: Stamp,
    /// When the live part begins, and when the incident does, in microseconds since the epoch.
    live: u64,
    incident: u64,
}

impl Send {
    /// A play whose live part begins at `start`, after `history` milliseconds of calm.
    pub(super) fn new(scenario: Scenario, seed: u64, start: Moment, history: i64) -> Self {
        let live = micros(start);
        let incident = micros(start.plus_millis(CALM));
        let mut send = Self {
            scenario,
            rng: Rng::with_seed(seed),
            due: BinaryHeap::new(),
            made: 0,
            stamp: Stamp::default(),
            live,
            incident,
        };
        let first = micros(start.plus_millis(-history));
        send.at(first, Event::Arrival);
        send.at(first, Event::Knock);
        send
    }

    /// Appends every line stamped before `until`.
    pub(super) fn step(&mut self, until: Moment, out: &mut Vec<u8>) {
        let until = micros(until);
        while let Some(Reverse(next)) = self.due.peek() {
            if next.0 >= until {
                return;
            }
            let Some(Reverse(Due(now, _, event))) = self.due.pop() else { return };
            match event {
                Event::Line(line) => self.stamp.line(now, &line, out),
                Event::Arrival => self.arrival(now),
                Event::Knock => self.knock(now),
                Event::Try(message) => self.attempt(now, *message),
            }
        }
    }

    fn at(&mut self, when: u64, event: Event) {
        self.made += 1;
        self.due.push(Reverse(Due(when, self.made, event)));
    }

    fn say(&mut self, when: u64, tag: &'static str, program: &'static str, text: String) {
        // Every program of every instance has its own processes; the queue manager has one.
        let spread = if program == "qmgr" { 0 } else { self.rng.u32(..PROCESSES) };
        let base: u32 =
            tag.bytes().chain(program.bytes()).fold(7, |sum, byte| (sum * 31 + u32::from(byte)) % 60_000);
        self.at(when, Event::Line(Line { tag, program, pid: 1_000 + base + spread, text }));
    }

    /// How far the incident has come.
    fn force(&self, now: u64) -> Force {
        #[expect(clippy::cast_precision_loss, reason = "at most RAMP")]
        let risen = now.saturating_sub(self.incident).min(RAMP) as f64;
        #[expect(clippy::cast_precision_loss, reason = "a constant")]
        let whole = RAMP as f64;
        risen / whole
    }

    fn arrival(&mut self, now: u64) {
        let rate = if now < self.live { RATES.0 } else { RATES.1 };
        let gap = -(1.0 - self.rng.f64()).ln() / rate * 1e6;
        #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a second or two")]
        self.at(now + 1 + gap as u64, Event::Arrival);

        let source = by_share(SOURCES.iter().map(|source| source.share), &mut self.rng);
        let in_incident = self.force(now) > 0.0 && self.scenario != Scenario::Calm;
        let share = |campaign: &super::sender::Campaign| {
            if in_incident { campaign.share_in_incident } else { campaign.share }
        };
        let campaign = by_share(CAMPAIGNS.iter().map(share), &mut self.rng);
        let recipients = self.recipients(CAMPAIGNS[campaign].shared_envelope);
        let message = Message {
            id: queue_id(now, self.made % 900_000, SOURCES[source].long_ids),
            arrived: now,
            source,
            campaign,
            sender: sender_of(campaign, &recipients),
            size: self.rng.u32(4_000..61_000),
            tries: 0,
            recipients,
        };
        let tag = SOURCES[source].tag;
        let number = self.rng.u64(..);
        let text = format!("{}: message-id=<{number:016x}@{}>", message.id, CAMPAIGNS[campaign].domain);
        self.say(now, tag, "cleanup", text);
        let tried = now + 1_000 + self.rng.u64(..60_000);
        self.at(tried, Event::Try(Box::new(message)));
    }

    fn recipients(&mut self, shared: bool) -> Vec<Recipient> {
        let count = if shared { self.rng.usize(1..6) } else { 1 };
        let company = corporate_domain(&mut self.rng);
        let mut recipients: Vec<Recipient> = Vec::with_capacity(count);
        for _ in 0..count {
            let receiver = match recipients.first() {
                Some(first) if self.rng.u8(..10) < 7 => first.receiver,
                _ => &RECEIVERS[by_share(RECEIVERS.iter().map(|receiver| receiver.share), &mut self.rng)],
            };
            let domain = match receiver.domains[self.rng.usize(..receiver.domains.len())] {
                "*" => company.as_str(),
                domain => domain,
            };
            let address = format!("{}@{domain}", local_part(&mut self.rng));
            if recipients.iter().all(|other| other.address != address) {
                let fate = ordinary(receiver.ordinary, &mut self.rng);
                recipients.push(Recipient { address, receiver, fate });
            }
        }
        recipients
    }

    /// One delivery try of a message: a result line for every open recipient, then the message
    /// is removed, or waits.
    fn attempt(&mut self, now: u64, mut message: Message) {
        let source = &SOURCES[message.source];
        let Message { id, sender, size, .. } = &message;
        if now.saturating_sub(message.arrived) > LIFETIME {
            let text = format!("{id}: from=<{sender}>, status=expired, returned to sender");
            self.say(now, source.tag, "qmgr", text);
            self.bounce(now + 900, &message);
            let text = format!("{}: removed", message.id);
            return self.say(now + 2_500, source.tag, "qmgr", text);
        }
        let text =
            format!("{id}: from=<{sender}>, size={size}, nrcpt={} (queue active)", message.recipients.len());
        self.say(now, source.tag, "qmgr", text);
        let mut last = now;
        let mut bounced = false;
        let open = std::mem::take(&mut message.recipients);
        for mut recipient in open {
            let connect = self.rng.u64(60_000..420_000);
            let transmit = self.rng.u64(40_000..900_000);
            let queue = self.rng.u64(1_000..24_000);
            let delays = Delays { before: now - message.arrived, queue, connect, transmit };
            let done = now + queue + connect + transmit;
            let struck = strikes(
                self.scenario,
                self.force(done),
                recipient.receiver.id,
                message.source,
                message.campaign,
                &mut self.rng,
            );
            let said = struck.or(recipient.fate);
            let end = self.deliver(done, delays, &message, &recipient, said);
            last = last.max(end);
            match said.map(|said| said.again) {
                None => {}
                Some(Again::Never) => bounced = true,
                Some(again) => {
                    if said.is_some_and(|said| said.at == At::FirstMx) {
                        continue;
                    }
                    if again == Again::Accepted {
                        recipient.fate = None;
                    }
                    message.recipients.push(recipient);
                }
            }
        }
        if bounced {
            self.bounce(last + 1_500, &message);
        }
        if message.recipients.is_empty() {
            let text = format!("{}: removed", message.id);
            self.say(last + 4_000, source.tag, "qmgr", text);
        } else {
            message.tries += 1;
            let wait = (BACKOFF << message.tries.min(6).saturating_sub(1)).min(BACKOFF_MOST);
            let when = last + wait + self.rng.u64(..60_000_000);
            self.at(when, Event::Try(Box::new(message)));
        }
    }

    /// The result line of one recipient; returns its time.
    fn deliver(
        &mut self,
        done: u64,
        delays: Delays,
        message: &Message,
        recipient: &Recipient,
        said: Option<&'static Said>,
    ) -> u64 {
        let source = &SOURCES[message.source];
        let domain = recipient.address.rsplit('@').next().unwrap_or_default();
        let facts = Facts {
            ip: source.ip,
            recipient: &recipient.address,
            sender_domain: CAMPAIGNS[message.campaign].domain,
            size: message.size,
            seconds: done / 1_000_000,
        };
        let first_mx = said.is_some_and(|said| said.at == At::FirstMx);
        let mx = recipient.receiver.mx;
        let chosen = if first_mx { 1 } else { usize::from(self.rng.u8(..8) == 0) }.min(mx.len() - 1);
        let host = host_name(mx[chosen], domain);
        let relay = format!("{host}[{}]", address_of(&host, self.rng.u32(..4)));
        let mut reply = String::new();
        let template = match said {
            Some(said) if !first_mx => said.text,
            _ => recipient.receiver.accepts,
        };
        fill(template, &facts, &mut self.rng, &mut reply);
        let port = if said.is_some_and(|said| matches!(said.at, At::Connect | At::Suspended)) {
            "none".to_owned()
        } else {
            format!("{relay}:25")
        };
        let reused = said.is_none() && recipient.receiver.share > 40 && self.rng.bool();
        let delays = if reused { Delays { connect: 0, ..delays } } else { delays };
        let conn_use = if reused { format!(" conn_use={},", self.rng.u32(2..60)) } else { String::new() };
        let head =
            format!("{}: to=<{}>, relay={port},{conn_use} {}", message.id, recipient.address, delays.text());
        let (program, tail) = match said {
            None => ("smtp", format!("dsn={}, status=sent ({reply})", dsn(&reply, '2'))),
            Some(said) if first_mx => {
                let first = host_name(mx[0], domain);
                let relay = format!("{first}[{}]", address_of(&first, 0));
                let mut refusal = String::new();
                fill(said.text, &facts, &mut self.rng, &mut refusal);
                self.say(
                    done - 9_000,
                    source.tag,
                    "smtp",
                    format!("{}: host {relay} refused to talk to me: {refusal}", message.id),
                );
                ("smtp", format!("dsn={}, status=sent ({reply})", dsn(&reply, '2')))
            }
            Some(said) => self.refusal(done, source.tag, &relay, &reply, said),
        };
        self.say(done, source.tag, program, format!("{head}, {tail}"));
        done
    }

    /// The end of a result line that is no delivery, and the program that writes it.
    fn refusal(
        &mut self,
        done: u64,
        tag: &'static str,
        relay: &str,
        reply: &str,
        said: &Said,
    ) -> (&'static str, String) {
        let status = if said.again == Again::Never { "bounced" } else { "deferred" };
        let class = if said.again == Again::Never { '5' } else { '4' };
        let dsn = match said.at {
            At::Connect => "4.4.1".to_owned(),
            At::Greeting | At::Suspended if reply.starts_with('5') => format!("4{}", &dsn(reply, '5')[1..]),
            _ => dsn(reply, class),
        };
        let (program, reason) = match said.at {
            At::Connect => {
                let text = format!("connect to {relay}:25: {reply}");
                self.say(done - 700, tag, "smtp", text.clone());
                ("smtp", text)
            }
            At::Suspended => (
                "error",
                format!("delivery temporarily suspended: host {relay} refused to talk to me: {reply}"),
            ),
            At::Greeting | At::FirstMx => ("smtp", format!("host {relay} refused to talk to me: {reply}")),
            At::Mail => ("smtp", format!("host {relay} said: {reply} (in reply to MAIL FROM command)")),
            At::Rcpt => ("smtp", format!("host {relay} said: {reply} (in reply to RCPT TO command)")),
            At::Data => ("smtp", format!("host {relay} said: {reply} (in reply to end of DATA command)")),
        };
        (program, format!("dsn={dsn}, status={status} ({reason})"))
    }

    /// The non-delivery notification, which goes to our own bounce handler.
    fn bounce(&mut self, now: u64, message: &Message) {
        let source = &SOURCES[message.source];
        let notice = queue_id(now, self.made % 900_000, source.long_ids);
        let pause = self.rng.u64(2_000..30_000);
        let number = self.rng.u32(..);
        let lines = [
            (0, "bounce", format!("{}: sender non-delivery notification: {notice}", message.id)),
            (100, "cleanup", format!("{notice}: message-id=<{number:08X}.{notice}@mta1.harborlane.example>")),
            (
                400,
                "qmgr",
                format!("{notice}: from=<>, size={}, nrcpt=1 (queue active)", message.size / 8 + 2_900),
            ),
            (
                400 + pause,
                "pipe",
                format!(
                    "{notice}: to=<{}>, relay=bounces, {}, dsn=2.0.0, status=sent (delivered via bounces service)",
                    message.sender,
                    Delays { before: 300, queue: 100, connect: 0, transmit: pause }.text()
                ),
            ),
            (900 + pause, "qmgr", format!("{notice}: removed")),
        ];
        for (after, program, text) in lines {
            self.say(now + after, source.tag, program, text);
        }
    }

    /// Strangers at our own port 25: none of it is outbound mail.
    fn knock(&mut self, now: u64) {
        let next = now + 300_000 + self.rng.u64(..1_400_000);
        self.at(next, Event::Knock);
        let client = format!("unknown[198.51.100.{}]", self.rng.u32(130..250));
        let tag = "postfix";
        match self.rng.u8(..4) {
            0 => {
                let user = local_part(&mut self.rng);
                self.say(now, tag, "smtpd", format!("connect from {client}"));
                self.say(now + 210_000, tag, "smtpd", format!("NOQUEUE: reject: RCPT from {client}: 554 5.7.1 <{user}@somewhere.example>: Relay access denied; from=<{user}@spam.example> to=<{user}@somewhere.example> proto=ESMTP helo=<localhost>"));
                self.say(
                    now + 290_000,
                    tag,
                    "smtpd",
                    format!("disconnect from {client} ehlo=1 mail=1 rcpt=0/1 quit=1 commands=3/4"),
                );
            }
            1 => {
                let user = local_part(&mut self.rng);
                self.say(now, tag, "smtpd", format!("connect from {client}"));
                self.say(now + 160_000, tag, "smtpd", format!("NOQUEUE: reject: RCPT from {client}: 550 5.1.1 <{user}@harborlane.example>: Recipient address rejected: User unknown in local recipient table; from=<> to=<{user}@harborlane.example> proto=ESMTP helo=<mx.spam.example>"));
                self.say(
                    now + 170_000,
                    tag,
                    "smtpd",
                    format!("disconnect from {client} ehlo=1 mail=1 rcpt=0/1 rset=1 quit=1 commands=4/5"),
                );
            }
            2 => {
                self.say(
                    now,
                    tag,
                    "smtpd",
                    format!(
                        "warning: hostname host.spam.example does not resolve to address {}",
                        &client[8..client.len() - 1]
                    ),
                );
                self.say(now + 300, tag, "smtpd", format!("connect from {client}"));
                self.say(now + 90_000, tag, "smtpd", format!("lost connection after AUTH from {client}"));
                self.say(
                    now + 90_200,
                    tag,
                    "smtpd",
                    format!("disconnect from {client} ehlo=1 auth=0/1 commands=1/2"),
                );
            }
            _ => self.say(
                now,
                tag,
                "anvil",
                "statistics: max connection rate 3/60s for (smtp:198.51.100.131) at Nov 21 02:58:41"
                    .to_owned(),
            ),
        }
    }
}

/// The envelope sender: a variable return path, or the team's own address.
fn sender_of(campaign: usize, recipients: &[Recipient]) -> String {
    let campaign = &CAMPAIGNS[campaign];
    match recipients {
        [only] if !campaign.shared_envelope => {
            format!("b{}-{}@{}", campaign.number, only.address.replace('@', "="), campaign.domain)
        }
        _ => format!("no-reply@{}", campaign.domain),
    }
}

fn host_name(mx: &str, domain: &str) -> String {
    mx.replace("{domain}", domain).replace("{dashed}", &domain.replace('.', "-"))
}

/// An address for a host, always the same: documentation ranges only.
fn address_of(host: &str, variant: u32) -> String {
    let sum = host.bytes().fold(5_381u32, |sum, byte| sum.wrapping_mul(33) ^ u32::from(byte));
    if host.ends_with(".google.com") && variant == 0 {
        return format!("2001:db8:400c:c{:02x}::1b", sum % 20);
    }
    let range = if sum.is_multiple_of(2) { "198.51.100" } else { "203.0.113" };
    format!("{range}.{}", 1 + (sum / 7 + variant) % 120)
}

fn micros(moment: Moment) -> u64 {
    u64::try_from(moment.millis()).unwrap_or_default().saturating_mul(1000)
}
