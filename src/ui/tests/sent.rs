//! What goes to the terminal: no more than what is different, and nothing where nothing is.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use ratatui::buffer::{Buffer, Cell};
use ratatui::style::{Color, Modifier};

use super::{Operator, Send, shots};
use crate::engine::{Input, Setup, Snapshot, read_all};
use crate::text::Clean;
use crate::ui::console::Scene;
use crate::ui::painter::Painter;
use crate::ui::picture::{Kept, Picture, Question};
use crate::ui::rehearsal::{Rehearsal, Wire};

/// A terminal that takes what is sent.
struct Line {
    painter: Painter<Wire>,
    wire: Wire,
    screen: vt100::Parser,
}

impl Line {
    fn of((columns, rows): (u16, u16)) -> Self {
        let wire = Wire::default();
        let painter = Painter::new(wire.clone(), (columns, rows));
        Self { painter, wire, screen: vt100::Parser::new(rows, columns, 0) }
    }

    /// Draws a frame; the bytes that it took.
    fn draw(&mut self, operator: &Operator) -> usize {
        self.painter.paint(|buffer| operator.console.draw(buffer)).unwrap();
        let sent = self.wire.take();
        self.screen.process(&sent);
        sent.len()
    }

    /// Where the terminal shows something else than what was drawn.
    fn wrong(&self, drawn: &Buffer) -> Option<String> {
        let mut covered = 0;
        for position in drawn.area.positions() {
            let cell = &drawn[position];
            // What a wide one covers is the terminal's.
            if covered > 0 {
                covered -= 1;
                continue;
            }
            covered = crate::text::width(cell.symbol()).saturating_sub(1);
            let shown = self.screen.screen().cell(position.y, position.x).unwrap();
            if !is_shown(cell, shown) {
                return Some(format!("{position}: {cell:?} is shown as {shown:?}"));
            }
        }
        None
    }
}

fn is_shown(cell: &Cell, shown: &vt100::Cell) -> bool {
    let text = if shown.contents().is_empty() { " " } else { shown.contents() };
    let has = |modifier| cell.modifier.contains(modifier);
    text == cell.symbol()
        && colour(cell.fg) == shown.fgcolor()
        && colour(cell.bg) == shown.bgcolor()
        && has(Modifier::BOLD) == shown.bold()
        && (has(Modifier::DIM) && !has(Modifier::BOLD)) == shown.dim()
        && has(Modifier::ITALIC) == shown.italic()
        && has(Modifier::UNDERLINED) == shown.underline()
        && has(Modifier::REVERSED) == shown.inverse()
}

fn colour(colour: Color) -> vt100::Color {
    const NAMED: [Color; 16] = [
        Color::Black,
        Color::Red,
        Color::Green,
        Color::Yellow,
        Color::Blue,
        Color::Magenta,
        Color::Cyan,
        Color::Gray,
        Color::DarkGray,
        Color::LightRed,
        Color::LightGreen,
        Color::LightYellow,
        Color::LightBlue,
        Color::LightMagenta,
        Color::LightCyan,
        Color::White,
    ];
    match colour {
        Color::Reset => vt100::Color::Default,
        Color::Rgb(red, green, blue) => vt100::Color::Rgb(red, green, blue),
        Color::Indexed(index) => vt100::Color::Idx(index),
        named => vt100::Color::Idx((0..).zip(NAMED).find(|(_, one)| *one == named).unwrap().0),
    }
}

#[test]
fn the_terminal_shows_what_was_drawn_and_nothing_is_sent_twice() {
    for (size, theme) in [((80, 24), "default"), ((120, 40), "dark"), ((200, 60), "mono")] {
        // One screen after the other, over whatever the one before has left there.
        let mut line = Line::of(size);
        for shot in shots::screens::screens() {
            let name = shot.name;
            let mut operator = Operator::at((shot.scene)(), size, theme);
            (shot.before)(&mut operator);
            line.draw(&operator);
            operator.press(shot.keys);
            (shot.after)(&mut operator);
            line.draw(&operator);
            assert_eq!(line.wrong(&operator.buffer()), None, "{name} {theme}");
            // The order of the scene's own codes settles once.
            for _ in 0..2 {
                line.draw(&operator);
                operator.console.outdated();
                operator.console.refresh(&operator.scene);
            }
            line.painter.paint(|buffer| operator.console.draw(buffer)).unwrap();
            let sent = String::from_utf8(line.wire.take()).unwrap();
            assert_eq!(sent, "", "{name} {theme}: nothing has changed");
        }
    }
}

/// A scene so many seconds later, in which nothing was written meanwhile.
struct Later<'s>(&'s Send, i64);

impl Scene for Later<'_> {
    fn picture(&self, question: &Question, kept: Kept<'_>) -> Picture {
        let mut picture = self.0.picture(question, kept);
        let millis = self.1 * 1_000;
        if picture.head.back.is_none() && picture.head.frozen.is_none() {
            picture.now = picture.now.plus_millis(millis);
        }
        picture.head.now = picture.head.now.plus_millis(millis);
        (picture.head.lag, picture.head.lines_per_second) = (5_000 + millis, 0.0);
        picture
    }

    fn incidents(&self) -> &[crate::engine::Incident] {
        self.0.incidents()
    }

    fn known(&self, key: &str) -> Vec<Clean> {
        self.0.known(key)
    }
}

#[test]
fn while_a_log_is_quiet_nothing_is_sent_before_the_minute_is_over() {
    for size in [(40, 12), (80, 24), (120, 40), (200, 60)] {
        for shot in shots::screens::screens() {
            let mut operator = shot.taken(size);
            // Where a log is played, its time runs by.
            if operator.console.picture().head.playing.is_some() {
                continue;
            }
            let mut line = Line::of(size);
            let mut sent = Vec::new();
            // The scene's clock is at seven seconds.
            for seconds in [0, 0, 1, 9, 23, 31, 52, 53, 54, 112, 113] {
                operator.console.outdated();
                operator.console.refresh(&Later(&operator.scene, seconds));
                sent.push(line.draw(&operator));
            }
            let name = format!("{} at {size:?}: {sent:?}", shot.name);
            assert_eq!((&sent[2..7], &sent[8..10]), (&[0; 5][..], &[0; 2][..]), "{name}");
            assert!(sent[7] < 200 && sent[10] < 200, "{name}");
        }
    }
}

#[test]
fn a_screen_that_was_forgotten_is_sent_whole() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "dark");
    operator.press("<enter>");
    let mut line = Line::of((120, 40));
    line.draw(&operator);
    line.screen = vt100::Parser::new(40, 120, 0);
    line.screen.process(b"what another program left here");
    line.painter.forget((120, 40)).unwrap();
    line.draw(&operator);
    assert_eq!(line.wrong(&operator.buffer()), None);
}

/// What is counted in so many refusals by Gmail among a thousand deliveries to four providers.
fn counted(log: &Path, refused: usize) -> Arc<Snapshot> {
    let receivers = [
        ("gmail.com", "gmail-smtp-in.l.google.com"),
        ("yahoo.com", "mta7.am0.yahoodns.net"),
        ("outlook.com", "outlook-com.olc.protection.outlook.com"),
        ("icloud.com", "mx01.mail.icloud.com"),
    ];
    let line = |number: usize, (domain, host): (&str, &str), dsn: &str, said: &str| {
        let second = number * 290 / 1_000;
        let (minute, second) = (second / 60, second % 60);
        format!(
            "2026-11-20T14:{minute:02}:{second:02}+00:00 mx1 postfix/smtp[7]: 4Xz1Q{number:08}: to=<u{number}@{domain}>, \
             relay={host}[192.0.2.9]:25, delay=1, delays=0/0/0/1, dsn={dsn}, status={said}\n"
        )
    };
    let sent = (0..1_000).map(|number| line(number, receivers[number % 4], "2.0.0", "sent (250 2.0.0 OK)"));
    let no = "bounced (host gmail-smtp-in.l.google.com[192.0.2.9] said: 550 5.1.1 no such user (in reply to RCPT TO command))";
    let refused = (0..refused).map(|_| line(1_000, receivers[0], "5.1.1", no));
    fs::write(log, sent.chain(refused).collect::<String>()).unwrap();
    let inputs = vec![Input::File(log.to_owned())];
    Arc::new(read_all(inputs, &Setup::embedded().unwrap(), &mut |_, _| ()).unwrap())
}

#[test]
fn one_more_rejection_sends_its_figures_and_little_else() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("mail.log");
    let [before, after] = [20, 21].map(|refused| counted(&log, refused));
    for size in [(80, 24), (120, 40), (200, 60)] {
        let mut console = Rehearsal::new(Arc::clone(&before), size).unwrap();
        let mut frame = |snapshot: &Arc<Snapshot>, second| {
            console.renew(Arc::clone(snapshot), Duration::from_secs(second));
            console.ask();
            console.draw();
            console.send().unwrap()
        };
        let whole = frame(&before, 1).len();
        assert_eq!(frame(&before, 2), b"", "the same at {size:?}");
        let sent = frame(&after, 3);
        let shown = String::from_utf8_lossy(&sent).replace('\x1b', "^");
        assert!(
            !sent.is_empty() && sent.len() < 400 && sent.len() * 8 < whole,
            "{} of {whole} bytes: {shown}",
            sent.len()
        );
    }
}
