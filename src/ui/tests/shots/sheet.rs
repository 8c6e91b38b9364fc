//! A picture as text: what is written, and a letter for the style of each cell. A letter stands for a role
//! as it looks in every theme, so that a change of a theme shows in one file, and a change of a screen in
//! the letters of that screen.

use std::collections::HashMap;
use std::fmt::Write as _;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier, Style};

use crate::ui::theme::{Role, Theme};

/// The themes that every screen is drawn in.
const THEMES: [&str; 3] = ["default", "mono", "high-contrast"];

/// What a cell looks like in one theme.
#[derive(Copy, Clone, Debug, PartialEq, Eq, Hash)]
struct Look(Color, Color, Modifier);

/// What it looks like in all of them.
type Looks = [Look; 3];

impl Look {
    fn of(cell: &Cell) -> Self {
        Self(cell.fg, cell.bg, cell.modifier)
    }

    /// A cell on which these styles were laid one over the other.
    fn laid(styles: &[Style]) -> Self {
        let mut cell = Cell::default();
        for style in styles {
            cell.set_style(*style);
        }
        Self::of(&cell)
    }

    /// `lightred on black bold`; `plain` where it is the terminal's own.
    fn words(self) -> String {
        let mut words = Vec::new();
        if self.0 != Color::Reset {
            words.push(self.0.to_string().to_lowercase());
        }
        if self.1 != Color::Reset {
            words.push(format!("on {}", self.1).to_lowercase());
        }
        for (modifier, word) in [
            (Modifier::BOLD, "bold"),
            (Modifier::DIM, "dim"),
            (Modifier::ITALIC, "italic"),
            (Modifier::UNDERLINED, "underlined"),
            (Modifier::REVERSED, "reversed"),
        ] {
            if self.2.contains(modifier) {
                words.push(word.to_owned());
            }
        }
        if words.is_empty() { "plain".to_owned() } else { words.join(" ") }
    }
}

/// The letter of a role.
const fn letter(role: Role) -> char {
    match role {
        Role::Text => ' ',
        Role::Dim => '.',
        Role::Title => 't',
        Role::Rule => '-',
        Role::Accent => 'a',
        Role::Key => 'k',
        Role::Selected => 'S',
        Role::Marked => 'M',
        Role::Good => 'g',
        Role::Warn => 'w',
        Role::Bad => 'b',
        Role::Fresh => 'f',
        Role::Evidence => 'e',
        Role::Bar => 'c',
        Role::Alarm => 'A',
        Role::Base => '=',
    }
}

/// The themes, and what their roles look like.
pub(super) struct Themes {
    each: [Theme; 3],
    letters: HashMap<Looks, char>,
    /// A role over another one.
    pairs: HashMap<Looks, String>,
}

impl Themes {
    pub(super) fn new() -> Self {
        let each = THEMES.map(|name| Theme::named(name).unwrap());
        let laid = |roles: &[Role]| {
            [0, 1, 2].map(|at: usize| {
                let styles: Vec<Style> = roles.iter().map(|role| each[at].style(*role)).collect();
                Look::laid(&styles)
            })
        };
        let (mut letters, mut pairs) = (HashMap::new(), HashMap::new());
        for role in Role::ALL {
            letters.entry(laid(&[Role::Text, *role])).or_insert_with(|| letter(*role));
            for over in Role::ALL {
                let words = || format!("{} over {}", over.id(), role.id());
                pairs.entry(laid(&[Role::Text, *role, *over])).or_insert_with(words);
            }
        }
        Self { each, letters, pairs }
    }

    pub(super) fn each(&self) -> [&Theme; 3] {
        self.each.each_ref()
    }

    /// The letters: each with its role, and what it looks like in every theme.
    pub(super) fn legend(&self) -> String {
        let mut out = String::new();
        let _ = writeln!(out, "  {:<10}{:<24}{:<24}{}", "", THEMES[0], THEMES[1], THEMES[2]);
        for role in Role::ALL {
            let looks = self.each().map(|theme| Look::laid(&[theme.style(Role::Text), theme.style(*role)]));
            let [default, mono, contrast] = looks.map(Look::words);
            // Roles that look alike everywhere share the letter of the first.
            let letter = self.letters[&looks];
            let _ = writeln!(out, "{letter} {:<10}{default:<24}{mono:<24}{contrast}", role.id());
        }
        out
    }

    /// The picture: its text, which is the same in every theme, the letters of its styles, and what stands
    /// for styles that no role has alone.
    pub(super) fn sheet(&self, buffers: &[Buffer; 3]) -> String {
        let (mut letters, mut mixed) = (String::new(), Vec::new());
        let mut before: Option<(Looks, char)> = None;
        let area = buffers[0].area;
        for y in 0..area.height {
            let mut row = String::new();
            for x in 0..area.width {
                let cells = buffers.each_ref().map(|buffer| &buffer[(x, y)]);
                let said = cells.map(Cell::symbol);
                assert!(said[0] == said[1] && said[0] == said[2], "a theme says something else: {said:?}");
                let looks = cells.map(Look::of);
                // Most cells look like the one before.
                let letter = match before {
                    Some((known, letter)) if known == looks => letter,
                    _ => self.letter(looks, &mut mixed),
                };
                before = Some((looks, letter));
                row.push(letter);
            }
            letters.push_str(row.trim_end());
            letters.push('\n');
        }
        let mut out = text(&buffers[0]);
        out.push_str("--- styles\n");
        out.push_str(letters.trim_end());
        if !mixed.is_empty() {
            out.push_str("\n---");
        }
        for (sign, looks) in ('1'..).zip(mixed) {
            let words = self.pairs.get(&looks).cloned();
            let words = words.unwrap_or_else(|| looks.map(Look::words).join(" | "));
            let _ = write!(out, "\n{sign} {words}");
        }
        out
    }

    /// The letter of a role, else the number of what is not one alone.
    fn letter(&self, looks: Looks, mixed: &mut Vec<Looks>) -> char {
        let Look(ink, ground, _) = looks[1];
        assert!(ink == Color::Reset && ground == Color::Reset, "a colour in mono: {looks:?}");
        self.letters.get(&looks).copied().unwrap_or_else(|| {
            let at = mixed.iter().position(|known| *known == looks).unwrap_or_else(|| {
                mixed.push(looks);
                mixed.len() - 1
            });
            char::from(b'1' + u8::try_from(at).unwrap())
        })
    }
}

/// The text of a buffer, row by row; what a wide character covers is left out.
pub(in crate::ui::tests) fn text(buffer: &Buffer) -> String {
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

/// Text and style in one theme: after the rows, for each row the runs of cells that are not plain.
pub(super) fn runs(buffer: &Buffer) -> String {
    let mut out = text(buffer);
    out.push_str("--- styles: row: from+cells style\n");
    for y in 0..buffer.area.height {
        let mut runs: Vec<(u16, u16, Look)> = Vec::new();
        for x in 0..buffer.area.width {
            let look = Look::of(&buffer[(x, y)]);
            match runs.last_mut() {
                Some((_, cells, last)) if *last == look => *cells += 1,
                _ => runs.push((x, 1, look)),
            }
        }
        let plain = Look::of(&Cell::default());
        let runs: Vec<String> = runs
            .iter()
            .filter(|(.., look)| *look != plain)
            .map(|(from, cells, look)| format!("{from}+{cells} {}", look.words()))
            .collect();
        if !runs.is_empty() {
            let _ = writeln!(out, "{y}: {}", runs.join(", "));
        }
    }
    out
}
