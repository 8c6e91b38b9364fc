//! What the screen is about, and what has to be known to draw it.

use super::{Pick, State};
use crate::engine::{Answers, Incident, Scope};
use crate::ui::notebook::{Subject, subject};
use crate::ui::picture::{Draw, Question, incident_of};
use crate::ui::screens::Screen;
use crate::ui::view;

impl State {
    /// What the overview's selection is about.
    pub(in crate::ui) fn selected(&self, incidents: &[Incident]) -> Scope {
        match self.resolved(incidents) {
            Pick::Incident(id) => incidents
                .iter()
                .find(|incident| incident.id == id)
                .map(Scope::of_incident)
                .unwrap_or_default(),
            Pick::Provider(id) => Scope { provider: Some(id), column: self.column.clone(), incident: None },
            Pick::All | Pick::Auto => Scope { column: self.column.clone(), ..Scope::default() },
        }
    }

    /// The selection with [`Pick::Auto`] and incidents that are over resolved.
    pub(in crate::ui) fn resolved(&self, incidents: &[Incident]) -> Pick {
        let mut running = incidents.iter().filter(|incident| incident.until.is_none());
        match &self.pick {
            Pick::Auto => running.next().map_or(Pick::All, |incident| Pick::Incident(incident.id.clone())),
            Pick::Incident(id) if !running.any(|incident| incident.id == *id) => {
                let known = incidents.iter().find(|incident| incident.id == *id);
                let provider = known.and_then(|incident| incident.provider.clone());
                provider.map_or(Pick::All, Pick::Provider)
            }
            pick => pick.clone(),
        }
    }

    /// The incident that the incident's screen is about: the one that was chosen, else the first that
    /// runs, else the newest.
    pub(in crate::ui) fn shown<'i>(&self, incidents: &'i [Incident]) -> Option<&'i Incident> {
        let chosen = self.dossier.id.as_ref();
        let found = chosen.and_then(|id| incidents.iter().find(|incident| incident.id == *id));
        // Before an incident began there is nothing to say of it, and another one is another matter.
        let is_yet_to_come = self.sight.is_some() && chosen.is_some();
        found.or_else(|| incidents.first().filter(|_| !is_yet_to_come))
    }

    /// What the screen is about: the drill's scope, the incident, else the selection.
    pub(in crate::ui) fn scope(&self, incidents: &[Incident]) -> Scope {
        match self.base() {
            Screen::Drill => self.drill.scope.clone(),
            Screen::Incident => self.shown(incidents).map(Scope::of_incident).unwrap_or_default(),
            _ => self.selected(incidents),
        }
    }

    /// What answers and notes are about just now, and its incident.
    pub(in crate::ui) fn subject<'i>(&self, incidents: &'i [Incident]) -> (Subject, Option<&'i Incident>) {
        let scope = self.scope(incidents);
        let incident = incident_of(incidents, &scope);
        (subject(&scope, incident), incident)
    }

    /// What has to be known to draw the screen, on which the trend has `slots` columns.
    pub(in crate::ui) fn question(&self, incidents: &[Incident], slots: usize) -> Question {
        let scope = self.scope(incidents);
        let base = self.base();
        let is_told = matches!(base, Screen::Drill | Screen::Incident);
        // The overview has a pane for it where it is wide.
        let is_contrasted = base == Screen::Incident || base == Screen::Board && self.size.0 >= view::CHANGED;
        let incident =
            incident_of(incidents, &scope).or_else(|| incidents.first().filter(|one| one.until.is_none()));
        Question {
            at: self.sight,
            window: self.window,
            answers: if is_told || self.under() == Screen::Probes {
                self.notebook.answers(&self.subject(incidents).0)
            } else {
                Answers::default()
            },
            contrast: incident.filter(|_| is_contrasted).map(|incident| incident.id.clone()),
            incident: incident.filter(|_| base == Screen::Incident).map(|incident| incident.id.clone()),
            probes: self.under() == Screen::Probes,
            sends: base == Screen::Sends,
            said: (base == Screen::Sends && view::says_of_sends(self.size))
                .then(|| self.sending.pick.clone()),
            compared: self.sending.compared.clone().filter(|_| self.covered() == Screen::Compare),
            scope,
            filter: self.filter.clone(),
            slots,
            tables: self.covered() == Screen::Sources,
            told: is_told,
            drill: (base == Screen::Drill).then_some(Draw { serial: self.drill.serial, limit: self.strings }),
            by_time: self.by_time,
        }
    }
}
