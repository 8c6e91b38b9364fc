//! The palette, keys of the operator's own, and the way back.

use super::{Effect, Operator, Screen, Send};
use crate::model::Window;
use crate::ui::keymap::Keymap;
use crate::ui::order::Sort;

#[test]
fn an_action_is_found_by_a_few_letters_and_run() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press(":");
    assert!(operator.screen().contains("Commands"), "{}", operator.screen());
    operator.press("srcs");
    let screen = operator.screen();
    assert!(screen.contains("▸ sources") && screen.contains("S "), "{screen}");
    operator.press("<enter>");
    assert_eq!(operator.console.state.screen(), Screen::Sources);
    assert!(operator.console.state.palette.is_none());
    operator.press(":quit");
    assert_eq!(operator.press("<enter>"), Effect::Quit);
}

#[test]
fn what_works_elsewhere_comes_last_and_says_where() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press(":wrap");
    let screen = operator.screen();
    assert!(screen.contains("wrap or cut the strings") && screen.contains("on the sample"), "{screen}");
    operator.press("<enter>");
    assert!(operator.console.state.palette.is_some(), "it stays, with why");
    assert!(operator.screen().contains("`wrap` works on the sample"), "{}", operator.screen());
    operator.press("<esc>");
    assert!(operator.console.state.palette.is_none() && !operator.console.state.wrap);
    operator.press("<enter>:wrap<enter>");
    assert!(operator.console.state.wrap);
}

#[test]
fn a_command_takes_a_word_and_offers_what_could_be_it() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press(":window 15<enter>");
    assert_eq!(operator.console.state.window, Window::M15);
    operator.press(":theme ");
    assert!(operator.screen().contains("theme high-contrast"), "{}", operator.screen());
    operator.press("light<enter>");
    assert_eq!(operator.console.state.theme.name(), "light");
    operator.press(":theme pink<enter>");
    assert!(operator.screen().contains("no theme `pink`"), "{}", operator.screen());
    operator.press("<esc>:sort rate<enter>");
    assert_eq!((&operator.console.state.sort, operator.console.state.reversed), (&Sort::Rate, false));
    operator.press(":sort rate<enter>");
    assert!(operator.console.state.reversed && operator.screen().contains("rate, least first"));
    operator.press(":filter provider:gmail cat:auth<enter>");
    assert_eq!(operator.console.state.filter.text(), "provider:gmail cat:auth");
    operator.press(":filter cod:5<enter>");
    assert!(operator.console.state.palette.is_some(), "a mistake stays to be mended");
    operator.press("<esc>:filter <down><enter>");
    assert!(!operator.console.state.filter.is_empty(), "as it is");
    operator.press(":filter <enter>");
    assert!(operator.console.state.filter.is_empty(), "everything is offered first");
    operator.press(":filter<down><enter>");
    let typed = operator.console.state.palette.as_ref().map(|palette| palette.line.text());
    assert_eq!(typed, Some("filter "), "without its word it asks for one");
}

#[test]
fn while_it_is_open_letters_are_letters_and_ctrl_c_quits() {
    let mut operator = Operator::new(Send::calm());
    operator.press(":q");
    assert!(operator.console.state.palette.is_some());
    assert_eq!(operator.press("<ctrl-c>"), Effect::Quit);
    operator.press("<backspace><backspace>");
    assert!(operator.console.state.palette.is_none(), "nothing is left to take back");
    operator.press("?:");
    assert_eq!(operator.console.state.screen(), Screen::Board, "it is about the screen under the help");
    operator.press("zzzz");
    assert!(operator.screen().contains("Nothing is called so"), "{}", operator.screen());
    operator.press("<enter>");
    assert!(operator.screen().contains("no action or command is called so"), "{}", operator.screen());
    operator.press("<ctrl-u><down><down><up><enter>");
    assert!(operator.console.state.palette.is_none(), "the second one was run");
}

#[test]
fn every_hint_shows_the_operators_keys() {
    let mut operator = Operator::at(Send::incident(), (200, 60), "default");
    let patch = [("sort", &["F5"][..]), ("what-changed", &["ctrl-w"]), ("freeze", &[]), ("yes", &["alt-y"])];
    let patch = patch.map(|(id, keys)| (id.to_owned(), keys.iter().map(|key| (*key).to_owned()).collect()));
    operator.console.state.keymap = Keymap::patched(&patch).unwrap();
    let screen = operator.screen();
    let last = screen.lines().last().unwrap_or_default();
    assert!(last.contains("F5 sort") && last.contains("Ctrl-W what changed"), "{last}");
    assert!(!last.contains("freeze") && !last.contains("Space"), "{last}");
    operator.press("?");
    assert!(operator.screen().contains("F5 ") && !operator.screen().contains("hold the picture still"));
    operator.press("<esc>:freeze");
    assert!(operator.screen().contains("hold the picture still"), "the palette still has it");
    operator.press("<enter>");
    assert!(operator.console.state.frozen);
    operator.press("<enter><tab>");
    assert!(operator.screen().contains("Alt-y/n]"), "{}", operator.screen());
}

#[test]
fn the_newer_screens_show_the_operators_keys_too() {
    let mut operator = Operator::at(Send::incident(), (200, 60), "default");
    let patch = [
        ("back", &["f9"][..]),
        ("keep-theme", &["space"]),
        ("unfilter", &["f6"]),
        ("context", &["f5"]),
        ("yes", &["alt-y"]),
        ("later", &["f4"]),
    ];
    let patch = patch.map(|(id, keys)| (id.to_owned(), keys.iter().map(|key| (*key).to_owned()).collect()));
    operator.console.state.keymap = Keymap::patched(&patch).unwrap();
    operator.console.state.wardrobe.file = "config.toml".into();
    operator.press("T");
    assert!(operator.screen().contains("Space keeps it until you quit"), "{}", operator.screen());
    operator.press(":back<enter>p");
    assert!(operator.screen().contains("Alt-y/n]"), "{}", operator.screen());
    operator.press(":back<enter>/zzz<enter>");
    assert!(operator.screen().contains("F6 drops it"), "{}", operator.screen());
    operator.press("L");
    assert!(operator.screen().contains("F5 shows every line, / changes"), "{}", operator.screen());
    operator.press(":back<enter>");
    let screen = operator.screen();
    assert!(screen.contains("[ F4 time"), "{screen}");
}

#[test]
fn the_line_at_the_top_says_the_way_here() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("<enter>Ie<enter>");
    let screen = operator.screen();
    let way = screen.lines().nth(1).unwrap_or_default();
    assert!(way.contains("overview › Gmail › incident › export › "), "{way}");
    operator.press("T");
    assert_eq!(operator.screen().lines().nth(1).unwrap_or_default(), way, "the themes lie over it");
    operator.press("<esc>");
    for expected in [Screen::Exports, Screen::Incident, Screen::Drill, Screen::Board] {
        operator.press("<esc>");
        assert_eq!(operator.console.state.screen(), expected);
    }
}

#[test]
fn selection_scroll_and_filter_survive_going_back() {
    let mut operator = Operator::at(Send::past(), (120, 40), "default");
    operator.press("/!code:4xx<enter>jjj");
    let pick = operator.console.state.pick.clone();
    operator.press("<enter>jj<tab>j");
    let node = operator.console.state.drill.node;
    operator.press("I<tab><tab>j");
    let shown = operator.console.state.dossier.id.clone();
    operator.press("ej<esc>");
    assert_eq!(operator.console.state.dossier.id, shown);
    operator.press("<esc>");
    let drill = &operator.console.state.drill;
    assert_eq!((operator.console.state.screen(), drill.string, drill.node), (Screen::Drill, 2, node));
    operator.press("?jjj<esc>S<tab>j<esc><esc>");
    let state = &operator.console.state;
    assert_eq!((state.screen(), &state.pick), (Screen::Board, &pick));
    assert_eq!((state.filter.text(), state.desk.at, state.tables.host), ("!code:4xx", 1, 1));
}
