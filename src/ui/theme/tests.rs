#![expect(clippy::unwrap_used, reason = "a broken theme is what these tests look for")]

use ratatui::style::{Color, Modifier, Style};

use super::depth::{Depth, parts};
use super::{Ground, Role, Shelf, Theme, ThemeError, schema};

fn names() -> Vec<String> {
    Shelf::default().names().into_iter().map(ToOwned::to_owned).collect()
}

/// Themes that fix every colour.
fn fixed() -> impl Iterator<Item = (String, Theme)> {
    let of = |name: String| {
        let theme = Theme::named(&name).unwrap();
        (name, theme)
    };
    let grounds = |theme: &Theme| theme.style(Role::Text).bg.and_then(parts).is_some();
    names().into_iter().map(of).filter(move |(_, theme)| grounds(theme))
}

#[test]
fn every_theme_has_every_role_and_says_what_it_is() {
    assert!(names().len() >= 13);
    for name in names() {
        let theme = Theme::named(&name).unwrap();
        assert_eq!(theme.name(), name);
        assert!(theme.about().ends_with('.') && theme.about().len() <= 54, "{name}: {}", theme.about());
    }
}

#[test]
fn mono_uses_no_colour_and_still_tells_selection_and_alarm_apart() {
    let mono = Theme::named("mono").unwrap();
    for role in Role::ALL {
        let style = mono.style(*role);
        assert_eq!((style.fg, style.bg), (None, None), "{role:?}");
    }
    assert_ne!(mono.style(Role::Selected), mono.style(Role::Text));
    assert_ne!(mono.style(Role::Bad), mono.style(Role::Text));
}

#[test]
fn the_default_theme_keeps_to_the_sixteen_colours_of_the_terminal() {
    let theme = Theme::named("default").unwrap();
    for role in Role::ALL {
        let style = theme.style(*role);
        for colour in [style.fg, style.bg].into_iter().flatten() {
            assert!(!matches!(colour, Color::Rgb(..) | Color::Indexed(_)), "{role:?}: {colour:?}");
        }
    }
}

#[test]
fn themes_with_a_background_are_readable_everywhere() {
    assert_eq!(fixed().count(), names().len() - 3, "all but default, high-contrast, mono");
    for (name, theme) in fixed() {
        let ground = theme.style(Role::Text);
        // A rule has no words.
        for role in Role::ALL.iter().filter(|role| **role != Role::Rule) {
            let style = theme.style(*role);
            let (fg, bg) = (style.fg.or(ground.fg).unwrap(), style.bg.or(ground.bg).unwrap());
            let ratio = contrast(fg, bg);
            assert!(ratio >= 4.5, "{name} {role:?}: {ratio:.2}");
            assert!(!style.add_modifier.contains(Modifier::DIM), "{name} {role:?} dims a fixed colour");
        }
        let rule = contrast(theme.style(Role::Rule).fg.unwrap(), ground.bg.unwrap());
        assert!(rule >= 1.5, "{name}: rules are seen, {rule:.2}");
    }
}

#[test]
fn what_is_selected_is_seen_and_good_is_no_bad() {
    for name in names() {
        let theme = Theme::named(&name).unwrap();
        let plain = theme.style(Role::Text);
        for role in [Role::Selected, Role::Marked] {
            assert_ne!(theme.style(role), plain, "{name} {role:?}");
        }
        assert_ne!(theme.style(Role::Selected), theme.style(Role::Marked), "{name}");
        if name != "mono" {
            assert_ne!(theme.style(Role::Good).fg, theme.style(Role::Bad).fg, "{name}");
            assert_ne!(theme.style(Role::Warn).fg, theme.style(Role::Bad).fg, "{name}");
        }
    }
}

#[test]
fn on_fewer_colours_every_theme_still_shows_its_text_and_its_selection() {
    for (name, theme) in fixed() {
        for depth in [Depth::Fixed, Depth::Sixteen] {
            let reduced = theme.clone().within(depth);
            let ground = reduced.style(Role::Text);
            for role in Role::ALL {
                let style = ground.patch(reduced.style(*role));
                assert!(style.fg != style.bg, "{name} {role:?} {depth:?}: {style:?}");
                assert!(!matches!(
                    (style.fg, style.bg),
                    (Some(Color::Rgb(..)), _) | (_, Some(Color::Rgb(..)))
                ));
            }
            assert_ne!(reduced.style(Role::Selected).bg, ground.bg, "{name} {depth:?}");
            for role in [Role::Good, Role::Warn] {
                assert_ne!(reduced.style(role).fg, reduced.style(Role::Bad).fg, "{name} {depth:?}");
            }
        }
        // With 256 there is room enough to keep what is readable readable.
        let reduced = theme.within(Depth::Fixed);
        let ground = reduced.style(Role::Text);
        for role in Role::ALL.iter().filter(|role| **role != Role::Rule) {
            let style = ground.patch(reduced.style(*role));
            let ratio = contrast(style.fg.unwrap(), style.bg.unwrap());
            assert!(ratio >= 3.0, "{name} {role:?} of 256: {ratio:.2}");
        }
    }
}

/// How the eye without one kind of cone sees linear light: Machado, Oliveira and Fernandes, 2009,
/// severity 1.
const DEUTERANOPIA: [[f64; 3]; 3] = [
    [0.367_322, 0.860_646, -0.227_968],
    [0.280_085, 0.672_501, 0.047_413],
    [-0.011_820, 0.042_940, 0.968_881],
];
const TRITANOPIA: [[f64; 3]; 3] = [
    [1.255_528, -0.076_749, -0.178_779],
    [-0.078_411, 0.930_809, 0.147_602],
    [0.004_733, 0.691_367, 0.303_900],
];

#[test]
fn good_look_and_act_stay_apart_for_the_eyes_that_a_theme_is_made_for() {
    let least = |name: &str, eye| {
        let theme = Theme::named(name).unwrap();
        let [good, warn, bad] = [Role::Good, Role::Warn, Role::Bad].map(|role| seen(&theme, role, eye));
        [apart(good, warn), apart(good, bad), apart(warn, bad)].into_iter().fold(f64::MAX, f64::min)
    };
    for (name, eye) in [("deuteranopia", DEUTERANOPIA), ("tritanopia", TRITANOPIA)] {
        assert!(least(name, eye) >= 20.0, "{name}: {:.1}", least(name, eye));
    }
    // The measure can fail: this is why there are such themes.
    assert!(least("dark", DEUTERANOPIA) < 10.0);
}

#[test]
fn an_unknown_theme_is_refused_with_the_choices() {
    let error = Theme::named("solarised").unwrap_err();
    assert!(matches!(error, ThemeError::Unknown { .. }));
    let told = error.to_string();
    assert!(told.contains("did you mean `solarized`") && told.contains("high-contrast"), "{told}");
}

fn shelf(files: &[(&str, &str)]) -> Shelf {
    let files: Vec<(String, Vec<u8>)> = files
        .iter()
        .map(|(name, text)| {
            (format!("/home/anna/.config/fivefifty/themes/{name}.toml"), text.as_bytes().to_vec())
        })
        .collect();
    Shelf::with(&files)
}

#[test]
fn an_own_theme_inherits_ours_and_its_palette_holds_for_what_it_inherits() {
    let shelf = shelf(&[
        ("night", "about = \"Mine.\"\ninherits = \"dark\"\n[palette]\nground = \"#000000\"\n"),
        ("later", "inherits = \"night\"\n[roles]\nbad = { fg = \"lightred\", bold = true }\n"),
        ("nord", "inherits = \"nord\"\n[palette]\nred = \"#ff0000\"\n"),
    ]);
    assert!(shelf.mistakes().is_empty());
    let dark = Theme::named("dark").unwrap();
    let later = shelf.theme("later").unwrap();
    assert_eq!(later.style(Role::Text), dark.style(Role::Text).bg(Color::Rgb(0, 0, 0)));
    assert_eq!(later.style(Role::Bad), Style::new().fg(Color::LightRed).add_modifier(Modifier::BOLD));
    assert_eq!(shelf.theme("nord").unwrap().style(Role::Alarm).fg, Some(Color::Rgb(255, 0, 0)));
    assert_eq!(shelf.names().iter().filter(|name| **name == "nord").count(), 1);
    assert!(shelf.names().ends_with(&["night", "later"]));
}

#[test]
fn what_is_wrong_with_an_own_theme_is_told_with_its_place_and_what_was_meant() {
    for (text, told) in [
        ("inherits = \"drak\"\n", "own.toml:1:12: no theme `drak`; did you mean `dark`?"),
        ("inherits = \"dark\"\n[roles]\ntxet = {}\n", "own.toml:3:1: no role `txet`; did you mean `text`?"),
        (
            "inherits = \"dark\"\n[roles]\ndim = { fg = \"sotf\" }\n",
            "own.toml:3:14: no colour `sotf`; did you mean `soft`?",
        ),
        (
            "inherits = \"dark\"\n[palette]\ninc = \"#12345\"\n",
            "own.toml:3:7: no colour `#12345`; it is # and six",
        ),
        (
            "inherits = \"dark\"\n[roles]\ndim = { fgg = \"red\" }\n",
            "own.toml:3:9: no key `fgg` here; did you mean `fg`?",
        ),
        ("inherits = \"own\"\n", "own.toml:1:12: it inherits from itself through `own`"),
        ("inherits = \"dark\"\nabout = 5\n", "own.toml:2:9: 5 cannot stand here; a text in quotes is needed"),
        (
            "about = \"x\"\n",
            "own.toml: role `text` is missing; inherits = \"default\" brings what is not set",
        ),
        ("[roles\n", "own.toml:1:7: TOML: "),
    ] {
        let wrong = shelf(&[("own", text)]).mistakes();
        let all: Vec<String> = wrong.iter().map(ToString::to_string).collect();
        assert!(all.iter().any(|one| one.contains(told)), "{text:?}: {all:?}");
    }
    let circle = shelf(&[("a", "inherits = \"b\"\n"), ("b", "inherits = \"a\"\n")]);
    let told = circle.theme("a").unwrap_err().to_string();
    assert!(told.contains("b.toml:1:12: it inherits from itself through `a`"), "{told}");
    let names = shelf(&[("auto", "inherits = \"dark\"\n"), ("a b", "inherits = \"dark\"\n")]);
    assert_eq!(names.mistakes().len(), 2);
}

#[test]
fn hostile_files_are_refused_in_words_that_harm_nothing() {
    let files = vec![
        ("themes/large.toml".to_owned(), vec![b'#'; 70_000]),
        ("themes/bytes.toml".to_owned(), vec![0xff, 0xfe]),
        ("themes/escape.toml".to_owned(), b"inherits = \"\\u001b[2J\"\n".to_vec()),
    ];
    let told: Vec<String> = Shelf::with(&files).mistakes().iter().map(ToString::to_string).collect();
    assert_eq!(told.len(), 3, "{told:?}");
    assert!(told.iter().all(|one| !one.contains('\x1b')), "{told:?}");
    let chain: Vec<(String, String)> =
        (0..20).map(|at| (format!("t{at}"), format!("inherits = \"t{}\"\n", at + 1))).collect();
    let chain: Vec<(&str, &str)> = chain.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    assert!(shelf(&chain).theme("t0").unwrap_err().to_string().contains("more than 8"));
}

#[test]
fn auto_is_light_or_dark_as_the_terminal_is() {
    let shelf = Shelf::default();
    let name = |ground| shelf.for_ground("auto", ground).unwrap().name().to_owned();
    assert_eq!(name(None), "default");
    assert_eq!(name(Some(Ground::Dark)), "dark");
    assert_eq!(name(Some(Ground::Light)), "light");
}

#[test]
fn the_schema_and_the_reader_know_the_same_keys() {
    let schema = schema();
    let keys = |value: &serde_json::Value| -> Vec<String> {
        let keys = value["properties"].as_object().unwrap().keys();
        keys.cloned().collect()
    };
    // Whatever the schema allows is read, and nothing else is.
    let refused = |text: &str| shelf(&[("own", text)]).theme("own").unwrap_err().to_string();
    let known = |told: &str| -> Vec<String> {
        let list = told.split("those are ").nth(1).unwrap().lines().next().unwrap();
        let mut list: Vec<String> = list.split(", ").map(ToOwned::to_owned).collect();
        list.sort();
        list
    };
    assert_eq!(keys(&schema), known(&refused("zzzzzzzz = 1\n")));
    let roles = &schema["properties"]["roles"];
    assert_eq!(keys(roles), known(&refused("inherits = \"dark\"\n[roles]\nzzzzzzzz = {}\n")));
    let paint = &roles["properties"]["text"];
    assert_eq!(keys(paint), known(&refused("inherits = \"dark\"\n[roles]\ntext = { zzzzzzzz = 1 }\n")));
}

/// The contrast ratio of WCAG 2.2, 1.4.3.
fn contrast(one: Color, two: Color) -> f64 {
    let luminance = |colour: Color| {
        let [red, green, blue] = linear(colour);
        0.2126 * red + 0.7152 * green + 0.0722 * blue
    };
    let (one, two) = (luminance(one), luminance(two));
    (one.max(two) + 0.05) / (one.min(two) + 0.05)
}

fn linear(colour: Color) -> [f64; 3] {
    parts(colour).unwrap().map(|value| {
        let value = f64::from(value) / 255.0;
        if value <= 0.04045 { value / 12.92 } else { ((value + 0.055) / 1.055).powf(2.4) }
    })
}

/// The colour of a role in CIE Lab, as an eye sees it.
fn seen(theme: &Theme, role: Role, eye: [[f64; 3]; 3]) -> [f64; 3] {
    let light = linear(theme.style(role).fg.unwrap());
    let [r, g, b] = eye.map(|row| row.iter().zip(light).map(|(a, b)| a * b).sum::<f64>().clamp(0.0, 1.0));
    let x = (0.412_456 * r + 0.357_576 * g + 0.180_438 * b) / 0.950_47;
    let y = 0.212_673 * r + 0.715_152 * g + 0.072_175 * b;
    let z = (0.019_334 * r + 0.119_192 * g + 0.950_304 * b) / 1.088_83;
    let [x, y, z] = [x, y, z].map(|t| if t > 0.008_856 { t.cbrt() } else { 7.787 * t + 16.0 / 116.0 });
    [116.0 * y - 16.0, 500.0 * (x - y), 200.0 * (y - z)]
}

fn apart(one: [f64; 3], other: [f64; 3]) -> f64 {
    one.iter().zip(other).map(|(a, b)| (a - b).powi(2)).sum::<f64>().sqrt()
}
