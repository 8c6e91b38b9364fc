//! Compares what was seen with what was expected; every difference is a sentence.

use fivefifty::model::Moment;

use super::Scenario;
use super::expected::{Advice, Allowed, Case, Expected, Noticed};
use super::make::Tried;
use super::seen::{Seen, SeenDiagnosis, SeenDifference, SeenIncident, SeenNotice, read};
use super::time::{moment, parse};

/// Dimensions of a contrast that are ours: what an operator can stop or change.
const OURS: [&str; 5] = ["source", "pool", "campaign", "sender", "host"];

/// Log time is looked at in steps of at most this, in milliseconds.
const STEP: i64 = 5_000;

/// Everything that is not as it ought to be.
pub(crate) fn judge(scenario: &Scenario, expected: &Expected) -> Vec<String> {
    let log = scenario.log();
    let tried = scenario.play();
    let whole = read(&log, None);
    let mut wrong = Vec::new();
    if whole.lost > 0 || whole.attempts != tried.len() as u64 {
        let (attempts, lost) = (whole.attempts, whole.lost);
        wrong.push(format!(
            "{attempts} attempts of {} were read, and {lost} lines were not understood",
            tried.len()
        ));
    }
    assert!(expected.none == expected.incident.is_empty(), "either no incident or some");
    let found = paired(expected, &whole, None, &mut wrong);
    noticed(scenario, expected, &whole, &mut wrong);
    for told in &expected.advice {
        let cut = told.at.as_deref().map(|at| read(&log, Some(instant(at))));
        let seen = cut.as_ref().unwrap_or(&whole);
        let of = told.provider.as_deref().unwrap_or("everything");
        let diagnosis = told.provider.as_ref().map_or(Some(&seen.diagnosis), |id| seen.providers.get(id));
        match diagnosis {
            Some(diagnosis) => advised(of, &told.says, diagnosis, &mut wrong),
            None => wrong.push(format!("{of}: is not on the board")),
        }
    }
    for at in &expected.look_at {
        let mut at_that_time = Vec::new();
        paired(expected, &read(&log, Some(instant(at))), Some(instant(at)), &mut at_that_time);
        wrong.extend(at_that_time.into_iter().map(|what| format!("at {at}: {what}")));
    }
    for (case, incident) in expected.incident.iter().zip(found) {
        if let Some(incident) = incident {
            times(case, incident, &mut wrong);
            own_words(case, incident, &mut wrong);
        }
        detected(scenario, case, incident, &tried, &mut wrong);
        let cut = case.look_at.as_deref().map(|at| read(&log, Some(instant(at))));
        match cut.as_ref().map_or(incident, |cut| cut.incidents.iter().find(|one| is_of(case, one))) {
            Some(incident) => {
                common(case, incident, &mut wrong);
                if let Some(advice) = &case.diagnosis {
                    advised(&case.trouble, advice, &incident.diagnosis, &mut wrong);
                }
            }
            None if cut.is_some() => {
                wrong.push(format!("{}: not there at {:?}", case.trouble, case.look_at));
            }
            None => {}
        }
    }
    wrong
}

/// For every expected incident the one that was seen; what is missing or too many is wrong. At a
/// time in the middle only what began before can be missing.
fn paired<'a>(
    expected: &Expected,
    seen: &'a Seen,
    now: Option<Moment>,
    wrong: &mut Vec<String>,
) -> Vec<Option<&'a SeenIncident>> {
    let mut rest: Vec<&SeenIncident> = seen.incidents.iter().collect();
    let mut found = Vec::new();
    for case in &expected.incident {
        let at = rest.iter().position(|incident| is_of(case, incident));
        let is_due = now.is_none_or(|now| now >= instant(&case.onset));
        if at.is_none() && is_due {
            wrong.push(format!("{}: the incident was not found", case.trouble));
        }
        found.push(at.map(|at| rest.remove(at)));
    }
    for incident in rest {
        let is_allowed = |allowed: &&Allowed| {
            allowed.category.contains(&incident.category)
                && incident.providers.as_ref().is_some_and(|ids| ids.iter().eq([&allowed.provider]))
        };
        if let Some(allowed) = expected.allowed.iter().find(is_allowed) {
            advised(&allowed.provider, &allowed.says, &incident.diagnosis, wrong);
            continue;
        }
        wrong.push(format!(
            "an incident too many: {} ({}) since {}, {}",
            incident.verdict,
            incident.category,
            incident.onset.rfc3339(),
            incident.until.map_or_else(|| "running".to_owned(), |until| format!("until {}", until.rfc3339()))
        ));
    }
    found
}

/// Every trouble of others that is expected, told in time, and no other.
fn noticed(scenario: &Scenario, expected: &Expected, whole: &Seen, wrong: &mut Vec<String>) {
    let is_near = |a: Moment, b: &str| a.since(instant(b)).abs() <= 60_000;
    let is = |told: &Noticed, seen: &SeenNotice| {
        told.provider == seen.provider && told.how == seen.how && is_near(seen.onset, &told.onset)
    };
    let is_over = |told: &Noticed, seen: &SeenNotice| match (&told.until, seen.until) {
        (Some(until), Some(seen)) => is_near(seen, until),
        (until, seen) => until.is_none() && seen.is_none(),
    };
    for told in &expected.notice {
        if !whole.notices.iter().any(|seen| is(told, seen) && is_over(told, seen)) {
            wrong.push(format!("not told: {told:?}; but {:?}", whole.notices));
        }
        let cut = read(&scenario.log(), Some(instant(&told.by)));
        if !cut.notices.iter().any(|seen| told.provider == seen.provider && seen.until.is_none()) {
            wrong.push(format!("not told by {}: {told:?}; but {:?}", told.by, cut.notices));
        }
    }
    let is_known = |seen: &&SeenNotice| expected.notice.iter().any(|told| is(told, seen));
    wrong.extend(
        whole
            .notices
            .iter()
            .filter(|seen| !is_known(seen))
            .map(|seen| format!("a notice too many: {seen:?}")),
    );
}

/// Whether this is the incident: its category and its providers, as far as they are told.
fn is_of(case: &Case, incident: &SeenIncident) -> bool {
    let at = match (&incident.providers, &case.provider) {
        (Some(providers), Some(provider)) => providers.iter().eq([provider]),
        (None, Some(_)) => false,
        (Some(providers), None) => case.providers.iter().all(|provider| providers.contains(provider)),
        (None, None) => true,
    };
    at && case.category.contains(&incident.category)
}

fn times(case: &Case, incident: &SeenIncident, wrong: &mut Vec<String>) {
    let name = &case.trouble;
    let off = incident.onset.since(instant(&case.onset));
    if off.unsigned_abs() > case.onset_tolerance * 1000 {
        wrong.push(format!("{name}: onset {} s beside {}", off / 1000, case.onset));
    }
    match (&case.until, incident.until) {
        (None, None) => {}
        (Some(until), Some(seen)) => {
            let off = seen.since(instant(until));
            if off.unsigned_abs() > case.until_tolerance * 1000 {
                wrong.push(format!("{name}: end {} s beside {until}", off / 1000));
            }
        }
        (Some(until), None) => wrong.push(format!("{name}: still runs, and ended at {until}")),
        (None, Some(seen)) => wrong.push(format!("{name}: is told to have ended at {}", seen.rfc3339())),
    }
}

fn own_words(case: &Case, incident: &SeenIncident, wrong: &mut Vec<String>) {
    let name = &case.trouble;
    words(&format!("{name}: verdict"), &case.verdict, &case.verdict_forbids, &incident.verdict, wrong);
    if !case.providers.is_empty() && incident.providers.is_none() {
        wrong.push(format!("{name}: not seen: which providers"));
    }
    let parts = [
        ("campaign", &case.campaign, &incident.campaign),
        ("source", &case.source, &incident.source),
        ("list", &case.list, &incident.list),
    ];
    for (what, expected, seen) in parts {
        match (expected, seen) {
            (Some(_), None) => wrong.push(format!("{name}: not seen: which {what}")),
            (Some(expected), Some(seen)) if seen.as_ref() != Some(expected) => {
                wrong.push(format!("{name}: {what} {seen:?} for {expected}"));
            }
            _ => {}
        }
    }
}

/// Whether it is known in time: told so, and found by whoever reads the log only so far.
fn detected(
    scenario: &Scenario,
    case: &Case,
    incident: Option<&SeenIncident>,
    tried: &[Tried<'_>],
    wrong: &mut Vec<String>,
) {
    let name = &case.trouble;
    let struck: Vec<u64> = tried.iter().filter(|one| one.trouble == Some(name)).map(|one| one.at).collect();
    assert!(!struck.is_empty(), "{name} strikes nobody");
    let by_count =
        case.known.rejections.map(|count| struck.get(count - 1).copied().expect("so many rejections"));
    let by_time = case.known.seconds.map(|seconds| parse(&case.onset) + seconds * 1000);
    let by = case.known.by.as_deref().map(parse);
    let deadline = by_count.into_iter().chain(by_time).chain(by).max().expect("a deadline");
    let when = moment(deadline).rfc3339();
    let cut = read(&scenario.log(), Some(moment(deadline + 1)));
    // Of several providers the first may be alone for a moment.
    let is_known = |one: &SeenIncident| {
        let (expected, is_one) = (&case.providers, is_of(case, one));
        let some = |providers: &Vec<String>| providers.iter().any(|id| expected.contains(id));
        is_one || case.category.contains(&one.category) && one.providers.as_ref().is_some_and(some)
    };
    if !cut.incidents.iter().any(is_known) {
        let count = struck.iter().filter(|at| **at <= deadline).count();
        wrong.push(format!("{name}: not known by {when}, after {count} answers"));
    }
    match incident.map(|incident| incident.declared) {
        Some(None) => wrong.push(format!("{name}: not seen: when it was known")),
        Some(Some(declared)) if declared.millis() > deadline as i64 + STEP => {
            let (is, ought) = (declared.rfc3339(), when);
            wrong.push(format!("{name}: known at {is} and not by {ought}"));
        }
        Some(Some(declared)) if declared < instant(&case.onset) => {
            wrong.push(format!("{name}: known at {} before it began", declared.rfc3339()));
        }
        _ => {}
    }
}

fn common(case: &Case, incident: &SeenIncident, wrong: &mut Vec<String>) {
    let name = &case.trouble;
    for common in &case.contrast {
        let what = format!("{name}: {} {}", common.dimension, common.value);
        let Some(contrast) = &incident.contrast else {
            wrong.push(format!("{what}: not seen: what is common to it"));
            continue;
        };
        // Whose the value is can be told in several ways (a campaign by its sender's domain), and what
        // the receiver says is no cause: those take nobody's place.
        let others = |seen: &&SeenDifference| seen.value != common.value && OURS.contains(&&*seen.dimension);
        let is = |seen: &SeenDifference| seen.dimension == common.dimension && seen.value == common.value;
        let Some(at) = contrast.iter().position(is) else {
            wrong.push(format!("{what}: is not among what is common to it: {contrast:?}"));
            continue;
        };
        let place = contrast[..at].iter().filter(others).count() + 1;
        if place > common.place {
            wrong.push(format!("{what}: in place {place} and not {}: {contrast:?}", common.place));
        }
        if contrast[at].share < common.share {
            wrong.push(format!("{what}: is {:.2} of it and not {:.2}", contrast[at].share, common.share));
        }
    }
}

fn advised(name: &str, advice: &Advice, seen: &SeenDiagnosis, wrong: &mut Vec<String>) {
    let of = |what: &str| format!("{name}: {what}");
    words(&of("the diagnosis"), &advice.verdict, &advice.verdict_forbids, &seen.verdict, wrong);
    words(&of("what to do"), &advice.todo, &advice.do_forbids, &seen.todo.join(" · "), wrong);
    words(&of("what not to do"), &advice.dont, &[], &seen.dont.join(" · "), wrong);
    let step = |id: &String| seen.steps.iter().find(|(step, _)| step == id).map(|(_, ticked)| *ticked);
    for (ids, ought) in [(&advice.ticked, Some(true)), (&advice.open, Some(false)), (&advice.without, None)] {
        for id in ids.iter().filter(|id| step(id) != ought) {
            let word = |is| match is {
                Some(true) => "ticked",
                Some(false) => "open",
                None => "not there",
            };
            let (is, ought) = (word(step(id)), word(ought));
            wrong.push(format!("{name}: the step `{id}` is {is} and ought to be {ought}"));
        }
    }
}

/// The words that have to be in a text, in any case of letters, and those that must not.
fn words(of: &str, wanted: &[String], forbidden: &[String], text: &str, wrong: &mut Vec<String>) {
    let lower = text.to_lowercase();
    for word in wanted.iter().filter(|word| !lower.contains(&word.to_lowercase())) {
        wrong.push(format!("{of}: no `{word}` in: {text}"));
    }
    for word in forbidden.iter().filter(|word| lower.contains(&word.to_lowercase())) {
        wrong.push(format!("{of}: `{word}` in: {text}"));
    }
}

fn instant(text: &str) -> Moment {
    moment(parse(text))
}
