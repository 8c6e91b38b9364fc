//! What there is to say about a file of knowledge, and where in it: mistakes, warnings, hints.

use std::fmt;
use std::ops::Range;
use std::sync::Arc;

use serde::Serialize;

use super::Clean;

/// Characters of a quoted line, pattern or string.
const QUOTED: usize = 120;
/// Mistakes that are told at once.
const TOLD: usize = 100;

/// A remark on a place in a file: what is wrong there, and what to do.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
pub struct Remark {
    /// The file.
    pub file: Arc<str>,
    /// The line, from 1; 0 where the remark is on the whole file.
    pub line: usize,
    /// The column in characters, from 1; 0 where the remark is on the whole file.
    pub column: usize,
    /// The id of the rule, where it is on one.
    pub rule: Option<Arc<str>>,
    /// What is wrong and what to do, in one line.
    pub what: String,
    /// The line itself, where seeing it helps.
    pub quote: Option<String>,
}

impl Remark {
    /// A remark on a whole file.
    #[must_use]
    pub fn on_file(file: &str, what: String) -> Self {
        Self { file: file.into(), line: 0, column: 0, rule: None, what: clean(&what), quote: None }
    }

    /// `FILE:LINE:COLUMN`, as far as known.
    #[must_use]
    pub fn place(&self) -> String {
        if self.line == 0 {
            self.file.to_string()
        } else {
            format!("{}:{}:{}", self.file, self.line, self.column)
        }
    }
}

impl fmt::Display for Remark {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: ", self.place())?;
        if let Some(rule) = &self.rule {
            write!(out, "rule `{rule}`: ")?;
        }
        write!(out, "{}", self.what)?;
        self.quote.iter().try_for_each(|quote| write!(out, "\n  {} | {quote}", self.line))
    }
}

/// Why the knowledge could not be loaded: everything that is wrong, by file and line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct KnowledgeError {
    /// What is wrong; at most 100 remarks.
    pub mistakes: Vec<Remark>,
    /// How many more there are.
    pub more: usize,
}

impl KnowledgeError {
    /// Mistakes in the order of their places.
    #[must_use]
    pub fn new(mut mistakes: Vec<Remark>) -> Self {
        mistakes.sort();
        mistakes.dedup();
        let more = mistakes.len().saturating_sub(TOLD);
        mistakes.truncate(TOLD);
        Self { mistakes, more }
    }

    /// The first `most` mistakes.
    #[must_use]
    pub fn first(mut self, most: usize) -> Self {
        let more = self.mistakes.len().saturating_sub(most);
        self.mistakes.truncate(most);
        Self { more: self.more + more, ..self }
    }

    /// These mistakes and others.
    #[must_use]
    pub fn and(mut self, mut other: Self) -> Self {
        self.mistakes.append(&mut other.mistakes);
        let all = Self::new(self.mistakes);
        Self { more: all.more + self.more + other.more, ..all }
    }
}

impl From<Remark> for KnowledgeError {
    fn from(mistake: Remark) -> Self {
        Self::new(vec![mistake])
    }
}

impl fmt::Display for KnowledgeError {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, mistake) in self.mistakes.iter().enumerate() {
            write!(out, "{}{mistake}", if index > 0 { "\n" } else { "" })?;
        }
        if self.more > 0 {
            write!(out, "\nand {} more", self.more)?;
        }
        Ok(())
    }
}

impl std::error::Error for KnowledgeError {}

/// A place in a file: line and column, both from 1.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Place {
    pub(crate) line: usize,
    pub(crate) column: usize,
}

/// A file's text and where its lines begin.
#[derive(Debug)]
pub(crate) struct Page<'a> {
    pub(crate) file: Arc<str>,
    pub(crate) text: &'a str,
    starts: Vec<usize>,
}

impl<'a> Page<'a> {
    pub(crate) fn new(file: &str, text: &'a str) -> Self {
        let ends = memchr::memchr_iter(b'\n', text.as_bytes()).map(|end| end + 1);
        Self { file: file.into(), text, starts: std::iter::once(0).chain(ends).collect() }
    }

    pub(crate) fn place(&self, offset: usize) -> Place {
        let line = self.starts.partition_point(|start| *start <= offset).max(1);
        let start = self.starts.get(line - 1).copied().unwrap_or(0);
        let before = self.text.as_bytes().get(start..offset.min(self.text.len())).unwrap_or_default();
        // A byte that continues a character is no column of its own.
        Place { line, column: 1 + before.iter().filter(|byte| **byte & 0xc0 != 0x80).count() }
    }

    pub(crate) fn remark(&self, at: usize, rule: Option<&str>, what: String) -> Remark {
        let Place { line, column } = self.place(at);
        let rule = rule.map(|rule| clean(rule).into());
        Remark { file: self.file.clone(), line, column, rule, what: clean(&what), quote: None }
    }

    /// A remark that shows the line.
    pub(crate) fn quoting(&self, span: &Range<usize>, rule: Option<&str>, what: String) -> Remark {
        let mut remark = self.remark(span.start, rule, what);
        let line = self.text.lines().nth(remark.line - 1).unwrap_or_default();
        remark.quote = (!line.trim().is_empty()).then(|| shown(line.trim_end()));
        remark
    }

    /// What the TOML reader says, in one line.
    /// The mistakes of syntax, one a line: one mistake makes several on its line.
    pub(crate) fn syntaxes(&self, errors: &[toml::de::Error]) -> Vec<Remark> {
        let mut told: Vec<Remark> = errors.iter().map(|error| self.syntax(error)).collect();
        told.sort();
        told.dedup_by_key(|remark| remark.line);
        told
    }

    /// What serde says of a table of fixed keys: with the nearest key where one is not known.
    pub(crate) fn refused(&self, error: &toml::de::Error) -> Remark {
        let mut quoted = error.message().split('`').skip(1).step_by(2);
        match (error.message().strip_prefix("unknown field"), quoted.next(), error.span()) {
            (Some(_), Some(key), Some(span)) => {
                let what = format!("no key `{}` here{}", shown(key), meant(key, quoted));
                self.quoting(&span, None, what)
            }
            _ => match (kind_wanted(error.message()), error.span()) {
                (Some(what), Some(span)) => self.quoting(&span, None, what),
                _ => self.syntax(error),
            },
        }
    }

    pub(crate) fn syntax(&self, error: &toml::de::Error) -> Remark {
        let message = error.message().lines().collect::<Vec<_>>().join(", ");
        let what = match message.as_str() {
            "" => "it is no TOML".to_owned(),
            text => plainly(text).unwrap_or_else(|| format!("TOML: {text}")),
        };
        match error.span() {
            Some(span) => self.quoting(&span, None, what),
            None => Remark::on_file(&self.file, what),
        }
    }
}

/// What serde says of a value or of a key, as people say it; `None` of anything else.
fn plainly(message: &str) -> Option<String> {
    let quoted = || message.split('`').skip(1).step_by(2).map(shown);
    let first = || quoted().next().unwrap_or_default();
    let known = || quoted().skip(1).collect::<Vec<_>>().join(", ");
    if message.starts_with("missing field") {
        return Some(format!("the key `{}` is missing here", first()));
    }
    if message.starts_with("unknown variant") || message.starts_with("unknown field") {
        return Some(format!("`{}` is not known here; those are {}", first(), known()));
    }
    kind_wanted(message)
}

/// What serde says of a value of another kind, as people say it: `the text "red" cannot stand here; a table
/// is needed`. `None` where it says anything else.
fn kind_wanted(message: &str) -> Option<String> {
    let line = message.lines().next()?;
    let said = line.strip_prefix("invalid type: ").or_else(|| line.strip_prefix("invalid value: "))?;
    let (found, wanted) = said.rsplit_once(", expected ")?;
    let found = match found.split_once(' ') {
        Some(("string", text)) => format!("the text {}", shown(text)),
        Some(("integer" | "boolean", value)) => value.trim_matches('`').to_owned(),
        Some(("floating", value)) => value.trim_start_matches("point ").trim_matches('`').to_owned(),
        _ => match found {
            "sequence" => "a list".to_owned(),
            "map" => "a table".to_owned(),
            other => shown(other),
        },
    };
    let wanted = match wanted {
        "a sequence" => "a list is needed, such as [\"one\", \"two\"]",
        "a string" => "a text in quotes is needed",
        "a boolean" => "true or false is needed",
        "u8" | "u16" | "u32" | "u64" | "usize" => "a whole number is needed, 0 or more",
        "i8" | "i16" | "i32" | "i64" | "isize" => "a whole number is needed",
        "f32" | "f64" => "a number is needed",
        "struct Paint" => "a table is needed, such as { fg = \"red\", bold = true }",
        "a map" => "a table is needed, such as { name = \"value\" }",
        other if other.starts_with("struct ") => "a table is needed: its own [heading], and keys below it",
        other => return Some(format!("{found} cannot stand here; {} is needed", shown(other))),
    };
    Some(format!("{found} cannot stand here; {wanted}"))
}

/// What a remark quotes may come from anywhere: files of knowledge are shared.
fn clean(text: &str) -> String {
    Clean::from(text).to_string()
}

/// A text of the operator's as a remark quotes it: one line, of bounded length.
pub(crate) fn shown(text: &str) -> String {
    let head: String = text.chars().take(QUOTED).map(|c| if c.is_control() { ' ' } else { c }).collect();
    let mut out = clean(&head);
    if text.chars().nth(QUOTED).is_some() {
        out.push('…');
    }
    out
}

/// `; did you mean …?` where a known name is near, else the names, where they are few, else nothing.
pub(crate) fn meant<'a>(name: &str, known: impl Iterator<Item = &'a str> + Clone) -> String {
    let near = known
        .clone()
        .map(|known| (distance(name, known), known))
        .filter(|(distance, known)| *distance <= (known.len().max(name.len()) / 3).max(1))
        .min();
    match near {
        Some((_, near)) => format!("; did you mean `{near}`?"),
        None if known.clone().count() <= 24 => {
            format!("; those are {}", known.collect::<Vec<_>>().join(", "))
        }
        None => String::new(),
    }
}

/// `; did you mean …?` with at most three names: those that are a slip away, hold the words of this one,
/// or are the least unlike it.
pub(crate) fn nearest(name: &str, known: &[&str]) -> String {
    let lower = name.to_lowercase();
    let words: Vec<&str> =
        lower.split(|c: char| !c.is_alphanumeric()).filter(|word| word.len() > 2).collect();
    let far = |known: &&str| {
        let other = known.to_lowercase();
        let holds = other.contains(&lower) || words.iter().any(|word| other.contains(word));
        // Names in two parts are often asked for by the second.
        let tail = other.rsplit('.').next().unwrap_or_default();
        let off = distance(name, known).min(distance(name, tail));
        if holds && lower.len() > 2 { off.min(1) } else { off }
    };
    let mut near: Vec<(usize, &str)> = known.iter().map(|known| (far(known), *known)).collect();
    near.sort_unstable();
    let least = near.first().map_or(0, |(far, _)| *far);
    let near: Vec<String> = near
        .iter()
        .take_while(|(far, _)| *far <= least.max(1))
        .take(3)
        .map(|(_, near)| format!("`{near}`"))
        .collect();
    if near.is_empty() { String::new() } else { format!("; did you mean {}?", near.join(", ")) }
}

/// How many letters to put in, take out, change, or swap with their neighbour.
fn distance(one: &str, other: &str) -> usize {
    /// No name is longer; what is, is near to none.
    const LONGEST: usize = 80;
    let one: Vec<u8> = one.bytes().map(|byte| byte.to_ascii_lowercase()).collect();
    let other = other.as_bytes();
    if one.len() > LONGEST || other.len() > LONGEST {
        return LONGEST;
    }
    let mut last = vec![0; other.len() + 1];
    let mut row: Vec<usize> = (0..=other.len()).collect();
    for i in 1..=one.len() {
        let before = std::mem::replace(&mut last, row);
        row = vec![i; other.len() + 1];
        for j in 1..=other.len() {
            let change = usize::from(one[i - 1] != other[j - 1]);
            row[j] = (last[j - 1] + change).min(last[j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && one[i - 1] == other[j - 2] && one[i - 2] == other[j - 1] {
                row[j] = row[j].min(before[j - 2] + 1);
            }
        }
    }
    row[other.len()]
}

#[cfg(test)]
mod tests {
    use super::{Page, Place, distance, meant, nearest};

    #[test]
    fn a_place_counts_lines_and_characters() {
        let page = Page::new("f", "a\nb é c\n");
        assert_eq!(page.place(0), Place { line: 1, column: 1 });
        assert_eq!(page.place(7), Place { line: 2, column: 5 });
        assert_eq!(page.place(99).line, 3, "behind the end is the last line");
    }

    #[test]
    fn the_nearest_name_is_told_or_all_where_they_are_few() {
        assert_eq!([distance("polcy", "policy"), distance("psf", "spf"), distance("a", "b")], [1, 1, 1]);
        let known = ["policy", "virus"];
        assert_eq!(meant("Plicy", known.into_iter()), "; did you mean `policy`?");
        assert_eq!(meant("quite-another", known.into_iter()), "; those are policy, virus");
        let ids = ["N1.one", "N8.gmail", "N8.gmail-rate", "outlook-515"];
        assert_eq!(nearest("gmail", &ids), "; did you mean `N8.gmail`, `N8.gmail-rate`?");
        assert_eq!(nearest("outlook515", &ids), "; did you mean `outlook-515`?");
        assert!(nearest("nosuch", &ids).contains("did you mean"));
        assert_eq!(nearest("x", &[]), "");
    }

    #[test]
    fn a_value_of_another_kind_is_told_in_the_operators_words() {
        let told = |text| super::kind_wanted(text).unwrap_or_default();
        let cases = [
            (
                "invalid type: string \"red\", expected struct Paint",
                "the text \"red\" cannot stand here; a table",
            ),
            (
                "invalid value: integer `-1`, expected u64",
                "-1 cannot stand here; a whole number is needed, 0 or",
            ),
            ("invalid type: string \"x\", expected a sequence", "a list is needed, such as [\"one\""),
            ("invalid type: map, expected a boolean", "a table cannot stand here; true or false is needed"),
            (
                "invalid type: integer `5`, expected a share such as \"0.5 %\"",
                "5 cannot stand here; a share such",
            ),
        ];
        for (message, expected) in cases {
            assert!(told(message).contains(expected), "{message}: {}", told(message));
        }
        assert_eq!(super::kind_wanted("invalid string"), None);
    }
}
