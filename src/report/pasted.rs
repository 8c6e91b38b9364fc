//! Bounces, sessions and results of authentication explained, for people and for programs.

use std::fmt::Write as _;

use serde::Serialize;

use super::explain::explain_text;
use super::text::list;
use crate::engine::{Answered, Bounced, JudgedHeader, JudgedResult};
use crate::text::Clean;

/// One JSON object on one line; `kind` says of what.
///
/// # Errors
/// When a value cannot be written as JSON, which no value here is.
pub fn bounced_jsonl(bounced: &Bounced) -> Result<String, serde_json::Error> {
    line(bounced)
}

/// The same for a reply of a session.
///
/// # Errors
/// When a value cannot be written as JSON, which no value here is.
pub fn answered_jsonl(answered: &Answered) -> Result<String, serde_json::Error> {
    line(answered)
}

/// The same for a header with results of authentication.
///
/// # Errors
/// When a value cannot be written as JSON, which no value here is.
pub fn judged_jsonl(judged: &JudgedHeader) -> Result<String, serde_json::Error> {
    #[derive(Serialize)]
    struct Header<'a> {
        kind: &'static str,
        #[serde(flatten)]
        judged: &'a JudgedHeader,
    }
    line(&Header { kind: "authentication", judged })
}

fn line(value: &impl Serialize) -> Result<String, serde_json::Error> {
    serde_json::to_string(value).map(|text| text + "\n")
}

/// A recipient of a bounce, in a few lines.
#[must_use]
pub fn bounced_text(bounced: &Bounced, emphasis: bool) -> String {
    let mut out = String::new();
    let name = bounced.recipient.as_ref().map_or("a recipient that is not named", Clean::as_str);
    let became = match bounced.dsn_action {
        Some("delayed") => "delayed: the host below still tries, give nothing up for it",
        Some("delivered") => "delivered: nothing was refused",
        Some("relayed") => "relayed to a host that sends no further notice: nothing was refused",
        Some("expanded") => "handed to the members of a list: nothing was refused",
        Some(action) => action,
        None => "it does not say what became of the message",
    };
    let _ = writeln!(out, "{name}: {became}");
    let mut way = Vec::new();
    way.extend(bounced.reporting_mta.iter().map(|host| format!("reported by {host}")));
    match (&bounced.remote_mta, &bounced.remote_ip) {
        (Some(host), Some(ip)) => way.push(format!("said by {host} [{ip}]")),
        (Some(host), None) | (None, Some(host)) => way.push(format!("said by {host}")),
        (None, None) => {}
    }
    way.extend(bounced.status.iter().map(|status| format!("status {status}")));
    way.extend(bounced.arrival_date.iter().map(|at| format!("arrived {}", at.stamp())));
    way.extend(bounced.last_attempt_date.iter().map(|at| format!("last tried {}", at.stamp())));
    if !way.is_empty() {
        let _ = writeln!(out, "  {:<8} {}", "BOUNCE", way.join(", "));
    }
    if let Some(explanation) = &bounced.explanation {
        out.push_str(&explain_text(explanation, emphasis));
    }
    out
}

/// A reply of a session, in a few lines.
#[must_use]
pub fn answered_text(answered: &Answered, emphasis: bool) -> String {
    let mut who = Vec::new();
    who.extend(answered.host.iter().map(|host| format!("host {host}")));
    who.extend(answered.sender.iter().map(|sender| format!("from <{sender}>")));
    who.extend(answered.recipient.iter().map(|recipient| format!("to <{recipient}>")));
    let mut out = explain_text(&answered.explanation, emphasis);
    if !who.is_empty()
        && let Some(end) = out.find('\n')
    {
        out.insert_str(end + 1, &format!("  {:<8} {}\n", "SESSION", who.join(", ")));
    }
    out
}

/// A header with results of authentication, in a few lines.
#[must_use]
pub fn judged_text(judged: &JudgedHeader) -> String {
    let mut out = String::new();
    let header = if judged.header.is_empty() { "results without a header" } else { judged.header.as_str() };
    let by = judged
        .server
        .as_ref()
        .map_or_else(|| ", no server named".to_owned(), |server| format!(" by {server}"));
    let link = judged.instance.map(|instance| format!(", ARC link {instance}")).unwrap_or_default();
    let _ = writeln!(out, "{header}{by}{link}");
    let from = judged.from.as_ref().map_or("not told", Clean::as_str);
    let _ = writeln!(out, "  {:<8} {from}", "FROM");
    for one in &judged.results {
        result(one, &mut out);
    }
    let _ = writeln!(out, "  {:<8} {}", "VERDICT", judged.verdict);
    list("REPAIR", &judged.todo, &mut out);
    let _ = writeln!(out, "  {:<8} {}", "BUT", judged.warning);
    out
}

fn result(one: &JudgedResult, out: &mut String) {
    let mut words = one.result.to_string();
    if let Some(domain) = &one.domain {
        let _ = write!(words, " {domain}");
    }
    match one.aligned {
        Some(true) => words.push_str(", aligned"),
        Some(false) => words.push_str(", not aligned"),
        None => {}
    }
    if let Some(policy) = &one.policy {
        let _ = write!(words, ", p={policy}");
    }
    if let Some(applied) = &one.applied {
        let _ = write!(words, ", applied: {applied}");
    }
    let _ = writeln!(out, "  {:<8} {words}", one.method.to_uppercase());
    let _ = writeln!(out, "  {:<8} {}", "", one.says);
    if one.todo != "nothing" {
        let _ = writeln!(out, "  {:<8} → {}", "", one.todo);
    }
}
