//! One entry of a record, and the line that holds it.

use std::sync::Arc;

use serde::{Deserialize as _, Serialize};
use serde_json::Value;

use super::key::{bounded, moment};
use crate::model::{Answer, Moment};
use crate::text::Clean;

/// Longest id of a node or step, name of a person or kind of export, in bytes.
const NAME: usize = 200;
/// Longest note, command, result or path, in bytes; more is cut and marked.
const TEXT: usize = 4096;
/// Largest figure of an answer.
const FIGURE: f64 = 1e12;

/// What an operator did, who, and when.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// When, by the wall clock.
    pub at: Moment,
    /// Who: `user@host`.
    pub who: Clean,
    /// What.
    pub what: What,
}

/// What an operator did.
#[derive(Clone, Debug, PartialEq)]
pub enum What {
    /// Answered a node or a step.
    Answer {
        /// Its id.
        on: Arc<str>,
        /// The answer; `None` takes back the one before.
        answer: Option<Answer>,
    },
    /// Wrote something down.
    Note {
        /// The id of the node or step; `None` is the whole incident.
        on: Option<Arc<str>>,
        /// The words, cut at 4 KiB.
        text: Clean,
    },
    /// Wrote a file for others.
    Export {
        /// What it is: `incident report`.
        kind: Clean,
        /// Where it is.
        path: Clean,
    },
    /// Asked the world.
    Probe {
        /// What was asked: `dig TXT example.com`.
        command: Clean,
        /// What came back.
        result: Clean,
    },
    /// Opened the incident in a console.
    Opened,
}

/// A line as it is written; absent fields are not.
#[derive(Serialize)]
struct Line<'a> {
    at: Moment,
    who: &'a str,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    on: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    answer: Option<Option<Answer>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    text: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    command: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    result: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    what: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    path: Option<&'a str>,
}

/// What a line of a file is.
#[derive(Debug, PartialEq)]
pub(super) enum Read {
    /// An entry.
    Entry(Entry),
    /// Of a kind that this version does not know.
    Unknown,
    /// No entry: torn, or not ours.
    Broken,
}

impl Entry {
    /// As a file can hold it and will give it back: texts cut, ids clean, figures that are numbers.
    pub(super) fn bounded(self) -> Self {
        let what = match self.what {
            What::Answer { on, answer } => What::Answer {
                on: id(&on),
                answer: answer.map(|answer| match answer {
                    // JSON has no word for it, and it is the answer of somebody who could not tell; nor
                    // does anybody count so far.
                    Answer::Figure(figure) if !(-FIGURE..=FIGURE).contains(&figure) => Answer::Unknown,
                    other => other,
                }),
            },
            What::Note { on, text } => What::Note { on: on.as_deref().map(id), text: cut(text, TEXT) },
            What::Export { kind, path } => What::Export { kind: cut(kind, NAME), path: cut(path, TEXT) },
            What::Probe { command, result } => {
                What::Probe { command: cut(command, TEXT), result: cut(result, TEXT) }
            }
            What::Opened => What::Opened,
        };
        Self { at: bounded(self.at), who: cut(self.who, NAME), what }
    }

    /// The line, with its end.
    pub(super) fn line(&self) -> serde_json::Result<Vec<u8>> {
        let mut line = Line {
            at: self.at,
            who: &self.who,
            kind: "opened",
            on: None,
            answer: None,
            text: None,
            command: None,
            result: None,
            what: None,
            path: None,
        };
        match &self.what {
            What::Answer { on, answer } => {
                (line.kind, line.on, line.answer) = ("answer", Some(&**on), Some(*answer));
            }
            What::Note { on, text } => {
                (line.kind, line.on, line.text) = ("note", on.as_deref(), Some(text.as_str()));
            }
            What::Export { kind, path } => {
                (line.kind, line.what, line.path) = ("export", Some(kind.as_str()), Some(path.as_str()));
            }
            What::Probe { command, result } => {
                (line.kind, line.command, line.result) =
                    ("probe", Some(command.as_str()), Some(result.as_str()));
            }
            What::Opened => {}
        }
        let mut bytes = serde_json::to_vec(&line)?;
        bytes.push(b'\n');
        Ok(bytes)
    }

    /// Reads a line without its end.
    pub(super) fn read(line: &[u8]) -> Read {
        let Ok(Value::Object(fields)) = serde_json::from_slice(line) else { return Read::Broken };
        let word = |name: &str| fields.get(name).and_then(Value::as_str);
        let clean = |name: &str| word(name).map(Clean::from);
        let entry = || {
            let what = match word("kind")? {
                "answer" => What::Answer {
                    on: id(word("on")?),
                    // An answer that only a newer version knows must not be taken for one taken back.
                    answer: match fields.get("answer")? {
                        Value::Null => None,
                        answer => Some(Answer::deserialize(answer).ok()?),
                    },
                },
                "note" => What::Note { on: word("on").map(id), text: clean("text")? },
                "export" => What::Export { kind: clean("what")?, path: clean("path")? },
                "probe" => What::Probe { command: clean("command")?, result: clean("result")? },
                "opened" => What::Opened,
                _ => return None,
            };
            Some(Entry { at: moment(word("at")?)?, who: clean("who")?, what })
        };
        match entry() {
            Some(entry) => Read::Entry(entry.bounded()),
            None if word("kind").is_some() => Read::Unknown,
            None => Read::Broken,
        }
    }
}

/// An id, clean and short as every id of a tree is.
fn id(id: &str) -> Arc<str> {
    Arc::from(cut(Clean::from(id), NAME).as_str())
}

/// At most `limit` bytes, the mark of the cut included, so that a second cut takes nothing.
fn cut(text: Clean, limit: usize) -> Clean {
    if text.len() <= limit { text } else { text.cut(limit - '…'.len_utf8()) }
}

#[cfg(test)]
pub(super) mod tests {
    #![expect(clippy::unwrap_used, reason = "a test may fail by panicking")]

    use std::sync::Arc;

    use proptest::prelude::*;

    use super::{Entry, Read, What};
    use crate::model::{Answer, Moment};
    use crate::text::Clean;

    /// Any entry that an operator can make.
    pub(in crate::record) fn any() -> impl Strategy<Value = Entry> {
        let clean = || any_text().prop_map(|text| Clean::from(text.as_str()));
        let id = || any_text().prop_map(|text| Arc::<str>::from(text.as_str()));
        let answer = prop_oneof![
            Just(None),
            Just(Some(Answer::Yes)),
            Just(Some(Answer::No)),
            Just(Some(Answer::Unknown)),
            // Thousandths, which JSON gives back as they were.
            (-1_000_000i32..1_000_000).prop_map(|n| Some(Answer::Figure(f64::from(n) / 1000.0))),
        ];
        let what = prop_oneof![
            (id(), answer).prop_map(|(on, answer)| What::Answer { on, answer }),
            (proptest::option::of(id()), clean()).prop_map(|(on, text)| What::Note { on, text }),
            (clean(), clean()).prop_map(|(kind, path)| What::Export { kind, path }),
            (clean(), clean()).prop_map(|(command, result)| What::Probe { command, result }),
            Just(What::Opened),
        ];
        (proptest::prelude::any::<i64>(), clean(), what).prop_map(|(at, who, what)| Entry {
            at: Moment::from_millis(at),
            who,
            what,
        })
    }

    fn any_text() -> impl Strategy<Value = String> {
        prop_oneof![
            proptest::prelude::any::<String>(),
            "[a-z\"\\\\ é\n\u{301}]{0,40}",
            "(abc\u{202e}\"){0,3000}"
        ]
    }

    #[test]
    fn a_line_is_one_that_a_person_can_read() {
        let entry = Entry {
            at: Moment::from_millis(1_795_271_343_120),
            who: Clean::from("anna@mta1"),
            what: What::Answer { on: Arc::from("postmaster"), answer: Some(Answer::Figure(0.0012)) },
        };
        let line = String::from_utf8(entry.line().unwrap()).unwrap();
        assert_eq!(
            line,
            "{\"at\":\"2026-11-21T14:29:03.120Z\",\"who\":\"anna@mta1\",\"kind\":\"answer\",\
             \"on\":\"postmaster\",\"answer\":{\"figure\":0.0012}}\n"
        );
    }

    #[test]
    fn what_a_newer_version_wrote_is_passed_over_or_read_as_far_as_known() {
        let read = |line: &str| Entry::read(line.as_bytes());
        let known = "{\"at\":\"2026-11-21T14:29:03Z\",\"who\":\"a@b\",\"kind\":\"opened\",\"mood\":[1]}";
        assert!(matches!(read(known), Read::Entry(Entry { what: What::Opened, .. })));
        assert_eq!(
            read("{\"at\":\"2026-11-21T14:29:03Z\",\"who\":\"a@b\",\"kind\":\"photo\"}"),
            Read::Unknown
        );
        let later = "{\"at\":\"2026-11-21T14:29:03Z\",\"who\":\"a@b\",\"kind\":\"answer\",\"on\":\"x\",\"answer\":{\"range\":[1,2]}}";
        assert_eq!(read(later), Read::Unknown, "never taken for an answer that was taken back");
        for broken in ["", "{", "[]", "\0\0", "{\"at\":1}", "{\"who\":\"a\"} {}", "\u{feff}{}"] {
            assert_eq!(read(broken), Read::Broken, "{broken}");
        }
    }

    #[test]
    fn a_figure_that_is_no_number_is_an_answer_of_not_known() {
        for figure in [f64::NAN, f64::INFINITY, 1e308, -1e13] {
            let what = What::Answer { on: Arc::from("x"), answer: Some(Answer::Figure(figure)) };
            let entry = Entry { at: Moment::default(), who: Clean::default(), what }.bounded();
            assert!(matches!(entry.what, What::Answer { answer: Some(Answer::Unknown), .. }));
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_what_is_read(entry in any()) {
            let entry = entry.bounded();
            prop_assert_eq!(&entry, &entry.clone().bounded(), "a second cut takes nothing");
            let line = entry.line().unwrap();
            let (end, body) = line.split_last().unwrap();
            prop_assert!(*end == b'\n' && !body.contains(&b'\n'));
            prop_assert!(line.len() <= crate::record::lines::LINE, "{}", line.len());
            prop_assert_eq!(Entry::read(body), Read::Entry(entry));
            for torn in (0..body.len()).step_by(1 + body.len() / 50) {
                prop_assert_eq!(Entry::read(&body[..torn]), Read::Broken, "a torn line is no line");
            }
        }

        #[test]
        fn no_line_harms(bytes: Vec<u8>) {
            Entry::read(&bytes);
        }
    }
}
