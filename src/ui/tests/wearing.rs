//! Themes are looked at, kept or put back; what is set outside is taken over.

use super::{Operator, Send};
use crate::ui::screens::Screen;
use crate::ui::settings::Renewed;
use crate::ui::theme::{Depth, Ground, Shelf};
use crate::ui::update::Effect;
use crate::ui::wardrobe::Wardrobe;

/// A console that wears `name`, with these themes of the operator's own.
fn wearing(name: &str, own: &[(&str, &str)], mono: bool) -> Operator {
    let mut operator = Operator::new(Send::incident());
    let shelf = Shelf::with(&files(own));
    let state = &mut operator.console.state;
    state.wardrobe =
        Wardrobe::new(shelf, Depth::True, Some(Ground::Light), mono, "~/.config/fivefifty/config.toml");
    state.wear(name);
    operator
}

fn files(own: &[(&str, &str)]) -> Vec<(String, Vec<u8>)> {
    own.iter().map(|(name, text)| (format!("themes/{name}.toml"), text.as_bytes().to_vec())).collect()
}

fn worn(operator: &Operator) -> String {
    operator.console.state.theme.name().to_owned()
}

#[test]
fn every_theme_is_tried_on_by_moving_and_esc_puts_it_back() {
    let mut operator = wearing("nord", &[], false);
    operator.press("<enter>");
    operator.press("T");
    assert_eq!(operator.console.state.screen(), Screen::Themes);
    assert!(
        operator.screen().contains("gmail") || operator.screen().contains("Gmail"),
        "the drill is under it"
    );
    operator.press("g");
    assert_eq!(worn(&operator), "default");
    operator.press("jj");
    assert_eq!(worn(&operator), "dark");
    assert_eq!(operator.press("<esc>"), Effect::None);
    assert_eq!((worn(&operator).as_str(), operator.console.state.screen()), ("nord", Screen::Drill));
}

#[test]
fn enter_keeps_it_and_says_how_for_good() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("Tj");
    operator.press("jj<enter>");
    assert_eq!((worn(&operator).as_str(), operator.console.state.screen()), ("light", Screen::Board));
    assert!(
        operator.screen().contains("for good: theme = \"light\" in config.toml"),
        "{}",
        operator.screen()
    );
    operator.press("TT");
    assert_eq!(worn(&operator), "light", "opened and closed again");
}

#[test]
fn auto_wears_what_the_terminal_is() {
    let mut operator = wearing("auto", &[], false);
    assert_eq!(worn(&operator), "light");
    operator.press("T");
    assert!(operator.screen().contains("it is light"), "{}", operator.screen());
}

#[test]
fn no_color_comes_before_every_theme() {
    let mut operator = wearing("nord", &[], true);
    operator.press("TGkk");
    operator.press("<enter>");
    assert_eq!(worn(&operator), "mono");
}

#[test]
fn a_theme_with_a_mistake_is_shown_with_it_and_not_worn() {
    let mut operator = wearing("dark", &[("bad", "inherits = \"dakr\"\n")], false);
    operator.press("TG");
    assert!(operator.screen().contains("bad.toml:1:12: no theme `dakr`"), "{}", operator.screen());
    assert_eq!(worn(&operator), "dark", "it stays as it was");
    operator.press("<enter>");
    assert_eq!(operator.console.state.screen(), Screen::Themes);
    operator.press("<esc>");
    assert_eq!(worn(&operator), "dark");
}

#[test]
fn an_edit_of_a_theme_is_worn_at_once_and_a_broken_one_changes_nothing() {
    let mut operator = wearing("own", &[("own", "inherits = \"dark\"\n")], false);
    let renew = |operator: &mut Operator, text: &str| {
        let themes = Some(files(&[("own", text)]));
        operator.console.state.renew(&Renewed { themes, ..Renewed::default() });
        operator.screen()
    };
    let before = operator.console.state.theme.clone();
    let said = renew(&mut operator, "inherits = \"dark\"\n[palette]\nground = \"#000000\"\n");
    assert!(said.contains("themes: taken over from your files"), "{said}");
    let better = operator.console.state.theme.clone();
    assert_ne!(better, before);
    let said = renew(&mut operator, "inherits = \"dark\"\n[palette]\nground = \"#00\"\n");
    assert!(
        said.contains("own.toml:3:10: no colour `#00`") && said.contains("stays as it was before"),
        "{said}"
    );
    assert_eq!(operator.console.state.theme, better);
    operator.console.state.renew(&Renewed { themes: Some(Vec::new()), ..Renewed::default() });
    assert_eq!(operator.console.state.theme, better, "a theme that is gone is worn on");
}

#[test]
fn what_is_set_anew_holds_at_once() {
    let mut operator = wearing("default", &[], false);
    let renewed = Renewed {
        theme: Some("gruvbox".into()),
        sample: Some(20),
        ascii: Some(true),
        redact: Some(false),
        said: vec!["config.toml: from now on theme = \"gruvbox\"".into()],
        ..Renewed::default()
    };
    operator.press("Tjjj");
    operator.console.state.renew(&renewed);
    assert_eq!((worn(&operator).as_str(), operator.console.state.screen()), ("gruvbox", Screen::Board));
    let state = &operator.console.state;
    assert_eq!((state.strings, state.ascii, state.desk.plain_first), (20, true, true));
    assert!(operator.screen().contains("from now on theme"), "{}", operator.screen());
}
