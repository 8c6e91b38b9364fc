//! Pictures of every screen, with their styles, at every size.

use std::fmt::Write as _;

use ratatui::buffer::Buffer;
use ratatui::style::{Color, Modifier};

use super::{Operator, Send};

const SIZES: [(u16, u16); 3] = [(80, 24), (120, 40), (200, 60)];

/// The text of a buffer, row by row; what a wide character covers is left out.
pub(super) fn text(buffer: &Buffer) -> String {
    let mut out = String::new();
    for y in 0..buffer.area.height {
        let mut row = String::new();
        let mut covered = 0;
        for x in 0..buffer.area.width {
            if covered > 0 {
                covered -= 1;
                continue;
            }
            let symbol = buffer[(x, y)].symbol();
            covered = crate::text::width(symbol).saturating_sub(1);
            row.push_str(symbol);
        }
        out.push_str(row.trim_end());
        out.push('\n');
    }
    out
}

/// Text and style: after the rows, for each row the runs of cells that are not plain.
fn styled(buffer: &Buffer) -> String {
    let mut out = text(buffer);
    out.push_str("--- styles: row: from+cells style\n");
    for y in 0..buffer.area.height {
        let mut runs: Vec<(u16, u16, String)> = Vec::new();
        for x in 0..buffer.area.width {
            let cell = &buffer[(x, y)];
            let mut style = Vec::new();
            if cell.fg != Color::Reset {
                style.push(cell.fg.to_string().to_lowercase());
            }
            if cell.bg != Color::Reset {
                style.push(format!("on {}", cell.bg).to_lowercase());
            }
            for (modifier, word) in [
                (Modifier::BOLD, "bold"),
                (Modifier::DIM, "dim"),
                (Modifier::ITALIC, "italic"),
                (Modifier::UNDERLINED, "underlined"),
                (Modifier::REVERSED, "reversed"),
            ] {
                if cell.modifier.contains(modifier) {
                    style.push(word.to_owned());
                }
            }
            let style = style.join(" ");
            match runs.last_mut() {
                Some((_, cells, last)) if *last == style => *cells += 1,
                _ => runs.push((x, 1, style)),
            }
        }
        let runs: Vec<String> = runs
            .iter()
            .filter(|(_, _, style)| !style.is_empty())
            .map(|(from, cells, style)| format!("{from}+{cells} {style}"))
            .collect();
        if !runs.is_empty() {
            let _ = writeln!(out, "{y}: {}", runs.join(", "));
        }
    }
    out
}

/// A name, what it shows, and the keys that lead there.
type Shot = (&'static str, fn() -> Send, &'static str);

/// Every screen.
fn screens() -> Vec<Shot> {
    vec![
        ("overview_calm", Send::calm, ""),
        ("overview_incident", Send::incident, ""),
        ("overview_theirs", Send::theirs, ""),
        ("drill_theirs", Send::theirs, "jjjj<enter>"),
        ("overview_cell", Send::incident, "jjlll"),
        ("overview_empty", Send::empty, ""),
        ("overview_frozen", Send::held, " "),
        ("drill", Send::incident, "<enter>"),
        ("drill_tree_answered", Send::incident, "<enter><tab>Gky"),
        ("drill_checklist", Send::incident, "cG"),
        ("drill_sample_zoomed", Send::incident, "<enter>jj<enter>"),
        ("drill_tree_zoomed", Send::incident, "<enter><tab><enter>"),
        ("drill_wrapped", Send::incident, "<enter>wj"),
        ("overview_mixed", Send::mixed, ""),
        ("overview_reading", Send::reading, ""),
        ("trace", Send::incident, "<enter>t"),
        ("trace_see_also", Send::incident, "<enter>tj"),
        ("raw", Send::incident, "L"),
        ("raw_line", Send::incident, "<enter>L"),
        ("raw_filtered", Send::incident, "L/reputation<enter>kkk"),
        ("raw_context", Send::incident, "L/reputation<enter><enter>NN"),
        ("raw_wrapped", Send::mixed, "Lwkkkk"),
        ("raw_shifted", Send::incident, "Llllkk"),
        ("raw_empty", Send::empty, "L"),
        ("raw_no_match", Send::incident, "L/nobody-said-this<enter>"),
        ("help_raw", Send::incident, "L?"),
        ("probes", Send::incident, "p"),
        ("probes_answered", Send::incident, "pyjjjnjju"),
        ("probes_none", Send::empty, "p"),
        ("help_probes", Send::incident, "p?"),
        ("sources", Send::mixed, "S"),
        ("sources_strange", Send::mixed, "Sjj"),
        ("sources_tables", Send::mixed, "S<tab><tab>j"),
        ("sources_one", Send::incident, "S"),
        ("filter_host", Send::incident, "/host:mta1"),
        ("filter_kept", Send::incident, "/provider:gmail !new<enter>"),
        ("filter_offered", Send::incident, "/new provider:g<tab>"),
        ("help_overview", Send::incident, "?"),
        ("help_drill", Send::incident, "<enter>?"),
        ("incident", Send::past, "I"),
        ("incident_timeline", Send::incident, "cGoasked the postmaster<enter>yI<tab>k"),
        ("incident_list", Send::past, "I<tab><tab>j"),
        ("incident_few", Send::few, "I"),
        ("incident_none", Send::calm, "I"),
        (
            "checklist_noted",
            Send::incident,
            "cGoasked the postmaster, who answers within two days<enter>a0.12%<enter>",
        ),
        ("tree_noted", Send::incident, "<enter><tab>Gkolooked, no data yet<enter>u"),
        ("figure_typing", Send::incident, "cGa0.1x%<enter>"),
        ("note_typing", Send::incident, "cGoasked"),
        ("sends", Send::incident, "C"),
        ("sends_marked", Send::incident, "CmGm"),
        ("sends_none", Send::empty, "C"),
        ("compare", Send::incident, "C<enter>"),
        ("exports", Send::incident, "ej"),
        ("preview", Send::incident, "e<enter>"),
        ("help_incident", Send::incident, "I?"),
        ("themes", Send::incident, "Tjjj"),
        ("filter_typing", Send::incident, "/provider:gmail code:5.7.*"),
        ("palette", Send::incident, ":"),
        ("palette_elsewhere", Send::incident, ":note<enter>"),
        ("filter_error", Send::incident, "/provider:gmail cod:5.7.*"),
    ]
}

fn shot(name: &str, scene: Send, size: (u16, u16), theme: &str, keys: &str) {
    let mut operator = Operator::at(scene, size, theme);
    operator.press(keys);
    insta::assert_snapshot!(format!("{name}_{}x{}_{theme}", size.0, size.1), styled(&operator.buffer()));
}

#[test]
fn every_screen_at_every_size() {
    for (name, scene, keys) in screens() {
        for size in SIZES {
            shot(name, scene(), size, "default", keys);
        }
    }
}

#[test]
fn every_screen_without_colour() {
    for (name, scene, keys) in screens() {
        shot(name, scene(), (80, 24), "mono", keys);
    }
}

#[test]
fn the_screens_of_an_incident_without_colour_at_every_size() {
    const NEW: [&str; 9] = [
        "incident",
        "incident_timeline",
        "incident_list",
        "checklist_noted",
        "sends",
        "compare",
        "exports",
        "preview",
        "figure_typing",
    ];
    for (name, scene, keys) in screens().into_iter().filter(|(name, ..)| NEW.contains(name)) {
        for size in [(40, 12), (120, 40), (200, 60)] {
            shot(name, scene(), size, "mono", keys);
        }
    }
}

#[test]
fn every_theme_on_the_two_main_screens() {
    // The others differ in their palettes alone, which tests of their own look at.
    for theme in ["dark", "light", "high-contrast"] {
        shot("overview_cell", Send::incident(), (80, 24), theme, "jjlll");
        shot("drill", Send::incident(), (80, 24), theme, "<enter>");
    }
}

#[test]
fn the_small_layout_and_the_sentence_below_it() {
    for (name, scene, keys) in screens() {
        shot(name, scene(), (40, 12), "default", keys);
    }
    shot("too_small", Send::incident(), (30, 8), "default", "");
}

#[test]
fn without_utf_8_every_cell_is_ascii() {
    for (_, scene, keys) in screens() {
        let mut operator = Operator::new(scene());
        operator.console.state.ascii = true;
        operator.press(keys);
        assert!(operator.screen().is_ascii(), "{}", operator.screen());
    }
    let mut operator = Operator::new(Send::incident());
    operator.console.state.ascii = true;
    insta::assert_snapshot!("overview_incident_80x24_ascii", operator.screen());
}
