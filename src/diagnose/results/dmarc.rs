//! Which of SPF and DKIM carries DMARC, and which breaks it, in one sentence.

use super::JudgedResult;
use crate::text::Clean;

/// One of the two that DMARC rests on.
pub(super) struct Leg<'a> {
    /// `spf` or `dkim`.
    pub(super) id: &'static str,
    /// Its results, in order.
    pub(super) results: Vec<&'a JudgedResult>,
}

impl Leg<'_> {
    fn carries(&self) -> Option<&JudgedResult> {
        self.results.iter().copied().find(|one| one.result.as_str() == "pass" && one.aligned == Some(true))
    }

    /// The first that passes, aligned or not.
    pub(super) fn passes(&self) -> Option<&JudgedResult> {
        self.results.iter().copied().find(|one| one.result.as_str() == "pass")
    }

    /// What did not work out, in a few words.
    fn why(&self) -> String {
        let named =
            |one: &JudgedResult| one.domain.as_ref().map_or_else(String::new, |name| format!(" for {name}"));
        match (self.passes(), self.results.first()) {
            (Some(one), _) if one.aligned == Some(false) => {
                format!("{} passes{}, which is not aligned", self.upper(), named(one))
            }
            (Some(one), _) => format!("{} passes{}", self.upper(), named(one)),
            (None, Some(one)) => format!("{} says {}{}", self.upper(), one.result, named(one)),
            (None, None) => format!("{} is not told of", self.upper()),
        }
    }

    fn upper(&self) -> String {
        self.id.to_ascii_uppercase()
    }
}

/// The whole in one sentence, and what breaks DMARC. Never more than the header says.
pub(super) fn verdict(
    spf: &Leg<'_>,
    dkim: &Leg<'_>,
    dmarc: Option<&JudgedResult>,
    from: Option<&Clean>,
) -> (String, Vec<&'static str>) {
    let both = || vec![spf.id, dkim.id];
    let why = format!("{}, {}", spf.why(), dkim.why());
    let name = from.map_or_else(|| "the From domain".to_owned(), ToString::to_string);
    let carrier = spf.carries().map(|_| "SPF").into_iter().chain(dkim.carries().map(|_| "DKIM"));
    let carriers = carrier.collect::<Vec<_>>().join(" and ");
    let untold = spf.results.is_empty() && dkim.results.is_empty();
    let policy =
        dmarc.and_then(|one| one.policy.as_ref()).map(|policy| format!(" (p={policy})")).unwrap_or_default();
    match (dmarc.map(|one| one.result.as_str()), carriers.is_empty()) {
        (Some("pass" | "bestguesspass"), false) => {
            (format!("DMARC of {name} passes by {carriers}{policy}"), Vec::new())
        }
        (Some("pass" | "bestguesspass"), true) => {
            (format!("DMARC of {name} passes{policy}; the header does not say by what"), Vec::new())
        }
        (Some("fail"), true) if untold => (
            format!("DMARC of {name} fails{policy}; the header does not tell SPF's and DKIM's results"),
            both(),
        ),
        (Some("fail"), true) if from.is_none() => (
            format!("DMARC fails{policy}: {why}. The From domain is not told, so alignment cannot be judged"),
            both(),
        ),
        (Some("fail"), true) => (format!("DMARC of {name} fails{policy}: {why}"), both()),
        (Some("fail"), false) => (
            format!(
                "DMARC of {name} fails{policy} although {carriers} passes for a domain of the same organisation: perhaps its record asks for strict alignment (aspf=s, adkim=s)"
            ),
            both(),
        ),
        (Some("temperror"), _) => (format!("DMARC of {name} was not judged, for now: {why}"), vec!["dmarc"]),
        (Some("permerror"), _) => {
            (format!("DMARC of {name} could not be judged: a record is broken; {why}"), vec!["dmarc"])
        }
        (Some("none"), false) => {
            (format!("No DMARC record of {name}; one would pass by {carriers}"), vec!["dmarc"])
        }
        (Some("none"), true) => (
            format!("No DMARC record of {name}; with one, what the header tells would not pass: {why}"),
            vec![spf.id, dkim.id, "dmarc"],
        ),
        (Some(other), _) => (format!("DMARC of {name}: {other}; {why}"), Vec::new()),
        (None, _) if untold => ("The header tells neither SPF, DKIM nor DMARC".to_owned(), Vec::new()),
        (None, false) => (
            format!(
                "DMARC is not told of; by {carriers} it would pass for {name}, unless its record asks for strict alignment"
            ),
            Vec::new(),
        ),
        (None, true) => {
            let failing =
                |leg: &Leg<'_>| !leg.results.is_empty() && (leg.passes().is_none() || from.is_some());
            let breaks = [spf, dkim].into_iter().filter(|leg| failing(leg)).map(|leg| leg.id).collect();
            let then = if from.is_some() {
                "nothing told here would carry it"
            } else {
                "without the From domain, alignment cannot be judged"
            };
            (format!("DMARC is not told of; {then}: {why}"), breaks)
        }
    }
}
