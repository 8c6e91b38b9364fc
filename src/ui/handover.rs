//! What is copied: plain text for a ticket or a chat, made of what is on the screen.

use std::fmt::Write as _;

use super::chronicle;
use super::picture::Picture;
use super::screens::{Part, Screen};
use super::state::State;
use super::traces::Reached;
use super::view::figures;
use super::view::words::sentence;
use crate::engine::{Happened, LogSays, Scope, SendView, Traced};
use crate::text::{Clean, Redactor, share};

/// What is copied, with local parts of addresses masked: it goes into tickets and chats. A document is
/// copied as its preview shows it.
pub(super) fn masked(state: &State, picture: &Picture, text: String) -> String {
    // A command holds addresses and names of hosts, and has to work as it is.
    if matches!(state.screen(), Screen::Preview | Screen::Probes) {
        return text;
    }
    let text = dated(state, picture, text);
    let mut mask = Redactor::new();
    if let Some(LogSays::Attempt(attempt)) = state.raw.line().map(|line| &line.says) {
        mask.learn(&attempt.recipient);
    }
    for string in &picture.sample.strings {
        mask.learn(&string.recipient);
        mask.learn_sender(&string.sender);
    }
    // Who wrote what is told.
    chronicle::of(state, picture).iter().flat_map(|row| &row.who).for_each(|who| mask.keep(who));
    // Once to learn what is in it: the address may stand behind the name alone.
    let _ = mask.text(&text);
    mask.text(&text)
}

/// The selected string, or the selected row of the board: what it is called, and the text.
pub(super) fn selected(state: &State, picture: &Picture) -> (&'static str, String) {
    match state.screen() {
        Screen::Drill => {
            let string = picture.sample.strings.get(state.drill.string);
            ("the string", string.map(|specimen| specimen.reply.to_string()).unwrap_or_default())
        }
        Screen::Trace => {
            let line = traced(state).and_then(|(traced, at)| traced.lines.get(at));
            ("the line", line.map(|line| line.text.to_string()).unwrap_or_default())
        }
        Screen::Probes => {
            let probe = picture.probes.get(state.probe);
            ("the command", probe.map(|probe| probe.command.clone()).unwrap_or_default())
        }
        Screen::RawLog => {
            ("the line", state.raw.line().map(|line| line.text.to_string()).unwrap_or_default())
        }
        Screen::Incident => match state.dossier.part {
            Part::Changed => {
                let value = picture.contrast.differences.get(state.dossier.value);
                ("what changed", value.map(|value| format!("{}\n", sentence(value))).unwrap_or_default())
            }
            Part::Timeline => {
                let rows = chronicle::of(state, picture);
                let at = state.dossier.happened.unwrap_or(rows.len().saturating_sub(1));
                ("the entry", rows.get(at).map(happened).unwrap_or_default())
            }
            Part::Incidents => ("the incident", summary(state, picture)),
        },
        Screen::Preview => {
            let document = state.desk.document();
            ("the document", document.map(|document| document.text.clone()).unwrap_or_default())
        }
        Screen::Sends => {
            let send = picture.sends.get(state.sending.at(&picture.sends));
            ("the send", send.map(sent).unwrap_or_default())
        }
        _ => ("the selection", summary(state, picture)),
    }
}

/// A picture of the past says of which moment. One string, or one line, is what it is.
fn dated(state: &State, picture: &Picture, text: String) -> String {
    let is_one = matches!(state.screen(), Screen::Trace | Screen::Sends) || !text.trim_end().contains('\n');
    let is_plain = text.is_empty() || is_one && state.screen() != Screen::Board;
    match picture.head.back.filter(|_| !is_plain) {
        Some(at) => format!("As it stood at {}:\n{text}", at.date_zone()),
        None => text,
    }
}

/// One line of the timeline.
fn happened(row: &Happened) -> String {
    let who = row.who.as_ref().map_or("log", |who| who.as_str());
    format!("{}  {who}  {}\n", row.at.stamp(), row.what)
}

/// A send in one line.
fn sent(send: &SendView) -> String {
    let rate = |count: u64| figures::percent(share(count, send.attempts));
    format!(
        "{} since {}: {} attempts, {} rejected, {} unknown users, {} deferred\n",
        send.campaign,
        send.first.date_zone(),
        figures::thousands(send.attempts),
        rate(send.rejected),
        rate(send.unknown_users),
        rate(send.deferred),
    )
}

/// Everything that the screen says about its scope.
pub(super) fn everything(state: &State, picture: &Picture) -> (&'static str, String) {
    if let (Screen::Trace, Some((traced, _))) = (state.screen(), traced(state)) {
        let lines: Vec<&str> = traced.lines.iter().map(|line| line.text.as_str()).collect();
        return ("every line of the trace", lines.join("\n"));
    }
    let mut text = summary(state, picture);
    if state.screen() == Screen::Incident {
        text.push_str("\nWhat changed:\n");
        for value in &picture.contrast.differences {
            let _ = writeln!(text, "{}", sentence(value));
        }
        text.push_str("\nTimeline:\n");
        chronicle::of(state, picture).iter().for_each(|row| text.push_str(&happened(row)));
        return ("what changed and the timeline", text);
    }
    if state.screen() != Screen::Drill {
        return ("the overview of the selection", text);
    }
    let remedy = &picture.diagnosis.remedy;
    if !remedy.verdict.is_empty() {
        let _ = writeln!(text, "\nVERDICT  {}", Clean::from(remedy.verdict.as_str()));
    }
    for (word, lines) in [("DO     ", &remedy.todo), ("DON'T  ", &remedy.dont), ("LINK   ", &remedy.links)] {
        for line in lines {
            let _ = writeln!(text, "{word}  {}", Clean::from(line.as_str()));
        }
    }
    let _ = writeln!(
        text,
        "\n{} strings of {}:",
        picture.sample.strings.len(),
        figures::thousands(picture.sample.of)
    );
    for string in &picture.sample.strings {
        let _ = writeln!(text, "{}  {}  {}", string.at.stamp(), string.relay, string.reply);
    }
    ("the sample and the verdict", text)
}

/// What the trace in sight found, and the line that is selected.
fn traced(state: &State) -> Option<(&Traced, usize)> {
    let trace = state.traces.top()?;
    match &trace.reached {
        Reached::Found(traced) => Some((traced, trace.line)),
        Reached::Searching(..) | Reached::Failed(_) => None,
    }
}

fn summary(state: &State, picture: &Picture) -> String {
    let scope = state.scope(&picture.incidents);
    let mut text = String::new();
    if let Some(incident) = picture.incident_of(&scope) {
        let _ = writeln!(
            text,
            "INCIDENT {} since {}: {} refused{}; {}",
            incident.name,
            incident.onset.date_zone(),
            figures::percent(incident.rate),
            incident.was(", was "),
            Clean::from(incident.verdict.as_str())
        );
    }
    let Scope { provider, column, .. } = &scope;
    if let Some(row) = picture.row(provider.as_ref()) {
        let _ = writeln!(
            text,
            "{}{} in the {} before {}: {} attempts, {} rejected, {}",
            if provider.is_some() { row.name.as_str() } else { "All providers" },
            column.as_ref().map(|label| format!(" {label}")).unwrap_or_default(),
            state.window,
            picture.now.date_zone(),
            figures::thousands(row.attempts),
            figures::thousands(row.rejected),
            figures::percent(row.rate),
        );
    }
    for signature in &picture.signatures {
        // Whose reply it is, is known of the strings in sight; else the signature names nobody.
        let is_known = picture.sample.strings.iter().any(|string| string.reply == signature.sample);
        let said = if is_known { &signature.sample } else { &signature.signature };
        let _ = writeln!(text, "{:>6}  {said}", figures::percent(signature.share));
    }
    text
}
