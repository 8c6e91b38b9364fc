//! Incidents, sends, answers, notes and what comes out.

use super::{Effect, Operator, Screen, Send};
use crate::engine::{Answer, Did, Entry};
use crate::model::Moment;
use crate::ui::exports::{Document, Kind, Preview};
use crate::ui::notebook::{Kept, Subject};
use crate::ui::screens::{Pane, Part};

/// What the program around the console can make, in the tests.
pub(super) const KINDS: [Kind; 3] = [
    Kind {
        id: "report-md",
        name: "Incident report, Markdown",
        about: "what, where, since when, the strings, what changed, the checklist",
        of_incident: true,
        of_provider: false,
        redacts: true,
        reads: false,
    },
    Kind {
        id: "suppression",
        name: "Suppression list, CSV",
        about: "addresses whose replies are the address's fault, and no other",
        of_incident: false,
        of_provider: false,
        redacts: false,
        reads: true,
    },
    Kind {
        id: "hold",
        name: "Hold and throttle commands",
        about: "how your MTA holds this mail: shown and copied, never run",
        of_incident: false,
        of_provider: false,
        redacts: true,
        reads: false,
    },
];

/// The incident's subject.
fn gmail(operator: &Operator) -> Subject {
    Subject::Incident(operator.scene.incidents[0].id.clone())
}

/// What a maker would make.
pub(super) fn document() -> Document {
    let lines: String = (0..60)
        .map(|at| format!("- 14:27:{at:02} 550-5.7.1 [192.0.2.7] to ‹reader{at}›@gmail.com\n"))
        .collect();
    Document {
        name: "gmail-ip_reputation-20261120T1427Z.md".into(),
        text: format!(
            "# Incident: IP reputation at Gmail\n\nSince 14:27:40 UTC, 2,914 of 7,628 rejected.\n\n{lines}"
        ),
        more: 0,
        remarks: vec!["86 strings of the sender's own fault are not in the suppression list.".into()],
    }
}

#[test]
fn the_incident_is_one_key_from_the_drill_and_back() {
    let mut operator = Operator::new(Send::past());
    operator.press("<enter>I");
    assert_eq!(operator.console.state.screen(), Screen::Incident);
    operator.press("<enter>");
    assert_eq!(operator.console.state.screen(), Screen::Drill);
    operator.press("I<enter>I<enter>");
    operator.press("<esc>");
    assert_eq!(operator.console.state.screen(), Screen::Incident, "to and fro does not pile up");
    operator.press("<esc>");
    assert_eq!(operator.console.state.screen(), Screen::Board);
}

#[test]
fn an_incident_that_is_over_can_still_be_opened() {
    let mut operator = Operator::at(Send::past(), (120, 40), "default");
    operator.press("I");
    for part in [Part::Timeline, Part::Incidents] {
        operator.press("<tab>");
        assert_eq!(operator.console.state.dossier.part, part);
    }
    operator.press("j");
    let screen = operator.screen();
    assert!(screen.contains("incident Yahoo · rate limit") && screen.contains("● over"), "{screen}");
    operator.press("<enter>");
    assert_eq!(operator.console.state.drill.scope.provider.as_deref(), Some("yahoo"));
    operator.press("<esc>i");
    assert!(operator.screen().contains("▲ incident Gmail"), "i comes back to the one that runs");
}

#[test]
fn without_an_incident_the_screen_says_what_would_be_one() {
    let mut operator = Operator::new(Send::calm());
    operator.press("I");
    assert!(operator.screen().contains("No incident in what was read so far"), "{}", operator.screen());
    operator.press("o");
    assert!(operator.console.state.editing.is_none());
    operator.press("<enter>");
    assert_eq!(operator.console.state.screen(), Screen::Drill);
}

#[test]
fn what_is_known_of_few_is_said_to_be_little() {
    let mut operator = Operator::at(Send::few(), (300, 60), "default");
    operator.press("I");
    let screen = operator.screen();
    assert!(screen.contains("only 7 refusals: little to go by"), "{screen}");
    assert!(screen.contains("no before to compare with"), "{screen}");
    assert!(screen.contains("may be anything from 49% to 97%"), "{screen}");
}

#[test]
fn a_figure_is_typed_with_its_unit_and_a_mistake_is_told_in_its_place() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("cG");
    assert_eq!(operator.console.state.drill.pane, Pane::Checklist);
    operator.press("a12<enter>");
    assert!(operator.screen().contains("12% for 12 of a hundred"), "{}", operator.screen());
    assert!(operator.console.state.editing.is_some(), "what was typed stays");
    operator.press("%<enter>");
    assert!(operator.console.state.editing.is_none());
    let given = operator.console.state.notebook.answers(&gmail(&operator));
    assert_eq!(given.get("postmaster"), Some(&Answer::Figure(0.12)));
    operator.press("a0.3<esc>");
    let still = operator.console.state.notebook.answers(&gmail(&operator));
    assert_eq!(still.get("postmaster"), Some(&Answer::Figure(0.12)), "Esc takes nothing");
    operator.press("u");
    let unknown = operator.console.state.notebook.answers(&gmail(&operator));
    assert_eq!(unknown.get("postmaster"), Some(&Answer::Unknown));
}

#[test]
fn where_no_figure_is_asked_for_none_is_typed() {
    let mut operator = Operator::new(Send::incident());
    operator.press("ca");
    assert!(operator.console.state.editing.is_none());
    assert!(operator.screen().contains("no figure is asked for here"));
}

#[test]
fn a_note_stands_below_its_step_with_who_and_when() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.console.state.notebook.sign("anna@mta1");
    operator.wait(1);
    operator.press("cGo<enter>");
    assert!(operator.screen().contains("nothing is written yet"), "{}", operator.screen());
    operator.press("Asked the postmaster, qj<enter>");
    let screen = operator.screen();
    assert!(screen.contains("» anna@mta1 14:32: Asked the postmaster, qj"), "{screen}");
    operator.press("I<tab>");
    let screen = operator.screen();
    assert!(screen.contains("anna@mta1") && screen.contains("Gmail Postmaster Tools: Asked the"), "{screen}");
    operator.press("oheld the queue<enter>");
    assert!(operator.screen().contains("held the queue"), "{}", operator.screen());
    let notes = operator.console.state.notebook.entries(&gmail(&operator));
    let notes = notes.filter(|entry| matches!(entry.what, Did::Note { .. }));
    assert_eq!(notes.count(), 2);
}

#[test]
fn what_the_record_keeps_takes_the_place_of_what_was_on_its_way() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("cGn");
    let subject = gmail(&operator);
    let Subject::Incident(id) = subject.clone() else { unreachable!("it is an incident's") };
    let notebook = &mut operator.console.state.notebook;
    let orders: Vec<_> = std::iter::from_fn(|| notebook.take_order()).collect();
    assert_eq!(orders.len(), 2, "that it is looked at, and the answer");
    assert_eq!(orders[1].key.scope.as_str(), "gmail");
    // Another console answered between the two.
    let theirs = Entry {
        at: Moment::from_seconds(1),
        who: "ben@mta2".into(),
        what: Did::Answer { on: "lists".into(), answer: Some(Answer::Yes) },
    };
    let mut entries: Vec<Entry> = orders.iter().filter_map(|order| order.entry.clone()).collect();
    entries.insert(1, theirs);
    let kept = Kept { entries: entries.into(), done: orders[1].serial, trouble: None };
    assert!(notebook.keep(&id, kept.clone()));
    assert!(!notebook.keep(&id, kept), "nothing new is told once");
    let answers = notebook.answers(&subject);
    assert_eq!(answers.get("postmaster"), Some(&Answer::No));
    assert_eq!(answers.get("lists"), Some(&Answer::Yes), "what the other console ticked is seen");
    assert_eq!(notebook.entries(&subject).count(), 3, "nothing stands there twice");
}

#[test]
fn what_cannot_be_kept_is_said_once_and_stays_marked() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("cGn");
    let Subject::Incident(id) = gmail(&operator) else { unreachable!("it is an incident's") };
    let trouble = Some("/var/empty: read-only".into());
    operator.console.state.notebook.keep(&id, Kept { trouble, ..Kept::default() });
    let incidents = operator.scene.incidents.clone();
    operator.console.state.tell_trouble(&incidents);
    assert!(operator.screen().contains("not kept: /var/empty: read-only"), "{}", operator.screen());
    operator.press("k");
    operator.console.state.tell_trouble(&incidents);
    let screen = operator.screen();
    assert!(!screen.contains("/var/empty") && screen.contains("! not kept"), "{screen}");
}

#[test]
fn outside_of_an_incident_answers_last_until_the_end_and_that_is_said_once() {
    let mut operator = Operator::at(Send::calm(), (120, 40), "default");
    operator.press("jj<enter>cGy");
    assert!(operator.screen().contains("only what belongs to an incident is kept"), "{}", operator.screen());
    operator.press("kn");
    assert!(operator.screen().contains("your answer: no"));
    assert!(operator.console.state.notebook.take_order().is_none(), "there is nothing to keep");
}

#[test]
fn two_sends_are_marked_and_compared_the_older_one_first() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("C");
    assert!(operator.screen().contains("nov-blk"));
    operator.press("jm");
    operator.press("jm<enter>");
    assert_eq!(operator.console.state.screen(), Screen::Compare);
    let (a, b) = operator.console.state.sending.compared.clone().unwrap();
    assert_eq!((a.0.as_str(), b.0.as_str()), ("nov-blk", "import-2026-11"));
    operator.press("<esc>");
    assert_eq!(operator.console.state.screen(), Screen::Sends);
    operator.press("mgjm");
    assert!(operator.console.state.sending.marked.is_empty(), "the same key takes a mark back");
    operator.press("g<enter>");
    assert_eq!(operator.console.state.screen(), Screen::Compare, "with the send before it");
    operator.press("<esc>G<enter>");
    assert!(operator.screen().contains("no send of this campaign is older"), "{}", operator.screen());
}

#[test]
fn a_list_at_fault_is_marked_and_one_of_few_only_perhaps() {
    let mut operator = Operator::at(Send::incident(), (200, 60), "default");
    operator.press("C");
    let screen = operator.screen();
    assert!(screen.contains("▲ 4.1%"), "{screen}");
    assert!(screen.contains("? 5.0%"), "{screen}");
    operator.press("G");
    assert!(operator.screen().contains("so few may be chance"), "{}", operator.screen());
}

#[test]
fn an_export_is_looked_at_before_it_is_written() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("e");
    assert_eq!(operator.press("<enter>"), Effect::Make);
    operator.console.state.desk.preview = Preview::Making(0);
    assert!(operator.screen().contains("Esc gives up"), "{}", operator.screen());
    assert_eq!(operator.press("w"), Effect::None, "nothing is there yet");
    operator.console.state.desk.made(Ok(document()));
    let screen = operator.screen();
    assert!(screen.contains("· redacted") && screen.contains("# Incident: IP reputation"), "{screen}");
    assert_eq!(operator.press("r"), Effect::Make);
    assert!(operator.console.state.desk.plain);
    operator.console.state.desk.made(Ok(document()));
    assert!(operator.screen().contains("addresses are shown"));
    assert_eq!(operator.press("jw"), Effect::Write);
    assert!(operator.screen().contains("◐ writing"), "{}", operator.screen());
    assert!(matches!(operator.press("y"), Effect::Copy { what: "the document", .. }));
    operator.press("<esc>");
    assert_eq!(operator.console.state.screen(), Screen::Exports);
    assert!(matches!(operator.console.state.desk.preview, Preview::Nothing), "nobody waits for it");
    operator.press("j<enter>");
    operator.console.state.desk.preview = Preview::Making(0);
    operator.console.state.desk.went_on(1_204_311);
    assert!(operator.screen().contains("reading the logs again: 1,204,311 lines"), "{}", operator.screen());
    operator.console.state.desk.made(Err("the log cannot be read".into()));
    assert!(operator.screen().contains("! the log cannot be read"));
    operator.console.state.desk.made(Ok(Document { text: String::new(), remarks: Vec::new(), ..document() }));
    assert!(operator.screen().contains("It is empty"));
    assert_eq!(operator.press("r"), Effect::None, "a suppression list without addresses would be none");
}

#[test]
fn an_export_stands_in_the_timeline() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.console.state.notebook.sign("anna@mta1");
    let what = Did::Export { kind: "Incident report, Markdown".into(), path: "/x/y.md".into() };
    let incidents = operator.scene.incidents.clone();
    operator.console.state.write(&incidents, what);
    operator.press("I<tab>");
    assert!(
        operator.screen().contains("Incident report, Markdown written to /x/y.md"),
        "{}",
        operator.screen()
    );
    operator.press("gG");
    let Effect::Copy { text, .. } = operator.press("Y") else { unreachable!("Y copies all") };
    assert!(text.contains("What changed:") && text.contains("192.0.2.7: 96% (2,797 of 2,914)"), "{text}");
    assert!(text.contains("anna@mta1"), "{text}");
}

#[test]
fn of_an_incident_that_is_over_its_own_figures_are_told() {
    let mut operator = Operator::at(Send::past(), (120, 40), "default");
    operator.press("I<tab><tab>j<enter>");
    assert_eq!(operator.console.state.screen(), Screen::Drill);
    let screen = operator.screen();
    let head = screen.lines().nth(1).unwrap();
    assert!(head.contains("Yahoo · ● over · 6.6% refused, was 0.4% · 612 of 9,204"), "{head}");
    assert!(head.contains("11:02:07–11:40:07") && !head.contains('▲'), "{head}");
}

#[test]
fn without_a_past_nobody_says_that_there_is_no_incident() {
    let young = Operator::new(Send { young: true, ..Send::calm() });
    assert!(young.screen().contains("○ not known yet · no history to compare with"), "{}", young.screen());
    assert!(!young.screen().contains("no incident"), "{}", young.screen());
    assert!(Operator::new(Send::calm()).screen().contains("● no incident"));
}

#[test]
fn it_is_said_whose_answer_it_is() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("ic");
    let (on, subject) = (operator.console.picture().diagnosis.checklist[0].id.clone(), gmail(&operator));
    let at = Moment::from_seconds(1_795_185_000);
    let what = Did::Answer { on, answer: Some(Answer::No) };
    let theirs = Entry { at, who: "bert@mta2".into(), what };
    let Subject::Incident(id) = &subject else { unreachable!("an incident") };
    let kept = Kept { entries: [theirs].into(), done: 0, trouble: None };
    operator.console.state.notebook.keep(id, kept);
    operator.console.outdated();
    operator.wait(10);
    assert!(operator.screen().contains("bert 14:30: "), "{}", operator.screen());
    operator.press("y");
    operator.wait(10);
    assert!(operator.screen().contains("you 14:32: "), "{}", operator.screen());
}

#[test]
fn where_there_is_room_the_selected_document_stands_beside_the_menu() {
    let mut operator = Operator::at(Send::incident(), (200, 60), "default");
    assert_eq!(operator.press("e"), Effect::Make);
    assert!(operator.screen().contains("# Incident: IP reputation"), "{}", operator.screen());
    assert!(!operator.screen().lines().last().unwrap().contains("w write"));
    // For this one the logs are read again: only where it is asked for.
    assert_eq!(operator.press("j"), Effect::None);
    assert!(operator.screen().contains("the logs are read again"), "{}", operator.screen());
    assert_eq!(operator.press("<enter>"), Effect::Make);
    assert_eq!(operator.console.state.screen(), Screen::Preview);
    operator.press("<esc>");
    assert!(operator.screen().contains("- 14:27:00 550-5.7.1"), "what was made stays in sight");
    assert_eq!(operator.press("j"), Effect::Make);
    operator.press("<esc>");
    assert!(operator.console.state.desk.document().is_none());
    let mut small = Operator::new(Send::incident());
    assert_eq!(small.press("ej"), Effect::None);
    // Without an incident there is no report of one to look at.
    let mut calm = Operator::at(Send::calm(), (200, 60), "default");
    assert_eq!(calm.press("e"), Effect::None);
}
