//! Reads a file of trees. Everything that is wrong in it is remarked, with its place: an entry with a
//! mistake is left out, or its mistaken part is, and the others are read.

mod raw;

use std::sync::Arc;

use serde::Deserialize;
use serde::de::IntoDeserializer as _;
use toml::Spanned;
use toml::de::{DeTable, DeValue};

use raw::{RawAdvice, RawAnswer, RawBranch, RawNode, RawRemedy, RawStep, Text};

use super::Answer;
use super::expression::Condition;
use super::facts::Labels;
use super::flaw::Flaw;
use super::names::{Kind, Name, meant, named};
use super::sentence::Sentence;
use super::tree::{Advice, Branch, Node, Origin, RemedyEntry, StepEntry};
use crate::text::Clean;
use crate::text::remark::{Page, Remark, meant as nearest, shown};

/// Bytes of an operator's file.
const FILE: usize = 1024 * 1024;
/// What stands at the top of a file.
const TOP: [&str; 6] = ["source", "month", "node", "remedy", "step", "labels"];

/// What one file says.
#[derive(Debug, Default)]
pub(super) struct Written {
    pub(super) nodes: Vec<Node>,
    pub(super) remedies: Vec<RemedyEntry>,
    pub(super) steps: Vec<StepEntry>,
    pub(super) labels: Labels,
    /// What of ours it takes away: kind, id and the remark to make where there is none.
    pub(super) removed: Vec<Removal>,
    /// Ids of nodes that could not be read: ways to them are no mistakes of their own.
    pub(super) broken: Vec<String>,
}

/// An entry of ours that the operator does not want.
#[derive(Debug)]
pub(super) struct Removal {
    pub(super) kind: &'static str,
    pub(super) id: String,
    pub(super) origin: Origin,
}

/// Reads one file, `own` where it is the operator's.
pub(super) fn read(file: &str, text: &[u8], own: bool, mistakes: &mut Vec<Remark>) -> Written {
    let mut written = Written::default();
    let Some(text) = legible(file, text, mistakes) else { return written };
    let page = Page::new(file, text);
    let (table, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What was read behind a mistake of syntax is a guess, and so would its mistakes be.
        mistakes.extend(page.syntaxes(&errors));
        return written;
    }
    let mut top = table.into_inner();
    for (key, _) in top.iter().filter(|(key, _)| !TOP.contains(&key.get_ref().as_ref())) {
        let near = nearest(key.get_ref(), TOP.into_iter());
        mistakes.push(page.quoting(&key.span(), None, format!("no field `{}`{near}", shown(key.get_ref()))));
    }
    let origin = Origin {
        file: file.into(),
        place: page.place(0),
        own,
        source: word(&top, "source").unwrap_or_default().into(),
        month: word(&top, "month").unwrap_or_default().into(),
    };
    for kind in ["node", "remedy", "step"] {
        let Some(value) = top.remove(kind) else { continue };
        let span = value.span();
        let DeValue::Array(rows) = value.into_inner() else {
            mistakes.push(page.quoting(&span, None, format!("`{kind}` must be a list: write `[[{kind}]]`")));
            continue;
        };
        for row in rows {
            entry(kind, row, &page, &origin, &mut written, mistakes);
        }
    }
    if let Some(labels) = top.remove("labels") {
        match Labels::deserialize(labels.into_deserializer()) {
            Ok(labels) => written.labels = labels,
            Err(error) => mistakes.push(page.syntax(&error)),
        }
    }
    written
}

/// The text of a file, if it is one of bounded size.
fn legible<'a>(file: &str, text: &'a [u8], mistakes: &mut Vec<Remark>) -> Option<&'a str> {
    let what = if text.len() > FILE {
        format!("it is larger than {} KiB: split it", FILE / 1024)
    } else {
        match std::str::from_utf8(text) {
            Ok(text) => return Some(text),
            Err(_) => "it is no UTF-8: save the file as UTF-8".to_owned(),
        }
    };
    mistakes.push(Remark::on_file(file, what));
    None
}

fn word(table: &DeTable<'_>, key: &str) -> Option<String> {
    match table.get(key).map(Spanned::get_ref) {
        Some(DeValue::String(text)) => Some(Clean::from(text.as_ref()).to_string()),
        _ => None,
    }
}

/// Reads one entry: what all kinds have first, then the rest as its kind has it.
fn entry(
    kind: &'static str,
    row: Spanned<DeValue<'_>>,
    page: &Page<'_>,
    file: &Origin,
    written: &mut Written,
    mistakes: &mut Vec<Remark>,
) {
    let span = row.span();
    let DeValue::Table(mut table) = row.into_inner() else {
        mistakes.push(page.quoting(&span, None, format!("`{kind}` must be a table: write `[[{kind}]]`")));
        return;
    };
    let id = word(&table, "id").unwrap_or_default();
    let at = table.get("id").map_or(span.start, |id| id.span().start);
    let source = word(&table, "source").map_or_else(|| Arc::clone(&file.source), Into::into);
    let month = word(&table, "month").map_or_else(|| Arc::clone(&file.month), Into::into);
    let origin = Origin { place: page.place(at), source, month, ..file.clone() };
    let removes = matches!(table.get("remove").map(Spanned::get_ref), Some(DeValue::Boolean(true)));
    for key in ["id", "source", "month", "remove"] {
        table.remove(key);
    }
    let before = mistakes.len();
    let mut reader = Reader { page, kind, id: &id, at, mistakes };
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte);
    if id.is_empty() || id.len() > 80 || !id.bytes().all(plain) {
        reader.wrong(None, &Flaw::Id);
    }
    if removes && reader.mistakes.len() == before {
        written.removed.push(Removal { kind, id, origin });
        return;
    }
    if origin.source.is_empty() || !is_month(&origin.month) {
        // Knowledge without a source and the month it was true is not taken.
        reader.wrong(None, &Flaw::Undated);
    }
    let rest = Spanned::new(span, DeValue::Table(table));
    let read = match kind {
        "node" => reader.take(rest).map(|raw| written.nodes.push(reader.node(raw, origin))),
        "remedy" => reader.take(rest).map(|raw| written.remedies.push(reader.remedy(raw, origin))),
        _ => reader.take(rest).map(|raw| written.steps.push(reader.step(raw, origin))),
    };
    if read.is_none() && kind == "node" {
        written.broken.push(id);
    }
}

fn is_month(month: &str) -> bool {
    matches!(month.as_bytes(), [y @ .., b'-', m1, m2]
        if y.len() == 4 && y.iter().all(u8::is_ascii_digit)
            && matches!((m1, m2), (b'0', b'1'..=b'9') | (b'1', b'0'..=b'2')))
}

/// The entry that is being read, for the remarks.
struct Reader<'a> {
    page: &'a Page<'a>,
    kind: &'static str,
    id: &'a str,
    at: usize,
    mistakes: &'a mut Vec<Remark>,
}

impl Reader<'_> {
    fn wrong(&mut self, at: Option<&Text>, flaw: &Flaw) {
        let what = format!("{} `{}`: {flaw}", self.kind, shown(self.id));
        self.mistakes.push(self.page.remark(at.map_or(self.at, |text| text.span().start), None, what));
    }

    /// The raw form, or a remark with its place.
    fn take<T: serde::de::DeserializeOwned>(&mut self, value: Spanned<DeValue<'_>>) -> Option<T> {
        match T::deserialize(value.into_deserializer()) {
            Ok(raw) => Some(raw),
            Err(error) => {
                let said = self.page.syntax(&error);
                let what = format!("{} `{}`: {}", self.kind, shown(self.id), said.what);
                let (line, column) = (said.line, said.column);
                let here = self.page.place(self.at);
                let (line, column) = if line == 0 { (here.line, here.column) } else { (line, column) };
                self.mistakes.push(Remark { line, column, what, ..said });
                None
            }
        }
    }

    fn condition(&mut self, text: &Text) -> Option<Condition> {
        match Condition::read(text.get_ref()) {
            Ok(condition) => Some(condition),
            Err(error) => {
                self.wrong(Some(text), &Flaw::Condition(error));
                None
            }
        }
    }

    fn sentence(&mut self, text: &Text) -> Sentence {
        let sentence = self.words(text.get_ref(), Some(text));
        sentence.unwrap_or_default()
    }

    fn words(&mut self, text: &str, at: Option<&Text>) -> Option<Sentence> {
        // Whatever it holds, it will stand on a terminal.
        match Sentence::read(&Clean::from(text)) {
            Ok(sentence) => Some(sentence),
            Err(place) => {
                let near = meant(&place);
                self.wrong(at, &Flaw::Place(shown(&place), near));
                None
            }
        }
    }

    fn maybe(&mut self, text: Option<Text>) -> Option<Sentence> {
        text.map(|text| self.sentence(&text))
    }

    fn sentences(&mut self, texts: &[Text]) -> Vec<Sentence> {
        texts.iter().map(|text| self.sentence(text)).collect()
    }

    fn figure(&mut self, text: &Text) -> Option<&'static Name> {
        let is_figure =
            |name: &&Name| matches!(name.kind, Kind::Share | Kind::Fine | Kind::Count | Kind::Times);
        let name = named(text.get_ref()).filter(is_figure);
        if name.is_none() {
            let near = meant(text.get_ref());
            self.wrong(Some(text), &Flaw::Figure(shown(text.get_ref()), near));
        }
        name
    }

    fn node(&mut self, raw: RawNode, origin: Origin) -> Node {
        let aside = raw.aside.and_then(|aside| {
            let answer = self.sentence(&aside.answer);
            self.condition(&aside.when).map(|when| (when, answer))
        });
        let open = raw.probe.is_some() || raw.ask.is_some();
        if raw.figure.is_some() && !open {
            self.wrong(raw.figure.as_ref(), &Flaw::Needs("an `ask` that says where the figure stands"));
        }
        Node {
            origin,
            id: self.id.into(),
            question: (*Clean::from(raw.question.as_str())).into(),
            depth: raw.depth.min(8),
            then: raw.then,
            probe: self.maybe(raw.probe),
            ask: self.maybe(raw.ask),
            figure: raw.figure.and_then(|text| self.figure(&text)),
            links: self.sentences(&raw.links),
            missing: self.maybe(raw.missing),
            aside,
            branches: raw.branch.into_iter().map(|branch| self.branch(branch)).collect(),
        }
    }

    fn branch(&mut self, raw: RawBranch) -> Branch {
        if let Some(mode) = &raw.mode {
            // The same check that a condition on it goes through.
            let text = Spanned::new(mode.span(), format!("mode = {}", mode.get_ref()));
            self.condition(&text);
        }
        if raw.when.is_none() && raw.operator.is_none() {
            self.wrong(Some(&raw.answer), &Flaw::NoAnswer);
        }
        Branch {
            when: raw.when.and_then(|text| self.condition(&text)),
            operator: raw.operator.map(|answer| match answer {
                RawAnswer::Yes => Answer::Yes,
                RawAnswer::No => Answer::No,
            }),
            means: self.maybe(raw.means),
            answer: self.sentence(&raw.answer),
            to: raw.to,
            half: raw.half,
            mode: raw.mode.map(Spanned::into_inner),
            verdict: self.maybe(raw.verdict),
            todo: self.sentences(&raw.todo),
            dont: self.sentences(&raw.dont),
            missing: self.maybe(raw.missing),
        }
    }

    fn remedy(&mut self, raw: RawRemedy, origin: Origin) -> RemedyEntry {
        RemedyEntry {
            origin,
            id: self.id.into(),
            when: self.condition(&raw.when).unwrap_or_else(Condition::always),
            incident: self.sentence(&raw.incident),
            meaning: self.sentence(&raw.meaning),
            pause: self.sentences(&raw.pause),
            todo: raw.todo.into_iter().map(|advice| self.advice(advice)).collect(),
            dont: self.sentences(&raw.dont),
            links: self.sentences(&raw.links),
        }
    }

    fn advice(&mut self, raw: RawAdvice) -> Advice {
        let (until, say) = match raw {
            RawAdvice::Always(say) => (None, say),
            RawAdvice::Until { until, say } => (Some(until), say),
        };
        Advice { say: self.words(&say, None).unwrap_or_default(), until }
    }

    fn step(&mut self, raw: RawStep, origin: Origin) -> StepEntry {
        let when = raw.when.and_then(|text| self.condition(&text));
        StepEntry {
            origin,
            id: self.id.into(),
            when: when.unwrap_or_else(Condition::always),
            title: self.sentence(&raw.title),
            node: raw.node,
            detail: self.maybe(raw.detail).unwrap_or_default(),
        }
    }
}
