//! A document in one of two forms: Markdown for tickets, plain text for mail and pagers.

use std::fmt::Write as _;

use crate::report::markdown::{code, escape};
use crate::text::{hang, width};

/// Cells of a line of plain text.
const LINE: usize = 96;

/// How a document is written.
#[derive(Copy, Clone, Debug, PartialEq, Eq)]
pub enum Form {
    /// Markdown.
    Markdown,
    /// Plain text.
    Text,
}

/// A document under way. What is given is shown as it is, never as markup.
#[derive(Debug)]
pub(super) struct Page {
    out: String,
    form: Form,
    /// Whether the last line is one of a list.
    in_list: bool,
}

impl Page {
    pub(super) fn new(form: Form, title: &str) -> Self {
        let out = match form {
            Form::Markdown => format!("# {}\n", escape(title)),
            Form::Text => format!("{title}\n{}\n", "=".repeat(width(title).min(LINE))),
        };
        Self { out, form, in_list: false }
    }

    pub(super) fn end(self) -> String {
        self.out
    }

    pub(super) fn heading(&mut self, title: &str) {
        let _ = match self.form {
            Form::Markdown => writeln!(self.out, "\n## {}", escape(title)),
            Form::Text => writeln!(self.out, "\n{title}\n{}", "-".repeat(width(title).min(LINE))),
        };
        self.in_list = false;
    }

    /// A paragraph.
    pub(super) fn say(&mut self, text: &str) {
        self.in_list = false;
        match self.form {
            Form::Markdown => {
                let _ = writeln!(self.out, "\n{}", escape(text));
            }
            Form::Text => {
                self.out.push('\n');
                self.wrapped("", "", text);
            }
        }
    }

    /// A paragraph of ours: what stands in backticks is code, to be copied as it is.
    pub(super) fn advise(&mut self, text: &str) {
        match self.form {
            Form::Markdown => {
                self.in_list = false;
                let _ = writeln!(self.out, "\n{}", with_code(text));
            }
            Form::Text => self.say(text),
        }
    }

    /// A line of a list of ours, as [`Page::advise`].
    pub(super) fn advice(&mut self, text: &str) {
        match self.form {
            Form::Markdown => {
                self.list();
                let _ = writeln!(self.out, "- {}", with_code(text));
            }
            Form::Text => self.item(0, text),
        }
    }

    /// A list begins with an empty line.
    fn list(&mut self) {
        if !std::mem::replace(&mut self.in_list, true) {
            self.out.push('\n');
        }
    }

    /// A line of a list.
    pub(super) fn item(&mut self, depth: usize, text: &str) {
        self.list();
        let pad = "  ".repeat(depth);
        match self.form {
            Form::Markdown => {
                let _ = writeln!(self.out, "{pad}- {}", escape(text));
            }
            Form::Text => self.wrapped(&format!("{pad}- "), &format!("{pad}  "), text),
        }
    }

    /// A line of a list that ends with a stranger's words, whole.
    pub(super) fn quote(&mut self, text: &str, words: &str) {
        self.list();
        let _ = match (self.form, text.is_empty()) {
            (Form::Markdown, true) => writeln!(self.out, "- {}", code(words)),
            (Form::Markdown, false) => writeln!(self.out, "- {}: {}", escape(text), code(words)),
            (Form::Text, true) => return self.wrapped("- ", "  ", words),
            (Form::Text, false) => {
                self.wrapped("- ", "  ", &format!("{text}:"));
                return self.wrapped("  ", "  ", words);
            }
        };
    }

    /// A line that is ticked or not.
    pub(super) fn tick(&mut self, done: bool, text: &str) {
        self.list();
        let mark = if done { "[x]" } else { "[ ]" };
        match self.form {
            Form::Markdown => {
                let _ = writeln!(self.out, "- {mark} {}", escape(text));
            }
            Form::Text => self.wrapped(&format!("{mark} "), "    ", text),
        }
    }

    /// A line that is not ticked, with the command that answers it.
    pub(super) fn command(&mut self, text: &str, command: &str) {
        self.list();
        let _ = match self.form {
            Form::Markdown => writeln!(self.out, "- [ ] {}: {}", escape(text), code(command)),
            Form::Text => writeln!(self.out, "[ ] {text}:\n    {command}"),
        };
    }

    /// Commands or configuration, to be copied. Only what was checked may stand in it.
    pub(super) fn block(&mut self, text: &str) {
        self.in_list = false;
        let _ = match self.form {
            Form::Markdown => writeln!(self.out, "\n```\n{}\n```", text.trim_end()),
            Form::Text => {
                self.out.push('\n');
                text.trim_end().lines().try_for_each(|line| writeln!(self.out, "    {line}"))
            }
        };
    }

    /// A table; columns from `right` on are numbers.
    pub(super) fn table(&mut self, head: &[&str], right: usize, rows: &[Vec<String>]) {
        self.in_list = false;
        match self.form {
            Form::Markdown => {
                let rule: Vec<&str> =
                    (0..head.len()).map(|at| if at < right { "---" } else { "--:" }).collect();
                let _ = writeln!(self.out, "\n| {} |\n|{}|", head.join(" | "), rule.join("|"));
                for row in rows {
                    let cells: Vec<String> = row.iter().map(|cell| escape(cell)).collect();
                    let _ = writeln!(self.out, "| {} |", cells.join(" | "));
                }
            }
            Form::Text => {
                let widest = |at: usize| {
                    let cells = rows.iter().filter_map(|row| row.get(at)).map(|cell| width(cell));
                    cells.chain([width(head[at])]).max().unwrap_or(0)
                };
                let widths: Vec<usize> = (0..head.len()).map(widest).collect();
                self.out.push('\n');
                let head: Vec<String> = head.iter().map(|cell| (*cell).to_owned()).collect();
                for row in std::iter::once(&head).chain(rows) {
                    let mut line = String::new();
                    for (at, cell) in row.iter().enumerate() {
                        let pad =
                            " ".repeat(widths.get(at).copied().unwrap_or(0).saturating_sub(width(cell)));
                        line += &if at < right { format!("{cell}{pad}  ") } else { format!("{pad}{cell}  ") };
                    }
                    let _ = writeln!(self.out, "{}", line.trim_end());
                }
            }
        }
    }

    /// Plain text in lines of bearable length.
    fn wrapped(&mut self, first: &str, rest: &str, text: &str) {
        self.out.push_str(&hang(first, rest, text, LINE));
    }
}

/// Markdown that shows what stands in backticks as code. A backtick without its other half is no code.
fn with_code(text: &str) -> String {
    let parts: Vec<&str> = text.split('`').collect();
    if parts.len().is_multiple_of(2) {
        return escape(text);
    }
    let part = |(at, part): (usize, &&str)| if at % 2 == 0 { escape(part) } else { format!("`{part}`") };
    parts.iter().enumerate().map(part).collect()
}
