//! `config.toml` as it is written: what stands where, what it comes to, and a first one to begin with.

use std::fmt::Write as _;
use std::ops::Range;

use serde::Deserialize as _;
use toml::Value;
use toml::de::{DeTable, DeValue, Deserializer};

use super::Settings;
use super::table::{Kind, Setting, TABLE};
use crate::text::remark::{KnowledgeError, Page, Remark};

/// Cells of a line of comment.
const LINE: usize = 96;
/// Mistakes that are looked for: each has the file read again.
const MISTAKES: usize = 50;

/// The file, if there is one.
#[derive(Clone, Debug, Default)]
pub struct Written {
    /// Its path.
    pub path: String,
    /// Its text.
    pub text: String,
    values: toml::Table,
}

impl Written {
    /// Takes a file that is a configuration.
    pub(super) fn new(path: &str, text: String) -> Self {
        let values = toml::from_str(&text).unwrap_or_default();
        Self { path: path.to_owned(), text, values }
    }

    /// What is set for `setting`, as TOML in one line.
    #[must_use]
    pub fn value(&self, setting: &Setting) -> Option<String> {
        let (table, key) = setting.place();
        let table = if table.is_empty() { &self.values } else { self.values.get(table)?.as_table()? };
        table.get(key).map(toml)
    }

    /// The line, from 1, on which `setting` is set, where it is.
    #[must_use]
    pub fn line(&self, setting: &Setting) -> Option<usize> {
        self.value(setting)?;
        let (table, key) = setting.place();
        let mut inside = "";
        for (at, line) in (1..).zip(self.text.lines().map(str::trim)) {
            if let Some(head) = line.strip_prefix('[').and_then(|rest| rest.split(']').next()) {
                inside = head.trim();
                if table.is_empty() && inside == key {
                    return Some(at);
                }
                continue;
            }
            let name = line.split(['=', '.']).next().unwrap_or_default().trim().trim_matches(['"', '\'']);
            if inside == table && name == key || inside.is_empty() && name == table && !table.is_empty() {
                return Some(at);
            }
        }
        None
    }

    /// A remark on the line where the setting `key` stands.
    #[must_use]
    pub fn remark(&self, key: &str, what: String) -> Remark {
        let setting = TABLE.iter().find(|setting| setting.key == key);
        let Some(line) = setting.and_then(|setting| self.line(setting)) else {
            return Remark::on_file(&self.path, what);
        };
        let at = self.text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        Page::new(&self.path, &self.text).quoting(&(at..at), None, what)
    }
}

/// Every mistake in a text that is no configuration: what is wrong is left out, and the rest is read again.
pub(super) fn mistakes(path: &str, text: &str) -> KnowledgeError {
    let (root, errors) = DeTable::parse_recoverable(text);
    if !errors.is_empty() {
        // What was read behind a mistake of syntax is a guess, and so would its mistakes be.
        return KnowledgeError::new(Page::new(path, text).syntaxes(&errors));
    }
    let (mut root, mut told) = (root, Vec::new());
    while let Err(error) = Settings::deserialize(Deserializer::from(root.clone())) {
        told.push(refused(path, text, &error));
        let is_out = error.span().is_some_and(|span| leave_out(root.get_mut(), &span));
        if !is_out || told.len() >= MISTAKES {
            break;
        }
    }
    KnowledgeError::new(told)
}

/// Takes the entry out of which `span` is the key, or a part of the value; whether there is one.
fn leave_out(table: &mut DeTable<'_>, span: &Range<usize>) -> bool {
    let holds = |outer: Range<usize>| outer.start <= span.start && span.end <= outer.end;
    for (key, value) in table.iter_mut() {
        if let (false, DeValue::Table(inner)) = (holds(key.span()), value.get_mut())
            && leave_out(inner, span)
        {
            return true;
        }
    }
    let wrong = table.iter().find(|(key, value)| holds(key.span()) || holds(value.span()));
    let wrong = wrong.map(|(key, _)| key.get_ref().to_string());
    wrong.is_some_and(|key| table.remove(key.as_str()).is_some())
}

/// What is wrong with a text that is no configuration. A setting in the wrong table is told where it
/// belongs.
fn refused(path: &str, text: &str, error: &toml::de::Error) -> Remark {
    let mut remark = Page::new(path, text).refused(error);
    let key = error.message().strip_prefix("unknown field `").and_then(|rest| rest.split('`').next());
    if let Some((key, table)) = key.and_then(|key| {
        let known = TABLE.iter().map(Setting::place).find(|(_, name)| *name == key)?;
        Some((known.1, known.0))
    }) {
        let place = match table {
            "" => "at the top, before the first [table]".to_owned(),
            table => format!("under [{table}]"),
        };
        remark.what = format!("`{key}` does not belong here, but {place}");
    }
    remark
}

/// A first `config.toml`: every setting with what it is for and its default, each commented out, so that a
/// later default of ours is not held up by one that nobody chose.
#[must_use]
pub fn first() -> String {
    let mut out = String::new();
    paragraph(
        &mut out,
        "Settings of fivefifty. Every line below holds already: take its # away to change it. The command \
         line comes before this file. A console that runs takes over what it can, and says what waits for \
         its next start. `fivefifty config show` tells what holds, `config check` what is wrong.",
    );
    let mut inside = "";
    for setting in TABLE {
        let (table, key) = setting.place();
        out.push('\n');
        if table != inside {
            let _ = writeln!(out, "[{table}]");
            inside = table;
        }
        paragraph(&mut out, setting.about);
        let _ = match setting.default {
            Some(default) => writeln!(out, "#{key} = {default}"),
            None => writeln!(out, "# For example:\n#   {key} = {}", setting.example),
        };
    }
    out
}

fn paragraph(out: &mut String, text: &str) {
    let mut line = "#".to_owned();
    for word in text.split_whitespace() {
        if line.chars().count() + word.chars().count() >= LINE {
            let _ = writeln!(out, "{line}");
            "#".clone_into(&mut line);
        }
        let _ = write!(line, " {word}");
    }
    let _ = writeln!(out, "{line}");
}

/// What holds, as a file that could be read again: each setting with where it comes from.
#[must_use]
pub fn shown(written: Option<&Written>) -> String {
    let mut out = String::new();
    let mut inside = "";
    let name = |written: &Written| written.path.rsplit('/').next().unwrap_or_default().to_owned();
    for setting in TABLE {
        let (table, key) = setting.place();
        if table != inside {
            let _ = writeln!(out, "\n[{table}]");
            inside = table;
        }
        let set = written.and_then(|written| Some((written.value(setting)?, written)));
        let _ = match (set, setting.default) {
            (Some((value, written)), _) => {
                let line = written.line(setting).map_or_else(String::new, |line| format!(":{line}"));
                writeln!(out, "{:<40} # {}{line}", format!("{key} = {value}"), name(written))
            }
            (None, Some(default)) => writeln!(out, "{:<40} # default", format!("{key} = {default}")),
            (None, None) => writeln!(out, "{:<40} # not set", format!("#{key} =")),
        };
    }
    out
}

/// A value as TOML in one line.
fn toml(value: &Value) -> String {
    let quoted = |text: &str| {
        let mut out = String::from("\"");
        for c in text.chars() {
            match c {
                '"' | '\\' => out.extend(['\\', c]),
                c if c.is_control() || ('\u{200b}'..='\u{202e}').contains(&c) => {
                    let _ = write!(out, "\\u{:04X}", u32::from(c));
                }
                c => out.push(c),
            }
        }
        out.push('"');
        out
    };
    match value {
        Value::String(text) => quoted(text),
        Value::Array(list) => format!("[{}]", list.iter().map(toml).collect::<Vec<_>>().join(", ")),
        Value::Table(table) => {
            let pairs: Vec<String> =
                table.iter().map(|(key, value)| format!("{} = {}", quoted(key), toml(value))).collect();
            format!("{{ {} }}", pairs.join(", "))
        }
        Value::Integer(number) => number.to_string(),
        Value::Float(number) => number.to_string(),
        Value::Boolean(is) => is.to_string(),
        Value::Datetime(time) => time.to_string(),
    }
}

/// The JSON schema of `config.toml`.
#[must_use]
pub fn schema() -> serde_json::Value {
    use serde_json::{Map, Value, json};

    let mut top: Map<String, Value> = Map::new();
    let mut tables: std::collections::BTreeMap<&str, Map<String, Value>> = std::collections::BTreeMap::new();
    for setting in TABLE {
        let (table, key) = setting.place();
        let mut property = match setting.kind {
            Kind::Text => json!({ "type": "string" }),
            Kind::OneOf(all) => json!({ "type": "string", "enum": all }),
            Kind::Switch => json!({ "type": "boolean" }),
            Kind::Number(from, to) => json!({ "type": "integer", "minimum": from, "maximum": to }),
            Kind::Share => json!({ "anyOf": [
                { "type": "string", "pattern": "^\\s*[0-9]+(\\.[0-9]+)?\\s*%$" },
                { "type": "number", "minimum": 0, "maximum": 1 },
            ] }),
            Kind::List => json!({ "type": "array", "items": { "type": "string" } }),
            Kind::Names => json!({ "type": "object", "additionalProperties": { "type": "string" } }),
            Kind::Lists => json!({ "type": "object", "additionalProperties": { "anyOf": [
                { "type": "string" },
                { "type": "array", "items": { "type": "string" } },
            ] } }),
        };
        property["description"] = setting.about.into();
        // A default is a text of TOML; what is simple is the same in JSON.
        if let Some(value) = setting.default.and_then(|default| serde_json::from_str::<Value>(default).ok()) {
            property["default"] = value;
        }
        let place = if table.is_empty() { &mut top } else { tables.entry(table).or_default() };
        place.insert(key.to_owned(), property);
    }
    for (table, properties) in tables {
        let table_schema =
            json!({ "type": "object", "additionalProperties": false, "properties": properties });
        top.insert(table.to_owned(), table_schema);
    }
    json!({
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Settings of fivefifty: config.toml",
        "type": "object",
        "additionalProperties": false,
        "properties": top,
    })
}
