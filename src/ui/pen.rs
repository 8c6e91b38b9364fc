//! Writes changed cells as few bytes: over a line far away every one of them takes time.

use std::io::{self, Write};

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

/// The modifiers in the order of their numbers in SGR, from 1 on.
const NUMBERED: [Modifier; 9] = [
    Modifier::BOLD,
    Modifier::DIM,
    Modifier::ITALIC,
    Modifier::UNDERLINED,
    Modifier::SLOW_BLINK,
    Modifier::RAPID_BLINK,
    Modifier::REVERSED,
    Modifier::HIDDEN,
    Modifier::CROSSED_OUT,
];
/// As many cells are written again sooner than stepped over: a step takes as many bytes.
const BRIDGE: u16 = 3;

/// What a cell looks like.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq)]
struct Look {
    ink: Color,
    paper: Color,
    modifier: Modifier,
}

impl Look {
    fn of(cell: &Cell) -> Self {
        let mut modifier = cell.modifier;
        // Of both at once some terminals show the one, some the other.
        if modifier.contains(Modifier::BOLD) {
            modifier.remove(Modifier::DIM);
        }
        Self { ink: cell.fg, paper: cell.bg, modifier }
    }
}

/// Where the terminal's cursor stands, and what it writes with.
#[derive(Debug)]
pub(super) struct Pen<'b> {
    /// What the screen will be.
    next: &'b Buffer,
    /// `None` where terminals do not agree.
    at: Option<(u16, u16)>,
    look: Look,
}

impl<'b> Pen<'b> {
    /// A pen that writes `next`; the terminal writes as it does by itself.
    pub(super) fn new(next: &'b Buffer) -> Self {
        Self { next, at: None, look: Look::default() }
    }

    /// Writes `cell` at (`x`, `y`).
    pub(super) fn put(&mut self, out: &mut impl Write, (x, y): (u16, u16), cell: &Cell) -> io::Result<()> {
        self.go(out, (x, y))?;
        self.wear(out, Look::of(cell))?;
        let text = cell.symbol();
        out.write_all(text.as_bytes())?;
        // Behind a wide one, and at the edge, not every cursor stands in the same place.
        let is_sure = crate::text::width(text) == 1 && x + 1 < self.next.area.right();
        self.at = is_sure.then_some((x + 1, y));
        Ok(())
    }

    /// Lets the terminal write as it does by itself again.
    pub(super) fn end(mut self, out: &mut impl Write) -> io::Result<()> {
        self.wear(out, Look::default())
    }

    /// Moves the cursor, the shortest way.
    fn go(&mut self, out: &mut impl Write, (x, y): (u16, u16)) -> io::Result<()> {
        match self.at {
            Some(at) if at == (x, y) => Ok(()),
            Some((from, row)) if row == y && from < x => {
                if let Some(text) = self.between(from, x, y) {
                    return out.write_all(&text);
                }
                match x - from {
                    1 => out.write_all(b"\x1b[C"),
                    cells => write!(out, "\x1b[{cells}C"),
                }
            }
            _ => write!(out, "\x1b[{};{}H", y + 1, x + 1),
        }
    }

    /// What stands from `from` to `to`, where writing it again takes no more bytes than a step over it.
    fn between(&self, from: u16, to: u16, row: u16) -> Option<Vec<u8>> {
        let letter = |column| {
            let cell = self.next.cell((column, row))?;
            let is_one = cell.symbol().len() == 1 && Look::of(cell) == self.look;
            is_one.then(|| cell.symbol().as_bytes()[0])
        };
        (to - from <= BRIDGE).then(|| (from..to).map(letter).collect()).flatten()
    }

    /// Changes what is different.
    fn wear(&mut self, out: &mut impl Write, look: Look) -> io::Result<()> {
        let before = std::mem::replace(&mut self.look, look);
        if before == look {
            return Ok(());
        }
        if look == Look::default() {
            return out.write_all(b"\x1b[m");
        }
        // What was put on is taken off all at once.
        let is_taken_off = !(before.modifier - look.modifier).is_empty();
        let before = if is_taken_off { Look::default() } else { before };
        let mut sequence = String::from("\x1b[");
        if is_taken_off {
            sequence.push_str("0;");
        }
        for (number, _) in
            (1..).zip(NUMBERED).filter(|(_, one)| (look.modifier - before.modifier).contains(*one))
        {
            sequence.push_str(&format!("{number};"));
        }
        if look.ink != before.ink {
            colour(&mut sequence, 3, look.ink);
        }
        if look.paper != before.paper {
            colour(&mut sequence, 4, look.paper);
        }
        sequence.pop();
        sequence.push('m');
        out.write_all(sequence.as_bytes())
    }
}

/// A colour as SGR has it, with `;` behind it; `ground` is 3 for what is written and 4 for what is under it.
fn colour(sequence: &mut String, ground: u8, colour: Color) {
    let index = match colour {
        Color::Reset => {
            sequence.push_str(&format!("{ground}9;"));
            return;
        }
        Color::Rgb(red, green, blue) => {
            sequence.push_str(&format!("{ground}8;2;{red};{green};{blue};"));
            return;
        }
        Color::Indexed(index) => index,
        Color::Black => 0,
        Color::Red => 1,
        Color::Green => 2,
        Color::Yellow => 3,
        Color::Blue => 4,
        Color::Magenta => 5,
        Color::Cyan => 6,
        Color::Gray => 7,
        Color::DarkGray => 8,
        Color::LightRed => 9,
        Color::LightGreen => 10,
        Color::LightYellow => 11,
        Color::LightBlue => 12,
        Color::LightMagenta => 13,
        Color::LightCyan => 14,
        Color::White => 15,
    };
    // By its index even where it has a short form: with that, some terminals show bold as another colour.
    sequence.push_str(&format!("{ground}8;5;{index};"));
}
