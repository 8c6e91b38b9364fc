//! The selected thing as a term of the filter, and out of it again.

use crate::engine::{Dimension, Filter, Scope};
use crate::text::{Clean, fit};
use crate::ui::picture::Picture;
use crate::ui::screens::{Part, Screen, Table};
use crate::ui::state::{Pick, State};

/// Puts what is selected into the filter; where it is there already, takes it out.
pub(super) fn toggle(state: &mut State, picture: &Picture) {
    let terms = match terms(state, picture) {
        Ok(terms) => terms,
        Err(why) => return state.say(&state.keymap.told(why)),
    };
    let has = |text: &str, term: &String| Filter::has(text, term, &state.saved);
    let out = terms.iter().all(|term| has(state.filter.text(), term));
    let mut text = state.filter.text().to_owned();
    for term in &terms {
        if out || !has(&text, term) {
            text = Filter::toggled(&text, term, &state.saved);
        }
    }
    match Filter::parse_with(&text, &state.saved) {
        Ok(filter) => {
            state.typed.keep(&text);
            state.filter = filter;
            state.sort_exactly();
            let term = Clean::from(fit(&terms.join(" "), 60).as_str());
            state.say(&match (out, state.filter.is_empty()) {
                (true, true) => "the filter is dropped".to_owned(),
                (true, false) => format!("out of the filter: {term}"),
                (false, _) => format!("in the filter: {term}"),
            });
        }
        Err(_) => state.say("this cannot be asked for by a filter"),
    }
}

/// The terms that let through what is selected, and nothing else.
pub(super) fn terms(state: &State, picture: &Picture) -> Result<Vec<String>, &'static str> {
    match state.screen() {
        Screen::Board => of_board(state, picture),
        Screen::Incident if state.dossier.part == Part::Changed => {
            let nothing = "nothing is selected that could be filtered by";
            let one = picture.contrast.differences.get(state.dossier.value).ok_or(nothing)?;
            let key = match one.dimension {
                Dimension::Source => "source",
                Dimension::Campaign => "campaign",
                Dimension::Sender => "from",
                Dimension::Recipient => "domain",
                Dimension::Relay => "relay",
                Dimension::Stage => "stage",
                Dimension::Signature => "text",
                Dimension::Host => "host",
                Dimension::Tls => return Err("no filter asks for encryption"),
            };
            Ok(vec![Filter::exactly(key, &one.value)])
        }
        Screen::Sends => {
            let send = picture.sends.get(state.sending.at(&picture.sends)).ok_or("no send is here")?;
            Ok(vec![Filter::exactly("campaign", &send.campaign)])
        }
        Screen::Sources => {
            let named = |key, row: Option<&(Clean, _)>| match row {
                Some((name, _)) if name.is_empty() => Err("the log does not name it"),
                Some((name, _)) if name.as_str() == "other" => {
                    Err("these are those without a row of their own")
                }
                Some((name, _)) => Ok(vec![Filter::exactly(key, name)]),
                None => Err("nothing is selected that could be filtered by"),
            };
            match state.tables.table {
                Table::Files => Err("no filter asks for a file: {next-table} goes to hosts and our IPs"),
                Table::Hosts => named("host", picture.tables.hosts.get(state.tables.host)),
                Table::Ours => named("source", picture.tables.ours.get(state.tables.ours)),
            }
        }
        _ => Err("nothing is selected that could be filtered by"),
    }
}

fn of_board(state: &State, picture: &Picture) -> Result<Vec<String>, &'static str> {
    let Scope { provider, column, incident } = state.selected(&picture.incidents);
    let mut terms = Vec::new();
    if let Pick::Incident(_) = state.resolved(&picture.incidents)
        && let Some(incident) = picture.incident(incident.as_ref())
    {
        terms.push(Filter::exactly("cat", incident.category.id()));
    }
    terms.extend(provider.map(|id| Filter::exactly("provider", &id)));
    terms.extend(column.map(|label| Filter::exactly("code", &label)));
    if terms.is_empty() {
        Err("all providers are selected: go to one, or to a code with {right}")
    } else {
        Ok(terms)
    }
}
