//! What a rule is: the conditions on provider, codes and words, and the meaning when they hold.

use regex::bytes::{Regex, RegexBuilder};
use serde::Deserialize;

use super::KnowledgeError;
use super::phrase::{Pair, Phrases};
use crate::model::{Action, Category, Enhanced, Fault, Mechanism, ProviderIx, Severity, Stage};

/// A rule as its file has it. Phrases are whole words, any case, any blanks and punctuation between
/// them; `*` at the end stands for any ending, `/` at the start searches links and dotted names,
/// `{a|b}` stands for each of its words ([`Phrases::family`]); in `any`, `a .. b` is the one close
/// behind the other ([`Pair`]).
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
    /// Such as would do for one of `any`.
    pub(super) pairs: Vec<Pair>,
    pub(super) with: Vec<u32>,
    pub(super) all: Vec<u32>,
    pub(super) not: Vec<u32>,
    pub(super) regex: Option<Regex>,
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
    /// The basic code.
    Basic,
}

impl Rule {
    pub(super) fn ground(&self) -> Ground {
        if !(self.any.is_empty() && self.pairs.is_empty() && self.all.is_empty()) {
            Ground::Text
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
            && (self.codes.is_empty() || self.codes.iter().any(|pattern| pattern.matches(code)))
            && (self.enhanced.is_empty()
                || enhanced
                    .is_some_and(|enhanced| self.enhanced.iter().any(|pattern| pattern.matches(enhanced))))
            && (self.stages.is_empty() || stage.is_some_and(|stage| self.stages.contains(&stage)))
    }
}

/// `550`, `55.`, `5..`; `none` where no server said a code.
#[derive(Debug)]
struct CodePattern(Option<[u8; 3]>);

impl CodePattern {
    fn read(text: &str) -> Option<Self> {
        if text == "none" {
            return Some(Self(None));
        }
        let bytes: [u8; 3] = text.as_bytes().try_into().ok()?;
        bytes.iter().all(|byte| byte.is_ascii_digit() || *byte == b'.').then_some(Self(Some(bytes)))
    }

    fn matches(&self, code: Option<u16>) -> bool {
        let (Some(pattern), Some(code)) = (self.0, code) else { return self.0.is_none() && code.is_none() };
        let digits = [code / 100, code / 10 % 10, code % 10];
        pattern
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
        let (mut any, mut pairs) = (Vec::with_capacity(rule.any.len()), Vec::new());
        for phrase in &rule.any {
            match phrases.pair(phrase) {
                Some(pair) => pair.map(|pair| pairs.push(pair)),
                None => phrases.family(phrase, &mut any),
            }
            .map_err(|reason| wrong(format!("`{phrase}` {reason}")))?;
        }
        let mut family = |list: &[String]| {
            let mut numbers = Vec::with_capacity(list.len());
            for phrase in list {
                phrases
                    .family(phrase, &mut numbers)
                    .map_err(|reason| wrong(format!("`{phrase}` {reason}")))?;
            }
            Ok(numbers)
        };
        let (with, not) = (family(&rule.with)?, family(&rule.not)?);
        let all = rule
            .all
            .iter()
            .map(|phrase| phrases.add(phrase).ok_or_else(|| wrong(format!("`{phrase}` has no word"))))
            .collect::<Result<Vec<_>, _>>()?;
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
        if any.is_empty() && pairs.is_empty() && all.is_empty() {
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
            pairs,
            with,
            all,
            not,
            regex,
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
        assert!(CodePattern::read("4..").unwrap().matches(Some(421)));
        assert!(!CodePattern::read("55.").unwrap().matches(Some(541)));
        assert!(!CodePattern::read("4..").unwrap().matches(None));
        assert!(CodePattern::read("none").unwrap().matches(None));
        assert!(!CodePattern::read("none").unwrap().matches(Some(421)));
        assert!(CodePattern::read("5xx").is_none());
        let (code, _) = Enhanced::at_start(b"5.7.606").unwrap();
        assert!(EnhancedPattern::read("5.7.606-649").unwrap().matches(code));
        assert!(EnhancedPattern::read("*.7.*").unwrap().matches(code));
        assert!(!EnhancedPattern::read("5.7.1").unwrap().matches(code));
        assert!(EnhancedPattern::read("5.7").is_none());
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
