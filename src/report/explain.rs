//! One reply explained, for people and for programs.

use std::fmt::Write as _;

use super::text::list;
use crate::engine::Explanation;
use crate::text::Clean;

/// One JSON object on one line.
///
/// # Errors
/// When a value cannot be written as JSON, which no value here is.
pub fn explain_jsonl(explanation: &Explanation) -> Result<String, serde_json::Error> {
    serde_json::to_string(explanation).map(|text| text + "\n")
}

/// A few lines for people.
#[must_use]
pub fn explain_text(explanation: &Explanation) -> String {
    let mut out = String::new();
    let known = |value: Option<String>| value.unwrap_or_else(|| "–".to_owned());
    let _ = writeln!(out, "{}", explanation.reply);
    let mut what = vec![
        format!("code {}", known(explanation.code.map(|code| code.to_string()))),
        format!("enhanced {}", known(explanation.enhanced.map(|code| code.to_string()))),
    ];
    what.extend(explanation.provider_code.iter().map(|code| format!("provider code {code}")));
    what.extend(explanation.stage.iter().map(|stage| format!("stage {}", stage.id())));
    let _ = writeln!(out, "  {:<8} {}", "WHO", known(explanation.provider.as_ref().map(ToString::to_string)));
    let _ = writeln!(out, "  {:<8} {}", "SAID", what.join(", "));
    let mut why = vec![
        explanation.category.id().to_owned(),
        format!("fault {}", explanation.fault.id()),
        if explanation.temporary { "temporary" } else { "for good" }.to_owned(),
        format!("severity {}", explanation.severity.id()),
        format!("action {}", explanation.action.id()),
    ];
    why.extend(explanation.mechanism.iter().map(|mechanism| format!("mechanism {}", mechanism.id())));
    let _ = writeln!(out, "  {:<8} {}", "WHY", why.join(", "));
    if let Some(list) = &explanation.list {
        let _ = writeln!(out, "  {:<8} {}", "LIST", listed(explanation, list));
    }
    let because = match (&explanation.rule_source, &explanation.rule_month) {
        (Some(source), Some(month)) => {
            format!("«{}»: rule {}, from {source}, {month}", explanation.evidence, explanation.rule)
        }
        _ => "no rule held".to_owned(),
    };
    let _ = writeln!(out, "  {:<8} {because}", "BECAUSE");
    if !explanation.considered.is_empty() {
        let lost: Vec<String> = explanation
            .considered
            .iter()
            .map(|lost| format!("{} ({})", lost.rule, lost.category.id()))
            .collect();
        let _ = writeln!(out, "  {:<8} {}", "AND NOT", lost.join(", "));
    }
    let _ = writeln!(out, "  {:<8} {}", "VERDICT", explanation.remedy.verdict);
    list("DO", &explanation.remedy.todo, &mut out);
    list("DON'T", &explanation.remedy.dont, &mut out);
    list("SEE", &explanation.remedy.links, &mut out);
    out
}

/// `Spamhaus ZEN (spamhaus-zen), of Spamhaus, removal: https://check.spamhaus.org/`
fn listed(explanation: &Explanation, id: &Clean) -> String {
    let (Some(name), Some(owner)) = (&explanation.list_name, &explanation.list_owner) else {
        return format!("{id}, as the text names it");
    };
    let removal = explanation.delist.as_ref().map_or("no page known", Clean::as_str);
    format!("{name} ({id}), of {owner}, removal: {removal}")
}
