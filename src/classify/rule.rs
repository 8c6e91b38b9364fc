//! What a rule is: the conditions on provider, codes and words, and the meaning when they hold.

use std::collections::BTreeMap;

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use super::KnowledgeError;
use super::words;
use crate::model::{Action, Category, Enhanced, Fault, Mechanism, ProviderIx, Severity, Stage};

/// A rule as its file has it. Phrases are whole words, any case, any blanks and punctuation between
/// them; `*` at the end stands for any ending, `/` at the start searches links and dotted names,
/// ` .. ` for up to three words, and `@name` for the phrases of that name in the file's `[words]`.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Written {
    id: String,
    category: Category,
    #[serde(default)]
    provider: Vec<String>,
    #[serde(default)]
    code: Vec<String>,
    #[serde(default)]
    enhanced: Vec<String>,
    #[serde(default)]
    stage: Vec<String>,
    /// One of these is there …
    #[serde(default)]
    any: Vec<String>,
    /// … and one of these …
    #[serde(default)]
    with: Vec<String>,
    /// … and all of these …
    #[serde(default)]
    all: Vec<String>,
    /// … and none of these.
    #[serde(default)]
    not: Vec<String>,
    /// Where phrases do not do; asked only when the phrases hold.
    regex: Option<String>,
    /// Whether its words say less than an enhanced code does.
    #[serde(default)]
    weak: bool,
    fault: Option<Fault>,
    severity: Option<Severity>,
    action: Option<Action>,
    list: Option<String>,
    mechanism: Option<Mechanism>,
    temporary: Option<bool>,
    node: Option<String>,
    source: Option<String>,
    month: Option<String>,
    /// Replies that this rule must win.
    samples: Vec<String>,
    /// Replies that it must not win.
    #[serde(default)]
    near: Vec<String>,
}

/// A file of rules; what stands at its top holds for each rule that does not say otherwise.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct File {
    #[serde(default)]
    provider: Vec<String>,
    source: String,
    month: String,
    /// Phrases that several rules share, by name.
    #[serde(default)]
    words: BTreeMap<String, Vec<String>>,
    #[serde(default)]
    rule: Vec<Written>,
}

/// A rule, read.
#[derive(Debug)]
pub(super) struct Rule {
    pub(super) id: std::sync::Arc<str>,
    pub(super) file: std::sync::Arc<str>,
    pub(super) category: Category,
    pub(super) providers: Vec<ProviderIx>,
    codes: Vec<CodePattern>,
    enhanced: Vec<EnhancedPattern>,
    stages: Vec<Stage>,
    pub(super) any: Vec<u32>,
    pub(super) with: Vec<u32>,
    pub(super) all: Vec<u32>,
    pub(super) not: Vec<u32>,
    pub(super) regex: Option<Regex>,
    weak: bool,
    pub(super) fault: Option<Fault>,
    pub(super) severity: Option<Severity>,
    pub(super) action: Option<Action>,
    pub(super) list: Option<String>,
    pub(super) mechanism: Option<Mechanism>,
    pub(super) temporary: Option<bool>,
    pub(super) node: Option<std::sync::Arc<str>>,
    pub(super) source: std::sync::Arc<str>,
    pub(super) month: std::sync::Arc<str>,
    pub(super) samples: Vec<String>,
    pub(super) near: Vec<String>,
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
            && (self.codes.is_empty()
                || code.is_some_and(|code| self.codes.iter().any(|pattern| pattern.matches(code))))
            && (self.enhanced.is_empty()
                || enhanced
                    .is_some_and(|enhanced| self.enhanced.iter().any(|pattern| pattern.matches(enhanced))))
            && (self.stages.is_empty() || stage.is_some_and(|stage| self.stages.contains(&stage)))
    }
}

/// `550`, `55.`, `5..`
#[derive(Debug)]
struct CodePattern([u8; 3]);

impl CodePattern {
    fn read(text: &str) -> Option<Self> {
        let bytes: [u8; 3] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.').then_some(Self(bytes))
    }

    fn matches(&self, code: u16) -> bool {
        let digits = [code / 100, code / 10 % 10, code % 10];
        self.0
            .iter()
            .zip(digits)
            .all(|(pattern, digit)| *pattern == b'.' || u16::from(pattern - b'0') == digit)
    }
}

/// `5.7.1`, `5.7.*`, `*.1.1`, `5.7.606-649`
#[derive(Debug)]
struct EnhancedPattern {
    class: Option<u8>,
    subject: Option<u16>,
    detail: Option<(u16, u16)>,
}

impl EnhancedPattern {
    fn read(text: &str) -> Option<Self> {
        fn part<T: std::str::FromStr>(text: &str) -> Option<Option<T>> {
            if text == "*" { Some(None) } else { text.parse().ok().map(Some) }
        }
        let mut parts = text.split('.');
        let (class, subject, detail) = (parts.next()?, parts.next()?, parts.next()?);
        let detail = match detail.split_once('-') {
            Some((from, to)) => Some((from.parse().ok()?, to.parse().ok()?)),
            None => part(detail)?.map(|detail| (detail, detail)),
        };
        let pattern = Self { class: part(class)?, subject: part(subject)?, detail };
        parts.next().is_none().then_some(pattern)
    }

    fn matches(&self, code: Enhanced) -> bool {
        self.class.is_none_or(|class| class == code.class)
            && self.subject.is_none_or(|subject| subject == code.subject)
            && self.detail.is_none_or(|(from, to)| (from..=to).contains(&code.detail))
    }
}

/// Phrases of all rules, each once.
#[derive(Debug, Default)]
pub(super) struct Phrases {
    /// What is searched for each; empty where [`Self::gapped`] says it.
    pub(super) patterns: Vec<Vec<u8>>,
    /// Phrases with a gap.
    pub(super) gapped: Vec<Gapped>,
    known: hashbrown::HashMap<Vec<u8>, u32>,
}

/// A phrase whose parts stand up to three words apart.
#[derive(Debug)]
pub(super) struct Gapped {
    /// Its number.
    pub(super) phrase: u32,
    /// The number of its last part, without which it need not be searched.
    pub(super) anchor: u32,
    /// Its own words, without those in the gap.
    pub(super) words: Vec<Vec<u8>>,
    /// Searched in [`words::Words::text`].
    pub(super) regex: Regex,
}

impl Phrases {
    pub(super) fn add(&mut self, phrase: &str) -> Option<u32> {
        if phrase.contains(" .. ") {
            return self.add_gapped(phrase);
        }
        let pattern = words::pattern(phrase);
        if pattern.is_empty() {
            return None;
        }
        if let Some(known) = self.known.get(&pattern) {
            return Some(*known);
        }
        let number = u32::try_from(self.patterns.len()).ok()?;
        self.patterns.push(pattern.clone());
        self.known.insert(pattern, number);
        Some(number)
    }

    fn add_gapped(&mut self, phrase: &str) -> Option<u32> {
        if let Some(known) = self.known.get(phrase.as_bytes()) {
            return Some(*known);
        }
        let anchor = self.add(phrase.rsplit(" .. ").next()?)?;
        let mut regex = String::new();
        let mut own = Vec::new();
        for part in phrase.split(" .. ") {
            let pattern = words::pattern(part);
            let pattern = std::str::from_utf8(&pattern).ok().filter(|pattern| !pattern.is_empty())?;
            own.extend(pattern.split_ascii_whitespace().map(|word| word.as_bytes().to_vec()));
            // Each part ends with a blank, or with whatever its last word may end with.
            let (part, end) = match pattern.strip_suffix(' ') {
                Some(part) => (part, " "),
                None => (pattern, "[^ ]* "),
            };
            let part = regex::escape(if regex.is_empty() { part } else { part.trim_start() });
            let gap = if regex.is_empty() { "" } else { "(?:[^ ]+ ){0,3}" };
            regex = format!("{regex}{gap}{part}{end}");
        }
        let number = u32::try_from(self.patterns.len()).ok()?;
        self.patterns.push(Vec::new());
        self.known.insert(phrase.into(), number);
        self.gapped.push(Gapped { phrase: number, anchor, words: own, regex: Regex::new(&regex).ok()? });
        Some(number)
    }
}

/// Reads one file of rules.
pub(super) fn read(
    file: &str,
    text: &str,
    phrases: &mut Phrases,
    provider: impl Fn(&str) -> Option<ProviderIx>,
) -> Result<Vec<Rule>, KnowledgeError> {
    let written = toml::from_str::<File>(text)
        .map_err(|error| KnowledgeError::Syntax { file: file.into(), reason: error.to_string() })?;
    let name: std::sync::Arc<str> = file.into();
    let source: std::sync::Arc<str> = written.source.into();
    let month: std::sync::Arc<str> = written.month.into();
    let mut rules = Vec::with_capacity(written.rule.len());
    for rule in written.rule {
        let id = rule.id.clone();
        let wrong = |reason: String| KnowledgeError::Rule { file: file.into(), rule: id.clone(), reason };
        let mut all_phrases = |list: &[String]| {
            let mut read = Vec::with_capacity(list.len());
            for phrase in list {
                let shared = match phrase.strip_prefix('@') {
                    Some(name) => {
                        written.words.get(name).ok_or_else(|| wrong(format!("no words `{name}`")))?
                    }
                    None => std::slice::from_ref(phrase),
                };
                for phrase in shared {
                    read.push(phrases.add(phrase).ok_or_else(|| wrong(format!("`{phrase}` has no word")))?);
                }
            }
            Ok::<_, KnowledgeError>(read)
        };
        let (any, with, all, not) = (
            all_phrases(&rule.any)?,
            all_phrases(&rule.with)?,
            all_phrases(&rule.all)?,
            all_phrases(&rule.not)?,
        );
        let owners = if rule.provider.is_empty() { &written.provider } else { &rule.provider };
        let providers = owners
            .iter()
            .map(|id| provider(id).ok_or_else(|| wrong(format!("no provider `{id}`"))))
            .collect::<Result<Vec<_>, _>>()?;
        let codes = rule
            .code
            .iter()
            .map(|code| CodePattern::read(code).ok_or_else(|| wrong(format!("`{code}` is no code pattern"))))
            .collect::<Result<Vec<_>, _>>()?;
        let enhanced = rule
            .enhanced
            .iter()
            .map(|code| {
                EnhancedPattern::read(code)
                    .ok_or_else(|| wrong(format!("`{code}` is no enhanced code pattern")))
            })
            .collect::<Result<Vec<_>, _>>()?;
        let stages = rule
            .stage
            .iter()
            .map(|stage| read_stage(stage).ok_or_else(|| wrong(format!("no stage `{stage}`"))))
            .collect::<Result<Vec<_>, _>>()?;
        let regex = match &rule.regex {
            Some(pattern) => Some(
                RegexBuilder::new(pattern)
                    .unicode(false)
                    .build()
                    .map_err(|error| wrong(error.to_string()))?,
            ),
            None => None,
        };
        if any.is_empty() && all.is_empty() {
            if codes.is_empty() && enhanced.is_empty() {
                return Err(wrong(
                    "it would match every reply: give `any`, `all`, `code` or `enhanced`".into(),
                ));
            }
            if !with.is_empty() || regex.is_some() {
                return Err(wrong("`with` and `regex` need `any` or `all`".into()));
            }
        }
        if rule.samples.is_empty() {
            return Err(wrong("it has no sample".into()));
        }
        rules.push(Rule {
            id: rule.id.as_str().into(),
            file: name.clone(),
            category: rule.category,
            providers,
            codes,
            enhanced,
            stages,
            any,
            with,
            all,
            not,
            regex,
            weak: rule.weak,
            fault: rule.fault,
            severity: rule.severity,
            action: rule.action,
            list: rule.list,
            mechanism: rule.mechanism,
            temporary: rule.temporary,
            node: rule.node.map(Into::into),
            source: rule.source.map_or_else(|| source.clone(), Into::into),
            month: rule.month.map_or_else(|| month.clone(), Into::into),
            samples: rule.samples,
            near: rule.near,
        });
    }
    Ok(rules)
}

fn read_stage(text: &str) -> Option<Stage> {
    use Stage::{Auth, Connect, Data, EndOfData, Helo, Mail, Rcpt, Starttls};
    [Connect, Helo, Starttls, Auth, Mail, Rcpt, Data, EndOfData].into_iter().find(|stage| stage.id() == text)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail loudly")]
    use super::{CodePattern, EnhancedPattern, Phrases, read};
    use crate::model::Enhanced;

    #[test]
    fn code_patterns_have_wildcards_and_ranges() {
        assert!(CodePattern::read("4..").unwrap().matches(421));
        assert!(!CodePattern::read("55.").unwrap().matches(541));
        assert!(CodePattern::read("5xx").is_none());
        let (code, _) = Enhanced::at_start(b"5.7.606").unwrap();
        assert!(EnhancedPattern::read("5.7.606-649").unwrap().matches(code));
        assert!(EnhancedPattern::read("*.7.*").unwrap().matches(code));
        assert!(!EnhancedPattern::read("5.7.1").unwrap().matches(code));
        assert!(EnhancedPattern::read("5.7").is_none());
    }

    #[test]
    fn a_gap_is_up_to_three_words_and_words_have_names() {
        let mut phrases = Phrases::default();
        let text = "source = \"s\"\nmonth = \"2026-11\"\n[words]\nbox = [\"a .. b c\", \"d\"]\n\
                    [[rule]]\nid = \"r\"\ncategory = \"policy\"\nsamples = [\"550 d\"]\nany = [\"@box\"]\n";
        let rules = read("own.toml", text, &mut phrases, |_| None).unwrap();
        assert_eq!(rules[0].any.len(), 2);
        let gapped = &phrases.gapped[0].regex;
        for (text, holds) in [
            (" a b c ", true),
            (" x a 1 2 3 b c y ", true),
            (" a 1 2 3 4 b c ", false),
            (" a b 1 c ", false),
            (" xa b c ", false),
        ] {
            assert_eq!(gapped.is_match(text.as_bytes()), holds, "{text}");
        }
        let unknown = text.replace("@box", "@bax");
        let error = read("own.toml", &unknown, &mut phrases, |_| None).unwrap_err().to_string();
        assert_eq!(error, "own.toml: rule `r`: no words `bax`");
    }

    #[test]
    fn a_bad_rule_is_refused_with_file_and_rule() {
        let ask = |rule: &str| {
            let text = format!("source = \"s\"\nmonth = \"2026-11\"\n[[rule]]\n{rule}");
            read("own.toml", &text, &mut Phrases::default(), |_| None).unwrap_err().to_string()
        };
        let start = "id = \"r\"\ncategory = \"policy\"\nsamples = [\"550 x\"]\n";
        assert!(ask(&format!("{start}any = [\"--\"]")).starts_with("own.toml: rule `r`: "));
        assert!(ask(start).contains("every reply"));
        assert!(
            ask(&format!("{start}any = [\"x\"]\nprovider = [\"nobody\"]")).contains("no provider `nobody`")
        );
        assert!(ask(&format!("{start}any = [\"x\"]\nregex = \"(\"")).contains("own.toml: rule `r`: "));
        assert!(ask(&format!("{start}colour = 1")).contains("colour"));
        assert!(ask("id = \"r\"\ncategory = \"policy\"\nany = [\"x\"]\nsamples = []").contains("no sample"));
    }
}
