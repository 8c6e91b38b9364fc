//! Without colour nothing that matters is lost: where two states of the console look different in the
//! default theme, they do so without any colour, too, by another sign or another weight.

use ratatui::buffer::{Buffer, Cell};
use ratatui::layout::Position;

use super::{Operator, Send};
use crate::engine::{Course, Light};
use crate::model::{Outcome, Severity};
use crate::ui::picture::Picture;
use crate::ui::theme::{Depth, Shelf, Theme};
use crate::ui::wardrobe::Wardrobe;

/// A state: the scene, what is different in it, and the keys that lead there.
#[derive(Copy, Clone)]
struct State(fn() -> Send, fn(&mut Picture), &'static str);

const fn as_is(scene: fn() -> Send, keys: &'static str) -> State {
    State(scene, |_| {}, keys)
}

fn drawn(State(scene, change, keys): State, theme: &str) -> Buffer {
    let mut operator = Operator::at(scene().with(change), (160, 50), "default");
    operator.press(keys);
    operator.console.state.theme = Theme::named(theme).unwrap();
    operator.buffer()
}

/// The cells that tell two states apart by colour alone.
fn lost(one: State, other: State) -> Vec<String> {
    let [colourful, plain] = ["default", "mono"].map(|theme| (drawn(one, theme), drawn(other, theme)));
    let area = colourful.0.area;
    let row = |buffer: &Buffer, y: u16| {
        let row: String = (0..area.width).map(|x| buffer[(x, y)].symbol()).collect();
        row.trim_end().to_owned()
    };
    let is_lost = |position: &Position| {
        let (one, other) = (&colourful.0[*position], &colourful.1[*position]);
        // Ink does not show on a blank.
        let is_seen = one.symbol() != " " || one.bg != other.bg || one.modifier != other.modifier;
        is_seen && one != other && plain.0[*position] == plain.1[*position]
    };
    let told = |position: Position| {
        let Cell { fg, modifier, .. } = &colourful.0[position];
        format!("{position} {fg} {modifier:?}: {}", row(&colourful.0, position.y))
    };
    // Where the words of a row are others, it tells itself apart.
    let same = |position: &Position| row(&plain.0, position.y) == row(&plain.1, position.y);
    area.positions().filter(is_lost).filter(same).map(told).collect()
}

/// Whether the two can be told apart at all.
fn differ(one: State, other: State) -> bool {
    drawn(one, "mono") != drawn(other, "mono")
}

fn assert_kept(states: &[State]) {
    for (at, one) in states.iter().enumerate() {
        for other in &states[at + 1..] {
            let lost = lost(*one, *other);
            assert!(lost.is_empty(), "{} and {}: {lost:#?}", one.2, other.2);
            assert!(differ(*one, *other), "{} and {} look alike", one.2, other.2);
        }
    }
}

#[test]
fn what_is_selected_and_where_the_keys_go() {
    assert_kept(&[
        as_is(Send::incident, ""),
        as_is(Send::incident, "j"),
        as_is(Send::incident, "jj"),
        as_is(Send::incident, "jjll"),
    ]);
    assert_kept(&[
        as_is(Send::incident, "<enter>"),
        as_is(Send::incident, "<enter>j"),
        as_is(Send::incident, "<enter><tab>"),
        as_is(Send::incident, "<enter><tab>j"),
        as_is(Send::incident, "c"),
        as_is(Send::incident, "cj"),
    ]);
    assert_kept(&[
        as_is(Send::past, "I"),
        as_is(Send::past, "Ij"),
        as_is(Send::past, "I<tab>"),
        as_is(Send::past, "I<tab><tab>j"),
    ]);
    assert_kept(&[
        as_is(Send::mixed, "S"),
        as_is(Send::mixed, "Sj"),
        as_is(Send::mixed, "S<tab>"),
        as_is(Send::mixed, "S<tab>j"),
    ]);
    assert_kept(&[
        as_is(Send::incident, "C"),
        as_is(Send::incident, "Cj"),
        as_is(Send::incident, "Cm"),
        as_is(Send::incident, "CmGm"),
    ]);
    assert_kept(&[
        as_is(Send::incident, "p"),
        as_is(Send::incident, "pj"),
        as_is(Send::incident, "py"),
        as_is(Send::incident, "pn"),
    ]);
    assert_kept(&[as_is(Send::incident, "e"), as_is(Send::incident, "ej")]);
    assert_kept(&[as_is(Send::incident, "L"), as_is(Send::incident, "Lk")]);
    assert_kept(&[as_is(Send::incident, ":"), as_is(Send::incident, ":<down>")]);
}

fn of_severity(picture: &mut Picture, severity: Severity) {
    for string in &mut picture.sample.strings {
        let string = std::sync::Arc::make_mut(string);
        std::sync::Arc::make_mut(&mut string.verdict).severity = severity;
    }
}

#[test]
fn how_bad_it_is() {
    assert_kept(&[
        State(Send::incident, |picture| of_severity(picture, Severity::Info), "<enter>"),
        State(Send::incident, |picture| of_severity(picture, Severity::Low), "<enter>"),
        State(Send::incident, |picture| of_severity(picture, Severity::Medium), "<enter>"),
        State(Send::incident, |picture| of_severity(picture, Severity::High), "<enter>"),
        State(Send::incident, |picture| of_severity(picture, Severity::Critical), "<enter>"),
    ]);
    assert_eq!(Severity::ALL.len(), 5, "each is above");
}

fn lit(picture: &mut Picture, light: Light) {
    picture.diagnosis.tree.iter_mut().for_each(|node| node.light = light);
    picture.diagnosis.checklist.iter_mut().for_each(|step| step.light = light);
}

#[test]
fn which_node_is_lit_and_which_step_is_done() {
    assert_kept(&[
        State(Send::incident, |picture| lit(picture, Light::Lit), "<enter>"),
        State(Send::incident, |picture| lit(picture, Light::Half), "<enter>"),
        State(Send::incident, |picture| lit(picture, Light::Open), "<enter>"),
        State(Send::incident, |picture| lit(picture, Light::Dark), "<enter>"),
    ]);
}

fn going(course: Course) -> Send {
    let mut scene = Send::incident();
    scene.incidents[0].course = course;
    scene
}

#[test]
fn where_an_incident_is_going() {
    let states: [State; 5] = [
        as_is(|| going(Course::Rising), "I"),
        as_is(|| going(Course::Steady), "I"),
        as_is(|| going(Course::Falling), "I"),
        as_is(|| going(Course::Silent), "I"),
        as_is(|| going(Course::Over), "I"),
    ];
    assert_kept(&states);
    assert_eq!(Course::ALL.len(), states.len());
}

#[test]
fn what_is_new_what_is_hot_and_what_others_have() {
    let stale = |picture: &mut Picture| picture.signatures.iter_mut().for_each(|one| one.fresh = false);
    assert_kept(&[as_is(Send::incident, ""), State(Send::incident, stale, "")]);
    let known =
        |picture: &mut Picture| picture.contrast.differences.iter_mut().for_each(|one| one.fresh = false);
    assert_kept(&[as_is(Send::incident, "I"), State(Send::incident, known, "I")]);
    // The cell that the incident is about, against another one: the same figures, another heat.
    let other = |picture: &mut Picture| picture.board.rows.iter_mut().for_each(|row| row.incident = None);
    assert_kept(&[as_is(Send::incident, "j"), State(Send::incident, other, "j")]);
    assert_kept(&[
        as_is(Send::calm, ""),
        as_is(Send::theirs, ""),
        as_is(Send::incident, ""),
        as_is(Send::two, ""),
    ]);
    assert_kept(&[as_is(Send::incident, "C"), State(Send::incident, no_worse, "C")]);
}

/// The sends, with nothing before them that they could be worse than.
fn no_worse(picture: &mut Picture) {
    picture.sends.iter_mut().for_each(|send| send.before = None);
}

fn tried(outcome: Outcome) -> impl Fn(&mut Picture) {
    move |picture| {
        for string in &mut picture.sample.strings {
            std::sync::Arc::make_mut(string).outcome = outcome;
        }
    }
}

#[test]
fn what_became_of_a_message() {
    assert_kept(&[
        State(Send::incident, |picture| tried(Outcome::Rejected)(picture), "<enter>"),
        State(Send::incident, |picture| tried(Outcome::Deferred)(picture), "<enter>"),
        State(Send::incident, |picture| tried(Outcome::Delivered)(picture), "<enter>"),
    ]);
    assert_kept(&[
        as_is(Send::incident, "<enter>t"),
        as_is(Send::incident, "<enter>tk"),
        as_is(Send::incident, "<enter>tkk"),
    ]);
}

#[test]
fn how_what_is_read_stands() {
    let trouble = |picture: &mut Picture| {
        picture
            .head
            .sources
            .iter_mut()
            .for_each(|source| (source.trouble, source.state) = (true, "live".into()));
    };
    let strange = |picture: &mut Picture| {
        picture.head.sources.iter_mut().for_each(|source| {
            (source.dialects, source.strange) = (Vec::new(), vec!["x".into()]);
        });
    };
    let lost = |picture: &mut Picture| {
        picture.head.lines.lost = 12;
        picture.head.sources.iter_mut().for_each(|source| source.lost = 12);
    };
    let back = |picture: &mut Picture| picture.head.back = Some(picture.now);
    let late = |picture: &mut Picture| picture.head.lag = 60_000;
    for keys in ["", "S"] {
        assert_kept(&[
            as_is(Send::calm, keys),
            State(Send::calm, trouble, keys),
            State(Send::calm, strange, keys),
            State(Send::calm, lost, keys),
            State(Send::calm, back, keys),
            State(Send::calm, late, keys),
            as_is(Send::held, keys),
            as_is(Send::reading, keys),
        ]);
    }
    // The window that is shown is not the one that was asked for.
    let longer = |picture: &mut Picture| picture.window = picture.window.longer();
    assert_kept(&[as_is(Send::calm, "+"), State(Send::calm, longer, "")]);
}

#[test]
fn no_color_takes_the_colour_out_of_every_theme() {
    let mono = Theme::named("mono").unwrap();
    let mut wardrobe = Wardrobe::new(Shelf::default(), Depth::True, None, true, "config.toml");
    for row in wardrobe.rows() {
        let worn = wardrobe.choose(&row.name).unwrap();
        for role in crate::ui::theme::Role::ALL {
            assert_eq!(worn.style(*role), mono.style(*role), "{} as {}", role.id(), row.name);
            assert!(worn.style(*role).fg.is_none() && worn.style(*role).bg.is_none());
        }
    }
}
