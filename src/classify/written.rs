//! Reads a file of rules. Everything that is wrong in it is remarked, with its place; a rule with a
//! mistake is left out, the others are read.

use std::ops::Range;
use std::sync::Arc;

use toml::de::{DeTable, DeValue};

use super::fields::{FIELDS, Names, Reader, Shared, find};
use super::pattern::{CodePattern, EnhancedPattern};
use super::phrase::Phrases;
use super::remark::{Page, Remark, shown};
use super::rule::Rule;
use crate::model::{Action, Category, Fault, Mechanism, ProviderIx, Severity, Verdict};
use crate::text::Clean;

/// Bytes of an operator's file of rules.
pub(super) const FILE: usize = 1024 * 1024;
/// Rules in all files of the operator.
pub(super) const RULES: usize = 1_000;
/// Phrases in all files of the operator.
pub(super) const PHRASES: usize = 20_000;
/// Of these, phrases with a gap.
pub(super) const PAIRS: usize = 2_000;
/// What stands at the top of a file.
const TOP: [&str; 5] = ["provider", "source", "month", "words", "rule"];

/// Reads one file of rules, `own` where it is the operator's.
pub(super) fn read(
    file: &str,
    text: &[u8],
    own: bool,
    phrases: &mut Phrases,
    names: &Names<'_>,
    mistakes: &mut Vec<Remark>,
) -> Vec<Rule> {
    let Some(text) = legible(file, text, mistakes) else { return Vec::new() };
    let page = Page::new(file, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What was read behind a mistake of syntax is a guess, and so would its mistakes be.
        mistakes.extend(page.syntaxes(&errors));
        return Vec::new();
    }
    let table = table.get_ref();
    let before = mistakes.len();
    let mut top = Reader { page: &page, names, rule: None, mistakes };
    top.fields(table, &TOP);
    let providers = top.providers(table);
    let source = top.needed(table, "source", 0..0).map(|(text, _)| Clean::from(&*text));
    let month = top.needed(table, "month", 0..0).and_then(|(text, span)| top.month(text, &span));
    let shared = top.shared(table, phrases);
    let rows = match find(table, "rule").map(|value| (value.get_ref(), value.span())) {
        Some((DeValue::Array(rows), _)) if !rows.is_empty() => rows.iter().collect::<Vec<_>>(),
        Some((other, span)) if !matches!(other, DeValue::Array(_)) => {
            top.say(&span, "`rule` must be a table in a list: write `[[rule]]`".to_owned());
            return Vec::new();
        }
        _ => {
            if mistakes.len() == before {
                mistakes
                    .push(Remark::on_file(file, "no rule is in it: write a `[[rule]]`, or remove it".into()));
            }
            return Vec::new();
        }
    };
    let head =
        Head { own, providers, source: source.unwrap_or_default(), month: month.unwrap_or_default(), shared };
    rows.into_iter()
        .filter_map(|row| {
            let DeValue::Table(row_table) = row.get_ref() else {
                mistakes.push(page.quoting(
                    &row.span(),
                    None,
                    "a rule must be a table: write `[[rule]]`".into(),
                ));
                return None;
            };
            let mut reader = Reader { page: &page, names, rule: None, mistakes };
            reader.rule(row_table, &row.span(), &head, phrases)
        })
        .collect()
}

/// The text of a file, if it is one of bounded size.
fn legible<'a>(file: &str, text: &'a [u8], mistakes: &mut Vec<Remark>) -> Option<&'a str> {
    let what = if text.len() > FILE {
        format!("it is larger than {} KiB: split it", FILE / 1024)
    } else if text.trim_ascii().is_empty() {
        "it is empty: write a `[[rule]]`, or remove it".to_owned()
    } else {
        match std::str::from_utf8(text) {
            Ok(text) => return Some(text),
            Err(error) => {
                let good = text.get(..error.valid_up_to()).unwrap_or_default();
                let byte = text.get(good.len()).copied().unwrap_or_default();
                let page = Page::new(file, std::str::from_utf8(good).unwrap_or_default());
                let what = format!("byte 0x{byte:02x} is no UTF-8: save the file as UTF-8");
                mistakes.push(page.remark(good.len(), None, what));
                return None;
            }
        }
    };
    mistakes.push(Remark::on_file(file, what));
    None
}

/// What a file says for all its rules.
struct Head {
    own: bool,
    providers: Vec<ProviderIx>,
    source: Clean,
    month: Arc<str>,
    shared: Shared,
}

impl Reader<'_> {
    fn rule(
        &mut self,
        table: &DeTable<'_>,
        span: &Range<usize>,
        head: &Head,
        phrases: &mut Phrases,
    ) -> Option<Rule> {
        let before = self.mistakes.len();
        let (id, at) = self.id(table, span)?;
        self.rule = Some(id.clone());
        self.fields(table, &FIELDS);
        let category = self.choice(table, "category", Category::ALL, Category::id);
        if !table.contains_key("category") {
            self.say(&at, "no `category`: say what it means".to_owned());
        }
        let own_providers = self.providers(table);
        let codes = self.patterns(table, "code", CodePattern::read, "550, 55. or 5..");
        let enhanced =
            self.patterns(table, "enhanced", EnhancedPattern::read, "5.7.1, 5.7.*, *.1.1 or 5.7.606-649");
        let stages = self.stages(table);
        let [any, with, all, not] = ["any", "with", "all", "not"].map(|field| {
            let mut found = self.phrases(table, field, phrases, &head.shared);
            // In order, so that the few phrases of a reply are looked up in the many of a rule.
            found.sort_unstable();
            found.dedup();
            found
        });
        let regex = self.regex(table);
        let list = self.text(table, "list").and_then(|(list, span)| self.list(list, &span));
        let month = self.text(table, "month").and_then(|(month, span)| self.month(month, &span));
        let node = self.text(table, "node").and_then(|(node, span)| self.node(node, &span));
        let rule = Rule {
            id,
            file: self.page.file.clone(),
            place: self.page.place(at.start),
            own: head.own,
            category: category.unwrap_or(Category::Unknown),
            providers: if own_providers.is_empty() { head.providers.clone() } else { own_providers },
            codes,
            enhanced,
            stages,
            any,
            with,
            all,
            not,
            regex,
            weak: self.truth(table, "weak").unwrap_or(false),
            fault: self.choice(table, "fault", Fault::ALL, Fault::id),
            severity: self.choice(table, "severity", Severity::ALL, Severity::id),
            action: self.choice(table, "action", Action::ALL, Action::id),
            list,
            mechanism: self.choice(table, "mechanism", Mechanism::ALL, Mechanism::id),
            temporary: self.truth(table, "temporary"),
            node,
            source: self
                .text(table, "source")
                .map_or_else(|| head.source.clone(), |(text, _)| Clean::from(&*text)),
            month: month.unwrap_or_else(|| head.month.clone()),
            samples: self.samples(table, "samples"),
            near: self.samples(table, "near"),
        };
        if rule.samples.is_empty() && self.mistakes.len() == before {
            self.say(&at, "no sample: give a reply that it must win, `samples = [\"550 …\"]`".to_owned());
        }
        if self.mistakes.len() == before {
            self.reach(&rule, &at);
        }
        (self.mistakes.len() == before).then_some(rule)
    }

    /// What a rule must not be: one that holds for everything, or whose conditions are never asked.
    fn reach(&mut self, rule: &Rule, at: &Range<usize>) {
        if rule.reads_words() {
            return;
        }
        if !rule.with.is_empty() || rule.regex.is_some() || rule.weak {
            let what = "`with`, `regex` and `weak` need `any` or `all`: give the words that they go with";
            self.say(at, what.to_owned());
        } else if rule.codes.is_empty() && rule.enhanced.is_empty() {
            self.say(at, "it would match every reply: give `any`, `all`, `code` or `enhanced`".to_owned());
        } else if rule.providers.is_empty() && rule.stages.is_empty() {
            let every = (400..=599).all(|code| rule.admits_code(Some(code)))
                && [4, 5].into_iter().all(|class| {
                    rule.enhanced.is_empty()
                        || rule.enhanced.iter().any(|pattern| pattern.is_open() && pattern.is_of(class))
                });
            if every {
                self.say(
                    at,
                    "it would match every refusal: narrow `code` or `enhanced`, or give words".to_owned(),
                );
            }
        }
    }

    fn id(&mut self, table: &DeTable<'_>, span: &Range<usize>) -> Option<(Arc<str>, Range<usize>)> {
        let Some((id, at)) = self.text(table, "id") else {
            if !table.contains_key("id") {
                self.say(span, "a rule without `id`: give it a name of its own".to_owned());
            }
            return None;
        };
        let plain = id.len() <= 80
            && id.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_' | b'.'));
        if !plain {
            let id = shown(&id);
            self.say(&at, format!("`{id}` is no id: up to 80 letters, digits, `-`, `_` and `.`"));
        } else if *id == *Verdict::MANY || *id == *Verdict::NONE {
            self.say(&at, format!("`{id}` is the id of what no rule decides: choose another"));
        } else {
            return Some((id, at));
        }
        None
    }
}
