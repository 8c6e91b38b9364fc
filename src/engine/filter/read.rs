//! Reads a filter line, term by term.

use std::ops::Range;

use super::pattern::Pattern;
use super::saved::Saved;
use super::term::{Key, Term, Test};
use super::{FilterError, NEW};
use crate::model::{Category, Stage};
use crate::text::remark::meant;

/// Signs between a key and its value.
const SIGNS: [char; 3] = [':', '~', '='];

/// What was read up to a mistake, or to the end.
pub(super) struct Reading {
    /// The terms.
    pub terms: Vec<Term>,
    /// Where the last one of them ends.
    pub end: usize,
    /// Why there are no more.
    pub wrong: Option<FilterError>,
}

/// The words of a line up to its first mistake, and what each of them asks.
pub(super) fn words(text: &str, saved: &Saved) -> Vec<(Range<usize>, Vec<Term>)> {
    let mut words = Vec::new();
    let mut at = 0;
    while let Some(blank) = text[at..].find(|sign: char| !sign.is_whitespace()) {
        at += blank;
        let Ok((terms, length)) = term(&text[at..], saved) else { break };
        words.push((at..at + length, terms));
        at += length;
    }
    words
}

/// Reads all terms of a line.
pub(super) fn terms(text: &str, saved: &Saved) -> Reading {
    let words = words(text, saved);
    let end = words.last().map_or(0, |(range, _)| range.end);
    let terms = words.into_iter().flat_map(|(_, terms)| terms).collect();
    let blank = text[end..].find(|sign: char| !sign.is_whitespace());
    let wrong = blank.and_then(|blank| {
        let error = term(&text[end + blank..], saved).err()?;
        Some(FilterError { at: end + blank + error.at, ..error })
    });
    Reading { terms, end, wrong }
}

/// Where the value of a term begins, from the term's begin: after its sign.
pub(super) fn value_at(body: &str) -> Option<usize> {
    let word_end = body.find(char::is_whitespace).unwrap_or(body.len());
    let sign = body[..word_end].find(|sign| SIGNS.contains(&sign) || sign == '"')?;
    (!body[sign..].starts_with('"')).then_some(sign + 1)
}

/// Reads one term at the start of `text`; returns it, or what a saved filter has, and its length.
fn term(text: &str, saved: &Saved) -> Result<(Vec<Term>, usize), FilterError> {
    let (negated, body) = match text.strip_prefix('!') {
        Some(rest) => (true, rest),
        None => (false, text),
    };
    let lead = text.len() - body.len();
    if let Some(name) = body.strip_prefix('@') {
        let length = name.find(char::is_whitespace).unwrap_or(name.len());
        let terms = saved.terms(&name[..length]).map_err(|reason| FilterError { at: lead, reason })?;
        return Ok((spliced(terms, negated), lead + 1 + length));
    }
    let value_at = value_at(body);
    let key = match value_at {
        Some(at) => Some(key(&body[..at - 1], lead)?),
        None => None,
    };
    let is_whole = value_at.is_some_and(|at| body[..at].ends_with('='));
    let start = value_at.unwrap_or(0);
    let (value, length, is_quoted) = value(&body[start..], lead + start)?;
    let test = match key {
        None if !is_quoted && value.eq_ignore_ascii_case(NEW) => Test::New,
        None => Test::Any(Pattern::part(value)),
        Some(key) => Test::Of(key, pattern(key, value, is_whole, lead + start + usize::from(is_quoted))?),
    };
    Ok((vec![Term { negated, test }], lead + start + length))
}

/// The value at the start of `text`, which is at `at` of the line: what it is, how long with its quotes,
/// and whether it has some.
fn value(text: &str, at: usize) -> Result<(&str, usize, bool), FilterError> {
    let wrong = |reason: &str| FilterError { at, reason: reason.into() };
    let (value, length, is_quoted) = match text.strip_prefix('"') {
        Some(quoted) => match quoted.find('"') {
            Some(end) => (&quoted[..end], end + 2, true),
            None => return Err(wrong("this quote is not closed: add a \"")),
        },
        None => {
            let end = text.find(char::is_whitespace).unwrap_or(text.len());
            (&text[..end], end, false)
        }
    };
    if value.is_empty() {
        return Err(wrong("a value is missing here, as in provider:gmail"));
    }
    Ok((value, length, is_quoted))
}

/// A saved filter's terms in the line, or that not all of them hold.
fn spliced(mut terms: Vec<Term>, negated: bool) -> Vec<Term> {
    match (negated, terms.as_mut_slice()) {
        (false, _) => terms,
        (true, [one]) => {
            one.negated = !one.negated;
            terms
        }
        (true, _) => vec![Term { negated, test: Test::All(terms) }],
    }
}

/// How the value of a key is compared.
fn pattern(key: Key, value: &str, is_whole: bool, at: usize) -> Result<Pattern, FilterError> {
    let known = |pattern: Pattern, what: &str, ids: Vec<&'static str>| {
        if ids.iter().any(|id| pattern.is_in(id)) {
            return Ok(pattern);
        }
        let near = meant(value, ids.into_iter());
        Err(FilterError { at, reason: format!("no {what} is called so{near}") })
    };
    if is_whole {
        return Ok(Pattern::whole(value));
    }
    match key {
        Key::Code => Ok(Pattern::glob(value)),
        Key::Source => {
            Pattern::source(value).map_err(|(inside, reason)| FilterError { at: at + inside, reason })
        }
        Key::Category => {
            known(Pattern::part(value), "category", Category::ALL.iter().map(|one| one.id()).collect())
        }
        Key::Stage => known(Pattern::part(value), "stage", Stage::ALL.iter().map(|one| one.id()).collect()),
        _ => Ok(Pattern::part(value)),
    }
}

fn key(name: &str, at: usize) -> Result<Key, FilterError> {
    Key::read(&name.to_lowercase()).ok_or_else(|| {
        let near = meant(name, Key::ALL.into_iter().map(Key::name));
        let hint = if near.is_empty() { "; Tab shows them".to_owned() } else { near };
        FilterError { at, reason: format!("no key `{name}`{hint}") }
    })
}
