//! What operators noted on a question or a step, with who and when.

use super::wrap::wrap;
use crate::engine::{Did, Entry};
use crate::text::{Clean, fit};
use crate::ui::picture::Picture;
use crate::ui::state::State;

/// Cells of the name of who answered.
const NAME: usize = 12;
/// Rows of one note at most.
const ROWS: usize = 4;

/// The notes on the node or step `on`, oldest first.
pub(super) fn on<'s>(state: &'s State, picture: &Picture, on: &str) -> Vec<&'s Entry> {
    let (subject, _) = state.subject(&picture.incidents);
    let is_here = |entry: &&Entry| matches!(&entry.what, Did::Note { on: Some(noted), .. } if **noted == *on);
    state.notebook.entries(&subject).filter(is_here).collect()
}

/// Who answered the node or step `on`, before the answer: `you: `, or another console's hand, `anna: `;
/// with the time of it where there is room, `you 14:29: `.
pub(super) fn answered(state: &State, picture: &Picture, on: &str, timed: bool) -> String {
    let (subject, _) = state.subject(&picture.incidents);
    let is_it = |entry: &&Entry| matches!(&entry.what, Did::Answer { on: answered, .. } if **answered == *on);
    let last = state.notebook.entries(&subject).filter(is_it).last();
    let who = match last.filter(|entry| !state.notebook.is_mine(entry)) {
        None => "you".to_owned(),
        Some(entry) => fit(entry.who.split('@').next().unwrap_or_default(), NAME),
    };
    match last.filter(|_| timed) {
        Some(entry) => format!("{who} {}: ", entry.at.clock().get(..5).unwrap_or_default()),
        None => format!("{who}: "),
    }
}

/// Notes as rows of `cells` cells: `anna@mta1 14:29: asked the postmaster`.
pub(super) fn rows(notes: &[&Entry], cells: usize) -> Vec<String> {
    let mut rows = Vec::new();
    for entry in notes {
        let Did::Note { text, .. } = &entry.what else { continue };
        let clock = entry.at.clock();
        let text =
            Clean::from(format!("» {} {}: {text}", entry.who, clock.get(..5).unwrap_or_default()).as_str());
        let (lines, cut) = wrap(&text, cells, ROWS);
        let last = lines.len().saturating_sub(1);
        rows.extend(lines.into_iter().enumerate().map(|(at, line)| {
            // What is cut is handed over whole, so that the canvas marks it.
            let line = if at == last && cut { line.start..text.len() } else { line };
            text[line].to_owned()
        }));
    }
    rows
}
