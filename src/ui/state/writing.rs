//! What the operator types: a filter, a figure, a note; and what is written down of it.

use std::path::PathBuf;
use std::sync::Arc;

use super::State;
use crate::engine::{Answer, Did, Filter, Incident, Unit};
use crate::model::Moment;
use crate::text::Clean;
use crate::ui::exports::{Preview, Wanted};
use crate::ui::notebook::subject;
use crate::ui::point::point;
use crate::ui::typing::{Editing, Mistake, Purpose, figure};
use crate::ui::view::figures;

impl State {
    /// Starts typing a filter.
    pub(in crate::ui) fn edit(&mut self) {
        let before = self.filter.clone();
        let text = before.text().to_owned();
        // What is typed next is the next term.
        let line = if text.is_empty() || text.ends_with(' ') { text } else { text + " " };
        self.editing = Some(Editing::new(Purpose::Filter { before }, &line));
        self.typed.begin();
    }

    /// Starts typing a figure or a note.
    pub(in crate::ui) fn ask(&mut self, purpose: Purpose) {
        self.editing = Some(Editing::new(purpose, ""));
    }

    /// Looks at what is typed so far. A filter works while it is typed; there a last word without a
    /// key is not taken yet: it may become one.
    pub(in crate::ui) fn typed(&mut self, typing: bool) {
        let Some(editing) = &mut self.editing else { return };
        let text = editing.line.text();
        match &editing.purpose {
            Purpose::Filter { .. } => {
                let filter = match Filter::parse_with(text, &self.saved) {
                    Ok(whole) => {
                        editing.mistake = None;
                        let last = text.rfind(' ').map_or(0, |space| space + 1);
                        let bare = !text[last..].contains([':', '~', '=', '@']) && !text[last..].is_empty();
                        let head = Filter::parse_with(&text[..last], &self.saved);
                        head.ok().filter(|_| typing && bare).unwrap_or(whole)
                    }
                    Err(error) => {
                        let so_far = Filter::so_far(text, &self.saved);
                        editing.mistake = Some(Mistake { at: error.at, reason: error.reason });
                        // What was read a key ago stays while its last term is typed on.
                        if self.filter.goes_on_from(&so_far) { self.filter.clone() } else { so_far }
                    }
                };
                self.exact |= filter != self.filter;
                self.filter = filter;
            }
            // Half a figure is no mistake yet.
            Purpose::Figure { .. } if typing => editing.mistake = None,
            Purpose::Figure { unit, .. } => editing.mistake = figure(text, *unit).err(),
            Purpose::Time { .. } if typing => editing.mistake = None,
            Purpose::Time { within } => editing.mistake = point(text, *within).err(),
            Purpose::Note { .. } => {
                let empty = !typing && text.trim().is_empty();
                let reason = || "nothing is written yet; Esc leaves it".to_owned();
                editing.mistake = empty.then(|| Mistake { at: 0, reason: reason() });
            }
        }
    }

    /// Ends typing without taking what was typed.
    pub(in crate::ui) fn end_edit(&mut self) {
        if let Some(Editing { purpose: Purpose::Filter { before }, .. }) = self.editing.take() {
            self.exact |= before != self.filter;
            self.filter = before;
        }
    }

    /// Takes what was typed, where it makes sense; else it stays, with what is wrong with it.
    pub(in crate::ui) fn take_typed(&mut self, incidents: &[Incident]) {
        self.typed(false);
        let Some(editing) = self.editing.take_if(|editing| editing.mistake.is_none()) else {
            if let Some(editing) = &mut self.editing {
                editing.refused = true;
            }
            return;
        };
        match &editing.purpose {
            Purpose::Filter { .. } => self.typed.keep(editing.line.text()),
            Purpose::Figure { on, unit, .. } => {
                if let Ok(value) = figure(editing.line.text(), *unit) {
                    let said = match unit {
                        Unit::Share => format!("your answer: {}", figures::exactly(value)),
                        Unit::Count | Unit::Times => format!("your answer: {value}"),
                    };
                    self.answer(incidents, on, Some(Answer::Figure(value)), &said);
                }
            }
            Purpose::Time { within } => {
                if let Ok(at) = point(editing.line.text(), *within) {
                    self.sight = (at < within.0).then_some(at);
                    self.sort_exactly();
                }
            }
            Purpose::Note { on, .. } => {
                let text = Clean::from(editing.line.text().trim());
                self.say("noted");
                self.write(incidents, Did::Note { on: on.clone(), text });
            }
        }
    }

    /// Writes down the operator's answer, or that it is taken back.
    pub(in crate::ui) fn answer(
        &mut self,
        incidents: &[Incident],
        on: &Arc<str>,
        answer: Option<Answer>,
        said: &str,
    ) {
        self.say(said);
        self.write(incidents, Did::Answer { on: Arc::clone(on), answer });
    }

    /// Writes down what the operator did; outside of an incident that is not kept, which is said once.
    pub(in crate::ui) fn write(&mut self, incidents: &[Incident], what: Did) {
        let (subject, incident) = self.subject(incidents);
        if incident.is_none() && !std::mem::replace(&mut self.told_unkept, true) {
            self.say("taken, until you quit: only what belongs to an incident is kept");
        }
        self.notebook.write((&subject, incident), what, self.wall);
    }

    /// A document was written, or could not be; what was stays in sight.
    pub(in crate::ui) fn written(&mut self, wanted: &Wanted, written: Result<PathBuf, String>) {
        if let Preview::Writing(document) = &self.desk.preview {
            self.desk.preview = Preview::Made(Arc::clone(document));
        }
        match written {
            Ok(path) => {
                let path = Clean::new(path.as_os_str().as_encoded_bytes());
                let what = Did::Export { kind: Clean::from(wanted.kind.name), path: path.clone() };
                let subject = subject(&wanted.scope, wanted.incident.as_ref());
                self.notebook.write((&subject, wanted.incident.as_ref()), what, self.wall);
                // The name first: it stays in sight where the line is cut.
                match path.rsplit_once('/') {
                    Some((_, name)) => self.say(&format!("written: {name}, in {}", self.desk.folder)),
                    None => self.say(&format!("written: {path}")),
                }
            }
            Err(why) => self.say(&format!("not written: {why}")),
        }
    }

    /// This console looks at an incident: that stands in its record once.
    pub(in crate::ui) fn look_at(&mut self, incident: &Incident) {
        self.notebook.open(incident, self.wall);
    }

    /// Says what is wrong with the record of what is in sight, once.
    pub(in crate::ui) fn tell_trouble(&mut self, incidents: &[Incident]) {
        let (subject, _) = self.subject(incidents);
        if let Some(trouble) = self.notebook.news(&subject) {
            self.say(&format!("not kept: {trouble}"));
        }
    }

    /// When the operator does something, by the wall clock.
    pub(in crate::ui) const fn wall(&self) -> Moment {
        self.wall
    }
}
