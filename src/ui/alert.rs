//! For who is not looking: the terminal's bell, once for every new incident, and the window's title.

use super::view::words;
use crate::engine::{Alarms, Mode, Snapshot, Turn};
use crate::text::{Clean, fit, percent};

/// Cells of a title at most.
const TITLE: usize = 80;

/// What was told already.
#[derive(Debug, Default)]
pub(super) struct Alert {
    alarms: Alarms,
    /// Whether what ran when the console opened was taken in.
    begun: bool,
    title: String,
}

/// What to send to the terminal.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Signal {
    /// An incident is new.
    pub(super) bell: bool,
    /// The title, where it is another one than before.
    pub(super) title: Option<String>,
}

impl Alert {
    /// What `snapshot` asks for. What runs while history is read, or when the console opens, is on the
    /// screen that is just being looked at, and rings no bell.
    pub(super) fn of(&mut self, snapshot: &Snapshot, ascii: bool) -> Signal {
        let began = self.alarms.hear(snapshot).iter().any(|(turn, _)| *turn == Turn::Began);
        let bell = began && self.begun && snapshot.mode == Mode::Live;
        self.begun |= snapshot.mode != Mode::Reading;
        let title = title(&snapshot.incidents, ascii);
        let changed = title != self.title;
        self.title.clone_from(&title);
        Signal { bell, title: changed.then_some(title) }
    }
}

/// `fivefifty ▲ Gmail · IP reputation 38.2%`: the first one that runs, and how many more.
fn title(incidents: &[crate::engine::Incident], ascii: bool) -> String {
    let mut running = incidents.iter().filter(|incident| incident.until.is_none());
    let Some(first) = running.next() else { return "fivefifty".to_owned() };
    let (sign, dot) = if ascii { ("!", "-") } else { ("▲", "·") };
    let more = running.count();
    let more = if more > 0 { format!(" +{more}") } else { String::new() };
    let text = Clean::from(
        format!(
            "fivefifty {sign} {} {dot} {} {}{more}",
            first.name,
            words::category(first.category),
            percent(first.rate)
        )
        .as_str(),
    );
    let folded = |sign: char| if !ascii || sign.is_ascii() { sign } else { '?' };
    let text = fit(&text, TITLE);
    text.chars().map(folded).collect()
}

#[cfg(test)]
mod tests {
    use super::title;
    use crate::ui::fixture::Send;

    #[test]
    fn the_title_says_what_is_wrong_and_nothing_where_nothing_is() {
        assert_eq!(title(&[], false), "fivefifty");
        let mut incidents = Send::incident().incidents;
        assert_eq!(title(&incidents, false), "fivefifty ▲ Gmail · IP reputation 38.2%");
        incidents.extend(Send::incident().incidents);
        assert_eq!(title(&incidents, true), "fivefifty ! Gmail - IP reputation 38.2% +1");
        incidents.iter_mut().for_each(|incident| incident.until = Some(incident.onset));
        assert_eq!(title(&incidents, false), "fivefifty", "what is over is not worth a title");
    }

    #[test]
    fn no_letter_of_a_strangers_name_leaves_the_title() {
        let mut incidents = Send::incident().incidents;
        incidents[0].name = "a\u{1b}]0;x\u{7}邮".into();
        for ascii in [false, true] {
            let title = title(&incidents, ascii);
            assert!(!title.chars().any(char::is_control), "{title:?}");
            assert!(!ascii || title.is_ascii());
        }
    }
}
