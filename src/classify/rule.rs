//! What a rule is: the conditions on provider, codes and words, and the meaning when they hold.

use regex::bytes::Regex;

use super::pattern::{CodePattern, EnhancedPattern};
use super::remark::{Place, Remark};
use crate::model::{Action, Category, Enhanced, Fault, Mechanism, ProviderIx, Severity, Stage};
use crate::text::Clean;

/// A rule, read.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: std::sync::Arc<str>,
    pub(super) file: std::sync::Arc<str>,
    /// Where its id stands.
    pub(super) place: Place,
    /// Whether it is the operator's.
    pub(super) own: bool,
    pub(super) category: Category,
    pub(super) providers: Vec<ProviderIx>,
    pub(super) codes: Vec<CodePattern>,
    pub(super) enhanced: Vec<EnhancedPattern>,
    pub(super) stages: Vec<Stage>,
    pub(super) any: Vec<u32>,
    pub(super) with: Vec<u32>,
    pub(super) all: Vec<u32>,
    pub(super) not: Vec<u32>,
    pub(super) regex: Option<Regex>,
    /// Whether its words say less than an enhanced code does.
    pub(super) weak: bool,
    pub(super) fault: Option<Fault>,
    pub(super) severity: Option<Severity>,
    pub(super) action: Option<Action>,
    pub(super) list: Option<String>,
    pub(super) mechanism: Option<Mechanism>,
    pub(super) temporary: Option<bool>,
    pub(super) node: Option<std::sync::Arc<str>>,
    pub(super) source: Clean,
    pub(super) month: std::sync::Arc<str>,
    /// Replies that it must win.
    pub(super) samples: Vec<Sample>,
    /// Replies that it must not win.
    pub(super) near: Vec<Sample>,
}

/// A reply that a rule is held to, and where it stands in the file.
#[derive(Debug)]
pub(super) struct Sample {
    pub(super) text: String,
    pub(super) place: Place,
}

/// What a rule goes by, best first.
#[derive(Copy, Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Ground {
    /// The words.
    Text,
    /// The enhanced code.
    Enhanced,
    /// Words that say less than an enhanced code: `error`, `denied`.
    Hint,
    /// The basic code.
    Basic,
}

impl Rule {
    /// What orders the rules: words before enhanced code before basic code, the operator's before
    /// ours, a provider's before everybody's.
    pub(super) fn rank(&self) -> (Ground, bool, bool) {
        (self.ground(), !self.own, self.providers.is_empty())
    }

    /// `FILE:LINE`, and whose it is where it is ours.
    pub(super) fn stands(&self) -> String {
        let whose = if self.own { "" } else { ", built in" };
        format!("{}:{}{whose}", self.file, self.place.line)
    }

    /// A remark on this rule.
    pub(super) fn remark(&self, place: Place, what: String) -> Remark {
        let Place { line, column } = place;
        Remark { file: self.file.clone(), line, column, rule: Some(self.id.clone()), what, quote: None }
    }

    /// Whether words decide.
    pub(super) fn reads_words(&self) -> bool {
        matches!(self.ground(), Ground::Text | Ground::Hint)
    }

    pub(super) fn ground(&self) -> Ground {
        if !self.any.is_empty() || !self.all.is_empty() {
            if self.weak { Ground::Hint } else { Ground::Text }
        } else if !self.enhanced.is_empty() {
            Ground::Enhanced
        } else {
            Ground::Basic
        }
    }

    /// The stage that a sample of this rule is tried at.
    pub(super) fn first_stage(&self) -> Option<Stage> {
        self.stages.first().copied()
    }

    /// Whether the conditions on codes, stage and provider hold.
    pub(super) fn admits(
        &self,
        providers: &[ProviderIx],
        code: Option<u16>,
        enhanced: Option<Enhanced>,
        stage: Option<Stage>,
    ) -> bool {
        (self.providers.is_empty() || self.providers.iter().any(|ix| providers.contains(ix)))
            && self.admits_code(code)
            && self.admits_enhanced(enhanced)
            && (self.stages.is_empty() || stage.is_some_and(|stage| self.stages.contains(&stage)))
    }

    pub(super) fn admits_code(&self, code: Option<u16>) -> bool {
        self.codes.is_empty() || self.codes.iter().any(|pattern| pattern.matches(code))
    }

    pub(super) fn admits_enhanced(&self, enhanced: Option<Enhanced>) -> bool {
        self.enhanced.is_empty()
            || enhanced.is_some_and(|enhanced| self.enhanced.iter().any(|pattern| pattern.matches(enhanced)))
    }
}
