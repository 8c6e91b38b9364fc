//! The trees, remedies and checklist steps as data: what the TOML files may say and what is made of
//! them. What must be true across entries is checked in `check`.

use serde::Deserialize;

use super::Answer;
use super::expression::Expression;
use super::facts::Labels;
use super::flaw::{Flaw, TreeError};
use super::sentence::Sentence;

/// Where a branch leads when nothing is left to ask.
pub(super) const END: &str = "end";
/// The node where every diagnosis begins.
pub(super) const ROOT: &str = "N0";

/// Everything that the files say.
#[derive(Debug, Default)]
pub(super) struct Trees {
    pub(super) nodes: Vec<Node>,
    pub(super) remedies: Vec<RemedyEntry>,
    pub(super) steps: Vec<StepEntry>,
    pub(super) labels: Labels,
}

/// One question.
#[derive(Debug)]
pub(super) struct Node {
    pub(super) file: String,
    pub(super) id: String,
    pub(super) question: String,
    pub(super) depth: u8,
    /// Where to go on when the answer names no way of its own; `end` at the last question.
    pub(super) then: Option<String>,
    /// The command that answers it.
    pub(super) probe: Option<Sentence>,
    /// What the operator has to look up.
    pub(super) ask: Option<Sentence>,
    /// What is missing while it is open, where the answer would change the verdict.
    pub(super) missing: Option<Sentence>,
    /// When it is drawn although the path goes elsewhere, and what is said of it then.
    pub(super) aside: Option<(Expression, Sentence)>,
    pub(super) branches: Vec<Branch>,
}

/// One answer.
#[derive(Debug)]
pub(super) struct Branch {
    pub(super) when: Option<Expression>,
    pub(super) operator: Option<Answer>,
    pub(super) answer: Sentence,
    pub(super) to: Option<String>,
    /// Only half an answer.
    pub(super) half: bool,
    pub(super) mode: Option<String>,
    pub(super) verdict: Option<Sentence>,
    pub(super) todo: Vec<Sentence>,
    pub(super) missing: Option<Sentence>,
}

/// What to do about one kind of reply; the first whose condition holds is taken.
#[derive(Debug)]
pub(super) struct RemedyEntry {
    pub(super) file: String,
    pub(super) id: String,
    pub(super) when: Expression,
    /// The verdict while it is an incident.
    pub(super) incident: Sentence,
    /// What one such reply says, as half a sentence.
    pub(super) meaning: Sentence,
    /// First of all, while it is an incident.
    pub(super) pause: Vec<Sentence>,
    pub(super) todo: Vec<Advice>,
    pub(super) dont: Vec<Sentence>,
    pub(super) links: Vec<Sentence>,
    pub(super) source: String,
    pub(super) month: String,
}

/// One thing to do.
#[derive(Debug)]
pub(super) struct Advice {
    pub(super) say: Sentence,
    /// The node whose answer by the operator makes it needless: what was looked up need not be
    /// looked up again.
    pub(super) until: Option<String>,
}

/// One step of the checklist; of several with one id the first whose condition holds is shown.
#[derive(Debug)]
pub(super) struct StepEntry {
    pub(super) file: String,
    pub(super) id: String,
    pub(super) when: Expression,
    pub(super) title: Sentence,
    /// The node whose answer ticks it.
    pub(super) node: Option<String>,
    /// Said below the title when no node does.
    pub(super) detail: Sentence,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawFile {
    #[serde(default)]
    node: Vec<RawNode>,
    #[serde(default)]
    remedy: Vec<RawRemedy>,
    #[serde(default)]
    step: Vec<RawStep>,
    #[serde(default)]
    labels: Labels,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawNode {
    id: String,
    question: String,
    #[serde(default = "one")]
    depth: u8,
    then: Option<String>,
    probe: Option<String>,
    ask: Option<String>,
    missing: Option<String>,
    aside: Option<RawAside>,
    #[serde(default)]
    branch: Vec<RawBranch>,
    source: String,
    month: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawAside {
    when: String,
    answer: String,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawBranch {
    when: Option<String>,
    operator: Option<RawAnswer>,
    answer: String,
    to: Option<String>,
    #[serde(default)]
    half: bool,
    mode: Option<String>,
    verdict: Option<String>,
    #[serde(default, rename = "do")]
    todo: Vec<String>,
    missing: Option<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "snake_case")]
enum RawAnswer {
    Yes,
    No,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawRemedy {
    id: String,
    when: String,
    incident: String,
    meaning: String,
    #[serde(default)]
    pause: Vec<String>,
    #[serde(rename = "do")]
    todo: Vec<RawAdvice>,
    #[serde(default)]
    dont: Vec<String>,
    #[serde(default)]
    links: Vec<String>,
    source: String,
    month: String,
}

#[derive(Deserialize)]
#[serde(untagged)]
enum RawAdvice {
    Always(String),
    Until { until: String, say: String },
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct RawStep {
    id: String,
    #[serde(default = "always")]
    when: String,
    title: String,
    node: Option<String>,
    #[serde(default)]
    detail: String,
}

fn one() -> u8 {
    1
}

fn always() -> String {
    "always".to_owned()
}

impl Trees {
    /// Adds what `text`, the contents of `file`, says.
    pub(super) fn add(&mut self, file: &str, text: &str) -> Result<(), TreeError> {
        let raw: RawFile = toml::from_str(text)
            .map_err(|error| TreeError::Syntax { file: file.to_owned(), reason: error.to_string() })?;
        for node in raw.node {
            let entry = Entry { file, id: &node.id };
            entry.dated(&node.source, &node.month)?;
            self.nodes.push(entry.node(&node)?);
        }
        for remedy in raw.remedy {
            let entry = Entry { file, id: &remedy.id };
            entry.dated(&remedy.source, &remedy.month)?;
            self.remedies.push(entry.remedy(&remedy)?);
        }
        for step in raw.step {
            self.steps.push(Entry { file, id: &step.id }.step(&step)?);
        }
        self.labels.extend(raw.labels);
        Ok(())
    }

    pub(super) fn node(&self, id: &str) -> Option<&Node> {
        self.nodes.iter().find(|node| node.id == id)
    }
}

/// The entry that is being read, for the errors.
struct Entry<'a> {
    file: &'a str,
    id: &'a str,
}

impl Entry<'_> {
    fn wrong(&self, flaw: Flaw) -> TreeError {
        TreeError::entry(self.file, self.id, flaw)
    }

    fn condition(&self, text: &str) -> Result<Expression, TreeError> {
        Expression::read(text).map_err(|error| self.wrong(Flaw::Condition(error)))
    }

    fn sentence(&self, text: &str) -> Result<Sentence, TreeError> {
        Sentence::read(text).map_err(|place| self.wrong(Flaw::Place(place)))
    }

    fn maybe(&self, text: Option<&String>) -> Result<Option<Sentence>, TreeError> {
        text.map(|text| self.sentence(text)).transpose()
    }

    fn sentences(&self, texts: &[String]) -> Result<Vec<Sentence>, TreeError> {
        texts.iter().map(|text| self.sentence(text)).collect()
    }

    /// Knowledge without a source and the month it was true is not taken.
    fn dated(&self, source: &str, month: &str) -> Result<(), TreeError> {
        let is_month = matches!(month.as_bytes(), [y @ .., b'-', m1, m2]
            if y.len() == 4 && y.iter().all(u8::is_ascii_digit)
                && matches!((m1, m2), (b'0', b'1'..=b'9') | (b'1', b'0'..=b'2')));
        if source.is_empty() || !is_month { Err(self.wrong(Flaw::Undated)) } else { Ok(()) }
    }

    fn node(&self, raw: &RawNode) -> Result<Node, TreeError> {
        let aside = match &raw.aside {
            Some(aside) => Some((self.condition(&aside.when)?, self.sentence(&aside.answer)?)),
            None => None,
        };
        Ok(Node {
            file: self.file.to_owned(),
            id: raw.id.clone(),
            question: raw.question.clone(),
            depth: raw.depth,
            then: raw.then.clone(),
            probe: self.maybe(raw.probe.as_ref())?,
            ask: self.maybe(raw.ask.as_ref())?,
            missing: self.maybe(raw.missing.as_ref())?,
            aside,
            branches: raw.branch.iter().map(|branch| self.branch(branch)).collect::<Result<_, _>>()?,
        })
    }

    fn branch(&self, raw: &RawBranch) -> Result<Branch, TreeError> {
        if let Some(mode) = &raw.mode {
            // The same check that a condition on it goes through.
            self.condition(&format!("mode = {mode}"))?;
        }
        Ok(Branch {
            when: raw.when.as_deref().map(|text| self.condition(text)).transpose()?,
            operator: raw.operator.as_ref().map(|answer| match answer {
                RawAnswer::Yes => Answer::Yes,
                RawAnswer::No => Answer::No,
            }),
            answer: self.sentence(&raw.answer)?,
            to: raw.to.clone(),
            half: raw.half,
            mode: raw.mode.clone(),
            verdict: self.maybe(raw.verdict.as_ref())?,
            todo: self.sentences(&raw.todo)?,
            missing: self.maybe(raw.missing.as_ref())?,
        })
    }

    fn remedy(&self, raw: &RawRemedy) -> Result<RemedyEntry, TreeError> {
        Ok(RemedyEntry {
            file: self.file.to_owned(),
            id: raw.id.clone(),
            when: self.condition(&raw.when)?,
            incident: self.sentence(&raw.incident)?,
            meaning: self.sentence(&raw.meaning)?,
            pause: self.sentences(&raw.pause)?,
            todo: raw.todo.iter().map(|advice| self.advice(advice)).collect::<Result<_, _>>()?,
            dont: self.sentences(&raw.dont)?,
            links: self.sentences(&raw.links)?,
            source: raw.source.clone(),
            month: raw.month.clone(),
        })
    }

    fn advice(&self, raw: &RawAdvice) -> Result<Advice, TreeError> {
        Ok(match raw {
            RawAdvice::Always(say) => Advice { say: self.sentence(say)?, until: None },
            RawAdvice::Until { until, say } => {
                Advice { say: self.sentence(say)?, until: Some(until.clone()) }
            }
        })
    }

    fn step(&self, raw: &RawStep) -> Result<StepEntry, TreeError> {
        Ok(StepEntry {
            file: self.file.to_owned(),
            id: raw.id.clone(),
            when: self.condition(&raw.when)?,
            title: self.sentence(&raw.title)?,
            node: raw.node.clone(),
            detail: self.sentence(&raw.detail)?,
        })
    }
}
