//! The tiny language in which trees ask about evidence: `rate >= 5%`, `category in [policy, unknown]`,
//! `not known baseline or times >= 4`, `list = *spamhaus*`, `enhanced = 5.7.606-649`.
//!
//! Three-valued: what is not known is neither true nor false, so a branch that would need it is not
//! taken and the question stays open, instead of being answered by an accident of a zero.

use super::names::{Kind, Name, meant, named};
use super::{facts::Facts, pattern::Pattern};
use crate::text::remark;

/// No condition is longer, in bytes: what is read in recursion must have an end.
const LONGEST: usize = 2_000;

/// A condition as written, read and checked.
#[derive(Debug)]
pub(super) struct Condition {
    text: String,
    expression: Expression,
}

impl Condition {
    /// Reads a condition and checks its names, the kinds it compares and the words of closed sets.
    pub(super) fn read(text: &str) -> Result<Self, ExpressionError> {
        Ok(Self { text: text.to_owned(), expression: Expression::read(text)? })
    }

    /// Holds whatever is known.
    pub(super) fn always() -> Self {
        Self { text: "always".to_owned(), expression: Expression::Always }
    }

    /// Whether it holds; `None` where a fact that it needs is not known.
    pub(super) fn holds(&self, facts: &Facts) -> Option<bool> {
        self.expression.holds(facts)
    }

    /// As it is written.
    pub(super) fn written(&self) -> &str {
        &self.text
    }

    /// The words that it compares `name` with, but for those with stars.
    pub(super) fn words(&self, name: &str) -> Vec<&str> {
        let mut words = Vec::new();
        self.expression.words(name, &mut words);
        words
    }

    /// The limits that it compares `name` with, but for those with a name.
    pub(super) fn limits(&self, name: &str) -> Vec<f64> {
        let mut limits = Vec::new();
        self.expression.limits(name, &mut limits);
        limits
    }
}

/// A condition, read and checked.
#[derive(Debug)]
enum Expression {
    Always,
    All(Vec<Self>),
    Any(Vec<Self>),
    Not(Box<Self>),
    Known(&'static Name),
    Truth(&'static Name),
    Compare(&'static Name, Comparison, Limit),
    OneOf(&'static Name, Vec<Pattern>),
}

/// What a number is compared with.
#[derive(Copy, Clone, Debug)]
enum Limit {
    /// A number as written; percents are shares.
    Number(f64),
    /// Another fact of its kind: a threshold that the operator may set.
    Name(&'static Name),
}

#[derive(Copy, Clone, Debug, PartialEq, Eq)]
enum Comparison {
    Equal,
    Differs,
    AtLeast,
    Above,
    AtMost,
    Below,
}

/// What is wrong with a condition, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}`, character {at}: {reason}")]
pub struct ExpressionError {
    /// The condition as written.
    pub text: String,
    /// Which character, from 1.
    pub at: usize,
    /// What is wrong and what would be right.
    pub reason: String,
}

impl Expression {
    fn read(text: &str) -> Result<Self, ExpressionError> {
        if text.len() > LONGEST {
            let start: String = text.chars().take(40).collect();
            return Err(error(&format!("{start}…"), 0, "the condition is too long"));
        }
        let tokens = tokens(text)?;
        let mut reader = Reader { text, tokens, next: 0 };
        let expression = reader.any()?;
        match reader.tokens.get(reader.next) {
            None => Ok(expression),
            Some(token) => Err(reader.wrong(token.at, "expected `and`, `or` or the end")),
        }
    }

    fn words<'e>(&'e self, wanted: &str, words: &mut Vec<&'e str>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.words(wanted, words)),
            Self::Not(part) => part.words(wanted, words),
            Self::OneOf(name, patterns) if name.id == wanted => {
                words.extend(patterns.iter().filter_map(Pattern::word));
            }
            _ => {}
        }
    }

    fn limits(&self, wanted: &str, limits: &mut Vec<f64>) {
        match self {
            Self::All(parts) | Self::Any(parts) => parts.iter().for_each(|part| part.limits(wanted, limits)),
            Self::Not(part) => part.limits(wanted, limits),
            Self::Compare(name, _, Limit::Number(limit)) if name.id == wanted => limits.push(*limit),
            _ => {}
        }
    }

    fn holds(&self, facts: &Facts) -> Option<bool> {
        match self {
            Self::Always => Some(true),
            Self::All(parts) => {
                let mut known = Some(true);
                for part in parts {
                    match part.holds(facts) {
                        Some(false) => return Some(false),
                        Some(true) => {}
                        None => known = None,
                    }
                }
                known
            }
            Self::Any(parts) => {
                let mut known = Some(false);
                for part in parts {
                    match part.holds(facts) {
                        Some(true) => return Some(true),
                        Some(false) => {}
                        None => known = None,
                    }
                }
                known
            }
            Self::Not(part) => part.holds(facts).map(|holds| !holds),
            Self::Known(name) => Some(facts.knows(name)),
            Self::Truth(name) => facts.truth(name.id),
            Self::Compare(name, comparison, limit) => {
                let limit = match limit {
                    Limit::Number(limit) => *limit,
                    Limit::Name(limit) => facts.number(limit.id)?,
                };
                facts.number(name.id).map(|value| comparison.holds(value, limit))
            }
            Self::OneOf(name, patterns) => {
                facts.word(name.id).map(|word| patterns.iter().any(|pattern| pattern.matches(word)))
            }
        }
    }
}

impl Comparison {
    fn holds(self, value: f64, limit: f64) -> bool {
        match self {
            Self::Equal => value == limit,
            Self::Differs => value != limit,
            Self::AtLeast => value >= limit,
            Self::Above => value > limit,
            Self::AtMost => value <= limit,
            Self::Below => value < limit,
        }
    }
}

#[derive(Copy, Clone)]
struct Token<'a> {
    at: usize,
    text: &'a str,
    quoted: bool,
}

fn tokens(text: &str) -> Result<Vec<Token<'_>>, ExpressionError> {
    let mut tokens = Vec::new();
    let mut rest = text;
    loop {
        rest = rest.trim_start();
        let Some(first) = rest.chars().next() else { return Ok(tokens) };
        let at = text.len() - rest.len();
        let (length, quoted) = match first {
            '(' | ')' | '[' | ']' | ',' => (1, false),
            '"' => match rest[1..].find('"') {
                Some(end) => (end + 2, true),
                None => return Err(error(text, at, "the quote is not closed")),
            },
            '<' | '>' | '!' | '=' => (1 + usize::from(rest[1..].starts_with('=')), false),
            _ => (rest.find(|c| !is_word(c)).unwrap_or(rest.len()), false),
        };
        if length == 0 {
            return Err(error(text, at, &format!("`{first}` has no meaning here")));
        }
        let (token, after) = rest.split_at(length);
        tokens.push(Token { at, text: token, quoted });
        rest = after;
    }
}

fn is_word(character: char) -> bool {
    character.is_ascii_alphanumeric() || "_.*-%".contains(character)
}

fn error(text: &str, at: usize, reason: &str) -> ExpressionError {
    let at = text[..at].chars().count() + 1;
    ExpressionError { text: text.to_owned(), at, reason: reason.to_owned() }
}

/// A recursive reader: `any` of `all` of single conditions.
struct Reader<'a> {
    text: &'a str,
    tokens: Vec<Token<'a>>,
    next: usize,
}

impl<'a> Reader<'a> {
    fn any(&mut self) -> Result<Expression, ExpressionError> {
        let mut parts = vec![self.all()?];
        while self.take("or") {
            parts.push(self.all()?);
        }
        Ok(single_or(parts, Expression::Any))
    }

    fn all(&mut self) -> Result<Expression, ExpressionError> {
        let mut parts = vec![self.one()?];
        while self.take("and") {
            parts.push(self.one()?);
        }
        Ok(single_or(parts, Expression::All))
    }

    fn one(&mut self) -> Result<Expression, ExpressionError> {
        if self.take("(") {
            let inner = self.any()?;
            return if self.take(")") { Ok(inner) } else { Err(self.expected("`)`")) };
        }
        if self.take("not") {
            return Ok(Expression::Not(Box::new(self.one()?)));
        }
        if self.take("always") {
            return Ok(Expression::Always);
        }
        if self.take("known") {
            return Ok(Expression::Known(self.name()?));
        }
        let name = self.name()?;
        match name.kind {
            Kind::Truth => Ok(Expression::Truth(name)),
            Kind::Share | Kind::Fine | Kind::Count | Kind::Times => self.comparison(name),
            Kind::Text => {
                Err(self.wrong_last(&format!("`{}` is for sentences, not for conditions", name.id)))
            }
            Kind::Word(closed) => self.choice(name, closed),
        }
    }

    fn comparison(&mut self, name: &'static Name) -> Result<Expression, ExpressionError> {
        let comparison = match self.advance().map(|token| token.text) {
            Some("=") => Comparison::Equal,
            Some("!=") => Comparison::Differs,
            Some(">=") => Comparison::AtLeast,
            Some(">") => Comparison::Above,
            Some("<=") => Comparison::AtMost,
            Some("<") => Comparison::Below,
            _ => return Err(self.wrong_last("expected = != >= > <= or <")),
        };
        let (text, whole) = match self.advance().map(|token| token.text) {
            Some(text) => (text.trim_end_matches('%'), if text.ends_with('%') { 100.0 } else { 1.0 }),
            None => return Err(self.expected("a number")),
        };
        if let Some(limit) = named(text).filter(|limit| limit.kind.is_like(name.kind) && whole == 1.0) {
            return Ok(Expression::Compare(name, comparison, Limit::Name(limit)));
        }
        match text.parse::<f64>() {
            Ok(limit) if limit.is_finite() => {
                Ok(Expression::Compare(name, comparison, Limit::Number(limit / whole)))
            }
            _ => Err(self
                .wrong_last("expected a number such as 20, 0.05 or 5%, or a limit such as incident_limit")),
        }
    }

    fn choice(
        &mut self,
        name: &'static Name,
        closed: fn() -> Vec<&'static str>,
    ) -> Result<Expression, ExpressionError> {
        if self.take("!=") {
            return Ok(Expression::Not(Box::new(Expression::OneOf(name, vec![self.word(closed)?]))));
        }
        if self.take("=") {
            return Ok(Expression::OneOf(name, vec![self.word(closed)?]));
        }
        let outside = self.take("not");
        if !self.take("in") || !self.take("[") {
            return Err(self.expected("=, != or in […]"));
        }
        let mut words = vec![self.word(closed)?];
        while self.take(",") {
            words.push(self.word(closed)?);
        }
        if !self.take("]") {
            return Err(self.expected("`,` or `]`"));
        }
        let inside = Expression::OneOf(name, words);
        Ok(if outside { Expression::Not(Box::new(inside)) } else { inside })
    }

    fn word(&mut self, closed: fn() -> Vec<&'static str>) -> Result<Pattern, ExpressionError> {
        let Some(token) = self.advance() else { return Err(self.expected("a word")) };
        let word = if token.quoted { token.text.trim_matches('"') } else { token.text };
        if !token.quoted && !word.chars().all(is_word) {
            return Err(self.wrong_last("expected a word"));
        }
        let allowed = closed();
        if !allowed.is_empty() && !allowed.contains(&word) {
            let near = remark::meant(word, allowed.iter().copied());
            return Err(self.wrong_last(&format!("no such word is known: `{word}`{near}")));
        }
        Ok(Pattern::new(word))
    }

    fn name(&mut self) -> Result<&'static Name, ExpressionError> {
        let Some(token) = self.advance() else { return Err(self.expected("the name of a fact")) };
        let unknown = || format!("no evidence is named `{}`{}", token.text, meant(token.text));
        named(token.text).ok_or_else(|| self.wrong_last(&unknown()))
    }

    fn take(&mut self, text: &str) -> bool {
        let hit = self.tokens.get(self.next).is_some_and(|token| !token.quoted && token.text == text);
        self.next += usize::from(hit);
        hit
    }

    fn advance(&mut self) -> Option<Token<'a>> {
        let token = *self.tokens.get(self.next)?;
        self.next += 1;
        Some(token)
    }

    fn expected(&self, what: &str) -> ExpressionError {
        let at = self.tokens.get(self.next).map_or(self.text.len(), |token| token.at);
        self.wrong(at, &format!("expected {what}"))
    }

    fn wrong_last(&self, reason: &str) -> ExpressionError {
        let at = self.tokens.get(self.next.saturating_sub(1)).map_or(self.text.len(), |token| token.at);
        self.wrong(at, reason)
    }

    fn wrong(&self, at: usize, reason: &str) -> ExpressionError {
        error(self.text, at, reason)
    }
}

fn single_or(mut parts: Vec<Expression>, several: fn(Vec<Expression>) -> Expression) -> Expression {
    if parts.len() == 1 { parts.remove(0) } else { several(parts) }
}

#[cfg(test)]
#[expect(clippy::unwrap_used, reason = "a test stops at the first surprise")]
mod tests;
