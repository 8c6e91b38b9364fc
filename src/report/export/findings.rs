//! What logs and the operator's record tell for a dossier.

mod sender;

use std::net::IpAddr;
use std::sync::Arc;

use super::Given;
use super::dossier::{About, Fill};
use super::incident::span;
use crate::engine::{Did, Filter, Row, Scope, Signature, Snapshot, Specimen};
use crate::model::Answer;
use crate::report::masked::redactor;
use crate::text::{Clean, percent, share, thousands};
use sender::{ranked, sending_domain, sending_ip};

/// Strings that addresses and domains are taken from.
const STRINGS: usize = 200;
/// Replies quoted, recipients, addresses and domains named.
const ERRORS: usize = 6;
const SAMPLES: usize = 8;
const NAMES: usize = 10;

/// One line of the form.
#[derive(Clone, Debug, Default)]
pub(super) struct Line {
    pub(super) is_known: bool,
    pub(super) text: String,
    /// A stranger's words, whole; where it is not known, the command that tells.
    pub(super) words: Option<String>,
}

/// What is known of the refusals that the dossier is about.
#[derive(Debug)]
pub(super) struct Findings<'a> {
    snapshot: &'a Snapshot,
    about: About<'a>,
    given: Given,
    /// All attempts at the providers in question.
    row: Row,
    strings: Vec<Specimen>,
    signatures: Vec<Signature>,
    ips: Vec<(IpAddr, usize)>,
    domains: Vec<(String, usize)>,
}

impl<'a> Findings<'a> {
    pub(super) fn gather(snapshot: &'a Snapshot, about: About<'a>, given: &Given, redact: bool) -> Self {
        let mut mask = redactor([snapshot], redact);
        let all = Filter::default();
        let (of, mut signatures) = match about {
            About::Incident(incident) => {
                (snapshot.sample_of(incident, STRINGS).strings, snapshot.signatures_of(incident))
            }
            About::Provider(id) => {
                let scope = Scope { provider: Some(id.clone()), ..Scope::default() };
                (
                    snapshot.sample(None, &scope, &all, STRINGS).strings,
                    snapshot.signatures(None, &scope, &all),
                )
            }
        };
        for row in &mut signatures {
            row.sample = mask.clean(&row.sample);
        }
        let struck: &[Clean] = match about {
            About::Incident(incident) => &incident.providers,
            About::Provider(id) => std::slice::from_ref(id),
        };
        let mut row = Row::default();
        for one in snapshot.board(None, &all).rows.iter().filter(|row| struck.contains(&row.id)) {
            row.attempts += one.attempts;
            row.rejected += one.rejected;
        }
        row.rate = share(row.rejected, row.attempts);
        let mut strings: Vec<Specimen> = of.iter().map(|one| (**one).clone()).collect();
        mask.mask(&mut strings);
        Self {
            ips: ranked(of.iter().filter_map(|one| sending_ip(one))),
            domains: ranked(of.iter().filter_map(|one| sending_domain(one))),
            strings,
            snapshot,
            about,
            given: given.masked(&mut mask),
            row,
            signatures,
        }
    }

    /// Whether nothing was refused.
    pub(super) fn is_empty(&self) -> bool {
        self.strings.is_empty() && self.signatures.is_empty()
    }

    pub(super) fn name(&self) -> Clean {
        match self.about {
            About::Incident(incident) => incident.name.clone(),
            About::Provider(id) => self.snapshot.provider_name(id),
        }
    }

    /// What it is about, in a line.
    pub(super) fn title(&self) -> String {
        match self.about {
            About::Incident(incident) => {
                format!("{}, since {} ({})", incident.verdict, incident.onset.date_zone(), incident.id)
            }
            About::Provider(_) => format!("{}, everything that was read", self.name()),
        }
    }

    pub(super) fn is_at(&self, providers: &[String]) -> bool {
        let struck: &[Clean] = match self.about {
            About::Incident(incident) => &incident.providers,
            About::Provider(id) => std::slice::from_ref(id),
        };
        struck.iter().any(|id| providers.iter().any(|provider| provider == id.as_str()))
    }

    /// Whether a reply has these words.
    pub(super) fn says(&self, word: &str) -> bool {
        self.strings.iter().any(|one| one.reply.contains(word))
            || self.signatures.iter().any(|row| row.sample.contains(word))
    }

    /// What speaks against filing now.
    pub(super) fn warnings(&self) -> Vec<String> {
        let mut warnings = Vec::new();
        let is_running = matches!(self.about, About::Incident(incident) if incident.until.is_none());
        if is_running && self.cause().is_empty() {
            warnings.push(
                "Do not file yet: the incident still runs, and no cause is noted. Who files before the cause is \
                 gone is refused, or listed again, and has used up the first word."
                    .to_owned(),
            );
        } else if is_running {
            warnings
                .push("The incident still runs: file when the fix is live and the rate falls.".to_owned());
        }
        warnings
    }

    /// What the operator noted of the cause: answers to the question, notes on it.
    fn cause(&self) -> Vec<String> {
        let is_cause = |id: &str| id == "cause" || id.ends_with(".cause");
        let mut told = Vec::new();
        for entry in &self.given.entries {
            let stands =
                |on: &Arc<str>| self.given.answers.get(on).is_some_and(|answer| *answer == Answer::Yes);
            let words = match &entry.what {
                Did::Answer { on, answer: Some(_) } if is_cause(on) && stands(on) => {
                    "found and stopped".to_owned()
                }
                Did::Note { on: Some(on), text } if is_cause(on) => text.to_string(),
                _ => continue,
            };
            told.push(format!("{words} ({}, {})", entry.who, entry.at.date_zone()));
        }
        told
    }

    /// What the logs tell for a field.
    pub(super) fn fill(&self, fill: Fill) -> Vec<Line> {
        match fill {
            Fill::Ips => self.ips(),
            Fill::Sources => self.names(|one| one.source.to_string()),
            Fill::Errors => self.errors(),
            Fill::Times => self.times(),
            Fill::Volume => self.volume(),
            Fill::Mta => self.snapshot.dialects.iter().map(known).collect(),
            Fill::Hosts => self.snapshot.hosts.iter().take(NAMES).map(known).collect(),
            Fill::Domains => self.sending_domains(),
            Fill::Samples => self.samples(),
            Fill::Ptr => self
                .ips
                .iter()
                .take(NAMES)
                .map(|(ip, _)| {
                    self.look_up(
                        "name and back again",
                        &format!("dig +short -x {ip}"),
                        &["-x", &ip.to_string()],
                    )
                })
                .collect(),
            Fill::Spf => {
                self.dns("SPF lists the sending IPs", |domain| format!("dig +short TXT {domain}"), "spf")
            }
            Fill::Dkim => self.dns(
                "DKIM signs for the From domain",
                |domain| format!("dig +short TXT SELECTOR._domainkey.{domain}"),
                "dkim",
            ),
            Fill::Dmarc => self.dns(
                "DMARC is published and aligned",
                |domain| format!("dig +short TXT _dmarc.{domain}"),
                "dmarc",
            ),
            Fill::Description => vec![known(self.description())],
            Fill::Cause => self.cause().into_iter().map(known).collect(),
            Fill::Lists => self.lists(),
            Fill::Receivers => self.names(|one| one.relay.to_string()),
        }
    }

    fn ips(&self) -> Vec<Line> {
        let told = |(ip, count): &(IpAddr, usize)| {
            known(format!("{ip} (named in {count} of {} strings)", self.strings.len()))
        };
        let mut lines: Vec<Line> = self.ips.iter().take(NAMES).map(told).collect();
        if lines.is_empty() {
            lines.push(asked("no reply names one: the outer address of each sending host (curl -4 https://…, or your provider)"));
        }
        lines
    }

    fn errors(&self) -> Vec<Line> {
        let mut lines = Vec::new();
        for row in self.signatures.iter().take(ERRORS) {
            let when = format!("{} to {}", row.first.date_clock(), row.last.date_zone());
            let text = format!("{} times, {when}", thousands(row.count));
            lines.push(Line { is_known: true, text, words: Some(row.sample.to_string()) });
        }
        lines
    }

    fn times(&self) -> Vec<Line> {
        let first = self.signatures.iter().map(|row| row.first).min();
        let last = self.signatures.iter().map(|row| row.last).max();
        let mut lines = Vec::new();
        if let About::Incident(incident) = self.about {
            lines.push(known(format!("began {}", incident.onset.date_zone())));
            lines.push(match incident.until {
                Some(until) => {
                    known(format!("over {}, after {}", until.date_zone(), span(until.since(incident.onset))))
                }
                None => known(format!("still running at {}", self.snapshot.now.date_zone())),
            });
        }
        if let (Some(first), Some(last)) = (first, last) {
            lines.push(known(format!(
                "such replies: first {}, last {}",
                first.date_zone(),
                last.date_zone()
            )));
        }
        lines
    }

    fn volume(&self) -> Vec<Line> {
        let Some((from, until)) = self.snapshot.span else { return Vec::new() };
        let row = &self.row;
        let told = |what: &str, millis: i64, attempts: u64, refused: u64| {
            let rate = percent(share(refused, attempts));
            let pace = match millis {
                ..60_000 => String::new(),
                _ => format!(" ({} an hour)", thousands((attempts as f64 * 3.6e6 / millis as f64) as u64)),
            };
            known(format!(
                "{what}: {} attempts in {}{pace}, {rate} refused",
                thousands(attempts),
                span(millis)
            ))
        };
        let About::Incident(incident) = self.about else {
            return vec![told("all that was read", until.since(from), row.attempts, row.rejected)];
        };
        let end = incident.until.unwrap_or(until);
        let (during, all) = (end.since(incident.onset), until.since(from));
        let outside = row.attempts.saturating_sub(incident.attempts);
        let refused = row.rejected.saturating_sub(incident.rejected);
        let what = if incident.until.is_some() { "before and after" } else { "before" };
        let mut lines = Vec::new();
        if outside > 0 {
            lines.push(told(what, all - during, outside, refused));
        }
        lines.push(told("during", during, incident.attempts, incident.rejected));
        lines
    }

    fn sending_domains(&self) -> Vec<Line> {
        let mut lines: Vec<Line> = self.domains.iter().take(NAMES).map(|(domain, _)| known(domain)).collect();
        let campaigns = self.names(|one| one.campaign.to_string());
        lines.extend(
            campaigns.into_iter().filter(|line| {
                !self.domains.iter().any(|(domain, _)| line.text.starts_with(domain.as_str()))
            }),
        );
        lines
    }

    fn samples(&self) -> Vec<Line> {
        let told = |one: &Specimen| {
            let queue =
                if one.queue_id.is_empty() { String::new() } else { format!(", queue id {}", one.queue_id) };
            known(format!("{}, {}{queue}", one.recipient, one.at.date_zone()))
        };
        self.strings.iter().take(SAMPLES).map(told).collect()
    }

    fn description(&self) -> String {
        match self.about {
            About::Incident(incident) => format!(
                "since {} {} of {} attempts at {} are refused ({}{})",
                incident.onset.date_zone(),
                thousands(incident.rejected),
                thousands(incident.attempts),
                incident.name,
                percent(incident.rate),
                incident.was("; before it was "),
            ),
            About::Provider(_) => {
                let row = &self.row;
                format!(
                    "{} of {} attempts at {} were refused ({})",
                    thousands(row.rejected),
                    thousands(row.attempts),
                    self.name(),
                    percent(row.rate)
                )
            }
        }
    }

    fn lists(&self) -> Vec<Line> {
        let named = ranked(self.strings.iter().filter_map(|one| one.verdict.list.clone()));
        let told = |(id, count): &(Clean, usize)| {
            let list = self.snapshot.blocklist(id);
            let delist =
                if list.delist.is_empty() { String::new() } else { format!(", removal: {}", list.delist) };
            known(format!("{} (in {count} strings){delist}", list.name))
        };
        named.iter().take(NAMES).map(told).collect()
    }

    /// A DNS question for each sending domain, with what was looked up or answered.
    fn dns(&self, what: &str, command: impl Fn(&str) -> String, node: &str) -> Vec<Line> {
        let question = |(domain, _): &(String, usize)| {
            let command = command(domain);
            let mut line = self.look_up(what, &command, &[domain, node]);
            if let Some(answered) = self.answered(node).filter(|_| !line.is_known) {
                line = known(format!("{what}: {answered}; {command}"));
            }
            line
        };
        let lines: Vec<Line> = self.domains.iter().take(NAMES).map(question).collect();
        if lines.is_empty() { vec![asked(format!("{what}: {}", command("YOUR-DOMAIN")))] } else { lines }
    }

    /// What the operator answered to the question of this name: `N5.spf`, `spf`.
    fn answered(&self, node: &str) -> Option<String> {
        let (id, answer) =
            self.given.answers.iter().find(|(id, _)| ***id == *node || id.ends_with(&format!(".{node}")))?;
        let entry = self.given.answered(id)?;
        let notes: Vec<&str> = self.given.notes(id).map(|note| note.as_str()).collect();
        let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
        Some(format!("{}{notes}, says {}", super::given::said(*answer), entry.who))
    }

    /// A question with the command that answers it, or the answer where it was looked up.
    fn look_up(&self, what: &str, command: &str, words: &[&str]) -> Line {
        let exact = [command];
        match self.given.looked_up(&exact).or_else(|| self.given.looked_up(words)) {
            Some((result, at)) => known(format!("{command}: {result} ({})", at.date_zone())),
            None => Line { is_known: false, text: what.to_owned(), words: Some(command.to_owned()) },
        }
    }

    fn names(&self, of: impl Fn(&Specimen) -> String) -> Vec<Line> {
        let names = ranked(self.strings.iter().map(of).filter(|name| !name.is_empty()));
        names
            .iter()
            .take(NAMES)
            .map(|(name, count)| known(format!("{name} ({count} of {} strings)", self.strings.len())))
            .collect()
    }
}

fn known(text: impl ToString) -> Line {
    Line { is_known: true, text: text.to_string(), words: None }
}

fn asked(text: impl ToString) -> Line {
    Line { is_known: false, text: text.to_string(), words: None }
}
