//! What the operator answered and noted, incident by incident: what the record keeps, and what is
//! still on its way to it.

use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

use crate::engine::{Answers, Did, Entry, Incident, Key, Scope};
use crate::model::Moment;
use crate::text::Clean;

/// Entries that wait for the record at most.
const WAITING: usize = 1_000;
/// Notebooks kept at most: incidents and other scopes that answers were given for.
const SUBJECTS: usize = 64;

/// What answers and notes are about.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Subject {
    /// An incident, by its id: its record is kept.
    Incident(Clean),
    /// A scope outside of any incident, by its provider: only as long as the console is open.
    Scope(Option<Clean>),
}

/// What the thread that keeps the records tells about one of them.
#[derive(Clone, Debug, Default)]
pub(super) struct Kept {
    /// Everything in it, in its order.
    pub(super) entries: Arc<[Entry]>,
    /// Serial of the last order that it contains.
    pub(super) done: u64,
    /// Why something could not be read or kept.
    pub(super) trouble: Option<Clean>,
}

/// What the thread that keeps the records is asked to do.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Order {
    /// The id of the incident.
    pub(super) id: Clean,
    /// Its record.
    pub(super) key: Key,
    /// What to keep; `None` reads what other consoles have added.
    pub(super) entry: Option<Entry>,
    /// Grows by one with every order.
    pub(super) serial: u64,
}

/// One subject's entries.
#[derive(Debug, Default)]
struct Page {
    kept: Kept,
    /// Not yet among the kept, each with its order's serial.
    pending: VecDeque<(u64, Entry)>,
    /// Whether this console has said that it looks at it.
    opened: bool,
}

/// Every page, and what is on its way.
#[derive(Debug, Default)]
pub(super) struct Notebook {
    who: Clean,
    pages: BTreeMap<Subject, Page>,
    out: VecDeque<Order>,
    serial: u64,
    /// Trouble that was said already.
    said: Option<Clean>,
}

impl Notebook {
    /// Whose hand it is: `user@host`.
    pub(super) fn sign(&mut self, who: &str) {
        self.who = Clean::from(who);
    }

    /// Whether it was this console's operator.
    pub(super) fn is_mine(&self, entry: &Entry) -> bool {
        entry.who == self.who
    }

    /// The answers that hold for `subject`.
    pub(super) fn answers(&self, subject: &Subject) -> Answers {
        let mut answers = Answers::new();
        for entry in self.entries(subject) {
            if let Did::Answer { on, answer } = &entry.what {
                match answer {
                    Some(answer) => answers.insert(Arc::clone(on), *answer),
                    None => answers.remove(on),
                };
            }
        }
        answers
    }

    /// Everything of `subject`, oldest first.
    pub(super) fn entries(&self, subject: &Subject) -> impl Iterator<Item = &Entry> + use<'_> {
        let page = self.pages.get(subject);
        let kept = page.map(|page| page.kept.entries.iter()).into_iter().flatten();
        kept.chain(page.into_iter().flat_map(|page| page.pending.iter().map(|(_, entry)| entry)))
    }

    /// Why something of `subject` could not be kept or read.
    pub(super) fn trouble(&self, subject: &Subject) -> Option<&Clean> {
        self.pages.get(subject)?.kept.trouble.as_ref()
    }

    /// Writes down what happened at `at`, by the wall clock; what belongs to an incident is ordered to
    /// be kept.
    pub(super) fn write(
        &mut self,
        (subject, incident): (&Subject, Option<&Incident>),
        what: Did,
        at: Moment,
    ) {
        if !self.pages.contains_key(subject) && self.pages.len() >= SUBJECTS {
            // What is kept can be read again; the others were never promised to last.
            let idle =
                self.pages.iter().find(|(_, page)| page.pending.is_empty()).map(|(one, _)| one.clone());
            idle.or_else(|| self.pages.keys().next().cloned()).map(|one| self.pages.remove(&one));
        }
        self.serial += 1;
        let entry = Entry { at, who: self.who.clone(), what };
        let page = self.pages.entry(subject.clone()).or_default();
        if page.pending.len() >= WAITING {
            page.pending.pop_front();
        }
        page.pending.push_back((self.serial, entry.clone()));
        if let (Subject::Incident(id), Some(incident)) = (subject, incident) {
            let order =
                Order { id: id.clone(), key: incident.key(), entry: Some(entry), serial: self.serial };
            if self.out.len() < WAITING {
                self.out.push_back(order);
            }
        }
    }

    /// Says once, for the timeline, that this console looks at the incident.
    pub(super) fn open(&mut self, incident: &Incident, at: Moment) {
        let subject = Subject::Incident(incident.id.clone());
        if !std::mem::replace(&mut self.pages.entry(subject.clone()).or_default().opened, true) {
            self.write((&subject, Some(incident)), Did::Opened, at);
        }
    }

    /// The next thing for the thread that keeps the records.
    pub(super) fn take_order(&mut self) -> Option<Order> {
        self.out.pop_front()
    }

    /// An order that could not be handed over; it comes first the next time.
    pub(super) fn put_back(&mut self, order: Order) {
        self.out.push_front(order);
    }

    /// Takes what the record holds by now. `true` when the screen changes by that.
    pub(super) fn keep(&mut self, id: &Clean, kept: Kept) -> bool {
        let page = self.pages.entry(Subject::Incident(id.clone())).or_default();
        let before = page.pending.len();
        page.pending.retain(|(serial, _)| *serial > kept.done);
        let changed = before != page.pending.len()
            || page.kept.entries != kept.entries
            || page.kept.trouble != kept.trouble;
        page.kept = kept;
        changed
    }

    /// What is wrong with keeping, where that was not said yet.
    pub(super) fn news(&mut self, subject: &Subject) -> Option<Clean> {
        let trouble = self.trouble(subject).cloned();
        if trouble == self.said {
            return None;
        }
        self.said.clone_from(&trouble);
        trouble
    }
}

/// What `scope` is about, as far as answers go: the incident that it lies in, else itself.
pub(super) fn subject(scope: &Scope, incident: Option<&Incident>) -> Subject {
    match incident {
        Some(incident) => Subject::Incident(incident.id.clone()),
        None => Subject::Scope(scope.provider.clone()),
    }
}
