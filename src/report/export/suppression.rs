//! The suppression list: addresses to send to no more, or, apart from them, to try again later.
//!
//! The one thing that goes out with addresses in it.

use std::io;

use serde::Serialize;

use crate::engine::{Left, Refused, Suppressed};
use crate::model::{Action, Category, Enhanced, Fault, Moment};
use crate::report::SCHEMA;
use crate::text::{Clean, thousands};

/// What the list of temporary ones is headed with, and what each of its lines says.
const LATER: &str = "retry later, do not suppress";

/// Forms of the list.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum ListForm {
    /// RFC 4180, with a header line.
    Csv,
    /// One JSON object a line.
    Jsonl,
    /// Nothing but the addresses, one a line.
    Plain,
}

/// Writes the list line by line.
#[derive(Debug)]
pub struct ListWriter<W> {
    out: W,
    form: ListForm,
    temporary: bool,
    /// Addresses that a spreadsheet would take for a formula: not in a CSV.
    left_out: u64,
}

/// One line for programs.
#[derive(Serialize)]
struct Line<'a> {
    schema: u32,
    address: &'a str,
    /// `suppress`, or that it is not to be suppressed.
    action: &'static str,
    provider: &'a str,
    category: Category,
    code: u16,
    enhanced: Option<Enhanced>,
    reply: &'a str,
    first: Moment,
    last: Moment,
    count: u64,
    rule: &'a str,
    source: &'a str,
    month: &'a str,
}

impl<W: io::Write> ListWriter<W> {
    /// Begins a list; `temporary` for one of addresses to try again later.
    ///
    /// # Errors
    /// When `out` takes nothing.
    pub fn new(mut out: W, form: ListForm, temporary: bool) -> io::Result<Self> {
        match (form, temporary) {
            (ListForm::Csv, _) => out.write_all(
                b"address,action,provider,category,code,enhanced,reply,first,last,count,rule,source,month\r\n",
            )?,
            (ListForm::Plain, true) => writeln!(out, "# {LATER}")?,
            _ => {}
        }
        Ok(Self { out, form, temporary, left_out: 0 })
    }

    /// Writes one line.
    ///
    /// # Errors
    /// When `out` takes nothing more.
    pub fn line(&mut self, one: &Suppressed<'_>) -> io::Result<()> {
        let line = Line {
            schema: SCHEMA,
            address: one.address,
            action: if self.temporary { LATER } else { Action::Suppress.id() },
            provider: &one.provider,
            category: one.verdict.category,
            code: one.code,
            enhanced: one.enhanced,
            reply: &one.reply,
            first: one.first,
            last: one.last,
            count: one.count,
            rule: &one.verdict.rule,
            source: &one.verdict.source,
            month: &one.verdict.month,
        };
        match self.form {
            ListForm::Plain => writeln!(self.out, "{}", line.address),
            ListForm::Jsonl => {
                serde_json::to_writer(&mut self.out, &line)?;
                self.out.write_all(b"\n")
            }
            ListForm::Csv if begins_a_formula(line.address) => {
                self.left_out += 1;
                Ok(())
            }
            ListForm::Csv => self.csv(&line),
        }
    }

    fn csv(&mut self, line: &Line<'_>) -> io::Result<()> {
        let enhanced = line.enhanced.map_or(String::new(), |code| code.to_string());
        let (first, last) = (line.first.rfc3339(), line.last.rfc3339());
        let (code, count) = (line.code.to_string(), line.count.to_string());
        let cells = [
            line.address,
            line.action,
            line.provider,
            line.category.id(),
            &code,
            &enhanced,
            line.reply,
            &first,
            &last,
            &count,
            line.rule,
            line.source,
            line.month,
        ];
        let cells: Vec<String> = cells.into_iter().map(cell).collect();
        write!(self.out, "{}\r\n", cells.join(","))
    }

    /// Ends the list; how many addresses could not stand in it.
    ///
    /// # Errors
    /// When what was held back cannot be written.
    pub fn end(mut self) -> io::Result<u64> {
        self.out.flush()?;
        Ok(self.left_out)
    }
}

fn begins_a_formula(text: &str) -> bool {
    text.starts_with(['=', '+', '-', '@', '\t', '\r'])
}

/// A cell by RFC 4180. What a spreadsheet would take for a formula gets a `'` before it.
fn cell(text: &str) -> String {
    let text = if begins_a_formula(text) { format!("'{text}") } else { text.to_owned() };
    if text.contains([',', '"', '\r', '\n']) { format!("\"{}\"", text.replace('"', "\"\"")) } else { text }
}

/// What is told beside the list: how many are on it, what is not and why. `in_csv`: addresses that
/// could not stand in a CSV.
#[must_use]
pub fn left_out(left: &Left, temporary: bool, in_csv: u64) -> Vec<String> {
    let what = if temporary { "to try again later, not to suppress" } else { "to suppress" };
    let mut out = vec![format!("{} {what}", count(left.listed - in_csv, "address", "addresses"))];
    let mut say = |number: u64, one: &str, many: &str, why: &str| {
        if number > 0 {
            out.push(format!("{} {why}; not listed", count(number, one, many)));
        }
    };
    say(left.passed_over, "address", "addresses", "that the filter does not let through");
    say(left.living, "address", "addresses", "took mail since it was refused");
    say(left.contradicted, "address", "addresses", "got another answer since");
    say(left.doubtful, "reply", "replies", "may mean another address than the recipient's");
    say(left.invalid, "reply", "replies", "about what is no address");
    say(
        in_csv,
        "address",
        "addresses",
        "with =, +, - or @ in front, which a spreadsheet would run: see --format plain",
    );
    let mut why: Vec<(String, u64)> = Vec::new();
    for row in &left.refused {
        let words = refused(row, temporary);
        match why.iter_mut().find(|(known, _)| *known == words) {
            Some((_, replies)) => *replies += row.replies,
            None => why.push((words, row.replies)),
        }
    }
    why.sort_by_key(|(_, replies)| std::cmp::Reverse(*replies));
    out.extend(why.iter().map(|(words, replies)| format!("{} {words}", count(*replies, "reply", "replies"))));
    if left.over > 0 {
        out.push(format!(
            "{} about more addresses than fit: the list is not whole; make it in parts with --since and --until",
            count(left.over, "reply", "replies"),
        ));
    }
    for (incident, listed) in &left.during {
        out.push(format!(
            "{} refused while this ran: {} (since {}). {}",
            count(*listed, "of these was", "of these were"),
            Clean::from(incident.verdict.as_str()),
            incident.onset.date_zone(),
            match crate::engine::is_of_addresses(incident) {
                true => "Before you import them: is it the list, or is the receiver's directory down?",
                false => "Their own replies blame the address, so they are listed; read a few before you import them.",
            },
        ));
    }
    out
}

/// `refused for ip reputation: the fault is the sender's; not listed`.
fn refused(row: &Refused, temporary: bool) -> String {
    let why = match (row.fault, row.action) {
        (_, Action::Suppress) if temporary => "for good: they are on the other list",
        (_, Action::Suppress) => "the address, but not for good",
        (Fault::Recipient, Action::Retry) if temporary => "no mailbox that may take mail again",
        (Fault::Recipient, Action::Retry) => "for now only: --temporary lists them",
        (_, Action::Retry) => "it passes, and the queue tries again",
        (Fault::Sender, _) => "the fault is the sender's",
        (Fault::Organisation, _) => "the recipient's side chose to refuse, the address is fine",
        (Fault::Receiver, _) => "the fault is the receiver's",
        (Fault::Network, _) => "the network's trouble",
        (Fault::Recipient | Fault::Nobody | Fault::Unknown, _) => "not known to be the address's fault",
    };
    let category = row.category.name();
    format!("refused for {category}: {why}; not listed")
}

fn count(number: u64, one: &str, many: &str) -> String {
    format!("{} {}", thousands(number), if number == 1 { one } else { many })
}

#[cfg(test)]
mod tests {
    use super::cell;

    #[test]
    fn a_cell_is_quoted_and_starts_no_formula() {
        assert_eq!(cell("550 no, \"a\""), "\"550 no, \"\"a\"\"\"");
        assert_eq!(cell("=cmd|' /C calc'!A0"), "'=cmd|' /C calc'!A0");
        assert_eq!(cell("@x"), "'@x");
        assert_eq!(cell("550 5.1.1"), "550 5.1.1");
    }
}
