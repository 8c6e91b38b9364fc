//! What the operator gave: answers, notes, look-ups, as the record of the incident holds them.

use crate::engine::{Answers, Did, Entry, Happened, Happening, Record};
use crate::model::{Answer, Moment};
use crate::text::{Clean, Redactor, percent};

/// A figure beyond this is nobody's: its digits would fill the page.
const MOST: f64 = 1e12;

/// What the operator gave.
#[derive(Clone, Debug, Default)]
pub struct Given {
    /// Answers to nodes and steps, by id.
    pub answers: Answers,
    /// Everything in the order of the record.
    pub entries: Vec<Entry>,
}

impl Given {
    /// What a record holds.
    #[must_use]
    pub fn of(record: &Record) -> Self {
        Self { answers: record.answers(), entries: record.entries().to_vec() }
    }

    /// The same with local parts masked, in words of the operator's too.
    pub(super) fn masked(&self, mask: &mut Redactor) -> Self {
        let mut masked = self.clone();
        for entry in &mut masked.entries {
            match &mut entry.what {
                Did::Note { text, .. } => *text = mask.clean(text),
                Did::Probe { command, result } => {
                    (*command, *result) = (mask.clean(command), mask.clean(result));
                }
                Did::Export { kind, path } => (*kind, *path) = (mask.clean(kind), mask.clean(path)),
                Did::Answer { .. } | Did::Opened => {}
            }
        }
        masked
    }

    /// Who answered `id` last and when; `None` where nobody did, or took it back.
    pub(super) fn answered(&self, id: &str) -> Option<&Entry> {
        let of = |entry: &&Entry| matches!(&entry.what, Did::Answer { on, .. } if **on == *id);
        let last = self.entries.iter().rev().find(of)?;
        matches!(last.what, Did::Answer { answer: Some(_), .. }).then_some(last)
    }

    /// Notes on a node or step.
    pub(super) fn notes(&self, id: &str) -> impl Iterator<Item = &Clean> {
        self.entries.iter().filter_map(move |entry| match &entry.what {
            Did::Note { on: Some(on), text } if **on == *id => Some(text),
            _ => None,
        })
    }

    /// The last result of a look-up whose command holds all of `words`.
    pub(super) fn looked_up(&self, words: &[&str]) -> Option<(&Clean, Moment)> {
        self.entries.iter().rev().find_map(|entry| match &entry.what {
            Did::Probe { command, result } if words.iter().all(|word| command.contains(word)) => {
                Some((result, entry.at))
            }
            _ => None,
        })
    }

    /// As a timeline tells it; `title` names nodes and steps.
    pub(super) fn happened(&self, title: &dyn Fn(&str) -> Option<String>) -> Vec<Happened> {
        let named = |id: &str| title(id).unwrap_or_else(|| id.to_owned());
        let tell = |entry: &Entry| {
            let (kind, what) = match &entry.what {
                Did::Answer { on, answer: Some(answer) } => {
                    (Happening::Answer, format!("{}: {}", named(on), said(*answer)))
                }
                Did::Answer { on, answer: None } => (Happening::Answer, format!("{}: taken back", named(on))),
                Did::Note { on: Some(on), text } => (Happening::Note, format!("{}: {text}", named(on))),
                Did::Note { on: None, text } => (Happening::Note, text.to_string()),
                Did::Export { kind, path } => (Happening::Export, format!("{kind}: {path}")),
                Did::Probe { command, result } => (Happening::Probe, format!("{command}: {result}")),
                Did::Opened => return None,
            };
            Some(Happened {
                at: entry.at,
                who: Some(entry.who.clone()),
                kind,
                what: Clean::from(what.as_str()),
            })
        };
        self.entries.iter().filter_map(tell).collect()
    }
}

/// An answer in a word.
pub(super) fn said(answer: Answer) -> String {
    match answer {
        Answer::Yes => "yes".to_owned(),
        Answer::No => "no".to_owned(),
        Answer::Unknown => "not known".to_owned(),
        Answer::Figure(figure) if (0.0..=1.0).contains(&figure) => percent_exact(figure),
        Answer::Figure(figure) if figure.abs() > MOST => "more than anybody counts".to_owned(),
        Answer::Figure(figure) => {
            let text = format!("{figure:.3}");
            text.trim_end_matches('0').trim_end_matches('.').to_owned()
        }
    }
}

/// A rate that somebody looked up: two decimals, since 0.12 % is not 0.1 %.
fn percent_exact(rate: f64) -> String {
    if rate < 0.1 { format!("{:.2}%", rate * 100.0) } else { percent(rate) }
}

#[cfg(test)]
mod tests {
    use super::said;
    use crate::model::Answer;

    #[test]
    fn a_figure_is_short_however_large_it_is() {
        let told = |figure| said(Answer::Figure(figure));
        assert_eq!([told(0.0012), told(0.25), told(1_200.0)], ["0.12%", "25.0%", "1200"]);
        assert_eq!([told(10.0), told(2.5), told(1.0 + f64::EPSILON)], ["10", "2.5", "1"]);
        for figure in [1e308, -1e308, f64::INFINITY] {
            assert_eq!(told(figure), "more than anybody counts");
        }
    }
}
