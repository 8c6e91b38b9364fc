//! What a scenario is made of: `scenario.toml`, and `receivers.toml` beside the scenarios.

use std::collections::BTreeMap;
use std::path::Path;

use serde::Deserialize;
use serde::de::DeserializeOwned;

/// `scenario.toml`. All times are seconds since `start`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Plan {
    /// What happens, in prose.
    pub story: String,
    /// Who writes the log.
    pub mta: Writer,
    /// The name of the log.
    pub log: String,
    /// The same seed makes the same log.
    pub seed: u64,
    /// `YYYY-MM-DDTHH:MM:SSZ`.
    pub start: String,
    /// Our addresses.
    pub sources: Vec<Source>,
    /// What is sent.
    pub campaigns: Vec<Campaign>,
    /// The shares of receivers, by id.
    pub receivers: BTreeMap<String, u32>,
    /// How much is sent.
    pub phases: Vec<Phase>,
    /// What goes wrong.
    #[serde(default)]
    pub troubles: Vec<Trouble>,
    /// Mail that goes to one address again and again.
    #[serde(default)]
    pub regular: Vec<Regular>,
    /// When the MTA was stopped.
    #[serde(default)]
    pub stops: Vec<Stop>,
    /// How much of the ordinary churn there is; 1 is what `receivers.toml` says.
    #[serde(default = "one")]
    pub churn: f64,
}

/// Who writes the log.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Writer {
    Postfix,
    Exim,
    PowerMta,
    KumoMta,
    Sendmail,
}

/// One of our addresses.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    /// The address.
    pub ip: String,
    /// `syslog_name`, virtual MTA, egress source.
    pub name: String,
    /// Share of the messages.
    pub share: u32,
}

/// One send.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Campaign {
    /// Its job id.
    pub id: String,
    /// The domain that it comes from.
    pub domain: String,
    /// Share of the messages.
    pub share: u32,
}

/// A span of sending.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Phase {
    pub from: f64,
    pub to: f64,
    /// Messages a second.
    pub rate: f64,
    /// The rate at the end, where it changes evenly.
    pub rate_to: Option<f64>,
    /// Other shares of campaigns.
    #[serde(default)]
    pub campaigns: BTreeMap<String, u32>,
    /// Other shares of sources, by name.
    #[serde(default)]
    pub sources: BTreeMap<String, u32>,
}

/// Something that goes wrong for a part of the mail.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Trouble {
    /// What `expected.toml` calls it.
    pub name: String,
    pub from: f64,
    pub to: f64,
    /// Share of attempts that it strikes.
    pub share: f64,
    /// The share at the end, where it changes evenly.
    pub share_to: Option<f64>,
    /// Seconds until it has its full force.
    #[serde(default)]
    pub ramp: f64,
    /// Receivers that it strikes at; none stand for all.
    #[serde(default)]
    pub receivers: Vec<String>,
    /// Campaigns that it strikes; none stand for all.
    #[serde(default)]
    pub campaigns: Vec<String>,
    /// Sources that it strikes, by name; none stand for all.
    #[serde(default)]
    pub sources: Vec<String>,
    /// What is said.
    pub says: Vec<Said>,
}

/// A message every so often to one address.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Regular {
    pub from: f64,
    pub to: f64,
    pub every: f64,
    pub receiver: String,
    pub recipient: String,
    pub campaign: String,
    pub source: String,
    pub says: Said,
}

/// The MTA was not running.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Stop {
    pub from: f64,
    pub to: f64,
    /// Seconds in which all that waits is tried after it.
    pub flush: f64,
}

/// Whoever says `text` for `weight`.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Said {
    /// Receivers whose words these are; none stand for those that have none of their own.
    #[serde(default)]
    pub of: Vec<String>,
    #[serde(default = "first")]
    pub weight: u32,
    pub at: At,
    pub then: Then,
    /// Lines as the server sends them. `{ip}` is our address, `{rcpt}` and `{domain}` the
    /// recipient's, `{from}` the sender's domain, `{gid}` a Google id, `{eop}` a Microsoft frontend,
    /// `{hex}`, `{id}`, `{num}` noise.
    pub text: String,
}

/// Where in the session.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum At {
    /// Nobody answers: the system's own words.
    Connect,
    Greeting,
    Mail,
    Rcpt,
    Data,
}

/// What the next try meets.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Then {
    /// There is none: it is given up.
    Never,
    Accepted,
    Same,
    /// The same for this message, even where it was trouble and the trouble is over.
    Stuck,
}

/// `receivers.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Receivers {
    pub receiver: Vec<Receiver>,
}

/// Who takes mail.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Receiver {
    /// The id of the provider.
    pub id: String,
    pub domains: Vec<String>,
    pub mx: Vec<String>,
    pub accepts: String,
    pub says: Vec<Said>,
}

/// Reads a file; panics with its name.
pub(crate) fn read<T: DeserializeOwned>(path: &Path) -> T {
    let text = std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    toml::from_str(&text).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

fn one() -> f64 {
    1.0
}

fn first() -> u32 {
    1
}

impl Plan {
    /// Panics with a name that nothing has: a typing error would make a trouble strike nobody.
    pub(crate) fn check(&self, receivers: &Receivers) {
        assert!(!self.story.is_empty(), "a scenario has a story");
        let receiver = |id: &String| receivers.receiver.iter().any(|one| one.id == *id);
        let campaign = |id: &String| self.campaigns.iter().any(|one| one.id == *id);
        let source = |name: &String| self.sources.iter().any(|one| one.name == *name);
        let all = |what, names: &mut dyn Iterator<Item = &String>, is: &dyn Fn(&String) -> bool| {
            for name in names {
                assert!(is(name), "there is no {what} `{name}`");
            }
        };
        all("receiver", &mut self.receivers.keys(), &receiver);
        for trouble in &self.troubles {
            all("receiver", &mut trouble.receivers.iter(), &receiver);
            all("receiver", &mut trouble.says.iter().flat_map(|said| &said.of), &receiver);
            all("campaign", &mut trouble.campaigns.iter(), &campaign);
            all("source", &mut trouble.sources.iter(), &source);
        }
        for phase in &self.phases {
            all("campaign", &mut phase.campaigns.keys(), &campaign);
            all("source", &mut phase.sources.keys(), &source);
        }
    }
}
