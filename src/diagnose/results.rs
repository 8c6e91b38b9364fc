//! What results of authentication mean, whether SPF's and DKIM's domains are aligned with the From
//! field's, and what breaks DMARC (RFC 7489 section 3.1).
//!
//! Alignment is judged the relaxed way, by the registrable domain: whether a domain asks for the
//! strict one stands in its DMARC record, which the header does not hold.

mod dmarc;

use serde::{Deserialize, Serialize};

use crate::model::{Authentication, MethodResult, domain};
use crate::text::Clean;
use dmarc::{Leg, verdict};

const EMBEDDED: &str = include_str!("../trees/results.toml");

/// The sentences.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Results {
    source: String,
    month: String,
    result: Vec<Entry>,
    repair: Vec<Repair>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Entry {
    method: String,
    result: String,
    says: String,
    #[serde(rename = "do")]
    todo: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Repair {
    method: String,
    state: String,
    says: String,
}

/// The sentences inside the binary are broken, which a test rules out.
#[derive(Debug, thiserror::Error)]
#[error("results.toml: {0}")]
pub struct ResultsError(#[from] toml::de::Error);

/// One result explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JudgedResult {
    /// `spf`, `dkim`, `dmarc`, …
    pub method: Clean,
    /// `pass`, `fail`, …
    pub result: Clean,
    /// The domain that was checked, where the header names it.
    pub domain: Option<Clean>,
    /// For SPF and DKIM: whether that domain is aligned with the From field's; `null` where one of
    /// them is not known.
    pub aligned: Option<bool>,
    /// For DMARC: the policy that the domain asks for (`none`, `quarantine`, `reject`).
    pub policy: Option<Clean>,
    /// For DMARC: what the receiver did (`none`, `quarantine`, `reject`, Microsoft's `oreject`).
    pub applied: Option<Clean>,
    /// Properties as pairs of name and value.
    pub properties: Vec<(Clean, Clean)>,
    /// The receiver's own words.
    pub comment: Option<Clean>,
    /// What it means.
    pub says: String,
    /// What to do.
    #[serde(rename = "do")]
    pub todo: String,
}

/// One header explained.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct JudgedHeader {
    /// The header's name; empty where the results stood there without one.
    pub header: Clean,
    /// Who says so (authserv-id).
    pub server: Option<Clean>,
    /// Which link of an ARC chain.
    pub instance: Option<u32>,
    /// The domain of the From field, where the header or the message tells it.
    pub from: Option<Clean>,
    /// Each result, in order.
    pub results: Vec<JudgedResult>,
    /// Which of `spf` and `dkim` do not carry DMARC, where it does not pass by what the header says;
    /// `dmarc` where it is DMARC's own record.
    pub breaks: Vec<&'static str>,
    /// The whole in one sentence.
    pub verdict: String,
    /// What repairs it.
    #[serde(rename = "do")]
    pub todo: Vec<String>,
    /// How far the header can be trusted.
    pub warning: &'static str,
    /// Where the knowledge comes from.
    pub source: String,
    /// The month when it was true, `YYYY-MM`.
    pub month: String,
}

impl Results {
    /// The sentences inside the binary.
    ///
    /// # Errors
    /// When they are broken, which a test rules out.
    pub fn embedded() -> Result<Self, ResultsError> {
        Ok(toml::from_str(EMBEDDED)?)
    }

    /// Explains a header. `from`: the domain of the message's From field, or empty.
    #[must_use]
    pub fn judge(&self, header: &Authentication, from: &Clean) -> JudgedHeader {
        let told = |name: &str| {
            let of = |one: &&MethodResult| one.method.as_str() == name;
            header.results.iter().filter(of).find_map(|one| one.property(&["header.from", "from"]))
        };
        let from = told("dmarc").cloned().or_else(|| (!from.is_empty()).then(|| from.clone()));
        let from = from.map(|from| lower(domain_of(&from))).filter(|from| is_name(from));
        let results: Vec<JudgedResult> =
            header.results.iter().map(|one| self.result(one, from.as_ref())).collect();
        let leg = |id| Leg { id, results: results.iter().filter(|one| one.method.as_str() == id).collect() };
        let (spf, dkim) = (leg("spf"), leg("dkim"));
        let dmarc = results.iter().find(|one| one.method.as_str() == "dmarc");
        let (verdict, breaks) = verdict(&spf, &dkim, dmarc, from.as_ref());
        let todo = if breaks.is_empty() {
            Vec::new()
        } else {
            self.repairs(&breaks, &dkim, &spf, dmarc, from.as_ref())
        };
        JudgedHeader {
            server: Some(header.server.clone()).filter(|server| !server.is_empty()),
            header: header.header.clone(),
            instance: header.instance,
            warning: warning(header),
            source: self.source.clone(),
            month: self.month.clone(),
            from,
            results,
            breaks,
            verdict,
            todo,
        }
    }

    fn result(&self, one: &MethodResult, from: Option<&Clean>) -> JudgedResult {
        let method = one.method.as_str();
        let checked = checked(one);
        let aligned = match (&checked, from) {
            (Some(checked), Some(from)) if matches!(method, "spf" | "dkim") => Some(aligned(checked, from)),
            _ => None,
        };
        let result = match one.result.as_str() {
            "hardfail" => "fail",
            result => result,
        };
        let of = |method: &str, result: &str| {
            self.result.iter().find(|entry| entry.method == method && entry.result == result)
        };
        let entry = of(method, result).or_else(|| of("any", result)).or_else(|| of("any", "unknown"));
        let fill = |sentence: &str| fill(sentence, one, checked.as_ref(), from);
        let of_dmarc =
            |names: &[&str], prefix: &str| (method == "dmarc").then(|| said(one, names, prefix)).flatten();
        let judged = JudgedResult {
            method: one.method.clone(),
            result: Clean::from(result),
            aligned,
            policy: of_dmarc(&["policy.dmarc", "policy.published-domain-policy", "p"], "p="),
            applied: of_dmarc(&["action", "policy.applied-disposition"], "dis="),
            properties: one.properties.clone(),
            comment: Some(one.comment.clone()).filter(|comment| !comment.is_empty()),
            says: entry.map(|entry| fill(&entry.says)).unwrap_or_default(),
            todo: entry.map(|entry| fill(&entry.todo)).unwrap_or_default(),
            domain: checked.clone(),
        };
        let todo = match (result, aligned) {
            ("pass", Some(true)) => "nothing".to_owned(),
            ("pass", Some(false)) => self.repair(method, Some(&judged), from),
            _ => return judged,
        };
        JudgedResult { todo, ..judged }
    }

    /// What repairs DMARC, DKIM first: a signature survives forwarding.
    fn repairs(
        &self,
        breaks: &[&str],
        dkim: &Leg<'_>,
        spf: &Leg<'_>,
        dmarc: Option<&JudgedResult>,
        from: Option<&Clean>,
    ) -> Vec<String> {
        let mut todo = Vec::new();
        if breaks.contains(&"dkim") {
            todo.push(self.repair(dkim.id, dkim.passes().or(dkim.results.first().copied()), from));
        }
        if breaks.contains(&"spf") {
            todo.push(self.repair(spf.id, spf.passes().or(spf.results.first().copied()), from));
        }
        if breaks.contains(&"dmarc") {
            todo.extend(dmarc.map(|one| one.todo.clone()));
        }
        todo
    }

    /// What makes one of the two carry DMARC.
    fn repair(&self, method: &str, one: Option<&JudgedResult>, from: Option<&Clean>) -> String {
        let state = match one.map(|one| (one.result.as_str(), one.aligned)) {
            None => "missing",
            Some(("pass", _)) => "unaligned",
            Some((state @ ("none" | "temperror" | "permerror"), _)) => state,
            Some((_, Some(true))) => "failed_aligned",
            Some(_) => "failed",
        };
        let of =
            |state: &str| self.repair.iter().find(|entry| entry.method == method && entry.state == state);
        let about = MethodResult { method: Clean::from(method), ..MethodResult::default() };
        let domain = one.and_then(|one| one.domain.as_ref());
        of(state)
            .or_else(|| of("failed"))
            .map(|entry| fill(&entry.says, &about, domain, from))
            .unwrap_or_default()
    }
}

/// How far a header can be trusted: anybody can write one before the receiver does.
fn warning(header: &Authentication) -> &'static str {
    match (header.header.to_ascii_lowercase().as_str(), header.server.is_empty()) {
        ("arc-authentication-results", _) => {
            "It counts only if the ARC seals hold and you trust who sealed it"
        }
        (_, true) => {
            "It does not say which server added it: trust it only where the receiver's own server did"
        }
        (_, false) => {
            "It counts only if the receiver's own server added it: compare the authserv-id; anything else may be forged"
        }
    }
}

/// The domain that a method checked.
fn checked(one: &MethodResult) -> Option<Clean> {
    const SPF: &[&str] = &["smtp.mailfrom", "smtp.mail", "smtp.envelope-from", "envelope-from", "smtp.helo"];
    let value = match one.method.as_str() {
        "spf" => one.property(SPF).cloned().or_else(|| in_comment(&one.comment)),
        "dkim" => one.property(&["header.d", "header.i"]).cloned(),
        "dmarc" => one.property(&["header.from", "from"]).cloned(),
        _ => None,
    }?;
    let name = domain_of(&value);
    (is_name(name) && name != "none").then(|| lower(name))
}

/// `domain of a@b.example designates …`, where nothing else tells.
fn in_comment(comment: &Clean) -> Option<Clean> {
    let (_, after) = comment.split_once("domain of ")?;
    let after = after.strip_prefix("transitioning ").unwrap_or(after);
    after.split(' ').next().filter(|word| word.contains('.')).map(Clean::from)
}

fn domain_of(address: &str) -> &str {
    let address = address.trim_matches(['<', '>', '"']);
    match domain(address.as_bytes()) {
        b"" => address.trim_end_matches('.'),
        name => std::str::from_utf8(name).unwrap_or(address).trim_end_matches('.'),
    }
}

/// Whether a name is one that DNS can hold. Sentences hold commands to paste into a shell, and a
/// stranger wrote the header.
fn is_name(name: &str) -> bool {
    let fits = |c: char| c.is_alphanumeric() || matches!(c, '.' | '-' | '_');
    !name.is_empty() && name.len() <= 255 && !name.starts_with('-') && name.chars().all(fits)
}

fn lower(name: &str) -> Clean {
    Clean::from(name.to_lowercase().as_str())
}

/// Relaxed alignment: the same registrable domain.
fn aligned(one: &str, other: &str) -> bool {
    let registrable = |name: &str| psl::domain(name.as_bytes()).map(|domain| domain.as_bytes().to_vec());
    one == other || registrable(one).is_some_and(|domain| Some(domain) == registrable(other))
}

/// What a property says, or Google's comment: `(p=REJECT sp=NONE dis=NONE)`.
fn said(one: &MethodResult, names: &[&str], prefix: &str) -> Option<Clean> {
    let in_comment = || {
        let mut words = one.comment.split([' ', ';', ',']);
        words.find_map(|word| word.strip_prefix(prefix)).map(lower)
    };
    one.property(names).map(|value| lower(value)).or_else(in_comment)
}

/// A sentence with its places filled; what is not known stays a place.
fn fill(sentence: &str, one: &MethodResult, checked: Option<&Clean>, from: Option<&Clean>) -> String {
    let name = |name: Option<&Clean>, place: &str| name.map_or_else(|| place.to_owned(), ToString::to_string);
    let signer = if one.method.as_str() == "dkim" { "<d= domain>" } else { "<envelope domain>" };
    // What is filled in is not read again: it may hold braces of its own.
    let mut out = String::with_capacity(sentence.len() + 32);
    let mut rest = sentence;
    while let Some((before, after)) = rest.split_once('{') {
        out.push_str(before);
        let Some((word, after)) = after.split_once('}') else { break };
        out.push_str(&match word {
            "domain" => name(checked, signer),
            "from" => name(from, "<From domain>"),
            "selector" => name(one.property(&["header.s"]).filter(|name| is_name(name)), "<selector>"),
            "method" => one.method.to_string(),
            _ => one.result.to_string(),
        });
        rest = after;
    }
    out.push_str(rest);
    out
}

#[cfg(test)]
mod tests;
