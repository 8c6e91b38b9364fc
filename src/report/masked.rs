//! What in each document may name somebody: shown to the [`Redactor`], which masks it.

use std::sync::Arc;

use super::alert::{Alert, Says};
use super::export::IncidentFacts;
use super::facts::{Facts, Said};
use super::sends::Sends;
use super::{Changed, facts};
use crate::engine::{
    Comparison, Contrast, Diagnosis, Difference, Dimension, Incident, Snapshot, SourceView, Specimen, Takes,
    Total,
};
use crate::text::{Clean, Redactor, Text, Texts};

/// Who is named in what is hidden and shown of what was read: the parties of all strings that are kept.
/// With `redact` false one that masks nothing.
#[must_use]
pub fn redactor<'s>(read: impl IntoIterator<Item = &'s Snapshot>, redact: bool) -> Redactor {
    if !redact {
        return Redactor::off();
    }
    let mut mask = Redactor::new();
    for snapshot in read {
        for one in snapshot.kept_strings() {
            mask.learn(&one.recipient);
            mask.learn_sender(&one.sender);
        }
        snapshot.known_names().iter().for_each(|name| mask.keep(name));
    }
    mask
}

/// Shows a question or title; most hold no value.
fn asked(text: &mut Arc<str>, show: &mut dyn FnMut(Text<'_>)) {
    let mut told = text.to_string();
    show(Text::Told(&mut told));
    if *told != **text {
        *text = told.into();
    }
}

fn told(texts: &mut [String], show: &mut dyn FnMut(Text<'_>)) {
    texts.iter_mut().for_each(|text| show(Text::Told(text)));
}

fn links(texts: &mut [String], show: &mut dyn FnMut(Text<'_>)) {
    texts.iter_mut().for_each(|text| show(Text::Link(text)));
}

fn value(dimension: Dimension, value: &mut Clean, show: &mut dyn FnMut(Text<'_>)) {
    show(match dimension {
        Dimension::Campaign => Text::Name(value),
        _ if dimension.is_of_the_reply() => Text::Said(value),
        _ => Text::Place(value),
    });
}

impl Texts for Specimen {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        for text in [&mut self.recipient, &mut self.sender, &mut self.reply] {
            show(Text::Said(text));
        }
        for text in [&mut self.relay, &mut self.source, &mut self.host] {
            show(Text::Place(text));
        }
        show(Text::Name(&mut self.campaign));
        let verdict = Arc::make_mut(&mut self.verdict);
        show(Text::Said(&mut verdict.evidence));
        show(Text::Said(&mut verdict.signature));
        verdict.list.iter_mut().for_each(|list| show(Text::Place(list)));
    }
}

impl Texts for Said {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        show(Text::Said(&mut self.signature));
        show(Text::Said(&mut self.sample));
    }
}

impl Texts for Says {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        show(Text::Said(&mut self.signature));
    }
}

impl Texts for Incident {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        show(Text::Place(&mut self.id));
        show(Text::Name(&mut self.name));
        self.campaign.iter_mut().for_each(|campaign| show(Text::Name(campaign)));
        self.source.iter_mut().for_each(|source| show(Text::Place(source)));
        show(Text::Told(&mut self.verdict));
    }
}

impl Texts for Contrast {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        for Difference { dimension, value: name, also, .. } in &mut self.differences {
            value(*dimension, name, show);
            also.iter_mut().for_each(|also| value(also.dimension, &mut also.value, show));
        }
    }
}

impl Texts for Diagnosis {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        let takes = |takes: &mut Takes, show: &mut dyn FnMut(Text<'_>)| {
            if let Takes::Figure { hint, .. } = takes {
                show(Text::Told(hint));
            }
        };
        for line in &mut self.tree {
            asked(&mut line.question, show);
            show(Text::Told(&mut line.answer));
            takes(&mut line.takes, show);
            line.command.iter_mut().for_each(|command| show(Text::Told(command)));
            links(&mut line.links, show);
        }
        for step in &mut self.checklist {
            asked(&mut step.title, show);
            show(Text::Told(&mut step.detail));
            takes(&mut step.takes, show);
            step.command.iter_mut().for_each(|command| show(Text::Told(command)));
        }
        show(Text::Told(&mut self.remedy.verdict));
        show(Text::Told(&mut self.confidence.reason));
        told(&mut self.remedy.todo, show);
        told(&mut self.remedy.dont, show);
        told(&mut self.missing, show);
        told(&mut self.would_change, show);
        links(&mut self.remedy.links, show);
    }
}

impl Texts for SourceView {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        show(Text::Place(&mut self.name));
        show(Text::Place(&mut self.state));
        self.notes.iter_mut().for_each(|note| show(Text::Place(note)));
        self.puzzling.iter_mut().for_each(|puzzle| show(Text::Said(&mut puzzle.text)));
        self.strange.iter_mut().for_each(|line| show(Text::Said(line)));
    }
}

impl Texts for Changed {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        show(Text::Place(&mut self.incident));
        show(Text::Told(&mut self.verdict));
        self.contrast.texts(show);
    }
}

impl Texts for Facts {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        self.filter.iter_mut().for_each(|filter| show(Text::Said(&mut filter.text)));
        self.files.texts(show);
        self.puzzling.iter_mut().for_each(|line| show(Text::Said(line)));
        self.providers.iter_mut().for_each(|row| show(Text::Place(&mut row.name)));
        self.signatures.texts(show);
        let places = self.hosts.iter_mut().chain(&mut self.sources);
        places.for_each(|facts::Named { name, .. }| show(Text::Place(name)));
        self.campaigns.iter_mut().for_each(|row| show(Text::Name(&mut row.name)));
        self.incidents.texts(show);
        self.changed.texts(show);
        self.complaints.iter_mut().for_each(|row| show(Text::Place(&mut row.name)));
        self.diagnosis.texts(show);
        self.sample.texts(show);
    }
}

impl Texts for IncidentFacts {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        show(Text::Told(&mut self.summary));
        self.incident.texts(show);
        self.providers.iter_mut().for_each(|name| show(Text::Place(name)));
        self.list.iter_mut().for_each(|list| show(Text::Place(&mut list.name)));
        self.signatures.texts(show);
        self.contrast.texts(show);
        self.diagnosis.texts(show);
        self.timeline.iter_mut().for_each(|happened| show(Text::Said(&mut happened.what)));
        self.sample.texts(show);
        self.files.iter_mut().for_each(|file| show(Text::Place(&mut file.name)));
    }
}

impl Texts for Sends {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        for send in &mut self.sends {
            show(Text::Name(&mut send.view.campaign));
            send.view.providers.iter_mut().for_each(|at| show(Text::Place(&mut at.name)));
        }
    }
}

impl Texts for Total {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        self.campaign.iter_mut().for_each(|campaign| show(Text::Name(campaign)));
    }
}

impl Texts for Comparison {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        self.a.texts(show);
        self.b.texts(show);
        self.providers.iter_mut().for_each(|line| show(Text::Place(&mut line.name)));
        self.signatures.iter_mut().for_each(|line| show(Text::Said(&mut line.name)));
    }
}

impl Texts for Alert {
    fn texts(&mut self, show: &mut dyn FnMut(Text<'_>)) {
        self.hosts.iter_mut().for_each(|host| show(Text::Place(host)));
        self.incident.texts(show);
        self.diagnosis.texts(show);
        self.says.texts(show);
    }
}
