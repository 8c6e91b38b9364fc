//! The mouse: what is clicked is what is seen.

use crossterm::event::{Event, KeyModifiers, MouseButton, MouseEvent, MouseEventKind};

use super::{Effect, Operator, Pane, Screen, Send};
use crate::text::width;
use crate::ui::order::Sort;
use crate::ui::screens::{Part, Table};
use crate::ui::state::Pick;

pub(super) fn mouse(kind: MouseEventKind, (column, row): (u16, u16)) -> Event {
    Event::Mouse(MouseEvent { kind, column, row, modifiers: KeyModifiers::NONE })
}

impl Operator {
    fn point(&mut self, kind: MouseEventKind, cell: (u16, u16)) -> Effect {
        // What is drawn is what is clicked.
        self.buffer();
        let effect = self.console.event(&mouse(kind, cell), &self.scene).unwrap_or(Effect::None);
        self.console.refresh(&self.scene);
        effect
    }

    /// The cell at which `text` begins, from row `from` on.
    fn cell(&self, text: &str, from: usize) -> (u16, u16) {
        let screen = self.screen();
        let found = screen
            .lines()
            .enumerate()
            .skip(from)
            .find_map(|(row, line)| Some((row, line.split_once(text)?.0)));
        let (row, before) = found.unwrap_or_else(|| unreachable!("no {text} in\n{screen}"));
        (u16::try_from(width(before)).unwrap(), u16::try_from(row).unwrap())
    }

    fn click(&mut self, text: &str, from: usize) -> Effect {
        let cell = self.cell(text, from);
        self.wait(1);
        self.point(MouseEventKind::Down(MouseButton::Left), cell)
    }

    fn roll(&mut self, text: &str, down: bool) {
        let cell = self.cell(text, 0);
        let kind = if down { MouseEventKind::ScrollDown } else { MouseEventKind::ScrollUp };
        self.point(kind, cell);
    }
}

#[test]
fn a_click_selects_a_row_and_a_second_one_opens_it() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.click("Yahoo", 4);
    assert_eq!(operator.console.state.pick, Pick::Provider("yahoo".into()));
    assert_eq!(operator.console.state.screen(), Screen::Board);
    operator.click("Yahoo", 4);
    assert_eq!(operator.console.state.screen(), Screen::Drill);
    assert_eq!(operator.console.state.drill.scope.provider.as_deref(), Some("yahoo"));
    // The second half of a double click is none in the drill.
    let cell = operator.cell("First five minutes", 0);
    operator.point(MouseEventKind::Down(MouseButton::Left), cell);
    assert_eq!(operator.console.state.drill.pane, Pane::Checklist);
    operator.click("overview", 1);
    assert_eq!(operator.console.state.screen(), Screen::Board);
    operator.click("INCIDENT", 1);
    assert!(matches!(operator.console.state.pick, Pick::Incident(_)));
    operator.click("All providers", 1);
    assert_eq!(operator.console.state.pick, Pick::All);
}

#[test]
fn a_click_on_a_code_selects_that_cell_and_a_second_one_opens_it() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    // The figure of Outlook.com under the code, wherever the board has them.
    let under = |operator: &Operator, code: &str, name: &str| {
        let ((column, head), (_, row)) = (operator.cell(code, 3), operator.cell(name, 4));
        assert!(head < row);
        (column, row)
    };
    let down = MouseEventKind::Down(MouseButton::Left);
    let cell = under(&operator, "5.2.1", "Outlook.com");
    operator.point(down, cell);
    assert_eq!(operator.console.state.pick, Pick::Provider("outlook".into()));
    assert_eq!(operator.console.state.column.as_deref(), Some("5.2.1"));
    assert_eq!(operator.console.state.screen(), Screen::Board);
    // Another code of the same row is another cell; the name is the whole row.
    let other = under(&operator, "5.7.1", "Outlook.com");
    operator.point(down, other);
    assert_eq!(operator.console.state.column.as_deref(), Some("5.7.1"));
    operator.click("Outlook.com", 4);
    assert_eq!(operator.console.state.column, None);
    assert_eq!(operator.console.state.screen(), Screen::Board, "the whole row was not selected before");
    operator.point(down, cell);
    operator.wait(1);
    operator.point(down, cell);
    assert_eq!(operator.console.state.screen(), Screen::Drill);
    let scope = &operator.console.state.drill.scope;
    assert_eq!((scope.provider.as_deref(), scope.column.as_deref()), (Some("outlook"), Some("5.2.1")));
    operator.press("<esc>");
    let sum = under(&operator, "5.7.1", "All providers");
    operator.point(down, sum);
    let state = &operator.console.state;
    assert_eq!((&state.pick, state.column.as_deref()), (&Pick::All, Some("5.7.1")));
}

#[test]
fn a_double_click_on_what_is_selected_opens_one_screen_only() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("jj");
    let cell = operator.cell("▸", 3);
    operator.wait(3);
    operator.point(MouseEventKind::Down(MouseButton::Left), cell);
    assert_eq!(operator.console.state.screen(), Screen::Drill);
    operator.point(MouseEventKind::Down(MouseButton::Left), cell);
    assert!(!operator.console.state.drill.zoomed && operator.console.state.drill.string == 0);
}

#[test]
fn a_click_on_a_head_sorts_by_it_and_again_the_other_way_round() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.click("ATTEMPTS", 0);
    assert_eq!((&operator.console.state.sort, operator.console.state.reversed), (&Sort::Attempts, false));
    operator.click("ATTEMPTS", 0);
    assert!(operator.console.state.reversed);
    let first = operator.console.picture().board.rows.first().map(|row| row.attempts);
    let least = operator.console.picture().board.rows.iter().map(|row| row.attempts).min();
    assert_eq!(first, least);
    operator.click("5.7.1", 3);
    assert_eq!(operator.console.state.sort, Sort::Code("5.7.1".into()));
    assert!(operator.screen().contains("by 5.7.1"), "{}", operator.screen());
    operator.press("s");
    assert_eq!((&operator.console.state.sort, operator.console.state.reversed), (&Sort::Rejected, false));
}

#[test]
fn the_wheel_moves_what_is_under_it_and_the_keys_stay() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("<enter>");
    operator.roll("Diagnosis", true);
    let drill = &operator.console.state.drill;
    assert_eq!((drill.pane, drill.string, drill.node), (Pane::Sample, 0, 1));
    operator.roll("Sample", true);
    operator.roll("Sample", true);
    operator.roll("Sample", false);
    assert_eq!(operator.console.state.drill.string, 1);
    operator.click("Diagnosis", 0);
    assert_eq!(operator.console.state.drill.pane, Pane::Tree);
    operator.press("?");
    operator.roll("Keys on", true);
    assert_eq!(operator.console.state.help_top, 3);
}

#[test]
fn a_node_a_step_a_send_and_a_file_are_selected_by_a_click() {
    let mut operator = Operator::at(Send::mixed(), (120, 40), "default");
    operator.press("<enter>");
    let question = operator.console.picture().diagnosis.tree[2].question.to_string();
    operator.click(&question, 2);
    let drill = &operator.console.state.drill;
    assert_eq!((drill.pane, drill.node), (Pane::Tree, 2));
    let title = operator.console.picture().diagnosis.checklist[0].title.to_string();
    operator.click(&title, 2);
    assert_eq!((operator.console.state.drill.pane, operator.console.state.drill.step), (Pane::Checklist, 0));
    operator.press("C");
    operator.click("import-2026-11", 2);
    let at = operator.console.state.sending.at(&operator.console.picture().sends);
    assert_eq!(operator.console.picture().sends[at].campaign.as_str(), "import-2026-11");
    operator.press("<esc>S");
    operator.click("MTA hosts", 0);
    assert_eq!(operator.console.state.tables.table, Table::Hosts);
    operator.press("<esc>I");
    operator.click("Timeline", 0);
    assert_eq!(operator.console.state.dossier.part, Part::Timeline);
    operator.press("e");
    operator.click("Hold and throttle", 0);
    assert_eq!(operator.console.state.desk.at, 2);
    assert_eq!(operator.click("Hold and throttle", 0), Effect::Make, "the second click opens it");
}

#[test]
fn hints_crumbs_and_the_palette_can_be_clicked() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.click("? help", 30);
    assert_eq!(operator.console.state.screen(), Screen::Help);
    operator.click("Esc back", 30);
    assert_eq!(operator.console.state.screen(), Screen::Board);
    operator.press("<enter>Ie<enter>");
    operator.click("Gmail ›", 1);
    assert_eq!(operator.console.state.screen(), Screen::Drill);
    operator.press(":sources");
    operator.click("sources", 0);
    assert_eq!(operator.console.state.screen(), Screen::Sources);
    operator.press(":");
    operator.click("fivefifty", 0);
    assert!(operator.console.state.palette.is_none(), "beside it is out of it");
    operator.press("<esc><esc>/cat:auth");
    operator.click("Yahoo", 4);
    assert!(operator.console.state.editing.is_some(), "what is typed is not lost by a slip");
    operator.click("Enter keep", 30);
    assert_eq!(operator.console.state.filter.text(), "cat:auth");
}

#[test]
fn a_mouse_that_is_off_does_nothing() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("M");
    assert!(!operator.console.state.mouse && operator.screen().contains("the terminal's again"));
    let before = operator.console.state.pick.clone();
    operator.click("Yahoo", 4);
    assert_eq!(operator.console.state.pick, before);
    operator.press("M");
    operator.click("Yahoo", 4);
    assert_ne!(operator.console.state.pick, before);
}

#[test]
fn a_theme_a_probe_and_a_line_of_the_log_are_selected_by_a_click() {
    let mut operator = Operator::at(Send::incident(), (120, 40), "default");
    operator.press("T");
    operator.click("nord", 10);
    assert_eq!(operator.console.state.theme.name(), "nord");
    operator.roll("nord", false);
    assert_ne!(operator.console.state.theme.name(), "nord", "the wheel tries on the one before");
    let cell = operator.cell("Gmail", 3);
    operator.point(MouseEventKind::Down(MouseButton::Left), cell);
    assert_eq!(operator.console.state.screen(), Screen::Themes, "what lies under it is only looked at");
    operator.click("nord", 10);
    operator.click("nord", 10);
    assert_eq!(operator.console.state.screen(), Screen::Board, "the second click keeps it");
    assert_eq!(operator.console.state.theme.name(), "nord");
    operator.press("p");
    let command = operator.console.picture().probes[1].command.to_string();
    operator.click(&command, 2);
    assert_eq!(operator.console.state.probe, 1);
    operator.press("<esc>L");
    let at = operator.console.state.raw.cursor - 2;
    let text = operator.console.state.raw.lines()[at].text.to_string();
    let clock = &text[7..15];
    operator.click(clock, 2);
    assert_eq!(operator.console.state.raw.cursor, at);
    operator.click(clock, 2);
    assert!(!operator.console.state.raw.context, "a line is not opened");
    operator.roll("mail.log", false);
    assert_eq!(operator.console.state.raw.cursor, at - 3);
    operator.click("overview", 1);
    assert_eq!(operator.console.state.screen(), Screen::Board);
}
