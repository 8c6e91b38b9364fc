//! The evidence under the names that trees use: computed once for a diagnosis, then only read.

mod address;
mod figure;

use std::collections::BTreeMap;

use super::incident::Thresholds;
use super::names::{Kind, Name, named};
use super::{Evidence, Share};
use crate::model::{Category, Verdict, codes};
use address::address;
pub(super) use figure::{count, percent};
use figure::{fine, times};

/// From this share of the category's rejections on, one provider is where it happens.
const CONCENTRATED: f64 = 0.8;
/// A rate that rose to a multiple is an incident from this share of the attempts on.
const STEP: f64 = 0.02;
/// Below this share a provider does not count as one of those that reject.
const TAKES_PART: f64 = 0.05;

/// Facts by name. What is not in here is not known.
#[derive(Clone, Debug, Default)]
pub(super) struct Facts {
    numbers: BTreeMap<&'static str, f64>,
    words: BTreeMap<&'static str, String>,
    truths: BTreeMap<&'static str, bool>,
    texts: BTreeMap<&'static str, String>,
}

/// What operators call a category: "IP reputation".
pub(super) type Labels = BTreeMap<Category, String>;

impl Facts {
    pub(super) fn number(&self, name: &str) -> Option<f64> {
        self.numbers.get(name).copied()
    }

    pub(super) fn word(&self, name: &str) -> Option<&str> {
        self.words.get(name).map(String::as_str)
    }

    pub(super) fn truth(&self, name: &str) -> Option<bool> {
        self.truths.get(name).copied()
    }

    pub(super) fn knows(&self, name: &Name) -> bool {
        match name.kind {
            Kind::Share | Kind::Fine | Kind::Count | Kind::Times => self.numbers.contains_key(name.id),
            Kind::Word(_) => self.words.contains_key(name.id),
            Kind::Truth => self.truths.contains_key(name.id),
            Kind::Text => self.texts.contains_key(name.id),
        }
    }

    /// The fact as a sentence shows it.
    pub(super) fn text(&self, name: &str) -> String {
        let shown = match named(name).map(|name| name.kind) {
            Some(Kind::Share) => self.number(name).map(percent),
            Some(Kind::Fine) => self.number(name).map(fine),
            Some(Kind::Count) => self.number(name).map(count),
            Some(Kind::Times) => self.number(name).map(times),
            Some(Kind::Word(_)) => self.word(name).map(str::to_owned),
            Some(Kind::Truth) => self.truth(name).map(|truth| if truth { "yes" } else { "no" }.to_owned()),
            Some(Kind::Text) | None => self.texts.get(name).cloned(),
        };
        shown.unwrap_or_else(|| "not known".to_owned())
    }

    pub(super) fn set_number(&mut self, name: &'static str, value: f64) {
        self.numbers.insert(name, value);
    }

    pub(super) fn set_word(&mut self, name: &'static str, word: &str) {
        self.words.insert(name, word.to_owned());
    }

    pub(super) fn set_truth(&mut self, name: &'static str, truth: bool) {
        self.truths.insert(name, truth);
    }

    pub(super) fn set_text(&mut self, name: &'static str, text: String) {
        self.texts.insert(name, text);
    }

    /// Only what one category tells: the yardstick of the checks at load.
    pub(super) fn of_category(category: Category, labels: &Labels) -> Self {
        let mut facts = Self::default();
        facts.reason(category, labels);
        facts.addresses("", None);
        facts.theirs(None, None);
        facts
    }

    /// What one reply tells, without any counts.
    pub(super) fn of_reply(
        verdict: &Verdict,
        code: Option<u16>,
        provider: Option<(&str, &str)>,
        labels: &Labels,
    ) -> Self {
        let mut facts = Self::of_category(verdict.category, labels);
        facts.reply(verdict, code.map(|code| code.to_string()).as_deref());
        if let Some((id, name)) = provider {
            facts.set_word("provider", id);
            facts.receiver(name);
        }
        facts
    }

    /// What a scope tells.
    pub(super) fn of_scope(evidence: &Evidence, labels: &Labels) -> Self {
        let mut facts = Self::default();
        facts.limits(&evidence.thresholds);
        facts.rates(evidence);
        facts.shares(evidence);
        facts.places(evidence);
        if let Some((category, _)) = evidence.categories.first() {
            facts.reason(*category, labels);
            let leading = evidence.leading.as_deref().filter(|leading| leading.category == *category);
            if let Some(leading) = leading {
                facts.reply(leading, evidence.code.as_deref());
            }
        }
        facts.list(evidence);
        facts.course(evidence);
        let named: Vec<String> = evidence
            .categories
            .iter()
            .take(3)
            .map(|(category, n)| {
                let share = ratio(*n, evidence.categories.iter().map(|(_, n)| n).sum());
                format!("{} {}", label(*category, labels), percent(share))
            })
            .collect();
        facts.set_text("reasons", named.join(", "));
        let ip = evidence
            .sending_ip
            .as_deref()
            .and_then(address)
            .or_else(|| evidence.sources.first().and_then(|source| address(&source.name)));
        facts.addresses(evidence.sending_domain.as_deref().unwrap_or_default(), ip);
        facts.theirs(evidence.relay.as_deref(), evidence.recipient_domain.as_deref());
        facts
    }

    /// How the incident goes, what changed, and what recipients complain of.
    fn course(&mut self, evidence: &Evidence) {
        if let Some(state) = evidence.state {
            self.set_word("state", state.id());
        }
        if let Some(slow) = evidence.slow {
            self.set_truth("slow", slow);
        }
        if let Some(explains) = &evidence.explains {
            self.set_word("explains", &explains.dimension);
            self.set_number("explains_share", explains.share);
            let share = percent(explains.share);
            let what = format!("{} {} explains {share}", explains.dimension, explains.value);
            self.set_text("explanation", what);
        }
        if let Some(complaints) = evidence.complaints {
            self.set_number("complaints", complaints as f64);
        }
        if let Some(rate) = evidence.complaint_rate {
            self.set_number("complaint_rate", rate);
        }
        if let (Some(deferrals), 1..) = (&evidence.deferrals, evidence.attempts) {
            let of = |waits: bool| {
                let kind = deferrals.iter().filter(|(category, _)| WAITS.contains(category) == waits);
                ratio(kind.map(|(_, n)| n).sum(), evidence.attempts)
            };
            self.set_number("deferral_waits", of(true));
            self.set_number("deferral_ours", of(false));
        }
    }

    /// What rates are measured against.
    fn limits(&mut self, thresholds: &Thresholds) {
        for (name, limit) in [
            ("incident_limit", thresholds.incident),
            // A step below it is an incident, too, unless the operator said from where on.
            ("step_limit", if thresholds.incident_is_set { thresholds.incident } else { STEP }),
            ("unknown_user_limit", thresholds.unknown_users),
            ("complaint_warn", thresholds.complaints_warn),
            ("complaint_limit", thresholds.complaints_limit),
        ] {
            self.set_number(name, limit);
        }
    }

    fn rates(&mut self, evidence: &Evidence) {
        let Evidence { attempts, rejected, replies, .. } = *evidence;
        let deferred = match evidence.code.as_deref().and_then(class_of_column) {
            Some("4xx") => replies,
            Some(_) => 0,
            // The scope is a whole provider or the whole board: what is no rejection is a deferral.
            None => replies.saturating_sub(rejected),
        };
        for (name, value) in
            [("attempts", attempts), ("rejected", rejected), ("replies", replies), ("deferred", deferred)]
        {
            self.set_number(name, value as f64);
        }
        if attempts > 0 {
            self.set_number("rate", ratio(rejected, attempts));
            self.set_number("deferral_rate", ratio(deferred, attempts));
            self.set_number("scope_rate", ratio(replies, attempts));
            // The scope's own unknown users are some of the provider's, so they are the least there are.
            let unknown =
                evidence.categories.iter().filter(|(category, _)| *category == Category::UserUnknown);
            let in_scope = ratio(unknown.map(|(_, n)| n).sum(), attempts);
            let rate = evidence.unknown_user_rate.max(in_scope);
            self.set_number("unknown_user_rate", rate);
            self.set_number("unknown_users", (rate * attempts as f64).round());
        }
        if replies > 0 {
            self.set_number("again", evidence.again as f64);
            self.set_number("again_share", ratio(evidence.again, replies));
        }
        if rejected > 0 {
            self.set_number("scope_share", ratio(replies, rejected));
        }
        if let Some(baseline) = evidence.baseline {
            self.set_number("baseline", baseline);
            if attempts > 0 && (baseline > 0.0 || rejected > 0) {
                self.set_number("times", ratio(rejected, attempts) / baseline);
            }
        }
        let was = evidence.baseline.map_or_else(|| "no history".to_owned(), percent);
        self.set_text("was", was);
        self.set_truth("scoped", evidence.code.is_some() || evidence.narrowed);
        self.set_truth("onset", evidence.onset.is_some());
        if let Some(onset) = evidence.onset {
            self.set_text("since", onset.clock_zone());
        }
    }

    fn shares(&mut self, evidence: &Evidence) {
        let total: u64 = evidence.categories.iter().map(|(_, n)| n).sum();
        if let Some((_, n)) = evidence.categories.first() {
            self.set_number("category_share", ratio(*n, total));
            for (family, name) in FAMILIES {
                let n = evidence.categories.iter().filter(|(category, _)| family.contains(category));
                self.set_number(name, ratio(n.map(|(_, n)| n).sum(), total));
            }
        }
        if let Some(first) = evidence.signatures.first() {
            self.set_number("signatures", evidence.signatures.len() as f64);
            self.set_number("leading_share", ratio(first.count, evidence.replies));
        }
        // Sources and campaigns may be known of a part of the replies only (a sample, late joins), so
        // they are shares of what is known, and a reply without a name says nothing.
        for (shares, number, share, text) in [
            (&evidence.sources, "sources", "source_share", "source"),
            (&evidence.campaigns, "campaigns", "campaign_share", "campaign"),
        ] {
            let named = || shares.iter().filter(|share| !share.name.is_empty());
            let Some(first) = named().next() else { continue };
            self.set_number(number, named().count() as f64);
            self.set_number(share, ratio(first.count, named().map(|share| share.count).sum()));
            self.set_text(text, first.name.to_string());
        }
    }

    /// Where it happens: in the scope's provider, in one, or in many.
    fn places(&mut self, evidence: &Evidence) {
        let total: u64 = evidence.providers.iter().map(|share| share.count).sum();
        let part = |share: &Share| ratio(share.count, total);
        // The incident's own count where there is one, so that the diagnosis says what the alarm says.
        let taking_part = evidence.providers.iter().filter(|share| part(share) >= TAKES_PART).count();
        let taking_part = evidence.struck.unwrap_or(taking_part);
        let first = evidence.providers.first();
        if let Some(first) = first {
            self.set_number("provider_share", part(first));
            self.set_number("providers", taking_part as f64);
            self.set_word("top", &first.id);
            self.set_text("top_provider", first.name.to_string());
            let second = evidence.providers.get(1);
            let second = second.map(|share| format!("{} {}", share.name, percent(part(share))));
            self.set_text("second_provider", second.unwrap_or_else(|| "no other".to_owned()));
        }
        let concentrated = first.filter(|first| part(first) >= CONCENTRATED);
        if let Some((id, name)) = &evidence.provider {
            let here = evidence.providers.iter().find(|share| share.id == *id).map_or(0.0, part);
            self.set_number("here_share", here);
            self.set_truth("elsewhere", first.is_some_and(|first| first.id != *id));
            self.set_word("provider", id);
            self.receiver(name);
        } else {
            self.set_truth("elsewhere", false);
            if let Some(first) = concentrated {
                self.set_word("provider", &first.id);
                self.receiver(&first.name);
            }
        }
        if taking_part >= 2 && concentrated.is_none() {
            let several = format!("{taking_part} providers");
            self.set_text("where", several.clone());
            if evidence.provider.is_none() {
                self.set_text("receiver", several);
            }
        }
    }

    fn receiver(&mut self, name: &str) {
        let name = if name.is_empty() { "the receiver" } else { name };
        self.set_text("receiver", name.to_owned());
        self.set_text("where", name.to_owned());
    }

    fn reason(&mut self, category: Category, labels: &Labels) {
        self.set_word("category", category.id());
        self.set_text("reason", label(category, labels));
        for name in ["receiver", "where"] {
            self.texts.entry(name).or_insert_with(|| "the receiver".to_owned());
        }
        self.texts.entry("list_name").or_insert_with(|| "the list".to_owned());
        self.texts.entry("check").or_insert_with(|| "authentication".to_owned());
    }

    fn reply(&mut self, verdict: &Verdict, column: Option<&str>) {
        self.set_word("action", verdict.action.id());
        self.set_word("severity", verdict.severity.id());
        self.set_truth("temporary", verdict.temporary);
        self.set_truth("list_named", verdict.list.is_some());
        self.set_word("says", &format!("{} {}", verdict.signature, verdict.evidence));
        let (basic, enhanced) = codes(verdict.signature.as_bytes());
        let basic = basic.map(|code| code.to_string());
        if let Some(class) = basic.as_deref().or(column).and_then(class_of_column) {
            self.set_word("class", class);
        }
        let column_code = column.filter(|column| column.matches('.').count() == 2);
        if let Some(enhanced) = enhanced.map(|code| code.to_string()).or(column_code.map(str::to_owned)) {
            self.set_word("enhanced", &enhanced);
        }
        if let Some(code) = &verdict.provider_code {
            self.set_word("provider_code", code);
        }
        if let Some(mechanism) = verdict.mechanism {
            self.set_word("mechanism", mechanism.id());
            self.set_text("check", mechanism.id().to_ascii_uppercase());
        }
        if let Some(list) = &verdict.list {
            self.set_word("list", list);
            self.set_text("list_name", list.to_string());
        }
    }

    fn list(&mut self, evidence: &Evidence) {
        let Some(first) = evidence.lists.first() else { return };
        self.set_truth("list_named", true);
        self.set_word("list", &first.id);
        self.set_text("list_name", first.name.to_string());
        self.set_number("list_share", ratio(first.count, evidence.replies));
    }
}

/// The categories that only have to be waited out.
const WAITS: &[Category] = &[
    Category::RateLimit,
    Category::Greylist,
    Category::ServerError,
    Category::Network,
    Category::MailboxFull,
];

/// The families of categories that one branch of the tree handles, and the name of their share.
const FAMILIES: [(&[Category], &str); 7] = {
    use Category as C;
    [
        (&[C::UserUnknown, C::BadDomain, C::MailboxDisabled, C::MailboxFull], "address_share"),
        (&[C::AuthFailure], "auth_share"),
        (&[C::Blocklist, C::IpReputation, C::DomainReputation], "reputation_share"),
        (&[C::ContentSpam, C::Virus, C::Protocol, C::Size], "content_share"),
        (&[C::Policy, C::RecipientPolicy, C::RelayDenied, C::Unknown], "policy_share"),
        (&[C::PtrDns, C::SenderInvalid, C::SmtpAuth, C::Tls], "setup_share"),
        (&[C::RateLimit, C::Greylist, C::ServerError, C::Network], "waiting_share"),
    ]
};

fn label(category: Category, labels: &Labels) -> String {
    labels.get(&category).map_or_else(|| category.id().to_owned(), Clone::clone)
}

fn ratio(part: u64, whole: u64) -> f64 {
    if whole == 0 { 0.0 } else { part as f64 / whole as f64 }
}

/// `4xx` or `5xx` for a column such as `5.7.1`, `421` or `4xx`; nothing for `S3150`.
fn class_of_column(column: &str) -> Option<&'static str> {
    match column.as_bytes() {
        [b'4', ..] => Some("4xx"),
        [b'5', ..] => Some("5xx"),
        _ => None,
    }
}

#[cfg(test)]
mod tests;
