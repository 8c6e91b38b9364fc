//! Reads single fields of a rule, and remarks what is wrong with them: with the nearest name that is
//! known, or how it is written.

use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;

use regex::bytes::{Regex, RegexBuilder};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use super::phrase::Phrases;
use super::remark::{Page, Remark, meant, shown};
use super::rule::Sample;
use crate::model::{ProviderIx, Stage};

/// Texts in one list of a rule.
const LISTED: usize = 500;
/// Bytes of a phrase or another short text.
const SHORT: usize = 1000;
/// Bytes of a sample: what is read of a reply.
const SAMPLE: usize = 16 * 1024;
/// Bytes of a regex as it is written, and of memory that it may take when compiled.
const REGEX: (usize, usize) = (4 * 1024, 256 * 1024);

/// What stands in a rule.
pub(super) const FIELDS: [&str; 23] = [
    "id",
    "category",
    "provider",
    "code",
    "enhanced",
    "stage",
    "any",
    "with",
    "all",
    "not",
    "regex",
    "weak",
    "fault",
    "severity",
    "action",
    "list",
    "mechanism",
    "temporary",
    "node",
    "source",
    "month",
    "samples",
    "near",
];

/// Phrases by the names that rules of their file call them by.
pub(super) type Shared = BTreeMap<String, Vec<u32>>;

/// The names that a rule may use.
pub(super) struct Names<'a> {
    /// A provider by its id.
    pub(super) provider: &'a dyn Fn(&str) -> Option<ProviderIx>,
    /// The ids of the providers; empty where their own file is wrong, so that none is called unknown.
    pub(super) providers: Vec<&'a str>,
    /// The ids of the blocklists.
    pub(super) lists: Vec<&'a str>,
}

type Value<'a, 'i> = &'a Spanned<DeValue<'i>>;

pub(super) fn find<'a, 'i>(table: &'a DeTable<'i>, field: &str) -> Option<Value<'a, 'i>> {
    table.get(field)
}

/// Reads the fields of a table, and remarks what is wrong with them.
pub(super) struct Reader<'a> {
    pub(super) page: &'a Page<'a>,
    pub(super) names: &'a Names<'a>,
    pub(super) rule: Option<Arc<str>>,
    pub(super) mistakes: &'a mut Vec<Remark>,
}

impl Reader<'_> {
    pub(super) fn say(&mut self, span: &Range<usize>, what: String) {
        self.mistakes.push(self.page.quoting(span, self.rule.as_deref(), what));
    }

    pub(super) fn fields(&mut self, table: &DeTable<'_>, known: &[&str]) {
        for key in table.keys().filter(|key| !known.contains(&key.get_ref().as_ref())) {
            let name = key.get_ref();
            let top = known.len() < FIELDS.len();
            let what = if top && FIELDS.contains(&name.as_ref()) {
                format!("`{name}` is a field of a rule: write it behind `[[rule]]`")
            } else {
                format!("no field `{}`{}", shown(name), meant(name, known.iter().copied()))
            };
            self.say(&key.span(), what);
        }
    }

    /// A text that is there and is not empty.
    pub(super) fn text(&mut self, table: &DeTable<'_>, field: &str) -> Option<(Arc<str>, Range<usize>)> {
        let value = find(table, field)?;
        match value.get_ref() {
            DeValue::String(text) if text.trim().is_empty() => {
                self.say(&value.span(), format!("`{field}` is empty: write it, or leave the field out"));
            }
            DeValue::String(text) if text.len() <= REGEX.0 => {
                return Some((text.as_ref().into(), value.span()));
            }
            DeValue::String(_) => {
                self.say(&value.span(), format!("`{field}` is longer than {} bytes: shorten it", REGEX.0));
            }
            other => {
                let found = other.type_str();
                self.say(
                    &value.span(),
                    format!("`{field}` must be a text in quotes, and this is of type {found}"),
                );
            }
        }
        None
    }

    /// A text that every file has at its top.
    pub(super) fn needed(
        &mut self,
        table: &DeTable<'_>,
        field: &str,
        at: Range<usize>,
    ) -> Option<(Arc<str>, Range<usize>)> {
        if !table.contains_key(field) {
            let example = if field == "month" { "2026-11" } else { "who says so" };
            self.mistakes.push(self.page.remark(
                at.start,
                None,
                format!("no `{field}`: write `{field} = \"{example}\"` at the top of the file"),
            ));
        }
        self.text(table, field)
    }

    pub(super) fn truth(&mut self, table: &DeTable<'_>, field: &str) -> Option<bool> {
        let value = find(table, field)?;
        let truth = value.get_ref().as_bool();
        if truth.is_none() {
            self.say(&value.span(), format!("`{field}` must be true or false, without quotes"));
        }
        truth
    }

    pub(super) fn texts(
        &mut self,
        table: &DeTable<'_>,
        field: &str,
        longest: usize,
    ) -> Vec<(String, Range<usize>)> {
        let Some(value) = find(table, field) else { return Vec::new() };
        let DeValue::Array(values) = value.get_ref() else {
            self.say(&value.span(), format!("`{field}` must be a list: `{field} = [\"…\"]`"));
            return Vec::new();
        };
        if values.len() > LISTED {
            self.say(
                &value.span(),
                format!("`{field}` has more than {LISTED} entries: make it several rules"),
            );
            return Vec::new();
        }
        let mut texts = Vec::with_capacity(values.len());
        for value in values {
            match value.get_ref() {
                DeValue::String(text) if text.len() <= longest => {
                    texts.push((text.to_string(), value.span()))
                }
                DeValue::String(_) => {
                    let what = format!("an entry of `{field}` is longer than {longest} bytes: shorten it");
                    self.say(&value.span(), what);
                }
                other => {
                    let found = other.type_str();
                    let what =
                        format!("`{field}` must be a list of texts in quotes, and this is of type {found}");
                    self.say(&value.span(), what);
                }
            }
        }
        texts
    }

    pub(super) fn choice<T: Copy>(
        &mut self,
        table: &DeTable<'_>,
        field: &str,
        all: &[T],
        id: impl Fn(T) -> &'static str + Copy,
    ) -> Option<T> {
        let (text, span) = self.text(table, field)?;
        let found = all.iter().copied().find(|value| id(*value) == &*text);
        if found.is_none() {
            let known = all.iter().map(|value| id(*value));
            self.say(&span, format!("no {field} `{}`{}", shown(&text), meant(&text, known)));
        }
        found
    }

    pub(super) fn providers(&mut self, table: &DeTable<'_>) -> Vec<ProviderIx> {
        let mut found = Vec::new();
        for (id, span) in self.texts(table, "provider", SHORT) {
            match (self.names.provider)(&id) {
                Some(ix) => found.push(ix),
                None if self.names.providers.is_empty() => {}
                None => {
                    let mut near = meant(&id, self.names.providers.iter().copied());
                    if near.is_empty() {
                        near.push_str(": give it a row in your providers.toml");
                    }
                    self.say(&span, format!("no provider `{}`{near}", shown(&id)));
                }
            }
        }
        found
    }

    pub(super) fn patterns<T>(
        &mut self,
        table: &DeTable<'_>,
        field: &str,
        read: impl Fn(&str) -> Option<T>,
        like: &str,
    ) -> Vec<T> {
        let mut found = Vec::new();
        for (text, span) in self.texts(table, field, SHORT) {
            match read(&text) {
                Some(pattern) => found.push(pattern),
                None => self.say(&span, format!("`{}` is no {field} pattern: write {like}", shown(&text))),
            }
        }
        found
    }

    pub(super) fn stages(&mut self, table: &DeTable<'_>) -> Vec<Stage> {
        use Stage::{Auth, Connect, Data, EndOfData, Helo, Mail, Rcpt, Starttls};
        let all = [Connect, Helo, Starttls, Auth, Mail, Rcpt, Data, EndOfData];
        let mut found = Vec::new();
        for (text, span) in self.texts(table, "stage", SHORT) {
            match all.into_iter().find(|stage| stage.id() == text) {
                Some(stage) => found.push(stage),
                None => {
                    let near = meant(&text, all.iter().map(|stage| stage.id()));
                    self.say(&span, format!("no stage `{}`{near}", shown(&text)));
                }
            }
        }
        found
    }

    /// Phrases that rules of the file share, by their names.
    pub(super) fn shared(&mut self, table: &DeTable<'_>, phrases: &mut Phrases) -> Shared {
        let Some(words) = find(table, "words") else { return Shared::new() };
        let DeValue::Table(words) = words.get_ref() else {
            self.say(
                &words.span(),
                "`words` must be a table: write `[words]`, and names with lists".to_owned(),
            );
            return Shared::new();
        };
        words
            .keys()
            .map(|name| name.get_ref().to_string())
            .map(|name| {
                let list = self.phrases(words, &name, phrases, &Shared::new());
                (name, list)
            })
            .collect()
    }

    /// A list of phrases, where `@name` stands for those shared under that name.
    pub(super) fn phrases(
        &mut self,
        table: &DeTable<'_>,
        field: &str,
        phrases: &mut Phrases,
        shared: &Shared,
    ) -> Vec<u32> {
        let mut found = Vec::new();
        for (text, span) in self.texts(table, field, SHORT) {
            if let Some(name) = text.strip_prefix('@') {
                match shared.get(name) {
                    Some(phrases) => found.extend_from_slice(phrases),
                    None if shared.is_empty() => {
                        self.say(&span, format!("no words `{}`: name them in `[words]`", shown(name)));
                    }
                    None => {
                        let near = meant(name, shared.keys().map(String::as_str));
                        self.say(&span, format!("no words `{}` in `[words]`{near}", shown(name)));
                    }
                }
            } else if let Err(wrong) = phrases.family(&text, &mut found) {
                self.say(&span, format!("`{}` {wrong}", shown(&text)));
            }
        }
        found
    }

    pub(super) fn regex(&mut self, table: &DeTable<'_>) -> Option<Regex> {
        let (pattern, span) = self.text(table, "regex")?;
        match RegexBuilder::new(&pattern).unicode(false).size_limit(REGEX.1).build() {
            Ok(regex) => Some(regex),
            Err(error) => {
                self.say(&span, not_compiled(&pattern, &error));
                None
            }
        }
    }

    pub(super) fn list(&mut self, list: Arc<str>, span: &Range<usize>) -> Option<String> {
        if self.names.lists.contains(&&*list) {
            return Some(list.to_string());
        }
        let mut near = meant(&list, self.names.lists.iter().copied());
        if near.is_empty() {
            near.push_str(": leave it out, and the words of the reply name the list");
        }
        self.say(span, format!("no list `{}`{near}", shown(&list)));
        None
    }

    pub(super) fn month(&mut self, month: Arc<str>, span: &Range<usize>) -> Option<Arc<str>> {
        let is_month = month.len() == 7
            && month
                .bytes()
                .enumerate()
                .all(|(at, byte)| if at == 4 { byte == b'-' } else { byte.is_ascii_digit() })
            && month.get(5..).is_some_and(|month| ("01"..="12").contains(&month));
        if is_month {
            return Some(month);
        }
        self.say(span, format!("`{}` is no month: write YYYY-MM, as in 2026-11", shown(&month)));
        None
    }

    pub(super) fn node(&mut self, node: Arc<str>, span: &Range<usize>) -> Option<Arc<str>> {
        let number = node.strip_prefix('N').and_then(|number| number.parse::<u8>().ok());
        if number.is_some_and(|number| number <= 10 && *node == *format!("N{number}")) {
            return Some(node);
        }
        self.say(span, format!("no node `{}`: write N0 to N10", shown(&node)));
        None
    }

    pub(super) fn samples(&mut self, table: &DeTable<'_>, field: &str) -> Vec<Sample> {
        let mut samples = Vec::new();
        for (text, span) in self.texts(table, field, SAMPLE) {
            samples.push(Sample { text, place: self.page.place(span.start) });
        }
        samples
    }
}

/// A regex error is a drawing of several lines; this is what it says and where it points.
fn not_compiled(pattern: &str, error: &regex::Error) -> String {
    if let regex::Error::CompiledTooBig(_) = error {
        let kib = REGEX.1 / 1024;
        return format!("the regex takes more than {kib} KiB when compiled: make its repetitions smaller");
    }
    let told = error.to_string();
    let why = told.lines().rev().find_map(|line| line.strip_prefix("error: ")).unwrap_or("it cannot be read");
    let marks = told.lines().find(|line| line.contains('^') && line.trim_matches([' ', '^']).is_empty());
    match marks.and_then(|line| line.find('^')).and_then(|at| at.checked_sub(4)) {
        Some(at) => {
            let rest: String = pattern.chars().skip(at).take(20).collect();
            let near = if rest.is_empty() { "its end".to_owned() } else { format!("`{}`", shown(&rest)) };
            format!("the regex does not compile: {why}, at character {} ({near})", at + 1)
        }
        None => format!("the regex does not compile: {why}"),
    }
}
