//! Holds a map against the samples that its author gave with it.

use std::sync::Arc;

use chrono::FixedOffset;

use super::Json;
use super::formats::Formats;
use super::mapfile::{FormatError, Sample};
use crate::model::Zone;
use crate::model::{Moment, Parsed, Speaker};
use crate::parse::Dialect;
use crate::parse::stamp::Clock;

/// What a sample may say of a thing that its line tells.
pub(super) const FIELDS: &[&str] = &[
    "is",
    "at",
    "host",
    "source",
    "queue_id",
    "recipient",
    "sender",
    "campaign",
    "relay_host",
    "relay_ip",
    "reply",
    "speaker",
    "stage",
    "code",
    "enhanced",
];

/// Reads every sample; the error names the first that reads otherwise.
pub(super) fn check(
    file: &str,
    formats: Formats,
    own: Dialect,
    samples: &[Sample],
) -> Result<Formats, FormatError> {
    let formats = Arc::new(formats);
    let id = formats.id(own).to_owned();
    for (number, sample) in (1..).zip(samples) {
        let error = |field: String, reason: String| FormatError { file: file.to_owned(), field, reason };
        let at = format!("sample {number}");
        let mut json = Json::new(Arc::clone(&formats));
        let zone = FixedOffset::east_opt(0).map_or(Zone::Local, Zone::Fixed);
        let mut clock = Clock::in_zone(Moment::default(), zone);
        let mut told = Vec::new();
        let dialect = json
            .read(sample.line.trim().as_bytes(), &mut clock, None, &mut |parsed| told.push(fields(&parsed)));
        if dialect != Some(own) {
            let other = dialect.map_or("no format's", |dialect| formats.id(dialect));
            return Err(error(at, format!("the line is {other} and not {id}'s")));
        }
        if told.len() != sample.reads.len() {
            let reason = format!(
                "the line tells {} things and not {}: {}",
                told.len(),
                sample.reads.len(),
                list(&told)
            );
            return Err(error(at, reason));
        }
        for (place, (told, reads)) in (1..).zip(told.iter().zip(&sample.reads)) {
            for (name, want) in reads {
                let is = told.iter().find(|(field, _)| field == name).map_or("", |(_, text)| text.as_str());
                if is != want {
                    return Err(error(
                        format!("{at}.reads {place}.{name}"),
                        format!("reads `{is}` and not `{want}`"),
                    ));
                }
            }
        }
    }
    Arc::try_unwrap(formats).or_else(|formats| Ok((*formats).clone()))
}

fn list(told: &[Vec<(&'static str, String)>]) -> String {
    let kinds = told.iter().map(|fields| fields.first().map_or("", |(_, is)| is.as_str()));
    kinds.collect::<Vec<_>>().join(", ")
}

/// What was told, in the words of a sample; `is` comes first. What is not there is left out.
fn fields(parsed: &Parsed<'_>) -> Vec<(&'static str, String)> {
    let is = match parsed {
        Parsed::Attempt(attempt) => attempt.outcome.id(),
        Parsed::Suspended(_) => "suspended",
        Parsed::Expired(_) => "expired",
        Parsed::Complaint(_) => "complaint",
        Parsed::LateBounce(_) => "late_bounce",
        Parsed::NonFinal(_) => "non_final",
        Parsed::Local(_) => "local",
        Parsed::Unparsed(why) => why,
        _ => "no_interest",
    };
    let mut fields = vec![("is", is.to_owned())];
    if let Some(at) = parsed.at() {
        fields.push(("at", at.rfc3339()));
    }
    let Parsed::Attempt(attempt) = parsed else { return fields };
    let relay = attempt.relay.unwrap_or_default();
    let texts = [
        ("host", attempt.host),
        ("source", attempt.source),
        ("queue_id", attempt.queue_id),
        ("recipient", attempt.recipient),
        ("sender", attempt.sender.unwrap_or_default()),
        ("campaign", attempt.campaign),
        ("relay_host", relay.host),
        ("relay_ip", relay.ip),
        ("reply", attempt.reply),
    ];
    fields.extend(texts.map(|(name, text)| (name, String::from_utf8_lossy(text).into_owned())));
    let speaker = match attempt.speaker {
        Speaker::Server => "server",
        Speaker::Mta => "mta",
        Speaker::Summary => "summary",
    };
    fields.push(("speaker", speaker.to_owned()));
    fields.extend(attempt.stage.map(|stage| ("stage", stage.id().to_owned())));
    fields.extend(attempt.code.map(|code| ("code", code.to_string())));
    fields.extend(attempt.enhanced.map(|code| ("enhanced", code.to_string())));
    fields
}
