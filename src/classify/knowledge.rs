//! The knowledge: providers, lists, categories and rules, loaded and checked.

use regex::bytes::Regex;

use super::beside::Beside;
use super::book::{Book, Desk};
use super::provider::{Provider, Providers};
use super::rule::{Phrases, Rule};
use super::tables::{Categories, Codes, List, Lists};
use super::{Attribution, Question, fold, signature, verdict};
use crate::model::{Party, ProviderIx, Speaker, codes};

/// The rule files inside the binary, specific before general.
const RULES: [(&str, &str); 15] = [
    ("rules/google.toml", include_str!("../rules/google.toml")),
    ("rules/microsoft.toml", include_str!("../rules/microsoft.toml")),
    ("rules/yahoo.toml", include_str!("../rules/yahoo.toml")),
    ("rules/apple_isp_us.toml", include_str!("../rules/apple_isp_us.toml")),
    ("rules/isp_world.toml", include_str!("../rules/isp_world.toml")),
    ("rules/gateways.toml", include_str!("../rules/gateways.toml")),
    ("rules/sender.toml", include_str!("../rules/sender.toml")),
    ("rules/recipient.toml", include_str!("../rules/recipient.toml")),
    ("rules/session.toml", include_str!("../rules/session.toml")),
    ("rules/judgement.toml", include_str!("../rules/judgement.toml")),
    ("rules/transport.toml", include_str!("../rules/transport.toml")),
    ("rules/languages.toml", include_str!("../rules/languages.toml")),
    ("rules/vague.toml", include_str!("../rules/vague.toml")),
    ("rules/hints.toml", include_str!("../rules/hints.toml")),
    ("rules/codes.toml", include_str!("../rules/codes.toml")),
];

/// Why the knowledge could not be loaded.
#[derive(Debug, thiserror::Error)]
pub enum KnowledgeError {
    /// The file is not the TOML that was expected.
    #[error("{file}: {reason}")]
    Syntax {
        /// The file.
        file: String,
        /// What and where.
        reason: String,
    },
    /// A rule says something that cannot be.
    #[error("{file}: rule `{rule}`: {reason}")]
    Rule {
        /// The file.
        file: String,
        /// The rule's id.
        rule: String,
        /// What.
        reason: String,
    },
    /// A rule does not do to a string what it promises.
    #[error("{file}: rule `{rule}` must {promise} `{string}`, but `{winner}` wins it")]
    Sample {
        /// The file.
        file: String,
        /// The rule's id.
        rule: String,
        /// `win` or `not win`.
        promise: &'static str,
        /// The string.
        string: String,
        /// The rule that wins it, or `none`.
        winner: String,
    },
}

/// The operator's own files: pairs of name and content.
#[derive(Copy, Clone, Debug, Default)]
pub struct Own<'a> {
    /// Rows that add to the table of providers, and override it.
    pub providers: &'a [(&'a str, &'a str)],
    /// Rules that come before ours.
    pub rules: &'a [(&'a str, &'a str)],
}

/// Providers, lists and rules, loaded and checked. Shared by all workers.
#[derive(Debug)]
pub struct Knowledge {
    pub(super) providers: Providers,
    pub(super) lists: Lists,
    pub(super) categories: Categories,
    pub(super) codes: Codes,
    pub(super) beside: Beside,
    pub(super) book: Book,
    pub(super) list_name: Regex,
}

impl Knowledge {
    /// The knowledge inside the binary. Its samples are proved by a test, not at every start.
    ///
    /// # Errors
    /// When the embedded files are broken, which a test rules out.
    pub fn embedded() -> Result<Self, KnowledgeError> {
        Self::assemble(Own::default())
    }

    /// The knowledge inside the binary with the operator's own before it. Every sample of an own rule
    /// is tried; a rule of ours that an own rule overrides is the operator's will.
    ///
    /// # Errors
    /// A file that does not parse, a rule that cannot be, a sample that its rule does not win.
    pub fn with_own(own: Own<'_>) -> Result<Self, KnowledgeError> {
        let knowledge = Self::assemble(own)?;
        let is_own = |failure: &KnowledgeError| match failure {
            KnowledgeError::Sample { file, .. } => own.rules.iter().any(|(name, _)| name == file),
            _ => true,
        };
        match knowledge.failures().into_iter().find(is_own) {
            Some(failure) => Err(failure),
            None => Ok(knowledge),
        }
    }

    fn assemble(own: Own<'_>) -> Result<Self, KnowledgeError> {
        let providers = Providers::embedded(own.providers)?;
        let mut phrases = Phrases::default();
        let lists = Lists::load("rules/lists.toml", include_str!("../rules/lists.toml"), &mut phrases)?;
        let categories = Categories::load("rules/categories.toml", include_str!("../rules/categories.toml"))?;
        let beside = Beside::load("rules/plain.toml", include_str!("../rules/plain.toml"))?;
        let codes =
            Codes::load("rules/provider_codes.toml", include_str!("../rules/provider_codes.toml"), |id| {
                providers.by_id(id)
            })?;
        let book = Book::load(own.rules, &RULES, phrases, |id| providers.by_id(id))?;
        for rule in book.rules() {
            if let Some(list) = &rule.list
                && !lists.rows.iter().any(|row| row.id == *list)
            {
                return Err(KnowledgeError::Rule {
                    file: rule.file.to_string(),
                    rule: rule.id.to_string(),
                    reason: format!("no list `{list}`"),
                });
            }
        }
        // The name of a list that the table does not know: `blocked using bl.example.net`.
        let list_name = Regex::new(
            r"(?i)(?:using|listed (?:in|on|at|by)|blocked by|rejected by|blacklisted (?:by|at|in|on)|found in) (?:the )?([a-z0-9][a-z0-9-]*(?:\.[a-z0-9-]+)+)",
        )
        .map_err(|error| KnowledgeError::Syntax { file: "list names".into(), reason: error.to_string() })?;
        Ok(Self { providers, lists, categories, codes, beside, book, list_name })
    }

    /// Tries every sample of every rule: each that its rule does not win, each near miss that it does.
    #[must_use]
    pub fn failures(&self) -> Vec<KnowledgeError> {
        let mut desk = Desk::default();
        let mut failures = Vec::new();
        for rule in self.book.rules() {
            let tries = rule.samples.iter().map(|sample| (sample, true));
            for (string, wins) in tries.chain(rule.near.iter().map(|near| (near, false))) {
                let winner = self.winner(rule, string, &mut desk);
                if (winner == *rule.id) != wins {
                    failures.push(KnowledgeError::Sample {
                        file: rule.file.to_string(),
                        rule: rule.id.to_string(),
                        promise: if wins { "win" } else { "not win" },
                        string: string.clone(),
                        winner,
                    });
                }
            }
        }
        failures
    }

    /// The rule that wins a sample of `rule`, said by the first provider that the rule is for.
    fn winner(&self, rule: &Rule, sample: &str, desk: &mut Desk) -> String {
        let receiver = rule.providers.first().map_or(Party::Nobody, |ix| Party::Known(*ix));
        let (code, enhanced) = codes(sample.as_bytes());
        let stage = rule.first_stage();
        let question = Question {
            reply: sample.as_bytes(),
            speaker: if code.is_some() { Speaker::Server } else { Speaker::Mta },
            code,
            enhanced,
            stage,
            names_sender: false,
        };
        let (mut folded, mut masked) = (Vec::new(), Vec::new());
        fold::fold(sample.as_bytes(), &mut folded);
        signature::mask(&folded, &mut masked);
        let attribution = Attribution { receiver, brand: Party::Nobody };
        let judged = verdict::judge(self, desk, &folded, &masked, &question, attribution, 1);
        judged.verdict.rule.to_string()
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
    use super::Knowledge;

    fn own_rules(rules: &[(&str, &str)]) -> Result<Knowledge, super::KnowledgeError> {
        Knowledge::with_own(super::Own { rules, ..super::Own::default() })
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
        assert!(own_rules(&[("own.toml", &file("550 user unknown"))]).is_ok());
        let error = own_rules(&[("own.toml", &file("550 over quota"))]).unwrap_err().to_string();
        assert_eq!(error, "own.toml: rule `own` must win `550 over quota`, but `mailbox-full` wins it");
    }

    #[test]
    fn a_rule_that_names_no_list_and_a_rule_that_is_there_twice_are_refused() {
        let file = "source = \"us\"\nmonth = \"2026-11\"\n[[rule]]\nid = \"own\"\ncategory = \"blocklist\"\n\
                    list = \"nowhere\"\nany = [\"x\"]\nsamples = [\"550 x\"]\n";
        let error = own_rules(&[("own.toml", file)]).unwrap_err().to_string();
        assert_eq!(error, "own.toml: rule `own`: no list `nowhere`");
        let twice = file.replace("list = \"nowhere\"\n", "");
        let error = own_rules(&[("a.toml", &twice), ("b.toml", &twice)]).unwrap_err().to_string();
        assert_eq!(error, "b.toml: rule `own`: a rule of this id is there already");
    }
}
