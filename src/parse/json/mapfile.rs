//! A map as its author writes it, in TOML.
//!
//! What is misspelt is refused rather than ignored: a map that silently reads less than its author
//! meant would be believed.

use toml::{Table, Value};

use super::map::{Fields, Form, Is, Map, Pattern, Patterns, Rule, Source, Take, stage};
use super::path::{Path, Step};
use crate::model::{Outcome, Speaker};

/// What is wrong with a map.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{file}: {field}: {reason}")]
pub struct FormatError {
    /// The file's name, as it was given.
    pub file: String,
    /// Where in the file: `fields.reply`, `rule 3`, `sample 1`, `line 12`.
    pub field: String,
    /// What is wrong there.
    pub reason: String,
}

/// A map and what its author promises that it reads.
#[derive(Clone, Debug)]
pub(super) struct MapFile {
    pub(super) map: Map,
    pub(super) samples: Vec<Sample>,
}

/// A line and what it must read as.
#[derive(Clone, Debug)]
pub(super) struct Sample {
    pub(super) line: String,
    /// One for each thing that the line tells; of each, the fields that matter.
    pub(super) reads: Vec<Vec<(String, String)>>,
}

/// A complaint: where, what.
type Wrong = (String, String);

impl MapFile {
    /// Reads a map.
    pub(super) fn parse(file: &str, text: &str) -> Result<Self, FormatError> {
        let error = |(field, reason): Wrong| FormatError { file: file.to_owned(), field, reason };
        let table: Table = text.parse().map_err(|wrong: toml::de::Error| {
            let before = wrong.span().and_then(|span| text.get(..span.start)).unwrap_or_default();
            error((format!("line {}", before.matches('\n').count() + 1), wrong.message().to_owned()))
        })?;
        read(&table).map_err(error)
    }
}

fn read(table: &Table) -> Result<MapFile, Wrong> {
    known(table, "", &["id", "record", "detect", "rule", "fields", "sample"])?;
    let id = string(required(table, "", "id")?, "id")?;
    let letters = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-';
    if id.is_empty() || !id.bytes().all(letters) {
        return Err(("id".into(), format!("`{id}` is not of small letters, digits and dashes")));
    }
    let records = match table.get("record") {
        None => vec![Path::default()],
        Some(value) => strings(value, "record")?
            .iter()
            .map(|text| Path::parse(text).map_err(|reason| ("record".to_owned(), reason)))
            .collect::<Result<_, _>>()?,
    };
    let mut detect = Vec::new();
    for (table, at) in tables(required(table, "", "detect")?, "detect")? {
        detect.push(conditions(table, &at)?);
    }
    let mut slots = Slots::default();
    let mut rules = Vec::new();
    for (table, at) in tables(required(table, "", "rule")?, "rule")? {
        rules.push(rule(table, &at, &mut slots)?);
    }
    let fields = as_table(required(table, "", "fields")?, "fields")?;
    let fields = self::fields(fields, &mut slots)?;
    let mut samples = Vec::new();
    if let Some(value) = table.get("sample") {
        for (table, at) in tables(value, "sample")? {
            samples.push(sample(table, &at)?);
        }
    }
    let keys = Map::keys(&detect);
    let map = Map { id: id.to_owned(), records, detect, keys, slots: slots.0, rules, fields };
    Ok(MapFile { map, samples })
}

/// Every path once.
#[derive(Default)]
struct Slots(Vec<Path>);

impl Slots {
    fn of(&mut self, text: &str, at: &str) -> Result<usize, Wrong> {
        let path = plain(text, at)?;
        Ok(self.0.iter().position(|known| *known == path).unwrap_or_else(|| {
            self.0.push(path);
            self.0.len() - 1
        }))
    }
}

/// A path inside a record, where `{}` has no place and `[]` one at most.
fn plain(text: &str, at: &str) -> Result<Path, Wrong> {
    let path = Path::parse(text).map_err(|reason| (at.to_owned(), reason))?;
    if path.steps.contains(&Step::Inside) {
        return Err((at.into(), format!("`{text}`: {{}} belongs into `record`")));
    }
    if path.steps.iter().filter(|step| **step == Step::Each).count() > 1 {
        return Err((at.into(), format!("`{text}` has [] twice")));
    }
    Ok(path)
}

fn conditions(table: &Table, at: &str) -> Result<Vec<(Path, Patterns)>, Wrong> {
    if table.is_empty() {
        return Err((at.into(), "no condition: it would take every record".into()));
    }
    table.iter().map(|(path, value)| Ok((plain(path, at)?, patterns(value, &join(at, path))?))).collect()
}

fn rule(table: &Table, at: &str, slots: &mut Slots) -> Result<Rule, Wrong> {
    known(table, at, &["when", "is", "speaker"])?;
    let mut when = Vec::new();
    if let Some(value) = table.get("when") {
        let at = join(at, "when");
        for (path, value) in as_table(value, &at)? {
            when.push((slots.of(path, &at)?, patterns(value, &join(&at, path))?));
        }
    }
    let place = join(at, "is");
    let is = match string(required(table, at, "is")?, &place)? {
        "delivered" => Is::Attempt(Outcome::Delivered),
        "deferred" => Is::Attempt(Outcome::Deferred),
        "rejected" => Is::Attempt(Outcome::Rejected),
        "suspended" => Is::Suspended,
        "expired" => Is::Expired,
        "complaint" => Is::Complaint,
        "late_bounce" => Is::LateBounce,
        "non_final" => Is::NonFinal,
        "local" => Is::Local,
        "no_interest" => Is::NoInterest,
        other => {
            return Err((
                place,
                format!(
                    "`{other}` is none of delivered, deferred, rejected, suspended, expired, complaint, \
                     late_bounce, non_final, local and no_interest"
                ),
            ));
        }
    };
    let speaker = match table.get("speaker") {
        None => None,
        Some(value) => {
            let place = join(at, "speaker");
            Some(match string(value, &place)? {
                "server" => Speaker::Server,
                "mta" => Speaker::Mta,
                "summary" => Speaker::Summary,
                other => return Err((place, format!("`{other}` is none of server, mta and summary"))),
            })
        }
    };
    Ok(Rule { when, is, speaker })
}

fn fields(table: &Table, slots: &mut Slots) -> Result<Fields, Wrong> {
    let mut fields = Fields::default();
    for (name, value) in table {
        let at = join("fields", name);
        let source = if name == "at_form" { Source::new() } else { source_of(value, &at, slots)? };
        match name.as_str() {
            "at" => fields.at = source,
            "at_form" => {
                fields.at_form = match string(value, &at)? {
                    "unix" => Form::Unix,
                    "unix_ms" => Form::UnixMs,
                    "date" => Form::Date,
                    other => return Err((at, format!("`{other}` is none of unix, unix_ms and date"))),
                }
            }
            "host" => fields.host = source,
            "source" => fields.source = source,
            "queue_id" => fields.queue_id = source,
            "recipient" => fields.recipient = source,
            "sender" => fields.sender = source,
            "campaign" => fields.campaign = source,
            "relay_host" => fields.relay_host = source,
            "relay_ip" => fields.relay_ip = source,
            "reply" => fields.reply = source,
            "code" => fields.code = source,
            "enhanced" => fields.enhanced = source,
            "stage" => {
                let wrong = |take: &Take| {
                    take.values
                        .iter()
                        .flatten()
                        .map(|(_, to)| to)
                        .chain(&take.constant)
                        .find(|to| stage(to).is_none())
                        .cloned()
                };
                if let Some(wrong) = source.iter().find_map(wrong) {
                    return Err((
                        at,
                        format!(
                            "`{wrong}` is none of connect, helo, starttls, auth, mail, rcpt, data and end_of_data"
                        ),
                    ));
                }
                fields.stage = source;
            }
            _ => return Err((at, "there is no such field".into())),
        }
    }
    for (name, source) in [("at", &fields.at), ("recipient", &fields.recipient)] {
        if source.is_empty() {
            return Err((join("fields", name), "is missing: no attempt is without it".into()));
        }
    }
    Ok(fields)
}

fn source_of(value: &Value, at: &str, slots: &mut Slots) -> Result<Source, Wrong> {
    match value {
        Value::Array(values) => values.iter().map(|value| take(value, at, slots)).collect(),
        value => Ok(vec![take(value, at, slots)?]),
    }
}

fn take(value: &Value, at: &str, slots: &mut Slots) -> Result<Take, Wrong> {
    let table = match value {
        Value::String(path) => return Ok(Take { slot: Some(slots.of(path, at)?), ..Take::default() }),
        Value::Table(table) => table,
        _ => return Err((at.into(), "is neither a path nor a table".into())),
    };
    known(table, at, &["path", "after", "before", "values", "constant"])?;
    let text =
        |key: &str| table.get(key).map(|value| string(value, &join(at, key)).map(str::to_owned)).transpose();
    let mut take = Take {
        constant: text("constant")?,
        after: text("after")?,
        before: text("before")?,
        ..Take::default()
    };
    if let Some(path) = text("path")? {
        take.slot = Some(slots.of(&path, at)?);
    }
    if let Some(values) = table.get("values") {
        let at = join(at, "values");
        let pairs = as_table(values, &at)?.iter();
        take.values = Some(
            pairs
                .map(|(from, to)| Ok((from.clone(), string(to, &join(&at, from))?.to_owned())))
                .collect::<Result<_, Wrong>>()?,
        );
    }
    if take.slot.is_some() == take.constant.is_some() {
        return Err((at.into(), "has to have a path or a constant, and not both".into()));
    }
    if take.after.as_deref() == Some("") || take.before.as_deref() == Some("") {
        return Err((at.into(), "an empty mark is found everywhere".into()));
    }
    Ok(take)
}

fn sample(table: &Table, at: &str) -> Result<Sample, Wrong> {
    known(table, at, &["line", "reads"])?;
    let line = string(required(table, at, "line")?, &join(at, "line"))?.to_owned();
    let mut reads = Vec::new();
    for (table, at) in tables(required(table, at, "reads")?, &join(at, "reads"))? {
        known(table, &at, super::samples::FIELDS)?;
        let pairs = table.iter().map(|(name, value)| {
            let text = match value {
                Value::String(text) => text.clone(),
                Value::Integer(number) => number.to_string(),
                _ => return Err((join(&at, name), "is neither a text nor a number".into())),
            };
            Ok((name.clone(), text))
        });
        reads.push(pairs.collect::<Result<_, Wrong>>()?);
    }
    Ok(Sample { line, reads })
}

fn patterns(value: &Value, at: &str) -> Result<Patterns, Wrong> {
    Ok(Patterns(strings(value, at)?.into_iter().map(Pattern::parse).collect()))
}

fn known(table: &Table, at: &str, keys: &[&str]) -> Result<(), Wrong> {
    match table.keys().find(|key| !keys.contains(&key.as_str())) {
        Some(key) => Err((join(at, key), format!("is none of {}", keys.join(", ")))),
        None => Ok(()),
    }
}

fn required<'t>(table: &'t Table, at: &str, key: &str) -> Result<&'t Value, Wrong> {
    table.get(key).ok_or_else(|| (join(at, key), "is missing".into()))
}

fn string<'t>(value: &'t Value, at: &str) -> Result<&'t str, Wrong> {
    value.as_str().ok_or_else(|| (at.into(), format!("is {} and not a text", value.type_str())))
}

fn strings<'t>(value: &'t Value, at: &str) -> Result<Vec<&'t str>, Wrong> {
    match value {
        Value::Array(values) if !values.is_empty() => values.iter().map(|value| string(value, at)).collect(),
        Value::Array(_) => Err((at.into(), "is empty".into())),
        value => Ok(vec![string(value, at)?]),
    }
}

fn as_table<'t>(value: &'t Value, at: &str) -> Result<&'t Table, Wrong> {
    value.as_table().ok_or_else(|| (at.into(), format!("is {} and not a table", value.type_str())))
}

/// The tables of `[[at]]`, each with its name for messages.
fn tables<'t>(value: &'t Value, at: &str) -> Result<Vec<(&'t Table, String)>, Wrong> {
    let Value::Array(values) = value else {
        return Err((at.into(), format!("is {} and not an array of tables ([[{at}]])", value.type_str())));
    };
    let named = |(number, value)| {
        let at = format!("{at} {number}");
        Ok((as_table(value, &at)?, at))
    };
    (1..).zip(values).map(named).collect()
}

fn join(at: &str, key: &str) -> String {
    if at.is_empty() { key.to_owned() } else { format!("{at}.{key}") }
}
