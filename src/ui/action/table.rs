//! Every action with its keys, its words and where it works, in the order of the help screen.

use super::{Action, Entry, Places};

const fn entry(
    action: Action,
    id: &'static str,
    keys: &'static [&'static str],
    (short, rank): (&'static str, u8),
    help: &'static str,
    places: Places,
) -> Entry {
    Entry { action, id, keys, short, help, places, rank }
}

/// Every action, in the order of the help screen.
pub(in crate::ui) const TABLE: &[Entry] = &[
    entry(Action::Up, "up", &["k", "up"], ("", 0), "one up", Places::ALL),
    entry(Action::Down, "down", &["j", "down"], ("", 0), "one down", Places::ALL),
    entry(
        Action::Left,
        "left",
        &["h", "left"],
        ("", 0),
        "one code column left; the leftmost is the whole row",
        Places::BOARD,
    ),
    entry(Action::Right, "right", &["l", "right"], ("", 0), "one code column right", Places::BOARD),
    entry(
        Action::Open,
        "open",
        &["enter"],
        ("drill", 2),
        "into it: the strings, the diagnosis, the checklist",
        Places::BOARD,
    ),
    entry(
        Action::Open,
        "zoom",
        &["enter", "z"],
        ("zoom", 3),
        "give this pane the whole screen, and back",
        Places::DRILL,
    ),
    entry(
        Action::Open,
        "open-drill",
        &["enter"],
        ("drill", 2),
        "into it: the strings, the diagnosis, the checklist",
        Places::INCIDENT,
    ),
    entry(
        Action::Open,
        "compare",
        &["enter"],
        ("compare", 3),
        "the marked sends side by side; else with those before",
        Places::SENDS,
    ),
    entry(
        Action::Open,
        "preview",
        &["enter"],
        ("preview", 2),
        "show it as it would be written; nothing is written yet",
        Places::EXPORTS,
    ),
    entry(
        Action::Open,
        "keep-theme",
        &["enter"],
        ("keep", 1),
        "wear this theme; the list says how to keep it for good",
        Places::THEMES,
    ),
    entry(
        Action::Back,
        "back",
        &["esc"],
        ("back", 2),
        "one step back; never quits",
        Places(Places::ALL.0 & !Places::BOARD.0),
    ),
    entry(
        Action::Back,
        "unfilter",
        &["esc"],
        ("", 0),
        "drop the filter, then the selection; never quits",
        Places::BOARD,
    ),
    entry(
        Action::NextPane,
        "next-pane",
        &["tab", "l", "right"],
        ("pane", 4),
        "next pane: sample, diagnosis, checklist",
        Places::DRILL,
    ),
    entry(
        Action::PreviousPane,
        "previous-pane",
        &["backtab", "h", "left"],
        ("", 0),
        "previous pane",
        Places::DRILL,
    ),
    entry(
        Action::NextPane,
        "next-part",
        &["tab", "l", "right"],
        ("pane", 4),
        "next pane: what changed, timeline, all incidents",
        Places::INCIDENT,
    ),
    entry(
        Action::PreviousPane,
        "previous-part",
        &["backtab", "h", "left"],
        ("", 0),
        "previous pane",
        Places::INCIDENT,
    ),
    entry(
        Action::NextPane,
        "next-table",
        &["tab", "l", "right"],
        ("pane", 4),
        "next table: files, MTA hosts, our IPs and pools",
        Places::SOURCES,
    ),
    entry(
        Action::PreviousPane,
        "previous-table",
        &["backtab", "h", "left"],
        ("", 0),
        "previous table",
        Places::SOURCES,
    ),
    entry(
        Action::Trace,
        "trace",
        &["t"],
        ("trace", 6),
        "trace: every line of this string's queue id",
        Places::SAMPLE,
    ),
    entry(
        Action::Trace,
        "trace-on",
        &["t"],
        ("go on", 3),
        "trace the other id that this line names",
        Places::TRACE,
    ),
    entry(
        Action::Yes,
        "yes",
        &["y"],
        ("yes", 3),
        "your answer: yes, done; once more takes it back",
        Places::ANSWERS,
    ),
    entry(Action::No, "no", &["n"], ("no", 3), "your answer: no; once more takes it back", Places::ANSWERS),
    entry(
        Action::Unknown,
        "unknown",
        &["u"],
        ("not known", 8),
        "your answer: looked, and could not tell",
        Places::ANSWERS,
    ),
    entry(
        Action::Figure,
        "figure",
        &["a"],
        ("figure", 7),
        "type the figure that is asked for, such as 0.12%",
        Places::ANSWERS,
    ),
    entry(
        Action::Note,
        "note",
        &["o"],
        ("note", 6),
        "write a note on what is selected, with your name",
        Places::ANSWERS,
    ),
    entry(
        Action::Note,
        "note-incident",
        &["o"],
        ("note", 7),
        "write a note on the incident, with your name",
        Places::INCIDENT.and(Places::SAMPLE),
    ),
    entry(
        Action::Incident,
        "incident",
        &["i"],
        ("incident", 3),
        "to the running incident; again for the next one",
        Places::PICTURE.and(Places::INCIDENT),
    ),
    entry(
        Action::Dossier,
        "what-changed",
        &["I"],
        ("what changed", 4),
        "the incident: what changed, its timeline, past ones",
        Places::PICTURE,
    ),
    entry(
        Action::Sends,
        "sends",
        &["C"],
        ("sends", 10),
        "campaigns: each send beside the sends before it",
        Places::PICTURE.and(Places::INCIDENT),
    ),
    entry(Action::Mark, "mark", &["m"], ("mark", 4), "mark this send; two can be compared", Places::SENDS),
    entry(
        Action::Exports,
        "export",
        &["e"],
        ("export", 5),
        "report, suppression list, dossier, hold commands",
        Places::PICTURE.and(Places::INCIDENT),
    ),
    entry(
        Action::Write,
        "write",
        &["w"],
        ("write", 3),
        "write it to the folder that is named, never over a file",
        Places::PREVIEW,
    ),
    entry(
        Action::Redact,
        "redact",
        &["r"],
        ("addresses", 4),
        "show or redact addresses and local parts",
        Places::PREVIEW,
    ),
    entry(
        Action::Checklist,
        "checklist",
        &["c"],
        ("checklist", 9),
        "to the first-five-minutes checklist",
        Places::PICTURE.and(Places::INCIDENT),
    ),
    entry(
        Action::Filter,
        "filter",
        &["/"],
        ("filter", 5),
        "filter: provider:gmail code:5.7.* cat:auth !text~\"spam\"",
        Places::PICTURE,
    ),
    entry(
        Action::Freeze,
        "freeze",
        &["space"],
        ("freeze", 7),
        "hold the picture still, and back to live; reading goes on",
        Places::PICTURE.and(Places::INCIDENT).and(Places::SENDS),
    ),
    entry(Action::Longer, "longer", &["+", "="], ("", 0), "longer window", Places::PICTURE),
    entry(Action::Shorter, "shorter", &["-", "_"], ("window", 8), "shorter window", Places::PICTURE),
    entry(
        Action::Sort,
        "sort",
        &["s"],
        ("sort", 10),
        "sort the board by the next column, and settle it now",
        Places::BOARD,
    ),
    entry(
        Action::Sources,
        "sources",
        &["S"],
        ("sources", 11),
        "what is read: files, what puzzled; hosts, our IPs",
        Places::PICTURE.and(Places::INCIDENT).and(Places::SENDS).and(Places::TRACE),
    ),
    entry(Action::Wrap, "wrap", &["w"], ("wrap", 7), "wrap or cut the strings", Places::SAMPLE),
    entry(
        Action::Refresh,
        "refresh",
        &["r"],
        ("refresh", 8),
        "draw a new sample; until then it stays as it is",
        Places::DRILL,
    ),
    entry(
        Action::Copy,
        "copy",
        &["y"],
        ("copy", 9),
        "copy the selection to your terminal's clipboard",
        Places::BOARD
            .and(Places::SAMPLE)
            .and(Places::TRACE)
            .and(Places::INCIDENT)
            .and(Places::SENDS)
            .and(Places::PREVIEW),
    ),
    entry(
        Action::CopyAll,
        "copy-all",
        &["Y"],
        ("", 0),
        "copy all: strings, verdict, what to do and not to do",
        Places::PICTURE.and(Places::INCIDENT).and(Places::TRACE),
    ),
    entry(Action::First, "first", &["g", "home"], ("", 0), "to the first", Places::ALL),
    entry(Action::Last, "last", &["G", "end"], ("", 0), "to the last", Places::ALL),
    entry(Action::PageUp, "page-up", &["pageup", "ctrl-b", "ctrl-u"], ("", 0), "ten up", Places::ALL),
    entry(Action::PageDown, "page-down", &["pagedown", "ctrl-f", "ctrl-d"], ("", 0), "ten down", Places::ALL),
    entry(
        Action::Theme,
        "theme",
        &["T"],
        ("", 0),
        "the themes: look at each of them, Enter keeps one",
        Places::ALL,
    ),
    entry(Action::Redraw, "redraw", &["ctrl-l"], ("", 0), "draw the screen anew", Places::ALL),
    entry(Action::Suspend, "suspend", &["ctrl-z"], ("", 0), "back to the shell; fg returns", Places::ALL),
    entry(Action::Help, "help", &["?", "f1"], ("help", 1), "this help, and back", Places::ALL),
    entry(Action::Quit, "quit", &["q", "ctrl-c"], ("quit", 20), "quit", Places::ALL),
];

#[cfg(test)]
mod tests {
    use super::TABLE;

    #[test]
    fn every_action_has_an_id_of_its_own_a_key_and_a_sentence() {
        let mut ids: Vec<_> = TABLE.iter().map(|entry| entry.id).collect();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), TABLE.len());
        assert!(TABLE.iter().all(|entry| !entry.keys.is_empty() && !entry.help.is_empty()));
        assert!(TABLE.iter().all(|entry| entry.help.len() <= 57), "the help fits into 80 columns");
        assert!(TABLE.iter().all(|entry| (entry.rank == 0) == entry.short.is_empty()));
    }
}
