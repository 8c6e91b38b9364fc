//! A terminal's screen as SVG: one text element per run of equal style.

use std::fmt::Write as _;

/// One cell in SVG units, and what is left free around all of them.
const CELL: (f32, f32) = (8.4, 18.0);
const MARGIN: f32 = 12.0;
/// The terminal's sixteen colours, as the pictures show them.
const PALETTE: [&str; 16] = [
    "#1c2128", "#f47067", "#57ab5a", "#c69026", "#539bf5", "#b083f0", "#39c5cf", "#adbac7", "#545d68",
    "#ff938a", "#6bc46d", "#daaa3f", "#6cb6ff", "#dcbdfb", "#56d4dd", "#cdd9e5",
];
const PAPER: &str = "#1c2128";
const INK: &str = "#adbac7";

/// The screen as SVG.
pub(crate) fn svg(screen: &vt100::Screen) -> Result<String, std::fmt::Error> {
    let (rows, columns) = screen.size();
    let (width, height) =
        (f32::from(columns) * CELL.0 + 2.0 * MARGIN, f32::from(rows) * CELL.1 + 2.0 * MARGIN);
    // What is around the cells is as the first of them.
    let paper = Style::of(screen, 0, 0).paper;
    let mut out = String::new();
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-size=\"14\" \
         shape-rendering=\"crispEdges\" \
         font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{paper}\"/>"
    )?;
    for row in 0..rows {
        let mut column = 0;
        while column < columns {
            let begin = column;
            let style = Style::of(screen, row, column);
            let mut text = String::new();
            while column < columns && Style::of(screen, row, column) == style {
                let contents = screen.cell(row, column).map_or("", |cell| cell.contents());
                text.push_str(if contents.is_empty() { " " } else { contents });
                column += 1;
            }
            style.write(&mut out, &paper, (begin, row), column - begin, &text)?;
        }
    }
    out.push_str("</svg>\n");
    Ok(out)
}

#[derive(PartialEq)]
struct Style {
    ink: String,
    paper: String,
    bold: bool,
    underline: bool,
}

impl Style {
    fn of(screen: &vt100::Screen, row: u16, column: u16) -> Self {
        let Some(cell) = screen.cell(row, column) else {
            return Self { ink: INK.into(), paper: PAPER.into(), bold: false, underline: false };
        };
        let mut ink = colour(cell.fgcolor(), INK);
        let mut paper = colour(cell.bgcolor(), PAPER);
        if cell.inverse() {
            std::mem::swap(&mut ink, &mut paper);
        }
        if cell.dim() {
            "#768390".clone_into(&mut ink);
        }
        Self { ink, paper, bold: cell.bold(), underline: cell.underline() }
    }

    fn write(
        &self,
        out: &mut String,
        around: &str,
        at: (u16, u16),
        cells: u16,
        text: &str,
    ) -> std::fmt::Result {
        let (x, y) = (f32::from(at.0) * CELL.0 + MARGIN, f32::from(at.1) * CELL.1 + MARGIN);
        if self.paper != around {
            rect(out, (x, y), (f32::from(cells) * CELL.0, CELL.1), &self.paper)?;
        }
        // Blanks are nobody's business: what stands between them is put where it belongs.
        let mut word = String::new();
        let mut begin = 0;
        for (column, sign) in text.chars().chain(['\0']).enumerate() {
            let shape = shape(sign);
            if shape.is_none() && sign != ' ' && sign != '\0' {
                if word.is_empty() {
                    begin = column;
                }
                word.push(sign);
                continue;
            }
            if !word.is_empty() {
                self.word(out, (x + begin as f32 * CELL.0, y), &std::mem::take(&mut word))?;
            }
            if let Some([left, top, right, bottom]) = shape {
                let from = (x + (column as f32 + left) * CELL.0, y + top * CELL.1);
                rect(out, from, ((right - left) * CELL.0, (bottom - top) * CELL.1), &self.ink)?;
            }
        }
        Ok(())
    }

    fn word(&self, out: &mut String, (x, y): (f32, f32), word: &str) -> std::fmt::Result {
        let bold = if self.bold { " font-weight=\"bold\"" } else { "" };
        let underline = if self.underline { " text-decoration=\"underline\"" } else { "" };
        let width = word.chars().count() as f32 * CELL.0;
        let word = word.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" fill=\"{}\"{bold}{underline}>{word}</text>",
            y + 13.5,
            self.ink,
        )
    }
}

fn rect(out: &mut String, (x, y): (f32, f32), (width, height): (f32, f32), fill: &str) -> std::fmt::Result {
    writeln!(
        out,
        "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{height:.1}\" fill=\"{fill}\"/>"
    )
}

/// What fills a cell from edge to edge, which letters do not: left, top, right and bottom in parts of it.
fn shape(sign: char) -> Option<[f32; 4]> {
    Some(match sign {
        '▁'..='█' => [0.0, 1.0 - (sign as u32 - 0x2580) as f32 / 8.0, 1.0, 1.0],
        '▉'..='▏' => [0.0, 0.0, (0x2590 - sign as u32) as f32 / 8.0, 1.0],
        '─' => [0.0, 0.47, 1.0, 0.53],
        '━' => [0.0, 0.44, 1.0, 0.56],
        '│' => [0.44, 0.0, 0.56, 1.0],
        _ => return None,
    })
}

fn colour(colour: vt100::Color, default: &str) -> String {
    match colour {
        vt100::Color::Default => default.to_owned(),
        vt100::Color::Idx(index @ 0..=15) => PALETTE[usize::from(index)].to_owned(),
        vt100::Color::Idx(index @ 232..=255) => {
            let level = 8 + 10 * (index - 232);
            format!("#{level:02x}{level:02x}{level:02x}")
        }
        vt100::Color::Idx(index) => {
            let level = |part: u8| if part == 0 { 0 } else { 55 + 40 * part };
            let cube = index - 16;
            format!("#{:02x}{:02x}{:02x}", level(cube / 36), level(cube / 6 % 6), level(cube % 6))
        }
        vt100::Color::Rgb(red, green, blue) => format!("#{red:02x}{green:02x}{blue:02x}"),
    }
}
