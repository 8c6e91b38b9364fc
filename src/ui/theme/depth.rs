//! How many colours a terminal has: what is more is reduced to the nearest that it has, here and nowhere
//! else.

use ratatui::style::{Color, Style};

/// How many colours a terminal has.
#[derive(Copy, Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(in crate::ui) enum Depth {
    /// Its own sixteen.
    Sixteen,
    /// Those, a cube of 6×6×6 and 24 greys.
    Fixed,
    /// All of them.
    #[default]
    True,
}

/// The terminal's colours around the wheel from red on, in steps of 60 degrees: the dark one, the light one.
const WHEEL: [(Color, Color); 6] = [
    (Color::Red, Color::LightRed),
    (Color::Yellow, Color::LightYellow),
    (Color::Green, Color::LightGreen),
    (Color::Cyan, Color::LightCyan),
    (Color::Blue, Color::LightBlue),
    (Color::Magenta, Color::LightMagenta),
];

/// The levels of the cube.
const LEVELS: [u8; 6] = [0, 95, 135, 175, 215, 255];

impl Depth {
    /// What this process's terminal says of itself.
    pub(in crate::ui) fn here() -> Self {
        let var = |name| std::env::var(name).unwrap_or_default();
        Self::of(&var("TERM"), &var("COLORTERM"))
    }

    fn of(term: &str, colorterm: &str) -> Self {
        match (term, colorterm) {
            // The kernel's console takes more, and shows sixteen.
            ("linux" | "dumb" | "", _) => Self::Sixteen,
            (_, "truecolor" | "24bit") => Self::True,
            (term, _) if term.ends_with("-direct") => Self::True,
            (term, _) if term.contains("256color") => Self::Fixed,
            // These have all colours, whatever got lost on the way (sudo, ssh).
            (term, _) if ["alacritty", "xterm-kitty", "xterm-ghostty", "foot"].contains(&term) => Self::True,
            (_, colorterm) if !colorterm.is_empty() => Self::Fixed,
            _ => Self::Sixteen,
        }
    }

    /// The style in the colours that there are. Text keeps another colour than its ground.
    pub(super) fn reduce(self, mut style: Style) -> Style {
        let was = (style.fg, style.bg);
        style.fg = style.fg.map(|colour| self.nearest(colour));
        style.bg = style.bg.map(|colour| self.nearest(colour));
        if style.fg == style.bg && was.0 != was.1 && style.fg.is_some() {
            let is_light = was.1.and_then(parts).is_some_and(|ground| luma(ground) > 127);
            style.fg = Some(if is_light { Color::Black } else { Color::White });
        }
        style
    }

    fn nearest(self, colour: Color) -> Color {
        let fixed = match colour {
            Color::Rgb(..) => true,
            Color::Indexed(16..) => self == Self::Sixteen,
            _ => false,
        };
        let Some(wanted) = parts(colour).filter(|_| fixed) else { return colour };
        match self {
            Self::True => colour,
            Self::Fixed => Color::Indexed(nearest_fixed(wanted)),
            Self::Sixteen => nearest_of_sixteen(wanted),
        }
    }
}

/// The colour of the terminal's own that means the same: what they look like, every terminal decides, so
/// the hue counts, and how light it is.
fn nearest_of_sixteen(wanted: [u8; 3]) -> Color {
    let [red, green, blue] = wanted.map(i32::from);
    let (most, least) = (red.max(green).max(blue), red.min(green).min(blue));
    let (spread, light) = (most - least, luma(wanted));
    match light {
        ..60 if light < 30 || spread * 5 < most * 4 || most < 100 => return Color::Black,
        236.. => return Color::White,
        // A dark ground of little colour is a grey.
        ..100 if spread * 2 >= most => {}
        100.. if spread * 4 >= most => {}
        ..60 => return Color::Black,
        60..115 => return Color::DarkGray,
        115..215 => return Color::Gray,
        _ => return Color::White,
    }
    let degrees = match most {
        _ if most == red => 60 * (green - blue) / spread,
        _ if most == green => 120 + 60 * (blue - red) / spread,
        _ => 240 + 60 * (red - green) / spread,
    };
    // Orange still is a red, and violet no blue.
    let sector = match degrees.rem_euclid(360) {
        28..80 => 1,
        80..160 => 2,
        160..212 => 3,
        212..255 => 4,
        255..335 => 5,
        _ => 0,
    };
    let (dark, bright) = WHEEL[sector];
    if light > 127 { bright } else { dark }
}

/// The nearest of the cube and the greys.
fn nearest_fixed(wanted: [u8; 3]) -> u8 {
    (16..=255).min_by_key(|index| far(fixed(*index), wanted)).unwrap_or(16)
}

/// Red, green and blue of an index from 16 on.
fn fixed(index: u8) -> [u8; 3] {
    if index >= 232 {
        return [8 + 10 * (index - 232); 3];
    }
    let cube = usize::from(index.saturating_sub(16));
    [LEVELS[cube / 36 % 6], LEVELS[cube / 6 % 6], LEVELS[cube % 6]]
}

/// Red, green and blue, where they are fixed.
pub(super) fn parts(colour: Color) -> Option<[u8; 3]> {
    match colour {
        Color::Rgb(red, green, blue) => Some([red, green, blue]),
        Color::Indexed(index @ 16..) => Some(fixed(index)),
        _ => None,
    }
}

/// How unlike two colours look: how far they are apart (after "redmean",
/// <https://www.compuphase.com/cmetric.htm>), and how much one leans to another hue, so that a pale green
/// becomes no grey.
fn far(one: [u8; 3], other: [u8; 3]) -> i32 {
    let mean = (i32::from(one[0]) + i32::from(other[0])) / 2;
    let off = [0, 1, 2].map(|at| i32::from(one[at]) - i32::from(other[at]));
    let [red, green, blue] = off.map(|off| off * off);
    let lean = (off[0] - off[1]).pow(2) + (off[1] - off[2]).pow(2);
    (((512 + mean) * red) >> 8) + 4 * green + (((767 - mean) * blue) >> 8) + 4 * lean
}

/// How light a colour is, 0–255.
pub(super) fn luma([red, green, blue]: [u8; 3]) -> u32 {
    (299 * u32::from(red) + 587 * u32::from(green) + 114 * u32::from(blue)) / 1000
}

#[cfg(test)]
mod tests {
    use ratatui::style::{Color, Style};

    use super::Depth;

    #[test]
    fn the_terminal_says_how_many_colours_it_has() {
        for (term, colorterm, depth) in [
            ("xterm-256color", "truecolor", Depth::True),
            ("screen-256color", "24bit", Depth::True),
            ("xterm-256color", "", Depth::Fixed),
            ("tmux-256color", "", Depth::Fixed),
            ("xterm-direct", "", Depth::True),
            ("alacritty", "", Depth::True),
            ("xterm", "", Depth::Sixteen),
            ("screen", "", Depth::Sixteen),
            ("linux", "truecolor", Depth::Sixteen),
            ("rxvt", "rxvt-xpm", Depth::Fixed),
        ] {
            assert_eq!(Depth::of(term, colorterm), depth, "{term} {colorterm}");
        }
    }

    #[test]
    fn a_colour_becomes_the_nearest_that_there_is() {
        let ink = |depth: Depth, colour| depth.reduce(Style::new().fg(colour)).fg;
        let ground = Color::Rgb(0x14, 0x17, 0x1c);
        assert_eq!(ink(Depth::True, ground), Some(ground));
        assert_eq!(ink(Depth::Fixed, ground), Some(Color::Indexed(234)));
        assert_eq!(ink(Depth::Fixed, Color::Rgb(95, 175, 255)), Some(Color::Indexed(75)));
        assert_eq!(
            ink(Depth::Fixed, Color::Rgb(0xa3, 0xbe, 0x8c)),
            Some(Color::Indexed(108)),
            "green stays green"
        );
        assert_eq!(ink(Depth::Sixteen, Color::Rgb(0x43, 0x4c, 0x5e)), Some(Color::DarkGray));
        assert_eq!(ink(Depth::Sixteen, ground), Some(Color::Black));
        assert_eq!(ink(Depth::Sixteen, Color::Rgb(0xf0, 0x20, 0x10)), Some(Color::Red));
        assert_eq!(ink(Depth::Sixteen, Color::Rgb(0x8f, 0xbf, 0x8a)), Some(Color::LightGreen));
        assert_eq!(ink(Depth::Sixteen, Color::Rgb(0xb3, 0x20, 0x2b)), Some(Color::Red));
        assert_eq!(ink(Depth::Sixteen, Color::Rgb(0xc7, 0x9b, 0xe8)), Some(Color::LightMagenta));
        assert_eq!(ink(Depth::Sixteen, Color::Indexed(231)), Some(Color::White));
        assert_eq!(ink(Depth::Fixed, Color::Cyan), Some(Color::Cyan), "the terminal's own stays");
    }

    #[test]
    fn text_never_takes_the_colour_of_its_ground() {
        let style = Style::new().fg(Color::Rgb(40, 40, 44)).bg(Color::Rgb(10, 10, 12));
        let reduced = Depth::Sixteen.reduce(style);
        assert_eq!((reduced.fg, reduced.bg), (Some(Color::White), Some(Color::Black)));
    }
}
