//! Makes the README's pictures: plays the demo on a pseudo terminal, presses the keys that an
//! operator would, and writes what the screen shows as SVG.
//!
//! `cargo build --release && cargo run --release --example picture -- fixtures/pictures`

#[path = "terminal.rs"]
#[expect(dead_code, reason = "the pictures resize nothing and send no signals")]
mod terminal;

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use terminal::Terminal;

/// Columns and rows.
const SIZE: (u16, u16) = (120, 36);
/// One cell in SVG units.
const CELL: (f32, f32) = (8.4, 18.0);
/// The terminal's sixteen colours, as the pictures show them.
const PALETTE: [&str; 16] = [
    "#1c2128", "#f47067", "#57ab5a", "#c69026", "#539bf5", "#b083f0", "#39c5cf", "#adbac7", "#545d68",
    "#ff938a", "#6bc46d", "#daaa3f", "#6cb6ff", "#dcbdfb", "#56d4dd", "#cdd9e5",
];
const PAPER: &str = "#1c2128";
const INK: &str = "#adbac7";

fn main() -> anyhow::Result<()> {
    let folder = std::env::args_os().nth(1).map_or_else(|| PathBuf::from("."), PathBuf::from);
    let this = std::env::current_exe()?;
    let release = this.parent().and_then(Path::parent).unwrap_or_else(|| Path::new("."));
    let arguments = ["demo", "--scenario", "gmail-reputation", "--speed", "2", "--theme", "default"];
    let mut console = Terminal::start(&release.join("fivefifty"), &arguments, SIZE)?;
    console.wait_for("INCIDENT")?;
    // Until the incident has a shape in the chart.
    console.watch(Duration::from_secs(20));
    std::fs::write(folder.join("overview.svg"), svg(console.screen())?)?;
    console.press("i")?;
    console.wait_for("VERDICT")?;
    console.watch(Duration::from_secs(2));
    std::fs::write(folder.join("drill.svg"), svg(console.screen())?)?;
    console.press("q")?;
    console.end()?;
    Ok(())
}

/// The screen as SVG: one text element per run of equal style.
fn svg(screen: &vt100::Screen) -> Result<String, std::fmt::Error> {
    let (width, height) = (f32::from(SIZE.0) * CELL.0 + 24.0, f32::from(SIZE.1) * CELL.1 + 24.0);
    let mut out = String::new();
    writeln!(
        out,
        "<svg xmlns=\"http://www.w3.org/2000/svg\" viewBox=\"0 0 {width} {height}\" font-size=\"14\" \
         font-family=\"DejaVu Sans Mono,Menlo,Consolas,monospace\">\n\
         <rect width=\"{width}\" height=\"{height}\" rx=\"8\" fill=\"{PAPER}\"/>"
    )?;
    for row in 0..SIZE.1 {
        let mut column = 0;
        while column < SIZE.0 {
            let begin = column;
            let style = Style::of(screen, row, column);
            let mut text = String::new();
            while column < SIZE.0 && Style::of(screen, row, column) == style {
                let contents = screen.cell(row, column).map_or("", |cell| cell.contents());
                text.push_str(if contents.is_empty() { " " } else { contents });
                column += 1;
            }
            style.write(&mut out, (begin, row), column - begin, &text)?;
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

    fn write(&self, out: &mut String, at: (u16, u16), cells: u16, text: &str) -> std::fmt::Result {
        let (x, y) = (f32::from(at.0) * CELL.0 + 12.0, f32::from(at.1) * CELL.1 + 12.0);
        let width = f32::from(cells) * CELL.0;
        if self.paper != PAPER {
            writeln!(
                out,
                "<rect x=\"{x:.1}\" y=\"{y:.1}\" width=\"{width:.1}\" height=\"{}\" fill=\"{}\"/>",
                CELL.1, self.paper
            )?;
        }
        if text.trim().is_empty() {
            return Ok(());
        }
        let bold = if self.bold { " font-weight=\"bold\"" } else { "" };
        let underline = if self.underline { " text-decoration=\"underline\"" } else { "" };
        let text = text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;");
        writeln!(
            out,
            "<text x=\"{x:.1}\" y=\"{:.1}\" textLength=\"{width:.1}\" xml:space=\"preserve\" fill=\"{}\"{bold}{underline}>{text}</text>",
            y + 13.5,
            self.ink,
        )
    }
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
