//! The knowledge: providers, lists, categories and rules, loaded and checked.

use regex::bytes::Regex;

use super::beside::Beside;
use super::book::Book;
use super::fields::Names;
use super::phrase::Phrases;
use super::provider::{Provider, Providers};
use super::remark::{KnowledgeError, Remark};
use super::subject::Subject;
use super::tables::{Categories, Codes, List, Lists};
use super::{lint, written};
use crate::model::ProviderIx;

/// The operator's own files: pairs of name and content.
#[derive(Copy, Clone, Debug, Default)]
pub struct Own<'a> {
    /// Rows that add to the table of providers, and override it.
    pub providers: &'a [(&'a str, &'a str)],
    /// Rules that come before ours: at most 1 MiB a file and 1,000 rules in all.
    pub rules: &'a [(&'a str, &'a [u8])],
}

/// Providers, lists and rules, loaded and checked. Shared by all workers.
#[derive(Debug)]
pub struct Knowledge {
    pub(super) providers: Providers,
    pub(super) lists: Lists,
    pub(super) categories: Categories,
    pub(super) codes: Codes,
    pub(super) beside: Beside,
    pub(super) subject: Subject,
    pub(super) book: Book,
    pub(super) list_name: Regex,
}

impl Knowledge {
    /// The rule files inside the binary, specific before general: pairs of name and content.
    pub const RULES: [(&'static str, &'static str); 27] = [
        ("rules/google.toml", include_str!("../rules/google.toml")),
        ("rules/outlook.toml", include_str!("../rules/outlook.toml")),
        ("rules/microsoft.toml", include_str!("../rules/microsoft.toml")),
        ("rules/yahoo.toml", include_str!("../rules/yahoo.toml")),
        ("rules/apple_isp_us.toml", include_str!("../rules/apple_isp_us.toml")),
        ("rules/cable_us.toml", include_str!("../rules/cable_us.toml")),
        ("rules/hosting.toml", include_str!("../rules/hosting.toml")),
        ("rules/france.toml", include_str!("../rules/france.toml")),
        ("rules/isp_world.toml", include_str!("../rules/isp_world.toml")),
        ("rules/gateways.toml", include_str!("../rules/gateways.toml")),
        ("rules/nothing.toml", include_str!("../rules/nothing.toml")),
        ("rules/blocklists.toml", include_str!("../rules/blocklists.toml")),
        ("rules/commands.toml", include_str!("../rules/commands.toml")),
        ("rules/sender.toml", include_str!("../rules/sender.toml")),
        ("rules/local.toml", include_str!("../rules/local.toml")),
        ("rules/trouble.toml", include_str!("../rules/trouble.toml")),
        ("rules/demands.toml", include_str!("../rules/demands.toml")),
        ("rules/recipient.toml", include_str!("../rules/recipient.toml")),
        ("rules/session.toml", include_str!("../rules/session.toml")),
        ("rules/judgement.toml", include_str!("../rules/judgement.toml")),
        ("rules/transport.toml", include_str!("../rules/transport.toml")),
        ("rules/languages_sender.toml", include_str!("../rules/languages_sender.toml")),
        ("rules/languages_recipient.toml", include_str!("../rules/languages_recipient.toml")),
        ("rules/languages.toml", include_str!("../rules/languages.toml")),
        ("rules/vague.toml", include_str!("../rules/vague.toml")),
        ("rules/hints.toml", include_str!("../rules/hints.toml")),
        ("rules/codes.toml", include_str!("../rules/codes.toml")),
    ];

    /// The knowledge inside the binary. Its samples are proved by a test, not at every start.
    ///
    /// # Errors
    /// When the embedded files are broken, which a test rules out.
    pub fn embedded() -> Result<Self, KnowledgeError> {
        Self::assemble(&Self::RULES, Own::default())
    }

    /// The knowledge inside the binary with other rules in the place of [`Self::RULES`]: to measure
    /// how their number tells. They are trusted: no bound holds, and no sample is tried.
    ///
    /// # Errors
    /// All mistakes of all files at once, samples excepted.
    pub fn of_rules(rules: &[(&str, &str)]) -> Result<Self, KnowledgeError> {
        Self::assemble(rules, Own::default())
    }

    /// The knowledge inside the binary with the operator's own before it. Every sample of an own rule
    /// is tried; a rule of ours that an own rule overrides is the operator's will.
    ///
    /// # Errors
    /// All mistakes of all files at once: what does not parse, rules that cannot be, samples that
    /// their rules do not win.
    pub fn with_own(own: Own<'_>) -> Result<Self, KnowledgeError> {
        Self::assemble(&Self::RULES, own)
    }

    fn assemble(built_in: &[(&str, &str)], own: Own<'_>) -> Result<Self, KnowledgeError> {
        let mut mistakes = Vec::new();
        // Where the operator's providers are wrong, the rules are looked over all the same.
        let mut wrong_providers = false;
        let providers = Providers::embedded(own.providers).or_else(|error| {
            wrong_providers = true;
            mistakes.extend(error.mistakes);
            Providers::embedded(&[])
        })?;
        let mut phrases = Phrases::default();
        let lists = Lists::load("rules/lists.toml", include_str!("../rules/lists.toml"), &mut phrases)?;
        let categories = Categories::load("rules/categories.toml", include_str!("../rules/categories.toml"))?;
        let beside = Beside::load("rules/plain.toml", include_str!("../rules/plain.toml"))?;
        let subject = Subject::load("rules/mail.toml", include_str!("../rules/mail.toml"))?;
        let codes =
            Codes::load("rules/provider_codes.toml", include_str!("../rules/provider_codes.toml"), |id| {
                providers.by_id(id)
            })?;
        let known = providers.rows().iter().map(|row| row.id.as_str());
        let names = Names {
            provider: &|id| providers.by_id(id),
            providers: if wrong_providers { Vec::new() } else { known.collect() },
            lists: lists.rows.iter().map(|row| row.id.as_str()).collect(),
        };
        let mut rules = Vec::new();
        let tables = phrases.patterns.len();
        for (file, text) in own.rules {
            rules.extend(written::read(file, text, true, &mut phrases, &names, &mut mistakes));
            let more = [
                (rules.len(), written::RULES, "rules"),
                (phrases.patterns.len() - tables, written::PHRASES, "phrases"),
                (phrases.pairs.len(), written::PAIRS, "phrases with gaps"),
            ];
            if let Some((_, bound, what)) = more.into_iter().find(|(count, bound, _)| count > bound) {
                mistakes.push(Remark::on_file(
                    file,
                    format!("with this file there are more than {bound} {what}"),
                ));
                rules.truncate(written::RULES);
                break;
            }
        }
        // Of the two rules of one id the operator's is the one to change.
        let mut all = Vec::new();
        for (file, text) in built_in {
            all.extend(written::read(file, text.as_bytes(), false, &mut phrases, &names, &mut mistakes));
        }
        all.append(&mut rules);
        let book = Book::load(all, phrases, &mut mistakes)?;
        // The name of a list that the table does not know: `blocked using bl.example.net`.
        let list_name = Regex::new(
            r"(?i)(?:using|listed (?:in|on|at|by)|blocked by|rejected by|blacklisted (?:by|at|in|on)|found in) (?:the )?([a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+)",
        )
        .map_err(|error| Remark::on_file("the names of lists", error.to_string()))?;
        let knowledge = Self { providers, lists, categories, codes, beside, subject, book, list_name };
        if !own.rules.is_empty() || !own.providers.is_empty() {
            let broken = !mistakes.is_empty();
            for rule in knowledge.book.rules().iter().filter(|rule| rule.own) {
                let default = knowledge.categories.row(rule.category);
                let (fault, action) = (default.map(|row| row.fault), default.map(|row| row.action));
                mistakes.extend(lint::unfair(rule, fault, action).map(|what| rule.remark(rule.place, what)));
            }
            mistakes.extend(knowledge.broken_promises(|rule| rule.own, broken));
        }
        if mistakes.is_empty() { Ok(knowledge) } else { Err(KnowledgeError::new(mistakes)) }
    }

    /// Tries every sample of every rule: each that its rule does not win, each near miss that it does.
    #[must_use]
    pub fn failures(&self) -> Vec<Remark> {
        self.broken_promises(|_| true, false)
    }

    /// Id (`gmail`) and name ("Gmail") of a provider.
    #[must_use]
    pub fn provider(&self, ix: ProviderIx) -> (&str, &str) {
        self.providers.row(ix).map_or(("", ""), |row| (&row.id, &row.name))
    }

    /// The provider of an id of the provider table.
    #[must_use]
    pub fn provider_by_id(&self, id: &str) -> Option<ProviderIx> {
        self.providers.by_id(id)
    }

    /// The provider table, in the order of [`ProviderIx`].
    #[must_use]
    pub fn providers(&self) -> &[Provider] {
        self.providers.rows()
    }

    /// The blocklist of an id that a verdict names; none for a name that only the text knows.
    #[must_use]
    pub fn list(&self, id: &str) -> Option<&List> {
        self.lists.rows.iter().find(|row| row.id == id)
    }

    /// The blocklists that verdicts may name.
    #[must_use]
    pub fn lists(&self) -> &[List] {
        &self.lists.rows
    }

    /// How many rules there are.
    #[must_use]
    pub fn rules(&self) -> usize {
        self.book.rules().len()
    }
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::{Knowledge, Own};

    fn own_rules(text: &str) -> Result<Knowledge, super::KnowledgeError> {
        Knowledge::with_own(Own { rules: &[("own.toml", text.as_bytes())], ..Own::default() })
    }

    #[test]
    fn every_rule_wins_its_samples_and_loses_its_near_misses() {
        let knowledge = Knowledge::embedded().unwrap();
        let failures: Vec<String> = knowledge.failures().iter().map(ToString::to_string).collect();
        assert!(failures.is_empty(), "{}", failures.join("\n"));
        assert!(knowledge.rules() > 200);
    }

    #[test]
    fn an_own_rule_comes_first_and_is_held_to_its_samples() {
        let file = |sample: &str| {
            format!(
                "source = \"us\"\nmonth = \"2026-11\"\n[[rule]]\nid = \"own\"\ncategory = \"policy\"\n\
                 any = [\"user unknown\"]\nsamples = [\"{sample}\"]\n"
            )
        };
        assert!(own_rules(&file("550 user unknown")).is_ok());
        let error = own_rules(&file("550 over quota")).unwrap_err().to_string();
        assert!(error.contains("its sample `550 over quota` is won by `mailbox-full`"), "{error}");
    }
}
