//! Looks over rules that are right in themselves: which overrides which, which can never win, and
//! what is likely not meant.

use std::sync::Arc;

use hashbrown::HashMap;
use serde::Serialize;

use super::book::{Book, Desk};
use super::knowledge::Knowledge;
use super::remark::{Remark, shown};
use super::rule::{Ground, Rule};
use super::subsume::covers;
use crate::model::{Action, Category, Fault};

/// Words that stand in replies of every kind, in the languages that servers speak.
const COMMON: &str = " a an and are as at be been by can could email error for from has have host if in is it mail \
                      mailbox message no not of on or our please recipient reply sender server smtp that the \
                      this to was with you your der die das und ist nicht le la les de des et est pas non un \
                      una el los que en il di per och ";

/// A file of rules.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct RuleFile {
    /// The file.
    pub file: Arc<str>,
    /// How many rules are in it.
    pub rules: usize,
    /// How many samples and near misses they kept.
    pub samples: usize,
}

/// A rule built in that loses samples, which it is held to, to one of the operator's.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Shadow {
    /// The operator's rule that wins them.
    pub rule: Arc<str>,
    /// The rule that loses them.
    pub over: Arc<str>,
    /// The file of that rule.
    pub file: Arc<str>,
    /// The line of its id.
    pub line: usize,
    /// How many of its samples are lost.
    pub lost: usize,
    /// How many samples it has.
    pub samples: usize,
    /// One that is lost.
    pub string: String,
}

/// What is to be said of rules that load.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Lint {
    /// The files of rules that were looked over.
    pub rules: Vec<RuleFile>,
    /// What is likely not meant.
    pub warnings: Vec<Remark>,
    /// What could be better.
    pub hints: Vec<Remark>,
    /// What the operator's rules take from others.
    pub shadows: Vec<Shadow>,
}

impl Knowledge {
    /// Looks over the operator's rules, or with `built_in` over those in the binary.
    #[must_use]
    pub fn lint(&self, built_in: bool) -> Lint {
        let asked = |rule: &Rule| rule.own != built_in;
        let mut lint = Lint { rules: self.files(asked), ..Lint::default() };
        lint.shadows = self.shadows(&mut lint.warnings);
        let implied = self.book.implied();
        for (at, rule) in self.book.rules().iter().enumerate().filter(|(_, rule)| asked(rule)) {
            dead(&self.book, at, rule, &implied, &mut lint);
            if rule.own {
                redundant(&self.book, rule, &implied, &mut lint.hints);
            }
            self.in_vain(rule, &mut lint.warnings);
            common(&self.book, rule, &mut lint.warnings);
            self.samples(rule, built_in, &mut lint);
        }
        lint.warnings.sort();
        lint.warnings.dedup();
        lint.hints.sort();
        lint.hints.dedup();
        lint
    }

    fn files(&self, asked: impl Fn(&Rule) -> bool) -> Vec<RuleFile> {
        let mut files: Vec<RuleFile> = Vec::new();
        for rule in self.book.rules().iter().filter(|rule| asked(rule)) {
            let samples = rule.samples.len() + rule.near.len();
            match files.iter_mut().find(|file| file.file == rule.file) {
                Some(file) => {
                    file.rules += 1;
                    file.samples += samples;
                }
                None => files.push(RuleFile { file: rule.file.clone(), rules: 1, samples }),
            }
        }
        files.sort_by(|one, other| one.file.cmp(&other.file));
        files
    }

    /// Which rules built in lose samples to rules of the operator; a suppression among them that was none
    /// is remarked, and so is a rule that takes from many.
    fn shadows(&self, warnings: &mut Vec<Remark>) -> Vec<Shadow> {
        /// No rule that means one thing takes from more.
        const MANY: usize = 25;
        let own: HashMap<&str, &Rule> =
            self.book.rules().iter().filter(|rule| rule.own).map(|rule| (&*rule.id, rule)).collect();
        if own.is_empty() {
            return Vec::new();
        }
        let (mut desk, mut shadows) = (Desk::default(), Vec::<Shadow>::new());
        for rule in self.book.rules().iter().filter(|rule| !rule.own) {
            let first = shadows.len();
            for sample in &rule.samples {
                let verdict = self.try_sample(rule, &sample.text, &mut desk, 1).judged.verdict;
                let Some(winner) = own.get(&*verdict.rule) else { continue };
                let default = self.categories.row(rule.category).map(|default| default.action);
                if verdict.action == Action::Suppress && rule.action.or(default) != Some(Action::Suppress) {
                    let what = format!(
                        "it suppresses by `{}`, where `{}` ({}) says {}: make sure that the address is at fault",
                        shown(&sample.text),
                        rule.id,
                        rule.stands(),
                        rule.category.id()
                    );
                    warnings.push(winner.remark(winner.place, what));
                }
                match shadows.iter_mut().skip(first).find(|shadow| shadow.rule == winner.id) {
                    Some(shadow) => shadow.lost += 1,
                    None => shadows.push(Shadow {
                        rule: winner.id.clone(),
                        over: rule.id.clone(),
                        file: rule.file.clone(),
                        line: rule.place.line,
                        lost: 1,
                        samples: rule.samples.len(),
                        string: sample.text.clone(),
                    }),
                }
            }
        }
        shadows.sort();
        for taken in shadows.chunk_by(|one, other| one.rule == other.rule).filter(|taken| taken.len() > MANY)
        {
            let winner = taken.first().and_then(|shadow| own.get(&*shadow.rule));
            let what =
                format!("it wins samples of {} rules built in: is it meant to be so wide?", taken.len());
            warnings.extend(winner.map(|winner| winner.remark(winner.place, what)));
        }
        shadows
    }

    /// Suppressions that never take effect.
    fn in_vain(&self, rule: &Rule, warnings: &mut Vec<Remark>) {
        let default = self.categories.row(rule.category).map(|default| default.action);
        if rule.action.or(default) != Some(Action::Suppress) {
            return;
        }
        let mut warn = |what: String| warnings.push(rule.remark(rule.place, what));
        let address =
            matches!(rule.category, Category::UserUnknown | Category::BadDomain | Category::MailboxDisabled);
        let temporary = !rule.codes.is_empty() && (500..600).all(|code| !rule.admits_code(Some(code)));
        if !address {
            warn("it never suppresses: only user_unknown, bad_domain and mailbox_disabled do".into());
        } else if temporary {
            warn("it never suppresses: its codes are temporary, and those are retried".into());
        } else if rule.ground() != Ground::Text {
            if rule.action == Some(Action::Suppress) && rule.providers.is_empty() {
                warn(
                    "it never suppresses: by a code or `weak` words only a rule of a `provider` does".into(),
                );
            }
        } else {
            let plain = self.plain_replies(rule);
            let mut desk = Desk::default();
            // What holds a suppression back is asked of who knows: the verdict.
            let mut is_doubted = |reply: &str| {
                let verdict = self.try_sample(rule, reply, &mut desk, 1).judged.verdict;
                *verdict.rule == *rule.id && verdict.action != Action::Suppress
            };
            let doubted: Vec<&str> = plain
                .iter()
                .filter(|(_, reply)| is_doubted(reply))
                .map(|(phrase, _)| phrase.as_str())
                .collect();
            let (of, all) = (doubted.len(), plain.len());
            let some = doubted.iter().take(5).copied().collect::<Vec<_>>().join("`, `");
            if of > 0 && of == all {
                warn(format!(
                    "it never suppresses: its words do not say that the address is at fault (`{some}`)"
                ));
            } else if of > 0 && rule.own {
                warn(format!(
                    "it suppresses by {} of its {all} phrases only: the others do not say that the address is at fault (`{some}`)",
                    all - of
                ));
            }
        }
    }

    /// For each phrase of a rule a reply that says nothing but what the rule asks for; none for rules
    /// that ask for more than words and a basic code.
    fn plain_replies(&self, rule: &Rule) -> Vec<(String, String)> {
        let code = (550..600).chain(510..530).find(|code| rule.admits_code(Some(*code)));
        let Some(code) = code.filter(|_| rule.enhanced.is_empty() && rule.regex.is_none()) else {
            return Vec::new();
        };
        let said = |phrase: &u32| {
            let phrase = self.book.phrase(*phrase);
            let words = phrase.replace(" .. ", " ");
            let words = words.trim_end_matches('*');
            let words = if words.starts_with('/') { format!("http:/{words}") } else { words.to_owned() };
            (phrase, words)
        };
        let beside: Vec<String> =
            rule.all.iter().chain(rule.with.first()).map(said).map(|(_, words)| words).collect();
        let beside = beside.join(" ");
        let phrases = if rule.any.is_empty() { &rule.all } else { &rule.any };
        phrases.iter().map(said).map(|(phrase, words)| (phrase, format!("{code} {words} {beside}"))).collect()
    }

    /// Samples that two of the operator's rules hold for, and samples that prove little.
    fn samples(&self, rule: &Rule, built_in: bool, lint: &mut Lint) {
        /// Rules that are looked at for one sample.
        const HOLDING: usize = 50;
        let mut desk = Desk::default();
        let mut seen: HashMap<Vec<u8>, usize> = HashMap::new();
        for sample in &rule.samples {
            let tried = self.try_sample(rule, &sample.text, &mut desk, HOLDING);
            if let Some(line) = seen.insert(tried.masked, sample.place.line) {
                let what = format!("this sample says the same as that in line {line}: one of them will do");
                lint.hints.push(rule.remark(sample.place, what));
            }
            let held = tried.judged.held.iter().filter_map(|index| self.book.rule(*index));
            for other in held.filter(|other| other.own == rule.own && other.id != rule.id && !built_in) {
                if other.rank() == rule.rank() && !same_meaning(rule, other) {
                    let what = format!(
                        "`{}` ({}) holds for its sample `{}` too, and only comes later: give one of them a `not`",
                        other.id,
                        other.stands(),
                        shown(&sample.text)
                    );
                    lint.warnings.push(rule.remark(rule.place, what));
                }
            }
        }
        if rule.near.is_empty() && !built_in {
            let what =
                "no near miss: a reply in `near` that it must not win guards it against width".to_owned();
            lint.hints.push(rule.remark(rule.place, what));
        }
    }
}

fn same_meaning(one: &Rule, other: &Rule) -> bool {
    let meaning = |rule: &Rule| (rule.category, rule.fault, rule.severity, rule.action, rule.temporary);
    meaning(one) == meaning(other) && one.list == other.list && one.mechanism == other.mechanism
}

/// A rule, or a phrase of it, that rules before it always win.
fn dead(book: &Book, at: usize, rule: &Rule, implied: &[Vec<u32>], lint: &mut Lint) {
    let before = || book.rules().iter().take(at).filter(|other| other.ground() == rule.ground());
    if let Some(winner) = before().find(|other| covers(other, rule, None, implied)) {
        let what = format!(
            "it can never win: `{}` ({}) comes before it and holds wherever it does",
            winner.id,
            winner.stands()
        );
        lint.warnings.push(rule.remark(rule.place, what));
        return;
    }
    let mut lost = 0;
    for phrase in &rule.any {
        if let Some(winner) = before().find(|other| covers(other, rule, Some(*phrase), implied)) {
            lost += 1;
            let (phrase, stands) = (book.phrase(*phrase), winner.stands());
            let what =
                format!("its phrase `{phrase}` decides nothing: `{}` ({stands}) takes it before", winner.id);
            lint.hints.push(rule.remark(rule.place, what));
        }
    }
    if lost > 0 && lost == rule.any.len() {
        let what =
            "it can never win: each of its phrases is taken by a rule before it; see the hints".to_owned();
        lint.warnings.push(rule.remark(rule.place, what));
    }
}

/// Phrases that are there only when another of the same list is.
fn redundant(book: &Book, rule: &Rule, implied: &[Vec<u32>], hints: &mut Vec<Remark>) {
    for phrase in &rule.any {
        let mut parts = implied.get(*phrase as usize).into_iter().flatten();
        if let Some(wider) = parts.find(|part| *part != phrase && rule.any.contains(part)) {
            let (phrase, wider) = (book.phrase(*phrase), book.phrase(*wider));
            let what =
                format!("where `{phrase}` is, `{wider}` is too: it only lengthens the words that are shown");
            hints.push(rule.remark(rule.place, what));
        }
    }
}

/// Phrases that say nothing, where nothing stands beside them.
fn common(book: &Book, rule: &Rule, warnings: &mut Vec<Remark>) {
    if !rule.all.is_empty() && !rule.any.is_empty()
        || rule.all.len() > 1
        || !rule.with.is_empty()
        || rule.regex.is_some()
    {
        return;
    }
    if rule.weak {
        return;
    }
    for phrase in rule.any.iter().chain(&rule.all).map(|phrase| book.phrase(*phrase)) {
        let word = !phrase.contains([' ', '/']);
        let says_nothing = COMMON.split(' ').any(|common| common == phrase)
            || phrase.bytes().all(|byte| byte.is_ascii_digit())
            || phrase.chars().count() < if phrase.ends_with('*') { 4 } else { 2 };
        if word && says_nothing {
            let what =
                format!("`{phrase}` alone stands in replies of every kind: give more words, or a `with`");
            warnings.push(rule.remark(rule.place, what));
        }
    }
}

/// Whether a rule would suppress an address for what the sender did; what to do about it.
pub(super) fn unfair(rule: &Rule, fault: Option<Fault>, action: Option<Action>) -> Option<String> {
    let suppresses = rule.action.or(action) == Some(Action::Suppress);
    (suppresses && rule.fault.or(fault) == Some(Fault::Sender)).then(|| {
        if rule.action.is_some() {
            "never suppress for the sender's fault: use investigate, fix or retry as `action`".to_owned()
        } else {
            format!(
                "never suppress for the sender's fault: `{}` suppresses, so give an `action`, or another `fault`",
                rule.category.id()
            )
        }
    })
}
