//! The way of one message: every line of its queue id.

use std::fmt::Write as _;

use serde::Serialize;

use crate::engine::{Traced, TracedAttempt, TracedLine};
use crate::model::{Action, Category, Enhanced, Moment, Outcome};
use crate::text::{Clean, thousands};

/// Files that are named of those in which nothing was found, or that were not read.
const NAMED: usize = 5;

/// The lines as they stand in the log (but see [`trace_described`]), each with its file in front where
/// there are several; then where the message goes on. `paths`: what was named on the command line, for the commands that
/// look further.
#[must_use]
pub fn trace_text(traced: &Traced, paths: &[String]) -> String {
    let mut out = String::new();
    let several = traced.searched.len() > 1;
    for line in &traced.lines {
        match traced.searched.get(line.source).filter(|_| several) {
            Some(file) => {
                let _ = writeln!(out, "{}: {}", file.name, line.text);
            }
            None => {
                let _ = writeln!(out, "{}", line.text);
            }
        }
    }
    let see_also = traced.see_also();
    if !see_also.is_empty() {
        let _ = writeln!(out, "\nSee also");
        let paths: String = paths.iter().map(|path| format!(" {}", quoted(path))).collect();
        for named in see_also {
            let _ = writeln!(out, "  {}: fivefifty trace {}{paths}", named.why, quoted(&named.id));
        }
    }
    out
}

/// What a trace could not show, and what to do; `None` where it shows everything.
#[must_use]
pub fn trace_shortfall(traced: &Traced) -> Option<String> {
    let unread: Vec<String> = traced
        .searched
        .iter()
        .filter_map(|file| Some(format!("{}: {}", file.name, file.problem.as_ref()?)))
        .collect();
    if traced.lines.is_empty() {
        let read = traced.searched.iter().filter(|file| file.problem.is_none() || file.lines > 0);
        let names: Vec<&str> = read.map(|file| file.name.as_str()).collect();
        if names.is_empty() && !unread.is_empty() {
            return Some(format!("{} was not looked for: {}", traced.id, listed(&unread, "; ")));
        }
        let mut text = format!(
            "{} stands in none of {} lines of {}.\n\
             Was it logged longer ago, or on another host? Name those files too: fivefifty trace {} PATH…\n\
             Where the log has no queue ids (qmail, PowerMTA), trace the recipient's address.",
            traced.id,
            thousands(traced.read()),
            listed(&names, ", "),
            quoted(&traced.id),
        );
        if !unread.is_empty() {
            let _ = write!(text, "\nNot searched: {}", listed(&unread, "; "));
        }
        return Some(text);
    }
    (!unread.is_empty()).then(|| format!("the trace is without {}", listed(&unread, "; ")))
}

/// The first of many, and how many more there are: a folder may have hundreds of segments.
fn listed<T: AsRef<str>>(names: &[T], between: &str) -> String {
    let first: Vec<&str> = names.iter().take(NAMED).map(AsRef::as_ref).collect();
    let more = names.len() - first.len();
    let more = if more > 0 { format!(" and {} more", thousands(more as u64)) } else { String::new() };
    format!("{}{more}", first.join(between))
}

/// Says where lines were left out because there are too many.
#[must_use]
pub fn trace_bounds(traced: &Traced) -> Option<String> {
    (traced.more > 0).then(|| {
        format!(
            "{} more lines hold {}: only the first {} are kept. Is it an id?",
            thousands(traced.more),
            traced.id,
            thousands(traced.lines.len() as u64)
        )
    })
}

/// Says which lines do not stand as they are in the log, and how to read them; `None` where all do.
#[must_use]
pub fn trace_described(traced: &Traced) -> Option<String> {
    let several = traced.searched.len() > 1;
    let place = |line: &TracedLine| match traced.searched.get(line.source).filter(|_| several) {
        Some(file) => format!("{}:{}", file.name, line.line),
        None => line.line.to_string(),
    };
    let places: Vec<String> = traced.lines.iter().filter(|line| line.is_described).map(place).collect();
    let (which, holds) = match places.len() {
        0 => return None,
        1 => ("line", "holds"),
        _ => ("lines", "hold"),
    };
    Some(format!(
        "{which} {} {holds} what a terminal obeys or does not show, described here: \\e is an escape byte, \\xff \
         a byte, ‹U+202E› a character, \\\\ a backslash. Byte for byte: grep -aF {} FILE | cat -v",
        listed(&places, ", "),
        quoted(&traced.id),
    ))
}

/// One JSON object a line.
///
/// # Errors
/// When a value cannot be written as JSON, which no value here is.
pub fn trace_jsonl(traced: &Traced) -> Result<String, serde_json::Error> {
    let mut out = String::new();
    for line in &traced.lines {
        out.push_str(&serde_json::to_string(&row(traced, line))?);
        out.push('\n');
    }
    Ok(out)
}

#[derive(Serialize)]
struct Row<'a> {
    schema: u32,
    file: Option<&'a Clean>,
    line: u64,
    at: Option<Moment>,
    text: &'a Clean,
    /// Whether `text` describes what the line holds; else it is the line.
    described: bool,
    /// Present where the line tells an attempt: the first of them.
    #[serde(flatten)]
    first: Option<Attempt<'a>>,
    /// All of them, where there are several.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    attempts: Vec<Attempt<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    names: Vec<Other<'a>>,
}

#[derive(Serialize)]
struct Attempt<'a> {
    recipient: &'a Clean,
    outcome: Outcome,
    code: Option<u16>,
    enhanced: Option<Enhanced>,
    category: Option<Category>,
    action: Option<Action>,
}

#[derive(Serialize)]
struct Other<'a> {
    id: &'a Clean,
    why: &'static str,
}

fn row<'a>(traced: &'a Traced, line: &'a TracedLine) -> Row<'a> {
    let several = line.attempts.len() > 1;
    Row {
        schema: super::SCHEMA,
        file: traced.searched.get(line.source).map(|file| &file.name),
        line: line.line,
        at: line.at,
        text: &line.text,
        described: line.is_described,
        first: line.attempts.first().map(attempt),
        attempts: if several { line.attempts.iter().map(attempt).collect() } else { Vec::new() },
        names: line.names.iter().map(|named| Other { id: &named.id, why: named.why }).collect(),
    }
}

fn attempt(attempt: &TracedAttempt) -> Attempt<'_> {
    let verdict = attempt.verdict.as_ref();
    Attempt {
        recipient: &attempt.recipient,
        outcome: attempt.outcome,
        code: attempt.code,
        enhanced: attempt.enhanced,
        category: verdict.map(|verdict| verdict.category),
        action: verdict.map(|verdict| verdict.action),
    }
}

/// A word as a shell takes it; bash and its kin, where it holds what a terminal obeys or does not show.
fn quoted(word: &str) -> String {
    let plain = |byte: u8| byte.is_ascii_alphanumeric() || b"-_./:@+=,".contains(&byte);
    if !word.is_empty() && word.bytes().all(plain) {
        return word.to_owned();
    }
    if *Clean::from(word) != *word {
        let byte = |byte: u8| match byte {
            b'\'' | b'\\' | 0..0x20 | 0x7f.. => format!("\\x{byte:02x}"),
            byte => char::from(byte).to_string(),
        };
        return format!("$'{}'", word.bytes().map(byte).collect::<String>());
    }
    format!("'{}'", word.replace('\'', r"'\''"))
}

#[cfg(test)]
mod tests {
    use super::{NAMED, listed, quoted};

    #[test]
    fn of_many_files_the_first_are_named() {
        let names: Vec<String> = (0..NAMED + 2).map(|at| format!("f{at}")).collect();
        assert_eq!(listed(&names, ", "), "f0, f1, f2, f3, f4 and 2 more");
        assert_eq!(listed(&names[..2], "; "), "f0; f1");
    }

    #[test]
    fn a_word_stays_one_word_in_a_shell() {
        assert_eq!(quoted("/var/log/mail.log"), "/var/log/mail.log");
        assert_eq!(quoted("/srv/it's $(x)"), r"'/srv/it'\''s $(x)'");
        assert_eq!(quoted(""), "''");
        assert_eq!(quoted("it's\x1b[2J\u{202e}"), r"$'it\x27s\x1b[2J\xe2\x80\xae'");
    }
}
